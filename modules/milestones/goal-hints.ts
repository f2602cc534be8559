/**
 * Hints on the wording of a goal: Specific, Measurable, Attainable (a stated confidence), with a date (SMART). Fixed rules
 * over words; they never stop anyone, and they say what is looked for.
 */
export interface GoalWords {
  /** What the trainee will do. */
  readonly wording: string;
  /** How one will know; may be empty when the wording says it. */
  readonly measure: string;
  /** 1 to 10; null where it is not stated beside the wording. */
  readonly confidence: number | null;
}
export type GoalQuality = "specific" | "measurable" | "attainable";

export interface GoalHint {
  readonly about: GoalQuality;
  readonly sentence: string;
}

/** A verb that names no act: what would one see on a film? */
const vague =
  /^(?:to )?(?:improve|try|work on|get|be|become|understand|know|learn|explore|find|maintain|maintains|keep|establish|develop|enhance|focus|strengthen|increase my|reduce|eat|exercise)\b/i;
/** An example, a means or an amount makes a vague verb visible. */
const visible = /\b(?:such as|for example|by \w+ing|using|choosing|namely)\b|\d\s?%|\bsteps?\b/i;
const amount =
  /\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|once|twice|daily|weekly|monthly|nightly)\b|\b(?:every|each|per|a)\s?(?:day|week|month|shift|rotation|clinic|morning|evening|night|patient|case|(?:mon|tues|wednes|thurs|fri|satur|sun)day)s?\b/i;
const statedConfidence =
  /\(?,?\s*(?:\bconfiden\w*(?: level)?:?\s*)?\(?(?:(\d{1,2})\s*\/\s*10|(\d{1,3})\s?%(?=\s*confiden))(?:\s*confiden\w*)?\)?/i;

/** What a reader would still ask. Empty: nothing to add. */
export function hintsFor({ wording, measure, confidence }: GoalWords): GoalHint[] {
  const stated = confidence ?? confidenceIn(wording);
  const words = wording.replace(statedConfidence, " ").trim();
  const hints: GoalHint[] = [];
  if (words.split(/\s+/).length < 3 || (vague.test(words) && !visible.test(words))) {
    hints.push({
      about: "specific",
      sentence: "What would someone see you do? Begin with that: “present”, “perform”, “write”, “ask for feedback on”.",
    });
  }
  if (!amount.test(words) && !amount.test(measure)) {
    hints.push({
      about: "measurable",
      sentence: "How many, or how often? A number lets both of you see when it is done.",
    });
  }
  if (stated === null) {
    hints.push({ about: "attainable", sentence: "How sure are you, from 1 to 10, that you will get there?" });
  } else if (confidence !== null && confidence < 5) {
    hints.push({
      about: "attainable",
      sentence: "You are rather unsure of it. What smaller step would you call an 8?",
    });
  }
  return hints;
}

/** "(confidence 8/10)", "70% confident": 1 to 10, or null. */
export function confidenceIn(text: string): number | null {
  const [, tenths, percent] = statedConfidence.exec(text) ?? [];
  if (tenths !== undefined) return Math.min(10, Number(tenths));
  return percent === undefined ? null : Math.round(Number(percent) / 10);
}
