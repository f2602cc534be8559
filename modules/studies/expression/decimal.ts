/**
 * Decimals as people write them: 0.1 + 0.2 is 0.3. A result keeps 34 significant digits (as IEEE 754 decimal128 does),
 * rounded half to even, so no expression can grow a number without end.
 */
export interface Decimal {
  /** The value is digits ÷ 10^scale. A negative scale adds zeros on the right. */
  readonly digits: bigint;
  readonly scale: number;
}

const significant = 34;
/** Beyond this exponent a value is not a measurement: larger is refused, smaller is zero. */
const farthest = 400;

const powers: bigint[] = [1n];
for (let i = 1; i <= 2 * farthest + significant; i += 1) powers.push((powers[i - 1] as bigint) * 10n);
const power10 = (exponent: number): bigint => powers[exponent] ?? 10n ** BigInt(exponent);
const bound = power10(significant);

export const zero: Decimal = { digits: 0n, scale: 0 };
export const whole = (value: number): Decimal => ({ digits: BigInt(value), scale: 0 });

const shape = /^([+-]?)(\d{0,400})(?:\.(\d{0,400}))?(?:[eE]([+-]?\d{1,4}))?$/;

/** "12.50", "-3", ".5", "1e3"; null for anything else. */
export function readDecimal(text: string): Decimal | null {
  const match = shape.exec(text);
  if (!match) return null;
  const [, sign, before = "", after = "", exponent = "0"] = match;
  if (before === "" && after === "") return null;
  const digits = BigInt(before + after);
  const scale = after.length - Number(exponent);
  if (Math.abs(scale) > farthest) return digits === 0n ? zero : null;
  return { digits: sign === "-" ? -digits : digits, scale };
}

/** Plain notation without an exponent; `readDecimal` reads it back. */
export function writeDecimal({ digits, scale }: Decimal): string {
  if (scale <= 0) return (digits * power10(-scale)).toString();
  const sign = digits < 0n ? "-" : "";
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, "0");
  return `${sign}${text.slice(0, -scale)}.${text.slice(-scale)}`;
}

/** Without zeros at the end of the fraction: for results, never for what somebody typed. */
export function trimmed(value: Decimal): Decimal {
  let { digits, scale } = value;
  if (digits === 0n) return zero;
  while (scale > 0 && digits % 10n === 0n) {
    digits /= 10n;
    scale -= 1;
  }
  return { digits, scale };
}

export const asNumber = ({ digits, scale }: Decimal): number => Number(digits) / 10 ** scale;
export const isWhole = (value: Decimal): boolean => trimmed(value).scale <= 0;

function fitted(digits: bigint, scale: number): Decimal | null {
  if (digits < bound && digits > -bound) {
    if (scale > farthest) return zero;
    return scale < -farthest ? null : { digits, scale };
  }
  const excess = (digits < 0n ? -digits : digits).toString().length - significant;
  return fitted(divided(digits, power10(excess), "even"), scale - excess);
}

type Mode = "even" | "half-up" | "up" | "down" | "floor" | "ceiling";

/** Integer division with the remainder decided by `mode`; "half-up", "up" and "down" are away from and towards zero. */
function divided(dividend: bigint, divisor: bigint, mode: Mode): bigint {
  const quotient = dividend / divisor;
  const rest = dividend % divisor;
  if (rest === 0n) return quotient;
  const step = dividend < 0n === divisor < 0n ? 1n : -1n;
  const twice = (rest < 0n ? -rest : rest) * 2n;
  const size = divisor < 0n ? -divisor : divisor;
  switch (mode) {
    case "up":
      return quotient + step;
    case "down":
      return quotient;
    case "floor":
      return step < 0n ? quotient - 1n : quotient;
    case "ceiling":
      return step > 0n ? quotient + 1n : quotient;
    case "half-up":
      return twice >= size ? quotient + step : quotient;
    case "even":
      return twice > size || (twice === size && quotient % 2n !== 0n) ? quotient + step : quotient;
  }
}

function aligned(one: Decimal, other: Decimal): readonly [bigint, bigint, number] {
  if (one.scale === other.scale) return [one.digits, other.digits, one.scale];
  if (one.scale > other.scale) return [one.digits, other.digits * power10(one.scale - other.scale), one.scale];
  return [one.digits * power10(other.scale - one.scale), other.digits, other.scale];
}

export function compareDecimals(one: Decimal, other: Decimal): number {
  const [a, b] = aligned(one, other);
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The results are null where there is none: out of range, divided by zero, a root of a negative number. */
export function add(one: Decimal, other: Decimal): Decimal | null {
  const [a, b, scale] = aligned(one, other);
  return fitted(a + b, scale);
}

export const negate = ({ digits, scale }: Decimal): Decimal => ({ digits: -digits, scale });
export const subtract = (one: Decimal, other: Decimal): Decimal | null => add(one, negate(other));
export const absolute = (value: Decimal): Decimal => (value.digits < 0n ? negate(value) : value);

export function multiply(one: Decimal, other: Decimal): Decimal | null {
  return fitted(one.digits * other.digits, one.scale + other.scale);
}

export function divide(one: Decimal, other: Decimal): Decimal | null {
  if (other.digits === 0n) return null;
  const lengthOf = (digits: bigint) => digits.toString().length;
  const extra = Math.max(0, significant + 2 + lengthOf(other.digits) - lengthOf(one.digits));
  const quotient = divided(one.digits * power10(extra), other.digits, "even");
  const result = fitted(quotient, one.scale + extra - other.scale);
  return result && trimmed(result);
}

/** Whole exponents are exact within 34 digits; others go through a double and keep 15. */
export function power(base: Decimal, exponent: Decimal): Decimal | null {
  if (!isWhole(exponent)) return fromNumber(asNumber(base) ** asNumber(exponent));
  const times = asNumber(exponent);
  if (Math.abs(times) > 1000) return null;
  let result: Decimal | null = whole(1);
  let square: Decimal | null = base;
  for (let left = Math.abs(times); left > 0; left = Math.floor(left / 2)) {
    if (!result || !square) return null;
    if (left % 2 === 1) result = multiply(result, square);
    if (left > 1) square = multiply(square, square);
  }
  return result && times < 0 ? divide(whole(1), result) : result;
}

export function fromNumber(value: number): Decimal | null {
  return Number.isFinite(value) ? readDecimal(value.toPrecision(15)) : null;
}

/** Rounded to so many decimals; negative places round to tens, hundreds … */
export function roundDecimal(value: Decimal, places: number, mode: Mode = "half-up"): Decimal {
  if (value.scale <= places || Math.abs(places) > farthest) return value;
  return { digits: divided(value.digits, power10(value.scale - places), mode), scale: places };
}
