/** Giving a file or a signature: a page of its own, for the team and for participants. It works without scripts. */
import { Button, ButtonLink } from "@views/button.tsx";
import { Fieldset, FileField, Form, FormFoot, type FormState, Select, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page, PlainPage } from "@views/page.tsx";
import { Note, Panel } from "@views/panel.tsx";
import type { PlainLanguage } from "@views/plain-words.ts";
import type { ShownFile } from "../capture/attaching.ts";
import { accepted } from "../capture/attachment.ts";
import type { FileWords } from "../survey-words.ts";
import { KeptFile } from "./field.tsx";

export interface AttachmentProps {
  readonly title: string;
  readonly isSignature: boolean;
  readonly words: FileWords;
  readonly action: string;
  readonly back: string;
  readonly base: string;
  /** There is something that can be taken away. */
  readonly has: boolean;
  readonly now: ShownFile | null;
  /** Reasons to choose from; null: none is asked for. */
  readonly reasons: readonly string[] | null;
  readonly form?: FormState | undefined;
}

const scripts = ["signature-pad.js", "signing.js"] as const;

export const AttachmentPage = (
  props: AttachmentProps & { readonly crumbs: readonly Crumb[]; readonly lead: string },
): Html => (
  <Page
    title={props.title}
    crumbs={props.crumbs}
    lead={props.lead}
    form={props.form}
    {...(props.isSignature ? { scripts } : {})}
  >
    <Giving {...props} />
  </Page>
);

export const SurveyAttachmentPage = (props: AttachmentProps & { readonly language: PlainLanguage }): Html => (
  <PlainPage
    kind="participant"
    lang={props.language}
    title={props.title}
    form={props.form}
    {...(props.isSignature ? { scripts } : {})}
  >
    <Giving {...props} />
  </PlainPage>
);

const Giving = ({ isSignature, words, action, back, base, has, now, reasons, form, title }: AttachmentProps): Html => (
  <>
    {now && (
      <Panel title={words.now}>
        <KeptFile shown={now} label={title} />
      </Panel>
    )}
    {form?.errors?.[""] && <Note tone="bad">{form.errors[""]}</Note>}
    <Form action={action} upload guard={false}>
      <input type="hidden" name="base" value={base} />
      {isSignature ? (
        <>
          <div class="field needs-script">
            <p id="field-drawing">
              <strong>{words.draw}</strong>
            </p>
            <p class="hint">{words.drawHint}</p>
            <canvas class="signature-pad" role="img" aria-label={words.draw} />
            <input type="hidden" name="drawing" data-drawn />
            <button type="button" class="button" data-clear-drawing>
              {words.clear}
            </button>
          </div>
          <TextField
            name="typed"
            label={words.typed}
            hint={words.typedHint}
            autocomplete="name"
            spellcheck={false}
            maxlength={120}
            width="full"
            form={form}
          />
        </>
      ) : (
        <FileField name="file" label={words.choose} hint={words.hint} accept={accepted} form={form} />
      )}
      {reasons && (
        <Fieldset legend="Reason for the change" hint="This form was completed: what is changed now keeps its reason.">
          <Select
            name="reasonChoice"
            label="Reason"
            empty="Choose"
            options={reasons}
            error={form?.errors?.reason}
            form={form}
          />
          <TextField name="reasonText" label="Another, or more about it" optional width="full" form={form} />
        </Fieldset>
      )}
      <FormFoot>
        <Button name="act" value="keep" tone="primary">
          {words.keep}
        </Button>
        {has && (
          <Button name="act" value="remove">
            {words.takeAway}
          </Button>
        )}
        <ButtonLink href={back}>{words.back}</ButtonLink>
      </FormFoot>
    </Form>
  </>
);
