/** Tasks, the rules that make them, and letters. */
import { query } from "@core/db/query.ts";
import { persons, subjects } from "@core/tenancy/tables.ts";
import { and, asc, desc, eq, isNull, sql } from "drizzle-orm";
import { screenings } from "../recruitment-tables.ts";
import { letterTexts, reminders, taskEnds, taskRuleEnds, taskRules, tasks } from "../task-tables.ts";

const task = {
  id: tasks.id,
  personId: tasks.personId,
  title: tasks.title,
  dueOn: tasks.dueOn,
  ruleId: tasks.ruleId,
  screeningId: tasks.screeningId,
  madeBy: tasks.madeBy,
};
/** Whom it is about, for those who see the log: by code. */
const about = { ...task, subjectId: screenings.subjectId, code: subjects.code };
/** Those that wait, the soonest first: one's own, or all where the reader may see them. */
export const openTasks = query()((db) =>
  db
    .select(about)
    .from(tasks)
    .leftJoin(taskEnds, eq(taskEnds.taskId, tasks.id))
    .leftJoin(screenings, eq(screenings.id, tasks.screeningId))
    .leftJoin(subjects, eq(subjects.id, screenings.subjectId))
    .where(isNull(taskEnds.id))
    .orderBy(asc(tasks.dueOn), asc(tasks.id))
    .limit(500),
);
export const openTasksOf = query<{ personId: string }>()((db, $) =>
  db
    .select(about)
    .from(tasks)
    .leftJoin(taskEnds, eq(taskEnds.taskId, tasks.id))
    .leftJoin(screenings, eq(screenings.id, tasks.screeningId))
    .leftJoin(subjects, eq(subjects.id, screenings.subjectId))
    .where(and(eq(tasks.personId, $.personId), isNull(taskEnds.id)))
    .orderBy(asc(tasks.dueOn), asc(tasks.id))
    .limit(200),
);
export const settledTasks = query()((db) =>
  db
    .select({ ...task, how: taskEnds.how, reason: taskEnds.reason, endedAt: taskEnds.madeAt, endedBy: taskEnds.madeBy })
    .from(taskEnds)
    .innerJoin(tasks, eq(tasks.id, taskEnds.taskId))
    .orderBy(desc(taskEnds.madeAt))
    .limit(50),
);
export const taskById = query<{ id: string }>()((db, $) => db.select(task).from(tasks).where(eq(tasks.id, $.id)));
/** The same rule for the same cause makes nothing a second time. */
export const addTask = query<{
  personId: string;
  title: string;
  dueOn: string;
  ruleId: string | null;
  causeId: string | null;
  screeningId: string | null;
}>()((db, $) =>
  db
    .insert(tasks)
    .values({
      personId: sql`${$.personId}::uuid`,
      title: $.title,
      dueOn: $.dueOn,
      ruleId: $.ruleId,
      causeId: $.causeId,
      screeningId: $.screeningId,
    })
    .onConflictDoNothing()
    .returning({ id: tasks.id }),
);
export const endTask = query<{ taskId: string; personId: string; how: "done" | "dropped"; reason: string }>()((db, $) =>
  db
    .insert(taskEnds)
    .values({ taskId: $.taskId, personId: sql`${$.personId}::uuid`, how: $.how, reason: $.reason })
    .returning({ id: taskEnds.id }),
);

export const rulesInForce = query()((db) =>
  db
    .select({
      id: taskRules.id,
      event: taskRules.event,
      title: taskRules.title,
      days: taskRules.days,
      personId: taskRules.personId,
    })
    .from(taskRules)
    .leftJoin(taskRuleEnds, eq(taskRuleEnds.ruleId, taskRules.id))
    .where(isNull(taskRuleEnds.id))
    .orderBy(asc(taskRules.event), asc(taskRules.days)),
);
export const addRule = query<{ event: string; title: string; days: number; personId: string | null }>()((db, $) =>
  db
    .insert(taskRules)
    .values({ event: $.event, title: $.title, days: $.days, personId: $.personId })
    .returning({ id: taskRules.id }),
);
export const endRule = query<{ ruleId: string }>()((db, $) =>
  db.insert(taskRuleEnds).values({ ruleId: $.ruleId }).returning({ id: taskRuleEnds.id }),
);

export const addressesOf = query<{ ids: readonly string[] }>()((db, $) =>
  db
    .select({ id: persons.id, email: persons.email })
    .from(persons)
    .where(and(sql`${persons.id} = any(${$.ids}::uuid[])`, eq(persons.status, "active"))),
);

export const lettersNow = query()((db) =>
  db
    .selectDistinctOn([letterTexts.key], {
      id: letterTexts.id,
      key: letterTexts.key,
      revision: letterTexts.revision,
      title: letterTexts.title,
      body: letterTexts.body,
      madeAt: letterTexts.madeAt,
    })
    .from(letterTexts)
    .orderBy(asc(letterTexts.key), desc(letterTexts.revision)),
);
export type LetterRow = Awaited<ReturnType<typeof lettersNow.map>>;
export const addLetter = query<{ key: string; revision: number; title: string; body: string }>()((db, $) =>
  db
    .insert(letterTexts)
    .values({ key: sql`${$.key}::uuid`, revision: $.revision, title: $.title, body: $.body })
    .returning({ id: letterTexts.id }),
);

/** Nothing comes back when that person was reminded on that day already. */
export const addReminder = query<{ personId: string; onDay: string; things: number }>()((db, $) =>
  db
    .insert(reminders)
    .values({ personId: sql`${$.personId}::uuid`, onDay: $.onDay, things: $.things })
    .onConflictDoNothing()
    .returning({ id: reminders.id, personId: reminders.personId }),
);
