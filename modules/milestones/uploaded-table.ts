/**
 * A table that somebody uploads is looked at twice: once for the preview, and once more when it is confirmed. Between
 * the two nothing is stored: the text travels in the page and is read again from the beginning.
 */
import { checkRows, type RowProblem, readTable, type TableColumn, type TableRow } from "@core/documents/table-file.ts";
import { textOf } from "@core/documents/table-text.ts";
import { Problem } from "@core/problem.ts";

export interface UploadedTable<Key extends string> {
  readonly rows: readonly TableRow<Key>[];
  readonly unknown: readonly string[];
  /** As it was read, for the hidden field of the preview. */
  readonly text: string;
  readonly isSound: boolean;
}

export type RowRule<Key extends string> = (
  values: Readonly<Record<Key, string>>,
  line: number,
) => Iterable<RowProblem<Key>>;

/** Bytes of a form with a file. The confirming form is larger, because its text travels percent-encoded. */
export const fileLimit = 2 * 1024 * 1024;
export const tableLimit = 4 * fileLimit;

/** Throws Problem "invalid" for `field` when there is no table in it. */
export function readUploaded<Key extends string>(
  bytes: Uint8Array,
  columns: readonly TableColumn<Key>[],
  rule: RowRule<Key>,
  field = "file",
): UploadedTable<Key> {
  const reading = readTable(bytes, columns);
  if (!reading.readable) throw Problem.invalid({ [field]: reading.problems.join(" ") });
  const rows = checkRows(reading.table.rows, rule);
  return {
    rows,
    unknown: reading.table.unknown,
    text: textOf(bytes).text ?? "",
    isSound: rows.every((row) => row.problems.length === 0),
  };
}

/** The second look. Throws Problem "refused" when the table is no longer sound: someone else was quicker, or it was altered. */
export function readConfirmed<Key extends string>(
  text: string,
  columns: readonly TableColumn<Key>[],
  rule: RowRule<Key>,
): readonly Readonly<Record<Key, string>>[] {
  const table = readUploaded(new TextEncoder().encode(text), columns, rule, "");
  const bad = table.rows.find((row) => row.problems.length > 0);
  if (bad)
    throw Problem.refused(
      `Nothing was imported: line ${bad.line} can no longer be used. ${bad.problems[0]?.sentence ?? ""} Upload the file again to see all of it.`,
    );
  return table.rows.map((row) => row.values);
}
