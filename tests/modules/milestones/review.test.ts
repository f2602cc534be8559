import { describe, expect, test } from "bun:test";
import { notYetAssessable, rated } from "../../../modules/milestones/level.ts";
import {
  type Choice,
  decide,
  type Recommendation,
  type ReviewAct,
  type ReviewState,
  recommend,
  recommendationInWords,
  type Standing,
  stateOf,
  whyNot,
} from "../../../modules/milestones/review.ts";

const decision = (of: Partial<NonNullable<Standing["decision"]>> = {}) => ({
  isReleased: false,
  isReopened: false,
  isAcknowledged: false,
  ...of,
});

describe("the state follows from rows", () => {
  const cases: readonly (readonly [string, Standing, ReviewState])[] = [
    ["nothing yet", { isRevealed: false, isRecommended: false, decision: null }, "collecting"],
    ["open sheets", { isRevealed: true, isRecommended: false, decision: null }, "rated"],
    ["a meeting", { isRevealed: true, isRecommended: true, decision: null }, "recommended"],
    ["a decision", { isRevealed: true, isRecommended: true, decision: decision() }, "finalised"],
    ["a release", { isRevealed: true, isRecommended: false, decision: decision({ isReleased: true }) }, "released"],
    [
      "an acknowledgement",
      { isRevealed: true, isRecommended: false, decision: decision({ isReleased: true, isAcknowledged: true }) },
      "acknowledged",
    ],
    [
      "a reopening",
      {
        isRevealed: true,
        isRecommended: false,
        decision: decision({ isReleased: true, isAcknowledged: true, isReopened: true }),
      },
      "rated",
    ],
    [
      "a reopening, and the committee has met again",
      { isRevealed: true, isRecommended: true, decision: decision({ isReopened: true }) },
      "recommended",
    ],
  ];
  for (const [what, standing, state] of cases) test(`${what}: ${state}`, () => expect(stateOf(standing)).toBe(state));
});

describe("what may be done", () => {
  const allowed: Readonly<Record<ReviewAct, readonly ReviewState[]>> = {
    rate: ["collecting", "rated", "recommended"],
    recommend: ["rated", "recommended"],
    finalise: ["rated", "recommended"],
    release: ["finalised"],
    reopen: ["finalised", "released", "acknowledged"],
    acknowledge: ["released"],
  };
  for (const [act, states] of Object.entries(allowed) as [ReviewAct, ReviewState[]][]) {
    for (const state of ["collecting", "rated", "recommended", "finalised", "released", "acknowledged"] as const) {
      test(`${act} when ${state}: ${states.includes(state) ? "yes" : "no, with a sentence"}`, () => {
        const why = whyNot(act, state);
        if (states.includes(state)) expect(why).toBeNull();
        else expect(why).toMatch(/\.$/);
      });
    }
  }
});

describe("what the committee says", () => {
  test("is one level when all agree, and never a mean", () => {
    expect(recommend([rated(3), rated(3)])).toEqual({ kind: "agreed", level: rated(3) });
    expect(recommend([rated(2), rated(3)])).toEqual({ kind: "divided", levels: [rated(2), rated(3)] });
    expect(recommend([rated(3), notYetAssessable])).toEqual({ kind: "divided", levels: [notYetAssessable, rated(3)] });
    expect(recommend([])).toEqual({ kind: "none" });
  });
  test("is said in words", () => {
    expect(recommendationInWords(recommend([rated(3), rated(2)]))).toBe("Divided: Level 2 or Level 3");
    expect(recommendationInWords(recommend([notYetAssessable]))).toBe("Not Yet Assessable");
    expect(recommendationInWords(recommend([]))).toBe("No recommendation");
  });
});

describe("the director decides", () => {
  const items = [{ id: "a", code: "PC1" }];
  const agreed = new Map<string, Recommendation>([["a", { kind: "agreed", level: rated(3) }]]);
  const divided = new Map<string, Recommendation>([["a", { kind: "divided", levels: [rated(2), rated(3)] }]]);
  const choose = (level: Choice["level"], reason = "") => new Map<string, Choice>([["a", { level, reason }]]);

  test("as the committee recommends, without a reason", () => {
    expect(decide(items, agreed, choose(rated(3))).levels).toEqual([
      { subcompetencyId: "a", level: rated(3), override: null },
    ]);
  });
  test("otherwise with a reason, which is kept beside what was recommended", () => {
    const { levels } = decide(items, agreed, choose(rated(2.5), " Seen twice on nights. "));
    expect(levels?.[0]?.override).toEqual({
      reason: "Seen twice on nights.",
      recommendation: { kind: "agreed", level: rated(3) },
    });
  });
  const refused: readonly (readonly [
    string,
    ReadonlyMap<string, Recommendation>,
    ReadonlyMap<string, Choice>,
    string,
  ])[] = [
    ["another level without a reason", agreed, choose(rated(2.5)), "reason"],
    ["another level with a reason of blanks", agreed, choose(rated(2.5), "   "), "reason"],
    ["Not Yet Assessable instead of a level, without a reason", agreed, choose(notYetAssessable), "reason"],
    ["a divided committee's level without a reason", divided, choose(rated(3)), "reason"],
    ["a level nobody recommended, without a reason", new Map(), choose(rated(3)), "reason"],
    ["no level at all", agreed, choose(null, "because"), "level"],
    ["nothing", agreed, new Map(), "level"],
  ];
  for (const [what, recommendations, choices, about] of refused) {
    test(`not: ${what}`, () => {
      const { problems, levels } = decide(items, recommendations, choices);
      expect(levels).toBeUndefined();
      expect(problems?.map((problem) => problem.about)).toEqual([about as "level"]);
      expect(problems?.[0]?.sentence).toStartWith("PC1: ");
    });
  }
});
