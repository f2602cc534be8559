export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Adds up the summaries that `bun test` prints (` 12 pass`, ` 0 fail`, ` 1 error`). A run that ended badly has failed
 * even when no test says so: a file that cannot be loaded, or a runner that was killed, must not pass for green.
 */
export function countTests(output: string, exitCode: number): Counts {
  const sum = (word: string) =>
    [...output.matchAll(new RegExp(`^\\s*(\\d+) ${word}$`, "gm"))].reduce(
      (total, match) => total + Number(match[1]),
      0,
    );
  const failed = Math.max(sum("fail"), sum("errors?"));
  return { passed: sum("pass"), failed: exitCode === 0 ? failed : Math.max(failed, 1), skipped: sum("(?:skip|todo)") };
}

export function summaryLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
