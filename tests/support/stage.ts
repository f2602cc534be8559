/**
 * The whole product on a real port, and people with browsers in front of it. A visitor looks at every page it comes to:
 * nothing that axe finds, nothing the console complains of, nothing wider than the screen, and no heavier than the budget.
 */
import { expect } from "bun:test";
import { readFile } from "node:fs/promises";
import { loadKernel } from "@core/product.ts";
import { assets, assetUrl } from "@views/assets";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { axe, launchBrowser } from "./browser.ts";
import { type TestPerson, type TestTenant, testWorld, type World } from "./world.ts";

export interface Stage {
  readonly world: World;
  readonly browser: Browser;
  url(path: string, tenant?: TestTenant): string;
  /** A browser of one's own, at the door of the institution. */
  visitor(options?: VisitorOptions): Promise<Visitor>;
  /** A browser that holds this person's session. */
  as(person: TestPerson, options?: VisitorOptions): Promise<Visitor>;
  stop(): Promise<void>;
}

interface VisitorOptions {
  readonly tenant?: TestTenant;
  readonly script?: boolean;
  readonly phone?: boolean;
}

const BYTES = 45_000;
const REQUESTS = 6;

export async function openStage(): Promise<Stage> {
  let world: World | null = null;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 60,
    fetch: (request) => world?.web.fetch(request, "127.0.0.1") ?? new Response(null, { status: 503 }),
  });
  const kernel = await loadKernel({ environment: "development" });
  const own = (["institution", "workspace", "portal"] as const).map((place) => ({
    place,
    routes: kernel.catalogue.filter((one) => one.module === null && one.place === place).map(({ route }) => route),
  }));
  const made = await testWorld(kernel.modules, own, { baseUrl: `http://localhost:${server.port}` });
  world = made;
  const browser = await launchBrowser();
  const looked = new Set<string>();
  const url = (path: string, tenant = made.here) => `http://${tenant.slug}.localhost:${server.port}${path}`;

  const visitor = async ({ tenant = made.here, script = true, phone = false }: VisitorOptions = {}) => {
    const context = await browser.newContext({
      viewport: phone ? { width: 390, height: 844 } : { width: 1366, height: 900 },
      hasTouch: phone,
      javaScriptEnabled: script,
    });
    context.setDefaultTimeout(15_000);
    return new Visitor(await context.newPage(), context, (path) => url(path, tenant), script ? looked : null);
  };
  return {
    world: made,
    browser,
    url,
    visitor,
    async as(person, options = {}) {
      const token = await made.house.sessions.open(person.tenant.id, person.id, "stage", "127.0.0.1", null);
      const value = await made.house.tokens.sign(token, person.tenant.id);
      const one = await visitor({ ...options, tenant: options.tenant ?? person.tenant });
      await one.context.addCookies([{ name: "sid", value, url: one.url("/") }]);
      return one;
    },
    async stop() {
      await browser.close();
      await server.stop(true);
      await made.stop();
    },
  };
}

export class Visitor {
  private readonly complaints: string[] = [];
  /** Every address a page was shown at, without the host. */
  readonly addresses: string[] = [];

  constructor(
    readonly page: Page,
    readonly context: BrowserContext,
    readonly url: (path: string) => string,
    /** Null without scripts, where axe cannot run. */
    private readonly looked: Set<string> | null,
  ) {
    page.on("console", (message) => {
      // Chromium notes every refused form; that it was refused is what the tests ask of the page.
      if (/status of 4\d\d/.test(message.text())) return;
      if (message.type() === "error" || message.type() === "warning") this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("framenavigated", (frame) => {
      const { pathname, search, host } = new URL(frame.url());
      if (frame === page.mainFrame() && host !== "") this.addresses.push(pathname + search);
    });
  }

  /** Types an address. Answers with the status. */
  async go(path: string): Promise<number> {
    const response = await this.page.goto(this.url(path), { waitUntil: "load" });
    await this.weigh();
    await this.look();
    return response?.status() ?? 0;
  }

  /** Does something that leads to a page, waits for it and looks at it. */
  async follow(act: () => Promise<unknown>): Promise<void> {
    await Promise.all([this.page.waitForEvent("load"), act()]);
    await this.weigh();
    await this.look();
  }

  press = (name: string | RegExp) => this.follow(() => this.page.getByRole("button", { name }).click());
  open = (name: string | RegExp) => this.follow(() => this.page.getByRole("link", { name }).first().click());
  /** By the menu, as one who does not know any address. */
  menu = (name: string) =>
    this.follow(() => this.page.getByRole("navigation").getByRole("link", { name, exact: true }).click());

  async download(name: string | RegExp): Promise<{ filename: string; bytes: Uint8Array }> {
    const coming = this.page.waitForEvent("download");
    await this.page.getByRole("link", { name }).click();
    const file = await coming;
    return { filename: file.suggestedFilename(), bytes: await readFile(await file.path()) };
  }

  /** What a person reads on the page, menus and all. */
  // biome-ignore lint/performance/useDomNodeTextContent: what a person reads is what is not hidden
  words = async (): Promise<string> => (await this.page.locator("body").innerText()).replace(/\s+/g, " ");

  async close(): Promise<void> {
    await this.context.close();
  }

  /** Pages that differ only in their data are looked at once for each width. */
  async look(): Promise<void> {
    const { page } = this;
    const width = page.viewportSize()?.width;
    const kind = new URL(page.url()).pathname.replace(/[0-9a-f-]{36}|\d+/g, "·");
    const heading = (await page.title()).replace(/[\p{Lu}\d][\p{L}\d-]*/gu, "·");
    expect(this.complaints).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBe(0);
    const key = `${width} ${kind} ${heading} ${await page.getByRole("alert").count()}`;
    if (!this.looked || this.looked.has(key)) return;
    this.looked.add(key);
    expect(await axe(page)).toEqual([]);
  }

  /** As for somebody who comes for the first time: what the wire carries, from the cache or not, and the icon. */
  private async weigh(): Promise<void> {
    const { document, parts } = await this.page.evaluate<{
      document: number;
      parts: { name: string; bytes: number }[];
    }>(
      `({
        document: performance.getEntriesByType("navigation")[0].encodedBodySize,
        parts: performance.getEntriesByType("resource").map((part) => ({ name: part.name, bytes: part.encodedBodySize })),
      })`,
    );
    const icon = assetUrl("icon.svg");
    const others = parts.filter(({ name }) => new URL(name).pathname !== icon);
    const bytes = others.reduce((sum, part) => sum + part.bytes, document + (assets().get(icon)?.gzip.length ?? 0));
    expect(others.length + 2).toBeLessThanOrEqual(REQUESTS);
    expect(document).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(BYTES);
  }
}
