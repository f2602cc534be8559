/** Pages of every kind, with invented people and numbers, for those tests that look at pages. */
import { Badge, type Progress, ProgressBadge } from "@views/badge";
import { Button, ButtonLink, PrintButton } from "@views/button";
import { DotPlot, HeatTable, LineChart, SmallMultiples, Sparkline } from "@views/chart";
import { Conversation, Inbox } from "@views/conversation";
import { ConfirmDialog, DialogLink } from "@views/dialog";
import { Empty } from "@views/empty";
import {
  Checkbox,
  DateField,
  Fieldset,
  Form,
  FormFoot,
  NumberField,
  RadioGroup,
  SaveAnyway,
  Select,
  TextArea,
  TextField,
} from "@views/form";
import type { Frame } from "@views/frame";
import type { Html } from "@views/html";
import { Page, PlainPage } from "@views/page";
import { Facts, Figures, Note, Panel, Panels, ProgressBar } from "@views/panel";
import { ProblemPage } from "@views/problem";
import { SchemaForm } from "@views/schema-form";
import { DataTable, Filters, Pager } from "@views/table";
import { Tabs } from "@views/tabs";
import { Time } from "@views/time";
import { Change, Timeline } from "@views/timeline";

export const frame: Frame = {
  product: "Cairn",
  institution: "Northfield University Hospital",
  environment: "Training environment. Do not enter real patients.",
  person: { name: "M. de Vries", role: "Data manager, study NL-01" },
  nav: [
    {
      title: "Study NL-01",
      items: [
        { label: "Overview", href: "/w/nl-01" },
        { label: "Subjects", href: "/w/nl-01/subjects", count: 214, counts: "subjects" },
        { label: "Queries", href: "/w/nl-01/queries", count: 37, counts: "open queries" },
        { label: "Randomisation", href: "/w/nl-01/randomisation" },
        { label: "Exports", href: "/w/nl-01/exports" },
      ],
    },
    {
      title: "Consent",
      items: [
        { label: "Sessions", href: "/w/nl-01/consent", count: 5, counts: "waiting" },
        { label: "Documents", href: "/w/nl-01/documents" },
      ],
    },
    {
      title: "Training",
      items: [
        { label: "Trainees", href: "/w/im/trainees", count: 48 },
        { label: "CCC meetings", href: "/w/im/meetings" },
      ],
    },
    { title: "Coaching", items: [{ label: "Inbox", href: "/w/walk/inbox", count: 12, counts: "unread" }] },
    {
      title: "Set up",
      items: [
        { label: "Forms and visits", href: "/w/nl-01/forms" },
        { label: "Sites and people", href: "/admin/people" },
        { label: "Audit log", href: "/admin/audit" },
      ],
    },
  ],
  path: "/w/nl-01/subjects",
  search: { action: "/search", label: "Search subjects, trainees and settings" },
  flash: null,
  idleSeconds: 1200,
  density: "normal",
  theme: "auto",
  lang: "en",
  dir: "ltr",
  zone: "Europe/Amsterdam",
  now: "2026-11-21T09:40:00Z",
};

const outside: Partial<Frame> = { institution: frame.institution, environment: frame.environment, product: "Cairn" };

interface Subject {
  readonly code: string;
  readonly site: string;
  readonly visits: readonly Progress[];
  readonly queries: number;
  readonly late: number;
  readonly changed: string;
}

const STATES: readonly Progress[] = ["in progress", "complete", "locked", "query", "missed"];

const subjects: readonly Subject[] = Array.from({ length: 50 }, (_, at) => ({
  code: `NL-01-${100 + at}`,
  site: ["01 Amsterdam", "02 Utrecht", "03 Leuven"][at % 3] ?? "",
  visits: [
    "complete",
    at % 5 ? "complete" : "locked",
    STATES[at % 5] ?? "complete",
    at % 4 ? "not started" : "overdue",
  ],
  queries: at % 7 === 3 ? 2 : 0,
  late: at % 6 === 0 ? at : 0,
  changed: `2026-11-${String(1 + (at % 21)).padStart(2, "0")}T08:1${at % 10}:00Z`,
}));

const visit = (at: number, head: string) => ({
  key: `visit-${at}`,
  head,
  cell: (row: Subject) => <ProgressBadge state={row.visits[at] ?? "not started"} />,
});

const SubjectsPage = ({ rows }: { rows: readonly Subject[] }): Html => (
  <Page
    title="Subjects"
    crumbs={[
      { label: "Studies", href: "/studies" },
      { label: "NL-01", href: "/w/nl-01" },
    ]}
    actions={<ButtonLink href="/w/nl-01/exports/new">Export</ButtonLink>}
    primary={
      <ButtonLink href="/w/nl-01/subjects/new" tone="primary">
        Add subject
      </ButtonLink>
    }
  >
    <Filters action="/subjects" clear="/subjects" live="#list">
      <TextField name="find" label="Find" type="search" />
      <Select name="site" label="Site" options={["01 Amsterdam", "02 Utrecht", "03 Leuven"]} empty="All sites" />
      <Select name="state" label="Status" options={["In progress", "Overdue", "Locked"]} empty="Any" />
    </Filters>
    <div id="list">
      <DataTable
        caption={`${rows.length === 0 ? 0 : 214} subjects, sorted by number`}
        rows={rows}
        columns={[
          {
            key: "code",
            head: "Subject",
            sortable: true,
            cell: (row) => <a href={`/w/nl-01/subjects/${row.code}`}>{row.code}</a>,
          },
          { key: "site", head: "Site", sortable: true, cell: (row) => row.site },
          visit(0, "Screening"),
          visit(1, "Baseline"),
          visit(2, "Week 4"),
          visit(3, "Week 12"),
          { key: "queries", head: "Queries", sortable: true, align: "end", cell: (row) => row.queries },
          { key: "late", head: "Days late", align: "end", cell: (row) => row.late || "" },
          { key: "changed", head: "Last change", cell: (row) => <Time at={row.changed} /> },
        ]}
        sort={{ key: "code", down: false }}
        sortHref={({ key, down }) => `?sort=${down ? "-" : ""}${key}`}
        selection={{
          value: (row) => row.code,
          label: (row) => `Select ${row.code}`,
          action: "/w/nl-01/subjects/selected",
          buttons: (
            <>
              <Button name="act" value="lock">
                Lock visits
              </Button>
              <Button name="act" value="verify">
                Mark as verified
              </Button>
            </>
          ),
        }}
        empty={
          <Empty
            title="No subjects yet"
            action={
              <ButtonLink href="/w/nl-01/subjects/new" tone="primary">
                Add the first subject
              </ButtonLink>
            }
          >
            Everyone who is screened for this study is listed here. Nobody has been screened at your sites so far.
          </Empty>
        }
      />
      {rows.length > 0 && <Pager from={1} to={50} total={214} next="?page=2" size={50} />}
    </div>
  </Page>
);

const refused = {
  values: {
    visited: "2026-10-01",
    systolic: "820",
    diastolic: "131",
    position: "Sitting",
    remarks: "Cuff size L",
    "onset-month": "09",
    "onset-year": "2024",
  },
  errors: {
    visited: "Visit date cannot be before the baseline visit on 3 October 2026",
    systolic: "Systolic blood pressure must be between 60 and 260 mmHg",
  },
};

const FormPage = (): Html => (
  <Page
    title="Vital signs"
    crumbs={[
      { label: "NL-01", href: "/w/nl-01" },
      { label: "NL-01-103", href: "/w/nl-01/subjects/3" },
      { label: "Week 4", href: "/w/nl-01/subjects/3/week-4" },
    ]}
    badge={<Badge tone="warn">In progress</Badge>}
    form={refused}
    actions={
      <>
        <PrintButton />
        <ButtonLink href="?previous">Previous form</ButtonLink>
        <ButtonLink href="?next">Next form</ButtonLink>
      </>
    }
    aside={
      <>
        <Panel title="Systolic blood pressure">
          <p>
            <Badge tone="query">Query open 3 days</Badge>
          </p>
          <p>Monitor J. Bakker asks: “Value is outside the expected range. Please check the source.”</p>
          <ButtonLink href="/w/nl-01/queries/7">Answer query</ButtonLink>
        </Panel>
        <Panel title="History">
          <Timeline
            happenings={[
              {
                at: "2026-11-02T08:14:00Z",
                what: (
                  <>
                    M. de Vries changed <Change from="182" to="820" />
                  </>
                ),
                reason: "typing error",
              },
              { at: "2026-11-02T08:10:00Z", what: "M. de Vries entered 182" },
            ]}
          />
        </Panel>
      </>
    }
  >
    <Form action="/form" draft="/form/draft">
      <DateField name="visited" label="Visit date" form={refused} />
      <NumberField
        name="systolic"
        label="Systolic blood pressure"
        unit="mmHg"
        form={refused}
        beside={<Badge tone="query">1 query</Badge>}
      />
      <NumberField
        name="diastolic"
        label="Diastolic blood pressure"
        unit="mmHg"
        form={refused}
        warning="Higher than 110 mmHg is unusual. Check the reading."
        below={<SaveAnyway name="diastolic-reason" form={refused} />}
      />
      <RadioGroup
        name="position"
        label="Position during measurement"
        options={["Sitting", "Supine", "Standing"]}
        form={refused}
      />
      <Fieldset legend="Headache">
        <DateField name="onset" label="When did it begin?" parts form={refused} />
        <TextArea name="remarks" label="Remarks" rows={3} form={refused} optional />
      </Fieldset>
      <FormFoot note="Draft saved 09:14">
        <Button tone="primary">Save and mark complete</Button>
        <Button name="draft" value="1">
          Save draft
        </Button>
      </FormFoot>
    </Form>
  </Page>
);

const PERIODS = ["Nov 23", "May 24", "Nov 24", "May 25", "Nov 25", "May 26"];

const TraineePage = (): Html => (
  <Page
    title="Trainee R3-07"
    crumbs={[{ label: "Trainees", href: "/w/im/trainees" }]}
    badge={<Badge>PGY 3</Badge>}
    actions={<PrintButton>Print CCC sheet</PrintButton>}
    primary={
      <ButtonLink href="/w/im/trainees/7/rate" tone="primary">
        Rate milestones
      </ButtonLink>
    }
    tabs={
      <Tabs
        label="Trainee R3-07"
        tabs={[
          { label: "Progress", href: "/w/im/trainees/7", current: true },
          { label: "Evaluations", href: "/w/im/trainees/7/evaluations", count: 31 },
          { label: "Learning plan", href: "/w/im/trainees/7/plan" },
        ]}
      />
    }
    aside={
      <>
        <Panel title="Before the next meeting">
          <p>
            <Badge tone="warn">4 evaluations missing</Badge>
          </p>
          <ProgressBar label="Evaluations received" value={18} max={22} />
        </Panel>
        <Panel title="About">
          <Facts
            stacked
            facts={[
              { term: "Programme", value: "Internal medicine" },
              { term: "Mentor", value: "Dr I. Larsen" },
              { term: "Next meeting", value: <Time at="2026-12-04" /> },
            ]}
          />
        </Panel>
      </>
    }
  >
    <Figures
      figures={[
        { label: "Subcompetencies at target", value: 14, of: "of 21" },
        { label: "Evaluations since May", value: 31 },
        { label: "Median level", value: 3.5 },
        { label: "Open actions", value: 2 },
      ]}
    />
    <Panel>
      <LineChart
        title="Patient care 1: history and examination"
        summary="Rose from level 1.5 to 3.5 over six reviews. The self-assessment was higher until May 2025 and agrees since."
        periods={PERIODS}
        series={[
          { name: "Committee", values: [1.5, 2, 2.5, 2.5, 3, 3.5] },
          { name: "Self-assessment", values: [2, 2.5, 3, null, 3, 3.5] },
        ]}
        band={{
          name: "Middle half of PGY peers",
          low: [1.2, 1.5, 2, 2.2, 2.6, 3],
          high: [2.2, 2.6, 3, 3.2, 3.6, 4],
        }}
        target={{ name: "Graduation target", value: 4 }}
        min={1}
        max={5}
      />
    </Panel>
    <Panel>
      <DotPlot
        title="All subcompetencies, May 2026"
        summary="Two of five are at the graduation target of level 4. Systems-based practice 2 has not moved in a year."
        rows="Subcompetency"
        measure="Level"
        pastName="Nov 25"
        target={4}
        min={1}
        max={5}
        levels={[
          { name: "Patient care 1: history and examination", value: 3.5, past: 3, low: 3, high: 4 },
          { name: "Patient care 2: clinical reasoning", value: 4, past: 3.5, low: 3, high: 4 },
          { name: "Medical knowledge 1: applied foundational sciences", value: 4, past: 4, low: 3.5, high: 4.5 },
          {
            name: "Systems-based practice 2: coordination of care",
            value: 2.5,
            past: 2.5,
            low: 3,
            high: 4,
            mark: <Badge tone="warn">No change</Badge>,
          },
          { name: "Professionalism 1: conduct", value: null, past: 3, low: 3, high: 4 },
        ]}
      />
    </Panel>
    <Panel>
      <SmallMultiples
        title="Patient care, all six"
        summary="All rose over six reviews; patient care 4 fell by half a level in May 2026."
        periods={PERIODS}
        series={[1, 2, 3, 4, 5, 6].map((n) => ({
          name: `Patient care ${n}`,
          values: [1 + n * 0.1, 1.5, 2, 2.5 + n * 0.1, n === 4 ? 3.5 : 3, n === 4 ? 3 : 3.5],
        }))}
        target={4}
        min={1}
        max={5}
      />
    </Panel>
    <HeatTable
      caption="Level by trainee and subcompetency, May 2026"
      rows="Trainee"
      columns={["PC1", "PC2", "PC3", "MK1", "SBP1", "SBP2", "PBLI1", "PROF1", "ICS1"]}
      data={Array.from({ length: 8 }, (_, row) => ({
        name: <a href={`/w/im/trainees/${row}`}>{`R3-0${row}`}</a>,
        values: Array.from({ length: 9 }, (_, at) => ((row * at) % 11 === 7 ? null : 1 + ((row * 3 + at * 2) % 9) / 2)),
      }))}
      min={1}
      max={5}
    />
  </Page>
);

const InboxPage = (): Html => (
  <Page
    title="Inbox"
    crumbs={[{ label: "Coaching", href: "/w/walk" }]}
    primary={
      <ButtonLink href="/w/walk/inbox/new" tone="primary">
        New message
      </ButtonLink>
    }
  >
    <Note tone="warn">Quiet hours in this participant’s zone begin in 20 minutes.</Note>
    <Inbox
      threads={[
        {
          href: "/w/walk/inbox/1",
          name: "Member 4471",
          line: "Knee pain again",
          at: "2026-11-20T17:24:00Z",
          unread: true,
          current: true,
          flag: { text: "Pain", tone: "bad" },
        },
        {
          href: "/w/walk/inbox/2",
          name: "Member 4402",
          line: "Walked 25 minutes today and the weather was lovely",
          at: "2026-11-20T16:02:00Z",
          unread: true,
        },
        { href: "/w/walk/inbox/3", name: "Member 4380", line: "ok", at: "2026-11-19T09:40:00Z" },
      ]}
    >
      <Panel title="Member 4471" end={<Badge tone="ok">Opted in</Badge>}>
        <Conversation
          label="Conversation with member 4471"
          messages={[
            { from: "them", text: "I missed my walk yesterday, sorry", at: "2026-11-20T17:02:00Z" },
            {
              from: "us",
              by: "S. Ito",
              text: "No problem. What got in the way?",
              at: "2026-11-20T17:20:00Z",
              state: "delivered",
            },
            { from: "them", text: "Knee pain again", at: "2026-11-20T17:24:00Z" },
          ]}
        />
        <Form action="/w/walk/inbox/1" panel={false}>
          <TextArea
            name="text"
            label="Message"
            rows={2}
            hint="Sent between 08:00 and 20:00 in the member’s time zone. 160 characters are one message."
          />
          <div class="row">
            <Button tone="primary">Send</Button>
            <Button name="act" value="flag">
              Flag for clinician
            </Button>
          </div>
        </Form>
      </Panel>
    </Inbox>
  </Page>
);

const VisitPage = (): Html => (
  <Page
    title="Week 4"
    crumbs={[
      { label: "NL-01", href: "/w/nl-01" },
      { label: "NL-01-103", href: "/w/nl-01/subjects/3" },
    ]}
    badge={<Badge tone="query">2 queries</Badge>}
    lead="Planned for 2 November 2026, two days either side."
    primary={
      <DialogLink dialog="lock" href="/w/nl-01/visits/4/lock" tone="primary">
        Lock the visit
      </DialogLink>
    }
  >
    <Panels>
      <Panel title="Forms">
        <Facts
          facts={[
            { term: "Vital signs", value: <ProgressBadge state="query" text="1 query" /> },
            { term: "Laboratory", value: <ProgressBadge state="complete" /> },
            { term: "Medication", value: <ProgressBadge state="in progress" /> },
          ]}
        />
      </Panel>
      <Panel title="Weight">
        <p>
          <Sparkline label="Weight in kg" values={[82, 81.4, 81, 80.2, 80.6]} min={79} max={83} /> 80.6 kg
        </p>
      </Panel>
      <Panel title="Settings of the visit">
        <SchemaForm
          schema={{
            type: "object",
            required: ["window", "reminders"],
            properties: {
              window: {
                type: "integer",
                title: "Visit window",
                description: "Days either side of the planned date.",
                minimum: 0,
                maximum: 28,
                default: 2,
                unit: "days",
              },
              reminders: { type: "boolean", title: "Send reminders", default: true },
              channel: { title: "By", anyOf: [{ const: "sms" }, { const: "mail" }], default: "sms" },
              begins: { type: "string", format: "date", title: "Begins on" },
              holidays: { type: "array", items: { type: "string" }, title: "Days without messages" },
            },
          }}
        />
      </Panel>
    </Panels>
    <ConfirmDialog
      id="lock"
      title="Lock week 4 of NL-01-103?"
      action="/w/nl-01/visits/4/lock"
      confirm="Lock the visit"
      hidden={{ version: 7 }}
    >
      <p>Nobody can change its three forms afterwards. A data manager can unlock it, with a reason.</p>
      <TextField name="password" type="password" label="Your password" autocomplete="current-password" width="full" />
    </ConfirmDialog>
  </Page>
);

const SignInPage = (): Html => (
  <PlainPage title="Sign in">
    <Form action="/sign-in">
      <TextField name="email" type="email" label="Work e-mail" autocomplete="username" width="full" />
      <TextField name="password" type="password" label="Password" autocomplete="current-password" width="full" />
      <Button tone="primary">Sign in</Button>
    </Form>
    <p>
      <a href="/sign-in/link">Send me a link instead</a>
    </p>
  </PlainPage>
);

const ConsentPage = (): Html => (
  <PlainPage title="Sign to take part" kind="participant" step="Step 3 of 4">
    <Note>
      <p>
        You are signing version 2.1 of the information leaflet, dated 3 November 2026. You can stop at any time, without
        giving a reason.
      </p>
    </Note>
    <Form action="/p/token/sign" panel={false}>
      <Checkbox name="read" label="I read the information and could ask questions" />
      <Checkbox name="agree" label="I agree to the use of my data for this study" />
      <TextField name="name" label="Your full name" autocomplete="name" width="full" />
      <div class="stack">
        <Button tone="primary">Sign and continue</Button>
        <ButtonLink href="/p/token/ask">I want to ask a question first</ButtonLink>
      </div>
    </Form>
  </PlainPage>
);

export interface Exhibit {
  readonly name: string;
  readonly page: Html;
  readonly frame: Partial<Frame>;
}

const at = (path: string): Frame => ({ ...frame, path });

export const gallery: readonly Exhibit[] = [
  {
    name: "subjects",
    page: <SubjectsPage rows={subjects} />,
    frame: { ...frame, flash: { text: "NL-01-149 was added." } },
  },
  { name: "form", page: <FormPage />, frame: at("/w/nl-01/subjects/3/week-4") },
  { name: "trainee", page: <TraineePage />, frame: at("/w/im/trainees/7") },
  { name: "inbox", page: <InboxPage />, frame: at("/w/walk/inbox") },
  { name: "visit", page: <VisitPage />, frame: at("/w/nl-01/subjects/3") },
  { name: "empty", page: <SubjectsPage rows={[]} />, frame },
  { name: "sign-in", page: <SignInPage />, frame: outside },
  {
    name: "problem",
    page: (
      <ProblemPage
        title="You may not open this study"
        sentence="Study NL-01 exists, but no role in it was given to you. Its principal investigator can ask the administrator to do so."
        wayOut={{ label: "Go to your work", href: "/" }}
        reference="01936f2e-7d4b"
      />
    ),
    frame: at("/w/nl-02"),
  },
  { name: "consent", page: <ConsentPage />, frame: { ...outside, environment: null } },
  { name: "rtl", page: <FormPage />, frame: { ...frame, dir: "rtl", density: "compact" } },
];
