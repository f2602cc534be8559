/**
 * Rules that other systems wrote, in our words. What has no exact counterpart is refused with a sentence, and the caller
 * keeps the foreign text: a rule that almost means the same is worse than none.
 */
import { checkNode } from "./checker.ts";
import { readDecimal } from "./decimal.ts";
import type { Kind, Scope } from "./kinds.ts";
import { readMoment } from "./moment.ts";
import { parseExpression } from "./parser.ts";
import { printExpression, printName } from "./printer.ts";
import { limits, type Node, type Operator } from "./syntax.ts";

export type Translation =
  | { readonly text: string; readonly problem?: undefined }
  | { readonly text?: undefined; readonly problem: string };

export interface Dialect {
  /** Spellings of names that our tokens would tear apart ("WHO.Q-WHO.1"), with the name they mean. */
  readonly spellings?: ReadonlyMap<string, string>;
  /** What a name that is written here is called there. */
  readonly rename?: (name: string) => string;
  /** Calls that mean something else here. null: no exact counterpart. */
  readonly call?: (node: Call, kindOf: (node: Node) => Kind) => Node | string | null;
}

export type Call = Extract<Node, { is: "call" }>;

/** `wanted`: "boolean" for conditions. */
export function translate(text: string, scope: Scope, dialect: Dialect, wanted?: Kind["is"]): Translation {
  if (text.length > limits.characters) return { problem: `The rule has more than ${limits.characters} characters.` };
  const { node, complaint } = parseExpression(normalised(text, dialect.spellings ?? new Map()));
  if (!node) return { problem: complaint.sentence };
  try {
    const fitted = new Fitting(scope, dialect).fit(node);
    const { checked, complaints } = checkNode(fitted, scope, wanted);
    return checked ? { text: printExpression(fitted) } : { problem: complaints[0]?.sentence ?? "It cannot be read." };
  } catch (error) {
    if (error instanceof Untranslatable) return { problem: error.message };
    throw error;
  }
}

class Untranslatable extends Error {}

const pieces =
  /("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(\[[^\]]*\](?:\[[^\]]*\])*)|(&&|\|\||==|!=|<>|!|\b(?:AND|OR|NOT|And|Or|Not)\b)/g;
const operators: Readonly<Record<string, string>> = { "&&": " and ", "||": " or ", "==": "=", "!": " not " };

/** Only the writing changes here: && is and, [a][b] is [a/b]; texts in quotes stay as they are. */
function normalised(text: string, spellings: ReadonlyMap<string, string>): string {
  const known = spellingsPattern(spellings);
  const between = (piece: string) =>
    known ? piece.replace(known, (name) => `[${spellings.get(name) ?? name}]`) : piece;
  let result = "";
  let last = 0;
  for (const match of text.matchAll(pieces)) {
    result += between(text.slice(last, match.index));
    const [whole, quoted, names, operator] = match;
    if (quoted !== undefined) result += quoted;
    else if (names !== undefined) result += `[${names.slice(1, -1).split("][").join("/")}]`;
    else result += operators[operator as string] ?? (/[a-z]/i.test(whole) ? whole.toLowerCase() : whole);
    last = match.index + whole.length;
  }
  return result + between(text.slice(last));
}

const patterns = new WeakMap<ReadonlyMap<string, string>, RegExp>();

/** Made once for a form: a study has as many rules as it has names. */
function spellingsPattern(spellings: ReadonlyMap<string, string>): RegExp | null {
  if (spellings.size === 0) return null;
  const made = patterns.get(spellings);
  if (made) return made;
  const longestFirst = [...spellings.keys()].sort((a, b) => b.length - a.length).map(RegExp.escape);
  const pattern = new RegExp(`(?<![\\w.\\]])(?:${longestFirst.join("|")})(?![\\w])`, "g");
  patterns.set(spellings, pattern);
  return pattern;
}

const orders: ReadonlySet<Operator> = new Set(["=", "!=", "<", "<=", ">", ">="]);
const sums: ReadonlySet<Operator> = new Set(["+", "-", "*", "/", "^"]);
const numerical: ReadonlySet<string> = new Set([
  ..."abs sqrt round round_up round_down floor ceiling min max sum mean median exp ln log10".split(" "),
  ..."sum_known mean_known min_known max_known median_known".split(" "),
]);

/** Other systems compare everything with everything; here each side gets the kind of the other. */
class Fitting {
  constructor(
    private readonly scope: Scope,
    private readonly dialect: Dialect,
  ) {}

  fit(node: Node): Node {
    switch (node.is) {
      case "unary": {
        const operand = this.fit(node.operand);
        return { ...node, operand: node.operator === "not" ? this.condition(operand) : this.number(operand) };
      }
      case "binary":
        return this.binary(node);
      case "call":
        return this.call(node);
      case "name":
        return this.name(node);
      default:
        return node;
    }
  }

  kindOf = (node: Node): Kind => {
    const { checked } = checkNode(node, this.scope);
    return checked?.kind ?? { is: "unknown" };
  };

  /** [race(2)] asks whether option 2 is checked. */
  private name(node: Extract<Node, { is: "name" }>): Node {
    const option = /^(.*)\(([^()]*)\)$/.exec(node.name);
    const renamed = (name: string) => this.dialect.rename?.(name) ?? name;
    if (!option) return { ...node, name: renamed(node.name) };
    const place = { start: node.start, end: node.end };
    const set: Node = { is: "name", name: renamed((option[1] as string).trim()), ...place };
    return {
      is: "call",
      name: "contains",
      arguments: [set, { is: "text", value: option[2] as string, ...place }],
      ...place,
    };
  }

  private binary(node: Extract<Node, { is: "binary" }>): Node {
    const left = this.fit(node.left);
    const right = this.fit(node.right);
    if (node.operator === "and" || node.operator === "or") {
      return { ...node, left: this.condition(left), right: this.condition(right) };
    }
    if (sums.has(node.operator)) return { ...node, left: this.number(left), right: this.number(right) };
    if (!orders.has(node.operator)) return { ...node, left, right };
    const blank = isBlank(right) ? left : isBlank(left) ? right : null;
    if (blank) return this.blank(node, blank);
    const fitted = {
      ...node,
      left: this.against(left, this.kindOf(right)),
      right: this.against(right, this.kindOf(left)),
    };
    return this.checkedOption(fitted);
  }

  /** x = "" asks whether x was answered. */
  private blank(node: Extract<Node, { is: "binary" }>, asked: Node): Node {
    const known: Node = { is: "call", name: "known", arguments: [asked], start: node.start, end: node.end };
    if (node.operator === "!=") return known;
    if (node.operator === "=")
      return { is: "unary", operator: "not", operand: known, start: node.start, end: node.end };
    throw new Untranslatable("An order against an empty text has no meaning.");
  }

  /** contains(race, "2") = true is contains(race, "2"); the same of any condition. */
  private checkedOption(node: Extract<Node, { is: "binary" }>): Node {
    for (const [condition, literal] of [
      [node.left, node.right],
      [node.right, node.left],
    ] as const) {
      if (condition.is !== "call" || literal.is !== "boolean" || this.kindOf(condition).is !== "boolean") continue;
      if (node.operator !== "=" && node.operator !== "!=") continue;
      const isPlain = literal.value === (node.operator === "=");
      return isPlain
        ? condition
        : { is: "unary", operator: "not", operand: condition, start: node.start, end: node.end };
    }
    return node;
  }

  private against(node: Node, other: Kind): Node {
    const place = { start: node.start, end: node.end };
    if (node.is !== "text" && node.is !== "number") {
      return this.kindOf(node).is === "text" && other.is === "number" ? this.number(node) : node;
    }
    const written = node.is === "text" ? node.value : node.text;
    if (other.is === "boolean") {
      const truth = { "1": true, true: true, yes: true, "0": false, false: false, no: false }[written.toLowerCase()];
      return truth === undefined ? node : { is: "boolean", value: truth, ...place };
    }
    if (other.is === "number" && node.is === "text") {
      const value = readDecimal(written.trim());
      return value ? { is: "number", value, text: written.trim(), ...place } : node;
    }
    if (other.is === "choice" && node.is === "number" && !other.numeric)
      return { is: "text", value: written, ...place };
    if (other.is === "date" || other.is === "datetime" || other.is === "time") {
      if (written === "today" || written === "now") return { is: "call", name: "today", arguments: [], ...place };
      const moment = readMoment(written, other.is);
      return moment ? { is: "moment", value: moment, ...place } : node;
    }
    return node;
  }

  private number(node: Node): Node {
    const place = { start: node.start, end: node.end };
    const kind = this.kindOf(node);
    if (node.is === "text") return this.against(node, { is: "number" });
    if (kind.is === "boolean") {
      const digit = (value: 0 | 1): Node => ({
        is: "number",
        value: { digits: BigInt(value), scale: 0 },
        text: String(value),
        ...place,
      });
      return { is: "call", name: "if", arguments: [node, digit(1), digit(0)], ...place };
    }
    const isText = kind.is === "text" || (kind.is === "choice" && !kind.numeric);
    return isText ? { is: "call", name: "number", arguments: [node], ...place } : node;
  }

  private condition(node: Node): Node {
    if (node.is === "number") return { is: "boolean", value: node.text !== "0", start: node.start, end: node.end };
    return node;
  }

  private call(node: Call): Node {
    const fitted: Call = { ...node, arguments: node.arguments.map((one) => this.fit(one)) };
    const translated = this.dialect.call ? this.dialect.call(fitted, this.kindOf) : fitted;
    if (translated === null) throw new Untranslatable(`${printName(node.name)}(…) has no exact counterpart here.`);
    if (typeof translated === "string") throw new Untranslatable(translated);
    if (translated.is !== "call") return translated;
    const isNumerical = numerical.has(translated.name);
    return isNumerical ? { ...translated, arguments: translated.arguments.map((one) => this.number(one)) } : translated;
  }
}

const isBlank = (node: Node): boolean => node.is === "text" && node.value === "";
