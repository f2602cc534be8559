/** One mail a week to each who has something waiting: numbers and a way in, never a name. */
import { holds } from "@core/access/holding.ts";
import type { Context } from "@core/module.ts";
import { counted } from "./counted.ts";
import type { Milestones } from "./names.ts";
import { choosePeriod, dayOf, isInTraining } from "./period.ts";
import { isToDecide } from "./review.ts";
import { standingIn } from "./standing.ts";
import { hasArrived, requestsIn } from "./store/evaluations.ts";
import { allPeriods } from "./store/frameworks.ts";
import { lastStepsIn } from "./store/plans.ts";
import { colleagues, mentorings, roster } from "./store/trainees.ts";

export async function digest(_: Record<never, never>, ctx: Context<Milestones>): Promise<void> {
  if (!ctx.settings.weeklyDigest) return;
  const today = dayOf(ctx.now);
  const period = choosePeriod(await ctx.db.all(allPeriods, {}), undefined, today);
  if (!period) return;
  const lines = new Map<string, string[]>();
  const say = (personId: string, line: string) => lines.set(personId, [...(lines.get(personId) ?? []), line]);

  const requests = await ctx.db.all(requestsIn, { periodId: period.id });
  const open = requests.filter(
    (row) => !row.submittedAt && !row.withdrawnAt && row.expiresAt > ctx.now && row.evaluatorId,
  );
  for (const [personId, rows] of Map.groupBy(open, (row) => row.evaluatorId ?? ""))
    say(personId, `${counted(rows.length, "evaluation")} to complete, the first due on ${rows[0]?.dueOn}`);

  const staff = await ctx.db.all(colleagues, {});
  const unconfirmed = requests.filter((row) => row.submittedAt && !row.withdrawnAt && !hasArrived(row)).length;
  for (const { id } of staff.filter(
    (row) => holds(row, "milestones.evaluations.request") && !holds(row, "milestones.decide"),
  ))
    if (unconfirmed > 0) say(id, `${counted(unconfirmed, "answer")} to confirm`);
  const standing = await standingIn(ctx, period.id);
  const trainees = (await ctx.db.all(roster, {})).filter((row) => isInTraining(row, period));
  const mentored = Map.groupBy(await ctx.db.all(mentorings, {}), (row) => row.personId);
  for (const { id } of staff.filter((row) => holds(row, "milestones.committee.rate"))) {
    const own = new Set((mentored.get(id) ?? []).map((row) => row.subjectId));
    const sheets = trainees.filter(({ subjectId }) => {
      const { state, sheets: there, reviewers, isRevealed } = standing(subjectId);
      return (
        state === "collecting" &&
        !isRevealed &&
        !own.has(subjectId) &&
        (reviewers.length === 0 || reviewers.some(({ memberId }) => memberId === id)) &&
        !there.some(({ memberId }) => memberId === id)
      );
    }).length;
    if (sheets > 0) say(id, `${counted(sheets, "committee sheet")} to hand in by ${period.closesOn}`);
  }
  const decisions = trainees.filter(({ subjectId }) =>
    isToDecide(standing(subjectId).state, ctx.settings.meetingFirst),
  ).length;
  for (const { id } of staff.filter((row) => holds(row, "milestones.decide")))
    if (decisions > 0) say(id, `${counted(decisions, "decision")} to make by ${period.closesOn}`);
  const waiting = (await ctx.db.all(lastStepsIn, { periodId: period.id })).filter(
    ({ step }) => step === "submitted" || step === "taken_up",
  );
  for (const [personId, rows] of mentored) {
    const own = new Set(rows.map((row) => row.subjectId));
    const count = waiting.filter((row) => own.has(row.subjectId)).length;
    if (count > 0) say(personId, `${counted(count, "learning plan")} to review`);
  }

  const people = new Map(staff.map((row) => [row.id, row]));
  let sent = 0;
  for (const [personId, own] of lines) {
    const person = people.get(personId);
    if (!person) continue;
    await ctx.mail({
      to: person.email,
      subject: `This week in ${ctx.workspace.title}`,
      text: `What waits for you in ${ctx.workspace.title}:\n\n${own.map((line) => `- ${line}`).join("\n")}\n\nSign in to ${ctx.tenant.name} and open the work list: ${ctx.address(ctx.url("/work"))}`,
    });
    sent += 1;
  }
  if (sent > 0) ctx.audit("milestones.digest_sent", { count: sent });
}
