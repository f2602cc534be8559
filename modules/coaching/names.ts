/**
 * The module's vocabulary: who works here, what they may do, what the record says about them, and what is sealed. The page
 * a reviewer, a translator or an inspector asks for.
 */
import type { AuditEvent, Export, FieldClass, Permission, Role, Words } from "@core/module.ts";
import { type Static, Type as t } from "@sinclair/typebox";

export const roles = {
  coaching_supervisor: {
    title: "Coaching supervisor",
    summary: "Answers for the service: sees all conversations, the coaches' load and every incident.",
    kernel: {
      "core.colleagues.read": "workspace",
      "core.subjects.read": "workspace",
      "core.subjects.manage": "workspace",
      "core.identities.open": "workspace",
      "core.assignments.read": "workspace",
      "core.assignments.manage": "workspace",
      "core.grants.read": "workspace",
      "core.audit.read": "workspace",
      "core.exports.read": "workspace",
      "core.settings.manage": "workspace",
    },
  },
  service_manager: {
    title: "Service manager",
    summary: "Adds and removes members, assigns coaches, keeps numbers and shifts; reads no conversation.",
    kernel: {
      "core.colleagues.read": "workspace",
      "core.subjects.read": "workspace",
      "core.subjects.manage": "workspace",
      "core.identities.open": "workspace",
      "core.assignments.read": "workspace",
      "core.assignments.manage": "workspace",
      "core.people.invite": "workspace",
      "core.grants.read": "workspace",
      "core.grants.manage": "workspace",
      "core.settings.manage": "workspace",
    },
  },
  coach: {
    title: "Coach",
    summary: "Coaches the members who are assigned to him or her, and sees nobody else.",
    kernel: {
      "core.colleagues.read": "workspace",
      "core.subjects.read": "assigned:coach",
      "core.identities.open": "assigned:coach",
      "core.assignments.read": "mine",
    },
  },
  coaching_clinician: {
    title: "Clinician",
    summary: "Signs the safety rules, answers incidents and closes them.",
    kernel: {
      "core.colleagues.read": "workspace",
      "core.subjects.read": "workspace",
      "core.identities.open": "workspace",
      "core.assignments.read": "workspace",
      "core.grants.read": "workspace",
    },
  },
} as const satisfies Record<string, Role>;
type RoleName = keyof typeof roles;

const staff = {
  coaching_supervisor: "workspace",
  service_manager: "workspace",
  coach: "workspace",
  coaching_clinician: "workspace",
} as const;
const carers = { coaching_supervisor: "workspace", coach: "assigned:coach", coaching_clinician: "workspace" } as const;

export const permissions = {
  "coaching.members.read": {
    title: "See members, their consent and who coaches them",
    roles: { ...carers, service_manager: "workspace" },
  },
  "coaching.members.manage": {
    title: "Add and remove members, assign coaches, keep the service's numbers",
    roles: { coaching_supervisor: "workspace", service_manager: "workspace" },
  },
  "coaching.members.care": {
    title: "Pause a member, record what was said by telephone, set how replies are made",
    roles: { coaching_supervisor: "workspace", coach: "assigned:coach" },
  },
  "coaching.messages.read": { title: "Read conversations and notes", roles: carers },
  "coaching.messages.write": { title: "Take over conversations, write to members, write notes", roles: carers },
  "coaching.readings.read": { title: "See glucose readings and goals", roles: carers },
  "coaching.readings.manage": {
    title: "Import meter and sensor files, look through rows in doubt, write goals",
    roles: { coaching_supervisor: "workspace", coach: "assigned:coach" },
  },
  "coaching.tasks": { title: "See and settle tasks", roles: carers },
  "coaching.incidents.read": { title: "See safety incidents", roles: carers },
  "coaching.incidents.answer": { title: "Acknowledge incidents and say how a member was contacted", roles: carers },
  "coaching.incidents.resolve": {
    title: "Close an incident with a disposition",
    roles: { coaching_clinician: "workspace" },
  },
  "coaching.rules.read": { title: "Read the safety rules, the fixed texts, numbers and shifts", roles: staff },
  "coaching.rules.write": {
    title: "Propose versions of the safety rules and the prompt, and try them",
    roles: { coaching_supervisor: "workspace", coaching_clinician: "workspace" },
  },
  "coaching.rules.sign": {
    title: "Sign versions of the safety rules and the prompt",
    roles: { coaching_clinician: "workspace" },
  },
  "coaching.duty": {
    title: "Plan who is on duty",
    roles: { coaching_supervisor: "workspace", service_manager: "workspace" },
  },
  "coaching.journeys.write": {
    title: "Write journeys and start members on them",
    roles: { coaching_supervisor: "workspace", coach: "assigned:coach" },
  },
  "coaching.journeys.approve": { title: "Approve journeys", roles: { coaching_clinician: "workspace" } },
  "coaching.supervise": {
    title: "See the supervisor's page, keep ready answers",
    roles: { coaching_supervisor: "workspace" },
  },
  "coaching.report": { title: "Download the outcome report", roles: { coaching_supervisor: "workspace" } },
  "coaching.own": { title: "See one's own record and settle one's own consent", roles: {} },
  "coaching.phone": { title: "Play a member's telephone (development only)", roles: staff },
  "coaching.work": { title: "Take in, judge and send messages (the service's own machinery)", roles: {} },
} as const satisfies Record<string, Permission<RoleName>>;

export const events = {
  "coaching.member_invited": {
    title: "Member invited",
    says: "{actor} invited {member} to coaching by text message",
    personal: "subject-code",
  },
  "coaching.member_changed": {
    title: "Member changed",
    says: "{actor} changed {what} of {member}",
    personal: "subject-code",
  },
  "coaching.consent_recorded": {
    title: "Consent recorded",
    says: "{actor} recorded for {member}: {what} ({source})",
    personal: "subject-code",
  },
  "coaching.number_changed": {
    title: "Number of the service changed",
    says: "{actor} {what} the number {phone}",
    personal: "none",
  },
  "coaching.message_taken": {
    title: "Message taken in",
    says: "{actor} judged a message of {member} as {tier}: {outcome}",
    personal: "subject-code",
  },
  "coaching.message_ignored": {
    title: "Message set aside",
    says: "{actor} set a message aside: {why}",
    personal: "none",
  },
  "coaching.message_written": {
    title: "Message written",
    says: "{actor} wrote to {member}",
    personal: "subject-code",
  },
  "coaching.texts_sent": { title: "Texts sent", says: "{actor} settled {count} texts: {what}", personal: "none" },
  "coaching.text_held": { title: "Text held back", says: "{actor} held a text back: {why}", personal: "none" },
  "coaching.taken_over": {
    title: "Conversation taken over",
    says: "{actor} took over the conversation with {member}; {cancelled} waiting texts of the bot were withdrawn",
    personal: "subject-code",
  },
  "coaching.handed_back": {
    title: "Conversation handed back",
    says: "{actor} handed the conversation with {member} back to the bot",
    personal: "subject-code",
  },
  "coaching.handed_over": {
    title: "Member handed over",
    says: "{actor} handed {member} over to {colleague}, with a note",
    personal: "subject-code",
  },
  "coaching.handover_taken": {
    title: "Hand-over taken",
    says: "{actor} took {member} over from a colleague, with the open conversation and its tasks",
    personal: "subject-code",
  },
  "coaching.incident_opened": {
    title: "Incident opened",
    says: "{actor} opened an incident for {member}: {tier}",
    personal: "subject-code",
  },
  "coaching.incident_paged": {
    title: "Incident paged",
    says: "{actor} paged {rung} about an incident of {member}: {who}",
    personal: "subject-code",
  },
  "coaching.text_unheard": {
    title: "Safety text not shown to have gone out",
    says: "{actor} could not show that a safety text to {member} went out, and called people",
    personal: "subject-code",
  },
  "coaching.incident_answered": {
    title: "Incident answered",
    says: "{actor} {what} the incident of {member}",
    personal: "subject-code",
  },
  "coaching.incident_resolved": {
    title: "Incident resolved",
    says: "{actor} resolved the incident of {member}: {disposition}",
    personal: "subject-code",
  },
  "coaching.task_done": {
    title: "Task settled",
    says: "{actor} settled a task about {member}",
    personal: "subject-code",
  },
  "coaching.note_written": {
    title: "Note written",
    says: "{actor} wrote a note about {member}",
    personal: "subject-code",
  },
  "coaching.file_imported": {
    title: "Glucose file imported",
    says: "{actor} imported a file for {member}: {readings} readings, {review} rows to look at, {repeated} known already",
    personal: "subject-code",
  },
  "coaching.row_decided": {
    title: "Row of a file decided",
    says: "{actor} looked at a row in doubt of {member}: {what}",
    personal: "subject-code",
  },
  "coaching.goal_set": { title: "Goal set", says: "{actor} wrote a goal of {member}", personal: "subject-code" },
  "coaching.goal_ended": {
    title: "Goal ended",
    says: "{actor} ended a goal of {member}: {outcome}",
    personal: "subject-code",
  },
  "coaching.rules_proposed": {
    title: "Rules proposed",
    says: "{actor} proposed version {version} of the safety rules",
    personal: "none",
  },
  "coaching.rules_signed": {
    title: "Rules signed",
    says: "{actor} ({credentials}) signed version {version} of the safety rules",
    signature: { meaning: "I have read these rules and texts and answer for their use in this service" },
    personal: "none",
  },
  "coaching.prompt_proposed": {
    title: "Prompt proposed",
    says: "{actor} proposed version {version} of the prompt",
    personal: "none",
  },
  "coaching.trial_begun": {
    title: "Trial begun",
    says: "{actor} began to try {what} on {cases} messages",
    personal: "none",
  },
  "coaching.gate_judged": { title: "Release judged", says: "{actor} judged {what}: {result}", personal: "none" },
  "coaching.voice_signed": {
    title: "Prompt and model signed",
    says: "{actor} ({credentials}) released {what}",
    signature: { meaning: "I have read this prompt and what the gate found and answer for its use in this service" },
    personal: "none",
  },
  "coaching.shift_planned": {
    title: "Shift planned",
    says: "{actor} put {person} on duty as {rung}",
    personal: "person-name",
  },
  "coaching.shift_ended": {
    title: "Shift ended",
    says: "{actor} took {person} off duty as {rung}",
    personal: "person-name",
  },
  "coaching.draft_decided": {
    title: "Draft decided",
    says: "{actor} {what} a model's draft for {member}",
    personal: "subject-code",
  },
  "coaching.journey_kept": {
    title: "Journey written",
    says: "{actor} wrote version {version} of the journey {journey}",
    personal: "none",
  },
  "coaching.journey_approved": {
    title: "Journey approved",
    says: "{actor} approved version {version} of the journey {journey}",
    personal: "none",
  },
  "coaching.journey_started": {
    title: "Journey started",
    says: "{actor} started {member} on the journey {journey}",
    personal: "subject-code",
  },
  "coaching.macro_kept": {
    title: "Ready answer kept",
    says: "{actor} kept the ready answer “{title}”",
    personal: "none",
  },
  "coaching.phone_played": {
    title: "Telephone played",
    says: "{actor} played the telephone of a member",
    personal: "none",
  },
} as const satisfies Record<string, AuditEvent>;

export const fieldClasses = {
  "coaching.raw": { title: "A text before it is known whose it is", key: "workspace", opensWith: "coaching.work" },
  "coaching.duty_phone": {
    title: "Where a page reaches somebody on duty",
    key: "workspace",
    opensWith: "coaching.work",
  },
  "coaching.message": { title: "What a member or a coach wrote", key: "subject", opensWith: "coaching.messages.read" },
  "coaching.note": { title: "A coach's note", key: "subject", opensWith: "coaching.messages.read" },
  "coaching.words": { title: "The words of a consent", key: "subject", opensWith: "coaching.members.read" },
  "coaching.row": { title: "A row of a file, as it came", key: "subject", opensWith: "coaching.readings.read" },
} as const satisfies Record<string, FieldClass<keyof typeof permissions>>;

export const exports = {
  "coaching.outcomes": { title: "Outcome report, de-identified", format: "csv", needs: "coaching.report" },
  "coaching.consent": { title: "A member's consent ledger", format: "csv", needs: "coaching.members.manage" },
} as const satisfies Record<string, Export<keyof typeof permissions>>;

const uuid = t.String({ format: "uuid" });
export const jobs = {
  /** Matches, judges and routes one text that came in. */
  "coaching.take_up": t.Object({ inbound: uuid }),
  /** A fixed text that somebody's act asks for, who may not read conversations himself. */
  "coaching.say": t.Object({
    subject: uuid,
    template: t.Union([t.Literal("invitation"), t.Literal("stopped"), t.Literal("new-number")]),
    coach: t.String({ maxLength: 120 }),
    cause: t.String({ maxLength: 120 }),
  }),
  /** Asks a model for a reply, where no rule spoke. */
  "coaching.reply": t.Object({ message: uuid, attempt: t.Integer({ minimum: 1, maximum: 2 }) }),
  /** Tries a version of the rules at the release gate. */
  "coaching.try_rules": t.Object({ ruleSet: uuid }),
  /** Begins to try a prompt with the model that serves here. */
  "coaching.try_prompt": t.Object({ prompt: uuid }),
  /** Asks a model about one case of a trial. */
  "coaching.try_voice": t.Object({
    trial: uuid,
    place: t.Integer({ minimum: 1 }),
    tries: t.Integer({ minimum: 1, maximum: 9 }),
  }),
  /** Tells who answered an incident that our own text may never have reached the member. */
  "coaching.tell": t.Object({ incident: uuid }),
  /** The steps of journeys that are due. */
  "coaching.walk": t.Object({}),
  /** Sends what is due. */
  "coaching.send": t.Object({}),
  /** Every minute: what was left lying, pages that are due, readings that were asked for, texts without a report. */
  "coaching.watch": t.Object({}),
} as const;

export const settings = t.Object({
  program: t.String({
    title: "Name of the program in texts",
    description: "Stands at the beginning of the texts that carriers ask for.",
    default: "Coaching",
    minLength: 2,
    maxLength: 24,
  }),
  phone: t.String({
    title: "Telephone of the care team",
    description: "Given in the fixed texts, for example 555-0100.",
    default: "555-0100",
    pattern: "^[+0-9() .-]{5,20}$",
  }),
  terms: t.String({
    title: "Address of the terms and the privacy notice",
    description: "Given in the invitation.",
    default: "cairn.example/terms",
    minLength: 4,
    maxLength: 60,
  }),
  proactiveADay: t.Integer({
    title: "Texts a day that nobody asked for",
    description: "One a day is what the United States' rules for health texts allow without asking further.",
    default: 1,
    minimum: 0,
    maximum: 3,
  }),
  proactiveAWeek: t.Integer({
    title: "Texts a week that nobody asked for",
    description: "Safety texts and answers are not counted.",
    default: 3,
    minimum: 0,
    maximum: 10,
  }),
  idleHours: t.Integer({
    title: "Hours after which an idle conversation goes back to the bot",
    description: "Never out of a crisis.",
    default: 12,
    minimum: 1,
    maximum: 96,
  }),
  replyHours: t.Integer({
    title: "Hours within which a coach answers",
    description: "After that a waiting member counts as late on the supervisor's page.",
    default: 8,
    minimum: 1,
    maximum: 48,
  }),
});
export type CoachingSettings = Static<typeof settings>;

export type Coaching = Words<{
  permissions: typeof permissions;
  events: typeof events;
  fieldClasses: typeof fieldClasses;
  exports: typeof exports;
  jobs: typeof jobs;
  settings: typeof settings;
}>;
