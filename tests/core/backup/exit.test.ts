/** An institution leaves for a fresh installation with another SECRET_KEY and key service, and everything is the same (drill D80). */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verifyRecord } from "@core/audit/verifier.ts";
import { exportTenant, importTenant } from "@core/backup/exit.ts";
import { makeRecipient, parseIdentity, parseRecipient } from "@core/backup/recipients.ts";
import { withOwner } from "@core/db/migrate.ts";
import { connectionOf, roleNames } from "@core/db/roles.ts";
import { openVault } from "@core/open-house.ts";
import { LeasePool } from "@core/tenancy/lease.ts";
import { ownerKeys } from "@core/vault/owner-keys.ts";
import { randomToken } from "@core/vault/primitives.ts";
import { openStored, storedSeals } from "@core/vault/sealed-columns.ts";
import { signingKey } from "@core/vault/signing.ts";
import { emptyDatabase } from "../../support/database.ts";
import { openWard, type Ward } from "./ward.ts";

let ward: Ward;
const folder = mkdtempSync(join(tmpdir(), "cairn-exit-"));
const NAME = { table: "core.identities", column: "name", fieldClass: "core.identity" };
beforeAll(async () => {
  ward = await openWard();
  await ward.admit(8);
  await ward.seal();
});
afterAll(async () => {
  await ward.stop();
  rmSync(folder, { recursive: true });
});

test("one file, the same checksums, the names readable, the record whole, and nothing of the other institution", async () => {
  const file = join(folder, "northfield.hbk");
  const { recipient, identity } = makeRecipient();
  const { config, world } = { config: ward.house.config, world: ward.world };
  const left = await exportTenant(ward.house, world.here.slug, file, [parseRecipient(recipient)]);
  const bytes = readFileSync(file);
  for (const word of ["Invented Patient", "61234", config.secretKey]) expect(bytes.includes(word)).toBe(false);

  const clean = await emptyDatabase();
  try {
    const secretKey = randomToken(40);
    const vault = await openVault({ ...config, data: folder, secretKey });
    const roles = roleNames(clean.owner.database);
    const database = {
      owner: clean.owner,
      roles,
      as: (part: Parameters<typeof connectionOf>[2]) => connectionOf(clean.owner, roles, part, secretKey),
      lost: new Promise<string>(() => {}),
      stop: async () => {},
    };
    const house = { config: { ...config, secretKey }, database, vault };
    const read = () => Bun.file(file).stream() as unknown as AsyncIterable<Uint8Array>;
    await expect(importTenant(house, read(), parseIdentity(makeRecipient().identity))).rejects.toThrow(
      "was not sealed to",
    );
    const arrived = await importTenant(house, read(), parseIdentity(identity));
    expect(arrived).toMatchObject({ slug: world.here.slug, wrong: [], rows: left.rows, tables: left.tables.length });
    const names = await withOwner(clean.owner, async (sql) => {
      expect((await sql`select slug from core.tenants`).map(({ slug }) => slug)).toEqual([world.here.slug]);
      const opened: string[] = [];
      for (const seal of await storedSeals(sql, NAME, { limit: 100 }))
        opened.push(
          Buffer.from((await openStored(vault, ownerKeys(sql), NAME, seal)).plaintext.subarray(1)).toString(),
        );
      return opened;
    });
    expect(names.sort()).toEqual(Array.from({ length: 8 }, (_, i) => `Invented Patient ${i}`));
    const pool = new LeasePool(database.as("sealer"), 1);
    try {
      const verdict = await pool.transact({}, (lease) => verifyRecord(lease, signingKey(secretKey, "audit").publicKey));
      expect(verdict.findings).toEqual([]);
      expect(verdict.events).toBeGreaterThanOrEqual(8);
    } finally {
      await pool.end();
    }
    await expect(importTenant(house, read(), parseIdentity(identity))).rejects.toThrow("holds an institution already");
  } finally {
    await clean.stop();
  }
});
