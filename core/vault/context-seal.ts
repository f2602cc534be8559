/** The signature on a request's database context: HMAC-SHA256, checked in PostgreSQL by core.context(). */
import { derive, hmac } from "./primitives.ts";

const BLOCK = 64;

/** The key of this installation's contexts, drawn from SECRET_KEY. */
export function contextKey(secret: string): Uint8Array {
  return derive(secret, "context");
}

/** The key combined with HMAC's two pads (RFC 2104): what core.context_keys holds. The key is shorter than a block. */
export function contextPads(key: Uint8Array): { inner: Uint8Array; outer: Uint8Array } {
  const pad = (byte: number) => Uint8Array.from({ length: BLOCK }, (_, i) => (key[i] ?? 0) ^ byte);
  return { inner: pad(0x36), outer: pad(0x5c) };
}

/** `payload~hex`: what goes into the setting `cairn.context`. */
export function signContext(key: Uint8Array, payload: string): string {
  return `${payload}~${Buffer.from(hmac(key, payload)).toString("hex")}`;
}
