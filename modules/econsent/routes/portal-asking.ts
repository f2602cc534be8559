/** A question first, or a no: both are always at hand, and neither has a disadvantage. */
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { endLink } from "@core/subjects/links.ts";
import { Type as t } from "@sinclair/typebox";
import type { Econsent } from "../names.ts";
import { opened } from "../opened.ts";
import { addDecline, addQuestion, questionsOf } from "../store/consents.ts";
import { declines, questions } from "../tables.ts";
import { AskPage, DeclinePage, EndPage } from "../views/portal.tsx";
import { type Inside, insideOf, speaking, stayAwake, text } from "./portal-here.ts";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Econsent>();

export const askingRoutes = [
  get("/ask", {
    needs: "econsent.own",
    query: t.Object({ part: t.Optional(t.String({ maxLength: 60 })), sent: t.Optional(t.String()) }),
    async run({ query }, ctx) {
      const inside = await insideOf(ctx);
      return AskPage({
        ...(await askPage(ctx, inside)),
        part: query.part ?? "whole",
        isSent: query.sent !== undefined,
      });
    },
  }),

  post("/ask", {
    needs: "econsent.own",
    body: t.Object({ part: text(60), question: text(2000), holds: t.Boolean() }),
    refused: async (typed, problems, ctx) =>
      AskPage({
        ...(await askPage(ctx, await insideOf(ctx))),
        part: String(typed.part ?? "whole"),
        form: formAgain(typed, problems),
      }),
    async run({ body }, ctx) {
      const inside = await insideOf(ctx);
      const { signer, found, words } = inside;
      if (!signer || !found) throw Problem.notFound();
      if (!body.question) throw Problem.invalid({ question: words.askMissing });
      const { subjectId } = signer;
      const before = (await ctx.db.all(questionsOf, { subjectId })).filter((one) => one.signerId === signer.id);
      if (before.length >= QUESTIONS) throw Problem.invalid({ question: words.askEnough });
      const id = Bun.randomUUIDv7();
      await ctx.db.one(addQuestion, {
        id,
        subjectId,
        consentId: found.consent.id,
        signerId: signer.id,
        part: body.part ?? "whole",
        text: await ctx.seal(questions.text, body.question, { row: id, subject: subjectId }),
        holds: body.holds,
      });
      await stayAwake(ctx);
      ctx.audit("econsent.asked", { ...speaking(signer), holds: body.holds ? "yes" : "no" });
      return new Redirect(ctx.url("/ask?sent=1"));
    },
  }),

  get("/decline", {
    needs: "econsent.own",
    async run(_, ctx) {
      const inside = await insideOf(ctx);
      if (!inside.signer || inside.signer.hasSigned || inside.found?.decline) return new Redirect(ctx.url("/next"));
      return DeclinePage({ ...inside, at: ctx.url("") });
    },
  }),

  post("/decline", {
    needs: "econsent.own",
    body: t.Object({ reason: text(1000) }),
    async run({ body }, ctx) {
      const inside = await insideOf(ctx);
      const { signer, found, words } = inside;
      if (!signer || !found || signer.hasSigned || found.decline || found.completion)
        return new Redirect(ctx.url("/next"));
      const id = Bun.randomUUIDv7();
      const { subjectId } = signer;
      await ctx.db.one(addDecline, {
        id,
        subjectId,
        consentId: found.consent.id,
        signerId: signer.id,
        reason: body.reason ? await ctx.seal(declines.reason, body.reason, { row: id, subject: subjectId }) : null,
      });
      await endLink(ctx, inside.entry.linkId);
      ctx.audit("econsent.declined", speaking(signer));
      return EndPage({ ...inside, title: words.declinedTitle, lead: words.declinedLead });
    },
  }),
];

const QUESTIONS = 20;

async function askPage(ctx: Context<Econsent>, inside: Inside) {
  const { signer, entry } = inside;
  if (!signer) throw Problem.notFound();
  const rows = (await ctx.db.all(questionsOf, { subjectId: entry.subjectId })).filter(
    (one) => one.signerId === signer.id,
  );
  const texts = await opened(
    ctx,
    entry.subjectId,
    rows.flatMap((row) => [
      { row: row.id, value: row.text },
      { row: row.replyId ?? "", value: row.reply },
    ]),
    "to show one's own questions",
  );
  return {
    ...inside,
    at: ctx.url(""),
    asked: rows.map((row) => ({
      question: texts(row.id),
      reply: row.replyId ? texts(row.replyId) : null,
      at: row.madeAt,
    })),
  };
}
