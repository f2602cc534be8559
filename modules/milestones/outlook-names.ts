/** The part of the vocabulary that speaks of the longer view and of what may leave. `names.ts` takes it in. */
import { Type as t } from "@sinclair/typebox";

export const outlookPermissions = {
  "milestones.bands.draw": { title: "Draw the bands of the program's own history", roles: {} },
  "milestones.releases.read": {
    title: "See what third parties ask for",
    roles: { program_director: "workspace", trainee: "own" },
  },
  "milestones.releases.ask": {
    title: "Ask for a release to a third party, and take it back",
    roles: { program_director: "workspace", trainee: "own" },
  },
  "milestones.releases.download": {
    title: "Download what both have consented to release",
    roles: { program_director: "workspace" },
  },
  "milestones.benchmark.manage": {
    title: "Consent to benchmarks and see them",
    roles: { program_director: "workspace" },
  },
} as const;

export const outlookEvents = {
  "milestones.bands_drawn": {
    title: "Bands drawn",
    says: "{actor} drew the bands of the program's own history: {count}",
    personal: "none",
  },
  "milestones.crosswalk_imported": {
    title: "Crosswalk imported",
    says: "{actor} said how {old} corresponds to {newer}: {count} pairs",
    personal: "none",
  },
  "milestones.framework_moved": {
    title: "Trainee moved to another version",
    says: "{actor} moved {trainee} from {old} to {newer}",
    personal: "subject-code",
  },
  "milestones.release_asked": {
    title: "Release to a third party asked for",
    says: "{actor} asked that something of {trainee} be released to a third party",
    personal: "subject-code",
  },
  "milestones.release_consented": {
    title: "Consent to a release",
    says: "{actor} consented as {side} to the release of {trainee}, content {sha256}",
    signature: { meaning: "I consent that exactly this is released, once, to the one named here" },
    personal: "subject-code",
  },
  "milestones.release_ended": {
    title: "Release taken back",
    says: "{actor} took back the release of {trainee} to a third party",
    personal: "subject-code",
  },
  "milestones.release_left": {
    title: "Released to a third party",
    says: "{actor} downloaded, once, what director and trainee consented to release of {trainee}",
    personal: "subject-code",
  },
  "milestones.benchmark_consented": {
    title: "Consent to benchmarks",
    says: "{actor} put the consent {title} on record, until {until}",
    personal: "none",
  },
  "milestones.benchmark_withdrawn": {
    title: "Consent to benchmarks withdrawn",
    says: "{actor} withdrew the program's consent to benchmarks",
    personal: "none",
  },
  "milestones.benchmark_offered": {
    title: "Figures offered for benchmarks",
    says: "{actor} offered the program's figures of {period}: {count}",
    personal: "none",
  },
  "milestones.benchmark_read": {
    title: "Benchmark read",
    says: "{actor} compared the program with {count} others that consented",
    personal: "none",
  },
} as const;

export const outlookFieldClasses = {
  "milestones.release": {
    title: "What a third party asks for",
    key: "subject",
    opensWith: "milestones.releases.read",
  },
  "milestones.agreement": {
    title: "The document in which a program agreed to benchmarks",
    key: "workspace",
    opensWith: "milestones.benchmark.manage",
  },
} as const;

export const outlookExports = {
  "milestones.third_party": {
    title: "A release to a third party",
    format: "pdf",
    needs: "milestones.releases.download",
  },
  "milestones.agreement": {
    title: "The signed consent to benchmarks",
    format: "pdf",
    needs: "milestones.benchmark.manage",
  },
} as const;

export const outlookSettings = {
  warnFalls: t.Integer({
    title: "Early warning: subcompetencies that fell",
    description: "Since the result before.",
    default: 2,
    minimum: 1,
    maximum: 30,
  }),
  warnBelow: t.Integer({
    title: "Early warning: subcompetencies below the band",
    description: "Below the middle half of the program's own trainees at the same stage.",
    default: 4,
    minimum: 1,
    maximum: 30,
  }),
  warnSilentDays: t.Integer({
    title: "Early warning: days without an evaluation",
    description: "Of the running period.",
    default: 60,
    minimum: 14,
    maximum: 180,
  }),
};
