/** What happened, newest first: who did what, when, and why. */
import type { Child, Html } from "./html.ts";
import { Time } from "./time.tsx";

export interface Happening {
  readonly at: string | Date;
  /** "M. de Vries changed" + a `Change`; any markup. */
  readonly what: Child;
  readonly reason?: string | undefined;
  readonly tone?: "bad" | undefined;
}

export const Timeline = ({ happenings }: { happenings: readonly Happening[] }): Html => (
  <ol class="timeline">
    {happenings.map(({ at, what, reason, tone }) => (
      <li class={tone ? `timeline-${tone}` : null}>
        <Time at={at} show="full" />
        {what}
        {reason && `, reason: ${reason}`}
      </li>
    ))}
  </ol>
);

export interface ChangeProps {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** An old value struck out and the new one beside it, also for those who hear it. */
export const Change = ({ from, to }: ChangeProps): Html => (
  <>
    {from !== undefined && (
      <del>
        <span class="hidden-text">from </span>
        {from}
      </del>
    )}
    {from !== undefined && to !== undefined && " "}
    {to !== undefined && (
      <ins>
        <span class="hidden-text">to </span>
        {to}
      </ins>
    )}
  </>
);
