/** Forms: what the study asks, the draft under work, its history, and the versions that were published. */
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { DateField, FileField, Form, FormFoot, type FormState, Select, TextField } from "@views/form.tsx";
import type { Child, Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Facts, Figures, Note, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { counted } from "../counted.ts";
import type { Coverage, RuleLine } from "../design/coverage.ts";
import type { Change } from "../model/differences.ts";
import type { BuildProblem } from "../model/problems.ts";

export interface FormLine {
  readonly id: string;
  readonly href: string;
  readonly title: string;
  readonly items: number;
  readonly events: readonly string[];
  readonly marks: readonly string[];
}
export interface EventLine {
  readonly id: string;
  readonly href: string;
  readonly title: string;
  readonly type: string;
  readonly window: string;
  readonly forms: number;
}

export interface DesignProps {
  readonly study: string;
  readonly draft: { readonly title: string; readonly revision: number } | null;
  readonly version: string | null;
  readonly forms: readonly FormLine[];
  readonly events: readonly EventLine[];
  readonly problems: readonly BuildProblem[];
  readonly mayWrite: boolean;
  readonly urls: {
    readonly begin: string;
    readonly import: string;
    readonly addForm: string;
    readonly addEvent: string;
    readonly move: string;
    readonly history: string;
    readonly arms: string;
    readonly check: string;
    readonly versions: string;
    readonly file: string | null;
    readonly discard: string;
  };
  readonly form?: FormState | undefined;
}

const Move = ({
  action,
  what,
  id,
  title,
  at,
  of,
}: {
  action: string;
  what: string;
  id: string;
  title: string;
  at: number;
  of: number;
}): Html => (
  <span class="row">
    {at > 0 && (
      <PostButton action={action} tone="quiet" fields={{ what, id, direction: "up" }} about={title}>
        Up
      </PostButton>
    )}
    {at < of - 1 && (
      <PostButton action={action} tone="quiet" fields={{ what, id, direction: "down" }} about={title}>
        Down
      </PostButton>
    )}
  </span>
);

export const DesignPage = (props: DesignProps): Html => {
  const { draft, urls, forms, events, problems, mayWrite } = props;
  const errors = problems.filter(({ level }) => level === "error").length;
  const editable = draft !== null && mayWrite;
  return (
    <Page
      title="Forms"
      badge={
        draft ? (
          <Badge tone="warn">Draft, step {draft.revision}</Badge>
        ) : props.version ? (
          <Badge tone="ok">{props.version}</Badge>
        ) : undefined
      }
      lead={
        draft
          ? "A draft is changed freely and seen by nobody at the sites. It becomes a version when it is published."
          : props.version
            ? "What the sites work with. To change it, begin a draft."
            : "Nothing is asked yet. Import a definition, or begin with an empty draft."
      }
      form={props.form}
      actions={
        <>
          {urls.file && (
            <ButtonLink href={urls.file} download>
              As a file
            </ButtonLink>
          )}
          <ButtonLink href={urls.versions}>Versions</ButtonLink>
          {(draft || props.version) && <ButtonLink href={urls.arms}>Arms</ButtonLink>}
          {draft && <ButtonLink href={urls.history}>History</ButtonLink>}
          {mayWrite && <ButtonLink href={urls.import}>Import</ButtonLink>}
        </>
      }
      primary={
        draft ? (
          <ButtonLink href={urls.check} tone="primary">
            Check and publish
          </ButtonLink>
        ) : mayWrite ? (
          <PostButton action={urls.begin} tone="primary">
            {props.version ? "Begin a draft" : "Begin with an empty draft"}
          </PostButton>
        ) : undefined
      }
    >
      {draft && problems.length > 0 && (
        <Note tone={errors > 0 ? "bad" : "warn"}>
          {errors > 0 ? `${counted(errors, "problem")} must be solved before publishing` : "It can be published"}
          {problems.length > errors && `, ${counted(problems.length - errors, "hint")}`}.{" "}
          <a href={urls.check}>Look at them</a>
        </Note>
      )}
      <DataTable
        caption={counted(forms.length, "form")}
        columns={[
          { key: "title", head: "Form", wrap: true, cell: (line: FormLine) => <a href={line.href}>{line.title}</a> },
          { key: "items", head: "Fields", align: "end", cell: (line) => line.items },
          { key: "events", head: "At", wrap: true, cell: (line) => line.events.join(", ") || "no visit yet" },
          {
            key: "marks",
            head: "Marks",
            quiet: true,
            wrap: true,
            cell: (line) => line.marks.map((mark) => <Badge tone="info">{mark}</Badge>),
          },
          ...(editable
            ? [
                {
                  key: "move",
                  head: "Order",
                  cell: (line: FormLine) => (
                    <Move
                      action={urls.move}
                      what="form"
                      id={line.id}
                      title={line.title}
                      at={forms.indexOf(line)}
                      of={forms.length}
                    />
                  ),
                },
              ]
            : []),
        ]}
        rows={forms}
        empty={<Empty title="No form yet">Add one below, or import a definition.</Empty>}
      />
      {editable && (
        <Form action={urls.addForm} guard={false}>
          <TextField name="title" label="Add a form" hint="Its name as the sites read it." form={props.form} />
          <FormFoot>
            <Button>Add the form</Button>
          </FormFoot>
        </Form>
      )}
      <DataTable
        caption={counted(events.length, "visit")}
        columns={[
          { key: "title", head: "Visit", wrap: true, cell: (line: EventLine) => <a href={line.href}>{line.title}</a> },
          { key: "type", head: "Kind", cell: (line) => line.type },
          { key: "window", head: "When", wrap: true, cell: (line) => line.window },
          { key: "forms", head: "Forms", align: "end", cell: (line) => line.forms },
          ...(editable
            ? [
                {
                  key: "move",
                  head: "Order",
                  cell: (line: EventLine) => (
                    <Move
                      action={urls.move}
                      what="event"
                      id={line.id}
                      title={line.title}
                      at={events.indexOf(line)}
                      of={events.length}
                    />
                  ),
                },
              ]
            : []),
        ]}
        rows={events}
        empty={<Empty title="No visit yet">A form is filled in at a visit: add the first one.</Empty>}
      />
      {editable && (
        <Form action={urls.addEvent} guard={false}>
          <TextField name="event" label="Add a visit" hint="Baseline, Month 3, Adverse events …" form={props.form} />
          <FormFoot>
            <Button>Add the visit</Button>
          </FormFoot>
        </Form>
      )}
      {editable && (
        <Panel title="Give the draft up">
          <p>Its steps stay in the record; nothing that was published changes.</p>
          <PostButton action={urls.discard} tone="danger">
            Discard the draft
          </PostButton>
        </Panel>
      )}
    </Page>
  );
};

// ── History ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface EditLine {
  readonly revision: number;
  readonly summary: string;
  readonly by: string;
  readonly at: Date;
  readonly changes: readonly Change[];
}

export const HistoryPage = ({ crumbs, edits }: { crumbs: readonly Crumb[]; edits: readonly EditLine[] }): Html => (
  <Page
    title="History of the draft"
    crumbs={crumbs}
    lead="Every step, the newest first: who changed what, from what to what."
  >
    {edits.length === 0 && <Empty title="Nothing was changed yet">The draft is still what it began with.</Empty>}
    {edits.map((edit) => (
      <Panel title={`Step ${edit.revision}: ${edit.summary}`} end={<Time at={edit.at} />}>
        <p>{edit.by}</p>
        <Changes changes={edit.changes} />
      </Panel>
    ))}
  </Page>
);

const SHOWN = 60;

export const Changes = ({ changes }: { changes: readonly Change[] }): Html => (
  <>
    <ul>
      {changes.slice(0, SHOWN).map((change) => (
        <li>
          <code>{change.path}</code>{" "}
          {change.kind === "changed" ? (
            <>
              from <del>{short(change.before)}</del> to <ins>{short(change.after)}</ins>
            </>
          ) : change.kind === "added" ? (
            "is new"
          ) : change.kind === "removed" ? (
            "is gone"
          ) : (
            "is in another order"
          )}
        </li>
      ))}
    </ul>
    {changes.length > SHOWN && <p class="muted">And {changes.length - SHOWN} more.</p>}
  </>
);

const short = (text: string | null): string =>
  text === null || text === "" ? "nothing" : text.length > 120 ? `${text.slice(0, 120)}…` : text;

// ── Check and publish ───────────────────────────────────────────────────────────────────────────────────────────────

export interface StoppedItem {
  readonly item: string;
  readonly title: string;
  readonly sentence: string;
  readonly edit: string;
  /** Null when this person may not sign for it. */
  readonly allow: string | null;
}

export const CheckPage = ({
  crumbs,
  problems,
  stopped,
  rules,
  coverage,
  leaks,
  publish,
  name,
  form,
}: {
  crumbs: readonly Crumb[];
  problems: readonly BuildProblem[];
  stopped: readonly StoppedItem[];
  rules: readonly RuleLine[];
  coverage: Coverage;
  leaks: readonly string[];
  publish: { readonly action: string; readonly next: number } | null;
  name: string;
  form?: FormState | undefined;
}): Html => {
  const errors = problems.filter(({ level }) => level === "error");
  const hints = problems.filter(({ level }) => level === "warning");
  return (
    <Page
      title="Check and publish"
      crumbs={crumbs}
      lead="Every rule was checked and its test cases were run."
      form={form}
      badge={
        errors.length + leaks.length > 0 ? (
          <Badge tone="bad">Cannot be published</Badge>
        ) : (
          <Badge tone="ok">Ready</Badge>
        )
      }
    >
      <Figures
        figures={[
          { label: "Problems", value: errors.length },
          { label: "Hints", value: hints.length },
          { label: "Rules with test cases", value: coverage.withCases, of: `of ${coverage.rules}` },
          { label: "Outcomes tried", value: coverage.partsTried, of: `of ${coverage.parts}` },
        ]}
      />
      {stopped.length > 0 && (
        <Panel title="Fields that look as if they told who someone is">
          <p>Encrypt such a field, ask something else, or let the study administrator sign for keeping it readable.</p>
          <ul class="choices">
            {stopped.map((one) => (
              <li>
                <span>
                  <a href={one.edit}>{one.title}</a>: {one.sentence}
                </span>
                {one.allow && <ButtonLink href={one.allow}>Sign for it</ButtonLink>}
              </li>
            ))}
          </ul>
        </Panel>
      )}
      {leaks.length > 0 && (
        <Panel title="The allocation would show">
          <ul>
            {leaks.map((leak) => (
              <li>{leak}</li>
            ))}
          </ul>
        </Panel>
      )}
      <Problems title="Must be solved" problems={errors} />
      <Problems title="Hints" problems={hints} />
      {rules.length > 0 && (
        <DataTable
          caption={`${counted(rules.length, "rule")} and what their test cases tried`}
          columns={[
            { key: "where", head: "Rule", wrap: true, cell: (rule: RuleLine) => rule.where },
            { key: "text", head: "Says", wrap: true, cell: (rule) => <code>{rule.text}</code> },
            { key: "cases", head: "Cases", align: "end", cell: (rule) => rule.cases },
            {
              key: "tried",
              head: "Outcomes tried",
              align: "end",
              cell: (rule) => `${rule.coverage.seen} of ${rule.coverage.possible}`,
            },
            {
              key: "missing",
              head: "Never tried",
              wrap: true,
              cell: (rule) =>
                rule.coverage.missing
                  .slice(0, 3)
                  .map(({ part, outcome }) => `${part} is ${outcome}`)
                  .join("; "),
            },
          ]}
          rows={rules}
        />
      )}
      {publish && errors.length + leaks.length === 0 && (
        <Form action={publish.action} guard={false}>
          <TextField
            name="title"
            label={`Name of version ${publish.next}`}
            hint="What the change is about: Amendment 2, safety labs."
            form={form}
          />
          <FormFoot note={`Published by ${name}. A version is never changed afterwards.`}>
            <Button tone="primary">Publish version {publish.next}</Button>
          </FormFoot>
        </Form>
      )}
    </Page>
  );
};

const Problems = ({ title, problems }: { title: string; problems: readonly BuildProblem[] }): Html | null =>
  problems.length === 0 ? null : (
    <Panel title={title}>
      <ul>
        {problems.slice(0, 100).map((problem) => (
          <li>
            <code>{problem.path}</code>: {problem.sentence}
            {problem.at && ` (at sign ${problem.at.start + 1})`}
          </li>
        ))}
      </ul>
      {problems.length > 100 && <p class="muted">And {problems.length - 100} more.</p>}
    </Panel>
  );

// ── Import of a definition ──────────────────────────────────────────────────────────────────────────────────────────

export const ChooseDefinitionPage = ({
  action,
  crumbs,
  form,
}: {
  action: string;
  crumbs: readonly Crumb[];
  form?: FormState | undefined;
}): Html => (
  <Page
    title="Import a definition"
    crumbs={crumbs}
    lead="From another system, or a file that was changed by hand."
    form={form}
    aside={
      <Panel title="What can be read">
        <ul>
          <li>CDISC ODM 1.3.2 and 2.0 (XML)</li>
          <li>A REDCap project (XML) or data dictionary (CSV)</li>
          <li>This program's own file (JSON)</li>
        </ul>
        <p>What cannot be carried over is named on the next page.</p>
      </Panel>
    }
  >
    <Form action={action} upload>
      <FileField
        name="file"
        label="File"
        accept=".xml,.csv,.json,text/xml,text/csv,application/json"
        hint="Up to 20 MB. Nothing changes before you have seen it."
        form={form}
      />
      <FormFoot>
        <Button tone="primary">Show what is in it</Button>
      </FormFoot>
    </Form>
  </Page>
);

export const DefinitionPreviewPage = (props: {
  readonly crumbs: readonly Crumb[];
  readonly filename: string;
  readonly format: string;
  readonly sha256: string;
  readonly facts: readonly { readonly term: string; readonly value: string }[];
  readonly notes: readonly string[];
  readonly problems: readonly BuildProblem[];
  readonly changes: readonly Change[];
  readonly take: string | null;
  readonly abandon: string;
  readonly hasDraft: boolean;
}): Html => {
  const errors = props.problems.filter(({ level }) => level === "error").length;
  return (
    <Page
      title={props.filename}
      crumbs={props.crumbs}
      lead={`${props.format}. Nothing was changed yet.`}
      aside={
        <Panel title="The file">
          <Facts facts={[...props.facts, { term: "SHA-256", value: `${props.sha256.slice(0, 16)}…` }]} stacked />
        </Panel>
      }
    >
      {errors > 0 && (
        <Note tone="warn">
          {counted(errors, "problem")} would have to be solved in the draft before it can be published.
        </Note>
      )}
      {props.notes.length > 0 && (
        <Panel title="What does not come over as it is">
          <ul>
            {props.notes.slice(0, 200).map((note) => (
              <li>{note}</li>
            ))}
          </ul>
          {props.notes.length > 200 && <p class="muted">And {props.notes.length - 200} more.</p>}
        </Panel>
      )}
      <Panel title={props.hasDraft ? "What would change in the draft" : "What the draft would hold"}>
        {props.changes.length === 0 ? <p>Nothing: the draft is the same.</p> : <Changes changes={props.changes} />}
      </Panel>
      <Problems title="Problems it brings" problems={props.problems} />
      <div class="row">
        {props.take && (
          <PostButton action={props.take} tone="primary">
            {props.hasDraft ? "Replace the draft by this" : "Begin the draft with this"}
          </PostButton>
        )}
        <PostButton action={props.abandon}>Leave it</PostButton>
      </div>
    </Page>
  );
};

// ── Signing for a field ─────────────────────────────────────────────────────────────────────────────────────────────

export const AllowPage = (props: {
  readonly crumbs: readonly Crumb[];
  readonly title: string;
  readonly sentence: string;
  readonly action: string;
  readonly signature: Child;
  readonly form?: FormState | undefined;
}): Html => (
  <Page title={`Keep “${props.title}” readable`} crumbs={props.crumbs} lead={props.sentence} form={props.form}>
    <Form action={props.action}>
      <TextField
        name="reason"
        label="Why it may stay readable"
        hint="At least ten letters; it is kept with your signature."
        width="full"
        form={props.form}
      />
      {props.signature}
      <FormFoot>
        <Button tone="primary">Sign</Button>
      </FormFoot>
    </Form>
  </Page>
);

// ── Versions ────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface VersionLine {
  readonly number: number;
  readonly title: string;
  readonly sha256: string;
  readonly by: string;
  readonly at: Date;
  readonly coverage: Coverage;
  readonly sites: readonly string[];
  readonly file: string | null;
}

export const VersionsPage = (props: {
  readonly crumbs: readonly Crumb[];
  readonly versions: readonly VersionLine[];
  readonly placements: readonly {
    readonly site: string;
    readonly version: string;
    readonly from: string;
    readonly approval: string;
    readonly by: string;
    readonly isInForce: boolean;
  }[];
  readonly place: {
    readonly action: string;
    readonly versions: readonly { value: string; label: string }[];
    readonly sites: readonly { value: string; label: string }[];
    readonly today: string;
  } | null;
  readonly simulator: string | null;
  readonly form?: FormState | undefined;
}): Html => (
  <Page
    title="Versions"
    crumbs={props.crumbs}
    lead="A published version is never changed. Each site works with the newest one that is approved there."
    form={props.form}
    actions={props.simulator && <ButtonLink href={props.simulator}>What would a change do?</ButtonLink>}
  >
    <DataTable
      caption={counted(props.versions.length, "published version")}
      columns={[
        { key: "number", head: "Version", wrap: true, cell: (line: VersionLine) => `${line.number} · ${line.title}` },
        { key: "at", head: "Published", cell: (line) => <Time at={line.at} /> },
        { key: "by", head: "By", cell: (line) => line.by },
        { key: "sites", head: "In force at", wrap: true, cell: (line) => line.sites.join(", ") || "no site" },
        {
          key: "cases",
          head: "Rules tested",
          align: "end",
          cell: (line) => `${line.coverage.withCases} of ${line.coverage.rules}`,
        },
        { key: "sha", head: "SHA-256", cell: (line) => <code>{line.sha256.slice(0, 12)}</code> },
        {
          key: "file",
          head: "File",
          cell: (line) =>
            line.file && (
              <a href={line.file} download>
                Download<span class="hidden-text"> version {line.number}</span>
              </a>
            ),
        },
      ]}
      rows={props.versions}
      empty={<Empty title="Nothing is published yet">Check the draft and publish it.</Empty>}
    />
    {props.placements.length > 0 && (
      <DataTable
        caption="From when each site works with which version"
        columns={[
          { key: "site", head: "Site", cell: (line: (typeof props.placements)[number]) => line.site },
          { key: "version", head: "Version", wrap: true, cell: (line) => line.version },
          { key: "from", head: "From", cell: (line) => line.from },
          { key: "approval", head: "Approval", wrap: true, cell: (line) => line.approval || "not named" },
          { key: "by", head: "Set by", cell: (line) => line.by },
          {
            key: "state",
            head: "In force",
            quiet: true,
            cell: (line) => line.isInForce && <Badge tone="ok">In force</Badge>,
          },
        ]}
        rows={props.placements}
      />
    )}
    {props.place && props.versions.length > 0 && (
      <Form action={props.place.action}>
        <h2>Put a version in force</h2>
        <Select name="versionId" label="Version" options={props.place.versions} form={props.form} />
        <Select name="siteId" label="Site" empty="All sites" options={props.place.sites} form={props.form} />
        <DateField
          name="fromOn"
          label="From"
          value={props.place.today}
          hint="The day from which the ethics committee's approval counts there."
          form={props.form}
        />
        <TextField name="approval" label="Approval" optional hint="Its number or date." form={props.form} />
        <FormFoot note="Forms that were begun under another version stay as they are until they are moved.">
          <Button tone="primary">Put in force</Button>
        </FormFoot>
      </Form>
    )}
  </Page>
);
