import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { Problem } from "@core/problem.ts";
import {
  frameworksIn,
  levelTextColumns,
  levelTextRule,
  subcompetencyColumns,
  subcompetencyRule,
} from "../../../modules/milestones/framework-file.ts";
import { rosterColumns, rosterRule } from "../../../modules/milestones/roster-file.ts";
import { readConfirmed, readUploaded } from "../../../modules/milestones/uploaded-table.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const said = (table: { rows: readonly { line: number; problems: readonly { sentence: string }[] }[] }) =>
  table.rows.flatMap(({ line, problems }) => problems.map(({ sentence }) => `${line}: ${sentence}`));

describe("subcompetencies", () => {
  const read = (text: string) => readUploaded(bytes(text), subcompetencyColumns, subcompetencyRule());
  const head = "specialty,milestones_version,code,competency,title\n";

  test("are read with aliases and come in natural order", () => {
    const table = read(`${head}Surgery,2.0,PC10,PC,Tenth\nSurgery,2.0,P1,P,Behavior\nSurgery,2.0,PC2,,Second\n`);
    expect(said(table)).toEqual([]);
    const [surgery] = frameworksIn(table.rows.map((row) => row.values));
    expect(surgery?.subcompetencies.map(({ code }) => code)).toEqual(["PC2", "PC10", "PROF1"]);
  });

  const bad: readonly (readonly [string, string])[] = [
    ["Surgery,2.0,XX1,,Strange", "2: “XX1” is not a subcompetency"],
    ["Surgery,2.0,PC1,MK,History", "2: PC1 belongs to PC (Patient Care), not to MK."],
    ["Surgery,2.0,PC1,PC,", "2: The title is missing."],
    [",2.0,PC1,PC,History", "2: The specialty is missing."],
    ["Surgery,two,PC1,PC,History", "2: “two” is not a version."],
    ["Surgery,2.0,PROF1,,One\nSurgery,2.0,P1,,Same", "3: PROF1 of Surgery is already on line 2."],
  ];
  for (const [rows, sentence] of bad) {
    test(`refuse ${rows.replace("\n", " / ")}`, () => expect(said(read(head + rows)).join(" ")).toContain(sentence));
  }

  test("that cannot be read at all say so at the field", () => {
    for (const text of ["", "not a table", "a,b\n1,2\n"]) {
      let thrown: unknown;
      try {
        read(text);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(Problem);
      expect((thrown as Problem).fields[0]?.field).toBe("file");
    }
  });

  const fixtures = process.env.CAIRN_FIXTURES ?? `${import.meta.dir}/../../../../shared/fixtures`;
  const fixture = `${fixtures}/gme/subcompetencies.csv`;
  if (!existsSync(fixture)) console.warn(`SKIPPED: there is no ${fixture}. Set CAIRN_FIXTURES to its folder.`);
  test.skipIf(!existsSync(fixture))("of three real specialties are read whole", () => {
    const table = readUploaded(readFileSync(fixture), subcompetencyColumns, subcompetencyRule());
    expect(said(table)).toEqual([]);
    expect(
      frameworksIn(table.rows.map((row) => row.values)).map((one) => [one.specialty, one.subcompetencies.length]),
    ).toEqual([
      ["Emergency Medicine", 22],
      ["Family Medicine", 19],
      ["Internal Medicine", 21],
    ]);
  });
});

describe("level texts", () => {
  const read = (rows: string) =>
    said(readUploaded(bytes(`code,level,text\n${rows}`), levelTextColumns, levelTextRule(new Set(["PC1", "PROF1"]))));
  test("are taken for codes of the framework", () => expect(read("PC1,1,One\nPC1,2,Two\nP1,5,Five")).toEqual([]));
  for (const [row, sentence] of [
    ["PC2,1,One", "This framework has no PC2."],
    ["PC1,0.5,Half", "“0.5” is not a level with a text."],
    ["PC1,6,Six", "“6” is not a level with a text."],
    ["PC1,1,", "The text is missing."],
    ["PC1,1,One\nPC-1,1,Again", "This level is already on line 2."],
  ] as const) {
    test(`refuse ${row.replace("\n", " / ")}`, () => expect(read(row).join(" ")).toContain(sentence));
  }
});

describe("the roster", () => {
  const ground = {
    trainees: new Set(["old@h.example"]),
    staff: new Set(["staff@h.example", "mentor@h.example"]),
    mentors: new Set(["mentor@h.example"]),
  };
  const head = "name,email,pgy,start,expected_end,mentor_email,record_number\n";
  const read = (rows: string) => said(readUploaded(bytes(head + rows), rosterColumns, rosterRule(ground)));

  test("is taken when every row is sound", () => {
    expect(
      read(
        "Rosa Invented,Rosa@H.example,1,2026-07-01,2029-06-30,MENTOR@h.example,77\nSam Invented,sam@h.example,2,2025-07-01,2028-06-30,,",
      ),
    ).toEqual([]);
  });
  const bad: readonly (readonly [string, string])[] = [
    [",rosa@h.example,1,2026-07-01,2029-06-30,,", "The name is missing."],
    ["Rosa,,1,2026-07-01,2029-06-30,,", "The e-mail address is missing."],
    ["Rosa,rosa at h,1,2026-07-01,2029-06-30,,", "This is not an e-mail address."],
    ["Rosa,rosa@h.example,0,2026-07-01,2029-06-30,,", "a number from 1 to 9"],
    ["Rosa,rosa@h.example,1,01/07/2026,2029-06-30,,", "The start is not a date."],
    ["Rosa,rosa@h.example,1,2026-07-01,2029-02-30,,", "The expected end is not a date."],
    ["Rosa,rosa@h.example,1,2026-07-01,2026-06-30,,", "Training cannot end before it starts."],
    [
      "Rosa,rosa@h.example,1,2026-07-01,2029-06-30,nobody@h.example,",
      "No mentor of this program has this e-mail address.",
    ],
    [
      "Rosa,rosa@h.example,1,2026-07-01,2029-06-30,staff@h.example,",
      "No mentor of this program has this e-mail address.",
    ],
    ["Rosa,old@h.example,1,2026-07-01,2029-06-30,,", "already a trainee of this program"],
    ["Rosa,staff@h.example,1,2026-07-01,2029-06-30,,", "Someone on the staff of this program has this e-mail address."],
    [
      "Rosa,rosa@h.example,1,2026-07-01,2029-06-30,,\nRose,ROSA@h.example,1,2026-07-01,2029-06-30,,",
      "3: This person is already on line 2.",
    ],
    [
      "Rosa,rosa@h.example,1,2026-07-01,2029-06-30,,9\nSam,sam@h.example,1,2026-07-01,2029-06-30,,9",
      "3: This record number is already on line 2.",
    ],
  ];
  for (const [rows, sentence] of bad)
    test(`refuses: ${sentence}`, () => expect(read(rows).join(" ")).toContain(sentence));

  test("is read again when it is confirmed, and refused whole when one row went bad meanwhile", () => {
    const text = `${head}Rosa,rosa@h.example,1,2026-07-01,2029-06-30,,\n`;
    expect(readConfirmed(text, rosterColumns, rosterRule(ground))).toHaveLength(1);
    const later = { ...ground, trainees: new Set(["rosa@h.example"]) };
    expect(() => readConfirmed(text, rosterColumns, rosterRule(later))).toThrow("Nothing was imported: line 2");
  });
});
