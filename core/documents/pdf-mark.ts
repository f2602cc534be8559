import type { PdfDocument } from "./pdf-document";
import { margin, wrap } from "./pdf-sheet";
import { plain } from "./plain";
import { footerOf, timeOf, type Watermark } from "./watermark";

/**
 * The mark on a page: large and light across it, small and whole at its foot. It is drawn over the content, so that no
 * dark table hides it, and tagged as an artifact, so that a reader does not hear it on every page.
 */
const foot = { font: "regular", size: 7, leading: 9.5 } as const;

const footLines = (
  doc: PDFKit.PDFDocument,
  { everyPage = [] }: PdfDocument,
  watermark: Watermark,
  page: number,
  pages: number,
  width: number,
) =>
  [...everyPage.map(plain), footerOf(watermark, page, pages)].flatMap((line) =>
    wrap(doc, line, foot, width - 2 * margin),
  );

/** How much of a page's bottom the foot takes, for names of any length. */
export function footRoom(doc: PDFKit.PDFDocument, document: PdfDocument, watermark: Watermark): number {
  const [short, long] = document.paper === "LETTER" ? [612, 792] : [595.28, 841.89];
  const width = document.layout === "landscape" ? long : short;
  return footLines(doc, document, watermark, 9999, 9999, width).length * foot.leading + margin + 8;
}

export function drawMark(
  doc: PDFKit.PDFDocument,
  document: PdfDocument,
  watermark: Watermark,
  page: number,
  pages: number,
): void {
  const { width, height } = doc.page;
  doc.markContent("Artifact", { type: "Pagination" });
  doc.save();
  drawAcross(doc, watermark, width, height);
  doc.restore();

  const lines = footLines(doc, document, watermark, page, pages, width);
  const top = height - margin - lines.length * foot.leading;
  doc.save().lineWidth(0.5).strokeColor("#d8dfe6");
  doc
    .moveTo(margin, top - 4)
    .lineTo(width - margin, top - 4)
    .stroke()
    .restore();
  doc.font(foot.font).fontSize(foot.size).fillColor("#46535f");
  lines.forEach((line, i) => {
    doc.text(line, margin, top + i * foot.leading, { lineBreak: false });
  });
  doc.endMarkedContent();
}

function drawAcross(doc: PDFKit.PDFDocument, watermark: Watermark, width: number, height: number): void {
  const who = `${watermark.name} · ${watermark.email}`;
  const where = `${watermark.workspace} · ${timeOf(watermark.at)}`;
  const room = Math.hypot(width, height) * 0.8;
  doc.rotate((-Math.atan2(height, width) * 180) / Math.PI, { origin: [width / 2, height / 2] });
  doc.font("bold").fillColor("#16202a").fillOpacity(0.075);
  [who, where, watermark.exportId].forEach((line, i) => {
    const size = Math.max(6, Math.min(26, (26 * room) / doc.fontSize(26).widthOfString(line)));
    doc.fontSize(size);
    const left = (width - doc.widthOfString(line)) / 2;
    doc.text(line, left, height / 2 + (i - 1) * 36 - size / 2, { lineBreak: false });
  });
}
