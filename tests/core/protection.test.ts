/** Extra protection: writing and opening are granted apart, by person, class and site, and asked in the request itself (drill D43). */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { withOwner } from "@core/db/migrate.ts";
import { quoteName } from "@core/db/roles.ts";
import { openLetter, postAtDoor } from "@core/mail/mail.ts";
import { protectionRoutes } from "@core/protection/routes.ts";
import { Sealer } from "@core/vault/envelope.ts";
import { keyRows } from "@core/vault/key-rows.ts";
import { ownerKeys } from "@core/vault/owner-keys.ts";
import { rotateDataKeys } from "@core/vault/rotation.ts";
import { sealedColumns } from "@core/vault/sealed-columns.ts";
import { tagOf } from "@core/vault/tags.ts";
import { sample } from "../sample/module.tsx";
import { sampleSql } from "../sample/store.ts";
import { type Client, type TestPerson, type TestWorkspace, testWorld, type World } from "../support/world.ts";

let world: World;
let place: TestWorkspace;
let kit: TestPerson;
let kim: TestPerson;
let [asAda, asKit, asKim]: Client[] = [];
const subjects = new Map<string, string>();
let site: string;

beforeAll(async () => {
  world = await testWorld([sample], [{ place: "workspace", routes: protectionRoutes }]);
  await world.lay(sampleSql);
  place = await world.workspace("study", ["sample"]);
  site = await world.site(place, "NL-01");
  kit = await world.person("Kit Keeper", "keeper", place);
  kim = await world.person("Kim Keeper", "keeper", place);
  asAda = await world.as(await world.person("Ada Administrator", "administrator", null));
  [asKit, asKim] = [await world.as(kit), await world.as(kim)];
  for (const [code, at] of [
    ["S-1", site],
    ["S-2", null],
  ] as const) {
    const [row] = await world.sql<{ id: string }>(
      "insert into core.subjects (tenant_id, workspace_id, code, kind, site_id) values ($1, $2, $3, 'participant', $4) returning id",
      [place.tenant.id, place.id, code, at],
    );
    subjects.set(code, row?.id ?? "");
  }
});
afterAll(async () => await world.stop());

const at = (path: string) => `/w/${place.slug}${path}`;
const client = (one: Client | undefined) => {
  if (!one) throw new Error("nobody is there");
  return one;
};
const write = async (who: Client | undefined, title: string, code = "S-1") =>
  await client(who).post(at("/sample/stones"), {
    title,
    writing: `secret of ${title}`,
    subject: subjects.get(code) ?? "",
  });
const read = async (who: Client | undefined, title: string) => {
  const [stone] = await world.sql<{ id: string }>("select id from sample.stones where title = $1", [title]);
  const { status, text } = await client(who).get(at(`/sample/stones/${stone?.id}`));
  return { status, shown: text.includes(`secret of ${title}`) };
};
const name = async (person: TestPerson, may: "open" | "seal", where?: string) =>
  await client(asAda).post(at("/protection"), {
    person: person.id,
    class: "sample.writing",
    may,
    ...(where && { site: where }),
  });
const put = async (on: boolean) =>
  await client(asAda).post(at("/protection/sample.writing"), { on: String(on), reason: "the protocol asks for it" });

test("without it a role is enough", async () => {
  expect((await write(asKit, "first")).status).toBe(303);
  expect(await read(asKim, "first")).toEqual({ status: 200, shown: true });
});

describe("with extra protection", () => {
  beforeAll(async () => {
    expect((await put(true)).status).toBe(303);
  });

  test("nobody who is not named writes or reads, and the record says so", async () => {
    expect((await write(asKit, "second")).status).toBe(403);
    expect(await read(asKit, "first")).toEqual({ status: 403, shown: false });
    expect(await world.sql("select 1 from sample.stones where title = 'second'")).toEqual([]);
  });

  test("a person named to write writes, and does not read", async () => {
    expect((await name(kit, "seal")).status).toBe(303);
    expect((await write(asKit, "third")).status).toBe(303);
    expect(await read(asKit, "third")).toEqual({ status: 403, shown: false });
  });

  const purposeOf = async (title: string) => {
    const [row] = await world.sql<{ purpose: string; wrapper: string | null }>(
      `select k.purpose, w.purpose as wrapper from sample.stones s
       join core.keys k on k.id = encode(substring(s.writing from 3 for 16), 'hex')::uuid left join core.keys w on w.id = k.wrapped_by
       where s.title = $1`,
      [title],
    );
    return row;
  };
  test("what is written lies under the class's own key, which the database hands to nobody who is not named", async () => {
    expect([(await purposeOf("first"))?.purpose, (await purposeOf("third"))?.purpose]).toEqual([
      "field",
      "field:sample.writing",
    ]);
    const visible = async (person: TestPerson) =>
      await world.house.transactions.run(
        { tenantId: place.tenant.id, workspaceId: place.id, kind: "person", actorId: person.id, sessionRef: "" },
        { readOnly: true },
        (lease) => lease.rows("select distinct purpose from core.keys where starts_with(purpose, 'field') order by 1"),
        async () => {},
      );
    expect(await visible(kit)).toEqual([["field"], ["field:sample.writing"]]);
    expect(await visible(kim)).toEqual([["field"]]);
    const [context] = await world.sql<{ n: number }>(
      "select count(*)::int as n from core.keys where purpose = 'field:sample.writing' and workspace_id = $1 and wrapped_by is null",
      [place.id],
    );
    expect(context?.n).toBe(1);
  });

  test("a person named to open at one site opens that site's subjects alone, and writes nothing", async () => {
    expect((await write(asKit, "fourth", "S-2")).status).toBe(303);
    expect((await name(kim, "open", site)).status).toBe(303);
    expect(await read(asKim, "third")).toEqual({ status: 200, shown: true });
    expect(await read(asKim, "fourth")).toEqual({ status: 403, shown: false });
    expect((await write(asKim, "fifth")).status).toBe(403);
  });

  test("the page says who may open what, and what was done is on the record", async () => {
    const { status, text } = await client(asAda).get(at("/protection"));
    expect(status).toBe(200);
    for (const word of ["Writing under a stone", "Name and role", "Kim Keeper", "NL-01", "Kit Keeper"])
      expect(text).toContain(word);
    const said = (await world.trail()).map(({ sentence }) => sentence).join("\n");
    expect(said).toContain("put extra protection on Writing under a stone: the protocol asks for it");
    expect(said).toContain("named Kit Keeper to write Writing under a stone at every site");
  });

  test("whoever is not named meets the value nowhere: detail, list, file, search, refused form, record (D43)", async () => {
    const subject = subjects.get("S-1") ?? "";
    const scope = { tenant: place.tenant.id, workspace: place.id };
    await withOwner(world.database.owner, async (sql) => {
      await sql.unsafe(`set role ${quoteName(world.database.roles.owner)}`);
      const sealer = new Sealer(world.house.vault, ownerKeys(sql), scope);
      const tag = await tagOf(sealer, "phone", "+31612345678");
      await sql`insert into core.identities (tenant_id, workspace_id, subject_id, phone_index) values (${scope.tenant}, ${scope.workspace}, ${subject}, ${tag})`;
    });
    const find = async () => (await client(asKit).get(at("/sample/find?phone=%2B31612345678"))).text.includes(subject);
    expect(await find()).toBe(true);
    const protectNames = async (on: boolean) =>
      await client(asAda).post(at("/protection/core.identity"), { on: String(on), reason: "the protocol asks for it" });
    expect((await protectNames(true)).status).toBe(303);
    expect(await find()).toBe(false);
    const [stone] = await world.sql<{ id: string }>("select id from sample.stones where title = 'third'");
    const asked: (readonly [path: string, status: number, locked: boolean])[] = [
      [`/sample/stones/${stone?.id}`, 403, true],
      ["/sample/writings", 200, true],
      ["/sample/writings.csv", 200, true],
      ["/sample", 200, false],
      ["/sample/stones.csv", 200, false],
    ];
    for (const [path, status, locked] of asked) {
      const answer = await client(asKit).get(at(path));
      expect([path, answer.status, answer.text.includes("secret of")]).toEqual([path, status, false]);
      if (locked) expect([path, answer.text.includes("only people who are named")]).toEqual([path, true]);
    }
    // The one who is named for this site meets the values of its subjects in the same places, and no others.
    const named = await client(asKim).get(at("/sample/writings"));
    expect([named.text.includes("secret of third"), named.text.includes("secret of fourth")]).toEqual([true, false]);
    const file = (await client(asKim).get(at("/sample/writings.csv"))).text;
    expect([file.includes("secret of third"), file.includes("secret of fourth")]).toEqual([true, false]);
    expect((await protectNames(false)).status).toBe(303);
    await world.sql("delete from core.identities where subject_id = $1", [subject]);
    expect([world.logged.join("\n"), JSON.stringify(await world.trail())].join("\n")).not.toContain("secret of");
  });

  test("what is revoked opens nothing at the next request", async () => {
    const [grant] = await world.sql<{ id: string }>("select id from core.key_grants where person_id = $1", [kim.id]);
    expect((await client(asAda).post(at(`/protection/grants/${grant?.id}/revoke`))).status).toBe(303);
    expect(await read(asKim, "third")).toEqual({ status: 403, shown: false });
  });

  test.each([
    ["a keeper without that permission looks", async () => (await client(asKit).get(at("/protection"))).status, 403],
    [
      "a keeper names himself",
      async () =>
        (await client(asKit).post(at("/protection"), { person: kit.id, class: "sample.writing", may: "open" })).status,
      403,
    ],
    [
      "a class that is not there",
      async () =>
        (await client(asAda).post(at("/protection/sample.nothing"), { on: "true", reason: "because" })).status,
      404,
    ],
    [
      "no reason",
      async () => (await client(asAda).post(at("/protection/sample.writing"), { on: "false", reason: "" })).status,
      422,
    ],
    [
      "an end in the past",
      async () =>
        (
          await client(asAda).post(at("/protection"), {
            person: kit.id,
            class: "sample.writing",
            may: "open",
            to: "2020-01-01",
          })
        ).status,
      422,
    ],
  ])("%s is refused", async (_, act, status) => expect(await act()).toBe(status));

  test("the one who keeps the list cannot put himself on it, not even past the page", async () => {
    const [grant] = await world.sql<{ n: number }>(
      "select count(*)::int as n from core.key_grants where made_by = person_id",
    );
    expect(grant?.n).toBe(0);
    const walls = await world.sql<{ text: string }>(
      "select pg_get_expr(polwithcheck, polrelid) as text from pg_policy where polrelid = 'core.key_grants'::regclass and polname = 'wall_self'",
    );
    expect(walls[0]?.text).toContain("actor()");
  });
});

test("taken off again, a role is enough again", async () => {
  expect((await put(false)).status).toBe(303);
  expect(await read(asKim, "fourth")).toEqual({ status: 200, shown: true });
});

describe("a rotation", () => {
  const rotate = async () => {
    const { vault, kernel } = world.house;
    vault.keys.clear();
    return await withOwner(world.database.owner, async (sql) => {
      await sql.unsafe(`set role ${quoteName(world.database.roles.owner)}`);
      return await rotateDataKeys(sql, vault, kernel);
    });
  };
  const purposes = async () =>
    (
      await world.sql<{ purpose: string; newest: boolean }>(
        `select distinct k.purpose, not exists (select from core.keys n where n.purpose = k.purpose and n.subject_id is not distinct from k.subject_id
           and n.workspace_id = k.workspace_id and n.version > k.version) as newest
         from sample.stones s join core.keys k on k.id = encode(substring(s.writing from 3 for 16), 'hex')::uuid`,
      )
    ).map(({ purpose, newest }) => `${purpose}${newest ? "" : ", old"}`);

  test("moves every value to the class's key while it is protected, and back when it is not; each opens", async () => {
    const stored = (await world.sql("select from sample.stones where writing is not null")).length;
    expect((await rotate())?.done).toBe(stored);
    expect(await purposes()).toEqual(["field"]);
    expect((await put(true)).status).toBe(303);
    expect(await rotate()).toMatchObject({ done: stored, failed: 0 });
    expect(await purposes()).toEqual(["field:sample.writing"]);
    expect((await name(kim, "open")).status).toBe(303);
    for (const title of ["first", "third", "fourth"])
      expect(await read(asKim, title)).toEqual({ status: 200, shown: true });
    expect(await read(asKit, "first")).toEqual({ status: 403, shown: false });
  });
  test("takes the kernel's own seals along: letters that wait, and providers' secrets", async () => {
    const places = sealedColumns(world.house.kernel).map(({ table, column }) => `${table}.${column}`);
    expect(places).toContain("core.mails.letter");
    expect(places).toContain("core.providers.secret");
    const tenantId = world.here.id;
    await postAtDoor(world.house, tenantId, { to: "a@b.example", subject: "Waits", text: "for its turn" });
    const keyOf = async () => {
      const [row] = await world.sql<{ id: string; key: string; letter: Uint8Array }>(
        "select id, encode(substring(letter from 3 for 16), 'hex') as key, letter from core.mails order by id desc limit 1",
      );
      if (!row) throw new Error("no letter waits");
      return row;
    };
    const before = await keyOf();
    expect(await rotate()).toMatchObject({ failed: 0 });
    const after = await keyOf();
    expect(after.key).not.toBe(before.key);
    const letter = await world.house.transactions.run(
      { tenantId, workspaceId: null, kind: "nobody", actorId: null, sessionRef: "" },
      { readOnly: true },
      (lease) => openLetter(world.house, tenantId, lease, after.id, after.letter),
      async () => {},
    );
    expect(letter.text).toBe("for its turn");
  });
  test("a subject that is shredded by somebody who is not named loses the class's values too, and gets no new key", async () => {
    const subject = subjects.get("S-2") ?? "";
    const asNora = { tenantId: place.tenant.id, workspaceId: place.id, kind: "system" as const, actorId: null };
    await world.house.transactions.run(
      { ...asNora, sessionRef: "", permissions: ["core.keys.destroy", "core.subjects.read"] },
      { readOnly: false },
      async (lease) => {
        const store = keyRows(lease);
        const scope = { tenant: place.tenant.id, workspace: place.id };
        await new Sealer(world.house.vault, store, scope).destroySubjectKey(subject);
      },
      async () => {},
    );
    const left = await world.sql("select from core.keys where subject_id = $1 and wrapped is not null", [subject]);
    expect(left).toEqual([]);
    await expect(
      world.sql(
        `insert into core.keys (tenant_id, workspace_id, subject_id, purpose, version, wrapped, provider)
         values ($1, $2, $3, 'field:sample.other', 1, 'x'::bytea, 'local')`,
        [place.tenant.id, place.id, subject],
      ),
    ).rejects.toThrow("was destroyed");
  });
});
