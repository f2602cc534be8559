/**
 * `bun run prove:tenancy`: nothing escapes (security.md §2.1). The walls are tried as the application would try them, then
 * taken down one by one, and each breach must be noticed; a random walk is compared with a model; an injected query gets
 * nothing.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { kernelPermissions } from "@core/module.ts";
import { contextOf } from "@core/tenancy/transaction.ts";
import { contextKey } from "@core/vault/context-seal.ts";
import { sample } from "../sample/module.tsx";
import { sampleSql } from "../sample/store.ts";
import { applicant, escapes, type Place, type Tries } from "../support/escapes.ts";
import { lintPolicies, lintSchema } from "../support/schema-lint.ts";
import { type TestPerson, type TestTenant, type TestWorkspace, testWorld, type World } from "../support/world.ts";

let world: World;
let tries: Tries;
let here: Place;
let nobody: TestPerson;
const permissions = [...Object.keys(kernelPermissions), ...Object.keys(sample.permissions)];

async function furnish(tenant: TestTenant): Promise<TestWorkspace> {
  const place = await world.workspace("program", ["sample"], tenant);
  const site = await world.site(place, "N");
  const kit = await world.person("Kit Keeper", "keeper", place);
  await world.person("Wes Watcher", "watcher", place, { site });
  const asKit = await world.as(kit);
  for (const code of ["A", "B", "C"]) {
    const [subject] = await world.sql<{ id: string }>(
      "insert into core.subjects (tenant_id, workspace_id, code, kind, site_id) values ($1, $2, $3, 'trainee', $4) returning id",
      [tenant.id, place.id, code, site],
    );
    const placed = await asKit.post(`/w/${place.slug}/sample/stones`, {
      title: `stone ${code}`,
      writing: "w",
      subject: subject?.id ?? "",
    });
    expect(placed.status).toBe(303);
    await world.sql(
      "insert into core.assignments (tenant_id, workspace_id, person_id, subject_id, kind) values ($1, $2, $3, $4, 'guide')",
      [tenant.id, place.id, kit.id, subject?.id],
    );
  }
  await asKit.get(`/w/${place.slug}/sample/stones.csv`);
  await world.sql(
    "insert into core.settings (tenant_id, workspace_id, module, value) values ($1, $2, 'sample', '{}')",
    [tenant.id, place.id],
  );
  await world.stranger(tenant).get(`/w/${place.slug}/sample`);
  return place;
}

beforeAll(async () => {
  world = await testWorld([sample]);
  await world.lay(sampleSql);
  const place = await furnish(world.here);
  await furnish(world.here);
  await furnish(world.there);
  await world.person("Ada Administrator", "administrator", null);
  nobody = await world.person("Ned Nobody", null, null);
  here = { tenantId: world.here.id, workspaceId: place.id };
  tries = applicant(world);
});
afterAll(async () => {
  await tries.end();
  await world.stop();
});

const tried = () => escapes(world, tries, here, nobody.id, permissions);
const linted = () => lintSchema(async (text) => world.sql(text), world.database.roles);

/** Whether anything notices what was changed at a table: what is quick is asked first. */
const noticed = async (table: string) =>
  (await lintPolicies(async (text) => world.sql(text), world.database.roles, table)).length > 0 ||
  (await tried()).length > 0 ||
  (await linted()).length > 0;

test("nothing escapes", async () => {
  expect(await tried()).toEqual([]);
  expect(await linted()).toEqual([]);
});

describe("the context", () => {
  const count = async (context: string | null) =>
    tries.run(null, async (sql) => {
      if (context !== null) await sql.unsafe("select set_config('cairn.context', $1, true)", [context]);
      return Number((await sql.unsafe("select count(*)::int as n from sample.stones"))[0]?.n);
    });
  const standing = () => ({ ...here, kind: "system" as const, actorId: null, sessionRef: "", permissions });
  const signed = (now = new Date()): string => contextOf(standing(), contextKey(world.database.secret), now);

  test("opens the place it is signed for", async () => expect(await count(signed())).toBe(3));
  const contexts: readonly (readonly [string, () => string | null])[] = [
    ["absent", () => null],
    ["empty", () => ""],
    ["rubbish", () => "~~~|||"],
    ["signed with another key", () => contextOf(standing(), contextKey("another secret"), new Date())],
    ["changed after signing", () => signed().replace(here.workspaceId, world.there.id)],
    ["cut", () => signed().slice(0, -1)],
    ["of another key's version", () => signed().replace("v1|1|", "v1|2|")],
    ["expired", () => signed(new Date(Date.now() - 120_000))],
  ];
  test.each(contexts)("%s gives no rows at all", async (_name, make) => {
    expect(await count(make())).toBe(0);
  });
  test("cannot be forged by SQL that was injected: the key is out of the application's sight", async () => {
    await expect(
      tries.run(standing(), async (sql) => sql.unsafe("select * from core.context_keys")),
    ).rejects.toMatchObject({ code: "42501" });
    // The injected part of a hostile query: another tenant's id is set, without its signature.
    const rows = await tries.run(standing(), async (sql) => {
      await sql.unsafe(
        `select set_config('cairn.context', replace(current_setting('cairn.context'), '${world.here.id}', '${world.there.id}'), true)`,
      );
      return sql.unsafe("select 1 from sample.stones");
    });
    expect(rows.length).toBe(0);
  });
});

test("every wall that is taken down, and every reach that is widened, is noticed", async () => {
  const app = world.database.roles.app;
  const policies = await world.sql<{ table: string; name: string; permissive: boolean; command: string }>(
    `select p.polrelid::regclass::text as table, p.polname as name, p.polpermissive as permissive, p.polcmd::text as command
     from pg_policy p where p.polroles @> array[(select oid from pg_roles where rolname = $1)] order by 1, 2`,
    [app],
  );
  expect(policies.length).toBeGreaterThan(40);
  const survivors: string[] = [];
  for (const { table, name, permissive, command } of policies) {
    const [before]: { using: string | null; check: string | null }[] = await world.sql<{
      using: string | null;
      check: string | null;
    }>(
      "select pg_get_expr(polqual, polrelid) as using, pg_get_expr(polwithcheck, polrelid) as check from pg_policy where polrelid = $1::regclass and polname = $2",
      [table, name],
    );
    const widened = permissive && command !== "*";
    const change = widened
      ? `alter policy ${name} on ${table} ${before?.using ? "using (true)" : ""} ${before?.check ? "with check (true)" : ""}`
      : `drop policy ${name} on ${table}`;
    await world.lay(change);
    if (!(await noticed(table))) survivors.push(change);
    const clauses = `${before?.using ? `using (${before.using})` : ""} ${before?.check ? `with check (${before.check})` : ""}`;
    const kind = { r: "select", a: "insert", w: "update", d: "delete", "*": "all" }[command];
    await world.lay(
      widened
        ? `alter policy ${name} on ${table} ${clauses}`
        : `create policy ${name} on ${table} as ${permissive ? "permissive" : "restrictive"} for ${kind} to :app ${clauses}`,
    );
  }
  expect(survivors).toEqual([]);
  expect(await tried()).toEqual([]);
}, 300_000);

test("a random walk of three institutions agrees with a model", async () => {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));
  const rounds = Number(process.env.ROUNDS ?? 300);
  console.log(`random walk: seed ${seed}, ${rounds} rounds (SEED and ROUNDS repeat or lengthen it)`);
  let state = seed;
  const random = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state % below;
  };
  const [third] = await world.sql<{ id: string }>(
    "insert into core.tenants (slug, name, demo) values ('third', 'Third (invented)', true) returning tenant_id as id",
  );
  const tenants = [world.here, world.there, { id: third?.id ?? "", slug: "third" }];
  const places = [];
  for (const tenant of tenants)
    for (let i = 0; i < 2; i++) places.push(await world.workspace("program", ["sample"], tenant));
  const people = [];
  for (const tenant of tenants)
    for (let i = 0; i < 3; i++) people.push(await world.person(`Walker ${i}`, null, null, { tenant }));
  const clients = await Promise.all(people.map((person) => world.as(person)));
  const subjects = new Map<string, string>();
  for (const place of places) {
    const [subject] = await world.sql<{ id: string }>(
      "insert into core.subjects (tenant_id, workspace_id, code, kind) values ($1, $2, 'R', 'trainee') returning id",
      [place.tenant.id, place.id],
    );
    subjects.set(place.id, subject?.id ?? "");
  }
  /** The model: who is keeper where, and which stones stand where. */
  const keeper = new Map<string, string>();
  const stones = new Map<string, Set<string>>(places.map((place) => [place.id, new Set()]));
  for (let round = 0; round < rounds; round++) {
    const who = random(people.length);
    const place = places[random(places.length)] as TestWorkspace;
    const person = people[who] as TestPerson;
    const asPerson = clients[who];
    const key = `${person.id} ${place.id}`;
    const mayHere = keeper.has(key);
    const step = random(5);
    if (step === 0 && person.tenant.id === place.tenant.id && !mayHere)
      keeper.set(key, await world.grant(person, "keeper", place));
    else if (step === 1 && mayHere) {
      await world.sql("update core.grants set revoked_at = clock_timestamp() where id = $1", [keeper.get(key)]);
      keeper.delete(key);
    } else if (step === 2) {
      const title = `walk ${round}`;
      const answer = await asPerson?.post(`/w/${place.slug}/sample/stones`, {
        title,
        writing: "w",
        subject: subjects.get(place.id) ?? "",
      });
      expect([round, answer?.status === 303]).toEqual([round, mayHere]);
      if (mayHere) stones.get(place.id)?.add(title);
    } else {
      const answer = await asPerson?.get(`/w/${place.slug}/sample`);
      expect([round, answer?.status === 200]).toEqual([round, mayHere]);
      const seen = new Set((answer?.text.match(/walk \d+/g) ?? []).map(String));
      expect([round, [...seen].sort()]).toEqual([round, mayHere ? [...(stones.get(place.id) ?? [])].sort() : []]);
    }
  }
}, 120_000);
