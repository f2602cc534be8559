/** The screening log, its numbers, plans and sign-up pages. */
import { dynamic, query } from "@core/db/query.ts";
import type { Context } from "@core/module.ts";
import { subjects, workspaces } from "@core/tenancy/tables.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { and, asc, count, desc, eq, gte, isNotNull, isNull, type SQL, sql } from "drizzle-orm";
import { screeningSteps, screenings, signupEnds, signupPages, sitePlans } from "../recruitment-tables.ts";
import type { Stage } from "../rules/funnel.ts";
import type { Lack } from "../rules/recruiting.ts";

const screening = {
  id: screenings.id,
  subjectId: screenings.subjectId,
  code: subjects.code,
  siteId: screenings.siteId,
  source: screenings.source,
  contactConsent: screenings.contactConsent,
  stage: screenings.stage,
  dropped: screenings.dropped,
  changedAt: screenings.changedAt,
  madeAt: screenings.madeAt,
};
export const screeningById = query<{ id: string }>()((db, $) =>
  db
    .select(screening)
    .from(screenings)
    .innerJoin(subjects, eq(subjects.id, screenings.subjectId))
    .where(eq(screenings.id, $.id)),
);
export type ScreeningRow = Awaited<ReturnType<typeof screeningById.map>>;
export const screeningOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select(screening)
    .from(screenings)
    .innerJoin(subjects, eq(subjects.id, screenings.subjectId))
    .where(eq(screenings.subjectId, $.subjectId)),
);

export interface LogFilter {
  readonly stage?: Stage | undefined;
  readonly siteId?: string | undefined;
  /** A reason, or "none" for those who are still on the way. */
  readonly dropped?: string | undefined;
  /** A part of a code: all are looked at for it. */
  readonly code?: string | undefined;
  /** Somebody whose whole code is known. */
  readonly subjectId?: string | undefined;
}
export const subjectOfCode = query<{ code: string }>()((db, $) =>
  db.select({ id: subjects.id, code: subjects.code }).from(subjects).where(eq(subjects.code, $.code)),
);
/** A part of the log begins behind a row of it, or ends before one: no page is reached by counting to it. */
export interface LogPlace {
  readonly after?: string | undefined;
  readonly before?: string | undefined;
}
const conditions = ({ stage, siteId, dropped, code, subjectId }: LogFilter): SQL | undefined =>
  and(
    stage ? eq(screenings.stage, stage) : undefined,
    siteId ? eq(screenings.siteId, siteId) : undefined,
    dropped === "none" ? isNull(screenings.dropped) : dropped ? eq(screenings.dropped, dropped) : undefined,
    subjectId ? eq(screenings.subjectId, subjectId) : undefined,
    code
      ? sql`${screenings.subjectId} in (select s.id from core.subjects s where s.code like ${`%${code.replaceAll(/[\\%_]/g, "")}%`})`
      : undefined,
  );
/** The newest change first. Codes lie with the subjects: a page of ids finds them, so that no walk over all rows joins any. */
const logIds = (filter: LogFilter, { after, before }: LogPlace, size: number) =>
  dynamic((db) => {
    const at = after ?? before;
    const here = sql`(select t.changed_at, t.id from studies.screenings t where t.id = ${at}::uuid)`;
    const row = sql`(${screenings.changedAt}, ${screenings.id})`;
    return db
      .select({ id: screenings.id, subjectId: screenings.subjectId })
      .from(screenings)
      .where(and(conditions(filter), at ? (after ? sql`${row} < ${here}` : sql`${row} > ${here}`) : undefined))
      .orderBy(
        ...(before && !after
          ? [asc(screenings.changedAt), asc(screenings.id)]
          : [desc(screenings.changedAt), desc(screenings.id)]),
      )
      .limit(size);
  });
const byIds = query<{ ids: readonly string[] }>()((db, $) =>
  db
    .select(screening)
    .from(screenings)
    .innerJoin(subjects, eq(subjects.id, screenings.subjectId))
    .where(sql`${screenings.id} = any(${$.ids}::uuid[])`)
    .orderBy(desc(screenings.changedAt), desc(screenings.id)),
);
export async function logPart(
  db: Context["db"],
  filter: LogFilter,
  place: LogPlace,
  size: number,
): Promise<ScreeningRow[]> {
  const ids = (await db.all(logIds(filter, place, size), {})).map(({ id }) => id);
  return ids.length > 0 ? db.all(byIds, { ids }) : [];
}
/** So many are counted one by one; the funnel counts them all. */
export const MOST_COUNTED = 10_000;
export const logSize = (filter: LogFilter) =>
  dynamic((db) =>
    db.select({ total: count() }).from(
      db
        .select({ id: screenings.id })
        .from(screenings)
        .where(conditions(filter))
        .limit(MOST_COUNTED + 1)
        .as("some"),
    ),
  );

/** One grouped count over all that the reader reaches: as quick at a hundred thousand as at ten. */
export const funnelCounts = query()((db) =>
  db
    .select({ siteId: screenings.siteId, stage: screenings.stage, dropped: screenings.dropped, count: count() })
    .from(screenings)
    .groupBy(screenings.siteId, screenings.stage, screenings.dropped),
);
export type FunnelRow = Awaited<ReturnType<typeof funnelCounts.map>>;

/** Participants who were never in the log: enrolled elsewhere. */
export const notInLog = query()((db) =>
  db
    .select({ id: subjects.id, code: subjects.code, siteId: subjects.siteId })
    .from(subjects)
    .leftJoin(screenings, eq(screenings.subjectId, subjects.id))
    .where(and(isNull(screenings.id), isNull(subjects.leftAt), eq(subjects.kind, "participant")))
    .orderBy(asc(subjects.code))
    .limit(500),
);

export const addScreening = query<{
  id: string;
  subjectId: string;
  siteId: string | null;
  source: string;
  contactConsent: string | null;
}>()((db, $) =>
  db
    .insert(screenings)
    .values({
      id: $.id,
      subjectId: $.subjectId,
      siteId: $.siteId,
      source: $.source,
      contactConsent: $.contactConsent,
      changedAt: sql`clock_timestamp()`,
    })
    .returning({ id: screenings.id, subjectId: screenings.subjectId }),
);
export const moveScreening = query<{ id: string; was: Stage; stage: Stage; dropped: string | null }>()((db, $) =>
  db
    .update(screenings)
    .set({ stage: sql`${$.stage}`, dropped: sql`${$.dropped}` })
    .where(and(eq(screenings.id, $.id), eq(screenings.stage, $.was)))
    .returning({ id: screenings.id, subjectId: screenings.subjectId }),
);
export const addStep = query<{
  id: string;
  screeningId: string;
  subjectId: string;
  siteId: string | null;
  ordinal: number;
  stage: string;
  dropped: string | null;
  onDay: string;
  note: Sealed<string> | null;
}>()((db, $) =>
  db
    .insert(screeningSteps)
    .values({
      id: $.id,
      screeningId: $.screeningId,
      subjectId: $.subjectId,
      siteId: $.siteId,
      ordinal: $.ordinal,
      stage: $.stage,
      dropped: $.dropped,
      onDay: $.onDay,
      note: $.note,
    })
    .returning({ id: screeningSteps.id, subjectId: screeningSteps.subjectId }),
);
export const stepsOf = query<{ screeningId: string }>()((db, $) =>
  db
    .select({
      id: screeningSteps.id,
      subjectId: screeningSteps.subjectId,
      ordinal: screeningSteps.ordinal,
      stage: screeningSteps.stage,
      dropped: screeningSteps.dropped,
      onDay: screeningSteps.onDay,
      note: screeningSteps.note,
      madeAt: screeningSteps.madeAt,
      madeBy: screeningSteps.madeBy,
    })
    .from(screeningSteps)
    .where(eq(screeningSteps.screeningId, $.screeningId))
    .orderBy(asc(screeningSteps.ordinal)),
);

export const plansNow = query()((db) =>
  db
    .selectDistinctOn([sitePlans.siteId], {
      id: sitePlans.id,
      siteId: sitePlans.siteId,
      target: sitePlans.target,
      startsOn: sitePlans.startsOn,
      endsOn: sitePlans.endsOn,
    })
    .from(sitePlans)
    .orderBy(asc(sitePlans.siteId), desc(sitePlans.madeAt)),
);
export const addPlan = query<{ siteId: string | null; target: number; startsOn: string; endsOn: string }>()((db, $) =>
  db
    .insert(sitePlans)
    .values({ siteId: $.siteId, target: $.target, startsOn: $.startsOn, endsOn: $.endsOn })
    .returning({ id: sitePlans.id }),
);

const page = {
  id: signupPages.id,
  linkId: signupPages.linkId,
  title: signupPages.title,
  about: signupPages.about,
  contactText: signupPages.contactText,
  untilOn: signupPages.untilOn,
  endId: signupEnds.id,
};
export const allSignupPages = query()((db) =>
  db
    .select(page)
    .from(signupPages)
    .leftJoin(signupEnds, eq(signupEnds.pageId, signupPages.id))
    .orderBy(desc(signupPages.madeAt)),
);
export type SignupRow = Awaited<ReturnType<typeof allSignupPages.map>>;
export const addSignupPage = query<{
  linkId: string;
  title: string;
  about: string;
  contactText: string;
  untilOn: string;
}>()((db, $) =>
  db
    .insert(signupPages)
    .values({ linkId: $.linkId, title: $.title, about: $.about, contactText: $.contactText, untilOn: $.untilOn })
    .returning({ id: signupPages.id }),
);
export const endSignupPage = query<{ pageId: string }>()((db, $) =>
  db.insert(signupEnds).values({ pageId: $.pageId }).returning({ id: signupEnds.id }),
);
/** Inquiries that nobody has answered yet. */
export const unanswered = query()((db) =>
  db
    .select({ id: screenings.id, subjectId: screenings.subjectId, madeAt: screenings.madeAt })
    .from(screenings)
    .where(and(eq(screenings.stage, "identified"), isNull(screenings.dropped), isNotNull(screenings.contactConsent)))
    .orderBy(asc(screenings.madeAt))
    .limit(50),
);
/** Worked out by the database over rows that the asker need not see; the words stand in rules/recruiting.ts. */
export const lacksToRecruit = query<{ workspace: string; siteId: string | null }>()((db, $) =>
  db
    .select({
      id: workspaces.id,
      lacks: sql<Lack[]>`studies.lacks_to_recruit(core.tenant(), ${workspaces.id}, ${$.siteId}::uuid)`,
    })
    .from(workspaces)
    .where(eq(workspaces.id, sql`${$.workspace}::uuid`)),
);
/** Of strangers on public pages, in all studies' pages of this place together: as many as the bound needs to know. */
export const inquiriesSince = query<{ since: string }>()((db, $) =>
  db
    .select({ id: screenings.id, subjectId: screenings.subjectId })
    .from(screenings)
    .where(and(eq(screenings.source, "public page"), gte(screenings.madeAt, sql`${$.since}::timestamptz`)))
    .limit(1_000),
);
