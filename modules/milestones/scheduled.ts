/** Asks about the blocks of the schedule that have ended, each once. */
import type { Context } from "@core/module.ts";
import { askColleague } from "./asking.ts";
import type { Milestones } from "./names.ts";
import { dayOf, isWithin } from "./period.ts";
import { allPeriods, allSubcompetencies } from "./store/frameworks.ts";
import { endedBlocks, noteBlockRequest } from "./store/schedule.ts";
import { roster } from "./store/trainees.ts";

export async function askAboutEnded(ctx: Context<Milestones>): Promise<{ asked: number; outside: number }> {
  const periods = await ctx.db.all(allPeriods, {});
  const trainees = new Map((await ctx.db.all(roster, {})).map((row) => [row.subjectId, row]));
  const codes = (await ctx.db.all(allSubcompetencies, {})).map((row) => row.code);
  const rows = await ctx.db.all(endedBlocks, { day: dayOf(ctx.now) });
  const people = await ctx.people(rows.map((row) => row.evaluatorId));
  let [asked, outside] = [0, 0];
  for (const block of rows) {
    const period = periods.find((one) => isWithin(block.endsOn, one));
    const trainee = trainees.get(block.subjectId);
    if (!period || !trainee) {
      outside += 1;
      continue;
    }
    const evaluator = { id: block.evaluatorId, name: people.get(block.evaluatorId) ?? "Someone" };
    const evaluationId = await askColleague(ctx, {
      trainee,
      periodId: period.id,
      rotation: block.rotation,
      askedBy: "schedule",
      happenedOn: block.endsOn,
      formVersionId: block.formVersionId,
      codes: [...new Set(codes)],
      evaluator,
    });
    await ctx.db.one(noteBlockRequest, { blockId: block.id, subjectId: block.subjectId, evaluationId });
    ctx.audit("milestones.evaluation_requested", {
      subjectId: trainee.subjectId,
      evaluator: evaluator.name,
      trainee: trainee.code,
      rotation: block.rotation,
    });
    asked += 1;
  }
  return { asked, outside };
}
