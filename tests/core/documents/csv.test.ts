import { describe, expect, test } from "bun:test";
import { guard, streamCsv, unguard } from "@core/documents/csv";
import type { Cell, Column } from "@core/documents/table";
import { parse } from "csv-parse/sync";
import { writeCsv } from "../../support/files";
import { adasExport } from "../../support/watermarks";

const bare = { bom: false, comment: false } as const;
const text: Column = { title: "note", kind: "text" };
const decode = (bytes: Uint8Array) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
const written = async (columns: Column[], rows: Cell[][], options = {}) =>
  decode(await writeCsv({ columns, rows }, adasExport, options));
/** The first cell of the only row, as a parser gives it back. */
const cellOf = async (value: Cell, kind: Column["kind"]) =>
  (parse(await written([{ title: "x", kind }], [[value]], bare)) as string[][])[1]?.[0];

/** What has been made to run in spreadsheets, or begins like it. */
const formulas = [
  "=1+1",
  "=cmd|' /C calc'!A0",
  '=HYPERLINK("http://example.org?x="&A1,"Click")',
  "+cmd|' /C calc'!A0",
  "-2+3+cmd|' /C calc'!D2",
  "@SUM(1+1)*cmd|' /C calc'!A0",
  '=DDE("cmd";"/C calc";"!A0")',
  "\t=1+1",
  "\r=1+1",
  "\n=1+1",
  "\0=1+1",
  "=\n1",
  "-",
  "- a list item",
  "-1-1",
  "--5",
  "+49 170 1234567",
  "-12,5",
  "＝1+1",
  "＋1",
  "＠x",
];

describe("formulas in text", () => {
  for (const formula of formulas) {
    test(`${JSON.stringify(formula)} is inert, and comes back as it was`, async () => {
      const cell = await cellOf(formula, "text");
      expect(cell).toBe(`'${formula}`);
      expect(unguard(cell ?? "")).toBe(formula);
    });
  }

  for (const harmless of [
    "a=b",
    "a-5",
    "5-a",
    "mail@northfield.example",
    "'quoted'",
    "",
    "3.5",
    "-12.5",
    "+3",
    "-1e-3",
    "-.5",
  ]) {
    test(`${JSON.stringify(harmless)} stays as it is`, async () => {
      expect(await cellOf(harmless, "text")).toBe(harmless);
      expect(unguard(harmless)).toBe(harmless);
    });
  }

  test("an apostrophe that was there before the guard is not lost", () => {
    for (const odd of ["'=1", "''=1", "'-12.5", "'+x", "'"]) expect(unguard(guard(odd))).toBe(odd);
  });

  test("in a title too", async () => {
    expect(await written([{ title: "=1+1", kind: "text" }], [], bare)).toBe("'=1+1,export\r\n");
  });

  test("in the comment line a name cannot open a second cell", async () => {
    const mark = { ...adasExport, name: "x,=cmd|' /C calc'!A0;=1\t=2\"" };
    const body = await writeCsv({ columns: [text], rows: [] }, mark, { bom: false });
    const [first = ""] = decode(body).split("\r\n");
    expect(first).toStartWith("# Exported by x =cmd|' /C calc'!A0 =1 =2 <");
    expect(first).not.toMatch(/[,;\t"]/);
  });
});

describe("values keep their kind", () => {
  const numbers: [Cell, string][] = [
    [-5, "-5"],
    [-12.5, "-12.5"],
    ["-12.50", "-12.50"],
    [0, "0"],
    [10n ** 20n, "100000000000000000000"],
    [1e21, "1e+21"],
    [null, ""],
    [undefined, ""],
  ];
  for (const [value, shown] of numbers) {
    test(`the number ${String(value)} is ${JSON.stringify(shown)}`, async () => {
      expect(await cellOf(value, "number")).toBe(shown);
    });
  }

  test("dates and truth values", async () => {
    expect(await cellOf(new Date("2026-08-21T10:00:05Z"), "date")).toBe("2026-08-21T10:00:05.000Z");
    expect(await cellOf("2026-08-21", "date")).toBe("2026-08-21");
    expect(await cellOf(true, "boolean")).toBe("true");
    expect(await cellOf(false, "boolean")).toBe("false");
  });

  const lies: [Cell, Column["kind"]][] = [
    [Number.NaN, "number"],
    [Number.POSITIVE_INFINITY, "number"],
    ["=1", "number"],
    ["-1+1", "number"],
    ["=1", "date"],
    [new Date("no"), "date"],
    ["true", "boolean"],
    [5, "text"],
  ];
  for (const [value, kind] of lies) {
    test(`${String(value)} is refused as ${kind}`, async () => {
      await expect(cellOf(value, kind)).rejects.toThrow(`Row 1, column "x": the value is not a ${kind}.`);
    });
  }
});

describe("the file", () => {
  const columns: Column[] = [
    { title: "code", kind: "text" },
    { title: "level", kind: "number" },
    { title: "note", kind: "text" },
  ];
  const rows: Cell[][] = [
    ["PC1", -0.5, 'says "hello", twice'],
    ["PC2", 3.5, "line\r\nbreak\nand another"],
    ["Żółć", null, " spaces around "],
    ["PC4", 2, "semi;colon\tand tab"],
  ];

  test("is RFC 4180 behind a byte order mark, names its origin first and in each row", async () => {
    const whole = await written(columns, rows);
    expect(whole).toStartWith("\uFEFF# Exported by Ada Okafor <ada.okafor@northfield.example> · Internal Medicine");
    const [first = ""] = whole.split("\r\n");
    for (const part of ["2026-08-21 10:00:05 UTC", adasExport.exportId]) expect(first).toContain(part);
    expect(whole).toEndWith("\r\n");
    const read = parse(whole, { bom: true, comment: "#", comment_no_infix: true }) as string[][];
    expect(read[0]).toEqual(["code", "level", "note", "export"]);
    expect(read.slice(1)).toEqual(rows.map((row) => [...row.map((v) => String(v ?? "")), adasExport.exportId]));
  });

  test("comes without mark and comment where a program asks for that, and still names the export in each row", async () => {
    const whole = await written(columns, rows, bare);
    expect(whole).toStartWith("code,level,note,export\r\n");
    expect(whole.split(adasExport.exportId).length - 1).toBe(rows.length);
  });

  test("with semicolons for spreadsheets that want them", async () => {
    const whole = await written(columns, rows, { ...bare, delimiter: ";" });
    const read = parse(whole, { delimiter: ";" }) as string[][];
    expect(read[4]).toEqual(["PC4", "2", "semi;colon\tand tab", adasExport.exportId]);
  });

  test("streams the same bytes in several pieces, telling each row", async () => {
    const many = Array.from({ length: 5000 }, (_, i) => [`PC${i}`, i, "x".repeat(20)]);
    const seen: (readonly string[])[] = [];
    const pieces: Uint8Array[] = [];
    const stream = streamCsv({ columns, rows: many }, adasExport, {}, (shown) => seen.push(shown));
    for await (const piece of stream) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(3);
    expect(Buffer.concat(pieces).equals(Buffer.from(await writeCsv({ columns, rows: many }, adasExport)))).toBe(true);
    expect(seen).toHaveLength(5000);
    expect(seen[7]).toEqual(["PC7", "7", "x".repeat(20)]);
  });

  test("refuses a row of another length and titles that repeat", async () => {
    await expect(written(columns, [["PC1", 1]])).rejects.toThrow("Row 1 has 2 cells where the table has 3 columns.");
    await expect(written([text, text], [])).rejects.toThrow('"note" is empty or there twice');
    await expect(written([{ title: "export", kind: "text" }], [])).rejects.toThrow('"export" is empty or there twice');
  });
});
