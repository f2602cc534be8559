/** The part of the vocabulary that speaks of adverse events. */
import { Type as t } from "@sinclair/typebox";

export const safetyPermissions = {
  "studies.safety.read": {
    title: "See adverse events, by code",
    roles: { investigator: "site", study_coordinator: "site", study_monitor: "site", data_manager: "workspace" },
  },
  "studies.safety.write": {
    title: "Record adverse events and report them",
    roles: { investigator: "site", study_coordinator: "site" },
  },
} as const;

export const safetyEvents = {
  "studies.event_recorded": {
    title: "Adverse event recorded",
    says: "{actor} recorded adverse event {number} of {code}{serious}",
    personal: "subject-code",
  },
  "studies.event_followed_up": {
    title: "Adverse event followed up",
    says: "{actor} wrote version {version} of adverse event {number} of {code}",
    personal: "subject-code",
  },
  "studies.event_reported": {
    title: "Adverse event reported",
    says: "{actor} reported version {version} of adverse event {number} of {code} to the {to}",
    signature: { meaning: "This report is complete and right to my knowledge, and is sent now." },
    personal: "subject-code",
  },
} as const;

export const safetyFieldClasses = {
  "studies.event_narrative": { title: "What happened, in words", key: "subject", opensWith: "studies.safety.read" },
} as const;

export const safetyExports = {
  "studies.event_report": { title: "Report of an adverse event", format: "pdf", needs: "studies.safety.read" },
  "studies.event_list": { title: "Adverse events, by code", format: "csv", needs: "studies.safety.read" },
} as const;

export const safetySettings = {
  safetyForm: t.String({
    title: "The form on which adverse events are captured",
    description: "Its identifier in the study's forms; empty: none. What it holds is compared with the reports.",
    default: "",
    maxLength: 100,
  }),
  safetyTerm: t.String({ title: "Its question for the event's name", default: "AETERM", maxLength: 100 }),
  safetyOnset: t.String({ title: "Its question for the day of onset", default: "AESTDAT", maxLength: 100 }),
  safetySerious: t.String({ title: "Its question for “serious”", default: "AESER", maxLength: 100 }),
};
