/**
 * The module's vocabulary: what people may do, what the record says about them, and what is sealed. The page a reviewer,
 * a translator or an inspector asks for.
 */
import type { AuditEvent, Export, FieldClass, Permission, Role, Words } from "@core/module.ts";
import { type Static, Type as t } from "@sinclair/typebox";

export const roles = {
  study_administrator: {
    title: "Study administrator",
    summary: "Sets the study up: documents, sites, access. Sees no participant's data.",
    kernel: {
      "core.colleagues.read": "workspace",
      "core.sites.read": "workspace",
      "core.people.invite": "workspace",
      "core.grants.read": "workspace",
      "core.grants.manage": "workspace",
      "core.settings.manage": "workspace",
      "core.audit.read": "workspace",
      "core.exports.read": "workspace",
    },
  },
  investigator: {
    title: "Investigator",
    summary: "Answers for the participants of a site, and signs.",
    kernel: {
      "core.colleagues.read": "workspace",
      "core.subjects.read": "site",
      "core.subjects.manage": "site",
      "core.identities.open": "site",
      "core.sites.read": "workspace",
    },
  },
  study_coordinator: {
    title: "Study coordinator",
    summary: "Runs the study at a site: invites, hands over the tablet, answers questions.",
    kernel: {
      "core.colleagues.read": "workspace",
      "core.subjects.read": "site",
      "core.subjects.manage": "site",
      "core.identities.open": "site",
      "core.sites.read": "workspace",
    },
  },
  data_manager: {
    title: "Data manager",
    summary: "Keeps the data in order; sees codes and never a name.",
    kernel: { "core.colleagues.read": "workspace", "core.subjects.read": "site", "core.sites.read": "workspace" },
  },
  study_monitor: {
    title: "Study monitor",
    summary: "Checks for the sponsor that it is done right; sees codes and never a name.",
    kernel: { "core.colleagues.read": "workspace", "core.subjects.read": "site", "core.sites.read": "workspace" },
  },
} as const satisfies Record<string, Role>;
type RoleName = keyof typeof roles;

export const permissions = {
  "econsent.documents.read": {
    title: "See consent documents, their versions and differences",
    roles: {
      investigator: "workspace",
      study_coordinator: "workspace",
      data_manager: "workspace",
      study_monitor: "workspace",
      study_administrator: "workspace",
    },
  },
  "econsent.media.read": {
    title: "Play and open what stands beside a consent document",
    roles: {
      investigator: "workspace",
      study_coordinator: "workspace",
      data_manager: "workspace",
      study_monitor: "workspace",
      study_administrator: "workspace",
    },
  },
  "econsent.documents.write": {
    title: "Write consent documents and put them forward",
    roles: { study_administrator: "workspace", investigator: "site", study_coordinator: "site" },
  },
  "econsent.documents.publish": {
    title: "Publish what someone else wrote, enter ethics approvals, retire versions",
    roles: { study_administrator: "workspace", investigator: "site", study_coordinator: "site" },
  },
  "econsent.status.read": {
    title: "See who was asked, who signed and what stands, by code",
    roles: { investigator: "site", study_coordinator: "site", data_manager: "site", study_monitor: "site" },
  },
  "econsent.identities.read": {
    title: "Read who signed, drawings, questions and reasons",
    roles: { investigator: "site", study_coordinator: "site" },
  },
  "econsent.obtain": {
    title: "Invite, hand over the tablet, upload paper, answer questions",
    roles: { investigator: "site", study_coordinator: "site" },
  },
  "econsent.countersign": { title: "Countersign as the investigator", roles: { investigator: "site" } },
  "econsent.withdraw": {
    title: "Record that somebody took consent back",
    roles: { investigator: "site", study_coordinator: "site" },
  },
  "econsent.waves": {
    title: "Ask participants again after an amendment",
    roles: { investigator: "site", study_coordinator: "site" },
  },
  "econsent.export": {
    title: "Download signed consents with names",
    roles: { investigator: "site", study_coordinator: "site" },
  },
  "econsent.export.redacted": {
    title: "Download evidence of consent without names",
    roles: { investigator: "site", study_coordinator: "site", data_manager: "site", study_monitor: "site" },
  },
  /** Of a portal link and of jobs alone; no role has these. */
  "econsent.own": { title: "Read, ask and sign by one's own link", roles: {} },
  "econsent.codes.check": { title: "Compare a one-time code", roles: {} },
  "econsent.codes.post": { title: "Post a one-time code", roles: {} },
} as const satisfies Record<string, Permission<RoleName>>;

export const events = {
  "econsent.document_added": {
    title: "Document added",
    says: "{actor} added the document {document}",
    personal: "none",
  },
  "econsent.version_begun": {
    title: "Version begun",
    says: "{actor} began version {number} ({language}) of {document}",
    personal: "none",
  },
  "econsent.text_saved": {
    title: "Text saved",
    says: "{actor} saved draft {ordinal} of version {number} ({language}) of {document}: {part}",
    personal: "none",
  },
  "econsent.put_forward": {
    title: "Version put forward",
    says: "{actor} put version {number} ({language}) of {document} forward for publishing",
    personal: "none",
  },
  "econsent.published": {
    title: "Version published",
    says: "{actor} published version {number} ({language}) of {document}, digest {digest}",
    signature: { meaning: "I have read this version in full and release it for use" },
    personal: "none",
  },
  "econsent.approved": {
    title: "Ethics approval entered",
    says: "{actor} entered ethics approval {reference} for version {number} ({language}) of {document} at {site}, in force from {from}",
    personal: "none",
  },
  "econsent.retired": {
    title: "Version retired",
    says: "{actor} retired version {number} ({language}) of {document}: {reason}",
    personal: "none",
  },
  "econsent.begun": {
    title: "Consent begun",
    says: "{actor} began to ask {subject} for consent to {document}",
    personal: "subject-code",
  },
  "econsent.invited": {
    title: "Link made",
    says: "{actor} made a link for the {role} of {subject}, identity by: {method}",
    personal: "subject-code",
  },
  "econsent.handed_over": {
    title: "Tablet handed over",
    says: "{actor} handed the tablet to the {role} of {subject} and left the session",
    personal: "subject-code",
  },
  "econsent.code_asked": {
    title: "Code asked for",
    says: "{actor} asked for a one-time code",
    personal: "subject-code",
  },
  "econsent.code_posted": {
    title: "Code posted",
    says: "{actor} posted a one-time code to {subject}",
    personal: "subject-code",
  },
  "econsent.code_wrong": {
    title: "Wrong code",
    says: "A wrong one-time code was given for {actor}, try {ordinal} of 5",
    personal: "subject-code",
  },
  "econsent.entered": {
    title: "Entered by code",
    says: "{actor} entered by a one-time code: {method}",
    personal: "subject-code",
  },
  "econsent.reading_begun": {
    title: "Reading begun",
    says: "{actor} ({role}) opened version {number} ({language}) of {document}",
    personal: "subject-code",
  },
  "econsent.opened": { title: "Opened", says: "{actor} ({role}) opened {part}", personal: "subject-code" },
  "econsent.played": { title: "Played", says: "{actor} ({role}) pressed play on {part}", personal: "subject-code" },
  "econsent.read": { title: "Section read", says: "{actor} ({role}) read {part}", personal: "subject-code" },
  "econsent.answered": {
    title: "Question of understanding answered",
    says: "{actor} ({role}) answered a question of understanding: {how}",
    personal: "subject-code",
  },
  "econsent.chose": {
    title: "Agreements and choices given",
    says: "{actor} ({role}) gave agreements and choices: {agreed} agreed, {yes} yes, {no} no",
    personal: "subject-code",
  },
  "econsent.asked": {
    title: "Question to the team",
    says: "{actor} ({role}) asked the team a question; signing waits: {holds}",
    personal: "subject-code",
  },
  "econsent.replied": {
    title: "Question answered",
    says: "{actor} answered a question of {subject}",
    personal: "subject-code",
  },
  "econsent.talked": {
    title: "Talked it over",
    says: "{actor} talked over with {subject} what was not understood",
    personal: "subject-code",
  },
  "econsent.paused": { title: "Paused", says: "{actor} ({role}) paused", personal: "subject-code" },
  "econsent.declined": {
    title: "Declined",
    says: "{actor} ({role}) decided not to sign",
    personal: "subject-code",
  },
  "econsent.closed": {
    title: "Closed by the team",
    says: "{actor} closed the consent of {subject} before it was signed",
    personal: "subject-code",
  },
  "econsent.signed": {
    title: "Consent signed",
    says: "{actor} ({role}) signed version {number} ({language}) of {document}, {way}, identity by: {method}, digest {digest}",
    personal: "subject-code",
  },
  "econsent.paper_added": {
    title: "Paper consent added",
    says: "{actor} added the paper that {subject} signed on {on}, digest {digest}",
    personal: "subject-code",
  },
  "econsent.countersigned": {
    title: "Countersigned",
    says: "{actor} countersigned the consent of {subject}, digest {digest}",
    signature: {
      meaning: "I explained the study, answered the questions, and saw that consent was given freely",
    },
    personal: "subject-code",
  },
  "econsent.took_effect": {
    title: "Consent took effect",
    says: "Consent of {subject} took effect: {scopes}; refused: {refused}",
    personal: "subject-code",
  },
  "econsent.withdrawn": {
    title: "Consent taken back",
    says: "{actor} recorded that {subject} took back consent: {scopes}",
    personal: "subject-code",
  },
  "econsent.wave_begun": {
    title: "Asked again",
    says: "{actor} asked {count} participants again for version {number} of {document}, due on {due}",
    personal: "none",
  },
  "econsent.came_of_age": {
    title: "Came of age",
    says: "{subject} has come of age and is asked for consent of his or her own",
    personal: "subject-code",
  },
  "econsent.reminded": {
    title: "Reminded",
    says: "{actor} reminded {subject} that a new version waits",
    personal: "subject-code",
  },
  "econsent.copy_sent": {
    title: "Copy sent",
    says: "{actor} sent {subject} a link to the signed copy",
    personal: "subject-code",
  },
} as const satisfies Record<string, AuditEvent>;

export const fieldClasses = {
  "econsent.signer": { title: "Who signed, and the drawing", key: "subject", opensWith: "econsent.identities.read" },
  "econsent.words": {
    title: "Questions to the team, answers and reasons",
    key: "subject",
    opensWith: "econsent.identities.read",
  },
  "econsent.paper": { title: "The paper that was signed", key: "subject", opensWith: "econsent.identities.read" },
  "econsent.medium": {
    title: "A recording or a paper beside a document",
    key: "workspace",
    opensWith: "econsent.media.read",
  },
  "econsent.code": { title: "A one-time code", key: "subject", opensWith: "econsent.codes.check" },
} as const satisfies Record<string, FieldClass<keyof typeof permissions>>;

export const exports = {
  "econsent.evidence": { title: "A signed consent with its evidence", format: "pdf", needs: "econsent.export" },
  "econsent.redacted": {
    title: "Evidence of a consent, without names",
    format: "pdf",
    needs: "econsent.export.redacted",
  },
  "econsent.copy": { title: "The participant's own copy", format: "pdf", needs: "econsent.own" },
  "econsent.beside": { title: "A paper beside a consent document", format: "pdf", needs: "econsent.media.read" },
  "econsent.scan": { title: "The paper that was signed", format: "file", needs: "econsent.export" },
  "econsent.own_scan": { title: "The participant's own paper", format: "file", needs: "econsent.own" },
  "econsent.status": { title: "Consent status by code", format: "csv", needs: "econsent.export.redacted" },
} as const satisfies Record<string, Export<keyof typeof permissions>>;

export const jobs = {
  "econsent.post_code": t.Object({ codeId: t.String({ format: "uuid" }) }),
  "econsent.send_copy": t.Object({ subjectId: t.String({ format: "uuid" }) }),
  /** Mails those whose new version waits: a link to nothing, only a reason to look. */
  "econsent.remind": t.Object({}),
  /** Opens birth dates of those whom a parent signed for, and keeps none. */
  "econsent.come_of_age": t.Object({}),
};

const flag = (title: string, description: string, standard: boolean) =>
  t.Boolean({ title, description, default: standard });

export const settings = t.Object({
  leastIdentity: t.Union(
    [
      t.Literal("mail_code", { title: "A code by mail, to the address on file" }),
      t.Literal("told_code", { title: "A code told on the telephone number on file" }),
      t.Literal("video", { title: "A video call, with a document" }),
      t.Literal("in_person", { title: "In person, with a document" }),
    ],
    {
      title: "Least proof of identity",
      description: "From the weakest to the strongest. Nobody signs by a weaker one.",
      default: "mail_code",
    },
  ),
  countersigned: flag("An investigator countersigns", "Consent takes effect with that signature.", true),
  withoutDelegation: flag(
    "Countersigning without a delegation log",
    "Where study management is not switched on nobody can say who was delegated and trained. Off: nobody countersigns then.",
    true,
  ),
  parents: t.Integer({
    title: "Parents who sign for a minor",
    description: "One or two, as your ethics committee asks.",
    default: 1,
    minimum: 1,
    maximum: 2,
  }),
  asksAssent: flag("A minor is asked as well", "Assent of a child who can understand.", true),
  asksRepresented: flag("A represented adult is asked as well", "As far as he or she can understand.", true),
  majority: t.Integer({
    title: "Age of majority",
    description: "On that birthday whoever was signed for is asked again.",
    default: 18,
    minimum: 14,
    maximum: 21,
  }),
  wrongAnswers: t.Integer({
    title: "Wrong answers before the team talks it over",
    description: "Counted for each question. Signing waits for that talk; the answers alone exclude nobody.",
    default: 2,
    minimum: 1,
    maximum: 5,
  }),
  linkDays: t.Integer({
    title: "Days a link to sign lives",
    description: "After that the team makes a new one.",
    default: 14,
    minimum: 1,
    maximum: 90,
  }),
  daysToAgain: t.Integer({
    title: "Days to sign again after an amendment",
    description: "After that new procedures wait.",
    default: 30,
    minimum: 0,
    maximum: 365,
  }),
  zone: t.String({
    title: "By the clock of",
    description: "A zone's name, such as Europe/Madrid: times on a printed consent are of that clock, and say so.",
    default: "UTC",
    minLength: 1,
    maxLength: 60,
  }),
  contact: t.String({
    title: "How a participant reaches the team",
    description: "Shown on every page of the participant: a telephone number, opening hours.",
    default: "the study team of your hospital",
    minLength: 1,
    maxLength: 200,
  }),
});
export type EconsentSettings = Static<typeof settings>;

export type Econsent = Words<{
  permissions: typeof permissions;
  events: typeof events;
  fieldClasses: typeof fieldClasses;
  exports: typeof exports;
  jobs: typeof jobs;
  settings: typeof settings;
}>;
