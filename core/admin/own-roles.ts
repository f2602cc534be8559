/** Roles that an institution composes: what the database is asked. The database holds to the rules by itself (0080-own-roles.sql). */
import { and, asc, eq, isNotNull, isNull, sql } from "drizzle-orm";
import { query } from "../db/query.ts";
import { clock, grants, persons, rolePermissions, roles, sites, workspaces } from "../tenancy/tables.ts";

export const insertRole = query<{ role: string; title: string; place: string; summary: string | null }>()((db, $) =>
  db
    .insert(roles)
    .values({ role: $.role, title: $.title, place: $.place as never, summary: $.summary })
    .returning({ role: roles.role }),
);
export const changeRole = query<{ role: string; title: string; summary: string | null }>()((db, $) =>
  db
    .update(roles)
    .set({ title: sql`${$.title}`, summary: sql`${$.summary}`, changedAt: clock() })
    .where(and(eq(roles.role, $.role), isNotNull(roles.tenantId), isNull(roles.retiredAt)))
    .returning({ role: roles.role }),
);
export const retireRole = query<{ role: string }>()((db, $) =>
  db
    .update(roles)
    .set({ retiredAt: clock() })
    .where(and(eq(roles.role, $.role), isNotNull(roles.tenantId), isNull(roles.retiredAt)))
    .returning({ role: roles.role }),
);
export const restoreRole = query<{ role: string }>()((db, $) =>
  db
    .update(roles)
    .set({ retiredAt: null })
    .where(and(eq(roles.role, $.role), isNotNull(roles.tenantId), isNotNull(roles.retiredAt)))
    .returning({ role: roles.role }),
);

/** `keys`: "studies.data.read@site" */
export const addPermissions = query<{ role: string; keys: readonly string[] }>()((db, $) =>
  db
    .insert(rolePermissions)
    .select(
      sql`select core.tenant(), ${$.role}::text, split_part(k.key, '@', 1), split_part(k.key, '@', 2) from unnest(${$.keys}::text[]) as k (key)` as never,
    )
    .returning({ role: rolePermissions.role }),
);
export const takePermissions = query<{ role: string; keys: readonly string[] }>()((db, $) =>
  db
    .delete(rolePermissions)
    .where(
      and(
        eq(rolePermissions.role, $.role),
        isNotNull(rolePermissions.tenantId),
        sql`${rolePermissions.permission} || '@' || ${rolePermissions.reach} = any(${$.keys}::text[])`,
      ),
    )
    .returning({ role: rolePermissions.role }),
);

/** Who has it, now or from a later day. */
export const holdersOf = query<{ role: string }>()((db, $) =>
  db
    .select({
      id: grants.id,
      personId: grants.personId,
      name: persons.name,
      workspaceId: grants.workspaceId,
      workspace: workspaces.title,
      site: sites.code,
      toAt: grants.toAt,
    })
    .from(grants)
    .innerJoin(persons, eq(persons.id, grants.personId))
    .leftJoin(workspaces, eq(workspaces.id, grants.workspaceId))
    .leftJoin(sites, eq(sites.id, grants.siteId))
    .where(
      and(
        eq(grants.role, $.role),
        isNull(grants.revokedAt),
        sql`(${grants.toAt} is null or ${grants.toAt} > clock_timestamp())`,
      ),
    )
    .orderBy(asc(sql`lower(${persons.name})`))
    .limit(500),
);
export const holderCounts = query<Record<string, never>>()((db) =>
  db
    .select({ role: grants.role, people: sql<number>`count(distinct ${grants.personId})::int` })
    .from(grants)
    .where(and(isNull(grants.revokedAt), sql`(${grants.toAt} is null or ${grants.toAt} > clock_timestamp())`))
    .groupBy(grants.role),
);
