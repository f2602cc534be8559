/** Asking by link: the trainee's page with its square code, and the program's page for people outside. */
import { Button } from "@views/button.tsx";
import { CheckboxGroup, DateField, Form, FormFoot, type FormState, Select, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Panel } from "@views/panel.tsx";
import { QrCode } from "@views/qr.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { counted } from "../counted.ts";
import { kindChoices } from "../evaluator-kind.ts";
import { kindsForTrainees } from "../vouching.ts";

interface Choice {
  readonly value: string;
  readonly label: string;
}

export interface AskProps {
  readonly action: string;
  readonly today: string;
  readonly forms: readonly Choice[];
  readonly codes: readonly Choice[];
  readonly open: readonly {
    readonly rotation: string;
    readonly kind: string;
    readonly askedAt: Date;
    readonly dueOn: string;
  }[];
  readonly form?: FormState | undefined;
}

export const AskPage = (props: AskProps): Html => (
  <Page
    title="Ask for an evaluation"
    lead="Ask while it is fresh. The other person scans a code on your screen, or gets a link by mail, and answers without an account. The program confirms who answered before it counts, unless the link went to the mail box of a colleague here."
    form={props.form}
  >
    <Form action={props.action}>
      <Select
        name="kind"
        label="Who answers"
        hint="Peers are asked by mail, because they answer without a name. Patients are asked by the program."
        options={kindChoices.filter(({ value }) => kindsForTrainees.some((kind) => kind === value))}
        form={props.form}
      />
      <TextField
        name="rotation"
        label="Where"
        hint="As it is called here: Cardiology ward, Night float"
        maxlength={120}
        form={props.form}
      />
      <DateField name="happenedOn" label="Day" hint="Within the last week." value={props.today} form={props.form} />
      <Select
        name="formVersionId"
        label="Form"
        options={props.forms}
        empty="None: only what I tick below"
        form={props.form}
      />
      <CheckboxGroup
        name="codes"
        label="About"
        hint="Up to six; fewer are answered sooner."
        options={props.codes}
        form={props.form}
      />
      <TextField
        name="email"
        label="E-mail of the other person"
        type="email"
        optional
        hint="Leave it empty to show a code on this screen."
        width="l"
        form={props.form}
      />
      <FormFoot>
        <Button tone="primary">Ask</Button>
      </FormFoot>
    </Form>
    {props.open.length > 0 && (
      <DataTable
        caption={`${counted(props.open.length, "request")} of yours, not answered yet`}
        columns={[
          { key: "rotation", head: "Where", cell: (line: AskProps["open"][number]) => line.rotation },
          { key: "kind", head: "Who", cell: (line) => line.kind },
          { key: "asked", head: "Asked", cell: (line) => <Time at={line.askedAt} /> },
          { key: "due", head: "Until", cell: (line) => line.dueOn },
        ]}
        rows={props.open}
      />
    )}
  </Page>
);

export const SquarePage = ({
  crumbs,
  modules,
  address,
  until,
  note,
}: {
  readonly crumbs: readonly Crumb[];
  readonly modules: readonly (readonly boolean[])[];
  readonly address: string;
  readonly until: Date;
  readonly note?: string | undefined;
}): Html => (
  <Page
    title="Show this code"
    crumbs={crumbs}
    lead="The other person points the phone's camera at it and answers there."
  >
    <Panel>
      <QrCode modules={modules} label="Square code with the link to the evaluation" />
      <p>
        Valid once, until <Time at={until} show="full" />. This page shows it once: leaving the page loses it, and you
        ask again.
      </p>
      {note && <p>{note}</p>}
      <p>
        <code class="mono">{address}</code>
      </p>
    </Panel>
  </Page>
);

export interface AskOutsideProps {
  readonly crumbs: readonly Crumb[];
  readonly action: string;
  readonly days: number;
  readonly trainees: readonly Choice[];
  readonly forms: readonly Choice[];
  readonly codes: readonly Choice[];
  readonly form?: FormState | undefined;
}

export const AskOutsidePage = (props: AskOutsideProps): Html => (
  <Page
    title="Ask someone without an account"
    crumbs={props.crumbs}
    lead={`A link that opens one evaluation of one trainee, for ${props.days} days. The mail does not name the trainee; the page behind the link does.`}
    form={props.form}
  >
    <Form action={props.action}>
      <Select name="subjectId" label="Trainee" options={props.trainees} empty="Choose a trainee" form={props.form} />
      <Select name="kind" label="Who answers" options={kindChoices} value="outside" form={props.form} />
      <TextField name="name" label="Name" optional hint="Not for patients." maxlength={200} form={props.form} />
      <TextField
        name="email"
        label="E-mail"
        type="email"
        optional
        hint="Leave it empty to get a square code to print or show."
        width="l"
        form={props.form}
      />
      <TextField name="rotation" label="Rotation" maxlength={120} form={props.form} />
      <Select
        name="formVersionId"
        label="Form"
        options={props.forms}
        empty="None: only what is ticked below"
        form={props.form}
      />
      <CheckboxGroup name="codes" label="Asked about" options={props.codes} form={props.form} />
      <FormFoot>
        <Button tone="primary">Ask</Button>
      </FormFoot>
    </Form>
  </Page>
);
