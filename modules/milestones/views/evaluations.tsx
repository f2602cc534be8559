/** What waits for an evaluator, the evaluation form, and a submitted evaluation as its readers see it. */
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Form, FormFoot, type FormState, TextArea } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { counted } from "../counted.ts";
import { type Level, levelInWords } from "../level.ts";
import { Agree } from "./agree.tsx";
import { LevelChoice } from "./level-choice.tsx";
import { WordingHints } from "./wording.tsx";

export interface WaitingLine {
  readonly href: string;
  readonly trainee: string;
  readonly rotation: string;
  readonly dueOn: string;
  readonly hasDraft: boolean;
  readonly isLate: boolean;
}
export interface DoneLine {
  readonly href: string;
  readonly rotation: string;
  readonly submittedAt: Date;
}

export const WaitingPage = ({
  waiting,
  done,
}: {
  waiting: readonly WaitingLine[];
  done: readonly DoneLine[];
}): Html => (
  <Page
    title="Waiting for me"
    lead="Evaluations you were asked for. A trainee's name is shown while your evaluation is open."
  >
    <DataTable
      caption={`${counted(waiting.length, "evaluation")} to complete, the most urgent first`}
      columns={[
        { key: "trainee", head: "Trainee", cell: (line: WaitingLine) => <a href={line.href}>{line.trainee}</a> },
        { key: "due", head: "Due", cell: (line) => line.dueOn },
        { key: "rotation", head: "Rotation", wrap: "narrow", cell: (line) => line.rotation },
        {
          key: "state",
          head: "State",
          cell: (line) =>
            line.isLate ? (
              <Badge tone="bad">Late</Badge>
            ) : line.hasDraft ? (
              <Badge tone="info">Draft</Badge>
            ) : (
              <Badge tone="none">Open</Badge>
            ),
        },
      ]}
      rows={waiting}
      empty={
        <Empty title="Nothing waits for you">
          When the program asks you to evaluate someone, it appears here and a mail reminds you.
        </Empty>
      }
    />
    {done.length > 0 && (
      <DataTable
        caption={`${counted(done.length, "evaluation")} you submitted`}
        columns={[
          { key: "rotation", head: "Rotation", cell: (line: DoneLine) => <a href={line.href}>{line.rotation}</a> },
          { key: "at", head: "Submitted", cell: (line) => <Time at={line.submittedAt} /> },
        ]}
        rows={done}
      />
    )}
  </Page>
);

export interface EvaluationItem {
  readonly name: string;
  readonly code: string;
  readonly title: string;
  readonly competency: string;
  readonly level: Level | null;
  readonly texts: readonly { readonly level: number; readonly text: string }[];
}

export interface EvaluationFormProps {
  readonly trainee: string;
  readonly rotation: string;
  readonly dueOn: string;
  readonly crumbs: readonly Crumb[];
  readonly action: string;
  readonly items: readonly EvaluationItem[];
  readonly plain: readonly { readonly name: string; readonly question: string; readonly value: string }[];
  readonly narrative: string;
  readonly formTitle: string | null;
  readonly narrativeQuestion: string;
  /** The program asks for a new version of what was submitted. */
  readonly isAmendment: boolean;
  readonly savedAt: Date | null;
  readonly form?: FormState | undefined;
}

export const EvaluationFormPage = (props: EvaluationFormProps): Html => (
  <Page
    title={`Evaluate ${props.trainee}`}
    crumbs={props.crumbs}
    lead={`${props.rotation}, due ${props.dueOn}${props.formTitle ? `. ${props.formTitle}` : ""}`}
    form={props.form}
  >
    {props.isAmendment && (
      <Note>
        The program asks you to amend what you submitted. What you send now is a new version beside the first, and
        counts instead of it.
      </Note>
    )}
    <Form action={props.action}>
      {Object.entries(Object.groupBy(props.items, (item) => item.competency)).map(([competency, items = []]) => (
        <section>
          <h2>{competency}</h2>
          {items.map(({ name, code, title, level, texts }) => (
            <LevelChoice
              name={name}
              code={code}
              title={title}
              value={level}
              texts={texts}
              mayBeUnobserved
              form={props.form}
            />
          ))}
        </section>
      ))}
      {props.plain.length > 0 && (
        <section>
          <h2>In plain words</h2>
          {props.plain.map(({ name, question, value }) => (
            <Agree name={name} question={question} value={value} form={props.form} />
          ))}
        </section>
      )}
      <TextArea
        name="narrative"
        label={props.narrativeQuestion}
        hint="Stored sealed. The trainee, the mentor, the committee and the director read it once you submit."
        value={props.narrative}
        rows={6}
        maxlength={8000}
        form={props.form}
      />
      <WordingHints form={props.form} />
      <FormFoot
        note={
          props.savedAt ? `Draft saved ${props.savedAt.toISOString().slice(0, 16).replace("T", " ")} UTC` : undefined
        }
      >
        <Button tone="primary" name="act" value="submit">
          Submit
        </Button>
        <Button name="act" value="draft">
          Save draft
        </Button>
      </FormFoot>
    </Form>
  </Page>
);

export interface EvaluationPageProps {
  readonly title: string;
  readonly crumbs: readonly Crumb[];
  readonly rotation: string;
  readonly evaluator: string | null;
  readonly submittedAt: Date | null;
  readonly items: readonly { readonly code: string; readonly title: string; readonly level: Level | null }[];
  /** Null: nothing was written. A sentence of `locked` instead when it cannot be opened now. */
  readonly narrative: string | null;
  readonly note?: string | undefined;
  readonly kind: string;
  /** Nobody signed in: who it was is what was typed. */
  readonly isByLink: boolean;
  readonly versions: readonly { readonly href: string; readonly label: string }[];
  readonly withdrawn: boolean;
  readonly requestHref: string | null;
  readonly plain: readonly { readonly question: string; readonly words: string }[];
}

export const EvaluationPage = ({
  title,
  crumbs,
  rotation,
  evaluator,
  submittedAt,
  items,
  narrative,
  note,
  kind,
  isByLink,
  versions,
  withdrawn,
  requestHref,
  plain,
}: EvaluationPageProps): Html => (
  <Page
    title={title}
    crumbs={crumbs}
    actions={requestHref && <ButtonLink href={requestHref}>Request</ButtonLink>}
    badge={
      withdrawn ? (
        <Badge tone="bad">Withdrawn</Badge>
      ) : submittedAt ? (
        <Badge tone="ok">Submitted</Badge>
      ) : (
        <Badge tone="bad">Expired</Badge>
      )
    }
    aside={
      <Panel title="About">
        <Facts
          stacked
          facts={[
            { term: "Rotation", value: rotation },
            { term: "From", value: kind },
            ...(evaluator ? [{ term: "Evaluator", value: evaluator }] : []),
            ...(isByLink ? [{ term: "Signed in", value: "No: answered by link, the name is as typed" }] : []),
            ...(submittedAt ? [{ term: "Submitted", value: <Time at={submittedAt} show="full" /> }] : []),
          ]}
        />
        {versions.map(({ href, label }) => (
          <p>
            <a href={href}>{label}</a>
          </p>
        ))}
      </Panel>
    }
  >
    {note && <Note>{note}</Note>}
    {narrative && (
      <Panel title="Narrative">
        {narrative.split(/\n+/).map((line) => (
          <p>{line}</p>
        ))}
      </Panel>
    )}
    {plain.length > 0 && (
      <DataTable
        caption={`${plain.length} answers in plain words`}
        scroll={false}
        columns={[
          {
            key: "question",
            head: "Question",
            wrap: true,
            cell: (line: EvaluationPageProps["plain"][number]) => line.question,
          },
          { key: "words", head: "Answer", cell: (line) => line.words },
        ]}
        rows={plain}
      />
    )}
    <DataTable
      caption={`${items.filter(({ level }) => level).length} of ${items.length} subcompetencies observed`}
      scroll={false}
      columns={[
        {
          key: "title",
          head: "Subcompetency",
          wrap: "narrow",
          cell: ({ code, title }: EvaluationPageProps["items"][number]) => `${code} ${title}`,
        },
        {
          key: "level",
          head: "Level",
          wrap: "narrow",
          cell: (item) => (item.level ? levelInWords(item.level) : "Not observed"),
        },
      ]}
      rows={items}
    />
  </Page>
);
