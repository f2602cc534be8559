/** What the house knows of a text message, whoever carries it. */

/** E.164: a plus and up to fifteen digits. */
export const isTelephone = (text: string): boolean => /^\+[1-9]\d{7,14}$/.test(text);

export interface OutgoingText {
  readonly to: string;
  readonly body: string;
  /** Ours, and new for each text: it travels with it, so that a report can name a text whose answer was lost. */
  readonly outboxId: string;
  /** After so many seconds the carrier may drop it. */
  readonly timeToLiveSeconds: number;
}

/**
 * `retry`: it did not go out, and another try may. `permanent`: it did not go out and will not. `unknown`: it may have
 * gone out; a report that names the outbox id says so, and only after waiting for one is another try fair.
 */
export type FailureKind = "retry" | "permanent" | "unknown";
export type FailureReason =
  | "throttled"
  | "unavailable"
  | "no-answer"
  | "opted-out"
  | "number-invalid"
  | "unreachable"
  | "blocked"
  | "settings"
  | "refused";

export type SendResult =
  | { readonly accepted: true; readonly providerId: string }
  | {
      readonly accepted: false;
      readonly kind: FailureKind;
      readonly reason: FailureReason;
      /** The provider's own word, for the operator. Never a number or a text. */
      readonly code: string;
    };

export interface SenderFacts {
  /** Whether the provider itself recognises the same text sent twice. Neither does. */
  readonly recognisesRepeats: boolean;
  /** How a report names our outbox id. */
  readonly outboxIdComesBack: "in the report" | "in the report's address";
  /** Reports can come so many hours after sending. */
  readonly reportHours: number;
}

/** A text whose answer was lost: nobody here knows whether the provider took it. */
export interface LostText {
  /** The first moment at which it can have been handed over. */
  readonly since: Date;
  /** What the provider called other texts to this number lately: none of these is the one. */
  readonly others: readonly string[];
}

export interface TextSender {
  readonly id: "aws" | "twilio";
  readonly facts: SenderFacts;
  /** Never throws: whatever happens is a result. Ends within its time limit. */
  send(text: OutgoingText): Promise<SendResult>;
  /**
   * Asks the provider whether it has a lost text, and sends nothing. Accepted: it has it. `retry`: it does not, so that
   * sending is no repetition. `unknown`: it cannot be asked (`cannot-ask`), did not answer, or has something that may be it.
   */
  find(text: OutgoingText, lost: LostText): Promise<SendResult>;
  close(): void;
}

export interface InboundText {
  readonly provider: "aws" | "twilio";
  /** Unique with the provider: the same one again is the same message. */
  readonly providerId: string;
  readonly from: string;
  readonly to: string;
  readonly body: string;
  /** Pictures and sounds that came along; they are not read. */
  readonly media: number;
  /** What the provider has already done by itself. */
  readonly handledByProvider: "stop" | "start" | "help" | null;
}

export type ReportStatus = "accepted" | "sent" | "delivered" | "undelivered" | "failed" | "expired" | "unknown";
export interface Report {
  readonly provider: "aws" | "twilio";
  readonly providerId: string;
  /** Null when the report does not say. */
  readonly outboxId: string | null;
  readonly status: ReportStatus;
  readonly reason: FailureReason | null;
  readonly code: string | null;
  readonly at: Date | null;
}

/** A sender ends within this, however it is set: a text that hangs holds up the queue. */
export const timeLimits = { least: 800, most: 10_000, usual: 5_000 } as const;
export const withinLimits = (ms: number = timeLimits.usual): number =>
  Math.min(timeLimits.most, Math.max(timeLimits.least, Math.round(ms)));
