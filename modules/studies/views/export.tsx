/** Export: what leaves, in which form, as of which moment. */
import { Button } from "@views/button.tsx";
import { Form, FormFoot, type FormState, Select, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";

export const formats = [
  { value: "xlsx", label: "Spreadsheet (XLSX), one sheet a form" },
  { value: "csv", label: "Table (CSV), one row a value" },
  { value: "r", label: "R: tables and a script that reads them (ZIP)" },
  { value: "odm132", label: "CDISC ODM 1.3.2" },
  { value: "odm2", label: "CDISC ODM 2.0" },
  { value: "archive", label: "CDISC ODM 1.3.2 for the archive: every version, who and why, signatures" },
  { value: "files", label: "Files and drawn signatures (ZIP), with a list of them" },
] as const;

export const ExportPage = (props: {
  readonly action: string;
  readonly digest: string;
  readonly sites: readonly { readonly value: string; readonly label: string }[];
  readonly now: string;
  readonly blinded: boolean;
  /** How many people are left out of a file, by what it is for; null: consent is kept outside this program. */
  readonly leftOut: { readonly others: number; readonly study: number } | null;
  readonly found: {
    readonly at: string;
    readonly values: number;
    readonly sha256: string;
    readonly site: string;
  } | null;
  readonly values: Readonly<Record<string, string>>;
  readonly form?: FormState | undefined;
}): Html => (
  <Page
    title="Export"
    lead="A file asks why it is taken and for your signature. It is entered in the ledger and carries a mark of who took it."
    form={props.form}
    aside={
      <Panel title="What is in it">
        <p>
          Everything you may read, and nothing else: of the sites you reach
          {props.blinded ? ", without what is blinded" : ""}.
        </p>
        {props.leftOut ? (
          <p>
            What was not agreed to is left out: of a file for others {props.leftOut.others}{" "}
            {props.leftOut.others === 1 ? "person" : "people"}, of a file for this study {props.leftOut.study}.
          </p>
        ) : (
          <p>Consent is kept outside this program: nobody is left out by it here.</p>
        )}
        <p>Encrypted answers leave as the word “encrypted”.</p>
        <p>A file stands in a table as its name in the ZIP of files, with its SHA-256.</p>
        <p>Reasons for missing answers, and text that cannot be read as its field, stand in columns of their own.</p>
      </Panel>
    }
  >
    {props.found && (
      <Note tone="info">
        <Facts
          facts={[
            { term: "As of", value: props.found.at },
            { term: "Site", value: props.found.site },
            { term: "Values", value: props.found.values.toLocaleString("en-US") },
            { term: "SHA-256 of the values", value: <code>{props.found.sha256}</code> },
          ]}
          stacked
        />
      </Note>
    )}
    <Form action={props.action} method="get" panel>
      <Select name="format" label="As" options={formats} value={props.values.format ?? "xlsx"} form={props.form} />
      {props.leftOut && (
        <Select
          name="use"
          label="What for"
          hint="It stands in the file's name and in the ledger."
          options={[
            { value: "others", label: "To be given to others: those who agreed to sharing" },
            { value: "study", label: "Analysis of this study: what was collected until consent ended" },
          ]}
          value={props.values.use ?? "others"}
          form={props.form}
        />
      )}
      {props.sites.length > 1 && (
        <Select
          name="site"
          label="Site"
          empty="All that you reach"
          options={props.sites}
          value={props.values.site}
          form={props.form}
        />
      )}
      <TextField
        name="asOf"
        label="As of"
        optional
        width="m"
        value={props.values.asOf}
        hint={`Empty: now. ${props.now} gives the values as they were then, today and in ten years.`}
        form={props.form}
      />
      <FormFoot>
        <Button tone="primary">Download</Button>
        <Button action={props.digest}>Show the digest</Button>
      </FormFoot>
    </Form>
  </Page>
);
