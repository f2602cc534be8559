import { describe, expect, test } from "bun:test";
import {
  compareMoments,
  type Moment,
  type MomentKind,
  readMoment,
  type Span,
  spanBetween,
  surelyAtMost,
} from "../../../modules/studies/expression/moment.ts";

const m = (text: string, kind: MomentKind = "date") => readMoment(text, kind) as Moment;

describe("dates with unknown parts", () => {
  for (const [typed, canonical] of [
    ["2026-03-15", "2026-03-15"],
    ["2026-03", "2026-03"],
    ["2026", "2026"],
    ["15-MAR-2026", "2026-03-15"],
    ["5-mar-2026", "2026-03-05"],
    ["UN-MAR-2026", "2026-03"],
    ["UN-UNK-2026", "2026"],
    ["NK-03-2026", "2026-03"],
    ["15-UNK-2026", "2026---15"],
    ["2026---15", "2026---15"],
    ["2026-03--", "2026-03"],
    ["2024-02-29", "2024-02-29"],
  ] as const) {
    test(`${typed} is read as ${canonical}`, () => {
      expect(m(typed).text).toBe(canonical);
      expect(m(canonical).text).toBe(canonical);
    });
  }
  for (const bad of [
    "2026-02-30",
    "2025-02-29",
    "2026-13",
    "03/04/2026",
    "04-03-2026",
    "UN-XXX-2026",
    "tomorrow",
    "",
    "20260315",
    "0026",
  ]) {
    test(`“${bad}” is refused`, () => expect(readMoment(bad, "date")).toBeNull());
  }
  test("are refused where parts must be known", () => {
    expect(readMoment("UN-UNK-2026", "date", false)).toBeNull();
    expect(readMoment("2026-03-15", "date", false)).not.toBeNull();
  });
  test("times and datetimes", () => {
    expect(m("8:05", "time").text).toBe("08:05");
    expect(m("08:UN", "time").latest - m("08:UN", "time").earliest).toBe(3_599_999);
    expect(readMoment("24:00", "time")).toBeNull();
    expect(m("2026-03-15 10:30", "datetime").text).toBe("2026-03-15T10:30");
    expect(m("2026-03-15T10:30+02:00", "datetime").earliest).toBe(Date.UTC(2026, 2, 15, 8, 30));
    expect(readMoment("2026-03T10:30", "datetime")).toBeNull();
  });
});

describe("what is certain", () => {
  for (const [a, b, order] of [
    ["2026", "2027-03", -1],
    ["2026", "2026-05", null],
    ["2026-03-15", "2026-03-15", 0],
    ["2026", "2026", null],
    ["2026-03", "2026-02-28", 1],
  ] as const) {
    test(`${a} against ${b}`, () => expect(compareMoments(m(a), m(b))).toBe(order));
  }
  test("a year is at most its last day, even though it may equal it", () => {
    expect(surelyAtMost(m("2026"), m("2026-12-31"))).toBe(true);
    expect(surelyAtMost(m("2026"), m("2026-12-30"))).toBeNull();
    expect(surelyAtMost(m("2026"), m("2025-12-31"))).toBe(false);
  });
  for (const [from, until, unit, expected] of [
    ["2000-02-29", "2018-02-28", "years", 17],
    ["2000-02-29", "2018-03-01", "years", 18],
    ["1980", "2026-12-31", "years", 46],
    ["1980", "2026-06-30", "years", null],
    ["1980-03", "2026-06-30", "years", 46],
    ["2026-01-31", "2026-02-28", "months", 0],
    ["2026-01-31", "2026-03-31", "months", 2],
    ["2026-03-15", "2026-03-01", "days", -14],
    ["2026-03-01", "2026-03-15", "weeks", 2],
  ] as const satisfies readonly (readonly [string, string, Span, number | null])[]) {
    test(`${unit} from ${from} until ${until}`, () => expect(spanBetween(m(from), m(until), unit)).toBe(expected));
  }
});
