/** A consent as a document: what was said, who signed it, and how it came about, in one language from title to foot. */
import { drawingFrom } from "@core/documents/drawing.ts";
import type { Block, PdfDocument } from "@core/documents/pdf-document.ts";
import { dayIn, printedAt } from "./clock.ts";
import { blocksOf, type Content, type Language, type Section } from "./document.ts";
import type { Evidence, SignedEvidence } from "./evidence.ts";
import { type PaperWords, paperWordsIn } from "./paper-words.ts";

export function evidenceDocument(evidence: Evidence, language: Language): PdfDocument {
  const words = paperWordsIn[language];
  return {
    title: words.title(evidence.code),
    lang: language,
    // On each page who signed, when, and what it means (21 CFR 11.50(b)), and of which text: a page alone still says it.
    everyPage: [
      ...evidence.signed.map((one) => manifestation(one, evidence.zone, words)),
      ...(evidence.waiting.length > 0 ? [waitingFor(evidence, words)] : []),
      `${words.digest} ${evidence.documentDigest}`,
    ],
    blocks: [
      { kind: "heading", level: 1, text: words.version(evidence.document, evidence.number) },
      { kind: "facts", facts: factsOf(evidence, words) },
      { kind: "heading", level: 2, text: words.signatures },
      ...evidence.signed.flatMap((one) => signatureOf(one, evidence.zone, words)),
      ...(evidence.waiting.length > 0 ? [{ kind: "paragraph" as const, text: waitingFor(evidence, words) }] : []),
      ...choicesOf(evidence, words),
      ...(evidence.content ? contentOf(evidence.content, words) : []),
      ...papersOf(evidence, words),
      { kind: "page-break" },
      { kind: "heading", level: 2, text: words.how },
      {
        kind: "table",
        caption: words.order,
        columns: [
          { title: words.when, share: 2 },
          { title: words.whatHappened, share: 5 },
          { title: words.seconds, align: "right" },
        ],
        rows: evidence.took.map(({ at, what, seconds }) => [
          printedAt(evidence.zone, at),
          what,
          seconds === null ? "" : String(seconds),
        ]),
      },
    ],
  };
}

const whoOf = ({ name, role, relation }: SignedEvidence, words: PaperWords): string =>
  [name ?? words.nameless, words.roles[role], relation].filter(Boolean).join(", ");

const manifestation = (one: SignedEvidence, zone: string, words: PaperWords): string =>
  `${words.signature.by(whoOf(one, words))}. ${words.signature.at(printedAt(zone, one.at))}. ${words.signature.meaning(one.meaning)}.${
    one.stands === false ? ` ${words.signature.broken}` : ""
  }`;

const waitingFor = ({ waiting }: Evidence, words: PaperWords): string =>
  words.waiting(waiting.map((role) => words.roles[role]).join(", "));

const factsOf = (evidence: Evidence, words: PaperWords) => [
  { term: words.institution, detail: evidence.institution },
  { term: words.study, detail: evidence.workspace },
  { term: words.participant, detail: evidence.code },
  { term: words.language, detail: evidence.language },
  {
    term: words.since,
    detail: evidence.effectiveAt ? printedAt(evidence.zone, evidence.effectiveAt) : words.notInEffect,
  },
  { term: words.digest, detail: evidence.documentDigest },
  { term: words.unchanged, detail: evidence.documentStands ? words.isUnchanged : words.isChanged },
];

function signatureOf(one: SignedEvidence, zone: string, words: PaperWords): Block[] {
  const drawing = one.drawing && drawingFrom(one.drawing);
  return [
    {
      kind: "signature",
      name: whoOf(one, words),
      meaning: one.meaning,
      at: one.at,
      time: printedAt(zone, one.at),
      standing: one.stands !== false,
      words: words.signature,
    },
    ...(drawing
      ? [{ kind: "picture" as const, png: drawing, alt: words.drawn(words.roles[one.role]), width: 160 }]
      : []),
    {
      kind: "paragraph",
      quiet: true,
      text: [
        words.signedOn(one.way === "paper" ? one.on : dayIn(zone, one.at), words.ways[one.way]),
        one.method ? words.identity(words.methods[one.method]) : "",
        words.digestOf(one.digest),
        one.stands === false ? words.digestDiffers : "",
      ]
        .filter(Boolean)
        .join(" "),
    },
  ];
}

const choicesOf = ({ choices }: Evidence, words: PaperWords): Block[] =>
  choices.length === 0
    ? []
    : [
        { kind: "heading", level: 2, text: words.choices },
        { kind: "facts", facts: choices.map(({ text, yes }) => ({ term: yes ? words.yes : words.no, detail: text })) },
      ];

const textOf = (text: string): Block[] =>
  blocksOf(text).flatMap((block): Block[] =>
    block.kind === "list"
      ? block.items.map((item) => ({ kind: "paragraph", text: `• ${item}` }))
      : [{ kind: "paragraph", text: block.text }],
  );

const sectionOf = ({ title, summary, full }: Section): Block[] => [
  { kind: "heading", level: 3, text: title },
  { kind: "paragraph", text: summary },
  ...textOf(full),
];

const contentOf = ({ agreements, sections, media = [], assents = [] }: Content, words: PaperWords): Block[] => [
  { kind: "heading", level: 2, text: words.what },
  ...agreements.map(({ text }) => ({ kind: "paragraph" as const, text: words.agree(text) })),
  ...sections.flatMap(sectionOf),
  ...assents.flatMap((assent): Block[] => [
    { kind: "heading", level: 2, text: words.forChildren(assent.from, assent.to) },
    ...assent.agreements.map(({ text }) => ({ kind: "paragraph" as const, text: words.agree(text) })),
    ...assent.sections.flatMap(sectionOf),
  ]),
  ...(media.length > 0 ? [{ kind: "heading" as const, level: 3 as const, text: words.beside }] : []),
  ...media.flatMap(({ title, transcript, file }): Block[] => [
    { kind: "paragraph", text: `${title}. ${file.type}, SHA-256 ${file.sha256}` },
    ...textOf(transcript),
  ]),
];

const papersOf = ({ papers, zone }: Evidence, words: PaperWords): Block[] =>
  papers.length === 0
    ? []
    : [
        { kind: "heading", level: 2, text: words.paper },
        {
          kind: "facts",
          facts: papers.map(({ bytes, digest, at }) => ({
            term: words.scan(Math.ceil(bytes / 1024)),
            detail: words.scanDetail(digest, printedAt(zone, at)),
          })),
        },
      ];
