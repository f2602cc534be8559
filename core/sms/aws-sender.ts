/**
 * Sending through AWS End User Messaging. It has no idempotency token, so the SDK's own tries are off: whether to try
 * again is the outbox's decision, which knows what may have gone out. The outbox id travels as context and comes back in
 * every report.
 */
import type { PinpointSMSVoiceV2Client } from "@aws-sdk/client-pinpoint-sms-voice-v2";
import {
  type FailureKind,
  type FailureReason,
  isTelephone,
  type OutgoingText,
  type SendResult,
  type TextSender,
  withinLimits,
} from "./text-message.ts";

export interface AwsSenderSettings {
  readonly region: string;
  /** A pool, a number or a sender id. */
  readonly originationIdentity: string;
  readonly configurationSet?: string;
  readonly protectConfiguration?: string;
  readonly timeoutMs?: number;
  /** A VPC endpoint. */
  readonly endpoint?: string;
  /** Absent: the SDK's own chain, which is what production should use. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

type Failure = readonly [FailureKind, FailureReason];
/** The provider answered: these texts did not go out. */
const answers: ReadonlyMap<string, Failure> = new Map<string, Failure>(
  Object.entries<Failure>({
    ThrottlingException: ["retry", "throttled"],
    ServiceQuotaExceededException: ["permanent", "settings"],
    AccessDeniedException: ["permanent", "settings"],
    UnrecognizedClientException: ["permanent", "settings"],
    InvalidSignatureException: ["permanent", "settings"],
    ExpiredTokenException: ["retry", "settings"],
    ResourceNotFoundException: ["permanent", "settings"],
    ConflictException: ["permanent", "refused"],
    ValidationException: ["permanent", "refused"],
  }),
);
/** With a reason of its own an answer is more exact. */
const exact: ReadonlyMap<string, Failure> = new Map<string, Failure>(
  Object.entries<Failure>({
    DESTINATION_PHONE_NUMBER_OPTED_OUT: ["permanent", "opted-out"],
    DESTINATION_PHONE_NUMBER_NOT_VERIFIED: ["permanent", "settings"],
    DESTINATION_COUNTRY_BLOCKED: ["permanent", "blocked"],
    DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION: ["permanent", "blocked"],
    INVALID_IDENTITY_FOR_DESTINATION_COUNTRY: ["permanent", "settings"],
    PHONE_NUMBER_NOT_REGISTERED: ["permanent", "settings"],
    COUNTRY_CODE_MISMATCH: ["permanent", "number-invalid"],
    MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT: ["permanent", "settings"],
    DAILY_DESTINATION_CALL_LIMIT: ["permanent", "blocked"],
  }),
);
/** The connection was never made, so nothing can have gone out. */
const neverReached = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ConnectionRefused",
  "FailedToOpenSocket",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);

export function awsSender(settings: AwsSenderSettings): TextSender {
  const { region, originationIdentity, configurationSet, protectConfiguration, endpoint, credentials } = settings;
  const timeout = withinLimits(settings.timeoutMs);
  let client: Promise<PinpointSMSVoiceV2Client> | null = null;
  // Loaded with the first text: most processes never send one.
  const sdk = () => import("@aws-sdk/client-pinpoint-sms-voice-v2");
  const open = async () =>
    new (await sdk()).PinpointSMSVoiceV2Client({
      region,
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(credentials === undefined ? {} : { credentials }),
      maxAttempts: 1,
      requestHandler: { requestTimeout: timeout, connectionTimeout: timeout, throwOnRequestTimeout: true },
    });

  return {
    id: "aws",
    facts: { recognisesRepeats: false, outboxIdComesBack: "in the report", reportHours: 72 },
    async send(text: OutgoingText): Promise<SendResult> {
      if (!isTelephone(text.to))
        return { accepted: false, kind: "permanent", reason: "number-invalid", code: "not-e164" };
      const { SendTextMessageCommand } = await sdk();
      client ??= open();
      const opened = await client;
      const command = new SendTextMessageCommand({
        DestinationPhoneNumber: text.to,
        OriginationIdentity: originationIdentity,
        MessageBody: text.body,
        MessageType: "TRANSACTIONAL",
        TimeToLive: Math.min(259_200, Math.max(5, Math.round(text.timeToLiveSeconds))),
        Context: { outbox_id: text.outboxId },
        ...(configurationSet === undefined ? {} : { ConfigurationSetName: configurationSet }),
        ...(protectConfiguration === undefined ? {} : { ProtectConfigurationId: protectConfiguration }),
      });
      try {
        const answer = await ended(opened.send(command, { abortSignal: AbortSignal.timeout(timeout) }), timeout + 50);
        return answer.MessageId
          ? { accepted: true, providerId: answer.MessageId }
          : unknown("no-answer", "no-message-id");
      } catch (error) {
        return failureOf(error);
      }
    },
    // It reports what became of a text and cannot be asked: there is no call that lists or finds messages.
    find: async () => unknown("no-answer", "cannot-ask"),
    close: () => void client?.then((opened) => opened.destroy()),
  };
}

const unknown = (reason: FailureReason, code: string): SendResult => ({
  accepted: false,
  kind: "unknown",
  reason,
  code,
});

function failureOf(error: unknown): SendResult {
  if (!(error instanceof Error)) return unknown("no-answer", "unknown");
  const said = "Reason" in error && typeof error.Reason === "string" ? error.Reason : null;
  const known = (said === null ? undefined : exact.get(said)) ?? answers.get(error.name);
  if (known) return { accepted: false, kind: known[0], reason: known[1], code: said ?? error.name };
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  if (neverReached.has(code)) return { accepted: false, kind: "retry", reason: "unavailable", code };
  const status = "$metadata" in error ? (error.$metadata as { httpStatusCode?: number }).httpStatusCode : undefined;
  if (status === 429 || status === 503)
    return { accepted: false, kind: "retry", reason: status === 429 ? "throttled" : "unavailable", code: error.name };
  if (status !== undefined && status >= 400 && status < 500)
    return { accepted: false, kind: "permanent", reason: "refused", code: error.name };
  return unknown("no-answer", code);
}

/** The SDK can hold on to a body that drips; this does not. */
async function ended<T>(answer: Promise<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DOMException("No answer in time.", "TimeoutError")), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
