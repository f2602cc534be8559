/** Cleaning through HTTP: queries, comparison with the source, signatures, freezing and locking. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { isRequired } from "../../../modules/studies/cleaning/verification.ts";
import { composedRole } from "../../support/composed-role.ts";
import type { Client, TestPerson } from "../../support/world.ts";
import { smallStudy } from "./small-study.ts";
import { type StudyStage, studyStage } from "./stage.ts";

let stage: StudyStage;
let base: string;
let cora: Client;
let mona: Client;
let dan: Client;
let ivy: { person: TestPerson; client: Client };
let ink: Record<string, string>;
beforeAll(async () => {
  stage = await studyStage();
  base = stage.base;
  await stage.publish(smallStudy);
  cora = (await stage.person("Cora", "study_coordinator", stage.north)).client;
  mona = (await stage.person("Mona", "study_monitor", stage.north)).client;
  dan = (await stage.person("Dan", "data_manager")).client;
  ivy = await stage.person("Ivy", "investigator", stage.north);
  ink = await stage.signer(ivy.person);
});
afterAll(async () => await stage.world.stop());

const f = (item: string) => `demo_main~~${item}`;
const demo = (subject: string) => `${base}/participants/${subject}/forms/baseline/-/demo/-`;
async function completed(weight = "80"): Promise<string> {
  const made = await cora.post(`${base}/participants/new`, { siteId: stage.north, enrolledOn: "2026-01-10" });
  const subject = made.location.split("/").at(-1) ?? "";
  const saved = await cora.post(demo(subject), {
    act: "complete",
    [`b.${f("sex")}`]: "0",
    [`v.${f("sex")}`]: "m",
    [`b.${f("weight")}`]: "0",
    [`v.${f("weight")}`]: weight,
  });
  expect(saved.status).toBe(303);
  return subject;
}
const changeWeight = (subject: string, weight: string, version: number) =>
  cora.post(demo(subject), {
    act: "save",
    [`b.${f("sex")}`]: "1",
    [`v.${f("sex")}`]: "m",
    [`b.${f("weight")}`]: String(version),
    [`v.${f("weight")}`]: weight,
    reasonChoice: "Transcription error",
  });
const query = async (subject: string) =>
  (
    await stage.world.sql<{ id: string; state: string }>(
      "select id, state from studies.queries where subject_id = $1 order by made_at desc",
      [subject],
    )
  )[0] as { id: string; state: string };

describe("queries", () => {
  test("a monitor asks, the site answers and cannot close, the monitor sends back and closes", async () => {
    const subject = await completed();
    const asked = await mona.post(`${demo(subject)}/ask`, {
      section: "demo_main",
      item: "weight",
      text: "Is this the first weighing?",
      dueOn: "2026-01-20",
    });
    expect(asked.status).toBe(303);
    const { id } = await query(subject);
    const at = `${base}/queries/${id}`;
    // Whoever may answer can be asked, also by a role that the institution composed.
    const answers = await composedRole(stage.world, "study", ["studies.queries.answer@site"]);
    await stage.person("Olga Own", answers, stage.north);
    expect((await mona.get(at)).text).toContain("Olga Own");
    expect((await cora.get(`${base}/queries`)).text).toContain("Is this the first weighing?");
    expect((await cora.get(at)).text).not.toContain("Send back");
    expect((await cora.post(at, { act: "close", text: "Fine for us" })).status).toBe(403);
    expect((await mona.post(at, { act: "answer", text: "Answering myself" })).status).toBe(403);
    expect((await cora.post(at, { act: "answer", text: "Yes, the first" })).status).toBe(303);
    expect((await cora.post(at, { act: "answer", text: "Again" })).status).toBe(409);
    await mona.post(at, { act: "send back", text: "Please look at page 3" });
    await cora.post(at, { act: "answer", text: "It is page 3" });
    expect((await mona.post(at, { act: "close", text: "Thank you" })).status).toBe(303);
    expect((await query(subject)).state).toBe("closed");
    expect((await mona.get(at)).text).toContain("Please look at page 3");
  });

  test("the wall refuses a site's closing even when no page stands before it", async () => {
    const subject = await completed();
    await mona.post(`${demo(subject)}/ask`, { text: "About the form" });
    const { id } = await query(subject);
    // Cora's own reach: an answer goes through, a closing does not.
    expect((await cora.post(`${base}/queries/${id}`, { act: "cancel", text: "No need" })).status).toBe(403);
    expect((await query(subject)).state).toBe("open");
  });

  test("many are answered at once, and a draft is unseen work of the monitor", async () => {
    const subjects = [await completed(), await completed()];
    for (const subject of subjects) await mona.post(`${demo(subject)}/ask`, { text: "Which scale?" });
    const ids = await Promise.all(subjects.map(async (subject) => (await query(subject)).id));
    expect((await cora.post(`${base}/queries/answers`, { selected: ids, text: "The ward's scale" })).status).toBe(303);
    expect((await Promise.all(subjects.map(query))).map(({ state }) => state)).toEqual(["answered", "answered"]);
    expect((await cora.post(`${base}/queries/answers`, { text: "Nothing selected" })).status).toBe(422);
  });

  test("nobody of another site reads or answers them", async () => {
    const subject = await completed();
    await mona.post(`${demo(subject)}/ask`, { text: "Only for the north" });
    const { client: sid } = await stage.person("Sid", "study_coordinator", stage.south);
    expect((await sid.get(`${base}/queries`)).text).not.toContain("Only for the north");
    expect(
      (await sid.post(`${base}/queries/${(await query(subject)).id}`, { act: "answer", text: "Me too" })).status,
    ).toBe(404);
  });
});

describe("comparison with the source", () => {
  test("what was verified comes back when it changes, with what it was", async () => {
    expect(
      (await dan.post(`${base}/verification`, { rule: "critical", percent: "20", reason: "Monitoring plan 1.0" }))
        .status,
    ).toBe(303);
    const subject = await completed();
    const page = await mona.get(`${demo(subject)}/compare`);
    expect(page.text).toContain("Verify all 1 that wait");
    await mona.post(`${demo(subject)}/compare`, { all: "required" });
    expect((await mona.get(demo(subject))).text).toContain("Verified");
    await changeWeight(subject, "88", 1);
    const again = await mona.get(`${demo(subject)}/compare`);
    expect(again.text).toContain("Changed since");
    expect(again.text).toContain("<del>80 kg</del>");
    expect((await mona.get(`${base}/work`)).text).toContain("one answer changed");
    expect((await cora.post(`${demo(subject)}/compare`, { all: "required" })).status).toBe(403);
  });

  test("a sample is the same whoever asks, and about as large as it says", () => {
    const plan = { siteId: null, rule: "sample" as const, percent: 20, seed: "s" };
    const item = smallStudy.items.find(({ id }) => id === "height");
    const places = Array.from({ length: 4000 }, (_, n) => `P-${n}`);
    const chosen = places.filter((place) => isRequired(plan, item, place));
    expect(places.filter((place) => isRequired(plan, item, place))).toEqual(chosen);
    expect(chosen.length / places.length).toBeGreaterThan(0.17);
    expect(chosen.length / places.length).toBeLessThan(0.23);
    expect(
      isRequired(
        { ...plan, percent: 0 },
        smallStudy.items.find(({ id }) => id === "weight"),
        "P-1",
      ),
    ).toBe(true);
  });
});

describe("signatures", () => {
  test("the investigator signs with a password; a change breaks the signature and it is signed again", async () => {
    const subject = await completed();
    const page = await ivy.client.get(`${base}/participants/${subject}/sign`);
    const sheet = /name="sheets" value="([^"]+)"/.exec(page.text)?.[1] ?? "";
    const wrong = await ivy.client.post(`${base}/participants/${subject}/sign`, {
      sheets: sheet,
      ...ink,
      signature: "not it",
    });
    expect(wrong.status).toBe(422);
    const signed = await ivy.client.post(`${base}/participants/${subject}/sign`, { sheets: sheet, ...ink });
    expect(signed.status).toBe(303);
    const seen = await mona.get(demo(subject));
    expect(seen.text).toContain("Signed by Ivy");
    expect(seen.text).not.toContain("Signature broken");
    await changeWeight(subject, "81", 1);
    expect((await mona.get(demo(subject))).text).toContain("Signature broken");
    expect((await ivy.client.get(`${base}/participants/${subject}/sign`)).text).toContain(
      "changed since it was signed",
    );
    expect((await cora.post(`${base}/participants/${subject}/sign`, { sheets: sheet, ...ink })).status).toBe(403);
  });

  test("an answer that was changed behind the program's back breaks the signature too", async () => {
    const subject = await completed();
    const vitals = `${base}/participants/${subject}/forms/baseline/-/vitals/-`;
    await cora.post(vitals, {
      act: "complete",
      "b.vitals_main~~systolic": "0",
      "v.vitals_main~~systolic": "120",
    });
    const page = await ivy.client.get(`${base}/participants/${subject}/sign`);
    const sheets = [...page.text.matchAll(/name="sheets" value="([^"]+)"/g)].map((match) => match[1] ?? "");
    await ivy.client.post(`${base}/participants/${subject}/sign`, { sheets, ...ink });
    expect((await mona.get(vitals)).text).not.toContain("Signature broken");
    await stage.world.sql("alter table studies.field_values disable trigger user");
    await stage.world.sql("update studies.field_values set raw = '99' where subject_id = $1 and item = 'systolic'", [
      subject,
    ]);
    await stage.world.sql("alter table studies.field_values enable trigger user");
    expect((await mona.get(vitals)).text).toContain("Signature broken");
  });
});

describe("freeze and lock", () => {
  test("a monitor freezes and thaws, a data manager locks, and what is unfinished is named", async () => {
    const subject = await completed();
    expect(
      (await mona.post(`${base}/locks/new`, { scope: "subject", subject, kind: "frozen", reason: "Visit done" }))
        .status,
    ).toBe(303);
    expect((await changeWeight(subject, "82", 1)).status).toBe(422);
    expect(
      (await mona.post(`${base}/locks/new`, { scope: "subject", subject, kind: "locked", reason: "Visit done" }))
        .status,
    ).toBe(403);
    const refused = await dan.post(`${base}/locks/new`, { scope: "subject", subject, kind: "locked", reason: "Clean" });
    expect([refused.status, refused.text.includes("complete form is not signed")]).toEqual([422, true]);
    expect(
      (
        await dan.post(`${base}/locks/new`, {
          scope: "subject",
          subject,
          kind: "locked",
          reason: "Clean",
          anyway: "on",
        })
      ).status,
    ).toBe(303);
    const locks = await stage.world.sql<{ id: string; kind: string }>(
      "select id, kind from studies.locks where subject_id = $1 and lifted_at is null",
      [subject],
    );
    const id = (kind: string) => locks.find((one) => one.kind === kind)?.id ?? "";
    expect((await mona.post(`${base}/locks/${id("frozen")}/lift`, { liftReason: "To correct" })).status).toBe(303);
    // Still locked: the strictest counts.
    expect((await changeWeight(subject, "82", 1)).status).toBe(422);
    expect((await mona.post(`${base}/locks/${id("locked")}/unlock`, { liftReason: "To correct" })).status).toBe(403);
    expect((await dan.post(`${base}/locks/${id("locked")}/unlock`, { liftReason: "To correct" })).status).toBe(303);
    expect((await changeWeight(subject, "82", 1)).status).toBe(303);
  });

  test("the study is locked with a manifest and opened again by two people", async () => {
    const subject = await completed();
    expect(
      (await dan.post(`${base}/locks`, { scope: "study", kind: "locked", reason: "Database lock", anyway: "on" }))
        .status,
    ).toBe(303);
    expect(
      (await cora.post(`${base}/participants/new`, { siteId: stage.north, enrolledOn: "2026-01-10" })).status,
    ).toBe(303);
    expect((await changeWeight(subject, "82", 1)).status).toBe(422);
    const [lock] = await stage.world.sql<{ id: string }>(
      "select id from studies.locks where scope = 'study' and lifted_at is null",
    );
    const at = `${base}/locks/${lock?.id}`;
    expect((await dan.get(`${at}/manifest`)).text).toContain("As it was locked");
    expect((await dan.post(`${at}/unlock`, { liftReason: "Late lab values" })).status).toBe(303);
    const alone = await dan.post(`${at}/unlock`, { liftReason: "Late lab values" });
    expect([alone.status, alone.text.includes("second person")]).toEqual([422, true]);
    expect((await changeWeight(subject, "82", 1)).status).toBe(422);
    const { client: ada } = await stage.person("Ada", "study_administrator");
    expect((await ada.post(`${at}/unlock`, { liftReason: "Agreed with the sponsor" })).status).toBe(303);
    expect((await changeWeight(subject, "82", 1)).status).toBe(303);
    expect((await dan.get(`${at}/manifest`)).text).toContain("1 participant changed");
  });
});
