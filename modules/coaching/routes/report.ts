/** The outcome report: what became of those who took part, without a name, a code or a date of anybody. */
import { routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { statisticsOf } from "../glucose-statistics.ts";
import type { Coaching } from "../names.ts";
import { messagesForReport, readingsForReport } from "../store/figures.ts";
import { allMembers } from "../store/members.ts";

const { get } = routesFor<Coaching>();
const fewest = 5;
const weeks = (count: number) => count * 7 * 24 * 3_600_000;

export const reportRoutes = [
  get("/report.csv", {
    needs: "coaching.report",
    async run(_, ctx) {
      const members = await ctx.db.all(allMembers, {});
      if (members.length < fewest)
        throw Problem.refused(
          `With fewer than ${fewest} members a row could tell who somebody is. There is no report yet.`,
        );
      const readings = Map.groupBy(await ctx.db.all(readingsForReport, {}), (row) => row.subjectId);
      const written = new Map((await ctx.db.all(messagesForReport, {})).map((row) => [row.subjectId, row]));
      const rows = members.map(({ subjectId }) => {
        const all = readings.get(subjectId) ?? [];
        const [first, last] = [all[0]?.at.getTime() ?? 0, all.at(-1)?.at.getTime() ?? 0];
        const within = (from: number, to: number) =>
          statisticsOf(
            all.flatMap((row) =>
              row.mgdl !== null && row.at.getTime() >= from && row.at.getTime() <= to ? [row.mgdl] : [],
            ),
          );
        // Two windows that do not overlap, or no comparison at all.
        const isLong = last - first >= weeks(8);
        const begin = isLong ? within(first, first + weeks(4)) : null;
        const end = isLong ? within(last - weeks(4), last) : null;
        const spoken = written.get(subjectId);
        const round = (value: number | undefined, digits: number) =>
          value === undefined ? null : Number(value.toFixed(digits));
        return [
          Number(spoken?.count ?? 0),
          Number(spoken?.days ?? 0),
          all.length,
          round(begin?.shares.inRange, 0),
          round(end?.shares.inRange, 0),
          round(begin?.gmi, 1),
          round(end?.gmi, 1),
        ] as const;
      });
      // Nothing of the order tells who is who.
      rows.sort((a, b) => b[2] - a[2] || b[0] - a[0]);
      const number = (title: string) => ({ title, kind: "number" as const });
      return ctx.csv(
        "coaching.outcomes",
        "outcomes",
        {
          columns: [
            number("Messages written"),
            number("Days with a message"),
            number("Readings"),
            number("Time in range, first 4 weeks (%)"),
            number("Time in range, last 4 weeks (%)"),
            number("GMI, first 4 weeks (%)"),
            number("GMI, last 4 weeks (%)"),
          ],
          rows: rows.map((row) => [...row]),
        },
        members.map((row) => row.subjectId),
      );
    },
  }),
];
