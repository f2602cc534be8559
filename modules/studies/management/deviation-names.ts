/** The part of the vocabulary that speaks of deviations from the protocol. */
import { Type as t } from "@sinclair/typebox";

export const deviationPermissions = {
  "studies.deviations.read": {
    title: "See deviations from the protocol, by code",
    roles: {
      investigator: "site",
      study_coordinator: "site",
      study_monitor: "site",
      data_manager: "workspace",
      study_administrator: "workspace",
      research_office: "workspace",
    },
  },
  "studies.deviations.write": {
    title: "Record deviations, and whom they were told to",
    roles: {
      investigator: "site",
      study_coordinator: "site",
      study_monitor: "site",
      study_administrator: "workspace",
    },
  },
  "studies.deviations.review": { title: "Review deviations with a signature", roles: { investigator: "site" } },
} as const;

export const deviationEvents = {
  "studies.deviation_recorded": {
    title: "Deviation recorded",
    says: "{actor} recorded deviation {number}: {category}, {severity}",
    personal: "none",
  },
  "studies.deviation_changed": {
    title: "Deviation written anew",
    says: "{actor} wrote version {version} of deviation {number}: {category}, {severity}",
    personal: "none",
  },
  "studies.deviation_told": {
    title: "Deviation reported",
    says: "{actor} noted that version {version} of deviation {number} was reported to the {to} on {on}",
    personal: "none",
  },
  "studies.deviation_reviewed": {
    title: "Deviation reviewed",
    says: "{actor} reviewed version {version} of deviation {number}",
    signature: {
      meaning:
        "I have reviewed this deviation, its cause and what is done about it, and answer for the participant's care.",
    },
    personal: "none",
  },
} as const;

export const deviationFieldClasses = {
  "studies.deviation_words": {
    title: "What a deviation was, and what is done about it, in words",
    key: "workspace",
    opensWith: "studies.deviations.read",
  },
} as const;

export const deviationExports = {
  "studies.deviation_log": { title: "Deviations, by code", format: "csv", needs: "studies.deviations.read" },
  "studies.deviation_report": { title: "Report of a deviation", format: "pdf", needs: "studies.deviations.read" },
} as const;

export const deviationSettings = {
  deviationEthicsDays: t.Integer({
    title: "Days within which the ethics committee is told of an important deviation",
    description: "Counted from the day it was found out. Your committee's rules say how many.",
    default: 15,
    minimum: 1,
    maximum: 90,
  }),
};
