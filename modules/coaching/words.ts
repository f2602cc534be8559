/** What the states of this module are called on its pages. */
import type { Tone } from "@views/badge.tsx";
import type { ConsentEventKind, ConsentSource, MemberStatus } from "./consent.ts";
import type { ConversationStatus } from "./conversation.ts";
import type { DeliveryStatus } from "./delivery.ts";
import type { ContactOutcome, Disposition, IncidentStatus } from "./incident.ts";
import type { TaskKind } from "./task.ts";
import { atLeast, type Tier } from "./tier.ts";

export const statusInWords: Readonly<Record<MemberStatus, readonly [string, Tone]>> = {
  invited: ["Invited", "info"],
  "consent-pending": ["Waiting for YES", "warn"],
  active: ["Taking part", "ok"],
  paused: ["Paused", "none"],
  declined: ["Declined", "none"],
  "opted-out": ["Opted out", "bad"],
  "number-invalid": ["Number to verify", "warn"],
  discharged: ["Left", "none"],
  deceased: ["Deceased", "none"],
};

export const conversationInWords: Readonly<Record<ConversationStatus, readonly [string, Tone]>> = {
  "bot-active": ["The bot answers", "info"],
  "needs-human": ["Waits for a person", "warn"],
  "human-active": ["A person answers", "ok"],
  "crisis-locked": ["Crisis: the bot is silent", "bad"],
  closed: ["Closed", "none"],
};

export const consentInWords: Readonly<Record<ConsentEventKind, string>> = {
  invited: "Invited",
  disclosed: "Was shown the text of the invitation",
  given: "Agreed",
  declined: "Declined",
  "opted-out": "Opted out",
  "opted-in-again": "Came back",
  paused: "Paused",
  resumed: "Resumed",
  "number-invalid": "The number was reported as not his or hers",
  "number-verified": "The number was verified",
  discharged: "Left the service",
  deceased: "Died",
};

export const sourceInWords: Readonly<Record<ConsentSource, string>> = {
  sms: "by text message",
  paper: "on paper",
  portal: "on his or her own page",
  voice: "by telephone",
  email: "by e-mail",
  coach: "told a coach",
  "provider-list": "from the provider's list",
};

export const deliveryInWords: Readonly<Record<DeliveryStatus, string>> = {
  queued: "on its way",
  held: "held back",
  sending: "being sent",
  accepted: "sent",
  sent: "sent",
  unknown: "nobody knows whether it arrived",
  cancelled: "withdrawn",
  expired: "too late, not sent",
  failed: "not sent",
  undelivered: "not delivered",
  delivered: "delivered",
};
export const isBadDelivery = (status: DeliveryStatus): boolean =>
  status === "failed" || status === "undelivered" || status === "expired" || status === "unknown";

export const incidentInWords: Readonly<Record<IncidentStatus, readonly [string, Tone]>> = {
  open: ["Open", "bad"],
  paged: ["Paged, nobody has answered", "bad"],
  acknowledged: ["Somebody is on it", "warn"],
  contacted: ["The member was contacted", "warn"],
  resolved: ["Resolved", "ok"],
  reviewed: ["Reviewed", "ok"],
};
export const contactInWords: Readonly<Record<ContactOutcome, string>> = {
  reached: "Reached the member",
  "not-reached": "Could not reach the member",
  "emergency-services": "Called emergency services",
  "family-reached": "Reached the family",
};
export const dispositionInWords: Readonly<Record<Disposition, string>> = {
  "safe-at-home": "Safe at home",
  "sent-to-emergency": "Sent to the emergency department",
  "in-care": "In care already",
  "welfare-check": "A welfare check was asked for",
  "false-alarm": "False alarm",
  "could-not-reach": "Could not be reached by any way",
};

export const taskInWords: Readonly<Record<TaskKind, string>> = {
  reply: "Answer the member",
  look: "Look at a message",
  lows: "Several low values in a week",
  call: "Call the member",
  draft: "Read a draft of the machine",
  number: "Verify the telephone number",
  "wrong-number": "The number has another owner",
  "no-answer": "No answer to a question",
  undelivered: "A text may not have arrived",
  loop: "Two machines may be answering each other",
  import: "Look through rows of a file",
  "follow-up": "Follow up",
};

export const toneOf = (tier: Tier): Tone =>
  atLeast(tier, "H2") ? "bad" : atLeast(tier, "X") ? "warn" : tier === "none" ? "none" : "info";
