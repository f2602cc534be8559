import { describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { essence, isMarked, RowMarks } from "@core/documents/row-marks";
import { spool } from "@core/documents/spool";
import type { Cell, Column } from "@core/documents/table";
import { streamJson, streamTxt, streamXml, writeJson } from "@core/documents/text-files";
import { streamXlsx } from "@core/documents/xlsx";
import { streamZip } from "@core/documents/zip";
import { sha256 } from "@core/vault/primitives";
import { SaxesParser } from "saxes";
import { unzip, whole } from "../../support/files";
import { adasExport } from "../../support/watermarks";

const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

describe("a workbook", () => {
  const columns: Column[] = [
    { title: "Code", kind: "text" },
    { title: "Level", kind: "number" },
    { title: "Day", kind: "date" },
    { title: "Done", kind: "boolean" },
  ];
  const partsOf = async (rows: Cell[][], title = "Stones", of = columns, mark = adasExport) =>
    unzip(await whole(streamXlsx([{ title, columns: of, rows }], mark)));
  const cellOf = async (value: Cell, kind: Column["kind"]) => {
    const sheet = text((await partsOf([[value]], "x", [{ title: "x", kind }])).get("xl/worksheets/sheet1.xml"));
    return /<row r="2">([\s\S]*?)<c r="B2"/.exec(sheet)?.[1] ?? "missing";
  };
  const inline = (said: string) => `<c r="A2" t="inlineStr" s="4"><is><t xml:space="preserve">${said}</t></is></c>`;

  test("is well-formed XML in every part, each part named where readers look for it", async () => {
    const parts = await partsOf([["a & b <c>", 1, "2026-08-21", true]], "Stones & <stones>");
    expect([...parts.keys()]).toEqual([
      "xl/worksheets/sheet1.xml",
      "xl/worksheets/sheet2.xml",
      "[Content_Types].xml",
      "_rels/.rels",
      "xl/workbook.xml",
      "xl/_rels/workbook.xml.rels",
      "xl/styles.xml",
      "docProps/core.xml",
    ]);
    const types = text(parts.get("[Content_Types].xml"));
    for (const name of [...parts.keys()].filter((one) => !/rels$|Content/.test(one))) {
      expect(types).toContain(`PartName="/${name}"`);
    }
    for (const bytes of parts.values()) {
      const parser = new SaxesParser({ xmlns: true });
      parser.on("error", (error) => {
        throw error;
      });
      parser.write(text(bytes)).close();
    }
    expect(text(parts.get("xl/workbook.xml"))).toContain('name="Stones &amp; &lt;stones&gt;"');
  });

  test("says who took it: in a column of each row, on a sheet of its own, in the print and in its properties", async () => {
    const parts = await partsOf([["A", 1, null, null]]);
    const sheet = text(parts.get("xl/worksheets/sheet1.xml"));
    expect(sheet).toContain(`<c r="E2" t="inlineStr" s="4"><is><t xml:space="preserve">${adasExport.exportId}`);
    expect(sheet).toMatch(/<oddFooter>.*Ada Okafor.*<\/oddFooter>/);
    const about = text(parts.get("xl/worksheets/sheet2.xml"));
    for (const part of [
      "Ada Okafor &lt;ada.okafor@northfield.example&gt;",
      "Internal Medicine, Northfield Hospital",
      "2026-08-21 10:00:05 UTC",
      adasExport.exportId,
    ])
      expect(about).toContain(part);
    expect(text(parts.get("docProps/core.xml"))).toContain("Exported by Ada Okafor");
  });

  const cells: [string, Cell, Column["kind"], string][] = [
    ["a formula stays text", "=1+1", "text", inline("=1+1")],
    ["a code keeps its zeros", "007", "text", inline("007")],
    ["blanks and line breaks stay", " a\nb ", "text", inline(" a\nb ")],
    ["what XML cannot hold is written as its code", "a\u0001b\r", "text", inline("a_x0001_b_x000D_")],
    ["what looks like a code is not taken for one", "_x0041_", "text", inline("_x005F_x0041_")],
    ["half a letter is mended", "\uD800x", "text", inline("\uFFFDx")],
    ["a number is a number", -12.5, "number", '<c r="A2"><v>-12.5</v></c>'],
    ["a decimal of the database too", "3.50", "number", '<c r="A2"><v>3.50</v></c>'],
    ["sixteen digits would lose one, so they are text", "1234567890123456", "number", inline("1234567890123456")],
    ["zeros in front do not count", "0.0000123", "number", '<c r="A2"><v>0.0000123</v></c>'],
    ["a day", "2026-08-21", "date", '<c r="A2" s="2"><v>46255</v></c>'],
    ["a moment", new Date("2026-08-21T12:00:00Z"), "date", '<c r="A2" s="3"><v>46255.5</v></c>'],
    ["a moment elsewhere is told in UTC", "2026-08-21T14:00:00+02:00", "date", '<c r="A2" s="3"><v>46255.5</v></c>'],
    [
      "the first of March 1900 is the first day that spreadsheets count right",
      "1900-03-01",
      "date",
      '<c r="A2" s="2"><v>61</v></c>',
    ],
    ["a day before it stays text", "1900-02-28", "date", inline("1900-02-28")],
    ["a truth", true, "boolean", '<c r="A2" t="b"><v>1</v></c>'],
    ["nothing is nothing", null, "text", ""],
  ];
  for (const [says, value, kind, xml] of cells) test(says, async () => expect(await cellOf(value, kind)).toBe(xml));

  test("refuses a cell that a spreadsheet would cut, and says which", async () => {
    await expect(partsOf([["x".repeat(32_768), 1, null, null]])).rejects.toThrow(
      'Row 1, column "Code": a cell of a spreadsheet holds 32,767 characters and this has 32,768. Export it as CSV.',
    );
  });

  test("goes on on another sheet where one is full", async () => {
    function* many() {
      for (let i = 0; i < 1_048_580; i++) yield [i];
    }
    const parts = unzip(
      await whole(streamXlsx([{ title: "A", columns: [{ title: "n", kind: "number" }], rows: many() }], adasExport)),
    );
    expect(text(parts.get("xl/workbook.xml"))).toContain('name="A (2)"');
    const second = text(parts.get("xl/worksheets/sheet2.xml"));
    expect(second).toContain('<row r="2"><c r="A2"><v>1048575</v></c>');
    expect(second.match(/<row /g)).toHaveLength(6);
  }, 60_000);

  test("gives sheets names that spreadsheets take, each once", async () => {
    const sheets = ["a/b:c", "A-B-C", "'x'", "", "y".repeat(40), "y".repeat(41)].map((title) => ({
      title,
      columns,
      rows: [],
    }));
    const book = text(unzip(await whole(streamXlsx(sheets, adasExport))).get("xl/workbook.xml"));
    expect([...book.matchAll(/ name="([^"]*)"/g)].map(([, name]) => name)).toEqual([
      "a-b-c",
      "A-B-C (2)",
      "x",
      "Sheet",
      "y".repeat(31),
      `${"y".repeat(26)} (2)`,
      "About this file",
    ]);
  });
});

describe("an archive", () => {
  const bytes = new TextEncoder().encode("hello ".repeat(100_000));
  test("gives back what went in, in pieces of any size", async () => {
    const pieces = [bytes.subarray(0, 1), bytes.subarray(1, 300_000), bytes.subarray(300_000)];
    const parts = unzip(
      await whole(
        streamZip(
          [
            { name: "a/b.txt", body: pieces },
            { name: "Żółć.txt", body: [] },
          ],
          adasExport.at,
        ),
      ),
    );
    expect([...parts.keys()]).toEqual(["a/b.txt", "Żółć.txt"]);
    expect(Buffer.from(parts.get("a/b.txt") ?? []).equals(Buffer.from(bytes))).toBe(true);
    expect(parts.get("Żółć.txt")).toHaveLength(0);
  });
  for (const name of ["", "/etc/passwd", "../x", "a/../b", "a\\b", "a//b"]) {
    test(`refuses a part called ${JSON.stringify(name)}`, async () => {
      await expect(whole(streamZip([{ name, body: [] }], adasExport.at))).rejects.toThrow("cannot hold a part");
    });
  }
  test("refuses the same name twice", async () => {
    const twice = [
      { name: "a", body: [] },
      { name: "a", body: [] },
    ];
    await expect(whole(streamZip(twice, adasExport.at))).rejects.toThrow("cannot hold a part");
  });
});

describe("texts", () => {
  test("JSON: the watermark first, then the object", () => {
    const read = JSON.parse(text(writeJson({ a: 1 }, adasExport)));
    expect(Object.keys(read)).toEqual(["export", "a"]);
    expect(read.export).toMatchObject({ id: adasExport.exportId, by: { email: adasExport.email } });
    expect(() => writeJson({ export: 1 }, adasExport)).toThrow('The member "export"');
  });
  test("JSON of a table: numbers as they were written, nothing as null", async () => {
    const columns: Column[] = [
      { title: "n", kind: "number" },
      { title: "t", kind: "text" },
    ];
    const json = text(
      await whole(
        streamJson(
          {
            columns,
            rows: [
              ["12345678901234567890.10", 'a"b'],
              [null, null],
              [".5", ""],
            ],
          },
          adasExport,
        ),
      ),
    );
    expect(json).toContain('{"n":12345678901234567890.10,"t":"a\\"b"}');
    expect(JSON.parse(json).rows.slice(1)).toEqual([
      { n: null, t: null },
      { n: ".5", t: "" },
    ]);
    expect(JSON.parse(text(await whole(streamJson({ columns, rows: [] }, adasExport)))).rows).toEqual([]);
  });
  test("XML: a comment behind the declaration, which no name can end", async () => {
    const mark = { ...adasExport, name: "A --> <x/> -- B-" };
    const xml = text(await whole(streamXml(['<?xml version="1.0"?>\n<a>', "</a>"], mark)));
    expect(xml).toMatch(/^<\?xml version="1.0"\?>\n<!-- Exported by A - -> <x\/> - - B- <.* -->\n<a><\/a>$/);
    expect(text(await whole(streamXml("<a/>", adasExport)))).toMatch(/^<!-- .* -->\n<a\/>$/);
  });
  test("plain text: the first line", async () => {
    expect(text(await whole(streamTxt("one\n", adasExport)))).toMatch(/^Exported by Ada Okafor .*\r\n\r\none\n$/);
  });
});

describe("what a row is known by", () => {
  const key = new Uint8Array(32).fill(7);
  test("is the same in every way it may be copied", () => {
    const said = essence(["T-1", "Ada, the first", "3.5"]);
    for (const copy of [
      `T-1,"Ada, the first",3.5,${adasExport.exportId}`,
      "T-1\tAda, the first\t3.5",
      "t-1;  ADA, the first ;3.5\r",
      `| T-1 | Ada, the first | 3.5 |`,
    ])
      expect(essence(copy)).toBe(said);
    expect(essence(["1", "2"])).toBeNull();
  });
  test("is found, and what was not there is not, but for one in three hundred", () => {
    const marks = new RowMarks(key);
    for (let i = 0; i < 5_000; i++) marks.see([`row number ${i}`]);
    const filter = marks.filter() ?? new Uint8Array();
    expect(filter.length).toBe(7_500);
    const found = (from: number) =>
      Array.from({ length: 5_000 }, (_, i) => isMarked(filter, key, `rownumber${from + i}`)).filter(Boolean).length;
    expect(found(0)).toBe(5_000);
    expect(found(100_000)).toBeLessThan(40);
    expect(isMarked(filter, new Uint8Array(32).fill(8), "rownumber1")).toBe(false);
    expect(new RowMarks(key).filter()).toBeNull();
  });
});

describe("the spool", () => {
  const folder = mkdtempSync(join(tmpdir(), "cairn-spool-"));
  async function* pieces(count: number, fail = false) {
    for (let i = 0; i < count; i++) yield new Uint8Array(65_536).fill(i % 251);
    if (fail) throw new Error("the source broke");
  }
  test("keeps a small file in memory", async () => {
    const { body, bytes, sha256: digest } = await spool(pieces(2), folder);
    expect(body).toBeInstanceOf(Uint8Array);
    expect([bytes, digest]).toEqual([131_072, sha256(body as Uint8Array)]);
  });
  test("keeps a large one where nobody finds it, sealed, and gives it back whole", async () => {
    const spooled = await spool(pieces(200), folder);
    expect(readdirSync(join(folder, "spool"))).toEqual([]);
    const back = await whole(spooled.body as AsyncIterable<Uint8Array>);
    expect(back.length).toBe(200 * 65_536);
    expect(sha256(back)).toEqual(Buffer.from(spooled.sha256));
    spooled.discard();
  });
  test("lets go of it, and then it cannot be read", async () => {
    const spooled = await spool(pieces(200), folder);
    spooled.discard();
    await expect(whole(spooled.body as AsyncIterable<Uint8Array>)).rejects.toThrow();
  });
  test("leaves nothing when its source breaks", async () => {
    await expect(spool(pieces(200, true), folder)).rejects.toThrow("the source broke");
    await expect(spool(pieces(1, true), folder)).rejects.toThrow("the source broke");
    rmSync(folder, { recursive: true });
  });
});
