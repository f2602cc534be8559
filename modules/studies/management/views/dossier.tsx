/** The dossier on the page: where the study stands, its gates, approvals, sites and amendments. */
import type { GivenSignature, Signing } from "@core/module.ts";
import { SignatureField } from "@core/signature/signature-field.tsx";
import { Badge, type Tone } from "@views/badge.tsx";
import { Button, ButtonLink, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import {
  Checkbox,
  CheckboxGroup,
  DateField,
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
import { Signatures } from "@views/signature.tsx";
import { DataTable } from "@views/table.tsx";
import type { ApprovalState } from "../rules/approval.ts";
import type { Gate } from "../rules/status.ts";
import type { DossierRow } from "../store/dossier.ts";
import type { Choice } from "./delegation.tsx";
import { type Happening, History } from "./history.tsx";

const kinds = {
  own: "The institution itself",
  academic: "Another academic institution",
  industry: "Industry",
} as const;
const phases = ["I", "II", "III", "IV", "device", "observational", "other"];

export interface DossierProps {
  readonly title: string;
  readonly status: { readonly label: string; readonly tone: Tone };
  readonly dossier: DossierRow | null;
  readonly investigator: string | null;
  readonly edit: string | null;
  readonly ways: readonly { readonly label: string; readonly href: string }[];
  readonly happened: readonly Happening[];
  readonly signatures: readonly GivenSignature[];
}
export const DossierPage = ({
  title,
  status,
  dossier,
  investigator,
  edit,
  ways,
  happened,
  signatures,
}: DossierProps): Html => (
  <Page
    title={dossier?.acronym ? `${dossier.acronym}: ${title}` : title}
    badge={<Badge tone={status.tone}>{status.label}</Badge>}
    actions={edit && <ButtonLink href={edit}>Edit the dossier</ButtonLink>}
    aside={
      <History title="Gates passed" happened={happened} signatures={signatures} empty="None yet: it is an idea." />
    }
  >
    {dossier ? (
      <Panel title="What it is">
        <Facts
          facts={[
            { term: "Sponsor", value: `${dossier.sponsor} (${kinds[dossier.sponsorKind].toLowerCase()})` },
            { term: "Phase", value: dossier.phase },
            { term: "Department", value: dossier.department || "–" },
            { term: "Principal investigator", value: investigator ?? "not named" },
            { term: "Registry number", value: dossier.registryNumber || "–" },
            { term: "Participants wanted", value: dossier.target ?? "not set" },
            { term: "Budget", value: dossier.budget.toLocaleString("en") },
            {
              term: "Involves",
              value:
                [
                  dossier.usesProduct && "a product",
                  dossier.usesSamples && "samples",
                  dossier.sharesData && "data that leave the house",
                ]
                  .filter(Boolean)
                  .join(", ") || "none of product, samples, sharing",
            },
          ]}
        />
      </Panel>
    ) : (
      <Empty title="The dossier is empty" action={edit && <ButtonLink href={edit}>Describe the study</ButtonLink>}>
        Sponsor, phase and principal investigator come first; the rules then say which approvals are needed.
      </Empty>
    )}
    {ways.length > 0 && (
      <Panel title="Next">
        <div class="row">
          {ways.map(({ label, href }, at) => (
            <ButtonLink href={href} tone={at === 0 ? "primary" : "normal"}>
              {label}
            </ButtonLink>
          ))}
        </div>
      </Panel>
    )}
  </Page>
);

export interface DossierEditProps {
  readonly action: string;
  readonly crumbs: readonly Crumb[];
  readonly dossier: DossierRow | null;
  readonly people: readonly Choice[];
  readonly form?: FormState | undefined;
}
export const DossierEditPage = ({ action, crumbs, dossier, people, form }: DossierEditProps): Html => (
  <Page title="Edit the dossier" crumbs={crumbs} form={form}>
    <Form action={action} panel hidden={{ revision: String(dossier?.revision ?? 0) }}>
      <TextField name="acronym" label="Acronym" optional width="s" value={dossier?.acronym ?? ""} form={form} />
      <TextField name="sponsor" label="Sponsor" width="l" value={dossier?.sponsor ?? ""} form={form} />
      <RadioGroup
        name="sponsorKind"
        label="Kind of sponsor"
        options={Object.entries(kinds).map(([value, label]) => ({ value, label }))}
        value={dossier?.sponsorKind ?? "own"}
        form={form}
      />
      <Select
        name="phase"
        label="Phase"
        options={phases}
        empty="Choose the phase"
        value={dossier?.phase ?? ""}
        form={form}
      />
      <TextField
        name="department"
        label="Department"
        optional
        width="l"
        value={dossier?.department ?? ""}
        form={form}
      />
      <Select
        name="investigatorId"
        label="Principal investigator"
        options={people}
        empty="Not named yet"
        value={dossier?.investigatorId ?? ""}
        form={form}
      />
      <TextField
        name="registryNumber"
        label="Number in a public registry"
        optional
        value={dossier?.registryNumber ?? ""}
        form={form}
      />
      <NumberField name="target" label="Participants wanted" optional value={dossier?.target ?? ""} form={form} />
      <NumberField name="budget" label="Budget" optional value={dossier?.budget ?? ""} form={form} />
      <Checkbox
        name="usesProduct"
        label="A product is stored and handed out"
        checked={dossier?.usesProduct ?? false}
        form={form}
      />
      <Checkbox
        name="usesSamples"
        label="Samples are taken and kept"
        checked={dossier?.usesSamples ?? false}
        form={form}
      />
      <Checkbox name="sharesData" label="Data leave the house" checked={dossier?.sharesData ?? false} form={form} />
      <FormFoot>
        <Button tone="primary">Save</Button>
      </FormFoot>
    </Form>
  </Page>
);

export interface GateProps {
  readonly crumbs: readonly Crumb[];
  readonly gate: Gate;
  readonly to: string;
  readonly action: string;
  readonly signing: Signing;
  readonly form?: FormState | undefined;
}
export const GatePage = ({ crumbs, gate, to, action, signing, form }: GateProps): Html => {
  const seen = gate.items.filter(({ met }) => met !== null);
  const attested = gate.items.filter(({ met }) => met === null);
  const isShut = seen.some(({ met }) => met === false);
  return (
    <Page
      title={gate.act}
      crumbs={crumbs}
      lead={`The study becomes: ${to.toLowerCase()}. What you see is kept as a snapshot under your signature.`}
      form={form}
    >
      {seen.length > 0 && (
        <DataTable
          caption="What the study's own rows say"
          scroll={false}
          columns={[
            { key: "says", head: "Point", wrap: true, cell: (item: (typeof seen)[number]) => item.says },
            {
              key: "met",
              head: "Met",
              cell: (item) => (item.met ? <Badge tone="ok">yes</Badge> : <Badge tone="bad">not yet</Badge>),
            },
            { key: "why", head: "Missing", wrap: true, cell: (item) => item.why },
          ]}
          rows={seen}
        />
      )}
      {isShut ? (
        <Note tone="warn">
          <p>The gate stays shut until each point is met.</p>
        </Note>
      ) : (
        <Form action={action} panel>
          {attested.length > 0 && (
            <CheckboxGroup
              name="attested"
              label="I have made sure that"
              options={attested.map(({ key, says }) => ({ value: key, label: says }))}
              form={form}
            />
          )}
          {gate.asksReason && <TextArea name="reason" label="Reason" rows={3} form={form} />}
          <SignatureField signing={signing} form={form} />
          <FormFoot>
            <Button tone="primary">{gate.act}</Button>
          </FormFoot>
        </Form>
      )}
    </Page>
  );
};

const approvalTones: Readonly<Record<ApprovalState, Tone>> = {
  "waits its turn": "none",
  open: "info",
  late: "bad",
  granted: "ok",
  "runs out": "warn",
  "run out": "bad",
  refused: "bad",
  withdrawn: "none",
};
interface ApprovalLineProps {
  readonly validUntil: string | null;
  readonly href: string;
  readonly approver: string;
  readonly stage: number;
  readonly person: string;
  readonly because: string;
  readonly state: ApprovalState;
  readonly due: string | null;
  readonly days: number | null;
  readonly reason: string;
}
export interface ApprovalsProps {
  readonly hasDossier: boolean;
  readonly ask: string | null;
  readonly people: readonly Choice[];
  readonly wanted: readonly {
    readonly approver: string;
    readonly title: string;
    readonly stage: number;
    readonly because: string;
  }[];
  readonly lines: readonly ApprovalLineProps[];
  readonly form?: FormState | undefined;
}
export const ApprovalsPage = ({ hasDossier, ask, people, wanted, lines, form }: ApprovalsProps): Html => (
  <Page
    title="Approvals"
    lead="Those of one stage are asked side by side; the next stage when all of them have agreed."
    form={form}
  >
    <DataTable
      caption={lines.length === 1 ? "1 request" : `${lines.length} requests`}
      columns={[
        {
          key: "approver",
          head: "Approval",
          cell: (line: ApprovalLineProps) => <a href={line.href}>{line.approver}</a>,
        },
        { key: "stage", head: "Stage", align: "end", cell: (line) => line.stage },
        { key: "person", head: "Decides", cell: (line) => line.person },
        { key: "state", head: "State", cell: (line) => <Badge tone={approvalTones[line.state]}>{line.state}</Badge> },
        { key: "due", head: "Due", cell: (line) => line.due ?? "" },
        { key: "valid", head: "Valid until", cell: (line) => line.validUntil ?? "" },
        { key: "days", head: "Days open", align: "end", cell: (line) => line.days ?? "" },
        { key: "reason", head: "Reason", wrap: true, cell: (line) => line.reason },
      ]}
      rows={lines}
      empty={
        <Empty title="Nothing was asked for">
          {hasDossier ? "The rules below say what is needed." : "Describe the study in its dossier first."}
        </Empty>
      }
    />
    {ask && wanted.length > 0 && (
      <Panel title="Still to be asked, by the rules">
        <ul>
          {wanted.map(({ title, stage, because }) => (
            <li>
              {title}{" "}
              <span class="muted">
                (stage {stage}): {because}
              </span>
            </li>
          ))}
        </ul>
        <Form action={ask} panel={false}>
          <Select
            name="approver"
            label="Approval"
            options={wanted.map(({ approver, title }) => ({ value: approver, label: title }))}
            empty="Choose one"
            form={form}
          />
          <Select name="deciderId" label="Who decides" options={people} empty="Choose a colleague" form={form} />
          <FormFoot>
            <Button tone="primary">Ask</Button>
          </FormFoot>
        </Form>
      </Panel>
    )}
  </Page>
);

export interface ApprovalProps {
  readonly crumbs: readonly Crumb[];
  readonly approver: string;
  readonly person: string;
  readonly because: string;
  readonly state: ApprovalState;
  readonly due: string | null;
  readonly reason: string;
  readonly signatures: readonly GivenSignature[];
  readonly validUntil: string | null;
  readonly study: string;
  readonly sponsor: string;
  readonly budget: number;
  readonly decide: { readonly action: string; readonly signing: Signing } | null;
  readonly withdraw: string | null;
  readonly form?: FormState | undefined;
}
export const ApprovalPage = (props: ApprovalProps): Html => (
  <Page
    title={`Approval: ${props.approver}`}
    crumbs={props.crumbs}
    badge={<Badge tone={approvalTones[props.state]}>{props.state}</Badge>}
    form={props.form}
  >
    <Panel>
      <Facts
        facts={[
          { term: "Study", value: props.study },
          { term: "Sponsor", value: props.sponsor || "–" },
          { term: "Budget", value: props.budget.toLocaleString("en") },
          { term: "Decides", value: props.person },
          { term: "Asked because", value: props.because },
          { term: "Due", value: props.due ?? "once its turn has come" },
          ...(props.validUntil ? [{ term: "Valid until", value: props.validUntil }] : []),
          ...(props.reason ? [{ term: "Reason", value: props.reason }] : []),
        ]}
      />
      {props.signatures.length > 0 && <Signatures signatures={props.signatures} empty="" />}
    </Panel>
    {props.decide && (
      <Form action={props.decide.action} panel>
        <RadioGroup
          name="decision"
          label="Decision"
          options={[
            { value: "granted", label: "Grant" },
            { value: "refused", label: "Refuse" },
          ]}
          inline
          form={props.form}
        />
        <TextArea name="reason" label="Reason" optional hint="Needed when you refuse." rows={3} form={props.form} />
        <DateField
          name="validUntil"
          label="Valid until"
          optional
          hint="When you grant it for a time: after that day nobody is taken in until it is granted again."
          form={props.form}
        />
        <SignatureField signing={props.decide.signing} form={props.form} />
        <FormFoot>
          <Button tone="primary">Decide</Button>
        </FormFoot>
      </Form>
    )}
    {props.withdraw && (
      <Panel title="Withdraw the request">
        <Form action={props.withdraw} panel={false}>
          <TextField name="withdrawReason" label="Reason" width="full" form={props.form} />
          <FormFoot>
            <Button>Withdraw</Button>
          </FormFoot>
        </Form>
      </Panel>
    )}
  </Page>
);

interface AmendmentLine {
  readonly id: string;
  readonly number: number;
  readonly title: string;
  readonly substantial: boolean;
  readonly protocolVersion: string;
  readonly formsVersion: number | null;
  readonly consentVersion: string;
  readonly course: string | null;
  readonly state: string;
  readonly since: string | null;
  readonly next: readonly { readonly step: string; readonly action: string }[];
}
export interface AmendmentsProps {
  readonly add: string | null;
  readonly courses: readonly Choice[];
  readonly lines: readonly AmendmentLine[];
  readonly form?: FormState | undefined;
}
export const AmendmentsPage = ({ add, courses, lines, form }: AmendmentsProps): Html => (
  <Page
    title="Amendments"
    lead="What changes with each: protocol, forms, consent, and the training it asks for."
    form={form}
  >
    <DataTable
      caption={lines.length === 1 ? "1 amendment" : `${lines.length} amendments`}
      columns={[
        { key: "number", head: "Amendment", wrap: true, cell: (line: AmendmentLine) => `${line.number} ${line.title}` },
        { key: "kind", head: "Kind", cell: (line) => (line.substantial ? "substantial" : "minor") },
        { key: "protocol", head: "Protocol", cell: (line) => line.protocolVersion },
        {
          key: "forms",
          head: "Forms",
          cell: (line) => (line.formsVersion === null ? "as before" : `version ${line.formsVersion}`),
        },
        { key: "consent", head: "Consent", cell: (line) => line.consentVersion || "as before" },
        { key: "training", head: "Training", wrap: true, cell: (line) => line.course ?? "none" },
        {
          key: "state",
          head: "State",
          cell: (line) => (
            <Badge tone={line.state === "implemented" ? "ok" : "info"} more={line.since ?? ""}>
              {line.state}
            </Badge>
          ),
        },
        {
          key: "next",
          head: "Next",
          quiet: true,
          cell: (line) => (
            <div class="row">
              {line.next.map(({ step, action }) => (
                <PostButton action={action} tone="quiet" about={`amendment ${line.number}`}>
                  {step}
                </PostButton>
              ))}
            </div>
          ),
        },
      ]}
      rows={lines}
      empty={<Empty title="No amendment">The study runs by its first protocol.</Empty>}
    />
    {add && (
      <Panel title="Add an amendment">
        <Form action={add} panel={false}>
          <TextField name="title" label="Title" width="l" form={form} />
          <Checkbox name="substantial" label="Substantial: the ethics committee approves it first" form={form} />
          <TextField name="protocolVersion" label="Protocol's version" width="s" form={form} />
          <NumberField name="formsVersion" label="Version of the forms" optional form={form} />
          <TextField name="consentVersion" label="Version of the consent form" optional width="s" form={form} />
          <Select name="courseId" label="Training it asks for" options={courses} empty="None" form={form} />
          <FormFoot>
            <Button tone="primary">Add</Button>
          </FormFoot>
        </Form>
      </Panel>
    )}
  </Page>
);
