/** /w/:workspace/protection: how each class of fields is kept here, and who may write or open it. */
import { Type as t } from "@sinclair/typebox";
import type { FormState } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { rolesOf } from "../access/roles.ts";
import { sitesOf } from "../admin/workspaces.ts";
import type { OwnContext } from "../context.ts";
import { isDate } from "../http/formats.ts";
import { hereIn, ownGet, ownPost } from "../http/own-route.ts";
import { refusedForm } from "../http/refused-form.ts";
import { type FieldClass, Redirect } from "../module.ts";
import { Problem } from "../problem.ts";
import { type ClassLine, protectionPage, switchPage } from "./pages.tsx";
import {
  insertKeyGrant,
  insertProtection,
  keyGrantsHere,
  protectionHistory,
  revokeKeyGrant,
  roleHolders,
  sameKeyGrant,
} from "./protections.ts";

const base = (ctx: OwnContext) => `/w/${hereIn(ctx).slug}/protection`;
const className = t.String({ title: "Kind of field", pattern: "^[a-z]+\\.[a-z_]+$", maxLength: 80 });

export const protectionRoutes = [
  ownGet("/w/:workspace/protection", { needs: "core.protection.read", run: async (_input, ctx) => show(ctx) }),
  ownGet("/w/:workspace/protection/:class", {
    needs: "core.protection.manage",
    params: t.Object({ class: className }),
    run: async ({ params }, ctx) => asking(ctx, params.class),
  }),
  ownPost("/w/:workspace/protection/:class", {
    needs: "core.protection.manage",
    params: t.Object({ class: className }),
    body: t.Object({
      on: t.Boolean(),
      jobs: t.Optional(t.Boolean({ title: "Work without a person" })),
      reason: t.String({ title: "Reason", minLength: 3, maxLength: 500 }),
    }),
    refused: async (typed, problems, ctx, params) => asking(ctx, params.class, refusedForm(typed, problems)),
    run: async ({ params, body }, ctx) => {
      const { title } = classHere(ctx, params.class);
      await ctx.db.all(insertProtection, {
        fieldClass: params.class,
        isOn: body.on,
        jobsMayOpen: body.jobs ?? false,
        reason: body.reason,
      });
      ctx.audit(body.on ? "core.protection_on" : "core.protection_off", { title, reason: body.reason });
      return new Redirect(
        base(ctx),
        body.on ? `${title}: from now on only those who are named.` : `${title}: a role is enough again.`,
      );
    },
  }),
  ownPost("/w/:workspace/protection", {
    needs: "core.protection.manage",
    body: t.Object({
      person: t.String({ title: "A person", format: "uuid" }),
      class: className,
      may: t.Union([t.Literal("open"), t.Literal("seal"), t.Literal("both")], { title: "What" }),
      site: t.Optional(t.String({ title: "Site", format: "uuid" })),
      to: t.Optional(t.String({ title: "Until" })),
    }),
    refused: async (typed, problems, ctx) => show(ctx, refusedForm(typed, problems)),
    run: async ({ body }, ctx) => {
      const { title } = classHere(ctx, body.class);
      if (body.person === ctx.actor.id)
        throw Problem.invalid({ person: "You cannot name yourself: somebody else who keeps this list has to." });
      const person = (await holders(ctx)).find(({ personId }) => personId === body.person);
      if (!person) throw Problem.invalid({ person: "Choose a person from the list." });
      const places = await ctx.db.all(sitesOf, { workspaceId: hereIn(ctx).id });
      const site = body.site ? places.find(({ id, closedAt }) => id === body.site && closedAt === null) : undefined;
      if (body.site && !site) throw Problem.invalid({ site: "Choose a site from the list." });
      const toAt = untilEndOf(body.to, ctx.now);
      let made = 0;
      for (const operation of body.may === "both" ? (["seal", "open"] as const) : [body.may]) {
        const grant = { personId: person.personId, fieldClass: body.class, operation, siteId: site?.id ?? null };
        if (await ctx.db.first(sameKeyGrant, grant)) continue;
        await ctx.db.all(insertKeyGrant, { ...grant, toAt });
        ctx.audit("core.key_granted", {
          person: person.name,
          operation: inWords(operation),
          title,
          place: site ? `site ${site.code}` : "every site",
        });
        made += 1;
      }
      return new Redirect(
        base(ctx),
        made === 0 ? `${person.name} was named for that already.` : `${person.name} is named.`,
      );
    },
  }),
  ownPost("/w/:workspace/protection/grants/:id/revoke", {
    needs: "core.protection.manage",
    params: t.Object({ id: t.String({ format: "uuid" }) }),
    run: async ({ params }, ctx) => {
      const [gone] = await ctx.db.all(revokeKeyGrant, { id: params.id, by: ctx.actor.id });
      if (!gone) throw Problem.notFound();
      const person = (await ctx.people([gone.personId])).get(gone.personId) ?? "someone";
      const title = ctx.house.kernel.fieldClasses.get(gone.fieldClass)?.title ?? gone.fieldClass;
      ctx.audit("core.key_revoked", { person, operation: inWords(gone.operation), title });
      return new Redirect(base(ctx), `${person} is named for that no longer.`);
    },
  }),
];

const inWords = (operation: string) => (operation === "open" ? "open" : "write");

/** The kernel's own, and those of the modules that are on here. */
function classesHere(ctx: OwnContext): readonly (readonly [string, FieldClass])[] {
  const on = ctx.situation.modules;
  const own = new Set(["core.identity"]);
  return [...ctx.house.kernel.fieldClasses].filter(
    ([name]) => own.has(name) || Object.hasOwn(on, name.split(".")[0] ?? ""),
  );
}

function classHere(ctx: OwnContext, name: string): FieldClass {
  const found = classesHere(ctx).find(([one]) => one === name);
  if (!found) throw Problem.notFound();
  return found[1];
}

async function holders(ctx: OwnContext) {
  return await ctx.db.all(roleHolders, { workspaceId: hereIn(ctx).id });
}

async function lines(ctx: OwnContext): Promise<readonly ClassLine[]> {
  const { kernel } = ctx.house;
  const history = await ctx.db.all(protectionHistory, {});
  const named = await ctx.db.all(keyGrantsHere, {});
  const people = await holders(ctx);
  const all = await rolesOf(ctx);
  // Roles of modules that are for other kinds of place stand on no page of this one.
  const elsewhere = new Set(
    kernel.modules
      .filter(({ id }) => !Object.hasOwn(ctx.situation.modules, id))
      .flatMap((module) => Object.keys(module.roles)),
  );
  return classesHere(ctx).map(([name, fieldClass]) => {
    const [now] = history.filter((one) => one.fieldClass === name);
    const roles = new Set(all.with(fieldClass.opensWith));
    const byRole = people.filter(({ role }) => roles.has(role));
    const mayOpen = [...new Map(byRole.map(({ personId, name: person }) => [personId, person]))];
    const isOn = now?.isOn ?? false;
    const openers = new Set(
      named.filter((one) => one.fieldClass === name && one.operation === "open").map(({ personId }) => personId),
    );
    return {
      name,
      title: fieldClass.title,
      key: fieldClass.key,
      permission: kernel.permissions.get(fieldClass.opensWith) ?? fieldClass.opensWith,
      roles: [...roles].filter((role) => !elsewhere.has(role)).map((role) => all.titleOf(role)),
      isOn,
      jobsMayOpen: now?.jobsMayOpen ?? false,
      since: now ? { at: now.madeAt, by: now.by, reason: now.reason } : null,
      openers: mayOpen.filter(([id]) => !isOn || openers.has(id)).map(([, person]) => person),
    };
  });
}

async function show(ctx: OwnContext, form?: FormState): Promise<Html> {
  const workspace = hereIn(ctx);
  const mayManage = ctx.may("core.protection.manage");
  const people = [...new Map((await holders(ctx)).map(({ personId, name }) => [personId, name]))];
  const titles = new Map([...ctx.house.kernel.fieldClasses].map(([name, { title }]) => [name, title]));
  return protectionPage(
    {
      workspace,
      classes: await lines(ctx),
      named: (await ctx.db.all(keyGrantsHere, {})).map((one) => ({
        ...one,
        title: titles.get(one.fieldClass) ?? one.fieldClass,
      })),
      people: people.filter(([id]) => id !== ctx.actor.id).map(([value, label]) => ({ value, label })),
      sites: (await ctx.db.all(sitesOf, { workspaceId: workspace.id }))
        .filter(({ closedAt }) => closedAt === null)
        .map(({ id, code, name }) => ({ value: id, label: `${code}, ${name}` })),
      mayManage,
      maySites: ctx.may("core.sites.read"),
    },
    form,
  );
}

async function asking(ctx: OwnContext, name: string, form?: FormState): Promise<Html> {
  classHere(ctx, name);
  const line = (await lines(ctx)).find((one) => one.name === name);
  if (!line) throw Problem.notFound();
  return switchPage({ workspace: hereIn(ctx), line }, form);
}

const DAY_MS = 86_400_000;

function untilEndOf(day: string | undefined, now: Date): string | null {
  if (day === undefined) return null;
  if (!isDate(day)) throw Problem.invalid({ to: "Until must be a date like 2026-11-02." });
  if (day < now.toISOString().slice(0, 10))
    throw Problem.invalid({ to: "Until lies in the past: choose today or a later day." });
  return new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString();
}
