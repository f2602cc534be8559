/** /admin/alarms: what the watch over the record found, who looks into it, and what came of it. */
import { Type as t } from "@sinclair/typebox";
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Form, type FormState, Select, TextArea, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { DataTable, Pager } from "@views/table.tsx";
import { Tabs } from "@views/tabs.tsx";
import { Time } from "@views/time.tsx";
import { and, asc, desc, eq, gte, isNotNull, isNull, lt, sql } from "drizzle-orm";
import { accessColumns, accessLines, accessRow } from "../audit/breach.ts";
import { detectorTitles } from "../audit/detectors.ts";
import type { OwnContext } from "../context.ts";
import { dynamic, query } from "../db/query.ts";
import { RowTally } from "../documents/download.ts";
import { ownGet, ownPost } from "../http/own-route.ts";
import { refusedForm } from "../http/refused-form.ts";
import { type KernelPermission, Redirect } from "../module.ts";
import { Problem } from "../problem.ts";
import { alarmEntries, alarms, auditEvents, clock, persons } from "../tenancy/tables.ts";
import { allWorkspaces } from "./workspaces.ts";

const LIST = "/admin/alarms";
const PAGE = 50;
/** From discovery, people who were affected hear of a breach within sixty days (45 CFR 164.404(b)). */
const DAYS_TO_TELL = 60;
const DAY_MS = 86_400_000;
const needs: KernelPermission = "core.alarms.manage";
const outcomes = {
  "false-alarm": "A false alarm: this is usual work",
  "no-breach": "Looked into: unusual, and no breach",
  breach: "A breach",
} as const;

const columns = {
  id: alarms.id,
  detector: alarms.detector,
  workspaceId: alarms.workspaceId,
  personId: alarms.personId,
  personName: alarms.personName,
  watchedId: alarms.watchedId,
  sentence: alarms.sentence,
  times: alarms.times,
  raisedAt: alarms.raisedAt,
  lastAt: alarms.lastAt,
  ownerId: alarms.ownerId,
  owner: persons.name,
  closedAt: alarms.closedAt,
  outcome: alarms.outcome,
};
const pageOfAlarms = query<{ offset: number }>()((db, $) =>
  db
    .select(columns)
    .from(alarms)
    .leftJoin(persons, eq(persons.id, alarms.ownerId))
    .orderBy(sql`${alarms.closedAt} is not null`, desc(alarms.lastAt), desc(alarms.id))
    .limit(PAGE)
    .offset($.offset),
);
const countAlarms = query()((db) =>
  db
    .select({
      count: sql<number>`count(*)::int`,
      open: sql<number>`(count(*) filter (where ${alarms.closedAt} is null))::int`,
    })
    .from(alarms),
);
const alarmById = query<{ id: string }>()((db, $) =>
  db.select(columns).from(alarms).leftJoin(persons, eq(persons.id, alarms.ownerId)).where(eq(alarms.id, $.id)),
);
const entriesOf = query<{ alarm: string }>()((db, $) =>
  db
    .select({
      id: alarmEntries.id,
      kind: alarmEntries.kind,
      words: alarmEntries.words,
      at: alarmEntries.at,
      by: persons.name,
    })
    .from(alarmEntries)
    .leftJoin(persons, eq(persons.id, alarmEntries.byId))
    .where(eq(alarmEntries.alarmId, $.alarm))
    .orderBy(asc(alarmEntries.at), asc(alarmEntries.id)),
);
const take = query<{ id: string; owner: string }>()((db, $) =>
  db
    .update(alarms)
    .set({ ownerId: sql`${$.owner}::uuid`, ownedAt: clock() })
    .where(and(eq(alarms.id, $.id), isNull(alarms.closedAt)))
    .returning({ id: alarms.id }),
);
const close = query<{ id: string; outcome: string }>()((db, $) =>
  db
    .update(alarms)
    .set({ closedAt: clock(), outcome: sql`${$.outcome}` })
    .where(and(eq(alarms.id, $.id), isNull(alarms.closedAt)))
    .returning({ id: alarms.id }),
);
const reopen = query<{ id: string }>()((db, $) =>
  db
    .update(alarms)
    .set({ closedAt: sql`null`, outcome: sql`null` })
    .where(and(eq(alarms.id, $.id), isNotNull(alarms.closedAt)))
    .returning({ id: alarms.id }),
);

const oneOf = t.Object({ id: t.String({ format: "uuid" }) });
const words = t.Object({ words: t.String({ title: "What you found", minLength: 3, maxLength: 2_000 }) });

export const alarmRoutes = [
  ownGet(LIST, {
    needs: "core.alarms.read",
    query: t.Object({ page: t.Optional(t.Integer({ title: "Page", minimum: 1, maximum: 10_000 })) }),
    run: async ({ query: { page = 1 } }, ctx) => list(ctx, page),
  }),
  ownGet(`${LIST}/watched`, { needs: "core.alarms.read", run: async (_, ctx) => watched(ctx) }),
  ownPost(`${LIST}/watched`, {
    needs,
    body: t.Object({
      workspace: t.String({ title: "A workspace", format: "uuid" }),
      code: t.String({ title: "Code", minLength: 2, maxLength: 40 }),
    }),
    refused: async (typed, problems, ctx) => watched(ctx, refusedForm(typed, problems)),
    run: async ({ body }, ctx) => {
      const place = (await ctx.db.all(allWorkspaces, {})).find(({ id }) => id === body.workspace);
      if (!place) throw Problem.invalid({ workspace: "Choose a workspace from the list." });
      const kind = place.kind === "program" ? "trainee" : place.kind === "study" ? "participant" : "member";
      const [row] = await ctx.lease.rows("select core.place_canary($1::uuid, $2, $3)", [place.id, body.code, kind]);
      ctx.trail.changes("core.canaries", String(row?.[0]));
      ctx.audit("core.canary_placed", { workspace: place.title });
      return new Redirect(`${LIST}/watched`, "The record is placed. Whoever opens it raises an alarm.");
    },
  }),
  ownGet(`${LIST}/:id`, {
    needs: "core.alarms.read",
    params: oneOf,
    run: async ({ params }, ctx) => show(ctx, params.id),
  }),
  ownGet(`${LIST}/:id/accesses.csv`, {
    needs: "core.alarms.read",
    params: oneOf,
    run: async ({ params }, ctx) => accesses(ctx, params.id),
  }),
  ownPost(`${LIST}/:id/take`, {
    needs,
    params: oneOf,
    run: async ({ params }, ctx) => {
      const alarm = await ctx.db.one(alarmById, params);
      const [taken] = await ctx.db.all(take, { id: alarm.id, owner: ctx.actor.id ?? "" });
      if (!taken) throw new Problem("conflict", "This alarm is closed already. Open it again first.");
      await say(ctx, alarm.id, "taken", `${ctx.actor.name} looks into it.`);
      ctx.audit("core.alarm_taken", { what: detectorTitles[alarm.detector] });
      return new Redirect(`${LIST}/${alarm.id}`, "You look into it now.");
    },
  }),
  ownPost(`${LIST}/:id/note`, {
    needs,
    params: oneOf,
    body: words,
    refused: async (typed, problems, ctx, params) => show(ctx, params.id, refusedForm(typed, problems)),
    run: async ({ params, body }, ctx) => {
      const alarm = await ctx.db.one(alarmById, params);
      await say(ctx, alarm.id, "note", body.words);
      ctx.audit("core.alarm_noted", { what: detectorTitles[alarm.detector] });
      return new Redirect(`${LIST}/${alarm.id}`, "Noted.");
    },
  }),
  ownPost(`${LIST}/:id/close`, {
    needs,
    params: oneOf,
    body: t.Object({
      outcome: t.Union([t.Literal("false-alarm"), t.Literal("no-breach"), t.Literal("breach")], {
        title: "What came of it",
      }),
      why: t.String({ title: "Why", minLength: 3, maxLength: 2_000 }),
    }),
    refused: async (typed, problems, ctx, params) => show(ctx, params.id, refusedForm(typed, problems)),
    run: async ({ params, body }, ctx) => {
      const alarm = await ctx.db.one(alarmById, params);
      if (alarm.ownerId === null) throw Problem.refused("Take the alarm first: somebody has to have looked into it.");
      const [closed] = await ctx.db.all(close, { id: alarm.id, outcome: body.outcome });
      if (!closed) throw new Problem("conflict", "This alarm is closed already.");
      await say(ctx, alarm.id, "closed", `${outcomes[body.outcome]}. ${body.why}`);
      ctx.audit("core.alarm_closed", { what: detectorTitles[alarm.detector], outcome: outcomes[body.outcome] });
      return new Redirect(`${LIST}/${alarm.id}`, "The alarm is closed.");
    },
  }),
  ownPost(`${LIST}/:id/reopen`, {
    needs,
    params: oneOf,
    run: async ({ params }, ctx) => {
      const alarm = await ctx.db.one(alarmById, params);
      const [opened] = await ctx.db.all(reopen, { id: alarm.id });
      if (!opened) throw new Problem("conflict", "This alarm is open.");
      await say(ctx, alarm.id, "reopened", `${ctx.actor.name} opened it again.`);
      ctx.audit("core.alarm_reopened", { what: detectorTitles[alarm.detector] });
      return new Redirect(`${LIST}/${alarm.id}`, "The alarm is open again.");
    },
  }),
];

async function say(ctx: OwnContext, alarm: string, kind: "taken" | "note" | "closed" | "reopened", text: string) {
  const id = Bun.randomUUIDv7();
  await ctx.lease.rows(
    "insert into core.alarm_entries (id, alarm_id, kind, words) values ($1::uuid, $2::uuid, $3, $4)",
    [id, alarm, kind, text],
  );
  ctx.trail.changes("core.alarm_entries", id);
}

type Alarm = Awaited<ReturnType<typeof alarmsOf>>[number];
const alarmsOf = (ctx: OwnContext) => ctx.db.all(pageOfAlarms, { offset: 0 });

const state = ({ closedAt, outcome, ownerId }: Pick<Alarm, "closedAt" | "outcome" | "ownerId">): Html =>
  closedAt !== null ? (
    outcome === "breach" ? (
      <Badge tone="bad">Breach</Badge>
    ) : (
      <Badge tone="ok">Closed</Badge>
    )
  ) : ownerId === null ? (
    <Badge tone="bad">Nobody looks</Badge>
  ) : (
    <Badge tone="warn">Looked into</Badge>
  );

const tabs = (current: "alarms" | "watched"): Html => (
  <Tabs
    label="Alarms"
    tabs={[
      { label: "Alarms", href: LIST, current: current === "alarms" },
      { label: "Watched records", href: `${LIST}/watched`, current: current === "watched" },
    ]}
  />
);

async function list(ctx: OwnContext, page: number): Promise<Html> {
  const rows = await ctx.db.all(pageOfAlarms, { offset: (page - 1) * PAGE });
  const { count, open } = await ctx.db.one(countAlarms, {});
  const from = (page - 1) * PAGE + 1;
  return (
    <Page
      title="Alarms"
      lead="Found by comparing what people see with what is usual for them. An alarm is a question, not a verdict."
      tabs={tabs("alarms")}
    >
      <DataTable
        caption={`${open === 0 ? "None is open" : open === 1 ? "1 is open" : `${open} are open`}, of ${count}; open ones first`}
        rows={rows}
        empty={
          <Empty title="No alarm">
            Cairn looks at every entry of the record within seconds. What it finds stands here, and its keepers get a
            mail.
          </Empty>
        }
        columns={[
          { key: "state", head: "State", cell: state },
          {
            key: "what",
            head: "What",
            cell: (one) => <a href={`${LIST}/${one.id}`}>{detectorTitles[one.detector]}</a>,
            wrap: true,
          },
          { key: "who", head: "Who", cell: ({ personName }) => personName },
          { key: "times", head: "Times", align: "end" as const, cell: ({ times }) => times },
          { key: "at", head: "Last", cell: ({ lastAt }) => <Time at={lastAt} /> },
          { key: "owner", head: "Looked into by", cell: ({ owner }) => owner ?? <span class="muted">Nobody yet</span> },
        ]}
      />
      <Pager
        from={count === 0 ? 0 : from}
        to={from + rows.length - 1}
        total={count}
        previous={page > 1 ? `${LIST}?page=${page - 1}` : undefined}
        next={page * PAGE < count ? `${LIST}?page=${page + 1}` : undefined}
        size={PAGE}
      />
    </Page>
  );
}

async function show(ctx: OwnContext, id: string, form?: FormState): Promise<Html> {
  const alarm = await ctx.db.one(alarmById, { id });
  const entries = await ctx.db.all(entriesOf, { alarm: id });
  const mayAct = ctx.may(needs);
  const due = new Date(alarm.raisedAt.getTime() + DAYS_TO_TELL * DAY_MS);
  const record = new URLSearchParams({
    ...(alarm.personId ? { actor: alarm.personId } : { person: alarm.personName }),
    from: dayOf(alarm.raisedAt.getTime() - DAY_MS),
    to: dayOf(alarm.lastAt.getTime() + DAY_MS),
  });
  return (
    <Page
      title={detectorTitles[alarm.detector]}
      crumbs={[{ label: "Alarms", href: LIST }]}
      badge={state(alarm)}
      lead={`${alarm.sentence}.`}
      form={form}
      actions={
        <>
          <ButtonLink href={`/admin/record?${record}`}>See it in the record</ButtonLink>
          <ButtonLink href={`${LIST}/${id}/accesses.csv`} download>
            Who saw what, as CSV
          </ButtonLink>
        </>
      }
    >
      <div class="stack">
        {alarm.outcome === "breach" && (
          <Note tone="bad">
            <p>
              A breach. Whoever it concerns has to be told by <Time at={due} show="day" />, sixty days after it was
              found, and sooner where your law says so.
            </p>
          </Note>
        )}
        <Panel title="What is known">
          <Facts
            facts={[
              { term: "Who", value: alarm.personName },
              { term: "Found", value: <Time at={alarm.raisedAt} show="full" /> },
              { term: "Last seen", value: <Time at={alarm.lastAt} show="full" /> },
              { term: "Times", value: alarm.times },
              { term: "Looked into by", value: alarm.owner ?? "Nobody yet" },
              ...(alarm.closedAt === null
                ? [{ term: "If it is a breach, tell by", value: <Time at={due} show="day" /> }]
                : [{ term: "Closed", value: <Time at={alarm.closedAt} show="full" /> }]),
            ]}
          />
        </Panel>
        <DataTable
          caption="What happened, in order"
          rows={entries}
          empty={<Empty title="Nothing yet">The first line stands here when the alarm is raised.</Empty>}
          columns={[
            { key: "at", head: "Time", cell: ({ at }) => <Time at={at} /> },
            { key: "by", head: "By", cell: ({ by }) => by ?? "Cairn" },
            { key: "words", head: "What", cell: (entry) => entry.words, wrap: true },
          ]}
        />
        {mayAct && alarm.closedAt === null && (
          <>
            {alarm.ownerId !== ctx.actor.id && (
              <Panel title={alarm.ownerId === null ? "Nobody looks into this yet" : "Somebody else looks into this"}>
                <PostButton action={`${LIST}/${id}/take`} tone="primary">
                  Look into it
                </PostButton>
              </Panel>
            )}
            <Form action={`${LIST}/${id}/note`}>
              <TextArea
                name="words"
                label="What you found"
                hint="It stays in the timeline as you write it."
                form={form}
              />
              <Button>Add to the timeline</Button>
            </Form>
            {alarm.ownerId !== null && (
              <Form action={`${LIST}/${id}/close`}>
                <Select
                  name="outcome"
                  label="What came of it"
                  options={Object.entries(outcomes).map(([value, label]) => ({ value, label }))}
                  empty="Choose"
                  form={form}
                />
                <TextArea name="why" label="Why" form={form} />
                <Button tone="primary">Close the alarm</Button>
              </Form>
            )}
          </>
        )}
        {mayAct && alarm.closedAt !== null && <PostButton action={`${LIST}/${id}/reopen`}>Open it again</PostButton>}
      </div>
    </Page>
  );
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

async function watched(ctx: OwnContext, form?: FormState): Promise<Html> {
  const rows = (
    await ctx.lease.rows("select subject_id::text, code, workspace, placed_at::text from core.canary_codes()")
  ).map(([id, code, workspace, at]) => ({
    id: String(id),
    code: String(code),
    workspace: String(workspace),
    at: new Date(String(at)),
  }));
  const places = await ctx.db.all(allWorkspaces, {});
  return (
    <Page
      title="Watched records"
      lead="Records about nobody. No work leads to them, so whoever opens one, or takes it out, raises an alarm within a minute."
      tabs={tabs("watched")}
      form={form}
    >
      <div class="stack">
        <DataTable
          caption={rows.length === 1 ? "1 watched record" : `${rows.length} watched records`}
          rows={rows}
          empty={
            <Empty title="None is placed">Place one or two in each workspace that holds data worth stealing.</Empty>
          }
          columns={[
            { key: "code", head: "Code", cell: ({ code }) => code },
            { key: "place", head: "Where", cell: ({ workspace }) => workspace, wrap: true },
            { key: "at", head: "Placed", cell: ({ at }) => <Time at={at} show="day" /> },
          ]}
        />
        {ctx.may(needs) && (
          <Form action={`${LIST}/watched`}>
            <Select
              name="workspace"
              label="Where"
              options={places.map(({ id, title }) => ({ value: id, label: title }))}
              empty="Choose a workspace"
              form={form}
            />
            <TextField
              name="code"
              label="Code"
              hint="Like the codes of the others there, so that it does not stand out. Nobody else is told."
              width="m"
              form={form}
            />
            <Button tone="primary">Place a watched record</Button>
          </Form>
        )}
      </div>
    </Page>
  );
}

/** Everything this person saw, changed and took out, from a day before it was found to a day after it was last seen. */
async function accesses(ctx: OwnContext, id: string) {
  const alarm = await ctx.db.one(alarmById, { id });
  const between = dynamic((db) =>
    db
      .select({
        id: auditEvents.id,
        at: auditEvents.at,
        actorName: auditEvents.actorName,
        actorId: auditEvents.actorId,
        ip: auditEvents.ip,
        sessionRef: auditEvents.sessionRef,
        sentence: auditEvents.sentence,
        act: auditEvents.act,
        event: auditEvents.event,
        subjects: auditEvents.subjects,
        read: auditEvents.read,
        changed: auditEvents.changed,
      })
      .from(auditEvents)
      .where(
        and(
          alarm.personId === null
            ? eq(auditEvents.actorName, alarm.personName)
            : eq(auditEvents.actorId, alarm.personId),
          eq(auditEvents.outcome, "done"),
          gte(auditEvents.at, new Date(alarm.raisedAt.getTime() - DAY_MS)),
          lt(auditEvents.at, new Date(alarm.lastAt.getTime() + DAY_MS)),
        ),
      )
      .orderBy(auditEvents.id),
  );
  const tally = new RowTally();
  async function* rows() {
    for await (const event of ctx.db.stream(between, {})) {
      tally.add(event.id);
      for (const line of accessLines(event)) yield accessRow(line, new Map());
    }
  }
  return ctx.csv("core.accesses", "who-saw-what", { columns: accessColumns, rows: rows() }, tally);
}
