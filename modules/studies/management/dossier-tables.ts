/** The dossier as the queries see it; the SQL is migrations/studies/0054-dossier.sql. */
import { sealed } from "@core/db/sealed-column.ts";
import { bytes } from "@core/tenancy/tables.ts";
import { boolean, date, integer, jsonb, text, uuid } from "drizzle-orm/pg-core";
import { schema, standard } from "../tables.ts";
import type { Duty } from "./rules/activation.ts";
import type { Approver } from "./rules/approval.ts";
import type { CheckItem, Status } from "./rules/status.ts";

export const dossiers = schema.table("dossiers", {
  ...standard(),
  acronym: text("acronym").notNull().default(""),
  sponsor: text("sponsor").notNull(),
  sponsorKind: text("sponsor_kind", { enum: ["own", "academic", "industry"] }).notNull(),
  phase: text("phase").notNull(),
  department: text("department").notNull().default(""),
  investigatorId: uuid("investigator_id"),
  registryNumber: text("registry_number").notNull().default(""),
  target: integer("target"),
  budget: integer("budget").notNull().default(0),
  usesProduct: boolean("uses_product").notNull().default(false),
  usesSamples: boolean("uses_samples").notNull().default(false),
  sharesData: boolean("shares_data").notNull().default(false),
  revision: integer("revision").notNull(),
});
export const gates = schema.table("gates", {
  ...standard(),
  ordinal: integer("ordinal").notNull(),
  was: text("was").$type<Status>().notNull(),
  status: text("status").$type<Status>().notNull(),
  items: jsonb("items").$type<readonly CheckItem[]>().notNull(),
  reason: text("reason").notNull().default(""),
  snapshot: jsonb("snapshot").$type<Readonly<Record<string, unknown>>>().notNull(),
  sha256: bytes("sha256").notNull(),
});
export const approvalRequests = schema.table("approval_requests", {
  ...standard(),
  approver: text("approver").$type<Approver>().notNull(),
  stage: integer("stage").notNull(),
  days: integer("days").notNull(),
  because: text("because").notNull(),
  deciderId: uuid("decider_id").notNull(),
  askedOn: date("asked_on").notNull(),
});
export const approvalDecisions = schema.table("approval_decisions", {
  ...standard(),
  requestId: uuid("request_id").notNull(),
  deciderId: uuid("decider_id").notNull(),
  decision: text("decision", { enum: ["granted", "refused", "withdrawn"] }).notNull(),
  reason: text("reason").notNull().default(""),
  onDay: date("on_day").notNull(),
  validUntil: date("valid_until"),
});
export const siteSteps = schema.table("site_steps", {
  ...standard(),
  siteId: uuid("site_id").notNull(),
  step: text("step").notNull(),
  onDay: date("on_day").notNull(),
});
export const siteMarks = schema.table("site_marks", {
  ...standard(),
  siteId: uuid("site_id").notNull(),
  mark: text("mark", { enum: ["activated", "closed"] }).notNull(),
  reason: text("reason").notNull().default(""),
});
export const siteContacts = schema.table("site_contacts", {
  ...standard(),
  siteId: uuid("site_id").notNull(),
  duty: text("duty").$type<Duty>().notNull(),
  name: text("name").notNull(),
  email: text("email").notNull().default(""),
  phone: text("phone").notNull().default(""),
});
export const siteContactEnds = schema.table("site_contact_ends", {
  ...standard(),
  contactId: uuid("contact_id").notNull(),
  siteId: uuid("site_id").notNull(),
});
export const amendments = schema.table("amendments", {
  ...standard(),
  number: integer("number").notNull(),
  title: text("title").notNull(),
  substantial: boolean("substantial").notNull(),
  protocolVersion: text("protocol_version").notNull(),
  formsVersion: integer("forms_version"),
  consentVersion: text("consent_version").notNull().default(""),
  courseId: uuid("course_id"),
});
export const amendmentSteps = schema.table("amendment_steps", {
  ...standard(),
  amendmentId: uuid("amendment_id").notNull(),
  step: text("step", { enum: ["submitted", "approved", "implemented", "withdrawn"] }).notNull(),
  onDay: date("on_day").notNull(),
});
export const documents = schema.table("documents", {
  ...standard(),
  kind: text("kind").notNull(),
  siteId: uuid("site_id"),
  version: integer("version").notNull(),
  filename: text("filename").notNull(),
  bytes: integer("bytes").notNull(),
  sha256: bytes("sha256").notNull(),
  expiresOn: date("expires_on"),
  content: sealed<Uint8Array>("content", "studies.document").notNull(),
});
export const documentMarks = schema.table("document_marks", {
  ...standard(),
  documentId: uuid("document_id").notNull(),
  siteId: uuid("site_id"),
  personId: uuid("person_id").notNull(),
  mark: text("mark", { enum: ["signed", "read"] }).notNull(),
});

export const dossierTables = {
  dossiers,
  gates,
  approvalRequests,
  approvalDecisions,
  siteSteps,
  siteMarks,
  siteContacts,
  siteContactEnds,
  amendments,
  amendmentSteps,
  documents,
  documentMarks,
};
