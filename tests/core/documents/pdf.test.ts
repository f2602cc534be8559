import { describe, expect, test } from "bun:test";
import { writePdf } from "@core/documents/pdf";
import type { Block, PdfDocument } from "@core/documents/pdf-document";
import type { Watermark } from "@core/documents/watermark";
import { pdfString, readPdf } from "../../support/pdf-text";
import { adasExport } from "../../support/watermarks";

const said = (text: string): Block => ({ kind: "paragraph", text });
const documentOf = (blocks: Block[], more: Partial<PdfDocument> = {}): PdfDocument => ({
  title: "Report of an invented trainee",
  lang: "en",
  blocks,
  ...more,
});
const printed = async (blocks: Block[], more: Partial<PdfDocument> = {}, mark: Watermark = adasExport) =>
  readPdf(await writePdf(documentOf(blocks, more), mark));
const flat = (text: string) => text.replace(/\s+/g, " ");
const wordsOf = (text: string) => text.split(/\s+/).join("");

const table: Block = {
  kind: "table",
  caption: "All ratings",
  columns: [
    { title: "Subcompetency", share: 3 },
    { title: "Level", align: "right" },
    { title: "Narrative", share: 4 },
  ],
  rows: Array.from({ length: 90 }, (_, i) => [
    `Row ${i}`,
    `${i / 2}`,
    i === 40 ? "Many words here. ".repeat(300) : "Good.",
  ]),
};
const fivePages: Block[] = [said("one"), { kind: "page-break" }, said("two"), { kind: "page-break" }, table];

describe("the mark", () => {
  const unusual: Watermark = {
    ...adasExport,
    name: "Łukasz Żółć-Nguyễn Ωμέγα Дарья",
    email: `${"long.".repeat(20)}mail@northfield.example`,
  };
  for (const [who, mark] of [
    ["plain", adasExport],
    ["unusual", unusual],
  ] as const) {
    for (const layout of ["portrait", "landscape"] as const) {
      test(`stands on every page, across and at the foot (${who} name, ${layout})`, async () => {
        const { pages } = await printed(fivePages, { layout }, mark);
        expect(pages.length).toBeGreaterThanOrEqual(5);
        pages.forEach(({ runs }, i) => {
          const artifacts = runs.filter(({ tag }) => tag === "Artifact").map(({ text }) => text);
          expect(artifacts).toContain(`${mark.name} · ${mark.email}`);
          expect(artifacts).toContain("Internal Medicine · 2026-08-21 10:00:05 UTC");
          expect(artifacts).toContain(mark.exportId);
          const foot = wordsOf(artifacts.join(" "));
          for (const part of [
            `Exported by ${mark.name} <${mark.email}>`,
            "Internal Medicine, Northfield Hospital · 2026-08-21 10:00:05 UTC",
            `export ${mark.exportId} · page ${i + 1} of ${pages.length}`,
          ]) {
            expect(foot).toContain(wordsOf(part));
          }
        });
      });
    }
  }

  test("stands on a document without content", async () => {
    const { pages } = await printed([]);
    expect(pages.length).toBe(1);
    expect(pages[0]?.text).toContain(adasExport.email);
  });

  test("stands in the file's properties", async () => {
    const { objects } = await printed([said("x")]);
    const strings = [...objects.values()].filter((o) => /^[(<]/.test(o)).map((o) => pdfString(`/X ${o}`, "X") ?? "");
    expect(strings).toContain(`export ${adasExport.exportId}`);
    expect(strings.some((s) => s.startsWith("Exported by Ada Okafor <ada.okafor@northfield.example>"))).toBe(true);
  });

  test("cannot be left out", async () => {
    await expect(writePdf(documentOf([said("x")]), { ...adasExport, email: " " })).rejects.toThrow(
      "The watermark has no email",
    );
  });
});

describe("reading aloud", () => {
  test("the file is tagged, has a language and shows its title", async () => {
    const { catalog, objects } = await printed([said("x")], { lang: "pl", title: "Sprawozdanie Łukasza" });
    expect(pdfString(catalog, "Lang")).toBe("pl");
    const object = (key: string) => objects.get(Number(new RegExp(`/${key} (\\d+) 0 R`).exec(catalog)?.[1])) ?? "";
    expect(object("MarkInfo")).toContain("/Marked true");
    expect(object("ViewerPreferences")).toContain("/DisplayDocTitle true");
    expect(object("StructTreeRoot")).toContain("/ParentTree");
    const strings = [...objects.values()].filter((o) => /^[(<]/.test(o)).map((o) => pdfString(`/X ${o}`, "X") ?? "");
    expect(strings).toContain("Sprawozdanie Łukasza");
  });

  test("no word stands outside a tag, and each kind has its own", async () => {
    const { pages, objects } = await printed([
      { kind: "heading", level: 1, text: "Heading" },
      { kind: "facts", facts: [{ term: "Term", detail: "Detail" }] },
      ...fivePages,
    ]);
    const runs = pages.flatMap((page) => page.runs);
    expect(runs.filter(({ tag }) => tag === "")).toEqual([]);
    const tagOf = (text: string) => runs.find((run) => run.text === text)?.tag;
    expect(["Heading", "Term", "Detail", "one", "All ratings", "Level", "Row 7", "Good."].map(tagOf)).toEqual([
      "H1",
      "Lbl",
      "LBody",
      "P",
      "Caption",
      "TH",
      "TH",
      "TD",
    ]);
    const all = [...objects.values()].join("\n");
    expect(all).toContain("/Scope /Column");
    expect(all).toContain("/Scope /Row");
  });

  test("a document without a title is refused", async () => {
    await expect(writePdf(documentOf([], { title: "\u200B" }), adasExport)).rejects.toThrow("A document needs a title");
  });
});

describe("blocks", () => {
  test("a table repeats its head, keeps every row and goes on with a long one", async () => {
    const { pages } = await printed([table]);
    for (const { runs } of pages) expect(runs.filter(({ text }) => text === "Subcompetency").length).toBe(1);
    const read = pages.flatMap(({ runs }) => runs);
    expect(read.filter(({ text }) => /^Row \d+$/.test(text)).map(({ text }) => text)).toEqual(
      Array.from({ length: 90 }, (_, i) => `Row ${i}`),
    );
    const narrative = flat(
      read
        .filter(({ tag }) => tag === "TD")
        .map(({ text }) => text)
        .join(" "),
    );
    expect(narrative.split("Many words here.").length - 1).toBe(300);
    // Read aloud, the head is said once.
    expect(read.filter(({ text, tag }) => text === "Subcompetency" && tag === "TH").length).toBe(1);
  });

  test("a row of another length than the head is refused", async () => {
    const short: Block = { kind: "table", caption: "T", columns: [{ title: "a" }, { title: "b" }], rows: [["1"]] };
    await expect(printed([short])).rejects.toThrow('Row 1 of "T" has 1 cells and not 2.');
  });

  test("long paragraphs and words wider than the page lose nothing", async () => {
    const text = `${"word ".repeat(2500)}${"unbroken".repeat(60)}`;
    const { pages } = await printed([said(text)]);
    expect(pages.length).toBeGreaterThan(1);
    const read = pages.flatMap(({ runs }) => runs.filter(({ tag }) => tag === "P").map((run) => run.text));
    expect(wordsOf(read.join(""))).toBe(wordsOf(text));
  });

  test("a chart is a figure with its sentence, and draws no line through what was not assessed", async () => {
    const chart = (values: (number | null)[]): Block => ({
      kind: "charts",
      scale: { from: 1, to: 5, step: 1 },
      charts: [
        { title: "PC1", sentence: "Rose from 2 to 4.", points: values.map((value, i) => ({ label: `P${i}`, value })) },
      ],
    });
    const { pages, objects } = await printed([chart([2, null, 4])]);
    const alt = [...objects.values()].find((o) => o.includes("/S /Figure")) ?? "";
    expect(pdfString(alt, "Alt")).toBe("PC1. Rose from 2 to 4.");
    const runs = pages[0]?.runs ?? [];
    expect(runs.filter(({ tag }) => tag === "Figure").map(({ text }) => text)).toEqual([
      "PC1",
      "1",
      "2",
      "3",
      "4",
      "5",
      "P0",
      "P2",
    ]);
    const strokes = async (values: (number | null)[]) =>
      (await printed([chart(values)])).pages[0]?.content.split(" l\nS\n").length ?? 0;
    const none = await strokes([null, null, null]);
    expect(none).toBeGreaterThan(5);
    expect((await strokes([2, null, 4])) - none).toBe(0);
    expect((await strokes([2, 3, null])) - none).toBe(1);
    expect((await strokes([2, 3, 4])) - none).toBe(2);
    await expect(printed([chart([2, 5.5])])).rejects.toThrow('"PC1" has 5.5 at P1, outside its scale of 1 to 5.');
  });

  test("a signature shows name, meaning and time, and says when it is broken", async () => {
    const sign = (standing: boolean): Block => ({
      kind: "signature",
      name: "Inès Laurent",
      meaning: "I approve this report",
      at: adasExport.at,
      standing,
    });
    const whole = (await printed([sign(true)])).pages[0]?.text ?? "";
    for (const part of [
      "Signed electronically by Inès Laurent",
      "Meaning: I approve this report",
      "Date and time: 2026-08-21 10:00:05 UTC",
    ]) {
      expect(whole).toContain(part);
    }
    expect(whole).not.toContain("broken");
    expect((await printed([sign(false)])).pages[0]?.text).toContain("This signature is broken");
  });

  test("the same document gives the same bytes, so that a digest can be asked again", async () => {
    const [a, b] = [
      await writePdf(documentOf(fivePages), adasExport),
      await writePdf(documentOf(fivePages), adasExport),
    ];
    expect(Buffer.from(a).equals(Buffer.from(b))).toBe(true);
  });
});
