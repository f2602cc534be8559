/** Comparing with the source, reviewing, signing, freezing and locking, and the list of all that waits. */
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Checkbox, Form, FormFoot, type FormState, NumberField, Select, TextField } from "@views/form.tsx";
import type { Child, Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Figures, Note } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import type { VerificationState } from "../cleaning/verification.ts";
import { counted } from "../counted.ts";

// ── Compare, review ─────────────────────────────────────────────────────────────────────────────────────────────────

export interface CompareLine {
  readonly value: string;
  readonly label: string;
  readonly answer: string;
  readonly state: VerificationState;
  /** What it said when it was compared. */
  readonly before: string | null;
  readonly reason: string;
  readonly seenBy: string | null;
}

const words: Readonly<Record<VerificationState, string>> = {
  "not required": "Not required",
  required: "To compare",
  verified: "Verified",
  again: "Changed since",
};
const tones: Readonly<Record<VerificationState, "none" | "warn" | "ok" | "bad">> = {
  "not required": "none",
  required: "warn",
  verified: "ok",
  again: "bad",
};

export const ComparePage = (props: {
  readonly title: string;
  readonly lead: string;
  readonly crumbs: readonly Crumb[];
  readonly lines: readonly CompareLine[];
  readonly action: string;
  readonly verb: string;
}): Html => {
  const waiting = props.lines.filter(({ state }) => state === "required" || state === "again");
  return (
    <Page title={props.title} crumbs={props.crumbs} lead={props.lead}>
      <form method="post" action={props.action} class="stack">
        <DataTable
          caption={counted(props.lines.length, "answer")}
          columns={[
            { key: "label", head: "Field", wrap: true, cell: (line: CompareLine) => line.label },
            { key: "answer", head: "Answer", wrap: true, cell: (line) => <strong>{line.answer}</strong> },
            {
              key: "state",
              head: "State",
              wrap: true,
              cell: (line) => (
                <>
                  <Badge tone={tones[line.state]}>{words[line.state]}</Badge>
                  {line.state === "again" && (
                    <>
                      {" "}
                      was <del>{line.before ?? "something else"}</del>
                      {line.reason && `: ${line.reason}`}
                    </>
                  )}
                  {line.state === "verified" && line.seenBy && ` by ${line.seenBy}`}
                </>
              ),
            },
            {
              key: "tick",
              head: "Right",
              cell: (line) =>
                line.state === "verified" ? (
                  ""
                ) : (
                  <input
                    type="checkbox"
                    name="selected"
                    value={line.value}
                    aria-label={`${line.label}: ${line.answer}`}
                  />
                ),
            },
          ]}
          rows={props.lines}
          empty={<Empty title="Nothing is entered yet">There is nothing to compare on this form.</Empty>}
        />
        <div class="row">
          <Button tone="primary">{props.verb} the ticked</Button>
          {waiting.length > 0 && (
            <Button name="all" value="required">
              {props.verb} all {waiting.length} that wait
            </Button>
          )}
        </div>
      </form>
    </Page>
  );
};

export const VerificationPage = (props: {
  readonly plans: readonly {
    readonly site: string;
    readonly form: string;
    readonly rule: string;
    readonly reason: string;
    readonly by: string;
    readonly at: Date;
    readonly isNow: boolean;
  }[];
  readonly set: {
    readonly action: string;
    readonly sites: readonly { readonly value: string; readonly label: string }[];
    readonly forms: readonly { readonly value: string; readonly label: string }[];
    readonly seed: string;
  } | null;
  readonly progress: readonly {
    readonly site: string;
    readonly needed: number;
    readonly verified: number;
    readonly waiting: number;
    readonly again: number;
  }[];
  /** At most so many lines in a list. */
  readonly shown: number;
  readonly first: readonly { readonly href: string; readonly title: string; readonly count: number }[];
  readonly again: readonly { readonly href: string; readonly title: string; readonly count: number }[];
  readonly mayVerify: boolean;
  readonly form?: FormState | undefined;
}): Html => (
  <Page
    title="Verification"
    lead="Which answers are compared with their source, and what waits. A change of the plan never undoes what was compared."
    form={props.form}
  >
    <DataTable
      caption="Progress"
      columns={[
        { key: "site", head: "Site", cell: (line: (typeof props.progress)[number]) => line.site },
        { key: "needed", head: "Asked by the plan", align: "end", cell: (line) => line.needed },
        { key: "verified", head: "Verified", align: "end", cell: (line) => line.verified },
        { key: "waiting", head: "To compare", align: "end", cell: (line) => line.waiting },
        { key: "again", head: "To compare again", align: "end", cell: (line) => line.again },
        {
          key: "share",
          head: "Done",
          align: "end",
          cell: (line) => (line.needed === 0 ? "–" : `${Math.floor((line.verified / line.needed) * 100)} %`),
        },
      ]}
      rows={props.progress}
      empty={<Empty title="Nothing was entered yet">Answers of complete forms are counted here.</Empty>}
    />
    <DataTable
      caption="Changed since they were compared"
      columns={[
        {
          key: "title",
          head: "Form",
          wrap: true,
          cell: (line: (typeof props.again)[number]) => <a href={line.href}>{line.title}</a>,
        },
        { key: "count", head: "Answers", align: "end", cell: (line) => line.count },
      ]}
      rows={props.again}
      note={props.again.length === props.shown ? `The first ${props.shown}. More follow as these are done.` : undefined}
      empty={<Empty title="Nothing has changed">What was compared is still as it was.</Empty>}
    />
    <DataTable
      caption="Complete, and not compared yet"
      columns={[
        {
          key: "title",
          head: "Form",
          wrap: true,
          cell: (line: (typeof props.first)[number]) => <a href={line.href}>{line.title}</a>,
        },
        { key: "count", head: "Answers", align: "end", cell: (line) => line.count },
      ]}
      rows={props.first}
      note={props.first.length === props.shown ? `The first ${props.shown}. More follow as these are done.` : undefined}
      empty={<Empty title="Nothing waits">Complete forms appear here, as far as the plan asks for them.</Empty>}
    />
    <DataTable
      caption="Plans"
      columns={[
        { key: "site", head: "Site", cell: (line: (typeof props.plans)[number]) => line.site },
        { key: "form", head: "Form", cell: (line) => line.form },
        { key: "rule", head: "What is compared", wrap: true, cell: (line) => line.rule },
        { key: "reason", head: "Why", wrap: true, cell: (line) => line.reason },
        { key: "by", head: "Set by", cell: (line) => line.by },
        { key: "at", head: "When", cell: (line) => <Time at={line.at} /> },
        { key: "now", head: "Now", quiet: true, cell: (line) => line.isNow && <Badge tone="ok">In force</Badge> },
      ]}
      rows={props.plans}
      empty={<Empty title="No plan">Without a plan nothing has to be compared.</Empty>}
    />
    {props.set && (
      <Form action={props.set.action}>
        <h2>Set a plan</h2>
        <Select name="siteId" label="Site" empty="All sites" options={props.set.sites} form={props.form} />
        <Select
          name="form"
          label="Form"
          empty="All forms"
          hint="A plan of one form goes before the plan of all forms."
          options={props.set.forms}
          form={props.form}
        />
        <Select
          name="rule"
          label="What is compared"
          options={[
            { value: "all", label: "Every answer" },
            { value: "critical", label: "Critical fields" },
            { value: "sample", label: "Critical fields, and a sample of the others" },
            { value: "none", label: "Nothing" },
          ]}
          form={props.form}
        />
        <div class="row">
          <NumberField name="percent" label="Size of the sample" unit="%" width="xs" value="20" form={props.form} />
          <TextField
            name="seed"
            label="Seed"
            width="m"
            value={props.set.seed}
            hint="The same seed gives the same sample."
            form={props.form}
          />
        </div>
        <TextField name="reason" label="Why" width="full" form={props.form} />
        <FormFoot>
          <Button tone="primary">Set the plan</Button>
        </FormFoot>
      </Form>
    )}
  </Page>
);

// ── Sign ────────────────────────────────────────────────────────────────────────────────────────────────────────────

export const SignPage = (props: {
  readonly participant: string;
  readonly crumbs: readonly Crumb[];
  readonly sheets: readonly {
    readonly id: string;
    readonly title: string;
    readonly href: string;
    readonly queries: number;
    readonly broken: boolean;
  }[];
  /** Forms that two people enter, before the two are compared. */
  readonly held: readonly string[];
  readonly signature: Child;
  readonly action: string;
  readonly form?: FormState | undefined;
}): Html => (
  <Page
    title={`Sign ${props.participant}`}
    crumbs={props.crumbs}
    lead="Complete forms that nobody has signed as they are now. Look at each before you sign."
    form={props.form}
  >
    {props.held.length > 0 && (
      <Note>
        Entered by two people and not compared yet, so {props.held.length === 1 ? "it is" : "they are"} signed later:{" "}
        {props.held.join("; ")}.
      </Note>
    )}
    {props.sheets.length === 0 ? (
      <Empty title="Nothing waits for your signature">Forms appear here once they are complete.</Empty>
    ) : (
      <Form action={props.action}>
        <DataTable
          caption={counted(props.sheets.length, "form")}
          columns={[
            {
              key: "tick",
              head: "Sign",
              cell: (sheet: (typeof props.sheets)[number]) => (
                <input type="checkbox" id={`sign-${sheet.id}`} name="sheets" value={sheet.id} checked />
              ),
            },
            {
              key: "title",
              head: "Form",
              wrap: true,
              cell: (sheet) => (
                <>
                  <label for={`sign-${sheet.id}`}>
                    {sheet.title}
                    {sheet.broken && " (changed since it was signed)"}
                  </label>{" "}
                  <a href={sheet.href}>
                    Look at it<span class="hidden-text">: {sheet.title}</span>
                  </a>
                </>
              ),
            },
            {
              key: "queries",
              head: "Open queries",
              align: "end",
              cell: (sheet) => sheet.queries,
            },
          ]}
          rows={props.sheets}
        />
        {props.form?.errors?.sheets && <p class="error">{props.form.errors.sheets}</p>}
        {props.signature}
        <FormFoot>
          <Button tone="primary">Sign the ticked forms</Button>
        </FormFoot>
      </Form>
    )}
  </Page>
);

// ── Freeze, lock ────────────────────────────────────────────────────────────────────────────────────────────────────

export interface LockLine {
  readonly id: string;
  readonly kind: "frozen" | "locked";
  readonly what: string;
  readonly reason: string;
  readonly by: string;
  readonly at: Date;
  readonly lift: string | null;
  readonly asked: string | null;
  readonly manifest: string | null;
}

export const LocksPage = (props: {
  readonly locks: readonly LockLine[];
  readonly set: {
    readonly action: string;
    readonly scopes: readonly { readonly value: string; readonly label: string }[];
    readonly kinds: readonly { readonly value: string; readonly label: string }[];
  } | null;
  readonly form?: FormState | undefined;
}): Html => (
  <Page
    title="Freeze and lock"
    lead="Frozen: nothing is entered, queries are still answered. Locked: nothing at all. The strictest above an answer counts."
    form={props.form}
  >
    <DataTable
      caption={counted(props.locks.length, "standing lock")}
      columns={[
        { key: "what", head: "What", wrap: true, cell: (line: LockLine) => line.what },
        { key: "kind", head: "State", cell: (line) => <Badge tone="locked">{line.kind}</Badge> },
        { key: "reason", head: "Why", wrap: true, cell: (line) => line.reason },
        { key: "by", head: "By", cell: (line) => line.by },
        { key: "at", head: "Since", cell: (line) => <Time at={line.at} /> },
        {
          key: "act",
          head: "Acts",
          quiet: true,
          wrap: true,
          cell: (line) => (
            <>
              {line.asked && <span>{line.asked} </span>}
              {line.manifest && (
                <a href={line.manifest}>
                  Manifest<span class="hidden-text"> of {line.what}</span>
                </a>
              )}
              {line.lift && (
                <form method="post" action={line.lift} class="row">
                  <input
                    type="text"
                    name="liftReason"
                    placeholder="Why"
                    maxlength={1000}
                    required
                    aria-label={`Why it is lifted: ${line.what}`}
                  />
                  <Button>{line.asked ? "Agree and lift" : line.kind === "frozen" ? "Thaw" : "Lift"}</Button>
                </form>
              )}
            </>
          ),
        },
      ]}
      rows={props.locks}
      empty={
        <Empty title="Nothing is frozen or locked">
          Forms, visits and participants are locked from their own pages.
        </Empty>
      }
    />
    {props.set && (
      <Form action={props.set.action}>
        <h2>Freeze or lock a site or the study</h2>
        <Select name="scope" label="What" options={props.set.scopes} form={props.form} />
        <Select name="kind" label="How" options={props.set.kinds} form={props.form} />
        <TextField name="reason" label="Why" width="full" form={props.form} />
        <Checkbox
          name="anyway"
          label="Although something is unfinished"
          hint="Incomplete forms, open queries and missing signatures keep a lock back unless you say so; the record keeps what was open."
          form={props.form}
        />
        <FormFoot note="Locking the whole study writes a manifest of digests, and two people are needed to lift it.">
          <Button tone="danger">Freeze or lock</Button>
        </FormFoot>
      </Form>
    )}
  </Page>
);

export const LockPage = (props: {
  readonly title: string;
  readonly crumbs: readonly Crumb[];
  readonly action: string;
  readonly hidden: Readonly<Record<string, string>>;
  readonly kinds: readonly { readonly value: string; readonly label: string }[];
  readonly obstacles: readonly string[];
  readonly form?: FormState | undefined;
}): Html => (
  <Page title={`Freeze or lock ${props.title}`} crumbs={props.crumbs} form={props.form}>
    {props.obstacles.length > 0 && <Note tone="warn">Not finished: {props.obstacles.join(", ")}.</Note>}
    <Form action={props.action} hidden={props.hidden}>
      <Select name="kind" label="How" options={props.kinds} form={props.form} />
      <TextField name="reason" label="Why" width="full" form={props.form} />
      {props.obstacles.length > 0 && <Checkbox name="anyway" label="Although it is not finished" form={props.form} />}
      <FormFoot>
        <Button tone="danger">Do it</Button>
      </FormFoot>
    </Form>
  </Page>
);

interface ManifestLine {
  readonly code: string;
  readonly values: number;
  /** "": not there when the study was locked. */
  readonly sha256: string;
  readonly now: string | null;
}

export const ManifestPage = (props: {
  readonly crumbs: readonly Crumb[];
  readonly at: Date;
  readonly parts: readonly {
    readonly title: string;
    readonly sha256: string;
    readonly unfinished: readonly string[];
    readonly lines: readonly ManifestLine[];
  }[];
}): Html => {
  const differ = new Set(
    props.parts.flatMap(({ lines }) => lines.filter((line) => line.now !== line.sha256).map(({ code }) => code)),
  );
  return (
    <Page
      title="Manifest of the locked study"
      crumbs={props.crumbs}
      badge={
        differ.size === 0 ? (
          <Badge tone="ok">As it was locked</Badge>
        ) : (
          <Badge tone="bad">{counted(differ.size, "participant")} changed</Badge>
        )
      }
      lead={
        <>
          Made <Time at={props.at} show="full" />. Each participant's answers were weighed then and are weighed again
          now.
        </>
      }
    >
      {props.parts.map((part) => (
        <section class="stack">
          <DataTable
            caption={`${part.title} of ${counted(part.lines.length, "participant")}`}
            columns={[
              { key: "code", head: "Participant", cell: (line: ManifestLine) => line.code },
              { key: "values", head: "Answers", align: "end", cell: (line) => line.values },
              {
                key: "sha",
                head: "SHA-256 when locked",
                wrap: true,
                cell: (line) => <code>{line.sha256.slice(0, 24)}</code>,
              },
              {
                key: "now",
                head: "Now",
                cell: (line) =>
                  line.now === line.sha256 ? <Badge tone="ok">The same</Badge> : <Badge tone="bad">Different</Badge>,
              },
            ]}
            rows={part.lines}
            empty={<Empty title="No answers">There was nothing to weigh.</Empty>}
          />
          <p>
            SHA-256 of this list: <code>{part.sha256}</code>
          </p>
          {part.unfinished.length > 0 && <Note tone="warn">Locked although: {part.unfinished.join(", ")}.</Note>}
        </section>
      ))}
    </Page>
  );
};

// ── All that waits ──────────────────────────────────────────────────────────────────────────────────────────────────

export interface WorkPart {
  readonly title: string;
  readonly empty: string;
  readonly lines: readonly { readonly title: string; readonly href: string; readonly detail: string }[];
  readonly all: string | null;
}

export const WorkPage = ({ parts }: { parts: readonly WorkPart[] }): Html => (
  <Page title="What waits" lead="Everything in this study that waits for you, in one list.">
    <Figures figures={parts.map((part) => ({ label: part.title, value: part.lines.length }))} />
    {parts.map((part) => (
      <DataTable
        caption={part.title}
        columns={[
          {
            key: "title",
            head: "What",
            wrap: true,
            cell: (line: WorkPart["lines"][number]) => <a href={line.href}>{line.title}</a>,
          },
          { key: "detail", head: "About", wrap: true, cell: (line) => line.detail },
        ]}
        rows={part.lines.slice(0, 25)}
        note={part.lines.length > 25 && part.all ? <a href={part.all}>All {part.lines.length}</a> : undefined}
        empty={<Empty title={part.empty}>Come back when there is more.</Empty>}
      />
    ))}
  </Page>
);

export const Acts = ({ links }: { links: readonly { readonly href: string; readonly label: string }[] }): Html => (
  <>
    {links.map((link) => (
      <ButtonLink href={link.href}>{link.label}</ButtonLink>
    ))}
  </>
);
export const ReopenButton = ({ action }: { action: string }): Html => <PostButton action={action}>Reopen</PostButton>;
