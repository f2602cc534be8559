/**
 * Sending, in three steps: claim what is due (consent, who speaks, caps and quiet hours looked at again, with the
 * conversation held), call the provider outside of any transaction, settle what became of it. From the claim on a text may
 * have gone out; one whose process died in between is asked after (lost.ts) and never just sent again.
 */
import type { Context, SentText, TextOrder } from "@core/module.ts";
import type { SendResult } from "@core/sms/text-message.ts";
import type { TextWay } from "@core/sms/way.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { type MemberStatus, mayText, needsVerification, statusOf } from "../consent.ts";
import { maySpeak, type Speaker } from "../conversation.ts";
import { afterFailure, failureClass } from "../delivery.ts";
import type { Coaching } from "../names.ts";
import { maySend, type Sending } from "../quiet-hours.ts";
import { asConversation, type ConversationRow, noteSent } from "../store/conversations.ts";
import { telephonesOf } from "../store/members.ts";
import {
  anythingDue,
  claim,
  consentOfAll,
  type DueText,
  dueTexts,
  earlyReceipts,
  type Ground,
  groundOf,
  holdConversations,
  joinReceipts,
  lately,
  leaseSeconds,
  outboxById,
  overdueClaims,
  settle,
} from "../store/outbox.ts";
import type { Purpose } from "../tables.ts";
import { askAfter, providerOf, stillLost, textOf } from "./lost.ts";
import { heedFailure, mergeReport } from "./report.ts";
import { raiseTask } from "./tasks.ts";
import { callAPerson } from "./unheard.ts";

const atOnce = 24;
/** A process that has not called the provider by then does not call it any more (core/sms/way.ts). */
const handOverSeconds = 15;

export async function claimTexts(_: object, ctx: Context<Coaching>): Promise<readonly TextOrder[]> {
  const lost = await ctx.db.all(overdueClaims, {});
  const due = await ctx.db.all(dueTexts, { limit: atOnce });
  if (lost.length + due.length === 0) return [];
  const way = await ctx.textWay();
  return [...(await askAfter(ctx, lost, way)), ...(await claimDue(ctx, due, way))];
}

async function claimDue(ctx: Context<Coaching>, due: readonly DueText[], way: TextWay): Promise<readonly TextOrder[]> {
  if (due.length === 0) return [];
  if (way.kind === "none") {
    for (const one of due) {
      // Nobody can say when there will be a provider again: a safety text calls people now, and still goes out if it can.
      if (one.untilAt <= ctx.now) await expire(ctx, one);
      else {
        await hold(ctx, one, new Date(ctx.now.getTime() + 60_000), "no provider is in use");
        if (one.purpose === "safety") await callAPerson(ctx, one, "no provider is in use");
      }
    }
    return [];
  }
  const subjectIds = [...new Set(due.flatMap((one) => one.subjectId ?? []))].sort();
  await ctx.db.all(holdConversations, { subjectIds });
  const grounds = new Map(
    (await ctx.db.all(groundOf, { outboxIds: due.map(({ id }) => id) })).map((one) => [one.id, one]),
  );
  const consents = Map.groupBy(await ctx.db.all(consentOfAll, { subjectIds }), (row) => row.subjectId);
  const sent = Map.groupBy(await ctx.db.all(lately, { subjectIds }), (row) => row.subjectId);

  const going: { due: DueText; ground: Ground | null; despiteStop: boolean }[] = [];
  for (const one of due) {
    if (one.untilAt <= ctx.now) {
      await expire(ctx, one);
      continue;
    }
    const ground = grounds.get(one.id) ?? null;
    if (one.messageId === null) {
      going.push({ due: one, ground: null, despiteStop: true });
      continue;
    }
    if (!ground) {
      await drop(ctx, one, "the member is gone");
      continue;
    }
    const history = (consents.get(ground.subjectId ?? "") ?? []).map((row) => ({ ...row, words: null }));
    const consent = statusOf(history);
    const decision = await decide(ctx, one, ground, consent, sent.get(ground.subjectId) ?? []);
    if (decision.kind === "go") going.push({ due: one, ground, despiteStop: answersStop(one, consent) });
    else if (decision.kind === "hold") await hold(ctx, one, decision.until, decision.why);
    else await drop(ctx, one, decision.why);
  }
  if (going.length === 0) return [];

  const phones = new Map(
    (await ctx.db.all(telephonesOf, { subjectIds: going.flatMap(({ due: one }) => one.subjectId ?? []) })).map(
      (row) => [row.subjectId, row.phone],
    ),
  );
  const ids = going.map(({ due: one }) => one.id);
  const claimed = new Set((await ctx.db.all(claim, { ids, provider: providerOf(way) })).map(({ id }) => id));
  const notAfter = new Date(ctx.now.getTime() + handOverSeconds * 1_000);
  // Should this process die with them in hand, another asks after those that cannot wait for the minute.
  if (going.some(({ due: one }) => one.purpose === "safety"))
    await ctx.later("coaching.send", {}, new Date(ctx.now.getTime() + (leaseSeconds + 2) * 1_000));
  const orders: TextOrder[] = [];
  for (const { due: one, ground, despiteStop } of going) {
    if (!claimed.has(one.id)) continue;
    const text = await wordsOf(ctx, one, ground, phones);
    const timeToLiveSeconds = Math.max(60, Math.round((one.untilAt.getTime() - ctx.now.getTime()) / 1_000));
    if (text)
      orders.push({
        way,
        notAfter,
        despiteStop,
        text: { ...text, outboxId: one.id, timeToLiveSeconds },
      });
    else
      await settleOne(
        ctx,
        { ...one, status: "sending" },
        { accepted: false, kind: "permanent", reason: "number-invalid", code: "no-number" },
      );
  }
  return orders;
}

async function wordsOf(
  ctx: Context<Coaching>,
  one: DueText,
  ground: Ground | null,
  phones: ReadonlyMap<string, Sealed<string> | null>,
): Promise<{ to: string; body: string } | null> {
  if (one.strange) return ctx.open(one.strange, { row: one.id }, "to send a text");
  const { subjectId, messageId } = one;
  const phone = subjectId ? phones.get(subjectId) : null;
  if (!ground || !subjectId || !messageId || !phone) return null;
  return textOf(ctx, { subjectId, messageId, phone, body: ground.body }, "to send a text");
}

type Decision =
  | { readonly kind: "go" }
  | { readonly kind: "hold"; readonly until: Date; readonly why: string }
  | { readonly kind: "drop"; readonly why: string };

const asText: Readonly<Record<Purpose, Parameters<typeof mayText>[1]>> = {
  safety: "safety",
  reply: "coaching",
  proactive: "coaching",
  human: "coaching",
  compliance: "help",
  page: "help",
};
const asSending: Readonly<Record<Purpose, Sending>> = {
  safety: "safety",
  compliance: "safety",
  page: "safety",
  reply: "reply",
  // A person answers within ten minutes at any hour; what he writes later keeps to the member's day.
  human: "reply",
  proactive: "proactive",
};

/** Everything that was true when the text was put on its way is asked again, now. */
async function decide(
  ctx: Context<Coaching>,
  one: DueText,
  ground: Ground,
  consent: ReturnType<typeof statusOf>,
  sent: readonly { readonly purpose: Purpose; readonly acceptedAt: Date | null }[],
): Promise<Decision> {
  const { purpose } = one;
  const isInvitation = purpose === "compliance" && isInvited(consent);
  if (!isInvitation && !mayText(consent, asText[purpose]) && !answersDanger(ctx, one, ground, consent))
    return { kind: "drop", why: `consent: ${consent}` };
  if (purpose === "proactive" || purpose === "human" || purpose === "reply") {
    // Where the institution keeps its consents in another module, a withdrawal there counts here; danger is answered still.
    const elsewhere = await ctx.ask("consent.standing", { subjectId: ground.subjectId ?? "", scope: "contact" });
    if (elsewhere === "withdrawn") return { kind: "drop", why: "consent to be contacted was withdrawn" };
    // Nobody begins to write to somebody who was never asked there; an answer still goes.
    if (purpose === "proactive" && elsewhere === "pending")
      return { kind: "drop", why: "consent to be contacted was not given yet" };
  }
  const speaker: Speaker =
    one.speaker === "bot"
      ? { kind: "bot", epoch: one.epoch ?? 0 }
      : one.speaker === "human"
        ? { kind: "human", personId: one.personId ?? "" }
        : { kind: one.speaker };
  if (!maySpeak(asConversation(ground as unknown as ConversationRow), speaker))
    return { kind: "drop", why: "somebody else has the conversation" };
  if (purpose === "proactive" && needsVerification(ground.lastInAt, ground.memberSince, ctx.now)) {
    await raiseTask(ctx, {
      subjectId: ground.subjectId ?? "",
      cause: `number:${ground.subjectId}:${ctx.now.toISOString().slice(0, 7)}`,
      kind: "number",
      tier: "P",
      minutes: 24 * 60,
    });
    return { kind: "drop", why: "the number has been silent for 90 days and has to be verified" };
  }
  const instant = (at: Date) => Temporal.Instant.fromEpochMilliseconds(at.getTime());
  const moments = (rows: typeof sent) => rows.flatMap((row) => (row.acceptedAt ? [instant(row.acceptedAt)] : []));
  const { proactiveADay, proactiveAWeek } = ctx.settings;
  const answer = maySend({
    now: instant(ctx.now),
    zone: ground.zone,
    sending: asSending[purpose],
    window: { from: ground.windowFrom, until: ground.windowUntil },
    caps: { proactiveADay, proactiveAWeek, automaticADay: 20 },
    lastInbound: ground.lastInAt ? instant(ground.lastInAt) : null,
    automatic: one.speaker === "human" ? [] : moments(sent),
    proactive: moments(sent.filter((row) => row.purpose === "proactive")),
  });
  if (answer.send) return { kind: "go" };
  return { kind: "hold", until: new Date(answer.until.epochMilliseconds), why: answer.because };
}

/** Who has just told us of a danger is answered, whatever is unsettled about his number or his YES; but never after a STOP. */
const answersDanger = (ctx: Context<Coaching>, one: DueText, ground: Ground, consent: MemberStatus): boolean =>
  one.purpose === "safety" &&
  (consent === "number-invalid" || consent === "invited" || consent === "declined") &&
  ground.lastInAt !== null &&
  ctx.now.getTime() - ground.lastInAt.getTime() < 600_000;

/** What the kernel lets through to a number that said STOP, perhaps to another service: never an invitation. */
const answersStop = ({ purpose }: DueText, consent: MemberStatus): boolean =>
  purpose === "safety" || (purpose === "compliance" && !isInvited(consent));
const isInvited = (consent: MemberStatus): boolean => consent === "invited" || consent === "consent-pending";

async function hold(ctx: Context<Coaching>, { id }: DueText, until: Date, why: string): Promise<void> {
  await ctx.db.one(settle, { ...blank, id, status: "held", why, nextAt: until.toISOString() });
  ctx.audit("coaching.text_held", { why });
}
async function drop(ctx: Context<Coaching>, one: DueText, why: string): Promise<void> {
  await ctx.db.one(settle, { ...blank, id: one.id, status: "cancelled", why });
  // After a STOP nothing is sent and people were called with the message itself; else silence would go unnoticed.
  if (one.purpose === "safety" && why === "consent: number-invalid")
    await callAPerson(ctx, one, "the number is in doubt");
}
const blank = { why: null, code: null, nextAt: null, provider: null, providerId: null } as const;

/** It came too late to help: a safety text calls a person instead. */
async function expire(ctx: Context<Coaching>, one: DueText): Promise<void> {
  await ctx.db.one(settle, { ...blank, id: one.id, status: "expired", why: "too late to be of use" });
  await callAPerson(ctx, one, "too late to be of use");
}

// ── What became of them ─────────────────────────────────────────────────────────────────────────────────────────────

export async function settleTexts(_: object, ctx: Context<Coaching>, sent: readonly SentText[]): Promise<void> {
  const subjectIds = new Set<string>();
  for (const { outboxId, act, way, result } of sent) {
    const one = await ctx.db.first(outboxById, { id: outboxId });
    if (!one) continue;
    if (act === "find" && !result.accepted && result.kind === "unknown") await stillLost(ctx, one, result.code);
    else await settleOne(ctx, one, result, way);
    if (one.subjectId && result.accepted) subjectIds.add(one.subjectId);
  }
  if (sent.length > 0) {
    if (subjectIds.size > 0) await ctx.db.all(noteSent, { subjectIds: [...subjectIds] });
    const accepted = sent.filter(({ result }) => result.accepted).length;
    ctx.audit("coaching.texts_sent", {
      count: sent.length,
      what: `${accepted} accepted, ${sent.length - accepted} not`,
    });
  }
  if (await ctx.db.first(anythingDue, {})) await ctx.soon("coaching.send", {});
}

type Outgoing = NonNullable<Awaited<ReturnType<typeof outboxById.map>>>;

/** Accepted; or by the kind of failure: again, never again, or not before it is known whether it went out. */
export async function settleOne(
  ctx: Context<Coaching>,
  one: Pick<Outgoing, "id" | "subjectId" | "messageId" | "status" | "purpose" | "tries" | "untilAt"> & {
    readonly providerId?: string | null;
    readonly acceptedAt?: Date | null;
  },
  result: SendResult,
  way: TextWay["kind"] = "none",
): Promise<void> {
  const provider = way === "none" ? null : providerOf({ kind: way });
  if (result.accepted) {
    // A report can be faster than the answer: what it said already stands.
    if (one.status === "sending")
      // The telephone on a page has it in hand; of a provider only a report tells that.
      await ctx.db.one(settle, {
        ...blank,
        id: one.id,
        status: way === "phone" ? "delivered" : "accepted",
        provider,
        providerId: result.providerId,
      });
    if (provider) await mergeEarly(ctx, one.id, provider, result.providerId);
    return;
  }
  if (one.status !== "sending") return;
  const next = afterFailure({
    failure: failureClass(result),
    tries: one.tries,
    now: ctx.now,
    until: one.untilAt,
    chance: Math.random(),
  });
  const { code, reason } = result;
  if (next.kind === "try-again") {
    await ctx.db.one(settle, {
      ...blank,
      id: one.id,
      status: "queued",
      why: reason,
      code,
      nextAt: next.at.toISOString(),
    });
    await ctx.later("coaching.send", {}, next.at);
    return;
  }
  // It may have gone out: it stays as it is, and is asked after when its lease is over.
  if (next.kind === "reconcile") return;
  await ctx.db.one(settle, { ...blank, id: one.id, status: next.status, why: reason, code });
  if (one.subjectId) await heedFailure(ctx, one.subjectId, failureClass(result));
  if (next.alert) await callAPerson(ctx, one, reason);
}

/** Reports that came before we knew the provider's name for the text. */
async function mergeEarly(
  ctx: Context<Coaching>,
  outboxId: string,
  provider: string,
  providerId: string,
): Promise<void> {
  const early = await ctx.db.all(earlyReceipts, { provider, providerId });
  if (early.length === 0) return;
  for (const { status, reason, code } of early) {
    const one = await ctx.db.one(outboxById, { id: outboxId });
    await mergeReport(ctx, one, { provider, providerId, status: status as never, reason: reason as never, code });
  }
  await ctx.db.all(joinReceipts, { provider, providerId, outboxId });
}
