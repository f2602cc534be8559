/** Who trains here, and the file they come from. */
import { Badge } from "@views/badge.tsx";
import { ButtonLink } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { type FormState, Select, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { DataTable, Filters, Pager, type PagerProps } from "@views/table.tsx";
import { counted } from "../counted.ts";
import { ChooseFilePage } from "./import.tsx";

export interface RosterLine {
  readonly href: string;
  readonly name: string;
  readonly code: string;
  readonly pgy: number;
  readonly startsOn: string;
  readonly expectedEnd: string;
  readonly framework: string;
  readonly mentors: readonly string[];
}

export const RosterPage = ({
  trainees,
  importHref,
  advanceHref,
  action,
  chosen,
  total,
  pager,
}: {
  readonly trainees: readonly RosterLine[];
  readonly importHref: string | null;
  readonly advanceHref: string | null;
  readonly action: string;
  readonly chosen: { readonly name: string; readonly mentor: string };
  readonly total: number;
  readonly pager: PagerProps;
}): Html => (
  <Page
    title="Trainees"
    actions={advanceHref && <ButtonLink href={advanceHref}>Advance by a year</ButtonLink>}
    primary={
      importHref && (
        <ButtonLink href={importHref} tone="primary">
          Import roster
        </ButtonLink>
      )
    }
  >
    <Filters action={action} live="#list">
      <TextField name="name" label="Name or code" value={chosen.name} width="m" />
      <Select
        name="mentor"
        label="Mentor"
        options={[{ value: "none", label: "Without a mentor" }]}
        empty="All"
        value={chosen.mentor}
      />
    </Filters>
    <div id="list" class="stack">
      <DataTable
        caption={`${counted(total, "trainee")}, by year of training and name`}
        columns={[
          { key: "name", head: "Trainee", cell: (line: RosterLine) => <a href={line.href}>{line.name}</a> },
          { key: "code", head: "Code", cell: (line) => line.code },
          { key: "pgy", head: "PGY", align: "end", cell: (line) => line.pgy },
          { key: "start", head: "Start", cell: (line) => line.startsOn },
          { key: "end", head: "Expected end", cell: (line) => line.expectedEnd },
          { key: "framework", head: "Subcompetencies", cell: (line) => line.framework },
          {
            key: "mentor",
            head: "Mentor",
            cell: (line) => (line.mentors.length > 0 ? line.mentors.join(", ") : <Badge tone="warn">No mentor</Badge>),
          },
        ]}
        rows={trainees}
        empty={
          <Empty
            title="No trainees to show"
            action={
              importHref && (
                <ButtonLink href={importHref} tone="primary">
                  Import roster
                </ButtonLink>
              )
            }
          >
            Nobody matches, or nobody is enrolled yet. Trainees come from a CSV file with name, e-mail, year and dates.
          </Empty>
        }
      />
      <Pager {...pager} />
    </div>
  </Page>
);

export interface ChooseRosterProps {
  readonly action: string;
  readonly crumbs: readonly Crumb[];
  readonly frameworks: readonly { readonly value: string; readonly label: string }[];
  readonly form?: FormState | undefined;
}

export const ChooseRosterPage = ({ action, crumbs, frameworks, form }: ChooseRosterProps): Html => (
  <ChooseFilePage
    title="Import roster"
    crumbs={crumbs}
    lead="One row for each new trainee. Everyone gets an account with the role Trainee; names and addresses are stored sealed."
    columns={[
      { title: "name", holds: "as it should be shown" },
      { title: "email", holds: "the trainee signs in with it" },
      { title: "pgy", holds: "year of training, 1 to 9" },
      { title: "start", holds: "2026-07-01" },
      { title: "expected_end", holds: "2029-06-30" },
      { title: "mentor_email", holds: "a mentor of this program", required: false },
      { title: "record_number", holds: "your own number for the person", required: false },
    ]}
    example="Rosa Invented,rosa.invented@hospital.example,1,2026-07-01,2029-06-30,,"
    action={action}
    form={form}
  >
    <Select
      name="frameworkId"
      label="Subcompetencies"
      hint="Pinned for these trainees until they finish."
      options={frameworks}
      form={form}
    />
  </ChooseFilePage>
);
