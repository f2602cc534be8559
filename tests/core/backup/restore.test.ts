/** A backup and the way back, on a real PostgreSQL and a store that checks signatures (drills D41, D47, D73–D75, D77–D79). */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BackupClock } from "@core/backup/clock.ts";
import { KEYSTORE_DAYS } from "@core/backup/keystore.ts";
import { parseIdentity } from "@core/backup/recipients.ts";
import { findBackup, proveBackup, restoreBackup } from "@core/backup/restore.ts";
import { makeBackup, spoolOf } from "@core/backup/run.ts";
import { copyOut } from "@core/backup/snapshot.ts";
import { folderTarget } from "@core/backup/targets.ts";
import { withOwner } from "@core/db/migrate.ts";
import { roleNames } from "@core/db/roles.ts";
import { openVault } from "@core/open-house.ts";
import { LeasePool } from "@core/tenancy/lease.ts";
import { Sealer } from "@core/vault/envelope.ts";
import { Shredded } from "@core/vault/errors.ts";
import { ownerKeys } from "@core/vault/owner-keys.ts";
import { randomToken } from "@core/vault/primitives.ts";
import { openStored, storedSeals } from "@core/vault/sealed-columns.ts";
import { signingKey } from "@core/vault/signing.ts";
import type { BackupOrder } from "../../fault/backup-process.ts";
import { emptyDatabase } from "../../support/database.ts";
import { openWard, type Ward } from "./ward.ts";

let ward: Ward;
const DAY_MS = 86_400_000;
/** What people and the clock asked for waits in these; the clock itself asks again. */
const QUEUES = ["jobs", "models", "mail"];
const NAME = { table: "core.identities", column: "name", fieldClass: "core.identity" };
beforeAll(async () => {
  ward = await openWard();
  await ward.admit(12);
  await ward.seal();
  // Waiting in each queue, under way, waiting for another try, and done.
  for (const [queue, state] of [...QUEUES.map((name) => [name, "created"]), ["jobs", "active"], ["mail", "retry"]])
    await ward.world.sql(
      "insert into pgboss.job (name, state, data) values ($1, $2::text::pgboss.job_state, jsonb_build_object('is', $1::text || ' ' || $2::text))",
      [queue, state],
    );
  await ward.world.sql("insert into pgboss.job (name, state, data) values ('jobs', 'completed', '{}')");
});
afterAll(async () => await ward.stop());

const publicKey = () => signingKey(ward.house.config.secretKey, "backup").publicKey;
const prove = async (target = ward.far) =>
  await proveBackup(
    { ...ward.house, kernel: ward.world.house.kernel },
    await findBackup(target, { publicKey: publicKey() }),
  );

describe("a backup", () => {
  test("comes back: every table's digest, the record, and opened fields", async () => {
    const made = await makeBackup(ward.house, null);
    expect(made?.copies.map(({ at }) => at !== null)).toEqual([true, true]);
    const proof = await prove();
    expect(proof.wrong).toEqual([]);
    expect(proof).toMatchObject({ sequence: 1, opened: 6, tried: 6 });
    expect(proof.events).toBeGreaterThanOrEqual(12);
    expect(await ward.world.sql("select 1 from pg_database where datname like 'cairn_drill_%'")).toEqual([]);
    const [row] = await ward.world.sql<{ verified: boolean }>(
      "select verified_at is not null as verified from core.backups where sequence = 1",
    );
    expect(row?.verified).toBe(true);
  });

  test("holds nothing that reads as a patient (D77)", () => {
    for (const { body } of ward.store.objects.values()) {
      for (const word of ["Invented Patient", "61234"]) expect(Buffer.from(body).includes(word)).toBe(false);
    }
  });

  test("takes each slot once, and two at a time are one", async () => {
    const [one, other] = await Promise.all([
      makeBackup(ward.house, "2026-01-01/1"),
      makeBackup(ward.house, "2026-01-01/1"),
    ]);
    expect([one, other].filter(Boolean)).toHaveLength(1);
    expect(await makeBackup(ward.house, "2026-01-01/1")).toBeNull();
  });

  test("cannot be changed or removed at the store before its day (D79)", async () => {
    const [name = ""] = await ward.far.names();
    const file = join(spoolOf(ward.house.config), readdirSync(spoolOf(ward.house.config))[0] ?? "");
    await expect(ward.far.remove(name)).rejects.toThrow("AccessDenied");
    await expect(ward.far.put(name, file, null)).rejects.toThrow("AccessDenied");
  });

  test.each(["down", "full", "read-only"] as const)(
    "a store that is %s is told within the run; the copy here and the other place have it, and it is brought later (D74)",
    async (mood) => {
      ward.store.be(mood);
      const made = await makeBackup(ward.house, null).finally(() => ward.store.be("ok"));
      expect(made?.copies.map(({ at }) => at !== null)).toEqual([false, true]);
      if (mood === "down") expect((await prove(ward.near)).wrong).toEqual([]);
      expect((await makeBackup(ward.house, null))?.copies.every(({ at }) => at)).toBe(true);
    },
  );

  test("what was altered, taken away or put back at its place is refused (D72)", async () => {
    const folder = mkdtempSync(join(tmpdir(), "cairn-near-"));
    try {
      const spool = spoolOf(ward.house.config);
      const copyAll = () => {
        for (const name of readdirSync(ward.near.id))
          writeFileSync(join(folder, name), readFileSync(join(ward.near.id, name)));
      };
      copyAll();
      const [newest] = await ward.world.sql<{ number: number }>(
        "select max(sequence)::int as number from core.backups",
      );
      const find = async () =>
        await findBackup(folderTarget(folder), { publicKey: publicKey(), newest: newest?.number ?? 0 });
      const { data, signed } = await find();
      const bytes = readFileSync(join(folder, data.name));
      bytes[bytes.length - 40] = (bytes[bytes.length - 40] ?? 0) ^ 1;
      writeFileSync(join(folder, data.name), bytes);
      await expect(proveBackup({ ...ward.house, kernel: ward.world.house.kernel }, await find())).rejects.toThrow();
      // An older file under the newest's name: whole in itself, and not the one that was signed.
      copyAll();
      const older = await findBackup(folderTarget(folder), {
        publicKey: publicKey(),
        sequence: signed.manifest.sequence - 1,
      });
      writeFileSync(join(folder, data.name), readFileSync(join(folder, older.data.name)));
      await expect(proveBackup({ ...ward.house, kernel: ward.world.house.kernel }, await find())).rejects.toThrow();
      // The newest removed altogether: the one before would be taken for it.
      copyAll();
      const name = readdirSync(folder).filter((one) => one.includes(signed.manifest.id.slice(-12)));
      for (const one of name) rmSync(join(folder, one));
      await expect(find()).rejects.toThrow("taken away");
      expect(readdirSync(spool).length).toBeGreaterThan(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("a backup whose process is killed (D75)", () => {
  const order = (slot: string): BackupOrder => {
    const { config, database } = ward.house;
    return { config, owner: database.owner, backup: database.as("backup"), near: ward.near.id, slot };
  };
  /** Killed the moment a file is being written in this folder. True: it did not end by itself. */
  const killedIn = async (folder: string, slot: string): Promise<boolean> => {
    const child = Bun.spawn(
      [process.execPath, join(import.meta.dir, "../../fault/backup-process.ts"), JSON.stringify(order(slot))],
      { stdio: ["ignore", "ignore", "inherit"] },
    );
    const watching = watch(folder, (_, name) => {
      if (name?.endsWith(".part")) child.kill("SIGKILL");
    });
    const code = await child.exited;
    watching.close();
    return code !== 0;
  };
  test.each(["while it is written", "while it is copied out"])(
    "%s, leaves nothing that passes for one",
    async (when) => {
      const folder = when === "while it is written" ? spoolOf(ward.house.config) : ward.near.id;
      const before = await findBackup(ward.near, { publicKey: publicKey() });
      const slot = `2026-02-0${when.length % 9}/1`;
      expect(await killedIn(folder, slot)).toBe(true);
      // What lies at the target is the one before, and it is whole.
      const found = await findBackup(ward.near, { publicKey: publicKey() });
      expect(found.signed.manifest.id).toBe(before.signed.manifest.id);
      expect((await ward.near.names()).filter((name) => name.includes(".part"))).toEqual([]);
      // The next run says so, takes the slot that was lost or goes on from what was whole, and clears the pieces away.
      await makeBackup(ward.house, slot);
      const next = await makeBackup(ward.house, null);
      expect(next?.copies.every(({ at }) => at !== null)).toBe(true);
      const cut = await ward.world.sql<{ failed: string }>("select failed from core.backups where failed is not null");
      if (when === "while it is written") expect(cut.at(-1)?.failed).toBe("It was cut short.");
      expect(readdirSync(spoolOf(ward.house.config)).filter((name) => name.endsWith(".part"))).toEqual([]);
      expect((await prove(ward.near)).wrong).toEqual([]);
    },
  );
});

describe("the clock of backups and trial restores (D76, D78)", () => {
  test("asks for each slot once and for one restore a night, over a week, a pause and a night that failed", async () => {
    const asked: string[] = [];
    let works = true;
    const { config, database } = ward.house;
    const pool = new LeasePool(database.as("backup"), 1);
    let now = new Date("2026-10-22T04:30:00Z"); // the clocks go back on the 25th
    const run = async (words: readonly string[]) => {
      asked.push(`${now.toISOString()} ${words.join(" ")}`);
      if (!works) return 1;
      // As the processes would have written it.
      if (words[0] === "backup")
        await ward.world.sql(
          "insert into core.backups (id, slot, sequence, began_at) values (gen_random_uuid(), $1, (select coalesce(max(sequence), 0) + 1000 from core.backups), $2)",
          [words[2], now],
        );
      else
        await ward.world.sql(
          "update core.backups set proved_at = $1 where sequence = (select max(sequence) from core.backups)",
          [now],
        );
      return 0;
    };
    await ward.world.sql("update core.backups set proved_at = null");
    const clock = new BackupClock(config, pool, () => {}, run);
    const walk = async (hours: number) => {
      for (let minute = 0; minute < hours * 60; minute += 30) {
        await clock.look(now);
        now = new Date(now.getTime() + 1_800_000);
      }
    };
    try {
      await walk(7 * 24);
      const backups = asked.filter((one) => one.includes("backup --slot"));
      expect(new Set(backups.map((one) => one.split(" ").at(-1))).size).toBe(backups.length);
      expect([14, 15]).toContain(backups.length);
      const restores = asked.filter((one) => one.includes("restore --verify"));
      expect([7, 8]).toContain(restores.length);
      expect(new Set(restores.map((one) => one.slice(0, 10))).size).toBe(restores.length);
      // Three days switched off: what was missed is made up for once.
      now = new Date(now.getTime() + 3 * DAY_MS);
      asked.length = 0;
      await walk(1);
      expect(asked.map((one) => one.slice(25).replace(/\d{4}-.*/, ""))).toEqual(["backup --slot ", "restore --verify"]);
      // One that fails is asked for again at the next look.
      works = false;
      now = new Date(now.getTime() + DAY_MS);
      asked.length = 0;
      await walk(1);
      expect(asked.filter((one) => one.includes("backup")).length).toBe(2);
    } finally {
      await clock.stop();
      await pool.end();
      await ward.world.sql("delete from core.backups where manifest is null and failed is null");
    }
  });
});

describe("on a clean machine", () => {
  test("with the key service and SECRET_KEY gone, one recipient's file brings everything back (D73)", async () => {
    const clean = await emptyDatabase();
    const data = mkdtempSync(join(tmpdir(), "cairn-clean-"));
    try {
      const secretKey = randomToken(40);
      const vault = await openVault({ ...ward.house.config, data, secretKey });
      const roles = roleNames(clean.owner.database);
      const identity = parseIdentity(ward.identities[1] ?? "");
      const found = await findBackup(ward.far, { publicKey: null });
      await expect(
        restoreBackup(found, { owner: clean.owner, roles, secretKey, vault, openers: { providers: vault.providers } }),
      ).rejects.toThrow("--identity");
      const restored = await restoreBackup(found, {
        owner: clean.owner,
        roles,
        secretKey,
        vault,
        openers: { providers: [], identity },
      });
      expect(restored).toMatchObject({ shut: 0, otherSecret: ward.house.config.secretKey });
      expect(restored.wrapped).toBeGreaterThan(0);
      const names = await withOwner(clean.owner, async (sql) => {
        const read: string[] = [];
        const [counting] = await sql<{ goesOn: boolean }[]>`
          select nextval('core.audit_number') > (select max(id) from core.audit_events) as "goesOn"`;
        expect(counting?.goesOn).toBe(true);
        for (const seal of await storedSeals(sql, NAME, { limit: 100 })) {
          const { plaintext } = await openStored(vault, ownerKeys(sql), NAME, seal);
          read.push(Buffer.from(plaintext.subarray(1)).toString());
        }
        return read;
      });
      const work = await withOwner(
        clean.owner,
        (sql) => sql<{ is: string }[]>`select data ->> 'is' as is from pgboss.job order by 1`,
      );
      expect(work.map(({ is }) => is)).toEqual([
        "jobs active",
        "jobs created",
        "mail created",
        "mail retry",
        "models created",
      ]);
      expect(names.sort()).toEqual(Array.from({ length: 12 }, (_, i) => `Invented Patient ${i}`).sort());
      await expect(
        restoreBackup(found, { owner: clean.owner, roles, secretKey, vault, openers: { providers: [], identity } }),
      ).rejects.toThrow("holds an institution already");
    } finally {
      await clean.stop();
      rmSync(data, { recursive: true });
    }
  });
});

test("tables larger than a connection's buffers are copied one after the other by a slow writer", async () => {
  await withOwner(ward.world.database.as("backup"), async (sql) => {
    for (const rows of [1_000, 4_000, 20_000, 1_000, 7_000]) {
      let bytes = 0;
      let pieces = 0;
      for await (const piece of copyOut(
        sql,
        `copy (select repeat('x', 299) from generate_series(1, ${rows})) to stdout`,
      )) {
        bytes += piece.length;
        pieces += 1;
        if (pieces % 500 === 0) await new Promise(setImmediate);
      }
      expect(bytes).toBe(rows * 300);
    }
  });
});

describe("what was destroyed", () => {
  test("stays destroyed in every restore with today's keystore, and in all of them after 35 days (D47)", async () => {
    const [pia] = await ward.world.sql<{ id: string }>("select id from core.subjects where code = 'P-3'");
    const before = await findBackup(ward.far, { publicKey: publicKey() });
    await withOwner(ward.world.database.owner, async (sql) => {
      await new Sealer(ward.house.vault, ownerKeys(sql), {
        tenant: ward.world.here.id,
        workspace: ward.place.id,
      }).destroySubjectKey(pia?.id ?? "");
    });
    await makeBackup(ward.house, null);
    const after = await findBackup(ward.far, { publicKey: publicKey(), sequence: before.signed.manifest.sequence });
    const readable = async (found: typeof after) => {
      const clean = await emptyDatabase();
      try {
        const { vault, config } = ward.house;
        await restoreBackup(found, {
          owner: clean.owner,
          roles: roleNames(clean.owner.database),
          secretKey: config.secretKey,
          vault,
          openers: { providers: vault.providers },
        });
        return await withOwner(clean.owner, async (sql) => {
          vault.keys.clear();
          const [seal] = await storedSeals(sql, NAME, {
            limit: 1,
            where: "subject_id = $2::uuid",
            values: [pia?.id ?? ""],
          });
          if (!seal) throw new Error("the row is not there");
          return await openStored(vault, ownerKeys(sql), NAME, seal).then(
            () => "readable",
            (error: unknown) => (error instanceof Shredded ? "destroyed" : "shut"),
          );
        });
      } finally {
        await clean.stop();
      }
    };
    // The old data with the old keystore: this is why a date is told.
    expect(await readable(before)).toBe("readable");
    expect(await readable(after)).toBe("destroyed");

    ward.store.unlock();
    const later = new Date(Date.now() + (KEYSTORE_DAYS + 1) * DAY_MS);
    await makeBackup(ward.house, null, later);
    const left = [
      ...(await ward.far.names()),
      ...(await ward.near.names()),
      ...readdirSync(spoolOf(ward.house.config)),
    ].filter((name) => name.endsWith("-keys.hbk"));
    // Only the newest run's, in three places.
    expect(new Set(left).size).toBe(1);
    const old = await findBackup(ward.far, { publicKey: publicKey(), sequence: before.signed.manifest.sequence });
    expect(await readable({ ...old, keys: null })).toBe("shut");
  }, 240_000);
});
