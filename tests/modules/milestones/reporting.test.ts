/** The sheet for the reporting window: the director's alone, one line for every trainee and subcompetency. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { codes, done, levels, meant, type Residency, residency, wordsOf } from "./residency.ts";

let house: Residency;
const people = () => house.trainees.map(({ id }) => id);
beforeAll(async () => {
  house = await residency();
  const [rosa, sam] = people();
  const given = levels(house, "3", { MK1: "NYA", PC2: "NYC1" });
  for (const id of [rosa, sam])
    await done(house.as.member.post(house.url(`/committee/${house.period}/${id}`), { ...given, ...meant }));
  await done(house.as.director.post(house.url(`/decisions/${house.period}/${sam}`), { ...given, act: "finalise" }));
}, 120_000);
afterAll(async () => {
  await house?.world.stop();
});

test("is refused to everyone but the director, and tells the other institution nothing", async () => {
  const { coordinator, member, faculty, mentor, reviewer, otto } = house.as;
  for (const path of ["/reporting", "/entry-sheet.csv"]) {
    for (const client of [coordinator, member, faculty, mentor, reviewer, house.trainees[0]?.client])
      expect((await client?.get(house.url(path)))?.status).toBe(403);
    expect((await otto.get(house.url(path))).status).toBe(404);
  }
});

test("the page counts what is decided and names who is not", async () => {
  const words = wordsOf(await house.as.director.get(house.url("/reporting")));
  expect(words).toContain("1 of 3");
  expect(words).toContain("6 of 18");
  expect(words).toContain("6 levels missing");
  expect(words).toContain("Complete");
});

test("the sheet holds every line in the order of entry, levels as they are, and is on record", async () => {
  const file = await house.as.director.get(house.url(`/entry-sheet.csv?period=${house.period}`));
  expect(file.status).toBe(200);
  const lines = file.text.split(/\r?\n/).filter((line) => /^"?\d+"?,/.test(line));
  expect(lines).toHaveLength(3 * codes.length);
  const sams = lines.filter((line) => line.includes("Sam Resident"));
  expect(sams.map((line) => line.split(",")[4])).toEqual([...codes]);
  expect(sams.join("\n")).toMatch(/PC2,Examination,NYC1,Finalised/);
  expect(sams.join("\n")).toMatch(/MK1,Knowledge,NYA,Finalised/);
  expect(lines[0]).toMatch(/^1,Rosa Resident,.*not decided/);
  expect(file.text).toContain("Dana Director");
  const [ledger] = await house.rows<{ n: number }>(
    "select count(*)::int as n from core.exports where name = 'milestones.entry_sheet'",
  );
  expect(ledger?.n).toBe(1);
});
