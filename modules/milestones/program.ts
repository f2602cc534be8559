/** Who is where and what is missing, for everyone the reader reaches. */
import type { Context } from "@core/module.ts";
import { counted } from "./counted.ts";
import { type Level, levelFrom } from "./level.ts";
import type { Milestones } from "./names.ts";
import { isInTraining } from "./period.ts";
import type { ReviewState } from "./review.ts";
import { standingIn } from "./standing.ts";
import { decidedIn } from "./store/decisions.ts";
import { requestsIn } from "./store/evaluations.ts";
import { allSubcompetencies, type PeriodRow } from "./store/frameworks.ts";
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
  return {
    codes,
    places: trainees.map(({ subjectId, code, pgy }) => {
      const { decision, state } = standing(subjectId);
      const rows = (decision && decided.get(decision.id)) ?? [];
      const asked = requests.get(subjectId) ?? [];
      return {
        subjectId,
        code,
        name: names.get(subjectId) ?? code,
        pgy,
        levels: new Map(rows.map((row) => [row.code, levelFrom(row) as Level])),
        rowIds: rows.map((row) => row.id),
        submitted: asked.filter((row) => row.submittedAt).length,
        asked: asked.length,
        state,
      };
    }),
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
