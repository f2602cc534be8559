import { describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { phraseProblem } from "@core/sms/wording.ts";
import { gateCommand } from "../../../modules/coaching/gate-command.ts";
import { glucoseTier, hasRepeatedLows, noRisks } from "../../../modules/coaching/glucose-tier.ts";
import { promptHash, voiceHash } from "../../../modules/coaching/prompt.ts";
import { redTeam } from "../../../modules/coaching/red-team.ts";
import { judgeVoice, loweredBy, type TriedCase } from "../../../modules/coaching/release-gate.ts";
import {
  defaultRuleSet,
  type RuleSet,
  ruleSetHash,
  whyLessCautious,
  whyNotInForce,
} from "../../../modules/coaching/rule-set.ts";
import { tiers, urgency } from "../../../modules/coaching/tier.ts";
import { raisedBy, triage, triageParts, unknownMember } from "../../../modules/coaching/triage.ts";

const limits = defaultRuleSet.glucose;
const gate = redTeam.map(({ parts, tier }) => ({ name: parts.join(" / "), parts, atLeast: tier }));

describe("glucose tiers at their edges", () => {
  for (const [value, tier] of [
    [53.999, "H2"],
    [54, "H1"],
    [69.999, "H1"],
    [70, "OK"],
    [180, "OK"],
    [180.001, "Y1"],
    [250, "Y1"],
    [250.001, "Y2"],
    [251, "Y2"],
    [299.999, "Y2"],
    [300, "Y3"],
    ["HI", "Y3"],
    ["LO", "H2"],
  ] as const) {
    test(`${value} is ${tier}`, () => expect(glucoseTier(value, limits)).toBe(tier));
  }
  test("from 240 with a risk it is Y2", () => {
    for (const risk of ["ill", "type1", "pump", "pregnant"]) {
      const risks = { ...noRisks, [risk]: true };
      expect([glucoseTier(239.9, limits, risks), glucoseTier(240, limits, risks), glucoseTier(240, limits)]).toEqual([
        "Y1",
        "Y2",
        "Y1",
      ]);
    }
  });
  test("3 mmol/L and 54 mg/dL are told apart unrounded", () => expect(glucoseTier(3.0 * 18.016, limits)).toBe("H1"));
  test("three lows in seven days make a coach look", () => {
    const now = new Date("2026-11-08T12:00:00Z");
    const days = (...ago: number[]) => ago.map((one) => new Date(now.getTime() - one * 86_400_000));
    expect(hasRepeatedLows(days(1, 3, 6.9), now, defaultRuleSet)).toBe(true);
    expect(hasRepeatedLows(days(1, 3, 7.1), now, defaultRuleSet)).toBe(false);
  });
});

const changed = (change: (set: RuleSet) => RuleSet): RuleSet => change(structuredClone(defaultRuleSet));

describe("a rule set may only be more cautious", () => {
  test("the default is as cautious as itself, and its phrases can be read", () => {
    expect(whyLessCautious(defaultRuleSet, defaultRuleSet)).toEqual([]);
    for (const { says, unless = [] } of defaultRuleSet.phrases)
      for (const phrase of [...says, ...unless]) expect([phrase, phraseProblem(phrase)]).toEqual([phrase, null]);
  });

  const lessCautious: readonly (readonly [string, (set: RuleSet) => RuleSet, string])[] = [
    [
      "very low from 50",
      (set) => ({ ...set, glucose: { ...set.glucose, veryLowBelow: 50 } }),
      "very low below: 50 is less cautious than 54",
    ],
    ["low from 65", (set) => ({ ...set, glucose: { ...set.glucose, lowBelow: 65 } }), "low below"],
    ["very high from 350", (set) => ({ ...set, glucose: { ...set.glucose, veryHighFrom: 350 } }), "very high from"],
    ["not a number", (set) => ({ ...set, glucose: { ...set.glucose, veryHighFrom: Number.NaN } }), "very high from"],
    ["infinite", (set) => ({ ...set, glucose: { ...set.glucose, lowBelow: Number.POSITIVE_INFINITY } }), "low below"],
    ["crossing limits", (set) => ({ ...set, glucose: { ...set.glucose, lowBelow: 190 } }), "The limits must rise"],
    [
      "a rule less",
      (set) => ({ ...set, phrases: set.phrases.filter(({ id }) => id !== "crisis.suicide") }),
      "crisis.suicide is missing",
    ],
    [
      "a phrase less",
      (set) => ({
        ...set,
        phrases: set.phrases.map((rule) =>
          rule.id === "emergency.seizure" ? { ...rule, says: rule.says.slice(1) } : rule,
        ),
      }),
      "A phrase cannot be taken out",
    ],
    [
      "an exception more",
      (set) => ({
        ...set,
        phrases: set.phrases.map((rule) =>
          rule.id === "crisis.suicide" ? { ...rule, unless: [...(rule.unless ?? []), "want to die"] } : rule,
        ),
      }),
      "An exception cannot be added",
    ],
    [
      "a lower tier",
      (set) => ({
        ...set,
        phrases: set.phrases.map((rule) => (rule.id === "crisis.self-harm" ? { ...rule, tier: "P" as const } : rule)),
      }),
      "It may only rise",
    ],
    [
      "another stage",
      (set) => ({
        ...set,
        phrases: set.phrases.map((rule) =>
          rule.id === "crisis.self-harm" ? { ...rule, stage: "person" as const } : rule,
        ),
      }),
      "moved to another stage",
    ],
    [
      "a phrase for everything",
      (set) => ({ ...set, phrases: [...set.phrases, { id: "own.all", stage: "person", tier: "P", says: ["…"] }] }),
      "any message",
    ],
    [
      "a phrase with marks",
      (set) => ({
        ...set,
        phrases: [...set.phrases, { id: "own.marks", stage: "person", tier: "P", says: ["Can't.*"] }],
      }),
      "is not a word of a phrase",
    ],
    ["a name twice", (set) => ({ ...set, phrases: [...set.phrases, ...set.phrases.slice(0, 1)] }), "same name"],
    [
      "more time",
      (set) => ({ ...set, handling: { ...set.handling, E1: { ...set.handling.E1, acknowledgeMinutes: 10 } } }),
      "Emergency: minutes to acknowledge: 10",
    ],
    [
      "no time",
      (set) => ({ ...set, handling: { ...set.handling, E1: { ...set.handling.E1, acknowledgeMinutes: null } } }),
      "Emergency: minutes to acknowledge",
    ],
    [
      "nobody",
      (set) => ({ ...set, handling: { ...set.handling, C: { ...set.handling.C, role: null } } }),
      "somebody must be asked",
    ],
    [
      "a coach for an emergency",
      (set) => ({ ...set, handling: { ...set.handling, E1: { ...set.handling.E1, role: "coach" as const } } }),
      "“coach” is asked instead",
    ],
    [
      "the on-call for a crisis",
      (set) => ({ ...set, handling: { ...set.handling, C: { ...set.handling.C, role: "on-call" as const } } }),
      "“on-call” is asked instead of “crisis”",
    ],
    [
      "a bot in a crisis",
      (set) => ({ ...set, handling: { ...set.handling, C: { ...set.handling.C, locksBot: false } } }),
      "the bot must stay silent",
    ],
    [
      "a model for a low",
      (set) => ({ ...set, handling: { ...set.handling, H2: { ...set.handling.H2, template: null } } }),
      "its fixed text",
    ],
    [
      "no recheck",
      (set) => ({ ...set, handling: { ...set.handling, H2: { ...set.handling.H2, recheckMinutes: null } } }),
      "minutes to the next check",
    ],
    ["four lows", (set) => ({ ...set, repeatedLows: { count: 4, days: 7 } }), "the number of lows"],
  ];
  for (const [name, change, sentence] of lessCautious) {
    test(`${name} is found out`, () =>
      expect(whyLessCautious(changed(change), defaultRuleSet).join("\n")).toContain(sentence));
  }

  const moreCautious: readonly (readonly [string, (set: RuleSet) => RuleSet])[] = [
    [
      "wider limits",
      (set) => ({
        ...set,
        glucose: {
          veryLowBelow: 60,
          lowBelow: 80,
          rangeUpTo: 160,
          highAtRiskFrom: 200,
          highAbove: 220,
          veryHighFrom: 260,
        },
      }),
    ],
    [
      "more phrases, and a higher tier",
      (set) => ({
        ...set,
        phrases: [
          ...set.phrases.map((rule) => (rule.tier === "P" ? { ...rule, tier: "Y2" as const } : rule)),
          { id: "own.knee", stage: "symptoms", tier: "Y2", says: ["my knee", "la rodilla"] },
        ],
      }),
    ],
    ["no exceptions", (set) => ({ ...set, phrases: set.phrases.map(({ unless: _, ...rule }) => rule) })],
    [
      "shorter times",
      (set) => ({
        ...set,
        handling: {
          ...set.handling,
          H2: { ...set.handling.H2, acknowledgeMinutes: 5, recheckMinutes: 10, locksBot: true },
        },
      }),
    ],
  ];
  for (const [name, change] of moreCautious) {
    test(`${name} pass, and no message of the set is answered less urgently`, () => {
      const candidate = changed(change);
      expect(whyLessCautious(candidate, defaultRuleSet)).toEqual([]);
      expect(loweredBy(candidate, gate, defaultRuleSet)).toEqual([]);
    });
  }

  test("whatever passes the checker never lowers a tier: chosen at random", () => {
    let seed = 20_261_122;
    const random = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed / 2_147_483_648;
    };
    const words = [
      "i",
      "want",
      "to",
      "die",
      "my",
      "sugar",
      "is",
      "62",
      "45",
      "301",
      "chest",
      "pain",
      "stop",
      "insulin",
      "units",
      "how",
      "many",
      "vomiting",
      "low",
      "not",
      "sick",
      "alone",
      "phone",
      "going",
    ];
    const phrasesOf = (count: number) =>
      Array.from(
        { length: count },
        () => `${words[Math.floor(random() * 5)]} ${words[Math.floor(random() * words.length)]}`,
      );
    let passed = 0;
    for (let round = 0; round < 40; round += 1) {
      const candidate = changed((set) => ({
        ...set,
        glucose: {
          ...set.glucose,
          veryLowBelow: 54 + Math.floor(random() * 12),
          lowBelow: 70 + Math.floor(random() * 30),
          veryHighFrom: 300 - Math.floor(random() * 40),
        },
        phrases: set.phrases.map((rule) => {
          const tier =
            random() < 0.2
              ? (tiers[Math.max(urgency(rule.tier), Math.floor(random() * tiers.length))] ?? rule.tier)
              : rule.tier;
          const unless = (rule.unless ?? []).filter(() => random() < 0.7);
          return { ...rule, tier, says: random() < 0.3 ? [...phrasesOf(1), ...rule.says] : rule.says, unless };
        }),
      }));
      if (whyLessCautious(candidate, defaultRuleSet).length > 0) continue;
      passed += 1;
      const texts = Array.from({ length: 40 }, () =>
        Array.from({ length: 1 + Math.floor(random() * 8) }, () => words[Math.floor(random() * words.length)]).join(
          " ",
        ),
      );
      expect(
        loweredBy(
          candidate,
          texts.map((text) => ({ name: text, parts: [text] })),
          defaultRuleSet,
        ),
      ).toEqual([]);
    }
    expect(passed).toBeGreaterThan(20);
  });

  test("the release gate names what a less cautious set would lower", () => {
    const candidate = changed((set) => ({ ...set, phrases: set.phrases.filter(({ id }) => id !== "crisis.suicide") }));
    const lowered = loweredBy(candidate, gate, null);
    expect(lowered.length).toBeGreaterThan(10);
    expect(lowered).toContainEqual({ name: "I want to die", expected: "C", got: "none" });
    expect(loweredBy(defaultRuleSet, gate, null)).toEqual([]);
  });
});

describe("a prompt with its model at the gate", () => {
  const one = {
    name: "x",
    byRules: "none",
    floor: "none",
    isPast: false,
    own: "none",
    needsPerson: false,
    faults: [],
    answer: "read",
  } as const;
  const cases: readonly (readonly [string, Partial<TriedCase>, boolean])[] = [
    ["a plain answer to a plain message", {}, true],
    [
      "one that the rules have, and the model sees a person is needed",
      { byRules: "C", floor: "C", needsPerson: true },
      true,
    ],
    ["one that the rules have, and the model is deaf to", { byRules: "C", floor: "C" }, false],
    ["a danger that is named a lesser one: the rules before it stand", { byRules: "E1", floor: "E1", own: "P" }, true],
    [
      "a dose question that the model takes for talk: no danger, and the rules have it",
      { byRules: "X", floor: "X" },
      true,
    ],
    ["what the release before raised, missed", { isPast: true, floor: "C" }, false],
    ["what the release before raised, raised less", { isPast: true, floor: "C", own: "P" }, false],
    ["what the release before raised, raised more", { isPast: true, floor: "C", own: "E1" }, true],
    ["a wish for a person, kept as one", { isPast: true, floor: "P", needsPerson: true }, true],
    ["a wish for a person, passed over", { isPast: true, floor: "P" }, false],
    ["what a filter saw", { byRules: "C", floor: "C", own: "C", needsPerson: true, answer: "filtered" }, true],
  ];
  test.each(cases)("%s", (_, over, passes) => {
    const verdict = judgeVoice([{ ...one, ...over }]);
    expect([verdict.passed, verdict.lowered.length === 0]).toEqual([passes, passes]);
  });
  test("of no use when more than one answer in ten cannot be read; nothing asked is nothing passed", () => {
    const bad = { ...one, needsPerson: true, answer: "unreadable" } as const;
    expect(judgeVoice([...Array(9).fill(one), bad]).passed).toBe(true);
    expect(judgeVoice([...Array(8).fill(one), bad, bad]).passed).toBe(false);
    expect(judgeVoice([]).passed).toBe(false);
  });
  test("one changed word, other model, other address: another release", () => {
    const provider = { id: "1", endpoint: "https://a.example", model: "m" };
    const hashes = [
      voiceHash(promptHash(""), provider),
      voiceHash(promptHash("Be kind."), provider),
      voiceHash(promptHash(""), { ...provider, model: "n" }),
      voiceHash(promptHash(""), { ...provider, endpoint: "https://b.example" }),
    ];
    expect(new Set(hashes).size).toBe(4);
  });
});

test("the gate as a command: what Cairn brings passes; a file with a worse set ends with 1 and names what is lost", async () => {
  const said: string[] = [];
  expect(await gateCommand([], (line) => said.push(line))).toBe(0);
  const file = join(tmpdir(), `rules-${crypto.randomUUID()}.json`);
  await Bun.write(
    file,
    JSON.stringify({ ...defaultRuleSet, phrases: defaultRuleSet.phrases.filter(({ id }) => id !== "crisis.suicide") }),
  );
  expect(await gateCommand([file], (line) => said.push(line))).toBe(1);
  expect(said.join("\n")).toContain("“I want to die”: Nothing of note instead of Crisis");
  for (const wrong of [["--tenant", "x"], ["--nonsense"]]) expect(await gateCommand(wrong, () => {})).toBe(2);
  rmSync(file);
});

describe("signing", () => {
  const approval = {
    clinicianId: "c-1",
    name: "Carla Clinician (invented)",
    credentials: "MD",
    at: "2026-11-02T10:00:00Z",
    sha256: ruleSetHash(defaultRuleSet),
  };
  test("a signed default goes live", () => expect(whyNotInForce({ ruleSet: defaultRuleSet, approval })).toEqual([]));
  test("the hash does not depend on the order of keys", () => {
    const { version, ...rest } = structuredClone(defaultRuleSet);
    expect(ruleSetHash({ ...rest, version })).toBe(ruleSetHash(defaultRuleSet));
  });
  test("one changed word needs another signature", () => {
    const ruleSet = changed((set) => ({
      ...set,
      phrases: [...set.phrases, { id: "own.one", stage: "person", tier: "P", says: ["my knee"] }],
    }));
    expect(whyNotInForce({ ruleSet, approval })).toEqual([
      "The rules were changed after they were signed. A clinician has to read and sign this version.",
    ]);
  });
  test("without credentials nobody signs", () =>
    expect(whyNotInForce({ ruleSet: defaultRuleSet, approval: { ...approval, credentials: " " } })[0]).toContain(
      "signature of a clinician",
    ));
});

describe("a model's opinion", () => {
  test("raises and never lowers", () => {
    const text = "I feel off today";
    const plain = triage(text, defaultRuleSet);
    for (const opinion of tiers) {
      const raised = raisedBy(plain, opinion, defaultRuleSet);
      expect(raised.tier).toBe(opinion);
      const crisis = raisedBy(triage("I want to die", defaultRuleSet), opinion, defaultRuleSet);
      expect(urgency(crisis.tier)).toBeGreaterThanOrEqual(urgency("C"));
    }
    expect(raisedBy(plain, "E1", defaultRuleSet).outcome).toMatchObject({ kind: "template", template: "emergency" });
  });
});

describe("several parts", () => {
  test("each part alone counts, whatever the others say", () => {
    for (const { parts, tier } of redTeam.filter((one) => one.parts.length === 1 && one.outcome !== "keyword")) {
      const judged = triageParts(["ok thanks", ...parts, "see you"], defaultRuleSet);
      expect([parts[0], urgency(judged.tier) >= urgency(tier)]).toEqual([parts[0], true]);
    }
  });
  test("a stop in one part is obeyed", () =>
    expect(triageParts(["ok", "STOP"], defaultRuleSet).keyword?.kind).toBe("stop"));
  test("two numbers in two parts make no third", () => {
    const judged = triageParts(["1", "62"], defaultRuleSet);
    expect(judged.findings.every(({ words }) => !words.includes("162"))).toBe(true);
  });
  test("an emergency that is a crisis too calls both", () => {
    const { outcome } = triage("I took too much insulin because I want to die", defaultRuleSet);
    expect(outcome.kind === "template" && outcome.raise.map(({ role }) => role).sort()).toEqual(["crisis", "on-call"]);
  });
  test("a risk of the member's counts", () => {
    expect(triage("242", defaultRuleSet).tier).toBe("Y1");
    expect(triage("242", defaultRuleSet, { ...unknownMember, risks: { ...noRisks, pregnant: true } }).tier).toBe("Y2");
  });
  test("asking for the machine is noticed beside the answer", () => {
    expect(triage("are you a robot?", defaultRuleSet)).toMatchObject({ asksIfMachine: true, tier: "none" });
    expect(triage("¿eres una máquina?", defaultRuleSet).asksIfMachine).toBe(true);
    expect(triage("my robot vacuum broke", defaultRuleSet).asksIfMachine).toBe(false);
  });
});
