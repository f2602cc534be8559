import type { Decimal } from "./decimal.ts";
import type { Moment } from "./moment.ts";

/** What a value is while it is computed with. null is unknown. */
export type Value = Decimal | string | boolean | Moment | readonly string[] | null;

/** What the checker knows about a value before there is one. */
export type Kind =
  | { readonly is: "number" | "text" | "boolean" | "date" | "datetime" | "time" | "unknown" }
  /** One code of a list, or several of them. `numeric`: the codes are numbers and may be computed with. */
  | { readonly is: "choice" | "set"; readonly numeric: boolean; readonly codes: ReadonlySet<string> | null };

export const kindNames: Readonly<Record<Kind["is"], string>> = {
  number: "a number",
  text: "a text",
  boolean: "yes or no",
  date: "a date",
  datetime: "a date with time",
  time: "a time",
  unknown: "unknown",
  choice: "a choice",
  set: "a set of choices",
};

export const isMomentKind = (kind: Kind): boolean => kind.is === "date" || kind.is === "datetime" || kind.is === "time";

export const isDecimal = (value: Value): value is Decimal =>
  typeof value === "object" && value !== null && "scale" in value;
export const isMoment = (value: Value): value is Moment =>
  typeof value === "object" && value !== null && "earliest" in value;
export const isSet = (value: Value): value is readonly string[] => Array.isArray(value);

/** Which names an expression may use, and what they hold. A sentence says why a name that exists cannot be used here. */
export type Scope = (name: string) => Kind | { readonly refused: string } | undefined;
