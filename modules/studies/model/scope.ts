/** Which names the rules of a form may use: its own items, and those of other forms by form/item or event/form/item. */
import { areNumeric } from "../expression/checker.ts";
import type { Kind, Scope } from "../expression/kinds.ts";
import type { CodeList, Form, Item } from "./build.ts";
import { isRepeated, type PlacedEntry, type Plan } from "./plan.ts";

export function kindOf(plan: Plan, item: Item): Kind | null {
  switch (item.type.is) {
    case "integer":
    case "decimal":
      return { is: "number" };
    case "text":
    case "boolean":
    case "date":
    case "time":
    case "datetime":
      return { is: item.type.is };
    case "choice":
    case "choices": {
      const list = plan.codeLists.get(item.type.codeList);
      return { is: item.type.is === "choice" ? "choice" : "set", ...codesOf(list) };
    }
    default:
      return null;
  }
}

const known = new WeakMap<CodeList, { readonly numeric: boolean; readonly codes: ReadonlySet<string> }>();

function codesOf(list: CodeList | undefined): {
  readonly numeric: boolean;
  readonly codes: ReadonlySet<string> | null;
} {
  if (!list) return { numeric: false, codes: null };
  const found = known.get(list);
  if (found) return found;
  const codes = new Set(list.options.map(({ code }) => code));
  const made = { numeric: areNumeric(codes), codes };
  known.set(list, made);
  return made;
}

/** `at`: the entry that carries the rule; a field in a repeating section is its neighbours' business alone. */
export function scopeAt(plan: Plan, form: Form, at?: PlacedEntry): Scope {
  return (name) => {
    const place = placeOf(plan, form, name);
    if (!place) return undefined;
    const kind = kindOf(plan, place.item);
    if (!kind)
      return {
        refused: `“${name}” is ${place.item.type.is === "label" ? "a label" : `a ${place.item.type.is}`}: it has no value to compute with.`,
      };
    const isNeighbour = !isRepeated(place) || at?.path.includes(place.section);
    if (isNeighbour || place.form !== form) {
      return place.form !== form && (isRepeated(place) || place.form.repeating)
        ? { refused: `“${name}” repeats on another form, so it has more than one value.` }
        : kind;
    }
    return { refused: `“${name}” is in a section that repeats: only rules of that section may use it.` };
  };
}

/** weight, demographics/weight, baseline/demographics/weight; also GROUP-ITEM, as some systems write their paths. */
export function placeOf(plan: Plan, form: Form, name: string): PlacedEntry | null {
  const own = entryIn(plan, form.id, name);
  if (own) return own;
  const parts = name.split("/");
  if (parts.length === 2) return entryIn(plan, parts[0] as string, parts[1] as string);
  if (parts.length !== 3) return null;
  const event = plan.events.get(parts[0] as string);
  return event?.forms.some(({ form: id }) => id === parts[1])
    ? entryIn(plan, parts[1] as string, parts[2] as string)
    : null;
}

const indexes = new WeakMap<Plan, Map<string, ReadonlyMap<string, PlacedEntry>>>();

function entryIn(plan: Plan, form: string, item: string): PlacedEntry | null {
  let index = indexes.get(plan);
  if (!index) {
    index = new Map();
    indexes.set(plan, index);
  }
  let places = index.get(form);
  if (!places) {
    places = new Map((plan.entries.get(form) ?? []).map((place) => [place.item.id, place]));
    index.set(form, places);
  }
  return places.get(item) ?? null;
}
