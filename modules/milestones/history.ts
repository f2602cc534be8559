/** One trainee's results over the periods: what the page, the report and the dashboard show of them. */
import type { Context } from "@core/module.ts";
import { carriedInto } from "./carried.ts";
import { type Level, levelFrom } from "./level.ts";
import type { Milestones } from "./names.ts";
import { periodShort, periodTitle } from "./period.ts";
import { type DecisionOfRow, decidedOf, decisionsOf } from "./store/decisions.ts";
import { allPeriods, type PeriodRow, type SubcompetencyRow, subcompetenciesOf } from "./store/frameworks.ts";
import type { TraineeRow } from "./store/trainees.ts";

export interface Result {
  readonly period: PeriodRow;
  readonly title: string;
  readonly short: string;
  readonly decision: DecisionOfRow;
  readonly levels: ReadonlyMap<string, Level>;
  readonly rowIds: readonly string[];
}

export interface History {
  readonly subcompetencies: readonly SubcompetencyRow[];
  /** Periods with a result that the reader may see, the earliest first; of several revisions the newest. */
  readonly results: readonly Result[];
  /** Levels of an older version that stand under the one in force, because the crosswalk says that they correspond. */
  readonly moved: number;
}

export async function historyOf(ctx: Context<Milestones>, trainee: TraineeRow): Promise<History> {
  const { subjectId, frameworkId } = trainee;
  const subcompetencies = await ctx.db.all(subcompetenciesOf, { frameworkId });
  const carried = await carriedInto(ctx, subjectId, subcompetencies);
  let moved = 0;
  const decisions = await ctx.db.all(decisionsOf, { subjectId });
  const decided = Map.groupBy(await ctx.db.all(decidedOf, { subjectId }), (row) => row.decisionId);
  const results = (await ctx.db.all(allPeriods, {})).flatMap((period) => {
    const decision = decisions.find((row) => row.periodId === period.id);
    if (!decision) return [];
    const rows = decided.get(decision.id) ?? [];
    return [
      {
        period,
        title: periodTitle(period),
        short: periodShort(period),
        decision,
        levels: new Map(
          rows.map((row) => {
            const to = carried.get(row.subcompetencyId);
            if (to) moved += 1;
            return [to ?? row.subcompetencyId, levelFrom(row) as Level];
          }),
        ),
        rowIds: rows.map((row) => row.id),
      },
    ];
  });
  return { subcompetencies, results, moved };
}

/** The newest result that waits for the trainee's word. */
export function toAcknowledge({ results }: History): Result | null {
  return (
    results.findLast(({ decision }) => decision.releaseId && !decision.reopeningId && !decision.acknowledgementId) ??
    null
  );
}
