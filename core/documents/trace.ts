/** Whose file is it? What turned up, held against the ledger of everything that left. */
import type { Leaked } from "./leaked";
import { isMarked } from "./row-marks";

/** One line of the ledger, as far as a trace needs it. */
export interface Candidate {
  readonly id: string;
  readonly sha256: Uint8Array;
  readonly rowMarks: Uint8Array | null;
}

export interface Match<C extends Candidate> {
  readonly candidate: C;
  /** The same file, byte for byte; the number of the export stands in it; or its rows were in that file. */
  readonly by: "file" | "number" | "rows";
  /** How many of the rows looked for were in it. */
  readonly rows: number;
}

/** Below this a filter's own mistakes (one row in three hundred) are no evidence. */
const FEWEST_ROWS = 2;

/**
 * Surest first: the same bytes, the number, then the files that held most of the rows. Rows that left in several files are
 * found in all of them.
 */
export async function trace<C extends Candidate>(
  leaked: Leaked,
  key: Uint8Array,
  ledger: Iterable<C> | AsyncIterable<C>,
): Promise<Match<C>[]> {
  const ids = new Set(leaked.exportIds);
  const found: Match<C>[] = [];
  for await (const candidate of ledger) {
    const { rowMarks } = candidate;
    const rows = rowMarks ? leaked.rows.filter((said) => isMarked(rowMarks, key, said)).length : 0;
    if (Buffer.from(candidate.sha256).equals(leaked.sha256)) found.push({ candidate, by: "file", rows });
    else if (ids.has(candidate.id)) found.push({ candidate, by: "number", rows });
    else if (rows >= FEWEST_ROWS && rows * 20 > leaked.rows.length) found.push({ candidate, by: "rows", rows });
  }
  const sure = { file: 2, number: 1, rows: 0 };
  return found.sort((a, b) => sure[b.by] - sure[a.by] || b.rows - a.rows);
}

export const matchSentence = ({ by, rows }: Match<Candidate>, looked: number): string =>
  by === "file"
    ? "The very file, byte for byte."
    : by === "number"
      ? `Its number stands in what was found${rows > 0 ? `, and ${rows} of ${looked} rows were in it` : ""}.`
      : `${rows} of ${looked} rows were in it.`;
