/** Who a person is at the sign-in services: listed, linked by an administrator who knows the name there, taken off. */
import { Type as t } from "@sinclair/typebox";
import { Button, PostButton } from "@views/button.tsx";
import { Form, type FormState, Select, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import type { OwnContext } from "../context.ts";
import { ownPost } from "../http/own-route.ts";
import { refusedForm } from "../http/refused-form.ts";
import { Redirect, type Typed } from "../module.ts";
import { type FieldProblem, Problem } from "../problem.ts";
import { personById } from "./people.ts";
import { endIdentity, identitiesOf, identityHeldBy, insertIdentity } from "./sign-in-services.ts";

export interface IdentityLine {
  readonly id: string;
  readonly provider: string;
  readonly subject: string;
  readonly how: string;
  readonly madeAt: Date;
  readonly lastUsedAt: Date | null;
}

/** With the names of services, also of those that are off. */
export async function identityLines(ctx: OwnContext, personId: string): Promise<IdentityLine[]> {
  const rows = await ctx.db.all(identitiesOf, { personId });
  if (rows.length === 0) return [];
  const titles = new Map(
    await Promise.all(
      [...new Set(rows.map(({ providerId }) => providerId))].map(
        async (id) => [id, (await ctx.house.federation.find(ctx.tenant.id, id))?.title ?? "a service"] as const,
      ),
    ),
  );
  return rows.map(({ providerId, ...row }) => ({ ...row, provider: titles.get(providerId) ?? "a service" }));
}

export const IdentityTable = ({
  lines,
  offHref,
}: {
  lines: readonly IdentityLine[];
  offHref: (id: string) => string;
}): Html => (
  <DataTable
    caption={lines.length === 1 ? "1 sign-in service is linked" : `${lines.length} sign-in services are linked`}
    rows={lines}
    scroll={false}
    columns={[
      { key: "provider", head: "Service", cell: ({ provider }) => provider },
      {
        key: "subject",
        head: "Called there",
        wrap: true,
        cell: ({ subject }) => <span class="mono break">{subject}</span>,
      },
      {
        key: "how",
        head: "Linked",
        wrap: true,
        cell: ({ how, madeAt }) => (
          <>
            <Time at={madeAt} show="day" /> {how}
          </>
        ),
      },
      { key: "used", head: "Last used", cell: ({ lastUsedAt }) => (lastUsedAt ? <Time at={lastUsedAt} /> : "Never") },
      {
        key: "off",
        head: "Act",
        quiet: true,
        align: "end",
        cell: ({ id, provider }) => (
          <PostButton action={offHref(id)} about={provider}>
            Take off
          </PostButton>
        ),
      },
    ]}
  />
);

/** Nothing where there is no service and never was one. */
export async function identityPanel(ctx: OwnContext, personId: string, form?: FormState): Promise<Html | null> {
  const services = await ctx.house.federation.list(ctx.tenant.id);
  const lines = await identityLines(ctx, personId);
  if (services.length === 0 && lines.length === 0) return null;
  const base = `/admin/people/${personId}/identities`;
  return (
    <Panel title="Sign-in services">
      <div class="stack">
        {lines.length > 0 && <IdentityTable lines={lines} offHref={(id) => `${base}/${id}/off`} />}
        {services.length > 0 && (
          <details open={form !== undefined}>
            <summary>Link one by the name there</summary>
            <Form action={base} panel={false}>
              <Select
                name="provider"
                label="Service"
                options={services.map(({ id, title }) => ({ value: id, label: title }))}
                empty="Choose a service"
                form={form}
              />
              <TextField
                name="subject"
                label="Name there, that never changes"
                hint="The persistent NameID (SAML) or sub (OpenID Connect), to the letter. Not the address, unless the service uses it as the name."
                width="full"
                maxlength={1_000}
                autocomplete="off"
                spellcheck={false}
                form={form}
              />
              <div class="row">
                <Button>Link it</Button>
              </div>
            </Form>
          </details>
        )}
      </div>
    </Panel>
  );
}

/** `show` draws the person's page again when something is refused. */
export const personIdentityRoutes = (show: (ctx: OwnContext, id: string, identities: FormState) => Promise<Html>) => {
  const refused = async (typed: Typed, problems: readonly FieldProblem[], ctx: OwnContext, { id }: { id: string }) =>
    show(ctx, id, refusedForm(typed, problems));
  return [
    ownPost("/admin/people/:id/identities", {
      needs: "core.people.manage",
      params: t.Object({ id: t.String({ format: "uuid" }) }),
      body: t.Object({
        provider: t.String({ title: "A service", format: "uuid" }),
        subject: t.String({ title: "The name there", minLength: 1, maxLength: 1_000 }),
      }),
      refused,
      run: async ({ params, body }, ctx) => {
        const person = await ctx.db.one(personById, { id: params.id });
        const services = await ctx.house.federation.list(ctx.tenant.id);
        const service = services.find(({ id }) => id === body.provider);
        if (!service) throw Problem.invalid({ provider: "Choose a service from the list." });
        const held = await ctx.db.first(identityHeldBy, { providerId: service.id, subject: body.subject });
        if (held) throw Problem.invalid({ subject: `${held.name} is linked to this name there already.` });
        await ctx.db.all(insertIdentity, { personId: person.id, providerId: service.id, subject: body.subject });
        ctx.audit("core.identity_linked", { provider: service.title, person: person.name });
        return new Redirect(`/admin/people/${person.id}`, `Linked: ${person.name} can sign in by ${service.title}.`);
      },
    }),
    ownPost("/admin/people/:id/identities/:identity/off", {
      needs: "core.people.manage",
      params: t.Object({ id: t.String({ format: "uuid" }), identity: t.String({ format: "uuid" }) }),
      run: async ({ params }, ctx) => {
        const person = await ctx.db.one(personById, { id: params.id });
        await takeOff(ctx, params.identity, person);
        return new Redirect(`/admin/people/${person.id}`, "Taken off. Sessions that are open go on: end them below.");
      },
    }),
  ];
};

/** Throws Problem "not-found" when it is off already, or another person's. */
export async function takeOff(
  ctx: OwnContext,
  identity: string,
  person: { readonly id: string; readonly name: string },
): Promise<void> {
  const gone = await ctx.db.one(endIdentity, { id: identity, personId: person.id, by: ctx.actor.id });
  const service = await ctx.house.federation.find(ctx.tenant.id, gone.providerId);
  ctx.audit("core.identity_unlinked", { provider: service?.title ?? "a service", person: person.name });
}
