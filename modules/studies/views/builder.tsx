/** The screen builder: a form's sections and fields in their order, one field, one visit. No dragging anywhere. */
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import {
  Checkbox,
  CheckboxGroup,
  Fieldset,
  Form,
  FormFoot,
  type FormState,
  Select,
  TextArea,
  TextField,
} from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { comparators, type ItemInput, kinds } from "../design/item-form.ts";

export interface BuilderEntry {
  readonly item: string;
  readonly title: string;
  readonly kind: string;
  readonly href: string;
  readonly marks: readonly string[];
}
export interface BuilderSection {
  readonly id: string;
  readonly title: string;
  readonly repeats: string;
  readonly entries: readonly BuilderEntry[];
  readonly depth: number;
}

export const BuilderPage = (props: {
  readonly title: string;
  readonly crumbs: readonly Crumb[];
  readonly editable: boolean;
  readonly sections: readonly BuilderSection[];
  readonly repeating: boolean;
  readonly double: boolean;
  readonly survey: boolean;
  readonly urls: {
    readonly move: string;
    readonly addItem: string;
    readonly addSection: string;
    readonly change: string;
    readonly remove: string;
    readonly preview: string;
  };
  readonly form?: FormState | undefined;
}): Html => (
  <Page
    title={props.title}
    crumbs={props.crumbs}
    lead="Fields in the order in which they are asked."
    form={props.form}
    actions={<ButtonLink href={props.urls.preview}>As the sites see it</ButtonLink>}
  >
    {props.sections.map((section, at) => (
      <section class="stack">
        <DataTable
          caption={`${section.title}${section.repeats === "no" ? "" : " (repeats)"}`}
          columns={[
            {
              key: "title",
              head: "Field",
              wrap: true,
              cell: (entry: BuilderEntry) => <a href={entry.href}>{entry.title}</a>,
            },
            { key: "id", head: "Name in rules", cell: (entry) => <code>{entry.item}</code> },
            { key: "kind", head: "Answer", wrap: true, cell: (entry) => entry.kind },
            {
              key: "marks",
              head: "Marks",
              quiet: true,
              wrap: true,
              cell: (entry) => (
                <span class="row">
                  {entry.marks.map((mark) => (
                    <Badge tone="info">{mark}</Badge>
                  ))}
                </span>
              ),
            },
            ...(props.editable
              ? [
                  {
                    key: "move",
                    head: "Order",
                    cell: (entry: BuilderEntry) => {
                      const place = section.entries.indexOf(entry);
                      const fields = { what: "entry", section: section.id, id: entry.item };
                      return (
                        <span class="row">
                          {place > 0 && (
                            <PostButton
                              action={props.urls.move}
                              tone="quiet"
                              fields={{ ...fields, direction: "up" }}
                              about={entry.title}
                            >
                              Up
                            </PostButton>
                          )}
                          {place < section.entries.length - 1 && (
                            <PostButton
                              action={props.urls.move}
                              tone="quiet"
                              fields={{ ...fields, direction: "down" }}
                              about={entry.title}
                            >
                              Down
                            </PostButton>
                          )}
                        </span>
                      );
                    },
                  },
                ]
              : []),
          ]}
          rows={section.entries}
          empty={<Empty title="No field yet">Add the first one below.</Empty>}
        />
        {props.editable && (
          <div class="row">
            {section.depth === 0 && at > 0 && (
              <PostButton
                action={props.urls.move}
                tone="quiet"
                fields={{ what: "section", section: section.id, id: section.id, direction: "up" }}
                about={section.title}
              >
                Section up
              </PostButton>
            )}
            {section.depth === 0 && props.sections.length > 1 && section.entries.length === 0 && (
              <PostButton
                action={props.urls.remove}
                tone="quiet"
                fields={{ what: "section", section: section.id, id: section.id }}
                about={section.title}
              >
                Remove the section
              </PostButton>
            )}
          </div>
        )}
      </section>
    ))}
    {props.editable && (
      <>
        <Form action={props.urls.addItem} guard={false}>
          <h2>Add a field</h2>
          <TextField name="question" label="Question" width="full" form={props.form} />
          <Select name="kind" label="Answer" options={kinds} form={props.form} />
          <TextArea
            name="options"
            label="Options"
            optional
            rows={3}
            hint="Only for options and grids, one a line: 1 = Yes"
            form={props.form}
          />
          <Select
            name="section"
            label="Section"
            options={props.sections.map(({ id, title }) => ({ value: id, label: title }))}
            form={props.form}
          />
          <FormFoot>
            <Button tone="primary">Add the field</Button>
          </FormFoot>
        </Form>
        <Form action={props.urls.addSection} guard={false}>
          <h2>Add a section</h2>
          <TextField name="title" label="Title" form={props.form} />
          <Checkbox
            name="repeats"
            label="Repeats"
            hint="As many rows as there are: medications, adverse events."
            form={props.form}
          />
          <FormFoot>
            <Button>Add the section</Button>
          </FormFoot>
        </Form>
        <Form action={props.urls.change}>
          <h2>The form itself</h2>
          <TextField name="name" label="Name" value={props.title} form={props.form} />
          <Checkbox
            name="repeating"
            label="May be filled in several times at one visit"
            checked={props.repeating}
            form={props.form}
          />
          <Checkbox
            name="double"
            label="Entered twice"
            hint="A second person enters it without seeing the first entry; differences are decided by a data manager."
            checked={props.double}
            form={props.form}
          />
          <Checkbox
            name="survey"
            label="Filled in by the participant"
            hint="Over a link, without an account."
            checked={props.survey}
            form={props.form}
          />
          <FormFoot>
            <Button>Save</Button>
          </FormFoot>
        </Form>
        <Panel title="Take the form out">
          <p>
            Its fields go too, unless another form asks them. Data that was entered under a published version stays.
          </p>
          <PostButton
            action={props.urls.remove}
            tone="danger"
            fields={{ what: "form", section: "", id: "" }}
            about={props.title}
          >
            Remove the form
          </PostButton>
        </Panel>
      </>
    )}
  </Page>
);

export const ItemPage = (props: {
  readonly title: string;
  readonly name: string;
  readonly crumbs: readonly Crumb[];
  readonly editable: boolean;
  readonly input: ItemInput;
  readonly languages: readonly string[];
  readonly shared: string | null;
  readonly foreign: readonly string[];
  readonly was: string;
  readonly action: string;
  readonly remove: string;
  readonly section: string;
  readonly form?: FormState | undefined;
}): Html => {
  const { input, form } = props;
  const rows = Math.max(-1, ...Object.keys(input.checks).map((key) => Number(key.split(".")[0]))) + 2;
  return (
    <Page
      title={props.title}
      crumbs={props.crumbs}
      badge={<code>{props.name}</code>}
      form={form}
      aside={
        <>
          <Panel title="How rules are written">
            <p>
              Name fields as they are called here: <code>sex = "f" and age &gt;= 18</code>. A field of another form is{" "}
              <code>[form/field]</code>, of another visit <code>[visit/form/field]</code>.
            </p>
            <p>
              An answer that is missing makes a rule unknown: it neither passes nor fires. Dates:{" "}
              <code>days(visit_date, birth_date)</code>.
            </p>
            <p>
              A test case is one line: <code>too heavy | weight=300 | false</code>
            </p>
          </Panel>
          {props.foreign.length > 0 && (
            <Panel title="As another system wrote it">
              <ul>
                {props.foreign.map((text) => (
                  <li>
                    <code>{text}</code>
                  </li>
                ))}
              </ul>
            </Panel>
          )}
        </>
      }
    >
      <Form action={props.action} hidden={{ was: props.was }}>
        <TextField
          name="question"
          label="Question"
          value={input.question}
          width="full"
          disabled={!props.editable}
          form={form}
        />
        <TextField name="hint" label="Help below it" optional value={input.hint} width="full" form={form} />
        {props.languages.map((tag) => (
          <Fieldset legend={`In “${tag}”`}>
            <TextField
              name={`words.${tag}.text`}
              label="Question"
              optional
              value={input.words[`${tag}.text`] ?? ""}
              width="full"
              form={form}
            />
            <Select
              name={`words.${tag}.status`}
              label="How far the translation is"
              options={[
                { value: "draft", label: "Draft" },
                { value: "translated", label: "Translated" },
                { value: "reviewed", label: "Reviewed" },
              ]}
              value={input.words[`${tag}.status`] ?? "draft"}
              form={form}
            />
          </Fieldset>
        ))}
        <Select name="kind" label="Answer" options={kinds} value={input.kind} form={form} />
        <TextArea
          name="options"
          label="Options, or rows of a grid"
          optional
          rows={5}
          value={input.options}
          hint={
            props.shared ??
            "One a line: 1 = Yes. An option that you take out is offered no more and stays readable where it was chosen."
          }
          form={form}
        />
        <TextArea name="columns" label="Columns of a grid" optional rows={3} value={input.columns} form={form} />
        <div class="row">
          <TextField
            name="maxLength"
            label="Longest text"
            optional
            width="xs"
            inputmode="numeric"
            value={input.maxLength}
            form={form}
          />
          <TextField
            name="decimals"
            label="Decimals"
            optional
            width="xs"
            inputmode="numeric"
            value={input.decimals}
            form={form}
          />
          <TextField
            name="units"
            label="Units"
            optional
            width="m"
            hint="kg, [lb_av]: the first is the one checks are written in."
            value={input.units}
            form={form}
          />
        </div>
        <Checkbox
          name="required"
          label="Needs an answer before the form is complete"
          checked={input.required}
          form={form}
        />
        <CheckboxGroup
          name="nullFlavours"
          label="May be left without an answer, because it is"
          options={[
            { value: "not-done", label: "Not done" },
            { value: "unknown", label: "Unknown" },
            { value: "not-applicable", label: "Not applicable" },
          ]}
          value={input.nullFlavours}
          form={form}
        />
        <Fieldset legend="When it is asked">
          <TextField
            name="shownWhen"
            label="Only when"
            optional
            width="full"
            hint="Empty: always."
            value={input.shownWhen}
            form={form}
          />
          <TextArea name="shownCases" label="Test cases" optional rows={2} value={input.shownCases} form={form} />
          <Select
            name="whenHidden"
            label="An answer it has when it is hidden"
            options={[
              { value: "keep", label: "is kept" },
              { value: "blank", label: "is emptied, on the record" },
              { value: "query", label: "is kept, and somebody is asked" },
            ]}
            value={input.whenHidden}
            form={form}
          />
        </Fieldset>
        <Fieldset legend="Computed">
          <TextField
            name="calculation"
            label="Formula"
            optional
            width="full"
            hint="Then nobody types it."
            value={input.calculation}
            form={form}
          />
          <TextArea
            name="calculationCases"
            label="Test cases"
            optional
            rows={2}
            value={input.calculationCases}
            form={form}
          />
        </Fieldset>
        {Array.from({ length: rows }, (_, n) => {
          const value = (part: string) => input.checks[`${n}.${part}`] ?? "";
          return (
            <Fieldset legend={value("value") === "" ? "Add a check" : `Check ${n + 1}`}>
              <div class="row">
                <Select
                  name={`checks.${n}.severity`}
                  label="Severity"
                  options={[
                    { value: "hard", label: "Hard: not accepted" },
                    { value: "soft", label: "Soft: with a reason" },
                  ]}
                  value={value("severity") || "soft"}
                  form={form}
                />
                <Select
                  name={`checks.${n}.comparator`}
                  label="Must be"
                  options={comparators}
                  value={value("comparator") || "GE"}
                  form={form}
                />
                <TextField
                  name={`checks.${n}.value`}
                  label="Value or formula"
                  optional
                  width="m"
                  value={value("value")}
                  form={form}
                />
              </div>
              <TextField
                name={`checks.${n}.message`}
                label="What the sites read"
                optional
                width="full"
                value={value("message")}
                form={form}
              />
              <TextArea
                name={`checks.${n}.cases`}
                label="Test cases of a formula"
                optional
                rows={2}
                value={value("cases")}
                form={form}
              />
            </Fieldset>
          );
        })}
        <Fieldset legend="Protection">
          <Checkbox
            name="encrypted"
            label="Encrypted under the participant's own key"
            hint="Opened only by who may open encrypted answers at that site, and each opening is recorded."
            checked={input.encrypted}
            form={form}
          />
          <Checkbox name="identifies" label="Tells who someone is" checked={input.identifies} form={form} />
          <Checkbox
            name="blinded"
            label="Tells the allocation"
            hint="Nobody blinded sees it, its history, its queries or its export."
            checked={input.blinded}
            form={form}
          />
          <Checkbox
            name="critical"
            label="Critical: always compared with its source"
            checked={input.critical}
            form={form}
          />
        </Fieldset>
        {props.editable && (
          <FormFoot>
            <Button tone="primary">Save the field</Button>
          </FormFoot>
        )}
      </Form>
      {props.editable && (
        <Panel title="Take the field out">
          <PostButton
            action={props.remove}
            tone="danger"
            fields={{ what: "entry", section: props.section, id: props.name }}
            about={props.title}
          >
            Remove the field
          </PostButton>
        </Panel>
      )}
    </Page>
  );
};

export const EventPage = (props: {
  readonly title: string;
  readonly crumbs: readonly Crumb[];
  readonly editable: boolean;
  readonly type: string;
  readonly repeating: boolean;
  readonly anchor: string;
  readonly target: string;
  readonly before: string;
  readonly after: string;
  readonly forms: readonly {
    readonly id: string;
    readonly title: string;
    readonly planned: boolean;
    readonly required: boolean;
  }[];
  readonly others: readonly { readonly value: string; readonly label: string }[];
  readonly action: string;
  readonly remove: string;
  readonly form?: FormState | undefined;
}): Html => (
  <Page
    title={props.title}
    crumbs={props.crumbs}
    lead="When it is due, and which forms are filled in."
    form={props.form}
  >
    <Form action={props.action}>
      <TextField name="name" label="Name" value={props.title} form={props.form} />
      <Select
        name="type"
        label="Kind"
        options={[
          { value: "scheduled", label: "Scheduled" },
          { value: "unscheduled", label: "Unscheduled" },
          { value: "common", label: "At any time (adverse events, medication)" },
        ]}
        value={props.type}
        form={props.form}
      />
      <Checkbox name="repeating" label="May happen several times" checked={props.repeating} form={props.form} />
      <Fieldset legend="When it is due">
        <Select
          name="anchor"
          label="Counted from"
          empty="the day of enrolment"
          options={props.others}
          value={props.anchor}
          form={props.form}
        />
        <div class="row">
          <TextField
            name="target"
            label="After"
            optional
            width="s"
            hint="P7D, P3M; empty: no window"
            value={props.target}
            form={props.form}
          />
          <TextField
            name="before"
            label="Days before"
            optional
            width="s"
            hint="P2D"
            value={props.before}
            form={props.form}
          />
          <TextField
            name="after"
            label="Days after"
            optional
            width="s"
            hint="P3D"
            value={props.after}
            form={props.form}
          />
        </div>
      </Fieldset>
      <CheckboxGroup
        name="forms"
        label="Forms"
        options={props.forms.map(({ id, title }) => ({ value: id, label: title }))}
        value={props.forms.filter(({ planned }) => planned).map(({ id }) => id)}
        form={props.form}
      />
      <CheckboxGroup
        name="required"
        label="Of these, needed for the visit to be complete"
        options={props.forms.map(({ id, title }) => ({ value: id, label: title }))}
        value={props.forms.filter(({ required }) => required).map(({ id }) => id)}
        form={props.form}
      />
      {props.editable && (
        <FormFoot>
          <Button tone="primary">Save the visit</Button>
        </FormFoot>
      )}
    </Form>
    {props.editable && (
      <Panel title="Take the visit out">
        <PostButton action={props.remove} tone="danger">
          Remove the visit
        </PostButton>
      </Panel>
    )}
  </Page>
);
