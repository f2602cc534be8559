/** The release gate's pages: what is in force, what is tried, what was found; and the prompts. */
import { SignatureField } from "@core/signature/signature-field.tsx";
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Fieldset, Form, FormFoot, type FormState, Select, TextArea, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Facts, Note, Panel, Panels, ProgressBar } from "@views/panel.tsx";
import { DataTable, Pager } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { counted } from "../counted.ts";
import type { GateRunView, GateView, PromptsView } from "../routes/gate.ts";
import { tierInWords } from "../tier.ts";

type Run = GateView["runs"][number];

export const GatePage = (props: GateView & { readonly form?: FormState | undefined }): Html => {
  const { crumbs, action, promptAction, promptsHref, mayRun, cases, voiceCases, inForce, sets, prompts, form } = props;
  const { rules, voice } = inForce;
  return (
    <Page
      title="Release gate"
      crumbs={crumbs}
      lead="Rules, prompts and models are tried here before they may be signed. One message that would be answered less urgently than now keeps a version out."
      actions={<ButtonLink href={promptsHref}>Prompts</ButtonLink>}
      form={form}
    >
      <div class="stack">
        <Panel title="In force">
          <Facts
            facts={[
              {
                term: "Safety rules",
                value: rules.signed ? (
                  <>
                    {rules.label}, signed by {rules.signed.by} ({rules.signed.credentials})
                  </>
                ) : (
                  "None signed as they are now. The rules that Cairn brings watch every message; no model and no journey speaks."
                ),
              },
              {
                term: "Prompt and model",
                value: voice.on ? (
                  <>
                    {voice.version} with {voice.model}, signed by {voice.signed.by} ({voice.signed.credentials})
                  </>
                ) : (
                  voice.sentence
                ),
              },
            ]}
          />
        </Panel>
        {props.trial && <Trial trial={props.trial} here={action} />}
        {mayRun && (
          <Panels>
            <Panel title="Try a version of the rules">
              <p>On {cases} messages written to break the rules, and on what members wrote in the last thirty days.</p>
              {sets.length > 0 ? (
                <Form action={action}>
                  <Select name="ruleSetId" label="Version" options={sets} form={form} />
                  <Button tone="primary">Try the rules</Button>
                </Form>
              ) : (
                <p class="muted">No version was proposed yet.</p>
              )}
            </Panel>
            <Panel title="Try a prompt with the model">
              <p>
                The model is asked about {voiceCases} of those messages, and about what members who are answered by a
                model wrote lately. {props.provider ? <>It is {props.provider}.</> : props.noProvider}
              </p>
              {prompts.length > 0 && props.provider ? (
                <Form action={promptAction}>
                  <Select name="promptId" label="Prompt" options={prompts} form={form} />
                  <Button tone="primary">Try the prompt</Button>
                </Form>
              ) : (
                props.provider && (
                  <p class="muted">
                    No prompt was proposed yet. <a href={promptsHref}>Propose one</a>
                  </p>
                )
              )}
            </Panel>
          </Panels>
        )}
        <DataTable
          caption="Runs, the newest first"
          columns={[
            { key: "what", head: "What", cell: (run: Run) => <a href={run.href}>{run.what}</a> },
            { key: "passed", head: "Result", cell: (run) => <Result passed={run.passed} /> },
            { key: "cases", head: "Cases", align: "end", cell: (run) => run.cases },
            { key: "replayed", head: "Past messages", align: "end", cell: (run) => run.replayed },
            {
              key: "lowered",
              head: "Answered less urgently",
              align: "end",
              cell: (run) =>
                run.lowered.length === 0 ? "None" : run.lowered.length >= 50 ? "50 or more" : run.lowered.length,
            },
            { key: "at", head: "When", cell: (run) => <Time at={run.at} /> },
          ]}
          rows={props.runs}
          empty={<Empty title="Nothing was tried yet">Try a version here before a clinician signs it.</Empty>}
        />
        {props.pager.total > 0 && <Pager {...props.pager} />}
      </div>
    </Page>
  );
};

const Result = ({ passed }: { passed: boolean }): Html => (
  <Badge tone={passed ? "ok" : "bad"}>{passed ? "Passed" : "Not passed"}</Badge>
);

const Trial = ({ trial, here }: { trial: NonNullable<GateView["trial"]>; here: string }): Html =>
  trial.status === "given-up" ? (
    <Note tone="warn">
      <p>
        The last trial of a prompt was given up after {counted(trial.answered, "message")}: {trial.why} Nothing was
        released by it. Try again when the model answers.
      </p>
    </Note>
  ) : (
    <div
      id="trial"
      {...{
        "hx-get": here,
        "hx-trigger": "every 3s",
        "hx-select": "#trial",
        "hx-target": "#trial",
        "hx-swap": "outerHTML",
      }}
    >
      <Panel title="A prompt is being tried">
        <ProgressBar label="Messages asked about" value={trial.answered} max={trial.cases} />
        <p class="muted">
          With {trial.model}. You may leave this page. <a href={here}>Look again</a>
        </p>
      </Panel>
    </div>
  );

export const GateRunPage = (props: GateRunView & { readonly form?: FormState | undefined }): Html => {
  const { what, kind, at, cases, replayed, lowered, figures, passed, crumbs, isInForce, signing, form } = props;
  return (
    <Page title={what} crumbs={crumbs} badge={<Result passed={passed} />} form={form}>
      <div class="stack">
        <Panel title="What was tried">
          <Facts
            facts={[
              { term: "When", value: <Time at={at} show="full" /> },
              { term: "Messages of the red-team set", value: cases },
              { term: "Past messages replayed", value: replayed },
              ...(kind === "voice"
                ? [
                    { term: "Asked before the end", value: figures.asked ?? 0 },
                    {
                      term: "Replies that the checks would stop",
                      value: `${figures.faulty ?? 0}; a coach would answer instead`,
                    },
                    { term: "Harmless messages called urgent", value: figures.alarmed ?? 0 },
                    { term: "Answers that could not be read", value: figures.unreadable ?? 0 },
                  ]
                : []),
              {
                term: kind === "voice" ? "Prompt and model, SHA-256" : "Rules, SHA-256",
                value: <span class="mono">{props.sha256}</span>,
              },
            ]}
          />
          {props.promptHref && (
            <p>
              <a href={props.promptHref}>Read the prompt</a>
            </p>
          )}
        </Panel>
        <DataTable
          caption="Messages that would be answered less urgently"
          columns={[
            { key: "name", head: "Message", wrap: true, cell: (one: (typeof lowered)[number]) => one.name },
            { key: "expected", head: "Must be at least", cell: (one) => tierInWords[one.expected] },
            { key: "got", head: "Was taken for", cell: (one) => tierInWords[one.got] },
          ]}
          rows={lowered}
          empty={
            <Empty title="No message would be answered less urgently">
              Every message is answered at least as urgently as it has to be.
            </Empty>
          }
          note={
            lowered.length >= 10 && kind === "voice"
              ? "The trial stops when it is certain that it does not pass; there may be more."
              : undefined
          }
        />
        {isInForce ? (
          <Note>This is in force.</Note>
        ) : (
          kind === "voice" && props.why && <Note tone="warn">{props.why}</Note>
        )}
        {!isInForce && signing && (
          <Form action={props.action} panel>
            <TextField
              name="credentials"
              label="Your credentials"
              hint="As in the directory: MD, NP, RN, CDCES."
              width="m"
              form={form}
            />
            <SignatureField signing={signing} form={form} />
            <FormFoot>
              <Button tone="primary">Sign and release</Button>
            </FormFoot>
          </Form>
        )}
      </div>
    </Page>
  );
};

export const PromptsPage = (props: PromptsView & { readonly form?: FormState | undefined }): Html => {
  const { crumbs, action, mayWrite, adoptHref, prompts, newest, form } = props;
  return (
    <Page
      title="Prompts"
      crumbs={crumbs}
      lead="What a model is told before it reads a member's message. Cairn's lines stand in every prompt; the service may add its own."
      form={form}
    >
      <div class="stack">
        <DataTable
          caption="Versions, the newest first"
          columns={[
            {
              key: "version",
              head: "Version",
              cell: (row: PromptsView["prompts"][number]) => <a href={row.href}>{row.version}</a>,
            },
            { key: "why", head: "What changed", wrap: true, cell: (row) => row.reason },
            { key: "at", head: "Proposed", cell: (row) => <Time at={row.at} /> },
            { key: "by", head: "By", cell: (row) => row.by },
            {
              key: "state",
              head: "State",
              cell: (row) => (row.isInForce ? <Badge tone="ok">In force</Badge> : <Badge tone="none">Proposed</Badge>),
            },
          ]}
          rows={prompts}
          empty={
            <Empty
              title="No prompt yet"
              action={
                adoptHref && (
                  <PostButton action={adoptHref} tone="primary">
                    Propose the prompt that Cairn brings
                  </PostButton>
                )
              }
            >
              Begin with the prompt as Cairn brings it. No model is asked before one was tried and signed.
            </Empty>
          }
        />
        {mayWrite && (
          <Form action={action} panel guard>
            <Fieldset legend="Propose a new version">
              <TextField name="version" label="Version" width="m" form={form} />
              <TextArea
                name="words"
                label="Words of the service"
                hint="Added to Cairn's lines: the manner, what the program teaches. Nothing about a member."
                rows={6}
                maxlength={2000}
                value={newest}
                optional
                form={form}
              />
              <TextField name="reason" label="What changed and why" width="full" form={form} />
            </Fieldset>
            <FormFoot>
              <Button tone="primary">Propose</Button>
            </FormFoot>
          </Form>
        )}
      </div>
    </Page>
  );
};

interface PromptProps {
  readonly crumbs: readonly Crumb[];
  readonly version: string;
  readonly reason: string;
  readonly sha256: string;
  readonly isCurrent: boolean;
  readonly texts: readonly { readonly language: string; readonly text: string }[];
}

export const PromptPage = ({ crumbs, version, reason, sha256, isCurrent, texts }: PromptProps): Html => (
  <Page title={`Prompt ${version}`} crumbs={crumbs} lead={reason}>
    <div class="stack">
      {!isCurrent && (
        <Note tone="warn">
          Cairn's own lines have changed since this version was proposed. Propose its words again to use them.
        </Note>
      )}
      {texts.map(({ language, text }) => (
        <Panel title={`For members who read ${language}`}>
          {text.split("\n").map((line) => (
            <p>{line}</p>
          ))}
        </Panel>
      ))}
      <Panel title="Identity">
        <Facts facts={[{ term: "SHA-256", value: <span class="mono">{sha256}</span> }]} />
      </Panel>
    </div>
  </Page>
);
