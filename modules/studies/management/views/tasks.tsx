/** Tasks, the rules that make them, and letters. */
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { DateField, Form, FormFoot, type FormState, NumberField, Select, TextArea, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Note, Panel } from "@views/panel.tsx";
import { DataTable, Filters } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { taskEventNames, taskEvents } from "../rules/tasks.ts";
import type { LetterRow } from "../store/tasks.ts";
import type { Choice } from "./delegation.tsx";

interface TaskLine {
  readonly id: string;
  readonly title: string;
  readonly person: string;
  readonly dueOn: string;
  readonly about: { readonly href: string; readonly code: string } | null;
  readonly action: string | null;
}
interface SettledLine {
  readonly title: string;
  readonly person: string;
  readonly how: string;
  readonly reason: string;
  readonly at: Date;
}
export interface TasksProps {
  readonly today: string;
  readonly all: boolean;
  readonly switch: { readonly href: string; readonly title: string } | null;
  readonly rules: string | null;
  readonly lines: readonly TaskLine[];
  readonly settled: readonly SettledLine[];
  readonly give: {
    readonly action: string;
    readonly due: string;
    readonly people: readonly Choice[];
    readonly myself: string;
  };
  readonly form?: FormState | undefined;
}

const DueOn = ({ on, today }: { on: string; today: string }): Html =>
  on < today ? (
    <>
      <Badge tone="bad">overdue</Badge> {on}
    </>
  ) : on === today ? (
    <Badge tone="warn" more={on}>
      today
    </Badge>
  ) : (
    <span>{on}</span>
  );

export const TasksPage = ({ today, all, rules, lines, settled, give, form, ...props }: TasksProps): Html => (
  <Page
    title="Tasks"
    lead={
      all
        ? "What waits for anybody in this study, the soonest first."
        : "What waits for you in this study, the soonest first. My day shows it beside your other places."
    }
    form={form}
    actions={
      <>
        {props.switch && <ButtonLink href={props.switch.href}>{props.switch.title}</ButtonLink>}
        {rules && <ButtonLink href={rules}>Rules</ButtonLink>}
      </>
    }
  >
    <DataTable
      caption={all ? "Open tasks of everybody" : "Your open tasks"}
      columns={[
        {
          key: "title",
          head: "What",
          wrap: true,
          cell: (line: TaskLine) => (
            <>
              <span id={line.id}>{line.title}</span>
              {line.about && (
                <>
                  {" "}
                  <a href={line.about.href}>{line.about.code}</a>
                </>
              )}
            </>
          ),
        },
        ...(all ? [{ key: "person", head: "Who", cell: (line: TaskLine) => line.person }] : []),
        { key: "due", head: "Due", cell: (line: TaskLine) => <DueOn on={line.dueOn} today={today} /> },
        {
          key: "end",
          head: "Settle",
          cell: (line: TaskLine) =>
            line.action && (
              <div class="row">
                <PostButton action={line.action} fields={{ how: "done" }} about={line.title}>
                  Done
                </PostButton>
                <ButtonLink href={line.action} tone="quiet">
                  Not needed
                </ButtonLink>
              </div>
            ),
        },
      ]}
      rows={lines}
      empty={<Empty title="No task waits">Give one below, or let rules make them.</Empty>}
    />
    <Panel title="Give a task">
      <Form action={give.action} panel={false}>
        <TextField
          name="title"
          label="What is to be done"
          hint="Name nobody who takes part: My day shows it among your other places."
          width="full"
          form={form}
        />
        {give.people.length > 1 ? (
          <Select name="personId" label="Who" options={give.people} value={give.myself} form={form} />
        ) : (
          <input type="hidden" name="personId" value={give.myself} />
        )}
        <DateField name="dueOn" label="Due" value={give.due} form={form} />
        <Button tone="primary">Give it</Button>
      </Form>
    </Panel>
    {settled.length > 0 && (
      <DataTable
        caption="Settled lately"
        columns={[
          { key: "title", head: "What", wrap: true, cell: (line: SettledLine) => line.title },
          { key: "person", head: "Who", cell: (line) => line.person },
          { key: "how", head: "How", cell: (line) => (line.reason ? `${line.how}: ${line.reason}` : line.how) },
          { key: "at", head: "When", cell: (line) => <Time at={line.at} /> },
        ]}
        rows={settled}
        empty={null}
      />
    )}
  </Page>
);

export interface TaskDropProps {
  readonly crumbs: readonly Crumb[];
  readonly title: string;
  readonly action: string;
  readonly form?: FormState | undefined;
}
export const TaskDropPage = ({ crumbs, title, action, form }: TaskDropProps): Html => (
  <Page title="A task that is not needed any more" crumbs={crumbs} lead={title} form={form}>
    <Form action={action} panel hidden={{ how: "dropped" }}>
      <TextField name="reason" label="Why it need not be done" width="full" form={form} />
      <FormFoot>
        <Button tone="primary">Settle it</Button>
      </FormFoot>
    </Form>
  </Page>
);

interface RuleLine {
  readonly event: string;
  readonly title: string;
  readonly days: number;
  readonly person: string;
  readonly end: string | null;
}
export interface TaskRulesProps {
  readonly crumbs: readonly Crumb[];
  readonly add: { readonly action: string; readonly people: readonly Choice[] } | null;
  readonly lines: readonly RuleLine[];
  readonly form?: FormState | undefined;
}
export const TaskRulesPage = ({ crumbs, add, lines, form }: TaskRulesProps): Html => (
  <Page
    title="Rules for tasks"
    crumbs={crumbs}
    lead="When something happens in the study, a rule makes a task of it: for one person, or for whoever did it."
    form={form}
  >
    <DataTable
      caption="Rules in force"
      columns={[
        { key: "event", head: "When", wrap: true, cell: (line: RuleLine) => line.event },
        { key: "title", head: "Task", wrap: true, cell: (line) => line.title },
        { key: "days", head: "Due after days", align: "end", cell: (line) => line.days },
        { key: "person", head: "For", cell: (line) => line.person },
        { key: "end", head: "End", cell: (line) => line.end && <PostButton action={line.end}>End it</PostButton> },
      ]}
      rows={lines}
      empty={<Empty title="No rule yet">Tasks are given by hand until there is one.</Empty>}
    />
    {add && (
      <Panel title="A new rule">
        <Form action={add.action} panel={false}>
          <Select
            name="event"
            label="When"
            options={taskEvents.map((value) => ({ value, label: taskEventNames[value] }))}
            empty="Choose an event"
            form={form}
          />
          <TextField
            name="title"
            label="What is to be done"
            hint="“Plan the follow-up visit”: no name, no code."
            width="full"
            form={form}
          />
          <NumberField name="days" label="Due after so many days" value="7" form={form} />
          <Select name="personId" label="For" options={add.people} empty="Whoever did it" optional form={form} />
          <FormFoot>
            <Button tone="primary">Set the rule</Button>
          </FormFoot>
        </Form>
      </Panel>
    )}
  </Page>
);

interface WordLine {
  readonly word: string;
  readonly title: string;
}
const Words = ({ words }: { words: readonly WordLine[] }): Html => (
  <Panel title="Words you can use">
    <dl>
      {words.map(({ word, title }) => (
        <>
          <dt>
            <code>{`{${word}}`}</code>
          </dt>
          <dd>{title}</dd>
        </>
      ))}
    </dl>
  </Panel>
);

interface LetterLine {
  readonly href: string;
  readonly title: string;
  readonly revision: number;
  readonly at: Date;
}
export interface LettersProps {
  readonly write: string | null;
  readonly words: readonly WordLine[];
  readonly lines: readonly LetterLine[];
  readonly form?: FormState | undefined;
}
export const LettersPage = ({ write, words, lines, form }: LettersProps): Html => (
  <Page
    title="Letters"
    lead="Templates whose words in braces are filled in from the study: to a sponsor, an ethics committee, a department."
    form={form}
    aside={write && <Words words={words} />}
  >
    <DataTable
      caption="Templates"
      columns={[
        { key: "title", head: "Letter", wrap: true, cell: (line: LetterLine) => <a href={line.href}>{line.title}</a> },
        { key: "revision", head: "Revision", align: "end", cell: (line) => line.revision },
        { key: "at", head: "Changed", cell: (line) => <Time at={line.at} /> },
      ]}
      rows={lines}
      empty={<Empty title="No letter yet">A template is written once and printed as often as it is needed.</Empty>}
    />
    {write && (
      <Panel title="A new letter">
        <LetterForm action={write} title="" body="" form={form} />
      </Panel>
    )}
  </Page>
);

const LetterForm = (props: { action: string; title: string; body: string; form?: FormState | undefined }): Html => (
  <Form action={props.action} panel={false}>
    <TextField name="title" label="Title" value={props.title} width="full" form={props.form} />
    <TextArea
      name="body"
      label="Text"
      rows={10}
      value={props.body}
      hint="An empty line begins a paragraph. No participant's name: letters to participants go through Consent."
      form={props.form}
    />
    <FormFoot>
      <Button tone="primary">Save</Button>
    </FormFoot>
  </Form>
);

export interface LetterProps {
  readonly crumbs: readonly Crumb[];
  readonly row: LetterRow;
  readonly recipient: string;
  readonly siteId: string;
  readonly sites: readonly Choice[];
  readonly filled: { readonly text: string; readonly missing: readonly string[] };
  readonly at: string;
  readonly pdf: string | null;
  readonly write: string | null;
  readonly words: readonly WordLine[];
  readonly form?: FormState | undefined;
}
export const LetterPage = (props: LetterProps): Html => (
  <Page
    title={props.row.title}
    crumbs={props.crumbs}
    form={props.form}
    actions={
      props.pdf && (
        <ButtonLink href={props.pdf} download tone="primary">
          Print as PDF
        </ButtonLink>
      )
    }
    aside={props.write && <Words words={props.words} />}
  >
    <Filters action={props.at} clear={props.at}>
      <TextField name="recipient" label="To whom" value={props.recipient} />
      {props.sites.length > 0 && (
        <Select name="siteId" label="Site" options={props.sites} empty="No site" value={props.siteId} />
      )}
    </Filters>
    {props.filled.missing.length > 0 && (
      <Note tone="warn">
        <p>
          Nothing is known for {props.filled.missing.map((word) => `{${word}}`).join(", ")}. Fill it in above or in the
          dossier; then the letter can be printed.
        </p>
      </Note>
    )}
    <Panel title="As it will read">
      {props.filled.text.split(/\r?\n\s*\r?\n/).map((part) => (
        <p>{part}</p>
      ))}
    </Panel>
    {props.write && (
      <Panel title={`Change it (revision ${props.row.revision})`}>
        <LetterForm action={props.write} title={props.row.title} body={props.row.body} form={props.form} />
      </Panel>
    )}
  </Page>
);
