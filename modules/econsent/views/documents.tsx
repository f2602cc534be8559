/** The builder: a list of documents, a version in all its parts, one form a part, and what changed between two. */
import type { Signing } from "@core/module.ts";
import { SignatureField } from "@core/signature/signature-field.tsx";
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import {
  Checkbox,
  DateField,
  Form,
  FormFoot,
  type FormState,
  NumberField,
  Select,
  TextArea,
  TextField,
} from "@views/form.tsx";
import type { Child, Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { DataTable, Filters } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { questionsAsText, sectionsAsText } from "../assent.ts";
import { differenceOf } from "../difference.ts";
import {
  type Content,
  type Language,
  languageNames,
  languages,
  mediaOf,
  optionalScopes,
  scopesInWords,
} from "../document.ts";
import type { VersionState } from "../effect.ts";
import type { Medium } from "../medium.ts";
import { FullText } from "./full-text.tsx";
import { MediumPreview, mediumKindsInWords } from "./media.tsx";

const languageOptions = languages.map((value) => ({ value, label: languageNames[value] }));
const tones = { draft: "none", "put forward": "warn", published: "info", "in force": "ok", retired: "locked" } as const;
export const StateBadge = ({ state }: { state: VersionState }): Html => <Badge tone={tones[state]}>{state}</Badge>;

export interface DocumentsProps {
  readonly mayWrite: boolean;
  readonly addAction: string;
  readonly documents: readonly {
    readonly title: string;
    readonly isMain: boolean;
    readonly newHref: string;
    readonly versions: readonly {
      readonly value: string;
      readonly label: string;
      readonly href: string;
      readonly state: VersionState;
      readonly where: readonly string[];
      readonly later: readonly string[];
      readonly asksAgain: boolean;
    }[];
  }[];
  readonly form?: FormState;
}

export const DocumentsPage = (props: DocumentsProps): Html => (
  <Page
    title="Documents"
    lead="What participants read and sign. A version is written, put forward, published by a second person, and in force at a site from its ethics approval."
    form={props.form}
  >
    {props.documents.length === 0 && (
      <Empty title="There is no document yet. Begin with the information for participants." />
    )}
    {props.documents.map(({ title, isMain, newHref, versions }) => (
      <Panel title={title} end={<Badge tone="plain">{isMain ? "Taking part" : "Beside it"}</Badge>}>
        <DataTable
          caption={`Versions of ${title}`}
          scroll={false}
          rows={versions}
          columns={[
            { key: "version", head: "Version", cell: (row) => <a href={row.href}>{row.label}</a> },
            { key: "state", head: "State", cell: (row) => <StateBadge state={row.state} /> },
            {
              key: "where",
              head: "In force at",
              wrap: true,
              cell: (row) =>
                row.where.length > 0
                  ? row.where.join(", ")
                  : row.later.length > 0
                    ? `from ${row.later.join(", ")}`
                    : "nowhere yet",
            },
            { key: "again", head: "Asks again", cell: (row) => (row.asksAgain ? "Yes" : "No") },
          ]}
        />
        {props.mayWrite && <ButtonLink href={newHref}>Begin a version or a translation</ButtonLink>}
      </Panel>
    ))}
    {props.mayWrite && (
      <Panel title="A new document">
        <Form action={props.addAction} panel={false}>
          <TextField
            name="title"
            label="Title"
            hint="As participants read it: “Information about the HORIZON study”."
            form={props.form}
          />
          <Select name="language" label="Language" options={languageOptions} form={props.form} />
          <Checkbox
            name="isMain"
            label="Signing it means taking part"
            checked
            hint="Leave it unticked for something asked beside the study, such as a substudy."
            form={props.form}
          />
          <FormFoot>
            <Button tone="primary">Begin the document</Button>
          </FormFoot>
        </Form>
      </Panel>
    )}
  </Page>
);

export interface NewVersionProps {
  readonly document: string;
  readonly crumbs: readonly Crumb[];
  readonly action: string;
  readonly next: number;
  readonly sources: readonly { readonly value: string; readonly label: string }[];
  readonly form?: FormState;
}

export const NewVersionPage = ({ document, crumbs, action, next, sources, form }: NewVersionProps): Html => (
  <Page title="A version or a translation" crumbs={crumbs} lead={document} form={form}>
    <Form action={action}>
      <Select name="from" label="Begin with the text of" options={sources} form={form} />
      <NumberField
        name="number"
        label="Version"
        hint="A translation has the number of its original."
        value={next}
        width="xs"
        form={form}
      />
      <Select name="language" label="Language" options={languageOptions} form={form} />
      <Checkbox
        name="asksAgain"
        label="Whoever agreed to an earlier version is asked again"
        hint="Tick it when the change could alter somebody's decision: risks, procedures, use of data."
        form={form}
      />
      <TextArea
        name="changes"
        label="What changed, in plain words"
        hint="Whoever is asked again reads this first."
        optional
        rows={3}
        form={form}
      />
      <FormFoot>
        <Button tone="primary">Begin</Button>
      </FormFoot>
    </Form>
  </Page>
);

interface HeadProps {
  readonly title: string;
  readonly crumbs: readonly Crumb[];
  readonly state: VersionState;
  readonly here: string;
  readonly content: Content;
  readonly ordinal: number;
  readonly language: Language;
  readonly form?: FormState;
}

export interface VersionProps extends HeadProps {
  readonly changes: string;
  readonly asksAgain: boolean;
  readonly digest: string;
  readonly isUntouched: boolean;
  readonly saved: { readonly by: string; readonly at: Date };
  readonly forward: { readonly by: string; readonly at: Date } | null;
  readonly published: { readonly by: string; readonly at: Date } | null;
  readonly retired: { readonly at: Date; readonly reason: string } | null;
  readonly lacks: readonly string[];
  readonly departures: readonly string[];
  readonly original: string | null;
  readonly mayWrite: boolean;
  readonly mayForward: boolean;
  readonly publish: { readonly why: string | null; readonly signing: Signing } | null;
  readonly approvals: readonly {
    readonly site: string;
    readonly approvedOn: string;
    readonly from: string;
    readonly reference: string;
  }[];
  readonly mayApprove: boolean;
  readonly mayRetire: boolean;
  readonly sites: readonly { readonly value: string; readonly label: string }[];
  readonly today: string;
}

const By = ({ who }: { who: { readonly by: string; readonly at: Date } }): Html => (
  <>
    {who.by}, <Time at={who.at} show="minute" />
  </>
);

export const VersionPage = (props: VersionProps): Html => {
  const { content, here, mayWrite } = props;
  const edit = (href: string, what: string): Child =>
    mayWrite && (
      <a href={href}>
        Change<span class="hidden-text"> {what}</span>
      </a>
    );
  return (
    <Page
      title={props.title}
      crumbs={props.crumbs}
      badge={<StateBadge state={props.state} />}
      form={props.form}
      actions={<ButtonLink href={`${here}/difference`}>What changed</ButtonLink>}
      aside={
        <>
          <Panel title="Where it stands">
            <Facts
              stacked
              facts={[
                { term: `Draft ${props.ordinal}`, value: <By who={props.saved} /> },
                ...(props.forward ? [{ term: "Put forward", value: <By who={props.forward} /> }] : []),
                ...(props.published ? [{ term: "Published", value: <By who={props.published} /> }] : []),
                ...(props.retired
                  ? [
                      {
                        term: "Retired",
                        value: (
                          <>
                            <Time at={props.retired.at} show="minute" />: {props.retired.reason}
                          </>
                        ),
                      },
                    ]
                  : []),
                { term: "Asks earlier participants again", value: props.asksAgain ? "Yes" : "No" },
                { term: "Digest (SHA-256)", value: <span class="mono">{props.digest.replace(/(.{8})/g, "$1 ")}</span> },
              ]}
            />
          </Panel>
          {props.published && (
            <Panel title="Ethics approvals">
              {props.approvals.length === 0 ? (
                <p>None entered yet: nobody reads this version.</p>
              ) : (
                <ul>
                  {props.approvals.map((one) => (
                    <li>
                      {one.site}: {one.reference}, approved {one.approvedOn}, in force from {one.from}
                    </li>
                  ))}
                </ul>
              )}
              {props.mayApprove && (
                <details open={props.approvals.length === 0 ? true : null}>
                  <summary>Enter an approval</summary>
                  <Form action={`${here}/approvals`} panel={false}>
                    <Select name="siteId" label="Site" empty="Every site" options={props.sites} form={props.form} />
                    <TextField name="reference" label="Reference" width="m" form={props.form} />
                    <DateField name="approvedOn" label="Approved on" value={props.today} form={props.form} />
                    <DateField name="effectiveFrom" label="In force from" value={props.today} form={props.form} />
                    <FormFoot>
                      <Button>Enter</Button>
                    </FormFoot>
                  </Form>
                </details>
              )}
              {props.mayRetire && (
                <details>
                  <summary>Retire this version</summary>
                  <Form action={`${here}/retire`} panel={false}>
                    <TextArea
                      name="reason"
                      label="Reason"
                      hint="Nobody signs a retired version. What was signed stays signed."
                      rows={2}
                      form={props.form}
                    />
                    <FormFoot>
                      <Button tone="danger">Retire</Button>
                    </FormFoot>
                  </Form>
                </details>
              )}
            </Panel>
          )}
        </>
      }
    >
      {!props.isUntouched && (
        <Note tone="bad">
          The text is not the one that was published: its digest differs. Tell the person who keeps this system.
        </Note>
      )}
      {props.lacks.length > 0 && (
        <Note tone="warn">
          <p>Before it can be put forward:</p>
          <ul>
            {props.lacks.map((one) => (
              <li>{one}</li>
            ))}
          </ul>
        </Note>
      )}
      {props.departures.length > 0 && (
        <Note tone="warn">
          <p>Compared with {props.original}:</p>
          <ul>
            {props.departures.map((one) => (
              <li>{one}</li>
            ))}
          </ul>
        </Note>
      )}
      {props.changes && (
        <Panel title="What changed, as participants read it">
          <p lang={props.language}>{props.changes}</p>
        </Panel>
      )}
      {content.sections.map((section, at) => (
        <Panel title={`${at + 1}. ${section.title}`} end={edit(`${here}/sections/${section.id}`, section.title)}>
          <div lang={props.language}>
            <p>
              <strong>{section.summary}</strong>
            </p>
            <FullText text={section.full} />
          </div>
          <Beside media={mediaOf(content, section.id)} here={here} language={props.language} mayWrite={mayWrite} />
        </Panel>
      ))}
      {mediaOf(content, null).length > 0 && (
        <Panel title="Beside the whole document">
          <Beside media={mediaOf(content, null)} here={here} language={props.language} mayWrite={mayWrite} />
        </Panel>
      )}
      {mayWrite && (
        <p class="row">
          <ButtonLink href={`${here}/sections/new`}>Add a section</ButtonLink>
          <ButtonLink href={`${here}/questions/new`}>Add a question of understanding</ButtonLink>
          <ButtonLink href={`${here}/media/new`}>Add a recording, video or PDF</ButtonLink>
          <ButtonLink href={`${here}/assents/new`}>Add a text for children</ButtonLink>
        </p>
      )}
      {(content.assents ?? []).map((assent) => (
        <Panel
          title={`For children from ${assent.from} to ${assent.to}`}
          end={edit(`${here}/assents/${assent.id}`, `the text for children from ${assent.from}`)}
        >
          <div lang={props.language}>
            {assent.sections.map((section) => (
              <>
                <h3>{section.title}</h3>
                <p>
                  <strong>{section.summary}</strong>
                </p>
                <FullText text={section.full} />
              </>
            ))}
            <ul>
              {[...assent.questions.map(({ ask }) => ask), ...assent.agreements.map(({ text }) => text)].map((line) => (
                <li>{line}</li>
              ))}
            </ul>
          </div>
        </Panel>
      ))}
      <Panel title="Words explained" end={edit(`${here}/glossary`, "words explained")}>
        {content.glossary.length === 0 ? (
          <p class="muted">None.</p>
        ) : (
          <Facts facts={content.glossary.map(({ term, meaning }) => ({ term, value: meaning }))} />
        )}
      </Panel>
      {content.questions.map((question, at) => (
        <Panel
          title={`Question of understanding ${at + 1}`}
          end={edit(`${here}/questions/${question.id}`, `question ${at + 1}`)}
        >
          <div lang={props.language}>
            <p>{question.ask}</p>
            <ul>
              {question.options.map((option, index) => (
                <li>
                  {option}
                  {index === question.right && <strong> (right)</strong>}
                </li>
              ))}
            </ul>
            <p class="muted">{question.explain}</p>
          </div>
        </Panel>
      ))}
      <Panel title="What is asked for" end={edit(`${here}/asked`, "what is asked for")}>
        <Facts
          facts={[
            {
              term: "Needed to sign",
              value:
                content.agreements.length === 0 ? (
                  "Nothing yet"
                ) : (
                  <ul lang={props.language}>
                    {content.agreements.map(({ text }) => (
                      <li>{text}</li>
                    ))}
                  </ul>
                ),
            },
            ...content.choices.map(({ scope, text }) => ({ term: `Yes or no: ${scopesInWords[scope]}`, value: text })),
          ]}
        />
      </Panel>
      {props.mayForward && props.lacks.length === 0 && (
        <PostButton action={`${here}/forward`} tone="primary">
          Put forward for publishing
        </PostButton>
      )}
      {props.publish?.why && <Note>{props.publish.why}</Note>}
      {props.publish && !props.publish.why && (
        <Panel title="Publish">
          <Form action={`${here}/publish`} panel={false} hidden={{ digest: props.digest }}>
            <SignatureField signing={props.publish.signing} form={props.form} />
            <FormFoot>
              <Button tone="primary">Publish</Button>
            </FormFoot>
          </Form>
        </Panel>
      )}
    </Page>
  );
};

const Beside = ({
  media,
  here,
  language,
  mayWrite,
}: {
  media: readonly Medium[];
  here: string;
  language: Language;
  mayWrite: boolean;
}): Html => (
  <>
    {media.map((medium) => (
      <div>
        <MediumPreview medium={medium} here={here} language={language} />
        {mayWrite && (
          <p>
            <a href={`${here}/media/${medium.id}`}>
              Change<span class="hidden-text"> {medium.title}</span>
            </a>
          </p>
        )}
      </div>
    ))}
  </>
);

export interface PartProps extends HeadProps {
  readonly part: string;
}

export const SectionPage = ({ title, crumbs, here, content, ordinal, part, form }: PartProps): Html => {
  const at = content.sections.findIndex(({ id }) => id === part);
  const section = content.sections[at];
  return (
    <Page title={section ? `Section: ${section.title}` : "A new section"} crumbs={crumbs} lead={title} form={form}>
      <Form action={`${here}/sections/${part}`} hidden={{ ordinal }}>
        <TextField
          name="title"
          label="Title"
          hint="A question people have: “What will happen to me?”"
          value={section?.title}
          width="full"
          form={form}
        />
        <TextArea
          name="summary"
          label="Summary"
          hint="Two to four short sentences. Everybody reads this."
          value={section?.summary}
          rows={4}
          form={form}
        />
        <TextArea
          name="full"
          label="Full text"
          hint="Every word the ethics committee approved. A blank line begins a paragraph; lines that begin with “- ” become a list."
          value={section?.full}
          rows={14}
          form={form}
        />
        <NumberField
          name="place"
          label="Place"
          hint="1 comes first."
          value={at >= 0 ? at + 1 : content.sections.length + 1}
          width="xs"
          form={form}
        />
        <FormFoot>
          <Button tone="primary" name="act" value="save">
            Save
          </Button>
          {section && (
            <Button tone="danger" name="act" value="remove">
              Remove this section
            </Button>
          )}
          <ButtonLink href={here} tone="quiet">
            Back
          </ButtonLink>
        </FormFoot>
      </Form>
    </Page>
  );
};

export const QuestionPage = ({ title, crumbs, here, content, ordinal, part, form }: PartProps): Html => {
  const question = content.questions.find(({ id }) => id === part);
  return (
    <Page
      title={question ? "Question of understanding" : "A new question of understanding"}
      crumbs={crumbs}
      lead={title}
      form={form}
    >
      <Form action={`${here}/questions/${part}`} hidden={{ ordinal }}>
        <TextField name="ask" label="Question" value={question?.ask} width="full" form={form} />
        <TextArea
          name="options"
          label="Answers"
          hint="One a line, two or more."
          value={question?.options}
          rows={4}
          form={form}
        />
        <NumberField
          name="right"
          label="Right answer"
          hint="The number of its line: 1 for the first."
          value={question ? question.right + 1 : null}
          width="xs"
          form={form}
        />
        <TextArea
          name="explain"
          label="Explanation"
          hint="Shown after a wrong answer, before the next try."
          value={question?.explain}
          rows={3}
          form={form}
        />
        <FormFoot>
          <Button tone="primary" name="act" value="save">
            Save
          </Button>
          {question && (
            <Button tone="danger" name="act" value="remove">
              Remove this question
            </Button>
          )}
          <ButtonLink href={here} tone="quiet">
            Back
          </ButtonLink>
        </FormFoot>
      </Form>
    </Page>
  );
};

const choiceHints = {
  samples: "Blood or tissue kept for later. With no, samples are not used.",
  recontact: "With no, nobody writes about later studies.",
  sharing: "With no, the data are left out of everything that leaves this institution.",
  contact: "Text messages and mails. With no, none are sent.",
} as const;

export const AskedPage = ({ title, crumbs, here, content, ordinal, form }: PartProps): Html => (
  <Page
    title="What is asked for"
    crumbs={crumbs}
    lead={`${title}. Choices are rules for the data: what is answered with no is left out by itself.`}
    form={form}
  >
    <Form action={`${here}/asked`} hidden={{ ordinal }}>
      <TextArea
        name="agreements"
        label="Agreements needed to sign"
        hint="One a line: “I have read the information and could ask questions.”"
        value={content.agreements.map(({ text }) => text)}
        rows={4}
        form={form}
      />
      {optionalScopes.map((scope) => (
        <TextArea
          name={scope}
          label={`Yes or no: ${scopesInWords[scope]}`}
          hint={`${choiceHints[scope]} Leave it empty when it is not asked.`}
          optional
          value={content.choices.find((choice) => choice.scope === scope)?.text}
          rows={2}
          form={form}
        />
      ))}
      <FormFoot>
        <Button tone="primary">Save</Button>
        <ButtonLink href={here} tone="quiet">
          Back
        </ButtonLink>
      </FormFoot>
    </Form>
  </Page>
);

export const GlossaryPage = ({ title, crumbs, here, content, ordinal, form }: PartProps): Html => (
  <Page title="Words explained" crumbs={crumbs} lead={title} form={form}>
    <Form action={`${here}/glossary`} hidden={{ ordinal }}>
      <TextArea
        name="glossary"
        label="Words"
        hint="One a line: “placebo: a pill without a medicine in it”. They stand on a page of their own, one touch away."
        optional
        value={content.glossary.map(({ term, meaning }) => `${term}: ${meaning}`)}
        rows={10}
        form={form}
      />
      <FormFoot>
        <Button tone="primary">Save</Button>
        <ButtonLink href={here} tone="quiet">
          Back
        </ButtonLink>
      </FormFoot>
    </Form>
  </Page>
);

export interface DifferenceProps extends HeadProps {
  readonly href: string;
  readonly others: readonly { readonly value: string; readonly label: string }[];
  readonly chosen: string;
  readonly chosenName: string | null;
  readonly before: Content | null;
  readonly after: Content;
  readonly isOtherLanguage: boolean;
}

const Difference = ({ before, after }: { before: string; after: string }): Html => (
  <p class="difference">
    {differenceOf(before, after).map(({ kind, text }) =>
      kind === "same" ? text : kind === "out" ? <del>{text}</del> : <ins>{text}</ins>,
    )}
  </p>
);

/** A document part by part, each under a name of its own, so that a moved section is not a changed one. */
function partsOf(content: Content): Map<string, { title: string; text: string }> {
  return new Map([
    ["title", { title: "Title", text: content.title }],
    ...content.sections.map(
      ({ id, title, summary, full }) =>
        [`section ${id}`, { title, text: `${title}\n\n${summary}\n\n${full}` }] as const,
    ),
    ...(content.assents ?? []).map(
      ({ id, from, to, sections, questions, agreements }) =>
        [
          `assent ${id}`,
          {
            title: `For children from ${from} to ${to}`,
            text: [sectionsAsText(sections), questionsAsText(questions), ...agreements.map(({ text }) => text)].join(
              "\n",
            ),
          },
        ] as const,
    ),
    ...(content.media ?? []).map(
      ({ id, kind, title, transcript, captions, file }) =>
        [
          `medium ${id}`,
          {
            title: mediumKindsInWords[kind],
            text: `${title}\n${file.bytes} bytes, SHA-256 ${file.sha256}\n${transcript}\n${captions}`,
          },
        ] as const,
    ),
    [
      "glossary",
      { title: "Words explained", text: content.glossary.map((one) => `${one.term}: ${one.meaning}`).join("\n") },
    ],
    ...content.questions.map(
      ({ id, ask, options, right, explain }) =>
        [
          `question ${id}`,
          {
            title: "Question of understanding",
            text: `${ask}\n${options.join("\n")}\n(right: ${right + 1})\n${explain}`,
          },
        ] as const,
    ),
    [
      "asked",
      {
        title: "What is asked for",
        text: [...content.agreements, ...content.choices].map(({ id, text }) => `${id}: ${text}`).join("\n"),
      },
    ],
  ]);
}

export const DifferencePage = (props: DifferenceProps): Html => {
  const before = partsOf(
    props.before ?? {
      ...props.after,
      media: [],
      assents: [],
      sections: [],
      questions: [],
      glossary: [],
      agreements: [],
      choices: [],
      title: "",
    },
  );
  const after = partsOf(props.after);
  const changed = [...new Set([...after.keys(), ...before.keys()])].filter(
    (key) => before.get(key)?.text !== after.get(key)?.text,
  );
  return (
    <Page
      title="What changed"
      crumbs={[...props.crumbs, { label: props.title, href: props.here }]}
      lead={
        props.chosenName
          ? `Compared with: ${props.chosenName}. Parts that differ: ${changed.length}. Taken out is struck through, put in is underlined.`
          : "There is no other version to compare with."
      }
    >
      {props.others.length > 0 && (
        <Filters action={props.href}>
          <Select name="with" label="Compare with" options={props.others} value={props.chosen} />
        </Filters>
      )}
      {props.isOtherLanguage && (
        <Note>
          The two are in different languages: the parts can be set beside each other, not compared word by word.
        </Note>
      )}
      {props.before &&
        changed.map((key) => (
          <Panel title={after.get(key)?.title ?? before.get(key)?.title}>
            <Difference before={before.get(key)?.text ?? ""} after={after.get(key)?.text ?? ""} />
          </Panel>
        ))}
      {props.before && changed.length === 0 && <Empty title="Nothing differs between the two." />}
    </Page>
  );
};
