/** The forms of a program, and the builder: one line for each subcompetency, tick what is asked. */
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Checkbox, Form, FormFoot, type FormState, Select, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Facts } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { counted } from "../counted.ts";

export interface FormsProps {
  readonly forms: readonly {
    readonly href: string;
    readonly title: string;
    readonly kind: string;
    readonly framework: string;
    readonly version: number;
    readonly isOffered: boolean;
  }[];
  readonly build: readonly { readonly href: string; readonly name: string }[];
}

export const FormsPage = ({ forms, build }: FormsProps): Html => (
  <Page
    title="Forms"
    lead="What is asked of whom. Short forms are answered; long ones wait."
    actions={build.map(({ href, name }) => <ButtonLink href={href}>New form for {name}</ButtonLink>)}
  >
    <DataTable
      caption={counted(forms.length, "form")}
      columns={[
        {
          key: "title",
          head: "Form",
          cell: (line: FormsProps["forms"][number]) => <a href={line.href}>{line.title}</a>,
        },
        { key: "kind", head: "For", cell: (line) => line.kind },
        { key: "framework", head: "Framework", cell: (line) => line.framework },
        { key: "version", head: "Version", align: "end", cell: (line) => line.version },
        {
          key: "state",
          head: "State",
          cell: (line) => (line.isOffered ? <Badge tone="ok">Offered</Badge> : <Badge tone="none">Put away</Badge>),
        },
      ]}
      rows={forms}
      empty={
        <Empty title="No form yet">
          Without a form, evaluators are asked about the subcompetencies that you tick. A form has your own questions,
          and is needed for peers and patients.
        </Empty>
      }
    />
  </Page>
);

export interface FormBuilderProps {
  readonly title: string;
  readonly crumbs: readonly Crumb[];
  readonly action: string;
  readonly frameworkId: string;
  /** Of a form that is there already: its kind stays. */
  readonly fixed: { readonly kind: string; readonly version: number } | null;
  readonly kinds: readonly { readonly value: string; readonly label: string }[];
  readonly narrativeQuestion: string;
  readonly isOffered: boolean;
  readonly items: readonly {
    readonly id: string;
    readonly code: string;
    readonly title: string;
    readonly isAsked: boolean;
    readonly question: string;
    readonly answer: string;
  }[];
  readonly form?: FormState | undefined;
}

export const FormBuilderPage = (props: FormBuilderProps): Html => (
  <Page title={props.title} crumbs={props.crumbs} form={props.form}>
    <Form action={props.action} hidden={props.fixed ? {} : { frameworkId: props.frameworkId }}>
      {props.fixed ? (
        <Facts
          facts={[
            { term: "For", value: props.fixed.kind },
            { term: "Version", value: `${props.fixed.version}; saving makes version ${props.fixed.version + 1}` },
          ]}
        />
      ) : (
        <>
          <TextField
            name="title"
            label="Title"
            hint="As evaluators see it: After the ward round"
            maxlength={120}
            form={props.form}
          />
          <Select name="kind" label="For" options={props.kinds} form={props.form} />
        </>
      )}
      <TextField
        name="narrativeQuestion"
        label="Question for the narrative"
        value={props.narrativeQuestion}
        width="full"
        maxlength={300}
        form={props.form}
      />
      {props.form?.errors?.asked && <p class="error">{props.form.errors.asked}</p>}
      <DataTable
        caption={`${props.items.length} subcompetencies: tick what is asked`}
        scroll={false}
        columns={[
          {
            key: "asked",
            head: "Ask",
            cell: (item: FormBuilderProps["items"][number]) => (
              <label>
                <input type="checkbox" name="asked" value={item.id} checked={item.isAsked} /> {item.code}
                <span class="hidden-text"> {item.title}</span>
              </label>
            ),
          },
          {
            key: "question",
            head: "Question",
            wrap: true,
            cell: (item) => (
              <input
                type="text"
                class="full"
                name={`questions.${item.id}`}
                value={item.question}
                maxlength={300}
                aria-label={`Question about ${item.code}`}
              />
            ),
          },
          {
            key: "answer",
            head: "Answered",
            cell: (item) => (
              <select name={`answers.${item.id}`} aria-label={`Answer about ${item.code}`}>
                <option value="level" selected={item.answer === "level"}>
                  On the scale
                </option>
                <option value="agree" selected={item.answer === "agree"}>
                  In plain words
                </option>
              </select>
            ),
          },
        ]}
        rows={props.items}
      />
      <Checkbox
        name="offered"
        label="Offer this form when evaluations are asked for"
        value="yes"
        checked={props.isOffered}
        form={props.form}
      />
      <FormFoot note="A form that is in use never changes: saving makes a new version.">
        <Button tone="primary">Save</Button>
      </FormFoot>
    </Form>
  </Page>
);
