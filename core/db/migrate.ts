import type { Connection } from "@core/db/connection.ts";
import { type Applied, type Migration, nameRoles, pendingMigrations } from "@core/db/migrations.ts";
import { ensureRoles, quoteName, type Roles } from "@core/db/roles.ts";
import { installQueue } from "@core/jobs/queue-schema.ts";
import { describeError, Refusal } from "@core/refusal.ts";
import postgres, { type Sql } from "postgres";

/** What `withOwner` hands over, for those who may not know the driver. */
export type { Sql };

/**
 * Brings the database in step: roles, the queue's schema, then every pending migration, each in its own transaction as
 * the owner of the schemas. Two at once wait for each other. Returns what was applied; stops at the first that fails, keeping those
 * before it.
 */
export async function migrate(
  owner: Connection,
  roles: Roles,
  secret: string,
  known: readonly Migration[],
): Promise<readonly Migration[]> {
  return await withOwner(owner, async (sql) => {
    await takeTurn(sql);
    await ensureRoles(sql, roles, secret);
    await ensureLedger(sql, roles);
    await installQueue(sql, roles);
    const pending = pendingMigrations(known, await readApplied(sql));
    for (const migration of pending) await apply(sql, roles, migration);
    return pending;
  });
}

/** What `migrate` would apply, without touching anything. */
export async function plan(owner: Connection, known: readonly Migration[]): Promise<readonly Migration[]> {
  return await withOwner(owner, async (sql) => pendingMigrations(known, await readApplied(sql)));
}

/** What the database remembers; empty for a new one. The app's role may ask this too. */
export async function readApplied(sql: Sql): Promise<readonly Applied[]> {
  const [ledger] = await sql`select 1 from pg_tables where schemaname = 'core' and tablename = 'migrations'`;
  if (!ledger) return [];
  return await sql<Applied[]>`select folder, name, sha256 from core.migrations order by applied_at, folder, name`;
}

/** A connection of its own for the time of `work`: what runs here holds session locks and changes roles. */
export async function withOwner<T>(owner: Connection, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = postgres({
    ...owner,
    max: 1,
    onnotice() {},
    connect_timeout: 10,
    connection: { application_name: "cairn" },
  });
  try {
    return await work(sql);
  } catch (error) {
    throw wordSilence(error, owner);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** A database that cannot be reached is met by every newcomer, and says only ECONNREFUSED by itself. */
function wordSilence(error: unknown, { host, port }: Connection): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (/^(ECONN|ENOTFOUND|ENOENT|EAI_|EHOST|ETIMEDOUT|CONNECT)/.test(code)) {
    return new Refusal(
      `No database answers at ${host}, port ${port} (${code}). Is it running, and is DATABASE_URL right?`,
    );
  }
  if (/CERT|TLS|SSL/.test(code)) {
    return new Refusal(
      `The database at ${host} could not prove who it is (${code}). Name its authority: …?sslmode=verify-full&sslrootcert=/path/ca.pem`,
    );
  }
  return error;
}

async function takeTurn(sql: Sql): Promise<void> {
  try {
    await sql.unsafe("set lock_timeout = '60s'");
    await sql.unsafe("select pg_advisory_lock(hashtextextended('cairn.migrate', 0))");
    await sql.unsafe("reset lock_timeout");
  } catch (error) {
    if (!isLockTimeout(error)) throw error;
    throw new Refusal("Another migration of this database has been running for a minute. Wait for it, then try again.");
  }
}

async function ensureLedger(sql: Sql, roles: Roles): Promise<void> {
  await inTransaction(sql, async () => {
    await sql.unsafe(`set local role ${quoteName(roles.owner)}`);
    await sql.unsafe("create schema if not exists core");
    await sql.unsafe(`create table if not exists core.migrations (
      folder text not null,
      name text not null,
      sha256 text not null,
      applied_at timestamptz not null default clock_timestamp(),
      primary key (folder, name)
    )`);
    await sql.unsafe(`grant usage on schema core to ${quoteName(roles.app)}`);
    await sql.unsafe(`grant select on core.migrations to ${quoteName(roles.app)}`);
  });
}

async function apply(sql: Sql, roles: Roles, migration: Migration): Promise<void> {
  const path = `migrations/${migration.folder}/${migration.name}`;
  try {
    await inTransaction(sql, async () => {
      await sql.unsafe(`set local role ${quoteName(roles.owner)}`);
      const begun = await currentTransaction(sql);
      await sql.unsafe(nameRoles(migration.text, roles)).simple();
      if ((await currentTransaction(sql)) !== begun) {
        throw new Refusal(
          `${path} ends its own transaction. Take its COMMIT or ROLLBACK out: each file is one transaction.`,
        );
      }
      await sql.unsafe(`set local role ${quoteName(roles.owner)}`);
      await sql`insert into core.migrations (folder, name, sha256)
        values (${migration.folder}, ${migration.name}, ${migration.sha256})`;
    });
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(
      `${path}${lineOf(error, nameRoles(migration.text, roles))} failed, and nothing of it was kept. ${describeError(error)}`,
    );
  }
}

async function inTransaction(sql: Sql, work: () => Promise<void>): Promise<void> {
  await sql.unsafe("begin");
  try {
    await work();
    await sql.unsafe("commit");
  } catch (error) {
    await sql.unsafe("rollback");
    throw error;
  }
}

async function currentTransaction(sql: Sql): Promise<string> {
  const [row] = await sql<{ id: string }[]>`select pg_current_xact_id()::text as id`;
  return row?.id ?? "";
}

function isLockTimeout(error: unknown): boolean {
  return error instanceof postgres.PostgresError && error.code === "55P03";
}

/** Where in the file the server stopped, when it says so. */
function lineOf(error: unknown, text: string): string {
  const position = error instanceof postgres.PostgresError ? Number(error.position) : Number.NaN;
  return position > 0 ? `, line ${[...text].slice(0, position).join("").split("\n").length},` : "";
}
