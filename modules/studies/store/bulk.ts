/** Many rows at a time: what an import reads and writes. One statement a batch, compiled once. */
import { dynamic, query } from "@core/db/query.ts";
import { clock, subjects } from "@core/tenancy/tables.ts";
import { eq, sql } from "drizzle-orm";
import { fieldValues, participants, queries, queryMessages, sheets } from "../tables.ts";

const anyOf = (column: unknown, json: unknown) =>
  sql`${column} in (select one::uuid from jsonb_array_elements_text(${json}::jsonb) one)`;

export const participantsByCode = query<{ codes: string }>()((db, $) =>
  db
    .select({ subjectId: subjects.id, code: subjects.code, siteId: subjects.siteId, participant: participants.id })
    .from(subjects)
    .leftJoin(participants, eq(participants.subjectId, subjects.id))
    .where(sql`${subjects.code} in (select jsonb_array_elements_text(${$.codes}::jsonb))`),
);

export const addSubjectsNamed = (rows: readonly { id: string; code: string; siteId: string | null }[]) =>
  dynamic((db) =>
    db
      .insert(subjects)
      .values(rows.map((row) => ({ ...row, kind: "participant" as const })))
      .returning({ id: subjects.id }),
  );

export const enrolMany = (rows: readonly { subjectId: string; siteId: string | null; enrolledOn: string }[]) =>
  dynamic((db) =>
    db
      .insert(participants)
      .values([...rows])
      .returning({ id: participants.id, subjectId: participants.subjectId }),
  );

export const sheetsOfSubjects = query<{ ids: string }>()((db, $) =>
  db
    .select({
      id: sheets.id,
      subjectId: sheets.subjectId,
      event: sheets.event,
      eventKey: sheets.eventKey,
      form: sheets.form,
      formKey: sheets.formKey,
      state: sheets.state,
      lock: sql<
        string | null
      >`studies.lock_above(${sheets.siteId}, ${sheets.subjectId}, ${sheets.event}, ${sheets.eventKey}, ${sheets.id}, null)`,
    })
    .from(sheets)
    .where(anyOf(sheets.subjectId, $.ids)),
);

/** `given`: [{"id", "subject_id", "site_id", "event", "event_key", "form", "form_key"}] */
export const beginSheets = query<{ given: string; versionId: string }>()((db, $) =>
  db
    .insert(sheets)
    .select(
      sql`select core.tenant(), core.workspace(), g.id, clock_timestamp(), core.actor(), g.subject_id, g.site_id, g.event, g.event_key, g.form, g.form_key, ${$.versionId}::uuid, 'in progress', 0, '', null, null
        from jsonb_to_recordset(${$.given}::jsonb) as g(id uuid, subject_id uuid, site_id uuid, event text, event_key text, form text, form_key text)` as never,
    )
    .returning({ id: sheets.id, subjectId: sheets.subjectId }),
);

export const valuesOfSheets = query<{ ids: string }>()((db, $) =>
  db
    .select({
      id: fieldValues.id,
      subjectId: fieldValues.subjectId,
      sheetId: fieldValues.sheetId,
      section: fieldValues.section,
      sectionKey: fieldValues.sectionKey,
      item: fieldValues.item,
      raw: fieldValues.raw,
      nullFlavour: fieldValues.nullFlavour,
      unit: fieldValues.unit,
      isSealed: sql<boolean>`${fieldValues.sealed} is not null`,
      version: fieldValues.version,
    })
    .from(fieldValues)
    .where(anyOf(fieldValues.sheetId, $.ids)),
);

/** `given`: [{"id", "subject_id", "site_id", "sheet_id", "form", "section", "section_key", "item", "raw", "null_flavour", "unit", "blinded", "problem", "reason"}] */
export const importValues = query<{ given: string }>()((db, $) =>
  db
    .insert(fieldValues)
    .select(
      sql`select core.tenant(), core.workspace(), g.id, clock_timestamp(), core.actor(), g.subject_id, g.site_id, g.sheet_id, g.form, g.section, g.section_key, g.item, g.raw, g.null_flavour, g.unit, null::bytea, g.blinded, g.problem, 1, 'import', g.reason, clock_timestamp(), core.actor()
        from jsonb_to_recordset(${$.given}::jsonb) as g(id uuid, subject_id uuid, site_id uuid, sheet_id uuid, form text, section text, section_key text, item text, raw text, null_flavour text, unit text, blinded boolean, problem text, reason text)` as never,
    )
    .returning({ id: fieldValues.id }),
);

export const completeSheets = query<{ ids: string; actor: string | null }>()((db, $) =>
  db
    .update(sheets)
    .set({ state: "complete", completedAt: clock(), completedBy: sql`${$.actor}::uuid` })
    .where(sql`${anyOf(sheets.id, $.ids)} and ${sheets.state} = 'in progress'`)
    .returning({ id: sheets.id }),
);

export const settledQueries = query<{ ids: string }>()((db, $) =>
  db
    .select({
      id: queries.id,
      sheetId: queries.sheetId,
      section: queries.section,
      sectionKey: queries.sectionKey,
      item: queries.item,
      checkId: queries.checkId,
      fingerprint: queries.fingerprint,
    })
    .from(queries)
    .where(anyOf(queries.sheetId, $.ids)),
);

/** `given`: [{"id", "subject_id", "site_id", "sheet_id", "form", "section", "section_key", "item", "check_id", "fingerprint", "blinded"}] */
export const importQueries = query<{ given: string }>()((db, $) =>
  db
    .insert(queries)
    .select(
      sql`select core.tenant(), core.workspace(), g.id, clock_timestamp(), core.actor(), g.subject_id, g.site_id, g.sheet_id, g.form, g.section, g.section_key, g.item, 'import', g.check_id, g.fingerprint, 'open', g.blinded, null::uuid, null::date, clock_timestamp()
        from jsonb_to_recordset(${$.given}::jsonb) as g(id uuid, subject_id uuid, site_id uuid, sheet_id uuid, form text, section text, section_key text, item text, check_id text, fingerprint text, blinded boolean)` as never,
    )
    .returning({ id: queries.id }),
);
/** `given`: [{"query_id", "subject_id", "text", "blinded"}] */
export const importMessages = query<{ given: string }>()((db, $) =>
  db
    .insert(queryMessages)
    .select(
      sql`select core.tenant(), core.workspace(), gen_random_uuid(), clock_timestamp(), core.actor(), g.query_id, g.subject_id, 'open', g.text, g.blinded
        from jsonb_to_recordset(${$.given}::jsonb) as g(query_id uuid, subject_id uuid, text text, blinded boolean)` as never,
    )
    .returning({ id: queryMessages.id }),
);
