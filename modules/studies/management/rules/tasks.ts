/** Which events make tasks, and on which days people are reminded. */
import { addDays, daysBetween } from "./days.ts";

export const taskEventNames = {
  consented: "Somebody consented",
  eligible: "Somebody is eligible",
  randomised: "Somebody was randomised",
  dropped: "Somebody goes no further",
  "serious-event": "A serious adverse event was entered",
  "important-deviation": "A deviation that is not minor was recorded",
  "stratum-error": "A wrong stratum was noted",
  unblinded: "A participant was unblinded in an emergency",
  "site-activated": "A site was activated",
  "amendment-approved": "An amendment was approved",
} as const;
export type TaskEvent = keyof typeof taskEventNames;
export const taskEvents = Object.keys(taskEventNames) as TaskEvent[];

export interface TaskRule {
  readonly id: string;
  readonly event: string;
  readonly title: string;
  readonly days: number;
  /** Null: whoever did it. */
  readonly personId: string | null;
}
export interface NewTask {
  readonly ruleId: string;
  readonly title: string;
  readonly dueOn: string;
  readonly personId: string;
}
/** What the rules make of an event. Nobody to give it to (the house did it, and no rule names anybody): no task. */
export function tasksMade(
  rules: readonly TaskRule[],
  event: TaskEvent,
  byId: string | null,
  today: string,
): readonly NewTask[] {
  return rules
    .filter((rule) => rule.event === event)
    .flatMap(({ id, title, days, personId }) => {
      const receiver = personId ?? byId;
      return receiver ? [{ ruleId: id, title, dueOn: addDays(today, days), personId: receiver }] : [];
    });
}

/** Some days before, on the day, and each week after it as long as it waits. */
export function isReminderDay(dueOn: string, today: string, before: number): boolean {
  const left = daysBetween(today, dueOn);
  return left === 0 || (before > 0 && left === before) || (left < 0 && left % 7 === 0);
}

/** What lapses is told of in time to renew it: two months, one month and a week before, and on the day. */
export const isRenewalDay = (lapsesOn: string, today: string): boolean =>
  [60, 30, 7, 0].includes(daysBetween(today, lapsesOn));
