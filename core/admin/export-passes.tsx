/** Taking out a file that holds a whole group: why, and a signature; then it can be fetched once within 24 hours. */
import { Type as t } from "@sinclair/typebox";
import { Button, ButtonLink } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Form, FormFoot, type FormState, TextArea } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { exportNamed, type OwnContext } from "../context.ts";
import { PASS } from "../documents/export-pass.ts";
import { isUuid } from "../http/formats.ts";
import { ownGet, ownPost } from "../http/own-route.ts";
import { refusedForm } from "../http/refused-form.ts";
import { type Export, Redirect, signedIn } from "../module.ts";
import { Problem } from "../problem.ts";
import { SignatureField } from "../signature/signature-field.tsx";

const asked = {
  name: t.String({ title: "The file", pattern: "^[a-z]+\\.[a-z_]+$", maxLength: 100 }),
  for: t.String({ title: "The file", pattern: "^/(?:w/[a-z0-9-]+|admin)/", maxLength: 4_000 }),
};

const routesAt = (base: string) => [
  ownGet(`${base}/ask`, {
    needs: signedIn,
    query: t.Object(asked),
    run: async ({ query }, ctx) => question(ctx, query.name, query.for),
  }),
  ownPost(`${base}/ask`, {
    needs: signedIn,
    signs: "core.export_asked",
    body: t.Object({ ...asked, reason: t.String({ title: "Reason", minLength: 3, maxLength: 500 }) }),
    refused: async (typed, problems, ctx) =>
      question(ctx, String(typed.name), String(typed.for), refusedForm(typed, problems)),
    run: async ({ body }, ctx) => {
      const { title } = declaredHere(ctx, body.name, body.for);
      const id = Bun.randomUUIDv7();
      await ctx.lease.rows("insert into core.export_passes (id, name, path, reason) values ($1::uuid, $2, $3, $4)", [
        id,
        body.name,
        body.for,
        body.reason,
      ]);
      ctx.trail.changes("core.export_passes", id);
      ctx.audit("core.export_asked", { title, reason: body.reason });
      return new Redirect(`${baseOf(ctx)}/mine`, "You can fetch it now, once, within 24 hours.");
    },
  }),
  ownGet(`${base}/mine`, { needs: signedIn, run: async (_, ctx) => mine(ctx) }),
];

export const institutionPasses = routesAt("/admin/downloads");
export const workspacePasses = routesAt("/w/:workspace/downloads");

const baseOf = ({ workspace }: OwnContext) => (workspace ? `/w/${workspace.slug}/downloads` : "/admin/downloads");

/** A file of this place that the asker may take out, and that asks. */
function declaredHere(ctx: OwnContext, name: string, path: string): Export {
  const declared = exportNamed(ctx.house.kernel, name);
  const isHere = path.startsWith(ctx.workspace ? `/w/${ctx.workspace.slug}/` : "/admin/");
  if (!declared?.asks || !isHere || !ctx.may(declared.needs as never)) throw Problem.notFound();
  return declared;
}

const crumbsOf = ({ workspace }: OwnContext) =>
  workspace ? [{ label: workspace.title, href: `/w/${workspace.slug}` }] : [];

async function question(ctx: OwnContext, name: string, path: string, form?: FormState): Promise<Html> {
  const { title } = declaredHere(ctx, name, path);
  return (
    <Page
      title={`Take out: ${title}`}
      crumbs={crumbsOf(ctx)}
      lead="This file holds a whole group of people. It leaves with your name on it, and your reason stands in the list of downloads."
      form={form}
    >
      <Form action={`${baseOf(ctx)}/ask`} hidden={{ name, for: path }}>
        <TextArea
          name="reason"
          label="Why do you take it out?"
          hint="For whom or for what: the committee's meeting of 3 May, the yearly report."
          rows={2}
          maxlength={500}
          form={form}
        />
        <SignatureField signing={await ctx.signing("core.export_asked" as never)} form={form} />
        <FormFoot>
          <Button tone="primary">Sign and go on</Button>
        </FormFoot>
      </Form>
    </Page>
  );
}

async function mine(ctx: OwnContext): Promise<Html> {
  const rows = await ctx.lease.rows(
    `select id::text, name, path, reason, until_at, used_at, session_ref = (core.context())[7] and until_at > clock_timestamp()
     from core.export_passes where workspace_id is not distinct from (select core.workspace()) order by made_at desc limit 50`,
  );
  const passes = rows
    .filter(([id]) => isUuid(String(id)))
    .map(([id, name, path, reason, until, used, lives]) => ({
      href: `${path}${String(path).includes("?") ? "&" : "?"}${PASS}=${id}`,
      title: exportNamed(ctx.house.kernel, String(name))?.title ?? String(name),
      reason: String(reason),
      until: new Date(String(until)),
      used: used === null ? null : new Date(String(used)),
      lives: lives === true,
    }));
  return (
    <Page
      title="Files you asked for"
      crumbs={crumbsOf(ctx)}
      lead="Each can be fetched once, within 24 hours, in the session in which you asked for it."
    >
      <DataTable
        caption={passes.length === 1 ? "1 file, newest first" : `${passes.length} files, newest first`}
        rows={passes}
        empty={<Empty title="You asked for none">Files that hold a whole group ask why before they leave.</Empty>}
        columns={[
          { key: "file", head: "File", cell: ({ title }) => title, wrap: true },
          { key: "why", head: "Reason", cell: ({ reason }) => reason, wrap: true },
          { key: "until", head: "Until", cell: ({ until }) => <Time at={until} /> },
          {
            key: "state",
            head: "Fetch",
            cell: ({ used, lives, href, title }) =>
              used ? (
                <>
                  Fetched <Time at={used} />
                </>
              ) : lives ? (
                <ButtonLink href={href} download>
                  Fetch<span class="hidden-text"> {title}</span>
                </ButtonLink>
              ) : (
                <span class="muted">Over: ask again</span>
              ),
          },
        ]}
      />
    </Page>
  );
}
