/** What waits for those who manage access in a workspace: on its first page, since nobody looks for it elsewhere. */
import type { Html } from "@views/html.ts";
import type { OwnContext } from "../context.ts";
import { hereIn } from "../http/own-route.ts";
import { readPolicies } from "../identity/policies.ts";

const DAY_MS = 86_400_000;

export interface AccessToday {
  /** Null: nothing waits, or it is not this person's to see. */
  readonly waiting: Html | null;
  /** Staff who do not see everybody may open one person in an emergency here. */
  readonly emergencyHref: string | null;
}

export async function accessToday(ctx: OwnContext): Promise<AccessToday> {
  const { id, slug } = hereIn(ctx);
  const [stored] = await ctx.lease.rows("select policies from core.workspaces where id = $1::uuid", [id]);
  const { emergency, confirmDays } = readPolicies(stored?.[0]);
  const isStaff = ctx.may("core.subjects.read") && !ctx.mayEverywhere("core.subjects.read");
  const reaches = ctx.situation.may["core.subjects.read"] ?? [];
  return {
    emergencyHref:
      emergency === "allowed" && isStaff && reaches.some((reach) => reach !== "own") ? `/w/${slug}/emergency` : null,
    waiting: ctx.may("core.grants.manage") ? await waitingFor(ctx, id, slug, confirmDays ?? null) : null,
  };
}

async function waitingFor(ctx: OwnContext, id: string, slug: string, confirmDays: number | null): Promise<Html | null> {
  const [row] = await ctx.lease.rows(
    `select
      (select count(*)::int from core.access_requests r where r.workspace_id = $1::uuid and r.decided_at is null and r.withdrawn_at is null
        and r.made_at > $2::timestamptz - interval '1 day'),
      (select count(*)::int from core.emergencies e where e.workspace_id = $1::uuid and e.reviewed_at is null),
      (select count(*)::int from core.emergencies e where e.workspace_id = $1::uuid and e.reviewed_at is null
        and e.made_at < $2::timestamptz - interval '1 day'),
      (select count(*)::int from core.grants g where g.workspace_id = $1::uuid and g.revoked_at is null
        and (g.to_at is null or g.to_at > $2::timestamptz) and coalesce(g.confirmed_at, g.made_at) < $3::timestamptz)`,
    [
      id,
      ctx.now.toISOString(),
      confirmDays === null ? null : new Date(ctx.now.getTime() - confirmDays * DAY_MS).toISOString(),
    ],
  );
  const [requests, unseen, overdue, due] = (row ?? []).map(Number);
  const base = `/w/${slug}/access`;
  const lines = [
    requests && {
      href: `${base}/hours`,
      text: `${requests === 1 ? "1 person asks" : `${requests} people ask`} to come in for some hours`,
    },
    overdue && {
      href: `${base}/emergencies`,
      text: `${overdue === 1 ? "1 emergency has" : `${overdue} emergencies have`} not been looked at within a day`,
    },
    unseen &&
      !overdue && {
        href: `${base}/emergencies`,
        text: `${unseen === 1 ? "1 emergency is" : `${unseen} emergencies are`} to be looked at`,
      },
    due && {
      href: `${base}/confirm`,
      text: `${due === 1 ? "1 access is" : `${due} accesses are`} to be confirmed again`,
    },
  ].filter((line) => typeof line === "object");
  if (lines.length === 0) return null;
  return (
    <ul class="stack">
      {lines.map(({ href, text }) => (
        <li>
          <a href={href}>{text}</a>
        </li>
      ))}
    </ul>
  );
}
