/**
 * Whom a list of candidates offers is a question of permissions, never of a role's name: institutions compose roles of
 * their own (ADR 0015).
 */
import { type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";

/** What a role holds, beside a row of a grant: `permission@reach` between blanks. */
export const heldBy = (role: PgColumn): SQL<string> =>
  sql<string>`coalesce((select string_agg(h.permission || '@' || h.reach, ' ') from core.role_permissions h where h.role = ${role}), '')`;

interface Held {
  readonly held: string;
}

export const holds = ({ held }: Held, permission: string): boolean =>
  held.split(" ").some((one) => one.startsWith(`${permission}@`));

/** Assigning a subject to this person in this way leads somewhere. */
export const isAssignableAs = ({ held }: Held, kind: string): boolean =>
  held.split(" ").some((one) => one.endsWith(`@assigned:${kind}`));
