/** My day: what is due for one person over all places and modules, on a page and in a calendar. */

import { Type as t } from "@sinclair/typebox";
import { Badge } from "@views/badge.tsx";
import { ButtonLink, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Note, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { and, desc, eq, isNull } from "drizzle-orm";
import { uuid } from "drizzle-orm/pg-core";
import { query } from "../db/query.ts";
import { ownGet, ownPost } from "../http/own-route.ts";
import { requireNothingOwed } from "../identity/owing.ts";
import type { KernelRoutes } from "../kernel.ts";
import { anyone, type Due, Redirect, signedIn } from "../module.ts";
import { Problem } from "../problem.ts";
import { clock, core, moment } from "../tenancy/tables.ts";
import { randomToken, sha256 } from "../vault/primitives.ts";
import { calendarFile } from "./calendar-file.ts";
import { type Asker, duesIn, overPlaces, type PlaceDues, placesToAsk, soonest } from "./places.ts";

const calendarLinks = core.table("calendar_links", {
  tenantId: uuid("tenant_id").notNull(),
  id: uuid("id").primaryKey(),
  personId: uuid("person_id").notNull(),
  madeAt: moment("made_at").notNull(),
  endedAt: moment("ended_at"),
});
const myCalendars = query()((db) =>
  db
    .select({ id: calendarLinks.id, madeAt: calendarLinks.madeAt })
    .from(calendarLinks)
    .where(isNull(calendarLinks.endedAt))
    .orderBy(desc(calendarLinks.madeAt)),
);
const endCalendars = query<{ by: string }>()((db, $) =>
  db
    .update(calendarLinks)
    .set({ endedAt: clock() })
    .where(and(eq(calendarLinks.personId, $.by), isNull(calendarLinks.endedAt)))
    .returning({ id: calendarLinks.id }),
);

interface Line extends Due {
  readonly place: string;
}

const today = ownGet("/today", {
  needs: signedIn,
  // Before the page's own transaction: a person's places are looked into one after another, and no connection is held meanwhile.
  before: async (_input, { house, visit, incoming }): Promise<PlaceDues[]> => {
    const { tenant, arrival, token, requestId, agent } = visit;
    if (!arrival || !token) throw new Problem("sign-in");
    const { person, session } = arrival;
    const asker: Asker = {
      tenant,
      person,
      visitor: { name: person.name, sessionRef: session.ref, ip: incoming.peer, agent },
      requestId,
      act: "GET /today",
      sessionRef: session.ref,
    };
    return await overPlaces(await placesToAsk(house, asker, arrival), async ({ slug, title }) => {
      const there = await house.sessions.arrive(tenant.id, token, slug, true, incoming.peer);
      if (!there?.workspace || isShut(there)) return { title, slug, dues: [] };
      return await duesIn(house, asker, { workspace: there.workspace, may: there.may, modules: there.modules });
    });
  },
  run: async ({ prepared }, ctx) => {
    const day = ctx.now.toISOString().slice(0, 10);
    const lines = prepared
      .flatMap(({ title, dues }) => dues.map((due): Line => ({ ...due, place: title })))
      .sort(soonest);
    const calendars = await ctx.db.all(myCalendars, {});
    return <Today lines={lines} places={prepared.length} day={day} hasCalendar={calendars.length > 0} />;
  },
});

/** A place that asks for something first, or is closed to this network, shows nothing here. */
function isShut(arrival: Parameters<typeof requireNothingOwed>[0]): boolean {
  try {
    requireNothingOwed(arrival, "/today");
    return false;
  } catch (error) {
    if (error instanceof Problem) return true;
    throw error;
  }
}

interface TodayProps {
  readonly lines: readonly Line[];
  readonly places: number;
  readonly day: string;
  readonly hasCalendar: boolean;
}

const Today = ({ lines, places, day, hasCalendar }: TodayProps): Html => (
  <Page
    title="My day"
    lead={`${lines.length === 1 ? "One thing waits" : `${lines.length} things wait`} for you in ${places === 1 ? "one place" : `${places} places`}.`}
    aside={
      <Panel title="Calendar">
        <p>
          An address for your calendar program: it shows what is due and in which place, and never a name. Whoever has
          the address can read it, so keep it to yourself.
        </p>
        <PostButton action="/today/calendar">{hasCalendar ? "Make a new address" : "Make an address"}</PostButton>
        {hasCalendar && (
          <PostButton action="/today/calendar/end" tone="quiet">
            End it
          </PostButton>
        )}
      </Panel>
    }
  >
    <DataTable
      caption="What is due, the soonest first"
      columns={[
        { key: "title", head: "What", wrap: true, cell: (line: Line) => <a href={line.href}>{line.title}</a> },
        { key: "on", head: "Due", cell: (line) => <DueDay on={line.on} day={day} /> },
        { key: "place", head: "Where", wrap: true, cell: (line) => line.place },
      ]}
      rows={lines}
      empty={<Empty title="Nothing waits for you">Whatever needs you in any of your places is listed here.</Empty>}
    />
  </Page>
);

export const DueDay = ({ on, day }: { on: string | null; day: string }): Html => {
  if (on === null) return <Badge tone="plain">no day</Badge>;
  if (on < day)
    return (
      <>
        <Badge tone="bad">overdue</Badge> {on}
      </>
    );
  if (on === day)
    return (
      <Badge tone="warn" more={on}>
        today
      </Badge>
    );
  return <span>{on}</span>;
};

const newCalendar = ownPost("/today/calendar", {
  needs: signedIn,
  run: async (_input, ctx) => {
    const token = randomToken(32);
    const id = Bun.randomUUIDv7();
    await ctx.db.all(endCalendars, { by: ctx.actor.id ?? "" });
    await ctx.lease.rows("insert into core.calendar_links (id, token_hash) values ($1::uuid, $2::bytea)", [
      id,
      sha256(token),
    ]);
    ctx.trail.changes("core.calendar_links", id);
    ctx.audit("core.calendar_opened", {});
    const address = ctx.address(`/calendar/${token}.ics`);
    return (
      <Page title="Your calendar's address" crumbs={[{ label: "My day", href: "/today" }]}>
        <Note tone="info">
          <p>Copy it now: it is shown once. Making another ends this one.</p>
        </Note>
        <Panel title="Address">
          <p class="mono">{address}</p>
          <p>In your calendar program choose “subscribe to a calendar by its address” and paste it there.</p>
          <ButtonLink href="/today">Back to my day</ButtonLink>
        </Panel>
      </Page>
    );
  },
});

const endCalendar = ownPost("/today/calendar/end", {
  needs: signedIn,
  run: async (_input, ctx) => {
    await ctx.db.all(endCalendars, { by: ctx.actor.id ?? "" });
    ctx.audit("core.calendar_ended", {});
    return new Redirect("/today", "The address leads nowhere from now on.");
  },
});

const calendar = ownGet("/calendar/:token", {
  needs: anyone,
  passive: true,
  params: t.Object({ token: t.String({ minLength: 20, maxLength: 80 }) }),
  before: async ({ params }, { house, visit, incoming }) => {
    const { tenant, requestId, agent } = visit;
    const found = await house.door.arriveByCalendar(tenant.id, sha256(params.token.replace(/\.ics$/, "")));
    if (!found) throw new Problem("gone");
    const { person } = found;
    const visitor = { name: `${person.name} (calendar)`, sessionRef: null, ip: incoming.peer, agent };
    const asker: Asker = { tenant, person, visitor, requestId, act: "GET /calendar/:token", sessionRef: "" };
    return { name: tenant.name, places: await overPlaces(found.places, (place) => duesIn(house, asker, place)) };
  },
  run: async ({ prepared }, ctx) => {
    const entries = prepared.places.flatMap(({ title: place, dues }) =>
      dues.flatMap(({ title, outside = title, on, href }) =>
        on ? [{ title: outside, place, on, url: ctx.address(href) }] : [],
      ),
    );
    const body = Buffer.from(calendarFile(`My day, ${prepared.name}`, entries, ctx.now));
    // Days and titles, asked for every hour by a program: in the record of each place, not in the ledger of files.
    return {
      filename: "my-day.ics",
      type: "ics",
      body,
      bytes: body.byteLength,
      exportId: ctx.visit.requestId,
      discard: () => {},
    };
  },
});

export const agendaRoutes: KernelRoutes = {
  place: "institution",
  routes: [today, newCalendar, endCalendar, calendar],
};
