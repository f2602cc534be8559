import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { readAwsInbound, readAwsReport } from "@core/sms/aws-messages.ts";
import { certificateFetcher, isCertificateAddress, judgeSns, type SnsTrust } from "@core/sms/sns.ts";
import { isFromTwilio, readTwilioInbound, readTwilioReport, signedForm } from "@core/sms/twilio-webhook.ts";
import { randomToken, sha256 } from "@core/vault/primitives.ts";
import { hmacSha1 } from "@core/vault/webhook-signatures.ts";
import { fixture } from "../../support/fixtures.ts";

const snsFile = fixture("providers/aws-sns-signature-vectors.json");
const twilioFile = fixture("providers/twilio-signature-vectors.json");

interface SnsVectors {
  readonly testCertificatePem: string;
  readonly cases: readonly {
    readonly name: string;
    readonly official_result: string;
    readonly message: Readonly<Record<string, string>>;
  }[];
}
interface TwilioVectors {
  readonly authToken: string;
  readonly cases: readonly {
    readonly name: string;
    readonly url: string;
    readonly params: Readonly<Record<string, string>>;
    readonly signature: string;
  }[];
}

const year = 366 * 24 * 3_600_000;
const trust = (over: Partial<SnsTrust> = {}): SnsTrust => ({
  region: "us-east-1",
  topicArns: ["arn:aws:sns:us-east-1:123456789012:sms-inbound", "arn:aws:sns:us-east-1:123456789012:sms-events"],
  fetchCertificate: async () => "",
  oldestMs: year,
  now: () => new Date("2026-11-22T12:00:00Z"),
  ...over,
});

describe.skipIf(snsFile === null)("SNS, against the vectors", () => {
  const vectors: SnsVectors =
    snsFile === null ? { testCertificatePem: "", cases: [] } : JSON.parse(readFileSync(snsFile, "utf8"));
  const certified = (over: Partial<SnsTrust> = {}) =>
    trust({ fetchCertificate: async () => vectors.testCertificatePem, ...over });
  const named = (name: string) => {
    const found = vectors.cases.find((one) => one.name === name);
    if (!found) throw new Error(`There is no vector “${name}”.`);
    return found.message;
  };
  const judge = (message: object, over: Partial<SnsTrust> = {}) => judgeSns(JSON.stringify(message), certified(over));

  test("every vector is judged right; version 1 is refused though it is genuine", async () => {
    expect(vectors.cases.length).toBeGreaterThanOrEqual(9);
    for (const { name, official_result, message } of vectors.cases) {
      const judged = await judge(message);
      const expected = official_result === "valid" && message.SignatureVersion === "2";
      expect([name, judged.genuine]).toEqual([name, expected]);
      if (!judged.genuine && official_result === "valid")
        expect([name, judged.because]).toEqual([name, "old-signature"]);
      if (!judged.genuine && official_result.includes("domain"))
        expect([name, judged.because]).toEqual([name, "certificate-address"]);
    }
  });

  test("a change in any signed field breaks it", async () => {
    for (const name of ["notification v2 inbound sms", "subscription confirmation v2"]) {
      const message = named(name);
      for (const key of Object.keys(message)) {
        if (["SigningCertURL", "SignatureVersion", "UnsubscribeURL"].includes(key)) continue;
        const judged = await judge({ ...message, [key]: `${message[key]}x` });
        expect([name, key, judged.genuine]).toEqual([name, key, false]);
      }
    }
    expect(await judge({ ...named("notification v2 inbound sms"), Subject: "added" })).toEqual({
      genuine: false,
      because: "signature",
    });
  });

  test("another topic, another time, another region and another certificate are refused", async () => {
    const message = named("notification v2 inbound sms");
    expect(await judge(message, { topicArns: [] })).toEqual({ genuine: false, because: "topic" });
    expect(await judge(message, { oldestMs: 3_600_000 })).toEqual({ genuine: false, because: "time" });
    expect(await judge(message, { region: "eu-west-1" })).toEqual({ genuine: false, because: "certificate-address" });
    expect(await judge(message, { now: () => new Date("2026-01-01T00:00:10Z") })).toEqual({
      genuine: false,
      because: "signature",
    });
    expect(
      await judge(message, {
        fetchCertificate: async () => "-----BEGIN CERTIFICATE-----\nnothing\n-----END CERTIFICATE-----",
      }),
    ).toEqual({ genuine: false, because: "signature" });
    expect(await judge(message, { fetchCertificate: () => Promise.reject(new Error("down")) })).toEqual({
      genuine: false,
      because: "certificate",
    });
  });

  test("what was genuine is read", async () => {
    const inbound = await judge(named("notification v2 inbound sms"));
    expect(inbound.genuine && readAwsInbound(inbound.message.message)).toEqual({
      provider: "aws",
      providerId: "11111111-2222-3333-4444-555555555555",
      from: "+15005550006",
      to: "+15005550001",
      body: "My sugar is 52 and I feel shaky 😟",
      media: 0,
      handledByProvider: null,
    });
    const event = await judge(named("notification v2 delivery event"));
    expect(event.genuine && readAwsReport(event.message.message)).toEqual({
      provider: "aws",
      providerId: "m-1",
      outboxId: "ob-1",
      status: "delivered",
      reason: null,
      code: "TEXT_DELIVERED",
      at: new Date(1767225600000),
    });
    expect(event.genuine && readAwsInbound(event.message.message)).toBeNull();
    const confirmation = await judge(named("subscription confirmation v2"));
    expect(confirmation.genuine && confirmation.message.subscribeUrl).toStartWith(
      "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription",
    );
  });
});

describe("SNS", () => {
  test.each([
    "",
    "no json",
    "[]",
    "null",
    "{}",
    '{"Type":"Other"}',
    '{"Type":"Notification"}',
    `{"__proto__":{"Type":"Notification"}}`,
    "x".repeat(300_000),
  ])("%# is unreadable", async (body) => {
    expect(await judgeSns(body, trust())).toEqual({ genuine: false, because: "unreadable" });
  });

  const good = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123abc.pem";
  test.each([
    "https://sns.us-east-1.amazonaws.com.evil.example/x.pem",
    "http://sns.us-east-1.amazonaws.com/x.pem",
    "https://sns.s3.amazonaws.com/x.pem",
    "https://sns.us-east-1.amazonaws.com:8443/x.pem",
    "https://user@sns.us-east-1.amazonaws.com/x.pem",
    "https://evil.example/sns.us-east-1.amazonaws.com/x.pem",
    "https://sns.us-east-1.amazonaws.com/x.pem?to=evil",
    "https://sns.us-east-1.amazonaws.com/x.pem#y",
    "https://sns.us-east-1.amazonaws.com/a/../x.cer",
    "https://sns.us-east-1.amazonaws.com\\@evil.example/x.pem",
    "https://sns.us-west-2.amazonaws.com/x.pem",
    "file:///etc/x.pem",
    "",
  ])("no certificate comes from %s", (address) => {
    expect(isCertificateAddress(good, "us-east-1")).toBe(true);
    expect(isCertificateAddress(address, "us-east-1")).toBe(false);
  });

  test("a certificate is fetched once, and an answer that is none is refused", async () => {
    let asked = 0;
    const fetched = certificateFetcher(async () => {
      asked += 1;
      return new Response("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----");
    });
    await fetched(good);
    await fetched(good);
    expect(asked).toBe(1);
    const strange = certificateFetcher(async () => new Response("<html>", { status: 200 }));
    expect(strange(good)).rejects.toThrow("No certificate came back");
  });

  test("an event nobody knows yet is kept as unknown", () => {
    const report = readAwsReport(JSON.stringify({ eventType: "TEXT_TELEPATHED", messageId: "m-2" }));
    expect(report).toMatchObject({ status: "unknown", outboxId: null, code: "TEXT_TELEPATHED", at: null });
    expect(readAwsReport('{"eventType":"VOICE_RINGING","messageId":"m"}')).toBeNull();
    expect(readAwsReport("not json")).toBeNull();
  });
});

const form = "application/x-www-form-urlencoded; charset=utf-8";

describe.skipIf(twilioFile === null)("Twilio, against the vectors", () => {
  const vectors: TwilioVectors =
    twilioFile === null ? { authToken: "", cases: [] } : JSON.parse(readFileSync(twilioFile, "utf8"));
  test("every vector is judged right, and every tampered one fails", () => {
    expect(vectors.cases.length).toBeGreaterThanOrEqual(5);
    for (const { name, url, params, signature } of vectors.cases) {
      const genuine = (
        over: { url?: string; params?: Record<string, string>; signature?: string | null; token?: string } = {},
      ) =>
        isFromTwilio(
          {
            url: over.url ?? url,
            signature: over.signature === undefined ? signature : over.signature,
            contentType: form,
            body: new URLSearchParams(over.params ?? params).toString(),
          },
          [over.token ?? vectors.authToken],
        );
      expect([name, genuine()]).toEqual([name, true]);
      for (const key of Object.keys(params))
        expect([name, key, genuine({ params: { ...params, [key]: `${params[key]}x` } })]).toEqual([name, key, false]);
      expect(genuine({ params: { ...params, Extra: "1" } })).toBe(false);
      expect(genuine({ url: `${url}${url.includes("?") ? "&" : "?"}a=1` })).toBe(false);
      expect(genuine({ url: url.replace("https", "http") })).toBe(false);
      expect(genuine({ signature: null })).toBe(false);
      expect(genuine({ signature: signature.toLowerCase() })).toBe(false);
      expect(genuine({ token: "f".repeat(32) })).toBe(false);
    }
  });
});

describe("Twilio", () => {
  const token = randomToken();
  const url = "https://coach.example.org/webhooks/twilio/inbound";

  test("names that come twice are signed once, in order", () => {
    const twice = new URLSearchParams("B=2&A=z&A=y&A=z");
    expect(signedForm(url, twice)).toBe(`${url}AyzB2`);
    const request = { url, signature: hmacSha1(token, `${url}AyzB2`), contentType: form, body: twice.toString() };
    expect(isFromTwilio(request, [token])).toBe(true);
  });

  test("the token before this one counts while both are given, and an empty one never", () => {
    const signature = hmacSha1(token, `${url}A1`);
    const request = { url, signature, contentType: form, body: "A=1" };
    expect(isFromTwilio(request, [randomToken(), token])).toBe(true);
    expect(isFromTwilio(request, [])).toBe(false);
    expect(isFromTwilio({ ...request, signature: hmacSha1("", `${url}A1`) }, [""])).toBe(false);
  });

  test("a JSON body is bound by its hash in the address", () => {
    const body = '{"a":1}';
    const signed = `${url}?bodySHA256=${sha256(body).toString("hex")}`;
    const request = { url: signed, signature: hmacSha1(token, signed), contentType: "application/json", body };
    expect(isFromTwilio(request, [token])).toBe(true);
    expect(isFromTwilio({ ...request, body: '{"a":2}' }, [token])).toBe(false);
    expect(isFromTwilio({ ...request, url, signature: hmacSha1(token, url) }, [token])).toBe(false);
  });

  test("inbound texts and reports are read", () => {
    const inbound = readTwilioInbound(
      new URLSearchParams({
        MessageSid: "SM1",
        From: "+15005550006",
        To: "+15005550001",
        Body: "STOP",
        OptOutType: "STOP",
        NumMedia: "2",
      }),
    );
    expect(inbound).toEqual({
      provider: "twilio",
      providerId: "SM1",
      from: "+15005550006",
      to: "+15005550001",
      body: "STOP",
      media: 2,
      handledByProvider: "stop",
    });
    const report = readTwilioReport(
      new URLSearchParams({ MessageSid: "SM1", MessageStatus: "undelivered", ErrorCode: "30005" }),
      "https://coach.example.org/status?outbox=ob-7",
    );
    expect(report).toMatchObject({ outboxId: "ob-7", status: "undelivered", reason: "unreachable", code: "30005" });
    expect(readTwilioReport(new URLSearchParams({ MessageSid: "SM1", MessageStatus: "teleported" }), "")).toMatchObject(
      { status: "unknown", outboxId: null, reason: null },
    );
    expect(readTwilioInbound(new URLSearchParams({ MessageSid: "SM1" }))).toBeNull();
  });
});
