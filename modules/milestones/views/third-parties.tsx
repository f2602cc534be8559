/** What third parties ask for, who has consented, and the one download. */
import { Badge } from "@views/badge.tsx";
import { Button, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Checkbox, CheckboxGroup, DateField, Form, type FormState, Select, TextArea, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Facts, Panel } from "@views/panel.tsx";
import { scopes, type ThirdPartyContent, type ThirdPartyState } from "../third-party.ts";

interface Line {
  readonly trainee: string;
  /** Null: cannot be opened now. */
  readonly content: ThirdPartyContent | null;
  readonly sha256: string;
  readonly state: ThirdPartyState;
  readonly sides: readonly ("director" | "trainee")[];
  readonly consentAction: string | null;
  readonly endAction: string | null;
  readonly downloadAction: string | null;
}
export interface ThirdPartiesProps {
  readonly action: string;
  /** Null for a trainee, who asks for himself or herself. */
  readonly trainees: readonly { readonly value: string; readonly label: string }[] | null;
  readonly lines: readonly Line[];
  readonly form?: FormState | undefined;
}

const states: Readonly<Record<ThirdPartyState, Html>> = {
  waiting: <Badge tone="warn">Waits for consent</Badge>,
  ready: <Badge tone="info">Both have consented</Badge>,
  left: <Badge tone="locked">Has left</Badge>,
  ended: <Badge tone="none">Taken back</Badge>,
  expired: <Badge tone="none">Expired</Badge>,
};

export const ThirdPartiesPage = ({ action, trainees, lines, form }: ThirdPartiesProps): Html => (
  <Page
    title="Third parties"
    lead="Nothing about a trainee leaves the program unless director and trainee both consent to exactly the same content. Then it leaves once."
    form={form}
  >
    {lines.length === 0 && (
      <Panel>
        <Empty title="Nobody asked">
          A licensing board or a future employer is listed here when one of you enters it.
        </Empty>
      </Panel>
    )}
    {lines.map((line) => (
      <One line={line} />
    ))}
    <Panel title="Somebody asks for something">
      <Form action={action} panel={false}>
        {trainees && (
          <Select name="subjectId" label="Trainee" options={trainees} empty="Choose a trainee" form={form} />
        )}
        <TextField name="recipient" label="Who receives it" width="full" maxlength={300} form={form} />
        <TextArea name="purpose" label="What for" maxlength={1000} form={form} />
        <CheckboxGroup
          name="scope"
          label="What exactly"
          hint="What a model wrote can never be part of it."
          options={Object.entries(scopes).map(([value, label]) => ({ value, label }))}
          form={form}
        />
        <DateField name="expiresOn" label="Until" hint="Three months at most." form={form} />
        <Button tone="primary">Ask both for consent</Button>
      </Form>
    </Panel>
  </Page>
);

const One = ({ line }: { line: Line }): Html => (
  <Panel title={`About ${line.trainee}`} end={states[line.state]}>
    {line.content ? (
      <Facts
        facts={[
          { term: "For", value: line.content.recipient },
          { term: "Purpose", value: line.content.purpose },
          { term: "Holds", value: line.content.scope.map((one) => scopes[one]).join("; ") },
          { term: "Until", value: line.content.expiresOn },
          { term: "Consented", value: line.sides.length === 0 ? "Nobody yet" : line.sides.join(" and ") },
          { term: "Content", value: <code class="mono">{line.sha256.slice(0, 16)}</code> },
        ]}
      />
    ) : (
      <p>What is asked for cannot be opened now.</p>
    )}
    {line.consentAction && (
      <Form action={line.consentAction} panel={false} hidden={{ sha256: line.sha256 }} guard={false}>
        <Checkbox name="agree" label="I have read this and consent to exactly this" value="yes" />
        <Button tone="primary">Consent</Button>
      </Form>
    )}
    <div class="row">
      {line.downloadAction && (
        <PostButton action={line.downloadAction} tone="primary">
          Download, once
        </PostButton>
      )}
      {line.endAction && (
        <PostButton action={line.endAction} tone="quiet" about={`the release about ${line.trainee}`}>
          Take back
        </PostButton>
      )}
    </div>
  </Panel>
);
