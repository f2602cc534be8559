/** Surveys as the study team sees them: the list over everybody, one participant's, and the page that is handed over. */
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Checkbox, Form, FormFoot, type FormState, RadioGroup, Select, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Figures, Note, Panel } from "@views/panel.tsx";
import { QrCode } from "@views/qr.tsx";
import { DataTable, Filters, Pager } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { type SurveyPlace, type SurveyState, surveyStates, surveyWords } from "../capture/surveys.ts";
import { counted } from "../counted.ts";
import { surveyLanguages } from "../survey-words.ts";

const tones: Readonly<Record<SurveyState, "none" | "info" | "warn" | "ok" | "bad" | "plain">> = {
  later: "none",
  due: "warn",
  sent: "info",
  begun: "info",
  answered: "ok",
  missed: "bad",
  withdrawn: "plain",
  "opted out": "plain",
};

export interface SurveyLine {
  readonly code: string;
  readonly site: string;
  readonly href: string;
  readonly form: string;
  readonly visit: string;
  readonly state: SurveyState;
  readonly dueOn: string;
  readonly closesOn: string;
  readonly sends: number;
  readonly sentAt: Date | null;
  readonly answeredAt: Date | null;
  readonly problem: string | null;
  readonly channel: "none" | "email" | "text";
}

const channels = { none: "by hand", email: "mail", text: "text message" };

export const SurveysPage = (props: {
  readonly lines: readonly SurveyLine[];
  readonly total: number;
  readonly from: number;
  readonly previous?: string | undefined;
  readonly next?: string | undefined;
  readonly figures: readonly { readonly label: string; readonly value: number }[];
  readonly sites: readonly { readonly value: string; readonly label: string }[];
  readonly filter: { readonly state: string; readonly site: string; readonly search: string };
  readonly action: string;
}): Html => (
  <Page
    title="Surveys"
    lead="Forms that participants answer themselves, by a link. What is due is sent on the first day of its window."
  >
    <Figures figures={props.figures} />
    <Filters
      action={props.action}
      live="#list"
      clear={props.filter.state || props.filter.site || props.filter.search ? props.action : undefined}
    >
      <TextField name="search" label="Code" type="search" width="s" value={props.filter.search} />
      <Select
        name="state"
        label="State"
        empty="All but later"
        options={surveyStates.map((value) => ({ value, label: surveyWords[value] }))}
        value={props.filter.state}
      />
      {props.sites.length > 1 && (
        <Select name="site" label="Site" empty="All sites" options={props.sites} value={props.filter.site} />
      )}
    </Filters>
    <div id="list">
      <DataTable
        caption={counted(props.total, "survey")}
        columns={[
          { key: "code", head: "Participant", cell: (line: SurveyLine) => <a href={line.href}>{line.code}</a> },
          {
            key: "form",
            head: "Form and visit",
            wrap: true,
            cell: (line) => (
              <>
                {line.form}, <span class="muted">{line.visit}</span>
              </>
            ),
          },
          {
            key: "state",
            head: "State",
            wrap: true,
            cell: (line) => (
              <>
                <Badge tone={tones[line.state]}>{surveyWords[line.state]}</Badge>
                {line.problem && (
                  <>
                    {" "}
                    <span class="warning">{line.problem}</span>
                  </>
                )}
              </>
            ),
          },
          { key: "due", head: "Due, open until", cell: (line) => `${line.dueOn}, ${line.closesOn}` },
          {
            key: "sent",
            head: "Sent",
            cell: (line) =>
              line.sentAt ? (
                <>
                  <Time at={line.sentAt} show="day" />
                  {line.sends > 1 && ` (${line.sends}×)`}
                </>
              ) : (
                channels[line.channel]
              ),
          },
          {
            key: "answered",
            head: "Answered",
            cell: (line) => (line.answeredAt ? <Time at={line.answeredAt} show="day" /> : "–"),
          },
        ]}
        rows={props.lines}
        empty={
          <Empty title="No survey">
            {props.filter.state || props.filter.site || props.filter.search
              ? "No survey fits these filters."
              : "Mark a form as “answered by the participant” in the builder and plan it at a visit with a window."}
          </Empty>
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

interface OwnLine {
  readonly at: SurveyPlace;
  readonly form: string;
  readonly visit: string;
  readonly state: SurveyState;
  readonly dueOn: string;
  readonly closesOn: string;
  readonly sentAt: Date | null;
  readonly sends: number;
  readonly answeredAt: Date | null;
  readonly withdrawnReason: string;
  readonly send: string | null;
  readonly withdraw: string | null;
}

export const ParticipantSurveysPage = (props: {
  readonly title: string;
  readonly code: string;
  readonly crumbs: readonly Crumb[];
  readonly note: string | null;
  readonly lines: readonly OwnLine[];
  readonly messages: readonly {
    readonly at: Date;
    readonly what: string;
    readonly channel: string;
    readonly state: string;
    readonly problem: string;
    readonly by: string;
  }[];
  readonly contact: {
    readonly action: string | null;
    readonly channel: "none" | "email" | "text";
    readonly language: string;
    readonly optedOut: boolean;
    readonly optedOutBy: string | null;
    readonly optedOutAt: Date | null;
    readonly email: string | null;
    readonly phone: string | null;
  };
  readonly maySend: boolean;
  readonly form?: FormState | undefined;
}): Html => (
  <Page title={props.title} crumbs={props.crumbs} lead={props.code} form={props.form}>
    {props.note && <Note tone="warn">{props.note}</Note>}
    {props.contact.optedOutAt && (
      <Note tone="info">
        No more surveys, said {props.contact.optedOutBy}: <Time at={props.contact.optedOutAt} />.
      </Note>
    )}
    <div class="stack">
      <DataTable
        caption={counted(props.lines.length, "survey")}
        columns={[
          {
            key: "form",
            head: "Form and visit",
            wrap: true,
            cell: (line: OwnLine) => (
              <>
                {line.form}, <span class="muted">{line.visit}</span>
              </>
            ),
          },
          {
            key: "state",
            head: "State",
            wrap: true,
            cell: (line) => (
              <>
                <Badge tone={tones[line.state]}>{surveyWords[line.state]}</Badge>
                {line.withdrawnReason && ` ${line.withdrawnReason}`}
                {line.answeredAt && (
                  <>
                    {" "}
                    <Time at={line.answeredAt} />
                  </>
                )}
              </>
            ),
          },
          {
            key: "due",
            head: "Due, open until",
            cell: (line) => [line.dueOn, line.closesOn].filter(Boolean).join(", ") || "–",
          },
          {
            key: "sent",
            head: "Sent",
            cell: (line) =>
              line.sentAt ? (
                <>
                  <Time at={line.sentAt} show="day" />
                  {line.sends > 1 && ` (${line.sends}×)`}
                </>
              ) : (
                "–"
              ),
          },
          {
            key: "act",
            head: "Acts",
            wrap: true,
            cell: (line) => <SurveyActs line={line} maySend={props.maySend} form={props.form} />,
          },
        ]}
        rows={props.lines}
        empty={
          <Empty title="No survey">
            No form of this study is answered by participants, or none is planned for this one.
          </Empty>
        }
      />
      {props.contact.action && (
        <Form action={props.contact.action} panel>
          <h2>How this participant is asked</h2>
          <RadioGroup
            name="channel"
            label="Messages go"
            options={[
              { value: "email", label: "By mail" },
              { value: "text", label: "By text message" },
              { value: "none", label: "Not at all: surveys are opened here, or by a square code" },
            ]}
            value={props.contact.channel}
            form={props.form}
          />
          <TextField
            name="email"
            label="E-mail"
            type="email"
            optional
            width="l"
            value={props.contact.email}
            form={props.form}
          />
          <TextField
            name="phone"
            label="Telephone"
            hint="With + and the country's code: +31612345678"
            optional
            width="m"
            value={props.contact.phone}
            form={props.form}
          />
          <Select
            name="language"
            label="Language"
            options={Object.entries(surveyLanguages).map(([value, label]) => ({ value, label }))}
            value={props.contact.language}
            form={props.form}
          />
          <Checkbox
            name="optedOut"
            label="Wants no more surveys"
            hint="Nothing is sent any more, by the schedule or by hand."
            checked={props.contact.optedOut}
            form={props.form}
          />
          <FormFoot note="Address and number are kept with the identity, sealed under the participant's key.">
            <Button>Save</Button>
          </FormFoot>
        </Form>
      )}
      <Panel title="Messages">
        <DataTable
          caption={counted(props.messages.length, "message")}
          columns={[
            { key: "at", head: "When", cell: (one: (typeof props.messages)[number]) => <Time at={one.at} /> },
            { key: "what", head: "What", cell: (one) => one.what },
            { key: "channel", head: "By", cell: (one) => one.channel },
            {
              key: "state",
              head: "State",
              wrap: true,
              cell: (one) => (
                <>
                  <Badge tone={one.state === "failed" ? "bad" : one.state === "sent" ? "ok" : "none"}>
                    {one.state}
                  </Badge>
                  {one.problem && ` ${one.problem}`}
                </>
              ),
            },
            { key: "by", head: "Sent for", cell: (one) => one.by },
          ]}
          rows={props.messages}
          empty={<Empty title="No message">Nothing was sent to this participant yet.</Empty>}
        />
      </Panel>
    </div>
  </Page>
);

const SurveyActs = ({
  line,
  maySend,
  form,
}: {
  line: OwnLine;
  maySend: boolean;
  form?: FormState | undefined;
}): Html => (
  <>
    {line.send && (
      <form method="post" action={line.send} class="row">
        {Object.entries(line.at)
          .filter(([name]) => ["event", "eventKey", "form", "formKey"].includes(name))
          .map(([name, value]) => (
            <input type="hidden" name={name} value={String(value ?? "")} />
          ))}
        {maySend && (
          <Button name="how" value="send">
            {line.sends > 0 ? "Send again" : "Send now"}
            <span class="hidden-text">
              {" "}
              {line.form}, {line.visit}
            </span>
          </Button>
        )}
        <Button name="how" value="here" tone="quiet">
          Open here
          <span class="hidden-text">
            {" "}
            {line.form}, {line.visit}
          </span>
        </Button>
      </form>
    )}
    {line.withdraw && (
      <details>
        <summary>
          Withdraw
          <span class="hidden-text">
            {" "}
            {line.form}, {line.visit}
          </span>
        </summary>
        <form method="post" action={line.withdraw} class="row">
          <TextField name="withdrawReason" label="Why" width="m" form={form} />
          <Button tone="danger">Withdraw</Button>
        </form>
      </details>
    )}
  </>
);

export const HandOverPage = (props: {
  readonly code: string;
  readonly crumbs: readonly Crumb[];
  readonly path: string;
  readonly link: string;
  readonly square: readonly (readonly boolean[])[];
  readonly closesOn: string;
}): Html => (
  <Page
    title="Hand over"
    crumbs={props.crumbs}
    lead={`For ${props.code} alone, until ${props.closesOn}. This page shows the link once.`}
  >
    <Panel title="On this device">
      <p>
        <ButtonLink href={props.path} tone="primary">
          Open the survey here
        </ButtonLink>
      </p>
      <p class="muted">Sign out before you hand the device over: the survey opens without your account.</p>
    </Panel>
    <Panel title="On the participant's telephone">
      <QrCode modules={props.square} label="The link to the survey as a square code" />
    </Panel>
  </Page>
);
