/** The delegation log, one line of it with its signatures, trainings and what is asked for. */
import type { GivenSignature, Signing } from "@core/module.ts";
import { SignatureField } from "@core/signature/signature-field.tsx";
import { Badge, type Tone } from "@views/badge.tsx";
import { Button, ButtonLink, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import {
  CheckboxGroup,
  DateField,
  Form,
  FormFoot,
  type FormState,
  NumberField,
  Select,
  TextArea,
  TextField,
} from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { type DelegationState, taskNames, tasks } from "../rules/delegation.ts";
import { type Happening, History } from "./history.tsx";

export interface Choice {
  readonly value: string;
  readonly label: string;
}

const tones: Readonly<Record<DelegationState, Tone>> = {
  "waits for acceptance": "warn",
  "waits for approval": "warn",
  "not yet": "info",
  "in force": "ok",
  over: "none",
  ended: "none",
};
const StateBadge = ({ state }: { state: DelegationState }): Html => <Badge tone={tones[state]}>{state}</Badge>;

export interface DelegationLine {
  readonly href: string;
  readonly person: string;
  readonly site: string;
  readonly tasks: string;
  readonly fromOn: string;
  readonly untilOn: string | null;
  readonly state: DelegationState;
  readonly lacks: readonly string[];
}
export interface DelegationsProps {
  readonly add: string | null;
  readonly print: string | null;
  readonly lines: readonly DelegationLine[];
}

export const DelegationsPage = ({ add, print, lines }: DelegationsProps): Html => (
  <Page
    title="Delegation log"
    lead="Who may do what in this study, and since when. A task counts only while it is signed and every training it asks for is valid."
    actions={
      <>
        {print && (
          <ButtonLink href={print} download>
            Log as PDF
          </ButtonLink>
        )}
        {add && (
          <ButtonLink href={add} tone="primary">
            Delegate tasks
          </ButtonLink>
        )}
      </>
    }
  >
    <DataTable
      caption={lines.length === 1 ? "1 line" : `${lines.length} lines, the newest first`}
      columns={[
        { key: "person", head: "Person", cell: (line: DelegationLine) => <a href={line.href}>{line.person}</a> },
        { key: "site", head: "Site", cell: (line) => line.site },
        { key: "tasks", head: "Tasks", wrap: true, cell: (line) => line.tasks },
        { key: "from", head: "From", cell: (line) => line.fromOn },
        { key: "until", head: "Until", cell: (line) => line.untilOn ?? <span class="muted">open</span> },
        {
          key: "state",
          head: "State",
          cell: (line) =>
            line.state === "in force" && line.lacks.length > 0 ? (
              <Badge tone="bad" more={line.lacks.join(", ")}>
                training missing
              </Badge>
            ) : (
              <StateBadge state={line.state} />
            ),
        },
      ]}
      rows={lines}
      empty={
        <Empty title="Nobody is in the log yet" action={add && <ButtonLink href={add}>Delegate tasks</ButtonLink>}>
          The log begins to bind with the investigator's first signature.
        </Empty>
      }
    />
  </Page>
);

export interface NewDelegationProps {
  readonly action: string;
  readonly crumbs: readonly Crumb[];
  readonly people: readonly Choice[];
  readonly sites: readonly Choice[];
  readonly everySite: boolean;
  readonly today: string;
  readonly form?: FormState | undefined;
}
export const NewDelegationPage = ({
  action,
  crumbs,
  people,
  sites,
  everySite,
  today,
  form,
}: NewDelegationProps): Html => (
  <Page title="Delegate tasks" crumbs={crumbs} form={form}>
    <Form action={action} panel>
      <Select name="personId" label="Person" options={people} empty="Choose a colleague" form={form} />
      {sites.length > 0 && (
        <Select
          name="siteId"
          label="Site"
          options={sites}
          empty={everySite ? "Every site" : "Choose a site"}
          form={form}
        />
      )}
      <CheckboxGroup
        name="tasks"
        label="Tasks"
        options={taskNames.map((value) => ({ value, label: tasks[value] }))}
        form={form}
      />
      <DateField name="fromOn" label="From" value={today} form={form} />
      <DateField name="untilOn" label="Until" optional hint="Leave it empty when there is no last day." form={form} />
      <TextField name="note" label="Note" optional width="full" form={form} />
      <FormFoot note="The person accepts with a signature; then the investigator signs.">
        <Button tone="primary">Enter in the log</Button>
      </FormFoot>
    </Form>
  </Page>
);

export interface DelegationProps {
  readonly crumbs: readonly Crumb[];
  readonly person: string;
  readonly site: string;
  readonly tasks: readonly string[];
  readonly fromOn: string;
  readonly untilOn: string | null;
  readonly note: string;
  readonly state: DelegationState;
  readonly happened: readonly Happening[];
  readonly signatures: readonly GivenSignature[];
  readonly accept: string | null;
  readonly approve: string | null;
  readonly end: string | null;
  readonly today: string;
  readonly signing: Signing | null;
  readonly form?: FormState | undefined;
}
export const DelegationPage = (props: DelegationProps): Html => (
  <Page
    title={`Delegation: ${props.person}`}
    crumbs={props.crumbs}
    badge={<StateBadge state={props.state} />}
    form={props.form}
    aside={<History happened={props.happened} signatures={props.signatures} />}
  >
    <Panel title="Tasks">
      <ul>
        {props.tasks.map((task) => (
          <li>{task}</li>
        ))}
      </ul>
      <Facts
        facts={[
          { term: "Site", value: props.site },
          { term: "From", value: props.fromOn },
          { term: "Until", value: props.untilOn ?? "open" },
          ...(props.note ? [{ term: "Note", value: props.note }] : []),
        ]}
      />
    </Panel>
    {props.accept && props.signing && (
      <Form action={props.accept} panel>
        <SignatureField signing={props.signing} form={props.form} />
        <FormFoot>
          <Button tone="primary">Accept these tasks</Button>
        </FormFoot>
      </Form>
    )}
    {props.approve && props.signing && (
      <Form action={props.approve} panel>
        <SignatureField signing={props.signing} form={props.form} />
        <FormFoot>
          <Button tone="primary">Delegate</Button>
        </FormFoot>
      </Form>
    )}
    {props.end && (
      <Panel title="End it">
        <Form action={props.end} panel={false}>
          <DateField name="onDay" label="It holds no more from" value={props.today} form={props.form} />
          <TextField name="reason" label="Reason" width="full" form={props.form} />
          <FormFoot>
            <Button tone="danger">End the delegation</Button>
          </FormFoot>
        </Form>
      </Panel>
    )}
  </Page>
);

export interface CourseLine {
  readonly title: string;
  readonly about: string;
  readonly tasks: string;
  readonly valid: string;
  readonly from: string;
  readonly endsOn: string | null;
  readonly endAction: string | null;
}
export interface CoursesProps {
  readonly manages: boolean;
  readonly action: string;
  readonly today: string;
  readonly courses: readonly CourseLine[];
  readonly form?: FormState | undefined;
}
export const CoursesPage = ({ manages, action, today, courses, form }: CoursesProps): Html => (
  <Page
    title="Trainings asked for"
    lead="Whoever has one of the tasks needs each of its trainings, valid on the day."
    form={form}
  >
    <DataTable
      caption={courses.length === 1 ? "1 training" : `${courses.length} trainings`}
      columns={[
        { key: "title", head: "Training", wrap: true, cell: (line: CourseLine) => line.title },
        { key: "tasks", head: "For", wrap: true, cell: (line) => line.tasks },
        { key: "valid", head: "Valid", cell: (line) => line.valid },
        { key: "from", head: "Asked for from", cell: (line) => line.from },
        {
          key: "end",
          head: "End",
          quiet: true,
          cell: (line) =>
            line.endsOn ? (
              <Badge tone="none">until {line.endsOn}</Badge>
            ) : (
              manages &&
              line.endAction && (
                <PostButton action={line.endAction} tone="quiet" about={line.title}>
                  Ask for it no longer
                </PostButton>
              )
            ),
        },
      ]}
      rows={courses}
      empty={<Empty title="No training is asked for">Then a signed delegation is enough.</Empty>}
    />
    {manages && (
      <Panel title="Ask for a training">
        <Form action={action} panel={false}>
          <TextField name="title" label="Title" hint="With its version: “Protocol 2.0”." width="l" form={form} />
          <CheckboxGroup
            name="tasks"
            label="For those who"
            options={taskNames.map((value) => ({ value, label: tasks[value] }))}
            form={form}
          />
          <NumberField
            name="validMonths"
            label="Valid for"
            unit="months"
            optional
            hint="Empty: for good."
            form={form}
          />
          <DateField name="requiredFrom" label="Asked for from" value={today} form={form} />
          <TextArea name="about" label="What it is about" optional rows={3} form={form} />
          <FormFoot>
            <Button tone="primary">Add</Button>
          </FormFoot>
        </Form>
      </Panel>
    )}
  </Page>
);

export interface TrainingLine {
  readonly person: string;
  readonly course: string;
  readonly completedOn: string;
  readonly until: string | null;
  readonly lapsed: boolean;
  readonly evidence: string;
}
export interface TrainingsProps {
  readonly action: string;
  readonly signing: Signing;
  readonly people: readonly Choice[];
  readonly courses: readonly Choice[];
  readonly today: string;
  readonly myself: string;
  readonly lines: readonly TrainingLine[];
  readonly form?: FormState | undefined;
}
export const TrainingsPage = (props: TrainingsProps): Html => (
  <Page title="Trainings" lead="Who was trained in what, and until when it counts." form={props.form}>
    <DataTable
      caption={props.lines.length === 1 ? "1 training" : `${props.lines.length} trainings, the newest first`}
      columns={[
        { key: "person", head: "Person", cell: (line: TrainingLine) => line.person },
        { key: "course", head: "Training", wrap: true, cell: (line) => line.course },
        { key: "on", head: "Completed", cell: (line) => line.completedOn },
        {
          key: "until",
          head: "Counts until",
          cell: (line) =>
            line.lapsed ? (
              <Badge tone="bad" more={line.until ?? ""}>
                lapsed
              </Badge>
            ) : (
              (line.until ?? "for good")
            ),
        },
        { key: "evidence", head: "Evidence", wrap: true, cell: (line) => line.evidence },
      ]}
      rows={props.lines}
      empty={<Empty title="No training is recorded">Record the first one below.</Empty>}
    />
    {props.courses.length === 0 ? (
      <Note>
        <p>No training is asked for in this study yet, so there is none to record.</p>
      </Note>
    ) : (
      <Panel title="Record a training">
        <Form action={props.action} panel={false}>
          <Select name="personId" label="Person" options={props.people} value={props.myself} form={props.form} />
          <Select
            name="courseId"
            label="Training"
            options={props.courses}
            empty="Choose a training"
            form={props.form}
          />
          <DateField name="completedOn" label="Completed on" value={props.today} form={props.form} />
          <TextField name="evidence" label="Where the certificate lies" optional width="full" form={props.form} />
          <SignatureField signing={props.signing} form={props.form} />
          <FormFoot>
            <Button tone="primary">Record and sign</Button>
          </FormFoot>
        </Form>
      </Panel>
    )}
  </Page>
);
