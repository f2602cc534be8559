/** The state of a review, in a word and a shape. */
import { Badge, type Tone } from "@views/badge.tsx";
import type { Html } from "@views/html.ts";
import { type ReviewState, stateInWords } from "../review.ts";

const tones: Readonly<Record<ReviewState, Tone>> = {
  collecting: "none",
  rated: "warn",
  recommended: "query",
  finalised: "locked",
  released: "info",
  acknowledged: "ok",
};

export const StateBadge = ({ state }: { state: ReviewState }): Html => (
  <Badge tone={tones[state]}>{stateInWords[state]}</Badge>
);
