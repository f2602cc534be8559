/**
 * A summary of what evaluators wrote about one trainee in one period. Every sentence rests on evaluations that exist; what
 * rests on none is dropped and counted, whoever wrote it. Without a model the sentences follow rules and say so.
 */
import { type Level, levelInWords, lowerFirst } from "./level.ts";

export interface Statement {
  readonly text: string;
  readonly competency: string;
  readonly polarity: "strength" | "concern" | "neutral";
  readonly evidence: readonly string[];
}
export interface SummaryContent {
  readonly statements: readonly Statement[];
  /** What the evidence does not say. */
  readonly unknowns: readonly string[];
}

/** Keeps sentences whose every citation is among the evaluations at hand. */
export function keepCited(
  { statements, unknowns }: SummaryContent,
  known: ReadonlySet<string>,
): { readonly content: SummaryContent; readonly dropped: number } {
  const kept = statements.filter(
    ({ text, evidence }) => text.trim() !== "" && evidence.length > 0 && evidence.every((id) => known.has(id)),
  );
  return {
    content: {
      statements: kept.map((one) => ({ ...one, evidence: [...new Set(one.evidence)] })),
      unknowns: unknowns.filter((text) => text.trim() !== "").slice(0, 8),
    },
    dropped: statements.length - kept.length,
  };
}

export interface Seen {
  readonly code: string;
  readonly title: string;
  readonly before: Level | null;
  readonly observed: readonly { readonly evaluation: string; readonly level: Level }[];
}
export interface Written {
  readonly evaluation: string;
  readonly rotation: string;
  readonly text: string;
}

const competencyOf = (code: string): string => /^[A-Z]+/.exec(code)?.[0] ?? code;

/** Sentences that follow rules: what was observed how often and how far apart, and the first words that were written. */
export function byRules(seen: readonly Seen[], written: readonly Written[]): SummaryContent {
  const statements: Statement[] = [];
  for (const { code, title, before, observed } of seen) {
    const levels = observed.map(({ level }) => level).sort(lowerFirst);
    const [lowest, highest] = [levels[0], levels.at(-1)];
    if (!lowest || !highest) continue;
    const evidence = observed.map(({ evaluation }) => evaluation);
    const range =
      levelInWords(lowest) === levelInWords(highest)
        ? levelInWords(lowest)
        : `${levelInWords(lowest)} to ${levelInWords(highest)}`;
    const now = levels[Math.floor((levels.length - 1) / 2)] as Level;
    const rose = before?.status === "rated" && now.status === "rated" ? now.halfSteps - before.halfSteps : 0;
    if (rose === 0 && levels.length < 3) continue;
    statements.push({
      text: `${code} ${title}: observed ${levels.length === 1 ? "once" : `${levels.length} times`}, ${range}${
        before ? `; ${levelInWords(before)} in the period before` : ""
      }.`,
      competency: competencyOf(code),
      polarity: rose < 0 ? "concern" : rose > 0 ? "strength" : "neutral",
      evidence,
    });
  }
  for (const { evaluation, rotation, text } of written) {
    const [first = ""] = text.trim().split(/(?<=[.!?])\s+/);
    statements.push({
      text: `On ${rotation}: “${first.slice(0, 240)}${first.length > 240 ? "…" : ""}”`,
      competency: "All",
      polarity: "neutral",
      evidence: [evaluation],
    });
  }
  const unseen = seen.filter(({ observed }) => observed.length === 0).map(({ code }) => code);
  return { statements, unknowns: unseen.length > 0 ? [`Nobody observed ${unseen.join(", ")}.`] : [] };
}
