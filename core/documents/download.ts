import { sha256 } from "@core/vault/primitives";
import { plain } from "./plain";

/** What leaves the house. A download is made, written into the ledger and only then answered (context.ts, `release`). */
export const documentTypes = {
  csv: "text/csv; charset=utf-8",
  /** Kept as somebody uploaded it: its own ending, and no browser shows it. */
  file: "application/octet-stream",
  ics: "text/calendar; charset=utf-8",
  json: "application/json; charset=utf-8",
  pdf: "application/pdf",
  txt: "text/plain; charset=utf-8",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  xml: "application/xml; charset=utf-8",
  zip: "application/zip",
} as const;
export type DocumentType = keyof typeof documentTypes;

export interface Download {
  readonly filename: string;
  readonly type: DocumentType;
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
  readonly bytes: number;
  readonly exportId: string;
  /** For one that is not sent after all: what it held on to is let go. */
  discard(): void;
}

/** The ids of the records in a file: all at once, or counted while its rows go by. */
export type RowIds = readonly string[] | RowTally;

/** For a file whose rows are not all held at once: each id is told as its row is written. The digest keeps their order. */
export class RowTally {
  count = 0;
  private readonly hasher = new Bun.CryptoHasher("sha256");

  add(id: string): void {
    this.hasher.update(this.count === 0 ? id : `\n${id}`);
    this.count += 1;
  }

  digest(): Uint8Array {
    return this.hasher.digest();
  }
}

/** The same set of rows gives the same digest, in whatever order it was exported. */
export function rowSetDigest(ids: RowIds): Uint8Array {
  return ids instanceof RowTally ? ids.digest() : sha256([...new Set(ids)].sort().join("\n"));
}

/** The bytes as a response sends them: whoever stops reading lets go of the file. */
export function bodyOf({ body, discard }: Download): Uint8Array | ReadableStream<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  const pieces = body[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    // A generator that never began has no end of its own.
    cancel() {
      discard();
    },
  });
}

export function headersOf(given: Download): Record<string, string> {
  return {
    "content-type": documentTypes[given.type],
    "content-disposition": dispositionOf(filenameOf(given.filename, given.type)),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-length": String(given.bytes),
  };
}

/** Names that Windows keeps for devices, with or without an ending. */
const device = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?=$|\.)/i;
const longest = 120;

/** A name that is one file in one folder on every system, ending as its type says. */
export function filenameOf(wanted: string, type: DocumentType): string {
  const ending = type === "file" ? (/\.[a-z0-9]{1,8}$/i.exec(wanted)?.[0].toLowerCase() ?? "") : `.${type}`;
  let name = plain(wanted.replace(/[/\\]/g, "-")).replace(/[<>:"|?*]/g, "-");
  if (ending !== "" && name.toLowerCase().endsWith(ending)) name = name.slice(0, -ending.length);
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
