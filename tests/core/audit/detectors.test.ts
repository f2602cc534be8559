/** What is worth an alarm, and, as important, what is not. */
import { describe, expect, test } from "bun:test";
import { type Detector, findingsOf, type Habit, isOpened, type Lately } from "@core/audit/detectors.ts";

const quiet: Lately = {
  subjectsFiveMinutes: 0,
  subjectsToday: 0,
  refusedFiveMinutes: 0,
  notFoundFiveMinutes: 0,
  exportsHour: 0,
  exportsToday: 0,
  unassignedHour: 0,
  hour: 10,
  newNetwork: null,
  subjectsFromThere: 0,
};
/** Twenty days at work from eight to four, at most thirty records and one file a day. */
const usual: Habit = { days: 20, mostViews: 30, mostExports: 1, hours: 0b1_1111_1111_0000_0000, networks: 40 };
const unknown: Habit = { days: 2, mostViews: 5, mostExports: 0, hours: 0b1_0000_0000, networks: 4 };

const cases: [says: string, lately: Partial<Lately>, habit: Habit, found: Detector[]][] = [
  ["nothing at all", {}, usual, []],
  ["a busy day", { subjectsFiveMinutes: 60, subjectsToday: 110 }, usual, []],
  ["299 records in five minutes", { subjectsFiveMinutes: 299 }, usual, []],
  ["300 records in five minutes", { subjectsFiveMinutes: 300 }, usual, ["volume"]],
  ["the same by somebody new", { subjectsFiveMinutes: 300 }, unknown, ["volume"]],
  ["four times the most of any day", { subjectsToday: 120 }, usual, []],
  ["more than four times", { subjectsToday: 121 }, usual, ["volume"]],
  ["many for somebody of whom nothing is usual yet", { subjectsToday: 121 }, unknown, []],
  ["forty-nine, where five are usual", { subjectsToday: 49 }, { ...usual, mostViews: 5 }, []],
  ["fifty, where five are usual", { subjectsToday: 50 }, { ...usual, mostViews: 5 }, ["volume"]],
  ["nine people of others", { unassignedHour: 9 }, usual, []],
  ["ten people of others", { unassignedHour: 10 }, usual, ["unassigned"]],
  ["nineteen refusals", { refusedFiveMinutes: 19 }, usual, []],
  ["twenty refusals", { refusedFiveMinutes: 20 }, usual, ["refusals"]],
  ["fourteen addresses that are not there", { notFoundFiveMinutes: 14, refusedFiveMinutes: 14 }, usual, []],
  ["fifteen of them: one alarm, not two", { notFoundFiveMinutes: 25, refusedFiveMinutes: 25 }, usual, ["walking"]],
  [
    "nine files in an hour, where three a day are usual",
    { exportsHour: 9, exportsToday: 9 },
    { ...usual, mostExports: 3 },
    [],
  ],
  ["ten files in an hour", { exportsHour: 10, exportsToday: 10 }, { ...usual, mostExports: 30 }, ["exports"]],
  ["five files, where one is usual", { exportsHour: 1, exportsToday: 5 }, usual, ["exports"]],
  ["four files, where none is usual", { exportsToday: 4 }, { ...usual, mostExports: 0 }, []],
  ["work at three at night", { subjectsFiveMinutes: 20, hour: 3 }, usual, ["hours"]],
  ["a look at three at night", { subjectsFiveMinutes: 19, hour: 3 }, usual, []],
  ["work at three at night by somebody new", { subjectsFiveMinutes: 20, hour: 3 }, unknown, []],
  ["an hour longer than usual", { subjectsFiveMinutes: 20, hour: 17 }, usual, []],
  ["two hours longer than usual", { subjectsFiveMinutes: 20, hour: 18 }, usual, ["hours"]],
  ["midnight beside eleven", { subjectsFiveMinutes: 20, hour: 0 }, { ...usual, hours: 1 << 23 }, []],
  ["four records from a new network", { newNetwork: "203.0.113.0/24", subjectsFromThere: 4 }, usual, []],
  ["five records from a new network", { newNetwork: "203.0.113.0/24", subjectsFromThere: 5 }, usual, ["network"]],
  ["a new network of somebody new", { newNetwork: "203.0.113.0/24", subjectsFromThere: 50 }, unknown, []],
  [
    "a network where none was ever counted",
    { newNetwork: "203.0.113.0/24", subjectsFromThere: 50 },
    { ...usual, networks: 0 },
    [],
  ],
  [
    "everything at once",
    {
      subjectsFiveMinutes: 400,
      unassignedHour: 10,
      exportsHour: 12,
      hour: 3,
      newNetwork: "::/48",
      subjectsFromThere: 400,
    },
    usual,
    ["volume", "unassigned", "exports", "hours", "network"],
  ],
];

describe("an alarm", () => {
  for (const [says, lately, habit, found] of cases) {
    test(`${says}: ${found.length === 0 ? "none" : found.join(" and ")}`, () =>
      expect(findingsOf({ ...quiet, ...lately }, habit).map(({ detector }) => detector)).toEqual(found));
  }
});

test("a watched record is opened by who opens few, or takes it out, and not by who lists them all", () => {
  expect(isOpened(1, null)).toBe(true);
  expect(isOpened(5, null)).toBe(true);
  expect(isOpened(6, null)).toBe(false);
  expect(isOpened(600, "core.exported")).toBe(true);
});
