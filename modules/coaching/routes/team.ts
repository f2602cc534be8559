/** The supervisor's page: who coaches how many, who waits how long, what did not arrive, how fast incidents are answered. */
import { isAssignableAs } from "@core/access/holding.ts";
import { routesFor } from "@core/module.ts";
import type { Coaching } from "../names.ts";
import { rulesInForce } from "../pipeline/rules-in-force.ts";
import {
  coachesInFigures,
  deliveriesOf,
  everybodyInFigures,
  inboundLately,
  minutesToAnswer,
  tasksOfCoaches,
} from "../store/figures.ts";
import { countTasks, openIncidents } from "../store/incidents.ts";
import { colleagues } from "../store/members.ts";
import { TeamPage } from "../views/team.tsx";

const { get } = routesFor<Coaching>();

export const teamRoutes = [
  get("/team", {
    needs: "coaching.supervise",
    async run(_, ctx) {
      const before = new Date(ctx.now.getTime() - ctx.settings.replyHours * 3_600_000).toISOString();
      const all = await ctx.db.one(everybodyInFigures, { before });
      const figures = new Map((await ctx.db.all(coachesInFigures, { before })).map((row) => [row.personId, row]));
      const tasks = new Map((await ctx.db.all(tasksOfCoaches, {})).map((row) => [row.personId, Number(row.tasks)]));
      const open = await ctx.db.all(openIncidents, {});
      const { median } = await ctx.db.one(minutesToAnswer, {});
      const coaches = (await ctx.db.all(colleagues, {})).filter((row) => isAssignableAs(row, "coach"));
      return TeamPage({
        isSigned: (await rulesInForce(ctx)).signed !== null,
        rulesHref: ctx.url("/rules"),
        macrosHref: ctx.url("/macros"),
        dutyHref: ctx.url("/duty"),
        reportHref: ctx.may("coaching.report") ? ctx.url("/report.csv") : null,
        incidentsHref: ctx.url("/incidents"),
        replyHours: ctx.settings.replyHours,
        members: Number(all.members),
        uncoached: Number(all.uncoached),
        waiting: Number(all.waiting),
        late: Number(all.late),
        openIncidents: open.length,
        unanswered: open.filter((row) => row.acknowledgedBy === null).length,
        lateTasks: Number((await ctx.db.one(countTasks, { kind: "", late: true })).total),
        medianMinutes: median === null ? null : Number(median),
        inbound: (await ctx.db.all(inboundLately, {})).map(({ day, count }) => ({ day, count: Number(count) })),
        deliveries: (await ctx.db.all(deliveriesOf, {})).map(({ status, count }) => ({ status, count: Number(count) })),
        coaches: coaches.map(({ id, name }) => {
          const mine = figures.get(id);
          return {
            name,
            members: Number(mine?.members ?? 0),
            waiting: Number(mine?.waiting ?? 0),
            late: Number(mine?.late ?? 0),
            longest: mine?.longest ?? null,
            tasks: tasks.get(id) ?? 0,
          };
        }),
      });
    },
  }),
];
