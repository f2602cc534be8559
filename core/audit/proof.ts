/** Why an outsider should believe an event: its leaf, the path to its institution's head, and from there to a checkpoint. */
import { Refusal } from "../refusal.ts";
import type { Lease } from "../tenancy/lease.ts";
import { headLeaf, readCheckpoint } from "./checkpoint.ts";
import { leafTexts } from "./leaf.ts";
import { type Hash, inclusionProof, rangeProof } from "./merkle.ts";
import { joinWhole, leafPage, PAGE } from "./sealed-page.ts";

const HASHES = 20_000;

/** An institution's head with its place in the log, and the note that signs it. */
export interface SignedHead {
  readonly tenantId: string;
  readonly size: number;
  readonly root: Hash;
  readonly position: number;
  readonly logSize: number;
  readonly path: readonly Hash[];
  readonly note: string;
}

/** The newest head of an institution, under the first checkpoint that covers it. */
export async function signedHead(lease: Lease, tenantId: string): Promise<SignedHead> {
  const [row] = await lease.rows(
    `select h.position::text, h.size::text, h.root, c.note from core.audit_heads h
     join core.audit_checkpoints c on c.id = h.checkpoint where h.tenant_id = $1::uuid order by h.position desc limit 1`,
    [tenantId],
  );
  if (!row)
    throw new Refusal("Nothing of this institution has been sealed yet. Sealing runs each second while Cairn serves.");
  const [position, size, root, note] = row;
  const logSize = readCheckpoint(String(note))?.size;
  if (logSize === undefined)
    throw new Refusal('The checkpoint over this institution is damaged. Run "cairn audit verify".');
  const log: Hash[] = [];
  while (log.length < logSize) {
    const page = await lease.rows(
      `select tenant_id::text, size::text, root from core.audit_heads h
       where h.position >= $1::bigint and h.position < $2::bigint order by h.position`,
      [log.length, Math.min(log.length + HASHES, logSize)],
    );
    if (page.length === 0) throw new Refusal('Heads under this checkpoint are missing. Run "cairn audit verify".');
    for (const [id, leaves, headRoot] of page) {
      log.push(headLeaf({ tenantId: String(id), size: Number(leaves), root: headRoot as Uint8Array }));
    }
  }
  return {
    tenantId,
    size: Number(size),
    root: root as Uint8Array,
    position: Number(position),
    logSize,
    path: inclusionProof(log, Number(position)),
    note: String(note),
  };
}

async function leafHashes(lease: Lease, tenantId: string, size: number): Promise<Hash[]> {
  const hashes: Hash[] = [];
  while (hashes.length < size) {
    const page = await lease.rows(
      "select hash from core.audit_leaves where tenant_id = $1::uuid and seq >= $2::bigint and seq < $3::bigint order by seq",
      [tenantId, hashes.length, Math.min(hashes.length + HASHES, size)],
    );
    if (page.length === 0) throw new Refusal('Leaves of this institution are missing. Run "cairn audit verify".');
    for (const [hash] of page) hashes.push(hash as Uint8Array);
  }
  return hashes;
}

export interface EventProof {
  readonly leaf: number;
  readonly texts: readonly (string | null)[];
  readonly path: readonly Hash[];
  readonly head: SignedHead;
}

/** Throws a Refusal for an event that is unknown, retired or not sealed yet. */
export async function proveEvent(lease: Lease, eventId: string): Promise<EventProof> {
  if (!/^\d{1,18}$/.test(eventId))
    throw new Refusal(`"${eventId}" is no event's number. Each event of the record shows its own.`);
  const [row] = await lease.rows(
    `select l.seq::text, ${leafTexts} from core.audit_events e
     left join core.audit_leaves l on l.tenant_id = e.tenant_id and l.event_id = e.id where e.id = $1::bigint`,
    [eventId],
  );
  if (!row) throw new Refusal(`The record holds no event ${eventId}.`);
  if (row[0] === null)
    throw new Refusal(`Event ${eventId} is not sealed yet. Sealing runs each second while Cairn serves.`);
  const [leaf, ...texts] = row as readonly (string | null)[];
  const head = await signedHead(lease, String(texts[0]));
  const hashes = await leafHashes(lease, head.tenantId, head.size);
  return { leaf: Number(leaf), texts, path: inclusionProof(hashes, Number(leaf)), head };
}

export interface ProvedEvent {
  readonly leaf: number;
  readonly hash: Hash;
  readonly locator: Uint8Array;
  /** Null for one that was retired. */
  readonly texts: readonly (string | null)[] | null;
}

/** An unbroken stretch of an institution's tree, with what leads from it to the checkpoint. */
export interface Stretch {
  readonly from: number;
  readonly events: readonly ProvedEvent[];
  readonly beside: readonly Hash[];
  readonly head: SignedHead;
}

/** All leaves from `from` up to `to`, which is not included. */
export async function proveStretch(lease: Lease, tenantId: string, from: number, to: number): Promise<Stretch> {
  const head = await signedHead(lease, tenantId);
  const end = Math.min(to, head.size);
  if (from >= end) throw new Refusal("No event of this time has been sealed.");
  const hashes = await leafHashes(lease, tenantId, head.size);
  const events: ProvedEvent[] = [];
  while (from + events.length < end) {
    const at = from + events.length;
    const page = await leafPage(lease, tenantId, at, Math.min(at + PAGE, end));
    if (page.length === 0) break;
    for (const { seq, hash, locator, texts } of page) events.push({ leaf: seq, hash, locator, texts });
  }
  return { from, events, beside: rangeProof(hashes, from, end), head };
}

/** The leaves that hold the events of a span of time, and those between them; null when there are none. */
export async function leavesOf(
  lease: Lease,
  tenantId: string,
  span: { readonly from: Date | null; readonly to: Date | null },
): Promise<{ readonly from: number; readonly to: number } | null> {
  await joinWhole(lease);
  const [row] = await lease.rows(
    `select min(l.seq)::text, max(l.seq)::text from core.audit_leaves l
     join core.audit_events e on e.tenant_id = l.tenant_id and e.id = l.event_id
     where l.tenant_id = $1::uuid and ($2::text is null or e.at >= $2::text::timestamptz) and ($3::text is null or e.at < $3::text::timestamptz)`,
    [tenantId, span.from?.toISOString() ?? null, span.to?.toISOString() ?? null],
  );
  return row?.[0] == null ? null : { from: Number(row[0]), to: Number(row[1]) + 1 };
}
