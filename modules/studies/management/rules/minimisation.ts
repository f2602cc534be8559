/**
 * Minimisation after Pocock and Simon (Biometrics 1975; 31: 103–115): the arm that would leave the factors' levels most
 * alike is chosen with a probability below one. Every score is kept, so that each choice can be made again from the seed.
 */
import { Dice } from "./dice.ts";
import { type Factor, type Levels, type Scheme, type SchemeSecrets, SITE } from "./scheme.ts";

export interface Placed {
  readonly levels: Levels;
  readonly siteId: string;
  /** Index of the arm. */
  readonly arm: number;
}
export interface Choice {
  readonly arm: number;
  /** The total imbalance that each arm would leave, by arm. */
  readonly scores: readonly number[];
  /** The arm that balances best (drawn among equals), and whether chance followed it. */
  readonly preferred: number;
  readonly followed: boolean;
}

/** The `ordinal`-th allocation (1 for the first), from those before it. */
export function minimise(
  scheme: Pick<Scheme, "arms" | "factors" | "bySite">,
  { likely, measure }: Pick<SchemeSecrets, "likely" | "measure">,
  seed: string,
  ordinal: number,
  before: readonly Placed[],
  next: Omit<Placed, "arm">,
): Choice {
  const dice = new Dice(seed, `minimise|${ordinal}`);
  const { arms } = scheme;
  const factors = countedFactors(scheme);
  const scores = arms.map((_, candidate) =>
    factors.reduce((sum, { key, weight }) => {
      const level = levelOf(next, key);
      const counts = arms.map(({ weight: part }, arm) => {
        const there = before.filter((one) => one.arm === arm && levelOf(one, key) === level).length;
        return (there + (arm === candidate ? 1 : 0)) / part;
      });
      return sum + weight * imbalance(counts, measure);
    }, 0),
  );
  return choose(dice, scores, arms, likely);
}

/** The arm that balances best with the probability `likely`, another of them otherwise; equals are drawn in the ratio. */
export function choose(dice: Dice, scores: readonly number[], arms: Scheme["arms"], likely: number): Choice {
  const best = Math.min(...scores);
  const equals = scores.flatMap((score, arm) => (score - best < 1e-9 ? [arm] : []));
  // All alike: nothing to prefer, so chance alone decides, in the ratio.
  if (equals.length === arms.length) {
    const arm = dice.weighted(arms.map(({ weight }) => weight));
    return { arm, scores, preferred: arm, followed: true };
  }
  const preferred = equals[dice.weighted(equals.map((arm) => arms[arm]?.weight ?? 1))] ?? 0;
  const followed = dice.unit() < likely;
  const others = arms.map(({ weight }, arm) => (arm === preferred ? 0 : weight));
  return { arm: followed ? preferred : dice.weighted(others), scores, preferred, followed };
}

/** Whether each allocation is the one that the seed makes of those before it; the first that is not, or null. */
export function replay(
  scheme: Pick<Scheme, "arms" | "factors" | "bySite">,
  secrets: Pick<SchemeSecrets, "likely" | "measure">,
  seed: string,
  placed: readonly Placed[],
): number | null {
  for (const [at, one] of placed.entries()) {
    if (minimise(scheme, secrets, seed, at + 1, placed.slice(0, at), one).arm !== one.arm) return at + 1;
  }
  return null;
}

const countedFactors = ({
  factors,
  bySite,
}: Pick<Scheme, "factors" | "bySite">): readonly Pick<Factor, "key" | "weight">[] =>
  bySite ? [...factors, { key: SITE, weight: 1 }] : factors;
const levelOf = ({ levels, siteId }: Omit<Placed, "arm">, key: string): string =>
  key === SITE ? siteId : (levels[key] ?? "");

export function imbalance(counts: readonly number[], measure: SchemeSecrets["measure"]): number {
  if (measure === "range") return Math.max(...counts) - Math.min(...counts);
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (counts.length - 1);
}
