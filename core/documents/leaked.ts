/**
 * A file, or a few copied rows, that turned up where they should not be: everything in them by which they may be known
 * again. They come from anywhere, so nothing in them is believed, and their size is bounded.
 */
import { inflateRawSync } from "node:zlib";
import { sha256 } from "@core/vault/primitives";
import { essence } from "./row-marks";

export interface Leaked {
  readonly sha256: Uint8Array;
  /** Export ids that stand in it, wherever. */
  readonly exportIds: readonly string[];
  /** The essence of each line that could be a row, each once. */
  readonly rows: readonly string[];
}

const LARGEST_PART = 64 * 1024 * 1024;
const MOST_PARTS = 2_000;
const MOST_ROWS = 2_000;
const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

export async function readLeaked(bytes: Uint8Array): Promise<Leaked> {
  const lines = await linesOf(bytes);
  const exportIds = new Set<string>();
  const rows = new Set<string>();
  for (const line of lines) {
    for (const [id] of line.matchAll(uuid)) exportIds.add(id.toLowerCase());
    const said = rows.size < MOST_ROWS ? essence(line) : null;
    if (said !== null) rows.add(said);
  }
  return { sha256: sha256(bytes), exportIds: [...exportIds], rows: [...rows] };
}

async function linesOf(bytes: Uint8Array): Promise<string[]> {
  if (begins(bytes, 0x25, 0x50, 0x44, 0x46)) return pdfLines(bytes);
  if (begins(bytes, 0x50, 0x4b, 3, 4)) return archiveLines(bytes);
  return textLines(bytes);
}

const begins = (bytes: Uint8Array, ...first: number[]) => first.every((byte, i) => bytes[i] === byte);

function textLines(bytes: Uint8Array): string[] {
  const encoding = begins(bytes, 0xff, 0xfe) ? "utf-16le" : begins(bytes, 0xfe, 0xff) ? "utf-16be" : "utf-8";
  return new TextDecoder(encoding).decode(bytes).split(/\r\n|[\r\n]/);
}

/** Its text and what it says of itself. A file that only looks like a PDF is read as text. */
async function pdfLines(bytes: Uint8Array): Promise<string[]> {
  const { PDF } = await import("@libpdf/core");
  try {
    const pdf = await PDF.load(bytes);
    const said = [pdf.getSubject(), ...(pdf.getKeywords() ?? [])].filter((one) => one !== undefined);
    return [...said, ...pdf.extractText().flatMap(({ text }) => text.split("\n"))];
  } catch {
    return textLines(bytes);
  }
}

/** Workbooks row by row, whoever saved them last; other parts as text. */
function archiveLines(bytes: Uint8Array): string[] {
  const parts = unpack(bytes);
  const text = (name: string) => new TextDecoder().decode(parts.get(name) ?? new Uint8Array());
  const shared = [...text("xl/sharedStrings.xml").matchAll(/<si>([\s\S]*?)<\/si>/g)].map(([, si = ""]) => wordsIn(si));
  return [...parts].flatMap(([name, part]) => {
    if (/^xl\/worksheets\/[^/]+\.xml$/.test(name)) {
      return [...text(name).matchAll(/<row\b[^>]*>([\s\S]*?)<\/row>/g)].map(([, row = ""]) => cellsIn(row, shared));
    }
    return name.startsWith("xl/") ? [] : textLines(part);
  });
}

function cellsIn(row: string, shared: readonly string[]): string {
  return [...row.matchAll(/<c\b([^>]*?)(?:\/>|>([\s\S]*?)<\/c>)/g)]
    .map(([, attributes = "", inside = ""]) => {
      const value = /<v>([\s\S]*?)<\/v>/.exec(inside)?.[1] ?? "";
      return /\bt="s"/.test(attributes)
        ? (shared[Number(value)] ?? "")
        : value === ""
          ? wordsIn(inside)
          : unescaped(value);
    })
    .join("\t");
}

const wordsIn = (xml: string) =>
  [...xml.matchAll(/<t\b[^>]*>([\s\S]*?)<\/t>/g)].map(([, t = ""]) => unescaped(t)).join("");
const unescaped = (text: string) =>
  text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");

/** By the list at the end of the archive. What cannot be unpacked, or is too large, is left out. */
function unpack(bytes: Uint8Array): Map<string, Uint8Array> {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts = new Map<string, Uint8Array>();
  const end = data.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  let room = LARGEST_PART;
  try {
    let at = data.readUInt32LE(end + 16);
    for (let left = Math.min(MOST_PARTS, data.readUInt16LE(end + 10)); left > 0; left -= 1) {
      const nameLength = data.readUInt16LE(at + 28);
      const name = data.toString("utf8", at + 46, at + 46 + nameLength);
      const head = data.readUInt32LE(at + 42);
      const from = head + 30 + data.readUInt16LE(head + 26) + data.readUInt16LE(head + 28);
      const packed = data.subarray(from, from + data.readUInt32LE(at + 20));
      const part = data.readUInt16LE(at + 10) === 0 ? packed : inflateRawSync(packed, { maxOutputLength: room });
      room -= part.length;
      if (room <= 0) break;
      parts.set(name, part);
      at += 46 + nameLength + data.readUInt16LE(at + 30) + data.readUInt16LE(at + 32);
    }
  } catch {
    // What was read so far is what there is.
  }
  return parts;
}
