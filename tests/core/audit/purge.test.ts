/** Taking the demonstration out leaves a record that still verifies. */
import { expect, test } from "bun:test";
import { RecordSealer } from "@core/audit/sealer.ts";
import { verifyRecord } from "@core/audit/verifier.ts";
import { purgeDemo } from "@core/demo.ts";
import { LeasePool } from "@core/tenancy/lease.ts";
import { signingKey } from "@core/vault/signing.ts";
import { sample } from "../../sample/module.tsx";
import { sampleSql } from "../../sample/store.ts";
import { canBeSealed } from "../../support/horizon.ts";
import { testWorld } from "../../support/world.ts";

test("its events are counted as gone on purpose, and nobody else can be taken out like this", async () => {
  const world = await testWorld([sample]);
  try {
    await world.lay(sampleSql);
    const { secretKey } = world.house.config;
    const place = await world.workspace("study", ["sample"]);
    const keeper = await world.as(await world.person("Kit Keeper", "keeper", place));
    for (let i = 0; i < 4; i += 1) await keeper.get(`/w/${place.slug}/sample/`);
    const sealer = new RecordSealer(world.database.as("sealer"), secretKey, "cairn.example.org", () => {});
    await canBeSealed((text) => world.sql<{ over: boolean }>(text));
    await sealer.round();
    await sealer.stop();
    await world.sql("insert into core.tenants (slug, name) values ('real', 'A real one')");
    await expect(
      world.lay(
        "insert into core.purged (institution, slug) select tenant_id, slug from core.tenants where slug = 'real'",
      ),
    ).rejects.toThrow("only a demonstration");
    await purgeDemo(world.database);
    expect((await world.sql<{ slug: string }>("select slug from core.tenants")).map(({ slug }) => slug)).toEqual([
      "real",
    ]);
    const pool = new LeasePool(world.database.as("sealer"), 1);
    try {
      const verdict = await pool.transact({}, (lease) => verifyRecord(lease, signingKey(secretKey, "audit").publicKey));
      expect(verdict.findings).toEqual([]);
      expect(verdict.retired).toBeGreaterThanOrEqual(4);
    } finally {
      await pool.end();
    }
  } finally {
    await world.stop();
  }
});
