/** The director decides, releases and, with a reason, reopens. */
import { type Context, Locked, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import type { Milestones } from "../names.ts";
import { periodTitle } from "../period.ts";
import { type Choice, decide, isToDecide, recommendationInWords, whyNot } from "../review.ts";
import { wordsOn } from "../sheet-words.ts";
import type { Review } from "../standing.ts";
import {
  addDecision,
  addDecisionLevels,
  addOverride,
  addRelease,
  addReopening,
  decisionById,
  overridesOf,
} from "../store/decisions.ts";
import type { PeriodRow } from "../store/frameworks.ts";
import { packetsOf } from "../store/meetings.ts";
import type { TraineeRow } from "../store/trainees.ts";
import { overrides, reopenings } from "../tables.ts";
import { levelField, readLevels, reasonField } from "../typed-levels.ts";
import { DecisionPage } from "../views/decision.tsx";
import { evidenceFor, find, levelRows } from "./committee.ts";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Milestones>();
const uuid = t.String({ format: "uuid" });
const place = t.Object({ period: uuid, subject: uuid });

export const decisionRoutes = [
  get("/decisions/:period/:subject", {
    needs: "milestones.decisions.read",
    params: place,
    run: async ({ params }, ctx) => DecisionPage(await pageOf(ctx, await find(ctx, params))),
  }),

  post("/decisions/:period/:subject", {
    needs: "milestones.decide",
    params: place,
    body: t.Object({
      act: t.Union([t.Literal("finalise"), t.Literal("release")]),
      levels: t.Record(t.String(), t.String({ title: "Level", maxLength: 40 })),
      reasons: t.Record(t.String(), t.String({ title: "Reason", maxLength: 1000 })),
    }),
    refused: async (typed, problems, ctx, params) =>
      DecisionPage({ ...(await pageOf(ctx, await find(ctx, params))), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const { trainee, period, review } = await find(ctx, params);
      const why = whyNot("finalise", review.state) ?? whyNotYet(ctx, review);
      if (why) throw Problem.refused(why);
      const levels = readLevels(body.levels, review.subcompetencies);
      const choices = new Map<string, Choice>(
        review.subcompetencies.map(({ id }) => [id, { level: levels.get(id) ?? null, reason: body.reasons[id] ?? "" }]),
      );
      const decision = decide(review.subcompetencies, review.recommendations, choices);
      if (decision.problems) {
        throw Problem.invalid(
          Object.fromEntries(
            decision.problems.map(({ item, about, sentence }) => [
              about === "level" ? levelField(item.id) : reasonField(item.id),
              sentence,
            ]),
          ),
        );
      }

      const { subjectId, code } = trainee;
      const at = { decisionId: Bun.randomUUIDv7(), subjectId };
      const about = { subjectId, trainee: code, period: periodTitle(period), revision: review.nextRevision };
      await ctx.db.one(addDecision, {
        id: at.decisionId,
        subjectId,
        periodId: period.id,
        revision: review.nextRevision,
      });
      await ctx.db.all(addDecisionLevels(levelRows(levels).map((row) => ({ ...at, ...row }))), {});
      const overridden = decision.levels.flatMap(({ subcompetencyId, override }) =>
        override ? [{ subcompetencyId, ...override }] : [],
      );
      for (const { subcompetencyId, reason, recommendation } of overridden) {
        const id = Bun.randomUUIDv7();
        await ctx.db.one(addOverride, {
          ...at,
          id,
          subcompetencyId,
          recommended: recommendationInWords(recommendation),
          reason: await ctx.seal(overrides.reason, reason, { row: id, subject: subjectId }),
        });
      }
      ctx.audit("milestones.finalised", { ...about, overrides: overridden.length });
      if (body.act === "release") {
        await ctx.db.one(addRelease, at);
        ctx.audit("milestones.released", about);
      }
      return new Redirect(
        ctx.url(`/decisions/${period.id}/${subjectId}`),
        body.act === "release" ? "Finalised and released." : "Finalised. The trainee does not see it yet.",
      );
    },
  }),

  post("/revisions/:id/release", {
    needs: "milestones.decide",
    params: t.Object({ id: uuid }),
    async run({ params }, ctx) {
      const { id, subjectId, periodId, revision } = await ctx.db.one(decisionById, params);
      const { trainee, period, review } = await find(ctx, { period: periodId, subject: subjectId });
      const why =
        review.decision?.id === id ? whyNot("release", review.state) : "There is a newer revision of this result.";
      if (why) throw Problem.refused(why);
      await ctx.db.one(addRelease, { decisionId: id, subjectId });
      ctx.audit("milestones.released", { subjectId, trainee: trainee.code, period: periodTitle(period), revision });
      return new Redirect(ctx.url(`/decisions/${periodId}/${subjectId}`), "Released. The trainee can see it now.");
    },
  }),

  post("/revisions/:id/reopen", {
    needs: "milestones.decide",
    params: t.Object({ id: uuid }),
    body: t.Object({ reason: t.String({ title: "Reason for reopening", minLength: 1, maxLength: 1000 }) }),
    async refused(typed, problems, ctx, params) {
      const { periodId, subjectId } = await ctx.db.one(decisionById, params);
      return DecisionPage({
        ...(await pageOf(ctx, await find(ctx, { period: periodId, subject: subjectId }))),
        form: formAgain(typed, problems),
      });
    },
    async run({ params, body }, ctx) {
      const { id, subjectId, periodId, revision } = await ctx.db.one(decisionById, params);
      const { trainee, period, review } = await find(ctx, { period: periodId, subject: subjectId });
      const why =
        review.decision?.id === id ? whyNot("reopen", review.state) : "There is a newer revision of this result.";
      if (why) throw Problem.refused(why);
      const row = Bun.randomUUIDv7();
      const reason = await ctx.seal(reopenings.reason, body.reason, { row, subject: subjectId });
      await ctx.db.one(addReopening, { id: row, decisionId: id, subjectId, reason });
      ctx.audit("milestones.reopened", { subjectId, trainee: trainee.code, period: periodTitle(period), revision });
      return new Redirect(ctx.url(`/decisions/${periodId}/${subjectId}`), "Reopened. Both revisions stay on record.");
    },
  }),
];

async function pageOf(
  ctx: Context<Milestones>,
  { trainee, period, review }: { trainee: TraineeRow; period: PeriodRow; review: Review },
) {
  const { subjectId } = trainee;
  const isOpen = ["collecting", "rated", "recommended"].includes(review.state);
  const [packet] = await ctx.db.all(packetsOf, { subjectId, periodId: period.id });
  const [saidNote] = review.recommended?.note
    ? await ctx.openMany(
        [{ value: review.recommended.note, at: { row: review.recommended.id, subject: subjectId } }],
        "to decide with what the committee discussed at hand",
      )
    : [];
  const people = await ctx.people([...review.sheets.map((sheet) => sheet.memberId), review.decision?.madeBy ?? null]);
  const wordsOf = await wordsOn(ctx, review.sheets, "to decide with the committee's notes at hand");
  return {
    trainee: (await ctx.names([subjectId])).get(subjectId) ?? trainee.code,
    period: periodTitle(period),
    state: review.state,
    crumbs: [{ label: "Committee", href: ctx.url(`/committee?period=${period.id}`) }],
    sheets: review.sheets.map((sheet) => ({
      member: people.get(sheet.memberId) ?? "A former member",
      at: sheet.madeAt,
      ...wordsOf(sheet.id),
    })),
    waiting:
      review.state === "collecting"
        ? `The committee has handed in ${Math.min(review.handedIn.length, review.needed)} of ${review.needed} sheets. They open when all are in, and then you decide.`
        : isOpen
          ? whyNotYet(ctx, review)
          : null,
    sheetHref: isOpen ? ctx.url(`/committee/${period.id}/${subjectId}`) : null,
    packetHref: packet ? ctx.url(`/packets/${packet.id}`) : null,
    recommended: review.recommended
      ? {
          how:
            review.recommended.how === "consent"
              ? "Adopted on the consent agenda."
              : "Discussed in the committee's meeting.",
          seats: `${review.recommended.present} present, ${review.recommended.recused} recused`,
          href: ctx.url(`/meetings/${review.recommended.meetingId}`),
          note: saidNote instanceof Locked ? saidNote.sentence : (saidNote ?? ""),
        }
      : null,
    decide:
      isToDecide(review.state, ctx.settings.meetingFirst) && ctx.may("milestones.decide")
        ? {
            action: ctx.url(`/decisions/${period.id}/${subjectId}`),
            items: review.subcompetencies.map((one) => choiceOf(ctx, review, one)),
          }
        : null,
    final:
      isOpen || !review.decision
        ? null
        : await finalOf(ctx, review, period, people.get(review.decision.madeBy ?? "") ?? "A former director"),
  };
}

/** Where the program wants the committee to meet first. */
const whyNotYet = (ctx: Context<Milestones>, review: Review): string | null =>
  isToDecide(review.state, ctx.settings.meetingFirst)
    ? null
    : "The sheets are open. This program decides after the committee has met on the trainee.";

function choiceOf(ctx: Context<Milestones>, review: Review, { id, code, title }: Review["subcompetencies"][number]) {
  const recommendation = review.recommendations.get(id) ?? { kind: "none" as const };
  return {
    name: levelField(id),
    reasonName: reasonField(id),
    code,
    title,
    level: recommendation.kind === "agreed" ? recommendation.level : null,
    recommended: recommendationInWords(recommendation),
    isAgreed: recommendation.kind === "agreed",
    before: review.before.get(id) ?? null,
    evidence: evidenceFor(ctx, review, id),
  };
}

async function finalOf(ctx: Context<Milestones>, review: Review, period: PeriodRow, by: string) {
  const decision = review.decision as NonNullable<Review["decision"]>;
  const { subjectId } = decision;
  const rows = (await ctx.db.all(overridesOf, { subjectId, periodId: period.id })).filter(
    (row) => row.decisionId === decision.id,
  );
  const reasons = await ctx.openMany(
    rows.map(({ id, reason }) => ({ value: reason, at: { row: id, subject: subjectId } })),
    "to show why a level differs",
  );
  const overriden = new Map(
    rows.map((row, at) => [row.subcompetencyId, { recommended: row.recommended, reason: readable(reasons[at]) }]),
  );
  const [comment] = decision.comment
    ? await ctx.openMany(
        [{ value: decision.comment, at: { row: decision.acknowledgementId ?? "", subject: subjectId } }],
        "to read the trainee's answer",
      )
    : [];
  const mayDecide = ctx.may("milestones.decide");
  return {
    revision: decision.revision,
    by,
    at: decision.madeAt,
    comment: comment === undefined ? null : readable(comment),
    releaseAction:
      mayDecide && whyNot("release", review.state) === null ? ctx.url(`/revisions/${decision.id}/release`) : null,
    reopenAction:
      mayDecide && whyNot("reopen", review.state) === null ? ctx.url(`/revisions/${decision.id}/reopen`) : null,
    lines: review.subcompetencies.flatMap(({ id, code, title }) => {
      const level = review.decided.get(id);
      return level ? [{ code, title, level, override: overriden.get(id) ?? null }] : [];
    }),
  };
}

const readable = (text: string | Locked | undefined): string => (text instanceof Locked ? text.sentence : (text ?? ""));
