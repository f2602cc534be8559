/** Incidents with their ladder, tasks, and who is on duty. */
import { query } from "@core/db/query.ts";
import { clock, persons, subjects } from "@core/tenancy/tables.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { and, asc, count, desc, eq, isNotNull, isNull, lte, notInArray, sql } from "drizzle-orm";
import type { Duty, Incident, IncidentStatus, Rung } from "../incident.ts";
import { incidentPages, incidentSteps, incidents, rechecks, shifts, tasks } from "../tables.ts";
import type { TaskKind } from "../task.ts";
import type { Role, Tier } from "../tier.ts";

const incident = {
  id: incidents.id,
  subjectId: incidents.subjectId,
  messageId: incidents.messageId,
  tier: incidents.tier,
  role: incidents.role,
  locks: incidents.locks,
  acknowledgeMinutes: incidents.acknowledgeMinutes,
  openedAt: incidents.openedAt,
  status: incidents.status,
  rung: incidents.rung,
  nextPageAt: incidents.nextPageAt,
  acknowledgedBy: incidents.acknowledgedBy,
  acknowledgedAt: incidents.acknowledgedAt,
  contact: incidents.contact,
  disposition: incidents.disposition,
  resolvedBy: incidents.resolvedBy,
  resolvedAt: incidents.resolvedAt,
};

/** No row: this cause has opened its incident already. */
export const openIncident = query<{
  id: string;
  subjectId: string;
  messageId: string | null;
  cause: string;
  tier: Tier;
  role: Role;
  locks: boolean;
  acknowledgeMinutes: number;
  openedAt: Date;
}>()((db, $) =>
  db
    .insert(incidents)
    .values({
      id: $.id,
      subjectId: $.subjectId,
      messageId: $.messageId,
      cause: $.cause,
      tier: $.tier,
      role: $.role,
      locks: $.locks,
      acknowledgeMinutes: $.acknowledgeMinutes,
      openedAt: $.openedAt,
      nextPageAt: $.openedAt,
    })
    .onConflictDoNothing()
    .returning({ id: incidents.id, subjectId: incidents.subjectId }),
);
export const incidentById = query<{ id: string }>()((db, $) =>
  db
    .select({ ...incident, subject: subjects.id, code: subjects.code })
    .from(incidents)
    .innerJoin(subjects, eq(subjects.id, incidents.subjectId))
    .where(eq(incidents.id, $.id)),
);
export type IncidentRow = Awaited<ReturnType<typeof incidentById.map>>;
export const lockIncident = query<{ id: string }>()((db, $) =>
  db.select(incident).from(incidents).where(eq(incidents.id, $.id)).for("update"),
);
export type LockedIncident = Awaited<ReturnType<typeof lockIncident.map>>;

export const openIncidents = query()((db) =>
  db
    .select({ ...incident, subject: subjects.id, code: subjects.code })
    .from(incidents)
    .innerJoin(subjects, eq(subjects.id, incidents.subjectId))
    .where(notInArray(incidents.status, ["resolved", "reviewed"]))
    .orderBy(asc(incidents.openedAt)),
);
/** All that were closed, the newest first. `unreviewed`: what the weekly review still has to read. */
export const closedFrom = query<{ unreviewed: boolean; from: number; most: number }>()((db, $) =>
  db
    .select({ ...incident, subject: subjects.id, code: subjects.code })
    .from(incidents)
    .innerJoin(subjects, eq(subjects.id, incidents.subjectId))
    .where(
      and(isNotNull(incidents.resolvedAt), sql`(not ${$.unreviewed}::boolean or ${incidents.status} = 'resolved')`),
    )
    .orderBy(desc(incidents.resolvedAt))
    .limit($.most)
    .offset($.from),
);
export const countClosed = query<{ unreviewed: boolean }>()((db, $) =>
  db
    .select({ total: count() })
    .from(incidents)
    .where(
      and(isNotNull(incidents.resolvedAt), sql`(not ${$.unreviewed}::boolean or ${incidents.status} = 'resolved')`),
    ),
);
export const incidentsOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select(incident)
    .from(incidents)
    .where(eq(incidents.subjectId, $.subjectId))
    .orderBy(desc(incidents.openedAt))
    .limit(20),
);
/** Of the same member and tier within the last half hour and still open: one more message is no second incident. */
export const standingIncident = query<{ subjectId: string; role: Role }>()((db, $) =>
  db
    .select(incident)
    .from(incidents)
    .where(
      and(
        eq(incidents.subjectId, $.subjectId),
        eq(incidents.role, sql`${$.role}`),
        notInArray(incidents.status, ["resolved", "reviewed"]),
      ),
    )
    .orderBy(desc(incidents.openedAt))
    .limit(1),
);
/** What this cause opened, or what it was told to. */
export const causeIncident = query<{ cause: string }>()((db, $) =>
  db
    .select({ id: incidents.id, subjectId: incidents.subjectId })
    .from(incidents)
    .where(eq(incidents.cause, sql`${$.cause}`)),
);
export const duePages = query()((db) =>
  db
    .select(incident)
    .from(incidents)
    .where(and(isNotNull(incidents.nextPageAt), lte(incidents.nextPageAt, clock())))
    .orderBy(asc(incidents.nextPageAt))
    .limit(50)
    .for("update", { skipLocked: true }),
);

export const moveIncident = query<{
  id: string;
  status: IncidentStatus;
  rung: Rung | null;
  nextPageAt: string | null;
  acknowledgedBy: string | null;
  contact: string | null;
  disposition: string | null;
  resolvedBy: string | null;
}>()((db, $) =>
  db
    .update(incidents)
    .set({
      status: sql`${$.status}`,
      rung: sql`${$.rung}`,
      nextPageAt: sql`${$.nextPageAt}::timestamptz`,
      acknowledgedBy: sql`${$.acknowledgedBy}::uuid`,
      acknowledgedAt: sql`case when ${$.acknowledgedBy}::uuid is null then null else coalesce(${incidents.acknowledgedAt}, clock_timestamp()) end`,
      contact: sql`${$.contact}`,
      disposition: sql`${$.disposition}`,
      resolvedBy: sql`${$.resolvedBy}::uuid`,
      resolvedAt: sql`case when ${$.resolvedBy}::uuid is null then null else coalesce(${incidents.resolvedAt}, clock_timestamp()) end`,
    })
    .where(eq(incidents.id, $.id))
    .returning({ id: incidents.id, subjectId: incidents.subjectId }),
);

/** As the rules of incident.ts see it. */
export const asIncident = (row: LockedIncident): Incident => ({
  tier: row.tier,
  status: row.status,
  openedAt: row.openedAt,
  acknowledgeMinutes: row.acknowledgeMinutes,
  rung: row.rung,
  acknowledgedBy: row.acknowledgedBy,
  contact: row.contact,
  disposition: row.disposition,
});

export const addStep = query<{
  id: string;
  subjectId: string;
  incidentId: string;
  step: "opened" | "unheard" | "paged" | "acknowledged" | "contacted" | "resolved" | "reviewed";
  what: string | null;
  note: Sealed<string> | null;
}>()((db, $) =>
  db
    .insert(incidentSteps)
    .values({
      id: $.id,
      subjectId: $.subjectId,
      incidentId: $.incidentId,
      step: $.step,
      what: $.what,
      note: $.note,
    })
    .returning({ id: incidentSteps.id, subjectId: incidentSteps.subjectId }),
);
export const stepsOf = query<{ incidentId: string }>()((db, $) =>
  db
    .select({
      id: incidentSteps.id,
      subjectId: incidentSteps.subjectId,
      step: incidentSteps.step,
      what: incidentSteps.what,
      note: incidentSteps.note,
      madeAt: incidentSteps.madeAt,
      madeBy: incidentSteps.madeBy,
    })
    .from(incidentSteps)
    .where(eq(incidentSteps.incidentId, $.incidentId))
    .orderBy(asc(incidentSteps.madeAt)),
);
export const addPage = query<{
  subjectId: string;
  incidentId: string;
  rung: Rung;
  personId: string | null;
  channel: "mail" | "text" | "nobody";
}>()((db, $) =>
  db
    .insert(incidentPages)
    .values({
      subjectId: $.subjectId,
      incidentId: $.incidentId,
      rung: $.rung,
      personId: $.personId,
      channel: $.channel,
    })
    .returning({ id: incidentPages.id, subjectId: incidentPages.subjectId }),
);

// ── Duty ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const shift = {
  id: shifts.id,
  personId: shifts.personId,
  person: persons.id,
  name: persons.name,
  rung: shifts.rung,
  fromAt: shifts.fromAt,
  toAt: shifts.toAt,
};
export const onDuty = query<{ duties: string[] }>()((db, $) =>
  db
    .select({ ...shift, email: persons.email, phone: shifts.phone })
    .from(shifts)
    .innerJoin(persons, eq(persons.id, shifts.personId))
    .where(
      and(
        sql`${shifts.rung} = any(${$.duties}::text[])`,
        isNull(shifts.endedAt),
        sql`clock_timestamp() between ${shifts.fromAt} and ${shifts.toAt}`,
        eq(persons.status, "active"),
      ),
    ),
);
/** Now and later. */
export const plannedShifts = query()((db) =>
  db
    .select(shift)
    .from(shifts)
    .innerJoin(persons, eq(persons.id, shifts.personId))
    .where(and(isNull(shifts.endedAt), sql`${shifts.toAt} > clock_timestamp()`))
    .orderBy(asc(shifts.fromAt)),
);
export const planShift = query<{
  id: string;
  personId: string;
  rung: Duty;
  fromAt: Date;
  toAt: Date;
  phone: Sealed<string> | null;
}>()((db, $) =>
  db
    .insert(shifts)
    .values({ id: $.id, personId: $.personId, rung: $.rung, fromAt: $.fromAt, toAt: $.toAt, phone: $.phone })
    .returning({ id: shifts.id }),
);
export const endShift = query<{ id: string }>()((db, $) =>
  db
    .update(shifts)
    .set({ endedAt: clock() })
    .where(and(eq(shifts.id, $.id), isNull(shifts.endedAt)))
    .returning({ id: shifts.id, personId: shifts.personId, rung: shifts.rung }),
);

// ── Tasks ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const task = {
  id: tasks.id,
  subjectId: tasks.subjectId,
  kind: tasks.kind,
  tier: tasks.tier,
  dueAt: tasks.dueAt,
  personId: tasks.personId,
  words: tasks.words,
  madeAt: tasks.madeAt,
  doneAt: tasks.doneAt,
  doneBy: tasks.doneBy,
  outcome: tasks.outcome,
};
/** No row: this cause has its task already. */
export const addTask = query<{
  id: string;
  subjectId: string;
  cause: string;
  kind: TaskKind;
  tier: Tier;
  dueAt: Date;
  personId: string | null;
  words: Sealed<string> | null;
}>()((db, $) =>
  db
    .insert(tasks)
    .values({
      id: $.id,
      subjectId: $.subjectId,
      cause: $.cause,
      kind: $.kind,
      tier: $.tier,
      dueAt: $.dueAt,
      personId: $.personId,
      words: $.words,
    })
    .onConflictDoNothing()
    .returning({ id: tasks.id, subjectId: tasks.subjectId }),
);
const taskFits = ($: Record<"kind" | "late", unknown>) =>
  and(
    isNull(tasks.doneAt),
    sql`(${$.kind}::text = '' or ${tasks.kind} = ${$.kind}::text)`,
    sql`(not ${$.late}::boolean or ${tasks.dueAt} < clock_timestamp())`,
  );
/** A part of the open tasks: of one kind, or of all (""), those that are late or all. */
export const tasksFrom = query<{ kind: string; late: boolean; from: number; most: number }>()((db, $) =>
  db
    .select({ ...task, subject: subjects.id, code: subjects.code })
    .from(tasks)
    .innerJoin(subjects, eq(subjects.id, tasks.subjectId))
    .where(taskFits($))
    .orderBy(asc(tasks.dueAt), asc(tasks.id))
    .limit($.most)
    .offset($.from),
);
export const countTasks = query<{ kind: string; late: boolean }>()((db, $) =>
  db.select({ total: count() }).from(tasks).where(taskFits($)),
);
export const openTasksOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select(task)
    .from(tasks)
    .where(and(eq(tasks.subjectId, $.subjectId), isNull(tasks.doneAt)))
    .orderBy(asc(tasks.dueAt)),
);
export const taskById = query<{ id: string }>()((db, $) => db.select(task).from(tasks).where(eq(tasks.id, $.id)));
export const settleTask = query<{ id: string; outcome: string; doneBy: string | null }>()((db, $) =>
  db
    .update(tasks)
    .set({ doneAt: clock(), doneBy: sql`${$.doneBy}::uuid`, outcome: sql`${$.outcome}` })
    .where(and(eq(tasks.id, $.id), isNull(tasks.doneAt)))
    .returning({ id: tasks.id, subjectId: tasks.subjectId }),
);
/** What was meant for one coach of a member is meant for the next. */
export const moveTasks = query<{ subjectId: string; fromId: string; toId: string }>()((db, $) =>
  db
    .update(tasks)
    .set({ personId: sql`${$.toId}::uuid` })
    .where(and(eq(tasks.subjectId, $.subjectId), eq(tasks.personId, $.fromId), isNull(tasks.doneAt)))
    .returning({ id: tasks.id, subjectId: tasks.subjectId }),
);
/** What a later message took back: "sorry 162 not 62". */
export const settleTasksOfCause = query<{ causes: string[]; outcome: string }>()((db, $) =>
  db
    .update(tasks)
    .set({ doneAt: clock(), outcome: sql`${$.outcome}` })
    .where(and(sql`${tasks.cause} = any(${$.causes}::text[])`, isNull(tasks.doneAt)))
    .returning({ id: tasks.id, subjectId: tasks.subjectId }),
);

// ── Questions that wait for a reading ───────────────────────────────────────────────────────────────────────────────

export const askAgainLater = query<{
  subjectId: string;
  messageId: string;
  minutes: number;
  askedAt: Date;
  nextAt: Date;
}>()((db, $) =>
  db
    .insert(rechecks)
    .values({
      subjectId: $.subjectId,
      messageId: $.messageId,
      minutes: $.minutes,
      askedAt: $.askedAt,
      nextAt: $.nextAt,
    })
    .onConflictDoNothing()
    .returning({ id: rechecks.id, subjectId: rechecks.subjectId }),
);
export const answerRechecks = query<{ subjectId: string }>()((db, $) =>
  db
    .update(rechecks)
    .set({ answeredAt: clock(), nextAt: null })
    .where(and(eq(rechecks.subjectId, $.subjectId), isNotNull(rechecks.nextAt)))
    .returning({ id: rechecks.id, subjectId: rechecks.subjectId }),
);
export const dueRechecks = query()((db) =>
  db
    .select({
      id: rechecks.id,
      subjectId: rechecks.subjectId,
      messageId: rechecks.messageId,
      minutes: rechecks.minutes,
      asked: rechecks.asked,
      askedAt: rechecks.askedAt,
    })
    .from(rechecks)
    .where(and(isNotNull(rechecks.nextAt), lte(rechecks.nextAt, clock())))
    .limit(100)
    .for("update", { skipLocked: true }),
);
export const askedAgain = query<{ id: string; asked: number; nextAt: string | null }>()((db, $) =>
  db
    .update(rechecks)
    .set({ asked: sql`${$.asked}::int`, askedAt: clock(), nextAt: sql`${$.nextAt}::timestamptz` })
    .where(eq(rechecks.id, $.id))
    .returning({ id: rechecks.id, subjectId: rechecks.subjectId }),
);
