/** What happens in a study makes the tasks that its rules ask for, in the same transaction. */
import type { Context, Errand } from "@core/module.ts";
import type { Studies } from "./module-words.ts";
import { dayOf } from "./rules/days.ts";
import { type TaskEvent, tasksMade } from "./rules/tasks.ts";
import { addTask, rulesInForce } from "./store/tasks.ts";

interface Cause {
  readonly event: TaskEvent;
  /** The row that says that it happened. */
  readonly causeId: string;
  readonly screeningId?: string | null;
  /** Who did it; null: the house. */
  readonly byId: string | null;
}

/** Whoever randomises need not be allowed to give tasks: the rules do. */
export const makeTasks: Errand<Cause, void> = {
  name: "studies.make_tasks",
  title: "Make the tasks that the study's rules ask for",
  permissions: ["studies.tasks.read", "studies.tasks.give", "studies.recruitment.read", "core.people.read"],
  run: async ({ event, causeId, screeningId = null, byId }, ctx) => {
    const rules = await ctx.db.all(rulesInForce, {});
    for (const task of tasksMade(rules, event, byId, dayOf(ctx.now)))
      await ctx.db.all(addTask, { ...task, causeId, screeningId });
  },
};

export const tellRules = (ctx: Context<Studies>, cause: Omit<Cause, "byId"> & { readonly byId?: string | null }) =>
  ctx.errand(makeTasks, { ...cause, byId: cause.byId ?? (ctx.actor.kind === "person" ? ctx.actor.id : null) });
