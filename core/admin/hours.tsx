/**
 * Access for some hours: somebody without standing access (support staff above all) says what for, somebody else who
 * manages access there decides, and it ends by itself, after four hours at most. All of it stands in the record.
 */
import { Type as t } from "@sinclair/typebox";
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Form, type FormState, Select, TextArea, TextField } from "@views/form.tsx";
import type { Child, Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Facts, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { and, desc, eq, sql } from "drizzle-orm";
import { requireApart, rolesOf } from "../access/roles.ts";
import type { OwnContext } from "../context.ts";
import { query } from "../db/query.ts";
import { hereIn, ownGet, ownPost } from "../http/own-route.ts";
import { refusedForm } from "../http/refused-form.ts";
import { addressOf } from "../identity/link-letters.ts";
import { hoursAskedLetter, hoursDecidedLetter } from "../mail/letters.ts";
import { Redirect, signedIn, type WorkspaceKind } from "../module.ts";
import { Problem } from "../problem.ts";
import { accessRequests, grants } from "../tenancy/tables.ts";
import { PagerOf, pageNumber } from "./pages.tsx";
import { PAGE } from "./people.ts";

const MINE = "/account/hours";
const base = (ctx: OwnContext) => `/w/${hereIn(ctx).slug}/access/hours`;
const DAY_MS = 86_400_000;
const inHours = (hours: number) => (hours === 1 ? "1 hour" : `${hours} hours`);

const columns = {
  id: accessRequests.id,
  personId: accessRequests.personId,
  role: accessRequests.role,
  hours: accessRequests.hours,
  reason: accessRequests.reason,
  madeAt: accessRequests.madeAt,
  decidedBy: accessRequests.decidedBy,
  approved: accessRequests.approved,
  answer: accessRequests.answer,
  withdrawnAt: accessRequests.withdrawnAt,
  grantId: accessRequests.grantId,
  toAt: grants.toAt,
  revokedAt: grants.revokedAt,
};
const requestsHere = query<{ workspaceId: string; offset: number }>()((db, $) =>
  db
    .select(columns)
    .from(accessRequests)
    .leftJoin(grants, eq(grants.id, accessRequests.grantId))
    .where(eq(accessRequests.workspaceId, $.workspaceId))
    .orderBy(desc(accessRequests.madeAt))
    .limit(PAGE)
    .offset($.offset),
);
const countHere = query<{ workspaceId: string }>()((db, $) =>
  db
    .select({ count: sql<number>`count(*)::int` })
    .from(accessRequests)
    .where(eq(accessRequests.workspaceId, $.workspaceId)),
);
const requestHere = query<{ workspaceId: string; id: string }>()((db, $) =>
  db
    .select(columns)
    .from(accessRequests)
    .leftJoin(grants, eq(grants.id, accessRequests.grantId))
    .where(and(eq(accessRequests.workspaceId, $.workspaceId), eq(accessRequests.id, $.id))),
);

interface Asker {
  readonly name: string;
  readonly email: string;
}

/** Also those who have no access yet, or none any more: nobody decides about somebody without a name. */
export async function askersHere({ lease }: OwnContext): Promise<(personId: string) => Asker> {
  const rows = await lease.rows("select person, name, email from core.who_asked_here()");
  const known = new Map(
    (rows as readonly [string, string, string][]).map(([id, name, email]) => [id, { name, email }] as const),
  );
  return (personId) => known.get(personId) ?? { name: "Someone", email: "" };
}

export const hoursAskRoutes = [
  ownGet(MINE, { needs: signedIn, run: async (_, ctx) => askPage(ctx) }),
  ownPost(MINE, {
    needs: signedIn,
    bodyLimit: 16_384,
    body: t.Object({
      place: t.String({ title: "The word in the address", minLength: 1, maxLength: 61 }),
      role: t.String({ title: "A role", minLength: 1, maxLength: 60 }),
      hours: t.Integer({ title: "How many hours", minimum: 1, maximum: 4 }),
      reason: t.String({ title: "What for", minLength: 10, maxLength: 1_000 }),
    }),
    refused: async (typed, problems, ctx) => askPage(ctx, refusedForm(typed, problems)),
    run: async ({ body }, ctx) => {
      const [row] = await ctx.lease.rows("select id, title, kind from core.place_to_ask_for($1)", [body.place]);
      if (!row) throw Problem.invalid({ place: "No workspace has this word in its address. It stands after /w/." });
      const [placeId, title, kind] = row as readonly [string, string, WorkspaceKind];
      const role = (await rolesOf(ctx)).in(kind).find(({ value }) => value === body.role);
      if (!role) throw Problem.invalid({ role: `That is not a role for ${title}.` });
      const [made] = await ctx.lease.rows("select core.ask_for_hours($1::uuid, $2, $3::int, $4)", [
        placeId,
        body.role,
        body.hours,
        body.reason,
      ]);
      ctx.trail.changes("core.access_requests", made?.[0] as string);
      ctx.audit("core.hours_asked", { role: role.label, place: title, hours: body.hours, reason: body.reason });
      const keepers = await ctx.lease.rows("select name, email from core.grant_keepers($1::uuid)", [placeId]);
      const url = `${addressOf(ctx.house.config.baseUrl, ctx.visit.tenant, ctx.incoming.url.hostname)}/w/${body.place}/access/hours/${made?.[0]}`;
      for (const [name, email] of keepers as [string, string][])
        await ctx.mail({ to: email, ...hoursAskedLetter({ name, person: ctx.actor.name, place: title, url }) });
      return new Redirect(
        MINE,
        keepers.length > 0
          ? "Asked. Those who manage access there were told."
          : "Asked, but nobody manages access there yet.",
      );
    },
  }),
  ownPost(`${MINE}/:id/give-back`, {
    needs: signedIn,
    params: t.Object({ id: t.String({ format: "uuid" }) }),
    run: async ({ params }, ctx) => {
      const [row] = await ctx.lease.rows("select place, was_inside from core.give_back($1::uuid)", [params.id]);
      const [place, wasInside] = (row ?? []) as [string | null | undefined, boolean | null | undefined];
      if (!place) throw Problem.refused("This is over already. Nothing was changed.");
      ctx.trail.changes("core.access_requests", params.id);
      ctx.audit(wasInside ? "core.hours_given_back" : "core.hours_withdrawn", { place });
      return new Redirect(MINE, wasInside ? `You are out of ${place} now.` : "Withdrawn.");
    },
  }),
];

export const hoursRoutes = [
  ownGet("/w/:workspace/access/hours", {
    needs: "core.grants.read",
    query: t.Object({ page: pageNumber }),
    run: async ({ query: { page = 1 } }, ctx) => listPage(ctx, page),
  }),
  ownGet("/w/:workspace/access/hours/:id", {
    needs: "core.grants.read",
    params: t.Object({ id: t.String({ format: "uuid" }) }),
    run: async ({ params }, ctx) => requestPage(ctx, params.id),
  }),
  ownPost("/w/:workspace/access/hours/:id", {
    needs: "core.grants.manage",
    params: t.Object({ id: t.String({ format: "uuid" }) }),
    body: t.Object({
      decision: t.Union([t.Literal("give"), t.Literal("refuse")], { title: "What you decide" }),
      answer: t.Optional(t.String({ title: "Why", maxLength: 1_000 })),
    }),
    refused: async (typed, problems, ctx, params) => requestPage(ctx, params.id, refusedForm(typed, problems)),
    run: async ({ params, body }, ctx) => {
      const workspace = hereIn(ctx);
      const one = await ctx.db.one(requestHere, { workspaceId: workspace.id, id: params.id });
      if (one.personId === ctx.actor.id)
        throw Problem.refused("You asked for this yourself: somebody else who manages access here decides.");
      const asker = (await askersHere(ctx))(one.personId);
      const isGiven = body.decision === "give";
      if (!isGiven && (body.answer ?? "").length < 3)
        throw Problem.invalid({ answer: "Say why not: the person reads it." });
      const roles = await rolesOf(ctx);
      if (isGiven)
        await requireApart(
          ctx,
          roles,
          {
            person: { id: one.personId, name: asker.name },
            role: one.role,
            workspaceId: workspace.id,
          },
          "answer",
        );
      const [row] = await ctx.lease.rows("select core.decide_request($1::uuid, $2::boolean, $3)", [
        params.id,
        isGiven,
        body.answer ?? null,
      ]);
      if (!row?.[0]) throw Problem.refused("This was decided already, or is more than a day old. Nothing was changed.");
      ctx.trail.changes("core.access_requests", params.id);
      const role = roles.titleOf(one.role);
      const person = asker.name;
      if (isGiven) ctx.audit("core.hours_given", { person, role, place: workspace.title, hours: one.hours });
      else ctx.audit("core.hours_refused", { person, role, place: workspace.title, reason: body.answer });
      const url = `${addressOf(ctx.house.config.baseUrl, ctx.visit.tenant, ctx.incoming.url.hostname)}/w/${workspace.slug}`;
      if (asker.email !== "")
        await ctx.mail({
          to: asker.email,
          ...hoursDecidedLetter({
            name: person,
            place: workspace.title,
            hours: isGiven ? one.hours : null,
            answer: body.answer ?? null,
            url,
          }),
        });
      return new Redirect(
        base(ctx),
        isGiven ? `${person} is ${role} for ${inHours(one.hours)} from now on.` : "Refused.",
      );
    },
  }),
];

export interface Standing {
  readonly withdrawnAt: Date | null;
  readonly approved: boolean | null;
  readonly toAt: Date | null;
  readonly revokedAt: Date | null;
  readonly madeAt: Date;
}
export const isWaiting = ({ approved, withdrawnAt, madeAt }: Standing, now: Date): boolean =>
  approved === null && withdrawnAt === null && now.getTime() - madeAt.getTime() < DAY_MS;
const isInside = ({ approved, revokedAt, toAt }: Standing, now: Date): boolean =>
  approved === true && revokedAt === null && toAt !== null && toAt > now;

export function stateOf(one: Standing, now: Date): Child {
  const { approved, withdrawnAt, toAt, revokedAt } = one;
  if (withdrawnAt) return <Badge tone="none">Withdrawn</Badge>;
  if (approved === false) return <Badge tone="locked">Refused</Badge>;
  if (approved === null)
    return isWaiting(one, now) ? <Badge tone="warn">Waits</Badge> : <Badge tone="none">Not answered</Badge>;
  if (isInside(one, now))
    return (
      <>
        <Badge tone="info">Inside</Badge> until <Time at={toAt ?? now} />
      </>
    );
  if (revokedAt) return <Badge tone="locked">Ended early</Badge>;
  return <Badge tone="none">Over</Badge>;
}

interface MyHours extends Standing {
  readonly id: string;
  readonly place: string;
  readonly slug: string;
  readonly role: string;
  readonly hours: number;
  readonly reason: string;
  readonly answer: string | null;
}

/** The database tells it: what was given here and there, and where, is seen by nobody else from this page. */
async function myHours({ lease }: OwnContext): Promise<MyHours[]> {
  const rows = await lease.rows(
    "select id, place, slug, role, hours, reason, made_at, approved, answer, withdrawn_at, to_at, revoked_at from core.my_hours()",
  );
  const moment = (value: unknown) => (value === null ? null : new Date(value as string | Date));
  return rows.map(
    ([id, place, slug, role, hours, reason, madeAt, approved, answer, withdrawnAt, toAt, revokedAt]) =>
      ({
        id,
        place,
        slug,
        role,
        hours,
        reason,
        madeAt: moment(madeAt),
        approved,
        answer,
        withdrawnAt: moment(withdrawnAt),
        toAt: moment(toAt),
        revokedAt: moment(revokedAt),
      }) as MyHours,
  );
}

async function askPage(ctx: OwnContext, form?: FormState): Promise<Html> {
  const rows = await myHours(ctx);
  const roles = await rolesOf(ctx);
  const kinds = ["program", "study", "service"] as const;
  const asked = new Map(kinds.flatMap((kind) => roles.in(kind).map((role) => [role.value, role] as const)));
  return (
    <Page
      title="Access for some hours"
      crumbs={[{ label: "Your account", href: "/account" }]}
      lead="For whoever has to help where he has no standing access. Somebody who manages access there decides, it ends by itself, and everything seen in it is on record there."
      form={form}
    >
      <div class="stack">
        <Form action={MINE}>
          <TextField
            name="place"
            label="Where"
            hint="The word that stands after /w/ in its address, as the people who work there see it."
            width="m"
            maxlength={61}
            spellcheck={false}
            autocomplete="off"
            form={form}
          />
          <Select
            name="role"
            label="As"
            hint="The least that will do."
            options={[...asked.values()].sort((a, b) => (a.label < b.label ? -1 : 1))}
            empty="Choose a role"
            form={form}
          />
          <Select
            name="hours"
            label="For"
            options={[1, 2, 3, 4].map((hours) => ({
              value: String(hours),
              label: inHours(hours),
            }))}
            value="1"
            form={form}
          />
          <TextArea
            name="reason"
            label="What for"
            hint="The fault, and who reported it. No patients, please: a number of the report is enough."
            rows={3}
            maxlength={1_000}
            form={form}
          />
          <div class="row">
            <Button tone="primary">Ask</Button>
          </div>
        </Form>
        <DataTable
          caption="What you asked for"
          rows={rows}
          scroll={false}
          empty={<Empty title="Nothing yet">What you ask for, and what becomes of it, is listed here.</Empty>}
          columns={[
            {
              key: "place",
              head: "Where",
              wrap: "narrow",
              cell: (one) => (isInside(one, ctx.now) ? <a href={`/w/${one.slug}`}>{one.place}</a> : one.place),
            },
            { key: "at", head: "Asked", cell: ({ madeAt }) => <Time at={madeAt} /> },
            { key: "role", head: "As", cell: ({ role, hours }) => `${roles.titleOf(role)}, ${hours} h` },
            { key: "why", head: "What for", wrap: true, cell: ({ reason }) => reason },
            {
              key: "state",
              head: "State",
              wrap: "narrow",
              cell: (one) => (
                <>
                  {stateOf(one, ctx.now)} {one.answer && <span class="muted">{one.answer}</span>}
                </>
              ),
            },
            {
              key: "act",
              head: "Act",
              quiet: true,
              cell: (one) => {
                if (!isWaiting(one, ctx.now) && !isInside(one, ctx.now)) return null;
                return (
                  <PostButton action={`${MINE}/${one.id}/give-back`} about={`the hours in ${one.place}`}>
                    {isInside(one, ctx.now) ? "Give back now" : "Withdraw"}
                  </PostButton>
                );
              },
            },
          ]}
        />
      </div>
    </Page>
  );
}

async function listPage(ctx: OwnContext, page: number): Promise<Html> {
  const workspace = hereIn(ctx);
  const rows = await ctx.db.all(requestsHere, { workspaceId: workspace.id, offset: (page - 1) * PAGE });
  const { count } = await ctx.db.one(countHere, { workspaceId: workspace.id });
  const askerOf = await askersHere(ctx);
  const roles = await rolesOf(ctx);
  return (
    <Page
      title="Access for some hours"
      crumbs={[
        { label: workspace.title, href: `/w/${workspace.slug}` },
        { label: "People and access", href: `/w/${workspace.slug}/access` },
      ]}
      lead="Who asked to come in for a while, why, who let them, and what they did. Four hours at most."
    >
      <DataTable
        caption={count === 1 ? "1 request, the newest first" : `${count} requests, the newest first`}
        rows={rows}
        empty={
          <Empty title="Nobody asked">
            Support staff and others without standing access ask from their own account page.
          </Empty>
        }
        columns={[
          {
            key: "name",
            head: "Name",
            cell: (one) => <a href={`${base(ctx)}/${one.id}`}>{askerOf(one.personId).name}</a>,
          },
          { key: "state", head: "State", wrap: true, cell: (one) => stateOf(one, ctx.now) },
          { key: "at", head: "Asked", cell: ({ madeAt }) => <Time at={madeAt} /> },
          { key: "role", head: "As", cell: ({ role, hours }) => `${roles.titleOf(role)}, ${hours} h` },
          { key: "why", head: "What for", wrap: true, cell: ({ reason }) => reason },
        ]}
      />
      <PagerOf page={page} rows={rows.length} total={count} href={(to) => `${base(ctx)}?page=${to}`} />
    </Page>
  );
}

async function requestPage(ctx: OwnContext, id: string, form?: FormState): Promise<Html> {
  const workspace = hereIn(ctx);
  const one = await ctx.db.one(requestHere, { workspaceId: workspace.id, id });
  const roles = await rolesOf(ctx);
  const asker = (await askersHere(ctx))(one.personId);
  const decider = one.decidedBy ? (await ctx.people([one.decidedBy])).get(one.decidedBy) : null;
  const isOpen = isWaiting(one, ctx.now);
  const isMine = one.personId === ctx.actor.id;
  return (
    <Page
      title={`${asker.name} ${isOpen ? "asks" : "asked"} to come in`}
      crumbs={[
        { label: workspace.title, href: `/w/${workspace.slug}` },
        { label: "People and access", href: `/w/${workspace.slug}/access` },
        { label: "Access for some hours", href: base(ctx) },
      ]}
      actions={
        <>
          {ctx.may("core.audit.read") && (
            <ButtonLink href={`/w/${workspace.slug}/record?actor=${one.personId}`}>
              What this person did here
            </ButtonLink>
          )}
          {one.grantId && isInside(one, ctx.now) && ctx.may("core.grants.manage") && !isMine && (
            <ButtonLink href={`/w/${workspace.slug}/access/grants/${one.grantId}/revoke`} tone="danger">
              End it now
            </ButtonLink>
          )}
        </>
      }
      form={form}
    >
      <div class="stack">
        <Panel>
          <Facts
            facts={[
              { term: "Who", value: `${asker.name}, ${asker.email}` },
              { term: "As", value: roles.titleOf(one.role) },
              { term: "For", value: `${inHours(one.hours)}, from when it is decided` },
              { term: "What for", value: one.reason },
              { term: "Asked", value: <Time at={one.madeAt} /> },
              { term: "State", value: stateOf(one, ctx.now) },
              ...(decider ? [{ term: "Decided by", value: decider }] : []),
              ...(one.answer ? [{ term: "Answer", value: one.answer }] : []),
            ]}
          />
        </Panel>
        {isOpen && ctx.may("core.grants.manage") && !isMine && (
          <Form action={`${base(ctx)}/${id}`}>
            <TextArea
              name="answer"
              label="A word to this person"
              optional
              hint="Needed when you refuse."
              rows={2}
              maxlength={1_000}
              form={form}
            />
            <div class="row">
              <Button tone="primary" name="decision" value="give">
                Let in for these hours
              </Button>
              <Button name="decision" value="refuse">
                Refuse
              </Button>
            </div>
          </Form>
        )}
        {isOpen && isMine && <Panel>You asked for this yourself: somebody else who manages access here decides.</Panel>}
      </div>
    </Page>
  );
}
