/** A table as plain data: what CSV, XLSX and JSON are written from, in one pass and without ever holding all of it. */
import { plain } from "./plain";

export type CellKind = "text" | "number" | "date" | "boolean";
export type Cell = string | number | bigint | boolean | Date | null | undefined;
/** A column says what it holds: a guard that does not know a number from a text would spoil the data. */
export interface Column {
  readonly title: string;
  readonly kind: CellKind;
}
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: Iterable<readonly Cell[]> | AsyncIterable<readonly Cell[]>;
}

/** The last column of every table: its cells hold the export id, so that even a few copied rows name their origin. */
export const exportColumn = "export";

/** Told of each row as it stands in the file: what a copy of it will look like. */
export type Witness = (shown: readonly string[]) => void;

const number = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const date = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;

export const isNumber = (text: string): boolean => number.test(text);

/** The titles with the export's column behind them. Throws when one is empty or there twice. */
export function titlesOf(columns: readonly Column[]): string[] {
  const titles = [...columns.map((column) => plain(column.title)), exportColumn];
  const twice = titles.find((title, i) => title === "" || titles.indexOf(title) !== i);
  if (twice !== undefined) throw new Error(`A table needs titles that differ, and "${twice}" is empty or there twice.`);
  return titles;
}

/**
 * The value if it is of the column's kind, null if there is none. Throws otherwise: a table that lies about its types
 * is worse than none. Decimals arrive from the database as text, so that no digit is lost on the way.
 */
export function checked(value: Cell, column: Column, row: number): Exclude<Cell, undefined> {
  if (value === null || value === undefined) return null;
  const fits = {
    text: () => typeof value === "string",
    number: () =>
      typeof value === "bigint" ||
      (typeof value === "number" && Number.isFinite(value)) ||
      (typeof value === "string" && number.test(value)),
    date: () =>
      (value instanceof Date && !Number.isNaN(value.getTime())) || (typeof value === "string" && date.test(value)),
    boolean: () => typeof value === "boolean",
  }[column.kind]();
  if (!fits) throw new Error(`Row ${row}, column "${column.title}": the value is not a ${column.kind}.`);
  return typeof value === "string" ? value.toWellFormed() : value;
}

/** The rows, each as long as the table is wide, counted from 1. */
export async function* rowsOf({ columns, rows }: Table): AsyncGenerator<readonly [number, readonly Cell[]]> {
  let count = 0;
  for await (const row of rows) {
    count += 1;
    if (row.length !== columns.length) {
      throw new Error(`Row ${count} has ${row.length} cells where the table has ${columns.length} columns.`);
    }
    yield [count, row];
  }
}

/** A cell as text, the same in every format that has no types of its own. */
export function textOf(value: Exclude<Cell, undefined>): string {
  if (value === null) return "";
  return value instanceof Date ? value.toISOString() : String(value);
}
