/** D86: whose file is this? From the file, from one saved again, from a photographed number, from five copied rows. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { adminRoutes } from "@core/admin/routes.ts";
import { essence, isMarked, rowMarkKey } from "@core/documents/row-marks.ts";
import { documentKey } from "@core/vault/document-seal.ts";
import { sample } from "../../sample/module.tsx";
import { sampleSql } from "../../sample/store.ts";
import { readSeal } from "../../support/cms.ts";
import { readPdf } from "../../support/pdf-text.ts";
import { type Answer, type Client, type TestWorkspace, testWorld, type World } from "../../support/world.ts";

let world: World;
let place: TestWorkspace;
let asKit: Client;
let asKim: Client;
let asAda: Client;
const files: Record<"csv" | "xlsx" | "zip" | "pdf", Answer> = {} as never;

beforeAll(async () => {
  world = await testWorld([sample], adminRoutes);
  await world.lay(sampleSql);
  place = await world.workspace("program", ["sample"]);
  const other = await world.workspace("program", ["sample"]);
  const kit = await world.person("Kit Keeper", "keeper", place);
  const kim = await world.person("Kim Keeper", "keeper", other);
  asAda = await world.as(await world.person("Ada Admin", "administrator", null));
  [asKit, asKim] = [await world.as(kit), await world.as(kim)];
  for (const [at, word] of [
    [place, "Basalt"],
    [other, "Granite"],
  ] as const) {
    const [subject] = await world.sql<{ id: string }>(
      "insert into core.subjects (tenant_id, workspace_id, code, kind) values ($1, $2, 'S-1', 'trainee') returning id",
      [world.here.id, at.id],
    );
    await world.sql(
      `insert into sample.stones (tenant_id, workspace_id, subject_id, title, writing)
       select $1, $2, $3, $4 || ' of the quarry, number ' || n, 'x'::bytea from generate_series(1, 40) n`,
      [world.here.id, at.id, subject?.id, word],
    );
  }
  for (const type of ["csv", "xlsx", "zip", "pdf"] as const)
    files[type] = await asKit.get(`/w/${place.slug}/sample/stones.${type}`);
  await asKim.get(`/w/${other.slug}/sample/stones.csv`);
});
afterAll(async () => await world.stop());

const upload = (bytes: Uint8Array, filename: string) => ({ file: { filename, bytes } });
const traced = (form: Parameters<Client["post"]>[1], client = asAda) => client.post("/admin/downloads/trace", form);
const rows = (word: string, ...numbers: number[]) =>
  numbers.map((n) => `${word} of the quarry, number ${n}`).join("\n");

describe("who took it out", () => {
  for (const type of ["csv", "xlsx", "zip", "pdf"] as const) {
    test(`of the very ${type}: one line, byte for byte first`, async () => {
      const page = await traced(upload(files[type].bytes, `found.${type}`));
      expect(page.status).toBe(200);
      expect(page.text).toContain("The very file, byte for byte.");
      expect(page.text).toContain("Kit Keeper");
      expect(page.text.indexOf("The very file")).toBeLessThan(page.text.indexOf("rows were in it") >>> 0);
    });
  }
  test("of a table saved again without the export's column and head", async () => {
    const saved = files.csv.text
      .split("\r\n")
      .slice(2)
      .map((line) => line.replace(/,[0-9a-f-]{36}$/, ""))
      .join("\n");
    const page = await traced(upload(new TextEncoder().encode(saved), "mine.csv"));
    expect(page.text).toContain("40 of 40 rows were in it.");
    expect(page.text).toContain("Kit Keeper");
    expect(page.text).not.toContain("Kim Keeper");
  });
  test("of five copied rows, among others that were never ours", async () => {
    const strange = ["something else that was written", "and more"];
    const page = await traced({ rows: `${rows("Granite", 3, 9, 14, 20, 33)}\n${strange.join("\n")}` });
    // The filter takes one strange row in some hundreds for its own: it is asked, so that the number is exact.
    const [kims] = await world.sql<{ filter: Uint8Array }>(
      "select e.row_marks as filter from core.exports e join core.persons p on p.id = e.made_by where p.name = 'Kim Keeper'",
    );
    const key = rowMarkKey(world.database.secret, world.here.id);
    const mistaken = strange.filter((row) => isMarked(kims?.filter as Uint8Array, key, essence(row) as string));
    expect(page.text).toContain(`${5 + mistaken.length} of 7 rows were in it.`);
    expect(page.text).toContain("Kim Keeper");
    expect(page.text).not.toContain("Kit Keeper");
  });
  test("of a number read off a photograph", async () => {
    const [row] = await world.sql<{ id: string }>("select id from core.exports where name = 'sample.sheet'");
    const page = await traced({ rows: `… export ${row?.id?.toUpperCase()} …` });
    expect(page.text).toContain("Its number stands in what was found.");
  });
  test("of rows that left in several files: all of them, and the page says so", async () => {
    const page = await traced({ rows: rows("Basalt", 1, 2, 3, 4, 5) });
    expect(page.text).toContain("These rows left in more than one file.");
    expect(page.text.match(/5 of 5 rows/g)?.length).toBeGreaterThanOrEqual(3);
  });
});

describe("nobody is named", () => {
  test("for a file that is not ours, and the page says what was looked for", async () => {
    const page = await traced({ rows: rows("Marble", 1, 2, 3, 4, 5) });
    expect(page.text).toContain("No download fits");
  });
  test("for nothing at all: that is asked for again", async () => {
    expect((await traced({})).status).toBe(422);
  });
  for (const [what, bytes] of [
    ["a broken PDF", new TextEncoder().encode("%PDF-1.7 and no more")],
    ["a broken archive", Uint8Array.of(0x50, 0x4b, 3, 4, 9, 9, 9)],
    ["noise", crypto.getRandomValues(new Uint8Array(50_000))],
  ] as const)
    test(`for ${what}`, async () => {
      const page = await traced(upload(bytes, "x"));
      expect([page.status, page.text.includes("No download fits")]).toEqual([200, true]);
    });
  test("to somebody of the other hospital, or one who may not see downloads", async () => {
    const otto = await world.as(await world.person("Otto Other", "administrator", null, { tenant: world.there }));
    expect((await traced({ rows: rows("Basalt", 1, 2, 3, 4, 5) }, otto)).text).toContain("No download fits");
    expect((await traced({ rows: "x" }, asKit)).status).toBe(403);
  });
  test("without its being on the record", async () => {
    expect((await world.trail()).filter(({ event }) => event === "core.traced").length).toBeGreaterThan(8);
  });
});

describe("the seal on a printed document", () => {
  test("is the institution's, covers every byte, and stands under one certificate from the first document on", async () => {
    const seal = readSeal(files.pdf.bytes);
    expect([seal.isWhole, seal.coversAll]).toEqual([true, true]);
    expect(seal.certificate.subject).toContain("Northfield (invented)");
    expect(seal.certificate.verify(seal.certificate.publicKey)).toBe(true);
    expect(seal.certificate.ca).toBe(false);
    const again = readSeal((await asKit.get(`/w/${place.slug}/sample/stones.pdf`)).bytes);
    expect(again.certificate.fingerprint256).toBe(seal.certificate.fingerprint256);
    const [kept] = await world.sql<{ certificate: Buffer }>("select certificate from core.document_certificates");
    expect(new X509Certificate(kept?.certificate ?? "").fingerprint256).toBe(seal.certificate.fingerprint256);
    const key = documentKey(world.database.secret, world.here.id);
    expect(seal.certificate.publicKey.export({ format: "der", type: "spki" })).toEqual(Buffer.from(key.publicKey));
  });
  test("breaks with any byte", () => {
    const bytes = new Uint8Array(files.pdf.bytes);
    for (const at of [100, 5_000, bytes.length - 10]) {
      const changed = new Uint8Array(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(readSeal(changed).isWhole).toBe(false);
    }
  });
  test("leaves the document tagged, named for readers aloud, and watermarked on each page", () => {
    const read = readPdf(files.pdf.bytes);
    expect(read.catalog).toMatch(/\/MarkInfo|\/StructTreeRoot/);
    expect(Buffer.from(files.pdf.bytes).toString("latin1")).toContain("pdfuaid:part");
    for (const page of read.pages) expect(page.text).toContain("Kit Keeper");
  });
});
