/**
 * A large import, step by step: read into buckets of whole participants, looked at bucket by bucket, written bucket by
 * bucket, and taken back the same way. Each step is one transaction that says how far it came, so a step that was cut
 * short is done again and one that was done is not.
 */
import type { Context } from "@core/module.ts";
import { planOfVersion } from "../capture/version.ts";
import { hexOf } from "../design/canonical.ts";
import type { Plan } from "../model/plan.ts";
import type { Studies } from "../names.ts";
import type { StoredValue } from "../odm/writer.ts";
import {
  hasFigures,
  importChanges,
  messagesInThreads,
  peopleWithAnswers,
  resolveImportQueries,
  writtenValues,
} from "../store/bulk.ts";
import {
  dropPieces,
  fileById,
  type ImportRow,
  keepPiece,
  moveRun,
  piecesOf,
  type RunRow,
  runToStep,
  takeFile,
} from "../store/imports.ts";
import { importPieces, importRuns } from "../tables.ts";
import {
  BATCH,
  BUCKET,
  carryBatch,
  emptyReport,
  followOthers,
  type ImportFile,
  type ImportReport,
  type ImportWish,
  SENTENCES,
  valuesIn,
  type Written,
} from "./carrying.ts";
import { type DataFormat, Unreadable } from "./incoming.ts";
import { bytesOf, packed, unpacked } from "./kept.ts";
import type { Decision } from "./staging.ts";
import type { Mapping } from "./table.ts";

/** Files with more values than this go step by step; so do files too large to count in a request. */
export const AT_ONCE = { values: 20_000, bytes: 2_000_000 };

/** What came of it, as far as it is. */
export interface RunResult {
  readonly written: number;
  readonly queries: number;
  readonly locked: number;
  /** Was decided when it was looked at, and is not any more: somebody changed it meanwhile. */
  readonly undecided: number;
  readonly withoutConsent?: number;
  /** Whose consent was withdrawn when it was written, and how many values of each stayed out. */
  readonly withdrawn?: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly beganAt?: string;
  /** Results on other forms that were computed again. */
  readonly followed?: number;
  readonly followedBack?: number;
  readonly returned?: number;
  readonly stayed?: number;
  readonly backReason?: string;
}
export const nothingYet: RunResult = { written: 0, queries: 0, locked: 0, undecided: 0, seconds: 0 };

export type StepAsk = Studies["jobs"]["studies.import_step"];
type Stage = StepAsk["stage"];

export const fileOf = async (ctx: Context<Studies>, row: ImportRow): Promise<ImportFile> => ({
  bytes: await bytesOf(ctx, row.id),
  format: row.format as DataFormat,
  mapping: (row.mapping ?? null) as Mapping | null,
});

const packedJson = (content: unknown): Uint8Array => packed(new TextEncoder().encode(JSON.stringify(content)));
const unpackedJson = <T>(content: Uint8Array): T => JSON.parse(new TextDecoder().decode(unpacked(content))) as T;

export const keepWritten = (ctx: Context<Studies>, importId: string, bucket: number, written: Written) =>
  ctx.db.all(keepPiece, {
    id: Bun.randomUUIDv7(),
    importId,
    holds: "written",
    bucket,
    content: packedJson(written),
    fileValues: null,
  });

async function keepValues(ctx: Context<Studies>, importId: string, bucket: number, values: readonly StoredValue[]) {
  const id = Bun.randomUUIDv7();
  const fileValues = await ctx.seal(importPieces.fileValues, packedJson(values), { row: id });
  await ctx.db.all(keepPiece, { id, importId, holds: "values", bucket, content: null, fileValues });
}

async function keptValues(ctx: Context<Studies>, importId: string, bucket: number): Promise<StoredValue[]> {
  const values: StoredValue[] = [];
  for (const { id, content, fileValues } of await ctx.db.all(piecesOf, { importId, holds: "values", bucket })) {
    const piece = fileValues ? await ctx.open(fileValues, { row: id }, "to carry an import on") : content;
    if (piece) values.push(...unpackedJson<StoredValue[]>(piece));
  }
  return values;
}

/** Counts lie open beside the run; what quotes the file lies sealed. */
export async function moveOn(ctx: Context<Studies>, run: Moved, report?: ImportReport): Promise<void> {
  const { id, stage, buckets, done, wish, result } = run;
  const { open, lostSentences, notes, ...counts } = report ?? { ...emptyReport(), ...run.report };
  const found = report ? await ctx.seal(importRuns.found, { open, lostSentences, notes }, { row: id }) : null;
  await ctx.db.one(moveRun, { id, stage, buckets, done, wish, report: counts, found, result });
}
type Moved = Pick<RunRow, "id" | "stage" | "buckets" | "done" | "wish" | "report" | "result">;

export async function reportOf(ctx: Context<Studies>, run: RunRow): Promise<ImportReport> {
  const quoted = run.found ? await ctx.open(run.found, { row: run.id }, "to show what an import would do") : {};
  return { ...emptyReport(), ...run.report, ...quoted };
}

/** The first step of a stage. */
export async function beginStage(
  ctx: Context<Studies>,
  run: RunRow,
  stage: Stage,
  more: Partial<Pick<RunRow, "buckets" | "wish" | "result">> & { readonly report?: ImportReport } = {},
) {
  const { report, ...rest } = more;
  await moveOn(ctx, { ...run, ...rest, stage, done: 0 }, report);
  await ctx.soon("studies.import_step", { importId: run.importId, stage, done: 0 });
}

/** Looks again, at the same pieces: what the reading found stays. */
export async function lookAgain(ctx: Context<Studies>, run: RunRow): Promise<void> {
  const { values, subjects, lost, lostSentences, notes } = await reportOf(ctx, run);
  await beginStage(ctx, run, "looking", {
    report: { ...emptyReport(), values, subjects, lost, lostSentences, notes },
  });
}

/** How long one step goes on, so that it never keeps a connection for itself. */
const STEP_MS = 3_000;
/** How long a database without figures of its own is given to make them. */
const FIGURES_MS = 20_000;

export async function stepImport(ask: StepAsk, ctx: Context<Studies>): Promise<void> {
  const run = await ctx.db.first(runToStep, { importId: ask.importId });
  // Asked for twice, or overtaken: the other one goes on.
  if (!run || run.stage !== ask.stage || run.done !== ask.done) return;
  const row = await ctx.db.one(fileById, { id: ask.importId });
  if (row.abandonedAt) return;
  const plan = await planOfVersion(ctx, run.versionId);
  if (run.stage === "reading") return readInto(ctx, run, row, plan);
  if (run.stage === "taking" && run.done > 1 && !(await ctx.db.one(hasFigures, {})).known) {
    await ctx.later("studies.import_step", ask, new Date(ctx.now.getTime() + FIGURES_MS));
    return;
  }
  const report = run.stage === "looking" ? await reportOf(ctx, run) : emptyReport();
  const before = { ...nothingYet, ...(run.result as Partial<RunResult>) };
  let back: Back = {
    returned: before.returned ?? 0,
    stayed: before.stayed ?? 0,
    followedBack: before.followedBack ?? 0,
  };
  const begun = performance.now();
  let { done } = run;
  while (done < run.buckets && performance.now() - begun < STEP_MS) {
    if (run.stage === "taking back") back = added(back, await takeBack(ctx, run, plan, done, before.backReason ?? ""));
    else await carryBucket(ctx, run, row, plan, done, report);
    done += 1;
  }
  const seconds = before.beganAt ? (Date.now() - Date.parse(before.beganAt)) / 1000 : 0;
  const result: RunResult =
    run.stage === "taking"
      ? {
          ...before,
          written: before.written + report.written,
          queries: before.queries + report.queries,
          followed: (before.followed ?? 0) + report.followed,
          locked: before.locked + report.locked,
          undecided: before.undecided + report.undecided,
          withoutConsent: (before.withoutConsent ?? 0) + report.withoutConsent,
          withdrawn: Object.fromEntries(
            Object.entries({ ...before.withdrawn, ...report.withdrawn }).slice(0, SENTENCES),
          ),
          seconds: Math.round(seconds * 10) / 10,
        }
      : { ...before, ...(run.stage === "taking back" ? back : {}) };
  const isLast = done >= run.buckets;
  const next = { looking: "ready", taking: "taken", "taking back": "taken back" } as const;
  const now = run.stage as keyof typeof next;
  const moved = { ...run, stage: isLast ? next[now] : run.stage, done, result };
  await moveOn(ctx, moved, run.stage === "looking" ? report : undefined);
  // A step leaves rows and texts by the hundred megabytes, and the engine would take its time: the house keeps its size.
  Bun.gc(true);
  if (!isLast) await ctx.soon("studies.import_step", { ...ask, done });
  else if (now !== "looking") await finish(ctx, now, row, run, result);
}

type Back = Required<Pick<RunResult, "returned" | "stayed" | "followedBack">>;
const added = (one: Back, other: Back): Back => ({
  returned: one.returned + other.returned,
  stayed: one.stayed + other.stayed,
  followedBack: one.followedBack + other.followedBack,
});

async function finish(
  ctx: Context<Studies>,
  stage: "taking" | "taking back",
  row: ImportRow,
  run: RunRow,
  result: RunResult,
): Promise<void> {
  if (stage === "taking back") {
    const { returned = 0, stayed = 0 } = result;
    ctx.audit("studies.import_returned", { filename: row.filename, count: returned, stayed });
    sayFollowed(ctx, row.filename, result.followedBack ?? 0);
    return;
  }
  await ctx.db.one(takeFile, { id: row.id, summary: result, actor: (run.wish as unknown as ImportWish).by });
  await ctx.db.all(dropPieces, { importId: row.id });
  ctx.audit("studies.data_imported", {
    filename: row.filename,
    count: result.written,
    queries: result.queries,
    sha256: hexOf(row.sha256),
  });
  sayFollowed(ctx, row.filename, result.followed ?? 0);
}

export function sayFollowed(ctx: Context<Studies>, filename: string, count: number): void {
  if (count > 0) ctx.audit("studies.import_followed", { filename, count });
}

/** One participant's values come into one bucket, wherever they stand in the file. */
async function readInto(ctx: Context<Studies>, run: RunRow, row: ImportRow, plan: Plan): Promise<void> {
  await ctx.db.all(dropPieces, { importId: run.importId });
  const report = emptyReport();
  // A table says a value in some ten characters, a file with tags in a hundred.
  const expected = row.bytes / (row.format === "odm" || row.format === "redcap project" ? 100 : 10);
  const buckets = Math.max(1, Math.ceil(expected / BUCKET));
  const held = new Map<number, StoredValue[]>();
  const codes = new Set<string>();
  let count = 0;
  const flush = async () => {
    for (const [bucket, values] of held) await keepValues(ctx, run.importId, bucket, values);
    held.clear();
    count = 0;
  };
  try {
    for await (const value of valuesIn(await fileOf(ctx, row), plan, report)) {
      codes.add(value.subject);
      const bucket = Number(Bun.hash(value.subject) % BigInt(buckets));
      const values = held.get(bucket);
      if (values) values.push(value);
      else held.set(bucket, [value]);
      count += 1;
      if (count >= HELD) await flush();
    }
    await flush();
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    report.notes[error.message] = 1;
    await moveOn(ctx, { ...run, stage: "unreadable" }, report);
    return;
  }
  report.subjects = codes.size;
  await beginStage(ctx, run, "looking", { buckets, report });
}
const HELD = 60_000;

async function carryBucket(
  ctx: Context<Studies>,
  run: RunRow,
  row: ImportRow,
  plan: Plan,
  bucket: number,
  report: ImportReport,
): Promise<void> {
  const values = await keptValues(ctx, run.importId, bucket);
  if (values.length === 0) return;
  const isWriting = run.stage === "taking";
  const wish = wishOf(row, run.wish);
  const own = Map.groupBy(values, ({ subject }) => subject).values();
  let batch: StoredValue[] = [];
  const flush = async () => {
    if (batch.length === 0) return;
    const written = await carryBatch(ctx, { id: run.versionId, plan }, wish, batch, report, isWriting);
    if (written.length > 0) await keepWritten(ctx, run.importId, bucket, written);
    batch = [];
  };
  for (const one of own) {
    batch.push(...one);
    if (batch.length >= BATCH) await flush();
  }
  await flush();
}

export const wishOf = (row: ImportRow, wish: object): ImportWish => ({
  siteId: null,
  complete: false,
  reason: "",
  by: null,
  ...(wish as Partial<ImportWish>),
  decisions: row.decisions as Record<string, Decision>,
});

/**
 * As it was before the import: what came new is emptied, what was changed says again what it said. What was changed or
 * locked since then stays, and is counted.
 */
async function takeBack(ctx: Context<Studies>, run: RunRow, plan: Plan, bucket: number, reason: string): Promise<Back> {
  const pieces = await ctx.db.all(piecesOf, { importId: run.importId, holds: "written", bucket });
  const written = pieces.flatMap(({ content }) => (content ? unpackedJson<Written>(content) : []));
  const { by } = run.wish as unknown as ImportWish;
  let returned = 0;
  let followedBack = 0;
  for (let at = 0; at < written.length; at += BATCH) {
    const part = written.slice(at, at + BATCH);
    const rows = await ctx.db.all(writtenValues, { given: JSON.stringify(part) });
    // What was sealed before cannot be written again from its history without being opened.
    const given = rows
      .filter((row) => row.lock === null && !(row.isSealed && row.before !== null))
      .map(({ id, version, raw, nullFlavour, unit, problem }) => ({
        id,
        version,
        raw,
        null_flavour: nullFlavour,
        unit,
        problem,
      }));
    if (given.length === 0) continue;
    const back = await ctx.db.all(importChanges, { given: JSON.stringify(given), reason, by });
    returned += back.length;
    followedBack += await followBack(ctx, plan, rows, back);
    const ids = JSON.stringify(back.map(({ id }) => id));
    const resolved = await ctx.db.all(resolveImportQueries, { ids });
    if (resolved.length > 0) {
      const said = resolved.map(({ id, subjectId, blinded }) => ({
        query_id: id,
        subject_id: subjectId,
        text: "The import that this was about is taken back.",
        blinded,
      }));
      await ctx.db.all(messagesInThreads, { given: JSON.stringify(said), state: "resolved" });
    }
  }
  return { returned, stayed: written.length - returned, followedBack };
}

/** Results elsewhere go back with what they were computed from; of whom nothing is left, nothing is computed. */
async function followBack(
  ctx: Context<Studies>,
  plan: Plan,
  rows: readonly (Parameters<typeof followOthers>[2][number] & { readonly id: string })[],
  back: readonly { readonly id: string; readonly subjectId: string; readonly version: number }[],
): Promise<number> {
  const ids = JSON.stringify([...new Set(back.map(({ subjectId }) => subjectId))]);
  const people = new Set((await ctx.db.all(peopleWithAnswers, { ids })).map(({ subjectId }) => subjectId));
  const isBack = new Set(back.map(({ id }) => id));
  const answers = rows.filter(({ id, subjectId }) => isBack.has(id) && people.has(subjectId));
  const again = back.map(({ id, version }): Written[number] => [id, version]);
  return followOthers(ctx, plan, answers, new Set(), again);
}
