/** A trainee's own improvement plan as a document. */
import type { PdfDocument } from "@core/documents/pdf-document.ts";
import { type PipText, pipParts } from "./pip.ts";

export interface PipContent {
  readonly called: string;
  readonly name: string;
  readonly program: string;
  readonly state: string;
  readonly startsOn: string;
  readonly endsOn: string;
  readonly about: readonly string[];
  readonly evidence: readonly string[];
  readonly text: PipText;
  readonly happened: readonly { readonly on: string; readonly what: string; readonly note: string }[];
}

export function pipDocument({ called, name, program, state, startsOn, endsOn, ...plan }: PipContent): PdfDocument {
  return {
    title: `${called} of ${name}`,
    lang: "en",
    blocks: [
      { kind: "heading", level: 1, text: `${called} of ${name}` },
      {
        kind: "facts",
        facts: [
          { term: "Program", detail: program },
          { term: "State", detail: state },
          { term: "From", detail: `${startsOn} to ${endsOn}` },
          { term: "About", detail: plan.about.join("\n") },
          { term: "Evidence", detail: plan.evidence.join("\n") || "None linked" },
        ],
      },
      ...pipParts.flatMap((part) => [
        { kind: "heading" as const, level: 2 as const, text: part.title },
        { kind: "paragraph" as const, text: plan.text[part.name] },
      ]),
      { kind: "heading", level: 2, text: "What happened" },
      {
        kind: "table",
        caption: "Since the notice was served, the earliest first",
        columns: [{ title: "Day" }, { title: "What", share: 2 }, { title: "Note", share: 4 }],
        rows: plan.happened.map(({ on, what, note }) => [on, what, note]),
      },
    ],
  };
}
