/** The schema as a whole: properties that a review forgets. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { withOwner } from "@core/db/migrate.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { lintSchema, lints } from "../support/schema-lint.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(async () => await database.stop());

const ask = async <Row>(text: string): Promise<Row[]> =>
  withOwner(database.owner, async (sql) => (await sql.unsafe(text)) as unknown as Row[]);

test("the walls stand everywhere", async () => {
  expect(await lintSchema(ask, database.roles)).toEqual([]);
});

/** Each breach is laid in, must be named by the lint it is for, and is taken out again. */
test.each([
  [
    "a table without a wall",
    "create table core.leak (tenant_id uuid not null, id uuid, primary key (tenant_id, id))",
    "row-level security, forced",
  ],
  ["a table without a tenant", "create table core.leak (id uuid primary key)", "every table has a tenant"],
  ["a key without its tenant", "alter table core.subjects add constraint loose unique (id)", "led by the tenant"],
  ["a view with its owner's rights", "create view core.leak as select * from core.subjects", "no view runs"],
  [
    "a definer function nobody listed",
    "create function core.leak() returns bigint language sql security definer as 'select count(*) from core.subjects'",
    "every definer function",
  ],
  ["a record that can be changed", "grant update on core.audit_events to :app", "may not change"],
  ["a grant to everyone", "grant select on core.subjects to public", "granted to everyone"],
  ["a wall taken down", "drop policy wall_tenant on core.subjects", "restrictive wall"],
  [
    "row-level security not forced",
    "alter table core.subjects no force row level security",
    "row-level security, forced",
  ],
  ["a policy that was forgotten", "drop policy reach_select on core.assignments", "without a policy"],
] as const)("would notice %s", async (_name, breach, says) => {
  await withOwner(database.owner, async (sql) => {
    await sql.unsafe("begin");
    await sql.unsafe(breach.replace(":app", `"${database.roles.app}"`));
    const broken = await lintSchema(async (text) => (await sql.unsafe(text)) as never, database.roles);
    await sql.unsafe("rollback");
    expect(broken.filter((one) => one.includes(says))).not.toEqual([]);
  });
});

test("there are lints to run", () => expect(lints(database.roles).length).toBeGreaterThanOrEqual(14));
