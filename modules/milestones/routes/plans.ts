/** Learning plans: the trainee writes, the mentor reviews, and both see how it went. */
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { counted } from "../counted.ts";
import { hintsFor } from "../goal-hints.ts";
import type { Milestones } from "../names.ts";
import { openTexts } from "../opened.ts";
import { choosePeriod, dayOf, periodTitle } from "../period.ts";
import {
  goalEndingInWords,
  type PlanAct,
  type PlanStep,
  planStateInWords,
  planStateOf,
  planStepInWords,
  whyNotPlan,
} from "../plan.ts";
import { planDocument } from "../plan-document.ts";
import { checkIns, goalEndings, goals, planSteps } from "../plan-tables.ts";
import { allPeriods, subcompetenciesOf } from "../store/frameworks.ts";
import {
  addCheckIn,
  addGoal,
  addPlan,
  addPlanStep,
  carriedOf,
  checkInsOf,
  endGoal,
  goalById,
  goalsOfPlan,
  goalsToCarry,
  lastStepsIn,
  lastStepsOf,
  openGoalsIn,
  openGoalsOf,
  type PlanRow,
  planById,
  plansIn,
  plansOf,
  stepsOfPlan,
} from "../store/plans.ts";
import { roster, type TraineeRow, traineeById } from "../store/trainees.ts";
import { GoalPage, MyPlansPage, PlanPage, PlansPage } from "../views/plans.tsx";
import { formAgain } from "./refused.ts";
import { oneself } from "./trainees.ts";

const { get, post } = routesFor<Milestones>();
const uuid = t.String({ format: "uuid" });
const byId = t.Object({ id: uuid });
const note = (title: string) => t.Optional(t.String({ title, maxLength: 4000 }));
const goalBody = t.Object({
  subcompetencyId: t.String({ title: "Subcompetency", format: "uuid" }),
  wording: t.String({ title: "What you will do", minLength: 1, maxLength: 1000 }),
  measure: t.Optional(t.String({ title: "How you will know", maxLength: 1000 })),
  confidence: t.Integer({ title: "Confidence", minimum: 1, maximum: 10 }),
  dueOn: t.String({ title: "Done by", format: "date" }),
});

export const planRoutes = [
  get("/plans", {
    needs: "milestones.plans.review",
    query: t.Object({ period: t.Optional(uuid) }),
    async run({ query }, ctx) {
      const periods = await ctx.db.all(allPeriods, {});
      const period = choosePeriod(periods, query.period, dayOf(ctx.now));
      const trainees = await ctx.db.all(roster, {});
      const of = { periodId: period?.id ?? Bun.randomUUIDv7() };
      const rows = new Map((await ctx.db.all(plansIn, of)).map((row) => [row.subjectId, row]));
      const steps = new Map((await ctx.db.all(lastStepsIn, of)).map((row) => [row.planId, row.step]));
      const open = Map.groupBy(await ctx.db.all(openGoalsIn, of), (row) => row.planId);
      const names = await ctx.names(trainees.map((row) => row.subjectId));
      return PlansPage({
        action: ctx.url("/plans"),
        periods: periods.map((one) => ({ value: one.id, label: periodTitle(one) })),
        period: period?.id ?? "",
        lines: trainees.map((trainee) => {
          const plan = rows.get(trainee.subjectId);
          const openGoals = (plan && open.get(plan.id)) ?? [];
          return {
            href: plan ? ctx.url(`/plans/${plan.id}`) : null,
            trainee: names.get(trainee.subjectId) ?? trainee.code,
            pgy: trainee.pgy,
            openGoals: openGoals.length,
            late: openGoals.filter(({ dueOn }) => dueOn < dayOf(ctx.now)).length,
            state: plan ? planStateOf(steps.get(plan.id) ?? null, openGoals.length) : null,
          };
        }),
      });
    },
  }),

  get("/my-plans", {
    needs: "milestones.plans.write",
    async run(_, ctx) {
      const { subjectId } = await oneself(ctx);
      const rows = await ctx.db.all(plansOf, { subjectId });
      const steps = new Map((await ctx.db.all(lastStepsOf, { subjectId })).map((row) => [row.planId, row.step]));
      const open = Map.groupBy(await ctx.db.all(openGoalsOf, { subjectId }), (row) => row.planId);
      const period = choosePeriod(await ctx.db.all(allPeriods, {}), undefined, dayOf(ctx.now));
      return MyPlansPage({
        start:
          period && !rows.some((row) => row.periodId === period.id)
            ? { action: ctx.url("/my-plans"), period: periodTitle(period) }
            : null,
        plans: rows.map((row) => ({
          href: ctx.url(`/plans/${row.id}`),
          period: periodTitle(row),
          openGoals: open.get(row.id)?.length ?? 0,
          state: planStateOf(steps.get(row.id) ?? null, open.get(row.id)?.length ?? 0),
        })),
      });
    },
  }),

  post("/my-plans", {
    needs: "milestones.plans.write",
    async run(_, ctx) {
      const { subjectId } = await oneself(ctx);
      const period = choosePeriod(await ctx.db.all(allPeriods, {}), undefined, dayOf(ctx.now));
      if (!period) throw Problem.refused("The program has not opened a period yet, so there is nothing to plan for.");
      const id = Bun.randomUUIDv7();
      const [made] = await ctx.db.all(addPlan, { id, subjectId, periodId: period.id });
      if (!made) throw Problem.refused("There is a plan for this period already. Open it from the list.");
      const carried = await carryForward(ctx, subjectId, id, period.endsOn);
      ctx.audit("milestones.plan_started", { subjectId, period: periodTitle(period), carried });
      return new Redirect(
        ctx.url(`/plans/${id}`),
        carried > 0 ? `Started, with ${counted(carried, "goal")} carried forward.` : "Started. Write your first goal.",
      );
    },
  }),

  get("/plans/:id", {
    needs: "milestones.plans.read",
    params: byId,
    run: async ({ params }, ctx) => PlanPage(await pageOf(ctx, await find(ctx, params.id))),
  }),

  post("/plans/:id/goals", {
    needs: "milestones.plans.write",
    params: byId,
    body: goalBody,
    refused: async (typed, problems, ctx, params) =>
      PlanPage({ ...(await pageOf(ctx, await find(ctx, params.id))), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const found = await find(ctx, params.id);
      refuse(found, "edit");
      await writeGoal(ctx, found, body, null);
      return new Redirect(ctx.url(`/plans/${params.id}`), "Goal added.");
    },
  }),

  get("/goals/:id", {
    needs: "milestones.plans.write",
    params: byId,
    run: async ({ params }, ctx) => GoalPage(await goalPageOf(ctx, params.id)),
  }),

  post("/goals/:id", {
    needs: "milestones.plans.write",
    params: byId,
    body: goalBody,
    refused: async (typed, problems, ctx, params) =>
      GoalPage({ ...(await goalPageOf(ctx, params.id)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const { goal, found } = await findGoal(ctx, params.id);
      refuse(found, "edit");
      await ctx.db.one(endGoal, {
        id: Bun.randomUUIDv7(),
        goalId: goal.id,
        subjectId: goal.subjectId,
        ending: "replaced",
        note: null,
      });
      await writeGoal(ctx, found, body, goal.carriedFrom);
      return new Redirect(ctx.url(`/plans/${goal.planId}`), "Goal reworded.");
    },
  }),

  post("/goals/:id/drop", {
    needs: "milestones.plans.write",
    params: byId,
    async run({ params }, ctx) {
      const { goal, found } = await findGoal(ctx, params.id);
      refuse(found, "edit");
      const { subjectId } = goal;
      await ctx.db.one(endGoal, { id: Bun.randomUUIDv7(), goalId: goal.id, subjectId, ending: "dropped", note: null });
      ctx.audit("milestones.goal_dropped", { subjectId, subcompetency: goal.code, period: periodTitle(found.plan) });
      return new Redirect(ctx.url(`/plans/${goal.planId}`), "Goal dropped.");
    },
  }),

  post("/plans/:id/submit", {
    needs: "milestones.plans.write",
    params: byId,
    async run({ params }, ctx) {
      const found = await find(ctx, params.id);
      refuse(found, "submit");
      if (found.openGoals === 0) throw Problem.refused("Write one goal or more; then you can submit the plan.");
      return await takeStep(ctx, found, "submitted", "", "submitted", "Submitted. Your mentor sees it now.");
    },
  }),

  post("/plans/:id/begin", {
    needs: "milestones.plans.write",
    params: byId,
    async run({ params }, ctx) {
      const found = await find(ctx, params.id);
      refuse(found, "begin");
      return await takeStep(ctx, found, "begun", "", "put into effect", "Your plan is in effect.");
    },
  }),

  post("/plans/:id/review", {
    needs: "milestones.plans.review",
    params: byId,
    body: t.Object({
      act: t.Union([t.Literal("take_up"), t.Literal("return"), t.Literal("agree")]),
      note: note("What you say to the trainee"),
    }),
    refused: async (typed, problems, ctx, params) =>
      PlanPage({ ...(await pageOf(ctx, await find(ctx, params.id))), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const found = await find(ctx, params.id);
      refuse(found, body.act);
      const said = body.note ?? "";
      if (body.act === "take_up")
        return await takeStep(ctx, found, "taken_up", said, "took up", "The review has begun.");
      if (body.act === "agree") return await takeStep(ctx, found, "agreed", said, "agreed to", "Agreed.");
      if (said === "")
        throw Problem.invalid({ note: "Say what should be different, so that the trainee can change it." });
      return await takeStep(ctx, found, "returned", said, "handed back", "Handed back to the trainee.");
    },
  }),

  post("/plans/:id/check-ins", {
    needs: "milestones.plans.review",
    params: byId,
    body: t.Object({ checkIn: t.String({ title: "How it goes", minLength: 1, maxLength: 4000 }) }),
    refused: async (typed, problems, ctx, params) =>
      PlanPage({ ...(await pageOf(ctx, await find(ctx, params.id))), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const found = await find(ctx, params.id);
      refuse(found, "check_in");
      const { subjectId, code } = found.trainee;
      const id = Bun.randomUUIDv7();
      const sealed = await ctx.seal(checkIns.note, body.checkIn, { row: id, subject: subjectId });
      await ctx.db.one(addCheckIn, { id, planId: found.plan.id, subjectId, note: sealed });
      ctx.audit("milestones.checked_in", { subjectId, trainee: code, period: periodTitle(found.plan) });
      return new Redirect(ctx.url(`/plans/${found.plan.id}`), "Check-in noted.");
    },
  }),

  post("/goals/:id/outcome", {
    needs: "milestones.plans.review",
    params: byId,
    body: t.Object({
      outcome: t.Union(
        [t.Literal("met"), t.Literal("partly_met"), t.Literal("not_met"), t.Literal("carried_forward")],
        { title: "Outcome" },
      ),
      note: note("What was seen"),
    }),
    async run({ params, body }, ctx) {
      const { goal, found } = await findGoal(ctx, params.id);
      refuse(found, "end_goal");
      if (goal.endingId) throw Problem.refused("This goal has its outcome already, and outcomes are never changed.");
      const { subjectId } = goal;
      const id = Bun.randomUUIDv7();
      const sealed = body.note ? await ctx.seal(goalEndings.note, body.note, { row: id, subject: subjectId }) : null;
      await ctx.db.one(endGoal, { id, goalId: goal.id, subjectId, ending: body.outcome, note: sealed });
      ctx.audit("milestones.goal_ended", {
        subjectId,
        trainee: found.trainee.code,
        subcompetency: goal.code,
        outcome: goalEndingInWords[body.outcome].toLowerCase(),
      });
      return new Redirect(ctx.url(`/plans/${goal.planId}`), "Outcome noted.");
    },
  }),

  get("/plans/:id/plan.pdf", {
    needs: "milestones.plans.export",
    params: byId,
    async run({ params }, ctx) {
      const found = await find(ctx, params.id);
      if (found.trainee.personId !== ctx.actor.id) throw Problem.notFound();
      const { name, period, state, goals: listed, happened } = await pageOf(ctx, found);
      const document = planDocument({
        name,
        program: ctx.workspace.title,
        period,
        state: planStateInWords[state],
        goals: listed.map((goal) => ({
          ...goal,
          ending: goal.ending ? goalEndingInWords[goal.ending] : "Open",
          note: goal.endingNote,
        })),
        happened: [...happened]
          .reverse()
          .map((one) => ({ on: dayOf(one.at), what: `${one.by} ${one.what}`, note: one.note })),
      });
      const rows = [found.plan.id, ...listed.map((goal) => goal.id)];
      return await ctx.pdf("milestones.plan", `learning-plan-${found.trainee.code}.pdf`, document, rows);
    },
  }),
];

interface Found {
  readonly plan: PlanRow;
  readonly trainee: TraineeRow;
  readonly lastStep: PlanStep | null;
  readonly steps: number;
  readonly openGoals: number;
}

async function find(ctx: Context<Milestones>, id: string): Promise<Found> {
  const plan = await ctx.db.one(planById, { id });
  const trainee = await ctx.db.one(traineeById, { subjectId: plan.subjectId });
  const steps = await ctx.db.all(stepsOfPlan, { planId: id });
  const openGoals = (await ctx.db.all(goalsOfPlan, { planId: id })).filter((goal) => !goal.endingId).length;
  return { plan, trainee, lastStep: steps.at(-1)?.step ?? null, steps: steps.length, openGoals };
}

async function findGoal(ctx: Context<Milestones>, id: string) {
  const goal = await ctx.db.one(goalById, { id });
  return { goal, found: await find(ctx, goal.planId) };
}

const stateIn = ({ lastStep, openGoals }: Found) => planStateOf(lastStep, openGoals);

function refuse(found: Found, act: PlanAct): void {
  const why = whyNotPlan(act, stateIn(found));
  if (why) throw Problem.refused(why);
}

async function takeStep(
  ctx: Context<Milestones>,
  { plan, trainee, steps }: Found,
  step: PlanStep,
  said: string,
  how: string,
  flash: string,
): Promise<Redirect> {
  const { subjectId, code } = trainee;
  const id = Bun.randomUUIDv7();
  const sealed = said ? await ctx.seal(planSteps.note, said, { row: id, subject: subjectId }) : null;
  await ctx.db.one(addPlanStep, { id, planId: plan.id, subjectId, ordinal: steps + 1, step, note: sealed });
  ctx.audit("milestones.plan_moved", { subjectId, trainee: code, period: periodTitle(plan), how });
  return new Redirect(ctx.url(`/plans/${plan.id}`), flash);
}

async function writeGoal(
  ctx: Context<Milestones>,
  { plan, trainee }: Found,
  body: { subcompetencyId: string; wording: string; measure?: string; confidence: number; dueOn: string },
  carriedFrom: string | null,
): Promise<void> {
  const { subjectId, frameworkId } = trainee;
  const about = (await ctx.db.all(subcompetenciesOf, { frameworkId })).find(({ id }) => id === body.subcompetencyId);
  if (!about) throw Problem.invalid({ subcompetencyId: "Choose a subcompetency of your own framework." });
  if (body.dueOn < dayOf(ctx.now)) throw Problem.invalid({ dueOn: "Choose a day that is still to come." });
  const row = Bun.randomUUIDv7();
  const at = { row, subject: subjectId };
  await ctx.db.one(addGoal, {
    id: row,
    planId: plan.id,
    subjectId,
    subcompetencyId: about.id,
    carriedFrom,
    wording: await ctx.seal(goals.wording, body.wording, at),
    measure: body.measure ? await ctx.seal(goals.measure, body.measure, at) : null,
    confidence: body.confidence,
    dueOn: body.dueOn,
  });
  ctx.audit("milestones.goal_written", { subjectId, subcompetency: about.code, period: periodTitle(plan) });
}

/** Goals that were carried forward and not taken up yet go on in the new plan, in their own words. How many. */
async function carryForward(ctx: Context<Milestones>, subjectId: string, planId: string, until: string) {
  const taken = new Set((await ctx.db.all(carriedOf, { subjectId })).map((row) => row.carriedFrom));
  const rows = (await ctx.db.all(goalsToCarry, { subjectId })).filter((row) => !taken.has(row.id));
  const today = dayOf(ctx.now);
  for (const row of rows) {
    const from = { row: row.id, subject: subjectId };
    const id = Bun.randomUUIDv7();
    const to = { row: id, subject: subjectId };
    const why = "to carry a goal forward";
    const measure = row.measure ? await ctx.open(row.measure, from, why) : null;
    await ctx.db.one(addGoal, {
      id,
      planId,
      subjectId,
      subcompetencyId: row.subcompetencyId,
      carriedFrom: row.id,
      wording: await ctx.seal(goals.wording, await ctx.open(row.wording, from, why), to),
      measure: measure === null ? null : await ctx.seal(goals.measure, measure, to),
      confidence: row.confidence,
      dueOn: until > today ? until : today,
    });
  }
  return rows.length;
}

async function choicesOf(ctx: Context<Milestones>, { frameworkId }: TraineeRow) {
  return (await ctx.db.all(subcompetenciesOf, { frameworkId })).map(({ id, code, title }) => ({
    value: id,
    label: `${code} ${title}`,
  }));
}

async function goalPageOf(ctx: Context<Milestones>, id: string) {
  const { goal, found } = await findGoal(ctx, id);
  refuse(found, "edit");
  const { subjectId } = goal;
  const opened = await openTexts(
    ctx,
    subjectId,
    [
      { row: id, part: "wording", value: goal.wording },
      { row: id, part: "measure", value: goal.measure },
    ],
    "to reword a goal",
  );
  return {
    crumbs: [{ label: `Learning plan, ${periodTitle(found.plan)}`, href: ctx.url(`/plans/${goal.planId}`) }],
    action: ctx.url(`/goals/${id}`),
    subcompetencies: await choicesOf(ctx, found.trainee),
    goal: {
      subcompetencyId: goal.subcompetencyId,
      wording: opened(id, "wording"),
      measure: opened(id, "measure"),
      confidence: goal.confidence,
      dueOn: goal.dueOn,
    },
  };
}

async function pageOf(ctx: Context<Milestones>, found: Found) {
  const { plan, trainee } = found;
  const { subjectId } = trainee;
  const state = stateIn(found);
  const isOwn = trainee.personId === ctx.actor.id;
  const reviews = !isOwn && ctx.may("milestones.plans.review");
  const can = (act: PlanAct, who: boolean) => who && whyNotPlan(act, state) === null;
  const steps = await ctx.db.all(stepsOfPlan, { planId: plan.id });
  const met = await ctx.db.all(checkInsOf, { planId: plan.id });
  const listed = (await ctx.db.all(goalsOfPlan, { planId: plan.id })).filter(
    ({ ending }) => ending !== "dropped" && ending !== "replaced",
  );
  const people = await ctx.people([...steps, ...met].map((row) => row.madeBy));
  const name = (await ctx.names([subjectId])).get(subjectId) ?? trainee.code;
  const by = (id: string | null) => (id === trainee.personId ? name : (people.get(id ?? "") ?? "A former colleague"));
  const opened = await openTexts(
    ctx,
    subjectId,
    [
      ...[...steps, ...met].map(({ id, note: value }) => ({ row: id, value })),
      ...listed.flatMap((goal) => [
        { row: goal.id, part: "wording", value: goal.wording },
        { row: goal.id, part: "measure", value: goal.measure },
        { row: goal.endingId ?? "", value: goal.endingNote },
      ]),
    ],
    "to read a learning plan",
  );
  const at = (path: string) => ctx.url(`/plans/${plan.id}/${path}`);
  return {
    name,
    isOwn,
    period: periodTitle(plan),
    state,
    crumbs: isOwn
      ? [{ label: "My learning plans", href: ctx.url("/my-plans") }]
      : [{ label: "Learning plans", href: ctx.url(`/plans?period=${plan.periodId}`) }],
    pdfHref: isOwn && ctx.may("milestones.plans.export") ? at("plan.pdf") : null,
    goals: listed.map((goal) => {
      const words = { wording: opened(goal.id, "wording"), measure: opened(goal.id, "measure") };
      return {
        id: goal.id,
        code: goal.code,
        title: goal.title,
        ...words,
        confidence: goal.confidence,
        dueOn: goal.dueOn,
        isLate: !goal.ending && goal.dueOn < dayOf(ctx.now),
        isCarried: goal.carriedFrom !== null,
        hints:
          state === "draft" ? hintsFor({ ...words, confidence: goal.confidence }).map(({ sentence }) => sentence) : [],
        ending: goal.ending,
        endingNote: opened(goal.endingId ?? ""),
        editHref: can("edit", isOwn) ? ctx.url(`/goals/${goal.id}`) : null,
        dropAction: can("edit", isOwn) ? ctx.url(`/goals/${goal.id}/drop`) : null,
        outcomeAction: can("end_goal", reviews) && !goal.ending ? ctx.url(`/goals/${goal.id}/outcome`) : null,
      };
    }),
    addGoal: can("edit", isOwn)
      ? { action: at("goals"), subcompetencies: await choicesOf(ctx, trainee), dueOn: plan.endsOn }
      : null,
    submitAction: can("submit", isOwn) && found.openGoals > 0 ? at("submit") : null,
    beginAction: can("begin", isOwn) ? at("begin") : null,
    takeUpAction: can("take_up", reviews) ? at("review") : null,
    reviewAction: can("agree", reviews) ? at("review") : null,
    checkInAction: can("check_in", reviews) ? at("check-ins") : null,
    happened: [
      ...steps.map((row) => ({
        at: row.madeAt,
        by: by(row.madeBy),
        what: planStepInWords[row.step],
        note: opened(row.id),
      })),
      ...met.map((row) => ({ at: row.madeAt, by: by(row.madeBy), what: "noted a check-in", note: opened(row.id) })),
    ].sort((a, b) => b.at.getTime() - a.at.getTime()),
  };
}
