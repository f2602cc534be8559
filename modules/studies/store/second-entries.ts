/** Second entries: kept beside the record, with what was decided between the two. */
import { query } from "@core/db/query.ts";
import { clock, subjects } from "@core/tenancy/tables.ts";
import { and, asc, eq, isNull, sql } from "drizzle-orm";
import type { Decision } from "../capture/second-entry.ts";
import { secondEntries, sheets } from "../tables.ts";

const entry = {
  id: secondEntries.id,
  subjectId: secondEntries.subjectId,
  sheetId: secondEntries.sheetId,
  answers: secondEntries.answers,
  differences: secondEntries.differences,
  enteredAt: secondEntries.enteredAt,
  decidedAt: secondEntries.decidedAt,
  decidedBy: secondEntries.decidedBy,
  decisions: secondEntries.decisions,
  madeAt: secondEntries.madeAt,
  madeBy: secondEntries.madeBy,
};

export const secondOf = query<{ sheetId: string }>()((db, $) =>
  db
    .select(entry)
    .from(secondEntries)
    .where(and(eq(secondEntries.sheetId, $.sheetId), isNull(secondEntries.withdrawnAt))),
);
export type SecondRow = Awaited<ReturnType<typeof secondOf.map>>;

/** As far as this person may see them: for who signs, the decided ones. */
export const secondEntriesOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select({
      id: secondEntries.id,
      subjectId: secondEntries.subjectId,
      sheetId: secondEntries.sheetId,
      decidedAt: secondEntries.decidedAt,
    })
    .from(secondEntries)
    .where(and(eq(secondEntries.subjectId, $.subjectId), isNull(secondEntries.withdrawnAt))),
);

export const addSecond = query<{ id: string; subjectId: string; sheetId: string; answers: string }>()((db, $) =>
  db
    .insert(secondEntries)
    .values({
      id: $.id,
      subjectId: $.subjectId,
      sheetId: $.sheetId,
      answers: sql`${$.answers}::text::jsonb`,
    })
    .returning({ id: secondEntries.id, subjectId: secondEntries.subjectId }),
);

export const changeSecond = query<{ id: string; answers: string; entered: boolean }>()((db, $) =>
  db
    .update(secondEntries)
    .set({
      answers: sql`${$.answers}::text::jsonb`,
      enteredAt: sql`case when ${$.entered}::boolean then clock_timestamp() end`,
    })
    .where(eq(secondEntries.id, $.id))
    .returning({ id: secondEntries.id, subjectId: secondEntries.subjectId }),
);

export const countDifferences = query<{ id: string; differences: number }>()((db, $) =>
  db
    .update(secondEntries)
    .set({ differences: sql`${$.differences}::int` })
    .where(eq(secondEntries.id, $.id))
    .returning({ id: secondEntries.id, subjectId: secondEntries.subjectId }),
);

export const decideSecond = query<{ id: string; actor: string | null; decisions: string }>()((db, $) =>
  db
    .update(secondEntries)
    .set({
      decidedAt: clock(),
      decidedBy: sql`${$.actor}::uuid`,
      decisions: sql<readonly Decision[]>`${$.decisions}::text::jsonb`,
    })
    .where(and(eq(secondEntries.id, $.id), isNull(secondEntries.decidedAt)))
    .returning({ id: secondEntries.id, subjectId: secondEntries.subjectId }),
);

export const withdrawSecond = query<{ id: string; reason: string }>()((db, $) =>
  db
    .update(secondEntries)
    .set({ withdrawnAt: clock(), withdrawnReason: sql`${$.reason}` })
    .where(and(eq(secondEntries.id, $.id), isNull(secondEntries.decidedAt)))
    .returning({ id: secondEntries.id, subjectId: secondEntries.subjectId }),
);

/** Every form that is entered twice and was begun, with how far its second entry is. */
export const twiceEntered = query()((db) =>
  db
    .select({
      id: sheets.id,
      subjectId: sheets.subjectId,
      code: subjects.code,
      siteId: sheets.siteId,
      event: sheets.event,
      eventKey: sheets.eventKey,
      form: sheets.form,
      formKey: sheets.formKey,
      versionId: sheets.versionId,
      state: sheets.state,
      completedAt: sheets.completedAt,
      madeBy: sheets.madeBy,
      hands: sheets.hands,
      secondId: secondEntries.id,
      secondBy: secondEntries.madeBy,
      enteredAt: secondEntries.enteredAt,
      decidedAt: secondEntries.decidedAt,
      differences: secondEntries.differences,
    })
    .from(sheets)
    .innerJoin(subjects, eq(sheets.subjectId, subjects.id))
    .leftJoin(secondEntries, and(eq(secondEntries.sheetId, sheets.id), isNull(secondEntries.withdrawnAt)))
    .where(eq(sheets.twice, true))
    .orderBy(asc(subjects.code), asc(sheets.event), asc(sheets.form)),
);
export type TwiceRow = Awaited<ReturnType<typeof twiceEntered.map>>;
