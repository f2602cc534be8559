/** Adverse events: the list with its clocks, one event with its versions, the form, and what forms and reports do not agree on. */
import type { GivenSignature, Signing } from "@core/module.ts";
import { SignatureField } from "@core/signature/signature-field.tsx";
import { Badge, type Tone } from "@views/badge.tsx";
import { Button, ButtonLink } from "@views/button.tsx";
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
  TextField,
} from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import {
  type ClockState,
  type Difference,
  outcomes,
  relations,
  seriousness,
  seriousnessNames,
  severities,
} from "../rules/safety.ts";
import type { VersionRow } from "../store/safety.ts";
import type { Choice } from "./delegation.tsx";
import { type Happening, History } from "./history.tsx";

const tones: Readonly<Record<ClockState, Tone>> = {
  "no clock": "none",
  running: "warn",
  late: "bad",
  "reported in time": "ok",
  "reported late": "warn",
};
const choices = (record: Readonly<Record<string, string>>): Choice[] =>
  Object.entries(record).map(([value, label]) => ({ value, label }));

interface EventLine {
  readonly href: string;
  readonly number: number;
  readonly code: string;
  readonly site: string;
  readonly term: string;
  readonly onsetOn: string;
  readonly serious: boolean;
  readonly unexpected: boolean;
  readonly state: ClockState;
  readonly clock: string;
  readonly outcome: string;
}
export interface EventsProps {
  readonly add: string | null;
  readonly reconcile: string | null;
  readonly csv: string;
  readonly lines: readonly EventLine[];
}
export const EventsPage = ({ add, reconcile, csv, lines }: EventsProps): Html => (
  <Page
    title="Adverse events"
    lead="Serious ones are reported to the sponsor within 24 hours of awareness; what is late or running stands first."
    actions={
      <>
        {reconcile && <ButtonLink href={reconcile}>Compare with the forms</ButtonLink>}
        <ButtonLink href={csv} download>
          List as CSV
        </ButtonLink>
        {add && (
          <ButtonLink href={add} tone="primary">
            Record an event
          </ButtonLink>
        )}
      </>
    }
  >
    <DataTable
      caption={lines.length === 1 ? "1 event" : `${lines.length} events`}
      columns={[
        {
          key: "number",
          head: "Event",
          cell: (line: EventLine) => <a href={line.href}>{`${line.number} ${line.term}`}</a>,
          wrap: true,
        },
        { key: "code", head: "Participant", cell: (line) => line.code },
        { key: "site", head: "Site", cell: (line) => line.site },
        { key: "onset", head: "Onset", cell: (line) => line.onsetOn },
        {
          key: "serious",
          head: "Serious",
          cell: (line) =>
            line.serious ? (
              <Badge tone="bad">{line.unexpected ? "serious, unexpected reaction" : "serious"}</Badge>
            ) : (
              "no"
            ),
        },
        {
          key: "clock",
          head: "Report",
          cell: (line) =>
            line.state === "no clock" ? (
              ""
            ) : (
              <>
                <Badge tone={tones[line.state]}>{line.state}</Badge>
                {line.clock && <span class="muted"> {line.clock}</span>}
              </>
            ),
        },
        { key: "outcome", head: "Outcome", cell: (line) => line.outcome },
      ]}
      rows={lines}
      empty={
        <Empty title="No adverse event is recorded">
          Whatever happens to a participant is recorded here, related or not.
        </Empty>
      }
    />
  </Page>
);

export interface EventProps {
  readonly crumbs: readonly Crumb[];
  readonly row: VersionRow;
  readonly site: string;
  readonly state: ClockState;
  readonly serious: boolean;
  readonly clock: { readonly by: Date; readonly words: string } | null;
  readonly authority: { readonly by: Date; readonly words: string } | null;
  readonly criteria: readonly string[];
  readonly narrative: string;
  readonly happened: readonly Happening[];
  readonly signatures: readonly GivenSignature[];
  readonly pdf: string;
  readonly followUp: string | null;
  readonly report: { readonly action: string; readonly signing: Signing; readonly left: readonly string[] } | null;
  readonly form?: FormState | undefined;
}
export const EventPage = ({ row, ...props }: EventProps): Html => (
  <Page
    title={`Event ${row.number} of ${row.code}: ${row.term}`}
    crumbs={props.crumbs}
    badge={
      props.state === "no clock" ? (
        <Badge tone="none">not serious</Badge>
      ) : (
        <Badge tone={tones[props.state]}>{props.state}</Badge>
      )
    }
    form={props.form}
    actions={
      <>
        <ButtonLink href={props.pdf} download>
          Report as PDF
        </ButtonLink>
        {props.followUp && <ButtonLink href={props.followUp}>Follow up</ButtonLink>}
      </>
    }
    aside={<History title="What happened since" happened={props.happened} signatures={props.signatures} />}
  >
    {props.clock && (
      <Note tone={props.state === "late" ? "bad" : props.state === "running" ? "warn" : "info"}>
        <p>
          To the sponsor by <Time at={props.clock.by} show="full" />: {props.clock.words}.
        </p>
        {props.authority && (
          <p>
            An unexpected reaction: to the authority by <Time at={props.authority.by} show="full" />:{" "}
            {props.authority.words}.
          </p>
        )}
      </Note>
    )}
    <Panel>
      <Facts
        facts={[
          { term: "Site", value: props.site },
          { term: "Onset", value: row.onsetOn },
          { term: "End", value: row.endedOn ?? "continuing" },
          { term: "Team aware", value: <Time at={row.awareAt} show="full" /> },
          { term: "Serious", value: props.serious ? props.criteria.join("; ") : "no" },
          { term: "Severity", value: severities[row.severity] },
          { term: "Related", value: relations[row.related] },
          { term: "Expected", value: row.expected ? "yes" : "no" },
          { term: "Outcome", value: outcomes[row.outcome] },
          { term: "Version", value: row.version },
        ]}
      />
    </Panel>
    <Panel title="In words">
      <p>{props.narrative || "Nothing was written."}</p>
    </Panel>
    {props.report && props.report.left.length > 0 && (
      <Form action={props.report.action} panel>
        <RadioGroup
          name="toldTo"
          label={`Report version ${row.version} to the`}
          options={[...props.report.left]}
          inline
          form={props.form}
        />
        <SignatureField signing={props.report.signing} form={props.form} />
        <FormFoot>
          <Button tone="primary">Sign the report</Button>
        </FormFoot>
      </Form>
    )}
  </Page>
);

export interface EventFormProps {
  readonly title: string;
  readonly action: string;
  readonly crumbs: readonly Crumb[];
  /** For a new event. */
  readonly subjects: readonly Choice[] | null;
  readonly now: { readonly day: string; readonly time: string } | null;
  /** For a follow-up: the version before. */
  readonly values: Readonly<Record<string, string | readonly string[]>> | null;
  readonly form?: FormState | undefined;
}
export const EventFormPage = ({ title, action, crumbs, subjects, now, values, form }: EventFormProps): Html => {
  const was = (name: string) => {
    const value = values?.[name];
    return typeof value === "string" ? value : "";
  };
  const criteria = values?.criteria;
  return (
    <Page title={title} crumbs={crumbs} form={form}>
      <Form action={action} panel>
        {subjects && (
          <Select name="subjectId" label="Participant" options={subjects} empty="Choose a code" form={form} />
        )}
        <TextField
          name="term"
          label="What happened"
          hint="A diagnosis, if there is one. No name."
          width="l"
          value={was("term")}
          form={form}
        />
        <DateField name="onsetOn" label="Onset" value={was("onsetOn")} form={form} />
        <DateField name="endedOn" label="End" optional value={was("endedOn")} form={form} />
        {now && (
          <>
            <DateField
              name="awareOn"
              label={subjects ? "The team learnt of it on" : "If it is serious now: the team learnt that on"}
              value={now.day}
              form={form}
            />
            <TextField
              name="awareTime"
              label="At (UTC)"
              hint="For example 14:30. The clock of 24 hours begins here."
              width="xs"
              value={now.time}
              form={form}
            />
          </>
        )}
        <RadioGroup
          name="severity"
          label="Severity"
          options={choices(severities)}
          inline
          value={was("severity")}
          form={form}
        />
        <CheckboxGroup
          name="criteria"
          label="Serious, because it"
          hint="Tick none when it is not serious."
          options={seriousnessNames.map((value) => ({ value, label: seriousness[value] }))}
          value={Array.isArray(criteria) ? [...criteria] : []}
          form={form}
        />
        <RadioGroup
          name="related"
          label="Caused by what is studied"
          options={choices(relations)}
          inline
          value={was("related")}
          form={form}
        />
        <RadioGroup
          name="expected"
          label="Expected, by the reference safety information"
          options={[
            { value: "yes", label: "Yes" },
            { value: "no", label: "No" },
          ]}
          inline
          value={was("expected")}
          form={form}
        />
        <Select
          name="outcome"
          label="Outcome"
          options={choices(outcomes)}
          empty="Choose the outcome"
          value={was("outcome")}
          form={form}
        />
        <TextArea
          name="narrative"
          label="In words"
          optional
          rows={6}
          hint="Sealed under the participant's own key."
          value={was("narrative")}
          form={form}
        />
        <FormFoot>
          <Button tone="primary">{subjects ? "Record" : "Write the next version"}</Button>
        </FormFoot>
      </Form>
    </Page>
  );
};

export interface ReconciliationProps {
  readonly crumbs: readonly Crumb[];
  readonly form: string;
  readonly reported: number;
  readonly captured: number;
  readonly lines: readonly (Difference & { readonly code: string })[];
}
export const ReconciliationPage = ({ crumbs, form, reported, captured, lines }: ReconciliationProps): Html => (
  <Page
    title="Reports and forms"
    crumbs={crumbs}
    lead={
      form === ""
        ? "No form is named in the settings, so there is nothing to compare the reports with."
        : `${reported} recorded here, ${captured} on the form ${form}. What they do not agree on stands below.`
    }
  >
    <DataTable
      caption={lines.length === 1 ? "1 difference" : `${lines.length} differences`}
      columns={[
        { key: "code", head: "Participant", cell: (line: ReconciliationProps["lines"][number]) => line.code },
        { key: "says", head: "Difference", wrap: true, cell: (line) => line.says },
        {
          key: "reported",
          head: "Recorded here",
          wrap: true,
          cell: (line) =>
            line.reported
              ? `${line.reported.term}, ${line.reported.onsetOn}${line.reported.serious ? ", serious" : ""}`
              : "–",
        },
        {
          key: "captured",
          head: "On the form",
          wrap: true,
          cell: (line) =>
            line.captured
              ? `${line.captured.term}, ${line.captured.onsetOn}${line.captured.serious ? ", serious" : ""}`
              : "–",
        },
      ]}
      rows={lines}
      empty={<Empty title="They agree">Every event stands in both, alike.</Empty>}
    />
  </Page>
);
