/** How far a visit of a participant has come, and when it is due. */
import type { StudyEvent } from "../model/build.ts";
import { type DueDates, dueDates } from "../model/durations.ts";

export type CellState = "later" | "due" | "overdue" | "begun" | "done" | "not done" | "open";

export const cellWords: Readonly<Record<CellState, string>> = {
  later: "later",
  due: "due",
  overdue: "overdue",
  begun: "begun",
  done: "complete",
  "not done": "not done",
  open: "–",
};
export const cellTones: Readonly<Record<CellState, "ok" | "warn" | "bad" | "none" | "plain" | "info">> = {
  later: "none",
  due: "info",
  overdue: "bad",
  begun: "warn",
  done: "ok",
  "not done": "plain",
  open: "none",
};

export interface VisitFacts {
  readonly happenedOn: string | null;
  readonly notDoneReason: string | null;
}

/** Is this visit planned for a participant of this arm? Who is in no arm yet has them all. */
export const isInArm = ({ arms }: Pick<StudyEvent, "arms">, arm: string): boolean =>
  arms.length === 0 || arm === "" || arms.includes(arm);

/** Counted from the day its anchor took place; null while nobody can know. */
export function dueOf(
  event: StudyEvent,
  enrolledOn: string,
  dayOfVisit: (event: string) => string | null,
): DueDates | null {
  if (!event.window) return null;
  const anchor = event.window.anchor === null ? enrolledOn : dayOfVisit(event.window.anchor);
  return anchor ? dueDates(anchor, event.window) : null;
}

/** `required`: how many forms make the visit whole; `done` of them are complete or known not to be done. */
export function stateOf(
  event: StudyEvent,
  visit: VisitFacts | null,
  forms: { readonly begun: number; readonly done: number; readonly required: number },
  due: DueDates | null,
  today: string,
): CellState {
  if (visit?.notDoneReason) return "not done";
  if (forms.begun > 0) return forms.done >= Math.max(forms.begun, forms.required) ? "done" : "begun";
  if (visit?.happenedOn) return "begun";
  if (event.type !== "scheduled") return "open";
  if (!due) return event.window ? "later" : "open";
  if (today < due.earliest) return "later";
  return today > due.latest ? "overdue" : "due";
}
