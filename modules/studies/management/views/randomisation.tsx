/** Randomisation on the page. No page here takes an arm but those of people who may see it, and the one after an unblinding. */
import type { GivenSignature, Signing } from "@core/module.ts";
import { SignatureField } from "@core/signature/signature-field.tsx";
import { Badge, type Tone } from "@views/badge.tsx";
import { Button, ButtonLink, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import {
  Checkbox,
  Form,
  FormFoot,
  type FormState,
  NumberField,
  RadioGroup,
  Select,
  TextArea,
  TextField,
} from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import type { SchemeState } from "../allocation.ts";
import type { Factor } from "../rules/scheme.ts";
import type { SchemeRow } from "../store/randomisation.ts";
import type { Choice } from "./delegation.tsx";
import { type Happening, History } from "./history.tsx";
import { Stops } from "./recruitment.tsx";

const stateTones: Readonly<Record<SchemeState, Tone>> = {
  draft: "warn",
  active: "ok",
  closed: "locked",
  discarded: "none",
};
const SchemeBadge = ({ state }: { state: SchemeState }): Html => <Badge tone={stateTones[state]}>{state}</Badge>;

interface AllocationLine {
  readonly href: string;
  readonly number: number;
  readonly code: string;
  readonly site: string;
  readonly by: string;
  readonly at: Date;
  readonly kit: string | null;
  readonly openArm: string | null;
  readonly marks: readonly string[];
}
export interface RandomisationProps {
  readonly active: {
    readonly version: number;
    readonly method: string;
    readonly arms: string;
    readonly factors: readonly string[];
    readonly bySite: boolean;
    readonly blinded: boolean;
    readonly href: string;
  } | null;
  readonly seesCodes: boolean;
  readonly randomise: string | null;
  readonly arms: string | null;
  readonly csv: string;
  readonly write: string | null;
  readonly schemes: readonly {
    readonly href: string;
    readonly version: number;
    readonly method: string;
    readonly state: SchemeState;
    readonly madeAt: Date;
  }[];
  readonly lines: readonly AllocationLine[];
}
export const RandomisationPage = (props: RandomisationProps): Html => (
  <Page
    title="Randomisation"
    lead={
      props.active?.blinded === false
        ? "An open study: the arm stands beside each participant."
        : "Who was randomised, and when. To which arm stands nowhere on this page."
    }
    actions={
      <>
        <ButtonLink href={props.csv} download>
          List as CSV
        </ButtonLink>
        {props.arms && <ButtonLink href={props.arms}>Allocations with arms</ButtonLink>}
        {props.write && <ButtonLink href={props.write}>Write a scheme</ButtonLink>}
        {props.randomise && (
          <ButtonLink href={props.randomise} tone="primary">
            Randomise
          </ButtonLink>
        )}
      </>
    }
    aside={
      <Panel title="Schemes">
        {props.schemes.length === 0 && <p>None is written yet.</p>}
        {props.schemes.map(({ href, version, method, state }) => (
          <div class="row">
            <a href={href}>
              Version {version}, {method}
            </a>
            <SchemeBadge state={state} />
          </div>
        ))}
      </Panel>
    }
  >
    {props.active ? (
      <Panel title={`In force: version ${props.active.version}`}>
        <Facts
          facts={[
            { term: "Arms", value: props.active.arms },
            { term: "Method", value: props.active.method === "blocks" ? "Permuted blocks" : "Minimisation" },
            {
              term: "Balanced over",
              value: [...(props.active.bySite ? ["site"] : []), ...props.active.factors].join("; ") || "nothing else",
            },
          ]}
        />
      </Panel>
    ) : (
      <Note>
        <p>
          No scheme is in force, so nobody can be randomised. An unblinded statistician writes one, a second person
          activates it.
        </p>
      </Note>
    )}
    <DataTable
      caption={props.lines.length === 1 ? "1 participant randomised" : `${props.lines.length} participants randomised`}
      columns={[
        {
          key: "number",
          head: "Number",
          align: "end",
          cell: (line: AllocationLine) => <a href={line.href}>{line.number}</a>,
        },
        { key: "code", head: "Participant", cell: (line) => line.code },
        { key: "site", head: "Site", cell: (line) => line.site },
        { key: "at", head: "When", cell: (line) => <Time at={line.at} show="minute" /> },
        { key: "by", head: "By", cell: (line) => line.by },
        { key: "kit", head: "Kit", cell: (line) => line.kit ?? "" },
        {
          key: "marks",
          head: "Marks",
          cell: (line) => (
            <>
              {line.openArm && <Badge tone="info">{line.openArm}</Badge>}
              {line.marks.map((mark) => (
                <Badge tone={mark === "unblinded" ? "bad" : "warn"}>{mark}</Badge>
              ))}
            </>
          ),
        },
      ]}
      rows={props.lines}
      empty={
        props.seesCodes ? (
          <Empty title="Nobody is randomised yet">Participants who are eligible are randomised one by one.</Empty>
        ) : (
          <Empty title="Participants are not shown to you">How many were randomised stands under Recruitment.</Empty>
        )
      }
    />
  </Page>
);

export interface RandomiseProps {
  /** Why nobody, or nobody of some site, is randomised today. */
  readonly stops: readonly string[];
  readonly action: string;
  readonly crumbs: readonly Crumb[];
  readonly subject: string;
  readonly subjects: readonly Choice[];
  readonly factors: readonly Factor[];
  readonly blinded: boolean;
  readonly ready: boolean;
  readonly requestId: string;
  readonly form?: FormState | undefined;
}
export const RandomisePage = (props: RandomiseProps): Html => (
  <Page title="Randomise" crumbs={props.crumbs} form={props.form}>
    {props.stops.length > 0 && <Stops reasons={props.stops} />}
    {!props.ready || props.subjects.length === 0 ? (
      <Note tone="warn">
        <p>
          {props.ready
            ? "Nobody is noted as eligible in the screening log, so there is nobody to randomise."
            : "No randomisation scheme is in force."}
        </p>
      </Note>
    ) : (
      <Form action={props.action} panel hidden={{ requestId: props.requestId }}>
        <Select
          name="subjectId"
          label="Participant"
          options={props.subjects}
          empty="Choose a code"
          value={props.subject}
          form={props.form}
        />
        {props.factors.map(({ key, title, levels }) => (
          <RadioGroup name={`factor.${key}`} label={title} options={[...levels]} form={props.form} />
        ))}
        <FormFoot
          note={`Check them: whatever is chosen, the allocation stands.${props.blinded ? " You will be told a number, not the arm." : ""}`}
        >
          <Button tone="primary">Randomise</Button>
        </FormFoot>
      </Form>
    )}
  </Page>
);

export interface AllocationProps {
  readonly crumbs: readonly Crumb[];
  readonly code: string;
  readonly number: number;
  readonly site: string;
  readonly by: string;
  readonly at: Date;
  readonly levels: string;
  readonly kit: string | null;
  readonly openArm: string | null;
  readonly revealed: string | null;
  readonly happened: readonly Happening[];
  readonly signatures: readonly GivenSignature[];
  readonly factors: readonly Factor[];
  readonly wrongAction: string | null;
  readonly unblind: string | null;
  readonly form?: FormState | undefined;
}
export const AllocationPage = (props: AllocationProps): Html => (
  <Page
    title={`${props.code}, number ${props.number}`}
    crumbs={props.crumbs}
    form={props.form}
    aside={<History happened={props.happened} signatures={props.signatures} />}
  >
    {props.revealed && (
      <Note tone="bad">
        <p>You unblinded this participant: {props.revealed}. Tell nobody who need not know.</p>
      </Note>
    )}
    <Panel>
      <Facts
        facts={[
          { term: "Site", value: props.site },
          { term: "Randomised", value: <Time at={props.at} show="full" /> },
          { term: "By", value: props.by },
          ...(props.levels ? [{ term: "Factors", value: props.levels }] : []),
          ...(props.kit ? [{ term: "Kit to hand out", value: props.kit }] : []),
          ...(props.openArm ? [{ term: "Arm", value: props.openArm }] : []),
        ]}
      />
    </Panel>
    {props.unblind && (
      <Panel title="Emergency">
        <p>Only when the treatment must be known to treat the participant now.</p>
        <ButtonLink href={props.unblind} tone="danger">
          Unblind this participant
        </ButtonLink>
      </Panel>
    )}
    {props.wrongAction && (
      <Panel title="The factors were wrong">
        <Form action={props.wrongAction} panel={false}>
          {props.factors.map(({ key, title, levels }) => (
            <RadioGroup name={`factor.${key}`} label={title} options={[...levels]} form={props.form} />
          ))}
          <TextField name="reason" label="How it came about" width="full" form={props.form} />
          <FormFoot note="The right levels are noted for the analysis. The allocation stands.">
            <Button>Note the error</Button>
          </FormFoot>
        </Form>
      </Panel>
    )}
  </Page>
);

export interface UnblindProps {
  readonly crumbs: readonly Crumb[];
  readonly code: string;
  readonly action: string;
  readonly signing: Signing;
  readonly form?: FormState | undefined;
}
export const UnblindPage = ({ crumbs, code, action, signing, form }: UnblindProps): Html => (
  <Page title={`Unblind ${code}`} crumbs={crumbs} form={form}>
    <Note tone="bad">
      <p>
        The treatment of this one participant will be shown to you alone. The mark stays for good, and those whom the
        study names are told at once.
      </p>
    </Note>
    <Form action={action} panel>
      <TextArea
        name="reason"
        label="Why the treatment must be known now"
        rows={3}
        hint="No name, no record number."
        form={form}
      />
      <SignatureField signing={signing} form={form} />
      <FormFoot>
        <Button tone="danger">Unblind</Button>
      </FormFoot>
    </Form>
  </Page>
);
export const UnblindedPage = ({
  code,
  arm,
  told,
  back,
  crumbs,
}: {
  code: string;
  /** How many were mailed. */
  told: number;
  arm: string;
  back: string;
  crumbs: readonly Crumb[];
}): Html => (
  <Page title={`${code} is unblinded`} crumbs={crumbs}>
    <Note tone="bad">
      <p>{arm}</p>
    </Note>
    <p>Tell nobody who need not know it to treat the participant. Your act and your reason stand on the record.</p>
    <p>
      {told > 0
        ? `${told === 1 ? "One person who answers" : `${told} people who answer`} for the study ${told === 1 ? "was" : "were"} told at once that this happened, and not what you see here.`
        : "Nobody could be told by mail: tell the sponsor yourself, and have the study's settings name somebody."}
    </p>
    <ButtonLink href={back}>Back to the participant</ButtonLink>
  </Page>
);

export interface ArmsProps {
  readonly crumbs: readonly Crumb[];
  readonly csv: string;
  readonly lines: readonly {
    readonly number: number;
    readonly code: string;
    readonly site: string;
    readonly at: Date;
    readonly arm: string;
    readonly kit: string | null;
  }[];
}
export const ArmsPage = ({ crumbs, csv, lines }: ArmsProps): Html => (
  <Page
    title="Allocations with arms"
    crumbs={crumbs}
    lead="For unblinded eyes only. That you looked stands on the record."
    actions={
      <ButtonLink href={csv} download>
        List as CSV
      </ButtonLink>
    }
  >
    <DataTable
      caption={lines.length === 1 ? "1 allocation" : `${lines.length} allocations`}
      columns={[
        { key: "number", head: "Number", align: "end", cell: (line: ArmsProps["lines"][number]) => line.number },
        { key: "code", head: "Participant", cell: (line) => line.code },
        { key: "site", head: "Site", cell: (line) => line.site },
        { key: "at", head: "When", cell: (line) => <Time at={line.at} show="minute" /> },
        { key: "arm", head: "Arm", cell: (line) => line.arm },
        { key: "kit", head: "Kit", cell: (line) => line.kit ?? "" },
      ]}
      rows={lines}
      empty={<Empty title="No allocation">Nobody was randomised yet.</Empty>}
    />
  </Page>
);

export const NewSchemePage = ({
  action,
  crumbs,
  form,
}: {
  action: string;
  crumbs: readonly Crumb[];
  form?: FormState | undefined;
}): Html => (
  <Page
    title="Write a randomisation scheme"
    crumbs={crumbs}
    form={form}
    lead="Ten thousand invented participants are allocated by it at once; a second person reads that report and activates the scheme."
  >
    <Form action={action} panel>
      <RadioGroup
        name="method"
        label="Method"
        options={[
          {
            value: "blocks",
            label: "Permuted blocks of random sizes",
            hint: "A list for each stratum, sealed at activation.",
          },
          {
            value: "minimisation",
            label: "Minimisation (Pocock and Simon)",
            hint: "Each allocation balances the factors, with chance.",
          },
        ]}
        value="blocks"
        form={form}
      />
      <TextArea
        name="arms"
        label="Arms, one a line"
        hint="Code; title; part of the ratio"
        rows={3}
        value={"A; Active; 1\nB; Placebo; 1"}
        form={form}
      />
      <TextArea
        name="factors"
        label="Factors, one a line"
        optional
        hint="Title: level / level. For minimisation a weight may follow the title: Age ×2: under 65 / 65 and over"
        rows={3}
        form={form}
      />
      <Checkbox name="bySite" label="Balance within each site" checked form={form} />
      <Checkbox name="blinded" label="Blinded: who randomises does not learn the arm" checked form={form} />
      <TextField
        name="multiples"
        label="Block sizes, as multiples of the ratio's sum"
        value="1, 2, 3"
        width="s"
        form={form}
      />
      <NumberField name="slotsPerStratum" label="Slots for each stratum" value={100} form={form} />
      <NumberField
        name="likely"
        label="Minimisation: probability of the arm that balances best"
        decimal
        value={0.8}
        form={form}
      />
      <Select
        name="measure"
        label="Minimisation: what counts as imbalance"
        options={[
          { value: "range", label: "The range" },
          { value: "variance", label: "The variance" },
        ]}
        value="range"
        form={form}
      />
      <Checkbox name="usesKits" label="A kit is handed out with each allocation" form={form} />
      <NumberField name="kitDays" label="Kits must be good for" unit="days" value={30} form={form} />
      <FormFoot note="Block sizes and seed are sealed; sites see neither.">
        <Button tone="primary">Write and simulate</Button>
      </FormFoot>
    </Form>
  </Page>
);

export interface SchemeProps {
  readonly crumbs: readonly Crumb[];
  readonly row: SchemeRow;
  readonly state: SchemeState;
  readonly happened: readonly Happening[];
  readonly signatures: readonly GivenSignature[];
  readonly pdf: string;
  readonly signing: Signing | null;
  readonly activate: string | null;
  readonly discard: string | null;
  readonly close: string | null;
  readonly replay: string | null;
  readonly form?: FormState | undefined;
}
export const SchemePage = ({ row, ...props }: SchemeProps): Html => {
  const { report, scheme } = row;
  return (
    <Page
      title={`Randomisation scheme, version ${row.version}`}
      crumbs={props.crumbs}
      badge={<SchemeBadge state={props.state} />}
      form={props.form}
      actions={
        <>
          <ButtonLink href={props.pdf} download>
            Report as PDF
          </ButtonLink>
          {props.replay && <PostButton action={props.replay}>Replay from the seed</PostButton>}
        </>
      }
      aside={<History happened={props.happened} signatures={props.signatures} />}
    >
      <Panel title="The scheme">
        <Facts
          facts={[
            {
              term: "Method",
              value: scheme.method === "blocks" ? "Permuted blocks of random sizes" : "Minimisation (Pocock and Simon)",
            },
            {
              term: "Arms",
              value: scheme.arms.map(({ code, title, weight }) => `${code} ${title} (${weight})`).join(", "),
            },
            {
              term: "Factors",
              value: scheme.factors.map(({ title, levels }) => `${title}: ${levels.join(" / ")}`).join("; ") || "none",
            },
            { term: "Within each site", value: scheme.bySite ? "yes" : "no" },
            { term: "Blinded", value: row.blinded ? "yes" : "no" },
            { term: "Kits", value: row.usesKits ? `yes, good for ${row.kitDays} days` : "no" },
          ]}
        />
      </Panel>
      <DataTable
        caption={`Simulation of ${report.allocations.toLocaleString("en")} allocations`}
        scroll={false}
        columns={[
          { key: "code", head: "Arm", cell: (line: (typeof report.arms)[number]) => line.code },
          { key: "expected", head: "Expected", align: "end", cell: (line) => line.expected.toFixed(0) },
          { key: "count", head: "Simulated", align: "end", cell: (line) => line.count.toLocaleString("en") },
        ]}
        rows={[...report.arms]}
      />
      <Panel title="How well it balances and conceals">
        <Facts
          facts={[
            {
              term: "Against the ratio",
              value: `χ² = ${report.chiSquared.toFixed(2)}, p = ${report.chance.toFixed(2)}`,
            },
            { term: "Furthest off in any stratum", value: `${report.worstStratum.toFixed(1)} participants` },
            { term: "Furthest off at any level", value: `${report.worstLevel.toFixed(1)} participants` },
            {
              term: "Guessed right",
              value: `${(report.guessed * 100).toFixed(1)} % by one who always bets on the arm behind; ${(report.blindGuess * 100).toFixed(1)} % by chance`,
            },
          ]}
        />
      </Panel>
      {props.activate && props.signing && (
        <Form action={props.activate} panel>
          <SignatureField signing={props.signing} form={props.form} />
          <FormFoot note="The list is made and sealed in this moment. You will not see it.">
            <Button tone="primary">Activate</Button>
          </FormFoot>
        </Form>
      )}
      {(props.discard ?? props.close) && (
        <Panel title={props.close ? "Close it" : "Discard the draft"}>
          <Form action={props.discard ?? props.close ?? ""} panel={false}>
            <TextField name="reason" label="Reason" width="full" form={props.form} />
            <FormFoot>
              <Button tone="danger">{props.close ? "Close" : "Discard"}</Button>
            </FormFoot>
          </Form>
        </Panel>
      )}
    </Page>
  );
};
