/**
 * From the text that somebody typed, sent or imported to a value of the item's kind. The text is always kept as it
 * came; what cannot be read has no value and a sentence that says why.
 */
import { readReference } from "../capture/attachment.ts";
import { compareDecimals, type Decimal, isWhole, readDecimal } from "../expression/decimal.ts";
import type { Value } from "../expression/kinds.ts";
import { readMoment } from "../expression/moment.ts";
import type { Item, NullFlavour, Option } from "../model/build.ts";
import { optionsOf, type Plan } from "../model/plan.ts";

/** One answer as it is stored. An answer without a raw text was left empty on purpose, with or without a reason. */
export interface Answer {
  readonly raw: string | null;
  readonly nullFlavour: NullFlavour | null;
  /** The unit it was given in; null: the item's first. */
  readonly unit: string | null;
}

export const answered = (raw: string, unit: string | null = null): Answer => ({ raw, nullFlavour: null, unit });
export const leftEmpty = (nullFlavour: NullFlavour | null): Answer => ({ raw: null, nullFlavour, unit: null });

export type Reading =
  /** `canonical`: the one writing under which equal values are equal texts. */
  | { readonly value: Value; readonly canonical: string; readonly problem?: undefined; readonly warning?: string }
  | { readonly value?: undefined; readonly problem: string };

const refuse = (problem: string): Reading => ({ problem });
const shown = (raw: string): string => `“${raw.length > 40 ? `${raw.slice(0, 40)}…` : raw}”`;

const truths: Readonly<Record<string, boolean>> = {
  "1": true,
  true: true,
  yes: true,
  y: true,
  "0": false,
  false: false,
  no: false,
  n: false,
};

/** Longest text that is taken for any field: above it a file belongs in a file field. */
const longest = 100_000;

export function readAnswer(plan: Plan, item: Item, raw: string): Reading {
  const { type } = item;
  if (raw.length > longest) return refuse(`This text has more than ${longest.toLocaleString("en")} characters.`);
  switch (type.is) {
    case "text":
      if (type.maxLength !== null && [...raw].length > type.maxLength) {
        return refuse(`This text has more than the ${type.maxLength} characters that fit.`);
      }
      return { value: raw, canonical: raw };
    case "integer":
    case "decimal":
      return readNumber(raw, type.is === "integer" ? 0 : type.decimals);
    case "boolean": {
      const value = truths[raw.trim().toLowerCase()];
      return value === undefined
        ? refuse(`${shown(raw)} is neither yes (1) nor no (0).`)
        : { value, canonical: value ? "1" : "0" };
    }
    case "date":
    case "time":
    case "datetime":
      return readPoint(raw, type.is, type.partial);
    case "choice":
      return readOption(raw, optionsOf(plan, type.codeList));
    case "choices":
      return readOptions(raw, optionsOf(plan, type.codeList));
    case "grid":
      return readGrid(raw, optionsOf(plan, type.rows), optionsOf(plan, type.columns), type.several);
    case "file":
    case "signature":
      return readReference(raw)
        ? { value: raw, canonical: raw }
        : refuse(`${shown(raw)} is not ${type.is === "file" ? "a file" : "a signature"} that was given on the form.`);
    case "label":
      return refuse("A label takes no answer.");
  }
}

function readNumber(raw: string, decimals: number | null): Reading {
  const typed = raw.trim();
  const value = readDecimal(typed);
  if (!value) {
    const isComma = /^[+-]?\d+,\d+$/.test(typed);
    return refuse(
      isComma ? `${shown(raw)} has a comma: write decimals with a point.` : `${shown(raw)} is not a number.`,
    );
  }
  if (decimals === 0 && !isWhole(value)) return refuse(`${shown(raw)} is not a whole number.`);
  if (decimals !== null && value.scale > decimals && !(decimals === 0 && isWhole(value))) {
    return refuse(`${shown(raw)} has more than ${decimals} decimals.`);
  }
  return { value, canonical: canonicalNumber(value, typed) };
}

/** 24.70 stays 24.70: its zeros say how it was measured. */
function canonicalNumber(value: Decimal, typed: string): string {
  const plain = typed.replace(/^\+/, "").replace(/^(-?)0+(?=\d)/, "$1");
  return /^-?\d+(\.\d+)?$/.test(plain) && !/^-0+(\.0+)?$/.test(plain) ? plain : value.digits === 0n ? "0" : plain;
}

function readPoint(raw: string, kind: "date" | "time" | "datetime", partial: boolean): Reading {
  const value = readMoment(raw, kind, partial);
  if (value) return { value, canonical: value.text };
  const withoutParts = !partial && readMoment(raw, kind) !== null;
  if (withoutParts) return refuse(`${shown(raw)} leaves parts unknown, and this field needs them all.`);
  const example = { date: "2026-03-15", time: "14:05", datetime: "2026-03-15T14:05" }[kind];
  return refuse(
    `${shown(raw)} is not a ${kind}. Write it as ${example}${partial && kind === "date" ? ", 2026-03, 2026 or UN-MAR-2026" : ""}.`,
  );
}

const optionFor = (options: readonly Option[], code: string): Option | undefined =>
  options.find((option) => option.code === code) ?? options.find((option) => equalNumbers(option.code, code));

/** 1, 01 and 1.0 are one code, as spreadsheets write them. */
function equalNumbers(one: string, other: string): boolean {
  const [a, b] = [readDecimal(one), readDecimal(other)];
  return a !== null && b !== null && compareDecimals(a, b) === 0;
}

const unlisted = (code: string): Reading => refuse(`${shown(code)} is not one of the options.`);
const retiredWarning = (options: readonly (Option | undefined)[]): { warning?: string } => {
  const retired = options.find((option) => option?.retired);
  return retired ? { warning: `Option ${shown(retired.code)} is retired.` } : {};
};

function readOption(raw: string, options: readonly Option[]): Reading {
  const option = optionFor(options, raw.trim());
  return option ? { value: option.code, canonical: option.code, ...retiredWarning([option]) } : unlisted(raw);
}

/** Codes with | between them; an empty text: answered, and none applies. */
function readOptions(raw: string, options: readonly Option[]): Reading {
  const codes = raw.trim() === "" ? [] : raw.split("|").map((code) => code.trim());
  const chosen = codes.map((code) => optionFor(options, code));
  const missing = chosen.indexOf(undefined);
  if (missing >= 0) return unlisted(codes[missing] as string);
  const value = options.filter((option) => chosen.includes(option)).map(({ code }) => code);
  return { value, canonical: value.join("|"), ...retiredWarning(chosen) };
}

/** row=code with | between the rows, and + between several codes of one row. */
function readGrid(raw: string, rows: readonly Option[], columns: readonly Option[], several: boolean): Reading {
  const cells = new Map<string, string>();
  for (const cell of raw.trim() === "" ? [] : raw.split("|")) {
    const [row = "", codes = ""] = cell.split("=", 2).map((part) => part.trim());
    const known = optionFor(rows, row);
    if (!known) return refuse(`${shown(row)} is not a row of this grid.`);
    if (cells.has(known.code)) return refuse(`Row ${shown(row)} is answered twice.`);
    const chosen = codes.split("+").map((code) => optionFor(columns, code.trim()));
    if (chosen.includes(undefined)) return unlisted(codes);
    if (chosen.length > 1 && !several) return refuse(`Row ${shown(row)} takes one answer.`);
    cells.set(known.code, chosen.map((option) => (option as Option).code).join("+"));
  }
  const value = rows.flatMap(({ code }) => (cells.has(code) ? [`${code}=${cells.get(code)}`] : []));
  return { value, canonical: value.join("|") };
}
