/** A trainee's report as a document: what it says, and nothing of how it looks. */
import type { PdfDocument } from "@core/documents/pdf-document.ts";

export interface ReportContent {
  readonly name: string;
  readonly program: string;
  readonly code: string;
  readonly pgy: number;
  readonly framework: string;
  /** "2026-11-02" */
  readonly printedOn: string;
  readonly periods: readonly { readonly title: string; readonly short: string }[];
  readonly courses: readonly {
    readonly code: string;
    readonly title: string;
    readonly numbers: readonly (number | null)[];
    readonly words: readonly string[];
    readonly sentence: string;
  }[];
}

export function reportOf({
  name,
  program,
  code,
  pgy,
  framework,
  printedOn,
  periods,
  courses,
}: ReportContent): PdfDocument {
  return {
    title: `Milestones of ${name}`,
    lang: "en",
    blocks: [
      { kind: "heading", level: 1, text: `Milestones of ${name}` },
      {
        kind: "facts",
        facts: [
          { term: "Program", detail: program },
          { term: "Code in the record", detail: code },
          { term: "Year of training", detail: `PGY ${pgy}` },
          { term: "Judged by", detail: framework },
          { term: "As of", detail: printedOn },
        ],
      },
      {
        kind: "paragraph",
        text: "Milestones describe the development of a trainee within an accredited program. They are not meant for any other use.",
        quiet: true,
      },
      ...(periods.length === 0
        ? [{ kind: "paragraph" as const, text: "No result has been finalised yet." }]
        : [
            { kind: "heading" as const, level: 2 as const, text: "Course over the periods" },
            {
              kind: "charts" as const,
              scale: { from: 1, to: 5, step: 1 },
              charts: courses.map((line) => ({
                title: `${line.code} ${line.title}`,
                sentence: line.sentence,
                points: periods.map(({ short }, at) => ({ label: short, value: line.numbers[at] ?? null })),
              })),
            },
            { kind: "heading" as const, level: 2 as const, text: "Every result" },
            {
              kind: "table" as const,
              caption: "Levels by period. Not Yet Completed Level 1 and Not Yet Assessable are not levels.",
              columns: [{ title: "Subcompetency", share: 3 }, ...periods.map(({ short }) => ({ title: short }))],
              rows: courses.map((line) => [`${line.code} ${line.title}`, ...line.words]),
            },
          ]),
    ],
  };
}
