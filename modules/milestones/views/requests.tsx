/** What was asked of whom, and what is missing; and the form that asks. */
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { CheckboxGroup, Form, FormFoot, type FormState, Select, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Figures } from "@views/panel.tsx";
import { DataTable, Filters } from "@views/table.tsx";
import { counted } from "../counted.ts";

export type RequestState = "submitted" | "draft" | "open" | "expired";
export interface RequestLine {
  readonly trainee: string;
  readonly evaluator: string;
  readonly rotation: string;
  readonly dueOn: string;
  readonly state: RequestState;
}

const states: Readonly<Record<RequestState, Html>> = {
  submitted: <Badge tone="ok">Submitted</Badge>,
  draft: <Badge tone="info">Draft</Badge>,
  open: <Badge tone="none">Open</Badge>,
  expired: <Badge tone="bad">Expired</Badge>,
};

export interface RequestsProps {
  readonly requests: readonly RequestLine[];
  readonly periods: readonly { readonly value: string; readonly label: string }[];
  readonly period: string;
  readonly action: string;
  readonly newHref: string | null;
}

export const RequestsPage = ({ requests, periods, period, action, newHref }: RequestsProps): Html => {
  const count = (state: RequestState) => requests.filter((line) => line.state === state).length;
  return (
    <Page
      title="Evaluation requests"
      primary={
        newHref && (
          <ButtonLink href={newHref} tone="primary">
            Ask for evaluations
          </ButtonLink>
        )
      }
    >
      <Filters action={action}>
        <Select name="period" label="Period" options={periods} value={period} />
      </Filters>
      <Figures
        figures={[
          { label: "Asked for", value: requests.length },
          { label: "Submitted", value: count("submitted"), of: `of ${requests.length}` },
          { label: "Open", value: count("open") + count("draft") },
          { label: "Expired", value: count("expired") },
        ]}
      />
      <DataTable
        caption={`${counted(requests.length, "request")}, the most urgent first`}
        columns={[
          { key: "trainee", head: "Trainee", cell: (line: RequestLine) => line.trainee },
          { key: "evaluator", head: "Asked", cell: (line) => line.evaluator },
          { key: "rotation", head: "Rotation", wrap: true, cell: (line) => line.rotation },
          { key: "due", head: "Due", cell: (line) => line.dueOn },
          { key: "state", head: "State", cell: (line) => states[line.state] },
        ]}
        rows={requests}
        empty={
          <Empty title="Nothing was asked for in this period">
            Faculty evaluate when they are asked: choose trainees, an evaluator and a rotation.
          </Empty>
        }
      />
    </Page>
  );
};

interface Choice {
  readonly value: string;
  readonly label: string;
}
export interface AskProps {
  readonly crumbs: readonly Crumb[];
  readonly action: string;
  readonly periods: readonly Choice[];
  readonly period: string;
  readonly evaluators: readonly Choice[];
  readonly trainees: readonly Choice[];
  readonly codes: readonly Choice[];
  readonly days: number;
  readonly form?: FormState | undefined;
}

export const AskPage = ({
  crumbs,
  action,
  periods,
  period,
  evaluators,
  trainees,
  codes,
  days,
  form,
}: AskProps): Html => (
  <Page
    title="Ask for evaluations"
    crumbs={crumbs}
    form={form}
    lead={`The evaluator sees these trainees' names until the evaluation is submitted, or for ${days} days.`}
  >
    <Form action={action}>
      <Select name="periodId" label="Period" options={periods} value={period} form={form} />
      <Select name="evaluatorId" label="Evaluator" options={evaluators} empty="Choose a person" form={form} />
      <TextField
        name="rotation"
        label="Rotation"
        hint="As it is called here: Cardiology ward, Night float"
        maxlength={120}
        form={form}
      />
      <CheckboxGroup name="subjectIds" label="Trainees" options={trainees} form={form} />
      <CheckboxGroup
        name="codes"
        label="Asked about"
        hint="What can be observed on this rotation."
        options={codes}
        value={codes.map(({ value }) => value)}
        form={form}
      />
      <FormFoot>
        <Button tone="primary">Ask</Button>
      </FormFoot>
    </Form>
  </Page>
);
