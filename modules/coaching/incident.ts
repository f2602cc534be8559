/**
 * A safety incident: opened by triage, paged up a ladder until somebody answers, closed only with a disposition by a
 * clinician, and looked at once more in the weekly review. Times are data in the database; this says what is due.
 */
import type { Role, Tier } from "./tier.ts";

export type IncidentStatus = "open" | "paged" | "acknowledged" | "contacted" | "resolved" | "reviewed";
export type Rung = "coach" | "supervisor" | "medical-director" | "phone-tree";
export const ladder: readonly Rung[] = ["coach", "supervisor", "medical-director", "phone-tree"];
/** What somebody on duty is called for: a rung of the ladder, or beside its first one what the rules ask for by name. */
export const duties = ["crisis", "clinician", ...ladder] as const;
export type Duty = Rung | "crisis" | "clinician";
/** Who is called on this rung of an incident that the rules gave to `role`. */
export const dutiesOf = (rung: Rung, role: Role): readonly Duty[] =>
  rung === "coach" && (role === "crisis" || role === "clinician") ? [role, rung] : [rung];

export type ContactOutcome = "reached" | "not-reached" | "emergency-services" | "family-reached";
export type Disposition =
  | "safe-at-home"
  | "sent-to-emergency"
  | "in-care"
  | "welfare-check"
  | "false-alarm"
  | "could-not-reach";

export interface Incident {
  readonly tier: Tier;
  readonly status: IncidentStatus;
  readonly openedAt: Date;
  /** Minutes until one rung of the ladder has to answer; from the signed rule set. */
  readonly acknowledgeMinutes: number;
  /** How far the paging went; null before the first page. */
  readonly rung: Rung | null;
  readonly acknowledgedBy: string | null;
  readonly contact: ContactOutcome | null;
  readonly disposition: Disposition | null;
}

export const openIncident = (tier: Tier, openedAt: Date, acknowledgeMinutes: number): Incident => ({
  tier,
  status: "open",
  openedAt,
  acknowledgeMinutes,
  rung: null,
  acknowledgedBy: null,
  contact: null,
  disposition: null,
});

export interface DuePage {
  readonly rung: Rung;
  readonly at: Date;
}

/** When each rung is paged while nobody answers: the first at once, each other one interval later. */
export function pagingPlan({
  openedAt,
  acknowledgeMinutes,
}: Pick<Incident, "openedAt" | "acknowledgeMinutes">): DuePage[] {
  return ladder.map((rung, step) => ({ rung, at: new Date(openedAt.getTime() + step * acknowledgeMinutes * 60_000) }));
}

/** The pages that should have gone out by now and have not. After an outage the missed rungs are all paged at once. */
export function duePages(incident: Incident, now: Date): DuePage[] {
  if (incident.status !== "open" && incident.status !== "paged") return [];
  const reached = incident.rung === null ? -1 : ladder.indexOf(incident.rung);
  return pagingPlan(incident).filter(({ at }, step) => step > reached && at <= now);
}

/** Null once somebody has answered or the ladder is at its end. */
export function nextPageAt(incident: Incident): Date | null {
  if (incident.status !== "open" && incident.status !== "paged") return null;
  const reached = incident.rung === null ? -1 : ladder.indexOf(incident.rung);
  return pagingPlan(incident)[reached + 1]?.at ?? null;
}

export type IncidentChange =
  | { readonly changed: true; readonly incident: Incident }
  | { readonly changed: false; readonly sentence: string };
const refuse = (sentence: string): IncidentChange => ({ changed: false, sentence });
const to = (incident: Incident, change: Partial<Incident>): IncidentChange => ({
  changed: true,
  incident: { ...incident, ...change },
});

export function page(incident: Incident, rung: Rung): IncidentChange {
  if (incident.status !== "open" && incident.status !== "paged")
    return refuse("Somebody has answered already; no more pages go out.");
  if (incident.rung !== null && ladder.indexOf(rung) <= ladder.indexOf(incident.rung))
    return refuse("This rung was paged already.");
  return to(incident, { status: "paged", rung });
}

/** A second person may take it on: the last to acknowledge has it. */
export function acknowledge(incident: Incident, personId: string): IncidentChange {
  if (incident.status === "resolved" || incident.status === "reviewed")
    return refuse("This incident is resolved. Open a new one if something happened since.");
  return to(incident, {
    status: incident.status === "contacted" ? "contacted" : "acknowledged",
    acknowledgedBy: personId,
  });
}

export function recordContact(incident: Incident, contact: ContactOutcome): IncidentChange {
  if (incident.status !== "acknowledged" && incident.status !== "contacted")
    return refuse("Acknowledge the incident first, so that others know who is on it.");
  return to(incident, { status: "contacted", contact });
}

/** Only a clinician resolves, and only with what became of the person. */
export function resolve(
  incident: Incident,
  disposition: Disposition | null,
  by: { readonly isClinician: boolean },
): IncidentChange {
  if (incident.status === "resolved" || incident.status === "reviewed")
    return refuse("This incident is resolved already.");
  if (disposition === null) return refuse("Say what became of the person. An incident cannot be closed without it.");
  if (!by.isClinician) return refuse("A clinician has to resolve this. Ask the one on call.");
  if (incident.status !== "contacted")
    return refuse("Record how the person was contacted, or that they could not be reached.");
  if (disposition === "safe-at-home" && incident.contact === "not-reached")
    return refuse("Nobody was reached, so nobody can be called safe. Choose another disposition.");
  return to(incident, { status: "resolved", disposition });
}

export function review(incident: Incident): IncidentChange {
  if (incident.status !== "resolved") return refuse("Only a resolved incident is reviewed.");
  return to(incident, { status: "reviewed" });
}

/** A very low value asks for another reading; two silences are an emergency. */
export type Recheck = "wait" | "ask-again" | "raise";
export function recheckDue(
  question: { readonly askedAt: Date; readonly asked: number; readonly answered: boolean; readonly minutes: number },
  now: Date,
): Recheck {
  const { askedAt, asked, answered, minutes } = question;
  if (answered || now.getTime() - askedAt.getTime() < minutes * 60_000) return "wait";
  return asked >= 2 ? "raise" : "ask-again";
}
