import { readDecimal } from "./decimal.ts";
import { type Computation, computations, type Want } from "./functions.ts";
import { isMomentKind, type Kind, kindNames, type Scope } from "./kinds.ts";
import { spans } from "./moment.ts";
import { parseExpression } from "./parser.ts";
import { printText } from "./printer.ts";
import type { Complaint, Node } from "./syntax.ts";

/** An expression whose names and types are sound: the only thing that can be compiled. */
export interface Checked {
  readonly node: Node;
  readonly kind: Kind;
  readonly kinds: ReadonlyMap<Node, Kind>;
  /** What it reads, once each, in the order of the text. */
  readonly names: readonly string[];
  /** Its result depends on the day, so it must not be stored. */
  readonly usesToday: boolean;
}

export type Checking =
  | { readonly checked: Checked; readonly complaints?: undefined }
  | { readonly checked?: undefined; readonly complaints: readonly Complaint[] };

/** `wanted`: what the whole must give; a condition or a check wants "boolean". Complaints carry their places in `text`. */
export function checkExpression(text: string, scope: Scope, wanted?: Kind["is"]): Checking {
  const parsed = parseExpression(text);
  return parsed.node ? checkNode(parsed.node, scope, wanted) : { complaints: [parsed.complaint] };
}

export function checkNode(node: Node, scope: Scope, wanted?: Kind["is"]): Checking {
  const checker = new Checker(scope);
  const kind = checker.kindOf(node);
  if (checker.complaints.length === 0 && wanted && !fits(kind, wanted)) {
    checker.say(node, `This must give ${kindNames[wanted]}, and it gives ${kindNames[kind.is]}.`);
  }
  if (checker.complaints.length > 0) return { complaints: checker.complaints };
  return { checked: { node, kind, kinds: checker.kinds, names: [...checker.names], usesToday: checker.usesToday } };
}

function fits(kind: Kind, wanted: Kind["is"]): boolean {
  if (kind.is === "unknown" || kind.is === wanted) return true;
  if (wanted === "number") return kind.is === "choice" && kind.numeric;
  return wanted === "datetime" && kind.is === "date";
}

const unknown: Kind = { is: "unknown" };

class Checker {
  readonly kinds = new Map<Node, Kind>();
  readonly names = new Set<string>();
  readonly complaints: Complaint[] = [];
  usesToday = false;

  constructor(private readonly scope: Scope) {}

  say(node: Node, sentence: string): Kind {
    this.complaints.push({ start: node.start, end: node.end, sentence });
    return unknown;
  }

  kindOf(node: Node): Kind {
    const kind = this.found(node);
    this.kinds.set(node, kind);
    return kind;
  }

  private found(node: Node): Kind {
    switch (node.is) {
      case "number":
      case "text":
      case "boolean":
      case "unknown":
        return { is: node.is };
      case "moment":
        return { is: node.value.kind };
      case "name":
        return this.named(node);
      case "unary":
        return this.unary(node);
      case "binary":
        return this.binary(node);
      case "call":
        return this.call(node);
      case "set":
        return this.set(node);
    }
  }

  private named(node: Extract<Node, { is: "name" }>): Kind {
    this.names.add(node.name);
    const kind = this.scope(node.name);
    if (!kind) {
      const isFunction = Object.hasOwn(computations, node.name);
      return this.say(
        node,
        isFunction ? `${node.name} is a function: write ${node.name}(…).` : `There is no field “${node.name}”.`,
      );
    }
    return "refused" in kind ? this.say(node, kind.refused) : kind;
  }

  private unary(node: Extract<Node, { is: "unary" }>): Kind {
    const wanted = node.operator === "not" ? "boolean" : "number";
    const kind = this.kindOf(node.operand);
    if (!fits(kind, wanted)) {
      return this.say(
        node.operand,
        `“${node.operator}” takes ${kindNames[wanted]}, and this is ${kindNames[kind.is]}.`,
      );
    }
    return { is: wanted };
  }

  private binary(node: Extract<Node, { is: "binary" }>): Kind {
    const { operator, left, right } = node;
    const kinds = [this.kindOf(left), this.kindOf(right)] as const;
    switch (operator) {
      case "and":
      case "or":
        return this.both(node, kinds, "boolean");
      case "+":
      case "-":
      case "*":
      case "/":
      case "^":
        if (isMomentKind(kinds[0]) && isMomentKind(kinds[1])) {
          return this.say(node, 'Dates have no “-”: write difference(from, until, "days").');
        }
        return this.both(node, kinds, "number");
      case "in":
        return this.membership(node, kinds);
      default:
        this.comparable(node, kinds);
        return { is: "boolean" };
    }
  }

  private both(
    node: Extract<Node, { is: "binary" }>,
    kinds: readonly [Kind, Kind],
    wanted: "boolean" | "number",
  ): Kind {
    for (const [side, kind] of [
      [node.left, kinds[0]],
      [node.right, kinds[1]],
    ] as const) {
      if (!fits(kind, wanted))
        this.say(side, `“${node.operator}” takes ${kindNames[wanted]}, and this is ${kindNames[kind.is]}.`);
    }
    return { is: wanted };
  }

  private comparable(node: Extract<Node, { is: "binary" }>, [left, right]: readonly [Kind, Kind]): void {
    if (left.is === "unknown" || right.is === "unknown") {
      if (node.left.is === "unknown" || node.right.is === "unknown") {
        this.say(node, "Nothing equals unknown: ask known(x) instead.");
      }
      return;
    }
    const isOrder = node.operator !== "=" && node.operator !== "!=";
    if (fits(left, "number") && fits(right, "number")) return;
    if (isMomentKind(left) && isMomentKind(right)) {
      if ((left.is === "time") !== (right.is === "time"))
        this.say(node, "A time of day and a date cannot be compared.");
      return;
    }
    if (isOrder) {
      const culprit = fits(left, "number") || isMomentKind(left) ? node.right : node.left;
      const kind = culprit === node.left ? left : right;
      this.say(culprit, `“${node.operator}” compares numbers or dates, and this is ${kindNames[kind.is]}.`);
      return;
    }
    if (this.codeAgainst(left, node.right, right) || this.codeAgainst(right, node.left, left)) return;
    if (left.is !== right.is) this.say(node, `${capital(kindNames[left.is])} never equals ${kindNames[right.is]}.`);
  }

  /** A choice beside a written text: the text must be one of its codes, or the condition could never be met. */
  private codeAgainst(choice: Kind, side: Node, kind: Kind): boolean {
    if (choice.is !== "choice" || kind.is !== "text") return false;
    if (side.is === "text") this.code(choice, side);
    return true;
  }

  private code(
    choice: Extract<Kind, { is: "choice" | "set" }>,
    literal: Extract<Node, { is: "text" | "number" }>,
  ): void {
    const code = literal.is === "text" ? literal.value : literal.text;
    if (!choice.codes || choice.codes.has(code)) return;
    const known = [...choice.codes].slice(0, 12).map(printText).join(", ");
    this.say(
      literal,
      `${printText(code)} is not an option. The options are ${known}${choice.codes.size > 12 ? ", …" : "."}`,
    );
  }

  private membership(node: Extract<Node, { is: "binary" }>, [left, right]: readonly [Kind, Kind]): Kind {
    if (right.is !== "set" && right.is !== "unknown") {
      this.say(node.right, "After “in” comes a set: x in {1, 2, 3}.");
    } else if (left.is === "set") {
      this.say(node.left, "This is a set itself: ask contains(set, code).");
    } else if (node.right.is === "set") {
      for (const member of node.right.members) {
        const kind = this.kinds.get(member) ?? unknown;
        this.comparable(
          { is: "binary", operator: "=", left: node.left, right: member, start: member.start, end: member.end },
          [left, kind],
        );
      }
    }
    return { is: "boolean" };
  }

  private set(node: Extract<Node, { is: "set" }>): Kind {
    if (node.members.length === 0) return this.say(node, "This set is empty.");
    for (const member of node.members) this.kindOf(member);
    return { is: "set", numeric: false, codes: null };
  }

  private call(node: Extract<Node, { is: "call" }>): Kind {
    const computation = Object.hasOwn(computations, node.name) ? computations[node.name] : undefined;
    const kinds = node.arguments.map((one) => this.kindOf(one));
    if (!computation) return this.say(node, `There is no function “${node.name}”.`);
    if (node.name === "today") this.usesToday = true;
    const { wants, rest, optional = 0 } = computation;
    const tooFew = kinds.length < wants.length - optional;
    if (tooFew || (!rest && kinds.length > wants.length)) {
      return this.say(node, `Too ${tooFew ? "few" : "many"} values for ${computation.says}`);
    }
    return this.given(node, computation, kinds);
  }

  private given(
    node: Extract<Node, { is: "call" }>,
    { wants, rest, gives, says }: Computation,
    kinds: readonly Kind[],
  ): Kind {
    let same: Kind = unknown;
    for (const [index, kind] of kinds.entries()) {
      const want = wants[index] ?? (rest as Want);
      const argument = node.arguments[index] as Node;
      if (want === "same") {
        if (same.is === "unknown") same = kind;
        else if (!fits(kind, same.is) && !fits(same, kind.is)) {
          this.say(argument, `This is ${kindNames[kind.is]}, and the value before it is ${kindNames[same.is]}.`);
        } else if (same.is === "choice" && kind.is !== "choice") same = kind;
        else if (same.is === "choice" && kind.is === "choice" && same.codes !== kind.codes) {
          same = { is: "choice", numeric: same.numeric && kind.numeric, codes: null };
        }
      } else if (!takes(want, kind, argument)) {
        this.say(argument, `${says.split(":")[0]} does not take ${kindNames[kind.is]} here.`);
      }
    }
    if (node.name === "contains") this.contained(node, kinds);
    return gives === "same" ? same : ({ is: gives } as Kind);
  }

  private contained(node: Extract<Node, { is: "call" }>, [whole = unknown, part = unknown]: readonly Kind[]): void {
    const literal = node.arguments[1] as Node;
    if (whole.is !== "set" && whole.is !== "text" && whole.is !== "unknown") {
      this.say(
        node.arguments[0] as Node,
        `contains(…) looks into a set or a text, and this is ${kindNames[whole.is]}.`,
      );
    } else if (whole.is === "set" && literal.is === "text") this.code(whole, literal);
    else if (part.is !== "text" && part.is !== "unknown" && part.is !== "choice") {
      this.say(literal, `A code is written as a text: ${printText(literal.is === "number" ? literal.text : "1")}.`);
    }
  }
}

function takes(want: Want, kind: Kind, argument: Node): boolean {
  if (want === "any" || want === "same") return true;
  if (want === "span") return argument.is === "text" && spans.some((span) => span === argument.value);
  if (want === "written") return true;
  if (want === "moment") return kind.is === "unknown" || kind.is === "date" || kind.is === "datetime";
  return fits(kind, want);
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Numeric when each code is a number. */
export const areNumeric = (codes: Iterable<string>): boolean => [...codes].every((code) => readDecimal(code) !== null);
