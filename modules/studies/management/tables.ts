/** Study management as the queries see it; the SQL, with its rules and comments, is migrations/studies/0050 and on. */
import { date, integer, text, uuid } from "drizzle-orm/pg-core";
import { schema, standard } from "../tables.ts";
import { deviationTables } from "./deviation-tables.ts";
import { dossierTables } from "./dossier-tables.ts";
import { randomisationTables } from "./randomisation-tables.ts";
import { recruitmentTables } from "./recruitment-tables.ts";
import { safetyTables } from "./safety-tables.ts";
import { taskTables } from "./task-tables.ts";

export const courses = schema.table("courses", {
  ...standard(),
  title: text("title").notNull(),
  tasks: text("tasks").array().notNull(),
  validMonths: integer("valid_months"),
  requiredFrom: date("required_from").notNull(),
  about: text("about").notNull().default(""),
});
export const courseEnds = schema.table("course_ends", {
  ...standard(),
  courseId: uuid("course_id").notNull(),
  fromOn: date("from_on").notNull(),
});
export const trainings = schema.table("trainings", {
  ...standard(),
  personId: uuid("person_id").notNull(),
  courseId: uuid("course_id").notNull(),
  completedOn: date("completed_on").notNull(),
  evidence: text("evidence").notNull().default(""),
});
export const delegations = schema.table("delegations", {
  ...standard(),
  personId: uuid("person_id").notNull(),
  siteId: uuid("site_id"),
  tasks: text("tasks").array().notNull(),
  fromOn: date("from_on").notNull(),
  untilOn: date("until_on"),
  note: text("note").notNull().default(""),
});
export const delegationSteps = schema.table("delegation_steps", {
  ...standard(),
  delegationId: uuid("delegation_id").notNull(),
  personId: uuid("person_id").notNull(),
  siteId: uuid("site_id"),
  step: text("step", { enum: ["accepted", "approved", "ended"] }).notNull(),
  onDay: date("on_day").notNull(),
  reason: text("reason"),
});

export const managementTables = {
  courses,
  courseEnds,
  trainings,
  delegations,
  delegationSteps,
  ...recruitmentTables,
  ...randomisationTables,
  ...safetyTables,
  ...deviationTables,
  ...dossierTables,
  ...taskTables,
};
