/** A workspace's people and what each of them was given: a matrix, and one person's access in words. */
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Form, type FormState, type Option, Select, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Note, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { type GrantLine, GrantTable, statusBadge, WhatItAllows } from "./people-pages.tsx";

export interface MatrixCell {
  readonly grantId: string;
  readonly site: string | null;
  readonly toAt: Date | null;
  readonly isToCome: boolean;
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
  readonly rows: readonly MatrixRow[];
  readonly sites: readonly Option[];
  readonly mayGrant: boolean;
  readonly mayInvite: boolean;
}

export const accessPage = (view: AccessView, form?: FormState): Html => {
  const base = `/w/${view.workspace.slug}/access`;
  const people = view.rows.filter((row) => !row.isSelf);
  const which = form?.values?.act;
  const giving = which === "invite" ? undefined : form;
  const inviting = which === "invite" ? form : undefined;
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
        </>
      }
    >
      <div class="stack">
        <DataTable
          caption={`${view.rows.length === 1 ? "1 person" : `${view.rows.length} people`} with access to ${view.workspace.title}`}
          rows={view.rows}
          empty={<Empty title="Nobody has access yet">Give the first person a role below.</Empty>}
          columns={[
            {
              key: "name",
              head: "Name",
              cell: (row) => <a href={`${base}/${row.personId}`}>{row.name}</a>,
            },
            ...view.roles
              .filter(({ value }) => view.rows.some((row) => row.cells.has(value)))
              .map((role) => ({
                key: role.value,
                head: role.label,
                cell: (row: MatrixRow) => (
                  <>
                    {(row.cells.get(role.value) ?? []).map((cell) => (
                      <span>
                        <Badge tone={cell.isToCome ? "info" : "ok"}>
                          {[cell.site ?? "Yes", cell.isToCome && "later"].filter(Boolean).join(", ")}
                        </Badge>
                        {cell.toAt && (
                          <span class="muted">
                            {" "}
                            until <Time at={new Date(cell.toAt.getTime() - 1)} show="day" />
                          </span>
                        )}
                        {view.mayGrant && !row.isSelf && (
                          <>
                            {" "}
                            <a href={`${base}/grants/${cell.grantId}/revoke`}>
                              Revoke<span class="hidden-text">{` ${role.label} from ${row.name}`}</span>
                            </a>
                          </>
                        )}
                      </span>
                    ))}
                  </>
                ),
              })),
            {
              key: "status",
              head: "Account",
              cell: (row: MatrixRow) => statusBadge(row.status),
            },
          ]}
        />
        {view.mayGrant && people.length > 0 && (
          <Panel title="Give someone listed here another role">
            <Form action={base} panel={false} hidden={{ act: "give" }}>
              <Select
                name="person"
                label="Person"
                options={people.map((row) => ({ value: row.personId, label: `${row.name}, ${row.email}` }))}
                empty="Choose a person"
                form={giving}
              />
              <Select name="role" label="Role" options={view.roles} empty="Choose a role" form={giving} />
              {view.sites.length > 0 && (
                <Select name="site" label="Site" options={view.sites} empty="All sites" form={giving} />
              )}
              <div class="row">
                <Button>Give access</Button>
              </div>
            </Form>
          </Panel>
        )}
        {view.mayGrant && view.mayInvite && (
          <Panel title="Invite someone">
            <Form action={`${base}/invitations`} panel={false} hidden={{ act: "invite" }}>
              <TextField name="invited-name" label="Name" form={inviting} maxlength={200} autocomplete="off" />
              <TextField
                name="invited-email"
                label="E-mail"
                type="email"
                hint="Whoever has an account with this address already keeps it and gets the role."
                form={inviting}
                maxlength={254}
                autocomplete="off"
                spellcheck={false}
              />
              <Select
                name="invited-role"
                label="Role of the person invited"
                options={view.roles}
                empty="Choose a role"
                form={inviting}
              />
              {view.sites.length > 0 && (
                <Select
                  name="invited-site"
                  label="Site of the person invited"
                  options={view.sites}
                  empty="All sites"
                  form={inviting}
                />
              )}
              <div class="row">
                <Button>Invite</Button>
              </div>
            </Form>
          </Panel>
        )}
      </div>
    </Page>
  );
};

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
