import { sha256 } from "@core/vault/primitives";
import { plain } from "./plain";
import { type Watermark, watermarkOf } from "./watermark";

/**
 * What leaves the house. A download is made, written into the ledger and only then answered: `release` is the one way
 * from bytes to a response, so there is no file outside that the ledger does not know.
 */
export const documentTypes = {
  csv: "text/csv; charset=utf-8",
  ics: "text/calendar; charset=utf-8",
  json: "application/json; charset=utf-8",
  pdf: "application/pdf",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  zip: "application/zip",
} as const;
export type DocumentType = keyof typeof documentTypes;

export interface Download {
  readonly filename: string;
  readonly type: DocumentType;
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
  readonly sha256: Uint8Array;
  /** How many rows a table has; null for a document that is none. */
  readonly rows: number | null;
  readonly exportId: string;
}

/** What the ledger keeps of a download: enough to recognise a leaked file, nothing of its content. */
export interface LedgerEntry {
  readonly exportId: string;
  readonly filename: string;
  readonly type: DocumentType;
  readonly sha256: Uint8Array;
  readonly bytes: number | null;
  readonly rows: number | null;
  /** SHA-256 over the sorted ids of the rows inside, null where none were given. */
  readonly rowSet: Uint8Array | null;
  readonly watermark: Watermark;
}
/** Written in the transaction of the request: if it throws, nothing leaves. */
export type Ledger = (entry: LedgerEntry) => Promise<void>;

/** A download whose bytes are at hand. */
export function download(
  filename: string,
  type: DocumentType,
  body: Uint8Array,
  watermark: Watermark,
  rows: number | null = null,
): Download {
  const { exportId } = watermarkOf(watermark);
  return { filename: filenameOf(filename, type), type, body, sha256: sha256(body), rows, exportId };
}

/**
 * Writes the ledger row, then gives the response. `rowIds` are the ids of the records inside, in any order.
 * Throws when the watermark speaks of another export than the download, or when the ledger refuses.
 */
export async function release(
  given: Download,
  watermark: Watermark,
  ledger: Ledger,
  rowIds: readonly string[] | null = null,
): Promise<Response> {
  const mark = watermarkOf(watermark);
  if (mark.exportId !== given.exportId) throw new Error("The watermark belongs to another export than the download.");
  await ledger({
    exportId: given.exportId,
    filename: filenameOf(given.filename, given.type),
    type: given.type,
    sha256: given.sha256,
    bytes: given.body instanceof Uint8Array ? given.body.byteLength : null,
    rows: given.rows,
    rowSet: rowIds && rowSetDigest(rowIds),
    watermark: mark,
  });
  const body = given.body instanceof Uint8Array ? new Uint8Array(given.body) : streamOf(given.body);
  return new Response(body, { headers: headersOf(given) });
}

function streamOf(chunks: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}

/** The same set of rows gives the same digest, in whatever order it was exported. */
export function rowSetDigest(ids: readonly string[]): Uint8Array {
  return sha256([...new Set(ids)].sort().join("\n"));
}

export function headersOf(given: Download): Record<string, string> {
  const headers: Record<string, string> = {
    "content-type": documentTypes[given.type],
    "content-disposition": dispositionOf(filenameOf(given.filename, given.type)),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  };
  if (given.body instanceof Uint8Array) headers["content-length"] = String(given.body.byteLength);
  return headers;
}

/** Names that Windows keeps for devices, with or without an ending. */
const device = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?=$|\.)/i;
const longest = 120;

/** A name that is one file in one folder on every system, ending as its type says. */
export function filenameOf(wanted: string, type: DocumentType): string {
  const ending = `.${type}`;
  let name = plain(wanted.replace(/[/\\]/g, "-")).replace(/[<>:"|?*]/g, "-");
  if (name.toLowerCase().endsWith(ending)) name = name.slice(0, -ending.length);
  name = name.replace(/^[.\s]+|[.\s]+$/g, "").replace(device, "$&_");
  const kept = [...name].slice(0, longest).join("").trim();
  return `${kept === "" ? "download" : kept}${ending}`;
}

/** Letters that Unicode does not take apart into a base and a mark. */
const latin: Readonly<Record<string, string>> = {
  ł: "l",
  Ł: "L",
  ø: "o",
  Ø: "O",
  đ: "d",
  Đ: "D",
  ß: "ss",
  æ: "ae",
  Æ: "AE",
  œ: "oe",
  Œ: "OE",
  þ: "th",
  Þ: "Th",
  ı: "i",
};

/** Content-Disposition as RFC 6266 and RFC 8187 ask: an ASCII name for old readers, the real one beside it. */
export function dispositionOf(filename: string): string {
  const ascii = filename
    .replace(/./gu, (letter) => latin[letter] ?? letter)
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^\x20-\x7E]|["\\%;/]/gu, "_");
  const real = encodeURIComponent(filename).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${ascii}"; filename*=UTF-8''${real}`;
}
