/** Asking faculty for evaluations, and seeing what is missing. */
import { holds } from "@core/access/holding.ts";
import { type Context, Locked, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { assign } from "@core/subjects/assignments.ts";
import { endLink, prolongLink } from "@core/subjects/links.ts";
import { Type as t } from "@sinclair/typebox";
import { encode } from "uqr";
import { askColleague, daysFrom, letter, renewLink } from "../asking.ts";
import { counted } from "../counted.ts";
import { withdrawals } from "../evaluation-tables.ts";
import { evaluatorKinds } from "../evaluator-kind.ts";
import type { Milestones } from "../names.ts";
import { choosePeriod, dayOf, periodTitle } from "../period.ts";
import {
  confirmAnswer,
  type EvaluationRow,
  evaluationById,
  extendRequest,
  hasArrived,
  requestsIn,
  sayWhyWithdrawn,
  versionsOf,
  withdraw,
  withdrawalOf,
} from "../store/evaluations.ts";
import { newestForms } from "../store/forms.ts";
import { allPeriods, allSubcompetencies, periodById } from "../store/frameworks.ts";
import { type ColleagueRow, colleagues, roster, traineeById } from "../store/trainees.ts";
import { SquarePage } from "../views/asking.tsx";
import { AskPage, RequestPage, type RequestState, RequestsPage } from "../views/requests.tsx";
import { pageOf } from "./paging.ts";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Milestones>();
const id = (title: string) => t.String({ title, format: "uuid" });
const byId = t.Object({ id: t.String({ format: "uuid" }) });

/** What somebody has to do something about comes first; within each, what is due first. */
const urgency: readonly RequestState[] = ["unconfirmed", "expired", "draft", "open", "submitted", "withdrawn"];

/** Roles whose holders may be asked. */
export const mayEvaluate = (row: ColleagueRow) => holds(row, "milestones.evaluations.complete");

export const requestRoutes = [
  get("/requests", {
    needs: "milestones.evaluations.follow",
    query: t.Object({
      period: t.Optional(id("Period")),
      name: t.Optional(t.String({ title: "Name", maxLength: 120 })),
      state: t.Optional(
        t.Union(
          (["open", "draft", "expired", "unconfirmed", "submitted", "withdrawn"] as const).map((one) => t.Literal(one)),
        ),
      ),
      page: t.Optional(t.Integer({ title: "Page", minimum: 1, maximum: 10_000 })),
    }),
    async run({ query }, ctx) {
      const periods = await ctx.db.all(allPeriods, {});
      const period = choosePeriod(periods, query.period, dayOf(ctx.now));
      const requests = period ? await ctx.db.all(requestsIn, { periodId: period.id }) : [];
      const names = await ctx.names(requests.map((row) => row.subjectId));
      const people = await ctx.people(requests.map((row) => row.evaluatorId));
      const lines = requests.map((row) => ({
        href: ctx.url(`/requests/${row.id}`),
        trainee: names.get(row.subjectId) ?? "A trainee who has left",
        evaluator: askedIn(row, people),
        rotation: row.rotation,
        dueOn: row.dueOn,
        state: stateOf(row, ctx.now),
      }));
      const wanted = (query.name ?? "").trim().toLowerCase();
      const found = lines
        .filter(
          (line) =>
            (!query.state || line.state === query.state) &&
            `${line.trainee} ${line.evaluator} ${line.rotation}`.toLowerCase().includes(wanted),
        )
        .sort((a, b) => urgency.indexOf(a.state) - urgency.indexOf(b.state));
      const { shown, pager } = pageOf(found, query.page, ctx.url("/requests"), { ...query, period: period?.id });
      return RequestsPage({
        all: lines,
        total: found.length,
        pager,
        chosen: { period: period?.id ?? "", name: query.name ?? "", state: query.state ?? "" },
        outsideHref: ctx.may("milestones.evaluations.request") && period ? ctx.url("/requests/outside") : null,
        scheduleHref: ctx.url("/schedule"),
        periods: periods.map((one) => ({ value: one.id, label: periodTitle(one) })),
        action: ctx.url("/requests"),
        newHref: ctx.may("milestones.evaluations.request") && period ? ctx.url("/requests/new") : null,
        requests: shown,
      });
    },
  }),

  get("/requests/new", {
    needs: "milestones.evaluations.request",
    query: t.Object({ subject: t.Optional(id("Trainee")) }),
    run: async ({ query }, ctx) => AskPage({ ...(await choices(ctx)), chosen: query.subject ? [query.subject] : [] }),
  }),

  post("/requests", {
    needs: "milestones.evaluations.request",
    body: t.Object({
      periodId: id("Period"),
      evaluatorId: id("Evaluator"),
      rotation: t.String({ title: "Rotation", minLength: 1, maxLength: 120 }),
      subjectIds: t.Array(id("Trainee"), { title: "Trainees", maxItems: 200 }),
      codes: t.Array(t.String({ maxLength: 8 }), { title: "Subcompetencies", maxItems: 60 }),
      formVersionId: t.Optional(id("Form")),
    }),
    refused: async (typed, problems, ctx) =>
      AskPage({ ...(await choices(ctx)), chosen: [], form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      const period = await ctx.db.one(periodById, { id: body.periodId });
      const evaluator = (await ctx.db.all(colleagues, {})).find(
        (row) => row.id === body.evaluatorId && mayEvaluate(row),
      );
      if (!evaluator) throw Problem.invalid({ evaluatorId: "Choose someone who may evaluate in this program." });
      if (body.subjectIds.length === 0) throw Problem.invalid({ subjectIds: "Choose one trainee or more." });
      if (body.codes.length === 0 && !body.formVersionId)
        throw Problem.invalid({ codes: "Choose one subcompetency or more." });
      const wanted = new Set(body.subjectIds);
      const trainees = (await ctx.db.all(roster, {})).filter((row) => wanted.has(row.subjectId));
      if (trainees.length !== wanted.size) throw Problem.notFound("One of these trainees is not in this program.");
      await refuseTwice(ctx, body, trainees);

      for (const trainee of trainees) {
        const { subjectId, code } = trainee;
        await askColleague(ctx, {
          trainee,
          periodId: period.id,
          rotation: body.rotation,
          askedBy: "program",
          formVersionId: body.formVersionId ?? null,
          codes: body.codes,
          evaluator,
        });
        ctx.audit("milestones.evaluation_requested", {
          subjectId,
          evaluator: evaluator.name,
          trainee: code,
          rotation: body.rotation,
        });
      }
      const count = counted(trainees.length, "evaluation");
      return new Redirect(ctx.url(`/requests?period=${period.id}`), `${evaluator.name} was asked for ${count}.`);
    },
  }),

  get("/requests/:id", {
    needs: "milestones.evaluations.follow",
    params: byId,
    run: async ({ params }, ctx) => RequestPage(await requestOf(ctx, params.id)),
  }),

  post("/requests/:id/extend", {
    needs: "milestones.evaluations.request",
    params: byId,
    async run({ params }, ctx) {
      const row = await ctx.db.one(evaluationById, params);
      const why = whyNotExtend(row, ctx.now);
      if (why) throw Problem.refused(why);
      const { code } = await ctx.db.one(traineeById, { subjectId: row.subjectId });
      const expiresAt = daysFrom(new Date(Math.max(row.expiresAt.getTime(), ctx.now.getTime())), EXTENSION_DAYS);
      if (row.linkId) await prolongLink(ctx, row.linkId, expiresAt);
      if (row.evaluatorId)
        await assign(ctx, {
          personId: row.evaluatorId,
          subjectId: row.subjectId,
          kind: "evaluator",
          until: expiresAt,
        });
      await ctx.db.one(extendRequest, { id: row.id, dueOn: dayOf(expiresAt), expiresAt: expiresAt.toISOString() });
      ctx.audit("milestones.request_extended", { subjectId: row.subjectId, trainee: code, rotation: row.rotation });
      return new Redirect(ctx.url(`/requests/${row.id}`), "Extended by a week.");
    },
  }),

  post("/requests/:id/renew", {
    needs: "milestones.links.renew",
    params: byId,
    async run({ params }, ctx) {
      const row = await ctx.db.one(evaluationById, params);
      const { linkId, subjectId, rotation, expiresAt } = row;
      if (!linkId || row.submittedAt || row.withdrawnAt || expiresAt <= ctx.now)
        throw Problem.refused(
          "Only an open request that is answered by link can be sent again. Extend it first if it has expired.",
        );
      const { code } = await ctx.db.one(traineeById, { subjectId });
      const path = await renewLink(ctx, { id: row.id, subjectId, linkId, expiresAt, rotation, code });
      if (row.evaluatorEmail) {
        await letter(ctx, row.evaluatorEmail, path, { until: row.dueOn });
        return new Redirect(
          ctx.url(`/requests/${row.id}`),
          "A new link was sent; the one before opens nothing any more.",
        );
      }
      return SquarePage({
        crumbs: [
          { label: "Evaluation requests", href: ctx.url(`/requests?period=${row.periodId}`) },
          { label: "Request", href: ctx.url(`/requests/${row.id}`) },
        ],
        modules: encode(ctx.address(path), { ecc: "M", border: 3 }).data,
        address: ctx.address(path),
        until: expiresAt,
        note: "The code from before opens nothing any more.",
      });
    },
  }),

  post("/requests/:id/confirm", {
    needs: "milestones.evaluations.request",
    params: byId,
    async run({ params }, ctx) {
      const row = await ctx.db.one(evaluationById, params);
      if (!(await ctx.db.first(confirmAnswer, { id: row.id, personId: ctx.actor.id ?? "" })))
        throw Problem.refused(
          "There is nothing to confirm: this was not answered by a code or link of the trainee's own, or it is confirmed.",
        );
      const { code } = await ctx.db.one(traineeById, { subjectId: row.subjectId });
      ctx.audit("milestones.answer_confirmed", { subjectId: row.subjectId, trainee: code, rotation: row.rotation });
      return new Redirect(ctx.url(`/requests/${row.id}`), "Confirmed. It counts from now on.");
    },
  }),

  post("/requests/:id/withdraw", {
    needs: "milestones.evaluations.request",
    params: byId,
    body: t.Object({ reason: t.String({ title: "Reason", minLength: 1, maxLength: 1000 }) }),
    refused: async (typed, problems, ctx, params) =>
      RequestPage({
        ...(await requestOf(ctx, (params as { id: string }).id)),
        form: formAgain(typed, problems),
      }),
    async run({ params, body }, ctx) {
      const row = await ctx.db.one(evaluationById, params);
      if (row.withdrawnAt) throw Problem.refused("This was withdrawn already.");
      if (stateOf(row, ctx.now) === "submitted" && !ctx.may("milestones.evaluations.withdraw"))
        throw Problem.refused("Only the program director withdraws what was submitted.");
      const { code } = await ctx.db.one(traineeById, { subjectId: row.subjectId });
      const reasonId = Bun.randomUUIDv7();
      await ctx.db.one(sayWhyWithdrawn, {
        id: reasonId,
        evaluationId: row.id,
        subjectId: row.subjectId,
        reason: await ctx.seal(withdrawals.reason, body.reason, { row: reasonId, subject: row.subjectId }),
      });
      await ctx.db.one(withdraw, { id: row.id });
      if (row.linkId) await endLink(ctx, row.linkId);
      if (row.evaluatorId && !row.submittedAt) await ctx.later("milestones.close_request", { evaluationId: row.id });
      ctx.audit("milestones.evaluation_withdrawn", { subjectId: row.subjectId, trainee: code, rotation: row.rotation });
      return new Redirect(ctx.url(`/requests/${row.id}`), "Withdrawn. It stays on record and counts nowhere.");
    },
  }),

  post("/requests/:id/amend", {
    needs: "milestones.evaluations.request",
    params: byId,
    async run({ params }, ctx) {
      const row = await ctx.db.one(evaluationById, params);
      if (!row.submittedAt || row.withdrawnAt) throw Problem.refused("Only a submitted evaluation can be amended.");
      if (!row.evaluatorId)
        throw Problem.refused("Who answered by link is not known to the program. Ask for a new evaluation instead.");
      const later = (await ctx.db.all(versionsOf, { id: row.id })).filter((one) => !one.withdrawnAt);
      if (later.length > 0) throw Problem.refused("An amendment was asked for already.");
      const trainee = await ctx.db.one(traineeById, { subjectId: row.subjectId });
      const evaluator = {
        id: row.evaluatorId,
        name: (await ctx.people([row.evaluatorId])).get(row.evaluatorId) ?? "Someone who has left",
      };
      const asked = await ctx.db.all(allSubcompetencies, {});
      const id = await askColleague(ctx, {
        trainee,
        periodId: row.periodId,
        rotation: row.rotation,
        askedBy: "program",
        formVersionId: row.formVersionId,
        codes: asked.filter((one) => one.frameworkId === trainee.frameworkId).map((one) => one.code),
        evaluator,
        amends: row.id,
      });
      ctx.audit("milestones.amendment_asked", {
        subjectId: row.subjectId,
        trainee: trainee.code,
        evaluator: evaluator.name,
        rotation: row.rotation,
      });
      return new Redirect(ctx.url(`/requests/${id}`), `${evaluator.name} is asked for a new version.`);
    },
  }),
];

const EXTENSION_DAYS = 7;

function whyNotExtend(row: EvaluationRow, now: Date): string | null {
  if (row.withdrawnAt || row.submittedAt) return "Only an open or expired request can be extended.";
  if (row.extendedAt) return "A request is extended once. Withdraw it, and ask again.";
  if (now.getTime() - row.expiresAt.getTime() > 30 * 86_400_000)
    return "This expired more than a month ago. Ask for a new evaluation instead.";
  return null;
}

async function requestOf(ctx: Context<Milestones>, requestId: string) {
  const row = await ctx.db.one(evaluationById, { id: requestId });
  const people = await ctx.people([row.evaluatorId]);
  const asks = ctx.may("milestones.evaluations.request");
  const isOpen = !row.submittedAt && !row.withdrawnAt;
  const [why] =
    row.withdrawnAt && ctx.may("milestones.decisions.read")
      ? await ctx.db.all(withdrawalOf, { evaluationId: row.id })
      : [];
  const [reason] = why
    ? await ctx.openMany(
        [{ value: why.reason, at: { row: why.id, subject: row.subjectId } }],
        "to see why it was withdrawn",
      )
    : [];
  return {
    crumbs: [{ label: "Evaluation requests", href: ctx.url(`/requests?period=${row.periodId}`) }],
    trainee: (await ctx.names([row.subjectId])).get(row.subjectId) ?? "A trainee who has left",
    evaluator: askedIn(row, people),
    kind: evaluatorKinds[row.kind],
    askedBy: row.askedBy,
    rotation: row.rotation,
    dueOn: row.dueOn,
    state: stateOf(row, ctx.now),
    submittedAt: row.submittedAt,
    extendedAt: row.extendedAt,
    reason: reason instanceof Locked ? reason.sentence : (reason ?? null),
    happenedOn: row.happenedOn,
    confirmedAt: row.confirmedAt,
    confirmedBy: row.confirmedBy ? ((await ctx.people([row.confirmedBy])).get(row.confirmedBy) ?? null) : null,
    confirmAction: asks && stateOf(row, ctx.now) === "unconfirmed" ? ctx.url(`/requests/${row.id}/confirm`) : null,
    renewAction:
      ctx.may("milestones.links.renew") && isOpen && row.linkId && row.expiresAt > ctx.now
        ? ctx.url(`/requests/${row.id}/renew`)
        : null,
    mailed: row.evaluatorEmail !== null,
    evidenceHref:
      stateOf(row, ctx.now) === "submitted" && ctx.may("milestones.evaluations.read")
        ? ctx.url(`/evidence/${row.id}`)
        : null,
    amends: row.amendsId !== null,
    extendAction: asks && isOpen && whyNotExtend(row, ctx.now) === null ? ctx.url(`/requests/${row.id}/extend`) : null,
    amendAction:
      asks && row.submittedAt && !row.withdrawnAt && row.evaluatorId ? ctx.url(`/requests/${row.id}/amend`) : null,
    withdrawAction:
      asks && !row.withdrawnAt && (stateOf(row, ctx.now) !== "submitted" || ctx.may("milestones.evaluations.withdraw"))
        ? ctx.url(`/requests/${row.id}/withdraw`)
        : null,
  };
}

function askedIn(row: EvaluationRow, people: ReadonlyMap<string, string>): string {
  if (row.evaluatorId) return people.get(row.evaluatorId) ?? "Someone who has left";
  if (row.kind === "peer" || row.kind === "patient") return `${evaluatorKinds[row.kind]}, by link`;
  return row.evaluatorName ?? `${evaluatorKinds[row.kind]}, by link`;
}

/** The same question to the same person while it is still open would only annoy. */
async function refuseTwice(
  ctx: Context<Milestones>,
  body: { periodId: string; evaluatorId: string; rotation: string },
  trainees: readonly { subjectId: string; code: string }[],
) {
  const open = (await ctx.db.all(requestsIn, { periodId: body.periodId })).filter(
    (row) =>
      row.evaluatorId === body.evaluatorId &&
      row.rotation === body.rotation &&
      ["open", "draft"].includes(stateOf(row, ctx.now)),
  );
  const twice = trainees.filter(({ subjectId }) => open.some((row) => row.subjectId === subjectId));
  if (twice.length === 0) return;
  throw Problem.invalid({
    subjectIds: `This is already being asked about ${twice.map(({ code }) => code).join(", ")}. Leave out whom it concerns.`,
  });
}

function stateOf(
  row: Pick<EvaluationRow, "submittedAt" | "savedAt" | "expiresAt" | "withdrawnAt" | "isVouched" | "confirmedAt">,
  now: Date,
): RequestState {
  if (row.withdrawnAt) return "withdrawn";
  if (row.submittedAt) return hasArrived(row) ? "submitted" : "unconfirmed";
  if (row.expiresAt <= now) return "expired";
  return row.savedAt ? "draft" : "open";
}

async function choices(ctx: Context<Milestones>) {
  const periods = await ctx.db.all(allPeriods, {});
  const trainees = await ctx.db.all(roster, {});
  const names = await ctx.names(trainees.map((row) => row.subjectId));
  const people = (await ctx.db.all(colleagues, {})).filter((row) => mayEvaluate(row));
  const inUse = new Set(trainees.map((row) => row.frameworkId));
  const codes = (await ctx.db.all(allSubcompetencies, {})).filter((row) => inUse.has(row.frameworkId));
  return {
    crumbs: [{ label: "Evaluation requests", href: ctx.url("/requests") }],
    action: ctx.url("/requests"),
    days: ctx.settings.daysToComplete,
    forms: (await ctx.db.all(newestForms, {}))
      .filter((row) => row.isOffered && row.kind === "faculty" && inUse.has(row.frameworkId))
      .map((row) => ({ value: row.versionId, label: row.title })),
    periods: periods.map((one) => ({ value: one.id, label: periodTitle(one) })),
    period: choosePeriod(periods, undefined, dayOf(ctx.now))?.id ?? "",
    evaluators: [...new Map(people.map((row) => [row.id, { value: row.id, label: row.name }])).values()],
    trainees: trainees
      .map((row) => ({ value: row.subjectId, label: `${names.get(row.subjectId) ?? row.code}, PGY ${row.pgy}` }))
      .sort((a, b) => a.label.localeCompare(b.label)),
    codes: [
      ...new Map(codes.map((row) => [row.code, { value: row.code, label: `${row.code} ${row.title}` }])).values(),
    ],
  };
}
