/** How the study gets on, counted by the database: enrolment, forms, queries, comparison, and signals in the values. */
import { dynamic, query } from "@core/db/query.ts";
import { subjects } from "@core/tenancy/tables.ts";
import { and, asc, count, desc, eq, isNotNull, type SQL, sql } from "drizzle-orm";
import { fieldValues, participants, queries, sheets, visits } from "../tables.ts";

/** A form that was begun more than two weeks after its visit was entered from memory or from a pile of paper. */
export const LATE_DAYS = 14;
const sameVisit = and(
  eq(visits.subjectId, sheets.subjectId),
  eq(visits.event, sheets.event),
  eq(visits.eventKey, sheets.eventKey),
);
const delay = sql<number | null>`(${sheets.madeAt}::date - ${visits.happenedOn})`;

export const enrolledBySite = query()((db) =>
  db
    .select({
      siteId: subjects.siteId,
      month: sql<string>`to_char(${participants.enrolledOn}, 'YYYY-MM')`,
      count: count(),
      withdrawn: sql<number>`count(*) filter (where ${participants.status} in ('withdrawn', 'screen-failed'))::int`,
    })
    .from(participants)
    .innerJoin(subjects, eq(participants.subjectId, subjects.id))
    .groupBy(subjects.siteId, sql`2`)
    .orderBy(asc(sql`2`)),
);

export const formsBySite = query()((db) =>
  db
    .select({
      siteId: sheets.siteId,
      forms: count(),
      complete: sql<number>`count(*) filter (where ${sheets.state} = 'complete')::int`,
      /** With a day of their visit, so that it can be told. */
      dated: sql<number>`count(*) filter (where ${visits.happenedOn} is not null)::int`,
      late: sql<number>`count(*) filter (where ${delay} > ${sql.raw(String(LATE_DAYS))})::int`,
    })
    .from(sheets)
    .leftJoin(visits, sameVisit)
    .groupBy(sheets.siteId),
);

export const queriesBySite = query()((db) =>
  db
    .select({
      siteId: queries.siteId,
      all: count(),
      open: sql<number>`count(*) filter (where ${queries.state} = 'open')::int`,
      answered: sql<number>`count(*) filter (where ${queries.state} = 'answered')::int`,
      fresh: sql<number>`count(*) filter (where ${queries.state} in ('open', 'answered') and ${queries.madeAt} > now() - interval '7 days')::int`,
      older: sql<number>`count(*) filter (where ${queries.state} in ('open', 'answered') and ${queries.madeAt} <= now() - interval '7 days' and ${queries.madeAt} > now() - interval '30 days')::int`,
      oldest: sql<number>`count(*) filter (where ${queries.state} in ('open', 'answered') and ${queries.madeAt} <= now() - interval '30 days')::int`,
    })
    .from(queries)
    .groupBy(queries.siteId),
);

const isMissing = sql`${fieldValues.nullFlavour} is not null`;
const isChanged = sql`(${fieldValues.version} > 1 and ${fieldValues.source} <> 'calculation')`;
/** At a weekend, or between nine in the evening and five in the morning (UTC). */
const isOdd = sql`(${fieldValues.source} <> 'import' and (extract(isodow from ${fieldValues.madeAt} at time zone 'UTC') > 5 or extract(hour from ${fieldValues.madeAt} at time zone 'UTC') not between 5 and 20))`;
const isMeasured = sql`(${fieldValues.raw} ~ '^[0-9]{2,4}$' and ${fieldValues.source} <> 'calculation')`;

export const valuesBySite = query()((db) =>
  db
    .select({
      siteId: fieldValues.siteId,
      values: count(),
      missing: sql<number>`count(*) filter (where ${isMissing})::int`,
      changed: sql<number>`count(*) filter (where ${isChanged})::int`,
      odd: sql<number>`count(*) filter (where ${isOdd})::int`,
    })
    .from(fieldValues)
    .groupBy(fieldValues.siteId),
);

/** How often each last digit stands in whole numbers of two places and more: who rounds, shows here. */
export const lastDigits = query()((db) =>
  db
    .select({
      siteId: fieldValues.siteId,
      item: fieldValues.item,
      digit: sql<string>`right(${fieldValues.raw}, 1)`,
      count: count(),
    })
    .from(fieldValues)
    .where(and(isNotNull(fieldValues.raw), isMeasured))
    .groupBy(fieldValues.siteId, fieldValues.item, sql`3`)
    .having(sql`count(*) > 0`),
);

// ── The lists behind the numbers ────────────────────────────────────────────────────────────────────────────────────

export interface AnswerFilter {
  readonly what: "changed" | "missing" | "odd" | "digit";
  readonly siteId: string;
  /** Of last digits: whose. */
  readonly item?: string | undefined;
  readonly digit?: string | undefined;
}

function answersWanted({ what, siteId, item, digit }: AnswerFilter): SQL | undefined {
  const kind = { changed: isChanged, missing: isMissing, odd: isOdd, digit: isMeasured }[what];
  return and(
    eq(fieldValues.siteId, siteId),
    kind,
    item ? eq(fieldValues.item, item) : undefined,
    digit ? sql`right(${fieldValues.raw}, 1) = ${digit}` : undefined,
  );
}

export const answersCount = (filter: AnswerFilter) =>
  dynamic((db) => db.select({ count: count() }).from(fieldValues).where(answersWanted(filter)));

export const answersPage = (filter: AnswerFilter, limit: number, offset: number) =>
  dynamic((db) =>
    db
      .select({
        id: fieldValues.id,
        subjectId: fieldValues.subjectId,
        code: subjects.code,
        event: sheets.event,
        eventKey: sheets.eventKey,
        form: sheets.form,
        formKey: sheets.formKey,
        versionId: sheets.versionId,
        item: fieldValues.item,
        raw: fieldValues.raw,
        nullFlavour: fieldValues.nullFlavour,
        unit: fieldValues.unit,
        isSealed: sql<boolean>`${fieldValues.sealed} is not null`,
        version: fieldValues.version,
        reason: fieldValues.reason,
        madeAt: fieldValues.madeAt,
        changedAt: fieldValues.changedAt,
        changedBy: fieldValues.changedBy,
      })
      .from(fieldValues)
      .innerJoin(sheets, eq(fieldValues.sheetId, sheets.id))
      .innerJoin(subjects, eq(fieldValues.subjectId, subjects.id))
      .where(answersWanted(filter))
      .orderBy(desc(fieldValues.changedAt), asc(fieldValues.id))
      .limit(limit)
      .offset(offset),
  );

export interface FormFilter {
  readonly what: "all" | "complete" | "late";
  readonly siteId?: string | undefined;
}
const formsWanted = ({ what, siteId }: FormFilter): SQL | undefined =>
  and(
    siteId ? eq(sheets.siteId, siteId) : undefined,
    what === "complete" ? eq(sheets.state, "complete") : undefined,
    what === "late" ? sql`${delay} > ${sql.raw(String(LATE_DAYS))}` : undefined,
  );

export const formsCount = (filter: FormFilter) =>
  dynamic((db) => db.select({ count: count() }).from(sheets).leftJoin(visits, sameVisit).where(formsWanted(filter)));

export const formsPage = (filter: FormFilter, limit: number, offset: number) =>
  dynamic((db) =>
    db
      .select({
        id: sheets.id,
        subjectId: sheets.subjectId,
        code: subjects.code,
        event: sheets.event,
        eventKey: sheets.eventKey,
        form: sheets.form,
        formKey: sheets.formKey,
        versionId: sheets.versionId,
        state: sheets.state,
        madeAt: sheets.madeAt,
        happenedOn: visits.happenedOn,
        delay,
      })
      .from(sheets)
      .innerJoin(subjects, eq(sheets.subjectId, subjects.id))
      .leftJoin(visits, sameVisit)
      .where(formsWanted(filter))
      .orderBy(asc(subjects.code), asc(sheets.event), asc(sheets.eventKey), asc(sheets.form), asc(sheets.formKey))
      .limit(limit)
      .offset(offset),
  );
