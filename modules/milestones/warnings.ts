/**
 * What a committee is asked to look at twice. Each warning shows its rule; none of them changes a rating, and each of
 * them is answered with a reason before a sheet is handed in.
 */
import { isRated, type Level, type NotALevel, numberOf, type RatedLevel } from "./level.ts";

export type WarningKind = "missing" | "straight-line" | "regression" | "jump" | "high-start" | "not-assessable-at-end";

export interface Warning {
  readonly kind: WarningKind;
  /** The subcompetencies it is about. */
  readonly codes: readonly string[];
  readonly sentence: string;
}

/** Why the levels are meant as they are, in the member's own words. */
export type WarningReasons = Readonly<Partial<Record<WarningKind, string>>>;

export interface Sheet {
  /** Every subcompetency of the trainee's framework, in order. */
  readonly codes: readonly string[];
  readonly levels: ReadonlyMap<string, Level>;
  /** The released result of the period before; empty when there is none. */
  readonly before: ReadonlyMap<string, Level>;
  readonly isFirstPeriod: boolean;
  readonly isLastPeriod: boolean;
}

export function warningsFor(sheet: Sheet): Warning[] {
  return [missing, straightLine, regression, jump, highStart, notAssessableAtEnd].flatMap((rule) => rule(sheet) ?? []);
}

/** Those that nobody has answered yet. A sheet from before reasons were asked for has none, and says so where it is shown. */
export const unanswered = (warnings: readonly Warning[], reasons: WarningReasons): Warning[] =>
  warnings.filter(({ kind }) => (reasons[kind] ?? "").trim() === "");

/** As it stands beside a sheet: "PC1 fell by a level … Reason: …" */
export const warningInWords = ({ kind, sentence }: Warning, reasons: WarningReasons): string =>
  reasons[kind] ? `${sentence} Reason: ${reasons[kind]}` : sentence;

function missing({ codes, levels }: Sheet): Warning | null {
  return about(
    "missing",
    codes.filter((code) => !levels.has(code)),
    (list) => `No level is chosen for ${list}.`,
  );
}

/** The same answer for everything, over five subcompetencies or more, is more often a habit than a finding. */
function straightLine({ codes, levels }: Sheet): Warning | null {
  const given = codes.flatMap((code) => levels.get(code) ?? []);
  const [first] = given;
  if (!first || given.length < 5 || given.length < codes.length) return null;
  if (!isRated(first) || given.some((level) => numberOf(level) !== numberOf(first))) return null;
  return {
    kind: "straight-line",
    codes,
    sentence: `All ${codes.length} subcompetencies have the same level, ${numberOf(first)}.`,
  };
}

/** A fall of one whole level or more. */
function regression(sheet: Sheet): Warning | null {
  return about(
    "regression",
    moved(sheet, (steps) => steps <= -2),
    (list) => `${list} fell by a level or more since the period before.`,
  );
}

/** A rise of one and a half levels or more in half a year. */
function jump(sheet: Sheet): Warning | null {
  return about(
    "jump",
    moved(sheet, (steps) => steps >= 3),
    (list) => `${list} rose by one and a half levels or more since the period before.`,
  );
}

/** Level 4 is the goal of the whole training. */
function highStart({ codes, levels, isFirstPeriod }: Sheet): Warning | null {
  if (!isFirstPeriod) return null;
  return about(
    "high-start",
    withLevel(codes, levels, ({ halfSteps }) => halfSteps >= 8),
    (list) => `${list} is at level 4 or above in the first period of training.`,
  );
}

function notAssessableAtEnd({ codes, levels, isLastPeriod }: Sheet): Warning | null {
  if (!isLastPeriod) return null;
  const open = codes.filter((code) => (levels.get(code) as NotALevel | undefined)?.status === "nya");
  return about(
    "not-assessable-at-end",
    open,
    (list) => `${list} is Not Yet Assessable in the last period of training.`,
  );
}

function withLevel(
  codes: readonly string[],
  levels: ReadonlyMap<string, Level>,
  rule: (level: RatedLevel) => boolean,
): string[] {
  return codes.filter((code) => {
    const level = levels.get(code);
    return isRated(level) && rule(level);
  });
}

/** Only between two levels: from Not Yet Assessable to level 2 is neither a rise nor a fall. */
function moved({ codes, levels, before }: Sheet, rule: (halfSteps: number) => boolean): string[] {
  return withLevel(codes, levels, () => true).filter((code) => {
    const [now, then] = [levels.get(code), before.get(code)];
    return isRated(now) && isRated(then) && rule(now.halfSteps - then.halfSteps);
  });
}

function about(kind: WarningKind, codes: readonly string[], say: (list: string) => string): Warning | null {
  return codes.length === 0 ? null : { kind, codes, sentence: say(codes.join(", ")) };
}
