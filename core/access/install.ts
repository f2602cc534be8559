/**
 * What a database must hold of this code before anyone signs in: the signing key of contexts, and what each role may do.
 * Written with the owner's rights by `cairn migrate` (and at every start in development).
 */
import type { Database } from "../db/database.ts";
import { withOwner } from "../db/migrate.ts";
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
        await sql`insert into core.roles (role, title, idle_minutes) values (${role}, ${title}, ${idleMinutes ?? null})
          on conflict (role) do update set title = excluded.title, idle_minutes = excluded.idle_minutes
          where (core.roles.title, core.roles.idle_minutes) is distinct from (excluded.title, excluded.idle_minutes)`;
      }
      const wanted = kernel.rolePermissions.map(({ role, permission, reach }) => ({ role, permission, reach }));
      // A role whose module is gone keeps its name (grants point at it) and loses everything it could do.
      await sql`delete from core.role_permissions r where not exists (
        select from json_to_recordset(${JSON.stringify(wanted)}::text::json) as w (role text, permission text, reach text)
        where w.role = r.role and w.permission = r.permission and w.reach = r.reach)`;
      await sql`insert into core.role_permissions (role, permission, reach)
        select role, permission, reach from json_to_recordset(${JSON.stringify(wanted)}::text::json) as w (role text, permission text, reach text)
        on conflict do nothing`;
      await sql.unsafe("commit");
    } catch (error) {
      await sql.unsafe("rollback");
      throw error;
    }
  });
}
