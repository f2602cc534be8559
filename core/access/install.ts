/**
 * What a database must hold of this code before anyone signs in: the signing key of contexts, and what each role may do.
 * Written with the owner's rights by `cairn migrate` (and at every start in development).
 */
import type { Database } from "../db/database.ts";
import { type Sql, withOwner } from "../db/migrate.ts";
import { quoteName } from "../db/roles.ts";
import type { Kernel } from "../kernel.ts";
import { contextKey, contextPads } from "../vault/context-seal.ts";

export async function installCatalogue(
  database: Pick<Database, "owner" | "roles">,
  secret: string,
  kernel: Kernel,
): Promise<void> {
  const { inner, outer } = contextPads(contextKey(secret));
  await withOwner(database.owner, async (sql) => {
    await sql.unsafe("begin");
    try {
      await sql.unsafe(`set local role ${quoteName(database.roles.owner)}`);
      await sql`insert into core.context_keys (version, inner_pad, outer_pad) values (1, ${inner}, ${outer})
        on conflict (version) do update set inner_pad = excluded.inner_pad, outer_pad = excluded.outer_pad
        where core.context_keys.inner_pad <> excluded.inner_pad`;
      for (const [role, { title, idleMinutes }] of kernel.roles) {
        await sql`insert into core.roles (tenant_id, role, title, idle_minutes) values (null, ${role}, ${title}, ${idleMinutes ?? null})
          on conflict (role) do update set title = excluded.title, idle_minutes = excluded.idle_minutes
          where (core.roles.title, core.roles.idle_minutes) is distinct from (excluded.title, excluded.idle_minutes)`;
      }
      const wanted = kernel.rolePermissions.map(({ role, permission, reach }) => ({ role, permission, reach }));
      // A role whose module is gone keeps its name (grants point at it) and loses everything it could do.
      await sql`delete from core.role_permissions r where r.tenant_id is null and not exists (
        select from json_to_recordset(${JSON.stringify(wanted)}::text::json) as w (role text, permission text, reach text)
        where w.role = r.role and w.permission = r.permission and w.reach = r.reach)`;
      await sql`insert into core.role_permissions (tenant_id, role, permission, reach)
        select null, role, permission, reach from json_to_recordset(${JSON.stringify(wanted)}::text::json) as w (role text, permission text, reach text)
        on conflict do nothing`;
      await separate(sql, kernel);
      await sql.unsafe("commit");
    } catch (error) {
      await sql.unsafe("rollback");
      throw error;
    }
  });
}

/**
 * What must be apart, and what an institution composes no role of (a permission beside itself). Roles that institutions
 * composed before lose what no role of the house has any more; what belongs to a module that is not here stays, and does nothing.
 */
async function separate(sql: Sql, { apart, reserved, permissions }: Kernel): Promise<void> {
  const pairs = new Map<string, { one: string; other: string }>();
  const add = (one: string, other: string) => pairs.set(`${one} ${other}`, { one, other });
  for (const { these, those } of apart)
    for (const one of these)
      for (const other of those) {
        add(one, other);
        add(other, one);
      }
  for (const name of reserved.keys()) add(name, name);
  const wanted = JSON.stringify([...pairs.values()]);
  await sql`delete from core.permissions_apart p where not exists (
    select from json_to_recordset(${wanted}::text::json) as w (one text, other text) where w.one = p.one and w.other = p.other)`;
  await sql`insert into core.permissions_apart (one, other)
    select one, other from json_to_recordset(${wanted}::text::json) as w (one text, other text) on conflict do nothing`;
  await sql`delete from core.role_permissions r where r.tenant_id is not null and r.permission = any (${[...permissions.keys()]}::text[])
    and not exists (select from core.role_permissions h where h.tenant_id is null and h.permission = r.permission and h.reach = r.reach)`;
}
