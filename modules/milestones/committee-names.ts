/** The part of the vocabulary that speaks of the committee at work: reviewers, packets, meetings. `names.ts` takes it in. */
import { Type as t } from "@sinclair/typebox";

export const committeePermissions = {
  "milestones.committee.prepare": {
    title: "Name reviewers, freeze packets and reveal sheets",
    roles: { program_director: "workspace" },
  },
  "milestones.meetings.hold": {
    title: "Hold the committee's meetings and write their minutes",
    roles: { program_director: "workspace", ccc_member: "workspace" },
  },
  "milestones.self.write": { title: "Assess oneself before the committee meets", roles: { trainee: "own" } },
  "milestones.self.read": {
    title: "See how trainees assess themselves",
    roles: {
      program_director: "workspace",
      ccc_member: "workspace",
      mentor: "assigned:mentor",
      trainee: "own",
    },
  },
} as const;

export const committeeEvents = {
  "milestones.reviewers_named": {
    title: "Reviewers named",
    says: "{actor} named reviewers for {period}: {count}",
    personal: "none",
  },
  "milestones.reviewer_ended": {
    title: "Reviewer released",
    says: "{actor} released a reviewer of {trainee} for {period}",
    personal: "subject-code",
  },
  "milestones.packets_frozen": {
    title: "Packets frozen",
    says: "{actor} froze packets for {period}: {count}",
    personal: "none",
  },
  "milestones.revealed": {
    title: "Sheets revealed",
    says: "{actor} opened all sheets on {trainee} for {period}: {how}",
    personal: "subject-code",
  },
  "milestones.meeting_called": {
    title: "Meeting called",
    says: "{actor} called a meeting of the committee on {day} for {period}",
    personal: "none",
  },
  "milestones.presence_noted": {
    title: "Presence noted",
    says: "{actor} noted who sat in the meeting of {day}: {present} present",
    personal: "none",
  },
  "milestones.recommended": {
    title: "Committee's recommendation",
    says: "{actor} recorded the committee's recommendation on {trainee} for {period}, {how}; {present} present, {recused} recused",
    personal: "subject-code",
  },
  "milestones.minutes_written": {
    title: "Minutes written",
    says: "{actor} wrote the minutes of the meeting of {day}, version {version}",
    personal: "none",
  },
  "milestones.self_assessed": {
    title: "Self-assessment",
    says: "{actor} assessed himself or herself for {period}: {rated} subcompetencies",
    personal: "none",
  },
} as const;

export const committeeFieldClasses = {
  "milestones.self_note": {
    title: "What a trainee noted on himself or herself",
    key: "subject",
    opensWith: "milestones.self.read",
  },
  "milestones.packet": { title: "A frozen packet", key: "subject", opensWith: "milestones.committee.read" },
  "milestones.minutes": { title: "Minutes of the committee", key: "workspace", opensWith: "milestones.committee.read" },
} as const;

export const committeeExports = {
  "milestones.packet": { title: "A trainee's committee packet", format: "pdf", needs: "milestones.export" },
  "milestones.minutes": { title: "Minutes of a committee's meeting", format: "pdf", needs: "milestones.export" },
} as const;

export const committeeSettings = {
  reviewersEach: t.Integer({
    title: "Reviewers named for each trainee",
    description: "They rate on their own, and see each other's sheet only when all of them have handed in.",
    default: 2,
    minimum: 1,
    maximum: 4,
  }),
  discussFrom: t.Integer({
    title: "Half levels of difference that call for discussion",
    description:
      "1: whatever the reviewers see differently is discussed. 2: a difference of half a level is settled at the lower level, without discussion.",
    default: 1,
    minimum: 1,
    maximum: 4,
  }),
  quorum: t.Integer({
    title: "Members who must be present at a meeting",
    description: "Without those who are recused; at least one of them core faculty.",
    default: 3,
    minimum: 1,
    maximum: 12,
  }),
  meetingFirst: t.Boolean({
    title: "The director decides only after the committee has met",
    description: "Off: the director may decide as soon as the sheets are open.",
    default: false,
  }),
};
