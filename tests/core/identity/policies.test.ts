/** What an administrator demands bites at the next request of sessions that are open, and on the live row. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { adminRoutes } from "@core/admin/routes.ts";
import { waysIn } from "@core/identity/policies.ts";
import { identityRoutes } from "@core/identity/routes.ts";
import { hashPassword } from "@core/vault/password.ts";
import { enrol } from "../../support/authenticator.ts";
import { type Jar, jarAt } from "../../support/jar.ts";
import { type Answer, type TestPerson, type TestWorkspace, testWorld, type World } from "../../support/world.ts";

const PASSWORD = "copper lantern drifting north";
const HOME = "192.0.2.10";
let world: World;
let admin: TestPerson;
let heart: TestWorkspace;
beforeAll(async () => {
  world = await testWorld([], [...identityRoutes({ environment: "development" }), ...adminRoutes]);
  admin = await withPassword(await world.person("Ada Okafor", "administrator", null));
  heart = await world.workspace("program", []);
}, 60_000);
afterAll(() => world.stop());
beforeEach(async () => {
  await world.sql("update core.tenants set policies = '{}'");
  await world.sql("update core.workspaces set policies = '{}'");
  await world.sql("update core.credentials set ended_at = clock_timestamp() where kind in ('totp', 'recovery')");
  await world.sql("delete from core.rates");
  world.house.turns.forget();
});

async function withPassword(person: TestPerson): Promise<TestPerson> {
  await world.sql("insert into core.credentials (tenant_id, person_id, kind, secret) values ($1, $2, 'password', $3)", [
    person.tenant.id,
    person.id,
    await hashPassword(PASSWORD),
  ]);
  return person;
}
async function signIn(person: TestPerson, peer = HOME): Promise<Jar> {
  const jar = jarAt(world, person.tenant, peer);
  const answer = await jar.post("/sign-in", { email: person.email, password: PASSWORD });
  expect(answer.status).toBe(303);
  return jar;
}
const from = (jar: Jar, peer: string): Jar => {
  const other = jarAt(world, world.here, peer);
  for (const [name, value] of jar.cookies) other.cookies.set(name, value);
  return other;
};
/** The form as it stands, with changes. */
const save = (jar: Jar, form: Record<string, string> = {}, at = "/admin/policies/sign-in"): Promise<Answer> =>
  jar.send(
    new Request(`http://northfield.localhost:3000${at}`, {
      method: "POST",
      body: new URLSearchParams([
        ...(at === "/admin/policies/sign-in" && !("methods" in form)
          ? [...Object.keys(waysIn).map((way) => ["methods", way])]
          : []),
        ...Object.entries(form),
      ]),
      headers: { "sec-fetch-site": "same-origin" },
    }),
  );
const colleague = async (name = "Bo Invented") => withPassword(await world.person(name, "administrator", null));
const sentences = async () => (await world.trail()).map(({ sentence }) => sentence);

describe("a required second factor", () => {
  test("makes everyone set one up at the next page, its author too, and opens again once that is done", async () => {
    const [ada, bo] = [await signIn(admin), await signIn(await colleague())];
    expect((await bo.get("/admin/people")).status).toBe(200);
    expect((await save(ada, { second: "on" })).status).toBe(303);
    for (const jar of [ada, bo]) {
      const led = await jar.get("/admin/people", { "sec-fetch-mode": "navigate" });
      expect([led.status, led.location]).toEqual([303, "/account/second?to=%2Fadmin%2Fpeople"]);
      expect((await jar.get("/account")).status).toBe(403);
      expect((await save(jar, {})).status).toBe(403);
      expect((await jar.get("/account/second")).text).toContain("asks for a second factor");
    }
    const { answer } = await enrol(bo);
    expect(answer.status).toBe(200);
    expect((await bo.get("/admin/people")).status).toBe(200);
    expect((await ada.get("/admin/people")).status).toBe(403);
    expect(await sentences()).toContain(
      "Ada Okafor changed how people sign in to Northfield (invented): second factor from not required to required",
    );
  });

  test("in one workspace is asked for there, and nowhere else", async () => {
    const [ada, bo] = [await signIn(admin), await signIn(await colleague())];
    expect((await save(ada, { second: "on" }, `/admin/workspaces/${heart.id}/sign-in`)).status).toBe(303);
    expect((await bo.get(`/w/${heart.slug}`)).status).toBe(403);
    expect((await bo.get("/admin/people")).status).toBe(200);
    await enrol(bo);
    expect((await bo.get(`/w/${heart.slug}`)).status).toBe(200);
  });

  test("cannot be shaken off: taken off, it is asked for again", async () => {
    await world.sql(`update core.tenants set policies = '{"second":"required"}'`);
    const bo = await signIn(await colleague());
    const { codes } = await enrol(bo);
    expect((await bo.post("/account/second/off", { code: codes[0] ?? "" })).status).toBe(303);
    expect((await bo.get("/account")).status).toBe(403);
    expect((await bo.get("/account/second")).status).toBe(200);
  });
});

describe("ways in", () => {
  test("that are closed end the sessions that came by them, and let nobody new in", async () => {
    const [ada, bo] = [await signIn(admin), await colleague()];
    const token = await world.house.sessions.open(world.here.id, bo.id, "link", HOME, null);
    const byLink = jarAt(world, world.here, HOME);
    byLink.cookies.set("sid", await world.house.tokens.sign(token, world.here.id));
    expect((await byLink.get("/account")).status).toBe(200);
    expect((await save(ada, { methods: "password" })).status).toBe(303);
    expect((await byLink.get("/account")).status).toBe(401);
    // Opened in the seconds in which another process still believed it: over at its first request.
    const late = await world.house.sessions.open(world.here.id, bo.id, "link", HOME, null);
    expect(await world.house.sessions.arrive(world.here.id, late, null, false, HOME)).toBe(null);
    const [row] = await world.sql<{ ended_why: string }>(
      "select ended_why from core.sessions where person_id = $1 order by made_at desc limit 1",
      [bo.id],
    );
    expect(row?.ended_why).toBe("this way in was closed");
    expect((await ada.get("/account")).status).toBe(200);
  });

  test("one is always left, and its author's own", async () => {
    const ada = await signIn(admin);
    const own = await save(ada, { methods: "link" });
    expect([own.status, own.text.includes("You signed in by password yourself")]).toEqual([422, true]);
    const none = await save(ada, { methods: "" });
    expect(none.status).toBe(422);
    expect(await world.sql("select policies from core.tenants where policies ? 'methods'")).toEqual([]);
  });

  test("closed ones are not on the page and answer nothing", async () => {
    const other = await testWorld([], identityRoutes({ environment: "development" }));
    try {
      await other.sql(`update core.tenants set policies = '{"methods":["password"]}'`);
      const jar = jarAt(other);
      expect((await jar.get("/sign-in")).text).not.toContain("/sign-in/link");
      expect((await jar.get("/sign-in/link")).status).toBe(404);
      expect((await jar.post("/sign-in/link", { email: "a@example.org" })).status).toBe(404);
      await other.sql(`update core.tenants set policies = '{"methods":["link"]}'`);
      const lakeside = jarAt(other, other.there);
      expect((await lakeside.get("/sign-in")).text).not.toContain('name="password"');
      expect((await lakeside.post("/sign-in", { email: "a@example.org", password: PASSWORD })).status).toBe(404);
      expect((await lakeside.get("/sign-in/password")).status).toBe(404);
    } finally {
      await other.stop();
    }
  });
});

describe("idle limits", () => {
  const idleOf = async (jar: Jar) => Number(/data-idle="(\d+)"/.exec((await jar.get("/account")).text)?.[1]);

  test("shorten what holds for a kind, for sessions that are open, and never lengthen it", async () => {
    await world.sql(
      "insert into core.roles (role, title, idle_minutes) values ('nurse', 'Nurse', null), ('manager', 'Study manager', 60) on conflict do nothing",
    );
    const study = await world.workspace("study", []);
    const nurse = await signIn(await withPassword(await world.person("Nils Invented", "nurse", study)));
    const manager = await signIn(await withPassword(await world.person("Mona Invented", "manager", study)));
    const ada = await signIn(admin);
    expect([await idleOf(nurse), await idleOf(manager), await idleOf(ada)]).toEqual([1_200, 3_600, 900]);
    await save(ada, { "idle-study": "8", "idle-management": "30" });
    expect([await idleOf(nurse), await idleOf(manager), await idleOf(ada)]).toEqual([480, 1_800, 900]);
    for (const [field, minutes] of [
      ["idle-program", "16"],
      ["idle-study", "21"],
      ["idle-management", "61"],
      ["idle-service", "0"],
    ] as const) {
      expect((await save(ada, { [field]: minutes })).status).toBe(422);
    }
    // Even by hand: the house's own limit stands.
    await world.sql(`update core.tenants set policies = '{"idle":{"study":600,"management":600}}'`);
    expect([await idleOf(nurse), await idleOf(manager)]).toEqual([1_200, 3_600]);
  });
});

describe("the age of passwords", () => {
  test("is off, warns, and asks for a reason to be switched on", async () => {
    const ada = await signIn(admin);
    expect((await ada.get("/admin/policies/sign-in")).text).toContain("makes passwords worse");
    const bare = await save(ada, { days: "90" });
    expect([bare.status, bare.text.includes("Say why passwords have to be changed")]).toEqual([422, true]);
    expect((await save(ada, { days: "29", why: "The sponsor's contract asks for it" })).status).toBe(422);
    expect((await save(ada, { days: "90", why: "The sponsor's contract asks for it" })).status).toBe(303);
    expect((await sentences())[0]).toContain(
      "age of passwords from any to 90 days; because: The sponsor's contract asks for it",
    );
    expect((await save(ada, { days: "90" })).status).toBe(303);
    expect((await save(ada, {})).status).toBe(303);
  });

  test("sends whoever's is older to a new one, at the next page, and to nothing else", async () => {
    const person = await colleague("Cara Invented");
    const cara = await signIn(person);
    await world.sql(`update core.tenants set policies = '{"rotation":{"days":90}}'`);
    expect((await cara.get("/account")).status).toBe(200);
    await world.sql(
      "update core.credentials set made_at = clock_timestamp() - interval '91 days' where person_id = $1",
      [person.id],
    );
    const led = await cara.get("/account", { "sec-fetch-mode": "navigate" });
    expect([led.status, led.location]).toEqual([303, "/account/password?to=%2Faccount"]);
    expect((await cara.get("/account/password")).text).toContain("Yours is older than");
    const same = await cara.post("/account/password", { current: PASSWORD, password: PASSWORD, again: PASSWORD });
    expect([same.status, same.text.includes("That is the one you have")]).toEqual([422, true]);
    const next = "seventeen herons paint kettles";
    const done = await cara.post("/account/password", { current: PASSWORD, password: next, again: next });
    expect(done.status).toBe(303);
    expect((await cara.get("/account")).status).toBe(200);
  });
});

describe("what is asked of a password", () => {
  const change = (jar: Jar, password: string) =>
    jar.post("/account/password", { current: PASSWORD, password, again: password });
  test("is more than the house asks, never less, and holds for everyone's next page when that is wanted", async () => {
    const [ada, bo] = [await signIn(admin), await signIn(await colleague("Cleo Invented"))];
    for (const [field, value, sentence] of [
      ["length", "12", "between 15 and 64"],
      ["length", "65", "between 15 and 64"],
      ["words", "Mill\nab", "too short"],
    ] as const) {
      const answer = await save(ada, { [field]: value });
      expect([answer.status, answer.text.includes(sentence)]).toEqual([422, true]);
    }
    expect((await save(ada, { length: "28", words: "Mill Lane\nStarfish" })).status).toBe(303);
    expect((await sentences()).some((one) => one.includes("length of passwords from at least 15 to at least 28"))).toBe(
      true,
    );
    expect((await change(bo, "seventeen herons painting")).text).toContain("at least 28 characters; this one has 25");
    expect((await change(bo, "seventeen herons painting kettles")).status).toBe(303);
    expect((await bo.get("/account")).text).toContain("28 to 128 characters");
  });
  test("a listed word is found however it is written", async () => {
    const [ada, bo] = [await signIn(admin), await signIn(await colleague("Cleo Invented"))];
    expect((await save(ada, { words: "Mill Lane\nStarfish" })).status).toBe(303);
    for (const one of ["seventeen herons MillLane", "seventeen herons m1ll-lane", "seventeen herons st@rfish"])
      expect((await change(bo, one)).text).toContain("has put on its list");
    // Only the box makes those who have a password choose anew; saving once more does not do it again.
    expect((await bo.get("/account")).status).toBe(200);
    expect((await save(ada, { words: "Starfish", renew: "on" })).status).toBe(303);
    const led = await bo.get("/account", { "sec-fetch-mode": "navigate" });
    expect([led.status, led.location]).toEqual([303, "/account/password?to=%2Faccount"]);
    expect((await change(bo, "seventeen herons paint kettles")).status).toBe(303);
    expect((await bo.get("/account")).status).toBe(200);
    expect((await ada.get("/admin/policies/sign-in")).status).toBe(403);
    expect((await change(ada, "seventeen herons paint bridges")).status).toBe(303);
    await save(ada, { words: "Starfish" });
    expect((await bo.get("/account")).status).toBe(200);
    await world.sql("update core.credentials set ended_at = clock_timestamp() where person_id = $1", [admin.id]);
    await withPassword(admin);
  });
});

describe("networks", () => {
  test("of the institution are checked at every request, on the live row", async () => {
    const [ada, bo] = [await signIn(admin), await signIn(await colleague())];
    const away = from(bo, "198.51.100.7");
    expect((await away.get("/account")).status).toBe(200);
    const saved = await save(ada, { networks: "192.0.2.77/24\n2001:db8::1/32\n" });
    expect(saved.status).toBe(303);
    expect((await ada.get("/admin/policies/sign-in")).text).toContain("192.0.2.0/24\n2001:db8::/32");
    const refused = await away.get("/account");
    expect([refused.status, refused.text.includes("from certain networks only")]).toEqual([403, true]);
    expect((await bo.get("/account")).status).toBe(200);
    expect((await from(bo, "2001:db8:5::1").get("/account")).status).toBe(200);
    expect((await from(bo, "::ffff:192.0.2.5").get("/account")).status).toBe(200);
    expect((await from(bo, "::ffff:198.51.100.7").get("/account")).status).toBe(403);
    expect(
      (await sentences()).some((one) => one.startsWith("Bo Invented was refused: This may be used from certain")),
    ).toBe(true);
    expect((await away.post("/sign-out")).status).toBe(303);
  });

  test("are not told by what the client writes of itself", async () => {
    const bo = await signIn(await colleague());
    await world.sql(`update core.tenants set policies = '{"networks":["192.0.2.0/24"]}'`);
    const away = from(bo, "198.51.100.7");
    expect((await away.get("/account", { "x-forwarded-for": HOME, "x-real-ip": HOME })).status).toBe(403);
  });

  test("of a workspace hold there, also mid-session", async () => {
    const [ada, bo] = [await signIn(admin), await signIn(await colleague())];
    const path = `/admin/workspaces/${heart.id}/sign-in`;
    expect((await save(ada, { networks: "192.0.2.0/24" }, path)).status).toBe(303);
    const away = from(bo, "198.51.100.7");
    expect((await away.get(`/w/${heart.slug}`)).status).toBe(403);
    expect((await away.get("/admin/people")).status).toBe(200);
    expect((await bo.get(`/w/${heart.slug}`)).status).toBe(200);
    // Who has nothing there is not told that there is such a place.
    const rank = await signIn(await withPassword(await world.person("Rank Invented", null, null)), "198.51.100.8");
    expect((await rank.get(`/w/${heart.slug}`)).status).toBe(404);
    expect((await sentences()).some((one) => one.includes("networks from all to 192.0.2.0/24"))).toBe(true);
  });

  test("that shut their author out are asked for twice", async () => {
    const ada = await signIn(admin);
    for (const path of ["/admin/policies/sign-in", `/admin/workspaces/${heart.id}/sign-in`]) {
      const first = await save(ada, { networks: "203.0.113.0/24" }, path);
      expect(first.status).toBe(422);
      expect(first.text).toContain(`You are at ${HOME} now, in none of these`);
      expect(first.text).toContain('name="sure"');
      expect(first.text).toContain("203.0.113.0/24");
    }
    expect(await world.sql("select 1 from core.tenants where policies ? 'networks'")).toEqual([]);
    expect((await save(ada, { networks: "203.0.113.0/24", sure: "on" })).status).toBe(303);
    expect((await ada.get("/account")).status).toBe(403);
  });

  test("what is no range is said to be none, and nothing is saved", async () => {
    const ada = await signIn(admin);
    for (const odd of [
      "everywhere",
      "192.0.2.0/33",
      "192.0.2/24",
      "0.0.0.0/0",
      "::/0",
      "2001:db8::/129",
      "1.2.3.4/-1",
      "10.0.0.1; drop",
    ]) {
      const answer = await save(ada, { networks: odd, sure: "on" });
      expect([odd, answer.status]).toEqual([odd, 422]);
    }
    const many = Array.from({ length: 201 }, (_, i) => `10.0.${i}.0/24`).join("\n");
    expect((await save(ada, { networks: many })).text).toContain("200 ranges at most");
  });
});

test("policies are for those who keep the institution", async () => {
  await world.sql("insert into core.roles (role, title) values ('nurse', 'Nurse') on conflict do nothing");
  const nurse = await signIn(await withPassword(await world.person("Nora Invented", "nurse", heart)));
  for (const path of ["/admin/policies/sign-in", `/admin/workspaces/${heart.id}/sign-in`]) {
    expect((await nurse.get(path)).status).toBe(403);
    expect((await save(nurse, { second: "on" }, path)).status).toBe(403);
  }
});
