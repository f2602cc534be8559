/** The director's decisions, and what became of them. Nothing here is ever changed; the newest revision counts. */
import { dynamic, query } from "@core/db/query.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { and, asc, desc, eq } from "drizzle-orm";
import type { Level } from "../level.ts";
import {
  acknowledgements,
  decisionLevels,
  decisions,
  overrides,
  releases,
  reopenings,
  subcompetencies,
} from "../tables.ts";

const decision = {
  id: decisions.id,
  subjectId: decisions.subjectId,
  periodId: decisions.periodId,
  revision: decisions.revision,
  madeAt: decisions.madeAt,
  madeBy: decisions.madeBy,
  releaseId: releases.id,
  releasedAt: releases.madeAt,
  reopeningId: reopenings.id,
  reopenedAt: reopenings.madeAt,
  acknowledgementId: acknowledgements.id,
  acknowledgedAt: acknowledgements.madeAt,
};

/** The newest revision for each trainee, as far as the reader may see it. */
export const decisionsIn = query<{ periodId: string }>()((db, $) =>
  db
    .selectDistinctOn([decisions.subjectId], decision)
    .from(decisions)
    .leftJoin(releases, eq(releases.decisionId, decisions.id))
    .leftJoin(reopenings, eq(reopenings.decisionId, decisions.id))
    .leftJoin(acknowledgements, eq(acknowledgements.decisionId, decisions.id))
    .where(eq(decisions.periodId, $.periodId))
    .orderBy(asc(decisions.subjectId), desc(decisions.revision)),
);
export type DecisionRow = Awaited<ReturnType<typeof decisionsIn.map>>;

/** Every revision for one trainee, the newest first. */
export const decisionsOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select({ ...decision, comment: acknowledgements.comment })
    .from(decisions)
    .leftJoin(releases, eq(releases.decisionId, decisions.id))
    .leftJoin(reopenings, eq(reopenings.decisionId, decisions.id))
    .leftJoin(acknowledgements, eq(acknowledgements.decisionId, decisions.id))
    .where(eq(decisions.subjectId, $.subjectId))
    .orderBy(desc(decisions.revision)),
);
export type DecisionOfRow = Awaited<ReturnType<typeof decisionsOf.map>>;

export const decisionById = query<{ id: string }>()((db, $) =>
  db
    .select(decision)
    .from(decisions)
    .leftJoin(releases, eq(releases.decisionId, decisions.id))
    .leftJoin(reopenings, eq(reopenings.decisionId, decisions.id))
    .leftJoin(acknowledgements, eq(acknowledgements.decisionId, decisions.id))
    .where(eq(decisions.id, $.id)),
);

const decided = {
  id: decisionLevels.id,
  decisionId: decisionLevels.decisionId,
  subjectId: decisionLevels.subjectId,
  subcompetencyId: decisionLevels.subcompetencyId,
  status: decisionLevels.status,
  halfSteps: decisionLevels.halfSteps,
};

/** The levels of every revision for one trainee. */
export const decidedOf = query<{ subjectId: string }>()((db, $) =>
  db.select(decided).from(decisionLevels).where(eq(decisionLevels.subjectId, $.subjectId)),
);
export type DecidedRow = Awaited<ReturnType<typeof decidedOf.map>>;

/** The levels of every revision in one period. */
export const decidedIn = query<{ periodId: string }>()((db, $) =>
  db
    .select({ ...decided, code: subcompetencies.code })
    .from(decisionLevels)
    .innerJoin(decisions, eq(decisionLevels.decisionId, decisions.id))
    .innerJoin(subcompetencies, eq(decisionLevels.subcompetencyId, subcompetencies.id))
    .where(eq(decisions.periodId, $.periodId)),
);

export const overridesOf = query<{ subjectId: string; periodId: string }>()((db, $) =>
  db
    .select({
      id: overrides.id,
      decisionId: decisions.id,
      subjectId: overrides.subjectId,
      subcompetencyId: overrides.subcompetencyId,
      recommended: overrides.recommended,
      reason: overrides.reason,
    })
    .from(overrides)
    .innerJoin(decisions, eq(overrides.decisionId, decisions.id))
    .where(and(eq(overrides.subjectId, $.subjectId), eq(decisions.periodId, $.periodId))),
);
export type OverrideRow = Awaited<ReturnType<typeof overridesOf.map>>;

export const addDecision = query<{ id: string; subjectId: string; periodId: string; revision: number }>()((db, $) =>
  db
    .insert(decisions)
    .values({ id: $.id, subjectId: $.subjectId, periodId: $.periodId, revision: $.revision })
    .returning({ id: decisions.id, subjectId: decisions.subjectId }),
);

export const addDecisionLevels = (
  rows: readonly {
    decisionId: string;
    subjectId: string;
    subcompetencyId: string;
    status: Level["status"];
    halfSteps: number | null;
  }[],
) =>
  dynamic((db) =>
    db
      .insert(decisionLevels)
      .values([...rows])
      .returning({ id: decisionLevels.id, subjectId: decisionLevels.subjectId }),
  );

export const addOverride = query<{
  id: string;
  decisionId: string;
  subjectId: string;
  subcompetencyId: string;
  recommended: string;
  reason: Sealed<string>;
}>()((db, $) =>
  db
    .insert(overrides)
    .values({
      id: $.id,
      decisionId: $.decisionId,
      subjectId: $.subjectId,
      subcompetencyId: $.subcompetencyId,
      recommended: $.recommended,
      reason: $.reason,
    })
    .returning({ id: overrides.id, subjectId: overrides.subjectId }),
);

export const addRelease = query<{ decisionId: string; subjectId: string }>()((db, $) =>
  db
    .insert(releases)
    .values({ decisionId: $.decisionId, subjectId: $.subjectId })
    .returning({ id: releases.id, subjectId: releases.subjectId }),
);

export const addReopening = query<{ id: string; decisionId: string; subjectId: string; reason: Sealed<string> }>()(
  (db, $) =>
    db
      .insert(reopenings)
      .values({ id: $.id, decisionId: $.decisionId, subjectId: $.subjectId, reason: $.reason })
      .returning({ id: reopenings.id, subjectId: reopenings.subjectId }),
);

export const addAcknowledgement = query<{
  id: string;
  decisionId: string;
  subjectId: string;
  comment: Sealed<string> | null;
}>()((db, $) =>
  db
    .insert(acknowledgements)
    .values({ id: $.id, decisionId: $.decisionId, subjectId: $.subjectId, comment: $.comment })
    .returning({ id: acknowledgements.id, subjectId: acknowledgements.subjectId }),
);
