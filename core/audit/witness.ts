/**
 * A witness keeps checkpoints where the database's superuser cannot reach them: a file on another machine, a mail, a
 * bucket. What a witness has seen, this database must still be able to show, byte for byte; otherwise its record was cut
 * or rebuilt, even when everything in the database agrees with itself and the signature is right.
 */
import { Refusal } from "../refusal.ts";
import type { Lease } from "../tenancy/lease.ts";
import { headLeaf, isCheckpointSigned, readCheckpoint, splitNotes } from "./checkpoint.ts";
import { append, emptyFrontier, equal, frontierRoot } from "./merkle.ts";

export interface Witnessed {
  readonly compared: number;
  readonly findings: readonly string[];
}

/** The newest checkpoint's note; null when nothing has been sealed yet. */
export async function latestNote(lease: Lease): Promise<string | null> {
  const [row] = await lease.rows("select note from core.audit_checkpoints order by id desc limit 1");
  return row ? String(row[0]) : null;
}

/** Compares what a witness kept with what is here. */
export async function compareWitness(lease: Lease, kept: string, publicKey: Uint8Array): Promise<Witnessed> {
  const notes = splitNotes(kept).map((note) => ({ note, point: readCheckpoint(note) }));
  if (kept.trim() !== "" && notes.length === 0) {
    throw new Refusal('This file holds no checkpoints. Name a file that only "cairn audit witness" writes to.');
  }
  const findings: string[] = [];
  const log = emptyFrontier();
  const heads = await lease.rows("select tenant_id::text, size::text, root from core.audit_heads order by position");
  let agreed = "its beginning";
  for (const { note, point } of notes.sort((a, b) => (a.point?.size ?? 0) - (b.point?.size ?? 0))) {
    if (!point || !isCheckpointSigned(note, publicKey)) {
      findings.push("The witness holds a checkpoint that this installation did not sign.");
      continue;
    }
    const [here] = await lease.rows("select note from core.audit_checkpoints where id = $1::bigint", [point.id]);
    while (log.size < point.size && log.size < heads.length) {
      const [tenantId, size, root] = heads[log.size] as readonly unknown[];
      append(log, headLeaf({ tenantId: String(tenantId), size: Number(size), root: root as Uint8Array }));
    }
    const what = `checkpoint ${point.id} of ${point.at}`;
    if (log.size < point.size) {
      findings.push(
        `The witness saw ${what} over ${point.size} heads; the database has ${heads.length}: the record was cut after ${agreed}.`,
      );
    } else if (!equal(frontierRoot(log), point.root)) {
      findings.push(`The database is not the one that ${what} was taken from: it was rebuilt after ${agreed}.`);
    } else if (here?.[0] !== note) {
      findings.push(`The witness saw ${what}; the database ${here ? "has another in its place" : "has lost it"}.`);
    } else agreed = what;
  }
  return { compared: notes.length, findings };
}
