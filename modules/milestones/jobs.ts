/** What runs later: reminders, and ending an evaluator's view of a trainee once the evaluation is in. */
import type { Context } from "@core/module.ts";
import { endAssignment } from "@core/subjects/assignments.ts";
import { letter, renewLink } from "./asking.ts";
import type { Milestones } from "./names.ts";
import { isCheckInDue } from "./plan.ts";
import { addReminders, evaluationById, stillOpen, type ToRemindRow, toRemind } from "./store/evaluations.ts";
import { addCheckInReminders, lastCheckIns, lastReminders, plansUnderWay } from "./store/plans.ts";
import { evaluatorAssignment, mentorings, peopleWithMail, traineeCode } from "./store/trainees.ts";

/** One mail a person, once for each evaluation. It names nobody: a mail box is not the place for a trainee's name. */
export async function remind(_: Record<never, never>, ctx: Context<Milestones>): Promise<void> {
  const before = new Date(ctx.now.getTime() + ctx.settings.remindBefore * 24 * 60 * 60 * 1000).toISOString();
  const open = await ctx.db.all(toRemind, { before });
  await remindOutside(ctx, open);
  const waiting = Map.groupBy(
    open.filter((row) => row.evaluatorId),
    (row) => row.evaluatorId,
  );
  if (waiting.size === 0) return;
  const people = new Map((await ctx.db.all(peopleWithMail, {})).map((row) => [row.id, row]));
  for (const [personId, rows] of waiting) {
    const person = people.get(personId ?? "");
    if (!person) continue;
    const count = rows.length === 1 ? "An evaluation is" : `${rows.length} evaluations are`;
    await ctx.mail({
      to: person.email,
      subject: `${count} waiting for you in ${ctx.workspace.title}`,
      text: `${count} waiting for you; the first is due on ${rows[0]?.dueOn}.\n\nSign in to ${ctx.tenant.name} and look under “Waiting for me” in ${ctx.workspace.title}.`,
    });
    await ctx.db.all(addReminders(rows.map((row) => row.id)), {});
    ctx.audit("milestones.reminded", { evaluator: person.name, count: rows.length });
  }
}

/** Who has no account gets a link of each evaluation again; the one from before is void. */
async function remindOutside(ctx: Context<Milestones>, open: readonly ToRemindRow[]): Promise<void> {
  for (const { id, subjectId, linkId, evaluatorEmail, rotation, expiresAt, dueOn } of open) {
    if (!linkId || !evaluatorEmail) continue;
    const { code } = await ctx.db.one(traineeCode, { subjectId });
    const path = await renewLink(ctx, { id, subjectId, linkId, expiresAt, rotation, code });
    await letter(ctx, evaluatorEmail, path, { until: dueOn });
    await ctx.db.all(addReminders([id]), {});
    ctx.audit("milestones.reminded", { evaluator: "someone without an account", count: 1 });
  }
}

/** The evaluator sees who the trainee is for as long as something is asked of him, and no longer. */
export async function closeRequest(
  { evaluationId }: { evaluationId: string },
  ctx: Context<Milestones>,
): Promise<void> {
  const { evaluatorId, subjectId } = await ctx.db.one(evaluationById, { id: evaluationId });
  if (!evaluatorId) return;
  const open = await ctx.db.all(stillOpen, { evaluatorId, subjectId });
  if (open.length > 0) return;
  const assignment = await ctx.db.first(evaluatorAssignment, { personId: evaluatorId, subjectId });
  if (assignment) await endAssignment(ctx, assignment.id);
}

/** One mail a mentor: that check-ins are late, how many, and where to look. Without a mentor nobody is told. */
export async function remindCheckIns(_: Record<never, never>, ctx: Context<Milestones>): Promise<void> {
  const atOf = (rows: readonly { planId: string; at: Date | null }[]) =>
    new Map(rows.map((row) => [row.planId, row.at]));
  const [checked, reminded] = [atOf(await ctx.db.all(lastCheckIns, {})), atOf(await ctx.db.all(lastReminders, {}))];
  const late = (await ctx.db.all(plansUnderWay, {})).filter(({ planId, begunAt }) =>
    isCheckInDue(
      { begunAt, lastAt: checked.get(planId) ?? null, remindedAt: reminded.get(planId) ?? null },
      ctx.settings.daysBetweenCheckIns,
      ctx.now,
    ),
  );
  if (late.length === 0) return;
  const subjects = new Map(late.map((row) => [row.subjectId, row]));
  const mentored = (await ctx.db.all(mentorings, {})).filter((row) => subjects.has(row.subjectId));
  const people = new Map((await ctx.db.all(peopleWithMail, {})).map((row) => [row.id, row]));
  for (const [personId, rows] of Map.groupBy(mentored, (row) => row.personId)) {
    const person = people.get(personId);
    if (!person) continue;
    const count = rows.length === 1 ? "A check-in is" : `${rows.length} check-ins are`;
    await ctx.mail({
      to: person.email,
      subject: `${count} due in ${ctx.workspace.title}`,
      text: `${count} due on a learning plan of a trainee whom you mentor.\n\nSign in to ${ctx.tenant.name} and look under “Learning plans” in ${ctx.workspace.title}.`,
    });
    ctx.audit("milestones.check_in_reminded", { mentor: person.name, count: rows.length });
  }
  const told = new Set(mentored.map((row) => row.subjectId));
  const rows = late.flatMap(({ planId, subjectId }) => (told.has(subjectId) ? [{ planId, subjectId }] : []));
  if (rows.length > 0) await ctx.db.all(addCheckInReminders(rows), {});
}
