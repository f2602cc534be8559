/**
 * A text that nobody can be shown to have heard. A safety text calls people up the incidents' ladder at once: the member
 * may be low and alone with no word from us. What a coach or the bot wrote makes a task.
 */
import type { Context } from "@core/module.ts";
import type { Coaching } from "../names.ts";
import { tierOfMessage } from "../store/conversations.ts";
import { addStep, causeIncident, standingIncident } from "../store/incidents.ts";
import { memberById } from "../store/members.ts";
import type { Purpose } from "../tables.ts";
import { atLeast } from "../tier.ts";
import { raiseIncident, raiseTask } from "./tasks.ts";

export interface Unheard {
  readonly id: string;
  readonly subjectId: string | null;
  readonly messageId: string | null;
  readonly purpose: Purpose;
}

/** `why` names no words of anybody. Asked for twice about the same text, it calls once. */
export async function callAPerson(ctx: Context<Coaching>, one: Unheard, why: string): Promise<void> {
  const { id, subjectId, messageId, purpose } = one;
  if (!subjectId || (purpose !== "safety" && purpose !== "human" && purpose !== "reply")) return;
  const isSafety = purpose === "safety";
  await raiseTask(ctx, {
    subjectId,
    cause: `undelivered:${id}`,
    kind: "undelivered",
    tier: isSafety ? "H2" : "P",
    minutes: isSafety ? 15 : 8 * 60,
  });
  if (isSafety) await callUpTheLadder(ctx, { id, subjectId, messageId }, why);
}

async function callUpTheLadder(
  ctx: Context<Coaching>,
  { id, subjectId, messageId }: { readonly id: string; readonly subjectId: string; readonly messageId: string | null },
  why: string,
): Promise<void> {
  const cause = `unheard:${id}`;
  if (await ctx.db.first(causeIncident, { cause })) return;
  const said = messageId ? (await ctx.db.first(tierOfMessage, { id: messageId }))?.tier : null;
  const tier = said && atLeast(said, "H2") ? said : "H2";
  const { code } = await ctx.db.one(memberById, { subjectId });
  const isNew = await raiseIncident(ctx, {
    subjectId,
    code,
    messageId: null,
    cause,
    tier,
    role: "on-call",
    locks: false,
    acknowledgeMinutes: atLeast(tier, "D") ? 5 : 15,
  });
  const incident = await ctx.db.first(standingIncident, { subjectId, role: "on-call" });
  if (!incident) return;
  const what = `the safety text cannot be shown to have gone out (${why})`;
  await ctx.db.one(addStep, {
    id: Bun.randomUUIDv7(),
    subjectId,
    incidentId: incident.id,
    step: "unheard",
    what: what.slice(0, 200),
    note: null,
  });
  ctx.audit("coaching.text_unheard", { subjectId, member: code });
  // Its ladder runs already, or is over: whoever answered believes that the member has our text.
  if (!isNew && incident.acknowledgedBy) await ctx.soon("coaching.tell", { incident: incident.id });
}
