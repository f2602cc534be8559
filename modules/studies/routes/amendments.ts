/** An amendment before and after it is published: tried on live data, then the forms moved over. */
import { type Context, type Errand, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import type { FormState } from "@views/form.tsx";
import { followChange } from "../capture/following.ts";
import { planOfVersion } from "../capture/version.ts";
import { counted } from "../counted.ts";
import { dayOf, inForceAt } from "../design/in-force.ts";
import { simulate } from "../design/simulation.ts";
import { effectOnValue, effectsBetween } from "../model/effects.ts";
import { planOf } from "../model/plan.ts";
import { anyText } from "../model/words.ts";
import type { Studies } from "../names.ts";
import { affectedAnswers, type LiveRow, liveValues, moveSheets, sheetsToFollow } from "../store/amendments.ts";
import { allPlacements, allVersions, openDraft, versionById } from "../store/design.ts";
import { allSites } from "../store/sites.ts";
import { AffectedAnswersPage, SimulationPage } from "../views/amendment.tsx";
import { formUrl } from "./participants.ts";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Studies>();

/** Whoever builds the study learns how much of what is there, and no answer: he decides about an amendment without data. */
export const countAnswers: Errand<Record<string, never>, readonly LiveRow[]> = {
  name: "studies.count_answers",
  title: "Count answers, signatures, comparisons and queries that an amendment would touch",
  permissions: ["studies.data.read", "studies.progress.read", "studies.signatures.read", "studies.queries.read"],
  run: async (_, ctx) => await ctx.db.all(liveValues, {}),
};

const byId = t.Object({ id: t.String({ format: "uuid" }) });

const place = t.Object({
  from: t.String({ format: "uuid" }),
  form: t.String({ maxLength: 200 }),
  item: t.String({ maxLength: 200 }),
  page: t.Optional(t.Integer({ minimum: 1, maximum: 100_000 })),
});
const pageSize = 100;

export const amendmentRoutes = [
  get("/design/simulate", {
    needs: "studies.design.write",
    async run(_, ctx) {
      if (!(await ctx.db.first(openDraft, {}))) throw Problem.notFound("There is no draft to try.");
      return simulationPage(ctx, null);
    },
  }),

  get("/versions/:id/simulate", {
    needs: "studies.migrate",
    params: byId,
    run: async ({ params }, ctx) => simulationPage(ctx, params.id),
  }),

  get("/design/simulate/answers", {
    needs: "studies.design.write",
    query: place,
    run: async ({ query }, ctx) => answersPage(ctx, null, query),
  }),

  get("/versions/:id/simulate/answers", {
    needs: "studies.migrate",
    params: byId,
    query: place,
    run: async ({ params, query }, ctx) => answersPage(ctx, params.id, query),
  }),

  post("/versions/:id/migrate", {
    needs: "studies.migrate",
    params: byId,
    body: t.Object({
      siteId: t.Optional(t.String({ title: "Site", format: "uuid" })),
      reason: t.String({ title: "Why now", minLength: 3, maxLength: 1000 }),
      recompute: t.Boolean(),
    }),
    refused: async (typed, problems, ctx, params) => simulationPage(ctx, params.id, formAgain(typed, problems)),
    async run({ params, body }, ctx) {
      const target = await ctx.db.one(versionById, params);
      const there = await sitesWith(ctx, target.id);
      if (body.siteId && !there.includes(body.siteId))
        throw Problem.invalid({
          siteId:
            "This site does not work with that version yet. Say on the page of versions from when its committee has approved it.",
        });
      const sites = body.siteId ? [body.siteId] : there;
      if (sites.length === 0)
        throw Problem.refused("No site works with that version yet, so nothing is moved. Put it in force first.");
      let moved = 0;
      let held = 0;
      const after = planOf(target.build);
      for (const part of await partsFor(ctx, after, target.id)) {
        const { movable, recomputed, breaking } = part.simulation;
        const forms = body.recompute ? [...movable, ...recomputed.map(({ form }) => form)] : movable;
        const rows = await ctx.db.all(moveSheets, {
          from: part.versionId,
          to: target.id,
          forms: JSON.stringify(forms),
          breaking: JSON.stringify(breaking.filter((one) => !recomputed.some(({ fields }) => fields.includes(one)))),
          sites: JSON.stringify(sites),
        });
        moved += rows.length;
        held += part.simulation.held.length - (forms.length - movable.length);
        await computeAgain(
          ctx,
          rows,
          recomputed.map(({ form }) => form),
        );
      }
      ctx.audit("studies.migrated", { number: target.number, count: moved, held, reason: body.reason });
      return new Redirect(
        ctx.url(`/versions/${target.id}/simulate`),
        `${moved} forms are under version ${target.number} now.`,
      );
    },
  }),
];

/** Sites that work with this version today; null: what is at no site. */
async function sitesWith(ctx: Context<Studies>, versionId: string): Promise<(string | null)[]> {
  const placements = await ctx.db.all(allPlacements, {});
  const sites = [null, ...(await ctx.db.all(allSites, {})).map(({ id }) => id)];
  return sites.filter((site) => inForceAt(placements, site, dayOf(ctx.now))?.versionId === versionId);
}

/** Forms that came under another formula: their results follow, or somebody is asked where a signature or a lock stands. */
async function computeAgain(
  ctx: Context<Studies>,
  moved: readonly { readonly id: string; readonly subjectId: string }[],
  forms: readonly string[],
): Promise<void> {
  if (forms.length === 0 || moved.length === 0) return;
  const rows = await ctx.db.all(sheetsToFollow, {
    ids: JSON.stringify(moved.map(({ id }) => id)),
    forms: JSON.stringify(forms),
  });
  for (const [subjectId, own] of Map.groupBy(rows, (row) => row.subjectId))
    await ctx.errand(followChange, { subjectId, forms: [], sheetIds: own.map(({ id }) => id) });
}

async function partsFor(ctx: Context<Studies>, after: ReturnType<typeof planOf>, target: string | null) {
  const live = ctx.may("studies.data.read") ? await ctx.db.all(liveValues, {}) : await ctx.errand(countAnswers, {});
  const versions = await ctx.db.all(allVersions, {});
  const parts = [];
  for (const [versionId, rows] of Map.groupBy(live, (row) => row.versionId)) {
    if (versionId === target) continue;
    const before = await planOfVersion(ctx, versionId);
    const version = versions.find(({ id }) => id === versionId);
    parts.push({
      versionId,
      from: version ? `version ${version.number} · ${version.title}` : "an older version",
      simulation: simulate(before, after, rows),
    });
  }
  return parts;
}

/** What is tried: a version, or the draft when no version is named. */
async function triedBuild(ctx: Context<Studies>, id: string | null) {
  const draft = id === null ? await ctx.db.first(openDraft, {}) : null;
  const version = id === null ? null : await ctx.db.one(versionById, { id });
  const build = version?.build ?? draft?.build;
  if (!build) throw Problem.notFound();
  return { version, build, target: version ? `version ${version.number}` : "the draft" };
}

const simulateUrl = (ctx: Context<Studies>, id: string | null): string =>
  ctx.url(id === null ? "/design/simulate" : `/versions/${id}/simulate`);

/** Every answer of one field that would be affected, and what the new version makes of this very one. */
async function answersPage(ctx: Context<Studies>, id: string | null, wish: typeof place.static) {
  if (!ctx.may("studies.data.read")) throw new Problem("forbidden");
  const { build, target } = await triedBuild(ctx, id);
  const before = await planOfVersion(ctx, wish.from);
  const after = planOf(build);
  const effect = effectsBetween(before, after).find((one) => one.form === wish.form && one.item === wish.item);
  const page = wish.page ?? 1;
  const { from, form, item } = wish;
  const skip = (page - 1) * pageSize;
  const rows = await ctx.db.all(affectedAnswers, { versionId: from, form, item, most: pageSize + 1, skip });
  const at = simulateUrl(ctx, id);
  const pageUrl = (n: number) => `${at}/answers?${new URLSearchParams({ from, form, item, page: String(n) })}`;
  const definition = before.items.get(item);
  return AffectedAnswersPage({
    crumbs: [
      { label: "Versions", href: ctx.url("/versions") },
      { label: `What ${target} would do`, href: at },
    ],
    title: `${before.forms.get(form)?.name ?? form} · ${(definition && anyText(definition.question, before.build.languages[0] ?? "")) || item}`,
    reasons: effect?.reasons ?? [],
    lines: rows.slice(0, pageSize).map((row) => {
      const own = row.raw === null ? null : effectOnValue(after, { ...row, item, raw: row.raw });
      return {
        participant: row.code,
        href: formUrl(ctx, row.subjectId, row),
        visit: [before.events.get(row.event)?.name ?? row.event, row.eventKey, row.formKey, row.sectionKey]
          .filter(Boolean)
          .join(" · "),
        answer: row.isSealed ? "encrypted" : [row.raw, row.unit].filter(Boolean).join(" "),
        effect: own && own.effect !== "compatible" ? own.effect : (effect?.effect ?? "compatible"),
        why: own?.reason ?? "",
        stands: [
          row.isSigned && (effect?.breaksSignature ? "signature breaks" : "signature stays"),
          row.isVerified && (effect?.breaksSignature ? "to be verified again" : "stays verified"),
          row.asked > 0 && counted(row.asked, "query", "queries"),
        ].filter((one) => one !== false),
      };
    }),
    first: skip + 1,
    previous: page > 1 ? pageUrl(page - 1) : undefined,
    next: rows.length > pageSize ? pageUrl(page + 1) : undefined,
  });
}

async function simulationPage(ctx: Context<Studies>, id: string | null, form?: FormState) {
  const { version, build, target } = await triedBuild(ctx, id);
  const sites = await ctx.db.all(allSites, {});
  const here = version ? await sitesWith(ctx, version.id) : [];
  return SimulationPage({
    crumbs: [{ label: "Versions", href: ctx.url("/versions") }],
    target,
    answers: ctx.may("studies.data.read") ? `${simulateUrl(ctx, id)}/answers` : null,
    parts: await partsFor(ctx, planOf(build), id),
    move:
      version && ctx.may("studies.migrate")
        ? {
            action: ctx.url(`/versions/${version.id}/migrate`),
            sites: sites
              .filter(({ id: site }) => here.includes(site))
              .map((site) => ({ value: site.id, label: site.name })),
            waiting: sites.filter(({ id: site }) => !here.includes(site)).map((site) => site.name),
          }
        : null,
    form,
  });
}
