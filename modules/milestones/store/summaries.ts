/** Summaries and flags. Rows are added and never changed. */
import { dynamic, query } from "@core/db/query.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { and, asc, desc, eq, sql } from "drizzle-orm";
import { dispositions, flagActions, flagEvidence, flags, summaries, summarySources } from "../summary-tables.ts";

const summary = {
  id: summaries.id,
  subjectId: summaries.subjectId,
  periodId: summaries.periodId,
  source: summaries.source,
  model: summaries.model,
  why: summaries.why,
  evaluators: summaries.evaluators,
  comments: summaries.comments,
  firstOn: summaries.firstOn,
  lastOn: summaries.lastOn,
  dropped: summaries.dropped,
  madeAt: summaries.madeAt,
};
export const summariesIn = query<{ periodId: string }>()((db, $) =>
  db
    .selectDistinctOn([summaries.subjectId], summary)
    .from(summaries)
    .where(eq(summaries.periodId, $.periodId))
    .orderBy(asc(summaries.subjectId), desc(summaries.madeAt)),
);
export const newestSummary = query<{ subjectId: string; periodId: string }>()((db, $) =>
  db
    .select({ ...summary, content: summaries.content })
    .from(summaries)
    .where(and(eq(summaries.subjectId, $.subjectId), eq(summaries.periodId, $.periodId)))
    .orderBy(desc(summaries.madeAt))
    .limit(1),
);
export const addSummary = query<{
  id: string;
  subjectId: string;
  periodId: string;
  source: "model" | "rules";
  runId: string | null;
  model: string | null;
  why: string | null;
  evaluators: number;
  comments: number;
  firstOn: string | null;
  lastOn: string | null;
  dropped: number;
  content: Sealed<string>;
}>()((db, $) =>
  db
    .insert(summaries)
    .values({
      id: $.id,
      subjectId: $.subjectId,
      periodId: $.periodId,
      source: $.source,
      runId: $.runId,
      model: $.model,
      why: $.why,
      evaluators: $.evaluators,
      comments: $.comments,
      firstOn: $.firstOn,
      lastOn: $.lastOn,
      dropped: $.dropped,
      content: $.content,
    })
    .returning({ id: summaries.id, subjectId: summaries.subjectId }),
);
export const addSources = (
  rows: readonly {
    readonly summaryId: string;
    readonly subjectId: string;
    readonly ordinal: number;
    readonly evaluationId: string;
  }[],
) =>
  dynamic((db) =>
    db
      .insert(summarySources)
      .values([...rows])
      .returning({ id: summarySources.id, subjectId: summarySources.subjectId }),
  );

const flag = {
  id: flags.id,
  subjectId: flags.subjectId,
  periodId: flags.periodId,
  rule: flags.rule,
  confidence: flags.confidence,
  evaluators: flags.evaluators,
  comments: flags.comments,
  content: flags.content,
  madeAt: flags.madeAt,
};
export const flagsOf = query<{ subjectId: string; periodId: string }>()((db, $) =>
  db
    .select(flag)
    .from(flags)
    .where(and(eq(flags.subjectId, $.subjectId), eq(flags.periodId, $.periodId)))
    .orderBy(desc(flags.madeAt)),
);
export const flagById = query<{ id: string }>()((db, $) => db.select(flag).from(flags).where(eq(flags.id, $.id)));
/** Every flag with its newest disposition, for the measure of each rule and the work list. */
export const flagsWithDisposition = query()((db) =>
  db
    .selectDistinctOn([flags.id], {
      id: flags.id,
      subjectId: flags.subjectId,
      periodId: flags.periodId,
      rule: flags.rule,
      madeAt: flags.madeAt,
      dispositionId: dispositions.id,
      disposition: dispositions.disposition,
    })
    .from(flags)
    .leftJoin(dispositions, eq(dispositions.flagId, flags.id))
    .orderBy(asc(flags.id), sql`${dispositions.ordinal} desc nulls last`),
);
export const addFlag = query<{
  id: string;
  subjectId: string;
  periodId: string;
  summaryId: string;
  rule: string;
  confidence: "confident" | "insufficient";
  evaluators: number;
  comments: number;
  content: Sealed<string>;
}>()((db, $) =>
  db
    .insert(flags)
    .values({
      id: $.id,
      subjectId: $.subjectId,
      periodId: $.periodId,
      summaryId: $.summaryId,
      rule: $.rule,
      confidence: $.confidence,
      evaluators: $.evaluators,
      comments: $.comments,
      content: $.content,
    })
    .returning({ id: flags.id, subjectId: flags.subjectId }),
);
export const addFlagEvidence = (
  rows: readonly {
    readonly flagId: string;
    readonly subjectId: string;
    readonly evaluationId: string;
    readonly speaksFor: boolean;
  }[],
) =>
  dynamic((db) =>
    db
      .insert(flagEvidence)
      .values([...rows])
      .returning({ id: flagEvidence.id, subjectId: flagEvidence.subjectId }),
  );
export const evidenceOfFlags = query<{ subjectId: string }>()((db, $) =>
  db
    .select({
      id: flagEvidence.id,
      flagId: flagEvidence.flagId,
      subjectId: flagEvidence.subjectId,
      evaluationId: flagEvidence.evaluationId,
      speaksFor: flagEvidence.speaksFor,
    })
    .from(flagEvidence)
    .where(eq(flagEvidence.subjectId, $.subjectId)),
);
export const dispositionsOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select({
      id: dispositions.id,
      flagId: dispositions.flagId,
      subjectId: dispositions.subjectId,
      ordinal: dispositions.ordinal,
      disposition: dispositions.disposition,
      rationale: dispositions.rationale,
      madeAt: dispositions.madeAt,
    })
    .from(dispositions)
    .where(eq(dispositions.subjectId, $.subjectId))
    .orderBy(desc(dispositions.ordinal)),
);
export const addDisposition = query<{
  id: string;
  flagId: string;
  subjectId: string;
  ordinal: number;
  disposition: "confirmed" | "not_confirmed" | "insufficient_data";
  rationale: Sealed<string>;
}>()((db, $) =>
  db
    .insert(dispositions)
    .values({
      id: $.id,
      flagId: $.flagId,
      subjectId: $.subjectId,
      ordinal: $.ordinal,
      disposition: $.disposition,
      rationale: $.rationale,
    })
    .returning({ id: dispositions.id, subjectId: dispositions.subjectId }),
);
export const actionsOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select({
      id: flagActions.id,
      flagId: flagActions.flagId,
      subjectId: flagActions.subjectId,
      action: flagActions.action,
      madeAt: flagActions.madeAt,
    })
    .from(flagActions)
    .where(eq(flagActions.subjectId, $.subjectId))
    .orderBy(asc(flagActions.madeAt)),
);
export const addAction = query<{
  flagId: string;
  subjectId: string;
  action: "ilp_goal" | "extra_observation" | "pip_draft" | "none";
}>()((db, $) =>
  db
    .insert(flagActions)
    .values({ flagId: $.flagId, subjectId: $.subjectId, action: $.action })
    .returning({ id: flagActions.id, subjectId: flagActions.subjectId }),
);
