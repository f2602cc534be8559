/** Values as tables: long (one row a value) or wide (one row a form, or a row of a repeating section). */
import type { CodeList, Item } from "../model/build.ts";
import { isRepeated, optionsOf, type PlacedEntry, type Plan } from "../model/plan.ts";
import { anyText } from "../model/words.ts";

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
    value.unit ?? (value.raw !== null && item?.units[0] ? (plan.units.get(item.units[0])?.name ?? null) : null),
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
  readonly items: readonly Item[];
}

/** One for each form, and one for each of its repeating sections. */
export function wideTables(plan: Plan): WideTable[] {
  return plan.build.forms.flatMap((form) => {
    const places = (plan.entries.get(form.id) ?? []).filter(({ item }) => item.type.is !== "label");
    const flat = places.filter((place) => !isRepeated(place));
    const repeated = Map.groupBy(places.filter(isRepeated), ({ section }) => section.id);
    const table = (name: string, own: readonly PlacedEntry[], repeats: boolean): WideTable => ({
      name: name.replace(/[^A-Za-z0-9_]+/g, "_"),
      form: form.id,
      sections: [...new Set(own.map(({ section }) => section.id))],
      repeats,
      items: own.map(({ item }) => item),
    });
    return [
      ...(flat.length > 0 ? [table(form.id, flat, false)] : []),
      ...[...repeated].map(([section, own]) => table(`${form.id}_${section}`, own, true)),
    ];
  });
}

const isNumeric = (item: Item): boolean => item.type.is === "integer" || item.type.is === "decimal";
/** Beside a field that may be missing for a reason, or hold what cannot be read: why, or the text as it came. */
const hasNote = (item: Item): boolean => isNumeric(item) || item.nullFlavours.length > 0;

export function wideColumns(table: WideTable): readonly Column[] {
  return [
    ...["participant", "site", "visit", "visit_no", "form_no", ...(table.repeats ? ["row"] : [])].map((title) => ({
      title,
      kind: "text" as const,
    })),
    ...table.items.flatMap((item): Column[] => [
      { title: item.id, kind: isNumeric(item) ? "number" : "text" },
      ...(item.units.length > 1 ? [{ title: `${item.id}__unit`, kind: "text" as const }] : []),
      ...(hasNote(item) ? [{ title: `${item.id}__note`, kind: "text" as const }] : []),
    ]),
  ];
}

/** Gathers rows from values that come in their order. `tell` hears the id of each. */
export async function* wideRows(
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
      ...table.items.flatMap((item) => cellsOf(item, cells.get(item.id))),
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
    cells.set(value.item, value);
  }
  if (head) yield row();
}

function cellsOf(item: Item, value: ExportedValue | undefined): (string | null)[] {
  const text = value?.isSealed ? ENCRYPTED : (value?.raw ?? null);
  const isReadable = !isNumeric(item) || (text !== null && /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/.test(text.trim()));
  const note = value?.nullFlavour ?? (text !== null && !isReadable ? text : null);
  return [
    isReadable ? (text?.trim() ?? null) : null,
    ...(item.units.length > 1 ? [value?.unit ?? null] : []),
    ...(hasNote(item) ? [note] : []),
  ];
}

export const dictionaryColumns: readonly Column[] = ["table", "item", "question", "kind", "options", "units"].map(
  (title) => ({
    title,
    kind: "text" as const,
  }),
);

export function dictionaryRows(plan: Plan): (string | null)[][] {
  const language = plan.build.languages[0] ?? "";
  const options = (list: CodeList | undefined) =>
    (list?.options ?? []).map(({ code, label }) => `${code} = ${anyText(label, language)}`).join("; ");
  return wideTables(plan).flatMap((table) =>
    table.items.map((item) => [
      table.name,
      item.id,
      anyText(item.question, language) || item.name,
      item.type.is,
      item.type.is === "choice" || item.type.is === "choices" ? options(plan.codeLists.get(item.type.codeList)) : null,
      item.units.map((id) => plan.units.get(id)?.name ?? id).join(", ") || null,
    ]),
  );
}

const quoted = (text: string): string => JSON.stringify(text);

/** Reads every table with its kinds, turns codes into factors and keeps the questions as labels. */
export function rScript(plan: Plan, study: string): string {
  const language = plan.build.languages[0] ?? "";
  const lines = [
    `# ${study.replace(/[\r\n]/g, " ")}`,
    "# Put this file beside the tables, and run it there. The last column of each table names the export.",
    "",
  ];
  for (const table of wideTables(plan)) {
    const name = table.name.replace(/^[^A-Za-z]/, "t_$&");
    const numeric = table.items.filter(isNumeric).map(({ id }) => id);
    lines.push(
      `${name} <- read.csv(${quoted(`${table.name}.csv`)}, colClasses = "character", na.strings = "", check.names = FALSE, fileEncoding = "UTF-8")`,
    );
    for (const id of numeric) lines.push(`${name}[[${quoted(id)}]] <- as.numeric(${name}[[${quoted(id)}]])`);
    for (const item of table.items) {
      if (item.type.is === "choice") {
        const list = optionsOf(plan, item.type.codeList);
        const codes = list.map(({ code }) => quoted(code)).join(", ");
        const labels = list.map(({ code, label }) => quoted(anyText(label, language) || code)).join(", ");
        lines.push(
          `${name}[[${quoted(item.id)}]] <- factor(${name}[[${quoted(item.id)}]], levels = c(${codes}), labels = c(${labels}))`,
        );
      }
      const question = anyText(item.question, language);
      if (question) lines.push(`attr(${name}[[${quoted(item.id)}]], "label") <- ${quoted(question)}`);
    }
    lines.push("");
  }
  return lines.join("\n");
}
