import { expect, test } from "bun:test";
import { resolve } from "node:path";

const root = resolve(import.meta.dir, "../../..");
/** Words that only a writer of downloads needs: the header that makes an attachment, and the libraries of PDF. */
const words = /content-disposition|(?:from |import\()"(?:pdfkit|@libpdf\/core)"/i;

test("nothing but core/documents writes downloads", async () => {
  const found: string[] = [];
  let scanned = 0;
  for await (const file of new Bun.Glob("{core,modules,views}/**/*.{ts,tsx}").scan(root)) {
    scanned += 1;
    if (words.test(await Bun.file(resolve(root, file)).text())) found.push(file);
  }
  expect(scanned).toBeGreaterThan(10);
  // These are the proof that the search would notice another.
  expect(found.sort()).toEqual([
    "core/documents/download.ts",
    "core/documents/leaked.ts",
    "core/documents/pdf-seal.ts",
    "core/documents/pdf.ts",
  ]);
});
