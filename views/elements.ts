/**
 * What may be written in JSX here: the elements we use, the attributes each of them has, and what may stand between
 * their tags. The list is short on purpose. An element or attribute that is missing is added here, with its real type;
 * event handlers, `style`, and markup from strings are missing for good (the content security policy has no place for
 * them).
 */

declare const markup: unique symbol;

/** A piece of markup. Only JSX makes one, so no object of another kind can pass for it. */
export interface Html {
  readonly [markup]: true;
}

/** What may stand between two tags. No Date, no Promise, no plain object, no sealed value: say first what it reads as. */
export type Child = string | number | Html | null | undefined | false | readonly Child[];

type Maybe<T> = T | null | undefined;
type Text = Maybe<string>;
type Count = Maybe<number | `${number}`>;
type Flag = Maybe<boolean>;

type Role =
  | "alert"
  | "alertdialog"
  | "button"
  | "cell"
  | "columnheader"
  | "dialog"
  | "group"
  | "img"
  | "list"
  | "listitem"
  | "log"
  | "meter"
  | "navigation"
  | "none"
  | "note"
  | "presentation"
  | "progressbar"
  | "radiogroup"
  | "region"
  | "row"
  | "rowgroup"
  | "rowheader"
  | "search"
  | "separator"
  | "status"
  | "table";

interface Aria {
  "aria-atomic"?: Flag;
  "aria-busy"?: Flag;
  "aria-controls"?: Text;
  "aria-current"?: Maybe<"page" | "step" | "location" | "date" | "time" | "true">;
  "aria-describedby"?: Text;
  "aria-disabled"?: Flag;
  "aria-expanded"?: Flag;
  "aria-haspopup"?: Maybe<"dialog" | "menu">;
  "aria-hidden"?: Flag;
  "aria-invalid"?: Flag;
  "aria-label"?: Text;
  "aria-labelledby"?: Text;
  "aria-live"?: Maybe<"polite" | "assertive" | "off">;
  "aria-required"?: Flag;
  "aria-roledescription"?: Text;
  "aria-sort"?: Maybe<"ascending" | "descending" | "none">;
  "aria-valuemax"?: Count;
  "aria-valuemin"?: Count;
  "aria-valuenow"?: Count;
  "aria-valuetext"?: Text;
}

type Swap = "innerHTML" | "outerHTML" | "innerMorph" | "outerMorph" | "beforeend" | "afterbegin" | "delete" | "none";

/** The twelve htmx attributes of the house. `guard.ts` refuses every other at run time, where types cannot see it. */
interface Htmx {
  "hx-get"?: Text;
  "hx-post"?: Text;
  "hx-target"?: Text;
  "hx-select"?: Text;
  "hx-swap"?: Maybe<Swap | `${Swap} ${string}`>;
  "hx-trigger"?: Text;
  "hx-push-url"?: Text;
  "hx-disable"?: Text;
  "hx-sync"?: Text;
  "hx-indicator"?: Text;
  "hx-confirm"?: Text;
  "hx-headers"?: Text;
}

interface Global extends Aria, Htmx {
  children?: Child;
  class?: Text;
  dir?: Maybe<"ltr" | "rtl" | "auto">;
  hidden?: Flag;
  id?: Text;
  inert?: Flag;
  lang?: Text;
  role?: Maybe<Role>;
  spellcheck?: Flag;
  tabindex?: Count;
  title?: Text;
  translate?: Maybe<"yes" | "no">;
}

/** An element with nothing inside. */
interface Void extends Global {
  children?: never;
}

interface Anchor extends Global {
  href: string;
  download?: Maybe<string | boolean>;
  hreflang?: Text;
  rel?: Text;
  target?: Maybe<"_blank" | "_self">;
}

interface Button extends Global {
  type: "submit" | "button" | "reset";
  autofocus?: Flag;
  disabled?: Flag;
  form?: Text;
  formaction?: Text;
  formmethod?: Maybe<"get" | "post" | "dialog">;
  formnovalidate?: Flag;
  name?: Text;
  value?: Maybe<string | number>;
}

/** Nothing is loaded before somebody asks for it. */
interface Player extends Global {
  src: string;
  controls: true;
  preload: "none" | "metadata";
}

interface Control {
  autocomplete?: Text;
  autofocus?: Flag;
  disabled?: Flag;
  form?: Text;
  name?: Text;
  required?: Flag;
}

interface Input extends Void, Control {
  type:
    | "checkbox"
    | "date"
    | "email"
    | "file"
    | "hidden"
    | "number"
    | "password"
    | "radio"
    | "search"
    | "tel"
    | "text"
    | "time"
    | "url";
  accept?: Text;
  autocapitalize?: Maybe<"off" | "words" | "sentences" | "characters">;
  capture?: Maybe<"user" | "environment">;
  checked?: Flag;
  enterkeyhint?: Maybe<"done" | "go" | "next" | "search" | "send">;
  inputmode?: Maybe<"decimal" | "email" | "none" | "numeric" | "search" | "tel" | "text" | "url">;
  list?: Text;
  max?: Maybe<string | number>;
  maxlength?: Count;
  min?: Maybe<string | number>;
  minlength?: Count;
  multiple?: Flag;
  pattern?: Text;
  placeholder?: Text;
  readonly?: Flag;
  size?: Count;
  step?: Maybe<string | number>;
  value?: Maybe<string | number>;
}

interface TextArea extends Global, Control {
  cols?: Count;
  maxlength?: Count;
  minlength?: Count;
  placeholder?: Text;
  readonly?: Flag;
  rows?: Count;
}

interface Select extends Global, Control {
  multiple?: Flag;
  size?: Count;
}

interface Form extends Global {
  action?: Text;
  autocomplete?: Maybe<"on" | "off">;
  enctype?: Maybe<"multipart/form-data" | "application/x-www-form-urlencoded">;
  method?: Maybe<"get" | "post" | "dialog">;
  novalidate?: Flag;
}

interface Cell extends Global {
  colspan?: Count;
  headers?: Text;
  rowspan?: Count;
}

interface Svg extends Global {
  "clip-path"?: Text;
  cx?: Count;
  cy?: Count;
  d?: Text;
  dx?: Maybe<string | number>;
  dy?: Maybe<string | number>;
  focusable?: Maybe<"false">;
  height?: Maybe<string | number>;
  points?: Text;
  preserveAspectRatio?: Text;
  r?: Count;
  rx?: Count;
  ry?: Count;
  "text-anchor"?: Maybe<"start" | "middle" | "end">;
  "dominant-baseline"?: Maybe<"auto" | "middle" | "central" | "hanging">;
  transform?: Text;
  viewBox?: Text;
  width?: Maybe<string | number>;
  x?: Count;
  x1?: Count;
  x2?: Count;
  y?: Count;
  y1?: Count;
  y2?: Count;
}

interface Elements {
  a: Anchor;
  abbr: Global;
  address: Global;
  article: Global;
  aside: Global;
  audio: Player;
  b: Global;
  blockquote: Global;
  body: Global;
  br: Void;
  button: Button;
  canvas: Global & { width?: Count; height?: Count };
  caption: Global;
  cite: Global;
  code: Global;
  col: Void & { span?: Count };
  colgroup: Global & { span?: Count };
  datalist: Global;
  dd: Global;
  del: Global & { datetime?: Text };
  details: Global & { open?: Flag; name?: Text };
  dfn: Global;
  dialog: Global & { open?: Flag };
  div: Global;
  dl: Global;
  dt: Global;
  em: Global;
  fieldset: Global & { disabled?: Flag; name?: Text };
  figcaption: Global;
  figure: Global;
  footer: Global;
  form: Form;
  h1: Global;
  h2: Global;
  h3: Global;
  h4: Global;
  head: Global;
  header: Global;
  hr: Void;
  html: Global;
  i: Global;
  img: Void & {
    src: string;
    alt: string;
    width?: Count;
    height?: Count;
    loading?: Maybe<"lazy" | "eager">;
    decoding?: Maybe<"async">;
  };
  input: Input;
  ins: Global & { datetime?: Text };
  kbd: Global;
  label: Global & { for?: Text };
  legend: Global;
  li: Global & { value?: Count };
  link: Void & { rel: string; href: string; type?: Text; media?: Text };
  main: Global;
  mark: Global;
  meta: Void & { charset?: "utf-8"; name?: Text; content?: Text };
  meter: Global & { min?: Count; max?: Count; low?: Count; high?: Count; optimum?: Count; value: number };
  nav: Global;
  ol: Global & { start?: Count; reversed?: Flag; type?: Maybe<"1" | "a" | "A" | "i" | "I"> };
  optgroup: Global & { label: string; disabled?: Flag };
  option: Global & { value?: Maybe<string | number>; selected?: Flag; disabled?: Flag; label?: Text };
  output: Global & { for?: Text; name?: Text };
  p: Global;
  pre: Global;
  progress: Global & { max?: Count; value?: Count };
  q: Global;
  s: Global;
  samp: Global;
  script: Global & { src: string; defer: true; children?: never };
  search: Global;
  section: Global;
  select: Select;
  small: Global;
  span: Global;
  strong: Global;
  sub: Global;
  summary: Global;
  sup: Global;
  table: Global;
  tbody: Global;
  td: Cell;
  textarea: TextArea;
  tfoot: Global;
  th: Cell & { scope: "col" | "row" | "colgroup" | "rowgroup"; abbr?: Text };
  thead: Global;
  time: Global & { datetime: string };
  title: Global;
  tr: Global;
  track: Void & { kind: "captions"; src: string; srclang: string; label?: Text; default?: Flag };
  u: Global;
  ul: Global;
  var: Global;
  video: Player & { width?: Count; height?: Count };
  wbr: Void;

  circle: Svg;
  desc: Svg;
  ellipse: Svg;
  g: Svg;
  line: Svg;
  path: Svg;
  polygon: Svg;
  polyline: Svg;
  rect: Svg;
  svg: Svg;
  text: Svg;
  tspan: Svg;
}

/** The names TypeScript looks up when it checks JSX. */
export declare namespace JSX {
  type Element = Html;
  type ElementType = keyof Elements | ((props: never) => Html | null);
  interface ElementChildrenAttribute {
    children: unknown;
  }
  interface IntrinsicAttributes {
    key?: string | number;
  }
  interface IntrinsicElements extends Elements {}
}
