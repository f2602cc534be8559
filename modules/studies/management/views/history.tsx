/** Beside a thing: what became of it, newest first, and the signatures it bears. */
import type { GivenSignature } from "@core/module.ts";
import type { Child, Html } from "@views/html.ts";
import { Panel } from "@views/panel.tsx";
import { Signatures } from "@views/signature.tsx";
import { Timeline } from "@views/timeline.tsx";

export interface Happening {
  readonly at: Date;
  readonly what: string;
  readonly reason?: string | null;
}
export interface HistoryProps {
  readonly title?: string;
  readonly happened: readonly Happening[];
  readonly signatures: readonly GivenSignature[];
  /** When nothing has happened yet. */
  readonly empty?: Child;
}
export const History = ({ title = "What happened", happened, signatures, empty }: HistoryProps): Html => (
  <Panel title={title}>
    {happened.length === 0 && empty && <p>{empty}</p>}
    <Timeline happenings={happened.map(({ at, what, reason }) => ({ at, what, ...(reason ? { reason } : {}) }))} />
    {signatures.length > 0 && <Signatures signatures={signatures} empty="" />}
  </Panel>
);
