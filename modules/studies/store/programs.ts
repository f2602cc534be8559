/** Pages of participants and answers for programs, by key and not by number, so that a page is as quick as the first. */
import { dynamic, query } from "@core/db/query.ts";
import { subjects } from "@core/tenancy/tables.ts";
import { and, asc, eq, gt, sql } from "drizzle-orm";
import { fieldValues, participants, sheets } from "../tables.ts";

export const participantByCode = query<{ code: string }>()((db, $) =>
  db
    .select({ id: participants.id, subjectId: participants.subjectId, code: subjects.code })
    .from(participants)
    .innerJoin(subjects, eq(participants.subjectId, subjects.id))
    .where(eq(subjects.code, $.code)),
);

export const participantsAfter = (after: string | null, limit: number) =>
  dynamic((db) =>
    db
      .select({
        id: participants.id,
        subjectId: participants.subjectId,
        code: subjects.code,
        siteId: sql<string | null>`coalesce(${subjects.siteId}, ${participants.siteId})`,
        status: participants.status,
        enrolledOn: participants.enrolledOn,
      })
      .from(participants)
      .innerJoin(subjects, eq(participants.subjectId, subjects.id))
      .where(after ? gt(participants.id, after) : undefined)
      .orderBy(asc(participants.id))
      .limit(limit),
  );

export const valuesAfter = (
  filter: {
    readonly after: string | null;
    readonly code: string | undefined;
    readonly form: string | undefined;
    readonly since: string | undefined;
  },
  limit: number,
) =>
  dynamic((db) =>
    db
      .select({
        id: fieldValues.id,
        subjectId: fieldValues.subjectId,
        code: subjects.code,
        event: sheets.event,
        eventKey: sheets.eventKey,
        form: sheets.form,
        formKey: sheets.formKey,
        section: fieldValues.section,
        sectionKey: fieldValues.sectionKey,
        item: fieldValues.item,
        raw: fieldValues.raw,
        unit: fieldValues.unit,
        nullFlavour: fieldValues.nullFlavour,
        isSealed: sql<boolean>`${fieldValues.sealed} is not null`,
        version: fieldValues.version,
        source: fieldValues.source,
        changedAt: fieldValues.changedAt,
      })
      .from(fieldValues)
      .innerJoin(sheets, eq(fieldValues.sheetId, sheets.id))
      .innerJoin(subjects, eq(fieldValues.subjectId, subjects.id))
      .where(
        and(
          filter.after ? gt(fieldValues.id, filter.after) : undefined,
          filter.code ? eq(subjects.code, filter.code) : undefined,
          filter.form ? eq(fieldValues.form, filter.form) : undefined,
          filter.since ? gt(fieldValues.changedAt, sql`${filter.since}::timestamptz`) : undefined,
        ),
      )
      .orderBy(asc(fieldValues.id))
      .limit(limit),
  );
