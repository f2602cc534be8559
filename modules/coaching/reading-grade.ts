/**
 * The school grade a text asks for. English: Flesch and Kincaid (1975). Spanish: Crawford (1985), from sentences and
 * syllables in a hundred words. Both are rough for one or two sentences; they catch letters to lawyers, not style.
 */
export type Locale = "en" | "es";

/** 0 for a text without words. */
export function readingGrade(text: string, locale: Locale): number {
  const sentences = Math.max(1, text.split(/[.!?…]+(?:\s|$)|\n+/).filter((one) => /\p{L}/u.test(one)).length);
  const words = text.match(/\p{L}[\p{L}'’-]*/gu) ?? [];
  if (words.length === 0) return 0;
  const syllables = words.reduce(
    (sum, word) => sum + (locale === "es" ? spanishSyllables(word) : englishSyllables(word)),
    0,
  );
  const grade =
    locale === "es"
      ? -0.205 * ((sentences / words.length) * 100) + 0.049 * ((syllables / words.length) * 100) - 3.407
      : 0.39 * (words.length / sentences) + 11.8 * (syllables / words.length) - 15.59;
  return Math.max(0, Math.round(grade * 10) / 10);
}

/** By groups of vowels; a silent e at the end does not count. */
export function englishSyllables(word: string): number {
  const letters = word.toLowerCase().replace(/[^a-z]/g, "");
  if (letters.length <= 3) return 1;
  const spoken = letters
    .replace(/(?:[^laeiouy]es|[^tdaeiouy]ed|[^laeiouy]e)$/, (end) => end[0] ?? "")
    .replace(/^y/, "");
  return Math.max(1, spoken.match(/[aeiouy]{1,2}/g)?.length ?? 1);
}

/** Strong vowels (a, e, o, and an accented í or ú) are a syllable each; weak ones join their neighbour. */
export function spanishSyllables(word: string): number {
  const letters = word
    .toLowerCase()
    .replace(/qu(?=[eiéí])/g, "k")
    .replace(/gu(?=[eiéí])/g, "g")
    .replace(/y$/, "i");
  const groups = letters.match(/[aeiouáéíóúü]+/g) ?? [];
  return Math.max(
    1,
    groups.reduce((sum, group) => sum + Math.max(1, group.match(/[aeoáéóíú]/g)?.length ?? 0), 0),
  );
}
