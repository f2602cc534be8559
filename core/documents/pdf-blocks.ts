import { drawCharts } from "./pdf-charts";
import type { Block, PictureBlock, SignatureBlock, SignatureWords } from "./pdf-document";
import { body, ink, type Sheet, type Style, small } from "./pdf-sheet";
import { drawTable } from "./pdf-table";
import { plain, plainLines } from "./plain";
import { timeOf } from "./watermark";

const headings: Readonly<Record<1 | 2 | 3, Style & { before: number }>> = {
  1: { font: "bold", size: 17, leading: 22, before: 0 },
  2: { font: "bold", size: 12.5, leading: 17, before: 12 },
  3: { font: "bold", size: 10, leading: 14, before: 8 },
};
const termWidth = 130;

export function drawBlock(sheet: Sheet, block: Block): void {
  switch (block.kind) {
    case "heading":
      drawHeading(sheet, block.level, block.text);
      break;
    case "paragraph":
      drawParagraph(sheet, block.text, block.quiet ? { ...body, color: ink.quiet } : body);
      break;
    case "facts":
      drawFacts(sheet, block.facts);
      break;
    case "table":
      drawTable(sheet, block);
      break;
    case "charts":
      drawCharts(sheet, block);
      break;
    case "signature":
      drawSignature(sheet, block);
      break;
    case "picture":
      drawPicture(sheet, block);
      break;
    case "page-break":
      if (!sheet.atTop) sheet.breakPage();
  }
}

function drawHeading(sheet: Sheet, level: 1 | 2 | 3, text: string): void {
  const style = headings[level];
  const lines = sheet.wrap(plain(text), style, sheet.width);
  // A heading never stands alone at the foot of a page: two lines of text must fit below it.
  sheet.need(style.before + lines.length * style.leading + 3 * body.leading);
  if (!sheet.atTop) sheet.y += style.before;
  sheet.flow(`H${level}`, sheet.tag(`H${level}`), lines, style);
  sheet.y += 4;
}

function drawParagraph(sheet: Sheet, text: string, style: Style): void {
  for (const paragraph of plainLines(text)) {
    if (paragraph === "") continue;
    sheet.flow("P", sheet.tag("P"), sheet.wrap(paragraph, style, sheet.width), style);
    sheet.y += 5;
  }
}

/** Terms and details as a list of labels and bodies: what a reader announces as "list, 5 items". */
function drawFacts(sheet: Sheet, facts: readonly { term: string; detail: string }[]): void {
  if (facts.length === 0) return;
  const list = sheet.tag("L");
  for (const { term, detail } of facts) {
    const terms = sheet.wrap(plain(term), { ...body, font: "bold" }, termWidth - 8);
    const details = plainLines(detail).flatMap((line) => sheet.wrap(line, body, sheet.width - termWidth));
    const item = sheet.tag("LI", list);
    sheet.need(Math.min(Math.max(terms.length, details.length), 3) * body.leading);
    const [top, page] = [sheet.y, sheet.doc.page];
    sheet.flow("Lbl", sheet.tag("Lbl", item), terms, { ...body, font: "bold", color: ink.quiet });
    const afterTerm = sheet.y;
    const samePage = sheet.doc.page === page;
    if (samePage) sheet.y = top;
    sheet.flow("LBody", sheet.tag("LBody", item), details, body, termWidth);
    if (samePage && sheet.doc.page === page) sheet.y = Math.max(sheet.y, afterTerm);
  }
  sheet.y += 6;
}

const english: SignatureWords = {
  by: (name) => `Signed electronically by ${name}`,
  meaning: (meaning) => `Meaning: ${meaning}`,
  at: (time) => `Date and time: ${time}`,
  broken: "This signature is broken: the content has changed since it was signed.",
};

/** Printed name, date and time, and meaning (21 CFR 11.50(a)), and that they still belong to what stands above. */
function drawSignature(sheet: Sheet, signature: SignatureBlock): void {
  const { words = english } = signature;
  const parts: [string, Style][] = [
    [words.by(plain(signature.name)), { ...body, font: "bold" }],
    [words.meaning(plain(signature.meaning)), body],
    [words.at(signature.time ?? timeOf(signature.at)), body],
  ];
  if (!signature.standing) parts.push([words.broken, { ...small, font: "bold", color: ink.bad }]);
  const indent = 12;
  const set = parts.map(([text, style]) => ({ lines: sheet.wrap(text, style, sheet.width - indent), style }));
  sheet.need(set.reduce((height, { lines, style }) => height + lines.length * style.leading, 16));
  sheet.y += 6;
  const top = sheet.y;
  const page = sheet.doc.page;
  const section = sheet.tag("Sect");
  for (const { lines, style } of set) sheet.flow("P", sheet.tag("P", section), lines, style, indent);
  if (sheet.doc.page === page) {
    sheet.decorate(() => {
      sheet.doc.lineWidth(2).strokeColor(signature.standing ? ink.accent : ink.bad);
      sheet.doc
        .moveTo(sheet.left + 2, top)
        .lineTo(sheet.left + 2, sheet.y)
        .stroke();
    });
  }
  sheet.y += 10;
}

function drawPicture(sheet: Sheet, { png, alt, width }: PictureBlock): void {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const height = (width * view.getUint32(20)) / view.getUint32(16);
  sheet.need(height + 6);
  const { left, y } = sheet;
  const figure = sheet.tag("Figure", undefined, { alt: plain(alt), bbox: [left, y, left + width, y + height] });
  sheet.mark("Figure", figure, () => {
    sheet.doc.image(Buffer.from(png), left, y, { width, height });
  });
  sheet.y += height + 6;
}
