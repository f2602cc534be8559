/**
 * The build of a study: what is asked, of whom and when. Plain immutable data, the same from the screen builder, a file
 * or an import; every change of it is a new value, and two values can be compared (`differences.ts`).
 */
import type { RuleCase } from "../expression/cases.ts";
import type { Words } from "./words.ts";

/** What a file said that the model has no place for: kept by key (`redcap:CustomAlignment`), and written out again. */
export type Extras = Readonly<Record<string, string>>;

export interface Build {
  readonly study: {
    readonly id: string;
    readonly name: string;
    readonly description: string;
    readonly protocol: string;
  };
  readonly version: { readonly id: string; readonly name: string };
  /** The first is the one that every text must have. */
  readonly languages: readonly string[];
  readonly arms: readonly Arm[];
  readonly events: readonly StudyEvent[];
  readonly forms: readonly Form[];
  readonly items: readonly Item[];
  readonly codeLists: readonly CodeList[];
  readonly units: readonly Unit[];
  readonly extras: Extras;
}

export interface Arm {
  readonly id: string;
  readonly name: Words;
}

export interface StudyEvent {
  readonly id: string;
  readonly name: string;
  readonly label: Words;
  /** common: at any time, as often as its forms allow (adverse events, medication). */
  readonly type: "scheduled" | "unscheduled" | "common";
  readonly repeating: boolean;
  /** Empty: in every arm. */
  readonly arms: readonly string[];
  readonly window: Window | null;
  readonly forms: readonly { readonly form: string; readonly required: boolean }[];
  readonly extras: Extras;
}

/** ISO 8601 durations: due at `target` after the anchor, from `before` earlier until `after` later. */
export interface Window {
  /** An event; null: the day of enrolment. */
  readonly anchor: string | null;
  readonly target: string;
  readonly before: string;
  readonly after: string;
}

export interface Form {
  readonly id: string;
  readonly name: string;
  readonly label: Words;
  readonly repeating: boolean;
  readonly sections: readonly Section[];
  readonly extras: Extras;
}

/** no: once. open: as many rows as there are. fixed: one row for each option of the list that drives it. */
export type Repeats = "no" | "open" | "fixed";

export interface Section {
  readonly id: string;
  readonly name: string;
  readonly label: Words;
  readonly repeats: Repeats;
  readonly entries: readonly Entry[];
  /** Sections inside, below the entries. */
  readonly sections: readonly Section[];
  readonly extras: Extras;
}

/** keep: stored and shown to data managers. blank: emptied, with a record of it. query: kept, and somebody is asked. */
export type HiddenPolicy = "keep" | "blank" | "query";

/** An item in its place: the same item may be asked in several sections under different conditions. */
export interface Entry {
  readonly item: string;
  readonly required: boolean;
  readonly shownWhen: Formula | null;
  readonly whenHidden: HiddenPolicy;
  /** Then nobody types it: the value is computed. */
  readonly calculation: Formula | null;
  readonly extras: Extras;
}

/**
 * A rule in the one language of the module (`expression/`). Null while only foreign texts are known that could not be
 * translated: then the field is asked unconditionally, or its stored value is taken as it is.
 */
export interface Formula {
  readonly id: string;
  readonly name: string;
  readonly text: string | null;
  readonly describes: Words;
  /** As other systems wrote it, by the name of their language. */
  readonly foreign: Extras;
  readonly cases: readonly RuleCase[];
}

export type ItemType =
  | { readonly is: "text"; readonly long: boolean; readonly maxLength: number | null }
  | { readonly is: "integer" }
  /** `decimals`: at most so many; null: any. */
  | { readonly is: "decimal"; readonly decimals: number | null }
  | { readonly is: "boolean" | "file" | "signature" | "label" }
  /** `partial`: unknown parts are allowed (UN-MAR-2026). */
  | { readonly is: "date" | "time" | "datetime"; readonly partial: boolean }
  /** One option, or several. */
  | { readonly is: "choice" | "choices"; readonly codeList: string }
  /** One option (or several) for each row. */
  | { readonly is: "grid"; readonly rows: string; readonly columns: string; readonly several: boolean };

export type NullFlavour = "not-done" | "unknown" | "not-applicable";
export const nullFlavours: readonly NullFlavour[] = ["not-done", "unknown", "not-applicable"];

export interface Item {
  readonly id: string;
  readonly name: string;
  readonly question: Words;
  readonly hint: Words;
  readonly type: ItemType;
  /** Units it may be given in; the first is the one that checks are written in. */
  readonly units: readonly string[];
  /** All of them must hold. */
  readonly checks: readonly Check[];
  /** With which reasons it may be left without a value. */
  readonly nullFlavours: readonly NullFlavour[];
  /** encrypted: sealed with a key of its own; only then may it hold what identifies a person. */
  readonly fieldClass: "plain" | "encrypted";
  /** Named by its author as identifying; `identifiers.ts` finds those that nobody named. */
  readonly identifies: boolean;
  /** Why an item that looks like an identifier is allowed unencrypted. The signature under it is kept elsewhere. */
  readonly identifierReason: string | null;
  readonly extras: Extras;
}

export type Comparator = "LT" | "LE" | "GT" | "GE" | "EQ" | "NE" | "IN" | "NOTIN";

export interface Check {
  readonly id: string;
  /** hard: not accepted at entry; soft: accepted with a reason. On import both keep the value and open a query. */
  readonly severity: "hard" | "soft";
  readonly message: Words;
  readonly condition: Range | Formula;
}

export interface Range {
  readonly comparator: Comparator;
  /** As typed; more than one only for IN and NOTIN. */
  readonly values: readonly string[];
  /** The unit of the values; null: the item's first. */
  readonly unit: string | null;
}

export const isRange = (condition: Range | Formula): condition is Range => "comparator" in condition;

export interface CodeList {
  readonly id: string;
  readonly name: string;
  readonly codes: "integer" | "decimal" | "text";
  readonly options: readonly Option[];
  readonly extras: Extras;
}

/** A retired option is offered no more and stays readable where it was chosen. */
export interface Option {
  readonly code: string;
  readonly label: Words;
  readonly retired: boolean;
}

export interface Unit {
  readonly id: string;
  /** In UCUM where it can be: kg, mg/dL, mm[Hg]. */
  readonly name: string;
  readonly symbol: Words;
}

export const emptyBuild: Build = {
  study: { id: "", name: "", description: "", protocol: "" },
  version: { id: "", name: "" },
  languages: [],
  arms: [],
  events: [],
  forms: [],
  items: [],
  codeLists: [],
  units: [],
  extras: {},
};

/** With everything at its default: what a builder or an importer starts from. */
export function itemOf(id: string, question: Words, type: ItemType, rest: Partial<Item> = {}): Item {
  return {
    id,
    name: id,
    question,
    hint: {},
    type,
    units: [],
    checks: [],
    nullFlavours: [],
    fieldClass: "plain",
    identifies: false,
    identifierReason: null,
    extras: {},
    ...rest,
  };
}

export function entryOf(item: string, rest: Partial<Entry> = {}): Entry {
  return { item, required: false, shownWhen: null, whenHidden: "keep", calculation: null, extras: {}, ...rest };
}

export function formulaOf(id: string, text: string | null, rest: Partial<Formula> = {}): Formula {
  return { id, name: id, text, describes: {}, foreign: {}, cases: [], ...rest };
}
