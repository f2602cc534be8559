/** Where copies of backups go: a folder (a mounted disk of another machine), a store that speaks S3, or a place behind SFTP. */
import { createReadStream, existsSync } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { Refusal } from "@core/refusal.ts";
import { type S3Place, s3Target } from "./s3.ts";
import { parseSftpPlace, type SftpPlace, sftpTarget } from "./sftp.ts";

export type BackupPlace = { readonly kind: "folder"; readonly path: string } | S3Place | SftpPlace;

export interface Target {
  /** Shown, and stored beside what lies there; holds no secret. */
  readonly id: string;
  /** Does not stand on the machine that makes the backups, as far as one can see from here. */
  readonly isOffSite: boolean;
  /** Whole or not at all. With `until` it can be neither changed nor removed before, where the store can do that. */
  put(name: string, file: string, until: Date | null): Promise<void>;
  names(): Promise<readonly string[]>;
  get(name: string): AsyncIterable<Uint8Array>;
  remove(name: string): Promise<void>;
}

export const backupPlaceExample = "s3://hospital-backups/cairn?region=eu-central-1";

/** A path, s3://bucket[/prefix]?region=…[&endpoint=https://…][&lock=compliance], or sftp://user@host/folder?key=…&known=…. */
export function parseBackupPlace(text: string, allowsClear: boolean): BackupPlace {
  if (text.startsWith("/")) return { kind: "folder", path: resolve(text) };
  if (!URL.canParse(text)) throw new Refusal(`"${text.slice(0, 80)}" is neither a path from the root nor an address.`);
  const url = new URL(text);
  if (url.protocol === "file:") return { kind: "folder", path: resolve(decodeURIComponent(url.pathname)) };
  if (url.protocol === "sftp:") return parseSftpPlace(url);
  if (url.protocol !== "s3:")
    throw new Refusal(`begins with ${url.protocol}//; name a folder, s3://bucket or sftp://user@host/folder.`);
  const region = url.searchParams.get("region");
  const endpoint = url.searchParams.get("endpoint") ?? (region ? `https://s3.${region}.amazonaws.com` : null);
  if (!url.hostname || !region || !endpoint) throw new Refusal("names no bucket or no ?region=.");
  if (!URL.canParse(endpoint) || !(endpoint.startsWith("https:") || (allowsClear && endpoint.startsWith("http:"))))
    throw new Refusal("has an endpoint that is not https.");
  const lock = url.searchParams.get("lock");
  if (lock !== null && lock !== "compliance" && lock !== "governance")
    throw new Refusal("has a lock that is neither compliance nor governance.");
  const prefix = decodeURIComponent(url.pathname).replace(/^\/+|\/+$/g, "");
  return { kind: "s3", bucket: url.hostname, prefix, region, endpoint: endpoint.replace(/\/+$/, ""), lock };
}

export function openTarget(place: BackupPlace): Target {
  if (place.kind === "sftp") return sftpTarget(place);
  return place.kind === "folder" ? folderTarget(place.path) : s3Target(place);
}

export function folderTarget(path: string): Target {
  const at = (name: string) => {
    if (name !== basename(name) || name.startsWith(".")) throw new TypeError("a backup's name is one plain word");
    return join(path, name);
  };
  return {
    id: path,
    isOffSite: false,
    async put(name, file) {
      await mkdir(path, { recursive: true, mode: 0o700 });
      const beside = join(path, `.${name}.part`);
      const from = Bun.file(file).stream();
      const handle = await open(beside, "w", 0o600);
      try {
        for await (const piece of from)
          for (let at = 0; at < piece.length; ) at += (await handle.write(piece, at)).bytesWritten;
        await handle.sync();
      } catch (error) {
        await handle.close();
        await rm(beside, { force: true });
        throw error;
      }
      await handle.close();
      await rename(beside, at(name));
      const folder = await open(path, "r");
      await folder.sync().finally(() => folder.close());
    },
    async names() {
      if (!existsSync(path)) return [];
      return (await readdir(path)).filter((name) => !name.startsWith(".")).sort();
    },
    async *get(name) {
      yield* createReadStream(at(name)) as AsyncIterable<Uint8Array>;
    },
    async remove(name) {
      await rm(at(name), { force: true });
    },
  };
}

/** Whether two folders stand on different devices: a copy on the same disk is lost with it. */
export async function isOtherDevice(one: string, other: string): Promise<boolean> {
  try {
    return (await stat(one)).dev !== (await stat(other)).dev;
  } catch {
    return false;
  }
}
