/**
 * Certificates of sign-in services: one of our own for each (made here, so that nobody needs openssl), and theirs, read.
 * In SAML a certificate is a key with a name. Nobody asks an authority about it; what counts is that it was pasted in.
 */
import { createHash, createVerify, generateKeyPair, randomBytes, sign, X509Certificate } from "node:crypto";
import { promisify } from "node:util";

export interface OwnCertificate {
  readonly privateKey: string;
  readonly certificate: string;
}

export interface ReadCertificate {
  readonly pem: string;
  readonly subject: string;
  readonly until: Date;
  /** SHA-256, in pairs: as administrators compare it. */
  readonly fingerprint: string;
}

const YEARS = 10;
const BITS = 2048;
const LEAST_BITS = 2048;

/** RSA, self-signed (RFC 5280). Sign-in services take RSA everywhere, and other kinds of key not everywhere. */
export async function makeOwnCertificate(commonName: string): Promise<OwnCertificate> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)("rsa", { modulusLength: BITS });
  const algorithm = sequence(oid("2a864886f70d01010b"), der(0x05, Buffer.alloc(0))); // sha256WithRSAEncryption
  const name = sequence(der(0x31, sequence(oid("550403"), der(0x0c, Buffer.from(commonName.slice(0, 60))))));
  const from = Date.now() - 86_400_000;
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    name,
    sequence(time(from), time(from + YEARS * 365.25 * 86_400_000)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
  );
  const signature = sign("sha256", body, privateKey);
  const whole = sequence(body, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return {
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    certificate: pemOf(whole.toString("base64")),
  };
}

/** From PEM or the bare base64 of metadata. Null: this is no certificate, or its key is too weak to be trusted. */
export function readCertificate(text: string): ReadCertificate | null {
  try {
    const base64 = text.replace(/-----(BEGIN|END) CERTIFICATE-----/g, "").replace(/\s/g, "");
    const certificate = new X509Certificate(Buffer.from(base64, "base64"));
    const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
    if (asymmetricKeyType === "rsa" && (asymmetricKeyDetails?.modulusLength ?? LEAST_BITS) < LEAST_BITS) return null;
    if (asymmetricKeyType !== "rsa" && asymmetricKeyType !== "ec") return null;
    return {
      pem: pemOf(certificate.raw.toString("base64")),
      subject: certificate.subject.replaceAll("\n", ", ").slice(0, 200),
      until: new Date(certificate.validTo),
      fingerprint: (createHash("sha256").update(certificate.raw).digest("hex").toUpperCase().match(/../g) ?? []).join(
        ":",
      ),
    };
  } catch {
    return null;
  }
}

/** A signature over a query (SAML bindings 3.4.4.1) with one of the digests that are still good. False for anything else. */
export function verifyQuerySignature(
  digest: "sha256" | "sha512",
  signed: string | Uint8Array,
  signature: string,
  pem: string,
): boolean {
  try {
    const name = digest === "sha256" ? "RSA-SHA256" : "RSA-SHA512";
    return createVerify(name).update(signed).verify(new X509Certificate(pem).publicKey, signature, "base64");
  } catch {
    return false;
  }
}

const pemOf = (base64: string) =>
  `-----BEGIN CERTIFICATE-----\n${(base64.match(/.{1,64}/g) ?? []).join("\n")}\n-----END CERTIFICATE-----\n`;

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
const sequence = (...parts: Buffer[]): Buffer => der(0x30, Buffer.concat(parts));
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, "hex"));
const time = (at: number): Buffer =>
  der(0x17, Buffer.from(`${new Date(at).toISOString().replace(/[-:T]/g, "").slice(2, 14)}Z`));
