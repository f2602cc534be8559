/**
 * What ODM has no place for travels as JSON in an alias of our own: the file stays valid, and others may ignore it.
 * A stranger may have written the alias, so each part is taken only when it has the shape that it must have.
 */
import type { RuleCase } from "../expression/cases.ts";
import { type Extras, type ItemType, type NullFlavour, nullFlavours, type Window } from "../model/build.ts";
import type { Words } from "../model/words.ts";

export type Shape<Value> = (value: unknown) => value is Value;
type Thing = Readonly<Record<string, unknown>>;

export const isThing = (value: unknown): value is Thing =>
  typeof value === "object" && value !== null && !Array.isArray(value);
export const isText: Shape<string> = (value) => typeof value === "string";
export const isTruth: Shape<boolean> = (value) => typeof value === "boolean";
const orNull =
  <Value>(shape: Shape<Value>): Shape<Value | null> =>
  (value): value is Value | null =>
    value === null || shape(value);
export const listOf =
  <Value>(shape: Shape<Value>): Shape<readonly Value[]> =>
  (value): value is readonly Value[] =>
    Array.isArray(value) && value.every(shape);
export const oneOf =
  <Value extends string>(...values: readonly Value[]): Shape<Value> =>
  (value): value is Value =>
    values.some((one) => one === value);
const each =
  <Value>(shape: Shape<Value>): Shape<Readonly<Record<string, Value>>> =>
  (value): value is Readonly<Record<string, Value>> =>
    isThing(value) && Object.values(value).every(shape);

export const isExtras: Shape<Extras> = each(isText);
const isStatus = oneOf("draft", "translated", "reviewed");
export const isWords: Shape<Words> = each(
  (value): value is Words[string] => isThing(value) && isText(value.text) && isStatus(value.status),
);
const isNumber: Shape<number> = (value): value is number => typeof value === "number";

const isCase: Shape<RuleCase> = (value): value is RuleCase =>
  isThing(value) && isText(value.title) && isExtras(value.given) && isText(value.expected);
export const isCases = listOf(isCase);
export const isFlavours: Shape<readonly NullFlavour[]> = listOf(oneOf(...nullFlavours));
export const isWindow: Shape<Window | null> = orNull(
  (value): value is Window =>
    isThing(value) &&
    orNull(isText)(value.anchor) &&
    isText(value.target) &&
    isText(value.before) &&
    isText(value.after),
);

export const isItemType: Shape<ItemType> = (value): value is ItemType => {
  if (!isThing(value)) return false;
  switch (value.is) {
    case "integer":
    case "boolean":
    case "file":
    case "signature":
    case "label":
      return true;
    case "text":
      return isTruth(value.long) && orNull(isNumber)(value.maxLength);
    case "decimal":
      return orNull(isNumber)(value.decimals);
    case "date":
    case "time":
    case "datetime":
      return isTruth(value.partial);
    case "choice":
    case "choices":
      return isText(value.codeList);
    case "grid":
      return isText(value.rows) && isText(value.columns) && isTruth(value.several);
    default:
      return false;
  }
};

/** The thing with those parts of the remainder that fit. */
export function withRemainder<Whole extends object>(
  thing: Whole,
  remainder: Thing,
  shapes: { readonly [Key in keyof Whole]?: Shape<Whole[Key]> },
): Whole {
  const fitting: Partial<Whole> = {};
  for (const key of Object.keys(shapes) as (keyof Whole & string)[]) {
    const shape = shapes[key];
    const value = remainder[key];
    if (shape && Object.hasOwn(remainder, key) && shape(value)) fitting[key] = value as Whole[typeof key];
  }
  return { ...thing, ...fitting };
}

/** The parts of `thing` that are not the same in `back`, which is what a reader without our alias would see. */
export function remainderBetween<Whole extends object>(
  thing: Whole,
  back: Whole,
  keys: readonly (keyof Whole & string)[],
): Record<string, unknown> {
  return Object.fromEntries(
    keys.flatMap((key) => (sorted(thing[key]) === sorted(back[key]) ? [] : [[key, thing[key]] as const])),
  );
}

const sorted = (value: unknown): string =>
  JSON.stringify(value, (_, one) =>
    isThing(one) ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))) : one,
  ) ?? "";
