/** The program's consents to benchmarks, and the figures that stand side by side while they hold. */
import { Badge } from "@views/badge.tsx";
import { Button, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { DateField, FileField, Form, type FormState, Select, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Note, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { counted } from "../counted.ts";

export interface BenchmarkProps {
  readonly stands: boolean;
  readonly today: string;
  readonly consents: readonly {
    readonly title: string;
    readonly signedBy: string;
    readonly validFrom: string;
    readonly validUntil: string;
    readonly sha256: string;
    readonly documentHref: string | null;
    readonly state: "stands" | "later" | "expired" | "withdrawn";
    readonly withdrawAction: string | null;
  }[];
  readonly consentAction: string;
  readonly offerAction: string | null;
  readonly periods: readonly { readonly value: string; readonly label: string }[];
  readonly period: string;
  readonly offered: number;
  readonly lines: readonly {
    readonly program: string;
    readonly period: string;
    readonly code: string;
    readonly theirs: number;
    readonly trainees: number;
    readonly own: { readonly middle: number } | undefined;
  }[];
  readonly form?: FormState | undefined;
}
const states = {
  stands: <Badge tone="ok">Stands</Badge>,
  later: <Badge tone="none">Not yet</Badge>,
  expired: <Badge tone="warn">Expired</Badge>,
  withdrawn: <Badge tone="bad">Withdrawn</Badge>,
} as const;

export const BenchmarkPage = (props: BenchmarkProps): Html => (
  <Page
    title="Benchmark"
    lead="Programs of this institution stand side by side only while each of them has a written consent on record. Without it no number leaves this program, and none is seen here."
    form={props.form}
  >
    {!props.stands && <Note>This program has no consent that stands today, so nothing is compared.</Note>}
    {props.stands && (
      <DataTable
        caption="Middle level, where the other program consented too"
        columns={[
          {
            key: "program",
            head: "Program",
            cell: (line: BenchmarkProps["lines"][number]) => line.program,
          },
          { key: "period", head: "Period", cell: (line) => line.period },
          { key: "code", head: "Code", cell: (line) => line.code },
          { key: "theirs", head: "Theirs", align: "end", cell: (line) => line.theirs },
          { key: "own", head: "Ours", align: "end", cell: (line) => (line.own ? line.own.middle / 2 : "–") },
          { key: "trainees", head: "Trainees", align: "end", cell: (line) => line.trainees },
        ]}
        rows={props.lines}
        empty={
          <Empty title="Nobody to compare with">
            No other program of this institution has a consent that stands today and has offered figures.
          </Empty>
        }
      />
    )}
    {props.offerAction && (
      <Panel title="Offer figures">
        <p>
          {counted(props.offered, "figure")} offered so far: the middle level of each code, never of fewer than five
          trainees.
        </p>
        <Form action={props.offerAction} panel={false} guard={false}>
          <Select name="periodId" label="Period" options={props.periods} value={props.period} form={props.form} />
          <Button>Offer</Button>
        </Form>
      </Panel>
    )}
    <DataTable
      caption={counted(props.consents.length, "consent")}
      columns={[
        {
          key: "title",
          head: "Consent",
          wrap: true,
          cell: (line: BenchmarkProps["consents"][number]) => line.title,
        },
        { key: "by", head: "Signed by", cell: (line) => line.signedBy },
        { key: "from", head: "From", cell: (line) => line.validFrom },
        { key: "until", head: "Until", cell: (line) => line.validUntil },
        {
          key: "document",
          head: "Document",
          cell: (line) =>
            line.documentHref ? (
              <a href={line.documentHref} download>
                PDF {line.sha256.slice(0, 8)}
              </a>
            ) : (
              <code class="mono">{line.sha256.slice(0, 8)}</code>
            ),
        },
        { key: "state", head: "State", cell: (line) => states[line.state] },
        {
          key: "act",
          head: "Act",
          quiet: true,
          cell: (line) =>
            line.withdrawAction && (
              <PostButton action={line.withdrawAction} tone="danger" about={line.title}>
                Withdraw
              </PostButton>
            ),
        },
      ]}
      rows={props.consents}
      empty={<Empty title="No consent on record">Benchmarks stay off until one is entered below.</Empty>}
    />
    <Panel title="Put a consent on record">
      <Form action={props.consentAction} panel={false} upload>
        <TextField name="title" label="What was agreed" width="full" maxlength={200} form={props.form} />
        <TextField name="signedBy" label="Signed by" width="l" maxlength={200} form={props.form} />
        <DateField name="validFrom" label="From" value={props.today} form={props.form} />
        <DateField name="validUntil" label="Until" hint="Three years at most." form={props.form} />
        <FileField
          name="file"
          label="The signed document"
          hint="A PDF. It is kept sealed, and its digest stands beside the consent."
          accept=".pdf"
          form={props.form}
        />
        <Button tone="primary">Put on record</Button>
      </Form>
    </Panel>
  </Page>
);
