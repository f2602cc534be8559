/** Which cards are asked for, and in which order. */
import type { CardColumn } from "../module.ts";

export interface CardRow {
  readonly slug: string;
  readonly title: string;
  readonly facts: Readonly<Record<string, string | number | null>>;
}

/** `find` looks into every text, filters compare whole values, `sort` names a column or "title" (`dir=desc` turns it). */
export function chooseCards<Row extends CardRow>(
  rows: readonly Row[],
  columns: readonly CardColumn[],
  asked: Readonly<Record<string, string>>,
): Row[] {
  const words = (asked.find ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const filters = columns.filter(({ key, filter }) => filter && asked[key]);
  const sort = columns.some(({ key }) => key === asked.sort) ? asked.sort : undefined;
  const value = (row: Row) => (sort ? (row.facts[sort] ?? null) : row.title);
  const turn = asked.dir === "desc" ? -1 : 1;
  return rows
    .filter((row) => filters.every(({ key }) => String(row.facts[key] ?? "") === asked[key]))
    .filter((row) => {
      const text = [row.title, ...Object.values(row.facts)].join(" ").toLowerCase();
      return words.every((word) => text.includes(word));
    })
    .sort((one, other) => turn * compared(value(one), value(other)) || compared(one.title, other.title));
}

/** Numbers as numbers, texts as people sort them, what is missing last. */
function compared(one: string | number | null, other: string | number | null): number {
  if (one === null || other === null) return one === other ? 0 : one === null ? 1 : -1;
  if (typeof one === "number" && typeof other === "number") return one - other;
  return String(one).localeCompare(String(other), "en", { numeric: true });
}

/** The values that a column has anywhere, as choices. */
export const valuesIn = (rows: readonly CardRow[], key: string): string[] =>
  [...new Set(rows.flatMap(({ facts }) => (facts[key] ? [String(facts[key])] : [])))].sort();
