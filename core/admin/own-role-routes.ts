/** /admin/roles: an institution's roles, and those it composes for itself. */
import { Type as t } from "@sinclair/typebox";
import type { FormState } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import {
  composedWrongly,
  type Holding,
  keyOf,
  type OfferGroup,
  type OwnRole,
  offersFor,
  type RolePlace,
  type Roles,
  rolesOf,
} from "../access/roles.ts";
import type { OwnContext } from "../context.ts";
import { ownGet, ownPost } from "../http/own-route.ts";
import { refusedForm } from "../http/refused-form.ts";
import { Redirect } from "../module.ts";
import { Problem } from "../problem.ts";
import { placeOf } from "./access.ts";
import {
  choosePlacePage,
  composePage,
  placeWords,
  putAwayPage,
  type RoleLine,
  rolePage,
  rolesPage,
} from "./own-role-pages.tsx";
import {
  addPermissions,
  changeRole,
  holderCounts,
  holdersOf,
  insertRole,
  restoreRole,
  retireRole,
  takePermissions,
} from "./own-roles.ts";

const LIST = "/admin/roles";
const PLACES = ["program", "study", "service", "institution"] as const satisfies readonly RolePlace[];
const oneOf = t.Object({ id: t.String({ format: "uuid" }) });
const declaredOf = t.Object({ role: t.String({ pattern: "^[a-z][a-z0-9_]{1,59}$" }) });
const place = t.Union(
  PLACES.map((one) => t.Literal(one)),
  { title: "Where it is given" },
);
const composed = {
  title: t.String({ title: "What it is called", minLength: 3, maxLength: 60 }),
  summary: t.Optional(t.String({ title: "What it is for", maxLength: 300 })),
  may: t.Optional(t.Array(t.String({ maxLength: 160 }), { title: "What it may", maxItems: 500 })),
};
const keyFor = (id: string) => `own:${id}`;

export const ownRoleRoutes = [
  ownGet(LIST, {
    needs: "core.grants.read",
    run: async (_input, ctx) => {
      const all = await rolesOf(ctx);
      const counts = new Map((await ctx.db.all(holderCounts, {})).map(({ role, people }) => [role, people]));
      return rolesPage({
        own: all.own.map((one) => ({
          href: `${LIST}/${idOf(one)}`,
          title: one.title,
          summary: one.summary,
          places: placeWords[one.place].many,
          people: counts.get(one.role) ?? 0,
          isRetired: one.retiredAt !== null,
        })),
        declared: declaredLines(ctx, counts),
        mayCompose: ctx.may("core.roles.manage"),
      });
    },
  }),
  ownGet(`${LIST}/new`, {
    needs: "core.roles.manage",
    query: t.Object({ place: t.Optional(place), like: t.Optional(t.String({ maxLength: 60 })) }),
    run: async ({ query }, ctx) => {
      if (!query.place) return choosePlacePage(placesHere(ctx));
      const all = await rolesOf(ctx);
      const groups = offers(ctx, query.place);
      const offered = new Set(groups.flatMap((group) => group.offers.map(keyOf)));
      const chosen = query.like
        ? all
            .permissionsOf(query.like)
            .map(keyOf)
            .filter((key) => offered.has(key))
        : [];
      const like = query.like && chosen.length > 0 ? all.titleOf(query.like) : null;
      return composePage({ place: query.place, groups, of: null, like, chosen, people: 0 });
    },
  }),
  ownPost(LIST, {
    needs: "core.roles.manage",
    body: t.Object({ ...composed, place }),
    refused: async (typed, problems, ctx) => {
      const where = PLACES.find((one) => one === typed.place);
      if (!where) throw Problem.notFound();
      return composePage(
        { place: where, groups: offers(ctx, where), of: null, like: null, chosen: [], people: 0 },
        refusedForm(typed, problems),
      );
    },
    run: async ({ body }, ctx) => {
      const all = await rolesOf(ctx);
      const keys = [...new Set(body.may ?? [])];
      requireGood(ctx, all, { title: body.title, place: body.place, keys, except: null });
      const id = Bun.randomUUIDv7();
      const role = keyFor(id);
      await ctx.db.all(insertRole, { role, title: body.title, place: body.place, summary: body.summary ?? null });
      await ctx.db.all(addPermissions, { role, keys });
      ctx.audit("core.role_composed", {
        role: body.title,
        place: placeWords[body.place].many.toLowerCase(),
        what: inWords(ctx, keys),
      });
      return new Redirect(`${LIST}/${id}`, `${body.title} can be given now.`);
    },
  }),
  ownGet(`${LIST}/house/:role`, {
    needs: "core.grants.read",
    params: declaredOf,
    run: async ({ params }, ctx) => {
      const declared = ctx.house.kernel.roles.get(params.role);
      const line = declaredLines(ctx, new Map()).find(({ href }) => href === `${LIST}/house/${params.role}`);
      if (!declared || !line) throw Problem.notFound();
      const kinds = kindsOf(ctx, params.role);
      return show(ctx, await rolesOf(ctx), {
        role: params.role,
        title: declared.title,
        summary: declared.summary ?? null,
        places: line.places,
        place: kinds[0] ?? "institution",
        own: null,
        likeHref: kinds[0] ? `${LIST}/new?place=${kinds[0]}&like=${params.role}` : null,
      });
    },
  }),
  ownGet(`${LIST}/:id`, {
    needs: "core.grants.read",
    params: oneOf,
    run: async ({ params }, ctx) => {
      const all = await rolesOf(ctx);
      const one = find(all, params.id);
      const madeBy = one.madeBy ? (await ctx.people([one.madeBy])).get(one.madeBy) : null;
      return show(ctx, all, {
        ...one,
        places: placeWords[one.place].many,
        own: {
          id: params.id,
          madeAt: one.madeAt,
          madeBy: madeBy ?? "someone",
          changedAt: one.changedAt,
          isRetired: one.retiredAt !== null,
        },
        likeHref: `${LIST}/new?place=${one.place}&like=${encodeURIComponent(one.role)}`,
      });
    },
  }),
  ownGet(`${LIST}/:id/change`, {
    needs: "core.roles.manage",
    params: oneOf,
    run: async ({ params }, ctx) => changing(ctx, params.id),
  }),
  ownPost(`${LIST}/:id/change`, {
    needs: "core.roles.manage",
    params: oneOf,
    body: t.Object({ ...composed, reason: t.String({ title: "Why it is changed", minLength: 3, maxLength: 500 }) }),
    refused: async (typed, problems, ctx, params) => changing(ctx, params.id, refusedForm(typed, problems)),
    run: async ({ params, body }, ctx) => {
      const all = await rolesOf(ctx);
      const one = find(all, params.id);
      const keys = [...new Set(body.may ?? [])];
      await requireNotMine(ctx, one);
      requireGood(ctx, all, { title: body.title, place: one.place, keys, except: one.role });
      const before = all.permissionsOf(one.role).map(keyOf);
      // What whoever changes it could not put in, he does not take off by leaving it out either: it was not on his form.
      const offered = new Set(offers(ctx, one.place).flatMap((group) => group.offers.map(keyOf)));
      const less = before.filter((key) => offered.has(key) && !keys.includes(key));
      const more = keys.filter((key) => !before.includes(key));
      const [done] = await ctx.db.all(changeRole, { role: one.role, title: body.title, summary: body.summary ?? null });
      if (!done) throw Problem.refused("This role was put away. Take it up again before you change it.");
      if (less.length > 0) await ctx.db.all(takePermissions, { role: one.role, keys: less });
      if (more.length > 0) await ctx.db.all(addPermissions, { role: one.role, keys: more });
      const renamed = body.title === one.title ? "" : `called ${body.title} from now on; `;
      const what = [more.length > 0 && `more: ${inWords(ctx, more)}`, less.length > 0 && `less: ${inWords(ctx, less)}`];
      ctx.audit("core.role_changed", {
        role: one.title,
        what: `${renamed}${what.filter(Boolean).join("; ") || "the same permissions"}`,
        reason: body.reason,
      });
      return new Redirect(`${LIST}/${params.id}`, "Changed. It holds from everybody's next click on.");
    },
  }),
  ownGet(`${LIST}/:id/put-away`, {
    needs: "core.roles.manage",
    params: oneOf,
    run: async ({ params }, ctx) => putAwayPage({ id: params.id, title: find(await rolesOf(ctx), params.id).title }),
  }),
  ownPost(`${LIST}/:id/put-away`, {
    needs: "core.roles.manage",
    params: oneOf,
    run: async ({ params }, ctx) => {
      const one = find(await rolesOf(ctx), params.id);
      const [row] = await ctx.lease.rows("select core.role_in_use($1)", [one.role]);
      if (Number(row?.[0]) > 0)
        throw Problem.refused(
          `${one.title} is given to somebody, or asked for. Take it back from everybody first: the role's page names them.`,
        );
      const [done] = await ctx.db.all(retireRole, { role: one.role });
      if (!done) throw Problem.refused(`${one.title} was put away before.`);
      ctx.audit("core.role_put_away", { role: one.title });
      return new Redirect(LIST, `${one.title} was put away.`);
    },
  }),
  ownPost(`${LIST}/:id/restore`, {
    needs: "core.roles.manage",
    params: oneOf,
    run: async ({ params }, ctx) => {
      const all = await rolesOf(ctx);
      const one = find(all, params.id);
      requireFreeTitle(all, one.title, one.role);
      const [done] = await ctx.db.all(restoreRole, { role: one.role });
      if (!done) throw Problem.refused(`${one.title} can be given already.`);
      ctx.audit("core.role_restored", { role: one.title });
      return new Redirect(`${LIST}/${params.id}`, `${one.title} can be given again.`);
    },
  }),
];

const idOf = ({ role }: { readonly role: string }) => role.slice("own:".length);

function find(all: Roles, id: string): OwnRole {
  const found = all.own.find(({ role }) => role === keyFor(id));
  if (!found) throw Problem.notFound();
  return found;
}

/** Kinds of workspace that a module of this house is for, and the institution. */
function placesHere(ctx: OwnContext): RolePlace[] {
  const kinds = new Set<RolePlace>(ctx.house.kernel.modules.flatMap(({ workspaces }) => workspaces));
  return PLACES.filter((one) => one === "institution" || kinds.has(one));
}

/** Where a role of the house can be given. */
function kindsOf(ctx: OwnContext, role: string): RolePlace[] {
  const bringing = ctx.house.kernel.modules.filter((module) => Object.hasOwn(module.roles, role));
  return PLACES.filter((one) => one !== "institution" && bringing.some(({ workspaces }) => workspaces.includes(one)));
}

function declaredLines(ctx: OwnContext, counts: ReadonlyMap<string, number>): RoleLine[] {
  return [...ctx.house.kernel.roles].map(([role, { title, summary }]) => {
    const kinds = kindsOf(ctx, role);
    return {
      href: `${LIST}/house/${role}`,
      title,
      summary: summary ?? null,
      places: kinds.length > 0 ? kinds.map((kind) => placeWords[kind].many).join(", ") : placeWords.institution.many,
      people: counts.get(role) ?? 0,
      isRetired: false,
    };
  });
}

const offers = (ctx: OwnContext, where: RolePlace): OfferGroup[] =>
  offersFor(ctx.house.kernel, where, (permission) => ctx.mayEverywhere(permission as never));

function requireFreeTitle(all: Roles, title: string, except: string | null): void {
  const same = (other: string) => other.trim().toLowerCase() === title.trim().toLowerCase();
  const taken = all.everyTitle().find((one) => one.role !== except && same(one.title));
  if (taken) throw Problem.invalid({ title: `${taken.title} is a role already. Call yours something else.` });
}

function requireGood(
  ctx: OwnContext,
  all: Roles,
  of: {
    readonly title: string;
    readonly place: RolePlace;
    readonly keys: readonly string[];
    readonly except: string | null;
  },
): void {
  requireFreeTitle(all, of.title, of.except);
  const wrong = composedWrongly(ctx.house.kernel, offers(ctx, of.place), of.keys);
  if (wrong) throw Problem.invalid({ may: wrong });
}

async function requireNotMine(ctx: OwnContext, one: OwnRole): Promise<void> {
  if (await isMine(ctx, one.role)) throw Problem.refused("You hold this role yourself, so somebody else changes it.");
}
async function isMine(ctx: OwnContext, role: string): Promise<boolean> {
  const [row] = await ctx.lease.rows("select core.holds_role($1)", [role]);
  return row?.[0] === true;
}

/** "Read answers (site), Answer queries (site)" */
function inWords(ctx: OwnContext, keys: readonly string[]): string {
  return keys
    .map((key) => {
      const [permission = "", reach = ""] = key.split("@");
      return `${ctx.house.kernel.permissions.get(permission) ?? permission} (${reach})`;
    })
    .join(", ");
}

async function changing(ctx: OwnContext, id: string, form?: FormState): Promise<Html> {
  const all = await rolesOf(ctx);
  const one = find(all, id);
  await requireNotMine(ctx, one);
  if (one.retiredAt) throw Problem.refused("This role was put away. Take it up again before you change it.");
  const holders = await ctx.db.all(holdersOf, { role: one.role });
  return composePage(
    {
      place: one.place,
      groups: offers(ctx, one.place),
      of: { id, title: one.title, summary: one.summary },
      like: null,
      chosen: all.permissionsOf(one.role).map(keyOf),
      people: new Set(holders.map(({ personId }) => personId)).size,
    },
    form,
  );
}

type Shown = Omit<Parameters<typeof rolePage>[0], "groups" | "holders" | "mayCompose" | "isMine"> & {
  readonly role: string;
};

async function show(ctx: OwnContext, all: Roles, of: Shown): Promise<Html> {
  const holders = await ctx.db.all(holdersOf, { role: of.role });
  return rolePage({
    ...of,
    groups: groupsOf(ctx, all.permissionsOf(of.role)),
    holders: holders.map((one) => ({ ...one, place: placeOf(ctx.tenant.name, one) })),
    mayCompose: ctx.may("core.roles.manage"),
    isMine: of.own !== null && (await isMine(ctx, of.role)),
  });
}

/** What a role holds, by module, in the order of the catalogue. */
function groupsOf(ctx: OwnContext, held: readonly Holding[]): OfferGroup[] {
  const { kernel } = ctx.house;
  const titles = new Map([...kernel.modules.map(({ id, title }) => [id, title] as const), ["core", "Cairn itself"]]);
  return [...titles]
    .map(([id, title]) => ({
      title,
      offers: [...kernel.permissions].flatMap(([permission, what]) =>
        permission.startsWith(`${id}.`)
          ? held
              .filter((one) => one.permission === permission)
              .map(({ reach }) => ({ permission, title: what, reach: reach as never }))
          : [],
      ),
    }))
    .filter(({ offers: some }) => some.length > 0);
}
