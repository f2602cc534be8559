/**
 * A place that speaks SFTP, through the system's own `sftp` (OpenSSH) in batch mode: the protocol, its ciphers and its
 * host keys stay with the program that every hospital's system keeps up to date. The other side is known by its host key
 * alone, this side by a key file; nobody is asked anything, and no configuration of a person's is read.
 */
import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { Refusal } from "@core/refusal.ts";
import type { Target } from "./targets.ts";

export interface SftpPlace {
  readonly kind: "sftp";
  readonly user: string;
  readonly host: string;
  readonly port: number;
  /** On the other side: "copies" in the user's own folder, "/srv/copies" from the root. */
  readonly folder: string;
  /** A file of private key, and one in the form of known_hosts with the one host key that is right. */
  readonly keyFile: string;
  readonly knownFile: string;
}

/** A silent connection is given up after a minute; a slow one is not. */
const PATIENCE = ["ConnectTimeout=20", "ServerAliveInterval=15", "ServerAliveCountMax=4"];

/** sftp://user@host[:port]/folder?key=/file&known=/file; `//` before the folder: from the root of the other side. */
export function parseSftpPlace(url: URL): SftpPlace {
  const [keyFile, knownFile] = [url.searchParams.get("key"), url.searchParams.get("known")];
  const folder = decodeURIComponent(url.pathname).slice(1).replace(/\/+$/, "");
  if (url.password) throw new Refusal("holds a password; name a key file with ?key= instead.");
  if (!url.hostname || !url.username) throw new Refusal("names no user or no host, as in sftp://cairn@host/folder.");
  if (!keyFile?.startsWith("/")) throw new Refusal("names no private key: ?key=/etc/cairn/backup_ed25519.");
  if (!knownFile?.startsWith("/"))
    throw new Refusal("names no file with the other side's host key: &known=/etc/cairn/known_hosts (ssh-keyscan).");
  // What stands in a line of commands has to be one plain word.
  if (
    !/^\/?[\w.-]+(\/[\w.-]+)*$/.test(folder) ||
    !/^\w[\w.-]*$/.test(url.username) ||
    !/^[\w.:[\]-]+$/.test(url.hostname)
  )
    throw new Refusal(
      "has a user, host or folder with other letters than A to Z, digits, point, hyphen and underscore.",
    );
  const port = url.port === "" ? 22 : Number(url.port);
  return { kind: "sftp", user: url.username, host: url.hostname, port, folder, keyFile, knownFile };
}

/** How `sftp` reaches the place: the pinned host key, this key, and nothing that lies about on this machine. */
const reachOf = ({ user, host, port, keyFile, knownFile }: SftpPlace): readonly string[] => [
  ...["-F", "/dev/null", "-P", String(port), "-i", keyFile],
  ...["BatchMode=yes", "IdentitiesOnly=yes", "StrictHostKeyChecking=yes", `UserKnownHostsFile=${knownFile}`]
    .concat("GlobalKnownHostsFile=/dev/null", "ForwardAgent=no", ...PATIENCE)
    .flatMap((option) => ["-o", option]),
  "--",
  `${user}@${host}`,
];

/** @param reach in place of the connection, for tests */
export function sftpTarget(place: SftpPlace, reach: readonly string[] = reachOf(place)): Target {
  const at = (name: string) => {
    if (!/^[\w][\w.-]*$/.test(name)) throw new TypeError("a backup's name is one plain word");
    return `${place.folder}/${name}`;
  };
  /** Each line is one command; the first that fails ends it, unless it begins with a hyphen. Returns what they printed. */
  const tell = async (lines: readonly string[], cwd?: string): Promise<string> => {
    const child = Bun.spawn(["sftp", "-q", "-b", "-", ...reach], {
      ...(cwd !== undefined && { cwd }),
      env: { PATH: process.env.PATH ?? "/usr/bin:/bin", LC_ALL: "C" },
      stdin: Buffer.from(`${lines.join("\n")}\n`),
      stdout: "pipe",
      stderr: "pipe",
    });
    const [out, err, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    if (code !== 0)
      throw new Refusal(
        `${idOf(place)}: ${err.trim().split("\n").slice(-2).join(" ").slice(0, 300) || `sftp ended with ${code}`}`,
      );
    return out;
  };
  const makeFolder = place.folder
    .split("/")
    .map((_, i, parts) => parts.slice(0, i + 1).join("/"))
    .filter((path) => path !== "")
    .map((path) => `-mkdir ${path}`);
  const names = async () =>
    (await tell([...makeFolder, `cd ${place.folder}`, "ls -1"]))
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "" && !line.startsWith("sftp> ") && !line.startsWith("."))
      .sort();
  return {
    id: idOf(place),
    isOffSite: true,
    async put(name, file) {
      if (!/^[\w.-]+$/.test(basename(file))) throw new TypeError("a file that is put is called by one plain word");
      const beside = `${place.folder}/.${name}.part`;
      // Only what arrived whole, and was asked onto the disk there, takes its name: a posix-rename, in one step.
      const lines = [...makeFolder, `put -f ${basename(file)} ${beside}`, `rename ${beside} ${at(name)}`];
      await tell(lines, dirname(file)).catch(async (error) => {
        await tell([`-rm ${beside}`]).catch(() => {});
        throw error;
      });
    },
    names,
    async *get(name) {
      const folder = await mkdtemp(join(tmpdir(), "cairn-sftp-"));
      try {
        await tell([`get ${at(name)} copy`], folder);
        yield* createReadStream(join(folder, "copy")) as AsyncIterable<Uint8Array>;
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    async remove(name) {
      const path = at(name);
      await tell([`rm ${path}`]).catch(async (error) => {
        if ((await names()).includes(name)) throw error;
      });
    },
  };
}

const idOf = ({ user, host, port, folder }: SftpPlace) =>
  `sftp://${user}@${host}${port === 22 ? "" : `:${port}`}/${folder}`;
