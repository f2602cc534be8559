/**
 * A checkpoint: a signed note over the log of heads (C2SP tlog-checkpoint and signed-note), so that witnesses made for
 * other logs can read it. Each leaf of that log is one institution's head: the size and the root of its tree.
 *
 *   cairn.example.org/audit
 *   1284                                          leaves in the log of heads
 *   qb3…=                                         its root
 *   checkpoint 977
 *   era 1
 *   at 2026-01-02T03:04:05.678901Z
 *
 *   — cairn.example.org/audit dGVzdA…=
 */
import { sha256 } from "../vault/primitives.ts";
import { isSigned, type SigningKey } from "../vault/signing.ts";
import { equal, type Hash, leafHash } from "./merkle.ts";

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Hash;
  readonly id: number;
  readonly era: number;
  /** UTC, to the microsecond. */
  readonly at: string;
  /** Why a new era began, when it did with this checkpoint. */
  readonly rebased?: string;
}

export interface Head {
  readonly tenantId: string;
  readonly size: number;
  readonly root: Hash;
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

/** The leaf of the log of heads. */
export function headLeaf({ tenantId, size, root }: Head): Hash {
  return leafHash(new TextEncoder().encode(JSON.stringify(["cairn.head.1", tenantId, String(size), base64(root)])));
}

/** Four bytes that name the key in a note (signed-note: SHA-256 of name, newline, 0x01 and the key). */
function keyMark(name: string, publicKey: Uint8Array): Uint8Array {
  return sha256(Buffer.concat([Buffer.from(`${name}\n\x01`), publicKey])).subarray(0, 4);
}

/** The public key as one printable word: name+mark+key. */
export function verifierKey(name: string, publicKey: Uint8Array): string {
  const mark = Buffer.from(keyMark(name, publicKey)).toString("hex");
  return `${name}+${mark}+${base64(Buffer.concat([Buffer.of(1), publicKey]))}`;
}

export function signCheckpoint(point: Checkpoint, key: SigningKey): string {
  const lines = [
    point.origin,
    point.size,
    base64(point.root),
    `checkpoint ${point.id}`,
    `era ${point.era}`,
    `at ${point.at}`,
  ];
  if (point.rebased) lines.push(`rebased ${point.rebased}`);
  const text = `${lines.join("\n")}\n`;
  const signature = Buffer.concat([keyMark(point.origin, key.publicKey), key.sign(Buffer.from(text))]);
  return `${text}\n— ${point.origin} ${base64(signature)}\n`;
}

/** What a note says; null when it is no checkpoint of ours. Says nothing about its signature. */
export function readCheckpoint(note: string): Checkpoint | null {
  const found =
    /^([^\n]+)\n(\d{1,15})\n([A-Za-z0-9+/]{43}=)\ncheckpoint (\d{1,15})\nera (\d{1,9})\nat ([^\n]+)\n(?:rebased ([^\n]+)\n)?\n— /.exec(
      note,
    );
  if (!found) return null;
  const [, origin = "", size, root = "", id, era, at = "", rebased] = found;
  return {
    origin,
    size: Number(size),
    root: new Uint8Array(Buffer.from(root, "base64")),
    id: Number(id),
    era: Number(era),
    at,
    ...(rebased && { rebased }),
  };
}

/** Whether the note as it stands carries a signature of this key. */
export function isCheckpointSigned(note: string, publicKey: Uint8Array): boolean {
  const cut = note.indexOf("\n\n— ");
  if (cut < 0) return false;
  const text = Buffer.from(note.slice(0, cut + 1));
  return note
    .slice(cut + 2)
    .split("\n")
    .some((line) => {
      const [, name = "", signature = ""] = /^— (\S+) (\S+)$/.exec(line) ?? [];
      const bytes = Buffer.from(signature, "base64");
      return equal(bytes.subarray(0, 4), keyMark(name, publicKey)) && isSigned(publicKey, text, bytes.subarray(4));
    });
}

/** Notes one after the other, as a witness keeps them. */
export function splitNotes(text: string): string[] {
  return text.match(/[^\n]+\n(?:[^\n]+\n)+\n(?:— [^\n]+\n)+/g) ?? [];
}
