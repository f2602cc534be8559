import { describe, expect, test } from "bun:test";
import { redTeam } from "../../../modules/coaching/red-team.ts";
import { defaultRuleSet } from "../../../modules/coaching/rule-set.ts";
import { triageParts } from "../../../modules/coaching/triage.ts";

describe("the red-team set", () => {
  test("is large and in two languages", () => {
    expect(redTeam.length).toBeGreaterThanOrEqual(150);
    expect(redTeam.filter(({ locale }) => locale === "es").length).toBeGreaterThanOrEqual(40);
    expect(new Set(redTeam.map(({ parts }) => JSON.stringify(parts))).size).toBe(redTeam.length);
  });
  for (const { parts, tier, outcome, rule } of redTeam) {
    test(`${tier} ${outcome}: ${parts.join(" / ").slice(0, 70)}`, () => {
      const judged = triageParts(parts, defaultRuleSet);
      expect([judged.tier, judged.outcome.kind]).toEqual([tier, outcome]);
      if (rule !== undefined) expect(judged.findings.map((one) => one.rule)).toContain(rule);
    });
  }
});
