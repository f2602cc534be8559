import { createHash } from "node:crypto";

/** SHA-256 of the bytes, or of a string as UTF-8. */
export function sha256(data: string | Uint8Array): Uint8Array {
  return createHash("sha256").update(data).digest();
}
