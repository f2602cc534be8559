import type { Checked } from "./checker.ts";
import {
  add,
  compareDecimals,
  type Decimal,
  divide,
  multiply,
  negate,
  power,
  readDecimal,
  subtract,
  trimmed,
  writeDecimal,
} from "./decimal.ts";
import { computations } from "./functions.ts";
import { isDecimal, isMoment, isMomentKind, isSet, type Kind, type Value } from "./kinds.ts";
import { compareMoments, type Moment, surelyAtMost } from "./moment.ts";
import type { Node, Operator } from "./syntax.ts";

export interface Given {
  /** null where there is no value, or none that could be read. */
  readonly value: (name: string) => Value;
  readonly today?: Moment | null;
}

export type Run = (given: Given) => Value;
/** Sees each part with its result: for the coverage of test cases. */
export type Probe = (node: Node, value: Value) => void;

/** Ready to run many times. Never throws: what has no result is unknown. */
export function compile(checked: Checked, probe?: Probe): Run {
  const compiled = (node: Node): Run => {
    const run = runOf(node);
    if (!probe) return run;
    return (given) => {
      const value = run(given);
      probe(node, value);
      return value;
    };
  };
  const kindOf = (node: Node): Kind => checked.kinds.get(node) ?? { is: "unknown" };
  const numeric = (node: Node): Run => {
    const run = compiled(node);
    return kindOf(node).is === "choice" ? (given) => asDecimal(run(given)) : run;
  };

  function runOf(node: Node): Run {
    switch (node.is) {
      case "number":
      case "text":
      case "boolean":
      case "moment": {
        const { value } = node;
        return () => value;
      }
      case "unknown":
        return () => null;
      case "name": {
        const { name } = node;
        return (given) => given.value(name);
      }
      case "unary":
        return unary(node);
      case "binary":
        return binary(node);
      case "call":
        return call(node);
      case "set":
        return set(node);
    }
  }

  function unary(node: Extract<Node, { is: "unary" }>): Run {
    if (node.operator === "not") {
      const operand = compiled(node.operand);
      return (given) => not(operand(given) as Truth);
    }
    const operand = numeric(node.operand);
    return (given) => {
      const value = operand(given);
      return value === null ? null : negate(value as Decimal);
    };
  }

  function binary(node: Extract<Node, { is: "binary" }>): Run {
    const { operator } = node;
    if (operator === "and" || operator === "or") {
      const [left, right] = [compiled(node.left), compiled(node.right)];
      const deciding = operator === "or";
      return (given) => {
        const one = left(given);
        // Both sides run under a probe, or the right one would look untried behind a left one that decides.
        if (one === deciding && !probe) return deciding;
        const other = right(given);
        if (one === deciding || other === deciding) return deciding;
        return one === null || other === null ? null : !deciding;
      };
    }
    if (operator === "in") return membership(node);
    const calculation = arithmetic[operator];
    if (calculation) {
      const [left, right] = [numeric(node.left), numeric(node.right)];
      return (given) => {
        const one = left(given);
        const other = right(given);
        return one === null || other === null ? null : calculation(one as Decimal, other as Decimal);
      };
    }
    return comparison(node.left, node.right, operator);
  }

  function comparison(leftNode: Node, rightNode: Node, operator: Operator): Run {
    const kinds = [kindOf(leftNode), kindOf(rightNode)] as const;
    const asNumbers = kinds.every((kind) => kind.is === "number" || (kind.is === "choice" && kind.numeric));
    const [left, right] = asNumbers
      ? [numeric(leftNode), numeric(rightNode)]
      : [compiled(leftNode), compiled(rightNode)];
    const compare = asNumbers
      ? (one: Value, other: Value) => ordered(operator, compareDecimals(one as Decimal, other as Decimal))
      : kinds.every(isMomentKind)
        ? (one: Value, other: Value) => momentsCompared(operator, one as Moment, other as Moment)
        : (one: Value, other: Value) => (operator === "=" ? same(one, other) : not(same(one, other)));
    return (given) => {
      const one = left(given);
      const other = right(given);
      return one === null || other === null ? null : compare(one, other);
    };
  }

  function membership(node: Extract<Node, { is: "binary" }>): Run {
    if (node.right.is !== "set") {
      const [left, right] = [compiled(node.left), compiled(node.right)];
      return (given) => {
        const one = left(given);
        const set = right(given);
        return one === null || !isSet(set)
          ? null
          : set.includes(isDecimal(one) ? writeDecimal(trimmed(one)) : String(one));
      };
    }
    const equals = node.right.members.map((member) => comparison(node.left, member, "="));
    return (given) => {
      let result: Truth = false;
      for (const equal of equals) {
        const one = equal(given) as Truth;
        if (one === true && !probe) return true;
        if (one === true || result === true) result = true;
        else if (one === null) result = null;
      }
      return result;
    };
  }

  function call(node: Extract<Node, { is: "call" }>): Run {
    const computation = computations[node.name];
    if (!computation) return () => null;
    const { wants, rest, tolerant, run } = computation;
    const wantsNumber = (index: number) => (wants[index] ?? rest) === "number";
    const isMixed = node.arguments.some((one) => kindOf(one).is === "number");
    const runs = node.arguments.map((one, index) => {
      const want = wants[index] ?? rest;
      return wantsNumber(index) || (want === "same" && isMixed) ? numeric(one) : compiled(one);
    });
    return (given) => {
      const values = new Array<Value>(runs.length);
      for (let i = 0; i < runs.length; i += 1) {
        const value = (runs[i] as Run)(given);
        if (value === null && !tolerant) return null;
        values[i] = value;
      }
      return run(values, given.today ?? null);
    };
  }

  function set(node: Extract<Node, { is: "set" }>): Run {
    const runs = node.members.map(compiled);
    return (given) => {
      const values = runs.map((run) => run(given));
      return values.includes(null) ? null : values.map(String);
    };
  }

  return compiled(checked.node);
}

type Truth = boolean | null;
const not = (value: Truth): Truth => (value === null ? null : !value);

const asDecimal = (value: Value): Value => (typeof value === "string" ? readDecimal(value) : value);

const arithmetic: Partial<Record<Operator, (one: Decimal, other: Decimal) => Decimal | null>> = {
  "+": add,
  "-": subtract,
  "*": multiply,
  "/": divide,
  "^": power,
};

function ordered(operator: Operator, order: number): Truth {
  switch (operator) {
    case "=":
      return order === 0;
    case "!=":
      return order !== 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    default:
      return order >= 0;
  }
}

function momentsCompared(operator: Operator, one: Moment, other: Moment): Truth {
  if (operator === "<=") return surelyAtMost(one, other);
  if (operator === ">=") return surelyAtMost(other, one);
  if (operator === "<") return not(surelyAtMost(other, one));
  if (operator === ">") return not(surelyAtMost(one, other));
  const order = compareMoments(one, other);
  return order === null ? null : ordered(operator, order);
}

function same(one: Value, other: Value): boolean | null {
  if (isSet(one) && isSet(other)) return one.length === other.length && one.every((code) => other.includes(code));
  if (isDecimal(one) && isDecimal(other)) return compareDecimals(one, other) === 0;
  if (one !== null && other !== null && isMoment(one) && isMoment(other)) {
    const order = compareMoments(one, other);
    return order === null ? null : order === 0;
  }
  // A code beside a number: the number's writing decides, as it does on paper.
  if (isDecimal(one) !== isDecimal(other)) {
    const [a, b] = [asDecimal(one), asDecimal(other)];
    return isDecimal(a) && isDecimal(b) ? compareDecimals(a, b) === 0 : false;
  }
  return one === other;
}
