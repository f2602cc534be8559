/** Randomisation as the queries see it; the SQL is migrations/studies/0052-randomisation.sql. */
import { sealed } from "@core/db/sealed-column.ts";
import { bytes, moment } from "@core/tenancy/tables.ts";
import { boolean, date, integer, jsonb, text, uuid } from "drizzle-orm/pg-core";
import { schema, standard } from "../tables.ts";
import type { KitState } from "./rules/kits.ts";
import type { Levels, Scheme, SchemeSecrets } from "./rules/scheme.ts";
import type { SimulationReport } from "./rules/simulation.ts";

/** What is sealed of a scheme: with it every allocation can be made again. */
export type Secrets = SchemeSecrets & { readonly seed: string };
/** What is sealed of an allocation: the arm, and how minimisation came to it. */
export interface SealedArm {
  readonly arm: number;
  readonly scores?: readonly number[];
  readonly preferred?: number;
  readonly followed?: boolean;
}

export const schemes = schema.table("schemes", {
  ...standard(),
  version: integer("version").notNull(),
  scheme: jsonb("scheme").$type<Scheme>().notNull(),
  blinded: boolean("blinded").notNull(),
  usesKits: boolean("uses_kits").notNull(),
  kitDays: integer("kit_days").notNull(),
  report: jsonb("report").$type<SimulationReport>().notNull(),
});
export const schemeSecrets = schema.table("scheme_secrets", {
  ...standard(),
  schemeId: uuid("scheme_id").notNull(),
  secrets: sealed<Secrets>("secrets", "studies.scheme_secrets").notNull(),
});
export const schemeSteps = schema.table("scheme_steps", {
  ...standard(),
  schemeId: uuid("scheme_id").notNull(),
  step: text("step", { enum: ["activated", "discarded", "closed"] }).notNull(),
  reason: text("reason"),
  listSha256: bytes("list_sha256"),
});
export const slots = schema.table("slots", {
  ...standard(),
  schemeId: uuid("scheme_id").notNull(),
  stratum: text("stratum").notNull(),
  ordinal: integer("ordinal").notNull(),
  arm: sealed<SealedArm>("arm", "studies.arm").notNull(),
});
export const allocations = schema.table("allocations", {
  ...standard(),
  schemeId: uuid("scheme_id").notNull(),
  subjectId: uuid("subject_id").notNull(),
  siteId: uuid("site_id"),
  number: integer("number").notNull(),
  levels: jsonb("levels").$type<Levels>().notNull(),
  stratum: text("stratum").notNull(),
  requestId: uuid("request_id").notNull(),
  openArm: text("open_arm"),
  kitNumber: text("kit_number"),
  randomisedBy: uuid("randomised_by").notNull(),
  consent: text("consent").notNull().default("kept elsewhere"),
});
export const allocationArms = schema.table("allocation_arms", {
  ...standard(),
  allocationId: uuid("allocation_id").notNull(),
  siteId: uuid("site_id"),
  slotId: uuid("slot_id"),
  arm: sealed<SealedArm>("arm", "studies.arm").notNull(),
});
export const stratumErrors = schema.table("stratum_errors", {
  ...standard(),
  allocationId: uuid("allocation_id").notNull(),
  subjectId: uuid("subject_id").notNull(),
  siteId: uuid("site_id"),
  rightLevels: jsonb("right_levels").$type<Levels>().notNull(),
  reason: text("reason").notNull(),
});
export const unblindings = schema.table("unblindings", {
  ...standard(),
  allocationId: uuid("allocation_id").notNull(),
  subjectId: uuid("subject_id").notNull(),
  siteId: uuid("site_id"),
  reason: text("reason").notNull(),
});
export const kits = schema.table("kits", {
  ...standard(),
  number: text("number").notNull(),
  arm: sealed<SealedArm>("arm", "studies.arm").notNull(),
  batch: text("batch").notNull(),
  expiresOn: date("expires_on").notNull(),
  state: text("state").$type<KitState>().notNull().default("depot"),
  siteId: uuid("site_id"),
  subjectId: uuid("subject_id"),
  changedAt: moment("changed_at").notNull(),
});
export const kitMoves = schema.table("kit_moves", {
  ...standard(),
  kitId: uuid("kit_id").notNull(),
  siteId: uuid("site_id"),
  was: text("was").notNull(),
  state: text("state").notNull(),
  reason: text("reason").notNull().default(""),
});

export const randomisationTables = {
  schemes,
  schemeSecrets,
  schemeSteps,
  slots,
  allocations,
  allocationArms,
  stratumErrors,
  unblindings,
  kits,
  kitMoves,
};
