/** Work for people: a task is asked for once for each cause, an incident for each emergency; both name no words of anybody. */
import type { Context } from "@core/module.ts";
import type { Coaching } from "../names.ts";
import { addStep, addTask, openIncident, standingIncident } from "../store/incidents.ts";
import type { TaskKind } from "../task.ts";
import { atLeast, type Role, type Tier, tierInWords } from "../tier.ts";

export interface NewTask {
  readonly subjectId: string;
  readonly cause: string;
  readonly kind: TaskKind;
  readonly tier: Tier;
  /** Until it is due. */
  readonly minutes: number;
}
export async function raiseTask(
  ctx: Context<Coaching>,
  { subjectId, cause, kind, tier, minutes }: NewTask,
): Promise<void> {
  await ctx.db.first(addTask, {
    id: Bun.randomUUIDv7(),
    subjectId,
    cause,
    kind,
    tier,
    dueAt: new Date(ctx.now.getTime() + minutes * 60_000),
    personId: null,
    words: null,
  });
}

export interface NewIncident {
  readonly subjectId: string;
  readonly code: string;
  readonly messageId: string | null;
  readonly cause: string;
  readonly tier: Tier;
  readonly role: Role;
  readonly locks: boolean;
  readonly acknowledgeMinutes: number;
}
/**
 * True when it is a new one. While one of the same role and at least the same urgency stands open, a further message is
 * part of it: five texts in a panic are one emergency, and its ladder does not begin again.
 */
export async function raiseIncident(ctx: Context<Coaching>, one: NewIncident): Promise<boolean> {
  const { subjectId, code, messageId, cause, tier, role, locks, acknowledgeMinutes } = one;
  const standing = await ctx.db.first(standingIncident, { subjectId, role });
  if (standing && atLeast(standing.tier, tier)) return false;
  const id = Bun.randomUUIDv7();
  const opened = await ctx.db.first(openIncident, {
    id,
    subjectId,
    messageId,
    cause,
    tier,
    role,
    locks,
    acknowledgeMinutes,
    openedAt: ctx.now,
  });
  if (!opened) return false;
  await ctx.db.one(addStep, {
    id: Bun.randomUUIDv7(),
    subjectId,
    incidentId: id,
    step: "opened",
    what: tier,
    note: null,
  });
  ctx.audit("coaching.incident_opened", { subjectId, member: code, tier: tierInWords[tier] });
  await ctx.soon("coaching.watch", {}, true);
  return true;
}
