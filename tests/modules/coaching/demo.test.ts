/** The demonstration: a believable service, told through its own pages and telephones. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { adminRoutes } from "@core/admin/routes.ts";
import { loadDemo } from "@core/demo.ts";
import { identityRoutes } from "@core/identity/routes.ts";
import { coaching } from "../../../modules/coaching/module.ts";
import { type Client, testWorld, type World } from "../../support/world.ts";
import { wordsOf } from "./service.ts";

let world: World;
const as = async (email: string): Promise<Client> => {
  const [found] = await world.sql<{ id: string; name: string; tenant: string; slug: string }>(
    "select p.id, p.name, t.tenant_id as tenant, t.slug from core.persons p join core.tenants t using (tenant_id) where p.email = $1",
    [email],
  );
  if (!found) throw new Error(`nobody is called ${email}`);
  return world.as({ id: found.id, name: found.name, email, tenant: { id: found.tenant, slug: found.slug } });
};
beforeAll(async () => {
  world = await testWorld([coaching], [...adminRoutes, ...identityRoutes({ environment: "development" })]);
  await world.sql("update core.tenants set slug = 'empty-' || slug");
  await loadDemo(world.database, world.house.config, undefined, undefined, world.house.kernel);
}, 180_000);
afterAll(async () => world?.stop());

test("an inbox by risk, with the very low value above the question about a dose", async () => {
  const page = wordsOf(await (await as("cora.coach@northfield.example")).get("/w/diabetes-coaching/coaching/"));
  expect(page).not.toContain("No clinician has signed");
  const place = (name: string) => page.indexOf(name);
  expect(place("Hank High")).toBeGreaterThan(0);
  expect(place("Hank High")).toBeLessThan(place("Miguel Miembro"));
  const lakeside = wordsOf(await (await as("cora.coach@lakeside.example")).get("/w/heart-coaching/coaching/"));
  expect(lakeside).toContain("No clinician has signed");
});

test("a month of it: lessons, an incident with what became of it, an opt-out, a text that waits for the morning", async () => {
  const rows = <Row>(text: string) =>
    world.sql<Row>(text.replaceAll("$days", "extract(day from now() - m.made_at)::int"));
  const [span] = await rows<{ days: number; messages: number }>(
    "select max($days) as days, count(*)::int as messages from coaching.messages m",
  );
  expect(span?.days).toBeGreaterThanOrEqual(26);
  expect(span?.messages).toBeGreaterThan(60);
  expect(
    await rows(
      "select contact, disposition, status, $days as days from coaching.incidents m where disposition is not null",
    ),
  ).toEqual([{ contact: "emergency-services", disposition: "sent-to-emergency", status: "reviewed", days: 15 }]);
  expect(await rows("select $days as days from coaching.consent_events m where kind = 'opted-out'")).toEqual([
    { days: 12 },
  ]);
  expect((await rows("select 1 from coaching.outbox where purpose = 'human' and status = 'held'")).length).toBe(1);
  expect((await rows("select 1 from coaching.messages where kind = 'journey'")).length).toBeGreaterThan(0);
  // What lies in the past asks nobody any more.
  expect(await rows("select 1 from coaching.rechecks m where next_at is not null and $days > 0")).toEqual([]);
});

test("access has its story: hours asked, given and over, an emergency to be looked at, half confirmed, a role of one's own", async () => {
  const [mara, ada] = [await as("mara.manager@northfield.example"), await as("ada@northfield.example")];
  const pages: readonly (readonly [Client, string, readonly string[]])[] = [
    [mara, "/w/diabetes-coaching/access/hours", ["3 requests", "Sunil Support", "Waits", "Inside", "Over"]],
    [mara, "/w/diabetes-coaching/access/emergencies", ["To be looked at", "chest pain"]],
    [mara, "/w/diabetes-coaching/access/confirm", ["every 90 days", "Due", "by Mara Manager"]],
    [ada, "/admin/roles", ["Front desk"]],
    [ada, "/admin/sign-in-services", ["Staff sign-in", "Off"]],
  ];
  for (const [client, path, said] of pages) {
    const page = wordsOf(await client.get(path));
    expect([path, said.filter((one) => !page.includes(one))]).toEqual([path, []]);
  }
});

test("nothing in it failed, and everybody's address is an example's", async () => {
  expect(await world.sql("select sentence from core.audit_events where outcome = 'failed'")).toEqual([]);
  expect(await world.sql("select email from core.persons where email not like '%.example'")).toEqual([]);
});
