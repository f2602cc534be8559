/** STOP or START said to another service that sends by the same number: the member's ledger says so, and what waits is cancelled. */
import type { Context, HeardWish } from "@core/module.ts";
import { findSubject } from "@core/subjects/subjects.ts";
import { statusOf } from "../consent.ts";
import type { Coaching } from "../names.ts";
import { lockConversation } from "../store/conversations.ts";
import { addConsent, consentOf, memberById } from "../store/members.ts";
import { cancelWaiting } from "../store/outbox.ts";
import { consentEvents } from "../tables.ts";
import { fillText } from "../templates.ts";
import { putStrangeOnItsWay } from "./outgoing.ts";

export async function heard({ from, wish, confirms }: HeardWish, ctx: Context<Coaching>): Promise<boolean> {
  const subjectId = await findSubject(ctx, "phone", from);
  const member = subjectId ? await ctx.db.first(memberById, { subjectId }) : null;
  if (!subjectId || !member || member.leftAt !== null || !(await ctx.db.first(lockConversation, { subjectId })))
    return false;
  const ledger = await ctx.db.all(consentOf, { subjectId });
  const status = statusOf(ledger.map((row) => ({ ...row, textHash: row.textSha256, words: null })));
  if (wish === "start" ? status !== "opted-out" : status === "opted-out") return false;
  const id = Bun.randomUUIDv7();
  await ctx.db.one(addConsent, {
    id,
    subjectId,
    kind: wish === "stop" ? "opted-out" : "opted-in-again",
    at: ctx.now,
    source: "sms",
    textSha256: null,
    words: await ctx.seal(consentEvents.words, `${wish.toUpperCase()}, to another service with this number`, {
      row: id,
      subject: subjectId,
    }),
  });
  if (wish === "start") return false;
  await ctx.db.all(cancelWaiting, {
    subjectId,
    speakers: ["bot", "human"],
    why: "the member opted out",
  });
  if (!confirms) return false;
  const { program, phone } = ctx.settings;
  await putStrangeOnItsWay(ctx, {
    to: from,
    body: fillText("stopped", member.locale, { program, phone }),
    cause: `heard-stop:${id}`,
    purpose: "compliance",
  });
  return true;
}
