/** Who takes part, and at a glance how far each visit of each has come. */
import { dynamic, query } from "@core/db/query.ts";
import { subjects } from "@core/tenancy/tables.ts";
import { and, asc, count, desc, eq, ilike, inArray, isNotNull, isNull, type SQL, sql } from "drizzle-orm";
import { armChanges, participants, sheets, visits } from "../tables.ts";

const participant = {
  id: participants.id,
  subjectId: participants.subjectId,
  subject: subjects.id,
  code: subjects.code,
  siteId: sql<string | null>`coalesce(${subjects.siteId}, ${participants.siteId})`,
  enrolledOn: participants.enrolledOn,
  arm: participants.arm,
  status: participants.status,
  statusReason: participants.statusReason,
  leftAt: subjects.leftAt,
};

export interface ParticipantFilter {
  readonly siteId?: string | undefined;
  readonly search?: string | undefined;
  readonly status?: string | undefined;
  /** "2026-05": enrolled in that month. */
  readonly month?: string | undefined;
}

function wanted({ siteId, search, status, month }: ParticipantFilter): SQL | undefined {
  return and(
    siteId ? eq(subjects.siteId, siteId) : undefined,
    search ? ilike(subjects.code, `%${search.replace(/[\\%_]/g, "\\$&")}%`) : undefined,
    status === "left"
      ? inArray(participants.status, ["withdrawn", "screen-failed"])
      : status
        ? eq(participants.status, status as never)
        : undefined,
    month ? sql`to_char(${participants.enrolledOn}, 'YYYY-MM') = ${month}` : undefined,
  );
}

export const participantsPage = (filter: ParticipantFilter, limit: number, offset: number) =>
  dynamic((db) =>
    db
      .select(participant)
      .from(participants)
      .innerJoin(subjects, eq(participants.subjectId, subjects.id))
      .where(wanted(filter))
      .orderBy(asc(subjects.code))
      .limit(limit)
      .offset(offset),
  );
export type ParticipantRow = Awaited<ReturnType<ReturnType<typeof participantsPage>["map"]>>;

export const participantsCount = (filter: ParticipantFilter) =>
  dynamic((db) =>
    db
      .select({ count: count() })
      .from(participants)
      .innerJoin(subjects, eq(participants.subjectId, subjects.id))
      .where(wanted(filter)),
  );

export const participantOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select(participant)
    .from(participants)
    .innerJoin(subjects, eq(participants.subjectId, subjects.id))
    .where(eq(participants.subjectId, $.subjectId)),
);

/** Somebody the workspace knows by this code, enrolled or not. */
export const subjectByCode = query<{ code: string }>()((db, $) =>
  db
    .select({ id: subjects.id, code: subjects.code, siteId: subjects.siteId, participantId: participants.id })
    .from(subjects)
    .leftJoin(participants, eq(participants.subjectId, subjects.id))
    .where(and(eq(subjects.code, $.code), isNull(subjects.leftAt))),
);

export const notEnrolled = query()((db) =>
  db
    .select({ id: subjects.id, code: subjects.code })
    .from(subjects)
    .leftJoin(participants, eq(participants.subjectId, subjects.id))
    .where(and(isNull(participants.id), isNull(subjects.leftAt)))
    .orderBy(asc(subjects.code)),
);

export const enrol = query<{ subjectId: string; siteId: string | null; enrolledOn: string; arm: string }>()((db, $) =>
  db
    .insert(participants)
    .values({ subjectId: $.subjectId, siteId: $.siteId, enrolledOn: $.enrolledOn, arm: $.arm })
    .returning({ id: participants.id, subjectId: participants.subjectId }),
);

export const armChangesOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select({
      id: armChanges.id,
      subjectId: armChanges.subjectId,
      was: armChanges.was,
      arm: armChanges.arm,
      reason: armChanges.reason,
      madeAt: armChanges.madeAt,
      madeBy: armChanges.madeBy,
    })
    .from(armChanges)
    .where(eq(armChanges.subjectId, $.subjectId))
    .orderBy(desc(armChanges.madeAt)),
);
export const addArmChange = query<{
  subjectId: string;
  siteId: string | null;
  was: string;
  arm: string;
  reason: string;
}>()((db, $) =>
  db
    .insert(armChanges)
    .values({ subjectId: $.subjectId, siteId: $.siteId, was: $.was, arm: $.arm, reason: $.reason })
    .returning({ id: armChanges.id, subjectId: armChanges.subjectId }),
);
/** Nothing comes back when somebody else moved the participant meanwhile. */
export const setArm = query<{ subjectId: string; was: string; arm: string }>()((db, $) =>
  db
    .update(participants)
    .set({ arm: sql`${$.arm}` })
    .where(and(eq(participants.subjectId, $.subjectId), eq(participants.arm, $.was)))
    .returning({ id: participants.id, subjectId: participants.subjectId }),
);

/** How many participants each arm has, where arms are given at enrolment. */
export const armsInUse = query()((db) =>
  db
    .select({ arm: participants.arm, participants: count() })
    .from(participants)
    .where(sql`${participants.arm} <> ''`)
    .groupBy(participants.arm),
);

export const setStatus = query<{ subjectId: string; status: string; reason: string }>()((db, $) =>
  db
    .update(participants)
    .set({ status: sql`${$.status}`, statusReason: sql`${$.reason}` })
    .where(eq(participants.subjectId, $.subjectId))
    .returning({ id: participants.id, subjectId: participants.subjectId }),
);

/** One line for each participant and visit that has any form: counts, not forms. */
export const cellsOf = (subjectIds: readonly string[]) =>
  dynamic((db) =>
    db
      .select({
        subjectId: sheets.subjectId,
        event: sheets.event,
        eventKey: sheets.eventKey,
        forms: count(),
        done: sql<number>`count(*) filter (where ${sheets.state} <> 'in progress')::int`,
      })
      .from(sheets)
      .where(inArray(sheets.subjectId, [...subjectIds]))
      .groupBy(sheets.subjectId, sheets.event, sheets.eventKey),
  );
export type CellRow = Awaited<ReturnType<ReturnType<typeof cellsOf>["map"]>>;

/** On which day each visit of each participant was: {"<event>": "<day>"}, the first of a repeating one. */
export const visitDays = query()((db) =>
  db
    .select({
      subjectId: visits.subjectId,
      days: sql<
        Readonly<Record<string, string>>
      >`jsonb_object_agg(${visits.event}, ${visits.happenedOn} order by ${visits.eventKey} desc)`,
    })
    .from(visits)
    .where(isNotNull(visits.happenedOn))
    .groupBy(visits.subjectId),
);

export const visitsOf = (subjectIds: readonly string[]) =>
  dynamic((db) =>
    db
      .select({
        id: visits.id,
        subjectId: visits.subjectId,
        event: visits.event,
        eventKey: visits.eventKey,
        happenedOn: visits.happenedOn,
        notDoneReason: visits.notDoneReason,
      })
      .from(visits)
      .where(inArray(visits.subjectId, [...subjectIds])),
  );
export type VisitRow = Awaited<ReturnType<ReturnType<typeof visitsOf>["map"]>>;

export const setVisit = query<{
  subjectId: string;
  siteId: string | null;
  event: string;
  eventKey: string;
  happenedOn: string | null;
  notDoneReason: string | null;
}>()((db, $) =>
  db
    .insert(visits)
    .values({
      subjectId: $.subjectId,
      siteId: $.siteId,
      event: $.event,
      eventKey: $.eventKey,
      happenedOn: $.happenedOn,
      notDoneReason: $.notDoneReason,
    })
    .onConflictDoUpdate({
      target: [visits.tenantId, visits.workspaceId, visits.subjectId, visits.event, visits.eventKey],
      set: { happenedOn: sql`excluded.happened_on`, notDoneReason: sql`excluded.not_done_reason` },
    })
    .returning({ id: visits.id, subjectId: visits.subjectId }),
);
