/** Once a day: who has something due in this study is told so by mail, how much of it, and nothing of what. */
import type { Context, Job } from "@core/module.ts";
import { asRule, documentRows } from "./dossier-standing.ts";
import type { Studies } from "./module-words.ts";
import { approvalState, dueOn } from "./rules/approval.ts";
import { dayOf } from "./rules/days.ts";
import { stateOf, validUntil } from "./rules/delegation.ts";
import { newestOf } from "./rules/documents.ts";
import { isReminderDay, isRenewalDay } from "./rules/tasks.ts";
import { allCourses, allTrainings, coursesOn, delegationLog } from "./store/delegation.ts";
import { allApprovals } from "./store/dossier.ts";
import { addReminder, addressesOf, openTasks } from "./store/tasks.ts";
import { taskJobs } from "./task-names.ts";

/** Person → how many things he is reminded of today. */
async function remindedToday(ctx: Context<Studies>): Promise<Map<string, number>> {
  const today = dayOf(ctx.now);
  const { remindBefore } = ctx.settings;
  const count = new Map<string, number>();
  const remind = (person: string | null) => {
    if (person) count.set(person, (count.get(person) ?? 0) + 1);
  };
  for (const task of await ctx.db.all(openTasks, {}))
    if (isReminderDay(task.dueOn, today, remindBefore)) remind(task.personId);

  const approvals = (await ctx.db.all(allApprovals, {})).map(asRule);
  for (const row of approvals) {
    const state = approvalState(row, approvals, today);
    const due = dueOn(row, approvals);
    if ((state === "open" || state === "late") && due && isReminderDay(due, today, remindBefore)) remind(row.deciderId);
    if (row.decision === "granted" && row.validUntil && isRenewalDay(row.validUntil, today)) remind(row.askedBy);
  }
  for (const row of newestOf(await documentRows(ctx)).values())
    if (row.expiresOn && isRenewalDay(row.expiresOn, today)) remind(row.madeBy);

  const courses = coursesOn(await ctx.db.all(allCourses, {}), today);
  const trainings = await ctx.db.all(allTrainings, {});
  for (const delegation of await delegationLog(ctx.db)) {
    if (stateOf(delegation, today) !== "in force") continue;
    if (delegation.untilOn && isRenewalDay(delegation.untilOn, today)) remind(delegation.personId);
    for (const course of courses.filter(({ tasks }) => tasks.some((task) => delegation.tasks.includes(task)))) {
      const last = trainings
        .filter((one) => one.personId === delegation.personId && one.courseId === course.id)
        .map(({ completedOn }) => completedOn)
        .sort()
        .at(-1);
      const until = last ? validUntil(course, last) : null;
      if (until && isRenewalDay(until, today)) remind(delegation.personId);
    }
  }
  return count;
}

export async function remind(_payload: Record<never, never>, ctx: Context<Studies>): Promise<void> {
  const counts = await remindedToday(ctx);
  if (counts.size === 0) return;
  const people = await ctx.db.all(addressesOf, { ids: [...counts.keys()] });
  let reminded = 0;
  for (const { id, email } of people) {
    const count = counts.get(id) ?? 0;
    const [isFirst] = await ctx.db.all(addReminder, { personId: id, onDay: dayOf(ctx.now), things: count });
    if (!isFirst) continue;
    reminded += 1;
    await ctx.mail({
      to: email,
      subject: `${ctx.workspace.title}: ${count === 1 ? "one thing is" : `${count} things are`} due`,
      text: `${count === 1 ? "Something in this study waits" : `${count} things in this study wait`} for you. What it is stands under “My day”:\n\n${ctx.address("/today")}\n`,
    });
  }
  if (reminded > 0) ctx.audit("studies.reminded", { count: reminded });
}

export const managementJobRuns = {
  "studies.remind": {
    title: "Remind people of what is due in the study",
    payload: taskJobs["studies.remind"],
    every: "0 6 * * *",
    permissions: [
      "studies.tasks.read",
      "studies.tasks.give",
      "studies.approvals.read",
      "studies.documents.read",
      "studies.documents.study",
      "studies.delegation.read",
      "studies.training.read",
      "studies.dossier.read",
      "core.people.read",
    ],
    run: remind as Job["run"],
  },
} as const;
