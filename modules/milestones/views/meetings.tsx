/** The committee's meetings: presence, the consent agenda, what is discussed, the minutes. */
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { DateField, Form, FormFoot, type FormState, Select, TextArea } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Note, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { counted } from "../counted.ts";
import { type Level, levelInWords } from "../level.ts";
import type { Quorum } from "../quorum.ts";
import { Evidence, type EvidenceLevel } from "./committee.tsx";
import { LevelChoice } from "./level-choice.tsx";

export interface MeetingsProps {
  readonly action: string | null;
  readonly periods: readonly { readonly value: string; readonly label: string }[];
  readonly period: string;
  readonly today: string;
  readonly meetings: readonly { readonly href: string; readonly heldOn: string; readonly period: string }[];
  readonly form?: FormState | undefined;
}

export const MeetingsPage = ({ action, periods, period, today, meetings, form }: MeetingsProps): Html => (
  <Page title="Meetings" lead="The competence committee advises; the director decides." form={form}>
    <DataTable
      caption={`${counted(meetings.length, "meeting")}, the newest first`}
      columns={[
        {
          key: "day",
          head: "Day",
          cell: (line: MeetingsProps["meetings"][number]) => <a href={line.href}>{line.heldOn}</a>,
        },
        { key: "period", head: "Period", cell: (line) => line.period },
      ]}
      rows={meetings}
      empty={<Empty title="No meeting yet">Call one below once reviewers have handed in their sheets.</Empty>}
    />
    {action && (
      <Panel title="Call a meeting">
        <Form action={action} panel={false}>
          <Select name="periodId" label="Period" options={periods} value={period} form={form} />
          <DateField name="heldOn" label="Day" value={today} form={form} />
          <Button tone="primary">Call</Button>
        </Form>
      </Panel>
    )}
  </Page>
);

interface AgendaLine {
  readonly trainee: string;
  readonly pgy: number;
  readonly href: string;
  readonly recused: readonly string[];
}
export interface MeetingProps {
  readonly period: string;
  readonly heldOn: string;
  readonly crumbs: readonly Crumb[];
  readonly quorum: Quorum;
  readonly members: readonly {
    readonly personId: string;
    readonly name: string;
    readonly isPresent: boolean;
    readonly isCore: boolean;
    readonly isChair: boolean;
  }[];
  /** The minutes as a document, for those who may download. */
  readonly printHref: string | null;
  readonly actions: { readonly presence: string; readonly adopt: string; readonly minutes: string } | null;
  readonly consent: readonly AgendaLine[];
  readonly discuss: readonly (AgendaLine & { readonly about: string })[];
  readonly done: readonly {
    readonly trainee: string;
    readonly href: string;
    readonly how: string;
    readonly seats: string;
  }[];
  readonly minutes: {
    readonly text: string;
    readonly version: number;
    readonly by: string | null;
    readonly at: Date | null;
  };
  readonly form?: FormState | undefined;
}

const trainee = { key: "trainee", head: "Trainee", cell: (line: AgendaLine) => <a href={line.href}>{line.trainee}</a> };
const pgy = { key: "pgy", head: "PGY", align: "end" as const, cell: (line: AgendaLine) => line.pgy };
const recused = { key: "recused", head: "Recused", cell: (line: AgendaLine) => line.recused.join(", ") || "–" };

export const MeetingPage = (props: MeetingProps): Html => (
  <Page
    title={`Meeting of ${props.heldOn}`}
    crumbs={props.crumbs}
    lead={props.period}
    badge={<Badge tone={props.quorum.stands ? "ok" : "warn"}>{props.quorum.stands ? "Quorum" : "No quorum"}</Badge>}
    form={props.form}
    actions={
      props.printHref && (
        <ButtonLink href={props.printHref} download>
          Minutes as PDF
        </ButtonLink>
      )
    }
    aside={<Presence {...props} />}
  >
    <Note tone={props.quorum.stands ? "info" : "warn"}>{props.quorum.sentence}</Note>
    <DataTable
      caption={`To discuss: ${counted(props.discuss.length, "trainee")}`}
      columns={[
        { ...trainee, cell: (line: MeetingProps["discuss"][number]) => <a href={line.href}>{line.trainee}</a> },
        pgy,
        { key: "about", head: "About", wrap: true, cell: (line) => line.about },
        recused,
      ]}
      rows={props.discuss}
      empty={
        <Empty title="Nothing to discuss">Where reviewers differ, or ask for it, the trainee is listed here.</Empty>
      }
    />
    <DataTable
      caption={`Consent agenda: ${counted(props.consent.length, "trainee")} on whom the reviewers agree`}
      columns={[trainee, pgy, recused]}
      rows={props.consent}
      empty={<Empty title="The consent agenda is empty">Trainees come here when their reviewers agree.</Empty>}
    />
    {props.actions && props.consent.length > 0 && (
      <PostButton action={props.actions.adopt} tone="primary">
        Adopt the consent agenda
      </PostButton>
    )}
    {props.done.length > 0 && (
      <DataTable
        caption={`${counted(props.done.length, "recommendation")} of this meeting`}
        columns={[
          {
            key: "trainee",
            head: "Trainee",
            cell: (line: MeetingProps["done"][number]) => <a href={line.href}>{line.trainee}</a>,
          },
          { key: "how", head: "How", cell: (line) => line.how },
          { key: "seats", head: "Seats", cell: (line) => line.seats },
        ]}
        rows={props.done}
      />
    )}
    <Minutes {...props} />
  </Page>
);

const Presence = ({ members, actions }: MeetingProps): Html => (
  <Panel title="Who sits here">
    {actions ? (
      <Form action={actions.presence} panel={false} guard={false}>
        {members.length === 0 && <p>Nobody has the role Competence committee member.</p>}
        <div class="stack">
          {members.map(({ personId, name, isPresent, isCore, isChair }) => (
            <div>
              <h3>{name}</h3>
              <div class="row">
                <label>
                  <input type="checkbox" name="present" value={personId} checked={isPresent} /> Present
                  <span class="hidden-text">: {name}</span>
                </label>
                <label>
                  <input type="checkbox" name="core" value={personId} checked={isCore} /> Core faculty
                  <span class="hidden-text">: {name}</span>
                </label>
                <label>
                  <input type="radio" name="chair" value={personId} checked={isChair} /> Chair
                  <span class="hidden-text">: {name}</span>
                </label>
              </div>
            </div>
          ))}
          <Button>Note presence</Button>
        </div>
      </Form>
    ) : (
      <ul>
        {members
          .filter(({ isPresent }) => isPresent)
          .map(({ name, isChair }) => (
            <li>{isChair ? `${name}, chair` : name}</li>
          ))}
      </ul>
    )}
  </Panel>
);

const Minutes = ({ minutes, actions, form }: MeetingProps): Html => (
  <Panel title="Minutes">
    {minutes.at && (
      <p class="hint">
        Version {minutes.version}, written by {minutes.by}, <Time at={minutes.at} />. Earlier versions are kept.
      </p>
    )}
    {actions ? (
      <Form action={actions.minutes} panel={false}>
        <TextArea
          name="text"
          label="What was decided and why"
          hint="Stored sealed; for committee and director only."
          value={minutes.text}
          rows={6}
          maxlength={20_000}
          form={form}
        />
        <Button>Keep the minutes</Button>
      </Form>
    ) : (
      <p>{minutes.text || "No minutes yet."}</p>
    )}
  </Panel>
);

export interface DiscussionProps {
  readonly trainee: string;
  readonly period: string;
  readonly crumbs: readonly Crumb[];
  readonly closed: string | null;
  readonly action: string | null;
  readonly quorum: Quorum;
  readonly sheets: readonly { readonly member: string; readonly note: string; readonly warnings: readonly string[] }[];
  readonly items: readonly {
    readonly name: string;
    readonly code: string;
    readonly title: string;
    readonly views: readonly { readonly member: string; readonly level: Level | null }[];
    readonly before: Level | null;
    readonly evidence: readonly EvidenceLevel[];
  }[];
  readonly agreed: readonly { readonly code: string; readonly title: string; readonly level: Level | null }[];
  readonly form?: FormState | undefined;
}

export const DiscussionPage = (props: DiscussionProps): Html => (
  <Page
    title={`Discuss ${props.trainee}`}
    crumbs={props.crumbs}
    lead={props.period}
    form={props.form}
    aside={
      <Panel title="The reviewers">
        {props.sheets.map(({ member, note, warnings }) => (
          <>
            <h3>{member}</h3>
            {note ? <p>{note}</p> : <p class="muted">No note.</p>}
            {warnings.map((warning) => (
              <p class="hint">Looked at twice: {warning}</p>
            ))}
          </>
        ))}
      </Panel>
    }
  >
    {props.closed && <Note tone="warn">{props.closed}</Note>}
    <Note tone={props.quorum.stands ? "info" : "warn"}>{props.quorum.sentence}</Note>
    {props.action && (
      <Form action={props.action}>
        {props.items.length === 0 && (
          <p>The reviewers agree on every level. One of them asks to talk about this trainee.</p>
        )}
        {props.items.map((item) => (
          <LevelChoice name={item.name} code={item.code} title={item.title} value={null} form={props.form}>
            <p>
              {item.views.map(({ member, level }, at) => (
                <>
                  {at > 0 && "; "}
                  {member}: <strong>{level ? levelInWords(level) : "nothing"}</strong>
                </>
              ))}
            </p>
            <Evidence evidence={item.evidence} before={item.before} />
          </LevelChoice>
        ))}
        <TextArea
          name="note"
          label="What was discussed"
          hint="Stored sealed. The director reads it beside the recommendation."
          maxlength={4000}
          form={props.form}
        />
        <FormFoot>
          <Button tone="primary">Record the recommendation</Button>
        </FormFoot>
      </Form>
    )}
    <DataTable
      caption={`Agreed without discussion: ${props.agreed.length} subcompetencies`}
      columns={[
        {
          key: "title",
          head: "Subcompetency",
          wrap: true,
          cell: (line: DiscussionProps["agreed"][number]) => `${line.code} ${line.title}`,
        },
        { key: "level", head: "Level", cell: (line) => (line.level ? levelInWords(line.level) : "–") },
      ]}
      rows={props.agreed}
      empty={<Empty title="Nothing agreed">The reviewers differ on every subcompetency.</Empty>}
    />
  </Page>
);
