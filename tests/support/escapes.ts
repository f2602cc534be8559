/**
 * Tries to get out: asks the database, as the application would, for what it must not give, and names every row that
 * came. An empty answer is the proof; tests/architecture/tenancy.test.ts takes the walls down one by one and expects names.
 */
import { contextOf, type Standing } from "@core/tenancy/transaction.ts";
import { contextKey } from "@core/vault/context-seal.ts";
import postgres, { type Sql } from "postgres";
import type { World } from "./world.ts";

export interface Place {
  readonly tenantId: string;
  readonly workspaceId: string;
}

export interface Tries {
  /** As the application, in one transaction that is rolled back. */
  readonly run: <T>(standing: Standing | null, work: (sql: Sql) => Promise<T>) => Promise<T>;
  readonly end: () => Promise<void>;
}

export function applicant(world: World): Tries {
  const app = postgres({ ...world.database.as("app"), max: 1, onnotice: () => {} });
  const key = contextKey(world.database.secret);
  return {
    run: async (standing, work) => {
      await app.unsafe("begin");
      try {
        if (standing)
          await app.unsafe("select set_config('cairn.context', $1, true)", [contextOf(standing, key, new Date())]);
        return await work(app);
      } finally {
        await app.unsafe("rollback");
      }
    },
    end: async () => await app.end(),
  };
}

interface Table {
  readonly name: string;
  readonly hasWorkspace: boolean;
}

/** Every table with a tenant that the application may read at all. */
export async function readableTables(world: World): Promise<Table[]> {
  return world.sql<Table>(
    `select format('%I.%I', n.nspname, c.relname) as name,
       exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'workspace_id') as "hasWorkspace"
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema', 'pgboss')
       and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id')
       and (has_table_privilege($1, c.oid, 'select') or has_any_column_privilege($1, c.oid, 'select'))
     order by 1`,
    [world.database.roles.app],
  );
}

/** What a person without any access still sees: his own account, and the name of the place he stands in. */
const OPEN_TO_ALL: Readonly<Record<string, string>> = {
  "core.tenants": "tenant_id = $1::uuid",
  "core.workspaces": "id = $2::uuid",
  "core.persons": "id = $3::uuid",
  "core.sessions": "person_id = $3::uuid",
  "core.switches": "workspace_id = $2::uuid",
  "core.settings": "workspace_id = $2::uuid",
  "core.roles": "tenant_id is null or (tenant_id = $1::uuid and $3::uuid is not null)",
  "core.role_permissions": "tenant_id is null or (tenant_id = $1::uuid and $3::uuid is not null)",
  "core.keys": "subject_id is null and (workspace_id is null or workspace_id = $2::uuid)",
};

/** What belongs to no workspace, and is not to be seen from inside one. */
const INSTITUTION_ONLY: readonly string[] = ["core.refusals"];

/** One role that each of the two institutions composed, made once. */
async function composedRoles(world: World): Promise<{ readonly here: string; readonly there: string }> {
  const keyOf = (id: string) => `own:${id}`;
  for (const { id } of [world.here, world.there]) {
    const values = [id, keyOf(id)];
    await world.sql(
      "insert into core.roles (tenant_id, role, title, place) values ($1::uuid, $2, 'Composed', 'program') on conflict do nothing",
      values,
    );
    await world.sql(
      `insert into core.role_permissions (tenant_id, role, permission, reach) select $1::uuid, $2, h.permission, h.reach from core.role_permissions h
       where h.tenant_id is null and h.role <> 'administrator' and h.permission = 'core.subjects.read' and h.reach = 'workspace' limit 1 on conflict do nothing`,
      values,
    );
  }
  return { here: keyOf(world.here.id), there: keyOf(world.there.id) };
}

/** @param nobody a person of `here` without any grant */
export async function escapes(
  world: World,
  tries: Tries,
  here: Place,
  nobody: string,
  permissions: readonly string[],
): Promise<string[]> {
  const found: string[] = [];
  const tables = await readableTables(world);
  const mighty: Standing = { ...here, kind: "system", actorId: null, sessionRef: "", permissions };
  const powerless: Standing = { ...here, kind: "person", actorId: nobody, sessionRef: "" };

  const composed = await composedRoles(world);
  // Someone who may do everything here, and asks without a where: nothing of another institution or workspace.
  await tries.run(mighty, async (sql) => {
    for (const { name, hasWorkspace } of tables) {
      const where = hasWorkspace
        ? "tenant_id <> $1::uuid or (workspace_id is not null and workspace_id <> $2::uuid)"
        : INSTITUTION_ONLY.includes(name)
          ? "tenant_id is not null and $1::uuid is not null and $2::uuid is not null"
          : "tenant_id <> $1::uuid or $2::uuid is null";
      const [row] = await sql.unsafe(`select count(*)::int as n from ${name} where ${where}`, [
        here.tenantId,
        here.workspaceId,
      ]);
      if (Number(row?.n) > 0) found.push(`${name}: ${row?.n} rows of elsewhere`);
    }
  });
  // Someone who may do nothing, and someone whom nobody vouches for.
  await tries.run(powerless, async (sql) => {
    for (const { name } of tables) {
      const own = OPEN_TO_ALL[name] ?? "false";
      const [row] = await sql.unsafe(
        `select count(*)::int as n from ${name} where not (${own}) and ($1::uuid is not null) and ($2::uuid is not null) and ($3::uuid is not null)`,
        [here.tenantId, here.workspaceId, nobody],
      );
      if (Number(row?.n) > 0) found.push(`${name}: ${row?.n} rows for someone without access`);
    }
  });
  for (const [how, standing] of [
    ["no context", null],
    ["a nobody", { ...here, kind: "nobody", actorId: null, sessionRef: "" } as Standing],
  ] as const) {
    await tries.run(standing, async (sql) => {
      for (const { name } of tables) {
        const own = standing ? (OPEN_TO_ALL[name] ?? "false").replaceAll("$3::uuid", "null::uuid") : "false";
        const [row] = await sql.unsafe(
          `select count(*)::int as n from ${name} where (${own}) is not true and ($1::uuid is not null) and ($2::uuid is not null)`,
          [here.tenantId, here.workspaceId],
        );
        if (Number(row?.n) > 0) found.push(`${name}: ${row?.n} rows with ${how}`);
      }
    });
  }
  // Writing across the wall, and giving oneself access.
  const attempt = async (name: string, standing: Standing, text: string, values: readonly unknown[]) => {
    const count = await tries
      .run(standing, async (sql) => (await sql.unsafe(text, values as never[])).count)
      .catch((error: unknown) => (typeof (error as { code?: unknown }).code === "string" ? 0 : Promise.reject(error)));
    if (count > 0) found.push(name);
  };
  const [foreign] = await world.sql<{ tenant_id: string; workspace_id: string }>(
    "select tenant_id, id as workspace_id from core.workspaces where tenant_id <> $1 limit 1",
    [here.tenantId],
  );
  const [neighbour] = await world.sql<{ id: string }>(
    "select id from core.workspaces where tenant_id = $1 and id <> $2 limit 1",
    [here.tenantId, here.workspaceId],
  );
  const [someone] = await world.sql<{ id: string }>(
    "select id from core.persons where tenant_id = $1 and id <> $2 limit 1",
    [here.tenantId, nobody],
  );
  await attempt(
    "a subject was written into another institution",
    mighty,
    "insert into core.subjects (tenant_id, workspace_id, code, kind) values ($1, $2, 'X', 'trainee')",
    [foreign?.tenant_id, foreign?.workspace_id],
  );
  await attempt(
    "a subject was written into another workspace",
    mighty,
    "insert into core.subjects (tenant_id, workspace_id, code, kind) values ($1, $2, 'X', 'trainee')",
    [here.tenantId, neighbour?.id],
  );
  await attempt(
    "a grant was given in another workspace",
    mighty,
    "insert into core.grants (person_id, workspace_id, role) values ($1, $2, (select min(role) from core.roles))",
    [someone?.id, neighbour?.id],
  );
  await attempt(
    "a module was switched in another workspace",
    mighty,
    "insert into core.switches (workspace_id, module, is_on) values ($1, 'sample', true)",
    [neighbour?.id],
  );
  await attempt(
    "settings were changed in another workspace",
    mighty,
    "insert into core.settings (workspace_id, module, value) values ($1, 'sample', '{}')",
    [neighbour?.id],
  );
  await attempt(
    "a person without access wrote a subject",
    powerless,
    "insert into core.subjects (code, kind) values ('X', 'trainee')",
    [],
  );
  await attempt(
    "a person without access gave a grant",
    powerless,
    "insert into core.grants (person_id, workspace_id, role) values ($1, $2, (select min(role) from core.roles))",
    [someone?.id, here.workspaceId],
  );
  await attempt(
    "a person without access changed a colleague",
    powerless,
    "update core.persons set name = 'X' where true",
    [],
  );
  await attempt(
    "a person without access changed the institution",
    powerless,
    "update core.tenants set name = 'X' where true",
    [],
  );
  await attempt(
    "a person without access revoked a grant",
    powerless,
    "update core.grants set revoked_at = now() where true",
    [],
  );
  await attempt(
    "a person without access ended an assignment",
    powerless,
    "update core.assignments set ended_at = now() where true",
    [],
  );
  await attempt(
    "a person without access destroyed a key",
    powerless,
    "update core.keys set wrapped = null, destroyed_at = now() where true",
    [],
  );
  await attempt(
    "the record was written in another's name",
    powerless,
    "insert into core.audit_events (tenant_id, actor_name, request_id, act, sentence, outcome, status) values ($1, 'X', gen_random_uuid(), 'x', 'x', 'done', 200)",
    [foreign?.tenant_id],
  );
  await attempt("the record was changed", mighty, "update core.audit_events set sentence = 'X' where true", []);
  await attempt(
    "a person without access composed a role",
    { ...powerless, workspaceId: null },
    "insert into core.roles (role, title, place) values ('own:' || gen_random_uuid(), 'Sneaked in', 'program')",
    [],
  );
  await attempt(
    "a person without access put something into a role",
    { ...powerless, workspaceId: null },
    `insert into core.role_permissions (role, permission, reach) select $1, permission, reach from core.role_permissions
       where tenant_id is null and role <> 'administrator' and permission = 'core.colleagues.read' limit 1`,
    [composed.here],
  );
  await attempt(
    "a person without access took something off a role",
    { ...powerless, workspaceId: null },
    "delete from core.role_permissions where true",
    [],
  );
  await attempt(
    "a person without access renamed a role",
    { ...powerless, workspaceId: null },
    "update core.roles set title = 'Sneaked in' where true",
    [],
  );
  const [self] = await world.sql<{ id: string }>(
    "select g.person_id as id from core.grants g where g.tenant_id = $1 and g.workspace_id is null and g.role = 'administrator' limit 1",
    [here.tenantId],
  );
  if (self) {
    await attempt(
      "an administrator gave himself access",
      { tenantId: here.tenantId, workspaceId: null, kind: "person", actorId: self.id, sessionRef: "" },
      "insert into core.grants (person_id, workspace_id, role) values ($1, $2, (select min(role) from core.roles where role <> 'administrator'))",
      [self.id, here.workspaceId],
    );
  }
  if (self) {
    await world.sql(
      `insert into core.registrations (tenant_id, person_id, reason) select $1, $2, 'to be decided by oneself'
       where not exists (select from core.registrations where person_id = $2)`,
      [here.tenantId, self.id],
    );
    await attempt(
      "an administrator approved his own registration",
      { tenantId: here.tenantId, workspaceId: null, kind: "person", actorId: self.id, sessionRef: "" },
      "update core.registrations set decided_at = now(), approved = true where person_id = $1",
      [self.id],
    );
  }
  return found;
}
