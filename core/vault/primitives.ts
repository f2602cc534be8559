import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";

/**
 * 32 bytes that belong to one purpose and give nothing away about the secret or about any other purpose:
 * HMAC-SHA256(secret, label). The label names the purpose, as in `role:cairn_app`.
 */
export function derive(secret: string | Uint8Array, label: string): Buffer {
  return createHmac("sha256", secret).update(label, "utf8").digest();
}

export function sha256(content: string | Uint8Array): Buffer {
  return createHash("sha256").update(content).digest();
}

/** A random text that is safe in a URL; 32 bytes unless told otherwise. */
export function randomToken(bytes = 32): string {
  return randomBytes(bytes).toString("base64url");
}

/** Compares without telling, by its time, how much was right. Texts of different length are unequal. */
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
