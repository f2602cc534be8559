import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Connection } from "@core/db/connection.ts";
import { migrate, plan, withOwner } from "@core/db/migrate.ts";
import { readMigrations } from "@core/db/migrations.ts";
import { connectionOf, quoteName, type Roles, roleNames } from "@core/db/roles.ts";
import { randomToken } from "@core/vault/primitives.ts";
import postgres from "postgres";
import { emptyDatabase } from "../../support/database.ts";

const secret = randomToken();
let directory: string;
let owner: Connection;
let roles: Roles;
let stop: () => Promise<void>;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "cairn-migrate-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

beforeEach(async () => {
  await stop?.();
  ({ owner, stop } = await emptyDatabase());
  roles = roleNames(owner.database);
  rmSync(join(directory, "core"), { recursive: true, force: true });
  write("0001-notes.sql", "create table core.notes (text text); grant select, insert on core.notes to :app;");
});
afterAll(async () => {
  await stop?.();
});

function write(name: string, text: string): void {
  mkdirSync(join(directory, "core"), { recursive: true });
  writeFileSync(join(directory, "core", name), text);
}

const run = async () => (await migrate(owner, roles, secret, readMigrations(directory))).map(({ name }) => name);

describe("migrate", () => {
  test("applies what is pending, once, as the owner of the schemas", async () => {
    expect(await plan(owner, readMigrations(directory))).toHaveLength(1);
    expect(await run()).toEqual(["0001-notes.sql"]);
    expect(await run()).toEqual([]);
    write("0002-more.sql", "alter table core.notes add column made_at timestamptz;");
    expect(await run()).toEqual(["0002-more.sql"]);
    const owners = await withOwner(
      owner,
      async (sql) => await sql`select tableowner from pg_tables where schemaname = 'core'`,
    );
    expect(owners.map((row) => row.tableowner)).toEqual([roles.owner, roles.owner]);
  });

  test("keeps nothing of a file that fails, keeps those before it, and names the line", async () => {
    write("0002-broken.sql", "create table core.half (id int);\n\ncreate table nowhere.t (id int);\n");
    await expect(run()).rejects.toThrow(/migrations\/core\/0002-broken.sql, line 3, failed.*3F000/s);
    const tables = await withOwner(
      owner,
      async (sql) => await sql`select tablename from pg_tables where schemaname = 'core' order by 1`,
    );
    expect(tables.map((row) => row.tablename)).toEqual(["migrations", "notes"]);
  });

  test("does not quote data that a file stumbled over", async () => {
    write("0002-data.sql", "insert into core.notes values ('Jane Doe'); select text::int from core.notes;");
    const error = await run().catch((caught: unknown) => caught);
    expect(String(error)).toContain("22P02");
    expect(String(error)).not.toContain("Jane");
  });

  test("refuses a file that ends its own transaction", async () => {
    write("0002-commit.sql", "create table core.early (id int); commit;");
    await expect(run()).rejects.toThrow("ends its own transaction");
  });

  test("a file may become the keeper and hand over a function", async () => {
    write(
      "0002-keeper.sql",
      `grant usage, create on schema core to :keeper;
       create function core.one() returns int language sql security definer set search_path = '' return 1;
       alter function core.one() owner to :keeper;
       set local role :keeper;
       create function core.two() returns int language sql security definer set search_path = '' return 2;`,
    );
    expect(await run()).toEqual(["0001-notes.sql", "0002-keeper.sql"]);
    const found = await withOwner(
      owner,
      async (sql) => await sql`select pg_get_userbyid(proowner) as name from pg_proc where proname in ('one', 'two')`,
    );
    expect(found.map((row) => row.name)).toEqual([roles.keeper, roles.keeper]);
  });

  test("two at once apply everything once", async () => {
    write("0002-more.sql", "create table core.more (id int);");
    const [first, second] = await Promise.all([run(), run()]);
    expect([...first, ...second].sort()).toEqual(["0001-notes.sql", "0002-more.sql"]);
  });
});

describe("the roles", () => {
  test("sign in by passwords derived from the secret, with the limits a request has", async () => {
    await run();
    const app = connectionOf(owner, roles, "app", secret);
    const settings = await withOwner(app, async (sql) => {
      await sql`insert into core.notes values ('a note')`;
      return await sql`select current_user as me, current_setting('statement_timeout') as statement,
        current_setting('idle_in_transaction_session_timeout') as idle, current_setting('lock_timeout') as lock`;
    });
    expect(settings[0]).toEqual({ me: roles.app, statement: "15s", idle: "30s", lock: "5s" });
    for (const part of ["door", "sealer", "jobs", "backup"] as const) {
      const me = await withOwner(
        connectionOf(owner, roles, part, secret),
        async (sql) => await sql`select current_user as me`,
      );
      expect(me[0]).toEqual({ me: roles[part] });
    }
  });

  test("do not open to another secret", async () => {
    await run();
    const stranger = connectionOf(owner, roles, "app", randomToken());
    await expect(withOwner(stranger, async (sql) => await sql`select 1`)).rejects.toThrow(
      "password authentication failed",
    );
  });

  test("follow a new secret", async () => {
    await run();
    const next = randomToken();
    await migrate(owner, roles, next, readMigrations(directory));
    const app = connectionOf(owner, roles, "app", next);
    expect(await withOwner(app, async (sql) => await sql`select 1 as one`)).toHaveLength(1);
  });

  test("the app may make nothing, become nobody and enter no other database", async () => {
    await run();
    const app = connectionOf(owner, roles, "app", secret);
    for (const statement of [
      "create table public.t (id int)",
      "create schema s",
      "create temp table t (id int)",
      `set role ${quoteName(roles.owner)}`,
      "create role stranger",
      "delete from core.migrations",
    ]) {
      const code = await withOwner(app, async (sql) => await sql.unsafe(statement)).catch(codeOf);
      expect([statement, code]).toEqual([statement, "42501"]);
    }
    const other = await emptyDatabase();
    await migrate(other.owner, roleNames(other.owner.database), secret, readMigrations(directory));
    const there = { ...app, database: other.owner.database };
    expect(await withOwner(there, async (sql) => await sql`select 1`).catch(codeOf)).toBe("42501");
    await other.stop();
  });

  test("that have grown powers are refused", async () => {
    await run();
    await withOwner(owner, async (sql) => await sql.unsafe(`alter role ${quoteName(roles.app)} bypassrls`));
    await expect(run()).rejects.toThrow(`${roles.app} has been given powers`);
    await withOwner(owner, async (sql) => {
      await sql.unsafe(`alter role ${quoteName(roles.app)} nobypassrls`);
      await sql.unsafe(`grant ${quoteName(roles.owner)} to ${quoteName(roles.app)}`);
    });
    await expect(run()).rejects.toThrow(`revoke ${quoteName(roles.owner)} from ${quoteName(roles.app)}`);
  });

  test("are made by a login that is no superuser but owns the database", async () => {
    const login = `${owner.database}_login`;
    const password = randomToken();
    await withOwner(owner, async (sql) => {
      await sql.unsafe(`create role ${quoteName(login)} login createrole password '${password}'`);
      await sql.unsafe(`alter database ${quoteName(owner.database)} owner to ${quoteName(login)}`);
    });
    const plain = { ...owner, user: login, password };
    expect(await migrate(plain, roles, secret, readMigrations(directory))).toHaveLength(1);
    expect(await migrate(plain, roles, secret, readMigrations(directory))).toHaveLength(0);
    expect(await plan(plain, readMigrations(directory))).toEqual([]);
  });

  test("are not asked of a login that may not make them", async () => {
    const login = `${owner.database}_plain`;
    const password = randomToken();
    await withOwner(owner, async (sql) => {
      await sql.unsafe(`create role ${quoteName(login)} login password '${password}'`);
    });
    const plain = { ...owner, user: login, password };
    await expect(migrate(plain, roles, secret, readMigrations(directory))).rejects.toThrow("createrole");
  });
});

describe("role names", () => {
  test("stay whole within PostgreSQL's 63 bytes, and apart", () => {
    const long = "ä".repeat(40);
    const names = [...Object.values(roleNames(long)), ...Object.values(roleNames(`${long}b`))];
    for (const name of names) expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
    expect(new Set(names).size).toBe(14);
    expect(roleNames("cairn").app).toBe("cairn_app");
  });
});

function codeOf(error: unknown): string {
  if (error instanceof postgres.PostgresError) return error.code;
  throw error;
}
