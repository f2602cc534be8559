/**
 * Seals the record: takes the events whose transactions are all over, hashes them into their institutions' trees, logs
 * the new heads and signs a checkpoint, each second or after 20,000 rows, in one transaction.
 *
 * Why nothing slips through: an event carries the id of the transaction that wrote it (xid8, never given by the writer).
 * Below pg_snapshot_xmin every transaction has ended, so the rows between the watermark and it are complete, and no later
 * commit can come in among them. Writers wait for nobody. An advisory lock lets one process seal at a time; a process
 * that dies leaves a transaction that never was.
 */
import type { Connection } from "../db/connection.ts";
import type { Log } from "../house.ts";
import { Refusal } from "../refusal.ts";
import { type Lease, LeasePool } from "../tenancy/lease.ts";
import { type SigningKey, signingKey } from "../vault/signing.ts";
import { type Checkpoint, headLeaf, signCheckpoint } from "./checkpoint.ts";
import { leafOf, leafTexts } from "./leaf.ts";
import {
  append,
  emptyFrontier,
  type Frontier,
  frontierBytes,
  frontierRoot,
  type Hash,
  readFrontier,
} from "./merkle.ts";
import { joinWhole } from "./sealed-page.ts";

export const BATCH_ROWS = 20_000;
const PAUSE_MS = 1_000;
/** security.md §2.3: an alarm in the log from ten seconds on, an unwell process from a minute on. */
export const ALARM_SECONDS = 10;
export const UNWELL_SECONDS = 60;

export interface Round {
  /** "standby": another process holds the lock. */
  readonly state: "sealed" | "standby";
  readonly events: number;
  /** More is waiting than one round may take. */
  readonly more: boolean;
  /** The checkpoint's number; null when there was nothing to seal. */
  readonly checkpoint: number | null;
}

/** Thrown by a round when the rows have come to another cluster: nothing is sealed until `cairn audit rebase`. */
export class RebaseNeeded extends Refusal {
  override readonly name = "RebaseNeeded";
}

export interface SealState {
  readonly origin: string | null;
  readonly era: number;
  readonly systemId: string | null;
  readonly currentSystemId: string;
  readonly watermark: bigint;
  readonly horizon: bigint;
  readonly log: Frontier;
  /** Of the database, UTC. */
  readonly now: string;
  readonly completeAt: string | null;
}

const UTC = (what: string) => `to_char(${what} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** The horizon is taken here, before any row is read: what lies below it is over, whatever a later statement sees. */
export async function readState(lease: Lease): Promise<SealState> {
  const [row] = await lease.rows(
    `select origin, era, system_id, (select system_identifier::text from pg_control_system()), watermark::text,
       pg_snapshot_xmin(pg_current_snapshot())::text, log_size::text, log_frontier, ${UTC("clock_timestamp()")}, ${UTC("complete_at")}
     from core.audit_state`,
  );
  if (!row)
    throw new Refusal("core.audit_state is empty, so sealing does not know where it stands. Restore it from a backup.");
  const [origin, era, systemId, currentSystemId, watermark, horizon, size, frontier, now, completeAt] = row;
  return {
    origin: origin as string | null,
    era: Number(era),
    systemId: systemId as string | null,
    currentSystemId: String(currentSystemId),
    watermark: BigInt(String(watermark)),
    horizon: BigInt(String(horizon)),
    log: readFrontier(Number(size), frontier as Uint8Array),
    now: String(now),
    completeAt: completeAt as string | null,
  };
}

/**
 * For the round's transaction: the next rows come along their index, in order. Without statistics (a new table, a restored
 * database) the planner would read and sort all that waits for every batch.
 */
const ALONG_THE_INDEX =
  "select set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true)";

/** The name of an installation's log: its public address, without the protocol. */
export function originOf(baseUrl: string): string {
  return `${new URL(baseUrl).host}/audit`;
}

/** One round, inside the caller's transaction. */
export async function sealRound(lease: Lease, key: SigningKey, origin: string, limit = BATCH_ROWS): Promise<Round> {
  const [lock] = await lease.rows("select pg_try_advisory_xact_lock(hashtextextended('cairn.seal', 0))");
  if (lock?.[0] !== true) return { state: "standby", events: 0, more: false, checkpoint: null };
  await lease.rows(ALONG_THE_INDEX);
  const state = await readState(lease);
  requireSameCluster(state);
  const { rows, next } = await takeRows(lease, state, limit);
  const more = next < state.horizon;
  if (rows.length === 0) return { state: "sealed", events: 0, more: false, checkpoint: null };
  const checkpoint = await sealRows(lease, key, state, rows, { origin, complete: !more });
  await lease.rows("update core.audit_state set watermark = $1::text::xid8, system_id = $2", [
    String(next),
    state.currentSystemId,
  ]);
  return { state: "sealed", events: rows.length, more, checkpoint };
}

function requireSameCluster({ systemId, currentSystemId, watermark, horizon }: SealState): void {
  if ((systemId === null || systemId === currentSystemId) && watermark <= horizon) return;
  throw new RebaseNeeded(
    "The record came here from another database server, so its transaction numbers mean nothing here and sealing has stopped. " +
      'Run "cairn audit rebase": it verifies what is sealed, seals the rest and signs the change.',
  );
}

type Row = readonly unknown[];
const selectEvents = `select e.xid::text, ${leafTexts} from core.audit_events e`;

/** Whole transactions only: a batch that would end inside one ends before it. */
async function takeRows(
  lease: Lease,
  state: SealState,
  limit: number,
): Promise<{ rows: readonly Row[]; next: bigint }> {
  const range = [state.era, String(state.watermark), String(state.horizon)];
  const rows = await lease.rows(
    `${selectEvents} where e.era = $1::int and e.xid >= $2::text::xid8 and e.xid < $3::text::xid8 order by e.xid, e.id limit $4::int`,
    [...range, limit + 1],
  );
  if (rows.length <= limit) return { rows, next: state.horizon };
  const cut = String(rows.at(-1)?.[0]);
  const whole = rows.filter((row) => row[0] !== cut);
  if (whole.length > 0) return { rows: whole, next: BigInt(cut) };
  const one = await lease.rows(`${selectEvents} where e.era = $1::int and e.xid = $2::text::xid8 order by e.id`, [
    state.era,
    cut,
  ]);
  return { rows: one, next: BigInt(cut) + 1n };
}

/** Every event without a leaf, in the order it was written: for a change of era, under a lock that keeps writers out. */
export async function takeUnsealed(lease: Lease): Promise<readonly Row[]> {
  await joinWhole(lease);
  return lease.rows(
    `${selectEvents} where not exists (select from core.audit_leaves l where l.tenant_id = e.tenant_id and l.event_id = e.id)
     order by e.era, e.xid, e.id`,
  );
}

/** Leaves, trees, heads, the checkpoint and the log's state. Returns the checkpoint's number. */
export async function sealRows(
  lease: Lease,
  key: SigningKey,
  state: SealState,
  rows: readonly Row[],
  { origin, complete, rebased, era = state.era }: { origin: string; complete: boolean; rebased?: string; era?: number },
): Promise<number> {
  const [last] = await lease.rows("select coalesce(max(id), 0)::text from core.audit_checkpoints");
  const id = Number(last?.[0]) + 1;
  const byTenant = Map.groupBy(rows, (row) => String(row[1]));
  const tenants = [...byTenant.keys()].sort();
  const trees = await readTrees(lease, tenants);

  const leaves = columnsOf(5);
  const grown = columnsOf(4);
  const heads = columnsOf(4);
  for (const tenantId of tenants) {
    const tree = trees.get(tenantId) ?? emptyFrontier();
    for (const row of byTenant.get(tenantId) ?? []) {
      const texts = row.slice(1) as (string | null)[];
      const { hash, locator } = leafOf(texts);
      leaves.add(tenantId, String(tree.size), texts[1] as string, hex(hash), hex(locator));
      append(tree, hash);
    }
    const root = frontierRoot(tree);
    grown.add(tenantId, String(tree.size), hex(frontierBytes(tree)), hex(root));
    heads.add(tenantId, String(state.log.size), String(tree.size), hex(root));
    append(state.log, headLeaf({ tenantId, size: tree.size, root }));
  }

  await lease.rows(
    `insert into core.audit_leaves (tenant_id, seq, event_id, hash, locator, checkpoint)
     select t, s, e, decode(h, 'hex'), decode(l, 'hex'), $6::bigint
     from unnest($1::text::uuid[], $2::text::bigint[], $3::text::bigint[], $4::text::text[], $5::text::text[]) as x (t, s, e, h, l)`,
    [...leaves.arrays(), id],
  );
  await lease.rows(
    `insert into core.audit_trees (tenant_id, size, frontier, root)
     select t, s, decode(f, 'hex'), decode(r, 'hex')
     from unnest($1::text::uuid[], $2::text::bigint[], $3::text::text[], $4::text::text[]) as x (t, s, f, r)
     on conflict (tenant_id) do update set size = excluded.size, frontier = excluded.frontier, root = excluded.root`,
    grown.arrays(),
  );
  await lease.rows(
    `insert into core.audit_heads (tenant_id, position, size, root, checkpoint)
     select t, p, s, decode(r, 'hex'), $5::bigint
     from unnest($1::text::uuid[], $2::text::bigint[], $3::text::bigint[], $4::text::text[]) as x (t, p, s, r)`,
    [...heads.arrays(), id],
  );

  const point: Checkpoint = {
    origin: state.origin ?? origin,
    size: state.log.size,
    root: frontierRoot(state.log),
    id,
    era,
    at: state.now,
    ...(rebased && { rebased }),
  };
  const completeAt = complete ? state.now : state.completeAt;
  await lease.rows(
    `insert into core.audit_checkpoints (id, era, at, complete_at, log_size, note)
     values ($1::bigint, $2::int, $3::text::timestamptz, $4::text::timestamptz, $5::bigint, $6)`,
    [id, era, point.at, completeAt, point.size, signCheckpoint(point, key)],
  );
  await lease.rows(
    `update core.audit_state set origin = $1, log_size = $2::bigint, log_frontier = decode($3, 'hex'),
       complete_at = $4::text::timestamptz`,
    [point.origin, point.size, hex(frontierBytes(state.log)), completeAt],
  );
  return id;
}

async function readTrees(lease: Lease, tenants: readonly string[]): Promise<Map<string, Frontier>> {
  const rows = await lease.rows(
    "select tenant_id::text, size::text, frontier from core.audit_trees where tenant_id = any($1::text::uuid[])",
    [`{${tenants.join(",")}}`],
  );
  return new Map(rows.map(([id, size, frontier]) => [String(id), readFrontier(Number(size), frontier as Uint8Array)]));
}

const hex = (bytes: Hash) => Buffer.from(bytes).toString("hex");

/** Columns for unnest, each sent as one text: ids, numbers and hex need no quoting. */
function columnsOf(count: number) {
  const columns: string[][] = Array.from({ length: count }, () => []);
  return {
    add: (...values: readonly string[]) => {
      for (const [i, value] of values.entries()) columns[i]?.push(value);
    },
    arrays: () => columns.map((column) => `{${column.join(",")}}`),
  };
}

/** How long the oldest unsealed event has been waiting, in seconds; 0 when none is. */
export async function readLag(lease: Lease): Promise<number> {
  const [row] = await lease.rows(
    `select coalesce(extract(epoch from clock_timestamp() - min(e.at)), 0)::float8 from core.audit_events e
     where e.era = (select era from core.audit_state) and e.xid >= (select watermark from core.audit_state)`,
  );
  return Math.max(0, Number(row?.[0] ?? 0));
}

export interface SealStatus {
  readonly state: "starting" | "sealing" | "standby" | "stopped" | "failing";
  /** The age of the oldest unsealed event when last looked at. */
  readonly lagSeconds: number;
  readonly events: number;
  readonly checkpoint: number | null;
  /** A sentence when it is not sealing. */
  readonly why: string | null;
}

/** Seals until it is stopped. A lost database is tried again each second; another cluster needs a person. */
export class RecordSealer {
  private readonly pool: LeasePool;
  private readonly key: SigningKey;
  private readonly stopping = new AbortController();
  private running: Promise<void> | null = null;
  private now: SealStatus = { state: "starting", lagSeconds: 0, events: 0, checkpoint: null, why: null };
  private alarmed = false;

  constructor(
    connection: Connection,
    secret: string,
    private readonly origin: string,
    private readonly log: Log,
    private readonly pauseMs = PAUSE_MS,
    private readonly limit = BATCH_ROWS,
  ) {
    this.pool = new LeasePool(connection, 1);
    this.key = signingKey(secret, "audit");
  }

  start(): this {
    this.running ??= this.run();
    return this;
  }

  get status(): SealStatus {
    return this.now;
  }

  /** False when events have waited for more than a minute, or sealing waits for a rebase. */
  get isWell(): boolean {
    return this.now.state !== "stopped" && this.now.lagSeconds <= UNWELL_SECONDS;
  }

  /** Ends after the round that is running. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await this.pool.end();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const more = await this.round();
      if (!more && !signal.aborted) await pause(this.pauseMs, signal);
    }
  }

  /** One round and what is said about it. Answers whether more is waiting. */
  async round(): Promise<boolean> {
    try {
      const { round, lag } = await this.pool.transact({}, async (lease) => {
        const round = await sealRound(lease, this.key, this.origin, this.limit);
        return { round, lag: await readLag(lease) };
      });
      this.now = {
        state: round.state === "standby" ? "standby" : "sealing",
        lagSeconds: lag,
        events: this.now.events + round.events,
        checkpoint: round.checkpoint ?? this.now.checkpoint,
        why: null,
      };
      this.watchLag(lag);
      return round.more;
    } catch (error) {
      const needsPerson = error instanceof RebaseNeeded;
      const state = needsPerson ? "stopped" : "failing";
      if (this.now.state !== state) {
        const code = error instanceof Error && "code" in error ? String(error.code) : (error as Error).name;
        this.log("error", needsPerson ? "audit.rebase_needed" : "audit.seal_failed", { code });
      }
      const why = error instanceof Refusal ? error.message : "The database did not let the record be sealed.";
      const lagSeconds = needsPerson ? this.now.lagSeconds : this.now.lagSeconds + this.pauseMs / 1000;
      this.now = { ...this.now, state, why, lagSeconds };
      return false;
    }
  }

  private watchLag(lag: number): void {
    if (lag > ALARM_SECONDS !== this.alarmed) {
      this.alarmed = !this.alarmed;
      this.log(this.alarmed ? "error" : "info", this.alarmed ? "audit.lag" : "audit.lag_over", {
        seconds: Math.round(lag),
      });
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
