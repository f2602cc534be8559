/** Learning plans as the queries see them; the SQL is migrations/milestones/0002-plans.sql. */
import { sealed } from "@core/db/sealed-column.ts";
import { date, integer, smallint, text, uuid } from "drizzle-orm/pg-core";
import { schema, standard } from "./tables.ts";

const ofSubject = () => ({ ...standard(), subjectId: uuid("subject_id").notNull() });
const ofPlan = () => ({ ...ofSubject(), planId: uuid("plan_id").notNull() });

export const plans = schema.table("plans", { ...ofSubject(), periodId: uuid("period_id").notNull() });

export const planSteps = schema.table("plan_steps", {
  ...ofPlan(),
  ordinal: integer("ordinal").notNull(),
  step: text("step", { enum: ["submitted", "taken_up", "returned", "agreed", "begun"] }).notNull(),
  note: sealed("note", "milestones.plan_note"),
});

export const goals = schema.table("goals", {
  ...ofPlan(),
  subcompetencyId: uuid("subcompetency_id").notNull(),
  carriedFrom: uuid("carried_from"),
  wording: sealed("wording", "milestones.goal").notNull(),
  measure: sealed("measure", "milestones.goal"),
  confidence: smallint("confidence").notNull(),
  dueOn: date("due_on").notNull(),
});

export const goalEndings = schema.table("goal_endings", {
  ...ofSubject(),
  goalId: uuid("goal_id").notNull(),
  ending: text("ending", {
    enum: ["dropped", "replaced", "met", "partly_met", "not_met", "carried_forward"],
  }).notNull(),
  note: sealed("note", "milestones.plan_note"),
});

export const checkIns = schema.table("check_ins", {
  ...ofPlan(),
  note: sealed("note", "milestones.plan_note").notNull(),
});
export const checkInReminders = schema.table("check_in_reminders", ofPlan());

export const planTables = { plans, planSteps, goals, goalEndings, checkIns, checkInReminders };
