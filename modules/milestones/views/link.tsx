/** What someone without an account sees: large, short, and done in half a minute. */
import { Button } from "@views/button.tsx";
import { Form, type FormState, TextArea, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { PlainPage } from "@views/page.tsx";
import { Note } from "@views/panel.tsx";
import { Agree } from "./agree.tsx";
import { LevelChoice } from "./level-choice.tsx";
import { WordingHints } from "./wording.tsx";

export interface LinkFormProps {
  readonly trainee: string;
  readonly program: string;
  readonly rotation: string;
  readonly action: string;
  readonly isGrouped: boolean;
  readonly asksName: boolean;
  /** The program confirms who answered before it counts. */
  readonly waits: boolean;
  readonly narrativeQuestion: string;
  readonly levels: readonly { readonly name: string; readonly code: string; readonly question: string }[];
  readonly plain: readonly { readonly name: string; readonly question: string }[];
  readonly form?: FormState | undefined;
}

export const LinkFormPage = (props: LinkFormProps): Html => (
  <PlainPage title={`How did ${props.trainee} do?`} kind="participant" form={props.form}>
    <p>
      {props.rotation}, {props.program}. No account is needed; leave out what you did not see.
    </p>
    {props.isGrouped && (
      <Note>
        Your answers are anonymous to the trainee: they are shown only together with others', and your words only to the
        program's director and committee.
      </Note>
    )}
    {props.waits && (
      <Note>
        The trainee asked you, not the program. The program confirms with you that it was you who answered before it
        counts.
      </Note>
    )}
    <Form action={props.action} guard={false}>
      {props.levels.map(({ name, code, question }) => (
        <LevelChoice name={name} code={code} title={question} value={null} mayBeUnobserved form={props.form} />
      ))}
      {props.plain.map(({ name, question }) => (
        <Agree name={name} question={question} value="" form={props.form} />
      ))}
      <TextArea
        name="narrative"
        label={props.narrativeQuestion}
        optional
        hint={
          props.isGrouped
            ? "Do not write your name. Stored sealed."
            : "Stored sealed. The trainee reads it, with your name."
        }
        rows={3}
        maxlength={8000}
        form={props.form}
      />
      <WordingHints form={props.form} />
      {props.asksName && (
        <TextField name="name" label="Your name" autocomplete="name" width="full" maxlength={200} form={props.form} />
      )}
      <Button tone="primary">Send</Button>
    </Form>
  </PlainPage>
);

export const LinkDonePage = ({ isLate }: { isLate: boolean }): Html =>
  isLate ? (
    <PlainPage title="This link has expired" kind="participant">
      <p>Nothing can be sent with it any more. Whoever asked you can send a new one.</p>
    </PlainPage>
  ) : (
    <PlainPage title="Thank you" kind="participant">
      <p>Your answers have arrived. You can close this page.</p>
    </PlainPage>
  );
