/**
 * An event as it is sealed: a JSON array of texts, in this order for ever. A change of the order or of a text is a new
 * version, beside the old one: what was sealed must read the same after any upgrade of PostgreSQL, so never row_to_json.
 *
 * Beside each leaf's hash stands its locator: two bytes for each 32 of each column. It proves nothing (the hash does);
 * it finds the column and the bytes that are not as they were.
 */
import { equal, type Hash, leafHash } from "./merkle.ts";

export const LEAF_VERSION = "cairn.event.1";
const PIECE = 32;

/** Each column's name and its text in SQL; `e` is core.audit_events. */
const columns = [
  ["tenant_id", "e.tenant_id::text"],
  ["id", "e.id::text"],
  ["era", "e.era::text"],
  ["xid", "e.xid::text"],
  ["at", `to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`],
  ["workspace_id", "e.workspace_id::text"],
  ["actor_kind", "e.actor_kind"],
  ["actor_id", "e.actor_id::text"],
  ["actor_name", "e.actor_name"],
  ["session_ref", "e.session_ref"],
  ["ip", "e.ip::text"],
  ["agent", "e.agent"],
  ["request_id", "e.request_id::text"],
  ["act", "e.act"],
  ["permission", "e.permission"],
  ["event", "e.event"],
  ["sentence", "e.sentence"],
  ["outcome", "e.outcome"],
  ["status", "e.status::text"],
  ["subjects", "e.subjects::text"],
  ["read", "e.read::text"],
  ["changed", "e.changed::text"],
  ["detail", "e.detail::text"],
] as const;

export const leafColumns: readonly string[] = columns.map(([name]) => name);
/** For a select list: the texts that `leafOf` is given, in order. */
export const leafTexts = columns.map(([, text]) => text).join(", ");

export interface Leaf {
  readonly bytes: Uint8Array;
  readonly hash: Hash;
  readonly locator: Uint8Array;
}

/** `texts` as PostgreSQL gave them for `leafTexts`. */
export function leafOf(texts: readonly (string | null)[]): Leaf {
  const parts = partsOf(texts);
  const bytes = new TextEncoder().encode(`[${parts.join(",")}]`);
  return { bytes, hash: leafHash(bytes), locator: locatorOf(bytes, parts) };
}

/** The leaf's elements. "<" is escaped, so that a leaf can stand in a page as it is. */
function partsOf(texts: readonly (string | null)[]): string[] {
  return [LEAF_VERSION, ...texts].map((text) => JSON.stringify(text).replaceAll("<", "\\u003c"));
}

interface Piece {
  readonly column: number;
  readonly from: number;
  readonly to: number;
}

function* piecesOf(parts: readonly string[]): Generator<Piece> {
  let at = 1;
  for (const [column, part] of parts.entries()) {
    const end = at + Buffer.byteLength(part);
    for (let from = at; from < end; from += PIECE) yield { column, from, to: Math.min(from + PIECE, end) };
    at = end + 1;
  }
}

function locatorOf(bytes: Uint8Array, parts: readonly string[]): Uint8Array {
  const marks: number[] = [];
  for (const { from, to } of piecesOf(parts)) {
    const mark = markOf(bytes, from, to);
    marks.push(mark >> 8, mark & 255);
  }
  return Uint8Array.from(marks);
}

/** FNV-1a, folded to 16 bits: for finding, not for proving. */
function markOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  return ((hash >>> 16) ^ hash) & 0xffff;
}

export interface Alteration {
  readonly column: string;
  /** Offsets in the leaf as it is now, counted from 0; `to` is not included. */
  readonly from: number;
  readonly to: number;
  /** When one byte was replaced: what it was, proved by the sealed hash. Then from + 1 = to. */
  readonly was: string | null;
}

/** Where an event first differs from what was sealed; null when its locator was altered to fit. */
export function findAlteration(
  texts: readonly (string | null)[],
  sealed: Hash,
  locator: Uint8Array,
): Alteration | null {
  const parts = partsOf(texts);
  const bytes = new TextEncoder().encode(`[${parts.join(",")}]`);
  let index = 0;
  for (const { column, from, to } of piecesOf(parts)) {
    const mark = markOf(bytes, from, to);
    if (locator[index] !== mark >> 8 || locator[index + 1] !== (mark & 255)) {
      const name = column === 0 ? "version" : (leafColumns[column - 1] ?? "");
      return { column: name, ...(mendByte(bytes, from, to, sealed) ?? { from, to, was: null }) };
    }
    index += 2;
  }
  return null;
}

/** Tries every other value of every byte of the piece: 8,160 hashes at most. */
function mendByte(bytes: Uint8Array, from: number, to: number, sealed: Hash) {
  const trial = bytes.slice();
  for (let i = from; i < to; i++) {
    const now = bytes[i] as number;
    for (let value = 0; value < 256; value++) {
      if (value === now) continue;
      trial[i] = value;
      if (equal(leafHash(trial), sealed)) return { from: i, to: i + 1, was: String.fromCharCode(value) };
    }
    trial[i] = now;
  }
  return null;
}
