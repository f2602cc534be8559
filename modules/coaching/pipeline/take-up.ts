/**
 * The stages of a text that came in: matched, classified, observed, routed. All of one transaction, so that a crash at any
 * of them leaves the text where it was, and the next try finds everything to do or nothing. The order of a member's texts
 * is kept by a lock on the conversation; each part is judged by itself and together with those just before it.
 */
import type { Context } from "@core/module.ts";
import { findSubject } from "@core/subjects/subjects.ts";
import { mayText, statusOf } from "../consent.ts";
import { loopSign, mayAnswerStranger } from "../loop-guard.ts";
import type { Coaching } from "../names.ts";
import type { RuleSet } from "../rule-set.ts";
import { addMessage, asConversation, lockConversation, noteInbound, writtenSince } from "../store/conversations.ts";
import { ignored, inboundById, routed, strangerAnswers } from "../store/inbound.ts";
import { consentOf, memberById } from "../store/members.ts";
import { messages } from "../tables.ts";
import { fillText } from "../templates.ts";
import { atLeast, higher, highest } from "../tier.ts";
import { type MemberContext, type Triage, triage, triageParts } from "../triage.ts";
import { observe } from "./observe.ts";
import { putStrangeOnItsWay } from "./outgoing.ts";
import { route } from "./route.ts";
import { rulesInForce } from "./rules-in-force.ts";

/** Texts that came so close together belong together. */
const partsWithinMs = 10_000;
const quarantineHours = 12;

export async function takeUp({ inbound: id }: { inbound: string }, ctx: Context<Coaching>): Promise<void> {
  const came = await ctx.db.first(inboundById, { id });
  if (!came || came.stage === "routed" || came.stage === "ignored" || came.raw === null) return;
  const { from, body } = await ctx.open(came.raw, { row: id }, "to take up a text");

  // matched
  const subjectId = await findSubject(ctx, "phone", from);
  const member = subjectId ? await ctx.db.first(memberById, { subjectId }) : null;
  const conversation = member ? await ctx.db.first(lockConversation, { subjectId: member.subjectId }) : null;
  const matchedAt = new Date().toISOString();
  if (!member || !conversation || member.leftAt !== null) {
    await answerStranger(ctx, { id, from, body, fromTag: came.fromTag });
    return;
  }
  const ledger = await ctx.db.all(consentOf, { subjectId: member.subjectId });
  const consent = statusOf(ledger.map((row) => ({ ...row, textHash: row.textSha256, words: null })));

  // classified
  const { ruleSet, signed, label } = await rulesInForce(ctx);
  const { sentAt } = came;
  const before = (
    await ctx.db.all(writtenSince, {
      subjectId: member.subjectId,
      since: new Date(sentAt.getTime() - 600_000).toISOString(),
    })
  ).filter((row) => row.at <= sentAt);
  const opened = await ctx.openMany(
    before.map((row) => ({ value: row.body, at: { row: row.id, subject: member.subjectId } })),
    "to judge a text with those before it",
  );
  const lately = before.map((row, place) => ({ at: row.at, words: String(opened[place] ?? "") }));
  const parts = lately.filter((row) => sentAt.getTime() - row.at.getTime() <= partsWithinMs).map((row) => row.words);
  const isExpecting = conversation.expectingUntil !== null && conversation.expectingUntil > sentAt;
  const who = {
    unit: member.unit,
    expecting: isExpecting ? conversation.expecting : null,
    consentPending: consent === "consent-pending" || consent === "number-invalid",
    risks: { ill: false, type1: member.type1, pump: member.pump, pregnant: member.pregnant },
  };
  const alone = triage(body, ruleSet, who);
  const judged = parts.length === 0 ? alone : withParts(alone, parts, body, ruleSet, who);
  const classifiedAt = new Date().toISOString();

  // the message itself, under the member's own key
  const messageId = Bun.randomUUIDv7();
  await ctx.db.one(addMessage, {
    id: messageId,
    subjectId: member.subjectId,
    direction: "in",
    kind: "member",
    body: await ctx.seal(messages.body, body, { row: messageId, subject: member.subjectId }),
    at: sentAt,
    inboundId: id,
    template: null,
    locale: null,
    tier: judged.tier,
    rules: [...new Set(judged.findings.map(({ rule }) => rule))],
    ruleSet: label,
    personId: null,
    reviewedBy: null,
    licensed: false,
    runId: null,
    media: came.media,
  });

  // observed
  const isKeywordOnly = judged.keyword !== null && !atLeast(judged.tier, "H1");
  const observed = isKeywordOnly
    ? { repeatedLows: false, corrected: false }
    : await observe(ctx, {
        member,
        messageId,
        sentAt,
        found: judged.glucose,
        ruleSet,
      });
  const observedAt = new Date().toISOString();

  // routed
  const sign = loopSign(
    [
      ...lately.map((row) => ({ ...row, secondsAfterOurs: null })),
      {
        at: sentAt,
        words: body,
        secondsAfterOurs:
          conversation.lastOutAt === null ? null : (sentAt.getTime() - conversation.lastOutAt.getTime()) / 1_000,
      },
    ],
    sentAt,
  );
  const isQuarantined = conversation.quarantinedUntil !== null && conversation.quarantinedUntil > ctx.now;
  const result = await route(ctx, {
    member,
    conversation: asConversation(conversation),
    consent,
    judged,
    messageId,
    inboundId: id,
    handledByProvider: came.handledByProvider,
    media: came.media,
    body,
    isSigned: signed !== null,
    ruleSet,
    label,
    loop: isQuarantined ? "standing" : sign,
    repeatedLows: observed.repeatedLows,
    mayCoach: mayText(consent, "coaching"),
    waitingSince: conversation.waitingSince,
  });
  await ctx.db.one(noteInbound, {
    subjectId: member.subjectId,
    lastInAt: sentAt.toISOString(),
    waitingSince:
      (result.waits ? (conversation.waitingSince ?? sentAt) : conversation.waitingSince)?.toISOString() ?? null,
    tier: result.waits ? higher(conversation.tier, judged.tier) : conversation.tier,
    expecting: result.expecting,
    expectingUntil: result.expecting ? new Date(ctx.now.getTime() + 3_600_000).toISOString() : null,
    quarantinedUntil:
      sign && !isQuarantined
        ? new Date(ctx.now.getTime() + quarantineHours * 3_600_000).toISOString()
        : (conversation.quarantinedUntil?.toISOString() ?? null),
  });
  await ctx.db.one(routed, { id, subjectId: member.subjectId, matchedAt, classifiedAt, observedAt });
  ctx.audit("coaching.message_taken", {
    subjectId: member.subjectId,
    member: member.code,
    tier: judged.tier,
    outcome: result.said,
  });
}

/** Together they may mean more than each. What the parts before said by themselves was acted on when they came. */
function withParts(
  alone: Triage,
  parts: readonly string[],
  body: string,
  ruleSet: RuleSet,
  who: MemberContext,
): Triage {
  const together = triageParts([...parts, body], ruleSet, who);
  const known = parts.map((part) => triage(part, ruleSet, who));
  const highestAlone = highest([alone.tier, ...known.map(({ tier }) => tier)]);
  const isMore = together.tier !== highestAlone && atLeast(together.tier, highestAlone);
  const isNewStop = together.keyword?.kind === "stop" && ![alone, ...known].some(({ keyword }) => keyword !== null);
  const isNewReading =
    alone.glucose.kind === "none" &&
    together.glucose.kind !== "none" &&
    known.every(({ glucose }) => glucose.kind === "none");
  return isMore || isNewStop || isNewReading ? together : alone;
}

/** A number that no member has: at most two answers a day; an emergency is answered like anybody's. */
async function answerStranger(
  ctx: Context<Coaching>,
  one: { readonly id: string; readonly from: string; readonly body: string; readonly fromTag: Uint8Array | null },
): Promise<void> {
  const { ruleSet } = await rulesInForce(ctx);
  const judged = triage(one.body, ruleSet);
  const stops = judged.keyword?.kind === "stop" || judged.keyword?.kind === "wrong-number";
  const answers = one.fromTag ? ((await ctx.db.first(strangerAnswers, { fromTag: one.fromTag }))?.answers ?? 0) : 9;
  const { program, phone } = ctx.settings;
  if (stops || !mayAnswerStranger(Number(answers))) {
    await ctx.db.one(ignored, { id: one.id, why: stops ? "stranger-stopped" : "stranger-silent" });
    ctx.audit("coaching.message_ignored", { why: "it came from a number that no member has" });
    return;
  }
  const spanish = /[¿¡ñáéíóú]|\b(?:hola|ayuda|gracias|por favor)\b/i.test(one.body) ? "es" : "en";
  const isUrgent = judged.tier === "E1" || judged.tier === "C" || judged.tier === "D";
  const text =
    judged.tier === "C"
      ? fillText("crisis", spanish, { program })
      : isUrgent
        ? fillText("emergency", spanish, {})
        : fillText("unknown", spanish, { program, phone });
  await putStrangeOnItsWay(ctx, {
    to: one.from,
    body: text,
    cause: `stranger:${one.id}`,
    purpose: isUrgent ? "safety" : "compliance",
  });
  await ctx.db.one(ignored, { id: one.id, why: "stranger-answered" });
  ctx.audit("coaching.message_ignored", {
    why: "it came from a number that no member has, and was answered with a fixed text",
  });
}
