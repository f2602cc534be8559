/** Where a program's own trainees stood at the same stage of training: the middle half, and never of a handful. */
import type { Period } from "./period.ts";

/** Half-years of training, from 1: someone's third half-year is compared with others' third half-year. */
export function stageOf(startsOn: string, period: Pick<Period, "startsOn">): number {
  const months = (day: string) => Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1;
  return Math.floor((months(period.startsOn) - months(startsOn)) / 6) + 1;
}

export interface Standpoint {
  readonly subjectId: string;
  readonly subcompetencyId: string;
  readonly stage: number;
  readonly halfSteps: number;
}
export interface DrawnBand {
  readonly subcompetencyId: string;
  readonly stage: number;
  readonly trainees: number;
  readonly low: number;
  readonly middle: number;
  readonly high: number;
}

/** The fewest of whom a band is drawn; the database holds the same floor. */
export const FEWEST = 5;

export function drawBands(points: readonly Standpoint[], fewest = FEWEST): DrawnBand[] {
  const groups = Map.groupBy(points, ({ subcompetencyId, stage }) => `${subcompetencyId} ${stage}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    const trainees = new Set(group.map(({ subjectId }) => subjectId)).size;
    if (!first || first.stage < 1 || trainees < Math.max(fewest, FEWEST)) return [];
    const sorted = group.map(({ halfSteps }) => halfSteps).sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] as number;
    return [
      {
        subcompetencyId: first.subcompetencyId,
        stage: first.stage,
        trainees,
        low: at(0.25),
        middle: at(0.5),
        high: at(0.75),
      },
    ];
  });
}
