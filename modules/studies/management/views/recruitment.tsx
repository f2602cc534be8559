/** Recruitment on the page: the funnel, the log, one person on the way, targets, and what strangers see. */
import type { GivenSignature, Signing } from "@core/module.ts";
import { SignatureField } from "@core/signature/signature-field.tsx";
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import {
  Checkbox,
  DateField,
  Form,
  FormFoot,
  type FormState,
  NumberField,
  Select,
  TextArea,
  TextField,
} from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page, PlainPage } from "@views/page.tsx";
import { Facts, Note, Panel, ProgressBar } from "@views/panel.tsx";
import { DataTable, Filters, Pager } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { dropNames, dropReasons, type Forecast, stageNames, stages } from "../rules/funnel.ts";
import type { Choice } from "./delegation.tsx";
import { type Happening, History } from "./history.tsx";

interface FunnelLine {
  readonly title: string;
  readonly reached: number;
  readonly share: number | null;
  readonly waiting: number;
  readonly dropped: number;
  readonly waitingHref: string | null;
  readonly reasons: readonly { readonly title: string; readonly count: number; readonly href: string | null }[];
}
interface PlanLine {
  readonly place: string;
  readonly target: number;
  readonly endsOn: string;
  readonly forecast: Forecast;
}
export interface FunnelProps {
  readonly add: string | null;
  readonly log: string | null;
  readonly at: string;
  readonly site: string;
  readonly sites: readonly Choice[];
  readonly steps: readonly FunnelLine[];
  readonly plans: readonly PlanLine[];
  readonly plan: string | null;
  readonly signup: {
    readonly action: string;
    readonly until: string;
    readonly pages: readonly { readonly title: string; readonly untilOn: string; readonly endAction: string | null }[];
  } | null;
  readonly form?: FormState | undefined;
}

const percent = (share: number | null): string => (share === null ? "" : `${Math.round(share * 100)} %`);
const number = (value: number): string => value.toLocaleString("en");

export const FunnelPage = (props: FunnelProps): Html => (
  <Page
    title="Recruitment"
    lead="From first contact to the end: how many came how far, and why others did not. A person stands in every stage that was reached."
    form={props.form}
    actions={
      <>
        {props.log && <ButtonLink href={props.log}>Screening log</ButtonLink>}
        {props.add && (
          <ButtonLink href={props.add} tone="primary">
            Enter a person
          </ButtonLink>
        )}
      </>
    }
  >
    {props.sites.length > 1 && (
      <Filters action={props.at} clear={props.at}>
        <Select name="site" label="Site" options={props.sites} empty="All sites" value={props.site} />
      </Filters>
    )}
    <DataTable
      caption={`${number(props.steps[0]?.reached ?? 0)} people in the screening log`}
      scroll={false}
      columns={[
        { key: "stage", head: "Stage", cell: (line: FunnelLine) => line.title },
        { key: "reached", head: "Reached", align: "end", cell: (line) => number(line.reached) },
        { key: "share", head: "Of the stage before", align: "end", cell: (line) => percent(line.share) },
        {
          key: "waiting",
          head: "On the way here",
          align: "end",
          cell: (line) =>
            line.waiting > 0 && line.waitingHref ? (
              <a href={line.waitingHref}>{number(line.waiting)}</a>
            ) : (
              number(line.waiting)
            ),
        },
        { key: "dropped", head: "Went no further", align: "end", cell: (line) => number(line.dropped) },
        {
          key: "reasons",
          head: "Why",
          wrap: true,
          cell: (line) => (
            <>
              {line.reasons.map(({ title, count, href }, at) => (
                <>
                  {at > 0 && ", "}
                  {href ? <a href={href}>{title}</a> : title} {number(count)}
                </>
              ))}
            </>
          ),
        },
      ]}
      rows={props.steps}
    />
    <DataTable
      caption="Targets, and when they are likely to be reached."
      scroll={false}
      note="Counted from “eligible” on. The interval holds the day in 8 of 10 cases, if people go on coming as they have."
      columns={[
        { key: "place", head: "Place", cell: (line: PlanLine) => line.place },
        {
          key: "got",
          head: "Included",
          cell: ({ forecast: { included }, target, place }) => (
            <ProgressBar
              label={`Included at ${place}`}
              value={Math.min(included, target)}
              max={target}
              text={`${included} of ${target}`}
            />
          ),
        },
        {
          key: "ahead",
          head: "Against the plan",
          cell: ({ forecast: { ahead } }) =>
            ahead < 0 ? <Badge tone="warn">{-ahead} behind</Badge> : <Badge tone="ok">{ahead} ahead</Badge>,
        },
        { key: "rate", head: "In 30 days", align: "end", cell: ({ forecast: { rate } }) => rate.toFixed(1) },
        {
          key: "reached",
          head: "Reached, likely",
          cell: ({ forecast: { reached, included }, target }) =>
            included >= target ? "reached" : reached ? reached.likely : <span class="muted">too early to say</span>,
        },
        {
          key: "interval",
          head: "Between",
          cell: ({ forecast: { reached } }) => (reached ? `${reached.early} and ${reached.late}` : ""),
        },
        {
          key: "onTime",
          head: "By the last day",
          cell: ({ forecast: { onTime }, endsOn }) =>
            onTime === null ? endsOn : `${endsOn}: ${percent(onTime)} likely`,
        },
      ]}
      rows={props.plans}
      empty={
        <Empty title="No target is set" action={props.plan && <ButtonLink href={props.plan}>Set a target</ButtonLink>}>
          With a target the page says how far along each site is, and when it is likely to be there.
        </Empty>
      }
    />
    {props.plan && props.plans.length > 0 && (
      <p>
        <a href={props.plan}>Set or change a target</a>
      </p>
    )}
    {props.signup && <Signups signup={props.signup} form={props.form} />}
  </Page>
);

const Signups = ({
  signup,
  form,
}: {
  signup: NonNullable<FunnelProps["signup"]>;
  form?: FormState | undefined;
}): Html => (
  <Panel title="Pages on which people ask to be contacted">
    {signup.pages.map(({ title, untilOn, endAction }) => (
      <div class="row">
        <span>
          {title} <span class="muted">until {untilOn}</span>
        </span>
        {endAction ? (
          <PostButton action={endAction} tone="quiet" about={title}>
            Close
          </PostButton>
        ) : (
          <Badge tone="none">closed</Badge>
        )}
      </div>
    ))}
    <Form action={signup.action} panel={false}>
      <TextField name="title" label="Title for the public" width="full" form={form} />
      <TextArea name="about" label="What the study is about, in plain words" rows={4} form={form} />
      <TextArea
        name="contactText"
        label="What people agree to"
        rows={3}
        value="I agree that the study team contacts me about this study. My details are used for that alone, and are erased when I ask."
        form={form}
      />
      <DateField name="untilOn" label="Open until" value={signup.until} form={form} />
      <FormFoot note="The address is shown once. Whoever has it can open the page.">
        <Button>Open a page</Button>
      </FormFoot>
    </Form>
  </Panel>
);

export const SignupAddressPage = ({ title, address, back }: { title: string; address: string; back: string }): Html => (
  <Page title="The page is open" crumbs={[{ label: "Recruitment", href: back }]}>
    <Note>
      <p>Copy the address now: it is shown once.</p>
    </Note>
    <Panel title={title}>
      <p class="mono">{address}</p>
      <ButtonLink href={back}>Back to recruitment</ButtonLink>
    </Panel>
  </Page>
);

export interface PlanProps {
  readonly action: string;
  readonly crumbs: readonly Crumb[];
  readonly sites: readonly Choice[];
  readonly from: string;
  readonly until: string;
  readonly form?: FormState | undefined;
}
export const PlanPage = ({ action, crumbs, sites, from, until, form }: PlanProps): Html => (
  <Page
    title="Set a target"
    crumbs={crumbs}
    form={form}
    lead="The newest target of a place counts; earlier ones stay on the record."
  >
    <Form action={action} panel>
      <Select name="siteId" label="Place" options={sites} empty="The whole study" form={form} />
      <NumberField name="target" label="Participants wanted" form={form} />
      <DateField name="startsOn" label="First day of recruitment" value={from} form={form} />
      <DateField name="endsOn" label="Last day" value={until} form={form} />
      <FormFoot>
        <Button tone="primary">Set</Button>
      </FormFoot>
    </Form>
  </Page>
);

export interface LogLine {
  readonly href: string;
  readonly code: string;
  readonly site: string;
  readonly source: string;
  readonly stage: (typeof stageNames)[number];
  readonly dropped: string | null;
  readonly changedAt: Date;
}
export interface ScreeningLogProps {
  readonly at: string;
  readonly add: string | null;
  readonly csv: string;
  readonly filter: {
    readonly stage?: string | undefined;
    readonly siteId?: string | undefined;
    readonly dropped?: string | undefined;
    readonly code?: string | undefined;
  };
  readonly sites: readonly Choice[];
  readonly total: number;
  /** There are more than `total`. */
  readonly more: boolean;
  readonly from: number;
  readonly previous: string | null;
  readonly next: string | null;
  readonly lines: readonly LogLine[];
}
/** Above a bound they are not counted one by one: the funnel has the number. */
const peopleInWords = ({ total, more }: Pick<ScreeningLogProps, "total" | "more">): string =>
  more ? `More than ${number(total)} people` : total === 1 ? "1 person" : `${number(total)} people`;

export const ScreeningLogPage = (props: ScreeningLogProps): Html => (
  <Page
    title="Screening log"
    lead="Everyone who was considered, by code alone. Names lie in the vault."
    actions={
      <>
        <ButtonLink href={props.csv} download>
          Log as CSV
        </ButtonLink>
        {props.add && (
          <ButtonLink href={props.add} tone="primary">
            Enter a person
          </ButtonLink>
        )}
      </>
    }
  >
    <Filters action={props.at} clear={props.at}>
      <TextField name="code" label="Code" value={props.filter.code ?? ""} width="s" />
      <Select
        name="stage"
        label="Stage"
        options={stageNames.map((value) => ({ value, label: stages[value] }))}
        empty="All"
        value={props.filter.stage ?? ""}
      />
      <Select
        name="dropped"
        label="Standing"
        options={[
          { value: "none", label: "On the way" },
          ...dropNames.map((value) => ({ value, label: dropReasons[value] })),
        ]}
        empty="All"
        value={props.filter.dropped ?? ""}
      />
      {props.sites.length > 1 && (
        <Select name="siteId" label="Site" options={props.sites} empty="All" value={props.filter.siteId ?? ""} />
      )}
    </Filters>
    <div id="list">
      <DataTable
        caption={`${peopleInWords(props)}, the latest change first`}
        columns={[
          { key: "code", head: "Code", cell: (line: LogLine) => <a href={line.href}>{line.code}</a> },
          { key: "site", head: "Site", cell: (line) => line.site },
          { key: "source", head: "Where from", cell: (line) => line.source },
          { key: "stage", head: "Reached", cell: (line) => stages[line.stage] },
          {
            key: "dropped",
            head: "Standing",
            wrap: true,
            cell: (line) =>
              line.dropped ? <Badge tone="none">{line.dropped}</Badge> : <Badge tone="info">on the way</Badge>,
          },
          { key: "changed", head: "Last change", cell: (line) => <Time at={line.changedAt} show="day" /> },
        ]}
        rows={props.lines}
        empty={<Empty title="Nobody here">Nobody in the log fits, or nobody was entered yet.</Empty>}
      />
      {(props.previous || props.next) && (
        <Pager
          from={props.from + 1}
          to={props.from + props.lines.length}
          total={Math.max(props.total, props.from + props.lines.length)}
          more={props.more}
          {...(props.previous ? { previous: props.previous } : {})}
          {...(props.next ? { next: props.next } : {})}
        />
      )}
    </div>
  </Page>
);

export interface NewScreeningProps {
  readonly action: string;
  readonly knownAction: string;
  readonly crumbs: readonly Crumb[];
  readonly sites: readonly Choice[];
  readonly known: readonly Choice[];
  readonly form?: FormState | undefined;
}
export const NewScreeningPage = (props: NewScreeningProps): Html => (
  <Page
    title="Enter a person"
    crumbs={props.crumbs}
    form={props.form}
    lead="What you enter here goes into the vault, sealed under the person's own key. The log shows a code."
  >
    <Form action={props.action} panel>
      {props.sites.length > 0 && (
        <Select name="siteId" label="Site" options={props.sites} empty="Choose a site" form={props.form} />
      )}
      <Select
        name="source"
        label="Where from"
        options={["clinic", "referral", "record search", "other"]}
        value="clinic"
        form={props.form}
      />
      <TextField name="name" label="Name" width="l" autocomplete="off" form={props.form} />
      <DateField name="birthDate" label="Birth date" optional form={props.form} />
      <TextField name="phone" label="Phone" optional autocomplete="off" form={props.form} />
      <TextField name="email" label="E-mail" type="email" optional width="l" autocomplete="off" form={props.form} />
      <TextField name="recordNumber" label="Record number" optional autocomplete="off" form={props.form} />
      <FormFoot>
        <Button tone="primary">Enter in the log</Button>
      </FormFoot>
    </Form>
    {props.known.length > 0 && (
      <Panel title="Or somebody who is enrolled already">
        <Form action={props.knownAction} panel={false} guard={false}>
          <Select name="subjectId" label="Participant" options={props.known} empty="Choose a code" form={props.form} />
          <Button>Enter in the log</Button>
        </Form>
      </Panel>
    )}
  </Page>
);

/** Each a sentence with its way out. */
export const Stops = ({ reasons }: { readonly reasons: readonly string[] }): Html => (
  <Note tone="warn">
    {reasons.map((reason) => (
      <p>{reason}</p>
    ))}
  </Note>
);

export interface ScreeningProps {
  readonly code: string;
  readonly name: string;
  readonly crumbs: readonly Crumb[];
  readonly stage: string;
  readonly dropped: string | null;
  readonly site: string;
  readonly source: string;
  readonly contactConsent: string | null;
  readonly consent: string | null;
  readonly happened: readonly Happening[];
  /** Why nobody can be taken in, or randomised, here today. */
  readonly stops: readonly string[];
  readonly next: { readonly action: string; readonly title: string } | null;
  readonly confirm: { readonly action: string; readonly signing: Signing } | null;
  readonly signatures: readonly GivenSignature[];
  readonly casebook: { readonly href: string | null; readonly action: string | null } | null;
  readonly randomise: string | null;
  readonly finish: string | null;
  readonly drop: string | null;
  readonly back: string | null;
  readonly today: string;
  readonly form?: FormState | undefined;
}
export const ScreeningPage = (props: ScreeningProps): Html => (
  <Page
    title={props.code}
    crumbs={props.crumbs}
    badge={props.dropped ? <Badge tone="none">{props.dropped}</Badge> : <Badge tone="info">{props.stage}</Badge>}
    form={props.form}
    aside={<History happened={props.happened} signatures={props.signatures} />}
  >
    <Panel>
      <Facts
        facts={[
          ...(props.name === props.code ? [] : [{ term: "Name", value: props.name }]),
          { term: "Site", value: props.site },
          { term: "Where from", value: props.source },
          { term: "Reached", value: props.stage },
          ...(props.contactConsent ? [{ term: "Agreed to", value: props.contactConsent }] : []),
        ]}
      />
      {props.consent && <p>{props.consent}</p>}
      {props.casebook?.href && <ButtonLink href={props.casebook.href}>Open the casebook</ButtonLink>}
      {props.casebook?.action && <PostButton action={props.casebook.action}>Begin the casebook</PostButton>}
    </Panel>
    {props.stops.length > 0 && <Stops reasons={props.stops} />}
    {props.randomise && props.stops.length === 0 && (
      <Panel title="Next: randomise">
        <ButtonLink href={props.randomise} tone="primary">
          Randomise
        </ButtonLink>
      </Panel>
    )}
    {props.confirm && (
      <Panel title="Next: eligible">
        <Form action={props.confirm.action} panel={false}>
          <DateField name="onDay" label="Day" value={props.today} form={props.form} />
          <TextArea
            name="note"
            label="Note"
            optional
            rows={2}
            hint="Sealed; read by those who keep the log."
            form={props.form}
          />
          <SignatureField signing={props.confirm.signing} form={props.form} />
          <FormFoot>
            <Button tone="primary">Confirm that this person is eligible</Button>
          </FormFoot>
        </Form>
      </Panel>
    )}
    {props.next && props.stops.length === 0 && (
      <Panel title={`Next: ${props.next.title.toLowerCase()}`}>
        <Form action={props.next.action} panel={false}>
          <DateField name="onDay" label="Day" value={props.today} form={props.form} />
          <TextArea
            name="note"
            label="Note"
            optional
            rows={2}
            hint="Sealed; read by those who keep the log."
            form={props.form}
          />
          <FormFoot>
            <Button tone="primary">{props.next.title}</Button>
          </FormFoot>
        </Form>
      </Panel>
    )}
    {props.drop && (
      <Panel title="Goes no further">
        <Form action={props.drop} panel={false}>
          <Select
            name="dropped"
            label="Reason"
            options={dropNames.map((value) => ({ value, label: dropReasons[value] }))}
            empty="Choose a reason"
            form={props.form}
          />
          <TextField name="dropNote" label="Note" optional width="full" form={props.form} />
          <FormFoot>
            <Button>Note it</Button>
          </FormFoot>
        </Form>
      </Panel>
    )}
    {props.finish && (
      <Panel title="Completed without randomisation">
        <Form action={props.finish} panel={false} guard={false} hidden={{ onDay: props.today }}>
          <Button>Completed</Button>
        </Form>
      </Panel>
    )}
    {props.back && (
      <Panel title="Take up again">
        <Form action={props.back} panel={false}>
          <TextField name="backNote" label="Reason" width="full" form={props.form} />
          <FormFoot>
            <Button>Take up again</Button>
          </FormFoot>
        </Form>
      </Panel>
    )}
  </Page>
);

export interface SignupProps {
  readonly institution: string;
  readonly title: string;
  readonly about: string;
  readonly contactText: string;
  readonly action: string;
  readonly sites: readonly Choice[];
  readonly form?: FormState | undefined;
}
export const SignupPage = (props: SignupProps): Html => (
  <PlainPage title={props.title} kind="participant" form={props.form}>
    <p class="muted">{props.institution}</p>
    {props.about.split(/\n{2,}/).map((part) => (
      <p>{part}</p>
    ))}
    <Form action={props.action} guard={false}>
      <TextField name="name" label="Your name" autocomplete="name" width="full" form={props.form} />
      <TextField name="phone" label="Phone" type="tel" autocomplete="tel" optional width="full" form={props.form} />
      <TextField
        name="email"
        label="E-mail"
        type="email"
        autocomplete="email"
        optional
        width="full"
        form={props.form}
      />
      {props.sites.length > 0 && (
        <Select name="siteId" label="Nearest place" options={props.sites} empty="Choose a place" form={props.form} />
      )}
      <div class="hidden-text">
        <TextField name="website" label="Leave this empty" optional autocomplete="off" />
      </div>
      <Checkbox name="agrees" label={props.contactText} form={props.form} />
      <FormFoot>
        <Button tone="primary">Ask to be contacted</Button>
      </FormFoot>
    </Form>
  </PlainPage>
);
export const ThanksPage = ({ title }: { title: string }): Html => (
  <PlainPage title="Thank you" kind="participant">
    <p>
      The study team will contact you about “{title}”. Asking to be contacted decides nothing: you take part only if you
      agree to that later.
    </p>
  </PlainPage>
);
