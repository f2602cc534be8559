/** Who is where: one line a participant, by code; and the waves of asking again. */
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { DateField, Form, FormFoot, type FormState, Select, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Figures, Note, Panel, ProgressBar } from "@views/panel.tsx";
import { DataTable, Filters, Pager } from "@views/table.tsx";

export interface Line {
  readonly code: string;
  readonly name: string;
  readonly href: string;
  readonly site: string;
  readonly state: PersonState;
  readonly version: string;
  readonly waits: string;
  readonly choices: string;
}
export const personStates = [
  "not asked",
  "asked",
  "signing",
  "in effect",
  "again",
  "partly taken back",
  "taken back",
  "declined",
] as const;
export type PersonState = (typeof personStates)[number];
const tones = {
  "not asked": "none",
  asked: "info",
  signing: "warn",
  "in effect": "ok",
  again: "warn",
  "partly taken back": "query",
  "taken back": "bad",
  declined: "none",
} as const;
const stateWords: Readonly<Record<PersonState, string>> = {
  "not asked": "Not asked",
  asked: "Asked",
  signing: "Being signed",
  "in effect": "In effect",
  again: "To be signed again",
  "partly taken back": "Partly taken back",
  "taken back": "Taken back",
  declined: "Declined",
};

export interface OverviewProps {
  readonly here: string;
  readonly addHref: string | null;
  readonly csvHref: string | null;
  readonly sites: readonly { readonly value: string; readonly label: string }[];
  readonly filter: { readonly q: string; readonly site: string; readonly state: string };
  readonly counts: readonly { readonly state: PersonState; readonly count: number }[];
  readonly lines: readonly Line[];
  readonly page: {
    readonly from: number;
    readonly to: number;
    readonly total: number;
    readonly previous?: string;
    readonly next?: string;
  };
  readonly seesNames: boolean;
}

export const OverviewPage = (props: OverviewProps): Html => (
  <Page
    title="Participants"
    lead="Who was asked, who signed, and what stands."
    actions={
      props.csvHref && (
        <ButtonLink href={props.csvHref} download>
          Status by code (CSV)
        </ButtonLink>
      )
    }
    primary={
      props.addHref && (
        <ButtonLink href={props.addHref} tone="primary">
          Add a participant
        </ButtonLink>
      )
    }
  >
    <Figures
      figures={props.counts
        .filter(({ count }) => count > 0)
        .map(({ state, count }) => ({ label: stateWords[state], value: count }))}
    />
    <Filters
      action={props.here}
      {...(props.filter.q || props.filter.site || props.filter.state ? { clear: props.here } : {})}
      live="#list"
    >
      <TextField name="q" label="Code" value={props.filter.q} width="s" autocomplete="off" />
      {props.sites.length > 0 && (
        <Select name="site" label="Site" empty="All sites" options={props.sites} value={props.filter.site} />
      )}
      <Select
        name="state"
        label="State"
        empty="All"
        options={personStates.map((value) => ({ value, label: stateWords[value] }))}
        value={props.filter.state}
      />
    </Filters>
    <div id="list">
      <DataTable
        caption={`Participants, by code: ${props.page.total}`}
        rows={props.lines}
        columns={[
          { key: "code", head: "Code", cell: (row) => <a href={row.href}>{row.code}</a> },
          ...(props.seesNames ? [{ key: "name", head: "Name", cell: (row: Line) => row.name }] : []),
          { key: "site", head: "Site", cell: (row) => row.site },
          {
            key: "state",
            head: "State",
            cell: (row) => <Badge tone={tones[row.state]}>{stateWords[row.state]}</Badge>,
          },
          { key: "version", head: "Version", align: "end", cell: (row) => row.version },
          { key: "waits", head: "Waits for", wrap: true, cell: (row) => row.waits },
          { key: "choices", head: "Said no to", wrap: true, cell: (row) => row.choices },
        ]}
        empty={<Empty title="Nobody here. Add a participant, or change the filter." />}
      />
      <Pager
        from={props.page.from}
        to={props.page.to}
        total={props.page.total}
        previous={props.page.previous}
        next={props.page.next}
      />
    </div>
  </Page>
);

export interface Wave {
  readonly document: string;
  readonly number: number;
  readonly asked: number;
  readonly done: number;
  readonly late: number;
  readonly dueOn: string;
  readonly sites: readonly {
    readonly site: string;
    readonly asked: number;
    readonly done: number;
    readonly late: number;
  }[];
}
export interface WavesProps {
  readonly waves: readonly Wave[];
  readonly open: readonly {
    readonly action: string;
    readonly document: string;
    readonly number: number;
    readonly changes: string;
    readonly who: number;
  }[];
  readonly due: string;
  readonly mayAsk: boolean;
  readonly form?: FormState;
  readonly crumbs?: readonly Crumb[];
}

export const WavesPage = ({ waves, open, due, mayAsk, form }: WavesProps): Html => (
  <Page
    title="Asking again"
    lead="After an amendment that could alter somebody's decision, participants who agreed to an earlier version are asked again. After the day that you set, new procedures wait for the new signature; what was begun goes on."
    form={form}
  >
    {open.map((one, at) => (
      <Panel title={`${one.document}, version ${one.number}`}>
        <p>{one.changes}</p>
        <p>
          {one.who === 1 ? "One participant" : `${one.who} participants`} agreed to an earlier version, and this one is
          in force where they take part.
        </p>
        {mayAsk && at === 0 && (
          <Form action={one.action} panel={false}>
            <DateField name="dueOn" label="To be signed by" value={due} form={form} />
            <FormFoot>
              <Button tone="primary">Ask them again</Button>
            </FormFoot>
          </Form>
        )}
      </Panel>
    ))}
    {open.length > 1 && <Note>The next of these can be begun when the first is.</Note>}
    {waves.length === 0 && open.length === 0 && <Empty title="Nobody has to be asked again." />}
    {waves.map((wave) => (
      <Panel title={`${wave.document}, version ${wave.number}, by ${wave.dueOn}`}>
        <ProgressBar label="Signed again" value={wave.done} max={wave.asked} />
        <DataTable
          caption="By site"
          scroll={false}
          rows={wave.sites}
          columns={[
            { key: "site", head: "Site", cell: (row) => row.site },
            { key: "asked", head: "Asked", align: "end", cell: (row) => row.asked },
            { key: "done", head: "Signed", align: "end", cell: (row) => row.done },
            { key: "late", head: "Late", align: "end", cell: (row) => row.late },
          ]}
        />
      </Panel>
    ))}
  </Page>
);
