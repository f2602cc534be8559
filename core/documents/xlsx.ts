import { plain } from "./plain";
import { type Cell, type Column, checked, rowsOf, type Table, textOf, titlesOf, type Witness } from "./table";
import { factsOf, sentenceOf, type Watermark, watermarkOf } from "./watermark";
import { streamZip, type ZipPart } from "./zip";

/**
 * Workbooks (ECMA-376, SpreadsheetML), written row by row: a million cells need no more memory than ten. Text is never a
 * formula here, dates are dates, a number with more digits than a spreadsheet keeps stays text, and "007" stays "007".
 */
export interface Sheet extends Table {
  readonly title: string;
}

const ROWS_A_SHEET = 1_048_576;
const LONGEST_CELL = 32_767;
const CHUNK = 64 * 1024;
const STYLE = { plain: 0, head: 1, day: 2, moment: 3, text: 4, label: 5 } as const;
const WIDTH: Readonly<Record<Column["kind"], number>> = { text: 26, number: 12, date: 20, boolean: 10 };
const encoder = new TextEncoder();

export async function* streamXlsx(
  sheets: readonly Sheet[],
  watermark: Watermark,
  witness: Witness = () => {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const mark = watermarkOf(watermark);
  const titles: string[] = [];
  async function* parts(): AsyncGenerator<ZipPart> {
    for (const sheet of sheets) {
      // One too long goes on on the next: the rows are taken from the same stream.
      const rows = rowsOf(sheet);
      for (let part = 1, more = true; more; part += 1) {
        titles.push(titleOf(part === 1 ? sheet.title : `${plain(sheet.title).slice(0, 24)} (${part})`, titles));
        const ended = { more: false };
        yield {
          name: `xl/worksheets/sheet${titles.length}.xml`,
          body: sheetXml(sheet.columns, rows, mark, witness, ended),
        };
        more = ended.more;
      }
    }
    titles.push(titleOf("About this file", titles));
    yield { name: `xl/worksheets/sheet${titles.length}.xml`, body: [encoder.encode(aboutXml(mark))] };
    for (const [name, xml] of frame(titles, mark)) yield { name, body: [encoder.encode(`${DECLARATION}${xml}`)] };
  }
  yield* streamZip(parts(), mark.at);
}

const DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE = "http://schemas.openxmlformats.org/package/2006";
const TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml";

async function* sheetXml(
  columns: readonly Column[],
  rows: AsyncGenerator<readonly [number, readonly Cell[]]>,
  mark: Watermark,
  witness: Witness,
  ended: { more: boolean },
): AsyncGenerator<Uint8Array> {
  const titles = titlesOf(columns);
  const last = letters(titles.length - 1);
  const widths = [...columns.map(({ title, kind }) => Math.max(WIDTH[kind], Math.min(60, title.length + 2))), 38];
  let pending =
    `${DECLARATION}<worksheet xmlns="${MAIN}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><sheetViews><sheetView workbookViewId="0">` +
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>' +
    widths.map((width, i) => `<col min="${i + 1}" max="${i + 1}" width="${width}" customWidth="1"/>`).join("") +
    `</cols><sheetData><row r="1">${titles.map((title, i) => textCell(`${letters(i)}1`, title, STYLE.head)).join("")}</row>`;
  const names = titles.map((_, i) => letters(i));
  let line = 1;
  for (;;) {
    if (line === ROWS_A_SHEET) {
      ended.more = true;
      break;
    }
    const next = await rows.next();
    if (next.done) break;
    const [number, row] = next.value;
    line += 1;
    const shown: string[] = [];
    pending += `<row r="${line}">`;
    columns.forEach((column, i) => {
      pending += cell(`${names[i]}${line}`, checked(row[i], column, number), column, number, shown);
    });
    pending += `${textCell(`${last}${line}`, mark.exportId, STYLE.text)}</row>`;
    witness(shown);
    if (pending.length < CHUNK) continue;
    yield encoder.encode(pending);
    pending = "";
  }
  yield encoder.encode(`${pending}</sheetData><autoFilter ref="A1:${last}${line}"/>${printed(mark)}</worksheet>`);
}

/** Landscape, as wide as a page, the head on each page, and at its foot who took it out. */
const printed = (mark: Watermark) =>
  '<pageMargins left="0.5" right="0.5" top="0.6" bottom="0.8" header="0.3" footer="0.3"/>' +
  `<pageSetup orientation="landscape" fitToHeight="0"/><headerFooter><oddFooter>${inXml(
    `&L&8${sentenceOf(mark).replaceAll("&", "&&").slice(0, 220)}&R&8&P / &N`,
  )}</oddFooter></headerFooter>`;

function cell(place: string, value: Exclude<Cell, undefined>, column: Column, row: number, shown: string[]): string {
  if (value === null) {
    shown.push("");
    return "";
  }
  if (typeof value === "boolean") {
    shown.push(value ? "TRUE" : "FALSE");
    return `<c r="${place}" t="b"><v>${value ? 1 : 0}</v></c>`;
  }
  const text = textOf(value);
  if (column.kind === "number" && digits(text) <= 15) {
    shown.push(text);
    return `<c r="${place}"><v>${text}</v></c>`;
  }
  if (column.kind === "date") {
    const dated = serialOf(text);
    if (dated) {
      shown.push(dated.shown);
      return `<c r="${place}" s="${dated.isDay ? STYLE.day : STYLE.moment}"><v>${dated.serial}</v></c>`;
    }
  }
  if (text.length > LONGEST_CELL) {
    throw new Error(
      `Row ${row}, column "${column.title}": a cell of a spreadsheet holds ${LONGEST_CELL.toLocaleString("en")} characters and this has ${text.length.toLocaleString("en")}. Export it as CSV.`,
    );
  }
  shown.push(text);
  return textCell(place, text, STYLE.text);
}

const textCell = (place: string, text: string, style: number) =>
  `<c r="${place}" t="inlineStr" s="${style}"><is><t xml:space="preserve">${inXml(text)}</t></is></c>`;

/** Digits that count: a spreadsheet keeps fifteen of them. */
const digits = (text: string) =>
  text
    .replace(/[eE].*$/, "")
    .replace(/[^0-9]/g, "")
    .replace(/^0+/, "").length;

const DAY_MS = 86_400_000;
/** Day 60 of the calendar of spreadsheets is 29 February 1900, which never was: before 1 March 1900 a date stays text. */
const EPOCH = Date.UTC(1899, 11, 30);

function serialOf(text: string): { serial: string; isDay: boolean; shown: string } | null {
  const isDay = text.length === 10;
  const zoned = isDay
    ? `${text}T00:00:00Z`
    : /(?:Z|[+-]\d{2}:?\d{2})$/.test(text)
      ? text.replace(" ", "T")
      : `${text.replace(" ", "T")}Z`;
  const at = Date.parse(zoned);
  if (Number.isNaN(at) || (isDay && new Date(at).toISOString().slice(0, 10) !== text)) return null;
  const serial = (at - EPOCH) / DAY_MS;
  if (serial < 61) return null;
  const shown = new Date(at).toISOString();
  return { serial: String(serial), isDay, shown: isDay ? text : shown.slice(0, 19).replace("T", " ") };
}

/** A, B, … Z, AA, AB … */
function letters(index: number): string {
  let name = "";
  for (let at = index + 1; at > 0; at = Math.floor((at - 1) / 26))
    name = String.fromCharCode(65 + ((at - 1) % 26)) + name;
  return name;
}

/** At most 31 characters, none of \ / ? * [ ] : and no apostrophe at either end, each title once. */
function titleOf(wanted: string, taken: readonly string[]): string {
  const clean =
    plain(wanted)
      .replace(/[\\/?*[\]:]/g, "-")
      .replace(/^'+|'+$/g, "") || "Sheet";
  let title = [...clean].slice(0, 31).join("");
  const lower = new Set(taken.map((one) => one.toLowerCase()));
  for (let n = 2; lower.has(title.toLowerCase()); n += 1) title = `${[...clean].slice(0, 26).join("")} (${n})`;
  return title;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const unwritable = /[\0-\x08\x0B-\x1F\uFFFE\uFFFF]/g;

/** XML text. What XML cannot hold stands there as _xHHHH_, which spreadsheets read back (ECMA-376 22.4.2.4). */
function inXml(text: string): string {
  return text
    .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, "_x005F_")
    .replace(unwritable, (one) => `_x${one.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}_`)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

function aboutXml(mark: Watermark): string {
  const rows = factsOf(mark).map(
    ([term, detail], i) =>
      `<row r="${i + 1}">${textCell(`A${i + 1}`, term, STYLE.label)}${textCell(`B${i + 1}`, detail, STYLE.text)}</row>`,
  );
  return (
    `${DECLARATION}<worksheet xmlns="${MAIN}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><cols><col min="1" max="1" width="18" customWidth="1"/>` +
    `<col min="2" max="2" width="90" customWidth="1"/></cols><sheetData>${rows.join("")}</sheetData>${printed(mark)}</worksheet>`
  );
}

/** Everything around the sheets. */
function frame(titles: readonly string[], mark: Watermark): [string, string][] {
  const ids = titles.map((_, i) => i + 1);
  const said = inXml(sentenceOf(mark));
  const moment = mark.at.toISOString().replace(/\.\d+Z$/, "Z");
  const relation = (id: string, type: string, target: string) =>
    `<Relationship Id="${id}" Type="${type}" Target="${target}"/>`;
  return [
    [
      "[Content_Types].xml",
      `<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>` +
        `<Override PartName="/xl/workbook.xml" ContentType="${TYPE}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="${TYPE}.styles+xml"/>` +
        ids
          .map((id) => `<Override PartName="/xl/worksheets/sheet${id}.xml" ContentType="${TYPE}.worksheet+xml"/>`)
          .join("") +
        '<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>',
    ],
    [
      "_rels/.rels",
      `<Relationships xmlns="${PACKAGE}/relationships">${relation("rId1", `${REL}/officeDocument`, "xl/workbook.xml")}${relation("rId2", `${PACKAGE}/relationships/metadata/core-properties`, "docProps/core.xml")}</Relationships>`,
    ],
    [
      "xl/workbook.xml",
      `<workbook xmlns="${MAIN}" xmlns:r="${REL}"><sheets>${titles.map((title, i) => `<sheet name="${inXml(title)}" sheetId="${i + 1}" r:id="rId${i + 1}"/>`).join("")}</sheets></workbook>`,
    ],
    [
      "xl/_rels/workbook.xml.rels",
      `<Relationships xmlns="${PACKAGE}/relationships">${ids.map((id) => relation(`rId${id}`, `${REL}/worksheet`, `worksheets/sheet${id}.xml`)).join("")}${relation(`rId${titles.length + 1}`, `${REL}/styles`, "styles.xml")}</Relationships>`,
    ],
    ["xl/styles.xml", STYLES],
    [
      "docProps/core.xml",
      `<cp:coreProperties xmlns:cp="${PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">` +
        `<dc:creator>${inXml(mark.name)}</dc:creator><cp:keywords>export ${inXml(mark.exportId)}</cp:keywords><dc:description>${said}</dc:description>` +
        `<dcterms:created xsi:type="dcterms:W3CDTF">${moment}</dcterms:created></cp:coreProperties>`,
    ],
  ];
}

const STYLES =
  `<styleSheet xmlns="${MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/><numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>` +
  '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>' +
  '<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill><fill><patternFill patternType="solid"><fgColor rgb="FFE9EEF2"/></patternFill></fill></fills>' +
  '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>' +
  '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="6">' +
  '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>' +
  '<xf numFmtId="49" fontId="1" fillId="2" borderId="0" xfId="0" applyFont="1" applyFill="1" applyNumberFormat="1"/>' +
  '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>' +
  '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>' +
  '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>' +
  '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1" applyNumberFormat="1"/>' +
  '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>';
