/** A password by a link: forgotten, or the first one after an invitation. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { adminRoutes } from "@core/admin/routes.ts";
import { identityRoutes } from "@core/identity/routes.ts";
import { hashPassword } from "@core/vault/password.ts";
import { jarAt } from "../../support/jar.ts";
import { lettersOf, linkIn } from "../../support/letters.ts";
import { type TestPerson, testWorld, type World } from "../../support/world.ts";

const OLD = "copper lantern drifting north";
const NEXT = "seventeen herons paint kettles";
let world: World;
beforeAll(async () => {
  world = await testWorld([], [...identityRoutes({ environment: "development" }), ...adminRoutes]);
}, 60_000);
afterAll(() => world.stop());

let count = 0;
const browser = (tenant = world.here) => {
  count += 1;
  return jarAt(world, tenant, `198.51.100.${count}`);
};
async function someone(name: string, tenant = world.here): Promise<TestPerson> {
  const person = await world.person(name, "administrator", null, { tenant });
  await world.sql("insert into core.credentials (tenant_id, person_id, kind, secret) values ($1, $2, 'password', $3)", [
    tenant.id,
    person.id,
    await hashPassword(OLD),
  ]);
  return person;
}
async function linkFor(person: TestPerson): Promise<string> {
  const answer = await browser(person.tenant).post("/sign-in/password", { email: person.email });
  expect([answer.status, answer.location]).toEqual([303, "/sign-in/password?sent=1"]);
  return linkIn(world, person.email, person.tenant);
}
const both = { password: NEXT, again: NEXT };
const signIn = (person: TestPerson, password: string) =>
  browser(person.tenant).post("/sign-in", { email: person.email, password });

describe("a forgotten password", () => {
  test("is replaced by a link, once; nobody is signed in by it, and everywhere is signed out", async () => {
    const iris = await someone("Iris Invented");
    const before = browser();
    await before.post("/sign-in", { email: iris.email, password: OLD });
    expect((await before.get("/account")).status).toBe(200);
    expect((await browser().get("/sign-in")).text).toContain('href="/sign-in/password"');

    const path = await linkFor(iris);
    for (let i = 0; i < 3; i++) expect((await browser().get(path)).text).toContain("Iris Invented");
    const jar = browser();
    const answer = await jar.post(path, both);
    expect([answer.status, answer.location]).toEqual([303, "/sign-in"]);
    expect(jar.cookies.has("sid")).toBe(false);
    expect((await before.get("/account")).status).toBe(401);
    expect((await signIn(iris, OLD)).status).toBe(422);
    expect((await signIn(iris, NEXT)).status).toBe(303);
    expect((await browser().get(path)).status).toBe(410);
    expect((await browser().post(path, both)).status).toBe(410);
    const said = (await world.trail()).map(({ sentence }) => sentence);
    expect(said).toContain("Iris Invented set a password by a link from a mail, and every session ended");
    expect(said).toContain("Somebody asked for a link to a new password for Iris Invented, and it was posted");
  });

  test("is set by one of eight that come at once", async () => {
    const path = await linkFor(await someone("Juno Invented"));
    const answers = await Promise.all(Array.from({ length: 8 }, () => browser().post(path, both)));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, ...Array<number>(7).fill(410)]);
  });

  test("is held to the same rules, and a refused one uses nothing up", async () => {
    const path = await linkFor(await someone("Kofi Invented"));
    for (const [password, again, sentence] of [
      ["short", "short", "A password has at least 15 characters"],
      ["kofi invented herons paint", "kofi invented herons paint", "may not contain your name"],
      [NEXT, OLD, "The two differ"],
      ["", "", "Enter a new password."],
    ] as const) {
      const answer = await browser().post(path, { password, again });
      expect(answer.status).toBe(422);
      expect(answer.text).toContain(sentence);
      expect(answer.text).not.toContain(NEXT);
    }
    expect((await browser().post(path, both)).status).toBe(303);
  });

  test("lets the owner in again after guesses locked the account", async () => {
    const lena = await someone("Lena Invented");
    for (let i = 0; i < 11; i++) await signIn(lena, "wrong");
    expect((await signIn(lena, OLD)).status).toBe(422);
    expect((await browser().post(await linkFor(lena), both)).status).toBe(303);
    expect((await signIn(lena, NEXT)).status).toBe(303);
  });

  test("opens nothing late, elsewhere, for another purpose, at another address, or for the suspended", async () => {
    const mira = await someone("Mira Invented");
    const path = await linkFor(mira);
    const refused = async () => (await browser().post(path, both)).status;
    const link = (text: string) => world.sql(`update core.login_links set ${text} where person_id = $1`, [mira.id]);
    const account = (text: string) => world.sql(`update core.persons set ${text} where id = $1`, [mira.id]);
    await link("until_at = clock_timestamp()");
    expect(await refused()).toBe(410);
    await link("until_at = clock_timestamp() + interval '1 hour', purpose = 'sign-in'");
    expect(await refused()).toBe(410);
    await link("purpose = 'set-password'");
    expect((await browser(world.there).post(path, both)).status).toBe(410);
    await account("email = 'other@northfield.example'");
    expect(await refused()).toBe(410);
    await account(`email = '${mira.email}', status = 'suspended'`);
    expect(await refused()).toBe(410);
    await account("status = 'active'");
    // A link to sign in sets no password, and the other way round.
    expect((await browser().post(path.replace("/password/", "/link/"))).status).toBe(410);
    expect(await refused()).toBe(303);
  });

  test("other letters are worth nothing once one was used, or the password was changed on the account page", async () => {
    const nora = await someone("Nora Invented");
    const [first, second] = [await linkFor(nora), await linkFor(nora)];
    expect((await browser().post(second, both)).status).toBe(303);
    expect((await browser().post(first, both)).status).toBe(410);
    const third = await linkFor(nora);
    const jar = browser();
    await jar.post("/sign-in", { email: nora.email, password: NEXT });
    const changed = await jar.post("/account/password", { current: NEXT, password: OLD, again: OLD });
    expect(changed.status).toBe(303);
    expect((await browser().post(third, both)).status).toBe(410);
  });

  test("known, unknown, suspended: one answer, and no letter where there is nobody", async () => {
    const olga = await someone("Olga Invented");
    const pia = await someone("Pia Invented");
    await world.sql("update core.persons set status = 'suspended' where id = $1", [pia.id]);
    const answers = [];
    for (const email of [olga.email, pia.email, "nobody.at.all@northfield.example"]) {
      const { status, location, text } = await browser().post("/sign-in/password", { email });
      answers.push({ status, location, text });
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    const to = (await lettersOf(world)).map((letter) => letter.to);
    expect(to).toContain(olga.email);
    expect(to).not.toContain(pia.email);
    expect(to).not.toContain("nobody.at.all@northfield.example");
  });

  test("its token lies in no table", async () => {
    const token = (await linkFor(await someone("Quin Invented"))).split("/").at(-1) ?? "nothing";
    const found = await world.sql<{ text: string }>(
      "select l::text as text from core.login_links l union all select m::text from core.mails m union all select a::text from core.audit_events a",
    );
    expect(found.length).toBeGreaterThan(3);
    expect(found.filter(({ text }) => text.includes(token))).toEqual([]);
  });
});

describe("an invitation", () => {
  test("leads to the first password, and with one to the door", async () => {
    const ada = await world.as(await world.person("Ada Okafor", "administrator", null));
    const email = "rosa.invented@northfield.example";
    expect((await ada.post("/admin/people", { name: "Rosa Invented", email })).status).toBe(303);
    const path = await linkIn(world, email);
    expect(path).toMatch(/^\/sign-in\/password\/[\w-]{43}$/);
    const [row] = await world.sql<{ days: number }>(
      "select round(extract(epoch from l.until_at - l.made_at) / 86400)::int as days from core.login_links l join core.persons p on p.id = l.person_id where p.email = $1",
      [email],
    );
    expect(row?.days).toBe(7);
    expect((await browser().post(path, both)).status).toBe(303);
    expect((await browser().post("/sign-in", { email, password: NEXT })).location).toBe("/");
    const [person] = await world.sql<{ id: string }>("select id from core.persons where email = $1", [email]);
    expect((await ada.post(`/admin/people/${person?.id}/invite`)).status).toBe(303);
    expect(await linkIn(world, email)).toBe("/sign-in/link");
  });

  test("is made in the database by nobody who may not invite", async () => {
    const sam = await world.person("Sam Invented", null, null);
    const standing = {
      tenantId: world.here.id,
      workspaceId: null,
      kind: "person",
      actorId: sam.id,
      sessionRef: "",
    } as const;
    const attempt = world.house.transactions.run(
      standing,
      { readOnly: false },
      (lease) => lease.rows("select core.make_invitation('\\x00'::bytea, $1, interval '1 day')", [sam.email]),
      async () => {},
    );
    await expect(attempt).rejects.toThrow();
  });
});
