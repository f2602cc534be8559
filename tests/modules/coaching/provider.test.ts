/** Through a provider: signed webhooks, reports in any order, and everything that can go wrong on the way out. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { adminRoutes } from "@core/admin/routes.ts";
import { defineModule, type Questions } from "@core/module.ts";
import { signedForm } from "@core/sms/twilio-webhook.ts";
import { hmacSha1 } from "@core/vault/webhook-signatures.ts";
import { coaching } from "../../../modules/coaching/module.ts";
import { bring, serve } from "../../fault/coaching.ts";
import { startAwsTexts } from "../../support/aws-sms-stand-in.ts";
import { composedRole } from "../../support/composed-role.ts";
import { startSns } from "../../support/sns-stand-in.ts";
import { startTwilio } from "../../support/twilio-stand-in.ts";
import { testWorld } from "../../support/world.ts";
import { done, type Member, type Service, service, useProvider } from "./service.ts";

/** Where the institution keeps its consents, if it keeps them elsewhere: nobody answers until a test says what. */
let standing: Questions["consent.standing"]["reply"] = "not-required";
const elsewhere = defineModule({
  id: "elsewhere",
  title: "Consents elsewhere",
  summary: "Answers for this test what econsent would.",
  workspaces: ["service"],
  roles: {},
  permissions: {},
  events: {},
  routes: [],
  answers: { "consent.standing": async () => standing },
});

const authToken = "an-invented-token";
const twilio = startTwilio();
let here: Service;
beforeAll(async () => {
  here = await service(await testWorld([coaching, elsewhere], adminRoutes), ["elsewhere"]);
  await useProvider(here, "text", {
    kind: "twilio",
    endpoint: twilio.url,
    config: { accountSid: twilio.accountSid, keySid: twilio.keySid, from: "+15550100000" },
    secret: { keySecret: twilio.keySecret, authToken },
  });
}, 120_000);
afterAll(async () => {
  twilio.stop();
  await here?.stop();
});

let count = 0;
const path = () => `/hooks/${here.workspace.slug}/coaching/twilio`;
async function knock(form: Record<string, string>, over: { signature?: string; query?: string } = {}) {
  const address = `${path()}${over.query ?? ""}`;
  const url = `http://northfield.localhost:3000${address}`;
  const signature = over.signature ?? hmacSha1(authToken, signedForm(url, new URLSearchParams(form)));
  const answer = await here.world
    .stranger()
    .post(address, form, { "x-twilio-signature": signature, "sec-fetch-site": "cross-site" });
  await here.world.settled();
  return answer;
}
const inbound = (member: Pick<Member, "phone">, body: string, sid = `SM${++count}`) => ({
  MessageSid: sid,
  From: member.phone,
  To: "+15550100000",
  Body: body,
  NumMedia: "0",
});
const outbox = (member: Member) =>
  here.rows<{
    id: string;
    status: string;
    tries: number;
    why: string | null;
    provider_id: string | null;
    cause: string;
  }>("select id, status, tries, why, provider_id, cause from coaching.outbox where subject_id = $1 order by made_at", [
    member.id,
  ]);
/** A text that nobody asked for, on its way. */
const queueUnasked = (member: Member, cause: string) =>
  here.rows(
    `with m as (insert into coaching.messages (tenant_id, workspace_id, subject_id, direction, kind, body)
       select tenant_id, workspace_id, subject_id, 'out', 'journey', '\\x00' from coaching.members where subject_id = $1 returning *)
     insert into coaching.outbox (tenant_id, workspace_id, subject_id, message_id, cause, purpose, speaker, epoch, until_at)
     select tenant_id, workspace_id, subject_id, id, $2, 'proactive', 'bot', 1, now() + interval '30 hours' from m`,
    [member.id, cause],
  );
const report = (row: { id: string; provider_id: string | null } | undefined, status: string, code = "") =>
  knock(
    { MessageSid: row?.provider_id ?? "", MessageStatus: status, ...(code ? { ErrorCode: code } : {}) },
    { query: `?outbox=${row?.id}` },
  );

describe("a webhook", () => {
  test("is taken only with the provider's signature, once, and answered at once", async () => {
    const wes = await here.invite("Wes Webhook");
    const text = inbound(wes, "bg 45");
    for (const signature of ["", "AAAA", hmacSha1("another", "x")])
      expect((await knock(text, { signature })).status).toBe(403);
    expect(await outbox(wes)).toEqual([]);
    const taken = await knock(text);
    expect([taken.status, taken.text]).toEqual([200, "<Response/>"]);
    await Promise.all([knock(text), knock(text), knock(text)]);
    expect(await outbox(wes)).toHaveLength(1);
    expect(twilio.accepted.filter((form) => form.To === wes.phone)).toHaveLength(1);
    expect(await here.rows("select stage, raw from coaching.inbound where subject_id = $1", [wes.id])).toEqual([
      { stage: "routed", raw: null },
    ]);
  });

  test("of another institution or workspace, or of the other provider, opens nothing", async () => {
    const stranger = here.world.stranger(here.world.there);
    expect((await stranger.post(path(), {})).status).toBe(404);
    expect((await here.world.stranger().post(path().replace("twilio", "aws"), { a: "b" })).status).toBe(403);
    expect((await here.world.stranger().get(path())).status).toBe(404);
  });

  test("a stranger is answered twice a day, an emergency of a stranger like anybody's, a machine never", async () => {
    const stranger = { phone: "+15550999999" };
    for (const words of ["hello", "who", "again", "and again"]) await knock(inbound(stranger, words));
    expect(twilio.accepted.filter((form) => form.To === stranger.phone)).toHaveLength(2);
    await knock(inbound({ phone: "+15550888888" }, "i took all my pills and want to die"));
    expect(twilio.accepted.find((form) => form.To === "+15550888888")?.Body).toContain("988");
    await knock(inbound({ phone: "72345" }, "do not reply"));
    expect(twilio.accepted.filter((form) => form.To === "72345")).toEqual([]);
  });

  test("two machines that answer each other are noticed", async () => {
    const echo = await here.invite("Echo Machine");
    for (let times = 0; times < 6; times++) await knock(inbound(echo, "Thank you for your message."));
    expect((await outbox(echo)).length).toBeLessThan(3);
    expect(
      await here.rows("select 1 from coaching.tasks where subject_id = $1 and kind = 'loop'", [echo.id]),
    ).toHaveLength(1);
  });
});

describe("reports", () => {
  test("late, twice and out of order end the same", async () => {
    const rob = await here.invite("Rob Reported");
    await knock(inbound(rob, "bg 45"));
    const [row] = await outbox(rob);
    expect(row?.status).toBe("accepted");
    for (const status of ["delivered", "sent", "queued", "delivered", "sent"]) await report(row, status);
    expect((await outbox(rob))[0]?.status).toBe("delivered");
    expect(await here.rows("select 1 from coaching.receipts where outbox_id = $1", [row?.id])).toHaveLength(3);
  });

  test("a safety text that did not arrive calls a person; a number that is none has to be verified", async () => {
    const una = await here.invite("Una Undelivered");
    await knock(inbound(una, "bg 45"));
    const [row] = await outbox(una);
    await report(row, "undelivered", "30006");
    expect(await here.rows("select kind from coaching.tasks where subject_id = $1 order by kind", [una.id])).toEqual([
      { kind: "number" },
      { kind: "undelivered" },
    ]);
    expect(
      await here.rows("select kind from coaching.consent_events where subject_id = $1 order by at desc limit 1", [
        una.id,
      ]),
    ).toEqual([{ kind: "number-invalid" }]);
  });
});

/** As if its process had died half a minute ago; then whatever is due. */
const lease = async (member: Member) => {
  await here.rows(
    "update coaching.outbox set leased_until = now() - interval '1 second' where subject_id = $1 and status = 'sending'",
    [member.id],
  );
  await here.run("coaching.send");
  await here.rows("update coaching.outbox set next_at = now() where subject_id = $1 and status = 'queued'", [
    member.id,
  ]);
  await here.run("coaching.send");
};
const sentTo = (member: Member) => twilio.accepted.filter((form) => form.To === member.phone).length;
const incidents = (member: Member) =>
  here.rows<{ cause: string; tier: string; role: string; rung: string | null }>(
    "select split_part(cause, ':', 1) as cause, tier, role, rung from coaching.incidents where subject_id = $1 order by opened_at",
    [member.id],
  );

// The short form of `bun run fault coaching`: a process of its own, killed where it hurts most.
describe("kill -9", () => {
  test.each([
    ["taken up, before COMMIT", 1, "accepted"],
    ["claimed, the provider not called", 2, "accepted"],
    ["taken by the provider, its answer unread", 1, "accepted"],
  ] as const)("%s: nothing is lost and nothing is said twice", async (dieAt, tries, status) => {
    const kay = await here.invite(`Kay ${dieAt.slice(0, 9)}`);
    const { child, port } = await serve(here, { dieAt, spare: 0, worker: false, certificate: "" });
    const url = `http://northfield.localhost:3000${path()}`;
    const form = new URLSearchParams(inbound(kay, "bg 45"));
    const headers = {
      "x-twilio-signature": hmacSha1(authToken, signedForm(url, form)),
      "content-type": "application/x-www-form-urlencoded",
    };
    expect(await bring(here, port, { path: path(), body: form.toString(), headers })).toBe(true);
    await child.exited;
    // What the clock would do, without waiting for it.
    await here.rows("update coaching.inbound set made_at = now() - interval '1 minute' where stage = 'received'");
    const [left] = await here.rows<{ id: string }>("select id from coaching.inbound where stage = 'received'");
    if (left) await here.run("coaching.take_up", { inbound: left.id });
    await lease(kay);
    const [row, ...more] = await outbox(kay);
    expect(row).toMatchObject({ status, tries });
    expect(more).toEqual([]);
    expect(sentTo(kay)).toBe(1);
  });
});

describe("the way out", () => {
  test("throttled: again later, once accepted in the end", async () => {
    const tim = await here.invite("Tim Throttled");
    twilio.behave("throttle");
    await knock(inbound(tim, "bg 45"));
    expect((await outbox(tim))[0]).toMatchObject({ status: "queued", tries: 1, why: "throttled" });
    twilio.behave("ok");
    await here.rows("update coaching.outbox set next_at = now() where subject_id = $1", [tim.id]);
    await here.run("coaching.send");
    expect((await outbox(tim))[0]).toMatchObject({ status: "accepted", tries: 2 });
  });

  test("a member whose key was destroyed with a text on its way keeps nobody else's from going out", async () => {
    const [gina, nina] = [await here.invite("Gina Gone"), await here.invite("Nina Next")];
    twilio.behave("throttle");
    await knock(inbound(gina, "bg 45"));
    twilio.behave("ok");
    await here.rows("update coaching.outbox set next_at = now() where subject_id = $1", [gina.id]);
    await here.rows("update core.keys set wrapped = null, destroyed_at = clock_timestamp() where subject_id = $1", [
      gina.id,
    ]);
    here.world.house.vault.keys.clear();
    await knock(inbound(nina, "bg 45"));
    expect((await outbox(nina))[0]).toMatchObject({ status: "accepted", tries: 1 });
    expect((await outbox(gina))[0]).toMatchObject({ status: "failed", why: "number-invalid" });
  });

  // The provider has it or has it not: it was asked, and in the end the member has the text once.
  test.each([
    ["an answer that was lost, of a text that was taken", "taken", 1],
    ["an answer that was lost, of a text that was not", "500", 2],
    ["silence, of a text that was taken", "mute", 1],
  ] as const)("%s: asked after, and once with the member", async (name, mode, tries) => {
    const fay = await here.invite(`Fay ${name.slice(-9)} ${mode}`);
    twilio.behave(mode);
    await knock(inbound(fay, "bg 45"));
    expect((await outbox(fay))[0]?.status).toBe("sending");
    twilio.behave("ok");
    // Before its lease is over nobody touches it.
    await here.run("coaching.send");
    expect((await outbox(fay))[0]).toMatchObject({ status: "sending", tries: 1 });
    await lease(fay);
    expect((await outbox(fay))[0]).toMatchObject({ status: "accepted", tries });
    expect(sentTo(fay)).toBe(1);
    expect((await incidents(fay)).map(({ cause }) => cause)).toEqual(["page"]);
  });

  test("a provider that cannot say: people are called at the first silence, nothing is sent, and it is asked again", async () => {
    const sid = await here.invite("Sid Silent");
    twilio.behave("500");
    await knock(inbound(sid, "bg 60"));
    await lease(sid);
    const [row] = await outbox(sid);
    expect(row).toMatchObject({ status: "sending", tries: 1 });
    // A low value alone pages nobody; our text not having gone out does, a very low one's urgency at least.
    expect(await incidents(sid)).toEqual([{ cause: "unheard", tier: "H2", role: "on-call", rung: "coach" }]);
    await lease(sid);
    expect(await incidents(sid)).toHaveLength(1);
    expect(
      await here.rows("select step, what from coaching.incident_steps where subject_id = $1 and step = 'unheard'", [
        sid.id,
      ]),
    ).toEqual([
      {
        step: "unheard",
        what: "the safety text cannot be shown to have gone out (the provider cannot say whether it has it)",
      },
    ]);
    twilio.behave("ok");
    await lease(sid);
    expect((await outbox(sid))[0]).toMatchObject({ status: "accepted", tries: 2 });
    expect(sentTo(sid)).toBe(1);
  });

  test("too late to be of use and still no word: left as unknown; a report tells the truth after all", async () => {
    const lou = await here.invite("Lou Late");
    twilio.behave("500");
    await knock(inbound(lou, "bg 45"));
    await here.rows("update coaching.outbox set until_at = now() where subject_id = $1", [lou.id]);
    await lease(lou);
    twilio.behave("ok");
    const [row] = await outbox(lou);
    expect(row).toMatchObject({ status: "unknown", why: "no word of it, and too late" });
    expect(sentTo(lou)).toBe(0);
    // The member's own low value has called people already: they are told in that incident.
    expect((await incidents(lou)).map(({ cause }) => cause)).toEqual(["page"]);
    expect(
      await here.rows("select 1 from coaching.incident_steps where subject_id = $1 and step = 'unheard'", [lou.id]),
    ).toHaveLength(1);
    await knock({ MessageSid: "SMlate", MessageStatus: "delivered" }, { query: `?outbox=${row?.id}` });
    expect((await outbox(lou))[0]).toMatchObject({ status: "delivered", provider_id: "SMlate" });
  });

  test("who answered the incident already is told that the member may not have our text", async () => {
    const ann = await here.invite("Ann Answered");
    twilio.behave("500");
    await knock(inbound(ann, "bg 45"));
    const [incident] = await here.rows<{ id: string }>("select id from coaching.incidents where subject_id = $1", [
      ann.id,
    ]);
    await done(here.as.coach.post(here.url(`/incidents/${incident?.id}/acknowledge`)));
    const letters = () => here.rows<{ n: number }>("select count(*)::int as n from core.mails");
    const [{ n: before } = { n: -1 }] = await letters();
    await lease(ann);
    twilio.behave("ok");
    expect((await letters())[0]?.n).toBe(before + 1);
  });

  test("opted out at the carrier: recorded, and never tried again", async () => {
    const opal = await here.invite("Opal Optout");
    twilio.refused.set(opal.phone, 21610);
    await knock(inbound(opal, "bg 45"));
    expect((await outbox(opal))[0]).toMatchObject({ status: "failed", tries: 1 });
    expect(
      await here.rows("select kind from coaching.consent_events where subject_id = $1 order by at desc limit 1", [
        opal.id,
      ]),
    ).toEqual([{ kind: "opted-out" }]);
  });

  test("quiet hours hold what nobody asked for, and consent is asked again at the moment of sending", async () => {
    const quin = await here.invite("Quin Quiet");
    await done(
      here.as.supervisor.post(here.url(`/members/${quin.id}/settings`), {
        locale: "en",
        zone: new Date().getUTCHours() < 12 ? "Pacific/Kiritimati" : "Pacific/Honolulu",
        unit: "mg/dL",
        windowFrom: "20:58",
        windowUntil: "20:59",
        replies: "off",
      }),
    );
    await queueUnasked(quin, "quiet-1");
    await here.run("coaching.send");
    expect((await outbox(quin)).at(-1)).toMatchObject({ status: "held", why: "quiet-hours" });
    await done(here.as.coach.post(here.url(`/members/${quin.id}/consent`), { kind: "paused", source: "voice" }));
    await here.rows("update coaching.outbox set next_at = now() where cause = 'quiet-1'");
    await here.run("coaching.send");
    expect((await outbox(quin)).at(-1)).toMatchObject({ status: "cancelled", why: "consent: paused" });
  });

  test.each([
    ["withdrawn", "proactive", "cancelled", "consent to be contacted was withdrawn"],
    ["pending", "proactive", "cancelled", "consent to be contacted was not given yet"],
    ["withdrawn", "reply", "cancelled", "consent to be contacted was withdrawn"],
    ["pending", "reply", "accepted", null],
    ["withdrawn", "safety", "accepted", null],
  ] as const)("a consent kept elsewhere that is %s: a text that is %s is %s", async (kept, purpose, status, why) => {
    const cara = await here.invite(`Cara ${kept} ${purpose}`);
    standing = kept;
    try {
      if (purpose === "proactive") {
        await queueUnasked(cara, `elsewhere-${kept}`);
        await here.run("coaching.send");
      } else await knock(inbound(cara, purpose === "safety" ? "bg 60" : "what is a good lunch"));
      expect((await outbox(cara)).at(-1)).toMatchObject({ status, why });
    } finally {
      standing = "not-required";
    }
  });

  test("no provider in force: people are called at once, and it is sent when there is one again", async () => {
    const nan = await here.invite("Nan None");
    const until = (day: string) =>
      here.rows("update core.providers set agreed_until = $1 where service = 'text' returning id", [day]);
    expect(await until("2021-01-01")).toHaveLength(1);
    await here.text(nan, "bg 60");
    expect((await outbox(nan))[0]).toMatchObject({ status: "held", why: "no provider is in use", tries: 0 });
    expect((await incidents(nan)).map(({ cause }) => cause)).toEqual(["unheard"]);
    await until("2099-01-01");
    await here.rows("update coaching.outbox set next_at = now() where subject_id = $1", [nan.id]);
    await here.run("coaching.send");
    expect((await outbox(nan))[0]).toMatchObject({ status: "accepted", tries: 1 });
    expect(sentTo(nan)).toBe(1);
  });
});

// The last one: from here on the service sends through Amazon.
describe("through Amazon", () => {
  const sns = startSns();
  const aws = startAwsTexts();
  afterAll(() => aws.stop());
  const hook = () => path().replace("twilio", "aws");
  const bringNotice = async (body: string) => {
    const request = new Request(`http://northfield.localhost:3000${hook()}`, {
      method: "POST",
      body,
      headers: { "content-type": "text/plain; charset=UTF-8" },
    });
    const answer = await here.world.web.fetch(request, "127.0.0.1");
    await here.world.settled();
    return answer.status;
  };

  test("a notice is taken only as it was signed, of the topic that is listed, once; reports are merged by the text they name", async () => {
    (here.world.house as { certificates: typeof sns.certificates }).certificates = sns.certificates;
    await useProvider(here, "text", {
      kind: "aws-sms",
      endpoint: aws.url,
      config: { originationIdentity: "pool-1", topicArns: sns.topicArn, accessKeyId: aws.credentials.accessKeyId },
      secret: { secretAccessKey: aws.credentials.secretAccessKey },
    });
    const amy = await here.invite("Amy Amazon");
    const text = sns.inbound(amy.phone, "bg 45", "in-1");
    const forged = [
      sns.notice(text, { over: { Message: JSON.stringify(sns.inbound(amy.phone, "bg 40", "in-1")) } }),
      sns.notice(text, { over: { TopicArn: "arn:aws:sns:us-east-1:999999999999:sms" } }),
      sns.notice(text, { over: { SignatureVersion: "1" } }),
      sns.notice(text, { over: { SigningCertURL: "https://sns.us-east-1.amazonaws.com.evil.example/x.pem" } }),
      sns.notice(text, { at: new Date(Date.now() - 3 * 3_600_000) }),
      "{}",
    ];
    for (const body of forged) expect(await bringNotice(body)).toBe(403);
    expect(await outbox(amy)).toEqual([]);
    // SNS brings a notice at least once, and the provider's own id makes it one.
    for (let times = 0; times < 3; times += 1) expect(await bringNotice(sns.notice(text))).toBe(200);
    const [row, ...more] = await outbox(amy);
    expect([row?.status, more, aws.taken.filter(({ to }) => to === amy.phone).length]).toEqual(["accepted", [], 1]);
    expect(aws.accepted.at(-1)?.Context).toEqual({ outbox_id: row?.id ?? "" });
    for (const event of ["TEXT_DELIVERED", "TEXT_SENT", "TEXT_QUEUED", "TEXT_DELIVERED"])
      expect(await bringNotice(sns.notice(sns.report(row?.id ?? "", event, row?.provider_id ?? "")))).toBe(200);
    expect((await outbox(amy))[0]?.status).toBe("delivered");
  });

  test("it cannot be asked after a lost text: nothing is said twice, and people are called", async () => {
    const ada = await here.invite("Ada Amazon");
    aws.behave("500");
    expect(await bringNotice(sns.notice(sns.inbound(ada.phone, "bg 60", "in-2")))).toBe(200);
    aws.behave("ok");
    await lease(ada);
    expect((await outbox(ada))[0]).toMatchObject({ status: "unknown", why: "no word of it", tries: 1 });
    expect((await incidents(ada)).map(({ cause }) => cause)).toEqual(["unheard"]);
    expect(aws.taken.filter(({ to }) => to === ada.phone)).toEqual([]);
  });
});

test("whoever holds a role that the institution composed can be a member's coach", async () => {
  const coaches = await composedRole(here.world, "service", ["coaching.members.care@assigned:coach"]);
  await here.world.person("Olga Own", coaches, here.workspace);
  await here.world.person(
    "Nadia None",
    await composedRole(here.world, "service", ["core.colleagues.read@workspace"]),
    here.workspace,
  );
  const page = (await here.as.manager.get(here.url("/members/invite"))).text;
  expect([page.includes("Olga Own"), page.includes("Nadia None")]).toEqual([true, false]);
});
