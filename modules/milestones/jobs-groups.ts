/** What runs later for groups and the schedule. */
import type { Context } from "@core/module.ts";
import { sumGroup } from "./group.ts";
import type { Milestones } from "./names.ts";
import { askAboutEnded } from "./scheduled.ts";
import { addGroupResult, answersOfGroup, groupResultsOf } from "./store/groups.ts";
import { traineeCode } from "./store/trainees.ts";

/** Only whole groups: between two sums lie so many answers that the difference is never one person's. */
export async function sumGroups(
  of: { readonly subjectId: string; readonly periodId: string; readonly kind: "peer" | "patient" },
  ctx: Context<Milestones>,
): Promise<void> {
  const answers = Map.groupBy(await ctx.db.all(answersOfGroup, of), (row) => row.formItemId);
  const last = new Map(
    (await ctx.db.all(groupResultsOf, { subjectId: of.subjectId }))
      .filter((row) => row.periodId === of.periodId)
      .map((row) => [row.formItemId, row.answers]),
  );
  let most = 0;
  for (const [formItemId, rows] of answers) {
    const sum = sumGroup(
      rows.map((row) => row.value),
      ctx.settings.groupOf,
      last.get(formItemId) ?? 0,
    );
    if (!sum) continue;
    await ctx.db.first(addGroupResult, { ...of, formItemId, ...sum });
    most = Math.max(most, sum.answers);
  }
  if (most === 0) return;
  const { code } = await ctx.db.one(traineeCode, { subjectId: of.subjectId });
  ctx.audit("milestones.group_summed", { subjectId: of.subjectId, trainee: code, kind: of.kind, count: most });
}

export async function askFromSchedule(_: Record<never, never>, ctx: Context<Milestones>): Promise<void> {
  if (ctx.settings.askFromSchedule) await askAboutEnded(ctx);
}
