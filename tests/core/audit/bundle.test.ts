/** D64: the inspection bundle, opened from a folder in a real browser without a network. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeBundle } from "@core/audit/bundle.ts";
import { proveStretch } from "@core/audit/proof.ts";
import { signingKey } from "@core/vault/signing.ts";
import type { Browser, Page } from "playwright-core";
import { axe, launchBrowser, shoot } from "../../support/browser.ts";
import { type TestRecord, testRecord } from "../../support/record.ts";

let record: TestRecord;
let browser: Browser;
let folder: string;
let whole: string;
let ids: string[];
let room: Page;
const asked: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cairn-bundle-"));
  [record, browser] = await Promise.all([testRecord(), launchBrowser()]);
  room = await (await browser.newContext({ offline: true })).newPage();
  room.on("request", (request) => asked.push(request.url()));
  const north = await record.tenant("north");
  const other = await record.tenant("other");
  ids = [];
  for (let i = 0; i < 6; i++) {
    ids.push(...(await record.write(north, 4 + i, `Ada Admin (invented) wrote </script><b>“${i}”</b> & more`)));
    await record.write(other, 3);
    await record.seal();
  }
  whole = await bundle(north, 5, 33);
});
afterAll(async () => {
  await browser.close();
  await record.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function bundle(tenantId: string, from: number, to: number): Promise<string> {
  const stretch = await record.read((lease) => proveStretch(lease, tenantId, from, to));
  const title = { institution: "North <General> (invented)", slug: "north", madeAt: new Date(0), span: "for a test" };
  return writeBundle(title, stretch, record.key.publicKey);
}

let opened = 0;
/** What the page says once it has finished. */
async function verdictOf(text: string, look?: (page: Page) => Promise<void>): Promise<string> {
  const file = join(folder, `bundle-${++opened}.html`);
  writeFileSync(file, text);
  asked.length = 0;
  await room.goto(`file://${file}`);
  await room.waitForFunction(() => !document.getElementById("verdict")?.textContent?.includes("Checking"));
  const said = (await room.textContent("#verdict")) ?? "";
  await look?.(room);
  expect(asked).toEqual([`file://${file}`]);
  return said;
}

const altered = (from: string, to: string) => {
  expect(whole.split(from).length).toBeGreaterThan(1);
  return whole.replace(from, () => to);
};

describe("a bundle", () => {
  test("says that all events are as they were recorded, shows them, and can be read by everyone", async () => {
    const said = await verdictOf(whole, async (page) => {
      expect(await page.locator("#rows tr").count()).toBe(28);
      expect(await page.textContent("#rows")).toContain("wrote </script><b>“3”</b> & more");
      expect(await page.textContent("h1")).toBe("The record, for inspection");
      // What stands in these seven sentences alone: an event's number is found in the digits of others too.
      await page.fill("#find", "“3”");
      expect(await page.locator("#rows tr").count()).toBe(7);
      await page.fill("#find", "");
      expect(await axe(page)).toEqual([]);
      await shoot(page, "inspection-bundle");
    });
    expect(said).toBe("All 28 events are as they were recorded.");
  });

  test("one event, and the whole tree", async () => {
    const [row] =
      await record.sql`select tenant_id::text as id, size::int from core.audit_trees order by size desc limit 1`;
    expect(await verdictOf(await bundle(row?.id, 7, 8))).toBe("All 1 events are as they were recorded.");
    expect(await verdictOf(await bundle(row?.id, 0, row?.size))).toBe("All 39 events are as they were recorded.");
  });

  test("names the event, the column and the byte of one altered byte", async () => {
    const line = whole.split("\n").find((one) => one.startsWith("11 ")) ?? "";
    const leaf = line.split(" ").slice(3).join(" ");
    const at = Buffer.from(leaf).indexOf("wrote");
    const said = await verdictOf(altered(line, line.replace("wrote", "wRote")));
    expect(said).toBe(
      `This file was altered. Event ${ids[11]} (leaf 11) is not as it was recorded: the column sentence was altered at byte ${at + 1}, which was "r".`,
    );
  });

  test("every single byte of an event's line counts", async () => {
    const line = whole.split("\n").find((one) => one.startsWith("30 ")) ?? "";
    const step = Math.ceil(line.length / 25);
    for (let i = 0; i < line.length; i += step) {
      const other = line[i] === "7" ? "8" : "7";
      const said = await verdictOf(altered(line, line.slice(0, i) + other + line.slice(i + 1)));
      expect([i, said.startsWith("All")]).toEqual([i, false]);
    }
  }, 120_000);

  test("a missing, doubled or exchanged event, another root, path, head or key", async () => {
    const lines = whole.split("\n");
    const at = lines.findIndex((one) => one.startsWith("20 "));
    const [a, b] = [lines[at] as string, lines[at + 1] as string];
    expect(await verdictOf(altered(`${a}\n`, ""))).toBe(
      "This file was altered: it should hold 28 events, and holds 27.",
    );
    expect(await verdictOf(altered(`${a}\n${b}`, `${b}\n${a}`))).toContain("out of its place");
    expect(await verdictOf(altered(`${a}\n${b}`, `${b.replace("21 ", "20 ")}\n${a.replace("20 ", "21 ")}`))).toContain(
      "This file was altered",
    );
    const proof = JSON.parse(/id="proof">(.*)<\/script>/.exec(whole)?.[1] ?? "") as Record<string, unknown>;
    const withProof = (change: object) =>
      whole.replace(/id="proof">.*<\/script>/, () => `id="proof">${JSON.stringify({ ...proof, ...change })}</script>`);
    const zero = Buffer.alloc(32).toString("base64");
    expect(await verdictOf(withProof({}))).toStartWith("All 28");
    for (const change of [
      { root: zero },
      { beside: [zero] },
      { path: [zero] },
      { size: 40 },
      { position: 0 },
      { from: 6 },
      { tenant: crypto.randomUUID() },
    ]) {
      expect([change, (await verdictOf(withProof(change))).startsWith("This file was altered")]).toEqual([
        change,
        true,
      ]);
    }
    const stranger = Buffer.from(signingKey("a stranger's secret", "audit").publicKey).toString("base64");
    expect(await verdictOf(withProof({ publicKey: stranger }))).toBe(
      "This file was altered: the checkpoint does not bear the signature of the key that is shown.",
    );
    const note = (proof.note as string).replace("era 1", "era 2");
    expect(await verdictOf(withProof({ note }))).toBe(
      "This file was altered: the checkpoint does not bear the signature of the key that is shown.",
    );
  }, 120_000);

  test("an altered verifier does not run at all: the page's own policy refuses it", async () => {
    const file = join(folder, "script.html");
    writeFileSync(file, altered("const half = ", "const halb = "));
    const page = await browser.newPage();
    await page.goto(`file://${file}`);
    expect(await page.textContent("#verdict")).toContain("Checking…");
    expect(await page.locator("#rows tr").count()).toBe(0);
    await page.close();
  });
});
