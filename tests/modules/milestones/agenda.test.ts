import { describe, expect, test } from "bun:test";
import { agendaPlace, settle } from "../../../modules/milestones/agenda.ts";
import { type Level, notYetAssessable, notYetCompleted, rated } from "../../../modules/milestones/level.ts";
import { freeze, gapsIn, type Packet, thaw } from "../../../modules/milestones/packet.ts";
import { pairUp } from "../../../modules/milestones/pairs.ts";
import { quorumOf } from "../../../modules/milestones/quorum.ts";

describe("what is settled without a word", () => {
  const cases: readonly (readonly [string, readonly Level[], number, Level | null])[] = [
    ["nobody chose", [], 1, null],
    ["the same", [rated(3), rated(3)], 1, rated(3)],
    ["one alone", [rated(3)], 1, rated(3)],
    ["half a level apart", [rated(3), rated(2.5)], 1, null],
    ["half a level apart, where that is allowed: the lower", [rated(3), rated(2.5)], 2, rated(2.5)],
    ["a level apart, where half a level is allowed", [rated(3), rated(2)], 2, null],
    ["a level and a not-yet, however much is allowed", [rated(1), notYetCompleted], 4, null],
    ["two different not-yets", [notYetAssessable, notYetCompleted], 4, null],
    ["the same not-yet", [notYetAssessable, notYetAssessable], 1, notYetAssessable],
  ];
  for (const [what, given, from, level] of cases) test(what, () => expect(settle(given, from)).toEqual(level));
});

describe("the agenda", () => {
  const sheet = (...levels: Level[]) => new Map(levels.map((level, at) => [`s${at}`, level]));
  test("agreement goes to the consent agenda, one difference to discussion", () => {
    const ids = ["s0", "s1"];
    expect(
      agendaPlace(ids, [sheet(rated(2), rated(3)), sheet(rated(2), rated(3))], { discussFrom: 1, asked: false }).kind,
    ).toBe("consent");
    expect(
      agendaPlace(ids, [sheet(rated(2), rated(3)), sheet(rated(2), rated(4))], { discussFrom: 1, asked: false }),
    ).toEqual({
      kind: "discuss",
      asked: false,
      disputes: [{ subcompetencyId: "s1", views: "Level 3 or Level 4" }],
    });
  });
  test("whoever asks for it is heard, also when all agree", () => {
    expect(agendaPlace(["s0"], [sheet(rated(2))], { discussFrom: 1, asked: true })).toEqual({
      kind: "discuss",
      asked: true,
      disputes: [],
    });
  });
  test("what nobody rated is never adopted silently", () => {
    expect(agendaPlace(["s0", "s9"], [sheet(rated(2))], { discussFrom: 4, asked: false }).kind).toBe("discuss");
  });
});

describe("a quorum", () => {
  const people = (count: number, core = 1) =>
    Array.from({ length: count }, (_, at) => ({ personId: `p${at}`, isCore: at < core }));
  const cases: readonly (readonly [string, number, number, readonly string[], boolean])[] = [
    ["three of three, one core", 3, 1, [], true],
    ["three without core faculty", 3, 0, [], false],
    ["two", 2, 1, [], false],
    ["three, one of them the mentor", 3, 2, ["p1"], false],
    ["four, one of them the mentor", 4, 2, ["p1"], true],
    ["four, and the only core member is the mentor", 4, 1, ["p0"], false],
  ];
  for (const [what, present, core, recused, stands] of cases)
    test(what, () => {
      const quorum = quorumOf(people(present, core), new Set(recused), 3);
      expect(quorum.stands).toBe(stands);
      expect(quorum.sentence).toStartWith(stands ? "There is a quorum" : "There is no quorum");
    });
});

describe("reviewers are shared fairly", () => {
  const trainees = (count: number) =>
    Array.from({ length: count }, (_, at) => ({
      subjectId: `t${at}`,
      mentors: new Set(at % 3 === 0 ? ["a"] : []),
      has: [] as string[],
    }));
  test("two each, nobody a trainee of his own, loads within one", () => {
    const { pairings, short } = pairUp(trainees(30), ["a", "b", "c", "d"], 2);
    expect(short).toEqual([]);
    expect(pairings).toHaveLength(60);
    expect(pairings.some(({ subjectId, memberId }) => memberId === "a" && Number(subjectId.slice(1)) % 3 === 0)).toBe(
      false,
    );
    const loads = ["a", "b", "c", "d"].map((one) => pairings.filter(({ memberId }) => memberId === one).length);
    expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1);
  });
  test("says for whom there are too few", () => {
    expect(pairUp(trainees(1), ["a", "b"], 2)).toEqual({
      pairings: [{ subjectId: "t0", memberId: "b" }],
      short: ["t0"],
    });
  });
});

describe("a packet", () => {
  const packet: Packet = {
    format: 1,
    trainee: "IM-001",
    period: "Mid-year 2026–27",
    pgy: 2,
    framework: "Invented Medicine 2.0",
    frozenAt: "2026-11-02T10:00:00.000Z",
    asked: 3,
    subcompetencies: [
      { code: "PC1", title: "History", before: null, self: null, observed: [] },
      {
        code: "PC2",
        title: "Examination",
        before: { status: "rated", halfSteps: 4 },
        self: null,
        observed: [{ status: "rated", halfSteps: 5, evaluation: "e1" }],
      },
    ],
    evaluations: [
      { id: "e1", rotation: "Ward", kind: "faculty", submittedAt: "2026-10-01", narrative: "", signedIn: false },
    ],
  };
  test("comes back as it was frozen, and not when one letter differs", () => {
    const { text, sha256 } = freeze(packet);
    expect(thaw(text, sha256)).toEqual(packet);
    expect(thaw(text.replace("Ward", "Hard"), sha256)).toBeNull();
  });
  test("says what is not in it", () => {
    expect(gapsIn(packet)).toEqual([
      "2 of 3 evaluations had not arrived.",
      "Nobody observed PC1.",
      "1 of 1 evaluations were answered by link, by someone who did not sign in.",
      "1 of 1 evaluations came without a narrative.",
    ]);
  });
});
