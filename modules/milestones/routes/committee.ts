/** The committee: who is to be rated in a period, and a member's sheet on one trainee. */
import { type Context, Locked, Redirect, routesFor, type Typed } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { type Level, levelColumns, readLevel } from "../level.ts";
import type { Milestones } from "../names.ts";
import { choosePeriod, dayOf, isInTraining, periodTitle } from "../period.ts";
import { type ReviewState, whyNot } from "../review.ts";
import { type Review, reviewOf, standingIn } from "../standing.ts";
import { addSheet, addSheetLevels } from "../store/committee.ts";
import { evidenceOf, requestsIn } from "../store/evaluations.ts";
import { allPeriods, type PeriodRow, periodById } from "../store/frameworks.ts";
import { roster, type TraineeRow, traineeById } from "../store/trainees.ts";
import { sheets } from "../tables.ts";
import { levelField, readLevels } from "../typed-levels.ts";
import { CommitteePage, SheetPage } from "../views/committee.tsx";
import { type Warning, warningsFor } from "../warnings.ts";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Milestones>();
const uuid = t.String({ format: "uuid" });
const place = t.Object({ period: uuid, subject: uuid });

export const committeeRoutes = [
  get("/committee", {
    needs: "milestones.committee.read",
    query: t.Object({ period: t.Optional(uuid) }),
    async run({ query }, ctx) {
      const periods = await ctx.db.all(allPeriods, {});
      const period = choosePeriod(periods, query.period, dayOf(ctx.now));
      const trainees = period ? (await ctx.db.all(roster, {})).filter((row) => isInTraining(row, period)) : [];
      const standing = period ? await standingIn(ctx, period.id) : null;
      const submitted = Map.groupBy(
        period ? (await ctx.db.all(requestsIn, { periodId: period.id })).filter((row) => row.submittedAt) : [],
        (row) => row.subjectId,
      );
      const names = await ctx.names(trainees.map((row) => row.subjectId));
      const decides = ctx.may("milestones.decide");
      const waits = ({ hasMine, state }: { hasMine: boolean; state: ReviewState }) =>
        decides ? state === "rated" : !hasMine;
      return CommitteePage({
        rates: ctx.may("milestones.committee.rate"),
        first: decides ? "those to be decided first" : "those without your sheet first",
        periods: periods.map((one) => ({ value: one.id, label: periodTitle(one) })),
        period: period?.id ?? "",
        action: ctx.url("/committee"),
        lines: trainees
          .flatMap((row) => {
            const own = standing?.(row.subjectId);
            if (!own || !period) return [];
            return [
              {
                href: ctx.url(`/${decides ? "decisions" : "committee"}/${period.id}/${row.subjectId}`),
                trainee: names.get(row.subjectId) ?? row.code,
                pgy: row.pgy,
                evaluations: submitted.get(row.subjectId)?.length ?? 0,
                sheets: `${own.sheets.length} of ${ctx.settings.sheetsNeeded}`,
                hasMine: own.sheets.some((sheet) => sheet.memberId === ctx.actor.id),
                state: own.state,
              },
            ];
          })
          .sort((a, b) => Number(waits(b)) - Number(waits(a)) || a.pgy - b.pgy || a.trainee.localeCompare(b.trainee)),
      });
    },
  }),

  get("/committee/:period/:subject", {
    needs: "milestones.committee.read",
    params: place,
    async run({ params }, ctx) {
      const found = await find(ctx, params);
      return SheetPage(await sheetOf(ctx, found, []));
    },
  }),

  post("/committee/:period/:subject", {
    needs: "milestones.committee.rate",
    params: place,
    body: t.Object({
      levels: t.Record(t.String(), t.String({ title: "Level", maxLength: 40 })),
      note: t.Optional(t.String({ title: "Note", maxLength: 4000 })),
      acknowledged: t.Optional(t.Literal("yes")),
    }),
    async refused(typed, problems, ctx, params) {
      const found = await find(ctx, params);
      return SheetPage({
        ...(await sheetOf(ctx, found, warningsOf(found.review, typedLevels(typed, found.review)))),
        form: formAgain(typed, problems),
      });
    },
    async run({ params, body }, ctx) {
      const { trainee, period, review } = await find(ctx, params);
      const why = whyNot("rate", review.state);
      if (why) throw Problem.refused(why);
      const levels = readLevels(body.levels, review.subcompetencies);
      const missing = review.subcompetencies.filter(({ id }) => !levels.has(id));
      if (missing.length > 0) {
        throw Problem.invalid(
          Object.fromEntries(missing.map(({ id, code }) => [levelField(id), `${code}: choose a level, NYC1 or NYA.`])),
        );
      }
      const warnings = warningsOf(review, levels);
      if (warnings.length > 0 && body.acknowledged !== "yes") {
        throw Problem.invalid({
          acknowledged: "Look at the warnings, and tick that the levels are meant as they are.",
        });
      }

      const { subjectId, code } = trainee;
      const id = Bun.randomUUIDv7();
      const note = body.note ? await ctx.seal(sheets.note, body.note, { row: id, subject: subjectId }) : null;
      await ctx.db.one(addSheet, { id, subjectId, periodId: period.id, note, warnings });
      await ctx.db.all(addSheetLevels(levelRows(levels).map((row) => ({ sheetId: id, subjectId, ...row }))), {});
      ctx.audit("milestones.rated", {
        subjectId,
        trainee: code,
        period: periodTitle(period),
        warnings: warnings.length,
      });
      return new Redirect(ctx.url(`/committee?period=${period.id}`), "Your sheet is handed in.");
    },
  }),
];

interface Found {
  readonly trainee: TraineeRow;
  readonly period: PeriodRow;
  readonly review: Review;
}

export async function find(ctx: Context<Milestones>, params: { period: string; subject: string }): Promise<Found> {
  const period = await ctx.db.one(periodById, { id: params.period });
  const trainee = await ctx.db.one(traineeById, { subjectId: params.subject });
  return { trainee, period, review: await reviewOf(ctx, trainee, period) };
}

/** Rows as the sheet's and the decision's tables take them. */
export function levelRows(levels: ReadonlyMap<string, Level>) {
  return [...levels].map(([subcompetencyId, level]) => ({
    subcompetencyId,
    status: level.status,
    halfSteps: levelColumns(level).halfSteps,
  }));
}

function warningsOf(review: Review, levels: ReadonlyMap<string, Level>): Warning[] {
  const byCode = (of: ReadonlyMap<string, Level>) =>
    new Map(
      review.subcompetencies.flatMap(({ id, code }) => {
        const level = of.get(id);
        return level ? [[code, level] as const] : [];
      }),
    );
  return warningsFor({
    codes: review.subcompetencies.map(({ code }) => code),
    levels: byCode(levels),
    before: byCode(review.before),
    isFirstPeriod: review.isFirstPeriod,
    isLastPeriod: review.isLastPeriod,
  });
}

/** As far as they can be read: for the warnings beside a refused form. */
function typedLevels(typed: Typed, { subcompetencies }: Review): Map<string, Level> {
  return new Map(
    subcompetencies.flatMap(({ id }) => {
      const { level } = readLevel(String(typed[levelField(id)] ?? ""));
      return level ? [[id, level] as const] : [];
    }),
  );
}

export function evidenceFor(ctx: Context<Milestones>, review: Review, subcompetencyId: string) {
  return (review.observed.get(subcompetencyId) ?? []).map(({ evaluationId, rotation, level }) => ({
    href: ctx.url(`/evidence/${evaluationId}`),
    rotation,
    level,
  }));
}

async function sheetOf(ctx: Context<Milestones>, { trainee, period, review }: Found, warnings: readonly Warning[]) {
  const { subjectId } = trainee;
  const own = review.sheets.find((sheet) => sheet.memberId === ctx.actor.id);
  const levels = own ? review.rated.get(own.id) : undefined;
  const written = (await ctx.db.all(evidenceOf, { subjectId })).filter(
    (row) => row.periodId === period.id && row.narrative,
  );
  const opened = await ctx.openMany(
    written.flatMap(({ id, narrative }) =>
      narrative ? [{ value: narrative, at: { row: id, subject: subjectId } }] : [],
    ),
    "to rate with the evidence at hand",
  );
  const closed = ctx.may("milestones.committee.rate")
    ? whyNot("rate", review.state)
    : "Only members of the committee hand in sheets.";
  return {
    trainee: (await ctx.names([subjectId])).get(subjectId) ?? trainee.code,
    period: periodTitle(period),
    state: review.state,
    crumbs: [{ label: "Committee", href: ctx.url(`/committee?period=${period.id}`) }],
    action: closed ? null : ctx.url(`/committee/${period.id}/${subjectId}`),
    closed,
    warnings: warnings.map(({ sentence }) => sentence),
    note: own?.note ? await ctx.open(own.note, { row: own.id, subject: subjectId }, "to go on with a sheet") : "",
    narratives: written.map(({ id, rotation }, at) => {
      const text = opened[at];
      return {
        href: ctx.url(`/evidence/${id}`),
        rotation,
        text: text instanceof Locked ? text.sentence : (text ?? ""),
      };
    }),
    items: review.subcompetencies.map(({ id, code, title }) => ({
      name: levelField(id),
      code,
      title,
      level: levels?.get(id) ?? null,
      before: review.before.get(id) ?? null,
      evidence: evidenceFor(ctx, review, id),
    })),
  };
}
