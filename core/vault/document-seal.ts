/**
 * What seals an institution's documents: a P-256 key drawn from SECRET_KEY, so that a restored installation seals as
 * itself, and a certificate for it that readers of PDF can be told to trust (RFC 5280, self-signed, twenty years).
 */
import { createECDH, createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign } from "node:crypto";
import { hkdf } from "./primitives.ts";

export interface DocumentKey {
  /** DER of the public half: what every certificate of this institution holds. */
  readonly publicKey: Uint8Array;
  /** ECDSA over SHA-256, in DER, as CMS wants it. */
  sign(message: Uint8Array): Uint8Array;
}

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** The private half stays in this closure. */
export function documentKey(secret: string, tenantId: string): DocumentKey {
  const key = privateKey(secret, tenantId);
  return {
    publicKey: new Uint8Array(createPublicKey(key).export({ format: "der", type: "spki" })),
    sign: (message) => new Uint8Array(sign("sha256", message, key)),
  };
}

function privateKey(secret: string, tenantId: string): KeyObject {
  // 128 bits more than the order has: the remainder is as good as even (FIPS 186-5 A.2.1).
  const drawn = hkdf(Buffer.from(secret, "utf8"), `cairn/documents/${tenantId}`, 48);
  const number = (BigInt(`0x${Buffer.from(drawn).toString("hex")}`) % (ORDER - 1n)) + 1n;
  const d = Buffer.from(number.toString(16).padStart(64, "0"), "hex");
  const pair = createECDH("prime256v1");
  pair.setPrivateKey(d);
  const point = pair.getPublicKey();
  const text = (bytes: Buffer) => bytes.toString("base64url");
  return createPrivateKey({
    format: "jwk",
    key: { kty: "EC", crv: "P-256", d: text(d), x: text(point.subarray(1, 33)), y: text(point.subarray(33, 65)) },
  });
}

/** For documents and nothing else: it may sign nobody's certificate. */
export function documentCertificate(key: DocumentKey, institution: string, from: Date): Uint8Array {
  const name = sequence(
    set(sequence(oid("55040a"), der(0x0c, utf8(institution)))),
    set(sequence(oid("550403"), der(0x0c, utf8("Document seal")))),
  );
  const until = new Date(from);
  until.setUTCFullYear(until.getUTCFullYear() + 20);
  const critical = der(0x01, Buffer.from([0xff]));
  const extensions = sequence(
    sequence(oid("551d13"), critical, der(0x04, sequence())), // basicConstraints: no authority
    sequence(oid("551d0f"), critical, der(0x04, der(0x03, Buffer.from([6, 0xc0])))), // digitalSignature, nonRepudiation
  );
  const algorithm = sequence(oid("2a8648ce3d040302")); // ecdsa-with-SHA256
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    name,
    sequence(time(from), time(until)),
    name,
    Buffer.from(key.publicKey),
    der(0xa3, extensions),
  );
  const signature = Buffer.concat([Buffer.from([0]), key.sign(body)]);
  return new Uint8Array(sequence(body, algorithm, der(0x03, signature)));
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: Buffer[]): Buffer => der(0x30, Buffer.concat(parts));
const set = (...parts: Buffer[]): Buffer => der(0x31, Buffer.concat(parts));
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, "hex"));
/** A name of a hundred letters is long enough to be told apart. */
const utf8 = (text: string): Buffer => Buffer.from(text.toWellFormed().slice(0, 64), "utf8");
/** UTCTime until 2049, GeneralizedTime from then on (RFC 5280 4.1.2.5). */
const time = (at: Date): Buffer => {
  const digits = at.toISOString().replace(/[-:T]/g, "").slice(0, 14);
  return at.getUTCFullYear() < 2050
    ? der(0x17, Buffer.from(`${digits.slice(2)}Z`))
    : der(0x18, Buffer.from(`${digits}Z`));
};
