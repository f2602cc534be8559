import { drawBlock } from "./pdf-blocks";
import type { PdfDocument } from "./pdf-document";
import { drawMark, footRoom } from "./pdf-mark";
import { fontFiles, Sheet } from "./pdf-sheet";
import { plain } from "./plain";
import { sentenceOf, type Watermark, watermarkOf } from "./watermark";

/** ISO 14289-1, which pdfkit knows and its types do not: the file says of itself that it can be read aloud. */
const accessible: object = { subset: "PDF/UA" };

/** The document as a tagged PDF 1.7. Throws when it has no title or the watermark lacks a field. */
export async function writePdf(document: PdfDocument, watermark: Watermark): Promise<Uint8Array> {
  const mark = watermarkOf(watermark);
  const title = plain(document.title);
  if (title === "") throw new Error("A document needs a title: it is what a reader hears first.");
  const fonts = await fontFiles();
  // Loaded with the first document: a program that starts does not wait for it.
  const { default: PDFKit } = await import("pdfkit");
  const doc = new PDFKit({
    size: document.paper ?? "A4",
    layout: document.layout ?? "portrait",
    margin: 0,
    autoFirstPage: false,
    // Pages stay open until the end, so that the mark can be put on all of them and can count them.
    bufferPages: true,
    pdfVersion: "1.7",
    tagged: true,
    ...accessible,
    displayTitle: true,
    lang: document.lang,
    info: {
      Title: title,
      Author: mark.institution,
      Subject: sentenceOf(mark),
      Keywords: `export ${mark.exportId}`,
      Creator: "Cairn",
      Producer: "Cairn",
      CreationDate: mark.at,
      ModDate: mark.at,
    },
  });
  const written = collect(doc);
  doc.registerFont("regular", fonts.regular).registerFont("bold", fonts.bold);

  const sheet = new Sheet(doc, footRoom(doc, document, mark));
  for (const block of document.blocks) drawBlock(sheet, block);
  sheet.close();

  const { start, count } = doc.bufferedPageRange();
  for (let page = start; page < start + count; page += 1) {
    doc.switchToPage(page);
    drawMark(doc, document, mark, page - start + 1, count);
  }
  doc.end();
  return written;
}

function collect(doc: PDFKit.PDFDocument): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const chunks: Uint8Array[] = [];
  doc.on("data", (chunk: Uint8Array) => chunks.push(chunk));
  doc.on("end", () => resolve(new Uint8Array(Buffer.concat(chunks))));
  doc.on("error", reject);
  return promise;
}
