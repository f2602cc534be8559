/** Plain-words answers, one by one for the job and those who may, and summed up for everyone else. */
import { dynamic, query } from "@core/db/query.ts";
import { and, asc, desc, eq, isNotNull, isNull, sql } from "drizzle-orm";
import { evaluationAnswers, groupResults } from "../evaluation-tables.ts";
import { evaluations } from "../tables.ts";

export const answersOf = query<{ evaluationId: string }>()((db, $) =>
  db
    .select({
      id: evaluationAnswers.id,
      subjectId: evaluationAnswers.subjectId,
      formItemId: evaluationAnswers.formItemId,
      value: evaluationAnswers.value,
    })
    .from(evaluationAnswers)
    .where(eq(evaluationAnswers.evaluationId, $.evaluationId)),
);

/** Of one trainee, period and kind, in the order in which they came. */
export const answersOfGroup = query<{ subjectId: string; periodId: string; kind: "peer" | "patient" }>()((db, $) =>
  db
    .select({
      id: evaluationAnswers.id,
      subjectId: evaluationAnswers.subjectId,
      formItemId: evaluationAnswers.formItemId,
      value: sql<number>`${evaluationAnswers.value}`.mapWith(Number),
    })
    .from(evaluationAnswers)
    .innerJoin(evaluations, eq(evaluationAnswers.evaluationId, evaluations.id))
    .where(
      and(
        eq(evaluations.subjectId, $.subjectId),
        eq(evaluations.periodId, $.periodId),
        eq(evaluations.kind, $.kind),
        isNotNull(evaluations.submittedAt),
        isNull(evaluations.withdrawnAt),
        isNotNull(evaluationAnswers.value),
      ),
    )
    .orderBy(asc(evaluations.submittedAt)),
);

/** An answer in a draft may change; what was sent may not (the database holds it). */
export const addAnswers = (
  rows: readonly {
    readonly evaluationId: string;
    readonly subjectId: string;
    readonly evaluatorId: string | null;
    readonly formItemId: string;
    readonly value: number | null;
  }[],
) =>
  dynamic((db) =>
    db
      .insert(evaluationAnswers)
      .values([...rows])
      .onConflictDoUpdate({
        target: [
          evaluationAnswers.tenantId,
          evaluationAnswers.workspaceId,
          evaluationAnswers.evaluationId,
          evaluationAnswers.formItemId,
        ],
        set: { value: sql`excluded.value` },
      })
      .returning({ id: evaluationAnswers.id, subjectId: evaluationAnswers.subjectId }),
  );

const result = {
  id: groupResults.id,
  subjectId: groupResults.subjectId,
  periodId: groupResults.periodId,
  kind: groupResults.kind,
  formItemId: groupResults.formItemId,
  answers: groupResults.answers,
  low: groupResults.low,
  middle: groupResults.middle,
  high: groupResults.high,
};
/** The newest sum of each question. */
export const groupResultsOf = query<{ subjectId: string }>()((db, $) =>
  db
    .selectDistinctOn([groupResults.periodId, groupResults.formItemId], result)
    .from(groupResults)
    .where(eq(groupResults.subjectId, $.subjectId))
    .orderBy(asc(groupResults.periodId), asc(groupResults.formItemId), desc(groupResults.answers)),
);
export const addGroupResult = query<{
  subjectId: string;
  periodId: string;
  kind: "peer" | "patient";
  formItemId: string;
  answers: number;
  low: number;
  middle: number;
  high: number;
}>()((db, $) =>
  db
    .insert(groupResults)
    .values({
      subjectId: $.subjectId,
      periodId: $.periodId,
      kind: $.kind,
      formItemId: $.formItemId,
      answers: $.answers,
      low: $.low,
      middle: $.middle,
      high: $.high,
    })
    .onConflictDoNothing()
    .returning({ id: groupResults.id, subjectId: groupResults.subjectId }),
);
