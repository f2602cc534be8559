/** By whom a workspace's texts go out and come in, and sending through it. A provider is used only while it may be. */
import type { House } from "../house.ts";
import type { SentText, TextOrder } from "../module.ts";
import { awsSender } from "./aws-sender.ts";
import type { SendResult, TextSender } from "./text-message.ts";
import { twilioSender } from "./twilio-sender.ts";

export type TextWay =
  /** Development: a telephone on a page. Nothing leaves the house. */
  | { readonly kind: "phone" }
  | {
      readonly kind: "aws-sms";
      readonly region: string;
      readonly originationIdentity: string;
      readonly configurationSet: string | null;
      readonly topicArns: readonly string[];
      readonly endpoint: string | null;
      readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | null;
    }
  | {
      readonly kind: "twilio";
      readonly accountSid: string;
      readonly keySid: string;
      readonly keySecret: string;
      readonly authTokens: readonly string[];
      readonly from: string;
      readonly statusCallback: string;
      readonly endpoint: string | null;
    }
  /** Nobody may carry texts here now; the sentence says why. */
  | { readonly kind: "none"; readonly sentence: string };

/** What became of each order, in their order. Never throws; ends within the senders' time limit. */
export async function sendAll(house: House, orders: readonly TextOrder[]): Promise<SentText[]> {
  return Promise.all(
    orders.map(async (order) => ({
      outboxId: order.text.outboxId,
      act: order.lost ? ("find" as const) : ("send" as const),
      way: order.way.kind,
      result: await send(house, order),
    })),
  );
}

async function send(house: House, { way, text, notAfter, lost }: TextOrder): Promise<SendResult> {
  if (way.kind === "none")
    return { accepted: false, kind: lost ? "unknown" : "retry", reason: "settings", code: "no-provider" };
  if (way.kind === "phone") return { accepted: true, providerId: `phone-${text.outboxId}` };
  // A process that slept in between (a stopped machine, a full disk) must not send what another has taken for lost.
  if (!lost && notAfter && Date.now() > notAfter.getTime())
    return { accepted: false, kind: "retry", reason: "unavailable", code: "overslept" };
  try {
    const sender = house.senders.of(way);
    return lost ? await sender.find(text, lost) : await sender.send(text);
  } catch {
    // A sender never throws; were it to, nobody could say what went out.
    return { accepted: false, kind: "unknown", reason: "no-answer", code: "sender-threw" };
  }
}

/** Senders are kept: a client holds connections. Another secret is another sender. */
export class Senders {
  private readonly known = new Map<string, TextSender>();

  of(way: Extract<TextWay, { kind: "aws-sms" | "twilio" }>): TextSender {
    const key = JSON.stringify(way);
    const kept = this.known.get(key);
    if (kept) return kept;
    if (this.known.size >= 50) this.close();
    const made = senderFor(way);
    this.known.set(key, made);
    return made;
  }

  close(): void {
    for (const sender of this.known.values()) sender.close();
    this.known.clear();
  }
}

function senderFor(way: Extract<TextWay, { kind: "aws-sms" | "twilio" }>): TextSender {
  if (way.kind === "twilio") {
    const { accountSid, keySid, keySecret, from, statusCallback, endpoint } = way;
    return twilioSender({
      accountSid,
      keySid,
      keySecret,
      from,
      statusCallback,
      ...(endpoint && { baseUrl: endpoint }),
    });
  }
  const { region, originationIdentity, configurationSet, endpoint, credentials } = way;
  return awsSender({
    region,
    originationIdentity,
    ...(configurationSet && { configurationSet }),
    ...(endpoint && { endpoint }),
    ...(credentials && { credentials }),
  });
}
