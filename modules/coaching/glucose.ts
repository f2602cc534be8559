/**
 * Readings in a text message. A reading is stored only when there is no doubt what was meant; otherwise the member is
 * asked back, and `possible` carries what it could have been, so that triage can be careful meanwhile. Nothing is ever
 * stored as a guessed low.
 */

import { findMeal, findTime, type Meal, type TimeSaid } from "./glucose-circumstance.ts";
import { type Candidate, candidatesIn, type NumberContext } from "./glucose-numbers.ts";

export type GlucoseUnit = "mg/dL" | "mmol/L";

/** mg/dL in one mmol/L: the molar mass of glucose, 180.16 g/mol, over ten. */
export const mgdlPerMmol = 18.016;
export const toMgdl = (value: number, unit: GlucoseUnit): number => (unit === "mg/dL" ? value : value * mgdlPerMmol);
export const inUnit = (mgdl: number, unit: GlucoseUnit): number => (unit === "mg/dL" ? mgdl : mgdl / mgdlPerMmol);

/** What a meter shows instead of a number; its limits differ, so there is no number to store. */
export type MeterWord = "HI" | "LO";

export interface Reading {
  /** Null for HI and LO. */
  readonly mgdl: number | null;
  readonly meterWord: MeterWord | null;
  /** As it was typed. */
  readonly value: number | null;
  readonly unit: GlucoseUnit | null;
  readonly meal: Meal | null;
  readonly time: TimeSaid | null;
  readonly words: string;
}

export type Doubt =
  | "unit"
  | "which-number"
  | "not-a-value"
  | "meter-word"
  | "range"
  | "whose"
  | "hypothetical"
  | "no-number"
  | "in-words"
  | "is-it-glucose";

export type GlucoseFound =
  | { readonly kind: "none" }
  | { readonly kind: "readings"; readonly readings: readonly [Reading, ...Reading[]] }
  /** Takes the place of an earlier reading; `replaces` is the number that was wrong, null when it was not named. */
  | { readonly kind: "correction"; readonly reading: Reading; readonly replaces: number | null }
  | {
      readonly kind: "ask";
      readonly doubt: Doubt;
      /** In mg/dL: everything it could mean. HI and LO stand as they are. */
      readonly possible: readonly (number | MeterWord)[];
      readonly words: string;
    };

export interface GlucoseContext {
  /** The unit the member's meter shows; null while nobody has said. */
  readonly unit: GlucoseUnit | null;
  /** What the last question to the member asked for. After "how many minutes did you walk?" a bare 52 is no reading. */
  readonly expecting: Expecting;
}
export type Expecting = "reading" | "another-number" | null;

const none = { kind: "none" } as const;
const lowestMmolSeen = 1;
const highestMmol = 33.3;
const lowestMgdl = 20;
const highestMgdl = 1000;

export function findGlucose(text: string, context: GlucoseContext): GlucoseFound {
  const read = candidatesIn(text, context.expecting);
  const correction = findCorrection(read, context);
  if (correction) return correction;
  if (read.meterWord) {
    const { word, sure, words } = read.meterWord;
    if (!sure) return { kind: "ask", doubt: "meter-word", possible: [word], words };
    if (read.candidates.length === 0) {
      return {
        kind: "readings",
        readings: [{ ...circumstance(text), mgdl: null, meterWord: word, value: null, unit: null, words }],
      };
    }
    return { kind: "ask", doubt: "which-number", possible: [word, ...possibleOf(read.candidates, context)], words };
  }
  if (read.candidates.length === 0) {
    if (read.inWords !== null) return { kind: "ask", doubt: "in-words", possible: [read.inWords], words: read.words };
    return read.cueWithoutNumber ? { kind: "ask", doubt: "no-number", possible: [], words: read.words } : none;
  }
  const possible = possibleOf(read.candidates, context);
  const ask = (doubt: Doubt): GlucoseFound => ({ kind: "ask", doubt, possible, words: wordsOf(read.candidates) });
  if (read.doubt) return ask(read.doubt);

  const judged = read.candidates.map((candidate) => judge(candidate, context));
  const doubtful = judged.find((one) => one.doubt !== null);
  if (doubtful?.doubt) return ask(doubtful.doubt);
  const all = judged.flatMap(({ reading }) => reading ?? []);
  const [first, ...others] = all;
  if (!first) return none;
  if (others.length > 0 && !eachHasItsOwn(all)) return ask("which-number");
  return {
    kind: "readings",
    readings: others.length === 0 ? [{ ...first, ...circumstance(text) }] : [first, ...others],
  };
}

const circumstance = (text: string) => ({ meal: findMeal(text), time: findTime(text) });
const wordsOf = (candidates: readonly Candidate[]) => candidates.map(({ words }) => words).join(", ");

/** Several readings are clear only when each has its own meal or time. */
function eachHasItsOwn(readings: readonly Reading[]): boolean {
  const marks = readings.map(({ meal, time }) => JSON.stringify([meal, time]));
  return readings.every(({ meal, time }) => meal !== null || time !== null) && new Set(marks).size === marks.length;
}

interface Judged {
  readonly reading: Reading | null;
  readonly doubt: Doubt | null;
}

function judge(candidate: Candidate, context: GlucoseContext): Judged {
  const { value, unit, hasDecimals, words, clause } = candidate;
  const take = (as: GlucoseUnit): Judged => ({
    reading: {
      mgdl: toMgdl(value, as),
      meterWord: null,
      value,
      unit: as,
      meal: findMeal(clause),
      time: findTime(clause),
      words,
    },
    doubt: null,
  });
  const doubt = (kind: Doubt): Judged => ({ reading: null, doubt: kind });
  if (value <= 0 || value > highestMgdl) return doubt("not-a-value");
  if (unit === "mg/dL") return value < lowestMgdl ? doubt("unit") : take("mg/dL");
  if (unit === "mmol/L") return value > highestMmol || value < lowestMmolSeen ? doubt("unit") : take("mmol/L");
  if (context.unit === "mmol/L") {
    return value > highestMmol || value < lowestMmolSeen ? doubt("unit") : take("mmol/L");
  }
  if (hasDecimals && value <= highestMmol) {
    // Decimals speak for mmol/L. A low that rests on that alone would be a guess.
    return value < 4 ? doubt("unit") : take("mmol/L");
  }
  if (value <= highestMmol) return doubt("unit");
  return take("mg/dL");
}

/** Everything the numbers could mean, in mg/dL. */
function possibleOf(candidates: readonly Candidate[], context: GlucoseContext): number[] {
  return candidates.flatMap((candidate) => {
    const { value, unit, hasDecimals, bound } = candidate;
    if (value <= 0) return [];
    const judged = judge(candidate, context).reading?.mgdl;
    if (judged !== undefined && judged !== null) return [judged + (bound === "below" ? -1 : bound === "above" ? 1 : 0)];
    const asMgdl = value >= 10 && value <= highestMgdl && !(hasDecimals && unit === null) ? [value] : [];
    const asMmol = value >= 0.5 && value <= highestMmol ? [value * mgdlPerMmol] : [];
    return unit === "mmol/L" && value <= highestMmol ? asMmol : [...asMgdl, ...asMmol];
  });
}

function findCorrection(read: NumberContext, context: GlucoseContext): GlucoseFound | null {
  if (!read.correction) return null;
  const { right, wrong } = read.correction;
  const judged = judge(right, context);
  if (judged.reading) return { kind: "correction", reading: judged.reading, replaces: wrong };
  return {
    kind: "ask",
    doubt: judged.doubt ?? "which-number",
    possible: possibleOf([right], context),
    words: right.words,
  };
}

/**
 * Which of the last readings a correction takes the place of: the newest whose number was named; without a name the
 * newest within an hour. Null: none fits, so nothing is superseded and the member is asked.
 */
export function correctedBy<R extends { readonly value: number | null; readonly at: Date }>(
  correction: { readonly replaces: number | null },
  earlier: readonly R[],
  now: Date,
): R | null {
  const newestFirst = [...earlier].sort((one, other) => other.at.getTime() - one.at.getTime());
  const within = (hours: number) => newestFirst.filter(({ at }) => now.getTime() - at.getTime() <= hours * 3_600_000);
  if (correction.replaces === null) return within(1)[0] ?? null;
  return within(24).find(({ value }) => value === correction.replaces) ?? null;
}
