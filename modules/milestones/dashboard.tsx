/** What waits for me, one short panel for each part a person may play. */
import type { Context, Panel as DashboardPanel } from "@core/module.ts";
import type { Html } from "@views/html.ts";
import { counted } from "./counted.ts";
import { historyOf, toAcknowledge } from "./history.ts";
import type { Milestones, permissions } from "./names.ts";
import { choosePeriod, dayOf, isInTraining } from "./period.ts";
import { isToDecide } from "./review.ts";
import { standingIn } from "./standing.ts";
import { askedOf } from "./store/evaluations.ts";
import { allPeriods } from "./store/frameworks.ts";
import { lastPipSteps } from "./store/pips.ts";
import { lastStepsIn, lastStepsOf } from "./store/plans.ts";
import { roster, traineeOfPerson } from "./store/trainees.ts";

/** The page that shows it has the panel's frame and title already. */
const Waiting = ({ sentence, href, act }: { sentence: string; href: string; act: string }): Html => (
  <>
    <p>{sentence}</p>
    <p>
      <a href={href}>{act}</a>
    </p>
  </>
);

async function evaluationsForMe(ctx: Context): Promise<Html | null> {
  const open = (await ctx.db.all(askedOf, { personId: ctx.actor.id ?? "" })).filter(
    (row) => !row.submittedAt && row.expiresAt > ctx.now,
  );
  const [first] = open;
  if (!first) return null;
  return (
    <Waiting
      sentence={`${open.length === 1 ? "One evaluation waits" : `${open.length} evaluations wait`} for you; the first is due on ${first.dueOn}.`}
      href={ctx.url("/evaluations")}
      act="Complete them"
    />
  );
}

async function toRate(ctx: Context<Milestones>): Promise<Html | null> {
  const period = choosePeriod(await ctx.db.all(allPeriods, {}), undefined, dayOf(ctx.now));
  if (!period) return null;
  const standing = await standingIn(ctx, period.id);
  const open = (await ctx.db.all(roster, {}))
    .filter((row) => isInTraining(row, period))
    .map((row) => standing(row.subjectId))
    .filter(({ state }) => state === "collecting" || state === "rated");
  const mine = open.filter(
    ({ sheets, reviewers }) =>
      (reviewers.length === 0 || reviewers.some(({ memberId }) => memberId === ctx.actor.id)) &&
      !sheets.some((sheet) => sheet.memberId === ctx.actor.id),
  ).length;
  if (mine === 0) return null;
  return (
    <Waiting
      sentence={`${mine === 1 ? "One of your sheets is" : `${mine} of your sheets are`} missing in this period.`}
      href={ctx.url("/committee")}
      act="Rate"
    />
  );
}

async function toDecide(ctx: Context<Milestones>): Promise<Html | null> {
  const period = choosePeriod(await ctx.db.all(allPeriods, {}), undefined, dayOf(ctx.now));
  if (!period) return null;
  const standing = await standingIn(ctx, period.id);
  const rated = (await ctx.db.all(roster, {})).filter((row) =>
    isToDecide(standing(row.subjectId).state, ctx.settings.meetingFirst),
  ).length;
  if (rated === 0) return null;
  return (
    <Waiting
      sentence={`The committee has rated ${rated === 1 ? "one trainee" : `${rated} trainees`}; the decision is yours.`}
      href={ctx.url("/committee")}
      act="Decide"
    />
  );
}

async function myResult(ctx: Context<Milestones>): Promise<Html | null> {
  const trainee = await ctx.db.first(traineeOfPerson, { personId: ctx.actor.id ?? "" });
  const result = trainee && toAcknowledge(await historyOf(ctx, trainee));
  return (
    result && <Waiting sentence={`Your result for ${result.title} is here.`} href={ctx.url("/mine")} act="Read it" />
  );
}

async function plansToReview(ctx: Context<Milestones>): Promise<Html | null> {
  const period = choosePeriod(await ctx.db.all(allPeriods, {}), undefined, dayOf(ctx.now));
  if (!period) return null;
  const waiting = (await ctx.db.all(lastStepsIn, { periodId: period.id })).filter(
    ({ step }) => step === "submitted" || step === "taken_up",
  ).length;
  if (waiting === 0) return null;
  return (
    <Waiting
      sentence={`${counted(waiting, "learning plan")} ${waiting === 1 ? "waits" : "wait"} for a mentor's word.`}
      href={ctx.url("/plans")}
      act="Review"
    />
  );
}

async function planToBegin(ctx: Context<Milestones>): Promise<Html | null> {
  const trainee = await ctx.db.first(traineeOfPerson, { personId: ctx.actor.id ?? "" });
  if (!trainee) return null;
  const steps = await ctx.db.all(lastStepsOf, { subjectId: trainee.subjectId });
  const mine = steps.find(({ step }) => step === "agreed" || step === "returned");
  if (!mine) return null;
  return (
    <Waiting
      sentence={
        mine.step === "agreed" ? "Your mentor has agreed; put it into effect." : "Your mentor has handed it back."
      }
      href={ctx.url(`/plans/${mine.planId}`)}
      act="Open it"
    />
  );
}

/** A notice is not told by name on a page that others may look at over the shoulder. */
async function toAnswer(ctx: Context): Promise<Html | null> {
  const waiting = (await ctx.db.all(lastPipSteps, {})).find(({ step }) => step === "issued");
  if (!waiting) return null;
  return (
    <Waiting
      sentence="Your program has given you a notice that asks for your answer."
      href={ctx.url(`/improvement/${waiting.pipId}`)}
      act="Read it"
    />
  );
}

async function toApprove(ctx: Context): Promise<Html | null> {
  const waiting = (await ctx.db.all(lastPipSteps, {})).filter(({ step }) => step === "put_forward").length;
  if (waiting === 0) return null;
  return (
    <Waiting
      sentence={`${counted(waiting, "improvement plan")} ${waiting === 1 ? "waits" : "wait"} for a second person.`}
      href={ctx.url("/improvement")}
      act="Review"
    />
  );
}

/** The kernel hands a panel the module's own context; here its vocabulary is remembered. */
const own = (render: (ctx: Context<Milestones>) => Promise<Html | null>) => render as DashboardPanel["render"];

export const dashboard: readonly DashboardPanel<keyof typeof permissions & string>[] = [
  { title: "Evaluations", needs: "milestones.evaluations.complete", render: evaluationsForMe },
  { title: "Committee", needs: "milestones.committee.rate", render: own(toRate) },
  { title: "Decisions", needs: "milestones.decide", render: own(toDecide) },
  { title: "Learning plans", needs: "milestones.plans.review", render: own(plansToReview) },
  { title: "Second review", needs: "milestones.pips.review", render: toApprove },
  { title: "A notice", needs: "milestones.pips.own", render: toAnswer },
  { title: "Your learning plan", needs: "milestones.plans.write", render: own(planToBegin) },
  { title: "Your result", needs: "milestones.acknowledge", render: own(myResult) },
];
