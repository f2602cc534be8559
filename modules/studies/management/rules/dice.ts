/**
 * Chance that can be repeated: SHA-256 of a seed and a counter. Whoever holds the seed can throw the same dice again and
 * show that an allocation came from them; whoever does not can guess nothing.
 */
import { sha256 } from "@core/vault/primitives.ts";

export class Dice {
  private block = new Uint8Array(0);
  private at = 0;
  private counter = 0;

  /** `purpose` keeps the dice of one stratum apart from those of another. */
  constructor(
    private readonly seed: string,
    private readonly purpose: string,
  ) {}

  private word(): number {
    if (this.at >= this.block.length) {
      this.block = new Uint8Array(sha256(`${this.seed}|${this.purpose}|${this.counter}`));
      this.counter += 1;
      this.at = 0;
    }
    const [a = 0, b = 0, c = 0, d = 0] = this.block.subarray(this.at, this.at + 4);
    this.at += 4;
    return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  }

  /** A whole number from 0 to n − 1, each as likely: what would favour the small ones is thrown again. */
  below(n: number): number {
    const limit = 2 ** 32 - (2 ** 32 % n);
    for (;;) {
      const word = this.word();
      if (word < limit) return word % n;
    }
  }

  /** From 0 to just below 1. */
  unit(): number {
    return this.word() / 2 ** 32;
  }

  /** Where in the list, each in proportion to its weight. */
  weighted(weights: readonly number[]): number {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let rest = this.unit() * total;
    for (const [at, weight] of weights.entries()) {
      rest -= weight;
      if (rest < 0) return at;
    }
    return weights.length - 1;
  }

  shuffle<T>(items: readonly T[]): T[] {
    const mixed = [...items];
    for (let at = mixed.length - 1; at > 0; at--) {
      const other = this.below(at + 1);
      [mixed[at], mixed[other]] = [mixed[other] as T, mixed[at] as T];
    }
    return mixed;
  }
}
