/**
 * Every minute, and at once when an incident opens: what time alone makes due. Pages of the ladder, readings that were
 * asked for, texts that lie, claims whose process died, conversations that have been idle.
 */
import type { Context } from "@core/module.ts";
import { handBackWhenIdle } from "../conversation.ts";
import { afterFailure, reportHours } from "../delivery.ts";
import { recheckDue } from "../incident.ts";
import type { Coaching } from "../names.ts";
import { asConversation, idleSince } from "../store/conversations.ts";
import { leftLying } from "../store/inbound.ts";
import { asIncident, askedAgain, duePages, dueRechecks } from "../store/incidents.ts";
import { memberById } from "../store/members.ts";
import { anythingDue, overdueClaims, settle, withoutReport } from "../store/outbox.ts";
import { fillText } from "../templates.ts";
import { putOnItsWay } from "./outgoing.ts";
import { pageRungs } from "./page.ts";
import { hand } from "./route.ts";
import { raiseIncident, raiseTask } from "./tasks.ts";

export async function watch(_: object, ctx: Context<Coaching>): Promise<void> {
  for (const row of await ctx.db.all(duePages, {})) await pageRungs(ctx, row, asIncident(row));
  await askForReadings(ctx);
  for (const { id } of await ctx.db.all(leftLying, {})) await ctx.later("coaching.take_up", { inbound: id });
  await reconcile(ctx);
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

/**
 * A claim whose lease is over: the call was made or it was not, and nobody came back to say. A report that names the text
 * settles it (report.ts). Without one the text counts as gone out with an unknown end, and a person is asked to look where
 * it matters: saying a thing twice is worse than asking once whether it was heard.
 */
async function reconcile(ctx: Context<Coaching>): Promise<void> {
  for (const one of await ctx.db.all(overdueClaims, {})) {
    const { id, subjectId, purpose, tries, untilAt } = one;
    const next = afterFailure({ failure: "reconcile", tries, now: ctx.now, until: untilAt, chance: 1 });
    await ctx.db.one(settle, {
      id,
      status: "unknown",
      why: next.kind === "give-up" ? "no word of it, and too late" : "no word of it",
      code: "no-answer",
      nextAt: null,
      provider: null,
      providerId: null,
    });
    if (subjectId && (purpose === "safety" || purpose === "human"))
      await raiseTask(ctx, {
        subjectId,
        cause: `undelivered:${id}`,
        kind: "undelivered",
        tier: purpose === "safety" ? "H2" : "P",
        minutes: purpose === "safety" ? 15 : 8 * 60,
      });
  }
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
