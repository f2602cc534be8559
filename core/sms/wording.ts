/**
 * How a text message is read before any rule looks at it, and the small language the rules are written in.
 *
 * A phrase is words in their plain spelling ("im", "cant", "want to"): `(a|b c)` one of these, `word?` may be missing,
 * `word*` any ending, `…` up to three words between, `^` and `$` the begin and end of a sentence. Phrases are data: a
 * clinician can read them, a file can carry them, and two sets can be compared.
 */

/** What people type for what they mean. Applied word by word, so that a phrase needs one spelling only. */
const spellings: ReadonlyMap<string, string> = new Map(
  Object.entries({
    u: "you",
    ur: "your",
    r: "are",
    im: "im",
    iam: "im",
    ive: "i have",
    id: "i would",
    ill: "i will",
    wanna: "want to",
    wana: "want to",
    gonna: "going to",
    gunna: "going to",
    gotta: "have to",
    tryna: "trying to",
    kinda: "kind of",
    cannot: "cant",
    couldnt: "cant",
    dnt: "dont",
    dun: "dont",
    pls: "please",
    plz: "please",
    plse: "please",
    txt: "text",
    txts: "texts",
    txting: "texting",
    txtin: "texting",
    textin: "texting",
    msg: "message",
    msgs: "messages",
    mssg: "message",
    msging: "messaging",
    mesages: "messages",
    messges: "messages",
    massages: "messages",
    thx: "thanks",
    tks: "thanks",
    ty: "thanks",
    b4: "before",
    meds: "medicine",
    tounge: "tongue",
    toung: "tongue",
    q: "que",
    k: "que",
    xq: "porque",
    tmb: "tambien",
    mensages: "mensajes",
    msj: "mensajes",
    msjs: "mensajes",
  }),
);
/** Two words that are one. */
const joined: readonly (readonly [RegExp, string])[] = [
  [/\bi am\b/g, "im"],
  [/\bcan not\b/g, "cant"],
  [/\bcan t\b/g, "cant"],
  [/\bcould not\b/g, "cant"],
  [/\bdo not\b/g, "dont"],
  [/\bdon t\b/g, "dont"],
  [/\bwill not\b/g, "wont"],
  [/\bdid not\b/g, "didnt"],
  [/\bis not\b/g, "isnt"],
  [/\bhave not\b/g, "havent"],
];

/** No rule reads more than this; a text message of ten parts has 1,530 characters. */
export const longestRead = 5_000;

/** Small letters, no accents, no marks; sentences stand apart by " / ". */
export const plainWords = (text: string): string => spelled(folded(text));

function folded(text: string): string {
  return text
    .slice(0, longestRead)
    .normalize("NFKD")
    .replace(/[\p{M}\p{Cf}]/gu, "")
    .toLowerCase()
    .replace(/['’‘`´]/g, "")
    .replace(/(?<=\d)[.,:](?=\d)/g, "")
    .replace(/[.!?;\n\r]+/g, " / ")
    .replace(/[^\p{L}\p{N}/]+/gu, " ")
    .replace(/(?<! )\/(?! )/g, " ")
    .trim();
}

function spelled(line: string): string {
  const words = line.split(/\s+/).map((word) => spellings.get(word) ?? word);
  return joined
    .reduce((all, [pattern, one]) => all.replace(pattern, one), words.join(" "))
    .replace(/(?:\/ ){2,}/g, "/ ")
    .replace(/^(?:\/ ?)+|(?: ?\/)+$/g, "");
}

/** Words that only weigh what is said: "i (just) (really) want to die (honestly)" is one thing. */
const fillers =
  /\b(?:just|really|so|such|even|ever|honestly|literally|actually|very|still|always|totally|pretty|rn|tbh|lol|lately|basically|probably|maybe|muy|tan|mucho|siempre|solo|solamente|realmente|todavia|aun|honestamente|la verdad)\b /g;

/** The ways one message can be read: as it is, with "stoppp" shortened, with "s t o p" drawn together, without words that only weigh. */
export function readings(text: string): readonly string[] {
  const line = folded(text);
  const all = new Set([spelled(line)]);
  if (/(\p{L})\1\1/u.test(line)) {
    all.add(spelled(line.replace(/(\p{L})\1{2,}/gu, "$1")));
    all.add(spelled(line.replace(/(\p{L})\1{2,}/gu, "$1$1")));
  }
  const lone = /(?<![\p{L}\p{N}])(?:\p{L} ){2,}\p{L}(?![\p{L}\p{N}])/gu;
  if (line.search(lone) >= 0) all.add(spelled(line.replace(lone, (run) => run.replaceAll(" ", ""))));
  for (const one of [...all]) all.add(one.replace(fillers, ""));
  return [...all];
}

const WORD = "[\\p{L}\\p{N}]+";

/** One phrase as a pattern over plain words. Every repetition in it is bounded, so no message can make it slow. */
function patternOf(phrase: string): string {
  const tokens = phrase.match(/\([^)]*\)\??|\S+/g) ?? [];
  let pattern = "";
  for (const token of tokens) {
    const optional = token.endsWith("?");
    const bare = optional ? token.slice(0, -1) : token;
    if (bare === "^") pattern += "(?<=^|/ )";
    else if (bare === "$") pattern += "(?=$|/)";
    else if (bare === "…") pattern += `(?:${WORD} ){0,3}`;
    else {
      const choices = bare.startsWith("(") ? bare.slice(1, -1).split("|") : [bare];
      pattern += `(?:${choices.map(wordPattern).join("|")})${optional ? "?" : ""}`;
    }
  }
  return pattern;
}

function wordPattern(choice: string): string {
  if (choice === "$") return "(?=$|/)";
  if (!/^[\p{L}\p{N}]+\*?(?: [\p{L}\p{N}]+\*?)*$/u.test(choice)) {
    throw new Error(`“${choice}” is not a word of a phrase. Write plain small letters without accents or marks.`);
  }
  return `${choice.replaceAll("*", "[\\p{L}\\p{N}]{0,14}")}(?: |$)`;
}

export interface Phrases {
  readonly says: readonly string[];
  /** A find that lies within one of these is not one: "dont stop texting me". */
  readonly unless?: readonly string[];
}

interface Compiled {
  /** All phrases as one: most messages say none of them. */
  readonly any: RegExp;
  readonly says: readonly RegExp[];
  readonly unless: readonly RegExp[];
}
const compiled = new WeakMap<Phrases, Compiled>();

function compile(phrases: Phrases): Compiled {
  const known = compiled.get(phrases);
  if (known) return known;
  const pattern = (list: readonly string[]) =>
    new RegExp(`(?<![\\p{L}\\p{N}])(?:${list.map(patternOf).join("|")})`, "gu");
  const each = (list: readonly string[] = []) => list.map((phrase) => pattern([phrase]));
  const made = { any: pattern(phrases.says), says: each(phrases.says), unless: each(phrases.unless) };
  compiled.set(phrases, made);
  return made;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Every place, overlapping ones too. */
function places(line: string, pattern: RegExp): Span[] {
  const found: Span[] = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(line); match; match = pattern.exec(line)) {
    found.push({ from: match.index, to: match.index + match[0].length });
    pattern.lastIndex = match.index + 1;
  }
  return found;
}

/**
 * The words of the message that one of the phrases stands for; null when none does. Each phrase is judged by itself:
 * one more phrase never hides another, and one exception less never excuses more. The checker of rule sets relies on it.
 */
export function findWords(lines: readonly string[], phrases: Phrases): string | null {
  if (phrases.says.length === 0) return null;
  const { any, says, unless } = compile(phrases);
  for (const line of lines) {
    any.lastIndex = 0;
    if (!any.test(line)) continue;
    const excused = unless.flatMap((pattern) => places(line, pattern));
    const found = says
      .flatMap((pattern) => places(line, pattern))
      .find(({ from, to }) => !excused.some((span) => span.from <= from && to <= span.to));
    if (found) return line.slice(found.from, found.to).trim();
  }
  return null;
}

/** Why a phrase cannot be used; null when it can. For the person who edits a rule set. */
export function phraseProblem(phrase: string): string | null {
  try {
    new RegExp(patternOf(phrase), "u");
    return plainPhrase(phrase) ? null : `“${phrase}” could stand for any message. Add a word.`;
  } catch (error) {
    return error instanceof Error ? error.message : `“${phrase}” cannot be read.`;
  }
}

const plainPhrase = (phrase: string) =>
  (phrase.match(/\([^)]*\)\??|\S+/g) ?? []).some((token) => /[\p{L}\p{N}]{2}/u.test(token) && !token.endsWith("?"));
