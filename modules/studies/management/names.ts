/** The part of the vocabulary that speaks of managing a study. `../names.ts` takes it in. */
import { Type as t } from "@sinclair/typebox";
import {
  deviationEvents,
  deviationExports,
  deviationFieldClasses,
  deviationPermissions,
  deviationSettings,
} from "./deviation-names.ts";
import { dossierEvents, dossierExports, dossierFieldClasses, dossierPermissions } from "./dossier-names.ts";
import {
  randomisationEvents,
  randomisationExports,
  randomisationFieldClasses,
  randomisationPermissions,
} from "./randomisation-names.ts";
import {
  recruitmentEvents,
  recruitmentExports,
  recruitmentFieldClasses,
  recruitmentPermissions,
  recruitmentSettings,
} from "./recruitment-names.ts";
import { safetyEvents, safetyExports, safetyFieldClasses, safetyPermissions, safetySettings } from "./safety-names.ts";
import { taskEvents, taskExports, taskJobs, taskPermissions, taskSettings } from "./task-names.ts";

const staff = { "core.colleagues.read": "workspace", "core.sites.read": "workspace" } as const;

export const managementRoles = {
  research_office: {
    title: "Research office",
    summary:
      "Keeps the institution's studies: registers them, asks for approvals, opens their gates. Sees no participant.",
    idleMinutes: 60,
    kernel: {
      ...staff,
      "core.cards.read": "workspace",
      "core.workspaces.read": "workspace",
      "core.workspaces.manage": "workspace",
      "core.modules.switch": "workspace",
      "core.people.read": "workspace",
      "core.people.invite": "workspace",
      "core.grants.read": "workspace",
      "core.grants.manage": "workspace",
      "core.links.open": "workspace",
    },
  },
  approver: {
    title: "Approver",
    summary: "Head of a department, lawyer, controller, privacy officer: decides on requests addressed to him or her.",
    idleMinutes: 60,
    kernel: staff,
  },
  pharmacist: {
    title: "Pharmacist (unblinded)",
    summary: "Keeps the study's product: knows the arms, prepares and accounts for kits.",
    kernel: { ...staff, "core.subjects.read": "site" },
  },
} as const;

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
} as const;

export const managementPermissions = {
  "studies.delegation.read": {
    title: "See the delegation log",
    roles: {
      investigator: "site",
      study_coordinator: "site",
      study_monitor: "site",
      pharmacist: "site",
      data_manager: "workspace",
      study_administrator: "workspace",
      research_office: "workspace",
    },
  },
  "studies.delegation.write": {
    title: "Put people and tasks into the delegation log, and end them",
    roles: { investigator: "site", study_coordinator: "site" },
  },
  "studies.delegation.accept": { title: "See and accept tasks delegated to oneself", roles: own },
  "studies.delegation.approve": { title: "Delegate tasks with a signature", roles: { investigator: "site" } },
  "studies.training.read": {
    title: "See who was trained in what",
    roles: {
      investigator: "workspace",
      study_coordinator: "workspace",
      study_monitor: "workspace",
      data_manager: "workspace",
      study_administrator: "workspace",
      research_office: "workspace",
    },
  },
  "studies.training.own": { title: "See and record one's own trainings", roles: own },
  "studies.training.record": {
    title: "Record trainings of others",
    roles: { study_administrator: "workspace", study_coordinator: "workspace", investigator: "workspace" },
  },
  "studies.training.manage": {
    title: "Decide which trainings the study's tasks ask for",
    roles: { study_administrator: "workspace", data_manager: "workspace", research_office: "workspace" },
  },
  ...recruitmentPermissions,
  ...randomisationPermissions,
  ...safetyPermissions,
  ...deviationPermissions,
  ...dossierPermissions,
  ...taskPermissions,
} as const;

export const managementEvents = {
  "studies.course_added": {
    title: "Training asked for",
    says: "{actor} asks for the training {course} from {from} on",
    personal: "none",
  },
  "studies.course_ended": {
    title: "Training no longer asked for",
    says: "{actor} asks for the training {course} no longer, from {from} on",
    personal: "none",
  },
  "studies.training_recorded": {
    title: "Training recorded",
    says: "{actor} recorded that {person} completed {course} on {on}",
    signature: {
      meaning: "This training was completed on the day given; I have seen the evidence, or completed it myself.",
    },
    personal: "person-name",
  },
  "studies.delegation_proposed": {
    title: "Delegation entered",
    says: "{actor} entered {person} in the delegation log: {tasks}",
    personal: "person-name",
  },
  "studies.delegation_accepted": {
    title: "Delegation accepted",
    says: "{actor} accepted the tasks {tasks}",
    signature: {
      meaning: "I take on these tasks, and will carry them out by the protocol and good clinical practice.",
    },
    personal: "person-name",
  },
  "studies.delegation_approved": {
    title: "Delegation signed by the investigator",
    says: "{actor} delegated {tasks} to {person}",
    signature: {
      meaning: "I delegate these tasks to this person, who is qualified for them, and keep supervising them.",
    },
    personal: "person-name",
  },
  "studies.delegation_ended": {
    title: "Delegation ended",
    says: "{actor} ended the delegation of {tasks} to {person} from {from} on",
    personal: "person-name",
  },
  ...recruitmentEvents,
  ...randomisationEvents,
  ...safetyEvents,
  ...deviationEvents,
  ...dossierEvents,
  ...taskEvents,
} as const;

export const managementFieldClasses = {
  ...recruitmentFieldClasses,
  ...randomisationFieldClasses,
  ...safetyFieldClasses,
  ...deviationFieldClasses,
  ...dossierFieldClasses,
} as const;

export const managementExports = {
  "studies.delegation_log": { title: "The delegation log", format: "pdf", needs: "studies.delegation.read" },
  ...recruitmentExports,
  ...randomisationExports,
  ...safetyExports,
  ...deviationExports,
  ...dossierExports,
  ...taskExports,
} as const;

export const managementSettings = {
  ...safetySettings,
  ...deviationSettings,
  ...recruitmentSettings,
  ...taskSettings,
  unblindingNotice: t.Array(t.String({ maxLength: 254 }), {
    title: "Told at once of an emergency unblinding",
    description:
      "Mail addresses, one a line: the sponsor's safety desk, the research office. The mail says neither who nor what.",
    default: [],
  }),
  delegationBinds: t.Union(
    [t.Literal("from its first signature"), t.Literal("always"), t.Literal("never: it is kept elsewhere")],
    {
      title: "The delegation log binds",
      description:
        "While it binds, tasks such as obtaining consent or randomising are open only to those whom it names and who are trained.",
      default: "from its first signature",
    },
  ),
};

export const managementJobs = { ...taskJobs } as const;
