/** The other ways in which answers come: a blind second person, a participant's link, a program's key. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { adminRoutes } from "@core/admin/routes.ts";
import { startWorker } from "@core/jobs/worker.ts";
import type { Letter } from "@core/mail/mail.ts";
import { programRoutes } from "@core/programs/routes.tsx";
import { signedForm } from "@core/sms/twilio-webhook.ts";
import { LeasePool } from "@core/tenancy/lease.ts";
import { Transactions } from "@core/tenancy/transaction.ts";
import { contextKey } from "@core/vault/context-seal.ts";
import { hmacSha1 } from "@core/vault/webhook-signatures.ts";
import { coaching } from "../../../modules/coaching/module.ts";
import { differencesOf, mayDecide } from "../../../modules/studies/capture/second-entry.ts";
import {
  attempt,
  clockIn,
  isAwake,
  isToRemind,
  newCode,
  notAsked,
  plainCode,
  plannedSurveys,
  shownCode,
  surveyStateOf,
} from "../../../modules/studies/capture/surveys.ts";
import { planOf } from "../../../modules/studies/model/plan.ts";
import { studies } from "../../../modules/studies/module.ts";
import { until } from "../../core/jobs/until.ts";
import { startAwsTexts } from "../../support/aws-sms-stand-in.ts";
import { strike } from "../../support/clock.ts";
import { lettersOf } from "../../support/letters.ts";
import { startSns } from "../../support/sns-stand-in.ts";
import { startTwilio } from "../../support/twilio-stand-in.ts";
import { type Client, type TestPerson, testWorld } from "../../support/world.ts";
import { service, useProvider } from "../coaching/service.ts";
import { type StudyStage, studyIn } from "./stage.ts";
import { waysInStudy } from "./ways-in-study.ts";

let stage: StudyStage;
let base: string;
let cora: Client;
let dan: Client;
beforeAll(async () => {
  stage = await studyIn(await testWorld([studies, coaching], [...adminRoutes, ...programRoutes]));
  base = stage.base;
  await stage.publish(waysInStudy);
  cora = (await stage.person("Cora", "study_coordinator", stage.north)).client;
  dan = (await stage.person("Dan", "data_manager")).client;
});
const endings: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const end of endings) await end();
  await stage.world.stop();
});

const dayFrom = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
async function enrol(site = stage.north, client = cora, enrolledOn = "2026-01-10"): Promise<string> {
  const answer = await client.post(`${base}/participants/new`, { siteId: site, enrolledOn });
  expect(answer.status).toBe(303);
  return answer.location.split("/").at(-1) ?? "";
}
const at = (subject: string, form = "demo") => `${base}/participants/${subject}/forms/baseline/-/${form}/-`;
const f = (item: string, key = "", section = "demo_main") => `${section}~${key}~${item}`;
function filled(values: Record<string, string>, version = 0, act = "save") {
  const sent: Record<string, string> = { act };
  for (const [item, value] of Object.entries(values)) {
    sent[`b.${f(item)}`] = String(version);
    sent[`v.${f(item)}`] = value;
  }
  return sent;
}

/** Begins a job here now, as the clock would, and waits until it is done, and what it asked for too. */
async function runNow(job: string): Promise<void> {
  const runs = async () =>
    (
      await stage.world.sql(
        "select from core.audit_events where actor_name = $1 and workspace_id = $2 and outcome = 'done'",
        [`system:${job}`, stage.study.id],
      )
    ).length;
  const before = await runs();
  await strike(stage.world, job);
  await until(job, async () => (await runs()) > before);
  await stage.world.settled();
}

// ── Double entry ────────────────────────────────────────────────────────────────────────────────────────────────────

describe("two people enter a form", () => {
  let ada: { person: TestPerson; client: Client };
  let bea: { person: TestPerson; client: Client };
  let subject: string;
  beforeAll(async () => {
    ada = await stage.person("Ada Entry", "data_entry", stage.north);
    bea = await stage.person("Bea Entry", "data_entry", stage.north);
    subject = await enrol();
  });

  test("what is compared: numbers by value, units, missing answers, and never what is computed, encrypted or blinded", () => {
    const plan = planOf(waysInStudy);
    const answer = (item: string, raw: string | null, unit: string | null = null) => ({
      section: "demo_main",
      sectionKey: "",
      item,
      raw,
      nullFlavour: null,
      unit,
    });
    const cases: [string, string | null, string | null, string | null, string | null, boolean][] = [
      ["weight", "70", null, "70.0", null, true],
      ["weight", "70", null, "070", "u_kg", true],
      ["weight", "70", null, "70", "u_lb", false],
      ["weight", "70", null, "71", null, false],
      ["weight", "70", null, null, null, false],
      ["sex", "f", null, "m", null, false],
      ["bmi", "22", null, "23", null, true],
      ["mail", "a", null, "b", null, true],
      ["kit", "A", null, "B", null, true],
    ];
    for (const [item, one, unit, other, otherUnit, agree] of cases) {
      const differ = differencesOf(plan, "demo", [answer(item, one, unit)], [answer(item, other, otherUnit)]);
      expect([item, one, other, differ.length === 0]).toEqual([item, one, other, agree]);
    }
    const hands = { madeBy: "first", hands: ["first", "helper"] };
    const who: [string, "a third person" | "anyone but the second person", boolean][] = [
      ["third", "a third person", true],
      ["second", "a third person", false],
      ["second", "anyone but the second person", false],
      ["first", "a third person", false],
      ["helper", "a third person", false],
      ["first", "anyone but the second person", true],
    ];
    for (const [person, rule, may] of who)
      expect([person, rule, mayDecide(person, hands, "second", rule) === null]).toEqual([person, rule, may]);
  });

  test("the second person is blind, and the first cannot be the second", async () => {
    const first = filled({ sex: "f", weight: "71.5", height: "170" }, 0, "complete");
    expect((await ada.client.post(at(subject), first)).status).toBe(303);
    expect((await ada.client.get(at(subject))).text).toContain("71.5");
    // Every page of the form leads Bea to an empty one, and nothing she can ask for holds an answer.
    const led = await bea.client.get(at(subject));
    expect([led.status, led.location.endsWith("/second")]).toEqual([303, true]);
    const blank = await bea.client.get(`${at(subject)}/second`);
    expect([blank.status, blank.text.includes("71.5"), blank.text.includes("without seeing")]).toEqual([
      200,
      false,
      true,
    ]);
    for (const path of [`${at(subject)}/compare`, `${at(subject)}/decide`])
      expect((await bea.client.get(path)).text).not.toContain("71.5");
    expect((await bea.client.post(at(subject), filled({ weight: "60" }))).status).toBe(422);
    expect((await bea.client.get(`${base}/participants/${subject}`)).text).not.toContain("71.5");
    // Ada had a hand in it.
    expect((await ada.client.get(`${at(subject)}/second`)).status).toBe(422);
    expect((await ada.client.post(`${at(subject)}/second`, filled({ sex: "f" }))).status).toBe(422);
    // Cora is no second person at all.
    expect((await cora.get(`${at(subject)}/second`)).status).toBe(403);
    expect((await bea.client.get(`${base}/double-entry`)).text).toContain("Waits for a second person");
  });

  test("she saves as she goes, and hard checks hold for her too", async () => {
    const quick = await bea.client.post(`${at(subject)}/second/quick`, filled({ sex: "f", weight: "2" }));
    expect([quick.status, quick.text.includes("Not saved: At least 20 kg.")]).toEqual([200, true]);
    const again = await bea.client.get(`${at(subject)}/second`);
    expect(/value="f"[^>]*checked|checked[^>]*value="f"/.test(again.text)).toBe(true);
    expect(
      (await bea.client.post(`${at(subject)}/second`, filled({ sex: "f", weight: "2" }, 1, "complete"))).status,
    ).toBe(422);
    const done = await bea.client.post(
      `${at(subject)}/second`,
      filled({ sex: "f", weight: "75.1", height: "170" }, 1, "complete"),
    );
    expect([done.status, done.location.endsWith("/double-entry")]).toEqual([303, true]);
    // Entered is entered; and still she sees nothing of the first.
    expect((await bea.client.get(`${at(subject)}/second`)).status).toBe(422);
    expect((await bea.client.get(`${at(subject)}/decide`)).text).not.toContain("71.5");
    // Nor does Ada see the second entry.
    expect((await ada.client.get(`${at(subject)}/decide`)).status).toBe(404);
  });

  test("a third person decides, the record keeps both, everybody may see it, and only then it is signed", async () => {
    const ivy = await stage.person("Ivy Investigator", "investigator", stage.north);
    const ink = await stage.signer(ivy.person);
    const signing = `${base}/participants/${subject}/sign`;
    const held = (await ivy.client.get(signing)).text;
    expect([held.includes("Entered by two people and not compared yet"), held.includes('name="sheets"')]).toEqual([
      true,
      false,
    ]);
    const [sheet] = await stage.world.sql<{ id: string }>(
      "select id from studies.sheets where subject_id = $1 and form = 'demo'",
      [subject],
    );
    const sheets = sheet?.id ?? "";
    expect((await ivy.client.post(signing, { sheets, ...ink })).status).toBe(422);
    const past = stage.world.sql(
      `insert into studies.sheet_signatures (tenant_id, workspace_id, subject_id, sheet_id, revision, version_id, sha256, meaning, printed_name)
       select tenant_id, workspace_id, subject_id, id, revision, version_id, sha256('x'), 'I agree', 'Ivy' from studies.sheets where id = $1`,
      [sheets],
    );
    await expect(past).rejects.toThrow("signed once their entries are compared");
    expect((await dan.get(`${base}/work`)).text).toContain("Two entries to decide between");
    const page = await dan.get(`${at(subject)}/decide`);
    expect([page.status, page.text.includes("71.5"), page.text.includes("75.1"), page.text.includes("Height")]).toEqual(
      [200, true, true, false],
    );
    expect((await cora.post(`${at(subject)}/decide`, {})).status).toBe(403);
    expect((await dan.post(`${at(subject)}/decide`, {})).status).toBe(422);
    const other = {
      [`choose.${f("weight")}`]: "other",
      [`other.${f("weight")}`]: "2",
      [`reason.${f("weight")}`]: "Paper",
    };
    expect((await dan.post(`${at(subject)}/decide`, other)).text).toContain("At least 20 kg.");
    const chosen = { [`choose.${f("weight")}`]: "second", [`reason.${f("weight")}`]: "Seen on paper" };
    expect((await dan.post(`${at(subject)}/decide`, chosen)).status).toBe(303);
    expect((await dan.post(`${at(subject)}/decide`, chosen)).status).toBe(409);
    const rows = await stage.world.sql<{ raw: string; source: string; reason: string }>(
      `select raw, source, reason from studies.field_values where subject_id = $1 and item = 'weight'
       union all select raw, source, reason from studies.value_history where subject_id = $1 and item = 'weight'`,
      [subject],
    );
    expect(rows).toEqual([
      { raw: "75.1", source: "second entry", reason: "Decided between two entries: Seen on paper" },
      { raw: "71.5", source: "entry", reason: "" },
    ]);
    const [bmi] = await stage.world.sql<{ raw: string }>(
      "select raw from studies.field_values where subject_id = $1 and item = 'bmi'",
      [subject],
    );
    expect(bmi?.raw).toBe("26");
    for (const client of [ada.client, bea.client, cora])
      expect((await client.get(`${at(subject)}/decide`)).text).toContain("75.1");
    expect((await ivy.client.get(signing)).text).toContain(`value="${sheets}"`);
    expect((await ivy.client.post(signing, { sheets, ...ink })).status).toBe(303);
  });

  test("two entries that agree close by themselves; one that is given up makes room for another person", async () => {
    const same = await enrol();
    await ada.client.post(at(same), filled({ sex: "m", weight: "80" }, 0, "complete"));
    const cleo = await stage.person("Cleo Entry", "data_entry", stage.north);
    await cleo.client.post(`${at(same)}/second`, filled({ sex: "m" }));
    expect((await bea.client.post(`${at(same)}/second`, filled({ sex: "m" }))).status).toBe(409);
    expect((await dan.post(`${at(same)}/second/give-up`, { giveUpReason: "On leave" })).status).toBe(303);
    await bea.client.post(`${at(same)}/second`, filled({ sex: "m", weight: "80.0" }, 0, "complete"));
    const [entry] = await stage.world.sql<{ differences: number; decided: boolean }>(
      "select differences, decided_at is not null as decided from studies.second_entries where subject_id = $1 and withdrawn_at is null",
      [same],
    );
    expect(entry).toEqual({ differences: 0, decided: true });
  });
});

// ── A participant's link ────────────────────────────────────────────────────────────────────────────────────────────

describe("a participant answers by link", () => {
  const phone = () => stage.world.stranger();
  const p = (item: string) => `diary_main~~${item}`;
  const typed = (values: Record<string, string>, act: string, version = "0") => {
    const sent: Record<string, string> = { act };
    for (const [item, value] of Object.entries(values)) {
      sent[`b.${p(item)}`] = version;
      sent[`v.${p(item)}`] = value;
    }
    return sent;
  };
  const place = { event: "week1", eventKey: "", form: "diary", formKey: "" };
  async function asked(channel = "email"): Promise<string> {
    const subject = await enrol(stage.north, cora, dayFrom(-7));
    const contact = { channel, language: "es", email: `p.${subject}@example.org`, phone: "+34 600 000 001" };
    expect((await cora.post(`${base}/participants/${subject}/surveys/contact`, contact)).status).toBe(303);
    return subject;
  }
  /** The link in the newest letter to this participant. */
  async function letterTo(subject: string): Promise<string> {
    await stage.world.settled();
    const letters = await lettersOf(stage.world);
    return letters.find(({ to }) => to === `p.${subject}@example.org`)?.text ?? "";
  }
  const linkIn = (text: string) => /https?:\/\/[^/\s]+(\/p\/[^\s]+)/.exec(text)?.[1] ?? "";
  const surveyOf = async (subject: string) =>
    (
      await stage.world.sql<{ id: string; answered: boolean; sends: number; link_id: string | null }>(
        "select id, answered_at is not null as answered, sends, link_id from studies.surveys where subject_id = $1 order by made_at desc limit 1",
        [subject],
      )
    )[0];

  test("what is due, when it is reminded of, by which clock, and who is not asked", () => {
    const plan = planOf(waysInStudy);
    const planned = plannedSurveys(plan, { arm: "", enrolledOn: "2026-01-10" }, () => null);
    expect(planned).toEqual([{ ...place, opensOn: "2026-01-15", dueOn: "2026-01-17", closesOn: "2026-01-22" }]);
    const facts = { closesOn: "2026-01-22", openedAt: null, answeredAt: null, withdrawnAt: null };
    const at = new Date("2026-01-16T12:00:00Z");
    const states: [Parameters<typeof surveyStateOf>, string][] = [
      [[null, planned[0] ?? null, false, "2026-01-14"], "later"],
      [[null, planned[0] ?? null, false, "2026-01-15"], "due"],
      [[null, planned[0] ?? null, false, "2026-01-23"], "missed"],
      [[null, planned[0] ?? null, true, "2026-01-16"], "opted out"],
      [[facts, null, false, "2026-01-16"], "sent"],
      [[{ ...facts, openedAt: at }, null, false, "2026-01-22"], "begun"],
      [[{ ...facts, openedAt: at }, null, false, "2026-01-23"], "missed"],
      [[{ ...facts, answeredAt: at }, null, true, "2026-02-23"], "answered"],
      [[{ ...facts, withdrawnAt: at }, null, false, "2026-01-16"], "withdrawn"],
    ];
    for (const [given, is] of states) expect([is, surveyStateOf(...given)]).toEqual([is, is as never]);
    const settings = { surveyReminders: 2, surveyReminderDays: 3 };
    const sent = (sends: number, days: number) => ({
      ...facts,
      sends,
      sentAt: new Date(at.getTime() - days * 86_400_000),
    });
    for (const [sends, days, day, is] of [
      [1, 3, "2026-01-16", true],
      [1, 2.9, "2026-01-16", false],
      [2, 3, "2026-01-16", true],
      [3, 9, "2026-01-16", false],
      [1, 9, "2026-01-23", false],
    ] as const)
      expect([sends, days, isToRemind(sent(sends, days), settings, day, at)]).toEqual([sends, days, is]);
    expect(clockIn("Pacific/Auckland", new Date("2026-01-16T12:30:00Z"))).toEqual({ day: "2026-01-17", hour: 1 });
    expect(clockIn("Nowhere/Land", at)).toEqual({ day: "2026-01-16", hour: 12 });
    expect([8, 9, 19, 20].map((hour) => isAwake(hour, { surveyFrom: 9, surveyTo: 20 }))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect([23, 3, 12].map((hour) => isAwake(hour, { surveyFrom: 22, surveyTo: 6 }))).toEqual([true, true, false]);
    const well = { status: "enrolled", optedOut: false, newData: null, contact: null } as const;
    expect(notAsked(well)).toBeNull();
    for (const wrong of [
      { optedOut: true },
      { status: "withdrawn" },
      { newData: "withdrawn" },
      { newData: "pending" },
      { contact: "withdrawn" },
    ] as const)
      expect(notAsked({ ...well, ...wrong })).not.toBeNull();
    const code = newCode();
    expect([code.length, plainCode(` ${shownCode(code).toLowerCase()} `) === code, newCode() === code]).toEqual([
      8,
      true,
      false,
    ]);
    let counted = { tries: 0, shutUntil: null as Date | null };
    const heard = [1, 2, 3, 4, 5, 6].map(() => {
      const next = attempt(counted, false, at);
      counted = next;
      return next.is;
    });
    expect(heard).toEqual(["wrong", "wrong", "wrong", "wrong", "shut", "shut"]);
    expect(attempt(counted, true, at).is).toBe("shut");
    expect(attempt(counted, true, new Date(at.getTime() + 31 * 60_000)).is).toBe("right");
  });

  test("sent by mail, answered on a telephone in the own language, saved, gone on with by the code, closed", async () => {
    const subject = await asked();
    expect((await cora.post(`${base}/participants/${subject}/surveys`, { ...place, how: "send" })).status).toBe(303);
    const letter = await letterTo(subject);
    expect([letter.includes("Le espera un cuestionario"), letter.includes("Small"), letter.includes("Dolor")]).toEqual([
      false,
      false,
      false,
    ]);
    const link = linkIn(letter);
    const list = await phone().get(link);
    expect([list.status, list.text.includes("Cómo se ha encontrado"), list.text.includes('lang="es"')]).toEqual([
      200,
      true,
      true,
    ]);
    const survey = await surveyOf(subject);
    const begun = await phone().post(`${link}/${survey?.id}/begin`);
    expect(begun.status).toBe(303);
    const own = begun.location;
    expect(own.startsWith(link.slice(0, 30))).toBe(false);
    const form = await phone().get(own);
    expect([
      form.status,
      form.text.includes("Dolor hoy"),
      form.text.includes("¿Dónde"),
      form.text.includes("Dosis"),
    ]).toEqual([200, true, false, false]);
    const code = /(?<![\w-])[A-Z2-9]{4}-[A-Z2-9]{4}(?![\w-])/.exec(form.text)?.[0] ?? "";
    // As one goes: what is wrong waits on the page, in words of the participant.
    const wrong = await phone().post(`${own}/quick`, typed({ pain: "11" }, "save"));
    expect([wrong.status, wrong.text.includes("Como máximo 10.")]).toEqual([200, true]);
    const quick = await phone().post(`${own}/quick`, typed({ pain: "5" }, "save"));
    expect([quick.status, quick.text.includes("¿Dónde le duele?")]).toEqual([200, true]);
    const later = await phone().post(own, typed({ pain: "5", where: "Rodilla" }, "later", "1"));
    expect([later.status, later.text.includes(code)]).toEqual([200, true]);
    // The link that was used is over; the one that was sent shows no answer without the code.
    expect((await phone().get(own)).status).toBe(410);
    const again = await phone().get(`${link}/${survey?.id}`);
    expect([again.status, again.text.includes("Rodilla"), again.text.includes("Su código")]).toEqual([
      200,
      false,
      true,
    ]);
    expect((await phone().post(`${link}/${survey?.id}`, typed({ pain: "1" }, "complete"))).text).not.toContain(
      "Rodilla",
    );
    const guess = await phone().post(`${link}/${survey?.id}/code`, { code: "AAAA-AAAA" });
    expect([guess.status, guess.text.includes("Ese no es el código")]).toEqual([200, true]);
    const resumed = await phone().post(`${link}/${survey?.id}/code`, { code: code.toLowerCase() });
    expect(resumed.status).toBe(303);
    expect((await phone().get(resumed.location)).text).toContain("Rodilla");
    // A soft check is asked about once, and confirmed by sending again.
    const doubt = await phone().post(resumed.location, typed({ pain: "9", where: "Rodilla" }, "complete", "1"));
    expect([doubt.status, doubt.text.includes("Es mucho.")]).toEqual([422, true]);
    const confirm = /name="(ok\.[^"]+)"/.exec(doubt.text)?.[1] ?? "";
    const done = await phone().post(resumed.location, {
      ...typed({ pain: "9", where: "Rodilla" }, "complete", "1"),
      [confirm]: "Confirmed by the participant",
    });
    expect([done.status, done.text.includes("Gracias")]).toEqual([200, true]);
    // Answered is closed: no link shows or takes anything any more.
    expect((await phone().get(resumed.location)).text).not.toContain("Rodilla");
    expect((await phone().post(resumed.location, typed({ pain: "1" }, "complete", "2"))).text).not.toContain("Rodilla");
    expect((await phone().get(link)).text).toContain("Ahora no hay nada pendiente");
    const rows = await stage.world.sql<{ item: string; raw: string; source: string; changed_by: string }>(
      "select item, raw, source, changed_by from studies.field_values where subject_id = $1 order by item",
      [subject],
    );
    expect(rows).toEqual([
      { item: "double", raw: "18", source: "calculation", changed_by: subject },
      { item: "pain", raw: "9", source: "survey", changed_by: subject },
      { item: "where", raw: "Rodilla", source: "survey", changed_by: subject },
    ]);
    const sheet = await cora.get(`${base}/participants/${subject}/forms/week1/-/diary/-`);
    expect([sheet.text.includes("the participant"), sheet.text.includes("Complete")]).toEqual([true, true]);
    const query = await stage.world.sql<{ state: string }>("select state from studies.queries where subject_id = $1", [
      subject,
    ]);
    expect(query).toEqual([{ state: "answered" }]);
    expect((await dan.get(`${base}/surveys?state=answered`)).text).toContain("How you have been");
    const said = new Set((await stage.world.trail()).map(({ event }) => event));
    for (const event of ["studies.survey_begun", "studies.survey_code_wrong", "studies.survey_resumed"])
      expect([event, said.has(event)]).toEqual([event, true]);
  });

  test("five wrong codes shut the way in; a new code comes by mail, three times a day at most", async () => {
    const subject = await asked();
    await cora.post(`${base}/participants/${subject}/surveys`, { ...place, how: "send" });
    const link = linkIn(await letterTo(subject));
    const survey = await surveyOf(subject);
    const begun = await phone().post(`${link}/${survey?.id}/begin`);
    const code = /(?<![\w-])[A-Z2-9]{4}-[A-Z2-9]{4}(?![\w-])/.exec((await phone().get(begun.location)).text)?.[0] ?? "";
    for (let n = 0; n < 5; n++) await phone().post(`${link}/${survey?.id}/code`, { code: "2222-2222" });
    expect((await phone().post(`${link}/${survey?.id}/code`, { code })).text).toContain("demasiados");
    for (let n = 0; n < 3; n++)
      expect((await phone().post(`${link}/${survey?.id}/new-code`)).text).toContain("va de camino");
    expect((await phone().post(`${link}/${survey?.id}/new-code`)).text).toContain("no se puede volver a enviar");
    expect(await letterTo(subject)).toContain(code);
  });

  test("nobody else's: another participant's link, a withdrawn one, another site's coordinator, a role that does not send", async () => {
    const [mine, other] = [await asked(), await asked()];
    for (const subject of [mine, other])
      await cora.post(`${base}/participants/${subject}/surveys`, { ...place, how: "send" });
    const link = linkIn(await letterTo(mine));
    const theirs = await surveyOf(other);
    for (const answer of [
      await phone().get(`${link}/${theirs?.id}`),
      await phone().post(`${link}/${theirs?.id}/begin`),
      await phone().post(`${link}/${theirs?.id}/code`, { code: "AAAAAAAA" }),
      await phone().post(`${link}/${theirs?.id}`, typed({ pain: "1" }, "complete")),
    ])
      expect(answer.status).toBe(404);
    const { client: sid } = await stage.person("Sid Site", "study_coordinator", stage.south);
    expect((await sid.get(`${base}/participants/${mine}/surveys`)).status).toBe(404);
    expect((await sid.post(`${base}/participants/${mine}/surveys`, { ...place, how: "send" })).status).toBe(404);
    expect((await sid.get(`${base}/surveys`)).text).not.toContain(`/participants/${mine}/`);
    expect((await dan.post(`${base}/participants/${mine}/surveys`, { ...place, how: "send" })).status).toBe(403);
    const survey = await surveyOf(mine);
    const begun = await phone().post(`${link}/${survey?.id}/begin`);
    expect(
      (await cora.post(`${base}/surveys/${survey?.id}/withdraw`, { withdrawReason: "Sent too early" })).status,
    ).toBe(303);
    expect((await phone().get(begun.location)).status).toBe(410);
    expect((await phone().get(link)).text).toContain("Ahora no hay nada pendiente");
    expect((await phone().post(`${link}/${survey?.id}/begin`)).status).toBe(422);
  });

  test("who opts out is sent nothing more, and who has left is not asked", async () => {
    const subject = await asked();
    await cora.post(`${base}/participants/${subject}/surveys`, { ...place, how: "send" });
    const link = linkIn(await letterTo(subject));
    expect((await phone().post(`${link}/stop`)).text).toContain("No recibirá más mensajes");
    const refused = await cora.post(`${base}/participants/${subject}/surveys`, { ...place, how: "send" });
    expect([refused.status, refused.text.includes("asked not to be sent")]).toEqual([422, true]);
    const gone = await asked();
    await cora.post(`${base}/participants/${gone}/surveys`, { ...place, how: "send" });
    // It goes out before the participant leaves: else there would be no link to try.
    const old = linkIn(await letterTo(gone));
    await cora.post(`${base}/participants/${gone}/status`, { status: "withdrawn", reason: "Moved away" });
    const theirs = await surveyOf(gone);
    expect((await phone().post(`${old}/${theirs?.id}/begin`)).status).toBe(422);
  });

  test("the schedule sends what is due and reminds; texts go through the provider, or say why not; a screen is handed over", async () => {
    const [mailed, texted] = [await asked(), await asked("text")];
    const posted: Letter[] = [];
    const leases = new LeasePool(stage.world.database.as("app"), 2);
    const worker = await startWorker(stage.world.house, {
      connection: stage.world.database.as("jobs"),
      transactions: new Transactions(leases, contextKey(stage.world.database.secret)),
      mailer: { send: async (letter) => void posted.push(letter), close: () => {} },
    });
    endings.push(async () => {
      await worker.stop();
      await leases.end();
    });
    await stage.world.sql(
      `insert into core.settings (tenant_id, workspace_id, module, value) values ($1, $2, 'studies', '{"surveyFrom":0,"surveyTo":24}')`,
      [stage.world.here.id, stage.study.id],
    );
    await runNow("studies.surveys_due");
    const to = `p.${mailed}@example.org`;
    await until("the letter", async () => posted.some((letter) => letter.to === to));
    expect(linkIn(posted.find((letter) => letter.to === to)?.text ?? "")).toContain("/studies/surveys");
    expect((await surveyOf(mailed))?.sends).toBe(1);
    const message = async (subject: string) =>
      (
        await stage.world.sql<{ state: string; kind: string }>(
          "select state, kind from studies.survey_messages where subject_id = $1 order by made_at desc limit 1",
          [subject],
        )
      )[0];
    await until("the text is settled", async () => (await message(texted))?.state === "sent");
    await stage.world.sql("update studies.surveys set sent_at = now() - interval '4 days' where subject_id = $1", [
      mailed,
    ]);
    await runNow("studies.surveys_due");
    expect((await surveyOf(mailed))?.sends).toBe(2);
    expect((await message(mailed))?.kind).toBe("reminder");
    const here = await cora.post(`${base}/participants/${texted}/surveys`, { ...place, how: "here" });
    expect([here.status, here.text.includes("Open the survey here")]).toEqual([200, true]);
    const path = /href="(\/p\/[^"]+)"/.exec(here.text)?.[1] ?? "";
    expect((await phone().get(path)).text).toContain("Cómo se ha encontrado");
  });
});

// ── A number that a study shares with a coaching service ────────────────────────────────────────────────────────────

describe("STOP to a number that a study and a service share", () => {
  const twilio = startTwilio();
  const sns = startSns();
  const aws = startAwsTexts();
  endings.push(async () => {
    twilio.stop();
    aws.stop();
  });
  const authToken = "an-invented-token";
  let here: Awaited<ReturnType<typeof service>>;
  let sent = 0;
  beforeAll(async () => {
    here = await service(stage.world);
    for (const workspace of [here.workspace, stage.study])
      await useProvider({ ...here, workspace }, "text", {
        kind: "twilio",
        endpoint: twilio.url,
        config: { accountSid: twilio.accountSid, keySid: twilio.keySid, from: "+15550100000" },
        secret: { keySecret: twilio.keySecret, authToken },
      });
  });

  const hookOf = (module: "studies" | "coaching", provider: "aws" | "twilio") =>
    `/hooks/${module === "studies" ? stage.study.slug : here.workspace.slug}/${module}/${provider}`;
  async function write(module: "studies" | "coaching", from: string, body: string, more: Record<string, string> = {}) {
    sent += 1;
    const form = { MessageSid: `SMshared${sent}`, From: from, To: "+15550100000", Body: body, NumMedia: "0", ...more };
    const path = hookOf(module, "twilio");
    const signature = hmacSha1(
      authToken,
      signedForm(`http://northfield.localhost:3000${path}`, new URLSearchParams(form)),
    );
    const answer = await stage.world
      .stranger()
      .post(path, form, { "x-twilio-signature": signature, "sec-fetch-site": "cross-site" });
    await stage.world.settled();
    return answer.status;
  }
  /** What arrived there since it was asked the last time. */
  const seen = new Map<string, number>();
  function arrived(phone: string): string[] {
    const all = twilio.accepted.filter(({ To }) => To === phone).map(({ Body = "" }) => Body);
    const before = seen.get(phone) ?? 0;
    seen.set(phone, all.length);
    return all.slice(before);
  }
  async function participant(phone: string, channel = "text"): Promise<string> {
    const subject = await enrol(stage.north, cora, dayFrom(-7));
    const contact = { channel, language: "es", email: `p.${subject}@example.org`, phone };
    expect((await cora.post(`${base}/participants/${subject}/surveys/contact`, contact)).status).toBe(303);
    return subject;
  }
  const place = { event: "week1", eventKey: "", form: "diary", formKey: "", how: "send" };
  const send = async (subject: string) => {
    const answer = await cora.post(`${base}/participants/${subject}/surveys`, place);
    await stage.world.settled();
    return answer.status;
  };
  /** As the clock would have queued it without asking. */
  const queueAnyway = async (subject: string) => {
    await stage.world.sql(
      `insert into studies.survey_messages (tenant_id, workspace_id, subject_id, survey_id, kind, channel)
       select tenant_id, workspace_id, subject_id, id, 'reminder', 'text' from studies.surveys where subject_id = $1`,
      [subject],
    );
    await stage.world.sql(
      "update studies.survey_contacts set opted_out_at = null, opted_out_by = null where subject_id = $1",
      [subject],
    );
    const at = await stage.world.house.door.placeNamed(stage.world.here.id, stage.study.slug);
    if (at) stage.world.house.prompts.begin(at, [{ id: Bun.randomUUIDv7(), job: "studies.survey_texts", payload: {} }]);
    await stage.world.settled();
  };
  const optedOut = async (subject: string) =>
    (
      await stage.world.sql<{ by: string | null }>(
        "select opted_out_by as by from studies.survey_contacts where subject_id = $1",
        [subject],
      )
    )[0]?.by ?? null;
  const ledgerOf = async (member: string) =>
    (
      await stage.world.sql<{ kind: string }>(
        "select kind from coaching.consent_events where subject_id = $1 order by at desc, id desc limit 1",
        [member],
      )
    )[0]?.kind;

  test("said to either, it holds in both at once, with one confirmation; START takes it back", async () => {
    const phone = "+15550107001";
    const member = await here.invite("Sam Shared", { phone });
    const subject = await participant("+1 555 010-7001");
    expect([await send(subject), arrived(phone).at(-1)?.includes("/p/")]).toEqual([303, true]);
    for (const [module, words, other] of [
      ["coaching", "STOP", "no more texts"],
      ["studies", "please stop texting me", "no recibirá más"],
    ] as const) {
      await queueAnyway(subject);
      seen.set(phone, twilio.accepted.filter(({ To }) => To === phone).length);
      expect(await write(module, phone, words)).toBe(200);
      const told = arrived(phone);
      expect(told).toHaveLength(1);
      expect([module, told[0]?.includes(other) || module === "coaching"]).toEqual([module, true]);
      expect([await optedOut(subject), await ledgerOf(member.id)]).toEqual(["the participant", "opted-out"]);
      expect(await send(subject)).toBe(422);
      // Even what a mistake of ours puts on its way does not go out.
      await queueAnyway(subject);
      expect(arrived(phone)).toEqual([]);
      expect([await optedOut(subject), (await cora.get(`${base}/participants/${subject}/surveys`)).text]).toEqual([
        "the participant",
        expect.stringContaining("The number has opted out of text messages."),
      ]);
      expect(await write(module === "studies" ? "coaching" : "studies", phone, "START")).toBe(200);
      expect([await optedOut(subject), await ledgerOf(member.id)]).toEqual([null, "opted-in-again"]);
      expect(arrived(phone).filter((text) => /no recibirá|no more/.test(text))).toEqual([]);
    }
  });

  test("known to one of them alone: that one confirms, wherever it was said; the carrier's own word is confirmed by nobody", async () => {
    const [lone, own] = ["+15550107002", "+15550107003"];
    const member = await here.invite("Mia Member", { phone: lone });
    const subject = await participant(own);
    arrived(lone);
    await write("studies", lone, "STOP");
    expect([arrived(lone).length, await ledgerOf(member.id)]).toEqual([1, "opted-out"]);
    await write("coaching", own, "STOPALL");
    expect([arrived(own).length, await optedOut(subject)]).toEqual([1, "the participant"]);
    await write("studies", own, "START");
    await write("studies", own, "Stop", { OptOutType: "STOP" });
    expect([arrived(own), await optedOut(subject)]).toEqual([[], "the participant"]);
    // Nobody here knows this number: what it said holds, and nobody answers it.
    await write("studies", "+15550107009", "STOP");
    expect(arrived("+15550107009")).toEqual([]);
    const late = await participant("+15550107009");
    await send(late);
    expect(arrived("+15550107009")).toEqual([]);
  });

  test("who is asked by mail goes on being asked; whatever else is written hears that nobody reads it, twice a day", async () => {
    const phone = "+15550107004";
    const subject = await participant(phone, "email");
    for (const words of ["I feel dizzy", "hello?", "is anybody there"]) await write("studies", phone, words);
    const told = arrived(phone);
    expect([told.length, told[0]?.includes("nadie lee"), told[0]?.includes("emergencia")]).toEqual([2, true, true]);
    await write("studies", phone, "STOP");
    expect([arrived(phone).length, await optedOut(subject), await send(subject)]).toEqual([1, null, 303]);
    expect(
      (
        await stage.world.sql(
          "select 1 from core.audit_events where sentence ilike '%dizzy%' or detail::text ilike '%dizzy%'",
        )
      ).length,
    ).toBe(0);
  });

  test("through Amazon: signed or refused, brought twice and confirmed once, and what became of a text is told", async () => {
    (stage.world.house as { certificates: typeof sns.certificates }).certificates = sns.certificates;
    for (const workspace of [here.workspace, stage.study])
      await useProvider({ ...here, workspace }, "text", {
        kind: "aws-sms",
        endpoint: aws.url,
        config: { originationIdentity: "pool-1", topicArns: sns.topicArn, accessKeyId: aws.credentials.accessKeyId },
        secret: { secretAccessKey: aws.credentials.secretAccessKey },
      });
    const bring = async (body: string) => {
      const request = new Request(`http://northfield.localhost:3000${hookOf("studies", "aws")}`, {
        method: "POST",
        body,
      });
      const { status } = await stage.world.web.fetch(request, "127.0.0.1");
      await stage.world.settled();
      return status;
    };
    const phone = "+15550107005";
    const subject = await participant(phone);
    await send(subject);
    const texts = () => aws.taken.filter(({ to }) => to === phone).length;
    expect(texts()).toBe(1);
    const messages = () =>
      stage.world.sql<{ id: string; kind: string; state: string }>(
        "select id, kind, state from studies.survey_messages where subject_id = $1 order by made_at",
        [subject],
      );
    const [first] = await messages();
    expect(await bring(sns.notice(sns.report(first?.id ?? "", "TEXT_CARRIER_UNREACHABLE")))).toBe(200);
    expect((await messages())[0]?.state).toBe("failed");
    const stop = sns.inbound(phone, "ARRET", "in-shared-1");
    expect(await bring(sns.notice(stop, { over: { TopicArn: "arn:aws:sns:us-east-1:999999999999:sms" } }))).toBe(403);
    expect(await optedOut(subject)).toBeNull();
    for (let times = 0; times < 2; times += 1) expect(await bring(sns.notice(stop))).toBe(200);
    expect([texts(), await optedOut(subject)]).toEqual([2, "the participant"]);
    await queueAnyway(subject);
    expect([texts(), (await messages()).at(-1)?.state]).toEqual([2, "failed"]);
    // Said to Twilio's number by somebody else before: another number of ours is another matter.
    expect(await send(await participant("+15550107003"))).toBe(303);
    expect(aws.taken.filter(({ to }) => to === "+15550107003")).toHaveLength(1);
  });
});

// ── A program's key ─────────────────────────────────────────────────────────────────────────────────────────────────

describe("a program comes with a key", () => {
  let stella: Client;
  let nora: { person: TestPerson; client: Client };
  let here: string;
  const all = ["studies.data.read", "studies.data.enter"];

  /** What any of the answers may hold. */
  interface Told {
    readonly participants: readonly { readonly code: string; readonly site: string }[];
    readonly answers: readonly { readonly item: string; readonly value: string | null; readonly encrypted: boolean }[];
    readonly next: string | null;
    readonly fields: readonly { readonly sentence: string }[];
    readonly openapi: string;
    readonly paths: Readonly<Record<string, object>>;
  }
  async function ask(key: string | null, path: string, body?: unknown, at = stage.world.here) {
    const response = await stage.world.web.fetch(
      new Request(`http://${at.slug}.localhost:3000${path}`, {
        method: body === undefined ? "GET" : "POST",
        headers: {
          ...(key ? { authorization: `Bearer ${key}` } : {}),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
      "127.0.0.1",
    );
    return {
      status: response.status,
      type: response.headers.get("content-type") ?? "",
      json: (await response.json()) as Told,
    };
  }
  async function key(
    holder: { person: TestPerson; client: Client },
    more: Record<string, string | string[]> = {},
  ): Promise<string> {
    const form = { title: "Nightly", person: holder.person.id, permissions: all, until: dayFrom(30), ...more };
    expect((await stella.post(`/w/${stage.study.slug}/keys`, form)).status).toBe(303);
    const [row] = await stage.world.sql<{ id: string }>(
      "select id from core.program_keys order by made_at desc limit 1",
    );
    const taken = await holder.client.post(`/w/${stage.study.slug}/keys/${row?.id}/take`);
    expect(taken.status).toBe(200);
    return /ck_[A-Za-z0-9_-]{43}/.exec(taken.text)?.[0] ?? "";
  }

  beforeAll(async () => {
    here = `/api/${stage.study.slug}/studies`;
    stella = (await stage.person("Stella", "study_administrator")).client;
    nora = await stage.person("Nora", "study_coordinator", stage.north);
  });

  test("given by one person, taken by another, shown once, and only its hash is kept", async () => {
    const form = { title: "Mine", person: nora.person.id, permissions: ["studies.data.read"], until: dayFrom(30) };
    expect((await nora.client.post(`/w/${stage.study.slug}/keys`, form)).status).toBe(403);
    expect((await stella.post(`/w/${stage.study.slug}/keys`, { ...form, until: dayFrom(400) })).status).toBe(422);
    expect((await stella.post(`/w/${stage.study.slug}/keys`, { ...form, permissions: ["studies.lock"] })).status).toBe(
      422,
    );
    expect((await stella.post(`/w/${stage.study.slug}/keys`, form)).status).toBe(303);
    const [row] = await stage.world.sql<{ id: string }>(
      "select id from core.program_keys order by made_at desc limit 1",
    );
    expect((await stella.post(`/w/${stage.study.slug}/keys/${row?.id}/take`)).status).toBe(403);
    const taken = await nora.client.post(`/w/${stage.study.slug}/keys/${row?.id}/take`);
    const token = /ck_[A-Za-z0-9_-]{43}/.exec(taken.text)?.[0] ?? "";
    expect((await nora.client.get(`/w/${stage.study.slug}/keys`)).text).not.toContain(token);
    const [kept] = await stage.world.sql<{ token_hash: Uint8Array }>(
      "select token_hash from core.program_keys where id = $1",
      [row?.id],
    );
    expect(Buffer.from(kept?.token_hash ?? []).toString("hex")).toBe(
      new Bun.CryptoHasher("sha256").update(token).digest("hex"),
    );
    expect((await ask(token, `${here}/participants`)).status).toBe(200);
    // Taking a new one ends the old one, and either of the two ends it for good.
    const second =
      /ck_[A-Za-z0-9_-]{43}/.exec((await nora.client.post(`/w/${stage.study.slug}/keys/${row?.id}/take`)).text)?.[0] ??
      "";
    expect([
      (await ask(token, `${here}/participants`)).status,
      (await ask(second, `${here}/participants`)).status,
    ]).toEqual([401, 200]);
    expect((await stella.post(`/w/${stage.study.slug}/keys/${row?.id}/end`)).status).toBe(303);
    expect((await ask(second, `${here}/participants`)).status).toBe(401);
    expect((await nora.client.post(`/w/${stage.study.slug}/keys/${row?.id}/take`)).status).toBe(422);
  });

  test("participants and answers come in pages; what is blinded is not there, what is encrypted is not told", async () => {
    const subject = await enrol();
    await cora.post(at(subject, "demo"), filled({ sex: "f", weight: "61", mail: "secret@example.org" }));
    const { client: uma } = await stage.person("Uma", "unblinded_staff", stage.north);
    await uma.post(at(subject, "demo"), filled({ kit: "K-77" }));
    const token = await key(nora);
    const first = await ask(token, `${here}/participants?limit=2`);
    expect([first.status, first.json.participants.length, typeof first.json.next]).toEqual([200, 2, "string"]);
    const second = await ask(token, `${here}/participants?limit=1000&after=${first.json.next}`);
    expect(second.json.next).toBeNull();
    const [{ code }] = (await stage.world.sql<{ code: string }>("select code from core.subjects where id = $1", [
      subject,
    ])) as [{ code: string }];
    const answers = await ask(token, `${here}/answers?participant=${code}`);
    const byItem = new Map(answers.json.answers.map((one) => [one.item, one] as const));
    expect(byItem.get("weight")).toMatchObject({ value: "61", encrypted: false, version: 1 });
    expect(byItem.get("mail")).toMatchObject({ value: null, encrypted: true });
    expect([byItem.has("kit"), JSON.stringify(answers.json).includes("secret@")]).toEqual([false, false]);
    const forms = await ask(token, `${here}/forms`);
    expect(JSON.stringify(forms.json)).not.toContain("Kit given");
    const [last] = await stage.world.trail();
    expect([last?.actor_name, last?.act]).toEqual(["Nora, by the key “Nightly”", "GET /api/:workspace/studies/forms"]);
  });

  test("what it sends goes the way of a page: checks, versions, reasons, locks, and its name beside the answer", async () => {
    const subject = await enrol();
    const [row] = await stage.world.sql<{ code: string }>("select code from core.subjects where id = $1", [subject]);
    const token = await key(nora);
    const to = `${here}/participants/${row?.code}/forms/baseline/-/demo/-`;
    const low = await ask(token, to, { answers: [{ item: "weight", value: "2" }] });
    expect([low.status, low.json.fields[0]?.sentence]).toEqual([422, "At least 20 kg."]);
    expect((await ask(token, to, { answers: [{ item: "weight", value: "230" }] })).status).toBe(422);
    expect(
      await ask(token, to, { answers: [{ item: "weight", value: "230" }], confirm: "Weighed twice" }),
    ).toMatchObject({
      status: 200,
      json: { changed: 1, state: "in progress" },
    });
    expect((await ask(token, to, { answers: [{ item: "weight", value: "90" }] })).status).toBe(409);
    expect((await ask(token, to, { answers: [{ item: "weight", value: "90", version: 1 }] })).status).toBe(200);
    for (const answers of [
      [{ item: "nothing", value: "1" }],
      [{ item: "bmi", value: "1" }],
      [{ item: "kit", value: "A" }],
      [],
    ])
      expect((await ask(token, to, { answers })).status).toBe(422);
    expect((await ask(token, to, "no object")).status).toBe(422);
    const [weight] = await stage.world.sql<{ source: string; changed_by: string; version: number }>(
      "select source, changed_by, version from studies.field_values where subject_id = $1 and item = 'weight'",
      [subject],
    );
    expect(weight).toEqual({ source: "api", changed_by: nora.person.id, version: 2 });
    await stage.world.sql(
      "insert into studies.locks (tenant_id, workspace_id, kind, scope, subject_id, reason) values ($1, $2, 'locked', 'subject', $3, 'try')",
      [stage.world.here.id, stage.study.id, subject],
    );
    expect((await ask(token, to, { answers: [{ item: "weight", value: "91", version: 2 }] })).status).toBe(422);
  });

  test("foreign, crooked, narrowed and ended keys get nothing", async () => {
    const south = (await stage.person("Southern", "study_coordinator", stage.south)).client;
    const foreign = await enrol(stage.south, south);
    const [row] = await stage.world.sql<{ code: string }>("select code from core.subjects where id = $1", [foreign]);
    const token = await key(nora);
    // Another site's participant is not there, by page, by code, or to write to.
    expect(JSON.stringify((await ask(token, `${here}/participants?limit=1000`)).json)).not.toContain(row?.code ?? "?");
    expect((await ask(token, `${here}/answers?participant=${row?.code}`)).json.answers).toEqual([]);
    const to = `${here}/participants/${row?.code}/forms/baseline/-/demo/-`;
    expect((await ask(token, to, { answers: [{ item: "weight", value: "70" }] })).status).toBe(404);
    // A key of all sites' data manager, narrowed to one site, sees that one.
    const wide = await stage.person("Wide Manager", "data_manager");
    const narrow = await key(wide, { permissions: ["studies.data.read"], site: stage.south });
    const seen = await ask(narrow, `${here}/participants?limit=1000`);
    expect(new Set(seen.json.participants.map((one) => one.site))).toEqual(new Set(["02"]));
    expect((await ask(narrow, to, { answers: [{ item: "weight", value: "70" }] })).status).toBe(403);
    // A key cannot do what its holder may not.
    const mona = await stage.person("Mona", "study_monitor", stage.north);
    const overreaching = await key(mona);
    const own = `${here}/participants/P-01-0001/forms/baseline/-/demo/-`;
    expect((await ask(overreaching, own, { answers: [{ item: "weight", value: "70" }] })).status).toBe(403);
    expect((await ask(overreaching, `${here}/participants`)).status).toBe(200);
    // Another study, another hospital, no key, half a key, somebody else's words, a session instead.
    const other = await stage.world.workspace("study", ["studies"]);
    expect((await ask(token, `/api/${other.slug}/studies/participants`)).status).toBe(401);
    expect((await ask(token, `${here}/participants`, undefined, stage.world.there)).status).toBe(401);
    for (const wrong of [null, token.slice(0, -1), `${token}x`, "ck_' or true --", token.toUpperCase()])
      expect((await ask(wrong, `${here}/participants`)).status).toBe(401);
    expect((await nora.client.get(`${here}/participants`)).status).toBe(401);
    // Its holder's access ends: so does the key's, at once. Over is over.
    await stage.world.sql("update core.grants set revoked_at = now() where person_id = $1", [mona.person.id]);
    expect((await ask(overreaching, `${here}/participants`)).status).toBe(403);
    await stage.world.sql(
      "update core.program_keys set until_at = now() - interval '1 second', made_at = now() - interval '1 day' where person_id = $1",
      [wide.person.id],
    );
    expect((await ask(narrow, `${here}/participants`)).status).toBe(401);
  });

  test("more than it may ask is refused for a while, and wrong keys too", async () => {
    const token = await key(nora);
    const many = await Promise.all(Array.from({ length: 90 }, async () => (await ask(token, `${here}/forms`)).status));
    expect([many.includes(429), many.includes(200)]).toEqual([true, true]);
    const wrong = await Promise.all(
      Array.from({ length: 40 }, async () => (await ask("ck_none", `${here}/forms`)).status),
    );
    expect([wrong.includes(429), wrong.includes(200)]).toEqual([true, false]);
  });

  test("the description lists every request, and no request is missing from it", async () => {
    const { status, json } = await ask(null, "/api/openapi.json");
    expect([status, json.openapi]).toEqual([200, "3.1.0"]);
    const { programs } = stage.world.house.kernel;
    const described = Object.entries(json.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual(
      programs.map(({ route, pattern }) => `${route.method} ${pattern.replace(/:([A-Za-z]+)/g, "{$1}")}`).sort(),
    );
    for (const { route, pattern } of programs) {
      const path = pattern.replace(":workspace", stage.study.slug).replace(/:[A-Za-z]+/g, "x");
      const { status } = await ask(null, path, route.method === "POST" ? {} : undefined);
      expect([401, 429]).toContain(status);
    }
  });
});

test("a form is closed to one person, and to nobody else, for entering or for reading", async () => {
  const stella = (await stage.person("Stella Second", "study_administrator")).client;
  const ira = await stage.person("Ira", "investigator", stage.north);
  const subject = await enrol();
  const vitals = at(subject, "vitals");
  const entered = { act: "save", "b.vitals_main~~systolic": "0", "v.vitals_main~~systolic": "121" };
  expect((await cora.post(vitals, entered)).status).toBe(303);
  const close = (action: string) =>
    stella.post(`${base}/closed-forms`, { person: ira.person.id, form: "vitals", action, reason: "Rates the outcome" });
  expect((await cora.get(`${base}/closed-forms`)).status).toBe(403);
  expect((await close("enter")).status).toBe(303);
  const read = await ira.client.get(vitals);
  expect([read.status, read.text.includes("121"), read.text.includes("Save and complete")]).toEqual([200, true, false]);
  const change = { act: "save", "b.vitals_main~~systolic": "1", "v.vitals_main~~systolic": "130" };
  expect((await ira.client.post(vitals, change)).status).toBe(403);
  expect((await close("read")).status).toBe(303);
  const shut = await ira.client.get(vitals);
  expect([shut.status, shut.text.includes("121")]).toEqual([403, false]);
  expect((await cora.get(vitals)).text).toContain("121");
  const rows = await stage.world.sql<{ id: string }>("select id from studies.closed_forms where opened_at is null");
  for (const { id } of rows) expect((await stella.post(`${base}/closed-forms/${id}/open`)).status).toBe(303);
  expect((await ira.client.post(vitals, change)).status).toBe(303);
});
