import { describe, expect, test } from "bun:test";
import {
  add,
  compareDecimals,
  type Decimal,
  divide,
  multiply,
  power,
  readDecimal,
  roundDecimal,
  trimmed,
  writeDecimal,
} from "../../../modules/studies/expression/decimal.ts";

const d = (text: string) => readDecimal(text) as Decimal;
const w = (value: Decimal | null) => (value ? writeDecimal(trimmed(value)) : null);

describe("decimals", () => {
  test("are exact", () => {
    expect(w(add(d("0.1"), d("0.2")))).toBe("0.3");
    expect(w(multiply(d("1.10"), d("1.10")))).toBe("1.21");
    expect(w(add(d("9007199254740993"), d("0.5")))).toBe("9007199254740993.5");
    expect(w(divide(d("1"), d("8")))).toBe("0.125");
    expect(w(divide(d("1"), d("3")))).toMatch(/^0\.3{34,36}$/);
    expect(w(power(d("1.5"), d("3")))).toBe("3.375");
    expect(w(power(d("2"), d("-2")))).toBe("0.25");
    expect(w(power(d("9"), d("0.5")))).toBe("3");
  });

  test("keep what was typed", () => {
    for (const typed of ["1.50", "0", "-0.10", "100", "0.000001"]) expect(writeDecimal(d(typed))).toBe(typed);
    for (const bad of ["", ".", "1,5", "1e", "--1", "1.2.3", "0x10", "NaN", "1e9999", "9".repeat(401)])
      expect(readDecimal(bad)).toBeNull();
  });

  test("round halves away from zero", () => {
    for (const [value, places, result] of [
      ["2.5", 0, "3"],
      ["-2.5", 0, "-3"],
      ["2.45", 1, "2.5"],
      ["1234", -2, "1200"],
      ["1250", -2, "1300"],
      ["1.005", 2, "1.01"],
    ] as const) {
      expect(w(roundDecimal(d(value), places))).toBe(result);
    }
    expect(w(roundDecimal(d("-2.1"), 0, "floor"))).toBe("-3");
    expect(w(roundDecimal(d("-2.1"), 0, "ceiling"))).toBe("-2");
  });

  test("have no result where there is none, and stay small", () => {
    expect(divide(d("1"), d("0"))).toBeNull();
    expect(power(d("10"), d("1000"))).toBeNull();
    expect(power(d("-8"), d("0.5"))).toBeNull();
    const long = power(d("1.23456789"), d("999"));
    expect(String(long?.digits).length).toBeLessThanOrEqual(34);
  });

  test("agree with integer arithmetic on ten thousand random pairs", () => {
    let seed = 7;
    const next = () => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed;
    };
    for (let i = 0; i < 10_000; i += 1) {
      const [a, b, s] = [(next() % 2_000_001) - 1_000_000, (next() % 2_000_001) - 1_000_000, next() % 4];
      const one: Decimal = { digits: BigInt(a), scale: s };
      const other: Decimal = { digits: BigInt(b), scale: s };
      expect(compareDecimals(one, other)).toBe(Math.sign(a - b));
      expect((add(one, other) as Decimal).digits).toBe(BigInt(a + b));
      expect((multiply(one, other) as Decimal).digits).toBe(BigInt(a) * BigInt(b));
      if (b !== 0) expect(w(divide(multiply(one, other) as Decimal, other))).toBe(w(one));
    }
  });
});
