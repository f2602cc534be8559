/** Files as they came in, and what was decided about them. */
import { query } from "@core/db/query.ts";
import { clock } from "@core/tenancy/tables.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { and, asc, desc, eq, isNotNull, isNull, sql } from "drizzle-orm";
import type { Quotes } from "../import/carrying.ts";
import { closedForms, type ImportStage, importPieces, importRuns, imports } from "../tables.ts";

export const keepFile = query<{
  id: string;
  purpose: "definition" | "data";
  filename: string;
  format: string;
  sha256: Uint8Array;
  bytes: number;
  dataFile: Sealed<Uint8Array> | null;
  definitionFile: Sealed<Uint8Array> | null;
}>()((db, $) =>
  db
    .insert(imports)
    .values({
      id: $.id,
      purpose: $.purpose as never,
      filename: $.filename,
      format: $.format,
      sha256: $.sha256,
      bytes: $.bytes,
      dataFile: $.dataFile,
      definitionFile: $.definitionFile,
    })
    .returning({ id: imports.id }),
);

export const keptFile = query<{ id: string }>()((db, $) =>
  db
    .select({ id: imports.id, raw: imports.raw, dataFile: imports.dataFile, definitionFile: imports.definitionFile })
    .from(imports)
    .where(eq(imports.id, $.id)),
);

export const unsealedFiles = query()((db) =>
  db
    .select({ id: imports.id, purpose: imports.purpose, raw: imports.raw })
    .from(imports)
    .where(isNotNull(imports.raw))
    .limit(20),
);
export const sealFile = query<{
  id: string;
  dataFile: Sealed<Uint8Array> | null;
  definitionFile: Sealed<Uint8Array> | null;
}>()((db, $) =>
  db
    .update(imports)
    .set({
      raw: sql`null`,
      dataFile: sql`${sql.param($.dataFile, imports.dataFile)}`,
      definitionFile: sql`${sql.param($.definitionFile, imports.definitionFile)}`,
    })
    .where(eq(imports.id, $.id))
    .returning({ id: imports.id }),
);

export const fileById = query<{ id: string }>()((db, $) =>
  db
    .select({
      id: imports.id,
      purpose: imports.purpose,
      filename: imports.filename,
      format: imports.format,
      sha256: imports.sha256,
      bytes: imports.bytes,
      mapping: imports.mapping,
      decisions: imports.decisions,
      summary: imports.summary,
      takenAt: imports.takenAt,
      takenBy: imports.takenBy,
      abandonedAt: imports.abandonedAt,
      madeAt: imports.madeAt,
      madeBy: imports.madeBy,
    })
    .from(imports)
    .where(eq(imports.id, $.id)),
);
export type ImportRow = Awaited<ReturnType<typeof fileById.map>>;

export const filesFor = query<{ purpose: "definition" | "data" }>()((db, $) =>
  db
    .select({
      id: imports.id,
      filename: imports.filename,
      format: imports.format,
      bytes: imports.bytes,
      summary: imports.summary,
      takenAt: imports.takenAt,
      abandonedAt: imports.abandonedAt,
      madeAt: imports.madeAt,
      madeBy: imports.madeBy,
      run: importRuns.id,
      stage: importRuns.stage,
      buckets: importRuns.buckets,
      done: importRuns.done,
    })
    .from(imports)
    .leftJoin(importRuns, eq(importRuns.importId, imports.id))
    .where(eq(imports.purpose, $.purpose as never))
    .orderBy(desc(imports.madeAt))
    .limit(50),
);

const open = and(isNull(imports.takenAt), isNull(imports.abandonedAt));

export const decideFile = query<{ id: string; mapping: object | null; decisions: object }>()((db, $) =>
  db
    .update(imports)
    .set({
      mapping: sql`${sql.param($.mapping, imports.mapping)}`,
      decisions: sql`${sql.param($.decisions, imports.decisions)}`,
    })
    .where(and(eq(imports.id, $.id), open))
    .returning({ id: imports.id }),
);

/** No row when it was taken or abandoned already: nothing is ever taken twice. */
export const takeFile = query<{ id: string; summary: object; actor: string | null }>()((db, $) =>
  db
    .update(imports)
    .set({
      takenAt: clock(),
      takenBy: sql`${$.actor}::uuid`,
      summary: sql`${sql.param($.summary, imports.summary)}`,
    })
    .where(and(eq(imports.id, $.id), open))
    .returning({ id: imports.id }),
);

export const abandonFile = query<{ id: string }>()((db, $) =>
  db
    .update(imports)
    .set({ abandonedAt: clock() })
    .where(and(eq(imports.id, $.id), open))
    .returning({ id: imports.id }),
);

const run = {
  id: importRuns.id,
  importId: importRuns.importId,
  versionId: importRuns.versionId,
  stage: importRuns.stage,
  buckets: importRuns.buckets,
  done: importRuns.done,
  wish: importRuns.wish,
  report: importRuns.report,
  found: importRuns.found,
  result: importRuns.result,
  movedAt: importRuns.movedAt,
};
export const runOf = query<{ importId: string }>()((db, $) =>
  db.select(run).from(importRuns).where(eq(importRuns.importId, $.importId)),
);
export type RunRow = Awaited<ReturnType<typeof runOf.map>>;
/** Two steps of one import never run side by side. */
export const runToStep = query<{ importId: string }>()((db, $) =>
  db.select(run).from(importRuns).where(eq(importRuns.importId, $.importId)).for("update"),
);

export const beginRun = query<{
  id: string;
  importId: string;
  versionId: string;
  stage: ImportStage;
  result: object;
}>()((db, $) =>
  db
    .insert(importRuns)
    .values({
      id: $.id,
      importId: $.importId,
      versionId: $.versionId,
      stage: $.stage as never,
      result: sql`${sql.param($.result, importRuns.result)}`,
    })
    .onConflictDoNothing()
    .returning({ id: importRuns.id }),
);

/** `found`: null keeps what is there. */
export const moveRun = query<{
  id: string;
  stage: ImportStage;
  buckets: number;
  done: number;
  wish: object;
  report: object;
  found: Sealed<Quotes> | null;
  result: object;
}>()((db, $) =>
  db
    .update(importRuns)
    .set({
      stage: sql`${$.stage}`,
      buckets: sql`${$.buckets}::int`,
      done: sql`${$.done}::int`,
      wish: sql`${sql.param($.wish, importRuns.wish)}`,
      report: sql`${sql.param($.report, importRuns.report)}`,
      found: sql`coalesce(${sql.param($.found, importRuns.found)}, ${importRuns.found})`,
      result: sql`${sql.param($.result, importRuns.result)}`,
    })
    .where(eq(importRuns.id, $.id))
    .returning({ id: importRuns.id }),
);

export const keepPiece = query<{
  id: string;
  importId: string;
  holds: "values" | "written";
  bucket: number;
  content: Uint8Array | null;
  fileValues: Sealed<Uint8Array> | null;
}>()((db, $) =>
  db
    .insert(importPieces)
    .values({
      id: $.id,
      importId: $.importId,
      holds: $.holds as never,
      bucket: $.bucket,
      content: $.content,
      fileValues: $.fileValues,
    })
    .returning({ id: importPieces.id }),
);
export const piecesOf = query<{ importId: string; holds: "values" | "written"; bucket: number }>()((db, $) =>
  db
    .select({ id: importPieces.id, content: importPieces.content, fileValues: importPieces.fileValues })
    .from(importPieces)
    .where(
      and(
        eq(importPieces.importId, $.importId),
        eq(importPieces.holds, $.holds as never),
        eq(importPieces.bucket, $.bucket),
      ),
    )
    .orderBy(asc(importPieces.madeAt), asc(importPieces.id)),
);
/** They are in the file, which is kept. */
export const dropPieces = query<{ importId: string }>()((db, $) =>
  db
    .delete(importPieces)
    .where(and(eq(importPieces.importId, $.importId), eq(importPieces.holds, "values")))
    .returning({ id: importPieces.id }),
);

export const formsClosedTo = query<{ personId: string }>()((db, $) =>
  db
    .select({ id: closedForms.id, form: closedForms.form })
    .from(closedForms)
    .where(and(eq(closedForms.personId, $.personId), isNull(closedForms.openedAt))),
);
