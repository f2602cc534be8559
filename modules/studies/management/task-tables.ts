/** Tasks, the rules that make them, and letters as the queries see them; the SQL is migrations/studies/0081-tasks.sql. */
import { date, integer, text, uuid } from "drizzle-orm/pg-core";
import { schema, standard } from "../tables.ts";

export const taskRules = schema.table("task_rules", {
  ...standard(),
  event: text("event").notNull(),
  title: text("title").notNull(),
  days: integer("days").notNull(),
  personId: uuid("person_id"),
});
export const taskRuleEnds = schema.table("task_rule_ends", { ...standard(), ruleId: uuid("rule_id").notNull() });
export const tasks = schema.table("tasks", {
  ...standard(),
  personId: uuid("person_id").notNull(),
  title: text("title").notNull(),
  dueOn: date("due_on").notNull(),
  ruleId: uuid("rule_id"),
  causeId: uuid("cause_id"),
  screeningId: uuid("screening_id"),
});
export const taskEnds = schema.table("task_ends", {
  ...standard(),
  taskId: uuid("task_id").notNull(),
  personId: uuid("person_id").notNull(),
  how: text("how", { enum: ["done", "dropped"] }).notNull(),
  reason: text("reason").notNull().default(""),
});
export const letterTexts = schema.table("letter_texts", {
  ...standard(),
  key: uuid("key").notNull(),
  revision: integer("revision").notNull(),
  title: text("title").notNull(),
  body: text("body").notNull(),
});

export const reminders = schema.table("reminders", {
  ...standard(),
  personId: uuid("person_id").notNull(),
  onDay: date("on_day").notNull(),
  things: integer("things").notNull(),
});

export const taskTables = { taskRules, taskRuleEnds, tasks, taskEnds, letterTexts, reminders };
