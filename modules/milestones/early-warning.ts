/**
 * Whom a director should look at now, by a rule that stands on the page for everyone to read. It changes nothing and
 * decides nothing; its numbers are settings.
 */
import { isRated, type Level } from "./level.ts";

export interface WarningRule {
  /** Subcompetencies that fell since the result before. */
  readonly falls: number;
  /** Subcompetencies below the program's own band at that stage. */
  readonly below: number;
  /** Days of the period that have passed without any evaluation. */
  readonly silentDays: number;
}
export interface Watched {
  readonly levels: ReadonlyMap<string, Level>;
  readonly before: ReadonlyMap<string, Level>;
  /** By the same key: the lower edge of the band, in half levels. */
  readonly bandLow: ReadonlyMap<string, number>;
  /** Since the period began or the last evaluation came, whichever is later; null when the period is over. */
  readonly daysSilent: number | null;
}

export function earlyWarnings(watched: Watched, rule: WarningRule): string[] {
  const fell = [...watched.levels].filter(([key, now]) => {
    const then = watched.before.get(key);
    return isRated(now) && isRated(then) && now.halfSteps < then.halfSteps;
  }).length;
  const below = [...watched.levels].filter(([key, now]) => {
    const low = watched.bandLow.get(key);
    return isRated(now) && low !== undefined && now.halfSteps < low;
  }).length;
  return [
    ...(fell >= rule.falls ? [`${fell} fell`] : []),
    ...(below >= rule.below ? [`${below} below the band`] : []),
    ...(watched.daysSilent !== null && watched.daysSilent > rule.silentDays
      ? [`no evaluation for ${watched.daysSilent} days`]
      : []),
  ];
}

export const ruleInWords = ({ falls, below, silentDays }: WarningRule): string =>
  `A trainee is marked when ${falls} subcompetencies or more fell since the result before, when ${below} or more lie below the middle half of this program's own trainees at the same stage, or when no evaluation has come for more than ${silentDays} days of the running period. The mark decides nothing.`;
