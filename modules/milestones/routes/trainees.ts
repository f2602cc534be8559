/** A trainee's page, the trainee's own word on a result, and the report that leaves the house. */
import { isAssignableAs } from "@core/access/holding.ts";
import { type Context, Locked, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { stageOf } from "../band.ts";
import { courseInWords } from "../course.ts";
import { agreeInWords, evaluatorKinds } from "../evaluator-kind.ts";
import { type History, historyOf, toAcknowledge } from "../history.ts";
import { levelFrom, numberOf, writeLevel } from "../level.ts";
import type { Milestones } from "../names.ts";
import { dayOf, periodShort, periodTitle } from "../period.ts";
import { type CourseChart, reportOf } from "../report.ts";
import { whyNot } from "../review.ts";
import { newestBands } from "../store/bands.ts";
import { addAcknowledgement, decisionById } from "../store/decisions.ts";
import { evidenceOf } from "../store/evaluations.ts";
import { itemsById } from "../store/forms.ts";
import { allPeriods, periodById } from "../store/frameworks.ts";
import { groupResultsOf } from "../store/groups.ts";
import { selfAssessmentsOf, selfLevelsOf } from "../store/self.ts";
import { colleagues, mentorings, type TraineeRow, traineeById, traineeOfPerson } from "../store/trainees.ts";
import { acknowledgements } from "../tables.ts";
import { TraineePage } from "../views/trainee.tsx";
import { nameOf } from "./frameworks.ts";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Milestones>();
const uuid = t.String({ format: "uuid" });

export const traineeRoutes = [
  get("/trainees/:subject", {
    needs: "milestones.results.read",
    params: t.Object({ subject: uuid }),
    run: async ({ params }, ctx) =>
      TraineePage(await pageOf(ctx, await ctx.db.one(traineeById, { subjectId: params.subject }))),
  }),

  get("/mine", {
    needs: "milestones.acknowledge",
    run: async (_, ctx) => TraineePage(await pageOf(ctx, await oneself(ctx))),
  }),

  post("/results/:id/acknowledge", {
    needs: "milestones.acknowledge",
    params: t.Object({ id: uuid }),
    body: t.Object({ comment: t.Optional(t.String({ title: "Comment", maxLength: 4000 })) }),
    refused: async (typed, problems, ctx) =>
      TraineePage({ ...(await pageOf(ctx, await oneself(ctx))), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const { id, subjectId, periodId, revision, reopeningId, acknowledgementId } = await ctx.db.one(
        decisionById,
        params,
      );
      const why = whyNot("acknowledge", reopeningId ? "rated" : acknowledgementId ? "acknowledged" : "released");
      if (why) throw Problem.refused(why);
      const row = Bun.randomUUIDv7();
      const comment = body.comment
        ? await ctx.seal(acknowledgements.comment, body.comment, { row, subject: subjectId })
        : null;
      await ctx.db.one(addAcknowledgement, { id: row, decisionId: id, subjectId, comment });
      const period = periodTitle(await ctx.db.one(periodById, { id: periodId }));
      ctx.audit("milestones.acknowledged", {
        subjectId,
        period,
        revision,
        how: comment ? "with a comment" : "without a comment",
      });
      return new Redirect(ctx.url("/mine"), "Acknowledged.");
    },
  }),

  get("/trainees/:subject/report.pdf", {
    needs: "milestones.export",
    params: t.Object({ subject: uuid }),
    async run({ params }, ctx) {
      const trainee = await ctx.db.one(traineeById, { subjectId: params.subject });
      const history = await historyOf(ctx, trainee);
      const name = (await ctx.names([trainee.subjectId])).get(trainee.subjectId) ?? trainee.code;
      const document = reportOf({
        name,
        program: ctx.workspace.title,
        code: trainee.code,
        pgy: trainee.pgy,
        framework: nameOf(trainee),
        printedOn: dayOf(ctx.now),
        periods: history.results.map(({ title, short }) => ({ title, short })),
        courses: coursesOf(history).map(({ code, title, course }) => ({
          code,
          title,
          written: course.map((level) => (level ? writeLevel(level) : "–")),
          sentence: courseInWords(course),
        })),
        chart: await chartOf(ctx, trainee, history),
      });
      const rows = history.results.flatMap(({ rowIds }) => rowIds);
      return await ctx.pdf("milestones.report", `milestones-${trainee.code}.pdf`, document, rows);
    },
  }),
];

export async function oneself(ctx: Context<Milestones>): Promise<TraineeRow> {
  const trainee = await ctx.db.first(traineeOfPerson, { personId: ctx.actor.id ?? "" });
  if (!trainee)
    throw Problem.notFound("You are not on this program's roster yet. Ask the program director to add you.");
  return trainee;
}

function coursesOf({ subcompetencies, results }: History) {
  return subcompetencies.map(({ id, code, title }) => ({
    code,
    title,
    course: results.map(({ levels }) => levels.get(id) ?? null),
  }));
}

async function pageOf(ctx: Context<Milestones>, trainee: TraineeRow) {
  const { subjectId } = trainee;
  const isOneself = trainee.personId === ctx.actor.id;
  const manages = ctx.may("milestones.roster.manage");
  const history = await historyOf(ctx, trainee);
  const mentoring = (await ctx.db.all(mentorings, {})).filter((row) => row.subjectId === subjectId);
  const mentors = await ctx.people(mentoring.map((row) => row.personId));
  const staff = manages
    ? (await ctx.db.all(colleagues, {})).filter((row) => isAssignableAs(row, "mentor") && !mentors.has(row.id))
    : [];
  const evidence = ctx.may("milestones.evaluations.read") ? await ctx.db.all(evidenceOf, { subjectId }) : [];
  const answers = await answersIn(ctx, history);
  const waiting = isOneself && ctx.may("milestones.acknowledge") ? toAcknowledge(history) : null;
  return {
    name: (await ctx.names([subjectId])).get(subjectId) ?? trainee.code,
    code: trainee.code,
    crumbs: isOneself ? [] : [{ label: "Progress", href: ctx.url("/") }],
    pgy: trainee.pgy,
    startsOn: trainee.startsOn,
    expectedEnd: trainee.expectedEnd,
    framework: nameOf(trainee),
    courses: coursesOf(history),
    chart: await chartOf(ctx, trainee, history),
    groups: await groupsOf(ctx, subjectId),
    moved: history.moved,
    periods: history.results.map(({ title, short, period, decision }) => ({
      title,
      short,
      state: decision.acknowledgementId
        ? ("acknowledged" as const)
        : decision.releaseId
          ? ("released" as const)
          : ("finalised" as const),
      isReopened: decision.reopeningId !== null,
      href: ctx.may("milestones.decisions.read") ? ctx.url(`/decisions/${period.id}/${subjectId}`) : null,
      answer: answers.get(decision.id) ?? null,
    })),
    evaluations: evidence.flatMap(({ id, rotation, submittedAt }) =>
      submittedAt ? [{ href: ctx.url(`/evidence/${id}`), rotation, submittedAt }] : [],
    ),
    reportHref: ctx.may("milestones.export") ? ctx.url(`/trainees/${subjectId}/report.pdf`) : null,
    placeHref: manages ? ctx.url(`/trainees/${subjectId}/place`) : null,
    mentors: mentoring.map(({ id, personId }) => ({
      name: mentors.get(personId) ?? "Someone who has left",
      endAction: manages ? ctx.url(`/mentorings/${id}/end`) : null,
    })),
    assign: manages
      ? {
          action: ctx.url(`/trainees/${subjectId}/mentor`),
          choices: staff.map((row) => ({ value: row.id, label: row.name })),
        }
      : null,
    acknowledge: waiting
      ? { action: ctx.url(`/results/${waiting.decision.id}/acknowledge`), period: waiting.title }
      : null,
  };
}

/** Program, own view and the program's own history, over every period that has one of the first two. */
async function chartOf(ctx: Context<Milestones>, trainee: TraineeRow, history: History): Promise<CourseChart> {
  const { subjectId } = trainee;
  const maySeeSelf = ctx.may("milestones.self.read");
  const assessments = maySeeSelf ? await ctx.db.all(selfAssessmentsOf, { subjectId }) : [];
  const own = Map.groupBy(
    assessments.length > 0 ? await ctx.db.all(selfLevelsOf, { subjectId }) : [],
    (row) => row.assessmentId,
  );
  const ownIn = new Map(
    assessments.map((row) => [
      row.periodId,
      new Map((own.get(row.id) ?? []).map((one) => [one.subcompetencyId, levelFrom(one)])),
    ]),
  );
  const periods = (await ctx.db.all(allPeriods, {})).filter(
    (period) => ownIn.has(period.id) || history.results.some((result) => result.period.id === period.id),
  );
  const bands = new Map((await ctx.db.all(newestBands, {})).map((row) => [`${row.subcompetencyId} ${row.stage}`, row]));
  const edge = (id: string, side: "low" | "high") =>
    periods.map((period) => {
      const band = bands.get(`${id} ${stageOf(trainee.startsOn, period)}`);
      return band ? band[side] / 2 : null;
    });
  return {
    periods: periods.map(periodShort),
    hasOwn: ownIn.size > 0,
    hasBand: bands.size > 0,
    lines: history.subcompetencies.map(({ id, code }) => ({
      code,
      program: periods.map((period) =>
        numberOf(history.results.find((result) => result.period.id === period.id)?.levels.get(id) ?? null),
      ),
      own: periods.map((period) => numberOf(ownIn.get(period.id)?.get(id) ?? null)),
      low: edge(id, "low"),
      high: edge(id, "high"),
    })),
  };
}

/** What peers and patients said together. */
async function groupsOf(ctx: Context<Milestones>, subjectId: string) {
  const rows = await ctx.db.all(groupResultsOf, { subjectId });
  if (rows.length === 0) return [];
  const items = new Map(
    (await ctx.db.all(itemsById(rows.map((row) => row.formItemId)), {})).map((row) => [row.id, row]),
  );
  const titles = new Map((await ctx.db.all(allPeriods, {})).map((row) => [row.id, periodTitle(row)]));
  return rows.map((row) => ({
    period: titles.get(row.periodId) ?? "",
    kind: evaluatorKinds[row.kind],
    question: items.get(row.formItemId)?.question ?? "A question that is no longer asked",
    answers: row.answers,
    middle: agreeInWords(row.middle),
    spread: row.low === row.high ? "" : `${agreeInWords(row.low)} to ${agreeInWords(row.high)}`.toLowerCase(),
  }));
}

/** What the trainee answered, by decision, for those who may read it. */
async function answersIn(ctx: Context<Milestones>, { results }: History): Promise<Map<string, string>> {
  if (!ctx.may("milestones.comments.read")) return new Map();
  const written = results.flatMap(({ decision: { id, subjectId, acknowledgementId, comment } }) =>
    comment && acknowledgementId ? [{ id, value: comment, at: { row: acknowledgementId, subject: subjectId } }] : [],
  );
  const texts = await ctx.openMany(written, "to show the trainee's answers");
  return new Map(
    written.map(({ id }, at) => {
      const text = texts[at];
      return [id, text instanceof Locked ? text.sentence : (text ?? "")];
    }),
  );
}
