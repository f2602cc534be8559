/** The kernel's own tables, as drizzle sees them. The SQL is migrations/core; tests/architecture compares the two. */
import { type SQL, sql } from "drizzle-orm";
import { boolean, customType, date, inet, integer, jsonb, pgSchema, text, timestamp, uuid } from "drizzle-orm/pg-core";
import { fromPlace } from "../db/place.ts";
import { sealed } from "../db/sealed-column.ts";

export const core = pgSchema("core");

/** A moment, always with its zone. */
export const moment = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });
/** A length of time as PostgreSQL writes it: "00:15:00". */
export const interval = customType<{ data: string }>({ dataType: () => "interval" });
export const bytes = customType<{ data: Uint8Array }>({ dataType: () => "bytea" });
const uuidArray = customType<{ data: string[]; driverData: string }>({
  dataType: () => "uuid[]",
  toDriver: (ids) => `{${ids.join(",")}}`,
  fromDriver: (value) => (Array.isArray(value) ? value : String(value).slice(1, -1).split(",").filter(Boolean)),
});

/**
 * What the signed context says; a store never passes these. The data layer sends them along, which spares the database a
 * look at the context for each row, and the walls compare them with it. Without them the database fills them in itself.
 */
const tenantId = () => uuid("tenant_id").notNull().default(sql`core.tenant()`).$defaultFn(fromPlace("tenant"));
const workspaceId = () =>
  uuid("workspace_id").notNull().default(sql`core.workspace()`).$defaultFn(fromPlace("workspace"));
const id = () => uuid("id").primaryKey().default(sql`gen_random_uuid()`);
const madeAt = () => moment("made_at").notNull().default(sql`clock_timestamp()`);
const madeBy = () => uuid("made_by").default(sql`core.actor()`).$defaultFn(fromPlace("actor"));
/** The house columns of a module's table. */
export const house = { tenantId, workspaceId, id, madeAt, madeBy };
/** The database's clock, for an update: `set({ endedAt: clock() })`. */
export const clock = (): SQL<Date> => sql<Date>`clock_timestamp()`;

export const tenants = core.table("tenants", {
  tenantId: uuid("tenant_id").primaryKey(),
  slug: text("slug").notNull(),
  name: text("name").notNull(),
  profile: text("profile", { enum: ["pilot", "standard"] }).notNull(),
  idleLimit: interval("idle_limit"),
  policies: jsonb("policies").$type<Record<string, unknown>>().notNull(),
  demo: boolean("demo").notNull(),
  madeAt: moment("made_at").notNull(),
  suspendedAt: moment("suspended_at"),
});

export const workspaces = core.table("workspaces", {
  tenantId: tenantId(),
  id: id(),
  slug: text("slug").notNull(),
  title: text("title").notNull(),
  kind: text("kind", { enum: ["program", "study", "service"] }).notNull(),
  specialty: text("specialty"),
  policies: jsonb("policies").$type<Record<string, unknown>>().notNull().default({}),
  madeAt: madeAt(),
  madeBy: madeBy(),
  archivedAt: moment("archived_at"),
});

export const sites = core.table("sites", {
  tenantId: tenantId(),
  workspaceId: workspaceId(),
  id: id(),
  code: text("code").notNull(),
  name: text("name").notNull(),
  madeAt: madeAt(),
  madeBy: madeBy(),
  closedAt: moment("closed_at"),
});

export const persons = core.table("persons", {
  tenantId: tenantId(),
  id: id(),
  email: text("email").notNull(),
  name: text("name").notNull(),
  status: text("status", { enum: ["registered", "verified", "pending", "active", "refused", "suspended"] })
    .notNull()
    .default("active"),
  preferences: jsonb("preferences").$type<Preferences>().notNull().default({}),
  madeAt: madeAt(),
  madeBy: madeBy(),
});
export interface Preferences {
  readonly density?: "compact" | "normal" | "roomy";
  readonly theme?: "auto" | "light" | "dark";
}

/** The house's (without an institution), and those that an institution composed for itself. */
export const roles = core.table("roles", {
  tenantId: uuid("tenant_id").default(sql`core.tenant()`).$defaultFn(fromPlace("tenant")),
  role: text("role").primaryKey(),
  title: text("title").notNull(),
  idleMinutes: integer("idle_minutes"),
  place: text("place", { enum: ["institution", "program", "study", "service"] }),
  summary: text("summary"),
  madeAt: madeAt(),
  madeBy: madeBy(),
  changedAt: moment("changed_at"),
  retiredAt: moment("retired_at"),
});
export const rolePermissions = core.table("role_permissions", {
  tenantId: uuid("tenant_id").default(sql`core.tenant()`).$defaultFn(fromPlace("tenant")),
  role: text("role").primaryKey(),
  permission: text("permission").notNull(),
  reach: text("reach").notNull(),
});

export const grants = core.table("grants", {
  tenantId: tenantId(),
  id: id(),
  personId: uuid("person_id").notNull(),
  workspaceId: uuid("workspace_id"),
  siteId: uuid("site_id"),
  role: text("role").notNull(),
  fromAt: moment("from_at").notNull().default(sql`clock_timestamp()`),
  toAt: moment("to_at"),
  approvedBy: uuid("approved_by").default(sql`core.actor()`),
  madeAt: madeAt(),
  revokedAt: moment("revoked_at"),
  revokedBy: uuid("revoked_by"),
  reason: text("reason"),
  confirmedAt: moment("confirmed_at"),
  confirmedBy: uuid("confirmed_by"),
});

/** Access for some hours, asked for with a reason. */
export const accessRequests = core.table("access_requests", {
  tenantId: tenantId(),
  id: id(),
  personId: uuid("person_id").notNull(),
  workspaceId: uuid("workspace_id").notNull(),
  role: text("role").notNull(),
  hours: integer("hours").notNull(),
  reason: text("reason").notNull(),
  madeAt: madeAt(),
  decidedAt: moment("decided_at"),
  decidedBy: uuid("decided_by"),
  approved: boolean("approved"),
  answer: text("answer"),
  grantId: uuid("grant_id"),
  withdrawnAt: moment("withdrawn_at"),
});

/** One subject opened without being assigned to it, and what a reviewer found. */
export const emergencies = core.table("emergencies", {
  tenantId: tenantId(),
  workspaceId: workspaceId(),
  id: id(),
  personId: uuid("person_id").notNull(),
  subjectId: uuid("subject_id").notNull(),
  reason: text("reason").notNull(),
  madeAt: madeAt(),
  untilAt: moment("until_at").notNull(),
  reviewedAt: moment("reviewed_at"),
  reviewedBy: uuid("reviewed_by"),
  finding: text("finding"),
  isJustified: boolean("is_justified"),
});

export const subjects = core.table("subjects", {
  tenantId: tenantId(),
  workspaceId: workspaceId(),
  id: id(),
  code: text("code").notNull(),
  kind: text("kind", { enum: ["trainee", "participant", "member"] }).notNull(),
  siteId: uuid("site_id"),
  personId: uuid("person_id"),
  madeAt: madeAt(),
  madeBy: madeBy(),
  leftAt: moment("left_at"),
});

export const identities = core.table("identities", {
  tenantId: tenantId(),
  workspaceId: workspaceId(),
  subjectId: uuid("subject_id").primaryKey(),
  name: sealed("name", "core.identity"),
  birthDate: sealed("birth_date", "core.identity"),
  phone: sealed("phone", "core.identity"),
  email: sealed("email", "core.identity"),
  recordNumber: sealed("record_number", "core.identity"),
  phoneIndex: bytes("phone_index"),
  emailIndex: bytes("email_index"),
  recordNumberIndex: bytes("record_number_index"),
  tagsKey: uuid("tags_key"),
  changedAt: moment("changed_at").notNull().default(sql`clock_timestamp()`),
});

/** The hash is written and never read by the application. */
export const programKeys = core.table("program_keys", {
  tenantId: tenantId(),
  workspaceId: workspaceId(),
  id: id(),
  personId: uuid("person_id").notNull(),
  module: text("module").notNull(),
  title: text("title").notNull(),
  permissions: text("permissions").array().$type<readonly string[]>().notNull(),
  siteId: uuid("site_id"),
  untilAt: moment("until_at").notNull(),
  tokenHash: bytes("token_hash"),
  takenAt: moment("taken_at"),
  lastUsedAt: moment("last_used_at"),
  madeAt: madeAt(),
  madeBy: madeBy(),
  revokedAt: moment("revoked_at"),
  revokedBy: uuid("revoked_by"),
});

/** Without the token's hash, which no query reads. */
export const portalLinks = core.table("portal_links", {
  tenantId: tenantId(),
  workspaceId: workspaceId(),
  id: id(),
  subjectId: uuid("subject_id").notNull(),
  module: text("module").notNull(),
  untilAt: moment("until_at").notNull(),
  madeAt: madeAt(),
  madeBy: madeBy(),
  revokedAt: moment("revoked_at"),
});

/** Histories: the newest row of a class counts. */
export const protections = core.table("protections", {
  tenantId: tenantId(),
  workspaceId: workspaceId(),
  id: id(),
  fieldClass: text("field_class").notNull(),
  isOn: boolean("is_on").notNull(),
  jobsMayOpen: boolean("jobs_may_open").notNull().default(false),
  reason: text("reason").notNull(),
  madeAt: madeAt(),
  madeBy: madeBy(),
});

export const keyGrants = core.table("key_grants", {
  tenantId: tenantId(),
  workspaceId: workspaceId(),
  id: id(),
  siteId: uuid("site_id"),
  personId: uuid("person_id").notNull(),
  fieldClass: text("field_class").notNull(),
  operation: text("operation", { enum: ["seal", "open"] }).notNull(),
  toAt: moment("to_at"),
  madeAt: madeAt(),
  madeBy: madeBy(),
  revokedAt: moment("revoked_at"),
  revokedBy: uuid("revoked_by"),
});

export const assignments = core.table("assignments", {
  tenantId: tenantId(),
  workspaceId: workspaceId(),
  id: id(),
  personId: uuid("person_id").notNull(),
  subjectId: uuid("subject_id").notNull(),
  kind: text("kind").notNull(),
  fromAt: moment("from_at").notNull().default(sql`clock_timestamp()`),
  toAt: moment("to_at"),
  madeAt: madeAt(),
  madeBy: madeBy(),
  endedAt: moment("ended_at"),
  endedBy: uuid("ended_by"),
});

export const switches = core.table("switches", {
  tenantId: tenantId(),
  id: id(),
  workspaceId: uuid("workspace_id").notNull(),
  module: text("module").notNull(),
  isOn: boolean("is_on").notNull(),
  madeAt: madeAt(),
  madeBy: madeBy(),
});

export const settings = core.table("settings", {
  tenantId: tenantId(),
  id: id(),
  workspaceId: uuid("workspace_id").notNull(),
  module: text("module").notNull(),
  value: jsonb("value").$type<Record<string, unknown>>().notNull(),
  reason: text("reason"),
  madeAt: madeAt(),
  madeBy: madeBy(),
});

/** What may be shown of a session: its name opens nothing, and the columns that could are not granted. */
export const registrations = core.table("registrations", {
  tenantId: tenantId(),
  id: id(),
  personId: uuid("person_id").notNull(),
  reason: text("reason").notNull(),
  madeAt: madeAt(),
  decidedAt: moment("decided_at"),
  decidedBy: uuid("decided_by"),
  approved: boolean("approved"),
  answer: text("answer"),
});

/** What may be shown of a sign-in service; its secret is not granted. */
export const identityProviders = core.table("identity_providers", {
  tenantId: tenantId(),
  id: id(),
  kind: text("kind", { enum: ["saml", "oidc"] }).notNull(),
  title: text("title").notNull(),
  settings: jsonb("settings").$type<Record<string, unknown>>().notNull(),
  secret: text("secret"),
  admits: boolean("admits").notNull().default(false),
  trustsSecond: boolean("trusts_second").notNull().default(false),
  isOn: boolean("is_on").notNull().default(false),
  madeAt: madeAt(),
  madeBy: madeBy(),
  changedAt: moment("changed_at").notNull().default(sql`clock_timestamp()`),
});

export const federatedIdentities = core.table("federated_identities", {
  tenantId: tenantId(),
  id: id(),
  personId: uuid("person_id").notNull(),
  providerId: uuid("provider_id").notNull(),
  subject: text("subject").notNull(),
  how: text("how", { enum: ["first sign-in", "by the owner", "by an administrator", "by a letter"] }).notNull(),
  madeAt: madeAt(),
  madeBy: madeBy(),
  lastUsedAt: moment("last_used_at"),
  endedAt: moment("ended_at"),
  endedBy: uuid("ended_by"),
});

export const sessions = core.table("sessions", {
  tenantId: tenantId(),
  ref: text("ref").notNull(),
  personId: uuid("person_id").notNull(),
  method: text("method").notNull(),
  madeAt: moment("made_at").notNull(),
  lastSeen: moment("last_seen").notNull(),
  untilAt: moment("until_at").notNull(),
  ip: inet("ip"),
  agent: text("agent"),
  endedAt: moment("ended_at"),
  endedWhy: text("ended_why"),
});

export interface TouchedTable {
  readonly columns: readonly string[];
  readonly rows?: readonly string[];
  readonly results?: number;
  /** Rows of a long file beyond those kept by their ids, with the SHA-256 over those ids, one a line. */
  readonly more?: number;
  readonly moreSha256?: string;
}
export const auditEvents = core.table("audit_events", {
  tenantId: tenantId(),
  id: text("id").primaryKey(),
  at: moment("at").notNull(),
  workspaceId: uuid("workspace_id"),
  actorKind: text("actor_kind").notNull(),
  actorId: uuid("actor_id"),
  actorName: text("actor_name").notNull(),
  sessionRef: text("session_ref"),
  ip: inet("ip"),
  requestId: uuid("request_id").notNull(),
  act: text("act").notNull(),
  permission: text("permission"),
  event: text("event"),
  sentence: text("sentence").notNull(),
  outcome: text("outcome", { enum: ["done", "refused", "failed"] }).notNull(),
  status: integer("status").notNull(),
  subjects: uuidArray("subjects").notNull(),
  read: jsonb("read").$type<Record<string, TouchedTable>>().notNull(),
  changed: jsonb("changed").$type<Record<string, TouchedTable>>().notNull(),
  detail: jsonb("detail").$type<Record<string, unknown>>().notNull(),
});

export const signatures = core.table("signatures", {
  tenantId: tenantId(),
  workspaceId: workspaceId(),
  id: id(),
  event: text("event").notNull(),
  meaning: text("meaning").notNull(),
  personId: uuid("person_id").notNull(),
  printedName: text("printed_name").notNull(),
  contentSha256: bytes("content_sha256").notNull(),
  requestId: uuid("request_id").notNull(),
  madeAt: madeAt(),
  record: text("record"),
  rowId: text("row_id"),
  subjectId: uuid("subject_id"),
  method: text("method").notNull(),
  sessionRef: text("session_ref"),
});

export const signingDeclarations = core.table("signing_declarations", {
  tenantId: tenantId(),
  id: id(),
  personId: uuid("person_id").notNull(),
  wording: integer("wording").notNull(),
  declared: text("declared").notNull(),
  printedName: text("printed_name").notNull(),
  method: text("method").notNull(),
  signatureId: uuid("signature_id").notNull(),
  requestId: uuid("request_id").notNull(),
  madeAt: madeAt(),
});

export const refusals = core.table("refusals", {
  tenantId: tenantId(),
  minute: moment("minute").primaryKey(),
  ip: inet("ip").notNull(),
  act: text("act").notNull(),
  status: integer("status").notNull(),
  times: integer("times").notNull(),
  lastAt: moment("last_at").notNull(),
});

export const exports = core.table("exports", {
  tenantId: tenantId(),
  id: id(),
  workspaceId: uuid("workspace_id").default(sql`core.workspace()`),
  name: text("name").notNull(),
  filename: text("filename").notNull(),
  format: text("format").notNull(),
  sha256: bytes("sha256").notNull(),
  bytes: integer("bytes").notNull(),
  rows: integer("rows").notNull(),
  rowDigest: bytes("row_digest"),
  rowMarks: bytes("row_marks"),
  reason: text("reason"),
  madeAt: madeAt(),
  madeBy: madeBy(),
});

export const providers = core.table("providers", {
  tenantId: tenantId(),
  id: id(),
  service: text("service", { enum: ["model", "text"] }).notNull(),
  kind: text("kind", { enum: ["azure-openai", "openai-compatible", "twilio", "aws-sms"] }).notNull(),
  title: text("title").notNull(),
  endpoint: text("endpoint").notNull(),
  region: text("region").notNull(),
  config: jsonb("config").$type<Readonly<Record<string, string>>>().notNull(),
  secret: bytes("secret"),
  agreement: text("agreement").notNull(),
  agreedFrom: date("agreed_from", { mode: "string" }).notNull(),
  agreedUntil: date("agreed_until", { mode: "string" }).notNull(),
  documentName: text("document_name").notNull(),
  documentSha256: bytes("document_sha256").notNull(),
  noTraining: boolean("no_training").notNull(),
  madeAt: madeAt(),
  madeBy: madeBy(),
  endedAt: moment("ended_at"),
  endedBy: uuid("ended_by"),
  endReason: text("end_reason"),
});

export const providerDocuments = core.table("provider_documents", {
  tenantId: tenantId(),
  id: id(),
  providerId: uuid("provider_id").notNull(),
  body: bytes("body").notNull(),
  madeAt: madeAt(),
  madeBy: madeBy(),
});

export const providerUses = core.table("provider_uses", {
  tenantId: tenantId(),
  id: id(),
  workspaceId: uuid("workspace_id").notNull(),
  service: text("service", { enum: ["model", "text"] }).notNull(),
  providerId: uuid("provider_id"),
  reason: text("reason").notNull(),
  madeAt: madeAt(),
  madeBy: madeBy(),
});

export const modelRuns = core.table("model_runs", {
  tenantId: tenantId(),
  workspaceId: workspaceId(),
  id: id(),
  providerId: uuid("provider_id").notNull(),
  subjectId: uuid("subject_id"),
  purpose: text("purpose").notNull(),
  promptVersion: text("prompt_version").notNull(),
  model: text("model").notNull(),
  inputSha256: bytes("input_sha256").notNull(),
  inputBytes: integer("input_bytes").notNull(),
  askedAt: moment("asked_at").notNull(),
  outcome: text("outcome", { enum: ["asked", "answered", "unavailable", "filtered", "unreadable"] }).notNull(),
  because: text("because"),
  outputSha256: bytes("output_sha256"),
  inputTokens: integer("input_tokens"),
  outputTokens: integer("output_tokens"),
  settledAt: moment("settled_at"),
});

export const alarms = core.table("alarms", {
  tenantId: tenantId(),
  id: id(),
  detector: text("detector", {
    enum: ["canary", "volume", "unassigned", "refusals", "walking", "exports", "hours"],
  }).notNull(),
  workspaceId: uuid("workspace_id"),
  personId: uuid("person_id"),
  personName: text("person_name").notNull(),
  watchedId: uuid("subject_id"),
  sentence: text("sentence").notNull(),
  firstEvent: text("first_event").notNull(),
  lastEvent: text("last_event").notNull(),
  times: integer("times").notNull(),
  raisedAt: moment("raised_at").notNull(),
  lastAt: moment("last_at").notNull(),
  ownerId: uuid("owner_id"),
  ownedAt: moment("owned_at"),
  closedAt: moment("closed_at"),
  outcome: text("outcome", { enum: ["false-alarm", "no-breach", "breach"] }),
});

export const alarmEntries = core.table("alarm_entries", {
  tenantId: tenantId(),
  id: id(),
  alarmId: uuid("alarm_id").notNull(),
  kind: text("kind", { enum: ["raised", "again", "taken", "note", "closed", "reopened"] }).notNull(),
  words: text("words").notNull(),
  at: moment("at").notNull(),
  byId: uuid("by_id"),
});
