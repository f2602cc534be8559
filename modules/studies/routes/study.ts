/** The study's first page: enrolment, forms, queries, comparison and signals, as far as the reader reaches. */
import { routesFor } from "@core/module.ts";
import { planOfVersion, versionInForce } from "../capture/version.ts";
import { digitSignals } from "../cleaning/digits.ts";
import { anyText } from "../model/words.ts";
import type { Studies } from "../names.ts";
import {
  comparedBySite,
  enrolledBySite,
  formsBySite,
  lastDigits,
  queriesBySite,
  valuesBySite,
} from "../store/monitoring.ts";
import { allSites } from "../store/sites.ts";
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
      const compared = seesData ? await ctx.db.all(comparedBySite, {}) : [];
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
        showsData: seesData,
        showsQueries: seesQueries,
        months,
        enrolled: sites.map((site) => ({
          name: site.name,
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
          const at = site.id ? `site=${site.id}` : "";
          return {
            name: site.name,
            participants: own.reduce((sum, row) => sum + row.count, 0),
            withdrawn: own.reduce((sum, row) => sum + row.withdrawn, 0),
            forms: form?.forms ?? 0,
            complete: form?.complete ?? 0,
            openQueries: query?.open ?? 0,
            answered: query?.answered ?? 0,
            oldest: query?.oldest ?? 0,
            compared: compared.find((row) => row.siteId === site.id)?.compared ?? 0,
            values: value?.values ?? 0,
            changed: value?.changed ?? 0,
            missing: value?.missing ?? 0,
            oddHours: Math.max(value?.weekend ?? 0, value?.night ?? 0),
            participantsHref: `${ctx.url("/participants")}?${at}`,
            queriesHref: seesQueries ? `${ctx.url("/queries")}?state=open&${at}` : null,
          };
        }),
        signals: digits.slice(0, 12).map((signal) => {
          const item = plan?.items.get(signal.item);
          return {
            what: `${nameOf(signal.siteId)}, ${(item && anyText(item.question, "")) || signal.item}`,
            detail: `${signal.share} % of ${signal.count} numbers end in ${signal.digit} (χ² ${signal.chiSquare}).`,
          };
        }),
      });
    },
  }),
];
