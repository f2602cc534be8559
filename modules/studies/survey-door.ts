/**
 * What participants write back to the number that links to surveys go out by. STOP is obeyed at once and confirmed once;
 * START takes it back; whatever else is written hears that nobody reads there. The words themselves are not kept.
 */
import type { Context, HeardWish } from "@core/module.ts";
import type { TextNews } from "@core/sms/knock.ts";
import { type TextWish, wishIn } from "@core/sms/stops.ts";
import type { Report } from "@core/sms/text-message.ts";
import { findSubjects } from "@core/subjects/subjects.ts";
import type { Studies } from "./names.ts";
import { participantOf } from "./store/participants.ts";
import {
  addMessage,
  contactOf,
  messagesById,
  optIn,
  optOut,
  setMessage,
  toldSince,
  unsayTexts,
} from "./store/surveys.ts";
import { textProblems } from "./survey-jobs.ts";

type Ctx = Context<Studies>;

/** Two machines that answer each other stop after these. */
const ANSWERS_A_DAY = 2;

export async function received(news: TextNews, ctx: Ctx): Promise<void> {
  if (news.kind === "report") return await keepReport(news.report, ctx);
  const { text } = news;
  const own = await here(ctx, text.from);
  const wish = wishIn(text);
  if (wish) await obey(ctx, own, wish, text.handledByProvider !== wish);
  else if (text.handledByProvider !== "help") await answer(ctx, own, "about", ANSWERS_A_DAY);
}

/** Said to another service that sends by the same number. */
export async function heard({ from, wish, confirms }: HeardWish, ctx: Ctx): Promise<boolean> {
  return await obey(ctx, await here(ctx, from), wish, confirms);
}

/** Two people of one house may have one telephone. */
async function here(ctx: Ctx, from: string): Promise<readonly string[]> {
  const own: string[] = [];
  for (const subjectId of await findSubjects(ctx, "phone", from)) {
    const person = await ctx.db.first(participantOf, { subjectId });
    if (person && !person.leftAt) own.push(subjectId);
  }
  return own;
}

/** Did it put a confirmation on its way? */
async function obey(ctx: Ctx, subjects: readonly string[], wish: TextWish, confirms: boolean): Promise<boolean> {
  let isNew = false;
  for (const subjectId of subjects) {
    const asked = await ctx.db.first(contactOf, { subjectId });
    // Whoever is asked by mail is asked by mail still: what was said is about texts.
    const changed = asked?.channel !== "text" ? [] : await ctx.db.all(wish === "stop" ? optOut : optIn, { subjectId });
    if (wish === "stop") await ctx.db.all(unsayTexts, { subjectId, problem: "The participant said STOP to texts." });
    isNew ||= changed.length > 0;
    if (changed.length > 0)
      ctx.audit(wish === "stop" ? "studies.survey_stopped" : "studies.survey_started", { subjectId });
  }
  // The provider may bring the same text twice.
  return wish === "stop" && confirms && (await answer(ctx, subjects, "stopped", isNew ? 9 : 1));
}

async function answer(
  ctx: Ctx,
  [first]: readonly string[],
  kind: "stopped" | "about",
  mostADay: number,
): Promise<boolean> {
  if (!first) return false;
  const since = new Date(ctx.now.getTime() - 86_400_000).toISOString();
  if ((await ctx.db.all(toldSince, { subjectId: first, kind, since })).length >= mostADay) return false;
  await ctx.db.one(addMessage, { id: Bun.randomUUIDv7(), subjectId: first, surveyId: null, kind, channel: "text" });
  await ctx.soon("studies.survey_texts", {});
  return true;
}

async function keepReport({ outboxId, status, reason }: Report, ctx: Ctx): Promise<void> {
  const [message] = outboxId ? await ctx.db.all(messagesById([outboxId]), {}) : [];
  if (!message) return;
  if (status === "undelivered" || status === "failed" || status === "expired") {
    await ctx.db.one(setMessage, { id: message.id, state: "failed", problem: textProblems(reason) });
    if (reason === "opted-out") await ctx.db.all(optOut, { subjectId: message.subjectId });
  } else if (message.state === "sending" && status !== "unknown")
    await ctx.db.one(setMessage, { id: message.id, state: "sent", problem: "" });
}
