/** Values as tables: long (one row a value) or wide (one row a form, or a row of a repeating section). */
import type { CodeList, Item } from "../model/build.ts";
import { isRepeated, optionsOf, type PlacedEntry, type Plan } from "../model/plan.ts";
import { anyText } from "../model/words.ts";
import { readAnswer } from "../values/reading.ts";

export interface ExportedValue {
  readonly id: string;
  readonly subject: string;
  readonly site: string | null;
  readonly event: string;
  readonly eventKey: string;
  readonly form: string;
  readonly formKey: string;
  readonly section: string;
  readonly sectionKey: string;
  readonly item: string;
  readonly raw: string | null;
  readonly nullFlavour: string | null;
  readonly unit: string | null;
  readonly problem: string | null;
  readonly isSealed: boolean;
  readonly version: number;
  readonly source: string;
  readonly changedAt: string;
}

export interface Column {
  readonly title: string;
  readonly kind: "text" | "number";
}

export const longColumns: readonly Column[] = [
  ...[
    "participant",
    "site",
    "visit",
    "visit_no",
    "form",
    "form_no",
    "section",
    "row",
    "item",
    "value",
    "label",
    "missing",
    "unit",
    "problem",
  ].map((title) => ({ title, kind: "text" as const })),
  { title: "version", kind: "number" },
  { title: "source", kind: "text" },
  { title: "changed_at", kind: "text" },
];

export const ENCRYPTED = "encrypted";

export function longRow(plan: Plan, value: ExportedValue): readonly (string | number | null)[] {
  const item = plan.items.get(value.item);
  return [
    value.subject,
    value.site,
    value.event,
    value.eventKey || null,
    value.form,
    value.formKey || null,
    value.section,
    value.sectionKey || null,
    value.item,
    value.isSealed ? ENCRYPTED : value.raw,
    value.isSealed || value.raw === null ? null : labelOf(plan, item, value.raw),
    value.nullFlavour,
    value.unit ?? (value.raw !== null && item?.units[0] ? unitName(plan, item.units[0]) : null),
    value.problem,
    value.version,
    value.source,
    value.changedAt,
  ];
}

function labelOf(plan: Plan, item: Item | undefined, raw: string): string | null {
  if (item?.type.is !== "choice") return null;
  const option = optionsOf(plan, item.type.codeList).find(({ code }) => code === raw);
  return option ? anyText(option.label, plan.build.languages[0] ?? "") : null;
}

export interface WideTable {
  /** vital_signs, or vital_signs_medication for a repeating section. */
  readonly name: string;
  readonly form: string;
  readonly sections: readonly string[];
  readonly repeats: boolean;
  readonly fields: readonly WideField[];
}

/** A column of answers, and what stands beside it. */
export interface WideField {
  readonly item: Item;
  readonly section: string;
  /** The item's id; with its section where the id is asked twice, or stands for something else in the table. */
  readonly title: string;
  /** A column of units, where there are several. */
  readonly unit: string | null;
  /** A column of reasons, where an answer may be missing for one. */
  readonly missing: string | null;
  /** A column for what came and is not of the item's kind, as it came. */
  readonly note: string | null;
}

const places = (repeats: boolean): readonly string[] => [
  ...["participant", "site", "visit", "visit_no", "form_no"],
  ...(repeats ? ["row"] : []),
];
const free: ReadonlySet<Item["type"]["is"]> = new Set(["text", "file", "signature", "label"]);

/** One for each form, and one for each of its repeating sections. */
export function wideTables(plan: Plan): WideTable[] {
  const names = new Set<string>(["dictionary"]);
  return plan.build.forms.flatMap((form) => {
    const asked = (plan.entries.get(form.id) ?? []).filter(({ item }) => item.type.is !== "label");
    const flat = asked.filter((place) => !isRepeated(place));
    const repeated = Map.groupBy(asked.filter(isRepeated), ({ section }) => section.id);
    const table = (name: string, own: readonly PlacedEntry[], repeats: boolean): WideTable => ({
      name: unlike(names, name.replace(/[^A-Za-z0-9_]+/g, "_") || "form"),
      form: form.id,
      sections: [...new Set(own.map(({ section }) => section.id))],
      repeats,
      fields: fieldsOf(own, repeats),
    });
    return [
      ...(flat.length > 0 ? [table(form.id, flat, false)] : []),
      ...[...repeated].map(([section, own]) => table(`${form.id}_${section}`, own, true)),
    ];
  });
}

function fieldsOf(own: readonly PlacedEntry[], repeats: boolean): WideField[] {
  const taken = new Set([...places(repeats), "export"]);
  const times = Map.groupBy(own, ({ item }) => item.id);
  return own.map(({ item, section }) => {
    const isTwice = (times.get(item.id)?.length ?? 0) > 1;
    const title = unlike(taken, isTwice || taken.has(item.id) ? `${section.id}.${item.id}` : item.id);
    const beside = (name: string, is: boolean) => (is ? unlike(taken, `${title}__${name}`) : null);
    return {
      item,
      section: section.id,
      title,
      unit: beside("unit", item.units.length > 1),
      missing: beside("missing", item.nullFlavours.length > 0),
      note: beside("note", !free.has(item.type.is)),
    };
  });
}

/** The name, or the name with the first number that makes it another than those before. */
function unlike(taken: Set<string>, name: string): string {
  let own = name;
  for (let n = 2; taken.has(own); n += 1) own = `${name}_${n}`;
  taken.add(own);
  return own;
}

const isNumeric = (item: Item): boolean => item.type.is === "integer" || item.type.is === "decimal";

export function wideColumns(table: WideTable): readonly Column[] {
  const text = (title: string | null): Column[] => (title === null ? [] : [{ title, kind: "text" }]);
  return [
    ...places(table.repeats).flatMap(text),
    ...table.fields.flatMap(({ item, title, unit, missing, note }): Column[] => [
      { title, kind: isNumeric(item) ? "number" : "text" },
      ...text(unit),
      ...text(missing),
      ...text(note),
    ]),
  ];
}

/** Gathers rows from values that come in their order. `tell` hears the id of each. */
export async function* wideRows(
  plan: Plan,
  table: WideTable,
  values: AsyncIterable<ExportedValue>,
  tell: (id: string) => void,
): AsyncGenerator<readonly (string | null)[]> {
  let key = "";
  let head: ExportedValue | null = null;
  let cells = new Map<string, ExportedValue>();
  const row = (): readonly (string | null)[] => {
    const first = head as ExportedValue;
    return [
      first.subject,
      first.site,
      first.event,
      first.eventKey || null,
      first.formKey || null,
      ...(table.repeats ? [first.sectionKey || null] : []),
      ...table.fields.flatMap((field) => cellsOf(plan, field, cells.get(`${field.section} ${field.item.id}`))),
    ];
  };
  for await (const value of values) {
    tell(value.id);
    const own = JSON.stringify([
      value.subject,
      value.event,
      value.eventKey,
      value.formKey,
      table.repeats ? value.sectionKey : "",
    ]);
    if (head && own !== key) {
      yield row();
      cells = new Map();
    }
    if (own !== key || !head) head = value;
    key = own;
    cells.set(`${value.section} ${value.item}`, value);
  }
  if (head) yield row();
}

function cellsOf(plan: Plan, field: WideField, value: ExportedValue | undefined): (string | null)[] {
  const text = value?.isSealed ? ENCRYPTED : (value?.raw ?? null);
  const shown = text === null || field.note === null ? text : shownAs(plan, field.item, text);
  const reason = value?.nullFlavour ?? null;
  // A reason that nobody offered here came with an import: it is told beside the field, in words.
  const aside = text !== null && shown === null ? text : reason && !field.missing ? `missing: ${reason}` : null;
  return [
    shown,
    ...(field.unit === null ? [] : [value?.unit ?? null]),
    ...(field.missing === null ? [] : [reason]),
    ...(field.note === null ? [] : [aside]),
  ];
}

/** In the one writing of the item's kind; null: it is not of that kind. A number with too many decimals is one still. */
function shownAs(plan: Plan, item: Item, text: string): string | null {
  if (isNumeric(item)) return /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/.test(text.trim()) ? text.trim() : null;
  const reading = readAnswer(plan, item, text);
  return reading.problem === undefined ? reading.canonical : null;
}

export const dictionaryColumns: readonly Column[] = [
  ...["table", "column", "item", "section", "question", "kind", "options", "units"],
].map((title) => ({ title, kind: "text" as const }));

export function dictionaryRows(plan: Plan): (string | null)[][] {
  const language = plan.build.languages[0] ?? "";
  const options = (list: CodeList | undefined) =>
    (list?.options ?? []).map(({ code, label }) => `${code} = ${anyText(label, language)}`).join("; ");
  return wideTables(plan).flatMap((table) =>
    table.fields.map(({ item, section, title }) => [
      table.name,
      title,
      item.id,
      section,
      anyText(item.question, language) || item.name,
      item.type.is,
      item.type.is === "choice" || item.type.is === "choices" ? options(plan.codeLists.get(item.type.codeList)) : null,
      item.units.map((id) => unitName(plan, id)).join(", ") || null,
    ]),
  );
}

/** As other programs know it; what has no name but its id is called by its sign. */
export function unitName(plan: Plan, id: string): string {
  const unit = plan.units.get(id);
  const sign = unit ? anyText(unit.symbol, plan.build.languages[0] ?? "") : "";
  return (unit && unit.name !== id ? unit.name : sign) || id;
}
