/** The two pages of every import: choose a file, then look at what it says before anything is stored. */
import { Button, ButtonLink } from "@views/button.tsx";
import { FileField, Form, FormFoot, type FormState } from "@views/form.tsx";
import type { Child, Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Note, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";

export interface ChooseFileProps {
  readonly title: string;
  readonly crumbs: readonly Crumb[];
  readonly lead: string;
  /** Columns as a person writes them, with what belongs in each. */
  readonly columns: readonly { readonly title: string; readonly holds: string; readonly required?: boolean }[];
  readonly example: string;
  readonly action: string;
  readonly form?: FormState | undefined;
  readonly children?: Child;
}

export const ChooseFilePage = ({
  title,
  crumbs,
  lead,
  columns,
  example,
  action,
  form,
  children,
}: ChooseFileProps): Html => (
  <Page
    title={title}
    crumbs={crumbs}
    lead={lead}
    form={form}
    aside={
      <Panel title="What the file holds">
        <p>A CSV file in UTF-8 with these names in its first line:</p>
        <ul>
          {columns.map((column) => (
            <li>
              <code>{column.title}</code>
              {column.required === false ? " (optional): " : ": "}
              {column.holds}
            </li>
          ))}
        </ul>
        <p>
          One row: <code>{example}</code>
        </p>
      </Panel>
    }
  >
    <Form action={action} upload>
      {children}
      <FileField
        name="file"
        label="CSV file"
        accept=".csv,text/csv"
        hint="Up to 2 MB. Nothing is stored before you have seen it."
        form={form}
      />
      <FormFoot>
        <Button tone="primary">Show what is in it</Button>
      </FormFoot>
    </Form>
  </Page>
);

export interface PreviewRow {
  readonly line: number;
  readonly cells: readonly string[];
  readonly problems: readonly string[];
}

export interface PreviewProps {
  readonly title: string;
  readonly crumbs: readonly Crumb[];
  /** "60 trainees" */
  readonly summary: string;
  readonly columns: readonly string[];
  readonly rows: readonly PreviewRow[];
  /** Headings in the file that nobody asked for. */
  readonly unknown: readonly string[];
  readonly action: string;
  readonly hidden: Readonly<Record<string, string>>;
  readonly confirm: string;
  readonly back: string;
}

/** Rows with problems come first; with any problem there is nothing to confirm. */
export const PreviewPage = ({
  title,
  crumbs,
  summary,
  columns,
  rows,
  unknown,
  action,
  hidden,
  confirm,
  back,
}: PreviewProps): Html => {
  const bad = rows.filter((row) => row.problems.length > 0);
  const shown = [...bad, ...rows.filter((row) => row.problems.length === 0)].slice(0, 500);
  return (
    <Page title={title} crumbs={crumbs} lead={`Nothing is stored yet. The file holds ${summary}.`}>
      {bad.length > 0 ? (
        <Note tone="bad">
          {`${bad.length === 1 ? "One row cannot" : `${bad.length} rows cannot`} be used; the first column says why. Correct the file and choose it again.`}
        </Note>
      ) : (
        <Note>Every row can be used.</Note>
      )}
      {unknown.length > 0 && <Note tone="warn">{`These columns are not read: ${unknown.join(", ")}.`}</Note>}
      <DataTable
        caption={
          rows.length > shown.length ? `The first ${shown.length} of ${rows.length} rows` : `${rows.length} rows`
        }
        columns={[
          {
            key: "state",
            head: "Line",
            wrap: true,
            cell: (row: PreviewRow) => (
              <>
                {row.line}
                {row.problems.map((problem) => (
                  <p class="error">{problem}</p>
                ))}
              </>
            ),
          },
          ...columns.map((head, at) => ({
            key: head,
            head,
            wrap: true,
            cell: (row: PreviewRow) => row.cells[at] ?? "",
          })),
        ]}
        rows={shown}
      />
      {bad.length === 0 ? (
        <Form action={action} hidden={hidden} guard={false} panel={false}>
          <FormFoot>
            <Button tone="primary">{confirm}</Button>
            <ButtonLink href={back}>Choose another file</ButtonLink>
          </FormFoot>
        </Form>
      ) : (
        <p>
          <ButtonLink href={back} tone="primary">
            Choose the corrected file
          </ButtonLink>
        </p>
      )}
    </Page>
  );
};
