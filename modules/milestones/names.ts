/**
 * The module's vocabulary: what people may do, what the record says about them, and what is sealed. The page a reviewer,
 * a translator or an inspector asks for.
 */
import type { AuditEvent, Export, FieldClass, Permission, Role, Words } from "@core/module.ts";
import { type Static, Type as t } from "@sinclair/typebox";
import {
  committeeEvents,
  committeeExports,
  committeeFieldClasses,
  committeePermissions,
  committeeSettings,
} from "./committee-names.ts";
import { evaluationEvents, evaluationPermissions, evaluationSettings } from "./evaluation-names.ts";
import {
  outlookEvents,
  outlookExports,
  outlookFieldClasses,
  outlookPermissions,
  outlookSettings,
} from "./outlook-names.ts";
import { pipEvents, pipExports, pipFieldClasses, pipPermissions, pipSettings } from "./pip-names.ts";
import { planEvents, planExports, planFieldClasses, planPermissions } from "./plan-names.ts";
import { summaryEvents, summaryFieldClasses, summaryPermissions, summarySettings } from "./summary-names.ts";

export const roles = {
  program_director: {
    title: "Program director",
    summary: "Answers for the program: sees all of it, decides on every trainee's result.",
    kernel: {
      "core.colleagues.read": "workspace",
      "core.subjects.read": "workspace",
      "core.subjects.manage": "workspace",
      "core.identities.open": "workspace",
      "core.assignments.read": "workspace",
      "core.assignments.manage": "workspace",
      "core.people.invite": "workspace",
      "core.grants.read": "workspace",
      "core.grants.manage": "workspace",
      "core.protection.read": "workspace",
      "core.protection.manage": "workspace",
      "core.keys.destroy": "workspace",
      "core.sites.read": "workspace",
      "core.settings.manage": "workspace",
      "core.audit.read": "workspace",
      "core.exports.read": "workspace",
    },
  },
  coordinator: {
    title: "Program coordinator",
    summary: "Asks for evaluations and sees that they arrive; reads no narrative.",
    kernel: {
      "core.colleagues.read": "workspace",
      "core.subjects.read": "workspace",
      "core.identities.open": "workspace",
      "core.assignments.read": "workspace",
      "core.assignments.manage": "workspace",
      "core.grants.read": "workspace",
      "core.sites.read": "workspace",
    },
  },
  ccc_member: {
    title: "Competence committee member",
    summary: "Reads the evidence of the whole program and rates; does not decide.",
    kernel: {
      "core.colleagues.read": "workspace",
      "core.subjects.read": "workspace",
      "core.identities.open": "workspace",
      "core.assignments.read": "workspace",
      "core.grants.read": "workspace",
    },
  },
  faculty: {
    title: "Faculty",
    summary: "Evaluates whom it was asked to evaluate, and sees nothing else.",
    kernel: {
      "core.colleagues.read": "workspace",
      "core.subjects.read": "assigned:evaluator",
      "core.identities.open": "assigned:evaluator",
      "core.assignments.read": "mine",
    },
  },
  mentor: {
    title: "Mentor",
    summary: "Sees the trainees whom the director assigned, and their released results.",
    kernel: {
      "core.colleagues.read": "workspace",
      "core.subjects.read": "assigned:mentor",
      "core.identities.open": "assigned:mentor",
      "core.assignments.read": "mine",
    },
  },
  second_reviewer: {
    title: "Second reviewer",
    summary: "Associate director, DIO or GME office: approves improvement plans that someone else drafted.",
    kernel: {
      "core.colleagues.read": "workspace",
      "core.subjects.read": "workspace",
      "core.identities.open": "workspace",
    },
  },
  trainee: {
    title: "Trainee",
    summary: "Sees his or her own record and answers to it.",
    kernel: {
      "core.subjects.read": "own",
      "core.identities.open": "own",
      "core.assignments.read": "own",
      "core.audit.own": "own",
    },
  },
} as const satisfies Record<string, Role>;
type RoleName = keyof typeof roles;

const everyone = {
  program_director: "workspace",
  coordinator: "workspace",
  ccc_member: "workspace",
  faculty: "workspace",
  mentor: "workspace",
  second_reviewer: "workspace",
  trainee: "workspace",
} as const;

export const permissions = {
  "milestones.frameworks.read": { title: "See subcompetencies, level texts and periods", roles: everyone },
  "milestones.frameworks.manage": {
    title: "Import subcompetencies and level texts, open periods",
    roles: { program_director: "workspace", coordinator: "workspace" },
  },
  "milestones.roster.read": {
    title: "See who trains here and in which year",
    roles: {
      program_director: "workspace",
      coordinator: "workspace",
      ccc_member: "workspace",
      mentor: "assigned:mentor",
      faculty: "assigned:evaluator",
      second_reviewer: "workspace",
      trainee: "own",
    },
  },
  "milestones.roster.manage": {
    title: "Import the roster and assign mentors",
    roles: { program_director: "workspace" },
  },
  "milestones.evaluations.request": {
    title: "Ask faculty for evaluations",
    roles: { program_director: "workspace", coordinator: "workspace" },
  },
  "milestones.evaluations.follow": {
    title: "See which evaluations were asked for and which are missing",
    roles: { program_director: "workspace", coordinator: "workspace" },
  },
  "milestones.evaluations.complete": {
    title: "Complete evaluations one was asked for",
    roles: { program_director: "mine", ccc_member: "mine", faculty: "mine", mentor: "mine" },
  },
  "milestones.evaluations.read": {
    title: "Read submitted evaluations",
    roles: {
      program_director: "workspace",
      ccc_member: "workspace",
      mentor: "assigned:mentor",
      trainee: "own",
    },
  },
  "milestones.narratives.read": {
    title: "Read what evaluators wrote",
    roles: {
      program_director: "workspace",
      ccc_member: "workspace",
      faculty: "mine",
      mentor: ["assigned:mentor", "mine"],
      trainee: "own",
    },
  },
  "milestones.committee.read": {
    title: "See the committee's sheets",
    roles: { program_director: "workspace", ccc_member: "workspace" },
  },
  "milestones.committee.rate": { title: "Rate as a member of the committee", roles: { ccc_member: "mine" } },
  "milestones.decisions.read": {
    title: "See decisions before they are released, and their reasons",
    roles: { program_director: "workspace", ccc_member: "workspace" },
  },
  "milestones.decide": {
    title: "Finalise, release and reopen a trainee's result",
    roles: { program_director: "workspace" },
  },
  "milestones.results.read": {
    title: "See released results",
    roles: {
      program_director: "workspace",
      coordinator: "workspace",
      ccc_member: "workspace",
      mentor: "assigned:mentor",
      trainee: "own",
    },
  },
  "milestones.acknowledge": { title: "Acknowledge one's own result", roles: { trainee: "own" } },
  "milestones.comments.read": {
    title: "Read what a trainee answered to a result",
    roles: { program_director: "workspace", ccc_member: "workspace", mentor: "assigned:mentor", trainee: "own" },
  },
  "milestones.export": { title: "Download reports and the cohort", roles: { program_director: "workspace" } },
  ...committeePermissions,
  ...evaluationPermissions,
  ...outlookPermissions,
  ...summaryPermissions,
  ...planPermissions,
  ...pipPermissions,
} as const satisfies Record<string, Permission<RoleName>>;

export const events = {
  "milestones.frameworks_imported": {
    title: "Subcompetencies imported",
    says: "{actor} imported subcompetencies of {framework}: {count} new or changed",
    personal: "none",
  },
  "milestones.level_texts_imported": {
    title: "Level texts imported",
    says: "{actor} loaded level texts of {framework}: {count} new or changed",
    personal: "none",
  },
  "milestones.period_opened": { title: "Periods opened", says: "{actor} opened {periods}", personal: "none" },
  "milestones.trainee_enrolled": {
    title: "Trainee enrolled",
    says: "{actor} enrolled {trainee} in {framework}, training year {pgy}",
    personal: "subject-code",
  },
  "milestones.place_changed": {
    title: "Place in training changed",
    says: "{actor} changed the place in training of {trainee}: {changes}",
    personal: "subject-code",
  },
  "milestones.trainee_left": {
    title: "Trainee left",
    says: "{actor} recorded that {trainee} has left the program; assignments ended: {assignments}",
    personal: "subject-code",
  },
  "milestones.evaluation_requested": {
    title: "Evaluation requested",
    says: "{actor} asked {evaluator} to evaluate {trainee} on {rotation}",
    personal: "subject-code",
  },
  "milestones.evaluation_saved": {
    title: "Evaluation saved as a draft",
    says: "{actor} saved a draft of the evaluation of {trainee} on {rotation}",
    personal: "subject-code",
  },
  "milestones.evaluation_submitted": {
    title: "Evaluation submitted",
    says: "{actor} submitted the evaluation of {trainee} on {rotation}: {rated} of {asked} subcompetencies",
    personal: "subject-code",
  },
  "milestones.reminded": {
    title: "Evaluator reminded",
    says: "{actor} reminded {evaluator} of waiting evaluations: {count}",
    personal: "none",
  },
  "milestones.digest_sent": {
    title: "Weekly mail sent",
    says: "{actor} mailed {count} people what waits for them",
    personal: "none",
  },
  "milestones.rated": {
    title: "Rated by a committee member",
    says: "{actor} rated {trainee} for {period}; warnings acknowledged: {warnings}",
    personal: "subject-code",
  },
  "milestones.finalised": {
    title: "Result finalised",
    says: "{actor} finalised the result of {trainee} for {period}, revision {revision}; levels other than the committee's: {overrides}",
    personal: "subject-code",
  },
  "milestones.released": {
    title: "Result released",
    says: "{actor} released the result of {trainee} for {period}, revision {revision}",
    personal: "subject-code",
  },
  "milestones.reopened": {
    title: "Result reopened",
    says: "{actor} reopened the result of {trainee} for {period}, revision {revision}, with a reason",
    personal: "subject-code",
  },
  "milestones.acknowledged": {
    title: "Result acknowledged",
    says: "{actor} acknowledged the result for {period}, revision {revision}, {how}",
    personal: "subject-code",
  },
  ...committeeEvents,
  ...evaluationEvents,
  ...outlookEvents,
  ...summaryEvents,
  ...planEvents,
  ...pipEvents,
} as const satisfies Record<string, AuditEvent>;

export const fieldClasses = {
  "milestones.narrative": { title: "What an evaluator wrote", key: "subject", opensWith: "milestones.narratives.read" },
  "milestones.note": { title: "What a committee member noted", key: "subject", opensWith: "milestones.committee.read" },
  "milestones.reason": { title: "The director's reason", key: "subject", opensWith: "milestones.decisions.read" },
  "milestones.comment": { title: "The trainee's answer", key: "subject", opensWith: "milestones.comments.read" },
  ...committeeFieldClasses,
  ...outlookFieldClasses,
  ...summaryFieldClasses,
  ...planFieldClasses,
  ...pipFieldClasses,
} as const satisfies Record<string, FieldClass<keyof typeof permissions>>;

export const exports = {
  "milestones.report": { title: "A trainee's milestones report", format: "pdf", needs: "milestones.export" },
  "milestones.entry_sheet": { title: "The sheet for the reporting window", format: "csv", needs: "milestones.export" },
  "milestones.cohort": { title: "The cohort's levels", format: "csv", needs: "milestones.export", asks: true },
  ...committeeExports,
  ...outlookExports,
  ...planExports,
  ...pipExports,
} as const satisfies Record<string, Export<keyof typeof permissions>>;

export const jobs = {
  /** Mails those whose evaluations are due or late: one mail a person, never the name of a trainee. */
  "milestones.remind": t.Object({}),
  /** Ends an evaluator's view of a trainee once the evaluation is in. */
  "milestones.close_request": t.Object({ evaluationId: t.String({ format: "uuid" }) }),
  /** Sums up what peers or patients answered about a trainee, when a group is complete. */
  "milestones.sum_groups": t.Object({
    subjectId: t.String({ format: "uuid" }),
    periodId: t.String({ format: "uuid" }),
    kind: t.Union([t.Literal("peer"), t.Literal("patient")]),
  }),
  /** Writes a summary and flags, by a model where the program wants that and by rules otherwise. */
  "milestones.summarise": t.Object({
    subjectId: t.String({ format: "uuid" }),
    periodId: t.String({ format: "uuid" }),
  }),
  /** Mails each who has something waiting, once a week: numbers, never a name. */
  "milestones.digest": t.Object({}),
  /** Draws the bands of the program's own history, once a week. */
  "milestones.draw_bands": t.Object({}),
  /** Asks the supervisors of blocks that have ended, where the program wants that. */
  "milestones.ask_from_schedule": t.Object({}),
  /** Mails mentors whose check-ins on learning plans are late: one mail a mentor, never the name of a trainee. */
  "milestones.remind_check_ins": t.Object({}),
};

const day = (title: string, description: string, standard: string) =>
  t.String({ title, description, default: standard, pattern: "^(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$" });

export const settings = t.Object({
  yearBegins: day("First day of the academic year", "Month and day, for example 07-01.", "07-01"),
  midOpens: day("Mid-year reporting opens", "Month and day. The ACGME publishes the dates of each year.", "11-01"),
  midCloses: day("Mid-year reporting closes", "Month and day.", "01-10"),
  endOpens: day("End-of-year reporting opens", "Month and day.", "04-22"),
  endCloses: day("End-of-year reporting closes", "Month and day.", "06-28"),
  daysToComplete: t.Integer({
    title: "Days to complete an evaluation",
    description: "After that the request expires and can be made again.",
    default: 14,
    minimum: 1,
    maximum: 90,
  }),
  remindBefore: t.Integer({
    title: "Remind this many days before an evaluation expires",
    description: "One reminder for each evaluation.",
    default: 5,
    minimum: 0,
    maximum: 30,
  }),
  weeklyDigest: t.Boolean({
    title: "Mail everyone once a week what waits for them",
    description: "Numbers and a link, never a name. Mondays; who has nothing waiting gets nothing.",
    default: true,
  }),
  sheetsNeeded: t.Integer({
    title: "Sheets that open a review for which no reviewers are named",
    description: "Where reviewers are named, the sheets open when all of them have handed in.",
    default: 1,
    minimum: 1,
    maximum: 12,
  }),
  ...committeeSettings,
  ...evaluationSettings,
  ...outlookSettings,
  ...summarySettings,
  daysBetweenCheckIns: t.Integer({
    title: "Days between check-ins on a learning plan",
    description: "After that the mentor is reminded, once for each check-in.",
    default: 42,
    minimum: 7,
    maximum: 180,
  }),
  ...pipSettings,
});
export type MilestonesSettings = Static<typeof settings>;

export type Milestones = Words<{
  permissions: typeof permissions;
  events: typeof events;
  fieldClasses: typeof fieldClasses;
  exports: typeof exports;
  jobs: typeof jobs;
  settings: typeof settings;
}>;
