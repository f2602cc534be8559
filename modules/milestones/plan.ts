/**
 * An individual learning plan: what a trainee sets out to learn in one period, agreed with the mentor.
 *
 *   draft → submitted → in review → agreed → active → done, with check-ins while it is active
 *
 * The state follows from rows. The mentor may hand a plan back, which makes it a draft again. Once it is active its goals
 * stand as they were agreed; each of them ends on its own: met, partly met, not met, or carried forward into the next plan.
 */
export type PlanStep = "submitted" | "taken_up" | "returned" | "agreed" | "begun";
export type PlanState = "draft" | "submitted" | "in_review" | "agreed" | "active" | "done";
export type GoalOutcome = "met" | "partly_met" | "not_met" | "carried_forward";
/** `dropped` and `replaced` happen while the plan is a draft; the rest is the mentor's word. */
export type GoalEnding = GoalOutcome | "dropped" | "replaced";

const stateAfter: Readonly<Record<PlanStep, PlanState>> = {
  submitted: "submitted",
  taken_up: "in_review",
  returned: "draft",
  agreed: "agreed",
  begun: "active",
};

/** `openGoals`: goals without an ending. A plan that is under way is done when none is left. */
export function planStateOf(lastStep: PlanStep | null, openGoals: number): PlanState {
  if (lastStep === null) return "draft";
  if (lastStep === "begun" && openGoals === 0) return "done";
  return stateAfter[lastStep];
}

export const planStateInWords: Readonly<Record<PlanState, string>> = {
  draft: "Draft",
  submitted: "Submitted",
  in_review: "With the mentor",
  agreed: "Agreed",
  active: "Active",
  done: "Done",
};
export const planStepInWords: Readonly<Record<PlanStep, string>> = {
  submitted: "submitted the plan",
  taken_up: "began the review",
  returned: "handed the plan back",
  agreed: "agreed",
  begun: "put the plan into effect",
};
export const goalEndingInWords: Readonly<Record<GoalEnding, string>> = {
  met: "Met",
  partly_met: "Partly met",
  not_met: "Not met",
  carried_forward: "Carried forward",
  dropped: "Dropped",
  replaced: "Reworded",
};

export type PlanAct = "edit" | "submit" | "take_up" | "return" | "agree" | "begin" | "check_in" | "end_goal";

const rules: Readonly<Record<PlanAct, { readonly from: readonly PlanState[]; readonly otherwise: string }>> = {
  edit: {
    from: ["draft"],
    otherwise:
      "Goals change only while the plan is a draft. Ask the mentor to hand it back, or wait for the next plan.",
  },
  submit: { from: ["draft"], otherwise: "This plan was submitted already." },
  take_up: { from: ["submitted"], otherwise: "Only a plan that was submitted and is not in review can be taken up." },
  return: { from: ["in_review"], otherwise: "Begin the review first; then the plan can be handed back." },
  agree: { from: ["in_review"], otherwise: "Begin the review first; then you can agree." },
  begin: { from: ["agreed"], otherwise: "The mentor has to agree before the plan takes effect." },
  check_in: { from: ["active"], otherwise: "Check-ins belong to an active plan." },
  end_goal: { from: ["active"], otherwise: "Outcomes are given while the plan is active." },
};

/** Null when it may be done; otherwise the sentence that says why not. */
export function whyNotPlan(act: PlanAct, state: PlanState): string | null {
  return rules[act].from.includes(state) ? null : rules[act].otherwise;
}

export interface CheckIns {
  readonly begunAt: Date;
  readonly lastAt: Date | null;
  readonly remindedAt: Date | null;
}

/** One reminder for each check-in that is late: the next one comes after the next check-in. */
export function isCheckInDue({ begunAt, lastAt, remindedAt }: CheckIns, daysBetween: number, now: Date): boolean {
  const since = lastAt && lastAt > begunAt ? lastAt : begunAt;
  const isLate = now.getTime() - since.getTime() >= daysBetween * 24 * 60 * 60 * 1000;
  return isLate && !(remindedAt && remindedAt > since);
}
