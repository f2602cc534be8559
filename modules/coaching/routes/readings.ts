/** Readings of one member: files of meters and sensors, rows in doubt, goals. */
import { upload } from "@core/http/input.ts";
import { type Context, Locked, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { sha256 } from "@core/vault/primitives.ts";
import { Type as t } from "@sinclair/typebox";
import { glucoseTier } from "../glucose-tier.ts";
import { goalHints } from "../goals.ts";
import { readMeterLog } from "../meter-file.ts";
import type { Coaching } from "../names.ts";
import { rulesInForce } from "../pipeline/rules-in-force.ts";
import { raiseTask } from "../pipeline/tasks.ts";
import { goals } from "../reply-tables.ts";
import { readSensorFile } from "../sensor-file.ts";
import { memberById } from "../store/members.ts";
import {
  addImport,
  addImported,
  addImportRows,
  decideRow,
  importOfHash,
  importsOf,
  readingsSince,
  rowsInDoubt,
} from "../store/readings.ts";
import { endGoal, goalsOf, setGoal } from "../store/replies.ts";
import { importRows } from "../tables.ts";
import { ReadingsPage } from "../views/readings.tsx";
import { formAgain } from "./refused.ts";
import { trendOf } from "./trend.ts";

const { get, post } = routesFor<Coaching>();
const bySubject = t.Object({ subject: t.String({ format: "uuid" }) });
const fileLimit = 4 * 1024 * 1024;
const mostRows = 50_000;

export const readingRoutes = [
  get("/members/:subject/readings", {
    needs: "coaching.readings.read",
    params: bySubject,
    run: async ({ params }, ctx) => ReadingsPage(await readingsPage(ctx, params.subject)),
  }),

  post("/members/:subject/readings", {
    needs: "coaching.readings.manage",
    params: bySubject,
    bodyLimit: fileLimit,
    body: t.Object({
      file: upload({ title: "a file" }),
      kind: t.Union([t.Literal("meter"), t.Literal("sensor")], { title: "Kind of file" }),
      unit: t.Union([t.Literal("mg/dL"), t.Literal("mmol/L")], { title: "Unit in the file" }),
    }),
    refused: async (typed, problems, ctx, params) =>
      ReadingsPage({ ...(await readingsPage(ctx, params.subject)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const member = await ctx.db.one(memberById, { subjectId: params.subject });
      const { subjectId } = member;
      const hash = sha256(body.file.bytes).toString("hex");
      const before = await ctx.db.first(importOfHash, { subjectId, sha256: hash });
      if (before) throw Problem.invalid({ file: `This very file was imported already (${before.filename}).` });
      const file = readFile(body.kind, body.file.bytes, body.unit);
      if (file.rows > mostRows) throw Problem.invalid({ file: `The file has ${file.rows} rows; ${mostRows} at most.` });
      const { ruleSet } = await rulesInForce(ctx);
      const importId = Bun.randomUUIDv7();
      const source = body.kind === "meter" ? ("meter-file" as const) : ("sensor-file" as const);
      const lines = file.readings.map(({ at, mgdl, meal }) => ({
        id: Bun.randomUUIDv7(),
        at: instantOf(at, member.zone),
        local_at: at,
        mgdl: Math.round(mgdl * 100) / 100,
        meal,
        tier: glucoseTier(mgdl, ruleSet.glucose, { ...member, ill: false }),
      }));
      // The import's own row first: readings point at it. How many were new is known after.
      const known = new Set(
        (await ctx.db.all(readingsSince, { subjectId, since: "1900-01-01T00:00:00Z" }))
          .filter((row) => row.source === source)
          .map((row) => `${row.localAt} ${row.mgdl}`),
      );
      const seen = new Set<string>();
      const fresh = lines.filter((line) => {
        const key = `${line.local_at} ${line.mgdl}`;
        if (known.has(key) || seen.has(key)) return false;
        seen.add(key);
        return true;
      });
      await ctx.db.one(addImport, {
        id: importId,
        subjectId,
        source,
        filename: body.file.filename.slice(0, 200),
        sha256: hash,
        rows: file.rows,
        readings: fresh.length,
        repeated: lines.length - fresh.length,
      });
      for (let from = 0; from < fresh.length; from += 2_000)
        await ctx.db.all(addImported, {
          subjectId,
          importId,
          source,
          rows: JSON.stringify(fresh.slice(from, from + 2_000)),
        });
      const doubtful = await Promise.all(
        file.review.map(async ({ line, text, sentence, meterWord }) => {
          const id = Bun.randomUUIDv7();
          const sealed = await ctx.seal(importRows.text, text.slice(0, 500), { row: id, subject: subjectId });
          return { id, subjectId, importId, line, text: sealed, sentence, meterWord };
        }),
      );
      for (let from = 0; from < doubtful.length; from += 500)
        await ctx.db.all(addImportRows(doubtful.slice(from, from + 500)), {});
      if (doubtful.length > 0 && ctx.may("coaching.tasks"))
        await raiseTask(ctx, {
          subjectId,
          cause: `import:${importId}`,
          kind: "import",
          tier: "none",
          minutes: 3 * 24 * 60,
        });
      ctx.audit("coaching.file_imported", {
        subjectId,
        member: member.code,
        readings: fresh.length,
        review: doubtful.length,
        repeated: lines.length - fresh.length,
      });
      return new Redirect(
        ctx.url(`/members/${subjectId}/readings`),
        `${fresh.length} readings imported; ${doubtful.length} rows wait for a look.`,
      );
    },
  }),

  post("/rows/:id/decide", {
    needs: "coaching.readings.manage",
    params: t.Object({ id: t.String({ format: "uuid" }) }),
    body: t.Object({ decision: t.Union([t.Literal("kept-as-word"), t.Literal("set-aside")], { title: "Decision" }) }),
    async run({ params, body }, ctx) {
      const [row] = await ctx.db.all(decideRow, { id: params.id, decision: body.decision, by: ctx.actor.id ?? "" });
      if (!row) throw new Problem("conflict", "Somebody has looked at this row already.");
      const member = await ctx.db.one(memberById, { subjectId: row.subjectId });
      ctx.audit("coaching.row_decided", {
        subjectId: row.subjectId,
        member: member.code,
        what: body.decision === "set-aside" ? "set aside" : "kept as HI or LO",
      });
      return new Redirect(ctx.url(`/members/${row.subjectId}/readings`));
    },
  }),

  post("/members/:subject/goals", {
    needs: "coaching.readings.manage",
    params: bySubject,
    body: t.Object({
      wording: t.String({ title: "Goal", minLength: 3, maxLength: 300 }),
      dueOn: t.Optional(t.String({ title: "Until", format: "date" })),
    }),
    refused: async (typed, problems, ctx, params) =>
      ReadingsPage({ ...(await readingsPage(ctx, params.subject)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const member = await ctx.db.one(memberById, { subjectId: params.subject });
      const id = Bun.randomUUIDv7();
      await ctx.db.one(setGoal, {
        id,
        subjectId: member.subjectId,
        wording: await ctx.seal(goals.wording, body.wording, { row: id, subject: member.subjectId }),
        dueOn: body.dueOn ?? null,
      });
      ctx.audit("coaching.goal_set", { subjectId: member.subjectId, member: member.code });
      return new Redirect(ctx.url(`/members/${member.subjectId}/readings`), "Goal kept.");
    },
  }),
  post("/goals/:id/end", {
    needs: "coaching.readings.manage",
    params: t.Object({ id: t.String({ format: "uuid" }) }),
    body: t.Object({
      outcome: t.Union([t.Literal("reached"), t.Literal("changed"), t.Literal("dropped")], { title: "How it ended" }),
    }),
    async run({ params, body }, ctx) {
      const ended = await ctx.db.one(endGoal, { id: params.id, outcome: body.outcome });
      const member = await ctx.db.one(memberById, { subjectId: ended.subjectId });
      ctx.audit("coaching.goal_ended", { subjectId: ended.subjectId, member: member.code, outcome: body.outcome });
      return new Redirect(ctx.url(`/members/${ended.subjectId}/readings`), "Ended.");
    },
  }),
];

interface FileRead {
  readonly rows: number;
  readonly readings: readonly { readonly at: string; readonly mgdl: number; readonly meal: string | null }[];
  readonly review: readonly { line: number; text: string; sentence: string; meterWord: "HI" | "LO" | null }[];
}

function readFile(kind: "meter" | "sensor", bytes: Uint8Array, unit: "mg/dL" | "mmol/L"): FileRead {
  if (kind === "meter") {
    if (unit !== "mg/dL") throw Problem.invalid({ unit: "A meter's log of this kind holds mg/dL." });
    const log = readMeterLog(new TextDecoder().decode(bytes));
    const readings = log.entries.flatMap((one) =>
      one.kind === "glucose" ? [{ at: one.at, mgdl: one.mgdl, meal: one.meal }] : [],
    );
    if (readings.length === 0 && log.review.length === log.rows)
      throw Problem.invalid({ file: "No row of this file could be read. Is it a sensor's file?" });
    return { rows: log.rows, readings, review: log.review };
  }
  const file = readSensorFile(bytes, unit);
  if (!file.readable) throw Problem.invalid({ file: file.sentences.join(" ") });
  return {
    rows: file.rows,
    readings: file.readings.map(({ at, mgdl }) => ({ at, mgdl, meal: null })),
    review: file.review,
  };
}

/** What the clock on the wall showed, as a moment; in the hour that comes twice it is the first. */
const instantOf = (local: string, zone: string): string =>
  Temporal.PlainDateTime.from(local).toZonedDateTime(zone, { disambiguation: "earlier" }).toInstant().toString();

async function readingsPage(ctx: Context<Coaching>, subjectId: string) {
  const member = await ctx.db.one(memberById, { subjectId });
  const doubtful = await ctx.db.all(rowsInDoubt, { subjectId });
  const openedRows = await ctx.openMany(
    doubtful.map((row) => ({ value: row.text, at: { row: row.id, subject: subjectId } })),
    "to look through rows in doubt",
  );
  const goalRows = await ctx.db.all(goalsOf, { subjectId });
  const openedGoals = ctx.may("coaching.messages.read")
    ? await ctx.openMany(
        goalRows.map((row) => ({ value: row.wording, at: { row: row.id, subject: subjectId } })),
        "to read goals",
      )
    : [];
  const since = new Date(ctx.now.getTime() - 14 * 24 * 3_600_000).toISOString();
  return {
    name: (await ctx.names([subjectId])).get(subjectId) ?? member.code,
    base: ctx.url(`/members/${subjectId}`),
    rowsBase: ctx.url("/rows"),
    goalsBase: ctx.url("/goals"),
    crumbs: [
      { label: "Inbox", href: ctx.url("/") },
      { label: "Conversation", href: ctx.url(`/members/${subjectId}`) },
    ],
    mayManage: ctx.may("coaching.readings.manage"),
    unit: member.unit ?? ("mg/dL" as const),
    trend: await trendOf(ctx, member),
    readings: (await ctx.db.all(readingsSince, { subjectId, since })).slice(0, 100),
    imports: await ctx.db.all(importsOf, { subjectId }),
    doubtful: doubtful.map((row, place) => ({
      id: row.id,
      line: row.line,
      sentence: row.sentence,
      meterWord: row.meterWord,
      text: openedRows[place] instanceof Locked ? "It cannot be opened now." : String(openedRows[place] ?? ""),
    })),
    goals: goalRows.map((row, place) => {
      const opened = openedGoals[place];
      const wording = opened instanceof Locked ? opened.sentence : String(opened ?? "");
      return { id: row.id, wording, dueOn: row.dueOn, hints: goalHints(wording) };
    }),
  };
}
export type ReadingsView = Awaited<ReturnType<typeof readingsPage>>;
