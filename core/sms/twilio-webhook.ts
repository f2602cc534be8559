/** Webhooks of Twilio: the signature over the public address and the form, and what the form says. */
import { equalInConstantTime, sha256 } from "@core/vault/primitives.ts";
import { hmacSha1 } from "@core/vault/webhook-signatures.ts";
import type { FailureReason, InboundText, Report, ReportStatus } from "./text-message.ts";

export interface TwilioRequest {
  /** The address as Twilio called it, query and all: the public one, not what a proxy made of it. */
  readonly url: string;
  /** The X-Twilio-Signature header. */
  readonly signature: string | null;
  readonly contentType: string;
  readonly body: string;
}

/** `tokens`: the one in use, and the one before it while they are exchanged. */
export function isFromTwilio(request: TwilioRequest, tokens: readonly string[]): boolean {
  const { url, signature, contentType, body } = request;
  if (signature === null || signature === "" || !URL.canParse(url)) return false;
  const isForm = contentType.toLowerCase().startsWith("application/x-www-form-urlencoded");
  if (!isForm && !bodyMatches(url, body)) return false;
  const data = isForm ? signedForm(url, new URLSearchParams(body)) : url;
  // Every token is tried, so that the time taken does not tell which of them was meant.
  return tokens
    .map((token) => token !== "" && equalInConstantTime(hmacSha1(token, data), signature))
    .some((same) => same);
}

/** The address, and after it each name with its values; a name that came twice has its different values in order. */
export function signedForm(url: string, form: URLSearchParams): string {
  const names = [...new Set(form.keys())].sort();
  return url + names.map((name) => name + [...new Set(form.getAll(name))].sort().join("")).join("");
}

/** What is no form carries the hash of its body in the address, and the address is signed. */
function bodyMatches(url: string, body: string): boolean {
  const said = new URL(url).searchParams.get("bodySHA256");
  return said !== null && equalInConstantTime(sha256(body).toString("hex"), said.toLowerCase());
}

const handled: ReadonlyMap<string, InboundText["handledByProvider"]> = new Map<
  string,
  InboundText["handledByProvider"]
>(
  Object.entries<InboundText["handledByProvider"]>({
    STOP: "stop",
    START: "start",
    HELP: "help",
  }),
);

/** Null when the form is no inbound text. */
export function readTwilioInbound(form: URLSearchParams): InboundText | null {
  const [providerId, from, to] = [form.get("MessageSid"), form.get("From"), form.get("To")];
  const body = form.get("Body");
  if (!providerId || !from || !to || body === null) return null;
  const media = Number(form.get("NumMedia") ?? 0);
  return {
    provider: "twilio",
    providerId,
    from,
    to,
    body,
    media: Number.isInteger(media) && media > 0 ? media : 0,
    handledByProvider: handled.get(form.get("OptOutType") ?? "") ?? null,
  };
}

const statuses: ReadonlyMap<string, ReportStatus> = new Map<string, ReportStatus>(
  Object.entries<ReportStatus>({
    accepted: "accepted",
    scheduled: "accepted",
    queued: "accepted",
    sending: "accepted",
    sent: "sent",
    delivered: "delivered",
    read: "delivered",
    undelivered: "undelivered",
    failed: "failed",
    canceled: "failed",
  }),
);

/** Null when the form is no report. `outbox` comes from the address we gave with the text. */
export function readTwilioReport(form: URLSearchParams, url: string): Report | null {
  const [providerId, status] = [form.get("MessageSid"), form.get("MessageStatus")];
  if (!providerId || !status) return null;
  const code = form.get("ErrorCode");
  const outboxId = URL.canParse(url) ? new URL(url).searchParams.get("outbox") : null;
  return {
    provider: "twilio",
    providerId,
    outboxId,
    status: statuses.get(status) ?? "unknown",
    reason: reasonOf(code),
    code,
    at: null,
  };
}

const reasons: ReadonlyMap<string, FailureReason> = new Map<string, FailureReason>(
  Object.entries<FailureReason>({
    "21610": "opted-out",
    "21211": "number-invalid",
    "21217": "number-invalid",
    "21614": "number-invalid",
    "30003": "unreachable",
    "30005": "unreachable",
    "30006": "number-invalid",
    "30004": "blocked",
    "30007": "blocked",
    "30034": "blocked",
    "30001": "throttled",
    "20429": "throttled",
    "14107": "throttled",
    "20003": "settings",
    "20404": "settings",
    "21606": "settings",
    "21603": "settings",
    "21408": "settings",
  }),
);
export const reasonOf = (code: string | null): FailureReason | null =>
  code === null || code === "" || code === "0" ? null : (reasons.get(code) ?? "refused");
