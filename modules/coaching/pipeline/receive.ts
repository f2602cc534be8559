/** First stage: a text is kept as it came, once, and taken up at once. */
import type { Context } from "@core/module.ts";
import type { TextNews } from "@core/sms/knock.ts";
import type { InboundText } from "@core/sms/text-message.ts";
import { phoneTag } from "@core/subjects/subjects.ts";
import { isMachineNumber } from "../loop-guard.ts";
import type { Coaching } from "../names.ts";
import { defaultRuleSet } from "../rule-set.ts";
import { receive } from "../store/inbound.ts";
import { inbound } from "../tables.ts";
import { atLeast } from "../tier.ts";
import { triage } from "../triage.ts";
import { keepReport } from "./report.ts";

export async function received(news: TextNews, ctx: Context<Coaching>): Promise<void> {
  if (news.kind === "report") await keepReport(ctx, news.report);
  else await keepInbound(ctx, news.text, news.at);
}

type Kept = Omit<InboundText, "provider"> & { readonly provider: InboundText["provider"] | "phone" };

/** Short codes and senders by name are machines: nothing of theirs is kept but that they wrote. */
export async function keepInbound(ctx: Context<Coaching>, text: Kept, at: Date): Promise<void> {
  const id = Bun.randomUUIDv7();
  const isMachine = isMachineNumber(text.from);
  const { from, body } = text;
  const kept = await ctx.db.first(receive, {
    id,
    provider: text.provider,
    providerId: text.providerId,
    toPhone: text.to,
    fromTag: isMachine ? null : await phoneTag(ctx, from),
    raw: isMachine ? null : await ctx.seal(inbound.raw, { from, body }, { row: id }),
    media: text.media,
    handledByProvider: text.handledByProvider,
    sentAt: at,
    stage: isMachine ? "ignored" : "received",
    why: isMachine ? "machine" : null,
  });
  if (kept && !isMachine) await ctx.soon("coaching.take_up", { inbound: id }, soundsUrgent(body));
}

/** A first look, which decides nothing but whose turn it is: what sounds of danger is taken up before what waits. */
const soundsUrgent = (body: string): boolean => atLeast(triage(body, defaultRuleSet).tier, "H1");
