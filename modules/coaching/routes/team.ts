/** The supervisor's page: who coaches how many, who waits how long, what did not arrive, how fast incidents are answered. */
import { isAssignableAs } from "@core/access/holding.ts";
import { routesFor } from "@core/module.ts";
import type { Coaching } from "../names.ts";
import { rulesInForce } from "../pipeline/rules-in-force.ts";
import { standingConversations } from "../store/conversations.ts";
import { deliveriesOf, inboundLately } from "../store/figures.ts";
import { closedIncidents, openIncidents, openTasks } from "../store/incidents.ts";
import { coachings, colleagues } from "../store/members.ts";
import { TeamPage } from "../views/team.tsx";

const { get } = routesFor<Coaching>();

export const teamRoutes = [
  get("/team", {
    needs: "coaching.supervise",
    async run(_, ctx) {
      const rows = (await ctx.db.all(standingConversations, {})).filter((row) => row.status !== "closed");
      const assigned = Map.groupBy(await ctx.db.all(coachings, {}), (row) => row.personId);
      const tasks = await ctx.db.all(openTasks, {});
      const open = await ctx.db.all(openIncidents, {});
      const closed = (await ctx.db.all(closedIncidents, {})).filter((row) => row.acknowledgedAt);
      const bySubject = new Map(rows.map((row) => [row.subjectId, row]));
      const late = ctx.now.getTime() - ctx.settings.replyHours * 3_600_000;
      const coaches = (await ctx.db.all(colleagues, {})).filter((row) => isAssignableAs(row, "coach"));
      const answers = closed
        .map((row) => ((row.acknowledgedAt?.getTime() ?? 0) - row.openedAt.getTime()) / 60_000)
        .sort((a, b) => a - b);
      const waiting = rows.filter((row) => row.waitingSince !== null);
      const all = new Set([...assigned.values()].flat().map((row) => row.subjectId));
      return TeamPage({
        isSigned: (await rulesInForce(ctx)).signed !== null,
        rulesHref: ctx.url("/rules"),
        macrosHref: ctx.url("/macros"),
        dutyHref: ctx.url("/duty"),
        reportHref: ctx.may("coaching.report") ? ctx.url("/report.csv") : null,
        incidentsHref: ctx.url("/incidents"),
        replyHours: ctx.settings.replyHours,
        members: rows.length,
        uncoached: rows.filter((row) => !all.has(row.subjectId)).length,
        waiting: waiting.length,
        late: waiting.filter((row) => (row.waitingSince?.getTime() ?? 0) < late).length,
        openIncidents: open.length,
        unanswered: open.filter((row) => row.acknowledgedBy === null).length,
        lateTasks: tasks.filter((row) => row.dueAt < ctx.now).length,
        medianMinutes: answers.length > 0 ? (answers[Math.floor(answers.length / 2)] ?? null) : null,
        inbound: (await ctx.db.all(inboundLately, {})).map(({ day, count }) => ({ day, count: Number(count) })),
        deliveries: (await ctx.db.all(deliveriesOf, {})).map(({ status, count }) => ({ status, count: Number(count) })),
        coaches: coaches.map((coach) => {
          const mine = (assigned.get(coach.id) ?? []).flatMap(({ subjectId }) => bySubject.get(subjectId) ?? []);
          const waits = mine.filter((row) => row.waitingSince !== null);
          return {
            name: coach.name,
            members: mine.length,
            waiting: waits.length,
            late: waits.filter((row) => (row.waitingSince?.getTime() ?? 0) < late).length,
            longest:
              waits.map((row) => row.waitingSince).sort((a, b) => (a?.getTime() ?? 0) - (b?.getTime() ?? 0))[0] ?? null,
            tasks: tasks.filter((task) => mine.some((row) => row.subjectId === task.subjectId)).length,
          };
        }),
      });
    },
  }),
];
