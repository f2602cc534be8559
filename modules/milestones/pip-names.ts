/** The part of the vocabulary that speaks of improvement plans. `names.ts` takes it in. */
import { Type as t } from "@sinclair/typebox";

export const pipPermissions = {
  "milestones.pips.read": {
    title: "See improvement plans, as far as the next permissions reach",
    roles: { program_director: "workspace", second_reviewer: "workspace", mentor: "assigned:mentor", trainee: "own" },
  },
  "milestones.pips.manage": {
    title: "Draft improvement plans, serve notice and record what becomes of them",
    roles: { program_director: "workspace" },
  },
  "milestones.pips.review": {
    title: "Approve improvement plans that someone else drafted",
    roles: { program_director: "workspace", second_reviewer: "workspace" },
  },
  "milestones.pips.own": {
    title: "See and answer one's own improvement plan once notice was served",
    roles: { trainee: "own" },
  },
  "milestones.pips.let": {
    title: "See improvement plans of one's trainees that the director opened to one",
    roles: { mentor: "assigned:mentor" },
  },
  "milestones.pips.export": { title: "Download one's own improvement plan", roles: { trainee: "own" } },
} as const;

export const pipEvents = {
  "milestones.pip_drafted": {
    title: "Improvement plan drafted",
    says: "{actor} saved version {version} of an improvement plan for {trainee}",
    personal: "subject-code",
  },
  "milestones.pip_moved": {
    title: "Improvement plan moved on",
    says: "{actor} {how}: improvement plan of {trainee}",
    personal: "subject-code",
  },
  "milestones.pip_opened": {
    title: "Improvement plan opened to a mentor",
    says: "{actor} let {mentor} see the improvement plan of {trainee}",
    personal: "subject-code",
  },
  "milestones.pip_closed": {
    title: "Improvement plan closed to a mentor",
    says: "{actor} ended the leave of {mentor} to see the improvement plan of {trainee}",
    personal: "subject-code",
  },
} as const;

export const pipFieldClasses = {
  "milestones.pip": { title: "An improvement plan", key: "subject", opensWith: "milestones.pips.read" },
} as const;

export const pipExports = {
  "milestones.pip": { title: "One's own improvement plan", format: "pdf", needs: "milestones.pips.export" },
} as const;

const words = (title: string, standard: string) =>
  t.String({ title, description: "As your institution calls it.", default: standard, minLength: 1, maxLength: 60 });
const days = (title: string, description: string, standard: number, maximum = 365) =>
  t.Integer({ title, description, default: standard, minimum: 0, maximum });

/** Names and deadlines differ from institution to institution: check each against your own policy. */
export const pipSettings = {
  pipName: words("Name of an improvement plan", "Performance improvement plan"),
  probationName: words("Name of probation", "Probation"),
  nonPromotionName: words("Name of non-promotion", "Non-promotion"),
  nonRenewalName: words("Name of non-renewal", "Non-renewal of the contract"),
  dismissalName: words("Name of dismissal", "Dismissal"),
  pipDaysToAnswer: days("Days to answer a notice", "After that the director can record that no response came.", 7),
  pipExtensions: days("How often a plan can be extended", "Once is common.", 1, 5),
  hearingDays: days("Days to ask for a hearing", "Counted from an escalation.", 14),
  grievanceDays: days("Days to file a grievance", "Counted from an escalation.", 30),
  nonRenewalNoticeDays: days("Days of notice of non-renewal", "Some institutions give 120 days in writing.", 120),
};
