import { describe, expect, test } from "bun:test";
import { footerOf, sentenceOf, watermarkOf } from "@core/documents/watermark";
import { adasExport } from "../../support/watermarks";

describe("the watermark", () => {
  test("says who, where, when and which export", () => {
    expect(sentenceOf(adasExport)).toBe(
      "Exported by Ada Okafor <ada.okafor@northfield.example> · Internal Medicine, Northfield Hospital · " +
        "2026-08-21 10:00:05 UTC · export 0198c7a1-3b5e-7c11-8f00-6d1f4be0a901",
    );
    expect(footerOf(adasExport, 2, 5)).toEndWith(" · page 2 of 5");
  });

  for (const key of ["name", "email", "workspace", "institution", "exportId"] as const) {
    test(`refuses an empty ${key}`, () => {
      for (const empty of ["", "  ", "\u200B\u202E", "\r\n"]) {
        expect(() => watermarkOf({ ...adasExport, [key]: empty })).toThrow(`The watermark has no ${key}`);
      }
    });
  }

  test("refuses a time that is none", () => {
    expect(() => watermarkOf({ ...adasExport, at: new Date("yesterday") })).toThrow("The watermark has no time");
  });

  test("a name cannot break the line, turn the writing or hide", () => {
    const { name } = watermarkOf({ ...adasExport, name: "Ada\r\nOka\u202Efor\u0000 \u2066X\u200B" });
    expect(name).toBe("Ada Okafor X");
  });

  test("a name without end is cut, and says so", () => {
    const { name } = watermarkOf({ ...adasExport, name: "x".repeat(5000) });
    expect(name).toBe(`${"x".repeat(200)}…`);
  });
});
