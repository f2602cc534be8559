import { type CsvError, parse } from "csv-parse/sync";
import { unguard } from "./csv";
import { textOf } from "./table-text";

/**
 * Reading a table that somebody uploads. Whatever is wrong is said in a sentence that names the line, the column and the
 * way out; what can be read is read, so that a preview shows every row with its own errors. Nothing is guessed: a row
 * with a problem keeps its values as they were typed.
 */
export const limits = { bytes: 5 * 1024 * 1024, rows: 20_000, columns: 200, cell: 10_000 } as const;

export interface TableColumn<Key extends string = string> {
  readonly key: Key;
  readonly title: string;
  /** Other headings people write; case, spaces, hyphens and underscores do not matter. */
  readonly aliases?: readonly string[];
  /** Default: true. The column of an optional one may be missing; its values are then empty. */
  readonly required?: boolean;
}
export interface RowProblem<Key extends string = string> {
  /** Null when it is about the row as a whole. */
  readonly column: Key | null;
  readonly sentence: string;
}
export interface TableRow<Key extends string = string> {
  /** Where the row begins in the file, counted from 1 as an editor counts. */
  readonly line: number;
  readonly values: Readonly<Record<Key, string>>;
  readonly problems: readonly RowProblem<Key>[];
}
export interface Table<Key extends string = string> {
  readonly rows: readonly TableRow<Key>[];
  /** Headings in the file that nobody asked for: read past, and to be said so in the preview. */
  readonly unknown: readonly string[];
  readonly delimiter: Delimiter;
}
export type Delimiter = "," | ";" | "\t";
/** Either a table, or the sentences that say why there is none. */
export type Reading<Key extends string = string> =
  | { readonly readable: true; readonly table: Table<Key> }
  | { readonly readable: false; readonly problems: readonly string[] };

const unreadable = (...problems: string[]) => ({ readable: false, problems }) as const;
const delimiters: readonly Delimiter[] = [",", ";", "\t"];
/** A heading as people mean it: "Sub-competency  Code" and "subcompetency_code" are one. */
const folded = (heading: string) =>
  heading
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s_\-.]+/gu, "");

export function readTable<Key extends string>(bytes: Uint8Array, columns: readonly TableColumn<Key>[]): Reading<Key> {
  if (bytes.byteLength > limits.bytes) {
    return unreadable(
      `This file has ${megabytes(bytes.byteLength)} MB and at most 5 MB can be read. Split it into several files.`,
    );
  }
  const decoded = textOf(bytes);
  if (decoded.problem !== undefined) return unreadable(decoded.problem);
  const { text, skipped, delimiter: stated } = withoutPreface(decoded.text);
  if (!/[^\s,;"]/u.test(text))
    return unreadable("This file is empty. It needs a first line with the column names, and a line for each row.");

  const delimiter = stated ?? likeliest(text, columns);
  const read = recordsOf(text, delimiter, skipped);
  if (read.problem !== undefined) return unreadable(read.problem);
  const [head, ...body] = read.records;
  if (!head)
    return unreadable("This file is empty. It needs a first line with the column names, and a line for each row.");
  if (head.cells.length > limits.columns) {
    return unreadable(
      `This file has ${head.cells.length} columns and at most ${limits.columns} can be read. Remove those that are not needed.`,
    );
  }
  const heading = placesOf(head.cells, columns);
  if (heading.problems.length > 0) return unreadable(...heading.problems);
  if (body.length === 0)
    return unreadable("This file has column names and no rows below them. Add the rows and upload it again.");
  if (body.length > limits.rows) {
    return unreadable(`This file has more than ${limits.rows.toLocaleString("en")} rows. Split it into several files.`);
  }
  const rows = body.map((record) => rowOf(record, head.cells.length, columns, heading.places));
  return { readable: true, table: { rows, unknown: heading.unknown, delimiter } };
}

/**
 * Each row asked against a rule, its findings added to what reading found. A rule that needs the other rows (duplicates)
 * closes over what it has seen: rows come in the order of the file.
 */
export function checkRows<Key extends string>(
  rows: readonly TableRow<Key>[],
  rule: (values: Readonly<Record<Key, string>>, line: number) => Iterable<RowProblem<Key>>,
): TableRow<Key>[] {
  return rows.map((row) => ({ ...row, problems: [...row.problems, ...rule(row.values, row.line)] }));
}

const megabytes = (bytes: number) => (Math.ceil((bytes / 1024 / 1024) * 10) / 10).toFixed(1);

/** Excel's `sep=;` line and the first line of our own exports stand before the header. */
function withoutPreface(text: string): { text: string; skipped: number; delimiter?: Delimiter } {
  const first = text.slice(0, text.indexOf("\n") === -1 ? text.length : text.indexOf("\n"));
  const rest = text.slice(first.length + 1);
  const stated = delimiters.find((d) => first.toLowerCase() === `sep=${d}`);
  if (stated) return { text: rest, skipped: 1, delimiter: stated };
  if (first.startsWith("# Exported by ")) return { text: rest, skipped: 1 };
  return { text, skipped: 0 };
}

/** The delimiter under which the header holds most of the names asked for; between equals, the one with most cells. */
function likeliest(text: string, columns: readonly TableColumn[]): Delimiter {
  const known = new Set(columns.flatMap(namesOf));
  let best: { delimiter: Delimiter; score: number } = { delimiter: ",", score: 0 };
  for (const delimiter of delimiters) {
    const head = recordsOf(text.slice(0, 64 * 1024), delimiter, 0, 1).records?.[0]?.cells ?? [];
    const score = head.filter((cell) => known.has(folded(cell))).length * 1000 + head.length;
    if (score > best.score) best = { delimiter, score };
  }
  return best.delimiter;
}

interface Line {
  readonly line: number;
  readonly cells: readonly string[];
}
type Records = { records: Line[]; problem?: undefined } | { records?: undefined; problem: string };
type Parsed = { info: { lines: number }; record: string[] };

/** The records that hold anything, each with the line it begins on. Stops soon after the row limit. */
function recordsOf(text: string, delimiter: Delimiter, skipped: number, to: number = limits.rows + 2): Records {
  const parsed = (last: number) =>
    // `info` changes what comes back, which the library's types do not know.
    parse(text, {
      delimiter,
      record_delimiter: "\n",
      relax_column_count: true,
      info: true,
      to: last,
    }) as unknown as Parsed[];
  try {
    let end = 0;
    const records: Line[] = [];
    for (const { info, record } of parsed(to)) {
      const cells = record.map((cell) => unguard(cell).trim());
      if (cells.some((cell) => cell !== "")) records.push({ line: skipped + end + 1, cells });
      end = info.lines;
    }
    return { records };
  } catch (error) {
    const { code, records = 0 } = error as CsvError & { records?: number };
    if (typeof code !== "string") throw error;
    const before = records > 0 ? (parsed(records).at(-1)?.info.lines ?? 0) : 0;
    return { problem: quoteSentence(code, skipped + before + 1) };
  }
}

function quoteSentence(code: string, line: number): string {
  const out = 'Write a quotation mark inside a cell twice (""), and close every cell that begins with one.';
  if (code === "CSV_QUOTE_NOT_CLOSED") return `Line ${line} opens a quotation mark that is never closed. ${out}`;
  if (code.endsWith("QUOTE")) return `Line ${line} has a quotation mark in the wrong place. ${out}`;
  return `Line ${line} cannot be read as a row of a CSV file. Save the file again as "CSV UTF-8" and upload it.`;
}

const namesOf = (column: TableColumn) => [column.key, column.title, ...(column.aliases ?? [])].map(folded);

/** Which cell of a record belongs to which column, or the sentences about the header. */
function placesOf<Key extends string>(head: readonly string[], columns: readonly TableColumn<Key>[]) {
  const places = new Map<Key, number>();
  const problems: string[] = [];
  const taken = new Set<number>();
  for (const column of columns) {
    const names = new Set(namesOf(column));
    const found = head.flatMap((cell, i) => (names.has(folded(cell)) ? [i] : []));
    for (const i of found) taken.add(i);
    if (found.length > 1) {
      const written = found.map((i) => `"${head[i]}" (column ${i + 1})`).join(" and ");
      problems.push(`The column "${column.title}" is there ${found.length} times: ${written}. Keep one of them.`);
    } else if (found[0] !== undefined) places.set(column.key, found[0]);
    else if (column.required !== false) {
      problems.push(`The column "${column.title}" is missing. The first line has: ${head.map(shown).join(", ")}.`);
    }
  }
  const unknown = head.filter((cell, i) => cell !== "" && !taken.has(i)).map((cell) => cell.slice(0, 80));
  return { places, problems, unknown };
}

const shown = (heading: string) => (heading === "" ? "(empty)" : `"${heading.slice(0, 80)}"`);

function rowOf<Key extends string>(
  { line, cells }: Line,
  width: number,
  columns: readonly TableColumn<Key>[],
  places: ReadonlyMap<Key, number>,
): TableRow<Key> {
  const problems: RowProblem<Key>[] = [];
  const extra = cells.slice(width).some((cell) => cell !== "");
  if (extra || cells.length < width) {
    const why = extra
      ? "a delimiter inside a cell needs quotation marks around the cell"
      : "some cells are missing at its end";
    problems.push({
      column: null,
      sentence: `This row has ${cells.length} cells where the first line has ${width}: ${why}.`,
    });
  }
  const values = {} as Record<Key, string>;
  for (const { key, title } of columns) {
    const place = places.get(key);
    const text = place === undefined ? "" : (cells[place] ?? "");
    values[key] = text.slice(0, limits.cell).toWellFormed().normalize("NFC");
    const sentence = badText(text, title);
    if (sentence) problems.push({ column: key, sentence });
  }
  return { line, values, problems };
}

function badText(text: string, title: string): string | null {
  if (text.length > limits.cell) {
    return `"${title}" has ${text.length.toLocaleString("en")} characters and at most ${limits.cell.toLocaleString("en")} fit.`;
  }
  if (text.includes("\uFFFD"))
    return `"${title}" holds the sign \uFFFD: letters were lost before this file was saved. Type them again.`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (/[\0-\x08\x0B\x0C\x0E-\x1F\x7F]/.test(text))
    return `"${title}" holds a character that does not show. Type the cell again.`;
  return null;
}
