/** Data on its way out: tables, a spreadsheet, R, ODM; as it is, or as it was at a moment, with a digest to compare. */
import { RowTally } from "@core/documents/download.ts";
import { type Context, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import type { FormState } from "@views/form.tsx";
import { planOfVersion, versionInForce } from "../capture/version.ts";
import { agreedTo } from "../consent.ts";
import { canonical } from "../design/canonical.ts";
import { archivedValues, archiveOf } from "../export/archive.ts";
import { fileParts } from "../export/files.ts";
import { rScript } from "../export/r-script.ts";
import {
  dictionaryColumns,
  dictionaryRows,
  ENCRYPTED,
  longColumns,
  longRow,
  type WideTable,
  wideColumns,
  wideRows,
  wideTables,
} from "../export/tables.ts";
import type { NullFlavour } from "../model/build.ts";
import type { Plan } from "../model/plan.ts";
import type { Studies } from "../names.ts";
import { writeArchive } from "../odm/archive.ts";
import { type StoredValue, writeOdm } from "../odm/writer.ts";
import { allVersions, openDraft, versionById } from "../store/design.ts";
import { type ExportFilter, exportedValues } from "../store/export.ts";
import { allSites } from "../store/sites.ts";
import { ExportPage } from "../views/export.tsx";

const { get } = routesFor<Studies>();
const query = t.Object({
  format: t.Optional(
    t.Union([
      t.Literal("xlsx"),
      t.Literal("csv"),
      t.Literal("r"),
      t.Literal("odm132"),
      t.Literal("odm2"),
      t.Literal("archive"),
      t.Literal("files"),
    ]),
  ),
  site: t.Optional(t.String({ title: "Site", format: "uuid" })),
  asOf: t.Optional(t.String({ title: "As of", maxLength: 40 })),
  use: t.Optional(t.Union([t.Literal("others"), t.Literal("study")], { title: "What for" })),
});
type Wish = typeof query.static;

export const exportRoutes = [
  get("/export", { needs: "studies.export", query, run: async ({ query: wish }, ctx) => exportPage(ctx, wish, null) }),

  get("/export/digest", {
    needs: "studies.export",
    query,
    async run({ query: wish }, ctx) {
      const filter = await filterOf(ctx, wish);
      const digest = new Bun.CryptoHasher("sha256");
      let values = 0;
      for await (const row of ctx.db.stream(exportedValues(filter), {})) {
        values += 1;
        const { id: _, subjectId: _s, sheetId: _h, ...shown } = row;
        digest.update(`${canonical(shown)}\n`);
      }
      const sites = await ctx.db.all(allSites, {});
      return exportPage(ctx, wish, {
        at: (filter.asOf ?? ctx.now).toISOString(),
        values,
        sha256: digest.digest("hex"),
        site: sites.find(({ id }) => id === wish.site)?.name ?? "All that you reach",
      });
    },
  }),

  get("/export/file", {
    needs: "studies.export",
    query,
    async run({ query: wish }, ctx) {
      const filter = await filterOf(ctx, wish);
      const plan = await exportPlan(ctx, wish.site ?? null);
      const tally = new RowTally();
      const use = filter.subjects ? `-${wish.use ?? "others"}` : "";
      const name = `${ctx.workspace.slug}-${(filter.asOf ?? ctx.now).toISOString().slice(0, 10)}${use}`;
      const table = (one: WideTable) => ({
        columns: wideColumns(one),
        rows: wideRows(
          plan,
          one,
          ctx.db.stream(exportedValues({ ...filter, form: one.form, sections: one.sections }), {}),
          (id) => tally.add(id),
        ),
      });
      switch (wish.format ?? "xlsx") {
        case "xlsx":
          return ctx.xlsx(
            "studies.book",
            name,
            [
              ...wideTables(plan).map((one) => ({ title: one.name.slice(0, 31), ...table(one) })),
              { title: "Dictionary", columns: dictionaryColumns, rows: dictionaryRows(plan) },
            ],
            tally,
          );
        case "csv":
          return ctx.csv(
            "studies.table",
            name,
            { columns: longColumns, rows: longRows(ctx, plan, filter, tally) },
            tally,
          );
        case "r":
          return ctx.file(
            "studies.r",
            name,
            {
              kind: "zip",
              parts: [
                ...wideTables(plan).map((one) => ({
                  name: `${one.name}.csv`,
                  content: { kind: "csv" as const, table: table(one) },
                })),
                {
                  name: "dictionary.csv",
                  content: { kind: "csv" as const, table: { columns: dictionaryColumns, rows: dictionaryRows(plan) } },
                },
                {
                  name: "read.R",
                  content: { kind: "txt" as const, text: rScript(plan, plan.build.study.name), comment: "# " },
                },
              ],
            },
            tally,
          );
        case "files":
          return ctx.file(
            "studies.files",
            `${name}-files`,
            { kind: "zip", parts: fileParts(ctx, plan, filter, tally) },
            tally,
          );
        case "archive": {
          const archive = await archiveOf(ctx);
          return ctx.file(
            "studies.archive",
            `${name}-archive`,
            {
              kind: "xml",
              text: writeArchive(plan.build, headerOf(ctx), archive, archivedValues(ctx, filter, archive, tally)),
            },
            tally,
          );
        }
        default: {
          const version = wish.format === "odm2" ? "2.0" : "1.3.2";
          return ctx.file(
            "studies.odm",
            name,
            {
              kind: "xml",
              text: writeOdm(plan.build, headerOf(ctx), version, storedRows(ctx, filter, tally)),
            },
            tally,
          );
        }
      }
    },
  }),

  get("/design/file", {
    needs: "studies.design.read",
    query: t.Object({ as: t.Optional(t.Union([t.Literal("odm"), t.Literal("json")])) }),
    async run({ query: { as } }, ctx) {
      const draft = await ctx.db.first(openDraft, {});
      const [newest] = await ctx.db.all(allVersions, {});
      const build = draft?.build ?? (newest ? (await ctx.db.one(versionById, { id: newest.id })).build : null);
      if (!build) throw Problem.notFound("This study has no forms yet.");
      return definition(ctx, build, draft ? `draft-${draft.revision}` : `version-${newest?.number}`, as ?? "odm");
    },
  }),

  get("/versions/:id/file", {
    needs: "studies.design.read",
    params: t.Object({ id: t.String({ format: "uuid" }) }),
    async run({ params }, ctx) {
      const version = await ctx.db.one(versionById, params);
      return definition(ctx, version.build, `version-${version.number}`, "odm");
    },
  }),
];

const headerOf = (ctx: Context<Studies>) => ({
  fileId: `cairn.${ctx.workspace.slug}.${ctx.now.getTime()}`,
  createdAt: `${ctx.now.toISOString().slice(0, 19)}Z`,
  source: "Cairn",
});

function definition(ctx: Context<Studies>, build: Plan["build"], name: string, as: "odm" | "json") {
  const filename = `${ctx.workspace.slug}-${name}`;
  if (as === "json") return ctx.file("studies.definition.json", filename, { kind: "json", value: build as never }, []);
  const header = { fileId: `cairn.${filename}`, createdAt: `${ctx.now.toISOString().slice(0, 19)}Z`, source: "Cairn" };
  return ctx.file("studies.definition", filename, { kind: "xml", text: writeOdm(build, header, "1.3.2") }, []);
}

/** With those who agreed to this use, where consents are kept here: what was refused is left out by itself. */
async function filterOf(ctx: Context<Studies>, { site, asOf, use }: Wish): Promise<ExportFilter> {
  const subjects = (await agreedTo(ctx, use ?? "others"))?.subjects ?? null;
  return { siteId: site, asOf: momentOf(ctx, asOf), subjects };
}

function momentOf(ctx: Context<Studies>, asOf: string | undefined): Date | null {
  if (!asOf) return null;
  const at = new Date(/^\d{4}-\d{2}-\d{2}$/.test(asOf) ? `${asOf}T23:59:59.999Z` : asOf);
  if (Number.isNaN(at.getTime()))
    throw Problem.refused("“As of” is a day or a moment: 2026-03-15, or 2026-03-15T14:05Z. Go back and write it so.");
  if (at > ctx.now) throw Problem.refused("That moment has not come yet.");
  return at;
}

async function exportPlan(ctx: Context<Studies>, siteId: string | null): Promise<Plan> {
  const [site] = await ctx.db.all(allSites, {});
  const id = (await versionInForce(ctx, siteId ?? site?.id ?? null)) ?? (await versionInForce(ctx, null));
  if (!id) throw Problem.refused("No version is in force yet, so there is nothing to export.");
  return planOfVersion(ctx, id);
}

async function* longRows(ctx: Context<Studies>, plan: Plan, filter: ExportFilter, tally: RowTally) {
  for await (const row of ctx.db.stream(exportedValues(filter), {})) {
    tally.add(row.id);
    yield longRow(plan, row);
  }
}

async function* storedRows(ctx: Context<Studies>, filter: ExportFilter, tally: RowTally): AsyncGenerator<StoredValue> {
  for await (const row of ctx.db.stream(exportedValues(filter), {})) {
    tally.add(row.id);
    yield {
      subject: row.subject,
      event: row.event,
      eventKey: row.eventKey || null,
      form: row.form,
      formKey: row.formKey || null,
      section: row.section,
      sectionKey: row.sectionKey || null,
      item: row.item,
      raw: row.isSealed ? ENCRYPTED : row.raw,
      nullFlavour: row.nullFlavour as NullFlavour | null,
      unit: row.unit,
    };
  }
}

async function exportPage(
  ctx: Context<Studies>,
  wish: Wish,
  found: { at: string; values: number; sha256: string; site: string } | null,
  form?: FormState,
) {
  const sites = await ctx.db.all(allSites, {});
  const kept = [await agreedTo(ctx, "others"), await agreedTo(ctx, "study")];
  const leftOut = kept[0] ? kept : null;
  return ExportPage({
    action: ctx.url("/export/file"),
    digest: ctx.url("/export/digest"),
    sites: sites.map((site) => ({ value: site.id, label: site.name })),
    now: ctx.now.toISOString().slice(0, 16).concat("Z"),
    blinded: !ctx.may("studies.allocation.read"),
    leftOut: leftOut && { others: leftOut[0]?.leftOut ?? 0, study: leftOut[1]?.leftOut ?? 0 },
    found,
    values: {
      ...(wish.format ? { format: wish.format } : {}),
      ...(wish.site ? { site: wish.site } : {}),
      ...(wish.asOf ? { asOf: wish.asOf } : {}),
      ...(wish.use ? { use: wish.use } : {}),
    },
    form,
  });
}
