/** All values in the order of a file, as they are or as they were at a moment. Streamed: nothing holds all of them. */
import { type Builder, dynamic, query } from "@core/db/query.ts";
import { sites, subjects } from "@core/tenancy/tables.ts";
import { and, asc, desc, eq, inArray, lte, or, type SQL, sql } from "drizzle-orm";
import { fieldValues, sheetSignatures, sheets, valueHistory } from "../tables.ts";

export interface ExportFilter {
  readonly siteId?: string | undefined;
  readonly form?: string | undefined;
  readonly sections?: readonly string[] | undefined;
  /** Null: now. */
  readonly asOf: Date | null;
  /** Only these participants; null: all. */
  readonly subjects: readonly string[] | null;
}

const wanted = ({ siteId, form, sections, subjects: only }: ExportFilter): SQL | undefined =>
  and(
    // One text and not one value each: there may be more of them than a statement takes values.
    only ? sql`${fieldValues.subjectId} = any(${`{${only.join(",")}}`}::uuid[])` : undefined,
    siteId ? eq(subjects.siteId, siteId) : undefined,
    form ? eq(fieldValues.form, form) : undefined,
    sections ? inArray(fieldValues.section, [...sections]) : undefined,
  );

const instant = (column: unknown) =>
  sql<string>`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const place = {
  id: fieldValues.id,
  subjectId: fieldValues.subjectId,
  subject: subjects.code,
  site: sites.code,
  sheetId: fieldValues.sheetId,
  event: sheets.event,
  eventKey: sheets.eventKey,
  form: sheets.form,
  formKey: sheets.formKey,
  section: fieldValues.section,
  sectionKey: fieldValues.sectionKey,
  item: fieldValues.item,
};
const order = [
  asc(subjects.code),
  asc(sheets.event),
  asc(sheets.eventKey),
  asc(sheets.form),
  asc(sheets.formKey),
  asc(fieldValues.section),
  asc(fieldValues.sectionKey),
  asc(fieldValues.item),
];

export const exportedValues = (filter: ExportFilter) =>
  filter.asOf ? valuesAsOf(filter, filter.asOf) : valuesNow(filter);
export type ExportedRow = Awaited<ReturnType<ReturnType<typeof valuesNow>["map"]>>;

const now = {
  ...place,
  raw: sql<string | null>`${fieldValues.raw}`,
  nullFlavour: sql<string | null>`${fieldValues.nullFlavour}`,
  unit: sql<string | null>`${fieldValues.unit}`,
  problem: sql<string | null>`${fieldValues.problem}`,
  isSealed: sql<boolean>`${fieldValues.sealed} is not null`,
  version: sql<number>`${fieldValues.version}`,
  source: sql<string>`${fieldValues.source}`,
  changedAt: sql<string>`to_char(${fieldValues.changedAt} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`,
};

const valuesNow = (filter: ExportFilter) =>
  dynamic((db) =>
    db
      .select(now)
      .from(fieldValues)
      .innerJoin(sheets, eq(fieldValues.sheetId, sheets.id))
      .innerJoin(subjects, eq(fieldValues.subjectId, subjects.id))
      .leftJoin(sites, eq(subjects.siteId, sites.id))
      .where(wanted(filter))
      .orderBy(...order),
  );

/** With who made each so and why: an archival file needs no second look at what never changed. */
export const auditedValues = (filter: ExportFilter) =>
  filter.asOf ? auditedAsOf(filter, filter.asOf) : auditedNow(filter);
export type AuditedRow = Awaited<ReturnType<ReturnType<typeof auditedNow>["map"]>>;

const auditedNow = (filter: ExportFilter) =>
  dynamic((db) =>
    db
      .select({ ...now, reason: fieldValues.reason, by: fieldValues.changedBy, at: instant(fieldValues.changedAt) })
      .from(fieldValues)
      .innerJoin(sheets, eq(fieldValues.sheetId, sheets.id))
      .innerJoin(subjects, eq(fieldValues.subjectId, subjects.id))
      .leftJoin(sites, eq(subjects.siteId, sites.id))
      .where(wanted(filter))
      .orderBy(...order),
  );

/** Of each value the newest version that was there by then; what came later is not. */
function thenOf(db: Builder, moment: SQL) {
  return db
    .select({
      raw: valueHistory.raw,
      nullFlavour: valueHistory.nullFlavour,
      unit: valueHistory.unit,
      problem: valueHistory.problem,
      isSealed: sql<boolean>`${valueHistory.sealed} is not null`.as("is_sealed"),
      version: valueHistory.version,
      source: valueHistory.source,
      reason: valueHistory.reason,
      changedAt: valueHistory.changedAt,
      changedBy: valueHistory.changedBy,
    })
    .from(valueHistory)
    .where(
      and(
        eq(valueHistory.tenantId, fieldValues.tenantId),
        eq(valueHistory.workspaceId, fieldValues.workspaceId),
        eq(valueHistory.valueId, fieldValues.id),
        lte(valueHistory.changedAt, moment as never),
        sql`${fieldValues.changedAt} > ${moment}`,
      ),
    )
    .orderBy(desc(valueHistory.version))
    .limit(1)
    .as("earlier");
}
type Then = ReturnType<typeof thenOf>;
const momentOf = (at: Date) => sql`${at.toISOString()}::timestamptz`;
const isBy = (moment: SQL) => sql`${fieldValues.changedAt} <= ${moment}`;

const shownThen = (then: Then, isNow: SQL) => ({
  ...place,
  raw: sql<string | null>`case when ${isNow} then ${fieldValues.raw} else ${then.raw} end`,
  nullFlavour: sql<string | null>`case when ${isNow} then ${fieldValues.nullFlavour} else ${then.nullFlavour} end`,
  unit: sql<string | null>`case when ${isNow} then ${fieldValues.unit} else ${then.unit} end`,
  problem: sql<string | null>`case when ${isNow} then ${fieldValues.problem} else ${then.problem} end`,
  isSealed: sql<boolean>`case when ${isNow} then ${fieldValues.sealed} is not null else earlier.is_sealed end`,
  version: sql<number>`case when ${isNow} then ${fieldValues.version} else ${then.version} end`,
  source: sql<string>`case when ${isNow} then ${fieldValues.source} else ${then.source} end`,
  changedAt: sql<string>`to_char(case when ${isNow} then ${fieldValues.changedAt} else ${then.changedAt} end at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`,
});
const auditThen = (then: Then, isNow: SQL) => ({
  reason: sql<string>`case when ${isNow} then ${fieldValues.reason} else ${then.reason} end`,
  by: sql<string | null>`case when ${isNow} then ${fieldValues.changedBy} else ${then.changedBy} end`,
  at: instant(sql`case when ${isNow} then ${fieldValues.changedAt} else ${then.changedAt} end`),
});

const valuesAsOf = (filter: ExportFilter, at: Date) =>
  dynamic((db) => {
    const then = thenOf(db, momentOf(at));
    const isNow = isBy(momentOf(at));
    return db
      .select(shownThen(then, isNow))
      .from(fieldValues)
      .innerJoin(sheets, eq(fieldValues.sheetId, sheets.id))
      .innerJoin(subjects, eq(fieldValues.subjectId, subjects.id))
      .leftJoin(sites, eq(subjects.siteId, sites.id))
      .leftJoinLateral(then, sql`true`)
      .where(and(wanted(filter), or(isNow, sql`${then.version} is not null`)))
      .orderBy(...order);
  });

const auditedAsOf = (filter: ExportFilter, at: Date) =>
  dynamic((db) => {
    const then = thenOf(db, momentOf(at));
    const isNow = isBy(momentOf(at));
    return db
      .select({ ...shownThen(then, isNow), ...auditThen(then, isNow) })
      .from(fieldValues)
      .innerJoin(sheets, eq(fieldValues.sheetId, sheets.id))
      .innerJoin(subjects, eq(fieldValues.subjectId, subjects.id))
      .leftJoin(sites, eq(subjects.siteId, sites.id))
      .leftJoinLateral(then, sql`true`)
      .where(and(wanted(filter), or(isNow, sql`${then.version} is not null`)))
      .orderBy(...order);
  });

const among = (column: unknown, ids: unknown) =>
  sql`${column} in (select one::uuid from jsonb_array_elements_text(${ids}::jsonb) one)`;

/** What each of these values was before. */
export const earlierOfValues = query<{ ids: string }>()((db, $) =>
  db
    .select({
      id: valueHistory.id,
      subjectId: valueHistory.subjectId,
      valueId: valueHistory.valueId,
      raw: valueHistory.raw,
      nullFlavour: valueHistory.nullFlavour,
      unit: valueHistory.unit,
      isSealed: sql<boolean>`${valueHistory.sealed} is not null`,
      version: valueHistory.version,
      source: valueHistory.source,
      reason: valueHistory.reason,
      by: valueHistory.changedBy,
      at: instant(valueHistory.changedAt),
    })
    .from(valueHistory)
    .where(among(valueHistory.valueId, $.ids)),
);
export const signaturesOfSheets = query<{ ids: string }>()((db, $) =>
  db
    .select({
      id: sheetSignatures.id,
      subjectId: sheetSignatures.subjectId,
      sheetId: sheetSignatures.sheetId,
      by: sheetSignatures.madeBy,
      printedName: sheetSignatures.printedName,
      meaning: sheetSignatures.meaning,
      sha256: sql<string>`encode(${sheetSignatures.sha256}, 'hex')`,
      stands: sql<boolean>`${sheetSignatures.revision} = ${sheets.revision}`,
      at: instant(sheetSignatures.madeAt),
    })
    .from(sheetSignatures)
    .innerJoin(sheets, eq(sheets.id, sheetSignatures.sheetId))
    .where(among(sheetSignatures.sheetId, $.ids))
    .orderBy(desc(sheetSignatures.madeAt)),
);
/** Everyone who wrote or signed something, and what signing meant: a file names them before the data. */
export const writers = query()((db) => db.selectDistinct({ by: fieldValues.changedBy }).from(fieldValues));
export const earlierWriters = query()((db) => db.selectDistinct({ by: valueHistory.changedBy }).from(valueHistory));
export const signers = query()((db) =>
  db
    .selectDistinct({ by: sheetSignatures.madeBy, name: sheetSignatures.printedName, meaning: sheetSignatures.meaning })
    .from(sheetSignatures),
);
