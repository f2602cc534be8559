/** What AWS End User Messaging publishes through SNS: inbound texts and reports. Read after the signature was checked. */
import type { FailureReason, InboundText, Report, ReportStatus } from "./text-message.ts";

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(message: string): Fields | null {
  try {
    const read: unknown = JSON.parse(message);
    return read !== null && typeof read === "object" && !Array.isArray(read) ? (read as Fields) : null;
  } catch {
    return null;
  }
}
const text = (fields: Fields, key: string): string | null => (typeof fields[key] === "string" ? fields[key] : null);

/** Null when the message is no inbound text. */
export function readAwsInbound(message: string): InboundText | null {
  const fields = fieldsOf(message);
  if (!fields) return null;
  const [providerId, from, to, body] = [
    text(fields, "inboundMessageId"),
    text(fields, "originationNumber"),
    text(fields, "destinationNumber"),
    text(fields, "messageBody"),
  ];
  if (providerId === null || from === null || to === null || body === null) return null;
  return { provider: "aws", providerId, from, to, body, media: 0, handledByProvider: null };
}

const events: ReadonlyMap<string, readonly [ReportStatus, FailureReason | null]> = new Map<
  string,
  readonly [ReportStatus, FailureReason | null]
>(
  Object.entries<readonly [ReportStatus, FailureReason | null]>({
    TEXT_QUEUED: ["accepted", null],
    TEXT_PENDING: ["accepted", null],
    TEXT_SENT: ["sent", null],
    TEXT_SUCCESSFUL: ["sent", null],
    TEXT_DELIVERED: ["delivered", null],
    TEXT_BLOCKED: ["failed", "blocked"],
    TEXT_CARRIER_BLOCKED: ["failed", "blocked"],
    TEXT_SPAM: ["failed", "blocked"],
    TEXT_PROTECT_BLOCKED: ["failed", "blocked"],
    TEXT_CARRIER_UNREACHABLE: ["undelivered", "unreachable"],
    TEXT_UNREACHABLE: ["undelivered", "unreachable"],
    TEXT_INVALID: ["failed", "number-invalid"],
    TEXT_INVALID_MESSAGE: ["failed", "refused"],
    TEXT_TTL_EXPIRED: ["expired", null],
    TEXT_UNKNOWN: ["unknown", null],
  }),
);

/** Null when the message is no report. An event nobody knows yet is `unknown`, and never lost. */
export function readAwsReport(message: string): Report | null {
  const fields = fieldsOf(message);
  const event = fields && text(fields, "eventType");
  const providerId = fields && text(fields, "messageId");
  if (!fields || !event?.startsWith("TEXT_") || !providerId) return null;
  const [status, reason] = events.get(event) ?? (["unknown", null] as const);
  const { context, eventTimestamp } = fields;
  const outboxId = context !== null && typeof context === "object" ? text(context as Fields, "outbox_id") : null;
  return {
    provider: "aws",
    providerId,
    outboxId,
    status,
    reason,
    code: event,
    at: typeof eventTimestamp === "number" ? new Date(eventTimestamp) : null,
  };
}
