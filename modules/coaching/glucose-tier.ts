/** From a value to its tier. Compared unrounded: 54.0 is low, 70.0 and 180.0 are in range, 250.0 is above range. */
import type { MeterWord } from "./glucose.ts";
import type { GlucoseLimits, RuleSet } from "./rule-set.ts";
import type { Tier } from "./tier.ts";

/** What makes a high reading more dangerous. */
export interface Risks {
  readonly ill: boolean;
  readonly type1: boolean;
  readonly pump: boolean;
  readonly pregnant: boolean;
}
export const noRisks: Risks = { ill: false, type1: false, pump: false, pregnant: false };

export function glucoseTier(value: number | MeterWord, limits: GlucoseLimits, risks: Risks = noRisks): Tier {
  if (value === "LO") return "H2";
  if (value === "HI") return "Y3";
  if (value < limits.veryLowBelow) return "H2";
  if (value < limits.lowBelow) return "H1";
  if (value >= limits.veryHighFrom) return "Y3";
  const atRisk = risks.ill || risks.type1 || risks.pump || risks.pregnant;
  if (value > limits.highAbove || (atRisk && value >= limits.highAtRiskFrom)) return "Y2";
  return value > limits.rangeUpTo ? "Y1" : "OK";
}

/** Lows in a row of days: a coach looks, though each alone is minor. */
export function hasRepeatedLows(lows: readonly Date[], now: Date, { repeatedLows }: RuleSet): boolean {
  const since = now.getTime() - repeatedLows.days * 24 * 3_600_000;
  return lows.filter((at) => at.getTime() > since && at <= now).length >= repeatedLows.count;
}
