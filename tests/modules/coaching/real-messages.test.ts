/** The rules against messages and dialogues that nobody here wrote. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { findKeyword } from "@core/sms/opt-out.ts";
import { parse } from "csv-parse/sync";
import { findGlucose } from "../../../modules/coaching/glucose.ts";
import { defaultRuleSet } from "../../../modules/coaching/rule-set.ts";
import { triage, unknownMember } from "../../../modules/coaching/triage.ts";
import { fixture } from "../../support/fixtures.ts";

const smsFile = fixture("coaching/sms/sms-collection-even-lines.tsv");
const dialogueFile = fixture("coaching/dialogues/simulated_dialogs.csv");

describe.skipIf(smsFile === null)("real text messages", () => {
  const rows = smsFile === null ? [] : readFileSync(smsFile, "utf8").split("\n");
  const of = (label: string) =>
    rows.filter((row) => row.startsWith(`${label}\t`)).map((row) => row.slice(label.length + 1));
  const ham = of("ham");
  test("are all there", () => expect(ham.length).toBeGreaterThan(2_400));

  test("none of the ham opts out, in or asks for help", () => {
    expect(ham.filter((text) => findKeyword(text) !== null)).toEqual([]);
  });

  test("none of them holds a reading, whatever was asked before and whatever the unit", () => {
    const invented = [...ham, ...of("spam")].filter((text) =>
      ([null, "reading", "another-number"] as const).some((expecting) =>
        ([null, "mg/dL", "mmol/L"] as const).some((unit) => findGlucose(text, { unit, expecting }).kind !== "none"),
      ),
    );
    expect(invented).toEqual([]);
  });

  test("crisis is hardly ever heard in the ham, emergency seldom", () => {
    const judged = ham.map((text) => triage(text, defaultRuleSet));
    const share = (tier: string) => judged.filter((one) => one.tier === tier).length;
    const counts = Object.fromEntries(["C", "E1", "D", "H1", "Y2", "X", "P"].map((tier) => [tier, share(tier)]));
    console.log(`Of ${ham.length} ordinary messages the rules answered: ${JSON.stringify(counts)}`);
    expect(share("C")).toBeLessThanOrEqual(3);
    expect(share("E1")).toBeLessThanOrEqual(5);
    expect(judged.filter((one) => one.outcome.kind === "model").length / ham.length).toBeGreaterThan(0.98);
  });

  test("triage of one takes well under a millisecond on the whole", () => {
    const started = performance.now();
    for (const text of ham) triage(text, defaultRuleSet);
    const each = (performance.now() - started) / ham.length;
    console.log(`Triage: ${each.toFixed(3)} ms a message`);
    expect(each).toBeLessThan(10);
  });
});

describe.skipIf(dialogueFile === null)("simulated coaching dialogues", () => {
  const rows: string[][] = dialogueFile === null ? [] : parse(readFileSync(dialogueFile, "utf8"));
  const utterances = rows.slice(1).map((row) => row[4] ?? "");
  test("are all there", () => expect(utterances.length).toBe(773));
  test("triage is silent on every utterance", () => {
    const heard = utterances
      .map((text) => ({ text, judged: triage(text, defaultRuleSet) }))
      .filter(({ judged }) => judged.tier !== "none" || judged.keyword !== null || judged.glucose.kind !== "none");
    expect(heard.map(({ text, judged }) => [text, judged.findings])).toEqual([]);
  });
});

test("no message makes the rules slow", () => {
  const long = [
    "a ".repeat(2_500),
    "stop ".repeat(1_000),
    "I want to ".repeat(500),
    "1 ".repeat(2_500),
    "62, ".repeat(1_250),
    "/".repeat(5_000),
    "((((".repeat(1_250),
    "my sugar is ".repeat(400),
    "á".repeat(5_000),
    "x".repeat(200_000),
    "+1 (2) 3-4 ".repeat(450),
    "how many how much can i ".repeat(200),
    "\u200b".repeat(5_000),
  ];
  for (const text of long) {
    const started = performance.now();
    triage(text, defaultRuleSet, unknownMember);
    expect(performance.now() - started).toBeLessThan(400);
  }
});
