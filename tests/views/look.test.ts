/**
 * Opens a page of every kind in a real browser, under the real content security policy, wide and narrow, light and
 * dark: nothing that axe finds, nothing that the policy blocks, and no heavier than the budget.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { assets, assetUrl } from "@views/assets";
import type { Browser, Page } from "playwright-core";
import { axe, launchBrowser, resize, shoot } from "../support/browser.ts";
import { exhibits, openGallery, type Showroom } from "./showroom.ts";

let browser: Browser;
let room: Showroom;
beforeAll(async () => {
  browser = await launchBrowser();
  room = openGallery();
}, 60_000);
afterAll(async () => {
  await browser.close();
  await room.close();
});

interface Opened {
  readonly page: Page;
  readonly complaints: string[];
  close(): Promise<void>;
}

async function open(name: string, options: { width: number; dark?: boolean; script?: boolean }): Promise<Opened> {
  const context = await browser.newContext({
    viewport: { width: options.width, height: options.width < 600 ? 844 : 900 },
    colorScheme: options.dark ? "dark" : "light",
    javaScriptEnabled: options.script ?? true,
    hasTouch: options.width < 600,
    // A colour under way from light to dark is not what is looked at.
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(room.url(name), { waitUntil: "load" });
  return { page, complaints, close: () => context.close() };
}

for (const name of exhibits.keys()) {
  describe(`the page "${name}"`, () => {
    test("stands at 1366 and 390 px, light and dark", async () => {
      const { page, complaints, close } = await open(name, { width: 1366 });
      for (const width of [1366, 390]) {
        await resize(page, width);
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme });
          await shoot(page, `${name}-${width}-${colorScheme}`, true);
          const look = `${width} px, ${colorScheme}`;
          expect({ [look]: await axe(page) }).toEqual({ [look]: [] });
          expect(complaints).toEqual([]);
          const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
          expect({ [look]: overflow }).toEqual({ [look]: 0 });
        }
      }
      await close();
    }, 60_000);
  });
}

describe("weight", () => {
  const gzipped = (text: string | Uint8Array<ArrayBuffer>) => Bun.gzipSync(text).length;

  test("the stylesheet is at most 10 kB, the scripts 18 kB", () => {
    const size = (name: Parameters<typeof assetUrl>[0]) => assets().get(assetUrl(name))?.gzip.length ?? Number.NaN;
    expect(size("app.css")).toBeLessThanOrEqual(10_000);
    expect(size("app.js") + size("htmx.js")).toBeLessThanOrEqual(18_000);
  });

  for (const [name, text] of exhibits) {
    test(`${name} loads in at most 6 requests and 45 kB, and 12 kB the second time`, async () => {
      const { page, close } = await open(name, { width: 1366 });
      const loaded = await page.evaluate<{ name: string }[]>(
        `performance.getEntriesByType("resource").map(({ name }) => ({ name }))`,
      );
      const own = loaded.map(({ name }) => new URL(name).pathname);
      const all = new Set([...own, assetUrl("icon.svg")]);
      const bytes = [...all].reduce((sum, asset) => sum + (assets().get(asset)?.gzip.length ?? 1e9), gzipped(text));
      expect(all.size + 1).toBeLessThanOrEqual(6);
      expect(bytes).toBeLessThanOrEqual(45_000);
      expect(gzipped(text)).toBeLessThanOrEqual(12_000);
      expect(await page.evaluate<number>("document.getElementsByTagName('*').length")).toBeLessThanOrEqual(3000);
      await close();
    });
  }

  test("a notch too heavy would be noticed", () => {
    expect(gzipped(crypto.getRandomValues(new Uint8Array(46_000)))).toBeGreaterThan(45_000);
  });
});
