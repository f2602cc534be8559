/** The short form of `bun run fault crash`, and the same promise against a failure of each single statement. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Lease, Statement } from "@core/tenancy/lease.ts";
import { type Standing, Transactions } from "@core/tenancy/transaction.ts";
import { thirtyValues } from "../bench/ledger.tsx";
import { type Drill, setDrill, victims } from "./drill.ts";

let drill: Drill;
beforeAll(async () => {
  drill = await setDrill();
});
afterAll(async () => await drill.stop());

/** Fails one statement of everything that goes through it: in the database, or before it is sent. */
class FailingTransactions extends Transactions {
  sent = 0;
  constructor(
    private readonly real: Transactions,
    private readonly failAt: number,
    private readonly how: "in the database" | "before it is sent",
  ) {
    super(undefined as never, new Uint8Array());
  }

  override run<T>(
    standing: Standing,
    options: { readonly readOnly: boolean },
    work: (lease: Lease) => Promise<T>,
    close: (lease: Lease, result: T) => Promise<void>,
  ): Promise<T> {
    return this.real.run(
      standing,
      options,
      (lease) => work(this.failing(lease)),
      (lease, result) => close(this.failing(lease), result),
    );
  }

  private failing(lease: Lease): Lease {
    const turned = (statement: Statement): Statement => {
      this.sent += 1;
      if (this.sent !== this.failAt) return statement;
      if (this.how === "before it is sent") throw new Error("nothing was sent");
      return { text: "select 1 / 0", values: [] };
    };
    return {
      rows: async (text, values = []) => {
        const { text: sent, values: with_ } = turned({ text, values });
        return await lease.rows(sent, with_);
      },
      last: (...statements) => lease.last(...statements.map(turned)),
    };
  }
}

describe.each(["in the database", "before it is sent"] as const)("a statement that fails %s", (how) => {
  test("leaves nothing half done, whichever it is", async () => {
    const { world, facts } = drill.stage;
    const house = world.house as { transactions: Transactions };
    const real = house.transactions;
    const statuses: number[] = [];
    try {
      for (let failAt = 1; statuses.at(-1) !== 303; failAt += 1) {
        expect(failAt).toBeLessThan(20);
        house.transactions = new FailingTransactions(real, failAt, how);
        const token = `${how} ${failAt}`;
        const form = { subject: facts.subjects[0] ?? "", sheet: "78", token, patient: "Invented Patient" };
        const answer = await world.web.fetch(
          new Request(`http://${facts.host}${facts.base}/entries`, {
            method: "POST",
            body: new URLSearchParams({ ...form, ...thirtyValues(failAt) }),
            headers: { cookie: `sid=${facts.people[0]?.cookie}`, "sec-fetch-site": "same-origin" },
          }),
        );
        statuses.push(answer.status);
        const [is] = await world.sql<{ entries: number; lines: number; outcome: string; changed: boolean }>(
          `select (select count(*)::int from ledger.entries where token = $1) as entries,
             (select count(*)::int from ledger.history h where not exists (select from ledger.entries e where e.id = h.entry_id)) as lines,
             a.outcome, a.changed ? 'ledger.entries' as changed
           from core.audit_events a where a.tenant_id = $2 order by a.id desc limit 1`,
          [token, facts.tenant],
        );
        const isDone = answer.status === 303;
        expect(is).toEqual({ entries: isDone ? 1 : 0, lines: 0, outcome: isDone ? "done" : "failed", changed: isDone });
        if (!isDone) expect(await answer.text()).not.toMatch(/division|nothing was sent/);
      }
    } finally {
      house.transactions = real;
    }
    // The key, the entry, its history and the record at least; every one of them was made to fail.
    expect(statuses.length).toBeGreaterThanOrEqual(5);
    expect(new Set(statuses.slice(0, -1))).toEqual(new Set([500]));
  });
});

describe("kill -9 under load", () => {
  test.each(victims)("of the %s loses nothing that was acknowledged", async (victim) => {
    const { acknowledged, ...wrong } = await drill.round(victim);
    expect(acknowledged).toBeGreaterThanOrEqual(10);
    expect(wrong).toEqual({ lost: 0, doubled: 0, orphaned: 0, mismatched: 0, open: 0 });
  });
});
