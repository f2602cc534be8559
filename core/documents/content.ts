/** What a file may hold. Whatever it is, it leaves through one writer, which puts the watermark into it. */
import { streamCsv } from "./csv";
import type { DocumentType } from "./download";
import type { PdfDocument } from "./pdf-document";
import type { Table, Witness } from "./table";
import { streamJson, streamTxt, streamXml, type Text, writeJson } from "./text-files";
import { factsOf, type Watermark } from "./watermark";
import { type Sheet, streamXlsx } from "./xlsx";
import { streamZip, type ZipPart } from "./zip";

export type Content =
  | { readonly kind: "pdf"; readonly document: PdfDocument }
  | { readonly kind: "csv"; readonly table: Table }
  /** One sheet, or several, each with its title. */
  | { readonly kind: "xlsx"; readonly sheets: readonly Sheet[] }
  /** An object, or a table as an array of objects. */
  | { readonly kind: "json"; readonly value: Readonly<Record<string, unknown>> }
  | { readonly kind: "json"; readonly table: Table }
  /** The declaration, if there is one, comes whole in the first piece. */
  | { readonly kind: "xml"; readonly text: Text }
  /** `comment`: begins a line that the reader of a script skips, so that the watermark is one. */
  | { readonly kind: "txt"; readonly text: Text; readonly comment?: string }
  /** Files in one archive, each watermarked as if it left alone; the list of them with their digests comes last. */
  | { readonly kind: "zip"; readonly parts: Iterable<Part> | AsyncIterable<Part> }
  /** A file that was made before and is kept sealed: a document uploaded, a form signed. Passed on as it is. */
  | {
      readonly kind: "kept";
      readonly type: DocumentType;
      readonly body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
    };

export const typeOf = (content: Content): DocumentType => (content.kind === "kept" ? content.type : content.kind);

export interface Part {
  readonly name: string;
  readonly content: Content;
}

/** Where PDF documents come from: they are sealed, which needs the house's keys. */
export type PrintPdf = (document: PdfDocument, watermark: Watermark) => Promise<Uint8Array>;

export async function* streamContent(
  content: Content,
  watermark: Watermark,
  print: PrintPdf,
  witness: Witness,
): AsyncGenerator<Uint8Array, void, undefined> {
  switch (content.kind) {
    case "pdf":
      witnessTables(content.document, witness);
      yield await print(content.document, watermark);
      break;
    case "csv":
      yield* streamCsv(content.table, watermark, {}, witness);
      break;
    case "xlsx":
      yield* streamXlsx(content.sheets, watermark, witness);
      break;
    case "json":
      if ("table" in content) yield* streamJson(content.table, watermark, witness);
      else yield writeJson(content.value, watermark);
      break;
    case "xml":
      yield* streamXml(content.text, watermark);
      break;
    case "txt":
      yield* streamTxt(content.text, watermark, content.comment);
      break;
    case "zip":
      yield* streamZip(partsOf(content.parts, watermark, print, witness), watermark.at);
      break;
    case "kept":
      yield* content.body;
  }
}

/** A row of a printed table is known again, too. */
function witnessTables({ blocks }: PdfDocument, witness: Witness): void {
  for (const block of blocks) if (block.kind === "table") for (const row of block.rows) witness(row);
}

async function* partsOf(
  parts: Iterable<Part> | AsyncIterable<Part>,
  watermark: Watermark,
  print: PrintPdf,
  witness: Witness,
): AsyncGenerator<ZipPart> {
  const listed: string[] = [];
  for await (const { name, content } of parts) {
    const digest = new Bun.CryptoHasher("sha256");
    async function* hashed() {
      for await (const piece of streamContent(content, watermark, print, witness)) {
        digest.update(piece);
        yield piece;
      }
    }
    yield { name, body: hashed() };
    listed.push(`${digest.digest("hex")}  ${name}`);
  }
  const facts = factsOf(watermark).map(([term, detail]) => `${term}: ${detail}`);
  const text = [...facts, "", "SHA-256 of each file:", ...listed, ""].join("\r\n");
  yield { name: "EXPORT.txt", body: [new TextEncoder().encode(text)] };
}
