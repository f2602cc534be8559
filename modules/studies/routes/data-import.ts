/**
 * Importing data: kept as it came, mapped, compared with what is there, decided, and written: a small file in one
 * transaction, a large one step by step (import/steps.ts). Either is taken back the same way.
 */
import { upload } from "@core/http/input.ts";
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import type { FormState } from "@views/form.tsx";
import { planInForce } from "../capture/version.ts";
import { counted } from "../counted.ts";
import { hexOf } from "../design/canonical.ts";
import { carry, emptyReport, type ImportReport, PENDING, valuesIn } from "../import/carrying.ts";
import { textOf } from "../import/definition.ts";
import { type DataFormat, formatOf, titlesOf, Unreadable } from "../import/incoming.ts";
import { keep } from "../import/kept.ts";
import type { Decision } from "../import/staging.ts";
import {
  AT_ONCE,
  beginStage,
  fileOf,
  keepWritten,
  lookAgain,
  moveOn,
  nothingYet,
  type RunResult,
  reportOf,
  sayFollowed,
  wishOf,
} from "../import/steps.ts";
import { type ColumnMeaning, guessMapping, type Mapping } from "../import/table.ts";
import { blinded } from "../model/marks.ts";
import type { Plan } from "../model/plan.ts";
import { anyText } from "../model/words.ts";
import type { Studies } from "../names.ts";
import {
  abandonFile,
  beginRun,
  decideFile,
  dropPieces,
  fileById,
  filesFor,
  formsClosedTo,
  type ImportRow,
  runOf,
  runToStep,
  takeFile,
} from "../store/imports.ts";
import { allSites } from "../store/sites.ts";
import { ImportDonePage, ImportPage, ImportProgressPage, ImportsPage } from "../views/data-import.tsx";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Studies>();
const byId = t.Object({ id: t.String({ format: "uuid" }) });
/** Under what the server takes of anything at all (core/serve.ts), so that a larger file is answered by the page. */
const limit = 60 * 1024 * 1024;

interface Summary {
  readonly written: number;
  readonly queries: number;
  readonly seconds: number;
  readonly withoutConsent: number;
  readonly followed: number;
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
      const id = await keep(ctx, { ...file, purpose: "data", format: formatOf(text, plan) });
      await prepare(ctx, await dataFile(ctx, id));
      return new Redirect(ctx.url(`/imports/${id}`));
    },
  }),

  get("/imports/:id", {
    needs: "studies.import",
    params: byId,
    run: async ({ params }, ctx) => onePage(ctx, params.id),
  }),

  // The same page for whoever only waits: it does not keep a session alive.
  get("/imports/:id/progress", {
    needs: "studies.import",
    passive: true,
    params: byId,
    async run({ params }, ctx) {
      const file = await dataFile(ctx, params.id);
      const run = await ctx.db.first(runOf, { importId: params.id });
      const here = ctx.url(`/imports/${params.id}`);
      if (moving.some((one) => one === run?.stage)) return onePage(ctx, params.id);
      return ImportDonePage({ crumbs: crumbsOf(ctx), filename: file.filename, here });
    },
  }),

  post("/imports/:id/mapping", {
    needs: "studies.import",
    params: byId,
    body: t.Object({
      event: t.Optional(t.String({ maxLength: 200 })),
      map: t.Record(t.String(), t.String({ maxLength: 500 })),
    }),
    async run({ params, body }, ctx) {
      const { file, run } = await waitingFile(ctx, params.id);
      const mapping: Mapping = {
        event: body.event ?? null,
        blanks: [],
        columns: Object.fromEntries(Object.entries(body.map).map(([title, meaning]) => [title, meaningFrom(meaning)])),
      };
      await ctx.db.one(decideFile, { id: file.id, mapping, decisions: file.decisions });
      if (run) await beginStage(ctx, run, "reading", { buckets: 0 });
      else await prepare(ctx, await dataFile(ctx, file.id));
      return new Redirect(ctx.url(`/imports/${file.id}`), "The columns are mapped.");
    },
  }),

  post("/imports/:id/decisions", {
    needs: "studies.import",
    params: byId,
    body: t.Object({
      d: t.Record(t.String(), t.Union([t.Literal("take"), t.Literal("keep")])),
      rest: t.Optional(t.Union([t.Literal("take"), t.Literal("keep")])),
      pending: t.Optional(t.Union([t.Literal("take"), t.Literal("keep")])),
    }),
    async run({ params, body }, ctx) {
      const { file, run } = await waitingFile(ctx, params.id);
      const { rest, pending } = body;
      const decisions = {
        ...file.decisions,
        ...body.d,
        ...(rest ? { "*": rest } : {}),
        ...(pending ? { [PENDING]: pending } : {}),
      };
      if (pending)
        ctx.audit("studies.import_consent_decided", {
          filename: file.filename,
          how: pending === "take" ? "come in: their consent was given outside of this program" : "stay out",
        });
      await ctx.db.one(decideFile, { id: file.id, mapping: file.mapping ?? null, decisions });
      if (run) await lookAgain(ctx, run);
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
      const { file, run } = await waitingFile(ctx, params.id);
      if (run?.stage === "unreadable") throw Problem.refused("This file cannot be read: nothing of it is imported.");
      const siteId = body.siteId ?? null;
      const wish = wishOf(file, { siteId, reason: body.reason, complete: body.complete, by: ctx.actor.id });
      const version = await versionFor(ctx);
      const looked = run
        ? await reportOf(ctx, run)
        : (await lookedAt(async () => carry(ctx, version, await fileOf(ctx, file), wish, false))).report;
      if (looked.undecided > 0)
        throw Problem.invalid({ "": `${looked.undecided} values are not decided yet. Decide them, then import.` });
      if (looked.newSubjects > 0 && (await ctx.db.all(allSites, {})).length > 0 && !siteId)
        throw Problem.invalid({ siteId: "Choose the site of the new participants." });
      const begun = { filename: file.filename, sha256: hexOf(file.sha256) };
      if (run) {
        await refuseClosed(ctx, Object.keys(looked.forms));
        const result = { ...nothingYet, beganAt: ctx.now.toISOString() };
        await beginStage(ctx, run, "taking", { wish, result });
        ctx.audit("studies.import_begun", begun);
        return new Redirect(ctx.url(`/imports/${file.id}`), "The import has begun.");
      }
      const before = performance.now();
      const { report, written } = await carry(ctx, version, await fileOf(ctx, file), wish, true);
      const { queries } = report;
      const seconds = Math.round((performance.now() - before) / 100) / 10;
      const { withoutConsent, followed } = report;
      const summary: Summary = { written: report.written, queries, seconds, withoutConsent, followed };
      const taken = await ctx.db.first(takeFile, { id: file.id, summary, actor: ctx.actor.id });
      if (!taken) throw new Problem("conflict", "This file was imported or left already.");
      const id = Bun.randomUUIDv7();
      await keepWritten(ctx, file.id, 0, written);
      await ctx.db.one(beginRun, { id, importId: file.id, versionId: version.id, stage: "taken", result: summary });
      await moveOn(ctx, { id, stage: "taken", buckets: 1, done: 1, wish, report: {}, result: summary }, report);
      ctx.audit("studies.data_imported", { ...begun, count: report.written, queries });
      sayFollowed(ctx, file.filename, followed);
      return new Redirect(
        ctx.url(`/imports/${file.id}`),
        `${report.written.toLocaleString("en-US")} values are imported, ${queries} queries opened.`,
      );
    },
  }),

  // A step that was cut short is tried again by itself; who does not want to wait for that asks for it here.
  post("/imports/:id/go-on", {
    needs: "studies.import",
    params: byId,
    async run({ params }, ctx) {
      const run = await ctx.db.one(runOf, { importId: params.id });
      const stage = moving.find((one) => one === run.stage);
      if (stage) await ctx.soon("studies.import_step", { importId: params.id, stage, done: run.done });
      return new Redirect(ctx.url(`/imports/${params.id}`));
    },
  }),

  post("/imports/:id/take-back", {
    needs: "studies.import",
    params: byId,
    body: t.Object({ why: t.String({ title: "Why", minLength: 3, maxLength: 900 }) }),
    refused: async (typed, problems, ctx, params) => onePage(ctx, params.id, formAgain(typed, problems)),
    async run({ params, body }, ctx) {
      const file = await dataFile(ctx, params.id);
      const run = await ctx.db.one(runToStep, { importId: file.id });
      if (run.stage !== "taken") throw new Problem("conflict", "Only an import that was carried out is taken back.");
      await refuseClosed(ctx, Object.keys((run.report as ImportReport).forms));
      refuseFar(ctx);
      await beginStage(ctx, run, "taking back", {
        buckets: Math.max(1, run.buckets),
        wish: { ...run.wish, by: ctx.actor.id },
        result: { ...run.result, backReason: `Import taken back: ${body.why}` },
      });
      ctx.audit("studies.import_taken_back", { filename: file.filename, reason: body.why });
      return new Redirect(ctx.url(`/imports/${file.id}`), "The import is being taken back.");
    },
  }),

  post("/imports/:id/leave", {
    needs: "studies.import",
    params: byId,
    async run({ params }, ctx) {
      const left = await ctx.db.first(abandonFile, params);
      if (left) await ctx.db.all(dropPieces, { importId: params.id });
      return new Redirect(ctx.url("/imports"), "Nothing was written.");
    },
  }),
];

const moving = ["reading", "looking", "taking", "taking back"] as const;

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

/** A file that somebody may still decide about, and its run when it goes step by step. */
async function waitingFile(ctx: Context<Studies>, id: string) {
  const file = await dataFile(ctx, id);
  const run = await ctx.db.first(runToStep, { importId: id });
  if (file.takenAt || file.abandonedAt) throw new Problem("conflict", "This file was imported or left already.");
  if (run && run.stage !== "ready" && run.stage !== "unreadable")
    throw new Problem("conflict", "This file is being worked on. Wait until it has been looked at.");
  return { file, run };
}

/** Small files are looked at in the request that asks; a large one is read into pieces first. */
async function prepare(ctx: Context<Studies>, file: ImportRow): Promise<void> {
  const version = await versionFor(ctx);
  if (file.bytes <= AT_ONCE.bytes && (await isSmall(ctx, file, version.plan))) return;
  refuseFar(ctx);
  const id = Bun.randomUUIDv7();
  await ctx.db.one(beginRun, { id, importId: file.id, versionId: version.id, stage: "reading", result: {} });
  await ctx.soon("studies.import_step", { importId: file.id, stage: "reading", done: 0 });
}

async function isSmall(ctx: Context<Studies>, file: ImportRow, plan: Plan): Promise<boolean> {
  let count = 0;
  try {
    for await (const _ of valuesIn(await fileOf(ctx, file), plan, emptyReport())) {
      count += 1;
      if (count > AT_ONCE.values) return false;
    }
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
  }
  return true;
}

/** A job reaches the whole study, so only who does so himself may send it. */
function refuseFar(ctx: Context<Studies>): void {
  if (!ctx.mayEverywhere("studies.import"))
    throw Problem.refused("This takes the right to import into the whole study. Ask a data manager.");
}

/** A job does not know which forms are closed to the person who asked for it. */
async function refuseClosed(ctx: Context<Studies>, forms: readonly string[]): Promise<void> {
  const closed = (await ctx.db.all(formsClosedTo, { personId: ctx.actor.id ?? "" })).map(({ form }) => form);
  const found = forms.filter((form) => closed.includes(form));
  if (found.length > 0) throw Problem.refused(`Closed to you, and in the file: ${found.join(", ")}.`);
}

async function lookedAt<T>(look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof Unreadable) throw Problem.refused(error.message);
    throw error;
  }
}

const formats: Readonly<Record<DataFormat, string>> = {
  odm: "ODM",
  "redcap project": "REDCap project",
  "redcap records": "REDCap records",
  table: "Table",
};

const numbered = (count: number): string => count.toLocaleString("en-US");

async function listPage(ctx: Context<Studies>, form?: FormState) {
  const files = await ctx.db.all(filesFor, { purpose: "data" });
  const people = await ctx.people(files.map((row) => row.madeBy));
  const stateOf = (row: (typeof files)[number]) => {
    if (row.stage === "taken back") return "taken back";
    if (row.abandonedAt) return "left";
    if (row.takenAt && row.stage !== "taking back") return "taken";
    return moving.some((one) => one === row.stage) ? "moving" : "waiting";
  };
  return ImportsPage({
    action: ctx.url("/imports"),
    lines: files.map((row) => ({
      href: ctx.url(`/imports/${row.id}`),
      filename: row.filename,
      format: formats[row.format as DataFormat] ?? row.format,
      size: row.bytes > 1_000_000 ? `${(row.bytes / 1_000_000).toFixed(1)} MB` : `${Math.ceil(row.bytes / 1000)} kB`,
      at: row.madeAt,
      by: people.get(row.madeBy ?? "") ?? "Someone who has left",
      state: stateOf(row),
      written: `${numbered((row.summary as Summary | null)?.written ?? 0)} values`,
      progress: row.buckets ? `${Math.floor((100 * (row.done ?? 0)) / row.buckets)} %` : "",
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

const crumbsOf = (ctx: Context<Studies>) => [{ label: "Import data", href: ctx.url("/imports") }];

async function onePage(ctx: Context<Studies>, id: string, form?: FormState) {
  const file = await dataFile(ctx, id);
  const run = await ctx.db.first(runOf, { importId: id });
  const stage = moving.find((one) => one === run?.stage);
  const crumbs = crumbsOf(ctx);
  if (run && stage && !file.abandonedAt)
    return ImportProgressPage({
      crumbs,
      filename: file.filename,
      stage,
      done: run.done,
      buckets: run.buckets,
      values: (run.report as Partial<ImportReport>).values ?? 0,
      written: (run.result as Partial<RunResult>).written ?? 0,
      movedAt: run.movedAt,
      isSlow: ctx.now.getTime() - run.movedAt.getTime() > SLOW_MS,
      here: ctx.url(`/imports/${id}`),
      poll: ctx.url(`/imports/${id}/progress`),
      goOn: ctx.url(`/imports/${id}/go-on`),
    });
  const version = await versionFor(ctx);
  const { plan } = version;
  const sites = (await ctx.db.all(allSites, {})).filter((site) => !site.closedAt);
  let problem: string | null = null;
  const look = async (): Promise<ImportReport | null> => {
    try {
      return (await carry(ctx, version, await fileOf(ctx, file), wishOf(file, {}), false)).report;
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      problem = error.message;
      return null;
    }
  };
  // What was carried out, or goes step by step, was looked at then; the rest is looked at now.
  const report = run ? await reportOf(ctx, run) : file.abandonedAt ? null : await look();
  const files = await ctx.db.all(filesFor, { purpose: "data" });
  const twin = files.find(
    (row) => row.id !== file.id && row.takenAt && row.filename === file.filename && row.bytes === file.bytes,
  );
  const waiting = !file.takenAt && !file.abandonedAt;
  const mapping = await mappingOf(ctx, file, plan);
  const list = (told: Readonly<Record<string, number>> | undefined) =>
    Object.entries(told ?? {}).map(([sentence, count]) => ({ sentence, count }));
  const blank = emptyReport();
  const { differences, ...counts } = report ?? blank;
  const isBlinded = (item: string) => {
    const definition = plan.items.get(item);
    return definition !== undefined && blinded.on(definition) && !ctx.may("studies.allocation.read");
  };
  const result = run?.result as RunResult | undefined;
  return ImportPage({
    crumbs,
    filename: file.filename,
    format: formats[file.format as DataFormat] ?? file.format,
    sha256: hexOf(file.sha256),
    state: run?.stage === "taken back" ? "taken back" : file.takenAt ? "taken" : file.abandonedAt ? "left" : "waiting",
    earlier:
      result && file.takenAt
        ? earlierOf(result)
        : twin
          ? "A file of this name and size was imported before: what is the same is not written again."
          : null,
    report: {
      ...counts,
      ...differences,
      fresh: differences.new,
      queries: file.takenAt && result ? result.queries : counts.queries,
    },
    lost: list(report?.lostSentences),
    notes: [...(problem ? [{ sentence: problem, count: 1 }] : []), ...list(report?.notes)],
    contradictions: list(report?.contradictions).map(({ sentence, count }) => ({
      what: inWords(plan, sentence),
      count,
    })),
    files: list(report?.files).map(({ sentence, count }) => ({
      sentence: anyText(plan.items.get(sentence)?.question ?? {}, plan.build.languages[0] ?? "") || sentence,
      count,
    })),
    // It may have been withdrawn after the file was looked at: what was found when it was written is what came of it.
    withdrawn: list((file.takenAt && result?.withdrawn) || report?.withdrawn),
    pending: list(report?.pending),
    pendingDecision: (file.decisions as Record<string, Decision>)[PENDING] ?? null,
    open: (report?.open ?? []).map((one) => ({
      key: one.key,
      where: `${one.value.subject} · ${one.value.event} · ${one.value.form} · ${one.value.item}`,
      stored: isBlinded(one.value.item)
        ? "blinded"
        : one.stored
          ? (one.stored.raw ?? one.stored.nullFlavour ?? "no answer")
          : "twice in the file",
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
    inSteps: run !== null,
    leave: ctx.url(`/imports/${file.id}/leave`),
    takeBack: run?.stage === "taken" ? ctx.url(`/imports/${file.id}/take-back`) : null,
    sites: sites.map((site) => ({ value: site.id, label: site.name })),
    form,
  });
}

/** A step takes some seconds; what has not moved for so long was cut short. */
const SLOW_MS = 60_000;

async function mappingOf(ctx: Context<Studies>, file: ImportRow, plan: Plan): Promise<Mapping | null> {
  if (file.mapping) return file.mapping as unknown as Mapping;
  if (file.format !== "table") return null;
  const { bytes } = await fileOf(ctx, file);
  const end = bytes.indexOf(10);
  return guessMapping(plan, titlesOf(new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end + 1))));
}

function earlierOf(result: RunResult): string {
  const { written, queries, seconds, locked = 0, undecided = 0, withoutConsent = 0, returned, stayed = 0 } = result;
  const { followed = 0 } = result;
  const said = [`${numbered(written)} values were written and ${numbered(queries)} queries opened, in ${seconds} s.`];
  if (followed > 0) said.push(`${counted(followed, "result")} on other forms followed.`);
  if (locked > 0) said.push(`${numbered(locked)} stayed out, because they were frozen or locked.`);
  if (withoutConsent > 0)
    said.push(`${numbered(withoutConsent)} stayed out, because consent is withdrawn or not recorded here.`);
  if (undecided > 0) said.push(`${numbered(undecided)} stayed out, because somebody had changed them meanwhile.`);
  if (returned !== undefined) said.push(`${numbered(returned)} of them were taken back.`);
  if (stayed > 0) said.push(`${numbered(stayed)} stayed, because they were changed or locked since.`);
  return said.join(" ");
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
