/** Forms that are closed to single people, and why. */
import { Badge } from "@views/badge.tsx";
import { Button, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Form, FormFoot, type FormState, RadioGroup, Select, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { counted } from "../counted.ts";

interface ClosedLine {
  readonly person: string;
  readonly form: string;
  readonly what: string;
  readonly reason: string;
  readonly by: string;
  readonly at: Date;
  readonly opened: { readonly at: Date; readonly by: string } | null;
  readonly open: string;
}

export const ClosedFormsPage = (props: {
  readonly lines: readonly ClosedLine[];
  readonly action: string;
  readonly people: readonly { readonly value: string; readonly label: string }[];
  readonly forms: readonly { readonly value: string; readonly label: string }[];
  readonly form?: FormState | undefined;
}): Html => (
  <Page
    title="Closed forms"
    lead="Narrower than a role: a form that one person does not read, or does not enter. It holds on every page, in exports and for programs."
    form={props.form}
  >
    <div class="stack">
      <DataTable
        caption={counted(props.lines.length, "closed form")}
        columns={[
          { key: "person", head: "Person", wrap: true, cell: (line: ClosedLine) => line.person },
          { key: "form", head: "Form", wrap: true, cell: (line) => line.form },
          { key: "what", head: "Closed for", cell: (line) => line.what },
          { key: "reason", head: "Why", wrap: true, cell: (line) => line.reason },
          {
            key: "since",
            head: "Since",
            wrap: true,
            cell: (line) => (
              <>
                <Time at={line.at} show="day" /> by {line.by}
              </>
            ),
          },
          {
            key: "state",
            head: "State",
            wrap: true,
            cell: (line) =>
              line.opened ? (
                <Badge tone="plain">
                  Open again since <Time at={line.opened.at} show="day" />
                </Badge>
              ) : (
                <PostButton action={line.open} about={`${line.form} for ${line.person}`}>
                  Open again
                </PostButton>
              ),
          },
        ]}
        rows={props.lines}
        empty={<Empty title="No closed form">Everybody reads and enters what their roles allow.</Empty>}
      />
      <Form action={props.action} guard panel>
        <h2>Close a form to a person</h2>
        <Select name="person" label="Person" empty="Choose" options={props.people} form={props.form} />
        <Select name="form" label="Form" empty="Choose" options={props.forms} form={props.form} />
        <RadioGroup
          name="action"
          label="What is closed"
          options={[
            { value: "enter", label: "Entering: the answers may be read" },
            { value: "read", label: "Reading and entering" },
          ]}
          form={props.form}
        />
        <TextField name="reason" label="Why" width="full" form={props.form} />
        <FormFoot>
          <Button tone="primary">Close</Button>
        </FormFoot>
      </Form>
    </div>
  </Page>
);
