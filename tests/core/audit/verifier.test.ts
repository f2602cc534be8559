/** D54: a superuser does what he can; `verify` or a witness names it. Each attack has a record of its own, and must be noticed. */
import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { headLeaf, signCheckpoint } from "@core/audit/checkpoint.ts";
import { KeptWitness, keptNotes, WITNESSES, witnessStanding } from "@core/audit/kept-witness.ts";
import { leafOf, leafTexts } from "@core/audit/leaf.ts";
import { append, emptyFrontier, frontierBytes, frontierRoot } from "@core/audit/merkle.ts";
import { compareWitness, latestNote } from "@core/audit/witness.ts";
import { s3Target } from "@core/backup/s3.ts";
import { folderTarget } from "@core/backup/targets.ts";
import { LeasePool } from "@core/tenancy/lease.ts";
import { signingKey } from "@core/vault/signing.ts";
import { type TestRecord, testRecord } from "../../support/record.ts";
import { startS3 } from "../../support/s3-stand-in.ts";

interface Scene {
  readonly record: TestRecord;
  readonly north: string;
  /** Event numbers of north, in order: 0 is the first leaf. */
  readonly ids: readonly string[];
}

async function scene(work: (scene: Scene) => Promise<void>): Promise<void> {
  const record = await testRecord();
  try {
    const north = await record.tenant("north");
    const ids: string[] = [];
    for (const count of [4, 3, 5]) {
      ids.push(...(await record.write(north, count)));
      await record.seal();
    }
    expect((await record.verify()).findings).toEqual([]);
    await work({ record, north, ids });
  } finally {
    await record.stop();
  }
}

const sentences = async (record: TestRecord) => (await record.verify()).findings.map(({ sentence }) => sentence);

describe("verify names", () => {
  test.each([
    ["status", "status = 403", /column status was altered, first between bytes \d+ and \d+ of the leaf/],
    [
      "sentence",
      "sentence = replace(sentence, 'looked', 'cooked')",
      /column sentence was altered at byte \d+ of the leaf, which was "l"/,
    ],
    ["at, by a microsecond", "at = at + interval '1 microsecond'", /column at was altered/],
    ["actor_id", "actor_id = gen_random_uuid()", /column actor_id was altered/],
    ["subjects", "subjects = '{}'", /column subjects was altered/],
    ["read", `read = '{"core.subjects": {"rows": ["a"], "columns": ["code", "id"]}}'`, /column read was altered/],
    ["ip", "ip = '127.0.0.2'", /column ip was altered at byte \d+ of the leaf, which was "1"/],
  ])("an altered %s", async (_name, set, says) => {
    await scene(async ({ record, ids }) => {
      await record.tamper(`update core.audit_events set ${set} where id = $1`, [ids[5]]);
      const verdict = await record.verify();
      expect(verdict.findings).toHaveLength(1);
      expect(verdict.findings[0]).toMatchObject({ tenant: "north", eventId: ids[5] as string, leaf: 5 });
      expect(verdict.findings[0]?.sentence).toMatch(says);
      expect(verdict.findings[0]?.sentence).toStartWith(`Event ${ids[5]} of north (leaf 5) is not as it was recorded`);
    });
  });

  test("the byte it names is the byte in the leaf, and what it was", async () => {
    await scene(async ({ record, ids }) => {
      const before = await record.read((lease) =>
        lease.rows(`select ${leafTexts} from core.audit_events e where e.id = $1::bigint`, [ids[2]]),
      );
      const { bytes } = leafOf(before[0] as (string | null)[]);
      await record.tamper(
        "update core.audit_events set sentence = replace(sentence, 'looked', 'booked') where id = $1",
        [ids[2]],
      );
      const { findings } = await record.verify();
      const at = findings[0]?.alteration?.from ?? -1;
      expect(at).toBe(Buffer.from(bytes).indexOf("looked"));
      expect(findings[0]?.alteration).toMatchObject({ column: "sentence", was: "l", to: at + 1 });
    });
  });

  test("a deleted event", async () => {
    await scene(async ({ record, ids }) => {
      await record.tamper("delete from core.audit_events where id = $1", [ids[4]]);
      expect(await sentences(record)).toEqual([
        `Event ${ids[4]} of north (leaf 4) was sealed in checkpoint 2 and is gone.`,
      ]);
    });
  });

  test("an event put in behind the seals, and one that is sealed but backdated", async () => {
    await scene(async ({ record, north, ids }) => {
      const copy = (xid: string, at: string) =>
        record.tamper(
          `insert into core.audit_events (tenant_id, xid, at, actor_kind, actor_name, request_id, act, sentence, outcome, status)
           select tenant_id, ${xid}, ${at}, actor_kind, actor_name, gen_random_uuid(), act, 'never happened', outcome, status
           from core.audit_events where id = $1`,
          [ids[1]],
        );
      await copy("xid", "at");
      const behind = await record.verify();
      expect(behind.findings.map(({ sentence }) => sentence)).toEqual([
        `Event ${Number(ids[11]) + 1} of north was put in behind the seals: everything of its time was sealed without it.`,
      ]);
      await record.tamper("delete from core.audit_events where sentence = 'never happened'");
      await copy("pg_current_xact_id()", "at - interval '1 day'");
      await record.seal();
      const [only, ...more] = await sentences(record);
      expect(more).toEqual([]);
      expect(only).toContain(`Event ${Number(ids[11]) + 2} of north (leaf 12) says that it happened at`);
      expect(north).not.toBe("");
    });
  });

  test("seals of two events exchanged, whole or in part", async () => {
    await scene(async ({ record, ids }) => {
      // The row of leaf 8 and 9 change places, with all they hold.
      await record.tamper("update core.audit_leaves set seq = 1017 - seq where seq in (8, 9)");
      await record.tamper("update core.audit_leaves set seq = seq - 1000 where seq > 999");
      const found = await record.verify();
      expect(found.findings[0]).toMatchObject({ tenant: "north", leaf: 9, eventId: ids[8] as string });
      expect(found.findings[0]?.sentence).toContain("out of its order");
      expect(
        found.findings.some(({ sentence }) => sentence.includes("from 7 to 11 are not those that checkpoint 3 signed")),
      ).toBe(true);
    });
    await scene(async ({ record, ids }) => {
      await record.tamper("update core.audit_leaves set event_id = -event_id where seq in (8, 9)");
      await record.tamper(
        "update core.audit_leaves set event_id = case event_id when $1::bigint then $2::bigint else $1::bigint end * -1 where event_id < 0",
        [`-${ids[8]}`, `-${ids[9]}`],
      );
      const found = await record.verify();
      expect(found.findings.map(({ leaf }) => leaf)).toEqual([8, 9]);
    });
  });

  test("a seal altered while its event is as it was", async () => {
    await scene(async ({ record }) => {
      await record.tamper("update core.audit_leaves set hash = sha256('x') where seq = 2");
      expect(await sentences(record)).toEqual([
        "The events of north up to leaf 3 are as they were; their seals were altered in the database.",
      ]);
    });
  });

  test("an event altered together with its leaf and its locator: the signed root does not move", async () => {
    await scene(async ({ record, ids }) => {
      await record.tamper("update core.audit_events set sentence = 'nothing to see' where id = $1", [ids[6]]);
      const [texts] = await record.read((lease) =>
        lease.rows(`select ${leafTexts} from core.audit_events e where e.id = $1::bigint`, [ids[6]]),
      );
      const { hash, locator } = leafOf(texts as (string | null)[]);
      await record.tamper(
        "update core.audit_leaves set hash = decode($2, 'hex'), locator = decode($3, 'hex') where event_id = $1",
        [ids[6], Buffer.from(hash).toString("hex"), Buffer.from(locator).toString("hex")],
      );
      expect((await sentences(record))[0]).toBe(
        "The leaves of north from 4 to 6 are not those that checkpoint 2 signed.",
      );
    });
  });

  test("a leaf taken out, a head altered, a checkpoint replaced, dropped or exchanged", async () => {
    await scene(async ({ record }) => {
      await record.tamper("delete from core.audit_leaves where seq = 3");
      expect((await sentences(record))[0]).toBe("Leaf 3 of north is missing: the seal of an event was taken out.");
    });
    await scene(async ({ record }) => {
      await record.tamper("update core.audit_heads set size = 6 where size = 7");
      expect((await sentences(record))[0]).toContain("are not those that checkpoint 2 signed");
    });
    await scene(async ({ record }) => {
      const [row] = await record.sql`select note, at from core.audit_checkpoints where id = 2`;
      const { size } = (await record.sql`select log_size::int as size from core.audit_checkpoints where id = 2`)[0] as {
        size: number;
      };
      const forged = signCheckpoint(
        {
          origin: "cairn.test/audit",
          size,
          root: new Uint8Array(32),
          id: 2,
          era: 1,
          at: String(row?.at.toISOString()),
        },
        signingKey("somebody else's secret", "audit"),
      );
      await record.tamper("update core.audit_checkpoints set note = $1 where id = 2", [forged]);
      expect(await sentences(record)).toEqual([
        "Checkpoint 2 does not bear this installation's signature: it was altered, or signed by somebody else.",
      ]);
      await record.tamper("delete from core.audit_checkpoints where id = 2");
      expect(await sentences(record)).toEqual(["Checkpoint 2 is missing: the next one is 3."]);
    });
    await scene(async ({ record }) => {
      await record.tamper(
        "update core.audit_checkpoints set note = (select note from core.audit_checkpoints where id = 1) where id = 3",
      );
      expect((await sentences(record))[0]).toStartWith(
        "Checkpoint 3 stands in another's place: its signed note is number 1 of ",
      );
    });
  });

  test("the tail cut off, with the tree and the state rebuilt to match", async () => {
    await scene(async ({ record, north, ids }) => {
      await record.tamper("delete from core.audit_events where id >= $1", [ids[9]]);
      await record.tamper("delete from core.audit_leaves where seq >= 9");
      await rebuildTree(record, north);
      expect(await sentences(record)).toEqual([
        "The record of north ends at leaf 8, but checkpoint 3 sealed 12 leaves: leaf 9 and what follows were cut off.",
      ]);
    });
  });
});

describe("a witness names", () => {
  test("a record cut with its checkpoints, though everything in the database agrees", async () => {
    await scene(async ({ record, north, ids }) => {
      const kept = (await record.read(latestNote)) ?? "";
      await cutBack(record, north, ids);
      expect((await record.verify()).findings).toEqual([]);
      const { compared, findings } = await record.read((lease) =>
        compareWitness(lease, `${kept}\n`, record.key.publicKey),
      );
      expect(compared).toBe(1);
      expect(findings[0]).toStartWith("The witness saw checkpoint 3 of ");
      expect(findings[0]).toContain("over 3 heads; the database has 2");
    });
  });

  test("a record rebuilt and signed anew with the stolen key, between which checkpoints", async () => {
    await scene(async ({ record, north, ids }) => {
      const notes = await record.sql`select note from core.audit_checkpoints order by id`;
      const kept = notes.map(({ note }) => `${note}\n`).join("");
      expect((await record.read((lease) => compareWitness(lease, kept, record.key.publicKey))).findings).toEqual([]);
      await cutBack(record, north, ids);
      await record.write(north, 5, "a kinder past");
      await record.seal();
      expect((await record.verify()).findings).toEqual([]);
      const { findings } = await record.read((lease) => compareWitness(lease, kept, record.key.publicKey));
      expect(findings).toHaveLength(1);
      expect(findings[0]).toMatch(
        /not the one that checkpoint 3 of .* was taken from: it was rebuilt after checkpoint 2 of /,
      );
    });
  });
});

describe("a witness that keeps itself, in a locked store", () => {
  test("gets each hour's checkpoint once, locked for seven years, and names a record that was cut; a store away is told", async () => {
    await scene(async ({ record, north, ids }) => {
      const store = startS3("witness");
      const folder = mkdtempSync(join(tmpdir(), "cairn-witness-"));
      const target = s3Target(
        {
          kind: "s3",
          bucket: "witness",
          prefix: "north",
          region: store.region,
          endpoint: store.url,
          lock: "compliance",
        },
        () => store.credentials,
      );
      const pool = new LeasePool(record.database.as("sealer"), 1);
      const witness = new KeptWitness([target], pool, record.key.publicKey, folder, () => {});
      const at = (minutes: number) => new Date(Date.UTC(2026, 10, 1) + minutes * 60_000);
      const standing = async (minutes: number) =>
        witnessStanding(await pool.once(WITNESSES, []), [target.id], at(minutes));
      try {
        expect((await standing(0)).says).toEqual([`${target.id} has kept no checkpoint yet.`]);
        await Promise.all([witness.look(at(0)), witness.look(at(0))]);
        await witness.look(at(30));
        expect([...store.objects.keys()]).toEqual(["north/checkpoint-000000000003.txt"]);
        const [kept] = store.objects.values();
        expect(kept?.until).toBe(at(0).getTime() + 7 * 366 * 86_400_000);
        expect((await keptNotes(target)).trim()).toBe((await record.read(latestNote))?.trim() ?? "");
        expect(await standing(60)).toEqual({ well: true, says: [] });

        store.be("down");
        await record.write(north, 2);
        await record.seal();
        await witness.look(at(60));
        expect((await standing(100)).well).toBe(true);
        expect((await standing(300)).says[0]).toContain("5 hours ago: s3://witness answered 503");
        store.be("ok");
        await witness.look(at(66));
        expect([store.objects.size, (await standing(66)).well]).toEqual([2, true]);
        await expect(target.remove("checkpoint-000000000003.txt")).rejects.toThrow("AccessDenied");

        await record.tamper("delete from core.audit_events where id > $1", [ids.at(-1)]);
        await record.tamper("delete from core.audit_leaves where checkpoint > 3");
        await cutBack(record, north, ids);
        await witness.look(at(130));
        expect((await standing(130)).says[0]).toContain("The witness saw checkpoint 4 of ");
        expect(store.objects.size).toBe(2);
      } finally {
        await witness.stop();
        store.stop();
        rmSync(folder, { recursive: true });
      }
    });
  });
});

test("a witness that came before the first checkpoint comes back for it at the next look, not in an hour", async () => {
  const record = await testRecord();
  const folder = mkdtempSync(join(tmpdir(), "cairn-witness-"));
  const pool = new LeasePool(record.database.as("sealer"), 1);
  const target = folderTarget(join(folder, "kept"));
  const witness = new KeptWitness([target], pool, record.key.publicKey, folder, () => {});
  try {
    const noon = new Date(Date.UTC(2026, 10, 1, 12));
    await witness.look(noon);
    expect(await target.names()).toEqual([]);
    await record.write(await record.tenant("north"), 1);
    await record.seal();
    await witness.look(new Date(noon.getTime() + 300_000));
    expect(await target.names()).toEqual(["checkpoint-000000000001.txt"]);
  } finally {
    await witness.stop();
    await record.stop();
    rmSync(folder, { recursive: true });
  }
});

/** The tree's row as its leaves would have it. */
async function rebuildTree(record: TestRecord, tenantId: string): Promise<void> {
  const tree = emptyFrontier();
  for (const {
    hash,
  } of await record.sql`select hash from core.audit_leaves where tenant_id = ${tenantId} order by seq`)
    append(tree, hash);
  await record.tamper(
    "update core.audit_trees set size = $2, frontier = decode($3, 'hex'), root = decode($4, 'hex') where tenant_id = $1",
    [
      tenantId,
      tree.size,
      Buffer.from(frontierBytes(tree)).toString("hex"),
      Buffer.from(frontierRoot(tree)).toString("hex"),
    ],
  );
}

/** Everything since checkpoint 2 is gone, and the state is what it was then. */
async function cutBack(record: TestRecord, tenantId: string, ids: readonly string[]): Promise<void> {
  await record.tamper("delete from core.audit_events where id >= $1", [ids[7]]);
  await record.tamper("delete from core.audit_leaves where seq >= 7");
  await record.tamper("delete from core.audit_heads where checkpoint > 2");
  await record.tamper("delete from core.audit_checkpoints where id > 2");
  await rebuildTree(record, tenantId);
  const log = emptyFrontier();
  const heads =
    await record.sql`select tenant_id::text as id, size::int as size, root from core.audit_heads order by position`;
  for (const { id, size, root } of heads) append(log, headLeaf({ tenantId: id, size, root }));
  await record.tamper("update core.audit_state set log_size = $1, log_frontier = decode($2, 'hex')", [
    log.size,
    Buffer.from(frontierBytes(log)).toString("hex"),
  ]);
}
