/** The committee's sheets. Nothing here is ever changed: a second thought is a new sheet, and the newest counts. */
import { dynamic, query } from "@core/db/query.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { and, asc, desc, eq } from "drizzle-orm";
import type { LevelColumns } from "../level.ts";
import { sheetLevels, sheets } from "../tables.ts";
import type { Warning } from "../warnings.ts";

/** The newest sheet of each member on each trainee. */
export const sheetsIn = query<{ periodId: string }>()((db, $) =>
  db
    .selectDistinctOn([sheets.subjectId, sheets.memberId], {
      id: sheets.id,
      subjectId: sheets.subjectId,
      memberId: sheets.memberId,
      madeAt: sheets.madeAt,
    })
    .from(sheets)
    .where(eq(sheets.periodId, $.periodId))
    .orderBy(asc(sheets.subjectId), asc(sheets.memberId), desc(sheets.madeAt)),
);

/** The newest sheet of each member on one trainee. */
export const sheetsOf = query<{ subjectId: string; periodId: string }>()((db, $) =>
  db
    .selectDistinctOn([sheets.memberId], {
      id: sheets.id,
      subjectId: sheets.subjectId,
      memberId: sheets.memberId,
      note: sheets.note,
      warnings: sheets.warnings,
      madeAt: sheets.madeAt,
    })
    .from(sheets)
    .where(and(eq(sheets.subjectId, $.subjectId), eq(sheets.periodId, $.periodId)))
    .orderBy(asc(sheets.memberId), desc(sheets.madeAt)),
);
export type SheetRow = Awaited<ReturnType<typeof sheetsOf.map>>;

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
}>()((db, $) =>
  db
    .insert(sheets)
    .values({ id: $.id, subjectId: $.subjectId, periodId: $.periodId, note: $.note, warnings: $.warnings })
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
