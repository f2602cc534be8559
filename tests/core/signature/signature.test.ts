/** Electronic signatures, through HTTP: what is asked for, what is bound, what a change does, and who sees it (D67). */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { declarationRoutes } from "@core/admin/declarations.tsx";
import { identityRoutes } from "@core/identity/routes.ts";
import { canonical, digestOf } from "@core/signature/content.ts";
import { DECLARATION } from "@core/signature/declaration.ts";
import { hashPassword } from "@core/vault/password.ts";
import { sample } from "../../sample/module.tsx";
import { sampleSql } from "../../sample/store.ts";
import { optionsOn, SoftPasskey, type Wrong } from "../../support/passkey.ts";
import { type Client, type TestPerson, type TestWorkspace, testWorld, type World } from "../../support/world.ts";

let world: World;
let place: TestWorkspace;
let kit: TestPerson;
let asKit: Client;
let stone: string;
const password = "four unrelated words stand here";

const at = (path: string) => `/w/${place.slug}/sample${path}`;
const give = (person: TestPerson, kind: "password" | "signing", secret: string) =>
  world.sql("insert into core.credentials (tenant_id, person_id, kind, secret) values ($1, $2, $3, $4)", [
    person.tenant.id,
    person.id,
    kind,
    secret,
  ]);
const signed = () =>
  world.sql<{
    record: string;
    row_id: string;
    components: string[];
    method: string;
    session_ref: string;
    printed_name: string;
  }>("select record, row_id, components, method, session_ref, printed_name from core.signatures order by made_at desc");

beforeAll(async () => {
  world = await testWorld(
    [sample],
    [...identityRoutes({} as never), { place: "institution", routes: declarationRoutes }],
  );
  await world.lay(sampleSql);
  place = await world.workspace("program", ["sample"]);
  kit = await world.person("Kit Keeper", "keeper", place);
  await give(kit, "password", await hashPassword(password));
  asKit = await world.as(kit);
  const [subject] = await world.sql<{ id: string }>(
    "insert into core.subjects (tenant_id, workspace_id, code, kind) values ($1, $2, 'S-1', 'trainee') returning id",
    [place.tenant.id, place.id],
  );
  const placed = await asKit.post(at("/stones"), { title: "Grey", writing: "under it", subject: subject?.id ?? "" });
  stone = placed.location.split("/").at(-1) ?? "";
});
afterAll(async () => await world.stop());

const swear = (form: Record<string, string>, client = asKit) => client.post(at(`/stones/${stone}/swear`), form);

describe("the first signature of a session", () => {
  test("asks for both components, and says so on the form", async () => {
    const page = await asKit.get(at(`/stones/${stone}/oaths`));
    for (const part of [
      "I placed this stone myself",
      "Your e-mail address",
      "Password of Kit Keeper",
      "Nobody has sworn",
    ])
      expect(page.text).toContain(part);
  });
  const refused: [says: string, form: Record<string, string>, sentence: string][] = [
    ["nothing", {}, "Enter your password to sign."],
    ["no address", { signature: password }, "Enter your e-mail address: this is your first signature"],
    [
      "another's address",
      { signature: password, signature_name: "otto@lakeside.example" },
      "That is not the address of your account",
    ],
    [
      "a wrong password",
      { signature: "wrong", signature_name: "KIT" },
      "That is not your password, so nothing was signed.",
    ],
  ];
  for (const [says, form, sentence] of refused) {
    test(`with ${says} is refused, and what was typed is kept but for the secret`, async () => {
      const answer = await swear({ ...form, by: "the moon" });
      expect(answer.status).toBe(422);
      expect(answer.text).toContain(sentence);
      expect(answer.text).toContain("the moon");
      expect(answer.text).not.toContain(password);
      expect(await signed()).toEqual([]);
    });
  }
  test("with both is bound to the record, its session and its request", async () => {
    expect((await swear({ signature: password, signature_name: kit.email.toUpperCase() })).status).toBe(303);
    const [one] = await signed();
    expect(one).toMatchObject({
      record: "sample.stones",
      row_id: stone,
      components: ["name", "password"],
      method: "password",
      printed_name: "Kit Keeper",
    });
    expect(one?.session_ref).toMatch(/^[0-9a-f]{12}$/);
    const [row] = await world.trail();
    expect(row?.changed["core.signatures"]?.rows).toHaveLength(1);
    expect(JSON.stringify(row)).not.toContain(password);
  });
});

describe("after that", () => {
  test("the password alone is enough in the same session", async () => {
    expect((await asKit.get(at(`/stones/${stone}/oaths`))).text).not.toContain("Your e-mail address");
    expect((await swear({ signature: password })).status).toBe(303);
    expect((await signed())[0]?.components).toEqual(["password"]);
  });
  test("another session asks for both again", async () => {
    const again = await world.as(kit);
    expect((await swear({ signature: password }, again)).status).toBe(422);
    expect((await swear({ signature: password, signature_name: kit.email }, again)).status).toBe(303);
  });
  test("an act that names no record signs what the form held", async () => {
    expect((await asKit.post(at("/vow"), { signature: password, text: "always" })).status).toBe(303);
    const [row] = await world.sql<{ record: null; digest: Buffer; request: string }>(
      "select record, content_sha256 as digest, request_id as request from core.signatures order by made_at desc limit 1",
    );
    const digest = digestOf(world.database.secret, world.here.id, "sample.sworn", row?.request ?? "", {
      text: "always",
    });
    expect([row?.record, row?.digest.equals(Buffer.from(digest))]).toEqual([null, true]);
  });
});

describe("a signature", () => {
  test("stands with name, meaning and time, and is broken in sight of everyone once the content changes", async () => {
    const before = (await asKit.get(at(`/stones/${stone}/oaths`))).text;
    expect(before.match(/Signed electronically/g)).toHaveLength(3);
    expect(before).toContain("Meaning: I placed this stone myself");
    expect(before).not.toContain("Broken");
    await world.sql("update sample.stones set title = 'Gray' where id = $1", [stone]);
    const after = (await asKit.get(at(`/stones/${stone}/oaths`))).text;
    expect(after.match(/Broken/g)).toHaveLength(3);
    expect(after).toContain("The content has changed since it was signed.");
    await world.sql("update sample.stones set title = 'Grey' where id = $1", [stone]);
    expect((await asKit.get(at(`/stones/${stone}/oaths`))).text).not.toContain("Broken");
  });
  test("copied to another record does not stand there", async () => {
    const [subject] = await world.sql<{ id: string }>("select subject_id as id from sample.stones where id = $1", [
      stone,
    ]);
    const placed = await asKit.post(at("/stones"), { title: "Grey", writing: "x", subject: subject?.id ?? "" });
    const other = placed.location.split("/").at(-1) ?? "";
    await world.sql(
      `insert into core.signatures (tenant_id, workspace_id, event, meaning, person_id, printed_name, content_sha256, request_id, record, row_id, subject_id, session_ref)
       select tenant_id, workspace_id, event, meaning, person_id, printed_name, content_sha256, request_id, record, $1, subject_id, session_ref
       from core.signatures where record is not null limit 1`,
      [other],
    );
    expect((await asKit.get(at(`/stones/${other}/oaths`))).text).toContain("Broken");
  });
  test("cannot be changed or removed, nor its session be forged", async () => {
    for (const text of [
      "update core.signatures set meaning = 'x'",
      "delete from core.signatures",
      "truncate core.signatures cascade",
    ])
      await expect(world.sql(text)).rejects.toThrow("never changed or removed");
    const [column] = await world.sql<{ granted: boolean }>(
      `select has_column_privilege('${world.database.roles.app}', 'core.signatures', 'session_ref', 'insert')
         or has_column_privilege('${world.database.roles.app}', 'core.signatures', 'person_id', 'insert') as granted`,
    );
    expect(column?.granted).toBe(false);
  });
  test("is seen by those who see the subject, and by nobody of the other hospital", async () => {
    const watcher = await world.person("Una Unrelated", "watcher", place, { site: await world.site(place, "X") });
    expect((await (await world.as(watcher)).get(at(`/stones/${stone}/oaths`))).status).toBe(404);
    const elsewhere = await world.workspace("program", ["sample"], world.there);
    const otto = await world.person("Otto Other", "keeper", elsewhere);
    const { house } = world;
    const seen = await house.transactions.run(
      { tenantId: world.there.id, workspaceId: elsewhere.id, kind: "person", actorId: otto.id, sessionRef: "" },
      { readOnly: true },
      async (lease) => lease.rows("select count(*)::int from core.signatures"),
      async () => {},
    );
    expect(seen).toEqual([[0]]);
  });
});

describe("the declaration that signatures bind (21 CFR 11.100(c))", () => {
  const declared = (person: TestPerson) =>
    world.sql<{ declared: string; printed_name: string; method: string }>(
      "select d.declared, d.printed_name, s.method from core.signing_declarations d join core.signatures s on s.id = d.signature_id where d.person_id = $1",
      [person.id],
    );
  test("stands above the first signature of a person, is kept with it in its words, and is asked for once", async () => {
    const ola = await world.person("Ola Oath", "keeper", place);
    await give(ola, "password", await hashPassword(password));
    const asOla = await world.as(ola);
    const form = async (client = asOla) => (await client.get(at(`/stones/${stone}/oaths`))).text;
    expect(await form()).toContain(DECLARATION.text);
    expect((await swear({ signature: "wrong", signature_name: ola.email }, asOla)).status).toBe(422);
    expect(await declared(ola)).toEqual([]);
    expect((await asOla.get("/account/signing")).text).toContain("You have not signed yet");
    expect((await swear({ signature: password, signature_name: ola.email }, asOla)).status).toBe(303);
    const kept = [{ declared: DECLARATION.text, printed_name: "Ola Oath", method: "password" }];
    expect(await declared(ola)).toEqual(kept);
    expect((await world.trail())[0]?.changed["core.signing_declarations"]?.rows).toHaveLength(1);
    expect(await form()).not.toContain(DECLARATION.text);
    expect(await form(await world.as(ola))).not.toContain(DECLARATION.text);
    expect((await swear({ signature: password }, asOla)).status).toBe(303);
    expect(await declared(ola)).toEqual(kept);
    expect((await asOla.get("/account/signing")).text).toContain("You declared this on");
  });
  test("is read by whoever reads the institution's record, page and file, and can be changed by nobody", async () => {
    const ada = await world.as(await world.person("Ada Administrator", "administrator", null));
    for (const path of ["/admin/record/declarations", "/admin/record/declarations.csv"]) {
      const { status, text } = await ada.get(path);
      expect([status, text.includes("Ola Oath"), text.includes("accountable"), text.includes("Password")]).toEqual([
        200,
        true,
        true,
        true,
      ]);
      expect((await asKit.get(path)).status).toBe(403);
    }
    await expect(world.sql("update core.signing_declarations set declared = declared || '!'")).rejects.toThrow();
    await expect(world.sql("delete from core.signing_declarations")).rejects.toThrow();
  });
});

describe("somebody who signs in elsewhere", () => {
  test("is told where to set a signing password, sets it, is written to, and signs with it", async () => {
    const sam = await world.person("Sam Sso", "keeper", place);
    const asSam = await world.as(sam);
    expect((await asSam.get(at(`/stones/${stone}/oaths`))).text).toContain('href="/account/signing"');
    expect((await swear({ signature: "anything", signature_name: sam.email }, asSam)).text).toContain(
      "You gave nothing to sign with",
    );
    const own = "quite another set of words";
    expect((await asSam.post("/account/signing", { password: own, again: "else" })).status).toBe(422);
    expect((await asSam.post("/account/signing", { password: own, again: own })).status).toBe(303);
    expect((await asSam.get(at(`/stones/${stone}/oaths`))).text).toContain("Signing password of Sam Sso");
    expect((await swear({ signature: own, signature_name: sam.email }, asSam)).status).toBe(303);
    expect((await signed())[0]).toMatchObject({ method: "signing-password", printed_name: "Sam Sso" });
    expect((await world.trail()).some(({ sentence }) => sentence === "Sam Sso set a signing password")).toBe(true);
  });
  test("cannot set one in a session that is not fresh, but by the one that stands", async () => {
    const tim = await world.person("Tim Tired", "keeper", place);
    const asTim = await world.as(tim);
    const [first, second] = ["the first of his passwords", "the second of his passwords"];
    expect((await asTim.post("/account/signing", { password: first, again: first })).status).toBe(303);
    await world.sql("update core.sessions set made_at = made_at - interval '11 minutes' where person_id = $1", [
      tim.id,
    ]);
    const stale = await asTim.post("/account/signing", { password: second, again: second });
    expect([stale.status, stale.text.includes("Enter the signing password you have")]).toEqual([422, true]);
    expect((await asTim.post("/account/signing", { current: "no", password: second, again: second })).status).toBe(422);
    expect((await asTim.post("/account/signing", { current: first, password: second, again: second })).status).toBe(
      303,
    );
  });
  test("is locked out of signing after ten wrong ones, and the right one then waits too", async () => {
    const una = await world.person("Una Guess", "keeper", place);
    await give(una, "signing", await hashPassword("the right one of many words"));
    const asUna = await world.as(una);
    const tried = await Promise.all(
      Array.from({ length: 14 }, () => swear({ signature: "wrong", signature_name: una.email }, asUna)),
    );
    expect(tried.filter(({ status }) => status === 422)).toHaveLength(10);
    expect(tried.filter(({ status }) => status === 429)).toHaveLength(4);
    const right = await swear({ signature: "the right one of many words", signature_name: una.email }, asUna);
    expect(right.status).toBe(429);
  });
});

describe("a passkey", () => {
  const origin = "http://northfield.localhost:3000";
  type Creation = { challenge: string; rp: { id: string } };
  type Request = { challenge: string; rpId: string; allowCredentials?: { id: string }[] };
  const withPasskey = async (name: string) => {
    const person = await world.person(name, "keeper", place);
    const client = await world.as(person);
    const key = new SoftPasskey();
    const asked = optionsOn<Creation>((await client.get("/account/second/passkeys")).text);
    const made = { answer: key.create(asked, origin), label: "my badge" };
    return { person, client, key, made, set: await client.post("/account/second/passkeys", made) };
  };
  const answerOf = async (client: Client, key: SoftPasskey, wrong: Wrong = {}) =>
    key.get(optionsOn<Request>((await client.get("/account/signing/passkey")).text), origin, wrong);

  test("signs for somebody without a password: with his address first, alone after that, once an answer", async () => {
    const { person, client, key, set } = await withPasskey("Pia Passkey");
    expect(set.status).toBe(200);
    const page = (await client.get(at(`/stones/${stone}/oaths`))).text;
    expect([page.includes("Sign with my passkey"), page.includes("nothing to sign with")]).toEqual([true, false]);
    const answer = await answerOf(client, key);
    const before = (await signed()).length;
    const nameless = await swear({ signature_passkey: answer, by: "the moon" }, client);
    expect([nameless.status, nameless.text.includes("first signature since you signed in")]).toEqual([422, true]);
    expect([nameless.text.includes("the moon"), nameless.text.includes("clientDataJSON")]).toEqual([true, false]);
    // The answer was not used up by the forgotten address.
    expect((await swear({ signature_passkey: answer, signature_name: person.email }, client)).status).toBe(303);
    expect((await signed())[0]).toMatchObject({
      method: "passkey",
      components: ["name", "passkey"],
      printed_name: "Pia Passkey",
    });
    expect(JSON.stringify(await world.trail())).not.toContain("clientDataJSON");
    expect((await swear({ signature_passkey: answer }, client)).status).toBe(422);
    expect((await swear({ signature_passkey: await answerOf(client, key) }, client)).status).toBe(303);
    expect((await signed())[0]).toMatchObject({ method: "passkey", components: ["passkey"] });
    expect(await signed()).toHaveLength(before + 2);
  });
  test("of another person, for another purpose, or not unlocked, signs nothing", async () => {
    const { client, key, person } = await withPasskey("Pat Passkey");
    const { client: other, key: strange } = await withPasskey("Quin Passkey");
    const before = (await signed()).length;
    const attempts: (readonly [string, string])[] = [
      ["another's", strange.get(optionsOn((await client.get("/account/signing/passkey")).text), origin)],
      [
        "answered for another's question",
        key.get(optionsOn((await other.get("/account/signing/passkey")).text), origin),
      ],
      ["for signing in", key.get(optionsOn((await client.get("/sign-in/passkey")).text), origin)],
      ["not unlocked", await answerOf(client, key, { flags: 1 })],
      ["elsewhere", await answerOf(client, key, { origin: "http://evil.example" })],
      ["rubbish", '{"id":7}'],
    ];
    for (const [says, answer] of attempts) {
      const tried = await swear({ signature_passkey: answer, signature_name: person.email }, client);
      expect([says, tried.status]).toEqual([says, 422]);
    }
    expect(await signed()).toHaveLength(before);
  });
  test("cannot be asked by whoever has none, nor be set up in a session that is not fresh", async () => {
    expect((await asKit.get("/account/signing/passkey")).status).toBe(404);
    const { person, client, made } = await withPasskey("Rae Passkey");
    await world.sql("update core.sessions set made_at = made_at - interval '11 minutes' where person_id = $1", [
      person.id,
    ]);
    const stale = await client.post("/account/second/passkeys", { ...made, label: "a thief's" });
    expect([stale.status, stale.text.includes("Sign out, sign in again")]).toEqual([422, true]);
  });
});

describe("content", () => {
  const same: [unknown, unknown][] = [
    [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ],
    [{ a: undefined }, {}],
    ["e\u0301", "\u00e9"],
    [new Date(0), "1970-01-01T00:00:00.000Z"],
    [5n, 5],
  ];
  for (const [a, b] of same)
    test(`${String(JSON.stringify(a, (_, v) => (typeof v === "bigint" ? `${v}n` : v)))} is the same either way`, () =>
      expect(canonical(a as never)).toBe(canonical(b as never)));
  const other: [unknown, unknown][] = [
    [
      ["a", "b"],
      ["b", "a"],
    ],
    [{ a: "1" }, { a: 1 }],
    [{ a: null }, {}],
    [["a,b"], ["a", "b"]],
    ["", null],
  ];
  for (const [a, b] of other)
    test(`${JSON.stringify(a)} is not ${JSON.stringify(b)}`, () =>
      expect(canonical(a as never)).not.toBe(canonical(b as never)));
  test("of another record, row, institution or installation is another", () => {
    const digest = (...[secret, tenant, record, row]: [string, string, string, string]) =>
      Buffer.from(digestOf(secret, tenant, record, row, { a: 1 })).toString("hex");
    const all = [
      digest("s", "t", "r", "1"),
      digest("s", "t", "r", "2"),
      digest("s", "t", "q", "1"),
      digest("s", "u", "r", "1"),
      digest("z", "t", "r", "1"),
    ];
    expect(new Set(all).size).toBe(5);
  });
  test("a number that is none is refused", () => expect(() => canonical(Number.NaN)).toThrow());
});
