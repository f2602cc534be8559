/** The trainee's own view of himself or herself, before the committee meets. */
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { selfAssessments } from "../committee-tables.ts";
import { levelFrom } from "../level.ts";
import type { Milestones } from "../names.ts";
import { choosePeriod, dayOf, isInTraining, periodTitle } from "../period.ts";
import { allPeriods, levelTextsOf, periodById, subcompetenciesOf } from "../store/frameworks.ts";
import { addSelfLevels, assessSelf, selfAssessmentsOf, selfLevelsOf } from "../store/self.ts";
import { levelField, readLevels } from "../typed-levels.ts";
import { SelfPage } from "../views/self.tsx";
import { levelRows } from "./committee.ts";
import { formAgain } from "./refused.ts";
import { oneself } from "./trainees.ts";

const { get, post } = routesFor<Milestones>();
const uuid = t.String({ format: "uuid" });

export const selfRoutes = [
  get("/self", {
    needs: "milestones.self.write",
    query: t.Object({ period: t.Optional(uuid) }),
    run: async ({ query }, ctx) => SelfPage(await pageOf(ctx, query.period)),
  }),

  post("/self", {
    needs: "milestones.self.write",
    body: t.Object({
      periodId: uuid,
      levels: t.Record(t.String(), t.String({ title: "Level", maxLength: 40 })),
      note: t.Optional(t.String({ title: "Note", maxLength: 4000 })),
    }),
    refused: async (typed, problems, ctx) =>
      SelfPage({ ...(await pageOf(ctx, String(typed.periodId ?? ""))), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      const trainee = await oneself(ctx);
      const period = await ctx.db.one(periodById, { id: body.periodId });
      const asked = await ctx.db.all(subcompetenciesOf, { frameworkId: trainee.frameworkId });
      const levels = readLevels(body.levels, asked);
      if (levels.size === 0) throw Problem.invalid({ "": "Choose a level for one subcompetency or more." });
      const { subjectId } = trainee;
      const id = Bun.randomUUIDv7();
      const note = body.note ? await ctx.seal(selfAssessments.note, body.note, { row: id, subject: subjectId }) : null;
      await ctx.db.one(assessSelf, { id, subjectId, periodId: period.id, note });
      await ctx.db.all(addSelfLevels(levelRows(levels).map((row) => ({ assessmentId: id, subjectId, ...row }))), {});
      ctx.audit("milestones.self_assessed", { subjectId, period: periodTitle(period), rated: levels.size });
      return new Redirect(ctx.url("/mine"), "Your own view is kept. It stands beside the program's on your page.");
    },
  }),
];

async function pageOf(ctx: Context<Milestones>, wanted: string | undefined) {
  const trainee = await oneself(ctx);
  const periods = (await ctx.db.all(allPeriods, {})).filter((period) => isInTraining(trainee, period));
  const period = choosePeriod(periods, wanted, dayOf(ctx.now));
  const subcompetencies = await ctx.db.all(subcompetenciesOf, { frameworkId: trainee.frameworkId });
  const last = (await ctx.db.all(selfAssessmentsOf, { subjectId: trainee.subjectId })).find(
    (row) => row.periodId === period?.id,
  );
  const levels = new Map(
    (last ? await ctx.db.all(selfLevelsOf, { subjectId: trainee.subjectId }) : [])
      .filter((row) => row.assessmentId === last?.id)
      .map((row) => [row.subcompetencyId, levelFrom(row)]),
  );
  const texts = Map.groupBy(
    await ctx.db.all(levelTextsOf, { frameworkId: trainee.frameworkId }),
    (row) => row.subcompetencyId,
  );
  return {
    action: ctx.url("/self"),
    periods: periods.map((one) => ({ value: one.id, label: periodTitle(one) })),
    period: period?.id ?? "",
    note: last?.note
      ? await ctx.open(last.note, { row: last.id, subject: trainee.subjectId }, "to go on with one's own view")
      : "",
    items: subcompetencies.map(({ id, code, title }) => ({
      name: levelField(id),
      code,
      title,
      level: levels.get(id) ?? null,
      texts: texts.get(id) ?? [],
    })),
  };
}
