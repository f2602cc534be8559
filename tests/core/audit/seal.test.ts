/** Sealing as part of a running house: it begins with the worker, shows in /readyz, and an event's page can say its seal. */
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installCatalogue } from "@core/access/install.ts";
import { type Seal, sealOf } from "@core/audit/seal.ts";
import { readConfig } from "@core/config.ts";
import type { Database } from "@core/db/query.ts";
import { assemble } from "@core/kernel.ts";
import { openHouse } from "@core/open-house.ts";
import type { Standing } from "@core/tenancy/transaction.ts";
import { testRecord } from "../../support/record.ts";

test("a house with a worker seals by itself, and says when it cannot", async () => {
  const record = await testRecord();
  const data = mkdtempSync(join(tmpdir(), "cairn-seal-"));
  const kernel = assemble([]);
  await installCatalogue(record.database, record.database.secret, kernel);
  const config = { ...readConfig({ CAIRN_DATA: data, SECRET_KEY: record.database.secret }), data };
  const logged: string[] = [];
  const open = await openHouse(config, record.database, kernel, {
    leases: 2,
    worker: true,
    log: (_, event) => logged.push(event),
  });
  try {
    const north = await record.tenant("north");
    const [ada, bob] = await Promise.all(
      ["ada", "bob"].map(async (name) => {
        const [row] =
          await record.sql`insert into core.persons (tenant_id, email, name) values (${north}, ${`${name}@north.example`}, ${name}) returning id`;
        return String(row?.id);
      }),
    );
    await record.sql`insert into core.grants (tenant_id, person_id, role) values (${north}, ${ada ?? ""}, 'administrator')`;
    const [id] = await record.write(north, 1);
    const end = performance.now() + 10_000;
    while (!(await record.sql`select 1 from core.audit_leaves where event_id = ${id ?? ""}`).length) {
      expect(performance.now()).toBeLessThan(end);
      await Bun.sleep(50);
    }

    const seenBy = (actorId: string | undefined) => {
      const standing: Standing = {
        tenantId: north,
        workspaceId: null,
        kind: "person",
        actorId: actorId ?? null,
        sessionRef: "test",
      };
      return open.house.transactions.run<Seal | null>(
        standing,
        { readOnly: true },
        async (lease) => {
          const all: Database["all"] = async (compiled, values) =>
            (
              await lease.rows(
                compiled.text,
                compiled.bind(values, { tenant: north, workspace: null, actor: actorId ?? null }),
              )
            ).map((row) => compiled.map(row));
          const first: Database["first"] = async (compiled, values) => (await all(compiled, values))[0] ?? null;
          const notAsked = () => {
            throw new Error("not asked");
          };
          return sealOf({ db: { all, first, one: notAsked, stream: notAsked } }, id ?? "");
        },
        async () => {},
      );
    };
    const seal = await seenBy(ada);
    expect(seal).toMatchObject({ leaf: 0, checkpoint: 1 });
    expect(Math.abs((seal?.at.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(await seenBy(bob)).toBeNull();

    const ready = async () =>
      (await (await open.web.fetch(new Request("http://localhost:3000/readyz"))).json()) as { reasons: object };
    expect((await ready()).reasons).toMatchObject({ sealing: true });
    await record.sql`update core.audit_state set system_id = '1'`;
    while (open.sealer?.isWell) {
      expect(performance.now()).toBeLessThan(end + 10_000);
      await Bun.sleep(50);
    }
    expect((await ready()).reasons).toMatchObject({ sealing: false });
    expect(open.sealer?.status.why).toContain("cairn audit rebase");
    expect(logged).toContain("audit.rebase_needed");
  } finally {
    await open.stop();
    await record.stop();
    rmSync(data, { recursive: true, force: true });
  }
});
