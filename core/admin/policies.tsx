/** /admin/policies: the institution's name, how people may sign in, and how soon an idle session ends. */
import { Type as t } from "@sinclair/typebox";
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink } from "@views/button.tsx";
import { Form, FormFoot, type FormState, NumberField, RadioGroup, TextField } from "@views/form.tsx";
import { Page } from "@views/page.tsx";
import { Facts, Panel } from "@views/panel.tsx";
import { eq, sql } from "drizzle-orm";
import type { OwnContext } from "../context.ts";
import { query } from "../db/query.ts";
import { ownGet, ownPost } from "../http/own-route.ts";
import { refusedForm } from "../http/refused-form.ts";
import { forgetTenants } from "../http/tenant.ts";
import { Redirect } from "../module.ts";
import { Problem } from "../problem.ts";
import { tenants } from "../tenancy/tables.ts";

const LONGEST = 15;

const ownTenant = query<{ id: string }>()((db, $) =>
  db
    .select({
      id: tenants.tenantId,
      slug: tenants.slug,
      name: tenants.name,
      profile: tenants.profile,
      idleMinutes: sql<number | null>`(extract(epoch from ${tenants.idleLimit}) / 60)::int`,
      demo: tenants.demo,
    })
    .from(tenants)
    .where(eq(tenants.tenantId, $.id)),
);
const changeTenant = query<{ id: string; name: string; profile: string; idleMinutes: number | null }>()((db, $) =>
  db
    .update(tenants)
    .set({
      name: sql`${$.name}`,
      profile: sql`${$.profile}`,
      idleLimit: sql`make_interval(mins => ${$.idleMinutes}::int)`,
    })
    .where(eq(tenants.tenantId, $.id))
    .returning({ id: tenants.tenantId }),
);

export const policyRoutes = [
  ownGet("/admin/policies", {
    needs: "core.tenant.read",
    run: async (_input, ctx) => show(ctx),
  }),
  ownPost("/admin/policies", {
    needs: "core.tenant.manage",
    body: t.Object({
      name: t.String({ title: "Name", minLength: 2, maxLength: 200 }),
      profile: t.Union([t.Literal("pilot"), t.Literal("standard")], { title: "What this installation is for" }),
      idleMinutes: t.Optional(t.Integer({ title: "Idle limit", minimum: 1, maximum: LONGEST })),
    }),
    refused: async (typed, problems, ctx) => show(ctx, refusedForm(typed, problems)),
    run: async ({ body }, ctx) => {
      const before = await ctx.db.one(ownTenant, { id: ctx.tenant.id });
      const idleMinutes = body.idleMinutes ?? null;
      const what = [
        before.name !== body.name && `name from ${before.name} to ${body.name}`,
        before.profile !== body.profile && `profile from ${before.profile} to ${body.profile}`,
        before.idleMinutes !== idleMinutes &&
          `idle limit from ${minutes(before.idleMinutes)} to ${minutes(idleMinutes)}`,
      ].filter((one) => one !== false);
      if (before.profile === "pilot" && body.profile === "standard" && !(await hasPassword(ctx)))
        throw Problem.invalid({
          profile: "Set a password on your own account page first: without links you could not come back in.",
        });
      if (what.length === 0) return new Redirect("/admin/policies", "Nothing was changed.");
      const [changed] = await ctx.db.all(changeTenant, {
        id: ctx.tenant.id,
        name: body.name,
        profile: body.profile,
        idleMinutes,
      });
      if (!changed) throw Problem.notFound();
      forgetTenants(ctx.house);
      ctx.audit("core.tenant_changed", { what: what.join("; ") });
      return new Redirect("/admin/policies", "Saved. A new name is on every page within ten seconds.");
    },
  }),
];

async function hasPassword(ctx: OwnContext): Promise<boolean> {
  const [row] = await ctx.lease.rows("select core.has_password()");
  return row?.[0] === true;
}

const minutes = (limit: number | null) =>
  limit === null ? "the house's own" : limit === 1 ? "1 minute" : `${limit} minutes`;

async function show(ctx: OwnContext, form?: FormState) {
  const tenant = await ctx.db.one(ownTenant, { id: ctx.tenant.id });
  const mayChange = ctx.may("core.tenant.manage");
  return (
    <Page
      title="Policies"
      lead="They hold for the whole institution."
      badge={tenant.demo && <Badge tone="warn">Demonstration</Badge>}
      actions={mayChange && <ButtonLink href="/admin/policies/sign-in">How people sign in</ButtonLink>}
      form={form}
    >
      <div class="stack">
        <Panel title="The institution">
          <Facts
            facts={[
              { term: "Word in the address", value: <span class="mono">{tenant.slug}</span> },
              {
                term: "Demonstration",
                value: tenant.demo
                  ? "Yes: everyone in it is invented. It cannot be made a real institution."
                  : "No: what is entered here is about real people.",
              },
            ]}
          />
        </Panel>
        <Form action="/admin/policies">
          <TextField name="name" label="Name" value={tenant.name} form={form} maxlength={200} disabled={!mayChange} />
          <RadioGroup
            name="profile"
            label="What this installation is for"
            value={tenant.profile}
            form={form}
            disabled={!mayChange}
            options={[
              {
                value: "pilot",
                label: "Trying Cairn out",
                hint: "People can also sign in by a link that is sent by e-mail.",
              },
              {
                value: "standard",
                label: "Daily work",
                hint: "No links by e-mail: a password, a passkey or a sign-in service. Whoever has none of these yet chooses a password by “Forgot your password?”.",
              },
            ]}
          />
          <NumberField
            name="idleMinutes"
            label="Idle limit"
            optional
            unit="minutes"
            value={tenant.idleMinutes}
            hint={`A session ends after so long without a page. From 1 to ${LONGEST}: it can shorten what holds for a role, never lengthen it. Empty: each role's own limit.`}
            form={form}
            disabled={!mayChange}
          />
          {mayChange && (
            <FormFoot>
              <Button tone="primary">Save</Button>
            </FormFoot>
          )}
        </Form>
      </div>
    </Page>
  );
}
