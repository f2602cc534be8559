/** Queries: the list with its filters and bulk answers, one query's thread, and asking about an answer. */
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Checkbox, DateField, Form, FormFoot, type FormState, Select, TextArea, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Facts, Panel } from "@views/panel.tsx";
import { DataTable, Filters, Pager } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { moves, type QueryAct, type QueryStateName, stateTones } from "../cleaning/query-state.ts";
import { counted } from "../counted.ts";

export interface QueryLine {
  readonly id: string;
  readonly href: string;
  readonly participant: string;
  readonly where: string;
  readonly text: string;
  readonly state: QueryStateName;
  readonly kind: string;
  readonly age: number;
  readonly dueOn: string | null;
  readonly isLate: boolean;
  readonly assignee: string | null;
}

export const QueriesPage = (props: {
  readonly lines: readonly QueryLine[];
  readonly total: number;
  readonly from: number;
  readonly previous?: string | undefined;
  readonly next?: string | undefined;
  readonly filter: Readonly<Record<"state" | "site" | "form" | "mine" | "late" | "older", string>>;
  readonly sites: readonly { readonly value: string; readonly label: string }[];
  readonly forms: readonly { readonly value: string; readonly label: string }[];
  readonly action: string;
  readonly bulk: string | null;
  readonly form?: FormState | undefined;
}): Html => (
  <Page title="Queries" lead="Questions about answers, from people and from checks." form={props.form}>
    <Filters
      action={props.action}
      live="#list"
      clear={Object.values(props.filter).some(Boolean) ? props.action : undefined}
    >
      <Select
        name="state"
        label="State"
        empty="Waiting"
        options={["open", "answered", "candidate", "closed", "resolved", "cancelled", { value: "all", label: "All" }]}
        value={props.filter.state}
      />
      {props.sites.length > 1 && (
        <Select name="site" label="Site" empty="All sites" options={props.sites} value={props.filter.site} />
      )}
      <Select name="form" label="Form" empty="All forms" options={props.forms} value={props.filter.form} />
      <Select
        name="older"
        label="Age"
        empty="Any"
        options={[
          { value: "7", label: "7 days and more" },
          { value: "30", label: "30 days and more" },
          { value: "90", label: "90 days and more" },
        ]}
        value={props.filter.older}
      />
      <Checkbox name="mine" label="Given to me" checked={props.filter.mine !== ""} />
      <Checkbox name="late" label="Overdue" checked={props.filter.late !== ""} />
    </Filters>
    <div id="list">
      <DataTable
        caption={counted(props.total, "query", "queries")}
        columns={[
          { key: "text", head: "Question", wrap: true, cell: (line: QueryLine) => <a href={line.href}>{line.text}</a> },
          { key: "participant", head: "Participant", cell: (line) => line.participant },
          { key: "where", head: "Where", wrap: true, cell: (line) => line.where },
          { key: "state", head: "State", cell: (line) => <Badge tone={stateTones[line.state]}>{line.state}</Badge> },
          {
            key: "kind",
            head: "From",
            cell: (line) => (line.kind === "manual" ? "a person" : line.kind === "check" ? "a check" : "an import"),
          },
          { key: "age", head: "Age", align: "end", cell: (line) => counted(line.age, "day") },
          {
            key: "due",
            head: "Due",
            cell: (line) => (line.isLate ? <Badge tone="bad">{line.dueOn}</Badge> : (line.dueOn ?? "")),
          },
          { key: "assignee", head: "With", cell: (line) => line.assignee ?? "" },
        ]}
        rows={props.lines}
        empty={<Empty title="No query">Nothing is asked that fits these filters.</Empty>}
        selection={
          props.bulk && props.lines.some((line) => line.state === "open")
            ? {
                action: props.bulk,
                value: (line) => line.id,
                label: (line) => `${line.participant}: ${line.text}`,
                buttons: (
                  <>
                    <TextField name="text" label="One answer for all of them" width="l" form={props.form} />
                    <Button>Answer the selected</Button>
                  </>
                ),
              }
            : undefined
        }
      />
      <Pager
        from={props.total === 0 ? 0 : props.from}
        to={props.from + props.lines.length - 1}
        total={props.total}
        previous={props.previous}
        next={props.next}
      />
    </div>
  </Page>
);

export const QueryPage = (props: {
  readonly crumbs: readonly Crumb[];
  readonly title: string;
  readonly state: QueryStateName;
  readonly facts: readonly { readonly term: string; readonly value: string }[];
  readonly answer: string;
  readonly sheet: string;
  readonly messages: readonly {
    readonly by: string;
    readonly at: Date;
    readonly text: string;
    readonly state: string;
  }[];
  readonly acts: readonly QueryAct[];
  readonly people: readonly { readonly value: string; readonly label: string }[];
  readonly assignedTo: string;
  readonly dueOn: string;
  readonly action: string;
  readonly form?: FormState | undefined;
}): Html => (
  <Page
    title={props.title}
    crumbs={props.crumbs}
    badge={<Badge tone={stateTones[props.state]}>{props.state}</Badge>}
    form={props.form}
    actions={<ButtonLink href={props.sheet}>Open the form</ButtonLink>}
    aside={
      <Panel title="About">
        <Facts facts={[{ term: "The answer now", value: props.answer }, ...props.facts]} stacked />
      </Panel>
    }
  >
    <Panel title="Thread">
      <ul class="stack">
        {props.messages.map((message) => (
          <li>
            <p>
              <strong>{message.by}</strong> · <Time at={message.at} /> · {message.state}
            </p>
            <p>{message.text}</p>
          </li>
        ))}
      </ul>
    </Panel>
    {props.acts.length > 0 && (
      <Form action={props.action}>
        <TextArea name="text" label="What you say" rows={3} form={props.form} />
        {props.acts.some((act) => moves[act].by === "asker") && (
          <div class="row">
            <Select
              name="assignedTo"
              label="Given to"
              empty="anyone at the site"
              options={props.people}
              value={props.assignedTo}
              form={props.form}
            />
            <DateField name="dueOn" label="Due" optional value={props.dueOn} form={props.form} />
          </div>
        )}
        <FormFoot>
          {props.acts.map((act, at) => (
            <Button name="act" value={act} tone={at === 0 ? "primary" : act === "cancel" ? "quiet" : "normal"}>
              {moves[act].label}
            </Button>
          ))}
        </FormFoot>
      </Form>
    )}
  </Page>
);

export const AskPage = (props: {
  readonly crumbs: readonly Crumb[];
  readonly about: string;
  readonly answer: string;
  readonly people: readonly { readonly value: string; readonly label: string }[];
  readonly action: string;
  readonly hidden: Readonly<Record<string, string>>;
  readonly form?: FormState | undefined;
}): Html => (
  <Page
    title={`Ask about ${props.about}`}
    crumbs={props.crumbs}
    lead={`The answer now: ${props.answer}`}
    form={props.form}
  >
    <Form action={props.action} hidden={props.hidden}>
      <TextArea
        name="text"
        label="Your question"
        hint="Name no participant; the site sees which answer is meant."
        rows={4}
        form={props.form}
      />
      <Select name="assignedTo" label="Given to" empty="anyone at the site" options={props.people} form={props.form} />
      <DateField name="dueOn" label="Due" optional form={props.form} />
      <Checkbox name="candidate" label="Draft: do not send it to the site yet" form={props.form} />
      <FormFoot>
        <Button tone="primary">Ask</Button>
      </FormFoot>
    </Form>
  </Page>
);
