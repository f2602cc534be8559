/**
 * Who people are stays in the house: names, dates, numbers and addresses become marks before a text leaves, and marks
 * become names again in what comes back. What a mark stands for is never sent.
 */

export interface Pseudonyms {
  /** The text without names. The same name always becomes the same mark. */
  hide(text: string): string;
  /** Marks back into names, wherever they stand in the answer. */
  show(text: string): string;
}

interface Person {
  readonly names: readonly string[];
  readonly as: string;
}

/** Parts of names that are words as well: these count only when they are written like a name. */
const WORDS = new Set(
  "may will mark grace faith hope joy rose bill art dean frank grant rich miles long short young old black white brown green gray grey king price case day field hill lane park rush sharp stone strong sweet swift wise wood best good love lee page bell cook baker fox".split(
    " ",
  ),
);
const TITLE = "(?:[Dd][Rr]|[Mm][Rr][Ss]?|[Mm][SsXx]|[Pp][Rr][Oo][Ff])";
const LETTER = "[\\p{L}\\p{N}_]";

/** @param neutralPronouns "she", "his" … become "they", "their" … and stay so */
export function pseudonyms(people: readonly Person[], neutralPronouns = false): Pseudonyms {
  const patterns = people.flatMap(({ names, as }) => names.flatMap((name) => patternsOf(name, `[${as}]`)));
  // The longest first: "Ann Marie Smith" before "Ann".
  patterns.sort((a, b) => b.length - a.length);
  const shown = new Map(people.map(({ names, as }) => [`[${as}]`, names[0] ?? as]));
  const marks = new Map<string, string>();
  const counts = new Map<string, number>();

  const mark = (kind: string, value: string): string => {
    const known = marks.get(`${kind} ${value}`);
    if (known) return known;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    const made = `[${kind} ${count}]`;
    marks.set(`${kind} ${value}`, made);
    shown.set(made, value);
    return made;
  };

  return {
    hide(text) {
      // Somebody may have typed what looks like a mark of ours.
      let hidden = text.normalize("NFC").replaceAll("[", "(").replaceAll("]", ")");
      hidden = hidden.replace(EMAIL, (value) => mark("address", value));
      for (const { pattern, as } of patterns) hidden = between(hidden, (part) => part.replace(pattern, as));
      hidden = between(hidden, (part) => part.replace(DATE, (value) => mark("date", value)));
      hidden = between(hidden, (part) =>
        part.replace(LONG_NUMBER, (value) => (value.replace(/\D/g, "").length >= 6 ? mark("number", value) : value)),
      );
      return neutralPronouns ? neutral(hidden) : hidden;
    },
    show: (text) => text.replace(/\[[^[\]\n]{1,60}\]/g, (found) => shown.get(found) ?? found),
  };
}

/** What stands between the marks that are there already: a person called Resident must not be looked for in "[Resident]". */
const between = (text: string, change: (part: string) => string): string =>
  text
    .split(/(\[[^[\]\n]{1,60}\])/)
    .map((part, i) => (i % 2 === 0 ? change(part) : part))
    .join("");

const EMAIL = /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}.-]+\.\p{L}{2,}/gu;
const MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*\\.?";
const DATE = new RegExp(
  [
    "\\b\\d{4}-\\d{1,2}-\\d{1,2}\\b",
    "\\b\\d{1,2}[/.]\\d{1,2}[/.]\\d{2,4}\\b",
    `\\b${MONTH}\\s+\\d{1,2}(?:st|nd|rd|th)?(?:,?\\s+\\d{4})?\\b`,
    `\\b\\d{1,2}(?:st|nd|rd|th)?\\s+${MONTH}(?:,?\\s+\\d{4})?\\b`,
  ].join("|"),
  "giu",
);
const LONG_NUMBER = /(?<![\p{L}\p{N}])\+?\d[\d\s().-]{4,}\d(?![\p{L}\p{N}])/gu;

function patternsOf(name: string, as: string): { pattern: RegExp; as: string; length: number }[] {
  const whole = name.trim().normalize("NFC");
  if (whole === "") return [];
  const parts = whole.split(/[\s,]+/).filter((part) => part.replace(/[^\p{L}]/gu, "").length >= 2);
  const one = (text: string, flags: string) => ({
    pattern: new RegExp(
      `(?<!${LETTER})(?:${TITLE}\\.?\\s+)?${text.split(/\s+/).map(literal).join("\\s+")}(?!${LETTER})`,
      flags,
    ),
    as,
    length: text.length,
  });
  const found = parts.length > 1 ? [one(whole, "giu")] : [];
  for (const part of parts) {
    const plain = part.toLowerCase();
    if (WORDS.has(plain)) found.push(one(capital(plain), "gu"), one(plain.toUpperCase(), "gu"));
    else found.push(one(part, "giu"));
  }
  return found;
}

const literal = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

/** "her" is "their" before a word and "them" elsewhere; the verb that follows is left as it was. */
function neutral(text: string): string {
  const like = (found: string, becomes: string) => (/^\p{Lu}/u.test(found) ? capital(becomes) : becomes);
  return text
    .replace(/\b(?:s?he)\b/giu, (found) => like(found, "they"))
    .replace(/\b(?:himself|herself)\b/giu, (found) => like(found, "themself"))
    .replace(/\bhim\b/giu, (found) => like(found, "them"))
    .replace(/\bhers\b/giu, (found) => like(found, "theirs"))
    .replace(/\bhis\b/giu, (found) => like(found, "their"))
    .replace(/\bher\b(?=\s+\p{L})/giu, (found) => like(found, "their"))
    .replace(/\bher\b/giu, (found) => like(found, "them"));
}
