/** Files that hold a whole group: why, a signature, once, in one session, within a day; and how many files at a time (D85, D88, D89). */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { adminRoutes } from "@core/admin/routes.ts";
import { inTurn, PASS } from "@core/documents/export-pass.ts";
import { defineModule, routesFor } from "@core/module.ts";
import { hashPassword } from "@core/vault/password.ts";
import { Type as t } from "@sinclair/typebox";
import { sample } from "../../sample/module.tsx";
import { sampleSql } from "../../sample/store.ts";
import { type Client, type TestPerson, type TestWorkspace, testWorld, type World } from "../../support/world.ts";

const CSV = "sample.stones" as const;
const { get } = routesFor<{
  permission: "sample.export";
  event: never;
  fieldClass: never;
  export: "sample.sheet";
  jobs: object;
  settings: object;
}>();
const exports = sample.exports as NonNullable<typeof sample.exports>;
/** The sample, whose table of stones asks; and a file during whose making its taker is signed out. */
const asking = defineModule({
  ...sample,
  routes: [
    ...sample.routes,
    get("/slow.csv", {
      needs: "sample.export",
      query: t.Object({ of: t.String() }),
      run: async ({ query }, ctx) => {
        async function* rows() {
          yield ["before"];
          await world.sql("update core.sessions set ended_at = clock_timestamp() where person_id = $1", [query.of]);
          yield ["after"];
        }
        return ctx.csv("sample.sheet", "slow", { columns: [{ title: "When", kind: "text" }], rows: rows() }, []);
      },
    }),
  ],
  exports: { ...exports, [CSV]: { ...exports[CSV], asks: true } },
});
const password = "four unrelated words stand here";
let world: World;
let place: TestWorkspace;
let kit: TestPerson;
let asKit: Client;
const at = (path: string) => `/w/${place.slug}${path}`;
const FILE = "/sample/stones.csv";

beforeAll(async () => {
  world = await testWorld([asking], adminRoutes);
  await world.lay(sampleSql);
  place = await world.workspace("program", ["sample"]);
  kit = await world.person("Kit Keeper", "keeper", place);
  await world.sql("insert into core.credentials (tenant_id, person_id, kind, secret) values ($1, $2, 'password', $3)", [
    kit.tenant.id,
    kit.id,
    await hashPassword(password),
  ]);
  asKit = await world.as(kit);
});
afterAll(async () => await world.stop());

const signed = { signature: password, signature_name: "" };
const ask = async (client: Client, form: Record<string, string> = {}) =>
  await client.post(at("/downloads/ask"), {
    name: CSV,
    for: at(FILE),
    reason: "the committee's meeting",
    ...signed,
    signature_name: kit.email,
    ...form,
  });
/** The newest file that can be fetched. */
const fetchable = async (client: Client) =>
  new RegExp(`href="([^"]*${PASS}=[0-9a-f-]{36})"`).exec((await client.get(at("/downloads/mine"))).text)?.[1] ?? "";
const ledger = async () =>
  await world.sql<{ reason: string | null }>("select reason from core.exports order by made_at desc");

describe("a file that asks", () => {
  test("leads to the question, and says on record that it did not leave", async () => {
    const answer = await asKit.get(at(FILE));
    expect([answer.status, answer.location]).toEqual([
      303,
      `${at("/downloads/ask")}?${new URLSearchParams({ name: CSV, for: at(FILE) })}`,
    ]);
    expect(await ledger()).toEqual([]);
    expect((await world.trail())[0]?.sentence).toContain("Kit Keeper was refused: This file holds a whole group");
    const page = await asKit.get(answer.location);
    for (const part of ["Why do you take it out?", "Password of Kit Keeper", "answer for what becomes of it"])
      expect(page.text).toContain(part);
  });
  const refused: [says: string, form: Record<string, string>, status: number][] = [
    ["no reason", { reason: "" }, 422],
    ["a wrong password", { signature: "wrong" }, 422],
    ["no address", { signature_name: "" }, 422],
    ["a file that does not ask", { name: "sample.book" }, 404],
    ["a file of elsewhere", { for: "/w/elsewhere/sample/stones.csv" }, 404],
    ["another site", { for: "//evil.example/x" }, 404],
  ];
  for (const [says, form, status] of refused)
    test(`with ${says} is not given`, async () => {
      expect((await ask(asKit, form)).status).toBe(status);
      expect(await world.sql("select from core.export_passes")).toEqual([]);
    });
  test("is fetched once, with the reason in the ledger, and then is gone (D85)", async () => {
    const answer = await ask(asKit);
    expect([answer.status, answer.location]).toEqual([303, at("/downloads/mine")]);
    const href = await fetchable(asKit);
    const both = await Promise.all([asKit.get(href), asKit.get(href)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 410]);
    expect((await asKit.get(href)).status).toBe(410);
    expect(await ledger()).toEqual([{ reason: "the committee's meeting" }]);
    expect((await asKit.get(at("/downloads/mine"))).text).toContain("Fetched");
    const said = (await world.trail()).map(({ sentence }) => sentence);
    expect(said.some((one) => one.includes("asked to take out") && one.includes("the committee's meeting"))).toBe(true);
  });
  test("is for the session, the person and the file that asked, and for a day", async () => {
    expect((await ask(asKit, { signature_name: "" })).status).toBe(303);
    const href = await fetchable(asKit);
    const elsewhere = await world.as(kit);
    expect((await elsewhere.get(href)).status).toBe(410);
    expect((await elsewhere.get(at("/downloads/mine"))).text).not.toContain(PASS);
    const other = await world.as(await world.person("Kim Keeper", "keeper", place));
    expect((await other.get(href)).status).toBe(410);
    expect((await asKit.get(href.replace("?", "?sort=title&"))).status).not.toBe(200);
    expect((await asKit.get(`${at(FILE)}?${PASS}=nonsense`)).status).toBe(410);
    await world.sql("update core.export_passes set until_at = clock_timestamp() where used_at is null");
    expect((await asKit.get(href)).status).toBe(410);
    expect(await ledger()).toHaveLength(1);
  });
  test("is not handed out to somebody who was signed out while it was made, and both are on record (D89)", async () => {
    const before = (await ledger()).length;
    const kim = await world.person("Kim Keeper", "keeper", place);
    const answer = await (await world.as(kim)).get(at(`/sample/slow.csv?of=${kim.id}`));
    expect([answer.status, answer.headers.get("content-disposition")]).toEqual([401, null]);
    expect(await ledger()).toHaveLength(before);
    expect((await world.trail())[0]).toMatchObject({
      outcome: "refused",
      sentence: expect.stringContaining("session ended while the file was being made"),
    });
  });
});

describe("many files", () => {
  test("a hundred in a minute are not given (D88)", async () => {
    const greedy = await world.as(await world.person("Greta Greedy", "keeper", place));
    const statuses: number[] = [];
    for (let i = 0; i < 40; i += 1) statuses.push((await greedy.get(at("/sample/stones.zip"))).status);
    const given = statuses.filter((status) => status === 200).length;
    expect(given).toBeGreaterThanOrEqual(30);
    expect(statuses.at(-1)).toBe(429);
    expect((await asKit.get(at("/sample/stones.zip"))).status).toBe(200);
  });
  test("six at a time are made, and nobody waits in a queue without an end", async () => {
    const held = Promise.withResolvers<void>();
    const six = Array.from({ length: 6 }, () => inTurn(world.house, () => held.promise));
    const answer = await asKit.get(at("/sample/stones.zip"));
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
    held.resolve();
    await Promise.all(six);
    expect((await asKit.get(at("/sample/stones.zip"))).status).toBe(200);
  });
});
