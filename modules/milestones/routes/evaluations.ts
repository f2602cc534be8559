/** Evaluations: what waits for me, filling one in, and reading those that were submitted. */
import { type Context, Locked, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { type Static, Type as t } from "@sinclair/typebox";
import { agreeFrom, agreeInWords, evaluatorKinds } from "../evaluator-kind.ts";
import { levelFrom } from "../level.ts";
import type { Milestones } from "../names.ts";
import { dayOf } from "../period.ts";
import {
  askedOf,
  evaluationById,
  hasArrived,
  levelsOfEvaluation,
  saveDraft,
  setLevels,
  submit,
  versionsOf,
} from "../store/evaluations.ts";
import { formVersionById, itemsById, itemsOf } from "../store/forms.ts";
import { levelTextsOf } from "../store/frameworks.ts";
import { addAnswers, answersOf } from "../store/groups.ts";
import { traineeById } from "../store/trainees.ts";
import { type Competency, competencies } from "../subcompetency.ts";
import { evaluations } from "../tables.ts";
import { levelField, levelsAsJson, readLevels } from "../typed-levels.ts";
import { EvaluationFormPage, EvaluationPage, WaitingPage } from "../views/evaluations.tsx";
import { whyLookAgain } from "../wording.ts";
import { plainItems } from "./links.ts";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Milestones>();
const byId = t.Object({ id: t.String({ format: "uuid" }) });

export const evaluationRoutes = [
  get("/evaluations", {
    needs: "milestones.evaluations.complete",
    async run(_, ctx) {
      const rows = await ctx.db.all(askedOf, { personId: ctx.actor.id ?? "" });
      const open = rows.filter((row) => !row.submittedAt && row.expiresAt > ctx.now);
      const names = await ctx.names(open.map((row) => row.subjectId));
      return WaitingPage({
        waiting: open.map((row) => ({
          href: ctx.url(`/evaluations/${row.id}`),
          trainee: names.get(row.subjectId) ?? "A trainee",
          rotation: row.rotation,
          dueOn: row.dueOn,
          hasDraft: row.savedAt !== null,
          isLate: row.dueOn < dayOf(ctx.now),
        })),
        done: rows.flatMap(({ id, rotation, submittedAt }) =>
          submittedAt ? [{ href: ctx.url(`/evaluations/${id}`), rotation, submittedAt }] : [],
        ),
      });
    },
  }),

  get("/evaluations/:id", {
    needs: "milestones.evaluations.complete",
    params: byId,
    async run({ params }, ctx) {
      const evaluation = await mine(ctx, params.id);
      if (!evaluation.submittedAt && evaluation.expiresAt > ctx.now)
        return EvaluationFormPage(await formOf(ctx, evaluation));
      const levels = await ctx.db.all(levelsOfEvaluation, { evaluationId: evaluation.id });
      return EvaluationPage({
        title: "Your evaluation",
        kind: evaluatorKinds[evaluation.kind],
        isByLink: false,
        versions: [],
        withdrawn: evaluation.withdrawnAt !== null,
        requestHref: null,
        plain: await plainIn(ctx, evaluation.id),
        crumbs: [{ label: "Waiting for me", href: ctx.url("/evaluations") }],
        rotation: evaluation.rotation,
        evaluator: null,
        submittedAt: evaluation.submittedAt,
        narrative: null,
        note: evaluation.submittedAt
          ? "Your part is done, so the trainee's name and your words are closed to you now. A submitted evaluation cannot be changed."
          : "This request has expired. If you still want to evaluate, ask the program to send it again.",
        items: levels.map((row) => ({ code: row.code, title: row.title, level: levelFrom(row) })),
      });
    },
  }),

  post("/evaluations/:id", {
    needs: "milestones.evaluations.complete",
    params: byId,
    body: t.Object({
      act: t.Union([t.Literal("draft"), t.Literal("submit")]),
      levels: t.Record(t.String(), t.String({ title: "Level", maxLength: 40 })),
      answers: t.Record(t.String(), t.String({ title: "Answer", maxLength: 1 })),
      narrative: t.Optional(t.String({ title: "Narrative", maxLength: 8000 })),
      asWritten: t.Optional(t.Literal("yes")),
    }),
    refused: async (typed, problems, ctx, params) =>
      EvaluationFormPage({ ...(await formOf(ctx, await mine(ctx, params.id))), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const evaluation = await mine(ctx, params.id);
      if (evaluation.submittedAt)
        throw new Problem(
          "conflict",
          "This evaluation was submitted already, and a submitted evaluation is never changed.",
        );
      if (evaluation.expiresAt <= ctx.now)
        throw Problem.refused("This request has expired. Ask the program to send it again.");
      const asked = (await ctx.db.all(levelsOfEvaluation, { evaluationId: evaluation.id })).map((row) => ({
        id: row.subcompetencyId,
        code: row.code,
      }));
      const levels = readLevels(body.levels, asked);
      const items = await plainItems(ctx, evaluation.formVersionId);
      const answers = items.map(({ id }) => ({ formItemId: id, value: agreeFrom(body.answers[id]) }));
      const answered = answers.filter(({ value }) => value !== null).length;
      if (body.act === "submit" && levels.size + answered === 0)
        throw Problem.invalid({ "": "Nothing is rated yet. Choose a level for what you observed, or save a draft." });

      const { subjectId, rotation } = evaluation;
      const text = body.narrative ?? "";
      const again = body.act === "submit" ? whyLookAgain(text, body.asWritten) : null;
      if (again) throw Problem.invalid(again);
      const narrative =
        text === "" ? null : await ctx.seal(evaluations.narrative, text, { row: evaluation.id, subject: subjectId });
      if (asked.length > 0)
        await ctx.db.all(setLevels, { evaluationId: evaluation.id, given: levelsAsJson(levels, asked) });
      if (answers.length > 0)
        await ctx.db.all(
          addAnswers(
            answers.map((row) => ({ evaluationId: evaluation.id, subjectId, evaluatorId: ctx.actor.id, ...row })),
          ),
          {},
        );
      await ctx.db.one(body.act === "submit" ? submit : saveDraft, { id: evaluation.id, narrative });
      const { code } = await ctx.db.one(traineeById, { subjectId });
      if (body.act === "draft") {
        ctx.audit("milestones.evaluation_saved", { subjectId, trainee: code, rotation });
        return new Redirect(ctx.url(`/evaluations/${evaluation.id}`), "Draft saved.");
      }
      ctx.audit("milestones.evaluation_submitted", {
        subjectId,
        trainee: code,
        rotation,
        rated: levels.size + answered,
        asked: asked.length + items.length,
      });
      await ctx.later("milestones.close_request", { evaluationId: evaluation.id });
      return new Redirect(ctx.url("/evaluations"), "Thank you. The evaluation is submitted.");
    },
  }),

  get("/evidence/:id", {
    needs: "milestones.evaluations.read",
    params: byId,
    async run({ params }, ctx) {
      const evaluation = await ctx.db.one(evaluationById, params);
      if (!evaluation.submittedAt) throw Problem.notFound("This evaluation is not submitted yet.");
      if (!hasArrived(evaluation))
        throw Problem.notFound("The program has not confirmed yet who answered this, so nobody reads it.");
      if (evaluation.withdrawnAt && !ctx.may("milestones.evaluations.withdraw"))
        throw Problem.notFound("This evaluation was withdrawn and does not count.");
      const { id, subjectId, narrative } = evaluation;
      const levels = await ctx.db.all(levelsOfEvaluation, { evaluationId: id });
      const name = (await ctx.names([subjectId])).get(subjectId) ?? "A trainee";
      const [written] = narrative
        ? await ctx.openMany([{ value: narrative, at: { row: id, subject: subjectId } }], "to read an evaluation")
        : [null];
      return EvaluationPage({
        title: `Evaluation of ${name}`,
        crumbs: [{ label: name, href: ctx.url(`/trainees/${subjectId}`) }],
        rotation: evaluation.rotation,
        evaluator: await evaluatorIn(ctx, evaluation),
        kind: evaluatorKinds[evaluation.kind],
        isByLink: evaluation.linkId !== null,
        versions: await versionsIn(ctx, evaluation),
        withdrawn: evaluation.withdrawnAt !== null,
        requestHref: ctx.may("milestones.evaluations.withdraw") ? ctx.url(`/requests/${id}`) : null,
        plain: await plainIn(ctx, id),
        submittedAt: evaluation.submittedAt,
        narrative: written instanceof Locked ? written.sentence : (written ?? null),
        items: levels.map((row) => ({ code: row.code, title: row.title, level: levelFrom(row) })),
      });
    },
  }),
];

async function evaluatorIn(ctx: Context<Milestones>, row: Evaluation): Promise<string | null> {
  if (row.kind === "peer" || row.kind === "patient") return null;
  if (!row.evaluatorId) return row.evaluatorName;
  return (await ctx.people([row.evaluatorId])).get(row.evaluatorId) ?? null;
}

/** An amendment stands beside what it amends; both can be read. */
async function versionsIn(ctx: Context<Milestones>, { id, amendsId }: Evaluation) {
  const later = (await ctx.db.all(versionsOf, { id })).filter((row) => row.submittedAt && !row.withdrawnAt);
  return [
    ...(amendsId ? [{ href: ctx.url(`/evidence/${amendsId}`), label: "The version that this one amends" }] : []),
    ...later.map((row) => ({ href: ctx.url(`/evidence/${row.id}`), label: "A later version, which counts" })),
  ];
}

async function plainIn(ctx: Context<Milestones>, evaluationId: string) {
  const answers = (await ctx.db.all(answersOf, { evaluationId })).filter((row) => row.value !== null);
  if (answers.length === 0) return [];
  const items = new Map(
    (await ctx.db.all(itemsById(answers.map((row) => row.formItemId)), {})).map((row) => [row.id, row]),
  );
  return answers.map((row) => ({
    question: items.get(row.formItemId)?.question ?? "A question that is no longer asked",
    words: agreeInWords(row.value ?? 3),
  }));
}

type Evaluation = Awaited<ReturnType<typeof mine>>;

/** Only what this person was asked for, also for someone who may read more than that. */
async function mine(ctx: Context<Milestones>, id: Static<typeof byId>["id"]) {
  const evaluation = await ctx.db.one(evaluationById, { id });
  if (evaluation.evaluatorId !== ctx.actor.id) throw Problem.notFound();
  return evaluation;
}

async function formOf(
  ctx: Context<Milestones>,
  { id, subjectId, rotation, dueOn, narrative, savedAt, formVersionId, amendsId }: Evaluation,
) {
  const form = formVersionId ? await ctx.db.one(formVersionById, { id: formVersionId }) : null;
  const questions = new Map(
    (formVersionId ? await ctx.db.all(itemsOf, { formVersionId }) : [])
      .filter((row) => row.answer === "level")
      .map((row) => [row.subcompetencyId, row.question]),
  );
  const trainee = await ctx.db.one(traineeById, { subjectId });
  const levels = await ctx.db.all(levelsOfEvaluation, { evaluationId: id });
  const answers = new Map(
    (await ctx.db.all(answersOf, { evaluationId: id })).map((row) => [row.formItemId, row.value]),
  );
  const texts = Map.groupBy(
    await ctx.db.all(levelTextsOf, { frameworkId: trainee.frameworkId }),
    (row) => row.subcompetencyId,
  );
  const name = (await ctx.names([subjectId])).get(subjectId) ?? trainee.code;
  return {
    trainee: name,
    rotation,
    dueOn,
    savedAt,
    formTitle: form?.title ?? null,
    narrativeQuestion: form?.narrativeQuestion ?? "What did you see, and what should come next?",
    isAmendment: amendsId !== null,
    crumbs: [{ label: "Waiting for me", href: ctx.url("/evaluations") }],
    action: ctx.url(`/evaluations/${id}`),
    narrative: narrative ? await ctx.open(narrative, { row: id, subject: subjectId }, "to go on with a draft") : "",
    plain: (await plainItems(ctx, formVersionId)).map((row) => ({
      name: `answers.${row.id}`,
      question: row.question,
      value: String(answers.get(row.id) ?? ""),
    })),
    items: levels.map((row) => ({
      name: levelField(row.subcompetencyId),
      code: row.code,
      title: questions.get(row.subcompetencyId) ?? row.title,
      competency: competencies[row.competency as Competency],
      level: levelFrom(row),
      texts: texts.get(row.subcompetencyId) ?? [],
    })),
  };
}
