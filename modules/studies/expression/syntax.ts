import type { Decimal } from "./decimal.ts";
import type { Moment } from "./moment.ts";

/** Where a node stands in the text, in UTF-16 units: for the underline below an error. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

export type Operator = "or" | "and" | "=" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "+" | "-" | "*" | "/" | "^";

export type Node = Place &
  (
    | { readonly is: "number"; readonly value: Decimal; readonly text: string }
    | { readonly is: "text"; readonly value: string }
    | { readonly is: "boolean"; readonly value: boolean }
    | { readonly is: "unknown" }
    | { readonly is: "moment"; readonly value: Moment }
    | { readonly is: "name"; readonly name: string }
    | { readonly is: "unary"; readonly operator: "not" | "-"; readonly operand: Node }
    | { readonly is: "binary"; readonly operator: Operator; readonly left: Node; readonly right: Node }
    | { readonly is: "call"; readonly name: string; readonly arguments: readonly Node[] }
    | { readonly is: "set"; readonly members: readonly Node[] }
  );

export interface Complaint extends Place {
  readonly sentence: string;
}

/** What a stranger's expression may cost. Far above what people write, far below what hurts. */
export const limits = { characters: 10_000, nodes: 2_000, depth: 100 } as const;

export const words = ["or", "and", "not", "in", "true", "false", "unknown"] as const;

/** How tightly each operator binds; both the parser and the printer read it from here. */
export const bindings: Readonly<Record<Operator, number>> = {
  or: 1,
  and: 2,
  "=": 4,
  "!=": 4,
  "<": 4,
  "<=": 4,
  ">": 4,
  ">=": 4,
  in: 4,
  "+": 5,
  "-": 5,
  "*": 6,
  "/": 6,
  "^": 8,
};
export const notBinds = 3;
export const minusBinds = 7;
/** a < b < c says nothing useful, so it is refused. */
export const comparisonBinds = 4;

export function childrenOf(node: Node): readonly Node[] {
  switch (node.is) {
    case "unary":
      return [node.operand];
    case "binary":
      return [node.left, node.right];
    case "call":
      return node.arguments;
    case "set":
      return node.members;
    default:
      return [];
  }
}
