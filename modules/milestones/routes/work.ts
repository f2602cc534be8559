/** What waits for me in this program, the oldest first. */
import { routesFor } from "@core/module.ts";
import { Type as t } from "@sinclair/typebox";
import type { Milestones } from "../names.ts";
import { dayOf } from "../period.ts";
import { WorkPage } from "../views/work.tsx";
import { worklist } from "../worklist.ts";
import { pageOf } from "./paging.ts";

const { get } = routesFor<Milestones>();

export const workRoutes = [
  get("/work", {
    needs: "milestones.frameworks.read",
    query: t.Object({
      kind: t.Optional(t.String({ title: "Kind", maxLength: 80 })),
      page: t.Optional(t.Integer({ title: "Page", minimum: 1, maximum: 10_000 })),
    }),
    async run({ query }, ctx) {
      const all = await worklist(ctx);
      const found = all.filter(({ title }) => !query.kind || title === query.kind);
      const { shown, pager } = pageOf(found, query.page, ctx.url("/work"), query);
      const names = await ctx.names(shown.flatMap(({ subjectId }) => subjectId ?? []));
      return WorkPage({
        action: ctx.url("/work"),
        kinds: [...new Set(all.map(({ title }) => title))],
        kind: query.kind ?? "",
        total: found.length,
        today: dayOf(ctx.now),
        pager,
        lines: shown.map(({ title, subjectId, since, on, path }) => ({
          title,
          about: subjectId ? (names.get(subjectId) ?? "A trainee") : "",
          since,
          on,
          href: ctx.url(path),
        })),
      });
    },
  }),
];
