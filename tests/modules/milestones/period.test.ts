import { describe, expect, test } from "bun:test";
import {
  academicYearOf,
  choosePeriod,
  isWithin,
  periodShort,
  periodsOfYear,
  periodTitle,
  readDay,
} from "../../../modules/milestones/period.ts";

const windows = { yearBegins: "07-01", midOpens: "11-01", midCloses: "01-10", endOpens: "04-22", endCloses: "06-28" };

describe("the periods of a year", () => {
  const [mid, end] = periodsOfYear(2026, windows);
  test("look at July to December and January to June", () => {
    expect([mid.startsOn, mid.endsOn, end.startsOn, end.endsOn]).toEqual([
      "2026-07-01",
      "2026-12-31",
      "2027-01-01",
      "2027-06-30",
    ]);
  });
  test("are reported in their windows, the first of which ends in the new year", () => {
    expect([mid.opensOn, mid.closesOn, end.opensOn, end.closesOn]).toEqual([
      "2026-11-01",
      "2027-01-10",
      "2027-04-22",
      "2027-06-28",
    ]);
  });
  test("are called by their academic year", () => {
    expect([periodTitle(mid), periodTitle(end)]).toEqual(["Mid-year 2026–27", "End of year 2026–27"]);
    expect([periodShort(mid), periodShort(end)]).toEqual(["Mid 26", "End 27"]);
    expect(periodTitle({ academicYear: 2099, half: "mid" })).toBe("Mid-year 2099–00");
  });
  test("contain their first and last day", () => {
    expect([isWithin("2026-07-01", mid), isWithin("2026-12-31", mid), isWithin("2027-01-01", mid)]).toEqual([
      true,
      true,
      false,
    ]);
  });
});

test("a day before July belongs to the year that began before it", () => {
  expect(academicYearOf("2027-06-30", windows)).toBe(2026);
  expect(academicYearOf("2027-07-01", windows)).toBe(2027);
});

test("without a wish, the newest period that has begun is chosen", () => {
  const periods = [2025, 2026]
    .flatMap((year) => periodsOfYear(year, windows))
    .map((period, at) => ({ ...period, id: `p${at}` }));
  expect(choosePeriod(periods, undefined, "2026-11-22")?.id).toBe("p2");
  expect(choosePeriod(periods, "p0", "2026-11-22")?.id).toBe("p0");
  expect(choosePeriod(periods, undefined, "2020-01-01")?.id).toBe("p0");
  expect(choosePeriod([], undefined, "2026-11-22")).toBeNull();
});

describe("reading a day", () => {
  for (const day of ["2026-02-28", "2028-02-29"]) test(`takes ${day}`, () => expect(readDay(day)).toBe(day));
  for (const day of ["2026-02-30", "2027-02-29", "01/07/2026", "2026-7-1", "", "tomorrow"]) {
    test(`refuses “${day}”`, () => expect(readDay(day)).toBeNull());
  }
});
