/**
 * The rules of triage as one piece of data: thresholds, phrases, times. A clinician of the tenant signs a version by its
 * hash; without a signature nothing goes live. A tenant may write its own version, but only a more cautious one, and
 * `whyLessCautious` is the judge of that.
 */

import { phraseProblem } from "@core/sms/wording.ts";
import { sha256 } from "@core/vault/primitives.ts";
import { crisisRules } from "./crisis.ts";
import { doseIntentRules } from "./dose-intent.ts";
import { emergencyRules } from "./emergency.ts";
import { injectionRules } from "./injection.ts";
import { personRules } from "./person.ts";
import type { PhraseRule } from "./rule.ts";
import { symptomRules } from "./symptoms.ts";
import { defaultHandling, type Handling, type Tier, tierInWords, tiers, urgency } from "./tier.ts";

/**
 * All in mg/dL, compared unrounded. ADA: Standards of Care in Diabetes 2024, section 6 (Diabetes Care 47, suppl. 1, S111),
 * table 6.4 for the levels of low glucose and figure 6.1 for the bands of sensors. Ketones: CDC, “Diabetic ketoacidosis”.
 */
export interface GlucoseLimits {
  /** Below: H2. ADA level 2: below 54 (3.0 mmol/L), to be acted on at once. */
  readonly veryLowBelow: number;
  /** Below: H1. ADA level 1: 54 to 69 (below 3.9 mmol/L). Level 3 is a state, not a number: the rules of words find it. */
  readonly lowBelow: number;
  /** Above: Y1. ADA: in range is 70 to 180. */
  readonly rangeUpTo: number;
  /** Above: Y2. Our proposal. */
  readonly highAbove: number;
  /** From here Y2 with illness, type 1, a pump or pregnancy (ketone checks: ADA, CDC). */
  readonly highAtRiskFrom: number;
  /** From here: Y3. Our proposal. */
  readonly veryHighFrom: number;
}

export interface RuleSet {
  /** "2026.1"; a tenant's own: "2026.1+heights.3". */
  readonly version: string;
  readonly glucose: GlucoseLimits;
  /** So many lows within so many days make a coach look. */
  readonly repeatedLows: { readonly count: number; readonly days: number };
  readonly phrases: readonly PhraseRule[];
  readonly handling: Readonly<Record<Tier, Handling>>;
}

export const defaultRuleSet: RuleSet = {
  version: "2026.3",
  glucose: { veryLowBelow: 54, lowBelow: 70, rangeUpTo: 180, highAbove: 250, highAtRiskFrom: 240, veryHighFrom: 300 },
  repeatedLows: { count: 3, days: 7 },
  phrases: [...emergencyRules, ...crisisRules, ...symptomRules, ...doseIntentRules, ...injectionRules, ...personRules],
  handling: defaultHandling,
};

export interface Approval {
  readonly clinicianId: string;
  readonly name: string;
  /** "MD", "RN, CDCES": as it stands in the directory at the time of signing. */
  readonly credentials: string;
  readonly at: string;
  /** What was signed. */
  readonly sha256: string;
}
export interface SignedRuleSet {
  readonly ruleSet: RuleSet;
  readonly approval: Approval;
}

/** The hash a clinician signs: over every word and number of the set, whatever the order of its keys. */
export function ruleSetHash(ruleSet: RuleSet): string {
  return sha256(canonical(ruleSet)).toString("hex");
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const pairs = Object.entries(value).filter(([, one]) => one !== undefined);
  return `{${pairs
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`)
    .join(",")}}`;
}

/** Why this set may not go live; empty when it may. */
export function whyNotInForce({ ruleSet, approval }: SignedRuleSet): string[] {
  const signed = approval.sha256 === ruleSetHash(ruleSet);
  return [
    ...(signed
      ? []
      : ["The rules were changed after they were signed. A clinician has to read and sign this version."]),
    ...(approval.clinicianId === "" || approval.credentials.trim() === ""
      ? ["The rules need the signature of a clinician with their credentials."]
      : []),
    ...whyLessCautious(ruleSet, defaultRuleSet),
  ];
}

/**
 * Every way in which `candidate` could answer a message less urgently, later or not at all where `base` would. Empty:
 * it is at least as cautious, for every message. It compares structure, not examples: each phrase judges by itself, a
 * tier only rises with more phrases and fewer exceptions, and limits only move outwards.
 */
export function whyLessCautious(candidate: RuleSet, base: RuleSet): string[] {
  return [
    ...limitProblems(candidate.glucose, base.glucose),
    ...phraseProblems(candidate.phrases, base.phrases),
    ...tiers.flatMap((tier) => handlingProblems(tier, candidate.handling[tier], base.handling[tier])),
    ...notAbove("the number of lows before a coach looks", candidate.repeatedLows.count, base.repeatedLows.count),
    ...notBelow("the days in which lows are counted", candidate.repeatedLows.days, base.repeatedLows.days),
  ];
}

const notAbove = (what: string, value: number, most: number) =>
  Number.isFinite(value) && value <= most
    ? []
    : [`${what}: ${value} is less cautious than ${most}. Choose ${most} or less.`];
const notBelow = (what: string, value: number, least: number) =>
  Number.isFinite(value) && value >= least
    ? []
    : [`${what}: ${value} is less cautious than ${least}. Choose ${least} or more.`];

function limitProblems(one: GlucoseLimits, base: GlucoseLimits): string[] {
  const ascending =
    one.veryLowBelow <= one.lowBelow &&
    one.lowBelow <= one.rangeUpTo &&
    one.rangeUpTo <= one.highAtRiskFrom &&
    one.highAtRiskFrom <= one.highAbove &&
    one.highAbove <= one.veryHighFrom;
  return [
    ...notBelow("very low below", one.veryLowBelow, base.veryLowBelow),
    ...notBelow("low below", one.lowBelow, base.lowBelow),
    ...notAbove("in range up to", one.rangeUpTo, base.rangeUpTo),
    ...notAbove("high above", one.highAbove, base.highAbove),
    ...notAbove("high with a risk from", one.highAtRiskFrom, base.highAtRiskFrom),
    ...notAbove("very high from", one.veryHighFrom, base.veryHighFrom),
    ...(ascending ? [] : ["The limits must rise: very low, low, in range, high with a risk, high, very high."]),
  ];
}

function phraseProblems(candidate: readonly PhraseRule[], base: readonly PhraseRule[]): string[] {
  const byId = new Map(candidate.map((rule) => [rule.id, rule]));
  const doubled = candidate.length === byId.size ? [] : ["Two rules have the same name. Give each its own."];
  const unreadable = candidate.flatMap((rule) =>
    [...rule.says, ...(rule.unless ?? [])].flatMap((phrase) => phraseProblem(phrase) ?? []),
  );
  const weaker = base.flatMap((rule) => {
    const own = byId.get(rule.id);
    if (!own) return [`${rule.id} is missing. A rule cannot be taken out.`];
    const lost = rule.says.filter((phrase) => !own.says.includes(phrase));
    const excused = (own.unless ?? []).filter((phrase) => !(rule.unless ?? []).includes(phrase));
    return [
      ...(urgency(own.tier) < urgency(rule.tier)
        ? [`${rule.id} is lowered from “${tierInWords[rule.tier]}” to “${tierInWords[own.tier]}”. It may only rise.`]
        : []),
      ...(own.stage === rule.stage
        ? []
        : [`${rule.id} was moved to another stage. Leave it where it is and add a rule.`]),
      ...lost.map((phrase) => `${rule.id} no longer knows “${phrase}”. A phrase cannot be taken out.`),
      ...excused.map((phrase) => `${rule.id} excuses “${phrase}”. An exception cannot be added.`),
    ];
  });
  return [...doubled, ...unreadable, ...weaker];
}

function handlingProblems(tier: Tier, one: Handling, base: Handling): string[] {
  const name = tierInWords[tier];
  return [
    ...(base.template !== null && one.template !== base.template
      ? [`${name}: its fixed text cannot be taken away or exchanged.`]
      : []),
    ...(base.role !== null && one.role === null ? [`${name}: somebody must be asked.`] : []),
    ...(base.role !== null && one.role !== null && one.role !== base.role && roleRank(one.role) <= roleRank(base.role)
      ? [`${name}: “${one.role}” is asked instead of “${base.role}”.`]
      : []),
    ...(base.acknowledgeMinutes === null
      ? []
      : notAbove(`${name}: minutes to acknowledge`, one.acknowledgeMinutes ?? Number.NaN, base.acknowledgeMinutes)),
    ...(base.locksBot && !one.locksBot ? [`${name}: the bot must stay silent.`] : []),
    ...(base.recheckMinutes === null
      ? []
      : notAbove(`${name}: minutes to the next check`, one.recheckMinutes ?? Number.NaN, base.recheckMinutes)),
  ];
}

/** The crisis role stands beside the on-call one: neither takes the other's place. */
const roleRank = (role: NonNullable<Handling["role"]>) => ({ coach: 0, clinician: 1, "on-call": 2, crisis: 2 })[role];
