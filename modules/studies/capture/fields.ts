/** A form of one participant as fields on a page: which rows there are, which answers were typed into them. */
import type { Item, NullFlavour } from "../model/build.ts";
import { nullFlavours } from "../model/build.ts";
import { type PlacedEntry, type Plan, sectionsOf } from "../model/plan.ts";
import type { FormInstance, Row } from "../values/findings.ts";
import type { Answer } from "../values/reading.ts";
import { isKept } from "./attachment.ts";

export interface FieldPlace {
  /** As the page names it. */
  readonly id: string;
  readonly place: PlacedEntry;
  /** "" where the section does not repeat. */
  readonly key: string;
}

export interface FieldRow {
  readonly section: PlacedEntry["section"];
  readonly depth: number;
  readonly key: string;
  /** Not there yet: the row that is offered for the next one. */
  readonly isNew: boolean;
  readonly fields: readonly FieldPlace[];
}

export const fieldIdOf = (section: string, key: string, item: string): string => `${section}~${key}~${item}`;

/** Rows in the order of the form; a repeating section has one more than it holds. `keys`: of the stored rows, by section. */
export function rowsOf(plan: Plan, form: string, keys: ReadonlyMap<string, ReadonlySet<string>>): FieldRow[] {
  const definition = plan.forms.get(form);
  if (!definition) return [];
  const entries = Map.groupBy(plan.entries.get(form) ?? [], ({ section }) => section.id);
  const rows: FieldRow[] = [];
  for (const { section, path } of sectionsOf(definition)) {
    const repeating = path.filter(({ repeats }) => repeats !== "no");
    for (const { key, isNew } of keysOf(section, repeating, keys)) {
      rows.push({
        section,
        depth: path.length - 1,
        key,
        isNew,
        fields: (entries.get(section.id) ?? []).map((place) => ({
          id: fieldIdOf(section.id, key, place.item.id),
          place,
          key,
        })),
      });
    }
  }
  return rows;
}

function keysOf(
  section: PlacedEntry["section"],
  repeating: readonly PlacedEntry["section"][],
  stored: ReadonlyMap<string, ReadonlySet<string>>,
): { readonly key: string; readonly isNew: boolean }[] {
  if (repeating.length === 0) return [{ key: "", isNew: false }];
  const own = [...(stored.get(section.id) ?? [])].sort(naturally);
  const inside = repeating.length > 1;
  if (section.repeats === "no") {
    // A plain section inside a repeating one has the rows of that one.
    const outer = repeating.at(-1);
    return [...new Set([...own, ...(outer ? (stored.get(outer.id) ?? []) : [])])]
      .sort(naturally)
      .map((key) => ({ key, isNew: false }));
  }
  if (!inside) return [...own.map((key) => ({ key, isNew: false })), { key: nextKey(own), isNew: true }];
  const parents = [...(stored.get(repeating.at(-2)?.id ?? "") ?? [])].sort(naturally);
  return parents.flatMap((parent) => {
    const children = own.filter((key) => key.startsWith(`${parent}/`));
    const next = nextKey(children.map((key) => key.slice(parent.length + 1)));
    return [...children.map((key) => ({ key, isNew: false })), { key: `${parent}/${next}`, isNew: true }];
  });
}

const naturally = (a: string, b: string): number => a.localeCompare(b, "en", { numeric: true });
const nextKey = (keys: readonly string[]): string =>
  String(Math.max(0, ...keys.map((key) => (/^\d+$/.test(key) ? Number(key) : 0))) + 1);

export interface StoredAnswer extends Answer {
  readonly section: string;
  readonly sectionKey: string;
  readonly item: string;
}

export function keysIn(values: readonly StoredAnswer[]): Map<string, Set<string>> {
  const keys = new Map<string, Set<string>>();
  for (const { section, sectionKey } of values) {
    if (sectionKey === "") continue;
    keys.set(section, (keys.get(section) ?? new Set()).add(sectionKey));
  }
  return keys;
}

/** As the rules want it: answers by row. What was emptied counts as not answered. */
export function instanceOf(form: string, answers: Iterable<StoredAnswer>): FormInstance {
  const rows = new Map<string, { section: string; key: string | null; answers: Map<string, Answer> }>();
  for (const { section, sectionKey, item, raw, nullFlavour, unit } of answers) {
    const id = `${section}~${sectionKey}`;
    const row = rows.get(id) ?? { section, key: sectionKey === "" ? null : sectionKey, answers: new Map() };
    rows.set(id, row);
    row.answers.set(item, { raw, nullFlavour, unit });
  }
  return { form, rows: [...rows.values()] as Row[] };
}

// ── What was typed ──────────────────────────────────────────────────────────────────────────────────────────────────

export interface TypedSheet {
  /** By field: what was typed, one text or several. */
  readonly values: Readonly<Record<string, string | readonly string[]>>;
  readonly nulls: Readonly<Record<string, string>>;
  readonly units: Readonly<Record<string, string>>;
  /** The version that the page showed; "0": nothing was there. A field without one was not on the page. */
  readonly bases: Readonly<Record<string, string>>;
  /** "<field>~<row of the grid>" */
  readonly grids: Readonly<Record<string, string | readonly string[]>>;
  /** References to files that were kept just now; null: taken away. Never from a page: it cannot name a file. */
  readonly files?: Readonly<Record<string, string | null>>;
}

export const nothingTyped: TypedSheet = { values: {}, nulls: {}, units: {}, grids: {}, bases: {} };

/** Null when the page did not have the field. */
export function typedAnswer({ id, place: { item } }: FieldPlace, typed: TypedSheet): Answer | null {
  if (typed.bases[id] === undefined) return null;
  const flavour = nullFlavours.find((one) => one === typed.nulls[id]);
  if (isKept(item)) {
    const given = typed.files?.[id];
    if (given !== undefined) return { raw: given, nullFlavour: null, unit: null };
    return flavour ? { raw: null, nullFlavour: flavour, unit: null } : null;
  }
  const raw = rawOf(id, item, typed);
  if (raw === null) return { raw: null, nullFlavour: (flavour ?? null) as NullFlavour | null, unit: null };
  const unit = item.units.length > 1 ? (typed.units[id] ?? null) : null;
  return { raw, nullFlavour: null, unit: unit === item.units[0] ? null : unit };
}

function rawOf(id: string, item: Item, typed: TypedSheet): string | null {
  if (item.type.is === "grid") {
    const cells = Object.entries(typed.grids).flatMap(([name, value]) => {
      if (!name.startsWith(`${id}~`)) return [];
      const codes = [value].flat().filter((code) => code !== "");
      return codes.length > 0 ? [`${name.slice(id.length + 1)}=${codes.join("+")}`] : [];
    });
    return cells.length > 0 ? cells.join("|") : null;
  }
  const value = typed.values[id];
  if (value === undefined) return null;
  const texts = [value].flat().filter((text) => text !== "");
  if (texts.length === 0) return null;
  return item.type.is === "choices" ? texts.join("|") : (texts[0] ?? null);
}

export const isSameAnswer = (one: Answer | null, other: Answer | null): boolean =>
  (one?.raw ?? null) === (other?.raw ?? null) &&
  (one?.nullFlavour ?? null) === (other?.nullFlavour ?? null) &&
  (one?.raw == null || (one.unit ?? null) === (other?.unit ?? null));
