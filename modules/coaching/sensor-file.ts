/**
 * A sensor's readings as a table: a time and a value in each row, under the headings that the makers use. A sensor
 * writes "Low" and "High" beyond its limits; such rows are kept for review with what they say, never as a number.
 */
import { readTable, type TableColumn } from "@core/documents/table-file.ts";
import { type GlucoseUnit, type MeterWord, toMgdl } from "./glucose.ts";

export interface SensorReading {
  readonly line: number;
  /** Without a zone, as sensors write it: "2015-11-04T14:48:20". */
  readonly at: string;
  readonly mgdl: number;
}
export interface SensorRowForReview {
  readonly line: number;
  readonly text: string;
  readonly sentence: string;
  readonly meterWord: MeterWord | null;
}
export type SensorFile =
  | {
      readonly readable: true;
      readonly rows: number;
      readonly readings: readonly SensorReading[];
      readonly review: readonly SensorRowForReview[];
    }
  | { readonly readable: false; readonly sentences: readonly string[] };

type Key = "at" | "value";
const columns: readonly TableColumn<Key>[] = [
  { key: "at", title: "time", aliases: ["timestamp", "Device Timestamp", "Timestamp (YYYY-MM-DDThh:mm:ss)", "date"] },
  {
    key: "value",
    title: "gl",
    aliases: [
      "glucose",
      "sgv",
      "value",
      "Glucose Value (mg/dL)",
      "Glucose Value (mmol/L)",
      "Historic Glucose mg/dL",
      "Historic Glucose mmol/L",
    ],
  },
];

/** `unit` is what the sensor's owner says it shows: no heading is trusted with that. */
export function readSensorFile(bytes: Uint8Array, unit: GlucoseUnit): SensorFile {
  const read = readTable(bytes, columns);
  if (!read.readable) return { readable: false, sentences: read.problems.map((problem) => problem) };
  const readings: SensorReading[] = [];
  const review: SensorRowForReview[] = [];
  for (const { line, values } of read.table.rows) {
    const at = readMoment(values.at);
    const word = /^(hi|high|lo|low)$/i.exec(values.value.trim())?.[1];
    const value = /^\d{1,4}(?:[.,]\d{1,2})?$/.test(values.value.trim())
      ? Number(values.value.trim().replace(",", "."))
      : null;
    const mgdl = value === null ? null : toMgdl(value, unit);
    if (at !== null && mgdl !== null && mgdl >= 10 && mgdl <= 1000) readings.push({ line, at, mgdl });
    else {
      review.push({
        line,
        text: `${values.at},${values.value}`,
        sentence: sentenceFor(at, word),
        meterWord: word === undefined ? null : /^h/i.test(word) ? "HI" : "LO",
      });
    }
  }
  return { readable: true, rows: read.table.rows.length, readings, review };
}

function sentenceFor(at: string | null, word: string | undefined): string {
  if (at === null) return "The time cannot be read. Write it as 2026-11-02 14:05:00.";
  if (word !== undefined) return "The sensor was beyond its limits, which is no number.";
  return "The value is not one that a sensor shows.";
}

function readMoment(text: string): string | null {
  const written = text.trim().replace(" ", "T");
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?$/.test(written)) return null;
  try {
    return Temporal.PlainDateTime.from(written, { overflow: "reject" }).toString({ smallestUnit: "second" });
  } catch {
    return null;
  }
}
