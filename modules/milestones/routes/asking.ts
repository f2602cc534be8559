/** Requests that are answered by link: by a trainee with a square code on the phone, and by the program of people outside. */
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { encode } from "uqr";
import { askByLink, letter } from "../asking.ts";
import { type EvaluatorKind, evaluatorKinds } from "../evaluator-kind.ts";
import type { Milestones } from "../names.ts";
import { choosePeriod, dayOf, isWithin, readDay } from "../period.ts";
import { requestsByTrainee } from "../store/evaluations.ts";
import { formVersionById, newestForms } from "../store/forms.ts";
import { allPeriods, subcompetenciesOf } from "../store/frameworks.ts";
import { roster, type TraineeRow, traineeById } from "../store/trainees.ts";
import { AskOutsidePage, AskPage, SquarePage } from "../views/asking.tsx";
import { askAtAddress, kindsForTrainees, whyNotAsk } from "../vouching.ts";
import { formAgain } from "./refused.ts";
import { oneself } from "./trainees.ts";

const { get, post } = routesFor<Milestones>();
const rotation = t.String({ title: "Rotation", minLength: 1, maxLength: 120 });
const asks = t.Optional(t.String({ title: "Form", format: "uuid" }));
const happenedOn = t.Optional(t.String({ title: "Day" }));
const email = t.Optional(t.String({ title: "E-mail", maxLength: 254 }));

/** Encounters are asked about while they are remembered. */
const MEMORY_DAYS = 7;

export const askingRoutes = [
  get("/ask", {
    needs: "milestones.requests.make",
    run: async (_, ctx) => AskPage(await askOf(ctx)),
  }),

  post("/ask", {
    needs: "milestones.requests.make",
    body: t.Object({
      kind: t.Union(kindsForTrainees.map((kind) => t.Literal(kind))),
      formVersionId: asks,
      rotation,
      codes: t.Array(t.String({ maxLength: 8 }), { title: "Subcompetencies", maxItems: 6 }),
      happenedOn,
      email,
    }),
    refused: async (typed, problems, ctx) => AskPage({ ...(await askOf(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      const trainee = await oneself(ctx);
      const day = dayAsked(ctx, body.happenedOn);
      const periods = await ctx.db.all(allPeriods, {});
      const period = periods.find((one) => isWithin(day, one)) ?? choosePeriod(periods, undefined, dayOf(ctx.now));
      if (!period) throw Problem.refused("No period is open yet.");
      const address = readAddress(body.email);
      if (!body.formVersionId && body.codes.length === 0)
        throw Problem.invalid({
          codes: "Choose one subcompetency or more, or a form. Three are answered in half a minute.",
        });
      const form = body.formVersionId ? await ctx.db.one(formVersionById, { id: body.formVersionId }) : null;
      const kind = form?.kind ?? body.kind;
      const why = whyNotAsk(kind, address !== null);
      if (why) throw Problem.invalid(why);
      const asked = {
        trainee: { subjectId: trainee.subjectId, code: trainee.code, frameworkId: trainee.frameworkId },
        periodId: period.id,
        rotation: body.rotation,
        kind,
        askedBy: "trainee" as const,
        happenedOn: day,
        formVersionId: body.formVersionId ?? null,
        codes: body.codes,
        days: address ? ctx.settings.daysToComplete : 1,
      };
      if (address) {
        const personId = trainee.personId;
        const addressee = await ctx.errand(askAtAddress, { ...asked, email: address, personId });
        if (addressee === "unknown") {
          if (kind === "peer")
            throw Problem.invalid({ email: "Peers are asked at the address of their own account in this program." });
          const { path } = await askByLink(ctx, { ...asked, email: address, isVouched: false });
          await letter(ctx, address, path);
        }
        return new Redirect(ctx.url("/ask"), "A link was sent. It says nothing of you but that the program asks.");
      }
      const { path, expiresAt } = await askByLink(ctx, { ...asked, isVouched: false });
      return SquarePage({
        crumbs: [{ label: "Ask for an evaluation", href: ctx.url("/ask") }],
        modules: encode(ctx.address(path), { ecc: "M", border: 3 }).data,
        address: ctx.address(path),
        until: expiresAt,
        note: "What is answered by this code counts once the program has confirmed who answered.",
      });
    },
  }),

  get("/requests/outside", {
    needs: "milestones.evaluations.request",
    run: async (_, ctx) => AskOutsidePage(await outsideOf(ctx)),
  }),

  post("/requests/outside", {
    needs: "milestones.evaluations.request",
    body: t.Object({
      subjectId: t.String({ title: "Trainee", format: "uuid" }),
      kind: t.Union((Object.keys(evaluatorKinds) as EvaluatorKind[]).map((kind) => t.Literal(kind))),
      formVersionId: asks,
      rotation,
      codes: t.Array(t.String({ maxLength: 8 }), { title: "Subcompetencies", maxItems: 60 }),
      name: t.Optional(t.String({ title: "Name", maxLength: 200 })),
      email,
    }),
    refused: async (typed, problems, ctx) =>
      AskOutsidePage({ ...(await outsideOf(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      const trainee = await ctx.db.one(traineeById, { subjectId: body.subjectId });
      const period = choosePeriod(await ctx.db.all(allPeriods, {}), undefined, dayOf(ctx.now));
      if (!period) throw Problem.refused("No period is open yet.");
      const address = readAddress(body.email);
      const name = (body.name ?? "").trim();
      const { path, expiresAt } = await askByLink(ctx, {
        trainee,
        periodId: period.id,
        rotation: body.rotation,
        kind: body.kind,
        askedBy: "program",
        formVersionId: body.formVersionId ?? null,
        codes: body.codes,
        days: ctx.settings.daysToComplete,
        ...(name ? { name } : {}),
        ...(address ? { email: address } : {}),
        isVouched: true,
      });
      if (address) {
        await letter(ctx, address, path);
        return new Redirect(ctx.url("/requests"), `A link was sent to ${address}.`);
      }
      return SquarePage({
        crumbs: [{ label: "Evaluation requests", href: ctx.url("/requests") }],
        modules: encode(ctx.address(path), { ecc: "M", border: 3 }).data,
        address: ctx.address(path),
        until: expiresAt,
      });
    },
  }),
];

function readAddress(text: string | undefined): string | null {
  const typed = (text ?? "").trim().toLowerCase();
  if (typed === "") return null;
  if (!/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(typed)) throw Problem.invalid({ email: "This is not an e-mail address." });
  return typed;
}

function dayAsked(ctx: Context<Milestones>, text: string | undefined): string {
  const today = dayOf(ctx.now);
  if (!text?.trim()) return today;
  const day = readDay(text);
  if (!day) throw Problem.invalid({ happenedOn: "Write the day as 2026-11-02." });
  const age = (Date.parse(today) - Date.parse(day)) / 86_400_000;
  if (age < 0) throw Problem.invalid({ happenedOn: "That day has not come yet." });
  if (age > MEMORY_DAYS)
    throw Problem.invalid({ happenedOn: `Ask within ${MEMORY_DAYS} days, while it is remembered.` });
  return day;
}

async function formChoices(ctx: Context<Milestones>, of: (frameworkId: string, kind: EvaluatorKind) => boolean) {
  return (await ctx.db.all(newestForms, {}))
    .filter((row) => row.isOffered && of(row.frameworkId, row.kind))
    .map((row) => ({ value: row.versionId, label: `${row.title} (${evaluatorKinds[row.kind].toLowerCase()})` }));
}

async function askOf(ctx: Context<Milestones>) {
  const trainee: TraineeRow = await oneself(ctx);
  const subcompetencies = await ctx.db.all(subcompetenciesOf, { frameworkId: trainee.frameworkId });
  return {
    action: ctx.url("/ask"),
    today: dayOf(ctx.now),
    forms: await formChoices(ctx, (id, kind) => id === trainee.frameworkId && kind !== "patient"),
    codes: subcompetencies.map((row) => ({ value: row.code, label: `${row.code} ${row.title}` })),
    open: (await ctx.db.all(requestsByTrainee, { subjectId: trainee.subjectId }))
      .filter((row) => row.expiresAt > ctx.now)
      .map((row) => ({
        rotation: row.rotation,
        kind: evaluatorKinds[row.kind],
        askedAt: row.madeAt,
        dueOn: row.dueOn,
      })),
  };
}

async function outsideOf(ctx: Context<Milestones>) {
  const trainees = await ctx.db.all(roster, {});
  const names = await ctx.names(trainees.map((row) => row.subjectId));
  const used = new Set(trainees.map((row) => row.frameworkId));
  const codes = new Map<string, string>();
  for (const frameworkId of used)
    for (const row of await ctx.db.all(subcompetenciesOf, { frameworkId }))
      codes.set(row.code, `${row.code} ${row.title}`);
  return {
    crumbs: [{ label: "Evaluation requests", href: ctx.url("/requests") }],
    action: ctx.url("/requests/outside"),
    days: ctx.settings.daysToComplete,
    trainees: trainees
      .map((row) => ({ value: row.subjectId, label: `${names.get(row.subjectId) ?? row.code}, PGY ${row.pgy}` }))
      .sort((a, b) => a.label.localeCompare(b.label)),
    forms: await formChoices(ctx, (id) => used.has(id)),
    codes: [...codes].map(([value, label]) => ({ value, label })),
  };
}
