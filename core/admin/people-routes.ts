/** /admin/people and /admin/grants: accounts, what was given to them, and their sessions. */
import { Type as t } from "@sinclair/typebox";
import type { FormState } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { rolesOf } from "../access/roles.ts";
import type { OwnContext } from "../context.ts";
import { isEmail } from "../http/formats.ts";
import { ownGet, ownPost } from "../http/own-route.ts";
import { refusedForm } from "../http/refused-form.ts";
import { secondRemovedLetter } from "../mail/letters.ts";
import { Redirect } from "../module.ts";
import { Problem } from "../problem.ts";
import { type GrantPlace, giveAccess, placeOf, takeAccess } from "./access.ts";
import { linesOf } from "./grant-lines.ts";
import { invite } from "./invitation.ts";
import {
  allGrantsOf,
  changePerson,
  countPeople,
  grantById,
  grantsOfPeople,
  insertPerson,
  listPeople,
  PAGE,
  personByEmail,
  personById,
  sessionsOf,
  setStatus,
} from "./people.ts";
import {
  changePersonPage,
  type GrantOptions,
  newPersonPage,
  peoplePage,
  personPage,
  removeSecondPage,
  revokePage,
  statuses,
  suspendPage,
} from "./people-pages.tsx";
import { identityPanel, personIdentityRoutes } from "./person-identities.tsx";
import { allSites, allWorkspaces, labelOf } from "./workspaces.ts";

const oneOf = t.Object({ id: t.String({ format: "uuid" }) });
const at = (id: string, rest = "") => `/admin/people/${id}${rest}`;
const name = t.String({ title: "Name", minLength: 2, maxLength: 200 });
const email = t.String({ title: "E-mail", format: "email", maxLength: 254 });
const reason = t.String({ title: "Reason", minLength: 3, maxLength: 500 });
const day = (title: string) => t.Optional(t.String({ title, maxLength: 10 }));

export const peopleRoutes = [
  ownGet("/admin/people", {
    needs: "core.people.read",
    query: t.Object({
      q: t.Optional(t.String({ maxLength: 200 })),
      status: t.Optional(t.String({ maxLength: 20 })),
      workspace: t.Optional(t.String({ format: "uuid" })),
      page: t.Optional(t.Integer({ title: "Page", minimum: 1, maximum: 10_000 })),
    }),
    run: async ({ query }, ctx) => {
      const { q, workspace, page = 1 } = query;
      const status = statuses.some(({ value }) => value === query.status) ? query.status : undefined;
      const filter = {
        like: q === undefined ? null : `%${q.replace(/[\\%_]/g, "\\$&")}%`,
        status: status ?? null,
        workspaceId: workspace ?? null,
      };
      const people = await ctx.db.all(listPeople, { ...filter, offset: (page - 1) * PAGE });
      const { count } = await ctx.db.one(countPeople, filter);
      const grants = ctx.may("core.grants.read")
        ? await ctx.db.all(grantsOfPeople, { ids: people.map(({ id }) => id) })
        : [];
      const workspaces = await ctx.db.all(allWorkspaces, {});
      const roles = await rolesOf(ctx);
      const pageHref = (to: number) => {
        const kept = new URLSearchParams(
          Object.entries({ q, status, workspace, page: String(to) }).filter(
            (e): e is [string, string] => e[1] !== undefined,
          ),
        );
        return `/admin/people?${kept}`;
      };
      return peoplePage({
        people: people.map((person) => ({
          ...person,
          access: grants
            .filter(({ personId }) => personId === person.id)
            .map((grant) => `${roles.titleOf(grant.role)} in ${placeOf(ctx.tenant.name, grant)}`),
        })),
        filter: { q, status, workspace },
        workspaces: workspaces.map(({ id, title }) => ({ value: id, label: title })),
        from: (page - 1) * PAGE + 1,
        total: count,
        previous: page > 1 ? pageHref(page - 1) : undefined,
        next: page * PAGE < count ? pageHref(page + 1) : undefined,
        mayAdd: ctx.may("core.people.manage"),
      });
    },
  }),
  ownGet("/admin/people/new", {
    needs: "core.people.manage",
    run: async (_input, ctx) => newPersonPage(await optionsFor(ctx)),
  }),
  ownPost("/admin/people", {
    needs: "core.people.manage",
    body: t.Object({
      name,
      email,
      role: t.Optional(t.String({ title: "Role", maxLength: 60 })),
      place: t.Optional(t.String({ title: "Where", maxLength: 60 })),
      from: day("From"),
      to: day("Until"),
    }),
    refused: async (typed, problems, ctx) => newPersonPage(await optionsFor(ctx), refusedForm(typed, problems)),
    run: async ({ body }, ctx) => {
      const address = body.email.toLowerCase();
      const known = await ctx.db.first(personByEmail, { email: address });
      if (known)
        throw Problem.invalid({
          email: `${known.name} has an account with this address already. Open it and give access there.`,
        });
      if (body.role && !body.place) throw Problem.invalid({ place: "Choose where this role holds." });
      if (body.place && !body.role) throw Problem.invalid({ role: "Choose a role." });
      const person = { id: Bun.randomUUIDv7(), name: body.name, email: address };
      await ctx.db.all(insertPerson, person);
      ctx.audit("core.person_added", { person: person.name });
      if (body.role && body.place) {
        if (!ctx.may("core.grants.manage")) throw new Problem("forbidden");
        const place = await readPlace(ctx, body.place);
        await giveAccess(ctx, { person, role: body.role, place, from: body.from, to: body.to });
      }
      await invite(ctx, person);
      return new Redirect(at(person.id), `${person.name} was added. The invitation is on its way.`);
    },
  }),
  ownGet("/admin/people/:id", {
    needs: "core.people.read",
    params: oneOf,
    run: async ({ params }, ctx) => show(ctx, params.id),
  }),
  ownPost("/admin/people/:id/grants", {
    needs: "core.grants.manage",
    params: oneOf,
    body: t.Object({
      role: t.String({ title: "Role", maxLength: 60, minLength: 1 }),
      place: t.String({ title: "Where", maxLength: 60, minLength: 1 }),
      from: day("From"),
      to: day("Until"),
    }),
    refused: async (typed, problems, ctx, params) => show(ctx, params.id, refusedForm(typed, problems)),
    run: async ({ params, body }, ctx) => {
      const person = await ctx.db.one(personById, { id: params.id });
      const place = await readPlace(ctx, body.place);
      await giveAccess(ctx, { person, role: body.role, place, from: body.from, to: body.to });
      return new Redirect(at(params.id), "Given.");
    },
  }),
  ownGet("/admin/people/:id/change", {
    needs: "core.people.manage",
    params: oneOf,
    run: async ({ params }, ctx) => changePersonPage(await ctx.db.one(personById, { id: params.id })),
  }),
  ownPost("/admin/people/:id/change", {
    needs: "core.people.manage",
    params: oneOf,
    body: t.Object({ name, email }),
    refused: async (typed, problems, ctx, params) =>
      changePersonPage(await ctx.db.one(personById, { id: params.id }), refusedForm(typed, problems)),
    run: async ({ params, body }, ctx) => {
      const before = await ctx.db.one(personById, { id: params.id });
      const address = body.email.toLowerCase();
      if (!isEmail(address)) throw Problem.invalid({ email: "Enter an address like name@example.org." });
      const other = await ctx.db.first(personByEmail, { email: address });
      if (other && other.id !== before.id) throw Problem.invalid({ email: `${other.name} has this address already.` });
      await ctx.db.all(changePerson, { id: before.id, name: body.name, email: address });
      const what = [before.name !== body.name && "name", before.email !== address && "e-mail"]
        .filter(Boolean)
        .join(" and ");
      ctx.audit("core.person_changed", { person: body.name, what: what || "nothing" });
      return new Redirect(at(before.id), "Saved.");
    },
  }),
  ownPost("/admin/people/:id/invite", {
    needs: "core.people.invite",
    params: oneOf,
    run: async ({ params }, ctx) => {
      const person = await ctx.db.one(personById, { id: params.id });
      if (person.status === "suspended")
        throw Problem.refused(`${person.name} is suspended and cannot sign in. Restore the account before you invite.`);
      await invite(ctx, person);
      return new Redirect(at(person.id), "The invitation is on its way.");
    },
  }),
  ownPost("/admin/people/:id/sessions/end", {
    needs: "core.people.manage",
    params: oneOf,
    run: async ({ params }, ctx) => {
      const person = await ctx.db.one(personById, { id: params.id });
      const count = await endSessions(ctx, person.id, "ended by an administrator");
      ctx.audit("core.signed_out_everywhere", { person: person.name, count });
      return new Redirect(at(person.id), count === 1 ? "One session was ended." : `${count} sessions were ended.`);
    },
  }),
  ...personIdentityRoutes((ctx, id, identities) => show(ctx, id, undefined, identities)),
  ownGet("/admin/people/:id/second", {
    needs: "core.people.manage",
    params: oneOf,
    run: async ({ params }, ctx) => removeSecondPage(await ctx.db.one(personById, { id: params.id })),
  }),
  ownPost("/admin/people/:id/second", {
    needs: "core.people.manage",
    params: oneOf,
    body: t.Object({ reason }),
    refused: async (typed, problems, ctx, params) =>
      removeSecondPage(await ctx.db.one(personById, { id: params.id }), refusedForm(typed, problems)),
    run: async ({ params, body }, ctx) => {
      const person = await ctx.db.one(personById, { id: params.id });
      if (person.id === ctx.actor.id)
        throw Problem.refused(
          "You take off your own under Your account, with a code. Lost it? Ask another administrator.",
        );
      await ctx.lease.rows("select core.end_second_of($1::uuid)", [person.id]);
      ctx.trail.changes("core.credentials", person.id);
      ctx.audit("core.second_removed", { person: person.name, reason: body.reason });
      const letter = { name: person.name, institution: ctx.tenant.name, by: ctx.actor.name };
      await ctx.mail({ to: person.email, ...secondRemovedLetter(letter) });
      return new Redirect(at(person.id), `The second factor of ${person.name} is off.`);
    },
  }),
  ownGet("/admin/people/:id/suspend", {
    needs: "core.people.manage",
    params: oneOf,
    run: async ({ params }, ctx) => suspendPage(await ctx.db.one(personById, { id: params.id })),
  }),
  ownPost("/admin/people/:id/suspend", {
    needs: "core.people.manage",
    params: oneOf,
    run: async ({ params }, ctx) => {
      const person = await ctx.db.one(personById, { id: params.id });
      if (person.id === ctx.actor.id)
        throw Problem.refused(
          "You cannot suspend yourself: nobody might be left to restore you. Ask another administrator.",
        );
      const [done] = await ctx.db.all(setStatus, { id: person.id, from: person.status, to: "suspended" });
      if (!done || person.status === "suspended") throw Problem.refused(`${person.name} is suspended already.`);
      await endSessions(ctx, person.id, "suspended");
      ctx.audit("core.person_suspended", { person: person.name });
      return new Redirect(at(person.id), `${person.name} is suspended.`);
    },
  }),
  ownPost("/admin/people/:id/restore", {
    needs: "core.people.manage",
    params: oneOf,
    run: async ({ params }, ctx) => {
      const person = await ctx.db.one(personById, { id: params.id });
      const [done] = await ctx.db.all(setStatus, { id: person.id, from: "suspended", to: "active" });
      if (!done) throw Problem.refused(`${person.name} is not suspended.`);
      ctx.audit("core.person_restored", { person: person.name });
      return new Redirect(at(person.id), `${person.name} can sign in again.`);
    },
  }),
  ownGet("/admin/grants/:id/revoke", {
    needs: "core.grants.manage",
    params: oneOf,
    run: async ({ params }, ctx) => revoking(ctx, params.id),
  }),
  ownPost("/admin/grants/:id/revoke", {
    needs: "core.grants.manage",
    params: oneOf,
    body: t.Object({ reason }),
    refused: async (typed, problems, ctx, params) => revoking(ctx, params.id, refusedForm(typed, problems)),
    run: async ({ params, body }, ctx) => {
      const { personId } = await ctx.db.one(grantById, { id: params.id });
      return new Redirect(at(personId), await takeAccess(ctx, params.id, body.reason));
    },
  }),
];

async function revoking(ctx: OwnContext, id: string, form?: FormState): Promise<Html> {
  const grant = await ctx.db.one(grantById, { id });
  const person = grant.name ?? "someone";
  return revokePage(
    {
      person,
      role: (await rolesOf(ctx)).titleOf(grant.role),
      place: placeOf(ctx.tenant.name, grant),
      action: `/admin/grants/${id}/revoke`,
      back: at(grant.personId),
      crumbs: [
        { label: "People", href: "/admin/people" },
        { label: person, href: at(grant.personId) },
      ],
    },
    form,
  );
}

/** How many were ended. In this transaction: if the record cannot be written, they go on. */
async function endSessions(ctx: OwnContext, personId: string, why: string): Promise<number> {
  const [row] = await ctx.lease.rows("select core.end_sessions_of($1::uuid, $2)", [personId, why]);
  return Number(row?.[0] ?? 0);
}

async function hasSecond({ lease }: OwnContext, id: string): Promise<boolean> {
  const [row] = await lease.rows("select core.second_of($1::uuid)", [id]);
  return row?.[0] === true;
}

async function show(ctx: OwnContext, id: string, form?: FormState, identities?: FormState): Promise<Html> {
  const person = await ctx.db.one(personById, { id });
  const grants = ctx.may("core.grants.read") ? await linesOf(ctx, await ctx.db.all(allGrantsOf, { personId: id })) : [];
  const mayManage = ctx.may("core.people.manage");
  return personPage(
    {
      ...person,
      grants,
      isSelf: id === ctx.actor.id,
      hasSecond: mayManage && (await hasSecond(ctx, id)),
      sessions: mayManage ? await ctx.db.all(sessionsOf, { personId: id }) : [],
      options: await optionsFor(ctx),
      mayManage,
      mayGrant: ctx.may("core.grants.manage"),
      mayInvite: ctx.may("core.people.invite"),
      mayReadRecord: ctx.may("core.audit.read"),
      identities: mayManage ? await identityPanel(ctx, id, identities) : null,
    },
    form ?? identities,
  );
}

/** One list of places: the whole institution, a workspace, or one site of it. */
export async function optionsFor(ctx: OwnContext): Promise<GrantOptions> {
  const [workspaces, sites] = [await ctx.db.all(allWorkspaces, {}), await ctx.db.all(allSites, {})];
  const places = workspaces
    .filter(({ archivedAt }) => archivedAt === null)
    .flatMap((workspace) => [
      { value: `workspace:${workspace.id}`, label: `${workspace.title} (${labelOf(workspace.kind).toLowerCase()})` },
      ...sites
        .filter((site) => site.workspaceId === workspace.id)
        .map((site) => ({
          value: `site:${site.id}`,
          label: `${workspace.title}: only the site ${site.code}, ${site.name}`,
        })),
    ]);
  return {
    roles: (await rolesOf(ctx)).anywhere(),
    places: [{ value: "institution", label: `The whole of ${ctx.tenant.name}` }, ...places],
  };
}

export async function readPlace(ctx: OwnContext, place: string): Promise<GrantPlace> {
  if (place === "institution") return { workspaceId: null, siteId: null, kind: null, title: ctx.tenant.name };
  const [what, id] = place.split(":");
  const workspaces = await ctx.db.all(allWorkspaces, {});
  const site = what === "site" ? (await ctx.db.all(allSites, {})).find((one) => one.id === id) : undefined;
  const workspaceId = what === "site" ? site?.workspaceId : id;
  const workspace = workspaces.find((one) => one.id === workspaceId && one.archivedAt === null);
  if (!workspace) throw Problem.invalid({ place: "Choose a place from the list." });
  return {
    workspaceId: workspace.id,
    siteId: site?.id ?? null,
    kind: workspace.kind,
    title: placeOf(ctx.tenant.name, {
      workspaceId: workspace.id,
      workspace: workspace.title,
      site: site?.code ?? null,
    }),
  };
}
