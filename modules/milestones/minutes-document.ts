/** The minutes of a meeting as they are filed: who sat there, what the committee recommends, and what was written down. */
import type { PdfDocument } from "@core/documents/pdf-document.ts";

export interface MinutesContent {
  readonly program: string;
  readonly period: string;
  readonly heldOn: string;
  readonly quorum: { readonly sentence: string };
  readonly seats: readonly {
    readonly name: string;
    readonly isPresent: boolean;
    readonly isCore: boolean;
    readonly isChair: boolean;
  }[];
  readonly done: readonly { readonly trainee: string; readonly how: string; readonly seats: string }[];
  readonly minutes: {
    readonly text: string;
    readonly version: number;
    readonly by: string | null;
    readonly at: Date | null;
  };
}

export function minutesDocument({
  program,
  period,
  heldOn,
  quorum,
  seats,
  done,
  minutes,
}: MinutesContent): PdfDocument {
  const present = seats.filter(({ isPresent }) => isPresent);
  const chair = present.find(({ isChair }) => isChair);
  return {
    title: `Minutes of ${heldOn}`,
    lang: "en",
    blocks: [
      { kind: "heading", level: 1, text: `Competence committee: minutes of ${heldOn}` },
      {
        kind: "facts",
        facts: [
          { term: "Program", detail: program },
          { term: "Period", detail: period },
          { term: "Chair", detail: chair?.name ?? "Nobody is noted" },
          {
            term: "Present",
            detail:
              present.map(({ name, isCore }) => (isCore ? `${name} (core faculty)` : name)).join(", ") || "Nobody",
          },
          { term: "Absent", detail: seats.flatMap((seat) => (seat.isPresent ? [] : seat.name)).join(", ") || "Nobody" },
          { term: "Quorum", detail: quorum.sentence },
        ],
      },
      {
        kind: "paragraph",
        text: "Confidential. The committee advises the program director, who decides.",
        quiet: true,
      },
      {
        kind: "table",
        caption: "Recommendations of this meeting",
        columns: [{ title: "Trainee", share: 2 }, { title: "How" }, { title: "Seats" }],
        rows: done.map(({ trainee, how, seats: counted }) => [trainee, how, counted]),
      },
      { kind: "heading", level: 2, text: "What was decided and why" },
      { kind: "paragraph", text: minutes.text },
      {
        kind: "paragraph",
        text: `Version ${minutes.version}, written by ${minutes.by ?? "someone who has left"}${minutes.at ? `, ${minutes.at.toISOString().slice(0, 16).replace("T", " ")} UTC` : ""}.`,
        quiet: true,
      },
    ],
  };
}
