/**
 * Breaking the glass: staff who may see some people here open one who is not theirs, with a reason, for four hours. Those
 * who manage access are told at once; one of them says within a day whether it was right.
 */
import { Type as t } from "@sinclair/typebox";
import { Badge } from "@views/badge.tsx";
import { Button } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Form, type FormState, RadioGroup, TextArea, TextField } from "@views/form.tsx";
import type { Child, Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { and, desc, eq, isNull, sql } from "drizzle-orm";
import type { OwnContext } from "../context.ts";
import { query } from "../db/query.ts";
import { hereIn, ownGet, ownPost } from "../http/own-route.ts";
import { refusedForm } from "../http/refused-form.ts";
import { addressOf } from "../identity/link-letters.ts";
import { readPolicies } from "../identity/policies.ts";
import { emergencyLetter } from "../mail/letters.ts";
import { Redirect } from "../module.ts";
import { Problem } from "../problem.ts";
import { clock, emergencies, subjects, workspaces } from "../tenancy/tables.ts";
import { askersHere } from "./hours.tsx";
import { PagerOf, pageNumber } from "./pages.tsx";
import { PAGE } from "./people.ts";

const DAY_MS = 86_400_000;
const base = (ctx: OwnContext) => `/w/${hereIn(ctx).slug}`;

const columns = {
  id: emergencies.id,
  personId: emergencies.personId,
  subjectId: emergencies.subjectId,
  code: subjects.code,
  reason: emergencies.reason,
  madeAt: emergencies.madeAt,
  untilAt: emergencies.untilAt,
  reviewedAt: emergencies.reviewedAt,
  reviewedBy: emergencies.reviewedBy,
  finding: emergencies.finding,
  isJustified: emergencies.isJustified,
};
const listed = query<{ offset: number }>()((db, $) =>
  db
    .select(columns)
    .from(emergencies)
    .leftJoin(subjects, eq(subjects.id, emergencies.subjectId))
    .orderBy(sql`${emergencies.reviewedAt} is not null`, desc(emergencies.madeAt))
    .limit(PAGE)
    .offset($.offset),
);
const counted = query()((db) => db.select({ count: sql<number>`count(*)::int` }).from(emergencies));
const oneHere = query<{ id: string }>()((db, $) =>
  db
    .select(columns)
    .from(emergencies)
    .leftJoin(subjects, eq(subjects.id, emergencies.subjectId))
    .where(eq(emergencies.id, $.id)),
);
const review = query<{ id: string; by: string | null; finding: string; isJustified: boolean }>()((db, $) =>
  db
    .update(emergencies)
    .set({
      reviewedAt: clock(),
      reviewedBy: sql`${$.by}::uuid`,
      finding: sql`${$.finding}`,
      isJustified: sql`${$.isJustified}::boolean`,
    })
    .where(and(eq(emergencies.id, $.id), isNull(emergencies.reviewedAt)))
    .returning({ id: emergencies.id }),
);
const policiesHere = query<{ id: string }>()((db, $) =>
  db.select({ policies: workspaces.policies }).from(workspaces).where(eq(workspaces.id, $.id)),
);

/** A code is a pseudonym, so a reviewer who sees no subject still sees which one it was. */
const codeOf = (one: { readonly code: string | null; readonly subjectId: string }) =>
  one.code ?? `subject ${one.subjectId.slice(0, 8)}`;

export const emergencyRoutes = [
  ownGet("/w/:workspace/emergency", { needs: "core.subjects.read", run: async (_, ctx) => openPage(ctx) }),
  ownPost("/w/:workspace/emergency", {
    needs: "core.subjects.read",
    bodyLimit: 16_384,
    body: t.Object({
      code: t.String({ title: "The code", minLength: 1, maxLength: 40 }),
      reason: t.String({ title: "The reason", minLength: 10, maxLength: 1_000 }),
    }),
    refused: async (typed, problems, ctx) => openPage(ctx, refusedForm(typed, problems)),
    run: async ({ body }, ctx) => {
      await requireAllowed(ctx);
      const [row] = await ctx.lease.rows("select core.break_glass($1, $2)", [body.code, body.reason]);
      const id = row?.[0];
      if (typeof id !== "string") throw Problem.invalid({ code: "Nobody here has this code. Look at it again." });
      ctx.trail.changes("core.emergencies", id);
      ctx.audit("core.emergency_opened", { code: body.code, reason: body.reason });
      const workspace = hereIn(ctx);
      const keepers = await ctx.lease.rows("select name, email from core.grant_keepers($1::uuid)", [workspace.id]);
      const url = `${addressOf(ctx.house.config.baseUrl, ctx.visit.tenant, ctx.incoming.url.hostname)}${base(ctx)}/access/emergencies/${id}`;
      for (const [name, email] of keepers as [string, string][])
        await ctx.mail({
          to: email,
          ...emergencyLetter({ name, person: ctx.actor.name, place: workspace.title, url }),
        });
      return new Redirect(
        base(ctx),
        `${body.code} is open to you for four hours. Those who manage access here were told.`,
      );
    },
  }),
  ownGet("/w/:workspace/access/emergencies", {
    needs: "core.grants.read",
    query: t.Object({ page: pageNumber }),
    run: async ({ query: { page = 1 } }, ctx) => {
      const workspace = hereIn(ctx);
      const rows = await ctx.db.all(listed, { offset: (page - 1) * PAGE });
      const { count } = await ctx.db.one(counted, {});
      const whoOf = await askersHere(ctx);
      return (
        <Page
          title="Emergencies"
          crumbs={crumbs(ctx)}
          lead="Who opened whom without being assigned, and what was found about it. Each is looked at within a day."
        >
          <DataTable
            caption={count === 1 ? "1 emergency" : `${count} emergencies, those to be looked at first`}
            rows={rows}
            empty={<Empty title="None">{`Nobody has opened anybody in an emergency in ${workspace.title}.`}</Empty>}
            columns={[
              {
                key: "name",
                head: "Who",
                cell: (one) => <a href={`${base(ctx)}/access/emergencies/${one.id}`}>{whoOf(one.personId).name}</a>,
              },
              { key: "state", head: "State", cell: (one) => emergencyState(one, ctx.now) },
              { key: "code", head: "Opened", cell: (one) => codeOf(one) },
              { key: "at", head: "When", cell: ({ madeAt }) => <Time at={madeAt} /> },
              { key: "why", head: "Why", wrap: true, cell: ({ reason }) => reason },
            ]}
          />
          <PagerOf
            page={page}
            rows={rows.length}
            total={count}
            href={(to) => `${base(ctx)}/access/emergencies?page=${to}`}
          />
        </Page>
      );
    },
  }),
  ownGet("/w/:workspace/access/emergencies/:id", {
    needs: "core.grants.read",
    params: t.Object({ id: t.String({ format: "uuid" }) }),
    run: async ({ params }, ctx) => onePage(ctx, params.id),
  }),
  ownPost("/w/:workspace/access/emergencies/:id", {
    needs: "core.grants.manage",
    params: t.Object({ id: t.String({ format: "uuid" }) }),
    body: t.Object({
      verdict: t.Union([t.Literal("right"), t.Literal("wrong")], { title: "Whether it was right" }),
      finding: t.String({ title: "What you found", minLength: 3, maxLength: 1_000 }),
    }),
    refused: async (typed, problems, ctx, params) => onePage(ctx, params.id, refusedForm(typed, problems)),
    run: async ({ params, body }, ctx) => {
      const one = await ctx.db.one(oneHere, { id: params.id });
      if (one.personId === ctx.actor.id) throw Problem.refused("You opened this yourself: somebody else looks at it.");
      const [done] = await ctx.db.all(review, {
        id: params.id,
        by: ctx.actor.id,
        finding: body.finding,
        isJustified: body.verdict === "right",
      });
      if (!done) throw Problem.refused("Somebody has looked at this already. Nothing was changed.");
      ctx.audit("core.emergency_reviewed", {
        person: (await askersHere(ctx))(one.personId).name,
        code: codeOf(one),
        finding: `${body.verdict === "right" ? "it was right" : "it was not right"}. ${body.finding}`,
      });
      return new Redirect(`${base(ctx)}/access/emergencies`, "Kept.");
    },
  }),
];

async function requireAllowed(ctx: OwnContext): Promise<void> {
  const stored = await ctx.db.first(policiesHere, { id: hereIn(ctx).id });
  if (readPolicies(stored?.policies).emergency !== "allowed")
    throw Problem.notFound("Opening somebody in an emergency is not allowed here. An administrator decides that.");
}

const crumbs = (ctx: OwnContext) => [
  { label: hereIn(ctx).title, href: base(ctx) },
  { label: "People and access", href: `${base(ctx)}/access` },
];

export const isLookedAt = ({ reviewedAt }: { readonly reviewedAt: Date | null }): boolean => reviewedAt !== null;

export function emergencyState(
  one: { readonly reviewedAt: Date | null; readonly isJustified: boolean | null; readonly madeAt: Date },
  now: Date,
): Child {
  if (one.reviewedAt) return one.isJustified ? <Badge tone="ok">Right</Badge> : <Badge tone="bad">Not right</Badge>;
  return now.getTime() - one.madeAt.getTime() > DAY_MS ? (
    <Badge tone="bad">Overdue</Badge>
  ) : (
    <Badge tone="warn">To be looked at</Badge>
  );
}

async function openPage(ctx: OwnContext, form?: FormState): Promise<Html> {
  await requireAllowed(ctx);
  return (
    <Page
      title="In an emergency"
      crumbs={[{ label: hereIn(ctx).title, href: base(ctx) }]}
      lead="Opens one person who is not assigned to you, for four hours."
      form={form}
    >
      <div class="stack">
        <Note tone="warn">
          Those who manage access here get a mail at once, and one of them asks you about it. Everything you look at is
          on record.
        </Note>
        <Form action={`${base(ctx)}/emergency`}>
          <TextField
            name="code"
            label="Code"
            hint="As it stands on the list, on the chart or on the card."
            width="m"
            maxlength={40}
            autocomplete="off"
            spellcheck={false}
            form={form}
          />
          <TextArea name="reason" label="Why you need it now" rows={3} maxlength={1_000} form={form} />
          <div class="row">
            <Button tone="danger">Open for four hours</Button>
            <a class="button" href={base(ctx)}>
              Cancel
            </a>
          </div>
        </Form>
      </div>
    </Page>
  );
}

async function onePage(ctx: OwnContext, id: string, form?: FormState): Promise<Html> {
  const one = await ctx.db.one(oneHere, { id });
  const reviewer = one.reviewedBy ? (await ctx.people([one.reviewedBy])).get(one.reviewedBy) : null;
  const isMine = one.personId === ctx.actor.id;
  const who = (await askersHere(ctx))(one.personId).name;
  return (
    <Page
      title={`${who} opened ${codeOf(one)}`}
      crumbs={[...crumbs(ctx), { label: "Emergencies", href: `${base(ctx)}/access/emergencies` }]}
      badge={emergencyState(one, ctx.now)}
      actions={
        ctx.may("core.audit.read") && (
          <a class="button" href={`${base(ctx)}/record?actor=${one.personId}&subject=${one.subjectId}`}>
            What was looked at
          </a>
        )
      }
      form={form}
    >
      <div class="stack">
        <Panel>
          <Facts
            facts={[
              { term: "When", value: <Time at={one.madeAt} /> },
              { term: "Until", value: <Time at={one.untilAt} /> },
              { term: "Why", value: one.reason },
              ...(one.finding ? [{ term: "Found", value: one.finding }] : []),
              ...(reviewer ? [{ term: "Looked at by", value: reviewer }] : []),
            ]}
          />
        </Panel>
        {!one.reviewedAt && ctx.may("core.grants.manage") && !isMine && (
          <Form action={`${base(ctx)}/access/emergencies/${id}`}>
            <RadioGroup
              name="verdict"
              label="Was it right?"
              options={[
                {
                  value: "right",
                  label: "Yes",
                  hint: "It was an emergency, and no more was looked at than it asked for.",
                },
                { value: "wrong", label: "No", hint: "Follow your institution's rules for a breach." },
              ]}
              form={form}
            />
            <TextArea name="finding" label="What you found" rows={3} maxlength={1_000} form={form} />
            <div class="row">
              <Button tone="primary">Keep it</Button>
            </div>
          </Form>
        )}
      </div>
    </Page>
  );
}
