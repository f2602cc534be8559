/** Data of REDCap, from a CSV export or from the project file, as values in their places. */
import type { Build } from "../model/build.ts";
import { type PlacedEntry, planOf } from "../model/plan.ts";
import type { OdmValue } from "../odm/reader.ts";
import type { StoredValue } from "../odm/writer.ts";
import { linesOf } from "./dictionary.ts";
import { checkboxColumn } from "./field.ts";
import { cellOf } from "./project.ts";
import { completeItem, onlyEvent } from "./study.ts";

export interface RecordsReading {
  readonly values: readonly StoredValue[];
  /** Cells with something in them, but for those that say which record it is. */
  readonly cells: number;
  /** Cells of columns that belong to no field, such as sites and times of surveys; `notes` names the columns. */
  readonly strangers: number;
  readonly notes: readonly string[];
}

interface Cell {
  readonly subject: string;
  readonly event: string;
  /** The instance of a repeating form or event. */
  readonly instance: string | null;
  readonly form: string | null;
  readonly column: string;
  readonly raw: string;
}

export function readRecords(text: string, build: Build): RecordsReading | { readonly problem: string } {
  const read = linesOf(text);
  if ("problem" in read) return read;
  const [head = [], ...lines] = read.lines;
  const record = build.extras["redcap:RecordIdField"] ?? head[0] ?? "";
  const at = (name: string) => head.indexOf(name);
  if (at(record) < 0) return { problem: `The column “${record}”, which says whose data it is, is missing.` };
  const cells: Cell[] = lines.flatMap((line) => {
    const cell = (name: string) => line[at(name)] ?? "";
    const row = {
      subject: line[at(record)] ?? "",
      event: cell("redcap_event_name") || onlyEvent,
      instance: cell("redcap_repeat_instance") || null,
      form: cell("redcap_repeat_instrument") || null,
    };
    return head.flatMap((column, i) => (keyColumns.has(column) ? [] : [{ ...row, column, raw: line[i] ?? "" }]));
  });
  return gathered(cells, build, record);
}

const keyColumns: ReadonlySet<string> = new Set([
  "redcap_event_name",
  "redcap_repeat_instrument",
  "redcap_repeat_instance",
]);

/** `values`: of the project file, as `readOdm` hands them over. */
export function readProjectValues(values: Iterable<OdmValue>, build: Build): RecordsReading {
  const repeating = new Set(build.forms.flatMap(({ id, repeating }) => (repeating ? [id] : [])));
  const repeatingEvents = new Set(build.events.flatMap(({ id, repeating }) => (repeating ? [id] : [])));
  const cells = Array.from(values, (value): Cell => {
    const { place, column, raw } = cellOf(value);
    // Every form carries a FormRepeatKey in these files; it means something only where a form repeats.
    const instance = repeating.has(place.form)
      ? place.formKey
      : repeatingEvents.has(place.event)
        ? place.eventKey
        : null;
    return { subject: place.subject, event: place.event, instance, form: place.form, column, raw };
  });
  return gathered(cells, build, build.extras["redcap:RecordIdField"] ?? "");
}

function gathered(cells: readonly Cell[], build: Build, record: string): RecordsReading {
  const plan = planOf(build);
  const places = new Map([...plan.entries.values()].flat().map((place) => [place.item.id, place]));
  const boxes = boxesIn(build);
  const strangers = new Map<string, number>();
  const values: StoredValue[] = [];
  let count = 0;
  const rows = Map.groupBy(cells, ({ subject, event, instance, form }) =>
    JSON.stringify([subject, event, instance, instance === null ? null : form]),
  );
  for (const row of rows.values()) {
    const chosen = new Map<string, string[]>();
    const touched = new Set<string>();
    const found: StoredValue[] = [];
    for (const cell of row) {
      const box = boxes.get(cell.column);
      const place = places.get(box?.item ?? cell.column);
      if (cell.raw === "") continue;
      if (!place) {
        strangers.set(cell.column, (strangers.get(cell.column) ?? 0) + 1);
        continue;
      }
      // Every row names its record; an answer it is only on the form that asks it.
      if (cell.column === record && !isAsked(build, cell, place)) continue;
      if (cell.column !== record) count += 1;
      if (box) {
        const codes = chosen.get(box.item) ?? [];
        if (cell.raw === "1") codes.push(box.code);
        chosen.set(box.item, codes);
        if (cell.raw === "1") touched.add(place.form.id);
      } else {
        if (cell.column !== record && !(cell.column === completeItem(place.form.id) && cell.raw === "0"))
          touched.add(place.form.id);
        found.push(stored(build, cell, place, cell.raw));
      }
    }
    // An unchecked box says 0 on every form, touched or not: only on a touched one does it mean that none applies.
    for (const [item, codes] of chosen) {
      const place = places.get(item) as PlacedEntry;
      if (touched.has(place.form.id)) found.push(stored(build, row[0] as Cell, place, codes.join("|")));
    }
    values.push(...found);
  }
  const notes = [...strangers].map(
    ([column, times]) => `The column “${column}” (${times} values) belongs to no field and was left out.`,
  );
  return { values, cells: count, strangers: [...strangers.values()].reduce((sum, one) => sum + one, 0), notes };
}

function isAsked(build: Build, cell: Cell, place: PlacedEntry): boolean {
  const event = build.events.find(({ id }) => id === cell.event);
  return cell.instance === null && (event?.forms.some(({ form }) => form === place.form.id) ?? false);
}

function stored(build: Build, cell: Cell, place: PlacedEntry, raw: string): StoredValue {
  const isEventRepeated = build.events.some(({ id, repeating }) => id === cell.event && repeating);
  return {
    subject: cell.subject,
    event: cell.event,
    eventKey: isEventRepeated ? (cell.instance ?? "1") : null,
    form: place.form.id,
    formKey: place.form.repeating ? (cell.instance ?? "1") : null,
    section: place.section.id,
    sectionKey: null,
    item: place.item.id,
    raw,
    nullFlavour: null,
    unit: null,
  };
}

function boxesIn(build: Build): ReadonlyMap<string, { readonly item: string; readonly code: string }> {
  const lists = new Map(build.codeLists.map((list) => [list.id, list.options]));
  return new Map(
    build.items.flatMap(({ id, type }) =>
      type.is === "choices"
        ? (lists.get(type.codeList) ?? []).map(({ code }) => [checkboxColumn(id, code), { item: id, code }] as const)
        : [],
    ),
  );
}
