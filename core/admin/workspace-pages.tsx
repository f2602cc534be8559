/** What the workspaces of an institution look like to whoever keeps them. */
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink, PostButton } from "@views/button.tsx";
import { Confirm } from "@views/dialog.tsx";
import { Empty } from "@views/empty.tsx";
import { Form, FormFoot, type FormState, RadioGroup, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import type { WorkspaceKind } from "../module.ts";
import { kinds, labelOf } from "./workspaces.ts";

const crumb = { label: "Workspaces", href: "/admin/workspaces" };

export interface WorkspaceLine {
  readonly id: string;
  readonly title: string;
  readonly kind: WorkspaceKind;
  readonly specialty: string | null;
  readonly archivedAt: Date | null;
  readonly people: number;
  readonly modules: readonly string[];
}

export const workspaceListPage = (lines: readonly WorkspaceLine[], mayAdd: boolean): Html => (
  <Page
    title="Workspaces"
    lead="Each program, study and service keeps its data apart from every other."
    primary={
      mayAdd && (
        <ButtonLink href="/admin/workspaces/new" tone="primary">
          Add a workspace
        </ButtonLink>
      )
    }
  >
    <DataTable
      caption={lines.length === 1 ? "1 workspace" : `${lines.length} workspaces`}
      rows={lines}
      empty={
        <Empty
          title="No workspace yet"
          action={mayAdd && <ButtonLink href="/admin/workspaces/new">Add a workspace</ButtonLink>}
        >
          People work in workspaces: add the first program, study or service, then switch modules on in it.
        </Empty>
      }
      columns={[
        { key: "title", head: "Name", cell: (line) => <a href={`/admin/workspaces/${line.id}`}>{line.title}</a> },
        { key: "kind", head: "Kind", cell: (line) => labelOf(line.kind) },
        { key: "specialty", head: "Specialty", cell: (line) => line.specialty ?? <span class="muted">None</span> },
        { key: "modules", head: "Modules", cell: (line) => line.modules.join(", ") || <span class="muted">None</span> },
        { key: "people", head: "People", align: "end", cell: (line) => line.people },
        {
          key: "state",
          head: "State",
          cell: (line) => (line.archivedAt ? <Badge tone="locked">Archived</Badge> : <Badge tone="ok">In use</Badge>),
        },
      ]}
    />
  </Page>
);

export const newWorkspacePage = (form?: FormState): Html => (
  <Page title="Add a workspace" crumbs={[crumb]} form={form}>
    <Form action="/admin/workspaces">
      <TextField
        name="title"
        label="Name"
        hint="As people call it: Internal medicine residency"
        form={form}
        maxlength={200}
      />
      <RadioGroup name="kind" label="Kind" options={kinds} form={form} value="program" />
      <TextField name="specialty" label="Specialty" optional form={form} maxlength={100} />
      <TextField
        name="slug"
        label="Word in its address"
        optional
        width="m"
        hint="Small letters, digits and hyphens. Left empty, it is made from the name. It stays as it is."
        form={form}
        maxlength={61}
        spellcheck={false}
      />
      <FormFoot>
        <Button tone="primary">Add the workspace</Button>
        <ButtonLink href="/admin/workspaces">Cancel</ButtonLink>
      </FormFoot>
    </Form>
  </Page>
);

export interface ModuleLine {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly isOn: boolean;
  readonly since: Date | null;
  readonly hasSettings: boolean;
}
export interface WorkspaceView {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly kind: WorkspaceKind;
  readonly specialty: string | null;
  readonly madeAt: Date;
  readonly archivedAt: Date | null;
  readonly sites: readonly { readonly code: string; readonly name: string; readonly closedAt: Date | null }[];
  readonly modules: readonly ModuleLine[];
  readonly people: number;
  readonly mayManage: boolean;
  readonly maySwitch: boolean;
  readonly maySet: boolean;
}

export const workspacePage = (view: WorkspaceView, siteForm?: FormState): Html => {
  const base = `/admin/workspaces/${view.id}`;
  const open = view.archivedAt === null;
  return (
    <Page
      title={view.title}
      crumbs={[crumb]}
      badge={open ? null : <Badge tone="locked">Archived</Badge>}
      form={siteForm}
      actions={
        <>
          {open && <ButtonLink href={`/w/${view.slug}`}>Open it</ButtonLink>}
          {view.mayManage && open && <ButtonLink href={`${base}/sign-in`}>How people come in</ButtonLink>}
          {view.mayManage && open && <ButtonLink href={`${base}/archive`}>Archive</ButtonLink>}
          {view.mayManage && !open && <PostButton action={`${base}/restore`}>Restore</PostButton>}
        </>
      }
    >
      <div class="stack">
        {!open && (
          <Note tone="warn">Nobody can open this workspace while it is archived. Its data and its record stay.</Note>
        )}
        <Panel title="About">
          <Facts
            facts={[
              { term: "Kind", value: labelOf(view.kind) },
              { term: "Specialty", value: view.specialty ?? "None" },
              { term: "Address", value: <span class="mono">{`/w/${view.slug}`}</span> },
              { term: "Added", value: <Time at={view.madeAt} show="day" /> },
              {
                term: "People",
                value: <a href={`/admin/people?workspace=${view.id}`}>{`${view.people} with access`}</a>,
              },
            ]}
          />
        </Panel>
        <Panel title="Modules">
          <div class="stack">
            {view.modules.length === 0 && <p>{`No installed module can be switched on in a ${view.kind}.`}</p>}
            {view.modules.map((module) => (
              <section class="stack" aria-labelledby={`module-${module.id}`}>
                <h3 id={`module-${module.id}`}>{module.title}</h3>
                <p>{module.summary}</p>
                <div class="row">
                  <Badge tone={module.isOn ? "ok" : "none"}>{module.isOn ? "On" : "Off"}</Badge>
                  {module.since && (
                    <span class="muted">
                      since <Time at={module.since} />
                    </span>
                  )}
                  {view.maySwitch && open && (
                    <PostButton
                      action={`${base}/modules/${module.id}`}
                      fields={{ on: module.isOn ? "false" : "true" }}
                      about={module.title}
                    >
                      {module.isOn ? "Switch off" : "Switch on"}
                    </PostButton>
                  )}
                  {view.maySet && module.hasSettings && (
                    <ButtonLink href={`${base}/settings/${module.id}`}>
                      Settings<span class="hidden-text">{` of ${module.title}`}</span>
                    </ButtonLink>
                  )}
                </div>
              </section>
            ))}
            <p class="muted">
              A module that is switched off loses its pages here. Nothing that was entered is removed.
            </p>
          </div>
        </Panel>
        <Panel title="Sites">
          <div class="stack">
            <DataTable
              caption={view.sites.length === 1 ? "1 site" : `${view.sites.length} sites`}
              rows={view.sites}
              scroll={false}
              empty={
                <Empty title="No site yet">
                  Access can be limited to a site: a clinic, an institute, a rotation hospital.
                </Empty>
              }
              columns={[
                { key: "code", head: "Code", cell: (site) => site.code },
                { key: "name", head: "Name", cell: (site) => site.name, wrap: true },
                {
                  key: "state",
                  head: "State",
                  cell: (site) => (site.closedAt ? <Badge tone="locked">Closed</Badge> : <Badge tone="ok">Open</Badge>),
                },
              ]}
            />
            {view.mayManage && open && (
              <Form action={`${base}/sites`} panel={false}>
                <TextField
                  name="code"
                  label="Code of the new site"
                  hint="Short, as on forms: NL-01"
                  width="m"
                  form={siteForm}
                  maxlength={40}
                />
                <TextField name="name" label="Name of the new site" form={siteForm} maxlength={200} />
                <div class="row">
                  <Button>Add the site</Button>
                </div>
              </Form>
            )}
          </div>{" "}
        </Panel>
      </div>
    </Page>
  );
};

export const archivePage = (view: { readonly id: string; readonly title: string; readonly people: number }): Html => (
  <Page title={`Archive ${view.title}`} crumbs={[crumb, { label: view.title, href: `/admin/workspaces/${view.id}` }]}>
    <Panel>
      <Confirm
        action={`/admin/workspaces/${view.id}/archive`}
        confirm="Archive the workspace"
        tone="danger"
        back={`/admin/workspaces/${view.id}`}
      >
        <p>
          {view.people === 0
            ? "Nobody has access to it now."
            : `${view.people === 1 ? "One person" : `${view.people} people`} can open it now; after this, nobody can.`}{" "}
          Nothing is removed, the record stays, and it can be restored here.
        </p>
      </Confirm>
    </Panel>
  </Page>
);
