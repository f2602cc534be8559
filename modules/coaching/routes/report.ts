/** The outcome report: what became of those who took part, without a name, a code or a date of anybody. */
import { routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { gmiOf, inRange } from "../glucose-statistics.ts";
import type { Coaching } from "../names.ts";
import { messagesForReport, readingsForReport } from "../store/figures.ts";
import { membersInReport } from "../store/members.ts";

const { get } = routesFor<Coaching>();
const fewest = 5;

export const reportRoutes = [
  get("/report.csv", {
    needs: "coaching.report",
    async run(_, ctx) {
      const members = await ctx.db.all(membersInReport, {});
      if (members.length < fewest)
        throw Problem.refused(
          `With fewer than ${fewest} members a row could tell who somebody is. There is no report yet.`,
        );
      const readings = new Map((await ctx.db.all(readingsForReport, inRange)).map((row) => [row.subjectId, row]));
      const written = new Map((await ctx.db.all(messagesForReport, {})).map((row) => [row.subjectId, row]));
      const round = (value: number, digits: number) => Number(value.toFixed(digits));
      /** Nothing was measured: nothing is said. */
      const share = (part: unknown, of: unknown) =>
        Number(of ?? 0) === 0 ? null : round((Number(part) / Number(of)) * 100, 0);
      const rows = members.map(({ subjectId }) => {
        const row = readings.get(subjectId);
        const spoken = written.get(subjectId);
        const gmi = (mean: number | null | undefined) => (mean == null ? null : round(gmiOf(Number(mean)), 1));
        return [
          Number(spoken?.count ?? 0),
          Number(spoken?.days ?? 0),
          Number(row?.readings ?? 0),
          share(row?.beginInRange, row?.beginCount),
          share(row?.endInRange, row?.endCount),
          gmi(row?.beginMean),
          gmi(row?.endMean),
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
