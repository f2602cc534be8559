/** Breach tracing against a real record (D97–D100): planted scenarios, what is found, and that nothing else is. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { adminRoutes } from "@core/admin/routes.ts";
import { mailCheckpoint } from "@core/audit/mailed-witness.ts";
import { originOf, sealRound } from "@core/audit/sealer.ts";
import { watchTenant } from "@core/audit/watch.ts";
import { RecordWatch } from "@core/audit/watcher.ts";
import { compareWitness } from "@core/audit/witness.ts";
import { writeAccesses } from "@core/cli/breach.ts";
import { LeasePool } from "@core/tenancy/lease.ts";
import { signingKey } from "@core/vault/signing.ts";
import { sample } from "../../sample/module.tsx";
import { sampleSql } from "../../sample/store.ts";
import { canBeSealed } from "../../support/horizon.ts";
import { type Client, type TestPerson, type TestWorkspace, testWorld, type World } from "../../support/world.ts";

let world: World;
let place: TestWorkspace;
let ada: TestPerson;
let kit: TestPerson;
let asAda: Client;
let asKit: Client;
let sealing: LeasePool;
let reading: LeasePool;
const folder = mkdtempSync(join(tmpdir(), "cairn-watch-"));
const stones: string[] = [];
let canary: string;

const at = (path: string) => `/w/${place.slug}/sample${path}`;
const tenant = () => ({ id: world.here.id, slug: "northfield", name: "Northfield" });
const unsealed = async () => {
  const [row] = await world.sql<{ n: number }>(
    `select count(*)::int as n from core.audit_events e where not exists (
       select from core.audit_leaves l where l.tenant_id = e.tenant_id and l.event_id = e.id)`,
  );
  return row?.n ?? 0;
};
/**
 * As the sealer and the watch do every few seconds. A transaction of another test's database holds the whole cluster's
 * horizon: what it hides is sealed when it ends, so rounds go on until nothing is left.
 */
const look = async () => {
  const patience = performance.now() + 30_000;
  do {
    if (performance.now() > patience) throw new Error("the record was not sealed within 30 seconds");
    await sealing.transact({}, (lease) =>
      sealRound(lease, signingKey(world.database.secret, "audit"), originOf("http://localhost:3000")),
    );
  } while ((await unsealed()) > 0);
  return watchTenant(world.house, tenant());
};
const alarms = () =>
  world.sql<{ detector: string; person_name: string; times: number; sentence: string; id: string }>(
    "select id, detector, person_name, times, sentence from core.alarms order by raised_at",
  );

beforeAll(async () => {
  world = await testWorld([sample], adminRoutes);
  sealing = new LeasePool(world.database.as("sealer"), 1);
  reading = new LeasePool(world.database.as("backup"), 1);
  await world.lay(sampleSql);
  place = await world.workspace("program", ["sample"]);
  ada = await world.person("Ada Admin", "administrator", null);
  kit = await world.person("Kit Keeper", "keeper", place);
  [asAda, asKit] = [await world.as(ada), await world.as(kit)];
  for (let i = 0; i < 20; i++) {
    const [subject] = await world.sql<{ id: string }>(
      "insert into core.subjects (tenant_id, workspace_id, code, kind) values ($1, $2, $3, 'trainee') returning id",
      [place.tenant.id, place.id, `S-${i}`],
    );
    const [stone] = await world.sql<{ id: string }>(
      "insert into sample.stones (tenant_id, workspace_id, subject_id, title, writing) values ($1, $2, $3, $4, 'x'::bytea) returning id",
      [place.tenant.id, place.id, subject?.id, `Stone ${i}`],
    );
    stones.push(stone?.id ?? "");
  }
  await look(); // the first time begins at the end
}, 60_000);
afterAll(async () => {
  await sealing.end();
  await reading.end();
  rmSync(folder, { recursive: true });
  await world.stop();
});

describe("a day's work", () => {
  test("raises nothing", async () => {
    await asKit.get(at("/"));
    for (const id of stones.slice(0, 5)) expect((await asKit.get(at(`/stones/${id}/oaths`))).status).toBe(200);
    await asKit.get(at("/stones.csv"));
    expect((await look()).alarms).toBe(0);
    expect(await alarms()).toEqual([]);
  });
});

describe("a watched record", () => {
  test("is placed by who keeps alarms, about nobody, and shown to him alone", async () => {
    const form = { workspace: place.id, code: "S-20" };
    expect((await asKit.post("/admin/alarms/watched", form)).status).toBe(403);
    expect((await asAda.post("/admin/alarms/watched", form)).status).toBe(303);
    expect((await asAda.get("/admin/alarms/watched")).text).toContain("S-20");
    const [row] = await world.sql<{ id: string }>("select subject_id as id from core.canaries");
    canary = row?.id ?? "";
    expect(await world.sql("select from core.identities where subject_id = $1", [canary])).toEqual([]);
    await look();
    expect(await alarms()).toEqual([]);
  });
  test("among all the others raises nothing; opened by itself it does, and its keepers are written to (D97)", async () => {
    await world.sql(
      "insert into sample.stones (tenant_id, workspace_id, subject_id, title, writing) values ($1, $2, $3, 'Bait', 'x'::bytea)",
      [place.tenant.id, place.id, canary],
    );
    await asKit.get(at("/"));
    await look();
    expect(await alarms()).toEqual([]);
    const [bait] = await world.sql<{ id: string }>("select id from sample.stones where title = 'Bait'");
    const before = await world.sql("select from core.mails");
    await asKit.get(at(`/stones/${bait?.id}/oaths`));
    expect((await look()).alarms).toBe(1);
    expect(await alarms()).toMatchObject([
      { detector: "canary", person_name: "Kit Keeper", times: 1, sentence: "Kit Keeper opened a watched record" },
    ]);
    expect((await world.sql("select from core.mails")).length).toBe(before.length + 1);
    expect((await world.trail())[0]).toMatchObject({ event: "core.alarm_raised", actor_name: "system:watch" });
  });
  test("opened again is the same alarm, once more", async () => {
    const [bait] = await world.sql<{ id: string }>("select id from sample.stones where title = 'Bait'");
    await asKit.get(at(`/stones/${bait?.id}/oaths`));
    expect((await look()).alarms).toBe(0);
    expect(await alarms()).toMatchObject([{ detector: "canary", times: 2 }]);
  });
});

describe("patterns", () => {
  test("records from a network that is new to somebody whose days are known; the same from his own is nothing", async () => {
    const nell = await world.person("Nell Network", "keeper", place);
    await world.sql(
      `insert into core.habits (tenant_id, person_id, day, views, exports, hours, networks)
       select $1, $2, (now() at time zone 'UTC')::date - n, 30, 0, ${2 ** 24 - 1}, '{198.51.100.0/24}' from generate_series(1, 12) n`,
      [world.here.id, nell.id],
    );
    const from = async (ip: string) => {
      const token = await world.house.sessions.open(world.here.id, nell.id, "test", ip, null);
      const cookie = `sid=${await world.house.tokens.sign(token, world.here.id)}`;
      const page = new Request(`http://northfield.localhost:3000${at("/")}`, { headers: { cookie } });
      expect((await world.web.fetch(page, ip)).status).toBe(200);
      await look();
      return (await alarms()).filter(({ person_name }) => person_name === "Nell Network");
    };
    expect(await from("198.51.100.7")).toEqual([]);
    expect(await from("203.0.113.9")).toMatchObject([
      {
        detector: "network",
        sentence: expect.stringContaining("from 203.0.113.0/24, a network this person did not use"),
      },
    ]);
    const [today] = await world.sql<{ networks: string }>(
      "select networks::text from core.habits where person_id = $1 order by day desc limit 1",
      [nell.id],
    );
    expect(today?.networks).toBe("{198.51.100.0/24,203.0.113.0/24}");
  });

  test("five hundred records in five minutes (D98), fifteen addresses that are not there, ten files in an hour", async () => {
    const vera = await world.person("Vera Volume", "keeper", place);
    const asVera = await world.as(vera);
    await world.sql(
      `with s as (insert into core.subjects (tenant_id, workspace_id, code, kind)
         select $1, $2, 'V-' || n, 'trainee' from generate_series(1, 500) n returning id)
       insert into sample.stones (tenant_id, workspace_id, subject_id, title, writing) select $1, $2, id, 'V', 'x'::bytea from s`,
      [place.tenant.id, place.id],
    );
    await asVera.get(at("/"));
    const walt = await world.person("Walt Walks", "keeper", place);
    const asWalt = await world.as(walt);
    for (let i = 0; i < 15; i++)
      expect((await asWalt.get(at(`/stones/${crypto.randomUUID()}/oaths`))).status).toBe(404);
    const elsa = await world.person("Elsa Export", "keeper", place);
    const asElsa = await world.as(elsa);
    for (let i = 0; i < 10; i++) expect((await asElsa.get(at("/stones.zip"))).status).toBe(200);
    await look();
    const found = (await alarms()).map(({ detector, person_name }) => [detector, person_name].join(" ")).sort();
    // Elsa's files hold all five hundred; the bait is in them too.
    expect(found).toEqual([
      "canary Elsa Export",
      "canary Kit Keeper",
      "exports Elsa Export",
      "network Nell Network",
      "volume Elsa Export",
      "volume Vera Volume",
      "walking Walt Walks",
    ]);
  }, 60_000);
  test("of the other hospital are nobody's business here", async () => {
    const otto = await world.as(await world.person("Otto Other", "administrator", null, { tenant: world.there }));
    const page = await otto.get("/admin/alarms");
    expect([page.status, page.text.includes("Kit Keeper"), page.text.includes("No alarm")]).toEqual([200, false, true]);
    const [one] = await alarms();
    expect((await otto.get(`/admin/alarms/${one?.id}`)).status).toBe(404);
    expect((await otto.post(`/admin/alarms/${one?.id}/take`)).status).toBe(404);
  });
});

describe("an alarm", () => {
  test("is taken, noted, closed as a breach with its day, opened again: each step in the timeline for good", async () => {
    const [one] = await alarms();
    const url = `/admin/alarms/${one?.id}`;
    expect((await asAda.get("/admin/alarms")).text).toContain("Nobody looks");
    const early = await asAda.post(`${url}/close`, { outcome: "breach", why: "It is one." });
    expect([early.status, early.text.includes("Take the alarm first")]).toEqual([422, true]);
    expect((await asAda.post(`${url}/take`)).status).toBe(303);
    expect((await asAda.post(`${url}/note`, { words: "" })).status).toBe(422);
    expect((await asAda.post(`${url}/note`, { words: "Kit says it was curiosity." })).status).toBe(303);
    expect((await asAda.post(`${url}/close`, { outcome: "breach", why: "No reason to open it." })).status).toBe(303);
    const page = await asAda.get(url);
    for (const part of [
      "has to be told by",
      "Kit says it was curiosity.",
      "A breach. No reason to open it.",
      "Ada Admin looks into it.",
    ])
      expect(page.text).toContain(part);
    expect((await asAda.post(`${url}/reopen`)).status).toBe(303);
    await expect(world.sql("update core.alarm_entries set words = 'x'")).rejects.toThrow("never changed");
    await expect(world.sql("delete from core.alarms")).rejects.toThrow("never changed");
    expect((await asKit.get(url)).status).toBe(403);
  });
  test("leads to exactly who saw what of whom (D99)", async () => {
    const [one] = await alarms();
    const file = await asAda.get(`/admin/alarms/${one?.id}/accesses.csv`);
    const lines = file.text.split("\r\n").slice(2, -1);
    const entries = new Set(lines.map((line) => /^(\d+),/.exec(line)?.[1]));
    const truth = await world.sql<{ id: string }>(
      "select id::text from core.audit_events where actor_id = $1 and outcome = 'done' and (read <> '{}' or changed <> '{}')",
      [kit.id],
    );
    // What touched nothing but the kernel's own books shows nobody.
    const shown = truth.filter(({ id }) => entries.has(id));
    expect(shown.length).toBe(entries.size);
    const withSubjects = await world.sql<{ id: string }>(
      "select id::text from core.audit_events where actor_id = $1 and outcome = 'done' and cardinality(subjects) > 0",
      [kit.id],
    );
    expect(withSubjects.every(({ id }) => entries.has(id))).toBe(true);
    expect(lines.some((line) => line.includes(",took out,sample.stones,"))).toBe(true);
    // The command at the terminal tells the same of him, and of one subject all who met it: no more and no less.
    const reported = async (...values: (string | null)[]) => {
      const out = join(folder, `${values.filter(Boolean).length}-${values[2]}.csv`);
      const told = await reading.transact({}, (lease) => writeAccesses(lease, out, [world.here.id, ...values]));
      const [, ...rows] = readFileSync(out, "utf8").trimEnd().split("\r\n");
      return { told, rows, entries: new Set(rows.map((row) => /^"(\d+)"/.exec(row)?.[1])) };
    };
    const ofKit = await reported(kit.id, null, null, null, null);
    expect(ofKit.entries).toEqual(entries);
    expect(ofKit.told).toMatchObject({ people: 1, lines: lines.length });
    const ofCanary = await reported(null, canary, null, null, null);
    const met = await world.sql<{ id: string; actor: string }>(
      "select id::text, actor_name as actor from core.audit_events where tenant_id = $1 and outcome = 'done' and subjects @> array[$2::uuid] and (read <> '{}' or changed <> '{}')",
      [world.here.id, canary],
    );
    expect([...ofCanary.entries].sort()).toEqual(met.map(({ id }) => id).sort());
    expect(new Set(met.map(({ actor }) => actor))).toEqual(
      new Set(["Ada Admin", "Kit Keeper", "Nell Network", "Vera Volume", "Elsa Export"]),
    );
    expect(ofCanary.rows.every((row) => row.includes("S-20"))).toBe(true);
    expect(lines.every((line) => line.includes("Kit Keeper"))).toBe(true);
  });
});

describe("the watch", () => {
  test("takes each entry once, however many watch at once", async () => {
    await asKit.get(at("/"));
    await canBeSealed((text) => world.sql<{ over: boolean }>(text));
    await sealing.transact({}, (lease) =>
      sealRound(lease, signingKey(world.database.secret, "audit"), originOf("http://localhost:3000")),
    );
    const rounds = await Promise.all(Array.from({ length: 4 }, () => watchTenant(world.house, tenant())));
    const [{ waiting } = { waiting: -1 }] = await world.sql<{ waiting: number }>(
      "select (select max(seq) + 1 from core.audit_leaves where tenant_id = $1) - next_leaf as waiting from core.watches where tenant_id = $1",
      [world.here.id],
    );
    expect([Number(waiting), rounds.filter(({ events }) => events > 0).length]).toEqual([0, 1]);
    const names = (await alarms()).map(({ detector, person_name }) => `${detector} ${person_name}`);
    expect(new Set(names).size).toBe(names.length);
  });
  test("is well while it looks, and says so when it cannot (D100)", async () => {
    const watch = new RecordWatch(world.house);
    await watch.look();
    expect(watch.isWell).toBe(true);
    await world.lay("revoke update on core.watches from :app");
    await expect(watch.look()).rejects.toThrow();
    await world.lay("grant update on core.watches to :app");
    await watch.stop();
  });
});

describe("a witness by mail", () => {
  test("goes out once a day to those who keep alarms, with the newest seal as a file of the witness wants it", async () => {
    await world.sql("update core.watches set mailed_at = null");
    const before = (await world.sql("select from core.mails")).length;
    expect(await mailCheckpoint(world.house, tenant())).toBe(1);
    expect(await mailCheckpoint(world.house, tenant())).toBe(0);
    expect((await world.sql("select from core.mails")).length).toBe(before + 1);
    await world.sql("update core.watches set mailed_at = clock_timestamp() - interval '25 hours'");
    expect(await mailCheckpoint(world.house, tenant())).toBe(1);
    const [point] = await world.sql<{ note: string }>(
      "select note from core.audit_checkpoints order by id desc limit 1",
    );
    const saved = `Return-Path: <x>\n\nHello Ada,\n\nkeep this mail.\n\n${point?.note}\n`;
    const publicKey = signingKey(world.database.secret, "audit").publicKey;
    const compared = await sealing.transact({}, (lease) => compareWitness(lease, saved, publicKey));
    expect(compared).toEqual({ compared: 1, findings: [] });
    const forged = saved.replace(/\d+\n([A-Za-z0-9+/=]{44})/, (whole, root: string) =>
      whole.replace(root, `${"A".repeat(43)}=`),
    );
    expect((await sealing.transact({}, (lease) => compareWitness(lease, forged, publicKey))).findings).toHaveLength(1);
  });
});

describe("who looked at one's own record", () => {
  let pia: TestPerson;
  let asPia: Client;
  beforeAll(async () => {
    pia = await world.person("Pia Pilgrim", "pilgrim", place);
    await world.sql("update core.subjects set person_id = $1 where code = 'S-3'", [pia.id]);
    asPia = await world.as(pia);
  });
  test("is shown to oneself: who, when, how, and of lists no more than that one was among others", async () => {
    await asKit.get(at(`/stones/${stones[3]}/oaths`));
    const page = await asPia.get(`/w/${place.slug}/looks`);
    expect(page.status).toBe(200);
    expect(page.text).toContain("Kit Keeper");
    expect(page.text).toContain("Took out as a file");
    expect(page.text).toMatch(/A list with this record and \d+ others/);
    expect(page.text).not.toContain("S-4");
  });
  test("is shown to nobody else, and of nobody else", async () => {
    expect((await asKit.get(`/w/${place.slug}/looks`)).status).toBe(403);
    const [other] = await world.sql<{ id: string }>("select id from core.subjects where code = 'S-4'");
    const rows = await world.house.transactions.run(
      { tenantId: world.here.id, workspaceId: place.id, kind: "person", actorId: pia.id, sessionRef: "" },
      { readOnly: true },
      (lease) =>
        lease.rows(
          "select count(*)::int from core.audit_events where subjects @> array[$1::uuid] and cardinality(subjects) = 1",
          [other?.id],
        ),
      async () => {},
    );
    expect(rows).toEqual([[0]]);
  });
});

describe("the record", () => {
  test("is searched by the column that was seen or changed, in one table or in any", async () => {
    const found = async (query: string) => (await asAda.get(`/admin/record?${query}`)).text;
    expect(await found("table=sample.stones&column=title")).toContain("Kit Keeper");
    expect(await found("column=title")).toContain("Kit Keeper");
    expect(await found("table=core.persons&column=title")).toContain("No entry");
    for (const odd of ["x' or 1=1", '"]', "$.*", "**", "@ == 1)"])
      expect(await found(`column=${encodeURIComponent(odd)}`)).toContain("No entry");
    expect((await asAda.get(`/admin/record?column=title&table=${encodeURIComponent('a"b')}`)).status).toBe(200);
  });
});
