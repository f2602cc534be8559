import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { awsSender } from "@core/sms/aws-sender.ts";
import { type OutgoingText, timeLimits, withinLimits } from "@core/sms/text-message.ts";
import { twilioSender } from "@core/sms/twilio-sender.ts";
import { startAwsTexts } from "../../support/aws-sms-stand-in.ts";
import { startTwilio } from "../../support/twilio-stand-in.ts";

const aws = startAwsTexts();
const twilio = startTwilio();
afterAll(async () => {
  await aws.stop();
  await twilio.stop();
});
beforeEach(() => {
  aws.behave("ok");
  twilio.behave("ok");
});

const to = "+15005550006";
const text = (over: Partial<OutgoingText> = {}): OutgoingText => ({
  to,
  body: "Hola, ¿cómo está?",
  outboxId: crypto.randomUUID(),
  timeToLiveSeconds: 900,
  ...over,
});
const viaAws = (over: object = {}) =>
  awsSender({
    region: aws.region,
    originationIdentity: "pool-1",
    configurationSet: "set-1",
    endpoint: aws.url,
    credentials: aws.credentials,
    timeoutMs: 800,
    ...over,
  });
const viaTwilio = (over: object = {}) =>
  twilioSender({
    accountSid: twilio.accountSid,
    keySid: twilio.keySid,
    keySecret: twilio.keySecret,
    from: "+15005550001",
    statusCallback: "https://coach.example.org/webhooks/twilio/status?tenant=t1",
    baseUrl: twilio.url,
    timeoutMs: 800,
    ...over,
  });

describe("AWS End User Messaging", () => {
  test("takes a text, signed, with the outbox id as context", async () => {
    const one = text();
    const result = await viaAws().send(one);
    expect(result).toMatchObject({ accepted: true });
    expect(aws.accepted.at(-1)).toEqual({
      DestinationPhoneNumber: to,
      OriginationIdentity: "pool-1",
      MessageBody: one.body,
      MessageType: "TRANSACTIONAL",
      TimeToLive: 900,
      Context: { outbox_id: one.outboxId },
      ConfigurationSetName: "set-1",
    });
  });

  test("refuses wrong credentials, which is a matter of settings", async () => {
    const before = aws.accepted.length;
    const stranger = { accessKeyId: aws.credentials.accessKeyId, secretAccessKey: "not-the-secret" };
    expect(await viaAws({ credentials: stranger }).send(text())).toMatchObject({
      accepted: false,
      kind: "permanent",
      reason: "settings",
    });
    expect(aws.accepted.length).toBe(before);
  });

  test("says that a number opted out, and that is for good", async () => {
    aws.optedOut.add("+15005550009");
    expect(await viaAws().send(text({ to: "+15005550009" }))).toEqual({
      accepted: false,
      kind: "permanent",
      reason: "opted-out",
      code: "DESTINATION_PHONE_NUMBER_OPTED_OUT",
    });
  });

  test.each([
    ["500", "unknown", "no-answer"],
    ["throttle", "retry", "throttled"],
    ["denied", "permanent", "settings"],
    ["hang", "unknown", "no-answer"],
    ["drip", "unknown", "no-answer"],
  ] as const)("%s is %s, asked once and answered in time", async (mode, kind, reason) => {
    aws.behave(mode);
    const [before, started] = [aws.requests(), performance.now()];
    expect(await viaAws().send(text())).toMatchObject({ accepted: false, kind, reason });
    expect(aws.requests() - before).toBe(1);
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  test("is asked whether it has a lost text, and sends nothing for it", async () => {
    const [first, second] = [text({ body: "Eat 15 g of sugar now." }), text({ body: "Another." })];
    const since = new Date();
    const find = (one: OutgoingText, others: readonly string[] = [], from = since) =>
      viaTwilio().find(one, { since: from, others });
    const notThere = { accepted: false, kind: "retry", reason: "no-answer", code: "not-there" } as const;
    const earlier = twilio.listed.map(({ sid }) => sid);
    expect(await find(first, earlier)).toEqual(notThere);
    twilio.behave("taken");
    expect(await viaTwilio().send(first)).toMatchObject({ kind: "unknown" });
    twilio.behave("ok");
    const taken = twilio.listed.at(-1)?.sid ?? "";
    const before = twilio.accepted.length;
    expect(await find(first, earlier)).toEqual({ accepted: true, providerId: taken });
    // Known to be another text, older than the claim, or to another number: not this one.
    expect(await find(first, [...earlier, taken])).toEqual(notThere);
    expect(await find(first, earlier, new Date(since.getTime() + 3_600_000))).toEqual(notThere);
    expect(await find({ ...first, to: "+15005550777" })).toEqual(notThere);
    // Something to this number that nobody can account for may be it.
    expect(await find(second, earlier)).toMatchObject({ kind: "unknown", code: "unaccounted-message" });
    for (const mode of ["500", "throttle", "denied", "html", "large", "hang", "drip"] as const) {
      twilio.behave(mode);
      expect([mode, await find(first)]).toMatchObject([mode, { accepted: false, kind: "unknown" }]);
    }
    expect(await viaTwilio({ baseUrl: "http://127.0.0.1:1" }).find(first, { since, others: [] })).toMatchObject({
      kind: "unknown",
    });
    expect(await viaAws().find(first, { since, others: [] })).toMatchObject({ kind: "unknown", code: "cannot-ask" });
    expect(twilio.accepted).toHaveLength(before);
  });

  test("a closed door is safe to try again", async () => {
    expect(await viaAws({ endpoint: "http://127.0.0.1:1" }).send(text())).toMatchObject({
      accepted: false,
      kind: "retry",
      reason: "unavailable",
    });
  });
});

describe("Twilio", () => {
  test("takes a text by one form, and the report's address names the outbox id", async () => {
    const one = text();
    expect(await viaTwilio().send(one)).toMatchObject({ accepted: true });
    expect(twilio.accepted.at(-1)).toEqual({
      To: to,
      From: "+15005550001",
      Body: one.body,
      StatusCallback: `https://coach.example.org/webhooks/twilio/status?tenant=t1&outbox=${one.outboxId}`,
      ValidityPeriod: "900",
    });
  });

  test("goes out by a messaging service when that is the sender", async () => {
    await viaTwilio({ from: "MG123" }).send(text());
    expect(twilio.accepted.at(-1)).toMatchObject({ MessagingServiceSid: "MG123" });
  });

  test("refuses a wrong secret", async () => {
    expect(await viaTwilio({ keySecret: "wrong" }).send(text())).toMatchObject({
      kind: "permanent",
      reason: "settings",
      code: "20003",
    });
  });

  test.each([
    [21610, "permanent", "opted-out"],
    [21211, "permanent", "number-invalid"],
    [30007, "permanent", "blocked"],
    [99999, "permanent", "refused"],
  ] as const)("code %i is %s: %s", async (code, kind, reason) => {
    twilio.refused.set(to, code);
    expect(await viaTwilio().send(text())).toMatchObject({ accepted: false, kind, reason, code: String(code) });
    twilio.refused.clear();
  });

  test.each([
    ["500", "unknown", "no-answer"],
    ["throttle", "retry", "throttled"],
    ["denied", "permanent", "settings"],
    ["html", "unknown", "no-answer"],
    ["large", "unknown", "no-answer"],
    ["hang", "unknown", "no-answer"],
    ["drip", "unknown", "no-answer"],
  ] as const)("%s is %s, asked once and answered in time", async (mode, kind, reason) => {
    twilio.behave(mode);
    const [before, started] = [twilio.requests(), performance.now()];
    expect(await viaTwilio().send(text())).toMatchObject({ accepted: false, kind, reason });
    expect(twilio.requests() - before).toBe(1);
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  test("a closed door is safe to try again", async () => {
    expect(await viaTwilio({ baseUrl: "http://127.0.0.1:1" }).send(text())).toMatchObject({
      kind: "retry",
      reason: "unavailable",
    });
  });
});

test("a number that is none never leaves the house", async () => {
  const [before, other] = [aws.requests(), twilio.requests()];
  for (const wrong of ["5005550006", "+0123", "12345", "+1500555000612345"]) {
    for (const sender of [viaAws(), viaTwilio()])
      expect(await sender.send(text({ to: wrong }))).toMatchObject({ kind: "permanent", reason: "number-invalid" });
  }
  expect([aws.requests(), twilio.requests()]).toEqual([before, other]);
});

test("time limits hold whatever is asked for", () => {
  expect([1, 800, 5_000, 60_000].map((ms) => withinLimits(ms))).toEqual([
    timeLimits.least,
    800,
    5_000,
    timeLimits.most,
  ]);
  expect(viaAws().facts.recognisesRepeats || viaTwilio().facts.recognisesRepeats).toBe(false);
});
