/** A form of one participant, to be filled in, completed, or read. */
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink } from "@views/button.tsx";
import { Fieldset, FormFoot, type FormState, Select, TextField } from "@views/form.tsx";
import type { Child, Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Note, Panel } from "@views/panel.tsx";
import { Time } from "@views/time.tsx";
import { EnterSaves, type SheetField, SheetFieldView } from "./field.tsx";

export interface SheetSection {
  readonly title: string;
  /** Row 2 of a repeating section. */
  readonly row: string | null;
  readonly isNew: boolean;
  readonly fields: readonly SheetField[];
}

export interface SheetPageProps {
  readonly title: string;
  readonly participant: string;
  readonly visit: string;
  readonly crumbs: readonly Crumb[];
  readonly state: "empty" | "in progress" | "complete" | "not done";
  readonly stateReason: string;
  readonly lock: string | null;
  readonly signature: {
    readonly by: string;
    readonly at: Date;
    readonly stands: boolean;
    readonly meaning: string;
  } | null;
  readonly version: string;
  readonly sections: readonly SheetSection[];
  readonly action: string | null;
  readonly quick: string | null;
  readonly notDone: string | null;
  readonly reasons: readonly string[];
  readonly notes: readonly string[];
  readonly acts: Child;
  readonly aside: Child;
  readonly saved: string | null;
  readonly next: string | null;
  readonly form?: FormState | undefined;
}

const badges = {
  empty: <Badge tone="none">Empty</Badge>,
  "in progress": <Badge tone="warn">In progress</Badge>,
  complete: <Badge tone="ok">Complete</Badge>,
  "not done": <Badge tone="plain">Not done</Badge>,
};

export const SheetPage = (props: SheetPageProps): Html => (
  <Page
    title={props.title}
    crumbs={props.crumbs}
    badge={
      <span class="row">
        {badges[props.state]}
        {props.lock && <Badge tone="locked">{props.lock === "frozen" ? "Frozen" : "Locked"}</Badge>}
        {props.signature && (
          <Badge tone={props.signature.stands ? "ok" : "bad"}>
            {props.signature.stands ? "Signed" : "Signature broken"}
          </Badge>
        )}
      </span>
    }
    lead={`${props.participant} · ${props.visit} · ${props.version}`}
    form={props.form}
    actions={props.acts}
    aside={props.aside}
  >
    {props.notes.map((note) => (
      <Note tone="warn">{note}</Note>
    ))}
    {props.state === "not done" && <Note tone="info">Not done: {props.stateReason}</Note>}
    {props.signature && (
      <Note tone={props.signature.stands ? "info" : "bad"}>
        Signed by {props.signature.by}, <Time at={props.signature.at} show="full" />: {props.signature.meaning}
        {!props.signature.stands && " An answer was changed since, so the signature no longer stands."}
      </Note>
    )}
    <form
      class="form panel"
      method="post"
      action={props.action ?? ""}
      novalidate
      data-guard={props.action && props.state === "complete" ? "" : null}
      data-draft={props.quick}
      {...(props.quick && props.state !== "complete"
        ? {
            "hx-post": props.quick,
            "hx-trigger": "change",
            "hx-target": "#main",
            "hx-select": "#main",
            "hx-swap": "outerMorph",
            "hx-sync": "this:queue last",
          }
        : {})}
    >
      {props.saved && (
        <p class="muted" role="status">
          {props.saved}
        </p>
      )}
      <EnterSaves sections={props.sections} />
      {props.sections.map((section) => (
        <section class="stack">
          <h2>
            {section.title}
            {section.row !== null && ` · ${section.isNew ? "next row" : `row ${section.row}`}`}
          </h2>
          {section.fields.map((field) => (
            <SheetFieldView field={field} form={props.form} />
          ))}
        </section>
      ))}
      {props.action && props.state === "complete" && (
        <Fieldset legend="Reason for the change" hint="This form was completed: what is changed now keeps its reason.">
          <Select
            name="reasonChoice"
            label="Reason"
            empty="Choose"
            options={props.reasons}
            error={props.form?.errors?.reason}
            form={props.form}
          />
          <TextField name="reasonText" label="Another, or more about it" optional width="full" form={props.form} />
        </Fieldset>
      )}
      {props.action && (
        <FormFoot note={props.state === "complete" ? undefined : "What you enter is saved as you go."}>
          {props.state !== "complete" && (
            <Button name="act" value="complete" tone="primary">
              Save and complete
            </Button>
          )}
          <Button name="act" value="save" tone={props.state === "complete" ? "primary" : "normal"}>
            Save
          </Button>
          {props.next && <ButtonLink href={props.next}>Next form</ButtonLink>}
        </FormFoot>
      )}
    </form>
    {props.notDone && (
      <Panel title="The form was not done">
        <form method="post" action={props.notDone} class="row">
          <TextField name="reason" label="Why not" width="l" form={props.form} />
          <Button>It was not done</Button>
        </form>
      </Panel>
    )}
  </Page>
);
