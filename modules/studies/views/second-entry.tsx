/** Double entry: which forms wait for a second person or a decision, and the page where somebody decides. */
import { Badge } from "@views/badge.tsx";
import { Button } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Form, FormFoot, type FormState, RadioGroup, Select, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Facts, Figures, Note, Panel } from "@views/panel.tsx";
import { DataTable, Filters } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { type Decision, type SecondState, secondWords } from "../capture/second-entry.ts";
import { counted } from "../counted.ts";

export interface DoubleLine {
  readonly code: string;
  readonly form: string;
  readonly visit: string;
  readonly state: SecondState;
  readonly differences: number | null;
  readonly href: string | null;
  readonly act: string;
}

const tones: Readonly<Record<SecondState, "none" | "info" | "warn" | "ok">> = {
  "first entry": "none",
  waiting: "info",
  "being entered": "none",
  entered: "warn",
  decided: "ok",
};

export const DoubleEntryPage = (props: {
  readonly lines: readonly DoubleLine[];
  readonly total: number;
  readonly figures: readonly { readonly label: string; readonly value: number }[];
  readonly sites: readonly { readonly value: string; readonly label: string }[];
  readonly filter: { readonly state: string; readonly site: string };
  readonly action: string;
}): Html => (
  <Page
    title="Double entry"
    lead="Forms that two people enter. The second does not see the first entry; a third decides where the two differ."
  >
    <Figures figures={props.figures} />
    <Filters
      action={props.action}
      live="#list"
      clear={props.filter.state || props.filter.site ? props.action : undefined}
    >
      <Select
        name="state"
        label="State"
        empty="All"
        options={(["waiting", "entered", "decided"] as const).map((value) => ({ value, label: secondWords[value] }))}
        value={props.filter.state}
      />
      {props.sites.length > 1 && (
        <Select name="site" label="Site" empty="All sites" options={props.sites} value={props.filter.site} />
      )}
    </Filters>
    <div id="list">
      <DataTable
        caption={counted(props.total, "form")}
        columns={[
          {
            key: "code",
            head: "Participant",
            cell: (line: DoubleLine) => (line.href ? <a href={line.href}>{line.code}</a> : line.code),
          },
          { key: "form", head: "Form", wrap: true, cell: (line) => line.form },
          { key: "visit", head: "Visit", wrap: true, cell: (line) => line.visit },
          {
            key: "state",
            head: "State",
            wrap: true,
            cell: (line) => <Badge tone={tones[line.state]}>{secondWords[line.state]}</Badge>,
          },
          {
            key: "differences",
            head: "Differ",
            align: "end",
            cell: (line) => (line.differences === null ? "–" : line.differences),
          },
          { key: "act", head: "Act", cell: (line) => (line.href ? <a href={line.href}>{line.act}</a> : "") },
        ]}
        rows={props.lines}
        empty={
          <Empty title="No form">
            {props.filter.state || props.filter.site
              ? "No form fits these filters."
              : "Forms that are marked “entered twice” in the builder show here once their first entry was begun."}
          </Empty>
        }
        note={
          props.total > props.lines.length ? `The first ${props.lines.length} are shown; narrow the list.` : undefined
        }
      />
    </div>
  </Page>
);

export interface DecisionLine extends Omit<Decision, "chosen"> {
  readonly label: string;
  readonly chosen: Decision["chosen"] | null;
}

const chosenWords = { first: "The first", second: "The second", other: "Another" };

export const DecisionPage = (props: {
  readonly title: string;
  readonly lead: string;
  readonly crumbs: readonly Crumb[];
  readonly firstBy: string;
  readonly secondBy: string;
  readonly enteredAt: Date | null;
  readonly decided: { readonly at: Date; readonly by: string | null } | null;
  readonly lines: readonly DecisionLine[];
  readonly action: string | null;
  readonly giveUp: string | null;
  readonly note: string | null;
  readonly form?: FormState | undefined;
}): Html => (
  <Page title={props.title} lead={props.lead} crumbs={props.crumbs} form={props.form}>
    {props.note && <Note tone="info">{props.note}</Note>}
    <Facts
      facts={[
        { term: "Entered first by", value: props.firstBy },
        { term: "Entered second by", value: props.secondBy },
        { term: "Second entry", value: props.enteredAt ? <Time at={props.enteredAt} /> : "not finished" },
        {
          term: "Decided",
          value: props.decided ? (
            <>
              <Time at={props.decided.at} /> {props.decided.by ? `by ${props.decided.by}` : "the two agreed"}
            </>
          ) : (
            "not yet"
          ),
        },
      ]}
    />
    {props.action ? (
      <Form action={props.action} guard panel>
        {props.lines.length === 0 && <p>The two entries agree.</p>}
        {props.lines.map((line) => (
          <>
            <RadioGroup
              name={`choose.${line.field}`}
              label={line.label}
              options={[
                { value: "first", label: `First entry: ${line.first}` },
                { value: "second", label: `Second entry: ${line.second}` },
                { value: "other", label: "Neither: enter what the source says" },
              ]}
              form={props.form}
            />
            <details open={props.form?.values?.[`choose.${line.field}`] === "other"}>
              <summary>
                Another answer, or why<span class="hidden-text">: {line.label}</span>
              </summary>
              <TextField
                name={`other.${line.field}`}
                label="What the source says"
                optional
                hint="As the form stores it: a choice by its code, a date as 2026-03-15."
                width="l"
                form={props.form}
              />
              <TextField name={`reason.${line.field}`} label="Why" optional width="full" form={props.form} />
            </details>
          </>
        ))}
        <FormFoot note="Both entries are kept, with your decision.">
          <Button tone="primary">{props.lines.length === 0 ? "Close the comparison" : "Decide"}</Button>
        </FormFoot>
      </Form>
    ) : (
      props.enteredAt && (
        <DataTable
          caption={counted(props.lines.length, "difference")}
          columns={[
            { key: "label", head: "Field", wrap: true, cell: (line: DecisionLine) => line.label },
            { key: "first", head: "First entry", wrap: true, cell: (line) => line.first },
            { key: "second", head: "Second entry", wrap: true, cell: (line) => line.second },
            { key: "chosen", head: "Stays", cell: (line) => (line.chosen ? chosenWords[line.chosen] : "not decided") },
            { key: "reason", head: "Why", wrap: true, cell: (line) => line.reason || "–" },
          ]}
          rows={props.lines}
          empty={<Empty title="No difference">Every answer that was compared is the same in both entries.</Empty>}
        />
      )
    )}
    {props.giveUp && (
      <Panel title="Give the second entry up">
        <form method="post" action={props.giveUp} class="row">
          <TextField name="giveUpReason" label="Why another person should enter it" width="l" form={props.form} />
          <Button>Give it up</Button>
        </form>
      </Panel>
    )}
  </Page>
);
