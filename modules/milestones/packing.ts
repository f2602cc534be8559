/** Gathers what goes into the packets of a period: a few queries for all trainees together, and the narratives opened at once. */
import { type Context, Locked } from "@core/module.ts";
import type { levelColumns } from "./level.ts";
import type { Milestones } from "./names.ts";
import type { Packet } from "./packet.ts";
import { inTime, periodTitle } from "./period.ts";
import { decidedIn, decisionsIn } from "./store/decisions.ts";
import { evidenceIn, observedIn, requestsIn } from "./store/evaluations.ts";
import { allPeriods, allSubcompetencies, type PeriodRow } from "./store/frameworks.ts";
import { selfAssessmentsIn, selfLevelsIn } from "./store/self.ts";
import type { TraineeRow } from "./store/trainees.ts";

export async function packetsFor(
  ctx: Context<Milestones>,
  period: PeriodRow,
  trainees: readonly TraineeRow[],
): Promise<readonly { readonly subjectId: string; readonly packet: Packet }[]> {
  const at = { periodId: period.id };
  const subcompetencies = Map.groupBy(await ctx.db.all(allSubcompetencies, {}), (row) => row.frameworkId);
  const asked = Map.groupBy(await ctx.db.all(requestsIn, at), (row) => row.subjectId);
  const evaluations = Map.groupBy(await ctx.db.all(evidenceIn, at), (row) => row.subjectId);
  const observed = Map.groupBy(await ctx.db.all(observedIn, at), (row) => row.subjectId);
  const assessments = new Set((await ctx.db.all(selfAssessmentsIn, at)).map((row) => row.id));
  const self = Map.groupBy(
    (await ctx.db.all(selfLevelsIn, at)).filter((row) => assessments.has(row.assessmentId)),
    (row) => row.subjectId,
  );
  const before = await resultsBefore(ctx, period);
  const wanted = new Set(trainees.map((row) => row.subjectId));
  const written = [...evaluations.values()].flat().filter((row) => row.narrative && wanted.has(row.subjectId));
  const texts = await ctx.openMany(
    written.flatMap(({ id, subjectId, narrative }) =>
      narrative ? [{ value: narrative, at: { row: id, subject: subjectId } }] : [],
    ),
    "to freeze the committee's packets",
  );
  const narratives = new Map(
    written.map(({ id }, index) => {
      const text = texts[index];
      return [id, text instanceof Locked ? text.sentence : (text ?? "")];
    }),
  );
  return trainees.map(({ subjectId, code, pgy, frameworkId, specialty, version }) => {
    const seen = Map.groupBy(observed.get(subjectId) ?? [], (row) => row.subcompetencyId);
    const own = new Map((self.get(subjectId) ?? []).map((row) => [row.subcompetencyId, row]));
    return {
      subjectId,
      packet: {
        format: 1,
        trainee: code,
        period: periodTitle(period),
        pgy,
        framework: `${specialty} ${version}`,
        frozenAt: ctx.now.toISOString(),
        asked: asked.get(subjectId)?.length ?? 0,
        subcompetencies: (subcompetencies.get(frameworkId) ?? []).map(({ id, code: name, title }) => ({
          code: name,
          title,
          before: before.get(subjectId)?.get(id) ?? null,
          self: columnsOf(own.get(id)),
          observed: (seen.get(id) ?? []).map((row) => ({
            status: row.status,
            halfSteps: row.halfSteps,
            evaluation: row.evaluationId,
          })),
        })),
        evaluations: (evaluations.get(subjectId) ?? []).map(({ id, rotation, kind, linkId, submittedAt }) => ({
          id,
          rotation,
          kind,
          signedIn: linkId === null,
          submittedAt: submittedAt?.toISOString() ?? "",
          narrative: narratives.get(id) ?? "",
        })),
      },
    };
  });
}

type Columns = ReturnType<typeof levelColumns>;
const columnsOf = (row: Columns | undefined): Columns | null =>
  row ? { status: row.status, halfSteps: row.halfSteps } : null;

/** The newest earlier result of each trainee: subject → subcompetency → level. */
async function resultsBefore(ctx: Context<Milestones>, period: PeriodRow): Promise<Map<string, Map<string, Columns>>> {
  const found = new Map<string, Map<string, Columns>>();
  // Two periods back is enough for someone who was on leave in the last one.
  const earlier = (await ctx.db.all(allPeriods, {}))
    .filter((one) => inTime(one, period) < 0)
    .slice(-2)
    .reverse();
  for (const { id: periodId } of earlier) {
    const newest = new Map((await ctx.db.all(decisionsIn, { periodId })).map((row) => [row.id, row.subjectId]));
    const fresh = new Map<string, Map<string, Columns>>();
    for (const row of await ctx.db.all(decidedIn, { periodId })) {
      const subjectId = newest.get(row.decisionId);
      if (!subjectId || found.has(subjectId)) continue;
      const levels = fresh.get(subjectId) ?? new Map<string, Columns>();
      levels.set(row.subcompetencyId, { status: row.status, halfSteps: row.halfSteps });
      fresh.set(subjectId, levels);
    }
    for (const [subjectId, levels] of fresh) found.set(subjectId, levels);
  }
  return found;
}
