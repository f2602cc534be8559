/**
 * Rules that point at something to look at. Each has a name, cites what speaks for it and what speaks against it, and is
 * measured: of those the director disposed of, how many were confirmed. Of too few evaluators no flag is confident.
 */
import { isRated, type Level } from "./level.ts";
import type { Seen } from "./summary.ts";

export const flagRules = {
  falling: "Observed a level or more below the result before, in two subcompetencies or more",
  divided: "Evaluators two levels or more apart on the same subcompetency",
  conduct: "Professionalism seen at level 1.5 or below by two evaluators or more",
} as const;
export type FlagRule = keyof typeof flagRules;

export interface Flag {
  readonly rule: FlagRule;
  readonly sentence: string;
  readonly speaksFor: readonly string[];
  readonly speaksAgainst: readonly string[];
}
export type Confidence = "confident" | "insufficient";
export const FEWEST_EVALUATORS = 3;
export const FEWEST_COMMENTS = 5;

export const confidenceOf = (evaluators: number, comments: number): Confidence =>
  evaluators >= FEWEST_EVALUATORS && comments >= FEWEST_COMMENTS ? "confident" : "insufficient";

export function flagsIn(seen: readonly Seen[]): Flag[] {
  return [falling(seen), divided(seen), conduct(seen)].flatMap((flag) => flag ?? []);
}

function falling(seen: readonly Seen[]): Flag | null {
  const fell = seen.flatMap(({ code, before, observed }) => {
    if (!isRated(before)) return [];
    const low = observed.filter(({ level }) => isRated(level) && level.halfSteps <= before.halfSteps - 2);
    const high = observed.filter(({ level }) => isRated(level) && level.halfSteps >= before.halfSteps);
    return low.length > 0 && low.length >= high.length ? [{ code, low, high }] : [];
  });
  if (fell.length < 2) return null;
  return flag(
    "falling",
    `${fell.map(({ code }) => code).join(", ")}: observed a level or more below the result before.`,
    fell.flatMap(({ low }) => low),
    fell.flatMap(({ high }) => high),
  );
}

function divided(seen: readonly Seen[]): Flag | null {
  const apart = seen.flatMap(({ code, observed }) => {
    const rated = observed.filter(({ level }) => isRated(level));
    const steps = rated.map(({ level }) => (isRated(level) ? level.halfSteps : 0));
    return rated.length > 1 && Math.max(...steps) - Math.min(...steps) >= 4 ? [{ code, rated }] : [];
  });
  if (apart.length === 0) return null;
  return flag(
    "divided",
    `Evaluators see ${apart.map(({ code }) => code).join(", ")} two levels or more apart.`,
    apart.flatMap(({ rated }) => rated),
    [],
  );
}

function conduct(seen: readonly Seen[]): Flag | null {
  const all = seen.filter(({ code }) => code.startsWith("PROF")).flatMap(({ observed }) => observed);
  const isLow = (level: Level) => level.status === "nycl1" || (isRated(level) && level.halfSteps <= 3);
  const low = all.filter(({ level }) => isLow(level));
  if (new Set(low.map(({ evaluation }) => evaluation)).size < 2) return null;
  return flag(
    "conduct",
    "Professionalism was seen at level 1.5 or below by two evaluators or more.",
    low,
    all.filter(({ level }) => !isLow(level)),
  );
}

function flag(
  rule: FlagRule,
  sentence: string,
  speaksFor: readonly { readonly evaluation: string }[],
  speaksAgainst: readonly { readonly evaluation: string }[],
): Flag {
  const given = new Set(speaksFor.map(({ evaluation }) => evaluation));
  return {
    rule,
    sentence,
    speaksFor: [...given],
    speaksAgainst: [...new Set(speaksAgainst.map(({ evaluation }) => evaluation))].filter((id) => !given.has(id)),
  };
}

export interface Precision {
  readonly rule: FlagRule;
  readonly confirmed: number;
  readonly notConfirmed: number;
  readonly insufficient: number;
  readonly open: number;
}
/** Of those disposed of either way, how many were right; null while there is none. */
export const precisionOf = ({ confirmed, notConfirmed }: Precision): number | null =>
  confirmed + notConfirmed === 0 ? null : confirmed / (confirmed + notConfirmed);
