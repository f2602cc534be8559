/** Where the director decides: the committee's word beside every choice, and a reason where the two differ. */
import { Button, ButtonLink, PostButton } from "@views/button.tsx";
import { Form, FormFoot, type FormState, TextArea, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { type Level, levelInWords } from "../level.ts";
import type { ReviewState } from "../review.ts";
import { Evidence, type EvidenceLevel } from "./committee.tsx";
import { LevelChoice } from "./level-choice.tsx";
import { StateBadge } from "./state.tsx";

export interface DecisionItem {
  readonly name: string;
  readonly reasonName: string;
  readonly code: string;
  readonly title: string;
  /** What the committee agreed on stands chosen. */
  readonly level: Level | null;
  /** "Level 3", "Divided: …", "No recommendation" */
  readonly recommended: string;
  readonly isAgreed: boolean;
  readonly before: Level | null;
  readonly evidence: readonly EvidenceLevel[];
}

export interface FinalLine {
  readonly code: string;
  readonly title: string;
  readonly level: Level;
  /** Where it is not the committee's. */
  readonly override: { readonly recommended: string; readonly reason: string } | null;
}

export interface DecisionProps {
  readonly trainee: string;
  readonly period: string;
  readonly state: ReviewState;
  readonly crumbs: readonly Crumb[];
  readonly sheets: readonly {
    readonly member: string;
    readonly at: Date;
    readonly note: string;
    readonly warnings: readonly string[];
  }[];
  /** Set while there is something to decide. */
  readonly decide: { readonly action: string; readonly items: readonly DecisionItem[] } | null;
  /** Set once it is decided. */
  readonly final: {
    readonly revision: number;
    readonly by: string;
    readonly at: Date;
    readonly lines: readonly FinalLine[];
    readonly comment: string | null;
    readonly releaseAction: string | null;
    readonly reopenAction: string | null;
  } | null;
  readonly waiting: string | null;
  /** The committee's own page on this trainee. */
  readonly sheetHref: string | null;
  readonly packetHref: string | null;
  readonly recommended: {
    readonly how: string;
    readonly seats: string;
    readonly href: string;
    readonly note: string;
  } | null;
  readonly form?: FormState | undefined;
}

export const DecisionPage = (props: DecisionProps): Html => (
  <Page
    title={`Result of ${props.trainee}`}
    crumbs={props.crumbs}
    badge={<StateBadge state={props.state} />}
    lead={props.period}
    form={props.form}
    actions={
      <>
        {props.packetHref && <ButtonLink href={props.packetHref}>Frozen packet</ButtonLink>}
        {props.sheetHref && <ButtonLink href={props.sheetHref}>Evidence</ButtonLink>}
      </>
    }
    aside={
      <Panel title="The committee's sheets">
        {props.sheets.length === 0 && <p>No sheet was handed in yet.</p>}
        {props.sheets.map(({ member, at, note, warnings }) => (
          <>
            <h3>{member}</h3>
            <p>
              <Time at={at} />
            </p>
            {note && <p>{note}</p>}
            {warnings.map((warning) => (
              <p class="hint">Looked at twice: {warning}</p>
            ))}
          </>
        ))}
      </Panel>
    }
  >
    {props.waiting && <Note>{props.waiting}</Note>}
    {props.recommended && (
      <Panel title="The committee recommends">
        <p>
          {props.recommended.how} <a href={props.recommended.href}>Meeting</a>: {props.recommended.seats}.
        </p>
        {props.recommended.note && <p>{props.recommended.note}</p>}
      </Panel>
    )}
    {props.decide && <Choices {...props.decide} form={props.form} />}
    {props.final && <Final final={props.final} form={props.form} />}
  </Page>
);

const Choices = ({
  action,
  items,
  form,
}: {
  action: string;
  items: readonly DecisionItem[];
  form: FormState | undefined;
}): Html => (
  <Form action={action}>
    {items.map((item) => (
      <LevelChoice name={item.name} code={item.code} title={item.title} value={item.level} form={form}>
        <p>
          The committee: <strong>{item.recommended}</strong>
        </p>
        <Evidence evidence={item.evidence} before={item.before} />
        <Reason item={item} form={form} />
      </LevelChoice>
    ))}
    <FormFoot note="Finalised results are never changed; reopening one makes a new revision beside it.">
      <Button tone="primary" name="act" value="release">
        Finalise and release
      </Button>
      <Button name="act" value="finalise">
        Finalise only
      </Button>
    </FormFoot>
  </Form>
);

/** Where the committee agreed, a reason is only asked for when it is overruled. */
const Reason = ({ item, form }: { item: DecisionItem; form: FormState | undefined }): Html => {
  const field = (
    <TextField name={item.reasonName} label={`Reason for ${item.code}`} width="full" maxlength={1000} form={form} />
  );
  if (!item.isAgreed) return field;
  return (
    <details open={Boolean(form?.errors?.[item.reasonName] || form?.values?.[item.reasonName])}>
      <summary>Decide otherwise than the committee on {item.code}</summary>
      {field}
    </details>
  );
};

const Final = ({ final, form }: { final: NonNullable<DecisionProps["final"]>; form: FormState | undefined }): Html => (
  <>
    <Panel title={`Revision ${final.revision}`}>
      <Facts
        facts={[
          { term: "Finalised by", value: final.by },
          { term: "Finalised", value: <Time at={final.at} show="full" /> },
          ...(final.comment ? [{ term: "The trainee's answer", value: final.comment }] : []),
        ]}
      />
      {final.releaseAction && (
        <PostButton action={final.releaseAction} tone="primary">
          Release to the trainee
        </PostButton>
      )}
    </Panel>
    <DataTable
      caption={`${final.lines.length} subcompetencies, ${final.lines.filter((line) => line.override).length} differ from the committee's`}
      columns={[
        { key: "code", head: "Code", cell: (line: FinalLine) => line.code },
        { key: "title", head: "Subcompetency", wrap: true, cell: (line) => line.title },
        { key: "level", head: "Level", cell: (line) => levelInWords(line.level) },
        {
          key: "why",
          head: "The committee, and why not",
          wrap: true,
          cell: (line) => (line.override ? `${line.override.recommended}. ${line.override.reason}` : ""),
        },
      ]}
      rows={final.lines}
    />
    {final.reopenAction && (
      <details>
        <summary>Reopen this result</summary>
        <Form action={final.reopenAction}>
          <TextArea
            name="reason"
            label="Reason for reopening"
            hint="This revision stays on record. The committee may rate again, and you decide again."
            maxlength={1000}
            form={form}
          />
          <Button tone="danger">Reopen</Button>
        </Form>
      </details>
    )}
  </>
);
