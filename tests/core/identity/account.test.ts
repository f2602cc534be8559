/** One's own account: the password, the sessions, the look of pages, and nobody else's. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { identityRoutes } from "@core/identity/routes.ts";
import { hashPassword, verifyPassword } from "@core/vault/password.ts";
import { sha256 } from "@core/vault/primitives.ts";
import { refusedPasswords } from "../../attack/corpus/passwords.ts";
import { type Jar, jarAt } from "../../support/jar.ts";
import { type TestPerson, testWorld, type World } from "../../support/world.ts";

const OLD = "the old heron's kettle";
const NEW = "vole ozone hatch mineral";
let world: World;
let oldHash: string;
beforeAll(async () => {
  world = await testWorld([], identityRoutes({ environment: "development" }));
  oldHash = await hashPassword(OLD);
  await world.sql("insert into core.roles (role, title) values ('guest', 'Guest (may do nothing)')");
}, 60_000);
afterAll(() => world.stop());

async function enter(person: TestPerson): Promise<{ jar: Jar; ref: string }> {
  const token = await world.house.sessions.open(person.tenant.id, person.id, "password", "192.0.2.1", null);
  const jar = jarAt(world, person.tenant);
  jar.cookies.set("sid", await world.house.tokens.sign(token, person.tenant.id));
  return { jar, ref: sha256(token).toString("hex").slice(0, 12) };
}
async function inside(name = "Ada Okafor", password: string | null = oldHash) {
  const person = await world.person(name, null, null);
  if (password) {
    await world.sql(
      "insert into core.credentials (tenant_id, person_id, kind, secret) values ($1, $2, 'password', $3)",
      [world.here.id, person.id, password],
    );
  }
  return { person, ...(await enter(person)) };
}
const secretsOf = (person: TestPerson) =>
  world.sql<{ secret: string; ended: boolean }>(
    "select secret, ended_at is not null as ended from core.credentials where person_id = $1 order by made_at",
    [person.id],
  );
const change = (jar: Jar, current: string, password: string, again = password) =>
  jar.post("/account/password", { current, password, again });

describe("a password", () => {
  test("is set where there is none, without another asked for", async () => {
    const { person, jar } = await inside("Ada", null);
    expect((await jar.get("/account")).text).toContain("Set a password");
    expect((await change(jar, "", NEW)).location).toBe("/account");
    const [row] = await secretsOf(person);
    expect(row?.secret).toStartWith("$argon2id$v=19$m=47104,t=1,");
    expect(await verifyPassword(NEW, row?.secret ?? null)).toBe(true);
    expect((await jar.get("/account")).text).toContain("Change your password");
    expect(
      (await world.trail()).some(
        ({ event, sentence }) => event === "core.password_set" && sentence === "Ada set a password",
      ),
    ).toBe(true);
  });

  test("is changed with the old one, and every other session ends", async () => {
    const { person, jar } = await inside();
    const other = await enter(person);
    const answer = await change(jar, OLD, NEW);
    expect([answer.status, answer.location]).toEqual([303, "/account"]);
    expect((await jar.get("/account")).text).toContain("Your password is set. One other session was ended.");
    expect((await other.jar.get("/account")).status).toBe(401);
    const rows = await secretsOf(person);
    expect(rows.map(({ ended }) => ended)).toEqual([true, false]);
    const outside = jarAt(world);
    expect((await outside.post("/sign-in", { email: person.email, password: OLD })).status).toBe(422);
    expect((await outside.post("/sign-in", { email: person.email, password: NEW })).status).toBe(303);
  });

  test("with spaces at its ends, or typed on another keyboard, signs in as it was set", async () => {
    const { person, jar } = await inside("Ada", null);
    const odd = "  vole Kaffeebüchse ozone  ";
    await change(jar, "", odd);
    const enterWith = async (password: string) =>
      (await jarAt(world).post("/sign-in", { email: person.email, password })).status;
    expect(await enterWith(odd)).toBe(303);
    expect(await enterWith(odd.normalize("NFD"))).toBe(303);
    expect(await enterWith(odd.trim())).toBe(422);
  });

  test("stays when the old one is missing or wrong, the new ones differ, or the new one is weak", async () => {
    const { person, jar } = await inside();
    const refusals: [answer: ReturnType<typeof change>, sentence: string][] = [
      [change(jar, "", NEW), "Enter your current password."],
      [change(jar, "not it at all", NEW), "That is not your current password, so nothing was changed."],
      [change(jar, OLD, NEW, `${NEW}!`), "The two differ."],
      [change(jar, OLD, "too short"), "at least 15 characters"],
      [change(jar, OLD, "my name is Okafor, yes"), "may not contain your name"],
      [change(jar, OLD, `${person.email} kettle`), "may not contain your e-mail address"],
      [change(jar, OLD, "a northfield kettle"), "institution"],
      [change(jar, OLD, ""), "Enter a new password."],
    ];
    for (const [answer, sentence] of refusals) {
      const { status, text } = await answer;
      expect(status).toBe(422);
      expect(text).toContain(sentence);
      expect(text).not.toContain(OLD);
      expect(text).not.toContain(NEW);
    }
    expect(await secretsOf(person)).toEqual([{ secret: oldHash, ended: false }]);
    const sentences = (await world.trail()).map(({ sentence }) => sentence).join();
    for (const [, weak] of refusedPasswords) if (weak.length > 16) expect(sentences).not.toContain(weak);
  });

  test("cannot be guessed from inside: ten tries, then not the right one either", async () => {
    const { person, jar } = await inside();
    for (let i = 0; i < 10; i++) expect((await change(jar, `guess ${i}`, NEW)).status).toBe(422);
    expect((await change(jar, OLD, NEW)).status).toBe(429);
    expect(await secretsOf(person)).toEqual([{ secret: oldHash, ended: false }]);
  });
});

describe("sessions", () => {
  test("are listed with where they came from, and one of them can be ended", async () => {
    const { person, jar, ref } = await inside();
    const other = await enter(person);
    const page = (await jar.get("/account")).text;
    expect(page).toContain("this one");
    expect(page).toContain("192.0.2.1");
    expect(page).toContain(`/account/sessions/${other.ref}/end`);
    expect(page).not.toContain(jar.cookies.get("sid") ?? "?");
    expect((await jar.post(`/account/sessions/${other.ref}/end`)).location).toBe("/account");
    expect((await other.jar.get("/account")).status).toBe(401);
    expect((await jar.post(`/account/sessions/${other.ref}/end`)).status).toBe(404);
    expect((await jar.post(`/account/sessions/${ref}/end`)).location).toBe("/sign-in");
    expect((await jar.get("/account")).status).toBe(401);
  });

  test("that timed out unseen are not listed", async () => {
    const { person, jar } = await inside();
    const other = await enter(person);
    await world.sql("update core.sessions set last_seen = clock_timestamp() - interval '16 minutes' where ref = $1", [
      other.ref,
    ]);
    expect((await jar.get("/account")).text).not.toContain(other.ref);
  });

  test("of others can be neither seen nor ended", async () => {
    const [ada, ben] = [await inside(), await inside("Ben")];
    expect((await ada.jar.get("/account")).text).not.toContain(ben.ref);
    expect((await ada.jar.post(`/account/sessions/${ben.ref}/end`)).status).toBe(404);
    expect((await ben.jar.get("/account")).status).toBe(200);
  });

  test("end everywhere at once, this one too", async () => {
    const { person, jar } = await inside();
    const others = [await enter(person), await enter(person)];
    const bystander = await inside("Ben");
    const answer = await jar.post("/account/sessions/end-all");
    expect([answer.status, answer.location]).toEqual([303, "/sign-in"]);
    for (const one of [jar, ...others.map((other) => other.jar)]) expect((await one.get("/account")).status).toBe(401);
    expect((await bystander.jar.get("/account")).status).toBe(200);
    expect((await world.trail()).some(({ sentence }) => sentence === "Ada Okafor ended 3 sessions of Ada Okafor")).toBe(
      true,
    );
  });
});

describe("the look of pages", () => {
  test("is kept, and nothing else of the account moves", async () => {
    const { person, jar } = await inside();
    expect((await jar.post("/account/preferences", { density: "compact", theme: "dark", name: "Root" })).status).toBe(
      303,
    );
    const page = (await jar.get("/account")).text;
    expect(page).toContain('data-density="compact"');
    expect(page).toContain('data-theme="dark"');
    expect((await jar.post("/account/preferences", { density: "huge", theme: "dark" })).status).toBe(422);
    const [row] = await world.sql("select name, status, preferences from core.persons where id = $1", [person.id]);
    expect(row).toEqual({ name: person.name, status: "active", preferences: { density: "compact", theme: "dark" } });
  });

  test("is all the database lets a person change of himself", async () => {
    const { person } = await inside();
    const ben = await world.person("Ben", null, null);
    const standing = {
      tenantId: world.here.id,
      workspaceId: null,
      kind: "person",
      actorId: person.id,
      sessionRef: "x",
    } as const;
    const attempt = (text: string) =>
      world.house.transactions.run(
        standing,
        { readOnly: false },
        (lease) => lease.rows(text),
        async () => {},
      );
    for (const change of ["name = 'Root'", "status = 'active', email = 'root@northfield.example'", "made_by = id"]) {
      expect(attempt(`update core.persons set ${change} where id = '${person.id}'`)).rejects.toMatchObject({
        code: "42501",
      });
    }
    expect(await attempt(`update core.persons set preferences = '{}' where id = '${ben.id}' returning id`)).toEqual([]);
    expect(
      await attempt(`update core.persons set preferences = '{}' where id = '${person.id}' returning id`),
    ).toHaveLength(1);
    expect(attempt("select id_hash from core.sessions")).rejects.toMatchObject({ code: "42501" });
    expect(attempt("select secret from core.credentials")).rejects.toMatchObject({ code: "42501" });
  });
});

test("the page says what one was given, and where", async () => {
  const heart = await world.workspace("program", []);
  const person = await world.person("Ada Okafor", "guest", heart);
  const { jar } = await enter(person);
  const page = (await jar.get("/account")).text;
  expect(page).toContain(`href="/w/${heart.slug}"`);
  expect(page).toContain("Guest (may do nothing)");
  const empty = await inside("Nobody Yet");
  expect((await empty.jar.get("/account")).text).toContain("Ask the person who manages access");
});
