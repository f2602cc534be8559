/**
 * Offline recipients: X25519 key pairs whose private halves lie in a safe, so that the loss of the key service is not the
 * loss of the backups. A backup's key is put into a sealed box (libsodium) for each of them.
 */
import { Refusal } from "@core/refusal.ts";
import { KeyRefused } from "@core/vault/errors.ts";
import { sodium } from "@core/vault/sodium.ts";

const PUBLIC = "cairn-recipient-";
const PRIVATE = "cairn-identity-";

export interface Recipient {
  /** As it is printed and configured. */
  readonly name: string;
  readonly publicKey: Uint8Array;
}

export function makeRecipient(): { readonly recipient: string; readonly identity: string } {
  const { publicKey, privateKey } = sodium.crypto_box_keypair();
  const made = { recipient: PUBLIC + encode(publicKey), identity: PRIVATE + encode(privateKey) };
  sodium.memzero(privateKey);
  return made;
}

export function parseRecipient(text: string): Recipient {
  const bytes = decode(text, PUBLIC);
  if (!bytes) throw new Refusal(`"${text.slice(0, 60)}" is no recipient. Make one with: cairn backup recipient`);
  return { name: text, publicKey: bytes };
}

export function sealTo({ publicKey }: Recipient, key: Uint8Array): Uint8Array {
  return sodium.crypto_box_seal(key, publicKey);
}

/** The private half, as the file from the safe holds it; lines that begin with # are the keeper's own words. */
export function parseIdentity(text: string): { readonly recipient: string; open(sealed: Uint8Array): Uint8Array } {
  const line = text
    .split("\n")
    .map((one) => one.trim())
    .find((one) => one !== "" && !one.startsWith("#"));
  const privateKey = decode(line ?? "", PRIVATE);
  if (!privateKey) throw new Refusal("This file holds no identity. It is the one that cairn backup recipient wrote.");
  const publicKey = sodium.crypto_scalarmult_base(privateKey);
  return {
    recipient: PUBLIC + encode(publicKey),
    open(sealed) {
      try {
        return sodium.crypto_box_seal_open(sealed, publicKey, privateKey);
      } catch {
        throw new KeyRefused("this identity does not open the backup's key");
      }
    },
  };
}

const encode = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64url");

function decode(text: string, prefix: string): Uint8Array | null {
  if (!text.startsWith(prefix)) return null;
  const bytes = new Uint8Array(Buffer.from(text.slice(prefix.length), "base64url"));
  return bytes.length === 32 && encode(bytes) === text.slice(prefix.length) ? bytes : null;
}
