/**
 * What a message is about, decided by fixed rules before any model sees it, and without one. The order: opt-out, then
 * emergency and crisis, glucose, symptoms, dose questions, wishes for a person, injection. All stages are always run:
 * "STOP, I want to die" is obeyed as an opt-out and raised as a crisis.
 */

import { findKeyword, type KeywordFound } from "@core/sms/opt-out.ts";
import { findWords, longestRead, readings as readingsOf } from "@core/sms/wording.ts";
import { type Expecting, findGlucose, type GlucoseFound, type GlucoseUnit, type MeterWord } from "./glucose.ts";
import { glucoseTier, noRisks, type Risks } from "./glucose-tier.ts";
import { findMark } from "./injection.ts";
import { mended } from "./misspelt.ts";
import { machineQuestion } from "./person.ts";
import type { Stage } from "./rule.ts";
import type { RuleSet } from "./rule-set.ts";
import { atLeast, higher, highest, type Role, type TemplateId, type Tier } from "./tier.ts";

export interface Finding {
  readonly stage: Stage;
  /** Which rule, so that anyone can look it up. */
  readonly rule: string;
  /** Which words of the member. */
  readonly words: string;
  readonly tier: Tier;
}

export interface MemberContext {
  readonly unit: GlucoseUnit | null;
  readonly expecting: Expecting;
  readonly consentPending: boolean;
  readonly risks: Risks;
}
export const unknownMember: MemberContext = { unit: null, expecting: null, consentPending: false, risks: noRisks };

export interface Triage {
  readonly ruleSet: string;
  readonly tier: Tier;
  /** In the order of the stages. */
  readonly findings: readonly Finding[];
  readonly keyword: KeywordFound | null;
  readonly glucose: GlucoseFound;
  /** "Are you a robot?": answered truthfully by a fixed text, beside anything else. */
  readonly asksIfMachine: boolean;
  readonly outcome: Outcome;
}

/** What happens next. A model comes in only where `model` says so. */
export type Outcome =
  /** One confirmation, then silence; `raise` still goes to people. */
  | { readonly kind: "keyword"; readonly raise: readonly Page[] }
  | {
      readonly kind: "template";
      readonly template: TemplateId;
      readonly raise: readonly Page[];
      readonly askBack: boolean;
    }
  /** The fixed question what was meant; nothing is stored. */
  | { readonly kind: "ask-back" }
  | { readonly kind: "model" };

export interface Page {
  readonly tier: Tier;
  readonly role: Role;
  readonly acknowledgeMinutes: number;
  readonly locksBot: boolean;
}

const stageOrder: readonly Stage[] = [
  "opt-out",
  "emergency",
  "crisis",
  "glucose",
  "symptoms",
  "dose-intent",
  "person",
  "injection",
];

export function triage(text: string, rules: RuleSet, member: MemberContext = unknownMember): Triage {
  const spelt = readingsOf(text);
  const lines = [...spelt, ...mended(spelt, rules)];
  const keyword = findKeyword(text, member.consentPending);
  const glucose = findGlucose(text, { unit: member.unit, expecting: member.expecting });
  const spoken = rules.phrases.flatMap((rule): Finding[] => {
    const words = findWords(lines, rule);
    return words === null ? [] : [{ stage: rule.stage, rule: rule.id, words, tier: rule.tier }];
  });
  const mark = findMark(text);
  const findings = [
    ...keywordFindings(keyword),
    ...spoken,
    ...glucoseFindings(glucose, rules, member.risks),
    ...(mark ? [{ stage: "injection", rule: mark.rule, words: mark.words, tier: "P" } as const] : []),
    ...(text.length > longestRead
      ? [{ stage: "person", rule: "person.too-long", words: `${text.length} characters`, tier: "P" } as const]
      : []),
  ];
  const all = [...findings, ...together(findings, lines)].sort(
    (one, other) => stageOrder.indexOf(one.stage) - stageOrder.indexOf(other.stage),
  );
  return conclude(
    {
      ruleSet: rules.version,
      findings: all,
      keyword,
      glucose,
      asksIfMachine: findWords(lines, machineQuestion) !== null,
    },
    rules,
  );
}

/** A keyword that is also an ordinary word, and a number that changed hands, are obeyed and looked at. */
function keywordFindings(keyword: KeywordFound | null): Finding[] {
  if (!keyword) return [];
  const found = (rule: string, tier: Tier): Finding => ({ stage: "opt-out", rule, words: keyword.words, tier });
  if (keyword.kind === "wrong-number") return [found("opt-out.wrong-number", "P")];
  if (keyword.alsoOrdinary) return [found("opt-out.ordinary-word", "P")];
  return [found(`opt-out.${keyword.kind}`, "none")];
}

function glucoseFindings(glucose: GlucoseFound, { glucose: limits }: RuleSet, risks: Risks): Finding[] {
  const judge = (value: number | MeterWord, words: string, rule: string): Finding => ({
    stage: "glucose",
    rule,
    words,
    tier: glucoseTier(value, limits, risks),
  });
  if (glucose.kind === "none") return [];
  if (glucose.kind === "readings")
    return glucose.readings.map((one) => judge(one.mgdl ?? one.meterWord ?? "LO", one.words, "glucose.reading"));
  if (glucose.kind === "correction")
    return [judge(glucose.reading.mgdl ?? "LO", glucose.reading.words, "glucose.correction")];
  // In doubt the member is told what to do if it is the worse one, and asked; nothing is stored.
  return glucose.possible.map((value) => judge(value, glucose.words, "glucose.possible"));
}

const severe = {
  says: [
    "(confused|disoriented|not making sense|cant think|alone|by myself|cant swallow|cant eat|cant drink|no one here|nobody here|sleepy|drowsy|cant stay awake|passing out|seeing double)",
    "(confundido|confundida|sola|solo|no hay nadie|no puedo tragar|no puedo comer|somnoliento|somnolienta|me duermo)",
  ],
};
const illness = {
  says: [
    "(sick|ill|fever|flu|infection|vomit*|throwing up|stomach bug|diarrhea|covid|enfermo|enferma|fiebre|gripe|infeccion|diarrea)",
  ],
};
const takeIn = {
  says: [
    "(vomit*|throwing up|threw up|fruity|breathing|belly|stomach pain|stomach hurts|abdominal|confused|vomitando|aliento|dolor de estomago|confundid*)",
  ],
};

/** Two things that together are more than each: a very low value of somebody alone or confused, a high one of the ill. */
function together(findings: readonly Finding[], lines: readonly string[]): Finding[] {
  const is = (...tiers: readonly Tier[]) =>
    findings.some(({ stage, tier }) => stage === "glucose" && tiers.includes(tier));
  const found = (rule: string, words: string | null, tier: Tier): Finding[] =>
    words === null ? [] : [{ stage: "glucose", rule, words, tier }];
  return [
    ...(is("H2") ? found("glucose.very-low-and-helpless", findWords(lines, severe), "E1") : []),
    ...(is("Y1", "Y2") ? found("glucose.high-and-ill", findWords(lines, illness), "Y2") : []),
    ...(is("Y2", "Y3") ? found("glucose.high-and-danger-signs", findWords(lines, takeIn), "D") : []),
  ];
}

function conclude(seen: Omit<Triage, "tier" | "outcome">, rules: RuleSet): Triage {
  const tier = highest(seen.findings.map((finding) => finding.tier));
  return { ...seen, tier, outcome: outcomeOf(seen, tier, rules) };
}

function outcomeOf(
  { findings, keyword, glucose }: Omit<Triage, "tier" | "outcome">,
  tier: Tier,
  { handling }: RuleSet,
): Outcome {
  const raise = pagesOf(findings, handling);
  const stops = keyword?.kind === "stop" || keyword?.kind === "wrong-number";
  if (stops || (keyword !== null && !atLeast(tier, "H1"))) return { kind: "keyword", raise };
  const { template } = handling[tier];
  const askBack = glucose.kind === "ask";
  if (template !== null) return { kind: "template", template, raise, askBack };
  return askBack ? { kind: "ask-back" } : { kind: "model" };
}

/** One page for each role, at its most urgent: an emergency that is also a crisis calls both. */
function pagesOf(findings: readonly Finding[], handling: RuleSet["handling"]): Page[] {
  const pages = new Map<Role, Page>();
  for (const { tier } of findings) {
    const { role, acknowledgeMinutes, locksBot } = handling[tier];
    if (role === null || acknowledgeMinutes === null) continue;
    const known = pages.get(role);
    if (!known || atLeast(tier, known.tier)) {
      pages.set(role, { tier, role, acknowledgeMinutes, locksBot: locksBot || (known?.locksBot ?? false) });
    }
  }
  return [...pages.values()];
}

/**
 * Many parts that belong together: each was triaged when it came, and all are triaged again as one text. Nothing found
 * in a part is lost by joining: "I want to" and "kill myself" are a crisis together, and a low in one part stays one.
 */
export function triageParts(parts: readonly string[], rules: RuleSet, member: MemberContext = unknownMember): Triage {
  const whole = triage(parts.join(" "), rules, member);
  if (parts.length < 2) return whole;
  // A word cut in two is sought only among the words of danger: drawn together, numbers would make new numbers.
  const seamless = triage(parts.join(""), rules, member).findings.filter(
    ({ stage }) => stage === "emergency" || stage === "crisis",
  );
  const each = parts.map((part) => triage(part, rules, member));
  const findings = unique([...whole.findings, ...each.flatMap((one) => one.findings), ...seamless]);
  const keyword = [whole, ...each].map((one) => one.keyword).find((one) => one?.kind === "stop") ?? whole.keyword;
  const asksIfMachine = [whole, ...each].some((one) => one.asksIfMachine);
  return conclude({ ruleSet: rules.version, findings, keyword, glucose: whole.glucose, asksIfMachine }, rules);
}

function unique(findings: readonly Finding[]): Finding[] {
  const byRule = new Map(findings.map((one) => [`${one.rule} ${one.words} ${one.tier}`, one]));
  return [...byRule.values()].sort((one, other) => stageOrder.indexOf(one.stage) - stageOrder.indexOf(other.stage));
}

/** A model may have an opinion. It counts only upwards. */
export function raisedBy(decided: Triage, opinion: Tier, rules: RuleSet): Triage {
  if (higher(decided.tier, opinion) === decided.tier) return decided;
  const finding: Finding = { stage: "person", rule: "model.raised", words: "", tier: opinion };
  return conclude({ ...decided, findings: [...decided.findings, finding] }, rules);
}
