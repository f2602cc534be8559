/** Ed25519 for what outsiders must be able to check: drawn from SECRET_KEY, so that a restored installation signs as itself. */
import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { hkdf } from "./primitives.ts";

export interface SigningKey {
  /** 32 bytes, fit to be printed. */
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

/** RFC 8410: the bytes before a raw key of 32. */
const PRIVATE_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");
const PUBLIC_HEAD = Buffer.from("302a300506032b6570032100", "hex");

/** The key of one purpose, "audit" for instance. The private half stays in this closure. */
export function signingKey(secret: string, purpose: string): SigningKey {
  const seed = hkdf(Buffer.from(secret, "utf8"), `cairn/signing/${purpose}`);
  const key = createPrivateKey({ key: Buffer.concat([PRIVATE_HEAD, seed]), format: "der", type: "pkcs8" });
  const der = createPublicKey(key).export({ format: "der", type: "spki" });
  return {
    publicKey: new Uint8Array(der.subarray(PUBLIC_HEAD.length)),
    sign: (message) => new Uint8Array(sign(null, message, key)),
  };
}

/** False for a wrong signature, and for a key or a signature that is none at all. */
export function isSigned(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const key = createPublicKey({ key: Buffer.concat([PUBLIC_HEAD, publicKey]), format: "der", type: "spki" });
  return verify(null, message, key, signature);
}
