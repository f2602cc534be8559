import { describe, expect, test } from "bun:test";
import { mended } from "../../../modules/coaching/misspelt.ts";
import { redTeam } from "../../../modules/coaching/red-team.ts";
import { defaultRuleSet } from "../../../modules/coaching/rule-set.ts";
import { atLeast } from "../../../modules/coaching/tier.ts";
import { triage, triageParts } from "../../../modules/coaching/triage.ts";
import { setC } from "./set-c.ts";
import { setD } from "./set-d.ts";

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

describe("sets C and D, written before their writers had read the rules, and mended by since", () => {
  const judged = (text: string) => triage(text, defaultRuleSet);
  const leaves = (text: string) => ["stop", "wrong-number"].includes(judged(text).keyword?.kind ?? "");
  test.each([
    ["C", setC],
    ["D", setD],
  ])("no crisis, emergency, question of dose or wish to leave of set %s is missed", (_, set) => {
    const missed = (list: readonly string[], is: (text: string) => boolean) => list.filter((text) => !is(text));
    const isUrgent = (text: string) => ["C", "E1", "D", "H2"].includes(judged(text).tier);
    expect(missed(set.crisis, isUrgent)).toEqual([]);
    expect(missed(set.emergency, isUrgent)).toEqual([]);
    expect(missed(set.dose, (text) => atLeast(judged(text).tier, "X"))).toEqual([]);
    expect(missed(set["opt-out"], leaves)).toEqual([]);
  });
  test("an innocent message alarms only where a word of danger is denied or told of another time, which is never excused", () => {
    expect(
      [...setC.innocent, ...setD.innocent].filter((text) => leaves(text) || atLeast(judged(text).tier, "H1")),
    ).toEqual([
      "my grandpa had a heart attack at 60, should i worry about my diet",
      "no chest pain, no dizziness, feeling great",
      "no tengo dolor de pecho gracias a dios",
    ]);
  });
});

describe("slips of the thumb", () => {
  test.each([
    ["she is unconsious", "she is unconscious"],
    ["mi papa no puede repsirar", "mi papa no puede respirar"],
    ["me quiero morrir", "me quiero morir"],
    ["kitarme la vida", "quitarme la vida"],
    ["estoy bomitando", "estoy vomitando"],
    ["chest tightnes", "chest tightness"],
  ])("“%s” is also read as “%s”", (text, read) => {
    expect(mended([text], defaultRuleSet)).toEqual([read]);
  });
  test.each([
    "im kidding myself",
    "baking bread with my sisters",
    "he was kissing me",
    "i checked it",
    "voy a caminar",
  ])("“%s” stays what it is", (text) => {
    expect(mended([text], defaultRuleSet)).toEqual([]);
  });
});
