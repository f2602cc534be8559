/**
 * A meter's log as a file: date, time, code, value, parted by tabs (the codes of the UCI diabetes data). What cannot be
 * read for certain is kept, with the reason, for a person to look at: never dropped, and never read as 0 mg/dL.
 */
import type { MeterWord } from "./glucose.ts";
import type { Meal } from "./glucose-circumstance.ts";

export type MeterEntry =
  | {
      readonly kind: "glucose";
      readonly line: number;
      readonly at: string;
      readonly mgdl: number;
      readonly meal: Meal | null;
    }
  | {
      readonly kind: "insulin";
      readonly line: number;
      readonly at: string;
      readonly units: number;
      readonly name: string;
    }
  | { readonly kind: "event"; readonly line: number; readonly at: string; readonly event: string };

export type ReviewReason = "columns" | "timestamp" | "unknown-code" | "meter-word" | "value";
export interface RowForReview {
  readonly line: number;
  /** The row as it came. */
  readonly text: string;
  readonly reason: ReviewReason;
  readonly sentence: string;
  /** What the meter showed, where that is plain. */
  readonly meterWord: MeterWord | null;
}

export interface MeterLog {
  readonly rows: number;
  readonly entries: readonly MeterEntry[];
  readonly review: readonly RowForReview[];
}

const glucoseCodes: Readonly<Record<string, Meal | null>> = {
  "48": null,
  "57": null,
  "58": "before-breakfast",
  "59": "after-breakfast",
  "60": "before-lunch",
  "61": "after-lunch",
  "62": "before-dinner",
  "63": "after-dinner",
  "64": "snack",
};
const insulinCodes: ReadonlyMap<string, string> = new Map(
  Object.entries({ "33": "regular", "34": "NPH", "35": "ultralente" }),
);
const eventCodes: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "65": "signs of a low",
    "66": "usual meal",
    "67": "larger meal than usual",
    "68": "smaller meal than usual",
    "69": "usual exercise",
    "70": "more exercise than usual",
    "71": "less exercise than usual",
    "72": "something special",
  }),
);

const lowestMgdl = 10;
const highestMgdl = 1000;

export function readMeterLog(text: string): MeterLog {
  const entries: MeterEntry[] = [];
  const review: RowForReview[] = [];
  let rows = 0;
  for (const [place, line] of text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .entries()) {
    if (line.trim() === "") continue;
    rows += 1;
    const read = readRow(line, place + 1);
    if ("reason" in read) review.push(read);
    else entries.push(read);
  }
  return { rows, entries, review };
}

function readRow(text: string, line: number): MeterEntry | RowForReview {
  const keep = (reason: ReviewReason, sentence: string, meterWord: MeterWord | null = null): RowForReview => ({
    line,
    text,
    reason,
    sentence,
    meterWord,
  });
  const [date = "", time = "", code = "", value = "", ...others] = text.split("\t").map((cell) => cell.trim());
  const at = readMoment(date, time);
  if (at === null)
    return keep("timestamp", "There is no date and time at the begin of the row; its columns may be shifted.");
  const isGlucose = Object.hasOwn(glucoseCodes, code);
  const insulin = insulinCodes.get(code);
  const event = eventCodes.get(code);
  if (!isGlucose && insulin === undefined && event === undefined)
    return keep("unknown-code", "The code is none that this kind of file knows.");
  if (value === "" || others.some((cell) => cell !== ""))
    return keep("columns", "The row does not have its four columns.");
  if (event !== undefined) return { kind: "event", line, at, event };
  const number = /^\d{1,4}(?:\.\d{1,2})?$/.test(value) ? Number(value) : null;
  if (insulin !== undefined) {
    if (number === null) return keep("value", "The dose is not a number.");
    return { kind: "insulin", line, at, units: number, name: insulin };
  }
  const word = /^0*(hi|lo)(?:gh|w)?$/i.exec(value)?.[1]?.toUpperCase();
  if (word === "HI" || word === "LO") return keep("meter-word", `The meter showed ${word}, which is no number.`, word);
  if (number === null || number < lowestMgdl || number > highestMgdl)
    return keep("value", "The value is not one that a meter shows.");
  return { kind: "glucose", line, at, mgdl: number, meal: glucoseCodes[code] ?? null };
}

/** "04-21-1991" and "9:09", as a moment without a zone; null when it is none of the calendar. */
function readMoment(date: string, time: string): string | null {
  const day = /^(\d{2})-(\d{2})-(\d{4})$/.exec(date);
  const clock = /^(\d{1,2}):(\d{2})$/.exec(time);
  if (!day || !clock) return null;
  try {
    const fields = {
      year: Number(day[3]),
      month: Number(day[1]),
      day: Number(day[2]),
      hour: Number(clock[1]),
      minute: Number(clock[2]),
    };
    return Temporal.PlainDateTime.from(fields, { overflow: "reject" }).toString({ smallestUnit: "minute" });
  } catch {
    return null;
  }
}
