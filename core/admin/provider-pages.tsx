/** The pages of the provider registry. */
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink } from "@views/button.tsx";
import { Confirm } from "@views/dialog.tsx";
import { Empty } from "@views/empty.tsx";
import { Checkbox, DateField, FileField, Form, FormFoot, type FormState, Select, TextField } from "@views/form.tsx";
import type { Child, Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { DataTable, Pager } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import {
  daysLeft,
  kindFields,
  type ProviderKind,
  type ProviderService,
  providerKinds,
  serviceTitles,
} from "../providers/entry.ts";

const crumb = { label: "Providers", href: "/admin/providers" };

export interface ProviderLine {
  readonly id: string;
  readonly service: ProviderService;
  readonly kind: ProviderKind;
  readonly title: string;
  readonly region: string;
  readonly agreedUntil: string;
  readonly endedAt: Date | null;
  /** Why nothing may be sent; null when it is in force. */
  readonly why: string | null;
}

const Standing = ({ line, now }: { line: ProviderLine; now: Date }): Html => {
  if (line.endedAt) return <Badge tone="locked">Ended</Badge>;
  if (line.why) return <Badge tone="bad">Not in force</Badge>;
  const days = daysLeft(line.agreedUntil, now);
  if (days <= 60) return <Badge tone="warn">{days === 1 ? "Ends in a day" : `Ends in ${days} days`}</Badge>;
  return <Badge tone="ok">In force</Badge>;
};

export const providerListPage = (
  lines: readonly (ProviderLine & { readonly workspaces: number })[],
  now: Date,
  mayManage: boolean,
): Html => (
  <Page
    title="Providers"
    lead="Companies and servers outside Cairn that may be sent something. Without an entry in force nothing leaves."
    primary={
      mayManage && (
        <ButtonLink href="/admin/providers/new" tone="primary">
          Enter a provider
        </ButtonLink>
      )
    }
  >
    <DataTable
      caption={lines.length === 1 ? "1 provider" : `${lines.length} providers`}
      rows={lines}
      empty={
        <Empty
          title="No provider yet"
          action={mayManage && <ButtonLink href="/admin/providers/new">Enter a provider</ButtonLink>}
        >
          No text is written by a model and no text message leaves this house until an agreement is entered here and a
          workspace chooses it.
        </Empty>
      }
      columns={[
        { key: "title", head: "Name", cell: (line) => <a href={`/admin/providers/${line.id}`}>{line.title}</a> },
        { key: "service", head: "For", cell: (line) => serviceTitles[line.service] },
        { key: "kind", head: "Kind", cell: (line) => providerKinds[line.kind].title, wrap: true },
        { key: "region", head: "Region", cell: (line) => line.region },
        { key: "until", head: "Agreement until", cell: (line) => <Time at={line.agreedUntil} show="day" /> },
        { key: "workspaces", head: "Workspaces", align: "end", cell: (line) => line.workspaces },
        { key: "state", head: "State", cell: (line) => <Standing line={line} now={now} /> },
      ]}
    />
  </Page>
);

export const newProviderPage = (kind: ProviderKind | null, form?: FormState): Html => {
  if (kind === null)
    return (
      <Page title="Enter a provider" crumbs={[crumb]} lead="What kind of provider is it?" form={form}>
        <ul class="stack plain">
          {(Object.keys(providerKinds) as ProviderKind[]).map((one) => (
            <li>
              <ButtonLink href={`/admin/providers/new?kind=${one}`}>
                {`${serviceTitles[providerKinds[one].service]}: ${providerKinds[one].title}`}
              </ButtonLink>
            </li>
          ))}
        </ul>
      </Page>
    );
  const { title, service } = providerKinds[kind];
  return (
    <Page
      title={`Enter a provider: ${title}`}
      crumbs={[crumb]}
      form={form}
      lead="An entry is never changed afterwards. When something differs, enter it anew and end this one."
    >
      <Form action="/admin/providers" upload hidden={{ kind }}>
        <TextField name="title" label="Name" hint="As people here call it." form={form} maxlength={100} />
        <TextField
          name="endpoint"
          label="Address"
          hint="The only address that is spoken to: https://models.example.org/v1"
          form={form}
          maxlength={300}
          spellcheck={false}
          width="full"
        />
        <TextField
          name="region"
          label="Region"
          hint={
            kind === "aws-sms" ? "As AWS writes it: eu-central-1" : "Where the data is processed: Germany West Central"
          }
          width="m"
          form={form}
          maxlength={60}
        />
        {kindFields[kind].map((field) => (
          <TextField
            name={field.name}
            label={field.label}
            optional={field.optional}
            hint={
              field.secret ? `${field.hint ? `${field.hint} ` : ""}It is sealed, and never shown again.` : field.hint
            }
            type={field.secret ? "password" : "text"}
            autocomplete={field.secret ? "off" : undefined}
            form={form}
            maxlength={500}
            spellcheck={false}
          />
        ))}
        <TextField
          name="agreement"
          label="Agreement"
          hint="Its name and number: Data processing agreement 2026-117, business associate agreement …"
          form={form}
          maxlength={200}
          width="full"
        />
        <DateField name="agreedFrom" label="Holds from" form={form} />
        <DateField
          name="agreedUntil"
          label="Holds until"
          hint="On the day after, nothing leaves any more."
          form={form}
        />
        <FileField
          name="document"
          label="The agreement itself"
          hint="A PDF or a scan, 10 MB at most. Its digest stands in the record."
          accept=".pdf,.png,.jpg,.jpeg"
          form={form}
        />
        {service === "model" && (
          <Checkbox
            name="noTraining"
            label="The agreement says that nothing that is sent trains a model, and that nothing is kept"
            form={form}
          />
        )}
        <FormFoot>
          <Button tone="primary">Enter the provider</Button>
          <ButtonLink href="/admin/providers">Cancel</ButtonLink>
        </FormFoot>
      </Form>
    </Page>
  );
};

interface Use {
  readonly workspace: string | null;
  readonly madeAt: Date;
}
export interface ProviderView extends ProviderLine {
  readonly endpoint: string;
  readonly config: Readonly<Record<string, string>>;
  readonly agreement: string;
  readonly agreedFrom: string;
  readonly documentName: string;
  readonly documentSha256: string;
  readonly noTraining: boolean;
  readonly hasSecret: boolean;
  readonly madeAt: Date;
  readonly enteredBy: string | null;
  readonly endReason: string | null;
  readonly uses: readonly Use[];
}

export const providerPage = (view: ProviderView, now: Date, mayManage: boolean): Html => (
  <Page
    title={view.title}
    crumbs={[crumb]}
    badge={<Standing line={view} now={now} />}
    actions={
      mayManage && !view.endedAt && <ButtonLink href={`/admin/providers/${view.id}/end`}>End the entry</ButtonLink>
    }
  >
    <div class="stack">
      {view.why && <Note tone="warn">{`Nothing is sent to it: ${view.why}`}</Note>}
      {view.endReason && <Note>{`Why it was ended: ${view.endReason}`}</Note>}
      <Panel title="Where things are sent">
        <Facts
          facts={[
            { term: "For", value: serviceTitles[view.service] },
            { term: "Kind", value: providerKinds[view.kind].title },
            { term: "Address", value: <span class="mono">{view.endpoint}</span> },
            { term: "Region", value: view.region },
            ...kindFields[view.kind]
              .filter((field) => !field.secret && view.config[field.name])
              .map((field) => ({ term: field.label, value: view.config[field.name] ?? "" })),
            { term: "Secret", value: view.hasSecret ? "Sealed under the institution's key" : "None" },
          ]}
        />
      </Panel>
      <Panel title="By what agreement">
        <Facts
          facts={[
            { term: "Agreement", value: view.agreement },
            { term: "Holds from", value: <Time at={view.agreedFrom} show="day" /> },
            { term: "Holds until", value: <Time at={view.agreedUntil} show="day" /> },
            { term: "Document", value: view.documentName },
            { term: "Its SHA-256", value: <code class="wrap">{view.documentSha256}</code> },
            ...(view.service === "model"
              ? [{ term: "Trains on what it is sent", value: view.noTraining ? "No, by agreement" : "Not ruled out" }]
              : []),
            { term: "Entered", value: <Time at={view.madeAt} /> },
            { term: "By", value: view.enteredBy ?? "Someone" },
          ]}
        />
      </Panel>
      <Panel title="Workspaces it serves">
        {view.uses.length === 0 ? (
          <p>None. It is chosen in a workspace, under Set up, Providers.</p>
        ) : (
          <ul>
            {view.uses.map((use) => (
              <li>
                {`${use.workspace ?? "A workspace"}, since `}
                <Time at={use.madeAt} show="day" />
              </li>
            ))}
          </ul>
        )}
      </Panel>
    </div>
  </Page>
);

export const endProviderPage = (
  view: { readonly id: string; readonly title: string },
  uses: readonly Use[],
  form?: FormState,
): Html => (
  <Page
    title={`End ${view.title}`}
    crumbs={[crumb, { label: view.title, href: `/admin/providers/${view.id}` }]}
    form={form}
  >
    <Panel>
      <Confirm
        action={`/admin/providers/${view.id}/end`}
        confirm="End the entry"
        tone="danger"
        back={`/admin/providers/${view.id}`}
      >
        <p>
          {uses.length === 0
            ? "It serves no workspace now."
            : `It serves ${uses.map((use) => use.workspace ?? "a workspace").join(", ")}: they do without from this moment.`}{" "}
          The entry stays in the list, and cannot be taken up again.
        </p>
        <TextField name="reason" label="Why is it ended?" form={form} maxlength={500} width="full" />
      </Confirm>
    </Panel>
  </Page>
);

interface Choice {
  readonly service: ProviderService;
  readonly current: { readonly id: string; readonly title: string; readonly region: string } | null;
  readonly why: string | null;
  readonly since: Date | null;
  readonly reason: string | null;
  readonly offered: readonly { readonly id: string; readonly title: string; readonly region: string }[];
  readonly form: FormState | undefined;
}

export const choicePage = (
  here: { readonly title: string; readonly slug: string },
  choices: readonly Choice[],
  table: Child,
  form?: FormState,
): Html => (
  <Page
    title="Providers"
    crumbs={[{ label: here.title, href: `/w/${here.slug}` }]}
    lead={`Who outside the house may be sent something from ${here.title}. Off until someone here chooses.`}
    form={form}
  >
    <div class="stack">
      {choices.map((choice) => (
        <Panel
          title={serviceTitles[choice.service]}
          end={
            choice.current === null ? (
              <Badge tone="none">Off</Badge>
            ) : choice.why ? (
              <Badge tone="bad">Not in force</Badge>
            ) : (
              <Badge tone="ok">On</Badge>
            )
          }
        >
          <div class="stack">
            <p>
              {choice.current === null
                ? "Nothing is sent."
                : (choice.why ?? `${choice.current.title} (${choice.current.region}) is sent what is needed.`)}
              {choice.since && (
                <>
                  {" "}
                  <span class="muted">
                    Since <Time at={choice.since} />
                    {choice.reason && `: ${choice.reason}`}
                  </span>
                </>
              )}
            </p>
            {choice.offered.length === 0 && choice.current === null ? (
              <p class="muted">The institution has no provider in force for this. An administrator enters one.</p>
            ) : (
              <Form action={`/w/${here.slug}/providers/${choice.service}`} panel={false}>
                <Select
                  name={choice.service}
                  label={`Provider for ${serviceTitles[choice.service].toLowerCase()}`}
                  empty="None: switched off"
                  options={choice.offered.map((one) => ({ value: one.id, label: `${one.title}, ${one.region}` }))}
                  value={choice.current?.id}
                  form={choice.form}
                />
                <TextField
                  name={`${choice.service}Reason`}
                  label="Reason"
                  hint="It stands in the record beside the choice."
                  form={choice.form}
                  maxlength={500}
                  width="full"
                />
                <div class="row">
                  <Button>Save the choice</Button>
                </div>
              </Form>
            )}
          </div>
        </Panel>
      ))}
      {table}
    </div>
  </Page>
);

export interface RunLine {
  readonly id: string;
  readonly at: Date;
  readonly purpose: string;
  readonly promptVersion: string;
  readonly provider: string;
  readonly model: string;
  readonly outcome: "asked" | "answered" | "unavailable" | "filtered" | "unreadable";
  readonly because: string | null;
  readonly bytes: number;
  readonly tokens: number;
  readonly digest: string;
}
const outcomes = {
  asked: { tone: "warn", says: "Sent, end unknown" },
  answered: { tone: "ok", says: "Answered" },
  unavailable: { tone: "bad", says: "No answer" },
  filtered: { tone: "warn", says: "Refused by its filter" },
  unreadable: { tone: "bad", says: "Not usable" },
} as const;

export const choiceTable = (
  runs: readonly RunLine[],
  { page, more, slug }: { readonly page: number; readonly more: boolean; readonly slug: string },
): Html => (
  <Panel title="What was sent to models">
    <DataTable
      caption="Newest first. The texts themselves are not kept; their digests are."
      rows={runs}
      empty={<Empty title="Nothing yet">Each time a text is sent to a model, it stands here.</Empty>}
      columns={[
        { key: "at", head: "When", cell: (run) => <Time at={run.at} /> },
        { key: "purpose", head: "For", cell: (run) => `${run.purpose}, version ${run.promptVersion}`, wrap: true },
        { key: "provider", head: "To", cell: (run) => `${run.provider}, ${run.model}`, wrap: true },
        { key: "bytes", head: "Bytes", align: "end", cell: (run) => run.bytes },
        { key: "tokens", head: "Tokens", align: "end", cell: (run) => run.tokens },
        { key: "digest", head: "Digest", cell: (run) => <code>{run.digest}</code> },
        {
          key: "outcome",
          head: "What became of it",
          cell: (run) => (
            <Badge tone={outcomes[run.outcome].tone}>
              {run.because ? `${outcomes[run.outcome].says} (${run.because})` : outcomes[run.outcome].says}
            </Badge>
          ),
        },
      ]}
    />
    {(page > 1 || more) && (
      <Pager
        from={(page - 1) * 50 + 1}
        to={(page - 1) * 50 + runs.length}
        total={(page - 1) * 50 + runs.length + (more ? 1 : 0)}
        previous={page > 1 ? `/w/${slug}/providers?page=${page - 1}` : undefined}
        next={more ? `/w/${slug}/providers?page=${page + 1}` : undefined}
      />
    )}
  </Panel>
);
