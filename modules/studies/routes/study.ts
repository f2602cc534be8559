/** The study's first page: enrolment, forms, queries, comparison and signals, as far as the reader reaches. */
import { routesFor } from "@core/module.ts";
import { planOfVersion, versionInForce } from "../capture/version.ts";
import { demandsOf } from "../cleaning/demands.ts";
import { digitSignals } from "../cleaning/digits.ts";
import { anyText } from "../model/words.ts";
import type { Studies } from "../names.ts";
import { enrolledBySite, formsBySite, lastDigits, queriesBySite, valuesBySite } from "../store/monitoring.ts";
import { allSites } from "../store/sites.ts";
import { verificationBySite } from "../store/verification.ts";
import { StudyPage } from "../views/study.tsx";

const { get } = routesFor<Studies>();

export const studyRoutes = [
  get("/", {
    needs: "studies.design.read",
    async run(_, ctx) {
      const known = await ctx.db.all(allSites, {});
      const versionId = (await versionInForce(ctx, known[0]?.id ?? null)) ?? (await versionInForce(ctx, null));
      const seesProgress = ctx.may("studies.progress.read");
      const seesData = ctx.may("studies.data.read");
      const seesQueries = ctx.may("studies.queries.read");
      const enrolled = seesProgress ? await ctx.db.all(enrolledBySite, {}) : [];
      const forms = seesProgress ? await ctx.db.all(formsBySite, {}) : [];
      const asked = seesQueries ? await ctx.db.all(queriesBySite, {}) : [];
      const values = seesData ? await ctx.db.all(valuesBySite, {}) : [];
      const compared = seesData ? await ctx.db.all(verificationBySite((await demandsOf(ctx)).demands), {}) : [];
      const digits = seesData ? digitSignals(await ctx.db.all(lastDigits, {})) : [];
      const hasNoSite = [...enrolled, ...forms].some((row) => row.siteId === null);
      const sites = [
        ...known.map((site) => ({ id: site.id as string | null, name: site.name })),
        ...(hasNoSite || known.length === 0 ? [{ id: null, name: "Without a site" }] : []),
      ];
      const months = [...new Set(enrolled.map((row) => row.month))].sort();
      const plan = versionId ? await planOfVersion(ctx, versionId) : null;
      const nameOf = (id: string | null) => sites.find((site) => site.id === id)?.name ?? "A site";
      return StudyPage({
        title: ctx.workspace.title,
        build: ctx.may("studies.design.write") ? ctx.url("/design") : null,
        isEmpty: versionId === null,
        work: seesData ? ctx.url("/work") : null,
        participants: ctx.url("/participants"),
        complete: ctx.url("/monitoring/forms?what=complete"),
        queries: seesQueries ? ctx.url("/queries?state=open") : null,
        verification: seesData ? ctx.url("/verification") : null,
        showsData: seesData,
        showsQueries: seesQueries,
        months,
        enrolled: sites.map((site) => ({
          name: site.name,
          hrefs: months.map((month) =>
            site.id ? `${ctx.url("/participants")}?${new URLSearchParams({ site: site.id, month })}` : null,
          ),
          values: months.map((month) =>
            enrolled
              .filter((row) => row.siteId === site.id && row.month === month)
              .reduce((sum, row) => sum + row.count, 0),
          ),
        })),
        sites: sites.map((site) => {
          const own = enrolled.filter((row) => row.siteId === site.id);
          const form = forms.find((row) => row.siteId === site.id);
          const query = asked.find((row) => row.siteId === site.id);
          const value = values.find((row) => row.siteId === site.id);
          const check = compared.find((row) => row.siteId === site.id);
          // What is at no site has no list of its own: its numbers stand alone.
          const list = (path: string, more: Readonly<Record<string, string>> = {}) =>
            site.id ? `${ctx.url(path)}?${new URLSearchParams({ ...more, site: site.id })}` : null;
          return {
            name: site.name,
            participants: {
              count: own.reduce((sum, row) => sum + row.count, 0),
              href: list("/participants"),
            },
            left: {
              count: own.reduce((sum, row) => sum + row.withdrawn, 0),
              href: list("/participants", { status: "left" }),
            },
            forms: { count: form?.forms ?? 0, href: list("/monitoring/forms", { what: "all" }) },
            complete: { count: form?.complete ?? 0, href: list("/monitoring/forms", { what: "complete" }) },
            dated: form?.dated ?? 0,
            late: { count: form?.late ?? 0, href: list("/monitoring/forms", { what: "late" }) },
            open: { count: query?.open ?? 0, href: list("/queries", { state: "open" }) },
            answered: { count: query?.answered ?? 0, href: list("/queries", { state: "answered" }) },
            oldest: { count: query?.oldest ?? 0, href: list("/queries", { older: "30" }) },
            needed: check?.needed ?? 0,
            verified: { count: check?.verified ?? 0, href: list("/monitoring/compared") },
            values: value?.values ?? 0,
            changed: { count: value?.changed ?? 0, href: list("/monitoring/answers", { what: "changed" }) },
            missing: { count: value?.missing ?? 0, href: list("/monitoring/answers", { what: "missing" }) },
            odd: { count: value?.odd ?? 0, href: list("/monitoring/answers", { what: "odd" }) },
          };
        }),
        signals: digits.slice(0, 12).map((signal) => {
          const item = plan?.items.get(signal.item);
          return {
            what: `${nameOf(signal.siteId)}, ${(item && anyText(item.question, "")) || signal.item}`,
            href: signal.siteId
              ? `${ctx.url("/monitoring/digits")}?${new URLSearchParams({ site: signal.siteId, item: signal.item })}`
              : null,
            detail: `${signal.share} % of ${signal.count} numbers end in ${signal.digit} (χ² ${signal.chiSquare}).`,
          };
        }),
      });
    },
  }),
];
