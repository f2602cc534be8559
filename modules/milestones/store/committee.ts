/** The committee's sheets. Nothing here is ever changed: a second thought is a new sheet, and the newest counts. */
import { dynamic, query } from "@core/db/query.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { and, asc, desc, eq, sql } from "drizzle-orm";
import { handedIn, reveals } from "../committee-tables.ts";
import type { LevelColumns } from "../level.ts";
import { sheetLevels, sheets } from "../tables.ts";
import type { Warning, WarningReasons } from "../warnings.ts";

/** Who has handed in a sheet, the newest of each member: what is in it is another question. */
export const handedInIn = query<{ periodId: string }>()((db, $) =>
  db
    .selectDistinctOn([handedIn.subjectId, handedIn.memberId], {
      id: handedIn.id,
      subjectId: handedIn.subjectId,
      memberId: handedIn.memberId,
      madeAt: handedIn.madeAt,
    })
    .from(handedIn)
    .where(eq(handedIn.periodId, $.periodId))
    .orderBy(asc(handedIn.subjectId), asc(handedIn.memberId), desc(handedIn.madeAt)),
);

export const handedInOf = query<{ subjectId: string; periodId: string }>()((db, $) =>
  db
    .selectDistinctOn([handedIn.memberId], {
      id: handedIn.id,
      subjectId: handedIn.subjectId,
      memberId: handedIn.memberId,
      madeAt: handedIn.madeAt,
    })
    .from(handedIn)
    .where(and(eq(handedIn.subjectId, $.subjectId), eq(handedIn.periodId, $.periodId)))
    .orderBy(asc(handedIn.memberId), desc(handedIn.madeAt)),
);

export const revealsIn = query<{ periodId: string }>()((db, $) =>
  db
    .select({ id: reveals.id, subjectId: reveals.subjectId, madeAt: reveals.madeAt, reason: reveals.reason })
    .from(reveals)
    .where(eq(reveals.periodId, $.periodId)),
);

export const reveal = query<{ subjectId: string; periodId: string; reason: string | null }>()((db, $) =>
  db
    .insert(reveals)
    .values({ subjectId: $.subjectId, periodId: $.periodId, reason: sql`${$.reason}::text` })
    .onConflictDoNothing()
    .returning({ id: reveals.id, subjectId: reveals.subjectId }),
);

export const noteHandedIn = query<{ subjectId: string; periodId: string; sheetId: string }>()((db, $) =>
  db
    .insert(handedIn)
    .values({ subjectId: $.subjectId, periodId: $.periodId, sheetId: $.sheetId })
    .returning({ id: handedIn.id, subjectId: handedIn.subjectId }),
);

/** The newest sheet of each member on one trainee, as far as it is open to the reader. */
export const sheetsOf = query<{ subjectId: string; periodId: string }>()((db, $) =>
  db
    .selectDistinctOn([sheets.memberId], {
      id: sheets.id,
      subjectId: sheets.subjectId,
      memberId: sheets.memberId,
      note: sheets.note,
      warnings: sheets.warnings,
      reasons: sheets.reasons,
      wantsDiscussion: sheets.wantsDiscussion,
      madeAt: sheets.madeAt,
    })
    .from(sheets)
    .where(and(eq(sheets.subjectId, $.subjectId), eq(sheets.periodId, $.periodId)))
    .orderBy(asc(sheets.memberId), desc(sheets.madeAt)),
);
export type SheetRow = Awaited<ReturnType<typeof sheetsOf.map>>;

/** The newest open sheets of a period, for the agenda. */
export const openSheetsIn = query<{ periodId: string }>()((db, $) =>
  db
    .selectDistinctOn([sheets.subjectId, sheets.memberId], {
      id: sheets.id,
      subjectId: sheets.subjectId,
      memberId: sheets.memberId,
      wantsDiscussion: sheets.wantsDiscussion,
    })
    .from(sheets)
    .where(eq(sheets.periodId, $.periodId))
    .orderBy(asc(sheets.subjectId), asc(sheets.memberId), desc(sheets.madeAt)),
);

/** The levels of all open sheets of a period. */
export const sheetLevelsIn = query<{ periodId: string }>()((db, $) =>
  db
    .select({
      id: sheetLevels.id,
      sheetId: sheets.id,
      subjectId: sheetLevels.subjectId,
      subcompetencyId: sheetLevels.subcompetencyId,
      status: sheetLevels.status,
      halfSteps: sheetLevels.halfSteps,
    })
    .from(sheetLevels)
    .innerJoin(sheets, eq(sheetLevels.sheetId, sheets.id))
    .where(eq(sheets.periodId, $.periodId)),
);

/** The levels of all sheets on one trainee, earlier ones too. */
export const sheetLevelsOf = query<{ subjectId: string; periodId: string }>()((db, $) =>
  db
    .select({
      id: sheetLevels.id,
      sheetId: sheets.id,
      subjectId: sheetLevels.subjectId,
      subcompetencyId: sheetLevels.subcompetencyId,
      status: sheetLevels.status,
      halfSteps: sheetLevels.halfSteps,
    })
    .from(sheetLevels)
    .innerJoin(sheets, eq(sheetLevels.sheetId, sheets.id))
    .where(and(eq(sheets.subjectId, $.subjectId), eq(sheets.periodId, $.periodId))),
);
export type SheetLevelRow = Awaited<ReturnType<typeof sheetLevelsOf.map>>;

export const addSheet = query<{
  id: string;
  subjectId: string;
  periodId: string;
  note: Sealed<string> | null;
  warnings: readonly Warning[];
  reasons: Sealed<WarningReasons> | null;
  wantsDiscussion: boolean;
}>()((db, $) =>
  db
    .insert(sheets)
    .values({
      id: $.id,
      subjectId: $.subjectId,
      periodId: $.periodId,
      note: $.note,
      warnings: $.warnings,
      reasons: $.reasons,
      wantsDiscussion: $.wantsDiscussion,
    })
    .returning({ id: sheets.id, subjectId: sheets.subjectId }),
);

export const addSheetLevels = (
  rows: readonly ({ sheetId: string; subjectId: string; subcompetencyId: string } & LevelColumns & {
      status: NonNullable<LevelColumns["status"]>;
    })[],
) =>
  dynamic((db) =>
    db
      .insert(sheetLevels)
      .values([...rows])
      .returning({ id: sheetLevels.id, subjectId: sheetLevels.subjectId }),
  );
