/** What a new version meets in live data, counted; and moving forms over to it. */
import { query } from "@core/db/query.ts";
import { subjects } from "@core/tenancy/tables.ts";
import { count, eq, sql } from "drizzle-orm";
import { fieldValues, sheets } from "../tables.ts";

const isSigned = sql`exists (select from studies.sheet_signatures g where g.tenant_id = ${sheets.tenantId} and g.workspace_id = ${sheets.workspaceId} and g.sheet_id = ${sheets.id} and g.revision = ${sheets.revision})`;

export const liveValues = query()((db) =>
  db
    .select({
      versionId: sheets.versionId,
      form: sheets.form,
      section: fieldValues.section,
      item: fieldValues.item,
      values: count(),
      participants: sql<number>`count(distinct ${fieldValues.subjectId})::int`,
      verified: sql<number>`count(*) filter (where exists (select from studies.verifications v where v.tenant_id = ${fieldValues.tenantId} and v.workspace_id = ${fieldValues.workspaceId} and v.value_id = ${fieldValues.id} and v.axis = 'source' and v.version = ${fieldValues.version}))::int`,
      signed: sql<number>`count(*) filter (where ${isSigned})::int`,
      asked: sql<number>`count(*) filter (where exists (select from studies.queries q where q.tenant_id = ${fieldValues.tenantId} and q.workspace_id = ${fieldValues.workspaceId} and q.sheet_id = ${fieldValues.sheetId} and q.item = ${fieldValues.item} and q.state in ('open', 'answered')))::int`,
    })
    .from(fieldValues)
    .innerJoin(sheets, eq(fieldValues.sheetId, sheets.id))
    .where(sql`${fieldValues.raw} is not null or ${fieldValues.sealed} is not null`)
    .groupBy(sheets.versionId, sheets.form, fieldValues.section, fieldValues.item),
);
export type LiveRow = Awaited<ReturnType<typeof liveValues.map>>;

/** One by one: each answer of a field under a version, with what stands on it. */
export const affectedAnswers = query<{ versionId: string; form: string; item: string; most: number; skip: number }>()(
  (db, $) =>
    db
      .select({
        id: fieldValues.id,
        subjectId: fieldValues.subjectId,
        code: subjects.code,
        event: sheets.event,
        eventKey: sheets.eventKey,
        form: sheets.form,
        formKey: sheets.formKey,
        sectionKey: fieldValues.sectionKey,
        raw: fieldValues.raw,
        isSealed: sql<boolean>`${fieldValues.sealed} is not null`,
        unit: fieldValues.unit,
        isSigned: sql<boolean>`${isSigned}`,
        isVerified: sql<boolean>`exists (select from studies.verifications v where v.tenant_id = ${fieldValues.tenantId} and v.workspace_id = ${fieldValues.workspaceId} and v.value_id = ${fieldValues.id} and v.axis = 'source' and v.version = ${fieldValues.version})`,
        asked: sql<number>`(select count(*)::int from studies.queries q where q.tenant_id = ${fieldValues.tenantId} and q.workspace_id = ${fieldValues.workspaceId} and q.sheet_id = ${fieldValues.sheetId} and q.item = ${fieldValues.item} and q.state in ('open', 'answered'))`,
      })
      .from(fieldValues)
      .innerJoin(sheets, eq(fieldValues.sheetId, sheets.id))
      .innerJoin(subjects, eq(subjects.id, fieldValues.subjectId))
      .where(
        sql`${sheets.versionId} = ${$.versionId}::uuid and ${sheets.form} = ${$.form} and ${fieldValues.item} = ${$.item}
          and (${fieldValues.raw} is not null or ${fieldValues.sealed} is not null)`,
      )
      .orderBy(subjects.code, sheets.event, sheets.eventKey, sheets.formKey, fieldValues.sectionKey, fieldValues.id)
      .limit($.most)
      .offset($.skip),
);

/**
 * Moves every unlocked form of these kinds. `breaking`: items whose meaning changed; where a form holds one of them, its
 * changes are counted on, so that a signature under the old question no longer stands.
 */
export const moveSheets = query<{
  from: string;
  to: string;
  forms: string;
  breaking: string;
  /** Ids as JSON, null among them for what is at no site: a site moves once its own committee has approved. */
  sites: string;
}>()((db, $) =>
  db
    .update(sheets)
    .set({
      versionId: sql`${$.to}::uuid`,
      revision: sql`${sheets.revision} + case when exists (select from studies.field_values v where v.tenant_id = ${sheets.tenantId} and v.workspace_id = ${sheets.workspaceId} and v.sheet_id = ${sheets.id} and (v.form || '/' || v.item) in (select jsonb_array_elements_text(${$.breaking}::jsonb))) then 1 else 0 end`,
    })
    .where(
      sql`${sheets.versionId} = ${$.from}::uuid and ${sheets.form} in (select jsonb_array_elements_text(${$.forms}::jsonb))
        and exists (select from jsonb_array_elements_text(${$.sites}::jsonb) as s(id) where s.id::uuid is not distinct from ${sheets.siteId})
        and studies.lock_above(${sheets.siteId}, ${sheets.subjectId}, ${sheets.event}, ${sheets.eventKey}, ${sheets.id}, null) is null`,
    )
    .returning({ id: sheets.id, subjectId: sheets.subjectId }),
);

export const sheetsToFollow = query<{ ids: string; forms: string }>()((db, $) =>
  db
    .select({ id: sheets.id, subjectId: sheets.subjectId })
    .from(sheets)
    .where(
      sql`${sheets.id} in (select x::uuid from jsonb_array_elements_text(${$.ids}::jsonb) as x) and ${sheets.form} in (select jsonb_array_elements_text(${$.forms}::jsonb))`,
    ),
);
