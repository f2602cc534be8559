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
    /** As the table has it: "3.5", "NYC1", "–". */
    readonly written: readonly string[];
    readonly sentence: string;
  }[];
  readonly chart: CourseChart;
}

/** What is drawn of a trainee: the program's word, the own view beside it, and the program's own history behind both. */
export interface CourseChart {
  readonly periods: readonly string[];
  readonly hasOwn: boolean;
  readonly hasBand: boolean;
  readonly lines: readonly {
    readonly code: string;
    readonly program: readonly (number | null)[];
    readonly own: readonly (number | null)[];
    readonly low: readonly (number | null)[];
    readonly high: readonly (number | null)[];
  }[];
}

/** The names of the strokes, the same on the page and in print. */
export const strokes = {
  line: "Program",
  past: "The result before",
  other: "Own view",
  band: "Middle half of this program's trainees at the same stage, never of fewer than five",
} as const;

export function reportOf({
  name,
  program,
  code,
  pgy,
  framework,
  printedOn,
  periods,
  courses,
  chart,
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
              dense: true,
              legend: {
                line: strokes.line,
                past: strokes.past,
                other: chart.hasOwn ? strokes.other : undefined,
                band: chart.hasBand ? strokes.band : undefined,
              },
              charts: chart.lines.map((line, at) => ({
                title: line.code,
                sentence: `${courses[at]?.title ?? ""}. ${courses[at]?.sentence ?? ""}`,
                points: chart.periods.map((label, period) => ({ label, value: line.program[period] ?? null })),
                ...(chart.hasOwn ? { other: line.own } : {}),
                ...(chart.hasBand ? { band: { low: line.low, high: line.high } } : {}),
              })),
            },
            { kind: "page-break" as const },
            { kind: "heading" as const, level: 2 as const, text: "Every result" },
            {
              kind: "table" as const,
              caption:
                "Levels by period. NYC1 is Not Yet Completed Level 1, NYA is Not Yet Assessable; neither is a level.",
              columns: [
                { title: "Subcompetency", share: 4 },
                ...periods.map(({ short }) => ({ title: short })),
                { title: "Course", share: 3.4 },
              ],
              rows: courses.map((line) => [`${line.code} ${line.title}`, ...line.written, line.sentence]),
            },
          ]),
    ],
  };
}
