/** A run's manifest: what was written, signed by the installation, and chained to the one before it. */

import { sha256 } from "@core/vault/primitives.ts";
import type { SigningKey } from "@core/vault/signing.ts";
import { isSigned } from "@core/vault/signing.ts";
import type { BackupKind } from "./container.ts";
import type { TableCount } from "./snapshot.ts";

export interface BackupFile {
  readonly kind: BackupKind;
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly tables: readonly TableCount[];
}

export interface Manifest {
  readonly format: 1;
  readonly id: string;
  /** Counts from 1 without a gap. */
  readonly sequence: number;
  /** SHA-256 of the manifest before this one, as it was signed; null for the first. */
  readonly previous: string | null;
  readonly madeAt: string;
  readonly slot: string | null;
  readonly files: readonly BackupFile[];
  /** What was not as it should be, in sentences: the key service was away … */
  readonly notes: readonly string[];
}

export interface SignedManifest {
  readonly manifest: Manifest;
  /** Ed25519 over the manifest as JSON in this order of names. */
  readonly signature: string;
}

export function signManifest(manifest: Manifest, key: SigningKey): SignedManifest {
  return { manifest, signature: Buffer.from(key.sign(textOf(manifest))).toString("base64") };
}

export function isManifestSigned({ manifest, signature }: SignedManifest, publicKey: Uint8Array): boolean {
  return isSigned(publicKey, textOf(manifest), new Uint8Array(Buffer.from(signature, "base64")));
}

export const manifestDigest = ({ manifest }: SignedManifest): string => sha256(textOf(manifest)).toString("hex");

/** PostgreSQL's jsonb keeps no order of names: this is the one that is signed. */
function textOf({ format, id, sequence, previous, madeAt, slot, files, notes }: Manifest): Uint8Array {
  const inOrder = files.map(({ kind, name, bytes, sha256: digest, tables }) => ({
    kind,
    name,
    bytes,
    sha256: digest,
    tables: tables.map((table) => ({ name: table.name, rows: table.rows, sha256: table.sha256 })),
  }));
  return Buffer.from(JSON.stringify({ format, id, sequence, previous, madeAt, slot, files: inOrder, notes }));
}

/** A sentence for each thing that is wrong with the chain; `chain` in any order, the newest being `newest` when that is known. */
export function examineChain(
  chain: readonly SignedManifest[],
  publicKey: Uint8Array,
  newest?: number,
): readonly string[] {
  const inOrder = [...chain].sort((a, b) => a.manifest.sequence - b.manifest.sequence);
  const wrong: string[] = [];
  let before: SignedManifest | null = null;
  for (const one of inOrder) {
    const { sequence, previous } = one.manifest;
    if (!isManifestSigned(one, publicKey))
      wrong.push(`Backup ${sequence} does not bear this installation's signature.`);
    if (before && sequence === before.manifest.sequence)
      wrong.push(`There are two backups with the number ${sequence}.`);
    else if (before && sequence !== before.manifest.sequence + 1)
      wrong.push(`Between backup ${before.manifest.sequence} and ${sequence} some are missing.`);
    else if (before && previous !== manifestDigest(before))
      wrong.push(`Backup ${sequence} does not follow backup ${before.manifest.sequence}: one of them was exchanged.`);
    before = one;
  }
  const last = before?.manifest.sequence ?? 0;
  if (newest !== undefined && last < newest)
    wrong.push(`The newest backup here is number ${last}, but number ${newest} was made: newer ones were taken away.`);
  return wrong;
}
