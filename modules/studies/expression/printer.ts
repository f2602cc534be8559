import { bindings, minusBinds, type Node, notBinds, words } from "./syntax.ts";

const bare = /^[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}\p{N}_]+)*$/u;
const reserved: ReadonlySet<string> = new Set(words);

/** The text of a tree, with no more parentheses than it needs. Parsing it again gives the same tree. */
export function printExpression(node: Node): string {
  return printed(node, 0);
}

function printed(node: Node, least: number): string {
  const binds = bindingOf(node);
  const text = plain(node);
  return binds < least ? `(${text})` : text;
}

function bindingOf(node: Node): number {
  if (node.is === "binary") return bindings[node.operator];
  if (node.is === "unary") return node.operator === "not" ? notBinds : minusBinds;
  return Number.POSITIVE_INFINITY;
}

function plain(node: Node): string {
  switch (node.is) {
    case "number":
      return node.text;
    case "text":
      return printText(node.value);
    case "boolean":
      return String(node.value);
    case "unknown":
      return "unknown";
    case "moment":
      return `@${node.value.text}`;
    case "name":
      return printName(node.name);
    case "unary":
      return node.operator === "not"
        ? `not ${printed(node.operand, notBinds)}`
        : `-${printed(node.operand, minusBinds)}`;
    case "binary":
      return printBinary(node);
    case "call":
      return `${node.name}(${node.arguments.map((one) => printed(one, 0)).join(", ")})`;
    case "set":
      return `{${node.members.map((one) => printed(one, 0)).join(", ")}}`;
  }
}

function printBinary(node: Extract<Node, { is: "binary" }>): string {
  const binds = bindings[node.operator];
  const comparison = binds === bindings["="];
  if (node.operator === "^") {
    return `${printed(node.left, binds + 1)} ^ ${printed(node.right, minusBinds)}`;
  }
  // A prefix on the left reaches to the right as far as it can: (not a) = b needs its parentheses, which `binds` gives it.
  return `${printed(node.left, comparison ? binds + 1 : binds)} ${node.operator} ${printed(node.right, binds + 1)}`;
}

export function printName(name: string): string {
  return bare.test(name) && !reserved.has(name) ? name : `[${name}]`;
}

export function printText(value: string): string {
  const escaped = value.replace(/[\\"\n\t]/g, (character) => {
    if (character === "\n") return "\\n";
    return character === "\t" ? "\\t" : `\\${character}`;
  });
  return `"${escaped}"`;
}
