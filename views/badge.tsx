/** A state in a word and a shape: never by colour alone. */
import type { Child, Html } from "./html.ts";

/**
 * `ok` filled dot ∙ `warn` open diamond ∙ `bad` filled square ∙ `query` question mark ∙ `locked` open square ∙
 * `none` open dot ∙ `info` filled diamond ∙ `plain` no shape. In tables `ok` and `none` lose their ground, so that
 * only exceptions are seen from afar.
 */
export type Tone = "ok" | "warn" | "bad" | "query" | "locked" | "none" | "info" | "plain";

export interface BadgeProps {
  readonly tone?: Tone | undefined;
  /** Said to those who hear the page, after the text: "2 queries" + "open for 3 days". */
  readonly more?: string | undefined;
  readonly children?: Child;
}

export const Badge = ({ tone = "plain", more, children }: BadgeProps): Html => (
  <span class={`badge badge-${tone}`}>
    {children}
    {more && <span class="hidden-text"> {more}</span>}
  </span>
);

/** The state of a form or visit in the matrix of subjects by visits. */
export type Progress = "not started" | "in progress" | "complete" | "locked" | "missed" | "overdue" | "query";

const PROGRESS: Record<Progress, { tone: Tone; word: string }> = {
  "not started": { tone: "none", word: "Not started" },
  "in progress": { tone: "warn", word: "In progress" },
  complete: { tone: "ok", word: "Complete" },
  locked: { tone: "locked", word: "Locked" },
  missed: { tone: "bad", word: "Missed" },
  overdue: { tone: "bad", word: "Overdue" },
  query: { tone: "query", word: "Query" },
};

/** One cell of the matrix: shape and word where there is room, the shape alone (and a name) where there is none. */
export const ProgressBadge = ({ state, text }: { state: Progress; text?: string | undefined }): Html => (
  <span class={`badge badge-${PROGRESS[state].tone} badge-narrow`}>
    <span class="badge-word">{text ?? PROGRESS[state].word}</span>
  </span>
);
