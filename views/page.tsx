/** The two kinds of document: a page in the shell, and a plain page for those who are outside it. */
import { type AssetName, assetUrl } from "./assets.ts";
import { ErrorSummary, type FormState, hasErrors } from "./error-summary.tsx";
import { type Flash, type Frame, inFrame, type NavGroup, surround } from "./frame.ts";
import type { Child, Html } from "./html.ts";
import { type PlainLanguage, plainWords } from "./plain-words.ts";
import { Time } from "./time.tsx";

export interface Crumb {
  readonly label: string;
  readonly href?: string | undefined;
}

export interface PageProps {
  readonly title: string;
  /** The way here, without this page: its title is added. */
  readonly crumbs?: readonly Crumb[] | undefined;
  /** The state of the thing, beside its name. */
  readonly badge?: Child;
  /** One sentence under the title. */
  readonly lead?: Child;
  /** Secondary actions, then at most one primary. */
  readonly actions?: Child;
  readonly primary?: Child;
  readonly tabs?: Child;
  /** The answer to a form that was refused: its problems are listed first and named in the title. */
  readonly form?: FormState | undefined;
  /** Panels beside the content: history, a query's thread, help. Below it under 1180 px. */
  readonly aside?: Child;
  /** Files besides the house's own that this page alone loads. */
  readonly scripts?: readonly AssetName[] | undefined;
  readonly children?: Child;
}

/** Addresses of the kernel's own. */
const ACCOUNT = "/account";
const SIGN_OUT = "/sign-out";
const STAY = "/account/stay";

const HTMX = JSON.stringify({ noSwap: [204, 304, "5xx"], includeIndicatorCSS: false, extensions: "none", prefix: "" });

export const Page = (props: PageProps): Html =>
  inFrame((frame) => (
    <Document title={titleOf(props.title, props.form)} frame={frame} htmx scripts={props.scripts}>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <TopBar frame={frame} />
      <div class={frame.nav.length > 0 ? "shell" : "shell shell-bare"}>
        <main id="main" tabindex="-1">
          {props.crumbs && props.crumbs.length > 0 && <Crumbs crumbs={props.crumbs} here={props.title} />}
          <div class="title-row">
            <h1>{props.title}</h1>
            {props.badge}
            {(props.actions || props.primary) && (
              <div class="title-actions">
                {props.actions}
                {props.primary}
              </div>
            )}
          </div>
          {props.lead && <p class="lead">{props.lead}</p>}
          {props.tabs}
          <StandingFlash flash={frame.flash} />
          <ErrorSummary form={props.form} />
          {props.aside ? (
            <div class="columns">
              <div class="column-main">{props.children}</div>
              <div class="column-aside">{props.aside}</div>
            </div>
          ) : (
            props.children
          )}
        </main>
        {frame.nav.length > 0 && <Navigation nav={frame.nav} path={frame.path} />}
      </div>
      <PassingFlash flash={frame.flash} />
      <PrintFoot frame={frame} />
    </Document>
  ));

export interface PlainPageProps {
  readonly title: string;
  /** `narrow` for sign-in and problems; `participant` for people who are not staff: larger type, 48 px controls. */
  readonly kind?: "narrow" | "participant" | undefined;
  /** "Step 3 of 4", above the title. */
  readonly step?: string | undefined;
  readonly form?: FormState | undefined;
  /** The language of the page, when it is not the house's own: "es". */
  readonly lang?: PlainLanguage | undefined;
  /** Files besides the house's own that this page alone loads. */
  readonly scripts?: readonly AssetName[] | undefined;
  /** With htmx, for a form that is saved as one goes. */
  readonly htmx?: boolean | undefined;
  readonly children?: Child;
}

export const PlainPage = ({
  title,
  kind = "narrow",
  step,
  form,
  lang = "en",
  scripts,
  htmx = false,
  children,
}: PlainPageProps): Html =>
  inFrame((outer) => {
    const frame = { ...outer, lang };
    return surround(
      <Document title={titleOf(title, form, lang)} frame={frame} htmx={htmx} scripts={scripts}>
        <a class="skip" href="#main">
          {plainWords[lang].skip}
        </a>
        <header class="plain-header">
          <EnvironmentStrip frame={frame} />
          <p class="plain-brand">
            <strong>{frame.institution || frame.product}</strong>
            {frame.institution && kind === "narrow" && <span>{frame.product}</span>}
          </p>
        </header>
        <main id="main" class={`plain plain-${kind}`} tabindex="-1">
          {step && <p class="step">{step}</p>}
          <h1>{title}</h1>
          <StandingFlash flash={frame.flash} />
          <ErrorSummary form={form} lang={lang} />
          {children}
        </main>
        <PassingFlash flash={frame.flash} />
      </Document>,
      frame,
    );
  });

interface DocumentProps {
  readonly title: string;
  readonly frame: Frame;
  readonly htmx?: boolean;
  readonly scripts?: readonly AssetName[] | undefined;
  readonly children?: Child;
}

const Document = ({ title, frame, htmx = false, scripts = [], children }: DocumentProps): Html => (
  <html
    lang={frame.lang}
    dir={frame.dir}
    data-density={frame.density === "normal" ? null : frame.density}
    data-theme={frame.theme === "auto" ? null : frame.theme}
  >
    <head>
      <meta charset="utf-8" />
      <title>{[title, frame.institution, frame.product].filter(Boolean).join(" – ")}</title>
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content={frame.theme === "auto" ? "light dark" : frame.theme} />
      <meta name="referrer" content="same-origin" />
      {htmx && <meta name="htmx-config" content={HTMX} />}
      <link rel="icon" href={assetUrl("icon.svg")} type="image/svg+xml" />
      <link rel="stylesheet" href={assetUrl("app.css")} />
      {htmx && <script src={assetUrl("htmx.js")} defer />}
      <script src={assetUrl("app.js")} defer />
      {scripts.map((name) => (
        <script src={assetUrl(name)} defer />
      ))}
    </head>
    <body data-idle={frame.idleSeconds}>
      {children}
      {frame.idleSeconds !== null && <SessionWarning />}
      <div id="live" class="hidden-text" role="status" aria-live="polite" />
    </body>
  </html>
);

/** Two minutes before the session ends, and what was entered is kept (app.js). */
const SessionWarning = (): Html => (
  <dialog id="session" aria-labelledby="session-title">
    <h2 id="session-title">Your session is about to end</h2>
    <p>Nothing has been sent for a while. You will be signed out in two minutes to protect what is on this screen.</p>
    <form class="dialog-foot" method="post" action={STAY}>
      <button type="submit" class="button button-primary" autofocus>
        Stay signed in
      </button>
    </form>
  </dialog>
);

/** On paper: whose copy this is, and of when. */
const PrintFoot = ({ frame }: { frame: Frame }): Html => (
  <p class="print-foot">
    {[frame.product, frame.institution].filter(Boolean).join(", ")}
    {frame.person && `. Printed by ${frame.person.name}`}
    {frame.now && ", "}
    {frame.now && <Time at={frame.now} show="full" />}. Check the record itself before you rely on a copy.
  </p>
);

const EnvironmentStrip = ({ frame }: { frame: Frame }): Html | null =>
  frame.environment ? <div class="environment">{frame.environment}</div> : null;

const TopBar = ({ frame }: { frame: Frame }): Html => (
  <header class="top">
    <EnvironmentStrip frame={frame} />
    <div class="bar">
      <a class="bar-product" href="/">
        <Mark />
        {frame.product}
      </a>
      <span class="bar-institution">{frame.institution}</span>
      <div class="bar-end">
        {frame.search && (
          <search class="bar-search">
            <form action={frame.search.action} method="get">
              <label class="hidden-text" for="search">
                {frame.search.label}
              </label>
              <input
                id="search"
                name="q"
                type="search"
                placeholder="Search  /"
                value={frame.search.query}
                autocomplete="off"
              />
            </form>
          </search>
        )}
        {frame.person && (
          <details class="person">
            <summary>{frame.person.name}</summary>
            <div class="person-menu">
              {frame.person.role && <p>{frame.person.role}</p>}
              <a href={ACCOUNT}>Your account</a>
              <form method="post" action={SIGN_OUT}>
                <button type="submit">Sign out</button>
              </form>
            </div>
          </details>
        )}
        {frame.nav.length > 0 && (
          <a class="bar-menu" href="#nav">
            Menu
          </a>
        )}
      </div>
    </div>
  </header>
);

/** Three stones, one on the other: what a path is marked with. */
const Mark = (): Html => (
  <svg class="mark" viewBox="0 0 24 24" aria-hidden focusable="false">
    <ellipse cx="12" cy="5" rx="3.6" ry="2.5" />
    <ellipse cx="12.6" cy="11.2" rx="6" ry="2.8" />
    <ellipse cx="11.6" cy="18.6" rx="9.6" ry="3.8" />
  </svg>
);

const Navigation = ({ nav, path }: { nav: readonly NavGroup[]; path: string }): Html => {
  const current = bestFit(nav, path);
  return (
    <nav id="nav" class="navigation" aria-label="Main" tabindex="-1">
      {nav.map((group, at) => (
        <>
          <h2 id={`nav-${at}`}>{group.title}</h2>
          <ul aria-labelledby={`nav-${at}`}>
            {group.items.map((item) => (
              <li>
                <a href={item.href} aria-current={item.href === current ? "page" : null}>
                  {item.label}
                  {item.count !== undefined && (
                    <span class="count">
                      {item.count}
                      <span class="hidden-text"> {item.counts ?? "items"}</span>
                    </span>
                  )}
                </a>
              </li>
            ))}
          </ul>
        </>
      ))}
    </nav>
  );
};

/** The longest address in the navigation that this path is at or under. */
function bestFit(nav: readonly NavGroup[], path: string): string | undefined {
  return nav
    .flatMap((group) => group.items.map((item) => item.href))
    .filter((href) => path === href || path.startsWith(href.endsWith("/") ? href : `${href}/`))
    .sort((a, b) => b.length - a.length)[0];
}

const Crumbs = ({ crumbs, here }: { crumbs: readonly Crumb[]; here: string }): Html => (
  <nav class="crumbs" aria-label="Breadcrumb">
    <ol>
      {crumbs.map(({ label, href }) => (
        <li>{href ? <a href={href}>{label}</a> : label}</li>
      ))}
      <li aria-current="page">{here}</li>
    </ol>
  </nav>
);

const StandingFlash = ({ flash }: { flash: Flash | null }): Html | null =>
  flash?.tone === "warn" ? (
    <div class="note note-warn" role="status">
      <p>{flash.text}</p>
    </div>
  ) : null;

const PassingFlash = ({ flash }: { flash: Flash | null }): Html => (
  <div id="toasts" role="status">
    {flash && flash.tone !== "warn" && <p class="toast">{flash.text}</p>}
  </div>
);

function titleOf(title: string, form: FormState | undefined, lang: PlainLanguage = "en"): string {
  return hasErrors(form) ? `${plainWords[lang].notSaved}: ${title}` : title;
}
