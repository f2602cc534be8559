/**
 * An import before anything is written: each value beside what is stored, what would happen to it, and who has to
 * decide. The same file staged again after it was imported has nothing left to do.
 */
import type { Plan } from "../model/plan.ts";
import type { StoredValue } from "../odm/writer.ts";
import { readAnswer } from "../values/reading.ts";

export type Difference =
  | "new"
  | "same"
  | "changed"
  /** The file leaves empty what is stored: an absent cell never deletes by itself. */
  | "emptied"
  /** The file has two values for one place. */
  | "twice";

export type Decision = "take" | "keep";

export interface Staged {
  /** Tells the place of the value; the same in every run. */
  readonly key: string;
  readonly value: StoredValue;
  readonly stored: StoredValue | null;
  readonly difference: Difference;
  /** Why the text cannot be read as the item's kind: it is stored all the same, and a query is opened. */
  readonly problem: string | null;
  /** null: a person has to say. */
  readonly decision: Decision | null;
}

/** In which order the parts stand in `placeKey`. */
export const placeKey = (value: StoredValue): string =>
  JSON.stringify([
    value.subject,
    value.event,
    value.eventKey,
    value.form,
    value.formKey,
    value.section,
    value.sectionKey,
    value.item,
  ]);

/** `current`: what is stored in a place, by `placeKey`; null when there is nothing. */
export function stage(
  plan: Plan,
  incoming: Iterable<StoredValue>,
  current: (key: string) => StoredValue | null,
): Staged[] {
  const staged = new Map<string, Staged>();
  const again: Staged[] = [];
  for (const value of incoming) {
    const key = placeKey(value);
    const one = stagedOne(plan, key, value, current(key));
    const before = staged.get(key);
    if (!before) staged.set(key, one);
    else if (!isSame(plan, before.value, value)) {
      staged.set(key, { ...before, difference: "twice", decision: null });
      again.push({ ...one, difference: "twice", decision: "keep" });
    }
  }
  return [...staged.values(), ...again];
}

function stagedOne(plan: Plan, key: string, value: StoredValue, stored: StoredValue | null): Staged {
  const item = plan.items.get(value.item);
  const reading = item && value.raw !== null ? readAnswer(plan, item, value.raw) : null;
  const difference = differenceOf(plan, value, stored);
  const decisions: Readonly<Record<Difference, Decision | null>> = {
    new: "take",
    same: "keep",
    changed: null,
    emptied: "keep",
    twice: null,
  };
  return { key, value, stored, difference, problem: reading?.problem ?? null, decision: decisions[difference] };
}

function differenceOf(plan: Plan, value: StoredValue, stored: StoredValue | null): Difference {
  if (!stored) return "new";
  if (isSame(plan, value, stored)) return "same";
  return value.raw === null && value.nullFlavour === null ? "emptied" : "changed";
}

/** 1 and 01, 15-MAR-2026 and 2026-03-15 are the same answer; 24.7 and 24.70 are not, for they were measured differently. */
function isSame(plan: Plan, one: StoredValue, other: StoredValue): boolean {
  if (one.nullFlavour !== other.nullFlavour || (one.unit ?? null) !== (other.unit ?? null)) return false;
  if (one.raw === other.raw) return true;
  const item = plan.items.get(one.item);
  if (!item || one.raw === null || other.raw === null) return false;
  const [a, b] = [readAnswer(plan, item, one.raw), readAnswer(plan, item, other.raw)];
  return a.problem === undefined && b.problem === undefined && a.canonical === b.canonical;
}

/** People's decisions by key, put beside what was staged. Keys that do not exist are refused, not overlooked. */
export function decide(staged: readonly Staged[], decisions: Readonly<Record<string, Decision>>): Staged[] {
  const open = new Map(Object.entries(decisions));
  const decided = staged.map((one): Staged => {
    const decision = open.get(one.key);
    if (decision === undefined || one.difference === "same") return one;
    // Of two values for one place the decision is about the first; the second one stays out either way.
    return one.difference === "twice" && one.decision === "keep" ? one : { ...one, decision };
  });
  const known = new Set(staged.map(({ key }) => key));
  const stray = [...open.keys()].find((key) => !known.has(key));
  if (stray !== undefined)
    throw new Error(`The decision about ${stray} belongs to no value of this import. Stage the file again.`);
  return decided;
}

export interface StagingSummary {
  readonly differences: Readonly<Record<Difference, number>>;
  readonly unreadable: number;
  readonly undecided: number;
  /** What one transaction would write, once nothing is undecided. */
  readonly writes: readonly StoredValue[];
}

export function summaryOf(staged: readonly Staged[]): StagingSummary {
  const differences: Record<Difference, number> = { new: 0, same: 0, changed: 0, emptied: 0, twice: 0 };
  for (const { difference } of staged) differences[difference] += 1;
  return {
    differences,
    unreadable: staged.filter(({ problem }) => problem !== null).length,
    undecided: staged.filter(({ decision }) => decision === null).length,
    writes: staged
      .filter(({ decision, difference }) => decision === "take" && difference !== "same")
      .map(({ value }) => value),
  };
}
