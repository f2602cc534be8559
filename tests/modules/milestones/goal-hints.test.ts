import { describe, expect, test } from "bun:test";
import { confidenceIn, type GoalQuality, hintsFor } from "../../../modules/milestones/goal-hints.ts";

const missing = (wording: string, measure = "", confidence: number | null = 8) =>
  hintsFor({ wording, measure, confidence })
    .map(({ about }) => about)
    .join(" ");

describe("what a goal lacks", () => {
  const cases: readonly (readonly [string, string, number | null, string])[] = [
    ["Present two septic patients at morning report", "", 8, ""],
    ["Perform paracentesis under supervision", "three times before March", 7, ""],
    ["Improve my handovers", "", 8, "specific measurable"],
    ["Improve my handovers by writing the plan first, every shift", "", 8, ""],
    ["Be better", "twice", 8, "specific"],
    ["Ask for feedback after each clinic", "", null, "attainable"],
    ["Ask for feedback after each clinic", "", 3, "attainable"],
    ["Read about shock", "", 8, "measurable"],
  ];
  for (const [wording, measure, confidence, expected] of cases)
    test(`${wording} / ${measure} / ${confidence}: ${expected || "nothing"}`, () =>
      expect(missing(wording, measure, confidence)).toBe(expected));

  test("every hint is a question or an instruction, never a refusal", () => {
    for (const { sentence } of hintsFor({ wording: "Try", measure: "", confidence: 2 }))
      expect(sentence).toMatch(/[.?]$/);
  });
});

test.each([
  ["walk daily (8/10)", 8],
  ["70% confidence", 7],
  ["reduce by 25%, confidence 7/10", 7],
  ["reduce by 25%", null],
  ["(confident 9/10", 9],
] as const)("confidence in “%s”: %p", (text, expected) => expect(confidenceIn(text)).toBe(expected));

test("agreement with people's labels of 41 real goals is printed, and no worse than it was", async () => {
  const fixtures = process.env.CAIRN_FIXTURES ?? `${import.meta.dir}/../../../../shared/fixtures`;
  const file = Bun.file(`${fixtures}/coaching/goals/split_1_test_classify.jsonl`);
  if (!(await file.exists())) return;
  const goals = (await file.text())
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { goal: string; label: [number, number, number] });
  expect(goals).toHaveLength(41);
  const agreed = { specific: 0, measurable: 0, attainable: 0 };
  for (const { goal, label } of goals) {
    const lacks = new Set(hintsFor({ wording: goal, measure: "", confidence: null }).map(({ about }) => about));
    (["specific", "measurable", "attainable"] as const satisfies readonly GoalQuality[]).forEach((quality, at) => {
      if (!lacks.has(quality) === (label[at] === 1)) agreed[quality] += 1;
      else if (process.env.CAIRN_SHOW_GOALS) console.log(quality, label[at], goal);
    });
  }
  console.log(`goal hints agree with the labels: ${JSON.stringify(agreed)} of ${goals.length}`);
  expect(agreed.specific).toBeGreaterThanOrEqual(36);
  expect(agreed.measurable).toBeGreaterThanOrEqual(36);
  expect(agreed.attainable).toBeGreaterThanOrEqual(41);
});
