/** Journeys: the step of the day goes out while the bot has the conversation; answers to quizzes are known by their letter. */
import type { Context } from "@core/module.ts";
import { expectationOf, nextStep, readQuizAnswer } from "../journey.ts";
import type { Coaching } from "../names.ts";
import { asConversation, conversationOf, expectNext } from "../store/conversations.ts";
import { memberById } from "../store/members.ts";
import { addEnrolmentStep, answerStep, enrolmentOf, moveEnrolment, runningEnrolments } from "../store/replies.ts";
import { putOnItsWay } from "./outgoing.ts";
import { rulesInForce } from "./rules-in-force.ts";

export async function walk(_: object, ctx: Context<Coaching>): Promise<void> {
  if ((await rulesInForce(ctx)).signed === null) return;
  const now = Temporal.Instant.fromEpochMilliseconds(ctx.now.getTime());
  for (const row of await ctx.db.all(runningEnrolments, {})) {
    const member = await ctx.db.one(memberById, { subjectId: row.subjectId });
    const conversation = await ctx.db.one(conversationOf, { subjectId: row.subjectId });
    const done = row.step && row.stepOn ? { step: row.step, on: row.stepOn } : null;
    const next = nextStep(
      row.content,
      { startedOn: row.startedOn, done, status: row.status },
      asConversation(conversation),
      now,
      member.zone,
    );
    if (next.kind === "ended") {
      await ctx.db.one(moveEnrolment, { id: row.id, step: row.step, stepOn: row.stepOn, status: "ended" });
      continue;
    }
    if (next.kind !== "due") continue;
    const { step } = next;
    await putOnItsWay(ctx, {
      subjectId: row.subjectId,
      locale: member.locale,
      body: step.text[member.locale],
      cause: `journey:${row.id}:${step.id}`,
      purpose: "proactive",
      speaker: { kind: "bot", epoch: conversation.epoch },
      kind: "journey",
      template: `${row.content.id}, ${step.id}`,
    });
    const today = now.toZonedDateTimeISO(member.zone).toPlainDate().toString();
    await ctx.db.one(moveEnrolment, { id: row.id, step: step.id, stepOn: today, status: "running" });
    await ctx.db.first(addEnrolmentStep, { subjectId: row.subjectId, enrolmentId: row.id, step: step.id });
    const expecting = expectationOf(step);
    if (expecting)
      await ctx.db.one(expectNext, {
        subjectId: row.subjectId,
        expecting,
        until: new Date(ctx.now.getTime() + 24 * 3_600_000).toISOString(),
      });
  }
}

/** What to say to the answer of a quiz; null when the text is none. */
export async function answerQuiz(
  ctx: Context<Coaching>,
  { subjectId, locale }: { readonly subjectId: string; readonly locale: "en" | "es" },
  text: string,
): Promise<string | null> {
  const row = await ctx.db.first(enrolmentOf, { subjectId });
  const step = row?.content.steps.find(({ id }) => id === row.step);
  if (!row || !step) return null;
  if (step.kind !== "quiz") {
    await ctx.db.all(answerStep, { enrolmentId: row.id, step: step.id, answer: "answered" });
    return null;
  }
  const answer = readQuizAnswer(step, text);
  if (answer.kind !== "answer") return null;
  const [first] = await ctx.db.all(answerStep, {
    enrolmentId: row.id,
    step: step.id,
    answer: answer.choice.right ? "right" : "wrong",
  });
  return first ? answer.choice.answer[locale] : null;
}
