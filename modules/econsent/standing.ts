/**
 * May it be done? Scopes are machine policy: other modules ask, and what is not clearly agreed is not done.
 *
 * The newest row of a scope counts. A scope the document offered as a choice has a row of its own ("given" or "refused");
 * one it did not mention follows participation. Taking back participation takes back everything.
 */
import type { ConsentScope } from "@core/module.ts";

export interface StandingRow {
  readonly scope: ConsentScope;
  readonly state: "given" | "refused" | "withdrawn";
  readonly at: Date;
}
export interface Due {
  readonly dueOn: string;
  readonly at: Date;
  readonly cause: "amendment" | "majority";
}
export type Standing = "given" | "pending" | "withdrawn" | "not-required";

/** New procedures wait for a renewed consent; what was begun goes on. */
const held: readonly ConsentScope[] = ["intervention", "new-data"];

export function standingFor(
  scope: ConsentScope,
  rows: readonly StandingRow[],
  dues: readonly Due[],
  day: string,
): Standing {
  const newest = (of: ConsentScope) =>
    rows.filter((row) => row.scope === of).sort((a, b) => b.at.getTime() - a.at.getTime())[0];
  const whole = newest("participation");
  if (!whole) return "pending";
  if (whole.state !== "given") return "withdrawn";
  const own = scope === "participation" ? whole : newest(scope);
  if (own && own.state !== "given") return "withdrawn";
  if (held.includes(scope) && openDues(dues, whole.at).some((due) => isOverdue(due, day))) return "pending";
  return "given";
}

/** A renewed consent settles what was due before it. */
export const openDues = <D extends Due>(dues: readonly D[], givenAt: Date): D[] =>
  dues.filter(({ at }) => at > givenAt);

/** Whoever has come of age decides at once: nobody can have decided for him since. */
export const isOverdue = ({ dueOn, cause }: Due, day: string): boolean => cause === "majority" || day > dueOn;

/** Whoever joined the kernel's question with a word it does not know is told no. */
export const isScope = (word: string, known: readonly string[]): word is ConsentScope => known.includes(word);
