import { describe, expect, test } from "bun:test";
import { entryLines, missingBy, type Reported, windowInWords } from "../../../modules/milestones/completeness.ts";
import { type Level, notYetAssessable, rated, writeLevel } from "../../../modules/milestones/level.ts";
import type { ReviewState } from "../../../modules/milestones/review.ts";

const subcompetencies = ["PC2", "PC10", "MK1"].map((code) => ({ code, title: `About ${code}` }));
const trainee = (
  name: string,
  pgy: number,
  state: ReviewState,
  levels: readonly (readonly [string, Level])[],
): Reported => ({
  subjectId: name,
  name,
  pgy,
  state,
  levels: new Map(levels),
  subcompetencies,
});
const all = [
  ["PC2", rated(2.5)],
  ["PC10", rated(3)],
  ["MK1", notYetAssessable],
] as const;
const written = (trainees: readonly Reported[]) =>
  entryLines(trainees).map(
    ({ entry, subjectId, code, level }) => `${entry} ${subjectId} ${code} ${level ? writeLevel(level) : "-"}`,
  );

test("by year, then name, then as the framework counts; not assessable is an answer", () => {
  expect(
    written([
      trainee("Zoe", 1, "released", all),
      trainee("Abe", 2, "finalised", all),
      trainee("Ann", 1, "acknowledged", all),
    ]),
  ).toEqual([
    "1 Ann PC2 2.5",
    "2 Ann PC10 3",
    "3 Ann MK1 NYA",
    "4 Zoe PC2 2.5",
    "5 Zoe PC10 3",
    "6 Zoe MK1 NYA",
    "7 Abe PC2 2.5",
    "8 Abe PC10 3",
    "9 Abe MK1 NYA",
  ]);
});

describe("what is not to be entered yet", () => {
  const cases: readonly (readonly [ReviewState, readonly (readonly [string, Level])[], number])[] = [
    ["collecting", [], 3],
    ["rated", all, 3],
    ["finalised", all.slice(0, 2), 1],
    ["released", all, 0],
    ["acknowledged", all, 0],
  ];
  for (const [state, levels, count] of cases)
    test(`${state} with ${levels.length} levels: ${count} missing`, () =>
      expect(missingBy(entryLines([trainee("Ann", 1, state, levels)])).get("Ann") ?? 0).toBe(count));
});

test.each([
  ["2026-10-31", "Reporting opens on 2026-11-01 and closes on 2027-01-10."],
  ["2026-11-01", "Reporting is open until 2027-01-10."],
  ["2027-01-10", "Reporting is open until 2027-01-10."],
  ["2027-01-11", "Reporting closed on 2027-01-10."],
])("on %s: %s", (today, sentence) =>
  expect(windowInWords({ opensOn: "2026-11-01", closesOn: "2027-01-10" }, today)).toBe(sentence),
);
