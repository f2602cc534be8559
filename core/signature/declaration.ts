/**
 * What everybody says once, in writing, before a signature of his counts (21 CFR 11.10(j), 11.100(c)). It stands above the
 * first signature and is kept with it; words that change get the next number, and are asked for once more.
 */
export const DECLARATION = {
  wording: 1,
  text: "I declare that my electronic signature here binds me as my signature by hand does. I am accountable for what is signed with it, I keep what I sign with to myself, and I tell my institution at once if somebody else may have it.",
} as const;
