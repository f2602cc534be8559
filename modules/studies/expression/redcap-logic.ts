import { type Call, type Translation, translate } from "./foreign.ts";
import type { Kind, Scope } from "./kinds.ts";
import type { Node } from "./syntax.ts";

/** REDCap's sums and means leave out blanks, so they become those of ours that say so. */
const renamed: Readonly<Record<string, string>> = {
  round: "round",
  roundup: "round_up",
  rounddown: "round_down",
  sqrt: "sqrt",
  abs: "abs",
  exp: "exp",
  sum: "sum_known",
  mean: "mean_known",
  median: "median_known",
  min: "min_known",
  max: "max_known",
  if: "if",
  contains: "contains",
  starts_with: "starts_with",
  concat: "concat",
  length: "length",
  lower: "lower",
  upper: "upper",
  trim: "trim",
  year: "year",
  month: "month",
  day: "day",
};

const isCall = (node: Node | undefined, name: string): node is Call => node?.is === "call" && node.name === name;

function call(node: Call, kindOf: (node: Node) => Kind): Node | string | null {
  const [first, second] = node.arguments;
  if (node.name === "datediff") return node;
  if (node.name === "log") {
    return node.arguments.length === 2 && second?.is === "number" && second.text === "10"
      ? { ...node, name: "log10", arguments: [first as Node] }
      : node.arguments.length === 1
        ? { ...node, name: "ln" }
        : null;
  }
  if (node.name === "isblankormissingcode" && first) {
    return { is: "unary", operator: "not", operand: { ...node, name: "known" }, start: node.start, end: node.end };
  }
  // Fractions of years are REDCap's own; cut to whole ones they are ours.
  if ((node.name === "rounddown" || node.name === "floor") && isCall(first, "datediff"))
    return difference(first, kindOf);
  const name = renamed[node.name];
  if (!name) return null;
  return {
    ...node,
    name,
    arguments: node.arguments.map((one) => (isCall(one, "datediff") ? dayDifference(one, kindOf) : one)),
  };
}

const units: Readonly<Record<string, string>> = { y: "years", M: "months", d: "days", h: "hours", m: "minutes" };

function difference(node: Call, kindOf: (node: Node) => Kind): Node | string {
  const [from, until, unit] = node.arguments;
  const span = unit?.is === "text" ? units[unit.value] : undefined;
  if (!from || !until || !span) return "datediff(…) needs two dates and one of the units y, M, d, h, m.";
  const dates = [from, until].map((one) => asDate(one));
  if (dates.some((one) => kindOf(one).is === "text")) return "datediff(…) is given a text instead of a date.";
  const place = { start: node.start, end: node.end };
  return { is: "call", name: "difference", arguments: [...dates, { is: "text", value: span, ...place }], ...place };
}

function dayDifference(node: Call, kindOf: (node: Node) => Kind): Node {
  const translated = difference(node, kindOf);
  const isWhole = node.arguments.slice(0, 2).every((one) => kindOf(asDate(one)).is === "date");
  const unit = node.arguments[2];
  if (typeof translated === "string" || !isWhole || unit?.is !== "text" || unit.value !== "d") return node;
  const isSigned = node.arguments.at(-1)?.is === "boolean" && (node.arguments.at(-1) as { value: boolean }).value;
  const place = { start: node.start, end: node.end };
  return isSigned ? translated : { is: "call", name: "abs", arguments: [translated], ...place };
}

function asDate(node: Node): Node {
  const isToday = node.is === "text" && (node.value === "today" || node.value === "now");
  return isToday ? { is: "call", name: "today", arguments: [], start: node.start, end: node.end } : node;
}

/** Branching logic: the condition under which a field is shown. */
export function translateBranching(text: string, scope: Scope, rename: (name: string) => string): Translation {
  return translate(text, scope, { call, rename }, "boolean");
}

export function translateCalculation(text: string, scope: Scope, rename: (name: string) => string): Translation {
  return translate(whole(text), scope, { call, rename });
}

/** A bare datediff in days is a calculation of its own. */
const whole = (text: string): string => (/^\s*datediff\s*\(/i.test(text) ? `round(${text}, 0)` : text);
