import type { Option } from "../model/build.ts";
import { wordsOf } from "../model/words.ts";

/** One line of a data dictionary; the project file says the same in other words. "" where nothing is said. */
export interface RedcapField {
  readonly name: string;
  readonly form: string;
  readonly section: string;
  readonly type: string;
  readonly label: string;
  /** Choices, a calculation, or the labels of a slider. */
  readonly choices: string;
  readonly note: string;
  readonly validation: string;
  readonly min: string;
  readonly max: string;
  readonly identifier: string;
  readonly branching: string;
  readonly required: string;
  readonly alignment: string;
  readonly questionNumber: string;
  readonly matrix: string;
  readonly ranking: string;
  readonly annotation: string;
}

/** "0, (0) Never or Almost Never | 1, Often": only the FIRST comma parts a code from its label. */
export function choicesIn(text: string): Option[] {
  return text
    .split("|")
    .map((choice) => choice.trim())
    .filter((choice) => choice !== "")
    .map((choice) => {
      const comma = choice.indexOf(",");
      const code = comma < 0 ? choice : choice.slice(0, comma).trim();
      const label = comma < 0 ? choice : choice.slice(comma + 1).trim();
      return { code, label: wordsOf(label), retired: false };
    });
}

export const writeChoices = (options: readonly Option[]): string =>
  options.map(({ code, label }) => `${code}, ${Object.values(label)[0]?.text ?? ""}`).join(" | ");

/** REDCap's columns of checkboxes: race___2, and race____1 for the code -1. */
export const checkboxColumn = (field: string, code: string): string =>
  `${field}___${code.toLowerCase().replaceAll("-", "_")}`;
