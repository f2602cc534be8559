/** What a consent document says: sections in two lengths, words explained, questions of understanding, what is asked for. */
import type { ConsentScope } from "@core/module.ts";
import { sha256 } from "@core/vault/primitives.ts";
import { type Assent, assentFor, lacksInAssents } from "./assent.ts";
import { lacksInMedia, type Medium } from "./medium.ts";

export const languages = ["en", "es", "nl"] as const;
export type Language = (typeof languages)[number];
export const languageNames: Readonly<Record<Language, string>> = { en: "English", es: "Español", nl: "Nederlands" };

export interface Section {
  readonly id: string;
  readonly title: string;
  /** In a few sentences: what everybody reads. */
  readonly summary: string;
  /** Every word of it: one touch away. Blank lines part paragraphs; lines that begin with "- " are a list. */
  readonly full: string;
}
export interface Term {
  readonly term: string;
  readonly meaning: string;
}
export interface Comprehension {
  readonly id: string;
  readonly ask: string;
  readonly options: readonly string[];
  /** Index of the right one. */
  readonly right: number;
  /** Shown after a wrong answer, before the next try. */
  readonly explain: string;
}
/** Without each of these nobody signs. */
export interface Agreement {
  readonly id: string;
  readonly text: string;
}
/** May be answered with no. What is done with the answer is decided by its scope, not by its wording. */
export interface Choice {
  readonly id: string;
  readonly scope: OptionalScope;
  readonly text: string;
}
export const optionalScopes = ["samples", "recontact", "sharing", "contact"] as const satisfies readonly ConsentScope[];
export type OptionalScope = (typeof optionalScopes)[number];
export const scopesInWords: Readonly<Record<ConsentScope, string>> = {
  participation: "Taking part",
  "new-data": "New data",
  "follow-up": "Follow-up",
  intervention: "Treatment in the study",
  samples: "Samples",
  recontact: "Being asked again later",
  sharing: "Sharing data with others",
  contact: "Messages",
};

export interface Content {
  readonly title: string;
  readonly sections: readonly Section[];
  readonly glossary: readonly Term[];
  readonly questions: readonly Comprehension[];
  readonly agreements: readonly Agreement[];
  readonly choices: readonly Choice[];
  /** Absent in texts that have none, so that their digest stays what it was. */
  readonly media?: readonly Medium[];
  /** What children read instead, by age. */
  readonly assents?: readonly Assent[];
}
/** The document as a child of this age has it before it: in its own words where there are some, and nothing is chosen. */
export function forChild(content: Content, age: number | null): Content {
  const assent = assentFor(content.assents, age);
  if (!assent) return content;
  const { sections, questions, agreements } = assent;
  return { title: content.title, glossary: content.glossary, choices: [], sections, questions, agreements };
}
/** Every section there is, of the document and of what children read. */
export const allSectionsOf = ({ sections, assents = [] }: Content): Section[] => [
  ...sections,
  ...assents.flatMap((assent) => assent.sections),
];
export const mediaOf = (content: Content, section: string | null): Medium[] =>
  (content.media ?? []).filter((medium) => medium.section === section);
export const emptyContent = (title: string): Content => ({
  title,
  sections: [],
  glossary: [],
  questions: [],
  agreements: [],
  choices: [],
});

/** What is signed is this digest: of the content with its keys in order, so that the same words give the same digest. */
export const digestOf = (content: Content): Uint8Array => sha256(canonical(content));
export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const parts = Object.entries(value)
      .filter(([, one]) => one !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, one]) => `${JSON.stringify(name)}:${canonical(one)}`);
    return `{${parts.join(",")}}`;
  }
  return JSON.stringify(value);
}

/** What a document still lacks before it can be put forward, in sentences. */
export function lacksIn(content: Content): string[] {
  const lacks: string[] = [];
  if (content.sections.length === 0) lacks.push("It has no section.");
  for (const { title, summary, full } of content.sections) {
    if (!summary.trim()) lacks.push(`The section “${title}” has no summary.`);
    if (!full.trim()) lacks.push(`The section “${title}” has no full text.`);
  }
  lacks.push(...lacksInQuestions(content.questions));
  if (content.agreements.length === 0) lacks.push("It asks for no agreement: there would be nothing to sign.");
  lacks.push(...lacksInAssents(content.assents ?? []));
  lacks.push(...lacksInMedia(content.media ?? [], content.sections));
  const scopes = content.choices.map(({ scope }) => scope);
  for (const scope of new Set(scopes)) {
    if (scopes.indexOf(scope) !== scopes.lastIndexOf(scope))
      lacks.push(`It asks twice about ${scopesInWords[scope].toLowerCase()}: two answers could contradict each other.`);
  }
  return lacks;
}

export function lacksInQuestions(questions: readonly Comprehension[]): string[] {
  const lacks: string[] = [];
  for (const { ask, options, right, explain } of questions) {
    if (options.length < 2) lacks.push(`The question “${ask}” needs two answers or more.`);
    if (new Set(options).size < options.length) lacks.push(`The question “${ask}” has the same answer twice.`);
    if (!Number.isInteger(right) || right < 0 || right >= options.length)
      lacks.push(`The question “${ask}” has no right answer.`);
    if (!explain.trim()) lacks.push(`The question “${ask}” explains nothing to whoever answers it wrong.`);
  }
  return lacks;
}

/** A translation asks the same as its original: the same questions, agreements and scopes, in the same order. */
export function departuresFrom(original: Content, translation: Content): string[] {
  const departures: string[] = [];
  const compare = (what: string, a: readonly string[], b: readonly string[]) => {
    if (a.join("\n") !== b.join("\n")) departures.push(`${what} differ from the original's.`);
  };
  const ids = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id);
  compare("The sections", ids(original.sections), ids(translation.sections));
  compare(
    "The questions and their right answers",
    original.questions.map(({ id, right }) => `${id} ${right}`),
    translation.questions.map(({ id, right }) => `${id} ${right}`),
  );
  compare("The agreements", ids(original.agreements), ids(translation.agreements));
  compare(
    "The choices",
    original.choices.map(({ id, scope }) => `${id} ${scope}`),
    translation.choices.map(({ id, scope }) => `${id} ${scope}`),
  );
  const media = ({ media: all = [] }: Content) => all.map(({ kind, section }) => `${kind} ${section ?? ""}`).sort();
  compare("The recordings and files beside the text", media(original), media(translation));
  const children = ({ assents = [] }: Content) =>
    assents.map((one) => `${one.from} ${one.to} ${one.sections.length} ${one.agreements.length}`).sort();
  compare("The texts for children", children(original), children(translation));
  return departures;
}

export type Block =
  | { readonly kind: "paragraph"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly string[] };

/** Paragraphs and lists of a full text. */
export function blocksOf(text: string): Block[] {
  return text
    .replaceAll("\r\n", "\n")
    .split(/\n\s*\n/)
    .map((part) => part.trim())
    .filter(Boolean)
    .flatMap((part): Block[] => {
      const lines = part.split("\n").map((line) => line.trim());
      if (lines.every((line) => line.startsWith("- ")))
        return [{ kind: "list", items: lines.map((line) => line.slice(2).trim()) }];
      return [{ kind: "paragraph", text: lines.join(" ") }];
    });
}
