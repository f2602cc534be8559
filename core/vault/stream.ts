/**
 * Files and backups under secretstream XChaCha20-Poly1305, 64 KiB at a time:
 * `ver(1) alg(1) key_id(16) header(24)`, then chunks of 64 KiB + 17, the last shorter or equal and tagged FINAL.
 * Order, omission, repetition and cutting off are all noticed; the last only at the end, so a reader that met an error
 * must throw away what it already had.
 */
import type { StateAddress } from "libsodium-wrappers-sumo";
import { bind, join } from "./aead.ts";
import { HEADER_BYTES, uuidBytes, uuidText, VERSION } from "./ciphertext.ts";
import { SealBroken } from "./errors.ts";
import { sodium } from "./sodium.ts";

export const SECRETSTREAM = 4;
export const CHUNK_BYTES = 64 * 1024;
const SEALED_CHUNK_BYTES = CHUNK_BYTES + sodium.crypto_secretstream_xchacha20poly1305_ABYTES;
const START_BYTES = HEADER_BYTES + sodium.crypto_secretstream_xchacha20poly1305_HEADERBYTES;

export type Source = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Sealed pieces of `source`. The key is used before this returns: the caller may erase it at once. */
export function sealStream(
  key: Uint8Array,
  keyId: string,
  source: Source,
  address: Uint8Array,
): AsyncGenerator<Uint8Array, void, undefined> {
  const prefix = join(Uint8Array.of(VERSION, SECRETSTREAM), uuidBytes(keyId));
  const { state, header } = sodium.crypto_secretstream_xchacha20poly1305_init_push(key);
  return push(state, join(prefix, header), source, bind("cairn/stream", prefix, address));
}

async function* push(state: StateAddress, start: Uint8Array, source: Source, aad: Uint8Array) {
  const seal = (chunk: Uint8Array, last: boolean) =>
    sodium.crypto_secretstream_xchacha20poly1305_push(
      state,
      chunk,
      aad,
      last
        ? sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL
        : sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE,
    );
  yield start;
  let held: Uint8Array | null = null;
  for await (const chunk of inChunks(source, CHUNK_BYTES)) {
    if (held) yield seal(held, false);
    held = chunk;
  }
  yield seal(held ?? new Uint8Array(0), true);
}

/**
 * The plaintext, chunk by chunk. `keyFor` is asked once for the key named in the stream; that copy is erased here.
 * Throws SealBroken for anything but a whole, untouched stream at its own address.
 */
export async function* openStream(
  source: Source,
  keyFor: (keyId: string) => Uint8Array | Promise<Uint8Array>,
  address: Uint8Array,
): AsyncGenerator<Uint8Array, void, undefined> {
  const chunks = inChunks(source, SEALED_CHUNK_BYTES, START_BYTES);
  const start = (await chunks.next()).value;
  if (!start || start.length < START_BYTES) throw new SealBroken("too short");
  if (start[0] !== VERSION || start[1] !== SECRETSTREAM) throw new SealBroken("not a sealed stream");
  const prefix = start.subarray(0, HEADER_BYTES);
  const key = await keyFor(uuidText(prefix.subarray(2)));
  const aad = bind("cairn/stream", prefix, address);
  const state = sodium.crypto_secretstream_xchacha20poly1305_init_pull(start.subarray(HEADER_BYTES), key);
  sodium.memzero(key);
  let finished = false;
  for await (const chunk of chunks) {
    if (finished) throw new SealBroken("more after the end");
    const opened = pull(state, chunk, aad);
    finished = opened.tag === sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    yield opened.message;
  }
  if (!finished) throw new SealBroken("cut off");
}

function pull(state: StateAddress, chunk: Uint8Array, aad: Uint8Array): { message: Uint8Array; tag: number } {
  if (chunk.length < sodium.crypto_secretstream_xchacha20poly1305_ABYTES) throw new SealBroken("cut off");
  const opened = sodium.crypto_secretstream_xchacha20poly1305_pull(state, chunk, aad) as
    | { message: Uint8Array; tag: number }
    | false;
  if (!opened) throw new SealBroken("does not authenticate");
  return opened;
}

/** Pieces of whatever size, again as pieces of `size` (the first of `first`), the last as short as it comes. */
async function* inChunks(source: Source, size: number, first = size): AsyncGenerator<Uint8Array, void, undefined> {
  let buffer = new Uint8Array(first);
  let filled = 0;
  for await (const piece of source) {
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, at + buffer.length - filled);
      buffer.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < buffer.length) continue;
      yield buffer;
      buffer = new Uint8Array(size);
      filled = 0;
    }
  }
  if (filled > 0) yield buffer.subarray(0, filled);
}
