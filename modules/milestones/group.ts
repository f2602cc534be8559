/**
 * What a group said, from a number of answers on. The number grows in steps of the group's size: between two of them lie
 * so many answers that the difference is never one person's.
 */
export interface GroupSum {
  readonly answers: number;
  readonly low: number;
  readonly middle: number;
  readonly high: number;
}

/** Null while there are too few, or not a whole group more than the last time. */
export function sumGroup(values: readonly number[], size: number, lastSum: number): GroupSum | null {
  const whole = Math.floor(values.length / size) * size;
  if (size < 3 || whole < size || whole <= lastSum) return null;
  const sorted = values.slice(0, whole).sort((a, b) => a - b);
  return {
    answers: whole,
    low: sorted[Math.floor((whole - 1) / 4)] as number,
    middle: sorted[Math.floor((whole - 1) / 2)] as number,
    high: sorted[Math.floor(((whole - 1) * 3) / 4)] as number,
  };
}
