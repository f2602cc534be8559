/** Two machines that answer each other never stop. Signs of one, and what a stranger's number may cost us. */
export interface InboundSeen {
  readonly at: Date;
  readonly words: string;
  /** Seconds after our last text; null when there was none. */
  readonly secondsAfterOurs: number | null;
}

export type LoopSign = "same-words" | "too-fast";

/** The same words three times in ten minutes, or five answers in a row within three seconds. */
export function loopSign(lately: readonly InboundSeen[], now: Date): LoopSign | null {
  const newest = [...lately].sort((one, other) => other.at.getTime() - one.at.getTime());
  const [last] = newest;
  if (!last) return null;
  const same = newest.filter(({ at, words }) => words === last.words && now.getTime() - at.getTime() <= 600_000);
  if (same.length >= 3) return "same-words";
  const five = newest.slice(0, 5);
  return five.length === 5 && five.every(({ secondsAfterOurs }) => secondsAfterOurs !== null && secondsAfterOurs < 3)
    ? "too-fast"
    : null;
}

/** Two replies a day to a number that no member has, and then silence. */
export const mayAnswerStranger = (repliesToday: number): boolean => repliesToday < 2;
/** Short codes and senders by name are machines: nothing is answered. */
export const isMachineNumber = (number: string): boolean => !/^\+[1-9]\d{7,14}$/.test(number);
