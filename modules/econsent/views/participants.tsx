/** The team's pages about one participant. Where a name may not be seen, the code stands. */
import type { ConsentScope, Signing } from "@core/module.ts";
import { SignatureField } from "@core/signature/signature-field.tsx";
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink, PostButton } from "@views/button.tsx";
import {
  Checkbox,
  CheckboxGroup,
  DateField,
  FileField,
  Form,
  FormFoot,
  type FormState,
  RadioGroup,
  Select,
  TextArea,
  TextField,
} from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { QrCode } from "@views/qr.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { type Choice, scopesInWords } from "../document.ts";
import type { Evidence } from "../evidence.ts";
import type { ConsentState } from "../found.ts";
import { methodsInWords } from "../identification.ts";
import { signerRolesInWords } from "../signers.ts";
import type { Standing } from "../standing.ts";

interface HeadProps {
  readonly code: string;
  readonly crumbs: readonly Crumb[];
  readonly form?: FormState;
}
interface Option {
  readonly value: string;
  readonly label: string;
}

export interface AddParticipantProps {
  readonly action: string;
  readonly crumbs: readonly Crumb[];
  readonly sites: readonly Option[];
  readonly next: string;
  readonly form?: FormState;
}

export const AddParticipantPage = ({ action, crumbs, sites, next, form }: AddParticipantProps): Html => (
  <Page
    title="Add a participant"
    crumbs={crumbs}
    lead="The code is what everybody sees. Name and contact lie in the identity vault, sealed; monitors and data managers never see them."
    form={form}
  >
    <Form action={action}>
      <TextField name="code" label="Code" value={next} width="m" spellcheck={false} form={form} />
      {sites.length > 0 && <Select name="siteId" label="Site" empty="Choose a site" options={sites} form={form} />}
      <TextField name="name" label="Full name" autocomplete="off" form={form} />
      <DateField name="birthDate" label="Birth date (needed for minors)" form={form} />
      <TextField
        name="email"
        type="email"
        label="E-mail"
        hint="Links and one-time codes go there."
        autocomplete="off"
        optional
        form={form}
      />
      <TextField name="phone" type="tel" label="Telephone" autocomplete="off" optional form={form} />
      <FormFoot>
        <Button tone="primary">Add</Button>
      </FormFoot>
    </Form>
  </Page>
);

export interface BeginProps extends HeadProps {
  readonly action: string;
  readonly documents: readonly Option[];
  readonly languages: readonly Option[];
  readonly circumstances: readonly Option[];
}

export const BeginPage = ({ code, crumbs, action, documents, languages, circumstances, form }: BeginProps): Html => (
  <Page
    title="Ask for consent"
    crumbs={crumbs}
    lead={`${code}. Who has to sign, and in which order, follows from your answers and the study's settings.`}
    form={form}
  >
    <Form action={action}>
      <Select name="documentId" label="Document" options={documents} form={form} />
      <RadioGroup name="language" label="Language" inline options={languages} value="en" form={form} />
      <RadioGroup name="circumstance" label="Who decides" options={circumstances} value="adult" form={form} />
      <Checkbox
        name="cannotRead"
        label="Whoever decides cannot read"
        hint="Then an impartial witness is there from beginning to end, and signs too."
        form={form}
      />
      <FormFoot>
        <Button tone="primary">Begin</Button>
      </FormFoot>
    </Form>
  </Page>
);

const stateTones = { open: "info", signing: "warn", declined: "none", closed: "none", "in effect": "ok" } as const;
export const ConsentBadge = ({ state }: { state: ConsentState }): Html => (
  <Badge tone={stateTones[state]}>{state}</Badge>
);
const standingTones = { given: "ok", pending: "warn", withdrawn: "bad", "not-required": "none" } as const;
const standingWords = {
  given: "Given",
  pending: "Not given yet",
  withdrawn: "Refused or taken back",
  "not-required": "Not needed",
} as const;
export const StandingBadge = ({ standing }: { standing: Standing }): Html => (
  <Badge tone={standingTones[standing]}>{standingWords[standing]}</Badge>
);

export interface ParticipantProps {
  readonly code: string;
  readonly site: string | null;
  readonly name: string | null;
  readonly crumbs: readonly Crumb[];
  readonly stands: readonly { readonly scope: ConsentScope; readonly standing: Standing }[];
  readonly dues: readonly {
    readonly number: number;
    readonly dueOn: string;
    readonly cause: string;
    readonly isLate: boolean;
  }[];
  readonly consents: readonly {
    readonly title: string;
    readonly language: string;
    readonly circumstance: string;
    readonly cause: string;
    readonly state: ConsentState;
    readonly number: number | null;
    readonly isStale: boolean;
    readonly nothingInForce: boolean;
    readonly people: readonly {
      readonly role: string;
      readonly signedAt: Date | null;
      readonly way: string | null;
      readonly invitedAt: Date | null;
      readonly hasStarted: boolean;
      readonly isTurn: boolean;
      readonly talk: readonly string[];
      readonly actions: { readonly invite: string; readonly handOver: string; readonly talked: string } | null;
      readonly countersign: string | null;
    }[];
    readonly evidence: string;
    readonly paper: string | null;
    readonly close: string | null;
  }[];
  readonly questions: readonly {
    readonly at: Date;
    readonly href: string | null;
    readonly holds: boolean;
    readonly repliedAt: Date | null;
  }[];
  readonly withdrawals: readonly {
    readonly at: Date;
    readonly scopes: readonly ConsentScope[];
    readonly told: string;
    readonly reason: string;
  }[];
  readonly wrongTries: number;
  readonly begin: string | null;
  readonly ownPage: string | null;
  readonly withdraw: string | null;
}

export const ParticipantPage = (props: ParticipantProps): Html => (
  <Page
    title={props.code}
    crumbs={props.crumbs}
    lead={[props.name, props.site && `site ${props.site}`].filter(Boolean).join(", ")}
    actions={
      <>
        {props.withdraw && <ButtonLink href={props.withdraw}>Record a withdrawal</ButtonLink>}
        {props.ownPage && <PostButton action={props.ownPage}>Link to the own page</PostButton>}
      </>
    }
    primary={
      props.begin && (
        <ButtonLink href={props.begin} tone="primary">
          Ask for consent
        </ButtonLink>
      )
    }
    aside={
      <>
        <Panel title="What stands now">
          {props.stands.length === 0 ? (
            <p>Nothing: no consent has taken effect.</p>
          ) : (
            <Facts
              stacked
              facts={props.stands.map(({ scope, standing }) => ({
                term: scopesInWords[scope],
                value: <StandingBadge standing={standing} />,
              }))}
            />
          )}
        </Panel>
        {props.questions.length > 0 && (
          <Panel title="Questions to the team">
            <ul>
              {props.questions.map((one) => (
                <li>
                  {one.href ? (
                    <a href={one.href}>
                      <Time at={one.at} show="minute" />
                    </a>
                  ) : (
                    <Time at={one.at} show="minute" />
                  )}
                  {one.repliedAt
                    ? ": answered"
                    : one.holds
                      ? ": waits for the answer before signing"
                      : ": no answer yet"}
                </li>
              ))}
            </ul>
          </Panel>
        )}
        {props.withdrawals.length > 0 && (
          <Panel title="Taken back">
            <ul>
              {props.withdrawals.map((one) => (
                <li>
                  <Time at={one.at} show="minute" />, {toldWords[one.told] ?? one.told}:{" "}
                  {one.scopes.map((scope) => scopesInWords[scope].toLowerCase()).join(", ")}
                  {one.reason && <>. “{one.reason}”</>}
                </li>
              ))}
            </ul>
          </Panel>
        )}
      </>
    }
  >
    {props.dues.map((due) => (
      <Note tone={due.isLate ? "bad" : "warn"}>
        {due.cause === "majority"
          ? "Has come of age and is to be asked for consent of his or her own. Until then no new procedures."
          : `Version ${due.number} is to be signed by ${due.dueOn}.${due.isLate ? " That day is past: new procedures wait." : ""}`}
      </Note>
    ))}
    {props.wrongTries >= 3 && (
      <Note tone="warn">
        A wrong code was given {props.wrongTries} times for this participant. If it was not he or she, make a new link.
      </Note>
    )}
    {props.consents.length === 0 && <p class="muted">Nobody has asked for consent yet.</p>}
    {props.consents.map((consent) => (
      <Panel title={consent.title} end={<ConsentBadge state={consent.state} />}>
        <Facts
          facts={[
            { term: "Language", value: consent.language },
            { term: "Who decides", value: consent.circumstance },
            ...(consent.number ? [{ term: "Version", value: String(consent.number) }] : []),
            ...(consent.cause === "first"
              ? []
              : [
                  {
                    term: "Why again",
                    value: consent.cause === "majority" ? "Came of age" : "The document was amended",
                  },
                ]),
          ]}
        />
        {consent.isStale && (
          <Note tone="warn">
            A new version came into force after the first signature. Those who signed have to sign the new one: close
            this and begin again.
          </Note>
        )}
        {consent.nothingInForce && (
          <Note tone="warn">No version is in force here in this language, so nobody can read or sign it.</Note>
        )}
        <DataTable
          caption="Who signs, in this order"
          scroll={false}
          rows={consent.people}
          columns={[
            { key: "role", head: "Signer", cell: (row) => row.role },
            {
              key: "state",
              head: "State",
              wrap: true,
              cell: (row) =>
                row.signedAt ? (
                  <>
                    Signed <Time at={row.signedAt} show="minute" /> ({row.way})
                  </>
                ) : row.talk.length > 0 ? (
                  "Waits for a talk"
                ) : row.hasStarted ? (
                  "Reading"
                ) : row.invitedAt ? (
                  <>
                    Invited <Time at={row.invitedAt} show="minute" />
                  </>
                ) : row.isTurn ? (
                  "Not invited yet"
                ) : (
                  "Signs later"
                ),
            },
            {
              key: "act",
              head: "Next",
              cell: (row) => (
                <span class="row">
                  {row.actions && row.talk.length === 0 && (
                    <>
                      <ButtonLink href={row.actions.invite}>Make a link</ButtonLink>
                      <ButtonLink href={row.actions.handOver}>Hand over this tablet</ButtonLink>
                    </>
                  )}
                  {row.countersign && (
                    <ButtonLink href={row.countersign} tone="primary">
                      Countersign
                    </ButtonLink>
                  )}
                </span>
              ),
            },
          ]}
        />
        {consent.people
          .filter((row) => row.talk.length > 0)
          .map((row) => (
            <Note tone="warn">
              <p>Answered wrong several times. Talk it over; it excludes nobody:</p>
              <ul>
                {row.talk.map((ask) => (
                  <li>{ask}</li>
                ))}
              </ul>
              {row.actions && <PostButton action={row.actions.talked}>We have talked it over</PostButton>}
            </Note>
          ))}
        <div class="row">
          <ButtonLink href={consent.evidence}>Evidence</ButtonLink>
          {consent.paper && <ButtonLink href={consent.paper}>Signed on paper</ButtonLink>}
          {consent.close && (
            <PostButton action={consent.close} about={consent.title}>
              Close without signing
            </PostButton>
          )}
        </div>
      </Panel>
    ))}
  </Page>
);

const toldWords: Readonly<Record<string, string>> = {
  portal: "by himself or herself",
  in_person: "told in person",
  telephone: "told on the telephone",
  letter: "by letter",
};

export interface InviteProps extends HeadProps {
  readonly role: string;
  readonly action: string;
  readonly days: number;
  readonly methods: readonly Option[];
}

export const InvitePage = ({ code, crumbs, role, action, days, methods, form }: InviteProps): Html => (
  <Page
    title={`A link for the ${role.toLowerCase()}`}
    crumbs={crumbs}
    lead={`${code}. The link lives ${days} days and leads to a gate: without the code nobody gets further. Links made before stop working.`}
    form={form}
  >
    <Form action={`${action}/invite`}>
      <RadioGroup
        name="method"
        label="How is it made sure who signs?"
        hint="It is printed on the signature. Except for a code by mail, the next page shows you a code to tell."
        options={methods}
        value={methods[0]?.value}
        form={form}
      />
      <TextField
        name="to"
        type="email"
        label="Send the link to"
        hint="For a signer who has no address on file. It is used once and not kept. Leave it empty to show the link as a square code on your screen."
        optional
        autocomplete="off"
        form={form}
      />
      <FormFoot>
        <Button tone="primary">Make the link</Button>
      </FormFoot>
    </Form>
  </Page>
);

export interface LinkProps extends HeadProps {
  readonly role: string;
  readonly url: string;
  readonly code: string;
  readonly isMailed: boolean;
  readonly method: string;
  readonly until: Date;
  readonly modules: readonly (readonly boolean[])[];
}

export const LinkPage = (props: Omit<LinkProps, "code"> & { readonly code: string | null }): Html => (
  <Page title="The link is made" crumbs={props.crumbs} lead="It is shown once. Whoever needs it again gets a new one.">
    <Panel title={`For ${props.role.toLowerCase()}`}>
      {props.isMailed && <Note>The link was sent by mail.</Note>}
      {props.code && (
        <>
          <p>Tell this code, and only to the one who signs:</p>
          <p class="mono">
            <strong>{props.code.replace(/(\d{3})/, "$1 ")}</strong>
          </p>
        </>
      )}
      <QrCode modules={props.modules} label="The link as a square code, for the camera of a tablet or telephone" />
      <p class="mono">{props.url}</p>
      <Facts
        facts={[
          { term: "Proof of identity", value: props.method },
          { term: "Works until", value: <Time at={props.until} show="minute" /> },
        ]}
      />
    </Panel>
  </Page>
);

export const HandOverPage = ({ code, crumbs, role, action, form }: InviteProps): Html => (
  <Page
    title={`Hand this tablet to the ${role.toLowerCase()}`}
    crumbs={crumbs}
    lead={`${code}. You are signed out here, so that nothing but the consent can be opened. Enter your PIN on the next page, then give the tablet away.`}
    form={form}
  >
    <Form action={`${action}/hand-over`}>
      <TextField
        name="pin"
        type="password"
        label="A PIN of six digits, for this once"
        hint="Only you know it. It opens the consent, not your account."
        inputmode="numeric"
        autocomplete="off"
        width="s"
        maxlength={6}
        form={form}
      />
      <Checkbox name="seen" label="I have met this person and seen a document, or I know him or her" form={form} />
      <FormFoot>
        <Button tone="primary">Sign me out and hand over</Button>
      </FormFoot>
    </Form>
  </Page>
);

export interface ReplyProps extends HeadProps {
  readonly action: string;
  readonly question: string;
  readonly reply: string | null;
  readonly holds: boolean;
  readonly mayReply: boolean;
}

export const ReplyPage = ({ code, crumbs, action, question, reply, holds, mayReply, form }: ReplyProps): Html => (
  <Page title="A question to the team" crumbs={crumbs} lead={code} form={form}>
    <Panel title="Asked">
      <p>{question}</p>
      {holds && !reply && <Note tone="warn">Signing waits for your answer.</Note>}
    </Panel>
    {reply && (
      <Panel title="Answered">
        <p>{reply}</p>
      </Panel>
    )}
    {mayReply && (
      <Form action={action}>
        <TextArea
          name="reply"
          label="Your answer"
          hint="In plain words. It stands on the page where it was asked."
          rows={5}
          form={form}
        />
        <FormFoot>
          <Button tone="primary">Answer</Button>
        </FormFoot>
      </Form>
    )}
  </Page>
);

export interface PaperProps extends HeadProps {
  readonly action: string;
  readonly versions: readonly Option[];
  readonly signers: readonly { readonly id: string; readonly role: string }[];
  readonly choices: readonly Choice[];
  readonly today: string;
}

export const PaperPage = ({ code, crumbs, action, versions, signers, choices, today, form }: PaperProps): Html => (
  <Page
    title="Signed on paper"
    crumbs={crumbs}
    lead={`${code}. The scan is sealed under the participant's own key; the investigator countersigns as always.`}
    form={form}
  >
    <Form action={action} upload>
      <FileField
        name="scan"
        label="Scan"
        hint="PDF, PNG or JPEG, up to 11 MB."
        accept=".pdf,.png,.jpg,.jpeg"
        form={form}
      />
      <Select name="versionId" label="Version on the paper" options={versions} form={form} />
      <DateField name="signedOn" label="Signed on" value={today} form={form} />
      {signers.map(({ id, role }) => (
        <TextField
          name={`names.${id}`}
          label={`Name of the ${role.toLowerCase()}, as written`}
          autocomplete="off"
          form={form}
        />
      ))}
      {choices.length > 0 && (
        <CheckboxGroup
          name="yes"
          label="Answered with yes"
          hint="What is not ticked counts as no."
          options={choices.map(({ id, text }) => ({ value: id, label: text }))}
          form={form}
        />
      )}
      <FormFoot>
        <Button tone="primary">Keep the paper</Button>
      </FormFoot>
    </Form>
  </Page>
);

const SignedTable = ({ evidence }: { evidence: Evidence }): Html => (
  <DataTable
    caption="Signatures"
    scroll={false}
    rows={evidence.signed}
    columns={[
      { key: "role", head: "Signer", cell: (row) => signerRolesInWords[row.role] },
      {
        key: "name",
        head: "Name",
        wrap: true,
        cell: (row) => (
          <>
            {row.name ?? "not shown to you"}
            {row.relation && `, ${row.relation}`}
            {row.drawing && (
              <img class="drawn" src={row.drawing} alt={`Drawn signature, ${signerRolesInWords[row.role]}`} />
            )}
          </>
        ),
      },
      { key: "at", head: "When", cell: (row) => <Time at={row.at} show="full" /> },
      {
        key: "way",
        head: "How",
        wrap: true,
        cell: (row) => [row.way, row.method && methodsInWords[row.method]].filter(Boolean).join(". "),
      },
      { key: "meaning", head: "Meaning", wrap: true, cell: (row) => row.meaning },
      {
        key: "stands",
        head: "Unchanged",
        wrap: true,
        cell: (row) =>
          row.stands === null ? (
            "not checked: names are closed"
          ) : row.stands ? (
            <Badge tone="ok">Yes</Badge>
          ) : (
            <Badge tone="bad">No</Badge>
          ),
      },
    ]}
  />
);

export interface EvidenceProps extends HeadProps {
  readonly evidence: Evidence;
  readonly pdfHref: string;
  readonly redactedHref: string | null;
  readonly isRedacted: boolean;
  /** Null for those who may not see who it is. */
  readonly scanHref: ((id: string) => string) | null;
}

export const EvidencePage = ({
  code,
  crumbs,
  evidence,
  pdfHref,
  redactedHref,
  isRedacted,
  scanHref,
}: EvidenceProps): Html => (
  <Page
    title="Evidence"
    crumbs={crumbs}
    lead={`${code}: ${evidence.document}${evidence.number ? `, version ${evidence.number}` : ""}, ${evidence.language}`}
    actions={
      redactedHref && (
        <ButtonLink href={redactedHref} download>
          Without names (PDF)
        </ButtonLink>
      )
    }
    primary={
      evidence.signed.length > 0 && (
        <ButtonLink href={pdfHref} tone="primary" download>
          {isRedacted ? "Without names (PDF)" : "Signed consent (PDF)"}
        </ButtonLink>
      )
    }
  >
    <div class="stack">
      {!evidence.documentStands && evidence.content && (
        <Note tone="bad">The text is not the one that was published: its digest differs.</Note>
      )}
      <SignedTable evidence={evidence} />
      {evidence.choices.length > 0 && evidence.signed.length > 0 && (
        <Panel title="Choices">
          <Facts facts={evidence.choices.map(({ text, yes }) => ({ term: yes ? "Yes" : "No", value: text }))} />
        </Panel>
      )}
      <DataTable
        caption="How it came about"
        rows={evidence.took}
        named={false}
        columns={[
          { key: "at", head: "When", cell: (row) => <Time at={row.at} show="full" /> },
          { key: "what", head: "What", wrap: true, cell: (row) => row.what },
          { key: "seconds", head: "Seconds on it", align: "end", cell: (row) => row.seconds ?? "" },
        ]}
        empty={<p>Nothing yet.</p>}
      />
      {evidence.papers.length > 0 && (
        <Panel title="Paper">
          <ul>
            {evidence.papers.map((one) => (
              <li>
                {scanHref ? (
                  <a href={scanHref(one.id)} download>
                    The paper that was signed
                  </a>
                ) : (
                  "The paper that was signed, not shown to you"
                )}{" "}
                ({Math.ceil(one.bytes / 1024)} kB, added <Time at={one.at} show="minute" />)
              </li>
            ))}
          </ul>
        </Panel>
      )}
      <Panel title="Digests">
        <Facts
          facts={[
            { term: "Text (SHA-256)", value: <span class="mono">{evidence.documentDigest}</span> },
            ...evidence.signed.map((one) => ({
              term: signerRolesInWords[one.role],
              value: <span class="mono">{one.digest}</span>,
            })),
            ...evidence.papers.map((one) => ({ term: "Paper", value: <span class="mono">{one.digest}</span> })),
          ]}
        />
        <p class="muted">
          The address of every step stands in the record, under the participant's code. Anyone who holds the PDF can
          check it at <a href="/verify">/verify</a>.
        </p>
      </Panel>
    </div>
  </Page>
);

export interface CountersignProps extends HeadProps {
  readonly action: string;
  readonly evidence: Evidence;
  readonly digest: string;
  readonly why: string | null;
  readonly note: string;
  readonly signing: Signing;
}

export const CountersignPage = ({
  code,
  crumbs,
  action,
  evidence,
  digest,
  why,
  note,
  signing,
  form,
}: CountersignProps): Html => (
  <Page
    title="Countersign"
    crumbs={crumbs}
    lead={`${code}: ${evidence.document}${evidence.number ? `, version ${evidence.number}` : ""}. The consent takes effect with your signature.`}
    form={form}
  >
    <div class="stack">
      {note && <Note>{note}</Note>}
      <SignedTable evidence={evidence} />
      {evidence.choices.length > 0 && (
        <Panel title="Choices">
          <Facts facts={evidence.choices.map(({ text, yes }) => ({ term: yes ? "Yes" : "No", value: text }))} />
        </Panel>
      )}
      {why ? (
        <Note tone="warn">{why}</Note>
      ) : (
        <Form action={action} hidden={{ digest }}>
          <SignatureField signing={signing} form={form} />
          <FormFoot>
            <Button tone="primary">Countersign</Button>
          </FormFoot>
        </Form>
      )}
    </div>
  </Page>
);

export interface StaffWithdrawProps extends HeadProps {
  readonly action: string;
  readonly open: readonly ConsentScope[];
  readonly consequences: readonly { readonly scope: ConsentScope; readonly sentences: readonly string[] }[];
}

export const StaffWithdrawPage = ({ code, crumbs, action, open, consequences, form }: StaffWithdrawProps): Html => (
  <Page
    title="Record a withdrawal"
    crumbs={crumbs}
    lead={`${code}. It holds from the moment you record it, and cannot be undone: only a new consent gives again.`}
    form={form}
  >
    <Form action={action}>
      <CheckboxGroup
        name="scope"
        label="What is taken back"
        options={open.map((scope) => ({
          value: scope,
          label: scopesInWords[scope],
          hint: consequences
            .find((one) => one.scope === scope)
            ?.sentences.slice(0, -1)
            .join(" "),
        }))}
        form={form}
      />
      <RadioGroup
        name="told"
        label="How it was told"
        inline
        options={[
          { value: "in_person", label: "In person" },
          { value: "telephone", label: "On the telephone" },
          { value: "letter", label: "By letter" },
        ]}
        value="in_person"
        form={form}
      />
      <TextArea
        name="reason"
        label="Reason, in the participant's words"
        hint="Nobody has to give one."
        optional
        rows={3}
        form={form}
      />
      <FormFoot>
        <Button tone="danger">Record the withdrawal</Button>
      </FormFoot>
    </Form>
  </Page>
);
