/** Who trains here, with which mentor; and who is on the staff. Names are the kernel's: `ctx.names`, `ctx.people`. */
import { heldBy } from "@core/access/holding.ts";
import { query } from "@core/db/query.ts";
import { assignments, grants, persons, subjects } from "@core/tenancy/tables.ts";
import { and, asc, eq, gt, isNull, or, sql } from "drizzle-orm";
import { enrolments, frameworks } from "../tables.ts";

const trainee = {
  id: enrolments.id,
  subjectId: enrolments.subjectId,
  subject: subjects.id,
  code: subjects.code,
  personId: subjects.personId,
  pgy: enrolments.pgy,
  startsOn: enrolments.startsOn,
  expectedEnd: enrolments.expectedEnd,
  frameworkId: enrolments.frameworkId,
  framework: frameworks.id,
  specialty: frameworks.specialty,
  version: frameworks.version,
};

/** All trainees whom the reader reaches and who have not left. */
export const roster = query()((db) =>
  db
    .select(trainee)
    .from(enrolments)
    .innerJoin(subjects, eq(enrolments.subjectId, subjects.id))
    .innerJoin(frameworks, eq(enrolments.frameworkId, frameworks.id))
    .where(isNull(subjects.leftAt))
    .orderBy(asc(enrolments.pgy), asc(subjects.code)),
);
export type TraineeRow = Awaited<ReturnType<typeof roster.map>>;

export const traineeById = query<{ subjectId: string }>()((db, $) =>
  db
    .select(trainee)
    .from(enrolments)
    .innerJoin(subjects, eq(enrolments.subjectId, subjects.id))
    .innerJoin(frameworks, eq(enrolments.frameworkId, frameworks.id))
    .where(eq(enrolments.subjectId, $.subjectId)),
);

/** The trainee that this person is. */
export const traineeOfPerson = query<{ personId: string }>()((db, $) =>
  db
    .select(trainee)
    .from(enrolments)
    .innerJoin(subjects, eq(enrolments.subjectId, subjects.id))
    .innerJoin(frameworks, eq(enrolments.frameworkId, frameworks.id))
    .where(eq(subjects.personId, $.personId)),
);

/** Also of those who have left: a code is never given twice. */
export const subjectCodes = query()((db) => db.select({ id: subjects.id, code: subjects.code }).from(subjects));

export const traineeCode = query<{ subjectId: string }>()((db, $) =>
  db.select({ id: subjects.id, code: subjects.code }).from(subjects).where(eq(subjects.id, $.subjectId)),
);

export const enrol = query<{
  subjectId: string;
  frameworkId: string;
  pgy: number;
  startsOn: string;
  expectedEnd: string;
}>()((db, $) =>
  db
    .insert(enrolments)
    .values({
      subjectId: $.subjectId,
      frameworkId: $.frameworkId,
      pgy: $.pgy,
      startsOn: $.startsOn,
      expectedEnd: $.expectedEnd,
    })
    .returning({ id: enrolments.id, subjectId: enrolments.subjectId }),
);

const standing = and(
  isNull(assignments.endedAt),
  or(isNull(assignments.toAt), gt(assignments.toAt, sql`clock_timestamp()`)),
);

/** Another year or another end; the framework is moved elsewhere, with a reason. */
export const changePlace = query<{ subjectId: string; pgy: number; startsOn: string; expectedEnd: string }>()((db, $) =>
  db
    .update(enrolments)
    .set({
      pgy: sql`${$.pgy}::smallint`,
      startsOn: sql`${$.startsOn}::date`,
      expectedEnd: sql`${$.expectedEnd}::date`,
    })
    .where(eq(enrolments.subjectId, $.subjectId))
    .returning({ id: enrolments.id, subjectId: enrolments.subjectId }),
);

/** Everyone who is assigned to this trainee now, as mentor or evaluator. */
export const standingAssignments = query<{ subjectId: string }>()((db, $) =>
  db
    .select({ id: assignments.id, subjectId: assignments.subjectId, personId: assignments.personId })
    .from(assignments)
    .where(and(eq(assignments.subjectId, $.subjectId), standing)),
);

/** Who mentors whom, now. */
export const mentorings = query()((db) =>
  db
    .select({ id: assignments.id, subjectId: assignments.subjectId, personId: assignments.personId })
    .from(assignments)
    .where(and(eq(assignments.kind, "mentor"), standing)),
);
export type MentoringRow = Awaited<ReturnType<typeof mentorings.map>>;

export const mentoringById = query<{ id: string }>()((db, $) =>
  db
    .select({ id: assignments.id, subjectId: assignments.subjectId, personId: assignments.personId })
    .from(assignments)
    .where(and(eq(assignments.id, $.id), eq(assignments.kind, "mentor"), standing)),
);

/** Everyone with a standing role in this program: one row a role. */
export const colleagues = query()((db) =>
  db
    .select({
      id: persons.id,
      name: persons.name,
      email: persons.email,
      grantId: grants.id,
      role: grants.role,
      held: heldBy(grants.role),
    })
    .from(grants)
    .innerJoin(persons, eq(grants.personId, persons.id))
    .where(
      and(
        eq(grants.workspaceId, sql`core.workspace()`),
        eq(persons.status, "active"),
        isNull(grants.revokedAt),
        or(isNull(grants.toAt), gt(grants.toAt, sql`clock_timestamp()`)),
      ),
    )
    .orderBy(asc(persons.name)),
);
export type ColleagueRow = Awaited<ReturnType<typeof colleagues.map>>;

export const evaluatorAssignment = query<{ personId: string; subjectId: string }>()((db, $) =>
  db
    .select({ id: assignments.id, subjectId: assignments.subjectId })
    .from(assignments)
    .where(
      and(
        eq(assignments.personId, $.personId),
        eq(assignments.subjectId, $.subjectId),
        eq(assignments.kind, "evaluator"),
        standing,
      ),
    ),
);

/** For reminders: the job may see accounts, people's pages never ask for this. */
export const peopleWithMail = query()((db) =>
  db
    .select({ id: persons.id, name: persons.name, email: persons.email })
    .from(persons)
    .where(eq(persons.status, "active")),
);
