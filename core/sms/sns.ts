/**
 * Messages of Amazon SNS, by which inbound texts and reports come. Only signature version 2 (RSA-SHA256) is taken;
 * version 1 is SHA-1, so the topic must be set to SignatureVersion 2. The certificate comes from the one host of the
 * region that is configured, and only listed topics are heard.
 */
import { verifyRsaSha256 } from "@core/vault/webhook-signatures.ts";

export interface SnsMessage {
  readonly type: "Notification" | "SubscriptionConfirmation" | "UnsubscribeConfirmation";
  readonly messageId: string;
  readonly topicArn: string;
  readonly message: string;
  readonly timestamp: Date;
  /** For a confirmation: the address that confirms, checked to be this region's. */
  readonly subscribeUrl: string | null;
}

/** Hands over the PEM at an address that was already checked. */
export type CertificateFetcher = (url: string) => Promise<string>;

export interface SnsTrust {
  readonly region: string;
  readonly topicArns: readonly string[];
  readonly fetchCertificate: CertificateFetcher;
  /** How old a message may be. SNS tries again for up to an hour, and its reports come late. */
  readonly oldestMs: number;
  readonly now: () => Date;
}

export type NotGenuine =
  | "unreadable"
  | "topic"
  | "old-signature"
  | "certificate-address"
  | "certificate"
  | "signature"
  | "time"
  | "confirmation-address";
export type SnsJudgement =
  | { readonly genuine: true; readonly message: SnsMessage }
  | { readonly genuine: false; readonly because: NotGenuine };

const longestBody = 256 * 1024 + 16 * 1024;
const aheadMs = 5 * 60_000;
const notificationKeys = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"];
const confirmationKeys = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];

/** `body`: the request's text as it came, whatever its content type says (SNS says text/plain). */
export async function judgeSns(body: string, trust: SnsTrust): Promise<SnsJudgement> {
  const refuse = (because: NotGenuine): SnsJudgement => ({ genuine: false, because });
  const fields = readFields(body);
  const type = fields?.Type;
  if (!fields || (type !== "Notification" && type !== "SubscriptionConfirmation" && type !== "UnsubscribeConfirmation"))
    return refuse("unreadable");
  const { Message, MessageId, Timestamp, TopicArn, Signature, SigningCertURL, SubscribeURL } = fields;
  if (Message === undefined || MessageId === undefined || Timestamp === undefined || Signature === undefined)
    return refuse("unreadable");
  if (TopicArn === undefined || !trust.topicArns.includes(TopicArn)) return refuse("topic");
  if (fields.SignatureVersion !== "2") return refuse("old-signature");
  if (SigningCertURL === undefined || !isCertificateAddress(SigningCertURL, trust.region))
    return refuse("certificate-address");
  let certificatePem: string;
  try {
    certificatePem = await trust.fetchCertificate(SigningCertURL);
  } catch {
    return refuse("certificate");
  }
  const now = trust.now();
  const keys = type === "Notification" ? notificationKeys : confirmationKeys;
  const data = keys.flatMap((key) => (fields[key] === undefined ? [] : [`${key}\n${fields[key]}\n`])).join("");
  if (!verifyRsaSha256({ certificatePem, data, signature: Signature, at: now })) return refuse("signature");
  const timestamp = new Date(Timestamp);
  const age = now.getTime() - timestamp.getTime();
  if (!Number.isFinite(age) || age > trust.oldestMs || age < -aheadMs) return refuse("time");
  if (type !== "Notification" && (SubscribeURL === undefined || !isConfirmationAddress(SubscribeURL, trust.region)))
    return refuse("confirmation-address");
  const subscribeUrl = type === "Notification" ? null : (SubscribeURL ?? null);
  return {
    genuine: true,
    message: { type, messageId: MessageId, topicArn: TopicArn, message: Message, timestamp, subscribeUrl },
  };
}

function readFields(body: string): Readonly<Record<string, string | undefined>> | null {
  if (body.length > longestBody) return null;
  try {
    const read: unknown = JSON.parse(body);
    if (read === null || typeof read !== "object" || Array.isArray(read)) return null;
    const pairs = Object.entries(read).filter((pair): pair is [string, string] => typeof pair[1] === "string");
    return Object.assign(Object.create(null), Object.fromEntries(pairs)) as Record<string, string | undefined>;
  } catch {
    return null;
  }
}

const hostOf = (region: string) =>
  region.startsWith("cn-") ? `sns.${region}.amazonaws.com.cn` : `sns.${region}.amazonaws.com`;

/** https, exactly the host of the region, the usual port, a .pem at the top, and nothing else in the address. */
export function isCertificateAddress(address: string, region: string): boolean {
  const url = readUrl(address);
  return (
    url !== null && isPlain(url, region) && /^\/[A-Za-z0-9_-]{1,200}\.pem$/.test(url.pathname) && url.search === ""
  );
}

function isConfirmationAddress(address: string, region: string): boolean {
  const url = readUrl(address);
  return url !== null && isPlain(url, region) && url.searchParams.get("Action") === "ConfirmSubscription";
}

const isPlain = (url: URL, region: string) =>
  url.protocol === "https:" &&
  url.host === hostOf(region) &&
  url.username === "" &&
  url.password === "" &&
  url.hash === "";

function readUrl(address: string): URL | null {
  return URL.canParse(address) ? new URL(address) : null;
}

/** Fetches over TLS, follows nothing, reads at most 16 KB, and keeps the last few. */
export function certificateFetcher(
  fetchPage: (url: string, init: RequestInit) => Promise<Response> = fetch,
  timeoutMs = 3_000,
): CertificateFetcher {
  const known = new Map<string, string>();
  return async (url) => {
    const kept = known.get(url);
    if (kept !== undefined) return kept;
    const answer = await fetchPage(url, { redirect: "error", signal: AbortSignal.timeout(timeoutMs) });
    const pem = answer.ok ? (await answer.text()).slice(0, 16_384) : "";
    if (!pem.includes("-----BEGIN CERTIFICATE-----"))
      throw new Error("No certificate came back from Amazon SNS. The message will be tried again.");
    if (known.size >= 8) known.delete(known.keys().next().value ?? "");
    known.set(url, pem);
    return pem;
  };
}
