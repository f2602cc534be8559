/** Learning plans: who has one, one's own, and one plan as its trainee and its mentor see it. */
import { Badge, type Tone } from "@views/badge.tsx";
import { Button, ButtonLink, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { DateField, Form, FormFoot, type FormState, Select, TextArea, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { DataTable, Filters } from "@views/table.tsx";
import { Timeline } from "@views/timeline.tsx";
import { counted } from "../counted.ts";
import { type GoalEnding, goalEndingInWords, type PlanState, planStateInWords } from "../plan.ts";

interface Choice {
  readonly value: string;
  readonly label: string;
}

const tones: Readonly<Record<PlanState, Tone>> = {
  draft: "none",
  submitted: "warn",
  in_review: "warn",
  agreed: "info",
  active: "info",
  done: "ok",
};
const PlanBadge = ({ state }: { state: PlanState | null }): Html =>
  state ? <Badge tone={tones[state]}>{planStateInWords[state]}</Badge> : <Badge tone="none">No plan seen</Badge>;

export interface PlanLine {
  readonly href: string | null;
  readonly trainee: string;
  readonly pgy: number;
  readonly openGoals: number;
  readonly late: number;
  readonly state: PlanState | null;
}
export interface PlansProps {
  readonly lines: readonly PlanLine[];
  readonly periods: readonly Choice[];
  readonly period: string;
  readonly action: string;
}

export const PlansPage = ({ lines, periods, period, action }: PlansProps): Html => (
  <Page
    title="Learning plans"
    lead="A trainee's draft is the trainee's alone: a plan is listed here once it was submitted."
  >
    <Filters action={action}>
      <Select name="period" label="Period" options={periods} value={period} />
    </Filters>
    <DataTable
      caption={counted(lines.length, "trainee")}
      columns={[
        {
          key: "trainee",
          head: "Trainee",
          cell: (line: PlanLine) => (line.href ? <a href={line.href}>{line.trainee}</a> : line.trainee),
        },
        { key: "pgy", head: "PGY", align: "end", cell: (line) => line.pgy },
        { key: "open", head: "Open goals", align: "end", cell: (line) => line.openGoals },
        { key: "late", head: "Late", align: "end", cell: (line) => line.late },
        { key: "state", head: "State", cell: (line) => <PlanBadge state={line.state} /> },
      ]}
      rows={lines}
      empty={
        <Empty title="No trainees">Trainees whom you mentor, or who train here, are listed with their plans.</Empty>
      }
    />
  </Page>
);

export interface MyPlanLine {
  readonly href: string;
  readonly period: string;
  readonly openGoals: number;
  readonly state: PlanState;
}

export const MyPlansPage = ({
  plans,
  start,
}: {
  plans: readonly MyPlanLine[];
  start: { action: string; period: string } | null;
}): Html => (
  <Page title="My learning plans" lead="One plan for each period. While it is a draft, only you see it.">
    {start && (
      <Panel title={start.period}>
        <p>Start a plan for this period; goals that were carried forward go on in it.</p>
        <PostButton action={start.action} tone="primary">
          Start a plan
        </PostButton>
      </Panel>
    )}
    <DataTable
      caption={counted(plans.length, "plan")}
      columns={[
        { key: "period", head: "Period", cell: (line: MyPlanLine) => <a href={line.href}>{line.period}</a> },
        { key: "open", head: "Open goals", align: "end", cell: (line) => line.openGoals },
        { key: "state", head: "State", cell: (line) => <PlanBadge state={line.state} /> },
      ]}
      rows={plans}
      empty={<Empty title="No plan yet">Your plans stay here, with how each goal ended.</Empty>}
    />
  </Page>
);

export interface GoalLine {
  readonly id: string;
  readonly code: string;
  readonly title: string;
  readonly wording: string;
  readonly measure: string;
  readonly confidence: number;
  readonly dueOn: string;
  readonly isLate: boolean;
  readonly isCarried: boolean;
  readonly hints: readonly string[];
  readonly ending: GoalEnding | null;
  readonly endingNote: string;
  readonly editHref: string | null;
  readonly dropAction: string | null;
  readonly outcomeAction: string | null;
}
export interface PlanProps {
  readonly name: string;
  readonly isOwn: boolean;
  readonly period: string;
  readonly state: PlanState;
  readonly crumbs: readonly Crumb[];
  readonly pdfHref: string | null;
  readonly goals: readonly GoalLine[];
  readonly addGoal: {
    readonly action: string;
    readonly subcompetencies: readonly Choice[];
    readonly dueOn: string;
  } | null;
  readonly submitAction: string | null;
  readonly beginAction: string | null;
  readonly takeUpAction: string | null;
  readonly reviewAction: string | null;
  readonly checkInAction: string | null;
  /** The newest first. */
  readonly happened: readonly {
    readonly at: Date;
    readonly by: string;
    readonly what: string;
    readonly note: string;
  }[];
  readonly form?: FormState | undefined;
}

export const PlanPage = (props: PlanProps): Html => (
  <Page
    title={props.isOwn ? "My learning plan" : `Learning plan of ${props.name}`}
    crumbs={props.crumbs}
    badge={<PlanBadge state={props.state} />}
    lead={props.period}
    form={props.form}
    actions={
      props.pdfHref && (
        <ButtonLink href={props.pdfHref} download>
          Plan as PDF
        </ButtonLink>
      )
    }
    primary={<Onward {...props} />}
    aside={
      <Panel title="What happened">
        {props.happened.length === 0 && <p>Nothing yet: the plan is being written.</p>}
        <Timeline
          happenings={props.happened.map(({ at, by, what, note }) => ({
            at,
            what: (
              <>
                {by} {what}
                {note && <p>{note}</p>}
              </>
            ),
          }))}
        />
      </Panel>
    }
  >
    {props.reviewAction && (
      <Form action={props.reviewAction}>
        <TextArea
          name="note"
          label="What you say to the trainee"
          hint="Needed when you hand the plan back. Stored sealed; the trainee and the program director read it."
          maxlength={4000}
          form={props.form}
        />
        <FormFoot>
          <Button tone="primary" name="act" value="agree">
            Agree
          </Button>
          <Button name="act" value="return">
            Hand back
          </Button>
        </FormFoot>
      </Form>
    )}
    {props.goals.length === 0 && (
      <Panel>
        <Empty title="No goals yet">Two or three goals are enough: what you do, how often, and by when.</Empty>
      </Panel>
    )}
    {props.goals.map((goal) => (
      <Goal goal={goal} />
    ))}
    {props.addGoal && (
      <Panel title="A goal">
        <GoalForm {...props.addGoal} goal={null} button="Add goal" form={props.form} />
      </Panel>
    )}
    {props.checkInAction && (
      <Form action={props.checkInAction}>
        <TextArea
          name="checkIn"
          label="How it goes"
          hint="What you and the trainee saw at this check-in. Stored sealed."
          maxlength={4000}
          form={props.form}
        />
        <FormFoot>
          <Button tone="primary">Note check-in</Button>
        </FormFoot>
      </Form>
    )}
  </Page>
);

const Onward = ({ submitAction, beginAction, takeUpAction }: PlanProps): Html => {
  if (submitAction) {
    return (
      <PostButton action={submitAction} tone="primary">
        Submit to my mentor
      </PostButton>
    );
  }
  if (beginAction) {
    return (
      <PostButton action={beginAction} tone="primary">
        Put it into effect
      </PostButton>
    );
  }
  return (
    <>
      {takeUpAction && (
        <PostButton action={takeUpAction} tone="primary" fields={{ act: "take_up" }}>
          Begin the review
        </PostButton>
      )}
    </>
  );
};

const outcomes: readonly Choice[] = (["met", "partly_met", "not_met", "carried_forward"] as const).map((value) => ({
  value,
  label: goalEndingInWords[value],
}));
const endingTones: Readonly<Record<GoalEnding, Tone>> = {
  met: "ok",
  partly_met: "warn",
  not_met: "bad",
  carried_forward: "info",
  dropped: "none",
  replaced: "none",
};

const Goal = ({ goal }: { goal: GoalLine }): Html => (
  <Panel
    title={`${goal.code} ${goal.title}`}
    end={
      goal.ending ? (
        <Badge tone={endingTones[goal.ending]}>{goalEndingInWords[goal.ending]}</Badge>
      ) : (
        goal.isLate && <Badge tone="bad">Late</Badge>
      )
    }
  >
    <p>{goal.wording}</p>
    <Facts
      facts={[
        ...(goal.measure ? [{ term: "How one will know", value: goal.measure }] : []),
        { term: "By", value: goal.dueOn },
        { term: "Confidence", value: `${goal.confidence} of 10` },
        ...(goal.isCarried ? [{ term: "From", value: "an earlier plan" }] : []),
        ...(goal.endingNote ? [{ term: "What was seen", value: goal.endingNote }] : []),
      ]}
    />
    {goal.hints.length > 0 && (
      <Note>
        <ul>
          {goal.hints.map((hint) => (
            <li>{hint}</li>
          ))}
        </ul>
      </Note>
    )}
    {goal.editHref && goal.dropAction && (
      <div class="row">
        <ButtonLink href={goal.editHref}>
          Reword<span class="hidden-text"> the goal about {goal.code}</span>
        </ButtonLink>
        <PostButton action={goal.dropAction} tone="quiet" about={`the goal about ${goal.code}`}>
          Drop
        </PostButton>
      </div>
    )}
    {goal.outcomeAction && (
      <details>
        <summary>How the goal about {goal.code} ended</summary>
        <Outcome action={goal.outcomeAction} code={goal.code} />
      </details>
    )}
  </Panel>
);

/** Several of these stand on one page, so their controls are labelled by the form and not by an id. */
const Outcome = ({ action, code }: { action: string; code: string }): Html => (
  <form class="form" method="post" action={action}>
    <fieldset class="field">
      <legend>Outcome</legend>
      <div class="ticks">
        {outcomes.map(({ value, label }) => (
          <div class="tick">
            <input id={`${action}-${value}`} type="radio" name="outcome" value={value} checked={value === "met"} />
            <label for={`${action}-${value}`}>{label}</label>
          </div>
        ))}
      </div>
    </fieldset>
    <div class="field">
      <label for={`${action}-note`}>
        What was seen of {code} <span class="optional">(optional)</span>
      </label>
      <textarea id={`${action}-note`} name="note" rows={3} maxlength={4000} />
    </div>
    <Button>Note the outcome</Button>
  </form>
);

interface GoalFormProps {
  readonly action: string;
  readonly subcompetencies: readonly Choice[];
  readonly goal: {
    readonly subcompetencyId: string;
    readonly wording: string;
    readonly measure: string;
    readonly confidence: number;
    readonly dueOn: string;
  } | null;
  readonly dueOn?: string;
  readonly button: string;
  readonly form?: FormState | undefined;
}

const GoalForm = ({ action, subcompetencies, goal, dueOn, button, form }: GoalFormProps): Html => (
  <Form action={action} panel={false}>
    <Select
      name="subcompetencyId"
      label="About"
      options={subcompetencies}
      empty="Choose a subcompetency"
      value={goal?.subcompetencyId}
      form={form}
    />
    <TextArea
      name="wording"
      label="What you will do"
      hint="Something one could see: “present two septic patients at morning report each month”"
      value={goal?.wording}
      rows={3}
      maxlength={1000}
      form={form}
    />
    <TextField
      name="measure"
      label="How you will know"
      optional
      width="full"
      value={goal?.measure}
      maxlength={1000}
      form={form}
    />
    <Select
      name="confidence"
      label="How sure are you that you will get there?"
      hint="1: not at all. 10: certain."
      options={["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]}
      empty="Choose"
      value={goal?.confidence}
      form={form}
    />
    <DateField name="dueOn" label="Done by" value={goal?.dueOn ?? dueOn} form={form} />
    <FormFoot note="Stored sealed.">
      <Button tone="primary">{button}</Button>
    </FormFoot>
  </Form>
);

export interface GoalPageProps {
  readonly crumbs: readonly Crumb[];
  readonly action: string;
  readonly subcompetencies: readonly Choice[];
  readonly goal: NonNullable<GoalFormProps["goal"]>;
  readonly form?: FormState | undefined;
}

export const GoalPage = ({ crumbs, action, subcompetencies, goal, form }: GoalPageProps): Html => (
  <Page title="Reword a goal" crumbs={crumbs} form={form}>
    <Panel>
      <GoalForm action={action} subcompetencies={subcompetencies} goal={goal} button="Save" form={form} />
    </Panel>
  </Page>
);
