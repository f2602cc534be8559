/** What third parties ask for, who has consented, and the one download. */

import type { Signing } from "@core/module.ts";
import { SignatureField } from "@core/signature/signature-field.tsx";
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { CheckboxGroup, DateField, Form, type FormState, Select, TextArea, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { Signatures, type SignaturesProps } from "@views/signature.tsx";
import { scopes, type ThirdPartyContent, type ThirdPartyState } from "../third-party.ts";

interface Line {
  readonly trainee: string;
  /** Null: cannot be opened now. */
  readonly content: ThirdPartyContent | null;
  readonly sha256: string;
  readonly state: ThirdPartyState;
  readonly signatures: SignaturesProps["signatures"];
  readonly consentHref: string | null;
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

const Asked = ({ content, sha256 }: { content: ThirdPartyContent; sha256: string }): Html => (
  <Facts
    facts={[
      { term: "For", value: content.recipient },
      { term: "Purpose", value: content.purpose },
      { term: "Holds", value: content.scope.map((one) => scopes[one]).join("; ") },
      { term: "Until", value: content.expiresOn },
      { term: "Content", value: <code class="mono">{sha256.slice(0, 16)}</code> },
    ]}
  />
);

const One = ({ line }: { line: Line }): Html => (
  <Panel title={`About ${line.trainee}`} end={states[line.state]}>
    {line.content ? (
      <Asked content={line.content} sha256={line.sha256} />
    ) : (
      <p>What is asked for cannot be opened now.</p>
    )}
    <Signatures signatures={line.signatures} empty="Nobody has consented yet." />
    <div class="row">
      {line.consentHref && (
        <ButtonLink href={line.consentHref} tone="primary">
          Read and consent
        </ButtonLink>
      )}
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

export interface ConsentProps {
  readonly crumbs: readonly Crumb[];
  readonly trainee: string;
  readonly side: "director" | "trainee";
  /** Why there is nothing to sign. */
  readonly why: string | null;
  /** Null: cannot be opened now, so nobody can consent to it. */
  readonly content: ThirdPartyContent | null;
  readonly sha256: string;
  readonly action: string;
  readonly signing: Signing;
  readonly form?: FormState | undefined;
}

export const ConsentPage = ({
  crumbs,
  trainee,
  side,
  why,
  content,
  sha256,
  action,
  signing,
  form,
}: ConsentProps): Html => (
  <Page
    title={`Consent to a release about ${side === "trainee" ? "yourself" : trainee}`}
    crumbs={crumbs}
    lead="Both program director and trainee sign the same content. Until it has left, either of you can take it back."
    form={form}
  >
    <Panel title="What would leave, once">
      {content ? <Asked content={content} sha256={sha256} /> : <p>What is asked for cannot be opened now.</p>}
      <p class="muted">What a model wrote is never part of it, and neither is what evaluators wrote.</p>
    </Panel>
    {why && <Note>{why}</Note>}
    {!why && content && (
      <Form action={action} hidden={{ sha256 }}>
        <SignatureField signing={signing} form={form} />
        <Button tone="primary">Sign and consent</Button>
      </Form>
    )}
  </Page>
);
