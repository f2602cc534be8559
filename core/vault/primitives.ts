/** The few cryptographic words the rest of the house may use. Everything else stays behind the vault's doors. */
import { createHash, createHmac, hkdfSync, pbkdf2Sync, randomBytes, randomInt, timingSafeEqual } from "node:crypto";

/**
 * 32 bytes that belong to one purpose and give nothing away about the secret or about any other purpose:
 * HMAC-SHA256(secret, label). The label names the purpose, as in `role:cairn_app`.
 */
export function derive(secret: string | Uint8Array, label: string): Buffer {
  return createHmac("sha256", secret).update(label, "utf8").digest();
}

export function sha256(data: string | Uint8Array): Buffer {
  return createHash("sha256").update(data).digest();
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
export function randomToken(bytes = 32): string {
  return randomBytes(bytes).toString("base64url");
}

/** Digits for somebody to type: each as likely as any other. */
export function randomDigits(count: number): string {
  return String(randomInt(10 ** count)).padStart(count, "0");
}

/** Takes the same time whether the values differ early, late or in length: what is compared are their digests. */
export function equalInConstantTime(left: string | Uint8Array, right: string | Uint8Array): boolean {
  return timingSafeEqual(sha256(left), sha256(right));
}

/**
 * What PostgreSQL stores instead of a password (SCRAM-SHA-256, RFC 5803). Sent in place of the password, so that the
 * password itself never stands in a statement that a server may log.
 */
export function scramVerifier(password: string, salt: Uint8Array = randomBytes(16)): string {
  const rounds = 4096;
  const salted = pbkdf2Sync(password, salt, rounds, 32, "sha256");
  const stored = sha256(derive(salted, "Client Key")).toString("base64");
  const server = derive(salted, "Server Key").toString("base64");
  return `SCRAM-SHA-256$${rounds}:${Buffer.from(salt).toString("base64")}$${stored}:${server}`;
}
