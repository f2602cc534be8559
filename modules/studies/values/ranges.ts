import { compareDecimals, readDecimal } from "../expression/decimal.ts";
import { isDecimal, isMoment, isSet, type Value } from "../expression/kinds.ts";
import { compareMoments, type Moment, readMoment, surelyAtMost } from "../expression/moment.ts";
import type { Comparator, Range } from "../model/build.ts";
import { convert } from "./units.ts";

/**
 * Is a value inside? null: not to be said, because parts of it are unknown or its unit cannot be converted; then the
 * check neither passes nor fires. `from` and `to`: the unit of the value and that of the range.
 */
export function isInside(value: Value, range: Range, from: string | null, to: string | null): boolean | null {
  if (value === null || typeof value === "boolean") return null;
  if (range.comparator === "IN" || range.comparator === "NOTIN") {
    const among = range.values.map((one) => satisfies(value, "EQ", one, from, to));
    const found = among.includes(true) ? true : among.includes(null) ? null : false;
    return found === null ? null : found === (range.comparator === "IN");
  }
  return satisfies(value, range.comparator, range.values[0] ?? "", from, to);
}

function satisfies(
  value: Value,
  comparator: Comparator,
  limit: string,
  from: string | null,
  to: string | null,
): boolean | null {
  if (isDecimal(value)) {
    const other = readDecimal(limit.trim());
    const own = from !== null && to !== null ? convert(value, from, to) : value;
    return own && other ? ordered(comparator, compareDecimals(own, other)) : null;
  }
  if (value !== null && isMoment(value)) return momentSatisfies(value, comparator, limit);
  if (isSet(value))
    return comparator === "EQ" ? value.includes(limit) : comparator === "NE" ? !value.includes(limit) : null;
  if (typeof value !== "string") return null;
  const [a, b] = [readDecimal(value), readDecimal(limit)];
  if (a && b) return ordered(comparator, compareDecimals(a, b));
  return comparator === "EQ" ? value === limit : comparator === "NE" ? value !== limit : null;
}

function momentSatisfies(value: Moment, comparator: Comparator, limit: string): boolean | null {
  const other = readMoment(limit, value.kind);
  if (!other) return null;
  const not = (truth: boolean | null) => (truth === null ? null : !truth);
  switch (comparator) {
    case "LE":
      return surelyAtMost(value, other);
    case "GE":
      return surelyAtMost(other, value);
    case "LT":
      return not(surelyAtMost(other, value));
    case "GT":
      return not(surelyAtMost(value, other));
    default: {
      const order = compareMoments(value, other);
      return order === null ? null : (order === 0) === (comparator === "EQ");
    }
  }
}

function ordered(comparator: Comparator, order: number): boolean | null {
  switch (comparator) {
    case "LT":
      return order < 0;
    case "LE":
      return order <= 0;
    case "GT":
      return order > 0;
    case "GE":
      return order >= 0;
    case "EQ":
      return order === 0;
    case "NE":
      return order !== 0;
    default:
      return null;
  }
}

const inWords: Readonly<Record<Comparator, string>> = {
  LT: "below",
  LE: "at most",
  GT: "above",
  GE: "at least",
  EQ: "exactly",
  NE: "anything but",
  IN: "one of",
  NOTIN: "none of",
};

export const rangeInWords = (range: Range): string =>
  `${inWords[range.comparator]} ${range.values.join(", ")}${range.unit === null ? "" : ` ${range.unit}`}`;
