import { describe, expect, test } from "bun:test";
import { runCases, writeValue } from "../../../modules/studies/expression/cases.ts";
import { checkExpression } from "../../../modules/studies/expression/checker.ts";
import { cyclesIn, inOrder } from "../../../modules/studies/expression/cycles.ts";
import { readDecimal } from "../../../modules/studies/expression/decimal.ts";
import { compile } from "../../../modules/studies/expression/evaluation.ts";
import { computations } from "../../../modules/studies/expression/functions.ts";
import type { Kind, Scope, Value } from "../../../modules/studies/expression/kinds.ts";
import { type Moment, readMoment } from "../../../modules/studies/expression/moment.ts";
import { namesIn, parseExpression } from "../../../modules/studies/expression/parser.ts";
import { printExpression } from "../../../modules/studies/expression/printer.ts";
import { bindings, type Node, type Operator } from "../../../modules/studies/expression/syntax.ts";

const codes = new Set(["0", "1", "2"]);
const fields: Readonly<Record<string, Kind>> = {
  a: { is: "boolean" },
  b: { is: "boolean" },
  x: { is: "number" },
  y: { is: "number" },
  note: { is: "text" },
  born: { is: "date" },
  seen: { is: "date" },
  at: { is: "datetime" },
  clock: { is: "time" },
  sex: { is: "choice", numeric: true, codes },
  arm: { is: "choice", numeric: false, codes: new Set(["drug", "placebo"]) },
  race: { is: "set", numeric: true, codes },
  "WHO-5 score": { is: "number" },
};
const scope: Scope = (name) =>
  name === "row" ? { refused: "This field repeats." } : Object.hasOwn(fields, name) ? fields[name] : undefined;
const today = readMoment("2026-11-22", "date") as Moment;

const date = (text: string) => readMoment(text, "date");
function run(text: string, values: Readonly<Record<string, Value>> = {}): string {
  const { checked, complaints } = checkExpression(text, scope);
  if (!checked) throw new Error(complaints.map(({ sentence }) => sentence).join(" "));
  return writeValue(compile(checked)({ value: (name) => values[name] ?? null, today }));
}
const n = (text: string) => readDecimal(text);

describe("three values", () => {
  const truths = [true, false, null] as const;
  const tables: Readonly<Record<string, (a: boolean | null, b: boolean | null) => boolean | null>> = {
    "a and b": (a, b) => (a === false || b === false ? false : a === null || b === null ? null : true),
    "a or b": (a, b) => (a === true || b === true ? true : a === null || b === null ? null : false),
    "not a": (a) => (a === null ? null : !a),
    "a = b": (a, b) => (a === null || b === null ? null : a === b),
    "a != b": (a, b) => (a === null || b === null ? null : a !== b),
    "not (a and b) = (not a or not b)": (a, b) =>
      a === false || b === false ? true : a === null || b === null ? null : true,
    "if(a, b, not b)": (a, b) => (a === null || b === null ? null : a ? b : !b),
    "known(a)": (a) => a !== null,
    "a in {b, true}": (a, b) => (a === null ? null : a === true ? true : b === null ? null : a === b),
  };
  for (const [text, table] of Object.entries(tables)) {
    test(text, () => {
      for (const a of truths)
        for (const b of truths)
          expect(`${a} ${b} ${run(text, { a, b })}`).toBe(`${a} ${b} ${table(a, b) ?? "unknown"}`);
    });
  }

  test("every operator over an unknown operand is unknown", () => {
    for (const operator of ["=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "^"]) {
      for (const values of [
        { x: null, y: n("1") },
        { x: n("1"), y: null },
        { x: null, y: null },
      ]) {
        expect(run(`x ${operator} y`, values)).toBe("unknown");
      }
    }
    expect(run("-x")).toBe("unknown");
    expect(run("x in {1, 2}")).toBe("unknown");
    expect(run("1 in {x, 1}")).toBe("true");
    expect(run("2 in {x, 1}")).toBe("unknown");
  });

  test("every function over an unknown operand is unknown, but for those that say otherwise", () => {
    const tolerant = Object.entries(computations).flatMap(([name, { tolerant }]) => (tolerant ? [name] : []));
    expect(tolerant.sort()).toEqual(
      [
        "count_known",
        "if",
        "known",
        "known_or",
        "max_known",
        "mean_known",
        "mean_of_at_least",
        "median_known",
        "min_known",
        "sum_known",
        "sum_of_at_least",
      ].sort(),
    );
    for (const [name, { wants, tolerant: isTolerant }] of Object.entries(computations)) {
      if (isTolerant || wants.length === 0) continue;
      const unknowns = wants.map((want) => (want === "span" ? '"days"' : "unknown"));
      expect(`${name}: ${run(`${name}(${unknowns.join(", ")})`)}`).toBe(`${name}: unknown`);
    }
  });
});

describe("results", () => {
  const values = {
    x: n("3"),
    y: n("4.50"),
    note: "Ada",
    born: date("1980"),
    seen: date("2026-06-30"),
    at: readMoment("2026-06-30T10:15", "datetime"),
    sex: "1",
    arm: "drug",
    race: ["0", "2"],
    "WHO-5 score": n("52"),
  };
  for (const [text, expected] of [
    ["0.1 + 0.2 = 0.3", "true"],
    ["2 ^ 3 ^ 2", "512"],
    ["-2 ^ 2", "-4"],
    ["2 ^ -1", "0.5"],
    ["2 + 3 * 4 - 5 / 2", "11.5"],
    ["(2 + 3) * 4", "20"],
    ["1 - 2 - 3", "-4"],
    ["x * y", "13.5"],
    ["x / 0", "unknown"],
    ["sqrt(-1)", "unknown"],
    ["[WHO-5 score] >= 52", "true"],
    ["round(2.345, 2)", "2.35"],
    ["round(7 / 3, 1)", "2.3"],
    ["sum(x, y)", "7.5"],
    ["mean(x, y, 6)", "4.5"],
    ["median(5, 1, 3)", "3"],
    ["median(1, 2)", "1.5"],
    ["sum(x, unknown)", "unknown"],
    ["sum_known(x, unknown)", "3"],
    ["mean_of_at_least(2, x, unknown, 5)", "4"],
    ["mean_of_at_least(3, x, unknown, 5)", "unknown"],
    ["count_known(x, unknown, note)", "2"],
    ["known_or(unknown, x)", "3"],
    ["min(x, y)", "3"],
    ["max_known(x, unknown)", "3"],
    ["sex = 1", "true"],
    ['sex = "1"', "true"],
    ["sex + 1", "2"],
    ["sex in {0, 1}", "true"],
    ['arm in {"placebo"}', "false"],
    ['contains(race, "2")', "true"],
    ['contains(race, "1")', "false"],
    ["count(race)", "2"],
    ['contains(note, "d")', "true"],
    ['concat(note, " ", y)', "Ada 4.5"],
    ['upper("ä")', "Ä"],
    ["age(@2000-02-29, @2018-03-01)", "18"],
    ["age(born, seen)", "unknown"],
    ["age(born, @2026-12-31)", "46"],
    ["seen > @2026-06", "unknown"],
    ["seen <= @2026-06-30", "true"],
    ["at = seen", "true"],
    ["born < @1981-01-01", "true"],
    ['difference(@2026-01-01, @2026-03-01, "days")', "59"],
    ["year(born)", "1980"],
    ["month(born)", "unknown"],
    ["add_days(@2026-02-27, 3)", "2026-03-02"],
    ["today() > seen", "true"],
    ['if(sex = 1, "m", "f")', "m"],
    ['number("7.0") = 7', "true"],
    ['number("seven")', "unknown"],
    ["unknown", "unknown"],
  ] as const) {
    test(`${text} gives ${expected}`, () => expect(run(text, values)).toBe(expected));
  }
});

describe("what is wrong, and where", () => {
  for (const [text, start, sentence] of [
    ["", 0, "empty"],
    ["x +", 3, "ends where a value should follow"],
    ["(x", 2, "closing parenthesis"],
    ["x > 1 > 2", 6, "Two comparisons"],
    ["x = = 1", 4, "missing before"],
    ['note = "abc', 7, "not closed"],
    ["[x", 0, "not closed"],
    ["x ; y", 2, "no meaning"],
    ["@2026-02-30 > seen", 0, "not a date"],
    ["weight > 3", 0, "no field “weight”"],
    ["x and a", 0, "“and” takes yes or no, and this is a number"],
    ["note + 1", 0, "“+” takes a number, and this is a text"],
    ['sex = "7"', 6, "not an option"],
    ['contains(race, "9")', 15, "not an option"],
    ["note < 3", 0, "compares numbers or dates"],
    ["seen - born", 0, "Dates have no"],
    ["clock > seen", 0, "cannot be compared"],
    ["x = unknown", 0, "Nothing equals unknown"],
    ["note = 3", 0, "never equals"],
    ["frob(x)", 0, "no function “frob”"],
    ["round()", 0, "Too few values"],
    ["age(seen)", 0, "Too few values"],
    ["age(seen, born, seen)", 0, "Too many values"],
    ['difference(seen, born, "eons")', 23, "does not take"],
    ["if(a, 1, note)", 9, "This is a text, and the value before it is a number"],
    ["row = 1", 0, "This field repeats"],
    ["sum", 0, "is a function"],
    ["x in 3", 5, "comes a set"],
    ['note = "a\\q"', 9, "backslash"],
  ] as const) {
    test(`“${text}”`, () => {
      const complaint = checkExpression(text, scope).complaints?.[0];
      expect(complaint?.sentence).toContain(sentence);
      expect(complaint?.start).toBe(start);
    });
  }
  test("a condition must be yes or no", () => {
    expect(checkExpression("x + 1", scope, "boolean").complaints?.[0]?.sentence).toBe(
      "This must give yes or no, and it gives a number.",
    );
    expect(checkExpression("x > 1", scope, "boolean").checked?.names).toEqual(["x"]);
    expect(checkExpression("age(born, today()) > 18", scope).checked?.usesToday).toBe(true);
  });
});

/** A small generator of its own, so that a failure can be repeated from its seed. */
function randomly(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function randomNode(random: (below: number) => number, depth: number): Node {
  const place = { start: 0, end: 0 };
  const child = () => randomNode(random, depth - 1);
  const leaf = random(6);
  if (depth === 0 || random(4) === 0) {
    if (leaf === 0) return { is: "number", value: readDecimal("1.50") as never, text: "1.50", ...place };
    if (leaf === 1) return { is: "text", value: ['a "b"', "\n\t\\", "", "it's"][random(4)] as string, ...place };
    if (leaf === 2) return { is: "boolean", value: random(2) === 0, ...place };
    if (leaf === 3)
      return {
        is: "moment",
        value: date(["2026", "2026-03", "2026---15", "2026-03-15"][random(4)] as string) as Moment,
        ...place,
      };
    if (leaf === 4) return { is: "unknown", ...place };
    return { is: "name", name: ["x", "WHO.Q-WHO.1", "not", "visit 1/weight", "größe"][random(5)] as string, ...place };
  }
  if (leaf < 2) return { is: "unary", operator: random(2) === 0 ? "not" : "-", operand: child(), ...place };
  if (leaf === 2) return { is: "call", name: "sum", arguments: [child(), child()], ...place };
  if (leaf === 3) return { is: "set", members: [child(), child()], ...place };
  const operators = Object.keys(bindings) as Operator[];
  return {
    is: "binary",
    operator: operators[random(operators.length)] as Operator,
    left: child(),
    right: child(),
    ...place,
  };
}

const shape = (node: Node): string =>
  JSON.stringify(node, (key, value) =>
    key === "start" || key === "end" ? undefined : typeof value === "bigint" ? String(value) : value,
  );

describe("printing", () => {
  test("and parsing give the same tree, for 5,000 random trees", () => {
    const random = randomly(20261122);
    for (let i = 0; i < 5_000; i += 1) {
      const tree = randomNode(random, 4);
      const text = printExpression(tree);
      const { node, complaint } = parseExpression(text);
      if (!node) throw new Error(`${text}: ${complaint.sentence}`);
      if (shape(node) !== shape(tree)) throw new Error(`${text} became ${printExpression(node)}`);
    }
  });
  test("adds no parentheses that nobody needs", () => {
    for (const text of [
      "a and (b or not a)",
      "x - (y - 1)",
      "x ^ -2",
      "(-x) ^ 2",
      "not (a or b)",
      "(x + 1) * 2",
      "x + 1 > 2 and a",
    ]) {
      expect(printExpression(parseExpression(text).node as Node)).toBe(text);
    }
    expect(printExpression(parseExpression("((x)+(1))<>2").node as Node)).toBe("x + 1 != 2");
  });
  test("names are found once", () => expect(namesIn(parseExpression("x + [y] * x").node as Node)).toEqual(["x", "y"]));
});

describe("a stranger's expression", () => {
  const hostile: readonly (readonly [string, string])[] = [
    ["long", "x".repeat(10_001)],
    ["deep parentheses", "(".repeat(5_000) + ")".repeat(5_000)],
    ["deep nots", "not ".repeat(2_400)],
    ["deep minus", `${"-".repeat(9_000)}1`],
    ["deep powers", `1${"^1".repeat(3_000)}`],
    ["deep calls", `${"abs(".repeat(2_000)}1`],
    ["wide sums", `1${"+1".repeat(4_000)}`],
    ["open text", `"${"\\n".repeat(4_000)}`],
    ["brackets", "[".repeat(9_999)],
  ];
  for (const [name, text] of hostile) {
    test(`${name}: refused in a moment`, () => {
      const began = performance.now();
      expect(parseExpression(text).complaint).toBeDefined();
      expect(performance.now() - began).toBeLessThan(2_000);
    });
  }
  test("cannot grow a value without end", () => {
    const began = performance.now();
    expect(run(`${"9 ^ 99 * ".repeat(90)}1`)).toBe("unknown");
    expect(run(`length(${"concat(".repeat(40)}"${"x".repeat(5_000)}"${`, "y")`.repeat(40)})`)).toBe("5040");
    expect(run(`concat("${"x".repeat(4_000)}", "${"x".repeat(4_000)}")`.replace(/^/, "known(").concat(")"))).toBe(
      "true",
    );
    expect(performance.now() - began).toBeLessThan(5_000);
  });
  test("random characters never throw", () => {
    const random = randomly(3);
    const alphabet = "x1.+-*/^()[]{},\"'@=<>! andornt\\\n0Zäé\u{1F600}";
    for (let i = 0; i < 20_000; i += 1) {
      const text = Array.from({ length: random(24) }, () => alphabet[random(alphabet.length)]).join("");
      const { node } = parseExpression(text);
      if (node) checkExpression(text, scope);
    }
  });
  test("does not reach what objects inherit", () => {
    for (const text of ["constructor(1)", "toString", "hasOwnProperty(x)", "__proto__"])
      expect(checkExpression(text, scope).complaints).toBeDefined();
  });
});

describe("order of computation", () => {
  const edges = new Map([
    ["bmi", ["weight", "height"]],
    ["risk", ["bmi", "age"]],
    ["age", ["born"]],
  ]);
  test("sources come first", () => {
    const order = inOrder(edges);
    expect(order.indexOf("bmi")).toBeLessThan(order.indexOf("risk"));
    expect(order).toHaveLength(3);
    expect(cyclesIn(edges)).toEqual([]);
  });
  test("a cycle is told once, and by name", () => {
    expect(
      cyclesIn(
        new Map([
          ["a", ["b"]],
          ["b", ["c"]],
          ["c", ["a"]],
          ["d", ["d"]],
        ]),
      ),
    ).toEqual([["a", "b", "c"], ["d"]]);
    expect(
      inOrder(
        new Map([
          ["a", ["b"]],
          ["b", ["a"]],
          ["c", []],
        ]),
      ),
    ).toEqual(["c"]);
  });
  test("ten thousand calculations in a row", () => {
    const long = new Map(
      Array.from({ length: 10_000 }, (_, i) => [`f${i}`, [`f${i + 1}`]] as const).map(([k, v]) => [k, [...v]]),
    );
    expect(cyclesIn(long)).toEqual([]);
    expect(inOrder(long)[0]).toBe("f9999");
  });
});

describe("test cases of a rule", () => {
  const rule = checkExpression("sex = 1 and (x > 3 or y > 3)", scope, "boolean").checked;
  const read = (name: string, raw: string): Value => (name === "sex" ? raw : readDecimal(raw));
  test("pass, fail with a sentence, and show what they never tried", () => {
    if (!rule) throw new Error("unsound");
    const { results, coverage } = runCases(
      rule,
      [
        { title: "a man above", given: { sex: "1", x: "4", y: "1" }, expected: "true" },
        { title: "nothing known", given: {}, expected: "unknown" },
        { title: "wrong on purpose", given: { sex: "0" }, expected: "true" },
      ],
      read,
    );
    expect(results.map(({ passed }) => passed)).toEqual([true, true, false]);
    expect(results[2]?.sentence).toBe("“wrong on purpose” must give true, and it gives false.");
    expect(coverage.missing).toEqual([
      { part: "x > 3 or y > 3", outcome: "false" },
      { part: "x > 3", outcome: "false" },
      { part: "y > 3", outcome: "true" },
    ]);
    expect(coverage).toMatchObject({ seen: 7, possible: 10 });
  });
});

test("a million evaluations", () => {
  const { checked } = checkExpression("x / (y / 100) ^ 2 > 30 and sex = 1", scope);
  if (!checked) throw new Error("unsound");
  const evaluate = compile(checked);
  const values: Record<string, Value> = { x: n("81.5"), y: n("172"), sex: "1" };
  const given = { value: (name: string) => values[name] ?? null };
  const simple = checkExpression("x >= 18 and x < 120", scope).checked;
  if (!simple) throw new Error("unsound");
  const evaluateSimple = compile(simple);
  const rate = (run: () => unknown) => {
    const rounds = 200_000;
    const began = performance.now();
    for (let i = 0; i < rounds; i += 1) run();
    return Math.round((rounds / (performance.now() - began)) * 1000);
  };
  console.info(
    `evaluations per second: a range check ${rate(() => evaluateSimple(given)).toLocaleString("en")}, a calculation with a condition ${rate(() => evaluate(given)).toLocaleString("en")}`,
  );
  expect(evaluate(given)).toBe(false);
  expect(evaluateSimple(given)).toBe(true);
});
