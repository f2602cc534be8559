import { describe, expect, test } from "bun:test";
import {
  bodyOf,
  type Download,
  dispositionOf,
  filenameOf,
  headersOf,
  RowTally,
  rowSetDigest,
} from "@core/documents/download";
import { sha256 } from "@core/vault/primitives";
import { adasExport } from "../../support/watermarks";

describe("file names", () => {
  const names: [string, string][] = [
    ["Report of Pia", "Report of Pia.pdf"],
    ["report.pdf", "report.pdf"],
    ["report.PDF", "report.pdf"],
    ["report.pdf.exe", "report.pdf.exe.pdf"],
    ["../../etc/passwd", "-..-etc-passwd.pdf"],
    ["..\\..\\boot.ini", "-..-boot.ini.pdf"],
    ["/", "-.pdf"],
    [".htaccess", "htaccess.pdf"],
    ["", "download.pdf"],
    ["...", "download.pdf"],
    ["a\r\nSet-Cookie: sid=1", "a Set-Cookie- sid=1.pdf"],
    ['quo"te', "quo-te.pdf"],
    ["exe\u202Efdp.scr", "exefdp.scr.pdf"],
    ["\u2067rtl\u2069\u200F", "rtl.pdf"],
    ["nul\0byte", "nul byte.pdf"],
    ["CON", "CON_.pdf"],
    ["com1.txt", "com1_.txt.pdf"],
    ["console", "console.pdf"],
    ["a*b?c|d<e>f:g", "a-b-c-d-e-f-g.pdf"],
    ["trailing. . ", "trailing.pdf"],
    ["\uD800lone", "\uFFFDlone.pdf"],
    ["x".repeat(500), `${"x".repeat(120)}.pdf`],
  ];
  for (const [wanted, name] of names) {
    test(`${JSON.stringify(wanted.slice(0, 40))} is ${JSON.stringify(name.slice(0, 40))}`, () => {
      expect(filenameOf(wanted, "pdf")).toBe(name);
      const header = dispositionOf(filenameOf(wanted, "pdf"));
      // One quoted ASCII string and one encoded name, nothing that ends either before its time.
      expect(header).toMatch(/^attachment; filename="[ !#-$&-.0-:<-[\]-~]+"; filename\*=UTF-8''[\w!#$&+.^`|~%-]+$/);
      expect(decodeURIComponent(header.split("UTF-8''")[1] ?? "")).toBe(name);
      expect(new Headers({ "content-disposition": header }).get("content-disposition")).toBe(header);
    });
  }

  test("letters beyond ASCII keep their sound for old readers and themselves for new ones", () => {
    expect(dispositionOf("Łukasz Żółć Nguyễn 報告.csv")).toBe(
      "attachment; filename=\"Lukasz Zolc Nguyen __.csv\"; filename*=UTF-8''" +
        "%C5%81ukasz%20%C5%BB%C3%B3%C5%82%C4%87%20Nguy%E1%BB%85n%20%E5%A0%B1%E5%91%8A.csv",
    );
    expect(dispositionOf("it's (50%);.csv")).toBe(
      "attachment; filename=\"it's (50_)_.csv\"; filename*=UTF-8''it%27s%20%2850%25%29%3B.csv",
    );
  });
});

describe("a download", () => {
  const bytes = new TextEncoder().encode("a,b\r\n");
  const csv: Download = {
    filename: "cohort.csv",
    type: "csv",
    body: bytes,
    bytes: 5,
    exportId: adasExport.exportId,
    discard: () => {},
  };

  test("has headers that keep it", () => {
    expect(headersOf(csv)).toEqual({
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": "attachment; filename=\"cohort.csv\"; filename*=UTF-8''cohort.csv",
      "content-length": "5",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
  });

  test("is passed on piece by piece, and let go when the reader leaves, even before the first", async () => {
    async function* pieces() {
      yield bytes.subarray(0, 2);
      yield bytes.subarray(2);
    }
    expect(await new Response(bodyOf({ ...csv, body: pieces() }) as BodyInit).text()).toBe("a,b\r\n");
    let discarded = 0;
    const discard = () => {
      discarded += 1;
    };
    await (bodyOf({ ...csv, body: pieces(), discard }) as ReadableStream).cancel();
    expect(discarded).toBe(1);
  });

  test("knows a set of rows in any order, and another set as another", () => {
    expect(rowSetDigest(["b", "a", "a"])).toEqual(rowSetDigest(["a", "b"]));
    expect(rowSetDigest(["a", "c"])).not.toEqual(rowSetDigest(["a", "b"]));
  });

  test("counts rows that were never all there, in their order", () => {
    const tally = new RowTally();
    for (const id of ["b", "a"]) tally.add(id);
    expect(tally.count).toBe(2);
    expect(rowSetDigest(tally)).toEqual(sha256("b\na"));
  });

  test("what was uploaded keeps its own ending, and becomes no page", () => {
    const kept = { ...csv, type: "file", filename: "Site/visit.DOCX" } as const;
    expect(headersOf(kept)["content-disposition"]).toContain('filename="Site-visit.docx"');
    expect(headersOf(kept)["content-type"]).toBe("application/octet-stream");
    expect(filenameOf("no ending", "file")).toBe("no ending");
  });

  test("a name put in past the door is made safe all the same", () => {
    const smuggled = { ...csv, filename: "a\r\nb/..\u202Ec" };
    expect(headersOf(smuggled)["content-disposition"]).toContain('filename="a b-..c.csv"');
  });
});
