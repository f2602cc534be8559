/** What the numbers of the study's first page count, one by one. */
import { Badge } from "@views/badge.tsx";
import { Empty } from "@views/empty.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { DataTable, Pager } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { counted } from "../counted.ts";

interface Listed<Line> {
  readonly title: string;
  readonly crumbs: readonly Crumb[];
  readonly lines: readonly Line[];
  readonly total: number;
  readonly from: number;
  readonly previous?: string | undefined;
  readonly next?: string | undefined;
}

const Pages = ({ total, from, lines, previous, next }: Listed<unknown>): Html => (
  <Pager from={total === 0 ? 0 : from} to={from + lines.length - 1} total={total} previous={previous} next={next} />
);
const none = <Empty title="Nothing">There is nothing behind this number by now.</Empty>;

export interface AnswerLine {
  readonly participant: string;
  readonly href: string;
  readonly where: string;
  readonly field: string;
  readonly answer: string;
  readonly enteredAt: Date;
  readonly changedAt: Date | null;
  readonly by: string;
  readonly reason: string;
}

export const AnswersPage = (props: Listed<AnswerLine>): Html => (
  <Page title={props.title} crumbs={props.crumbs} lead="Times are UTC. A signal is a reason to look, not a verdict.">
    <DataTable
      caption={counted(props.total, "answer")}
      columns={[
        { key: "who", head: "Participant", cell: (line: AnswerLine) => <a href={line.href}>{line.participant}</a> },
        { key: "where", head: "Form", wrap: true, cell: (line) => line.where },
        { key: "field", head: "Field", wrap: true, cell: (line) => line.field },
        { key: "answer", head: "Answer", wrap: true, cell: (line) => line.answer },
        { key: "entered", head: "Entered", cell: (line) => <Time at={line.enteredAt} /> },
        { key: "changed", head: "Changed", cell: (line) => line.changedAt && <Time at={line.changedAt} /> },
        { key: "by", head: "By", cell: (line) => line.by },
        { key: "why", head: "Why", wrap: true, cell: (line) => line.reason },
      ]}
      rows={props.lines}
      empty={none}
    />
    <Pages {...props} />
  </Page>
);

export interface FormLine {
  readonly participant: string;
  readonly title: string;
  readonly href: string | null;
  readonly state: string;
  readonly visitOn: string | null;
  readonly begunAt: Date;
  readonly days: number | null;
}

const tones: Readonly<Record<string, "ok" | "warn" | "plain">> = {
  complete: "ok",
  "in progress": "warn",
  "not done": "plain",
};

export const FormsPage = (props: Listed<FormLine>): Html => (
  <Page title={props.title} crumbs={props.crumbs}>
    <DataTable
      caption={counted(props.total, "form")}
      columns={[
        { key: "who", head: "Participant", cell: (line: FormLine) => line.participant },
        {
          key: "form",
          head: "Form",
          wrap: true,
          cell: (line) => (line.href ? <a href={line.href}>{line.title}</a> : line.title),
        },
        {
          key: "state",
          head: "State",
          cell: (line) => <Badge tone={tones[line.state] ?? "plain"}>{line.state}</Badge>,
        },
        { key: "visit", head: "Visit on", cell: (line) => line.visitOn ?? "" },
        { key: "begun", head: "Begun", cell: (line) => <Time at={line.begunAt} /> },
        {
          key: "days",
          head: "Days after",
          align: "end",
          cell: (line) => (line.days === null ? "" : line.days),
        },
      ]}
      rows={props.lines}
      empty={none}
    />
    <Pages {...props} />
  </Page>
);

export interface ComparedLine {
  readonly title: string;
  readonly href: string;
  readonly needed: number;
  readonly verified: number;
  readonly again: number;
}

export const ComparedPage = (
  props: Pick<Listed<ComparedLine>, "title" | "crumbs" | "lines" | "previous" | "next">,
): Html => (
  <Page title={props.title} crumbs={props.crumbs} lead="Complete forms with answers that the plan asks to be compared.">
    <DataTable
      caption="Forms"
      columns={[
        { key: "form", head: "Form", wrap: true, cell: (line: ComparedLine) => <a href={line.href}>{line.title}</a> },
        { key: "needed", head: "Asked by the plan", align: "end", cell: (line) => line.needed },
        { key: "verified", head: "Verified", align: "end", cell: (line) => line.verified },
        { key: "again", head: "Changed since", align: "end", cell: (line) => line.again },
      ]}
      rows={props.lines}
      empty={<Empty title="Nothing is asked">No plan asks for answers of this site, or none is entered yet.</Empty>}
    />
    <p class="row">
      {props.previous && <a href={props.previous}>The ones before</a>}
      {props.next && <a href={props.next}>The next ones</a>}
    </p>
  </Page>
);

export interface DigitLine {
  readonly digit: string;
  readonly count: number;
  readonly href: string;
}

export const DigitsPage = ({
  title,
  crumbs,
  lines,
}: {
  title: string;
  crumbs: readonly Crumb[];
  lines: readonly DigitLine[];
}): Html => {
  const total = lines.reduce((sum, line) => sum + line.count, 0);
  return (
    <Page
      title={title}
      crumbs={crumbs}
      lead="How often each last digit stands. What is measured finely enough has each of them about as often; what is rounded, or made up, has favourites."
    >
      <DataTable
        caption={`${total} numbers of two to four digits`}
        columns={[
          { key: "digit", head: "Last digit", cell: (line: DigitLine) => line.digit },
          {
            key: "count",
            head: "Numbers",
            align: "end",
            cell: (line) => (line.count > 0 ? <a href={line.href}>{line.count}</a> : 0),
          },
          {
            key: "share",
            head: "Share (10 % expected)",
            align: "end",
            cell: (line) => (total === 0 ? "–" : `${Math.round((line.count / total) * 100)} %`),
          },
        ]}
        rows={lines}
      />
    </Page>
  );
};
