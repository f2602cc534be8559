import {
  absolute,
  add,
  asNumber,
  compareDecimals,
  type Decimal,
  divide,
  fromNumber,
  isWhole,
  readDecimal,
  roundDecimal,
  trimmed,
  whole,
  writeDecimal,
} from "./decimal.ts";
import type { Kind, Value } from "./kinds.ts";
import { isDecimal, isMoment } from "./kinds.ts";
import { dayOf, isPartial, type Moment, type Span, spanBetween, spans } from "./moment.ts";

/** What a parameter takes. "number" takes numeric choices too; "same": of the kind that the first such argument has. */
export type Want = "number" | "text" | "boolean" | "moment" | "set" | "any" | "same" | "span" | "written";

export interface Computation {
  readonly wants: readonly Want[];
  /** Further arguments, as many as one likes. */
  readonly rest?: Want;
  /** How many of `wants` may be left out, from the end. */
  readonly optional?: number;
  readonly gives: Kind["is"] | "same";
  /** Runs only when every argument is known, unless `tolerant`. */
  readonly tolerant?: boolean;
  readonly says: string;
  readonly run: (values: readonly Value[], today: Moment | null) => Value;
}

const numbers = (values: readonly Value[]): Decimal[] => values.filter(isDecimal);
const total = (values: readonly Decimal[]): Decimal | null =>
  values.reduce<Decimal | null>((sum, value) => sum && add(sum, value), whole(0));
const average = (values: readonly Decimal[]): Decimal | null => {
  const sum = total(values);
  return sum && values.length > 0 ? divide(sum, whole(values.length)) : null;
};
const extreme = (values: readonly Decimal[], sign: 1 | -1): Decimal | null =>
  values.reduce<Decimal | null>((best, one) => (best && compareDecimals(best, one) * sign >= 0 ? best : one), null);
const middle = (values: readonly Decimal[]): Decimal | null => {
  const sorted = [...values].sort(compareDecimals);
  return average(sorted.slice((sorted.length - 1) >> 1, (sorted.length >> 1) + 1));
};

const overNumbers = (says: string, run: (values: readonly Decimal[]) => Value, tolerant = false): Computation => ({
  wants: ["number"],
  rest: "number",
  gives: "number",
  tolerant,
  says,
  run: (values) => {
    const known = numbers(values);
    return known.length === 0 ? null : run(known);
  },
});

const atLeast = (says: string, run: (values: readonly Decimal[]) => Value): Computation => ({
  wants: ["number", "number"],
  rest: "number",
  gives: "number",
  tolerant: true,
  says,
  run: ([least, ...values]) => {
    const known = numbers(values);
    if (!least || !isDecimal(least) || known.length === 0) return null;
    return compareDecimals(whole(known.length), least) >= 0 ? run(known) : null;
  },
});

const rounding = (says: string, mode: Parameters<typeof roundDecimal>[2]): Computation => ({
  wants: ["number", "number"],
  optional: 1,
  gives: "number",
  says,
  run: ([value, places = whole(0)]) => {
    if (!isDecimal(value as Value) || !isDecimal(places)) return null;
    return isWhole(places) ? roundDecimal(value as Decimal, asNumber(places), mode) : null;
  },
});

const between = (says: string, unit: Span | null): Computation => ({
  wants: unit ? ["moment", "moment"] : ["moment", "moment", "span"],
  gives: "number",
  says,
  run: ([from, until, given]) => {
    const span = unit ?? spans.find((one) => one === given);
    if (!from || !until || !isMoment(from) || !isMoment(until) || !span) return null;
    const result = spanBetween(from, until, span);
    return result === null ? null : whole(result);
  },
});

const part = (says: string, of: (date: Date) => number): Computation => ({
  wants: ["moment"],
  gives: "number",
  says,
  run: ([moment]) => {
    if (!moment || !isMoment(moment)) return null;
    const [first, last] = [of(new Date(moment.earliest)), of(new Date(moment.latest))];
    const fitsInside = first === last && (!isPartial(moment) || moment.latest - moment.earliest < 366 * 86_400_000);
    return fitsInside ? whole(first) : null;
  },
});

const longest = 10_000;
const written = (value: Value): string => {
  if (isDecimal(value)) return writeDecimal(trimmed(value));
  if (value && isMoment(value)) return value.text;
  return Array.isArray(value) ? value.join(", ") : String(value);
};

/** Every function of the language. `says` is the line that the builder shows beside the name. */
export const computations: Readonly<Record<string, Computation>> = {
  abs: {
    wants: ["number"],
    gives: "number",
    says: "abs(x): x without its sign.",
    run: ([x]) => absolute(x as Decimal),
  },
  sqrt: {
    wants: ["number"],
    gives: "number",
    says: "sqrt(x): the square root, with 15 digits.",
    run: ([x]) => fromNumber(Math.sqrt(asNumber(x as Decimal))),
  },
  exp: {
    wants: ["number"],
    gives: "number",
    says: "exp(x): e to the power of x.",
    run: ([x]) => fromNumber(Math.exp(asNumber(x as Decimal))),
  },
  ln: {
    wants: ["number"],
    gives: "number",
    says: "ln(x): the natural logarithm.",
    run: ([x]) => fromNumber(Math.log(asNumber(x as Decimal))),
  },
  log10: {
    wants: ["number"],
    gives: "number",
    says: "log10(x): the logarithm to base 10.",
    run: ([x]) => fromNumber(Math.log10(asNumber(x as Decimal))),
  },
  round: rounding("round(x, places): to the nearest, halves away from zero.", "half-up"),
  round_up: rounding("round_up(x, places): away from zero.", "up"),
  round_down: rounding("round_down(x, places): towards zero.", "down"),
  floor: rounding("floor(x): the whole number at or below x.", "floor"),
  ceiling: rounding("ceiling(x): the whole number at or above x.", "ceiling"),
  min: overNumbers("min(a, b, …): the smallest; unknown if one is unknown.", (all) => extreme(all, -1)),
  max: overNumbers("max(a, b, …): the largest; unknown if one is unknown.", (all) => extreme(all, 1)),
  sum: overNumbers("sum(a, b, …): unknown if one is unknown.", total),
  mean: overNumbers("mean(a, b, …): unknown if one is unknown.", average),
  median: overNumbers("median(a, b, …): unknown if one is unknown.", middle),
  sum_known: overNumbers("sum_known(a, b, …): over what is known; unknown if nothing is.", total, true),
  mean_known: overNumbers("mean_known(a, b, …): over what is known; unknown if nothing is.", average, true),
  min_known: overNumbers("min_known(a, b, …): the smallest of what is known.", (all) => extreme(all, -1), true),
  max_known: overNumbers("max_known(a, b, …): the largest of what is known.", (all) => extreme(all, 1), true),
  median_known: overNumbers("median_known(a, b, …): over what is known.", middle, true),
  sum_of_at_least: atLeast("sum_of_at_least(n, a, b, …): over what is known, if n or more are.", total),
  mean_of_at_least: atLeast("mean_of_at_least(n, a, b, …): over what is known, if n or more are.", average),
  count_known: {
    wants: ["any"],
    rest: "any",
    gives: "number",
    tolerant: true,
    says: "count_known(a, b, …): how many are known.",
    run: (values) => whole(values.filter((value) => value !== null).length),
  },
  known: {
    wants: ["any"],
    gives: "boolean",
    tolerant: true,
    says: "known(x): is there a value?",
    run: ([x]) => x !== null,
  },
  known_or: {
    wants: ["same", "same"],
    rest: "same",
    gives: "same",
    tolerant: true,
    says: "known_or(a, b, …): the first that is known.",
    run: (values) => values.find((value) => value !== null) ?? null,
  },
  number: {
    wants: ["any"],
    gives: "number",
    says: "number(x): a text read as a number; unknown if it is none.",
    run: ([x]) => (typeof x === "string" ? readDecimal(x.trim()) : isDecimal(x as Value) ? (x as Decimal) : null),
  },
  text: { wants: ["any"], gives: "text", says: "text(x): as it is written.", run: ([x]) => written(x as Value) },
  concat: {
    wants: ["any"],
    rest: "any",
    gives: "text",
    says: "concat(a, b, …): one text after another.",
    run: (values) => {
      const result = values.map(written).join("");
      return result.length > longest ? null : result;
    },
  },
  length: {
    wants: ["text"],
    gives: "number",
    says: "length(t): how many characters.",
    run: ([t]) => whole([...(t as string)].length),
  },
  lower: {
    wants: ["text"],
    gives: "text",
    says: "lower(t): in small letters.",
    run: ([t]) => (t as string).toLowerCase(),
  },
  upper: { wants: ["text"], gives: "text", says: "upper(t): in capitals.", run: ([t]) => (t as string).toUpperCase() },
  trim: {
    wants: ["text"],
    gives: "text",
    says: "trim(t): without spaces around it.",
    run: ([t]) => (t as string).trim(),
  },
  starts_with: {
    wants: ["text", "text"],
    gives: "boolean",
    says: "starts_with(t, part)",
    run: ([t, begin]) => (t as string).startsWith(begin as string),
  },
  contains: {
    wants: ["any", "written"],
    gives: "boolean",
    says: "contains(set, code) or contains(text, part).",
    run: ([whole, code]) => (whole as string | readonly string[]).includes(code as string),
  },
  count: {
    wants: ["set"],
    gives: "number",
    says: "count(set): how many are chosen.",
    run: ([set]) => whole((set as readonly string[]).length),
  },
  age: between("age(birth, on): full years.", "years"),
  years_between: between("years_between(from, until): full years, negative backwards.", "years"),
  months_between: between("months_between(from, until): full months.", "months"),
  weeks_between: between("weeks_between(from, until): full weeks.", "weeks"),
  days_between: between("days_between(from, until): days.", "days"),
  difference: between('difference(from, until, "days"): in years, months, weeks, days, hours or minutes.', null),
  year: part("year(d)", (date) => date.getUTCFullYear()),
  month: part("month(d): 1 to 12.", (date) => date.getUTCMonth() + 1),
  day: part("day(d): of the month.", (date) => date.getUTCDate()),
  add_days: {
    wants: ["moment", "number"],
    gives: "date",
    says: "add_days(d, n): the date n days later.",
    run: ([moment, days]) => {
      if (!moment || !isMoment(moment) || isPartial(moment) || !isDecimal(days as Value)) return null;
      const later = moment.earliest + Math.trunc(asNumber(days as Decimal)) * 86_400_000;
      const isWritable = later >= Date.UTC(1000, 0, 1) && later < Date.UTC(10_000, 0, 1);
      return isWritable ? dayOf(Math.floor(later / 86_400_000) * 86_400_000) : null;
    },
  },
  today: {
    wants: [],
    gives: "date",
    says: "today(): the day on which it is computed. Never in a stored calculation.",
    run: (_, today) => today,
  },
  if: {
    wants: ["boolean", "same", "same"],
    gives: "same",
    tolerant: true,
    says: "if(condition, a, b): unknown while the condition is.",
    run: ([condition, a = null, b = null]) => (condition === null ? null : condition ? a : b),
  },
};
