import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, parseDatabaseUrl } from "@core/db/connection.ts";
import { type Database, migrationsDirectory } from "@core/db/database.ts";
import { migrate, withOwner } from "@core/db/migrate.ts";
import { type Migration, readMigrations } from "@core/db/migrations.ts";
import { processMark } from "@core/db/processes.ts";
import { admitRoles, connectionOf, type LoginPart, quoteName, roleNames } from "@core/db/roles.ts";
import { queueVersion } from "@core/jobs/queue-schema.ts";
import { derive, randomToken, sha256 } from "@core/vault/primitives.ts";
import type { Sql } from "postgres";

/** A database of a test's own: migrated, empty, gone after `stop()` or with the run. */
export interface TestDatabase extends Database {
  /** The SECRET_KEY that the roles' passwords come from. */
  readonly secret: string;
}

/**
 * A clone of the migrated template, in about a tenth of a second. The template is made once a run for each set of
 * migrations; clones share its roles. With TEST_DATABASE_URL (a superuser's) that server is used, and keeps the
 * template for the next run. `on` names a server that the caller holds himself.
 */
export async function testDatabase(directory = migrationsDirectory, on?: Connection): Promise<TestDatabase> {
  const server = on ?? (await testServer());
  const known = readMigrations(directory);
  const template = `cairn_test_${hashOf(known).slice(0, 12)}`;
  const roles = roleNames(template);
  const secret = derive(server.password, "tests").toString("base64url");
  const name = `${template}_${randomToken(6).replaceAll("-", "x").toLowerCase()}_${process.pid}`;
  await withOwner(server, async (sql) => {
    await ensureTemplate(sql, server, template, known, secret);
    await sql.unsafe(`create database ${quoteName(name)} template ${quoteName(template)}`);
  });
  const owner = Object.freeze({ ...server, database: name });
  await withOwner(owner, async (sql) => await admitRoles(sql, roles));
  return Object.freeze({
    owner,
    roles,
    secret,
    as: (part: LoginPart) => connectionOf(owner, roles, part, secret),
    lost: new Promise<string>(() => {}),
    stop: async () => await dropDatabase(server, name),
  });
}

/** An empty database, without roles or migrations. */
export async function emptyDatabase(): Promise<{ readonly owner: Connection; stop(): Promise<void> }> {
  const server = await testServer();
  const name = `cairn_empty_${randomToken(6).replaceAll("-", "x").toLowerCase()}_${process.pid}`;
  await withOwner(server, async (sql) => await sql.unsafe(`create database ${quoteName(name)}`));
  return {
    owner: Object.freeze({ ...server, database: name }),
    stop: async () => {
      await dropDatabase(server, name);
      await dropRoles(server, name);
    },
  };
}

async function dropRoles(server: Connection, prefix: string): Promise<void> {
  await withOwner(server, async (sql) => {
    const roles = await sql<
      { rolname: string }[]
    >`select rolname from pg_roles where starts_with(rolname, ${`${prefix}_`})`;
    // Each made by another of them: without the grants between them, any order will do.
    for (const { rolname } of roles) await sql.unsafe(`drop owned by ${quoteName(rolname)}`);
    for (const { rolname } of roles) await sql.unsafe(`drop role ${quoteName(rolname)}`);
  });
}

async function dropDatabase(server: Connection, name: string): Promise<void> {
  await withOwner(server, async (sql) => await sql.unsafe(`drop database if exists ${quoteName(name)} with (force)`));
}

/** Built under another name and renamed when whole: a run that was killed half way leaves no template that lies. */
async function ensureTemplate(
  sql: Sql,
  server: Connection,
  template: string,
  known: readonly Migration[],
  secret: string,
): Promise<void> {
  await sql`select pg_advisory_lock(hashtextextended(${template}, 0))`;
  const found = await sql`select 1 from pg_database where datname = ${template}`;
  if (found.length === 0) {
    const unfinished = `${template}_unfinished`;
    await sql.unsafe(`drop database if exists ${quoteName(unfinished)} with (force)`);
    await sql.unsafe(`create database ${quoteName(unfinished)}`);
    await migrate({ ...server, database: unfinished }, roleNames(template), secret, known);
    // Migrations leave half of the catalogue's pages empty; every clone would copy them.
    await withOwner({ ...server, database: unfinished }, async (own) => await own.unsafe("vacuum (full, analyze)"));
    await sql.unsafe(`alter database ${quoteName(unfinished)} rename to ${quoteName(template)}`);
  }
  await sql`select pg_advisory_unlock(hashtextextended(${template}, 0))`;
}

function hashOf(known: readonly Migration[]): string {
  const code = readFileSync(join(import.meta.dir, "../../core/db/roles.ts"), "utf8");
  const queue = `pgboss ${queueVersion}`;
  const files = known.map((migration) => `${migration.folder}/${migration.name} ${migration.sha256}`);
  return sha256([code, queue, ...files].join("\n")).toString("hex");
}

let server: Promise<Connection> | undefined;

/** The server of this run: TEST_DATABASE_URL's, or an embedded one that the run's workers share. */
async function testServer(): Promise<Connection> {
  const given = process.env.TEST_DATABASE_URL;
  server ??= given ? Promise.resolve(parseDatabaseUrl(given)) : sharedCluster();
  return await server;
}

async function sharedCluster(): Promise<Connection> {
  // A worker of `bun test --parallel` is known by its number; its parent is the run.
  const pid = process.env.JEST_WORKER_ID ? process.ppid : process.pid;
  const run = processMark(pid);
  if (run === null) throw new Error("the run that this test belongs to is gone");
  const folder = join(tmpdir(), `cairn-tests-${run.replace(/\W+/g, "-")}`);
  const connection = join(folder, "connection.json");
  const log = join(folder, "cluster.log");
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
  if (isFirst(join(folder, "starting"))) {
    const output = openSync(log, "a");
    // Begun by a shell that leaves at once: a worker takes its own children along after each file. A session of its own,
    // because Ctrl-C is for the tests; the cluster sees their end by itself.
    const words = [process.execPath, join(import.meta.dir, "cluster.ts"), folder, run];
    spawn("/bin/sh", ["-c", '"$@" &', "cluster", ...words], { detached: true, stdio: ["ignore", output, output] });
  }
  const end = performance.now() + 60_000;
  while (!existsSync(connection)) {
    if (performance.now() > end) throw new Error(`the test database did not start:\n${readFileSync(log, "utf8")}`);
    await Bun.sleep(20);
  }
  return JSON.parse(readFileSync(connection, "utf8")) as Connection;
}

function isFirst(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" });
    return true;
  } catch {
    return false;
  }
}
