/** The data dictionary: 18 columns, one line for each field. */
import { parse } from "csv-parse/sync";
import { type Build, type Item, isRange } from "../model/build.ts";
import { planOf } from "../model/plan.ts";
import { anyText } from "../model/words.ts";
import type { RedcapField } from "./field.ts";
import { writeChoices } from "./field.ts";
import { completeItem, type RedcapProject, type RedcapStudy, redcapStudy, unknownProject } from "./study.ts";

/** As the screen exports them, and as the interface for programs calls them. */
const columns: Readonly<Record<keyof RedcapField, readonly [string, string]>> = {
  name: ["Variable / Field Name", "field_name"],
  form: ["Form Name", "form_name"],
  section: ["Section Header", "section_header"],
  type: ["Field Type", "field_type"],
  label: ["Field Label", "field_label"],
  choices: ["Choices, Calculations, OR Slider Labels", "select_choices_or_calculations"],
  note: ["Field Note", "field_note"],
  validation: ["Text Validation Type OR Show Slider Number", "text_validation_type_or_show_slider_number"],
  min: ["Text Validation Min", "text_validation_min"],
  max: ["Text Validation Max", "text_validation_max"],
  identifier: ["Identifier?", "identifier"],
  branching: ["Branching Logic (Show field only if...)", "branching_logic"],
  required: ["Required Field?", "required_field"],
  alignment: ["Custom Alignment", "custom_alignment"],
  questionNumber: ["Question Number (surveys only)", "question_number"],
  matrix: ["Matrix Group Name", "matrix_group_name"],
  ranking: ["Matrix Ranking?", "matrix_ranking"],
  annotation: ["Field Annotation", "field_annotation"],
};
const keys = Object.keys(columns) as (keyof RedcapField)[];

export type DictionaryReading = RedcapStudy | { readonly problem: string };

/** `project`: what the dictionary does not know, when somebody does. */
export function readDictionary(text: string, project: RedcapProject = unknownProject): DictionaryReading {
  const read = linesOf(text);
  if ("problem" in read) return read;
  const [head = [], ...lines] = read.lines;
  const places = new Map(keys.map((key) => [key, head.findIndex((title) => columns[key].includes(title.trim()))]));
  const missing = keys.filter(
    (key) => (places.get(key) ?? -1) < 0 && ["name", "form", "type", "label", "choices"].includes(key),
  );
  if (missing.length > 0) {
    return {
      problem: `This is not a data dictionary: the column ${missing.map((key) => `“${columns[key][0]}”`).join(", ")} is missing.`,
    };
  }
  const fields = lines.map(
    (line) =>
      Object.fromEntries(keys.map((key) => [key, line[places.get(key) ?? -1]?.trim() ?? ""])) as unknown as RedcapField,
  );
  const named = fields.filter(({ name }) => name !== "");
  const twice = named.find(({ name }, at) => named.findIndex((other) => other.name === name) !== at);
  if (twice)
    return {
      problem: `The field “${twice.name}” is there twice. REDCap would not have written that: look at the file.`,
    };
  const study = redcapStudy(named, project);
  const unknown = head.filter((title) => !keys.some((key) => columns[key].includes(title.trim())));
  return {
    ...study,
    notes: [
      ...study.notes,
      ...unknown.map((title) => `The column “${title}” is not one of the dictionary's and was left out.`),
    ],
  };
}

/** How tables are read, whole or line by line. */
export const tableShape = {
  bom: true,
  relax_column_count: true,
  skip_empty_lines: true,
  max_record_size: 1_000_000,
} as const;

export function linesOf(
  text: string,
): { readonly lines: readonly (readonly string[])[] } | { readonly problem: string } {
  try {
    const lines: string[][] = parse(text, tableShape);
    return { lines };
  } catch (error) {
    return {
      problem: `The file is not a CSV table: ${error instanceof Error ? error.message.slice(0, 200) : "it cannot be read"}.`,
    };
  }
}

const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** A dictionary that REDCap reads, and by name what it cannot hold. */
export function writeDictionary(build: Build): { readonly text: string; readonly lost: readonly string[] } {
  const plan = planOf(build);
  const lost: string[] = [];
  const lines = [keys.map((key) => columns[key][0])];
  for (const form of build.forms) {
    if (form.sections.some(({ repeats, sections }) => repeats !== "no" || sections.length > 0)) {
      lost.push(`Form ${form.id} has sections that repeat or hold others; a dictionary has neither.`);
    }
    let section = "";
    for (const place of plan.entries.get(form.id) ?? []) {
      if (place.item.id === completeItem(form.id)) continue;
      const isNew = place.section.id !== section;
      section = place.section.id;
      const header = isNew ? anyText(place.section.label, "") : "";
      const field = fieldOf(build, place.item, lost);
      const rule = (formula: typeof place.entry.shownWhen) => {
        if (formula && formula.foreign.REDCap === undefined)
          lost.push(`The rule ${formula.id} is written in our language only; REDCap gets none.`);
        return formula?.foreign.REDCap ?? "";
      };
      const whole: RedcapField = {
        ...field,
        form: form.id,
        section: header,
        required: place.entry.required ? "y" : "",
        branching: rule(place.entry.shownWhen),
        choices: place.entry.calculation ? rule(place.entry.calculation) : field.choices,
      };
      lines.push(keys.map((key) => whole[key]));
    }
  }
  if (build.events.length > 1) lost.push(`${build.events.length} events: a dictionary knows none.`);
  return { text: `${lines.map((line) => line.map(quoted).join(",")).join("\n")}\n`, lost };
}

const types: Readonly<Record<Item["type"]["is"], string>> = {
  text: "text",
  integer: "text",
  decimal: "text",
  boolean: "yesno",
  date: "text",
  time: "text",
  datetime: "text",
  choice: "radio",
  choices: "checkbox",
  grid: "text",
  file: "file",
  signature: "file",
  label: "descriptive",
};
const validations: Partial<Record<Item["type"]["is"], string>> = {
  integer: "integer",
  decimal: "number",
  date: "date_ymd",
  time: "time",
  datetime: "datetime_seconds_ymd",
  signature: "signature",
};

function fieldOf(build: Build, item: Item, lost: string[]): RedcapField {
  const extra = (name: string) => item.extras[`redcap:${name}`] ?? "";
  const type = extra("FieldType") || (item.type.is === "text" && item.type.long ? "notes" : types[item.type.is]);
  const lists = item.type.is === "choice" || item.type.is === "choices" ? item.type.codeList : null;
  const limit = (comparator: "GE" | "LE") => {
    const check = item.checks.find(({ condition }) => isRange(condition) && condition.comparator === comparator);
    return check && isRange(check.condition) ? (check.condition.values[0] ?? "") : "";
  };
  const others = item.checks.filter(
    ({ condition }) => !isRange(condition) || (condition.comparator !== "GE" && condition.comparator !== "LE"),
  );
  if (others.length > 0)
    lost.push(`${others.length} checks of ${item.id} are more than a smallest and a largest value.`);
  if (item.type.is === "grid") lost.push(`The grid ${item.id} becomes a text.`);
  if (item.units.length > 0) lost.push(`The units of ${item.id} have no column.`);
  if (item.nullFlavours.length > 0) lost.push(`The reasons for leaving ${item.id} empty have no column.`);
  return {
    name: item.id,
    form: "",
    section: "",
    type,
    label: anyText(item.question, build.languages[0] ?? ""),
    choices: lists
      ? writeChoices(build.codeLists.find(({ id }) => id === lists)?.options ?? [])
      : extra("SliderLabels") || extra("Sql"),
    note: anyText(item.hint, build.languages[0] ?? ""),
    validation:
      extra("TextValidationType") || (type === "text" || type === "file" ? (validations[item.type.is] ?? "") : ""),
    min: limit("GE"),
    max: limit("LE"),
    identifier: item.identifies ? "y" : "",
    branching: "",
    required: "",
    alignment: extra("CustomAlignment"),
    questionNumber: extra("QuestionNumber"),
    matrix: extra("MatrixGroupName"),
    ranking: extra("MatrixRanking"),
    annotation: extra("FieldAnnotation"),
  };
}
