/** What leaves for a third party, and nothing beyond it. */
import type { PdfDocument } from "@core/documents/pdf-document.ts";
import type { GivenSignature } from "@core/module.ts";
import { type Level, numberOf } from "./level.ts";
import { scopes, type ThirdPartyContent } from "./third-party.ts";

export function thirdPartyDocument(of: {
  readonly content: ThirdPartyContent;
  readonly sha256: string;
  readonly signatures: readonly Pick<GivenSignature, "name" | "meaning" | "at" | "standing">[];
  readonly name: string;
  readonly program: string;
  readonly periods: readonly { readonly title: string; readonly short: string }[];
  readonly courses: readonly {
    readonly code: string;
    readonly title: string;
    readonly levels: readonly (Level | null)[];
    readonly words: readonly string[];
  }[];
  readonly evaluations: readonly { readonly rotation: string; readonly day: string }[];
}): PdfDocument {
  const { content, periods, courses } = of;
  return {
    title: `Release about ${of.name}`,
    lang: "en",
    blocks: [
      { kind: "heading", level: 1, text: `Release about ${of.name}` },
      {
        kind: "facts",
        facts: [
          { term: "For", detail: content.recipient },
          { term: "Purpose", detail: content.purpose },
          { term: "From", detail: of.program },
          { term: "Holds", detail: content.scope.map((one) => scopes[one]).join("; ") },
          { term: "Content", detail: of.sha256 },
        ],
      },
      {
        kind: "paragraph",
        text: "Milestones describe development within an accredited program and are not designed for any other use. Nothing here was written by a model.",
        quiet: true,
      },
      ...(content.scope.includes("course") && periods.length > 0
        ? [
            {
              kind: "charts" as const,
              scale: { from: 1, to: 5, step: 1 },
              charts: courses.map(({ code, title, levels }) => ({
                title: `${code} ${title}`,
                sentence: levels.map((level) => numberOf(level) ?? "–").join(", "),
                points: periods.map(({ short }, at) => ({ label: short, value: numberOf(levels[at] ?? null) })),
              })),
            },
          ]
        : []),
      ...(content.scope.includes("results")
        ? [
            {
              kind: "table" as const,
              caption: "Released results",
              columns: [{ title: "Subcompetency", share: 3 }, ...periods.map(({ short }) => ({ title: short }))],
              rows: courses.map(({ code, title, words }) => [`${code} ${title}`, ...words]),
            },
          ]
        : []),
      ...(content.scope.includes("evaluations")
        ? [
            {
              kind: "table" as const,
              caption: "Submitted evaluations, without what was written",
              columns: [{ title: "Rotation", share: 3 }, { title: "Submitted" }],
              rows: of.evaluations.map(({ rotation, day }) => [rotation, day]),
            },
          ]
        : []),
      { kind: "heading" as const, level: 2 as const, text: "Consented to by" },
      ...of.signatures.map(({ name, meaning, at, standing }) => ({
        kind: "signature" as const,
        name,
        meaning,
        at,
        standing,
      })),
    ],
  };
}
