/**
 * Consent is a ledger: each row says what was shown, by its hash, what was answered, from where and when. What a member
 * is today follows from the rows; no column holds it. Nothing in the ledger is ever changed.
 */
export type ConsentEventKind =
  | "invited"
  | "disclosed"
  | "given"
  | "declined"
  | "opted-out"
  | "opted-in-again"
  | "paused"
  | "resumed"
  | "number-invalid"
  | "number-verified"
  | "discharged"
  | "deceased";
export type ConsentSource = "sms" | "paper" | "portal" | "voice" | "email" | "coach" | "provider-list";

export interface ConsentEvent {
  readonly kind: ConsentEventKind;
  readonly at: Date;
  readonly source: ConsentSource;
  /** SHA-256 of the text that was shown or sent; null where there was none. */
  readonly textHash: string | null;
  /** "YES", "STOP", or the free words. */
  readonly words: string | null;
}

export type MemberStatus =
  | "invited"
  | "consent-pending"
  | "active"
  | "paused"
  | "declined"
  | "opted-out"
  | "number-invalid"
  | "discharged"
  | "deceased";

/** No row is before the one it follows in the ledger; equal times keep the ledger's order. */
export function statusOf(events: readonly ConsentEvent[]): MemberStatus {
  let status: MemberStatus = "invited";
  let disclosed: string | null = null;
  for (const { kind, textHash } of [...events].sort((one, other) => one.at.getTime() - other.at.getTime())) {
    if (kind === "disclosed") disclosed = textHash;
    status = next(status, kind, disclosed !== null);
  }
  return status;
}

/** The kinds of a ledger's rows in their order, with spaces between; a disclosure's row always has its text's hash. */
export function statusOfStory(story: string): MemberStatus {
  let status: MemberStatus = "invited";
  let isDisclosed = false;
  for (const kind of story.split(" ") as ConsentEventKind[]) {
    isDisclosed ||= kind === "disclosed";
    status = next(status, kind, isDisclosed);
  }
  return status;
}

function next(status: MemberStatus, kind: ConsentEventKind, wasDisclosed: boolean): MemberStatus {
  if (status === "deceased") return status;
  switch (kind) {
    case "deceased":
    case "discharged":
    case "opted-out":
      return status === "discharged" && kind === "opted-out" ? status : kind;
    case "invited":
      return status === "discharged" || status === "declined" ? "invited" : status;
    case "disclosed":
      return status === "invited" ? "consent-pending" : status;
    case "given":
      // Without a disclosure there is nothing to agree to; after an opt-out only the member comes back.
      return status === "consent-pending" && wasDisclosed ? "active" : status;
    case "opted-in-again":
      return status === "opted-out" ? (wasDisclosed ? "active" : "consent-pending") : status;
    case "declined":
      return status === "consent-pending" || status === "invited" ? "declined" : status;
    case "paused":
      return status === "active" ? "paused" : status;
    case "resumed":
      return status === "paused" ? "active" : status;
    case "number-invalid":
      return status === "active" || status === "paused" || status === "consent-pending" ? "number-invalid" : status;
    case "number-verified":
      return status === "number-invalid" ? "active" : status;
  }
}

/** What may be sent in each status. */
export function mayText(
  status: MemberStatus,
  text: "invitation" | "confirmation" | "help" | "safety" | "coaching",
): boolean {
  if (text === "help") return status !== "deceased";
  // The one confirmation of an opt-out goes out right after it was recorded; the caller sends it once.
  if (text === "confirmation") return status === "opted-out" || status === "active" || status === "declined";
  if (text === "invitation") return status === "invited" || status === "consent-pending";
  if (text === "safety") return status === "active" || status === "paused" || status === "consent-pending";
  return status === "active";
}

/** A number may have a new owner: after long silence, or when the carrier does not know it, it is verified again. */
export const silentDays = 90;
export function needsVerification(lastInbound: Date | null, memberSince: Date, now: Date): boolean {
  const heard = lastInbound ?? memberSince;
  return now.getTime() - heard.getTime() > silentDays * 24 * 3_600_000;
}
