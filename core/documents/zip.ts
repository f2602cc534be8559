import { constants, crc32, deflateRawSync } from "node:zlib";

/**
 * A ZIP archive (APPNOTE 6.3) as a stream: parts are compressed as they come and nothing is held but the list of them.
 * Sizes stand behind each part (bit 3), names are UTF-8 (bit 11).
 */
export interface ZipPart {
  /** With slashes, relative, never empty. */
  readonly name: string;
  readonly body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

interface Entry {
  readonly name: Uint8Array;
  readonly at: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
}

const PIECE = 128 * 1024;
const FLAGS = 0x0808;
const DEFLATED = 8;
/** Beyond four gigabytes an archive needs other records (ZIP64), which half of the readers do not know. */
const LARGEST = 0xffff_fffe;

export async function* streamZip(
  parts: Iterable<ZipPart> | AsyncIterable<ZipPart>,
  at: Date,
): AsyncGenerator<Uint8Array, void, undefined> {
  const stamp = dosTime(at);
  const entries: Entry[] = [];
  const names = new Set<string>();
  let offset = 0;
  const requireRoom = (value: number) => {
    if (value > LARGEST) throw new Error("This archive would be over 4 GB. Export fewer rows at a time.");
    return value;
  };
  for await (const part of parts) {
    if (!/^[^/\\]+(?:\/[^/\\]+)*$/.test(part.name) || part.name.split("/").includes("..") || names.has(part.name))
      throw new Error(`An archive cannot hold a part called "${part.name}".`);
    names.add(part.name);
    const name = new TextEncoder().encode(part.name);
    const head = localHead(name, stamp);
    yield head;
    let [crc, packed, size] = [0, 0, 0];
    for await (const piece of piecesOf(part.body)) {
      crc = crc32(piece, crc);
      size = requireRoom(size + piece.length);
      // Pieces end on a byte, so that they can simply follow each other; the last block is written at the end.
      const bytes = deflateRawSync(piece, { finishFlush: constants.Z_SYNC_FLUSH });
      packed += bytes.length;
      yield bytes;
    }
    yield Uint8Array.of(3, 0);
    packed += 2;
    const tail = record([0x08074b50, 4], [crc, 4], [packed, 4], [size, 4]);
    yield tail;
    entries.push({ name, at: offset, crc, packed, size });
    offset = requireRoom(offset + head.length + packed + tail.length);
  }
  if (entries.length > 0xffff) throw new Error("An archive cannot hold that many parts.");
  let length = 0;
  for (const entry of entries) {
    const bytes = centralHead(entry, stamp);
    length += bytes.length;
    yield bytes;
  }
  requireRoom(offset + length);
  yield record(
    [0x06054b50, 4],
    [0, 2],
    [0, 2],
    [entries.length, 2],
    [entries.length, 2],
    [length, 4],
    [offset, 4],
    [0, 2],
  );
}

/** Small pieces are gathered, large ones cut: one compression of a good size at a time. */
async function* piecesOf(body: ZipPart["body"]): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let filled = 0;
  for await (const given of body) {
    for (let from = 0; from < given.length; from += PIECE) {
      const piece = given.subarray(from, from + PIECE);
      held.push(piece);
      filled += piece.length;
      if (filled < PIECE) continue;
      yield Buffer.concat(held);
      held = [];
      filled = 0;
    }
  }
  if (filled > 0) yield Buffer.concat(held);
}

const localHead = (name: Uint8Array, stamp: readonly [number, number]) =>
  Buffer.concat([
    record(
      [0x04034b50, 4],
      [20, 2],
      [FLAGS, 2],
      [DEFLATED, 2],
      [stamp[0], 2],
      [stamp[1], 2],
      [0, 4],
      [0, 4],
      [0, 4],
      [name.length, 2],
      [0, 2],
    ),
    name,
  ]);

const centralHead = ({ name, at, crc, packed, size }: Entry, [time, day]: readonly [number, number]) =>
  Buffer.concat([
    record(
      [0x02014b50, 4],
      [20, 2],
      [20, 2],
      [FLAGS, 2],
      [DEFLATED, 2],
      [time, 2],
      [day, 2],
      [crc, 4],
      [packed, 4],
      [size, 4],
      [name.length, 2],
      [0, 2],
      [0, 2],
      [0, 2],
      [0, 2],
      [0, 4],
      [at, 4],
    ),
    name,
  ]);

/** Little-endian numbers of two or four bytes. */
function record(...fields: readonly (readonly [value: number, bytes: 2 | 4])[]): Uint8Array {
  const bytes = Buffer.alloc(fields.reduce((sum, [, length]) => sum + length, 0));
  let at = 0;
  for (const [value, length] of fields)
    at = length === 2 ? bytes.writeUInt16LE(value, at) : bytes.writeUInt32LE(value >>> 0, at);
  return bytes;
}

/** MS-DOS time, in UTC: two seconds is its grain and 1980 its beginning. */
function dosTime(at: Date): readonly [number, number] {
  const year = Math.min(127, Math.max(0, at.getUTCFullYear() - 1980));
  const time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1);
  return [time, (year << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate()];
}
