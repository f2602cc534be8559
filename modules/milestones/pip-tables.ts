/** Improvement plans as the queries see them; the SQL is migrations/milestones/0003-improvement-plans.sql. */
import { sealed } from "@core/db/sealed-column.ts";
import { moment } from "@core/tenancy/tables.ts";
import { date, integer, text, uuid } from "drizzle-orm/pg-core";
import { pipSteps as everyStep, type PipText } from "./pip.ts";
import { schema, standard } from "./tables.ts";

const ofSubject = () => ({ ...standard(), subjectId: uuid("subject_id").notNull() });
const ofPip = () => ({ ...ofSubject(), pipId: uuid("pip_id").notNull() });
const ofDraft = () => ({ ...ofSubject(), draftId: uuid("draft_id").notNull() });

export const pips = schema.table("pips", ofSubject());

export const pipDrafts = schema.table("pip_drafts", {
  ...ofPip(),
  version: integer("version").notNull(),
  startsOn: date("starts_on").notNull(),
  endsOn: date("ends_on").notNull(),
  text: sealed<PipText>("text", "milestones.pip").notNull(),
});
export const pipSubcompetencies = schema.table("pip_subcompetencies", {
  ...ofDraft(),
  subcompetencyId: uuid("subcompetency_id").notNull(),
});
export const pipEvidence = schema.table("pip_evidence", {
  ...ofDraft(),
  evaluationId: uuid("evaluation_id").notNull(),
});

export const pipSteps = schema.table("pip_steps", {
  ...ofPip(),
  ordinal: integer("ordinal").notNull(),
  step: text("step", { enum: everyStep }).notNull(),
  note: sealed("note", "milestones.pip"),
  byName: text("by_name").notNull(),
  witnessId: uuid("witness_id"),
  witnessName: text("witness_name"),
  newEnd: date("new_end"),
  kind: text("kind", { enum: ["probation", "non_promotion", "non_renewal", "dismissal"] }),
  effectiveOn: date("effective_on"),
  hearingBy: date("hearing_by"),
  grievanceBy: date("grievance_by"),
});

export const pipNotices = schema.table("pip_notices", { ...ofPip(), draftId: uuid("draft_id").notNull() });
export const pipViewers = schema.table("pip_viewers", {
  ...ofPip(),
  personId: uuid("person_id").notNull(),
  endedAt: moment("ended_at"),
});

export const pipTables = { pips, pipDrafts, pipSubcompetencies, pipEvidence, pipSteps, pipNotices, pipViewers };
