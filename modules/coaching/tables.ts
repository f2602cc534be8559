/** The module's tables as the queries see them. The SQL, with its rules and comments, is migrations/coaching. */
import { sealed } from "@core/db/sealed-column.ts";
import { bytes, house, moment } from "@core/tenancy/tables.ts";
import { boolean, integer, jsonb, numeric, pgSchema, text, uuid } from "drizzle-orm/pg-core";
import type { ConsentEventKind, ConsentSource } from "./consent.ts";
import type { ConversationStatus } from "./conversation.ts";
import type { DeliveryStatus } from "./delivery.ts";
import type { ContactOutcome, Disposition, Duty, IncidentStatus, Rung } from "./incident.ts";
import type { Locale } from "./reading-grade.ts";
import type { RuleSet } from "./rule-set.ts";
import type { TaskKind } from "./task.ts";
import type { Role, Tier } from "./tier.ts";

export const schema = pgSchema("coaching");

/** In every table, filled in by the database from the signed context. */
export const standard = () => ({
  tenantId: house.tenantId(),
  workspaceId: house.workspaceId(),
  id: house.id(),
  madeAt: house.madeAt(),
  madeBy: house.madeBy(),
});
export const subject = () => uuid("subject_id").notNull();
const locale = () => text("locale").$type<Locale>();
const tier = () => text("tier").$type<Tier>();

export const members = schema.table("members", {
  ...standard(),
  subjectId: subject(),
  locale: locale().notNull(),
  zone: text("zone").notNull(),
  unit: text("unit", { enum: ["mg/dL", "mmol/L"] }),
  type1: boolean("type1").notNull().default(false),
  pump: boolean("pump").notNull().default(false),
  pregnant: boolean("pregnant").notNull().default(false),
  windowFrom: text("window_from").notNull().default("08:00"),
  windowUntil: text("window_until").notNull().default("21:00"),
  replies: text("replies", { enum: ["off", "draft", "auto"] })
    .notNull()
    .default("off"),
});

export const disclosures = schema.table("disclosures", {
  ...standard(),
  sha256: text("sha256").notNull(),
  locale: locale().notNull(),
  body: text("body").notNull(),
});

export const consentEvents = schema.table("consent_events", {
  ...standard(),
  subjectId: subject(),
  kind: text("kind").$type<ConsentEventKind>().notNull(),
  at: moment("at").notNull(),
  source: text("source").$type<ConsentSource>().notNull(),
  textSha256: text("text_sha256"),
  words: sealed("words", "coaching.words"),
});

export const numbers = schema.table("numbers", {
  ...standard(),
  phone: text("phone").notNull(),
  kind: text("kind", { enum: ["toll-free", "local", "short"] }).notNull(),
  registeredAs: text("registered_as"),
  endedAt: moment("ended_at"),
});

export interface RawText {
  readonly from: string;
  readonly body: string;
}
export const inbound = schema.table("inbound", {
  ...standard(),
  provider: text("provider", { enum: ["aws", "twilio", "phone"] }).notNull(),
  providerId: text("provider_id").notNull(),
  toPhone: text("to_phone").notNull(),
  fromTag: bytes("from_tag"),
  raw: sealed<RawText>("raw", "coaching.raw"),
  media: integer("media").notNull().default(0),
  handledByProvider: text("handled_by_provider", { enum: ["stop", "start", "help"] }),
  sentAt: moment("sent_at").notNull(),
  stage: text("stage", { enum: ["received", "matched", "classified", "observed", "routed", "ignored"] })
    .notNull()
    .default("received"),
  why: text("why"),
  subjectId: uuid("subject_id"),
  matchedAt: moment("matched_at"),
  classifiedAt: moment("classified_at"),
  observedAt: moment("observed_at"),
  routedAt: moment("routed_at"),
});

export const messages = schema.table("messages", {
  ...standard(),
  subjectId: subject(),
  direction: text("direction", { enum: ["in", "out"] }).notNull(),
  kind: text("kind", { enum: ["member", "template", "model", "human", "journey"] }).notNull(),
  body: sealed("body", "coaching.message").notNull(),
  at: moment("at").notNull(),
  inboundId: uuid("inbound_id"),
  template: text("template"),
  locale: locale(),
  tier: tier(),
  rules: text("rules").array().notNull().default([]),
  ruleSet: text("rule_set"),
  personId: uuid("person_id"),
  reviewedBy: uuid("reviewed_by"),
  licensed: boolean("licensed").notNull().default(false),
  runId: uuid("run_id"),
  media: integer("media").notNull().default(0),
});

export const conversations = schema.table("conversations", {
  ...standard(),
  subjectId: subject(),
  status: text("status").$type<ConversationStatus>().notNull().default("bot-active"),
  ownerId: uuid("owner_id"),
  epoch: integer("epoch").notNull().default(1),
  humanAt: moment("human_at"),
  lastInAt: moment("last_in_at"),
  lastOutAt: moment("last_out_at"),
  waitingSince: moment("waiting_since"),
  tier: tier().notNull().default("none"),
  expecting: text("expecting", { enum: ["reading", "another-number"] }),
  expectingUntil: moment("expecting_until"),
  quarantinedUntil: moment("quarantined_until"),
});

export interface StrangeText {
  readonly to: string;
  readonly body: string;
}
export type Purpose = "safety" | "reply" | "proactive" | "compliance" | "human" | "page";
export const outbox = schema.table("outbox", {
  ...standard(),
  subjectId: uuid("subject_id"),
  messageId: uuid("message_id"),
  cause: text("cause").notNull(),
  purpose: text("purpose").$type<Purpose>().notNull(),
  speaker: text("speaker", { enum: ["bot", "safety", "compliance", "human"] }).notNull(),
  epoch: integer("epoch"),
  personId: uuid("person_id"),
  strange: sealed<StrangeText>("strange", "coaching.raw"),
  status: text("status").$type<DeliveryStatus>().notNull().default("queued"),
  why: text("why"),
  tries: integer("tries").notNull().default(0),
  nextAt: moment("next_at").notNull(),
  untilAt: moment("until_at").notNull(),
  claimedAt: moment("claimed_at"),
  leasedUntil: moment("leased_until"),
  provider: text("provider"),
  providerId: text("provider_id"),
  code: text("code"),
  acceptedAt: moment("accepted_at"),
  settledAt: moment("settled_at"),
});

export const receipts = schema.table("receipts", {
  ...standard(),
  provider: text("provider", { enum: ["aws", "twilio", "phone"] }).notNull(),
  providerId: text("provider_id").notNull(),
  outboxId: uuid("outbox_id"),
  status: text("status").notNull(),
  reason: text("reason"),
  code: text("code").notNull().default(""),
  at: moment("at"),
});

export const imports = schema.table("imports", {
  ...standard(),
  subjectId: subject(),
  source: text("source", { enum: ["meter-file", "sensor-file"] }).notNull(),
  filename: text("filename").notNull(),
  sha256: text("sha256").notNull(),
  rows: integer("rows").notNull(),
  readings: integer("readings").notNull(),
  repeated: integer("repeated").notNull().default(0),
});

export const readings = schema.table("readings", {
  ...standard(),
  subjectId: subject(),
  at: moment("at").notNull(),
  localAt: text("local_at").notNull(),
  mgdl: numeric("mgdl", { mode: "number" }),
  meterWord: text("meter_word", { enum: ["HI", "LO"] }),
  meal: text("meal"),
  source: text("source", { enum: ["text", "meter-file", "sensor-file"] }).notNull(),
  tier: tier().notNull(),
  messageId: uuid("message_id"),
  importId: uuid("import_id"),
  supersededBy: uuid("superseded_by"),
});

export const importRows = schema.table("import_rows", {
  ...standard(),
  subjectId: subject(),
  importId: uuid("import_id").notNull(),
  line: integer("line").notNull(),
  text: sealed("text", "coaching.row").notNull(),
  sentence: text("sentence").notNull(),
  meterWord: text("meter_word", { enum: ["HI", "LO"] }),
  decision: text("decision", { enum: ["kept-as-word", "set-aside"] }),
  decidedBy: uuid("decided_by"),
  decidedAt: moment("decided_at"),
});

export const rechecks = schema.table("rechecks", {
  ...standard(),
  subjectId: subject(),
  messageId: uuid("message_id").notNull(),
  minutes: integer("minutes").notNull(),
  asked: integer("asked").notNull().default(1),
  askedAt: moment("asked_at").notNull(),
  nextAt: moment("next_at"),
  answeredAt: moment("answered_at"),
});

export const incidents = schema.table("incidents", {
  ...standard(),
  subjectId: subject(),
  messageId: uuid("message_id"),
  cause: text("cause").notNull(),
  tier: tier().notNull(),
  role: text("role").$type<Role>().notNull(),
  locks: boolean("locks").notNull().default(false),
  acknowledgeMinutes: integer("acknowledge_minutes").notNull(),
  openedAt: moment("opened_at").notNull(),
  status: text("status").$type<IncidentStatus>().notNull().default("open"),
  rung: text("rung").$type<Rung>(),
  nextPageAt: moment("next_page_at"),
  acknowledgedBy: uuid("acknowledged_by"),
  acknowledgedAt: moment("acknowledged_at"),
  contact: text("contact").$type<ContactOutcome>(),
  disposition: text("disposition").$type<Disposition>(),
  resolvedBy: uuid("resolved_by"),
  resolvedAt: moment("resolved_at"),
});

export const incidentSteps = schema.table("incident_steps", {
  ...standard(),
  subjectId: subject(),
  incidentId: uuid("incident_id").notNull(),
  step: text("step", {
    enum: ["opened", "unheard", "paged", "acknowledged", "contacted", "resolved", "reviewed"],
  }).notNull(),
  what: text("what"),
  note: sealed("note", "coaching.note"),
});

export const incidentPages = schema.table("incident_pages", {
  ...standard(),
  subjectId: subject(),
  incidentId: uuid("incident_id").notNull(),
  rung: text("rung").$type<Rung>().notNull(),
  personId: uuid("person_id"),
  channel: text("channel", { enum: ["mail", "text", "nobody"] }).notNull(),
});

export const shifts = schema.table("shifts", {
  ...standard(),
  personId: uuid("person_id").notNull(),
  rung: text("rung").$type<Duty>().notNull(),
  fromAt: moment("from_at").notNull(),
  toAt: moment("to_at").notNull(),
  phone: sealed("phone", "coaching.duty_phone"),
  endedAt: moment("ended_at"),
});

export const tasks = schema.table("tasks", {
  ...standard(),
  subjectId: subject(),
  cause: text("cause").notNull(),
  kind: text("kind").$type<TaskKind>().notNull(),
  tier: tier().notNull().default("none"),
  dueAt: moment("due_at").notNull(),
  personId: uuid("person_id"),
  words: sealed("words", "coaching.note"),
  doneAt: moment("done_at"),
  doneBy: uuid("done_by"),
  outcome: text("outcome"),
});

export const notes = schema.table("notes", {
  ...standard(),
  subjectId: subject(),
  body: sealed("body", "coaching.note").notNull(),
});

export const handovers = schema.table("handovers", {
  ...standard(),
  subjectId: subject(),
  fromId: uuid("from_id").notNull(),
  toId: uuid("to_id").notNull(),
  body: sealed("body", "coaching.note").notNull(),
  takenAt: moment("taken_at"),
});

export const macros = schema.table("macros", {
  ...standard(),
  title: text("title").notNull(),
  en: text("en").notNull(),
  es: text("es").notNull(),
  endedAt: moment("ended_at"),
});

export const ruleSets = schema.table("rule_sets", {
  ...standard(),
  version: text("version").notNull(),
  content: jsonb("content").$type<RuleSet>().notNull(),
  sha256: text("sha256").notNull(),
  reason: text("reason").notNull(),
});

export const ruleSignatures = schema.table("rule_signatures", {
  ...standard(),
  ruleSetId: uuid("rule_set_id").notNull(),
  sha256: text("sha256").notNull(),
  textsSha256: text("texts_sha256").notNull(),
  name: text("name").notNull(),
  credentials: text("credentials").notNull(),
});

export const tables = {
  members,
  disclosures,
  consentEvents,
  numbers,
  inbound,
  messages,
  conversations,
  outbox,
  receipts,
  imports,
  readings,
  importRows,
  rechecks,
  incidents,
  incidentSteps,
  incidentPages,
  shifts,
  tasks,
  notes,
  handovers,
  macros,
  ruleSets,
  ruleSignatures,
};
