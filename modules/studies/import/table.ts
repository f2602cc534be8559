/** A CSV table with a mapping: which column is the subject, the event, the repeat, and which items the others hold. */
import type { Plan } from "../model/plan.ts";
import type { StoredValue } from "../odm/writer.ts";
import { linesOf } from "../redcap/dictionary.ts";

export type ColumnMeaning =
  | { readonly is: "subject" | "event" | "event key" | "form key" | "section key" | "ignored" }
  | { readonly is: "item"; readonly form: string; readonly item: string };

export interface Mapping {
  readonly columns: Readonly<Record<string, ColumnMeaning>>;
  /** Where the table has no column for events. */
  readonly event: string | null;
  /** Texts that stand for "no value", such as NA or a full stop. An empty cell is always one. */
  readonly blanks: readonly string[];
}

const same = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");

/** A first guess to correct: columns whose title is an item's id, name or question, on the first form that asks it. */
export function guessMapping(plan: Plan, titles: readonly string[]): Mapping {
  const items = new Map<string, ColumnMeaning>();
  for (const [form, places] of plan.entries) {
    for (const { item } of places) {
      for (const text of [item.id, item.name, ...Object.values(item.question).map((wording) => wording.text)]) {
        const key = same(text);
        if (key !== "" && !items.has(key)) items.set(key, { is: "item", form, item: item.id });
      }
    }
  }
  const subject = titles.find((title) =>
    /^(?:subject|participant|patient|record|study)(?:key|id|no|number)?$/.test(same(title)),
  );
  const columns = Object.fromEntries(
    titles.map((title): [string, ColumnMeaning] => {
      if (title === subject) return [title, { is: "subject" }];
      if (/^(?:event|visit|timepoint)(?:name|id)?$/.test(same(title))) return [title, { is: "event" }];
      return [title, items.get(same(title)) ?? { is: "ignored" }];
    }),
  );
  const [only, second] = plan.build.events;
  return { columns, event: only && !second ? only.id : null, blanks: [] };
}

export interface MappedTable {
  readonly values: readonly StoredValue[];
  readonly problems: readonly { readonly line: number; readonly column: string | null; readonly sentence: string }[];
  /** Columns that the mapping leaves out, with how many cells they hold: named before anything is imported. */
  readonly ignored: Readonly<Record<string, number>>;
}

/** Reads lines of a table with these titles, one after the other. `ignored` counts as it goes. */
export interface TableReader {
  readonly ignored: Readonly<Record<string, number>>;
  read(line: readonly string[], at: number): Pick<MappedTable, "values" | "problems">;
}

export function tableReader(
  titles: readonly string[],
  plan: Plan,
  mapping: Mapping,
): TableReader | { readonly problem: string } {
  const meanings = titles.map((title): ColumnMeaning => mapping.columns[title] ?? { is: "ignored" });
  const columnOf = (is: ColumnMeaning["is"]) => meanings.findIndex((meaning) => meaning.is === is);
  const keys = {
    subject: columnOf("subject"),
    event: columnOf("event"),
    eventKey: columnOf("event key"),
    formKey: columnOf("form key"),
    sectionKey: columnOf("section key"),
  };
  if (keys.subject < 0) return { problem: "No column is said to hold the subject. Choose one." };
  if (keys.event < 0 && mapping.event === null)
    return { problem: "No column holds the event, and no event is chosen for the whole table." };
  const places = meanings.map((meaning) =>
    meaning.is === "item"
      ? (plan.entries.get(meaning.form)?.find(({ item }) => item.id === meaning.item) ?? null)
      : null,
  );
  const ignored: Record<string, number> = {};
  return {
    ignored,
    read(line, at) {
      const values: StoredValue[] = [];
      const problems: MappedTable["problems"][number][] = [];
      const cell = (column: number) => (column < 0 ? "" : (line[column] ?? "").trim());
      const subject = cell(keys.subject);
      const event = cell(keys.event) || (mapping.event ?? "");
      const known = plan.events.get(event);
      if (subject === "" || !known) {
        const sentence = subject === "" ? "This line names no subject." : `There is no event “${event}”.`;
        return { values, problems: [{ line: at, column: null, sentence }] };
      }
      for (const [column, meaning] of meanings.entries()) {
        const raw = line[column] ?? "";
        const title = titles[column] as string;
        if (raw.trim() === "" || mapping.blanks.includes(raw.trim())) continue;
        if (meaning.is === "ignored") ignored[title] = (ignored[title] ?? 0) + 1;
        if (meaning.is !== "item") continue;
        const place = places[column];
        if (!place) {
          problems.push({ line: at, column: title, sentence: `Form ${meaning.form} does not ask ${meaning.item}.` });
          continue;
        }
        const repeats = place.path.some((section) => section.repeats !== "no");
        values.push({
          subject,
          event,
          eventKey: known.repeating ? cell(keys.eventKey) || "1" : null,
          form: meaning.form,
          formKey: place.form.repeating ? cell(keys.formKey) || "1" : null,
          section: place.section.id,
          sectionKey: repeats ? cell(keys.sectionKey) || "1" : null,
          item: meaning.item,
          raw,
          nullFlavour: null,
          unit: null,
        });
      }
      return { values, problems };
    },
  };
}

export function readMapped(text: string, plan: Plan, mapping: Mapping): MappedTable | { readonly problem: string } {
  const read = linesOf(text);
  if ("problem" in read) return read;
  const [titles = [], ...lines] = read.lines;
  const reader = tableReader(titles, plan, mapping);
  if ("problem" in reader) return reader;
  const parts = lines.map((line, at) => reader.read(line, at + 2));
  return {
    values: parts.flatMap(({ values }) => values),
    problems: parts.flatMap(({ problems }) => problems),
    ignored: reader.ignored,
  };
}
