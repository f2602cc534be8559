/** One trainee: the course over the periods in pictures, a sentence and a table; what evaluators saw; the trainee's word. */
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink, PostButton, PrintButton } from "@views/button.tsx";
import { SmallMultiples } from "@views/chart.tsx";
import { Empty } from "@views/empty.tsx";
import { Form, type FormState, Select, TextArea } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { counted } from "../counted.ts";
import { courseInWords, coursesInWords } from "../course.ts";
import { type Level, levelInWords, writeLevel } from "../level.ts";
import { type CourseChart, strokes } from "../report.ts";
import type { ReviewState } from "../review.ts";
import { StateBadge } from "./state.tsx";

export interface CourseLine {
  readonly code: string;
  readonly title: string;
  /** One for each period. */
  readonly course: readonly (Level | null)[];
}

export interface TraineeProps {
  readonly name: string;
  readonly code: string;
  readonly crumbs: readonly Crumb[];
  readonly pgy: number;
  readonly startsOn: string;
  readonly expectedEnd: string;
  readonly framework: string;
  readonly periods: readonly {
    readonly title: string;
    readonly short: string;
    readonly state: ReviewState;
    readonly isReopened: boolean;
    readonly href: string | null;
    readonly answer: string | null;
  }[];
  readonly courses: readonly CourseLine[];
  readonly chart: CourseChart;
  readonly groups: readonly {
    readonly period: string;
    readonly kind: string;
    readonly question: string;
    readonly answers: number;
    readonly middle: string;
    readonly spread: string;
  }[];
  /** Earlier results that another version of the framework judged: how many levels were carried over. */
  readonly moved: number;
  readonly evaluations: readonly { readonly href: string; readonly rotation: string; readonly submittedAt: Date }[];
  readonly reportHref: string | null;
  /** Where year, end and leaving are changed. */
  readonly placeHref: string | null;
  readonly mentors: readonly { readonly name: string; readonly endAction: string | null }[];
  /** Set for those who assign mentors. */
  readonly assign: {
    readonly action: string;
    readonly choices: readonly { readonly value: string; readonly label: string }[];
  } | null;
  /** Set for the trainee when a result waits for his or her word. */
  readonly acknowledge: { readonly action: string; readonly period: string } | null;
  readonly form?: FormState | undefined;
}

export const TraineePage = (props: TraineeProps): Html => (
  <Page
    title={props.name}
    crumbs={props.crumbs}
    badge={<Badge>PGY {props.pgy}</Badge>}
    actions={
      <>
        <PrintButton />
        {props.placeHref && <ButtonLink href={props.placeHref}>Place in training</ButtonLink>}
        {props.reportHref && (
          <ButtonLink href={props.reportHref} download>
            Report as PDF
          </ButtonLink>
        )}
      </>
    }
    form={props.form}
    aside={<About {...props} />}
  >
    {props.acknowledge && (
      <div class="screen-only">
        <Panel title={`Your result for ${props.acknowledge.period} is here`}>
          <p>Acknowledging says that you have seen it, not that you agree. What you write stays with the result.</p>
          <Form action={props.acknowledge.action} panel={false}>
            <TextArea
              name="comment"
              label="Your comment"
              optional
              hint="Stored sealed; your program director, the committee and your mentor read it."
              maxlength={4000}
              form={props.form}
            />
            <Button tone="primary">Acknowledge</Button>
          </Form>
        </Panel>
      </div>
    )}
    <Course {...props} />
    {props.groups.length > 0 && (
      <DataTable
        caption="What peers and patients said, only together"
        columns={[
          {
            key: "question",
            head: "Question",
            wrap: true,
            cell: (line: TraineeProps["groups"][number]) => line.question,
          },
          { key: "who", head: "Who", cell: (line) => `${line.answers}, ${line.kind.toLowerCase()}` },
          { key: "period", head: "Period", cell: (line) => line.period },
          {
            key: "middle",
            head: "Middle answer",
            wrap: "narrow",
            cell: (line) => `${line.middle}${line.spread ? ` (${line.spread})` : ""}`,
          },
        ]}
        rows={props.groups}
      />
    )}
    <Evidence evaluations={props.evaluations} />
  </Page>
);

/** On paper only how many there are: a sheet of two pages is for the conversation, and the evidence stays here. */
const Evidence = ({ evaluations }: Pick<TraineeProps, "evaluations">): Html => {
  const [newest] = evaluations;
  return (
    <>
      {newest && (
        <p class="print-only">
          Rests on {counted(evaluations.length, "submitted evaluation")}, the newest of{" "}
          <Time at={newest.submittedAt} show="day" />.
        </p>
      )}
      <div class="screen-only">
        <DataTable
          caption={`${counted(evaluations.length, "submitted evaluation")}, the newest first`}
          columns={[
            {
              key: "rotation",
              head: "Rotation",
              wrap: true,
              cell: (line: TraineeProps["evaluations"][number]) => <a href={line.href}>{line.rotation}</a>,
            },
            { key: "at", head: "Submitted", cell: (line) => <Time at={line.submittedAt} show="day" /> },
          ]}
          rows={evaluations}
          empty={<Empty title="No evaluations yet">Evaluations appear here when faculty submit them.</Empty>}
        />
      </div>
    </>
  );
};

const Course = ({ courses, periods, chart, moved }: TraineeProps): Html =>
  chart.periods.length === 0 ? (
    <Panel>
      <Empty title="No result yet">A result appears here when the program director releases it, twice a year.</Empty>
    </Panel>
  ) : (
    <>
      <Panel>
        <SmallMultiples
          title="Course over the periods"
          summary={`${coursesInWords(courses.map(({ course }) => course))} Level 4 is the goal of the whole training. The open ring is the result before. A gap is a period without a level.${moved > 0 ? ` ${moved} earlier levels were given under an older version and carried over where it corresponds.` : ""}`}
          periods={chart.periods}
          series={chart.lines.map(({ code, program, own, low, high }) => ({
            name: code,
            values: program,
            ...(chart.hasOwn ? { other: own } : {}),
            ...(chart.hasBand ? { low, high } : {}),
          }))}
          legend={{
            line: strokes.line,
            other: chart.hasOwn ? strokes.other : undefined,
            band: chart.hasBand ? strokes.band : undefined,
          }}
          min={1}
          max={5}
          target={4}
        />
      </Panel>
      {periods.length > 0 && (
        <div class="new-sheet">
          <DataTable
            caption="Every result, period by period."
            note="NYC1: Not Yet Completed Level 1. NYA: Not Yet Assessable. Neither is a level."
            scroll={false}
            columns={[
              {
                key: "code",
                head: "Subcompetency",
                wrap: true,
                cell: (line: CourseLine) => `${line.code} ${line.title}`,
              },
              ...periods.map(({ title, short }, at) => ({
                key: title,
                head: short,
                wrap: "tight" as const,
                cell: (line: CourseLine) => <Written level={line.course[at] ?? null} />,
              })),
              { key: "sentence", head: "Course", wrap: "narrow" as const, cell: (line) => courseInWords(line.course) },
            ]}
            rows={courses}
          />
        </div>
      )}
    </>
  );

/** As short as a column of a half-year is; what is not a level says so when it is pointed at. */
const Written = ({ level }: { level: Level | null }): Html =>
  level === null ? (
    <span class="muted">–</span>
  ) : level.status === "rated" ? (
    <span>{writeLevel(level)}</span>
  ) : (
    <abbr title={levelInWords(level)}>{writeLevel(level)}</abbr>
  );

const About = (props: TraineeProps): Html => (
  <>
    <Panel title="In training">
      <Facts
        stacked
        facts={[
          { term: "Code in the record", value: props.code },
          { term: "From", value: `${props.startsOn} to ${props.expectedEnd}` },
          { term: "Judged by", value: props.framework },
        ]}
      />
    </Panel>
    <Panel title="Mentor">
      {props.mentors.length === 0 && <p>No mentor is assigned.</p>}
      {props.mentors.map(({ name, endAction }) => (
        <div class="row">
          <span>{name}</span>
          {endAction && (
            <PostButton action={endAction} tone="quiet" about={`the mentoring by ${name}`}>
              End
            </PostButton>
          )}
        </div>
      ))}
      {props.assign && props.assign.choices.length > 0 && (
        <div class="screen-only">
          <Form action={props.assign.action} panel={false} guard={false}>
            <Select name="personId" label="Assign a mentor" options={props.assign.choices} empty="Choose a person" />
            <Button>Assign</Button>
          </Form>
        </div>
      )}
    </Panel>
    <Panel title="Results">
      {props.periods.length === 0 && <p>None yet.</p>}
      {[...props.periods].reverse().map(({ title, state, isReopened, href, answer }) => (
        <div>
          <h3>{href ? <a href={href}>{title}</a> : title}</h3>
          <p>{isReopened ? <Badge tone="warn">Being revised</Badge> : <StateBadge state={state} />}</p>
          {answer && <Note>{answer}</Note>}
        </div>
      ))}
    </Panel>
  </>
);
