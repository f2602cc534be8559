/** The part of the vocabulary that speaks of forms, requests, links and groups. `names.ts` takes it in. */
import { Type as t } from "@sinclair/typebox";

export const evaluationPermissions = {
  "milestones.answer": { title: "Answer a request by its link", roles: {} },
  "milestones.requests.make": { title: "Ask for an evaluation of oneself", roles: { trainee: "own" } },
  "milestones.anonymous.read": {
    title: "Read what peers and patients answered",
    roles: { program_director: "workspace", ccc_member: "workspace" },
  },
  "milestones.links.renew": {
    title: "Send a link again and void the one before",
    roles: { program_director: "workspace", coordinator: "workspace" },
  },
  "milestones.groups.sum": { title: "Sum up what peers and patients answered", roles: {} },
  "milestones.evaluations.withdraw": {
    title: "Withdraw an evaluation that must not count",
    roles: { program_director: "workspace" },
  },
} as const;

export const evaluationEvents = {
  "milestones.form_saved": {
    title: "Form saved",
    says: "{actor} saved the form {form}, version {version}, with {count} questions",
    personal: "none",
  },
  "milestones.schedule_imported": {
    title: "Rotation schedule imported",
    says: "{actor} imported the rotation schedule: {count} blocks",
    personal: "none",
  },
  "milestones.asked_by_link": {
    title: "Evaluation asked for by link",
    says: "{actor} asked for an evaluation of {trainee} on {rotation} by a link ({kind})",
    personal: "subject-code",
  },
  "milestones.answered_by_link": {
    title: "Evaluation by link",
    says: "Someone with the link, who did not sign in, evaluated {trainee} on {rotation} ({kind}): {rated} of {asked} answered",
    personal: "subject-code",
  },
  "milestones.request_extended": {
    title: "Request extended",
    says: "{actor} gave the evaluation of {trainee} on {rotation} another week",
    personal: "subject-code",
  },
  "milestones.link_renewed": {
    title: "Link sent again",
    says: "{actor} made a new link for the evaluation of {trainee} on {rotation}; the one before is void",
    personal: "subject-code",
  },
  "milestones.answer_confirmed": {
    title: "Answer confirmed",
    says: "{actor} confirmed who answered the evaluation of {trainee} on {rotation}",
    personal: "subject-code",
  },
  "milestones.evaluation_withdrawn": {
    title: "Evaluation withdrawn",
    says: "{actor} withdrew the evaluation of {trainee} on {rotation}, with a reason",
    personal: "subject-code",
  },
  "milestones.amendment_asked": {
    title: "Amendment asked for",
    says: "{actor} asked {evaluator} to amend the evaluation of {trainee} on {rotation}",
    personal: "subject-code",
  },
  "milestones.group_summed": {
    title: "Group summed up",
    says: "{actor} summed up what {count} people ({kind}) answered about {trainee}",
    personal: "subject-code",
  },
} as const;

export const evaluationSettings = {
  groupOf: t.Integer({
    title: "Peers or patients whose answers are shown together",
    description:
      "A trainee sees what peers and patients answered once this many have, and again with every further group of this size; never one by one.",
    default: 5,
    minimum: 3,
    maximum: 30,
  }),
  askFromSchedule: t.Boolean({
    title: "Ask for evaluations when a rotation ends",
    description: "Every morning, for the blocks of the imported schedule that ended.",
    default: false,
  }),
};
