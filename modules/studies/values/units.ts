/**
 * Units that can be changed into each other without knowing the substance. Molar units are not among them: mmol/L of
 * glucose and of cholesterol are different masses. Codes are UCUM's, with the spellings that forms use.
 */
import { add, type Decimal, divide, multiply, readDecimal, subtract, trimmed } from "../expression/decimal.ts";

interface Measure {
  readonly dimension: string;
  /** In the dimension's base: value × factor + shift. */
  readonly factor: string;
  readonly shift?: string;
}

const measures: Readonly<Record<string, Measure>> = {
  kg: { dimension: "mass", factor: "1000" },
  g: { dimension: "mass", factor: "1" },
  mg: { dimension: "mass", factor: "0.001" },
  ug: { dimension: "mass", factor: "0.000001" },
  ng: { dimension: "mass", factor: "0.000000001" },
  "[lb_av]": { dimension: "mass", factor: "453.59237" },
  "[oz_av]": { dimension: "mass", factor: "28.349523125" },
  m: { dimension: "length", factor: "1" },
  cm: { dimension: "length", factor: "0.01" },
  mm: { dimension: "length", factor: "0.001" },
  "[in_i]": { dimension: "length", factor: "0.0254" },
  "[ft_i]": { dimension: "length", factor: "0.3048" },
  L: { dimension: "volume", factor: "1" },
  dL: { dimension: "volume", factor: "0.1" },
  mL: { dimension: "volume", factor: "0.001" },
  Cel: { dimension: "temperature", factor: "1" },
  "[degF]": {
    dimension: "temperature",
    factor: "0.5555555555555555555555555555555556",
    shift: "-17.77777777777777777777777777777778",
  },
  "mm[Hg]": { dimension: "pressure", factor: "133.322387415" },
  kPa: { dimension: "pressure", factor: "1000" },
  "g/L": { dimension: "mass concentration", factor: "1" },
  "g/dL": { dimension: "mass concentration", factor: "10" },
  "mg/dL": { dimension: "mass concentration", factor: "0.01" },
  "mg/L": { dimension: "mass concentration", factor: "0.001" },
  "ug/L": { dimension: "mass concentration", factor: "0.000001" },
  "ng/mL": { dimension: "mass concentration", factor: "0.000001" },
  "mmol/L": { dimension: "substance concentration", factor: "1" },
  "umol/L": { dimension: "substance concentration", factor: "0.001" },
  s: { dimension: "time", factor: "1" },
  min: { dimension: "time", factor: "60" },
  h: { dimension: "time", factor: "3600" },
  d: { dimension: "time", factor: "86400" },
  wk: { dimension: "time", factor: "604800" },
  "%": { dimension: "ratio", factor: "0.01" },
  "1": { dimension: "ratio", factor: "1" },
};

const spellings: Readonly<Record<string, string>> = {
  lb: "[lb_av]",
  lbs: "[lb_av]",
  oz: "[oz_av]",
  in: "[in_i]",
  inch: "[in_i]",
  ft: "[ft_i]",
  l: "L",
  dl: "dL",
  ml: "mL",
  "°C": "Cel",
  C: "Cel",
  "°F": "[degF]",
  F: "[degF]",
  mmHg: "mm[Hg]",
  µg: "ug",
  mcg: "ug",
  "mg/dl": "mg/dL",
  "g/dl": "g/dL",
  "mmol/l": "mmol/L",
  "µmol/L": "umol/L",
  minutes: "min",
  hours: "h",
  days: "d",
  weeks: "wk",
};

const measureOf = (unit: string): Measure | undefined => {
  const code = spellings[unit] ?? unit;
  return Object.hasOwn(measures, code) ? measures[code] : undefined;
};

export const canConvert = (from: string, to: string): boolean => {
  if (from === to) return true;
  const [one, other] = [measureOf(from), measureOf(to)];
  return one !== undefined && one.dimension === other?.dimension;
};

/** Null when the two do not measure the same thing, or nobody told us that they do. */
export function convert(value: Decimal, from: string, to: string): Decimal | null {
  if (from === to) return value;
  const [one, other] = [measureOf(from), measureOf(to)];
  if (!one || !other || one.dimension !== other.dimension) return null;
  const constant = (text: string | undefined) => readDecimal(text ?? "0") as Decimal;
  const scaled = multiply(value, constant(one.factor));
  const base = scaled && add(scaled, constant(one.shift));
  const back = base && subtract(base, constant(other.shift));
  const result = back && divide(back, constant(other.factor));
  return result && trimmed(result);
}
