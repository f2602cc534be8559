/** Learning plans: steps, goals and how they ended, check-ins. Rows are only ever added. */
import { dynamic, query } from "@core/db/query.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { and, asc, desc, eq, isNull, max } from "drizzle-orm";
import type { GoalEnding, PlanStep } from "../plan.ts";
import { checkInReminders, checkIns, goalEndings, goals, planSteps, plans } from "../plan-tables.ts";
import { periods, subcompetencies } from "../tables.ts";

const plan = {
  id: plans.id,
  subjectId: plans.subjectId,
  madeAt: plans.madeAt,
  periodId: periods.id,
  academicYear: periods.academicYear,
  half: periods.half,
  endsOn: periods.endsOn,
};

export const planById = query<{ id: string }>()((db, $) =>
  db.select(plan).from(plans).innerJoin(periods, eq(plans.periodId, periods.id)).where(eq(plans.id, $.id)),
);
export type PlanRow = Awaited<ReturnType<typeof planById.map>>;

export const plansIn = query<{ periodId: string }>()((db, $) =>
  db.select(plan).from(plans).innerJoin(periods, eq(plans.periodId, periods.id)).where(eq(plans.periodId, $.periodId)),
);

/** The newest first. */
export const plansOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select(plan)
    .from(plans)
    .innerJoin(periods, eq(plans.periodId, periods.id))
    .where(eq(plans.subjectId, $.subjectId))
    .orderBy(desc(periods.startsOn)),
);

export const addPlan = query<{ id: string; subjectId: string; periodId: string }>()((db, $) =>
  db
    .insert(plans)
    .values({ id: $.id, subjectId: $.subjectId, periodId: $.periodId })
    .onConflictDoNothing()
    .returning({ id: plans.id, subjectId: plans.subjectId }),
);

const step = {
  id: planSteps.id,
  planId: planSteps.planId,
  subjectId: planSteps.subjectId,
  ordinal: planSteps.ordinal,
  step: planSteps.step,
  madeAt: planSteps.madeAt,
  madeBy: planSteps.madeBy,
};

/** In the order in which they were taken. */
export const stepsOfPlan = query<{ planId: string }>()((db, $) =>
  db
    .select({ ...step, note: planSteps.note })
    .from(planSteps)
    .where(eq(planSteps.planId, $.planId))
    .orderBy(asc(planSteps.ordinal)),
);
export type PlanStepRow = Awaited<ReturnType<typeof stepsOfPlan.map>>;

/** The last step of every plan of a period. */
export const lastStepsIn = query<{ periodId: string }>()((db, $) =>
  db
    .selectDistinctOn([planSteps.planId], step)
    .from(planSteps)
    .innerJoin(plans, eq(planSteps.planId, plans.id))
    .where(eq(plans.periodId, $.periodId))
    .orderBy(asc(planSteps.planId), desc(planSteps.ordinal)),
);

export const lastStepsOf = query<{ subjectId: string }>()((db, $) =>
  db
    .selectDistinctOn([planSteps.planId], step)
    .from(planSteps)
    .where(eq(planSteps.subjectId, $.subjectId))
    .orderBy(asc(planSteps.planId), desc(planSteps.ordinal)),
);

export const addPlanStep = query<{
  id: string;
  planId: string;
  subjectId: string;
  ordinal: number;
  step: PlanStep;
  note: Sealed<string> | null;
}>()((db, $) =>
  db
    .insert(planSteps)
    .values({ id: $.id, planId: $.planId, subjectId: $.subjectId, ordinal: $.ordinal, step: $.step, note: $.note })
    .returning({ id: planSteps.id, subjectId: planSteps.subjectId }),
);

const goal = {
  id: goals.id,
  planId: goals.planId,
  subjectId: goals.subjectId,
  subcompetencyId: subcompetencies.id,
  code: subcompetencies.code,
  title: subcompetencies.title,
  carriedFrom: goals.carriedFrom,
  confidence: goals.confidence,
  dueOn: goals.dueOn,
  wording: goals.wording,
  measure: goals.measure,
  endingId: goalEndings.id,
  ending: goalEndings.ending,
  endingNote: goalEndings.note,
  endedAt: goalEndings.madeAt,
};

export const goalsOfPlan = query<{ planId: string }>()((db, $) =>
  db
    .select(goal)
    .from(goals)
    .innerJoin(subcompetencies, eq(goals.subcompetencyId, subcompetencies.id))
    .leftJoin(goalEndings, eq(goalEndings.goalId, goals.id))
    .where(eq(goals.planId, $.planId))
    .orderBy(asc(subcompetencies.ordinal), asc(goals.madeAt)),
);
export type GoalRow = Awaited<ReturnType<typeof goalsOfPlan.map>>;

export const goalById = query<{ id: string }>()((db, $) =>
  db
    .select(goal)
    .from(goals)
    .innerJoin(subcompetencies, eq(goals.subcompetencyId, subcompetencies.id))
    .leftJoin(goalEndings, eq(goalEndings.goalId, goals.id))
    .where(eq(goals.id, $.id)),
);

/** Carried forward, and not taken up in a later plan yet. */
export const goalsToCarry = query<{ subjectId: string }>()((db, $) =>
  db
    .select(goal)
    .from(goals)
    .innerJoin(subcompetencies, eq(goals.subcompetencyId, subcompetencies.id))
    .innerJoin(goalEndings, eq(goalEndings.goalId, goals.id))
    .where(and(eq(goals.subjectId, $.subjectId), eq(goalEndings.ending, "carried_forward")))
    .orderBy(asc(subcompetencies.ordinal)),
);
export const carriedOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select({ id: goals.id, subjectId: goals.subjectId, carriedFrom: goals.carriedFrom })
    .from(goals)
    .where(eq(goals.subjectId, $.subjectId)),
);

/** Goals without an ending, in every plan the reader sees. */
export const openGoalsIn = query<{ periodId: string }>()((db, $) =>
  db
    .select({ id: goals.id, planId: goals.planId, subjectId: goals.subjectId, dueOn: goals.dueOn })
    .from(goals)
    .innerJoin(plans, eq(goals.planId, plans.id))
    .leftJoin(goalEndings, eq(goalEndings.goalId, goals.id))
    .where(and(eq(plans.periodId, $.periodId), isNull(goalEndings.id))),
);
export const openGoalsOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select({ id: goals.id, planId: goals.planId, subjectId: goals.subjectId, dueOn: goals.dueOn })
    .from(goals)
    .leftJoin(goalEndings, eq(goalEndings.goalId, goals.id))
    .where(and(eq(goals.subjectId, $.subjectId), isNull(goalEndings.id))),
);

export const addGoal = query<{
  id: string;
  planId: string;
  subjectId: string;
  subcompetencyId: string;
  carriedFrom: string | null;
  wording: Sealed<string>;
  measure: Sealed<string> | null;
  confidence: number;
  dueOn: string;
}>()((db, $) =>
  db
    .insert(goals)
    .values({
      id: $.id,
      planId: $.planId,
      subjectId: $.subjectId,
      subcompetencyId: $.subcompetencyId,
      carriedFrom: $.carriedFrom,
      wording: $.wording,
      measure: $.measure,
      confidence: $.confidence,
      dueOn: $.dueOn,
    })
    .returning({ id: goals.id, subjectId: goals.subjectId }),
);

export const endGoal = query<{
  id: string;
  goalId: string;
  subjectId: string;
  ending: GoalEnding;
  note: Sealed<string> | null;
}>()((db, $) =>
  db
    .insert(goalEndings)
    .values({ id: $.id, goalId: $.goalId, subjectId: $.subjectId, ending: $.ending, note: $.note })
    .returning({ id: goalEndings.id, subjectId: goalEndings.subjectId }),
);

/** The newest first. */
export const checkInsOf = query<{ planId: string }>()((db, $) =>
  db
    .select({
      id: checkIns.id,
      subjectId: checkIns.subjectId,
      note: checkIns.note,
      madeAt: checkIns.madeAt,
      madeBy: checkIns.madeBy,
    })
    .from(checkIns)
    .where(eq(checkIns.planId, $.planId))
    .orderBy(desc(checkIns.madeAt)),
);

export const addCheckIn = query<{ id: string; planId: string; subjectId: string; note: Sealed<string> }>()((db, $) =>
  db
    .insert(checkIns)
    .values({ id: $.id, planId: $.planId, subjectId: $.subjectId, note: $.note })
    .returning({ id: checkIns.id, subjectId: checkIns.subjectId }),
);

/** Plans in effect with a goal that is still open: one row a goal. */
export const plansUnderWay = query()((db) =>
  db
    .selectDistinctOn([planSteps.planId], {
      id: planSteps.id,
      planId: planSteps.planId,
      subjectId: planSteps.subjectId,
      begunAt: planSteps.madeAt,
    })
    .from(planSteps)
    .innerJoin(goals, eq(goals.planId, planSteps.planId))
    .leftJoin(goalEndings, eq(goalEndings.goalId, goals.id))
    .where(and(eq(planSteps.step, "begun"), isNull(goalEndings.id)))
    .orderBy(asc(planSteps.planId)),
);
export const lastCheckIns = query()((db) =>
  db
    .select({ planId: checkIns.planId, at: max(checkIns.madeAt) })
    .from(checkIns)
    .groupBy(checkIns.planId),
);
export const lastReminders = query()((db) =>
  db
    .select({ planId: checkInReminders.planId, at: max(checkInReminders.madeAt) })
    .from(checkInReminders)
    .groupBy(checkInReminders.planId),
);
export const addCheckInReminders = (rows: readonly { planId: string; subjectId: string }[]) =>
  dynamic((db) =>
    db
      .insert(checkInReminders)
      .values([...rows])
      .returning({ id: checkInReminders.id, subjectId: checkInReminders.subjectId }),
  );
