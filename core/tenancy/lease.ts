/**
 * The only way to a connection. A lease is exclusive: one postgres.js client of one connection, held by one request from
 * BEGIN to COMMIT, behind a handle that dies with it.
 *
 * Why not `sql.begin` on a shared pool (security.md §0, both reproduced): with a full pipeline postgres.js acknowledges
 * writes that are never committed; and a handle that outlives its callback runs inside the next tenant's transaction.
 * Closed here by four things: exclusive checkout; a handle that refuses after the callback; a refusal of work that was
 * not awaited; and a fence before COMMIT that proves we are still in our own transaction.
 */
import postgres from "postgres";
import type { Connection } from "../db/connection.ts";
import { Problem } from "../problem.ts";

type Client = ReturnType<typeof postgres>;

/** A programming error or a lost connection, never the user's doing. Its code is what the log says. */
export class LeaseBroken extends Error {
  constructor(
    readonly code: "CONTEXT_CLOSED" | "CONTEXT_LOST" | "UNAWAITED_QUERY" | "COMMIT_FAILED",
    sentence: string,
  ) {
    super(sentence);
  }
}

interface Slot {
  client: Client;
  /** Counts lost connections: a transaction that began under another generation is not ours any more. */
  generation: number;
}

/** One transaction's handle. */
export interface Lease {
  /** Runs one statement; rows come as arrays in column order. Throws LeaseBroken once the transaction is over. */
  rows(text: string, values?: readonly unknown[]): Promise<readonly (readonly unknown[])[]>;
  /**
   * The transaction's last statements: they travel with the fence and COMMIT, and nothing may follow them. When one fails,
   * COMMIT answers ROLLBACK and the transaction throws what the statement threw.
   */
  last(...statements: readonly Statement[]): void;
}

/** How a transaction begins. All of it is sent without waiting, together with the work's first statement. */
export interface Opening {
  /** Statements without parameters, sent with BEGIN. */
  readonly after?: string;
  /** Settings for the length of the transaction: name and value. */
  readonly settings?: readonly (readonly [name: string, value: string])[];
}

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

const identity = (value: unknown) => value;

/**
 * What the driver refuses to send never reaches the server, and a COMMIT sent behind it would succeed without it. So the
 * last statements carry only values that the driver cannot stumble over.
 */
function requirePlain(values: readonly unknown[]): void {
  for (const value of values) {
    const isPlain =
      value === null || value instanceof Uint8Array || ["string", "number", "boolean"].includes(typeof value);
    if (!isPlain) throw new TypeError("a transaction's last statement takes text, numbers, booleans, bytes and null");
  }
}

export class LeasePool {
  private readonly idle: Slot[] = [];
  private readonly slots: Slot[] = [];
  private readonly waiting: ((slot: Slot) => void)[] = [];
  private ended = false;

  /** @param waitMs how long a request waits for a connection before it is told that the server is busy */
  constructor(
    private readonly options: Connection,
    size: number,
    private readonly waitMs = 5_000,
  ) {
    for (let i = 0; i < size; i++) {
      const slot: Slot = { client: undefined as unknown as Client, generation: 0 };
      slot.client = this.connect(slot);
      this.slots.push(slot);
      this.idle.push(slot);
    }
  }

  private connect(slot: Slot): Client {
    const client = postgres({
      ...this.options,
      max: 1,
      onnotice: () => {},
      onclose: () => {
        slot.generation += 1;
      },
    });
    // Values travel as PostgreSQL wrote them; the compiled query's own columns turn them into dates and objects, just as
    // drizzle's driver would have it.
    const parsers = client.options.parsers as Record<number, unknown>;
    const serializers = client.options.serializers as Record<number, unknown>;
    for (const type of [1184, 1082, 1083, 1114, 1182, 1185, 1115, 1231]) {
      parsers[type] = identity;
      serializers[type] = identity;
    }
    for (const type of [114, 3802]) serializers[type] = identity;
    return client;
  }

  private async acquire(): Promise<Slot> {
    if (this.ended) throw new Problem("busy");
    const slot = this.idle.shift();
    if (slot) return slot;
    return new Promise((resolve, reject) => {
      const take = (freed: Slot) => {
        clearTimeout(timer);
        resolve(freed);
      };
      const timer = setTimeout(() => {
        const at = this.waiting.indexOf(take);
        if (at >= 0) this.waiting.splice(at, 1);
        reject(new Problem("busy"));
      }, this.waitMs);
      this.waiting.push(take);
    });
  }

  private release(slot: Slot): void {
    const next = this.waiting.shift();
    if (next) next(slot);
    else this.idle.push(slot);
  }

  /** Ends every connection; running transactions are rolled back by the server. */
  async end(): Promise<void> {
    this.ended = true;
    await Promise.all(this.slots.map((slot) => slot.client.end({ timeout: 1 })));
  }

  /** One statement outside any transaction: the doors, which are single functions. */
  async once(text: string, values: readonly unknown[]): Promise<readonly (readonly unknown[])[]> {
    const slot = await this.acquire();
    try {
      return (await slot.client
        .unsafe(text, values as never[], { prepare: true })
        .values()) as unknown as readonly unknown[][];
    } finally {
      this.release(slot);
    }
  }

  /**
   * BEGIN and `opening` in the burst of the first statement; `work`; then its last statement, the fence and COMMIT in one
   * burst. Anything thrown rolls back and is thrown on. Returns only when PostgreSQL has answered COMMIT.
   */
  async transact<T>(opening: Opening, work: (lease: Lease) => Promise<T>): Promise<T> {
    const slot = await this.acquire();
    const { client } = slot;
    const nonce = crypto.randomUUID();
    const pending = new Set<Promise<unknown>>();
    const generation = slot.generation;
    let open = true;
    let last: readonly Statement[] | null = null;
    let opened: Promise<unknown> = Promise.resolve();
    let clean = false;

    const send = (text: string, values: readonly unknown[]) =>
      client
        .unsafe(text, values as never[], { prepare: true })
        .values()
        .execute() as unknown as Promise<readonly unknown[][]>;
    const requireOurs = () => {
      if (slot.generation === generation) return;
      throw new LeaseBroken("CONTEXT_LOST", "the connection was lost inside the transaction");
    };

    const lease: Lease = {
      rows: (text, values = []) => {
        if (!open || last) throw new LeaseBroken("CONTEXT_CLOSED", "this transaction is over");
        requireOurs();
        const running = send(text, values);
        pending.add(running);
        const settle = () => pending.delete(running);
        running.then(settle, settle);
        return running;
      },
      last: (...statements) => {
        if (!open || last) throw new LeaseBroken("CONTEXT_CLOSED", "this transaction is over");
        for (const { values } of statements) requirePlain(values);
        last = statements;
      },
    };

    try {
      // Nobody waits for these: the work's first statement travels with them, and the fence is reached only behind them.
      const settings = [["cairn.nonce", nonce] as const, ...(opening.settings ?? [])];
      opened = Promise.all([
        client.unsafe(opening.after ? `begin; ${opening.after}` : "begin").execute(),
        send(
          `select ${settings.map(([name], i) => `set_config('${name}', $${i + 1}, true)`).join(", ")}`,
          settings.map(([, value]) => value),
        ),
      ]);
      opened.catch(() => {});

      const result = await work(lease);

      open = false;
      await opened;
      if (pending.size > 0) {
        await Promise.allSettled([...pending]);
        throw new LeaseBroken("UNAWAITED_QUERY", "a query was still running when its transaction ended");
      }
      requireOurs();
      // The fence divides by zero in any transaction but ours, and COMMIT then answers ROLLBACK; so it does when one of the
      // last statements failed.
      const final = ((last as readonly Statement[] | null) ?? []).map(({ text, values }) => send(text, values));
      const fence = send("select 1 / (current_setting('cairn.nonce', true) = $1)::int", [nonce]);
      const commit = client.unsafe("commit").execute();
      for (const one of await Promise.allSettled([...final, fence, commit])) {
        if (one.status === "rejected") throw one.reason;
      }
      if ((await commit).command !== "COMMIT")
        throw new LeaseBroken("COMMIT_FAILED", "the transaction was not committed");
      clean = true;
      return result;
    } catch (error) {
      open = false;
      const cause = await opened.then(
        () => error,
        (first: unknown) => first, // what the opening said explains what came after it
      );
      try {
        await Promise.allSettled([...pending]);
        if (slot.generation === generation) {
          await client.unsafe("rollback");
          clean = true;
        }
      } catch {
        // The connection is gone, and the transaction with it: a new one is made below.
      }
      throw cause;
    } finally {
      if (!clean) {
        client.end({ timeout: 0 }).catch(() => {});
        slot.client = this.connect(slot);
      }
      this.release(slot);
    }
  }
}
