/** Who reviews whom, with the one button that shares the work fairly. */
import { Badge } from "@views/badge.tsx";
import { Button, Hidden, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Select } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { DataTable, Filters } from "@views/table.tsx";
import { counted } from "../counted.ts";

interface Choice {
  readonly value: string;
  readonly label: string;
}
export interface ReviewersLine {
  readonly trainee: string;
  readonly subjectId: string;
  readonly pgy: number;
  readonly isOpen: boolean;
  readonly reviewers: readonly { readonly name: string; readonly hasHandedIn: boolean; readonly endAction: string }[];
  readonly choices: readonly Choice[];
  readonly recused: readonly string[];
}
export interface ReviewersProps {
  readonly crumbs: readonly Crumb[];
  readonly periods: readonly Choice[];
  readonly period: string;
  readonly action: string;
  readonly each: number;
  readonly members: number;
  readonly lines: readonly ReviewersLine[];
}

export const ReviewersPage = (props: ReviewersProps): Html => (
  <Page
    title="Reviewers"
    crumbs={props.crumbs}
    lead={`${counted(props.each, "reviewer")} rate each trainee, everyone alone. Mentors are recused from their own trainees.`}
    actions={
      props.period && (
        <PostButton action={`${props.action}/share`} tone="primary" fields={{ periodId: props.period }}>
          Share among {counted(props.members, "member")}
        </PostButton>
      )
    }
  >
    <Filters action={props.action}>
      <Select name="period" label="Period" options={props.periods} value={props.period} />
    </Filters>
    <DataTable
      caption={counted(props.lines.length, "trainee")}
      columns={[
        { key: "trainee", head: "Trainee", cell: (line: ReviewersLine) => line.trainee },
        { key: "pgy", head: "PGY", align: "end", cell: (line) => line.pgy },
        { key: "reviewers", head: "Reviewers", cell: (line) => <Named line={line} /> },
        { key: "recused", head: "Recused", cell: (line) => line.recused.join(", ") || "–" },
        {
          key: "add",
          head: "Add",
          cell: (line) =>
            line.isOpen ? (
              "Sheets are open"
            ) : line.choices.length === 0 ? (
              "Nobody is left"
            ) : (
              <form class="row" method="post" action={props.action}>
                <Hidden fields={{ periodId: props.period, subjectId: line.subjectId }} />
                <select name="memberId" aria-label={`Reviewer of ${line.trainee}`}>
                  {line.choices.map(({ value, label }) => (
                    <option value={value}>{label}</option>
                  ))}
                </select>
                <Button>Add</Button>
              </form>
            ),
        },
      ]}
      rows={props.lines}
      empty={<Empty title="Nobody to review">Open a period and import the roster first.</Empty>}
    />
  </Page>
);

const Named = ({ line }: { line: ReviewersLine }): Html => (
  <div class="stack">
    {line.reviewers.length === 0 && <Badge tone="none">Nobody named</Badge>}
    {line.reviewers.map(({ name, hasHandedIn, endAction }) => (
      <div class="row">
        <span>{name}</span>
        {hasHandedIn ? (
          <Badge tone="ok">Handed in</Badge>
        ) : (
          <PostButton action={endAction} tone="quiet" about={`${name} as reviewer of ${line.trainee}`}>
            Release
          </PostButton>
        )}
      </div>
    ))}
  </div>
);
