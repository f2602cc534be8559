/** Examples that travel with a rule: what goes in, what must come out. They run when a version is published. */
import type { Checked } from "./checker.ts";
import { compareDecimals, trimmed, writeDecimal } from "./decimal.ts";
import { compile } from "./evaluation.ts";
import { isDecimal, isMoment, isSet, type Value } from "./kinds.ts";
import type { Moment } from "./moment.ts";
import { printExpression } from "./printer.ts";
import { childrenOf, type Node } from "./syntax.ts";

export interface RuleCase {
  readonly title: string;
  /** Raw texts by name; a name left out has no value. */
  readonly given: Readonly<Record<string, string>>;
  /** Written as `writeValue` writes: "true", "24.7", "unknown" … */
  readonly expected: string;
}

export interface CaseResult {
  readonly title: string;
  readonly passed: boolean;
  readonly got: string;
  readonly sentence: string | null;
}

export interface Coverage {
  readonly seen: number;
  readonly possible: number;
  /** Conditions inside the rule that no case has made true, or none false. */
  readonly missing: readonly { readonly part: string; readonly outcome: "true" | "false" }[];
}

export interface CaseReport {
  readonly results: readonly CaseResult[];
  readonly coverage: Coverage;
}

/** `read` turns a raw text into the value of a name, as entry and import do; null when it cannot be read. */
export function runCases(
  checked: Checked,
  cases: readonly RuleCase[],
  read: (name: string, raw: string) => Value,
  today: Moment | null = null,
): CaseReport {
  const outcomes = new Map<Node, Set<boolean>>(conditionsIn(checked).map((node) => [node, new Set()]));
  const run = compile(checked, (node, value) => {
    if (typeof value === "boolean") outcomes.get(node)?.add(value);
  });
  const results = cases.map(({ title, given, expected }): CaseResult => {
    const value = run({ value: (name) => (given[name] === undefined ? null : read(name, given[name])), today });
    const got = writeValue(value);
    const passed = got === expected || sameNumber(value, expected);
    return { title, passed, got, sentence: passed ? null : `“${title}” must give ${expected}, and it gives ${got}.` };
  });
  const missing = [...outcomes].flatMap(([node, seen]) =>
    ([true, false] as const)
      .filter((outcome) => !seen.has(outcome))
      .map((outcome) => ({ part: printExpression(node), outcome: outcome ? ("true" as const) : ("false" as const) })),
  );
  const possible = outcomes.size * 2;
  return { results, coverage: { seen: possible - missing.length, possible, missing } };
}

function conditionsIn({ node, kinds }: Checked): Node[] {
  const conditions: Node[] = [];
  const visit = (one: Node): void => {
    if (kinds.get(one)?.is === "boolean" && one.is !== "boolean") conditions.push(one);
    for (const child of childrenOf(one)) visit(child);
  };
  visit(node);
  return conditions;
}

function sameNumber(value: Value, expected: string): boolean {
  if (!isDecimal(value) || !/^-?\d+(\.\d+)?$/.test(expected)) return false;
  const [before = "", after = ""] = expected.split(".");
  return compareDecimals(value, { digits: BigInt(before + after), scale: after.length }) === 0;
}

export function writeValue(value: Value): string {
  if (value === null) return "unknown";
  if (isDecimal(value)) return writeDecimal(trimmed(value));
  if (isSet(value)) return value.join("|");
  return isMoment(value) ? value.text : String(value);
}
