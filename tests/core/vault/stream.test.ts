import { describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { SealBroken } from "@core/vault/errors.ts";
import { CHUNK_BYTES, openStream, type Source, sealStream } from "@core/vault/stream.ts";

const key = randomBytes(32);
const keyId = Bun.randomUUIDv7();
const address = Buffer.from("backup|t1");
const START = 42;
const SEALED = CHUNK_BYTES + 17;

async function all(source: Source): Promise<Buffer> {
  const out: Uint8Array[] = [];
  for await (const piece of source) out.push(piece);
  return Buffer.concat(out);
}
const seal = (plain: Uint8Array) => all(sealStream(key, keyId, [plain], address));
const open = (bytes: Uint8Array, where: Uint8Array = address, with_ = key) =>
  all(
    openStream(
      [bytes],
      (id) => {
        // A changed head names another key; what opens must name ours.
        asked = id;
        return Uint8Array.from(with_);
      },
      where,
    ),
  );
let asked = "";

for (const size of [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 3 * CHUNK_BYTES + 5]) {
  test(`${size} bytes come back, and weigh their chunks' tags more`, async () => {
    const plain = randomBytes(size);
    const bytes = await seal(plain);
    expect(bytes.length).toBe(START + size + 17 * Math.max(1, Math.ceil(size / CHUNK_BYTES)));
    expect((await open(bytes)).equals(plain)).toBe(true);
    expect(asked).toBe(keyId);
  });
}

test("pieces of any size go in and come out the same", async () => {
  const plain = randomBytes(150_001);
  const odd = function* (bytes: Uint8Array, by: number) {
    for (let at = 0; at < bytes.length; at += by) yield bytes.subarray(at, at + by);
  };
  const bytes = await all(sealStream(key, keyId, odd(plain, 777), address));
  expect((await all(openStream(odd(bytes, 1001), () => Uint8Array.from(key), address))).equals(plain)).toBe(true);
});

describe("refused", async () => {
  const bytes = await seal(randomBytes(3 * CHUNK_BYTES));
  const refuses = (changed: Uint8Array) => expect(open(changed)).rejects.toBeInstanceOf(SealBroken);
  const chunk = (n: number) => bytes.subarray(START + n * SEALED, START + (n + 1) * SEALED);
  const start = bytes.subarray(0, START);

  test("cut anywhere, between chunks too", async () => {
    for (const length of [0, 10, START, START + 5, START + SEALED, START + 2 * SEALED, bytes.length - 1]) {
      await refuses(bytes.subarray(0, length));
    }
  });
  test("chunks exchanged, repeated or left out", async () => {
    await refuses(Buffer.concat([start, chunk(1), chunk(0), chunk(2)]));
    await refuses(Buffer.concat([start, chunk(0), chunk(0), chunk(1), chunk(2)]));
    await refuses(Buffer.concat([start, chunk(0), chunk(2)]));
  });
  test("anything after the end", async () => {
    await refuses(Buffer.concat([bytes, Buffer.from("x")]));
    await refuses(Buffer.concat([bytes, chunk(2)]));
  });
  test("changed in its head or in a chunk", async () => {
    for (const at of [0, 1, 20, START - 1, START, START + 100, bytes.length - 1]) {
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await refuses(changed);
    }
  });
  test("at another address or under another key", async () => {
    await expect(open(bytes, Buffer.from("backup|t2"))).rejects.toBeInstanceOf(SealBroken);
    await expect(open(bytes, address, randomBytes(32))).rejects.toBeInstanceOf(SealBroken);
  });
});
