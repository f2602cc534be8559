/** What follows from a judgement: one text at most, people where they are needed, and who speaks from now on. */
import type { Context } from "@core/module.ts";
import { type MemberStatus, mayText } from "../consent.ts";
import { type Conversation, callForHuman, lockForCrisis } from "../conversation.ts";
import type { Expecting, GlucoseFound } from "../glucose.ts";
import type { LoopSign } from "../loop-guard.ts";
import type { Coaching } from "../names.ts";
import type { RuleSet } from "../rule-set.ts";
import { handConversation } from "../store/conversations.ts";
import { askAgainLater } from "../store/incidents.ts";
import { addConsent, type MemberRow } from "../store/members.ts";
import { cancelWaiting } from "../store/outbox.ts";
import { consentEvents } from "../tables.ts";
import { type FixedText, fillText } from "../templates.ts";
import { atLeast } from "../tier.ts";
import type { Page, Triage } from "../triage.ts";
import { putOnItsWay } from "./outgoing.ts";
import { raiseIncident, raiseTask } from "./tasks.ts";
import { voiceInForce } from "./voice-in-force.ts";
import { answerQuiz } from "./walk.ts";

export interface Case {
  readonly member: MemberRow;
  readonly conversation: Conversation;
  readonly consent: MemberStatus;
  readonly judged: Triage;
  readonly messageId: string;
  readonly inboundId: string;
  readonly handledByProvider: "stop" | "start" | "help" | null;
  readonly media: number;
  readonly body: string;
  /** A clinician has signed the rules that judged. */
  readonly isSigned: boolean;
  readonly ruleSet: RuleSet;
  readonly label: string;
  readonly loop: LoopSign | "standing" | null;
  readonly repeatedLows: boolean;
  readonly mayCoach: boolean;
  readonly waitingSince: Date | null;
}
export interface Routed {
  /** Somebody has to answer. */
  readonly waits: boolean;
  readonly expecting: Expecting;
  /** For the record. */
  readonly said: string;
}

export async function route(ctx: Context<Coaching>, one: Case): Promise<Routed> {
  const { judged } = one;
  if (one.loop !== null) return quarantine(ctx, one);
  await callPeople(ctx, one, "raise" in judged.outcome ? judged.outcome.raise : []);
  if (one.repeatedLows)
    await raiseTask(ctx, {
      subjectId: one.member.subjectId,
      cause: `lows:${one.member.subjectId}:${ctx.now.toISOString().slice(0, 10)}`,
      kind: "lows",
      tier: "H1",
      minutes: 24 * 60,
    });
  switch (judged.outcome.kind) {
    case "keyword":
      return obey(ctx, one);
    case "template":
      return answerWithFixedText(ctx, one, judged.outcome.template, judged.outcome.askBack);
    case "ask-back":
      return askBack(ctx, one);
    case "model":
      return converse(ctx, one);
  }
}

/** A machine may be at the other end: nothing is sent but what a person in danger would need, once. */
async function quarantine(ctx: Context<Coaching>, one: Case): Promise<Routed> {
  const { member, judged } = one;
  await raiseTask(ctx, {
    subjectId: member.subjectId,
    cause: `loop:${member.subjectId}:${ctx.now.toISOString().slice(0, 10)}`,
    kind: "loop",
    tier: "P",
    minutes: 8 * 60,
  });
  const { outcome } = judged;
  await callPeople(ctx, one, "raise" in outcome ? outcome.raise : []);
  if (outcome.kind === "keyword" && judged.keyword?.kind === "stop") return obey(ctx, one);
  if (outcome.kind === "template" && atLeast(judged.tier, "H1") && one.loop !== "standing")
    return answerWithFixedText(ctx, one, outcome.template, false);
  return { waits: true, expecting: null, said: "held as a possible loop of machines" };
}

/** Coaches get a task; who must answer within minutes gets an incident with its ladder. */
async function callPeople(ctx: Context<Coaching>, one: Case, pages: readonly Page[]): Promise<void> {
  const { member, messageId } = one;
  let { conversation } = one;
  for (const { tier, role, acknowledgeMinutes, locksBot } of pages) {
    const cause = `page:${messageId}:${role}`;
    if (role === "coach") {
      await raiseTask(ctx, { subjectId: member.subjectId, cause, kind: "look", tier, minutes: acknowledgeMinutes });
    } else {
      await raiseIncident(ctx, {
        subjectId: member.subjectId,
        code: member.code,
        messageId,
        cause,
        tier,
        role,
        locks: locksBot,
        acknowledgeMinutes,
      });
    }
    const change = locksBot ? lockForCrisis(conversation) : tier === "P" ? callForHuman(conversation) : null;
    if (change?.changed) {
      await hand(ctx, member.subjectId, conversation, change.conversation);
      conversation = change.conversation;
      await ctx.db.all(cancelWaiting, {
        subjectId: member.subjectId,
        speakers: ["bot"],
        why: locksBot ? "crisis" : "a person was asked for",
      });
    }
  }
}

export async function hand(
  ctx: Context<Coaching>,
  subjectId: string,
  from: Conversation,
  to: Conversation,
): Promise<boolean> {
  const moved = await ctx.db.first(handConversation, {
    subjectId,
    seen: from.epoch,
    status: to.status,
    ownerId: to.owner.kind === "human" ? to.owner.personId : null,
    epoch: to.epoch,
    humanAt: to.humanAt?.toISOString() ?? null,
  });
  return moved !== null;
}

// ── Keywords ────────────────────────────────────────────────────────────────────────────────────────────────────────

async function obey(ctx: Context<Coaching>, one: Case): Promise<Routed> {
  const { member, judged, consent, handledByProvider } = one;
  const { keyword } = judged;
  const { program, phone, proactiveAWeek } = ctx.settings;
  const done = (said: string, waits = false): Routed => ({ waits, expecting: null, said });
  if (!keyword) return converse(ctx, one);
  if (keyword.kind === "stop" || keyword.kind === "wrong-number") {
    await note(ctx, one, "opted-out", keyword.words);
    await ctx.db.all(cancelWaiting, {
      subjectId: member.subjectId,
      speakers: ["bot", "human"],
      why: "the member opted out",
    });
    if (keyword.kind === "wrong-number") {
      await raiseTask(ctx, {
        subjectId: member.subjectId,
        cause: `wrong-number:${one.messageId}`,
        kind: "wrong-number",
        tier: "P",
        minutes: 24 * 60,
      });
    }
    const inDanger = atLeast(judged.tier, "H2");
    // One confirmation, and none where the carrier has sent its own already; in danger ours goes out in any case.
    if (consent !== "opted-out" && (handledByProvider !== "stop" || inDanger)) {
      await reply(
        ctx,
        one,
        inDanger ? "stopped-in-crisis" : "stopped",
        inDanger
          ? fillText("stopped-in-crisis", member.locale, { program })
          : fillText("stopped", member.locale, { program, phone }),
        "compliance",
      );
    }
    return done("opted out, obeyed at once", inDanger);
  }
  if (keyword.kind === "help") {
    if (handledByProvider !== "help")
      await reply(ctx, one, "help", fillText("help", member.locale, { program, phone }), "compliance");
    return done("asked for help, answered");
  }
  if (consent === "consent-pending" || consent === "opted-out") {
    await note(ctx, one, consent === "opted-out" ? "opted-in-again" : "given", keyword.words);
    if (handledByProvider !== "start")
      await reply(
        ctx,
        one,
        "started",
        fillText("started", member.locale, { program, perWeek: String(proactiveAWeek) }),
        "compliance",
      );
    return done("consented");
  }
  if (consent === "number-invalid") {
    await note(ctx, one, "number-verified", keyword.words);
    return done("the number was verified");
  }
  if (consent === "paused") {
    await note(ctx, one, "resumed", keyword.words);
    return done("resumed");
  }
  return converse(ctx, one);
}

async function note(
  ctx: Context<Coaching>,
  { member }: Case,
  kind: "opted-out" | "opted-in-again" | "given" | "number-verified" | "resumed",
  words: string,
): Promise<void> {
  const id = Bun.randomUUIDv7();
  await ctx.db.one(addConsent, {
    id,
    subjectId: member.subjectId,
    kind,
    at: ctx.now,
    source: "sms",
    textSha256: null,
    words: await ctx.seal(consentEvents.words, words.slice(0, 300), { row: id, subject: member.subjectId }),
  });
}

// ── Fixed texts ─────────────────────────────────────────────────────────────────────────────────────────────────────

async function answerWithFixedText(
  ctx: Context<Coaching>,
  one: Case,
  template: FixedText,
  alsoAsk: boolean,
): Promise<Routed> {
  const { member, judged, consent, ruleSet, messageId } = one;
  const { tier } = judged;
  const isSafety = atLeast(tier, "H1");
  // A person has the conversation: what is no danger is his to answer.
  if (!isSafety && !isBot(one))
    return { waits: true, expecting: null, said: "left to the person who has the conversation" };
  const question = alsoAsk ? askBackText(judged.glucose, one) : null;
  if (mayText(consent, isSafety ? "safety" : "coaching") || (isSafety && consent !== "opted-out")) {
    const text = fixed(ctx, template, one);
    await reply(ctx, one, template, question ? `${text} ${question}` : text, isSafety ? "safety" : "reply", true);
  }
  const { recheckMinutes } = ruleSet.handling[tier];
  const isReading = judged.glucose.kind === "readings" || judged.glucose.kind === "ask";
  if (recheckMinutes !== null && isReading && consent !== "opted-out") {
    await ctx.db.first(askAgainLater, {
      subjectId: member.subjectId,
      messageId,
      minutes: recheckMinutes,
      askedAt: ctx.now,
      nextAt: new Date(ctx.now.getTime() + recheckMinutes * 60_000),
    });
  }
  return {
    waits: true,
    expecting: recheckMinutes !== null || question !== null ? "reading" : null,
    said: `answered with the fixed text “${template}”`,
  };
}

/** The fixed texts that may follow a judgement, with their fields. */
export function fixed(ctx: Context<Coaching>, template: FixedText, { member }: Pick<Case, "member">): string {
  const { program, phone } = ctx.settings;
  const all = {
    program,
    phone,
    link: ctx.settings.terms,
    coach: program,
    perWeek: String(ctx.settings.proactiveAWeek),
  };
  return fillText(template, member.locale, all as never);
}

async function askBack(ctx: Context<Coaching>, one: Case): Promise<Routed> {
  if (!mayText(one.consent, "coaching")) return { waits: false, expecting: null, said: "not answered: no consent" };
  if (!isBot(one)) return { waits: true, expecting: "reading", said: "left to the person who has the conversation" };
  await reply(ctx, one, "ask-number", askBackText(one.judged.glucose, one), "reply");
  return { waits: false, expecting: "reading", said: "asked back what the meter shows" };
}

function askBackText(glucose: GlucoseFound, { member }: Pick<Case, "member">): string {
  const doubt = glucose.kind === "ask" ? glucose.doubt : "which-number";
  const text =
    doubt === "unit" ? "ask-unit" : doubt === "whose" || doubt === "hypothetical" ? "ask-whose" : "ask-number";
  return fillText(text, member.locale, {});
}

// ── Conversation ────────────────────────────────────────────────────────────────────────────────────────────────────

const debounceSeconds = 8;

const isBot = ({ conversation }: Pick<Case, "conversation">) =>
  conversation.owner.kind === "bot" && conversation.status === "bot-active";

/** Nothing of note: whoever has the conversation answers. */
async function converse(ctx: Context<Coaching>, one: Case): Promise<Routed> {
  const { member, judged, consent, mayCoach, body, media } = one;
  if (!mayCoach) return { waits: consent === "paused", expecting: null, said: `not answered: ${consent}` };
  if (judged.asksIfMachine && isBot(one)) {
    await reply(ctx, one, "machine", fixed(ctx, "machine", one), "reply");
    return { waits: false, expecting: null, said: "told that a machine answers" };
  }
  if (media > 0 && body.trim() === "" && isBot(one)) {
    await reply(ctx, one, "media", fixed(ctx, "media", one), "reply");
    return { waits: false, expecting: null, said: "told that pictures are not read" };
  }
  if (!isBot(one)) return { waits: true, expecting: null, said: "left to the person who has the conversation" };
  const quiz = await answerQuiz(ctx, member, body);
  if (quiz !== null) {
    await reply(ctx, one, "quiz", quiz, "reply");
    return { waits: false, expecting: null, said: "answered a quiz" };
  }
  if (one.isSigned && member.replies !== "off" && (await voiceInForce(ctx)).on) {
    // A few seconds, so that what was typed in two texts is answered once.
    const ask = { message: one.messageId, attempt: 1 };
    await ctx.later("coaching.reply", ask, new Date(ctx.now.getTime() + debounceSeconds * 1_000));
    return { waits: member.replies === "draft", expecting: null, said: "a model was asked to reply" };
  }
  return { ...(await withoutModel(ctx, one, member.locale)), expecting: null };
}

/** No model speaks here: a fixed text, once for as long as the member waits, and a coach. */
export async function withoutModel(
  ctx: Context<Coaching>,
  one: Case,
  locale: MemberRow["locale"],
): Promise<{ readonly waits: true; readonly said: string }> {
  const { member, messageId, waitingSince } = one;
  await raiseTask(ctx, {
    subjectId: member.subjectId,
    cause: `reply:${messageId}`,
    kind: "reply",
    tier: one.judged.tier,
    minutes: ctx.settings.replyHours * 60,
  });
  if (waitingSince === null) await reply(ctx, one, "no-model", fillText("no-model", locale, {}), "reply");
  return { waits: true, said: "a coach was asked to reply" };
}

async function reply(
  ctx: Context<Coaching>,
  one: Case,
  template: FixedText | "quiz",
  body: string,
  purpose: "safety" | "reply" | "compliance",
  /** Said whoever has the conversation by then: the judgement itself may have called a person. */
  isFixed = purpose !== "reply",
): Promise<void> {
  const { member, conversation, inboundId, judged, label } = one;
  await putOnItsWay(ctx, {
    subjectId: member.subjectId,
    locale: member.locale,
    body,
    cause: `in:${inboundId}`,
    purpose,
    speaker:
      purpose === "compliance"
        ? { kind: "compliance" }
        : isFixed
          ? { kind: "safety" }
          : { kind: "bot", epoch: conversation.epoch },
    kind: "template",
    template,
    tier: judged.tier,
    ruleSet: label,
  });
}
