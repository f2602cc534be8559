/** The committee's list of a period, and the sheet on which one member rates one trainee. */
import { Button } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Checkbox, Form, FormFoot, type FormState, Select, TextArea } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Note, Panel } from "@views/panel.tsx";
import { DataTable, Filters } from "@views/table.tsx";
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
  readonly sheets: string;
  readonly hasMine: boolean;
  readonly state: ReviewState;
}
export interface CommitteeProps {
  readonly lines: readonly CommitteeLine[];
  /** Whether the reader hands in sheets. */
  readonly rates: boolean;
  /** "those without your sheet first" */
  readonly first: string;
  readonly periods: readonly { readonly value: string; readonly label: string }[];
  readonly period: string;
  readonly action: string;
}

export const CommitteePage = ({ lines, rates, first, periods, period, action }: CommitteeProps): Html => (
  <Page title="Committee" lead="Each member rates from the evidence; the director decides. Trainees never see a sheet.">
    <Filters action={action}>
      <Select name="period" label="Period" options={periods} value={period} />
    </Filters>
    <DataTable
      caption={`${counted(lines.length, "trainee")}, ${first}`}
      columns={[
        { key: "trainee", head: "Trainee", cell: (line: CommitteeLine) => <a href={line.href}>{line.trainee}</a> },
        { key: "pgy", head: "PGY", align: "end", cell: (line) => line.pgy },
        { key: "evaluations", head: "Evaluations", align: "end", cell: (line) => line.evaluations },
        { key: "sheets", head: "Sheets", align: "end", cell: (line) => line.sheets },
        ...(rates
          ? [{ key: "mine", head: "Yours", cell: (line: CommitteeLine) => (line.hasMine ? "Handed in" : "Missing") }]
          : []),
        { key: "state", head: "State", cell: (line) => <StateBadge state={line.state} /> },
      ]}
      rows={lines}
      empty={
        <Empty title="Nobody to rate">Open a period and import the roster; then every trainee is listed here.</Empty>
      }
    />
  </Page>
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
  /** What the typed levels call for; acknowledged before the sheet is handed in. */
  readonly warnings: readonly string[];
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
    {props.action ? (
      <Form action={props.action}>
        {props.warnings.length > 0 && (
          <Note tone="warn">
            <ul>
              {props.warnings.map((warning) => (
                <li>{warning}</li>
              ))}
            </ul>
            <Checkbox
              name="acknowledged"
              label="I have seen these and the levels are meant as they are"
              value="yes"
              form={props.form}
            />
          </Note>
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
  </Page>
);
