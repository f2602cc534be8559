/** The institution's people: the list, a new account, and one person with everything that was given to him. */
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink, PostButton } from "@views/button.tsx";
import { Confirm } from "@views/dialog.tsx";
import { Empty } from "@views/empty.tsx";
import { DateField, Form, FormFoot, type FormState, type Option, Select, TextArea, TextField } from "@views/form.tsx";
import type { Child, Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { DataTable, Filters, Pager } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import type { Allowance } from "./reach-words.ts";
import { Until } from "./until.tsx";

const crumb = { label: "People", href: "/admin/people" };

export const statuses: readonly Option[] = [
  { value: "active", label: "Active" },
  { value: "suspended", label: "Suspended" },
  { value: "pending", label: "Waiting for approval" },
  { value: "verified", label: "Address verified" },
  { value: "registered", label: "Registered" },
  { value: "refused", label: "Refused" },
];
export const statusBadge = (status: string): Html =>
  status === "active" ? (
    <Badge tone="ok">Active</Badge>
  ) : status === "suspended" ? (
    <Badge tone="bad">Suspended</Badge>
  ) : (
    <Badge tone="warn">{statuses.find(({ value }) => value === status)?.label ?? status}</Badge>
  );

export interface PeopleView {
  readonly people: readonly {
    readonly id: string;
    readonly name: string;
    readonly email: string;
    readonly status: string;
    /** "Program director in Cardiology" */
    readonly access: readonly string[];
  }[];
  readonly filter: {
    readonly q?: string | undefined;
    readonly status?: string | undefined;
    readonly workspace?: string | undefined;
  };
  readonly workspaces: readonly Option[];
  readonly from: number;
  readonly total: number;
  readonly previous?: string | undefined;
  readonly next?: string | undefined;
  readonly mayAdd: boolean;
}

export const peoplePage = (view: PeopleView): Html => {
  const { q, status, workspace } = view.filter;
  const filtered = q !== undefined || status !== undefined || workspace !== undefined;
  return (
    <Page
      title="People"
      lead="Everyone with an account in this institution."
      actions={<ButtonLink href="/admin/who">Who can see a record</ButtonLink>}
      primary={
        view.mayAdd && (
          <ButtonLink href="/admin/people/new" tone="primary">
            Add a person
          </ButtonLink>
        )
      }
    >
      <Filters action="/admin/people" live="#list" clear={filtered ? "/admin/people" : undefined}>
        <TextField name="q" label="Name or e-mail" value={q} width="m" type="search" />
        <Select name="status" label="Status" options={statuses} value={status} empty="Any status" />
        <Select name="workspace" label="Access to" options={view.workspaces} value={workspace} empty="Anything" />
      </Filters>
      <div id="list">
        <DataTable
          caption={view.total === 1 ? "1 person, by name" : `${view.total} people, by name`}
          rows={view.people}
          empty={
            <Empty title="Nobody found">
              {filtered ? "No account fits these filters: clear them to see everyone." : "No account was added yet."}
            </Empty>
          }
          columns={[
            { key: "name", head: "Name", cell: (one) => <a href={`/admin/people/${one.id}`}>{one.name}</a> },
            { key: "email", head: "E-mail", cell: (one) => one.email },
            { key: "status", head: "Status", cell: (one) => statusBadge(one.status) },
            {
              key: "access",
              head: "Access",
              wrap: true,
              cell: (one) => one.access.join("; ") || <span class="muted">None</span>,
            },
          ]}
        />
        <Pager
          from={view.total === 0 ? 0 : view.from}
          to={view.from + view.people.length - 1}
          total={view.total}
          previous={view.previous}
          next={view.next}
          size={50}
        />
      </div>
    </Page>
  );
};

export interface GrantOptions {
  readonly roles: readonly Option[];
  readonly places: readonly Option[];
}

export const GrantFields = ({
  options,
  form,
  optional,
}: {
  options: GrantOptions;
  form?: FormState | undefined;
  optional?: boolean;
}): Html => (
  <>
    <Select
      name="role"
      label="Role"
      options={options.roles}
      empty={optional ? "None yet" : "Choose a role"}
      optional={optional}
      form={form}
    />
    <Select
      name="place"
      label="Where"
      options={options.places}
      empty="Choose a place"
      optional={optional}
      form={form}
    />
    <SpanFields form={form} />
  </>
);

/** From when until when access holds. */
export const SpanFields = ({ prefix = "", form }: { prefix?: string; form: FormState | undefined }): Html => (
  <>
    <DateField
      name={`${prefix}from`}
      label="From"
      optional
      hint="First day, as 2026-11-02. Empty: at once."
      form={form}
    />
    <DateField
      name={`${prefix}to`}
      label="Until"
      optional
      hint="Last day; it ends by itself. Empty: until it is revoked."
      form={form}
    />
  </>
);

export const newPersonPage = (options: GrantOptions, form?: FormState): Html => (
  <Page title="Add a person" crumbs={[crumb]} form={form}>
    <Form action="/admin/people">
      <TextField name="name" label="Name" form={form} maxlength={200} autocomplete="off" />
      <TextField
        name="email"
        label="E-mail"
        type="email"
        hint="An invitation is sent to it; it is also the name to sign in with."
        form={form}
        maxlength={254}
        autocomplete="off"
        spellcheck={false}
      />
      <GrantFields options={options} form={form} optional />
      <FormFoot>
        <Button tone="primary">Add and invite</Button>
        <ButtonLink href="/admin/people">Cancel</ButtonLink>
      </FormFoot>
    </Form>
  </Page>
);

export interface GrantLine {
  readonly id: string;
  readonly role: string;
  readonly place: string;
  readonly fromAt: Date;
  readonly toAt: Date | null;
  readonly approvedBy: string | null;
  readonly state: "live" | "to come" | "over" | "revoked";
  readonly revokedAt: Date | null;
  readonly reason: string | null;
  readonly allows: readonly Allowance[];
  readonly mayRevoke: boolean;
}
export interface PersonView {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly status: string;
  readonly madeAt: Date;
  readonly isSelf: boolean;
  readonly hasSecond: boolean;
  readonly grants: readonly GrantLine[];
  readonly sessions: readonly {
    readonly method: string;
    readonly madeAt: Date;
    readonly lastSeen: Date;
    readonly ip: string | null;
    readonly endedAt: Date | null;
    readonly endedWhy: string | null;
  }[];
  readonly options: GrantOptions;
  readonly mayManage: boolean;
  readonly mayGrant: boolean;
  readonly mayInvite: boolean;
  readonly mayReadRecord: boolean;
  /** Who this person is at the sign-in services. */
  readonly identities: Html | null;
}

export const stateBadge = (state: GrantLine["state"]): Html =>
  state === "live" ? (
    <Badge tone="ok">Holds</Badge>
  ) : state === "to come" ? (
    <Badge tone="info">Begins later</Badge>
  ) : state === "over" ? (
    <Badge tone="none">Over</Badge>
  ) : (
    <Badge tone="locked">Revoked</Badge>
  );

export const personPage = (view: PersonView, form?: FormState): Html => {
  const base = `/admin/people/${view.id}`;
  return (
    <Page
      title={view.name}
      crumbs={[crumb]}
      badge={statusBadge(view.status)}
      form={form}
      actions={
        <>
          {view.mayReadRecord && <ButtonLink href={`/admin/record?actor=${view.id}`}>What this person did</ButtonLink>}
          {view.mayManage && <ButtonLink href={`${base}/change`}>Change name or e-mail</ButtonLink>}
          {view.mayInvite && view.status !== "suspended" && (
            <PostButton action={`${base}/invite`}>Send the invitation again</PostButton>
          )}
          {view.hasSecond && !view.isSelf && (
            <ButtonLink href={`${base}/second`}>Take off the second factor</ButtonLink>
          )}
          {view.mayManage && !view.isSelf && view.status !== "suspended" && (
            <ButtonLink href={`${base}/suspend`} tone="danger">
              Suspend
            </ButtonLink>
          )}
          {view.mayManage && view.status === "suspended" && <PostButton action={`${base}/restore`}>Restore</PostButton>}
        </>
      }
    >
      <div class="stack">
        {view.status === "suspended" && (
          <Note tone="warn">
            This person cannot sign in. What was given stays listed and holds again after restoring.
          </Note>
        )}
        <Panel title="Account">
          <Facts
            facts={[
              { term: "E-mail", value: view.email },
              { term: "Added", value: <Time at={view.madeAt} show="day" /> },
              ...(view.mayManage ? [{ term: "Second factor", value: view.hasSecond ? "Set up" : "None" }] : []),
            ]}
          />
        </Panel>
        <Panel title="Access">
          <div class="stack">
            <GrantTable grants={view.grants} revokeHref={(id) => `/admin/grants/${id}/revoke`} showReason />
            <WhatItAllows grants={view.grants} />
          </div>
        </Panel>
        {view.mayGrant &&
          (view.isSelf ? (
            <Note>Nobody gives access to himself: someone else who manages access has to approve yours.</Note>
          ) : (
            <Panel title="Give access">
              <Form action={`${base}/grants`} panel={false}>
                <GrantFields options={view.options} form={form} />
                <div class="row">
                  <Button>Give access</Button>
                </div>
              </Form>
            </Panel>
          ))}
        {view.identities}
        <Panel
          title="Sessions"
          end={
            view.mayManage &&
            view.sessions.some(({ endedAt }) => endedAt === null) && (
              <PostButton action={`${base}/sessions/end`} about={`of ${view.name}`}>
                End all sessions
              </PostButton>
            )
          }
        >
          <DataTable
            caption="The newest ten"
            rows={view.sessions}
            scroll={false}
            empty={<Empty title="Never signed in">A session is listed here from the first sign-in on.</Empty>}
            columns={[
              { key: "began", head: "Began", cell: (one) => <Time at={one.madeAt} /> },
              { key: "by", head: "By", cell: (one) => one.method },
              { key: "from", head: "From address", cell: (one) => one.ip ?? "Unknown" },
              { key: "seen", head: "Last seen", cell: (one) => <Time at={one.lastSeen} /> },
              {
                key: "state",
                head: "State",
                cell: (one) =>
                  one.endedAt ? (
                    <Badge tone="none">{`Ended: ${one.endedWhy ?? "unknown"}`}</Badge>
                  ) : (
                    <Badge tone="ok">Open</Badge>
                  ),
              },
            ]}
          />
        </Panel>
      </div>
    </Page>
  );
};

export const GrantTable = ({
  grants,
  revokeHref,
  showReason = false,
}: {
  grants: readonly GrantLine[];
  revokeHref: (id: string) => string;
  showReason?: boolean;
}): Html => (
  <DataTable
    caption={grants.length === 1 ? "1 grant" : `${grants.length} grants`}
    rows={grants}
    scroll={false}
    empty={<Empty title="No access">Nothing was given to this person, so nothing can be seen or done.</Empty>}
    columns={[
      { key: "role", head: "Role", cell: (one) => one.role },
      { key: "place", head: "Where", cell: (one) => one.place, wrap: true },
      { key: "from", head: "From", cell: (one) => <Time at={one.fromAt} show="day" /> },
      {
        key: "to",
        head: "Until",
        cell: (one) => <Until at={one.toAt} />,
      },
      { key: "by", head: "Approved by", cell: (one) => one.approvedBy ?? "The installation" },
      {
        key: "state",
        head: "State",
        wrap: true,
        cell: (one) => (
          <>
            {stateBadge(one.state)}
            {showReason && one.reason && <span class="muted"> {one.reason}</span>}
          </>
        ),
      },
      {
        key: "act",
        head: "Act",
        quiet: true,
        cell: (one): Child =>
          one.mayRevoke && (
            <a href={revokeHref(one.id)}>
              Revoke<span class="hidden-text">{` ${one.role} in ${one.place}`}</span>
            </a>
          ),
      },
    ]}
  />
);

/** Why a person can see something: each grant that holds, what its role allows, and how far. */
export const WhatItAllows = ({ grants, open = false }: { grants: readonly GrantLine[]; open?: boolean }): Html => (
  <>
    {grants
      .filter(({ state }) => state === "live")
      .map((grant) => (
        <details open={open}>
          <summary>{`What ${grant.role} in ${grant.place} allows`}</summary>
          <ul>
            {grant.allows.map(({ title, reach }) => (
              <li>
                {title}: <span class="muted">{reach.join(", and ")}</span>
              </li>
            ))}
          </ul>
        </details>
      ))}
  </>
);

export const changePersonPage = (
  view: { readonly id: string; readonly name: string; readonly email: string },
  form?: FormState,
): Html => (
  <Page
    title="Change name or e-mail"
    crumbs={[crumb, { label: view.name, href: `/admin/people/${view.id}` }]}
    form={form}
  >
    <Form action={`/admin/people/${view.id}/change`}>
      <TextField name="name" label="Name" value={view.name} form={form} maxlength={200} autocomplete="off" />
      <TextField
        name="email"
        label="E-mail"
        type="email"
        hint="Whoever reads mail at this address can sign in as this person."
        value={view.email}
        form={form}
        maxlength={254}
        autocomplete="off"
        spellcheck={false}
      />
      <FormFoot>
        <Button tone="primary">Save</Button>
        <ButtonLink href={`/admin/people/${view.id}`}>Cancel</ButtonLink>
      </FormFoot>
    </Form>
  </Page>
);

export const removeSecondPage = (view: { readonly id: string; readonly name: string }, form?: FormState): Html => (
  <Page
    title={`Take off the second factor of ${view.name}`}
    crumbs={[crumb, { label: view.name, href: `/admin/people/${view.id}` }]}
    form={form}
  >
    <Panel>
      <Confirm
        action={`/admin/people/${view.id}/second`}
        confirm="Take it off"
        tone="danger"
        back={`/admin/people/${view.id}`}
      >
        <p>
          For someone who has lost both the phone and the recovery codes. Make sure who is asking: from then on the
          password alone opens this account, until a new factor is set up. Every session ends, and a letter tells the
          owner.
        </p>
        <TextField
          name="reason"
          label="Reason"
          hint="How you made sure who it is. It stands in the record."
          maxlength={500}
          width="full"
          form={form}
        />
      </Confirm>
    </Panel>
  </Page>
);

export const suspendPage = (view: { readonly id: string; readonly name: string }): Html => (
  <Page title={`Suspend ${view.name}`} crumbs={[crumb, { label: view.name, href: `/admin/people/${view.id}` }]}>
    <Panel>
      <Confirm
        action={`/admin/people/${view.id}/suspend`}
        confirm="Suspend the account"
        tone="danger"
        back={`/admin/people/${view.id}`}
      >
        <p>
          Every session of this person ends at once, and nobody can sign in to the account. Nothing is removed, and the
          account can be restored here.
        </p>
      </Confirm>
    </Panel>
  </Page>
);

export interface RevokeView {
  readonly person: string;
  readonly role: string;
  readonly place: string;
  readonly action: string;
  readonly back: string;
  readonly crumbs: readonly Crumb[];
}

export const revokePage = (view: RevokeView, form?: FormState): Html => (
  <Page title={`Revoke ${view.role} from ${view.person}`} crumbs={view.crumbs} form={form}>
    <Panel>
      <Confirm action={view.action} confirm="Revoke the access" tone="danger" back={view.back}>
        <p>{`${view.person} will no longer be ${view.role} in ${view.place}, from the next page on.`}</p>
        <TextArea name="reason" label="Reason" rows={2} hint="It stands in the record." form={form} maxlength={500} />
      </Confirm>
    </Panel>
  </Page>
);
