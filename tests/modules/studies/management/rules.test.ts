/** The rules of study management as tables of cases. */

import { describe, expect, test } from "bun:test";
import { siteState } from "../../../../modules/studies/management/rules/activation.ts";
import {
  type ApprovalRow,
  approvalState,
  askedByRules,
  dueOn,
  wantedFor,
} from "../../../../modules/studies/management/rules/approval.ts";
import { addMonths } from "../../../../modules/studies/management/rules/days.ts";
import {
  type Course,
  type Delegation,
  standingOf,
  type Training,
} from "../../../../modules/studies/management/rules/delegation.ts";
import {
  type DeviationFacts,
  deviationFacts,
  deviationState,
  tellBy,
} from "../../../../modules/studies/management/rules/deviations.ts";
import { documentState, missingDocuments } from "../../../../modules/studies/management/rules/documents.ts";
import {
  betaQuantile,
  betaShare,
  forecast,
  funnelOf,
  nextStage,
} from "../../../../modules/studies/management/rules/funnel.ts";
import { chooseKit, movesFrom } from "../../../../modules/studies/management/rules/kits.ts";
import { fillLetter, unknownWords } from "../../../../modules/studies/management/rules/letters.ts";
import {
  authorityBy,
  clockInWords,
  clockOf,
  followUpAware,
  reconcile,
  seriousReport,
} from "../../../../modules/studies/management/rules/safety.ts";
import {
  type GateFacts,
  gateBetween,
  lacksAtGate,
  type Status,
  statusNames,
  waysFrom,
} from "../../../../modules/studies/management/rules/status.ts";
import { isReminderDay, isRenewalDay, tasksMade } from "../../../../modules/studies/management/rules/tasks.ts";

const today = "2026-11-27";

describe("a delegation stands", () => {
  const whole: Delegation = {
    personId: "p",
    siteId: "s1",
    tasks: ["obtain-consent", "randomise"],
    fromOn: "2026-01-01",
    untilOn: null,
    acceptedAt: new Date(0),
    approvedAt: new Date(0),
    endedOn: null,
  };
  const gcp: Course = {
    id: "gcp",
    title: "GCP",
    tasks: ["obtain-consent"],
    validMonths: 24,
    requiredFrom: "2026-01-01",
  };
  const done: Training = { personId: "p", courseId: "gcp", completedOn: "2025-06-01" };
  const ask = { personId: "p", task: "obtain-consent", siteId: "s1" };
  test.each<[string, object, Partial<Delegation>, readonly Course[], readonly Training[], boolean, string]>([
    ["delegated and trained", {}, {}, [gcp], [done], true, "Delegated and trained."],
    ["until a day", {}, { untilOn: "2026-12-31" }, [], [], true, "until 2026-12-31"],
    ["on its last day", {}, { untilOn: today }, [], [], true, "until"],
    ["a day after", {}, { untilOn: "2026-11-26" }, [], [], false, "ended on 2026-11-26"],
    ["not begun", {}, { fromOn: "2026-11-28" }, [], [], false, "begins on 2026-11-28"],
    ["ended today", {}, { endedOn: today }, [], [], false, "was ended on"],
    ["ends tomorrow", {}, { endedOn: "2026-11-28" }, [], [], true, "Delegated"],
    ["not accepted", {}, { acceptedAt: null }, [], [], false, "accepted by the person"],
    ["not signed by the investigator", {}, { approvedAt: null }, [], [], false, "investigator's signature"],
    ["another task", { task: "dispense" }, {}, [], [], false, "does not name this person"],
    ["a task nobody knows", { task: "dance" }, {}, [], [], false, "No task is called"],
    ["another site", { siteId: "s2" }, {}, [], [], false, "does not name"],
    ["every site", { siteId: "s2" }, { siteId: null }, [], [], true, "Delegated"],
    ["no site asked", { siteId: undefined }, {}, [], [], true, "Delegated"],
    ["another person", { personId: "q" }, {}, [], [], false, "does not name"],
    ["without the training", {}, {}, [gcp], [], false, "missing: “GCP”"],
    ["a training for another task", { task: "randomise" }, {}, [gcp], [], true, "Delegated"],
    ["a training of another person", {}, {}, [gcp], [{ ...done, personId: "q" }], false, "GCP"],
    ["a training that lapsed", {}, {}, [gcp], [{ ...done, completedOn: "2024-11-26" }], false, "GCP"],
    ["a training on its last day", {}, {}, [gcp], [{ ...done, completedOn: "2024-11-27" }], true, "Delegated"],
    ["a training of tomorrow", {}, {}, [gcp], [{ ...done, completedOn: "2026-11-28" }], false, "GCP"],
    ["a course that is asked for later", {}, {}, [{ ...gcp, requiredFrom: "2026-12-01" }], [], true, "Delegated"],
  ])("%s", (_name, other, change, courses, trainings, stands, says) => {
    const standing = standingOf({ ...ask, ...other }, today, [{ ...whole, ...change }], courses, trainings);
    expect(standing.stands).toBe(stands);
    expect(standing.reason).toContain(says);
  });
  test("one delegation in force is enough", () => {
    const standing = standingOf(
      ask,
      today,
      [
        { ...whole, endedOn: "2026-02-01" },
        { ...whole, fromOn: "2026-03-01" },
      ],
      [],
      [],
    );
    expect(standing.stands).toBe(true);
  });
  test("a month has a last day", () => {
    expect(addMonths("2026-01-31", 1)).toBe("2026-02-28");
    expect(addMonths("2024-02-29", 12)).toBe("2025-02-28");
    expect(addMonths("2026-11-30", 3)).toBe("2027-02-28");
  });
});

describe("gates", () => {
  const ready: GateFacts = {
    hasTitleAndSponsor: true,
    hasInvestigator: true,
    hasTarget: true,
    approvals: { open: 0, refused: 0, granted: 4 },
    missingDocuments: [],
    sitesActive: 1,
    investigatorDelegated: true,
    randomisation: "active",
    screeningOpen: 0,
    seriousOpen: 0,
    amendmentsOpen: 0,
  };
  test.each<[Status, Status, Partial<GateFacts>, readonly string[], string, readonly string[]]>([
    ["idea", "review", {}, [], "", []],
    ["idea", "review", { hasInvestigator: false }, [], "", [""]],
    ["review", "set_up", {}, ["feasible"], "", []],
    ["review", "set_up", {}, [], "", ["attested"]],
    ["review", "set_up", { approvals: { open: 1, refused: 0, granted: 3 } }, ["feasible"], "", [""]],
    ["review", "set_up", { approvals: { open: 0, refused: 0, granted: 0 } }, ["feasible"], "", [""]],
    ["review", "declined", {}, [], "", ["reason"]],
    ["review", "declined", {}, [], "No money.", []],
    ["set_up", "recruiting", {}, ["registered"], "", []],
    ["set_up", "recruiting", { sitesActive: 0 }, ["registered"], "", [""]],
    ["set_up", "recruiting", { missingDocuments: ["Insurance"] }, ["registered"], "", [""]],
    ["set_up", "recruiting", { randomisation: "draft" }, ["registered"], "", [""]],
    ["set_up", "recruiting", { randomisation: "none" }, ["registered"], "", []],
    ["set_up", "recruiting", { investigatorDelegated: false }, ["registered"], "", [""]],
    ["recruiting", "follow_up", { screeningOpen: 3 }, [], "", [""]],
    ["recruiting", "terminated", {}, ["told"], "Futile.", []],
    ["follow_up", "closed", { seriousOpen: 1 }, ["locked"], "", [""]],
    ["terminated", "archived", {}, ["keep"], "", []],
  ])("%s → %s (%j, ticked %j)", (from, to, change, ticked, reason, lacks) => {
    const gate = gateBetween(from, to, { ...ready, ...change });
    expect(gate && Object.keys(lacksAtGate(gate, ticked, reason))).toEqual([...lacks]);
  });
  test("no study jumps, and the archive is the end", () => {
    expect(gateBetween("idea", "recruiting", ready)).toBeNull();
    expect(gateBetween("archived", "idea", ready)).toBeNull();
    expect(waysFrom("archived")).toEqual([]);
    for (const from of statusNames)
      for (const { to } of waysFrom(from)) expect(gateBetween(from, to, ready)).not.toBeNull();
  });
});

describe("approvals", () => {
  const proposal = {
    sponsorKind: "own",
    phase: "II",
    usesProduct: false,
    usesSamples: false,
    sharesData: false,
    budget: 0,
  } as const;
  test.each([
    [{}, "1 department, 2 finance, 3 ethics"],
    [{ sponsorKind: "industry" as const }, "1 department, 2 finance, 2 law, 2 privacy, 3 ethics"],
    [{ sponsorKind: "academic" as const, sharesData: true }, "1 department, 2 finance, 2 law, 2 privacy, 3 ethics"],
    [{ usesProduct: true, usesSamples: true }, "1 department, 2 finance, 2 laboratory, 2 pharmacy, 3 ethics"],
    [{ budget: 500_000 }, "1 department, 2 finance, 3 ethics, 4 board"],
  ])("%j", (change, expected) => {
    const wanted = wantedFor({ ...proposal, ...change });
    expect(wanted.map(({ stage, approver }) => `${stage} ${approver}`).join(", ")).toBe(expected);
  });
  const row = (
    id: string,
    stage: number,
    decision: ApprovalRow["decision"] = null,
    decidedOn: string | null = null,
  ): ApprovalRow => ({
    id,
    approver: id,
    validUntil: null,
    stage,
    days: 10,
    askedOn: "2026-11-01",
    decision,
    decidedOn,
  });
  test.each<[string, readonly ApprovalRow[], string, string | null]>([
    ["the first stage is open", [row("a", 1), row("b", 2)], "late", "2026-11-11"],
    ["the second waits", [row("z", 1), row("a", 2)], "waits its turn", null],
    [
      "its clock begins with the last grant",
      [row("x", 1, "granted", "2026-11-05"), row("y", 1, "granted", "2026-11-20"), row("a", 2)],
      "open",
      "2026-11-30",
    ],
    ["what was withdrawn holds nobody up", [row("x", 1, "withdrawn", "2026-11-05"), row("a", 2)], "late", "2026-11-11"],
    ["a refusal does", [row("x", 1, "refused", "2026-11-05"), row("a", 2)], "waits its turn", null],
    ["decided is decided", [row("a", 1, "granted", "2026-11-02")], "granted", "2026-11-11"],
  ])("%s", (_name, all, state, due) => {
    const one = all.find(({ id }) => id === "a") as ApprovalRow;
    expect([approvalState(one, all, today), dueOn(one, all)]).toEqual([state as never, due]);
  });
});

test("the rules ask by themselves whom they know, never again whom they asked, and nobody without access", () => {
  const wanted = wantedFor({
    sponsorKind: "own",
    phase: "II",
    usesProduct: false,
    usesSamples: false,
    sharesData: false,
    budget: 0,
  });
  const usual = [
    { approver: "department", department: "Cardiology", deciderId: "c" },
    { approver: "department", department: "Neurology", deciderId: "n" },
    { approver: "finance", department: "", deciderId: "f" },
    { approver: "law", department: "", deciderId: "l" },
  ];
  const ask = (ever: string[], department: string, may = (_: string) => true) =>
    askedByRules(wanted, new Set(ever), usual, department, may).map(
      ({ approver, deciderId }) => `${approver} ${deciderId}`,
    );
  expect(ask([], "Neurology")).toEqual(["department n", "finance f"]);
  expect(ask([], "Surgery")).toEqual(["finance f"]);
  expect(ask(["finance"], "Cardiology")).toEqual(["department c"]);
  expect(ask([], "Cardiology", (id) => id !== "f")).toEqual(["department c"]);
});

describe("documents", () => {
  const at = { expiresOn: null, signedAt: new Date(0) };
  test.each([
    [undefined, "missing"],
    [at, "valid"],
    [{ ...at, signedAt: null }, "waits for signature"],
    [{ ...at, expiresOn: "2026-11-26" }, "expired"],
    [{ ...at, expiresOn: today }, "expires soon"],
    [{ ...at, expiresOn: "2027-01-26" }, "expires soon"],
    [{ ...at, expiresOn: "2027-01-27" }, "valid"],
  ] as const)("%j is %s", (row, state) => expect(documentState(row, today)).toBe(state));
  test("a newer version that is not signed leaves the document missing", () => {
    const rows = ["protocol", "consent-form", "ethics-approval", "insurance"].map((kind, n) => ({
      id: `${n}`,
      kind,
      siteId: null,
      version: 1,
      expiresOn: null,
      signedAt: new Date(0),
    }));
    expect(missingDocuments(rows, null, today)).toEqual([]);
    const newer = { ...rows[0], id: "9", kind: "protocol", siteId: null, version: 2, expiresOn: null, signedAt: null };
    expect(missingDocuments([...rows, newer], null, today)).toEqual(["Protocol, signed"]);
    expect(missingDocuments(rows, "s1", today)).toHaveLength(4);
  });
});

test("a site is activated when every step is done, and stops when its ethics lapses", () => {
  const done = ["contract", "ethics", "documents", "training", "product", "systems", "visit"];
  const at = { done, activatedAt: null, closedAt: null, ethicsUntil: null };
  expect(siteState({ ...at, done: [] }, today)).toBe("planned");
  expect(siteState({ ...at, done: ["ethics"] }, today)).toBe("in set-up");
  expect(siteState(at, today)).toBe("ready");
  expect(siteState({ ...at, activatedAt: new Date(0) }, today)).toBe("active");
  expect(siteState({ ...at, activatedAt: new Date(0), ethicsUntil: "2026-11-26" }, today)).toBe("ethics expired");
  expect(siteState({ ...at, activatedAt: new Date(0), closedAt: new Date(0) }, today)).toBe("closed");
});

describe("the funnel", () => {
  test("counts everyone in each stage that was reached, and says why others went no further", () => {
    const steps = funnelOf([
      { stage: "identified", dropped: "not-reached", count: 10 },
      { stage: "contacted", dropped: null, count: 5 },
      { stage: "contacted", dropped: "not-interested", count: 15 },
      { stage: "consented", dropped: "inclusion", count: 4 },
      { stage: "randomised", dropped: null, count: 6 },
    ]);
    expect(steps.map(({ reached }) => reached)).toEqual([40, 30, 10, 10, 6, 6, 0]);
    expect(steps[1]).toMatchObject({ waiting: 5, dropped: 15, share: 0.75, reasons: [["not-interested", 15]] });
    expect(steps.reduce((sum, { waiting, dropped }) => sum + waiting + dropped, 0)).toBe(40);
  });
  test("a study that does not randomise goes on without", () => {
    expect(nextStage("eligible", true)).toBe("randomised");
    expect(nextStage("eligible", false)).toBe("completed");
    expect(nextStage("completed", true)).toBeNull();
  });
});

describe("the forecast", () => {
  const plan = { target: 100, startsOn: "2026-01-01", endsOn: "2026-12-31" };
  test("says nothing in the first two weeks, and nothing more once it is there", () => {
    expect(forecast(plan, 3, "2026-01-10").reached).toBeNull();
    expect(forecast(plan, 100, "2026-06-01")).toMatchObject({ onTime: 1, reached: null });
  });
  test("half of it in half of the time: about even odds, and the interval holds the plan's end", () => {
    const { reached, onTime, ahead } = forecast(plan, 50, "2026-07-02");
    expect(Math.abs(ahead)).toBeLessThanOrEqual(1);
    expect(onTime).toBeGreaterThan(0.35);
    expect(onTime).toBeLessThan(0.65);
    expect((reached?.early ?? "") < "2026-12-31" && (reached?.late ?? "") > "2026-12-31").toBe(true);
  });
  test("the interval is honest: 80 % of Poisson processes end in it", () => {
    let inside = 0;
    let seed = 7;
    const unit = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    for (let trial = 0; trial < 400; trial++) {
      const rate = 0.1 + 0.4 * unit();
      const arrivals: number[] = [];
      while (arrivals.length < 300) arrivals.push((arrivals.at(-1) ?? 0) - Math.log(unit()) / rate);
      const by = arrivals.filter((at) => at <= 120).length;
      const goal = { target: by + 40, startsOn: "2026-01-01", endsOn: "2026-12-31" };
      const { reached } = forecast(goal, by, "2026-05-01");
      const days = (Date.parse(reached?.late ?? "") - Date.parse("2026-01-01")) / 86_400_000;
      const early = (Date.parse(reached?.early ?? "") - Date.parse("2026-01-01")) / 86_400_000;
      const really = arrivals[goal.target - 1] ?? 0;
      if (really >= early - 1 && really <= days) inside += 1;
    }
    expect(inside / 400).toBeGreaterThan(0.72);
    expect(inside / 400).toBeLessThan(0.9);
  });
  test("beta against tables", () => {
    expect(betaShare(0.5, 2, 2)).toBeCloseTo(0.5, 6);
    expect(betaShare(0.3, 2, 5)).toBeCloseTo(0.579825, 5);
    expect(betaQuantile(0.95, 1, 9)).toBeCloseTo(1 - 0.05 ** (1 / 9), 6);
  });
});

describe("safety", () => {
  const awareAt = new Date("2026-11-26T10:00:00Z");
  const now = new Date("2026-11-27T09:00:00Z");
  test.each([
    [[], null, now, "no clock"],
    [["death"], null, now, "running"],
    [["death"], null, new Date("2026-11-27T10:00:00Z"), "running"],
    [["death"], null, new Date("2026-11-27T10:00:01Z"), "late"],
    [["important"], new Date("2026-11-27T10:00:00Z"), now, "reported in time"],
    [["important"], new Date("2026-11-27T10:00:01Z"), now, "reported late"],
  ] as const)("%j reported %p at %p: %s", (criteria, reportedAt, at, state) =>
    expect(clockOf({ criteria, awareAt, reportedAt }, at)).toBe(state),
  );
  test.each([
    [["death"], "possible", false, "2026-12-03T10:00:00.000Z"],
    [["hospitalisation"], "probable", false, "2026-12-11T10:00:00.000Z"],
    [["death"], "unlikely", false, null],
    [["death"], "definite", true, null],
    [[], "definite", false, null],
  ] as const)("authority: %j %s expected %p", (criteria, related, expected, by) =>
    expect(authorityBy({ criteria, related, expected, awareAt, reportedAt: null })?.toISOString() ?? null).toBe(by),
  );
  test("the clock in words", () => {
    expect(clockInWords(new Date("2026-11-27T14:12:00Z"), now)).toBe("5 h 12 min left");
    expect(clockInWords(new Date("2026-11-25T06:00:00Z"), now)).toBe("2 d 3 h late");
  });
  test.each([
    ["told of the version that made it serious", 2, [["sponsor", 2]], 2],
    ["told before anybody knew that it is serious", 2, [["sponsor", 1]], null],
    ["told to the committee alone", 1, [["ethics committee", 1]], null],
    ["told of a later version", 1, [["sponsor", 3]], 3],
    ["never serious", null, [["sponsor", 1]], null],
  ] as const)("the sponsor was %s", (_name, seriousFrom, told, version) => {
    const reports = told.map(([toldTo, of]) => ({ eventId: "e", toldTo, version: of, madeAt: new Date(of) }));
    expect(seriousReport({ eventId: "e", seriousFrom }, reports)?.getTime() ?? null).toBe(version);
    expect(seriousReport({ eventId: "other", seriousFrom }, reports)).toBeNull();
  });
  test("a follow-up keeps the clock, or begins it when the event becomes serious", () => {
    const [then, now] = [new Date(1), new Date(2)];
    expect(followUpAware({ awareAt: then, seriousFrom: 1 }, true, now)).toBe(then);
    expect(followUpAware({ awareAt: then, seriousFrom: null }, false, now)).toBe(then);
    expect(followUpAware({ awareAt: then, seriousFrom: null }, true, now)).toBe(now);
    expect(followUpAware({ awareAt: then, seriousFrom: null }, true, null)).toBeNull();
  });
  test("reports and forms are held against each other", () => {
    const line = (subjectId: string, term: string, onsetOn: string, serious = false) => ({
      subjectId,
      term,
      onsetOn,
      serious,
    });
    const says = reconcile(
      [line("1", "Fall", "2026-11-01", true), line("1", "Rash", "2026-11-02"), line("2", "Stroke", "2026-11-03", true)],
      [
        line("1", " fall ", "2026-11-01", false),
        line("1", "Rash", "2026-11-02"),
        line("3", "Sepsis", "2026-11-04", true),
      ],
    ).map((one) => `${one.subjectId} ${one.says}`);
    expect(says).toEqual([
      "1 They differ in whether it is serious.",
      "2 Reported, and in no form.",
      "3 Serious in the form, and never reported.",
    ]);
  });
});

describe("kits", () => {
  const kit = (number: string, change: object = {}) => ({
    id: number,
    number,
    siteId: "s",
    state: "site" as const,
    expiresOn: "2027-06-01",
    ...change,
  });
  test.each([
    ["the one that expires first", [kit("2"), kit("1", { expiresOn: "2027-01-01" })], "1"],
    ["of equals the lowest number", [kit("10"), kit("9")], "9"],
    ["not one that expires too soon", [kit("1", { expiresOn: "2026-12-01" })], null],
    ["not one of another site", [kit("1", { siteId: "t" })], null],
    ["not one in quarantine", [kit("1", { state: "quarantined" })], null],
  ])("%s", (_name, kits, expected) => expect(chooseKit(kits, "s", "2026-12-27")?.number ?? null).toBe(expected));
  test("nothing is handed out by hand, and nothing comes back from destruction", () => {
    expect(movesFrom("site")).not.toContain("dispensed");
    expect(movesFrom("destroyed")).toEqual([]);
  });
});

test("letters are filled, and say what is missing", () => {
  expect(fillLetter("Dear {recipient}, {study} is {status}.", { recipient: "Ada", study: "HEART" })).toEqual({
    text: "Dear Ada, HEART is {status}.",
    missing: ["status"],
  });
  expect(unknownWords("{study} {password}")).toEqual(["password"]);
});

describe("tasks", () => {
  const rule = { id: "r", event: "randomised", title: "Plan the visit", days: 28, personId: null };
  test("are made for whoever did it, or the one the rule names; by the house for nobody", () => {
    expect(
      tasksMade([rule, { ...rule, id: "s", personId: "p" }, { ...rule, event: "eligible" }], "randomised", "me", today),
    ).toEqual([
      { ruleId: "r", title: "Plan the visit", dueOn: "2026-12-25", personId: "me" },
      { ruleId: "s", title: "Plan the visit", dueOn: "2026-12-25", personId: "p" },
    ]);
    expect(tasksMade([rule], "randomised", null, today)).toEqual([]);
  });
  test.each([
    ["2026-11-30", 3, true],
    ["2026-11-29", 3, false],
    ["2026-11-27", 0, true],
    ["2026-11-26", 3, false],
    ["2026-11-20", 3, true],
    ["2026-11-13", 0, true],
  ])("due %s, %d days before: %p", (due, before, expected) => expect(isReminderDay(due, today, before)).toBe(expected));
  test("what lapses is told of two months, one month and a week before, and on the day", () => {
    const days = ["2027-01-26", "2026-12-27", "2026-12-04", "2026-11-27", "2026-12-05"];
    expect(days.map((day) => isRenewalDay(day, today))).toEqual([true, true, true, true, false]);
  });
});

test("an approval that was granted for a time runs out, and another one may take its place", () => {
  const granted = {
    id: "a",
    approver: "ethics",
    stage: 1,
    days: 10,
    askedOn: "2025-11-01",
    decision: "granted" as const,
    decidedOn: "2025-11-10",
    validUntil: null as string | null,
  };
  const states = [null, "2027-06-01", "2027-01-20", "2026-11-27", "2026-11-26"].map((validUntil) =>
    approvalState({ ...granted, validUntil }, [granted], today),
  );
  expect(states).toEqual(["granted", "granted", "runs out", "runs out", "run out"]);
  const refused = { ...granted, id: "r", decision: "refused" as const };
  const next = { ...granted, id: "b", approver: "board", stage: 2, decision: null, decidedOn: null };
  expect(approvalState(next, [refused, next], today)).toBe("waits its turn");
  expect(approvalState(next, [refused, granted, next], today)).toBe("late");
});

describe("deviations", () => {
  const terms = { ethicsDays: 15 };
  const facts = (more: Partial<DeviationFacts>): DeviationFacts => ({
    severity: "important",
    discoveredOn: "2026-11-10",
    told: [],
    isReviewed: false,
    ...more,
  });
  test.each([
    ["minor: nobody is told", facts({ severity: "minor" }), "to review"],
    ["minor and reviewed", facts({ severity: "minor", isReviewed: true }), "settled"],
    ["important, on the last day", facts({ discoveredOn: "2026-11-12" }), "owed"],
    ["important, a day later", facts({ discoveredOn: "2026-11-11" }), "late"],
    ["a review does not report it", facts({ isReviewed: true, discoveredOn: "2026-11-12" }), "owed"],
    ["told, not reviewed", facts({ told: ["ethics committee"] }), "to review"],
    ["told to the wrong one", facts({ discoveredOn: "2026-11-20", told: ["sponsor"] }), "owed"],
    ["told and reviewed", facts({ told: ["ethics committee"], isReviewed: true }), "settled"],
    ["a breach: the sponsor within a day", facts({ severity: "serious-breach", discoveredOn: "2026-11-25" }), "late"],
    [
      "a breach: the authority within seven",
      facts({ severity: "serious-breach", discoveredOn: "2026-11-20", told: ["sponsor"] }),
      "owed",
    ],
  ] as const)("%s", (_name, one, state) => {
    expect(deviationState(one, terms, today)).toBe(state);
  });
  test("a breach is told to three, in time, from the day it was found out", () => {
    expect(tellBy({ severity: "serious-breach", discoveredOn: "2026-12-30" }, terms)).toEqual([
      { to: "sponsor", by: "2026-12-31" },
      { to: "authority", by: "2027-01-06" },
      { to: "ethics committee", by: "2027-01-14" },
    ]);
  });
  test("a review counts for its version, a report for all", () => {
    const row = { deviationId: "d", version: 2, severity: "important", discoveredOn: today } as const;
    const marks = [
      { deviationId: "d", version: 1, mark: "reviewed" },
      { deviationId: "d", version: 1, mark: "sponsor" },
      { deviationId: "other", version: 2, mark: "reviewed" },
    ] as const;
    expect(deviationFacts(row, marks)).toMatchObject({ isReviewed: false, told: ["sponsor"] });
  });
});
