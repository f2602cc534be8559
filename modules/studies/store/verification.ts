/** How far the comparison with the source has come, counted by the database with the very rule of cleaning/verification.ts. */
import { dynamic, query } from "@core/db/query.ts";
import { subjects } from "@core/tenancy/tables.ts";
import { and, asc, count, eq, inArray, type SQL, sql } from "drizzle-orm";
import { fieldValues, sheets } from "../tables.ts";

/** What the database needs to know of the plans and the forms, as JSON. */
export interface Demands {
  /** [{"site_id", "form", "rule", "percent", "seed"}]: the plan of each form at each site. */
  readonly plans: string;
  /** [{"version_id", "item", "critical"}]: every field of every version. */
  readonly items: string;
}

export interface Within {
  readonly siteId?: string | undefined;
  readonly subjectId?: string | undefined;
  readonly sheetIds?: readonly string[] | undefined;
}

const site = sql<string | null>`coalesce(${subjects.siteId}, ${sheets.siteId})`;
const place = sql`concat_ws('|', plan.seed, ${subjects.code}, ${sheets.event}, ${sheets.eventKey}, ${sheets.form}, ${sheets.formKey}, ${fieldValues.section}, ${fieldValues.sectionKey}, ${fieldValues.item})`;
/** The first four bytes of the digest as a hundredth: the same arithmetic as there. */
const share = sql`((('x' || left(encode(sha256(convert_to(${place}, 'UTF8')), 'hex'), 8))::bit(32)::bigint * 100) >> 32)`;
const needed = sql`(${sheets.state} = 'complete' and (plan.rule = 'all' or (plan.rule in ('critical', 'sample') and known.critical) or (plan.rule = 'sample' and ${share} < plan.percent)))`;
const seen = sql`(select max(v.version) from studies.verifications v where v.tenant_id = ${fieldValues.tenantId} and v.workspace_id = ${fieldValues.workspaceId} and v.value_id = ${fieldValues.id} and v.axis = 'source')`;

/** Answers of complete forms that the plan asks for: all, still to be compared, and changed since they were. */
const counts = {
  needed: sql<number>`count(*) filter (where ${needed})::int`,
  waiting: sql<number>`count(*) filter (where ${needed} and ${seen} is null)::int`,
  again: sql<number>`count(*) filter (where ${seen} < ${fieldValues.version})::int`,
  verified: sql<number>`count(*) filter (where ${needed} and ${seen} = ${fieldValues.version})::int`,
};

const filled = sql`(${fieldValues.raw} is not null or ${fieldValues.nullFlavour} is not null or ${fieldValues.sealed} is not null)`;
const within = ({ siteId, subjectId, sheetIds }: Within): SQL | undefined =>
  and(
    filled,
    siteId ? sql`${site} = ${siteId}::uuid` : undefined,
    subjectId ? eq(sheets.subjectId, subjectId) : undefined,
    sheetIds ? inArray(sheets.id, [...sheetIds]) : undefined,
  );

const demanded = (demands: Demands) => ({
  known: sql`jsonb_to_recordset(${demands.items}::jsonb) as known(version_id uuid, item text, critical boolean)`,
  onKnown: sql`known.version_id = ${sheets.versionId} and known.item = ${fieldValues.item}`,
  plan: sql`jsonb_to_recordset(${demands.plans}::jsonb) as plan(site_id uuid, form text, rule text, percent int, seed text)`,
  onPlan: sql`plan.form = ${sheets.form} and plan.site_id is not distinct from ${site}`,
});

export const verificationBySite = (demands: Demands, only: Within = {}) =>
  dynamic((db) => {
    const { known, onKnown, plan, onPlan } = demanded(demands);
    return db
      .select({ siteId: site, ...counts })
      .from(fieldValues)
      .innerJoin(sheets, eq(fieldValues.sheetId, sheets.id))
      .innerJoin(subjects, eq(fieldValues.subjectId, subjects.id))
      .innerJoin(known, onKnown)
      .leftJoin(plan, onPlan)
      .where(within(only))
      .groupBy(site);
  });

/** Forms in which something is left to do, or with `all` every form that the plan asks about. */
export const verificationBySheet = (
  demands: Demands,
  only: Within,
  what: "waiting" | "again" | "all",
  most: number,
  skip: number,
) =>
  dynamic((db) => {
    const { known, onKnown, plan, onPlan } = demanded(demands);
    const wanted = { waiting: counts.waiting, again: counts.again, all: counts.needed }[what];
    return db
      .select({
        id: sheets.id,
        subjectId: sheets.subjectId,
        code: subjects.code,
        event: sheets.event,
        eventKey: sheets.eventKey,
        form: sheets.form,
        formKey: sheets.formKey,
        versionId: sheets.versionId,
        values: count(),
        ...counts,
      })
      .from(fieldValues)
      .innerJoin(sheets, eq(fieldValues.sheetId, sheets.id))
      .innerJoin(subjects, eq(fieldValues.subjectId, subjects.id))
      .innerJoin(known, onKnown)
      .leftJoin(plan, onPlan)
      .where(and(within(only), what === "again" ? sql`${seen} < ${fieldValues.version}` : undefined))
      .groupBy(sheets.tenantId, sheets.workspaceId, sheets.id, subjects.code)
      .having(sql`${wanted} > 0`)
      .orderBy(asc(subjects.code), asc(sheets.event), asc(sheets.eventKey), asc(sheets.form), asc(sheets.formKey))
      .limit(most)
      .offset(skip);
  });

const isOfSheet = sql`${fieldValues.tenantId} = ${sheets.tenantId} and ${fieldValues.workspaceId} = ${sheets.workspaceId} and ${fieldValues.sheetId} = ${sheets.id}`;
const looked = sql`(select max(v.version) from studies.verifications v where v.tenant_id = ${fieldValues.tenantId} and v.workspace_id = ${fieldValues.workspaceId} and v.value_id = ${fieldValues.id} and v.axis = 'review')`;
const form = {
  id: sheets.id,
  subjectId: sheets.subjectId,
  code: subjects.code,
  event: sheets.event,
  eventKey: sheets.eventKey,
  form: sheets.form,
  formKey: sheets.formKey,
  versionId: sheets.versionId,
};
const inOrder = [asc(subjects.code), asc(sheets.event), asc(sheets.eventKey), asc(sheets.form), asc(sheets.formKey)];

/** Complete forms with an answer that a data manager looked at once and that was changed since: from what was looked at. */
export const toReviewAgain = query<{ most: number }>()((db, $) =>
  db
    .select({ ...form, count: count() })
    .from(sheets)
    .innerJoin(subjects, eq(sheets.subjectId, subjects.id))
    .innerJoin(fieldValues, eq(fieldValues.sheetId, sheets.id))
    .where(
      and(
        eq(sheets.state, "complete"),
        filled,
        sql`${fieldValues.id} in (select v.value_id from studies.verifications v where v.tenant_id = (select core.tenant()) and v.workspace_id = (select core.workspace()) and v.axis = 'review')`,
        sql`${looked} < ${fieldValues.version}`,
      ),
    )
    .groupBy(sheets.tenantId, sheets.workspaceId, sheets.id, subjects.code)
    .orderBy(...inOrder)
    .limit($.most),
);

/** Complete forms with an answer that no data manager has looked at as it is: the first ones, found participant by participant. */
export const toReview = query<{ most: number }>()((db, $) =>
  db
    .select({
      ...form,
      count: sql<number>`(select count(*)::int from studies.field_values where ${isOfSheet} and ${filled} and ${looked} is distinct from ${fieldValues.version})`,
    })
    .from(sheets)
    .innerJoin(subjects, eq(sheets.subjectId, subjects.id))
    .where(
      and(
        eq(sheets.state, "complete"),
        sql`exists (select from studies.field_values where ${isOfSheet} and ${filled} and ${looked} is distinct from ${fieldValues.version})`,
      ),
    )
    .orderBy(...inOrder)
    .limit($.most),
);
