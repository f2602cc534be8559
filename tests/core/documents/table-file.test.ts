import { describe, expect, test } from "bun:test";
import {
  checkRows,
  limits,
  type RowProblem,
  readTable,
  type Table,
  type TableColumn,
} from "@core/documents/table-file";
import { writeCsv } from "../../support/files";
import { adasExport } from "../../support/watermarks";

type Key = "code" | "name" | "mail";
const columns: TableColumn<Key>[] = [
  { key: "code", title: "Code" },
  { key: "name", title: "Full name", aliases: ["Trainee"] },
  { key: "mail", title: "E-mail", aliases: ["mail address"], required: false },
];
const utf8 = (text: string) => new TextEncoder().encode(text);
const utf16 = (text: string, order: "le" | "be") => {
  const bytes = Buffer.from(`\uFEFF${text}`, "utf16le");
  return new Uint8Array(order === "be" ? bytes.swap16() : bytes);
};
const read = (file: string | Uint8Array) => readTable(typeof file === "string" ? utf8(file) : file, columns);
function tableOf(file: string | Uint8Array): Table<Key> {
  const reading = read(file);
  if (!reading.readable) throw new Error(reading.problems.join(" "));
  return reading.table;
}
const problemsOf = (file: string | Uint8Array) => {
  const reading = read(file);
  return reading.readable ? [] : reading.problems;
};
const codes = (file: string | Uint8Array) =>
  tableOf(file).rows.map(({ line, values }) => [line, values.code, values.name]);

describe("files that are no table", () => {
  const begins = (...bytes: number[]) => new Uint8Array([...bytes, ...utf8("more")]);
  const files: [string, string | Uint8Array, RegExp][] = [
    ["an Excel workbook", begins(0x50, 0x4b, 3, 4), /looks like an Excel workbook.*CSV UTF-8/],
    ["an old Excel file", begins(0xd0, 0xcf, 0x11, 0xe0), /old Excel.*CSV UTF-8/],
    ["a PDF", "%PDF-1.7\n…", /looks like a PDF/],
    ["a picture", begins(0x89, 0x50, 0x4e, 0x47), /picture \(PNG\)/],
    ["a photo", begins(0xff, 0xd8, 0xff), /picture \(JPEG\)/],
    ["a gzip file", begins(0x1f, 0x8b), /compressed file/],
    ["a web page", "  <!DOCTYPE html><html>", /web page or XML/],
    ["a text document", "{\\rtf1 hello", /text document \(RTF\)/],
    ["bytes", utf8("code,name\nA\0,B"), /NUL/],
    ["UTF-16 without its mark", utf16("code,name\nA,B", "le").subarray(2), /NUL.*CSV UTF-8/],
    ["half a letter of UTF-16", utf16("code,name\nA,B", "le").subarray(0, -1), /begins like UTF-16/],
    ["Latin-1", new Uint8Array(Buffer.from("code,name\nA,Ada\nB,Inès\n", "latin1")), /not UTF-8: line 3 .*CSV UTF-8/],
    ["nothing", "", /file is empty/],
    ["only a mark", "\uFEFF", /file is empty/],
    ["white space", " \r\n\r\n", /file is empty/],
    ["commas", ",,,\n,,\n", /file is empty/],
    ["a header alone", "code,name\r\n", /column names and no rows/],
    ["a header and empty lines", "code,name\r\n\r\n,,\r\n", /column names and no rows/],
    ["too many bytes", new Uint8Array(limits.bytes + 1).fill(0x61), /5\.1 MB and at most 5 MB/],
    ["too many columns", `code,name${",x".repeat(300)}\nA,B\n`, /302 columns and at most 200/],
    ["too many rows", `code,name\n${"A,B\n".repeat(limits.rows + 1)}`, /more than 20,000 rows/],
  ];
  for (const [what, file, sentence] of files) {
    test(`${what}: says what it is`, () => {
      const problems = problemsOf(file);
      expect(problems.length).toBe(1);
      expect(problems[0]).toMatch(sentence);
    });
  }

  test("the largest that is allowed is read", () => {
    expect(tableOf(`code,name\n${"A,B\n".repeat(limits.rows)}`).rows.length).toBe(limits.rows);
    expect(tableOf(`code,name${",".repeat(198)}\nA,B\n`).rows.length).toBe(1);
  });
});

describe("headers", () => {
  for (const header of [
    "code,name,mail",
    "CODE,Full Name,E-Mail",
    " Code , full_name,Mail  Address",
    "Code,TRAINEE,email",
  ]) {
    test(`${header} is understood`, () => {
      const [row] = tableOf(`${header}\nPC1,Ada,a@b\n`).rows;
      expect(row?.values).toEqual({ code: "PC1", name: "Ada", mail: "a@b" });
    });
  }

  test("a missing column is named beside what is there", () => {
    expect(problemsOf("kode,Trainee\nA,B\n")).toEqual([
      'The column "Code" is missing. The first line has: "kode", "Trainee".',
    ]);
    expect(problemsOf("x\n1\n").length).toBe(2);
  });

  test("a column that is there twice is named with both places", () => {
    expect(problemsOf("code,Trainee,full name\nA,B,C\n")).toEqual([
      'The column "Full name" is there 2 times: "Trainee" (column 2) and "full name" (column 3). Keep one of them.',
    ]);
  });

  test("columns nobody asked for are read past, and named; a missing optional one is empty", () => {
    const { unknown, rows } = tableOf("code,shoe size,name,\nA,42,Ada,\n");
    expect(unknown).toEqual(["shoe size"]);
    expect(rows[0]?.values).toEqual({ code: "A", name: "Ada", mail: "" });
  });

  test("fifty columns are found by name", () => {
    const many = Array.from({ length: 48 }, (_, i) => `extra ${i}`);
    const { unknown, rows } = tableOf(`${many.join(",")},name,code\n${many.map(() => "x").join(",")},Ada,PC1\n`);
    expect(unknown.length).toBe(48);
    expect(rows[0]?.values.code).toBe("PC1");
  });
});

describe("writings of the same table", () => {
  const want = [
    [2, "A", "Ada"],
    [3, "B", "Inès"],
  ];
  const plain = "code,name\nA,Ada\nB,Inès\n";
  const files: [string, string | Uint8Array][] = [
    ["LF", plain],
    ["CRLF", plain.replaceAll("\n", "\r\n")],
    ["CR", plain.replaceAll("\n", "\r")],
    ["mixed line ends", "code,name\r\nA,Ada\nB,Inès"],
    ["no line end at the end", plain.trimEnd()],
    ["a byte order mark", `\uFEFF${plain}`],
    ["UTF-16 little endian", utf16(plain, "le")],
    ["UTF-16 big endian", utf16(plain, "be")],
    ["semicolons", plain.replaceAll(",", ";")],
    ["tabs", plain.replaceAll(",", "\t")],
    ["quotes", '"code","name"\n"A","Ada"\n"B","Inès"\n'],
    ["decomposed letters", plain.normalize("NFD")],
    ["spaces", "code , name\n A, Ada \nB,\u00A0Inès\n"],
    ["commas at the end", "code,name,,\nA,Ada,,\nB,Inès,,\n"],
  ];
  for (const [what, file] of files) test(what, () => expect(codes(file)).toEqual(want));

  test("Excel's line that states the delimiter counts as a line", () => {
    expect(codes("sep=;\ncode;name\nA;Ada\n")).toEqual([[3, "A", "Ada"]]);
  });

  test("a header with commas inside, between semicolons", () => {
    const { delimiter, rows } = tableOf('code;"remark, free, long, text";name\nA;x, y, z;Ada\n');
    expect([delimiter, rows[0]?.values.name]).toEqual([";", "Ada"]);
  });

  test("lines are counted through quoted breaks and empty lines", () => {
    expect(codes('code,name\nA,"Ada\r\nOkafor"\n\n,\nB,"say ""hi"", you"\n')).toEqual([
      [2, "A", "Ada\nOkafor"],
      [6, "B", 'say "hi", you'],
    ]);
  });

  test("our own export comes back as it was", async () => {
    const file = await writeCsv(
      {
        columns: [
          { title: "Code", kind: "text" },
          { title: "Full name", kind: "text" },
        ],
        rows: [
          ["=A", "-12.5"],
          ["'=A", '- item\nline, "two"'],
        ],
      },
      adasExport,
    );
    const { rows, unknown } = tableOf(file);
    expect(rows.map(({ line, values }) => [line, values.code, values.name])).toEqual([
      [3, "=A", "-12.5"],
      [4, "'=A", '- item\nline, "two"'],
    ]);
    expect(unknown).toEqual(["export"]);
  });
});

describe("quotation marks out of place", () => {
  const files: [string, string, number, RegExp][] = [
    ["never closed", 'code,name\nA,Ada\n\nB,"Inès\nC,Carla\nD,Mo\n', 4, /opens a quotation mark that is never closed/],
    ["closed too late", 'code,name\nA,"Ada\nB,"Inès"\n', 2, /in the wrong place/],
    ["inside a cell", 'code,name\nA,Ada\nB,5" tube\n', 3, /in the wrong place/],
    ["after the sep line", 'sep=,\ncode,name\nA,"Ada\n', 3, /never closed/],
    ["in the header", 'code,"name\nA,Ada\n', 1, /never closed/],
  ];
  for (const [what, file, line, sentence] of files) {
    test(`${what}: names line ${line}`, () => {
      const [problem = ""] = problemsOf(file);
      expect(problem).toStartWith(`Line ${line} `);
      expect(problem).toMatch(sentence);
    });
  }
});

describe("rows", () => {
  test("each keeps its values and has its own problems", () => {
    const { rows } = tableOf(
      `code,name,mail\nA\nB,Ada,a@b,extra\nC,bro\uFFFDken,x\nD,be\u0007ll,x\nE,${"x".repeat(10_001)},x\nF,Ada,ok\n`,
    );
    expect(
      rows.map(({ line, problems }) => [line, problems.map(({ column, sentence }) => [column, sentence.slice(0, 46)])]),
    ).toEqual([
      [2, [[null, "This row has 1 cells where the first line has "]]],
      [3, [[null, "This row has 4 cells where the first line has "]]],
      [4, [["name", '"Full name" holds the sign \uFFFD: letters were lost'.slice(0, 46)]]],
      [5, [["name", '"Full name" holds a character that does not sh']]],
      [6, [["name", '"Full name" has 10,001 characters and at most ']]],
      [7, []],
    ]);
    expect(rows[0]?.values).toEqual({ code: "A", name: "", mail: "" });
  });

  test("a rule adds its findings to those of reading, in the order of the file", () => {
    const { rows } = tableOf("code,name\nA,Ada\nB,\nA,Otto,x\n");
    const seen = new Map<string, number>();
    const checked = checkRows(rows, function* (values, line): Generator<RowProblem<Key>> {
      if (values.name === "") yield { column: "name", sentence: "A name is needed." };
      const before = seen.get(values.code);
      if (before !== undefined) yield { column: "code", sentence: `"${values.code}" is also on line ${before}.` };
      seen.set(values.code, line);
    });
    expect(checked.map(({ line, problems }) => [line, problems.map(({ column }) => column)])).toEqual([
      [2, []],
      [3, ["name"]],
      [4, [null, "code"]],
    ]);
    expect(checked[2]?.problems[1]?.sentence).toBe('"A" is also on line 2.');
    expect(rows[1]?.problems).toEqual([]);
  });

  test("a key like __proto__ in the header harms nothing", () => {
    expect(tableOf("__proto__,code,name\nx,A,Ada\n").rows[0]?.values).toEqual({ code: "A", name: "Ada", mail: "" });
  });
});
