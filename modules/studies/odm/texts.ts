import { type Words, wordsOf } from "../model/words.ts";
import { childrenNamed, element, type XmlElement } from "./xml.ts";

/** TranslatedText children, or the plain text of an element that has none. A language that comes twice keeps its first text. */
export function wordsIn(parent: XmlElement | undefined): Words {
  const texts = childrenNamed(parent, "TranslatedText");
  if (texts.length === 0) return parent?.text.trim() ? wordsOf(parent.text.trim()) : {};
  const words: Record<string, Words[string]> = {};
  for (const text of texts) {
    const said = text.text.trim();
    if (said !== "") words[text.attributes["xml:lang"] ?? ""] ??= { text: said, status: "reviewed" };
  }
  return words;
}

/** An element with the words, or null when there are none. */
export function wordsElement(name: string, words: Words, version: "1.3.2" | "2.0"): XmlElement | null {
  const texts = Object.entries(words).map(([language, { text }]) =>
    element("TranslatedText", { "xml:lang": language || null, Type: version === "2.0" ? "text/plain" : null }, text),
  );
  return texts.length === 0 ? null : element(name, {}, ...texts);
}
