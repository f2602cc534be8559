import { sha256 } from "@core/vault/primitives";
import { plain } from "./plain";
import { sentenceOf, type Watermark, watermarkOf } from "./watermark";

/**
 * Tables as CSV (RFC 4180, UTF-8). A column says what it holds, because a guard against formulas that does not know a
 * number from a text turns -5 into '-5 and spoils the data.
 */
export type CellKind = "text" | "number" | "date" | "boolean";
export type Cell = string | number | bigint | boolean | Date | null | undefined;
export interface CsvColumn {
  readonly title: string;
  readonly kind: CellKind;
}
export interface CsvTable {
  readonly columns: readonly CsvColumn[];
  readonly rows: Iterable<readonly Cell[]> | AsyncIterable<readonly Cell[]>;
}
export interface CsvOptions {
  /** Excel reads UTF-8 only behind a byte order mark. Default: true. */
  readonly bom?: boolean;
  /** First line "# Exported by …". Off, only the last column and the manifest say where the table came from. Default: true. */
  readonly comment?: boolean;
  readonly delimiter?: "," | ";" | "\t";
}
export interface CsvFile {
  readonly body: Uint8Array;
  readonly sha256: Uint8Array;
  readonly rows: number;
  readonly columns: readonly string[];
}

/** The last column of every table: its cells hold the export id, so that even a few copied rows name their origin. */
export const exportColumn = "export";

const chunkCharacters = 64 * 1024;
const number = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const date = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;
/** What spreadsheets take for a formula (CWE-1236), with the full-width forms that some of them fold. */
const formula = "[=+\\-@\\t\\r\\n\\0＝＋－＠]";
/** Leading apostrophes count too: otherwise '=x and a guarded =x would look alike, and reading back would be a guess. */
const dangerous = new RegExp(`^'*${formula}`);
const guarded = new RegExp(`^'+${formula}`);

/** A text that a spreadsheet would run gets an apostrophe before it. A plain number stays as it is. */
export function guard(text: string): string {
  return dangerous.test(text) && !number.test(text) ? `'${text}` : text;
}

/** The text as it was before `guard`. */
export function unguard(text: string): string {
  return guarded.test(text) ? text.slice(1) : text;
}

function quote(text: string, delimiter: string): string {
  return /["\r\n,;\t]/.test(text) || text.includes(delimiter) || text !== text.trim()
    ? `"${text.replaceAll('"', '""')}"`
    : text;
}

/** Throws when the value is not of the column's kind: a table that lies about its types is worse than none. */
function written(value: Cell, column: CsvColumn, row: number): string {
  if (value === null || value === undefined) return "";
  const refuse = () => new Error(`Row ${row}, column "${column.title}": the value is not a ${column.kind}.`);
  switch (column.kind) {
    case "text":
      if (typeof value !== "string") throw refuse();
      return guard(value.toWellFormed());
    case "number":
      // Decimals arrive from the database as text, so that no digit is lost on the way.
      if (typeof value === "bigint" || (typeof value === "number" && Number.isFinite(value))) return String(value);
      if (typeof value === "string" && number.test(value)) return value;
      throw refuse();
    case "date":
      if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
      if (typeof value === "string" && date.test(value)) return value;
      throw refuse();
    case "boolean":
      if (typeof value !== "boolean") throw refuse();
      return value ? "true" : "false";
  }
}

/**
 * The comment line is not a CSV record, and a spreadsheet splits it all the same: delimiters and quotes become spaces,
 * or a name like `x,=cmd` would put a formula into its second cell. The manifest and the ledger keep the exact name.
 */
function commentOf(watermark: Watermark): string {
  return `# ${plain(sentenceOf(watermark).replace(/[,;"]/g, " "))}`;
}

/** The table in pieces of about 64 KiB, each row with the export id in its last column. */
export async function* streamCsv(
  table: CsvTable,
  watermark: Watermark,
  options: CsvOptions = {},
  counted: (rows: number) => void = () => {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const { bom = true, comment = true, delimiter = "," } = options;
  const { exportId } = watermarkOf(watermark);
  const titles = titlesOf(table.columns);
  const line = (cells: readonly string[]) => `${cells.map((cell) => quote(cell, delimiter)).join(delimiter)}\r\n`;
  const encoder = new TextEncoder();

  let pending = bom ? "\uFEFF" : "";
  if (comment) pending += `${commentOf(watermark)}\r\n`;
  pending += line(titles.map(guard));
  let rows = 0;
  for await (const row of table.rows) {
    rows += 1;
    if (row.length !== table.columns.length) {
      throw new Error(`Row ${rows} has ${row.length} cells where the table has ${table.columns.length} columns.`);
    }
    pending += line([...table.columns.map((column, i) => written(row[i], column, rows)), guard(exportId)]);
    if (pending.length >= chunkCharacters) {
      yield encoder.encode(pending);
      pending = "";
    }
  }
  counted(rows);
  if (pending !== "") yield encoder.encode(pending);
}

function titlesOf(columns: readonly CsvColumn[]): string[] {
  const titles = [...columns.map((column) => plain(column.title)), exportColumn];
  const twice = titles.find((title, i) => title === "" || titles.indexOf(title) !== i);
  if (twice !== undefined) throw new Error(`A table needs titles that differ, and "${twice}" is empty or there twice.`);
  return titles;
}

/**
 * The whole table. The digest must be in the ledger before the first byte leaves, so what goes to a person is built
 * first; `streamCsv` is for writing into a file store.
 */
export async function writeCsv(table: CsvTable, watermark: Watermark, options: CsvOptions = {}): Promise<CsvFile> {
  let rows = 0;
  const chunks: Uint8Array<ArrayBufferLike>[] = [];
  const count = (n: number) => {
    rows = n;
  };
  for await (const chunk of streamCsv(table, watermark, options, count)) chunks.push(chunk);
  const body = new Uint8Array(Buffer.concat(chunks));
  return { body, sha256: sha256(body), rows, columns: titlesOf(table.columns) };
}

/** The companion of a table, as JSON: what the file is, and by which digest to know it again. */
export function manifest(filename: string, file: CsvFile, watermark: Watermark): string {
  const { name, email, workspace, institution, at, exportId } = watermarkOf(watermark);
  const content = {
    format: "cairn-export/1",
    file: filename,
    sha256: file.sha256.toHex(),
    bytes: file.body.byteLength,
    rows: file.rows,
    columns: file.columns,
    export: exportId,
    exportedBy: { name, email },
    workspace,
    institution,
    at: at.toISOString(),
    sentence: sentenceOf(watermark),
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}
