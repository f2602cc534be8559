/**
 * Where a file waits while it is written: its digest must be in the ledger, and the ledger committed, before the first
 * byte leaves. Small ones wait in memory. Larger ones wait in a file that lost its name the moment it was opened, sealed
 * under a key that exists nowhere but here: a process that dies leaves nothing behind that could be found or read.
 */
import { closeSync, mkdirSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { openStream, sealStream } from "@core/vault/stream";

export interface Spooled {
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
  readonly sha256: Uint8Array;
  readonly bytes: number;
  /** For a file that will not be sent after all. A second time does nothing. */
  discard(): void;
}

const IN_MEMORY = 4 * 1024 * 1024;
const READ = 256 * 1024;
const NAME = "00000000-0000-0000-0000-000000000000";
const ADDRESS = new TextEncoder().encode("spool");

/** Takes all of `source`. When that throws, nothing is left of it. Between pieces others get their turn. */
export async function spool(source: AsyncIterable<Uint8Array>, folder: string): Promise<Spooled> {
  const hasher = new Bun.CryptoHasher("sha256");
  const held: Uint8Array[] = [];
  let bytes = 0;
  const pieces = measured(source, (piece) => {
    hasher.update(piece);
    bytes += piece.length;
  });
  for (;;) {
    const { done, value } = await pieces.next();
    if (done) {
      const body = new Uint8Array(Buffer.concat(held));
      return { body, sha256: hasher.digest(), bytes, discard: () => {} };
    }
    held.push(value);
    if (bytes > IN_MEMORY) break;
  }
  const key = crypto.getRandomValues(new Uint8Array(32));
  const file = openUnnamed(folder);
  try {
    async function* all() {
      for (let piece = held.shift(); piece; piece = held.shift()) yield piece;
      yield* pieces;
    }
    for await (const piece of sealStream(key, NAME, all(), ADDRESS)) writeWhole(file, piece);
  } catch (error) {
    closeSync(file);
    throw error;
  }
  let isOpen = true;
  const discard = () => {
    if (isOpen) closeSync(file);
    isOpen = false;
    key.fill(0);
  };
  async function* body() {
    try {
      yield* openStream(readWhole(file), () => key.slice(), ADDRESS);
    } finally {
      discard();
    }
  }
  return { body: body(), sha256: hasher.digest(), bytes, discard };
}

async function* measured(source: AsyncIterable<Uint8Array>, measure: (piece: Uint8Array) => void) {
  for await (const piece of source) {
    measure(piece);
    yield piece;
    await new Promise(setImmediate);
  }
}

function openUnnamed(folder: string): number {
  const place = join(folder, "spool");
  mkdirSync(place, { recursive: true, mode: 0o700 });
  const path = join(place, crypto.randomUUID());
  const file = openSync(path, "wx+", 0o600);
  unlinkSync(path);
  return file;
}

/** A disk that is full may take a part: then the rest is refused with its reason. */
function writeWhole(file: number, piece: Uint8Array): void {
  for (let at = 0; at < piece.length; ) at += writeSync(file, piece, at, piece.length - at);
}

function* readWhole(file: number): Generator<Uint8Array> {
  for (let at = 0; ; ) {
    const piece = new Uint8Array(READ);
    const read = readSync(file, piece, 0, READ, at);
    if (read === 0) return;
    at += read;
    yield piece.subarray(0, read);
  }
}
