/** Randomisation: randomise (and learn a number), what stands in emergencies, and the pages of those who may see arms. */
import { type Context, Locked, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { randomToken } from "@core/vault/primitives.ts";
import { type Static, Type as t } from "@sinclair/typebox";
import { activeScheme, allocate, replayAll, reveal, schemeState, sealList } from "../allocation.ts";
import { formAgain, leaksOf, planOfVersion, type Studies, versionInForce } from "../module-words.ts";
import { whoHears } from "../notices.ts";
import { type Secrets, schemeSecrets } from "../randomisation-tables.ts";
import { requireConsent, requireRecruiting, whyNot } from "../recruiting.ts";
import { type Factor, type Levels, lacksInLevels, lacksInScheme, type Scheme } from "../rules/scheme.ts";
import { simulate } from "../rules/simulation.ts";
import { signedScheme, signedUnblinding } from "../signed.ts";
import { requireDelegation } from "../standing.ts";
import { openSites, siteLabel } from "../store/people.ts";
import {
  type AllocationRow,
  addScheme,
  addSchemeSecrets,
  addSchemeStep,
  addStratumError,
  addUnblinding,
  allAllocations,
  allocationById,
  allSchemeSteps,
  allSchemes,
  allStratumErrors,
  allUnblindings,
  armsOfScheme,
  type SchemeRow,
} from "../store/randomisation.ts";
import { logPart, screeningOf } from "../store/recruitment.ts";
import { tellRules } from "../task-making.ts";
import {
  AllocationPage,
  ArmsPage,
  NewSchemePage,
  RandomisationPage,
  RandomisePage,
  SchemePage,
  UnblindedPage,
  UnblindPage,
} from "../views/randomisation.tsx";

const { get, post } = routesFor<Studies>();
const uuid = t.String({ format: "uuid" });
const byId = t.Object({ id: uuid });

async function placeNames(ctx: Context<Studies>) {
  const names = new Map((await ctx.db.all(openSites, {})).map((site) => [site.id, siteLabel(site)]));
  return (id: string | null) => names.get(id ?? "") ?? (id ? "Another site" : "No site");
}
const levelsInWords = (scheme: SchemeRow | undefined, levels: Levels): string =>
  (scheme?.scheme.factors ?? []).map(({ key, title }) => `${title}: ${levels[key] ?? "–"}`).join(", ");

async function listPage(ctx: Context<Studies>) {
  const rows = await ctx.db.all(allAllocations, {});
  const schemes = await ctx.db.all(allSchemes, {});
  const steps = await ctx.db.all(allSchemeSteps, {});
  const unblinded = new Set((await ctx.db.all(allUnblindings, {})).map(({ allocationId }) => allocationId));
  const wrong = new Set((await ctx.db.all(allStratumErrors, {})).map(({ allocationId }) => allocationId));
  const people = await ctx.people(rows.map(({ randomisedBy }) => randomisedBy));
  const place = await placeNames(ctx);
  const active = schemes.find(({ id }) => schemeState(id, steps) === "active") ?? null;
  return {
    active: active && {
      version: active.version,
      method: active.scheme.method,
      arms: active.scheme.arms.map(({ title, weight }) => `${title} (${weight})`).join(" : "),
      factors: active.scheme.factors.map(({ title, levels }) => `${title}: ${levels.join(" / ")}`),
      bySite: active.scheme.bySite,
      blinded: active.blinded,
      href: ctx.url(`/randomisation/schemes/${active.id}`),
    },
    seesCodes: ctx.may("core.subjects.read"),
    randomise: active && ctx.may("studies.randomise") ? ctx.url("/randomisation/new") : null,
    arms: ctx.may("studies.arms.read") ? ctx.url("/randomisation/arms") : null,
    csv: ctx.url("/randomisation.csv"),
    write: ctx.may("studies.scheme.write") ? ctx.url("/randomisation/schemes/new") : null,
    schemes: schemes.map((row) => ({
      href: ctx.url(`/randomisation/schemes/${row.id}`),
      version: row.version,
      method: row.scheme.method,
      state: schemeState(row.id, steps),
      madeAt: row.madeAt,
    })),
    lines: rows.map((row) => ({
      href: ctx.url(`/randomisation/${row.id}`),
      number: row.number,
      code: row.code,
      site: place(row.siteId),
      by: people.get(row.randomisedBy) ?? "A former colleague",
      at: row.madeAt,
      kit: row.kitNumber,
      openArm: row.openArm,
      marks: [...(unblinded.has(row.id) ? ["unblinded"] : []), ...(wrong.has(row.id) ? ["wrong stratum"] : [])],
    })),
  };
}

async function newPage(ctx: Context<Studies>, subject: string | undefined) {
  const scheme = await activeScheme(ctx);
  const eligible = await logPart(ctx.db, { stage: "eligible", dropped: "none" }, {}, 200);
  const stops = new Set<string>();
  for (const siteId of new Set(eligible.map((row) => row.siteId)))
    for (const reason of await whyNot(ctx, siteId, "randomise")) stops.add(reason);
  return {
    stops: [...stops],
    action: ctx.url("/randomisation"),
    crumbs: [{ label: "Randomisation", href: ctx.url("/randomisation") }],
    subject: subject ?? "",
    subjects: eligible.map(({ subjectId, code }) => ({ value: subjectId, label: code })),
    factors: scheme?.scheme.factors ?? [],
    blinded: scheme?.blinded ?? true,
    ready: scheme !== null,
    requestId: crypto.randomUUID(),
  };
}

async function onePage(ctx: Context<Studies>, row: AllocationRow) {
  const schemes = await ctx.db.all(allSchemes, {});
  const scheme = schemes.find(({ id }) => id === row.schemeId);
  const unblinded = (await ctx.db.all(allUnblindings, {})).filter(({ allocationId }) => allocationId === row.id);
  const wrong = (await ctx.db.all(allStratumErrors, {})).filter(({ allocationId }) => allocationId === row.id);
  const people = await ctx.people([row.randomisedBy, ...unblinded.map(({ madeBy }) => madeBy)]);
  const name = (id: string | null) => people.get(id ?? "") ?? "A former colleague";
  const place = await placeNames(ctx);
  const mine = unblinded.some(({ madeBy }) => madeBy === ctx.actor.id);
  return {
    crumbs: [{ label: "Randomisation", href: ctx.url("/randomisation") }],
    code: row.code,
    number: row.number,
    site: place(row.siteId),
    by: name(row.randomisedBy),
    at: row.madeAt,
    levels: levelsInWords(scheme, row.levels),
    kit: row.kitNumber,
    openArm: row.openArm,
    revealed: mine ? await ctx.errand(reveal, { allocationId: row.id, personId: ctx.actor.id ?? "" }) : null,
    signatures: [...(await ctx.signatures(unblinded.map(signedUnblinding))).values()].flat(),
    happened: [
      { at: row.madeAt, what: `${name(row.randomisedBy)} randomised`, reason: null as string | null },
      ...wrong.map(({ madeAt, rightLevels, reason }) => ({
        at: madeAt,
        what: `The stratum was wrong; right is ${levelsInWords(scheme, rightLevels)}. The allocation stands.`,
        reason,
      })),
      ...unblinded.map(({ madeAt, madeBy, reason }) => ({
        at: madeAt,
        what: `${name(madeBy)} unblinded in an emergency`,
        reason,
      })),
    ].sort((one, other) => other.at.getTime() - one.at.getTime()),
    factors: scheme?.scheme.factors ?? [],
    wrongAction:
      ctx.may("studies.randomise") && (scheme?.scheme.factors.length ?? 0) > 0
        ? ctx.url(`/randomisation/${row.id}/stratum`)
        : null,
    unblind:
      ctx.may("studies.unblind") && scheme?.blinded && !mine ? ctx.url(`/randomisation/${row.id}/unblind`) : null,
  };
}

const levelsFrom = (scheme: SchemeRow, given: Readonly<Record<string, unknown>>): Levels =>
  Object.fromEntries(scheme.scheme.factors.map(({ key }) => [key, String(given[key] ?? "")]));
const factorFields = t.Optional(t.Record(t.String(), t.String({ maxLength: 200 })));

const schemeBody = t.Object({
  method: t.Union([t.Literal("blocks"), t.Literal("minimisation")], { title: "Method" }),
  arms: t.String({ title: "Arms", minLength: 1, maxLength: 4000 }),
  factors: t.Optional(t.String({ title: "Factors", maxLength: 4000 })),
  bySite: t.Optional(t.String({ maxLength: 10 })),
  blinded: t.Optional(t.String({ maxLength: 10 })),
  multiples: t.Optional(t.String({ title: "Block sizes", maxLength: 60 })),
  slotsPerStratum: t.Optional(t.Integer({ title: "Slots", minimum: 1, maximum: 5_000 })),
  likely: t.Optional(t.Number({ title: "Probability", minimum: 0, maximum: 1 })),
  measure: t.Optional(t.Union([t.Literal("range"), t.Literal("variance")])),
  usesKits: t.Optional(t.String({ maxLength: 10 })),
  kitDays: t.Optional(t.Integer({ title: "Days", minimum: 0, maximum: 1_000 })),
});

/** "A; Verum; 2" a line; the ratio's part is 1 unless said. */
function readScheme(body: Static<typeof schemeBody>): { scheme: Scheme; secrets: Omit<Secrets, "seed"> } {
  const lines = (text: string | undefined) =>
    (text ?? "")
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter(Boolean);
  const arms = lines(body.arms).map((line) => {
    const [code = "", title = "", weight = "1"] = line.split(";").map((part) => part.trim());
    return { code, title: title || code, weight: Number(weight || 1) };
  });
  const factors = lines(body.factors).map((line): Factor => {
    const [head = "", rest = ""] = line.split(":");
    const [title = "", weight = "1"] = head.split("×").map((part) => part.trim());
    return {
      key: title
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, "-")
        .replaceAll(/^-|-$/g, ""),
      title,
      levels: rest
        .split("/")
        .map((level) => level.trim())
        .filter(Boolean),
      weight: Number(weight) || 1,
    };
  });
  return {
    scheme: { method: body.method, arms, factors, bySite: body.bySite !== undefined },
    secrets: {
      multiples: (body.multiples ?? "1, 2, 3")
        .split(/[,\s]+/)
        .filter(Boolean)
        .map(Number),
      slotsPerStratum: body.slotsPerStratum ?? 100,
      likely: body.likely ?? 0.8,
      measure: body.measure ?? "range",
    },
  };
}

async function findScheme(ctx: Context<Studies>, id: string): Promise<SchemeRow> {
  const found = (await ctx.db.all(allSchemes, {})).find((row) => row.id === id);
  if (!found) throw Problem.notFound();
  return found;
}
/** A blinded scheme and visits that differ by arm do not go together: the visits would tell the arm. */
async function requireSameVisits(ctx: Context<Studies>): Promise<void> {
  const sites = [null, ...(await ctx.db.all(openSites, {})).map(({ id }) => id)];
  for (const site of sites) {
    const version = await versionInForce(ctx, site);
    const [leak] = version ? leaksOf((await planOfVersion(ctx, version)).build, true) : [];
    if (leak)
      throw Problem.refused(
        `It cannot be put in force: the allocation would show to blinded roles. ${leak.sentence} (${leak.path.join(" → ")})`,
      );
  }
}

async function schemePage(ctx: Context<Studies>, id: string) {
  const row = await findScheme(ctx, id);
  const steps = (await ctx.db.all(allSchemeSteps, {})).filter(({ schemeId }) => schemeId === id);
  const state = schemeState(id, steps);
  const people = await ctx.people([row.madeBy, ...steps.map(({ madeBy }) => madeBy)]);
  const name = (person: string | null) => people.get(person ?? "") ?? "A former colleague";
  const list = steps.find(({ step }) => step === "activated")?.listSha256;
  const mayActivate = state === "draft" && ctx.may("studies.scheme.activate") && row.madeBy !== ctx.actor.id;
  return {
    crumbs: [{ label: "Randomisation", href: ctx.url("/randomisation") }],
    row,
    state,
    happened: [
      { at: row.madeAt, what: `${name(row.madeBy)} wrote it and read the simulation`, reason: null as string | null },
      ...steps.map((step) => ({
        at: step.madeAt,
        what: `${name(step.madeBy)} ${step.step} it${step.listSha256 ? `; the list's digest is ${Buffer.from(step.listSha256).toString("hex").slice(0, 16)}…` : ""}`,
        reason: step.reason,
      })),
    ].reverse(),
    signatures: list ? ((await ctx.signatures([signedScheme(row, list)])).get(row.id) ?? []) : [],
    pdf: ctx.url(`/randomisation/schemes/${id}/report.pdf`),
    signing: mayActivate ? await ctx.signing("studies.scheme_activated") : null,
    activate: mayActivate ? ctx.url(`/randomisation/schemes/${id}/activate`) : null,
    discard:
      state === "draft" && ctx.may("studies.scheme.write") ? ctx.url(`/randomisation/schemes/${id}/discard`) : null,
    close:
      state === "active" && ctx.may("studies.scheme.activate") ? ctx.url(`/randomisation/schemes/${id}/close`) : null,
    replay:
      state !== "draft" && state !== "discarded" && ctx.may("studies.list.read")
        ? ctx.url(`/randomisation/schemes/${id}/replay`)
        : null,
  };
}

/** Every allocation with its arm, for those who may see it: read under row-level security, opened under its own permission. */
async function armLines(ctx: Context<Studies>) {
  const schemes = await ctx.db.all(allSchemes, {});
  const rows = new Map((await ctx.db.all(allAllocations, {})).map((row) => [row.id, row]));
  const place = await placeNames(ctx);
  const lines: { number: number; code: string; site: string; at: Date; arm: string; kit: string | null; id: string }[] =
    [];
  for (const scheme of schemes) {
    const arms = await ctx.db.all(armsOfScheme, { schemeId: scheme.id });
    const opened = await ctx.openMany(
      arms.map((row) => ({ value: row.arm, at: { row: row.id } })),
      "to see allocations",
    );
    for (const [at, arm] of arms.entries()) {
      const row = rows.get(arm.allocationId);
      const inside = opened[at];
      if (!row || inside === undefined) continue;
      const named = inside instanceof Locked ? null : scheme.scheme.arms[inside.arm];
      lines.push({
        id: row.id,
        number: row.number,
        code: row.code,
        site: place(row.siteId),
        at: row.madeAt,
        arm: named ? `${named.code}: ${named.title}` : "locked",
        kit: row.kitNumber,
      });
    }
  }
  return lines.sort((one, other) => other.at.getTime() - one.at.getTime());
}

export const randomisationRoutes = [
  get("/randomisation", {
    needs: "studies.randomisation.read",
    run: async (_, ctx) => RandomisationPage(await listPage(ctx)),
  }),
  get("/randomisation.csv", {
    needs: "studies.randomisation.read",
    async run(_, ctx) {
      const { lines } = await listPage(ctx);
      return await ctx.csv(
        "studies.randomisation_list",
        "randomised",
        {
          columns: ["Number", "Code", "Site", "Randomised", "By", "Kit", "Marks"].map((title) => ({
            title,
            kind: "text" as const,
          })),
          rows: lines.map((line) => [
            String(line.number),
            line.code,
            line.site,
            line.at.toISOString(),
            line.by,
            line.kit ?? "",
            line.marks.join(", "),
          ]),
        },
        lines.map(({ href }) => href.slice(-36)),
      );
    },
  }),
  get("/randomisation/arms", {
    needs: "studies.arms.read",
    async run(_, ctx) {
      const lines = await armLines(ctx);
      ctx.audit("studies.arms_listed", { count: lines.length });
      return ArmsPage({
        crumbs: [{ label: "Randomisation", href: ctx.url("/randomisation") }],
        csv: ctx.url("/randomisation/arms.csv"),
        lines,
      });
    },
  }),
  get("/randomisation/arms.csv", {
    needs: "studies.arms.read",
    async run(_, ctx) {
      const lines = await armLines(ctx);
      ctx.audit("studies.arms_listed", { count: lines.length });
      return await ctx.csv(
        "studies.allocation_list",
        "allocations",
        {
          columns: ["Number", "Code", "Site", "Randomised", "Arm", "Kit"].map((title) => ({
            title,
            kind: "text" as const,
          })),
          rows: lines.map((line) => [
            String(line.number),
            line.code,
            line.site,
            line.at.toISOString(),
            line.arm,
            line.kit ?? "",
          ]),
        },
        lines.map(({ id }) => id),
      );
    },
  }),
  get("/randomisation/new", {
    needs: "studies.randomise",
    query: t.Object({ subject: t.Optional(uuid) }),
    run: async ({ query }, ctx) => RandomisePage(await newPage(ctx, query.subject)),
  }),
  post("/randomisation", {
    needs: "studies.randomise",
    body: t.Object({
      subjectId: t.String({ title: "Participant", format: "uuid" }),
      requestId: t.String({ title: "Form", format: "uuid" }),
      factor: factorFields,
    }),
    refused: async (typed, problems, ctx) => {
      const page = await newPage(ctx, undefined);
      const requestId = typeof typed.requestId === "string" && typed.requestId ? typed.requestId : page.requestId;
      return RandomisePage({ ...page, requestId, form: formAgain(typed, problems) });
    },
    async run({ body }, ctx) {
      const consent = await requireConsent(ctx, body.subjectId, "intervention");
      const scheme = await activeScheme(ctx);
      if (!scheme) throw Problem.refused("No randomisation scheme is in force.");
      const screening = await ctx.db.first(screeningOf, { subjectId: body.subjectId });
      if (!screening) throw Problem.invalid({ subjectId: "Choose a participant who is eligible." });
      const levels = levelsFrom(scheme, body.factor ?? {});
      const lacks = lacksInLevels(scheme.scheme, levels);
      if (Object.keys(lacks).length > 0)
        throw Problem.invalid(
          Object.fromEntries(Object.entries(lacks).map(([name, says]) => [name.replace("factor-", "factor."), says])),
        );
      await requireRecruiting(ctx, screening.siteId, "randomise");
      await requireDelegation(ctx, "randomise", screening.siteId);
      const done = await ctx.errand(allocate, {
        schemeId: scheme.id,
        subjectId: body.subjectId,
        siteId: screening.siteId,
        levels,
        requestId: body.requestId,
        personId: ctx.actor.id ?? "",
        consent,
      });
      ctx.audit("studies.randomised", { subjectId: body.subjectId, code: screening.code, number: done.number });
      const kit = done.kitNumber ? ` Hand out kit ${done.kitNumber}.` : "";
      return new Redirect(ctx.url(`/randomisation/${done.id}`), `Randomised as number ${done.number}.${kit}`);
    },
  }),

  get("/randomisation/schemes/new", {
    needs: "studies.scheme.write",
    run: async (_, ctx) =>
      NewSchemePage({
        action: ctx.url("/randomisation/schemes"),
        crumbs: [{ label: "Randomisation", href: ctx.url("/randomisation") }],
      }),
  }),
  post("/randomisation/schemes", {
    needs: "studies.scheme.write",
    body: schemeBody,
    refused: async (typed, problems, ctx) =>
      NewSchemePage({
        action: ctx.url("/randomisation/schemes"),
        crumbs: [{ label: "Randomisation", href: ctx.url("/randomisation") }],
        form: formAgain(typed, problems),
      }),
    async run({ body }, ctx) {
      const { scheme, secrets } = readScheme(body);
      const lacks = lacksInScheme(scheme, secrets);
      if (Object.keys(lacks).length > 0) throw Problem.invalid(lacks);
      const known = await ctx.db.all(allSchemes, {});
      const sites = (await ctx.db.all(openSites, {})).length;
      // The simulation has a seed of its own: what it prints says nothing about the list.
      const report = simulate(scheme, secrets, randomToken(32), Math.max(1, sites));
      const id = Bun.randomUUIDv7();
      const version = (known[0]?.version ?? 0) + 1;
      await ctx.db.one(addScheme, {
        id,
        version,
        scheme,
        blinded: body.blinded !== undefined,
        usesKits: body.usesKits !== undefined,
        kitDays: body.kitDays ?? 30,
        report,
      });
      const secretId = Bun.randomUUIDv7();
      const sealed = await ctx.seal(schemeSecrets.secrets, { ...secrets, seed: randomToken(32) }, { row: secretId });
      await ctx.db.one(addSchemeSecrets, { id: secretId, schemeId: id, secrets: sealed });
      ctx.audit("studies.scheme_written", { version, allocations: report.allocations });
      return new Redirect(
        ctx.url(`/randomisation/schemes/${id}`),
        "Written and simulated. A second person activates it.",
      );
    },
  }),
  get("/randomisation/schemes/:id", {
    needs: "studies.randomisation.read",
    params: byId,
    run: async ({ params }, ctx) => SchemePage(await schemePage(ctx, params.id)),
  }),
  get("/randomisation/schemes/:id/report.pdf", {
    needs: "studies.randomisation.read",
    params: byId,
    async run({ params }, ctx) {
      const { row, state } = await schemePage(ctx, params.id);
      const { report, scheme } = row;
      const title = `Simulation of the randomisation scheme, version ${row.version}`;
      return await ctx.pdf(
        "studies.simulation",
        `simulation-v${row.version}`,
        {
          title,
          lang: "en",
          blocks: [
            { kind: "heading", level: 1, text: title },
            {
              kind: "facts",
              facts: [
                { term: "Study", detail: ctx.workspace.title },
                { term: "State", detail: state },
                { term: "Method", detail: scheme.method },
                {
                  term: "Factors",
                  detail: scheme.factors.map((one) => `${one.title}: ${one.levels.join(" / ")}`).join("; ") || "none",
                },
                { term: "Invented participants", detail: String(report.allocations) },
                {
                  term: "Chi-squared against the ratio",
                  detail: `${report.chiSquared.toFixed(3)}, p = ${report.chance.toFixed(3)}`,
                },
                { term: "Furthest from the ratio in a stratum", detail: report.worstStratum.toFixed(1) },
                { term: "Furthest from the ratio at a factor's level", detail: report.worstLevel.toFixed(1) },
                {
                  term: "Guessed right by one who bets on the arm behind",
                  detail: `${(report.guessed * 100).toFixed(1)} %`,
                },
              ],
            },
            {
              kind: "table",
              caption: "Allocations by arm",
              columns: [
                { title: "Arm" },
                { title: "Expected", align: "right" },
                { title: "Simulated", align: "right" },
              ],
              rows: report.arms.map(({ code, expected, count }) => [code, expected.toFixed(0), String(count)]),
            },
          ],
        },
        [row.id],
      );
    },
  }),
  post("/randomisation/schemes/:id/activate", {
    needs: "studies.scheme.activate",
    signs: "studies.scheme_activated",
    params: byId,
    refused: async (typed, problems, ctx, params) =>
      SchemePage({ ...(await schemePage(ctx, params.id)), form: formAgain(typed, problems) }),
    async run({ params }, ctx) {
      const row = await findScheme(ctx, params.id);
      const steps = await ctx.db.all(allSchemeSteps, {});
      if (schemeState(row.id, steps) !== "draft") throw Problem.refused("Only a draft is activated.");
      if (row.madeBy === ctx.actor.id)
        throw Problem.refused("Who wrote a scheme does not activate it. Ask a second person.");
      if (await activeScheme(ctx)) throw Problem.refused("A scheme is in force. Close it first.");
      if (row.blinded) await requireSameVisits(ctx);
      const { count, sha256 } = await ctx.errand(sealList, { schemeId: row.id });
      await ctx.db.one(addSchemeStep, { schemeId: row.id, step: "activated", reason: null, listSha256: sha256 });
      await ctx.sign(signedScheme(row, sha256));
      ctx.audit("studies.scheme_activated", {
        version: row.version,
        slots: count,
        sha256: Buffer.from(sha256).toString("hex").slice(0, 16),
      });
      return new Redirect(ctx.url(`/randomisation/schemes/${row.id}`), "In force: the list is sealed.");
    },
  }),
  ...(["discard", "close"] as const).map((how) =>
    post(`/randomisation/schemes/:id/${how}`, {
      needs: how === "close" ? "studies.scheme.activate" : "studies.scheme.write",
      params: byId,
      body: t.Object({ reason: t.String({ title: "Reason", minLength: 1, maxLength: 500 }) }),
      refused: async (typed, problems, ctx, params) =>
        SchemePage({ ...(await schemePage(ctx, params.id)), form: formAgain(typed, problems) }),
      async run({ params, body }, ctx) {
        const row = await findScheme(ctx, params.id);
        const state = schemeState(row.id, await ctx.db.all(allSchemeSteps, {}));
        if (state !== (how === "close" ? "active" : "draft"))
          throw Problem.refused("That step is not open to this scheme.");
        const step = how === "close" ? "closed" : "discarded";
        await ctx.db.one(addSchemeStep, { schemeId: row.id, step, reason: body.reason, listSha256: null });
        ctx.audit("studies.scheme_ended", { version: row.version, how: step });
        return new Redirect(ctx.url(`/randomisation/schemes/${row.id}`), "Noted.");
      },
    }),
  ),
  post("/randomisation/schemes/:id/replay", {
    needs: "studies.list.read",
    params: byId,
    async run({ params }, ctx) {
      const row = await findScheme(ctx, params.id);
      const { count, wrong } = await replayAll(ctx, row);
      const result = wrong ? `${wrong} is not what the seed makes` : "every one is what the seed makes";
      ctx.audit("studies.replayed", { count, result });
      return new Redirect(ctx.url(`/randomisation/schemes/${row.id}`), `Replayed ${count}: ${result}.`);
    },
  }),

  get("/randomisation/:id", {
    needs: "studies.randomisation.read",
    params: byId,
    run: async ({ params }, ctx) => AllocationPage(await onePage(ctx, await ctx.db.one(allocationById, params))),
  }),
  post("/randomisation/:id/stratum", {
    needs: "studies.randomise",
    params: byId,
    body: t.Object({ factor: factorFields, reason: t.String({ title: "Reason", minLength: 1, maxLength: 1_000 }) }),
    refused: async (typed, problems, ctx, params) =>
      AllocationPage({
        ...(await onePage(ctx, await ctx.db.one(allocationById, params))),
        form: formAgain(typed, problems),
      }),
    async run({ params, body }, ctx) {
      const row = await ctx.db.one(allocationById, params);
      const scheme = await findScheme(ctx, row.schemeId);
      const right = levelsFrom(scheme, body.factor ?? {});
      const lacks = lacksInLevels(scheme.scheme, right);
      if (Object.keys(lacks).length > 0)
        throw Problem.invalid(
          Object.fromEntries(Object.entries(lacks).map(([name, says]) => [name.replace("factor-", "factor."), says])),
        );
      if (JSON.stringify(right) === JSON.stringify(levelsFrom(scheme, row.levels)))
        throw Problem.refused("These are the levels the participant was randomised with.");
      const { id } = await ctx.db.one(addStratumError, {
        allocationId: row.id,
        subjectId: row.subjectId,
        siteId: row.siteId,
        rightLevels: right,
        reason: body.reason,
      });
      await tellRules(ctx, { event: "stratum-error", causeId: id });
      ctx.audit("studies.stratum_error", { subjectId: row.subjectId, code: row.code });
      return new Redirect(ctx.url(`/randomisation/${row.id}`), "Noted. The allocation stands.");
    },
  }),
  get("/randomisation/:id/unblind", {
    needs: "studies.unblind",
    params: byId,
    run: async ({ params }, ctx) => UnblindPage(await unblindPage(ctx, params.id)),
  }),
  post("/randomisation/:id/unblind", {
    needs: "studies.unblind",
    signs: "studies.unblinded",
    params: byId,
    body: t.Object({ reason: t.String({ title: "Reason", minLength: 10, maxLength: 2_000 }) }),
    refused: async (typed, problems, ctx, params) =>
      UnblindPage({ ...(await unblindPage(ctx, params.id)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const row = await ctx.db.one(allocationById, params);
      const act = { allocationId: row.id, subjectId: row.subjectId, siteId: row.siteId, reason: body.reason };
      const { id } = await ctx.db.one(addUnblinding, act);
      await ctx.sign(signedUnblinding({ id, ...act }));
      await tellRules(ctx, { event: "unblinded", causeId: id });
      ctx.audit("studies.unblinded", { subjectId: row.subjectId, code: row.code, reason: body.reason });
      const arm = await ctx.errand(reveal, { allocationId: row.id, personId: ctx.actor.id ?? "" });
      const told = await tellOfUnblinding(ctx, row.id);
      return UnblindedPage({
        code: row.code,
        arm: arm ?? "It cannot be shown now. Call the pharmacy.",
        told,
        back: ctx.url(`/randomisation/${row.id}`),
        crumbs: [{ label: "Randomisation", href: ctx.url("/randomisation") }],
      });
    },
  }),
];

/** Mails who answers for the study, and whom its settings name besides: neither who, nor what. Answers how many. */
async function tellOfUnblinding(ctx: Context<Studies>, allocationId: string): Promise<number> {
  const receivers = new Set([...(await ctx.errand(whoHears, {})), ...ctx.settings.unblindingNotice]);
  for (const to of receivers)
    await ctx.mail({
      to,
      subject: `${ctx.workspace.title}: an emergency unblinding`,
      text: `A participant's treatment was unblinded in an emergency. Who, when and why stands here (the treatment does not):\n\n${ctx.address(ctx.url(`/randomisation/${allocationId}`))}\n`,
    });
  return receivers.size;
}

async function unblindPage(ctx: Context<Studies>, id: string) {
  const row = await ctx.db.one(allocationById, { id });
  return {
    crumbs: [
      { label: "Randomisation", href: ctx.url("/randomisation") },
      { label: row.code, href: ctx.url(`/randomisation/${id}`) },
    ],
    code: row.code,
    action: ctx.url(`/randomisation/${id}/unblind`),
    signing: await ctx.signing("studies.unblinded"),
  };
}
