/** The ledger's store: one table of thirty typed fields and a sealed name, and one row of history for each field. */
import { query } from "@core/db/query.ts";
import { sealed } from "@core/db/sealed-column.ts";
import { house } from "@core/tenancy/tables.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { eq } from "drizzle-orm";
import { boolean, date, doublePrecision, integer, pgSchema, text, uuid } from "drizzle-orm/pg-core";

const schema = pgSchema("ledger");
const numbered = <T>(count: number, stem: string, make: (name: string) => T) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${stem}${i + 1}`, make(`${stem}${i + 1}`)]));

const texts = numbered(10, "text", (name) => text(name).notNull());
const wholes = numbered(8, "whole", (name) => integer(name).notNull());
const measures = numbered(4, "measure", (name) => doublePrecision(name).notNull());
const days = numbered(5, "day", (name) => date(name, { mode: "string" }).notNull());
const flags = numbered(3, "flag", (name) => boolean(name).notNull());

/** Thirty. */
export const fieldNames = [texts, wholes, measures, days, flags].flatMap((kind) => Object.keys(kind));
export type Values = Readonly<Record<string, string | number | boolean>>;

export const entries = schema.table("entries", {
  tenantId: house.tenantId(),
  workspaceId: house.workspaceId(),
  id: house.id(),
  subjectId: uuid("subject_id").notNull(),
  sheet: integer("sheet").notNull(),
  /** What the writer knows it by: a test finds it again. */
  token: text("token").notNull(),
  patient: sealed("patient", "ledger.patient"),
  ...texts,
  ...wholes,
  ...measures,
  ...days,
  ...flags,
  madeAt: house.madeAt(),
  madeBy: house.madeBy(),
});

export const history = schema.table("history", {
  tenantId: house.tenantId(),
  workspaceId: house.workspaceId(),
  id: house.id(),
  entryId: uuid("entry_id").notNull(),
  subjectId: uuid("subject_id").notNull(),
  field: text("field").notNull(),
  value: text("value"),
  madeAt: house.madeAt(),
  madeBy: house.madeBy(),
});

const fields = Object.fromEntries(
  fieldNames.map((name) => [name, (entries as unknown as Record<string, typeof entries.token>)[name]]),
) as Record<string, typeof entries.token>;

export const findEntry = query<{ id: string }>()((db, $) =>
  db
    .select({ id: entries.id, subjectId: entries.subjectId, token: entries.token, ...fields })
    .from(entries)
    .where(eq(entries.id, $.id)),
);

export const listSheet = query<{ sheet: number }>()((db, $) =>
  db
    .select({
      id: entries.id,
      subjectId: entries.subjectId,
      patient: entries.patient,
      text1: fields.text1 as typeof entries.token,
      whole1: fields.whole1 as typeof entries.token,
      measure1: fields.measure1 as typeof entries.token,
      day1: fields.day1 as typeof entries.token,
      flag1: fields.flag1 as typeof entries.token,
    })
    .from(entries)
    .where(eq(entries.sheet, $.sheet))
    .orderBy(entries.id)
    .limit(50),
);

export const insertEntry = query<{
  id: string;
  subjectId: string;
  sheet: number;
  token: string;
  patient: Sealed;
  [field: string]: unknown;
}>()((db, $) =>
  db
    .insert(entries)
    .values({
      id: $.id,
      subjectId: $.subjectId,
      sheet: $.sheet,
      token: $.token,
      patient: $.patient,
      ...Object.fromEntries(fieldNames.map((name) => [name, $[name]])),
    } as never)
    .returning({ id: entries.id, subjectId: entries.subjectId }),
);

export const insertHistory = query<{ id: string; subjectId: string } & Readonly<Record<string, unknown>>>()((db, $) =>
  db
    .insert(history)
    .values(fieldNames.map((field) => ({ entryId: $.id, subjectId: $.subjectId, field, value: $[field] })) as never)
    .returning({ id: history.id }),
);

const column = { text: "text", whole: "int", measure: "double precision", day: "date", flag: "boolean" } as const;
const columnsSql = fieldNames
  .map((name) => `${name} ${column[name.replace(/\d+$/, "") as keyof typeof column]} not null`)
  .join(", ");

export const ledgerSql = `
create schema ledger;
create table ledger.entries (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  sheet int not null,
  token text not null,
  patient bytea,
  ${columnsSql},
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index entries_of_sheet on ledger.entries (tenant_id, workspace_id, sheet, id);
create index entries_of_subject on ledger.entries (tenant_id, workspace_id, subject_id);
select core.protect('ledger.entries', '{"scope":"workspace","subject":"subject_id","mine":"made_by",
  "select":[{"may":"ledger.read"}],"insert":[{"may":"ledger.write"}]}');
create table ledger.history (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  entry_id uuid not null,
  subject_id uuid not null,
  field text not null,
  value text,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, id)
);
create index history_of_entry on ledger.history (tenant_id, workspace_id, entry_id);
select core.protect('ledger.history', '{"scope":"workspace","subject":"subject_id",
  "select":[{"may":"ledger.read"}],"insert":[{"may":"ledger.write"}]}');
`;
