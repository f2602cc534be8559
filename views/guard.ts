/**
 * The last look at every element before it is rendered. Types refuse most of this while it is written; the guard
 * refuses it where types cannot see: spread attributes, hyphenated names, addresses that come from data.
 *
 * Its messages name the element and the attribute and never the value, which may be a patient's.
 */
import { Fragment, isValidElement, type VNode } from "preact";

/** Markup that the house rules forbid. A programming error, not a person's. */
export class Unrenderable extends Error {
  override name = "Unrenderable";
}

const KNOWN_HTMX = new Set(
  "get post target select swap trigger push-url disable sync indicator confirm headers"
    .split(" ")
    .map((n) => `hx-${n}`),
);

/** Elements that run, frame or restyle: the policy blocks them, so their presence is a mistake. */
const REFUSED_ELEMENTS = new Set(["base", "embed", "frame", "iframe", "math", "object", "style", "template", "use"]);

/** Where a link may lead. */
const LINKS = new Set(["href", "cite"]);
/** Where a browser fetches from or sends to by itself: this server only. */
const OWN_ADDRESSES = new Set(["action", "formaction", "hx-get", "hx-post", "hx-push-url", "poster", "data", "src"]);
/** Attributes that load, run or report in ways the house does not use. */
const REFUSED_ATTRIBUTES = new Set(
  "style srcdoc srcset ping background manifest http-equiv xlink:href dangerouslysetinnerhtml".split(" "),
);

const ATTRIBUTE_NAME = /^[a-z][a-z0-9-]*$/;
const SPELLED_OTHERWISE = /[A-Z]/;
const SVG_CAMEL_NAMES = new Set(["viewBox", "preserveAspectRatio"]);

export function guard(vnode: VNode): void {
  const { type } = vnode;
  const props = vnode.props as Record<string, unknown> & { children?: unknown };
  if (typeof type === "string") {
    guardElement(type, props);
    checkChildren(type, props.children);
  } else if (type === Fragment) {
    for (const name in props) {
      if (name !== "children") throw new Unrenderable("A fragment has children and nothing else.");
    }
    checkChildren("a fragment", props.children);
  }
}

function guardElement(type: string, props: Record<string, unknown>): void {
  if (REFUSED_ELEMENTS.has(type) || !/^[a-z][a-z0-9]*$/.test(type)) {
    throw new Unrenderable(`<${type.replace(/[^\w-]/g, "")}> is not an element that a page here may have.`);
  }
  if (type === "script" && props.children != null) throw new Unrenderable("<script> is a file here, never text.");
  for (const name in props) {
    if (name !== "children" && name !== "key") guardAttribute(type, name, props[name]);
  }
}

function guardAttribute(type: string, name: string, value: unknown): void {
  const where = `<${type}> may not carry ${name.replace(/[^\w:-]/g, "?")}`;
  if (REFUSED_ATTRIBUTES.has(name.toLowerCase()) || /^on/i.test(name)) {
    throw new Unrenderable(`${where}: behaviour is in app.js and looks are in app.css.`);
  }
  if (SPELLED_OTHERWISE.test(name) && !SVG_CAMEL_NAMES.has(name)) {
    throw new Unrenderable(`${where}: attributes are spelled as in HTML (class, for, tabindex).`);
  }
  if (!ATTRIBUTE_NAME.test(name) && !SVG_CAMEL_NAMES.has(name)) {
    throw new Unrenderable(`${where}: that is not the name of an attribute.`);
  }
  if (name.startsWith("data-hx-") || (name.startsWith("hx-") && !KNOWN_HTMX.has(name))) {
    throw new Unrenderable(`${where}: the htmx attributes of the house are ${[...KNOWN_HTMX].join(", ")}.`);
  }
  if (value === null || value === undefined || value === false || value === true) return;
  if (typeof value === "number") return;
  if (typeof value !== "string") throw new Unrenderable(`${where} with ${kind(value)}: only text, numbers and flags.`);
  if (name.startsWith("hx-")) guardHtmx(where, name, value);
  if (LINKS.has(name)) guardLink(where, value);
  else if (OWN_ADDRESSES.has(name)) guardOwnAddress(where, type, name, value);
}

function guardHtmx(where: string, name: string, value: string): void {
  if (/(^|[\s,{])(js|javascript):/i.test(seenByBrowser(value))) throw new Unrenderable(`${where} with script in it.`);
  if (name === "hx-trigger" && value.includes("[")) {
    throw new Unrenderable(`${where} with a [filter]: filters are evaluated as script.`);
  }
  if (name === "hx-headers" && !isPlainJson(value)) throw new Unrenderable(`${where} unless it is plain JSON.`);
}

/** A path, a fragment, a query, or one of four schemes. */
function guardLink(where: string, value: string): void {
  const scheme = schemeOf(value);
  if (scheme !== null && !["http", "https", "mailto", "tel"].includes(scheme)) {
    throw new Unrenderable(`${where} with that kind of address: http, https, mailto, tel, or a path.`);
  }
}

function guardOwnAddress(where: string, type: string, name: string, value: string): void {
  if (name === "hx-push-url" && (value === "true" || value === "false")) return;
  if (name === "src" && type === "img" && /^data:image\/(png|jpeg|gif|webp|svg\+xml);base64,/.test(value)) return;
  if (schemeOf(value) !== null || /^[/\\]{2}/.test(seenByBrowser(value))) {
    throw new Unrenderable(`${where} with an address outside this server.`);
  }
}

/** Browsers skip control characters and blanks at the front of an address and drop tabs and line ends anywhere in it. */
function seenByBrowser(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return value.replace(/[\u0000-\u0020\u007f-\u00a0\u00ad\u200b-\u200f\u2028\u2029\u2060\ufeff]/g, "");
}

function schemeOf(value: string): string | null {
  return /^([a-z][a-z0-9+.-]*):/i.exec(seenByBrowser(value))?.[1]?.toLowerCase() ?? null;
}

function isPlainJson(value: string): boolean {
  try {
    const headers: unknown = JSON.parse(value);
    return typeof headers === "object" && headers !== null && !Array.isArray(headers);
  } catch {
    return false;
  }
}

function checkChildren(where: string, child: unknown): void {
  if (child === null || child === undefined || child === false) return;
  if (typeof child === "string" || typeof child === "number") return;
  if (Array.isArray(child)) {
    for (const one of child) checkChildren(where, one);
    return;
  }
  if (isValidElement(child)) return;
  throw new Unrenderable(`${kind(child)} cannot stand inside <${where}>: say first what it reads as.`);
}

/** What a value is, without a word of what it holds. */
function kind(value: unknown): string {
  if (typeof value !== "object" || value === null) return `A ${typeof value}`;
  return value.constructor?.name ? `A ${value.constructor.name}` : "An object";
}
