/**
 * What waits for the person who looks, across the program, the oldest first. The same list stands on the program's page
 * (with names), under "My day" and in the calendar (without any), and in the weekly mail (as numbers).
 */
import type { Context } from "@core/module.ts";
import { historyOf, toAcknowledge } from "./history.ts";
import type { Milestones } from "./names.ts";
import { addDays, choosePeriod, dayOf, isInTraining, isWithin } from "./period.ts";
import { isToDecide } from "./review.ts";
import { standingIn } from "./standing.ts";
import { revealsIn } from "./store/committee.ts";
import { askedOf, hasArrived, requestsIn } from "./store/evaluations.ts";
import { allPeriods, type PeriodRow } from "./store/frameworks.ts";
import { lastPipSteps } from "./store/pips.ts";
import { lastStepsIn, lastStepsOf } from "./store/plans.ts";
import { endedBlocks } from "./store/schedule.ts";
import { selfAssessmentsOf } from "./store/self.ts";
import { flagsWithDisposition } from "./store/summaries.ts";
import { consentsTo, thirdParties } from "./store/third-parties.ts";
import { mentorings, roster, traineeOfPerson } from "./store/trainees.ts";

export interface Waiting {
  /** Never a name: it is shown in calendars. */
  readonly title: string;
  /** Whom it is about, for pages where that may be said. */
  readonly subjectId: string | null;
  /** Since when it waits. */
  readonly since: string;
  /** By when it is due, where that is known. */
  readonly on: string | null;
  readonly path: string;
}

export async function worklist(ctx: Context<Milestones>): Promise<readonly Waiting[]> {
  const today = dayOf(ctx.now);
  const period = choosePeriod(await ctx.db.all(allPeriods, {}), undefined, today);
  const lists = [
    ctx.may("milestones.evaluations.complete") ? await evaluations(ctx, today) : [],
    period && (ctx.may("milestones.committee.rate") || ctx.may("milestones.decide"))
      ? await committee(ctx, period)
      : [],
    ctx.may("milestones.summaries.read") ? await flags(ctx) : [],
    ctx.may("milestones.releases.read") ? await releases(ctx, today) : [],
    period && ctx.may("milestones.plans.review") ? await plans(ctx, period) : [],
    ctx.may("milestones.pips.review") ? await improvement(ctx) : [],
    period && ctx.may("milestones.evaluations.request") ? await requests(ctx, period, today) : [],
    ctx.may("milestones.acknowledge") ? await mine(ctx, period, today) : [],
  ];
  return lists.flat().sort(oldestFirst);
}

export const oldestFirst = (a: Pick<Waiting, "since">, b: Pick<Waiting, "since">): number =>
  a.since < b.since ? -1 : a.since > b.since ? 1 : 0;

async function evaluations(ctx: Context<Milestones>, today: string): Promise<Waiting[]> {
  const rows = await ctx.db.all(askedOf, { personId: ctx.actor.id ?? "" });
  return rows
    .filter((row) => !row.submittedAt && row.expiresAt > ctx.now)
    .map((row) => ({
      title: row.dueOn < today ? "Evaluation, late" : "Evaluation to complete",
      subjectId: row.subjectId,
      since: addDays(row.dueOn, -ctx.settings.daysToComplete),
      on: row.dueOn,
      path: `/evaluations/${row.id}`,
    }));
}

async function committee(ctx: Context<Milestones>, period: PeriodRow): Promise<Waiting[]> {
  const standing = await standingIn(ctx, period.id);
  const opened = new Map(
    (await ctx.db.all(revealsIn, { periodId: period.id })).map((row) => [row.subjectId, dayOf(row.madeAt)]),
  );
  const own = new Set(
    (await ctx.db.all(mentorings, {})).filter((row) => row.personId === ctx.actor.id).map((row) => row.subjectId),
  );
  const found: Waiting[] = [];
  const wait = (title: string, subjectId: string, since: string, path: string) =>
    found.push({ title, subjectId, since, on: period.closesOn, path });
  for (const row of await ctx.db.all(roster, {})) {
    if (!isInTraining(row, period)) continue;
    const { subjectId } = row;
    const { state, sheets, reviewers, decision, isRevealed } = standing(subjectId);
    const at = `${period.id}/${subjectId}`;
    const rates =
      ctx.may("milestones.committee.rate") &&
      !own.has(subjectId) &&
      !isRevealed &&
      state === "collecting" &&
      (reviewers.length === 0 || reviewers.some(({ memberId }) => memberId === ctx.actor.id)) &&
      !sheets.some(({ memberId }) => memberId === ctx.actor.id);
    if (rates) wait("Committee sheet to hand in", subjectId, period.opensOn, `/committee/${at}`);
    if (!ctx.may("milestones.decide")) continue;
    if (isToDecide(state, ctx.settings.meetingFirst))
      wait("Decision to make", subjectId, opened.get(subjectId) ?? period.opensOn, `/decisions/${at}`);
    if (state === "finalised" && decision)
      wait("Result to release", subjectId, dayOf(decision.madeAt), `/decisions/${at}`);
    if (state === "released" && decision?.releasedAt) {
      const late = addDays(dayOf(decision.releasedAt), 30);
      if (late <= dayOf(ctx.now)) wait("Result not acknowledged for 30 days", subjectId, late, `/decisions/${at}`);
    }
  }
  return found;
}

async function flags(ctx: Context<Milestones>): Promise<Waiting[]> {
  return (await ctx.db.all(flagsWithDisposition, {}))
    .filter((row) => !row.dispositionId)
    .map((row) => ({
      title: "Flag to look at",
      subjectId: row.subjectId,
      since: dayOf(row.madeAt),
      on: null,
      path: `/flags/${row.id}`,
    }));
}

async function releases(ctx: Context<Milestones>, today: string): Promise<Waiting[]> {
  const side = ctx.may("milestones.decide") ? "director" : "trainee";
  const given = new Set(
    (await ctx.db.all(consentsTo, {})).filter((row) => row.side === side).map((row) => row.requestId),
  );
  return (await ctx.db.all(thirdParties, {}))
    .filter((row) => !row.endingId && !row.downloadId && row.expiresOn >= today && !given.has(row.id))
    .map((row) => ({
      title: "A third party asks for your consent",
      subjectId: row.subjectId,
      since: dayOf(row.madeAt),
      on: row.expiresOn,
      path: `/third-parties/${row.id}/consent`,
    }));
}

async function plans(ctx: Context<Milestones>, period: PeriodRow): Promise<Waiting[]> {
  const own = new Set(
    (await ctx.db.all(mentorings, {})).filter((row) => row.personId === ctx.actor.id).map((row) => row.subjectId),
  );
  return (await ctx.db.all(lastStepsIn, { periodId: period.id }))
    .filter(
      ({ step, subjectId }) =>
        (step === "submitted" || step === "taken_up") && (own.has(subjectId) || ctx.may("milestones.decide")),
    )
    .map((row) => ({
      title: "Learning plan to review",
      subjectId: row.subjectId,
      since: dayOf(row.madeAt),
      on: null,
      path: `/plans/${row.planId}`,
    }));
}

async function improvement(ctx: Context<Milestones>): Promise<Waiting[]> {
  return (await ctx.db.all(lastPipSteps, {}))
    .filter(({ step }) => step === "put_forward")
    .map((row) => ({
      title: "Improvement plan for a second review",
      subjectId: row.subjectId,
      since: dayOf(row.madeAt),
      on: null,
      path: `/improvement/${row.pipId}`,
    }));
}

async function requests(ctx: Context<Milestones>, period: PeriodRow, today: string): Promise<Waiting[]> {
  const rows = await ctx.db.all(requestsIn, { periodId: period.id });
  const unconfirmed = rows.filter((row) => row.submittedAt && !row.withdrawnAt && !hasArrived(row));
  const expired = rows.filter(
    (row) => !row.submittedAt && !row.withdrawnAt && !row.extendedAt && row.expiresAt <= ctx.now,
  );
  const blocks = ctx.settings.askFromSchedule ? [] : await ctx.db.all(endedBlocks, { day: today });
  const [oldest] = blocks;
  return [
    ...unconfirmed.map((row) => ({
      title: "Answer to confirm: who gave it?",
      subjectId: row.subjectId,
      since: dayOf(row.submittedAt ?? row.expiresAt),
      on: null,
      path: `/requests/${row.id}`,
    })),
    ...expired.map((row) => ({
      title: "Evaluation request that expired",
      subjectId: row.subjectId,
      since: dayOf(row.expiresAt),
      on: null,
      path: `/requests/${row.id}`,
    })),
    ...(oldest
      ? [
          {
            title: `Rotations that ended, nobody asked: ${blocks.length}`,
            subjectId: null,
            since: oldest.endsOn,
            on: null,
            path: "/schedule",
          },
        ]
      : []),
  ];
}

async function mine(ctx: Context<Milestones>, period: PeriodRow | null, today: string): Promise<Waiting[]> {
  const trainee = await ctx.db.first(traineeOfPerson, { personId: ctx.actor.id ?? "" });
  if (!trainee) return [];
  const { subjectId } = trainee;
  const found: Waiting[] = [];
  const result = toAcknowledge(await historyOf(ctx, trainee));
  if (result?.decision.releasedAt)
    found.push({
      title: "Result to read and acknowledge",
      subjectId,
      since: dayOf(result.decision.releasedAt),
      on: addDays(dayOf(result.decision.releasedAt), 30),
      path: "/mine",
    });
  const isRunning = period && isInTraining(trainee, period) && isWithin(today, period) && period.opensOn <= today;
  const has = isRunning
    ? (await ctx.db.all(selfAssessmentsOf, { subjectId })).some((row) => row.periodId === period.id)
    : true;
  if (period && !has)
    found.push({
      title: "Your own view, before the committee meets",
      subjectId,
      since: period.opensOn,
      on: period.closesOn,
      path: "/self",
    });
  for (const row of await ctx.db.all(lastStepsOf, { subjectId }))
    if (row.step === "agreed" || row.step === "returned")
      found.push({
        title: row.step === "agreed" ? "Learning plan to put into effect" : "Learning plan that came back",
        subjectId,
        since: dayOf(row.madeAt),
        on: null,
        path: `/plans/${row.planId}`,
      });
  if (ctx.may("milestones.pips.own"))
    for (const row of await ctx.db.all(lastPipSteps, {}))
      if (row.step === "issued")
        found.push({
          title: "A notice that asks for your answer",
          subjectId,
          since: dayOf(row.madeAt),
          on: null,
          path: `/improvement/${row.pipId}`,
        });
  return found;
}
