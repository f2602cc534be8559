/** /w/:workspace/looks: a subject with an account sees who looked at what is kept of him here. */
import { Type as t } from "@sinclair/typebox";
import { Page } from "@views/page.tsx";
import { eq } from "drizzle-orm";
import { looksAt } from "../audit/looks.ts";
import { LooksTable } from "../audit/looks-table.tsx";
import { query } from "../db/query.ts";
import { hereIn, ownGet } from "../http/own-route.ts";
import { Problem } from "../problem.ts";
import { subjects } from "../tenancy/tables.ts";

const mine = query<{ person: string }>()((db, $) =>
  db.select({ id: subjects.id }).from(subjects).where(eq(subjects.personId, $.person)),
);

export const looksRoute = ownGet("/w/:workspace/looks", {
  needs: "core.audit.own",
  query: t.Object({ before: t.Optional(t.String({ pattern: "^[0-9]{1,18}$" })) }),
  run: async ({ query: { before } }, ctx) => {
    const here = hereIn(ctx);
    const subject = await ctx.db.first(mine, { person: ctx.actor.id ?? "" });
    if (!subject) throw Problem.notFound("Nothing is kept of you here.");
    const found = await looksAt(ctx, subject.id, before);
    return (
      <Page
        title="Who looked at my record"
        crumbs={[{ label: here.title, href: `/w/${here.slug}` }]}
        lead="Everyone who saw, changed or took out what is kept of you here. Something looks wrong? Ask whoever leads this place."
      >
        <LooksTable {...found} href={(older) => `/w/${here.slug}/looks?before=${older}`} />
      </Page>
    );
  },
});
