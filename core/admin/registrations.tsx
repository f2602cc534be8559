/** /admin/registrations: who asks for access, why, and what is decided: with a role, a place and an end, or refused with a reason. */
import { Type as t } from "@sinclair/typebox";
import { Badge } from "@views/badge.tsx";
import { Button } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Form, type FormState, type Option, Select, TextArea, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { DataTable, Filters } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { and, desc, eq, isNull, sql } from "drizzle-orm";
import type { OwnContext } from "../context.ts";
import { query } from "../db/query.ts";
import { ownGet, ownPost } from "../http/own-route.ts";
import { refusedForm } from "../http/refused-form.ts";
import { addressOf } from "../identity/link-letters.ts";
import { approvedLetter, refusedLetter } from "../mail/letters.ts";
import { Redirect } from "../module.ts";
import { Problem } from "../problem.ts";
import { clock, persons, registrations } from "../tenancy/tables.ts";
import { giveAccess } from "./access.ts";
import { PagerOf, pageNumber } from "./pages.tsx";
import { PAGE, setStatus } from "./people.ts";
import { GrantFields } from "./people-pages.tsx";
import { optionsFor, readPlace } from "./people-routes.ts";

const columns = {
  id: registrations.id,
  personId: registrations.personId,
  name: persons.name,
  email: persons.email,
  status: persons.status,
  reason: registrations.reason,
  madeAt: registrations.madeAt,
  approved: registrations.approved,
  answer: registrations.answer,
};
const isAsked = ($: { state: unknown; like: unknown }) =>
  and(
    sql`(${$.state}::text is null or case when ${registrations.approved} is null then 'waiting' when ${registrations.approved} then 'approved' else 'refused' end = ${$.state}::text)`,
    sql`(${$.like}::text is null or ${persons.name} ilike ${$.like}::text or ${persons.email} ilike ${$.like}::text)`,
  );
const listRegistrations = query<{ state: string | null; like: string | null; offset: number }>()((db, $) =>
  db
    .select(columns)
    .from(registrations)
    .innerJoin(persons, eq(persons.id, registrations.personId))
    .where(isAsked($))
    .orderBy(
      sql`${registrations.decidedAt} is not null`,
      sql`case when ${registrations.decidedAt} is null then ${registrations.madeAt} end`,
      desc(registrations.madeAt),
      desc(registrations.id),
    )
    .limit(PAGE)
    .offset($.offset),
);
const countRegistrations = query<{ state: string | null; like: string | null }>()((db, $) =>
  db
    .select({ count: sql<number>`count(*)::int` })
    .from(registrations)
    .innerJoin(persons, eq(persons.id, registrations.personId))
    .where(isAsked($)),
);
export const countWaiting = query()((db) =>
  db.select({ count: sql<number>`count(*)::int` }).from(registrations).where(isNull(registrations.decidedAt)),
);
const registrationById = query<{ id: string }>()((db, $) =>
  db
    .select(columns)
    .from(registrations)
    .innerJoin(persons, eq(persons.id, registrations.personId))
    .where(eq(registrations.id, $.id)),
);
const decide = query<{ id: string; by: string | null; approved: boolean; answer: string | null }>()((db, $) =>
  db
    .update(registrations)
    .set({
      decidedAt: clock(),
      decidedBy: sql`${$.by}::uuid`,
      approved: sql`${$.approved}::boolean`,
      answer: sql`${$.answer}`,
    })
    .where(and(eq(registrations.id, $.id), isNull(registrations.decidedAt)))
    .returning({ id: registrations.id }),
);

const oneOf = t.Object({ id: t.String({ format: "uuid" }) });
const day = (title: string) => t.Optional(t.String({ title, maxLength: 10 }));
const LIST = "/admin/registrations";

export const registrationRoutes = [
  ownGet(LIST, {
    needs: "core.people.manage",
    query: t.Object({
      q: t.Optional(t.String({ maxLength: 200 })),
      state: t.Optional(t.String({ maxLength: 20 })),
      page: pageNumber,
    }),
    run: async ({ query: { q, state: wanted, page = 1 } }, ctx) => {
      const state = states.some(({ value }) => value === wanted) ? wanted : undefined;
      const like = q === undefined ? null : `%${q.replace(/[\\%_]/g, "\\$&")}%`;
      const filter = { state: state ?? null, like };
      const rows = await ctx.db.all(listRegistrations, { ...filter, offset: (page - 1) * PAGE });
      const { count } = await ctx.db.one(countRegistrations, filter);
      const isFiltered = q !== undefined || state !== undefined;
      const isOpen = ctx.visit.tenant.policies.registration === "open";
      const pageHref = (to: number) =>
        `${LIST}?${new URLSearchParams({ ...(q && { q }), ...(state && { state }), page: String(to) })}`;
      return (
        <Page
          title="Registrations"
          lead="People who asked for an account themselves, or came by a sign-in service for the first time. Nobody gets in before you decide."
        >
          {!isOpen && (
            <Note>
              People cannot ask for an account themselves now. <a href="/admin/policies/sign-in">How people sign in</a>{" "}
              opens that.
            </Note>
          )}
          {(count > 0 || isFiltered) && (
            <Filters action={LIST} live="#list" clear={isFiltered ? LIST : undefined}>
              <TextField name="q" label="Name or e-mail" value={q} width="m" type="search" />
              <Select name="state" label="State" options={states} value={state} empty="Any" />
            </Filters>
          )}
          <div id="list">
            <DataTable
              caption={`${count === 1 ? "1 registration" : `${count} registrations`}, those that wait first`}
              rows={rows}
              empty={
                isFiltered ? (
                  <Empty title="Nobody found">No registration fits these filters: clear them to see all.</Empty>
                ) : (
                  <Empty title="Nobody waits">Who asks for access is listed here, and you get a mail.</Empty>
                )
              }
              columns={[
                { key: "name", head: "Name", cell: (one) => <a href={`${LIST}/${one.id}`}>{one.name}</a> },
                { key: "state", head: "State", cell: ({ approved }) => stateBadge(approved) },
                { key: "email", head: "E-mail", cell: ({ email }) => email },
                { key: "at", head: "Asked", cell: ({ madeAt }) => <Time at={madeAt} /> },
                { key: "why", head: "In their own words", wrap: true, cell: ({ reason }) => reason },
              ]}
            />
            <PagerOf page={page} rows={rows.length} total={count} href={pageHref} />
          </div>
        </Page>
      );
    },
  }),
  ownGet(`${LIST}/:id`, {
    needs: "core.people.manage",
    params: oneOf,
    run: async ({ params }, ctx) => show(ctx, params.id),
  }),
  ownPost(`${LIST}/:id/approve`, {
    needs: "core.people.manage",
    params: oneOf,
    body: t.Object({
      role: t.String({ title: "A role", minLength: 1, maxLength: 60 }),
      place: t.String({ title: "Where", minLength: 1, maxLength: 60 }),
      from: day("From"),
      to: day("Until"),
    }),
    refused: async (typed, problems, ctx, params) => show(ctx, params.id, refusedForm(typed, problems)),
    run: async ({ params, body }, ctx) => {
      if (!ctx.may("core.grants.manage")) throw new Problem("forbidden");
      const one = await open(ctx, params.id);
      const person = { id: one.personId, name: one.name };
      await close(ctx, one.id, true, null);
      const [moved] = await ctx.db.all(setStatus, { id: person.id, from: "pending", to: "active" });
      if (!moved) throw new Problem("conflict", DECIDED);
      const place = await readPlace(ctx, body.place);
      await giveAccess(ctx, { person, role: body.role, place, from: body.from, to: body.to });
      ctx.audit("core.registration_approved", { person: one.name });
      const url = `${addressOf(ctx.house.config.baseUrl, ctx.visit.tenant, ctx.incoming.url.hostname)}/sign-in`;
      await ctx.mail({
        to: one.email,
        ...approvedLetter({ name: one.name, institution: ctx.tenant.name, place: place.title, url }),
      });
      return new Redirect(LIST, `${one.name} is in, and was told.`);
    },
  }),
  ownPost(`${LIST}/:id/refuse`, {
    needs: "core.people.manage",
    params: oneOf,
    body: t.Object({ answer: t.String({ title: "Why not", minLength: 3, maxLength: 1_000 }) }),
    refused: async (typed, problems, ctx, params) => show(ctx, params.id, refusedForm(typed, problems)),
    run: async ({ params, body }, ctx) => {
      const one = await open(ctx, params.id);
      await close(ctx, one.id, false, body.answer);
      const [moved] = await ctx.db.all(setStatus, { id: one.personId, from: "pending", to: "refused" });
      if (!moved) throw new Problem("conflict", DECIDED);
      ctx.audit("core.registration_refused", { person: one.name, reason: body.answer });
      const letter = { name: one.name, institution: ctx.tenant.name, answer: body.answer };
      await ctx.mail({ to: one.email, ...refusedLetter(letter) });
      return new Redirect(LIST, `${one.name} was refused, and told why.`);
    },
  }),
];

const states: readonly Option[] = [
  { value: "waiting", label: "Waits" },
  { value: "approved", label: "Approved" },
  { value: "refused", label: "Refused" },
];

const DECIDED = "This has been decided already. Nothing was changed.";

async function open(ctx: OwnContext, id: string) {
  const one = await ctx.db.one(registrationById, { id });
  if (one.approved !== null) throw new Problem("conflict", DECIDED);
  return one;
}

async function close(ctx: OwnContext, id: string, approved: boolean, answer: string | null): Promise<void> {
  const [done] = await ctx.db.all(decide, { id, by: ctx.actor.id, approved, answer });
  if (!done) throw new Problem("conflict", DECIDED);
}

const stateBadge = (approved: boolean | null): Html =>
  approved === null ? (
    <Badge tone="warn">Waits</Badge>
  ) : approved ? (
    <Badge tone="ok">Approved</Badge>
  ) : (
    <Badge tone="none">Refused</Badge>
  );

async function show(ctx: OwnContext, id: string, form?: FormState): Promise<Html> {
  const one = await ctx.db.one(registrationById, { id });
  const options = await optionsFor(ctx);
  return (
    <Page
      title={one.name}
      crumbs={[{ label: "Registrations", href: LIST }]}
      badge={stateBadge(one.approved)}
      form={form}
    >
      <div class="stack">
        <Panel title="What was asked">
          <Facts
            facts={[
              { term: "E-mail", value: `${one.email} (confirmed)` },
              { term: "Asked", value: <Time at={one.madeAt} /> },
              { term: "In their own words", value: one.reason },
              ...(one.answer ? [{ term: "Refused because", value: one.answer }] : []),
            ]}
          />
        </Panel>
        {one.approved === null && (
          <>
            <Panel title="Approve">
              <Form action={`${LIST}/${id}/approve`} panel={false}>
                <GrantFields options={options} form={form} />
                <div class="row">
                  <Button tone="primary">Approve</Button>
                </div>
              </Form>
            </Panel>
            <Panel title="Refuse">
              <Form action={`${LIST}/${id}/refuse`} panel={false}>
                <TextArea
                  name="answer"
                  label="Why not"
                  hint="They read this, in a mail and on their own page."
                  rows={2}
                  maxlength={1_000}
                  form={form}
                />
                <div class="row">
                  <Button tone="danger">Refuse</Button>
                </div>
              </Form>
            </Panel>
          </>
        )}
      </div>
    </Page>
  );
}
