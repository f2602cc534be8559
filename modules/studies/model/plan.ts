/** A build, ready to be asked: what lies where. Made once for many questions. */
import type { Build, CodeList, Entry, Form, Item, Section, StudyEvent, Unit } from "./build.ts";

export interface PlacedEntry {
  readonly entry: Entry;
  readonly item: Item;
  readonly form: Form;
  /** From the form inwards; the last one holds the entry. */
  readonly path: readonly Section[];
  readonly section: Section;
}

export interface Plan {
  readonly build: Build;
  readonly events: ReadonlyMap<string, StudyEvent>;
  readonly forms: ReadonlyMap<string, Form>;
  readonly items: ReadonlyMap<string, Item>;
  readonly codeLists: ReadonlyMap<string, CodeList>;
  readonly units: ReadonlyMap<string, Unit>;
  /** By form, in the order of the form. */
  readonly entries: ReadonlyMap<string, readonly PlacedEntry[]>;
}

const byId = <Thing extends { readonly id: string }>(things: readonly Thing[]): ReadonlyMap<string, Thing> =>
  new Map(things.map((thing) => [thing.id, thing]));

export function planOf(build: Build): Plan {
  const items = byId(build.items);
  const entries = new Map(
    build.forms.map((form) => [
      form.id,
      sectionsOf(form).flatMap(({ path, section }) =>
        section.entries.flatMap((entry): PlacedEntry[] => {
          const item = items.get(entry.item);
          return item ? [{ entry, item, form, path, section }] : [];
        }),
      ),
    ]),
  );
  return {
    build,
    items,
    entries,
    events: byId(build.events),
    forms: byId(build.forms),
    codeLists: byId(build.codeLists),
    units: byId(build.units),
  };
}

/** Every section of a form, outer ones first, each with the way to it (itself included). */
export function sectionsOf(form: Form): { readonly path: readonly Section[]; readonly section: Section }[] {
  const below = (sections: readonly Section[], path: readonly Section[]): { path: Section[]; section: Section }[] =>
    sections.flatMap((section) => [
      { path: [...path, section], section },
      ...below(section.sections, [...path, section]),
    ]);
  return below(form.sections, []);
}

export const isRepeated = ({ path }: PlacedEntry): boolean => path.some(({ repeats }) => repeats !== "no");

export const optionsOf = (plan: Plan, codeList: string): CodeList["options"] =>
  plan.codeLists.get(codeList)?.options ?? [];

/** Ids that stand for things of two kinds: our rules would cope, but no ODM file can hold them. */
export function sharedIds(build: Build): string[] {
  const kinds = new Map<string, string>();
  const shared = new Set<string>();
  const sections = build.forms.flatMap((form) => sectionsOf(form).map(({ section }) => section));
  const all = {
    event: build.events,
    form: build.forms,
    section: sections,
    item: build.items,
    "code list": build.codeLists,
  };
  for (const [kind, things] of Object.entries(all)) {
    for (const { id } of things) {
      if ((kinds.get(id) ?? kind) !== kind) shared.add(id);
      kinds.set(id, kind);
    }
  }
  return [...shared];
}
