/**
 * The scale of the ACGME Milestones 2.0: levels 1 to 5 with the steps between them, and two answers that are not levels.
 *
 * "Not Yet Completed Level 1" and "Not Yet Assessable" mean different things, and neither is a number. They are kept as
 * they are: `medianOf` takes levels only, so that a mean over all three does not compile.
 */
export interface RatedLevel {
  readonly status: "rated";
  /** Twice the level: 2 is level 1, 5 is level 2.5, 10 is level 5. Nothing below 2: level 0.5 does not exist. */
  readonly halfSteps: number;
}
/** `nycl1`: Not Yet Completed Level 1. `nya`: Not Yet Assessable, because there was nothing to observe yet. */
export interface NotALevel {
  readonly status: "nycl1" | "nya";
}
export type Level = RatedLevel | NotALevel;

/** As a table holds it: `half_steps` is there exactly when the status is `rated`. */
export interface LevelColumns {
  readonly status: Level["status"] | null;
  readonly halfSteps: number | null;
}

const lowest = 2;
const highest = 10;

export const rated = (level: number): RatedLevel => ({ status: "rated", halfSteps: level * 2 });
export const notYetCompleted: NotALevel = { status: "nycl1" };
export const notYetAssessable: NotALevel = { status: "nya" };

/** All eleven answers, in the order of a form. */
export const everyLevel: readonly Level[] = [
  notYetCompleted,
  ...Array.from(
    { length: highest - lowest + 1 },
    (_, step) => ({ status: "rated", halfSteps: step + lowest }) as const,
  ),
  notYetAssessable,
];

const notLevels: Readonly<Record<string, NotALevel>> = {
  nyc1: notYetCompleted,
  nycl1: notYetCompleted,
  "not yet completed level 1": notYetCompleted,
  nya: notYetAssessable,
  "not yet assessable": notYetAssessable,
};

export type LevelReading =
  | { readonly level: Level; readonly problem?: undefined }
  | { readonly level?: undefined; readonly problem: string };

/** "2.5", "NYC1" or "NYA", as people type it and as forms send it. */
export function readLevel(text: string): LevelReading {
  const typed = text.trim().toLowerCase();
  const notALevel = notLevels[typed];
  if (notALevel) return { level: notALevel };
  const number = /^\d(?:[.,]\d)?$/.test(typed) ? Number(typed.replace(",", ".")) : Number.NaN;
  const halfSteps = number * 2;
  if (Number.isInteger(halfSteps) && halfSteps >= lowest && halfSteps <= highest)
    return { level: { status: "rated", halfSteps } };
  return {
    problem: `“${text.trim().slice(0, 20)}” is not a level. Levels are 1, 1.5, 2 … 5; beside them there are NYC1 (Not Yet Completed Level 1) and NYA (Not Yet Assessable).`,
  };
}

/** What `readLevel` reads back: "2.5", "NYC1", "NYA". */
export function writeLevel(level: Level): string {
  if (level.status === "rated") return String(level.halfSteps / 2);
  return level.status === "nycl1" ? "NYC1" : "NYA";
}

export function levelInWords(level: Level): string {
  if (level.status === "rated") return `Level ${level.halfSteps / 2}`;
  return level.status === "nycl1" ? "Not Yet Completed Level 1" : "Not Yet Assessable";
}

export const sameLevel = (one: Level, other: Level): boolean => writeLevel(one) === writeLevel(other);

export const isRated = (level: Level | null | undefined): level is RatedLevel => level?.status === "rated";

/** What is not a level comes before level 1. */
export const lowerFirst = (a: Level, b: Level): number =>
  (isRated(a) ? a.halfSteps : 0) - (isRated(b) ? b.halfSteps : 0);

/** The number for a chart; null, and so a gap in the line, for what is not a level. */
export const numberOf = (level: Level | null | undefined): number | null =>
  isRated(level) ? level.halfSteps / 2 : null;

/** The middle level, the lower of two middles: a level that someone gave, never one between. Null when there is none. */
export function medianOf(levels: readonly RatedLevel[]): RatedLevel | null {
  const sorted = [...levels].sort((a, b) => a.halfSteps - b.halfSteps);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}

/** Null where nothing was observed. */
export function levelFrom({ status, halfSteps }: LevelColumns): Level | null {
  if (status === null) return null;
  return status === "rated" ? { status, halfSteps: halfSteps as number } : { status };
}

export function levelColumns(level: Level | null): LevelColumns {
  return { status: level?.status ?? null, halfSteps: isRated(level) ? level.halfSteps : null };
}
