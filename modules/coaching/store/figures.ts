/** Counts for the supervisor's page and the outcome report. */
import { query } from "@core/db/query.ts";
import { assignments } from "@core/tenancy/tables.ts";
import { and, asc, count, desc, eq, gt, isNotNull, isNull, ne, or, sql } from "drizzle-orm";
import { conversations, incidents, messages, outbox, readings, tasks } from "../tables.ts";

const coachesNow = and(
  eq(assignments.kind, "coach"),
  isNull(assignments.endedAt),
  or(isNull(assignments.toAt), gt(assignments.toAt, sql`clock_timestamp()`)),
);
const waits = sql`${conversations.waitingSince} is not null`;
const isLate = (before: unknown) => sql`${conversations.waitingSince} < ${before}::timestamptz`;

/** How many there are, wait, wait too long (since before that moment), and have no coach. */
export const everybodyInFigures = query<{ before: string }>()((db, $) =>
  db
    .select({
      members: count(),
      waiting: sql<number>`count(*) filter (where ${waits})`.as("waiting"),
      late: sql<number>`count(*) filter (where ${isLate($.before)})`.as("late"),
      uncoached:
        sql<number>`count(*) filter (where not exists (select 1 from ${assignments} where ${assignments.subjectId} = ${conversations.subjectId} and ${coachesNow}))`.as(
          "uncoached",
        ),
    })
    .from(conversations)
    .where(ne(conversations.status, "closed")),
);
/** The same for each coach. */
export const coachesInFigures = query<{ before: string }>()((db, $) =>
  db
    .select({
      personId: assignments.personId,
      members: count(),
      waiting: sql<number>`count(*) filter (where ${waits})`.as("waiting"),
      late: sql<number>`count(*) filter (where ${isLate($.before)})`.as("late"),
      longest: sql<Date | null>`min(${conversations.waitingSince})`.mapWith(conversations.madeAt).as("longest"),
    })
    .from(assignments)
    .innerJoin(conversations, eq(conversations.subjectId, assignments.subjectId))
    .where(and(coachesNow, ne(conversations.status, "closed")))
    .groupBy(assignments.personId),
);
export const tasksOfCoaches = query()((db) =>
  db
    .select({ personId: assignments.personId, tasks: count() })
    .from(tasks)
    .innerJoin(assignments, eq(assignments.subjectId, tasks.subjectId))
    .innerJoin(conversations, eq(conversations.subjectId, tasks.subjectId))
    .where(and(isNull(tasks.doneAt), coachesNow, ne(conversations.status, "closed")))
    .groupBy(assignments.personId),
);
/** Of the incidents closed in the last 60 days: minutes until somebody answered. */
export const minutesToAnswer = query()((db) =>
  db
    .select({
      median: sql<
        number | null
      >`percentile_cont(0.5) within group (order by extract(epoch from ${incidents.acknowledgedAt} - ${incidents.openedAt}) / 60)`.as(
        "median",
      ),
    })
    .from(incidents)
    .where(
      and(isNotNull(incidents.acknowledgedAt), sql`${incidents.resolvedAt} > clock_timestamp() - interval '60 days'`),
    ),
);

export const inboundLately = query()((db) => {
  const day = sql<string>`to_char(${messages.at} at time zone 'UTC', 'YYYY-MM-DD')`;
  return db
    .select({ day: day.as("day"), count: count() })
    .from(messages)
    .where(sql`${messages.direction} = 'in' and ${messages.at} > clock_timestamp() - interval '14 days'`)
    .groupBy(sql`1`)
    .orderBy(asc(sql`1`));
});
export const deliveriesOf = query()((db) =>
  db
    .select({ status: outbox.status, count: count() })
    .from(outbox)
    .where(sql`${outbox.madeAt} > clock_timestamp() - interval '14 days'`)
    .groupBy(outbox.status)
    .orderBy(desc(count())),
);
/**
 * Of each member for the report: how many readings stand, and the counts and means of the first and of the last four weeks.
 * Two windows that do not overlap (eight weeks apart), or no comparison at all. `low` to `high`: in range.
 */
export const readingsForReport = query<{ low: number; high: number }>()((db, $) => {
  const standing = and(isNull(readings.supersededBy), isNotNull(readings.mgdl));
  const first = sql`min(${readings.at}) over (partition by ${readings.subjectId})`;
  const last = sql`max(${readings.at}) over (partition by ${readings.subjectId})`;
  const all = db
    .select({
      subjectId: readings.subjectId,
      mgdl: readings.mgdl,
      begins: sql<boolean>`${readings.at} <= ${first} + interval '28 days'`.as("begins"),
      ends: sql<boolean>`${readings.at} >= ${last} - interval '28 days'`.as("ends"),
      isLong: sql<boolean>`${last} - ${first} >= interval '56 days'`.as("is_long"),
    })
    .from(readings)
    .where(standing)
    .as("standing");
  const window = (which: unknown) => ({
    count: sql<number>`count(*) filter (where ${all.isLong} and ${which})`,
    inRange: sql<number>`count(*) filter (where ${all.isLong} and ${which} and ${all.mgdl} between ${$.low}::numeric and ${$.high}::numeric)`,
    mean: sql<number | null>`avg(${all.mgdl}) filter (where ${all.isLong} and ${which})`,
  });
  const [begin, end] = [window(all.begins), window(all.ends)];
  return db
    .select({
      subjectId: all.subjectId,
      readings: count(),
      beginCount: begin.count.as("begin_count"),
      beginInRange: begin.inRange.as("begin_in_range"),
      beginMean: begin.mean.as("begin_mean"),
      endCount: end.count.as("end_count"),
      endInRange: end.inRange.as("end_in_range"),
      endMean: end.mean.as("end_mean"),
    })
    .from(all)
    .groupBy(all.subjectId);
});
export const messagesForReport = query()((db) =>
  db
    .select({
      subjectId: messages.subjectId,
      direction: messages.direction,
      count: count(),
      days: sql<number>`count(distinct ${messages.at}::date)::int`.as("days"),
    })
    .from(messages)
    .where(eq(messages.direction, "in"))
    .groupBy(messages.subjectId, messages.direction),
);
