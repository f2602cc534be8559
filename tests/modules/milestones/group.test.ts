import { describe, expect, test } from "bun:test";
import { sumGroup } from "../../../modules/milestones/group.ts";
import { scheduleRule } from "../../../modules/milestones/schedule-file.ts";
import { addresseeOf, isSameName, whyNotAsk } from "../../../modules/milestones/vouching.ts";

describe("whom a trainee may ask", () => {
  const kinds: readonly (readonly [Parameters<typeof whyNotAsk>[0], boolean, string | null])[] = [
    ["faculty", false, null],
    ["outside", false, null],
    ["staff", true, null],
    ["peer", true, null],
    ["peer", false, "email"],
    ["patient", true, "formVersionId"],
  ];
  for (const [kind, hasAddress, field] of kinds)
    test(`${kind} ${hasAddress ? "by mail" : "by a code"}: ${field ?? "yes"}`, () =>
      expect(Object.keys(whyNotAsk(kind, hasAddress) ?? {})[0] ?? null).toBe(field));

  const people = [
    { id: "rosa", email: "Rosa@h.example" },
    { id: "femi", email: "femi@h.example" },
  ];
  for (const [address, whose] of [
    ["femi@h.example", "colleague"],
    ["FEMI@H.example", "colleague"],
    ["rosa@h.example", "oneself"],
    ["rosa@elsewhere.example", "unknown"],
  ] as const)
    test(`${address} is ${whose}`, () => expect(addresseeOf(address, people, "rosa")).toBe(whose));

  for (const [one, other, same] of [
    ["Renée Résident", "renee  resident", true],
    ["Resident, Rosa", "Resident Rosa", true],
    ["Rosa Resident", "Rosa Residents", false],
    ["", "Rosa", false],
  ] as const)
    test(`“${one}” and “${other}”: ${same ? "the same" : "another"}`, () => expect(isSameName(one, other)).toBe(same));
});

describe("what a group said", () => {
  const cases: readonly (readonly [string, readonly number[], number, number, number | null])[] = [
    ["nobody", [], 5, 0, null],
    ["one fewer than a group", [1, 2, 3, 4], 5, 0, null],
    ["a group", [1, 2, 3, 4, 5], 5, 0, 5],
    ["one more: the sum stays as it is", [1, 2, 3, 4, 5, 1], 5, 5, null],
    ["a second group", [1, 2, 3, 4, 5, 1, 1, 1, 1, 1], 5, 5, 10],
    ["a group of two is refused, whatever a setting says", [1, 2], 2, 0, null],
  ];
  for (const [what, values, size, last, answers] of cases)
    test(what, () => expect(sumGroup(values, size, last)?.answers ?? null).toBe(answers));

  test("the middle is an answer that somebody gave; of a part-filled group only the whole group counts", () => {
    expect(sumGroup([5, 1, 4, 2, 5, 1], 5, 0)).toEqual({ answers: 5, low: 2, middle: 4, high: 5 });
  });
});

test("the schedule says what is wrong in each line", () => {
  const rule = scheduleRule({ trainees: new Map([["IM-001", "s"]]), evaluators: new Map([["femi@h.example", "p"]]) });
  const row = {
    trainee: "im-001",
    evaluator: "Femi@h.example",
    rotation: "Ward",
    start: "2026-07-01",
    end: "2026-07-28",
  };
  expect(rule(row, 2)).toEqual([]);
  expect(rule(row, 3).map(({ sentence }) => sentence)).toEqual(["This block is already on line 2. Keep one of them."]);
  expect(
    rule({ trainee: "x", evaluator: "nobody", rotation: "", start: "1.7.26", end: "2026-02-30" }, 4).map(
      ({ column }) => column,
    ),
  ).toEqual(["trainee", "evaluator", "rotation", "start", "end"]);
  expect(rule({ ...row, start: "2026-08-01" }, 5).map(({ sentence }) => sentence)).toEqual([
    "The block ends before it begins.",
  ]);
});
