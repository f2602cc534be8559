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
    readonly code: "CONTEXT_CLOSED" | "CONTEXT_LOST" | "UNAWAITED_QUERY" | "COMMIT_FAILED" | "COMMIT_UNKNOWN",
    sentence: string,
  ) {
    super(sentence);
  }
}

/** One client with its connection. */
interface Line {
  readonly client: Client;
  /** Counts lost connections: a transaction that began under another generation is not ours any more. */
  generation: number;
}

interface Slot {
  line: Line;
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

const closed = () => new LeaseBroken("CONTEXT_CLOSED", "there is no transaction here");

/** For what is drawn without a connection. */
export const noLease: Lease = {
  rows: () => Promise.reject(closed()),
  last() {
    throw closed();
  },
};

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

/** Longer than any statement may run (roles.ts: 15 s): what has not been answered by then never will be. */
const ANSWER_MS = 20_000;

/** A transaction that is under way, as the pool's watch sees it. */
interface Running {
  /** Since when it waits for an answer; null while it waits for none. */
  silentSince: number | null;
  giveUp(): void;
}

/** So many may wait at once; who comes then is told at once, before the house is buried in what it holds for them. */
const MOST_WAITING = 2_000;

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
  private readonly running = new Set<Running>();
  private readonly watch = setInterval(() => this.giveUpSilent(), 1_000);
  private ended = false;

  /** @param waitMs how long a request waits for a connection before it is told that the server is busy */
  constructor(
    private readonly options: Connection,
    size: number,
    private readonly waitMs = 5_000,
    private readonly answerMs = ANSWER_MS,
  ) {
    this.watch.unref();
    for (let i = 0; i < size; i++) {
      const slot: Slot = { line: this.connect() };
      this.slots.push(slot);
      this.idle.push(slot);
    }
  }

  private connect(): Line {
    const client = postgres({
      ...this.options,
      max: 1,
      onnotice: () => {},
      onclose: () => {
        line.generation += 1;
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
    const line: Line = { client, generation: 0 };
    return line;
  }

  /** A connection can die so that nothing is ever rejected. Its transaction ends here, and its lease is made anew. */
  private giveUpSilent(): void {
    const since = performance.now() - this.answerMs;
    for (const one of this.running) if (one.silentSince !== null && one.silentSince < since) one.giveUp();
  }

  /** For a line that may be dead: what is sent on it after a reset, and before its close is noticed, is never answered. */
  private replace(slot: Slot): void {
    slot.line.client.end({ timeout: 0 }).catch(() => {});
    slot.line = this.connect();
  }

  /** First come, first served. */
  private async acquire(waitMs: number): Promise<Slot> {
    if (this.ended) throw new Problem("busy");
    const slot = this.idle.shift();
    if (slot) return slot;
    if (this.waiting.length >= MOST_WAITING) throw new Problem("busy");
    return new Promise((resolve, reject) => {
      const take = (freed: Slot) => {
        clearTimeout(timer);
        resolve(freed);
      };
      const timer = setTimeout(() => {
        const at = this.waiting.indexOf(take);
        if (at >= 0) this.waiting.splice(at, 1);
        reject(new Problem("busy"));
      }, waitMs);
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
    clearInterval(this.watch);
    await Promise.all(this.slots.map((slot) => slot.line.client.end({ timeout: 1 })));
  }

  /** One statement outside any transaction: the doors, which are single functions. */
  async once(text: string, values: readonly unknown[]): Promise<readonly (readonly unknown[])[]> {
    const slot = await this.acquire(this.waitMs);
    const { running, silence } = this.beginWatch();
    try {
      const answer = slot.line.client
        .unsafe(text, values as never[], { prepare: true })
        .values()
        .execute();
      return (await Promise.race([answer, silence])) as unknown as readonly unknown[][];
    } catch (error) {
      if (isDisconnection(error) || error instanceof LeaseBroken) this.replace(slot);
      throw error;
    } finally {
      this.running.delete(running);
      this.release(slot);
    }
  }

  /** Under the watch from now on: `silence` is rejected when an answer is owed for too long. */
  private beginWatch(): { running: Running; silence: Promise<never> } {
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => {});
    const running: Running = {
      silentSince: performance.now(),
      giveUp: () => reject(new LeaseBroken("CONTEXT_LOST", "the database did not answer any more")),
    };
    this.running.add(running);
    return { running, silence: promise };
  }

  /**
   * BEGIN and `opening` in the burst of the first statement; `work`; then its last statement, the fence and COMMIT in one
   * burst. Anything thrown rolls back and is thrown on. Returns only when PostgreSQL has answered COMMIT.
   */
  async transact<T>(opening: Opening, work: (lease: Lease) => Promise<T>, waitMs = this.waitMs): Promise<T> {
    const slot = await this.acquire(waitMs);
    const { line } = slot;
    const { client } = line;
    const nonce = crypto.randomUUID();
    const pending = new Set<Promise<unknown>>();
    const { generation } = line;
    let open = true;
    let last: readonly Statement[] | null = null;
    let opened: Promise<unknown> = Promise.resolve();
    let isCommitting = false;
    let clean = false;
    const { running, silence } = this.beginWatch();
    const heard = () => {
      running.silentSince = pending.size > 0 ? performance.now() : null;
    };

    const send = (text: string, values: readonly unknown[]) =>
      client
        .unsafe(text, values as never[], { prepare: true })
        .values()
        .execute() as unknown as Promise<readonly unknown[][]>;
    const requireOurs = () => {
      if (line.generation === generation) return;
      throw new LeaseBroken("CONTEXT_LOST", "the connection was lost inside the transaction");
    };

    const lease: Lease = {
      rows: (text, values = []) => {
        if (!open || last) throw new LeaseBroken("CONTEXT_CLOSED", "this transaction is over");
        requireOurs();
        const answer = send(text, values);
        pending.add(answer);
        running.silentSince = performance.now();
        answer.then(
          () => {
            pending.delete(answer);
            heard();
          },
          (error: unknown) => {
            pending.delete(answer);
            heard();
            if (isDisconnection(error)) line.generation += 1;
          },
        );
        return answer;
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
      opened.then(heard, heard);

      const result = await Promise.race([work(lease), silence]);

      open = false;
      await Promise.race([opened, silence]);
      if (pending.size > 0) {
        await Promise.allSettled([...pending]);
        throw new LeaseBroken("UNAWAITED_QUERY", "a query was still running when its transaction ended");
      }
      requireOurs();
      // The fence divides by zero in any transaction but ours, and COMMIT then answers ROLLBACK; so it does when one of the
      // last statements failed.
      const burst = [
        ...((last as readonly Statement[] | null) ?? []).map(({ text, values }) => send(text, values)),
        send("select 1 / (current_setting('cairn.nonce', true) = $1)::int", [nonce]),
      ];
      const commit = client.unsafe("commit").execute();
      isCommitting = true;
      // The first that fails says why; on a dead line the others may never be answered.
      running.silentSince = performance.now();
      await Promise.race([Promise.all([...burst, commit]), silence]);
      if ((await commit).command !== "COMMIT")
        throw new LeaseBroken("COMMIT_FAILED", "the transaction was not committed");
      clean = true;
      return result;
    } catch (error) {
      open = false;
      const cause = await Promise.race([opened, silence]).then(
        () => error,
        (first: unknown) => first, // what the opening said explains what came after it
      );
      const isLost = line.generation !== generation || isDisconnection(cause) || isSilent(cause);
      if (!isLost) clean = await rolledBack(client, pending);
      // It may have been carried out; what failed before it says that it was not.
      if (isLost && isCommitting)
        throw new LeaseBroken("COMMIT_UNKNOWN", "the connection was lost before COMMIT was answered");
      throw cause;
    } finally {
      this.running.delete(running);
      if (!clean) this.replace(slot);
      this.release(slot);
    }
  }
}

const ROLLBACK_MS = 2_000;

/** False when the connection does not answer: it is given up, and the server rolls back when it notices. */
async function rolledBack(client: Client, pending: ReadonlySet<Promise<unknown>>): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), ROLLBACK_MS);
  const rollback = Promise.allSettled([...pending])
    .then(() => client.unsafe("rollback"))
    .then(
      () => true,
      () => false,
    );
  const isDone = await Promise.race([rollback, late.promise]);
  clearTimeout(timer);
  return isDone;
}

const isSilent = (error: unknown): boolean => error instanceof LeaseBroken && error.code === "CONTEXT_LOST";

/** The connection failed, not the statement: nothing on it will be answered any more. */
function isDisconnection(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === "string" && /^(CONNECTION_|CONNECT_|ECONN|EPIPE|ETIMEDOUT|57P0[123]$)/.test(code);
}
