/** The two signatures that senders of text messages put on their webhooks. SHA-1 stays here: it is their choice. */
import { createHmac, createVerify, X509Certificate } from "node:crypto";

/** Base64 of HMAC-SHA1, as Twilio signs. */
export function hmacSha1(key: string, data: string): string {
  return createHmac("sha1", key).update(data, "utf8").digest("base64");
}

export interface CertifiedSignature {
  readonly certificatePem: string;
  readonly data: string;
  /** Base64. */
  readonly signature: string;
  /** The certificate must be valid at this moment. */
  readonly at: Date;
}

/** RSA with SHA-256 under the certificate's key. False for anything that cannot be read, too. */
export function verifyRsaSha256({ certificatePem, data, signature, at }: CertifiedSignature): boolean {
  try {
    const certificate = new X509Certificate(certificatePem);
    if (certificate.publicKey.asymmetricKeyType !== "rsa") return false;
    if (at < new Date(certificate.validFrom) || at > new Date(certificate.validTo)) return false;
    const bytes = Buffer.from(signature, "base64");
    // Decoding is lenient, and one signature must not have many spellings.
    if (bytes.toString("base64") !== signature) return false;
    return createVerify("RSA-SHA256").update(data, "utf8").verify(certificate.publicKey, bytes);
  } catch {
    return false;
  }
}
