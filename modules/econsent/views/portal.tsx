/** Pages of a participant: one idea a screen, 18 px, 48 px controls, and the way to a question always in the same place. */

import type { ConsentScope } from "@core/module.ts";
import { Button, ButtonLink } from "@views/button.tsx";
import { Checkbox, CheckboxGroup, Form, type FormState, RadioGroup, TextArea, TextField } from "@views/form.tsx";
import type { Child, Html } from "@views/html.ts";
import { PlainPage } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { Time } from "@views/time.tsx";
import type { Choice, Comprehension, Language, Section, Term } from "../document.ts";
import type { Method } from "../identification.ts";
import { type Medium, sizeInWords } from "../medium.ts";
import type { SignerRole } from "../signers.ts";
import type { Consequence } from "../withdrawal.ts";
import type { Words } from "../words.ts";
import { FullText } from "./full-text.tsx";
import { Player } from "./media.tsx";

interface PlaceProps {
  readonly language: Language;
  readonly words: Words;
  readonly contact: string;
  readonly form?: FormState;
}
interface InsideProps extends PlaceProps {
  /** The address of this portal, before every path. */
  readonly at: string;
}

const Frame = ({
  language,
  title,
  step,
  form,
  scripts,
  children,
}: {
  language: Language;
  title: string;
  step?: string;
  form?: FormState | undefined;
  scripts?: readonly ("signing.js" | "signature-pad.js")[];
  children: Child;
}): Html => (
  <PlainPage kind="participant" lang={language} title={title} step={step} form={form} scripts={scripts}>
    {children}
  </PlainPage>
);

export interface GateProps extends InsideProps {
  readonly method: Method;
  readonly isKiosk: boolean;
  readonly isSent?: boolean;
}

export const GatePage = ({ words, language, contact, at, method, isKiosk, isSent, form }: GateProps): Html => (
  <Frame language={language} title={words.gate} form={form}>
    <p>{words.gateLead}</p>
    {method === "mail_code" ? (
      <>
        {isSent && <Note>{words.codeSent}</Note>}
        <Form action={`${at}/code/send`} guard={false} panel={false}>
          <Button tone={isSent || form ? "normal" : "primary"}>{words.sendCode}</Button>
        </Form>
      </>
    ) : (
      <Note>{isKiosk ? words.codeKiosk : words.codeTold}</Note>
    )}
    <Form action={`${at}/code`} guard={false} panel={false}>
      <TextField
        name="code"
        label={words.code}
        hint={words.codeHint}
        inputmode="numeric"
        autocomplete="one-time-code"
        width="m"
        maxlength={12}
        form={form}
      />
      <Button tone={method !== "mail_code" || isSent || form ? "primary" : "normal"}>{words.enter}</Button>
    </Form>
    <p class="muted">{words.callTeam(contact)}</p>
  </Frame>
);

export interface StartProps extends InsideProps {
  readonly title: string;
  readonly role: Exclude<SignerRole, "investigator">;
  readonly isNew: boolean;
  readonly changes: string;
}

export const StartPage = ({ words, language, contact, at, title, role, isNew, changes }: StartProps): Html => (
  <Frame language={language} title={isNew ? title : words.changed}>
    <p>{isNew ? words.welcomeLead : words.changedLead}</p>
    {isNew && <p>{words.roleLead[role]}</p>}
    {changes && (
      <Panel title={words.whatChanged}>
        <p>{changes}</p>
      </Panel>
    )}
    {isNew && (
      <ul>
        {words.welcomePoints.map((point) => (
          <li>{point}</li>
        ))}
      </ul>
    )}
    <Form action={`${at}/start`} guard={false} panel={false}>
      <Button tone="primary">{isNew ? words.begin : words.readAgain}</Button>
    </Form>
    <Ways words={words} at={at} askHref={`${at}/ask`} />
    <p class="muted">{words.callTeam(contact)}</p>
  </Frame>
);

/** In the same place on every page: asking, pausing, and saying no. */
const Ways = ({
  words,
  at,
  askHref,
  wordsHref,
  besideHref,
  backHref,
  pauses = false,
}: {
  words: Words;
  at: string;
  askHref: string;
  wordsHref?: string | null;
  besideHref?: string | null;
  backHref?: string | null;
  pauses?: boolean;
}): Html => (
  <nav class="stack" aria-label={words.ask}>
    <ButtonLink href={askHref}>{words.ask}</ButtonLink>
    {wordsHref && (
      <ButtonLink href={wordsHref} tone="quiet">
        {words.words}
      </ButtonLink>
    )}
    {besideHref && (
      <ButtonLink href={besideHref} tone="quiet">
        {words.beside}
      </ButtonLink>
    )}
    {backHref && (
      <ButtonLink href={backHref} tone="quiet">
        {words.back}
      </ButtonLink>
    )}
    {pauses && (
      <form method="post" action={`${at}/pause`}>
        <button type="submit" class="button button-quiet">
          {words.pause}
        </button>
      </form>
    )}
    <ButtonLink href={`${at}/decline`} tone="quiet">
      {words.decline}
    </ButtonLink>
  </nav>
);

export interface ScreenProps extends InsideProps {
  readonly number: number;
  readonly of: number;
  readonly backHref: string | null;
  readonly askHref: string;
  readonly wordsHref: string | null;
  readonly besideHref: string | null;
}

const Screen = ({
  screen,
  title,
  scripts,
  children,
}: {
  screen: ScreenProps;
  title: string;
  scripts?: readonly ("signing.js" | "signature-pad.js")[];
  children: Child;
}): Html => (
  <Frame
    language={screen.language}
    title={title}
    step={screen.words.step(screen.number, screen.of)}
    form={screen.form}
    {...(scripts ? { scripts } : {})}
  >
    {children}
    <Ways
      words={screen.words}
      at={screen.at}
      askHref={screen.askHref}
      wordsHref={screen.wordsHref}
      besideHref={screen.besideHref}
      backHref={screen.backHref}
      pauses
    />
  </Frame>
);

export interface ReadProps extends ScreenProps {
  readonly section: Section;
  readonly media: readonly Medium[];
  /** What this signer has asked for: it stays open. */
  readonly opened: ReadonlySet<string>;
  readonly here: string;
}

export const ReadPage = ({ section, media, opened, here, ...screen }: ReadProps): Html => (
  <Screen screen={screen} title={section.title}>
    <p>{section.summary}</p>
    <Media media={media} opened={opened} {...screen} />
    {section.full === "" ? null : opened.has(section.id) ? (
      <section class="opened" id={`opened-${section.id}`} aria-label={screen.words.fullTextOpen}>
        <h2>{screen.words.fullTextOpen}</h2>
        <FullText text={section.full} />
      </section>
    ) : (
      <Form action={`${screen.at}/open/${section.id}`} guard={false} panel={false}>
        <Button>{screen.words.fullText}</Button>
      </Form>
    )}
    <Form action={here} guard={false} panel={false}>
      <Button tone="primary">{screen.words.next}</Button>
    </Form>
  </Screen>
);

const Media = ({
  media,
  opened,
  at,
  language,
  words,
}: InsideProps & { media: readonly Medium[]; opened: ReadonlySet<string> }): Html => (
  <>
    {media.map((medium) =>
      medium.kind !== "pdf" && opened.has(medium.id) ? (
        <div class="opened" id={`opened-${medium.id}`}>
          <Player
            medium={medium}
            at={`${at}/media/${medium.id}`}
            played={`${at}/played/${medium.id}`}
            language={language}
            words={words}
          />
        </div>
      ) : (
        <Form action={`${at}/open/${medium.id}`} guard={false} panel={false}>
          <Button>{words.open[medium.kind](medium.title, sizeInWords(medium.file.bytes))}</Button>
        </Form>
      ),
    )}
  </>
);

export const BesidePage = ({
  media,
  opened,
  ...place
}: InsideProps & { media: readonly Medium[]; opened: ReadonlySet<string> }): Html => (
  <Frame language={place.language} title={place.words.beside}>
    <p>{place.words.besideLead}</p>
    <Media media={media} opened={opened} {...place} />
    <ButtonLink href={`${place.at}/next`} tone="primary">
      {place.words.goOn}
    </ButtonLink>
  </Frame>
);

export const QuizPage = ({
  question,
  here,
  explain,
  ...screen
}: ScreenProps & { question: Comprehension; here: string; explain: string | null }): Html => (
  <Screen screen={screen} title={screen.words.quiz}>
    {explain ? (
      <Note tone="warn">
        <p>
          <strong>{screen.words.notQuite}</strong> {explain}
        </p>
        <p>{screen.words.tryAgain}</p>
      </Note>
    ) : (
      <p class="muted">{screen.words.quizHint}</p>
    )}
    <Form action={here} guard={false} panel={false}>
      <RadioGroup
        name="answer"
        label={question.ask}
        options={question.options.map((label, at) => ({ value: String(at), label }))}
        form={screen.form}
      />
      <Button tone="primary">{screen.words.answer}</Button>
    </Form>
  </Screen>
);

export const TalkPage = (screen: ScreenProps): Html => (
  <Screen screen={screen} title={screen.words.talk}>
    <p>{screen.words.talkLead}</p>
    <p>{screen.words.callTeam(screen.contact)}</p>
  </Screen>
);

export const ChoicePage = ({
  choice,
  here,
  chosen,
  ...screen
}: ScreenProps & { choice: Choice; here: string; chosen: "yes" | "no" | null }): Html => (
  <Screen screen={screen} title={screen.words.choice}>
    <p>
      <strong>{choice.text}</strong>
    </p>
    <p class="muted">{screen.words.choiceHint}</p>
    <Form action={here} guard={false} panel={false}>
      <div class="stack">
        <Button name="yes" value="yes" tone={chosen === "yes" ? "primary" : "normal"}>
          {screen.words.yes}
        </Button>
        <Button name="yes" value="no" tone={chosen === "no" ? "primary" : "normal"}>
          {screen.words.no}
        </Button>
      </div>
    </Form>
  </Screen>
);

export interface SignProps extends ScreenProps {
  readonly role: Exclude<SignerRole, "investigator">;
  readonly versionNumber: number;
  readonly title: string;
  readonly digest: string;
  readonly agreements: readonly { readonly id: string; readonly text: string }[];
  readonly choices: readonly { readonly text: string; readonly yes: boolean; readonly href: string }[];
  readonly isWaiting: boolean;
}

export const SignPage = ({
  role,
  versionNumber,
  title,
  digest,
  agreements,
  choices,
  isWaiting,
  ...screen
}: SignProps): Html => {
  const { words, form } = screen;
  return (
    <Screen screen={screen} title={words.signTitle} scripts={["signature-pad.js", "signing.js"]}>
      <Note>
        <p>{words.signing(versionNumber, title)}</p>
        <p>{words.mayStop}</p>
      </Note>
      {isWaiting && <Note tone="warn">{words.questionOpen}</Note>}
      {choices.length > 0 && (
        <Panel title={words.yourChoices}>
          <ul>
            {choices.map((choice) => (
              <li>
                {choice.text}: <strong>{choice.yes ? words.yes : words.no}</strong>{" "}
                <a href={choice.href}>
                  {words.change}
                  <span class="hidden-text">: {choice.text}</span>
                </a>
              </li>
            ))}
          </ul>
        </Panel>
      )}
      <Form action={`${screen.at}/sign`} panel={false} hidden={{ version: digest }}>
        <CheckboxGroup
          name="agreed"
          label={words.agreements}
          options={agreements.map(({ id, text }) => ({ value: id, label: text }))}
          form={form}
        />
        {role === "representative" && (
          <TextField
            name="relation"
            label={words.relation}
            hint={words.relationHint}
            maxlength={80}
            width="full"
            form={form}
          />
        )}
        <TextField
          name="name"
          label={words.name}
          hint={words.nameHint}
          autocomplete="name"
          maxlength={120}
          width="full"
          spellcheck={false}
          form={form}
        />
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
        <p>{words.meaning[role]}.</p>
        <Button tone="primary">{words.sign}</Button>
      </Form>
    </Screen>
  );
};

export interface DoneProps extends InsideProps {
  readonly isWhole: boolean;
  readonly copyHref: string | null;
  readonly isKiosk: boolean;
  readonly mineHref: string | null;
}

export const DonePage = ({ words, language, at, isWhole, copyHref, isKiosk, mineHref }: DoneProps): Html => (
  <Frame language={language} title={words.doneTitle}>
    <p>{isWhole ? words.doneEffect : words.doneWaits}</p>
    <div class="stack">
      {copyHref && !isKiosk && (
        <ButtonLink href={copyHref} download>
          {words.copy}
        </ButtonLink>
      )}
      {mineHref && (
        <ButtonLink href={mineHref} tone="quiet">
          {words.mine}
        </ButtonLink>
      )}
      <form method="post" action={`${at}/finish`}>
        <button type="submit" class="button button-primary">
          {words.finish}
        </button>
      </form>
    </div>
  </Frame>
);

export const EndPage = ({
  words,
  language,
  contact,
  title,
  lead,
}: PlaceProps & { title: string; lead: string }): Html => (
  <Frame language={language} title={title}>
    <p>{lead}</p>
    <p class="muted">{words.callTeam(contact)}</p>
  </Frame>
);

export const GlossaryPage = ({ words, language, at, glossary }: InsideProps & { glossary: readonly Term[] }): Html => (
  <Frame language={language} title={words.wordsTitle}>
    <Facts stacked facts={glossary.map(({ term, meaning }) => ({ term, value: meaning }))} />
    <ButtonLink href={`${at}/next`} tone="primary">
      {words.goOn}
    </ButtonLink>
  </Frame>
);

export interface AskProps extends InsideProps {
  readonly part: string;
  readonly asked: readonly { readonly question: string; readonly reply: string | null; readonly at: Date }[];
  readonly isSent?: boolean;
}

export const AskPage = ({ words, language, contact, at, part, asked, isSent, form }: AskProps): Html => (
  <Frame language={language} title={words.askTitle} form={form}>
    {isSent && <Note>{words.askSent}</Note>}
    {asked.length > 0 && (
      <Panel title={words.asked}>
        {asked.map((one) => (
          <div>
            <p>
              <strong>{one.question}</strong>
            </p>
            <p>{one.reply ?? words.noAnswerYet}</p>
          </div>
        ))}
      </Panel>
    )}
    <Form action={`${at}/ask`} panel={false} hidden={{ part }}>
      <TextArea name="question" label={words.askText} rows={4} maxlength={2000} form={form} />
      <Checkbox name="holds" label={words.askHolds} checked form={form} />
      <Button tone="primary">{words.askSend}</Button>
    </Form>
    <div class="stack">
      <ButtonLink href={`${at}/next`}>{words.goOn}</ButtonLink>
    </div>
    <p class="muted">{words.callTeam(contact)}</p>
  </Frame>
);

export const DeclinePage = ({ words, language, at, form }: InsideProps): Html => (
  <Frame language={language} title={words.declineTitle} form={form}>
    <p>{words.declineLead}</p>
    <Form action={`${at}/decline`} guard={false} panel={false}>
      <TextArea name="reason" label={words.declineReason} optional rows={3} maxlength={1000} form={form} />
      <Button tone="danger">{words.declineSend}</Button>
    </Form>
    <div class="stack">
      <ButtonLink href={`${at}/next`}>{words.goOn}</ButtonLink>
    </div>
  </Frame>
);

export interface MineProps extends InsideProps {
  readonly isDone: boolean;
  readonly signed: readonly {
    readonly title: string;
    readonly number: number;
    readonly on: Date;
    readonly href: string;
  }[];
  readonly papers: readonly { readonly on: Date; readonly href: string }[];
  readonly stands: readonly { readonly scope: ConsentScope; readonly given: boolean }[];
  readonly newBy: string | null;
  readonly looked: readonly { readonly at: Date; readonly who: string; readonly changed: boolean }[];
  readonly mayWithdraw: boolean;
}

export const MinePage = (props: MineProps): Html => {
  const { words, language, at } = props;
  return (
    <Frame language={language} title={words.mine}>
      <p>{words.mineLead}</p>
      {props.isDone && <Note>{words.withdrawn}</Note>}
      {props.newBy && <Note tone="warn">{words.newVersionWaits(props.newBy)}</Note>}
      <Panel title={words.signed}>
        {props.signed.length === 0 && <p>{words.nothing}</p>}
        <ul>
          {props.signed.map((one) => (
            <li>
              <a href={one.href}>
                {one.title} ({one.number})
              </a>
              , <Time at={one.on} show="day" />
            </li>
          ))}
          {props.papers.map((one) => (
            <li>
              <a href={one.href} download>
                {words.paperScan}
              </a>
              , <Time at={one.on} show="day" />
            </li>
          ))}
        </ul>
      </Panel>
      {props.stands.length > 0 && (
        <Panel title={words.stands}>
          <Facts
            facts={props.stands.map(({ scope, given }) => ({
              term: words.scopes[scope],
              value: given ? words.given : words.notGiven,
            }))}
          />
        </Panel>
      )}
      {props.mayWithdraw && (
        <div class="stack">
          <ButtonLink href={`${at}/withdraw`}>{words.withdraw}</ButtonLink>
        </div>
      )}
      <Panel title={words.looked}>
        <p class="muted">{words.lookedLead}</p>
        {props.looked.length === 0 ? (
          <p>{words.nobodyLooked}</p>
        ) : (
          <ul>
            {props.looked.map((one) => (
              <li>
                <Time at={one.at} show="minute" />: {one.who} {one.changed ? words.changedIt : words.readIt}
              </li>
            ))}
          </ul>
        )}
      </Panel>
      <p class="muted">{words.callTeam(props.contact)}</p>
    </Frame>
  );
};

export const WithdrawPage = ({
  words,
  language,
  at,
  open,
  form,
}: InsideProps & { open: readonly ConsentScope[] }): Html => (
  <Frame language={language} title={words.withdraw} form={form}>
    <p>{words.withdrawLead}</p>
    <Form action={`${at}/withdraw`} method="get" panel={false}>
      <CheckboxGroup
        name="scope"
        label={words.withdrawWhat}
        options={open.map((value) => ({ value, label: words.scopes[value] }))}
        form={form}
      />
      <TextArea name="reason" label={words.withdrawReason} optional rows={3} maxlength={1000} form={form} />
      <Button tone="primary">{words.withdrawNext}</Button>
    </Form>
    <div class="stack">
      <ButtonLink href={`${at}/mine`}>{words.back}</ButtonLink>
    </div>
  </Frame>
);

export interface WithdrawSureProps extends InsideProps {
  readonly chosen: readonly ConsentScope[];
  readonly scopes: readonly ConsentScope[];
  readonly consequences: readonly Consequence[];
  readonly reason: string;
}

export const WithdrawSurePage = ({
  words,
  language,
  at,
  chosen,
  scopes,
  consequences,
  reason,
}: WithdrawSureProps): Html => (
  <Frame language={language} title={words.withdrawSure}>
    <ul>
      {consequences.map((one) => (
        <li>{words.consequences[one]}</li>
      ))}
    </ul>
    <p class="muted">{scopes.map((scope) => words.scopes[scope]).join(" · ")}</p>
    <form method="post" action={`${at}/withdraw`}>
      {chosen.map((scope) => (
        <input type="hidden" name="scope" value={scope} />
      ))}
      <input type="hidden" name="reason" value={reason} />
      <button type="submit" class="button button-danger">
        {words.withdrawNow}
      </button>
    </form>
    <div class="stack">
      <ButtonLink href={`${at}/mine`}>{words.back}</ButtonLink>
    </div>
  </Frame>
);
