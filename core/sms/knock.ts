/**
 * What stands at the door of a workspace's text messages: the provider's request as it came, judged by its signature with
 * the secrets of the provider that is in use here. Only what is genuine becomes news.
 */
import { readAwsInbound, readAwsReport } from "./aws-messages.ts";
import { type CertificateFetcher, judgeSns } from "./sns.ts";
import type { InboundText, Report } from "./text-message.ts";
import { isFromTwilio, readTwilioInbound, readTwilioReport } from "./twilio-webhook.ts";
import type { TextWay } from "./way.ts";

export type TextNews =
  | { readonly kind: "inbound"; readonly text: InboundText; readonly at: Date }
  | { readonly kind: "report"; readonly report: Report };

export interface TextKnock {
  readonly provider: "aws" | "twilio";
  /** The address as the provider called it, from outside. */
  readonly url: string;
  readonly body: string;
  readonly contentType: string;
  readonly signature: string | null;
  readonly now: Date;
}

export type KnockJudgement =
  | { readonly genuine: false; readonly because: string }
  /** `confirm`: an address of Amazon's to call once, so that the topic begins to speak. */
  | { readonly genuine: true; readonly news: TextNews | null; readonly confirm: string | null };

/** SNS tries again for up to an hour; a report can come with its retries a little later. */
const oldestMs = 75 * 60_000;

export async function judgeKnock(
  knock: TextKnock,
  way: TextWay,
  fetchCertificate: CertificateFetcher,
): Promise<KnockJudgement> {
  const refuse = (because: string): KnockJudgement => ({ genuine: false, because });
  if (knock.provider === "twilio") {
    if (way.kind !== "twilio") return refuse("not-in-use");
    const { url, signature, contentType, body, now } = knock;
    if (!isFromTwilio({ url, signature, contentType, body }, way.authTokens)) return refuse("signature");
    const form = new URLSearchParams(body);
    const report = readTwilioReport(form, url);
    const text = report ? null : readTwilioInbound(form);
    const news: TextNews | null = report ? { kind: "report", report } : text && { kind: "inbound", text, at: now };
    return { genuine: true, news, confirm: null };
  }
  if (way.kind !== "aws-sms") return refuse("not-in-use");
  const { region, topicArns } = way;
  const judged = await judgeSns(knock.body, { region, topicArns, fetchCertificate, oldestMs, now: () => knock.now });
  if (!judged.genuine) return refuse(judged.because);
  const { type, message, subscribeUrl, timestamp } = judged.message;
  if (type === "SubscriptionConfirmation") return { genuine: true, news: null, confirm: subscribeUrl };
  if (type !== "Notification") return { genuine: true, news: null, confirm: null };
  const report = readAwsReport(message);
  const text = report ? null : readAwsInbound(message);
  const news: TextNews | null = report ? { kind: "report", report } : text && { kind: "inbound", text, at: timestamp };
  return { genuine: true, news, confirm: null };
}
