/** The committee's list of a period, and the sheet on which one member rates one trainee. */
import { Button, ButtonLink } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Checkbox, Fieldset, Form, FormFoot, type FormState, Select, TextArea, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Note, Panel } from "@views/panel.tsx";
import { DataTable, Filters, Pager, type PagerProps } from "@views/table.tsx";
import { counted } from "../counted.ts";
import { type Level, levelInWords, writeLevel } from "../level.ts";
import type { ReviewState } from "../review.ts";
import { LevelChoice } from "./level-choice.tsx";
import { StateBadge } from "./state.tsx";

export interface CommitteeLine {
  readonly href: string;
  readonly trainee: string;
  readonly pgy: number;
  readonly evaluations: number;
  readonly packet: { readonly href: string; readonly version: number } | null;
  readonly sheets: string;
  /** "Handed in", "Missing", "Recused", "Not yours" */
  readonly mine: string;
  readonly state: ReviewState;
}
export interface CommitteeProps {
  readonly lines: readonly CommitteeLine[];
  readonly total: number;
  readonly pager: PagerProps;
  /** Whether the reader hands in sheets. */
  readonly rates: boolean;
  /** "those without your sheet first" */
  readonly first: string;
  readonly periods: readonly { readonly value: string; readonly label: string }[];
  readonly chosen: { readonly period: string; readonly name: string; readonly show: string };
  readonly action: string;
  readonly reviewersHref: string | null;
  readonly freeze: {
    readonly action: string;
    readonly period: string;
    readonly frozen: number;
    readonly of: number;
  } | null;
}

const shows = [
  { value: "all", label: "All trainees" },
  { value: "waiting", label: "Waiting for me" },
  { value: "awaited", label: "Sheets awaited" },
  { value: "open", label: "Open, not yet met on" },
];

export const CommitteePage = (props: CommitteeProps): Html => (
  <Page
    title="Committee"
    lead="Reviewers rate from the evidence, each alone; the sheets open at once, the committee meets on what differs, the director decides. Trainees never see a sheet."
    actions={props.reviewersHref && <ButtonLink href={props.reviewersHref}>Reviewers</ButtonLink>}
  >
    <Filters action={props.action} live="#list">
      <Select name="period" label="Period" options={props.periods} value={props.chosen.period} />
      <TextField name="name" label="Name" value={props.chosen.name} width="m" />
      <Select name="show" label="Show" options={shows} value={props.chosen.show} />
    </Filters>
    <div id="list" class="stack">
      <DataTable
        caption={`${counted(props.total, "trainee")}, ${props.first}`}
        columns={[
          { key: "trainee", head: "Trainee", cell: (line: CommitteeLine) => <a href={line.href}>{line.trainee}</a> },
          { key: "pgy", head: "PGY", align: "end", cell: (line) => line.pgy },
          { key: "evaluations", head: "Evaluations", align: "end", cell: (line) => line.evaluations },
          {
            key: "packet",
            head: "Packet",
            cell: (line) =>
              line.packet ? <a href={line.packet.href}>Version {line.packet.version}</a> : <span>Not frozen</span>,
          },
          { key: "sheets", head: "Sheets", align: "end", cell: (line) => line.sheets },
          ...(props.rates ? [{ key: "mine", head: "Yours", cell: (line: CommitteeLine) => line.mine }] : []),
          { key: "state", head: "State", cell: (line) => <StateBadge state={line.state} /> },
        ]}
        rows={props.lines}
        empty={
          <Empty title="Nobody to show">
            Either nobody matches these filters, or no period is open and no roster imported yet.
          </Empty>
        }
      />
      <Pager {...props.pager} />
    </div>
    {props.freeze && <Freeze freeze={props.freeze} />}
  </Page>
);

const Freeze = ({ freeze }: { freeze: NonNullable<CommitteeProps["freeze"]> }): Html => (
  <Panel title="Packets">
    <p>
      {freeze.frozen} of {freeze.of} trainees have a packet. A packet keeps what the committee had before it: every
      number with the evaluation it comes from, sealed, with a hash. Freezing again makes a new version beside the old.
    </p>
    <Form action={freeze.action} panel={false} hidden={{ periodId: freeze.period }}>
      {freeze.frozen > 0 && (
        <TextField
          name="reason"
          label="Reason for a new version"
          hint="Only needed for those who have a packet already; without it, only the missing ones are frozen."
          width="full"
          maxlength={1000}
          optional
        />
      )}
      <Button>Freeze packets</Button>
    </Form>
  </Panel>
);

export interface EvidenceLevel {
  readonly href: string;
  readonly level: Level;
  readonly rotation: string;
}
export interface SheetItem {
  readonly name: string;
  readonly code: string;
  readonly title: string;
  readonly level: Level | null;
  readonly before: Level | null;
  readonly evidence: readonly EvidenceLevel[];
}

/** Every number leads to the evaluation it comes from. */
export const Evidence = ({ evidence, before }: { evidence: readonly EvidenceLevel[]; before: Level | null }): Html => (
  <p class="hint">
    {before ? `Period before: ${levelInWords(before)}. ` : ""}
    {evidence.length === 0
      ? "Not observed in this period."
      : evidence.map(({ href, level, rotation }, at) => (
          <>
            {at === 0 ? "Observed: " : ", "}
            <a href={href}>
              {writeLevel(level)}
              <span class="hidden-text"> on {rotation}</span>
            </a>
          </>
        ))}
  </p>
);

export interface SheetProps {
  readonly trainee: string;
  readonly period: string;
  readonly state: ReviewState;
  readonly crumbs: readonly Crumb[];
  /** Null when the sheet can only be read: the sentence says why. */
  readonly action: string | null;
  readonly closed: string | null;
  readonly items: readonly SheetItem[];
  readonly note: string;
  readonly discuss: boolean;
  /** How many are awaited, and that nobody sees a sheet before. */
  readonly blind: string | null;
  readonly packetHref: string | null;
  /** Where the director opens the sheets before all have handed in. */
  readonly reveal: string | null;
  /** What the typed levels call for; each is answered with a reason before the sheet is handed in. */
  readonly warnings: readonly { readonly name: string; readonly sentence: string }[];
  readonly narratives: readonly { readonly href: string; readonly rotation: string; readonly text: string }[];
  readonly form?: FormState | undefined;
}

export const SheetPage = (props: SheetProps): Html => (
  <Page
    title={`Rate ${props.trainee}`}
    crumbs={props.crumbs}
    badge={<StateBadge state={props.state} />}
    lead={props.period}
    form={props.form}
    actions={props.packetHref && <ButtonLink href={props.packetHref}>Frozen packet</ButtonLink>}
    aside={
      <Panel title="What evaluators wrote">
        {props.narratives.length === 0 && <p>Nothing was written in this period.</p>}
        {props.narratives.map(({ href, rotation, text }) => (
          <>
            <h3>
              <a href={href}>{rotation}</a>
            </h3>
            <p>{text}</p>
          </>
        ))}
      </Panel>
    }
  >
    {props.closed && <Note tone="warn">{props.closed}</Note>}
    {props.blind && <Note>{props.blind}</Note>}
    {props.action ? (
      <Form action={props.action}>
        {props.warnings.length > 0 && (
          <Fieldset
            legend="Looked at twice"
            hint="Change the levels below, or say for each why they are meant as they are. Stored sealed; committee and director read it."
          >
            {props.warnings.map(({ name, sentence }) => (
              <TextField name={name} label={sentence} width="full" maxlength={1000} form={props.form} />
            ))}
          </Fieldset>
        )}
        {props.items.map((item) => (
          <LevelChoice name={item.name} code={item.code} title={item.title} value={item.level} form={props.form}>
            <Evidence evidence={item.evidence} before={item.before} />
          </LevelChoice>
        ))}
        <TextArea
          name="note"
          label="Note for the committee"
          optional
          hint="Stored sealed; for committee and director only."
          value={props.note}
          maxlength={4000}
          form={props.form}
        />
        <Checkbox
          name="discuss"
          label="I want the committee to talk about this trainee"
          hint="Also when the sheets agree."
          value="yes"
          checked={props.discuss}
          form={props.form}
        />
        <FormFoot>
          <Button tone="primary">Hand in</Button>
        </FormFoot>
      </Form>
    ) : (
      <DataTable
        caption={`${props.items.length} subcompetencies`}
        columns={[
          { key: "code", head: "Code", cell: (item: SheetItem) => item.code },
          { key: "title", head: "Subcompetency", wrap: true, cell: (item) => item.title },
          {
            key: "evidence",
            head: "Evidence",
            wrap: true,
            cell: (item) => <Evidence evidence={item.evidence} before={item.before} />,
          },
        ]}
        rows={props.items}
      />
    )}
    {props.reveal && (
      <details>
        <summary>Open the sheets before all have handed in</summary>
        <Form action={props.reveal}>
          <TextArea
            name="reason"
            label="Reason"
            hint="A reviewer who is ill, for example. The record keeps it."
            maxlength={1000}
            form={props.form}
          />
          <Button tone="danger">Open the sheets</Button>
        </Form>
      </details>
    )}
  </Page>
);
