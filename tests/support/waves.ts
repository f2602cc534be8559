/** What an attack tried, and what of it got through. */
export interface Wave {
  readonly kind: string;
  readonly tried: number;
  /** What was not refused. */
  readonly through: readonly string[];
}

/** Prints the waves and answers with the exit code. */
export function tellWaves(waves: readonly Wave[]): number {
  for (const { kind, tried, through } of waves) {
    console.log(`${kind}: ${tried} tried, ${tried - through.length} refused`);
    for (const name of through) console.log(`  got through: ${name}`);
  }
  return waves.some(({ through }) => through.length > 0) ? 1 : 0;
}
