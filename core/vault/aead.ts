/**
 * Authenticated encryption under a named algorithm, and the unambiguous writing of what a ciphertext is bound to.
 * 1 is the default; 3 is for institutions that must use AES. (2 was kept for secretbox, which binds nothing: unused.)
 */
import { createCipheriv, createDecipheriv, randomFillSync } from "node:crypto";
import { SealBroken } from "./errors.ts";
import { sodium } from "./sodium.ts";

export const XCHACHA20_POLY1305 = 1;
export const AES_256_GCM = 3;
export type Algorithm = typeof XCHACHA20_POLY1305 | typeof AES_256_GCM;

export const TAG_BYTES = 16;
const NONCE_BYTES: Readonly<Record<Algorithm, number>> = { 1: 24, 3: 12 };

export function knownAlgorithm(alg: number | undefined): Algorithm {
  if (alg === XCHACHA20_POLY1305 || alg === AES_256_GCM) return alg;
  throw new SealBroken("unknown algorithm");
}

/** As an institution's policy names them. */
export const ALGORITHM_NAMES = { "xchacha20-poly1305": XCHACHA20_POLY1305, "aes-256-gcm": AES_256_GCM } as const;
export type AlgorithmName = keyof typeof ALGORITHM_NAMES;

/** Undefined for no choice, and for a name nobody knows. */
export function algorithmNamed(name: unknown): Algorithm | undefined {
  return typeof name === "string" && Object.hasOwn(ALGORITHM_NAMES, name)
    ? ALGORITHM_NAMES[name as AlgorithmName]
    : undefined;
}

/** nonce ‖ ciphertext ‖ tag. The nonce is random: 192 bits need no counter; for AES 96 bits bound a key to 2^32 seals. */
export function encrypt(alg: Algorithm, key: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Uint8Array {
  const nonce = randomFillSync(new Uint8Array(NONCE_BYTES[alg]));
  if (alg === XCHACHA20_POLY1305) {
    return join(nonce, sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, aad, null, nonce, key));
  }
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(aad);
  return join(nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
}

/** The plaintext, or SealBroken: there is no third answer, and no hint which of the two reasons it was. */
export function decrypt(alg: Algorithm, key: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array {
  const start = NONCE_BYTES[alg];
  if (sealed.length < start + TAG_BYTES) throw new SealBroken("too short");
  const nonce = sealed.subarray(0, start);
  try {
    if (alg === XCHACHA20_POLY1305) {
      return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, sealed.subarray(start), aad, nonce, key);
    }
    const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(aad);
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
    const opened = decipher.update(sealed.subarray(start, sealed.length - TAG_BYTES));
    decipher.final();
    return new Uint8Array(opened.buffer, opened.byteOffset, opened.length);
  } catch {
    throw new SealBroken("does not authenticate");
  }
}

/**
 * Parts written one after another, each behind its length, so that ("ab","c") and ("a","bc") differ;
 * an absent part is written as a length no part can have, so that it differs from an empty one.
 */
export function bind(...parts: readonly (string | Uint8Array | null)[]): Uint8Array {
  // Measured, then written into one buffer: a list binds a hundred values a page.
  let size = 0;
  for (const part of parts) size += 4 + (typeof part === "string" ? Buffer.byteLength(part) : (part?.length ?? 0));
  const out = Buffer.allocUnsafe(size);
  let at = 0;
  for (const part of parts) {
    let length = 0;
    if (typeof part === "string") length = out.write(part, at + 4);
    else if (part) {
      out.set(part, at + 4);
      length = part.length;
    }
    out.writeUInt32BE(part === null ? 0xffffffff : length, at);
    at += 4 + length;
  }
  return out;
}

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
