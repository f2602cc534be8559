/** For a trainee who went on under another version: which earlier subcompetency stands under which one now. */
import type { Context } from "@core/module.ts";
import { crosswalk } from "./crosswalk.ts";
import type { Milestones } from "./names.ts";
import { allCrosswalks, movesOf } from "./store/crosswalks.ts";
import { type SubcompetencyRow, subcompetenciesOf } from "./store/frameworks.ts";

export async function carriedInto(
  ctx: Context<Milestones>,
  subjectId: string,
  current: readonly SubcompetencyRow[],
): Promise<ReadonlyMap<string, string>> {
  const moves = await ctx.db.all(movesOf, { subjectId });
  if (moves.length === 0) return new Map();
  const pairs = await ctx.db.all(allCrosswalks, {});
  let carried = new Map<string, string>();
  let newer: readonly SubcompetencyRow[] = current;
  for (const { fromId } of [...moves].reverse()) {
    const old = await ctx.db.all(subcompetenciesOf, { frameworkId: fromId });
    const step = crosswalk(old, newer, pairs).carried;
    carried = new Map([
      ...carried,
      ...[...step].flatMap(([from, to]) => {
        const last = newer === current ? to : carried.get(to);
        return last ? [[from, last] as const] : [];
      }),
    ]);
    newer = old;
  }
  return carried;
}
