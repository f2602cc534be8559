import { describe, expect, test } from "bun:test";
import { type Level, readLevel } from "../../../modules/milestones/level.ts";
import { type Sheet, unanswered, warningsFor } from "../../../modules/milestones/warnings.ts";

const codes = ["PC1", "PC2", "MK1", "SBP1", "ICS1"];
const levels = (text: string): Map<string, Level> =>
  new Map(
    text.split(" ").flatMap((word, at) => {
      const { level } = readLevel(word);
      return level ? [[codes[at] ?? "", level] as const] : [];
    }),
  );
const sheet = (of: Partial<Sheet> & { now: string; past?: string }): Sheet => ({
  codes,
  levels: levels(of.now),
  before: levels(of.past ?? ""),
  isFirstPeriod: of.isFirstPeriod ?? false,
  isLastPeriod: of.isLastPeriod ?? false,
});

const cases: readonly { says: string; given: Parameters<typeof sheet>[0]; expected: readonly string[] }[] = [
  { says: "nothing about an ordinary sheet", given: { now: "2 2.5 2 3 2", past: "1.5 2 2 2.5 2" }, expected: [] },
  { says: "what is missing", given: { now: "2 - 2 3 -" }, expected: ["missing: PC2, ICS1"] },
  { says: "a straight line", given: { now: "3 3 3 3 3" }, expected: ["straight-line: PC1, PC2, MK1, SBP1, ICS1"] },
  { says: "no straight line while something is missing", given: { now: "3 3 3 3 -" }, expected: ["missing: ICS1"] },
  { says: "no straight line of what is not a level", given: { now: "NYA NYA NYA NYA NYA" }, expected: [] },
  { says: "no straight line with one that is not a level", given: { now: "3 3 3 3 NYA" }, expected: [] },
  { says: "a fall of one level", given: { now: "2 2.5 2 3 2", past: "3 3 2 3 2" }, expected: ["regression: PC1"] },
  { says: "nothing about a fall of half a level", given: { now: "2 2.5 2 3 2", past: "2.5 3 2.5 3 2" }, expected: [] },
  { says: "a rise of one and a half", given: { now: "3.5 2 2 3 2", past: "2 2 2 3 2" }, expected: ["jump: PC1"] },
  { says: "nothing about a rise of one", given: { now: "3 2 2 3 2", past: "2 2 2 3 2" }, expected: [] },
  {
    says: "neither rise nor fall from what is not a level",
    given: { now: "4 1 2 3 2", past: "NYA NYC1 2 3 2" },
    expected: [],
  },
  {
    says: "nothing about a fall to what is not a level",
    given: { now: "NYA NYC1 2 3 2", past: "4 4 2 3 2" },
    expected: [],
  },
  {
    says: "level 4 in the first period",
    given: { now: "4 2 2 5 2", isFirstPeriod: true },
    expected: ["high-start: PC1, SBP1"],
  },
  {
    says: "Not Yet Assessable in the last period",
    given: { now: "4 4.5 NYA 4 NYC1", isLastPeriod: true },
    expected: ["not-assessable-at-end: MK1"],
  },
];

describe("a sheet is warned of", () => {
  for (const { says, given, expected } of cases) {
    test(says, () =>
      expect(warningsFor(sheet(given)).map(({ kind, codes: about }) => `${kind}: ${about.join(", ")}`)).toEqual([
        ...expected,
      ]),
    );
  }
  test("and each is answered by itself", () => {
    const warnings = warningsFor(sheet({ now: "2 2 2 2 2", past: "3 2 2 2 2" }));
    const open = (reasons: Parameters<typeof unanswered>[1]) => unanswered(warnings, reasons).map(({ kind }) => kind);
    expect(open({})).toEqual(["straight-line", "regression"]);
    expect(open({ "straight-line": "So it is.", regression: " " })).toEqual(["regression"]);
    expect(open({ "straight-line": "So it is.", regression: "Seen twice.", jump: "No matter." })).toEqual([]);
  });
  test("in sentences", () => {
    for (const { given } of cases)
      for (const { sentence } of warningsFor(sheet(given))) expect(sentence).toMatch(/^.+\.$/);
  });
});
