/** What a participant sees on a telephone: one thing at a time, in large type, in the own language, without scripts too. */
import { Button } from "@views/button.tsx";
import { FormFoot, type FormState, Select, TextField } from "@views/form.tsx";
import type { Child, Html } from "@views/html.ts";
import { PlainPage } from "@views/page.tsx";
import { Note, Panel } from "@views/panel.tsx";
import type { PlainLanguage } from "@views/plain-words.ts";
import { type SurveyWords, surveyLanguages } from "../survey-words.ts";
import { EnterSaves, type SheetField, SheetFieldView } from "./field.tsx";

interface Here {
  readonly words: SurveyWords;
  readonly language: PlainLanguage;
  readonly help: string;
  /** Where the choice of a language is posted. */
  readonly languages: string;
}

const Frame = ({
  here: { words, language, help },
  title,
  form,
  isForm = false,
  children,
}: {
  here: Here;
  title: string;
  form?: FormState | undefined;
  isForm?: boolean;
  children?: Child;
}): Html => (
  <PlainPage kind="participant" lang={language} title={title} form={form} htmx={isForm}>
    {children}
    {help && <p class="muted">{words.help(help)}</p>}
  </PlainPage>
);

export const SurveyListPage = (
  props: Here & {
    readonly lines: readonly {
      readonly title: string;
      readonly until: string;
      readonly isBegun: boolean;
      readonly action: string | null;
      readonly href: string;
    }[];
    readonly stop: string | null;
  },
): Html => {
  const { words, language } = props;
  return (
    <Frame here={props} title={words.listTitle}>
      <p>{props.lines.length === 0 ? words.nothing : words.listLead}</p>
      {props.lines.map((line) => (
        <Panel title={line.title}>
          <p>{words.until(line.until)}</p>
          {line.action ? (
            <form method="post" action={line.action}>
              <Button tone="primary">
                {words.begin}
                <span class="hidden-text">: {line.title}</span>
              </Button>
            </form>
          ) : (
            <p>
              <a class="button button-primary" href={line.href}>
                {words.goOn}
                <span class="hidden-text">: {line.title}</span>
              </a>
            </p>
          )}
        </Panel>
      ))}
      <form method="post" action={props.languages} class="row">
        <Select
          name="language"
          label={words.language}
          options={Object.entries(surveyLanguages).map(([value, label]) => ({ value, label }))}
          value={language}
        />
        <Button>OK</Button>
      </form>
      {props.stop && (
        <p>
          <a href={props.stop}>{words.optOut}</a>
        </p>
      )}
    </Frame>
  );
};

export const CodePage = (
  props: Here & {
    readonly title: string;
    readonly action: string;
    readonly again: string | null;
    readonly note: string | null;
    readonly form?: FormState | undefined;
  },
): Html => {
  const { words } = props;
  return (
    <Frame here={props} title={props.title} form={props.form}>
      {props.note && <Note>{props.note}</Note>}
      <p>{words.isBegun}</p>
      <form class="form" method="post" action={props.action} novalidate>
        <TextField
          name="code"
          label={words.code}
          hint={words.codeHint}
          autocomplete="one-time-code"
          spellcheck={false}
          width="m"
          maxlength={20}
          form={props.form}
        />
        <Button tone="primary">{words.goOn}</Button>
      </form>
      {props.again && (
        <form method="post" action={props.again}>
          <Button>{words.newCode}</Button>
        </form>
      )}
    </Frame>
  );
};

export interface SurveySection {
  readonly title: string;
  readonly row: string | null;
  readonly isNew: boolean;
  readonly fields: readonly SheetField[];
}

export const SurveyFormPage = (
  props: Here & {
    readonly title: string;
    readonly until: string;
    readonly code: string;
    readonly sections: readonly SurveySection[];
    readonly doubts: ReadonlyMap<string, string>;
    /** Fields that say, when the form is sent again: it is right like this. */
    readonly confirm: readonly string[];
    readonly action: string;
    readonly saved: boolean;
    readonly form?: FormState | undefined;
  },
): Html => {
  const { words } = props;
  return (
    <Frame here={props} title={props.title} form={props.form} isForm>
      <p>{words.until(props.until)}</p>
      <form
        class="form"
        method="post"
        action={props.action}
        novalidate
        hx-post={`${props.action}/quick`}
        hx-trigger="change"
        hx-target="#main"
        hx-select="#main"
        hx-swap="outerMorph"
        hx-sync="this:queue last"
      >
        {props.saved && (
          <p class="muted" role="status">
            {words.saved}
          </p>
        )}
        <EnterSaves sections={props.sections} />
        {props.sections.map((section) => (
          <section class="stack">
            {(props.sections.length > 1 || section.row !== null) && (
              <h2>
                {section.title}
                {section.row !== null && ` ${section.row}`}
              </h2>
            )}
            {section.fields.map((field) => (
              <SheetFieldView
                field={{ ...field, warning: props.confirm.length > 0 ? (props.doubts.get(field.id) ?? null) : null }}
                form={props.form}
                words={words.field}
              />
            ))}
          </section>
        ))}
        {props.confirm.length > 0 && (
          <>
            <Note tone="warn">{words.isRight}</Note>
            {props.confirm.map((name) => (
              <input type="hidden" name={name} value="Confirmed by the participant" />
            ))}
          </>
        )}
        <FormFoot note={words.sendNote}>
          <Button name="act" value="complete" tone="primary">
            {words.send}
          </Button>
          <Button name="act" value="later">
            {words.later}
          </Button>
        </FormFoot>
      </form>
      <Panel title={words.yourCode}>
        <p>
          <strong class="mono">{props.code}</strong>
        </p>
        <p>{words.yourCodeLead}</p>
      </Panel>
    </Frame>
  );
};

export const LaterPage = (props: Here & { readonly code: string }): Html => (
  <Frame here={props} title={props.words.laterTitle}>
    <p>{props.words.laterLead}</p>
    <Panel title={props.words.yourCode}>
      <p>
        <strong class="mono">{props.code}</strong>
      </p>
    </Panel>
  </Frame>
);

export const DonePage = (props: Here & { readonly back: string | null }): Html => (
  <Frame here={props} title={props.words.doneTitle}>
    <p>{props.words.doneLead}</p>
    {props.back && (
      <p>
        <a href={props.back}>{props.words.listTitle}</a>
      </p>
    )}
  </Frame>
);

export const StoppedPage = (props: Here & { readonly sentence: string }): Html => (
  <Frame here={props} title={props.words.listTitle}>
    <p>{props.sentence}</p>
  </Frame>
);

export const OptOutPage = (
  props: Here & { readonly action: string; readonly back: string; readonly done: boolean },
): Html => {
  const { words } = props;
  return (
    <Frame here={props} title={words.optOut}>
      <p>{props.done ? words.optedOut : words.optOutLead}</p>
      {!props.done && (
        <form method="post" action={props.action}>
          <Button tone="danger">{words.optOutSure}</Button>
        </form>
      )}
      <p>
        <a href={props.back}>{words.back}</a>
      </p>
    </Frame>
  );
};
