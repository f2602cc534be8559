/** Draws the bands anew from what was released in periods whose reporting has closed. */
import type { Context } from "@core/module.ts";
import { drawBands, stageOf } from "./band.ts";
import type { Milestones } from "./names.ts";
import { dayOf } from "./period.ts";
import { addBands, closedLevels, newestBands } from "./store/bands.ts";

export async function drawBandsAgain(_: Record<never, never>, ctx: Context<Milestones>): Promise<void> {
  const day = dayOf(ctx.now);
  const rows = await ctx.db.all(closedLevels, { day });
  const newest = new Map<string, number>();
  for (const row of rows) {
    const key = `${row.subjectId} ${row.periodId}`;
    newest.set(key, Math.max(newest.get(key) ?? 0, row.revision));
  }
  const bands = drawBands(
    rows.flatMap((row) =>
      row.halfSteps !== null && newest.get(`${row.subjectId} ${row.periodId}`) === row.revision
        ? [
            {
              subjectId: row.subjectId,
              subcompetencyId: row.subcompetencyId,
              stage: stageOf(row.startsOn, { startsOn: row.periodStartsOn }),
              halfSteps: row.halfSteps,
            },
          ]
        : [],
    ),
  );
  const before = new Map(
    (await ctx.db.all(newestBands, {})).map((row) => [`${row.subcompetencyId} ${row.stage}`, row]),
  );
  const changed = bands.filter((band) => {
    const was = before.get(`${band.subcompetencyId} ${band.stage}`);
    return !was || was.low !== band.low || was.middle !== band.middle || was.high !== band.high;
  });
  if (changed.length === 0) return;
  await ctx.db.all(addBands(changed.map((band) => ({ ...band, drawnOn: day }))), {});
  ctx.audit("milestones.bands_drawn", { count: changed.length });
}
