/**
 * One trainee's review in one period, from the first evaluation to the trainee's own word:
 *
 *   collecting → rated → recommended → finalised → released → acknowledged
 *
 * The state is never stored: it follows from rows that people made. What the director finalised is never changed;
 * reopening it leads back to `rated`, and the next decision is a new revision beside the old one.
 */
import { type Level, levelInWords, lowerFirst, sameLevel } from "./level.ts";

export type ReviewState = "collecting" | "rated" | "recommended" | "finalised" | "released" | "acknowledged";

export interface Standing {
  /** The sheets are open to all of the committee: everyone who was awaited has handed in. */
  readonly isRevealed: boolean;
  /** The committee has met on this trainee, after the newest decision if there is one. */
  readonly isRecommended: boolean;
  /** The newest decision. */
  readonly decision: {
    readonly isReleased: boolean;
    readonly isReopened: boolean;
    readonly isAcknowledged: boolean;
  } | null;
}

export function stateOf({ isRevealed, isRecommended, decision }: Standing): ReviewState {
  if (decision && !decision.isReopened) {
    if (decision.isAcknowledged) return "acknowledged";
    return decision.isReleased ? "released" : "finalised";
  }
  if (isRecommended) return "recommended";
  return isRevealed ? "rated" : "collecting";
}

export const stateInWords: Readonly<Record<ReviewState, string>> = {
  collecting: "Collecting",
  rated: "Rated by the committee",
  recommended: "Recommended",
  finalised: "Finalised",
  released: "Released",
  acknowledged: "Acknowledged",
};

export type ReviewAct = "rate" | "recommend" | "finalise" | "release" | "reopen" | "acknowledge";

/** From which states an act is possible, and what is said from every other. */
const rules: Readonly<Record<ReviewAct, { readonly from: readonly ReviewState[]; readonly otherwise: string }>> = {
  rate: {
    from: ["collecting", "rated", "recommended"],
    otherwise:
      "This review is finalised. The program director can reopen it with a reason; then it can be rated again.",
  },
  recommend: {
    from: ["rated", "recommended"],
    otherwise: "The committee recommends once all sheets are open, and until the director has decided.",
  },
  finalise: {
    from: ["rated", "recommended"],
    otherwise: "A review is finalised once the committee has rated it, and only once. Look at its state above.",
  },
  release: { from: ["finalised"], otherwise: "Only a finalised review that was not released yet can be released." },
  reopen: {
    from: ["finalised", "released", "acknowledged"],
    otherwise: "This review is not finalised, so there is nothing to reopen.",
  },
  acknowledge: {
    from: ["released"],
    otherwise: "This result is not waiting for you: it was acknowledged before, or it has been reopened since.",
  },
};

/** Null when it may be done; otherwise the sentence that says why not. */
export function whyNot(act: ReviewAct, state: ReviewState): string | null {
  return rules[act].from.includes(state) ? null : rules[act].otherwise;
}

/** Whether the director's word is what is missing. */
export const isToDecide = (state: ReviewState, meetingFirst: boolean): boolean =>
  state === "recommended" || (state === "rated" && !meetingFirst);

/** What the committee says about one subcompetency: one level, or several, or nothing. Levels are never averaged. */
export type Recommendation =
  | { readonly kind: "agreed"; readonly level: Level }
  | { readonly kind: "divided"; readonly levels: readonly Level[] }
  | { readonly kind: "none" };

export function recommend(levels: readonly Level[]): Recommendation {
  const [first] = levels;
  if (!first) return { kind: "none" };
  const different = levels.filter((level, at) => levels.findIndex((other) => sameLevel(level, other)) === at);
  return different.length === 1
    ? { kind: "agreed", level: first }
    : { kind: "divided", levels: [...different].sort(lowerFirst) };
}

export function recommendationInWords(recommendation: Recommendation): string {
  if (recommendation.kind === "none") return "No recommendation";
  if (recommendation.kind === "agreed") return levelInWords(recommendation.level);
  return `Divided: ${recommendation.levels.map(levelInWords).join(" or ")}`;
}

export interface Item {
  readonly id: string;
  readonly code: string;
}
export interface Choice {
  readonly level: Level | null;
  readonly reason: string;
}
export interface Decided {
  readonly subcompetencyId: string;
  readonly level: Level;
  /** Set when the director's level is not the one the committee agreed on. */
  readonly override: { readonly reason: string; readonly recommendation: Recommendation } | null;
}
export type Decision =
  | { readonly levels: readonly Decided[]; readonly problems?: undefined }
  | {
      readonly levels?: undefined;
      readonly problems: readonly {
        readonly item: Item;
        readonly about: "level" | "reason";
        readonly sentence: string;
      }[];
    };

/**
 * The director's word on every subcompetency. The committee advises and the director decides (Common Program
 * Requirements); where the two differ, or where the committee did not agree, the record holds a reason.
 */
export function decide(
  items: readonly Item[],
  recommendations: ReadonlyMap<string, Recommendation>,
  choices: ReadonlyMap<string, Choice>,
): Decision {
  const levels: Decided[] = [];
  const problems: { item: Item; about: "level" | "reason"; sentence: string }[] = [];
  for (const item of items) {
    const recommendation = recommendations.get(item.id) ?? { kind: "none" };
    const { level, reason } = choices.get(item.id) ?? { level: null, reason: "" };
    if (!level) {
      problems.push({
        item,
        about: "level",
        sentence: `${item.code}: choose a level, Not Yet Completed Level 1 or Not Yet Assessable.`,
      });
      continue;
    }
    const follows = recommendation.kind === "agreed" && sameLevel(recommendation.level, level);
    const why = reason.trim();
    if (!follows && why === "") {
      problems.push({ item, about: "reason", sentence: `${item.code}: ${needsReason(recommendation)} Give a reason.` });
      continue;
    }
    levels.push({ subcompetencyId: item.id, level, override: follows ? null : { reason: why, recommendation } });
  }
  return problems.length > 0 ? { problems } : { levels };
}

function needsReason(recommendation: Recommendation): string {
  if (recommendation.kind === "agreed") return `the committee recommends ${levelInWords(recommendation.level)}.`;
  return recommendation.kind === "divided" ? "the committee is divided." : "the committee made no recommendation.";
}
