/** The study's first page: where it stands, site by site; every number leads to what it counts. */
import { ButtonLink } from "@views/button.tsx";
import { LineChart } from "@views/chart.tsx";
import { Empty } from "@views/empty.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Figures, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";

/** A number, and the list that it counts. */
export interface Counted {
  readonly count: number;
  readonly href: string | null;
}
export interface SiteLine {
  readonly name: string;
  readonly participants: Counted;
  readonly left: Counted;
  readonly forms: Counted;
  readonly complete: Counted;
  /** Forms whose visit has a day, so that delay can be told. */
  readonly dated: number;
  readonly late: Counted;
  readonly open: Counted;
  readonly answered: Counted;
  readonly oldest: Counted;
  /** Answers that the plan asks to be compared. */
  readonly needed: number;
  readonly verified: Counted;
  readonly values: number;
  readonly changed: Counted;
  readonly missing: Counted;
  readonly odd: Counted;
}

const Count = ({ of: { count, href }, text }: { of: Counted; text?: string }): Html =>
  href && count > 0 ? <a href={href}>{text ?? count}</a> : <span>{text ?? count}</span>;
/** So far, month by month. */
const sumsOf = (values: readonly number[]): number[] => {
  let sum = 0;
  return values.map((value) => {
    sum += value;
    return sum;
  });
};
const percent = (part: number, whole: number): string => (whole === 0 ? "–" : `${Math.round((part / whole) * 100)} %`);

export const StudyPage = (props: {
  readonly title: string;
  readonly build: string | null;
  readonly isEmpty: boolean;
  readonly sites: readonly SiteLine[];
  readonly months: readonly string[];
  readonly enrolled: readonly {
    readonly name: string;
    readonly values: readonly number[];
    readonly hrefs: readonly (string | null)[];
  }[];
  readonly signals: readonly { readonly what: string; readonly detail: string; readonly href: string | null }[];
  readonly participants: string;
  readonly complete: string;
  readonly queries: string | null;
  readonly verification: string | null;
  readonly showsData: boolean;
  readonly showsQueries: boolean;
  readonly work: string | null;
}): Html => {
  if (props.isEmpty)
    return (
      <Page title={props.title} lead="Nothing is asked yet.">
        <Empty
          title="This study has no version in force"
          action={
            props.build && (
              <ButtonLink href={props.build} tone="primary">
                Build the forms
              </ButtonLink>
            )
          }
        >
          Whoever builds the study imports its definition or makes its forms; once a version is published, participants
          can be enrolled.
        </Empty>
      </Page>
    );
  const sum = (of: (line: SiteLine) => number) => props.sites.reduce((total, line) => total + of(line), 0);
  return (
    <Page
      title={props.title}
      lead="How the study gets on, site by site. Every number leads to what it counts."
      primary={
        props.work && (
          <ButtonLink href={props.work} tone="primary">
            What waits for me
          </ButtonLink>
        )
      }
    >
      <Figures
        figures={[
          { label: "Participants", value: sum((line) => line.participants.count), href: props.participants },
          {
            label: "Forms complete",
            value: sum((line) => line.complete.count),
            href: props.complete,
            of: `of ${sum((line) => line.forms.count)}`,
          },
          ...(props.showsQueries
            ? [{ label: "Open queries", value: sum((line) => line.open.count), href: props.queries }]
            : []),
          ...(props.showsData
            ? [
                {
                  label: "Compared, of what the plan asks",
                  value: percent(
                    sum((line) => line.verified.count),
                    sum((line) => line.needed),
                  ),
                  href: props.verification,
                },
              ]
            : []),
        ]}
      />
      {props.months.length > 1 && (
        <LineChart
          title="Enrolled so far"
          summary={`${sum((line) => line.participants.count)} participants in ${props.months.length} months.`}
          periods={props.months}
          series={props.enrolled.slice(0, 4).map((one) => ({ name: one.name, values: sumsOf(one.values) }))}
          min={0}
          max={Math.max(1, ...props.enrolled.flatMap((one) => sumsOf(one.values)))}
        />
      )}
      {props.months.length > 1 && (
        <DataTable
          caption="Enrolled, by month"
          scroll
          columns={[
            { key: "site", head: "Site", cell: (line: (typeof props.enrolled)[number]) => line.name },
            ...props.months.map((month, at) => ({
              key: month,
              head: month,
              align: "end" as const,
              cell: (line: (typeof props.enrolled)[number]) => (
                <Count of={{ count: line.values[at] ?? 0, href: line.hrefs[at] ?? null }} />
              ),
            })),
          ]}
          rows={props.enrolled}
        />
      )}
      <DataTable
        caption="Sites"
        scroll
        columns={[
          { key: "name", head: "Site", cell: (line: SiteLine) => line.name },
          {
            key: "participants",
            head: "Participants",
            align: "end",
            cell: (line) => <Count of={line.participants} />,
          },
          { key: "left", head: "Left", align: "end", cell: (line) => <Count of={line.left} /> },
          {
            key: "complete",
            head: "Complete forms",
            align: "end",
            cell: (line) => (
              <>
                <Count of={line.complete} /> of <Count of={line.forms} />
              </>
            ),
          },
          {
            key: "late",
            head: "Late",
            align: "end",
            cell: (line) => <Count of={line.late} text={percent(line.late.count, line.dated)} />,
          },
          ...(props.showsQueries
            ? [
                {
                  key: "queries",
                  head: "Open queries",
                  align: "end" as const,
                  cell: (line: SiteLine) => <Count of={line.open} />,
                },
                {
                  key: "answered",
                  head: "Answered",
                  align: "end" as const,
                  cell: (line: SiteLine) => <Count of={line.answered} />,
                },
                {
                  key: "oldest",
                  head: "Over 30 days",
                  align: "end" as const,
                  cell: (line: SiteLine) => <Count of={line.oldest} />,
                },
              ]
            : []),
          ...(props.showsData
            ? [
                {
                  key: "compared",
                  head: "Compared",
                  align: "end" as const,
                  cell: (line: SiteLine) => (
                    <Count of={line.verified} text={percent(line.verified.count, line.needed)} />
                  ),
                },
                {
                  key: "changed",
                  head: "Changed",
                  align: "end" as const,
                  cell: (line: SiteLine) => <Count of={line.changed} text={percent(line.changed.count, line.values)} />,
                },
                {
                  key: "missing",
                  head: "Missing",
                  align: "end" as const,
                  cell: (line: SiteLine) => <Count of={line.missing} text={percent(line.missing.count, line.values)} />,
                },
                {
                  key: "odd",
                  head: "Odd hours",
                  align: "end" as const,
                  cell: (line: SiteLine) => <Count of={line.odd} text={percent(line.odd.count, line.values)} />,
                },
              ]
            : []),
        ]}
        rows={props.sites}
        note="Over 30 days: queries that wait so long. Late: begun more than two weeks after the visit, of forms whose visit has a day. Odd hours: entered at a weekend, or between 21 and 5 o'clock (UTC)."
        empty={<Empty title="No site">Sites are added by the institution's administrator.</Empty>}
      />
      {props.signals.length > 0 && (
        <Panel title="Worth a look">
          <p>Signals in the numbers, not verdicts: a scale that shows even numbers only looks like this too.</p>
          <ul>
            {props.signals.map((signal) => (
              <li>
                <strong>{signal.href ? <a href={signal.href}>{signal.what}</a> : signal.what}</strong>: {signal.detail}
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </Page>
  );
};
