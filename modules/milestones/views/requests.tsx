/** What was asked of whom, and what is missing; and the form that asks. */
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { CheckboxGroup, Form, FormFoot, type FormState, Select, TextArea, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Facts, Figures, Panel } from "@views/panel.tsx";
import { DataTable, Filters, Pager, type PagerProps } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { counted } from "../counted.ts";

export type RequestState = "submitted" | "unconfirmed" | "draft" | "open" | "expired" | "withdrawn";
export interface RequestLine {
  readonly href: string;
  readonly trainee: string;
  readonly evaluator: string;
  readonly rotation: string;
  readonly dueOn: string;
  readonly state: RequestState;
}

const states: Readonly<Record<RequestState, Html>> = {
  submitted: <Badge tone="ok">Submitted</Badge>,
  unconfirmed: <Badge tone="warn">To confirm</Badge>,
  draft: <Badge tone="info">Draft</Badge>,
  open: <Badge tone="none">Open</Badge>,
  expired: <Badge tone="bad">Expired</Badge>,
  withdrawn: <Badge tone="none">Withdrawn</Badge>,
};

const stateChoices = [
  { value: "open", label: "Open" },
  { value: "draft", label: "Draft" },
  { value: "expired", label: "Expired" },
  { value: "unconfirmed", label: "To confirm" },
  { value: "submitted", label: "Submitted" },
  { value: "withdrawn", label: "Withdrawn" },
];

export interface RequestsProps {
  /** Of the whole period, for the figures. */
  readonly all: readonly RequestLine[];
  readonly requests: readonly RequestLine[];
  readonly total: number;
  readonly pager: PagerProps;
  readonly periods: readonly { readonly value: string; readonly label: string }[];
  readonly chosen: { readonly period: string; readonly name: string; readonly state: string };
  readonly outsideHref: string | null;
  readonly scheduleHref: string;
  readonly action: string;
  readonly newHref: string | null;
}

export const RequestsPage = ({
  all,
  requests,
  total,
  pager,
  periods,
  chosen,
  action,
  newHref,
  outsideHref,
  scheduleHref,
}: RequestsProps): Html => {
  const count = (state: RequestState) => all.filter((line) => line.state === state).length;
  return (
    <Page
      title="Evaluation requests"
      actions={
        <>
          <ButtonLink href={scheduleHref}>Schedule</ButtonLink>
          {outsideHref && <ButtonLink href={outsideHref}>Ask by link</ButtonLink>}
        </>
      }
      primary={
        newHref && (
          <ButtonLink href={newHref} tone="primary">
            Ask for evaluations
          </ButtonLink>
        )
      }
    >
      <Filters action={action} live="#list">
        <Select name="period" label="Period" options={periods} value={chosen.period} />
        <TextField name="name" label="Trainee, evaluator or rotation" value={chosen.name} width="m" />
        <Select name="state" label="State" options={stateChoices} empty="All states" value={chosen.state} />
      </Filters>
      <Figures
        figures={[
          { label: "Asked for", value: all.length - count("withdrawn") },
          { label: "Submitted", value: count("submitted"), of: `of ${all.length - count("withdrawn")}` },
          { label: "Open", value: count("open") + count("draft") },
          { label: "Expired", value: count("expired") },
          { label: "To confirm", value: count("unconfirmed") },
        ]}
      />
      <div id="list" class="stack">
        <DataTable
          caption={`${counted(total, "request")}, the most urgent first`}
          columns={[
            { key: "trainee", head: "Trainee", cell: (line: RequestLine) => <a href={line.href}>{line.trainee}</a> },
            { key: "evaluator", head: "Asked", cell: (line) => line.evaluator },
            { key: "rotation", head: "Rotation", wrap: true, cell: (line) => line.rotation },
            { key: "due", head: "Due", cell: (line) => line.dueOn },
            { key: "state", head: "State", cell: (line) => states[line.state] },
          ]}
          rows={requests}
          empty={
            <Empty title="No request to show">
              Either nothing matches these filters, or nobody was asked in this period. Faculty evaluate when they are
              asked: choose trainees, an evaluator and a rotation.
            </Empty>
          }
        />
        <Pager {...pager} />
      </div>
    </Page>
  );
};

interface Choice {
  readonly value: string;
  readonly label: string;
}
export interface RequestProps {
  readonly crumbs: readonly Crumb[];
  readonly trainee: string;
  readonly evaluator: string;
  readonly kind: string;
  readonly askedBy: "program" | "schedule" | "trainee";
  readonly rotation: string;
  readonly dueOn: string;
  readonly state: RequestState;
  readonly submittedAt: Date | null;
  readonly extendedAt: Date | null;
  readonly reason: string | null;
  readonly happenedOn: string | null;
  readonly confirmedAt: Date | null;
  readonly confirmedBy: string | null;
  readonly confirmAction: string | null;
  readonly renewAction: string | null;
  /** The link went out by mail, so a new one does too. */
  readonly mailed: boolean;
  readonly evidenceHref: string | null;
  readonly amends: boolean;
  readonly extendAction: string | null;
  readonly amendAction: string | null;
  readonly withdrawAction: string | null;
  readonly form?: FormState | undefined;
}
const askers = { program: "The program", schedule: "The rotation schedule", trainee: "The trainee" } as const;

export const RequestPage = (props: RequestProps): Html => (
  <Page
    title={`Request about ${props.trainee}`}
    crumbs={props.crumbs}
    badge={states[props.state]}
    form={props.form}
    actions={
      <>
        {props.evidenceHref && <ButtonLink href={props.evidenceHref}>Read the evaluation</ButtonLink>}
        {props.renewAction && (
          <PostButton action={props.renewAction}>{props.mailed ? "Send a new link" : "Show a new code"}</PostButton>
        )}
        {props.extendAction && <PostButton action={props.extendAction}>Extend by a week</PostButton>}
        {props.amendAction && <PostButton action={props.amendAction}>Ask to amend</PostButton>}
      </>
    }
  >
    <Panel>
      <Facts
        facts={[
          { term: "Asked", value: `${props.evaluator} (${props.kind.toLowerCase()})` },
          { term: "By", value: askers[props.askedBy] },
          { term: "Rotation", value: props.rotation },
          ...(props.happenedOn ? [{ term: "Of", value: props.happenedOn }] : []),
          { term: "Due", value: props.dueOn },
          ...(props.extendedAt ? [{ term: "Extended", value: <Time at={props.extendedAt} /> }] : []),
          ...(props.submittedAt ? [{ term: "Submitted", value: <Time at={props.submittedAt} /> }] : []),
          ...(props.confirmedAt
            ? [
                {
                  term: "Confirmed",
                  value: (
                    <>
                      <Time at={props.confirmedAt} />
                      {props.confirmedBy && ` by ${props.confirmedBy}`}
                    </>
                  ),
                },
              ]
            : []),
          ...(props.amends ? [{ term: "Version", value: "A new version of an earlier evaluation" }] : []),
          ...(props.reason ? [{ term: "Why withdrawn", value: props.reason }] : []),
        ]}
      />
    </Panel>
    {props.confirmAction && (
      <Panel title={`Was it ${props.evaluator}?`}>
        <p>
          {props.trainee} asked for this by a code or to an address of his or her own choice, and whoever answered did
          not sign in. Nobody reads it before you confirm. Ask {props.evaluator} whether it was he or she; if not,
          withdraw it below with a reason.
        </p>
        <PostButton action={props.confirmAction} tone="primary">
          Confirm who answered
        </PostButton>
      </Panel>
    )}
    {props.withdrawAction && (
      <details open={Boolean(props.form)}>
        <summary>{props.submittedAt ? "Withdraw this evaluation" : "Withdraw this request"}</summary>
        <Form action={props.withdrawAction}>
          <TextArea
            name="reason"
            label="Reason"
            hint="Stored sealed. It stays on record, and counts nowhere from now on."
            maxlength={1000}
            form={props.form}
          />
          <Button tone="danger">Withdraw</Button>
        </Form>
      </details>
    )}
  </Page>
);

export interface AskProps {
  readonly forms: readonly Choice[];
  readonly crumbs: readonly Crumb[];
  readonly action: string;
  readonly periods: readonly Choice[];
  readonly period: string;
  readonly evaluators: readonly Choice[];
  readonly trainees: readonly Choice[];
  /** Ticked to begin with. */
  readonly chosen: readonly string[];
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
  chosen,
  codes,
  forms,
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
      {forms.length > 0 && (
        <Select
          name="formVersionId"
          label="Form"
          options={forms}
          empty="None: the subcompetencies ticked below"
          form={form}
        />
      )}
      <CheckboxGroup name="subjectIds" label="Trainees" options={trainees} value={chosen} form={form} />
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
