/** Forms, groups and the schedule as the queries see them. The SQL is migrations/milestones/0005-evaluations.sql. */
import { sealed } from "@core/db/sealed-column.ts";
import { boolean, date, integer, smallint, text, uuid } from "drizzle-orm/pg-core";
import { schema, standard } from "./tables.ts";

export const forms = schema.table("forms", {
  ...standard(),
  frameworkId: uuid("framework_id").notNull(),
  kind: text("kind", { enum: ["faculty", "outside", "staff", "peer", "patient"] }).notNull(),
  title: text("title").notNull(),
});
export const formVersions = schema.table("form_versions", {
  ...standard(),
  formId: uuid("form_id").notNull(),
  version: integer("version").notNull(),
  narrativeQuestion: text("narrative_question").notNull(),
  isOffered: boolean("is_offered").notNull(),
});
export const formItems = schema.table("form_items", {
  ...standard(),
  formVersionId: uuid("form_version_id").notNull(),
  ordinal: integer("ordinal").notNull(),
  subcompetencyId: uuid("subcompetency_id").notNull(),
  question: text("question").notNull(),
  answer: text("answer", { enum: ["level", "agree"] }).notNull(),
});
export const evaluationAnswers = schema.table("evaluation_answers", {
  ...standard(),
  evaluationId: uuid("evaluation_id").notNull(),
  subjectId: uuid("subject_id").notNull(),
  evaluatorId: uuid("evaluator_id"),
  formItemId: uuid("form_item_id").notNull(),
  /** Null: cannot say, in a draft or for good. */
  value: smallint("value"),
});
export const withdrawals = schema.table("withdrawals", {
  ...standard(),
  evaluationId: uuid("evaluation_id").notNull(),
  subjectId: uuid("subject_id").notNull(),
  reason: sealed("reason", "milestones.reason").notNull(),
});
export const groupResults = schema.table("group_results", {
  ...standard(),
  subjectId: uuid("subject_id").notNull(),
  periodId: uuid("period_id").notNull(),
  kind: text("kind", { enum: ["peer", "patient"] }).notNull(),
  formItemId: uuid("form_item_id").notNull(),
  answers: integer("answers").notNull(),
  middle: smallint("middle").notNull(),
  low: smallint("low").notNull(),
  high: smallint("high").notNull(),
});
export const blocks = schema.table("blocks", {
  ...standard(),
  subjectId: uuid("subject_id").notNull(),
  evaluatorId: uuid("evaluator_id").notNull(),
  rotation: text("rotation").notNull(),
  startsOn: date("starts_on").notNull(),
  endsOn: date("ends_on").notNull(),
  formVersionId: uuid("form_version_id"),
});
export const blockRequests = schema.table("block_requests", {
  ...standard(),
  blockId: uuid("block_id").notNull(),
  subjectId: uuid("subject_id").notNull(),
  evaluationId: uuid("evaluation_id").notNull(),
});

export const evaluationTables = {
  forms,
  formVersions,
  formItems,
  evaluationAnswers,
  withdrawals,
  groupResults,
  blocks,
  blockRequests,
};
