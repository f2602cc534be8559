/**
 * /admin/hours: everybody who was let in for some hours anywhere, and every emergency, for those who keep the whole
 * institution. Whom an emergency was about stands where it happened.
 */
import { Type as t } from "@sinclair/typebox";
import { PrintButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Select } from "@views/form.tsx";
import type { Child, Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { DataTable, Filters } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { type Roles, rolesOf } from "../access/roles.ts";
import type { OwnContext } from "../context.ts";
import { ownGet } from "../http/own-route.ts";
import { emergencyState, isLookedAt } from "./emergencies.tsx";
import { isWaiting, type Standing, stateOf } from "./hours.tsx";

const HERE = "/admin/hours";
const MOST = 500;

interface Line extends Standing {
  readonly kind: "hours" | "emergency";
  readonly id: string;
  readonly place: string;
  readonly slug: string;
  readonly name: string;
  readonly role: string | null;
  readonly hours: number | null;
  readonly reason: string | null;
  readonly reviewedAt: Date | null;
  readonly isJustified: boolean | null;
}

const shows = {
  waiting: "What waits for somebody",
  hours: "Access for some hours",
  emergency: "Emergencies",
} as const;

export const outOfTheOrdinaryRoute = ownGet(HERE, {
  needs: "core.grants.read",
  query: t.Object({ show: t.Optional(t.String({ maxLength: 20 })), place: t.Optional(t.String({ maxLength: 61 })) }),
  run: async ({ query: { show, place } }, ctx) => {
    const all = await linesOf(ctx);
    const lines = all.filter((one) => isShown(one, show, ctx.now) && (!place || one.slug === place));
    const roles = await rolesOf(ctx);
    const places = new Map(all.map(({ slug, place: title }) => [slug, title]));
    return (
      <Page
        title="Hours and emergencies"
        lead="Who came in where he has no standing access, who let him, and what was found. What was looked at is in the record of the place."
        actions={<PrintButton />}
      >
        <Filters action={HERE} live="#list" clear={show || place ? HERE : undefined}>
          <Select
            name="show"
            label="Show"
            options={Object.entries(shows).map(([value, label]) => ({ value, label }))}
            value={show}
            empty="Everything"
          />
          <Select
            name="place"
            label="Where"
            options={[...places].map(([value, label]) => ({ value, label }))}
            value={place}
            empty="Anywhere"
          />
        </Filters>
        <div id="list">
          <DataTable
            caption={`${lines.length === 1 ? "1 entry" : `${lines.length} entries`}, the newest first`}
            {...(all.length === MOST && { note: `The newest ${MOST}; older ones are listed where they happened.` })}
            rows={lines}
            empty={
              <Empty title={all.length === 0 ? "None" : "Nothing found"}>
                {all.length === 0
                  ? "Nobody came in by any other way than the access that was given."
                  : "Nothing fits these filters: clear them to see everything."}
              </Empty>
            }
            columns={columnsOf(ctx, roles)}
          />
        </div>
      </Page>
    );
  },
});

const columnsOf = (ctx: OwnContext, roles: Roles) => [
  { key: "name", head: "Who", cell: (one: Line): Html => <a href={hrefOf(one)}>{one.name}</a> },
  { key: "place", head: "Where", wrap: "narrow" as const, cell: ({ place }: Line) => place },
  {
    key: "what",
    head: "How",
    cell: ({ role, hours }: Line) => (role === null ? "In an emergency" : `${roles.titleOf(role)}, ${hours} h`),
  },
  { key: "at", head: "Asked or opened", cell: ({ madeAt }: Line): Html => <Time at={madeAt} /> },
  {
    key: "state",
    head: "State",
    wrap: "narrow" as const,
    cell: (one: Line): Child => (one.kind === "hours" ? stateOf(one, ctx.now) : emergencyState(one, ctx.now)),
  },
  { key: "why", head: "What for", wrap: true, cell: ({ reason }: Line) => reason ?? "" },
];

const hrefOf = ({ kind, id, slug }: Line) =>
  kind === "hours" ? `/w/${slug}/access/hours/${id}` : `/w/${slug}/access/emergencies/${id}`;

const waits = (one: Line, now: Date) => (one.kind === "hours" ? isWaiting(one, now) : !isLookedAt(one));
const isShown = (one: Line, show: string | undefined, now: Date) =>
  show === "waiting" ? waits(one, now) : show === "hours" || show === "emergency" ? one.kind === show : true;

async function linesOf({ lease }: OwnContext): Promise<Line[]> {
  const rows = await lease.rows(
    "select kind, id, place, slug, name, role, hours, reason, made_at, approved, withdrawn_at, to_at, revoked_at, reviewed_at, justified from core.out_of_the_ordinary()",
  );
  const moment = (value: unknown) => (value === null ? null : new Date(value as string | Date));
  return rows.map(
    ([kind, id, place, slug, name, role, hours, reason, madeAt, approved, withdrawn, to, revoked, reviewed, isRight]) =>
      ({
        kind,
        id,
        place,
        slug,
        name,
        role,
        hours,
        reason,
        madeAt: moment(madeAt),
        approved,
        withdrawnAt: moment(withdrawn),
        toAt: moment(to),
        revokedAt: moment(revoked),
        reviewedAt: moment(reviewed),
        isJustified: isRight,
      }) as Line,
  );
}

/** How many wait, for the first page of whoever keeps the institution. */
export async function waitingCount(ctx: OwnContext): Promise<number> {
  return (await linesOf(ctx)).filter((one) => waits(one, ctx.now)).length;
}
