/** The part of the vocabulary that speaks of summaries and flags. `names.ts` takes it in. */
import { Type as t } from "@sinclair/typebox";

const forDirectors = "What a machine wrote about a trainee is for the program director alone.";

export const summaryPermissions = {
  "milestones.summaries.read": {
    title: "Read summaries and flags",
    roles: { program_director: "workspace" },
    reserved: forDirectors,
  },
  "milestones.summaries.dispose": {
    title: "Say what a flag is worth, and act on it",
    roles: { program_director: "workspace" },
    reserved: forDirectors,
  },
  "milestones.summaries.write": { title: "Write summaries and flags", roles: {} },
} as const;

export const summaryEvents = {
  "milestones.summary_asked": {
    title: "Summary asked for",
    says: "{actor} asked for a summary on {trainee} for {period}",
    personal: "subject-code",
  },
  "milestones.summarised": {
    title: "Summary written",
    says: "{actor} wrote a summary on {trainee} for {period} ({source}): {kept} sentences kept, {dropped} without evidence dropped, {flags} flags",
    personal: "subject-code",
  },
  "milestones.flag_disposed": {
    title: "Flag disposed of",
    says: "{actor} said of a flag on {trainee} ({rule}): {disposition}",
    personal: "subject-code",
  },
  "milestones.flag_acted": {
    title: "Acted on a flag",
    says: "{actor} acted on a confirmed flag on {trainee} ({rule}): {action}",
    personal: "subject-code",
  },
} as const;

export const summaryFieldClasses = {
  "milestones.summary": {
    title: "A summary or flag",
    key: "subject",
    opensWith: "milestones.summaries.read",
  },
} as const;

export const summarySettings = {
  modelSummaries: t.Boolean({
    title: "A model may summarise what evaluators wrote",
    description:
      "Off: summaries follow rules and say so. On: names and pronouns are replaced before anything leaves, and nothing leaves without a provider whose agreement is in force.",
    default: false,
  }),
};
