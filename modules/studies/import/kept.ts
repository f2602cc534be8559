/** A file as it came, packed for keeping, with its digest. */
export interface Kept {
  readonly sha256: Uint8Array;
  readonly bytes: number;
  readonly raw: Uint8Array;
}

export const packed = (bytes: Uint8Array): Kept => ({
  sha256: new Uint8Array(new Bun.CryptoHasher("sha256").update(bytes).digest()),
  bytes: bytes.byteLength,
  raw: new Uint8Array(Bun.zstdCompressSync(bytes as Uint8Array<ArrayBuffer>)),
});

export const unpacked = (raw: Uint8Array): Uint8Array =>
  new Uint8Array(Bun.zstdDecompressSync(raw as Uint8Array<ArrayBuffer>));
