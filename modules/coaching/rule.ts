/** One rule of triage: a set of phrases and how urgent a message is that says one of them. Data, so that it can be signed. */
import type { Tier } from "./tier.ts";

export type Stage =
  | "opt-out"
  | "emergency"
  | "crisis"
  | "glucose"
  | "symptoms"
  | "dose-intent"
  | "injection"
  | "person";

export interface PhraseRule {
  /** "crisis.suicide": the stage's name first. Never used again for another meaning. */
  readonly id: string;
  readonly stage: Stage;
  readonly tier: Tier;
  readonly says: readonly string[];
  readonly unless?: readonly string[];
}
