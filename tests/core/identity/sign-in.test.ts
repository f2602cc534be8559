/** Signing in by password, through HTTP: who gets in, who does not, and that nothing tells them apart. */
import { afterAll, beforeAll, beforeEach, describe, expect, spyOn, test } from "bun:test";
import { decided } from "@core/http/endpoint.ts";
import { ownGet } from "@core/http/own-route.ts";
import { paces } from "@core/identity/pace.ts";
import { identityRoutes } from "@core/identity/routes.ts";
import { anyone, Redirect } from "@core/module.ts";
import { hashPassword } from "@core/vault/password.ts";
import { randomToken } from "@core/vault/primitives.ts";
import { foreignPosts } from "../../attack/corpus/origins.ts";
import { hostileReturnPaths } from "../../attack/corpus/return-paths.ts";
import { type Jar, jarAt } from "../../support/jar.ts";
import { type Answer, type TestPerson, testWorld, type World } from "../../support/world.ts";

const NOT_IN = "That address and password do not belong together.";
const password = `${randomToken(12)} kettle`;
let world: World;
let hash: string;
let count = 0;
let peer = "";
const verify = spyOn(Bun.password, "verify");

beforeAll(async () => {
  // As if somebody had forgotten to decide: what endpoint.ts noted is taken back.
  const forgetful = ownGet("/forgetful", {
    needs: anyone,
    run: async (_input, ctx) => {
      decided.delete(ctx.incoming.request);
      return new Redirect("/somewhere?with=secrets");
    },
  });
  world = await testWorld(
    [],
    [...identityRoutes({ environment: "development" }), { place: "institution", routes: [forgetful] }],
  );
  hash = await hashPassword(password);
}, 60_000);
afterAll(async () => {
  verify.mockRestore();
  await world.stop();
});
beforeEach(() => {
  count += 1;
  peer = `192.0.2.${count}`;
  verify.mockClear();
});

async function someone(name = "Ada Okafor", tenant = world.here): Promise<TestPerson> {
  const person = await world.person(name, "administrator", null, { tenant });
  await world.sql("insert into core.credentials (tenant_id, person_id, kind, secret) values ($1, $2, 'password', $3)", [
    tenant.id,
    person.id,
    hash,
  ]);
  return person;
}
const signIn = (jar: Jar, email: string, word = password, more: Record<string, string> = {}) =>
  jar.post("/sign-in", { email, password: word, ...more });
const here = () => jarAt(world, world.here, peer);
/** The page without the address that was typed. */
const plain = ({ text }: Answer, email: string) => text.replaceAll(email, "…");

describe("with the right password", () => {
  test("one is in, the record says so, and the account page opens", async () => {
    const ada = await someone();
    const jar = here();
    const answer = await signIn(jar, ada.email);
    expect([answer.status, answer.location]).toEqual([303, "/"]);
    const cookies = answer.headers.getSetCookie();
    expect(cookies.find((line) => line.startsWith("sid="))).toMatch(
      /^sid=[\w-]+\.[\w-]+\.[\w-]+; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    expect(cookies.find((line) => line.startsWith("device="))).toMatch(
      /; Path=\/; HttpOnly; SameSite=Lax; Max-Age=31536000$/,
    );
    expect((await jar.get("/account")).status).toBe(200);
    const rows = await world.trail();
    const said = rows.find(({ event }) => event === "core.signed_in");
    expect(said?.sentence).toBe("Ada Okafor signed in by password");
    expect(rows.filter(({ act, sentence }) => act === "POST /sign-in" && sentence.startsWith("Ada"))).toHaveLength(1);
  });

  test("the address may be typed in capitals", async () => {
    const ada = await someone();
    expect((await signIn(here(), ` ${ada.email.toUpperCase()} `)).status).toBe(303);
  });

  test("the way on is kept, and led home when it leaves this host", async () => {
    const ada = await someone();
    expect((await signIn(here(), ada.email, password, { to: "/w/heart/milestones?sort=name" })).location).toBe(
      "/w/heart/milestones?sort=name",
    );
    const jar = here();
    await signIn(jar, ada.email);
    for (const to of hostileReturnPaths) {
      expect((await jar.get(`/sign-in?to=${encodeURIComponent(to)}`)).location).toBe("/");
    }
    expect((await signIn(here(), ada.email, password, { to: "//evil.example" })).location).toBe("/");
  });

  test("the way on survives a wrong password, and a hostile one does not reach the page", async () => {
    const ada = await someone();
    const wrong = await signIn(here(), ada.email, "wrong", { to: "/account" });
    expect(wrong.text).toContain('name="to" value="/account"');
    const hostile = await signIn(here(), ada.email, "wrong", { to: "https://evil.example/" });
    expect(hostile.text).not.toContain("evil.example");
  });

  test("whoever is in already is led on", async () => {
    const ada = await someone();
    const jar = here();
    await signIn(jar, ada.email);
    expect((await jar.get("/sign-in?to=/account")).location).toBe("/account");
  });

  test("a hash of older costs is made anew", async () => {
    const ada = await someone();
    const old = await Bun.password.hash(password, { algorithm: "argon2id", memoryCost: 8, timeCost: 1 });
    await world.sql("update core.credentials set secret = $2 where person_id = $1", [ada.id, old]);
    expect((await signIn(here(), ada.email)).status).toBe(303);
    const [row] = await world.sql<{ secret: string }>(
      "select secret from core.credentials where person_id = $1 and ended_at is null",
      [ada.id],
    );
    expect(row?.secret).toStartWith("$argon2id$v=19$m=47104,t=1,");
    expect((await signIn(here(), ada.email)).status).toBe(303);
  });
});

describe("without it", () => {
  test("unknown, wrong, without a password, suspended and locked are one answer, each after one check", async () => {
    const [ada, ben, cem, dot] = [await someone(), await someone("Ben"), await someone("Cem"), await someone("Dot")];
    await world.sql("delete from core.credentials where person_id = $1", [ben.id]);
    await world.sql("update core.persons set status = 'suspended' where id = $1", [cem.id]);
    for (let i = 0; i < 10; i++) await signIn(here(), dot.email, "wrong wrong wrong");
    const tries: [email: string, word: string][] = [
      ["nobody@northfield.example", password],
      ["no address", password],
      [ada.email, "wrong wrong wrong"],
      [ada.email, password.toUpperCase()],
      [ada.email, "x".repeat(2_000)],
      [ben.email, password],
      [cem.email, password],
      [dot.email, password],
    ];
    const answers: { status: number; page: string; cookies: string[] }[] = [];
    for (const [email, word] of tries) {
      verify.mockClear();
      const answer = await signIn(here(), email, word);
      expect(verify).toHaveBeenCalledTimes(1);
      expect(answer.text).not.toContain(word.slice(0, 12));
      answers.push({ status: answer.status, page: plain(answer, email), cookies: answer.headers.getSetCookie() });
    }
    expect(answers[0]?.status).toBe(422);
    expect(answers[0]?.page).toContain(NOT_IN);
    for (const answer of answers) expect(answer).toEqual(answers[0] as (typeof answers)[number]);
    expect(answers[0]?.cookies).toEqual([]);
  });

  test("the address comes back as text, the password never", async () => {
    const answer = await signIn(here(), `"><script>alert(1)</script>`, "my own kettle");
    expect(answer.text).not.toContain("<script>alert");
    expect(answer.text).toContain("&lt;script");
    expect(answer.text).not.toContain("my own kettle");
  });

  test("what is missing is asked for", async () => {
    const answer = await here().post("/sign-in", { email: "", password: "" });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain("Enter your e-mail.");
    expect(answer.text).toContain("Enter your password.");
    expect(verify).not.toHaveBeenCalled();
  });

  test("two of a field, a NUL and a form of a megabyte are no way in", async () => {
    const ada = await someone();
    const jar = here();
    const host = "http://northfield.localhost:3000/sign-in";
    const send = (body: string) =>
      jar.send(
        new Request(host, {
          method: "POST",
          body,
          headers: { "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin" },
        }),
      );
    const email = encodeURIComponent(ada.email);
    const word = encodeURIComponent(password);
    expect((await send(`email=${email}&email=${email}&password=${word}`)).status).toBe(422);
    expect((await send(`email=${email}&password=${word}&password=${word}`)).status).toBe(422);
    expect((await send(`email=${email}%00&password=${word}`)).status).toBe(422);
    expect((await send(`email=${email}&password=${word}%00`)).status).toBe(422);
    expect((await send(`email=${email}&password=${"a".repeat(1_048_576)}`)).status).toBe(413);
    expect(jar.cookies.has("sid")).toBe(false);
  });

  test("a wrong try at an account is on the record, by name and without the password", async () => {
    const ada = await someone("Ada Recorded");
    await signIn(here(), ada.email, "my own kettle");
    const [row] = await world.trail();
    expect(row).toMatchObject({
      event: "core.sign_in_refused",
      sentence: "Somebody tried to sign in as Ada Recorded: wrong password",
      outcome: "refused",
      actor_name: "Somebody not signed in",
    });
    expect(JSON.stringify(row)).not.toContain("kettle");
  });

  test("an account of the other institution is unknown here", async () => {
    const otto = await someone("Otto", world.there);
    expect((await signIn(here(), otto.email)).status).toBe(422);
    expect((await signIn(jarAt(world, world.there, peer), otto.email)).status).toBe(303);
  });
});

describe("an account locks", () => {
  test("after ten tries, however many come at once: 200 guesses, ten of them checked", async () => {
    const ada = await someone();
    const guesses = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        signIn(jarAt(world, world.here, `198.51.100.${i}`), ada.email, `guess number ${i}`),
      ),
    );
    expect(guesses.filter(({ status }) => status === 303)).toHaveLength(0);
    expect(verify.mock.calls.filter(([, against]) => against === hash)).toHaveLength(10);
    const [row] = await world.sql<{ failed: number; locked: boolean }>(
      "select failed, locked_until > clock_timestamp() + interval '14 minutes' as locked from core.lockouts where bucket = $1",
      [`${ada.id}:unknown`],
    );
    expect(row).toEqual({ failed: 10, locked: true });
    expect((await signIn(here(), ada.email)).status).toBe(422);
  });

  test("for strangers only: the owner gets in where he has been before", async () => {
    const ada = await someone();
    const own = here();
    await signIn(own, ada.email);
    await own.post("/sign-out");
    expect(own.cookies.has("sid")).toBe(false);
    expect(own.cookies.has("device")).toBe(true);
    for (let i = 0; i < 10; i++) await signIn(here(), ada.email, "wrong wrong wrong");
    expect((await signIn(here(), ada.email)).status).toBe(422);
    expect((await signIn(own, ada.email)).status).toBe(303);
  });

  test("on his own device too, when it is guessed there, and each lock lasts longer", async () => {
    const ada = await someone();
    const own = here();
    await signIn(own, ada.email);
    await own.post("/sign-out");
    const lockedFor = async () => {
      const [row] = await world.sql<{ minutes: number }>(
        "select round(extract(epoch from locked_until - clock_timestamp()) / 60)::int as minutes from core.lockouts where bucket = $1",
        [`${ada.id}:known`],
      );
      return row?.minutes;
    };
    for (let i = 0; i < 10; i++) await signIn(own, ada.email, "wrong wrong wrong");
    expect((await signIn(own, ada.email)).status).toBe(422);
    expect(await lockedFor()).toBe(15);
    await world.sql("update core.lockouts set locked_until = clock_timestamp() where bucket = $1", [`${ada.id}:known`]);
    for (let i = 0; i < 10; i++) await signIn(own, ada.email, "wrong wrong wrong");
    expect(await lockedFor()).toBe(30);
    await world.sql("update core.lockouts set locked_until = clock_timestamp() where bucket = $1", [`${ada.id}:known`]);
    expect((await signIn(own, ada.email)).status).toBe(303);
    const [row] = await world.sql("select failed, times_locked from core.lockouts where bucket = $1", [
      `${ada.id}:known`,
    ]);
    expect(row).toEqual({ failed: 0, times_locked: 0 });
  });

  test("another's device cookie is no key to the owner's tries", async () => {
    const [ada, ben] = [await someone(), await someone("Ben")];
    const thief = here();
    await signIn(thief, ben.email);
    await thief.post("/sign-out");
    await signIn(thief, ada.email, "wrong wrong wrong");
    const buckets = await world.sql<{ bucket: string }>("select bucket from core.lockouts where bucket like $1", [
      `${ada.id}%`,
    ]);
    expect(buckets).toEqual([{ bucket: `${ada.id}:unknown` }]);
  });

  test("a network that tries too often waits, whatever it tries, and others do not", async () => {
    const ada = await someone();
    await world.sql(
      "insert into core.rates (tenant_id, bucket, full_at) values ($1, $2, clock_timestamp() + interval '10 minutes')",
      [world.here.id, `sign-in:${peer}`],
    );
    const answer = await signIn(here(), ada.email);
    expect(answer.status).toBe(429);
    expect(answer.text).toContain("Wait a minute.");
    expect(verify).not.toHaveBeenCalled();
    expect((await signIn(jarAt(world, world.here, "203.0.113.9"), ada.email)).status).toBe(303);
  });
});

describe("an institution that strangers try from everywhere", () => {
  test("lets in known devices alone, and another institution feels nothing of it", async () => {
    const ada = await someone();
    const known = here();
    expect((await signIn(known, ada.email)).status).toBe(303);
    await known.post("/sign-out");
    await world.sql(
      "insert into core.rates (tenant_id, bucket, full_at) values ($1, 'sign-in:everywhere', clock_timestamp() + interval '10 minutes'), ($1, 'register:everywhere', clock_timestamp() + interval '10 hours') on conflict (tenant_id, bucket) do update set full_at = excluded.full_at",
      [world.here.id],
    );
    verify.mockClear();
    const strange = await signIn(jarAt(world, world.here, "203.0.113.20"), ada.email);
    const unknown = await signIn(jarAt(world, world.here, "203.0.113.21"), "nobody@example.org");
    expect([strange.status, unknown.status]).toEqual([429, 429]);
    expect(plain(strange, ada.email)).toBe(plain(unknown, "nobody@example.org"));
    expect(verify).not.toHaveBeenCalled();
    // Not even where her own network has no turn left: her device has turns of its own.
    await world.sql(
      "update core.rates set full_at = clock_timestamp() + interval '1 hour' where tenant_id = $1 and bucket = $2",
      [world.here.id, `sign-in:${peer}`],
    );
    expect((await signIn(here(), ada.email)).status).toBe(429);
    expect((await signIn(known, ada.email)).status).toBe(303);
    const otto = await someone("Otto Other", world.there);
    expect((await signIn(jarAt(world, world.there, "203.0.113.22"), otto.email)).status).toBe(303);
    await world.sql("delete from core.rates where bucket like '%:everywhere'");
    world.house.turns.forget();
  });

  test("tells the next stranger when all are busy, with what he typed, and known devices get in (D19)", async () => {
    const ada = await someone();
    const known = here();
    await signIn(known, ada.email);
    const gate = Promise.withResolvers<void>();
    const full = Array.from({ length: 54 }, () => world.house.signIns.strange.whole(() => gate.promise));
    try {
      const answer = await signIn(here(), "honest@example.org", "an honest password");
      expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
      expect(answer.text).toContain("Many people are signing in right now.");
      expect(answer.text).toContain('value="honest@example.org"');
      expect(answer.text).not.toContain("an honest password");
      expect((await signIn(known, ada.email)).status).toBe(303);
    } finally {
      gate.resolve();
      await Promise.all(full);
    }
  });

  test("keeps nobody inside waiting: strangers have connections of their own (D19)", async () => {
    const ada = await someone();
    const inside = here();
    await signIn(inside, ada.email);
    const gate = Promise.withResolvers<void>();
    const nobody = {
      tenantId: world.here.id,
      workspaceId: null,
      kind: "nobody",
      actorId: null,
      sessionRef: "",
    } as const;
    const held = Array.from({ length: 20 }, () =>
      world.house.transactions.run(
        nobody,
        { readOnly: true },
        () => gate.promise,
        async () => {},
      ),
    );
    const page = here().get("/sign-in");
    try {
      expect((await inside.get("/account")).status).toBe(200);
      expect((await signIn(here(), ada.email, "wrong wrong wrong")).status).toBe(422);
    } finally {
      gate.resolve();
      await Promise.all(held);
    }
    expect((await page).status).toBe(200);
  });
  test("and its class says how often", () => {
    for (const door of ["sign-in", "link", "register", "portal"] as const) {
      const { standard, pilot } = paces;
      expect(standard[door].institution.burst).toBeGreaterThan(pilot[door].institution.burst);
      expect(standard[door].network.burst).toBeGreaterThanOrEqual(pilot[door].network.burst);
      for (const one of [standard[door], pilot[door]]) expect(one.institution.burst).toBeGreaterThan(one.network.burst);
    }
  });
});

test("an answer that nobody decided about is none: the fuse makes it a 500, without what it held (D3)", async () => {
  const answer = await here().get("/forgetful");
  expect([answer.status, answer.location, answer.text.includes("secrets")]).toEqual([500, "", false]);
  expect(world.logged.filter((line) => line.includes('"fuse.blown"'))).toHaveLength(1);
});

describe("turns", () => {
  test("are as many as the burst, however many come at once, and come back with time", async () => {
    const pace = { everySeconds: 60, burst: 5 };
    const take = () => world.house.door.takeTurn(world.here.id, "test:turns", pace);
    const taken = await Promise.all(Array.from({ length: 40 }, take));
    expect(taken.filter(Boolean)).toHaveLength(5);
    expect(await take()).toBe(false);
    await world.sql("update core.rates set full_at = full_at - interval '61 seconds' where bucket = 'test:turns'");
    expect(await take()).toBe(true);
    expect(await take()).toBe(false);
    expect(await world.house.door.takeTurn(world.there.id, "test:turns", pace)).toBe(true);
  });
});

describe("a form from elsewhere", () => {
  const routes = ["/sign-in", "/sign-out", "/sign-in/link", "/account/password", "/account/sessions/end-all"];
  for (const { name, headers } of foreignPosts("northfield.localhost:3000", "lakeside.localhost:3000")) {
    test(`is refused: ${name}`, async () => {
      const ada = await someone();
      const jar = here();
      await signIn(jar, ada.email);
      for (const route of routes) {
        const answer = await jar.send(
          new Request(`http://northfield.localhost:3000${route}`, {
            method: "POST",
            body: new URLSearchParams({ email: ada.email, password }),
            headers,
          }),
        );
        expect([route, answer.status]).toEqual([route, 403]);
      }
      expect((await jar.get("/account")).status).toBe(200);
    });
  }

  test("our own page is let in by Origin, where a browser says nothing better", async () => {
    const ada = await someone();
    const answer = await here().send(
      new Request("http://northfield.localhost:3000/sign-in", {
        method: "POST",
        body: new URLSearchParams({ email: ada.email, password }),
        headers: { origin: "http://northfield.localhost:3000" },
      }),
    );
    expect(answer.status).toBe(303);
  });
});

describe("an account that waits", () => {
  test("gets to its own page and no further, and out again", async () => {
    const ada = await someone();
    await world.sql("update core.persons set status = 'pending' where id = $1", [ada.id]);
    const jar = here();
    expect((await signIn(jar, ada.email, password, { to: "/w/heart" })).location).toBe("/account/status");
    expect((await jar.get("/account/status")).text).toContain("An administrator decides about your access.");
    expect((await jar.get("/account")).status).toBe(403);
    expect((await jar.post("/sign-out")).status).toBe(303);
    expect((await jar.get("/account")).status).toBe(401);
  });

  test("once approved, the waiting page leads on", async () => {
    const ada = await someone();
    const jar = here();
    await signIn(jar, ada.email);
    expect((await jar.get("/account/status")).location).toBe("/");
  });
});
