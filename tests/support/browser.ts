/**
 * One Chromium for the tests that look. `CHROMIUM` names an executable; without it the packaged one is unpacked, which
 * needs no system libraries as long as it believes itself in a bare container.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type axeCore from "axe-core";
import { type Browser, type CDPSession, chromium, type Page } from "playwright-core";

/** Our own: the package's list contains switches (one process, no web security) that would falsify what is tested. */
const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--force-color-profile=srgb",
];

export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: await executable(), args: ARGS });
}

async function executable(): Promise<string> {
  const named = process.env.CHROMIUM;
  if (named) return named;
  // Read when the package is imported, not later.
  process.env.AWS_EXECUTION_ENV ??= "AWS_Lambda_nodejs22.x";
  process.env.AWS_LAMBDA_JS_RUNTIME ??= "nodejs22.x";
  const packaged = await import("@sparticuz/chromium");
  return packaged.default.executablePath();
}

/** The small build: it says the same, and a page takes it in half the time. */
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export interface Finding {
  readonly rule: string;
  readonly help: string;
  readonly where: readonly string[];
}

const TAGS: readonly string[] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

const sessions = new WeakMap<Page, Promise<CDPSession>>();
function engineOf(page: Page): Promise<CDPSession> {
  const session = sessions.get(page) ?? page.context().newCDPSession(page);
  sessions.set(page, session);
  return session;
}

/** A desk's screen, or under 600 px a telephone's, which is touched: the page stays and is laid out anew. */
export async function resize(page: Page, width: number): Promise<void> {
  const isPhone = width < 600;
  await page.setViewportSize({ width, height: isPhone ? 844 : 900 });
  await (await engineOf(page)).send("Emulation.setTouchEmulationEnabled", { enabled: isPhone });
  if ((await page.evaluate("matchMedia('(pointer: coarse)').matches")) !== isPhone)
    throw new Error(`at ${width} px the page does not know whether it is touched`);
}

/** Straight to the engine: as an argument of the driver's own script it would be read twice. */
async function putAxe(page: Page): Promise<void> {
  const engine = await engineOf(page);
  const { exceptionDetails } = await engine.send("Runtime.evaluate", { expression: axeSource });
  if (exceptionDetails) throw new Error(`axe does not run in this page: ${exceptionDetails.text}`);
}

/** What axe finds: WCAG A and AA to 2.2, and best practice. Run from outside the page's policy, not as its script. */
export async function axe(page: Page): Promise<readonly Finding[]> {
  if (!(await page.evaluate("'axe' in globalThis"))) await putAxe(page);
  const violations = await page.evaluate(
    async (runOnly) => {
      // Runs in the browser, where axe is a global.
      const { axe } = globalThis as unknown as { axe: typeof axeCore };
      const found = await axe.run({ runOnly, resultTypes: ["violations"] });
      return found.violations.map(({ id, help, nodes }) => ({
        rule: id,
        help,
        where: nodes.map((node) => `${node.target.join(" ")}: ${node.failureSummary}`),
      }));
    },
    { type: "tag" as const, values: [...TAGS] },
  );
  return violations;
}

/** A picture for people, kept out of the repository, and taken only when somebody asks for pictures by CAIRN_SHOTS. */
export async function shoot(page: Page, name: string, whole = false): Promise<void> {
  if (!process.env.CAIRN_SHOTS) return;
  await page.screenshot({ path: new URL(`../screenshots/${name}.png`, import.meta.url).pathname, fullPage: whole });
}
