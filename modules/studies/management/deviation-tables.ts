/** Deviations as the queries see them; the SQL is migrations/studies/0085-deviations.sql. */
import { sealed } from "@core/db/sealed-column.ts";
import { date, integer, text, uuid } from "drizzle-orm/pg-core";
import { schema, standard } from "../tables.ts";
import type { Category, DeviationSeverity } from "./rules/deviations.ts";

const place = { subjectId: uuid("subject_id"), siteId: uuid("site_id") };

export const deviations = schema.table("deviations", {
  ...standard(),
  ...place,
  number: integer("number").notNull(),
});
export const deviationVersions = schema.table("deviation_versions", {
  ...standard(),
  deviationId: uuid("deviation_id").notNull(),
  ...place,
  version: integer("version").notNull(),
  title: text("title").notNull(),
  category: text("category").$type<Category>().notNull(),
  severity: text("severity").$type<DeviationSeverity>().notNull(),
  happenedOn: date("happened_on").notNull(),
  discoveredOn: date("discovered_on").notNull(),
  words: sealed("words", "studies.deviation_words"),
  action: sealed("action", "studies.deviation_words"),
});
export const deviationMarks = schema.table("deviation_marks", {
  ...standard(),
  deviationId: uuid("deviation_id").notNull(),
  ...place,
  version: integer("version").notNull(),
  mark: text("mark", { enum: ["sponsor", "ethics committee", "authority", "reviewed"] }).notNull(),
  onDay: date("on_day").notNull(),
  note: text("note").notNull().default(""),
});
export const deviationTables = { deviations, deviationVersions, deviationMarks };
