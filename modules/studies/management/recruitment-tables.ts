/** Recruitment as the queries see it; the SQL is migrations/studies/0051-recruitment.sql. */
import { sealed } from "@core/db/sealed-column.ts";
import { moment } from "@core/tenancy/tables.ts";
import { date, integer, text, uuid } from "drizzle-orm/pg-core";
import { schema, standard } from "../tables.ts";
import { stageNames } from "./rules/funnel.ts";

export const screenings = schema.table("screenings", {
  ...standard(),
  subjectId: uuid("subject_id").notNull(),
  siteId: uuid("site_id"),
  source: text("source").notNull(),
  contactConsent: text("contact_consent"),
  stage: text("stage", { enum: stageNames as [(typeof stageNames)[number], ...(typeof stageNames)[number][]] })
    .notNull()
    .default("identified"),
  dropped: text("dropped"),
  changedAt: moment("changed_at").notNull(),
});
export const screeningSteps = schema.table("screening_steps", {
  ...standard(),
  screeningId: uuid("screening_id").notNull(),
  subjectId: uuid("subject_id").notNull(),
  siteId: uuid("site_id"),
  ordinal: integer("ordinal").notNull(),
  stage: text("stage").notNull(),
  dropped: text("dropped"),
  onDay: date("on_day").notNull(),
  note: sealed("note", "studies.screening_note"),
});
export const sitePlans = schema.table("site_plans", {
  ...standard(),
  siteId: uuid("site_id"),
  target: integer("target").notNull(),
  startsOn: date("starts_on").notNull(),
  endsOn: date("ends_on").notNull(),
});
export const signupPages = schema.table("signup_pages", {
  ...standard(),
  linkId: uuid("link_id").notNull(),
  title: text("title").notNull(),
  about: text("about").notNull(),
  contactText: text("contact_text").notNull(),
  untilOn: date("until_on").notNull(),
});
export const signupEnds = schema.table("signup_ends", { ...standard(), pageId: uuid("page_id").notNull() });

export const recruitmentTables = { screenings, screeningSteps, sitePlans, signupPages, signupEnds };
