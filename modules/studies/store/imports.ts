/** Files as they came in, and what was decided about them. */
import { query } from "@core/db/query.ts";
import { clock } from "@core/tenancy/tables.ts";
import { and, desc, eq, isNull, sql } from "drizzle-orm";
import { imports } from "../tables.ts";

export const keepFile = query<{
  id: string;
  purpose: "definition" | "data";
  filename: string;
  format: string;
  sha256: Uint8Array;
  bytes: number;
  raw: Uint8Array;
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
      raw: $.raw,
    })
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
      raw: imports.raw,
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
    })
    .from(imports)
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
