/** A consent as a document: what was said, who signed it, and how it came about. */
import type { Block, PdfDocument } from "@core/documents/pdf-document.ts";
import { blocksOf } from "./document.ts";
import type { Evidence } from "./evidence.ts";
import { signerRolesInWords } from "./signers.ts";

export function evidenceDocument(evidence: Evidence): PdfDocument {
  const { content } = evidence;
  const title = `${evidence.document}, version ${evidence.number ?? "none"}`;
  return {
    title: `Consent of ${evidence.code}`,
    lang: evidence.lang,
    blocks: [
      { kind: "heading", level: 1, text: title },
      {
        kind: "facts",
        facts: [
          { term: "Institution", detail: evidence.institution },
          { term: "Study", detail: evidence.workspace },
          { term: "Participant", detail: evidence.code },
          { term: "Language", detail: evidence.language },
          {
            term: "In effect since",
            detail: evidence.effectiveAt ? utc(evidence.effectiveAt) : "Not in effect: a signature is missing",
          },
          { term: "Text (SHA-256)", detail: evidence.documentDigest },
          {
            term: "Text unchanged",
            detail: evidence.documentStands
              ? "Yes: the digest made anew is the same"
              : "No: the digest made anew differs",
          },
        ],
      },
      { kind: "heading", level: 2, text: "Signatures" },
      ...evidence.signed.flatMap((one): Block[] => [
        {
          kind: "signature",
          name: `${one.name ?? "(name not shown)"}, ${signerRolesInWords[one.role]}${one.relation ? `, ${one.relation}` : ""}`,
          meaning: one.meaning,
          at: one.at,
          standing: one.stands !== false,
        },
        {
          kind: "paragraph",
          quiet: true,
          text: [
            `Signed on ${one.on}, ${wayInWords[one.way]}.`,
            one.method ? `Identity: ${one.method}.` : "",
            `Digest ${one.digest}.`,
            one.stands === false ? "The digest made anew differs: what is kept is not what was signed." : "",
          ]
            .filter(Boolean)
            .join(" "),
        },
      ]),
      ...(evidence.waiting.length > 0
        ? [
            {
              kind: "paragraph" as const,
              text: `Not signed yet: ${evidence.waiting.map((role) => signerRolesInWords[role]).join(", ")}.`,
            },
          ]
        : []),
      ...(evidence.choices.length > 0
        ? [
            { kind: "heading" as const, level: 2 as const, text: "Choices" },
            {
              kind: "facts" as const,
              facts: evidence.choices.map(({ text, yes }) => ({ term: yes ? "Yes" : "No", detail: text })),
            },
          ]
        : []),
      ...(content
        ? [
            { kind: "heading" as const, level: 2 as const, text: "What was signed" },
            ...content.agreements.map(({ text }) => ({ kind: "paragraph" as const, text: `I agree: ${text}` })),
            ...content.sections.flatMap(({ title: heading, summary, full }): Block[] => [
              { kind: "heading", level: 3, text: heading },
              { kind: "paragraph", text: summary },
              ...blocksOf(full).flatMap((block): Block[] =>
                block.kind === "list"
                  ? block.items.map((item) => ({ kind: "paragraph", text: `• ${item}` }))
                  : [{ kind: "paragraph", text: block.text }],
              ),
            ]),
          ]
        : []),
      ...(evidence.papers.length > 0
        ? [
            { kind: "heading" as const, level: 2 as const, text: "Paper" },
            {
              kind: "facts" as const,
              facts: evidence.papers.map((one) => ({
                term: `Scan, ${Math.ceil(one.bytes / 1024)} kB`,
                detail: `SHA-256 ${one.digest}, added ${utc(one.at)}`,
              })),
            },
          ]
        : []),
      { kind: "page-break" },
      { kind: "heading", level: 2, text: "How it came about" },
      {
        kind: "table",
        caption: "In the order in which it happened (UTC)",
        columns: [
          { title: "When", share: 2 },
          { title: "What", share: 5 },
          { title: "Seconds", align: "right" },
        ],
        rows: evidence.took.map(({ at, what, seconds }) => [utc(at), what, seconds === null ? "" : String(seconds)]),
      },
    ],
  };
}

const wayInWords = {
  typed: "by typing the name",
  drawn: "by typing the name and drawing",
  paper: "on paper",
  password: "with a password",
} as const;

export const utc = (at: Date): string => `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
