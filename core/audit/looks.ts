/**
 * Who looked at one subject: for the subject's own page, and for whoever reads the record. What comes back names who, when
 * and what for; of an entry that concerns others too, it says no more than that this record was among them.
 */
import { and, desc, eq, lt, sql } from "drizzle-orm";
import { dynamic } from "../db/query.ts";
import type { Context } from "../module.ts";
import { auditEvents } from "../tenancy/tables.ts";

export interface Look {
  readonly id: string;
  readonly at: Date;
  readonly who: string;
  readonly how: "saw" | "changed" | "took out";
  readonly what: string;
}

export interface Looks {
  /** Newest first. */
  readonly looks: readonly Look[];
  /** Give it as `before` for the next page; null at the end. */
  readonly older: string | null;
}

const PAGE = 50;

/** Needs core.audit.read, or core.audit.own at reach `own`: then the database shows a subject what concerns himself alone. */
export async function looksAt(ctx: Pick<Context, "db">, subjectId: string, before?: string): Promise<Looks> {
  const found = await ctx.db.all(
    dynamic((db) =>
      db
        .select({
          id: auditEvents.id,
          at: auditEvents.at,
          who: auditEvents.actorName,
          kind: auditEvents.actorKind,
          event: auditEvents.event,
          sentence: auditEvents.sentence,
          others: sql<number>`cardinality(${auditEvents.subjects}) - 1`,
          changes: sql<boolean>`${auditEvents.changed} - 'core.exports' <> '{}'::jsonb`,
        })
        .from(auditEvents)
        .where(
          and(
            sql`${auditEvents.subjects} @> array[${subjectId}::uuid]`,
            eq(auditEvents.outcome, "done"),
            before === undefined ? undefined : lt(auditEvents.id, before),
          ),
        )
        .orderBy(desc(auditEvents.id))
        .limit(PAGE + 1),
    ),
    {},
  );
  const looks = found.slice(0, PAGE).map(({ id, at, who, kind, event, sentence, others, changes }) => ({
    id,
    at,
    who: kind === "subject" ? "Yourself, by a link" : who.replace(/^system:.*/, "Cairn, by itself"),
    how: event === "core.exported" ? ("took out" as const) : changes ? ("changed" as const) : ("saw" as const),
    what:
      Number(others) === 0 ? sentence.replace(/^system:\S+/, "Cairn") : `A list with this record and ${others} others`,
  }));
  return { looks, older: found.length > PAGE ? (looks.at(-1)?.id ?? null) : null };
}
