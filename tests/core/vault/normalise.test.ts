import { expect, test } from "bun:test";
import { email, personName, phone, recordNumber } from "@core/vault/normalise.ts";
import { derive, equalInConstantTime, hkdf, hmac, randomToken, sha256 } from "@core/vault/primitives.ts";

test.each([
  [email, " Pia@Example.ORG ", "pia@example.org"],
  [email, "ｐｉａ@example.org", "pia@example.org"],
  [phone, "+49 (0)30 / 12-34", "+49301234"],
  [phone, "0049 30 1234", "+49301234"],
  [phone, "030 1234", "0301234"],
  [phone, "none", ""],
  [recordNumber, "ab 12-34.5", "AB12345"],
  [recordNumber, "AB–12", "AB12"],
  [personName, "  Müller-Lüdenscheidt,  Ada ", "muller ludenscheidt ada"],
  [personName, "O’Neill", "oneill"],
  [personName, "Groß", "gross"],
])("%o: %s is %s", (normaliser, written, normal) => {
  expect(normaliser.normalise(written)).toBe(normal);
  expect(normaliser.normalise(normal)).toBe(normal);
});

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

test("the primitives are the published ones", () => {
  expect(hex(sha256("abc"))).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  // RFC 4231, case 2
  expect(hex(hmac(Buffer.from("Jefe"), "what do ya want for nothing?"))).toBe(
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
  // RFC 5869, case 1
  const okm = hkdf(
    new Uint8Array(22).fill(0x0b),
    Buffer.from("f0f1f2f3f4f5f6f7f8f9", "hex"),
    42,
    Buffer.from("000102030405060708090a0b0c", "hex"),
  );
  expect(hex(okm)).toBe("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
});

test("derived secrets differ by label, tokens by chance, and comparison by content", () => {
  expect(derive("s", "a")).toHaveLength(32);
  expect(derive("s", "a")).toEqual(derive("s", "a"));
  expect(derive("s", "a")).not.toEqual(derive("s", "b"));
  expect(randomToken(32)).toMatch(/^[\w-]{43}$/);
  expect(randomToken(32)).not.toBe(randomToken(32));
  expect(equalInConstantTime("abc", Buffer.from("abc"))).toBe(true);
  expect(equalInConstantTime("abc", "abd")).toBe(false);
  expect(equalInConstantTime("abc", "abcd")).toBe(false);
});
