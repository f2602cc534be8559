/** Summaries and flags: for the director alone, who says what each flag is worth before anything follows from it. */
import { type Context, Locked, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { type FlagRule, flagRules, type Precision } from "../flag.ts";
import type { Milestones } from "../names.ts";
import { openTexts } from "../opened.ts";
import { choosePeriod, dayOf, isInTraining, periodTitle } from "../period.ts";
import { evidenceOf } from "../store/evaluations.ts";
import { allPeriods, periodById } from "../store/frameworks.ts";
import { plansOf } from "../store/plans.ts";
import {
  actionsOf,
  addAction,
  addDisposition,
  dispositionsOf,
  evidenceOfFlags,
  flagById,
  flagsOf,
  flagsWithDisposition,
  newestSummary,
  summariesIn,
} from "../store/summaries.ts";
import { roster, traineeById } from "../store/trainees.ts";
import type { SummaryContent } from "../summary.ts";
import { dispositions } from "../summary-tables.ts";
import { FlagPage, SummariesPage, SummaryPage } from "../views/summaries.tsx";
import { pageOf as paged } from "./paging.ts";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Milestones>();
const uuid = t.String({ format: "uuid" });
const place = t.Object({ period: uuid, subject: uuid });

export const summaryRoutes = [
  get("/summaries", {
    needs: "milestones.summaries.read",
    query: t.Object({
      period: t.Optional(uuid),
      page: t.Optional(t.Integer({ title: "Page", minimum: 1, maximum: 10_000 })),
    }),
    async run({ query }, ctx) {
      const periods = await ctx.db.all(allPeriods, {});
      const period = choosePeriod(periods, query.period, dayOf(ctx.now));
      const trainees = period ? (await ctx.db.all(roster, {})).filter((row) => isInTraining(row, period)) : [];
      const written = new Map(
        period ? (await ctx.db.all(summariesIn, { periodId: period.id })).map((row) => [row.subjectId, row]) : [],
      );
      const all = await ctx.db.all(flagsWithDisposition, {});
      const open = Map.groupBy(
        all.filter((row) => row.periodId === period?.id && !row.dispositionId),
        (row) => row.subjectId,
      );
      const names = await ctx.names(trainees.map((row) => row.subjectId));
      const lines = trainees
        .map(({ subjectId, code, pgy }) => {
          const summary = written.get(subjectId);
          return {
            href: ctx.url(`/summaries/${period?.id}/${subjectId}`),
            trainee: names.get(subjectId) ?? code,
            pgy,
            source: summary ? (summary.source === "model" ? "By a model" : "By rules") : null,
            based: summary ? `${summary.comments} comments by ${summary.evaluators} evaluators` : "",
            open: open.get(subjectId)?.length ?? 0,
          };
        })
        .sort((a, b) => b.open - a.open || a.pgy - b.pgy || a.trainee.localeCompare(b.trainee));
      const { shown, pager } = paged(lines, query.page, ctx.url("/summaries"), { period: period?.id });
      return SummariesPage({
        action: ctx.url("/summaries"),
        periods: periods.map((one) => ({ value: one.id, label: periodTitle(one) })),
        period: period?.id ?? "",
        byModel: ctx.settings.modelSummaries,
        total: lines.length,
        pager,
        lines: shown,
        precision: precisionIn(all),
      });
    },
  }),

  post("/summaries", {
    needs: "milestones.summaries.read",
    body: t.Object({ periodId: uuid, subjectId: t.Optional(uuid) }),
    async run({ body }, ctx) {
      const period = await ctx.db.one(periodById, { id: body.periodId });
      const wanted = body.subjectId
        ? [await ctx.db.one(traineeById, { subjectId: body.subjectId })]
        : (await ctx.db.all(roster, {})).filter((row) => isInTraining(row, period));
      for (const { subjectId, code } of wanted) {
        await ctx.later("milestones.summarise", { subjectId, periodId: period.id });
        ctx.audit("milestones.summary_asked", { subjectId, trainee: code, period: periodTitle(period) });
      }
      const to = body.subjectId ? `/summaries/${period.id}/${body.subjectId}` : `/summaries?period=${period.id}`;
      return new Redirect(ctx.url(to), "Being written. Reload in a moment.");
    },
  }),

  get("/summaries/:period/:subject", {
    needs: "milestones.summaries.read",
    params: place,
    run: async ({ params }, ctx) => SummaryPage(await pageOf(ctx, params)),
  }),

  get("/flags/:id", {
    needs: "milestones.summaries.read",
    params: t.Object({ id: uuid }),
    run: async ({ params }, ctx) => FlagPage(await flagOf(ctx, params.id)),
  }),

  post("/flags/:id/disposition", {
    needs: "milestones.summaries.dispose",
    params: t.Object({ id: uuid }),
    body: t.Object({
      disposition: t.Union([t.Literal("confirmed"), t.Literal("not_confirmed"), t.Literal("insufficient_data")], {
        title: "Disposition",
      }),
      rationale: t.String({ title: "Why", minLength: 1, maxLength: 2000 }),
    }),
    refused: async (typed, problems, ctx, params) =>
      FlagPage({ ...(await flagOf(ctx, params.id)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const flag = await ctx.db.one(flagById, params);
      const { subjectId, periodId } = flag;
      const [last] = (await ctx.db.all(dispositionsOf, { subjectId })).filter((row) => row.flagId === flag.id);
      const id = Bun.randomUUIDv7();
      await ctx.db.one(addDisposition, {
        id,
        flagId: flag.id,
        subjectId,
        ordinal: (last?.ordinal ?? 0) + 1,
        disposition: body.disposition,
        rationale: await ctx.seal(dispositions.rationale, body.rationale, { row: id, subject: subjectId }),
      });
      const { code } = await ctx.db.one(traineeById, { subjectId });
      ctx.audit("milestones.flag_disposed", {
        subjectId,
        trainee: code,
        rule: flag.rule,
        disposition: body.disposition.replaceAll("_", " "),
      });
      return new Redirect(
        ctx.url(body.disposition === "confirmed" ? `/flags/${flag.id}` : `/summaries/${periodId}/${subjectId}`),
        "Noted.",
      );
    },
  }),

  post("/flags/:id/act", {
    needs: "milestones.summaries.dispose",
    params: t.Object({ id: uuid }),
    body: t.Object({
      action: t.Union(
        [t.Literal("ilp_goal"), t.Literal("extra_observation"), t.Literal("pip_draft"), t.Literal("none")],
        { title: "What follows" },
      ),
    }),
    async run({ params, body }, ctx) {
      const flag = await ctx.db.one(flagById, params);
      const { subjectId, periodId } = flag;
      const [last] = (await ctx.db.all(dispositionsOf, { subjectId })).filter((row) => row.flagId === flag.id);
      if (last?.disposition !== "confirmed")
        throw Problem.refused("Nothing follows from a flag before you have confirmed it.");
      await ctx.db.one(addAction, { flagId: flag.id, subjectId, action: body.action });
      const { code } = await ctx.db.one(traineeById, { subjectId });
      ctx.audit("milestones.flag_acted", {
        subjectId,
        trainee: code,
        rule: flag.rule,
        action: body.action.replaceAll("_", " "),
      });
      const [plan] = body.action === "ilp_goal" ? await ctx.db.all(plansOf, { subjectId }) : [];
      const on = {
        ilp_goal: plan ? `/plans/${plan.id}` : "/plans",
        extra_observation: `/requests/new?subject=${subjectId}`,
        pip_draft: `/improvement/new?subject=${subjectId}&flag=${flag.id}`,
        none: `/summaries/${periodId}/${subjectId}`,
      } as const;
      return new Redirect(ctx.url(on[body.action]), onward[body.action]);
    },
  }),
];

/** What the director is told where the act leads. */
const onward = {
  ilp_goal: "Noted with the flag. The trainee writes the plan: talk about the goal, or comment on the plan here.",
  extra_observation: "Noted with the flag. Choose who is to look, and at what.",
  pip_draft: "Noted with the flag. The evaluations that speak for it are ticked; what a summary wrote stays there.",
  none: "Noted with the flag.",
} as const;

function precisionIn(rows: readonly { readonly rule: string; readonly disposition: string | null }[]): Precision[] {
  return (Object.keys(flagRules) as FlagRule[]).map((rule) => {
    const own = rows.filter((row) => row.rule === rule);
    const count = (disposition: string | null) => own.filter((row) => row.disposition === disposition).length;
    return {
      rule,
      confirmed: count("confirmed"),
      notConfirmed: count("not_confirmed"),
      insufficient: count("insufficient_data"),
      open: count(null),
    };
  });
}

async function pageOf(ctx: Context<Milestones>, { period: periodId, subject }: { period: string; subject: string }) {
  const period = await ctx.db.one(periodById, { id: periodId });
  const trainee = await ctx.db.one(traineeById, { subjectId: subject });
  const summary = await ctx.db.first(newestSummary, { subjectId: subject, periodId });
  const rows = await ctx.db.all(flagsOf, { subjectId: subject, periodId });
  const said = Map.groupBy(await ctx.db.all(dispositionsOf, { subjectId: subject }), (row) => row.flagId);
  const acts = Map.groupBy(await ctx.db.all(actionsOf, { subjectId: subject }), (row) => row.flagId);
  const evidence = Map.groupBy(await ctx.db.all(evidenceOfFlags, { subjectId: subject }), (row) => row.flagId);
  const rotations = new Map(
    (await ctx.db.all(evidenceOf, { subjectId: subject })).map((row) => [row.id, row.rotation]),
  );
  const text = await openTexts(
    ctx,
    subject,
    [
      ...rows.map((row) => ({ row: row.id, value: row.content })),
      ...[...said.values()].flat().map((row) => ({ row: row.id, value: row.rationale })),
    ],
    "to look at flags",
  );
  const [opened] = summary
    ? await ctx.openMany([{ value: summary.content, at: { row: summary.id, subject } }], "to read a summary")
    : [];
  const link = (id: string) => ({
    href: ctx.url(`/evidence/${id}`),
    rotation: rotations.get(id) ?? "a withdrawn evaluation",
  });
  const content = opened === undefined || opened instanceof Locked ? null : (JSON.parse(opened) as SummaryContent);
  return {
    trainee: (await ctx.names([subject])).get(subject) ?? trainee.code,
    period: periodTitle(period),
    crumbs: [{ label: "Summaries", href: ctx.url(`/summaries?period=${periodId}`) }],
    again: { action: ctx.url("/summaries"), periodId, subjectId: subject },
    summary: summary
      ? {
          source: summary.source,
          model: summary.model,
          why: summary.why,
          based: {
            comments: summary.comments,
            evaluators: summary.evaluators,
            from: summary.firstOn,
            to: summary.lastOn,
          },
          dropped: summary.dropped,
          madeAt: summary.madeAt,
          locked: opened instanceof Locked ? opened.sentence : null,
          statements: (content?.statements ?? []).map((one) => ({
            text: one.text,
            competency: one.competency,
            polarity: one.polarity,
            evidence: one.evidence.map(link),
          })),
          unknowns: content?.unknowns ?? [],
        }
      : null,
    flags: rows.map((row) => {
      const [last] = said.get(row.id) ?? [];
      const own = evidence.get(row.id) ?? [];
      return {
        id: row.id,
        rule: flagRules[row.rule as FlagRule] ?? row.rule,
        sentence: text(row.id),
        confidence: row.confidence,
        based: `${row.comments} comments by ${row.evaluators} evaluators`,
        madeAt: row.madeAt,
        speaksFor: own.filter((one) => one.speaksFor).map((one) => link(one.evaluationId)),
        speaksAgainst: own.filter((one) => !one.speaksFor).map((one) => link(one.evaluationId)),
        disposition: last ? { what: last.disposition, why: text(last.id), at: last.madeAt } : null,
        acts: (acts.get(row.id) ?? []).map((one) => ({ what: one.action, at: one.madeAt })),
        href: ctx.url(`/flags/${row.id}`),
        disposeAction: ctx.url(`/flags/${row.id}/disposition`),
        actAction: last?.disposition === "confirmed" ? ctx.url(`/flags/${row.id}/act`) : null,
      };
    }),
  };
}

async function flagOf(ctx: Context<Milestones>, id: string) {
  const { periodId, subjectId } = await ctx.db.one(flagById, { id });
  const page = await pageOf(ctx, { period: periodId, subject: subjectId });
  const flag = page.flags.find((one) => one.id === id);
  if (!flag) throw Problem.notFound();
  return {
    trainee: page.trainee,
    crumbs: [...page.crumbs, { label: page.trainee, href: ctx.url(`/summaries/${periodId}/${subjectId}`) }],
    flag,
  };
}
