/** Last digits that come too often: a sign of rounding, or of numbers that nobody measured. A signal, not a verdict. */
export interface DigitSignal {
  readonly siteId: string | null;
  readonly item: string;
  readonly count: number;
  /** The digit that stands out, and its share in percent. */
  readonly digit: string;
  readonly share: number;
  readonly chiSquare: number;
}

/** Chi-square with nine degrees of freedom at 0.1 %: one in a thousand honest series is named by chance. */
const LIMIT = 27.88;
const ENOUGH = 30;

export function digitSignals(
  rows: readonly {
    readonly siteId: string | null;
    readonly item: string;
    readonly digit: string;
    readonly count: number;
  }[],
): DigitSignal[] {
  const series = Map.groupBy(rows, ({ siteId, item }) => `${siteId} ${item}`);
  return [...series.values()]
    .flatMap((own): DigitSignal[] => {
      const total = own.reduce((sum, row) => sum + row.count, 0);
      const first = own[0];
      if (!first || total < ENOUGH) return [];
      const expected = total / 10;
      const counts = new Map(own.map((row) => [row.digit, row.count]));
      let chiSquare = 0;
      for (let digit = 0; digit <= 9; digit += 1) {
        const seen = counts.get(String(digit)) ?? 0;
        chiSquare += (seen - expected) ** 2 / expected;
      }
      const most = own.reduce((best, row) => (row.count > best.count ? row : best), first);
      if (chiSquare < LIMIT) return [];
      return [
        {
          siteId: first.siteId,
          item: first.item,
          count: total,
          digit: most.digit,
          share: Math.round((most.count / total) * 100),
          chiSquare: Math.round(chiSquare * 10) / 10,
        },
      ];
    })
    .sort((a, b) => b.chiSquare - a.chiSquare);
}
