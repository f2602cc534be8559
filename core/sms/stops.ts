/**
 * STOP, kept by the house and not by a module: one number of the institution's may serve several places, and who says stop
 * to it gets nothing more by it from any of them (47 CFR 64.1200(a)(10)). Only a keyed digest of a telephone number is kept.
 */
import type { KernelContext } from "../context.ts";
import type { SentText, TextOrder } from "../module.ts";
import type { ProviderStanding } from "../providers/entry.ts";
import { phone } from "../vault/normalise.ts";
import { derive, hmac } from "../vault/primitives.ts";
import { findKeyword } from "./opt-out.ts";
import type { InboundText } from "./text-message.ts";

export type TextWish = "stop" | "start";

/** What a text asks of the sending itself. The provider's own word counts, and so does whatever means the same. */
export function wishIn({ body, handledByProvider }: Pick<InboundText, "body" | "handledByProvider">): TextWish | null {
  if (handledByProvider === "stop" || handledByProvider === "start") return handledByProvider;
  const kind = findKeyword(body)?.kind;
  return kind === "stop" || kind === "wrong-number" ? "stop" : kind === "start" ? "start" : null;
}

/** By which of our numbers a place's texts go. Two places with the same one share what was said to it. */
export function channelOf(standing: ProviderStanding, workspaceId: string): string {
  if (!standing.on) return `workspace:${workspaceId}`;
  const { from = "", originationIdentity = "" } = standing.config;
  return standing.kind === "twilio" ? `twilio:${phone.normalise(from)}` : `aws:${originationIdentity}`;
}

const channelHere = async (ctx: KernelContext): Promise<string> =>
  channelOf(await ctx.provider("text"), ctx.workspace?.id ?? "");

const digestOf = (ctx: KernelContext, number: string): Buffer =>
  Buffer.from(
    hmac(derive(ctx.house.config.secretKey, "numbers that said stop"), `${ctx.tenant.id}|${phone.normalise(number)}`),
  );

/** Keeps what was said, in this transaction. */
export async function keepWish(ctx: KernelContext, number: string, wish: TextWish): Promise<void> {
  await ctx.lease.rows("insert into core.text_stops (channel, number, wish) values ($1, decode($2, 'hex'), $3)", [
    await channelHere(ctx),
    digestOf(ctx, number).toString("hex"),
    wish,
  ]);
}

/** The orders that may go out, and for the others what became of them: nothing. */
export async function withoutStopped(
  ctx: KernelContext,
  orders: readonly TextOrder[],
): Promise<{ readonly going: readonly TextOrder[]; readonly stopped: readonly SentText[] }> {
  const held = orders.filter(({ lost, despiteStop }) => !lost && !despiteStop);
  if (held.length === 0) return { going: orders, stopped: [] };
  const digests = new Map(held.map((order) => [order, digestOf(ctx, order.text.to).toString("hex")]));
  const rows = await ctx.lease.rows(
    `select distinct on (number) encode(number, 'hex'), wish from core.text_stops
     where channel = $1 and number in (select decode(one, 'hex') from jsonb_array_elements_text($2::jsonb) one)
     order by number, said_at desc`,
    [await channelHere(ctx), JSON.stringify([...digests.values()])],
  );
  const stopped = new Set(rows.flatMap(([number, wish]) => (wish === "stop" ? [String(number)] : [])));
  const isStopped = (order: TextOrder) => stopped.has(digests.get(order) ?? "");
  return {
    going: orders.filter((order) => !isStopped(order)),
    stopped: orders.filter(isStopped).map(({ way, text }) => ({
      outboxId: text.outboxId,
      act: "send",
      way: way.kind,
      result: { accepted: false, kind: "permanent", reason: "opted-out", code: "said-stop" },
    })),
  };
}
