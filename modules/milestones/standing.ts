/** How the reviews of a period stand, put together from the rows that people made. */
import type { Context } from "@core/module.ts";
import { carriedInto } from "./carried.ts";
import { type Level, levelFrom } from "./level.ts";
import type { Milestones } from "./names.ts";
import { inTime, isWithin } from "./period.ts";
import { type Recommendation, type ReviewState, recommend, stateOf } from "./review.ts";
import { handedInIn, handedInOf, revealsIn, type SheetRow, sheetLevelsOf, sheetsOf } from "./store/committee.ts";
import { type DecisionRow, decidedOf, decisionsIn, decisionsOf } from "./store/decisions.ts";
import { observedOf } from "./store/evaluations.ts";
import { allPeriods, type PeriodRow, type SubcompetencyRow, subcompetenciesOf } from "./store/frameworks.ts";
import { recommendationsIn, recommendationsOf, recommendedOf, reviewersIn } from "./store/meetings.ts";
import type { TraineeRow } from "./store/trainees.ts";

const decisionOf = (row: Pick<DecisionRow, "releaseId" | "reopeningId" | "acknowledgementId"> | undefined) =>
  row
    ? {
        isReleased: row.releaseId !== null,
        isReopened: row.reopeningId !== null,
        isAcknowledged: row.acknowledgementId !== null,
      }
    : null;

/** A recommendation counts until the director has decided on it; after a reopening the committee may speak again. */
const isAfter = (recommended: { madeAt: Date } | undefined, decided: { reopenedAt: Date | null } | null | undefined) =>
  recommended !== undefined && (!decided?.reopenedAt || recommended.madeAt > decided.reopenedAt);

export interface PeriodStanding {
  readonly state: ReviewState;
  /** Who has handed in. */
  readonly sheets: readonly { readonly memberId: string }[];
  readonly reviewers: readonly { readonly id: string; readonly memberId: string }[];
  readonly needed: number;
  readonly isRevealed: boolean;
  readonly decision: DecisionRow | null;
}

/** For every trainee: sheets, reviewers, decision, state. What the reader may not see counts as not there. */
export async function standingIn(
  ctx: Context<Milestones>,
  periodId: string,
): Promise<(subjectId: string) => PeriodStanding> {
  const sheets = Map.groupBy(await ctx.db.all(handedInIn, { periodId }), (row) => row.subjectId);
  const named = Map.groupBy(await ctx.db.all(reviewersIn, { periodId }), (row) => row.subjectId);
  const open = new Set((await ctx.db.all(revealsIn, { periodId })).map((row) => row.subjectId));
  const recommended = new Map((await ctx.db.all(recommendationsIn, { periodId })).map((row) => [row.subjectId, row]));
  const decisions = new Map((await ctx.db.all(decisionsIn, { periodId })).map((row) => [row.subjectId, row]));
  return (subjectId) => {
    const decision = decisions.get(subjectId);
    const reviewers = named.get(subjectId) ?? [];
    return {
      state: stateOf({
        isRevealed: open.has(subjectId),
        isRecommended: isAfter(recommended.get(subjectId), decision),
        decision: decisionOf(decision),
      }),
      sheets: sheets.get(subjectId) ?? [],
      reviewers,
      needed: reviewers.length || ctx.settings.sheetsNeeded,
      isRevealed: open.has(subjectId),
      decision: decision ?? null,
    };
  };
}

export interface Review {
  readonly state: ReviewState;
  readonly subcompetencies: readonly SubcompetencyRow[];
  /** The sheets that are open to the reader. */
  readonly sheets: readonly SheetRow[];
  readonly handedIn: readonly { readonly memberId: string }[];
  readonly reviewers: readonly { readonly id: string; readonly memberId: string }[];
  readonly needed: number;
  readonly isRevealed: boolean;
  /** What the committee said in a meeting, the newest. */
  readonly recommended: Awaited<ReturnType<typeof recommendationsOf.map>> | null;
  /** By sheet, then by subcompetency. */
  readonly rated: ReadonlyMap<string, ReadonlyMap<string, Level>>;
  readonly recommendations: ReadonlyMap<string, Recommendation>;
  /** The newest revision, and its number when there is none yet. */
  readonly decision: Awaited<ReturnType<typeof decisionsOf.map>> | null;
  readonly nextRevision: number;
  readonly decided: ReadonlyMap<string, Level>;
  /** The newest result of the period before, by subcompetency. */
  readonly before: ReadonlyMap<string, Level>;
  readonly observed: ReadonlyMap<
    string,
    readonly { readonly evaluationId: string; readonly rotation: string; readonly level: Level }[]
  >;
  readonly isFirstPeriod: boolean;
  readonly isLastPeriod: boolean;
}

/** Everything about one trainee in one period. */
export async function reviewOf(ctx: Context<Milestones>, trainee: TraineeRow, period: PeriodRow): Promise<Review> {
  const at = { subjectId: trainee.subjectId, periodId: period.id };
  const subcompetencies = await ctx.db.all(subcompetenciesOf, { frameworkId: trainee.frameworkId });
  const sheets = await ctx.db.all(sheetsOf, at);
  const handedIn = await ctx.db.all(handedInOf, at);
  const reviewers = (await ctx.db.all(reviewersIn, { periodId: period.id })).filter(
    (row) => row.subjectId === trainee.subjectId,
  );
  const isRevealed = (await ctx.db.all(revealsIn, { periodId: period.id })).some(
    (row) => row.subjectId === trainee.subjectId,
  );
  const rated = byKeys(await ctx.db.all(sheetLevelsOf, at), (row) => row.sheetId);
  const decisions = await ctx.db.all(decisionsOf, { subjectId: trainee.subjectId });
  const carried = await carriedInto(ctx, trainee.subjectId, subcompetencies);
  const decided = byKeys(
    (await ctx.db.all(decidedOf, { subjectId: trainee.subjectId })).map((row) => ({
      ...row,
      subcompetencyId: carried.get(row.subcompetencyId) ?? row.subcompetencyId,
    })),
    (row) => row.decisionId,
  );
  const observed = Map.groupBy(await ctx.db.all(observedOf, at), (row) => row.subcompetencyId);

  const earlier = (await ctx.db.all(allPeriods, {})).filter((one) => inTime(one, period) < 0).reverse();
  const lastResult = earlier.flatMap((one) => decisions.find((row) => row.periodId === one.id) ?? [])[0];
  const decision = decisions.find((row) => row.periodId === period.id) ?? null;
  const [newest] = await ctx.db.all(recommendationsOf, at);
  const recommended = newest && isAfter(newest, decision) ? newest : null;
  const said = recommended
    ? new Map(
        (await ctx.db.all(recommendedOf, { recommendationId: recommended.id })).map((row) => [
          row.subcompetencyId,
          levelFrom(row) as Level,
        ]),
      )
    : null;
  const sheetLevels = sheets.map((sheet) => rated.get(sheet.id) ?? new Map<string, Level>());
  return {
    state: stateOf({
      isRevealed,
      isRecommended: recommended !== null,
      decision: decisionOf(decision ?? undefined),
    }),
    subcompetencies,
    sheets,
    handedIn,
    reviewers,
    needed: reviewers.length || ctx.settings.sheetsNeeded,
    isRevealed,
    recommended,
    rated,
    recommendations: new Map(
      subcompetencies.map(({ id }) => {
        const word = said?.get(id);
        return [
          id,
          word
            ? { kind: "agreed" as const, level: word }
            : isRevealed
              ? recommend(sheetLevels.flatMap((levels) => levels.get(id) ?? []))
              : { kind: "none" as const },
        ];
      }),
    ),
    decision,
    nextRevision: (decision?.revision ?? 0) + 1,
    decided: (decision && decided.get(decision.id)) ?? new Map(),
    before: (lastResult && decided.get(lastResult.id)) ?? new Map(),
    observed: new Map(
      [...observed].map(([id, rows]) => [
        id,
        rows.flatMap((row) => {
          const level = levelFrom(row);
          return level ? [{ evaluationId: row.evaluationId, rotation: row.rotation, level }] : [];
        }),
      ]),
    ),
    isFirstPeriod: isWithin(trainee.startsOn, period),
    isLastPeriod: isWithin(trainee.expectedEnd, period),
  };
}

interface LevelRow {
  readonly subcompetencyId: string;
  readonly status: Level["status"] | null;
  readonly halfSteps: number | null;
}
function byKeys<R extends LevelRow>(rows: readonly R[], key: (row: R) => string): Map<string, Map<string, Level>> {
  const all = new Map<string, Map<string, Level>>();
  for (const row of rows) {
    const level = levelFrom(row);
    if (!level) continue;
    const levels = all.get(key(row)) ?? new Map<string, Level>();
    levels.set(row.subcompetencyId, level);
    all.set(key(row), levels);
  }
  return all;
}
