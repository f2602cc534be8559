import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { type Account, type Binaries, findBinaries, serverAccount } from "@core/db/binaries.ts";
import type { Connection } from "@core/db/connection.ts";
import { commandLine, processMark, waitUntil } from "@core/db/processes.ts";
import { Refusal } from "@core/refusal.ts";
import { randomToken, sha256 } from "@core/vault/primitives.ts";

/** A PostgreSQL server that belongs to this process and ends with it. */
export interface Embedded {
  /** The superuser's connection to the cluster's `postgres` database. */
  readonly owner: Connection;
  readonly pid: number;
  /** Resolves if the server goes without having been asked, with a sentence. */
  readonly lost: Promise<string>;
  /** Lets running statements go, writes everything down and ends the server. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** False for data that may be lost with the machine (tests): nothing waits for the disk. */
  readonly durable?: boolean;
  readonly settings?: Readonly<Record<string, string>>;
}

const port = 5432;
const superuser = "postgres";

/**
 * Starts PostgreSQL over `dataDir`, making the cluster first if there is none. It listens on a socket that only this
 * user may enter, never on the network. A server that an earlier, killed process left behind is ended first.
 */
export async function startEmbedded(dataDir: string, options: EmbeddedOptions = {}): Promise<Embedded> {
  const home = resolve(dataDir);
  mkdirSync(home, { recursive: true });
  const account = serverAccount();
  account.requireEntry(home);
  const claim = claimFolder(home);
  try {
    const binaries = findBinaries(home, account);
    const cluster = join(home, "cluster");
    await endOrphan(home, cluster);
    if (!existsSync(join(cluster, "PG_VERSION"))) await makeCluster(home, cluster, binaries, account, options);
    requireVersion(cluster, binaries);
    const socket = socketFolder(home, account);
    const { child, lost } = await startServer(cluster, socket, binaries, account, options);
    const password = readFileSync(secretFile(home), "utf8");
    return {
      owner: Object.freeze({ host: socket, port, user: superuser, password, database: "postgres" }),
      pid: child.pid ?? 0,
      lost,
      async stop() {
        await endServer(child);
        claim.release();
      },
    };
  } catch (error) {
    claim.release();
    throw error;
  }
}

/** The server that another Cairn on this machine runs over `dataDir`; undefined when none does. Stopping leaves it alone. */
export async function attachEmbedded(dataDir: string): Promise<Embedded | undefined> {
  const home = resolve(dataDir);
  // PostgreSQL's lock file, by lines: process, folder, start, port, socket's folder, address, memory, state.
  const lock = join(home, "cluster/postmaster.pid");
  const readLines = () => (existsSync(lock) ? readFileSync(lock, "utf8").split("\n") : []);
  const isRunning = () => holderOf(home) !== undefined;
  await waitUntil(() => !isRunning() || readLines()[7]?.trim() === "ready", 30_000);
  const [pid, , , , socket] = readLines();
  if (!isRunning() || socket === undefined) return undefined;
  const password = readFileSync(secretFile(home), "utf8");
  return {
    owner: Object.freeze({ host: socket, port, user: superuser, password, database: "postgres" }),
    pid: Number(pid),
    lost: new Promise(() => {}),
    stop: async () => {},
  };
}

const secretFile = (home: string) => join(home, "owner.secret");

/**
 * Says who uses the folder, for the sentence a second process gets. PostgreSQL's own lock on the cluster is what keeps
 * two servers apart, should two processes pass here in the same instant.
 */
function claimFolder(home: string): { release(): void } {
  const file = join(home, "in-use");
  const mark = processMark(process.pid) ?? `${process.pid}`;
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      writeFileSync(file, mark, { flag: "wx" });
      return { release: () => rmSync(file, { force: true }) };
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    const holder = holderOf(home);
    if (holder !== undefined) throw alreadyInUse(home, holder);
    rmSync(file, { force: true });
  }
  throw alreadyInUse(home, "");
}

/** The mark of the living process that uses the folder. */
function holderOf(home: string): string | undefined {
  const file = join(home, "in-use");
  const mark = existsSync(file) ? readFileSync(file, "utf8") : "";
  return mark !== "" && processMark(Number.parseInt(mark, 10)) === mark ? mark : undefined;
}

function alreadyInUse(home: string, holder: string): Refusal {
  const who = holder === "" ? "another Cairn" : `another Cairn (process ${Number.parseInt(holder, 10)})`;
  return new Refusal(
    `The database in ${home} is in use by ${who}. Stop that one first, or give this one a folder of its own: CAIRN_DATA=/another/folder`,
  );
}

/**
 * A killed app's server stops by itself, but may still be at it; where the system cannot tell a child of its parent's
 * death it runs on. A lock file whose process is no server of this cluster is a leftover, and PostgreSQL would take
 * any process of that number for its owner: in a container numbers soon repeat.
 */
async function endOrphan(home: string, cluster: string): Promise<void> {
  const lock = join(cluster, "postmaster.pid");
  if (!existsSync(lock)) return;
  const pid = Number.parseInt(readFileSync(lock, "utf8"), 10);
  const isOurs = () => processMark(pid) !== null && commandLine(pid).includes(cluster);
  for (const signal of ["SIGINT", "SIGQUIT", "SIGKILL"] as const) {
    if (!isOurs()) break;
    process.kill(pid, signal);
    await waitUntil(() => !isOurs(), 5_000);
  }
  if (isOurs())
    throw new Refusal(`An earlier database server (process ${pid}) does not end. End it, then start again.`);
  // A server in another container over the same volume has no process here, but its socket answers.
  if (await answers(socketPath(home))) throw alreadyInUse(home, "");
  rmSync(lock, { force: true });
}

async function answers(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function makeCluster(
  home: string,
  cluster: string,
  binaries: Binaries,
  account: Account,
  options: EmbeddedOptions,
): Promise<void> {
  const secret = secretFile(home);
  writeFileSync(secret, randomToken(24), { mode: 0o600 });
  account.own(secret);
  // Made aside and renamed, so that a start cut short leaves nothing that looks like a cluster.
  const unfinished = `${cluster}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  account.makeFolder(unfinished);
  const words = ["-D", unfinished, "-U", superuser, `--pwfile=${secret}`, "--auth=scram-sha-256", "--encoding=UTF8"];
  // Nothing may come from the surrounding locale: without LANG the cluster would be SQL_ASCII.
  words.push("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--data-checksums");
  if (options.durable === false) words.push("--no-sync");
  const child = run(binaries.initdb, words, "TERM", account);
  let said = "";
  child.stderr?.on("data", (text) => {
    said += text;
  });
  const [code] = await once(child, "close");
  if (code !== 0)
    throw new Refusal(`The database could not be made in ${cluster}: ${said.trim() || `initdb ended with ${code}`}`);
  renameSync(unfinished, cluster);
}

function requireVersion(cluster: string, binaries: Binaries): void {
  const made = readFileSync(join(cluster, "PG_VERSION"), "utf8").trim();
  if (made === binaries.major) return;
  throw new Refusal(
    `The database in ${cluster} was made by PostgreSQL ${made}, and this Cairn brings ${binaries.major}. ` +
      `Restore a backup into a new data folder, or start the Cairn that made it.`,
  );
}

/** A socket's path may be 107 bytes long; a longer one moves to a private folder beside the other temporary files. */
function socketPath(home: string): string {
  const near = join(home, "socket", `.s.PGSQL.${port}`);
  if (Buffer.byteLength(near) <= 107) return near;
  return join(tmpdir(), `cairn-${sha256(home).toString("hex").slice(0, 16)}`, `.s.PGSQL.${port}`);
}

function socketFolder(home: string, account: Account): string {
  const path = socketPath(home);
  const folder = dirname(path);
  account.makeFolder(folder);
  const made = lstatSync(folder);
  if (!made.isDirectory() || made.uid !== account.uid) {
    throw new Refusal(
      `${folder} belongs to someone else. Give Cairn a data folder with a shorter path: CAIRN_DATA=/a/folder`,
    );
  }
  for (const leftover of [path, `${path}.lock`]) rmSync(leftover, { force: true });
  return folder;
}

async function startServer(
  cluster: string,
  socket: string,
  binaries: Binaries,
  account: Account,
  options: EmbeddedOptions,
): Promise<{ child: ChildProcess; lost: Promise<string> }> {
  const settings = {
    listen_addresses: "",
    unix_socket_permissions: "0700",
    timezone: "UTC",
    log_timezone: "UTC",
    shared_buffers: "128MB",
    jit: "off",
    // After a crash one call to the kernel brings thousands of files to the disk, where file by file it takes half a minute.
    ...(process.platform === "linux" && { recovery_init_sync_method: "syncfs" }),
    // The server's log must not quote what was being written when something failed.
    log_min_messages: "log",
    log_min_error_statement: "panic",
    log_error_verbosity: "terse",
    log_parameter_max_length_on_error: "0",
    ...(options.durable === false && { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }),
    ...options.settings,
  };
  const words = ["-D", cluster, "-k", socket, "-p", String(port)];
  for (const [name, value] of Object.entries(settings)) words.push("-c", `${name}=${value}`);
  const child = run(binaries.postgres, words, "INT", account);
  let tail = "";
  const ready = Promise.withResolvers<void>();
  const lost = Promise.withResolvers<string>();
  child.stderr?.on("data", (text) => {
    tail = (tail + text).slice(-4000);
    if (String(text).includes("ready to accept connections")) ready.resolve();
  });
  child.once("error", (error) => ready.reject(new Refusal(`The database server cannot be started: ${error.message}`)));
  child.once("close", (code, signal) => {
    const said = tail.trim().split("\n").at(-1) ?? "";
    const locked = tail.includes("lock file");
    ready.reject(
      locked ? alreadyInUse(cluster, "") : new Refusal(`The database server ended while starting: ${tail.trim()}`),
    );
    lost.resolve(`The database server ended by itself (${signal ?? code}): ${said}`);
  });
  await ready.promise;
  return { child, lost: lost.promise };
}

/**
 * Runs a PostgreSQL program so that it neither outlives this process (setpriv asks the kernel to signal it when its
 * parent dies, however that dies) nor hears the terminal's Ctrl-C (a session of its own): the app ends it in order.
 */
function run(program: string, words: readonly string[], onDeath: string, account: Account): ChildProcess {
  const setpriv = "/usr/bin/setpriv";
  const guarded = existsSync(setpriv) ? [setpriv, "--pdeathsig", onDeath, program, ...words] : [program, ...words];
  const [first = program, ...rest] = guarded;
  const env = { PATH: process.env.PATH ?? "/usr/bin:/bin", LANG: "C", LC_ALL: "C", TZ: "UTC" };
  return spawn(first, rest, {
    ...account.identity,
    cwd: "/",
    env,
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
}

async function endServer(child: ChildProcess): Promise<void> {
  const isGone = () => child.exitCode !== null || child.signalCode !== null;
  for (const signal of ["SIGINT", "SIGQUIT", "SIGKILL"] as const) {
    if (isGone()) return;
    child.kill(signal);
    await waitUntil(isGone, 10_000);
  }
}
