/** How the study gets on, counted by the database: enrolment, forms, queries, comparison, and signals in the values. */
import { query } from "@core/db/query.ts";
import { subjects } from "@core/tenancy/tables.ts";
import { and, asc, count, eq, isNotNull, sql } from "drizzle-orm";
import { fieldValues, participants, queries, sheets, verifications } from "../tables.ts";

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
      notDone: sql<number>`count(*) filter (where ${sheets.state} = 'not done')::int`,
      days: sql<
        string | null
      >`round(avg(extract(epoch from ${sheets.completedAt} - ${sheets.madeAt}) / 86400.0)::numeric, 1)::text`,
    })
    .from(sheets)
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

export const valuesBySite = query()((db) =>
  db
    .select({
      siteId: fieldValues.siteId,
      values: count(),
      missing: sql<number>`count(*) filter (where ${fieldValues.nullFlavour} is not null)::int`,
      changed: sql<number>`count(*) filter (where ${fieldValues.version} > 1 and ${fieldValues.source} <> 'calculation')::int`,
      unreadable: sql<number>`count(*) filter (where ${fieldValues.problem} is not null)::int`,
      weekend: sql<number>`count(*) filter (where extract(isodow from ${fieldValues.madeAt}) > 5)::int`,
      night: sql<number>`count(*) filter (where extract(hour from ${fieldValues.madeAt} at time zone 'UTC') not between 5 and 20)::int`,
    })
    .from(fieldValues)
    .groupBy(fieldValues.siteId),
);

export const comparedBySite = query()((db) =>
  db
    .select({ siteId: fieldValues.siteId, compared: sql<number>`count(distinct ${verifications.valueId})::int` })
    .from(verifications)
    .innerJoin(fieldValues, eq(verifications.valueId, fieldValues.id))
    .where(eq(verifications.axis, "source"))
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
    .where(
      and(
        isNotNull(fieldValues.raw),
        sql`${fieldValues.raw} ~ '^[0-9]{2,4}$'`,
        sql`${fieldValues.source} <> 'calculation'`,
      ),
    )
    .groupBy(fieldValues.siteId, fieldValues.item, sql`3`)
    .having(sql`count(*) > 0`),
);
