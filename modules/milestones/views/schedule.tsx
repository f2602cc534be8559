/** The rotation schedule, and what was asked about it. */
import { Badge } from "@views/badge.tsx";
import { ButtonLink, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Note } from "@views/panel.tsx";
import { DataTable, Pager, type PagerProps } from "@views/table.tsx";
import { counted } from "../counted.ts";

export interface ScheduleProps {
  readonly crumbs: readonly Crumb[];
  readonly importHref: string | null;
  readonly askAction: string | null;
  /** Ended, and nobody was asked yet. */
  readonly waiting: number;
  readonly byItself: boolean;
  readonly total: number;
  readonly pager: PagerProps;
  readonly blocks: readonly {
    readonly trainee: string;
    readonly evaluator: string;
    readonly rotation: string;
    readonly startsOn: string;
    readonly endsOn: string;
    readonly state: "planned" | "ended" | "asked" | "submitted";
  }[];
}
const states = {
  planned: <Badge tone="none">Planned</Badge>,
  ended: <Badge tone="warn">Ended, not asked</Badge>,
  asked: <Badge tone="info">Asked</Badge>,
  submitted: <Badge tone="ok">Submitted</Badge>,
} as const;

export const SchedulePage = (props: ScheduleProps): Html => (
  <Page
    title="Rotation schedule"
    crumbs={props.crumbs}
    lead={
      props.byItself
        ? "When a block ends, its supervisor is asked the next morning."
        : "When blocks have ended, ask their supervisors with one button; or let the program ask by itself, in the settings."
    }
    primary={
      props.importHref && (
        <ButtonLink href={props.importHref} tone="primary">
          Import schedule
        </ButtonLink>
      )
    }
  >
    {props.askAction && (
      <Note>
        {counted(props.waiting, "block")} ended without a request.{" "}
        <PostButton action={props.askAction}>Ask their supervisors</PostButton>
      </Note>
    )}
    <DataTable
      caption={`${counted(props.total, "block")}, the latest first`}
      columns={[
        { key: "trainee", head: "Trainee", cell: (line: ScheduleProps["blocks"][number]) => line.trainee },
        { key: "rotation", head: "Rotation", wrap: true, cell: (line) => line.rotation },
        { key: "evaluator", head: "Supervisor", cell: (line) => line.evaluator },
        { key: "from", head: "From", cell: (line) => line.startsOn },
        { key: "to", head: "To", cell: (line) => line.endsOn },
        { key: "state", head: "State", cell: (line) => states[line.state] },
      ]}
      rows={props.blocks}
      empty={
        <Empty title="No schedule yet">
          Import the year's blocks as a CSV file; then nobody has to remember whom to ask.
        </Empty>
      }
    />
    <Pager {...props.pager} />
  </Page>
);
