/**
 * Is everything there that the program has to report in the window of a period? One line for every trainee and
 * subcompetency, in the order in which they are entered by hand: by year and name, and within a trainee as the framework
 * counts. There is no public format to upload; the sheet is read beside the entry form.
 */
import type { Level } from "./level.ts";
import type { ReviewState } from "./review.ts";

export interface Reported {
  readonly subjectId: string;
  readonly name: string;
  readonly pgy: number;
  readonly state: ReviewState;
  /** By code: the newest decision's. */
  readonly levels: ReadonlyMap<string, Level>;
  /** Of the trainee's own framework, in its order. */
  readonly subcompetencies: readonly { readonly code: string; readonly title: string }[];
}
export interface EntryLine {
  readonly entry: number;
  readonly subjectId: string;
  readonly code: string;
  readonly title: string;
  /** Null: not decided, and so not to be entered yet. */
  readonly level: Level | null;
}

/** While a review is open, or open again, an earlier revision's level is not the one to report. */
const decided: ReadonlySet<ReviewState> = new Set(["finalised", "released", "acknowledged"]);

export const inEntryOrder = (a: Reported, b: Reported): number => a.pgy - b.pgy || a.name.localeCompare(b.name);

export function entryLines(trainees: readonly Reported[]): EntryLine[] {
  return [...trainees]
    .sort(inEntryOrder)
    .flatMap(({ subjectId, state, levels, subcompetencies }) =>
      subcompetencies.map(({ code, title }) => ({
        subjectId,
        code,
        title,
        level: decided.has(state) ? (levels.get(code) ?? null) : null,
      })),
    )
    .map((line, at) => ({ entry: at + 1, ...line }));
}

/** How many levels of each trainee are still to be decided; trainees who are complete are not in it. */
export function missingBy(lines: readonly EntryLine[]): ReadonlyMap<string, number> {
  const missing = new Map<string, number>();
  for (const { subjectId, level } of lines) {
    if (level === null) missing.set(subjectId, (missing.get(subjectId) ?? 0) + 1);
  }
  return missing;
}

/** Where the day stands to the reporting window. */
export function windowInWords({ opensOn, closesOn }: { opensOn: string; closesOn: string }, today: string): string {
  if (today < opensOn) return `Reporting opens on ${opensOn} and closes on ${closesOn}.`;
  return today <= closesOn ? `Reporting is open until ${closesOn}.` : `Reporting closed on ${closesOn}.`;
}
