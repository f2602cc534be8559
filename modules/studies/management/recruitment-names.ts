/** The part of the vocabulary that speaks of recruitment. */
import { Type as t } from "@sinclair/typebox";

const here = { investigator: "site", study_coordinator: "site" } as const;
const readers = { ...here, study_monitor: "site", data_manager: "workspace" } as const;

export const recruitmentPermissions = {
  "studies.recruitment.read": { title: "See the screening log, by code", roles: readers },
  "studies.recruitment.write": { title: "Enter people in the screening log and move them on", roles: here },
  "studies.eligibility.confirm": { title: "Confirm with a signature that somebody is eligible", roles: here },
  "studies.recruitment.numbers": {
    title: "See how recruitment gets on, in numbers",
    roles: {
      investigator: "workspace",
      study_coordinator: "workspace",
      study_monitor: "workspace",
      data_manager: "workspace",
      study_administrator: "workspace",
      sponsor: "workspace",
      research_office: "workspace",
    },
  },
  "studies.recruitment.plan": {
    title: "Set how many participants are wanted, where and by when",
    roles: { study_administrator: "workspace", research_office: "workspace", investigator: "site" },
  },
  "studies.recruitment.invite": {
    title: "Open and close a page on which people can ask to be contacted",
    roles: { study_administrator: "workspace", research_office: "workspace" },
  },
  "studies.signup": { title: "Ask to be contacted, on a page for anybody", roles: {} },
} as const;

export const recruitmentSettings = {
  signupsAnHour: t.Integer({
    title: "People who may ask to be contacted within an hour",
    description: "Above that the public pages rest: a program that fills them in cannot fill the screening log.",
    default: 60,
    minimum: 1,
    maximum: 1_000,
  }),
};

export const recruitmentEvents = {
  "studies.screening_entered": {
    title: "Entered in the screening log",
    says: "{actor} entered {code} in the screening log ({source})",
    personal: "subject-code",
  },
  "studies.screening_moved": {
    title: "Screening went on",
    says: "{actor} noted for {code}: {stage}",
    personal: "subject-code",
  },
  "studies.screening_dropped": {
    title: "Screening ended",
    says: "{actor} noted that {code} goes no further after {stage}: {reason}",
    personal: "subject-code",
  },
  "studies.eligibility_confirmed": {
    title: "Eligibility confirmed",
    says: "{actor} confirmed that {code} is eligible",
    signature: {
      meaning: "I have checked every criterion of the protocol in force against the source: this person is eligible.",
    },
    personal: "subject-code",
  },
  "studies.casebook_opened": {
    title: "Casebook opened",
    says: "{actor} opened the casebook of {code}",
    personal: "subject-code",
  },
  "studies.plan_set": {
    title: "Target set",
    says: "{actor} set the target of {place} to {target} from {from} to {until}",
    personal: "none",
  },
  "studies.signup_opened": {
    title: "Sign-up page opened",
    says: "{actor} opened the sign-up page {title}",
    personal: "none",
  },
  "studies.signup_closed": {
    title: "Sign-up page closed",
    says: "{actor} closed the sign-up page {title}",
    personal: "none",
  },
  "studies.inquiry_received": {
    title: "Somebody asked to be contacted",
    says: "Somebody asked on a sign-up page to be contacted, and agreed to that: {code}",
    personal: "subject-code",
  },
} as const;

export const recruitmentFieldClasses = {
  "studies.screening_note": {
    title: "A note in the screening log",
    key: "subject",
    opensWith: "studies.recruitment.write",
  },
} as const;

export const recruitmentExports = {
  "studies.screening_log": { title: "The screening log, by code", format: "csv", needs: "studies.recruitment.read" },
} as const;
