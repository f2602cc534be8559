import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import {
  bandOf,
  coverage,
  runsBelow,
  statisticsOf,
  strip,
  targetsMet,
} from "../../../modules/coaching/glucose-statistics.ts";
import { readMeterLog } from "../../../modules/coaching/meter-file.ts";
import { readSensorFile } from "../../../modules/coaching/sensor-file.ts";
import { fixture } from "../../support/fixtures.ts";

const uci = fixture("coaching/uci-diabetes/expected.json");
const cgm = fixture("coaching/cgm-hall2018/expected.json");
const bytes = (text: string) => new TextEncoder().encode(text);

interface MeterExpected {
  readonly rows: number;
  readonly glucose: number;
  readonly insulin: number;
  readonly hypo_symptoms?: number;
  readonly meter_HI?: number;
  readonly meter_LO?: number;
  readonly bad_timestamp?: number;
  readonly unknown_code?: number;
  readonly lt54: number;
  readonly "54to69": number;
  readonly "70to180": number;
  readonly "181to250": number;
  readonly gt250: number;
  readonly rows_needing_review: readonly (readonly [number, string])[];
}
interface SensorExpected {
  readonly readings: number;
  readonly mean_mgdl: number;
  readonly sd_mgdl: number;
  readonly cv_pct: number;
  readonly gmi_pct: number;
  readonly min: number;
  readonly max: number;
  readonly counts: Readonly<Record<"tbr54" | "tbr70" | "tir" | "tar180" | "tar250", number>>;
  readonly pct: Readonly<Record<"tbr54" | "tbr70" | "tir" | "tar180" | "tar250", number>>;
  readonly runs_of_3plus_readings_below_70: number;
  readonly runs_of_3plus_readings_below_54: number;
}

describe.skipIf(uci === null)("real meter logs", () => {
  const expected: Readonly<Record<string, MeterExpected>> = uci === null ? {} : JSON.parse(readFileSync(uci, "utf8"));
  for (const [name, figures] of Object.entries(expected)) {
    test(`${name} has the figures of the independent count`, () => {
      const log = readMeterLog(readFileSync(uci?.replace("expected.json", name) ?? "", "utf8"));
      const values = log.entries.flatMap((one) => (one.kind === "glucose" ? [one.mgdl] : []));
      const words = (word: string) => log.review.filter(({ meterWord }) => meterWord === word).length;
      const reasons = (reason: string) => log.review.filter((one) => one.reason === reason).length;
      const counts = statisticsOf(values)?.counts;
      expect({
        rows: log.rows,
        glucose: values.length + words("HI") + words("LO"),
        insulin: log.entries.filter(({ kind }) => kind === "insulin").length,
        hypo: log.entries.filter((one) => one.kind === "event" && one.event === "signs of a low").length,
        hi: words("HI"),
        lo: words("LO"),
        timestamp: reasons("timestamp"),
        code: reasons("unknown-code"),
        bands: [counts?.below54, counts?.below70, counts?.inRange, counts?.above180, counts?.above250],
        review: log.review.map(({ line, text }) => [line, text.trim()]),
      }).toEqual({
        rows: figures.rows,
        glucose: figures.glucose,
        insulin: figures.insulin,
        hypo: figures.hypo_symptoms ?? 0,
        hi: figures.meter_HI ?? 0,
        lo: figures.meter_LO ?? 0,
        timestamp: figures.bad_timestamp ?? 0,
        code: figures.unknown_code ?? 0,
        bands: [figures.lt54, figures["54to69"], figures["70to180"], figures["181to250"], figures.gt250],
        review: figures.rows_needing_review.map(([line, text]) => [line, text]),
      });
      expect(log.entries.length + log.review.length).toBe(log.rows);
    });
  }
});

describe.skipIf(cgm === null)("real sensor files", () => {
  const expected: Readonly<Record<string, SensorExpected>> = cgm === null ? {} : JSON.parse(readFileSync(cgm, "utf8"));
  for (const [name, figures] of Object.entries(expected)) {
    test(`${name} has the figures of the independent count`, () => {
      const file = readSensorFile(readFileSync(cgm?.replace("expected.json", `${name}.csv`) ?? ""), "mg/dL");
      if (!file.readable) throw new Error(file.sentences.join(" "));
      expect(file.review).toEqual([]);
      const values = file.readings.map(({ mgdl }) => mgdl);
      const found = statisticsOf(values);
      if (!found) throw new Error("There are no readings.");
      const rounded = (value: number | null) => Math.round((value ?? Number.NaN) * 1000) / 1000;
      expect({
        readings: found.readings,
        min: found.min,
        max: found.max,
        mean: rounded(found.mean),
        sd: rounded(found.sd),
        cv: rounded(found.cv),
        gmi: rounded(found.gmi),
      }).toEqual({
        readings: figures.readings,
        min: figures.min,
        max: figures.max,
        mean: figures.mean_mgdl,
        sd: figures.sd_mgdl,
        cv: figures.cv_pct,
        gmi: figures.gmi_pct,
      });
      const names = {
        below54: "tbr54",
        below70: "tbr70",
        inRange: "tir",
        above180: "tar180",
        above250: "tar250",
      } as const;
      for (const [ours, theirs] of Object.entries(names) as [
        keyof typeof names,
        (typeof names)[keyof typeof names],
      ][]) {
        expect([theirs, found.counts[ours], rounded(found.shares[ours])]).toEqual([
          theirs,
          figures.counts[theirs],
          figures.pct[theirs],
        ]);
      }
      expect([runsBelow(values, 70), runsBelow(values, 54)]).toEqual([
        figures.runs_of_3plus_readings_below_70,
        figures.runs_of_3plus_readings_below_54,
      ]);
    });
  }
});

describe("a meter log", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["10-31-1989\t12:00\t60\t0Hi", "meter-word"],
    ["11-08-1989\t18:00\t62\t0Lo", "meter-word"],
    ["10-12-1989\t7:00\t0", "unknown-code"],
    ["138\t33\t3A", "timestamp"],
    ["02-30-1990\t7:00\t58\t100", "timestamp"],
    ["02-03-1990\t25:00\t58\t100", "timestamp"],
    ["02-03-1990\t7:00\t58", "columns"],
    ["02-03-1990\t7:00\t58\t100\t7", "columns"],
    ["02-03-1990\t7:00\t58\t0''", "value"],
    ["02-03-1990\t7:00\t58\t0", "value"],
    ["02-03-1990\t7:00\t58\t-5", "value"],
    ["02-03-1990\t7:00\t33\tmany", "value"],
    ["02-03-1990\t7:00\t99\t100", "unknown-code"],
    ["02-03-1990\t7:00\tconstructor\t100", "unknown-code"],
  ];
  for (const [row, reason] of rows) {
    test(`keeps “${row.replaceAll("\t", " ")}” for review: ${reason}`, () => {
      const log = readMeterLog(`${row}\n\n02-03-1990\t7:00\t58\t100\n`);
      expect(log.review).toMatchObject([{ line: 1, text: row, reason }]);
      expect(log.entries).toEqual([
        { kind: "glucose", line: 3, at: "1990-02-03T07:00", mgdl: 100, meal: "before-breakfast" },
      ]);
      expect(log.rows).toBe(2);
    });
  }
});

describe("a sensor file", () => {
  test("keeps what is no number, and converts by the unit that was chosen", () => {
    const file = readSensorFile(
      bytes(
        "Timestamp,Glucose\n2026-11-02 07:00,5.5\n2026-11-02 07:05,Low\n2026-11-02 07:10,HIGH\nyesterday,5.0\n2026-11-02 07:15,\n",
      ),
      "mmol/L",
    );
    expect(file).toMatchObject({ readable: true, rows: 5, readings: [{ line: 2, at: "2026-11-02T07:00:00" }] });
    expect(file.readable && Math.round(file.readings[0]?.mgdl ?? 0)).toBe(99);
    expect(file.readable && file.review.map(({ line, meterWord }) => [line, meterWord])).toEqual([
      [3, "LO"],
      [4, "HI"],
      [5, null],
      [6, null],
    ]);
  });
  test("that is none says so", () => expect(readSensorFile(bytes("a,b\n1,2\n"), "mg/dL").readable).toBe(false));
});

describe("statistics", () => {
  test("bands are cut unrounded", () => {
    expect([53.99, 54, 69.99, 70, 180, 180.01, 250, 250.01].map(bandOf)).toEqual([
      "below54",
      "below70",
      "below70",
      "inRange",
      "inRange",
      "above180",
      "above180",
      "above250",
    ]);
  });
  test("one reading has no spread, none has nothing", () => {
    expect(statisticsOf([100])).toMatchObject({ readings: 1, mean: 100, sd: null, cv: null });
    expect(statisticsOf([])).toBeNull();
  });
  test("runs are counted once each, and broken by one reading at the limit", () => {
    expect(runsBelow([60, 60, 60, 60, 80, 60, 60, 70, 60, 60, 60], 70)).toBe(2);
    expect(runsBelow([60, 60, 70, 60, 60], 70)).toBe(0);
  });
  test("the strip shows days without readings as gaps", () => {
    const days = strip(
      [
        { at: "2026-11-01T07:30", mgdl: 100 },
        { at: "2026-11-01T23:59", mgdl: 200 },
        { at: "2026-10-01T07:00", mgdl: 50 },
      ],
      "2026-11-02",
    );
    expect(days).toHaveLength(14);
    expect([days[0]?.day, days[13]?.day]).toEqual(["2026-10-20", "2026-11-02"]);
    expect(days[12]?.statistics).toMatchObject({ readings: 2, mean: 150 });
    expect(days.filter(({ statistics }) => statistics !== null)).toHaveLength(1);
  });
  test("targets and coverage", () => {
    const found = statisticsOf([50, ...Array.from({ length: 99 }, () => 120)]);
    expect(
      found &&
        targetsMet(found)
          .filter(({ met }) => !met)
          .map(({ target }) => target),
    ).toEqual(["below-54"]);
    expect(coverage(14 * 288, 14)).toBe(100);
  });
});
