/** Where someone without an account answers: one page, one thumb. Which evaluation it is, the link itself says. */
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { agreeFrom, isGrouped } from "../evaluator-kind.ts";
import type { Milestones } from "../names.ts";
import { evaluationByLink, levelsOfEvaluation, setLevels, submitByLink } from "../store/evaluations.ts";
import { formVersionById, itemsOf } from "../store/forms.ts";
import { addAnswers } from "../store/groups.ts";
import { evaluations } from "../tables.ts";
import { levelField, levelsAsJson, readLevels } from "../typed-levels.ts";
import { LinkDonePage, LinkFormPage } from "../views/link.tsx";
import { isSameName } from "../vouching.ts";
import { whyLookAgain } from "../wording.ts";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Milestones>();

export const linkRoutes = [
  get("/", {
    needs: "milestones.answer",
    async run(_, ctx) {
      const evaluation = await byLink(ctx);
      if (evaluation.submittedAt) return LinkDonePage({ isLate: false });
      if (evaluation.withdrawnAt || evaluation.expiresAt <= ctx.now) return LinkDonePage({ isLate: true });
      return LinkFormPage(await formOf(ctx, evaluation));
    },
  }),

  post("/", {
    needs: "milestones.answer",
    body: t.Object({
      levels: t.Record(t.String(), t.String({ title: "Level", maxLength: 40 })),
      answers: t.Record(t.String(), t.String({ title: "Answer", maxLength: 1 })),
      name: t.Optional(t.String({ title: "Your name", maxLength: 200 })),
      narrative: t.Optional(t.String({ title: "Your words", maxLength: 8000 })),
      asWritten: t.Optional(t.Literal("yes")),
    }),
    refused: async (typed, problems, ctx) =>
      LinkFormPage({ ...(await formOf(ctx, await byLink(ctx))), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      const evaluation = await byLink(ctx);
      if (evaluation.submittedAt) throw new Problem("conflict", "This was sent already. Thank you.");
      if (evaluation.withdrawnAt || evaluation.expiresAt <= ctx.now)
        throw Problem.refused("This link has expired. The program can send a new one.");
      const { id, subjectId, kind } = evaluation;
      const asked = (await ctx.db.all(levelsOfEvaluation, { evaluationId: id })).map((row) => ({
        id: row.subcompetencyId,
        code: row.code,
      }));
      const levels = readLevels(body.levels, asked);
      const items = await plainItems(ctx, evaluation.formVersionId);
      const answers = items.flatMap((item) => {
        const value = agreeFrom(body.answers[item.id]);
        return value === null ? [] : [{ formItemId: item.id, value }];
      });
      const text = (body.narrative ?? "").trim();
      if (levels.size + answers.length === 0)
        throw Problem.invalid({ "": "Nothing is answered yet. One answer is enough." });
      const name = isGrouped(kind) ? null : (evaluation.evaluatorName ?? (body.name ?? "").trim()) || null;
      if (!isGrouped(kind) && !name)
        throw Problem.invalid({ name: "Write your name, so that the trainee can ask you." });
      if (name && isSameName(name, (await ctx.names([subjectId])).get(subjectId) ?? ""))
        throw Problem.invalid({ name: "This is the trainee's own name. Nobody evaluates himself or herself here." });

      const again = whyLookAgain(text, body.asWritten);
      if (again) throw Problem.invalid(again);

      if (asked.length > 0) await ctx.db.all(setLevels, { evaluationId: id, given: levelsAsJson(levels, asked) });
      if (answers.length > 0)
        await ctx.db.all(
          addAnswers(answers.map((row) => ({ evaluationId: id, subjectId, evaluatorId: null, ...row }))),
          {},
        );
      const narrative =
        text === "" ? null : await ctx.seal(evaluations.narrative, text, { row: id, subject: subjectId });
      await ctx.db.one(submitByLink, { id, narrative, evaluatorName: name });
      ctx.audit("milestones.answered_by_link", {
        subjectId,
        trainee: ctx.actor.name,
        rotation: evaluation.rotation,
        kind,
        rated: levels.size + answers.length,
        asked: asked.length + items.length,
      });
      if (kind === "peer" || kind === "patient")
        await ctx.later("milestones.sum_groups", { subjectId, periodId: evaluation.periodId, kind });
      return new Redirect(ctx.url("/"));
    },
  }),
];

async function byLink(ctx: Context<Milestones>) {
  return await ctx.db.one(evaluationByLink, { linkId: ctx.actor.link ?? "" });
}

/** The questions of a form that are answered in plain words. */
export const plainItems = async (ctx: Context<Milestones>, formVersionId: string | null) =>
  formVersionId ? (await ctx.db.all(itemsOf, { formVersionId })).filter((item) => item.answer === "agree") : [];

async function formOf(ctx: Context<Milestones>, evaluation: Awaited<ReturnType<typeof byLink>>) {
  const { subjectId, formVersionId, kind } = evaluation;
  const form = formVersionId ? await ctx.db.one(formVersionById, { id: formVersionId }) : null;
  const items = new Map(
    (formVersionId ? await ctx.db.all(itemsOf, { formVersionId }) : [])
      .filter((row) => row.answer === "level")
      .map((row) => [row.subcompetencyId, row]),
  );
  const rows = await ctx.db.all(levelsOfEvaluation, { evaluationId: evaluation.id });
  return {
    trainee: (await ctx.names([subjectId])).get(subjectId) ?? ctx.actor.name,
    program: ctx.workspace.title,
    rotation: evaluation.rotation,
    action: ctx.url("/"),
    isGrouped: isGrouped(kind),
    waits: !evaluation.isVouched,
    asksName: !isGrouped(kind) && !evaluation.evaluatorName,
    narrativeQuestion: form?.narrativeQuestion ?? "What did you see, and what should come next?",
    levels: rows.map((row) => ({
      name: levelField(row.subcompetencyId),
      code: row.code,
      question: items.get(row.subcompetencyId)?.question ?? row.title,
    })),
    plain: (await plainItems(ctx, formVersionId)).map((row) => ({ name: `answers.${row.id}`, question: row.question })),
  };
}
