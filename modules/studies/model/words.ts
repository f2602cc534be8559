/** A text of a study in the languages of its participants, each with how far its translation has come. */
export type WordingStatus = "draft" | "translated" | "reviewed";

export interface Wording {
  readonly text: string;
  readonly status: WordingStatus;
}

/** By language tag; "" holds a text whose language nobody named. */
export type Words = Readonly<Record<string, Wording>>;

export const wordsOf = (text: string, language = "", status: WordingStatus = "reviewed"): Words => ({
  [language]: { text, status },
});

/** The exact language, then it without its last part, again and again, then the text without a language (ODM 1.3.2, 3.1.3.1). */
export function textIn(words: Words, language: string): string | null {
  for (let tag = language; tag !== ""; tag = tag.includes("-") ? tag.slice(0, tag.lastIndexOf("-")) : "") {
    const exact = words[tag] ?? Object.entries(words).find(([key]) => key.toLowerCase() === tag.toLowerCase())?.[1];
    if (exact) return exact.text;
  }
  return words[""]?.text ?? null;
}

/** Some text to show, whatever its language: better than none in a list of changes. */
export function anyText(words: Words, preferred: string): string {
  return textIn(words, preferred) ?? Object.values(words)[0]?.text ?? "";
}
