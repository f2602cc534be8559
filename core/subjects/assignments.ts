/** Who looks after whom: mentor of a trainee, coach of a member, evaluator while a request is open. */
import { and, eq, isNull, sql } from "drizzle-orm";
import type { KernelContext } from "../context.ts";
import { query } from "../db/query.ts";
import type { Context } from "../module.ts";
import { assignments, clock, persons, subjects } from "../tenancy/tables.ts";

export interface NewAssignment {
  readonly personId: string;
  readonly subjectId: string;
  /** A word of the module: "mentor", "coach", "evaluator". */
  readonly kind: string;
  readonly until?: Date;
}

/** The assignment's id; an assignment that stands already is not made twice. Needs core.assignments.manage. */
export async function assign(ctx: Context, { personId, subjectId, kind, until }: NewAssignment): Promise<string> {
  const standing = await ctx.db.first(standingOne, { personId, subjectId, kind });
  if (standing && (standing.toAt === null || until === undefined || standing.toAt >= until)) return standing.id;
  const subject = await ctx.db.one(subjectById, { subjectId });
  const person = await ctx.db.one(personById, { personId });
  if (standing) await ctx.db.all(endOne, { id: standing.id, by: ctx.actor.id });
  const [made] = await ctx.db.all(insertOne, { personId, subjectId, kind, toAt: until ?? null });
  const { audit } = ctx as unknown as Pick<KernelContext, "audit">;
  audit("core.assigned", { subjectId, person: person.name, code: subject.code, kind });
  return (made as { id: string }).id;
}

/** Bites on the person's next statement. */
export async function endAssignment(ctx: Context, id: string): Promise<void> {
  const found = await ctx.db.one(standingById, { id });
  await ctx.db.all(endOne, { id, by: ctx.actor.id });
  const { audit } = ctx as unknown as Pick<KernelContext, "audit">;
  audit("core.unassigned", {
    subjectId: found.subjectId,
    person: found.person ?? "someone",
    code: found.code ?? "a subject",
    kind: found.kind,
  });
}

const live = isNull(assignments.endedAt);
const standingOne = query<{ personId: string; subjectId: string; kind: string }>()((db, $) =>
  db
    .select({ id: assignments.id, subjectId: assignments.subjectId, toAt: assignments.toAt })
    .from(assignments)
    .where(
      and(
        eq(assignments.personId, $.personId),
        eq(assignments.subjectId, $.subjectId),
        eq(assignments.kind, $.kind),
        live,
        sql`(${assignments.toAt} is null or ${assignments.toAt} > clock_timestamp())`,
      ),
    ),
);
const standingById = query<{ id: string }>()((db, $) =>
  db
    .select({
      id: assignments.id,
      subjectId: assignments.subjectId,
      kind: assignments.kind,
      person: persons.name,
      code: subjects.code,
    })
    .from(assignments)
    .leftJoin(persons, eq(persons.id, assignments.personId))
    .leftJoin(subjects, eq(subjects.id, assignments.subjectId))
    .where(and(eq(assignments.id, $.id), live)),
);
const subjectById = query<{ subjectId: string }>()((db, $) =>
  db.select({ id: subjects.id, code: subjects.code }).from(subjects).where(eq(subjects.id, $.subjectId)),
);
const personById = query<{ personId: string }>()((db, $) =>
  db.select({ id: persons.id, name: persons.name }).from(persons).where(eq(persons.id, $.personId)),
);
const insertOne = query<{ personId: string; subjectId: string; kind: string; toAt: Date | null }>()((db, $) =>
  db
    .insert(assignments)
    .values({ personId: $.personId, subjectId: $.subjectId, kind: $.kind, toAt: $.toAt })
    .returning({ id: assignments.id, subjectId: assignments.subjectId }),
);
const endOne = query<{ id: string; by: string | null }>()((db, $) =>
  db
    .update(assignments)
    .set({ endedAt: clock(), endedBy: sql`${$.by}::uuid` })
    .where(and(eq(assignments.id, $.id), live))
    .returning({ id: assignments.id, subjectId: assignments.subjectId }),
);
