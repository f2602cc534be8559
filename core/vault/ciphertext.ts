/** How a sealed value lies in a column: `ver(1) alg(1) key_id(16) nonce(24|12) ct‖tag`, and what it is bound to. */
import { type Algorithm, bind, knownAlgorithm, TAG_BYTES } from "./aead.ts";
import { SealBroken } from "./errors.ts";
import type { KeyPurpose } from "./keys.ts";

/** Where a value lives. Ciphertext moved to any other address does not open. */
export interface FieldAddress {
  /** Schema and table, `milestones.milestones`. */
  readonly table: string;
  readonly column: string;
  /** The row's id. Known before the row is written: ids are made by us, not by the database. */
  readonly row: string;
  /** Of the column: with extra protection it lies under a key of its own. */
  readonly fieldClass?: string;
  /** Sealed under this subject's own key; left out: under the workspace's (or tenant's). */
  readonly subject?: string | null;
  /** Bound only without a subject: a subject's data stays readable when the subject moves to another site. */
  readonly site?: string | null;
  /** Which of its keys; "field" unless said. Named by the key itself, so not bound again. */
  readonly purpose?: KeyPurpose;
}

export const VERSION = 1;
export const HEADER_BYTES = 18;
const SHORTEST = HEADER_BYTES + 12 + TAG_BYTES;

export interface Header {
  readonly alg: Algorithm;
  readonly keyId: string;
}

export function writeHeader(alg: Algorithm, keyId: string): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  header[0] = VERSION;
  header[1] = alg;
  header.set(uuidBytes(keyId), 2);
  return header;
}

export function readHeader(bytes: Uint8Array): Header {
  if (bytes.length < SHORTEST) throw new SealBroken("too short");
  if (bytes[0] !== VERSION) throw new SealBroken("unknown version");
  return { alg: knownAlgorithm(bytes[1]), keyId: uuidText(bytes.subarray(2, HEADER_BYTES)) };
}

export function addressAad(
  tenant: string,
  workspace: string | null,
  header: Uint8Array,
  { table, column, row, subject = null, site = null }: FieldAddress,
): Uint8Array {
  return bind(tenant, workspace, subject, subject === null ? site : null, table, column, row, header);
}

export function uuidBytes(id: string): Uint8Array {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(id)) {
    throw new TypeError("A key's id is a lower-case UUID.");
  }
  return Buffer.from(id.replaceAll("-", ""), "hex");
}

export function uuidText(bytes: Uint8Array): string {
  const hex = bytes.toHex();
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
