/** Letters from templates: {words} in braces are filled in from the study; what is not known is said before anything is printed. */
export const letterWords = {
  study: "Title of the study",
  short_title: "Short title",
  sponsor: "Sponsor",
  phase: "Phase",
  status: "Where the study stands",
  investigator: "Principal investigator",
  institution: "Institution",
  site: "Site",
  today: "Today's date",
  target: "How many participants are wanted",
  included: "How many are included",
  recipient: "To whom the letter goes",
} as const;
export type LetterWord = keyof typeof letterWords;

export const wordsIn = (text: string): string[] => [
  ...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, word]) => word ?? "")),
];
export const unknownWords = (text: string): string[] =>
  wordsIn(text).filter((word) => !Object.hasOwn(letterWords, word));

/** The finished text, and words for which there is no value yet. */
export function fillLetter(
  text: string,
  values: Readonly<Partial<Record<string, string>>>,
): { readonly text: string; readonly missing: readonly string[] } {
  const missing = wordsIn(text).filter((word) => !values[word]);
  return { text: text.replace(/\{(\w+)\}/g, (whole, word: string) => values[word] || whole), missing };
}
