/** The part of the vocabulary that speaks of tasks, reminders and letters. */
import { Type as t } from "@sinclair/typebox";

const own = {
  study_administrator: "mine",
  investigator: "mine",
  study_coordinator: "mine",
  data_entry: "mine",
  study_monitor: "mine",
  data_manager: "mine",
  pharmacist: "mine",
  statistician: "mine",
  unblinded_statistician: "mine",
  research_office: "mine",
  approver: "mine",
} as const;
const leaders = {
  study_administrator: "workspace",
  research_office: "workspace",
  investigator: "workspace",
  study_coordinator: "workspace",
  data_manager: "workspace",
} as const;

export const taskPermissions = {
  "studies.tasks.own": { title: "See and settle one's own tasks", roles: own },
  "studies.tasks.read": { title: "See all tasks of the study", roles: leaders },
  "studies.tasks.give": { title: "Give tasks to colleagues", roles: leaders },
  "studies.tasks.rules": {
    title: "Decide which events make tasks",
    roles: { study_administrator: "workspace", research_office: "workspace" },
  },
  "studies.letters.read": { title: "Print letters from their templates", roles: leaders },
  "studies.letters.write": {
    title: "Write templates of letters",
    roles: { study_administrator: "workspace", research_office: "workspace", investigator: "workspace" },
  },
} as const;

export const taskEvents = {
  "studies.task_given": {
    title: "Task given",
    says: "{actor} gave {person} a task due on {on}",
    personal: "person-name",
  },
  "studies.task_ended": { title: "Task settled", says: "{actor} noted a task as {how}", personal: "none" },
  "studies.task_rule_set": {
    title: "Rule for tasks set",
    says: "{actor} set that “{event}” makes a task, due after {days} days",
    personal: "none",
  },
  "studies.task_rule_ended": {
    title: "Rule for tasks ended",
    says: "{actor} ended the rule that “{event}” makes a task",
    personal: "none",
  },
  "studies.reminded": { title: "Reminders sent", says: "Reminded by mail of what is due: {count}", personal: "none" },
  "studies.letter_written": {
    title: "Letter written",
    says: "{actor} wrote revision {revision} of the letter {title}",
    personal: "none",
  },
} as const;

export const taskExports = {
  "studies.letter": { title: "A letter", format: "pdf", needs: "studies.letters.read" },
} as const;

export const taskJobs = {
  /** Tells people by mail that something is due: how many, never what about whom. */
  "studies.remind": t.Object({}),
} as const;

export const taskSettings = {
  remindBefore: t.Integer({
    title: "Remind of what is due so many days before",
    description: "By mail; again on the day itself, and each week after it. 0: only from the day itself on.",
    default: 3,
    minimum: 0,
    maximum: 60,
  }),
};
