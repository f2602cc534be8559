/**
 * What many readings say: time in the bands of the international consensus on continuous monitoring, mean, spread, and
 * the glucose management indicator. Values beyond a meter's limits (HI, LO) have no number and stay out of the mean; the
 * caller shows how many there were.
 */
export type Band = "below54" | "below70" | "inRange" | "above180" | "above250";

export const inRange = { low: 70, high: 180 } as const;
/** Percent (Bergenstal 2018), from the mean in mg/dL. */
export const gmiOf = (mean: number): number => 3.31 + 0.02392 * mean;

/** <54, 54–69, 70–180, 181–250, >250 mg/dL, compared unrounded: 54.0 is `below70`, 180.0 in range, 250.0 `above180`. */
export function bandOf(mgdl: number): Band {
  if (mgdl < 54) return "below54";
  if (mgdl < inRange.low) return "below70";
  if (mgdl <= inRange.high) return "inRange";
  return mgdl <= 250 ? "above180" : "above250";
}

export interface Statistics {
  readonly readings: number;
  readonly mean: number;
  /** With n − 1; null for a single reading. */
  readonly sd: number | null;
  /** Percent. */
  readonly cv: number | null;
  /** Percent. */
  readonly gmi: number;
  readonly min: number;
  readonly max: number;
  readonly counts: Readonly<Record<Band, number>>;
  /** Percent of the readings. */
  readonly shares: Readonly<Record<Band, number>>;
}

/** Null when there is nothing to count. */
export function statisticsOf(values: readonly number[]): Statistics | null {
  const readings = values.length;
  if (readings === 0) return null;
  const counts = countBands(values);
  const mean = values.reduce((sum, value) => sum + value, 0) / readings;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const sd = readings > 1 ? Math.sqrt(squares / (readings - 1)) : null;
  return {
    readings,
    mean,
    sd,
    cv: sd === null ? null : (sd / mean) * 100,
    gmi: gmiOf(mean),
    min: values.reduce((least, value) => Math.min(least, value)),
    max: values.reduce((most, value) => Math.max(most, value)),
    counts,
    shares: eachBand((band) => (counts[band] / readings) * 100),
  };
}

function countBands(values: readonly number[]): Record<Band, number> {
  const counts = eachBand(() => 0);
  for (const value of values) counts[bandOf(value)] += 1;
  return counts;
}

const eachBand = (count: (band: Band) => number): Record<Band, number> => ({
  below54: count("below54"),
  below70: count("below70"),
  inRange: count("inRange"),
  above180: count("above180"),
  above250: count("above250"),
});

export type Target = "in-range" | "below-70" | "below-54" | "above-180" | "above-250" | "variation";
export interface TargetResult {
  readonly target: Target;
  /** Percent. */
  readonly value: number;
  readonly goal: string;
  readonly met: boolean;
}

/** The targets for most adults: in range over 70 %, below 70 under 4 %, below 54 under 1 %, above 180 under 25 %, above 250 under 5 %, CV up to 36 %. */
export function targetsMet({ shares, cv }: Statistics): TargetResult[] {
  const low = shares.below54 + shares.below70;
  const high = shares.above180 + shares.above250;
  return [
    { target: "in-range", value: shares.inRange, goal: "over 70 %", met: shares.inRange > 70 },
    { target: "below-70", value: low, goal: "under 4 %", met: low < 4 },
    { target: "below-54", value: shares.below54, goal: "under 1 %", met: shares.below54 < 1 },
    { target: "above-180", value: high, goal: "under 25 %", met: high < 25 },
    { target: "above-250", value: shares.above250, goal: "under 5 %", met: shares.above250 < 5 },
    ...(cv === null ? [] : [{ target: "variation", value: cv, goal: "up to 36 %", met: cv <= 36 } as const]),
  ];
}

/** Runs of at least `length` readings in a row below `limit` mg/dL. A run ends with the first reading at or above it. */
export function runsBelow(values: readonly number[], limit: number, length = 3): number {
  let runs = 0;
  let current = 0;
  for (const value of values) {
    current = value < limit ? current + 1 : 0;
    if (current === length) runs += 1;
  }
  return runs;
}

export interface ReadingAt {
  /** In the member's own zone: "2026-11-02T07:30". */
  readonly at: string;
  readonly mgdl: number;
}
export interface StripDay {
  /** "2026-11-02" */
  readonly day: string;
  /** Null on a day without readings: a gap in the strip. */
  readonly statistics: Statistics | null;
}

/** The last `days` days up to `lastDay`, one after another, days without readings too. */
export function strip(readings: readonly ReadingAt[], lastDay: string, days = 14): StripDay[] {
  const byDay = new Map<string, number[]>();
  for (const { at, mgdl } of readings) {
    const day = at.slice(0, 10);
    const known = byDay.get(day);
    if (known) known.push(mgdl);
    else byDay.set(day, [mgdl]);
  }
  const last = Temporal.PlainDate.from(lastDay);
  return Array.from({ length: days }, (_, place) => {
    const day = last.subtract({ days: days - 1 - place }).toString();
    return { day, statistics: statisticsOf(byDay.get(day) ?? []) };
  });
}

/** Percent of the readings a sensor would have made. Under 70 % over 14 days the figures are too thin to judge by. */
export function coverage(readings: number, days: number, minutesApart = 5): number {
  return (readings / ((days * 24 * 60) / minutesApart)) * 100;
}
