/** Permuted blocks with random sizes: the list of one stratum, the same every time it is made from the same seed. */
import { Dice } from "./dice.ts";
import type { Arm } from "./scheme.ts";

export interface BlockSlot {
  readonly ordinal: number;
  /** Index of the arm. */
  readonly arm: number;
  /** Which block of the stratum, and how large that block is. */
  readonly block: number;
  readonly size: number;
}

/** The first `count` slots, whole blocks only: the last one may go beyond. A longer list begins with the shorter one. */
export function blockList(
  arms: readonly Pick<Arm, "weight">[],
  multiples: readonly number[],
  seed: string,
  stratum: string,
  count: number,
): BlockSlot[] {
  const dice = new Dice(seed, `blocks|${stratum}`);
  const ratio = arms.flatMap(({ weight }, arm) => Array.from({ length: weight }, () => arm));
  const slots: BlockSlot[] = [];
  for (let block = 0; slots.length < count; block++) {
    const multiple = multiples[dice.below(multiples.length)] ?? 1;
    const unmixed = Array.from({ length: multiple }, () => ratio).flat();
    for (const arm of dice.shuffle(unmixed))
      slots.push({ ordinal: slots.length + 1, arm, block, size: unmixed.length });
  }
  return slots;
}
