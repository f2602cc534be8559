/** What runs later: reminders, and ending an evaluator's view of a trainee once the evaluation is in. */
import type { Context } from "@core/module.ts";
import { endAssignment } from "@core/subjects/assignments.ts";
import type { Milestones } from "./names.ts";
import { addReminders, evaluationById, stillOpen, toRemind } from "./store/evaluations.ts";
import { evaluatorAssignment, peopleWithMail } from "./store/trainees.ts";

/** One mail a person, once for each evaluation. It names nobody: a mail box is not the place for a trainee's name. */
export async function remind(_: Record<never, never>, ctx: Context<Milestones>): Promise<void> {
  const before = new Date(ctx.now.getTime() + ctx.settings.remindBefore * 24 * 60 * 60 * 1000).toISOString();
  const waiting = Map.groupBy(await ctx.db.all(toRemind, { before }), (row) => row.evaluatorId);
  if (waiting.size === 0) return;
  const people = new Map((await ctx.db.all(peopleWithMail, {})).map((row) => [row.id, row]));
  for (const [personId, rows] of waiting) {
    const person = people.get(personId);
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

/** The evaluator sees who the trainee is for as long as something is asked of him, and no longer. */
export async function closeRequest(
  { evaluationId }: { evaluationId: string },
  ctx: Context<Milestones>,
): Promise<void> {
  const { evaluatorId, subjectId } = await ctx.db.one(evaluationById, { id: evaluationId });
  const open = await ctx.db.all(stillOpen, { evaluatorId, subjectId });
  if (open.length > 0) return;
  const assignment = await ctx.db.first(evaluatorAssignment, { personId: evaluatorId, subjectId });
  if (assignment) await endAssignment(ctx, assignment.id);
}
