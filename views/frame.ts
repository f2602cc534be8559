/**
 * What surrounds every page of a request and no page should have to pass along: the institution, the person, the
 * navigation. The kernel gives it to `renderPage`; `Page`, `Form` and `Time` pick it up.
 */
import { type Context, createContext, type FunctionComponent, h } from "preact";
import type { Html } from "./elements.ts";

export interface NavItem {
  readonly label: string;
  readonly href: string;
  /** A number to the right: open queries, unread messages. */
  readonly count?: number;
  /** What the number counts, for those who hear it: "open queries". Default "items". */
  readonly counts?: string;
}

export interface NavGroup {
  readonly title: string;
  readonly items: readonly NavItem[];
}

export interface Flash {
  readonly text: string;
  /** `ok` fades into the corner; `warn` stays in the page until the next one. */
  readonly tone?: "ok" | "warn";
}

export interface Frame {
  readonly product: string;
  readonly institution: string;
  /** The strip above everything in an environment that is not production. */
  readonly environment: string | null;
  readonly person: { readonly name: string; readonly role?: string } | null;
  readonly nav: readonly NavGroup[];
  /** The path of this request: the item of the navigation that best fits it is marked. */
  readonly path: string;
  readonly search: { readonly action: string; readonly label: string; readonly query?: string } | null;
  readonly flash: Flash | null;
  /** Seconds without a sign of life after which the session ends; null where there is no session. */
  readonly idleSeconds: number | null;
  readonly density: "compact" | "normal" | "roomy";
  readonly theme: "auto" | "light" | "dark";
  readonly lang: string;
  readonly dir: "ltr" | "rtl";
  /** IANA zone in which times are shown. */
  readonly zone: string;
  /** When the page was made: it stands on a printed copy. */
  readonly now: string | null;
}

export const emptyFrame: Frame = {
  product: "Cairn",
  institution: "",
  environment: null,
  person: null,
  nav: [],
  path: "",
  search: null,
  flash: null,
  idleSeconds: null,
  density: "normal",
  theme: "auto",
  lang: "en",
  dir: "ltr",
  zone: "UTC",
  now: null,
};

const FrameContext: Context<Frame> = createContext(emptyFrame);

/** Markup that needs to know its surroundings. */
export function inFrame(draw: (frame: Frame) => Html | null): Html {
  const consumer = FrameContext.Consumer as unknown as FunctionComponent<object>;
  return h(consumer, { children: draw } as object) as unknown as Html;
}

export function surround(page: Html, frame: Frame): Html {
  const provider = FrameContext.Provider as unknown as FunctionComponent<object>;
  return h(provider, { value: frame, children: page } as object) as unknown as Html;
}
