/** What waits for me: incidents first, then members, then tasks that are late. */
import type { Context, Panel as DashboardPanel } from "@core/module.ts";
import type { Html } from "@views/html.ts";
import { counted } from "./counted.ts";
import type { permissions } from "./names.ts";
import { inboxCount } from "./store/conversations.ts";
import { countTasks, openIncidents } from "./store/incidents.ts";

/** The page that shows it has the panel's frame and title already. */
const Waiting = ({ sentence, href, act }: { sentence: string; href: string; act: string }): Html => (
  <>
    <p>{sentence}</p>
    <p>
      <a href={href}>{act}</a>
    </p>
  </>
);

async function incidents(ctx: Context): Promise<Html | null> {
  const open = await ctx.db.all(openIncidents, {});
  if (open.length === 0) return null;
  const alone = open.filter((row) => row.acknowledgedBy === null).length;
  return (
    <Waiting
      sentence={`${counted(open.length, "safety incident")} open; ${alone === 0 ? "somebody is on each" : `nobody has answered ${alone}`}.`}
      href={ctx.url("/incidents")}
      act="Look at them"
    />
  );
}

async function conversations(ctx: Context): Promise<Html | null> {
  const everybody = { waiting: true, risk: "none", whose: "", personId: "", isFound: false, found: [] };
  const waiting = Number((await ctx.db.one(inboxCount, everybody)).total);
  if (waiting === 0) return null;
  return (
    <Waiting
      sentence={`${counted(waiting, "member")} ${waiting === 1 ? "waits" : "wait"} for an answer.`}
      href={ctx.url("/")}
      act="Open the inbox"
    />
  );
}

async function tasks(ctx: Context): Promise<Html | null> {
  const late = Number((await ctx.db.one(countTasks, { kind: "", late: true })).total);
  if (late === 0) return null;
  return (
    <Waiting sentence={`${counted(late, "task")} late.`} href={ctx.url("/incidents?late=yes")} act="See the tasks" />
  );
}

export const dashboard: readonly DashboardPanel<keyof typeof permissions>[] = [
  { title: "Incidents", needs: "coaching.incidents.read", render: incidents },
  { title: "Members who wait", needs: "coaching.messages.read", render: conversations },
  { title: "Tasks", needs: "coaching.tasks", render: tasks },
];
