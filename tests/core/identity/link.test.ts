/** Signing in by a link in a mail, and by one click in a demonstration. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { identityRoutes } from "@core/identity/routes.ts";
import { assemble } from "@core/kernel.ts";
import { jarAt } from "../../support/jar.ts";
import { lettersOf, linkIn } from "../../support/letters.ts";
import { type TestPerson, testWorld, type World } from "../../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await testWorld([], identityRoutes({ environment: "development" }));
}, 60_000);
afterAll(() => world.stop());

let count = 0;
const browser = (tenant = world.here) => {
  count += 1;
  return jarAt(world, tenant, `192.0.2.${count}`);
};
const someone = (name = "Ada Okafor", tenant = world.here) => world.person(name, "administrator", null, { tenant });
const ask = (email: string, tenant = world.here) => browser(tenant).post("/sign-in/link", { email });

async function linkFor(person: TestPerson): Promise<string> {
  await ask(person.email, person.tenant);
  return linkIn(world, person.email, person.tenant);
}

describe("a link by mail", () => {
  test("leads in, once, and the record says so", async () => {
    const ada = await someone();
    const path = await linkFor(ada);
    const jar = browser();
    const page = await jar.get(path);
    expect(page.status).toBe(200);
    expect(page.text).toContain(`action="${path}"`);
    const answer = await jar.post(path);
    expect([answer.status, answer.location]).toEqual([303, "/"]);
    expect((await jar.get("/account")).text).toContain("a link by mail");
    expect((await world.trail()).some(({ sentence }) => sentence === "Ada Okafor signed in by a link by mail")).toBe(
      true,
    );
    expect((await browser().post(path)).status).toBe(410);
  });

  test("goes to this institution's own host, whichever host the question named", async () => {
    const ada = await someone();
    await jarAt(world).send(
      new Request("http://northfield.localhost:6666/sign-in/link", {
        method: "POST",
        body: new URLSearchParams({ email: ada.email }),
        headers: { "sec-fetch-site": "same-origin", "x-forwarded-host": "evil.example", host: "evil.example" },
      }),
    );
    const letter = (await lettersOf(world)).find(({ to }) => to === ada.email);
    expect(letter?.text).toMatch(/^http:\/\/northfield\.localhost:3000\/sign-in\/link\/[\w-]{43}$/m);
    expect(letter?.subject).toBe("Your link to sign in at Northfield (invented)");
  });

  test("is not used up by those who only look: five scanners, then the person", async () => {
    const path = await linkFor(await someone());
    for (let i = 0; i < 5; i++) expect((await browser().get(path)).status).toBe(200);
    expect((await browser().post(path)).status).toBe(303);
  });

  test("lets one in when two come at once", async () => {
    const path = await linkFor(await someone());
    const answers = await Promise.all(Array.from({ length: 8 }, () => browser().post(path)));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, ...Array<number>(7).fill(410)]);
  });

  test("is over after ten minutes, elsewhere, for another purpose, and once the account is suspended", async () => {
    const ada = await someone();
    const link = async () => {
      await world.sql("delete from core.rates");
      world.house.turns.forget();
      return linkFor(ada);
    };
    const expired = await link();
    await world.sql("update core.login_links set until_at = clock_timestamp() where person_id = $1", [ada.id]);
    expect((await browser().post(expired)).status).toBe(410);
    const fresh = await link();
    const [row] = await world.sql<{ minutes: number }>(
      "select round(extract(epoch from until_at - made_at) / 60)::int as minutes from core.login_links where used_at is null and until_at > clock_timestamp() and person_id = $1",
      [ada.id],
    );
    expect(row?.minutes).toBe(10);
    expect((await browser(world.there).post(fresh)).status).toBe(410);
    await world.sql("update core.login_links set purpose = 'set-password' where person_id = $1", [ada.id]);
    expect((await browser().post(fresh)).status).toBe(410);
    await world.sql("update core.login_links set purpose = 'sign-in' where person_id = $1", [ada.id]);
    await world.sql("update core.persons set status = 'suspended' where id = $1", [ada.id]);
    expect((await browser().post(fresh)).status).toBe(410);
    await world.sql("update core.persons set status = 'active' where id = $1", [ada.id]);
    expect((await browser().post(fresh)).status).toBe(303);
  });

  test("lies in no table: neither its token nor the letter", async () => {
    const token = (await linkFor(await someone())).split("/").at(-1) ?? "";
    const found = await world.sql<{ text: string }>(
      "select l::text as text from core.login_links l union all select m::text from core.mails m union all select j.data::text from pgboss.job j union all select a::text from core.audit_events a",
    );
    expect(found.length).toBeGreaterThan(3);
    expect(found.filter(({ text }) => text.includes(token))).toEqual([]);
  });

  test("made-up ones are gone ones", async () => {
    for (const token of ["x", "A".repeat(43), "..%2f..", "%00", "' or true --", "A".repeat(200)]) {
      expect((await browser().post(`/sign-in/link/${encodeURIComponent(token)}`)).status).toBe(410);
    }
  });

  test("known, unknown, suspended and mailboxes that had enough get one answer", async () => {
    const [ada, cem] = [await someone(), await someone("Cem")];
    await world.sql("update core.persons set status = 'suspended' where id = $1", [cem.id]);
    const answers = [];
    for (const email of [ada.email, "nobody@northfield.example", cem.email, ada.email, ada.email, ada.email]) {
      const { status, location, text, headers } = await ask(email);
      answers.push({ status, location, text, cookies: headers.getSetCookie() });
    }
    for (const answer of answers)
      expect(answer).toEqual({ status: 303, location: "/sign-in/link?sent=1", text: "", cookies: [] });
    const sent = await lettersOf(world);
    expect(sent.filter(({ to }) => to === ada.email)).toHaveLength(3);
    expect(sent.filter(({ to }) => to === cem.email || to.startsWith("nobody"))).toEqual([]);
    const said = (await world.trail()).filter(({ act }) => act === "POST /sign-in/link").slice(0, 6);
    expect(said.map(({ event }) => event).sort()).toEqual([
      ...Array<string>(3).fill("core.link_asked"),
      ...Array<string>(3).fill("core.link_sent"),
    ]);
    expect(JSON.stringify(said)).not.toContain("nobody@");
    expect((await browser().get("/sign-in/link?sent=1")).text).toContain("If there is an account for that address");
  });

  test("what is no address is said to be none", async () => {
    const answer = await ask("ada at northfield");
    expect(answer.status).toBe(422);
    expect(answer.text).toContain("must be an address like name@example.org.");
    expect(answer.text).toContain('value="ada at northfield"');
  });

  test("is no door at all where the institution is no pilot", async () => {
    const otto = await someone("Otto", world.there);
    const path = await linkFor(otto);
    await world.sql("update core.tenants set profile = 'standard' where tenant_id = $1", [world.there.id]);
    // What institutions are is remembered for ten seconds; another house has nothing to forget.
    const other = await testWorld([], identityRoutes({ environment: "development" }));
    try {
      await other.sql("update core.tenants set profile = 'standard' where tenant_id = $1", [other.there.id]);
      const jar = jarAt(other, other.there);
      expect((await jar.get("/sign-in")).text).not.toContain("/sign-in/link");
      expect((await jar.get("/sign-in/link")).status).toBe(404);
      expect((await jar.post("/sign-in/link", { email: otto.email })).status).toBe(404);
      expect((await jar.get(path)).status).toBe(404);
      expect((await jar.post(path)).status).toBe(404);
    } finally {
      await other.stop();
      await world.sql("update core.tenants set profile = 'pilot' where tenant_id = $1", [world.there.id]);
    }
  });
});

describe("one click in a demonstration", () => {
  test("signs in as the person chosen, and the page lists them", async () => {
    const ada = await someone("Ada Listed");
    const page = await browser().get("/sign-in?to=/account");
    expect(page.text).toContain("Ada Listed");
    expect(page.text).toContain(`value="${ada.id}"`);
    const jar = browser();
    const answer = await jar.post("/sign-in/demo", { person: ada.id, to: "/account" });
    expect([answer.status, answer.location]).toEqual([303, "/account"]);
    expect((await jar.get("/account")).text).toContain("Ada Listed");
    expect((await browser().post("/sign-in/demo", { person: ada.id, to: "//evil.example" })).location).toBe("/");
  });

  test("knows nobody of another institution, nobody suspended, nobody at all", async () => {
    const otto = await someone("Otto", world.there);
    const cem = await someone("Cem");
    await world.sql("update core.persons set status = 'suspended' where id = $1", [cem.id]);
    for (const person of [otto.id, cem.id, crypto.randomUUID()]) {
      expect((await browser().post("/sign-in/demo", { person })).status).toBe(404);
    }
    expect((await browser().post("/sign-in/demo", { person: "x" })).status).toBe(422);
  });

  test("does not exist in production: not in the catalogue, not on the page", async () => {
    const production = assemble([], identityRoutes({ environment: "production" }));
    const patterns = production.catalogue.map(({ route, pattern }) => `${route.method} ${pattern}`);
    expect(patterns).toContain("POST /sign-in");
    expect(patterns.filter((pattern) => pattern.includes("demo"))).toEqual([]);
    const real = await testWorld([], identityRoutes({ environment: "production" }), { environment: "production" });
    try {
      const ada = await real.person("Ada Okafor", "administrator", null);
      const jar = jarAt(real);
      expect((await jar.post("/sign-in/demo", { person: ada.id })).status).toBe(404);
      expect((await jar.get("/sign-in")).text).not.toContain("Ada Okafor");
    } finally {
      await real.stop();
    }
  });

  test("does not work for an institution that is no demonstration", async () => {
    const real = await testWorld([], identityRoutes({ environment: "development" }));
    try {
      const ada = await real.person("Ada Okafor", "administrator", null);
      await real.sql("update core.tenants set demo = false");
      const jar = jarAt(real);
      expect((await jar.post("/sign-in/demo", { person: ada.id })).status).toBe(404);
      expect((await jar.get("/sign-in")).text).not.toContain("Ada Okafor");
    } finally {
      await real.stop();
    }
  });
});
