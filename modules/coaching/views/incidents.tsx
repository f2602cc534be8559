/** Incidents and tasks: what is open, what each step was, and the forms that close one. */
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Form, type FormState, RadioGroup, Select, TextArea } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { DataTable, Filters, Pager, type PagerProps } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { Timeline } from "@views/timeline.tsx";
import { counted } from "../counted.ts";
import type { Disposition, IncidentStatus } from "../incident.ts";
import type { IncidentView } from "../routes/incidents.ts";
import type { TaskKind } from "../task.ts";
import { type Tier, tierInWords } from "../tier.ts";
import { contactInWords, dispositionInWords, incidentInWords, taskInWords, toneOf } from "../words.ts";

interface Line {
  readonly href: string;
  readonly name: string;
  readonly tier: Tier;
  readonly status: IncidentStatus;
  readonly openedAt: Date;
  readonly dueAt: Date | null;
  readonly by: string | null;
  readonly disposition: Disposition | null;
  readonly resolvedAt: Date | null;
  readonly minutesToAnswer: number | null;
}
interface TaskLine {
  readonly href: string;
  readonly name: string;
  readonly kind: TaskKind;
  readonly tier: Tier;
  readonly dueAt: Date;
  readonly isLate: boolean;
}
interface IncidentsProps {
  readonly now: Date;
  readonly action: string;
  readonly kind: string;
  readonly late: string;
  readonly unreviewed: string;
  readonly tasksPager: PagerProps;
  readonly closedPager: PagerProps;
  readonly open: readonly Line[];
  readonly closed: readonly Line[];
  readonly tasks: readonly TaskLine[];
}

const State = ({ status }: { status: IncidentStatus }): Html => (
  <Badge tone={incidentInWords[status][1]}>{incidentInWords[status][0]}</Badge>
);
const minutes = (value: number) => (value < 1 ? "under a minute" : counted(Math.round(value), "minute"));

export const IncidentsPage = ({ now, open, closed, tasks, ...props }: IncidentsProps): Html => (
  <Page title="Incidents and tasks">
    <div class="stack">
      <DataTable
        caption={`${counted(open.length, "open incident")}, the longest open first`}
        columns={[
          { key: "name", head: "Member", cell: (line: Line) => <a href={line.href}>{line.name}</a> },
          {
            key: "tier",
            head: "What",
            cell: (line) => <Badge tone={toneOf(line.tier)}>{tierInWords[line.tier]}</Badge>,
          },
          { key: "status", head: "State", cell: (line) => <State status={line.status} /> },
          { key: "opened", head: "Since", cell: (line) => <Time at={line.openedAt} /> },
          {
            key: "by",
            head: "Who",
            cell: (line) =>
              line.by ?? (line.dueAt && line.dueAt < now ? <Badge tone="bad">Nobody, and late</Badge> : "Nobody yet"),
          },
        ]}
        rows={open}
        empty={
          <Empty title="No open incidents">
            An incident opens when a message speaks of danger. It pages by itself.
          </Empty>
        }
      />
      <Filters
        action={props.action}
        keep={{ unreviewed: props.unreviewed }}
        clear={props.kind !== "" || props.late !== "" ? props.action : undefined}
      >
        <Select
          name="kind"
          label="Task"
          empty="All"
          value={props.kind}
          options={Object.entries(taskInWords).map(([value, label]) => ({ value, label }))}
        />
        <Select
          name="late"
          label="Due"
          empty="Any time"
          value={props.late}
          options={[{ value: "yes", label: "Late" }]}
        />
      </Filters>
      <DataTable
        caption={`${counted(props.tasksPager.total, "open task")}, the first due at the top`}
        columns={[
          { key: "name", head: "Member", cell: (line: TaskLine) => <a href={line.href}>{line.name}</a> },
          { key: "what", head: "Task", cell: (line) => taskInWords[line.kind] },
          {
            key: "tier",
            head: "Because",
            cell: (line) =>
              line.tier === "none" ? "" : <Badge tone={toneOf(line.tier)}>{tierInWords[line.tier]}</Badge>,
          },
          {
            key: "due",
            head: "Due",
            cell: (line) => (
              <>
                <Time at={line.dueAt} /> {line.isLate && <Badge tone="bad">Late</Badge>}
              </>
            ),
          },
        ]}
        rows={tasks}
        empty={
          props.kind !== "" || props.late !== "" ? (
            <Empty title="No task fits">Clear the filter to see all.</Empty>
          ) : (
            <Empty title="No open tasks">Tasks come from the rules and from texts that could not be delivered.</Empty>
          )
        }
      />
      {props.tasksPager.total > tasks.length && <Pager {...props.tasksPager} />}
      {(closed.length > 0 || props.unreviewed !== "") && (
        <>
          <Filters
            action={props.action}
            keep={{ kind: props.kind, late: props.late }}
            clear={props.unreviewed !== "" ? props.action : undefined}
          >
            <Select
              name="unreviewed"
              label="Closed incidents"
              empty="All"
              value={props.unreviewed}
              options={[{ value: "yes", label: "Not reviewed yet" }]}
            />
          </Filters>
          <DataTable
            caption={`${counted(props.closedPager.total, "closed incident")}, the newest first`}
            columns={[
              { key: "name", head: "Member", cell: (line: Line) => <a href={line.href}>{line.name}</a> },
              { key: "tier", head: "What", cell: (line) => tierInWords[line.tier] },
              { key: "status", head: "State", cell: (line) => <State status={line.status} /> },
              {
                key: "answer",
                head: "Answered after",
                cell: (line) => (line.minutesToAnswer === null ? "" : minutes(line.minutesToAnswer)),
              },
              {
                key: "end",
                head: "Ended as",
                cell: (line) => (line.disposition ? dispositionInWords[line.disposition] : ""),
              },
              { key: "when", head: "When", cell: (line) => (line.resolvedAt ? <Time at={line.resolvedAt} /> : "") },
            ]}
            rows={closed}
            empty={<Empty title="All are reviewed">Nothing waits for the weekly review.</Empty>}
          />
          {props.closedPager.total > closed.length && <Pager {...props.closedPager} />}
        </>
      )}
    </div>
  </Page>
);

const stepInWords = {
  opened: "Opened",
  unheard: "Told: call the member",
  paged: "Paged",
  acknowledged: "Took it on",
  contacted: "Contact",
  resolved: "Resolved",
  reviewed: "Reviewed",
} as const;

export const IncidentPage = (props: IncidentView & { readonly form?: FormState | undefined }): Html => {
  const { base, crumbs, threadHref, name, row, by, mayAnswer, mayResolve, steps, form } = props;
  const isOpen = row.status !== "resolved" && row.status !== "reviewed";
  const nobody = row.status === "open" || row.status === "paged";
  return (
    <Page
      title={`${tierInWords[row.tier]}: ${name}`}
      crumbs={crumbs}
      badge={<State status={row.status} />}
      actions={threadHref && <ButtonLink href={threadHref}>Read the conversation</ButtonLink>}
      form={form}
      aside={
        <Panel title="Steps">
          <Timeline
            happenings={[...steps].reverse().map((one) => ({
              at: one.at,
              what: `${stepInWords[one.step]}${one.step === "opened" ? "" : ` (${one.by})`}${one.what && one.step !== "opened" ? `: ${one.what}` : ""}${one.note ? ` – ${one.note}` : ""}`,
            }))}
          />
        </Panel>
      }
    >
      <Panel title="As it stands">
        <Facts
          facts={[
            { term: "Open since", value: <Time at={row.openedAt} show="full" /> },
            { term: "To be answered within", value: counted(row.acknowledgeMinutes, "minute") },
            { term: "Who is on it", value: by ?? "Nobody yet" },
            { term: "Next page", value: row.nextPageAt ? <Time at={row.nextPageAt} show="full" /> : "None" },
            { term: "Contact", value: row.contact ? contactInWords[row.contact] : "Not yet" },
            { term: "Ended as", value: row.disposition ? dispositionInWords[row.disposition] : "Open" },
          ]}
        />
        {mayAnswer && nobody && (
          <PostButton action={`${base}/acknowledge`} tone="primary">
            I am on it
          </PostButton>
        )}
        {mayAnswer && isOpen && !nobody && (
          <PostButton action={`${base}/acknowledge`} tone="quiet">
            Take it on instead of {by ?? "the other"}
          </PostButton>
        )}
      </Panel>
      {mayAnswer && isOpen && !nobody && (
        <Panel title="How was the member contacted?">
          <Form action={`${base}/contact`}>
            <RadioGroup
              name="contact"
              label="How it went"
              form={form}
              options={Object.entries(contactInWords).map(([value, label]) => ({ value, label }))}
            />
            <TextArea name="note" label="Note" optional rows={2} maxlength={2000} form={form} />
            <Button>Record</Button>
          </Form>
        </Panel>
      )}
      {row.status === "contacted" &&
        (mayResolve ? (
          <Panel title="Close it">
            <Form action={`${base}/resolve`}>
              <RadioGroup
                name="disposition"
                label="What became of the person"
                hint="An incident is never closed without it."
                form={form}
                options={Object.entries(dispositionInWords)
                  .filter(([value]) => !(value === "safe-at-home" && row.contact === "not-reached"))
                  .map(([value, label]) => ({ value, label }))}
              />
              <TextArea name="note" label="Note" optional rows={2} maxlength={2000} form={form} />
              <Button tone="primary">Resolve</Button>
            </Form>
          </Panel>
        ) : (
          <Note>A clinician closes this incident.</Note>
        ))}
      {row.status === "resolved" && mayResolve && (
        <Panel title="Weekly review">
          <Form action={`${base}/review`}>
            <TextArea name="note" label="What we learnt" optional rows={2} maxlength={2000} form={form} />
            <Button>Reviewed</Button>
          </Form>
        </Panel>
      )}
    </Page>
  );
};
