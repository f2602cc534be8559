/**
 * The keys as they lie in storage, always wrapped, and the port behind which they lie.
 *
 *   provider ─ wraps ─► scope key (a tenant's or a workspace's, one per purpose)
 *                         ├─ wraps ─► subject key: not by the provider, so that a list of 50 people is not 50 calls
 *                         └─ HKDF ──► a subkey for each table, column and algorithm
 */
import { AES_256_GCM, type Algorithm, bind, decrypt, encrypt, join, knownAlgorithm } from "./aead.ts";
import { KeyRefused, SealBroken } from "./errors.ts";
import type { KeyContext } from "./kms.ts";
import { hkdf } from "./primitives.ts";
import { sodium } from "./sodium.ts";

/**
 * `index` makes the tags for searching. `apart` seals what the key of the workspace's data must never open, such as a
 * randomisation list. `field:studies.value` is the key of a class of fields that has extra protection here: the database
 * hands it out only to those who are named (core.withheld_classes), and the key service is told of it. Uploaded files lie in
 * sealed columns, so they are `field`; finished downloads are kept nowhere; each backup has a key of its own (container.ts).
 */
export type KeyPurpose = "field" | `field:${string}` | "apart" | "index";

export const classPurpose = (fieldClass: string): KeyPurpose => `field:${fieldClass}`;

export interface KeyScope {
  readonly tenant: string;
  /** null: the tenant's own key. */
  readonly workspace: string | null;
  /** null: the tenant's or workspace's own key. */
  readonly subject: string | null;
  readonly purpose: KeyPurpose;
}

export interface StoredKey extends KeyScope {
  /** A UUID: its 16 bytes are written into every ciphertext. */
  readonly id: string;
  /** Counts from 1 within a scope. */
  readonly version: number;
  /** null: destroyed, for ever. */
  readonly wrapped: Uint8Array | null;
  /** For a subject key the id of the scope key that wraps it; null: the provider does. */
  readonly wrappedBy: string | null;
  /** The provider's id, or that of the provider behind `wrappedBy`. */
  readonly provider: string;
}

/**
 * Storage, given for one request and bound to its transaction: what row-level security hides does not exist.
 * Access was decided before; nothing here asks who is asking.
 */
export interface KeyStore {
  /** The institution's choice for what is sealed from now on, once `current` was asked; undefined: none. */
  readonly algorithm?: Algorithm | undefined;
  /** The classes of fields that have extra protection in this workspace now: what is sealed lies under keys of their own. */
  protectedClasses(scope: Pick<KeyScope, "tenant" | "workspace">): Promise<ReadonlySet<string>>;
  /** In one query, in any order. May add the keys that wrap them, which saves a second query. */
  findMany(ids: readonly string[]): Promise<readonly StoredKey[]>;
  /** The newest version in this scope, destroyed or not; null: none was ever made. */
  current(scope: KeyScope): Promise<StoredKey | null>;
  /** Every version in this scope that was not destroyed, the newest first. */
  living(scope: KeyScope): Promise<readonly StoredKey[]>;
  /** Unique by scope and version. Returns the row that stands: when raced, the winner's. */
  insert(key: StoredKey): Promise<StoredKey>;
  /** Swaps the wrapping if it still is `was`; false when another process was first. */
  rewrap(
    id: string,
    was: Uint8Array,
    wrapped: Uint8Array,
    wrappedBy: string | null,
    provider: string,
  ): Promise<boolean>;
  /** Nulls the wrapped bytes of every version and purpose of this subject, tags cleared by the caller; returns the ids. */
  destroySubject(scope: Omit<KeyScope, "purpose">): Promise<readonly string[]>;
}

export function providerContext({ tenant, workspace, purpose }: KeyScope): KeyContext {
  return workspace === null ? { tenant, purpose } : { tenant, workspace, purpose };
}

/** A subject's key under its scope's key. Bound to the subject, not to a site: a transfer keeps its data readable. */
export function wrapSubjectKey(
  alg: Algorithm,
  scopeKey: Uint8Array,
  subjectKey: Uint8Array,
  row: Wrapping,
): Uint8Array {
  const subkey = hkdf(scopeKey, wrapInfo(alg));
  try {
    return join(Uint8Array.of(1, alg), encrypt(alg, subkey, subjectKey, wrapAad(alg, row)));
  } finally {
    sodium.memzero(subkey);
  }
}

export function unwrapSubjectKey(scopeKey: Uint8Array, wrapped: Uint8Array, row: Wrapping): Uint8Array {
  try {
    if (wrapped[0] !== 1) throw new SealBroken("unknown version");
    const alg = knownAlgorithm(wrapped[1]);
    const subkey = hkdf(scopeKey, wrapInfo(alg));
    try {
      return decrypt(alg, subkey, wrapped.subarray(2), wrapAad(alg, row));
    } finally {
      sodium.memzero(subkey);
    }
  } catch (error) {
    if (error instanceof SealBroken) throw new KeyRefused(`subject key ${row.id}: ${error.reason}`);
    throw error;
  }
}

export type Wrapping = Pick<StoredKey, "id" | "tenant" | "workspace" | "subject" | "purpose" | "version">;

const wrapInfo = (alg: Algorithm) => `cairn/wrap/subject|${alg === AES_256_GCM ? "aes" : "xchacha"}`;

function wrapAad(alg: Algorithm, { id, tenant, workspace, subject, purpose, version }: Wrapping): Uint8Array {
  return bind("cairn/subject-key", Uint8Array.of(1, alg), tenant, workspace, subject, purpose, String(version), id);
}
