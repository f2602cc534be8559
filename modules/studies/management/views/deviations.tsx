/** Deviations: the log, one with what is owed and what was done about it, and the form. */
import type { GivenSignature, Signing } from "@core/module.ts";
import { SignatureField } from "@core/signature/signature-field.tsx";
import { Badge, type Tone } from "@views/badge.tsx";
import { Button, ButtonLink } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { DateField, Form, FormFoot, type FormState, RadioGroup, Select, TextArea, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { DataTable, Filters, Pager } from "@views/table.tsx";
import {
  type Category,
  categories,
  type DeviationSeverity,
  type DeviationState,
  deviationSeverities,
  deviationStates,
  type Receiver,
  severityHints,
} from "../rules/deviations.ts";
import type { DeviationVersion } from "../store/deviations.ts";
import type { Choice } from "./delegation.tsx";
import { type Happening, History } from "./history.tsx";

const tones: Readonly<Record<DeviationState, Tone>> = {
  late: "bad",
  owed: "warn",
  "to review": "query",
  settled: "ok",
};
const severityTones: Readonly<Record<DeviationSeverity, Tone>> = {
  minor: "plain",
  important: "warn",
  "serious-breach": "bad",
};
const choices = (record: Readonly<Record<string, string>>): Choice[] =>
  Object.entries(record).map(([value, label]) => ({ value, label }));

interface DeviationLine {
  readonly href: string;
  readonly number: number;
  readonly title: string;
  readonly category: Category;
  readonly severity: DeviationSeverity;
  readonly about: string;
  readonly site: string;
  readonly discoveredOn: string;
  readonly state: DeviationState;
  /** "ethics committee by 2026-12-01" */
  readonly owed: string;
}
export interface DeviationsProps {
  readonly at: string;
  readonly add: string | null;
  readonly csv: string;
  readonly filter: {
    readonly category?: Category | undefined;
    readonly severity?: DeviationSeverity | undefined;
    readonly state?: DeviationState | undefined;
    readonly siteId?: string | undefined;
  };
  readonly sites: readonly Choice[];
  readonly total: number;
  readonly from: number;
  readonly lines: readonly DeviationLine[];
  readonly previous: string | null;
  readonly next: string | null;
}
export const DeviationsPage = (props: DeviationsProps): Html => (
  <Page
    title="Deviations"
    lead="Whatever was not done as the protocol says. What has to be reported, and what waits for the investigator, stands first."
    actions={
      <>
        <ButtonLink href={props.csv} download>
          Log as CSV
        </ButtonLink>
        {props.add && (
          <ButtonLink href={props.add} tone="primary">
            Record a deviation
          </ButtonLink>
        )}
      </>
    }
  >
    <Filters action={props.at} clear={props.at}>
      <Select
        name="category"
        label="Category"
        options={choices(categories)}
        empty="All"
        value={props.filter.category ?? ""}
      />
      <Select
        name="severity"
        label="Severity"
        options={choices(deviationSeverities)}
        empty="All"
        value={props.filter.severity ?? ""}
      />
      <Select
        name="state"
        label="State"
        options={choices(deviationStates)}
        empty="All"
        value={props.filter.state ?? ""}
      />
      {props.sites.length > 1 && (
        <Select name="siteId" label="Site" options={props.sites} empty="All" value={props.filter.siteId ?? ""} />
      )}
    </Filters>
    <div id="list">
      <DataTable
        caption={props.total === 1 ? "1 deviation" : `${props.total.toLocaleString("en")} deviations`}
        columns={[
          {
            key: "number",
            head: "Deviation",
            wrap: true,
            cell: (line: DeviationLine) => <a href={line.href}>{`${line.number} ${line.title}`}</a>,
          },
          { key: "category", head: "Category", wrap: true, cell: (line) => categories[line.category] },
          {
            key: "severity",
            head: "Severity",
            cell: (line) => <Badge tone={severityTones[line.severity]}>{deviationSeverities[line.severity]}</Badge>,
          },
          { key: "about", head: "Participant", cell: (line) => line.about },
          { key: "site", head: "Site", cell: (line) => line.site },
          { key: "discovered", head: "Found out", cell: (line) => line.discoveredOn },
          {
            key: "state",
            head: "State",
            wrap: true,
            cell: (line) => (
              <>
                <Badge tone={tones[line.state]}>{deviationStates[line.state]}</Badge>
                {line.owed && <span class="muted"> {line.owed}</span>}
              </>
            ),
          },
        ]}
        rows={props.lines}
        empty={<Empty title="No deviation">Nothing fits, or everything was done as the protocol says until now.</Empty>}
      />
      {(props.previous || props.next) && (
        <Pager
          from={props.from + 1}
          to={props.from + props.lines.length}
          total={props.total}
          {...(props.previous ? { previous: props.previous } : {})}
          {...(props.next ? { next: props.next } : {})}
        />
      )}
    </div>
  </Page>
);

export interface DeviationProps {
  readonly crumbs: readonly Crumb[];
  readonly row: DeviationVersion;
  readonly site: string;
  readonly state: DeviationState;
  readonly owed: readonly {
    readonly to: Receiver;
    readonly by: string;
    readonly on: string | null;
    readonly isLate: boolean;
  }[];
  readonly words: string;
  readonly action: string;
  readonly happened: readonly Happening[];
  readonly signatures: readonly GivenSignature[];
  readonly pdf: string;
  readonly edit: string | null;
  readonly tell: { readonly action: string; readonly today: string; readonly left: readonly Receiver[] } | null;
  readonly review: { readonly action: string; readonly signing: Signing } | null;
  readonly form?: FormState | undefined;
}
export const DeviationPage = ({ row, ...props }: DeviationProps): Html => (
  <Page
    title={`Deviation ${row.number}: ${row.title}`}
    crumbs={props.crumbs}
    badge={<Badge tone={tones[props.state]}>{deviationStates[props.state]}</Badge>}
    form={props.form}
    actions={
      <>
        <ButtonLink href={props.pdf} download>
          Report as PDF
        </ButtonLink>
        {props.edit && <ButtonLink href={props.edit}>Write it anew</ButtonLink>}
      </>
    }
    aside={<History title="What happened since" happened={props.happened} signatures={props.signatures} />}
  >
    {props.owed.length > 0 && (
      <Note tone={props.state === "late" ? "bad" : props.state === "owed" ? "warn" : "info"}>
        {props.owed.map(({ to, by, on, isLate }) => (
          <p>
            To the {to} by {by}: {on ? `reported on ${on}` : isLate ? "overdue" : "not reported yet"}.
          </p>
        ))}
      </Note>
    )}
    <Panel>
      <Facts
        facts={[
          { term: "Participant", value: row.code ?? "No single one" },
          { term: "Site", value: props.site },
          { term: "Category", value: categories[row.category] },
          { term: "Severity", value: deviationSeverities[row.severity] },
          { term: "Happened on", value: row.happenedOn },
          { term: "Found out on", value: row.discoveredOn },
          { term: "Version", value: row.version },
        ]}
      />
    </Panel>
    <Panel title="In words">
      <p>{props.words || "Nothing was written."}</p>
    </Panel>
    <Panel title="What is done about it">
      <p>{props.action || "Nothing was written."}</p>
    </Panel>
    {props.review && (
      <Form action={props.review.action} panel>
        <TextField name="note" label="Remark" optional width="l" form={props.form} />
        <SignatureField signing={props.review.signing} form={props.form} />
        <FormFoot>
          <Button tone="primary">Sign the review</Button>
        </FormFoot>
      </Form>
    )}
    {props.tell && props.tell.left.length > 0 && (
      <Panel title={`Version ${row.version} was reported`}>
        <Form action={props.tell.action} panel={false} guard={false}>
          <RadioGroup name="to" label="To the" options={[...props.tell.left]} inline form={props.form} />
          <DateField name="onDay" label="On" value={props.tell.today} form={props.form} />
          <TextField
            name="note"
            label="Reference"
            hint="The number of the letter, for example."
            optional
            form={props.form}
          />
          <Button>Note it</Button>
        </Form>
      </Panel>
    )}
  </Page>
);

export interface DeviationFormProps {
  readonly title: string;
  readonly action: string;
  readonly crumbs: readonly Crumb[];
  /** For a new one. */
  readonly place: {
    readonly sites: readonly Choice[];
    readonly everywhere: boolean;
    readonly subjects: readonly Choice[];
  } | null;
  readonly today: string;
  /** For the next version: the one before. */
  readonly values: Readonly<Record<string, string>> | null;
  readonly form?: FormState | undefined;
}
export const DeviationFormPage = ({ title, action, crumbs, place, today, values, form }: DeviationFormProps): Html => {
  const was = (name: string) => values?.[name] ?? "";
  return (
    <Page
      title={title}
      crumbs={crumbs}
      form={form}
      lead="No names here, and nothing that tells what somebody is given: people read this who must not know it."
    >
      <Form action={action} panel>
        {place && place.subjects.length > 0 && (
          <Select
            name="subjectId"
            label="Participant"
            optional
            options={place.subjects}
            empty="No single participant"
            form={form}
          />
        )}
        {place && (
          <Select
            name="siteId"
            label="Site"
            hint="Of a participant it is known already."
            optional
            options={place.sites}
            empty={place.everywhere ? "The participant's, or the whole study" : "The participant's"}
            form={form}
          />
        )}
        <TextField name="title" label="What happened, in a line" width="l" value={was("title")} form={form} />
        <Select
          name="category"
          label="Category"
          options={choices(categories)}
          empty="Choose a category"
          value={was("category")}
          form={form}
        />
        <RadioGroup
          name="severity"
          label="Severity"
          options={choices(deviationSeverities).map((one) => ({
            ...one,
            hint: severityHints[one.value as DeviationSeverity],
          }))}
          value={was("severity")}
          form={form}
        />
        <DateField name="happenedOn" label="Happened on" value={was("happenedOn")} form={form} />
        <DateField name="discoveredOn" label="Found out on" value={was("discoveredOn") || today} form={form} />
        <TextArea
          name="words"
          label="In words"
          hint="What the protocol asks, what was done instead, and why. Sealed under the study's key."
          optional
          rows={5}
          value={was("words")}
          form={form}
        />
        <TextArea
          name="action"
          label="What is done about it"
          hint="For the participant and the data now, and so that it does not happen again."
          optional
          rows={4}
          value={was("action")}
          form={form}
        />
        <FormFoot>
          <Button tone="primary">{place ? "Record" : "Write the next version"}</Button>
        </FormFoot>
      </Form>
    </Page>
  );
};
