/** Extra protection: writing and opening are granted apart, by person, class and site, and asked in the request itself (drill D43). */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { protectionRoutes } from "@core/protection/routes.ts";
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
