/** Passkeys through HTTP, with an authenticator in software: setting one up, signing in, the second step, and what is refused. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { identityRoutes } from "@core/identity/routes.ts";
import { hashPassword } from "@core/vault/password.ts";
import { type Jar, jarAt } from "../../support/jar.ts";
import { lettersOf } from "../../support/letters.ts";
import { optionsOn, SoftPasskey, type Wrong } from "../../support/passkey.ts";
import { type TestPerson, testWorld, type World } from "../../support/world.ts";

const ORIGIN = "http://northfield.localhost:3000";
const PASSWORD = "amber trolley quiet meadow";
let world: World;
let hash = "";
let count = 0;
beforeAll(async () => {
  world = await testWorld([], identityRoutes({ environment: "development" }));
  hash = await hashPassword(PASSWORD);
}, 60_000);
afterAll(() => world.stop());

type Creation = { challenge: string; rp: { id: string } };
type Request = { challenge: string; rpId: string; allowCredentials?: { id: string }[] };
const browser = (tenant = world.here) => {
  count += 1;
  return jarAt(world, tenant, `203.0.113.${count}`);
};
async function someone(): Promise<{ person: TestPerson; jar: Jar }> {
  const person = await world.person("Paula Passkey", "administrator", null);
  await world.sql("insert into core.credentials (tenant_id, person_id, kind, secret) values ($1, $2, 'password', $3)", [
    world.here.id,
    person.id,
    hash,
  ]);
  const jar = browser();
  expect((await jar.post("/sign-in", { email: person.email, password: PASSWORD })).status).toBe(303);
  return { person, jar };
}
async function setUp(jar: Jar, key = new SoftPasskey(), wrong: Wrong = {}, current = PASSWORD) {
  const page = await jar.get("/account/second/passkeys");
  const answer = key.create(optionsOn<Creation>(page.text), ORIGIN, wrong);
  return { key, answer, page: await jar.post("/account/second/passkeys", { answer, label: "my phone", current }) };
}
async function signIn(key: SoftPasskey, wrong: Wrong = {}, jar = browser()) {
  const asked = optionsOn<Request>((await jar.get("/sign-in/passkey")).text);
  const answer = key.get(asked, ORIGIN, wrong);
  return { jar, answer, page: await jar.post("/sign-in/passkey", { answer }) };
}

test("set up with the password, it signs in alone, with both factors given, and leaves recovery codes behind", async () => {
  const { person, jar } = await someone();
  const { key, page } = await setUp(jar);
  expect([page.status, page.text.includes("recovery codes")]).toEqual([200, true]);
  expect((await lettersOf(world)).some(({ to, text }) => to === person.email && text.includes("my phone"))).toBe(true);
  await world.sql(`update core.tenants set policies = '{"second":"required"}' where tenant_id = $1`, [world.here.id]);
  const { jar: other, page: inside } = await signIn(key);
  expect([inside.status, inside.location]).toEqual([303, "/"]);
  expect((await other.get("/account")).text).toContain("Paula Passkey");
  await world.sql(`update core.tenants set policies = '{}' where tenant_id = $1`, [world.here.id]);
  expect((await other.get("/account/second/passkeys")).text).toContain("my phone");
});

test("after a password it is the second step, and only the person's own counts", async () => {
  const { person, jar } = await someone();
  const { key } = await setUp(jar);
  const { jar: strangers } = await someone();
  const { key: strange } = await setUp(strangers);
  const half = browser();
  const begun = await half.post("/sign-in", { email: person.email, password: PASSWORD });
  expect(begun.location).toBe("/sign-in/second");
  expect((await half.get("/account")).status).toBe(403);
  expect((await half.get("/account/second/passkeys")).status).toBe(403);
  const asked = optionsOn<Request>((await half.get("/sign-in/second/passkey")).text);
  expect(asked.allowCredentials?.map(({ id }) => id)).toEqual([key.id]);
  expect((await half.post("/sign-in/second/passkey", { answer: strange.get(asked, ORIGIN) })).status).toBe(422);
  const again = optionsOn<Request>((await half.get("/sign-in/second/passkey")).text);
  expect((await half.post("/sign-in/second/passkey", { answer: key.get(again, ORIGIN) })).location).toBe("/");
  expect((await half.get("/account")).status).toBe(200);
});

test("where a second factor is owed, a passkey pays for it", async () => {
  const { jar } = await someone();
  await world.sql(`update core.tenants set policies = '{"second":"required"}' where tenant_id = $1`, [world.here.id]);
  try {
    expect((await jar.get("/account")).status).toBe(403);
    expect((await setUp(jar)).page.status).toBe(200);
    expect((await jar.get("/account")).status).toBe(200);
  } finally {
    await world.sql(`update core.tenants set policies = '{}' where tenant_id = $1`, [world.here.id]);
  }
});

test("a session that was left open makes no passkey without the password, and what was typed stays", async () => {
  const { jar } = await someone();
  const { page } = await setUp(jar, new SoftPasskey(), {}, "wrong");
  expect([page.status, page.text.includes('value="my phone"'), page.text.includes("wrong")]).toEqual([
    422,
    true,
    false,
  ]);
});

test("taken off, it opens nothing; closed as a way in, neither", async () => {
  const { jar } = await someone();
  const { key } = await setUp(jar);
  const [, id = ""] = /passkeys\/([0-9a-f-]{36})\/off/.exec((await jar.get("/account/second/passkeys")).text) ?? [];
  await world.sql(`update core.tenants set policies = '{"methods":["password"]}' where tenant_id = $1`, [
    world.here.id,
  ]);
  const fresh = await testDoor();
  expect(fresh).toBe(401);
  await world.sql(`update core.tenants set policies = '{}' where tenant_id = $1`, [world.here.id]);
  expect((await jar.post(`/account/second/passkeys/${id}/off`)).status).toBe(303);
  expect((await signIn(key)).page.status).toBe(422);

  /** A session by passkey ends at its next page once the way is closed. */
  async function testDoor(): Promise<number> {
    const { jar: open } = await signIn(key);
    return (await open.get("/account")).status;
  }
});

describe("is refused", () => {
  const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const hostile: readonly (readonly [string, Wrong])[] = [
    ["another origin", { origin: "https://northfield.evil.example" }],
    ["another origin of this host", { origin: "http://northfield.localhost:3001" }],
    ["the other institution's origin", { origin: "http://lakeside.localhost:3000" }],
    ["another relying party", { rpId: "lakeside.localhost" }],
    ["a challenge of its own", { challenge: Buffer.alloc(32, 7).toString("base64url") }],
    ["a registration instead of a sign-in", { type: "webauthn.create" }],
    ["nobody present", { flags: 4 }],
    ["nobody verified", { flags: 1 }],
    ["another key", { by: stranger }],
    ["a counter that stands still", { counter: 1 }],
  ];
  test.each(hostile)("%s", async (_name, wrong) => {
    const { jar } = await someone();
    const { key } = await setUp(jar);
    expect((await signIn(key)).page.status).toBe(303);
    const { jar: outside, page } = await signIn(key, wrong);
    expect([page.status, outside.cookies.has("sid")]).toEqual([422, false]);
  });
  test("the same answer a second time, and the same challenge for another", async () => {
    const { jar } = await someone();
    const { key } = await setUp(jar);
    const { answer } = await signIn(key);
    expect((await browser().post("/sign-in/passkey", { answer })).status).toBe(422);
    const other = browser();
    const asked = optionsOn<Request>((await other.get("/sign-in/passkey")).text);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => browser().post("/sign-in/passkey", { answer: key.get(asked, ORIGIN) })),
    );
    expect(answers.filter(({ status }) => status === 303).length).toBe(1);
  });
  test("a challenge for the second step does not sign in, nor one that is too old", async () => {
    const { person, jar } = await someone();
    const { key } = await setUp(jar);
    const half = browser();
    await half.post("/sign-in", { email: person.email, password: PASSWORD });
    const asked = optionsOn<Request>((await half.get("/sign-in/second/passkey")).text);
    expect((await browser().post("/sign-in/passkey", { answer: key.get(asked, ORIGIN) })).status).toBe(422);
    const late = optionsOn<Request>((await browser().get("/sign-in/passkey")).text);
    await world.sql("update core.passkey_challenges set until_at = clock_timestamp()");
    expect((await browser().post("/sign-in/passkey", { answer: key.get(late, ORIGIN) })).status).toBe(422);
  });
  test("at the other institution", async () => {
    const { jar } = await someone();
    const { key } = await setUp(jar);
    const there = browser(world.there);
    const asked = optionsOn<Request>((await there.get("/sign-in/passkey")).text);
    expect(
      (await there.post("/sign-in/passkey", { answer: key.get(asked, "http://lakeside.localhost:3000") })).status,
    ).toBe(422);
  });
  test.each(["", "{}", "null", "[]", '{"id":7}', "x".repeat(30_000), '{"id":"a","response":{}}'])(
    "rubbish %#",
    async (answer) => {
      expect((await browser().post("/sign-in/passkey", { answer })).status).toBe(422);
    },
  );
});
