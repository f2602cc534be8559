/** Values out of a file of any of the formats, in their places, one after the other; what has no place is told apart. */
import { Readable } from "node:stream";
import { parse } from "csv-parse";
import type { Plan } from "../model/plan.ts";
import { OdmUnreadable, type OdmValue, readOdm } from "../odm/reader.ts";
import type { StoredValue } from "../odm/writer.ts";
import { linesOf, tableShape } from "../redcap/dictionary.ts";
import { readProjectValues, readRecords } from "../redcap/records.ts";
import { placed } from "./placing.ts";
import { placeKey } from "./staging.ts";
import { guessMapping, type Mapping, type TableReader, tableReader } from "./table.ts";

export type Incoming =
  | { readonly is: "value"; readonly value: StoredValue }
  /** Cannot be stored before somebody maps it; the file that holds it is kept. */
  | { readonly is: "lost"; readonly sentence: string }
  | { readonly is: "note"; readonly sentence: string };

export class Unreadable extends Error {}

export type DataFormat = "odm" | "redcap project" | "redcap records" | "table";

export function formatOf(text: string, plan: Plan): DataFormat {
  const isRedcap = plan.build.extras["redcap:RecordIdField"] !== undefined;
  if (text.slice(0, 200).trimStart().startsWith("<")) return isRedcap ? "redcap project" : "odm";
  const head = text.slice(0, text.indexOf("\n") < 0 ? undefined : text.indexOf("\n"));
  return isRedcap || head.includes("redcap_event_name") ? "redcap records" : "table";
}

/** Throws Unreadable with a sentence. */
export async function* readIncoming(
  bytes: Uint8Array,
  plan: Plan,
  format: DataFormat,
  mapping: Mapping | null,
): AsyncGenerator<Incoming> {
  if (format === "odm") yield* fromOdm(bytes, plan);
  else if (format === "redcap project") yield* fromProject(bytes, plan);
  else if (format === "redcap records") {
    const read = readRecords(new TextDecoder().decode(bytes), plan.build);
    if ("problem" in read) throw new Unreadable(read.problem);
    for (const note of read.notes) yield { is: "note", sentence: note };
    for (const value of read.values) yield { is: "value", value };
  } else yield* fromTable(bytes, plan, mapping);
}

async function* fromOdm(bytes: Uint8Array, plan: Plan): AsyncGenerator<Incoming> {
  const filled = { visits: 0, forms: 0 };
  let held: StoredValue | null = null;
  let earlier = 0;
  let visit = "";
  let form = "";
  try {
    for await (const part of readOdm(pieces(bytes))) {
      if (part.is === "value") {
        const { subject, event, eventKey, form: name, formKey } = part.place;
        const thisVisit = JSON.stringify([subject, event, eventKey]);
        const thisForm = JSON.stringify([thisVisit, name, formKey]);
        if (thisVisit !== visit) filled.visits += 1;
        if (thisForm !== form) filled.forms += 1;
        [visit, form] = [thisVisit, thisForm];
        const placing = placed(plan, part);
        if ("isLost" in placing) {
          yield { is: "lost", sentence: placing.problem };
          continue;
        }
        if (placing.problem) yield { is: "note", sentence: placing.problem };
        // In a transactional file the versions of a value follow each other: only what it became is imported.
        const isNewer = part.transaction === "Update" && held && placeKey(held) === placeKey(placing.value);
        if (isNewer) earlier += 1;
        else if (held) yield { is: "value", value: held };
        held = placing.value;
      } else if (part.is === "end") {
        if (held) yield { is: "value", value: held };
        if (earlier > 0)
          yield {
            is: "note",
            sentence: `The file tells ${earlier} earlier versions of its values. What each became is imported; the file that tells how is kept.`,
          };
        for (const note of part.notes) yield { is: "note", sentence: note };
        const sentence = withoutValues(part.counts, filled);
        if (sentence) yield { is: "note", sentence };
      }
    }
  } catch (error) {
    if (error instanceof OdmUnreadable) throw new Unreadable(error.message);
    throw error;
  }
}

/** Forms and visits that a file opens and says nothing in: there is nothing to keep of them, and they are told. */
function withoutValues(
  counts: Readonly<Record<string, number>>,
  filled: { readonly visits: number; readonly forms: number },
): string | null {
  const { StudyEventData: visits = 0, FormData: forms = 0 } = counts;
  // ODM 2.0 has no FormData: its forms are groups among groups.
  if (forms === 0 || (visits === filled.visits && forms === filled.forms)) return null;
  return `The file has ${visits} visits and ${forms} forms; ${visits - filled.visits} of the visits and ${forms - filled.forms} of the forms hold no value, so nothing is kept of them.`;
}

/** In pieces, so that what was read can be let go. */
function* pieces(bytes: Uint8Array): Generator<string> {
  const decoder = new TextDecoder();
  for (let at = 0; at < bytes.length; at += 65_536) {
    yield decoder.decode(bytes.subarray(at, at + 65_536), { stream: at + 65_536 < bytes.length });
  }
}

async function* fromProject(bytes: Uint8Array, plan: Plan): AsyncGenerator<Incoming> {
  const values: OdmValue[] = [];
  try {
    for await (const part of readOdm(pieces(bytes))) if (part.is === "value") values.push(part);
  } catch (error) {
    if (error instanceof OdmUnreadable) throw new Unreadable(error.message);
    throw error;
  }
  const read = readProjectValues(values, plan.build);
  for (const note of read.notes) yield { is: "note", sentence: note };
  for (const value of read.values) yield { is: "value", value };
}

async function* fromTable(bytes: Uint8Array, plan: Plan, mapping: Mapping | null): AsyncGenerator<Incoming> {
  let reader: TableReader | null = null;
  let at = 1;
  for await (const line of tableLines(pieces(bytes))) {
    if (!reader) {
      const made = tableReader(line, plan, mapping ?? guessMapping(plan, line));
      if ("problem" in made) throw new Unreadable(made.problem);
      reader = made;
      continue;
    }
    at += 1;
    const { values, problems } = reader.read(line, at);
    for (const { sentence } of problems) yield { is: "lost", sentence: `Line ${at}: ${sentence}` };
    for (const value of values) yield { is: "value", value };
  }
  for (const [column, cells] of Object.entries(reader?.ignored ?? {}))
    if (cells > 0) yield { is: "note", sentence: `The column “${column}” is left out: ${cells} cells.` };
}

/** Line by line, so that a table of any length needs no more memory than its beginning. */
async function* tableLines(texts: Iterable<string>): AsyncGenerator<readonly string[]> {
  try {
    yield* Readable.from(texts).pipe(parse(tableShape)) as AsyncIterable<string[]>;
  } catch (error) {
    const why = error instanceof Error ? error.message.slice(0, 200) : "it cannot be read";
    throw new Unreadable(`The file is not a CSV table: ${why}.`);
  }
}

export function titlesOf(text: string): readonly string[] {
  const end = text.indexOf("\n");
  const read = linesOf(end < 0 ? text : text.slice(0, end + 1));
  return "problem" in read ? [] : (read.lines[0] ?? []);
}
