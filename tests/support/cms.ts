/** Reads the seal of a PDF as a reader of PDF does, with nothing but what stands in the file. */
import { verify, X509Certificate } from "node:crypto";
import { sha256 } from "@core/vault/primitives";

interface Node {
  readonly tag: number;
  readonly whole: Buffer;
  readonly content: Buffer;
}

function nodes(data: Buffer): Node[] {
  const found: Node[] = [];
  for (let at = 0; at + 1 < data.length; ) {
    const tag = data.readUInt8(at);
    let length = data.readUInt8(at + 1);
    let from = at + 2;
    if (length & 0x80) {
      const size = length & 0x7f;
      length = data.readUIntBE(from, size);
      from += size;
    }
    found.push({ tag, whole: data.subarray(at, from + length), content: data.subarray(from, from + length) });
    at = from + length;
  }
  return found;
}

export interface SealRead {
  readonly certificate: X509Certificate;
  /** The signature fits the certificate, and the digest in it fits every byte outside itself. */
  readonly isWhole: boolean;
  /** The two ranges and the seal between them are the whole file. */
  readonly coversAll: boolean;
}

export function readSeal(bytes: Uint8Array): SealRead {
  const data = Buffer.from(bytes);
  const range = /\/ByteRange \[(\d+) +(\d+) +(\d+) +(\d+) *\]/.exec(data.toString("latin1"));
  if (!range) throw new Error("this PDF has no seal");
  const [a = 0, b = 0, c = 0, d = 0] = range.slice(1).map(Number);
  const hex = data.toString("latin1", a + b + 1, c - 1);
  const [contentInfo] = nodes(Buffer.from(hex, "hex"));
  const [, wrapped] = nodes(contentInfo?.content ?? Buffer.alloc(0));
  const [signedData] = nodes(wrapped?.content ?? Buffer.alloc(0));
  const parts = nodes(signedData?.content ?? Buffer.alloc(0));
  const [certificate] = nodes(parts.find(({ tag }) => tag === 0xa0)?.content ?? Buffer.alloc(0));
  const [signer] = nodes(parts.findLast(({ tag }) => tag === 0x31)?.content ?? Buffer.alloc(0));
  const fields = nodes(signer?.content ?? Buffer.alloc(0));
  const attributes = fields.find(({ tag }) => tag === 0xa0)?.whole ?? Buffer.alloc(0);
  const signature = fields.findLast(({ tag }) => tag === 0x04)?.content ?? Buffer.alloc(0);
  const set = Buffer.from(attributes);
  set.writeUInt8(0x31, 0);
  const digest = sha256(Buffer.concat([data.subarray(a, a + b), data.subarray(c, c + d)]));
  const read = new X509Certificate(certificate?.whole ?? Buffer.alloc(0));
  return {
    certificate: read,
    isWhole: verify("sha256", set, read.publicKey, signature) && attributes.includes(digest),
    coversAll: a === 0 && c + d === data.length,
  };
}
