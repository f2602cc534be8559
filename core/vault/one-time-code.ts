/**
 * Codes of six digits that change every thirty seconds (TOTP, RFC 6238 over RFC 4226), as every authenticator app makes
 * them: HMAC-SHA-1, since most apps pay no heed to a wish for another one. Nothing here depends on SHA-1's collisions.
 */
import { createHmac, randomBytes } from "node:crypto";
import { equalInConstantTime } from "./primitives.ts";

export const STEP_SECONDS = 30;
const DIGITS = 6;
/** A clock may be one step slow or fast. */
const DRIFT = 1;
const SEED_BYTES = 20;

export const newSeed = (): Uint8Array => new Uint8Array(randomBytes(SEED_BYTES));

export const stepAt = (now: Date): number => Math.floor(now.getTime() / 1_000 / STEP_SECONDS);

/** `digits` is 8 in the RFC's own test vectors. */
export function codeAt(seed: Uint8Array, step: number, digits = DIGITS): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", seed).update(counter).digest();
  const at = (mac.at(-1) ?? 0) & 0x0f;
  const number = mac.readUInt32BE(at) & 0x7fff_ffff;
  return String(number % 10 ** digits).padStart(digits, "0");
}

/** The step that this code belongs to, or null. Every step in question is looked at, whichever of them fits. */
export function stepOf(seed: Uint8Array, code: string, now: Date): number | null {
  const middle = stepAt(now);
  let found: number | null = null;
  for (let step = middle - DRIFT; step <= middle + DRIFT; step++) {
    if (equalInConstantTime(codeAt(seed, step), code)) found = step;
  }
  return found;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** RFC 4648, without padding: how a seed is typed into an app, and how a recovery code is written. */
export function base32(bytes: Uint8Array): string {
  let bits = 0n;
  for (const byte of bytes) bits = (bits << 8n) | BigInt(byte);
  const length = Math.ceil((bytes.length * 8) / 5);
  bits <<= BigInt(length * 5 - bytes.length * 8);
  return Array.from({ length }, (_, i) => ALPHABET[Number((bits >> BigInt((length - 1 - i) * 5)) & 31n)]).join("");
}

/** 120 bits in six groups of four letters. */
export function newRecoveryCode(): string {
  return base32(new Uint8Array(randomBytes(15))).replace(/(.{4})(?=.)/g, "$1-");
}

/** As it is hashed: people type small letters, spaces, and 0 and 1 for what looks like them. */
export function plainRecoveryCode(typed: string): string | null {
  const plain = typed.toUpperCase().replace(/[\s-]/g, "").replace(/0/g, "O").replace(/1/g, "I");
  return /^[A-Z2-7]{24}$/.test(plain) ? plain : null;
}
