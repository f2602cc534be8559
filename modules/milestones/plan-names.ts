/** The part of the vocabulary that speaks of learning plans. `names.ts` takes it in. */
export const planPermissions = {
  "milestones.plans.read": {
    title: "See learning plans that were submitted",
    roles: { program_director: "workspace", mentor: "assigned:mentor", trainee: "own" },
  },
  "milestones.plans.write": { title: "Write one's own learning plan", roles: { trainee: "own" } },
  "milestones.plans.review": {
    title: "Review learning plans, note check-ins and say how goals ended",
    roles: { program_director: "workspace", mentor: "assigned:mentor" },
  },
  "milestones.plans.remind": { title: "Remind mentors of check-ins", roles: {} },
  "milestones.plans.export": { title: "Download one's own learning plan", roles: { trainee: "own" } },
} as const;

export const planEvents = {
  "milestones.plan_started": {
    title: "Learning plan started",
    says: "{actor} started a learning plan for {period}; goals carried forward: {carried}",
    personal: "subject-code",
  },
  "milestones.goal_written": {
    title: "Goal written",
    says: "{actor} wrote a goal about {subcompetency} for {period}",
    personal: "subject-code",
  },
  "milestones.goal_dropped": {
    title: "Goal dropped",
    says: "{actor} dropped a goal about {subcompetency} for {period}",
    personal: "subject-code",
  },
  "milestones.plan_moved": {
    title: "Learning plan moved on",
    says: "{actor} {how} the learning plan of {trainee} for {period}",
    personal: "subject-code",
  },
  "milestones.checked_in": {
    title: "Check-in noted",
    says: "{actor} noted a check-in with {trainee} on the learning plan for {period}",
    personal: "subject-code",
  },
  "milestones.goal_ended": {
    title: "Goal ended",
    says: "{actor} ended a goal of {trainee} about {subcompetency}: {outcome}",
    personal: "subject-code",
  },
  "milestones.check_in_reminded": {
    title: "Mentor reminded of check-ins",
    says: "{actor} reminded {mentor} of late check-ins: {count}",
    personal: "none",
  },
} as const;

export const planFieldClasses = {
  "milestones.goal": { title: "A trainee's goal", key: "subject", opensWith: "milestones.plans.read" },
  "milestones.plan_note": {
    title: "What was said about a learning plan",
    key: "subject",
    opensWith: "milestones.plans.read",
  },
} as const;

export const planExports = {
  "milestones.plan": { title: "One's own learning plan", format: "pdf", needs: "milestones.plans.export" },
} as const;
