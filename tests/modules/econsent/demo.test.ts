import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { loadDemo } from "@core/demo.ts";
import { identityRoutes } from "@core/identity/routes.ts";
import { econsent } from "../../../modules/econsent/module.ts";
import { type Client, testWorld, type World } from "../../support/world.ts";

let world: World;
let cora: Client;
beforeAll(async () => {
  world = await testWorld([econsent], identityRoutes({ environment: "development" }));
  await world.sql("update core.tenants set slug = 'empty-' || slug");
  await loadDemo(world.database, world.house.config, undefined, undefined, world.house.kernel);
  cora = await as("cora.n@northfield.example");
}, 180_000);
afterAll(async () => world?.stop());

async function as(email: string): Promise<Client> {
  const [found] = await world.sql<{ id: string; name: string; tenant: string; slug: string }>(
    "select p.id, p.name, t.tenant_id as tenant, t.slug from core.persons p join core.tenants t using (tenant_id) where p.email = $1",
    [email],
  );
  if (!found) throw new Error(`the demo made nobody called ${email}`);
  return world.as({ id: found.id, name: found.name, email, tenant: { id: found.tenant, slug: found.slug } });
}

describe("the demonstration", () => {
  test("has a document in three languages and two versions, in force where it was approved", async () => {
    const page = await (await as("mona@northfield.example")).get("/w/aurora/econsent/documents");
    expect(page.text.match(/Version 2, /g)).toHaveLength(3);
    expect(page.text).toContain("Harbour, Northfield");
  });

  test("has a wave half done, a partial withdrawal, a question that waits and a signature to countersign", async () => {
    const waves = await cora.get("/w/aurora/econsent/again");
    expect(waves.text).toContain("version 2, by ");
    const [{ standing, given } = { standing: 0, given: 0 }] = await world.sql<{ standing: number; given: number }>(
      `select count(*) filter (where state = 'withdrawn')::int as standing, count(distinct subject_id)::int as given from econsent.standings`,
    );
    expect([standing, given]).toEqual([2, 8]);
    expect(await world.sql("select id from econsent.questions where holds")).toHaveLength(1);
    expect((await cora.get("/w/aurora/econsent?state=signing")).text).toContain("AUR-110");
  });

  test("shows names to the site's own team and to nobody else", async () => {
    expect((await cora.get("/w/aurora/econsent")).text).toContain("Petra Participant");
    expect((await (await as("mona@northfield.example")).get("/w/aurora/econsent")).text).not.toContain("Petra");
    expect((await (await as("cora.l@northfield.example")).get("/w/aurora/econsent")).text).not.toContain("Petra");
  });

  test("nothing in it failed", async () => {
    const failed = await world.sql("select sentence from core.audit_events where outcome <> 'done'");
    expect(failed).toEqual([]);
  });
});
