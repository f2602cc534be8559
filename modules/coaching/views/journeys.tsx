/** Journeys: the list, and one as its members will read it. */
import { Badge } from "@views/badge.tsx";
import { Button, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Fieldset, Form, FormFoot, type FormState, Select, TextArea, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Panel } from "@views/panel.tsx";
import { DataTable, Filters, Pager } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { counted } from "../counted.ts";
import type { Journey, Step } from "../journey.ts";
import type { JourneysView } from "../routes/journeys.ts";

export const JourneysPage = (props: JourneysView & { readonly form?: FormState | undefined }): Html => (
  <Page
    title="Journeys"
    lead="Check-ins, lessons and quizzes over days. A journey waits while a person has the conversation, and never catches up by sending many."
    form={props.form}
  >
    {(props.isFiltered || props.pager.total > 0) && (
      <Filters action={props.action} clear={props.isFiltered ? props.action : undefined}>
        <TextField name="find" label="Title" value={props.find} width="m" />
        <Select
          name="state"
          label="Approval"
          empty="All"
          value={props.state}
          options={[
            { value: "approved", label: "Approved" },
            { value: "waiting", label: "Not yet" },
          ]}
        />
      </Filters>
    )}
    <DataTable
      caption={
        props.isFiltered
          ? `${counted(props.pager.total, "version")} found`
          : `Journeys: ${counted(props.pager.total, "version")}`
      }
      columns={[
        {
          key: "title",
          head: "Journey",
          cell: (row: JourneysView["journeys"][number]) => <a href={row.href}>{row.title}</a>,
        },
        { key: "version", head: "Version", align: "end", cell: (row) => row.version },
        { key: "steps", head: "Steps", align: "end", cell: (row) => row.steps },
        {
          key: "approved",
          head: "Approved",
          cell: (row) => (row.approvedBy ? `by ${row.approvedBy}` : <Badge tone="warn">Not yet</Badge>),
        },
        { key: "at", head: "Written", cell: (row) => <Time at={row.madeAt} show="day" /> },
      ]}
      rows={props.journeys}
      empty={
        props.isFiltered ? (
          <Empty title="No journey fits">Look for another title, or clear the filters.</Empty>
        ) : (
          <Empty
            title="No journey yet"
            action={
              props.broughtHref && (
                <PostButton action={props.broughtHref} tone="primary">
                  Begin with the one that Cairn brings
                </PostButton>
              )
            }
          >
            A clinician approves each version before anybody walks it.
          </Empty>
        )
      }
    />
    {props.pager.total > 0 && <Pager {...props.pager} />}
    {props.mayWrite && (props.isFiltered || props.journeys.length > 0) && (
      <Form action={props.action} panel guard>
        <Fieldset legend="Write a new version" hint="As data, in both languages. Copy one from its page and change it.">
          <TextArea name="source" label="The journey" rows={12} maxlength={60_000} form={props.form} />
        </Fieldset>
        <FormFoot>
          <Button tone="primary">Keep</Button>
        </FormFoot>
      </Form>
    )}
  </Page>
);

interface JourneyProps {
  readonly journey: Journey;
  readonly version: number;
  readonly source: string;
  readonly crumbs: readonly Crumb[];
  readonly approvedBy: string | null;
  readonly approveHref: string | null;
}
const kinds = { lesson: "Lesson", "check-in": "Check-in", quiz: "Quiz" } as const;

export const JourneyPage = ({ journey, version, source, crumbs, approvedBy, approveHref }: JourneyProps): Html => (
  <Page
    title={journey.title.en}
    crumbs={crumbs}
    badge={approvedBy ? <Badge tone="ok">Approved by {approvedBy}</Badge> : <Badge tone="warn">Not approved yet</Badge>}
    lead={`Version ${version}. ${journey.title.es}.`}
    primary={!approvedBy && approveHref && <PostButton action={approveHref}>Approve</PostButton>}
  >
    <DataTable
      caption={`${journey.steps.length} steps`}
      columns={[
        { key: "id", head: "Step", cell: (step: Step) => step.id },
        { key: "kind", head: "Kind", cell: (step) => kinds[step.kind] },
        { key: "when", head: "When", cell: (step) => `${step.afterDays} days later, ${step.at}` },
        { key: "en", head: "English", wrap: true, cell: (step) => step.text.en },
        { key: "es", head: "Spanish", wrap: true, cell: (step) => step.text.es },
      ]}
      rows={journey.steps}
      scroll={false}
    />
    <Panel title="As data">
      <details>
        <summary>Show</summary>
        <pre class="mono">{source}</pre>
      </details>
    </Panel>
  </Page>
);
