/**
 * Changes of a build, one at a time: what the screen builder does. Each takes a build and gives the next one; what
 * changed is then read off both (`model/differences.ts`), so no step can be left out of the history.
 */
import type { Build, Check, CodeList, Entry, Form, Item, Option, Section, StudyEvent } from "../model/build.ts";
import { itemOf } from "../model/build.ts";
import { wordsOf } from "../model/words.ts";

export type Direction = "up" | "down";

export const firstLanguage = (build: Build): string => build.languages[0] ?? "";

/** What a study begins with when nobody imports anything. */
export function newBuild(title: string, language = "en"): Build {
  return {
    study: { id: idFrom(title, []), name: title, description: "", protocol: title },
    version: { id: "1", name: "1" },
    languages: [language],
    arms: [],
    events: [],
    forms: [],
    items: [],
    codeLists: [],
    units: [],
    extras: {},
  };
}

/** "Body weight (kg)" → body_weight_kg; a number follows when it is taken. */
export function idFrom(title: string, taken: Iterable<string>): string {
  const stem =
    title
      .normalize("NFD")
      .replace(/\p{M}/gu, "")
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "_")
      .replace(/^_+|_+$/g, "")
      .slice(0, 60) || "x";
  const used = new Set(taken);
  let id = stem;
  for (let n = 2; used.has(id); n += 1) id = `${stem}_${n}`;
  return id;
}

/** Ids must differ across a whole study, whatever they stand for (ODM). */
function allIds(build: Build): string[] {
  const sections = (list: readonly Section[]): string[] => list.flatMap((one) => [one.id, ...sections(one.sections)]);
  return [
    ...build.events.map(({ id }) => id),
    ...build.forms.flatMap((form) => [form.id, ...sections(form.sections)]),
    ...build.items.map(({ id }) => id),
    ...build.codeLists.map(({ id }) => id),
  ];
}

function moved<Thing>(list: readonly Thing[], at: number, direction: Direction): readonly Thing[] {
  const to = direction === "up" ? at - 1 : at + 1;
  if (at < 0 || to < 0 || to >= list.length) return list;
  const next = [...list];
  [next[at], next[to]] = [next[to] as Thing, next[at] as Thing];
  return next;
}

// ── Events ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export function addEvent(build: Build, title: string): Build {
  const event: StudyEvent = {
    id: idFrom(title, allIds(build)),
    name: title,
    label: wordsOf(title, firstLanguage(build)),
    type: "scheduled",
    repeating: false,
    arms: [],
    window: null,
    forms: [],
    extras: {},
  };
  return { ...build, events: [...build.events, event] };
}

export function changeEvent(build: Build, id: string, change: Partial<Omit<StudyEvent, "id">>): Build {
  return { ...build, events: build.events.map((event) => (event.id === id ? { ...event, ...change } : event)) };
}

export function moveEvent(build: Build, id: string, direction: Direction): Build {
  return {
    ...build,
    events: moved(
      build.events,
      build.events.findIndex((event) => event.id === id),
      direction,
    ),
  };
}

export const removeEvent = (build: Build, id: string): Build => ({
  ...build,
  events: build.events.filter((event) => event.id !== id),
});

// ── Arms ────────────────────────────────────────────────────────────────────────────────────────────────────────────

export const addArm = (build: Build, title: string): Build => ({
  ...build,
  arms: [
    ...build.arms,
    {
      id: idFrom(title, [...allIds(build), ...build.arms.map(({ id }) => id)]),
      name: wordsOf(title, firstLanguage(build)),
    },
  ],
});

export const renameArm = (build: Build, id: string, title: string): Build => ({
  ...build,
  arms: build.arms.map((arm) =>
    arm.id === id ? { ...arm, name: { ...arm.name, ...wordsOf(title, firstLanguage(build)) } } : arm,
  ),
});

export const moveArm = (build: Build, id: string, direction: Direction): Build => ({
  ...build,
  arms: moved(
    build.arms,
    build.arms.findIndex((arm) => arm.id === id),
    direction,
  ),
});

export const removeArm = (build: Build, id: string): Build => ({
  ...build,
  arms: build.arms.filter((arm) => arm.id !== id),
  events: build.events.map((event) => ({ ...event, arms: event.arms.filter((arm) => arm !== id) })),
});

/** A visit in all arms names none: an arm that comes later takes part in it too. */
export const planVisits = (build: Build, isPlanned: (event: string, arm: string) => boolean): Build => ({
  ...build,
  events: build.events.map((event) => {
    const arms = build.arms.map(({ id }) => id).filter((arm) => isPlanned(event.id, arm));
    return { ...event, arms: arms.length === build.arms.length ? [] : arms };
  }),
});

// ── Forms and sections ──────────────────────────────────────────────────────────────────────────────────────────────

export function addForm(build: Build, title: string): Build {
  const language = firstLanguage(build);
  const id = idFrom(title, allIds(build));
  const form: Form = {
    id,
    name: title,
    label: wordsOf(title, language),
    repeating: false,
    sections: [sectionOf(idFrom(`${id}_main`, allIds(build)), title, language)],
    extras: {},
  };
  return { ...build, forms: [...build.forms, form] };
}

const sectionOf = (id: string, title: string, language: string): Section => ({
  id,
  name: title,
  label: wordsOf(title, language),
  repeats: "no",
  entries: [],
  sections: [],
  extras: {},
});

export function changeForm(build: Build, id: string, change: Partial<Omit<Form, "id">>): Build {
  return { ...build, forms: build.forms.map((form) => (form.id === id ? { ...form, ...change } : form)) };
}

export function moveForm(build: Build, id: string, direction: Direction): Build {
  return {
    ...build,
    forms: moved(
      build.forms,
      build.forms.findIndex((form) => form.id === id),
      direction,
    ),
  };
}

/** Its items go too, unless another form asks them. */
export function removeForm(build: Build, id: string): Build {
  const forms = build.forms.filter((form) => form.id !== id);
  const events = build.events.map((event) => ({ ...event, forms: event.forms.filter(({ form }) => form !== id) }));
  return withoutStrays({ ...build, forms, events });
}

export function addSection(build: Build, form: string, title: string, repeats: Section["repeats"] = "no"): Build {
  const id = idFrom(`${form}_${title}`, allIds(build));
  return onForm(build, form, (sections) => [...sections, { ...sectionOf(id, title, firstLanguage(build)), repeats }]);
}

const onForm = (build: Build, form: string, change: (sections: readonly Section[]) => readonly Section[]): Build => ({
  ...build,
  forms: build.forms.map((one) => (one.id === form ? { ...one, sections: change(one.sections) } : one)),
});

/** Wherever it lies, also inside another one. */
export function onSection(build: Build, form: string, id: string, change: (section: Section) => Section): Build {
  const within = (sections: readonly Section[]): readonly Section[] =>
    sections.map((section) =>
      section.id === id ? change(section) : { ...section, sections: within(section.sections) },
    );
  return onForm(build, form, within);
}

export function moveSection(build: Build, form: string, id: string, direction: Direction): Build {
  return onForm(build, form, (sections) =>
    moved(
      sections,
      sections.findIndex((section) => section.id === id),
      direction,
    ),
  );
}

export function removeSection(build: Build, form: string, id: string): Build {
  return withoutStrays(onForm(build, form, (sections) => sections.filter((section) => section.id !== id)));
}

// ── Items ───────────────────────────────────────────────────────────────────────────────────────────────────────────

export function addItem(build: Build, form: string, section: string, item: Item, entry: Entry): Build {
  const next = onSection(build, form, section, (one) => ({ ...one, entries: [...one.entries, entry] }));
  return { ...next, items: [...next.items, item] };
}

export const newItem = (build: Build, title: string): Item =>
  itemOf(idFrom(title, allIds(build)), wordsOf(title, firstLanguage(build)), {
    is: "text",
    long: false,
    maxLength: null,
  });

export function changeItem(build: Build, id: string, item: Item): Build {
  return { ...build, items: build.items.map((one) => (one.id === id ? item : one)) };
}

export function changeEntry(build: Build, form: string, section: string, item: string, entry: Entry): Build {
  return onSection(build, form, section, (one) => ({
    ...one,
    entries: one.entries.map((other) => (other.item === item ? entry : other)),
  }));
}

export function moveEntry(build: Build, form: string, section: string, item: string, direction: Direction): Build {
  return onSection(build, form, section, (one) => ({
    ...one,
    entries: moved(
      one.entries,
      one.entries.findIndex((entry) => entry.item === item),
      direction,
    ),
  }));
}

export function removeEntry(build: Build, form: string, section: string, item: string): Build {
  return withoutStrays(
    onSection(build, form, section, (one) => ({
      ...one,
      entries: one.entries.filter((entry) => entry.item !== item),
    })),
  );
}

/** Items that no form asks any more, and lists that no item uses. */
function withoutStrays(build: Build): Build {
  const asked = new Set<string>();
  const visit = (section: Section): void => {
    for (const { item } of section.entries) asked.add(item);
    section.sections.forEach(visit);
  };
  for (const form of build.forms) form.sections.forEach(visit);
  return { ...build, items: build.items.filter(({ id }) => asked.has(id)) };
}

// ── Code lists ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** "1 = Yes", one a line. */
export function readOptions(text: string): { readonly code: string; readonly label: string }[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => {
      const at = line.indexOf("=");
      return at < 0
        ? { code: line, label: line }
        : { code: line.slice(0, at).trim(), label: line.slice(at + 1).trim() || line.slice(0, at).trim() };
    });
}

export const writeOptions = (list: CodeList | undefined, language: string): string =>
  (list?.options ?? [])
    .filter(({ retired }) => !retired)
    .map(({ code, label }) => `${code} = ${label[language]?.text ?? Object.values(label)[0]?.text ?? code}`)
    .join("\n");

/** What the lines leave out is retired, not gone: where it was chosen it stays readable. */
export function setOptions(build: Build, id: string, lines: ReturnType<typeof readOptions>): Build {
  const language = firstLanguage(build);
  const before = build.codeLists.find((list) => list.id === id);
  const known = new Map((before?.options ?? []).map((option) => [option.code, option]));
  const named = new Set(lines.map(({ code }) => code));
  const options: Option[] = [
    ...lines.map(({ code, label }): Option => {
      const old = known.get(code);
      const isSame = old?.label[language]?.text === label;
      return {
        code,
        retired: false,
        label: isSame && old ? old.label : { ...old?.label, [language]: { text: label, status: "reviewed" } },
      };
    }),
    ...(before?.options ?? []).filter(({ code }) => !named.has(code)).map((option) => ({ ...option, retired: true })),
  ];
  const codes = options.every(({ code }) => /^-?\d{1,9}$/.test(code)) ? "integer" : "text";
  const list: CodeList = { id, name: before?.name ?? id, codes, options, extras: before?.extras ?? {} };
  return {
    ...build,
    codeLists: before ? build.codeLists.map((one) => (one.id === id ? list : one)) : [...build.codeLists, list],
  };
}

export const newListId = (build: Build, item: string): string => idFrom(`${item}_options`, allIds(build));

/** Adds a unit by its UCUM name; known ones are found again. */
export function withUnits(build: Build, names: readonly string[]): { readonly build: Build; readonly ids: string[] } {
  let next = build;
  const ids = names.map((name) => {
    const known = next.units.find((unit) => unit.name === name || unit.id === name);
    if (known) return known.id;
    const id = idFrom(`unit_${name}`, [...allIds(next), ...next.units.map((unit) => unit.id)]);
    next = { ...next, units: [...next.units, { id, name, symbol: wordsOf(name, firstLanguage(build)) }] };
    return id;
  });
  return { build: next, ids };
}

/** A check in the words of the builder's form, or nothing when its row was left empty. */
export interface TypedCheck {
  readonly severity: Check["severity"];
  readonly comparator: string;
  readonly value: string;
  readonly message: string;
}
