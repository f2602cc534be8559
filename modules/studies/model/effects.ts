/**
 * What a new version would do to data that is there: the ground of the amendment simulator. Nothing is changed here.
 * compatible: the value stays and means the same. migrate: somebody must decide or convert. loses: the new version has
 * no place for it; the value is kept and shown no more.
 */
import { readAnswer } from "../values/reading.ts";
import type { Entry, Item, ItemType } from "./build.ts";
import type { PlacedEntry, Plan } from "./plan.ts";
import { placeOf } from "./scope.ts";
import { anyText } from "./words.ts";

export type Effect = "compatible" | "migrate" | "loses";

export interface ItemEffect {
  readonly form: string;
  readonly section: string;
  readonly item: string;
  readonly effect: Effect;
  /** What was signed or verified is not what is there any more: question, type, options or unit changed. */
  readonly breaksSignature: boolean;
  readonly reasons: readonly string[];
}

/** Every item of the older version in its place; those that nothing happens to are left out. */
export function effectsBetween(before: Plan, after: Plan): ItemEffect[] {
  const effects: ItemEffect[] = [];
  for (const places of before.entries.values()) {
    for (const place of places) {
      const effect = effectOn(before, after, place);
      if (effect.reasons.length > 0) effects.push(effect);
    }
  }
  return effects;
}

function effectOn(before: Plan, after: Plan, place: PlacedEntry): ItemEffect {
  const at = { form: place.form.id, section: place.section.id, item: place.item.id };
  const next = after.entries.get(place.form.id)?.find(({ item }) => item.id === place.item.id);
  if (!next) {
    const reason = after.forms.has(place.form.id) ? "The form does not ask it any more." : "The form is gone.";
    return { ...at, effect: "loses", breaksSignature: true, reasons: [reason] };
  }
  const found: (readonly [Effect, boolean, string])[] = [
    ...lostEvents(before, after, place),
    ...placeEffects(place, next),
    ...typeEffects(before, after, place.item, next.item),
    ...textEffects(before, place.item, next.item),
    ...entryEffects(place.entry, next.entry),
  ];
  const worst = found.some(([effect]) => effect === "loses")
    ? "loses"
    : found.some(([effect]) => effect === "migrate")
      ? "migrate"
      : "compatible";
  return {
    ...at,
    effect: worst,
    breaksSignature: found.some(([, breaks]) => breaks),
    reasons: found.map(([, , reason]) => reason),
  };
}

type Found = readonly [Effect, boolean, string];

function lostEvents(before: Plan, after: Plan, { form }: PlacedEntry): Found[] {
  return [...before.events.values()]
    .filter(
      ({ id, forms }) =>
        forms.some((one) => one.form === form.id) && !after.events.get(id)?.forms.some((one) => one.form === form.id),
    )
    .map(({ id }): Found => ["loses", true, `Event ${id} does not have this form any more.`]);
}

function placeEffects(before: PlacedEntry, after: PlacedEntry): Found[] {
  const found: Found[] = [];
  if (before.section.id !== after.section.id)
    found.push(["migrate", false, `It moved to section ${after.section.id}.`]);
  else if (before.section.repeats !== after.section.repeats) {
    const isNarrower = after.section.repeats === "no";
    found.push([
      isNarrower ? "loses" : "migrate",
      true,
      isNarrower ? "Its section does not repeat any more: only one row has a place." : "Its section repeats now.",
    ]);
  }
  if (before.form.repeating && !after.form.repeating) found.push(["loses", true, "Its form does not repeat any more."]);
  return found;
}

function typeEffects(before: Plan, after: Plan, was: Item, is: Item): Found[] {
  const found: Found[] = [];
  const effect = typeEffect(was.type, is.type);
  if (effect) found.push([effect, true, `Its type changed from ${was.type.is} to ${is.type.is}.`]);
  if (was.units[0] !== is.units[0])
    found.push(["migrate", true, `Its unit changed from ${was.units[0] ?? "none"} to ${is.units[0] ?? "none"}.`]);
  if (was.fieldClass !== is.fieldClass)
    found.push([
      "migrate",
      false,
      is.fieldClass === "encrypted" ? "It is to be encrypted." : "It is not to be encrypted any more.",
    ]);
  if (JSON.stringify(was.checks) !== JSON.stringify(is.checks))
    found.push(["compatible", false, "Its checks changed and run again."]);
  for (const [from, to] of listsOf(was.type).map((list, i) => [list, listsOf(is.type)[i]] as const)) {
    found.push(...optionEffects(before, after, from, to));
  }
  return found;
}

/** null: nothing to say. */
function typeEffect(was: ItemType, is: ItemType): Effect | null {
  if (JSON.stringify(was) === JSON.stringify(is)) return null;
  if (was.is === is.is) {
    if (was.is === "text" && is.is === "text") {
      const isShorter = is.maxLength !== null && (was.maxLength === null || is.maxLength < was.maxLength);
      return isShorter ? "migrate" : "compatible";
    }
    if (was.is === "decimal" && is.is === "decimal") {
      const isCoarser = is.decimals !== null && (was.decimals === null || is.decimals < was.decimals);
      return isCoarser ? "migrate" : "compatible";
    }
    if ("partial" in was && "partial" in is) return was.partial && !is.partial ? "migrate" : "compatible";
    if (was.is === "grid" && is.is === "grid") return was.several && !is.several ? "migrate" : "compatible";
    return "compatible";
  }
  if (is.is === "label") return "loses";
  if (was.is === "file" || was.is === "signature" || is.is === "file" || is.is === "signature") return "loses";
  const widens =
    (is.is === "text" && is.maxLength === null) ||
    (was.is === "integer" && is.is === "decimal" && is.decimals === null);
  return widens || (was.is === "choice" && is.is === "choices") ? "compatible" : "migrate";
}

const listsOf = (type: ItemType): readonly string[] =>
  type.is === "choice" || type.is === "choices" ? [type.codeList] : type.is === "grid" ? [type.rows, type.columns] : [];

function optionEffects(before: Plan, after: Plan, from: string, to: string | undefined): Found[] {
  if (to === undefined) return [];
  const language = before.build.languages[0] ?? "";
  const later = after.codeLists.get(to)?.options ?? [];
  return (before.codeLists.get(from)?.options ?? []).flatMap((option): Found[] => {
    const next = later.find(({ code }) => code === option.code);
    if (!next) return [["migrate", true, `Option ${option.code} is gone: its values need another one.`]];
    const [was, is] = [anyText(option.label, language), anyText(next.label, language)];
    if (was !== is) return [["migrate", true, `Option ${option.code} meant “${was}” and now means “${is}”.`]];
    return next.retired && !option.retired ? [["compatible", false, `Option ${option.code} is retired.`]] : [];
  });
}

function textEffects(before: Plan, was: Item, is: Item): Found[] {
  const changed = Object.keys(was.question).filter(
    (language) => was.question[language]?.text !== is.question[language]?.text,
  );
  if (changed.length === 0) return [];
  const isMain = changed.some((language) => language === (before.build.languages[0] ?? language));
  return [
    ["compatible", isMain, `Its question changed (${changed.map((language) => language || "text").join(", ")}).`],
  ];
}

export const FORMULA_CHANGED = "Its formula changed: stored results may differ from it.";

function entryEffects(was: Entry, is: Entry): Found[] {
  const found: Found[] = [];
  if (was.calculation?.text !== is.calculation?.text) found.push(["migrate", true, FORMULA_CHANGED]);
  if (was.shownWhen?.text !== is.shownWhen?.text)
    found.push(["compatible", false, `Its condition changed; values under it follow the policy “${is.whenHidden}”.`]);
  if (is.required && !was.required)
    found.push(["compatible", false, "It is required now: forms without it are no longer complete."]);
  return found;
}

/** What happens to one stored value: only reading it under the new version tells. */
export function effectOnValue(
  after: Plan,
  value: { readonly event: string; readonly form: string; readonly item: string; readonly raw: string },
): { readonly effect: Effect; readonly reason: string | null } {
  const item = after.items.get(value.item);
  const form = after.forms.get(value.form);
  const isAsked = form !== undefined && placeOf(after, form, value.item)?.form === form;
  const isPlanned =
    after.events.size === 0 || after.events.get(value.event)?.forms.some(({ form }) => form === value.form);
  if (!item || !isAsked || !isPlanned) return { effect: "loses", reason: "The new version has no place for it." };
  const reading = readAnswer(after, item, value.raw);
  if (reading.problem !== undefined) return { effect: "migrate", reason: reading.problem };
  return { effect: "compatible", reason: null };
}
