/** Many rows at a time: what an import reads and writes. One statement a batch, compiled once. */
import { dynamic, query } from "@core/db/query.ts";
import { clock, subjects } from "@core/tenancy/tables.ts";
import { and, eq, sql } from "drizzle-orm";
import { fieldValues, participants, queries, queryMessages, sheets, valueHistory } from "../tables.ts";
import { lockOver } from "./sheets.ts";

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
      lock: lockOver(),
    })
    .from(sheets)
    .where(anyOf(sheets.subjectId, $.ids)),
);

/** `given`: [{"id", "subject_id", "site_id", "event", "event_key", "form", "form_key"}] */
export const beginSheets = query<{ given: string; versionId: string; complete: boolean; by: string | null }>()(
  (db, $) =>
    db
      .insert(sheets)
      .select(
        sql`select (select core.tenant()), (select core.workspace()), g.id, clock_timestamp(), (select core.actor()), g.subject_id, g.site_id, g.event, g.event_key, g.form, g.form_key, ${$.versionId}::uuid, case when ${$.complete}::boolean then 'complete' else 'in progress' end, 0, '', case when ${$.complete}::boolean then clock_timestamp() end, case when ${$.complete}::boolean then ${$.by}::uuid end, false, '{}'::uuid[]
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

/** `given`: [{"id", "subject_id", "site_id", "sheet_id", "form", "section", "section_key", "item", "raw", "null_flavour", "unit", "blinded", "problem"}]; `by`: in whose name a job does it */
export const importValues = query<{ given: string; reason: string; by: string | null }>()((db, $) =>
  db
    .insert(fieldValues)
    .select(
      sql`select (select core.tenant()), (select core.workspace()), g.id, clock_timestamp(), (select core.actor()), g.subject_id, g.site_id, g.sheet_id, g.form, g.section, g.section_key, g.item, g.raw, g.null_flavour, g.unit, null::bytea, g.blinded, g.problem, 1, 'import', ${$.reason}, clock_timestamp(), coalesce((select core.actor()), ${$.by}::uuid)
        from jsonb_to_recordset(${$.given}::jsonb) as g(id uuid, subject_id uuid, site_id uuid, sheet_id uuid, form text, section text, section_key text, item text, raw text, null_flavour text, unit text, blinded boolean, problem text)` as never,
    )
    .returning({ id: fieldValues.id }),
);

/** `given`: [{"id", "version", "raw", "null_flavour", "unit", "problem"}]. Only rows still in that version change. */
export const importChanges = query<{ given: string; reason: string; by: string | null }>()((db, $) =>
  db
    .update(fieldValues)
    .set({
      raw: sql`given.raw`,
      nullFlavour: sql`given.null_flavour`,
      unit: sql`given.unit`,
      sealed: sql`null`,
      problem: sql`given.problem`,
      source: "import",
      reason: sql`${$.reason}`,
      changedBy: sql`coalesce((select core.actor()), ${$.by}::uuid)`,
    })
    .from(
      sql`jsonb_to_recordset(${$.given}::jsonb) as given(id uuid, version int, raw text, null_flavour text, unit text, problem text)`,
    )
    .where(and(eq(fieldValues.id, sql`given.id`), eq(fieldValues.version, sql`given.version`)))
    .returning({ id: fieldValues.id, subjectId: fieldValues.subjectId, version: fieldValues.version }),
);

/** What an import wrote, as it stands, with what each said before it. `given`: [["id", version]] */
export const writtenValues = query<{ given: string }>()((db, $) =>
  db
    .select({
      id: fieldValues.id,
      subjectId: fieldValues.subjectId,
      sheetId: fieldValues.sheetId,
      form: fieldValues.form,
      item: fieldValues.item,
      version: fieldValues.version,
      before: valueHistory.id,
      raw: valueHistory.raw,
      nullFlavour: valueHistory.nullFlavour,
      unit: valueHistory.unit,
      problem: valueHistory.problem,
      isSealed: sql<boolean>`${fieldValues.sealed} is not null or ${valueHistory.sealed} is not null`,
      lock: lockOver(fieldValues.item),
    })
    .from(fieldValues)
    .innerJoin(sheets, eq(sheets.id, fieldValues.sheetId))
    .leftJoin(
      valueHistory,
      and(eq(valueHistory.valueId, fieldValues.id), eq(valueHistory.version, sql`${fieldValues.version} - 1`)),
    )
    .where(
      sql`(${fieldValues.id}, ${fieldValues.version}) in (select (one ->> 0)::uuid, (one ->> 1)::int from jsonb_array_elements(${$.given}::jsonb) one)`,
    ),
);

/** Of these participants, those of whom anything is held still. */
export const peopleWithAnswers = query<{ ids: string }>()((db, $) =>
  db
    .selectDistinct({ subjectId: fieldValues.subjectId })
    .from(fieldValues)
    .where(
      sql`${anyOf(fieldValues.subjectId, $.ids)} and (${fieldValues.raw} is not null or ${fieldValues.nullFlavour} is not null or ${fieldValues.sealed} is not null)`,
    ),
);

/** Questions of imports about answers that are not theirs any more. */
export const resolveImportQueries = query<{ ids: string }>()((db, $) =>
  db
    .update(queries)
    .set({ state: "resolved" })
    .where(
      sql`${queries.kind} = 'import' and ${queries.state} in ('open', 'answered') and exists (select from studies.field_values v
        where v.id in (select one::uuid from jsonb_array_elements_text(${$.ids}::jsonb) one)
        and v.sheet_id = ${queries.sheetId} and v.section = ${queries.section} and v.section_key = ${queries.sectionKey} and v.item = ${queries.item})`,
    )
    .returning({ id: queries.id, subjectId: queries.subjectId, blinded: queries.blinded }),
);

/** Without figures of its own the database looks every form over for each answer it takes in; it makes them by itself. */
export const hasFigures = query()((db) =>
  db
    .select({
      known: sql<boolean>`(select bool_and(c.reltuples >= 0) from pg_catalog.pg_class c
      where c.oid in ('core.subjects'::regclass, 'studies.sheets'::regclass, 'studies.field_values'::regclass))`,
    })
    .from(sql`(select 1) as one`),
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
      sql`select (select core.tenant()), (select core.workspace()), g.id, clock_timestamp(), (select core.actor()), g.subject_id, g.site_id, g.sheet_id, g.form, g.section, g.section_key, g.item, 'import', g.check_id, g.fingerprint, 'open', g.blinded, null::uuid, null::date, clock_timestamp()
        from jsonb_to_recordset(${$.given}::jsonb) as g(id uuid, subject_id uuid, site_id uuid, sheet_id uuid, form text, section text, section_key text, item text, check_id text, fingerprint text, blinded boolean)` as never,
    )
    .returning({ id: queries.id }),
);
/** What is said in many threads at once, with the state that it moves each to. `given`: [{"query_id", "subject_id", "text", "blinded"}] */
export const messagesInThreads = query<{ given: string; state: string }>()((db, $) =>
  db
    .insert(queryMessages)
    .select(
      sql`select (select core.tenant()), (select core.workspace()), gen_random_uuid(), clock_timestamp(), (select core.actor()), g.query_id, g.subject_id, ${$.state}, g.text, g.blinded
        from jsonb_to_recordset(${$.given}::jsonb) as g(query_id uuid, subject_id uuid, text text, blinded boolean)` as never,
    )
    .returning({ id: queryMessages.id }),
);
