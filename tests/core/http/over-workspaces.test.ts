/** Errands, open links, cards, and one's day over all places: through HTTP against a real PostgreSQL (ADR 0014). */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { agendaRoutes } from "@core/agenda/routes.tsx";
import { registryRoutes } from "@core/registry/routes.tsx";
import { sample } from "../../sample/module.tsx";
import { sampleSql } from "../../sample/store.ts";
import { jarAt } from "../../support/jar.ts";
import { type Client, type TestWorkspace, testWorld, type World } from "../../support/world.ts";

let world: World;
let place: TestWorkspace;
let other: TestWorkspace;
let asKit: Client;
let asWes: Client;
let asSue: Client;

beforeAll(async () => {
  world = await testWorld([sample], [agendaRoutes, registryRoutes]);
  await world.lay(sampleSql);
  place = await world.workspace("program", ["sample"]);
  other = await world.workspace("program", ["sample"]);
  const kit = await world.person("Kit Keeper", "keeper", place);
  await world.grant(kit, "keeper", other);
  const wes = await world.person("Wes Walker", "walker", place);
  asKit = await world.as(kit);
  asWes = await world.as(wes);
  asSue = await world.as(await world.person("Sue Surveyor", "surveyor", null));
  for (const one of [place, other]) {
    const [row] = await world.sql<{ id: string }>(
      "insert into core.subjects (tenant_id, workspace_id, code, kind) values ($1, $2, 'S-1', 'trainee') returning id",
      [one.tenant.id, one.id],
    );
    for (const title of ["first", "second"])
      await asKit.post(`/w/${one.slug}/sample/stones`, { title, writing: "", subject: row?.id ?? "" });
  }
});
afterAll(async () => await world.stop());

const at = (path: string, workspace = place) => `/w/${workspace.slug}/sample${path}`;

describe("an errand", () => {
  test("sees what the person does not, tells only its answer, and gives the rights back", async () => {
    const answer = await asWes.get(at("/count"));
    expect(answer.status).toBe(200);
    expect(answer.text).toContain("0 of 2, still 0");
  });
  test("lends its rights to no statement beside it", async () => {
    const before = world.logged.length;
    const answer = await asWes.get(at("/count-beside"));
    expect([answer.status, answer.text.includes("<title>2")]).toEqual([500, false]);
    expect(world.logged.slice(before).join()).toContain("an errand is under way");
  });
  test("stands on the record of the person who sent it", async () => {
    await asWes.get(at("/count"));
    const [row] = await world.trail();
    expect(row?.actor_name).toBe("Wes Walker");
    expect(row?.read["sample.stones"]?.rows).toHaveLength(2);
  });
});

describe("a link for anybody", () => {
  let path: string;
  beforeAll(async () => {
    path = (await asKit.post(at("/open"))).location;
  });
  test("leads a stranger to the page, with the portal's permissions and nothing more", async () => {
    const answer = await world.stranger().get(path);
    expect(answer.status).toBe(200);
    expect(answer.text).toContain("sees 0");
  });
  test("is tried at a pace: links that lead nowhere, from one network, and no other", async () => {
    await world.sql(
      "insert into core.rates (tenant_id, bucket, full_at) values ($1, 'portal:127.0.0.1', clock_timestamp() + interval '10 minutes')",
      [world.here.id],
    );
    const wrong = `/p/${"A".repeat(43)}/sample`;
    expect((await world.stranger().get(wrong)).status).toBe(429);
    expect((await world.stranger().get(path)).status).toBe(200);
    expect((await jarAt(world, world.here, "203.0.113.7").get(wrong)).status).toBe(410);
    await world.sql("delete from core.rates where bucket = 'portal:127.0.0.1'");
    world.house.turns.forget();
    expect((await world.stranger().get(wrong)).status).toBe(410);
  });
  test("opens no subject's page, and a subject's link no page for anybody", async () => {
    expect((await world.stranger().get(`${path}/stones`)).status).toBe(410);
    const stone = /stone-([0-9a-f-]{36})/.exec((await asKit.get(at("/"))).text)?.[1];
    const own = (await asKit.post(at(`/stones/${stone}/link`))).location;
    expect((await world.stranger().get(`${own}/stones`)).status).toBe(200);
    expect((await world.stranger().get(own)).status).toBe(410);
  });
  test("is not for those who may not open pages", async () => {
    expect((await asWes.post(at("/open"))).status).toBe(403);
  });
  test("leads nowhere in the other institution, nor once it is over", async () => {
    expect((await world.stranger(world.there).get(path)).status).toBe(410);
    await world.sql("update core.open_links set revoked_at = now()");
    expect((await world.stranger().get(path)).status).toBe(410);
  });
});

describe("cards", () => {
  beforeAll(async () => {
    await asKit.post(at("/open"));
    await asKit.post(at("/open", other));
  });
  test("a surveyor of the institution sees all, a person those of his places, a stranger none", async () => {
    expect((await asSue.get("/registry/sample")).text).toContain("2 entries");
    expect((await asKit.get("/registry/sample")).text).toContain("2 entries");
    expect((await asWes.get("/registry/sample")).text).toContain("1 entry");
    expect((await world.stranger().get("/registry/sample")).status).toBe(401);
    expect((await asKit.get("/registry/nothing")).status).toBe(404);
    expect((await asKit.get(`/registry/sample?find=${other.slug}`)).text).toContain("Nothing matches");
    expect((await asKit.get("/registry/sample?state=standing&sort=stones&dir=desc")).text).toContain("2 entries");
  });
  test("the other institution sees none of them", async () => {
    const otto = await world.as(await world.person("Otto Other", "surveyor", null, { tenant: world.there }));
    expect((await otto.get("/registry/sample")).text).toContain("Nothing here");
  });
});

describe("my day", () => {
  test("holds what is due in all places, each under its own walls and on its own record", async () => {
    const answer = await asKit.get("/today");
    expect(answer.status).toBe(200);
    expect(answer.text.match(/Turn the stone/g)).toHaveLength(4);
    const rows = (await world.trail()).filter(({ sentence }) => sentence.includes("what is due"));
    expect(rows).toHaveLength(2);
    expect((await asWes.get("/today")).text).toContain("Nothing waits for you");
  });
  test("a calendar's address works without a session, until another is made", async () => {
    const made = await asKit.post("/today/calendar");
    const address = /\/calendar\/[\w-]+\.ics/.exec(made.text)?.[0] ?? "";
    const file = await world.stranger().get(address);
    expect(file.headers.get("content-type")).toContain("text/calendar");
    expect(file.text.match(/BEGIN:VEVENT/g)).toHaveLength(4);
    expect(file.text).not.toContain("S-1");
    expect((await world.stranger(world.there).get(address)).status).toBe(410);
    await asKit.post("/today/calendar");
    expect((await world.stranger().get(address)).status).toBe(410);
  });
  test("a calendar shows nothing of a place that is gone from its owner", async () => {
    const made = await asKit.post("/today/calendar");
    const address = /\/calendar\/[\w-]+\.ics/.exec(made.text)?.[0] ?? "";
    await world.sql("update core.grants set revoked_at = now() where workspace_id = $1", [other.id]);
    expect((await world.stranger().get(address)).text.match(/BEGIN:VEVENT/g)).toHaveLength(2);
    await asKit.post("/today/calendar/end");
    expect((await world.stranger().get(address)).status).toBe(410);
  });
});
