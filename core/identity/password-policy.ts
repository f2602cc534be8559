/**
 * What a password has to be (security.md, R16; NIST SP 800-63B-4): 15 to 128 characters, any characters, no rules of
 * composition, no rotation; not a word that belongs to the person or the place, and not one of those that are tried first.
 * An institution may ask for more, never for less.
 */
import commonPasswords from "./common-passwords.txt" with { type: "text" };

export const MIN_LENGTH = 15;
export const MAX_LENGTH = 128;

/** What an institution asks for beyond that. */
export interface PasswordRules {
  readonly length?: number;
  readonly words?: readonly string[];
  /** A moment: whoever chose his password before it chooses a new one (core.arrive). */
  readonly since?: string;
}

export interface PasswordOwner {
  readonly email: string;
  readonly name: string;
  readonly institution: string;
  readonly rules?: PasswordRules | undefined;
}

const leastLength = (rules: PasswordRules | undefined): number => Math.max(MIN_LENGTH, rules?.length ?? 0);
/** "15 to 128 characters" */
export const lengthInWords = (rules: PasswordRules | undefined): string =>
  `${leastLength(rules)} to ${MAX_LENGTH} characters`;

/** A sentence with the way out, or null when the password may be used. */
export function passwordProblem(password: string, owner: PasswordOwner): string | null {
  const length = [...password.normalize("NFC")].length;
  const least = leastLength(owner.rules);
  if (length < least) {
    return `A password has at least ${least} characters; this one has ${length}. Four or five unrelated words are easy to keep.`;
  }
  if (length > MAX_LENGTH) return `A password has at most ${MAX_LENGTH} characters; this one has ${length}.`;
  const folded = fold(password);
  for (const [what, word] of ownWords(owner)) {
    if (folded.includes(word)) return `A password may not contain ${what}: those are tried first. Choose another one.`;
  }
  if (owner.rules?.words?.some((word) => [folded, asLetters(folded)].some((text) => text.includes(fold(word)))))
    return "A password may not contain a word that your institution has put on its list. Choose another one.";
  if (isCommon(folded)) {
    return "This password is made of words or patterns that are tried first. Choose words that nobody would put together.";
  }
  return null;
}

function ownWords({ email, name, institution }: PasswordOwner): [string, string][] {
  const [mailbox = ""] = email.split("@");
  const words: [string, string][] = [
    ["your e-mail address", fold(email)],
    ["your e-mail address", fold(mailbox)],
    ["your name", fold(name)],
    ...name.split(/\s+/).map((word): [string, string] => ["your name", fold(word)]),
    ["the institution's name", fold(institution)],
    // "Northfield General Hospital" is also known as Northfield.
    ["the institution's name", fold(institution.split(/\s+/)[0] ?? "")],
  ];
  return words.filter(([, word]) => word.length >= SHORTEST_WORD);
}
export const SHORTEST_WORD = 4;

/** A listed word as it is compared; null when nothing but signs is left of it, or too little to be kept out. */
export const comparableWord = (word: string): string | null => (fold(word).length >= SHORTEST_WORD ? fold(word) : null);

/** Without accents, case, and the digits that stand for letters: "P@ssw0rd" is "password". */
function fold(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[\s\p{P}\p{S}]/gu, (sign) => LOOKALIKE[sign] ?? "");
}
const LOOKALIKE: Readonly<Record<string, string>> = { "@": "a", $: "s", "!": "i", "€": "e" };
const asLetters = (text: string) => text.replace(/[01345789]/g, (digit) => "oizeasgtbg"[Number(digit)] ?? digit);

const known = commonPasswords
  .split("\n")
  .map((line) => line.trim())
  .filter((line) => line !== "" && !line.startsWith("#"))
  .sort((a, b) => b.length - a.length);
const anyKnown = new RegExp(known.join("|"), "g");

/** Known words and digits, and beside them fewer characters than this: nothing is left to guess. */
const LEFT_TO_GUESS = 4;

function isCommon(folded: string): boolean {
  if (/^(.{1,6}?)\1+.{0,5}$/u.test(folded)) return true;
  return [folded, asLetters(folded)].some((text) => {
    const rest = text.replace(anyKnown, "");
    return rest !== text && rest.replace(/\d/g, "").length < LEFT_TO_GUESS;
  });
}
