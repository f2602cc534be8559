/** Boxes: a panel for each thing on a page, a note for what must be read first. */
import type { Child, Html } from "./html.ts";

export interface PanelProps {
  readonly title?: string | undefined;
  /** To the right of the title: a badge or a link. */
  readonly end?: Child;
  readonly children?: Child;
}

export const Panel = ({ title, end, children }: PanelProps): Html => (
  <section class="panel">
    {title && (
      <div class="panel-head">
        <h2>{title}</h2>
        {end}
      </div>
    )}
    {children}
  </section>
);

/** Panels side by side where there is room. */
export const Panels = ({ children }: { children?: Child }): Html => <div class="panels">{children}</div>;

export interface NoteProps {
  readonly tone?: "info" | "warn" | "bad" | undefined;
  readonly children?: Child;
}

export const Note = ({ tone = "info", children }: NoteProps): Html => (
  <div class={tone === "info" ? "note" : `note note-${tone}`}>
    {typeof children === "string" ? <p>{children}</p> : children}
  </div>
);

export interface Fact {
  readonly term: string;
  readonly value: Child;
}

export interface FactsProps {
  readonly facts: readonly Fact[];
  /** The term above its value: in narrow panels. */
  readonly stacked?: boolean | undefined;
}

/** What is known about one thing. */
export const Facts = ({ facts, stacked = false }: FactsProps): Html => (
  <dl class={stacked ? "facts facts-stacked" : "facts"}>
    {facts.map(({ term, value }) => (
      <div>
        <dt>{term}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
);

export interface Figure {
  readonly label: string;
  readonly value: string | number;
  /** "of 214" */
  readonly of?: string | undefined;
  /** The list that it counts. */
  readonly href?: string | null | undefined;
}

/** Three to six numbers that say how things stand. */
export const Figures = ({ figures }: { figures: readonly Figure[] }): Html => (
  <dl class="figures">
    {figures.map(({ label, value, of, href }) => (
      <div>
        <dt>{label}</dt>
        <dd>
          {href ? <a href={href}>{value}</a> : value}
          {of && <small> {of}</small>}
        </dd>
      </div>
    ))}
  </dl>
);

export interface ProgressBarProps {
  /** "Baseline forms" */
  readonly label: string;
  readonly value: number;
  readonly max: number;
  /** Instead of "18 of 24". */
  readonly text?: string | undefined;
}

export const ProgressBar = ({ label, value, max, text }: ProgressBarProps): Html => (
  <div class="progress">
    <progress value={value} max={Math.max(max, 1)} aria-label={label} />
    <span>{text ?? `${value} of ${max}`}</span>
  </div>
);
