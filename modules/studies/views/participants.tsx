/** Participants: the matrix of everyone by visit, enrolling, and one participant's casebook. */
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { DateField, Form, FormFoot, type FormState, Select, TextField } from "@views/form.tsx";
import type { Child, Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { DataTable, Filters, Pager } from "@views/table.tsx";
import { Timeline } from "@views/timeline.tsx";
import { type CellState, cellTones, cellWords } from "../capture/progress.ts";
import { counted } from "../counted.ts";

export interface MatrixCell {
  readonly state: CellState;
  /** Not planned in the participant's arm, and there because it holds data. */
  readonly outside: boolean;
  readonly done: number;
  readonly forms: number;
  readonly queries: number;
  readonly href: string;
}
export interface MatrixRow {
  readonly code: string;
  readonly href: string;
  readonly site: string;
  readonly status: string;
  /** Null: the visit is not planned in the participant's arm. */
  readonly cells: readonly (MatrixCell | null)[];
}

export const MatrixPage = (props: {
  readonly events: readonly { readonly id: string; readonly title: string }[];
  readonly rows: readonly MatrixRow[];
  readonly total: number;
  readonly from: number;
  readonly previous?: string | undefined;
  readonly next?: string | undefined;
  readonly sites: readonly { readonly value: string; readonly label: string }[];
  readonly filter: Readonly<Record<"site" | "search" | "status" | "month", string>>;
  readonly action: string;
  readonly enrol: string | null;
  /** This person's roles show no participants at all, whether there are any or not. */
  readonly sealedOff: boolean;
}): Html => (
  <Page
    title="Participants"
    lead={
      props.events.length > 0 ? "Each row is a participant, each column a visit. Enter opens the visit." : undefined
    }
    primary={
      props.enrol && (
        <ButtonLink href={props.enrol} tone="primary">
          Enrol a participant
        </ButtonLink>
      )
    }
  >
    <Filters
      action={props.action}
      live="#list"
      clear={Object.values(props.filter).some(Boolean) ? props.action : undefined}
    >
      <TextField name="search" label="Code" type="search" width="s" value={props.filter.search} />
      {props.sites.length > 1 && (
        <Select name="site" label="Site" empty="All sites" options={props.sites} value={props.filter.site} />
      )}
      <Select
        name="status"
        label="Standing"
        empty="All"
        options={[
          "enrolled",
          "completed",
          "withdrawn",
          "screening",
          "screen-failed",
          { value: "left", label: "withdrawn or screen-failed" },
        ]}
        value={props.filter.status}
      />
      <TextField name="month" label="Enrolled (year-month)" width="s" value={props.filter.month} />
    </Filters>
    <div id="list">
      <DataTable
        caption={props.sealedOff ? "Participants" : counted(props.total, "participant")}
        scroll
        columns={[
          { key: "code", head: "Participant", cell: (row: MatrixRow) => <a href={row.href}>{row.code}</a> },
          { key: "site", head: "Site", cell: (row) => row.site },
          ...props.events.map((event, at) => ({
            key: event.id,
            head: event.title,
            cell: (row: MatrixRow) => <Cell cell={row.cells[at]} about={`${row.code}, ${event.title}`} />,
          })),
        ]}
        rows={props.rows}
        empty={
          <Empty title={props.sealedOff ? "Not shown to you" : "No participant"}>
            {props.sealedOff
              ? "Your roles in this study do not see participants, not even by code, so this page stays empty whoever is enrolled. An administrator of access can give you a role that does."
              : Object.values(props.filter).some(Boolean)
                ? "No participant fits these filters."
                : "Once a version is in force, participants are enrolled here."}
          </Empty>
        }
      />
      <Pager
        from={props.total === 0 ? 0 : props.from}
        to={props.from + props.rows.length - 1}
        total={props.total}
        previous={props.previous}
        next={props.next}
      />
    </div>
  </Page>
);

const Cell = ({ cell, about }: { cell: MatrixCell | null | undefined; about: string }): Html | null =>
  cell === null ? (
    <span class="hidden-text">Not planned in this arm: {about}</span>
  ) : cell ? (
    <a href={cell.href}>
      <Badge tone={cell.queries > 0 ? "query" : cellTones[cell.state]}>
        {cell.queries > 0
          ? counted(cell.queries, "query", "queries")
          : cell.state === "begun"
            ? `${cell.done}/${cell.forms}`
            : cellWords[cell.state]}
      </Badge>
      <span class="hidden-text"> {about}</span>
      {cell.outside && <span class="quiet"> outside the arm</span>}
    </a>
  ) : null;

export const EnrolPage = (props: {
  readonly crumbs: readonly Crumb[];
  readonly action: string;
  readonly sites: readonly { readonly value: string; readonly label: string }[];
  readonly arms: readonly { readonly value: string; readonly label: string }[];
  /** Where consent is kept here: those who agreed and are not enrolled yet. Null: consent is kept outside this program. */
  readonly waiting: readonly { readonly value: string; readonly label: string }[] | null;
  readonly today: string;
  readonly form?: FormState | undefined;
}): Html => (
  <Page
    title="Enrol a participant"
    crumbs={props.crumbs}
    lead={
      props.waiting
        ? "Whoever has agreed to take part is on this list, by code."
        : "The participant gets a code; who it is stays sealed in the vault and is not needed here."
    }
    form={props.form}
  >
    <Form action={props.action}>
      {props.sites.length > 0 && <Select name="siteId" label="Site" options={props.sites} form={props.form} />}
      {props.waiting ? (
        <Select
          name="code"
          label="Code"
          empty="Choose"
          hint={props.waiting.length === 0 ? "Nobody has agreed and is not enrolled yet." : undefined}
          options={props.waiting}
          form={props.form}
        />
      ) : (
        <TextField
          name="code"
          label="Code"
          optional
          width="m"
          hint="Empty: the next number of the site."
          form={props.form}
        />
      )}
      <DateField name="enrolledOn" label="Enrolled on" value={props.today} form={props.form} />
      {props.arms.length > 0 && (
        <Select name="arm" label="Arm" empty="Not assigned" options={props.arms} form={props.form} />
      )}
      {!props.waiting && (
        <TextField name="name" label="Name" optional hint="Sealed under the participant's own key." form={props.form} />
      )}
      <FormFoot>
        <Button tone="primary">Enrol</Button>
      </FormFoot>
    </Form>
  </Page>
);

export interface CasebookForm {
  readonly title: string;
  readonly href: string;
  readonly state: "empty" | "in progress" | "complete" | "not done";
  readonly required: boolean;
  readonly lock: string | null;
  readonly signed: string | null;
  readonly queries: number;
  readonly copy: string;
}
export interface CasebookVisit {
  readonly id: string;
  readonly title: string;
  readonly key: string;
  /** Not planned in the participant's arm, and there because it holds data. */
  readonly outside: boolean;
  readonly state: CellState;
  readonly happenedOn: string | null;
  readonly notDoneReason: string | null;
  readonly due: string | null;
  readonly forms: readonly CasebookForm[];
  readonly setAction: string | null;
}

export const CasebookPage = (props: {
  readonly title: string;
  readonly code: string;
  readonly crumbs: readonly Crumb[];
  readonly facts: readonly { readonly term: string; readonly value: Child }[];
  readonly visits: readonly CasebookVisit[];
  readonly notes: readonly string[];
  readonly status: { readonly action: string; readonly value: string } | null;
  readonly arm: {
    readonly action: string | null;
    readonly value: string;
    readonly options: readonly { readonly value: string; readonly label: string }[];
    readonly changes: readonly {
      readonly at: Date;
      readonly what: string;
      readonly reason: string;
      readonly by: string;
    }[];
  } | null;
  readonly acts: Child;
  readonly aside: Child;
  readonly form?: FormState | undefined;
}): Html => (
  <Page
    title={props.title}
    crumbs={props.crumbs}
    lead="The casebook: every visit with its forms."
    form={props.form}
    actions={props.acts}
    aside={
      <>
        <Panel title="Participant">
          <Facts facts={props.facts} stacked />
        </Panel>
        {props.aside}
        {props.arm && (props.arm.action || props.arm.changes.length > 0) && (
          <Panel title="Arm">
            {props.arm.changes.length > 0 && (
              <Timeline
                happenings={props.arm.changes.map(({ at, what, reason, by }) => ({
                  at,
                  what: `${by}: ${what}`,
                  reason,
                }))}
              />
            )}
            {props.arm.action && props.arm.options.length > 0 && (
              <details open={props.form?.values?.armReason !== undefined}>
                <summary>{props.arm.value ? "Move to another arm" : "Give an arm"}</summary>
                <Form action={props.arm.action} panel={false}>
                  <input type="hidden" name="was" value={props.arm.value} />
                  <Select name="arm" label="Arm" empty="Choose" options={props.arm.options} form={props.form} />
                  <TextField
                    name="armReason"
                    label="Reason"
                    hint="The visits of the new arm are planned from now on. Visits that hold data stay and are marked."
                    width="full"
                    form={props.form}
                  />
                  <FormFoot>
                    <Button>Move</Button>
                  </FormFoot>
                </Form>
              </details>
            )}
          </Panel>
        )}
        {props.status && (
          <Panel title="Standing in the study">
            <Form action={props.status.action} panel={false}>
              <Select
                name="status"
                label="Standing"
                options={["screening", "enrolled", "completed", "withdrawn", "screen-failed"]}
                value={props.status.value}
                form={props.form}
              />
              <TextField name="reason" label="Reason" optional width="full" form={props.form} />
              <FormFoot>
                <Button>Change</Button>
              </FormFoot>
            </Form>
          </Panel>
        )}
      </>
    }
  >
    {props.notes.map((note) => (
      <Note tone="warn">{note}</Note>
    ))}
    {props.visits.map((visit) => (
      <section id={`visit-${visit.id}-${visit.key || "1"}`} class="stack">
        <DataTable
          caption={`${visit.title}${visit.happenedOn ? ` · ${visit.happenedOn}` : ""}`}
          note={
            visit.outside
              ? "Not planned in this participant's arm: it stays because it holds data."
              : visit.notDoneReason
                ? `Not done: ${visit.notDoneReason}`
                : visit.happenedOn
                  ? undefined
                  : (visit.due ?? undefined)
          }
          columns={[
            {
              key: "form",
              head: "Form",
              wrap: true,
              cell: (form: CasebookForm) => <a href={form.href}>{form.title}</a>,
            },
            {
              key: "state",
              head: "State",
              cell: (form) => <Badge tone={tones[form.state]}>{words[form.state]}</Badge>,
            },
            { key: "needed", head: "Needed", quiet: true, cell: (form) => (form.required ? "Required" : "") },
            {
              key: "marks",
              head: "Signed and locked",
              cell: (form) => (
                <span class="row">
                  {form.signed && <Badge tone={form.signed === "Signed" ? "ok" : "bad"}>{form.signed}</Badge>}
                  {form.lock && <Badge tone="locked">{form.lock === "frozen" ? "Frozen" : "Locked"}</Badge>}
                </span>
              ),
            },
            {
              key: "queries",
              head: "Queries",
              align: "end",
              cell: (form) => (form.queries > 0 ? <Badge tone="query">{form.queries}</Badge> : ""),
            },
          ]}
          rows={visit.forms}
          empty={<Empty title="No form is planned at this visit">Forms are planned by who builds the study.</Empty>}
        />
        {visit.setAction && (
          <details>
            <summary>Day of the visit, or not done: {visit.title}</summary>
            <Form action={visit.setAction} guard={false}>
              <DateField name="happenedOn" label="Took place on" value={visit.happenedOn} optional />
              <TextField
                name="notDoneReason"
                label="Or it did not take place, because"
                optional
                width="full"
                value={visit.notDoneReason}
              />
              <FormFoot>
                <Button>Save</Button>
              </FormFoot>
            </Form>
          </details>
        )}
      </section>
    ))}
  </Page>
);

const tones = { empty: "none", "in progress": "warn", complete: "ok", "not done": "plain" } as const;
const words = { empty: "Empty", "in progress": "In progress", complete: "Complete", "not done": "Not done" };
