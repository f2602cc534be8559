/** Summaries and flags for the director: what wrote them, what they rest on, and what they are worth. */
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Form, type FormState, RadioGroup, Select, TextArea } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Note, Panel } from "@views/panel.tsx";
import { DataTable, Filters, Pager, type PagerProps } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { counted } from "../counted.ts";
import { flagRules, type Precision, precisionOf } from "../flag.ts";

export interface SummariesProps {
  readonly action: string;
  readonly periods: readonly { readonly value: string; readonly label: string }[];
  readonly period: string;
  readonly byModel: boolean;
  readonly total: number;
  readonly pager: PagerProps;
  readonly lines: readonly {
    readonly href: string;
    readonly trainee: string;
    readonly pgy: number;
    readonly source: string | null;
    readonly based: string;
    readonly open: number;
  }[];
  readonly precision: readonly Precision[];
}

export const SummariesPage = (props: SummariesProps): Html => (
  <Page
    title="Summaries"
    lead="For you alone: no trainee, mentor or committee member sees a summary or a flag, and none leaves the program."
    actions={
      props.period && (
        <PostButton action={props.action} fields={{ periodId: props.period }}>
          Summarise all
        </PostButton>
      )
    }
  >
    <Note>
      {props.byModel
        ? "A model may write here. Names and pronouns are replaced before anything leaves the house."
        : "Summaries follow rules here; no text leaves the house. A model is switched on in the program's settings."}
    </Note>
    <Filters action={props.action}>
      <Select name="period" label="Period" options={props.periods} value={props.period} />
    </Filters>
    <DataTable
      caption={`${counted(props.total, "trainee")}, those with flags to look at first`}
      columns={[
        {
          key: "trainee",
          head: "Trainee",
          cell: (line: SummariesProps["lines"][number]) => <a href={line.href}>{line.trainee}</a>,
        },
        { key: "pgy", head: "PGY", align: "end", cell: (line) => line.pgy },
        { key: "source", head: "Summary", cell: (line) => line.source ?? "None yet" },
        { key: "based", head: "Based on", cell: (line) => line.based },
        {
          key: "open",
          head: "Flags",
          cell: (line) => (line.open > 0 ? <Badge tone="warn">{line.open} to look at</Badge> : "–"),
        },
      ]}
      rows={props.lines}
      empty={<Empty title="Nobody in training">Import the roster and open a period first.</Empty>}
    />
    <Pager {...props.pager} />
    <DataTable
      caption="How often each rule was right, by what you said of its flags"
      columns={[
        { key: "rule", head: "Rule", wrap: true, cell: (line: Precision) => flagRules[line.rule] },
        { key: "yes", head: "Confirmed", align: "end", cell: (line) => line.confirmed },
        { key: "no", head: "Not confirmed", align: "end", cell: (line) => line.notConfirmed },
        { key: "unclear", head: "Insufficient data", align: "end", cell: (line) => line.insufficient },
        { key: "open", head: "Open", align: "end", cell: (line) => line.open },
        {
          key: "precision",
          head: "Precision",
          align: "end",
          cell: (line) => {
            const share = precisionOf(line);
            return share === null ? "Not known yet" : `${Math.round(share * 100)} %`;
          },
        },
      ]}
      rows={props.precision}
    />
  </Page>
);

interface Link {
  readonly href: string;
  readonly rotation: string;
}
type Disposition = "confirmed" | "not_confirmed" | "insufficient_data";
type Act = "ilp_goal" | "extra_observation" | "pip_draft" | "none";
export interface SummaryProps {
  readonly trainee: string;
  readonly period: string;
  readonly crumbs: readonly Crumb[];
  readonly again: { readonly action: string; readonly periodId: string; readonly subjectId: string };
  readonly summary: {
    readonly source: "model" | "rules";
    readonly model: string | null;
    readonly why: string | null;
    readonly based: {
      readonly comments: number;
      readonly evaluators: number;
      readonly from: string | null;
      readonly to: string | null;
    };
    readonly dropped: number;
    readonly madeAt: Date;
    readonly locked: string | null;
    readonly statements: readonly {
      readonly text: string;
      readonly competency: string;
      readonly polarity: "strength" | "concern" | "neutral";
      readonly evidence: readonly Link[];
    }[];
    readonly unknowns: readonly string[];
  } | null;
  readonly flags: readonly {
    readonly id: string;
    readonly rule: string;
    readonly sentence: string;
    readonly confidence: "confident" | "insufficient";
    readonly based: string;
    readonly madeAt: Date;
    readonly speaksFor: readonly Link[];
    readonly speaksAgainst: readonly Link[];
    readonly disposition: { readonly what: Disposition; readonly why: string; readonly at: Date } | null;
    readonly acts: readonly { readonly what: Act; readonly at: Date }[];
    readonly href: string;
    readonly disposeAction: string;
    readonly actAction: string | null;
  }[];
}

const dispositionWords: Readonly<Record<Disposition, string>> = {
  confirmed: "Confirmed",
  not_confirmed: "Not Confirmed",
  insufficient_data: "Insufficient Data",
};
const actWords: Readonly<Record<Act, string>> = {
  ilp_goal: "Suggest a goal for the learning plan",
  extra_observation: "Ask for more evaluations",
  pip_draft: "Draft an improvement plan",
  none: "Nothing further",
};

export const SummaryPage = (props: SummaryProps): Html => (
  <Page
    title={`Summary of ${props.trainee}`}
    crumbs={props.crumbs}
    lead={`${props.period}. For you alone.`}
    actions={
      <PostButton
        action={props.again.action}
        fields={{ periodId: props.again.periodId, subjectId: props.again.subjectId }}
      >
        {props.summary ? "Summarise again" : "Summarise"}
      </PostButton>
    }
  >
    {props.summary ? <Summary summary={props.summary} /> : <None />}
    {props.flags.map((flag) => (
      <Panel title={`Flag: ${flag.rule}`} end={<FlagBadge flag={flag} />}>
        <FlagFacts flag={flag} />
        <ButtonLink href={flag.href}>{flag.disposition ? "Look at it again" : "Say what it is worth"}</ButtonLink>
      </Panel>
    ))}
  </Page>
);

const None = (): Html => (
  <Panel>
    <Empty title="No summary yet">Press Summarise; it takes a moment. Reload the page to see it.</Empty>
  </Panel>
);

const Summary = ({ summary }: { summary: NonNullable<SummaryProps["summary"]> }): Html => {
  const { based } = summary;
  return (
    <>
      <Note tone={summary.source === "model" ? "warn" : "info"}>
        {summary.source === "model"
          ? `Written by a model (${summary.model}). Read the evaluations before you rely on it.`
          : `Put together by rules, not by a model: counts, ranges and first sentences. ${summary.why ?? ""}`}{" "}
        Based on {counted(based.comments, "comment")} by {counted(based.evaluators, "evaluator")}
        {based.from && `, ${based.from} to ${based.to}`}.
        {summary.dropped > 0 && ` ${counted(summary.dropped, "sentence")} without evidence dropped.`}
      </Note>
      {summary.locked && <Note tone="bad">{summary.locked}</Note>}
      <DataTable
        caption={`${counted(summary.statements.length, "sentence")}, each with what it rests on`}
        columns={[
          {
            key: "text",
            head: "Sentence",
            wrap: true,
            cell: (line: NonNullable<SummaryProps["summary"]>["statements"][number]) => line.text,
          },
          {
            key: "polarity",
            head: "Kind",
            cell: (line) =>
              line.polarity === "concern" ? (
                <Badge tone="warn">Concern</Badge>
              ) : line.polarity === "strength" ? (
                <Badge tone="ok">Strength</Badge>
              ) : (
                "–"
              ),
          },
          { key: "evidence", head: "Evidence", wrap: true, cell: (line) => <Links links={line.evidence} /> },
        ]}
        rows={summary.statements}
        empty={<Empty title="Nothing to say">No evaluation with words or levels came in this period.</Empty>}
      />
      {summary.unknowns.length > 0 && (
        <Panel title="What the evidence does not say">
          <ul>
            {summary.unknowns.map((text) => (
              <li>{text}</li>
            ))}
          </ul>
        </Panel>
      )}
    </>
  );
};

const Links = ({ links }: { links: readonly Link[] }): Html => (
  <>
    {links.length === 0 && "None"}
    {links.map(({ href, rotation }, at) => (
      <>
        {at > 0 && ", "}
        <a href={href}>{rotation}</a>
      </>
    ))}
  </>
);

type FlagProps = SummaryProps["flags"][number];

const FlagBadge = ({ flag }: { flag: FlagProps }): Html =>
  flag.disposition ? (
    <Badge tone={flag.disposition.what === "confirmed" ? "bad" : "none"}>
      {dispositionWords[flag.disposition.what]}
    </Badge>
  ) : (
    <Badge tone="warn">Your word is missing</Badge>
  );

const FlagFacts = ({ flag }: { flag: FlagProps }): Html => (
  <>
    <p>{flag.sentence}</p>
    <p class="hint">
      {flag.based}, <Time at={flag.madeAt} />.
      {flag.confidence === "insufficient" &&
        " Too few for a confident flag: fewer than three evaluators or five comments."}
    </p>
    <p>
      Speaks for it: <Links links={flag.speaksFor} />. Speaks against it: <Links links={flag.speaksAgainst} />.
    </p>
    {flag.disposition && (
      <p>
        <strong>{dispositionWords[flag.disposition.what]}</strong>: {flag.disposition.why}{" "}
        <Time at={flag.disposition.at} />
      </p>
    )}
    {flag.acts.map(({ what, at }) => (
      <p>
        {actWords[what]}, <Time at={at} />
      </p>
    ))}
  </>
);

export const FlagPage = ({
  trainee,
  crumbs,
  flag,
  form,
}: {
  readonly trainee: string;
  readonly crumbs: readonly Crumb[];
  readonly flag: FlagProps;
  readonly form?: FormState | undefined;
}): Html => (
  <Page title={`Flag on ${trainee}`} crumbs={crumbs} badge={<FlagBadge flag={flag} />} lead={flag.rule} form={form}>
    <Panel>
      <FlagFacts flag={flag} />
    </Panel>
    {flag.actAction && (
      <Form action={flag.actAction} guard={false}>
        <RadioGroup
          name="action"
          label="What follows"
          options={Object.entries(actWords).map(([value, label]) => ({ value, label }))}
        />
        <Button tone="primary">Go on</Button>
      </Form>
    )}
    <Form action={flag.disposeAction}>
      <RadioGroup
        name="disposition"
        label={flag.disposition ? "Say something else of it" : "What do you say of it?"}
        options={Object.entries(dispositionWords).map(([value, label]) => ({ value, label }))}
        form={form}
      />
      <TextArea
        name="rationale"
        label="Why"
        hint="Stored sealed. Nothing follows from a flag before it is confirmed."
        maxlength={2000}
        form={form}
      />
      <Button tone="primary">Keep</Button>
    </Form>
  </Page>
);
