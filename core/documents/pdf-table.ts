import type { TableBlock } from "./pdf-document";
import { body, ink, type Sheet, type Style, small } from "./pdf-sheet";
import { plain, plainLines } from "./plain";

/** A table over as many pages as it needs: its head repeats, and a row longer than a page goes on on the next. */
const cell: Style = { font: "regular", size: 8.5, leading: 11.5 };
const headCell: Style = { font: "bold", size: 8.5, leading: 11.5 };
const pad = { x: 4, y: 3 };

interface Place {
  readonly x: number;
  readonly width: number;
  readonly align: "left" | "right";
}

export function drawTable(sheet: Sheet, table: TableBlock): void {
  if (table.columns.length === 0) throw new Error(`The table "${table.caption}" has no columns.`);
  const places = placesOf(sheet, table);
  const heads = table.columns.map(({ title }, i) => cellLines(sheet, title, headCell, places[i]));
  const headHeight = tallest(heads) * headCell.leading + 2 * pad.y;
  if (headHeight > sheet.bottom / 2) throw new Error(`The head of the table "${table.caption}" fills half a page.`);
  const caption = sheet.wrap(plain(table.caption), { ...body, font: "bold" }, sheet.width);
  // Caption, head and the first lines stay together.
  sheet.need(caption.length * body.leading + headHeight + 3 * cell.leading);

  const root = sheet.tag("Table");
  sheet.flow("Caption", sheet.tag("Caption", root), caption, { ...body, font: "bold" });
  sheet.y += 2;
  const headRow = sheet.tag("TR", sheet.tag("THead", root));
  const headTags = heads.map(() => sheet.tag("TH", headRow, { scope: "Column" }));
  drawHead(sheet, places, heads, headHeight, (draw, i) => {
    const tag = headTags[i];
    if (tag) sheet.mark("TH", tag, draw);
  });

  const rows = sheet.tag("TBody", root);
  // On later pages the head is drawn again for the eye; read aloud, it was said once.
  const repeat = () => drawHead(sheet, places, heads, headHeight, (draw) => sheet.decorate(draw));
  sheet.withPageHead(repeat, () => {
    table.rows.forEach((row, index) => {
      if (row.length !== places.length) {
        throw new Error(`Row ${index + 1} of "${table.caption}" has ${row.length} cells and not ${places.length}.`);
      }
      drawRow(sheet, sheet.tag("TR", rows), row, places);
    });
  });
  if (table.rows.length === 0) {
    const only = sheet.tag("TD", sheet.tag("TR", rows));
    sheet.flow("TD", only, ["No rows."], { ...small, color: ink.quiet }, pad.x);
  }
  sheet.y += 10;
}

function placesOf(sheet: Sheet, { columns }: TableBlock): Place[] {
  const whole = columns.reduce((sum, { share = 1 }) => sum + share, 0);
  let x = sheet.left;
  return columns.map(({ share = 1, align = "left" }) => {
    const place = { x, width: (sheet.width * share) / whole, align };
    x += place.width;
    return place;
  });
}

function cellLines(sheet: Sheet, text: string, style: Style, place: Place | undefined): string[] {
  const width = (place?.width ?? 0) - 2 * pad.x;
  return plainLines(text).flatMap((line) => sheet.wrap(line, style, width));
}

const tallest = (cells: readonly (readonly string[])[]) => Math.max(1, ...cells.map((lines) => lines.length));

function drawHead(
  sheet: Sheet,
  places: readonly Place[],
  heads: readonly string[][],
  height: number,
  draw: (content: () => void, column: number) => void,
): void {
  sheet.decorate(() => sheet.doc.rect(sheet.left, sheet.y, sheet.width, height).fill(ink.sunk));
  places.forEach((place, i) => {
    draw(() => putLines(sheet, heads[i] ?? [], place, headCell), i);
  });
  sheet.y += height;
}

function drawRow(
  sheet: Sheet,
  tag: PDFKit.PDFStructureElement,
  row: readonly string[],
  places: readonly Place[],
): void {
  const cells = row.map((text, i) => cellLines(sheet, text, cell, places[i]));
  const tags = cells.map((_, i) => (i === 0 ? sheet.tag("TH", tag, { scope: "Row" }) : sheet.tag("TD", tag)));
  const height = tallest(cells);
  // A short row is kept whole; only one that would waste half a page is cut.
  const whole = height * cell.leading + 2 * pad.y;
  if (whole > sheet.room && height <= 12) sheet.need(whole);
  for (let done = 0; done < height; ) {
    if (sheet.room < cell.leading + 2 * pad.y) sheet.breakPage();
    const part = Math.max(1, Math.min(height - done, Math.floor((sheet.room - 2 * pad.y) / cell.leading)));
    places.forEach((place, i) => {
      const lines = (cells[i] ?? []).slice(done, done + part);
      const element = tags[i];
      if (element && lines.length > 0)
        sheet.mark(i === 0 ? "TH" : "TD", element, () => putLines(sheet, lines, place, cell));
    });
    sheet.y += part * cell.leading + 2 * pad.y;
    done += part;
    sheet.decorate(() => {
      sheet.doc.lineWidth(0.5).strokeColor(ink.line);
      sheet.doc
        .moveTo(sheet.left, sheet.y)
        .lineTo(sheet.left + sheet.width, sheet.y)
        .stroke();
    });
  }
}

function putLines(sheet: Sheet, lines: readonly string[], place: Place, style: Style): void {
  lines.forEach((line, i) => {
    const free = place.width - 2 * pad.x;
    const shift =
      place.align === "right" ? free - sheet.doc.font(style.font).fontSize(style.size).widthOfString(line) : 0;
    sheet.put(line, place.x + pad.x + shift, sheet.y + pad.y + i * style.leading, style);
  });
}
