/** Summaries and flags as the queries see them. The SQL is migrations/milestones/0007-summaries.sql. */
import { sealed } from "@core/db/sealed-column.ts";
import { boolean, date, integer, text, uuid } from "drizzle-orm/pg-core";
import { schema, standard } from "./tables.ts";

export const summaries = schema.table("summaries", {
  ...standard(),
  subjectId: uuid("subject_id").notNull(),
  periodId: uuid("period_id").notNull(),
  source: text("source", { enum: ["model", "rules"] }).notNull(),
  runId: uuid("run_id"),
  model: text("model"),
  why: text("why"),
  evaluators: integer("evaluators").notNull(),
  comments: integer("comments").notNull(),
  firstOn: date("first_on"),
  lastOn: date("last_on"),
  dropped: integer("dropped").notNull(),
  content: sealed("content", "milestones.summary").notNull(),
});
export const summarySources = schema.table("summary_sources", {
  ...standard(),
  summaryId: uuid("summary_id").notNull(),
  subjectId: uuid("subject_id").notNull(),
  ordinal: integer("ordinal").notNull(),
  evaluationId: uuid("evaluation_id").notNull(),
});
export const flags = schema.table("flags", {
  ...standard(),
  subjectId: uuid("subject_id").notNull(),
  periodId: uuid("period_id").notNull(),
  summaryId: uuid("summary_id").notNull(),
  rule: text("rule").notNull(),
  confidence: text("confidence", { enum: ["confident", "insufficient"] }).notNull(),
  evaluators: integer("evaluators").notNull(),
  comments: integer("comments").notNull(),
  content: sealed("content", "milestones.summary").notNull(),
});
export const flagEvidence = schema.table("flag_evidence", {
  ...standard(),
  flagId: uuid("flag_id").notNull(),
  subjectId: uuid("subject_id").notNull(),
  evaluationId: uuid("evaluation_id").notNull(),
  speaksFor: boolean("speaks_for").notNull(),
});
export const dispositions = schema.table("dispositions", {
  ...standard(),
  flagId: uuid("flag_id").notNull(),
  subjectId: uuid("subject_id").notNull(),
  ordinal: integer("ordinal").notNull(),
  disposition: text("disposition", { enum: ["confirmed", "not_confirmed", "insufficient_data"] }).notNull(),
  rationale: sealed("rationale", "milestones.summary").notNull(),
});
export const flagActions = schema.table("flag_actions", {
  ...standard(),
  flagId: uuid("flag_id").notNull(),
  subjectId: uuid("subject_id").notNull(),
  action: text("action", { enum: ["ilp_goal", "extra_observation", "pip_draft", "none"] }).notNull(),
});
export const summaryTables = { summaries, summarySources, flags, flagEvidence, dispositions, flagActions };
