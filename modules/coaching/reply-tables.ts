/** Tables of goals, journeys and drafts. The SQL is migrations/coaching/0002. */
import { sealed } from "@core/db/sealed-column.ts";
import { moment } from "@core/tenancy/tables.ts";
import { boolean, date, integer, jsonb, text, uuid } from "drizzle-orm/pg-core";
import type { Journey } from "./journey.ts";
import { schema, standard, subject } from "./tables.ts";

export const goals = schema.table("goals", {
  ...standard(),
  subjectId: subject(),
  wording: sealed("wording", "coaching.note").notNull(),
  dueOn: date("due_on"),
  endedAt: moment("ended_at"),
  outcome: text("outcome", { enum: ["reached", "changed", "dropped"] }),
});

export const drafts = schema.table("drafts", {
  ...standard(),
  subjectId: subject(),
  messageId: uuid("message_id").notNull(),
  attempt: integer("attempt").notNull(),
  body: sealed("body", "coaching.message"),
  status: text("status", { enum: ["waiting", "sent", "changed", "refused", "superseded", "faulty"] }).notNull(),
  faults: text("faults").array().notNull().default([]),
  runId: uuid("run_id"),
  model: text("model"),
  promptVersion: text("prompt_version").notNull(),
  voiceId: uuid("voice_id"),
  decidedBy: uuid("decided_by"),
  decidedAt: moment("decided_at"),
  licensed: boolean("licensed").notNull().default(false),
});

export const journeys = schema.table("journeys", {
  ...standard(),
  slug: text("slug").notNull(),
  version: integer("version").notNull(),
  content: jsonb("content").$type<Journey>().notNull(),
  sha256: text("sha256").notNull(),
});
export const journeyApprovals = schema.table("journey_approvals", {
  ...standard(),
  journeyId: uuid("journey_id").notNull(),
  sha256: text("sha256").notNull(),
  name: text("name").notNull(),
});
export const enrolments = schema.table("enrolments", {
  ...standard(),
  subjectId: subject(),
  journeyId: uuid("journey_id").notNull(),
  startedOn: date("started_on").notNull(),
  step: text("step"),
  stepOn: date("step_on"),
  status: text("status", { enum: ["running", "ended", "withdrawn"] })
    .notNull()
    .default("running"),
});
export const enrolmentSteps = schema.table("enrolment_steps", {
  ...standard(),
  subjectId: subject(),
  enrolmentId: uuid("enrolment_id").notNull(),
  step: text("step").notNull(),
  answer: text("answer", { enum: ["right", "wrong", "answered"] }),
  answeredAt: moment("answered_at"),
});
export const replyTables = { goals, drafts, journeys, journeyApprovals, enrolments, enrolmentSteps };
