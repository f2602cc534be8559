/** Adverse events with their versions and reports, and what the captured forms say of them. */
import { query } from "@core/db/query.ts";
import { subjects } from "@core/tenancy/tables.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { and, asc, desc, eq, isNull, max, sql } from "drizzle-orm";
import { fieldValues } from "../module-words.ts";
import { adverseEvents, eventReports, eventVersions } from "../safety-tables.ts";

const version = {
  id: eventVersions.id,
  eventId: eventVersions.eventId,
  subjectId: eventVersions.subjectId,
  code: subjects.code,
  siteId: eventVersions.siteId,
  number: adverseEvents.number,
  version: eventVersions.version,
  term: eventVersions.term,
  onsetOn: eventVersions.onsetOn,
  endedOn: eventVersions.endedOn,
  awareAt: eventVersions.awareAt,
  severity: eventVersions.severity,
  criteria: eventVersions.criteria,
  related: eventVersions.related,
  expected: eventVersions.expected,
  outcome: eventVersions.outcome,
  narrative: eventVersions.narrative,
  /** The first version by which it was serious. */
  seriousFrom: sql<number | null>`(select min(s.version) from studies.event_versions s
    where s.tenant_id = ${eventVersions.tenantId} and s.workspace_id = ${eventVersions.workspaceId}
      and s.event_id = ${eventVersions.eventId} and cardinality(s.criteria) > 0)`,
  madeAt: eventVersions.madeAt,
  madeBy: eventVersions.madeBy,
};
/** The newest version of each event. */
export const newestVersions = query()((db) =>
  db
    .selectDistinctOn([eventVersions.eventId], version)
    .from(eventVersions)
    .innerJoin(adverseEvents, eq(adverseEvents.id, eventVersions.eventId))
    .innerJoin(subjects, eq(subjects.id, eventVersions.subjectId))
    .orderBy(asc(eventVersions.eventId), desc(eventVersions.version)),
);
export type VersionRow = Awaited<ReturnType<typeof newestVersions.map>>;
export const versionsOf = query<{ eventId: string }>()((db, $) =>
  db
    .select(version)
    .from(eventVersions)
    .innerJoin(adverseEvents, eq(adverseEvents.id, eventVersions.eventId))
    .innerJoin(subjects, eq(subjects.id, eventVersions.subjectId))
    .where(eq(eventVersions.eventId, $.eventId))
    .orderBy(desc(eventVersions.version)),
);
export const allReports = query()((db) =>
  db
    .select({
      id: eventReports.id,
      subjectId: eventReports.subjectId,
      eventId: eventReports.eventId,
      version: eventReports.version,
      toldTo: eventReports.toldTo,
      madeAt: eventReports.madeAt,
      madeBy: eventReports.madeBy,
    })
    .from(eventReports)
    .orderBy(asc(eventReports.madeAt)),
);
export type ReportRow = Awaited<ReturnType<typeof allReports.map>>;
export const lastEventNumber = query()((db) => db.select({ last: max(adverseEvents.number) }).from(adverseEvents));
export const addEvent = query<{ id: string; subjectId: string; siteId: string | null; number: number }>()((db, $) =>
  db
    .insert(adverseEvents)
    .values({ id: $.id, subjectId: $.subjectId, siteId: $.siteId, number: $.number })
    .returning({ id: adverseEvents.id, subjectId: adverseEvents.subjectId }),
);
export const addVersion = query<{
  id: string;
  eventId: string;
  subjectId: string;
  siteId: string | null;
  version: number;
  term: string;
  onsetOn: string;
  endedOn: string | null;
  awareAt: Date;
  severity: string;
  criteria: string[];
  related: string;
  expected: boolean;
  outcome: string;
  narrative: Sealed<string> | null;
}>()((db, $) =>
  db
    .insert(eventVersions)
    .values({
      id: $.id,
      eventId: $.eventId,
      subjectId: $.subjectId,
      siteId: $.siteId,
      version: $.version,
      term: $.term,
      onsetOn: $.onsetOn,
      endedOn: $.endedOn,
      awareAt: $.awareAt,
      severity: $.severity as never,
      criteria: sql`${$.criteria}::text[]`,
      related: $.related as never,
      expected: $.expected,
      outcome: $.outcome as never,
      narrative: $.narrative,
    })
    .returning({ id: eventVersions.id, subjectId: eventVersions.subjectId }),
);
export const addReport = query<{
  eventId: string;
  subjectId: string;
  siteId: string | null;
  version: number;
  toldTo: ReportRow["toldTo"];
}>()((db, $) =>
  db
    .insert(eventReports)
    .values({ eventId: $.eventId, subjectId: $.subjectId, siteId: $.siteId, version: $.version, toldTo: $.toldTo })
    .returning({ id: eventReports.id, subjectId: eventReports.subjectId }),
);
/** Participants of the reader, for a choice. */
export const participantsHere = query()((db) =>
  db
    .select({ id: subjects.id, code: subjects.code, siteId: subjects.siteId })
    .from(subjects)
    .where(and(isNull(subjects.leftAt), eq(subjects.kind, "participant")))
    .orderBy(asc(subjects.code))
    .limit(2_000),
);
/** Answers of one captured form, one row an answer. */
export const answersOn = query<{ form: string }>()((db, $) =>
  db
    .select({
      id: fieldValues.id,
      subjectId: fieldValues.subjectId,
      sheetId: fieldValues.sheetId,
      sectionKey: fieldValues.sectionKey,
      item: fieldValues.item,
      raw: fieldValues.raw,
    })
    .from(fieldValues)
    .where(eq(fieldValues.form, $.form)),
);
