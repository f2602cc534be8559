/**
 * How urgent a message is. The order is total, so that "raise" and "lower" have one meaning everywhere: in triage, in a
 * tenant's own rule set, for a model's opinion and in the release gate. A very low value comes before a very high one:
 * it leaves minutes, not hours.
 */
export const tiers = ["none", "OK", "Y1", "P", "X", "H1", "Y2", "Y3", "H2", "D", "C", "E1"] as const;
export type Tier = (typeof tiers)[number];

export const tierInWords: Readonly<Record<Tier, string>> = {
  none: "Nothing of note",
  OK: "Glucose in range",
  Y1: "Glucose above range",
  P: "A person should look",
  X: "Asks about a dose",
  H1: "Low glucose",
  Y2: "High glucose",
  H2: "Very low glucose",
  Y3: "Very high glucose",
  D: "Signs of a metabolic emergency",
  C: "Crisis",
  E1: "Emergency",
};

export const urgency = (tier: Tier): number => tiers.indexOf(tier);
export const atLeast = (tier: Tier, other: Tier): boolean => urgency(tier) >= urgency(other);
export const higher = (one: Tier, other: Tier): Tier => (atLeast(one, other) ? one : other);
export const highest = (all: readonly Tier[]): Tier => all.reduce(higher, "none");

export type Role = "coach" | "clinician" | "on-call" | "crisis";

export interface Handling {
  /** The fixed text that is sent; null when a model may converse. No model ever writes a text for the others. */
  readonly template: TemplateId | null;
  /** Who is asked, and by when it must be acknowledged. Null: it is only kept for the trend. */
  readonly role: Role | null;
  readonly acknowledgeMinutes: number | null;
  /** Silences the bot until a person hands the conversation back. */
  readonly locksBot: boolean;
  /** Asks for a new reading after so many minutes. */
  readonly recheckMinutes: number | null;
}

export type TemplateId =
  | "emergency"
  | "crisis"
  | "danger-signs"
  | "very-high"
  | "very-low"
  | "high"
  | "low"
  | "dose"
  | "person";

const day = 24 * 60;
const noRecheck = { recheckMinutes: null };

/** Our proposal for the times; a clinician signs them with the rule set, and may only shorten them. */
export const defaultHandling: Readonly<Record<Tier, Handling>> = {
  E1: { template: "emergency", role: "on-call", acknowledgeMinutes: 5, locksBot: true, ...noRecheck },
  C: { template: "crisis", role: "crisis", acknowledgeMinutes: 5, locksBot: true, ...noRecheck },
  D: { template: "danger-signs", role: "on-call", acknowledgeMinutes: 5, locksBot: true, ...noRecheck },
  Y3: { template: "very-high", role: "clinician", acknowledgeMinutes: 15, locksBot: false, ...noRecheck },
  H2: { template: "very-low", role: "on-call", acknowledgeMinutes: 15, locksBot: false, recheckMinutes: 15 },
  Y2: { template: "high", role: "coach", acknowledgeMinutes: 8 * 60, locksBot: false, ...noRecheck },
  H1: { template: "low", role: "coach", acknowledgeMinutes: day, locksBot: false, recheckMinutes: 15 },
  X: { template: "dose", role: "coach", acknowledgeMinutes: day, locksBot: false, ...noRecheck },
  P: { template: "person", role: "coach", acknowledgeMinutes: day, locksBot: false, ...noRecheck },
  Y1: { template: null, role: null, acknowledgeMinutes: null, locksBot: false, ...noRecheck },
  OK: { template: null, role: null, acknowledgeMinutes: null, locksBot: false, ...noRecheck },
  none: { template: null, role: null, acknowledgeMinutes: null, locksBot: false, ...noRecheck },
};
