/** /admin/workspaces: the institution's workspaces, their sites and modules, and how the modules are set. */
import { Type as t } from "@sinclair/typebox";
import type { FormState } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import type { OwnContext } from "../context.ts";
import { hereIn, ownGet, ownPost } from "../http/own-route.ts";
import { refusedForm } from "../http/refused-form.ts";
import { Redirect } from "../module.ts";
import { Problem } from "../problem.ts";
import { readSettings, type SettingsPlace, saveSettings, settable } from "./module-settings.ts";
import { settingsListPage, settingsPage } from "./settings-page.tsx";
import { archivePage, newWorkspacePage, workspaceListPage, workspacePage } from "./workspace-pages.tsx";
import {
  allWorkspaces,
  archiveWorkspace,
  fitting,
  headcounts,
  insertSite,
  insertSwitch,
  insertWorkspace,
  restoreWorkspace,
  siteByCode,
  sitesOf,
  suggestSlug,
  switchesNow,
  workspaceById,
  workspaceBySlug,
} from "./workspaces.ts";

const oneOf = t.Object({ id: t.String({ format: "uuid" }) });
const moduleOf = t.Object({ id: t.String({ format: "uuid" }), module: t.String({ pattern: "^[a-z]{2,30}$" }) });
const moduleHere = t.Object({ module: t.String({ pattern: "^[a-z]{2,30}$" }) });
const at = (id: string, rest = "") => `/admin/workspaces/${id}${rest}`;

export const workspaceRoutes = [
  ownGet("/admin/workspaces", {
    needs: "core.workspaces.read",
    run: async (_input, ctx) => {
      const [rows, counts, switched] = [
        await ctx.db.all(allWorkspaces, {}),
        await countPeople(ctx),
        await ctx.db.all(switchesNow, { workspaceId: null }),
      ];
      const titles = new Map(ctx.house.kernel.modules.map((module) => [module.id, module.title]));
      return workspaceListPage(
        rows.map((row) => ({
          ...row,
          people: counts.get(row.id) ?? 0,
          modules: switched
            .filter((one) => one.workspaceId === row.id && one.isOn)
            .flatMap((one) => titles.get(one.module) ?? []),
        })),
        ctx.may("core.workspaces.manage"),
      );
    },
  }),
  ownGet("/admin/workspaces/new", {
    needs: "core.workspaces.manage",
    run: async () => newWorkspacePage(),
  }),
  ownPost("/admin/workspaces", {
    needs: "core.workspaces.manage",
    body: t.Object({
      title: t.String({ title: "Name", minLength: 2, maxLength: 200 }),
      kind: t.Union([t.Literal("program"), t.Literal("study"), t.Literal("service")], { title: "Kind" }),
      specialty: t.Optional(t.String({ title: "Specialty", maxLength: 100 })),
      slug: t.Optional(t.String({ title: "Word in its address", maxLength: 61 })),
    }),
    refused: async (typed, problems) => newWorkspacePage(refusedForm(typed, problems)),
    run: async ({ body }, ctx) => {
      const slug = body.slug ?? suggestSlug(body.title);
      if (!/^[a-z0-9][a-z0-9-]{0,60}$/.test(slug))
        throw Problem.invalid({ slug: "Use small letters, digits and hyphens, beginning with a letter or a digit." });
      if (await ctx.db.first(workspaceBySlug, { slug }))
        throw Problem.invalid({ slug: `The address /w/${slug} is taken. Choose another word.` });
      const id = Bun.randomUUIDv7();
      await ctx.db.all(insertWorkspace, {
        id,
        slug,
        title: body.title,
        kind: body.kind,
        specialty: body.specialty ?? null,
      });
      ctx.audit("core.workspace_added", { kind: body.kind, workspace: body.title });
      return new Redirect(at(id), "Added. Switch on what people need here.");
    },
  }),
  ownGet("/admin/workspaces/:id", {
    needs: "core.workspaces.read",
    params: oneOf,
    run: async ({ params }, ctx) => show(ctx, params.id),
  }),
  ownPost("/admin/workspaces/:id/sites", {
    needs: "core.workspaces.manage",
    params: oneOf,
    body: t.Object({
      code: t.String({ title: "Code of the new site", minLength: 1, maxLength: 40 }),
      name: t.String({ title: "Name of the new site", minLength: 1, maxLength: 200 }),
    }),
    refused: async (typed, problems, ctx, params) => show(ctx, params.id, refusedForm(typed, problems)),
    run: async ({ params, body }, ctx) => {
      const workspace = await standing(ctx, params.id);
      if (await ctx.db.first(siteByCode, { workspaceId: workspace.id, code: body.code }))
        throw Problem.invalid({ code: `A site here has the code ${body.code} already. Choose another.` });
      await ctx.db.all(insertSite, { workspaceId: workspace.id, code: body.code, name: body.name });
      ctx.audit("core.site_added", { site: `${body.code} ${body.name}`, workspace: workspace.title });
      return new Redirect(at(params.id), `${body.code} was added.`);
    },
  }),
  ownPost("/admin/workspaces/:id/modules/:module", {
    needs: "core.modules.switch",
    params: moduleOf,
    body: t.Object({ on: t.Boolean() }),
    run: async ({ params, body }, ctx) => {
      const workspace = await standing(ctx, params.id);
      const module = fitting(ctx.house.kernel.modules, workspace.kind).find(({ id }) => id === params.module);
      if (!module) throw Problem.notFound();
      const now = await ctx.db.all(switchesNow, { workspaceId: workspace.id });
      const isOn = now.some((one) => one.module === module.id && one.isOn);
      if (isOn === body.on)
        return new Redirect(at(params.id), `${module.title} was ${body.on ? "on" : "off"} already.`);
      await ctx.db.all(insertSwitch, { workspaceId: workspace.id, module: module.id, isOn: body.on });
      ctx.audit(body.on ? "core.module_switched_on" : "core.module_switched_off", {
        module: module.title,
        workspace: workspace.title,
      });
      return new Redirect(at(params.id), `${module.title} is ${body.on ? "on" : "off"} now.`);
    },
  }),
  ownGet("/admin/workspaces/:id/settings/:module", {
    needs: "core.settings.manage",
    params: moduleOf,
    run: async ({ params }, ctx) => settingsFor(ctx, await placeInAdmin(ctx, params.id), params.module),
  }),
  ownPost("/admin/workspaces/:id/settings/:module", {
    needs: "core.settings.manage",
    params: moduleOf,
    refused: async (typed, problems, ctx, params) =>
      settingsFor(ctx, await placeInAdmin(ctx, params.id), params.module, refusedForm(typed, problems)),
    run: async ({ params }, ctx) => change(ctx, await placeInAdmin(ctx, params.id), params.module),
  }),
  ownGet("/admin/workspaces/:id/archive", {
    needs: "core.workspaces.manage",
    params: oneOf,
    run: async ({ params }, ctx) => {
      const workspace = await standing(ctx, params.id);
      return archivePage({ ...workspace, people: (await countPeople(ctx)).get(workspace.id) ?? 0 });
    },
  }),
  ownPost("/admin/workspaces/:id/archive", {
    needs: "core.workspaces.manage",
    params: oneOf,
    run: async ({ params }, ctx) => {
      const [archived] = await ctx.db.all(archiveWorkspace, { id: params.id });
      if (!archived) throw Problem.notFound();
      ctx.audit("core.workspace_archived", { workspace: archived.title });
      return new Redirect("/admin/workspaces", `${archived.title} is archived.`);
    },
  }),
  ownPost("/admin/workspaces/:id/restore", {
    needs: "core.workspaces.manage",
    params: oneOf,
    run: async ({ params }, ctx) => {
      const [restored] = await ctx.db.all(restoreWorkspace, { id: params.id });
      if (!restored) throw Problem.notFound();
      ctx.audit("core.workspace_restored", { workspace: restored.title });
      return new Redirect(at(params.id), `${restored.title} is in use again.`);
    },
  }),
];

/** /w/:workspace/settings: the same, for whoever may set modules in one workspace. */
export const workspaceSettingsRoutes = [
  ownGet("/w/:workspace/settings", {
    needs: "core.settings.manage",
    run: async (_input, ctx) => {
      const on = ctx.house.kernel.modules.filter(
        (module) =>
          Object.hasOwn(ctx.situation.modules, module.id) && Object.keys(module.settings?.properties ?? {}).length > 0,
      );
      return settingsListPage(hereIn(ctx), on);
    },
  }),
  ownGet("/w/:workspace/settings/:module", {
    needs: "core.settings.manage",
    params: moduleHere,
    run: async ({ params }, ctx) => settingsFor(ctx, placeHere(ctx, params.module), params.module),
  }),
  ownPost("/w/:workspace/settings/:module", {
    needs: "core.settings.manage",
    params: moduleHere,
    refused: async (typed, problems, ctx, params) =>
      settingsFor(ctx, placeHere(ctx, params.module), params.module, refusedForm(typed, problems)),
    run: async ({ params }, ctx) => change(ctx, placeHere(ctx, params.module), params.module),
  }),
];

interface Setting extends SettingsPlace {
  readonly kind: "program" | "study" | "service";
  readonly crumbs: readonly { readonly label: string; readonly href: string }[];
  readonly form: (module: string) => string;
  readonly back: string;
}

async function placeInAdmin(ctx: OwnContext, id: string): Promise<Setting> {
  const workspace = await standing(ctx, id);
  return {
    ...workspace,
    crumbs: [
      { label: "Workspaces", href: "/admin/workspaces" },
      { label: workspace.title, href: at(id) },
    ],
    form: (module) => at(id, `/settings/${module}`),
    back: at(id),
  };
}

function placeHere(ctx: OwnContext, module: string): Setting {
  const workspace = hereIn(ctx);
  if (!Object.hasOwn(ctx.situation.modules, module)) throw Problem.notFound();
  const base = `/w/${workspace.slug}`;
  return {
    ...workspace,
    crumbs: [
      { label: workspace.title, href: base },
      { label: "Settings", href: `${base}/settings` },
    ],
    form: (id) => `${base}/settings/${id}`,
    back: `${base}/settings`,
  };
}

async function settingsFor(ctx: OwnContext, place: Setting, id: string, form?: FormState): Promise<Html> {
  const module = settable(fitting(ctx.house.kernel.modules, place.kind), id);
  const { now, past } = await readSettings(ctx, place, module);
  const { title: workspace, crumbs, back } = place;
  return settingsPage({ module, workspace, crumbs, back, action: place.form(id), now, past }, form);
}

async function change(ctx: OwnContext, place: Setting, id: string): Promise<Redirect> {
  const module = settable(fitting(ctx.house.kernel.modules, place.kind), id);
  const what = await saveSettings(ctx, place, module, ctx.visit.typed);
  return new Redirect(place.form(id), what === null ? "Nothing was changed." : "Saved. It holds from now on.");
}

/** A workspace that is not archived: an archived one is looked at and restored, and nothing else. */
async function standing(ctx: OwnContext, id: string) {
  const workspace = await ctx.db.one(workspaceById, { id });
  if (workspace.archivedAt)
    throw Problem.refused(`${workspace.title} is archived. Restore it before you change anything in it.`);
  return workspace;
}

async function countPeople(ctx: OwnContext): Promise<ReadonlyMap<string, number>> {
  if (!ctx.may("core.grants.read")) return new Map();
  const rows = await ctx.db.all(headcounts, {});
  return new Map(rows.flatMap((row) => (row.workspaceId === null ? [] : [[row.workspaceId, row.people] as const])));
}

async function show(ctx: OwnContext, id: string, siteForm?: FormState): Promise<Html> {
  const workspace = await ctx.db.one(workspaceById, { id });
  const sites = ctx.may("core.sites.read") ? await ctx.db.all(sitesOf, { workspaceId: id }) : [];
  const switched = await ctx.db.all(switchesNow, { workspaceId: id });
  const modules = fitting(ctx.house.kernel.modules, workspace.kind).map((module) => {
    const found = switched.find((one) => one.module === module.id);
    return {
      id: module.id,
      title: module.title,
      summary: module.summary,
      isOn: found?.isOn ?? false,
      since: found?.madeAt ?? null,
      hasSettings: Object.keys(module.settings?.properties ?? {}).length > 0,
    };
  });
  return workspacePage(
    {
      ...workspace,
      sites,
      modules,
      people: (await countPeople(ctx)).get(id) ?? 0,
      mayManage: ctx.may("core.workspaces.manage"),
      maySwitch: ctx.may("core.modules.switch"),
      maySet: ctx.may("core.settings.manage"),
    },
    siteForm,
  );
}
