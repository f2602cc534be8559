/**
 * XML from outside, read strictly before any library sees it. What hides text from one parser and shows it to another
 * (document types, entities, comments, processing instructions, CDATA) is not XML here.
 */
import { SaxesParser } from "saxes";

export interface Element {
  readonly name: string;
  readonly namespace: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  /** Its own text, without its children's. */
  readonly text: string;
}

/** Why a document was not taken: a code for the record and, where there is one, a word of explanation. */
export class Refused extends Error {
  override readonly name = "Refused";
}

const DEEPEST = 60;
const MOST_ELEMENTS = 5_000;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/** Throws Refused. */
export function readXml(text: string): Element {
  if (CONTROL.test(text)) throw new Refused("control characters");
  interface Open extends Element {
    readonly children: Element[];
    text: string;
  }
  const open: Open[] = [];
  let root: Element | null = null;
  let count = 0;
  const refuse = (why: string) => () => {
    throw new Refused(why);
  };
  const parser = new SaxesParser({ xmlns: true });
  parser.on("doctype", refuse("a document type"));
  parser.on("comment", refuse("a comment"));
  parser.on("processinginstruction", refuse("a processing instruction"));
  parser.on("cdata", refuse("a CDATA section"));
  parser.on("error", refuse("not well-formed XML"));
  parser.on("opentag", ({ local, uri, attributes }) => {
    count += 1;
    if (count > MOST_ELEMENTS || open.length >= DEEPEST) throw new Refused("too much XML");
    const plain: Record<string, string> = Object.create(null) as Record<string, string>;
    for (const one of Object.values(attributes)) if (one.prefix === "") plain[one.local] = one.value;
    const element: Open = { name: local, namespace: uri, attributes: plain, children: [], text: "" };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on("text", (piece) => {
    const here = open.at(-1);
    if (here) here.text += piece;
  });
  parser.on("closetag", () => {
    root = open.pop() ?? root;
  });
  try {
    // A document type's own subset is refused before it is read: its event comes too late for that.
    if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw new Refused("a document type");
    parser.write(text).close();
  } catch (error) {
    throw error instanceof Refused ? error : new Refused("not well-formed XML");
  }
  if (!root) throw new Refused("not well-formed XML");
  return root;
}

/** The element and everything under it. */
export function* within(element: Element): Generator<Element> {
  yield element;
  for (const child of element.children) yield* within(child);
}

export const childrenOf = (element: Element | undefined, namespace: string, name: string): Element[] =>
  (element?.children ?? []).filter((child) => child.namespace === namespace && child.name === name);

export const childOf = (element: Element | undefined, namespace: string, name: string): Element | undefined =>
  childrenOf(element, namespace, name)[0];
