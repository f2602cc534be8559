/** From first contact to the end: stages, reasons at each drop, and when a target is likely to be reached. */
import { addDays, daysBetween } from "./days.ts";
import { logGamma } from "./simulation.ts";

export const stages = {
  identified: "Identified",
  contacted: "Contacted",
  prescreened: "Pre-screened",
  consented: "Consented",
  eligible: "Eligible",
  randomised: "Randomised",
  completed: "Completed",
} as const;
export type Stage = keyof typeof stages;
export const stageNames = Object.keys(stages) as Stage[];

export const dropReasons = {
  "not-reached": "Could not be reached",
  "not-interested": "Not interested",
  inclusion: "An inclusion criterion is not met",
  exclusion: "An exclusion criterion is met",
  "no-consent": "Did not consent",
  "other-study": "Takes part in another study",
  "too-far": "Too far, or no time",
  withdrew: "Withdrew",
  "lost-to-follow-up": "Lost to follow-up",
  died: "Died",
  other: "Another reason",
} as const;
export type DropReason = keyof typeof dropReasons;
export const dropNames = Object.keys(dropReasons) as DropReason[];

/** A step further is the next stage; randomisation is reached by randomising, and by nothing else. */
export function nextStage(stage: Stage, randomises: boolean): Stage | null {
  const next = stageNames[stageNames.indexOf(stage) + 1] ?? null;
  if (next === "randomised" && !randomises) return "completed";
  return next;
}

/** How somebody who came so far stands in capture. */
export function casebookStatus(
  stage: Stage,
  dropped: string | null,
): "screening" | "enrolled" | "completed" | "withdrawn" | "screen-failed" {
  const isIn = stageNames.indexOf(stage) >= stageNames.indexOf("eligible");
  if (dropped) return isIn || dropped === "withdrew" ? "withdrawn" : "screen-failed";
  if (stage === "completed") return "completed";
  return isIn ? "enrolled" : "screening";
}

export interface FunnelCount {
  /** The furthest stage that was reached. */
  readonly stage: Stage;
  /** Null: still on the way. */
  readonly dropped: string | null;
  readonly count: number;
}
export interface FunnelStep {
  readonly stage: Stage;
  readonly reached: number;
  /** Of those who reached the stage before. */
  readonly share: number | null;
  readonly waiting: number;
  readonly dropped: number;
  /** Reason → how many went no further for it, the commonest first. */
  readonly reasons: readonly (readonly [string, number])[];
}

export function funnelOf(counts: readonly FunnelCount[]): FunnelStep[] {
  const total = (rows: readonly FunnelCount[]) => rows.reduce((sum, { count }) => sum + count, 0);
  let before: number | null = null;
  return stageNames.map((stage, at) => {
    const reached = total(counts.filter((row) => stageNames.indexOf(row.stage) >= at));
    const here = counts.filter((row) => row.stage === stage);
    const reasons = new Map<string, number>();
    for (const { dropped, count } of here) if (dropped) reasons.set(dropped, (reasons.get(dropped) ?? 0) + count);
    const share = before === null || before === 0 ? null : reached / before;
    before = reached;
    return {
      stage,
      reached,
      share,
      waiting: stage === "completed" ? 0 : total(here.filter(({ dropped }) => dropped === null)),
      dropped: total(here.filter(({ dropped }) => dropped !== null)),
      reasons: [...reasons].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)),
    };
  });
}

export interface Plan {
  readonly target: number;
  readonly startsOn: string;
  readonly endsOn: string;
}
export interface Forecast {
  readonly included: number;
  readonly planned: number;
  /** Included so far against the plan of today: "8 behind". */
  readonly ahead: number;
  /** Per 30 days. */
  readonly rate: number;
  /** Days on which the target is reached: early, likely and late end of an 80 % interval; null: not to be said yet. */
  readonly reached: { readonly early: string; readonly likely: string; readonly late: string } | null;
  /** How likely the target is reached by the plan's last day. */
  readonly onTime: number | null;
}

/**
 * Arrivals as a Poisson process whose rate is not known (gamma, Jeffreys' prior): then the time to the r-th further
 * participant, against the time gone by, has a beta prime distribution (Anisimov & Fedorov, Stat Med 2007, for one site).
 */
export function forecast(plan: Plan, included: number, today: string): Forecast {
  const gone = Math.max(0, daysBetween(plan.startsOn, today));
  const length = Math.max(1, daysBetween(plan.startsOn, plan.endsOn));
  const planned = Math.round(plan.target * Math.min(1, gone / length));
  const base = { included, planned, ahead: included - planned, rate: gone > 0 ? (included * 30) / gone : 0 };
  const rest = plan.target - included;
  if (rest <= 0) return { ...base, reached: null, onTime: 1 };
  if (gone < 14) return { ...base, reached: null, onTime: null };
  const shape = included + 0.5;
  /** T / gone is beta prime (rest, shape): T = gone · x / (1 − x) with x beta (rest, shape). */
  const after = (share: number) => {
    const x = betaQuantile(share, rest, shape);
    return Math.ceil((gone * x) / (1 - x));
  };
  const day = (days: number) => (days > 36_500 ? "9999-12-31" : addDays(today, days));
  const left = daysBetween(today, plan.endsOn);
  return {
    ...base,
    // With nobody included there is no rate to go on: any day named would be the prior's.
    reached: included === 0 ? null : { early: day(after(0.1)), likely: day(after(0.5)), late: day(after(0.9)) },
    onTime: left <= 0 ? 0 : betaShare(left / (left + gone), rest, shape),
  };
}

/** P(X ≤ x) for a beta distribution: the regularised incomplete beta function by its continued fraction (Lentz). */
export function betaShare(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - betaShare(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(1 - x)) / a;
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1) || tiny);
  let h = d;
  for (let m = 1; m < 2_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d || tiny);
    c = 1 + even / c || tiny;
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d || tiny);
    c = 1 + odd / c || tiny;
    const delta = d * c;
    h *= delta;
    if (Math.abs(delta - 1) < 1e-12) break;
  }
  return front * h;
}

export function betaQuantile(share: number, a: number, b: number): number {
  let low = 0;
  let high = 1;
  for (let n = 0; n < 60; n++) {
    const middle = (low + high) / 2;
    if (betaShare(middle, a, b) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Who counts for a target: everybody who was found eligible, whatever came after. */
export const includedIn = (rows: readonly { readonly stage: Stage; readonly count: number }[]): number =>
  rows
    .filter(({ stage }) => stageNames.indexOf(stage) >= stageNames.indexOf("eligible"))
    .reduce((sum, row) => sum + row.count, 0);
