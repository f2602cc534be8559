/**
 * Modules' manifests → checked → one catalogue. Refuses to boot with a sentence that names module and item; what the
 * compiler could not see is seen here, and nothing of it at run time.
 */
import { getTableConfig } from "drizzle-orm/pg-core";
import type { Knock } from "./context.ts";
import { kernelEvents } from "./events.ts";
import {
  type Apart,
  type AuditEvent,
  anyone,
  type FieldClass,
  type Job,
  kernelPermissions,
  type Module,
  type ProgramRoute,
  type Reach,
  type Role,
  type Route,
  signedIn,
  type TextDoor,
} from "./module.ts";
import { Refusal } from "./refusal.ts";

/** Where a route stands: inside a workspace, in the institution, or before any sign-in. */
export type Place = "workspace" | "institution" | "portal";

export interface MountedRoute {
  readonly module: Module | null;
  readonly place: Place;
  /** "/w/:workspace/milestones/evaluations/:id" */
  readonly pattern: string;
  readonly route: OwnRoute;
}

/**
 * What a page is called where a sentence names it: as in the menu, or else by the words of its address. "Progress",
 * "Trainees, import", "one of trainees".
 */
export function pageInWords({ module, route }: MountedRoute): string {
  const { path } = route;
  const items = module?.navigation ?? [];
  const item =
    items.find((one) => one.path === path) ?? items.find((one) => one.path !== "/" && path.startsWith(`${one.path}/`));
  if (!item && path === "/") return "Start";
  if (path === "/w/:workspace") return "Today";
  const rest = item ? path.slice(item.path.length) : path.replace(/^\/(w\/:workspace|admin)\//, "/");
  const parts = rest.split("/").filter(Boolean);
  const words = parts.filter((part) => !part.startsWith(":")).map((part) => part.replaceAll("-", " "));
  const name = [...(item ? [item.title] : []), ...words].join(", ");
  return parts.at(-1)?.startsWith(":") ? `one of ${name}` : name;
}

/** A route of the kernel's own, which may do something before its transaction begins. */
export interface OwnRoute extends Route {
  /**
   * Slow work, such as a password's check, that must not hold a connection meanwhile. Its result is the handler's
   * `input.prepared`; a Redirect is the answer itself, once `visit.record` was called: no row, no response.
   */
  readonly before?: (input: never, visit: Knock) => Promise<unknown>;
  /**
   * Takes forms from other sites: a sign-in service posts its answer through the browser. What it accepts is signed by
   * that service, and no cookie of ours is believed.
   */
  readonly fromElsewhere?: boolean;
}

/** A provider's webhook: no page, no session. */
export interface MountedHook {
  readonly module: Module;
  readonly texts: TextDoor;
  readonly provider: "aws" | "twilio";
  /** "/hooks/:workspace/coaching/aws" */
  readonly pattern: string;
}

/** What programs ask with a key: no page, no session. */
export interface MountedProgramRoute {
  readonly module: Module;
  /** "/api/:workspace/studies/answers" */
  readonly pattern: string;
  readonly route: ProgramRoute;
}

/** The kernel's own pages: sign-in, account, administration, the record. */
export interface KernelRoutes {
  readonly place: Place;
  readonly routes: readonly OwnRoute[];
}

export interface Kernel {
  readonly modules: readonly Module[];
  readonly catalogue: readonly MountedRoute[];
  readonly hooks: readonly MountedHook[];
  readonly programs: readonly MountedProgramRoute[];
  readonly roles: ReadonlyMap<string, Role>;
  /** permission → title */
  readonly permissions: ReadonlyMap<string, string>;
  /** What migrate writes into core.role_permissions. */
  readonly rolePermissions: readonly { readonly role: string; readonly permission: string; readonly reach: Reach }[];
  /** Separations of duty, and permissions that an institution puts into no role of its own: permission → why. */
  readonly apart: readonly Apart[];
  readonly reserved: ReadonlyMap<string, string>;
  readonly events: ReadonlyMap<string, AuditEvent>;
  readonly fieldClasses: ReadonlyMap<string, FieldClass>;
  readonly jobs: ReadonlyMap<string, { readonly module: Module; readonly job: Job }>;
}

/** The one field class of the kernel: who a subject is. */
const identityClass: FieldClass = { title: "Who a subject is", key: "subject", opensWith: "core.identities.open" };

/** The institution's own administrator. Reads no subject and no identity: he keeps the house, not the patients. */
const administrator: Role = {
  title: "Administrator",
  summary: "Keeps the institution's workspaces, people and access.",
  kernel: Object.fromEntries(
    Object.keys(kernelPermissions)
      .filter(
        (name) =>
          !/^core\.(subjects|identities|assignments|keys|colleagues)\.|^core\.providers\.use$|^core\.alarms\.raise$/.test(
            name,
          ),
      )
      .map((name) => [name, "workspace" as const]),
  ),
};

/** The first separation of duty that these permissions, all with one person, would break. */
export function apartIn(apart: readonly Apart[], held: readonly string[]): Apart | null {
  const has = new Set(held);
  const meets = (names: readonly string[]) => names.some((name) => has.has(name));
  return apart.find(({ these, those }) => meets(these) && meets(those)) ?? null;
}

/** Throws a Refusal whose sentence names the module and the item that is wrong. */
export function assemble(modules: readonly Module[], own: readonly KernelRoutes[] = []): Kernel {
  const refuse = (module: Module, sentence: string): never => {
    throw new Refusal(`The module "${module.id}" cannot be loaded: ${sentence}`);
  };
  const roles = new Map<string, Role>([["administrator", administrator]]);
  const permissions = new Map<string, string>(Object.entries(kernelPermissions));
  const events = new Map<string, AuditEvent>(Object.entries(kernelEvents));
  const fieldClasses = new Map<string, FieldClass>([["core.identity", identityClass]]);
  const jobs = new Map<string, { module: Module; job: Job }>();
  const rolePermissions: { role: string; permission: string; reach: Reach }[] = [];
  const apart: Apart[] = [];
  const reserved = new Map<string, string>([["core.roles.manage", "Only administrators compose roles."]]);
  const catalogue: MountedRoute[] = own.flatMap(({ place, routes }) =>
    routes.map((route) => ({ module: null, place, pattern: route.path, route })),
  );
  // /w/<workspace>/access and its like are the kernel's own pages.
  const taken = new Set(catalogue.flatMap(({ pattern }) => /^\/w\/:workspace\/([a-z]+)/.exec(pattern)?.[1] ?? []));
  const hooks: MountedHook[] = [];
  const programs: MountedProgramRoute[] = [];
  const answered = new Map<string, string>();
  const seen = new Set<string>();

  for (const module of modules) {
    if (!/^[a-z]{2,30}$/.test(module.id) || module.id === "core")
      refuse(module, "its id must be a short word of lower-case letters");
    if (seen.has(module.id)) throw new Refusal(`Two modules are called "${module.id}".`);
    seen.add(module.id);
    if (taken.has(module.id)) refuse(module, `its id is the address of one of Cairn's own pages`);
    if (module.workspaces.length === 0) refuse(module, "it names no kind of workspace that it can be switched on for");
    const under = (kind: string, name: string) => {
      if (!name.startsWith(`${module.id}.`)) refuse(module, `its ${kind} "${name}" must begin with "${module.id}."`);
    };
    for (const [id, role] of Object.entries(module.roles)) {
      const other = roles.get(id);
      if (id === "administrator" || (other && other.title !== role.title)) {
        refuse(module, `its role "${id}" is already called "${other?.title ?? "Administrator"}"`);
      }
      roles.set(id, other ? { ...other, ...role, kernel: { ...other.kernel, ...role.kernel } } : role);
    }
    for (const [name, permission] of Object.entries(module.permissions)) {
      under("permission", name);
      permissions.set(name, permission.title);
      if (permission.reserved) reserved.set(name, permission.reserved);
      for (const [role, reach] of Object.entries(permission.roles)) {
        if (!(role in module.roles))
          refuse(module, `its permission "${name}" names the role "${role}", which it does not bring`);
        for (const one of [reach].flat())
          if (one) rolePermissions.push({ role, permission: name, reach: one as Reach });
      }
    }
    const knowsPermission = (name: string) => permissions.has(name);
    for (const one of module.apart ?? []) {
      const unknown = [...one.these, ...one.those].find((name) => !knowsPermission(name));
      if (unknown) refuse(module, `it keeps "${unknown}" apart, a permission that does not exist`);
      apart.push(one);
    }
    for (const [name, event] of Object.entries(module.events)) {
      under("event", name);
      if (!event.says.trim()) refuse(module, `its event "${name}" has no sentence`);
      events.set(name, event);
    }
    for (const [name, fieldClass] of Object.entries(module.fieldClasses ?? {})) {
      under("field class", name);
      if (!knowsPermission(fieldClass.opensWith)) {
        refuse(
          module,
          `its field class "${name}" opens with "${fieldClass.opensWith}", a permission that does not exist`,
        );
      }
      fieldClasses.set(name, fieldClass);
    }
    for (const [name, one] of Object.entries(module.exports ?? {})) {
      under("export", name);
      if (!knowsPermission(one.needs))
        refuse(module, `its export "${name}" needs "${one.needs}", a permission that does not exist`);
    }
    for (const [name, job] of Object.entries(module.jobs ?? {}) as [string, Job][]) {
      under("job", name);
      for (const wanted of job.permissions) {
        if (!knowsPermission(wanted))
          refuse(module, `its job "${name}" asks for "${wanted}", a permission that does not exist`);
      }
      jobs.set(name, { module, job });
    }
    for (const errand of module.errands ?? []) {
      under("errand", errand.name);
      for (const wanted of errand.permissions) {
        if (!knowsPermission(wanted))
          refuse(module, `its errand "${errand.name}" asks for "${wanted}", a permission that does not exist`);
      }
    }
    const { texts } = module;
    if (texts) {
      const unknown = texts.permissions.find((wanted) => !knowsPermission(wanted));
      if (unknown) refuse(module, `its text messages ask for "${unknown}", a permission that does not exist`);
      for (const provider of ["aws", "twilio"] as const)
        hooks.push({ module, texts, provider, pattern: `/hooks/:workspace/${module.id}/${provider}` });
    }
    for (const [name, field] of Object.entries(module.settings?.properties ?? {})) {
      if (!field.title) refuse(module, `its setting "${name}" has no title`);
      if (field.default === undefined) refuse(module, `its setting "${name}" has no default`);
    }
    for (const item of [...(module.navigation ?? []), ...(module.dashboard ?? [])]) {
      if (!knowsPermission(item.needs))
        refuse(module, `"${item.title}" needs "${item.needs}", a permission that does not exist`);
    }
    for (const question of Object.keys(module.answers ?? {})) {
      const other = answered.get(question);
      if (other) refuse(module, `it answers "${question}", and so does "${other}"; one answerer a question`);
      answered.set(question, module.id);
    }
    checkTables(module, fieldClasses, refuse);
    const mount = (place: Place, prefix: string, route: Route) => {
      if (!route.path.startsWith("/")) refuse(module, `its route "${route.path}" must begin with "/"`);
      const needs = route.needs;
      if (needs !== anyone && needs !== signedIn && !knowsPermission(needs)) {
        refuse(module, `its route ${route.method} ${route.path} needs "${needs}", a permission that does not exist`);
      }
      if (route.signs !== undefined && !events.get(route.signs)?.signature) {
        refuse(module, `its route ${route.method} ${route.path} signs "${route.signs}", an event without a meaning`);
      }
      const pattern = route.path === "/" ? prefix : prefix + route.path;
      if (catalogue.some((one) => one.pattern === pattern && one.route.method === route.method)) {
        refuse(module, `it has two routes ${route.method} ${route.path}`);
      }
      catalogue.push({ module, place, pattern, route });
    };
    for (const route of module.routes) mount("workspace", `/w/:workspace/${module.id}`, route);
    for (const route of module.programs ?? []) {
      const pattern = `/api/:workspace/${module.id}${route.path}`;
      if (!knowsPermission(route.needs))
        refuse(module, `its route for programs ${route.path} needs "${route.needs}", a permission that does not exist`);
      if (programs.some((one) => one.pattern === pattern && one.route.method === route.method))
        refuse(module, `it has two routes for programs ${route.method} ${route.path}`);
      programs.push({ module, pattern, route });
    }
    for (const portal of module.portals ?? []) {
      for (const route of portal.routes) mount("portal", `/p/:token/${module.id}`, route);
    }
  }
  for (const [id, role] of roles) {
    for (const [permission, reach] of Object.entries(role.kernel ?? {})) {
      if (!permissions.has(permission))
        throw new Refusal(`The role "${id}" asks for "${permission}", a permission that does not exist.`);
      if (reach) rolePermissions.push({ role: id, permission, reach });
    }
  }
  for (const [id, { title }] of roles) {
    const broken = apartIn(
      apart,
      rolePermissions.filter(({ role }) => role === id).map(({ permission }) => permission),
    );
    if (broken) throw new Refusal(`The role "${title}" may do what must be apart. ${broken.because}`);
  }
  return {
    modules,
    catalogue,
    hooks,
    programs,
    roles,
    permissions,
    rolePermissions,
    apart,
    reserved,
    events,
    fieldClasses,
    jobs,
  };
}

function checkTables(
  module: Module,
  fieldClasses: ReadonlyMap<string, FieldClass>,
  refuse: (module: Module, sentence: string) => never,
): void {
  for (const table of Object.values(module.tables ?? {})) {
    const { schema, name, columns } = getTableConfig(table);
    if (schema !== module.id) refuse(module, `its table "${name}" must lie in the schema "${module.id}"`);
    const names = columns.map((column) => column.name);
    for (const wall of ["tenant_id", "workspace_id"]) {
      if (!names.includes(wall)) refuse(module, `its table "${name}" has no ${wall}`);
    }
    for (const column of columns) {
      if (column.columnType !== "SealedColumn") continue;
      const { fieldClass } = (column as unknown as { place: { fieldClass: string } }).place;
      if (!fieldClasses.has(fieldClass))
        refuse(module, `its column ${name}.${column.name} has the field class "${fieldClass}", which nobody declares`);
    }
  }
}

/** Settings as the module will see them: what was saved over the defaults of its schema. */
export function settingsOf(module: Module, saved: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const defaults = Object.entries(module.settings?.properties ?? {}).map(
    ([name, field]) => [name, field.default] as const,
  );
  return { ...Object.fromEntries(defaults), ...saved };
}
