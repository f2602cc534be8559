import { describe, expect, test } from "bun:test";
import { countTests, summaryLine } from "../../../core/dev/counts.ts";

describe("counting tests", () => {
  test("adds up every summary", () => {
    const counts = countTests(" 12 pass\n 1 skip\n 0 fail\n 30 expect() calls\n\n 3 pass\n 2 todo\n 0 fail\n", 0);
    expect(summaryLine(counts)).toBe("15 passed, 0 failed, 3 skipped");
  });

  test("a file that cannot be loaded has failed", () => {
    expect(countTests(" 2 pass\n 0 fail\n 1 error\n", 1)).toEqual({ passed: 2, failed: 1, skipped: 0 });
  });

  test("a runner that ended badly without a word has failed", () => {
    expect(countTests("", 137)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  test("what a test prints about passing is not counted", () => {
    expect(countTests("we saw 3 pass by\n 1 pass\n 0 fail\n", 0).passed).toBe(1);
  });
});
