/** Rules without a world: bands, early warnings, crosswalks, releases to third parties. */
import { describe, expect, test } from "bun:test";
import { drawBands, stageOf } from "../../../modules/milestones/band.ts";
import { crosswalk } from "../../../modules/milestones/crosswalk.ts";
import { earlyWarnings } from "../../../modules/milestones/early-warning.ts";
import { type Level, notYetAssessable, rated } from "../../../modules/milestones/level.ts";
import { contentHash, contentText, thirdPartyState } from "../../../modules/milestones/third-party.ts";

describe("the stage of training", () => {
  const cases: readonly (readonly [string, string, number])[] = [
    ["2026-07-01", "2026-07-01", 1],
    ["2026-07-01", "2027-01-01", 2],
    ["2025-07-01", "2026-07-01", 3],
    ["2026-10-15", "2026-07-01", 0],
  ];
  for (const [began, period, stage] of cases)
    test(`${began} in ${period}: ${stage}`, () => expect(stageOf(began, { startsOn: period })).toBe(stage));
});

describe("bands", () => {
  const points = (people: number, each = 1) =>
    Array.from({ length: people * each }, (_, at) => ({
      subjectId: `t${at % people}`,
      subcompetencyId: "s",
      stage: 2,
      halfSteps: 2 + (at % 8),
    }));
  test("are never drawn of fewer than five people, however many points they have, and whatever is asked for", () => {
    expect(drawBands(points(4, 10))).toEqual([]);
    expect(drawBands(points(4), 1)).toEqual([]);
    expect(drawBands(points(5))).toHaveLength(1);
  });
  test("hold the middle half, in levels that somebody had", () => {
    expect(drawBands(points(8))[0]).toEqual({
      subcompetencyId: "s",
      stage: 2,
      trainees: 8,
      low: 3,
      middle: 5,
      high: 7,
    });
  });
});

describe("early warning", () => {
  const rule = { falls: 2, below: 2, silentDays: 60 };
  const levels = (...of: Level[]) => new Map(of.map((level, at) => [`c${at}`, level]));
  const watched = { levels: levels(), before: levels(), bandLow: new Map<string, number>(), daysSilent: null };
  test("two falls, not one; from and to a not-yet is no fall", () => {
    expect(
      earlyWarnings({ ...watched, levels: levels(rated(2), rated(3)), before: levels(rated(3), rated(3)) }, rule),
    ).toEqual([]);
    expect(
      earlyWarnings({ ...watched, levels: levels(rated(2), rated(2.5)), before: levels(rated(3), rated(3)) }, rule),
    ).toEqual(["2 fell"]);
    expect(
      earlyWarnings(
        { ...watched, levels: levels(notYetAssessable, notYetAssessable), before: levels(rated(3), rated(3)) },
        rule,
      ),
    ).toEqual([]);
  });
  test("below the band, where there is one; and silence in the running period", () => {
    const bandLow = new Map([
      ["c0", 5],
      ["c1", 5],
    ]);
    expect(earlyWarnings({ ...watched, levels: levels(rated(2), rated(2)), bandLow }, rule)).toEqual([
      "2 below the band",
    ]);
    expect(earlyWarnings({ ...watched, daysSilent: 61 }, rule)).toEqual(["no evaluation for 61 days"]);
    expect(earlyWarnings({ ...watched, daysSilent: 60 }, rule)).toEqual([]);
  });
});

describe("a crosswalk", () => {
  const item = (id: string, code: string, title: string) => ({ id, code, title });
  const old = [
    item("a", "PC1", "History"),
    item("b", "PC2", "Exam"),
    item("c", "PC3", "Gone"),
    item("d", "PC4", "Half"),
  ];
  const newer = [
    item("A", "PC1", "History"),
    item("B", "PC3", "Exam"),
    item("D", "PC4", "First half"),
    item("E", "PC5", "Second half"),
    item("F", "MK1", "New"),
  ];
  const { lines, carried } = crosswalk(old, newer, [
    { oldId: "b", newId: "B" },
    { oldId: "d", newId: "D" },
    { oldId: "d", newId: "E" },
  ]);
  test("says what became of each", () =>
    expect(lines.map(({ kind, old: from }) => `${from?.code ?? "–"} ${kind}`)).toEqual([
      "PC1 same",
      "PC2 renumbered",
      "PC3 gone",
      "PC4 split",
      "– new",
    ]));
  test("carries levels over only one to one", () =>
    expect([...carried]).toEqual([
      ["a", "A"],
      ["b", "B"],
    ]));
  test("what merges is not carried over", () => {
    const merged = crosswalk(old.slice(0, 2), newer.slice(0, 1), [
      { oldId: "a", newId: "A" },
      { oldId: "b", newId: "A" },
    ]);
    expect(merged.lines.map(({ kind }) => kind)).toEqual(["merged", "merged"]);
    expect(merged.carried.size).toBe(0);
  });
});

describe("a release to a third party", () => {
  const content = {
    recipient: "A board",
    purpose: "A licence",
    scope: ["results", "course"] as const,
    expiresOn: "2026-12-31",
  };
  test("the same content has the same hash, another scope another", () => {
    const hash = contentHash(contentText(content));
    expect(contentHash(contentText({ ...content, scope: ["course", "results"] }))).toBe(hash);
    expect(contentHash(contentText({ ...content, scope: ["results"] }))).not.toBe(hash);
  });
  const cases = [
    [{ sides: 1 }, "waiting"],
    [{ sides: 2 }, "ready"],
    [{ sides: 2, left: true }, "left"],
    [{ sides: 2, ended: true }, "ended"],
    [{ sides: 2, expiresOn: "2026-01-01" }, "expired"],
  ] as const;
  for (const [of, state] of cases)
    test(`${JSON.stringify(of)}: ${state}`, () =>
      expect(thirdPartyState({ ended: false, left: false, expiresOn: "2026-12-31", ...of }, "2026-11-27")).toBe(state));
});
