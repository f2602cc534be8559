/** Journeys: brought or written as data, approved by a clinician, walked by members one step at a time. */
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { sha256 } from "@core/vault/primitives.ts";
import { Type as t } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { type Journey, journeyProblems } from "../journey.ts";
import { journeysBrought } from "../journeys-brought.ts";
import type { Coaching } from "../names.ts";
import { pagerOf } from "../pages.ts";
import { localTime } from "../pipeline/observe.ts";
import { memberById } from "../store/members.ts";
import {
  addJourney,
  allJourneys,
  approveJourney,
  countJourneys,
  enrolmentOf,
  journeyById,
  journeysFrom,
  moveEnrolment,
  startEnrolment,
} from "../store/replies.ts";
import { JourneyPage, JourneysPage } from "../views/journeys.tsx";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Coaching>();
const byId = t.Object({ id: t.String({ format: "uuid" }) });
const bySubject = t.Object({ subject: t.String({ format: "uuid" }) });

const worded = t.Object({
  en: t.String({ minLength: 1, maxLength: 400 }),
  es: t.String({ minLength: 1, maxLength: 400 }),
});
const base = {
  id: t.String({ minLength: 1, maxLength: 40 }),
  afterDays: t.Integer({ minimum: 0, maximum: 90 }),
  at: t.String(),
  text: worded,
};
const journeySchema = t.Object({
  id: t.String({ pattern: "^[a-z][a-z0-9-]{1,40}$" }),
  version: t.Integer({ minimum: 1 }),
  title: worded,
  steps: t.Array(
    t.Union([
      t.Object({ ...base, kind: t.Literal("lesson") }),
      t.Object({
        ...base,
        kind: t.Literal("check-in"),
        expects: t.Union([t.Literal("reading"), t.Literal("number"), t.Literal("words")]),
      }),
      t.Object({
        ...base,
        kind: t.Literal("quiz"),
        choices: t.Array(
          t.Object({ key: t.String({ minLength: 1, maxLength: 2 }), text: worded, right: t.Boolean(), answer: worded }),
          {
            minItems: 2,
            maxItems: 6,
          },
        ),
      }),
    ]),
    { minItems: 1, maxItems: 60 },
  ),
});

export const journeyRoutes = [
  get("/journeys", {
    needs: "coaching.rules.read",
    query: t.Object({
      find: t.Optional(t.String({ maxLength: 60 })),
      state: t.Optional(t.String({ maxLength: 12 })),
      from: t.Optional(t.Integer({ minimum: 0, maximum: 1_000_000 })),
    }),
    run: async ({ query }, ctx) => JourneysPage(await journeysPage(ctx, query)),
  }),
  post("/journeys", {
    needs: "coaching.journeys.write",
    bodyLimit: 200_000,
    body: t.Object({ source: t.String({ title: "The journey", minLength: 2, maxLength: 60_000 }) }),
    refused: async (typed, problems, ctx) =>
      JourneysPage({ ...(await journeysPage(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      let read: unknown;
      try {
        read = JSON.parse(body.source);
      } catch {
        throw Problem.invalid({ source: "This is not JSON. Begin with one of the journeys that are here." });
      }
      if (!Value.Check(journeySchema, read)) {
        const [first] = [...Value.Errors(journeySchema, read)];
        throw Problem.invalid({ source: `${first?.path || "The journey"}: ${first?.message ?? "cannot be read"}.` });
      }
      await keep(ctx, read as Journey);
      return new Redirect(ctx.url("/journeys"), "Kept. A clinician approves it before anybody walks it.");
    },
  }),
  post("/journeys/brought", {
    needs: "coaching.journeys.write",
    async run(_, ctx) {
      for (const one of journeysBrought) await keep(ctx, one);
      return new Redirect(ctx.url("/journeys"), "Kept. A clinician approves it before anybody walks it.");
    },
  }),
  get("/journeys/:id", {
    needs: "coaching.rules.read",
    params: byId,
    async run({ params }, ctx) {
      const row = await ctx.db.one(journeyById, params);
      const approval = (await ctx.db.all(allJourneys, {})).find((one) => one.id === row.id);
      return JourneyPage({
        journey: row.content,
        version: row.version,
        source: JSON.stringify(row.content, null, 2),
        crumbs: [{ label: "Journeys", href: ctx.url("/journeys") }],
        approvedBy: approval?.approvedHash === row.sha256 ? (approval.approvedBy ?? null) : null,
        approveHref: ctx.may("coaching.journeys.approve") ? ctx.url(`/journeys/${row.id}/approve`) : null,
      });
    },
  }),
  post("/journeys/:id/approve", {
    needs: "coaching.journeys.approve",
    params: byId,
    async run({ params }, ctx) {
      const row = await ctx.db.one(journeyById, params);
      const problems = journeyProblems(row.content);
      if (problems.length > 0) throw Problem.refused(problems.slice(0, 4).join(" "));
      await ctx.db.first(approveJourney, { journeyId: row.id, sha256: row.sha256, name: ctx.actor.name });
      ctx.audit("coaching.journey_approved", { journey: row.slug, version: row.version });
      return new Redirect(ctx.url(`/journeys/${row.id}`), "Approved.");
    },
  }),
  post("/members/:subject/journey", {
    needs: "coaching.journeys.write",
    params: bySubject,
    body: t.Object({ journeyId: t.String({ title: "Journey", format: "uuid" }) }),
    async run({ params, body }, ctx) {
      const member = await ctx.db.one(memberById, { subjectId: params.subject });
      const journey = (await ctx.db.all(allJourneys, {})).find((row) => row.id === body.journeyId);
      if (!journey || journey.approvedHash !== journey.sha256)
        throw Problem.refused("This journey is not approved. A clinician approves it first.");
      const [started] = await ctx.db.all(startEnrolment, {
        subjectId: member.subjectId,
        journeyId: journey.id,
        startedOn: localTime(ctx.now, member.zone).slice(0, 10),
      });
      if (!started) throw Problem.refused("This member is on a journey already. End it first.");
      // The first step may be due today already.
      await ctx.soon("coaching.walk", {});
      ctx.audit("coaching.journey_started", {
        subjectId: member.subjectId,
        member: member.code,
        journey: journey.slug,
      });
      return new Redirect(
        ctx.url(`/members/${member.subjectId}`),
        "Started. The first step goes out at its time of the day.",
      );
    },
  }),
  post("/members/:subject/journey/end", {
    needs: "coaching.journeys.write",
    params: bySubject,
    async run({ params }, ctx) {
      const running = await ctx.db.one(enrolmentOf, { subjectId: params.subject });
      await ctx.db.one(moveEnrolment, {
        id: running.id,
        step: running.step,
        stepOn: running.stepOn,
        status: "withdrawn",
      });
      return new Redirect(ctx.url(`/members/${params.subject}`), "Ended.");
    },
  }),
];

async function keep(ctx: Context<Coaching>, journey: Journey): Promise<void> {
  const problems = journeyProblems(journey);
  if (problems.length > 0) throw Problem.invalid({ source: problems.slice(0, 6).join(" ") });
  const versions = (await ctx.db.all(allJourneys, {}))
    .filter((row) => row.slug === journey.id)
    .map((row) => row.version);
  const version = Math.max(0, ...versions) + 1;
  const content: Journey = { ...journey, version };
  await ctx.db.one(addJourney, {
    slug: journey.id,
    version,
    content,
    sha256: sha256(JSON.stringify(content)).toString("hex"),
  });
  ctx.audit("coaching.journey_kept", { journey: journey.id, version });
}

const pageSize = 25;
async function journeysPage(
  ctx: Context<Coaching>,
  { find = "", state = "", from = 0 }: { readonly find?: string; readonly state?: string; readonly from?: number } = {},
) {
  const asked = { find: find.trim(), state };
  const isFiltered = asked.find !== "" || state !== "";
  const total = Number((await ctx.db.one(countJourneys, asked)).total);
  const rows = await ctx.db.all(journeysFrom, { ...asked, from, most: pageSize });
  const mayWrite = ctx.mayEverywhere("coaching.journeys.write");
  const isEmpty = total === 0 && !isFiltered;
  return {
    action: ctx.url("/journeys"),
    find,
    state,
    isFiltered,
    mayWrite,
    broughtHref: mayWrite && isEmpty ? ctx.url("/journeys/brought") : null,
    pager: pagerOf(from, pageSize, total, (at) =>
      ctx.url(
        `/journeys?${new URLSearchParams({ ...(find && { find }), ...(state && { state }), ...(at > 0 && { from: String(at) }) })}`,
      ),
    ),
    journeys: rows.map((row) => ({
      href: ctx.url(`/journeys/${row.id}`),
      title: row.title,
      version: row.version,
      steps: Number(row.steps),
      approvedBy: row.approvedHash === row.sha256 ? row.approvedBy : null,
      madeAt: row.madeAt,
    })),
  };
}
export type JourneysView = Awaited<ReturnType<typeof journeysPage>>;
