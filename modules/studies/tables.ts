/** The module's tables as the queries see them. The SQL, with its rules and comments, is migrations/studies. */
import { sealed } from "@core/db/sealed-column.ts";
import { bytes, house, moment } from "@core/tenancy/tables.ts";
import { sql } from "drizzle-orm";
import { bigint, boolean, date, integer, jsonb, pgSchema, text, uuid } from "drizzle-orm/pg-core";
import type { Ending } from "./capture/attachment.ts";
import type { StoredAnswer } from "./capture/fields.ts";
import type { Decision } from "./capture/second-entry.ts";
import type { Coverage } from "./design/coverage.ts";
import type { Quotes } from "./import/carrying.ts";
import type { Build, NullFlavour } from "./model/build.ts";
import type { Change } from "./model/differences.ts";

export const schema = pgSchema("studies");

/** In every table, filled in by the database from the signed context. */
export const standard = () => ({
  tenantId: house.tenantId(),
  workspaceId: house.workspaceId(),
  id: house.id(),
  madeAt: house.madeAt(),
  madeBy: house.madeBy(),
});

export const drafts = schema.table("drafts", {
  ...standard(),
  title: text("title").notNull(),
  basedOn: uuid("based_on"),
  build: jsonb("build").$type<Build>().notNull(),
  revision: integer("revision").notNull().default(1),
  closedAt: moment("closed_at"),
});

export const edits = schema.table("edits", {
  ...standard(),
  draftId: uuid("draft_id").notNull(),
  revision: integer("revision").notNull(),
  summary: text("summary").notNull(),
  changes: jsonb("changes").$type<readonly Change[]>().notNull(),
});

export const versions = schema.table("versions", {
  ...standard(),
  number: integer("number").notNull(),
  title: text("title").notNull(),
  build: jsonb("build").$type<Build>().notNull(),
  sha256: bytes("sha256").notNull(),
  coverage: jsonb("coverage").$type<Coverage>().notNull(),
});

export const placements = schema.table("placements", {
  ...standard(),
  versionId: uuid("version_id").notNull(),
  siteId: uuid("site_id"),
  fromOn: date("from_on").notNull(),
  approval: text("approval").notNull().default(""),
});

export const allowances = schema.table("allowances", {
  ...standard(),
  draftId: uuid("draft_id").notNull(),
  item: text("item").notNull(),
  suspicion: text("suspicion").notNull(),
  reason: text("reason").notNull(),
});

export const participants = schema.table("participants", {
  ...standard(),
  subjectId: uuid("subject_id").notNull(),
  siteId: uuid("site_id"),
  enrolledOn: date("enrolled_on").notNull(),
  arm: text("arm").notNull().default(""),
  status: text("status", { enum: ["screening", "enrolled", "completed", "withdrawn", "screen-failed"] })
    .notNull()
    .default("enrolled"),
  statusReason: text("status_reason").notNull().default(""),
});

/** Who went over to another arm, and why. Rows are only added. */
export const armChanges = schema.table("arm_changes", {
  ...standard(),
  subjectId: uuid("subject_id").notNull(),
  siteId: uuid("site_id"),
  was: text("was").notNull(),
  arm: text("arm").notNull(),
  reason: text("reason").notNull(),
});

export const visits = schema.table("visits", {
  ...standard(),
  subjectId: uuid("subject_id").notNull(),
  siteId: uuid("site_id"),
  event: text("event").notNull(),
  eventKey: text("event_key").notNull().default(""),
  happenedOn: date("happened_on"),
  notDoneReason: text("not_done_reason"),
});

export const sheets = schema.table("sheets", {
  ...standard(),
  subjectId: uuid("subject_id").notNull(),
  siteId: uuid("site_id"),
  event: text("event").notNull(),
  eventKey: text("event_key").notNull().default(""),
  form: text("form").notNull(),
  formKey: text("form_key").notNull().default(""),
  versionId: uuid("version_id").notNull(),
  state: text("state", { enum: ["in progress", "complete", "not done"] })
    .notNull()
    .default("in progress"),
  revision: integer("revision").notNull().default(0),
  stateReason: text("state_reason").notNull().default(""),
  completedAt: moment("completed_at"),
  completedBy: uuid("completed_by"),
  /** Two people enter it; who wrote on it enters it no second time. */
  twice: boolean("twice").notNull().default(false),
  hands: uuid("hands").array().$type<readonly string[]>().notNull().default([]),
});

export const sources = ["entry", "import", "api", "survey", "calculation", "second entry", "migration"] as const;
export type Source = (typeof sources)[number];

const answer = () => ({
  subjectId: uuid("subject_id").notNull(),
  siteId: uuid("site_id"),
  sheetId: uuid("sheet_id").notNull(),
  form: text("form").notNull(),
  section: text("section").notNull(),
  sectionKey: text("section_key").notNull().default(""),
  item: text("item").notNull(),
  raw: text("raw"),
  nullFlavour: text("null_flavour").$type<NullFlavour | null>(),
  unit: text("unit"),
  sealed: sealed("sealed", "studies.encrypted"),
  blinded: boolean("blinded").notNull().default(false),
  problem: text("problem"),
  version: integer("version").notNull().default(1),
  source: text("source", { enum: sources }).notNull().default("entry"),
  reason: text("reason").notNull().default(""),
  changedAt: moment("changed_at").notNull().default(sql`clock_timestamp()`),
  changedBy: uuid("changed_by").default(sql`core.actor()`),
});

export const fieldValues = schema.table("field_values", { ...standard(), ...answer() });
export const valueHistory = schema.table("value_history", {
  ...standard(),
  ...answer(),
  valueId: uuid("value_id").notNull(),
});

export const attachments = schema.table("attachments", {
  ...standard(),
  subjectId: uuid("subject_id").notNull(),
  siteId: uuid("site_id"),
  sheetId: uuid("sheet_id").notNull(),
  valueId: uuid("value_id").notNull(),
  ending: text("ending").$type<Ending>().notNull(),
  bytes: integer("bytes").notNull(),
  sha256: bytes("sha256").notNull(),
  source: text("source", { enum: ["entry", "survey"] }).notNull(),
  blinded: boolean("blinded").notNull().default(false),
  name: sealed("name", "studies.attachment"),
  content: sealed<Uint8Array>("content", "studies.attachment"),
  /** Of an encrypted field. */
  closedName: sealed("closed_name", "studies.encrypted"),
  closedContent: sealed<Uint8Array>("closed_content", "studies.encrypted"),
});

export const locks = schema.table("locks", {
  ...standard(),
  kind: text("kind", { enum: ["frozen", "locked"] }).notNull(),
  scope: text("scope", { enum: ["study", "site", "subject", "visit", "sheet", "item"] }).notNull(),
  siteId: uuid("site_id"),
  subjectId: uuid("subject_id"),
  event: text("event"),
  eventKey: text("event_key"),
  sheetId: uuid("sheet_id"),
  item: text("item"),
  reason: text("reason").notNull(),
  liftAskedBy: uuid("lift_asked_by"),
  liftAskedAt: moment("lift_asked_at"),
  liftReason: text("lift_reason"),
  liftedAt: moment("lifted_at"),
  liftedBy: uuid("lifted_by"),
});

export const queryStates = ["candidate", "open", "answered", "closed", "cancelled", "resolved"] as const;
export type QueryState = (typeof queryStates)[number];

export const queries = schema.table("queries", {
  ...standard(),
  subjectId: uuid("subject_id").notNull(),
  siteId: uuid("site_id"),
  sheetId: uuid("sheet_id").notNull(),
  form: text("form").notNull(),
  section: text("section").notNull().default(""),
  sectionKey: text("section_key").notNull().default(""),
  item: text("item").notNull().default(""),
  kind: text("kind", { enum: ["manual", "check", "import"] }).notNull(),
  checkId: text("check_id").notNull().default(""),
  fingerprint: text("fingerprint").notNull().default(""),
  state: text("state", { enum: queryStates }).notNull(),
  blinded: boolean("blinded").notNull().default(false),
  assignedTo: uuid("assigned_to"),
  dueOn: date("due_on"),
  changedAt: moment("changed_at").notNull().default(sql`clock_timestamp()`),
});

export const queryMessages = schema.table("query_messages", {
  ...standard(),
  queryId: uuid("query_id").notNull(),
  subjectId: uuid("subject_id").notNull(),
  state: text("state").notNull(),
  text: text("text").notNull(),
  blinded: boolean("blinded").notNull().default(false),
});

export const verifications = schema.table("verifications", {
  ...standard(),
  subjectId: uuid("subject_id").notNull(),
  sheetId: uuid("sheet_id").notNull(),
  valueId: uuid("value_id").notNull(),
  axis: text("axis", { enum: ["source", "review"] }).notNull(),
  version: integer("version").notNull(),
});

export const verificationPlans = schema.table("verification_plans", {
  ...standard(),
  siteId: uuid("site_id"),
  rule: text("rule", { enum: ["all", "critical", "sample", "none"] }).notNull(),
  percent: integer("percent").notNull().default(100),
  seed: text("seed").notNull().default(""),
  form: text("form").notNull().default(""),
  reason: text("reason").notNull(),
});

export const sheetSignatures = schema.table("sheet_signatures", {
  ...standard(),
  subjectId: uuid("subject_id").notNull(),
  sheetId: uuid("sheet_id").notNull(),
  revision: integer("revision").notNull(),
  versionId: uuid("version_id").notNull(),
  sha256: bytes("sha256").notNull(),
  meaning: text("meaning").notNull(),
  printedName: text("printed_name").notNull(),
});

export const manifests = schema.table("manifests", {
  ...standard(),
  lockId: uuid("lock_id").notNull(),
  manifest: jsonb("manifest").$type<object>().notNull(),
  sha256: bytes("sha256").notNull(),
  blinded: boolean("blinded").notNull().default(false),
});

export const secondEntries = schema.table("second_entries", {
  ...standard(),
  subjectId: uuid("subject_id").notNull(),
  sheetId: uuid("sheet_id").notNull(),
  answers: jsonb("answers").$type<readonly StoredAnswer[]>().notNull(),
  differences: integer("differences").notNull().default(0),
  enteredAt: moment("entered_at"),
  decidedAt: moment("decided_at"),
  decidedBy: uuid("decided_by"),
  decisions: jsonb("decisions").$type<readonly Decision[]>().notNull().default([]),
  withdrawnAt: moment("withdrawn_at"),
  withdrawnReason: text("withdrawn_reason").notNull().default(""),
});

export const surveyContacts = schema.table("survey_contacts", {
  ...standard(),
  subjectId: uuid("subject_id").notNull(),
  siteId: uuid("site_id"),
  channel: text("channel", { enum: ["none", "email", "text"] })
    .notNull()
    .default("none"),
  language: text("language").notNull().default("en"),
  optedOutAt: moment("opted_out_at"),
  optedOutBy: text("opted_out_by", { enum: ["the participant", "the study team"] }),
  changedAt: moment("changed_at").notNull().default(sql`clock_timestamp()`),
});

export const surveys = schema.table("surveys", {
  ...standard(),
  subjectId: uuid("subject_id").notNull(),
  siteId: uuid("site_id"),
  event: text("event").notNull(),
  eventKey: text("event_key").notNull().default(""),
  form: text("form").notNull(),
  formKey: text("form_key").notNull().default(""),
  versionId: uuid("version_id").notNull(),
  dueOn: date("due_on").notNull(),
  closesOn: date("closes_on").notNull(),
  sends: integer("sends").notNull().default(0),
  sentAt: moment("sent_at"),
  openedAt: moment("opened_at"),
  code: sealed("code", "studies.survey_code"),
  tries: integer("tries").notNull().default(0),
  shutUntil: moment("shut_until"),
  linkId: uuid("link_id"),
  answeredAt: moment("answered_at"),
  withdrawnAt: moment("withdrawn_at"),
  withdrawnBy: uuid("withdrawn_by"),
  withdrawnReason: text("withdrawn_reason").notNull().default(""),
});

export const surveyMessages = schema.table("survey_messages", {
  ...standard(),
  subjectId: uuid("subject_id").notNull(),
  surveyId: uuid("survey_id"),
  kind: text("kind", { enum: ["invitation", "reminder", "code", "stopped", "about"] }).notNull(),
  channel: text("channel", { enum: ["email", "text"] }).notNull(),
  state: text("state", { enum: ["queued", "sending", "sent", "failed"] })
    .notNull()
    .default("queued"),
  problem: text("problem").notNull().default(""),
  changedAt: moment("changed_at").notNull().default(sql`clock_timestamp()`),
});

export const closedForms = schema.table("closed_forms", {
  ...standard(),
  personId: uuid("person_id").notNull(),
  form: text("form").notNull(),
  action: text("action", { enum: ["read", "enter"] }).notNull(),
  reason: text("reason").notNull(),
  openedAt: moment("opened_at"),
  openedBy: uuid("opened_by"),
});

export const imports = schema.table("imports", {
  ...standard(),
  purpose: text("purpose", { enum: ["definition", "data"] }).notNull(),
  filename: text("filename").notNull(),
  format: text("format").notNull(),
  sha256: bytes("sha256").notNull(),
  bytes: bigint("bytes", { mode: "number" }).notNull(),
  /** Of one that came in before files were sealed. */
  raw: bytes("raw"),
  dataFile: sealed<Uint8Array>("data_file", "studies.import_file"),
  definitionFile: sealed<Uint8Array>("definition_file", "studies.definition_file"),
  mapping: jsonb("mapping").$type<object | null>(),
  decisions: jsonb("decisions").$type<object>().notNull().default({}),
  summary: jsonb("summary").$type<object | null>(),
  takenAt: moment("taken_at"),
  takenBy: uuid("taken_by"),
  abandonedAt: moment("abandoned_at"),
});

export const importStages = [
  "reading",
  "unreadable",
  "looking",
  "ready",
  "taking",
  "taken",
  "taking back",
  "taken back",
] as const;
export type ImportStage = (typeof importStages)[number];

export const importRuns = schema.table("import_runs", {
  ...standard(),
  importId: uuid("import_id").notNull(),
  versionId: uuid("version_id").notNull(),
  stage: text("stage", { enum: importStages }).notNull(),
  buckets: integer("buckets").notNull().default(0),
  done: integer("done").notNull().default(0),
  wish: jsonb("wish").$type<object>().notNull().default({}),
  report: jsonb("report").$type<object>().notNull().default({}),
  /** What the report quotes of the file. */
  found: sealed<Quotes>("found", "studies.import_file"),
  result: jsonb("result").$type<object>().notNull().default({}),
  movedAt: moment("moved_at").notNull().default(sql`clock_timestamp()`),
});

export const importPieces = schema.table("import_pieces", {
  ...standard(),
  importId: uuid("import_id").notNull(),
  holds: text("holds", { enum: ["values", "written"] }).notNull(),
  bucket: integer("bucket").notNull(),
  /** Ids of what was written; values of an import that began before they were sealed. */
  content: bytes("content"),
  fileValues: sealed<Uint8Array>("file_values", "studies.import_file"),
});

export const tables = {
  importRuns,
  importPieces,
  queries,
  queryMessages,
  verifications,
  verificationPlans,
  sheetSignatures,
  manifests,
  secondEntries,
  surveyContacts,
  surveys,
  surveyMessages,
  closedForms,
  imports,
  drafts,
  edits,
  versions,
  placements,
  allowances,
  participants,
  visits,
  sheets,
  fieldValues,
  valueHistory,
  attachments,
  locks,
};
