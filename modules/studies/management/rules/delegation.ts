/**
 * Who may do what, on a day: a task counts only while the investigator's delegation, the person's own acceptance and
 * every training that the task asks for are all valid (ICH E6(R3) 2.3.2–2.3.3; 21 CFR 11.10(i)).
 */
import { addMonths } from "./days.ts";

export const tasks = {
  "obtain-consent": "Obtain consent",
  "assess-eligibility": "Assess eligibility",
  "enter-data": "Enter data",
  "sign-casebook": "Sign the casebook",
  randomise: "Randomise",
  dispense: "Dispense the study's product",
  "assess-safety": "Assess adverse events",
  "handle-samples": "Handle samples",
} as const;
export type Task = keyof typeof tasks;
export const taskNames = Object.keys(tasks) as Task[];
export const isTask = (text: string): text is Task => Object.hasOwn(tasks, text);

export interface Delegation {
  readonly personId: string;
  /** Null: every site. */
  readonly siteId: string | null;
  readonly tasks: readonly string[];
  readonly fromOn: string;
  readonly untilOn: string | null;
  readonly acceptedAt: Date | null;
  readonly approvedAt: Date | null;
  /** From this day on it holds no more. */
  readonly endedOn: string | null;
}
export interface Course {
  readonly id: string;
  readonly title: string;
  readonly tasks: readonly string[];
  /** Null: for good. */
  readonly validMonths: number | null;
  /** Asked for from this day on. */
  readonly requiredFrom: string;
}
export interface Training {
  readonly personId: string;
  readonly courseId: string;
  readonly completedOn: string;
}
export interface Standing {
  readonly stands: boolean;
  /** A sentence: why not, or until when. */
  readonly reason: string;
}

export type DelegationState = "waits for acceptance" | "waits for approval" | "not yet" | "in force" | "over" | "ended";

export function stateOf(delegation: Delegation, today: string): DelegationState {
  const { acceptedAt, approvedAt, fromOn, untilOn, endedOn } = delegation;
  if (endedOn && endedOn <= today) return "ended";
  if (!acceptedAt) return "waits for acceptance";
  if (!approvedAt) return "waits for approval";
  if (today < fromOn) return "not yet";
  return untilOn && untilOn < today ? "over" : "in force";
}

/** The last day on which a training counts; null: for good. */
export const validUntil = ({ validMonths }: Pick<Course, "validMonths">, completedOn: string): string | null =>
  validMonths === null ? null : addMonths(completedOn, validMonths);

/** Courses that a person lacks for a task on a day. */
export function missingCourses(
  personId: string,
  task: string,
  today: string,
  courses: readonly Course[],
  trainings: readonly Training[],
): Course[] {
  return courses.filter((course) => {
    if (!course.tasks.includes(task) || course.requiredFrom > today) return false;
    return !trainings.some((training) => {
      if (training.personId !== personId || training.courseId !== course.id || training.completedOn > today)
        return false;
      const until = validUntil(course, training.completedOn);
      return until === null || today <= until;
    });
  });
}

export function standingOf(
  ask: { readonly personId: string; readonly task: string; readonly siteId?: string | null | undefined },
  today: string,
  delegations: readonly Delegation[],
  courses: readonly Course[],
  trainings: readonly Training[],
): Standing {
  const { personId, task, siteId } = ask;
  if (!isTask(task)) return { stands: false, reason: `No task is called “${task}”.` };
  const named = tasks[task].toLowerCase();
  const theirs = delegations.filter(
    (one) =>
      one.personId === personId &&
      one.tasks.includes(task) &&
      (one.siteId === null || siteId === undefined || siteId === null || one.siteId === siteId),
  );
  const inForce = theirs.filter((one) => stateOf(one, today) === "in force");
  if (inForce.length === 0) {
    const [latest] = [...theirs].sort((one, other) => (one.fromOn < other.fromOn ? 1 : -1));
    if (!latest) return { stands: false, reason: `The delegation log does not name this person to ${named}.` };
    const why = {
      "waits for acceptance": "waits to be accepted by the person",
      "waits for approval": "waits for the investigator's signature",
      "not yet": `begins on ${latest.fromOn}`,
      over: `ended on ${latest.untilOn}`,
      ended: `was ended on ${latest.endedOn}`,
      "in force": "holds",
    }[stateOf(latest, today)];
    return { stands: false, reason: `The delegation to ${named} ${why}.` };
  }
  const missing = missingCourses(personId, task, today, courses, trainings);
  if (missing.length > 0) {
    const titles = missing.map(({ title }) => `“${title}”`).join(", ");
    return { stands: false, reason: `To ${named}, a valid training is missing: ${titles}.` };
  }
  const open = inForce.some(({ untilOn }) => untilOn === null);
  const until = inForce
    .map(({ untilOn }) => untilOn ?? "")
    .sort()
    .at(-1);
  return { stands: true, reason: open ? "Delegated and trained." : `Delegated until ${until}, and trained.` };
}
