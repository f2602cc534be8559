/** Glucose readings, from texts and from files, and the rows of files that nobody could read for certain. */
import { dynamic, query } from "@core/db/query.ts";
import { clock } from "@core/tenancy/tables.ts";
import { and, asc, desc, eq, isNull, sql } from "drizzle-orm";
import { importRows, imports, readings } from "../tables.ts";
import type { Tier } from "../tier.ts";

const reading = {
  id: readings.id,
  subjectId: readings.subjectId,
  at: readings.at,
  localAt: readings.localAt,
  mgdl: readings.mgdl,
  meterWord: readings.meterWord,
  meal: readings.meal,
  source: readings.source,
  tier: readings.tier,
  messageId: readings.messageId,
};
export const addReading = query<{
  id: string;
  subjectId: string;
  at: Date;
  localAt: string;
  mgdl: number | null;
  meterWord: "HI" | "LO" | null;
  meal: string | null;
  tier: Tier;
  messageId: string;
}>()((db, $) =>
  db
    .insert(readings)
    .values({
      id: $.id,
      subjectId: $.subjectId,
      at: $.at,
      localAt: $.localAt,
      mgdl: sql`${$.mgdl}::numeric`,
      meterWord: $.meterWord,
      meal: $.meal,
      source: "text",
      tier: $.tier,
      messageId: $.messageId,
    })
    .returning({ id: readings.id, subjectId: readings.subjectId }),
);

/** The newest that stand, since a moment (ISO). */
export const readingsSince = query<{ subjectId: string; since: string }>()((db, $) =>
  db
    .select(reading)
    .from(readings)
    .where(
      and(
        eq(readings.subjectId, $.subjectId),
        isNull(readings.supersededBy),
        sql`${readings.at} >= ${$.since}::timestamptz`,
      ),
    )
    .orderBy(desc(readings.at)),
);
export type ReadingRow = Awaited<ReturnType<typeof readingsSince.map>>;

/** What a correction takes the place of: the newest text reading of the last day, of that value when one was named. */
export const toCorrect = query<{ subjectId: string; mgdl: number | null }>()((db, $) =>
  db
    .select(reading)
    .from(readings)
    .where(
      and(
        eq(readings.subjectId, $.subjectId),
        eq(readings.source, "text"),
        isNull(readings.supersededBy),
        sql`${readings.at} > clock_timestamp() - interval '1 day'`,
        sql`(${$.mgdl}::numeric is null or abs(${readings.mgdl} - ${$.mgdl}::numeric) < 0.6)`,
      ),
    )
    .orderBy(desc(readings.at))
    .limit(1),
);
export const supersede = query<{ id: string; by: string }>()((db, $) =>
  db
    .update(readings)
    .set({ supersededBy: sql`${$.by}::uuid` })
    .where(and(eq(readings.id, $.id), isNull(readings.supersededBy)))
    .returning({ id: readings.id, subjectId: readings.subjectId }),
);

export const addImport = query<{
  id: string;
  subjectId: string;
  source: "meter-file" | "sensor-file";
  filename: string;
  sha256: string;
  rows: number;
  readings: number;
  repeated: number;
}>()((db, $) =>
  db
    .insert(imports)
    .values({
      id: $.id,
      subjectId: $.subjectId,
      source: $.source,
      filename: $.filename,
      sha256: $.sha256,
      rows: $.rows,
      readings: $.readings,
      repeated: $.repeated,
    })
    .returning({ id: imports.id, subjectId: imports.subjectId }),
);
export const importOfHash = query<{ subjectId: string; sha256: string }>()((db, $) =>
  db
    .select({ id: imports.id, subjectId: imports.subjectId, filename: imports.filename, madeAt: imports.madeAt })
    .from(imports)
    .where(and(eq(imports.subjectId, $.subjectId), eq(imports.sha256, $.sha256))),
);
export const importsOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select({
      id: imports.id,
      subjectId: imports.subjectId,
      source: imports.source,
      filename: imports.filename,
      rows: imports.rows,
      readings: imports.readings,
      repeated: imports.repeated,
      madeAt: imports.madeAt,
    })
    .from(imports)
    .where(eq(imports.subjectId, $.subjectId))
    .orderBy(desc(imports.madeAt)),
);
/** `rows`: [{"id", "at", "local_at", "mgdl", "meal", "tier"}] as JSON; what is there already is not added twice. */
export const addImported = query<{ subjectId: string; importId: string; source: string; rows: string }>()((db, $) =>
  db
    .insert(readings)
    .select((made) =>
      made
        .select({
          tenantId: sql`core.tenant()`.as("tenant_id"),
          workspaceId: sql`core.workspace()`.as("workspace_id"),
          id: sql`one.id`.as("id"),
          madeAt: sql`clock_timestamp()`.as("made_at"),
          madeBy: sql`core.actor()`.as("made_by"),
          subjectId: sql`${$.subjectId}::uuid`.as("subject_id"),
          at: sql`one.at`.as("at"),
          localAt: sql`one.local_at`.as("local_at"),
          mgdl: sql`one.mgdl`.as("mgdl"),
          meterWord: sql`null::text`.as("meter_word"),
          meal: sql`one.meal`.as("meal"),
          source: sql`${$.source}::text`.as("source"),
          tier: sql`one.tier`.as("tier"),
          messageId: sql`null::uuid`.as("message_id"),
          importId: sql`${$.importId}::uuid`.as("import_id"),
          supersededBy: sql`null::uuid`.as("superseded_by"),
        })
        .from(
          sql`jsonb_to_recordset(${$.rows}::jsonb) as one(id uuid, at timestamptz, local_at text, mgdl numeric, meal text, tier text)`,
        ),
    )
    .onConflictDoNothing()
    .returning({ id: readings.id, subjectId: readings.subjectId }),
);
export const addImportRows = (rows: readonly (typeof importRows.$inferInsert)[]) =>
  dynamic((db) =>
    db
      .insert(importRows)
      .values([...rows])
      .returning({ id: importRows.id, subjectId: importRows.subjectId }),
  );
export const rowsInDoubt = query<{ subjectId: string }>()((db, $) =>
  db
    .select({
      id: importRows.id,
      subjectId: importRows.subjectId,
      importId: importRows.importId,
      line: importRows.line,
      text: importRows.text,
      sentence: importRows.sentence,
      meterWord: importRows.meterWord,
    })
    .from(importRows)
    .where(and(eq(importRows.subjectId, $.subjectId), isNull(importRows.decidedAt)))
    .orderBy(asc(importRows.line)),
);
export const decideRow = query<{ id: string; decision: "kept-as-word" | "set-aside"; by: string }>()((db, $) =>
  db
    .update(importRows)
    .set({ decision: sql`${$.decision}`, decidedBy: sql`${$.by}::uuid`, decidedAt: clock() })
    .where(and(eq(importRows.id, $.id), isNull(importRows.decidedAt)))
    .returning({ id: importRows.id, subjectId: importRows.subjectId }),
);
