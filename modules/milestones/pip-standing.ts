/** One improvement plan as the reader sees it: where it stands, what it says, and what the reader may do next. */
import { type Context, Locked } from "@core/module.ts";
import type { Milestones } from "./names.ts";
import { dayOf } from "./period.ts";
import {
  type Escalation,
  type PipStanding,
  type PipState,
  type PipStep,
  type PipText,
  pipParts,
  pipStateOf,
  pipSteps,
  whyNotPip,
} from "./pip.ts";
import { draftsOf, type PipDraftRow, type PipRow, type PipStepRow, pipById, stepsOfPip } from "./store/pips.ts";
import { type TraineeRow, traineeById } from "./store/trainees.ts";

/** The permission a step asks for; the policies of the table say the same. */
export type StepPermission = "milestones.pips.manage" | "milestones.pips.review" | "milestones.pips.own";
export function permissionFor(step: PipStep): StepPermission {
  if (step === "returned" || step === "approved") return "milestones.pips.review";
  if (step === "acknowledged" || step === "hearing_requested" || step === "grievance_filed")
    return "milestones.pips.own";
  return "milestones.pips.manage";
}

export interface PipFound {
  readonly pip: PipRow;
  readonly trainee: TraineeRow;
  readonly draft: PipDraftRow;
  readonly drafts: readonly PipDraftRow[];
  readonly steps: readonly PipStepRow[];
  readonly standing: PipStanding;
  readonly state: PipState;
}

export async function findPip(ctx: Context<Milestones>, id: string): Promise<PipFound> {
  const pip = await ctx.db.one(pipById, { id });
  const trainee = await ctx.db.one(traineeById, { subjectId: pip.subjectId });
  const drafts = await ctx.db.all(draftsOf, { pipId: id });
  const steps = await ctx.db.all(stepsOfPip, { pipId: id });
  const [draft] = drafts;
  if (!draft) throw new Error("an improvement plan has no draft");
  const escalation = steps.find(({ step }) => step === "escalated");
  const issued = steps.find(({ step }) => step === "issued");
  const standing = {
    steps: steps.map(({ step }) => step),
    issuedOn: issued ? dayOf(issued.madeAt) : null,
    endsOn: steps.findLast(({ newEnd }) => newEnd)?.newEnd ?? draft.endsOn,
    hearingBy: escalation?.hearingBy ?? null,
    grievanceBy: escalation?.grievanceBy ?? null,
  };
  return { pip, trainee, draft, drafts, steps, standing, state: pipStateOf(standing.steps.at(-1) ?? null) };
}

/** Null when this person may take it now; otherwise the sentence. Who wrote a plan does not approve it. */
export function whyNotHere(ctx: Context<Milestones>, found: PipFound, step: PipStep): string | null {
  const isOwn = found.trainee.personId === ctx.actor.id;
  const needed = permissionFor(step);
  if (!ctx.may(needed) || isOwn !== (needed === "milestones.pips.own")) return "This step is someone else's to take.";
  if (step === "approved" && [found.pip, ...found.drafts].some(({ madeBy }) => madeBy === ctx.actor.id))
    return "Who wrote an improvement plan does not approve it. Ask a second person.";
  return whyNotPip(step, found.standing, ctx.settings, dayOf(ctx.now));
}

export const stepsOpen = (ctx: Context<Milestones>, found: PipFound): readonly PipStep[] =>
  pipSteps.filter((step) => whyNotHere(ctx, found, step) === null);

export function escalationsNamed(settings: Milestones["settings"]): Readonly<Record<Escalation, string>> {
  return {
    probation: settings.probationName,
    non_promotion: settings.nonPromotionName,
    non_renewal: settings.nonRenewalName,
    dismissal: settings.dismissalName,
  };
}

/** What the newest version says. */
export async function textOf(ctx: Context<Milestones>, { draft, trainee }: PipFound): Promise<PipText> {
  const [text] = await ctx.openMany(
    [{ value: draft.text, at: { row: draft.id, subject: trainee.subjectId } }],
    "to read an improvement plan",
  );
  if (text === undefined || text instanceof Locked) {
    const sentence = text?.sentence ?? "";
    return Object.fromEntries(pipParts.map(({ name }) => [name, sentence])) as unknown as PipText;
  }
  return text;
}
