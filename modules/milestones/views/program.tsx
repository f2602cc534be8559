/** The program at a glance: trainee by subcompetency, who is where and what is missing. */
import { Badge } from "@views/badge.tsx";
import { ButtonLink, PostButton } from "@views/button.tsx";
import { HeatCell } from "@views/chart.tsx";
import { Empty } from "@views/empty.tsx";
import { Checkbox, Select, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { type Figure, Figures } from "@views/panel.tsx";
import { Filters, Pager, type PagerProps } from "@views/table.tsx";
import { type Level, levelInWords, numberOf, writeLevel } from "../level.ts";
import type { ReviewState } from "../review.ts";
import { StateBadge } from "./state.tsx";

export interface ProgramLine {
  readonly href: string;
  readonly name: string;
  readonly pgy: number;
  readonly levels: readonly (Level | null)[];
  /** "3 of 5" */
  readonly evaluations: string;
  readonly state: ReviewState;
  /** "2 evaluations, the committee's sheet" */
  readonly missing: string;
  readonly warnings: readonly string[];
}
interface Choice {
  readonly value: string;
  readonly label: string;
}
export interface ProgramProps {
  readonly title: string;
  readonly lines: readonly ProgramLine[];
  readonly codes: readonly { readonly code: string; readonly title: string }[];
  readonly figures: readonly Figure[];
  readonly action: string;
  readonly periods: readonly Choice[];
  readonly years: readonly Choice[];
  readonly states: readonly Choice[];
  readonly sorts: readonly Choice[];
  readonly chosen: {
    readonly period: string;
    readonly pgy: string;
    readonly state: string;
    readonly sort: string;
    readonly name: string;
    readonly marked: boolean;
    readonly size: string;
  };
  /** The early-warning rule in words, for those who see its marks. */
  readonly rule: string | null;
  readonly bandsAction: string | null;
  readonly pager: PagerProps;
  readonly cohortHref: string | null;
}

export const ProgramPage = (props: ProgramProps): Html => (
  <Page
    title="Progress"
    lead={props.title}
    actions={props.cohortHref && <ButtonLink href={props.cohortHref}>Cohort as CSV</ButtonLink>}
  >
    {props.figures.length > 0 && <Figures figures={props.figures} />}
    <Filters action={props.action} live="#main">
      <Select name="period" label="Period" options={props.periods} value={props.chosen.period} />
      <TextField name="name" label="Name" value={props.chosen.name} width="m" />
      <Select name="pgy" label="Year" options={props.years} empty="All years" value={props.chosen.pgy} />
      <Select name="state" label="State" options={props.states} empty="All states" value={props.chosen.state} />
      <Select name="sort" label="Order" options={props.sorts} value={props.chosen.sort} />
      <Select name="size" label="Rows" options={["50", "300"]} value={props.chosen.size} />
      {props.rule && <Checkbox name="marked" label="Marked only" value="yes" checked={props.chosen.marked} />}
    </Filters>
    {props.lines.length === 0 ? (
      <Empty title="No trainee to show">Either nobody matches these filters, or the roster is not imported yet.</Empty>
    ) : (
      <>
        <Heat {...props} />
        <Pager {...props.pager} />
        {props.rule && (
          <details>
            <summary>The early-warning rule</summary>
            <p>{props.rule}</p>
            {props.bandsAction && <PostButton action={props.bandsAction}>Draw the bands anew</PostButton>}
          </details>
        )}
      </>
    )}
  </Page>
);

const Heat = ({ lines, codes }: ProgramProps): Html => (
  <section class="table table-scroll" aria-label="Trainees by subcompetency" tabindex="0">
    <table class="heat">
      <caption>
        Level by trainee and subcompetency. A deeper colour is a higher level; NYC1 is Not Yet Completed Level 1, NYA is
        Not Yet Assessable.
      </caption>
      <thead>
        <tr>
          <th scope="col">Trainee</th>
          <th scope="col">PGY</th>
          <th scope="col">State</th>
          <th scope="col">Missing</th>
          <th scope="col">Evaluations</th>
          {codes.map(({ code, title }) => (
            <th scope="col" title={title}>
              {code}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <tr>
            <th scope="row">
              <a href={line.href}>{line.name}</a>
            </th>
            <td>{line.pgy}</td>
            <td class="words">
              <StateBadge state={line.state} />
            </td>
            <td class="words">
              {line.warnings.length > 0 && (
                <>
                  <Badge tone="warn">Early warning: {line.warnings.join(", ")}</Badge>
                  <br />
                </>
              )}
              {line.missing || "Nothing"}
            </td>
            <td>{line.evaluations}</td>
            {line.levels.map((level) => (
              <LevelCell level={level} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </section>
);

/** What is not a level has words and no colour: it is not a low number. */
const LevelCell = ({ level }: { level: Level | null }): Html => {
  if (!level) return <HeatCell value={null} min={1} max={5} />;
  const value = numberOf(level);
  return value === null ? (
    <td class="heat-none">
      <abbr title={levelInWords(level)}>{writeLevel(level)}</abbr>
    </td>
  ) : (
    <HeatCell value={value} min={1} max={5} />
  );
};
