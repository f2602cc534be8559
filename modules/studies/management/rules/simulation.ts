/** What the statistician reads before the list is sealed: ten thousand invented participants, allocated as the scheme says. */
import { blockList } from "./blocks.ts";
import { Dice } from "./dice.ts";
import { choose, imbalance } from "./minimisation.ts";
import type { Levels, Scheme, SchemeSecrets } from "./scheme.ts";
import { stratumOf } from "./scheme.ts";

export interface SimulationReport {
  readonly allocations: number;
  readonly arms: readonly { readonly code: string; readonly expected: number; readonly count: number }[];
  /** Chi-squared against the ratio, and the probability of one as large by chance alone. */
  readonly chiSquared: number;
  readonly chance: number;
  /** The furthest that any stratum, and any single level of a factor, was from the ratio, in participants. */
  readonly worstStratum: number;
  readonly worstLevel: number;
  /** How often somebody who always guesses the arm that lags behind in the stratum would be right; by chance: `blindGuess`. */
  readonly guessed: number;
  readonly blindGuess: number;
}

/** Sites and levels are drawn as if each were equally common. */
export function simulate(
  scheme: Scheme,
  secrets: SchemeSecrets,
  seed: string,
  sites = 4,
  allocations = 10_000,
): SimulationReport {
  const dice = new Dice(seed, "simulation");
  const { arms, factors } = scheme;
  const ratio = arms.reduce((sum, { weight }) => sum + weight, 0);
  const total = new Array<number>(arms.length).fill(0);
  const byStratum = new Map<string, number[]>();
  const byLevel = new Map<string, number[]>();
  const lists = new Map<string, number[]>();
  let right = 0;
  const minimised = scheme.method === "minimisation" ? new RunningMinimisation(scheme, secrets, seed) : null;

  for (let n = 1; n <= allocations; n++) {
    const siteId = `site-${dice.below(sites)}`;
    const levels: Levels = Object.fromEntries(
      factors.map(({ key, levels: known }) => [key, known[dice.below(known.length)] ?? ""]),
    );
    const stratum = stratumOf(scheme, siteId, levels);
    const here = countsIn(byStratum, stratum, arms.length);
    const lag = here.map((count, arm) => count / (arms[arm]?.weight ?? 1));
    const least = Math.min(...lag);
    const guesses = lag.flatMap((one, arm) => (one === least ? [arm] : []));
    const guess = guesses[dice.below(guesses.length)] ?? 0;
    const arm = minimised ? minimised.next(n, siteId, levels) : nextOfList(lists, scheme, secrets, seed, stratum, here);
    if (arm === guess) right += 1;
    here[arm] = (here[arm] ?? 0) + 1;
    total[arm] = (total[arm] ?? 0) + 1;
    const marked = [...(scheme.bySite ? [`site=${siteId}`] : []), ...factors.map(({ key }) => `${key}=${levels[key]}`)];
    for (const level of marked) {
      const counts = countsIn(byLevel, level, arms.length);
      counts[arm] = (counts[arm] ?? 0) + 1;
    }
  }
  const expected = arms.map(({ weight }) => (allocations * weight) / ratio);
  const chiSquared = expected.reduce((sum, want, arm) => sum + ((total[arm] ?? 0) - want) ** 2 / want, 0);
  const worst = (groups: Iterable<number[]>) =>
    Math.max(0, ...[...groups].map((counts) => furthest(counts, arms, ratio)));
  return {
    allocations,
    arms: arms.map(({ code }, arm) => ({ code, expected: expected[arm] ?? 0, count: total[arm] ?? 0 })),
    chiSquared,
    chance: chiSquaredTail(chiSquared, arms.length - 1),
    worstStratum: worst(byStratum.values()),
    worstLevel: worst(byLevel.values()),
    guessed: right / allocations,
    blindGuess: Math.max(...arms.map(({ weight }) => weight)) / ratio,
  };
}

function countsIn(groups: Map<string, number[]>, name: string, arms: number): number[] {
  const counts = groups.get(name) ?? new Array<number>(arms).fill(0);
  groups.set(name, counts);
  return counts;
}

function furthest(counts: readonly number[], arms: Scheme["arms"], ratio: number): number {
  const n = counts.reduce((sum, count) => sum + count, 0);
  return Math.max(...counts.map((count, arm) => Math.abs(count - (n * (arms[arm]?.weight ?? 0)) / ratio)));
}

function nextOfList(
  lists: Map<string, number[]>,
  scheme: Scheme,
  { multiples }: SchemeSecrets,
  seed: string,
  stratum: string,
  here: readonly number[],
): number {
  const at = here.reduce((sum, count) => sum + count, 0);
  let list = lists.get(stratum) ?? [];
  if (at >= list.length) {
    list = blockList(scheme.arms, multiples, seed, stratum, Math.max(64, at * 2)).map(({ arm }) => arm);
    lists.set(stratum, list);
  }
  return list[at] ?? 0;
}

/** As minimisation.ts, with counts that are kept instead of counted again: ten thousand would take minutes otherwise. */
class RunningMinimisation {
  private readonly counts = new Map<string, number[]>();
  constructor(
    private readonly scheme: Scheme,
    private readonly secrets: SchemeSecrets,
    private readonly seed: string,
  ) {}

  next(ordinal: number, siteId: string, levels: Levels): number {
    const { arms, factors, bySite } = this.scheme;
    const { measure, likely } = this.secrets;
    const marks = [
      ...factors.map(({ key, weight }) => ({ name: `${key}=${levels[key]}`, weight })),
      ...(bySite ? [{ name: `site=${siteId}`, weight: 1 }] : []),
    ];
    const held = marks.map(({ name, weight }) => ({ counts: countsIn(this.counts, name, arms.length), weight }));
    const scores = arms.map((_, candidate) =>
      held.reduce((sum, { counts, weight }) => {
        const parts = counts.map((count, arm) => (count + (arm === candidate ? 1 : 0)) / (arms[arm]?.weight ?? 1));
        return sum + weight * imbalance(parts, measure);
      }, 0),
    );
    const arm = choose(new Dice(this.seed, `minimise|${ordinal}`), scores, arms, likely).arm;
    for (const { counts } of held) counts[arm] = (counts[arm] ?? 0) + 1;
    return arm;
  }
}

/** P(χ² ≥ x) with `freedom` degrees of freedom: the upper incomplete gamma function, by its series or continued fraction. */
export function chiSquaredTail(x: number, freedom: number): number {
  if (x <= 0) return 1;
  const a = freedom / 2;
  const half = x / 2;
  const scale = Math.exp(-half + a * Math.log(half) - logGamma(a));
  if (half < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; n < 500 && term > sum * 1e-12; n++) {
      term *= half / (a + n);
      sum += term;
    }
    return Math.max(0, 1 - sum * scale);
  }
  let b = half + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let h = d;
  for (let n = 1; n < 500; n++) {
    const an = -n * (n - a);
    b += 2;
    d = 1 / (an * d + b || 1e-300);
    c = b + an / c || 1e-300;
    const delta = d * c;
    h *= delta;
    if (Math.abs(delta - 1) < 1e-12) break;
  }
  return h * scale;
}

const lanczos = [
  676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
];
export function logGamma(z: number): number {
  if (z < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * z)) - logGamma(1 - z);
  const x = z - 1;
  const sum = lanczos.reduce((total, part, n) => total + part / (x + n + 1), 0.9999999999998099);
  const t = x + lanczos.length - 0.5;
  return 0.5 * Math.log(2 * Math.PI) + (x + 0.5) * Math.log(t) - t + Math.log(sum);
}
