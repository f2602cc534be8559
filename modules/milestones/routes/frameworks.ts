/** Subcompetencies and level texts: imported, previewed, looked at. */
import { upload } from "@core/http/input.ts";
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import {
  frameworksIn,
  levelTextColumns,
  levelTextRule,
  subcompetencyColumns,
  subcompetencyRule,
} from "../framework-file.ts";
import type { Milestones } from "../names.ts";
import { dayOf } from "../period.ts";
import { endOlder } from "../store/crosswalks.ts";
import {
  addFramework,
  allFrameworks,
  allSubcompetencies,
  type FrameworkRow,
  frameworkById,
  frameworkNamed,
  levelTextsOf,
  saveLevelTexts,
  saveSubcompetencies,
  subcompetenciesOf,
} from "../store/frameworks.ts";
import { roster } from "../store/trainees.ts";
import { competencies, readCode } from "../subcompetency.ts";
import { fileLimit, readConfirmed, readUploaded, tableLimit } from "../uploaded-table.ts";
import { chooseLevelTexts, chooseSubcompetencies } from "../views/framework-import.tsx";
import { FrameworkPage, FrameworksPage } from "../views/frameworks.tsx";
import { PreviewPage } from "../views/import.tsx";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Milestones>();
const byId = t.Object({ id: t.String({ format: "uuid" }) });
const tableText = t.String({ title: "Table", maxLength: tableLimit });
const effectiveFrom = t.String({ title: "Date from which it is in effect", format: "date" });

export const nameOf = ({ specialty, version }: Pick<FrameworkRow, "specialty" | "version">) =>
  `${specialty} ${version}`;
const crumbs = (ctx: Context<Milestones>) => [{ label: "Subcompetencies", href: ctx.url("/frameworks") }];

export const frameworkRoutes = [
  get("/frameworks", {
    needs: "milestones.frameworks.read",
    async run(_, ctx) {
      const frameworks = await ctx.db.all(allFrameworks, {});
      const subcompetencies = Map.groupBy(await ctx.db.all(allSubcompetencies, {}), (row) => row.frameworkId);
      const trainees = Map.groupBy(await ctx.db.all(roster, {}), (row) => row.frameworkId);
      return FrameworksPage({
        importHref: ctx.may("milestones.frameworks.manage") ? ctx.url("/frameworks/import") : null,
        frameworks: frameworks.map((framework) => ({
          href: ctx.url(`/frameworks/${framework.id}`),
          name: nameOf(framework),
          effectiveFrom: framework.effectiveFrom,
          effectiveTo: framework.effectiveTo,
          subcompetencies: subcompetencies.get(framework.id)?.length ?? 0,
          trainees: trainees.get(framework.id)?.length ?? 0,
        })),
      });
    },
  }),

  get("/frameworks/import", {
    needs: "milestones.frameworks.manage",
    run: async (_, ctx) =>
      chooseSubcompetencies({ action: ctx.url("/frameworks/preview"), crumbs: crumbs(ctx), today: dayOf(ctx.now) }),
  }),

  post("/frameworks/preview", {
    needs: "milestones.frameworks.manage",
    bodyLimit: fileLimit,
    body: t.Object({ file: upload({ title: "a CSV file" }), effectiveFrom }),
    refused: async (typed, problems, ctx) =>
      chooseSubcompetencies({
        action: ctx.url("/frameworks/preview"),
        crumbs: crumbs(ctx),
        today: dayOf(ctx.now),
        form: formAgain(typed, problems),
      }),
    async run({ body }, ctx) {
      const table = readUploaded(body.file.bytes, subcompetencyColumns, subcompetencyRule());
      const found = frameworksIn(table.rows.map((row) => row.values));
      return PreviewPage({
        title: "Look before you import",
        crumbs: crumbs(ctx),
        summary: found.map((one) => `${one.subcompetencies.length} subcompetencies of ${nameOf(one)}`).join(", "),
        columns: subcompetencyColumns.map((column) => column.title),
        rows: table.rows.map(({ line, values, problems }) => ({
          line,
          cells: subcompetencyColumns.map(({ key }) => values[key]),
          problems: problems.map(({ sentence }) => sentence),
        })),
        unknown: table.unknown,
        action: ctx.url("/frameworks/import"),
        hidden: { table: table.text, effectiveFrom: body.effectiveFrom },
        confirm: `Import ${table.rows.length} subcompetencies`,
        back: ctx.url("/frameworks/import"),
      });
    },
  }),

  post("/frameworks/import", {
    needs: "milestones.frameworks.manage",
    bodyLimit: tableLimit,
    body: t.Object({ table: tableText, effectiveFrom }),
    async run({ body }, ctx) {
      const rows = readConfirmed(body.table, subcompetencyColumns, subcompetencyRule());
      let written = 0;
      for (const { specialty, version, subcompetencies } of frameworksIn(rows)) {
        const added = await ctx.db.first(addFramework, { specialty, version, effectiveFrom: body.effectiveFrom });
        const { id } = added ?? (await ctx.db.one(frameworkNamed, { specialty, version }));
        if (added) await ctx.db.all(endOlder, { specialty, id, day: body.effectiveFrom });
        const saved = await ctx.db.all(
          saveSubcompetencies(subcompetencies.map((one) => ({ frameworkId: id, ...one }))),
          {},
        );
        ctx.audit("milestones.frameworks_imported", { framework: `${specialty} ${version}`, count: saved.length });
        written += saved.length;
      }
      return new Redirect(
        ctx.url("/frameworks"),
        written === 0 ? "All of this was there already; nothing was changed." : `${written} subcompetencies imported.`,
      );
    },
  }),

  get("/frameworks/:id", {
    needs: "milestones.frameworks.read",
    params: byId,
    async run({ params }, ctx) {
      const framework = await ctx.db.one(frameworkById, params);
      const rows = await ctx.db.all(subcompetenciesOf, { frameworkId: framework.id });
      const texts = Map.groupBy(
        await ctx.db.all(levelTextsOf, { frameworkId: framework.id }),
        (row) => row.subcompetencyId,
      );
      return FrameworkPage({
        name: nameOf(framework),
        crumbs: crumbs(ctx),
        effective: framework.effectiveTo
          ? `In force from ${framework.effectiveFrom} until ${framework.effectiveTo}.`
          : `In force since ${framework.effectiveFrom}.`,
        crosswalkHref: ctx.url(`/frameworks/${framework.id}/crosswalk`),
        textsHref: ctx.may("milestones.frameworks.manage") ? ctx.url(`/frameworks/${framework.id}/levels`) : null,
        competencies: Object.entries(competencies).map(([competency, title]) => ({
          title: `${title} (${competency})`,
          subcompetencies: rows
            .filter((row) => row.competency === competency)
            .map((row) => ({ code: row.code, title: row.title, texts: texts.get(row.id) ?? [] })),
        })),
      });
    },
  }),

  get("/frameworks/:id/levels", {
    needs: "milestones.frameworks.manage",
    params: byId,
    async run({ params }, ctx) {
      const framework = await ctx.db.one(frameworkById, params);
      return chooseLevelTexts({
        framework: nameOf(framework),
        action: ctx.url(`/frameworks/${framework.id}/levels/preview`),
        crumbs: crumbs(ctx),
      });
    },
  }),

  post("/frameworks/:id/levels/preview", {
    needs: "milestones.frameworks.manage",
    params: byId,
    bodyLimit: fileLimit,
    body: t.Object({ file: upload({ title: "a CSV file" }) }),
    async refused(typed, problems, ctx, params) {
      const framework = await ctx.db.one(frameworkById, params);
      return chooseLevelTexts({
        framework: nameOf(framework),
        action: ctx.url(`/frameworks/${framework.id}/levels/preview`),
        crumbs: crumbs(ctx),
        form: formAgain(typed, problems),
      });
    },
    async run({ params, body }, ctx) {
      const framework = await ctx.db.one(frameworkById, params);
      const codes = await codesOf(ctx, framework.id);
      const table = readUploaded(body.file.bytes, levelTextColumns, levelTextRule(new Set(codes.keys())));
      return PreviewPage({
        title: "Look before you load",
        crumbs: [...crumbs(ctx), { label: nameOf(framework), href: ctx.url(`/frameworks/${framework.id}`) }],
        summary: `${table.rows.length} level texts for ${nameOf(framework)}`,
        columns: levelTextColumns.map((column) => column.title),
        rows: table.rows.map(({ line, values, problems }) => ({
          line,
          cells: levelTextColumns.map(({ key }) => values[key]),
          problems: problems.map(({ sentence }) => sentence),
        })),
        unknown: table.unknown,
        action: ctx.url(`/frameworks/${framework.id}/levels`),
        hidden: { table: table.text },
        confirm: `Load ${table.rows.length} level texts`,
        back: ctx.url(`/frameworks/${framework.id}/levels`),
      });
    },
  }),

  post("/frameworks/:id/levels", {
    needs: "milestones.frameworks.manage",
    params: byId,
    bodyLimit: tableLimit,
    body: t.Object({ table: tableText }),
    async run({ params, body }, ctx) {
      const framework = await ctx.db.one(frameworkById, params);
      const codes = await codesOf(ctx, framework.id);
      const rows = readConfirmed(body.table, levelTextColumns, levelTextRule(new Set(codes.keys())));
      const texts = rows.flatMap((row) => {
        const subcompetencyId = codes.get(readCode(row.code).read?.code ?? "");
        return subcompetencyId ? [{ subcompetencyId, level: Number(row.level), text: row.text }] : [];
      });
      if (texts.length === 0) throw Problem.refused("There is no text in this table.");
      const saved = await ctx.db.all(saveLevelTexts(texts), {});
      ctx.audit("milestones.level_texts_imported", { framework: nameOf(framework), count: saved.length });
      return new Redirect(ctx.url(`/frameworks/${framework.id}`), `${saved.length} level texts loaded.`);
    },
  }),
];

async function codesOf(ctx: Context<Milestones>, frameworkId: string): Promise<Map<string, string>> {
  return new Map((await ctx.db.all(subcompetenciesOf, { frameworkId })).map((row) => [row.code, row.id]));
}
