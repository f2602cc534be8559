/**
 * A form that two people enter. What is compared, where the two differ, and who may do what: pure rules. The database
 * refuses the same again (migrations/studies/0062).
 */
import { compareDecimals } from "../expression/decimal.ts";
import { isDecimal } from "../expression/kinds.ts";
import { blinded } from "../model/marks.ts";
import type { PlacedEntry, Plan } from "../model/plan.ts";
import { type Answer, readAnswer } from "../values/reading.ts";
import { fieldIdOf, isSameAnswer, type StoredAnswer } from "./fields.ts";

export type SecondState = "first entry" | "waiting" | "being entered" | "entered" | "decided";

export const secondWords: Readonly<Record<SecondState, string>> = {
  "first entry": "First entry",
  waiting: "Waits for a second person",
  "being entered": "Being entered a second time",
  entered: "Waits for a decision",
  decided: "Compared and decided",
};

export function secondStateOf(
  sheet: { readonly state: string },
  second: { readonly enteredAt: Date | null; readonly decidedAt: Date | null } | null,
): SecondState {
  if (second?.decidedAt) return "decided";
  if (second?.enteredAt) return "entered";
  if (second) return "being entered";
  return sheet.state === "complete" ? "waiting" : "first entry";
}

export interface Hands {
  readonly madeBy: string | null;
  readonly hands: readonly string[];
}
export const hadHandIn = (person: string, { madeBy, hands }: Hands): boolean =>
  madeBy === person || hands.includes(person);

/** Null: he may. Else the sentence why not. */
export function mayDecide(
  person: string,
  first: Hands,
  secondBy: string | null,
  who: "a third person" | "anyone but the second person",
): string | null {
  if (secondBy === person) return "You made the second entry: somebody else decides between the two.";
  if (who === "a third person" && hadHandIn(person, first))
    return "You had a hand in the first entry: a third person decides between the two.";
  return null;
}

/**
 * Is this field entered twice? Not what is computed, and not what its second reader could not compare: encrypted answers
 * stay sealed, and blinded ones are not on the page of who is blinded.
 */
export const isCompared = ({ item, entry }: PlacedEntry): boolean =>
  !entry.calculation?.text &&
  item.fieldClass !== "encrypted" &&
  !blinded.on(item) &&
  !["label", "file", "signature"].includes(item.type.is);

export interface Difference {
  readonly field: string;
  readonly place: PlacedEntry;
  readonly key: string;
  readonly first: Answer;
  readonly second: Answer;
}

const nothing: Answer = { raw: null, nullFlavour: null, unit: null };

/** Where the two differ, in the order of the form. 7.0 and 7 are the same number; 70 kg and 154 lb are not the same answer. */
export function differencesOf(
  plan: Plan,
  form: string,
  first: readonly StoredAnswer[],
  second: readonly StoredAnswer[],
): Difference[] {
  const byField = (answers: readonly StoredAnswer[]) =>
    new Map(answers.map((one) => [fieldIdOf(one.section, one.sectionKey, one.item), one]));
  const [one, other] = [byField(first), byField(second)];
  return (plan.entries.get(form) ?? []).filter(isCompared).flatMap((place) => {
    const keys = new Set(
      [...first, ...second]
        .filter(({ section, item }) => section === place.section.id && item === place.item.id)
        .map(({ sectionKey }) => sectionKey),
    );
    return [...keys]
      .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
      .flatMap((key): Difference[] => {
        const field = fieldIdOf(place.section.id, key, place.item.id);
        const [a, b] = [one.get(field) ?? nothing, other.get(field) ?? nothing];
        return agree(plan, place, a, b) ? [] : [{ field, place, key, first: a, second: b }];
      });
  });
}

function agree(plan: Plan, { item }: PlacedEntry, one: Answer, other: Answer): boolean {
  if (isSameAnswer(one, other)) return true;
  if (one.raw === null || other.raw === null) return false;
  if ((one.unit ?? item.units[0] ?? null) !== (other.unit ?? item.units[0] ?? null)) return false;
  const [a, b] = [readAnswer(plan, item, one.raw), readAnswer(plan, item, other.raw)];
  if (a.problem !== undefined || b.problem !== undefined) return false;
  if (isDecimal(a.value) && isDecimal(b.value)) return compareDecimals(a.value, b.value) === 0;
  return a.canonical === b.canonical;
}

export interface Decision {
  readonly field: string;
  readonly first: string;
  readonly second: string;
  readonly chosen: "first" | "second" | "other";
  readonly reason: string;
}
