import { afterAll, describe, expect, test } from "bun:test";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attachEmbedded, startEmbedded } from "@core/db/embedded.ts";
import { withOwner } from "@core/db/migrate.ts";
import { processMark, waitUntil } from "@core/db/processes.ts";

const scratch = mkdtempSync(join(tmpdir(), "cairn-embedded-"));
chmodSync(scratch, 0o755);
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(scratch, { recursive: true, force: true });
});

/** An app of its own that runs the database of `folder`, and says "ready" with the server's number. */
async function startApp(folder: string): Promise<{ app: ChildProcess; server: number }> {
  const program = `
    const { startEmbedded } = await import(${JSON.stringify(join(import.meta.dir, "../../../core/db/embedded.ts"))});
    const server = await startEmbedded(process.argv[1]);
    process.on("SIGTERM", async () => { await server.stop(); process.exit(0); });
    console.log("ready " + server.pid);
    setInterval(() => {}, 1000);`;
  const app = spawn(process.execPath, ["-e", program, folder], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(app);
  const ended = once(app, "exit").then(() => {
    throw new Error("the app ended before its database was ready");
  });
  const [said] = await Promise.race([once(app.stdout ?? app, "data"), ended]);
  return { app, server: Number(String(said).split(" ")[1]) };
}

const isGone = (pid: number) => processMark(pid) === null;

describe("the embedded database", () => {
  const folder = join(scratch, "database");

  test("is UTF-8, counts in UTC, checks its pages, asks for a password and is not on the network", async () => {
    const server = await startEmbedded(folder);
    const [facts] = await withOwner(
      server.owner,
      async (sql) =>
        await sql`select pg_encoding_to_char(encoding) as encoding, datlocprovider as provider,
        datlocale as locale, current_setting('TimeZone') as zone, current_setting('data_checksums') as checksums,
        current_setting('listen_addresses') as addresses, current_setting('password_encryption') as passwords
        from pg_database where datname = 'postgres'`,
    );
    expect(facts).toEqual({
      encoding: "UTF8",
      provider: "b",
      locale: "C.UTF-8",
      zone: "UTC",
      checksums: "on",
      addresses: "",
      passwords: "scram-sha-256",
    });
    const stranger = { ...server.owner, password: "guess" };
    await expect(withOwner(stranger, async (sql) => await sql`select 1`)).rejects.toThrow("password authentication");
    await server.stop();
    expect(isGone(server.pid)).toBe(true);
    expect(existsSync(join(folder, "in-use"))).toBe(false);
  });

  test("starts again in under a second, with what was written", async () => {
    const before = await startEmbedded(folder);
    await withOwner(before.owner, async (sql) => await sql.unsafe("create table kept as select 7 as number"));
    await before.stop();
    const began = performance.now();
    const after = await startEmbedded(folder);
    expect(performance.now() - began).toBeLessThan(1000);
    const rows = await withOwner(after.owner, async (sql) => await sql`select number from kept`);
    expect(rows[0]).toEqual({ number: 7 });
    await after.stop();
  });

  test("belongs to one Cairn at a time; a second is told, and may share it", async () => {
    const { app, server } = await startApp(folder);
    await expect(startEmbedded(folder)).rejects.toThrow(`in use by another Cairn (process ${app.pid})`);
    const shared = await attachEmbedded(folder);
    if (!shared) throw new Error("there is nothing to share");
    const rows = await withOwner(shared.owner, async (sql) => await sql`select 1 as one`);
    expect(rows[0]).toEqual({ one: 1 });
    await shared.stop();
    expect(isGone(server)).toBe(false);
    app.kill("SIGTERM");
    await once(app, "exit");
    expect(isGone(server)).toBe(true);
    expect(await attachEmbedded(folder)).toBeUndefined();
  });

  test("does not outlive a killed app, keeps every committed row and starts again at once", async () => {
    for (let round = 1; round <= 3; round += 1) {
      const { app, server } = await startApp(folder);
      const shared = await attachEmbedded(folder);
      if (!shared) throw new Error("there is nothing to write to");
      await withOwner(shared.owner, async (sql) => {
        await sql.unsafe("create table if not exists rounds (number int)");
        await sql`insert into rounds values (${round})`;
      });
      app.kill("SIGKILL");
      await once(app, "exit");
      // Without a pause: the killed app's server may still be ending.
      const next = await startEmbedded(folder);
      const [row] = await withOwner(next.owner, async (sql) => await sql`select count(*)::int as count from rounds`);
      expect(row).toEqual({ count: round });
      expect(isGone(server)).toBe(true);
      await next.stop();
    }
  });

  test("leaves no process behind when the app is killed and nobody starts again", async () => {
    const { app, server } = await startApp(folder);
    app.kill("SIGKILL");
    expect(await waitUntil(() => isGone(server), 10_000)).toBe(true);
  });

  test("recovers when app and server are killed together, and their numbers belong to others by then", async () => {
    const { app, server } = await startApp(folder);
    process.kill(server, "SIGKILL");
    app.kill("SIGKILL");
    await waitUntil(() => isGone(server), 10_000);
    const lock = join(folder, "cluster/postmaster.pid");
    writeFileSync(lock, readFileSync(lock, "utf8").replace(/^\d+/, String(process.pid)));
    writeFileSync(join(folder, "in-use"), `${process.pid} 1`);
    const next = await startEmbedded(folder);
    const rows = await withOwner(next.owner, async (sql) => await sql`select number from kept`);
    expect(rows[0]).toEqual({ number: 7 });
    await next.stop();
  });

  test("says so when the server goes without having been asked", async () => {
    const server = await startEmbedded(folder);
    process.kill(server.pid, "SIGKILL");
    expect(await server.lost).toContain("ended by itself");
    await server.stop();
  });

  test("a start cut short leaves no half-made cluster", async () => {
    const other = join(scratch, "cut-short");
    mkdirSync(join(other, "cluster.unfinished"), { recursive: true });
    writeFileSync(join(other, "cluster.unfinished/PG_VERSION"), "17\n");
    const server = await startEmbedded(other, { durable: false });
    await server.stop();
    expect(existsSync(join(other, "cluster.unfinished"))).toBe(false);
  });

  test("a folder too deep for a socket is no hindrance", async () => {
    const deep = join(scratch, "deep".repeat(20), "er".repeat(20));
    const server = await startEmbedded(deep, { durable: false });
    expect(Buffer.byteLength(join(server.owner.host, ".s.PGSQL.5432"))).toBeLessThanOrEqual(107);
    const rows = await withOwner(server.owner, async (sql) => await sql`select 1 as one`);
    expect(rows[0]).toEqual({ one: 1 });
    await server.stop();
    rmSync(server.owner.host, { recursive: true });
  });

  test("a cluster of another PostgreSQL is refused in words", async () => {
    writeFileSync(join(folder, "cluster/PG_VERSION"), "14\n");
    await expect(startEmbedded(folder)).rejects.toThrow("made by PostgreSQL 14");
  });
});
