/** /w/:workspace/keys: keys for programs. Given to a person, taken by that person alone, shown once, ended by either. */
import { Type as t } from "@sinclair/typebox";
import { Badge } from "@views/badge.tsx";
import { Button, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { CheckboxGroup, DateField, Form, FormFoot, type FormState, Select, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Note, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { grantsHere } from "../admin/people.ts";
import type { OwnContext } from "../context.ts";
import { hereIn, ownGet, ownPost } from "../http/own-route.ts";
import { Published } from "../http/published.ts";
import { refusedForm } from "../http/refused-form.ts";
import { addressOf } from "../identity/link-letters.ts";
import type { KernelRoutes } from "../kernel.ts";
import { anyone, Redirect, signedIn } from "../module.ts";
import { Problem } from "../problem.ts";
import { randomToken, sha256 } from "../vault/primitives.ts";
import { addKey, allKeys, endKey, type KeyRow, keyById, sitesHere, takeKey } from "./keys.ts";
import { openApi } from "./openapi.ts";

const byId = t.Object({ id: t.String({ format: "uuid" }) });
const base = (ctx: OwnContext) => `/w/${hereIn(ctx).slug}/keys`;
const MOST_DAYS = 365;

const keyRoutes = [
  ownGet("/w/:workspace/keys", { needs: signedIn, run: async (_input, ctx) => keysPage(ctx) }),

  ownPost("/w/:workspace/keys", {
    needs: "core.programs.manage",
    body: t.Object({
      title: t.String({ title: "A name", minLength: 2, maxLength: 120 }),
      person: t.String({ title: "A person", format: "uuid" }),
      permissions: t.Array(t.String({ maxLength: 80 }), { title: "What it may do" }),
      site: t.Optional(t.String({ title: "Site", format: "uuid" })),
      until: t.String({ title: "The last day", format: "date" }),
    }),
    refused: async (typed, problems, ctx) => keysPage(ctx, { form: refusedForm(typed, problems) }),
    async run({ body }, ctx) {
      const offered = offeredHere(ctx);
      const person = (await peopleHere(ctx)).find(({ value }) => value === body.person);
      if (!person) throw Problem.invalid({ person: "Choose a person from the list." });
      const wanted = offered.filter(({ value }) => body.permissions.includes(value));
      if (wanted.length === 0 || wanted.length !== new Set(body.permissions).size)
        throw Problem.invalid({ permissions: "Choose what programs may do with it." });
      const modules = new Set(wanted.map(({ module }) => module));
      const [module] = modules;
      if (!module || modules.size > 1) throw Problem.invalid({ permissions: "A key is for one module." });
      const untilAt = new Date(`${body.until}T23:59:59Z`);
      const days = (untilAt.getTime() - ctx.now.getTime()) / 86_400_000;
      if (days < 0) throw Problem.invalid({ until: "This day is over." });
      if (days > MOST_DAYS) throw Problem.invalid({ until: `A key lives ${MOST_DAYS} days at most.` });
      const sites = await ctx.db.all(sitesHere, {});
      if (body.site && !sites.some(({ id }) => id === body.site))
        throw Problem.invalid({ site: "Choose a site from the list." });
      await ctx.db.one(addKey, {
        id: Bun.randomUUIDv7(),
        personId: body.person,
        module,
        title: body.title,
        permissions: wanted.map(({ value }) => value),
        siteId: body.site ?? null,
        untilAt: untilAt.toISOString(),
      });
      ctx.audit("core.program_key_given", {
        title: body.title,
        person: person.label,
        permissions: wanted.map(({ value }) => value).join(", "),
        until: body.until,
      });
      return new Redirect(base(ctx), `Given. ${person.label} takes it here, on this page.`);
    },
  }),

  ownPost("/w/:workspace/keys/:id/take", {
    needs: signedIn,
    params: byId,
    async run({ params }, ctx) {
      const key = await ctx.db.one(keyById, { id: params.id });
      if (key.personId !== ctx.actor.id)
        throw new Problem("forbidden", "A key is taken by the person it was given to.");
      if (key.revokedAt || key.untilAt <= ctx.now) throw Problem.refused("This key has ended. Ask for a new one.");
      const token = `ck_${randomToken(32)}`;
      await ctx.db.one(takeKey, { id: key.id, hash: sha256(token) });
      ctx.audit("core.program_key_taken", { title: key.title, before: key.takenAt ? "; the one before it ended" : "" });
      return keysPage(ctx, { shown: { token, title: key.title } });
    },
  }),

  ownPost("/w/:workspace/keys/:id/end", {
    needs: signedIn,
    params: byId,
    async run({ params }, ctx) {
      const key = await ctx.db.one(keyById, { id: params.id });
      if (key.personId !== ctx.actor.id && !ctx.may("core.programs.manage")) throw new Problem("forbidden");
      if (key.revokedAt) throw Problem.refused("This key has ended already.");
      await ctx.db.one(endKey, { id: key.id, actor: ctx.actor.id });
      ctx.audit("core.program_key_ended", { title: key.title });
      return new Redirect(base(ctx), "Ended: the next request with it is refused.");
    },
  }),
];

const describe = ownGet("/api/openapi.json", {
  needs: anyone,
  run: async (_input, ctx) =>
    new Published(
      "application/json; charset=utf-8",
      JSON.stringify(
        openApi(
          ctx.house.kernel.programs,
          addressOf(ctx.house.config.baseUrl, ctx.visit.tenant, ctx.incoming.url.hostname),
        ),
      ),
    ),
});

export const programRoutes: readonly KernelRoutes[] = [
  { place: "workspace", routes: keyRoutes },
  { place: "institution", routes: [describe] },
];

/** What routes for programs ask for, in modules that are on here. */
function offeredHere(ctx: OwnContext): { value: string; label: string; module: string }[] {
  const { kernel } = ctx.house;
  const offered = new Map<string, string>();
  for (const { module, route } of kernel.programs)
    if (Object.hasOwn(ctx.situation.modules, module.id)) offered.set(route.needs, module.id);
  return [...offered].map(([value, module]) => ({ value, label: kernel.permissions.get(value) ?? value, module }));
}

async function peopleHere(ctx: OwnContext): Promise<{ value: string; label: string }[]> {
  const rows = await ctx.db.all(grantsHere, { workspaceId: hereIn(ctx).id });
  return [...new Map(rows.map((row) => [row.personId, { value: row.personId, label: row.name }])).values()];
}

const stateOf = (key: KeyRow, now: Date): "ended" | "over" | "not taken" | "in force" =>
  key.revokedAt ? "ended" : key.untilAt <= now ? "over" : key.takenAt ? "in force" : "not taken";
const tones = { ended: "plain", over: "plain", "not taken": "warn", "in force": "ok" } as const;

async function keysPage(
  ctx: OwnContext,
  { form, shown }: { form?: FormState; shown?: { readonly token: string; readonly title: string } } = {},
): Promise<Html> {
  const rows = await ctx.db.all(allKeys, {});
  const mayGive = ctx.may("core.programs.manage");
  const people = mayGive ? await peopleHere(ctx) : [];
  const names = await ctx.people(rows.flatMap((row) => [row.personId, row.madeBy]));
  const sites = new Map((await ctx.db.all(sitesHere, {})).map((site) => [site.id, site.name]));
  const offered = offeredHere(ctx);
  const label = (permission: string) => ctx.house.kernel.permissions.get(permission) ?? permission;
  const at = base(ctx);
  return (
    <Page
      title="Keys for programs"
      lead="A key lets a program fetch or send data for the person who holds it: never more than that person may do, and only what the key names."
      form={form}
    >
      {shown && (
        <Note tone="warn">
          <p>
            The key “{shown.title}”, shown this once. Put it where the program reads it; whoever has it can do what it
            may.
          </p>
          <p>
            <strong class="mono">{shown.token}</strong>
          </p>
        </Note>
      )}
      <div class="stack">
        <DataTable
          caption={rows.length === 1 ? "1 key" : `${rows.length} keys`}
          columns={[
            {
              key: "title",
              head: "Key and holder",
              wrap: true,
              cell: (row: KeyRow) => (
                <>
                  {row.title}
                  <br />
                  {names.get(row.personId) ?? "someone"}
                </>
              ),
            },
            {
              key: "may",
              head: "May, and where",
              wrap: true,
              cell: (row) =>
                `${row.permissions.map(label).join("; ")}: ${row.siteId ? (sites.get(row.siteId) ?? "one site") : "every site of the holder"}`,
            },
            { key: "until", head: "Until", cell: (row) => <Time at={row.untilAt} show="day" /> },
            { key: "used", head: "Last used", cell: (row) => (row.lastUsedAt ? <Time at={row.lastUsedAt} /> : "–") },
            {
              key: "state",
              head: "State",
              cell: (row) => {
                const state = stateOf(row, ctx.now);
                return <Badge tone={tones[state]}>{state}</Badge>;
              },
            },
            {
              key: "acts",
              head: "Acts",
              cell: (row) => {
                const state = stateOf(row, ctx.now);
                if (state === "ended" || state === "over") return "";
                return (
                  <span class="row">
                    {row.personId === ctx.actor.id && (
                      <PostButton action={`${at}/${row.id}/take`} about={row.title}>
                        {row.takenAt ? "Take a new one" : "Take it"}
                      </PostButton>
                    )}
                    <PostButton action={`${at}/${row.id}/end`} tone="danger" about={row.title}>
                      End it
                    </PostButton>
                  </span>
                );
              },
            },
          ]}
          rows={rows}
          empty={
            <Empty title="No key">
              {mayGive ? "Give a key to the person who runs the program." : "Nobody has given you a key here."}
            </Empty>
          }
        />
        {mayGive && offered.length > 0 && (
          <Form action={at} guard panel>
            <h2>Give a key</h2>
            <TextField
              name="title"
              label="What it is for"
              hint="Nightly export to the warehouse"
              width="l"
              form={form}
            />
            <Select name="person" label="Who holds it and answers for it" empty="Choose" options={people} form={form} />
            <CheckboxGroup name="permissions" label="What programs may do with it" options={offered} form={form} />
            {sites.size > 0 && (
              <Select
                name="site"
                label="Site"
                empty="Every site that the holder reaches"
                options={[...sites].map(([value, name]) => ({ value, label: name }))}
                form={form}
              />
            )}
            <DateField name="until" label="Last day" hint={`${MOST_DAYS} days from now at most`} form={form} />
            <FormFoot note="You never see the key: its holder takes it on this page.">
              <Button tone="primary">Give</Button>
            </FormFoot>
          </Form>
        )}
        <Panel title="How a program uses it">
          <p>
            It sends <code>Authorization: Bearer ck_…</code> with each request. What can be asked, and what comes back,
            is described at <a href="/api/openapi.json">/api/openapi.json</a>.
          </p>
        </Panel>
      </div>
    </Page>
  );
}
