/** Forms that participants answer themselves: which are due when, what is to be done about each, and how it stands. Pure. */
import type { StudyEvent } from "../model/build.ts";
import { survey as isSurvey } from "../model/marks.ts";
import type { Plan } from "../model/plan.ts";
import { dueOf, isInArm } from "./progress.ts";

export interface SurveyPlace {
  readonly event: string;
  readonly eventKey: string;
  readonly form: string;
  readonly formKey: string;
}
export interface PlannedSurvey extends SurveyPlace {
  readonly opensOn: string;
  readonly dueOn: string;
  readonly closesOn: string;
}

export const surveyForms = (plan: Plan, event: StudyEvent): readonly string[] =>
  event.forms.flatMap(({ form }) => {
    const definition = plan.forms.get(form);
    return definition && isSurvey.on(definition) ? [form] : [];
  });

/** Every survey that the schedule has for a participant of this arm. Repeating visits are sent by hand. */
export function plannedSurveys(
  plan: Plan,
  { arm, enrolledOn }: { readonly arm: string; readonly enrolledOn: string },
  dayOfVisit: (event: string) => string | null,
): PlannedSurvey[] {
  return plan.build.events.flatMap((event): PlannedSurvey[] => {
    if (event.type !== "scheduled" || event.repeating) return [];
    if (!isInArm(event, arm)) return [];
    const due = dueOf(event, enrolledOn, dayOfVisit);
    if (!due) return [];
    return surveyForms(plan, event).map((form) => ({
      event: event.id,
      eventKey: "",
      form,
      formKey: plan.forms.get(form)?.repeating ? "1" : "",
      opensOn: due.earliest,
      dueOn: due.target,
      closesOn: due.latest,
    }));
  });
}

export const surveyStates = ["later", "due", "sent", "begun", "answered", "missed", "withdrawn", "opted out"] as const;
export type SurveyState = (typeof surveyStates)[number];
export const surveyWords: Readonly<Record<SurveyState, string>> = {
  later: "Later",
  due: "Due, not sent",
  sent: "Sent",
  begun: "Begun",
  answered: "Answered",
  missed: "Missed",
  withdrawn: "Withdrawn",
  "opted out": "Opted out",
};

export interface SurveyFacts {
  readonly closesOn: string;
  readonly openedAt: Date | null;
  readonly answeredAt: Date | null;
  readonly withdrawnAt: Date | null;
}

/** Of `facts` it is only asked whether it was begun, answered or withdrawn, not when. */
export function surveyStateOf(
  facts: (Pick<SurveyFacts, "closesOn"> & { readonly [K in Exclude<keyof SurveyFacts, "closesOn">]: unknown }) | null,
  planned: { readonly opensOn: string; readonly closesOn: string } | null,
  optedOut: boolean,
  today: string,
): SurveyState {
  if (facts?.answeredAt) return "answered";
  if (facts?.withdrawnAt) return "withdrawn";
  const closesOn = facts?.closesOn ?? planned?.closesOn ?? today;
  if (today > closesOn) return "missed";
  if (optedOut) return "opted out";
  if (facts) return facts.openedAt ? "begun" : "sent";
  return planned && today < planned.opensOn ? "later" : "due";
}

export interface Reminding {
  readonly surveyReminders: number;
  readonly surveyReminderDays: number;
}

/** Is it time to remind? The first message counts as one. */
export function isToRemind(
  facts: SurveyFacts & { readonly sends: number; readonly sentAt: Date | null },
  settings: Reminding,
  today: string,
  now: Date,
): boolean {
  if (facts.answeredAt || facts.withdrawnAt || today > facts.closesOn || !facts.sentAt) return false;
  if (facts.sends > settings.surveyReminders) return false;
  return now.getTime() - facts.sentAt.getTime() >= settings.surveyReminderDays * 86_400_000;
}

/** Why this participant is not asked now; null: he may be. */
export function notAsked(standing: {
  readonly status: string;
  readonly optedOut: boolean;
  /** null: nobody here keeps consents. */
  readonly newData: "given" | "pending" | "withdrawn" | "not-required" | null;
  readonly contact: "given" | "pending" | "withdrawn" | "not-required" | null;
}): string | null {
  if (standing.optedOut) return "The participant asked not to be sent surveys.";
  if (standing.status !== "enrolled" && standing.status !== "screening")
    return `The participant's standing is “${standing.status}”: no more surveys are sent.`;
  if (standing.newData === "withdrawn") return "Consent to new data is withdrawn: nothing new is asked.";
  if (standing.newData === "pending") return "Consent is not given yet: nothing is asked before.";
  if (standing.contact === "withdrawn") return "Consent to be contacted is withdrawn.";
  return null;
}

/** The day in a zone, and its hour. An unknown zone is UTC. */
export function clockIn(zone: string, now: Date): { readonly day: string; readonly hour: number } {
  try {
    const parts = new Intl.DateTimeFormat("en-CA", {
      timeZone: zone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      hourCycle: "h23",
    }).formatToParts(now);
    const part = (type: string) => parts.find((one) => one.type === type)?.value ?? "";
    return { day: `${part("year")}-${part("month")}-${part("day")}`, hour: Number(part("hour")) };
  } catch {
    return { day: now.toISOString().slice(0, 10), hour: now.getUTCHours() };
  }
}

export const isAwake = (hour: number, { surveyFrom, surveyTo }: { surveyFrom: number; surveyTo: number }): boolean =>
  surveyFrom < surveyTo ? hour >= surveyFrom && hour < surveyTo : hour >= surveyFrom || hour < surveyTo;

// ── The resume code ─────────────────────────────────────────────────────────────────────────────────────────────────

/** Letters and digits that are not mistaken for each other, also over the telephone. */
const letters = "ABCDEFGHJKMNPQRSTUVWXYZ23456789";
const CODE_LENGTH = 8;
export const TRIES = 5;
export const SHUT_MINUTES = 30;
export const SESSION_HOURS = 4;
export const CODES_A_DAY = 3;

/** Eight of 31 letters: 40 bits, five guesses in half an hour. */
export function newCode(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(CODE_LENGTH * 4));
  let code = "";
  for (const byte of bytes) {
    // 248 = 8 × 31: what is above would make some letters likelier.
    if (byte < 248 && code.length < CODE_LENGTH) code += letters[byte % letters.length];
  }
  return code.length === CODE_LENGTH ? code : newCode();
}
export const shownCode = (code: string): string => `${code.slice(0, 4)}-${code.slice(4)}`;
/** As people type it. */
export const plainCode = (typed: string): string =>
  typed
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, "")
    .slice(0, 40);

export type Attempt = "right" | "wrong" | "shut";
export function attempt(
  { tries, shutUntil }: { readonly tries: number; readonly shutUntil: Date | null },
  isRight: boolean,
  now: Date,
): { readonly is: Attempt; readonly tries: number; readonly shutUntil: Date | null } {
  if (shutUntil && shutUntil > now) return { is: "shut", tries, shutUntil };
  if (isRight) return { is: "right", tries: 0, shutUntil: null };
  return tries + 1 >= TRIES
    ? { is: "shut", tries: 0, shutUntil: new Date(now.getTime() + SHUT_MINUTES * 60_000) }
    : { is: "wrong", tries: tries + 1, shutUntil: null };
}
