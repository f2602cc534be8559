/** Forms that were begun, their answers as they stand, and what the answers said before. */
import { dynamic, query } from "@core/db/query.ts";
import { clock } from "@core/tenancy/tables.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { and, asc, type Column, eq, type SQL, sql } from "drizzle-orm";
import { fieldValues, sheets, valueHistory } from "../tables.ts";

const sheet = {
  id: sheets.id,
  subjectId: sheets.subjectId,
  siteId: sheets.siteId,
  event: sheets.event,
  eventKey: sheets.eventKey,
  form: sheets.form,
  formKey: sheets.formKey,
  versionId: sheets.versionId,
  state: sheets.state,
  stateReason: sheets.stateReason,
  revision: sheets.revision,
  completedAt: sheets.completedAt,
  completedBy: sheets.completedBy,
  twice: sheets.twice,
  hands: sheets.hands,
  madeBy: sheets.madeBy,
};
/** The strictest lock above a form or, with `item`, one of its fields. Where nothing is locked nobody asks form by form. */
export const lockOver = (item: SQL | Column = sql`null`) =>
  sql<
    "frozen" | "locked" | null
  >`case when (select studies.has_locks()) then studies.lock_above(${sheets.siteId}, ${sheets.subjectId}, ${sheets.event}, ${sheets.eventKey}, ${sheets.id}, ${item}) end`;
const lock = lockOver();

export const sheetById = query<{ id: string }>()((db, $) =>
  db
    .select({ ...sheet, lock })
    .from(sheets)
    .where(eq(sheets.id, $.id)),
);

export const sheetAt = query<{ subjectId: string; event: string; eventKey: string; form: string; formKey: string }>()(
  (db, $) =>
    db
      .select({ ...sheet, lock })
      .from(sheets)
      .where(
        and(
          eq(sheets.subjectId, $.subjectId),
          eq(sheets.event, $.event),
          eq(sheets.eventKey, $.eventKey),
          eq(sheets.form, $.form),
          eq(sheets.formKey, $.formKey),
        ),
      ),
);
export type SheetRow = Awaited<ReturnType<typeof sheetAt.map>>;

export const sheetsOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select({ ...sheet, lock })
    .from(sheets)
    .where(eq(sheets.subjectId, $.subjectId))
    .orderBy(asc(sheets.event), asc(sheets.eventKey), asc(sheets.form), asc(sheets.formKey)),
);

export const beginSheet = query<{
  id: string;
  subjectId: string;
  siteId: string | null;
  event: string;
  eventKey: string;
  form: string;
  formKey: string;
  versionId: string;
  twice: boolean;
}>()((db, $) =>
  db
    .insert(sheets)
    .values({
      id: $.id,
      subjectId: $.subjectId,
      siteId: $.siteId,
      event: $.event,
      eventKey: $.eventKey,
      form: $.form,
      formKey: $.formKey,
      versionId: $.versionId,
      twice: $.twice,
    })
    .onConflictDoNothing()
    .returning({ id: sheets.id, subjectId: sheets.subjectId }),
);

export const setState = query<{ id: string; state: string; reason: string; actor: string | null }>()((db, $) =>
  db
    .update(sheets)
    .set({
      state: sql`${$.state}`,
      stateReason: sql`${$.reason}`,
      completedAt: sql`case when ${$.state} = 'complete' then ${clock()} end`,
      completedBy: sql`case when ${$.state} = 'complete' then ${$.actor}::uuid end`,
    })
    .where(eq(sheets.id, $.id))
    .returning({ id: sheets.id, subjectId: sheets.subjectId }),
);

const value = {
  id: fieldValues.id,
  subjectId: fieldValues.subjectId,
  sheetId: fieldValues.sheetId,
  section: fieldValues.section,
  sectionKey: fieldValues.sectionKey,
  item: fieldValues.item,
  raw: fieldValues.raw,
  nullFlavour: fieldValues.nullFlavour,
  unit: fieldValues.unit,
  sealed: fieldValues.sealed,
  problem: fieldValues.problem,
  version: fieldValues.version,
  source: fieldValues.source,
  reason: fieldValues.reason,
  changedAt: fieldValues.changedAt,
  changedBy: fieldValues.changedBy,
};

export const valuesOf = query<{ sheetId: string }>()((db, $) =>
  db.select(value).from(fieldValues).where(eq(fieldValues.sheetId, $.sheetId)),
);
export type ValueRow = Awaited<ReturnType<typeof valuesOf.map>>;

/** All answers of a participant with their places: what rules that look at other forms need. */
export const answersOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select({
      id: fieldValues.id,
      subjectId: fieldValues.subjectId,
      sheetId: fieldValues.sheetId,
      event: sheets.event,
      eventKey: sheets.eventKey,
      form: sheets.form,
      formKey: sheets.formKey,
      section: fieldValues.section,
      sectionKey: fieldValues.sectionKey,
      item: fieldValues.item,
      raw: fieldValues.raw,
      nullFlavour: fieldValues.nullFlavour,
      unit: fieldValues.unit,
    })
    .from(fieldValues)
    .innerJoin(sheets, eq(fieldValues.sheetId, sheets.id))
    .where(eq(fieldValues.subjectId, $.subjectId)),
);

export interface NewValue {
  readonly id: string;
  readonly subjectId: string;
  readonly siteId: string | null;
  readonly sheetId: string;
  readonly form: string;
  readonly section: string;
  readonly sectionKey: string;
  readonly item: string;
  readonly raw: string | null;
  readonly nullFlavour: string | null;
  readonly unit: string | null;
  readonly sealed: Sealed<string> | null;
  readonly blinded: boolean;
  readonly problem: string | null;
  readonly source: string;
  readonly reason: string;
}

/** Many in one statement. What somebody else wrote into the same place meanwhile stays, and its row does not come back. */
export const addValues = (rows: readonly NewValue[]) =>
  dynamic((db) =>
    db
      .insert(fieldValues)
      .values(rows as never)
      .onConflictDoNothing()
      .returning({ id: fieldValues.id, subjectId: fieldValues.subjectId }),
  );

/** `given`: [{"id", "version", "raw", "null_flavour", "unit", "problem", "source", "reason"}] as JSON. Only rows still in that version change. */
export const changeValues = query<{ given: string }>()((db, $) =>
  db
    .update(fieldValues)
    .set({
      raw: sql`given.raw`,
      nullFlavour: sql`given.null_flavour`,
      unit: sql`given.unit`,
      sealed: sql`null`,
      problem: sql`given.problem`,
      source: sql`given.source`,
      reason: sql`given.reason`,
    })
    .from(
      sql`jsonb_to_recordset(${$.given}::jsonb) as given(id uuid, version int, raw text, null_flavour text, unit text, problem text, source text, reason text)`,
    )
    .where(and(eq(fieldValues.id, sql`given.id`), eq(fieldValues.version, sql`given.version`)))
    .returning({ id: fieldValues.id, subjectId: fieldValues.subjectId }),
);

export const changeSealed = query<{
  id: string;
  version: number;
  sealed: Sealed<string> | null;
  nullFlavour: string | null;
  source: string;
  reason: string;
}>()((db, $) =>
  db
    .update(fieldValues)
    .set({
      raw: sql`null`,
      sealed: sql`${sql.param($.sealed, fieldValues.sealed)}`,
      nullFlavour: sql`${$.nullFlavour}`,
      source: sql`${$.source}`,
      reason: sql`${$.reason}`,
    })
    .where(and(eq(fieldValues.id, $.id), eq(fieldValues.version, $.version)))
    .returning({ id: fieldValues.id, subjectId: fieldValues.subjectId }),
);

const earlier = {
  id: valueHistory.id,
  subjectId: valueHistory.subjectId,
  valueId: valueHistory.valueId,
  section: valueHistory.section,
  sectionKey: valueHistory.sectionKey,
  item: valueHistory.item,
  raw: valueHistory.raw,
  nullFlavour: valueHistory.nullFlavour,
  unit: valueHistory.unit,
  problem: valueHistory.problem,
  isSealed: sql<boolean>`${valueHistory.sealed} is not null`,
  version: valueHistory.version,
  source: valueHistory.source,
  reason: valueHistory.reason,
  changedAt: valueHistory.changedAt,
  changedBy: valueHistory.changedBy,
};

export const historyOf = query<{ sheetId: string }>()((db, $) =>
  db.select(earlier).from(valueHistory).where(eq(valueHistory.sheetId, $.sheetId)).orderBy(asc(valueHistory.version)),
);
export type HistoryRow = Awaited<ReturnType<typeof historyOf.map>>;
