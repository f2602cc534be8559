/** How a workspace's protection looks to whoever keeps it. */
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink, PostButton, PrintButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Checkbox, DateField, Form, FormFoot, type FormState, RadioGroup, Select, TextArea } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";

export interface ClassLine {
  readonly name: string;
  readonly title: string;
  readonly key: "tenant" | "workspace" | "subject" | "apart";
  /** The permission's title. */
  readonly permission: string;
  readonly roles: readonly string[];
  readonly isOn: boolean;
  readonly jobsMayOpen: boolean;
  readonly since: { readonly at: Date; readonly by: string | null; readonly reason: string } | null;
  /** Everybody who can open it now. */
  readonly openers: readonly string[];
}

export interface NamedLine {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly operation: string;
  readonly site: string | null;
  readonly toAt: Date | null;
  readonly madeAt: Date;
}

interface Option {
  readonly value: string;
  readonly label: string;
}

interface Here {
  readonly title: string;
  readonly slug: string;
}

export interface ProtectionView {
  readonly workspace: Here;
  readonly classes: readonly ClassLine[];
  readonly named: readonly NamedLine[];
  readonly people: readonly Option[];
  readonly sites: readonly Option[];
  readonly mayManage: boolean;
  readonly maySites: boolean;
}

const keyInWords = {
  tenant: "The institution's key",
  workspace: "This workspace's key",
  subject: "A key of each subject's own",
  apart: "A second key of the workspace, which opens none of its data",
};
const base = ({ slug }: Here) => `/w/${slug}/protection`;

export const protectionPage = (view: ProtectionView, form?: FormState): Html => (
  <Page
    title="Protected fields"
    crumbs={[{ label: view.workspace.title, href: `/w/${view.workspace.slug}` }]}
    lead="All of these are sealed before they are stored. With extra protection a role is not enough: only people named here may write them or open them."
    actions={<PrintButton />}
    form={form}
  >
    <div class="stack">
      <DataTable
        caption={view.classes.length === 1 ? "1 kind of field" : `${view.classes.length} kinds of field`}
        rows={view.classes}
        scroll={false}
        columns={[
          { key: "title", head: "Kind of field", cell: (line) => line.title, wrap: true },
          { key: "key", head: "Sealed under", cell: (line) => keyInWords[line.key], wrap: true },
          {
            key: "state",
            head: "Opens by",
            cell: (line) => (line.isOn ? <Badge tone="locked">Name and role</Badge> : <Badge tone="plain">Role</Badge>),
          },
          {
            key: "openers",
            head: "Who may open it now",
            wrap: true,
            cell: (line) => line.openers.join(", ") || <span class="muted">Nobody</span>,
          },
          {
            key: "act",
            head: "Extra protection",
            cell: (line) =>
              view.mayManage ? (
                <a href={`${base(view.workspace)}/${line.name}`}>
                  {line.isOn ? "Take off" : "Put on"}
                  <span class="hidden-text">{`: ${line.title}`}</span>
                </a>
              ) : line.isOn ? (
                "On"
              ) : (
                "Off"
              ),
          },
        ]}
      />
      <DataTable
        caption={view.named.length === 1 ? "1 person named" : `${view.named.length} times somebody is named`}
        rows={view.named}
        empty={
          <Empty title="Nobody is named">
            While a kind of field has extra protection, nobody but the subject can open it.
          </Empty>
        }
        columns={[
          { key: "name", head: "Person", cell: (line) => line.name },
          { key: "may", head: "May", cell: (line) => (line.operation === "open" ? "Open" : "Write") },
          { key: "title", head: "Kind of field", cell: (line) => line.title, wrap: true },
          { key: "site", head: "Site", cell: (line) => line.site ?? "Every site" },
          { key: "since", head: "Since", cell: (line) => <Time at={line.madeAt} show="day" /> },
          {
            key: "to",
            head: "Until",
            cell: (line) =>
              line.toAt ? (
                <Time at={new Date(line.toAt.getTime() - 1)} show="day" />
              ) : (
                <span class="muted">No end</span>
              ),
          },
          ...(view.mayManage
            ? [
                {
                  key: "act",
                  head: "",
                  cell: (line: NamedLine) => (
                    <PostButton
                      action={`${base(view.workspace)}/grants/${line.id}/revoke`}
                      about={`${line.name}, ${line.operation === "open" ? "open" : "write"}, ${line.title}`}
                    >
                      Revoke
                    </PostButton>
                  ),
                },
              ]
            : []),
        ]}
      />
      {view.mayManage && (
        <Panel title="Name somebody">
          {view.people.length === 0 ? (
            <p>Nobody else has access here yet. Give somebody a role under People and access first.</p>
          ) : (
            <Form action={base(view.workspace)} panel={false}>
              <Select name="person" label="Person" options={view.people} empty="Choose a person" form={form} />
              <Select
                name="class"
                label="Kind of field"
                options={view.classes.map(({ name, title }) => ({ value: name, label: title }))}
                empty="Choose a kind of field"
                form={form}
              />
              <RadioGroup
                name="may"
                label="What this person may do"
                value="open"
                form={form}
                options={[
                  {
                    value: "open",
                    label: "Open",
                    hint: "Read what is sealed. A role that lets one is needed besides.",
                  },
                  { value: "seal", label: "Write", hint: "Enter it without being able to read what others entered." },
                  { value: "both", label: "Both" },
                ]}
              />
              {view.sites.length > 0 && (
                <Select name="site" label="Site" options={view.sites} empty="Every site" form={form} />
              )}
              <DateField
                name="to"
                label="Until"
                optional
                hint="The last day. Empty: until it is revoked."
                form={form}
              />
              <div class="row">
                <Button>Name this person</Button>
              </div>
            </Form>
          )}
        </Panel>
      )}
    </div>
  </Page>
);

export const switchPage = (
  { workspace, line }: { readonly workspace: Here; readonly line: ClassLine },
  form?: FormState,
): Html => (
  <Page
    title={`${line.title}: ${line.isOn ? "take off" : "put on"} extra protection`}
    crumbs={[
      { label: workspace.title, href: `/w/${workspace.slug}` },
      { label: "Protected fields", href: base(workspace) },
    ]}
    form={form}
  >
    <div class="stack">
      {line.isOn ? (
        <Note tone="warn">
          From then on everybody whose role allows it can open these fields again. They stay sealed in the database and
          in every backup.
        </Note>
      ) : (
        <Note>
          From then on these fields are locked for everybody who is not named, on every page, in every file and in every
          search. Subjects go on seeing what is about themselves.
        </Note>
      )}
      <Facts
        facts={[
          { term: "Permission needed", value: line.permission },
          { term: "Roles that have it", value: line.roles.join(", ") || "None" },
          { term: "Can open it now", value: line.openers.join(", ") || "Nobody" },
          ...(line.since
            ? [
                {
                  term: line.isOn ? "On since" : "Off since",
                  value: (
                    <>
                      <Time at={line.since.at} />
                      {` by ${line.since.by ?? "someone"}: ${line.since.reason}`}
                    </>
                  ),
                },
              ]
            : []),
        ]}
      />
      <Form action={`${base(workspace)}/${line.name}`} hidden={{ on: line.isOn ? "false" : "true" }}>
        {!line.isOn && (
          <Checkbox
            name="jobs"
            label="Work without a person may still open them"
            hint="Messages that need a telephone number, summaries, reports on a timetable. Without this they say that the field is locked."
            form={form}
          />
        )}
        <TextArea name="reason" label="Reason" hint="Kept in the record." rows={2} form={form} maxlength={500} />
        <FormFoot>
          <Button tone={line.isOn ? "danger" : "primary"}>{line.isOn ? "Take it off" : "Put it on"}</Button>
          <ButtonLink href={base(workspace)}>Cancel</ButtonLink>
        </FormFoot>
      </Form>
    </div>
  </Page>
);
