/** What a grant allows, in words: the answer to "why can this person see this?" */
import type { Roles } from "../access/roles.ts";
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
export function allowances(
  kernel: Pick<Kernel, "permissions">,
  roles: Pick<Roles, "permissionsOf">,
  grant: GrantFacts,
): Allowance[] {
  const reaches = new Map<string, string[]>();
  for (const { permission, reach } of roles.permissionsOf(grant.role)) {
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

/** The same of a role that nobody holds yet. */
export function reachOfRole(reach: string, place: string): string {
  if (reach === "workspace") return place === "institution" ? "in the whole institution" : `in the whole ${place}`;
  if (reach === "site") return "at the sites where the role is given";
  return reachInWords(reach, { role: "", workspace: null, site: null });
}
