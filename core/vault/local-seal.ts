/**
 * Sealed under a key of the installation itself, drawn from SECRET_KEY: for what has to open while the key service is
 * away, such as the seed of somebody's authenticator app. Nothing about a patient is ever stored so; what somebody typed
 * goes out like this once, to the tab it was typed in, when his session is about to end.
 */
import { bind, decrypt, encrypt, XCHACHA20_POLY1305 } from "./aead.ts";
import { SealBroken } from "./errors.ts";
import { derive } from "./primitives.ts";

/** Whose it is and what for: a sealed text opens nowhere else. */
export type LocalPlace = readonly [purpose: string, ...owner: string[]];

export function sealLocally(secretKey: string, place: LocalPlace, plaintext: Uint8Array): string {
  const sealed = encrypt(XCHACHA20_POLY1305, keyFor(secretKey, place), plaintext, bind(...place));
  return `1.${Buffer.from(sealed).toString("base64url")}`;
}

/** Throws SealBroken: altered, of another owner, or of an installation with another key. */
export function openLocally(secretKey: string, place: LocalPlace, sealed: string): Uint8Array {
  if (!sealed.startsWith("1.")) throw new SealBroken("unknown version");
  const bytes = new Uint8Array(Buffer.from(sealed.slice(2), "base64url"));
  return decrypt(XCHACHA20_POLY1305, keyFor(secretKey, place), bytes, bind(...place));
}

const keyFor = (secretKey: string, [purpose]: LocalPlace): Uint8Array =>
  derive(derive(secretKey, "local seal"), purpose);
