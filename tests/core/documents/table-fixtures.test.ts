import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { readTable } from "@core/documents/table-file";

const fixtures = process.env.CAIRN_FIXTURES ?? resolve(import.meta.dir, "../../../../shared/fixtures");
const file = join(fixtures, "gme/subcompetencies.csv");
const there = existsSync(file);
if (!there)
  console.warn(`SKIPPED: the real list of subcompetencies is not at ${file}. Set CAIRN_FIXTURES to its folder.`);

describe("a real table that nobody here wrote", () => {
  test.skipIf(!there)("the subcompetencies of three specialties: 62 rows", async () => {
    const reading = readTable(await Bun.file(file).bytes(), [
      { key: "specialty", title: "Specialty" },
      { key: "version", title: "Milestones version" },
      { key: "code", title: "Code" },
      { key: "competency", title: "Competency" },
      { key: "title", title: "Title" },
    ]);
    if (!reading.readable) throw new Error(reading.problems.join(" "));
    const { rows, unknown } = reading.table;
    expect(rows.length).toBe(62);
    expect(unknown).toEqual([]);
    expect(rows.flatMap(({ problems }) => problems)).toEqual([]);
    const count = Object.groupBy(rows, ({ values }) => values.specialty);
    expect(Object.entries(count).map(([name, of]) => [name, of?.length])).toEqual([
      ["Emergency Medicine", 22],
      ["Family Medicine", 19],
      ["Internal Medicine", 21],
    ]);
    expect(rows[6]).toMatchObject({ line: 8, values: { code: "PC7", title: "Multitasking (Task Switching)" } });
  });
});
