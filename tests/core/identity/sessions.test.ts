/** How long a session lives, what ends it, and what is no session at all. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ownGet } from "@core/http/own-route.ts";
import { identityRoutes } from "@core/identity/routes.ts";
import { signedIn } from "@core/module.ts";
import { sha256 } from "@core/vault/primitives.ts";
import { PlainPage } from "@views/page.tsx";
import { forgeries, trueCookie } from "../../attack/corpus/tokens.ts";
import { type Jar, jarAt } from "../../support/jar.ts";
import { type TestPerson, testWorld, type World } from "../../support/world.ts";

const poll = ownGet("/test/poll", {
  needs: signedIn,
  passive: true,
  run: async () => PlainPage({ title: "Nothing new" }),
});

let world: World;
beforeAll(async () => {
  world = await testWorld(
    [],
    [...identityRoutes({ environment: "development" }), { place: "institution", routes: [poll] }],
  );
  await world.sql("insert into core.roles (role, title) values ('guest', 'Guest (may do nothing)')");
}, 60_000);
afterAll(() => world.stop());

async function inside(role: string | null = "administrator"): Promise<{ person: TestPerson; jar: Jar; token: string }> {
  const person = await world.person("Ada Okafor", role, null);
  return { person, ...(await again(person)) };
}
async function again(person: TestPerson): Promise<{ jar: Jar; token: string }> {
  const token = await world.house.sessions.open(person.tenant.id, person.id, "password", "192.0.2.1", null);
  const jar = jarAt(world, person.tenant);
  jar.cookies.set("sid", await world.house.tokens.sign(token, person.tenant.id));
  return { jar, token };
}
/** The database's clock decides, so the past is moved and nobody waits. */
const lastSeen = (token: string, ago: string) =>
  world.sql("update core.sessions set last_seen = clock_timestamp() - $2::interval where id_hash = $1", [
    sha256(token),
    ago,
  ]);
const secondsSinceSeen = async (token: string): Promise<number> => {
  const [row] = await world.sql<{ seconds: number }>(
    "select extract(epoch from clock_timestamp() - last_seen)::float8 as seconds from core.sessions where id_hash = $1",
    [sha256(token)],
  );
  return row?.seconds ?? Number.NaN;
};
const endedWhy = async (token: string): Promise<string | null> => {
  const [row] = await world.sql<{ why: string | null }>(
    "select ended_why as why from core.sessions where id_hash = $1",
    [sha256(token)],
  );
  return row?.why ?? null;
};
const status = async (jar: Jar, path = "/account") => (await jar.get(path)).status;

describe("a session that nobody uses", () => {
  test("lives until a moment before its limit, and using it begins the limit anew", async () => {
    const { jar, token } = await inside();
    await lastSeen(token, "14 minutes 58 seconds");
    expect(await status(jar)).toBe(200);
    expect(await secondsSinceSeen(token)).toBeLessThan(5);
    await lastSeen(token, "14 minutes 58 seconds");
    expect(await status(jar)).toBe(200);
  });

  test("is over at the limit, for good", async () => {
    const { jar, token } = await inside();
    await lastSeen(token, "15 minutes");
    expect(await status(jar)).toBe(401);
    expect(await endedWhy(token)).toBe("timeout");
    await lastSeen(token, "0 seconds");
    expect(await status(jar)).toBe(401);
  });

  test("is not kept alive by polls", async () => {
    const { jar, token } = await inside();
    await lastSeen(token, "14 minutes");
    for (let i = 0; i < 20; i++) expect(await status(jar, "/test/poll")).toBe(200);
    expect(await secondsSinceSeen(token)).toBeGreaterThan(840);
    await lastSeen(token, "15 minutes");
    expect(await status(jar, "/test/poll")).toBe(401);
  });

  test("gives back what was typed when it ended: to the same person, on the same page, for a day; and is no longer for it", async () => {
    const { jar, token, person } = await inside();
    await lastSeen(token, "10 minutes");
    const entries = JSON.stringify({ action: "/w/a/b", entries: [["why", "Called at night", null, []]] });
    const kept = await jar.post("/account/unsaved", { page: "/w/a/b", entries });
    expect(await secondsSinceSeen(token)).toBeGreaterThan(590);
    const { sealed } = JSON.parse(kept.text) as { sealed: string };
    expect(sealed).not.toContain("night");
    const open = (by: Jar, page: string, what = sealed) => by.post("/account/unsaved/open", { page, sealed: what });
    const back = await open((await again(person)).jar, "/w/a/b");
    expect([back.status, back.text]).toEqual([200, entries]);
    expect((await open((await inside()).jar, "/w/a/b")).status).toBe(404);
    expect((await open(jar, "/w/a/c")).status).toBe(404);
    expect((await open(jar, "/w/a/b", `${sealed.slice(0, -4)}AAAA`)).status).toBe(404);
    expect((await jar.post("/account/unsaved", { page: "https://elsewhere.example", entries })).status).toBe(422);
    expect((await jarAt(world).post("/account/unsaved", { page: "/w/a/b", entries })).status).toBe(401);
  });

  test("is kept by the button that says so", async () => {
    const { jar, token } = await inside();
    await lastSeen(token, "14 minutes");
    const answer = await jar.post("/account/stay");
    expect(answer.status).toBe(200);
    expect(await secondsSinceSeen(token)).toBeLessThan(5);
  });

  test("ends sooner where the institution says so, and never later", async () => {
    const { jar, token } = await inside();
    const limit = (idle: string | null) =>
      world.sql("update core.tenants set idle_limit = $2::interval where tenant_id = $1", [world.here.id, idle]);
    try {
      await limit("2 hours");
      await lastSeen(token, "14 minutes 58 seconds");
      expect(await status(jar)).toBe(200);
      await limit("10 seconds");
      expect((await jar.get("/account")).text).toContain('data-idle="10"');
      await lastSeen(token, "8 seconds");
      expect(await status(jar)).toBe(200);
      await lastSeen(token, "10 seconds");
      expect(await status(jar)).toBe(401);
    } finally {
      await limit(null);
    }
  });

  test("has twenty minutes in a study, and fifteen as soon as one place asks for it", async () => {
    const study = await world.workspace("study", []);
    const service = await world.workspace("service", []);
    const person = await world.person("Ben", "guest", study);
    const { jar, token } = await again(person);
    await lastSeen(token, "19 minutes 58 seconds");
    expect(await status(jar)).toBe(200);
    await world.grant(person, "guest", service);
    await lastSeen(token, "15 minutes");
    expect(await status(jar)).toBe(401);
  });
});

describe("a session", () => {
  test("is over after twelve hours, however busy", async () => {
    const { jar, token } = await inside();
    const [row] = await world.sql<{ hours: number }>(
      "select extract(epoch from until_at - made_at)::float8 / 3600 as hours from core.sessions where id_hash = $1",
      [sha256(token)],
    );
    expect(row?.hours).toBeCloseTo(12, 4);
    expect(await status(jar)).toBe(200);
    await world.sql("update core.sessions set until_at = clock_timestamp() where id_hash = $1", [sha256(token)]);
    expect(await status(jar)).toBe(401);
  });

  test("ends with the account", async () => {
    const { person, jar, token } = await inside();
    await world.sql("update core.persons set status = 'suspended' where id = $1", [person.id]);
    expect(await status(jar)).toBe(401);
    expect(await endedWhy(token)).toBe("suspended");
  });

  test("is not what stood in the browser before: a planted cookie never becomes one", async () => {
    const { person: mallory, jar: planted } = await inside();
    const sid = planted.cookies.get("sid") ?? "";
    const victim = await world.person("Victim", "administrator", null);
    const answer = await planted.post("/sign-in/demo", { person: victim.id });
    expect(answer.status).toBe(303);
    expect(planted.cookies.get("sid")).not.toBe(sid);
    expect((await planted.get("/account")).text).toContain(victim.email);
    const thief = jarAt(world);
    thief.cookies.set("sid", sid);
    const seen = await thief.get("/account");
    expect(seen.status).toBe(401);
    expect(seen.text).not.toContain(mallory.email);
  });

  test("signing out ends it there and then, clears the cookie and what the browser kept", async () => {
    const { jar, token } = await inside();
    const copy = jarAt(world);
    copy.cookies.set("sid", jar.cookies.get("sid") ?? "");
    const answer = await jar.post("/sign-out");
    expect([answer.status, answer.location]).toEqual([303, "/sign-in"]);
    expect(answer.headers.get("clear-site-data")).toBe('"cache", "storage"');
    expect(jar.cookies.has("sid")).toBe(false);
    expect(await status(copy)).toBe(401);
    expect(await endedWhy(token)).toBe("signed out");
    expect((await world.trail()).some(({ sentence }) => sentence === "Ada Okafor signed out")).toBe(true);
    expect((await jar.get("/sign-in")).text).toContain("You are signed out.");
  });

  test("signing out without one is no mistake", async () => {
    expect((await jarAt(world).post("/sign-out")).status).toBe(303);
  });

  test("there are five at most: the oldest goes", async () => {
    const { person, jar } = await inside();
    const more: Jar[] = [];
    for (let i = 0; i < 5; i++) more.push((await again(person)).jar);
    expect(await status(jar)).toBe(401);
    for (const one of more) expect(await status(one)).toBe(200);
  });

  test("of one institution is nothing at another", async () => {
    const { jar } = await inside();
    const there = jarAt(world, world.there);
    there.cookies.set("sid", jar.cookies.get("sid") ?? "");
    expect(await status(there)).toBe(401);
  });
});

describe("a cookie that is no session", () => {
  test("is answered as none: every forgery of the corpus, while the true one is let in", async () => {
    const { jar, token } = await inside();
    const [row] = await world.sql<{ hash: string }>(
      "select encode(id_hash, 'hex') as hash from core.sessions where id_hash = $1",
      [sha256(token)],
    );
    const stolen = {
      secretKey: world.house.config.secretKey,
      sid: token,
      tenantId: world.here.id,
      otherTenantId: world.there.id,
      idHash: row?.hash ?? "",
    };
    const open = async (cookie: string) =>
      (
        await jar.send(
          new Request("http://northfield.localhost:3000/account", { headers: { cookie: `sid=${cookie}` } }),
        )
      ).status;
    expect(await open(trueCookie(stolen))).toBe(200);
    const all = forgeries(stolen);
    expect(all.length).toBeGreaterThan(40);
    const answered = [];
    for (const { name, cookie } of all) answered.push([name, await open(cookie)]);
    expect(answered).toEqual(all.map(({ name }) => [name, 401]));
    expect(await open(trueCookie(stolen))).toBe(200);
  });

  test("the table holds no token: nothing in a stolen row is a way in", async () => {
    const { token } = await inside();
    const rows = await world.sql<{ text: string }>("select s::text as text from core.sessions s");
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.filter(({ text }) => text.includes(token))).toEqual([]);
  });

  test("the page that asks to sign in keeps the way, and a browser is led there", async () => {
    const answer = await jarAt(world).get("/account?x=1", { "sec-fetch-mode": "navigate" });
    expect([answer.status, answer.location]).toEqual([303, "/sign-in?to=%2Faccount%3Fx%3D1"]);
  });
});
