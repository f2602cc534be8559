import { describe, expect, test } from "bun:test";
import type { Decimal } from "../../../modules/studies/expression/decimal.ts";
import { readDecimal, writeDecimal } from "../../../modules/studies/expression/decimal.ts";
import { type ItemType, itemOf } from "../../../modules/studies/model/build.ts";
import { dueDates, isDuration, movedBy } from "../../../modules/studies/model/durations.ts";
import { planOf } from "../../../modules/studies/model/plan.ts";
import { computedAnswers, type FormInstance, findingsOf, type Row } from "../../../modules/studies/values/findings.ts";
import { type Answer, answered, leftEmpty, readAnswer } from "../../../modules/studies/values/reading.ts";
import { canConvert, convert } from "../../../modules/studies/values/units.ts";
import { sink } from "./sink.ts";

const plan = planOf(sink);

describe("reading", () => {
  const cases: readonly (readonly [ItemType, string, string | { readonly problem: string }])[] = [
    [{ is: "text", long: false, maxLength: 3 }, "äöü", "äöü"],
    [{ is: "text", long: false, maxLength: 3 }, "four", { problem: "more than the 3 characters" }],
    [{ is: "integer" }, " 007 ", "7"],
    [{ is: "integer" }, "7.0", "7.0"],
    [{ is: "integer" }, "7.5", { problem: "not a whole number" }],
    [{ is: "integer" }, "seven", { problem: "not a number" }],
    [{ is: "integer" }, "", { problem: "not a number" }],
    [{ is: "decimal", decimals: null }, "24.70", "24.70"],
    [{ is: "decimal", decimals: null }, "+.50", ".50"],
    [{ is: "decimal", decimals: 1 }, "24.75", { problem: "more than 1 decimals" }],
    [{ is: "decimal", decimals: null }, "24,7", { problem: "has a comma" }],
    [{ is: "decimal", decimals: null }, "-0.0", "0"],
    [{ is: "decimal", decimals: null }, "1e3", "1e3"],
    [{ is: "boolean" }, "Yes", "1"],
    [{ is: "boolean" }, "FALSE", "0"],
    [{ is: "boolean" }, "2", { problem: "neither yes (1) nor no (0)" }],
    [{ is: "date", partial: false }, "15-MAR-2026", "2026-03-15"],
    [{ is: "date", partial: false }, "UN-MAR-2026", { problem: "leaves parts unknown" }],
    [{ is: "date", partial: true }, "UN-UNK-2026", "2026"],
    [{ is: "date", partial: true }, "31/12/2026", { problem: "UN-MAR-2026" }],
    [{ is: "time", partial: false }, "8:05", "08:05"],
    [{ is: "datetime", partial: false }, "2026-03-15 08:05", "2026-03-15T08:05"],
    [{ is: "choice", codeList: "SEX" }, "f", "f"],
    [{ is: "choice", codeList: "SEX" }, "x", { problem: "not one of the options" }],
    [{ is: "choice", codeList: "RACE" }, "01", "1"],
    [{ is: "choices", codeList: "RACE" }, "3 | 1", "1|3"],
    [{ is: "choices", codeList: "RACE" }, "", ""],
    [{ is: "choices", codeList: "RACE" }, "1|9", { problem: "“9” is not one of the options" }],
    [{ is: "grid", rows: "ORGAN", columns: "DEGREE", several: false }, "lung=0.5|heart=0", "heart=0|lung=0.5"],
    [{ is: "grid", rows: "ORGAN", columns: "DEGREE", several: false }, "toe=0", { problem: "not a row" }],
    [{ is: "grid", rows: "ORGAN", columns: "DEGREE", several: false }, "lung=0+0.5", { problem: "takes one answer" }],
    [{ is: "grid", rows: "ORGAN", columns: "DEGREE", several: true }, "lung=0+0.5", "lung=0+0.5"],
    [{ is: "file" }, "scan.pdf", { problem: "not a file that was given on the form" }],
    [{ is: "label" }, "x", { problem: "takes no answer" }],
  ];
  for (const [type, raw, expected] of cases) {
    test(`${type.is} “${raw}”`, () => {
      const reading = readAnswer(plan, itemOf("x", {}, type), raw);
      if (typeof expected === "string") expect(reading).toMatchObject({ canonical: expected });
      else expect(reading.problem).toContain(expected.problem);
    });
  }
  test("a retired option is read, with a warning", () => {
    expect(readAnswer(plan, itemOf("x", {}, { is: "choice", codeList: "RACE" }), "2")).toMatchObject({
      canonical: "2",
      warning: "Option “2” is retired.",
    });
  });
});

describe("units", () => {
  const d = (text: string) => readDecimal(text) as Decimal;
  for (const [value, from, to, expected] of [
    ["1", "lb", "g", "453.59237"],
    ["72", "kg", "g", "72000"],
    ["180", "cm", "m", "1.8"],
    ["100", "mg/dL", "g/L", "1"],
    ["37", "°C", "Cel", "37"],
    ["7.5", "anything", "anything", "7.5"],
  ] as const) {
    test(`${value} ${from} in ${to}`, () =>
      expect(writeDecimal(convert(d(value), from, to) as Decimal)).toBe(expected));
  }
  test("98.6 °F is 37 °C", () =>
    expect(Number(writeDecimal(convert(d("98.6"), "°F", "°C") as Decimal))).toBeCloseTo(37, 10));
  test("what is not the same dimension is refused", () => {
    expect(convert(d("1"), "kg", "cm")).toBeNull();
    expect(canConvert("mg/dL", "mmol/L")).toBe(false);
    expect(canConvert("constructor", "toString")).toBe(false);
  });
});

const row = (section: string, answers: Readonly<Record<string, string | Answer>>, key: string | null = null): Row => ({
  section,
  key,
  answers: new Map(
    Object.entries(answers).map(([item, answer]) => [item, typeof answer === "string" ? answered(answer) : answer]),
  ),
});
const start = (...rows: readonly Row[]): FormInstance => ({ form: "start", rows });
const found = (instance: FormInstance, complete = false) =>
  findingsOf(plan, instance, { complete }).map(({ kind, item, check }) =>
    [kind, item, check].filter(Boolean).join(" "),
  );

describe("findings", () => {
  test("a sound form has none", () => {
    expect(found(start(row("body", { sex: "f", weight: "80", height: "200", bmi: "20", pregnant: "0" })))).toEqual([]);
  });
  const cases: readonly (readonly [string, FormInstance, readonly string[]])[] = [
    ["a result that differs", start(row("body", { weight: "80", height: "200", bmi: "21" })), ["differs bmi"]],
    [
      "a result that agrees in the decimals it was stored with",
      start(row("body", { weight: "81.3", height: "171", bmi: "27.8" })),
      [],
    ],
    ["a result without its operands", start(row("body", { weight: "80", bmi: "20" })), ["incomplete bmi"]],
    [
      "an answer under a condition that is not met",
      start(row("body", { sex: "m", pregnant: "0" })),
      ["hidden pregnant"],
    ],
    ["an answer under a condition that nobody can tell", start(row("body", { pregnant: "0" })), ["unasked pregnant"]],
    ["a value out of its range", start(row("body", { weight: "-1" })), ["range weight weight.1"]],
    ["a limit in another unit", start(row("body", { weight: "250" })), ["range weight too-heavy"]],
    ["the same value in the unit of the limit", start(row("body", { weight: answered("250", "LB") })), []],
    ["a check over two fields", start(row("body", { sex: "f", pregnant: "0", weeks: "12" })), ["hidden weeks"]],
    ["a condition that is false although an operand is missing", start(row("body", { weeks: "12" })), ["hidden weeks"]],
    [
      "a text that is no number",
      start(row("body", { weight: "heavy", height: "200", bmi: "20" })),
      ["unreadable weight", "incomplete bmi"],
    ],
    ["a retired option", start(row("body", { race: "2" })), ["retired race"]],
    ["an item that the form does not ask", start(row("body", { shoe: "43" })), ["unplanned shoe"]],
    [
      "an item in a section where it does not belong",
      start(row("family", { weight: "80" }, "1")),
      ["unplanned weight"],
    ],
  ];
  for (const [title, instance, expected] of cases) test(title, () => expect(found(instance)).toEqual([...expected]));

  test("required fields are asked for when the form is complete, and a reason will do", () => {
    expect(found(start(), true)).toEqual(["required sex"]);
    expect(found(start(row("body", { sex: leftEmpty("unknown") })), true)).toEqual([]);
    expect(found(start(row("body", { sex: leftEmpty(null) })), true)).toEqual(["required sex"]);
  });
  test("every row of a repeating section is looked at by itself", () => {
    const rows = [row("illness", { since: "2026" }, "1/1"), row("illness", { since: "soon" }, "1/2")];
    expect(findingsOf(plan, start(...rows)).map(({ key, item }) => [key, item])).toEqual([["1/2", "since"]]);
  });
  test("sentences name the field and both results", () => {
    const [finding] = findingsOf(plan, start(row("body", { weight: "80", height: "200", bmi: "21" })));
    expect(finding?.sentence).toBe(
      "“Body mass index” holds 21, and its formula (round(weight / (height / 100) ^ 2, 1)) gives 20.",
    );
    expect(finding?.computed).toBe("20");
  });
  test("results are computed in order, and nothing is changed", () => {
    const instance = start(row("body", { weight: "80", height: "200", bmi: "99" }));
    expect(computedAnswers(plan, instance)).toEqual([{ section: "body", key: null, item: "bmi", raw: "20" }]);
    expect(instance.rows[0]?.answers.get("bmi")?.raw).toBe("99");
  });
});

describe("windows", () => {
  for (const [duration, sound] of [
    ["P7D", true],
    ["P1Y6M", true],
    ["PT4H", true],
    ["P2W", true],
    ["-P1D", true],
    ["P", false],
    ["7D", false],
    ["P1.5D", false],
    ["PT", false],
    ["", false],
  ] as const) {
    test(`“${duration}” ${sound ? "is" : "is no"} duration`, () => expect(isDuration(duration)).toBe(sound));
  }
  test("follow the calendar", () => {
    expect(movedBy("2026-01-31", "P1M")).toBe("2026-02-28");
    expect(movedBy("2024-02-29", "P1Y")).toBe("2025-02-28");
    expect(movedBy("2026-03-01", "P1W", -1)).toBe("2026-02-22");
    expect(dueDates("2026-01-01", { target: "P4W", before: "P3D", after: "P7D" })).toEqual({
      earliest: "2026-01-26",
      target: "2026-01-29",
      latest: "2026-02-05",
    });
    expect(dueDates("2026-01-01", { target: "soon", before: "P3D", after: "P7D" })).toBeNull();
  });
});
