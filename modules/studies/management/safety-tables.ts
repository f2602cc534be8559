/** Adverse events as the queries see them; the SQL is migrations/studies/0053-safety.sql. */
import { sealed } from "@core/db/sealed-column.ts";
import { moment } from "@core/tenancy/tables.ts";
import { boolean, date, integer, text, uuid } from "drizzle-orm/pg-core";
import { schema, standard } from "../tables.ts";
import type { Outcome, Relation, Severity } from "./rules/safety.ts";

export const adverseEvents = schema.table("adverse_events", {
  ...standard(),
  subjectId: uuid("subject_id").notNull(),
  siteId: uuid("site_id"),
  number: integer("number").notNull(),
});
export const eventVersions = schema.table("event_versions", {
  ...standard(),
  eventId: uuid("event_id").notNull(),
  subjectId: uuid("subject_id").notNull(),
  siteId: uuid("site_id"),
  version: integer("version").notNull(),
  term: text("term").notNull(),
  onsetOn: date("onset_on").notNull(),
  endedOn: date("ended_on"),
  awareAt: moment("aware_at").notNull(),
  severity: text("severity").$type<Severity>().notNull(),
  criteria: text("criteria").array().notNull(),
  related: text("related").$type<Relation>().notNull(),
  expected: boolean("expected").notNull(),
  outcome: text("outcome").$type<Outcome>().notNull(),
  narrative: sealed("narrative", "studies.event_narrative"),
});
export const eventReports = schema.table("event_reports", {
  ...standard(),
  eventId: uuid("event_id").notNull(),
  subjectId: uuid("subject_id").notNull(),
  siteId: uuid("site_id"),
  version: integer("version").notNull(),
  toldTo: text("told_to", { enum: ["sponsor", "ethics committee", "authority"] }).notNull(),
});
export const safetyTables = { adverseEvents, eventVersions, eventReports };
