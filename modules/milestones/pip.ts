/**
 * A performance improvement plan, with due process:
 *
 *   draft → second review → approved → notice served → the trainee's answer → active → outcome
 *
 * The answer is an acknowledgement, a refusal to sign before a witness, or silence for a number of days. While it is active
 * there are interim reviews, and it may be extended. When it did not succeed it can be escalated; then the trainee may ask
 * for a hearing and file a grievance, each until its own day. It can be rescinded, with a reason, until it has ended.
 * The state follows from the steps that people took; names and numbers are the program's settings.
 */
import { addDays } from "./period.ts";

export const pipSteps = [
  "put_forward",
  "approved",
  "returned",
  "issued",
  "acknowledged",
  "declined",
  "no_response",
  "begun",
  "interim_review",
  "extended",
  "successful",
  "unsuccessful",
  "escalated",
  "hearing_requested",
  "hearing_held",
  "grievance_filed",
  "concluded",
  "rescinded",
] as const;
export type PipStep = (typeof pipSteps)[number];
export type PipState =
  | "draft"
  | "second_review"
  | "approved"
  | "issued"
  | "answered"
  | "active"
  | "successful"
  | "unsuccessful"
  | "escalated"
  | "concluded"
  | "rescinded";

const stateAfter: Readonly<Record<PipStep, PipState>> = {
  put_forward: "second_review",
  returned: "draft",
  approved: "approved",
  issued: "issued",
  acknowledged: "answered",
  declined: "answered",
  no_response: "answered",
  begun: "active",
  interim_review: "active",
  extended: "active",
  successful: "successful",
  unsuccessful: "unsuccessful",
  escalated: "escalated",
  hearing_requested: "escalated",
  hearing_held: "escalated",
  grievance_filed: "escalated",
  concluded: "concluded",
  rescinded: "rescinded",
};
export const pipStateOf = (lastStep: PipStep | null): PipState => (lastStep === null ? "draft" : stateAfter[lastStep]);

export const pipStateInWords: Readonly<Record<PipState, string>> = {
  draft: "Draft",
  second_review: "In second review",
  approved: "Approved, not served",
  issued: "Notice served",
  answered: "Answered, not in effect",
  active: "Active",
  successful: "Successful",
  unsuccessful: "Unsuccessful",
  escalated: "Escalated",
  concluded: "Concluded",
  rescinded: "Rescinded",
};
/** "{actor} … ": also what the record says. */
export const pipStepInWords: Readonly<Record<PipStep, string>> = {
  put_forward: "put the draft forward for second review",
  returned: "handed the draft back",
  approved: "approved the draft",
  issued: "served notice",
  acknowledged: "acknowledged the notice",
  declined: "recorded a refusal to sign before a witness",
  no_response: "recorded that no response came",
  begun: "put the plan into effect",
  interim_review: "recorded an interim review",
  extended: "extended the plan",
  successful: "recorded success",
  unsuccessful: "recorded that the plan did not succeed",
  escalated: "escalated",
  hearing_requested: "asked for a hearing",
  hearing_held: "recorded the hearing",
  grievance_filed: "filed a grievance",
  concluded: "concluded the process",
  rescinded: "rescinded the plan",
};

export type Escalation = "probation" | "non_promotion" | "non_renewal" | "dismissal";

export interface PipStanding {
  /** In the order in which they were taken. */
  readonly steps: readonly PipStep[];
  readonly issuedOn: string | null;
  /** The newest end, after extensions. */
  readonly endsOn: string;
  readonly hearingBy: string | null;
  readonly grievanceBy: string | null;
}
export interface PipRules {
  readonly pipDaysToAnswer: number;
  readonly pipExtensions: number;
}

const from: Readonly<Record<PipStep, readonly PipState[]>> = {
  put_forward: ["draft"],
  returned: ["second_review"],
  approved: ["second_review"],
  issued: ["approved"],
  acknowledged: ["issued"],
  declined: ["issued"],
  no_response: ["issued"],
  begun: ["answered"],
  interim_review: ["active"],
  extended: ["active"],
  successful: ["active"],
  unsuccessful: ["active"],
  escalated: ["unsuccessful"],
  hearing_requested: ["escalated"],
  hearing_held: ["escalated"],
  grievance_filed: ["escalated"],
  concluded: ["escalated", "unsuccessful"],
  rescinded: ["draft", "second_review", "approved", "issued", "answered", "active", "unsuccessful", "escalated"],
};

/** Null when the step may be taken on this day; otherwise the sentence that says why not. */
export function whyNotPip(step: PipStep, standing: PipStanding, rules: PipRules, today: string): string | null {
  const { steps, issuedOn, hearingBy, grievanceBy } = standing;
  const state = pipStateOf(steps.at(-1) ?? null);
  if (!from[step].includes(state)) {
    return `That cannot be done while the plan is: ${pipStateInWords[state].toLowerCase()}. Look at what happened so far.`;
  }
  switch (step) {
    case "no_response": {
      const waits = issuedOn === null ? null : addDays(issuedOn, rules.pipDaysToAnswer);
      return waits === null || today < waits
        ? `The trainee has ${rules.pipDaysToAnswer} days to answer, until ${waits ?? "the notice is served"}.`
        : null;
    }
    case "extended":
      return steps.filter((one) => one === "extended").length >= rules.pipExtensions
        ? "This plan was extended as often as the program allows. Record its outcome."
        : null;
    case "hearing_requested":
      if (steps.includes("hearing_requested")) return "A hearing was asked for already.";
      return hearingBy !== null && today > hearingBy ? `A hearing could be asked for until ${hearingBy}.` : null;
    case "grievance_filed":
      if (steps.includes("grievance_filed")) return "A grievance was filed already.";
      return grievanceBy !== null && today > grievanceBy ? `A grievance could be filed until ${grievanceBy}.` : null;
    case "hearing_held":
      if (!steps.includes("hearing_requested")) return "No hearing was asked for.";
      return steps.includes("hearing_held") ? "The hearing was recorded already." : null;
    case "concluded":
      return steps.includes("hearing_requested") && !steps.includes("hearing_held")
        ? "A hearing was asked for and has not been held yet."
        : openUntil(standing, today);
    default:
      return null;
  }
}

/** An escalation is not concluded while the trainee may still ask for something. */
function openUntil({ steps, hearingBy, grievanceBy }: PipStanding, today: string): string | null {
  const open = [
    steps.includes("hearing_requested") ? null : hearingBy,
    steps.includes("grievance_filed") ? null : grievanceBy,
  ].filter((day) => day !== null && today <= day);
  const last = open.sort().at(-1);
  return last ? `The trainee may still ask for a hearing or file a grievance, until ${last}.` : null;
}

/** What is asked with a step, beyond taking it. */
export interface StepWords {
  readonly note: string;
  readonly newEnd: string;
  readonly witnessId: string;
  readonly kind: string;
  readonly effectiveOn: string;
}
const needsNote: ReadonlySet<PipStep> = new Set([
  "returned",
  "declined",
  "interim_review",
  "extended",
  "successful",
  "unsuccessful",
  "escalated",
  "hearing_held",
  "hearing_requested",
  "grievance_filed",
  "concluded",
  "rescinded",
]);

/** A sentence for each field that is missing or wrong; empty when the step can be recorded. */
export function lacksIn(
  step: PipStep,
  words: StepWords,
  { endsOn }: Pick<PipStanding, "endsOn">,
  rules: { readonly nonRenewalNoticeDays: number },
  today: string,
): Record<string, string> {
  const lacks: Record<string, string> = {};
  if (needsNote.has(step) && words.note.trim() === "") lacks.note = "Say why, or what was found. It stays on record.";
  if (step === "declined" && words.witnessId === "") lacks.witnessId = "Name a witness, other than yourself.";
  if (step === "extended" && !(words.newEnd > endsOn)) lacks.newEnd = `Choose a day after ${endsOn}.`;
  if (step === "escalated") {
    if (words.kind === "") lacks.kind = "Choose what it is escalated to.";
    if (words.effectiveOn < today) lacks.effectiveOn = "Choose a day that is still to come.";
    else if (words.kind === "non_renewal" && words.effectiveOn < addDays(today, rules.nonRenewalNoticeDays))
      lacks.effectiveOn = `Notice is ${rules.nonRenewalNoticeDays} days here: ${addDays(today, rules.nonRenewalNoticeDays)} at the earliest.`;
  }
  return lacks;
}

/** What a plan has to say before it goes anywhere. */
export interface PipText {
  readonly deficiency: string;
  readonly expected: string;
  readonly criteria: string;
  readonly supports: string;
  readonly supervision: string;
  readonly consequences: string;
  readonly appeal: string;
}
export const pipParts: readonly { readonly name: keyof PipText; readonly title: string; readonly hint: string }[] = [
  { name: "deficiency", title: "What is deficient", hint: "For each competency: what was seen, and when." },
  { name: "expected", title: "What is expected", hint: "The behaviour one should see instead." },
  { name: "criteria", title: "How success is measured", hint: "Criteria that two observers would judge alike." },
  { name: "supports", title: "Support", hint: "Mentor, coaching, protected time, resources." },
  { name: "supervision", title: "Changes of supervision", hint: "Or that there are none." },
  {
    name: "consequences",
    title: "Consequences",
    hint: "What follows from success, and what if the plan does not succeed.",
  },
  { name: "appeal", title: "Appeal", hint: "Where and how the trainee can object, and until when." },
];
