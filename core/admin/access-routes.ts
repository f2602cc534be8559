/** /w/:workspace/access: who may do what in one workspace, and why. */
import { Type as t } from "@sinclair/typebox";
import type { FormState } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { rolesOf } from "../access/roles.ts";
import type { OwnContext } from "../context.ts";
import { hereIn, ownGet, ownPost } from "../http/own-route.ts";
import { refusedForm } from "../http/refused-form.ts";
import { inviteToWorkspace } from "../identity/persons.ts";
import { type Context, Redirect } from "../module.ts";
import { Problem } from "../problem.ts";
import { type GrantPlace, giveAccess, placeOf, readDays, takeAccess } from "./access.ts";
import { accessOfPage, accessPage, type MatrixCell, type MatrixRow } from "./access-pages.tsx";
import { linesOf } from "./grant-lines.ts";
import { invite } from "./invitation.ts";
import { pageNumber } from "./pages.tsx";
import { allGrantsOf, grantById, grantsHere, PAGE } from "./people.ts";
import { revokePage } from "./people-pages.tsx";
import { sitesOf } from "./workspaces.ts";

const oneOf = t.Object({ id: t.String({ format: "uuid" }) });
const base = (ctx: OwnContext) => `/w/${hereIn(ctx).slug}/access`;
const day = (title: string) => t.Optional(t.String({ title, maxLength: 10 }));
const site = (title: string) => t.Optional(t.String({ title, format: "uuid" }));

export const accessRoutes = [
  ownGet("/w/:workspace/access", {
    needs: "core.grants.read",
    query: t.Object({
      q: t.Optional(t.String({ maxLength: 200 })),
      at: t.Optional(t.String({ title: "The site", format: "uuid" })),
      page: pageNumber,
    }),
    run: async ({ query }, ctx) => show(ctx, undefined, query),
  }),
  ownPost("/w/:workspace/access", {
    needs: "core.grants.manage",
    body: t.Object({
      person: t.String({ title: "A person", format: "uuid" }),
      role: t.String({ title: "A role", minLength: 1, maxLength: 60 }),
      site: site("Site"),
      from: day("From"),
      to: day("Until"),
    }),
    refused: async (typed, problems, ctx) => show(ctx, refusedForm(typed, problems)),
    run: async ({ body }, ctx) => {
      const person = (await people(ctx)).find((row) => row.personId === body.person);
      if (!person) throw Problem.invalid({ person: "Choose a person from the list." });
      const place = await readPlace(ctx, body.site, "site");
      const to = { id: person.personId, name: person.name };
      await giveAccess(ctx, { person: to, role: body.role, place, from: body.from, to: body.to });
      return new Redirect(base(ctx), `Given to ${person.name}.`);
    },
  }),
  ownPost("/w/:workspace/access/invitations", {
    needs: "core.people.invite",
    body: t.Object({
      "invited-name": t.String({ title: "Name", minLength: 2, maxLength: 200 }),
      "invited-email": t.String({ title: "E-mail", format: "email", maxLength: 254 }),
      "invited-role": t.String({ title: "A role", minLength: 1, maxLength: 60 }),
      "invited-site": site("Site"),
      "invited-from": day("From"),
      "invited-to": day("Until"),
    }),
    refused: async (typed, problems, ctx) => show(ctx, refusedForm(typed, problems)),
    run: async ({ body }, ctx) => {
      if (!ctx.may("core.grants.manage")) throw new Problem("forbidden");
      const { "invited-name": name, "invited-email": email, "invited-role": role, "invited-site": siteId } = body;
      if (email.toLowerCase() === ctx.situation.email)
        throw Problem.invalid({
          "invited-email": "You cannot give access to yourself: someone else has to approve it.",
        });
      const workspace = hereIn(ctx);
      if (!(await rolesOf(ctx)).in(workspace.kind).some(({ value }) => value === role))
        throw Problem.invalid({ "invited-role": "Choose a role from the list." });
      if (siteId) await readPlace(ctx, siteId, "invited-site");
      const span = readDays(body["invited-from"], body["invited-to"], ctx.now, {
        from: "invited-from",
        to: "invited-to",
      });
      const invitation = { name, email, role, ...(siteId ? { siteId } : {}), ...span };
      const { existed } = await inviteToWorkspace(ctx as unknown as Context, invitation);
      await invite(ctx, { name, email: email.toLowerCase() }, workspace.title);
      return new Redirect(
        base(ctx),
        existed ? `${email} had an account already, and has access here now.` : "The invitation is on its way.",
      );
    },
  }),
  ownGet("/w/:workspace/access/:id", {
    needs: "core.grants.read",
    params: oneOf,
    run: async ({ params }, ctx) => {
      const workspace = hereIn(ctx);
      const grants = (await ctx.db.all(allGrantsOf, { personId: params.id })).filter(
        ({ workspaceId }) => workspaceId === workspace.id,
      );
      const name = (await ctx.people([params.id])).get(params.id);
      if (!name || grants.length === 0) throw Problem.notFound();
      return accessOfPage({
        workspace,
        name,
        grants: await linesOf(ctx, grants),
        crumbs: [
          { label: workspace.title, href: `/w/${workspace.slug}` },
          { label: "People and access", href: base(ctx) },
        ],
        recordHref: ctx.may("core.audit.read") ? `/w/${workspace.slug}/record?actor=${params.id}` : null,
      });
    },
  }),
  ownGet("/w/:workspace/access/grants/:id/revoke", {
    needs: "core.grants.manage",
    params: oneOf,
    run: async ({ params }, ctx) => revoking(ctx, params.id),
  }),
  ownPost("/w/:workspace/access/grants/:id/revoke", {
    needs: "core.grants.manage",
    params: oneOf,
    body: t.Object({ reason: t.String({ title: "Reason", minLength: 3, maxLength: 500 }) }),
    refused: async (typed, problems, ctx, params) => revoking(ctx, params.id, refusedForm(typed, problems)),
    run: async ({ params, body }, ctx) => {
      await grantInPlace(ctx, params.id);
      return new Redirect(base(ctx), await takeAccess(ctx, params.id, body.reason));
    },
  }),
];

/** One's own grants elsewhere are visible from here, but are not this workspace's to touch. */
async function grantInPlace(ctx: OwnContext, id: string) {
  const grant = await ctx.db.one(grantById, { id });
  if (grant.workspaceId !== hereIn(ctx).id) throw Problem.notFound();
  return grant;
}

async function revoking(ctx: OwnContext, id: string, form?: FormState): Promise<Html> {
  const workspace = hereIn(ctx);
  const grant = await grantInPlace(ctx, id);
  return revokePage(
    {
      person: grant.name ?? "someone",
      role: (await rolesOf(ctx)).titleOf(grant.role),
      place: placeOf(ctx.tenant.name, grant),
      action: `${base(ctx)}/grants/${id}/revoke`,
      back: base(ctx),
      crumbs: [
        { label: workspace.title, href: `/w/${workspace.slug}` },
        { label: "People and access", href: base(ctx) },
      ],
    },
    form,
  );
}

async function people(ctx: OwnContext): Promise<MatrixRow[]> {
  const rows = new Map<string, MatrixRow & { cells: Map<string, MatrixCell[]> }>();
  for (const grant of await ctx.db.all(grantsHere, { workspaceId: hereIn(ctx).id })) {
    const { personId, name, email, status } = grant;
    const row = rows.get(personId) ?? {
      personId,
      name,
      email,
      status,
      isSelf: personId === ctx.actor.id,
      cells: new Map(),
    };
    rows.set(personId, row);
    const cell = {
      grantId: grant.id,
      siteId: grant.siteId,
      site: grant.site,
      fromAt: grant.fromAt > ctx.now ? grant.fromAt : null,
      toAt: grant.toAt,
    };
    row.cells.set(grant.role, [...(row.cells.get(grant.role) ?? []), cell]);
  }
  return [...rows.values()];
}

interface Asked {
  readonly q?: string | undefined;
  /** A site. Not called so: the form on the same page asks for one. */
  readonly at?: string | undefined;
  readonly page?: number | undefined;
}

async function show(ctx: OwnContext, form?: FormState, asked: Asked = {}): Promise<Html> {
  const workspace = hereIn(ctx);
  const { q, at: siteId, page = 1 } = asked;
  const everybody = await people(ctx);
  const roles = await rolesOf(ctx);
  const known = roles.in(workspace.kind);
  const others = [...new Set(everybody.flatMap((row) => [...row.cells.keys()]))]
    .filter((role) => !known.some(({ value }) => value === role))
    .map((role) => ({ value: role, label: roles.titleOf(role) }));
  const sites = ctx.may("core.sites.read") ? await ctx.db.all(sitesOf, { workspaceId: workspace.id }) : [];
  const found = everybody.filter((row) => isAskedFor(row, q, siteId));
  const from = (page - 1) * PAGE;
  const pageHref = (to: number) =>
    `${base(ctx)}?${new URLSearchParams({ ...(q && { q }), ...(siteId && { at: siteId }), page: String(to) })}`;
  return accessPage(
    {
      workspace,
      roles: [...known, ...others],
      everybody,
      rows: found.slice(from, from + PAGE),
      page,
      total: found.length,
      pageHref,
      filter: { q, site: siteId },
      sites: sites
        .filter(({ closedAt }) => closedAt === null)
        .map(({ id, code, name }) => ({ value: id, label: `${code}, ${name}` })),
      mayGrant: ctx.may("core.grants.manage"),
      mayInvite: ctx.may("core.people.invite"),
    },
    form,
  );
}

/** By a part of the name or address; by what was given at this site or at all of them. */
function isAskedFor(row: MatrixRow, q: string | undefined, siteId: string | undefined): boolean {
  const part = q?.trim().toLowerCase() ?? "";
  const isNamed = part === "" || row.name.toLowerCase().includes(part) || row.email.toLowerCase().includes(part);
  return isNamed && (!siteId || [...row.cells.values()].flat().some((cell) => !cell.siteId || cell.siteId === siteId));
}

async function readPlace(ctx: OwnContext, siteId: string | undefined, field: string): Promise<GrantPlace> {
  const workspace = hereIn(ctx);
  const found = siteId
    ? (await ctx.db.all(sitesOf, { workspaceId: workspace.id })).find(({ id, closedAt }) => id === siteId && !closedAt)
    : undefined;
  if (siteId && !found) throw Problem.invalid({ [field]: "Choose a site from the list." });
  return {
    workspaceId: workspace.id,
    siteId: found?.id ?? null,
    kind: workspace.kind,
    title: placeOf(ctx.tenant.name, {
      workspaceId: workspace.id,
      workspace: workspace.title,
      site: found?.code ?? null,
    }),
  };
}
