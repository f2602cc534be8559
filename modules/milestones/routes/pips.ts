/** Improvement plans: the director drafts, a second person approves, the trainee is served and answers. */
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { type Static, Type as t } from "@sinclair/typebox";
import type { Milestones } from "../names.ts";
import { openTexts } from "../opened.ts";
import { addDays, dayOf } from "../period.ts";
import {
  type Escalation,
  pipSteps as everyStep,
  lacksIn,
  type PipStep,
  pipStateInWords,
  pipStateOf,
  pipStepInWords,
} from "../pip.ts";
import { pipDocument } from "../pip-document.ts";
import {
  escalationsNamed,
  findPip,
  type PipFound,
  permissionFor,
  type StepPermission,
  stepsOpen,
  textOf,
  whyNotHere,
} from "../pip-standing.ts";
import { pipDrafts, pipSteps } from "../pip-tables.ts";
import { evidenceOf } from "../store/evaluations.ts";
import { subcompetenciesOf } from "../store/frameworks.ts";
import {
  addDraft,
  addEvidence,
  addNotice,
  addPip,
  addPipStep,
  addPipSubcompetencies,
  addViewer,
  allPips,
  endViewer,
  evidenceOfDraft,
  lastPipSteps,
  pipById,
  subcompetenciesOfDraft,
  viewerById,
  viewersOf,
} from "../store/pips.ts";
import { evidenceOfFlags } from "../store/summaries.ts";
import { colleagues, mentorings, roster, type TraineeRow, traineeById } from "../store/trainees.ts";
import { PipDraftPage, PipPage, PipStepPage, PipsPage } from "../views/pips.tsx";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Milestones>();
const uuid = t.String({ format: "uuid" });
const byId = t.Object({ id: uuid });
const part = (title: string) => t.String({ title, minLength: 1, maxLength: 4000 });
const day = (title: string) => t.String({ title, format: "date" });

const draftBody = t.Object({
  startsOn: day("From"),
  endsOn: day("Until"),
  subcompetencyIds: t.Array(uuid, { title: "About", maxItems: 60 }),
  evaluationIds: t.Array(uuid, { title: "Evidence", maxItems: 200 }),
  deficiency: part("What is deficient"),
  expected: part("What is expected"),
  criteria: part("How success is measured"),
  supports: part("Support"),
  supervision: part("Changes of supervision"),
  consequences: part("Consequences"),
  appeal: part("Appeal"),
});
const stepBody = t.Object({
  step: t.Union(everyStep.map((step) => t.Literal(step))),
  note: t.Optional(t.String({ title: "Note", maxLength: 4000 })),
  witnessId: t.Optional(t.String({ title: "Witness", format: "uuid" })),
  newEnd: t.Optional(day("New end")),
  kind: t.Optional(
    t.Union([t.Literal("probation"), t.Literal("non_promotion"), t.Literal("non_renewal"), t.Literal("dismissal")]),
  ),
  effectiveOn: t.Optional(day("Takes effect")),
});

/** One address for each kind of person, so that each asks for the permission the step needs. */
const stepRoute = (path: string, needs: StepPermission) =>
  post(`/improvement/:id/${path}`, {
    needs,
    params: byId,
    body: stepBody,
    refused: async (typed, problems, ctx, params) => {
      const step = everyStep.find((one) => one === typed.step);
      if (!step) throw Problem.notFound();
      return PipStepPage({
        ...(await stepPageOf(ctx, await findPip(ctx, params.id), step)),
        form: formAgain(typed, problems),
      });
    },
    async run({ params, body }, ctx) {
      const found = await findPip(ctx, params.id);
      const { step } = body;
      if (permissionFor(step) !== needs) throw Problem.notFound();
      return await takeStep(ctx, found, step, body);
    },
  });

export const pipRoutes = [
  get("/improvement", {
    needs: "milestones.pips.read",
    async run(_, ctx) {
      const rows = await ctx.db.all(allPips, {});
      const last = new Map((await ctx.db.all(lastPipSteps, {})).map((row) => [row.pipId, row]));
      const trainees = new Map((await ctx.db.all(roster, {})).map((row) => [row.subjectId, row]));
      const names = await ctx.names([...trainees.keys()]);
      return PipsPage({
        called: ctx.settings.pipName,
        plans: rows.map((row) => ({
          href: ctx.url(`/improvement/${row.id}`),
          trainee: names.get(row.subjectId) ?? "A trainee who has left",
          since: row.madeAt,
          state: pipStateOf(last.get(row.id)?.step ?? null),
        })),
        start: ctx.may("milestones.pips.manage")
          ? {
              action: ctx.url("/improvement/new"),
              trainees: [...trainees.values()].map((row) => ({
                value: row.subjectId,
                label: names.get(row.subjectId) ?? row.code,
              })),
            }
          : null,
      });
    },
  }),

  get("/improvement/new", {
    needs: "milestones.pips.manage",
    query: t.Object({ subject: uuid, flag: t.Optional(uuid) }),
    async run({ query }, ctx) {
      const trainee = await ctx.db.one(traineeById, { subjectId: query.subject });
      const page = await draftPageOf(ctx, trainee, null);
      if (!query.flag || !ctx.may("milestones.summaries.read")) return PipDraftPage(page);
      // The evaluations that speak for a confirmed flag, and nothing that a summary or a model wrote: the trainee reads this.
      const evaluationIds = (await ctx.db.all(evidenceOfFlags, { subjectId: query.subject }))
        .filter((row) => row.flagId === query.flag && row.speaksFor)
        .map((row) => row.evaluationId);
      return PipDraftPage({ ...page, draft: { ...page.draft, evaluationIds } });
    },
  }),

  post("/trainees/:subject/improvement", {
    needs: "milestones.pips.manage",
    params: t.Object({ subject: uuid }),
    body: draftBody,
    refused: async (typed, problems, ctx, params) =>
      PipDraftPage({
        ...(await draftPageOf(ctx, await ctx.db.one(traineeById, { subjectId: params.subject }), null)),
        form: formAgain(typed, problems),
      }),
    async run({ params, body }, ctx) {
      const trainee = await ctx.db.one(traineeById, { subjectId: params.subject });
      const id = Bun.randomUUIDv7();
      await ctx.db.one(addPip, { id, subjectId: trainee.subjectId });
      await saveDraft(ctx, trainee, id, 1, body);
      return new Redirect(ctx.url(`/improvement/${id}`), "Saved. Nobody but directors and second reviewers sees it.");
    },
  }),

  get("/improvement/:id", {
    needs: "milestones.pips.read",
    params: byId,
    run: async ({ params }, ctx) => PipPage(await pageOf(ctx, await findPip(ctx, params.id))),
  }),

  get("/improvement/:id/draft", {
    needs: "milestones.pips.manage",
    params: byId,
    async run({ params }, ctx) {
      const found = await findPip(ctx, params.id);
      refuseUnlessDraft(found);
      return PipDraftPage(await draftPageOf(ctx, found.trainee, found));
    },
  }),

  post("/improvement/:id/draft", {
    needs: "milestones.pips.manage",
    params: byId,
    body: draftBody,
    refused: async (typed, problems, ctx, params) => {
      const found = await findPip(ctx, params.id);
      return PipDraftPage({ ...(await draftPageOf(ctx, found.trainee, found)), form: formAgain(typed, problems) });
    },
    async run({ params, body }, ctx) {
      const found = await findPip(ctx, params.id);
      refuseUnlessDraft(found);
      await saveDraft(ctx, found.trainee, found.pip.id, found.draft.version + 1, body);
      return new Redirect(ctx.url(`/improvement/${params.id}`), "Saved as a new version.");
    },
  }),

  get("/improvement/:id/next/:step", {
    needs: "milestones.pips.read",
    params: t.Object({ id: uuid, step: t.Union(everyStep.map((step) => t.Literal(step))) }),
    async run({ params }, ctx) {
      const found = await findPip(ctx, params.id);
      const why = whyNotHere(ctx, found, params.step);
      if (why) throw Problem.refused(why);
      return PipStepPage(await stepPageOf(ctx, found, params.step));
    },
  }),

  stepRoute("steps", "milestones.pips.manage"),
  stepRoute("review", "milestones.pips.review"),
  stepRoute("answer", "milestones.pips.own"),

  post("/improvement/:id/viewers", {
    needs: "milestones.pips.manage",
    params: byId,
    body: t.Object({ personId: t.String({ title: "Mentor", format: "uuid" }) }),
    refused: async (typed, problems, ctx, params) =>
      PipPage({ ...(await pageOf(ctx, await findPip(ctx, params.id))), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const found = await findPip(ctx, params.id);
      const { subjectId, code } = found.trainee;
      if (!(await mentorsOf(ctx, subjectId)).some((id) => id === body.personId))
        throw Problem.invalid({ personId: "Choose a mentor of this trainee." });
      const isThere = (await ctx.db.all(viewersOf, { pipId: params.id })).some((row) => row.personId === body.personId);
      if (isThere) throw Problem.invalid({ personId: "This mentor sees the plan already." });
      await ctx.db.one(addViewer, { pipId: params.id, subjectId, personId: body.personId });
      const mentor = (await ctx.people([body.personId])).get(body.personId) ?? "a mentor";
      ctx.audit("milestones.pip_opened", { subjectId, trainee: code, mentor });
      return new Redirect(ctx.url(`/improvement/${params.id}`), `${mentor} sees the plan from its notice on.`);
    },
  }),

  post("/viewers/:id/end", {
    needs: "milestones.pips.manage",
    params: byId,
    async run({ params }, ctx) {
      const { pipId, personId } = await ctx.db.one(viewerById, params);
      const { subjectId } = await ctx.db.one(pipById, { id: pipId });
      const { code } = await ctx.db.one(traineeById, { subjectId });
      await ctx.db.one(endViewer, params);
      const mentor = (await ctx.people([personId])).get(personId) ?? "a mentor";
      ctx.audit("milestones.pip_closed", { subjectId, trainee: code, mentor });
      return new Redirect(ctx.url(`/improvement/${pipId}`), "Ended.");
    },
  }),

  get("/improvement/:id/plan.pdf", {
    needs: "milestones.pips.export",
    params: byId,
    async run({ params }, ctx) {
      const found = await findPip(ctx, params.id);
      if (found.trainee.personId !== ctx.actor.id) throw Problem.notFound();
      const page = await pageOf(ctx, found);
      const document = pipDocument({
        ...page,
        program: ctx.workspace.title,
        state: pipStateInWords[page.state],
        evidence: page.evidence.map(({ label }) => label),
        happened: [...page.happened]
          .reverse()
          .map((one) => ({ ...one, on: dayOf(one.at), what: `${one.by} ${one.what}` })),
      });
      const rows = [found.pip.id, found.draft.id, ...found.steps.map(({ id }) => id)];
      return await ctx.pdf("milestones.pip", `improvement-plan-${found.trainee.code}.pdf`, document, rows);
    },
  }),
];

function refuseUnlessDraft({ state }: PipFound): void {
  if (state !== "draft")
    throw Problem.refused("Only a draft is rewritten. The second reviewer can hand it back, or you can rescind it.");
}

async function saveDraft(
  ctx: Context<Milestones>,
  { subjectId, code, frameworkId }: TraineeRow,
  pipId: string,
  version: number,
  { startsOn, endsOn, subcompetencyIds, evaluationIds, ...text }: Static<typeof draftBody>,
): Promise<void> {
  if (!(endsOn > startsOn)) throw Problem.invalid({ endsOn: "Choose a day after the first." });
  const theirs = new Set((await ctx.db.all(subcompetenciesOf, { frameworkId })).map(({ id }) => id));
  if (subcompetencyIds.length === 0 || subcompetencyIds.some((id) => !theirs.has(id)))
    throw Problem.invalid({ subcompetencyIds: "Choose one subcompetency or more of this trainee's framework." });
  const seen = new Set((await ctx.db.all(evidenceOf, { subjectId })).map(({ id }) => id));
  if (evaluationIds.some((id) => !seen.has(id)))
    throw Problem.invalid({ evaluationIds: "One of these evaluations is not of this trainee." });
  const id = Bun.randomUUIDv7();
  const sealed = await ctx.seal(pipDrafts.text, text, { row: id, subject: subjectId });
  await ctx.db.one(addDraft, { id, pipId, subjectId, version, startsOn, endsOn, text: sealed });
  const rows = [...new Set(subcompetencyIds)].map((subcompetencyId) => ({ draftId: id, subjectId, subcompetencyId }));
  await ctx.db.all(addPipSubcompetencies(rows), {});
  const links = [...new Set(evaluationIds)].map((evaluationId) => ({ draftId: id, subjectId, evaluationId }));
  if (links.length > 0) await ctx.db.all(addEvidence(links), {});
  ctx.audit("milestones.pip_drafted", { subjectId, trainee: code, version });
}

async function takeStep(
  ctx: Context<Milestones>,
  found: PipFound,
  step: PipStep,
  body: Static<typeof stepBody>,
): Promise<Redirect> {
  const why = whyNotHere(ctx, found, step);
  if (why) throw Problem.refused(why);
  const { pip, trainee, draft, standing, steps } = found;
  const { subjectId, code } = trainee;
  const today = dayOf(ctx.now);
  const words = {
    note: body.note ?? "",
    newEnd: body.newEnd ?? "",
    witnessId: body.witnessId ?? "",
    kind: body.kind ?? "",
    effectiveOn: body.effectiveOn ?? "",
  };
  const lacks = lacksIn(step, words, standing, ctx.settings, today);
  const witness = (await witnesses(ctx, found)).find(({ value }) => value === words.witnessId);
  if (step === "declined" && words.witnessId && !witness) lacks.witnessId = "Name a witness, other than yourself.";
  if (Object.keys(lacks).length > 0) throw Problem.invalid(lacks);

  const id = Bun.randomUUIDv7();
  const isEscalation = step === "escalated";
  await ctx.db.one(addPipStep, {
    id,
    pipId: pip.id,
    subjectId,
    ordinal: (steps.at(-1)?.ordinal ?? 0) + 1,
    step,
    note: words.note ? await ctx.seal(pipSteps.note, words.note, { row: id, subject: subjectId }) : null,
    byName: ctx.actor.name,
    witnessId: step === "declined" ? words.witnessId : null,
    witnessName: (step === "declined" && witness?.label) || null,
    newEnd: step === "extended" ? words.newEnd : null,
    kind: isEscalation ? (words.kind as Escalation) : null,
    effectiveOn: isEscalation ? words.effectiveOn : null,
    hearingBy: isEscalation ? addDays(today, ctx.settings.hearingDays) : null,
    grievanceBy: isEscalation ? addDays(today, ctx.settings.grievanceDays) : null,
  });
  if (step === "issued") await ctx.db.one(addNotice, { pipId: pip.id, subjectId, draftId: draft.id });
  ctx.audit("milestones.pip_moved", { subjectId, trainee: code, how: pipStepInWords[step] });
  return new Redirect(ctx.url(`/improvement/${pip.id}`), "Recorded.");
}

/** Colleagues who could have been in the room; never the one who records it, and not the trainee. */
async function witnesses(ctx: Context<Milestones>, { trainee }: PipFound) {
  if (!ctx.may("milestones.pips.manage")) return [];
  const people = (await ctx.db.all(colleagues, {})).filter(
    ({ id, role }) => role !== "trainee" && id !== ctx.actor.id && id !== trainee.personId,
  );
  return [...new Map(people.map(({ id, name }) => [id, { value: id, label: name }])).values()];
}

async function mentorsOf(ctx: Context<Milestones>, subjectId: string): Promise<string[]> {
  return (await ctx.db.all(mentorings, {})).flatMap((row) => (row.subjectId === subjectId ? [row.personId] : []));
}

const nameOf = async (ctx: Context<Milestones>, { subjectId, code }: TraineeRow): Promise<string> =>
  (await ctx.names([subjectId])).get(subjectId) ?? code;

async function draftPageOf(ctx: Context<Milestones>, trainee: TraineeRow, found: PipFound | null) {
  const { subjectId, frameworkId } = trainee;
  const today = dayOf(ctx.now);
  const chosen = found ? await ctx.db.all(subcompetenciesOfDraft, { draftId: found.draft.id }) : [];
  const linked = found ? await ctx.db.all(evidenceOfDraft, { draftId: found.draft.id }) : [];
  return {
    called: ctx.settings.pipName,
    name: await nameOf(ctx, trainee),
    crumbs: [
      { label: "Improvement plans", href: ctx.url("/improvement") },
      ...(found ? [{ label: ctx.settings.pipName, href: ctx.url(`/improvement/${found.pip.id}`) }] : []),
    ],
    action: found ? ctx.url(`/improvement/${found.pip.id}/draft`) : ctx.url(`/trainees/${subjectId}/improvement`),
    subcompetencies: (await ctx.db.all(subcompetenciesOf, { frameworkId })).map(({ id, code, title }) => ({
      value: id,
      label: `${code} ${title}`,
    })),
    evaluations: (await ctx.db.all(evidenceOf, { subjectId })).map(({ id, rotation, submittedAt }) => ({
      value: id,
      label: `${rotation}, ${submittedAt ? dayOf(submittedAt) : ""}`,
    })),
    draft: {
      startsOn: found?.draft.startsOn ?? today,
      endsOn: found?.draft.endsOn ?? addDays(today, 90),
      subcompetencyIds: chosen.map(({ subcompetencyId }) => subcompetencyId),
      evaluationIds: linked.map(({ evaluationId }) => evaluationId),
      text: found ? await textOf(ctx, found) : null,
    },
  };
}

async function stepPageOf(ctx: Context<Milestones>, found: PipFound, step: PipStep) {
  const needed = permissionFor(step);
  const path =
    needed === "milestones.pips.manage" ? "steps" : needed === "milestones.pips.review" ? "review" : "answer";
  return {
    called: ctx.settings.pipName,
    name: await nameOf(ctx, found.trainee),
    isOwn: needed === "milestones.pips.own",
    crumbs: [
      { label: "Improvement plans", href: ctx.url("/improvement") },
      { label: ctx.settings.pipName, href: ctx.url(`/improvement/${found.pip.id}`) },
    ],
    action: ctx.url(`/improvement/${found.pip.id}/${path}`),
    step,
    witnesses: step === "declined" ? await witnesses(ctx, found) : [],
    escalations: Object.entries(escalationsNamed(ctx.settings)).map(([value, label]) => ({ value, label })),
    days: { hearing: ctx.settings.hearingDays, grievance: ctx.settings.grievanceDays },
  };
}

async function pageOf(ctx: Context<Milestones>, found: PipFound) {
  const { pip, trainee, draft, steps, standing, state } = found;
  const { subjectId } = trainee;
  const isOwn = trainee.personId === ctx.actor.id;
  const manages = ctx.may("milestones.pips.manage") && !isOwn;
  const name = await nameOf(ctx, trainee);
  const opened = await openTexts(
    ctx,
    subjectId,
    steps.map(({ id, note }) => ({ row: id, value: note })),
    "to read an improvement plan",
  );
  const viewers = manages ? await ctx.db.all(viewersOf, { pipId: pip.id }) : [];
  const mentors = manages ? await mentorsOf(ctx, subjectId) : [];
  const people = await ctx.people([...viewers.map(({ personId }) => personId), ...mentors]);
  const by = (id: string) => people.get(id) ?? "A former colleague";
  const named = escalationsNamed(ctx.settings);
  const escalation = steps.find((row) => row.kind);
  const canRead = ctx.may("milestones.evaluations.read");
  return {
    called: ctx.settings.pipName,
    name,
    isOwn,
    state,
    crumbs: [{ label: "Improvement plans", href: ctx.url("/improvement") }],
    version: draft.version,
    startsOn: draft.startsOn,
    endsOn: standing.endsOn,
    about: (await ctx.db.all(subcompetenciesOfDraft, { draftId: draft.id })).map(
      ({ code, title }) => `${code} ${title}`,
    ),
    evidence: (await ctx.db.all(evidenceOfDraft, { draftId: draft.id })).map(({ evaluationId, rotation }) => ({
      href: canRead && rotation ? ctx.url(`/evidence/${evaluationId}`) : null,
      label: rotation ?? "An evaluation",
    })),
    text: await textOf(ctx, found),
    escalation: escalation?.kind
      ? {
          called: named[escalation.kind],
          effectiveOn: escalation.effectiveOn ?? "",
          hearingBy: escalation.hearingBy ?? "",
          grievanceBy: escalation.grievanceBy ?? "",
        }
      : null,
    happened: [...steps].reverse().map((row) => ({
      at: row.madeAt,
      by: row.byName,
      what: [
        pipStepInWords[row.step],
        row.kind ? `to ${named[row.kind].toLowerCase()}` : "",
        row.newEnd ? `until ${row.newEnd}` : "",
        row.witnessName ? `(witness: ${row.witnessName})` : "",
      ]
        .filter(Boolean)
        .join(" "),
      note: opened(row.id),
    })),
    next: stepsOpen(ctx, found).map((step) => ({ step, href: ctx.url(`/improvement/${pip.id}/next/${step}`) })),
    editHref: manages && state === "draft" ? ctx.url(`/improvement/${pip.id}/draft`) : null,
    pdfHref: isOwn && ctx.may("milestones.pips.export") ? ctx.url(`/improvement/${pip.id}/plan.pdf`) : null,
    viewers: manages
      ? {
          action: ctx.url(`/improvement/${pip.id}/viewers`),
          now: viewers.map(({ id, personId }) => ({ name: by(personId), endAction: ctx.url(`/viewers/${id}/end`) })),
          choices: mentors
            .filter((id) => !viewers.some(({ personId }) => personId === id))
            .map((id) => ({ value: id, label: by(id) })),
        }
      : null,
  };
}
