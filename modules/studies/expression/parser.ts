import { readDecimal } from "./decimal.ts";
import { readMoment } from "./moment.ts";
import {
  bindings,
  type Complaint,
  childrenOf,
  comparisonBinds,
  limits,
  minusBinds,
  type Node,
  notBinds,
  type Operator,
} from "./syntax.ts";
import { type Token, tokensOf } from "./tokens.ts";

export type Parsed =
  | { readonly node: Node; readonly complaint?: undefined }
  | { readonly node?: undefined; readonly complaint: Complaint };

class Refusal extends Error {
  constructor(readonly complaint: Complaint) {
    super(complaint.sentence);
  }
}

/** From text to a tree, or to the first thing that is wrong with it and where. Never throws. */
export function parseExpression(text: string): Parsed {
  const read = tokensOf(text);
  if ("complaint" in read) return { complaint: read.complaint };
  try {
    return { node: new Parser(read.tokens).whole() };
  } catch (error) {
    if (error instanceof Refusal) return { complaint: error.complaint };
    throw error;
  }
}

class Parser {
  private at = 0;
  private depth = 0;
  private nodes = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  whole(): Node {
    if (this.peek().is === "end") this.refuse("The expression is empty.");
    const node = this.expression(0);
    if (this.peek().is !== "end") this.refuse(`${spoken(this.peek())} is not expected here.`);
    return node;
  }

  private expression(least: number): Node {
    this.depth += 1;
    if (this.depth > limits.depth) this.refuse(`Parentheses and operators nest more than ${limits.depth} deep here.`);
    let left = this.operand();
    for (;;) {
      const operator = this.operator();
      const binds = operator ? bindings[operator] : 0;
      if (!operator || binds <= least) break;
      this.at += 1;
      // ^ groups to the right: 2^3^2 is 2^(3^2); and its exponent may carry a sign.
      const right = this.expression(operator === "^" ? minusBinds - 1 : binds);
      left = this.made({ is: "binary", operator, left, right, start: left.start, end: right.end });
      const following = this.operator();
      if (binds === comparisonBinds && following && bindings[following] === comparisonBinds) {
        this.refuse("Two comparisons in a row need “and”: write a < b and b < c.");
      }
    }
    this.depth -= 1;
    return left;
  }

  private operand(): Node {
    const token = this.peek();
    const place = { start: token.start, end: token.end };
    this.at += 1;
    switch (token.is) {
      case "number": {
        const value = readDecimal(token.text);
        if (!value) return this.refuse("This number is too large or too small.", token);
        return this.made({ is: "number", value, text: token.text, ...place });
      }
      case "moment": {
        const text = token.text.slice(1);
        const value = readMoment(text, text.includes("T") ? "datetime" : text.includes(":") ? "time" : "date");
        if (!value)
          return this.refuse(`“${text}” is not a date. Write @2026-03-15, @2026-03 or @2026-03-15T10:30.`, token);
        return this.made({ is: "moment", value, ...place });
      }
      case "text":
        return this.made({ is: "text", value: token.value, ...place });
      case "name":
        return this.made({ is: "name", name: token.value, ...place });
      case "word":
        return this.word(token);
      case "sign":
        return this.sign(token);
      case "end":
        return this.refuse("The expression ends where a value should follow.", token);
    }
  }

  private word(token: Extract<Token, { text: string }>): Node {
    const place = { start: token.start, end: token.end };
    switch (token.text) {
      case "true":
      case "false":
        return this.made({ is: "boolean", value: token.text === "true", ...place });
      case "unknown":
        return this.made({ is: "unknown", ...place });
      case "not": {
        const operand = this.expression(notBinds - 1);
        return this.made({ is: "unary", operator: "not", operand, start: token.start, end: operand.end });
      }
      case "and":
      case "or":
      case "in":
        return this.refuse(`A value is missing before “${token.text}”.`, token);
    }
    if (!this.isSign("(")) return this.made({ is: "name", name: token.text, ...place });
    this.at += 1;
    const { members, end } = this.list(")");
    return this.made({ is: "call", name: token.text, arguments: members, start: token.start, end });
  }

  private sign(token: Extract<Token, { text: string }>): Node {
    if (token.text === "-") {
      const operand = this.expression(minusBinds - 1);
      return this.made({ is: "unary", operator: "-", operand, start: token.start, end: operand.end });
    }
    if (token.text === "(") {
      const node = this.expression(0);
      if (!this.isSign(")")) this.refuse(`A closing parenthesis is expected instead of ${spoken(this.peek())}.`);
      const end = this.peek().end;
      this.at += 1;
      return { ...node, start: token.start, end };
    }
    if (token.text === "{") {
      const { members, end } = this.list("}");
      return this.made({ is: "set", members, start: token.start, end });
    }
    return this.refuse(`A value is missing before “${token.text}”.`, token);
  }

  private list(close: ")" | "}"): { readonly members: readonly Node[]; readonly end: number } {
    const members: Node[] = [];
    while (!this.isSign(close)) {
      if (members.length > 0) {
        if (!this.isSign(",")) this.refuse(`A comma or “${close}” is expected instead of ${spoken(this.peek())}.`);
        this.at += 1;
      }
      members.push(this.expression(0));
    }
    const end = this.peek().end;
    this.at += 1;
    return { members, end };
  }

  private peek(): Token {
    return this.tokens[this.at] as Token;
  }

  private operator(): Operator | null {
    const token = this.peek();
    if (token.is !== "sign" && token.is !== "word") return null;
    return token.text in bindings && Object.hasOwn(bindings, token.text) ? (token.text as Operator) : null;
  }

  private isSign(text: string): boolean {
    const token = this.peek();
    return token.is === "sign" && token.text === text;
  }

  private made(node: Node): Node {
    this.nodes += 1;
    if (this.nodes > limits.nodes) this.refuse(`An expression has at most ${limits.nodes} parts.`);
    return node;
  }

  private refuse(sentence: string, token: Token = this.peek()): never {
    throw new Refusal({ start: token.start, end: Math.max(token.end, token.start + 1), sentence });
  }
}

function spoken(token: Token): string {
  if (token.is === "end") return "the end";
  return `“${"text" in token ? token.text : token.value}”`.slice(0, 60);
}

/** Every name that an expression reads, once, in the order of the text. */
export function namesIn(node: Node): string[] {
  const names = new Set<string>();
  const visit = (one: Node): void => {
    if (one.is === "name") names.add(one.name);
    for (const child of childrenOf(one)) visit(child);
  };
  visit(node);
  return [...names];
}
