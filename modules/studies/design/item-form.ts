/** An item as the builder's form has it, and back. What the form leaves alone stays as it was. */
import type { RuleCase } from "../expression/cases.ts";
import {
  type Build,
  type Check,
  type Comparator,
  type Entry,
  type Formula,
  formulaOf,
  type HiddenPolicy,
  type Item,
  type ItemType,
  isRange,
  type NullFlavour,
  nullFlavours,
} from "../model/build.ts";
import { blinded, critical } from "../model/marks.ts";
import { wordsOf } from "../model/words.ts";
import { firstLanguage, newListId, readOptions, setOptions, withUnits, writeOptions } from "./edits.ts";

export const kinds = [
  { value: "text", label: "Text, one line" },
  { value: "long", label: "Text, several lines" },
  { value: "integer", label: "Whole number" },
  { value: "decimal", label: "Number with decimals" },
  { value: "boolean", label: "Yes or no" },
  { value: "date", label: "Date" },
  { value: "partial-date", label: "Date, parts may be unknown" },
  { value: "time", label: "Time" },
  { value: "datetime", label: "Date and time" },
  { value: "partial-datetime", label: "Date and time, parts may be unknown" },
  { value: "choice", label: "One of several options" },
  { value: "choices", label: "Several options" },
  { value: "grid", label: "Grid: one option for each row" },
  { value: "grid-several", label: "Grid: several options for each row" },
  { value: "file", label: "File" },
  { value: "signature", label: "Drawn signature" },
  { value: "label", label: "Label: a text, no answer" },
] as const;

export interface ItemInput {
  readonly question: string;
  readonly hint: string;
  readonly kind: string;
  readonly maxLength: string;
  readonly decimals: string;
  readonly options: string;
  readonly columns: string;
  readonly units: string;
  readonly required: boolean;
  readonly shownWhen: string;
  readonly shownCases: string;
  readonly whenHidden: HiddenPolicy;
  readonly calculation: string;
  readonly calculationCases: string;
  readonly nullFlavours: readonly string[];
  readonly encrypted: boolean;
  readonly identifies: boolean;
  readonly blinded: boolean;
  readonly critical: boolean;
  /** "0.severity", "0.comparator", "0.value", "0.message", "0.cases" … */
  readonly checks: Readonly<Record<string, string>>;
  /** "nl.text", "nl.status" */
  readonly words: Readonly<Record<string, string>>;
}

export const comparators = [
  { value: "GE", label: "at least" },
  { value: "LE", label: "at most" },
  { value: "GT", label: "more than" },
  { value: "LT", label: "less than" },
  { value: "EQ", label: "exactly" },
  { value: "NE", label: "not" },
  { value: "IN", label: "one of (with | between)" },
  { value: "NOTIN", label: "none of (with | between)" },
  { value: "formula", label: "the formula is true" },
] as const;

export function kindOf(type: ItemType): string {
  if (type.is === "text") return type.long ? "long" : "text";
  if ((type.is === "date" || type.is === "datetime") && type.partial) return `partial-${type.is}`;
  if (type.is === "grid") return type.several ? "grid-several" : "grid";
  return type.is;
}

/** For showing the form. */
export function inputOf(build: Build, item: Item, entry: Entry): ItemInput {
  const language = firstLanguage(build);
  const list = (id: string) => build.codeLists.find((one) => one.id === id);
  const checks: Record<string, string> = {};
  item.checks.forEach(({ severity, message, condition }, n) => {
    checks[`${n}.severity`] = severity;
    checks[`${n}.comparator`] = isRange(condition) ? condition.comparator : "formula";
    checks[`${n}.value`] = isRange(condition) ? condition.values.join("|") : (condition.text ?? "");
    checks[`${n}.message`] = message[language]?.text ?? Object.values(message)[0]?.text ?? "";
    if (!isRange(condition)) checks[`${n}.cases`] = writeCases(condition.cases);
  });
  const { type } = item;
  return {
    question: item.question[language]?.text ?? Object.values(item.question)[0]?.text ?? "",
    hint: item.hint[language]?.text ?? "",
    kind: kindOf(type),
    maxLength: type.is === "text" && type.maxLength !== null ? String(type.maxLength) : "",
    decimals: type.is === "decimal" && type.decimals !== null ? String(type.decimals) : "",
    options:
      type.is === "choice" || type.is === "choices"
        ? writeOptions(list(type.codeList), language)
        : type.is === "grid"
          ? writeOptions(list(type.rows), language)
          : "",
    columns: type.is === "grid" ? writeOptions(list(type.columns), language) : "",
    units: item.units.map((id) => build.units.find((unit) => unit.id === id)?.name ?? id).join(", "),
    required: entry.required,
    shownWhen: entry.shownWhen?.text ?? "",
    shownCases: writeCases(entry.shownWhen?.cases ?? []),
    whenHidden: entry.whenHidden,
    calculation: entry.calculation?.text ?? "",
    calculationCases: writeCases(entry.calculation?.cases ?? []),
    nullFlavours: item.nullFlavours,
    encrypted: item.fieldClass === "encrypted",
    identifies: item.identifies,
    blinded: blinded.on(item),
    critical: critical.on(item),
    checks,
    words: Object.fromEntries(
      build.languages.slice(1).flatMap((tag) => [
        [`${tag}.text`, item.question[tag]?.text ?? ""],
        [`${tag}.status`, item.question[tag]?.status ?? "draft"],
      ]),
    ),
  };
}

export interface FilledItem {
  readonly build: Build;
  readonly item: Item;
  readonly entry: Entry;
  /** By field of the form. */
  readonly problems: Readonly<Record<string, string>>;
}

/** `build` comes back with the lists and units that the item now uses. */
export function itemFrom(build: Build, item: Item, entry: Entry, input: ItemInput): FilledItem {
  const problems: Record<string, string> = {};
  const language = firstLanguage(build);
  const texted = typed(build, item, input, problems);
  const units = withUnits(
    texted.build,
    input.units
      .split(",")
      .map((one) => one.trim())
      .filter(Boolean),
  );
  const question = { ...item.question, [language]: wordingOf(item.question[language], input.question) };
  for (const tag of build.languages.slice(1)) {
    const text = input.words[`${tag}.text`]?.trim() ?? "";
    const status = input.words[`${tag}.status`] as "draft" | "translated" | "reviewed" | undefined;
    if (text !== "") question[tag] = { text, status: status ?? "draft" };
    else delete question[tag];
  }
  const next: Item = critical.set(
    blinded.set(
      {
        ...item,
        name: item.name,
        question,
        hint: input.hint === "" ? {} : { ...item.hint, [language]: wordingOf(item.hint[language], input.hint) },
        type: texted.type,
        units: units.ids,
        checks: checksFrom(item, input, language, problems),
        nullFlavours: nullFlavours.filter((one) => input.nullFlavours.includes(one)) as NullFlavour[],
        fieldClass: input.encrypted ? "encrypted" : "plain",
        identifies: input.identifies,
      },
      input.blinded,
    ),
    input.critical,
  );
  const formula = (old: Formula | null, id: string, text: string, cases: string, field: string): Formula | null => {
    // A rule that only another system can read stays until somebody writes it anew.
    if (text === "") return old && old.text === null ? old : null;
    const read = readCases(cases);
    if (read.problem) problems[field] = read.problem;
    return { ...(old ?? formulaOf(id, text)), text, cases: read.cases };
  };
  return {
    build: units.build,
    item: next,
    entry: {
      ...entry,
      required: input.required,
      shownWhen: formula(entry.shownWhen, `${item.id}.shown`, input.shownWhen, input.shownCases, "shownCases"),
      whenHidden: input.whenHidden,
      calculation: formula(
        entry.calculation,
        `${item.id}.calculation`,
        input.calculation,
        input.calculationCases,
        "calculationCases",
      ),
    },
    problems,
  };
}

const wordingOf = (old: { text: string; status: "draft" | "translated" | "reviewed" } | undefined, text: string) =>
  old?.text === text ? old : (wordsOf(text)[""] as { text: string; status: "reviewed" });

function typed(
  build: Build,
  item: Item,
  input: ItemInput,
  problems: Record<string, string>,
): { readonly build: Build; readonly type: ItemType } {
  const whole = (text: string, field: string): number | null => {
    if (text === "") return null;
    if (/^\d{1,5}$/.test(text)) return Number(text);
    problems[field] = "This is a whole number, or empty.";
    return null;
  };
  const listed = (text: string, field: string, old: string | null, from: Build) => {
    const lines = readOptions(text);
    if (lines.length === 0) problems[field] = "Write one option a line: 1 = Yes.";
    const id = old ?? newListId(from, item.id);
    return { id, build: setOptions(from, id, lines) };
  };
  switch (input.kind) {
    case "text":
    case "long":
      return {
        build,
        type: { is: "text", long: input.kind === "long", maxLength: whole(input.maxLength, "maxLength") },
      };
    case "decimal":
      return { build, type: { is: "decimal", decimals: whole(input.decimals, "decimals") } };
    case "date":
    case "time":
    case "datetime":
      return { build, type: { is: input.kind, partial: false } };
    case "partial-date":
      return { build, type: { is: "date", partial: true } };
    case "partial-datetime":
      return { build, type: { is: "datetime", partial: true } };
    case "choice":
    case "choices": {
      const old = item.type.is === "choice" || item.type.is === "choices" ? item.type.codeList : null;
      // A list that other items share is changed for all of them; the form says so.
      const list = listed(input.options, "options", old, build);
      return { build: list.build, type: { is: input.kind, codeList: list.id } };
    }
    case "grid":
    case "grid-several": {
      const old = item.type.is === "grid" ? item.type : null;
      const rows = listed(input.options, "options", old?.rows ?? null, build);
      const columns = listed(input.columns, "columns", old?.columns ?? null, rows.build);
      return {
        build: columns.build,
        type: { is: "grid", rows: rows.id, columns: columns.id, several: input.kind === "grid-several" },
      };
    }
    case "integer":
    case "boolean":
    case "file":
    case "signature":
    case "label":
      return { build, type: { is: input.kind } };
    default:
      problems.kind = "Choose the kind of answer from the list.";
      return { build, type: item.type };
  }
}

function checksFrom(item: Item, input: ItemInput, language: string, problems: Record<string, string>): Check[] {
  const numbers = [...new Set(Object.keys(input.checks).map((key) => key.split(".")[0] as string))];
  return numbers.flatMap((n): Check[] => {
    const part = (name: string) => input.checks[`${n}.${name}`]?.trim() ?? "";
    const value = part("value");
    if (value === "") return [];
    const old = item.checks[Number(n)];
    const severity = part("severity") === "soft" ? "soft" : "hard";
    const message = part("message");
    const said =
      old?.message[language]?.text === message
        ? (old?.message ?? {})
        : message === ""
          ? {}
          : wordsOf(message, language);
    const id = old?.id ?? freeCheckId(item, numbers, n);
    if (part("comparator") === "formula") {
      const before = old && !isRange(old.condition) ? old.condition : formulaOf(`${item.id}.${id}`, value);
      const read = readCases(part("cases"));
      if (read.problem) problems[`checks.${n}.cases`] = read.problem;
      return [{ id, severity, message: said, condition: { ...before, text: value, cases: read.cases } }];
    }
    const comparator = comparators.find((one) => one.value === part("comparator"))?.value ?? "GE";
    const unit = old && isRange(old.condition) ? old.condition.unit : null;
    const values = comparator === "IN" || comparator === "NOTIN" ? value.split("|").map((one) => one.trim()) : [value];
    return [{ id, severity, message: said, condition: { comparator: comparator as Comparator, values, unit } }];
  });
}

function freeCheckId(item: Item, numbers: readonly string[], n: string): string {
  const used = new Set(item.checks.map(({ id }) => id));
  for (let k = numbers.indexOf(n) + 1; ; k += 1) if (!used.has(`check_${k}`)) return `check_${k}`;
}

/** "too heavy | weight=300 | false", one a line. */
export function readCases(text: string): { readonly cases: RuleCase[]; readonly problem: string | null } {
  const cases: RuleCase[] = [];
  for (const line of text.split("\n").map((one) => one.trim())) {
    if (line === "") continue;
    const parts = line.split("|").map((part) => part.trim());
    if (parts.length < 3)
      return { cases, problem: "Write each case as: what it shows | weight=80, height=1.80 | what must come out." };
    const given: Record<string, string> = {};
    for (const pair of (parts[1] ?? "").split(",")) {
      const at = pair.indexOf("=");
      if (at > 0) given[pair.slice(0, at).trim()] = pair.slice(at + 1).trim();
    }
    cases.push({ title: parts[0] ?? "", given, expected: parts.slice(2).join("|") });
  }
  return { cases, problem: null };
}

export const writeCases = (cases: readonly RuleCase[]): string =>
  cases
    .map(
      ({ title, given, expected }) =>
        `${title} | ${Object.entries(given)
          .map(([name, value]) => `${name}=${value}`)
          .join(", ")} | ${expected}`,
    )
    .join("\n");
