/** Who looked at what is kept of one subject, as the subject may know it (core.audit.own): when, who, and what kind of act. */
import { and, desc, eq, ne, sql } from "drizzle-orm";
import { query } from "../db/query.ts";
import type { Context } from "../module.ts";
import { auditEvents } from "../tenancy/tables.ts";

export interface Look {
  readonly at: Date;
  readonly who: string;
  readonly act: string;
}

/** The newest first; what the subject did himself is left out. */
export async function auditOf(ctx: Context, subjectId: string, most: number): Promise<Look[]> {
  const rows = await ctx.db.all(looks, { subjectId });
  return rows.slice(0, most).map(({ at, who, act }) => ({ at, who: who.startsWith("system:") ? "Cairn" : who, act }));
}

const looks = query<{ subjectId: string }>()((db, $) =>
  db
    .select({ id: auditEvents.id, at: auditEvents.at, who: auditEvents.actorName, act: auditEvents.act })
    .from(auditEvents)
    .where(
      and(
        sql`${auditEvents.subjects} @> array[${$.subjectId}]::uuid[]`,
        ne(auditEvents.actorKind, "subject"),
        eq(auditEvents.outcome, "done"),
      ),
    )
    .orderBy(desc(auditEvents.at))
    .limit(100),
);
