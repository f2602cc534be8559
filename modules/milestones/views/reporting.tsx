/** What is ready to be reported in a period's window, and what is not. */
import { Badge } from "@views/badge.tsx";
import { ButtonLink } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Select } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Figures } from "@views/panel.tsx";
import { DataTable, Filters } from "@views/table.tsx";
import { counted } from "../counted.ts";
import type { ReviewState } from "../review.ts";
import { StateBadge } from "./state.tsx";

export interface ReportingLine {
  readonly href: string;
  readonly name: string;
  readonly pgy: number;
  readonly state: ReviewState;
  /** Levels that are not decided yet. */
  readonly missing: number;
}
export interface ReportingProps {
  readonly action: string;
  readonly periods: readonly { readonly value: string; readonly label: string }[];
  readonly period: string;
  readonly window: string;
  readonly levels: number;
  readonly decided: number;
  readonly sheetHref: string | null;
  readonly lines: readonly ReportingLine[];
}

export const ReportingPage = (props: ReportingProps): Html => (
  <Page
    title="Reporting"
    lead={props.window}
    actions={
      props.sheetHref && (
        <ButtonLink href={props.sheetHref} download>
          Entry sheet as CSV
        </ButtonLink>
      )
    }
  >
    <Figures
      figures={[
        {
          label: "Trainees complete",
          value: props.lines.filter(({ missing }) => missing === 0).length,
          of: `of ${props.lines.length}`,
        },
        { label: "Levels decided", value: props.decided, of: `of ${props.levels}` },
      ]}
    />
    <Filters action={props.action}>
      <Select name="period" label="Period" options={props.periods} value={props.period} />
    </Filters>
    <DataTable
      caption={`${counted(props.lines.length, "trainee")}, in the order of entry`}
      columns={[
        { key: "name", head: "Trainee", cell: (line: ReportingLine) => <a href={line.href}>{line.name}</a> },
        { key: "pgy", head: "PGY", align: "end", cell: (line) => line.pgy },
        { key: "state", head: "State", cell: (line) => <StateBadge state={line.state} /> },
        {
          key: "missing",
          head: "To report",
          cell: (line) =>
            line.missing === 0 ? (
              <Badge tone="ok">Complete</Badge>
            ) : (
              <Badge tone="warn">{counted(line.missing, "level")} missing</Badge>
            ),
        },
      ]}
      rows={props.lines}
      empty={<Empty title="Nobody to report">Open a period and import the roster first.</Empty>}
    />
  </Page>
);
