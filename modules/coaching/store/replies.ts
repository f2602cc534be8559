/** Goals, drafts of a model and journeys. */
import { query } from "@core/db/query.ts";
import { clock } from "@core/tenancy/tables.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { and, asc, count, desc, eq, isNull, sql } from "drizzle-orm";
import type { Journey } from "../journey.ts";
import { drafts, enrolmentSteps, enrolments, goals, journeyApprovals, journeys } from "../reply-tables.ts";
import { messages } from "../tables.ts";

export const setGoal = query<{ id: string; subjectId: string; wording: Sealed<string>; dueOn: string | null }>()(
  (db, $) =>
    db
      .insert(goals)
      .values({ id: $.id, subjectId: $.subjectId, wording: $.wording, dueOn: $.dueOn })
      .returning({ id: goals.id, subjectId: goals.subjectId }),
);
export const goalsOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select({
      id: goals.id,
      subjectId: goals.subjectId,
      wording: goals.wording,
      dueOn: goals.dueOn,
      madeAt: goals.madeAt,
      outcome: goals.outcome,
    })
    .from(goals)
    .where(and(eq(goals.subjectId, $.subjectId), isNull(goals.endedAt)))
    .orderBy(asc(goals.madeAt)),
);
export const endGoal = query<{ id: string; outcome: "reached" | "changed" | "dropped" }>()((db, $) =>
  db
    .update(goals)
    .set({ endedAt: clock(), outcome: sql`${$.outcome}` })
    .where(and(eq(goals.id, $.id), isNull(goals.endedAt)))
    .returning({ id: goals.id, subjectId: goals.subjectId }),
);

export const keepDraft = query<{
  id: string;
  subjectId: string;
  messageId: string;
  attempt: number;
  body: Sealed<string> | null;
  status: "waiting" | "sent" | "superseded" | "faulty";
  faults: string[];
  runId: string | null;
  model: string | null;
  promptVersion: string;
  voiceId: string;
}>()((db, $) =>
  db
    .insert(drafts)
    .values({
      id: $.id,
      subjectId: $.subjectId,
      messageId: $.messageId,
      attempt: sql`${$.attempt}::int`,
      body: $.body,
      status: $.status,
      faults: $.faults,
      runId: $.runId,
      model: $.model,
      promptVersion: $.promptVersion,
      voiceId: $.voiceId,
    })
    .onConflictDoNothing()
    .returning({ id: drafts.id, subjectId: drafts.subjectId }),
);
export const waitingDraftOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select({
      id: drafts.id,
      subjectId: drafts.subjectId,
      messageId: drafts.messageId,
      body: drafts.body,
      runId: drafts.runId,
      model: drafts.model,
      promptVersion: drafts.promptVersion,
      madeAt: drafts.madeAt,
    })
    .from(drafts)
    .where(and(eq(drafts.subjectId, $.subjectId), eq(drafts.status, "waiting")))
    .orderBy(desc(drafts.madeAt))
    .limit(1),
);
export const decideDraft = query<{
  id: string;
  status: "sent" | "changed" | "refused" | "superseded";
  by: string | null;
  licensed: boolean;
}>()((db, $) =>
  db
    .update(drafts)
    .set({
      status: sql`${$.status}`,
      decidedBy: sql`${$.by}::uuid`,
      decidedAt: clock(),
      licensed: sql`${$.licensed}::boolean`,
    })
    .where(and(eq(drafts.id, $.id), eq(drafts.status, "waiting")))
    .returning({ id: drafts.id, subjectId: drafts.subjectId }),
);
export const supersedeDrafts = query<{ subjectId: string }>()((db, $) =>
  db
    .update(drafts)
    .set({ status: "superseded", decidedAt: clock() })
    .where(and(eq(drafts.subjectId, $.subjectId), eq(drafts.status, "waiting")))
    .returning({ id: drafts.id, subjectId: drafts.subjectId }),
);
/** Why the first try did not pass. */
export const faultsOfDraft = query<{ messageId: string }>()((db, $) =>
  db
    .select({ id: drafts.id, subjectId: drafts.subjectId, faults: drafts.faults, attempt: drafts.attempt })
    .from(drafts)
    .where(eq(drafts.messageId, $.messageId))
    .orderBy(desc(drafts.attempt)),
);
export const messageById = query<{ id: string }>()((db, $) =>
  db
    .select({
      id: messages.id,
      subjectId: messages.subjectId,
      body: messages.body,
      at: messages.at,
      tier: messages.tier,
      inboundId: messages.inboundId,
    })
    .from(messages)
    .where(eq(messages.id, $.id)),
);

const journey = {
  id: journeys.id,
  slug: journeys.slug,
  version: journeys.version,
  content: journeys.content,
  sha256: journeys.sha256,
  madeAt: journeys.madeAt,
};
export const allJourneys = query()((db) =>
  db
    .select({
      ...journey,
      approvalId: journeyApprovals.id,
      approvedBy: journeyApprovals.name,
      approvedHash: journeyApprovals.sha256,
    })
    .from(journeys)
    .leftJoin(journeyApprovals, eq(journeyApprovals.journeyId, journeys.id))
    .orderBy(asc(journeys.slug), desc(journeys.version)),
);
export interface JourneysAsked {
  /** A part of a title in either language, or of the short name. */
  readonly find: string;
  /** "approved", "waiting" (for a clinician), or "" for all. */
  readonly state: string;
}
const journeyFits = ($: Record<keyof JourneysAsked, unknown>) =>
  and(
    sql`(${$.find}::text = '' or position(lower(${$.find}::text) in lower(${journeys.slug} || ' ' || coalesce(${journeys.content} -> 'title' ->> 'en', '') || ' ' || coalesce(${journeys.content} -> 'title' ->> 'es', ''))) > 0)`,
    sql`(${$.state}::text = '' or (${$.state}::text = 'approved') = exists (select 1 from ${journeyApprovals}
      where ${journeyApprovals.journeyId} = ${journeys.id} and ${journeyApprovals.sha256} = ${journeys.sha256}))`,
  );
/** A part of the list; what is looked for may be nothing (""). */
export const journeysFrom = query<JourneysAsked & { from: number; most: number }>()((db, $) =>
  db
    .select({
      id: journeys.id,
      title: sql<string>`${journeys.content} -> 'title' ->> 'en'`.as("title"),
      version: journeys.version,
      steps: sql<number>`jsonb_array_length(${journeys.content} -> 'steps')`.as("steps"),
      sha256: journeys.sha256,
      madeAt: journeys.madeAt,
      approvedBy: journeyApprovals.name,
      approvedHash: journeyApprovals.sha256,
      approvalId: journeyApprovals.id,
    })
    .from(journeys)
    .leftJoin(journeyApprovals, eq(journeyApprovals.journeyId, journeys.id))
    .where(journeyFits($))
    .orderBy(asc(journeys.slug), desc(journeys.version))
    .limit($.most)
    .offset($.from),
);
export const countJourneys = query<JourneysAsked>()((db, $) =>
  db.select({ total: count() }).from(journeys).where(journeyFits($)),
);
export const journeyById = query<{ id: string }>()((db, $) =>
  db.select(journey).from(journeys).where(eq(journeys.id, $.id)),
);
export const addJourney = query<{ slug: string; version: number; content: Journey; sha256: string }>()((db, $) =>
  db
    .insert(journeys)
    .values({ slug: $.slug, version: sql`${$.version}::int`, content: $.content, sha256: $.sha256 })
    .returning({ id: journeys.id }),
);
export const approveJourney = query<{ journeyId: string; sha256: string; name: string }>()((db, $) =>
  db
    .insert(journeyApprovals)
    .values({ journeyId: $.journeyId, sha256: $.sha256, name: $.name })
    .onConflictDoNothing()
    .returning({ id: journeyApprovals.id }),
);
export const startEnrolment = query<{ subjectId: string; journeyId: string; startedOn: string }>()((db, $) =>
  db
    .insert(enrolments)
    .values({ subjectId: $.subjectId, journeyId: $.journeyId, startedOn: $.startedOn })
    .onConflictDoNothing()
    .returning({ id: enrolments.id, subjectId: enrolments.subjectId }),
);
const enrolment = {
  id: enrolments.id,
  subjectId: enrolments.subjectId,
  journeyId: enrolments.journeyId,
  startedOn: enrolments.startedOn,
  step: enrolments.step,
  stepOn: enrolments.stepOn,
  status: enrolments.status,
  journey: journeys.id,
  content: journeys.content,
};
export const runningEnrolments = query()((db) =>
  db
    .select(enrolment)
    .from(enrolments)
    .innerJoin(journeys, eq(journeys.id, enrolments.journeyId))
    .where(eq(enrolments.status, "running"))
    .orderBy(asc(enrolments.madeAt))
    .limit(2_000),
);
export const enrolmentOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select(enrolment)
    .from(enrolments)
    .innerJoin(journeys, eq(journeys.id, enrolments.journeyId))
    .where(and(eq(enrolments.subjectId, $.subjectId), eq(enrolments.status, "running"))),
);
export const moveEnrolment = query<{
  id: string;
  step: string | null;
  stepOn: string | null;
  status: "running" | "ended" | "withdrawn";
}>()((db, $) =>
  db
    .update(enrolments)
    .set({ step: sql`${$.step}`, stepOn: sql`${$.stepOn}::date`, status: sql`${$.status}` })
    .where(eq(enrolments.id, $.id))
    .returning({ id: enrolments.id, subjectId: enrolments.subjectId }),
);
export const addEnrolmentStep = query<{ subjectId: string; enrolmentId: string; step: string }>()((db, $) =>
  db
    .insert(enrolmentSteps)
    .values({ subjectId: $.subjectId, enrolmentId: $.enrolmentId, step: $.step })
    .onConflictDoNothing()
    .returning({ id: enrolmentSteps.id, subjectId: enrolmentSteps.subjectId }),
);
export const answerStep = query<{ enrolmentId: string; step: string; answer: "right" | "wrong" | "answered" }>()(
  (db, $) =>
    db
      .update(enrolmentSteps)
      .set({ answer: sql`${$.answer}`, answeredAt: clock() })
      .where(
        and(
          eq(enrolmentSteps.enrolmentId, $.enrolmentId),
          eq(enrolmentSteps.step, $.step),
          isNull(enrolmentSteps.answeredAt),
        ),
      )
      .returning({ id: enrolmentSteps.id, subjectId: enrolmentSteps.subjectId }),
);
