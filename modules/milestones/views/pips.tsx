/** Improvement plans: the list, one plan with what happened to it, the draft, and the form of one step. */
import { Badge, type Tone } from "@views/badge.tsx";
import { Button, ButtonLink, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import {
  CheckboxGroup,
  DateField,
  Form,
  FormFoot,
  type FormState,
  RadioGroup,
  Select,
  TextArea,
} from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { Timeline } from "@views/timeline.tsx";
import { counted } from "../counted.ts";
import { type PipState, type PipStep, type PipText, pipParts, pipStateInWords } from "../pip.ts";

interface Choice {
  readonly value: string;
  readonly label: string;
}

const tones: Readonly<Record<PipState, Tone>> = {
  draft: "none",
  second_review: "warn",
  approved: "warn",
  issued: "info",
  answered: "info",
  active: "info",
  successful: "ok",
  unsuccessful: "bad",
  escalated: "bad",
  concluded: "locked",
  rescinded: "locked",
};
const PipBadge = ({ state }: { state: PipState }): Html => <Badge tone={tones[state]}>{pipStateInWords[state]}</Badge>;

export interface PipLine {
  readonly href: string;
  readonly trainee: string;
  readonly since: Date;
  readonly state: PipState;
}
export interface PipsProps {
  readonly called: string;
  readonly plans: readonly PipLine[];
  readonly start: { readonly action: string; readonly trainees: readonly Choice[] } | null;
}

export const PipsPage = ({ called, plans, start }: PipsProps): Html => (
  <Page
    title="Improvement plans"
    lead={`${called}: confidential. The trainee sees a plan from its notice on; a mentor only when the director opens it.`}
  >
    {start && (
      <Form action={start.action} method="get" panel>
        <Select name="subject" label="Draft a plan for" options={start.trainees} empty="Choose a trainee" />
        <Button>Draft</Button>
      </Form>
    )}
    <DataTable
      caption={`${counted(plans.length, "plan")}, the newest first`}
      columns={[
        { key: "trainee", head: "Trainee", cell: (line: PipLine) => <a href={line.href}>{line.trainee}</a> },
        { key: "since", head: "Begun", cell: (line) => <Time at={line.since} show="day" /> },
        { key: "state", head: "State", cell: (line) => <PipBadge state={line.state} /> },
      ]}
      rows={plans}
      empty={<Empty title="No improvement plan">There is none that you may see.</Empty>}
    />
  </Page>
);

/** What a button says. */
const acts: Readonly<Record<PipStep, string>> = {
  put_forward: "Put forward for second review",
  returned: "Hand back",
  approved: "Approve",
  issued: "Serve notice",
  acknowledged: "Acknowledge",
  declined: "Record a refusal to sign",
  no_response: "Record that no response came",
  begun: "Put into effect",
  interim_review: "Record an interim review",
  extended: "Extend",
  successful: "Record success",
  unsuccessful: "Record that it did not succeed",
  escalated: "Escalate",
  hearing_requested: "Ask for a hearing",
  hearing_held: "Record the hearing",
  grievance_filed: "File a grievance",
  concluded: "Conclude",
  rescinded: "Rescind",
};

export interface PipProps {
  readonly called: string;
  readonly name: string;
  readonly isOwn: boolean;
  readonly state: PipState;
  readonly crumbs: readonly Crumb[];
  readonly version: number;
  readonly startsOn: string;
  readonly endsOn: string;
  readonly about: readonly string[];
  readonly evidence: readonly { readonly href: string | null; readonly label: string }[];
  readonly text: PipText;
  readonly escalation: {
    readonly called: string;
    readonly effectiveOn: string;
    readonly hearingBy: string;
    readonly grievanceBy: string;
  } | null;
  /** The newest first. */
  readonly happened: readonly {
    readonly at: Date;
    readonly by: string;
    readonly what: string;
    readonly note: string;
  }[];
  readonly next: readonly { readonly step: PipStep; readonly href: string }[];
  readonly editHref: string | null;
  readonly pdfHref: string | null;
  readonly viewers: {
    readonly action: string;
    readonly now: readonly { readonly name: string; readonly endAction: string }[];
    readonly choices: readonly Choice[];
  } | null;
  readonly form?: FormState | undefined;
}

export const PipPage = (props: PipProps): Html => (
  <Page
    title={props.isOwn ? `My ${props.called.toLowerCase()}` : `${props.called}: ${props.name}`}
    crumbs={props.crumbs}
    badge={<PipBadge state={props.state} />}
    lead={`${props.startsOn} to ${props.endsOn}`}
    form={props.form}
    actions={
      <>
        {props.pdfHref && (
          <ButtonLink href={props.pdfHref} download>
            Plan as PDF
          </ButtonLink>
        )}
        {props.editHref && <ButtonLink href={props.editHref}>Rewrite the draft</ButtonLink>}
      </>
    }
    aside={<Beside {...props} />}
  >
    {props.escalation && (
      <Note tone="warn">
        <p>
          {props.escalation.called}, from {props.escalation.effectiveOn}. A hearing can be asked for until{" "}
          {props.escalation.hearingBy}, a grievance filed until {props.escalation.grievanceBy}.
        </p>
      </Note>
    )}
    {props.next.length > 0 && (
      <Panel title={props.isOwn ? "Your answer" : "Next"}>
        <div class="row">
          {props.next.map(({ step, href }, at) => (
            <ButtonLink href={href} tone={step === "rescinded" ? "quiet" : at === 0 ? "primary" : "normal"}>
              {acts[step]}
            </ButtonLink>
          ))}
        </div>
      </Panel>
    )}
    <Panel title="About">
      <ul>
        {props.about.map((one) => (
          <li>{one}</li>
        ))}
      </ul>
    </Panel>
    <Panel title="Evidence">
      {props.evidence.length === 0 && <p>No evaluation is linked.</p>}
      <ul>
        {props.evidence.map(({ href, label }) => (
          <li>{href ? <a href={href}>{label}</a> : label}</li>
        ))}
      </ul>
    </Panel>
    {pipParts.map(({ name, title }) => (
      <Panel title={title}>
        <p>{props.text[name]}</p>
      </Panel>
    ))}
  </Page>
);

const Beside = ({ happened, viewers, version, isOwn, form }: PipProps): Html => (
  <>
    <Panel title="What happened">
      {!isOwn && <Facts stacked facts={[{ term: "Version", value: version }]} />}
      {happened.length === 0 && <p>Nothing yet: it is a draft.</p>}
      <Timeline
        happenings={happened.map(({ at, by, what, note }) => ({
          at,
          what: (
            <>
              {by} {what}
              {note && <p>{note}</p>}
            </>
          ),
        }))}
      />
    </Panel>
    {viewers && (
      <Panel title="Mentors who see it">
        {viewers.now.length === 0 && <p>None: it is hidden from mentors.</p>}
        {viewers.now.map(({ name, endAction }) => (
          <div class="row">
            <span>{name}</span>
            <PostButton action={endAction} tone="quiet" about={`the leave of ${name}`}>
              End
            </PostButton>
          </div>
        ))}
        {viewers.choices.length > 0 && (
          <Form action={viewers.action} panel={false} guard={false}>
            <Select name="personId" label="Open it to" options={viewers.choices} empty="Choose a mentor" form={form} />
            <Button>Open</Button>
          </Form>
        )}
      </Panel>
    )}
  </>
);

export interface PipDraftProps {
  readonly called: string;
  readonly name: string;
  readonly crumbs: readonly Crumb[];
  readonly action: string;
  readonly subcompetencies: readonly Choice[];
  readonly evaluations: readonly Choice[];
  readonly draft: {
    readonly startsOn: string;
    readonly endsOn: string;
    readonly subcompetencyIds: readonly string[];
    readonly evaluationIds: readonly string[];
    readonly text: PipText | null;
  };
  readonly form?: FormState | undefined;
}

export const PipDraftPage = (props: PipDraftProps): Html => (
  <Page
    title={`Draft: ${props.called} for ${props.name}`}
    crumbs={props.crumbs}
    form={props.form}
    lead="Every part is needed before a second person can approve it. Stored sealed."
  >
    <Form action={props.action}>
      <DateField name="startsOn" label="From" value={props.draft.startsOn} form={props.form} />
      <DateField name="endsOn" label="Until" value={props.draft.endsOn} form={props.form} />
      <CheckboxGroup
        name="subcompetencyIds"
        label="About"
        options={props.subcompetencies}
        value={props.draft.subcompetencyIds}
        form={props.form}
      />
      {props.evaluations.length > 0 && (
        <CheckboxGroup
          name="evaluationIds"
          label="Evidence"
          hint="Submitted evaluations; the trainee can open those that are linked."
          options={props.evaluations}
          value={props.draft.evaluationIds}
          form={props.form}
        />
      )}
      {pipParts.map(({ name, title, hint }) => (
        <TextArea
          name={name}
          label={title}
          hint={hint}
          value={props.draft.text?.[name]}
          maxlength={4000}
          form={props.form}
        />
      ))}
      <FormFoot note="Each save is a version of its own; none is lost.">
        <Button tone="primary">Save draft</Button>
      </FormFoot>
    </Form>
  </Page>
);

export interface PipStepProps {
  readonly called: string;
  readonly name: string;
  readonly isOwn: boolean;
  readonly crumbs: readonly Crumb[];
  readonly action: string;
  readonly step: PipStep;
  readonly witnesses: readonly Choice[];
  readonly escalations: readonly Choice[];
  readonly days: { readonly hearing: number; readonly grievance: number };
  readonly form?: FormState | undefined;
}

const about: Readonly<Partial<Record<PipStep, string>>> = {
  put_forward: "Someone who did not write it reads it and approves it, or hands it back.",
  approved: "You confirm that the plan is fair, complete and supported by its evidence.",
  issued: "From now on the trainee sees the plan. The days to answer begin.",
  acknowledged: "Acknowledging says that you have received the plan, not that you agree with it.",
  declined: "The plan takes effect all the same. The witness saw that the plan was handed over.",
  rescinded: "The plan ends and stays on record with your reason.",
  hearing_requested: "You ask to be heard before the decision takes effect.",
  grievance_filed: "You object to the decision under your institution's procedure.",
};

export const PipStepPage = (props: PipStepProps): Html => (
  <Page
    title={acts[props.step]}
    crumbs={props.crumbs}
    form={props.form}
    lead={props.isOwn ? about[props.step] : `${props.called} of ${props.name}. ${about[props.step] ?? ""}`}
  >
    <Form action={props.action} hidden={{ step: props.step }}>
      {props.step === "declined" && (
        <Select name="witnessId" label="Witness" options={props.witnesses} empty="Choose a person" form={props.form} />
      )}
      {props.step === "extended" && <DateField name="newEnd" label="New end" form={props.form} />}
      {props.step === "escalated" && (
        <>
          <RadioGroup name="kind" label="Escalated to" options={props.escalations} form={props.form} />
          <DateField
            name="effectiveOn"
            label="Takes effect"
            hint={`The trainee has ${props.days.hearing} days to ask for a hearing and ${props.days.grievance} to file a grievance. Year, month, day.`}
            form={props.form}
          />
        </>
      )}
      <TextArea
        name="note"
        label={props.isOwn ? "Your words" : "What was found, or why"}
        optional={props.step === "acknowledged" || props.step === "issued" || props.step === "approved"}
        hint="Stored sealed, and stays on record."
        maxlength={4000}
        form={props.form}
      />
      <FormFoot>
        <Button tone={props.step === "rescinded" || props.step === "escalated" ? "danger" : "primary"}>
          {acts[props.step]}
        </Button>
      </FormFoot>
    </Form>
  </Page>
);
