/** The kernel's own screens in a real browser: whole without a script, readable wide and narrow, light and dark. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { identityRoutes } from "@core/identity/routes.ts";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { axe, launchBrowser, resize, shoot } from "../../support/browser.ts";
import { linkIn } from "../../support/letters.ts";
import { SamlService } from "../../support/saml-service.ts";
import type { Client, FormValues, TestPerson } from "../../support/world.ts";
import { type Hospital, hospital } from "./hospital.ts";

let h: Hospital;
let browser: Browser;
let server: ReturnType<typeof Bun.serve>;

beforeAll(async () => {
  h = await hospital(identityRoutes({ environment: "development" }));
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
  { width = 1366, script = true }: { width?: number; script?: boolean },
): Promise<{ page: Page; context: BrowserContext }> {
  const context = await browser.newContext({
    viewport: { width, height: width < 600 ? 844 : 900 },
    reducedMotion: "reduce",
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
  let pages: readonly (readonly [TestPerson, Readonly<Record<string, string>>])[] = [];
  beforeAll(async () => {
    pages = await lay();
  });

  test("at 1366 and 390 px, light and dark, fits and has nothing for axe to find", async () => {
    for (const [person, theirs] of pages) {
      const { page, context } = await open(person, {});
      for (const [name, path] of Object.entries(theirs)) {
        const answer = await page.goto(at(path));
        expect([name, answer?.status()]).toEqual([name, 200]);
        for (const width of [1366, 390]) {
          await resize(page, width);
          for (const scheme of ["light", "dark"] as const) {
            await page.emulateMedia({ colorScheme: scheme });
            const look = `${name}, ${width} px, ${scheme}`;
            expect({ [look]: await axe(page) }).toEqual({ [look]: [] });
            const over = await page.evaluate(
              () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
            );
            expect({ [look]: over }).toEqual({ [look]: 0 });
            await shoot(page, `admin-${name}-${width}-${scheme}`, true);
          }
        }
      }
      await context.close();
    }
  }, 240_000);
});

/** Something of everything that the pages show. Who looks, name → address. */
async function lay(): Promise<readonly (readonly [TestPerson, Readonly<Record<string, string>>])[]> {
  const { here } = h.world;
  const one = async (text: string, values: readonly unknown[]) =>
    (await h.world.sql<{ id: string }>(text, values))[0]?.id;
  const posted = async (client: Client, path: string, form?: FormValues): Promise<string> => {
    const answer = await client.post(path, form);
    expect([path, answer.status]).toEqual([path, 303]);
    return answer.location;
  };
  const [workspace, place] = [`/admin/workspaces/${h.place.id}`, `/w/${h.place.slug}`];
  const grant = await one("select id from core.grants where person_id = $1", [h.nora.id]);
  const registration = await one(
    "insert into core.registrations (tenant_id, person_id, reason) values ($1, $2, 'I begin as a nurse on Monday') returning id",
    [here.id, h.nora.id],
  );
  await h.world.sql(
    "insert into core.subjects (tenant_id, workspace_id, code, kind) values ($1, $2, 'T-01', 'trainee')",
    [here.id, h.place.id],
  );
  await posted(h.asAda, `${workspace}/sign-in`, { emergency: "on", confirmDays: "30" });
  await h.world.sql("update core.grants set made_at = made_at - interval '90 days' where person_id = $1", [h.nora.id]);

  const may = ["ward.read@workspace", "core.subjects.read@workspace", "core.colleagues.read@workspace"];
  const role = await posted(h.asAda, "/admin/roles", { title: "Night nurse", place: "program", may });
  const services = "/admin/sign-in-services";
  const saml = await posted(h.asAda, services, { title: "The hospital's own", kind: "saml" });
  await posted(h.asAda, `${saml}/metadata`, { metadata: (await SamlService.open()).metadata() });
  await posted(h.asAda, `${saml}/own-key/prepare`);
  await posted(h.asAda, `${saml}/on`);
  const oidc = await posted(h.asAda, services, { title: "Another", kind: "oidc" });

  const reason = "Report 4711: the list of beds stays empty after a search";
  await posted(h.asNora, "/account/hours", { place: h.place.slug, role: "director", hours: "1", reason });
  const hours = await one("select id from core.access_requests where person_id = $1", [h.nora.id]);
  await posted(h.asNora, `${place}/emergency`, { code: "T-01", reason: "Called at night; nobody on duty is assigned" });
  const emergency = await one("select id from core.emergencies where person_id = $1", [h.nora.id]);
  const invited = { name: "Ines Invited", email: "ines@northfield.example" };
  await posted(h.asAda, "/admin/people", { ...invited, role: "nurse", place: `workspace:${h.place.id}` });
  const entry = await one(
    "select max(id)::text as id from core.audit_events where tenant_id = $1 and changed <> '{}'",
    [here.id],
  );
  const hers = {
    "emergency-open": `${place}/emergency`,
    "hours-ask": "/account/hours",
    "account-nurse": "/account",
  };
  const adas = {
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
    registration: `/admin/registrations/${registration}`,
    second: `/admin/people/${h.nora.id}/second`,
    "policies-sign-in": "/admin/policies/sign-in",
    "workspace-sign-in": `${workspace}/sign-in`,
    suspend: `/admin/people/${h.nora.id}/suspend`,
    revoke: `/admin/grants/${grant}/revoke`,
    record: "/admin/record",
    "record-crooked": "/admin/record?from=yesterday",
    entry: `/admin/record/${entry}`,
    refusals: "/admin/record/refusals",
    downloads: "/admin/downloads",
    policies: "/admin/policies",
    today: place,
    access: `${place}/access`,
    "access-of": `${place}/access/${h.nora.id}`,
    "here-settings": `${place}/settings`,
    "here-record": `${place}/record`,
    "here-downloads": `${place}/downloads`,
    roles: "/admin/roles",
    "role-place": "/admin/roles/new",
    "role-new": "/admin/roles/new?place=program&like=nurse",
    role,
    "role-change": `${role}/change`,
    "role-put-away": `${role}/put-away`,
    "role-of-the-house": "/admin/roles/house/director",
    services,
    "service-new": `${services}/new`,
    "service-saml": saml,
    "service-oidc": oidc,
    "guide-saml": `${saml}/guides/shibboleth`,
    "guide-oidc": `${oidc}/guides/entra`,
    hours: `${place}/access/hours`,
    "hours-request": `${place}/access/hours/${hours}`,
    emergencies: `${place}/access/emergencies`,
    emergency: `${place}/access/emergencies/${emergency}`,
    confirm: `${place}/access/confirm`,
    who: `${place}/access/who`,
    "who-unknown": `${place}/access/who?subject=T-99`,
    account: "/account",
    invitation: await linkIn(h.world, invited.email),
  };
  const danas = {
    "who-of": `${place}/access/who?subject=T-01`,
    "emergency-by-code": `${place}/access/emergencies/${emergency}`,
  };
  return [
    [h.ada, adas],
    [h.dana, danas],
    [h.nora, hers],
  ];
}
