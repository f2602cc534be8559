import { describe, expect, test } from "bun:test";
import {
  dispositionOf,
  download,
  filenameOf,
  headersOf,
  type LedgerEntry,
  release,
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

describe("release", () => {
  const bytes = new TextEncoder().encode("a,b\r\n");
  const csv = download("cohort", "csv", bytes, adasExport, 1);

  test("refuses when the ledger refuses", async () => {
    const broken = release(csv, adasExport, () => Promise.reject(new Error("The ledger cannot be written.")));
    await expect(broken).rejects.toThrow("The ledger cannot be written.");
  });

  test("refuses a watermark of another export", async () => {
    const entries: LedgerEntry[] = [];
    const other = { ...adasExport, exportId: "0198c7a1-0000-7000-8000-000000000000" };
    await expect(release(csv, other, async (entry) => void entries.push(entry))).rejects.toThrow("another export");
    expect(entries).toEqual([]);
  });

  test("writes the ledger, then answers with the bytes and headers that keep them", async () => {
    const entries: LedgerEntry[] = [];
    const response = await release(csv, adasExport, async (entry) => void entries.push(entry), ["b", "a"]);
    expect(entries).toEqual([
      {
        exportId: adasExport.exportId,
        filename: "cohort.csv",
        type: "csv",
        sha256: sha256(bytes),
        bytes: 5,
        rows: 1,
        rowSet: sha256("a\nb"),
        watermark: adasExport,
      },
    ]);
    expect(await response.text()).toBe("a,b\r\n");
    expect(Object.fromEntries(response.headers)).toEqual({
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": "attachment; filename=\"cohort.csv\"; filename*=UTF-8''cohort.csv",
      "content-length": "5",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
  });

  test("passes a stored stream on piece by piece", async () => {
    async function* pieces() {
      yield bytes.subarray(0, 2);
      yield bytes.subarray(2);
    }
    const response = await release({ ...csv, body: pieces() }, adasExport, async () => {});
    expect(response.headers.has("content-length")).toBe(false);
    expect(await response.text()).toBe("a,b\r\n");
  });

  test("knows a set of rows in any order, and another set as another", () => {
    expect(rowSetDigest(["b", "a", "a"])).toEqual(rowSetDigest(["a", "b"]));
    expect(rowSetDigest(["a", "c"])).not.toEqual(rowSetDigest(["a", "b"]));
  });

  test("a name put in past the door is made safe all the same", () => {
    const smuggled = { ...csv, filename: "a\r\nb/..\u202Ec" };
    expect(headersOf(smuggled)["content-disposition"]).toContain('filename="a b-..c.csv"');
  });
});
