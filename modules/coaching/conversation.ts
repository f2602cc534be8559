/**
 * Who speaks: the bot or a person. The epoch changes with every change of hands, and a text that was prepared under an
 * older epoch may not go out: that is how the bot never speaks after a person took over. The store repeats `maySpeak`
 * inside the transaction that sends.
 */
export type Owner = { readonly kind: "bot" } | { readonly kind: "human"; readonly personId: string };
export type ConversationStatus = "bot-active" | "needs-human" | "human-active" | "crisis-locked" | "closed";

export interface Conversation {
  readonly owner: Owner;
  readonly status: ConversationStatus;
  readonly epoch: number;
  /** The last thing a person wrote or did here. */
  readonly humanAt: Date | null;
}

export type Change =
  | { readonly changed: true; readonly conversation: Conversation }
  | { readonly changed: false; readonly because: Refused; readonly sentence: string };
export type Refused = "someone-was-faster" | "crisis-is-open" | "not-yours" | "closed" | "nothing-to-do";

const refusedInWords: Readonly<Record<Refused, string>> = {
  "someone-was-faster": "Someone else took this conversation a moment ago. Look at it again.",
  "crisis-is-open": "A crisis is open here. Resolve it with a disposition before the bot may speak again.",
  "not-yours": "This conversation is with someone else. Take it over first.",
  closed: "This conversation is closed. The member has to be taken in again first.",
  "nothing-to-do": "This is so already.",
};

export const newConversation: Conversation = { owner: { kind: "bot" }, status: "bot-active", epoch: 1, humanAt: null };

const refuse = (because: Refused): Change => ({ changed: false, because, sentence: refusedInWords[because] });
/** A change of hands: always a new epoch, so that everything prepared before is stale. */
const hand = (from: Conversation, to: Partial<Conversation>): Change => ({
  changed: true,
  conversation: { ...from, ...to, epoch: from.epoch + 1 },
});

/** `seen`: the epoch on the screen of the person who acts. */
export function takeOver(conversation: Conversation, personId: string, seen: number, at: Date): Change {
  if (conversation.status === "closed") return refuse("closed");
  if (conversation.epoch !== seen) return refuse("someone-was-faster");
  if (conversation.owner.kind === "human" && conversation.owner.personId === personId) return refuse("nothing-to-do");
  const status = conversation.status === "crisis-locked" ? "crisis-locked" : "human-active";
  return hand(conversation, { owner: { kind: "human", personId }, status, humanAt: at });
}

export function handBack(conversation: Conversation, personId: string, seen: number): Change {
  if (conversation.status === "closed") return refuse("closed");
  if (conversation.epoch !== seen) return refuse("someone-was-faster");
  if (conversation.owner.kind !== "human") return refuse("nothing-to-do");
  if (conversation.owner.personId !== personId) return refuse("not-yours");
  if (conversation.status === "crisis-locked") return refuse("crisis-is-open");
  return hand(conversation, { owner: { kind: "bot" }, status: "bot-active" });
}

/** The bot steps aside and waits for a person: it answers with fixed texts only. */
export function callForHuman(conversation: Conversation): Change {
  if (conversation.status === "closed") return refuse("closed");
  if (conversation.status !== "bot-active") return refuse("nothing-to-do");
  return hand(conversation, { status: "needs-human" });
}

/** From every state but closed; a person who has the conversation keeps it. */
export function lockForCrisis(conversation: Conversation): Change {
  if (conversation.status === "closed") return refuse("closed");
  if (conversation.status === "crisis-locked") return refuse("nothing-to-do");
  return hand(conversation, { status: "crisis-locked" });
}

/** Called when the last open incident was resolved with its disposition. Without an owner it waits for a person. */
export function unlock(conversation: Conversation): Change {
  if (conversation.status !== "crisis-locked") return refuse("nothing-to-do");
  return hand(conversation, { status: conversation.owner.kind === "human" ? "human-active" : "needs-human" });
}

/** By itself after so many idle hours, never out of a crisis. */
export function handBackWhenIdle(conversation: Conversation, now: Date, idleHours: number): Change {
  const { status, humanAt } = conversation;
  if (status === "crisis-locked") return refuse("crisis-is-open");
  if (status !== "human-active" || humanAt === null) return refuse("nothing-to-do");
  if (now.getTime() - humanAt.getTime() < idleHours * 3_600_000) return refuse("nothing-to-do");
  return hand(conversation, { owner: { kind: "bot" }, status: "bot-active" });
}

export function close(conversation: Conversation): Change {
  if (conversation.status === "closed") return refuse("nothing-to-do");
  return hand(conversation, { owner: { kind: "bot" }, status: "closed" });
}

export type Speaker =
  /** A text written by a model or by a journey. */
  | { readonly kind: "bot"; readonly epoch: number }
  /** A fixed safety text: allowed even while a person speaks, because it says "call 911". */
  | { readonly kind: "safety" }
  /** The one confirmation of an opt-out, HELP. */
  | { readonly kind: "compliance" }
  | { readonly kind: "human"; readonly personId: string };

export function maySpeak(conversation: Conversation, speaker: Speaker): boolean {
  if (speaker.kind === "compliance") return true;
  if (conversation.status === "closed") return false;
  if (speaker.kind === "safety") return true;
  if (speaker.kind === "human")
    return conversation.owner.kind === "human" && conversation.owner.personId === speaker.personId;
  return (
    conversation.owner.kind === "bot" && conversation.status === "bot-active" && conversation.epoch === speaker.epoch
  );
}
