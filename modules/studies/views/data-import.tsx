/** Importing data: a file is looked at first, with everything that would happen; then it is carried over. */
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Checkbox, FileField, Form, FormFoot, type FormState, Select, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Facts, Figures, Note, Panel, ProgressBar } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { counted } from "../counted.ts";

const numbered = (count: number): string => count.toLocaleString("en-US");

export interface ImportLine {
  readonly href: string;
  readonly filename: string;
  readonly format: string;
  readonly size: string;
  readonly at: Date;
  readonly by: string;
  readonly state: "taken" | "taken back" | "left" | "waiting" | "moving";
  readonly written: string;
  /** Of one that is under way. */
  readonly progress: string;
}

export const ImportsPage = (props: {
  readonly lines: readonly ImportLine[];
  readonly action: string;
  readonly form?: FormState | undefined;
}): Html => (
  <Page
    title="Import data"
    lead="The file is kept as it came. Nothing is written before you have seen what would happen."
    form={props.form}
    aside={
      <Panel title="What can be read">
        <ul>
          <li>CDISC ODM 1.3.2 and 2.0</li>
          <li>REDCap: Project XML, or a data export (CSV)</li>
          <li>Any CSV table: its columns are mapped on the next page</li>
        </ul>
        <p>What cannot be read as its field keeps its text, and a query asks about it. What has no place is named.</p>
      </Panel>
    }
  >
    <Form action={props.action} upload>
      <FileField
        name="file"
        label="File"
        accept=".xml,.csv,text/xml,text/csv"
        hint="Up to 60 MB: some seven million values as a table, half a million as ODM. Hand a larger file in by parts, each with whole participants."
        form={props.form}
      />
      <FormFoot>
        <Button tone="primary">Look at it</Button>
      </FormFoot>
    </Form>
    <DataTable
      caption={counted(props.lines.length, "file")}
      columns={[
        { key: "file", head: "File", wrap: true, cell: (line: ImportLine) => <a href={line.href}>{line.filename}</a> },
        { key: "format", head: "Format", cell: (line) => line.format },
        { key: "size", head: "Size", align: "end", cell: (line) => line.size },
        { key: "at", head: "Received", cell: (line) => <Time at={line.at} /> },
        { key: "by", head: "By", cell: (line) => line.by },
        {
          key: "state",
          head: "State",
          cell: (line) =>
            line.state === "taken" ? (
              <Badge tone="ok">{line.written}</Badge>
            ) : line.state === "moving" ? (
              <Badge tone="info">Under way {line.progress}</Badge>
            ) : line.state === "waiting" ? (
              <Badge tone="warn">Waiting</Badge>
            ) : (
              <Badge tone="plain">{line.state === "left" ? "Left" : "Taken back"}</Badge>
            ),
        },
      ]}
      rows={props.lines}
      empty={<Empty title="No file yet">Files that were handed in stay here, with what became of them.</Empty>}
    />
  </Page>
);

const stages = {
  reading: {
    title: "The file is being read",
    tells: "Nothing is written yet. When it has been read, it is compared with what is here.",
  },
  looking: {
    title: "The file is being compared with what is here",
    tells: "Nothing is written yet. Afterwards you see everything that would happen.",
  },
  taking: {
    title: "The values are being written",
    tells: "Each step is whole: if it is cut short, it goes on where it was. You may close this page.",
  },
  "taking back": {
    title: "The import is being taken back",
    tells: "What it wrote is set to what it was before. What was changed or locked since then stays.",
  },
} as const;

export const ImportProgressPage = (props: {
  readonly crumbs: readonly Crumb[];
  readonly filename: string;
  readonly stage: keyof typeof stages;
  readonly done: number;
  readonly buckets: number;
  readonly values: number;
  readonly written: number;
  readonly movedAt: Date;
  /** It has not moved for longer than a step takes. */
  readonly isSlow: boolean;
  readonly here: string;
  readonly poll: string;
  readonly goOn: string;
}): Html => {
  const { title, tells } = stages[props.stage];
  const written = props.stage === "taking" && props.written > 0 ? ` ${counted(props.written, "value")} so far.` : "";
  return (
    <Page title={props.filename} crumbs={props.crumbs} badge={<Badge tone="info">Under way</Badge>}>
      <div
        id="progress"
        class="stack"
        {...{
          "hx-get": props.poll,
          "hx-trigger": "every 2s",
          "hx-select": "#progress",
          "hx-target": "#progress",
          "hx-swap": "outerHTML",
        }}
      >
        <h2>{title}</h2>
        {props.stage !== "reading" && (
          <ProgressBar
            label={title}
            value={props.done}
            max={props.buckets}
            text={`${Math.floor((100 * props.done) / Math.max(1, props.buckets))} %${
              props.values > 0 ? ` of ${counted(props.values, "value")}` : ""
            }`}
          />
        )}
        <p>
          {tells}
          {written}
        </p>
        <p class="muted">
          Last moved <Time at={props.movedAt} />. <a href={props.here}>Look again</a>
        </p>
        {props.isSlow && (
          <Note tone="warn">
            This has stood still for a while. It is tried again by itself; nothing is written twice if you ask for it.
          </Note>
        )}
        {props.isSlow && <PostButton action={props.goOn}>Go on now</PostButton>}
      </div>
    </Page>
  );
};

/** What a page that waited finds in the end. */
export const ImportDonePage = (props: {
  readonly crumbs: readonly Crumb[];
  readonly filename: string;
  readonly here: string;
}): Html => (
  <Page title={props.filename} crumbs={props.crumbs}>
    <div id="progress" class="stack">
      <Note tone="info">Done.</Note>
      <div class="row">
        <ButtonLink href={props.here} tone="primary">
          See what came of it
        </ButtonLink>
      </div>
    </div>
  </Page>
);

export interface OpenDecision {
  readonly key: string;
  readonly where: string;
  readonly stored: string;
  readonly incoming: string;
  readonly problem: string | null;
}

export const ImportPage = (props: {
  readonly crumbs: readonly Crumb[];
  readonly filename: string;
  readonly format: string;
  readonly sha256: string;
  readonly state: "taken" | "taken back" | "left" | "waiting";
  readonly earlier: string | null;
  readonly report: {
    readonly values: number;
    readonly subjects: number;
    readonly newSubjects: number;
    readonly fresh: number;
    readonly same: number;
    readonly changed: number;
    readonly emptied: number;
    readonly twice: number;
    readonly unreadable: number;
    readonly undecided: number;
    readonly locked: number;
    readonly queries: number;
    readonly lost: number;
    readonly written: number;
  };
  readonly lost: readonly { readonly sentence: string; readonly count: number }[];
  readonly notes: readonly { readonly sentence: string; readonly count: number }[];
  readonly contradictions: readonly { readonly what: string; readonly count: number }[];
  /** Fields whose files stay out. */
  readonly files: readonly { readonly sentence: string; readonly count: number }[];
  /** Participants and how many values the file has of them. */
  readonly withdrawn: readonly { readonly sentence: string; readonly count: number }[];
  readonly pending: readonly { readonly sentence: string; readonly count: number }[];
  readonly pendingDecision: "take" | "keep" | null;
  readonly open: readonly OpenDecision[];
  readonly mapping: {
    readonly action: string;
    readonly columns: readonly { readonly title: string; readonly value: string }[];
    readonly meanings: readonly { readonly value: string; readonly label: string }[];
    readonly events: readonly { readonly value: string; readonly label: string }[];
    readonly event: string;
  } | null;
  readonly decide: string | null;
  readonly take: string | null;
  /** Too large for one step. */
  readonly inSteps: boolean;
  readonly leave: string;
  readonly takeBack: string | null;
  readonly sites: readonly { readonly value: string; readonly label: string }[];
  readonly form?: FormState | undefined;
}): Html => {
  const { report } = props;
  return (
    <Page
      title={props.filename}
      crumbs={props.crumbs}
      badge={
        props.state === "taken" ? (
          <Badge tone="ok">Imported</Badge>
        ) : props.state === "left" || props.state === "taken back" ? (
          <Badge tone="plain">{props.state === "left" ? "Left" : "Taken back"}</Badge>
        ) : (
          <Badge tone="warn">Nothing is written yet</Badge>
        )
      }
      lead={`${props.format} · SHA-256 ${props.sha256.slice(0, 16)}…`}
      form={props.form}
      aside={
        <Panel title="In the file">
          <Facts
            stacked
            facts={[
              { term: "Values", value: numbered(report.values) },
              {
                term: "Participants",
                value: `${numbered(report.subjects)}, ${numbered(report.newSubjects)} of them new`,
              },
              { term: "Without a place", value: numbered(report.lost) },
              { term: "Cannot be read as their field", value: numbered(report.unreadable) },
            ]}
          />
        </Panel>
      }
    >
      {props.earlier && <Note tone="info">{props.earlier}</Note>}
      <Figures
        figures={[
          { label: "New", value: numbered(report.fresh) },
          { label: "The same", value: numbered(report.same) },
          { label: "Different", value: numbered(report.changed) },
          { label: "Empty in the file", value: numbered(report.emptied) },
          { label: "To decide", value: numbered(report.undecided) },
          {
            label: props.state.startsWith("taken") ? "Queries opened" : "Queries to open",
            value: numbered(report.queries),
          },
        ]}
      />
      {report.locked > 0 && (
        <Note tone="warn">{counted(report.locked, "value")} would change what is frozen or locked, and stays out.</Note>
      )}
      {props.lost.length > 0 && (
        <Panel title="Has no place in this study">
          <p>These values are not stored. The file that holds them is kept.</p>
          <Sentences lines={props.lost} />
        </Panel>
      )}
      {props.files.length > 0 && (
        <Panel title="Files and signatures do not come by import">
          <p>Upload them on the forms they belong to. The file that holds or names them is kept.</p>
          <Sentences lines={props.files} />
        </Panel>
      )}
      {props.notes.length > 0 && (
        <Panel title="To know">
          <Sentences lines={props.notes} />
        </Panel>
      )}
      {props.contradictions.length > 0 && (
        <Panel title="Contradicts the rules, and is stored as it came">
          <Sentences lines={props.contradictions.map(({ what, count }) => ({ sentence: what, count }))} />
        </Panel>
      )}
      {props.withdrawn.length > 0 && (
        <Panel title="Consent is withdrawn">
          <p>Nothing new is taken of these participants: their values in the file stay out.</p>
          <Participants lines={props.withdrawn} />
        </Panel>
      )}
      {props.pending.length > 0 && (
        <Panel title="Consent is not recorded here">
          <p>
            {props.pendingDecision === "take"
              ? "It was decided that their values come in, because consent was given outside of this program."
              : props.pendingDecision === "keep"
                ? "It was decided that their values stay out."
                : "These participants have not agreed in this program, or have to agree again. Decide about their values."}
          </p>
          <Participants lines={props.pending} />
          {props.decide && (
            <form method="post" action={props.decide} class="row">
              <Button name="pending" value="keep">
                Leave them out
              </Button>
              <Button name="pending" value="take">
                Take them in: consent was given elsewhere
              </Button>
            </form>
          )}
        </Panel>
      )}
      {props.mapping && (
        <Form action={props.mapping.action}>
          <h2>What the columns hold</h2>
          <Select
            name="event"
            label="Visit of all rows"
            empty="A column says it"
            options={props.mapping.events}
            value={props.mapping.event}
            form={props.form}
          />
          {props.mapping.columns.map((column) => (
            <Select
              name={`map.${column.title}`}
              label={column.title}
              options={props.mapping?.meanings ?? []}
              value={column.value}
              form={props.form}
            />
          ))}
          <FormFoot>
            <Button>Look again</Button>
          </FormFoot>
        </Form>
      )}
      {props.decide && props.open.length > 0 && (
        <form method="post" action={props.decide} class="stack">
          <DataTable
            caption={`${counted(report.undecided, "value")} to decide`}
            columns={[
              { key: "where", head: "Where", wrap: true, cell: (line: OpenDecision) => line.where },
              { key: "stored", head: "Here", wrap: true, cell: (line) => line.stored },
              { key: "incoming", head: "In the file", wrap: true, cell: (line) => line.incoming },
              {
                key: "choice",
                head: "Which one",
                cell: (line) => (
                  <select name={`d.${line.key}`} aria-label={`Which answer stays: ${line.where}`}>
                    <option value="">Open</option>
                    <option value="take">File</option>
                    <option value="keep">Here</option>
                  </select>
                ),
              },
            ]}
            rows={props.open}
            note={report.undecided > props.open.length ? `The first ${props.open.length} are shown.` : undefined}
          />
          <div class="row">
            <Button>Keep these decisions</Button>
            <Button name="rest" value="take">
              The file's for all
            </Button>
            <Button name="rest" value="keep">
              The ones here for all
            </Button>
          </div>
        </form>
      )}
      {props.take && (
        <Form action={props.take} guard={false}>
          {props.sites.length > 0 && report.newSubjects > 0 && (
            <Select name="siteId" label="Site of new participants" options={props.sites} form={props.form} />
          )}
          <TextField
            name="reason"
            label="Where it comes from"
            width="full"
            hint="Stands beside each value: laboratory transfer of March."
            form={props.form}
          />
          <Checkbox name="complete" label="Mark the forms as complete" form={props.form} />
          <FormFoot
            note={
              report.undecided > 0
                ? "What is not decided stays out: decide it first if it belongs in."
                : props.inSteps
                  ? "Step by step: each step is whole, and the import can be taken back afterwards."
                  : "All in one step: either everything is written, or nothing. It can be taken back afterwards."
            }
          >
            <Button tone="primary" disabled={report.undecided > 0}>
              Import {counted(report.written, "value")}
            </Button>
          </FormFoot>
        </Form>
      )}
      {props.take && <PostButton action={props.leave}>Leave the file</PostButton>}
      {props.takeBack && (
        <Panel title="Take the import back">
          <p>
            What it wrote is set to what it was before, with your reason in the history of each value. What was changed,
            frozen or locked since then stays, and is counted. Participants who came with it stay.
          </p>
          <Form action={props.takeBack} guard={false}>
            <TextField name="why" label="Why" width="full" form={props.form} />
            <FormFoot>
              <Button tone="danger">Take it back</Button>
            </FormFoot>
          </Form>
        </Panel>
      )}
    </Page>
  );
};

const Participants = ({ lines }: { lines: readonly { readonly sentence: string; readonly count: number }[] }): Html => (
  <Sentences
    lines={lines.map(({ sentence, count }) => ({ sentence: `${sentence}: ${counted(count, "value")}`, count: 1 }))}
  />
);

const Sentences = ({ lines }: { lines: readonly { readonly sentence: string; readonly count: number }[] }): Html => (
  <ul>
    {lines.slice(0, 60).map((line) => (
      <li>
        {line.sentence}
        {line.count > 1 && ` (${line.count}×)`}
      </li>
    ))}
    {lines.length > 60 && <li class="muted">And {lines.length - 60} more.</li>}
  </ul>
);
