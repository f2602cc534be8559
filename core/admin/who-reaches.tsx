/**
 * Who can see a record, and by what: asked with a code, or for all records of a site. The answer names people and says
 * nothing of the record, so it is also for administrators who see no record themselves; each question with a code is
 * written down.
 */
import { Type as t } from "@sinclair/typebox";
import { ButtonLink, PrintButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { type FormState, Select, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { DataTable, Filters } from "@views/table.tsx";
import { type Roles, rolesOf } from "../access/roles.ts";
import type { OwnContext } from "../context.ts";
import { hereIn, ownGet } from "../http/own-route.ts";
import { Redirect } from "../module.ts";
import { subjectByCode } from "./record.ts";
import { Until } from "./until.tsx";
import { allWorkspaces, sitesOf } from "./workspaces.ts";

const base = (ctx: OwnContext) => `/w/${hereIn(ctx).slug}/access`;
const code = t.Optional(t.String({ title: "The code", maxLength: 40 }));

export const whoReachesRoute = ownGet("/w/:workspace/access/who", {
  needs: "core.grants.read",
  query: t.Object({ subject: code, site: t.Optional(t.String({ title: "The site", format: "uuid" })) }),
  run: async ({ query }, ctx) => {
    if (query.subject === undefined) return placePage(ctx, query.site);
    const subjectId = await find(ctx, query.subject);
    if (subjectId === null) return placePage(ctx, query.site, notThere(query.subject));
    ctx.trail.about(subjectId);
    ctx.audit("core.who_asked", { code: query.subject, place: hereIn(ctx).title });
    return recordPage(ctx, query.subject, subjectId);
  },
});

/** For somebody who keeps the whole institution, and does not work in any of its places. */
export const whoChooseRoute = ownGet("/admin/who", {
  needs: "core.grants.read",
  query: t.Object({ place: t.Optional(t.String({ title: "Where", maxLength: 61 })), subject: code }),
  run: async ({ query: { place, subject } }, ctx) => {
    const places = (await ctx.db.all(allWorkspaces, {})).filter(({ archivedAt }) => archivedAt === null);
    const found = places.find(({ slug }) => slug === place);
    if (!found) return choosePage(places);
    return new Redirect(`/w/${found.slug}/access/who${subject ? `?subject=${encodeURIComponent(subject)}` : ""}`);
  },
});

/**
 * Whoever may see who may do what in the whole workspace asks the database itself, which says no more than that there is
 * somebody with exactly this code; everybody else finds those whom he sees.
 */
async function find(ctx: OwnContext, called: string): Promise<string | null> {
  const [row] = await ctx.lease.rows("select core.subject_called($1)", [called]);
  if (typeof row?.[0] === "string") return row[0];
  return ctx.may("core.subjects.read") ? ((await ctx.db.first(subjectByCode, { code: called }))?.id ?? null) : null;
}

const notThere = (called: string): FormState => ({
  values: { subject: called },
  errors: { subject: "No record here has exactly this code. Look at it again: every letter and sign counts." },
});

const crumbs = (ctx: OwnContext) => [
  { label: hereIn(ctx).title, href: `/w/${hereIn(ctx).slug}` },
  { label: "People and access", href: base(ctx) },
];

interface Way {
  readonly person: string;
  readonly name: string;
  readonly role: string;
  /** Given for the whole institution: not listed among the people of the workspace. */
  readonly isWhole: boolean;
  readonly how: string;
  readonly toAt: Date | null;
}

const wayColumns = (ctx: OwnContext, roles: Roles, how: string) => [
  {
    key: "name",
    head: "Name",
    cell: (row: Way) => (row.isWhole ? row.name : <a href={`${base(ctx)}/${row.person}`}>{row.name}</a>),
  },
  { key: "role", head: "As", cell: ({ role }: Way) => roles.titleOf(role) },
  { key: "how", head: how, wrap: true, cell: ({ how: words }: Way) => words },
  { key: "to", head: "Until", cell: ({ toAt }: Way) => <Until at={toAt} /> },
];

interface Place {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly closedAt: Date | null;
}
const sitesHere = async (ctx: OwnContext): Promise<readonly Place[]> =>
  ctx.may("core.sites.read") ? ctx.db.all(sitesOf, { workspaceId: hereIn(ctx).id }) : [];

interface Asked {
  readonly action: string;
  readonly sites: readonly Place[];
  readonly site?: string | undefined;
  readonly form?: FormState | undefined;
}

const Asking = ({ action, sites, site, form }: Asked): Html => {
  const open = sites.filter(({ closedAt }) => closedAt === null);
  return (
    <Filters action={action} clear={form || site ? action : undefined}>
      <TextField
        name="subject"
        label="Code of the record"
        width="m"
        form={form}
        maxlength={40}
        autocomplete="off"
        spellcheck={false}
      />
      {open.length > 0 && (
        <Select
          name="site"
          label="Or all records of"
          options={open.map((one) => ({ value: one.id, label: `${one.code}, ${one.name}` }))}
          value={site}
          empty="Every site"
        />
      )}
    </Filters>
  );
};

/** Everybody who sees records here at all, and which. */
async function placePage(ctx: OwnContext, site?: string, form?: FormState): Promise<Html> {
  const { title } = hereIn(ctx);
  const roles = await rolesOf(ctx);
  const sites = await sitesHere(ctx);
  const rows = await ctx.lease.rows(
    "select person, name, role, reach, whole, site, to_at from core.who_reaches_site($1::uuid)",
    [site ?? null],
  );
  const ways = (rows as readonly [string, string, string, string, boolean, string | null, string | Date | null][]).map(
    ([person, name, role, reach, isWhole, siteId, toAt]): Way => ({
      person,
      name,
      role,
      isWhole,
      how: whichRecords(title, reach, siteId && (sites.find(({ id }) => id === siteId)?.code ?? "of the grant")),
      toAt: toAt === null ? null : new Date(toAt),
    }),
  );
  return (
    <Page
      title="Who can see a record"
      crumbs={crumbs(ctx)}
      lead="Asked of the database's own rules, now. Enter a code to learn who is led to that one record, and by what. You see nothing of the record, and each question with a code is written down."
      actions={<PrintButton />}
    >
      <div class="stack">
        <Asking action={`${base(ctx)}/who`} sites={sites} site={site} form={form} />
        <DataTable
          caption={`${ways.length === 1 ? "1 way" : `${ways.length} ways`} to records ${site ? "of this site" : `of ${title}`}, by name`}
          rows={ways}
          empty={<Empty title="Nobody">{`No role that holds in ${title} leads to a record.`}</Empty>}
          columns={wayColumns(ctx, roles, "Sees")}
        />
      </div>
    </Page>
  );
}

function whichRecords(place: string, reach: string, site: string | null): string {
  if (reach === "workspace") return `all records of ${place}`;
  if (reach === "site") return site === null ? "the records of every site" : `the records of site ${site}`;
  if (reach === "mine") return "records in what is addressed to this person";
  const kind = reach.split(":")[1]?.replaceAll("_", " ");
  return kind ? `only records assigned to this person as ${kind}` : "only records assigned to this person";
}

interface WayToOne extends Way {
  readonly permissions: string[];
}

async function recordPage(ctx: OwnContext, called: string, subjectId: string): Promise<Html> {
  const ways = await waysTo(ctx, subjectId);
  const roles = await rolesOf(ctx);
  const sites = await sitesHere(ctx);
  const form = { values: { subject: called } };
  return (
    <Page
      title={`Who can see ${called}`}
      crumbs={[...crumbs(ctx), { label: "Who can see a record", href: `${base(ctx)}/who` }]}
      lead="Everybody whom a role, a site or an assignment leads to this one record now. That you asked is on record."
      actions={
        <>
          {ctx.may("core.audit.read") && (
            <ButtonLink href={`/w/${hereIn(ctx).slug}/record?subject=${subjectId}`}>Who looked at it</ButtonLink>
          )}
          <PrintButton />
        </>
      }
    >
      <div class="stack">
        <Asking action={`${base(ctx)}/who`} sites={sites} form={form} />
        <DataTable
          caption={ways.length === 1 ? "1 way to it" : `${ways.length} ways to it, by name`}
          rows={ways}
          empty={<Empty title="Nobody">{`No role that holds in ${hereIn(ctx).title} leads to this record.`}</Empty>}
          columns={[
            ...wayColumns(ctx, roles, "Because"),
            {
              key: "may",
              head: "May",
              wrap: true,
              cell: ({ permissions }: WayToOne) => (
                <details>
                  <summary>{permissions.length === 1 ? "1 thing" : `${permissions.length} things`}</summary>
                  <ul>
                    {permissions.map((permission) => (
                      <li>{ctx.house.kernel.permissions.get(permission) ?? permission}</li>
                    ))}
                  </ul>
                </details>
              ),
            },
          ]}
        />
      </div>
    </Page>
  );
}

/** Only ways that lead to the record itself: who keeps settings sees no record by that. */
async function waysTo(ctx: OwnContext, subjectId: string): Promise<WayToOne[]> {
  const rows = (await ctx.lease.rows(
    "select person, name, role, permission, reach, whole, assigned_as, to_at from core.who_reaches($1::uuid)",
    [subjectId],
  )) as readonly [string, string, string, string, string, boolean, string | null, string | Date | null][];
  const ways = new Map<string, WayToOne>();
  for (const [person, name, role, permission, reach, isWhole, assignedAs, toAt] of rows) {
    const how = because(hereIn(ctx).title, reach, assignedAs);
    const key = `${person} ${role} ${how}`;
    const until = toAt === null ? null : new Date(toAt);
    const way = ways.get(key) ?? { person, name, role, isWhole, how, toAt: until, permissions: [] };
    ways.set(key, way);
    if (!way.permissions.includes(permission)) way.permissions.push(permission);
  }
  const seen = new Set(
    rows.filter(([, , , permission]) => permission === "core.subjects.read").map(([person]) => person),
  );
  return [...ways.values()].filter(({ person }) => seen.has(person));
}

function because(place: string, reach: string, assignedAs: string | null): string {
  if (assignedAs === "emergency") return "opened in an emergency";
  if (reach === "workspace") return `the role reaches everything in ${place}`;
  if (reach === "site") return "the role reaches the site that this record belongs to";
  if (reach === "own") return "this is the person's own record";
  return `assigned as ${(assignedAs ?? "").replaceAll("_", " ")}`;
}

const choosePage = (places: readonly { readonly slug: string; readonly title: string }[]): Html => (
  <Page
    title="Who can see a record"
    crumbs={[{ label: "People", href: "/admin/people" }]}
    lead="Everybody whom a role, a site or an assignment leads to it, and why. You need no access to the record to ask, and you see nothing of it; that you asked is on record."
  >
    {places.length === 0 ? (
      <Empty title="No place yet">Records belong to programs, studies and services, and there is none.</Empty>
    ) : (
      <Filters action="/admin/who">
        <Select
          name="place"
          label="Where"
          options={places.map(({ slug, title }) => ({ value: slug, label: title }))}
          empty="Choose a place"
        />
        <TextField name="subject" label="Code of the record" width="m" maxlength={40} autocomplete="off" />
      </Filters>
    )}
  </Page>
);
