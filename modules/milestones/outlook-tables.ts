/** Bands, versions, releases and benchmarks as the queries see them. The SQL is migrations/milestones/0006-outlook.sql. */
import { sealed } from "@core/db/sealed-column.ts";
import { date, integer, smallint, text, uuid } from "drizzle-orm/pg-core";
import { schema, standard } from "./tables.ts";

export const bands = schema.table("bands", {
  ...standard(),
  subcompetencyId: uuid("subcompetency_id").notNull(),
  stage: smallint("stage").notNull(),
  trainees: integer("trainees").notNull(),
  low: smallint("low").notNull(),
  middle: smallint("middle").notNull(),
  high: smallint("high").notNull(),
  drawnOn: date("drawn_on").notNull(),
});
export const crosswalks = schema.table("crosswalks", {
  ...standard(),
  oldId: uuid("old_id").notNull(),
  newId: uuid("new_id").notNull(),
});
export const frameworkMoves = schema.table("framework_moves", {
  ...standard(),
  subjectId: uuid("subject_id").notNull(),
  fromId: uuid("from_id").notNull(),
  toId: uuid("to_id").notNull(),
  reason: text("reason").notNull(),
});
export const thirdPartyRequests = schema.table("third_party_requests", {
  ...standard(),
  subjectId: uuid("subject_id").notNull(),
  content: sealed("content", "milestones.release").notNull(),
  sha256: text("sha256").notNull(),
  expiresOn: date("expires_on").notNull(),
});
export const thirdPartyConsents = schema.table("third_party_consents", {
  ...standard(),
  requestId: uuid("request_id").notNull(),
  subjectId: uuid("subject_id").notNull(),
  side: text("side", { enum: ["director", "trainee"] }).notNull(),
  sha256: text("sha256").notNull(),
  signatureId: uuid("signature_id"),
});
export const thirdPartyEndings = schema.table("third_party_endings", {
  ...standard(),
  requestId: uuid("request_id").notNull(),
  subjectId: uuid("subject_id").notNull(),
});
export const thirdPartyDownloads = schema.table("third_party_downloads", {
  ...standard(),
  requestId: uuid("request_id").notNull(),
  subjectId: uuid("subject_id").notNull(),
});
export const benchmarkConsents = schema.table("benchmark_consents", {
  ...standard(),
  title: text("title").notNull(),
  sha256: text("sha256").notNull(),
  signedBy: text("signed_by").notNull(),
  validFrom: date("valid_from").notNull(),
  validUntil: date("valid_until").notNull(),
  document: sealed<Uint8Array>("document", "milestones.agreement"),
});
export const benchmarkWithdrawals = schema.table("benchmark_withdrawals", {
  ...standard(),
  consentId: uuid("consent_id").notNull(),
});
export const benchmarkFigures = schema.table("benchmark_figures", {
  ...standard(),
  specialty: text("specialty").notNull(),
  period: text("period").notNull(),
  code: text("code").notNull(),
  trainees: integer("trainees").notNull(),
  middle: smallint("middle").notNull(),
});

export const outlookTables = {
  bands,
  crosswalks,
  frameworkMoves,
  thirdPartyRequests,
  thirdPartyConsents,
  thirdPartyEndings,
  thirdPartyDownloads,
  benchmarkConsents,
  benchmarkWithdrawals,
  benchmarkFigures,
};
