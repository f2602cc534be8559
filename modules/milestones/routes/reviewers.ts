/** Who reviews whom in a period: named fairly by one button, and changed by hand. */
import { holds } from "@core/access/holding.ts";
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { counted } from "../counted.ts";
import type { Milestones } from "../names.ts";
import { pairUp } from "../pairs.ts";
import { choosePeriod, dayOf, isInTraining, periodTitle } from "../period.ts";
import { standingIn } from "../standing.ts";
import { allPeriods, periodById } from "../store/frameworks.ts";
import { endReviewer, nameReviewers, reviewerById } from "../store/meetings.ts";
import { colleagues, mentorings, roster, traineeById } from "../store/trainees.ts";
import { ReviewersPage } from "../views/reviewers.tsx";

const { get, post } = routesFor<Milestones>();
const uuid = t.String({ format: "uuid" });

export const reviewerRoutes = [
  get("/reviewers", {
    needs: "milestones.committee.prepare",
    query: t.Object({ period: t.Optional(uuid) }),
    async run({ query }, ctx) {
      const periods = await ctx.db.all(allPeriods, {});
      const period = choosePeriod(periods, query.period, dayOf(ctx.now));
      const trainees = period ? (await ctx.db.all(roster, {})).filter((row) => isInTraining(row, period)) : [];
      const standing = period ? await standingIn(ctx, period.id) : null;
      const names = await ctx.names(trainees.map((row) => row.subjectId));
      const members = await membersOf(ctx);
      const people = new Map(members.map((row) => [row.id, row.name]));
      const mentors = await mentorsOf(ctx);
      return ReviewersPage({
        crumbs: [{ label: "Committee", href: ctx.url(`/committee${period ? `?period=${period.id}` : ""}`) }],
        periods: periods.map((one) => ({ value: one.id, label: periodTitle(one) })),
        period: period?.id ?? "",
        action: ctx.url("/reviewers"),
        each: ctx.settings.reviewersEach,
        members: members.length,
        lines: trainees.map(({ subjectId, code, pgy }) => {
          const own = standing?.(subjectId);
          const has = new Set(own?.reviewers.map((row) => row.memberId));
          const recused = mentors.get(subjectId) ?? new Set<string>();
          return {
            trainee: names.get(subjectId) ?? code,
            subjectId,
            pgy,
            isOpen: own?.isRevealed ?? false,
            reviewers: (own?.reviewers ?? []).map(({ id, memberId }) => ({
              name: people.get(memberId) ?? "Someone who has left",
              hasHandedIn: own?.sheets.some((sheet) => sheet.memberId === memberId) ?? false,
              endAction: ctx.url(`/reviewers/${id}/end`),
            })),
            choices: members
              .filter((row) => !has.has(row.id) && !recused.has(row.id))
              .map((row) => ({ value: row.id, label: row.name })),
            recused: [...recused].flatMap((id) => people.get(id) ?? []),
          };
        }),
      });
    },
  }),

  post("/reviewers/share", {
    needs: "milestones.committee.prepare",
    body: t.Object({ periodId: uuid }),
    async run({ body }, ctx) {
      const period = await ctx.db.one(periodById, { id: body.periodId });
      const standing = await standingIn(ctx, period.id);
      const mentors = await mentorsOf(ctx);
      const members = (await membersOf(ctx)).map((row) => row.id);
      if (members.length === 0) throw Problem.refused("Nobody has the role Competence committee member yet.");
      const open = (await ctx.db.all(roster, {}))
        .filter((row) => isInTraining(row, period) && standing(row.subjectId).state === "collecting")
        .map((row) => ({
          subjectId: row.subjectId,
          mentors: mentors.get(row.subjectId) ?? new Set<string>(),
          has: standing(row.subjectId).reviewers.map(({ memberId }) => memberId),
        }));
      const { pairings, short } = pairUp(open, members, ctx.settings.reviewersEach);
      if (pairings.length > 0)
        await ctx.db.all(nameReviewers(pairings.map((pairing) => ({ ...pairing, periodId: period.id }))), {});
      ctx.audit("milestones.reviewers_named", { period: periodTitle(period), count: pairings.length });
      return new Redirect(
        `${ctx.url("/reviewers")}?period=${period.id}`,
        short.length > 0
          ? `${counted(pairings.length, "reviewer")} named. For ${counted(short.length, "trainee")} there are too few members who do not mentor them.`
          : `${counted(pairings.length, "reviewer")} named.`,
      );
    },
  }),

  post("/reviewers", {
    needs: "milestones.committee.prepare",
    body: t.Object({ periodId: uuid, subjectId: uuid, memberId: t.String({ title: "Reviewer", format: "uuid" }) }),
    async run({ body }, ctx) {
      const period = await ctx.db.one(periodById, { id: body.periodId });
      const trainee = await ctx.db.one(traineeById, { subjectId: body.subjectId });
      const member = (await membersOf(ctx)).find((row) => row.id === body.memberId);
      if (!member) throw Problem.refused("That person is not a member of this committee.");
      if ((await mentorsOf(ctx)).get(trainee.subjectId)?.has(member.id))
        throw Problem.refused(`${member.name} mentors this trainee and is recused.`);
      if ((await standingIn(ctx, period.id))(trainee.subjectId).isRevealed)
        throw Problem.refused("The sheets on this trainee are open already.");
      await ctx.db.all(nameReviewers([{ subjectId: trainee.subjectId, periodId: period.id, memberId: member.id }]), {});
      ctx.audit("milestones.reviewers_named", { period: periodTitle(period), count: 1 });
      return new Redirect(`${ctx.url("/reviewers")}?period=${period.id}`, `${member.name} is a reviewer now.`);
    },
  }),

  post("/reviewers/:id/end", {
    needs: "milestones.committee.prepare",
    params: t.Object({ id: uuid }),
    async run({ params }, ctx) {
      const reviewer = await ctx.db.one(reviewerById, params);
      const period = await ctx.db.one(periodById, { id: reviewer.periodId });
      const trainee = await ctx.db.one(traineeById, { subjectId: reviewer.subjectId });
      await ctx.db.one(endReviewer, { id: reviewer.id });
      ctx.audit("milestones.reviewer_ended", {
        subjectId: trainee.subjectId,
        trainee: trainee.code,
        period: periodTitle(period),
      });
      return new Redirect(`${ctx.url("/reviewers")}?period=${period.id}`, "Released. Name someone else.");
    },
  }),
];

/** One row a person, also for those with several roles. */
export async function membersOf(ctx: Context<Milestones>) {
  const members = (await ctx.db.all(colleagues, {})).filter((row) => holds(row, "milestones.committee.rate"));
  return [...new Map(members.map((row) => [row.id, row])).values()];
}

/** Subject → who mentors. */
export async function mentorsOf(ctx: Context<Milestones>): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const rows = Map.groupBy(await ctx.db.all(mentorings, {}), (row) => row.subjectId);
  return new Map([...rows].map(([subjectId, of]) => [subjectId, new Set(of.map((row) => row.personId))]));
}
