/** An amendment before and after it is published: tried on live data, then the forms moved over. */
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import type { FormState } from "@views/form.tsx";
import { planOfVersion } from "../capture/version.ts";
import { simulate } from "../design/simulation.ts";
import { planOf } from "../model/plan.ts";
import type { Studies } from "../names.ts";
import { liveValues, moveSheets } from "../store/amendments.ts";
import { allVersions, openDraft, versionById } from "../store/design.ts";
import { allSites } from "../store/sites.ts";
import { SimulationPage } from "../views/amendment.tsx";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Studies>();
const byId = t.Object({ id: t.String({ format: "uuid" }) });

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

  post("/versions/:id/migrate", {
    needs: "studies.migrate",
    params: byId,
    body: t.Object({
      siteId: t.Optional(t.String({ title: "Site", format: "uuid" })),
      reason: t.String({ title: "Why now", minLength: 3, maxLength: 1000 }),
    }),
    refused: async (typed, problems, ctx, params) => simulationPage(ctx, params.id, formAgain(typed, problems)),
    async run({ params, body }, ctx) {
      const target = await ctx.db.one(versionById, params);
      let moved = 0;
      let held = 0;
      for (const part of await partsFor(ctx, planOf(target.build), target.id)) {
        const rows = await ctx.db.all(moveSheets, {
          from: part.versionId,
          to: target.id,
          forms: JSON.stringify(part.simulation.movable),
          breaking: JSON.stringify(part.simulation.breaking),
          siteId: body.siteId ?? null,
        });
        moved += rows.length;
        held += part.simulation.held.length;
      }
      ctx.audit("studies.migrated", { number: target.number, count: moved, held, reason: body.reason });
      return new Redirect(
        ctx.url(`/versions/${target.id}/simulate`),
        `${moved} forms are under version ${target.number} now.`,
      );
    },
  }),
];

async function partsFor(ctx: Context<Studies>, after: ReturnType<typeof planOf>, target: string | null) {
  const live = await ctx.db.all(liveValues, {});
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

async function simulationPage(ctx: Context<Studies>, id: string | null, form?: FormState) {
  const draft = id === null ? await ctx.db.first(openDraft, {}) : null;
  const version = id === null ? null : await ctx.db.one(versionById, { id });
  const build = version?.build ?? draft?.build;
  if (!build) throw Problem.notFound();
  const sites = await ctx.db.all(allSites, {});
  return SimulationPage({
    crumbs: [{ label: "Versions", href: ctx.url("/versions") }],
    target: version ? `version ${version.number}` : "the draft",
    parts: ctx.may("studies.data.read") ? await partsFor(ctx, planOf(build), id) : [],
    move:
      version && ctx.may("studies.migrate")
        ? {
            action: ctx.url(`/versions/${version.id}/migrate`),
            sites: sites.map((site) => ({ value: site.id, label: site.name })),
          }
        : null,
    form,
  });
}
