/** A packet on paper: what it says, and nothing of how it looks. */
import type { PdfDocument } from "@core/documents/pdf-document.ts";
import { type Packet, wordsOf } from "./packet.ts";

export function packetDocument({
  name,
  packet,
  gaps,
  sha256,
  version,
}: {
  readonly name: string;
  readonly packet: Packet;
  readonly gaps: readonly string[];
  readonly sha256: string;
  readonly version: number;
}): PdfDocument {
  const numbers = new Map(packet.evaluations.map(({ id }, at) => [id, at + 1]));
  return {
    title: `Committee packet of ${name}`,
    lang: "en",
    blocks: [
      { kind: "heading", level: 1, text: `Committee packet of ${name}` },
      {
        kind: "facts",
        facts: [
          { term: "Period", detail: packet.period },
          { term: "Code in the record", detail: packet.trainee },
          { term: "Year of training", detail: `PGY ${packet.pgy}` },
          { term: "Judged by", detail: packet.framework },
          { term: "Frozen", detail: `${packet.frozenAt.slice(0, 16).replace("T", " ")} UTC, version ${version}` },
          { term: "SHA-256", detail: sha256 },
        ],
      },
      ...gaps.map((text) => ({ kind: "paragraph" as const, text })),
      {
        kind: "table",
        caption: "Levels. The number in brackets is the evaluation below from which a level comes.",
        columns: [
          { title: "Subcompetency", share: 3 },
          { title: "Period before" },
          { title: "Own view" },
          { title: "Observed", share: 2 },
        ],
        rows: packet.subcompetencies.map((one) => [
          `${one.code} ${one.title}`,
          wordsOf(one.before),
          wordsOf(one.self),
          one.observed.map((seen) => `${wordsOf(seen)} [${numbers.get(seen.evaluation) ?? "?"}]`).join(", ") ||
            "Not observed",
        ]),
      },
      { kind: "heading", level: 2, text: "What evaluators wrote" },
      ...packet.evaluations.flatMap(({ rotation, submittedAt, narrative, signedIn }, at) => [
        {
          kind: "heading" as const,
          level: 3 as const,
          text: `[${at + 1}] ${rotation}, ${submittedAt.slice(0, 10)}${signedIn === false ? ", by link, not signed in" : ""}`,
        },
        { kind: "paragraph" as const, text: narrative || "Nothing was written." },
      ]),
    ],
  };
}
