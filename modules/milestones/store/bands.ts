/** The bands, and the released results they are drawn from. */
import { dynamic, query } from "@core/db/query.ts";
import { and, asc, desc, eq, isNotNull, sql } from "drizzle-orm";
import type { DrawnBand } from "../band.ts";
import { bands } from "../outlook-tables.ts";
import { decisionLevels, decisions, enrolments, periods, releases, subcompetencies } from "../tables.ts";

/** The newest band of each subcompetency and stage. */
export const newestBands = query()((db) =>
  db
    .selectDistinctOn([bands.subcompetencyId, bands.stage], {
      id: bands.id,
      subcompetencyId: bands.subcompetencyId,
      code: subcompetencies.code,
      stage: bands.stage,
      trainees: bands.trainees,
      low: bands.low,
      middle: bands.middle,
      high: bands.high,
    })
    .from(bands)
    .innerJoin(subcompetencies, eq(bands.subcompetencyId, subcompetencies.id))
    .orderBy(asc(bands.subcompetencyId), asc(bands.stage), desc(bands.drawnOn)),
);

/** Released levels of periods whose reporting closed before a day; of several revisions all. */
export const closedLevels = query<{ day: string }>()((db, $) =>
  db
    .select({
      id: decisionLevels.id,
      subjectId: decisionLevels.subjectId,
      subcompetencyId: decisionLevels.subcompetencyId,
      halfSteps: decisionLevels.halfSteps,
      periodId: decisions.periodId,
      revision: decisions.revision,
      periodStartsOn: periods.startsOn,
      startsOn: enrolments.startsOn,
    })
    .from(decisionLevels)
    .innerJoin(decisions, eq(decisionLevels.decisionId, decisions.id))
    .innerJoin(releases, eq(releases.decisionId, decisions.id))
    .innerJoin(periods, eq(decisions.periodId, periods.id))
    .innerJoin(enrolments, eq(enrolments.subjectId, decisionLevels.subjectId))
    .where(and(isNotNull(decisionLevels.halfSteps), sql`${periods.closesOn} < ${$.day}::date`)),
);

export const addBands = (rows: readonly (DrawnBand & { readonly drawnOn: string })[]) =>
  dynamic((db) =>
    db
      .insert(bands)
      .values([...rows])
      .onConflictDoNothing()
      .returning({ id: bands.id }),
  );
