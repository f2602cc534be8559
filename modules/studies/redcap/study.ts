/** Fields of REDCap as a build. The dictionary and the project file come together here, so they cannot differ. */
import { translateBranching, translateCalculation } from "../expression/redcap-logic.ts";
import {
  type Arm,
  type Build,
  type Check,
  type CodeList,
  type Entry,
  type Extras,
  emptyBuild,
  entryOf,
  type Form,
  type Formula,
  formulaOf,
  type Item,
  type ItemType,
  itemOf,
  type Section,
  type StudyEvent,
} from "../model/build.ts";
import { type PlacedEntry, type Plan, planOf } from "../model/plan.ts";
import { scopeAt } from "../model/scope.ts";
import { wordsOf } from "../model/words.ts";
import { choicesIn, type RedcapField } from "./field.ts";

/** What the fields do not say: a dictionary alone knows none of it. */
export interface RedcapProject {
  readonly study: Build["study"];
  readonly version: Build["version"];
  readonly formTitles: Readonly<Record<string, string>>;
  readonly arms: readonly Arm[];
  readonly events: readonly StudyEvent[];
  /** Forms that are filled in again and again. */
  readonly repeating: readonly string[];
}

export const unknownProject: RedcapProject = {
  study: { id: "redcap", name: "", description: "", protocol: "" },
  version: { id: "redcap", name: "" },
  formTitles: {},
  arms: [],
  events: [],
  repeating: [],
};

/** The one event of a project that is not longitudinal. */
export const onlyEvent = "event_1_arm_1";
export const completeList = "redcap.complete";
export const completeItem = (form: string): string => `${form}_complete`;

export interface RedcapStudy {
  readonly build: Build;
  readonly notes: readonly string[];
}

export function redcapStudy(fields: readonly RedcapField[], project: RedcapProject): RedcapStudy {
  const notes: string[] = [];
  const byForm = Map.groupBy(fields, ({ form }) => form);
  const forms = [...byForm].map(([id, own]) => formOf(id, own, project));
  const lists = fields.flatMap(({ name, type, choices }) =>
    isCoded(type) ? [listOf(`${name}.choices`, choices)] : [],
  );
  const events = project.events.length > 0 ? project.events : [singleEvent(forms)];
  const build: Build = {
    ...emptyBuild,
    study: project.study,
    version: project.version,
    arms: project.arms,
    events,
    forms,
    items: [...byForm].flatMap(([form, own]) => [...own.map((field) => itemFor(field, notes)), completeOf(form)]),
    codeLists: [...lists, completion],
    extras: fields[0] ? { "redcap:RecordIdField": fields[0].name } : {},
  };
  return { build: translated(build, notes), notes };
}

const isCoded = (type: string): boolean => type === "radio" || type === "dropdown" || type === "checkbox";

const listOf = (id: string, choices: string): CodeList => {
  const options = choicesIn(choices);
  const codes = options.every(({ code }) => /^-?\d+$/.test(code)) ? "integer" : "text";
  return { id, name: id, codes, options, extras: {} };
};

const completion: CodeList = { ...listOf(completeList, "0, Incomplete | 1, Unverified | 2, Complete") };
const completeOf = (form: string): Item =>
  itemOf(completeItem(form), wordsOf("Complete?"), { is: "choice", codeList: completeList });

const singleEvent = (forms: readonly Form[]): StudyEvent => ({
  id: onlyEvent,
  name: "Event 1",
  label: {},
  type: "common",
  repeating: false,
  arms: [],
  window: null,
  forms: forms.map(({ id }) => ({ form: id, required: false })),
  extras: {},
});

function formOf(id: string, fields: readonly RedcapField[], project: RedcapProject): Form {
  const title = project.formTitles[id] ?? id;
  const sections: Section[] = [];
  let entries: Entry[] = [];
  const begin = (header: string): void => {
    entries = [];
    const name = header || title;
    sections.push({
      ...sectionOf(`${id}.${sections.length + 1}`, name),
      label: header === "" ? {} : wordsOf(header),
      entries,
    });
  };
  for (const field of fields) {
    if (field.section !== "" || sections.length === 0) begin(field.section);
    entries.push(entryFor(field));
  }
  const status: Section = { ...sectionOf(`${id}.status`, "Form Status"), entries: [entryOf(completeItem(id))] };
  return {
    id,
    name: title,
    label: {},
    repeating: project.repeating.includes(id),
    sections: [...sections, status],
    extras: {},
  };
}

const sectionOf = (id: string, name: string): Section => ({
  id,
  name,
  label: {},
  repeats: "no",
  entries: [],
  sections: [],
  extras: {},
});

function entryFor(field: RedcapField): Entry {
  const rule = (kind: "shown" | "calc", text: string): Formula =>
    formulaOf(`${field.name}.${kind}`, null, { foreign: { REDCap: text } });
  return entryOf(field.name, {
    required: field.required.toLowerCase() === "y",
    shownWhen: field.branching === "" ? null : rule("shown", field.branching),
    calculation: field.type === "calc" && field.choices !== "" ? rule("calc", field.choices) : null,
  });
}

const kept = {
  validation: "TextValidationType",
  alignment: "CustomAlignment",
  questionNumber: "QuestionNumber",
  matrix: "MatrixGroupName",
  ranking: "MatrixRanking",
  annotation: "FieldAnnotation",
} as const;

function itemFor(field: RedcapField, notes: string[]): Item {
  const type = typeOf(field, notes);
  const extras: Record<string, string> = { "redcap:FieldType": field.type };
  for (const [key, attribute] of Object.entries(kept)) {
    const value = field[key as keyof typeof kept];
    if (value !== "") extras[`redcap:${attribute}`] = value;
  }
  if (field.type === "slider" && field.choices !== "") extras["redcap:SliderLabels"] = field.choices;
  if (field.type === "sql") extras["redcap:Sql"] = field.choices;
  return itemOf(field.name, field.label === "" ? {} : wordsOf(field.label), type, {
    hint: field.note === "" ? {} : wordsOf(field.note),
    identifies: field.identifier.toLowerCase() === "y",
    checks: checksOf(field, type),
    extras: extras as Extras,
  });
}

function typeOf(field: RedcapField, notes: string[]): ItemType {
  const text: ItemType = { is: "text", long: false, maxLength: null };
  switch (field.type) {
    case "text":
      return validatedType(field, notes);
    case "notes":
      return { ...text, long: true };
    case "calc":
      return { is: "decimal", decimals: null };
    case "radio":
    case "dropdown":
      return { is: "choice", codeList: `${field.name}.choices` };
    case "checkbox":
      return { is: "choices", codeList: `${field.name}.choices` };
    case "yesno":
    case "truefalse":
      return { is: "boolean" };
    case "slider":
      return { is: "integer" };
    case "file":
      return { is: field.validation === "signature" ? "signature" : "file" };
    case "descriptive":
      return { is: "label" };
    default:
      notes.push(
        `Field ${field.name} is of type ${field.type || "(none)"}, which has no counterpart here: it was read as text.`,
      );
      return text;
  }
}

function validatedType({ name, validation }: RedcapField, notes: string[]): ItemType {
  const number = /^number(?:_(\d)dp)?(_comma_decimal)?$/.exec(validation);
  if (number?.[2])
    notes.push(`Field ${name} has decimals with a comma: its values need a point before they are imported.`);
  if (number) return { is: "decimal", decimals: number[1] ? Number(number[1]) : null };
  if (validation === "integer") return { is: "integer" };
  if (/^date_(ymd|mdy|dmy)$/.test(validation)) return { is: "date", partial: false };
  if (/^datetime_/.test(validation)) return { is: "datetime", partial: false };
  if (/^time(_hh_mm_ss)?$/.test(validation)) return { is: "time", partial: false };
  return { is: "text", long: false, maxLength: null };
}

/** REDCap's limits are soft: a value outside is admissible, and one is asked to look twice. */
function checksOf(field: RedcapField, type: ItemType): Check[] {
  const isHard = /@FORCE-MINMAX\b/i.test(field.annotation);
  const isMeasured = ["integer", "decimal", "date", "datetime", "time"].includes(type.is) && field.type === "text";
  const check = (comparator: "GE" | "LE", value: string): Check[] =>
    value === "" || !isMeasured
      ? []
      : [
          {
            id: `${field.name}.${comparator === "GE" ? "min" : "max"}`,
            severity: isHard ? "hard" : "soft",
            message: {},
            condition: { comparator, values: [value], unit: null },
          },
        ];
  return [...check("GE", field.min), ...check("LE", field.max)];
}

/** Rules may name any field of the project, with or without its event; here each name gets the way to it. */
function translated(build: Build, notes: string[]): Build {
  const plan = planOf(build);
  const homes = new Map(
    [...plan.entries].flatMap(([form, places]) => places.map(({ item }) => [item.id, form] as const)),
  );
  const rule = (place: PlacedEntry, formula: Formula | null, translate: typeof translateBranching): Formula | null => {
    const text = formula?.foreign.REDCap;
    if (!formula || text === undefined) return formula;
    const result = translate(text, scopeAt(plan, place.form, place), (name) => pathOf(plan, homes, place, name));
    if (result.text === undefined)
      notes.push(`The rule of ${place.item.id} is kept as it is written and does not run: ${result.problem}`);
    return { ...formula, text: result.text ?? null };
  };
  const entries = new Map(
    [...plan.entries.values()].flat().map((place) => [
      place.entry,
      {
        ...place.entry,
        shownWhen: rule(place, place.entry.shownWhen, translateBranching),
        calculation: rule(place, place.entry.calculation, translateCalculation),
      },
    ]),
  );
  const forms = build.forms.map((form) => ({
    ...form,
    sections: form.sections.map((section) => ({
      ...section,
      entries: section.entries.map((entry) => entries.get(entry) ?? entry),
    })),
  }));
  return { ...build, forms };
}

function pathOf(plan: Plan, homes: ReadonlyMap<string, string>, place: PlacedEntry, name: string): string {
  const [first = "", second] = name.split("/");
  const home = homes.get(second ?? first);
  if (!home) return name;
  if (second !== undefined && plan.events.has(first)) return `${first}/${home}/${second}`;
  return home === place.form.id ? (second ?? first) : `${home}/${second ?? first}`;
}
