/** What acts (buttons, always in a form) and what leads on (links that look like buttons). */
import type { Child, Html } from "./html.ts";

export type ButtonTone = "primary" | "normal" | "danger" | "quiet";

export interface ButtonProps {
  readonly tone?: ButtonTone | undefined;
  readonly name?: string | undefined;
  readonly value?: string | undefined;
  readonly disabled?: boolean | undefined;
  /** Sends the form elsewhere: "save a draft" beside "save". */
  readonly action?: string | undefined;
  readonly children?: Child;
}

const look = (tone: ButtonTone = "normal") => (tone === "normal" ? "button" : `button button-${tone}`);

/** Submits the form it stands in. */
export const Button = ({ tone, name, value, disabled, action, children }: ButtonProps): Html => (
  <button type="submit" class={look(tone)} name={name} value={value} disabled={disabled} formaction={action}>
    {children}
  </button>
);

export interface ButtonLinkProps {
  readonly href: string;
  readonly tone?: ButtonTone | undefined;
  readonly download?: boolean | undefined;
  /** Opens this dialog instead, where there is JavaScript. */
  readonly dialog?: string | undefined;
  /** Where there is JavaScript it is followed at once: the page is only a step on the way. */
  readonly follow?: boolean | undefined;
  readonly children?: Child;
}

export const ButtonLink = ({ href, tone, download, dialog, follow, children }: ButtonLinkProps): Html => (
  <a class={look(tone)} href={href} download={download} data-dialog={dialog} data-follow={follow}>
    {children}
  </a>
);

/** Opens the browser's print dialog; without JavaScript it is not there (the browser's own menu is). */
export const PrintButton = ({ children = "Print" }: { children?: Child }): Html => (
  <button type="button" class="button needs-script" data-print>
    {children}
  </button>
);

export interface PasskeyButtonProps {
  /** A page that holds what the authenticator is asked, in `data-options`. */
  readonly question: string;
  /** The hidden field of the form that takes the answer. */
  readonly answer: string;
  readonly children?: Child;
}

/** Asks an authenticator, puts its answer into the form it stands in, and sends that. */
export const PasskeyButton = ({ question, answer, children }: PasskeyButtonProps): Html => (
  <>
    <button type="button" class="button needs-script" data-passkey-question={question} data-passkey-answer={answer}>
      {children}
    </button>
    <p class="error" role="alert" hidden></p>
  </>
);

export interface PostButtonProps {
  readonly action: string;
  readonly tone?: ButtonTone | undefined;
  /** Hidden fields sent along. */
  readonly fields?: Readonly<Record<string, string | number>> | undefined;
  /** Who or what it acts on, for those who hear only the button: "Remove" + "A. Okafor". */
  readonly about?: string | undefined;
  readonly children?: Child;
}

/** One act, one button, its own form. */
export const PostButton = ({ action, tone, fields = {}, about, children }: PostButtonProps): Html => (
  <form class="inline-form" method="post" action={action}>
    <Hidden fields={fields} />
    <button type="submit" class={look(tone)}>
      {children}
      {about && <span class="hidden-text"> {about}</span>}
    </button>
  </form>
);

/** Fields that are sent and not seen. */
export const Hidden = ({ fields }: { fields: Readonly<Record<string, string | number>> }): Html => (
  <>
    {Object.entries(fields).map(([name, value]) => (
      <input type="hidden" name={name} value={value} />
    ))}
  </>
);
