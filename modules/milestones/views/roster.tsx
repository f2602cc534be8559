/** Who trains here, and the file they come from. */
import { Badge } from "@views/badge.tsx";
import { ButtonLink } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { type FormState, Select } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { DataTable } from "@views/table.tsx";
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
}: {
  trainees: readonly RosterLine[];
  importHref: string | null;
}): Html => (
  <Page
    title="Trainees"
    primary={
      importHref && (
        <ButtonLink href={importHref} tone="primary">
          Import roster
        </ButtonLink>
      )
    }
  >
    <DataTable
      caption={`${counted(trainees.length, "trainee")}, by year of training and name`}
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
          title="No trainees yet"
          action={
            importHref && (
              <ButtonLink href={importHref} tone="primary">
                Import roster
              </ButtonLink>
            )
          }
        >
          Those who train in this program belong here. They come from a CSV file with name, e-mail, year and dates.
        </Empty>
      }
    />
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
