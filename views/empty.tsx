/** Where nothing is yet: one sentence on what belongs here, one on why it is empty, one thing to do. */
import type { Child, Html } from "./html.ts";

export interface EmptyProps {
  readonly title: string;
  readonly children?: Child;
  /** One `ButtonLink`. */
  readonly action?: Child;
}

export const Empty = ({ title, children, action }: EmptyProps): Html => (
  <div class="empty">
    <h2>{title}</h2>
    {children && <p>{children}</p>}
    {action && <p class="empty-action">{action}</p>}
  </div>
);
