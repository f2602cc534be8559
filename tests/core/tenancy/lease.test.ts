/** What a careless or hostile handler can do with its lease, against a real PostgreSQL (security.md §0: both traps). */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Problem } from "@core/problem.ts";
import { type Lease, LeaseBroken, LeasePool } from "@core/tenancy/lease.ts";
import { contextOf, type Standing } from "@core/tenancy/transaction.ts";
import { contextKey } from "@core/vault/context-seal.ts";
import { sample } from "../../sample/module.tsx";
import { sampleSql } from "../../sample/store.ts";
import { type TestPerson, type TestWorkspace, testWorld, type World } from "../../support/world.ts";

let world: World;
let pool: LeasePool;
const sides: { place: TestWorkspace; person: TestPerson; context: string }[] = [];

beforeAll(async () => {
  world = await testWorld([sample]);
  await world.lay(sampleSql);
  await world.lay("create table core.drops (n int); grant select, insert on core.drops to :app");
  for (const tenant of [world.here, world.there]) {
    const place = await world.workspace("program", ["sample"], tenant);
    const person = await world.person("Kit Keeper", "keeper", place);
    await world.sql("insert into core.subjects (tenant_id, workspace_id, code, kind) values ($1, $2, $3, 'trainee')", [
      tenant.id,
      place.id,
      `S-${tenant.slug}`,
    ]);
    const standing: Standing = {
      tenantId: tenant.id,
      workspaceId: place.id,
      kind: "person",
      actorId: person.id,
      sessionRef: "0123456789ab",
    };
    sides.push({ place, person, context: contextOf(standing, contextKey(world.database.secret), new Date()) });
  }
  pool = new LeasePool(world.database.as("app"), 4);
});
afterAll(async () => {
  await pool.end();
  await world.stop();
});

const inside = <T>(side: number, work: (lease: Lease) => Promise<T>, from = pool) =>
  from.transact({ settings: [["cairn.context", sides[side]?.context ?? ""]] }, work);
const codes = async (lease: Lease) => (await lease.rows("select code from core.subjects")).map(([code]) => code);
const drops = async () => (await world.sql<{ n: number }>("select n from core.drops order by n")).map(({ n }) => n);
const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "committed",
    (error: unknown) => String((error as { code?: string }).code ?? error),
  );
const terminate = async (lease: Lease) => {
  const [row] = await lease.rows("select pg_backend_pid()");
  await world.sql("select pg_terminate_backend($1)", [row?.[0]]);
};

describe("a lease", () => {
  test("shows each side its own", async () => {
    expect([await inside(0, codes), await inside(1, codes)]).toEqual([["S-northfield"], ["S-lakeside"]]);
  });

  test("that leaked is dead, also while its connection serves somebody else", async () => {
    const one = new LeasePool(world.database.as("app"), 1);
    const late = await inside(0, async (lease) => lease, one);
    expect(() => late.rows("select 1")).toThrow(LeaseBroken);
    expect(() => late.last({ text: "select 1", values: [] })).toThrow(LeaseBroken);
    const seen = await inside(
      1,
      async (lease) => {
        expect(() => late.rows("select code from core.subjects")).toThrow("this transaction is over");
        return await codes(lease);
      },
      one,
    );
    expect(seen).toEqual(["S-lakeside"]);
    await one.end();
  });

  test("with a query that nobody awaited is not committed", async () => {
    const outcome = await codeOf(
      inside(0, async (lease) => {
        await lease.rows("insert into core.drops values (1)");
        lease.rows("select pg_sleep(0.05)").catch(() => {});
      }),
    );
    expect([outcome, await drops()]).toEqual(["UNAWAITED_QUERY", []]);
    expect(await inside(1, codes)).toEqual(["S-lakeside"]);
  });

  test.each(["commit", "rollback", "commit and chain"])("whose handler says %s itself is found out", async (word) => {
    const outcome = await codeOf(
      inside(0, async (lease) => {
        await lease.rows(word);
        // Outside its own transaction there is no context, and nothing to see.
        expect(await codes(lease)).toEqual([]);
        await lease.rows("insert into core.drops values (2)").catch(() => {});
      }),
    );
    expect(outcome).toBe("22012");
    expect(await inside(1, codes)).toEqual(["S-lakeside"]);
  });

  test("that swallowed an error of the database is not committed", async () => {
    await world.sql("truncate core.drops");
    const outcome = await codeOf(
      inside(0, async (lease) => {
        await lease.rows("insert into core.drops values (3)");
        await lease.rows("select 1 / 0").catch(() => {});
      }),
    );
    expect([outcome, await drops()]).toEqual(["25P02", []]);
  });

  test("whose COMMIT is turned into a rollback by a deferred check says so", async () => {
    await world.lay(
      `create table core.twice (n int unique deferrable initially deferred); grant insert on core.twice to :app`,
    );
    const twice = (lease: Lease) => lease.rows("insert into core.twice values (1), (1)");
    expect(await codeOf(inside(0, twice))).toBe("23505");
    expect(await world.sql("select 1 from core.twice")).toEqual([]);
  });

  test("whose connection is killed says so, between statements and before COMMIT, and the next one works", async () => {
    await world.sql("truncate core.drops");
    const between = codeOf(
      inside(0, async (lease) => {
        await lease.rows("insert into core.drops values (4)");
        await terminate(lease);
        await lease.rows("insert into core.drops values (5)");
      }),
    );
    const losses = ["CONTEXT_LOST", "CONNECTION_CLOSED", "ECONNRESET", "57P01"];
    const unknown = "COMMIT_UNKNOWN";
    expect(losses).toContain(await between);
    const before = codeOf(
      inside(0, async (lease) => {
        await lease.rows("insert into core.drops values (6)");
        await terminate(lease);
      }),
    );
    expect([...losses, unknown]).toContain(await before);
    expect(await drops()).toEqual([]);
    for (let i = 0; i < 8; i += 1) expect(await inside(1, codes)).toEqual(["S-lakeside"]);
  });
});

describe("the last statement", () => {
  test("is committed with the rest, or the rest is not committed", async () => {
    await world.sql("truncate core.drops");
    const ending = (text: string) => async (lease: Lease) => {
      await lease.rows("insert into core.drops values (7)");
      lease.last({ text, values: [] });
    };
    expect(await codeOf(inside(0, ending("insert into core.drops values (1 / 0)")))).toBe("22012");
    expect(await drops()).toEqual([]);
    expect(await codeOf(inside(0, ending("rollback")))).toBe("22012");
    expect(await drops()).toEqual([]);
    await inside(0, ending("insert into core.drops values (8)"));
    expect(await drops()).toEqual([7, 8]);
  });

  test("is really the last, and carries nothing that the driver would refuse to send", async () => {
    await world.sql("truncate core.drops");
    const more = codeOf(
      inside(0, async (lease) => {
        lease.last({ text: "insert into core.drops values (9)", values: [] });
        await lease.rows("insert into core.drops values (10)");
      }),
    );
    expect(await more).toBe("CONTEXT_CLOSED");
    const unsendable = inside(0, async (lease) => {
      await lease.rows("insert into core.drops values (11)");
      lease.last({ text: "select $1::text", values: [undefined] });
    });
    await expect(unsendable).rejects.toThrow("takes text, numbers");
    expect(await drops()).toEqual([]);
  });
});

describe("the pool", () => {
  test("tells who waited too long that it is busy, and recovers", async () => {
    const small = new LeasePool(world.database.as("app"), 2, 100);
    const gate = Promise.withResolvers<void>();
    const held = [0, 1].map((side) => inside(side, async () => await gate.promise, small));
    const began = performance.now();
    const refused = await inside(0, codes, small).then(
      () => null,
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(Problem);
    expect((refused as Problem).status).toBe(503);
    expect(performance.now() - began).toBeGreaterThanOrEqual(95);
    gate.resolve();
    await Promise.all(held);
    expect(await inside(1, codes, small)).toEqual(["S-lakeside"]);
    await small.end();
  });

  test("loses no lease when its connections are killed again and again", async () => {
    const small = new LeasePool(world.database.as("app"), 2);
    for (let i = 0; i < 20; i += 1) {
      const killed = inside(
        0,
        async (lease) => {
          await terminate(lease);
          if (i % 2 === 0) await lease.rows("select 1");
        },
        small,
      );
      expect(await codeOf(killed)).not.toBe("committed");
      expect(await inside(1, codes, small)).toEqual(["S-lakeside"]);
    }
    await small.end();
  });

  test("gives up a server that says nothing any more", async () => {
    const deaf = new LeasePool(world.database.as("app"), 1, 5_000, 200);
    const silent = codeOf(inside(0, async (lease) => await lease.rows("select pg_sleep(10)"), deaf));
    expect(await silent).toBe("CONTEXT_LOST");
    expect(await inside(1, codes, deaf)).toEqual(["S-lakeside"]);
    // A door's single statement neither waits for ever nor keeps the connection.
    expect(await codeOf(deaf.once("select pg_sleep(10)", []))).toBe("CONTEXT_LOST");
    expect(await deaf.once("select 1", [])).toEqual([[1]]);
    await deaf.end();
  });

  test("keeps 500 transactions at once apart on four connections", async () => {
    const answers = await Promise.all(
      Array.from({ length: 500 }, (_, i) =>
        inside(i % 2, async (lease) => {
          if (i % 7 === 0) await lease.rows("select pg_sleep(0.001)");
          if (i % 11 === 0) throw new Error("given up");
          return await codes(lease);
        }).catch(() => ["given up"]),
      ),
    );
    const expected = (i: number) => (i % 11 === 0 ? "given up" : i % 2 === 0 ? "S-northfield" : "S-lakeside");
    expect(answers.filter((seen, i) => seen.length !== 1 || seen[0] !== expected(i))).toEqual([]);
  });
});
