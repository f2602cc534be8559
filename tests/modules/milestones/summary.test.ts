import { describe, expect, test } from "bun:test";
import { confidenceOf, flagsIn, precisionOf } from "../../../modules/milestones/flag.ts";
import { rated } from "../../../modules/milestones/level.ts";
import { byRules, keepCited, type Seen } from "../../../modules/milestones/summary.ts";

const statement = (text: string, ...evidence: string[]) =>
  ({ text, competency: "PC", polarity: "neutral", evidence }) as const;

describe("a sentence that cites nothing that exists is dropped and counted", () => {
  const known = new Set(["e1", "e2"]);
  const cases = [
    ["one that exists", statement("x", "e1"), true],
    ["both that exist", statement("x", "e1", "e2"), true],
    ["none", statement("x"), false],
    ["one of another trainee", statement("x", "e9"), false],
    ["one that exists and one that does not", statement("x", "e1", "e9"), false],
    ["no words", statement("  ", "e1"), false],
  ] as const;
  for (const [what, one, kept] of cases)
    test(what, () => {
      const { content, dropped } = keepCited({ statements: [one], unknowns: [] }, known);
      expect([content.statements.length, dropped]).toEqual(kept ? [1, 0] : [0, 1]);
    });
});

const seen = (code: string, before: number | null, ...levels: number[]): Seen => ({
  code,
  title: "T",
  before: before === null ? null : rated(before),
  observed: levels.map((level, at) => ({ evaluation: `e${at}`, level: rated(level) })),
});

test("without a model every sentence follows a rule and cites what it counts", () => {
  const { statements, unknowns } = byRules(
    [seen("PC1", 3, 2, 2, 3), seen("PC2", null)],
    [{ evaluation: "e1", rotation: "Ward", text: "Calm at night. More to say." }],
  );
  expect(statements.map(({ text }) => text)).toEqual([
    "PC1 T: observed 3 times, Level 2 to Level 3; Level 3 in the period before.",
    "On Ward: “Calm at night.”",
  ]);
  expect(statements.every(({ evidence }) => evidence.length > 0)).toBe(true);
  expect(unknowns).toEqual(["Nobody observed PC2."]);
});

describe("flags", () => {
  const rules = (of: readonly Seen[]) => flagsIn(of).map(({ rule }) => rule);
  test("falling: two subcompetencies by a level", () => {
    expect(rules([seen("PC1", 3, 2), seen("PC2", 3, 2)])).toEqual(["falling"]);
    expect(rules([seen("PC1", 3, 2), seen("PC2", 3, 2.5)])).toEqual([]);
    expect(rules([seen("PC1", null, 2), seen("PC2", null, 2)])).toEqual([]);
  });
  test("divided: two levels apart", () => {
    expect(rules([seen("PC1", null, 2, 4)])).toEqual(["divided"]);
    expect(rules([seen("PC1", null, 2, 3.5)])).toEqual([]);
  });
  test("conduct: two evaluators, and what speaks against it is cited too", () => {
    expect(flagsIn([seen("PROF1", null, 1, 1.5, 3)])).toMatchObject([
      { rule: "divided" },
      { rule: "conduct", speaksFor: ["e0", "e1"], speaksAgainst: ["e2"] },
    ]);
    expect(rules([seen("PROF1", null, 1, 2.5)])).toEqual([]);
  });
  test("are confident from three evaluators and five comments on", () => {
    expect([confidenceOf(3, 5), confidenceOf(2, 9), confidenceOf(9, 4)]).toEqual([
      "confident",
      "insufficient",
      "insufficient",
    ]);
  });
  test("a rule's precision is known once one was disposed of", () => {
    const of = { rule: "divided", insufficient: 1, open: 2 } as const;
    expect(precisionOf({ ...of, confirmed: 0, notConfirmed: 0 })).toBeNull();
    expect(precisionOf({ ...of, confirmed: 1, notConfirmed: 3 })).toBe(0.25);
  });
});
