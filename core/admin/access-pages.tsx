/** A workspace's people and what each of them was given: a matrix, and one person's access in words. */
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink, PrintButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Form, type FormState, type Option, Select, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Note, Panel } from "@views/panel.tsx";
import { DataTable, Filters } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { PagerOf } from "./pages.tsx";
import { type GrantLine, GrantTable, SpanFields, statusBadge, WhatItAllows } from "./people-pages.tsx";
import { Until } from "./until.tsx";

export interface MatrixCell {
  readonly grantId: string;
  /** Null: all of them. */
  readonly siteId: string | null;
  readonly site: string | null;
  /** Null: it has begun. */
  readonly fromAt: Date | null;
  readonly toAt: Date | null;
}
export interface MatrixRow {
  readonly personId: string;
  readonly name: string;
  readonly email: string;
  readonly status: string;
  readonly isSelf: boolean;
  /** role → what was given */
  readonly cells: ReadonlyMap<string, readonly MatrixCell[]>;
}
export interface AccessView {
  readonly workspace: { readonly title: string; readonly slug: string };
  readonly roles: readonly Option[];
  readonly everybody: readonly MatrixRow[];
  /** Those of this page, when somebody was looked for. */
  readonly rows: readonly MatrixRow[];
  readonly page: number;
  readonly total: number;
  readonly pageHref: (page: number) => string;
  readonly filter: { readonly q: string | undefined; readonly site: string | undefined };
  readonly sites: readonly Option[];
  readonly mayGrant: boolean;
  readonly mayInvite: boolean;
}

export const accessPage = (view: AccessView, form?: FormState): Html => {
  const base = `/w/${view.workspace.slug}/access`;
  const which = form?.values?.act;
  return (
    <Page
      title="People and access"
      crumbs={[{ label: view.workspace.title, href: `/w/${view.workspace.slug}` }]}
      lead="Nobody sees or does anything here that is not in this table. Administrators of the whole institution are not listed."
      form={form}
      actions={
        <>
          <ButtonLink href={`${base}/who`}>Who can see a record</ButtonLink>
          <ButtonLink href={`${base}/confirm`}>Confirm access</ButtonLink>
          <ButtonLink href={`${base}/hours`}>For some hours</ButtonLink>
          <ButtonLink href={`${base}/emergencies`}>Emergencies</ButtonLink>
          <PrintButton />
        </>
      }
    >
      <div class="stack">
        <Matrix view={view} base={base} />
        {view.mayGrant && <Giving view={view} base={base} form={which === "invite" ? undefined : form} />}
        {view.mayGrant && view.mayInvite && (
          <Inviting view={view} base={base} form={which === "invite" ? form : undefined} />
        )}
      </div>
    </Page>
  );
};

const Matrix = ({ view, base }: { view: AccessView; base: string }): Html => {
  const { q, site } = view.filter;
  const isFiltered = q !== undefined || site !== undefined;
  const words = view.total === 1 ? "1 person" : `${view.total} people`;
  return (
    <>
      {view.everybody.length > 0 && (
        <Filters action={base} live="#list" clear={isFiltered ? base : undefined}>
          <TextField name="q" label="Name or e-mail" value={q} width="m" type="search" />
          {view.sites.length > 0 && (
            <Select name="at" label="Who works at" options={view.sites} value={site} empty="Any site" />
          )}
        </Filters>
      )}
      <div id="list">
        <DataTable
          caption={isFiltered ? `${words} found` : `${words} with access to ${view.workspace.title}`}
          rows={view.rows}
          empty={
            isFiltered ? (
              <Empty title="Nobody found">Nobody with access fits these filters: clear them to see everyone.</Empty>
            ) : (
              <Empty title="Nobody has access yet">Give the first person a role below.</Empty>
            )
          }
          columns={[
            {
              key: "name",
              head: "Name",
              cell: (row) => <a href={`${base}/${row.personId}`}>{row.name}</a>,
            },
            ...view.roles
              .filter(({ value }) => view.everybody.some((row) => row.cells.has(value)))
              .map((role) => ({
                key: role.value,
                head: role.label,
                wrap: "tight" as const,
                cell: (row: MatrixRow) =>
                  (row.cells.get(role.value) ?? []).map((cell) => (
                    <Given
                      cell={cell}
                      about={` ${role.label} from ${row.name}`}
                      revokeHref={view.mayGrant && !row.isSelf ? `${base}/grants/${cell.grantId}/revoke` : null}
                    />
                  )),
              })),
            {
              key: "status",
              head: "Account",
              cell: (row: MatrixRow) => statusBadge(row.status),
            },
          ]}
        />
        <PagerOf page={view.page} rows={view.rows.length} total={view.total} href={view.pageHref} />
      </div>
    </>
  );
};

const Given = ({ cell, about, revokeHref }: { cell: MatrixCell; about: string; revokeHref: string | null }): Html => (
  <div>
    <Badge tone={cell.fromAt ? "info" : "ok"}>{cell.site ?? "Yes"}</Badge>
    {cell.fromAt && (
      <span class="muted">
        {" "}
        from <Time at={cell.fromAt} show="day" />
      </span>
    )}
    {cell.toAt && (
      <span class="muted">
        {" "}
        until <Until at={cell.toAt} />
      </span>
    )}
    {revokeHref && (
      <span class="screen-only">
        {" "}
        <a href={revokeHref}>
          Revoke<span class="hidden-text">{about}</span>
        </a>
      </span>
    )}
  </div>
);

interface Part {
  readonly view: AccessView;
  readonly base: string;
  readonly form: FormState | undefined;
}

const Giving = ({ view, base, form }: Part): Html | null => {
  const people = view.everybody.filter((row) => !row.isSelf);
  if (people.length === 0) return null;
  return (
    <Panel title="Give someone listed here another role">
      <Form action={base} panel={false} hidden={{ act: "give" }}>
        <Select
          name="person"
          label="Person"
          options={people.map((row) => ({ value: row.personId, label: `${row.name}, ${row.email}` }))}
          empty="Choose a person"
          form={form}
        />
        <Select name="role" label="Role" options={view.roles} empty="Choose a role" form={form} />
        {view.sites.length > 0 && (
          <Select name="site" label="Site" options={view.sites} empty="All sites" form={form} />
        )}
        <SpanFields form={form} />
        <div class="row">
          <Button>Give access</Button>
        </div>
      </Form>
    </Panel>
  );
};

const Inviting = ({ view, base, form }: Part): Html => (
  <Panel title="Invite someone">
    <Form action={`${base}/invitations`} panel={false} hidden={{ act: "invite" }}>
      <TextField name="invited-name" label="Name" form={form} maxlength={200} autocomplete="off" />
      <TextField
        name="invited-email"
        label="E-mail"
        type="email"
        hint="Whoever has an account with this address already keeps it and gets the role."
        form={form}
        maxlength={254}
        autocomplete="off"
        spellcheck={false}
      />
      <Select
        name="invited-role"
        label="Role of the person invited"
        options={view.roles}
        empty="Choose a role"
        form={form}
      />
      {view.sites.length > 0 && (
        <Select
          name="invited-site"
          label="Site of the person invited"
          options={view.sites}
          empty="All sites"
          form={form}
        />
      )}
      <SpanFields prefix="invited-" form={form} />
      <div class="row">
        <Button>Invite</Button>
      </div>
    </Form>
  </Panel>
);

export interface AccessOfView {
  readonly workspace: { readonly title: string; readonly slug: string };
  readonly name: string;
  readonly grants: readonly GrantLine[];
  readonly crumbs: readonly Crumb[];
  readonly recordHref: string | null;
}

export const accessOfPage = (view: AccessOfView): Html => (
  <Page
    title={`What ${view.name} can see, and why`}
    crumbs={view.crumbs}
    actions={view.recordHref && <ButtonLink href={view.recordHref}>What this person did here</ButtonLink>}
  >
    <div class="stack">
      <GrantTable
        grants={view.grants}
        revokeHref={(id) => `/w/${view.workspace.slug}/access/grants/${id}/revoke`}
        showReason
      />
      {view.grants.some(({ state }) => state === "live") ? (
        <Panel title="In words">
          <p>
            A role gives permissions, and each reaches so far and no further. The database itself holds to this with
            every question that is asked.
          </p>
          <WhatItAllows grants={view.grants} open />
        </Panel>
      ) : (
        <Note>Nothing that was given here holds now, so this person sees nothing in this workspace.</Note>
      )}
    </div>
  </Page>
);
