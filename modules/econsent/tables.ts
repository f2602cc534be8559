/** The module's tables as the queries see them. The SQL, with its rules and comments, is migrations/econsent. */
import { sealed } from "@core/db/sealed-column.ts";
import { consentScopes } from "@core/module.ts";
import { bytes, house, moment } from "@core/tenancy/tables.ts";
import { boolean, date, integer, jsonb, pgSchema, text, uuid } from "drizzle-orm/pg-core";
import { type Content, languages } from "./document.ts";
import { methods } from "./identification.ts";
import { type MediumType, mediumTypes } from "./medium.ts";
import { circumstances, signerRoles } from "./signers.ts";

export const schema = pgSchema("econsent");

const standard = () => ({
  tenantId: house.tenantId(),
  workspaceId: house.workspaceId(),
  id: house.id(),
  madeAt: house.madeAt(),
  madeBy: house.madeBy(),
});
const ofVersion = () => ({ ...standard(), versionId: uuid("version_id").notNull() });
const ofSubject = () => ({ ...standard(), subjectId: uuid("subject_id").notNull() });
const ofConsent = () => ({ ...ofSubject(), consentId: uuid("consent_id").notNull() });
const ofSigner = () => ({ ...ofConsent(), signerId: uuid("signer_id").notNull() });

export const documents = schema.table("documents", {
  ...standard(),
  title: text("title").notNull(),
  isMain: boolean("is_main").notNull(),
});
export const versions = schema.table("versions", {
  ...standard(),
  documentId: uuid("document_id").notNull(),
  number: integer("number").notNull(),
  language: text("language", { enum: languages }).notNull(),
  asksAgain: boolean("asks_again").notNull(),
  changes: text("changes").notNull(),
});
export const texts = schema.table("texts", {
  ...ofVersion(),
  ordinal: integer("ordinal").notNull(),
  content: jsonb("content").$type<Content>().notNull(),
  sha256: bytes("sha256").notNull(),
});
export const proposals = schema.table("proposals", { ...ofVersion(), textId: uuid("text_id").notNull() });
export const publications = schema.table("publications", {
  ...ofVersion(),
  textId: uuid("text_id").notNull(),
  sha256: bytes("sha256").notNull(),
});
export const effects = schema.table("effects", {
  ...ofVersion(),
  siteId: uuid("site_id"),
  approvedOn: date("approved_on").notNull(),
  effectiveFrom: date("effective_from").notNull(),
  reference: text("reference").notNull(),
});
export const retirements = schema.table("retirements", { ...ofVersion(), reason: text("reason").notNull() });

export const media = schema.table("media", {
  ...standard(),
  documentId: uuid("document_id").notNull(),
  type: text("type", { enum: mediumTypes as [MediumType, ...MediumType[]] }).notNull(),
  bytes: integer("bytes").notNull(),
  sha256: bytes("sha256").notNull(),
});
export const mediaPieces = schema.table("media_pieces", {
  ...standard(),
  mediumId: uuid("medium_id").notNull(),
  ordinal: integer("ordinal").notNull(),
  piece: sealed<Uint8Array>("piece", "econsent.medium").notNull(),
});

export const causes = ["first", "amendment", "majority"] as const;
export type Cause = (typeof causes)[number];
export const consents = schema.table("consents", {
  ...ofSubject(),
  documentId: uuid("document_id").notNull(),
  siteId: uuid("site_id"),
  language: text("language", { enum: languages }).notNull(),
  circumstance: text("circumstance", { enum: circumstances }).notNull(),
  reads: boolean("reads").notNull(),
  cause: text("cause", { enum: causes }).notNull(),
  age: integer("age"),
});
export const signers = schema.table("signers", {
  ...ofConsent(),
  role: text("role", { enum: signerRoles }).notNull(),
  place: integer("place").notNull(),
  ordinal: integer("ordinal").notNull(),
});
const method = () => text("method", { enum: methods });
export const invitations = schema.table("invitations", {
  ...ofSubject(),
  signerId: uuid("signer_id"),
  linkId: uuid("link_id").notNull(),
  method: method().notNull(),
  untilAt: moment("until_at").notNull(),
  isKiosk: boolean("is_kiosk").notNull(),
});
export const codes = schema.table("codes", {
  ...ofSubject(),
  invitationId: uuid("invitation_id").notNull(),
  ordinal: integer("ordinal").notNull(),
  code: sealed("code", "econsent.code"),
  untilAt: moment("until_at").notNull(),
  postedAt: moment("posted_at"),
});
export const tries = schema.table("tries", {
  ...ofSubject(),
  codeId: uuid("code_id").notNull(),
  ordinal: integer("ordinal").notNull(),
  fits: boolean("fits").notNull(),
});
export const entries = schema.table("entries", {
  ...ofSubject(),
  invitationId: uuid("invitation_id").notNull(),
  signerId: uuid("signer_id"),
  tryId: uuid("try_id").notNull(),
  linkId: uuid("link_id").notNull(),
  method: method().notNull(),
  device: text("device"),
});
export const readings = schema.table("readings", {
  ...ofSigner(),
  versionId: uuid("version_id").notNull(),
  ordinal: integer("ordinal").notNull(),
});
export const stepKinds = [
  "read",
  "opened",
  "played",
  "answered",
  "agreed",
  "chose",
  "paused",
  "resumed",
  "talked",
] as const;
export type StepKind = (typeof stepKinds)[number];
export const steps = schema.table("steps", {
  ...ofSubject(),
  readingId: uuid("reading_id").notNull(),
  signerId: uuid("signer_id").notNull(),
  kind: text("kind", { enum: stepKinds }).notNull(),
  part: text("part").notNull(),
  value: text("value"),
  isRight: boolean("is_right"),
  openedFull: boolean("opened_full"),
});
export const questions = schema.table("questions", {
  ...ofSigner(),
  part: text("part").notNull(),
  text: sealed("text", "econsent.words").notNull(),
  holds: boolean("holds").notNull(),
});
export const replies = schema.table("replies", {
  ...ofSubject(),
  questionId: uuid("question_id").notNull(),
  text: sealed("text", "econsent.words").notNull(),
});
export const declines = schema.table("declines", {
  ...ofConsent(),
  signerId: uuid("signer_id"),
  reason: sealed("reason", "econsent.words"),
});
export const ways = ["typed", "drawn", "paper", "password"] as const;
export type Way = (typeof ways)[number];
export const signatures = schema.table("signatures", {
  ...ofSigner(),
  readingId: uuid("reading_id"),
  versionId: uuid("version_id").notNull(),
  role: text("role", { enum: signerRoles }).notNull(),
  way: text("way", { enum: ways }).notNull(),
  method: method(),
  meaning: text("meaning").notNull(),
  name: sealed("name", "econsent.signer").notNull(),
  relation: sealed("relation", "econsent.signer"),
  drawing: sealed("drawing", "econsent.signer"),
  answers: jsonb("answers").$type<Readonly<Record<string, "yes" | "no">>>().notNull(),
  documentSha256: bytes("document_sha256").notNull(),
  contentSha256: bytes("content_sha256").notNull(),
  signedOn: date("signed_on").notNull(),
});
export const papers = schema.table("papers", {
  ...ofConsent(),
  scan: sealed<Uint8Array>("scan", "econsent.paper").notNull(),
  type: text("type", { enum: ["application/pdf", "image/png", "image/jpeg"] }).notNull(),
  sha256: bytes("sha256").notNull(),
  bytes: integer("bytes").notNull(),
});
export const completions = schema.table("completions", {
  ...ofConsent(),
  versionId: uuid("version_id").notNull(),
  number: integer("number").notNull(),
});
const scope = () => text("scope", { enum: consentScopes });
export const standings = schema.table("standings", {
  ...ofSubject(),
  scope: scope().notNull(),
  state: text("state", { enum: ["given", "refused", "withdrawn"] }).notNull(),
  completionId: uuid("completion_id"),
});
export const withdrawals = schema.table("withdrawals", {
  ...ofSubject(),
  scopes: text("scopes", { enum: consentScopes }).array().notNull(),
  reason: sealed("reason", "econsent.words"),
  told: text("told", { enum: ["portal", "in_person", "telephone", "letter"] }).notNull(),
});
export const reconsents = schema.table("reconsents", {
  ...ofSubject(),
  documentId: uuid("document_id").notNull(),
  number: integer("number").notNull(),
  cause: text("cause", { enum: ["amendment", "majority"] }).notNull(),
  dueOn: date("due_on").notNull(),
});
export const reminders = schema.table("reminders", { ...ofSubject(), reconsentId: uuid("reconsent_id").notNull() });

export const tables = {
  documents,
  versions,
  texts,
  proposals,
  publications,
  effects,
  retirements,
  media,
  mediaPieces,
  consents,
  signers,
  invitations,
  codes,
  tries,
  entries,
  readings,
  steps,
  questions,
  replies,
  declines,
  signatures,
  papers,
  completions,
  standings,
  withdrawals,
  reconsents,
  reminders,
};
