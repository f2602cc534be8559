/** The lists behind the numbers of the study's first page: answers, forms, and how last digits fall. */
import { type Context, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { planOfVersion, versionInForce } from "../capture/version.ts";
import { demandsOf } from "../cleaning/demands.ts";
import { anyText } from "../model/words.ts";
import type { Studies } from "../names.ts";
import { answersCount, answersPage, formsCount, formsPage, LATE_DAYS, lastDigits } from "../store/monitoring.ts";
import { allSites } from "../store/sites.ts";
import { verificationBySheet } from "../store/verification.ts";
import { AnswersPage, ComparedPage, DigitsPage, FormsPage } from "../views/monitoring.tsx";
import { titleOf } from "./cleaning.ts";
import { formUrl } from "./participants.ts";
import { answerInWords } from "./sheets.ts";

const { get } = routesFor<Studies>();
const pageSize = 50;
const uuid = t.String({ format: "uuid" });
const page = t.Optional(t.Integer({ minimum: 1, maximum: 100_000 }));
const answersOf = t.Union([t.Literal("changed"), t.Literal("missing"), t.Literal("odd"), t.Literal("digit")]);
const formsOf = t.Union([t.Literal("all"), t.Literal("complete"), t.Literal("late")]);

const answerTitles = {
  changed: "Answers that were changed",
  missing: "Answers missing for a reason",
  odd: "Answers entered at night or at weekends",
  digit: "Numbers by their last digit",
} as const;
const formTitles = {
  all: "Forms",
  complete: "Complete forms",
  late: `Forms begun more than ${LATE_DAYS} days after their visit`,
} as const;

export const monitoringRoutes = [
  get("/monitoring/answers", {
    needs: "studies.data.read",
    query: t.Object({
      what: answersOf,
      site: uuid,
      item: t.Optional(t.String({ maxLength: 200 })),
      digit: t.Optional(t.String({ pattern: "^[0-9]$" })),
      page,
    }),
    async run({ query }, ctx) {
      const filter = { what: query.what, siteId: query.site, item: query.item, digit: query.digit };
      const { crumbs, site } = await placeOf(ctx, query.site);
      const [total] = await ctx.db.all(answersCount(filter), {});
      const rows = await ctx.db.all(answersPage(filter, pageSize, skipOf(query)), {});
      const people = await ctx.people(rows.map((row) => row.changedBy));
      const lines = [];
      for (const row of rows) {
        const plan = await planOfVersion(ctx, row.versionId);
        const item = plan.items.get(row.item);
        lines.push({
          participant: row.code,
          href: formUrl(ctx, row.subjectId, row),
          where: await titleOf(ctx, row),
          field: (item && anyText(item.question, plan.build.languages[0] ?? "")) || row.item,
          answer: row.isSealed ? "encrypted" : answerInWords(plan, item, row),
          enteredAt: row.madeAt,
          changedAt: row.version > 1 ? row.changedAt : null,
          by: people.get(row.changedBy ?? "") ?? "the program",
          reason: row.reason,
        });
      }
      return AnswersPage({
        title: `${answerTitles[query.what]}: ${site}`,
        crumbs,
        lines,
        ...pagesOf(ctx, "answers", query, total?.count ?? 0),
      });
    },
  }),

  get("/monitoring/forms", {
    needs: "studies.progress.read",
    query: t.Object({ what: formsOf, site: t.Optional(uuid), page }),
    async run({ query }, ctx) {
      const filter = { what: query.what, siteId: query.site };
      const { crumbs, site } = await placeOf(ctx, query.site);
      const [total] = await ctx.db.all(formsCount(filter), {});
      const mayOpen = ctx.may("studies.data.read");
      const lines = [];
      for (const row of await ctx.db.all(formsPage(filter, pageSize, skipOf(query)), {}))
        lines.push({
          participant: row.code,
          title: await titleOf(ctx, row),
          href: mayOpen ? formUrl(ctx, row.subjectId, row) : null,
          state: row.state,
          visitOn: row.happenedOn,
          begunAt: row.madeAt,
          days: row.happenedOn === null ? null : row.delay,
        });
      return FormsPage({
        title: `${formTitles[query.what]}: ${site}`,
        crumbs,
        lines,
        ...pagesOf(ctx, "forms", query, total?.count ?? 0),
      });
    },
  }),

  get("/monitoring/compared", {
    needs: "studies.data.read",
    query: t.Object({ site: uuid, page }),
    async run({ query }, ctx) {
      const { crumbs, site } = await placeOf(ctx, query.site);
      const { demands } = await demandsOf(ctx);
      const rows = await ctx.db.all(
        verificationBySheet(demands, { siteId: query.site }, "all", pageSize + 1, skipOf(query)),
        {},
      );
      const lines = [];
      for (const row of rows.slice(0, pageSize))
        lines.push({
          title: `${row.code} · ${await titleOf(ctx, row)}`,
          href: `${formUrl(ctx, row.subjectId, row)}${ctx.may("studies.verify") ? "/compare" : ""}`,
          needed: row.needed,
          verified: row.verified,
          again: row.again,
        });
      const { previous, at } = pagesOf(ctx, "compared", query, 0);
      return ComparedPage({
        title: `Compared with the source: ${site}`,
        crumbs,
        lines,
        previous,
        next: rows.length > pageSize ? at((query.page ?? 1) + 1) : undefined,
      });
    },
  }),

  get("/monitoring/digits", {
    needs: "studies.data.read",
    query: t.Object({ site: uuid, item: t.String({ maxLength: 200 }) }),
    async run({ query }, ctx) {
      const { crumbs, site } = await placeOf(ctx, query.site);
      const own = (await ctx.db.all(lastDigits, {})).filter(
        (row) => row.siteId === query.site && row.item === query.item,
      );
      const versionId = await versionInForce(ctx, query.site);
      const plan = versionId ? await planOfVersion(ctx, versionId) : null;
      const item = plan?.items.get(query.item);
      return DigitsPage({
        title: `${(item && anyText(item.question, plan?.build.languages[0] ?? "")) || query.item}: ${site}`,
        crumbs,
        lines: Array.from({ length: 10 }, (_, digit) => ({
          digit: String(digit),
          count: own.find((row) => row.digit === String(digit))?.count ?? 0,
          href: `${ctx.url("/monitoring/answers")}?${new URLSearchParams({ what: "digit", site: query.site, item: query.item, digit: String(digit) })}`,
        })),
      });
    },
  }),
];

const skipOf = ({ page: at }: { readonly page?: number | undefined }): number => ((at ?? 1) - 1) * pageSize;

async function placeOf(ctx: Context<Studies>, siteId: string | undefined) {
  if (!siteId) return { site: "all sites", crumbs: [{ label: "Study", href: ctx.url("/") }] };
  const site = (await ctx.db.all(allSites, {})).find(({ id }) => id === siteId);
  if (!site) throw Problem.notFound("There is no such site in this study.");
  return { site: site.name, crumbs: [{ label: "Study", href: ctx.url("/") }] };
}

function pagesOf(ctx: Context<Studies>, list: string, query: { readonly page?: number | undefined }, total: number) {
  const now = query.page ?? 1;
  const at = (n: number): string => {
    const wish = Object.entries({ ...query, page: n }).filter(([, value]) => value !== undefined);
    return `${ctx.url(`/monitoring/${list}`)}?${new URLSearchParams(wish.map(([name, value]) => [name, String(value)]))}`;
  };
  return {
    at,
    total,
    from: (now - 1) * pageSize + 1,
    previous: now > 1 ? at(now - 1) : undefined,
    next: now * pageSize < total ? at(now + 1) : undefined,
  };
}
