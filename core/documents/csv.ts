import { plain } from "./plain";
import { type Cell, type Column, checked, isNumber, rowsOf, type Table, textOf, titlesOf, type Witness } from "./table";
import { sentenceOf, type Watermark, watermarkOf } from "./watermark";

/** Tables as CSV (RFC 4180, UTF-8), with a guard against formulas that knows a number from a text. */
export interface CsvOptions {
  /** Excel reads UTF-8 only behind a byte order mark. Default: true. */
  readonly bom?: boolean;
  /** First line "# Exported by …". Off, only the last column and the manifest say where the table came from. Default: true. */
  readonly comment?: boolean;
  readonly delimiter?: "," | ";" | "\t";
}
const chunkCharacters = 64 * 1024;
/** What spreadsheets take for a formula (CWE-1236), with the full-width forms that some of them fold. */
const formula = "[=+\\-@\\t\\r\\n\\0＝＋－＠]";
/** Leading apostrophes count too: otherwise '=x and a guarded =x would look alike, and reading back would be a guess. */
const dangerous = new RegExp(`^'*${formula}`);
const guarded = new RegExp(`^'+${formula}`);

/** A text that a spreadsheet would run gets an apostrophe before it. A plain number stays as it is. */
export function guard(text: string): string {
  return dangerous.test(text) && !isNumber(text) ? `'${text}` : text;
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

function written(value: Cell, column: Column, row: number): string {
  const text = textOf(checked(value, column, row));
  return column.kind === "text" ? guard(text) : text;
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
  table: Table,
  watermark: Watermark,
  options: CsvOptions = {},
  witness: Witness = () => {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const { bom = true, comment = true, delimiter = "," } = options;
  const { exportId } = watermarkOf(watermark);
  const line = (cells: readonly string[]) => `${cells.map((cell) => quote(cell, delimiter)).join(delimiter)}\r\n`;
  const encoder = new TextEncoder();

  let pending = bom ? "\uFEFF" : "";
  if (comment) pending += `${commentOf(watermark)}\r\n`;
  pending += line(titlesOf(table.columns).map(guard));
  for await (const [number, row] of rowsOf(table)) {
    const cells = table.columns.map((column, i) => written(row[i], column, number));
    witness(cells);
    pending += line([...cells, guard(exportId)]);
    if (pending.length >= chunkCharacters) {
      yield encoder.encode(pending);
      pending = "";
    }
  }
  if (pending !== "") yield encoder.encode(pending);
}
