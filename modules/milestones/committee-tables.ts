/** The committee's tables as the queries see them. The SQL is migrations/milestones/0004-committee.sql. */
import { sealed } from "@core/db/sealed-column.ts";
import { moment } from "@core/tenancy/tables.ts";
import { sql } from "drizzle-orm";
import { boolean, date, integer, smallint, text, uuid } from "drizzle-orm/pg-core";
import { schema, standard } from "./tables.ts";

const at = () => ({ ...standard(), subjectId: uuid("subject_id").notNull(), periodId: uuid("period_id").notNull() });

export const reviewers = schema.table("reviewers", {
  ...at(),
  memberId: uuid("member_id").notNull(),
  endedAt: moment("ended_at"),
});
export const packets = schema.table("packets", {
  ...at(),
  version: integer("version").notNull(),
  sha256: text("sha256").notNull(),
  content: sealed("content", "milestones.packet").notNull(),
  reason: text("reason"),
});
export const handedIn = schema.table("handed_in", {
  ...at(),
  memberId: uuid("member_id").notNull().default(sql`core.actor()`),
  sheetId: uuid("sheet_id").notNull(),
});
export const reveals = schema.table("reveals", { ...at(), reason: text("reason") });
export const meetings = schema.table("meetings", {
  ...standard(),
  periodId: uuid("period_id").notNull(),
  heldOn: date("held_on").notNull(),
});
export const presences = schema.table("presences", {
  ...standard(),
  meetingId: uuid("meeting_id").notNull(),
  personId: uuid("person_id").notNull(),
  isPresent: boolean("is_present").notNull(),
  isCore: boolean("is_core").notNull(),
  isChair: boolean("is_chair").notNull(),
});
export const minutes = schema.table("minutes", {
  ...standard(),
  meetingId: uuid("meeting_id").notNull(),
  version: integer("version").notNull(),
  text: sealed("text", "milestones.minutes").notNull(),
});
export const recommendations = schema.table("recommendations", {
  ...at(),
  meetingId: uuid("meeting_id").notNull(),
  revision: integer("revision").notNull(),
  how: text("how", { enum: ["consent", "discussed"] }).notNull(),
  present: integer("present").notNull(),
  recused: integer("recused").notNull(),
  note: sealed("note", "milestones.note"),
});
export const recommendationLevels = schema.table("recommendation_levels", {
  ...standard(),
  recommendationId: uuid("recommendation_id").notNull(),
  subjectId: uuid("subject_id").notNull(),
  subcompetencyId: uuid("subcompetency_id").notNull(),
  status: text("status", { enum: ["rated", "nycl1", "nya"] }).notNull(),
  halfSteps: smallint("half_steps"),
});
export const selfAssessments = schema.table("self_assessments", {
  ...at(),
  note: sealed("note", "milestones.self_note"),
});
export const selfLevels = schema.table("self_levels", {
  ...standard(),
  assessmentId: uuid("assessment_id").notNull(),
  subjectId: uuid("subject_id").notNull(),
  subcompetencyId: uuid("subcompetency_id").notNull(),
  status: text("status", { enum: ["rated", "nycl1", "nya"] }).notNull(),
  halfSteps: smallint("half_steps"),
});

export const committeeTables = {
  selfAssessments,
  selfLevels,
  reviewers,
  packets,
  handedIn,
  reveals,
  meetings,
  presences,
  minutes,
  recommendations,
  recommendationLevels,
};
