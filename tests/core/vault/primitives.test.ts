import { describe, expect, test } from "bun:test";
import { derive, equalInConstantTime, randomToken, scramVerifier } from "@core/vault/primitives.ts";

describe("primitives", () => {
  test("derive is HMAC-SHA256 (RFC 4231, case 2)", () => {
    expect(derive("Jefe", "what do ya want for nothing?").toString("hex")).toBe(
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    );
  });

  test("a random token is as long as asked for, and another each time", () => {
    expect(Buffer.from(randomToken(24), "base64url")).toHaveLength(24);
    expect(new Set(Array.from({ length: 100 }, () => randomToken())).size).toBe(100);
  });

  test("equality holds for equals only, of whatever length", () => {
    expect(equalInConstantTime("same", "same")).toBe(true);
    expect(equalInConstantTime("same", "sama")).toBe(false);
    expect(equalInConstantTime("same", "same but longer")).toBe(false);
  });

  test("a SCRAM verifier is the one of RFC 7677's example", () => {
    const verifier = scramVerifier("pencil", Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64"));
    expect(verifier).toBe(
      "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
    );
  });
});
