/** One way to ask for an evaluation, whoever asks: of a colleague who signs in, or of someone who answers by link. */
import type { Context } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { assign } from "@core/subjects/assignments.ts";
import { endLink } from "@core/subjects/links.ts";
import type { EvaluatorKind } from "./evaluator-kind.ts";
import type { Milestones } from "./names.ts";
import { addDays, dayOf } from "./period.ts";
import { askAbout, askFor, askForByLink, changeLink } from "./store/evaluations.ts";
import { formVersionById, itemsOf } from "./store/forms.ts";
import { allSubcompetencies } from "./store/frameworks.ts";
import type { TraineeRow } from "./store/trainees.ts";

export interface Asked {
  readonly trainee: Pick<TraineeRow, "subjectId" | "code" | "frameworkId">;
  readonly periodId: string;
  readonly rotation: string;
  readonly askedBy: "program" | "schedule" | "trainee";
  readonly happenedOn?: string | undefined;
  /** What is asked: a form's questions, or these codes. */
  readonly formVersionId?: string | null | undefined;
  readonly codes?: readonly string[] | undefined;
  readonly amends?: string | undefined;
}

/** A colleague sees who the trainee is for as long as the request is open. The evaluation's id. */
export async function askColleague(
  ctx: Context<Milestones>,
  asked: Asked & { readonly evaluator: { readonly id: string; readonly name: string } },
): Promise<string> {
  const { trainee, evaluator } = asked;
  const { kind, subcompetencies } = await questionsOf(ctx, asked, "faculty");
  const id = Bun.randomUUIDv7();
  const expiresAt = daysFrom(ctx.now, ctx.settings.daysToComplete);
  await assign(ctx, { personId: evaluator.id, subjectId: trainee.subjectId, kind: "evaluator", until: expiresAt });
  await ctx.db.one(askFor, {
    id,
    subjectId: trainee.subjectId,
    periodId: asked.periodId,
    evaluatorId: evaluator.id,
    kind,
    askedBy: asked.askedBy,
    rotation: asked.rotation,
    formVersionId: asked.formVersionId ?? null,
    happenedOn: asked.happenedOn ?? null,
    amendsId: asked.amends ?? null,
    dueOn: addDays(dayOf(ctx.now), ctx.settings.daysToComplete),
    expiresAt,
  });
  await addRows(ctx, id, trainee.subjectId, evaluator.id, subcompetencies);
  return id;
}

/** For someone without an account. The link is shown once, here; only its hash is kept. */
export async function askByLink(
  ctx: Context<Milestones>,
  asked: Asked & {
    readonly kind: EvaluatorKind;
    readonly days: number;
    readonly name?: string | undefined;
    readonly email?: string | undefined;
    /** False: nothing says who will answer, so the program confirms it before it counts. */
    readonly isVouched: boolean;
  },
): Promise<{ readonly id: string; readonly path: string; readonly expiresAt: Date }> {
  const { trainee } = asked;
  const { kind, subcompetencies } = await questionsOf(ctx, asked, asked.kind);
  const id = Bun.randomUUIDv7();
  const linkId = Bun.randomUUIDv7();
  const expiresAt = daysFrom(ctx.now, asked.days);
  const path = await ctx.portalLink(trainee.subjectId, expiresAt, linkId);
  await ctx.db.one(askForByLink, {
    id,
    subjectId: trainee.subjectId,
    periodId: asked.periodId,
    linkId,
    kind,
    askedBy: asked.askedBy,
    rotation: asked.rotation,
    evaluatorName: kind === "patient" ? null : (asked.name ?? null),
    evaluatorEmail: kind === "patient" ? null : (asked.email ?? null),
    isVouched: asked.isVouched,
    formVersionId: asked.formVersionId ?? null,
    happenedOn: asked.happenedOn ?? null,
    dueOn: dayOf(expiresAt),
    expiresAt,
  });
  await addRows(ctx, id, trainee.subjectId, null, subcompetencies);
  ctx.audit("milestones.asked_by_link", {
    subjectId: trainee.subjectId,
    trainee: trainee.code,
    rotation: asked.rotation,
    kind,
  });
  return { id, path, expiresAt };
}

/** A new link to the same request. The one that went out before is void: only its hash was kept, so it cannot go out again. */
export async function renewLink(
  ctx: Context<Milestones>,
  of: {
    readonly id: string;
    readonly subjectId: string;
    readonly linkId: string;
    readonly expiresAt: Date;
    readonly rotation: string;
    readonly code: string;
  },
): Promise<string> {
  const linkId = Bun.randomUUIDv7();
  const path = await ctx.portalLink(of.subjectId, of.expiresAt, linkId);
  await ctx.db.one(changeLink, { id: of.id, linkId });
  await endLink(ctx, of.linkId);
  ctx.audit("milestones.link_renewed", { subjectId: of.subjectId, trainee: of.code, rotation: of.rotation });
  return path;
}

/** The mail names nobody: a mail box is not the place for a trainee's name. */
export const letter = (
  ctx: Pick<Context, "mail" | "workspace" | "tenant" | "address">,
  to: string,
  path: string,
  again?: { readonly until: string },
) =>
  ctx.mail({
    to,
    subject: again
      ? `${ctx.workspace.title} still hopes for half a minute of yours`
      : `${ctx.workspace.title} asks for half a minute`,
    text: `${ctx.workspace.title} at ${ctx.tenant.name} asks you what you saw of one of its trainees. It takes half a minute and no account:\n\n${ctx.address(path)}\n\n${again ? `It can be answered until ${again.until}. The link in the mail before this one no longer opens anything. ` : ""}The link is yours alone; do not pass it on.`,
  });

async function questionsOf(
  ctx: Context<Milestones>,
  { trainee, formVersionId, codes }: Asked,
  otherwise: EvaluatorKind,
): Promise<{ kind: EvaluatorKind; subcompetencies: readonly string[] }> {
  if (formVersionId) {
    const form = await ctx.db.one(formVersionById, { id: formVersionId });
    if (form.frameworkId !== trainee.frameworkId)
      throw Problem.refused(`The form ${form.title} belongs to another framework than ${trainee.code}'s.`);
    const items = await ctx.db.all(itemsOf, { formVersionId });
    const levels = items.filter((item) => item.answer === "level").map((item) => item.subcompetencyId);
    return { kind: form.kind, subcompetencies: [...new Set(levels)] };
  }
  const wanted = new Set(codes ?? []);
  const subcompetencies = (await ctx.db.all(allSubcompetencies, {}))
    .filter((row) => row.frameworkId === trainee.frameworkId && wanted.has(row.code))
    .map((row) => row.id);
  if (subcompetencies.length === 0)
    throw Problem.invalid({ codes: `None of these subcompetencies belongs to the framework of ${trainee.code}.` });
  return { kind: otherwise, subcompetencies };
}

async function addRows(
  ctx: Context<Milestones>,
  evaluationId: string,
  subjectId: string,
  evaluatorId: string | null,
  subcompetencies: readonly string[],
) {
  if (subcompetencies.length === 0) return;
  await ctx.db.all(
    askAbout(subcompetencies.map((subcompetencyId) => ({ evaluationId, subjectId, evaluatorId, subcompetencyId }))),
    {},
  );
}

export const daysFrom = (from: Date, days: number): Date => new Date(from.getTime() + days * 24 * 60 * 60 * 1000);
