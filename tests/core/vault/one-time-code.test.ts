import { describe, expect, test } from "bun:test";
import { openLocally, sealLocally } from "@core/vault/local-seal.ts";
import {
  base32,
  codeAt,
  newRecoveryCode,
  newSeed,
  plainRecoveryCode,
  stepAt,
  stepOf,
} from "@core/vault/one-time-code.ts";
import { randomToken } from "@core/vault/primitives.ts";

describe("codes of the moment", () => {
  const seed = new TextEncoder().encode("12345678901234567890");

  test.each([
    [59, "94287082"],
    [1_111_111_109, "07081804"],
    [1_111_111_111, "14050471"],
    [1_234_567_890, "89005924"],
    [2_000_000_000, "69279037"],
    [20_000_000_000, "65353130"],
  ])("are those of RFC 6238, appendix B, at %i s", (seconds, code) => {
    const step = stepAt(new Date(seconds * 1_000));
    expect(codeAt(seed, step, 8)).toBe(code);
    expect(codeAt(seed, step)).toBe(code.slice(2));
  });

  test("are taken one step early and late, and not two", () => {
    const now = new Date(1_700_000_000_000);
    const step = stepAt(now);
    for (const drift of [-1, 0, 1]) expect(stepOf(seed, codeAt(seed, step + drift), now)).toBe(step + drift);
    for (const drift of [-2, 2, 10]) expect(stepOf(seed, codeAt(seed, step + drift), now)).toBe(null);
    for (const odd of ["", "12345", "1234567", "abcdef", `${codeAt(seed, step)} `]) {
      expect(stepOf(seed, odd, now)).toBe(null);
    }
  });
});

test("base32 is RFC 4648's, without padding", () => {
  const written = ["f", "fo", "foo", "foob", "fooba", "foobar"].map((text) => base32(new TextEncoder().encode(text)));
  expect(written).toEqual(["MY", "MZXQ", "MZXW6", "MZXW6YQ", "MZXW6YTB", "MZXW6YTBOI"]);
  expect(base32(new Uint8Array([0, 0]))).toBe("AAAA");
});

test("recovery codes carry 120 bits and are read as people type them", () => {
  const code = newRecoveryCode();
  expect(code).toMatch(/^([A-Z2-7]{4}-){5}[A-Z2-7]{4}$/);
  expect(plainRecoveryCode(` ${code.toLowerCase().replaceAll("-", " ")} `)).toBe(code.replaceAll("-", ""));
  expect(plainRecoveryCode("OIOI-AAAA-AAAA-AAAA-AAAA-AAAA".replaceAll("O", "0").replaceAll("I", "1"))).toBe(
    `OIOI${"A".repeat(20)}`,
  );
  for (const odd of ["", "AAAA", `${code}A`, `${code.slice(0, -1)}8`]) expect(plainRecoveryCode(odd)).toBe(null);
  expect(new Set(Array.from({ length: 200 }, newRecoveryCode)).size).toBe(200);
});

test("a local seal opens for its owner, its purpose and its installation, and nowhere else", () => {
  const [key, seed] = [randomToken(48), newSeed()];
  const place = ["totp", "tenant", "person"] as const;
  const sealed = sealLocally(key, place, seed);
  expect(openLocally(key, place, sealed)).toEqual(seed);
  expect(sealLocally(key, place, seed)).not.toBe(sealed);
  const flipped = `${sealed.slice(0, 12)}${sealed[12] === "A" ? "B" : "A"}${sealed.slice(13)}`;
  for (const [otherKey, otherPlace, text] of [
    [randomToken(48), place, sealed],
    [key, ["totp", "tenant", "somebody else"], sealed],
    [key, ["totp", "another", "person"], sealed],
    [key, ["totp enrolment", "tenant", "person"], sealed],
    [key, place, flipped],
    [key, place, sealed.slice(0, 20)],
    [key, place, `2${sealed.slice(1)}`],
    [key, place, ""],
  ] as const) {
    expect(() => openLocally(otherKey, otherPlace, text)).toThrow();
  }
});
