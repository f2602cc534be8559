/**
 * The module's vocabulary: who takes part in a study, what each may do and how far it reaches, and what the record says
 * about it. Nothing is allowed that is not named here. `blinded` roles simply lack `studies.allocation.read`.
 */
import type { Apart, AuditEvent, Export, FieldClass, Permission, Role, Words } from "@core/module.ts";
import { Type as t } from "@sinclair/typebox";
import {
  managementEvents,
  managementExports,
  managementFieldClasses,
  managementJobs,
  managementPermissions,
  managementRoles,
  managementSettings,
} from "./management/names.ts";
import { surveyEvents, surveyFieldClasses, surveyJobs, surveySettings } from "./survey-names.ts";

const staff = { "core.colleagues.read": "workspace", "core.sites.read": "workspace" } as const;
/** Who works at a site sees that site; a grant without a site sees them all. */
const atSite = { "core.colleagues.read": "workspace", "core.sites.read": "site" } as const;

export const roles = {
  study_administrator: {
    title: "Study administrator",
    summary: "Sets the study up: versions, sites, access. Sees no participant's data.",
    kernel: {
      ...staff,
      "core.people.invite": "workspace",
      "core.grants.read": "workspace",
      "core.grants.manage": "workspace",
      "core.protection.read": "workspace",
      "core.protection.manage": "workspace",
      "core.keys.destroy": "workspace",
      "core.programs.manage": "workspace",
      "core.settings.manage": "workspace",
      "core.audit.read": "workspace",
      "core.exports.read": "workspace",
    },
  },
  investigator: {
    title: "Investigator",
    summary: "Answers for the participants of a site: enters, reviews and signs.",
    kernel: {
      ...atSite,
      "core.subjects.read": "site",
      "core.subjects.manage": "site",
      "core.identities.open": "site",
    },
  },
  study_coordinator: {
    title: "Study coordinator",
    summary: "Enrols participants of a site, enters their data and answers queries.",
    kernel: {
      ...atSite,
      "core.subjects.read": "site",
      "core.subjects.manage": "site",
      "core.identities.open": "site",
    },
  },
  data_entry: {
    title: "Data entry",
    summary: "Enters data of a site from paper, by code alone; also as the blind second person.",
    kernel: { ...atSite, "core.subjects.read": "site" },
  },
  study_monitor: {
    title: "Study monitor",
    summary: "Compares what was entered with its source and opens queries; changes nothing.",
    kernel: { ...atSite, "core.subjects.read": "site", "core.grants.read": "workspace" },
  },
  data_manager: {
    title: "Data manager",
    summary: "Builds the forms, cleans, imports, freezes and locks, blinded to the allocation.",
    kernel: {
      ...staff,
      "core.subjects.read": "workspace",
      "core.subjects.manage": "workspace",
      "core.grants.read": "workspace",
      "core.audit.read": "workspace",
      "core.exports.read": "workspace",
    },
  },
  statistician: {
    title: "Statistician",
    summary: "Reads and exports the data, blinded to the allocation.",
    kernel: { ...staff, "core.subjects.read": "workspace" },
  },
  unblinded_statistician: {
    title: "Unblinded statistician",
    summary: "Reads and exports everything, the allocation too. Takes no part in cleaning.",
    kernel: { ...staff, "core.subjects.read": "workspace" },
  },
  unblinded_staff: {
    title: "Unblinded staff",
    summary: "Handles at a site what tells the allocation, such as kits and doses; assesses nobody.",
    kernel: { ...atSite, "core.subjects.read": "site" },
  },
  sponsor: {
    title: "Sponsor",
    summary: "Sees how the study gets on, in numbers; no participant's answers.",
    kernel: { ...staff, "core.subjects.read": "workspace" },
  },
  ...managementRoles,
} as const satisfies Record<string, Role>;
export type StudyRole = keyof typeof roles;

const everywhere = {
  study_administrator: "workspace",
  investigator: "workspace",
  study_coordinator: "workspace",
  data_entry: "workspace",
  study_monitor: "workspace",
  data_manager: "workspace",
  statistician: "workspace",
  unblinded_statistician: "workspace",
  unblinded_staff: "workspace",
  sponsor: "workspace",
} as const;
/** At the site of the grant; a grant without a site reaches all of them. */
const readers = {
  investigator: "site",
  study_coordinator: "site",
  data_entry: "site",
  study_monitor: "site",
  data_manager: "workspace",
  statistician: "workspace",
  unblinded_statistician: "workspace",
  unblinded_staff: "site",
} as const;
const enterers = {
  investigator: "site",
  study_coordinator: "site",
  data_entry: "site",
  unblinded_staff: "site",
} as const;

export const permissions = {
  "studies.design.read": { title: "See what the study asks", roles: everywhere },
  "studies.design.write": {
    title: "Change the draft of the forms",
    roles: { study_administrator: "workspace", data_manager: "workspace" },
  },
  "studies.design.allow": {
    title: "Sign that a field may hold what looks identifying",
    roles: { study_administrator: "workspace" },
  },
  "studies.design.publish": {
    title: "Publish a version and set from when a site works with it",
    roles: { study_administrator: "workspace" },
  },
  "studies.migrate": {
    title: "Move live data to another version",
    roles: { data_manager: "workspace" },
  },
  "studies.participants.add": {
    title: "Enrol participants and change their standing",
    roles: { investigator: "site", study_coordinator: "site" },
  },
  "studies.arm.change": {
    title: "Move a participant to another arm",
    roles: { investigator: "site" },
  },
  "studies.progress.read": {
    title: "See which forms are there and how complete they are, without their answers",
    roles: { ...readers, study_administrator: "workspace", sponsor: "workspace" },
  },
  "studies.data.read": { title: "Read answers, except blinded ones", roles: readers },
  "studies.allocation.read": {
    title: "Read blinded answers and the allocation",
    roles: { unblinded_statistician: "workspace", unblinded_staff: "site" },
  },
  "studies.data.enter": { title: "Enter and change answers", roles: enterers },
  "studies.encrypted.read": {
    title: "Open encrypted answers",
    roles: { investigator: "site", study_coordinator: "site" },
  },
  "studies.surveys.send": {
    title: "Send a participant a link to a survey",
    roles: { investigator: "site", study_coordinator: "site" },
  },
  "studies.surveys.answer": { title: "Answer one's own survey", roles: {} },
  "studies.queries.read": {
    title: "Read queries",
    roles: {
      investigator: "site",
      study_coordinator: "site",
      data_entry: "site",
      study_monitor: "site",
      data_manager: "workspace",
    },
  },
  "studies.queries.answer": { title: "Answer queries", roles: enterers },
  "studies.queries.open": {
    title: "Open, send back, close and cancel queries",
    roles: { study_monitor: "site", data_manager: "workspace" },
  },
  "studies.verify": { title: "Compare answers with their source", roles: { study_monitor: "site" } },
  "studies.verification.plan": {
    title: "Decide what is compared with its source",
    roles: { data_manager: "workspace" },
  },
  "studies.review": { title: "Review answers as a data manager", roles: { data_manager: "workspace" } },
  "studies.second.read": {
    title: "See which forms are entered twice, and how far they are",
    roles: { investigator: "site", study_coordinator: "site", data_entry: "site", data_manager: "workspace" },
  },
  "studies.second.enter": { title: "Enter a form a second time, blind", roles: { data_entry: "site" } },
  "studies.second.adjudicate": {
    title: "Decide between two entries",
    roles: { data_manager: "workspace" },
  },
  "studies.sign": { title: "Sign forms, visits and casebooks", roles: { investigator: "site" } },
  "studies.signatures.read": { title: "See who signed what", roles: { ...readers, study_administrator: "workspace" } },
  "studies.freeze": {
    title: "Freeze and thaw",
    roles: { study_monitor: "site", data_manager: "workspace" },
  },
  "studies.lock": { title: "Lock forms, participants, sites and the study", roles: { data_manager: "workspace" } },
  "studies.unlock": {
    title: "Ask for and approve the lifting of locks",
    roles: { data_manager: "workspace", study_administrator: "workspace" },
  },
  "studies.import": { title: "Import data", roles: { data_manager: "workspace" } },
  "studies.export": {
    title: "Download data",
    roles: {
      investigator: "site",
      data_manager: "workspace",
      statistician: "workspace",
      unblinded_statistician: "workspace",
    },
  },
  "studies.access.manage": {
    title: "Close forms to people",
    roles: { study_administrator: "workspace" },
  },
  ...managementPermissions,
} as const satisfies Record<string, Permission<StudyRole>>;

/** Separations of duty (ICH E6(R3) 4.2, E9 2.3): in one role of an institution's own they do not meet, nor with one person. */
export const apart: readonly Apart<keyof typeof permissions>[] = [
  {
    these: ["studies.allocation.read", "studies.arms.read", "studies.list.read", "studies.scheme.write"],
    those: [
      "studies.review",
      "studies.verify",
      "studies.queries.open",
      "studies.second.adjudicate",
      "studies.freeze",
      "studies.lock",
      "studies.migrate",
      "studies.import",
      "studies.sign",
      "studies.randomise",
    ],
    because: "Whoever knows the allocation takes no part in enrolling, cleaning, signing or locking.",
  },
  {
    these: ["studies.scheme.write"],
    those: ["studies.scheme.activate"],
    because: "Whoever writes a randomisation scheme does not put it into force.",
  },
  {
    these: ["studies.data.enter"],
    those: ["studies.verify", "studies.review", "studies.queries.open", "studies.second.adjudicate"],
    because: "Whoever enters answers does not check them.",
  },
  {
    these: ["studies.sign"],
    those: ["studies.lock"],
    because: "Whoever signs for the data does not lock it.",
  },
];

export const events = {
  "studies.draft_changed": {
    title: "Draft changed",
    says: "{actor} {summary} (draft, step {revision})",
    personal: "none",
  },
  "studies.draft_discarded": {
    title: "Draft given up",
    says: "{actor} gave up the draft at step {revision}",
    personal: "none",
  },
  "studies.file_received": {
    title: "File received",
    says: "{actor} handed in the file {filename} ({format})",
    personal: "none",
  },
  "studies.identifier_allowed": {
    title: "Identifying field allowed",
    says: "{actor} signed for keeping the field {item} readable ({suspicion})",
    signature: { meaning: "I answer for this field staying readable although it may tell who a participant is." },
    personal: "none",
  },
  "studies.version_published": {
    title: "Version published",
    says: "{actor} published version {number}, {title} (SHA-256 {sha256})",
    personal: "none",
  },
  "studies.version_placed": {
    title: "Version put in force",
    says: "{actor} put version {number} in force at {site} from {from}",
    personal: "none",
  },
  "studies.participant_enrolled": {
    title: "Participant enrolled",
    says: "{actor} enrolled {participant} at {site}",
    personal: "subject-code",
  },
  "studies.participant_status": {
    title: "Standing changed",
    says: "{actor} set the standing of {participant} to {status}",
    personal: "subject-code",
  },
  "studies.arm_changed": {
    title: "Arm changed",
    says: "{actor} moved {participant} from {was} to {arm}",
    personal: "subject-code",
  },
  "studies.visit_set": {
    title: "Visit recorded",
    says: "{actor} recorded the visit {event} of {participant}: {how}",
    personal: "subject-code",
  },
  "studies.sheet_saved": {
    title: "Form saved",
    says: "{actor} saved {form} of {participant} at {event}: {count} answers",
    personal: "subject-code",
  },
  "studies.sheet_followed": {
    title: "Results followed",
    says: "{actor} computed {form} of {participant} at {event} again: {count} answers",
    personal: "subject-code",
  },
  "studies.sheet_completed": {
    title: "Form completed",
    says: "{actor} completed {form} of {participant} at {event}; {count} answers changed",
    personal: "subject-code",
  },
  "studies.file_kept": {
    title: "File or signature kept",
    says: "{actor} kept {what} in {form} of {participant} at {event} (SHA-256 {sha256})",
    personal: "subject-code",
  },
  "studies.sheet_not_done": {
    title: "Form not done",
    says: "{actor} recorded that {form} of {participant} at {event} was not done",
    personal: "subject-code",
  },
  "studies.sheet_reopened": {
    title: "Form reopened",
    says: "{actor} reopened {form} of {participant} at {event}",
    personal: "subject-code",
  },
  "studies.form_closed": {
    title: "Form closed to a person",
    says: "{actor} closed {form} to {person} for {what}",
    personal: "person-name",
  },
  "studies.form_opened": {
    title: "Form opened again to a person",
    says: "{actor} opened {form} to {person} again",
    personal: "person-name",
  },
  "studies.second_entered": {
    title: "Entered a second time",
    says: "{actor} entered {form} of {participant} at {event} a second time, blind",
    personal: "subject-code",
  },
  "studies.second_decided": {
    title: "Decided between two entries",
    says: "{actor} decided between the two entries of {form} of {participant} at {event}: {count} answers differed",
    personal: "subject-code",
  },
  "studies.second_given_up": {
    title: "Second entry given up",
    says: "{actor} gave up the second entry of {form} of {participant} at {event}, for another person to enter it",
    personal: "subject-code",
  },
  "studies.query_opened": {
    title: "Query opened",
    says: "{actor} asked about {form} of {participant}",
    personal: "subject-code",
  },
  "studies.query_moved": {
    title: "Query moved on",
    says: "{actor} moved a query on {form} of {participant} from {from} to {to}",
    personal: "subject-code",
  },
  "studies.verified": {
    title: "Compared with the source",
    says: "{actor} compared {count} answers on {form} of {participant} with their source",
    personal: "subject-code",
  },
  "studies.reviewed": {
    title: "Reviewed",
    says: "{actor} reviewed {count} answers on {form} of {participant}",
    personal: "subject-code",
  },
  "studies.verification_planned": {
    title: "Verification planned",
    says: "{actor} set what is compared with its source at {site}: {rule}",
    personal: "none",
  },
  "studies.sheets_signed": {
    title: "Forms signed",
    says: "{actor} signed {count} forms of {participant}",
    signature: { meaning: "I have reviewed these forms and confirm that they are complete and accurate." },
    personal: "subject-code",
  },
  "studies.locked": { title: "Frozen or locked", says: "{actor} made {what} {how}", personal: "subject-code" },
  "studies.unlock_asked": {
    title: "Unlocking asked for",
    says: "{actor} asked to lift the lock of {what}",
    personal: "subject-code",
  },
  "studies.unlocked": { title: "Lock lifted", says: "{actor} lifted the lock of {what}", personal: "subject-code" },
  "studies.data_imported": {
    title: "Data imported",
    says: "{actor} imported {count} values from {filename} (SHA-256 {sha256}); queries opened: {queries}",
    personal: "none",
  },
  "studies.import_followed": {
    title: "Results followed an import",
    says: "results that were computed again on other forms, because {filename} changed what they look at: {count}",
    personal: "none",
  },
  "studies.import_consent_decided": {
    title: "Decided about an import without recorded consent",
    says: "{actor} decided about {filename}: values of participants whose consent is not recorded here {how}",
    personal: "none",
  },
  "studies.import_begun": {
    title: "Import begun",
    says: "{actor} began to import {filename} (SHA-256 {sha256}), step by step",
    personal: "none",
  },
  "studies.import_taken_back": {
    title: "Import taken back",
    says: "{actor} took back the import of {filename}: {reason}",
    personal: "none",
  },
  "studies.import_returned": {
    title: "Import is taken back",
    says: "{count} values of {filename} are as they were before it; {stayed} stayed, because they were changed or locked since",
    personal: "none",
  },
  "studies.migrated": {
    title: "Forms moved to a version",
    says: "{actor} moved {count} forms to version {number}; kinds of forms that stayed: {held} ({reason})",
    personal: "none",
  },
  ...surveyEvents,
  ...managementEvents,
} as const satisfies Record<string, AuditEvent>;

export const fieldClasses = {
  "studies.encrypted": {
    title: "An answer that is encrypted for itself",
    key: "subject",
    opensWith: "studies.encrypted.read",
  },
  "studies.attachment": {
    title: "A file or a drawn signature in a form",
    key: "subject",
    opensWith: "studies.data.read",
  },
  // Files of other systems, as they came in.
  "studies.import_file": { title: "A file of data that was handed in", key: "workspace", opensWith: "studies.import" },
  "studies.definition_file": {
    title: "A file with the definition of forms that was handed in",
    key: "workspace",
    opensWith: "studies.design.write",
  },
  ...surveyFieldClasses,
  ...managementFieldClasses,
} as const satisfies Record<string, FieldClass<keyof typeof permissions & string>>;

export const exports = {
  "studies.definition": { title: "The study's definition (ODM)", format: "xml", needs: "studies.design.read" },
  "studies.definition.json": { title: "The study's definition", format: "json", needs: "studies.design.read" },
  "studies.book": { title: "Data as a spreadsheet", format: "xlsx", needs: "studies.export", asks: true },
  "studies.table": { title: "Data as a table", format: "csv", needs: "studies.export", asks: true },
  "studies.r": { title: "Data for R", format: "zip", needs: "studies.export", asks: true },
  "studies.archive": {
    title: "Data as ODM with its history and signatures",
    format: "xml",
    needs: "studies.export",
    asks: true,
  },
  "studies.attachment": { title: "A file out of a form", format: "file", needs: "studies.data.read" },
  "studies.files": { title: "Files out of all forms", format: "zip", needs: "studies.export", asks: true },
  "studies.odm": { title: "Data as ODM", format: "xml", needs: "studies.export", asks: true },
  ...managementExports,
} as const satisfies Record<string, Export<keyof typeof permissions & string>>;

export const settings = t.Object({
  codePrefix: t.String({
    title: "Participant codes begin with",
    description: "Followed by the site and a running number: HF-01-0001.",
    default: "P",
    minLength: 1,
    maxLength: 12,
    pattern: "^[A-Z0-9]+$",
  }),
  changeReasons: t.Array(t.String({ maxLength: 120 }), {
    title: "Reasons for a change after completion",
    description: "One a line; whoever changes a completed form chooses one or writes another.",
    default: ["Transcription error", "Source was corrected", "New information", "Answer to a query"],
  }),
  secondDecision: t.Union([t.Literal("a third person"), t.Literal("anyone but the second person")], {
    title: "Between two entries of a form decides",
    description: "Whoever entered a form a second time never decides about it.",
    default: "a third person",
  }),
  ...surveySettings,
  ...managementSettings,
});

export const jobs = {
  ...surveyJobs,
  ...managementJobs,
  "studies.seal_files": t.Object({}),
  "studies.import_step": t.Object({
    importId: t.String({ format: "uuid" }),
    stage: t.Union([t.Literal("reading"), t.Literal("looking"), t.Literal("taking"), t.Literal("taking back")]),
    done: t.Integer({ minimum: 0 }),
  }),
};

export type Studies = Words<{
  jobs: typeof jobs;
  permissions: typeof permissions;
  events: typeof events;
  fieldClasses: typeof fieldClasses;
  exports: typeof exports;
  settings: typeof settings;
}>;
