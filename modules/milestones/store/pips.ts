/** Improvement plans: versions of the draft, steps, the notice, and who else may see one. */
import { dynamic, query } from "@core/db/query.ts";
import { clock } from "@core/tenancy/tables.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { and, asc, desc, eq, isNull } from "drizzle-orm";
import type { Escalation, PipStep, PipText } from "../pip.ts";
import { pipDrafts, pipEvidence, pipNotices, pipSteps, pipSubcompetencies, pips, pipViewers } from "../pip-tables.ts";
import { evaluations, subcompetencies } from "../tables.ts";

const pip = { id: pips.id, subjectId: pips.subjectId, madeAt: pips.madeAt, madeBy: pips.madeBy };

/** The newest first. */
export const allPips = query()((db) => db.select(pip).from(pips).orderBy(desc(pips.madeAt)));
export const pipById = query<{ id: string }>()((db, $) => db.select(pip).from(pips).where(eq(pips.id, $.id)));
export type PipRow = Awaited<ReturnType<typeof pipById.map>>;
export const addPip = query<{ id: string; subjectId: string }>()((db, $) =>
  db.insert(pips).values({ id: $.id, subjectId: $.subjectId }).returning({ id: pips.id, subjectId: pips.subjectId }),
);

const draft = {
  id: pipDrafts.id,
  pipId: pipDrafts.pipId,
  subjectId: pipDrafts.subjectId,
  version: pipDrafts.version,
  startsOn: pipDrafts.startsOn,
  endsOn: pipDrafts.endsOn,
  madeAt: pipDrafts.madeAt,
  madeBy: pipDrafts.madeBy,
};
/** The newest version first. */
export const draftsOf = query<{ pipId: string }>()((db, $) =>
  db
    .select({ ...draft, text: pipDrafts.text })
    .from(pipDrafts)
    .where(eq(pipDrafts.pipId, $.pipId))
    .orderBy(desc(pipDrafts.version)),
);
export type PipDraftRow = Awaited<ReturnType<typeof draftsOf.map>>;

export const addDraft = query<{
  id: string;
  pipId: string;
  subjectId: string;
  version: number;
  startsOn: string;
  endsOn: string;
  text: Sealed<PipText>;
}>()((db, $) =>
  db
    .insert(pipDrafts)
    .values({
      id: $.id,
      pipId: $.pipId,
      subjectId: $.subjectId,
      version: $.version,
      startsOn: $.startsOn,
      endsOn: $.endsOn,
      text: $.text,
    })
    .returning({ id: pipDrafts.id, subjectId: pipDrafts.subjectId }),
);

export const addPipSubcompetencies = (
  rows: readonly { draftId: string; subjectId: string; subcompetencyId: string }[],
) =>
  dynamic((db) =>
    db
      .insert(pipSubcompetencies)
      .values([...rows])
      .returning({ id: pipSubcompetencies.id, subjectId: pipSubcompetencies.subjectId }),
  );
export const subcompetenciesOfDraft = query<{ draftId: string }>()((db, $) =>
  db
    .select({
      id: pipSubcompetencies.id,
      subjectId: pipSubcompetencies.subjectId,
      subcompetencyId: subcompetencies.id,
      code: subcompetencies.code,
      title: subcompetencies.title,
    })
    .from(pipSubcompetencies)
    .innerJoin(subcompetencies, eq(pipSubcompetencies.subcompetencyId, subcompetencies.id))
    .where(eq(pipSubcompetencies.draftId, $.draftId))
    .orderBy(asc(subcompetencies.ordinal)),
);

export const addEvidence = (rows: readonly { draftId: string; subjectId: string; evaluationId: string }[]) =>
  dynamic((db) =>
    db
      .insert(pipEvidence)
      .values([...rows])
      .returning({ id: pipEvidence.id, subjectId: pipEvidence.subjectId }),
  );
/** The rotation is null for those who may not read evaluations. */
export const evidenceOfDraft = query<{ draftId: string }>()((db, $) =>
  db
    .select({
      id: pipEvidence.id,
      subjectId: pipEvidence.subjectId,
      evaluationId: pipEvidence.evaluationId,
      rotation: evaluations.rotation,
    })
    .from(pipEvidence)
    .leftJoin(evaluations, eq(pipEvidence.evaluationId, evaluations.id))
    .where(eq(pipEvidence.draftId, $.draftId)),
);

const step = {
  id: pipSteps.id,
  pipId: pipSteps.pipId,
  subjectId: pipSteps.subjectId,
  ordinal: pipSteps.ordinal,
  step: pipSteps.step,
  byName: pipSteps.byName,
  witnessName: pipSteps.witnessName,
  newEnd: pipSteps.newEnd,
  kind: pipSteps.kind,
  effectiveOn: pipSteps.effectiveOn,
  hearingBy: pipSteps.hearingBy,
  grievanceBy: pipSteps.grievanceBy,
  madeAt: pipSteps.madeAt,
  madeBy: pipSteps.madeBy,
};
/** In the order in which they were taken. */
export const stepsOfPip = query<{ pipId: string }>()((db, $) =>
  db
    .select({ ...step, note: pipSteps.note })
    .from(pipSteps)
    .where(eq(pipSteps.pipId, $.pipId))
    .orderBy(asc(pipSteps.ordinal)),
);
export type PipStepRow = Awaited<ReturnType<typeof stepsOfPip.map>>;
export const lastPipSteps = query()((db) =>
  db
    .selectDistinctOn([pipSteps.pipId], {
      id: pipSteps.id,
      pipId: pipSteps.pipId,
      subjectId: pipSteps.subjectId,
      step: pipSteps.step,
      madeAt: pipSteps.madeAt,
    })
    .from(pipSteps)
    .orderBy(asc(pipSteps.pipId), desc(pipSteps.ordinal)),
);

export const addPipStep = query<{
  id: string;
  pipId: string;
  subjectId: string;
  ordinal: number;
  step: PipStep;
  note: Sealed<string> | null;
  byName: string;
  witnessId: string | null;
  witnessName: string | null;
  newEnd: string | null;
  kind: Escalation | null;
  effectiveOn: string | null;
  hearingBy: string | null;
  grievanceBy: string | null;
}>()((db, $) =>
  db
    .insert(pipSteps)
    .values({
      id: $.id,
      pipId: $.pipId,
      subjectId: $.subjectId,
      ordinal: $.ordinal,
      step: $.step,
      note: $.note,
      byName: $.byName,
      witnessId: $.witnessId,
      witnessName: $.witnessName,
      newEnd: $.newEnd,
      kind: $.kind,
      effectiveOn: $.effectiveOn,
      hearingBy: $.hearingBy,
      grievanceBy: $.grievanceBy,
    })
    .returning({ id: pipSteps.id, subjectId: pipSteps.subjectId }),
);

export const addNotice = query<{ pipId: string; subjectId: string; draftId: string }>()((db, $) =>
  db
    .insert(pipNotices)
    .values({ pipId: $.pipId, subjectId: $.subjectId, draftId: $.draftId })
    .returning({ id: pipNotices.id, subjectId: pipNotices.subjectId }),
);

const viewer = {
  id: pipViewers.id,
  pipId: pipViewers.pipId,
  subjectId: pipViewers.subjectId,
  personId: pipViewers.personId,
};
export const viewersOf = query<{ pipId: string }>()((db, $) =>
  db
    .select(viewer)
    .from(pipViewers)
    .where(and(eq(pipViewers.pipId, $.pipId), isNull(pipViewers.endedAt))),
);
export const viewerById = query<{ id: string }>()((db, $) =>
  db
    .select(viewer)
    .from(pipViewers)
    .where(and(eq(pipViewers.id, $.id), isNull(pipViewers.endedAt))),
);
export const addViewer = query<{ pipId: string; subjectId: string; personId: string }>()((db, $) =>
  db
    .insert(pipViewers)
    .values({ pipId: $.pipId, subjectId: $.subjectId, personId: $.personId })
    .returning({ id: pipViewers.id, subjectId: pipViewers.subjectId }),
);
export const endViewer = query<{ id: string }>()((db, $) =>
  db
    .update(pipViewers)
    .set({ endedAt: clock() })
    .where(and(eq(pipViewers.id, $.id), isNull(pipViewers.endedAt)))
    .returning({ id: pipViewers.id, subjectId: pipViewers.subjectId }),
);
