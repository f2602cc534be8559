/** Queries and what was said about them. */
import { dynamic, query } from "@core/db/query.ts";
import { subjects } from "@core/tenancy/tables.ts";
import { and, asc, count, desc, eq, inArray, lt, type SQL, sql } from "drizzle-orm";
import { queries, queryMessages, sheets } from "../tables.ts";

const one = {
  id: queries.id,
  subjectId: queries.subjectId,
  siteId: queries.siteId,
  sheetId: queries.sheetId,
  form: queries.form,
  section: queries.section,
  sectionKey: queries.sectionKey,
  item: queries.item,
  kind: queries.kind,
  checkId: queries.checkId,
  fingerprint: queries.fingerprint,
  state: queries.state,
  assignedTo: queries.assignedTo,
  dueOn: queries.dueOn,
  changedAt: queries.changedAt,
  madeAt: queries.madeAt,
  madeBy: queries.madeBy,
};

export const queriesOfSheet = query<{ sheetId: string }>()((db, $) =>
  db.select(one).from(queries).where(eq(queries.sheetId, $.sheetId)).orderBy(asc(queries.madeAt)),
);
export type QueryRow = Awaited<ReturnType<typeof queriesOfSheet.map>>;

export const queryById = query<{ id: string }>()((db, $) =>
  db
    .select({
      ...one,
      blinded: queries.blinded,
      code: subjects.code,
      event: sheets.event,
      eventKey: sheets.eventKey,
      formKey: sheets.formKey,
      versionId: sheets.versionId,
    })
    .from(queries)
    .innerJoin(subjects, eq(queries.subjectId, subjects.id))
    .innerJoin(sheets, eq(queries.sheetId, sheets.id))
    .where(eq(queries.id, $.id)),
);

export const queriesByIds = query<{ ids: string }>()((db, $) =>
  db
    .select({
      id: queries.id,
      subjectId: queries.subjectId,
      form: queries.form,
      state: queries.state,
      blinded: queries.blinded,
      code: subjects.code,
    })
    .from(queries)
    .innerJoin(subjects, eq(queries.subjectId, subjects.id))
    .where(sql`${queries.id} = any (array(select one::uuid from jsonb_array_elements_text(${$.ids}::jsonb) one))`),
);

export const messagesOf = query<{ queryId: string }>()((db, $) =>
  db
    .select({
      id: queryMessages.id,
      queryId: queryMessages.queryId,
      subjectId: queryMessages.subjectId,
      state: queryMessages.state,
      text: queryMessages.text,
      madeAt: queryMessages.madeAt,
      madeBy: queryMessages.madeBy,
    })
    .from(queryMessages)
    .where(eq(queryMessages.queryId, $.queryId))
    .orderBy(asc(queryMessages.madeAt)),
);

export const messagesOfSheet = query<{ sheetId: string }>()((db, $) =>
  db
    .select({
      id: queryMessages.id,
      queryId: queryMessages.queryId,
      subjectId: queryMessages.subjectId,
      state: queryMessages.state,
      text: queryMessages.text,
      madeAt: queryMessages.madeAt,
      madeBy: queryMessages.madeBy,
    })
    .from(queryMessages)
    .innerJoin(queries, eq(queryMessages.queryId, queries.id))
    .where(eq(queries.sheetId, $.sheetId))
    .orderBy(asc(queryMessages.madeAt)),
);

export interface NewQuery {
  readonly id: string;
  readonly subjectId: string;
  readonly siteId: string | null;
  readonly sheetId: string;
  readonly form: string;
  readonly section: string;
  readonly sectionKey: string;
  readonly item: string;
  readonly kind: "manual" | "check" | "import";
  readonly checkId: string;
  readonly fingerprint: string;
  readonly state: "candidate" | "open" | "answered";
  readonly blinded: boolean;
  readonly assignedTo: string | null;
  readonly dueOn: string | null;
}

export const addQueries = (rows: readonly NewQuery[]) =>
  dynamic((db) =>
    db
      .insert(queries)
      .values([...rows])
      .returning({ id: queries.id, subjectId: queries.subjectId }),
  );

export interface NewMessage {
  readonly queryId: string;
  readonly subjectId: string;
  readonly state: string;
  readonly text: string;
  readonly blinded: boolean;
}

export const addMessages = (rows: readonly NewMessage[]) =>
  dynamic((db) =>
    db
      .insert(queryMessages)
      .values([...rows])
      .returning({ id: queryMessages.id, subjectId: queryMessages.subjectId }),
  );

/** No row when it was moved meanwhile: `from` is the state that was looked at. */
export const moveQuery = query<{
  id: string;
  from: string;
  to: string;
  assignedTo: string | null;
  dueOn: string | null;
}>()((db, $) =>
  db
    .update(queries)
    .set({ state: sql`${$.to}`, assignedTo: sql`${$.assignedTo}::uuid`, dueOn: sql`${$.dueOn}::date` })
    .where(and(eq(queries.id, $.id), sql`${queries.state} = ${$.from}`))
    .returning({ id: queries.id, subjectId: queries.subjectId }),
);

/** Those that are still in one of the states `from`. */
export const moveQueries = query<{ ids: string; from: string; to: string }>()((db, $) =>
  db
    .update(queries)
    .set({ state: sql`${$.to}` })
    .where(
      sql`${queries.id} = any (array(select one::uuid from jsonb_array_elements_text(${$.ids}::jsonb) one))
        and ${queries.state} in (select jsonb_array_elements_text(${$.from}::jsonb))`,
    )
    .returning({ id: queries.id, subjectId: queries.subjectId }),
);

export const resolveQueries = (ids: readonly string[]) =>
  dynamic((db) =>
    db
      .update(queries)
      .set({ state: "resolved" })
      .where(inArray(queries.id, [...ids]))
      .returning({ id: queries.id, subjectId: queries.subjectId }),
  );

export interface QueryFilter {
  readonly states?: readonly string[] | undefined;
  readonly siteId?: string | undefined;
  readonly assignedTo?: string | undefined;
  readonly subjectId?: string | undefined;
  readonly form?: string | undefined;
  readonly overdueOn?: string | undefined;
  readonly kind?: string | undefined;
  /** Asked so many days ago or earlier. */
  readonly olderThan?: number | undefined;
}

function wanted({
  states,
  siteId,
  assignedTo,
  subjectId,
  form,
  overdueOn,
  kind,
  olderThan,
}: QueryFilter): SQL | undefined {
  return and(
    states && states.length > 0 ? inArray(queries.state, states as never) : undefined,
    siteId ? eq(queries.siteId, siteId) : undefined,
    assignedTo ? eq(queries.assignedTo, assignedTo) : undefined,
    subjectId ? eq(queries.subjectId, subjectId) : undefined,
    form ? eq(queries.form, form) : undefined,
    overdueOn ? lt(queries.dueOn, overdueOn) : undefined,
    kind ? eq(queries.kind, kind as never) : undefined,
    olderThan ? sql`${queries.madeAt} <= now() - make_interval(days => ${olderThan}::int)` : undefined,
  );
}

export const queriesPage = (filter: QueryFilter, limit: number, offset: number) =>
  dynamic((db) =>
    db
      .select({
        ...one,
        code: subjects.code,
        event: sheets.event,
        eventKey: sheets.eventKey,
        formKey: sheets.formKey,
        versionId: sheets.versionId,
        said: sql<
          string | null
        >`(select m.text from studies.query_messages m where m.tenant_id = ${queries.tenantId} and m.workspace_id = ${queries.workspaceId} and m.query_id = ${queries.id} order by m.made_at limit 1)`,
      })
      .from(queries)
      .innerJoin(subjects, eq(queries.subjectId, subjects.id))
      .innerJoin(sheets, eq(queries.sheetId, sheets.id))
      .where(wanted(filter))
      .orderBy(asc(sql`${queries.dueOn} is null`), asc(queries.dueOn), desc(queries.madeAt))
      .limit(limit)
      .offset(offset),
  );

export const queriesCount = (filter: QueryFilter) =>
  dynamic((db) => db.select({ count: count() }).from(queries).where(wanted(filter)));

/** How many wait, for each participant and visit. */
export const openByVisit = (subjectIds: readonly string[]) =>
  dynamic((db) =>
    db
      .select({
        subjectId: queries.subjectId,
        event: sheets.event,
        eventKey: sheets.eventKey,
        count: count(),
      })
      .from(queries)
      .innerJoin(sheets, eq(queries.sheetId, sheets.id))
      .where(and(inArray(queries.subjectId, [...subjectIds]), eq(queries.state, "open")))
      .groupBy(queries.subjectId, sheets.event, sheets.eventKey),
  );

export const openBySheet = query<{ subjectId: string }>()((db, $) =>
  db
    .select({ sheetId: queries.sheetId, count: count() })
    .from(queries)
    .where(and(eq(queries.subjectId, $.subjectId), eq(queries.state, "open")))
    .groupBy(queries.sheetId),
);
