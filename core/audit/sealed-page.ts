/**
 * The sealed record, a page at a time. Every page is a bounded stretch of one index, so that no plan can be worse than the
 * page: after a restore the planner has no statistics, and would read the whole record for each.
 */
import type { Lease } from "../tenancy/lease.ts";
import { leafColumns, leafTexts } from "./leaf.ts";

export const PAGE = 4_000;

/**
 * Said before a statement that joins the whole record with all its leaves: without statistics the planner takes both for
 * small and would go through one for each row of the other. For the rest of the transaction.
 */
export async function joinWhole(lease: Lease): Promise<void> {
  await lease.rows("select set_config('enable_nestloop', 'off', true)");
}

export interface FoundLeaf {
  readonly seq: number;
  readonly eventId: string;
  readonly hash: Uint8Array;
  readonly locator: Uint8Array;
  readonly checkpoint: string;
  /** Null when the event is gone. */
  readonly texts: readonly (string | null)[] | null;
  /** Everything older than this had been sealed before (UTC, to the microsecond). */
  readonly sealedUntil: string | null;
}

/** Leaves from `from` on, with their events, in order; `to` is not included. */
export async function leafPage(lease: Lease, tenantId: string, from: number, to = from + PAGE): Promise<FoundLeaf[]> {
  const leaves = await lease.rows(
    `select l.seq::text, l.event_id::text, l.hash, l.locator, l.checkpoint::text from core.audit_leaves l
     where l.tenant_id = $1::uuid and l.seq >= $2::bigint and l.seq < $3::bigint order by l.seq`,
    [tenantId, from, to],
  );
  if (leaves.length === 0) return [];
  const ids = leaves.map((leaf) => BigInt(String(leaf[1])));
  const points = leaves.map((leaf) => Number(leaf[4]));
  const events = await lease.rows(
    `select ${leafTexts} from unnest($4::text::bigint[]) as wanted (id)
     join core.audit_events e on e.tenant_id = $1::uuid and e.id = wanted.id and e.id >= $2::bigint and e.id <= $3::bigint`,
    [tenantId, String(ids.reduce(lower)), String(ids.reduce(higher)), `{${ids.join(",")}}`],
  );
  const complete = await lease.rows(
    `select c.id::text, to_char((c.complete_at - interval '1 hour') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
     from core.audit_checkpoints c where c.id >= $1::bigint and c.id <= $2::bigint`,
    [Math.min(...points) - 1, Math.max(...points) - 1],
  );
  const byId = new Map(events.map((texts) => [String(texts[ID]), texts as (string | null)[]]));
  const until = new Map(complete.map(([id, at]) => [Number(id), at as string | null]));
  return leaves.map(([seq, eventId, hash, locator, checkpoint]) => ({
    seq: Number(seq),
    eventId: String(eventId),
    hash: hash as Uint8Array,
    locator: locator as Uint8Array,
    checkpoint: String(checkpoint),
    texts: byId.get(String(eventId)) ?? null,
    sealedUntil: until.get(Number(checkpoint) - 1) ?? null,
  }));
}

const ID = leafColumns.indexOf("id");
const lower = (a: bigint, b: bigint) => (a < b ? a : b);
const higher = (a: bigint, b: bigint) => (a > b ? a : b);
