import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { loadDemo } from "@core/demo.ts";
import { milestones } from "../../../modules/milestones/module.ts";
import { type TestPerson, testWorld, type World } from "../../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await testWorld([milestones]);
  await world.sql("update core.tenants set slug = 'empty-' || slug");
  await loadDemo(world.database, world.house.config, undefined, undefined, world.house.kernel);
}, 180_000);
afterAll(async () => world?.stop());

async function person(email: string): Promise<TestPerson> {
  const [found] = await world.sql<{ id: string; name: string; tenant: string; slug: string }>(
    "select p.id, p.name, t.tenant_id as tenant, t.slug from core.persons p join core.tenants t using (tenant_id) where p.email = $1",
    [email],
  );
  if (!found) throw new Error(`the demo made nobody called ${email}`);
  return { id: found.id, name: found.name, email, tenant: { id: found.tenant, slug: found.slug } };
}

describe("the demonstration", () => {
  test("tells of ten residents at Northfield, in every state a review can have", async () => {
    const page = await (await world.as(await person("dana.director@northfield.example"))).get(
      "/w/internal-medicine/milestones",
    );
    expect(page.status).toBe(200);
    for (const state of ["Collecting", "Rated by the committee", "Finalised", "Released"])
      expect(page.text.includes(state)).toBe(true);
    expect(page.text.includes("1–10 of 10")).toBe(true);
  });

  test("has a meeting that adopted what was agreed and left one resident to discuss", async () => {
    const rows = await world.sql<{ how: string; n: number }>(
      "select how, count(*)::int as n from milestones.recommendations group by 1",
    );
    expect(rows[0]?.how).toBe("consent");
    expect(rows[0]?.n).toBeGreaterThan(3);
    expect(await world.sql("select from milestones.packets")).toHaveLength(10);
  });

  test("bears days of its past: six half-years, each evaluation in its own, and every guard is on again", async () => {
    const rows = await world.sql<{ outside: number; halves: number }>(
      `select count(*) filter (where e.submitted_at not between p.starts_on and p.ends_on + 1)::int as outside,
         count(distinct e.period_id)::int as halves
       from milestones.evaluations e join milestones.periods p on p.id = e.period_id join core.workspaces w on w.id = e.workspace_id
       where w.slug = 'internal-medicine' and e.submitted_at is not null`,
    );
    expect(rows).toEqual([{ outside: 0, halves: 6 }]);
    expect(await world.sql("select tgname from pg_trigger where tgenabled = 'D'")).toEqual([]);
  });

  test("has a plan under way where all is well, and one whose notice is served where it is not", async () => {
    const last = async (table: string) =>
      (await world.sql<{ step: string }>(`select step from milestones.${table} order by made_at desc limit 1`))[0]
        ?.step;
    expect(await last("plan_steps")).toBe("begun");
    expect(await last("pip_steps")).toBe("issued");
    const specialties = await world.sql("select distinct specialty from milestones.frameworks");
    expect(specialties).toHaveLength(3);
  });

  test("shows a resident the course over five periods", async () => {
    const page = await (await world.as(await person("rosa.resident@northfield.example"))).get(
      "/w/internal-medicine/milestones/mine",
    );
    expect(page.status).toBe(200);
    expect(page.text).toMatch(/Rose from level [\d.]+ to [\d.]+ over 5 reviews\./);
  });

  test("names nobody who could be real: every address is of an example", async () => {
    const emails = await world.sql<{ email: string }>("select email from core.persons");
    expect(emails.length).toBeGreaterThan(20);
    for (const { email } of emails) expect(email).toEndWith(".example");
  });

  test("is on record like everything else, and nothing in it failed", async () => {
    const outcomes = await world.sql<{ outcome: string; n: number }>(
      "select outcome, count(*)::int as n from core.audit_events group by 1",
    );
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(["done"]);
    expect(outcomes[0]?.n).toBeGreaterThan(100);
  });
});
