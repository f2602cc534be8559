/** How two versions of a framework correspond, and who still goes by the older one. */
import { Button } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { CheckboxGroup, FileField, Form, type FormState, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { counted } from "../counted.ts";

export interface CrosswalkProps {
  readonly title: string;
  readonly crumbs: readonly Crumb[];
  readonly lines: readonly { readonly old: string; readonly newer: string; readonly kind: string }[];
  readonly importAction: string | null;
  readonly move: {
    readonly action: string;
    readonly trainees: readonly { readonly value: string; readonly label: string }[];
  } | null;
  /** Trainees who are still judged by the older version. */
  readonly pinned: number;
  readonly form?: FormState | undefined;
}

export const CrosswalkPage = ({ title, crumbs, lines, importAction, move, pinned, form }: CrosswalkProps): Html => (
  <Page
    title={title}
    crumbs={crumbs}
    lead="Each trainee keeps the version that he or she began with until the director moves him or her. Levels are carried over only where one subcompetency corresponds to exactly one."
    form={form}
  >
    <DataTable
      caption={`${lines.length} subcompetencies of both versions; ${counted(pinned, "trainee")} still judged by the older`}
      columns={[
        { key: "old", head: "Older version", wrap: true, cell: (line: CrosswalkProps["lines"][number]) => line.old },
        { key: "new", head: "Newer version", wrap: true, cell: (line) => line.newer },
        { key: "kind", head: "Correspondence", wrap: true, cell: (line) => line.kind },
      ]}
      rows={lines}
      empty={<Empty title="Nothing to compare">Import the newer version's subcompetencies first.</Empty>}
    />
    {importAction && (
      <Panel title="Say how they correspond">
        <p>
          A CSV file with <code>old_code</code> and <code>new_code</code>. A code on several lines was split or merged;
          without a line, the same code with the same title is the same.
        </p>
        <Form action={importAction} panel={false} upload>
          <FileField name="file" label="CSV file" accept=".csv,text/csv" form={form} />
          <Button>Add</Button>
        </Form>
      </Panel>
    )}
    {move && (
      <Panel title="Move trainees to the newer version">
        <Form action={move.action} panel={false}>
          <CheckboxGroup name="subjectIds" label="Trainees" options={move.trainees} form={form} />
          <TextField name="reason" label="Reason" width="full" maxlength={1000} form={form} />
          <Button>Move</Button>
        </Form>
      </Panel>
    )}
  </Page>
);
