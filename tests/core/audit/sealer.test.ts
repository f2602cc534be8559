/** Sealing as it runs: what it takes, what it waits for, who may. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rebaseRecord } from "@core/audit/era.ts";
import { consistencyProof, type Hash, inclusionProof, isConsistent, isIncluded, rootOf } from "@core/audit/merkle.ts";
import { RebaseNeeded, RecordSealer } from "@core/audit/sealer.ts";
import postgres from "postgres";
import { canBeSealed } from "../../support/horizon.ts";
import { ORIGIN, type TestRecord, testRecord, write } from "../../support/record.ts";

let record: TestRecord;
let north: string;
beforeAll(async () => {
  record = await testRecord();
  north = await record.tenant("north");
});
afterAll(async () => await record.stop());

const leaves = async () => Number((await record.sql`select count(*) from core.audit_leaves`)[0]?.count);
const sealable = () => canBeSealed((text) => record.sql.unsafe(text));
const sealer = (log: string[] = [], limit?: number) =>
  new RecordSealer(
    record.database.as("sealer"),
    record.database.secret,
    ORIGIN,
    (_, event) => log.push(event),
    20,
    limit,
  );

describe("sealing", () => {
  test("every event gets a leaf, in the order of transactions, under a signed checkpoint", async () => {
    const ids = [...(await record.write(north, 5)), ...(await record.write(north, 3))];
    const lake = await record.tenant("lake");
    await record.write(lake, 2);
    expect(await record.seal()).toMatchObject({ state: "sealed", events: 10, checkpoint: 1 });
    const sealed =
      await record.sql`select event_id::text as id from core.audit_leaves where tenant_id = ${north} order by seq`;
    expect(sealed.map(({ id }) => id)).toEqual(ids);
    expect(await record.verify()).toMatchObject({ events: 10, tenants: 2, checkpoints: 1, waiting: 0, findings: [] });
    expect(await record.seal()).toMatchObject({ events: 0, checkpoint: null });
  });

  test("batches end at the end of a transaction, and a transaction larger than a batch is taken whole", async () => {
    await record.write(north, 3);
    await record.write(north, 9);
    await record.write(north, 2);
    await record.seal(4);
    const sizes =
      await record.sql`select count(*)::int as n from core.audit_leaves where checkpoint > 1 group by checkpoint order by checkpoint`;
    expect(sizes.map(({ n }) => n)).toEqual([3, 9, 2]);
    expect((await record.verify()).findings).toEqual([]);
  });

  test("D58 nothing younger than an open transaction is sealed; the lag shows; then all of it is", async () => {
    const open = postgres({ ...record.database.owner, max: 1 });
    const log: string[] = [];
    const running = sealer(log);
    try {
      const before = await leaves();
      await open.unsafe("begin");
      await write(open, north, 1, "was written first and committed last");
      await record.write(north, 4);
      await record.sql`select pg_sleep(0.2)`;
      await running.round();
      expect(await leaves()).toBe(before);
      expect(running.status.lagSeconds).toBeGreaterThan(0.19);
      expect(running.isWell).toBe(true);
      await open.unsafe("commit");
      await sealable();
      await running.round();
      expect(await leaves()).toBe(before + 5);
      expect(running.status.lagSeconds).toBe(0);
      expect((await record.verify()).findings).toEqual([]);
    } finally {
      await open.end();
      await running.stop();
    }
  });

  test("events that wait raise the alarm after ten seconds and make the process unwell after a minute", async () => {
    const open = postgres({ ...record.database.owner, max: 1 });
    const log: string[] = [];
    const running = sealer(log);
    try {
      await open.unsafe("begin");
      await write(open, north, 1, "an open transaction");
      const [id] = await record.write(north, 1);
      const wait = async (seconds: number) => {
        await record.tamper(
          `update core.audit_events set at = clock_timestamp() - interval '${seconds} s' where id = ${id}`,
        );
        await running.round();
      };
      await wait(9);
      expect(log).toEqual([]);
      await wait(11);
      expect(log).toEqual(["audit.lag"]);
      expect(running.isWell).toBe(true);
      await wait(61);
      expect(running.isWell).toBe(false);
      await open.unsafe("commit");
      await sealable();
      await running.round();
      expect(log).toEqual(["audit.lag", "audit.lag_over"]);
      expect(running.isWell).toBe(true);
    } finally {
      await open.end();
      await running.stop();
    }
  });

  test("D60 two sealers: one works at a time, and what they do together is whole", async () => {
    const holder = postgres({ ...record.database.as("sealer"), max: 1 });
    const second = sealer();
    try {
      const before = await leaves();
      await record.write(north, 3);
      await holder.unsafe("begin");
      await holder.unsafe("select pg_try_advisory_xact_lock(hashtextextended('cairn.seal', 0))");
      await second.round();
      expect(second.status.state).toBe("standby");
      expect(await leaves()).toBe(before);
      await holder.unsafe("rollback");
      await sealable();
      await second.round();
      expect(second.status.state).toBe("sealing");
      expect(await leaves()).toBe(before + 3);
    } finally {
      await holder.end();
      await second.stop();
    }
    const both = [sealer([], 7).start(), sealer([], 7).start()];
    const before = await leaves();
    for (let i = 0; i < 20; i++) await record.write(north, 5);
    await until(async () => (await leaves()) === before + 100);
    for (const one of both) await one.stop();
    expect((await record.verify()).findings).toEqual([]);
  });

  test("the sealer can change no event, and the application can change no seal", async () => {
    const tries = [
      ["sealer", "update core.audit_events set sentence = 'x'"],
      ["sealer", "delete from core.audit_events"],
      ["sealer", "update core.audit_leaves set hash = hash"],
      ["sealer", "delete from core.audit_checkpoints"],
      ["sealer", "truncate core.audit_heads"],
      [
        "app",
        "insert into core.audit_leaves (tenant_id, seq, event_id, checkpoint, hash, locator) values (gen_random_uuid(), 0, 1, 1, '', '')",
      ],
      ["app", "update core.audit_trees set size = 0"],
      ["app", "update core.audit_state set watermark = '0'"],
      ["app", "select * from core.audit_heads"],
      ["jobs", "select * from core.audit_leaves"],
    ] as const;
    for (const [role, text] of tries) {
      const sql = postgres({ ...record.database.as(role), max: 1 });
      const said = await sql.unsafe(text).then(
        () => "allowed",
        (error: { code?: string }) => error.code,
      );
      await sql.end();
      expect([role, text, said]).toEqual([role, text, "42501"]);
    }
    for (const table of ["audit_leaves", "audit_heads", "audit_checkpoints"]) {
      expect(record.sql.unsafe(`delete from core.${table}`)).rejects.toThrow("never changed");
    }
  });
});

test("D65 a thousand events are included, and a thousand older trees were the beginning of this one", async () => {
  const lot = await record.tenant("lot");
  for (let i = 0; i < 25; i++) {
    await record.write(lot, 1 + ((i * 37) % 83));
    await record.seal();
  }
  const rows = await record.sql`select hash from core.audit_leaves where tenant_id = ${lot} order by seq`;
  const hashes = rows.map(({ hash }) => hash as Hash);
  const heads =
    await record.sql`select size::int, root from core.audit_heads where tenant_id = ${lot} order by position`;
  const last = heads.at(-1);
  expect(last?.size).toBe(hashes.length);
  const root = last?.root as Hash;
  let [included, consistent] = [0, 0];
  for (let i = 0; i < 1000; i++) {
    const at = (i * 7919) % hashes.length;
    if (isIncluded(hashes[at] as Hash, at, hashes.length, inclusionProof(hashes, at), root)) included += 1;
    const head = heads[i % heads.length];
    const size = i < heads.length ? (head?.size as number) : 1 + ((i * 104729) % hashes.length);
    const before = i < heads.length ? (head?.root as Hash) : rootOf(hashes, 0, size);
    if (isConsistent(size, hashes.length, consistencyProof(hashes, size), before, root)) consistent += 1;
  }
  expect([included, consistent]).toEqual([1000, 1000]);
});

describe("D61 another cluster", () => {
  test("sealing stops, the process is unwell, and rebasing verifies, seals the rest and goes on in a new era", async () => {
    const { database, sql } = record;
    const options = { secretKey: database.secret, baseUrl: "https://cairn.test" };
    expect(rebaseRecord(database.owner, database.roles, options)).rejects.toThrow("nothing to rebase");
    const before = await record.verify();
    // As after a restore: the rows are here, their transactions were somewhere else, and far ahead.
    await sql`update core.audit_state set system_id = '1', watermark = '9000000000'`;
    await record.write(north, 4, "written after the restore");
    expect(record.seal()).rejects.toThrow(RebaseNeeded);
    const log: string[] = [];
    const running = sealer(log);
    await running.round();
    await running.round();
    expect([running.status.state, running.isWell, log]).toEqual(["stopped", false, ["audit.rebase_needed"]]);

    const done = await rebaseRecord(database.owner, database.roles, options);
    expect(done).toMatchObject({ era: 2, verified: before.events, sealed: 4 });
    await record.write(north, 2, "of the new era");
    await running.round();
    expect(running.status.state).toBe("sealing");
    await running.stop();
    // What another test's database hid from that round.
    await record.seal();
    const [newest] = await sql`select era, note from core.audit_checkpoints order by id desc limit 1`;
    expect(newest?.era).toBe(2);
    const [changed] = await sql`select note from core.audit_checkpoints where id = ${done.checkpoint}`;
    expect(changed?.note).toContain("rebased from 1 to ");
    const [era] = await sql`select era from core.audit_events order by id desc limit 1`;
    expect(era?.era).toBe(2);
    const after = await record.verify();
    expect(after.findings).toEqual([]);
    expect(after.waiting).toBe(0);
  });

  test("a restored record that was altered is not rebased", async () => {
    const { database, sql } = record;
    await sql`update core.audit_state set system_id = '1'`;
    const [row] =
      await sql`select event_id::text as id from core.audit_leaves where tenant_id = ${north} order by seq limit 1`;
    await record.tamper("update core.audit_events set sentence = 'never' where id = $1", [row?.id]);
    expect(
      rebaseRecord(database.owner, database.roles, { secretKey: database.secret, baseUrl: "https://cairn.test" }),
    ).rejects.toThrow(`Event ${row?.id} of north (leaf 0) is not as it was recorded: the column sentence`);
  });
});

async function until(done: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await done())) {
    if (performance.now() > end) throw new Error("it did not come to that in 20 s");
    await Bun.sleep(20);
  }
}
