/** An institution's roles: those that the house's modules bring, and those it composed for itself (ADR 0015). */
import { and, asc, eq, isNull, sql } from "drizzle-orm";
import type { KernelContext } from "../context.ts";
import { query } from "../db/query.ts";
import { apartIn, type Kernel } from "../kernel.ts";
import type { Reach, WorkspaceKind } from "../module.ts";
import { Problem } from "../problem.ts";
import { grants, rolePermissions, roles } from "../tenancy/tables.ts";

/** Where a role can be given: the whole institution, or workspaces of one kind. */
export type RolePlace = "institution" | WorkspaceKind;

export interface Holding {
  readonly permission: string;
  readonly reach: string;
}

/** One that the institution composed. */
export interface OwnRole {
  readonly role: string;
  readonly title: string;
  readonly place: RolePlace;
  readonly summary: string | null;
  readonly madeAt: Date;
  readonly madeBy: string | null;
  readonly changedAt: Date | null;
  readonly retiredAt: Date | null;
}

const ownRoles = query<Record<string, never>>()((db) =>
  db
    .select({
      role: roles.role,
      title: roles.title,
      place: roles.place,
      summary: roles.summary,
      madeAt: roles.madeAt,
      madeBy: roles.madeBy,
      changedAt: roles.changedAt,
      retiredAt: roles.retiredAt,
    })
    .from(roles)
    .where(sql`${roles.tenantId} is not null`)
    .orderBy(asc(sql`lower(${roles.title})`)),
);
const ownPermissions = query<Record<string, never>>()((db) =>
  db
    .select({ role: rolePermissions.role, permission: rolePermissions.permission, reach: rolePermissions.reach })
    .from(rolePermissions)
    .where(sql`${rolePermissions.tenantId} is not null`),
);

type KernelRoles = Pick<Kernel, "modules" | "roles" | "rolePermissions">;

export class Roles {
  private readonly holdings = new Map<string, Holding[]>();

  constructor(
    private readonly kernel: KernelRoles,
    readonly own: readonly OwnRole[],
    permissions: readonly (Holding & { readonly role: string })[],
  ) {
    for (const { role, permission, reach } of [...kernel.rolePermissions, ...permissions]) {
      const known = this.holdings.get(role);
      if (known) known.push({ permission, reach });
      else this.holdings.set(role, [{ permission, reach }]);
    }
  }

  /** What it is called; its key when it belongs to a module that is no longer here. */
  titleOf(role: string): string {
    return this.kernel.roles.get(role)?.title ?? this.own.find((one) => one.role === role)?.title ?? role;
  }

  permissionsOf(role: string): readonly Holding[] {
    return this.holdings.get(role) ?? [];
  }

  /** Keys of all roles with this permission. */
  with(permission: string): readonly string[] {
    return [...this.holdings]
      .filter(([, held]) => held.some((one) => one.permission === permission))
      .map(([role]) => role);
  }

  /** What may be given in such a place; null: the whole institution. */
  in(kind: WorkspaceKind | null): { readonly value: string; readonly label: string }[] {
    const own = this.own
      .filter(({ place, retiredAt }) => retiredAt === null && place === (kind ?? "institution"))
      .map(({ role, title }) => ({ value: role, label: title }));
    return [...declaredFor(this.kernel, kind), ...own];
  }

  everyTitle(): { readonly role: string; readonly title: string }[] {
    const declared = [...this.kernel.roles].map(([role, { title }]) => ({ role, title }));
    return [...declared, ...this.own.filter(({ retiredAt }) => retiredAt === null)];
  }

  /** All that may be given somewhere, by title. */
  anywhere(): { readonly value: string; readonly label: string }[] {
    const all = ([null, "program", "study", "service"] as const).flatMap((kind) => this.in(kind));
    return [...new Map(all.map((role) => [role.value, role])).values()].sort((a, b) => (a.label < b.label ? -1 : 1));
  }
}

/** A module's roles where that module can be; the house's own for the whole institution. */
function declaredFor(
  kernel: KernelRoles,
  kind: WorkspaceKind | null,
): { readonly value: string; readonly label: string }[] {
  const ofModules = new Set(kernel.modules.flatMap((module) => Object.keys(module.roles)));
  const brought = new Set(
    kernel.modules
      .filter((module) => kind !== null && module.workspaces.includes(kind))
      .flatMap((module) => Object.keys(module.roles)),
  );
  return [...kernel.roles]
    .filter(([role]) => (kind === null ? !ofModules.has(role) : brought.has(role)))
    .map(([value, { title }]) => ({ value, label: title }));
}

type Asking = Pick<KernelContext, "db" | "house">;

export async function rolesOf({ db, house }: Asking): Promise<Roles> {
  const own = await db.all(ownRoles, {});
  const permissions = own.length > 0 ? await db.all(ownPermissions, {}) : [];
  return new Roles(house.kernel, own as readonly OwnRole[], permissions);
}

const rolesHeld = query<{ personId: string; workspaceId: string | null }>()((db, $) =>
  db
    .select({ role: grants.role })
    .from(grants)
    .where(
      and(
        eq(grants.personId, $.personId),
        sql`(${grants.workspaceId} is null or ${grants.workspaceId} = ${$.workspaceId}::uuid)`,
        isNull(grants.revokedAt),
        sql`(${grants.toAt} is null or ${grants.toAt} > clock_timestamp())`,
      ),
    ),
);

/** Two roles of one person in one place are kept apart as strictly as two permissions of one role. Throws a Problem. */
export async function requireApart(
  { db, house }: Asking,
  all: Roles,
  of: {
    readonly person: { readonly id: string; readonly name: string };
    readonly role: string;
    readonly workspaceId: string | null;
  },
  field = "role",
): Promise<void> {
  const held = await db.all(rolesHeld, { personId: of.person.id, workspaceId: of.workspaceId });
  const others = [...new Set(held.map(({ role }) => role))].filter((role) => role !== of.role);
  for (const other of others) {
    const both = [...all.permissionsOf(of.role), ...all.permissionsOf(other)].map(({ permission }) => permission);
    const broken = apartIn(house.kernel.apart, both);
    if (broken)
      throw Problem.invalid({
        [field]: `${of.person.name} is ${all.titleOf(other)} there already. ${broken.because}`,
      });
  }
}

/** One permission with one reach, as it can be put into a role. */
export interface Offer {
  readonly permission: string;
  readonly title: string;
  readonly reach: Reach;
}
export interface OfferGroup {
  /** The module's title, or the house's. */
  readonly title: string;
  readonly offers: readonly Offer[];
}

/**
 * What a role for such a place can be composed of: each permission as far as a role of the house goes with it, and no
 * further. Not: what is reserved, what only the house's own machinery does, and what is about the person himself.
 * `holds`: what whoever composes a role for the whole institution holds himself.
 */
export function offersFor(
  kernel: Pick<Kernel, "modules" | "roles" | "permissions" | "rolePermissions" | "reserved">,
  place: RolePlace,
  holds: (permission: string) => boolean,
): OfferGroup[] {
  const here = place === "institution" ? [] : kernel.modules.filter(({ workspaces }) => workspaces.includes(place));
  const givers = new Set(
    place === "institution" ? ["administrator"] : here.flatMap((module) => Object.keys(module.roles)),
  );
  const groups = new Map([["core", "Cairn itself"], ...here.map(({ id, title }) => [id, title] as const)]);
  const order = [...kernel.permissions.keys()];
  const offers = new Map<string, Offer>();
  for (const { role, permission, reach } of kernel.rolePermissions) {
    if (!givers.has(role) || reach === "own" || kernel.reserved.has(permission)) continue;
    if (place === "institution" && !holds(permission)) continue;
    offers.set(`${permission}@${reach}`, {
      permission,
      title: kernel.permissions.get(permission) ?? permission,
      reach,
    });
  }
  const sorted = [...offers.values()].sort(
    (a, b) =>
      order.indexOf(a.permission) - order.indexOf(b.permission) || widths.indexOf(a.reach) - widths.indexOf(b.reach),
  );
  return [...groups]
    .map(([id, title]) => ({ title, offers: sorted.filter(({ permission }) => permission.startsWith(`${id}.`)) }))
    .filter((group) => group.offers.length > 0)
    .sort((a, b) => Number(a.title === "Cairn itself") - Number(b.title === "Cairn itself"));
}
const widths: readonly string[] = ["workspace", "site", "assigned", "mine"];

export const keyOf = ({ permission, reach }: Holding): string => `${permission}@${reach}`;

/** Why these can not be one role: a sentence; null: they can. */
export function composedWrongly(
  kernel: Pick<Kernel, "apart" | "permissions">,
  groups: readonly OfferGroup[],
  chosen: readonly string[],
): string | null {
  const offered = new Map(groups.flatMap(({ offers }) => offers.map((offer) => [keyOf(offer), offer] as const)));
  const picked = chosen.map((key) => offered.get(key));
  if (picked.length === 0) return "Tick at least one thing that this role may do.";
  if (picked.some((offer) => offer === undefined)) return "One of these can not be put into a role for this place.";
  const held = picked.flatMap((offer) => (offer ? [offer.permission] : []));
  const broken = apartIn(kernel.apart, held);
  if (!broken) return null;
  const named = (names: readonly string[]) =>
    names
      .filter((name) => held.includes(name))
      .map((name) => `“${kernel.permissions.get(name) ?? name}”`)
      .join(", ");
  return `${broken.because} Take off either ${named(broken.these)} or ${named(broken.those)}.`;
}
