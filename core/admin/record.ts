/** The record as it is read: filters, pages by number, one entry whole. */
import { and, asc, desc, eq, gt, gte, is, lt, or, type SQL, sql } from "drizzle-orm";
import { getTableConfig, PgTable } from "drizzle-orm/pg-core";
import type { OwnContext } from "../context.ts";
import { dynamic, query } from "../db/query.ts";
import type { Module } from "../module.ts";
import * as coreTables from "../tenancy/tables.ts";
import { auditEvents, refusals, subjects, workspaces } from "../tenancy/tables.ts";

export const PAGE = 50;
/** Counted no further: a page says "more than". */
export const COUNT_LIMIT = 10_000;

export interface RecordFilter {
  /** Part of a name, as it was written down. */
  readonly person?: string | undefined;
  readonly actorId?: string | undefined;
  /** Part of the sentence, or an event's name. */
  readonly text?: string | undefined;
  readonly subjectId?: string | undefined;
  readonly table?: string | undefined;
  /** A column's name, in that table or in any. */
  readonly column?: string | undefined;
  readonly outcome?: "done" | "refused" | "failed" | undefined;
  /** Calendar days (UTC), both included. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

const like = (text: string) => `%${text.replace(/[\\%_]/g, "\\$&")}%`;
const DAY_MS = 86_400_000;

function conditions(filter: RecordFilter): SQL | undefined {
  const { person, actorId, text, subjectId, table, column, outcome, from, to } = filter;
  return and(
    person === undefined ? undefined : sql`${auditEvents.actorName} ilike ${like(person)}`,
    actorId === undefined ? undefined : eq(auditEvents.actorId, actorId),
    text === undefined ? undefined : or(sql`${auditEvents.sentence} ilike ${like(text)}`, eq(auditEvents.event, text)),
    subjectId === undefined ? undefined : sql`${auditEvents.subjects} @> array[${subjectId}::uuid]`,
    table === undefined ? undefined : sql`(${auditEvents.read} ? ${table} or ${auditEvents.changed} ? ${table})`,
    column === undefined ? undefined : touches(table, column),
    outcome === undefined ? undefined : eq(auditEvents.outcome, outcome),
    from === undefined ? undefined : gte(auditEvents.at, new Date(`${from}T00:00:00Z`)),
    to === undefined ? undefined : lt(auditEvents.at, new Date(Date.parse(`${to}T00:00:00Z`) + DAY_MS)),
  );
}

/**
 * The column was read, opened or changed; in a named table also by a row that the kernel wrote whole ("*"). What is looked
 * for is a value of the path, never part of it.
 */
function touches(table: string | undefined, column: string): SQL {
  const place = table === undefined ? "*" : JSON.stringify(table);
  const whole = table === undefined ? "" : ' || @ == "*"';
  const path = `$.${place}.columns[*] ? (@ == $name || @ == $opened${whole})`;
  const vars = JSON.stringify({ name: column, opened: `${column} (opened)` });
  const one = (touched: typeof auditEvents.read | typeof auditEvents.changed) =>
    sql`jsonb_path_exists(${touched}, ${path}::jsonpath, ${vars}::jsonb)`;
  return sql`(${one(auditEvents.read)} or ${one(auditEvents.changed)})`;
}

const lineColumns = {
  id: auditEvents.id,
  at: auditEvents.at,
  workspaceId: auditEvents.workspaceId,
  actorId: auditEvents.actorId,
  actorName: auditEvents.actorName,
  sentence: auditEvents.sentence,
  outcome: auditEvents.outcome,
};

export interface RecordLine {
  readonly id: string;
  readonly at: Date;
  readonly workspaceId: string | null;
  readonly actorId: string | null;
  readonly actorName: string;
  readonly sentence: string;
  readonly outcome: "done" | "refused" | "failed";
}

export interface RecordPage {
  /** Newest first. */
  readonly lines: readonly RecordLine[];
  readonly newer: string | null;
  readonly older: string | null;
}

/** A page by the number of its neighbour: what is added meanwhile moves nothing. */
export async function readRecord(
  ctx: OwnContext,
  filter: RecordFilter,
  at: { readonly before?: string | undefined; readonly after?: string | undefined },
): Promise<RecordPage> {
  const upwards = at.after !== undefined;
  const edge = upwards
    ? gt(auditEvents.id, at.after as string)
    : at.before === undefined
      ? undefined
      : lt(auditEvents.id, at.before);
  const found = await ctx.db.all(
    dynamic((db) =>
      db
        .select(lineColumns)
        .from(auditEvents)
        .where(and(conditions(filter), edge))
        .orderBy(upwards ? asc(auditEvents.id) : desc(auditEvents.id))
        .limit(PAGE + 1),
    ),
    {},
  );
  const more = found.length > PAGE;
  const lines = found.slice(0, PAGE);
  if (upwards) lines.reverse();
  const [first, last] = [lines[0], lines.at(-1)];
  return {
    lines,
    newer: (upwards ? more : at.before !== undefined) && first ? first.id : null,
    older: (upwards || more) && last ? last.id : null,
  };
}

/** How many there are, counted no further than one more than the limit. */
export async function countRecord(ctx: OwnContext, filter: RecordFilter): Promise<number> {
  const [row] = await ctx.db.all(
    dynamic((db) => {
      const some = db
        .select({ id: auditEvents.id })
        .from(auditEvents)
        .where(conditions(filter))
        .limit(COUNT_LIMIT + 1)
        .as("some");
      return db.select({ count: sql<number>`count(*)::int` }).from(some);
    }),
    {},
  );
  return row?.count ?? 0;
}

export const wholeLines = (filter: RecordFilter) =>
  dynamic((db) =>
    db
      .select({
        ...lineColumns,
        actorKind: auditEvents.actorKind,
        event: auditEvents.event,
        status: auditEvents.status,
        act: auditEvents.act,
        permission: auditEvents.permission,
        ip: auditEvents.ip,
        sessionRef: auditEvents.sessionRef,
        requestId: auditEvents.requestId,
        subjects: auditEvents.subjects,
        read: auditEvents.read,
        changed: auditEvents.changed,
      })
      .from(auditEvents)
      .where(conditions(filter))
      .orderBy(desc(auditEvents.id)),
  );

export const entryById = query<{ id: string }>()((db, $) =>
  db
    .select({
      ...lineColumns,
      actorKind: auditEvents.actorKind,
      event: auditEvents.event,
      status: auditEvents.status,
      act: auditEvents.act,
      permission: auditEvents.permission,
      ip: auditEvents.ip,
      sessionRef: auditEvents.sessionRef,
      requestId: auditEvents.requestId,
      subjects: auditEvents.subjects,
      read: auditEvents.read,
      changed: auditEvents.changed,
      detail: auditEvents.detail,
      workspace: workspaces.title,
    })
    .from(auditEvents)
    .leftJoin(workspaces, eq(workspaces.id, auditEvents.workspaceId))
    .where(eq(auditEvents.id, $.id)),
);

/** Within this reader's reach: a code he may not see leads nowhere. */
export const subjectByCode = query<{ code: string }>()((db, $) =>
  db.select({ id: subjects.id, code: subjects.code }).from(subjects).where(eq(subjects.code, $.code)),
);

export const codesById = query<{ ids: readonly string[] }>()((db, $) =>
  db.select({ id: subjects.id, code: subjects.code }).from(subjects).where(sql`${subjects.id} = any(${$.ids}::uuid[])`),
);

export const refusalsOfStrangers = query<{ offset: number }>()((db, $) =>
  db
    .select({
      minute: refusals.minute,
      ip: refusals.ip,
      act: refusals.act,
      status: refusals.status,
      times: refusals.times,
      lastAt: refusals.lastAt,
    })
    .from(refusals)
    .orderBy(desc(refusals.lastAt), asc(refusals.ip), asc(refusals.act))
    .limit(PAGE)
    .offset($.offset),
);
export const countRefusals = query()((db) => db.select({ count: sql<number>`count(*)::int` }).from(refusals));

/** Every table that can stand in the record, by its full name. */
export function tableNames(modules: readonly Module[]): string[] {
  const tables = modules.flatMap((module) => Object.values(module.tables ?? {}));
  const own = Object.values(coreTables).filter((value) => is(value, PgTable));
  return [...new Set([...own, ...tables].map(fullName))].sort();
}

function fullName(table: PgTable): string {
  const { schema, name } = getTableConfig(table);
  return schema ? `${schema}.${name}` : name;
}
