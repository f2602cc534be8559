/** Randomisation: replay from the seed, the ratio over ten thousand, and what a scheme must have. */
import { describe, expect, test } from "bun:test";
import { blockList } from "../../../../modules/studies/management/rules/blocks.ts";
import { Dice } from "../../../../modules/studies/management/rules/dice.ts";
import { minimise, type Placed, replay } from "../../../../modules/studies/management/rules/minimisation.ts";
import {
  lacksInLevels,
  lacksInScheme,
  type Scheme,
  type SchemeSecrets,
  strataOf,
  stratumOf,
} from "../../../../modules/studies/management/rules/scheme.ts";
import { chiSquaredTail, simulate } from "../../../../modules/studies/management/rules/simulation.ts";

const arms = (...weights: number[]) =>
  weights.map((weight, at) => ({ code: "ABCDE"[at] ?? "?", title: `Arm ${at}`, weight }));
const sex = { key: "sex", title: "Sex", levels: ["female", "male"], weight: 1 };
const age = { key: "age", title: "Age", levels: ["under 65", "65 and over"], weight: 2 };
const blocks: Scheme = { method: "blocks", arms: arms(1, 1), factors: [sex, age], bySite: true };
const secrets: SchemeSecrets = { multiples: [1, 2, 3], slotsPerStratum: 60, likely: 0.8, measure: "range" };
const SEED = "b6b1f2c4";

describe("dice", () => {
  test("fall the same for the same seed and purpose, and otherwise for another", () => {
    const throws = (seed: string, purpose: string) => {
      const dice = new Dice(seed, purpose);
      return Array.from({ length: 20 }, () => dice.below(1_000));
    };
    expect(throws(SEED, "x")).toEqual(throws(SEED, "x"));
    expect(throws(SEED, "x")).not.toEqual(throws(SEED, "y"));
    expect(throws(SEED, "x")).not.toEqual(throws("other", "x"));
  });
  test("favour nobody: 60,000 throws of a die", () => {
    const dice = new Dice(SEED, "fair");
    const counts = [0, 0, 0, 0, 0, 0];
    for (let n = 0; n < 60_000; n++) {
      const side = dice.below(6);
      counts[side] = (counts[side] ?? 0) + 1;
    }
    const chi = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    expect(chiSquaredTail(chi, 5)).toBeGreaterThan(0.0001);
  });
});

describe("permuted blocks", () => {
  test.each([
    ["1:1", [1, 1], [1, 2, 3]],
    ["2:1", [2, 1], [1, 2]],
    ["1:1:1", [1, 1, 1], [1, 3]],
    ["3:2:1", [3, 2, 1], [1, 2]],
  ] as const)("%s: every block holds the ratio, and sizes vary", (_name, weights, multiples) => {
    const list = blockList(arms(...weights), multiples, SEED, "s", 600);
    const sum = weights.reduce((total, weight) => total + weight, 0);
    const byBlock = Map.groupBy(list, ({ block }) => block);
    for (const slots of byBlock.values()) {
      expect(slots.length).toBe(slots[0]?.size ?? 0);
      for (const [arm, weight] of weights.entries())
        expect(slots.filter((slot) => slot.arm === arm).length).toBe((slots.length / sum) * weight);
    }
    expect(new Set(list.map(({ size }) => size)).size).toBe(multiples.length);
  });
  test("a longer list begins with the shorter one, and another stratum has another", () => {
    const short = blockList(arms(1, 1), [1, 2], SEED, "s", 40);
    expect(blockList(arms(1, 1), [1, 2], SEED, "s", 400).slice(0, short.length)).toEqual(short);
    const codes = (stratum: string) =>
      blockList(arms(1, 1), [1, 2], SEED, stratum, 40)
        .map(({ arm }) => arm)
        .join("");
    expect(codes("s")).not.toBe(codes("t"));
  });
});

describe("minimisation", () => {
  const scheme = { ...blocks, method: "minimisation" as const };
  const place = (count: number, likely = 0.8): Placed[] => {
    const dice = new Dice("people", "x");
    const placed: Placed[] = [];
    for (let n = 1; n <= count; n++) {
      const next = {
        siteId: `s${dice.below(3)}`,
        levels: { sex: sex.levels[dice.below(2)] ?? "", age: age.levels[dice.below(2)] ?? "" },
      };
      placed.push({ ...next, arm: minimise(scheme, { ...secrets, likely }, SEED, n, placed, next).arm });
    }
    return placed;
  };
  test("is replayed from the seed, and a changed allocation is found", () => {
    const placed = place(120);
    expect(replay(scheme, secrets, SEED, placed)).toBeNull();
    const [first, ...rest] = placed;
    expect(replay(scheme, secrets, SEED, [{ ...(first as Placed), arm: 1 - (first?.arm ?? 0) }, ...rest])).toBe(1);
    expect(replay(scheme, secrets, "another seed", placed)).not.toBeNull();
  });
  test("Pocock and Simon by hand: the arm with fewer alike is preferred, weighted by the factor", () => {
    const before: Placed[] = [
      { siteId: "s", levels: { sex: "female", age: "under 65" }, arm: 0 },
      { siteId: "s", levels: { sex: "female", age: "under 65" }, arm: 0 },
      { siteId: "s", levels: { sex: "male", age: "65 and over" }, arm: 1 },
    ];
    const choice = minimise(scheme, secrets, SEED, 4, before, {
      siteId: "s",
      levels: { sex: "female", age: "65 and over" },
    });
    // A: sex 3–0 (×1), age 1–1 (×2), site 3–1 (×1) = 5; B: sex 2–1 (×1), age 0–2 (×2), site 2–2 = 5.
    expect(choice.scores).toEqual([5, 5]);
    const other = minimise(scheme, secrets, SEED, 4, before, {
      siteId: "s",
      levels: { sex: "female", age: "under 65" },
    });
    // A: 3–0, 3–0 (×2), 3–1 = 3 + 6 + 2; B: 2–1, 2–1 (×2), 2–2 = 1 + 2 + 0.
    expect(other.scores).toEqual([11, 3]);
    expect(other.preferred).toBe(1);
  });
  test("follows the better arm about as often as it says", () => {
    const dice = new Dice("x", "y");
    let followed = 0;
    const before: Placed[] = [{ siteId: "s", levels: { sex: "female", age: "under 65" }, arm: 0 }];
    for (let n = 0; n < 2_000; n++)
      if (minimise(scheme, secrets, `seed ${dice.below(1e9)}`, 2, before, before[0] as Placed).arm === 1) followed += 1;
    expect(followed / 2_000).toBeGreaterThan(0.77);
    expect(followed / 2_000).toBeLessThan(0.83);
  });
});

describe("ten thousand invented allocations keep the ratio", () => {
  test.each([
    ["blocks 1:1", blocks],
    ["blocks 2:1:1", { ...blocks, arms: arms(2, 1, 1) }],
    ["minimisation 1:1", { ...blocks, method: "minimisation" as const }],
    ["minimisation 2:1", { ...blocks, method: "minimisation" as const, arms: arms(2, 1) }],
  ])("%s", (_name, scheme) => {
    const report = simulate(scheme, secrets, SEED);
    const total = scheme.arms.reduce((sum, { weight }) => sum + weight, 0);
    for (const [at, { count }] of report.arms.entries())
      expect(Math.abs(count / 10_000 - (scheme.arms[at]?.weight ?? 0) / total)).toBeLessThan(0.02);
    expect(report.guessed).toBeGreaterThan(0.4);
    expect(report.guessed).toBeLessThan(0.9);
    // A stratum is never further from the ratio than half of the largest block.
    if (scheme.method === "blocks") expect(report.worstStratum).toBeLessThanOrEqual((total * 3) / 2);
    expect(simulate(scheme, secrets, SEED)).toEqual(report);
  });
  test("chi-squared against tables", () => {
    expect(chiSquaredTail(3.841, 1)).toBeCloseTo(0.05, 3);
    expect(chiSquaredTail(9.21, 2)).toBeCloseTo(0.01, 3);
    expect(chiSquaredTail(0.0158, 1)).toBeCloseTo(0.9, 3);
  });
});

describe("a scheme", () => {
  test.each([
    ["whole", {}, {}, []],
    ["one arm", { arms: arms(1) }, {}, ["arms"]],
    ["two arms of one code", { arms: [...arms(1), ...arms(1)] }, {}, ["arms"]],
    ["a part of nothing", { arms: arms(1, 0) }, {}, ["arms"]],
    ["a factor of one level", { factors: [{ ...sex, levels: ["female"] }] }, {}, ["factors"]],
    ["the site as a factor", { factors: [{ ...sex, key: "site" }] }, {}, ["factors"]],
    ["one block size", {}, { multiples: [2] }, ["multiples"]],
    ["too many strata", { factors: Array.from({ length: 8 }, (_, n) => ({ ...sex, key: `f${n}` })) }, {}, ["factors"]],
    ["minimisation without chance", { method: "minimisation" as const }, { likely: 1 }, ["likely"]],
    ["minimisation of nothing", { method: "minimisation" as const, factors: [], bySite: false }, {}, ["factors"]],
  ])("%s", (_name, change: Partial<Scheme>, other: Partial<SchemeSecrets>, expected) => {
    expect(Object.keys(lacksInScheme({ ...blocks, ...change }, { ...secrets, ...other }))).toEqual(expected);
  });
  test("strata", () => {
    expect(strataOf(blocks, ["x", "y"])).toHaveLength(8);
    expect(strataOf({ ...blocks, bySite: false, factors: [] }, ["x", "y"])).toEqual(["all"]);
    expect(stratumOf(blocks, "x", { age: "under 65", sex: "male" })).toBe("site=x|sex=male|age=under 65");
    expect(lacksInLevels(blocks, { sex: "male", age: "old" })).toEqual({ "factor-age": "“Age” has no such level." });
    expect(Object.keys(lacksInLevels(blocks, {}))).toEqual(["factor-sex", "factor-age"]);
  });
});
