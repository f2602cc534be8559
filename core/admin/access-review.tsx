/** The list that is gone through at intervals: does everybody still need it? */
import { Type as t } from "@sinclair/typebox";
import { Badge } from "@views/badge.tsx";
import { Button } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Note } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { and, asc, eq, isNull, sql } from "drizzle-orm";
import { rolesOf } from "../access/roles.ts";
import type { OwnContext } from "../context.ts";
import { query } from "../db/query.ts";
import { hereIn, ownGet, ownPost } from "../http/own-route.ts";
import { readPolicies } from "../identity/policies.ts";
import { Redirect } from "../module.ts";
import { Problem } from "../problem.ts";
import { clock, grants, persons, sites, workspaces } from "../tenancy/tables.ts";
import { Until } from "./until.tsx";

const base = (ctx: OwnContext) => `/w/${hereIn(ctx).slug}/access`;
const DAY_MS = 86_400_000;
const MOST = 500;

const live = and(isNull(grants.revokedAt), sql`(${grants.toAt} is null or ${grants.toAt} > clock_timestamp())`);
const grantsToConfirm = query<{ workspaceId: string }>()((db, $) =>
  db
    .select({
      id: grants.id,
      personId: grants.personId,
      name: persons.name,
      status: persons.status,
      role: grants.role,
      site: sites.code,
      toAt: grants.toAt,
      madeAt: grants.madeAt,
      confirmedAt: grants.confirmedAt,
      confirmedBy: grants.confirmedBy,
      lastSeen:
        sql<Date | null>`(select max(e.at) from core.audit_events e where e.actor_id = ${grants.personId} and e.workspace_id = ${grants.workspaceId})`.mapWith(
          (value: string | Date | null) => (value === null ? null : new Date(value)),
        ),
    })
    .from(grants)
    .innerJoin(persons, eq(persons.id, grants.personId))
    .leftJoin(sites, eq(sites.id, grants.siteId))
    .where(and(eq(grants.workspaceId, $.workspaceId), live))
    .orderBy(asc(sql`coalesce(${grants.confirmedAt}, ${grants.madeAt})`), asc(persons.name))
    .limit(MOST),
);
const confirm = query<{ workspaceId: string; ids: readonly string[]; by: string | null }>()((db, $) =>
  db
    .update(grants)
    .set({ confirmedAt: clock(), confirmedBy: sql`${$.by}::uuid` })
    .where(
      and(
        eq(grants.workspaceId, $.workspaceId),
        sql`${grants.id} = any(${$.ids}::uuid[])`,
        live, // nobody's own: a wall of the table keeps those
      ),
    )
    .returning({ id: grants.id }),
);
const policiesHere = query<{ id: string }>()((db, $) =>
  db.select({ policies: workspaces.policies }).from(workspaces).where(eq(workspaces.id, $.id)),
);

export const accessReviewRoutes = [
  ownGet("/w/:workspace/access/confirm", { needs: "core.grants.read", run: async (_, ctx) => confirmPage(ctx) }),
  ownPost("/w/:workspace/access/confirm", {
    needs: "core.grants.manage",
    body: t.Object({ selected: t.Array(t.String({ format: "uuid" }), { title: "Those you confirm", maxItems: MOST }) }),
    refused: async (_typed, _problems, ctx) => confirmPage(ctx),
    run: async ({ body }, ctx) => {
      if (body.selected.length === 0) throw Problem.refused("Tick those who still need their access, then confirm.");
      const done = await ctx.db.all(confirm, {
        workspaceId: hereIn(ctx).id,
        ids: body.selected,
        by: ctx.actor.id,
      });
      if (done.length === 0) throw Problem.refused("Nobody confirms his own access: somebody else goes through that.");
      ctx.audit("core.grants_confirmed", { count: done.length, place: hereIn(ctx).title });
      const left = done.length < body.selected.length ? " Your own, and what was revoked meanwhile, was left out." : "";
      return new Redirect(
        `${base(ctx)}/confirm`,
        `${done.length === 1 ? "1 was confirmed." : `${done.length} were confirmed.`}${left}`,
      );
    },
  }),
];

const crumbs = (ctx: OwnContext) => [
  { label: hereIn(ctx).title, href: `/w/${hereIn(ctx).slug}` },
  { label: "People and access", href: base(ctx) },
];

async function confirmPage(ctx: OwnContext): Promise<Html> {
  const workspace = hereIn(ctx);
  const rows = await ctx.db.all(grantsToConfirm, { workspaceId: workspace.id });
  const roles = await rolesOf(ctx);
  const { confirmDays } = readPolicies((await ctx.db.first(policiesHere, { id: workspace.id }))?.policies);
  const dueBefore = confirmDays ? ctx.now.getTime() - confirmDays * DAY_MS : null;
  const isDue = (one: (typeof rows)[number]) =>
    dueBefore !== null && (one.confirmedAt ?? one.madeAt).getTime() < dueBefore;
  const due = rows.filter(isDue).length;
  const confirmers = await ctx.people(rows.map(({ confirmedBy }) => confirmedBy));
  const mayConfirm = ctx.may("core.grants.manage");
  return (
    <Page
      title="Does everybody still need it?"
      crumbs={crumbs(ctx)}
      lead={
        confirmDays
          ? `Each access is confirmed every ${confirmDays} days. ${due === 0 ? "None is due." : due === 1 ? "1 is due." : `${due} are due.`}`
          : "Nobody is asked to do this at intervals here: an administrator sets that on the workspace's page How people come in."
      }
    >
      <div class="stack">
        {due > 0 && (
          <Note tone="warn">
            Tick those who still need it and confirm them under the list; revoke the others. What is not confirmed goes
            on, and stays on this list. Your own is confirmed by somebody else.
          </Note>
        )}
        <DataTable
          caption={`${rows.length === 1 ? "1 access" : `${rows.length} accesses`}, the longest unconfirmed first`}
          rows={rows}
          {...(mayConfirm && rows.length > 0
            ? {
                selection: {
                  value: (row: (typeof rows)[number]) => row.id,
                  label: (row: (typeof rows)[number]) => `Confirm ${row.name}`,
                  action: `${base(ctx)}/confirm`,
                  buttons: <Button tone="primary">They still need it</Button>,
                },
              }
            : {})}
          empty={<Empty title="Nobody has access">There is nothing to confirm.</Empty>}
          columns={[
            { key: "name", head: "Name", cell: (row) => <a href={`${base(ctx)}/${row.personId}`}>{row.name}</a> },
            {
              key: "role",
              head: "As",
              cell: ({ role, site }) => `${roles.titleOf(role)}${site ? `, ${site}` : ""}`,
            },
            { key: "to", head: "Until", cell: ({ toAt }) => <Until at={toAt} /> },
            {
              key: "seen",
              head: "Last did something here",
              cell: ({ lastSeen }) => (lastSeen ? <Time at={lastSeen} show="day" /> : "Never"),
            },
            {
              key: "confirmed",
              head: "Confirmed",
              wrap: true,
              cell: (row) => (
                <>
                  {row.confirmedAt ? (
                    <>
                      <Time at={row.confirmedAt} show="day" /> by {confirmers.get(row.confirmedBy ?? "") ?? "someone"}
                    </>
                  ) : (
                    <>
                      Given <Time at={row.madeAt} show="day" />
                    </>
                  )}{" "}
                  {isDue(row) && <Badge tone="warn">Due</Badge>}
                </>
              ),
            },
            {
              key: "act",
              head: "Act",
              quiet: true,
              cell: (row) =>
                mayConfirm &&
                row.personId !== ctx.actor.id && (
                  <a href={`${base(ctx)}/grants/${row.id}/revoke`}>
                    Revoke<span class="hidden-text">{` from ${row.name}`}</span>
                  </a>
                ),
            },
          ]}
        />
      </div>
    </Page>
  );
}
