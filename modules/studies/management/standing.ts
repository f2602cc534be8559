/** May this person do this task today? The answer to "delegation.stands", for other modules and for our own pages. */
import type { Context, Errand, Questions } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import type { Studies } from "../names.ts";
import { dayOf } from "./rules/days.ts";
import { type Standing, standingOf, type Task } from "./rules/delegation.ts";
import { allCourses, allTrainings, coursesOn, delegationsOf, firstApproval } from "./store/delegation.ts";

type Ask = Questions["delegation.stands"]["ask"];

/** Whoever asks need not see the whole log to be told about one person and one task. */
export const lookUpDelegation: Errand<Ask, Standing> = {
  name: "studies.look_up_delegation",
  title: "Look into the delegation log for one person and task",
  permissions: ["studies.delegation.read", "studies.training.read"],
  run: async (ask, ctx) => {
    const { delegationBinds } = ctx.settings as Studies["settings"];
    if (delegationBinds === "never: it is kept elsewhere")
      return { stands: true, reason: "This study keeps its delegation log elsewhere." };
    if (delegationBinds === "from its first signature" && !(await ctx.db.first(firstApproval, {})))
      return { stands: true, reason: "The delegation log of this study is not open yet." };
    const today = dayOf(ctx.now);
    const courses = coursesOn(await ctx.db.all(allCourses, {}), today);
    const trainings = await ctx.db.all(allTrainings, {});
    return standingOf(ask, today, await delegationsOf(ctx.db, ask.personId), courses, trainings);
  },
};

/** Throws, with the log's sentence, unless the actor may do the task now. */
export async function requireDelegation(ctx: Context<Studies>, task: Task, siteId?: string | null): Promise<void> {
  const standing = await ctx.errand(lookUpDelegation, {
    personId: ctx.actor.id ?? "",
    task,
    ...(siteId ? { siteId } : {}),
  });
  if (!standing.stands) throw Problem.refused(`${standing.reason} Ask the investigator to delegate it, then go on.`);
}
