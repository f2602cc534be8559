/** Deviations with their versions, whom they were told to, and their reviews. */
import { query } from "@core/db/query.ts";
import { subjects } from "@core/tenancy/tables.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { asc, desc, eq, max } from "drizzle-orm";
import { deviationMarks, deviations, deviationVersions } from "../deviation-tables.ts";
import type { Category, DeviationSeverity } from "../rules/deviations.ts";

const version = {
  id: deviationVersions.id,
  deviationId: deviationVersions.deviationId,
  subjectId: deviationVersions.subjectId,
  code: subjects.code,
  siteId: deviationVersions.siteId,
  number: deviations.number,
  version: deviationVersions.version,
  title: deviationVersions.title,
  category: deviationVersions.category,
  severity: deviationVersions.severity,
  happenedOn: deviationVersions.happenedOn,
  discoveredOn: deviationVersions.discoveredOn,
  words: deviationVersions.words,
  action: deviationVersions.action,
  madeAt: deviationVersions.madeAt,
  madeBy: deviationVersions.madeBy,
};
/** The newest version of each: without the sealed words, which a list does not show. */
export const newestDeviations = query()((db) =>
  db
    .selectDistinctOn([deviationVersions.deviationId], {
      id: version.id,
      deviationId: version.deviationId,
      subjectId: version.subjectId,
      code: version.code,
      siteId: version.siteId,
      number: version.number,
      version: version.version,
      title: version.title,
      category: version.category,
      severity: version.severity,
      happenedOn: version.happenedOn,
      discoveredOn: version.discoveredOn,
    })
    .from(deviationVersions)
    .innerJoin(deviations, eq(deviations.id, deviationVersions.deviationId))
    .leftJoin(subjects, eq(subjects.id, deviationVersions.subjectId))
    .orderBy(asc(deviationVersions.deviationId), desc(deviationVersions.version)),
);
export type DeviationRow = Awaited<ReturnType<typeof newestDeviations.map>>;
export const deviationVersionsOf = query<{ deviationId: string }>()((db, $) =>
  db
    .select(version)
    .from(deviationVersions)
    .innerJoin(deviations, eq(deviations.id, deviationVersions.deviationId))
    .leftJoin(subjects, eq(subjects.id, deviationVersions.subjectId))
    .where(eq(deviationVersions.deviationId, $.deviationId))
    .orderBy(desc(deviationVersions.version)),
);
export type DeviationVersion = Awaited<ReturnType<typeof deviationVersionsOf.map>>;
export const allDeviationMarks = query()((db) =>
  db
    .select({
      id: deviationMarks.id,
      deviationId: deviationMarks.deviationId,
      subjectId: deviationMarks.subjectId,
      version: deviationMarks.version,
      mark: deviationMarks.mark,
      onDay: deviationMarks.onDay,
      note: deviationMarks.note,
      madeAt: deviationMarks.madeAt,
      madeBy: deviationMarks.madeBy,
    })
    .from(deviationMarks)
    .orderBy(asc(deviationMarks.madeAt)),
);
export type DeviationMark = Awaited<ReturnType<typeof allDeviationMarks.map>>;
export const lastDeviationNumber = query()((db) => db.select({ last: max(deviations.number) }).from(deviations));

interface Place {
  readonly subjectId: string | null;
  readonly siteId: string | null;
}
export const addDeviation = query<Place & { id: string; number: number }>()((db, $) =>
  db
    .insert(deviations)
    .values({ id: $.id, subjectId: $.subjectId, siteId: $.siteId, number: $.number })
    .returning({ id: deviations.id, subjectId: deviations.subjectId }),
);
export const addDeviationVersion = query<
  Place & {
    id: string;
    deviationId: string;
    version: number;
    title: string;
    category: Category;
    severity: DeviationSeverity;
    happenedOn: string;
    discoveredOn: string;
    words: Sealed<string> | null;
    action: Sealed<string> | null;
  }
>()((db, $) =>
  db
    .insert(deviationVersions)
    .values({
      id: $.id,
      deviationId: $.deviationId,
      subjectId: $.subjectId,
      siteId: $.siteId,
      version: $.version,
      title: $.title,
      category: $.category as never,
      severity: $.severity as never,
      happenedOn: $.happenedOn,
      discoveredOn: $.discoveredOn,
      words: $.words,
      action: $.action,
    })
    .returning({ id: deviationVersions.id, subjectId: deviationVersions.subjectId }),
);
export const addDeviationMark = query<
  Place & { deviationId: string; version: number; mark: DeviationMark["mark"]; onDay: string; note: string }
>()((db, $) =>
  db
    .insert(deviationMarks)
    .values({
      deviationId: $.deviationId,
      subjectId: $.subjectId,
      siteId: $.siteId,
      version: $.version,
      mark: $.mark as never,
      onDay: $.onDay,
      note: $.note,
    })
    .returning({ id: deviationMarks.id, subjectId: deviationMarks.subjectId }),
);
