/**
 * A model's reply, where no rule spoke: asked with what this member said and is working on, and nothing of anybody else.
 * What comes back is checked before anyone reads it; after one more try a fixed text goes out and a coach is asked. The
 * model may raise how urgent a message is, never lower it, and without one the service does what it did before.
 */
import type { ModelAnswer, ModelRequest } from "@core/ai/request.ts";
import { type Context, Locked } from "@core/module.ts";
import { mayText, statusOf } from "../consent.ts";
import { maySpeak } from "../conversation.ts";
import { statisticsOf } from "../glucose-statistics.ts";
import type { Coaching } from "../names.ts";
import { answerSchema, canary, instructionsOf, type ModelReply } from "../prompt.ts";
import { decideReply, faultsOf, mayNameSomebody, type ReplyContext } from "../reply-checks.ts";
import { drafts } from "../reply-tables.ts";
import { asConversation, lockConversation, thread } from "../store/conversations.ts";
import { coachingsOf, consentOf, type MemberRow, memberById, membersHere } from "../store/members.ts";
import { readingsSince } from "../store/readings.ts";
import { faultsOfDraft, goalsOf, keepDraft, messageById, supersedeDrafts } from "../store/replies.ts";
import { fillText } from "../templates.ts";
import { highest, type Tier, urgency } from "../tier.ts";
import { putOnItsWay } from "./outgoing.ts";
import { fixed } from "./route.ts";
import { rulesInForce } from "./rules-in-force.ts";
import { raiseIncident, raiseTask } from "./tasks.ts";
import { voiceInForce } from "./voice-in-force.ts";

interface Asking {
  readonly message: string;
  readonly attempt: number;
}

export async function askForReply({ message, attempt }: Asking, ctx: Context<Coaching>): Promise<ModelRequest | null> {
  const ground = await groundFor(ctx, message);
  if (!ground) return null;
  const { member, lines, voice } = ground;
  if (!voice.on) return null;
  const { subjectId } = member;
  const goalRows = await ctx.db.all(goalsOf, { subjectId });
  const goals = await ctx.openMany(
    goalRows.map((row) => ({ value: row.wording, at: { row: row.id, subject: subjectId } })),
    "to ask for a reply",
  );
  const since = new Date(ctx.now.getTime() - 14 * 24 * 3_600_000).toISOString();
  const values = (await ctx.db.all(readingsSince, { subjectId, since })).flatMap((row) =>
    row.mgdl === null ? [] : [row.mgdl],
  );
  const figures = statisticsOf(values);
  const before = attempt > 1 ? await ctx.db.all(faultsOfDraft, { messageId: message }) : [];
  const name = (await ctx.names([subjectId])).get(subjectId) ?? member.code;
  return {
    purpose: "coaching.reply",
    promptVersion: voice.version,
    subjectId,
    instructions: instructionsOf(
      voice.words,
      { program: ctx.settings.program, locale: member.locale },
      before.flatMap((row) => row.faults),
    ),
    messages: lines.map(({ isMember, text }) => ({ role: isMember ? ("member" as const) : ("house" as const), text })),
    blocks: [
      ...goals.flatMap((goal, place) =>
        goal instanceof Locked ? [] : [{ id: `goal-${place + 1}`, text: String(goal) }],
      ),
      ...(figures
        ? [
            {
              id: "glucose",
              text: `Last 14 days: ${figures.readings} readings, mean ${Math.round(figures.mean)} mg/dL, ${Math.round(figures.shares.inRange)} % in range.`,
            },
          ]
        : []),
    ],
    people: [{ names: [name, ...name.split(" ")], as: "Member" }],
    schema: answerSchema,
    maxOutputTokens: 400,
  };
}

export async function settleReply(
  { message, attempt }: Asking,
  ctx: Context<Coaching>,
  _sent: unknown,
  answer: ModelAnswer,
): Promise<void> {
  const ground = await groundFor(ctx, message);
  if (!ground) return;
  const { member, voice } = ground;
  const { subjectId } = member;
  // A voice that was taken out of force while the model thought is not heard.
  if (!voice.on || (answer.kind === "answer" && answer.model !== voice.model)) {
    await leaveToCoach(ctx, member, message, `no-model:${message}`);
    return;
  }
  if (answer.kind === "none") {
    if (answer.why === "filtered" && answer.category === "self_harm") {
      // The provider would not answer words of self-harm: that itself is a reason to look for the person.
      await raiseTier(ctx, member, message, "C");
      return;
    }
    await leaveToCoach(ctx, member, message, `no-model:${message}`);
    return;
  }
  const value = answer.value as ModelReply;
  const { ruleSet } = await rulesInForce(ctx);
  const raised = highest([ground.tier, value.urgency]);
  if (raised !== ground.tier && ruleSet.handling[raised].template !== null) {
    await raiseTier(ctx, member, message, raised);
    return;
  }
  const context = await replyContext(
    ctx,
    member,
    value.text,
    ground.lines.flatMap(({ isMember, text: words }) => (isMember ? [words] : [])),
  );
  const text = withMark(value.text, member);
  const decision = decideReply(text, context, attempt);
  const draft = {
    subjectId,
    messageId: message,
    attempt,
    runId: answer.runId,
    model: answer.model,
    promptVersion: voice.version,
    voiceId: voice.id,
  };
  const id = Bun.randomUUIDv7();
  if (value.needsPerson || decision.kind !== "send") {
    const faults = decision.kind === "send" ? ["needs-person"] : faultsOf(text, context).map((one) => one.fault);
    await ctx.db.first(keepDraft, { ...draft, id, body: null, status: "faulty", faults });
    if (!value.needsPerson && decision.kind === "write-again") {
      await ctx.soon("coaching.reply", { message, attempt: 2 });
      return;
    }
    await leaveToCoach(ctx, member, message, `checks:${message}`);
    return;
  }
  await ctx.db.all(supersedeDrafts, { subjectId });
  const body = await ctx.seal(drafts.body, member.replies === "draft" ? value.text : text, {
    row: id,
    subject: subjectId,
  });
  if (member.replies === "draft") {
    await ctx.db.first(keepDraft, { ...draft, id, body, status: "waiting", faults: [] });
    await raiseTask(ctx, {
      subjectId,
      cause: `draft:${message}`,
      kind: "draft",
      tier: ground.tier,
      minutes: ctx.settings.replyHours * 60,
    });
    return;
  }
  await ctx.db.first(keepDraft, { ...draft, id, body, status: "sent", faults: [] });
  await putOnItsWay(ctx, {
    subjectId,
    locale: member.locale,
    body: decision.text,
    cause: `model:${message}`,
    purpose: "reply",
    speaker: { kind: "bot", epoch: ground.epoch },
    kind: "model",
    template: null,
    tier: ground.tier,
  });
}

/** Said in every text that no person has read (California H&S 1339.75 asks for it throughout a chat). */
export const withMark = (text: string, { locale }: Pick<MemberRow, "locale">): string =>
  locale === "es" ? `${text} (Texto automatico. COACH = persona.)` : `${text} (Auto text. COACH = a person.)`;

/** Null when nothing is to be said any more: the member wrote again, a person took over, consent or the rules are gone. */
async function groundFor(ctx: Context<Coaching>, messageId: string) {
  const message = await ctx.db.one(messageById, { id: messageId });
  const { subjectId } = message;
  const member = await ctx.db.one(memberById, { subjectId });
  const row = await ctx.db.one(lockConversation, { subjectId });
  const conversation = asConversation(row);
  if (member.replies === "off" || !maySpeak(conversation, { kind: "bot", epoch: conversation.epoch })) return null;
  const ledger = await ctx.db.all(consentOf, { subjectId });
  if (!mayText(statusOf(ledger.map((one) => ({ ...one, textHash: one.textSha256, words: null }))), "coaching"))
    return null;
  if ((await rulesInForce(ctx)).signed === null) return null;
  const rows = (await ctx.db.all(thread, { subjectId, limit: 12, offset: 0 })).reverse();
  const lastIn = rows.filter((one) => one.direction === "in").at(-1);
  if (lastIn?.id !== messageId) return null;
  const opened = await ctx.openMany(
    rows.map((one) => ({ value: one.body, at: { row: one.id, subject: subjectId } })),
    "to ask for a reply",
  );
  return {
    member,
    voice: await voiceInForce(ctx),
    tier: message.tier ?? ("none" as Tier),
    epoch: conversation.epoch,
    lines: rows.flatMap((one, place) =>
      opened[place] instanceof Locked ? [] : [{ isMember: one.direction === "in", text: String(opened[place]) }],
    ),
  };
}

/** Words that are names and much else: alone they give nobody away ("Will", "Grace", "April"). Beside a family name they do. */
const alsoOrdinary = new Set(
  "will grace april may june august hope faith joy mark bill rose art sun young king rich love summer dawn sky ray max jan pat sue rob chase grant miles wade heath dean gene cash angel luz paz sol dulce rosa blanca flor esperanza mercedes domingo leon reyes cruz".split(
    " ",
  ),
);
/**
 * The names of the other members of this service, opened by the machinery and compared with a reply, never shown: a model
 * was not told them, and whatever it writes is not to name one. What the member wrote of himself (“my sister Ana”) is his.
 */
async function otherNames(ctx: Context<Coaching>, subjectId: string, own: readonly string[]): Promise<string[]> {
  const others = (await ctx.db.all(membersHere, {})).map((row) => row.subjectId).filter((id) => id !== subjectId);
  const said = new Set(own.flatMap((text) => text.toLocaleLowerCase().match(/\p{L}+/gu) ?? []));
  const names = [...(await ctx.names(others)).values()];
  return [
    ...new Set(
      names.flatMap((name) => [
        name,
        ...name.split(/\s+/).filter((part) => {
          const plain = part.toLocaleLowerCase();
          return plain.length > 2 && !alsoOrdinary.has(plain) && !said.has(plain);
        }),
      ]),
    ),
  ];
}

async function replyContext(
  ctx: Context<Coaching>,
  member: MemberRow,
  written: string,
  ground: readonly string[],
): Promise<ReplyContext> {
  const name = (await ctx.names([member.subjectId])).get(member.subjectId) ?? "";
  const coaches = await ctx.people(
    (await ctx.db.all(coachingsOf, { subjectId: member.subjectId })).map((row) => row.personId),
  );
  const ownNames = name.split(" ").filter(Boolean);
  const knownNames = [...coaches.values(), ctx.settings.program];
  return {
    locale: member.locale,
    hosts: [],
    phones: [ctx.settings.phone],
    ownNames,
    knownNames,
    otherNames: mayNameSomebody(written, [...ownNames, ...knownNames])
      ? await otherNames(ctx, member.subjectId, ground)
      : [],
    canary,
  };
}

async function leaveToCoach(ctx: Context<Coaching>, member: MemberRow, message: string, cause: string): Promise<void> {
  const { subjectId, locale } = member;
  await raiseTask(ctx, {
    subjectId,
    cause: `reply:${message}`,
    kind: "reply",
    tier: "none",
    minutes: ctx.settings.replyHours * 60,
  });
  await putOnItsWay(ctx, {
    subjectId,
    locale,
    body: fillText("no-model", locale, {}),
    cause,
    purpose: "reply",
    speaker: { kind: "safety" },
    kind: "template",
    template: "no-model",
  });
}

/** The model found it more urgent than the rules did: answered as the rules answer that tier, and people are called. */
async function raiseTier(ctx: Context<Coaching>, member: MemberRow, message: string, tier: Tier): Promise<void> {
  const { ruleSet } = await rulesInForce(ctx);
  const { template, role, acknowledgeMinutes, locksBot } = ruleSet.handling[tier];
  const { subjectId, locale, code } = member;
  if (template)
    await putOnItsWay(ctx, {
      subjectId,
      locale,
      body: fixed(ctx, template, { member }),
      cause: `raised:${message}`,
      purpose: urgency(tier) >= urgency("H1") ? "safety" : "reply",
      speaker: { kind: "safety" },
      kind: "template",
      template,
      tier,
    });
  if (role === null || acknowledgeMinutes === null) return;
  if (role === "coach")
    await raiseTask(ctx, { subjectId, cause: `raised:${message}`, kind: "look", tier, minutes: acknowledgeMinutes });
  else
    await raiseIncident(ctx, {
      subjectId,
      code,
      messageId: message,
      cause: `raised:${message}`,
      tier,
      role,
      locks: locksBot,
      acknowledgeMinutes,
    });
}
