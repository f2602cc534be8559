/** What a grant allows, in words: the answer to "why can this person see this?" */
import type { Kernel } from "../kernel.ts";

export interface GrantFacts {
  readonly role: string;
  /** The workspace's title; null for the whole institution. */
  readonly workspace: string | null;
  /** Null: every site. */
  readonly site: string | null;
}

export interface Allowance {
  /** "See subcompetencies" */
  readonly title: string;
  /** "everything in Cardiology" */
  readonly reach: readonly string[];
}

/** Every permission of the grant's role with how far it reaches, in the order of the catalogue. */
export function allowances(kernel: Pick<Kernel, "permissions" | "rolePermissions">, grant: GrantFacts): Allowance[] {
  const reaches = new Map<string, string[]>();
  for (const { role, permission, reach } of kernel.rolePermissions) {
    if (role !== grant.role) continue;
    const words = reachInWords(reach, grant);
    const known = reaches.get(permission);
    if (known) known.push(words);
    else reaches.set(permission, [words]);
  }
  return [...kernel.permissions]
    .filter(([permission]) => reaches.has(permission))
    .map(([permission, title]) => ({ title, reach: reaches.get(permission) ?? [] }));
}

export function reachInWords(reach: string, { workspace, site }: GrantFacts): string {
  const place = workspace ?? "the whole institution";
  if (reach === "workspace") return `everything in ${place}`;
  if (reach === "site") return site === null ? `every site of ${place}` : `the site ${site} of ${place}`;
  if (reach === "mine") return "only what is addressed to this person or made by this person";
  if (reach === "own") return "only what is about this person";
  if (reach === "assigned") return "only those who are assigned to this person";
  const kind = reach.split(":")[1]?.replaceAll("_", " ") ?? "";
  return `only those to whom this person is assigned as ${kind}`;
}

/** Roles that may be given in a place: the institution's own for the whole of it, a module's where that module can be. */
export function rolesFor(
  kernel: Pick<Kernel, "modules" | "roles">,
  kind: "program" | "study" | "service" | null,
): { readonly value: string; readonly label: string }[] {
  const brought = new Set(
    kernel.modules
      .filter((module) => kind !== null && module.workspaces.includes(kind))
      .flatMap((module) => Object.keys(module.roles)),
  );
  const ofModules = new Set(kernel.modules.flatMap((module) => Object.keys(module.roles)));
  return [...kernel.roles]
    .filter(([role]) => (kind === null ? !ofModules.has(role) : brought.has(role)))
    .map(([value, { title }]) => ({ value, label: title }));
}
