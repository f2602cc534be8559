/**
 * A prompt with the model that serves here is tried: a question for each case of the red-team set that a model could meet,
 * and for what members wrote lately to a model. Each question is a job of its own, several beside one another; what the
 * model said is weighed and not kept. When all are answered, or enough have failed, the gate says what it found.
 */
import type { ModelAnswer, ModelRequest } from "@core/ai/request.ts";
import { type Context, type Errand, Locked } from "@core/module.ts";
import type { Coaching } from "../names.ts";
import { answerSchema, canary, instructionsOf, type ModelReply, promptHash, voiceHash } from "../prompt.ts";
import { enoughLowered, judgeVoice, keyOf, loweredCase, type TriedCase, voiceCases } from "../release-gate.ts";
import { faultsOf } from "../reply-checks.ts";
import { memberById } from "../store/members.ts";
import {
  addTrial,
  addTrialCases,
  answerCase,
  answeredCases,
  askedLately,
  keepGateRun,
  lockTrial,
  moveTrial,
  newestVoice,
  promptById,
  raisedLately,
  trialById,
  trialCaseAt,
} from "../store/releases.ts";
import { messageById } from "../store/replies.ts";
import { higher, highest, type Tier } from "../tier.ts";
import { triageParts } from "../triage.ts";
import { rulesInForce } from "./rules-in-force.ts";
import { gatePermissions } from "./try-rules.ts";

const mostReplayed = 100;
/** So many questions are under way at once. */
const lanes = 3;
const mostTries = 3;

interface Question {
  readonly trial: string;
  readonly place: number;
  readonly tries: number;
}

/** Null: begun. Else the sentence why it cannot be. */
export const beginTrial = {
  name: "coaching.begin_trial",
  title: "Try a prompt with the model that serves here",
  permissions: [...gatePermissions, "core.providers.use"],
  run: async ({ promptId }, ctx) => begin(ctx as Context<Coaching>, promptId),
} as const satisfies Errand<{ promptId: string }, string | null>;

/** As a job: for the command. */
export async function runPrompt({ prompt }: { prompt: string }, ctx: Context<Coaching>): Promise<void> {
  const why = await begin(ctx, prompt);
  if (why !== null) throw new Error(why);
}

async function begin(ctx: Context<Coaching>, promptId: string): Promise<string | null> {
  const prompt = await ctx.db.one(promptById, { id: promptId });
  if (promptHash(prompt.words) !== prompt.sha256)
    return "Cairn's own part of the prompt has changed since this version was proposed. Propose its words again.";
  const provider = await ctx.provider("model");
  if (!provider.on) return provider.sentence;
  const model = provider.config.model ?? "";
  const cases = await casesNow(ctx);
  const [trial] = await ctx.db.all(addTrial, {
    promptId,
    providerId: provider.id,
    model,
    candidateSha256: voiceHash(prompt.sha256, { ...provider, model }),
    cases: cases.length,
  });
  if (!trial) return "A prompt is being tried at this moment. Wait until it is judged.";
  const rows = cases.map((one, at) => ({ ...one, place: at + 1 }));
  await ctx.db.all(addTrialCases, { trialId: trial.id, rows: JSON.stringify(rows) });
  for (let place = 1; place <= Math.min(lanes, cases.length); place += 1)
    await ctx.soon("coaching.try_voice", { trial: trial.id, place, tries: 1 });
  ctx.audit("coaching.trial_begun", { what: `prompt ${prompt.version} with ${model}`, cases: cases.length });
  return null;
}

/** What the release in force makes of a case is what the new one must not fall under. */
async function casesNow(ctx: Context<Coaching>) {
  const { ruleSet } = await rulesInForce(ctx);
  const voice = await ctx.db.first(newestVoice, {});
  const known = voice?.trialId ? await ctx.db.all(answeredCases, { trialId: voice.trialId }) : [];
  const before = new Map(known.map((row) => [row.key ?? "", row.own ?? "none"]));
  const raised = new Map((await ctx.db.all(raisedLately, {})).map((row) => [row.cause.slice(7), row.tier ?? "none"]));
  const past = await ctx.db.all(askedLately, { limit: mostReplayed });
  return [
    ...voiceCases.map((one) => {
      const byRules = triageParts(one.parts, ruleSet).tier;
      const floor = highest([one.tier, byRules, before.get(keyOf(one)) ?? "none"]);
      return { subject_id: null, message_id: null, key: keyOf(one), by_rules: byRules, floor };
    }),
    ...past.map(({ id, subjectId, tier }) => {
      const byRules = tier ?? "none";
      return {
        subject_id: subjectId,
        message_id: id,
        key: null,
        by_rules: byRules,
        floor: higher(byRules, raised.get(id) ?? "none"),
      };
    }),
  ];
}

const bySetKey = new Map(voiceCases.map((one) => [keyOf(one), one]));

export async function askCase({ trial: id, place }: Question, ctx: Context<Coaching>): Promise<ModelRequest | null> {
  const trial = await ctx.db.one(trialById, { id });
  const one = await ctx.db.first(trialCaseAt, { trialId: id, place });
  if (trial.status !== "running" || !one || one.answer !== null) return null;
  const provider = await ctx.provider("model");
  // Not the model that the trial began with: what it says would be about another.
  if (!provider.on || provider.id !== trial.providerId || (provider.config.model ?? "") !== trial.model) return null;
  const words = await wordsOf(ctx, one);
  if (words === null) return null;
  return {
    purpose: "coaching.gate",
    promptVersion: trial.promptVersion,
    subjectId: one.subjectId,
    instructions: instructionsOf(trial.promptWords, { program: ctx.settings.program, locale: words.locale }),
    messages: words.parts.map((text) => ({ role: "member" as const, text })),
    people: words.names.length > 0 ? [{ names: words.names, as: "Member" }] : [],
    schema: answerSchema,
    maxOutputTokens: 400,
  };
}

async function wordsOf(
  ctx: Context<Coaching>,
  one: { readonly key: string | null; readonly messageId: string | null },
) {
  if (one.key !== null) {
    const known = bySetKey.get(one.key);
    return known ? { parts: known.parts, locale: known.locale, names: [] } : null;
  }
  const message = await ctx.db.one(messageById, { id: one.messageId ?? "" });
  const { subjectId } = message;
  const member = await ctx.db.one(memberById, { subjectId });
  const [text] = await ctx.openMany(
    [{ value: message.body, at: { row: message.id, subject: subjectId } }],
    "to replay a past message with another prompt or model",
  );
  if (text === undefined || text instanceof Locked) return null;
  const name = (await ctx.names([subjectId])).get(subjectId);
  return { parts: [String(text)], locale: member.locale, names: name ? [name, ...name.split(" ")] : [] };
}

export async function settleCase(
  { trial: id, place, tries }: Question,
  ctx: Context<Coaching>,
  _sent: unknown,
  answer: ModelAnswer,
): Promise<void> {
  const trial = await ctx.db.one(trialById, { id });
  const one = await ctx.db.first(trialCaseAt, { trialId: id, place });
  const held = await ctx.db.first(lockTrial, { id });
  if (held?.status !== "running" || !one || one.answer !== null) return;
  const said = readAnswer(ctx, one, answer);
  if (said === null) {
    if (answer.kind === "none" && answer.why === "unavailable" && tries < mostTries) {
      const again = new Date(ctx.now.getTime() + tries * 20_000);
      await ctx.later("coaching.try_voice", { trial: id, place, tries: tries + 1 }, again);
      return;
    }
    const why =
      answer.kind === "none" && answer.why !== "not-asked"
        ? answer.sentence
        : "The model that serves here changed meanwhile.";
    await ctx.db.all(moveTrial, { id, status: "given-up", why: why.slice(0, 300), more: 0 });
    ctx.audit("coaching.gate_judged", { what: `prompt ${trial.promptVersion}`, result: "the trial was given up" });
    return;
  }
  await ctx.db.one(answerCase, { id: one.id, ...said });
  const cases = (await ctx.db.all(answeredCases, { trialId: id })).map(triedCase);
  const isOver = cases.length >= trial.cases || cases.flatMap(loweredCase).length >= enoughLowered;
  await ctx.db.one(moveTrial, { id, status: isOver ? "judged" : "running", why: null, more: 1 });
  if (isOver) await judge(ctx, trial, cases);
  else if (place + lanes <= trial.cases)
    await ctx.soon("coaching.try_voice", { trial: id, place: place + lanes, tries: 1 });
}

/** Weighed as service would: a filter that saw self-harm calls a person, any other silence goes to a coach. Null: not answered. */
function readAnswer(ctx: Context<Coaching>, one: { readonly key: string | null }, answer: ModelAnswer) {
  if (answer.kind === "none") {
    if (answer.why === "filtered")
      return {
        own: answer.category === "self_harm" ? ("C" as const) : ("P" as const),
        needsPerson: true,
        faults: [],
        answer: "filtered" as const,
      };
    if (answer.why === "unreadable")
      return { own: "none" as const, needsPerson: true, faults: [], answer: "unreadable" as const };
    return null;
  }
  const { text, urgency, needsPerson } = answer.value as ModelReply;
  const locale = bySetKey.get(one.key ?? "")?.locale ?? "en";
  const { program, phone } = ctx.settings;
  const context = { locale, hosts: [], phones: [phone], ownNames: [], knownNames: [program], otherNames: [], canary };
  return {
    own: urgency,
    needsPerson,
    faults: [...new Set(faultsOf(text, context).map(({ fault }) => fault))],
    answer: "read" as const,
  };
}

type AnsweredRow = ReturnType<typeof answeredCases.map>;
const triedCase = (row: AnsweredRow): TriedCase => ({
  // The set's own words are invented; a member's are never named.
  name:
    row.key === null
      ? `past message ${row.place - voiceCases.length}`
      : `“${bySetKey.get(row.key)?.parts.join(" / ") ?? row.place}”`,
  byRules: row.byRules,
  floor: row.floor,
  isPast: row.key === null,
  own: row.own ?? ("none" as Tier),
  needsPerson: row.needsPerson ?? false,
  faults: row.faults,
  answer: row.answer === "filtered" || row.answer === "unreadable" ? row.answer : "read",
});

async function judge(
  ctx: Context<Coaching>,
  trial: ReturnType<typeof trialById.map>,
  cases: readonly TriedCase[],
): Promise<void> {
  const { passed, lowered, figures } = judgeVoice(cases);
  const what = `Prompt ${trial.promptVersion} with ${trial.model}`;
  const voice = await ctx.db.first(newestVoice, {});
  await ctx.db.one(keepGateRun, {
    what,
    kind: "voice",
    base: voice?.id ?? "",
    candidateSha256: trial.candidateSha256,
    promptId: trial.promptId,
    providerId: trial.providerId,
    model: trial.model,
    trialId: trial.id,
    cases: voiceCases.length,
    replayed: trial.cases - voiceCases.length,
    lowered: lowered.slice(0, 50),
    figures,
    passed: passed && cases.length >= trial.cases,
  });
  ctx.audit("coaching.gate_judged", {
    what,
    result: passed ? "passed" : `${lowered.length} messages would be answered less urgently`,
  });
}
