/** Files as somebody who got them reads them. */
import { crc32, inflateRawSync } from "node:zlib";
import { type CsvOptions, streamCsv } from "@core/documents/csv";
import type { Table } from "@core/documents/table";
import type { Watermark } from "@core/documents/watermark";

export async function whole(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const held: Uint8Array[] = [];
  for await (const piece of pieces) held.push(piece);
  return new Uint8Array(Buffer.concat(held));
}

export const writeCsv = (table: Table, watermark: Watermark, options: CsvOptions = {}): Promise<Uint8Array> =>
  whole(streamCsv(table, watermark, options));

/** The parts of an archive, found as readers find them: by the list at its end. Checks each length and checksum. */
export function unzip(bytes: Uint8Array): Map<string, Uint8Array> {
  const data = Buffer.from(bytes);
  const end = data.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (end < 0) throw new Error("this is no archive");
  const parts = new Map<string, Uint8Array>();
  let at = data.readUInt32LE(end + 16);
  for (let left = data.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [crc, packed, size] = [16, 20, 24].map((offset) => data.readUInt32LE(at + offset)) as [
      number,
      number,
      number,
    ];
    const nameLength = data.readUInt16LE(at + 28);
    const name = data.toString("utf8", at + 46, at + 46 + nameLength);
    const head = data.readUInt32LE(at + 42);
    if (data.readUInt32LE(head) !== 0x04034b50) throw new Error(`${name} does not begin where the list says`);
    const from = head + 30 + data.readUInt16LE(head + 26) + data.readUInt16LE(head + 28);
    const content = inflateRawSync(data.subarray(from, from + packed));
    if (content.length !== size || crc32(content) !== crc) throw new Error(`${name} is not what the list says`);
    parts.set(name, new Uint8Array(content));
    at += 46 + nameLength + data.readUInt16LE(at + 30) + data.readUInt16LE(at + 32);
  }
  return parts;
}
