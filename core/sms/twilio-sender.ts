/**
 * Sending through Twilio: one form POST. It recognises no repeats; the outbox id travels in the address of the report.
 * An answer is read to 64 KB and only as far as it is needed.
 */
import {
  isTelephone,
  type LostText,
  type OutgoingText,
  type SendResult,
  type TextSender,
  withinLimits,
} from "./text-message.ts";
import { reasonOf } from "./twilio-webhook.ts";

export interface TwilioSenderSettings {
  readonly accountSid: string;
  /** An API key and its secret; with the account's own token, the account's id again. */
  readonly keySid: string;
  readonly keySecret: string;
  /** "+1555…" or a messaging service ("MG…"). */
  readonly from: string;
  /** Our address for reports; the outbox id is added to it. */
  readonly statusCallback: string;
  readonly timeoutMs?: number;
  readonly baseUrl?: string;
}

const neverReached = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ConnectionRefused",
  "FailedToOpenSocket",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);
const longestAnswer = 64 * 1024;

export function twilioSender(settings: TwilioSenderSettings): TextSender {
  const { accountSid, keySid, keySecret, from, statusCallback, baseUrl = "https://api.twilio.com" } = settings;
  const timeout = withinLimits(settings.timeoutMs);
  const address = `${baseUrl}/2010-04-01/Accounts/${encodeURIComponent(accountSid)}/Messages.json`;
  const authorization = `Basic ${Buffer.from(`${keySid}:${keySecret}`).toString("base64")}`;

  return {
    id: "twilio",
    facts: { recognisesRepeats: false, outboxIdComesBack: "in the report's address", reportHours: 72 },
    async send(text: OutgoingText): Promise<SendResult> {
      if (!isTelephone(text.to))
        return { accepted: false, kind: "permanent", reason: "number-invalid", code: "not-e164" };
      const callback = new URL(statusCallback);
      callback.searchParams.set("outbox", text.outboxId);
      const form = new URLSearchParams({
        To: text.to,
        [from.startsWith("MG") ? "MessagingServiceSid" : "From"]: from,
        Body: text.body,
        StatusCallback: callback.href,
        ValidityPeriod: String(Math.min(36_000, Math.max(1, Math.round(text.timeToLiveSeconds)))),
      });
      try {
        const signal = AbortSignal.timeout(timeout);
        const headers = {
          authorization,
          "content-type": "application/x-www-form-urlencoded",
          accept: "application/json",
        };
        const answer = await fetch(address, {
          method: "POST",
          headers,
          body: form.toString(),
          redirect: "error",
          signal,
        });
        return resultOf(answer.status, await readAnswer(answer, signal));
      } catch (error) {
        const code = codeOf(error);
        if (neverReached.has(code)) return { accepted: false, kind: "retry", reason: "unavailable", code };
        return { accepted: false, kind: "unknown", reason: "no-answer", code };
      }
    },
    async find(text: OutgoingText, lost: LostText): Promise<SendResult> {
      // No filter by date: a message that Twilio has not sent yet has none. The newest come first.
      const list = `${address}?${new URLSearchParams({ To: text.to, PageSize: String(searched) })}`;
      try {
        const signal = AbortSignal.timeout(timeout);
        const answer = await fetch(list, {
          headers: { authorization, accept: "application/json" },
          redirect: "error",
          signal,
        });
        const { messages } = answer.ok
          ? ((await readAnswer(answer, signal, longestList)) as { messages?: unknown })
          : {};
        return Array.isArray(messages)
          ? whereIs(text, lost, messages as readonly Listed[])
          : notTold(answer.ok ? "no-list" : `http-${answer.status}`);
      } catch (error) {
        return notTold(codeOf(error));
      }
    },
    close: () => undefined,
  };
}

const searched = 100;
const longestList = 1024 * 1024;
/** Twilio's clock and ours may differ, and its moments have no fractions. */
const clocksDifferMs = 60_000;

const notTold = (code: string): SendResult => ({ accepted: false, kind: "unknown", reason: "no-answer", code });
const codeOf = (error: unknown): string =>
  error instanceof Error ? ("code" in error && typeof error.code === "string" ? error.code : error.name) : "unknown";

interface Listed {
  readonly sid?: unknown;
  readonly to?: unknown;
  readonly body?: unknown;
  readonly direction?: unknown;
  readonly date_created?: unknown;
}

/**
 * The one with the same words to the same number since then, which is no other text of ours. A message with other words
 * that nobody can account for may be it (Twilio can be told to erase bodies), so nothing is sent on its account.
 */
function whereIs(text: OutgoingText, { since, others }: LostText, listed: readonly Listed[]): SendResult {
  const from = since.getTime() - clocksDifferMs;
  const at = ({ date_created }: Listed) => Date.parse(String(date_created));
  // An undated one may be of any time.
  const late = listed.filter((one) => !(at(one) < from));
  if (late.length === listed.length && listed.length >= searched) return notTold("list-too-long");
  const strange = late.filter(
    (one) => one.direction !== "inbound" && one.to === text.to && !others.includes(String(one.sid)),
  );
  const same = strange.find((one) => String(one.body).endsWith(text.body));
  if (same) return { accepted: true, providerId: String(same.sid) };
  return strange.length > 0
    ? notTold("unaccounted-message")
    : { accepted: false, kind: "retry", reason: "no-answer", code: "not-there" };
}

interface Answer {
  readonly sid?: unknown;
  readonly code?: unknown;
}

function resultOf(status: number, answer: Answer): SendResult {
  if (status === 201 || status === 200) {
    return typeof answer.sid === "string" && answer.sid !== ""
      ? { accepted: true, providerId: answer.sid }
      : { accepted: false, kind: "unknown", reason: "no-answer", code: "no-sid" };
  }
  const code =
    typeof answer.code === "number" || typeof answer.code === "string" ? String(answer.code) : `http-${status}`;
  if (status === 429) return { accepted: false, kind: "retry", reason: "throttled", code };
  if (status === 503) return { accepted: false, kind: "retry", reason: "unavailable", code };
  if (status >= 500 || status < 400) return { accepted: false, kind: "unknown", reason: "no-answer", code };
  if (status === 401 || status === 403 || status === 404)
    return { accepted: false, kind: "permanent", reason: "settings", code };
  return { accepted: false, kind: "permanent", reason: reasonOf(code) ?? "refused", code };
}

/** An empty answer for what is not JSON: the status alone decides then. */
async function readAnswer(answer: Response, signal: AbortSignal, longest = longestAnswer): Promise<Answer> {
  const reader = answer.body?.getReader();
  if (!reader) return {};
  const hangUp = () => void reader.cancel().catch(() => undefined);
  signal.addEventListener("abort", hangUp, { once: true });
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    signal.throwIfAborted();
    if (done) break;
    length += value.length;
    if (length > longest) {
      hangUp();
      return {};
    }
    pieces.push(value);
  }
  try {
    const read: unknown = JSON.parse(Buffer.concat(pieces).toString("utf8"));
    return read !== null && typeof read === "object" ? read : {};
  } catch {
    return {};
  }
}
