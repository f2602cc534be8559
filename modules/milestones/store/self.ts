/** How trainees see themselves. The newest row counts. */
import { dynamic, query } from "@core/db/query.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { asc, desc, eq } from "drizzle-orm";
import { selfAssessments, selfLevels } from "../committee-tables.ts";
import type { Level } from "../level.ts";

const assessment = {
  id: selfAssessments.id,
  subjectId: selfAssessments.subjectId,
  periodId: selfAssessments.periodId,
  note: selfAssessments.note,
  madeAt: selfAssessments.madeAt,
};
export const selfAssessmentsOf = query<{ subjectId: string }>()((db, $) =>
  db
    .selectDistinctOn([selfAssessments.periodId], assessment)
    .from(selfAssessments)
    .where(eq(selfAssessments.subjectId, $.subjectId))
    .orderBy(asc(selfAssessments.periodId), desc(selfAssessments.madeAt)),
);
export const selfAssessmentsIn = query<{ periodId: string }>()((db, $) =>
  db
    .selectDistinctOn([selfAssessments.subjectId], assessment)
    .from(selfAssessments)
    .where(eq(selfAssessments.periodId, $.periodId))
    .orderBy(asc(selfAssessments.subjectId), desc(selfAssessments.madeAt)),
);

const level = {
  id: selfLevels.id,
  assessmentId: selfLevels.assessmentId,
  subjectId: selfLevels.subjectId,
  subcompetencyId: selfLevels.subcompetencyId,
  status: selfLevels.status,
  halfSteps: selfLevels.halfSteps,
};
export const selfLevelsOf = query<{ subjectId: string }>()((db, $) =>
  db.select(level).from(selfLevels).where(eq(selfLevels.subjectId, $.subjectId)),
);
export const selfLevelsIn = query<{ periodId: string }>()((db, $) =>
  db
    .select(level)
    .from(selfLevels)
    .innerJoin(selfAssessments, eq(selfLevels.assessmentId, selfAssessments.id))
    .where(eq(selfAssessments.periodId, $.periodId)),
);

export const assessSelf = query<{ id: string; subjectId: string; periodId: string; note: Sealed<string> | null }>()(
  (db, $) =>
    db
      .insert(selfAssessments)
      .values({ id: $.id, subjectId: $.subjectId, periodId: $.periodId, note: $.note })
      .returning({ id: selfAssessments.id, subjectId: selfAssessments.subjectId }),
);
export const addSelfLevels = (
  rows: readonly {
    readonly assessmentId: string;
    readonly subjectId: string;
    readonly subcompetencyId: string;
    readonly status: Level["status"];
    readonly halfSteps: number | null;
  }[],
) =>
  dynamic((db) =>
    db
      .insert(selfLevels)
      .values([...rows])
      .returning({ id: selfLevels.id, subjectId: selfLevels.subjectId }),
  );
