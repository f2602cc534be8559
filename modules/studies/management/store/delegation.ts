/** The delegation log and trainings. */
import { type Database, query } from "@core/db/query.ts";
import { and, asc, desc, eq, isNull, sql } from "drizzle-orm";
import type { Course, Delegation } from "../rules/delegation.ts";
import { courseEnds, courses, delegationSteps, delegations, trainings } from "../tables.ts";

const course = {
  id: courses.id,
  title: courses.title,
  tasks: courses.tasks,
  validMonths: courses.validMonths,
  requiredFrom: courses.requiredFrom,
  about: courses.about,
  endsOn: courseEnds.fromOn,
  endId: courseEnds.id,
};
/** Also those that are asked for no longer. */
export const allCourses = query()((db) =>
  db.select(course).from(courses).leftJoin(courseEnds, eq(courseEnds.courseId, courses.id)).orderBy(asc(courses.title)),
);
export type CourseRow = Awaited<ReturnType<typeof allCourses.map>>;
export const coursesOn = (rows: readonly CourseRow[], today: string): Course[] =>
  rows.filter(({ endsOn }) => !endsOn || endsOn > today);

export const addCourse = query<{
  id: string;
  title: string;
  tasks: string[];
  validMonths: number | null;
  requiredFrom: string;
  about: string;
}>()((db, $) =>
  db
    .insert(courses)
    .values({
      id: $.id,
      title: $.title,
      tasks: sql`${$.tasks}::text[]`,
      validMonths: $.validMonths,
      requiredFrom: $.requiredFrom,
      about: $.about,
    })
    .returning({ id: courses.id }),
);
export const endCourse = query<{ courseId: string; fromOn: string }>()((db, $) =>
  db.insert(courseEnds).values({ courseId: $.courseId, fromOn: $.fromOn }).returning({ id: courseEnds.id }),
);

export const allTrainings = query()((db) =>
  db
    .select({
      id: trainings.id,
      personId: trainings.personId,
      courseId: trainings.courseId,
      completedOn: trainings.completedOn,
      evidence: trainings.evidence,
      madeBy: trainings.madeBy,
    })
    .from(trainings)
    .orderBy(desc(trainings.completedOn)),
);
export type TrainingRow = Awaited<ReturnType<typeof allTrainings.map>>;
export const addTraining = query<{ personId: string; courseId: string; completedOn: string; evidence: string }>()(
  (db, $) =>
    db
      .insert(trainings)
      .values({ personId: $.personId, courseId: $.courseId, completedOn: $.completedOn, evidence: $.evidence })
      .returning({ id: trainings.id }),
);

const delegation = {
  id: delegations.id,
  personId: delegations.personId,
  siteId: delegations.siteId,
  tasks: delegations.tasks,
  fromOn: delegations.fromOn,
  untilOn: delegations.untilOn,
  note: delegations.note,
  madeAt: delegations.madeAt,
  madeBy: delegations.madeBy,
};
const inLog = query()((db) => db.select(delegation).from(delegations).orderBy(desc(delegations.madeAt)));
type DelegationBare = Awaited<ReturnType<typeof inLog.map>>;
const inLogOfPerson = query<{ personId: string }>()((db, $) =>
  db.select(delegation).from(delegations).where(eq(delegations.personId, $.personId)),
);
const step = {
  id: delegationSteps.id,
  delegationId: delegationSteps.delegationId,
  step: delegationSteps.step,
  onDay: delegationSteps.onDay,
  reason: delegationSteps.reason,
  madeAt: delegationSteps.madeAt,
  madeBy: delegationSteps.madeBy,
};
const stepsInLog = query()((db) => db.select(step).from(delegationSteps).orderBy(asc(delegationSteps.madeAt)));
type StepRow = Awaited<ReturnType<typeof stepsInLog.map>>;
const stepsOfPerson = query<{ personId: string }>()((db, $) =>
  db.select(step).from(delegationSteps).where(eq(delegationSteps.personId, $.personId)),
);
/** Whether the investigator ever signed a line: from then on the log binds. */
export const firstApproval = query()((db) =>
  db.select({ id: delegationSteps.id }).from(delegationSteps).where(eq(delegationSteps.step, "approved")).limit(1),
);

export type DelegationRow = DelegationBare & Delegation & { readonly steps: readonly StepRow[] };
function withSteps(rows: readonly DelegationBare[], steps: readonly StepRow[]): DelegationRow[] {
  const byDelegation = Map.groupBy(steps, ({ delegationId }) => delegationId);
  return rows.map((row) => {
    const taken = byDelegation.get(row.id) ?? [];
    const when = (wanted: StepRow["step"]) => taken.find((one) => one.step === wanted);
    return {
      ...row,
      steps: taken,
      acceptedAt: when("accepted")?.madeAt ?? null,
      approvedAt: when("approved")?.madeAt ?? null,
      endedOn: when("ended")?.onDay ?? null,
    };
  });
}
/** The whole log, as far as the reader sees it, the newest first. */
export const delegationLog = async (db: Database): Promise<DelegationRow[]> =>
  withSteps(await db.all(inLog, {}), await db.all(stepsInLog, {}));
export const delegationsOf = async (db: Database, personId: string): Promise<DelegationRow[]> =>
  withSteps(await db.all(inLogOfPerson, { personId }), await db.all(stepsOfPerson, { personId }));

export const addDelegation = query<{
  id: string;
  personId: string;
  siteId: string | null;
  tasks: string[];
  fromOn: string;
  untilOn: string | null;
  note: string;
}>()((db, $) =>
  db
    .insert(delegations)
    .values({
      id: $.id,
      personId: $.personId,
      siteId: $.siteId,
      tasks: sql`${$.tasks}::text[]`,
      fromOn: $.fromOn,
      untilOn: $.untilOn,
      note: $.note,
    })
    .returning({ id: delegations.id }),
);
export const addDelegationStep = query<{
  delegationId: string;
  personId: string;
  siteId: string | null;
  step: StepRow["step"];
  onDay: string;
  reason: string | null;
}>()((db, $) =>
  db
    .insert(delegationSteps)
    .values({
      delegationId: $.delegationId,
      personId: $.personId,
      siteId: $.siteId,
      step: $.step,
      onDay: $.onDay,
      reason: $.reason,
    })
    .returning({ id: delegationSteps.id }),
);
/** Courses that still have no end and bear this title. */
export const openCourse = query<{ id: string }>()((db, $) =>
  db
    .select({ id: courses.id, title: courses.title })
    .from(courses)
    .leftJoin(courseEnds, eq(courseEnds.courseId, courses.id))
    .where(and(eq(courses.id, $.id), isNull(courseEnds.id))),
);
