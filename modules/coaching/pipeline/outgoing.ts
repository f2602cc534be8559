/** Puts a text on its way: the message under the member's key, and a row of the outbox that is checked again at sending. */
import type { Context } from "@core/module.ts";
import type { Coaching } from "../names.ts";
import type { Locale } from "../reading-grade.ts";
import { inGsmLetters } from "../segments.ts";
import { addMessage } from "../store/conversations.ts";
import { queueText, textOfCause } from "../store/outbox.ts";
import { messages, outbox, type Purpose } from "../tables.ts";
import type { Tier } from "../tier.ts";

export interface Outgoing {
  readonly subjectId: string;
  readonly locale: Locale;
  readonly body: string;
  /** What it answers to: the same cause never makes a second text. */
  readonly cause: string;
  readonly purpose: Purpose;
  readonly speaker:
    | { readonly kind: "bot"; readonly epoch: number }
    | { readonly kind: "safety" | "compliance" }
    | { readonly kind: "human"; readonly personId: string };
  readonly kind: "template" | "model" | "human" | "journey";
  readonly template: string | null;
  readonly tier?: Tier;
  readonly ruleSet?: string;
  /** Somebody read what a model wrote, and answers for it. */
  readonly reviewed?: { readonly by: string; readonly licensed: boolean; readonly runId: string | null };
  /** Not before. */
  readonly at?: Date;
}

/** How long a text is worth sending. A safety text that has not gone out in a quarter of an hour pages a person instead. */
const worthMinutes: Readonly<Record<Purpose, number>> = {
  safety: 15,
  reply: 6 * 60,
  proactive: 36 * 60,
  compliance: 24 * 60,
  human: 24 * 60,
  page: 15,
};

/** The message's id; null when this cause has its text already. */
export async function putOnItsWay(ctx: Context<Coaching>, one: Outgoing): Promise<string | null> {
  const { subjectId, locale, cause, purpose, speaker, kind, template } = one;
  if (await ctx.db.first(textOfCause, { cause })) return null;
  const id = Bun.randomUUIDv7();
  const from = one.at ?? ctx.now;
  await ctx.db.one(addMessage, {
    id,
    subjectId,
    direction: "out",
    kind,
    body: await ctx.seal(messages.body, inGsmLetters(one.body), { row: id, subject: subjectId }),
    at: from,
    inboundId: null,
    template,
    locale,
    tier: one.tier ?? null,
    rules: [],
    ruleSet: one.ruleSet ?? null,
    personId: kind === "human" && speaker.kind === "human" ? speaker.personId : null,
    reviewedBy: one.reviewed?.by ?? null,
    licensed: one.reviewed?.licensed ?? false,
    runId: one.reviewed?.runId ?? null,
    media: 0,
  });
  await ctx.db.one(queueText, {
    id: Bun.randomUUIDv7(),
    subjectId,
    messageId: id,
    cause,
    purpose,
    speaker: speaker.kind,
    epoch: speaker.kind === "bot" ? speaker.epoch : null,
    personId: speaker.kind === "human" ? speaker.personId : null,
    strange: null,
    nextAt: from,
    untilAt: new Date(from.getTime() + worthMinutes[purpose] * 60_000),
  });
  if (from <= ctx.now) await sendSoon(ctx, purpose);
  return id;
}

/** To a number that no member has, or to somebody on duty: number and words lie under the service's key until they are sent. */
export async function putStrangeOnItsWay(
  ctx: Context<Coaching>,
  one: {
    readonly to: string;
    readonly body: string;
    readonly cause: string;
    readonly purpose: "compliance" | "safety" | "page";
  },
): Promise<void> {
  if (await ctx.db.first(textOfCause, { cause: one.cause })) return;
  const id = Bun.randomUUIDv7();
  await ctx.db.one(queueText, {
    id,
    subjectId: null,
    messageId: null,
    cause: one.cause,
    purpose: one.purpose,
    speaker: "compliance",
    epoch: null,
    personId: null,
    strange: await ctx.seal(outbox.strange, { to: one.to, body: inGsmLetters(one.body) }, { row: id }),
    nextAt: ctx.now,
    untilAt: new Date(ctx.now.getTime() + worthMinutes[one.purpose] * 60_000),
  });
  await sendSoon(ctx, one.purpose);
}

const asked = new WeakMap<object, boolean>();
/** Once a transaction, however many texts were put on their way; once more when one of them turns out to be urgent. */
async function sendSoon(ctx: Context<Coaching>, purpose: Purpose): Promise<void> {
  const isUrgent = purpose === "safety" || purpose === "page";
  const before = asked.get(ctx.db);
  if (before === true || before === isUrgent) return;
  asked.set(ctx.db, isUrgent);
  await ctx.soon("coaching.send", {}, isUrgent);
}
