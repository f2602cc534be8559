/** The few cryptographic words the rest of the house may use. Everything else stays behind the vault's doors. */
import { createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";

/** A secret for one purpose, drawn from a longer-lived one: HMAC-SHA256 of the label, base64url. */
export function derive(secret: string, label: string): string {
  return createHmac("sha256", secret).update(label).digest("base64url");
}

export function sha256(data: string | Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(data).digest());
}

export function hmac(key: Uint8Array, data: string | Uint8Array): Uint8Array {
  return new Uint8Array(createHmac("sha256", key).update(data).digest());
}

/** HKDF-SHA256 (RFC 5869). `info` says what the new key is for. */
export function hkdf(
  key: Uint8Array,
  info: string | Uint8Array,
  length = 32,
  salt: string | Uint8Array = "",
): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", key, salt, info, length));
}

/** `bytes` of randomness as base64url: 32 bytes make 43 characters. */
export function randomToken(bytes: number): string {
  return randomBytes(bytes).toString("base64url");
}

/** Takes the same time whether the values differ early, late or in length: what is compared are their digests. */
export function equalInConstantTime(a: Uint8Array | string, b: Uint8Array | string): boolean {
  return timingSafeEqual(sha256(a), sha256(b));
}
