/** The module's tables as the queries see them. The SQL, with its rules and comments, is migrations/milestones. */
import { sealed } from "@core/db/sealed-column.ts";
import { house, moment } from "@core/tenancy/tables.ts";
import { sql } from "drizzle-orm";
import { boolean, date, integer, jsonb, pgSchema, smallint, text, uuid } from "drizzle-orm/pg-core";
import type { Warning, WarningReasons } from "./warnings.ts";

export const schema = pgSchema("milestones");

/** In every table, filled in by the database from the signed context. */
export const standard = () => ({
  tenantId: house.tenantId(),
  workspaceId: house.workspaceId(),
  id: house.id(),
  madeAt: house.madeAt(),
  madeBy: house.madeBy(),
});
const status = () => text("status", { enum: ["rated", "nycl1", "nya"] });
const halfSteps = () => smallint("half_steps");

export const frameworks = schema.table("frameworks", {
  ...standard(),
  specialty: text("specialty").notNull(),
  version: text("version").notNull(),
  effectiveFrom: date("effective_from").notNull(),
  effectiveTo: date("effective_to"),
});

export const subcompetencies = schema.table("subcompetencies", {
  ...standard(),
  frameworkId: uuid("framework_id").notNull(),
  code: text("code").notNull(),
  competency: text("competency").notNull(),
  title: text("title").notNull(),
  ordinal: integer("ordinal").notNull(),
});

export const levelTexts = schema.table("level_texts", {
  ...standard(),
  subcompetencyId: uuid("subcompetency_id").notNull(),
  level: smallint("level").notNull(),
  text: text("text").notNull(),
});

export const periods = schema.table("periods", {
  ...standard(),
  academicYear: integer("academic_year").notNull(),
  half: text("half", { enum: ["mid", "end"] }).notNull(),
  startsOn: date("starts_on").notNull(),
  endsOn: date("ends_on").notNull(),
  opensOn: date("opens_on").notNull(),
  closesOn: date("closes_on").notNull(),
});

export const enrolments = schema.table("enrolments", {
  ...standard(),
  subjectId: uuid("subject_id").notNull(),
  frameworkId: uuid("framework_id").notNull(),
  pgy: smallint("pgy").notNull(),
  startsOn: date("starts_on").notNull(),
  expectedEnd: date("expected_end").notNull(),
});

export const evaluations = schema.table("evaluations", {
  ...standard(),
  subjectId: uuid("subject_id").notNull(),
  periodId: uuid("period_id").notNull(),
  /** Null when it is answered by link. */
  evaluatorId: uuid("evaluator_id"),
  kind: text("kind", { enum: ["faculty", "outside", "staff", "peer", "patient"] }).notNull(),
  askedBy: text("asked_by", { enum: ["program", "schedule", "trainee"] }).notNull(),
  evaluatorName: text("evaluator_name"),
  evaluatorEmail: text("evaluator_email"),
  /** False: a code or a mail of the trainee's own, so that the program confirms who answered. */
  isVouched: boolean("is_vouched").notNull().default(true),
  confirmedAt: moment("confirmed_at"),
  confirmedBy: uuid("confirmed_by"),
  linkId: uuid("link_id"),
  formVersionId: uuid("form_version_id"),
  happenedOn: date("happened_on"),
  amendsId: uuid("amends_id"),
  extendedAt: moment("extended_at"),
  withdrawnAt: moment("withdrawn_at"),
  rotation: text("rotation").notNull(),
  dueOn: date("due_on").notNull(),
  expiresAt: moment("expires_at").notNull(),
  narrative: sealed("narrative", "milestones.narrative"),
  savedAt: moment("saved_at"),
  submittedAt: moment("submitted_at"),
});

export const evaluationLevels = schema.table("evaluation_levels", {
  ...standard(),
  evaluationId: uuid("evaluation_id").notNull(),
  subjectId: uuid("subject_id").notNull(),
  evaluatorId: uuid("evaluator_id"),
  subcompetencyId: uuid("subcompetency_id").notNull(),
  status: status(),
  halfSteps: halfSteps(),
});

export const reminders = schema.table("reminders", { ...standard(), evaluationId: uuid("evaluation_id").notNull() });

export const sheets = schema.table("sheets", {
  ...standard(),
  subjectId: uuid("subject_id").notNull(),
  periodId: uuid("period_id").notNull(),
  memberId: uuid("member_id").notNull().default(sql`core.actor()`),
  note: sealed("note", "milestones.note"),
  warnings: jsonb("warnings").$type<readonly Warning[]>().notNull(),
  /** Why the levels are meant as they are, by kind of warning. */
  reasons: sealed<WarningReasons>("reasons", "milestones.note"),
  wantsDiscussion: boolean("wants_discussion").notNull(),
});

export const sheetLevels = schema.table("sheet_levels", {
  ...standard(),
  sheetId: uuid("sheet_id").notNull(),
  subjectId: uuid("subject_id").notNull(),
  memberId: uuid("member_id").notNull().default(sql`core.actor()`),
  subcompetencyId: uuid("subcompetency_id").notNull(),
  status: status().notNull(),
  halfSteps: halfSteps(),
});

export const decisions = schema.table("decisions", {
  ...standard(),
  subjectId: uuid("subject_id").notNull(),
  periodId: uuid("period_id").notNull(),
  revision: integer("revision").notNull(),
});

export const decisionLevels = schema.table("decision_levels", {
  ...standard(),
  decisionId: uuid("decision_id").notNull(),
  subjectId: uuid("subject_id").notNull(),
  subcompetencyId: uuid("subcompetency_id").notNull(),
  status: status().notNull(),
  halfSteps: halfSteps(),
});

export const overrides = schema.table("overrides", {
  ...standard(),
  decisionId: uuid("decision_id").notNull(),
  subjectId: uuid("subject_id").notNull(),
  subcompetencyId: uuid("subcompetency_id").notNull(),
  recommended: text("recommended").notNull(),
  reason: sealed("reason", "milestones.reason").notNull(),
});

/** A row says that it happened, when, and by whom. */
const standing = () => ({
  ...standard(),
  decisionId: uuid("decision_id").notNull(),
  subjectId: uuid("subject_id").notNull(),
});

export const releases = schema.table("releases", standing());
export const reopenings = schema.table("reopenings", {
  ...standing(),
  reason: sealed("reason", "milestones.reason").notNull(),
});
export const acknowledgements = schema.table("acknowledgements", {
  ...standing(),
  comment: sealed("comment", "milestones.comment"),
});

export const tables = {
  frameworks,
  subcompetencies,
  levelTexts,
  periods,
  enrolments,
  evaluations,
  evaluationLevels,
  reminders,
  sheets,
  sheetLevels,
  decisions,
  decisionLevels,
  overrides,
  releases,
  reopenings,
  acknowledgements,
};
