/** The program's page, and the cohort as a file. */
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { ruleInWords } from "../early-warning.ts";
import { writeLevel } from "../level.ts";
import type { Milestones } from "../names.ts";
import { choosePeriod, dayOf, periodTitle } from "../period.ts";
import { missingFor, type Place, programIn, ruleOf } from "../program.ts";
import { type ReviewState, stateInWords } from "../review.ts";
import { allPeriods } from "../store/frameworks.ts";
import { ProgramPage } from "../views/program.tsx";
import { pageOf, pageSize } from "./paging.ts";

const { get, post } = routesFor<Milestones>();

const orders = {
  year: { title: "Year, then name", compare: (a: Place, b: Place) => a.pgy - b.pgy || a.name.localeCompare(b.name) },
  name: { title: "Name", compare: (a: Place, b: Place) => a.name.localeCompare(b.name) },
  missing: {
    title: "Most missing first",
    compare: (a: Place, b: Place) => missingFor(b).length - missingFor(a).length || a.name.localeCompare(b.name),
  },
} as const;

const filters = t.Object({
  period: t.Optional(t.String({ title: "Period", format: "uuid" })),
  pgy: t.Optional(t.Integer({ title: "Year of training", minimum: 1, maximum: 9 })),
  state: t.Optional(t.Union((Object.keys(stateInWords) as ReviewState[]).map((state) => t.Literal(state)))),
  sort: t.Optional(t.Union([t.Literal("year"), t.Literal("name"), t.Literal("missing")])),
  name: t.Optional(t.String({ title: "Name", maxLength: 120 })),
  marked: t.Optional(t.Literal("yes")),
  size: t.Optional(t.Union([t.Literal("50"), t.Literal("300")])),
  page: t.Optional(t.Integer({ title: "Page", minimum: 1, maximum: 10_000 })),
});

export const programRoutes = [
  get("/", {
    needs: "milestones.results.read",
    query: filters,
    async run({ query }, ctx) {
      const periods = await ctx.db.all(allPeriods, {});
      const period = choosePeriod(periods, query.period, dayOf(ctx.now));
      const { codes, places } = await programIn(ctx, period);
      const wanted = (query.name ?? "").trim().toLowerCase();
      const found = places
        .filter(
          (one) =>
            one.name.toLowerCase().includes(wanted) &&
            (query.marked !== "yes" || one.warnings.length > 0) &&
            (query.pgy === undefined || one.pgy === query.pgy) &&
            (query.state === undefined || one.state === query.state),
        )
        .sort(orders[query.sort ?? "year"].compare);
      const { shown, pager } = pageOf(
        found,
        query.page,
        ctx.url("/"),
        { ...query, period: period?.id },
        Number(query.size ?? pageSize),
      );
      const follows = ctx.may("milestones.evaluations.follow");
      const seesWork = follows || ctx.may("milestones.committee.read");
      return ProgramPage({
        title: period ? periodTitle(period) : "No period is open yet",
        codes,
        action: ctx.url("/"),
        periods: periods.map((one) => ({ value: one.id, label: periodTitle(one) })),
        years: [...new Set(places.map(({ pgy }) => pgy))].map((pgy) => ({ value: String(pgy), label: `PGY ${pgy}` })),
        states: Object.entries(stateInWords).map(([value, label]) => ({ value, label })),
        sorts: Object.entries(orders).map(([value, { title }]) => ({ value, label: title })),
        chosen: {
          period: period?.id ?? "",
          pgy: String(query.pgy ?? ""),
          state: query.state ?? "",
          name: query.name ?? "",
          marked: query.marked === "yes",
          size: query.size ?? "50",
          sort: query.sort ?? "year",
        },
        bandsAction: ctx.may("milestones.decide") ? ctx.url("/bands") : null,
        rule: ctx.may("milestones.decisions.read") ? ruleInWords(ruleOf(ctx)) : null,
        figures: seesWork ? figuresOf(places) : [],
        cohortHref: ctx.may("milestones.export") && period ? `${ctx.url("/cohort.csv")}?period=${period.id}` : null,
        pager,
        lines: shown.map((one) => ({
          href: ctx.url(`/trainees/${one.subjectId}`),
          name: one.name,
          pgy: one.pgy,
          levels: codes.map(({ code }) => one.levels.get(code) ?? null),
          evaluations: follows ? `${one.submitted} of ${one.asked}` : String(one.submitted),
          state: one.state,
          missing: seesWork ? missingFor(one).join(", ") : "",
          warnings: one.warnings,
        })),
      });
    },
  }),

  post("/bands", {
    needs: "milestones.decide",
    async run(_, ctx) {
      await ctx.later("milestones.draw_bands", {});
      return new Redirect(ctx.url("/"), "The bands are being drawn anew from what was released.");
    },
  }),

  get("/cohort.csv", {
    needs: "milestones.export",
    query: t.Object({ period: t.Optional(t.String({ title: "Period", format: "uuid" })) }),
    async run({ query }, ctx) {
      const period = choosePeriod(await ctx.db.all(allPeriods, {}), query.period, dayOf(ctx.now));
      if (!period) throw Problem.notFound("No period is open yet, so there is no cohort to download.");
      const { codes, places } = await programIn(ctx, period);
      const table = {
        columns: [
          { title: "Code", kind: "text" as const },
          { title: "Name", kind: "text" as const },
          { title: "PGY", kind: "number" as const },
          { title: "State", kind: "text" as const },
          // Levels are text: NYC1 and NYA stand among them, and a spreadsheet must not average over them.
          ...codes.map(({ code }) => ({ title: code, kind: "text" as const })),
        ],
        rows: places.map((one) => [
          one.code,
          one.name,
          one.pgy,
          stateInWords[one.state],
          ...codes.map(({ code }) => {
            const level = one.levels.get(code);
            return level ? writeLevel(level) : "";
          }),
        ]),
      };
      return await ctx.csv(
        "milestones.cohort",
        filename(ctx, period),
        table,
        places.flatMap(({ rowIds }) => rowIds),
      );
    },
  }),
];

const filename = (ctx: Context<Milestones>, { academicYear, half }: { academicYear: number; half: string }) =>
  `milestones-${ctx.workspace.slug}-${academicYear}-${half}.csv`;

function figuresOf(places: readonly Place[]) {
  const inState = (...states: ReviewState[]) => places.filter(({ state }) => states.includes(state)).length;
  const of = `of ${places.length}`;
  return [
    { label: "Trainees", value: places.length },
    { label: "Evaluations missing", value: places.reduce((sum, { asked, submitted }) => sum + asked - submitted, 0) },
    { label: "To be rated", value: inState("collecting"), of },
    { label: "To be decided", value: inState("rated", "recommended"), of },
    { label: "Acknowledged", value: inState("acknowledged"), of },
    { label: "Early warnings", value: places.filter(({ warnings }) => warnings.length > 0).length, of },
  ];
}
