/** Counts for the supervisor's page and the outcome report. */
import { query } from "@core/db/query.ts";
import { asc, count, desc, eq, isNotNull, isNull, sql } from "drizzle-orm";
import { messages, outbox, readings } from "../tables.ts";

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
/** All readings that stand, for the report: a member's first and last four weeks. */
export const readingsForReport = query()((db) =>
  db
    .select({ id: readings.id, subjectId: readings.subjectId, at: readings.at, mgdl: readings.mgdl })
    .from(readings)
    .where(sql`${isNull(readings.supersededBy)} and ${isNotNull(readings.mgdl)}`)
    .orderBy(asc(readings.subjectId), asc(readings.at)),
);
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
