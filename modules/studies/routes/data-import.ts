/** Importing data: kept as it came, mapped, compared with what is there, decided, and written in one transaction. */
import { upload } from "@core/http/input.ts";
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import type { FormState } from "@views/form.tsx";
import { planInForce } from "../capture/version.ts";
import { hexOf } from "../design/canonical.ts";
import { carry, type ImportReport } from "../import/carrying.ts";
import { textOf } from "../import/definition.ts";
import { type DataFormat, formatOf, titlesOf, Unreadable } from "../import/incoming.ts";
import { packed, unpacked } from "../import/kept.ts";
import type { Decision } from "../import/staging.ts";
import { type ColumnMeaning, guessMapping, type Mapping } from "../import/table.ts";
import type { Plan } from "../model/plan.ts";
import { anyText } from "../model/words.ts";
import type { Studies } from "../names.ts";
import { abandonFile, decideFile, fileById, filesFor, keepFile, takeFile } from "../store/imports.ts";
import { allSites } from "../store/sites.ts";
import { ImportPage, ImportsPage } from "../views/data-import.tsx";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Studies>();
const byId = t.Object({ id: t.String({ format: "uuid" }) });
const limit = 200 * 1024 * 1024;

interface Summary {
  readonly written: number;
  readonly queries: number;
  readonly lost: number;
  readonly seconds: number;
}

export const dataImportRoutes = [
  get("/imports", { needs: "studies.import", run: async (_, ctx) => listPage(ctx) }),

  post("/imports", {
    needs: "studies.import",
    bodyLimit: limit,
    body: t.Object({ file: upload({ title: "a file" }) }),
    refused: async (typed, problems, ctx) => listPage(ctx, formAgain(typed, problems)),
    async run({ body: { file } }, ctx) {
      const text = textOf(file.bytes);
      if (text === null) throw Problem.invalid({ file: "The file is not UTF-8. Save it as UTF-8 and try again." });
      const { plan } = await versionFor(ctx);
      const id = Bun.randomUUIDv7();
      const filename = file.filename.slice(0, 300) || "data";
      const format = formatOf(text, plan);
      await ctx.db.all(keepFile, { id, purpose: "data", filename, format, ...packed(file.bytes) });
      ctx.audit("studies.file_received", { filename, format });
      return new Redirect(ctx.url(`/imports/${id}`));
    },
  }),

  get("/imports/:id", {
    needs: "studies.import",
    params: byId,
    run: async ({ params }, ctx) => onePage(ctx, params.id),
  }),

  post("/imports/:id/mapping", {
    needs: "studies.import",
    params: byId,
    body: t.Object({
      event: t.Optional(t.String({ maxLength: 200 })),
      map: t.Record(t.String(), t.String({ maxLength: 500 })),
    }),
    async run({ params, body }, ctx) {
      const file = await dataFile(ctx, params.id);
      const mapping: Mapping = {
        event: body.event ?? null,
        blanks: [],
        columns: Object.fromEntries(Object.entries(body.map).map(([title, meaning]) => [title, meaningFrom(meaning)])),
      };
      await ctx.db.one(decideFile, { id: file.id, mapping, decisions: file.decisions });
      return new Redirect(ctx.url(`/imports/${file.id}`), "The columns are mapped.");
    },
  }),

  post("/imports/:id/decisions", {
    needs: "studies.import",
    params: byId,
    body: t.Object({
      d: t.Record(t.String(), t.Union([t.Literal("take"), t.Literal("keep")])),
      rest: t.Optional(t.Union([t.Literal("take"), t.Literal("keep")])),
    }),
    async run({ params, body }, ctx) {
      const file = await dataFile(ctx, params.id);
      const decisions = { ...file.decisions, ...body.d, ...(body.rest ? { "*": body.rest } : {}) };
      await ctx.db.one(decideFile, { id: file.id, mapping: file.mapping ?? null, decisions });
      return new Redirect(ctx.url(`/imports/${file.id}`), "Your decisions are kept.");
    },
  }),

  post("/imports/:id/take", {
    needs: "studies.import",
    params: byId,
    body: t.Object({
      siteId: t.Optional(t.String({ title: "Site", format: "uuid" })),
      reason: t.String({ title: "Where it comes from", minLength: 3, maxLength: 1000 }),
      complete: t.Boolean(),
    }),
    refused: async (typed, problems, ctx, params) => onePage(ctx, params.id, formAgain(typed, problems)),
    async run({ params, body }, ctx) {
      const file = await dataFile(ctx, params.id);
      const version = await versionFor(ctx);
      const begun = performance.now();
      const wish = wishOf(file, { siteId: body.siteId ?? null, reason: body.reason, complete: body.complete });
      const looked = await lookedAt(() => carry(ctx, version, wish, false));
      if (looked.undecided > 0)
        throw Problem.invalid({ "": `${looked.undecided} values are not decided yet. Decide them, then import.` });
      if (looked.newSubjects > 0 && (await ctx.db.all(allSites, {})).length > 0 && !body.siteId)
        throw Problem.invalid({ siteId: "Choose the site of the new participants." });
      const report = await carry(ctx, version, wish, true);
      const summary: Summary = {
        written: report.written,
        queries: report.queries,
        lost: report.lost,
        seconds: Math.round((performance.now() - begun) / 100) / 10,
      };
      const taken = await ctx.db.first(takeFile, { id: file.id, summary, actor: ctx.actor.id });
      if (!taken) throw new Problem("conflict", "This file was imported or left already.");
      ctx.audit("studies.data_imported", {
        filename: file.filename,
        count: report.written,
        queries: report.queries,
        sha256: hexOf(file.sha256),
      });
      return new Redirect(
        ctx.url(`/imports/${file.id}`),
        `${report.written.toLocaleString("en-US")} values are imported, ${report.queries} queries opened.`,
      );
    },
  }),

  post("/imports/:id/leave", {
    needs: "studies.import",
    params: byId,
    async run({ params }, ctx) {
      await ctx.db.first(abandonFile, params);
      return new Redirect(ctx.url("/imports"), "Nothing was written.");
    },
  }),
];

/** One version for a whole file: the first site's, or the one of all sites. */
async function versionFor(ctx: Context<Studies>) {
  const [site] = await ctx.db.all(allSites, {});
  return planInForce(ctx, site?.id ?? null);
}

async function dataFile(ctx: Context<Studies>, id: string) {
  const file = await ctx.db.one(fileById, { id });
  if (file.purpose !== "data") throw Problem.notFound();
  return file;
}
type DataFile = Awaited<ReturnType<typeof dataFile>>;

const wishOf = (file: DataFile, rest: { siteId: string | null; reason: string; complete: boolean }) => ({
  text: textOf(unpacked(file.raw)) ?? "",
  format: file.format as DataFormat,
  mapping: (file.mapping ?? null) as Mapping | null,
  decisions: file.decisions as Record<string, Decision>,
  ...rest,
});

async function lookedAt(look: () => Promise<ImportReport>): Promise<ImportReport> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof Unreadable) throw Problem.refused(error.message);
    throw error;
  }
}

async function listPage(ctx: Context<Studies>, form?: FormState) {
  const files = await ctx.db.all(filesFor, { purpose: "data" });
  const people = await ctx.people(files.map((row) => row.madeBy));
  return ImportsPage({
    action: ctx.url("/imports"),
    lines: files.map((row) => ({
      href: ctx.url(`/imports/${row.id}`),
      filename: row.filename,
      format: row.format,
      size: row.bytes > 1_000_000 ? `${(row.bytes / 1_000_000).toFixed(1)} MB` : `${Math.ceil(row.bytes / 1000)} kB`,
      at: row.madeAt,
      by: people.get(row.madeBy ?? "") ?? "Someone who has left",
      state: row.takenAt ? "taken" : row.abandonedAt ? "left" : "waiting",
      written: `${((row.summary as Summary | null)?.written ?? 0).toLocaleString("en-US")} values`,
    })),
    form,
  });
}

/** "item|<form>|<item>" or one of the words. */
const meaningText = (meaning: ColumnMeaning): string =>
  meaning.is === "item" ? `item|${meaning.form}|${meaning.item}` : meaning.is;
function meaningFrom(text: string): ColumnMeaning {
  const [is, form = "", item = ""] = text.split("|");
  if (is === "item") return { is: "item", form, item };
  const known = ["subject", "event", "event key", "form key", "section key"] as const;
  return { is: known.find((one) => one === is) ?? "ignored" };
}

async function onePage(ctx: Context<Studies>, id: string, form?: FormState) {
  const file = await dataFile(ctx, id);
  const version = await versionFor(ctx);
  const { plan } = version;
  const sites = (await ctx.db.all(allSites, {})).filter((site) => !site.closedAt);
  const wish = wishOf(file, { siteId: null, reason: "", complete: false });
  let problem: string | null = null;
  const report = await carry(ctx, version, wish, false).catch((error: unknown) => {
    if (!(error instanceof Unreadable)) throw error;
    problem = error.message;
    return null;
  });
  const files = await ctx.db.all(filesFor, { purpose: "data" });
  const twin = files.find(
    (row) => row.id !== file.id && row.takenAt && row.filename === file.filename && row.bytes === file.bytes,
  );
  const waiting = !file.takenAt && !file.abandonedAt;
  const summary = file.summary as Summary | null;
  const mapping = wish.mapping ?? (file.format === "table" ? guessMapping(plan, titlesOf(wish.text)) : null);
  const list = (map: ReadonlyMap<string, number> | undefined) =>
    [...(map ?? [])].map(([sentence, count]) => ({ sentence, count }));
  const blank = { new: 0, same: 0, changed: 0, emptied: 0, twice: 0 };
  return ImportPage({
    crumbs: [{ label: "Import data", href: ctx.url("/imports") }],
    filename: file.filename,
    format: file.format,
    sha256: hexOf(file.sha256),
    state: file.takenAt ? "taken" : file.abandonedAt ? "left" : "waiting",
    earlier: summary
      ? `${summary.written.toLocaleString("en-US")} values were written and ${summary.queries} queries opened, in ${summary.seconds} s. Looked at again, the file gives what stands below.`
      : twin
        ? "A file of this name and size was imported before: what is the same is not written again."
        : null,
    report: {
      values: report?.values ?? 0,
      subjects: report?.subjects ?? 0,
      newSubjects: report?.newSubjects ?? 0,
      fresh: (report?.differences ?? blank).new,
      same: (report?.differences ?? blank).same,
      changed: (report?.differences ?? blank).changed,
      emptied: (report?.differences ?? blank).emptied,
      twice: (report?.differences ?? blank).twice,
      unreadable: report?.unreadable ?? 0,
      undecided: report?.undecided ?? 0,
      locked: report?.locked ?? 0,
      queries: report?.queries ?? 0,
      lost: report?.lost ?? 0,
      written: report?.written ?? 0,
    },
    lost: list(report?.lostSentences),
    notes: [...(problem ? [{ sentence: problem, count: 1 }] : []), ...list(report?.notes)],
    contradictions: [...(report?.contradictions ?? [])].map(([what, count]) => ({ what: inWords(plan, what), count })),
    open: (report?.open ?? []).map((one) => ({
      key: one.key,
      where: `${one.value.subject} · ${one.value.event} · ${one.value.form} · ${one.value.item}`,
      stored: one.stored ? (one.stored.raw ?? one.stored.nullFlavour ?? "no answer") : "twice in the file",
      incoming: one.value.raw ?? one.value.nullFlavour ?? "no answer",
      problem: one.problem,
    })),
    mapping:
      waiting && mapping
        ? {
            action: ctx.url(`/imports/${file.id}/mapping`),
            columns: Object.entries(mapping.columns).map(([title, meaning]) => ({
              title,
              value: meaningText(meaning),
            })),
            meanings: meaningsOf(plan),
            events: plan.build.events.map((event) => ({ value: event.id, label: event.name })),
            event: mapping.event ?? "",
          }
        : null,
    decide: waiting ? ctx.url(`/imports/${file.id}/decisions`) : null,
    take: waiting && report && report.values > 0 ? ctx.url(`/imports/${file.id}/take`) : null,
    leave: ctx.url(`/imports/${file.id}/leave`),
    sites: sites.map((site) => ({ value: site.id, label: site.name })),
    form,
  });
}

const kinds: Readonly<Record<string, string>> = {
  unreadable: "cannot be read as what its field holds",
  range: "is out of its range",
  check: "does not pass a check",
  hidden: "has an answer although it was not to be asked",
  unasked: "has an answer, and whether it was to be asked cannot be told",
  differs: "differs from its formula",
  incomplete: "has a result although an operand is missing",
  retired: "holds an option that is no longer offered",
  unplanned: "is not asked on this form",
  required: "needs an answer",
};

function inWords(plan: Plan, what: string): string {
  const at = what.indexOf(" ");
  const item = plan.items.get(what.slice(at + 1));
  const label = (item && anyText(item.question, plan.build.languages[0] ?? "")) || what.slice(at + 1);
  return `${label}: ${kinds[what.slice(0, at)] ?? what.slice(0, at)}`;
}

function meaningsOf(plan: Plan) {
  return [
    { value: "ignored", label: "Left out" },
    { value: "subject", label: "The participant" },
    { value: "event", label: "The visit" },
    { value: "event key", label: "Which of a repeating visit" },
    { value: "form key", label: "Which of a repeating form" },
    { value: "section key", label: "Which row" },
    ...plan.build.forms.flatMap((form) =>
      (plan.entries.get(form.id) ?? []).map(({ item }) => ({
        value: `item|${form.id}|${item.id}`,
        label: `${form.name} · ${anyText(item.question, plan.build.languages[0] ?? "") || item.name}`,
      })),
    ),
  ];
}
