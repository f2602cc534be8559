/** Who is where and what is missing, for everyone the reader reaches. */
import type { Context } from "@core/module.ts";
import { stageOf } from "./band.ts";
import { counted } from "./counted.ts";
import { earlyWarnings, type WarningRule } from "./early-warning.ts";
import { type Level, levelFrom } from "./level.ts";
import type { Milestones } from "./names.ts";
import { dayOf, inTime, isInTraining, isWithin } from "./period.ts";
import type { ReviewState } from "./review.ts";
import { standingIn } from "./standing.ts";
import { newestBands } from "./store/bands.ts";
import { decidedIn, decisionsIn } from "./store/decisions.ts";
import { hasArrived, requestsIn } from "./store/evaluations.ts";
import { allPeriods, allSubcompetencies, type PeriodRow } from "./store/frameworks.ts";
import { roster } from "./store/trainees.ts";

export interface Place {
  readonly subjectId: string;
  readonly code: string;
  readonly name: string;
  readonly pgy: number;
  /** By code. */
  readonly levels: ReadonlyMap<string, Level>;
  readonly rowIds: readonly string[];
  readonly submitted: number;
  readonly asked: number;
  readonly state: ReviewState;
  /** What the early-warning rule says; empty for those who do not see the work. */
  readonly warnings: readonly string[];
}

export interface Program {
  readonly codes: readonly { readonly code: string; readonly title: string }[];
  readonly places: readonly Place[];
}

export async function programIn(ctx: Context<Milestones>, period: PeriodRow | null): Promise<Program> {
  const trainees = (await ctx.db.all(roster, {})).filter((row) => !period || isInTraining(row, period));
  const names = await ctx.names(trainees.map((row) => row.subjectId));
  const used = new Set(trainees.map((row) => row.frameworkId));
  const subcompetencies = (await ctx.db.all(allSubcompetencies, {})).filter((row) => used.has(row.frameworkId));
  const codes = [...new Map(subcompetencies.map(({ code, title }) => [code, { code, title }])).values()];
  if (!period) return { codes, places: [] };
  const standing = await standingIn(ctx, period.id);
  const decided = Map.groupBy(await ctx.db.all(decidedIn, { periodId: period.id }), (row) => row.decisionId);
  const requests = Map.groupBy(await ctx.db.all(requestsIn, { periodId: period.id }), (row) => row.subjectId);
  const warn = ctx.may("milestones.decisions.read") ? await watch(ctx, period) : null;
  return {
    codes,
    places: trainees.map(({ subjectId, code, pgy, startsOn }) => {
      const { decision, state } = standing(subjectId);
      const rows = (decision && decided.get(decision.id)) ?? [];
      const asked = (requests.get(subjectId) ?? []).filter((row) => !row.withdrawnAt);
      const levels = new Map(rows.map((row) => [row.code, levelFrom(row) as Level]));
      return {
        subjectId,
        code,
        name: names.get(subjectId) ?? code,
        pgy,
        levels,
        warnings: warn
          ? warn({
              subjectId,
              startsOn,
              levels,
              submitted: asked.filter(hasArrived).flatMap((row) => row.submittedAt ?? []),
            })
          : [],
        rowIds: rows.map((row) => row.id),
        submitted: asked.filter(hasArrived).length,
        asked: asked.length,
        state,
      };
    }),
  };
}

export const ruleOf = (ctx: Context<Milestones>): WarningRule => ({
  falls: ctx.settings.warnFalls,
  below: ctx.settings.warnBelow,
  silentDays: ctx.settings.warnSilentDays,
});

/** The early-warning rule, with what it needs read once for everyone. */
async function watch(ctx: Context<Milestones>, period: PeriodRow) {
  const today = dayOf(ctx.now);
  const before = (await ctx.db.all(allPeriods, {})).findLast((one) => inTime(one, period) < 0);
  const newest = new Map(
    before ? (await ctx.db.all(decisionsIn, { periodId: before.id })).map((row) => [row.id, row.subjectId]) : [],
  );
  const earlier = Map.groupBy(
    before ? (await ctx.db.all(decidedIn, { periodId: before.id })).filter((row) => newest.has(row.decisionId)) : [],
    (row) => newest.get(row.decisionId) ?? "",
  );
  const bands = await ctx.db.all(newestBands, {});
  const isRunning = isWithin(today, period);
  const days = (from: string) => Math.floor((Date.parse(today) - Date.parse(from)) / 86_400_000);
  return (of: {
    readonly subjectId: string;
    readonly startsOn: string;
    readonly levels: ReadonlyMap<string, Level>;
    readonly submitted: readonly Date[];
  }): readonly string[] => {
    const stage = stageOf(of.startsOn, period);
    const last = of.submitted.map(dayOf).sort().at(-1);
    const since = [period.startsOn, of.startsOn, last ?? ""].sort().at(-1) as string;
    return earlyWarnings(
      {
        levels: of.levels,
        before: new Map((earlier.get(of.subjectId) ?? []).map((row) => [row.code, levelFrom(row) as Level])),
        bandLow: new Map(bands.filter((row) => row.stage === stage).map((row) => [row.code, row.low])),
        daysSilent: isRunning ? days(since) : null,
      },
      ruleOf(ctx),
    );
  };
}

/** What someone still has to do for this trainee in this period, in words. */
export function missingFor({
  submitted,
  asked,
  state,
}: Pick<Place, "submitted" | "asked" | "state">): readonly string[] {
  const missing: string[] = [];
  if (state === "collecting" || state === "rated" || state === "recommended") {
    if (asked === 0) missing.push("no evaluation asked for");
    else if (submitted < asked) missing.push(counted(asked - submitted, "evaluation"));
  }
  if (state === "collecting") missing.push("the committee's rating");
  if (state === "rated" || state === "recommended") missing.push("the director's decision");
  if (state === "finalised") missing.push("the release");
  if (state === "released") missing.push("the trainee's word");
  return missing;
}
