/** The kernel's own screens in a real browser: whole without a script, readable wide and narrow, light and dark. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { axe, launchBrowser, shoot } from "../../support/browser.ts";
import type { TestPerson } from "../../support/world.ts";
import { type Hospital, hospital } from "./hospital.ts";

let h: Hospital;
let browser: Browser;
let server: ReturnType<typeof Bun.serve>;

beforeAll(async () => {
  h = await hospital();
  await h.world.site(h.place, "NL-01");
  server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request, bun) => h.world.web.fetch(request, bun.requestIP(request)?.address ?? null),
  });
  browser = await launchBrowser();
}, 90_000);
afterAll(async () => {
  await browser.close();
  await server.stop(true);
  await h.world.stop();
});

const at = (path: string) => `http://northfield.localhost:${server.port}${path}`;

async function open(
  person: TestPerson,
  { width = 1366, dark = false, script = true }: { width?: number; dark?: boolean; script?: boolean },
): Promise<{ page: Page; context: BrowserContext }> {
  const context = await browser.newContext({
    viewport: { width, height: width < 600 ? 844 : 900 },
    colorScheme: dark ? "dark" : "light",
    javaScriptEnabled: script,
    hasTouch: width < 600,
  });
  const token = await h.world.house.sessions.open(person.tenant.id, person.id, "test", "192.0.2.44", null);
  const value = await h.world.house.tokens.sign(token, person.tenant.id);
  await context.addCookies([{ name: "sid", value, url: at("/") }]);
  return { page: await context.newPage(), context };
}

describe("without a script", () => {
  test("an administrator makes a place, people it, sets it, and finds each step on the record", async () => {
    const { page, context } = await open(h.ada, { script: false });
    await page.goto(at("/admin/workspaces"));
    await page.getByRole("link", { name: "Add a workspace" }).click();
    await page.getByLabel("Name").fill("Cardiology");
    await page.getByRole("button", { name: "Add the workspace" }).click();
    expect(await page.locator("#toasts").textContent()).toContain("Added. Switch on what people need here.");
    await page.getByRole("button", { name: "Switch on Ward" }).click();
    await page.getByLabel("Code of the new site").fill("C-1");
    await page.getByRole("button", { name: "Add the site" }).click();
    // Refused: the name is missing. What was typed is still there.
    expect(await page.getByRole("alert").textContent()).toContain("Enter name of the new site.");
    expect(await page.getByLabel("Code of the new site").inputValue()).toBe("C-1");
    await page.getByLabel("Name of the new site").fill("East clinic");
    await page.getByRole("button", { name: "Add the site" }).click();

    await page.goto(at("/admin/people/new"));
    await page.getByLabel("Name").fill("Cora Cardiologist");
    await page.getByLabel("E-mail").fill("cora@example.org");
    await page.getByLabel("Role").selectOption({ label: "Ward director" });
    await page.getByLabel("Where").selectOption({ label: "Cardiology: only the site C-1, East clinic" });
    await page.getByRole("button", { name: "Add and invite" }).click();
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Cora Cardiologist");

    await page.goto(at("/admin/workspaces"));
    await page.getByRole("link", { name: "Cardiology" }).click();
    await page.getByRole("link", { name: "Settings of Ward" }).click();
    await page.getByLabel("Beds").fill("12");
    await page.getByLabel("Why is this changed?").fill("the new wing");
    await page.getByRole("button", { name: "Save" }).click();
    expect(await page.locator(".timeline").textContent()).toContain("Beds from 7 to 12");

    await page.goto(at("/admin/record"));
    await page.getByLabel("Event or text").fill("Cardiology");
    await page.getByRole("button", { name: "Apply" }).click();
    const list = (await page.locator("#list").textContent()) ?? "";
    for (const said of [
      "Ada Admin added the program Cardiology",
      "Ada Admin switched Ward on in Cardiology",
      "Ada Admin added the site C-1 East clinic to Cardiology",
      "Ada Admin made Cora Cardiologist Ward director in Cardiology, site C-1",
      "Ada Admin changed the settings of Ward in Cardiology: Beds from 7 to 12 (the new wing)",
    ])
      expect(list).toContain(said);
    await page.locator("#list tbody a").first().click();
    expect(await page.locator("#main").textContent()).toContain("core.settings");
    await context.close();
  }, 60_000);
});

describe("with a script", () => {
  test("the record follows its filters, and its file goes with them", async () => {
    const { page, context } = await open(h.ada, {});
    await h.asDana.get("/admin/policies");
    await page.goto(at("/admin/record"));
    await page.getByLabel("Outcome").selectOption("refused");
    await page.waitForURL(/outcome=refused/);
    await page.waitForFunction(() => !document.querySelector("#list tbody")?.textContent?.includes("Done"));
    expect(await page.locator("#list tbody").textContent()).toContain("Dana Director was refused");
    expect(await page.getByRole("link", { name: /CSV|file/i }).getAttribute("href")).toBe(
      "/admin/record.csv?outcome=refused",
    );
    await context.close();
  }, 60_000);
});

describe("every page", () => {
  test.each([
    [1366, false],
    [390, true],
    [1366, true],
    [390, false],
  ])(
    "at %p px, dark: %p, fits and has nothing for axe to find",
    async (width, dark) => {
      const { page, context } = await open(h.ada, { width, dark });
      const [grant] = await h.world.sql<{ id: string }>("select id from core.grants where person_id = $1", [h.nora.id]);
      const [entry] = await h.world.sql<{ id: string }>(
        "select max(id)::text as id from core.audit_events where tenant_id = $1 and changed <> '{}'",
        [h.world.here.id],
      );
      const [registration] = await h.world.sql<{ id: string }>(
        "insert into core.registrations (tenant_id, person_id, reason) values ($1, $2, 'I begin as a nurse on Monday') returning id",
        [h.world.here.id, h.nora.id],
      );
      const [workspace, here] = [`/admin/workspaces/${h.place.id}`, `/w/${h.place.slug}`];
      const pages = {
        start: "/",
        workspaces: "/admin/workspaces",
        "workspace-new": "/admin/workspaces/new",
        workspace,
        settings: `${workspace}/settings/ward`,
        archive: `${workspace}/archive`,
        people: "/admin/people",
        "people-none": "/admin/people?q=nobody-at-all",
        "person-new": "/admin/people/new",
        person: `/admin/people/${h.nora.id}`,
        "person-self": `/admin/people/${h.ada.id}`,
        change: `/admin/people/${h.nora.id}/change`,
        registrations: "/admin/registrations",
        registration: `/admin/registrations/${registration?.id}`,
        second: `/admin/people/${h.nora.id}/second`,
        "policies-sign-in": "/admin/policies/sign-in",
        "workspace-sign-in": `${workspace}/sign-in`,
        suspend: `/admin/people/${h.nora.id}/suspend`,
        revoke: `/admin/grants/${grant?.id}/revoke`,
        record: "/admin/record",
        "record-crooked": "/admin/record?from=yesterday",
        ...(entry?.id ? { entry: `/admin/record/${entry.id}` } : {}),
        refusals: "/admin/record/refusals",
        downloads: "/admin/downloads",
        policies: "/admin/policies",
        today: here,
        access: `${here}/access`,
        "access-of": `${here}/access/${h.nora.id}`,
        "here-settings": `${here}/settings`,
        "here-record": `${here}/record`,
        "here-downloads": `${here}/downloads`,
      };
      for (const [name, path] of Object.entries(pages)) {
        const answer = await page.goto(at(path));
        expect([name, answer?.status()]).toEqual([name, 200]);
        expect({ [name]: await axe(page) }).toEqual({ [name]: [] });
        const over = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        expect({ [name]: over }).toEqual({ [name]: 0 });
        await shoot(page, `admin-${name}-${width}-${dark ? "dark" : "light"}`, true);
      }
      await context.close();
    },
    120_000,
  );
});
