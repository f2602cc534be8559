/** The pages of the door in a real browser: plain, calm, whole without a script, on a phone and on a desk. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { identityRoutes } from "@core/identity/routes.ts";
import { hashPassword } from "@core/vault/password.ts";
import { randomToken, sha256 } from "@core/vault/primitives.ts";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { appFor, keyOn } from "../../support/authenticator.ts";
import { axe, launchBrowser, resize, shoot } from "../../support/browser.ts";
import { type TestPerson, testWorld, type World } from "../../support/world.ts";

const password = `${randomToken(9)} kettle`;
let world: World;
let browser: Browser;
let server: ReturnType<typeof Bun.serve>;
let ada: TestPerson;
let waiting: TestPerson;
let sealed: TestPerson;
let confirmed: TestPerson;

beforeAll(async () => {
  world = await testWorld([], identityRoutes({ environment: "development" }));
  await world.sql("insert into core.roles (role, title) values ('director', 'Program director'), ('mentor', 'Mentor')");
  const heart = await world.workspace("program", []);
  const lung = await world.workspace("study", []);
  ada = await world.person("Ada Okafor", "director", heart);
  await world.grant(ada, "mentor", lung, await world.site(lung, "East wing"));
  await world.person("Benedikt Lüdenscheidt-Vandenberghe", "mentor", heart);
  await world.person("Chidi Anagonye", "administrator", null);
  waiting = await world.person("Wanda Waiting", null, null);
  await world.sql("update core.persons set status = 'pending' where id = $1", [waiting.id]);
  await world.sql("insert into core.credentials (tenant_id, person_id, kind, secret) values ($1, $2, 'password', $3)", [
    world.here.id,
    ada.id,
    await hashPassword(password),
  ]);
  sealed = await world.person("Tess Twofactor", "director", heart);
  await giveApp(sealed);
  confirmed = await world.person("Conny Confirmed", null, null);
  await world.sql("update core.persons set status = 'verified' where id = $1", [confirmed.id]);
  await world.sql(`update core.tenants set policies = '{"registration":"open"}'`);
  await world.house.door.makeLink(world.here.id, sha256(LINK), ada.id, "set-password", 60);
  server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request, bun) => world.web.fetch(request, bun.requestIP(request)?.address ?? null),
  });
  browser = await launchBrowser();
}, 90_000);
afterAll(async () => {
  await browser.close();
  await server.stop(true);
  await world.stop();
});

const at = (path: string) => `http://northfield.localhost:${server.port}${path}`;

interface Look {
  readonly width: number;
  readonly script?: boolean;
}

/** Nothing moves: what is measured is what stays. */
const room = ({ width, script = true }: Look): Promise<BrowserContext> =>
  browser.newContext({
    viewport: { width, height: width < 600 ? 844 : 900 },
    reducedMotion: "reduce",
    javaScriptEnabled: script,
    hasTouch: width < 600,
  });

async function enter(context: BrowserContext, person: TestPerson): Promise<void> {
  const token = await world.house.sessions.open(person.tenant.id, person.id, "password", "192.0.2.44", null);
  await context.addCookies([
    { name: "sid", value: await world.house.tokens.sign(token, person.tenant.id), url: at("/") },
  ]);
}

function complaintsOf(page: Page): readonly string[] {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type()) && !/status of 4\d\d/.test(message.text()))
      complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  return complaints;
}

const wrong = async (page: Page) => {
  await page.goto(at("/sign-in"));
  await page.fill("[name=email]", "ada@northfield.example");
  await page.fill("[name=password]", "not the password");
  await page.click("main form button");
};
const weak = async (page: Page) => {
  await page.goto(at("/account"));
  await page.fill("[name=password]", "short");
  await page.click("text=Change password");
};

const LINK = "L".repeat(43);
const giveApp = ({ id }: TestPerson) =>
  world.sql("insert into core.credentials (tenant_id, person_id, kind, secret) values ($1, $2, 'totp', 'x')", [
    world.here.id,
    id,
  ]);
const given = async () => {
  await world.sql("update core.sessions set second_at = clock_timestamp() where person_id = $1", [sealed.id]);
};
const weakByLink = async (page: Page) => {
  await page.goto(at(`/sign-in/password/${LINK}`));
  await page.fill("[name=password]", "short");
  await page.click("main form button");
};
const wrongCode = async (page: Page) => {
  await page.goto(at("/sign-in/second"));
  await page.fill("[name=code]", "12 34");
  await page.click("text=Go on");
};
/** As a person does it: reads the key, types the code of the moment. */
const setUp = async (page: Page) => {
  await world.sql("update core.credentials set ended_at = clock_timestamp() where kind = 'totp' and person_id = $1", [
    ada.id,
  ]);
  await page.goto(at("/account/second"));
  await page.click("summary:has-text('Type the key')");
  const code = appFor(keyOn(await page.content())).code();
  await page.fill("[name=code]", code);
  await page.click("main form button");
  expect(await page.textContent("h1")).toBe("Keep these recovery codes");
};
const noApp = async (page: Page) => {
  await world.sql("update core.credentials set ended_at = clock_timestamp() where kind = 'totp' and person_id = $1", [
    ada.id,
  ]);
  await page.goto(at("/account/second"));
};

const exhibits: readonly { name: string; go: string | ((page: Page) => Promise<unknown>); as?: () => TestPerson }[] = [
  { name: "sign-in", go: "/sign-in" },
  { name: "sign-in-refused", go: wrong },
  { name: "link", go: "/sign-in/link" },
  { name: "link-sent", go: "/sign-in/link?sent=1" },
  { name: "link-open", go: `/sign-in/link/${"A".repeat(43)}` },
  { name: "account", go: "/account", as: () => ada },
  { name: "account-refused", go: weak, as: () => ada },
  { name: "password-forgotten", go: "/sign-in/password" },
  { name: "password-sent", go: "/sign-in/password?sent=1" },
  { name: "password-by-link", go: `/sign-in/password/${LINK}` },
  { name: "password-by-link-refused", go: weakByLink },
  { name: "second", go: "/sign-in/second", as: () => sealed },
  { name: "second-recovery", go: "/sign-in/second?by=recovery", as: () => sealed },
  { name: "second-refused", go: wrongCode, as: () => sealed },
  { name: "second-set-up", go: noApp, as: () => ada },
  { name: "second-codes", go: setUp, as: () => ada },
  {
    name: "second-standing",
    go: async (page: Page) => {
      await given();
      await page.goto(at("/account/second"));
    },
    as: () => sealed,
  },
  { name: "register", go: "/register" },
  { name: "register-sent", go: "/register?sent=1" },
  { name: "account-verified", go: "/account/status", as: () => confirmed },
  { name: "account-status", go: "/account/status", as: () => waiting },
];

describe("light and dark,", () => {
  let context: BrowserContext;
  beforeAll(async () => {
    context = await room({ width: 1366 });
  });
  afterAll(() => context.close());

  test.each(exhibits.map((one) => [one.name, one] as const))(
    "the page %p stands at 1366 and 390 px",
    async (name, { go, as }) => {
      await context.clearCookies();
      if (as) await enter(context, as());
      const page = await context.newPage();
      const complaints = complaintsOf(page);
      if (typeof go === "string") await page.goto(at(go));
      else await go(page);
      await page.waitForLoadState("load");
      for (const width of [1366, 390]) {
        await resize(page, width);
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme });
          await shoot(page, `identity-${name}-${width}-${colorScheme}`, true);
          const look = `${width} px, ${colorScheme}`;
          expect({ [look]: await axe(page) }).toEqual({ [look]: [] });
          expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBe(0);
        }
      }
      expect(complaints).toEqual([]);
      await page.close();
    },
    60_000,
  );
});

test("without a script one signs in, sets how pages look, changes the password and signs out", async () => {
  await world.sql("update core.credentials set ended_at = clock_timestamp() where kind = 'totp' and person_id = $1", [
    ada.id,
  ]);
  const context = await room({ width: 1366, script: false });
  const page = await context.newPage();
  await page.goto(at("/account"));
  expect(page.url()).toBe(at("/sign-in?to=%2Faccount"));
  await page.fill("[name=email]", ada.email);
  await page.fill("[name=password]", "wrong");
  await page.click("main form button >> nth=0");
  expect(await page.textContent("[data-error-summary]")).toContain("do not belong together");
  expect(await page.inputValue("[name=email]")).toBe(ada.email);
  expect(await page.inputValue("[name=password]")).toBe("");
  await page.fill("[name=password]", password);
  await page.click("main form button >> nth=0");
  expect(page.url()).toBe(at("/account"));
  await page.check("[name=density][value=roomy]");
  await page.click("text=Save");
  expect(await page.getAttribute("html", "data-density")).toBe("roomy");
  const next = "seventeen herons paint kettles";
  await page.fill("[name=current]", password);
  await page.fill("[name=password]", next);
  await page.fill("[name=again]", next);
  await page.click("text=Change password");
  expect(await page.textContent("body")).toContain("Your password is set.");
  await page.click("text=Sign out everywhere");
  expect(page.url()).toBe(at("/sign-in"));
  await page.goto(at("/account"));
  expect(page.url()).toBe(at("/sign-in?to=%2Faccount"));
  await world.sql(
    "update core.credentials set ended_at = clock_timestamp() where person_id = $1 and ended_at is null",
    [ada.id],
  );
  await context.close();
}, 60_000);

test("without a script one sets an app up, comes back with its code, and takes it off", async () => {
  await world.sql("update core.credentials set ended_at = clock_timestamp() where person_id = $1", [ada.id]);
  await world.sql("insert into core.credentials (tenant_id, person_id, kind, secret) values ($1, $2, 'password', $3)", [
    world.here.id,
    ada.id,
    await hashPassword(password),
  ]);
  const context = await room({ width: 390, script: false });
  await enter(context, ada);
  const page = await context.newPage();
  await page.goto(at("/account/second"));
  const app = appFor(keyOn(await page.content()));
  await page.fill("[name=code]", app.code(-1));
  await page.click("main form button");
  const codes = await page.locator(".recovery-codes li").allTextContents();
  expect(codes).toHaveLength(10);
  await page.click("text=I have kept them");
  await page.goto(at("/account"));
  await page.click("text=Sign out everywhere");
  await page.fill("[name=email]", ada.email);
  await page.fill("[name=password]", password);
  await page.click("main form button >> nth=0");
  expect(page.url()).toBe(at("/sign-in/second"));
  await page.fill("[name=code]", app.code());
  await page.click("text=Go on");
  await page.goto(at("/account/second"));
  await page.fill("[name=code]", codes[0] ?? "");
  await page.getByRole("button", { name: "Take the app off" }).click();
  expect(page.url()).toBe(at("/account"));
  expect(await page.textContent("body")).toContain("Set up an authenticator app");
  await context.close();
}, 60_000);
