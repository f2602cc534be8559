/** The little of XML that ODM needs: elements as data, and texts that no parser trips over. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** All character data directly inside. */
  readonly text: string;
}

export type Attributes = Readonly<Record<string, string | null | undefined>>;

export function element(
  name: string,
  attributes: Attributes,
  ...content: readonly (XmlElement | string | null)[]
): XmlElement {
  const set = Object.entries(attributes).filter(
    (entry): entry is [string, string] => entry[1] !== null && entry[1] !== undefined,
  );
  return {
    name,
    attributes: Object.fromEntries(set),
    children: content.filter((one): one is XmlElement => typeof one === "object" && one !== null),
    text: content.filter((one) => typeof one === "string").join(""),
  };
}

export const childrenNamed = (parent: XmlElement | undefined, name: string): readonly XmlElement[] =>
  parent?.children.filter((child) => child.name === name) ?? [];
export const childNamed = (parent: XmlElement | undefined, name: string): XmlElement | undefined =>
  parent?.children.find((child) => child.name === name);

/** Signs that XML 1.0 cannot hold at all; they become U+FFFD, and the writer says so. */
const impossible = /[^\P{Cc}\t\n\r\x7F-\x9F]|\p{Cs}|[\uFFFE\uFFFF]/gu;
export const isWritable = (text: string): boolean => text.search(impossible) < 0;

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\n": "&#10;",
  "\r": "&#13;",
  "\t": "&#9;",
};

export const escapeText = (text: string): string =>
  text.replace(impossible, "\uFFFD").replace(/[&<>\r]/g, (sign) => escapes[sign] as string);
export const escapeAttribute = (text: string): string =>
  text.replace(impossible, "\uFFFD").replace(/[&<>"\n\r\t]/g, (sign) => escapes[sign] as string);

export function openTag(name: string, attributes: Attributes, isEmpty = false): string {
  let tag = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) tag += ` ${key}="${escapeAttribute(value)}"`;
  }
  return `${tag}${isEmpty ? "/>" : ">"}`;
}

/** Elements with text keep it exactly; the others are set out in lines. */
export function printElement(node: XmlElement, indent = ""): string {
  const isEmpty = node.children.length === 0 && node.text === "";
  if (isEmpty) return `${indent}${openTag(node.name, node.attributes, true)}\n`;
  if (node.children.length === 0)
    return `${indent}${openTag(node.name, node.attributes)}${escapeText(node.text)}</${node.name}>\n`;
  const inside = node.children.map((child) => printElement(child, `${indent} `)).join("");
  return `${indent}${openTag(node.name, node.attributes)}\n${inside}${indent}</${node.name}>\n`;
}
