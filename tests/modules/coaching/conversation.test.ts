import { describe, expect, test } from "bun:test";
import {
  type ConsentEvent,
  type ConsentEventKind,
  mayText,
  needsVerification,
  statusOf,
} from "../../../modules/coaching/consent.ts";
import {
  type Change,
  type Conversation,
  callForHuman,
  close,
  handBack,
  handBackWhenIdle,
  lockForCrisis,
  maySpeak,
  newConversation,
  takeOver,
  unlock,
} from "../../../modules/coaching/conversation.ts";
import {
  acknowledge,
  duePages,
  type Incident,
  type IncidentChange,
  nextPageAt,
  openIncident,
  page,
  pagingPlan,
  recheckDue,
  recordContact,
  resolve,
  review,
} from "../../../modules/coaching/incident.ts";
import {
  type Enrolment,
  expectationOf,
  type Journey,
  journeyProblems,
  nextStep,
  readQuizAnswer,
} from "../../../modules/coaching/journey.ts";

const at = new Date("2026-11-02T12:00:00Z");
const done = (change: Change): Conversation => {
  if (!change.changed) throw new Error(change.because);
  return change.conversation;
};

describe("who speaks", () => {
  test("a text prepared before a change of hands never goes out after it", () => {
    const acts: readonly ((conversation: Conversation) => Change)[] = [
      (one) => takeOver(one, "ann", one.epoch, at),
      (one) => takeOver(one, "ben", one.epoch, at),
      (one) => handBack(one, "ann", one.epoch),
      (one) => handBack(one, "ben", one.epoch),
      callForHuman,
      lockForCrisis,
      unlock,
      (one) => handBackWhenIdle(one, new Date("2026-11-03T12:00:00Z"), 8),
      close,
    ];
    // Every walk of four acts: what the bot had prepared at any point is stale after any change.
    const walk = (conversation: Conversation, prepared: readonly number[], steps: number): number => {
      let walked = 1;
      for (const epoch of prepared) expect(maySpeak(conversation, { kind: "bot", epoch })).toBe(false);
      if (conversation.owner.kind === "human" || conversation.status !== "bot-active")
        expect(maySpeak(conversation, { kind: "bot", epoch: conversation.epoch })).toBe(false);
      if (steps === 0) return walked;
      for (const act of acts) {
        const change = act(conversation);
        if (!change.changed) continue;
        expect(change.conversation.epoch).toBe(conversation.epoch + 1);
        walked += walk(change.conversation, [...prepared, conversation.epoch], steps - 1);
      }
      return walked;
    };
    expect(walk(newConversation, [], 4)).toBeGreaterThan(200);
  });

  test("two coaches press at the same moment, and one gets it", () => {
    const mine = takeOver(newConversation, "ann", 1, at);
    const theirs = takeOver(done(mine), "ben", 1, at);
    expect(theirs).toMatchObject({
      changed: false,
      because: "someone-was-faster",
      sentence: expect.stringContaining("Look at it again"),
    });
    expect(done(mine)).toMatchObject({ owner: { kind: "human", personId: "ann" }, status: "human-active", epoch: 2 });
  });

  test("only the owner hands back, and never out of a crisis", () => {
    const mine = done(takeOver(newConversation, "ann", 1, at));
    expect(handBack(mine, "ben", 2)).toMatchObject({ because: "not-yours" });
    const locked = done(lockForCrisis(mine));
    expect(handBack(locked, "ann", 3)).toMatchObject({ because: "crisis-is-open" });
    expect(handBackWhenIdle(locked, new Date("2026-12-02T12:00:00Z"), 8)).toMatchObject({ because: "crisis-is-open" });
    expect(done(unlock(locked))).toMatchObject({ status: "human-active", owner: { personId: "ann" } });
    expect(done(unlock(done(lockForCrisis(newConversation)))).status).toBe("needs-human");
    expect(done(takeOver(locked, "ben", 3, at)).status).toBe("crisis-locked");
  });

  test("safety speaks even while a person does, and a closed conversation only confirms", () => {
    const mine = done(takeOver(newConversation, "ann", 1, at));
    expect(maySpeak(mine, { kind: "safety" })).toBe(true);
    expect([
      maySpeak(mine, { kind: "human", personId: "ann" }),
      maySpeak(mine, { kind: "human", personId: "ben" }),
    ]).toEqual([true, false]);
    const closed = done(close(mine));
    expect([maySpeak(closed, { kind: "safety" }), maySpeak(closed, { kind: "compliance" })]).toEqual([false, true]);
    expect(takeOver(closed, "ann", closed.epoch, at)).toMatchObject({ because: "closed" });
  });

  test("it goes back by itself after the idle hours, not before", () => {
    const mine = done(takeOver(newConversation, "ann", 1, at));
    expect(handBackWhenIdle(mine, new Date("2026-11-02T19:59:59Z"), 8).changed).toBe(false);
    expect(done(handBackWhenIdle(mine, new Date("2026-11-02T20:00:00Z"), 8)).owner.kind).toBe("bot");
  });
});

describe("an incident", () => {
  const opened = openIncident("E1", at, 5);
  const minutes = (count: number) => new Date(at.getTime() + count * 60_000);
  const made = (change: IncidentChange): Incident => {
    if (!change.changed) throw new Error(change.sentence);
    return change.incident;
  };

  test("is paged up the ladder until somebody answers", () => {
    expect(pagingPlan(opened).map(({ rung, at: when }) => [rung, when])).toEqual([
      ["coach", minutes(0)],
      ["supervisor", minutes(5)],
      ["medical-director", minutes(10)],
      ["phone-tree", minutes(15)],
    ]);
    expect(duePages(opened, minutes(0)).map(({ rung }) => rung)).toEqual(["coach"]);
    const paged = made(page(opened, "coach"));
    expect(duePages(paged, minutes(4.99))).toEqual([]);
    expect(duePages(paged, minutes(5)).map(({ rung }) => rung)).toEqual(["supervisor"]);
    expect(nextPageAt(paged)).toEqual(minutes(5));
    const answered = made(acknowledge(paged, "ann"));
    expect([duePages(answered, minutes(60)), nextPageAt(answered)]).toEqual([[], null]);
    expect(page(answered, "supervisor").changed).toBe(false);
  });
  test("after an outage every missed rung is paged at once", () => {
    expect(duePages(opened, minutes(60)).map(({ rung }) => rung)).toEqual([
      "coach",
      "supervisor",
      "medical-director",
      "phone-tree",
    ]);
  });
  test("cannot be closed without a contact, a disposition and a clinician", () => {
    const answered = made(acknowledge(opened, "ann"));
    const clinician = { isClinician: true };
    expect(resolve(opened, "false-alarm", clinician).changed).toBe(false);
    expect(resolve(answered, "false-alarm", clinician).changed).toBe(false);
    const contacted = made(recordContact(answered, "not-reached"));
    expect(resolve(contacted, null, clinician)).toMatchObject({
      sentence: "Say what became of the person. An incident cannot be closed without it.",
    });
    expect(resolve(contacted, "welfare-check", { isClinician: false }).changed).toBe(false);
    expect(resolve(contacted, "safe-at-home", clinician)).toMatchObject({ changed: false });
    const resolved = made(resolve(contacted, "welfare-check", clinician));
    expect(resolve(resolved, "in-care", clinician).changed).toBe(false);
    expect(acknowledge(resolved, "ben").changed).toBe(false);
    expect(made(review(resolved)).status).toBe("reviewed");
    expect(review(contacted).changed).toBe(false);
  });
  test("two silences after a very low value are an emergency", () => {
    const asked = { askedAt: at, asked: 1, answered: false, minutes: 15 };
    expect(recheckDue(asked, minutes(14.9))).toBe("wait");
    expect(recheckDue(asked, minutes(15))).toBe("ask-again");
    expect(recheckDue({ ...asked, asked: 2 }, minutes(15))).toBe("raise");
    expect(recheckDue({ ...asked, asked: 2, answered: true }, minutes(60))).toBe("wait");
  });
});

describe("consent", () => {
  const ledger = (...kinds: ConsentEventKind[]): ConsentEvent[] =>
    kinds.map((kind, place) => ({
      kind,
      at: new Date(at.getTime() + place * 1000),
      source: "sms",
      textHash: kind === "disclosed" ? "abc" : null,
      words: null,
    }));
  test.each([
    [[], "invited"],
    [["invited"], "invited"],
    [["invited", "given"], "invited"],
    [["invited", "disclosed"], "consent-pending"],
    [["invited", "disclosed", "given"], "active"],
    [["invited", "disclosed", "declined"], "declined"],
    [["invited", "disclosed", "given", "paused"], "paused"],
    [["invited", "disclosed", "given", "paused", "resumed"], "active"],
    [["invited", "disclosed", "given", "opted-out"], "opted-out"],
    [["invited", "disclosed", "given", "paused", "opted-out", "resumed"], "opted-out"],
    [["invited", "disclosed", "given", "opted-out", "given"], "opted-out"],
    [["invited", "disclosed", "given", "opted-out", "invited", "disclosed"], "opted-out"],
    [["invited", "disclosed", "given", "opted-out", "opted-in-again"], "active"],
    [["invited", "opted-out", "opted-in-again"], "consent-pending"],
    [["invited", "disclosed", "given", "number-invalid"], "number-invalid"],
    [["invited", "disclosed", "given", "number-invalid", "opted-out", "number-verified"], "opted-out"],
    [["invited", "disclosed", "given", "discharged", "opted-in-again"], "discharged"],
    [["invited", "disclosed", "given", "deceased", "opted-in-again"], "deceased"],
  ] as const)("%p is %s", (kinds, status) => expect(statusOf(ledger(...kinds))).toBe(status));

  test("nothing but help goes to someone who opted out", () => {
    expect((["invitation", "help", "safety", "coaching"] as const).map((text) => mayText("opted-out", text))).toEqual([
      false,
      true,
      false,
      false,
    ]);
    expect(mayText("active", "coaching") && mayText("paused", "safety") && !mayText("paused", "coaching")).toBe(true);
  });
  test("a number silent for 90 days is verified again", () => {
    const since = new Date("2026-01-01T00:00:00Z");
    expect(needsVerification(new Date("2026-08-01T00:00:00Z"), since, new Date("2026-10-30T00:00:00Z"))).toBe(false);
    expect(needsVerification(new Date("2026-08-01T00:00:00Z"), since, new Date("2026-10-31T00:00:00Z"))).toBe(true);
    expect(needsVerification(null, since, new Date("2026-06-01T00:00:00Z"))).toBe(true);
  });
});

describe("a journey", () => {
  const both = (text: string) => ({ en: text, es: text });
  const journey: Journey = {
    id: "first-steps",
    version: 1,
    title: both("First steps"),
    steps: [
      { id: "hello", kind: "lesson", afterDays: 0, at: "09:00", text: both("Walk a little.") },
      { id: "ask", kind: "check-in", afterDays: 1, at: "09:00", expects: "reading", text: both("Your sugar?") },
      {
        id: "quiz",
        kind: "quiz",
        afterDays: 2,
        at: "18:30",
        text: both("Which is fast sugar? A juice B cheese"),
        choices: [
          { key: "A", text: both("juice"), right: true, answer: both("Yes.") },
          { key: "B", text: both("cheese"), right: false, answer: both("Juice is faster.") },
        ],
      },
    ],
  };
  const zone = "America/New_York";
  const started: Enrolment = { startedOn: "2026-10-31", done: null, status: "running" };
  const next = (enrolment: Enrolment, now: string, conversation = newConversation) =>
    nextStep(journey, enrolment, conversation, Temporal.Instant.from(now), zone);

  test("waits for its day and hour in the member's zone, over a change of the clock", () => {
    expect(next(started, "2026-10-31T12:59:00Z")).toEqual({
      kind: "wait",
      until: Temporal.Instant.from("2026-10-31T13:00:00Z"),
    });
    expect(next(started, "2026-10-31T13:00:00Z")).toMatchObject({ kind: "due", step: { id: "hello" } });
    const after = { ...started, done: { step: "hello", on: "2026-10-31" } };
    expect(next(after, "2026-11-01T13:30:00Z")).toEqual({
      kind: "wait",
      until: Temporal.Instant.from("2026-11-01T14:00:00Z"),
    });
    expect(next({ ...started, done: { step: "quiz", on: "2026-11-05" } }, "2026-11-09T13:30:00Z")).toEqual({
      kind: "ended",
    });
  });
  test("pauses while a person has the conversation and in a crisis", () => {
    const human = done(takeOver(newConversation, "ann", 1, at));
    expect(next(started, "2026-11-05T13:00:00Z", human)).toEqual({ kind: "paused", because: "human" });
    expect(next(started, "2026-11-05T13:00:00Z", done(callForHuman(newConversation)))).toEqual({
      kind: "paused",
      because: "human",
    });
    expect(next(started, "2026-11-05T13:00:00Z", done(lockForCrisis(human)))).toEqual({
      kind: "paused",
      because: "crisis",
    });
    expect(next({ ...started, status: "withdrawn" }, "2026-11-05T13:00:00Z")).toEqual({ kind: "ended" });
  });
  test("tells the parser what its question asked for", () => {
    expect(journey.steps.map(expectationOf)).toEqual([null, "reading", "another-number"]);
  });
  test("reads the answer to a quiz and nothing else as one", () => {
    const quiz = journey.steps[2];
    if (quiz?.kind !== "quiz") throw new Error("The third step is a quiz.");
    expect(
      [" b)", "A", "2", "a."].map((text) => {
        const read = readQuizAnswer(quiz, text);
        return read.kind === "answer" ? read.choice.key : read.kind;
      }),
    ).toEqual(["B", "A", "B", "A"]);
    expect(["C", "STOP", "juice", "62", ""].map((text) => readQuizAnswer(quiz, text).kind)).toEqual(
      Array.from({ length: 5 }, () => "not-a-choice"),
    );
  });
  test("is checked before it can be approved", () => {
    expect(journeyProblems(journey)).toEqual([]);
    const bad = (change: object, place = 1) =>
      journeyProblems({
        ...journey,
        steps: journey.steps.map((step, one) => (one === place ? { ...step, ...change } : step)) as Journey["steps"],
      }).join(" ");
    expect(bad({ afterDays: 0 })).toContain("at least a day");
    expect(bad({ at: "21:30" })).toContain("not a time of the day");
    expect(bad({ text: { en: "x", es: " " } })).toContain("missing (es)");
    expect(bad({ text: both("x".repeat(400)) })).toContain("longer than two messages");
    expect(bad({ id: "hello" })).toContain("two steps “hello”");
    expect(bad({ choices: [] }, 2)).toContain("exactly one right answer");
    expect(journeyProblems({ ...journey, steps: [] })).toEqual(["The journey has no steps."]);
  });
});
