import { describe, expect, test } from "bun:test";
import {
  everyLevel,
  type Level,
  levelColumns,
  levelFrom,
  levelInWords,
  medianOf,
  notYetAssessable,
  notYetCompleted,
  numberOf,
  rated,
  readLevel,
  sameLevel,
  writeLevel,
} from "../../../modules/milestones/level.ts";

describe("reading a level", () => {
  const accepted: readonly (readonly [string, Level])[] = [
    ["1", rated(1)],
    ["1.5", rated(1.5)],
    ["2,5", rated(2.5)],
    [" 5 ", rated(5)],
    ["5.0", rated(5)],
    ["NYC1", notYetCompleted],
    ["nycl1", notYetCompleted],
    ["Not Yet Completed Level 1", notYetCompleted],
    ["NYA", notYetAssessable],
    ["not yet assessable", notYetAssessable],
  ];
  for (const [text, level] of accepted) {
    test(`takes “${text}”`, () => expect(readLevel(text).level).toEqual(level));
  }

  for (const text of [
    "0",
    "0.5",
    "5.5",
    "6",
    "10",
    "2.25",
    "2.3",
    "-1",
    "1e0",
    "",
    "N/A",
    "NY",
    "one",
    "0x2",
    "1.5.5",
    "٢",
  ]) {
    test(`refuses “${text}” and says what there is`, () => {
      const { level, problem } = readLevel(text);
      expect(level).toBeUndefined();
      expect(problem).toContain("Levels are 1, 1.5, 2");
    });
  }

  test("reads back what it writes, for all eleven answers", () => {
    expect(everyLevel).toHaveLength(11);
    for (const level of everyLevel) expect(readLevel(writeLevel(level)).level).toEqual(level);
  });
});

describe("levels and what is not a level", () => {
  test("are never the same", () => {
    expect(sameLevel(notYetCompleted, notYetAssessable)).toBe(false);
    expect(sameLevel(notYetCompleted, rated(1))).toBe(false);
    expect(sameLevel(rated(2.5), rated(2.5))).toBe(true);
  });

  test("only a level has a number", () => {
    expect(numberOf(rated(2.5))).toBe(2.5);
    expect(numberOf(notYetCompleted)).toBeNull();
    expect(numberOf(notYetAssessable)).toBeNull();
    expect(numberOf(null)).toBeNull();
  });

  test("the median takes levels only, and gives one that someone gave", () => {
    expect(medianOf([rated(4), rated(1), rated(2.5)])).toEqual(rated(2.5));
    expect(medianOf([rated(2), rated(3)])).toEqual(rated(2));
    expect(medianOf([])).toBeNull();
    // @ts-expect-error Not Yet Assessable cannot be averaged over: this does not compile
    medianOf([rated(2), notYetAssessable]);
  });

  test("go to columns and back", () => {
    for (const level of everyLevel) expect(levelFrom(levelColumns(level))).toEqual(level);
    expect(levelFrom(levelColumns(null))).toBeNull();
    expect(levelColumns(notYetAssessable)).toEqual({ status: "nya", halfSteps: null });
  });

  test("are said in full", () => {
    expect(levelInWords(rated(3.5))).toBe("Level 3.5");
    expect(levelInWords(notYetCompleted)).toBe("Not Yet Completed Level 1");
    expect(levelInWords(notYetAssessable)).toBe("Not Yet Assessable");
  });
});
