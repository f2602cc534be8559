/** The committee: who is to be rated in a period, and a member's sheet on one trainee. */
import { type Context, Locked, Redirect, routesFor, type Typed } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { type Level, levelColumns, readLevel } from "../level.ts";
import type { Milestones } from "../names.ts";
import { choosePeriod, dayOf, isInTraining, periodTitle } from "../period.ts";
import { isToDecide, whyNot } from "../review.ts";
import { type PeriodStanding, type Review, reviewOf, standingIn } from "../standing.ts";
import { addSheet, addSheetLevels, handedInOf, noteHandedIn, reveal } from "../store/committee.ts";
import { evidenceOf, hasArrived, requestsIn } from "../store/evaluations.ts";
import { allPeriods, type PeriodRow, periodById } from "../store/frameworks.ts";
import { packetsIn, packetsOf } from "../store/meetings.ts";
import { mentorings, roster, type TraineeRow, traineeById } from "../store/trainees.ts";
import { sheets } from "../tables.ts";
import { levelField, readLevels } from "../typed-levels.ts";
import { CommitteePage, SheetPage } from "../views/committee.tsx";
import { unanswered, type Warning, type WarningKind, type WarningReasons, warningsFor } from "../warnings.ts";
import { pageOf } from "./paging.ts";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Milestones>();
const uuid = t.String({ format: "uuid" });
const place = t.Object({ period: uuid, subject: uuid });

export const committeeRoutes = [
  get("/committee", {
    needs: "milestones.committee.read",
    query: t.Object({
      period: t.Optional(uuid),
      name: t.Optional(t.String({ title: "Name", maxLength: 120 })),
      show: t.Optional(t.Union([t.Literal("all"), t.Literal("waiting"), t.Literal("awaited"), t.Literal("open")])),
      page: t.Optional(t.Integer({ title: "Page", minimum: 1, maximum: 10_000 })),
    }),
    async run({ query }, ctx) {
      const periods = await ctx.db.all(allPeriods, {});
      const period = choosePeriod(periods, query.period, dayOf(ctx.now));
      const trainees = period ? (await ctx.db.all(roster, {})).filter((row) => isInTraining(row, period)) : [];
      const standing = period ? await standingIn(ctx, period.id) : null;
      const submitted = Map.groupBy(
        period ? (await ctx.db.all(requestsIn, { periodId: period.id })).filter(hasArrived) : [],
        (row) => row.subjectId,
      );
      const packets = new Map(
        period ? (await ctx.db.all(packetsIn, { periodId: period.id })).map((row) => [row.subjectId, row]) : [],
      );
      const mine = new Set(
        (await ctx.db.all(mentorings, {})).filter((row) => row.personId === ctx.actor.id).map((row) => row.subjectId),
      );
      const names = await ctx.names(trainees.map((row) => row.subjectId));
      const decides = ctx.may("milestones.decide");
      const rates = ctx.may("milestones.committee.rate");
      const lines = trainees.flatMap((row) => {
        const own = standing?.(row.subjectId);
        if (!own || !period) return [];
        const packet = packets.get(row.subjectId);
        const isMine = own.reviewers.some(({ memberId }) => memberId === ctx.actor.id);
        const hasMine = own.sheets.some((sheet) => sheet.memberId === ctx.actor.id);
        const isAwaited = awaits(own, ctx.actor.id, mine.has(row.subjectId)) && !hasMine;
        return [
          {
            href: ctx.url(`/${decides ? "decisions" : "committee"}/${period.id}/${row.subjectId}`),
            trainee: names.get(row.subjectId) ?? row.code,
            pgy: row.pgy,
            evaluations: submitted.get(row.subjectId)?.length ?? 0,
            packet: packet ? { href: ctx.url(`/packets/${packet.id}`), version: packet.version } : null,
            sheets: `${Math.min(own.sheets.length, own.needed)} of ${own.needed}`,
            mine: hasMine
              ? "Handed in"
              : mine.has(row.subjectId)
                ? "Recused"
                : isAwaited
                  ? "Missing"
                  : isMine || own.reviewers.length === 0
                    ? "–"
                    : "Not yours",
            isAwaited,
            isOpen: own.isRevealed,
            state: own.state,
            waits: (rates && isAwaited) || (decides && isToDecide(own.state, ctx.settings.meetingFirst)),
          },
        ];
      });
      const wanted = (query.name ?? "").trim().toLowerCase();
      const found = lines
        .filter(
          (line) =>
            line.trainee.toLowerCase().includes(wanted) &&
            (query.show === "waiting"
              ? line.waits
              : query.show === "awaited"
                ? !line.isOpen && line.state === "collecting"
                : query.show === "open"
                  ? line.state === "rated"
                  : true),
        )
        .sort((a, b) => Number(b.waits) - Number(a.waits) || a.pgy - b.pgy || a.trainee.localeCompare(b.trainee));
      const { shown, pager } = pageOf(found, query.page, ctx.url("/committee"), { ...query, period: period?.id });
      return CommitteePage({
        rates,
        first: decides ? "those to be decided first" : "those without your sheet first",
        periods: periods.map((one) => ({ value: one.id, label: periodTitle(one) })),
        chosen: { period: period?.id ?? "", name: query.name ?? "", show: query.show ?? "all" },
        action: ctx.url("/committee"),
        reviewersHref:
          period && ctx.may("milestones.committee.prepare") ? `${ctx.url("/reviewers")}?period=${period.id}` : null,
        freeze:
          period && ctx.may("milestones.committee.prepare")
            ? { action: ctx.url("/packets/freeze"), period: period.id, frozen: packets.size, of: trainees.length }
            : null,
        total: found.length,
        pager,
        lines: shown,
      });
    },
  }),

  get("/committee/:period/:subject", {
    needs: "milestones.committee.read",
    params: place,
    async run({ params }, ctx) {
      const found = await find(ctx, params);
      return SheetPage(await sheetOf(ctx, found, []));
    },
  }),

  post("/committee/:period/:subject", {
    needs: "milestones.committee.rate",
    params: place,
    body: t.Object({
      levels: t.Record(t.String(), t.String({ title: "Level", maxLength: 40 })),
      note: t.Optional(t.String({ title: "Note", maxLength: 4000 })),
      reasons: t.Record(t.String(), t.String({ title: "Reason", maxLength: 1000 })),
      discuss: t.Optional(t.Literal("yes")),
    }),
    async refused(typed, problems, ctx, params) {
      const found = await find(ctx, params);
      return SheetPage({
        ...(await sheetOf(ctx, found, warningsOf(found.review, typedLevels(typed, found.review)))),
        form: formAgain(typed, problems),
      });
    },
    async run({ params, body }, ctx) {
      const { trainee, period, review } = await find(ctx, params);
      const why = await whyNotRate(ctx, trainee, review);
      if (why) throw Problem.refused(why);
      const levels = readLevels(body.levels, review.subcompetencies);
      const missing = review.subcompetencies.filter(({ id }) => !levels.has(id));
      if (missing.length > 0) {
        throw Problem.invalid(
          Object.fromEntries(missing.map(({ id, code }) => [levelField(id), `${code}: choose a level, NYC1 or NYA.`])),
        );
      }
      const warnings = warningsOf(review, levels);
      const open = unanswered(warnings, body.reasons);
      if (open.length > 0) {
        throw Problem.invalid(
          Object.fromEntries(
            open.map(({ kind, sentence }) => [
              reasonField(kind),
              `${sentence} Say why the levels are meant as they are.`,
            ]),
          ),
        );
      }

      const { subjectId, code } = trainee;
      const id = Bun.randomUUIDv7();
      const note = body.note ? await ctx.seal(sheets.note, body.note, { row: id, subject: subjectId }) : null;
      await ctx.db.one(addSheet, {
        id,
        subjectId,
        periodId: period.id,
        note,
        warnings,
        reasons: await sealReasons(ctx, warnings, body.reasons, { row: id, subject: subjectId }),
        wantsDiscussion: body.discuss === "yes",
      });
      await ctx.db.all(addSheetLevels(levelRows(levels).map((row) => ({ sheetId: id, subjectId, ...row }))), {});
      ctx.audit("milestones.rated", {
        subjectId,
        trainee: code,
        period: periodTitle(period),
        warnings: warnings.length,
      });
      await ctx.db.one(noteHandedIn, { subjectId, periodId: period.id, sheetId: id });
      const isOpen = review.isRevealed || (await openWhenComplete(ctx, { trainee, period, review }));
      return new Redirect(
        ctx.url(`/committee?period=${period.id}`),
        isOpen
          ? "Your sheet is handed in. All sheets on this trainee are open now."
          : "Your sheet is handed in. It stays closed until everyone has handed in.",
      );
    },
  }),

  post("/committee/:period/:subject/reveal", {
    needs: "milestones.committee.prepare",
    params: place,
    body: t.Object({ reason: t.String({ title: "Reason", minLength: 1, maxLength: 1000 }) }),
    async refused(typed, problems, ctx, params) {
      const found = await find(ctx, params);
      return SheetPage({ ...(await sheetOf(ctx, found, [])), form: formAgain(typed, problems) });
    },
    async run({ params, body }, ctx) {
      const { trainee, period, review } = await find(ctx, params);
      if (review.isRevealed) throw Problem.refused("These sheets are open already.");
      if (review.handedIn.length === 0) throw Problem.refused("Nobody has handed in a sheet that could be opened.");
      await ctx.db.one(reveal, { subjectId: trainee.subjectId, periodId: period.id, reason: body.reason });
      ctx.audit("milestones.revealed", {
        subjectId: trainee.subjectId,
        trainee: trainee.code,
        period: periodTitle(period),
        how: `before all had handed in; ${body.reason}`,
      });
      return new Redirect(ctx.url(`/decisions/${period.id}/${trainee.subjectId}`), "The sheets are open.");
    },
  }),
];

/** Is this person's sheet waited for? A mentor's never is. */
function awaits(
  { reviewers, isRevealed, state }: Pick<PeriodStanding, "reviewers" | "isRevealed" | "state">,
  personId: string | null,
  isMentor: boolean,
): boolean {
  if (isMentor || !["collecting", "rated", "recommended"].includes(state)) return false;
  if (reviewers.length > 0) return reviewers.some(({ memberId }) => memberId === personId) && !isRevealed;
  return state !== "recommended";
}

async function whyNotRate(ctx: Context<Milestones>, trainee: TraineeRow, review: Review): Promise<string | null> {
  const why = whyNot("rate", review.state);
  if (why) return why;
  const mentors = (await ctx.db.all(mentorings, {})).filter((row) => row.subjectId === trainee.subjectId);
  if (mentors.some((row) => row.personId === ctx.actor.id))
    return "You mentor this trainee, so you are recused: you read the packet, and others rate.";
  if (review.reviewers.length > 0 && !review.reviewers.some((row) => row.memberId === ctx.actor.id))
    return "This trainee is reviewed by others. You see their sheets when both have handed in.";
  return null;
}

/** With the last sheet that was waited for, all of them open at once. True when they did. */
async function openWhenComplete(ctx: Context<Milestones>, { trainee, period, review }: Found): Promise<boolean> {
  const at = { subjectId: trainee.subjectId, periodId: period.id };
  const there = new Set((await ctx.db.all(handedInOf, at)).map((row) => row.memberId));
  const isComplete =
    review.reviewers.length > 0
      ? review.reviewers.every(({ memberId }) => there.has(memberId))
      : there.size >= ctx.settings.sheetsNeeded;
  if (!isComplete) return false;
  if (await ctx.db.first(reveal, { ...at, reason: null }))
    ctx.audit("milestones.revealed", {
      subjectId: trainee.subjectId,
      trainee: trainee.code,
      period: periodTitle(period),
      how: "all had handed in",
    });
  return true;
}

interface Found {
  readonly trainee: TraineeRow;
  readonly period: PeriodRow;
  readonly review: Review;
}

export async function find(ctx: Context<Milestones>, params: { period: string; subject: string }): Promise<Found> {
  const period = await ctx.db.one(periodById, { id: params.period });
  const trainee = await ctx.db.one(traineeById, { subjectId: params.subject });
  return { trainee, period, review: await reviewOf(ctx, trainee, period) };
}

/** Rows as the sheet's and the decision's tables take them. */
export function levelRows(levels: ReadonlyMap<string, Level>) {
  return [...levels].map(([subcompetencyId, level]) => ({
    subcompetencyId,
    status: level.status,
    halfSteps: levelColumns(level).halfSteps,
  }));
}

const reasonField = (kind: WarningKind) => `reasons.${kind}`;

/** Only of the warnings that stand: what was typed for one that is gone is not kept. */
async function sealReasons(
  ctx: Context<Milestones>,
  warnings: readonly Warning[],
  typed: WarningReasons,
  at: { row: string; subject: string },
) {
  if (warnings.length === 0) return null;
  const reasons = Object.fromEntries(warnings.map(({ kind }) => [kind, (typed[kind] ?? "").trim()]));
  return await ctx.seal(sheets.reasons, reasons as WarningReasons, at);
}

function warningsOf(review: Review, levels: ReadonlyMap<string, Level>): Warning[] {
  const byCode = (of: ReadonlyMap<string, Level>) =>
    new Map(
      review.subcompetencies.flatMap(({ id, code }) => {
        const level = of.get(id);
        return level ? [[code, level] as const] : [];
      }),
    );
  return warningsFor({
    codes: review.subcompetencies.map(({ code }) => code),
    levels: byCode(levels),
    before: byCode(review.before),
    isFirstPeriod: review.isFirstPeriod,
    isLastPeriod: review.isLastPeriod,
  });
}

/** As far as they can be read: for the warnings beside a refused form. */
function typedLevels(typed: Typed, { subcompetencies }: Review): Map<string, Level> {
  return new Map(
    subcompetencies.flatMap(({ id }) => {
      const { level } = readLevel(String(typed[levelField(id)] ?? ""));
      return level ? [[id, level] as const] : [];
    }),
  );
}

export function evidenceFor(ctx: Context<Milestones>, review: Review, subcompetencyId: string) {
  return (review.observed.get(subcompetencyId) ?? []).map(({ evaluationId, rotation, level }) => ({
    href: ctx.url(`/evidence/${evaluationId}`),
    rotation,
    level,
  }));
}

async function sheetOf(ctx: Context<Milestones>, { trainee, period, review }: Found, warnings: readonly Warning[]) {
  const { subjectId } = trainee;
  const own = review.sheets.find((sheet) => sheet.memberId === ctx.actor.id);
  const [packet] = await ctx.db.all(packetsOf, { subjectId, periodId: period.id });
  const levels = own ? review.rated.get(own.id) : undefined;
  const written = (await ctx.db.all(evidenceOf, { subjectId })).filter(
    (row) => row.periodId === period.id && row.narrative,
  );
  const opened = await ctx.openMany(
    written.flatMap(({ id, narrative }) =>
      narrative ? [{ value: narrative, at: { row: id, subject: subjectId } }] : [],
    ),
    "to rate with the evidence at hand",
  );
  const closed = ctx.may("milestones.committee.rate")
    ? await whyNotRate(ctx, trainee, review)
    : "Only members of the committee hand in sheets.";
  return {
    trainee: (await ctx.names([subjectId])).get(subjectId) ?? trainee.code,
    period: periodTitle(period),
    state: review.state,
    crumbs: [{ label: "Committee", href: ctx.url(`/committee?period=${period.id}`) }],
    action: closed ? null : ctx.url(`/committee/${period.id}/${subjectId}`),
    closed,
    warnings: warnings.map(({ kind, sentence }) => ({ name: reasonField(kind), sentence })),
    discuss: own?.wantsDiscussion ?? false,
    blind: review.isRevealed
      ? "All sheets on this trainee are open. A new sheet of yours replaces your earlier one."
      : review.reviewers.length > 0
        ? `${Math.min(review.handedIn.length, review.needed)} of ${review.needed} reviewers have handed in. Nobody sees a sheet before all have.`
        : null,
    packetHref: packet ? ctx.url(`/packets/${packet.id}`) : null,
    reveal:
      !review.isRevealed && review.handedIn.length > 0 && ctx.may("milestones.committee.prepare")
        ? ctx.url(`/committee/${period.id}/${subjectId}/reveal`)
        : null,
    note: own?.note ? await ctx.open(own.note, { row: own.id, subject: subjectId }, "to go on with a sheet") : "",
    narratives: written.map(({ id, rotation, linkId }, at) => {
      const text = opened[at];
      return {
        href: ctx.url(`/evidence/${id}`),
        rotation: linkId ? `${rotation} (by link, not signed in)` : rotation,
        text: text instanceof Locked ? text.sentence : (text ?? ""),
      };
    }),
    items: review.subcompetencies.map(({ id, code, title }) => ({
      name: levelField(id),
      code,
      title,
      level: levels?.get(id) ?? null,
      before: review.before.get(id) ?? null,
      evidence: evidenceFor(ctx, review, id),
    })),
  };
}
