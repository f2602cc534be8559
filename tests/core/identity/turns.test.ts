/** What stands in front of the database's counts: it answers as the database would, and asks it seldom. */
import { describe, expect, test } from "bun:test";
import type { Pace, Refused } from "@core/identity/door.ts";
import { FederationDoor } from "@core/identity/federation/door.ts";
import { Refusals } from "@core/identity/refusals.ts";
import { Turns } from "@core/identity/turns.ts";
import type { LeasePool } from "@core/tenancy/lease.ts";

/** core.take_turn, with a clock of the test's. */
class Counts {
  now = 0;
  asked = 0;
  private readonly full = new Map<string, number>();
  readonly takeTurn = async (tenant: string, bucket: string, { everySeconds, burst }: Pace): Promise<boolean> => {
    this.asked += 1;
    const key = `${tenant} ${bucket}`;
    const every = everySeconds * 1_000;
    const full = this.full.get(key) ?? 0;
    if (full > this.now + every * (burst - 1)) return false;
    this.full.set(key, Math.max(full, this.now) + every);
    return true;
  };
}

describe("turns", () => {
  test("are given exactly where the database would give them, whatever the rhythm", async () => {
    const [alone, behind] = [new Counts(), new Counts()];
    const turns = new Turns(behind, () => behind.now);
    const pace = { everySeconds: 2, burst: 5 };
    let step = 7;
    for (let i = 0; i < 2_000; i += 1) {
      step = (step * 48_271) % 2_147_483_647; // the same steps in every run
      alone.now += step % 3_000;
      behind.now = alone.now;
      const bucket = `sign-in:10.0.0.${i % 3}`;
      expect(await turns.take("here", bucket, pace)).toBe(await alone.takeTurn("here", bucket, pace));
    }
  });

  test("that this process gave are enough to say no: a flood asks the database for what it gets", async () => {
    const counts = new Counts();
    const turns = new Turns(counts, () => counts.now);
    const pace = { everySeconds: 60, burst: 5 };
    const taken = await Promise.all(Array.from({ length: 1_000 }, () => turns.take("here", "door", pace)));
    expect([taken.filter(Boolean).length, counts.asked]).toEqual([5, 5]);
    expect(await turns.take("there", "door", pace)).toBe(true);
    counts.now += 60_000;
    expect(await turns.take("here", "door", pace)).toBe(true);
  });

  test("that others gave are learned from the database's no, until the next can be due", async () => {
    const counts = new Counts();
    const pace = { everySeconds: 10, burst: 3 };
    const turns = new Turns(counts, () => counts.now);
    for (let i = 0; i < 3; i += 1) await counts.takeTurn("here", "door", pace);
    counts.asked = 0;
    for (let i = 0; i < 100; i += 1) expect(await turns.take("here", "door", pace)).toBe(false);
    expect(counts.asked).toBe(1);
    counts.now += 10_000;
    expect(await turns.take("here", "door", pace)).toBe(true);
  });

  test("that could not be asked for are not lost", async () => {
    let isAway = true;
    const turns = new Turns({
      takeTurn: async () => {
        if (isAway) throw new Error("the database is away");
        return true;
      },
    });
    const pace = { everySeconds: 60, burst: 1 };
    await expect(turns.take("here", "door", pace)).rejects.toThrow("away");
    isAway = false;
    expect([await turns.take("here", "door", pace), await turns.take("here", "door", pace)]).toEqual([true, false]);
  });
});

describe("refusals", () => {
  const held = () => {
    const written: Refused[][] = [];
    const gates: ReturnType<typeof Promise.withResolvers<void>>[] = [];
    const refusals = new Refusals({
      noteRefusals: (counted) => {
        written.push([...counted]);
        const gate = Promise.withResolvers<void>();
        gates.push(gate);
        return gate.promise;
      },
    });
    return { written, gates, refusals };
  };

  test("that come while others are written go together, each counted once", async () => {
    const { written, gates, refusals } = held();
    const first = refusals.note("here", "192.0.2.1", "POST /sign-in", 429);
    await Promise.resolve();
    const rest = Array.from({ length: 9 }, (_, i) =>
      refusals.note("here", i < 6 ? "192.0.2.1" : null, "POST /sign-in", 429),
    );
    expect(written.map((batch) => batch.length)).toEqual([1]);
    gates[0]?.resolve();
    await first;
    await Promise.resolve();
    gates[1]?.resolve();
    await Promise.all(rest);
    expect(written.flat().map(({ ip, times }) => [ip, times])).toEqual([
      ["192.0.2.1", 1],
      ["192.0.2.1", 6],
      ["0.0.0.0", 3],
    ]);
  });

  test("that could not be written are said so to those who wait for them, and to nobody else", async () => {
    const { gates, refusals } = held();
    const first = refusals.note("here", null, "GET /", 401);
    await Promise.resolve();
    const second = refusals.note("here", null, "GET /", 401);
    gates[0]?.reject(new Error("away"));
    await expect(first).rejects.toThrow("away");
    await Promise.resolve();
    gates[1]?.resolve();
    await second;
  });
});

test("what is remembered in front of the database is one institution's: turns, refusals, the list of sign-in services", async () => {
  const counts = new Counts();
  const turns = new Turns(counts, () => counts.now);
  const once: Pace = { everySeconds: 60, burst: 1 };
  const take = (tenant: string) => turns.take(tenant, "sign-in:192.0.2.1", once);
  expect([await take("here"), await take("here"), await take("there")]).toEqual([true, false, true]);

  const written: Refused[] = [];
  const refusals = new Refusals({ noteRefusals: async (batch) => void written.push(...batch) });
  await Promise.all(["here", "there", "here"].map((tenant) => refusals.note(tenant, "192.0.2.1", "GET /", 401)));
  expect(written.map(({ tenant, times }) => [tenant, times])).toEqual([
    ["here", 2],
    ["there", 1],
  ]);

  const pool = { once: async (_: string, [tenant]: readonly unknown[]) => [["id", "saml", `Of ${tenant}`]] };
  const federation = new FederationDoor(pool as unknown as LeasePool);
  const titles: string[] = [];
  for (const tenant of ["here", "there", "here"])
    titles.push(...(await federation.listLately(tenant)).map(({ title }) => title));
  expect(titles).toEqual(["Of here", "Of there", "Of here"]);
});
