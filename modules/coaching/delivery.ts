/**
 * The life of one outgoing text. Receipts come late, twice and out of order; `mergeStatus` takes the higher of two, so
 * any order of the same receipts ends the same. Providers' reports can last 72 hours.
 */
import type { FailureKind, FailureReason, ReportStatus } from "@core/sms/text-message.ts";

export const statuses = [
  "queued",
  "held",
  "sending",
  "accepted",
  "sent",
  "unknown",
  "cancelled",
  "expired",
  "failed",
  "undelivered",
  "delivered",
] as const;
export type DeliveryStatus = (typeof statuses)[number];

const rank = (status: DeliveryStatus) => statuses.indexOf(status);

/** Nothing we do ourselves changes these; a truer report still may ("undelivered" and then "delivered"). */
export const isFinal = (status: DeliveryStatus): boolean => rank(status) >= rank("cancelled");

/** The higher one. Commutative, associative, and the same receipt twice changes nothing. */
export const mergeStatus = (known: DeliveryStatus, reported: DeliveryStatus | ReportStatus): DeliveryStatus =>
  rank(reported) > rank(known) ? reported : known;

/** Only these may be taken back, because nothing has left the house. */
export const mayCancel = (status: DeliveryStatus): boolean => status === "queued" || status === "held";

/** After this long without a report: `unknown`. A report may still come and be merged. */
export const reportHours = 72;
export function overdue(status: DeliveryStatus, acceptedAt: Date | null, now: Date): DeliveryStatus {
  const waited = acceptedAt === null ? 0 : now.getTime() - acceptedAt.getTime();
  return (status === "accepted" || status === "sent") && waited >= reportHours * 3_600_000
    ? mergeStatus(status, "unknown")
    : status;
}

/** What a failed try means for the next one. */
export type FailureClass = "retry" | "once-later" | "reconcile" | "opted-out" | "number-invalid" | "stop-and-alert";

/** From what a sender or a report says. */
export function failureClass({
  kind,
  reason,
}: {
  readonly kind: FailureKind;
  readonly reason: FailureReason;
}): FailureClass {
  if (kind === "unknown") return "reconcile";
  if (reason === "opted-out" || reason === "number-invalid") return reason;
  if (reason === "unreachable") return "once-later";
  return kind === "retry" ? "retry" : "stop-and-alert";
}

export type NextStep =
  | { readonly kind: "try-again"; readonly at: Date }
  /** It may have gone out: the provider is asked whether it has it before another try. */
  | { readonly kind: "reconcile" }
  | {
      readonly kind: "give-up";
      readonly status: DeliveryStatus;
      readonly alert: boolean;
      readonly member: "opted-out" | "number-invalid" | null;
    };

export interface Tried {
  readonly failure: FailureClass;
  /** How often it was tried, this time included. */
  readonly tries: number;
  readonly now: Date;
  /** After this moment the text says nothing any more: 15 minutes for a safety text, which then pages a person. */
  readonly until: Date;
  /** From 0 to 1: so that many texts do not try again at once. */
  readonly chance: number;
}
const mostTries = 5;

export function afterFailure({ failure, tries, now, until, chance }: Tried): NextStep {
  const giveUp = (
    status: DeliveryStatus,
    alert: boolean,
    member: "opted-out" | "number-invalid" | null = null,
  ): NextStep => ({ kind: "give-up", status, alert, member });
  if (failure === "opted-out") return giveUp("failed", false, "opted-out");
  if (failure === "number-invalid") return giveUp("failed", true, "number-invalid");
  if (failure === "stop-and-alert") return giveUp("failed", true);
  // However often and however late: until somebody has asked after it, nobody can say that it did not go out.
  if (failure === "reconcile") return { kind: "reconcile" };
  const later = new Date(now.getTime() + (failure === "once-later" ? 3_600_000 : pauseSeconds(tries, chance) * 1_000));
  if (later > until) return giveUp("expired", true);
  if (failure === "once-later") return tries >= 2 ? giveUp("undelivered", true) : { kind: "try-again", at: later };
  if (tries >= mostTries) return giveUp("failed", true);
  return { kind: "try-again", at: later };
}

/** 2, 4, 8, 16 … seconds, half of each left to chance. */
export const pauseSeconds = (tries: number, chance: number): number => 2 ** tries * (0.5 + chance / 2);
