/** The study's first page: where it stands, site by site; every number leads to what it counts. */
import { ButtonLink } from "@views/button.tsx";
import { LineChart } from "@views/chart.tsx";
import { Empty } from "@views/empty.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Figures, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";

export interface SiteLine {
  readonly name: string;
  readonly participants: number;
  readonly withdrawn: number;
  readonly forms: number;
  readonly complete: number;
  readonly openQueries: number;
  readonly answered: number;
  readonly oldest: number;
  readonly compared: number;
  readonly values: number;
  readonly changed: number;
  readonly missing: number;
  readonly oddHours: number;
  readonly participantsHref: string;
  readonly queriesHref: string | null;
}

const percent = (part: number, whole: number): string => (whole === 0 ? "–" : `${Math.round((part / whole) * 100)} %`);

export const StudyPage = (props: {
  readonly title: string;
  readonly build: string | null;
  readonly isEmpty: boolean;
  readonly sites: readonly SiteLine[];
  readonly months: readonly string[];
  readonly enrolled: readonly { readonly name: string; readonly values: readonly number[] }[];
  readonly signals: readonly { readonly what: string; readonly detail: string }[];
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
          { label: "Participants", value: sum((line) => line.participants) },
          { label: "Forms complete", value: sum((line) => line.complete), of: String(sum((line) => line.forms)) },
          ...(props.showsQueries ? [{ label: "Open queries", value: sum((line) => line.openQueries) }] : []),
          ...(props.showsData
            ? [
                {
                  label: "Answers compared",
                  value: percent(
                    sum((line) => line.compared),
                    sum((line) => line.values),
                  ),
                },
              ]
            : []),
        ]}
      />
      {props.months.length > 1 && (
        <LineChart
          title="Enrolment"
          summary={`${sum((line) => line.participants)} participants in ${props.months.length} months.`}
          periods={props.months}
          series={props.enrolled.slice(0, 4).map((one) => ({ name: one.name, values: one.values }))}
          min={0}
          max={Math.max(1, ...props.enrolled.flatMap((one) => one.values))}
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
            cell: (line) => <a href={line.participantsHref}>{line.participants}</a>,
          },
          { key: "withdrawn", head: "Withdrawn", align: "end", cell: (line) => line.withdrawn },
          {
            key: "complete",
            head: "Forms complete",
            align: "end",
            cell: (line) => `${line.complete} of ${line.forms}`,
          },
          ...(props.showsQueries
            ? [
                {
                  key: "queries",
                  head: "Open queries",
                  align: "end" as const,
                  cell: (line: SiteLine) =>
                    line.queriesHref ? <a href={line.queriesHref}>{line.openQueries}</a> : line.openQueries,
                },
                { key: "answered", head: "Answered", align: "end" as const, cell: (line: SiteLine) => line.answered },
                {
                  key: "oldest",
                  head: "Older than 30 days",
                  align: "end" as const,
                  cell: (line: SiteLine) => line.oldest,
                },
              ]
            : []),
          ...(props.showsData
            ? [
                {
                  key: "compared",
                  head: "Compared",
                  align: "end" as const,
                  cell: (line: SiteLine) => percent(line.compared, line.values),
                },
                {
                  key: "changed",
                  head: "Changed",
                  align: "end" as const,
                  cell: (line: SiteLine) => percent(line.changed, line.values),
                },
                {
                  key: "missing",
                  head: "Missing",
                  align: "end" as const,
                  cell: (line: SiteLine) => percent(line.missing, line.values),
                },
                {
                  key: "odd",
                  head: "Entered at night or weekends",
                  align: "end" as const,
                  cell: (line: SiteLine) => percent(line.oddHours, line.values),
                },
              ]
            : []),
        ]}
        rows={props.sites}
        empty={<Empty title="No site">Sites are added by the institution's administrator.</Empty>}
      />
      {props.signals.length > 0 && (
        <Panel title="Worth a look">
          <p>Signals in the numbers, not verdicts: a scale that shows even numbers only looks like this too.</p>
          <ul>
            {props.signals.map((signal) => (
              <li>
                <strong>{signal.what}</strong>: {signal.detail}
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </Page>
  );
};
