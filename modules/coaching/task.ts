/** What a person is asked to do, beside answering a conversation. */
export type TaskKind =
  | "reply"
  | "look"
  | "lows"
  | "call"
  | "draft"
  | "number"
  | "wrong-number"
  | "no-answer"
  | "undelivered"
  | "loop"
  | "import"
  | "follow-up";
