/**
 * Confirmation of what cannot be undone, and signatures. The same `Confirm` stands in a dialog and on a page of its
 * own: the control that opens the dialog is a link to that page, so it works without JavaScript.
 */
import type { ButtonTone } from "./button.tsx";
import { Button, ButtonLink, Hidden } from "./button.tsx";
import type { Child, Html } from "./html.ts";

export interface ConfirmProps {
  readonly action: string;
  /** What the button does, in full: "Lock the visit". */
  readonly confirm: string;
  readonly tone?: "primary" | "danger" | undefined;
  /** Where "Cancel" leads on a page; in a dialog it closes. */
  readonly back: string;
  readonly hidden?: Readonly<Record<string, string | number>> | undefined;
  /** The object and the result, and what the act asks for: a reason, a password. */
  readonly children?: Child;
}

export const Confirm = ({ action, confirm, tone = "primary", back, hidden = {}, children }: ConfirmProps): Html => (
  <form method="post" action={action} novalidate>
    <Hidden fields={hidden} />
    {children}
    <div class="dialog-foot">
      <Button tone={tone}>{confirm}</Button>
      <a class="button" href={back}>
        Cancel
      </a>
    </div>
  </form>
);

export interface ConfirmDialogProps extends Omit<ConfirmProps, "back"> {
  readonly id: string;
  readonly title: string;
}

/** Closed until a `DialogLink` with its id is followed. The focus starts on the safe button. */
export const ConfirmDialog = ({
  id,
  title,
  action,
  confirm,
  tone = "primary",
  hidden = {},
  children,
}: ConfirmDialogProps): Html => (
  <dialog id={id} aria-labelledby={`${id}-title`}>
    <h2 id={`${id}-title`}>{title}</h2>
    <form method="post" action={action} novalidate>
      <Hidden fields={hidden} />
      {children}
      <div class="dialog-foot">
        <Button tone={tone}>{confirm}</Button>
        <button type="button" class="button" data-close autofocus>
          Cancel
        </button>
      </div>
    </form>
  </dialog>
);

export interface DialogLinkProps {
  readonly dialog: string;
  /** The page with the same question. */
  readonly href: string;
  readonly tone?: ButtonTone | undefined;
  readonly children?: Child;
}

export const DialogLink = ({ dialog, href, tone, children }: DialogLinkProps): Html => (
  <ButtonLink href={href} tone={tone} dialog={dialog}>
    {children}
  </ButtonLink>
);
