/** The release gate: rules, and a prompt with its model, are tried here before a clinician signs them. */
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import type { Coaching } from "../names.ts";
import { pagerOf } from "../pages.ts";
import { rulesInForce } from "../pipeline/rules-in-force.ts";
import { tryRules } from "../pipeline/try-rules.ts";
import { beginTrial } from "../pipeline/try-voice.ts";
import { voiceInForce } from "../pipeline/voice-in-force.ts";
import { broughtPrompt, instructionsOf, promptHash, voiceHash } from "../prompt.ts";
import { redTeam } from "../red-team.ts";
import { voiceCases } from "../release-gate.ts";
import {
  addPrompt,
  allPrompts,
  countGateRuns,
  type GateRunRow,
  gateRunById,
  gateRunsFrom,
  newestRunOf,
  newestTrial,
  newestVoice,
  promptById,
  signVoice,
} from "../store/releases.ts";
import { allRuleSets } from "../store/rules.ts";
import { GatePage, GateRunPage, PromptPage, PromptsPage } from "../views/gate.tsx";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Coaching>();
const byId = t.Object({ id: t.String({ format: "uuid" }) });
const pageSize = 20;

export const gateRoutes = [
  get("/gate", {
    needs: "coaching.rules.read",
    query: t.Object({ from: t.Optional(t.Integer({ minimum: 0 })) }),
    run: async ({ query }, ctx) => GatePage(await gatePage(ctx, query.from ?? 0)),
  }),

  post("/gate", {
    needs: "coaching.rules.write",
    body: t.Object({ ruleSetId: t.String({ title: "Version", format: "uuid" }) }),
    refused: async (typed, problems, ctx) =>
      GatePage({ ...(await gatePage(ctx, 0)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      const lowered = await ctx.errand(tryRules, body);
      return new Redirect(
        ctx.url("/gate"),
        lowered === 0
          ? "Passed: no message is answered less urgently."
          : `Not passed: ${lowered} messages would be answered less urgently.`,
      );
    },
  }),

  post("/gate/prompt", {
    needs: "coaching.rules.write",
    body: t.Object({ promptId: t.String({ title: "Prompt", format: "uuid" }) }),
    refused: async (typed, problems, ctx) =>
      GatePage({ ...(await gatePage(ctx, 0)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      const why = await ctx.errand(beginTrial, body);
      if (why !== null) throw Problem.invalid({ promptId: why });
      return new Redirect(ctx.url("/gate"), "The trial has begun. It takes some minutes.");
    },
  }),

  get("/gate/:id", {
    needs: "coaching.rules.read",
    params: byId,
    run: async ({ params }, ctx) => GateRunPage(await gateRunPage(ctx, params.id)),
  }),

  post("/gate/:id/sign", {
    needs: "coaching.rules.sign",
    signs: "coaching.voice_signed",
    params: byId,
    body: t.Object({ credentials: t.String({ title: "Credentials", minLength: 2, maxLength: 80 }) }),
    refused: async (typed, problems, ctx, params) =>
      GateRunPage({ ...(await gateRunPage(ctx, (params as { id: string }).id)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const run = await ctx.db.one(gateRunById, params);
      const why = await whyNotSigned(ctx, run);
      if (why !== null || run.promptId === null || run.providerId === null || run.model === null)
        throw Problem.refused(why ?? "Rules are signed on their own page.");
      await ctx.db.one(signVoice, {
        gateRunId: run.id,
        promptId: run.promptId,
        providerId: run.providerId,
        model: run.model,
        sha256: run.candidateSha256,
        name: ctx.actor.name,
        credentials: body.credentials,
      });
      await ctx.sign({
        record: "coaching.gate_runs",
        row: run.id,
        content: { what: run.what, voice: run.candidateSha256, credentials: body.credentials },
      });
      ctx.audit("coaching.voice_signed", { what: run.what, credentials: body.credentials });
      return new Redirect(ctx.url("/gate"), `${run.what} is in force now.`);
    },
  }),

  get("/gate/prompts", { needs: "coaching.rules.read", run: async (_, ctx) => PromptsPage(await promptsPage(ctx)) }),

  post("/gate/prompts", {
    needs: "coaching.rules.write",
    body: t.Object({
      version: t.String({ title: "Version", pattern: "^[A-Za-z0-9.+-]{1,40}$" }),
      words: t.String({ title: "Words of the service", maxLength: 2000 }),
      reason: t.String({ title: "What changed and why", minLength: 3, maxLength: 500 }),
    }),
    refused: async (typed, problems, ctx) =>
      PromptsPage({ ...(await promptsPage(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      if ((await ctx.db.all(allPrompts, {})).some(({ version }) => version === body.version))
        throw Problem.invalid({ version: "This version is there already. Call the new one differently." });
      await propose(ctx, body.version, body.words.trim(), body.reason);
      return new Redirect(
        ctx.url("/gate/prompts"),
        "Proposed. Try it at the release gate, with the model that serves here.",
      );
    },
  }),

  post("/gate/prompts/adopt", {
    needs: "coaching.rules.write",
    async run(_, ctx) {
      const { version, words } = broughtPrompt;
      const sha256 = promptHash(words);
      const known = await ctx.db.all(allPrompts, {});
      if (known.some((row) => row.sha256 === sha256)) throw Problem.refused("This prompt is on the list already.");
      const name = known.some((row) => row.version === version) ? `${version}-${sha256.slice(0, 6)}` : version;
      await propose(ctx, name, words, "The prompt as Cairn brings it.");
      return new Redirect(
        ctx.url("/gate/prompts"),
        "Proposed. Try it at the release gate, with the model that serves here.",
      );
    },
  }),

  get("/gate/prompts/:id", {
    needs: "coaching.rules.read",
    params: byId,
    async run({ params }, ctx) {
      const row = await ctx.db.one(promptById, params);
      const { program } = ctx.settings;
      return PromptPage({
        crumbs: [
          { label: "Release gate", href: ctx.url("/gate") },
          { label: "Prompts", href: ctx.url("/gate/prompts") },
        ],
        version: row.version,
        reason: row.reason,
        sha256: row.sha256,
        isCurrent: promptHash(row.words) === row.sha256,
        texts: [
          { language: "English", text: instructionsOf(row.words, { program, locale: "en" }) },
          { language: "Spanish", text: instructionsOf(row.words, { program, locale: "es" }) },
        ],
      });
    },
  }),
];

async function propose(ctx: Context<Coaching>, version: string, words: string, reason: string): Promise<void> {
  await ctx.db.one(addPrompt, { version, words, sha256: promptHash(words), reason });
  ctx.audit("coaching.prompt_proposed", { version });
}

/** Null: a clinician may sign it now. The database asks the same again. */
async function whyNotSigned(ctx: Context<Coaching>, run: GateRunRow): Promise<string | null> {
  if (run.kind !== "voice") return "Rules are signed on their own page.";
  if (!run.passed) return "The release gate did not pass this. It cannot be signed.";
  const newest = await ctx.db.first(newestRunOf, { candidateSha256: run.candidateSha256 });
  if (newest?.id !== run.id) return "There is a newer run of the same prompt and model. Look at that one.";
  const voice = await ctx.db.first(newestVoice, {});
  if ((voice?.id ?? "") !== run.base)
    return "Another prompt or model was released since this run, so it was not measured by what is in force. Try it again.";
  const provider = await ctx.provider("model");
  if (!provider.on) return provider.sentence;
  const prompt = await ctx.db.one(promptById, { id: run.promptId ?? "" });
  const now = voiceHash(promptHash(prompt.words), { ...provider, model: provider.config.model ?? "" });
  return now === run.candidateSha256
    ? null
    : "The model that serves here, or Cairn's own part of the prompt, is not what was tried. Try it again.";
}

async function gatePage(ctx: Context<Coaching>, from: number) {
  const total = Number((await ctx.db.one(countGateRuns, {})).runs);
  const runs = await ctx.db.all(gateRunsFrom, { from, most: pageSize });
  const [trial] = await ctx.db.all(newestTrial, {});
  const rules = await rulesInForce(ctx);
  const provider = await ctx.provider("model");
  return {
    crumbs: [{ label: "Safety rules", href: ctx.url("/rules") }],
    action: ctx.url("/gate"),
    promptAction: ctx.url("/gate/prompt"),
    promptsHref: ctx.url("/gate/prompts"),
    mayRun: ctx.may("coaching.rules.write"),
    cases: redTeam.length,
    voiceCases: voiceCases.length,
    inForce: { rules, voice: await voiceInForce(ctx) },
    provider: provider.on ? `${provider.title}, ${provider.config.model ?? ""}` : null,
    noProvider: provider.on ? null : provider.sentence,
    sets: (await ctx.db.all(allRuleSets, {})).map((row) => ({ value: row.id, label: row.version })),
    prompts: (await ctx.db.all(allPrompts, {})).map((row) => ({ value: row.id, label: row.version })),
    trial: trial && trial.status !== "judged" ? trial : null,
    runs: runs.map((row) => ({ ...runLine(row), href: ctx.url(`/gate/${row.id}`) })),
    pager: pagerOf(from, pageSize, total, (at) => ctx.url(`/gate?from=${at}`)),
  };
}
export type GateView = Awaited<ReturnType<typeof gatePage>>;

const runLine = ({ what, kind, madeAt, cases, replayed, lowered, figures, passed }: GateRunRow) => ({
  what,
  kind,
  at: madeAt,
  cases,
  replayed,
  lowered,
  figures,
  passed,
});

async function gateRunPage(ctx: Context<Coaching>, id: string) {
  const row = await ctx.db.one(gateRunById, { id });
  const why = await whyNotSigned(ctx, row);
  const voice = await ctx.db.first(newestVoice, {});
  const maySign = ctx.may("coaching.rules.sign") && why === null;
  return {
    ...runLine(row),
    crumbs: [{ label: "Release gate", href: ctx.url("/gate") }],
    sha256: row.candidateSha256,
    isInForce: voice?.gateRunId === row.id,
    promptHref: row.promptId ? ctx.url(`/gate/prompts/${row.promptId}`) : null,
    why,
    action: ctx.url(`/gate/${id}/sign`),
    signing: maySign ? await ctx.signing("coaching.voice_signed") : null,
  };
}
export type GateRunView = Awaited<ReturnType<typeof gateRunPage>>;

async function promptsPage(ctx: Context<Coaching>) {
  const rows = await ctx.db.all(allPrompts, {});
  const people = await ctx.people(rows.map((row) => row.madeBy));
  const voice = await ctx.db.first(newestVoice, {});
  return {
    crumbs: [{ label: "Release gate", href: ctx.url("/gate") }],
    action: ctx.url("/gate/prompts"),
    mayWrite: ctx.may("coaching.rules.write"),
    adoptHref:
      ctx.may("coaching.rules.write") && !rows.some(({ sha256 }) => sha256 === promptHash(broughtPrompt.words))
        ? ctx.url("/gate/prompts/adopt")
        : null,
    newest: rows[0]?.words ?? "",
    prompts: rows.map(({ id, version, reason, madeAt, madeBy }) => ({
      href: ctx.url(`/gate/prompts/${id}`),
      version,
      reason,
      at: madeAt,
      by: people.get(madeBy ?? "") ?? "Someone who has left",
      isInForce: voice?.promptId === id,
    })),
  };
}
export type PromptsView = Awaited<ReturnType<typeof promptsPage>>;
