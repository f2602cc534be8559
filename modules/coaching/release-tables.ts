/** Tables of the release gate. The SQL is migrations/coaching/0002 and 0004. */
import { boolean, integer, jsonb, text, uuid } from "drizzle-orm/pg-core";
import type { Lowered, TriedCase, VoiceFigures } from "./release-gate.ts";
import { schema, standard } from "./tables.ts";
import type { Tier } from "./tier.ts";

export const prompts = schema.table("prompts", {
  ...standard(),
  version: text("version").notNull(),
  words: text("words").notNull(),
  sha256: text("sha256").notNull(),
  reason: text("reason").notNull(),
});

export const trials = schema.table("trials", {
  ...standard(),
  promptId: uuid("prompt_id").notNull(),
  providerId: uuid("provider_id").notNull(),
  model: text("model").notNull(),
  candidateSha256: text("candidate_sha256").notNull(),
  cases: integer("cases").notNull(),
  answered: integer("answered").notNull().default(0),
  status: text("status", { enum: ["running", "judged", "given-up"] })
    .notNull()
    .default("running"),
  why: text("why"),
});

export const trialCases = schema.table("trial_cases", {
  ...standard(),
  trialId: uuid("trial_id").notNull(),
  place: integer("place").notNull(),
  subjectId: uuid("subject_id"),
  messageId: uuid("message_id"),
  key: text("key"),
  byRules: text("by_rules").$type<Tier>().notNull(),
  floor: text("floor").$type<Tier>().notNull(),
  own: text("own").$type<Tier>(),
  needsPerson: boolean("needs_person"),
  faults: text("faults").array().notNull().default([]),
  answer: text("answer").$type<TriedCase["answer"] | "none">(),
});

export const gateRuns = schema.table("gate_runs", {
  ...standard(),
  what: text("what").notNull(),
  kind: text("kind", { enum: ["rules", "voice"] }).notNull(),
  base: text("base").notNull(),
  candidateSha256: text("candidate_sha256").notNull(),
  promptId: uuid("prompt_id"),
  providerId: uuid("provider_id"),
  model: text("model"),
  trialId: uuid("trial_id"),
  cases: integer("cases").notNull(),
  replayed: integer("replayed").notNull(),
  lowered: jsonb("lowered").$type<readonly Lowered[]>().notNull(),
  figures: jsonb("figures").$type<Partial<VoiceFigures>>().notNull(),
  passed: boolean("passed").notNull(),
});

export const voices = schema.table("voices", {
  ...standard(),
  gateRunId: uuid("gate_run_id").notNull(),
  promptId: uuid("prompt_id").notNull(),
  providerId: uuid("provider_id").notNull(),
  model: text("model").notNull(),
  sha256: text("sha256").notNull(),
  name: text("name").notNull(),
  credentials: text("credentials").notNull(),
});

export const releaseTables = { prompts, trials, trialCases, gateRuns, voices };
