/** What participants ask, and what is talked over with them before they go on. */
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { needsTalk } from "../comprehension.ts";
import { forChild } from "../document.ts";
import type { ConsentFound, SignerFound } from "../found.ts";
import type { Econsent } from "../names.ts";
import { opened } from "../opened.ts";
import {
  addReply,
  addStep,
  participantById,
  questionById,
  questionsOf,
  readingsOf,
  stepsOf,
} from "../store/consents.ts";
import { replies } from "../tables.ts";
import { textInForce } from "../versions.ts";
import { ReplyPage } from "../views/participants.tsx";
import { byId, headOf } from "./person.ts";
import { formAgain } from "./refused.ts";
import { turnOf } from "./ways.ts";

const { get, post } = routesFor<Econsent>();

export const talkingRoutes = [
  get("/questions/:id", {
    needs: "econsent.identities.read",
    params: byId,
    run: async ({ params }, ctx) => ReplyPage(await replyPage(ctx, params.id)),
  }),

  post("/questions/:id", {
    needs: "econsent.obtain",
    params: byId,
    body: t.Object({ reply: t.String({ title: "Answer", minLength: 1, maxLength: 2000 }) }),
    refused: async (typed, problems, ctx, params) =>
      ReplyPage({ ...(await replyPage(ctx, params.id)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const { subjectId } = await ctx.db.one(questionById, params);
      const id = Bun.randomUUIDv7();
      await ctx.db.one(addReply, {
        id,
        subjectId,
        questionId: params.id,
        text: await ctx.seal(replies.text, body.reply, { row: id, subject: subjectId }),
      });
      const { code } = await ctx.db.one(participantById, { id: subjectId });
      ctx.audit("econsent.replied", { subjectId, subject: code });
      return new Redirect(ctx.url(`/participants/${subjectId}`), "Answered. It stands on the participant's page.");
    },
  }),

  post("/signers/:id/talked", {
    needs: "econsent.obtain",
    params: byId,
    async run({ params }, ctx) {
      const { person, signer, found } = await turnOf(ctx, params.id);
      const open = await talksOf(ctx, found, signer);
      if (!open) throw Problem.refused("Nothing has to be talked over now.");
      for (const { id } of open.questions)
        await ctx.db.one(addStep, {
          subjectId: person.id,
          readingId: open.readingId,
          signerId: signer.id,
          kind: "talked",
          part: id,
          value: null,
          isRight: null,
          openedFull: null,
        });
      ctx.audit("econsent.talked", { subjectId: person.id, subject: person.code });
      return new Redirect(ctx.url(`/participants/${person.id}`), "Recorded. He or she can go on.");
    },
  }),
];

async function replyPage(ctx: Context<Econsent>, id: string) {
  const { subjectId } = await ctx.db.one(questionById, { id });
  const person = await ctx.db.one(participantById, { id: subjectId });
  const question = (await ctx.db.all(questionsOf, { subjectId })).find((one) => one.id === id);
  if (!question) throw Problem.notFound();
  const texts = await opened(
    ctx,
    subjectId,
    [
      { row: question.id, value: question.text },
      { row: question.replyId ?? "", value: question.reply },
    ],
    "to answer a question",
  );
  return {
    ...headOf(ctx, person),
    action: ctx.url(`/questions/${id}`),
    question: texts(question.id),
    reply: question.replyId ? texts(question.replyId) : null,
    holds: question.holds,
    mayReply: ctx.may("econsent.obtain") && !question.replyId,
  };
}

/** What this signer answered wrong so often that the team talks it over; null when there is nothing of the kind. */
export async function talksOf(ctx: Context<Econsent>, found: ConsentFound, signer: SignerFound) {
  const [reading] = await ctx.db.all(readingsOf, { signerId: signer.id });
  const text = reading && (await textInForce(ctx, found.consent));
  if (!reading || !text || text.version.id !== reading.versionId) return null;
  const steps = await ctx.db.all(stepsOf, { readingId: reading.id });
  const answers = steps.flatMap(({ kind, part, isRight }) =>
    kind === "answered" ? [{ questionId: part, isRight: isRight === true }] : [],
  );
  const { questions: asked } = signer.role === "minor" ? forChild(text.content, found.consent.age) : text.content;
  const questions = needsTalk(asked, answers, ctx.settings.wrongAnswers).filter(
    ({ id }) => !steps.some((step) => step.part === id && (step.kind === "talked" || step.isRight)),
  );
  return questions.length > 0 ? { readingId: reading.id, questions } : null;
}
