/** The page for a refusal or a failure: what happened, in a sentence, and the way out. */
import { ButtonLink } from "./button.tsx";
import { inFrame } from "./frame.ts";
import type { Child, Html } from "./html.ts";
import { Page, PlainPage } from "./page.tsx";

export interface ProblemPageProps {
  /** "You may not open this study" */
  readonly title: string;
  /** One or two sentences: what it means and what can be done. */
  readonly sentence: string;
  readonly wayOut?: { readonly label: string; readonly href: string } | undefined;
  /** What to quote to the help desk: the request's number, never more. */
  readonly reference?: string | undefined;
  readonly children?: Child;
}

/** In the shell for someone who is signed in, plain for anyone else. */
export const ProblemPage = (props: ProblemPageProps): Html =>
  inFrame((frame) =>
    frame.person ? (
      <Page title={props.title}>
        <div class="problem">
          <Explanation {...props} />
        </div>
      </Page>
    ) : (
      <PlainPage title={props.title}>
        <Explanation {...props} />
      </PlainPage>
    ),
  );

const Explanation = ({ sentence, wayOut, reference, children }: ProblemPageProps): Html => (
  <>
    <p>{sentence}</p>
    {children}
    {wayOut && (
      <p>
        <ButtonLink href={wayOut.href} tone="primary">
          {wayOut.label}
        </ButtonLink>
      </p>
    )}
    {reference && (
      <p class="muted">
        If you ask for help, quote <code>{reference}</code>.
      </p>
    )}
  </>
);
