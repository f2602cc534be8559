/** The half-years in which progress is judged. */
import { Redirect, routesFor } from "@core/module.ts";
import { Type as t } from "@sinclair/typebox";
import type { Milestones } from "../names.ts";
import { academicYearOf, dayOf, periodsOfYear, periodTitle } from "../period.ts";
import { addPeriods, allPeriods } from "../store/frameworks.ts";
import { PeriodsPage } from "../views/periods.tsx";

const { get, post } = routesFor<Milestones>();

export const periodRoutes = [
  get("/periods", {
    needs: "milestones.frameworks.read",
    async run(_, ctx) {
      const periods = await ctx.db.all(allPeriods, {});
      const year = academicYearOf(dayOf(ctx.now), ctx.settings);
      const open = new Set(periods.map((period) => period.academicYear));
      return PeriodsPage({
        periods: periods.map((period) => ({ ...period, title: periodTitle(period) })),
        openAction: ctx.may("milestones.frameworks.manage") ? ctx.url("/periods") : null,
        years: [year + 1, year, year - 1, year - 2, year - 3, year - 4].filter((one) => !open.has(one)),
      });
    },
  }),

  post("/periods", {
    needs: "milestones.frameworks.manage",
    body: t.Object({ academicYear: t.Integer({ title: "Academic year", minimum: 2000, maximum: 2100 }) }),
    async run({ body }, ctx) {
      const periods = periodsOfYear(body.academicYear, ctx.settings);
      const added = await ctx.db.all(addPeriods(periods), {});
      if (added.length === 0) return new Redirect(ctx.url("/periods"), "That year is open already.");
      const titles = periods.map(periodTitle).join(" and ");
      ctx.audit("milestones.period_opened", { periods: titles });
      return new Redirect(ctx.url("/periods"), `${titles} are open.`);
    },
  }),
];
