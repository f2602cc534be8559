import { describe, expect, test } from "bun:test";
import {
  afterFailure,
  type DeliveryStatus,
  failureClass,
  isFinal,
  mayCancel,
  mergeStatus,
  overdue,
  pauseSeconds,
  statuses,
} from "../../../modules/coaching/delivery.ts";
import { isMachineNumber, loopSign, mayAnswerStranger } from "../../../modules/coaching/loop-guard.ts";
import { isZone, maySend, type SendingQuestion } from "../../../modules/coaching/quiet-hours.ts";
import { inGsmLetters, segmentsOf } from "../../../modules/coaching/segments.ts";

describe("quiet hours", () => {
  const ask = (now: string, over: Partial<SendingQuestion> = {}) => {
    const answer = maySend({
      now: Temporal.Instant.from(now),
      zone: "America/New_York",
      sending: "proactive",
      lastInbound: null,
      automatic: [],
      proactive: [],
      ...over,
    });
    return answer.send ? `send ${answer.exempt ?? ""}`.trim() : `${answer.because} ${answer.until}`;
  };
  const at = (...moments: string[]) => moments.map((one) => Temporal.Instant.from(one));

  test.each([
    // New York is at UTC−5 in winter, UTC−4 in summer.
    ["2026-11-10T13:00:00Z", "send"],
    ["2026-11-10T12:59:59Z", "quiet-hours 2026-11-10T13:00:00Z"],
    ["2026-11-11T01:59:59Z", "send"],
    ["2026-11-11T02:00:00Z", "quiet-hours 2026-11-11T13:00:00Z"],
    ["2026-07-10T12:00:00Z", "send"],
    ["2026-07-10T11:59:59Z", "quiet-hours 2026-07-10T12:00:00Z"],
    // The night the clock goes back (1 November 2026): eight o'clock comes an hour later by UTC.
    ["2026-11-01T02:00:00Z", "quiet-hours 2026-11-01T13:00:00Z"],
    // The night it goes forward (8 March 2026).
    ["2026-03-08T03:00:00Z", "quiet-hours 2026-03-08T12:00:00Z"],
  ])("at %s: %s", (now, answer) => expect(ask(now)).toBe(answer));

  test("hold in zones with odd hours and without clock changes", () => {
    expect(ask("2026-11-10T02:14:00Z", { zone: "Asia/Kathmandu" })).toBe("quiet-hours 2026-11-10T02:15:00Z");
    expect(ask("2026-07-10T14:59:00Z", { zone: "America/Phoenix" })).toBe("quiet-hours 2026-07-10T15:00:00Z");
    expect(ask("2026-07-10T15:00:00Z", { zone: "America/Phoenix" })).toBe("send");
  });
  test("safety always goes, an answer within ten minutes too", () => {
    const night = "2026-11-10T07:00:00Z";
    expect(ask(night, { sending: "safety" })).toBe("send safety");
    expect(ask(night, { sending: "reply", lastInbound: Temporal.Instant.from("2026-11-10T06:50:00Z") })).toBe(
      "send reply",
    );
    expect(ask(night, { sending: "reply", lastInbound: Temporal.Instant.from("2026-11-10T06:49:00Z") })).toStartWith(
      "quiet-hours",
    );
    expect(
      ask(night, { sending: "safety", automatic: at(...Array.from({ length: 50 }, () => "2026-11-10T06:00:00Z")) }),
    ).toBe("send safety");
  });
  test("a window may be narrower and never wider", () => {
    expect(ask("2026-11-10T14:30:00Z", { window: { from: "10:00", until: "18:00" } })).toBe(
      "quiet-hours 2026-11-10T15:00:00Z",
    );
    expect(ask("2026-11-10T11:00:00Z", { window: { from: "05:00", until: "23:00" } })).toBe(
      "quiet-hours 2026-11-10T13:00:00Z",
    );
    expect(ask("2026-11-10T12:00:00Z", { window: { from: "22:00", until: "06:00" } })).toBe(
      "quiet-hours 2026-11-10T13:00:00Z",
    );
  });
  test("one a day and three a week for what nobody asked for", () => {
    const noon = "2026-11-10T17:00:00Z";
    expect(ask(noon, { proactive: at("2026-11-10T14:00:00Z") })).toBe("daily-cap 2026-11-11T13:00:00Z");
    expect(ask(noon, { proactive: at("2026-11-09T14:00:00Z") })).toBe("send");
    expect(ask(noon, { proactive: at("2026-11-05T14:00:00Z", "2026-11-07T14:00:00Z", "2026-11-09T14:00:00Z") })).toBe(
      "weekly-cap 2026-11-12T14:00:01Z",
    );
    expect(ask(noon, { proactive: at("2026-11-02T14:00:00Z", "2026-11-07T14:00:00Z", "2026-11-09T14:00:00Z") })).toBe(
      "send",
    );
  });
  test("twenty automatic texts a day are enough, answers too", () => {
    const many = at(...Array.from({ length: 20 }, (_, minute) => `2026-11-10T15:${String(minute + 10)}:00Z`));
    expect(
      ask("2026-11-10T17:00:00Z", {
        sending: "reply",
        lastInbound: Temporal.Instant.from("2026-11-10T16:59:00Z"),
        automatic: many,
      }),
    ).toBe("automatic-cap 2026-11-11T13:00:00Z");
  });
  test("a zone must exist", () => {
    expect([isZone("America/New_York"), isZone("Mars/Olympus"), isZone("")]).toEqual([true, false, false]);
    expect(() => ask("2026-11-10T17:00:00Z", { zone: "Mars/Olympus" })).toThrow(RangeError);
  });
});

describe("segments", () => {
  const cases: readonly (readonly [string, "GSM-7" | "UCS-2", number, number])[] = [
    ["", "GSM-7", 0, 0],
    ["a".repeat(160), "GSM-7", 1, 160],
    ["a".repeat(161), "GSM-7", 2, 161],
    ["a".repeat(306), "GSM-7", 2, 306],
    ["a".repeat(307), "GSM-7", 3, 307],
    ["€".repeat(80), "GSM-7", 1, 160],
    ["€".repeat(81), "GSM-7", 2, 162],
    // 152 letters and then a letter of two places: it does not fit the first part of 153.
    [`${"a".repeat(152)}${"€".repeat(77)}`, "GSM-7", 3, 306],
    ["¿Cómo está?", "UCS-2", 1, 11],
    ["á".repeat(70), "UCS-2", 1, 70],
    ["á".repeat(71), "UCS-2", 2, 71],
    ["é ñ ü ¿ ¡ à", "GSM-7", 1, 11],
    ["😀".repeat(35), "UCS-2", 1, 70],
    ["😀".repeat(36), "UCS-2", 2, 72],
    // 33 fit a part of 67, with one place lost.
    ["😀".repeat(67), "UCS-2", 3, 134],
  ];
  for (const [text, encoding, segments, places] of cases) {
    test(`${[...text].length} × “${text.slice(0, 4)}”: ${segments}`, () =>
      expect(segmentsOf(text)).toMatchObject({ encoding, segments, places }));
  }
  test("typography and emoji are made plain, letters stay", () => {
    expect(inGsmLetters("“Hi” – it’s 5…  great 👍🏽!")).toBe('"Hi" - it\'s 5... great !');
    expect(inGsmLetters("¿Cómo está su azúcar, señor? Qué bien")).toBe("¿Como esta su azucar, señor? Qué bien");
    expect(segmentsOf(inGsmLetters("¿Cómo está su azúcar?")).encoding).toBe("GSM-7");
    expect(inGsmLetters("你好")).toBe("你好");
  });
});

describe("delivery", () => {
  const pairs = statuses.flatMap((one) => statuses.map((other) => [one, other] as const));
  test("merging does not care for order or repetition", () => {
    for (const [one, other] of pairs) {
      expect(mergeStatus(one, other)).toBe(mergeStatus(other, one));
      expect(mergeStatus(mergeStatus(one, other), other)).toBe(mergeStatus(one, other));
      for (const third of statuses)
        expect(mergeStatus(mergeStatus(one, other), third)).toBe(mergeStatus(one, mergeStatus(other, third)));
    }
  });
  test("late reports never take anything back", () => {
    const told: DeliveryStatus[] = ["delivered", "sent", "accepted", "unknown", "undelivered"];
    expect(told.reduce(mergeStatus, "sending")).toBe("delivered");
    expect((["sent", "unknown", "sent"] as const).reduce(mergeStatus, "accepted" as DeliveryStatus)).toBe("unknown");
    expect(mergeStatus("unknown", "delivered")).toBe("delivered");
  });
  test("only what has not left may be taken back, and the end is the end", () => {
    expect(statuses.filter(mayCancel)).toEqual(["queued", "held"]);
    expect(statuses.filter(isFinal)).toEqual(["cancelled", "expired", "failed", "undelivered", "delivered"]);
  });
  test("without a report for 72 hours it is unknown", () => {
    const accepted = new Date("2026-11-02T00:00:00Z");
    expect(overdue("accepted", accepted, new Date("2026-11-04T23:59:59Z"))).toBe("accepted");
    expect(overdue("sent", accepted, new Date("2026-11-05T00:00:00Z"))).toBe("unknown");
    expect(overdue("delivered", accepted, new Date("2026-12-05T00:00:00Z"))).toBe("delivered");
  });

  const now = new Date("2026-11-02T12:00:00Z");
  const after = (over: Partial<Parameters<typeof afterFailure>[0]>) =>
    afterFailure({ failure: "retry", tries: 1, now, until: new Date("2026-11-03T12:00:00Z"), chance: 1, ...over });
  test("each kind of failure has its next step", () => {
    expect(after({})).toEqual({ kind: "try-again", at: new Date("2026-11-02T12:00:02Z") });
    expect(after({ tries: 5 })).toMatchObject({ kind: "give-up", status: "failed", alert: true });
    expect(after({ failure: "reconcile" }).kind).toBe("reconcile");
    expect(after({ failure: "once-later" })).toEqual({ kind: "try-again", at: new Date("2026-11-02T13:00:00Z") });
    expect(after({ failure: "once-later", tries: 2 })).toMatchObject({ kind: "give-up", status: "undelivered" });
    expect(after({ failure: "opted-out" })).toEqual({
      kind: "give-up",
      status: "failed",
      alert: false,
      member: "opted-out",
    });
    expect(after({ failure: "number-invalid" })).toMatchObject({ member: "number-invalid" });
    expect(after({ failure: "stop-and-alert" })).toMatchObject({ kind: "give-up", alert: true, member: null });
    expect(after({ tries: 4, until: new Date("2026-11-02T12:00:10Z") })).toMatchObject({
      kind: "give-up",
      status: "expired",
      alert: true,
    });
  });
  test("pauses grow and are spread", () => {
    expect([1, 2, 3, 4].map((tries) => pauseSeconds(tries, 0))).toEqual([1, 2, 4, 8]);
    expect(pauseSeconds(4, 1)).toBe(16);
  });
  test("what may have gone out is looked for before another try", () => {
    expect(failureClass({ kind: "unknown", reason: "no-answer" })).toBe("reconcile");
    expect(failureClass({ kind: "retry", reason: "throttled" })).toBe("retry");
    expect(failureClass({ kind: "permanent", reason: "opted-out" })).toBe("opted-out");
    expect(failureClass({ kind: "permanent", reason: "unreachable" })).toBe("once-later");
    expect(failureClass({ kind: "permanent", reason: "settings" })).toBe("stop-and-alert");
  });
});

describe("machines that answer machines", () => {
  const now = new Date("2026-11-02T12:00:00Z");
  const seen = (seconds: number, words: string, secondsAfterOurs: number | null = 60) => ({
    at: new Date(now.getTime() - seconds * 1000),
    words,
    secondsAfterOurs,
  });
  test("are known by the same words, or by their speed", () => {
    expect(loopSign([seen(1, "ok"), seen(200, "ok"), seen(500, "ok")], now)).toBe("same-words");
    expect(loopSign([seen(1, "ok"), seen(200, "ok"), seen(700, "ok")], now)).toBeNull();
    expect(
      loopSign(
        [1, 2, 3, 4, 5].map((place) => seen(place, `${place}`, 2.9)),
        now,
      ),
    ).toBe("too-fast");
    expect(
      loopSign(
        [1, 2, 3, 4, 5].map((place) => seen(place, `${place}`, 3)),
        now,
      ),
    ).toBeNull();
    expect(loopSign([], now)).toBeNull();
  });
  test("a stranger gets two replies a day", () =>
    expect([0, 1, 2].map(mayAnswerStranger)).toEqual([true, true, false]));
  test("short codes and names are machines", () =>
    expect(["72404", "AMZN", "+15005550006"].map(isMachineNumber)).toEqual([true, true, false]));
});
