import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "@core/config.ts";
import { openDatabase } from "@core/db/database.ts";
import { migrate, withOwner } from "@core/db/migrate.ts";
import { readMigrations } from "@core/db/migrations.ts";
import { roleNames } from "@core/db/roles.ts";
import { randomToken } from "@core/vault/primitives.ts";
import { emptyDatabase, testDatabase } from "../../support/database.ts";

const scratch = mkdtempSync(join(tmpdir(), "cairn-database-"));
chmodSync(scratch, 0o755);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const directory = join(scratch, "migrations");
mkdirSync(join(directory, "core"), { recursive: true });
writeFileSync(
  join(directory, "core/0001-notes.sql"),
  "create table core.notes (text text); grant select, insert on core.notes to :app;",
);

describe("in development", () => {
  test("an embedded database is made, migrated and opened to the app's role", async () => {
    const config = readConfig({ CAIRN_DATA: join(scratch, "data") });
    const database = await openDatabase(config, { directory });
    expect(database.owner.database).toBe("cairn");
    expect(database.roles.app).toBe("cairn_app");
    const rows = await withOwner(database.as("app"), async (sql) => {
      await sql`insert into core.notes values ('first')`;
      return await sql`select text from core.notes`;
    });
    expect(rows[0]).toEqual({ text: "first" });
    await database.stop();

    const began = performance.now();
    const again = await openDatabase(config, { directory });
    expect(performance.now() - began).toBeLessThan(1000);
    await again.stop();
  });
});

describe("in production", () => {
  test("a database is refused until `cairn migrate` has been run, and then served without the owner", async () => {
    const empty = await emptyDatabase();
    const { host, port, user, password, database: name } = empty.owner;
    const url = `postgres://${user}:${encodeURIComponent(password)}@/${name}?host=${encodeURIComponent(host)}&port=${port}`;
    const config = readConfig({
      CAIRN_ENV: "production",
      BASE_URL: "https://cairn.example.org",
      DATABASE_URL: url,
      SECRET_KEY: randomToken(48),
    });
    await expect(openDatabase(config, { directory })).rejects.toThrow('Run "cairn migrate"');
    await migrate(empty.owner, roleNames(name), config.secretKey, readMigrations(directory));
    const database = await openDatabase(config, { directory });
    await database.stop();

    writeFileSync(join(directory, "core/0002-later.sql"), "select 1;");
    await expect(openDatabase(config, { directory })).rejects.toThrow("behind this Cairn by 1: core/0002-later.sql");
    rmSync(join(directory, "core/0002-later.sql"));
    await empty.stop();
  });
});

describe("a test's database", () => {
  test("is a clone of its own, with roles that work", async () => {
    const [one, two] = await Promise.all([testDatabase(directory), testDatabase(directory)]);
    expect(one.owner.database).not.toBe(two.owner.database);
    expect(one.roles).toEqual(two.roles);
    await withOwner(one.as("app"), async (sql) => await sql`insert into core.notes values ('only here')`);
    const there = await withOwner(two.as("app"), async (sql) => await sql`select text from core.notes`);
    expect(there).toHaveLength(0);
    await Promise.all([one.stop(), two.stop()]);
  });

  test("follows its migrations", async () => {
    const before = await testDatabase(directory);
    writeFileSync(join(directory, "core/0002-more.sql"), "alter table core.notes add column more text;");
    const after = await testDatabase(directory);
    expect(after.roles.app).not.toBe(before.roles.app);
    const columns = await withOwner(
      after.owner,
      async (sql) => await sql`select attname from pg_attribute where attrelid = 'core.notes'::regclass and attnum > 0`,
    );
    expect(columns).toHaveLength(2);
    await Promise.all([before.stop(), after.stop()]);
  });
});
