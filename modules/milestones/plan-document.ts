/** A trainee's own learning plan as a document. */
import type { PdfDocument } from "@core/documents/pdf-document.ts";

export interface PlanContent {
  readonly name: string;
  readonly program: string;
  readonly period: string;
  readonly state: string;
  readonly goals: readonly {
    readonly code: string;
    readonly title: string;
    readonly wording: string;
    readonly measure: string;
    readonly confidence: number;
    readonly dueOn: string;
    readonly ending: string;
    readonly note: string;
  }[];
  readonly happened: readonly { readonly on: string; readonly what: string; readonly note: string }[];
}

export function planDocument({ name, program, period, state, goals, happened }: PlanContent): PdfDocument {
  return {
    title: `Learning plan of ${name}, ${period}`,
    lang: "en",
    blocks: [
      { kind: "heading", level: 1, text: `Learning plan of ${name}` },
      {
        kind: "facts",
        facts: [
          { term: "Program", detail: program },
          { term: "Period", detail: period },
          { term: "State", detail: state },
        ],
      },
      ...goals.flatMap(({ code, title, wording, measure, confidence, dueOn, ending, note }) => [
        { kind: "heading" as const, level: 2 as const, text: `${code} ${title}` },
        { kind: "paragraph" as const, text: wording },
        {
          kind: "facts" as const,
          facts: [
            ...(measure ? [{ term: "How one will know", detail: measure }] : []),
            { term: "By", detail: dueOn },
            { term: "Confidence", detail: `${confidence} of 10` },
            { term: "Outcome", detail: [ending, note].filter(Boolean).join(". ") },
          ],
        },
      ]),
      ...(happened.length === 0
        ? []
        : [
            { kind: "heading" as const, level: 2 as const, text: "What happened" },
            {
              kind: "table" as const,
              caption: "Steps and check-ins, the earliest first",
              columns: [{ title: "Day" }, { title: "What", share: 2 }, { title: "Note", share: 4 }],
              rows: happened.map(({ on, what, note }) => [on, what, note]),
            },
          ]),
    ],
  };
}
