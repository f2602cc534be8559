import { describe, expect, test } from "bun:test";
import { ordinalOf, readCode } from "../../../modules/milestones/subcompetency.ts";

describe("reading a code", () => {
  for (const [text, code] of [
    ["PC1", "PC1"],
    ["pc 10", "PC10"],
    ["PC-01", "PC1"],
    ["P1", "PROF1"],
    ["PBL1", "PBLI1"],
    ["PBLI2", "PBLI2"],
    ["ics3", "ICS3"],
  ] as const) {
    test(`${text} is ${code}`, () => expect(readCode(text).read?.code).toBe(code));
  }
  for (const text of ["", "PC", "PC0", "PC100", "XX1", "1PC", "PC1a", "toString1", "PC1; drop"]) {
    test(`refuses “${text}”`, () => expect(readCode(text).problem).toContain("is not a subcompetency"));
  }
});

test("natural order: PC2 before PC10, and the competencies as the ACGME prints them", () => {
  const codes = ["ICS1", "PC10", "PROF1", "MK1", "PC2", "SBP1", "PBLI1"];
  const ordinal = (code: string) => ordinalOf(readCode(code).read ?? { code, competency: "PC", number: 0 });
  expect(codes.sort((a, b) => ordinal(a) - ordinal(b))).toEqual([
    "PC2",
    "PC10",
    "MK1",
    "SBP1",
    "PBLI1",
    "PROF1",
    "ICS1",
  ]);
});
