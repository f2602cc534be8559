/** Evaluations: asked for, filled in, submitted. What may be seen of them is the database's decision (migrations). */
import { dynamic, query } from "@core/db/query.ts";
import { clock } from "@core/tenancy/tables.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { and, asc, desc, eq, isNotNull, isNull, notExists, or, sql } from "drizzle-orm";
import { withdrawals } from "../evaluation-tables.ts";
import type { EvaluatorKind } from "../evaluator-kind.ts";
import { evaluationLevels, evaluations, reminders, subcompetencies } from "../tables.ts";

const evaluation = {
  id: evaluations.id,
  subjectId: evaluations.subjectId,
  evaluatorId: evaluations.evaluatorId,
  periodId: evaluations.periodId,
  rotation: evaluations.rotation,
  dueOn: evaluations.dueOn,
  expiresAt: evaluations.expiresAt,
  savedAt: evaluations.savedAt,
  submittedAt: evaluations.submittedAt,
  kind: evaluations.kind,
  askedBy: evaluations.askedBy,
  evaluatorName: evaluations.evaluatorName,
  evaluatorEmail: evaluations.evaluatorEmail,
  happenedOn: evaluations.happenedOn,
  isVouched: evaluations.isVouched,
  confirmedAt: evaluations.confirmedAt,
  confirmedBy: evaluations.confirmedBy,
  linkId: evaluations.linkId,
  formVersionId: evaluations.formVersionId,
  amendsId: evaluations.amendsId,
  extendedAt: evaluations.extendedAt,
  withdrawnAt: evaluations.withdrawnAt,
};

/** Submitted, not withdrawn, by someone who is known, and no newer version of it has come. */
const counts = and(
  isNotNull(evaluations.submittedAt),
  isNull(evaluations.withdrawnAt),
  or(evaluations.isVouched, isNotNull(evaluations.confirmedAt)),
  sql`not exists (select later.id from milestones.evaluations later where later.amends_id = ${evaluations.id}
    and later.submitted_at is not null and later.withdrawn_at is null)`,
);

export const askFor = query<{
  id: string;
  subjectId: string;
  periodId: string;
  evaluatorId: string;
  kind: EvaluatorKind;
  askedBy: "program" | "schedule" | "trainee";
  rotation: string;
  formVersionId: string | null;
  happenedOn: string | null;
  amendsId: string | null;
  dueOn: string;
  expiresAt: Date;
}>()((db, $) =>
  db
    .insert(evaluations)
    .values({
      id: $.id,
      subjectId: $.subjectId,
      periodId: $.periodId,
      evaluatorId: $.evaluatorId,
      kind: $.kind,
      askedBy: $.askedBy,
      rotation: $.rotation,
      formVersionId: $.formVersionId,
      happenedOn: $.happenedOn,
      amendsId: $.amendsId,
      dueOn: $.dueOn,
      expiresAt: $.expiresAt,
    })
    .returning({ id: evaluations.id, subjectId: evaluations.subjectId }),
);

export const askForByLink = query<{
  id: string;
  subjectId: string;
  periodId: string;
  linkId: string;
  kind: EvaluatorKind;
  askedBy: "program" | "trainee" | "schedule";
  rotation: string;
  evaluatorName: string | null;
  evaluatorEmail: string | null;
  isVouched: boolean;
  formVersionId: string | null;
  happenedOn: string | null;
  dueOn: string;
  expiresAt: Date;
}>()((db, $) =>
  db
    .insert(evaluations)
    .values({
      id: $.id,
      subjectId: $.subjectId,
      periodId: $.periodId,
      linkId: $.linkId,
      kind: $.kind,
      askedBy: $.askedBy,
      rotation: $.rotation,
      evaluatorName: $.evaluatorName,
      evaluatorEmail: $.evaluatorEmail,
      isVouched: $.isVouched,
      formVersionId: $.formVersionId,
      happenedOn: $.happenedOn,
      dueOn: $.dueOn,
      expiresAt: $.expiresAt,
    })
    .returning({ id: evaluations.id, subjectId: evaluations.subjectId }),
);

/** The one evaluation that a link opens. */
export const evaluationByLink = query<{ linkId: string }>()((db, $) =>
  db.select(evaluation).from(evaluations).where(eq(evaluations.linkId, $.linkId)),
);

export const submitByLink = query<{ id: string; narrative: Sealed<string> | null; evaluatorName: string | null }>()(
  (db, $) =>
    db
      .update(evaluations)
      .set({
        narrative: sql`${sql.param($.narrative, evaluations.narrative)}`,
        evaluatorName: sql`${$.evaluatorName}::text`,
        savedAt: clock(),
        submittedAt: clock(),
      })
      .where(and(eq(evaluations.id, $.id), isNull(evaluations.submittedAt)))
      .returning({ id: evaluations.id, subjectId: evaluations.subjectId }),
);

/** What a trainee asked for and nobody has answered yet. */
export const requestsByTrainee = query<{ subjectId: string }>()((db, $) =>
  db
    .select({ ...evaluation, madeAt: evaluations.madeAt })
    .from(evaluations)
    .where(
      and(
        eq(evaluations.subjectId, $.subjectId),
        eq(evaluations.askedBy, "trainee"),
        isNull(evaluations.submittedAt),
        isNull(evaluations.withdrawnAt),
      ),
    )
    .orderBy(desc(evaluations.madeAt)),
);

/** Once, by a week (the database holds both). `expiresAt` as ISO text. */
export const extendRequest = query<{ id: string; dueOn: string; expiresAt: string }>()((db, $) =>
  db
    .update(evaluations)
    .set({
      dueOn: sql`${$.dueOn}::date`,
      expiresAt: sql`${$.expiresAt}::timestamptz`,
      extendedAt: clock(),
    })
    .where(and(eq(evaluations.id, $.id), isNull(evaluations.submittedAt), isNull(evaluations.extendedAt)))
    .returning({ id: evaluations.id, subjectId: evaluations.subjectId }),
);

export const changeLink = query<{ id: string; linkId: string }>()((db, $) =>
  db
    .update(evaluations)
    .set({ linkId: sql`${$.linkId}::uuid` })
    .where(and(eq(evaluations.id, $.id), isNull(evaluations.submittedAt), isNull(evaluations.withdrawnAt)))
    .returning({ id: evaluations.id, subjectId: evaluations.subjectId }),
);

/** The database writes when and by whom. Gives no row where there is nothing to confirm. */
export const confirmAnswer = query<{ id: string; personId: string }>()((db, $) =>
  db
    .update(evaluations)
    .set({ confirmedAt: clock(), confirmedBy: sql`${$.personId}::uuid` })
    .where(
      and(
        eq(evaluations.id, $.id),
        isNotNull(evaluations.submittedAt),
        isNull(evaluations.withdrawnAt),
        eq(evaluations.isVouched, false),
        isNull(evaluations.confirmedAt),
      ),
    )
    .returning({ id: evaluations.id, subjectId: evaluations.subjectId }),
);

export const withdraw = query<{ id: string }>()((db, $) =>
  db
    .update(evaluations)
    .set({ withdrawnAt: clock() })
    .where(and(eq(evaluations.id, $.id), isNull(evaluations.withdrawnAt)))
    .returning({ id: evaluations.id, subjectId: evaluations.subjectId }),
);
export const sayWhyWithdrawn = query<{ id: string; evaluationId: string; subjectId: string; reason: Sealed<string> }>()(
  (db, $) =>
    db
      .insert(withdrawals)
      .values({ id: $.id, evaluationId: $.evaluationId, subjectId: $.subjectId, reason: $.reason })
      .returning({ id: withdrawals.id, subjectId: withdrawals.subjectId }),
);
export const withdrawalOf = query<{ evaluationId: string }>()((db, $) =>
  db
    .select({
      id: withdrawals.id,
      subjectId: withdrawals.subjectId,
      reason: withdrawals.reason,
      madeAt: withdrawals.madeAt,
      madeBy: withdrawals.madeBy,
    })
    .from(withdrawals)
    .where(eq(withdrawals.evaluationId, $.evaluationId)),
);

/** The later versions of an evaluation, and the one it amends. */
export const versionsOf = query<{ id: string }>()((db, $) =>
  db.select(evaluation).from(evaluations).where(eq(evaluations.amendsId, $.id)).orderBy(asc(evaluations.madeAt)),
);

/** An empty row for each subcompetency that is asked about. */
export const askAbout = (
  rows: readonly {
    readonly evaluationId: string;
    readonly subjectId: string;
    readonly evaluatorId: string | null;
    readonly subcompetencyId: string;
  }[],
) =>
  dynamic((db) =>
    db
      .insert(evaluationLevels)
      .values([...rows])
      .returning({ id: evaluationLevels.id, subjectId: evaluationLevels.subjectId }),
  );

/** What this person was asked for: open requests first, the most urgent at the top. */
export const askedOf = query<{ personId: string }>()((db, $) =>
  db
    .select(evaluation)
    .from(evaluations)
    .where(and(eq(evaluations.evaluatorId, $.personId), isNull(evaluations.withdrawnAt)))
    .orderBy(desc(isNull(evaluations.submittedAt)), asc(evaluations.dueOn), asc(evaluations.rotation)),
);
export type EvaluationRow = Awaited<ReturnType<typeof askedOf.map>>;

/** It has come, and the program knows from whom. */
export const hasArrived = (row: Pick<EvaluationRow, "submittedAt" | "isVouched" | "confirmedAt">): boolean =>
  row.submittedAt !== null && (row.isVouched || row.confirmedAt !== null);

export const evaluationById = query<{ id: string }>()((db, $) =>
  db
    .select({ ...evaluation, narrative: evaluations.narrative })
    .from(evaluations)
    .where(eq(evaluations.id, $.id)),
);

export const levelsOfEvaluation = query<{ evaluationId: string }>()((db, $) =>
  db
    .select({
      id: evaluationLevels.id,
      subjectId: evaluationLevels.subjectId,
      subcompetencyId: subcompetencies.id,
      code: subcompetencies.code,
      competency: subcompetencies.competency,
      title: subcompetencies.title,
      status: evaluationLevels.status,
      halfSteps: evaluationLevels.halfSteps,
    })
    .from(evaluationLevels)
    .innerJoin(subcompetencies, eq(evaluationLevels.subcompetencyId, subcompetencies.id))
    .where(eq(evaluationLevels.evaluationId, $.evaluationId))
    .orderBy(asc(subcompetencies.ordinal)),
);
export type EvaluationLevelRow = Awaited<ReturnType<typeof levelsOfEvaluation.map>>;

/** `given`: [{"id": subcompetency, "status": …, "half_steps": …}] as JSON, one entry for each row of the evaluation. */
export const setLevels = query<{ evaluationId: string; given: string }>()((db, $) =>
  db
    .update(evaluationLevels)
    .set({ status: sql`given.status`, halfSteps: sql`given.half_steps` })
    .from(sql`jsonb_to_recordset(${$.given}::jsonb) as given(id uuid, status text, half_steps smallint)`)
    .where(and(eq(evaluationLevels.evaluationId, $.evaluationId), eq(evaluationLevels.subcompetencyId, sql`given.id`)))
    .returning({ id: evaluationLevels.id, subjectId: evaluationLevels.subjectId }),
);

/** Gives no row when it was submitted or has expired meanwhile. */
export const saveDraft = query<{ id: string; narrative: Sealed<string> | null }>()((db, $) =>
  db
    .update(evaluations)
    .set({ narrative: sql`${sql.param($.narrative, evaluations.narrative)}`, savedAt: clock() })
    .where(and(eq(evaluations.id, $.id), isNull(evaluations.submittedAt)))
    .returning({ id: evaluations.id, subjectId: evaluations.subjectId }),
);

export const submit = query<{ id: string; narrative: Sealed<string> | null }>()((db, $) =>
  db
    .update(evaluations)
    .set({ narrative: sql`${sql.param($.narrative, evaluations.narrative)}`, savedAt: clock(), submittedAt: clock() })
    .where(and(eq(evaluations.id, $.id), isNull(evaluations.submittedAt)))
    .returning({ id: evaluations.id, subjectId: evaluations.subjectId }),
);

/** All requests of a period, whatever became of them. */
export const requestsIn = query<{ periodId: string }>()((db, $) =>
  db.select(evaluation).from(evaluations).where(eq(evaluations.periodId, $.periodId)).orderBy(asc(evaluations.dueOn)),
);

/** Submitted evaluations of one trainee, the newest first. */
export const evidenceOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select({ ...evaluation, narrative: evaluations.narrative })
    .from(evaluations)
    .where(and(eq(evaluations.subjectId, $.subjectId), counts))
    .orderBy(desc(evaluations.submittedAt)),
);
export type EvidenceRow = Awaited<ReturnType<typeof evidenceOf.map>>;

/** What evaluators observed of one trainee in one period. */
export const observedOf = query<{ subjectId: string; periodId: string }>()((db, $) =>
  db
    .select({
      id: evaluationLevels.id,
      subjectId: evaluationLevels.subjectId,
      evaluationId: evaluations.id,
      rotation: evaluations.rotation,
      subcompetencyId: evaluationLevels.subcompetencyId,
      status: evaluationLevels.status,
      halfSteps: evaluationLevels.halfSteps,
    })
    .from(evaluationLevels)
    .innerJoin(evaluations, eq(evaluationLevels.evaluationId, evaluations.id))
    .where(
      and(
        eq(evaluations.subjectId, $.subjectId),
        eq(evaluations.periodId, $.periodId),
        counts,
        isNotNull(evaluationLevels.status),
      ),
    )
    .orderBy(asc(evaluations.submittedAt)),
);
export type ObservedRow = Awaited<ReturnType<typeof observedOf.map>>;

/** Submitted evaluations of a period with what was written, for the packets. */
export const evidenceIn = query<{ periodId: string }>()((db, $) =>
  db
    .select({ ...evaluation, narrative: evaluations.narrative })
    .from(evaluations)
    .where(and(eq(evaluations.periodId, $.periodId), counts))
    .orderBy(asc(evaluations.submittedAt)),
);

/** What evaluators observed of everyone in one period. */
export const observedIn = query<{ periodId: string }>()((db, $) =>
  db
    .select({
      id: evaluationLevels.id,
      subjectId: evaluationLevels.subjectId,
      evaluationId: evaluations.id,
      evaluatorId: evaluations.evaluatorId,
      subcompetencyId: evaluationLevels.subcompetencyId,
      status: evaluationLevels.status,
      halfSteps: evaluationLevels.halfSteps,
    })
    .from(evaluationLevels)
    .innerJoin(evaluations, eq(evaluationLevels.evaluationId, evaluations.id))
    .where(and(eq(evaluations.periodId, $.periodId), counts, isNotNull(evaluationLevels.status)))
    .orderBy(asc(evaluations.submittedAt)),
);

/** Open requests that expire before a moment (as ISO text) and of which nobody was reminded yet; by link, where it was mailed. */
export const toRemind = query<{ before: string }>()((db, $) =>
  db
    .select({
      id: evaluations.id,
      subjectId: evaluations.subjectId,
      evaluatorId: evaluations.evaluatorId,
      linkId: evaluations.linkId,
      evaluatorEmail: evaluations.evaluatorEmail,
      rotation: evaluations.rotation,
      expiresAt: evaluations.expiresAt,
      dueOn: evaluations.dueOn,
    })
    .from(evaluations)
    .where(
      and(
        isNull(evaluations.submittedAt),
        isNull(evaluations.withdrawnAt),
        or(isNotNull(evaluations.evaluatorId), isNotNull(evaluations.evaluatorEmail)),
        sql`${evaluations.expiresAt} < ${$.before}::timestamptz`,
        sql`${evaluations.expiresAt} > clock_timestamp()`,
        notExists(db.select({ id: reminders.id }).from(reminders).where(eq(reminders.evaluationId, evaluations.id))),
      ),
    )
    .orderBy(asc(evaluations.evaluatorId)),
);

export type ToRemindRow = Awaited<ReturnType<typeof toRemind.map>>;

/** What else this person was asked about the same trainee and has not submitted yet. */
export const stillOpen = query<{ evaluatorId: string; subjectId: string }>()((db, $) =>
  db
    .select({ id: evaluations.id, subjectId: evaluations.subjectId })
    .from(evaluations)
    .where(
      and(
        eq(evaluations.evaluatorId, $.evaluatorId),
        eq(evaluations.subjectId, $.subjectId),
        isNull(evaluations.submittedAt),
        isNull(evaluations.withdrawnAt),
        sql`${evaluations.expiresAt} > clock_timestamp()`,
      ),
    ),
);

export const addReminders = (evaluationIds: readonly string[]) =>
  dynamic((db) =>
    db
      .insert(reminders)
      .values(evaluationIds.map((evaluationId) => ({ evaluationId })))
      .returning({ id: reminders.id }),
  );
