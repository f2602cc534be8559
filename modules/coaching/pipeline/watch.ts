/**
 * Every minute, and at once when an incident opens: what time alone makes due. Pages of the ladder, readings that were
 * asked for, texts that lie, conversations that have been idle. What is to be sent or asked after is pipeline/send.ts's.
 */
import type { Context } from "@core/module.ts";
import { handBackWhenIdle } from "../conversation.ts";
import { reportHours } from "../delivery.ts";
import { recheckDue } from "../incident.ts";
import type { Coaching } from "../names.ts";
import { asConversation, idleSince } from "../store/conversations.ts";
import { leftLying } from "../store/inbound.ts";
import { asIncident, askedAgain, duePages, dueRechecks } from "../store/incidents.ts";
import { memberById } from "../store/members.ts";
import { anythingDue, settle, withoutReport } from "../store/outbox.ts";
import { fillText } from "../templates.ts";
import { putOnItsWay } from "./outgoing.ts";
import { pageRungs } from "./page.ts";
import { hand } from "./route.ts";
import { raiseIncident } from "./tasks.ts";

export async function watch(_: object, ctx: Context<Coaching>): Promise<void> {
  for (const row of await ctx.db.all(duePages, {})) await pageRungs(ctx, row, asIncident(row));
  await askForReadings(ctx);
  for (const { id } of await ctx.db.all(leftLying, {})) await ctx.later("coaching.take_up", { inbound: id });
  await letGoOfSilent(ctx);
  await letGoOfIdle(ctx);
  if (await ctx.db.first(anythingDue, {})) await ctx.soon("coaching.send", {});
}

/** A low value asks for another reading; after the second silence somebody has to look for the person. */
async function askForReadings(ctx: Context<Coaching>): Promise<void> {
  for (const one of await ctx.db.all(dueRechecks, {})) {
    const { id, subjectId, messageId, minutes, asked, askedAt } = one;
    const member = await ctx.db.one(memberById, { subjectId });
    const due = recheckDue({ askedAt, asked, answered: false, minutes }, ctx.now);
    if (due === "raise") {
      await raiseIncident(ctx, {
        subjectId,
        code: member.code,
        messageId,
        cause: `silence:${messageId}`,
        tier: "E1",
        role: "on-call",
        locks: false,
        acknowledgeMinutes: 5,
      });
      await ctx.db.one(askedAgain, { id, asked: asked + 1, nextAt: null });
      continue;
    }
    await putOnItsWay(ctx, {
      subjectId,
      locale: member.locale,
      body: fillText("recheck", member.locale, {}),
      cause: `recheck:${id}:${asked}`,
      purpose: "safety",
      speaker: { kind: "safety" },
      kind: "template",
      template: "recheck",
    });
    const nextAt = new Date(ctx.now.getTime() + minutes * 60_000).toISOString();
    await ctx.db.one(askedAgain, { id, asked: asked + 1, nextAt });
  }
}

/** Accepted three days ago, and no report ever came. */
async function letGoOfSilent(ctx: Context<Coaching>): Promise<void> {
  const before = new Date(ctx.now.getTime() - reportHours * 3_600_000).toISOString();
  for (const { id } of await ctx.db.all(withoutReport, { before }))
    await ctx.db.one(settle, {
      id,
      status: "unknown",
      why: "no report came",
      code: null,
      nextAt: null,
      provider: null,
      providerId: null,
    });
}

async function letGoOfIdle(ctx: Context<Coaching>): Promise<void> {
  const { idleHours } = ctx.settings;
  const before = new Date(ctx.now.getTime() - idleHours * 3_600_000).toISOString();
  for (const row of await ctx.db.all(idleSince, { before })) {
    // Somebody who waits for an answer is not left to the bot because nobody came.
    if (row.waitingSince !== null) continue;
    const conversation = asConversation(row);
    const change = handBackWhenIdle(conversation, ctx.now, idleHours);
    if (change.changed && (await hand(ctx, row.subjectId, conversation, change.conversation))) {
      const member = await ctx.db.one(memberById, { subjectId: row.subjectId });
      ctx.audit("coaching.handed_back", { subjectId: row.subjectId, member: member.code });
    }
  }
}
