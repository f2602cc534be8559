/** What a change would do to the data that is there; and moving forms over, once it is published. */
import { Badge } from "@views/badge.tsx";
import { Button } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Checkbox, Form, FormFoot, type FormState, Select, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Figures, Note } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import type { SimulatedLine, Simulation } from "../design/simulation.ts";

const words = { compatible: "Stays", migrate: "To decide", loses: "Has no place" };
const tones = { compatible: "ok", migrate: "warn", loses: "bad" } as const;

export const SimulationPage = (props: {
  readonly crumbs: readonly Crumb[];
  readonly target: string;
  /** Where each field's answers are listed one by one; null for whoever reads no answers. */
  readonly answers: string | null;
  readonly parts: readonly { readonly versionId: string; readonly from: string; readonly simulation: Simulation }[];
  readonly move: {
    readonly action: string;
    readonly sites: readonly { readonly value: string; readonly label: string }[];
    /** Sites that do not work with it yet. */
    readonly waiting: readonly string[];
  } | null;
  readonly form?: FormState | undefined;
}): Html => (
  <Page
    title={`What ${props.target} would do`}
    crumbs={props.crumbs}
    lead="Tried on the live data. Looking changes nothing."
    form={props.form}
  >
    {props.parts.length === 0 && (
      <Empty title="No data is under another version">Everything that was entered is under this version already.</Empty>
    )}
    {props.parts.map(({ versionId, from, simulation }) => {
      const touched = simulation.lines.filter((line) => line.values > 0);
      const sum = (of: (line: SimulatedLine) => number) =>
        simulation.lines.reduce((total, line) => total + of(line), 0);
      return (
        <section class="stack">
          <h2>Data under {from}</h2>
          <Figures
            figures={[
              { label: "Answers untouched", value: simulation.untouched },
              { label: "Answers affected", value: sum((line) => line.values) },
              { label: "Without a place", value: sum((line) => (line.effect === "loses" ? line.values : 0)) },
              { label: "Under a signature that breaks", value: sum((line) => line.unsigned) },
              { label: "Verified before", value: sum((line) => line.verified) },
              { label: "With a query", value: sum((line) => line.asked) },
            ]}
          />
          {simulation.held.length > 0 && (
            <Note tone="warn">
              Forms that stay under {from} until somebody decides: {simulation.held.join(", ")}.
            </Note>
          )}
          <DataTable
            caption={`${touched.length} of ${simulation.lines.length} changed fields hold answers`}
            columns={[
              { key: "title", head: "Field", wrap: true, cell: (line: SimulatedLine) => line.title },
              {
                key: "effect",
                head: "Its answers",
                cell: (line) => <Badge tone={tones[line.effect]}>{words[line.effect]}</Badge>,
              },
              { key: "why", head: "Why", wrap: true, cell: (line) => line.reasons.join(" ") },
              {
                key: "values",
                head: "Answers",
                align: "end",
                cell: (line) =>
                  line.values > 0 && props.answers ? (
                    <a
                      href={`${props.answers}?${new URLSearchParams({ from: versionId, form: line.form, item: line.item })}`}
                      aria-label={`${line.values} answers of ${line.title}, one by one`}
                    >
                      {line.values}
                    </a>
                  ) : (
                    line.values
                  ),
              },
              { key: "participants", head: "Participants", align: "end", cell: (line) => line.participants },
              { key: "unsigned", head: "Signatures broken", align: "end", cell: (line) => line.unsigned },
              { key: "verified", head: "Verified", align: "end", cell: (line) => line.verified },
              { key: "asked", head: "Queries", align: "end", cell: (line) => line.asked },
            ]}
            rows={simulation.lines}
            empty={<Empty title="No field changes its meaning">All forms can be moved as they are.</Empty>}
          />
        </section>
      );
    })}
    {props.move && props.parts.length > 0 && (
      <Form action={props.move.action}>
        <h2>Move the forms over</h2>
        {props.move.waiting.length > 0 && (
          <Note>Not approved there yet, so nothing is moved: {props.move.waiting.join(", ")}.</Note>
        )}
        <Select
          name="siteId"
          label="Site"
          empty="All sites that work with it"
          options={props.move.sites}
          form={props.form}
        />
        <TextField name="reason" label="Why now" width="full" form={props.form} />
        {props.parts.some(({ simulation }) => simulation.recomputed.length > 0) && (
          <Checkbox
            name="recompute"
            label="Also forms that only a changed formula holds back, and compute their results again"
            hint="Under a signature or a lock the result stays as it is, and a query says what it would be."
            form={props.form}
          />
        )}
        <FormFoot note="Signatures and comparisons stay where the question did not change. What is locked or has to be decided stays where it is.">
          <Button tone="primary">Move what can be moved</Button>
        </FormFoot>
      </Form>
    )}
  </Page>
);

export interface AffectedAnswer {
  readonly participant: string;
  readonly href: string;
  readonly visit: string;
  readonly answer: string;
  readonly effect: keyof typeof words;
  readonly why: string;
  /** Signature, comparison and queries on it, and what becomes of them. */
  readonly stands: readonly string[];
}

export const AffectedAnswersPage = (props: {
  readonly crumbs: readonly Crumb[];
  readonly title: string;
  readonly reasons: readonly string[];
  readonly lines: readonly AffectedAnswer[];
  readonly first: number;
  readonly previous?: string | undefined;
  readonly next?: string | undefined;
}): Html => (
  <Page title={props.title} crumbs={props.crumbs} lead={props.reasons.join(" ") || "Its meaning does not change."}>
    <DataTable
      caption="Answers that would be affected"
      columns={[
        { key: "who", head: "Participant", cell: (line: AffectedAnswer) => <a href={line.href}>{line.participant}</a> },
        { key: "visit", head: "Visit", wrap: true, cell: (line) => line.visit },
        { key: "answer", head: "Answer", wrap: true, cell: (line) => line.answer },
        { key: "effect", head: "It", cell: (line) => <Badge tone={tones[line.effect]}>{words[line.effect]}</Badge> },
        { key: "why", head: "Why this one", wrap: true, cell: (line) => line.why },
        { key: "stands", head: "What stands on it", wrap: true, cell: (line) => line.stands.join(", ") },
      ]}
      rows={props.lines}
      empty={<Empty title="No answer">Nothing was entered in this field under that version.</Empty>}
    />
    <p class="row">
      {props.previous && <a href={props.previous}>The ones before</a>}
      {props.next && <a href={props.next}>The next ones, from {props.first + props.lines.length}</a>}
    </p>
  </Page>
);
