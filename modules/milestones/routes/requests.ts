/** Asking faculty for evaluations, and seeing what is missing. */
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { assign } from "@core/subjects/assignments.ts";
import { Type as t } from "@sinclair/typebox";
import { counted } from "../counted.ts";
import type { Milestones } from "../names.ts";
import { addDays, choosePeriod, dayOf, periodTitle } from "../period.ts";
import { askAbout, askFor, type EvaluationRow, requestsIn } from "../store/evaluations.ts";
import { allPeriods, allSubcompetencies, periodById } from "../store/frameworks.ts";
import { colleagues, roster } from "../store/trainees.ts";
import { AskPage, type RequestState, RequestsPage } from "../views/requests.tsx";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Milestones>();
const id = (title: string) => t.String({ title, format: "uuid" });

/** Roles whose holders may be asked. */
const evaluating = new Set(["faculty", "mentor", "ccc_member", "program_director"]);

export const requestRoutes = [
  get("/requests", {
    needs: "milestones.evaluations.follow",
    query: t.Object({ period: t.Optional(id("Period")) }),
    async run({ query }, ctx) {
      const periods = await ctx.db.all(allPeriods, {});
      const period = choosePeriod(periods, query.period, dayOf(ctx.now));
      const requests = period ? await ctx.db.all(requestsIn, { periodId: period.id }) : [];
      const names = await ctx.names(requests.map((row) => row.subjectId));
      const people = await ctx.people(requests.map((row) => row.evaluatorId));
      return RequestsPage({
        periods: periods.map((one) => ({ value: one.id, label: periodTitle(one) })),
        period: period?.id ?? "",
        action: ctx.url("/requests"),
        newHref: ctx.may("milestones.evaluations.request") && period ? ctx.url("/requests/new") : null,
        requests: requests.map((row) => ({
          trainee: names.get(row.subjectId) ?? "A trainee who has left",
          evaluator: people.get(row.evaluatorId) ?? "Someone who has left",
          rotation: row.rotation,
          dueOn: row.dueOn,
          state: stateOf(row, ctx.now),
        })),
      });
    },
  }),

  get("/requests/new", {
    needs: "milestones.evaluations.request",
    run: async (_, ctx) => AskPage(await choices(ctx)),
  }),

  post("/requests", {
    needs: "milestones.evaluations.request",
    body: t.Object({
      periodId: id("Period"),
      evaluatorId: id("Evaluator"),
      rotation: t.String({ title: "Rotation", minLength: 1, maxLength: 120 }),
      subjectIds: t.Array(id("Trainee"), { title: "Trainees", maxItems: 200 }),
      codes: t.Array(t.String({ maxLength: 8 }), { title: "Subcompetencies", maxItems: 60 }),
    }),
    refused: async (typed, problems, ctx) => AskPage({ ...(await choices(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      const period = await ctx.db.one(periodById, { id: body.periodId });
      const evaluator = (await ctx.db.all(colleagues, {})).find(
        (row) => row.id === body.evaluatorId && evaluating.has(row.role),
      );
      if (!evaluator) throw Problem.invalid({ evaluatorId: "Choose someone who may evaluate in this program." });
      if (body.subjectIds.length === 0) throw Problem.invalid({ subjectIds: "Choose one trainee or more." });
      if (body.codes.length === 0) throw Problem.invalid({ codes: "Choose one subcompetency or more." });
      const wanted = new Set(body.subjectIds);
      const trainees = (await ctx.db.all(roster, {})).filter((row) => wanted.has(row.subjectId));
      if (trainees.length !== wanted.size) throw Problem.notFound("One of these trainees is not in this program.");
      await refuseTwice(ctx, body, trainees);

      const subcompetencies = await ctx.db.all(allSubcompetencies, {});
      const expiresAt = new Date(ctx.now.getTime() + ctx.settings.daysToComplete * 24 * 60 * 60 * 1000);
      for (const { subjectId, code, frameworkId } of trainees) {
        const asked = subcompetencies.filter((row) => row.frameworkId === frameworkId && body.codes.includes(row.code));
        if (asked.length === 0)
          throw Problem.invalid({ codes: `None of these subcompetencies belongs to the framework of ${code}.` });
        const evaluationId = Bun.randomUUIDv7();
        await assign(ctx, { personId: evaluator.id, subjectId, kind: "evaluator", until: expiresAt });
        await ctx.db.one(askFor, {
          id: evaluationId,
          subjectId,
          periodId: period.id,
          evaluatorId: evaluator.id,
          rotation: body.rotation,
          dueOn: addDays(dayOf(ctx.now), ctx.settings.daysToComplete),
          expiresAt,
        });
        const rows = asked.map((row) => ({
          evaluationId,
          subjectId,
          evaluatorId: evaluator.id,
          subcompetencyId: row.id,
        }));
        await ctx.db.all(askAbout(rows), {});
        ctx.audit("milestones.evaluation_requested", {
          subjectId,
          evaluator: evaluator.name,
          trainee: code,
          rotation: body.rotation,
        });
      }
      const count = counted(trainees.length, "evaluation");
      return new Redirect(ctx.url(`/requests?period=${period.id}`), `${evaluator.name} was asked for ${count}.`);
    },
  }),
];

/** The same question to the same person while it is still open would only annoy. */
async function refuseTwice(
  ctx: Context<Milestones>,
  body: { periodId: string; evaluatorId: string; rotation: string },
  trainees: readonly { subjectId: string; code: string }[],
) {
  const open = (await ctx.db.all(requestsIn, { periodId: body.periodId })).filter(
    (row) =>
      row.evaluatorId === body.evaluatorId &&
      row.rotation === body.rotation &&
      ["open", "draft"].includes(stateOf(row, ctx.now)),
  );
  const twice = trainees.filter(({ subjectId }) => open.some((row) => row.subjectId === subjectId));
  if (twice.length === 0) return;
  throw Problem.invalid({
    subjectIds: `This is already being asked about ${twice.map(({ code }) => code).join(", ")}. Leave out whom it concerns.`,
  });
}

function stateOf(row: Pick<EvaluationRow, "submittedAt" | "savedAt" | "expiresAt">, now: Date): RequestState {
  if (row.submittedAt) return "submitted";
  if (row.expiresAt <= now) return "expired";
  return row.savedAt ? "draft" : "open";
}

async function choices(ctx: Context<Milestones>) {
  const periods = await ctx.db.all(allPeriods, {});
  const trainees = await ctx.db.all(roster, {});
  const names = await ctx.names(trainees.map((row) => row.subjectId));
  const people = (await ctx.db.all(colleagues, {})).filter((row) => evaluating.has(row.role));
  const inUse = new Set(trainees.map((row) => row.frameworkId));
  const codes = (await ctx.db.all(allSubcompetencies, {})).filter((row) => inUse.has(row.frameworkId));
  return {
    crumbs: [{ label: "Evaluation requests", href: ctx.url("/requests") }],
    action: ctx.url("/requests"),
    days: ctx.settings.daysToComplete,
    periods: periods.map((one) => ({ value: one.id, label: periodTitle(one) })),
    period: choosePeriod(periods, undefined, dayOf(ctx.now))?.id ?? "",
    evaluators: [...new Map(people.map((row) => [row.id, { value: row.id, label: row.name }])).values()],
    trainees: trainees
      .map((row) => ({ value: row.subjectId, label: `${names.get(row.subjectId) ?? row.code}, PGY ${row.pgy}` }))
      .sort((a, b) => a.label.localeCompare(b.label)),
    codes: [
      ...new Map(codes.map((row) => [row.code, { value: row.code, label: `${row.code} ${row.title}` }])).values(),
    ],
  };
}
