/** A trainee's place in training: changed, advanced by a year for many at once, and ended. */
import { Button, ButtonLink } from "@views/button.tsx";
import { Checkbox, CheckboxGroup, DateField, Form, FormFoot, type FormState, NumberField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Note } from "@views/panel.tsx";
import { counted } from "../counted.ts";

interface PlaceOf {
  readonly name: string;
  readonly crumbs: readonly Crumb[];
  readonly action: string;
  readonly form?: FormState | undefined;
}

export const PlacePage = (
  props: PlaceOf & {
    readonly pgy: number;
    readonly startsOn: string;
    readonly expectedEnd: string;
    readonly leaveHref: string;
  },
): Html => (
  <Page
    title="Place in training"
    crumbs={props.crumbs}
    lead={`Of ${props.name}. A leave that prolongs training moves the expected end; the record keeps what it was before.`}
    actions={<ButtonLink href={props.leaveHref}>Leaves the program</ButtonLink>}
    form={props.form}
  >
    <Form action={props.action}>
      <NumberField name="pgy" label="Year of training" value={String(props.pgy)} width="xs" form={props.form} />
      <DateField name="startsOn" label="Start" value={props.startsOn} form={props.form} />
      <DateField name="expectedEnd" label="Expected end" value={props.expectedEnd} form={props.form} />
      <FormFoot>
        <Button tone="primary">Change</Button>
      </FormFoot>
    </Form>
  </Page>
);

export const AdvancePage = ({
  crumbs,
  action,
  trainees,
  form,
}: {
  readonly crumbs: readonly Crumb[];
  readonly action: string;
  readonly trainees: readonly { readonly value: string; readonly label: string }[];
  readonly form?: FormState | undefined;
}): Html => (
  <Page
    title="Advance by a year"
    crumbs={crumbs}
    lead="When the academic year begins. Leave out who repeats the year."
    form={form}
  >
    <Form action={action}>
      <CheckboxGroup
        name="subjectIds"
        label="Trainees"
        options={trainees}
        value={trainees.map(({ value }) => value)}
        form={form}
      />
      <FormFoot>
        <Button tone="primary">Advance</Button>
      </FormFoot>
    </Form>
  </Page>
);

export const LeavePage = ({ name, crumbs, action, mentors, form }: PlaceOf & { readonly mentors: number }): Html => (
  <Page title={`${name} leaves the program`} crumbs={crumbs} form={form}>
    <Note tone="warn">
      From then on nobody is asked about {name}, links that went out open nothing, and{" "}
      {mentors > 0 ? `${counted(mentors, "mentor")} and all` : "all"} evaluators lose sight of the record. Results,
      evaluations and plans stay on record. This cannot be taken back here.
    </Note>
    <Form action={action}>
      <Checkbox name="sure" label={`${name} leaves the program`} value="yes" form={form} />
      <FormFoot>
        <Button tone="danger">Leaves the program</Button>
      </FormFoot>
    </Form>
  </Page>
);
