/** What a module may ask of a model, and what it gets back. */
import type { TObject } from "@sinclair/typebox";

export interface ModelRequest {
  /** For the record: "milestones.summary". */
  readonly purpose: string;
  /** Changes with the instructions: what was asked stays comparable. */
  readonly promptVersion: string;
  /** Whose data it is: one subject a request, so that a model never sees two people together. Null when nobody's. */
  readonly subjectId: string | null;
  /** Ours. Must hold nothing that a member or an evaluator wrote. */
  readonly instructions: string;
  /** What was written, by people we do not control, in order; the last is answered. */
  readonly messages?: readonly { readonly role: "member" | "house"; readonly text: string }[];
  /** Evidence that the answer may cite, each with an id of its own. */
  readonly blocks?: readonly { readonly id: string; readonly text: string }[];
  /** Names that are replaced before anything leaves and put back into the answer: "[Resident]", "[Evaluator 2]". */
  readonly people?: readonly { readonly names: readonly string[]; readonly as: string }[];
  /** "she" and "he" become "they": a model shall not know. They are not put back. */
  readonly neutralPronouns?: boolean;
  /** What the answer must look like. */
  readonly schema: TObject;
  readonly maxOutputTokens: number;
}

export type ModelAnswer =
  | {
      readonly kind: "answer";
      /** Fits the request's schema; names are back in their place. */
      readonly value: unknown;
      readonly runId: string;
      readonly provider: string;
      readonly model: string;
    }
  | {
      readonly kind: "none";
      readonly why: "not-asked" | "off" | "not-in-force" | "budget" | "unavailable" | "filtered" | "unreadable";
      /** For the page that has to do without. */
      readonly sentence: string;
      /** What a provider's filter saw: "self_harm" must be looked at by a person (milestones-coaching.md §4.1). */
      readonly category?: string;
      readonly runId?: string;
    };

export const notAsked: ModelAnswer = { kind: "none", why: "not-asked", sentence: "No model was asked." };
