/** The reporting window: is everything decided, and the sheet from which it is entered. */
import { type Context, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { entryLines, inEntryOrder, missingBy, windowInWords } from "../completeness.ts";
import { writeLevel } from "../level.ts";
import type { Milestones } from "../names.ts";
import { choosePeriod, dayOf, periodTitle } from "../period.ts";
import { programIn } from "../program.ts";
import { stateInWords } from "../review.ts";
import { allPeriods, allSubcompetencies, type PeriodRow } from "../store/frameworks.ts";
import { roster } from "../store/trainees.ts";
import { ReportingPage } from "../views/reporting.tsx";

const { get } = routesFor<Milestones>();
const query = t.Object({ period: t.Optional(t.String({ title: "Period", format: "uuid" })) });

export const reportingRoutes = [
  get("/reporting", {
    needs: "milestones.export",
    query,
    async run({ query: { period: wanted } }, ctx) {
      const periods = await ctx.db.all(allPeriods, {});
      const period = choosePeriod(periods, wanted, dayOf(ctx.now));
      const trainees = period ? await reportedIn(ctx, period) : [];
      const lines = entryLines(trainees);
      const missing = missingBy(lines);
      return ReportingPage({
        action: ctx.url("/reporting"),
        periods: periods.map((one) => ({ value: one.id, label: periodTitle(one) })),
        period: period?.id ?? "",
        window: period ? windowInWords(period, dayOf(ctx.now)) : "Open a period first.",
        levels: lines.length,
        decided: lines.filter(({ level }) => level !== null).length,
        sheetHref: period && lines.length > 0 ? `${ctx.url("/entry-sheet.csv")}?period=${period.id}` : null,
        lines: trainees.map((one) => ({
          href: ctx.url(period ? `/decisions/${period.id}/${one.subjectId}` : "/reporting"),
          name: one.name,
          pgy: one.pgy,
          state: one.state,
          missing: missing.get(one.subjectId) ?? 0,
        })),
      });
    },
  }),

  get("/entry-sheet.csv", {
    needs: "milestones.export",
    query,
    async run({ query: { period: wanted } }, ctx) {
      const period = choosePeriod(await ctx.db.all(allPeriods, {}), wanted, dayOf(ctx.now));
      if (!period) throw Problem.notFound("No period is open yet, so there is nothing to report.");
      const trainees = await reportedIn(ctx, period);
      const byId = new Map(trainees.map((one) => [one.subjectId, one]));
      const text = (title: string) => ({ title, kind: "text" as const });
      const table = {
        columns: [
          { title: "Entry", kind: "number" as const },
          ...["Trainee", "Code", "PGY", "Subcompetency", "Title"].map(text),
          // Text: NYC1 and NYA stand among the levels.
          ...["Level", "State", "Missing"].map(text),
        ],
        rows: entryLines(trainees).flatMap(({ entry, subjectId, code, title, level }) => {
          const one = byId.get(subjectId);
          if (!one) return [];
          const written = level ? writeLevel(level) : "";
          return [
            [
              entry,
              one.name,
              one.traineeCode,
              String(one.pgy),
              code,
              title,
              written,
              stateInWords[one.state],
              level ? "" : "not decided",
            ],
          ];
        }),
      };
      const filename = `entry-sheet-${ctx.workspace.slug}-${period.academicYear}-${period.half}.csv`;
      return await ctx.csv(
        "milestones.entry_sheet",
        filename,
        table,
        trainees.flatMap(({ rowIds }) => rowIds),
      );
    },
  }),
];

/** Everyone on the roster, in the order of entry, with the framework that was pinned for them. */
async function reportedIn(ctx: Context<Milestones>, period: PeriodRow) {
  const frameworks = Map.groupBy(await ctx.db.all(allSubcompetencies, {}), (row) => row.frameworkId);
  const pinned = new Map((await ctx.db.all(roster, {})).map((row) => [row.subjectId, row.frameworkId]));
  const { places } = await programIn(ctx, period);
  return places
    .map((place) => ({
      ...place,
      traineeCode: place.code,
      subcompetencies: frameworks.get(pinned.get(place.subjectId) ?? "") ?? [],
    }))
    .sort(inEntryOrder);
}
