/**
 * What the committee talks about. Reviewers rate before they see each other; where they agree, the review is adopted on
 * the consent agenda without a word, and the meeting's time goes to the rest.
 */
import { isRated, type Level, levelInWords, lowerFirst, sameLevel } from "./level.ts";

export interface Dispute {
  readonly subcompetencyId: string;
  /** "Level 2.5 or Level 4" */
  readonly views: string;
}
export type AgendaPlace =
  | { readonly kind: "consent"; readonly levels: ReadonlyMap<string, Level> }
  | { readonly kind: "discuss"; readonly disputes: readonly Dispute[]; readonly asked: boolean };

/** `sheets`: one map a reviewer. `discussFrom`: half levels of difference that call for discussion. */
export function agendaPlace(
  subcompetencies: readonly string[],
  sheets: readonly ReadonlyMap<string, Level>[],
  { discussFrom, asked }: { readonly discussFrom: number; readonly asked: boolean },
): AgendaPlace {
  const levels = new Map<string, Level>();
  const disputes: Dispute[] = [];
  for (const id of subcompetencies) {
    const given = sheets.flatMap((sheet) => sheet.get(id) ?? []);
    const settled = settle(given, discussFrom);
    if (settled) levels.set(id, settled);
    else disputes.push({ subcompetencyId: id, views: viewsOf(given) });
  }
  return disputes.length === 0 && !asked ? { kind: "consent", levels } : { kind: "discuss", disputes, asked };
}

/**
 * One level when all say the same, or when they differ by less than is discussed: then the lower one, which all of them
 * have seen reached. A level and a "not yet" are never settled without a word.
 */
export function settle(given: readonly Level[], discussFrom: number): Level | null {
  const [first] = given;
  if (!first) return null;
  if (given.every((level) => sameLevel(level, first))) return first;
  const rated = given.filter(isRated);
  if (rated.length < given.length) return null;
  const sorted = [...rated].sort((a, b) => a.halfSteps - b.halfSteps);
  const [lowest, highest] = [sorted[0], sorted.at(-1)];
  if (!lowest || !highest) return null;
  return highest.halfSteps - lowest.halfSteps < discussFrom ? lowest : null;
}

function viewsOf(given: readonly Level[]): string {
  const words = [...new Set([...given].sort(lowerFirst).map(levelInWords))];
  return words.length === 0 ? "Nobody chose a level" : words.join(" or ");
}
