/** The second factor: setting it up, giving it, losing it. Through HTTP, with an app that makes real codes. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { adminRoutes } from "@core/admin/routes.ts";
import { identityRoutes } from "@core/identity/routes.ts";
import { hashPassword } from "@core/vault/password.ts";
import { type App, enrol } from "../../support/authenticator.ts";
import { type Jar, jarAt } from "../../support/jar.ts";
import { lettersOf, linkIn } from "../../support/letters.ts";
import { type TestPerson, testWorld, type World } from "../../support/world.ts";

const PASSWORD = "copper lantern drifting north";
let world: World;
beforeAll(async () => {
  world = await testWorld([], [...identityRoutes({ environment: "development" }), ...adminRoutes]);
}, 60_000);
afterAll(() => world.stop());

let count = 0;
const browser = () => {
  count += 1;
  return jarAt(world, world.here, `203.0.113.${count}`);
};
async function someone(name: string): Promise<TestPerson> {
  const person = await world.person(name, "administrator", null);
  await world.sql("insert into core.credentials (tenant_id, person_id, kind, secret) values ($1, $2, 'password', $3)", [
    world.here.id,
    person.id,
    await hashPassword(PASSWORD),
  ]);
  return person;
}
async function signIn(person: TestPerson, to?: string): Promise<{ jar: Jar; location: string }> {
  const jar = browser();
  const { location } = await jar.post("/sign-in", { email: person.email, password: PASSWORD, ...(to ? { to } : {}) });
  return { jar, location };
}
async function withApp(name: string): Promise<{ person: TestPerson; app: App; codes: readonly string[]; jar: Jar }> {
  const person = await someone(name);
  const { jar } = await signIn(person);
  const { app, codes, answer } = await enrol(jar);
  expect([answer.status, codes.length]).toEqual([200, 10]);
  return { person, app, codes, jar };
}
/** As though the codes shown so far were of long ago. */
const forgetStep = ({ id }: TestPerson) =>
  world.sql("update core.credentials set last_step = 0 where kind = 'totp' and person_id = $1", [id]);

describe("setting up an app", () => {
  test("takes a code that fits, ends the other sessions, and shows the recovery codes once", async () => {
    const person = await someone("Ada Invented");
    const { jar: other } = await signIn(person);
    const { jar } = await signIn(person);
    const page = await jar.get("/account/second");
    expect(page.text).toContain('<svg class="qr"');
    expect(page.text).not.toMatch(/<script(?![^>]*src=)/);
    const { codes, answer } = await enrol(jar);
    expect(answer.status).toBe(200);
    expect(new Set(codes).size).toBe(10);
    expect((await jar.get("/account")).status).toBe(200);
    expect((await other.get("/account")).status).toBe(401);
    const standing = await jar.get("/account/second");
    expect(standing.text).toContain("10 of 10");
    for (const code of codes) expect(standing.text).not.toContain(code);
    expect((await world.trail()).some(({ sentence }) => sentence.includes("set up an authenticator app"))).toBe(true);
  });

  test("refuses a wrong code and a key from elsewhere, and keeps the key on the page", async () => {
    const [ada, ben] = [await someone("Ada Two"), await someone("Ben Invented")];
    const { jar } = await signIn(ada);
    const seedOf = (text: string) => /name="seed" value="([^"]+)"/.exec(text)?.[1] ?? "";
    const keyOf = (text: string) => /<p class="mono">([A-Z2-7 ]+)</.exec(text)?.[1];
    const page = await jar.get("/account/second");
    const again = await jar.post("/account/second", { seed: seedOf(page.text), code: "000000" });
    expect([again.status, keyOf(again.text)]).toEqual([422, keyOf(page.text)]);
    const theirs = await (await signIn(ben)).jar.get("/account/second");
    for (const seed of [seedOf(theirs.text), "1.AAAA", "", `${seedOf(page.text)}A`]) {
      expect((await jar.post("/account/second", { seed, code: "123456" })).status).toBe(422);
    }
    const rows = await world.sql("select 1 from core.credentials where kind = 'totp' and person_id = $1", [ada.id]);
    expect(rows).toEqual([]);
  });

  test("cannot replace an app that is there: that asks for its code first", async () => {
    const { jar, person } = await withApp("Cleo Invented");
    const { jar: fresh } = await signIn(await someone("Dov Invented"));
    const page = await fresh.get("/account/second");
    const [, seed = ""] = /name="seed" value="([^"]+)"/.exec(page.text) ?? [];
    expect((await jar.post("/account/second", { seed, code: "123456" })).status).toBe(422);
    const twice = world.sql(
      "insert into core.credentials (tenant_id, person_id, kind, secret) values ($1, $2, 'totp', 'x')",
      [world.here.id, person.id],
    );
    await expect(twice).rejects.toThrow("credentials_one_totp");
  });

  test("leaves no seed and no code in the clear anywhere", async () => {
    const { app, codes } = await withApp("Esra Invented");
    const found = await world.sql<{ text: string }>(
      "select c::text as text from core.credentials c union all select a::text from core.audit_events a union all select s::text from core.sessions s",
    );
    const secrets = [
      Buffer.from(app.seed).toString("hex"),
      Buffer.from(app.seed).toString("base64url"),
      ...codes,
      ...codes.map((code) => code.replaceAll("-", "")),
    ];
    expect(found.length).toBeGreaterThan(10);
    expect(found.filter(({ text }) => secrets.some((secret) => text.includes(secret)))).toEqual([]);
  });
});

describe("a session that owes its second factor", () => {
  test("reaches the second step and the way out, and nothing else", async () => {
    const { person } = await withApp("Fred Invented");
    const { jar, location } = await signIn(person, "/admin/people");
    expect(location).toBe("/sign-in/second?to=%2Fadmin%2Fpeople");
    for (const { route, pattern } of world.house.kernel.catalogue) {
      if (route.needs === "anyone" || pattern.startsWith("/sign-in/second")) continue;
      const path = pattern.replace(/:\w+/g, crypto.randomUUID());
      const answer = route.method === "GET" ? await jar.get(path) : await jar.post(path);
      expect([path, answer.status]).toEqual([path, 403]);
      expect(answer.text).not.toContain("/admin/people");
    }
    const led = await jar.get("/admin/people", { "sec-fetch-mode": "navigate" });
    expect([led.status, led.location]).toEqual([303, "/sign-in/second?to=%2Fadmin%2Fpeople"]);
    expect((await jar.get("/account", { "hx-request": "true" })).headers.get("hx-redirect")).toBe("/sign-in/second");
    expect((await jar.get("/sign-in/second")).status).toBe(200);
    expect((await jar.post("/sign-out")).location).toBe("/sign-in");
  });

  test("goes on under a new token once the code is given; the old cookie is nothing", async () => {
    const { person, app } = await withApp("Gila Invented");
    const { jar } = await signIn(person, "/admin/people");
    const before = jar.cookies.get("sid") ?? "";
    const answer = await jar.post("/sign-in/second", {
      code: ` ${app.code().slice(0, 3)} ${app.code().slice(3)}`,
      to: "/admin/people",
    });
    expect([answer.status, answer.location]).toEqual([303, "/admin/people"]);
    expect(jar.cookies.get("sid")).not.toBe(before);
    expect((await jar.get("/admin/people")).status).toBe(200);
    expect((await browser().get("/account", { cookie: `sid=${before}` })).status).toBe(401);
    expect((await world.trail())[1]?.sentence).toContain("gave a code from the authenticator app");
    expect((await jar.get("/sign-in/second?to=//evil.example")).location).toBe("/");
  });

  test("is let through once when twenty requests bring the same code, and never again with it", async () => {
    const { person, app } = await withApp("Hana Invented");
    const jars = await Promise.all(Array.from({ length: 5 }, async () => (await signIn(person)).jar));
    const code = app.code();
    const answers = await Promise.all(jars.map((jar) => jar.post("/sign-in/second", { code })));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 422, 422, 422, 422]);
    expect(answers.find(({ status }) => status === 422)?.text).toContain("That code was used already");
    const { jar } = await signIn(person);
    expect((await jar.post("/sign-in/second", { code: app.code(-1) })).status).toBe(422);
    expect((await jar.post("/sign-in/second", { code: app.code(1) })).status).toBe(303);
  });

  test("the code that set the app up opens nothing", async () => {
    const { person, app } = await withApp("Ines Invented");
    const { jar } = await signIn(person);
    expect((await jar.post("/sign-in/second", { code: app.code(-1) })).status).toBe(422);
  });

  test("is listened to ten times, at every browser together, and then no more", async () => {
    const { person, app } = await withApp("Jona Invented");
    const jars = await Promise.all([signIn(person), signIn(person)]);
    const wrong = await Promise.all(
      Array.from({ length: 30 }, (_, i) => jars[i % 2]?.jar.post("/sign-in/second", { code: "000000" })),
    );
    expect(wrong.filter((answer) => answer?.status === 422)).toHaveLength(10);
    expect(wrong.filter((answer) => answer?.status === 429)).toHaveLength(20);
    expect((await jars[0].jar.post("/sign-in/second", { code: app.code() })).status).toBe(429);
  });

  test("ends when ten minutes have passed", async () => {
    const { person } = await withApp("Kira Invented");
    const { jar } = await signIn(person);
    await world.sql(
      "update core.sessions set made_at = clock_timestamp() - interval '10 minutes' where person_id = $1 and second_at is null",
      [person.id],
    );
    expect((await jar.get("/sign-in/second")).status).toBe(401);
  });

  test("also after a link by mail, one click in a demonstration, and a password set by a link", async () => {
    const { person } = await withApp("Liv Invented");
    const demo = browser();
    expect((await demo.post("/sign-in/demo", { person: person.id })).location).toBe("/sign-in/second");
    await browser().post("/sign-in/link", { email: person.email });
    const byLink = await browser().post(await linkIn(world, person.email));
    expect(byLink.location).toBe("/sign-in/second");
    await browser().post("/sign-in/password", { email: person.email });
    const next = "seventeen herons paint kettles";
    await browser().post(await linkIn(world, person.email), { password: next, again: next });
    const answer = await browser().post("/sign-in", { email: person.email, password: next });
    expect(answer.location).toBe("/sign-in/second");
  });

  test("does not open by the code of somebody else", async () => {
    const [mo, nia] = [await withApp("Mo Invented"), await withApp("Nia Invented")];
    const { jar } = await signIn(mo.person);
    expect((await jar.post("/sign-in/second", { code: nia.app.code() })).status).toBe(422);
    expect((await jar.post("/sign-in/second", { code: nia.codes[0] ?? "" })).status).toBe(422);
  });
});

describe("recovery codes", () => {
  test("work once each, as people type them, and the last ones are said to be few", async () => {
    const { person, codes } = await withApp("Otis Invented");
    const use = async (code: string) => {
      const { jar } = await signIn(person);
      return jar.post("/sign-in/second", { code, by: "recovery" });
    };
    expect((await use((codes[0] ?? "").toLowerCase().replaceAll("-", " "))).status).toBe(303);
    const again = await use(codes[0] ?? "");
    expect(again.status).toBe(422);
    expect(again.text).toContain("Recovery code");
    expect((await world.trail()).some(({ sentence }) => sentence.includes("a recovery code; 9 are left"))).toBe(true);
    for (const code of codes.slice(1, 7)) expect((await use(code)).headers.get("set-cookie")).not.toContain("flash=");
    expect(decodeURIComponent((await use(codes[7] ?? "")).headers.get("set-cookie") ?? "")).toContain(
      "You have 2 recovery codes left",
    );
  });

  test("are replaced as a whole by whoever shows a code", async () => {
    const { person, app, codes, jar } = await withApp("Pau Invented");
    expect((await jar.post("/account/second/codes", { code: "000000" })).status).toBe(422);
    const answer = await jar.post("/account/second/codes", { code: app.code() });
    expect(answer.status).toBe(200);
    const { jar: next } = await signIn(person);
    expect((await next.post("/sign-in/second", { code: codes[1] ?? "" })).status).toBe(422);
    const [, fresh = ""] = /<li>((?:[A-Z2-7]{4}-){5}[A-Z2-7]{4})<\/li>/.exec(answer.text) ?? [];
    expect((await next.post("/sign-in/second", { code: fresh })).status).toBe(303);
  });
});

describe("taking it off", () => {
  test("asks for a code; then a password is enough again", async () => {
    const { person, app, codes, jar } = await withApp("Rhea Invented");
    expect((await jar.post("/account/second/off", {})).status).toBe(422);
    expect((await jar.post("/account/second/off", { code: app.code() })).location).toBe("/account");
    const { jar: next, location } = await signIn(person);
    expect(location).toBe("/");
    await forgetStep(person);
    expect((await next.post("/account/second/off", { code: codes[0] ?? "" })).status).toBe(422);
  });

  test("by an administrator: with a reason, told by mail, never for himself", async () => {
    const { person, jar } = await withApp("Suri Invented");
    const admin = await world.person("Ada Okafor", "administrator", null);
    const ada = await world.as(admin);
    const page = await ada.get(`/admin/people/${person.id}`);
    expect(page.text).toContain(`/admin/people/${person.id}/second`);
    expect((await ada.get(`/admin/people/${person.id}/second`)).status).toBe(200);
    expect((await ada.post(`/admin/people/${person.id}/second`, { reason: "" })).status).toBe(422);
    const reason = "Phone lost; identity checked at the desk";
    expect((await ada.post(`/admin/people/${person.id}/second`, { reason })).status).toBe(303);
    expect((await jar.get("/account")).status).toBe(401);
    expect((await signIn(person)).location).toBe("/");
    expect(
      (await lettersOf(world)).some(({ to, subject }) => to === person.email && subject.includes("second factor")),
    ).toBe(true);
    expect((await world.trail()).some(({ sentence }) => sentence.includes(reason))).toBe(true);
    expect((await ada.post(`/admin/people/${admin.id}/second`, { reason })).status).toBe(422);
    const { jar: rank } = await signIn(await world.person("Tom Invented", null, null));
    expect((await rank.post(`/admin/people/${person.id}/second`, { reason })).status).toBe(401);
  });
});
