/** Capture through HTTP: enrolling, filling in, checks, conflicts, reasons, encryption, blinding, sites. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Build, entryOf, formulaOf, itemOf } from "../../../modules/studies/model/build.ts";
import { wordsOf } from "../../../modules/studies/model/words.ts";
import type { Client } from "../../support/world.ts";
import { smallStudy } from "./small-study.ts";
import { type StudyStage, studyStage } from "./stage.ts";

let stage: StudyStage;
let cora: Client;
let base: string;
beforeAll(async () => {
  stage = await studyStage();
  base = stage.base;
  await stage.publish(smallStudy);
  cora = (await stage.person("Cora", "study_coordinator", stage.north)).client;
});
afterAll(async () => await stage.world.stop());

async function enrol(client = cora, site = stage.north): Promise<string> {
  const answer = await client.post(`${base}/participants/new`, { siteId: site, enrolledOn: "2026-01-10" });
  expect(answer.status).toBe(303);
  return answer.location.split("/").at(-1) ?? "";
}
const demo = (subject: string) => `${base}/participants/${subject}/forms/baseline/-/demo/-`;
const f = (item: string, key = "", section = "demo_main") => `${section}~${key}~${item}`;
/** As a page would send it: every field with the version it showed. */
function filled(
  values: Record<string, string>,
  versions: Record<string, number> = {},
  rest: Record<string, string> = {},
) {
  const sent: Record<string, string> = { ...rest };
  for (const item of ["sex", "pregnant", "weight", "height", "mail"])
    sent[`b.${f(item)}`] = String(versions[item] ?? 0);
  for (const [item, value] of Object.entries(values)) sent[`v.${f(item)}`] = value;
  return sent;
}
const rows = (subject: string) =>
  stage.world.sql<{
    item: string;
    raw: string | null;
    version: number;
    source: string;
    reason: string;
    null_flavour: string | null;
    problem: string | null;
    sealed: Uint8Array | null;
  }>(
    "select item, raw, version, source, reason, null_flavour, problem, sealed from studies.field_values where subject_id = $1 order by item",
    [subject],
  );

test("participants get the next code of their site, and nobody of another site sees them", async () => {
  const first = await enrol();
  const second = await enrol();
  const list = await cora.get(`${base}/participants`);
  expect(list.text).toContain("P-01-0001");
  expect(list.text).toContain("P-01-0002");
  const { client: sid } = await stage.person("Sid", "study_coordinator", stage.south);
  expect((await sid.get(`${base}/participants`)).text).not.toContain("P-01-0001");
  expect((await sid.get(`${base}/participants/${first}`)).status).toBe(404);
  expect((await sid.get(demo(second))).status).toBe(404);
  expect((await sid.post(demo(second), filled({ sex: "f" }))).status).toBe(404);
  // The ten-thousandth, and two who are enrolled at the same moment.
  await stage.world.sql(
    "insert into core.subjects (tenant_id, workspace_id, site_id, code, kind) values ($1, $2, $3, 'P-02-9999', 'participant')",
    [stage.world.here.id, stage.study.id, stage.south],
  );
  const enrolling = { siteId: stage.south, enrolledOn: "2026-01-10" };
  const both = await Promise.all([1, 2].map(() => sid.post(`${base}/participants/new`, enrolling)));
  expect(both.map(({ status }) => status)).toEqual([303, 303]);
  expect(await stage.world.sql("select code from core.subjects where code like 'P-02-1%' order by code")).toEqual([
    { code: "P-02-10000" },
    { code: "P-02-10001" },
  ]);
});

test("a form is filled in: computed, hidden and required fields, and a version for each answer", async () => {
  const subject = await enrol();
  const incomplete = await cora.post(demo(subject), { act: "complete", ...filled({ sex: "m", height: "180" }) });
  expect(incomplete.status).toBe(422);
  expect(incomplete.text).toContain("needs an answer");
  expect(incomplete.text).toContain('value="180"');
  expect(await rows(subject)).toEqual([]);

  expect(
    (await cora.post(demo(subject), { act: "save", ...filled({ sex: "f", weight: "80", height: "180" }) })).status,
  ).toBe(303);
  const stored = await rows(subject);
  expect(stored.map(({ item, raw, source }) => [item, raw, source])).toEqual([
    ["bmi", "24.7", "calculation"],
    ["height", "180", "entry"],
    ["sex", "f", "entry"],
    ["weight", "80", "entry"],
  ]);
  const page = await cora.get(demo(subject));
  expect(page.text).toContain("Pregnant");
  await cora.post(demo(subject), {
    act: "save",
    ...filled({ sex: "f", pregnant: "1", weight: "80", height: "180" }, { sex: 1, weight: 1, height: 1 }),
  });
  // Another sex: the answer that is asked no more is emptied, as its field says, and the record keeps why.
  await cora.post(demo(subject), {
    act: "save",
    ...filled({ sex: "m", pregnant: "1", weight: "80", height: "180" }, { sex: 1, pregnant: 1, weight: 1, height: 1 }),
  });
  const pregnant = (await rows(subject)).find(({ item }) => item === "pregnant");
  expect([pregnant?.raw, pregnant?.version, pregnant?.reason]).toEqual([
    null,
    2,
    "Emptied, because the field is not asked any more",
  ]);
  expect((await cora.get(demo(subject))).text).not.toContain(`v.${f("pregnant")}`);
});

test("a hard check refuses, a soft one asks for a reason and becomes an answered query, and passes by itself later", async () => {
  const subject = await enrol();
  const low = await cora.post(demo(subject), { act: "save", ...filled({ weight: "2" }) });
  expect([low.status, low.text.includes("At least 20 kg.")]).toEqual([422, true]);
  const high = await cora.post(demo(subject), { act: "save", ...filled({ weight: "230" }) });
  expect([high.status, high.text.includes("Above 200 kg is rare.")]).toEqual([422, true]);
  const accept = /name="(ok\.[^"]+)"/.exec(high.text)?.[1] ?? "";
  expect(accept).not.toBe("");
  const saved = await cora.post(demo(subject), {
    act: "save",
    ...filled({ weight: "230" }),
    [accept]: "Weighed twice",
  });
  expect(saved.status).toBe(303);
  const [query] = await stage.world.sql<{ state: string; kind: string }>(
    "select state, kind from studies.queries where subject_id = $1",
    [subject],
  );
  expect(query).toEqual({ state: "answered", kind: "check" });
  // Accepted once, the same value is not asked about again.
  expect(
    (await cora.post(demo(subject), { act: "save", ...filled({ weight: "230", height: "180" }, { weight: 1 }) }))
      .status,
  ).toBe(303);
  expect(
    (
      await cora.post(demo(subject), {
        act: "save",
        ...filled({ weight: "240", height: "180" }, { weight: 1, height: 1 }),
      })
    ).status,
  ).toBe(422);
  await cora.post(demo(subject), { act: "save", ...filled({ weight: "90", height: "180" }, { weight: 1, height: 1 }) });
  const [after] = await stage.world.sql<{ state: string }>("select state from studies.queries where subject_id = $1", [
    subject,
  ]);
  expect(after?.state).toBe("resolved");
});

test("pounds are checked as kilograms", async () => {
  const subject = await enrol();
  const sent = { act: "save", ...filled({ weight: "300" }), [`u.${f("weight")}`]: "u_lb" };
  expect((await cora.post(demo(subject), sent)).status).toBe(303);
});

test("two people change the same field: the second one chooses, and different fields do not meet", async () => {
  const subject = await enrol();
  const { client: dora } = await stage.person("Dora", "data_entry", stage.north);
  await cora.post(demo(subject), { act: "save", ...filled({ sex: "m", weight: "80" }) });
  const other = await dora.post(demo(subject), {
    act: "save",
    ...filled({ sex: "m", weight: "80", height: "170" }, { sex: 1, weight: 1 }),
  });
  expect(other.status).toBe(303);
  await dora.post(demo(subject), {
    act: "save",
    ...filled({ sex: "m", weight: "82", height: "170" }, { sex: 1, weight: 1, height: 1 }),
  });
  const merge = await cora.post(demo(subject), {
    act: "save",
    ...filled({ sex: "m", weight: "81", height: "" }, { sex: 1, weight: 1 }),
  });
  expect(merge.status).toBe(409);
  expect(merge.text).toContain("Keep theirs: 82 kg");
  expect(merge.text).toContain("Take mine: 81 kg");
  expect(merge.text).toContain("Dora");
  const resend = {
    act: "save",
    ...filled({ sex: "m", weight: "81", height: "170" }, { sex: 1, weight: 2, height: 1 }),
    [`c.${f("weight")}`]: "1",
  };
  expect((await cora.post(demo(subject), resend)).status).toBe(422);
  expect((await cora.post(demo(subject), { ...resend, [`m.${f("weight")}`]: "mine" })).status).toBe(303);
  expect((await rows(subject)).find(({ item }) => item === "weight")).toMatchObject({ raw: "81", version: 3 });
});

test("after completion a change needs its reason, and the history stands beside the field", async () => {
  const subject = await enrol();
  await cora.post(demo(subject), { act: "complete", ...filled({ sex: "m", weight: "80" }) });
  const versions = { sex: 1, weight: 1 };
  const refused = await cora.post(demo(subject), { act: "save", ...filled({ sex: "m", weight: "88" }, versions) });
  expect([refused.status, refused.text.includes("Say why it is changed")]).toEqual([422, true]);
  const saved = await cora.post(demo(subject), {
    act: "save",
    ...filled({ sex: "m", weight: "88" }, versions),
    reasonChoice: "Transcription error",
  });
  expect(saved.status).toBe(303);
  const page = await cora.get(demo(subject));
  expect(page.text).toContain("Changed 1×");
  expect(page.text).toContain("Transcription error");
});

test("what is entered is saved as one goes; what is wrong waits on the page", async () => {
  const subject = await enrol();
  const quick = await cora.post(`${demo(subject)}/quick`, filled({ sex: "f", weight: "2", height: "150" }));
  expect(quick.status).toBe(200);
  expect(quick.text).toContain("Saved at");
  expect(quick.text).toContain("Not saved: At least 20 kg.");
  expect(quick.text).toContain("Pregnant");
  expect((await rows(subject)).map(({ item }) => item)).toEqual(["height", "sex"]);
});

test("rows are added, and an answer may be missing for a reason", async () => {
  const subject = await enrol();
  const row = (key: string, drug: string) => ({
    [`b.${f("drug", key, "meds")}`]: "0",
    [`b.${f("since", key, "meds")}`]: "0",
    [`v.${f("drug", key, "meds")}`]: drug,
    [`v.${f("since", key, "meds")}`]: "2025-03",
  });
  const sent = { act: "save", ...filled({ sex: "m" }), [`n.${f("weight")}`]: "not-done", ...row("1", "Metformin") };
  expect((await cora.post(demo(subject), sent)).status).toBe(303);
  expect((await cora.get(demo(subject))).text).toContain("next row");
  const stored = await rows(subject);
  expect(stored.find(({ item }) => item === "weight")).toMatchObject({ raw: null, null_flavour: "not-done" });
  expect(stored.find(({ item }) => item === "since")?.raw).toBe("2025-03");
  // "Not done" satisfies a required field.
  expect(
    (
      await cora.post(demo(subject), {
        act: "complete",
        ...filled({ sex: "m" }, { sex: 1, weight: 1 }),
        [`n.${f("weight")}`]: "not-done",
      })
    ).status,
  ).toBe(303);
});

test("a rule looks at another visit's form", async () => {
  const subject = await enrol();
  await cora.post(demo(subject), { act: "save", ...filled({ weight: "120" }) });
  const vitals = await cora.get(`${base}/participants/${subject}/forms/month3/-/vitals/-`);
  expect(vitals.text).toContain("Heavier than at baseline");
  const light = await enrol();
  await cora.post(demo(light), { act: "save", ...filled({ weight: "60" }) });
  expect((await cora.get(`${base}/participants/${light}/forms/month3/-/vitals/-`)).text).not.toContain("Heavier");
});

test("an encrypted answer lies sealed and is opened only by who may", async () => {
  const subject = await enrol();
  await cora.post(demo(subject), { act: "save", ...filled({ mail: "someone@example.org" }) });
  const [mail] = await rows(subject);
  expect([mail?.raw, (mail?.sealed?.length ?? 0) > 0]).toEqual([null, true]);
  expect((await cora.get(demo(subject))).text).toContain("someone@example.org");
  const { client: dan } = await stage.person("Dan", "data_manager");
  const closed = await dan.get(demo(subject));
  expect([closed.status, closed.text.includes("someone@example.org"), closed.text.includes("Encrypted")]).toEqual([
    200,
    false,
    true,
  ]);
  await cora.post(demo(subject), { act: "save", ...filled({ mail: "other@example.org" }, { mail: 1 }) });
  expect((await cora.get(demo(subject))).text).toContain("other@example.org");
});

test("a blinded answer is not there for who is blinded: not on the page, not in the table", async () => {
  const subject = await enrol();
  const kit = { act: "save", ...filled({}), [`b.${f("kit")}`]: "0", [`v.${f("kit")}`]: "A-17" };
  expect((await cora.get(demo(subject))).text).not.toContain("Kit given");
  expect((await cora.post(demo(subject), kit)).status).toBe(403);
  const { client: uma } = await stage.person("Uma", "unblinded_staff", stage.north);
  expect((await uma.post(demo(subject), kit)).status).toBe(303);
  expect((await rows(subject)).map(({ item, raw }) => [item, raw])).toEqual([["kit", "A-17"]]);
  const { client: dan } = await stage.person("Dan", "data_manager");
  const { client: una } = await stage.person("Una", "unblinded_statistician");
  expect((await cora.get(demo(subject))).text).not.toContain("A-17");
  expect((await dan.get(demo(subject))).text).not.toContain("A-17");
  expect((await una.get(demo(subject))).text).toContain("A-17");
});

test("a frozen or locked form is not changed, whichever way one tries", async () => {
  const subject = await enrol();
  await cora.post(demo(subject), { act: "save", ...filled({ sex: "m" }) });
  await stage.world.sql(
    "insert into studies.locks (tenant_id, workspace_id, kind, scope, subject_id, reason) values ($1, $2, 'locked', 'subject', $3, 'try')",
    [stage.world.here.id, stage.study.id, subject],
  );
  const refused = await cora.post(demo(subject), { act: "save", ...filled({ sex: "f" }, { sex: 1 }) });
  expect([refused.status, refused.text.includes("locked")]).toEqual([422, true]);
  expect((await cora.get(demo(subject))).text).toContain("Locked");
});

test("a form that was not done says why, and a visit too", async () => {
  const subject = await enrol();
  const at = `${base}/participants/${subject}/forms/baseline/-/vitals/-`;
  expect((await cora.post(`${at}/not-done`, { reason: "" })).status).toBe(422);
  expect((await cora.post(`${at}/not-done`, { reason: "Device broken" })).status).toBe(303);
  expect((await cora.get(at)).text).toContain("Device broken");
  await cora.post(`${base}/participants/${subject}/visits/baseline/-`, { happenedOn: "2026-01-12" });
  const book = await cora.get(`${base}/participants/${subject}`);
  expect(book.text).toContain("2026-01-12");
  expect(book.text).toContain("due 2026-04-12");
});

/** As the small study, and the vital signs carry a dose computed from the weight on another form, and a check against it. */
const crossing: Build = {
  ...smallStudy,
  items: [
    ...smallStudy.items.map((item) =>
      item.id === "systolic"
        ? {
            ...item,
            checks: [
              {
                id: "plausible",
                severity: "soft" as const,
                message: wordsOf("High for this weight.", "en"),
                condition: formulaOf("systolic.plausible", "systolic < [baseline/demo/weight] * 3"),
              },
            ],
          }
        : item,
    ),
    itemOf("dose", wordsOf("Dose", "en"), { is: "decimal", decimals: 0 }),
  ],
  forms: smallStudy.forms.map((form) =>
    form.id === "vitals"
      ? {
          ...form,
          sections: form.sections.map((section) => ({
            ...section,
            entries: [
              ...section.entries,
              entryOf("dose", { calculation: formulaOf("dose.calculation", "[baseline/demo/weight] * 2") }),
            ],
          })),
        }
      : form,
  ),
};

test("what is computed on one form follows the other; under a signature or a lock it stays, and somebody is asked", async () => {
  await stage.publish(crossing, 2, stage.south, "2021-01-01");
  const { client: sid } = await stage.person("Sid", "study_coordinator", stage.south);
  const ivy = await stage.person("Ivy", "investigator", stage.south);
  const { client: dan } = await stage.person("Dana", "data_manager");
  const ink = await stage.signer(ivy.person);
  const subject = await enrol(sid, stage.south);
  const vitals = `${base}/participants/${subject}/forms/month3/-/vitals/-`;
  await sid.post(demo(subject), { act: "complete", ...filled({ sex: "m", weight: "80" }) });
  const entered = { "b.vitals_main~~systolic": "0", "v.vitals_main~~systolic": "150" };
  expect((await sid.post(vitals, { act: "complete", ...entered })).status).toBe(303);
  const dose = async () => (await rows(subject)).find(({ item }) => item === "dose");
  expect((await dose())?.raw).toBe("160");

  let version = 1;
  const weigh = async (weight: string) => {
    const sent = filled({ sex: "m", weight }, { sex: 1, weight: version }, { reasonChoice: "Transcription error" });
    expect((await sid.post(demo(subject), { act: "save", ...sent })).status).toBe(303);
    version += 1;
  };
  const asked = () =>
    stage.world.sql<{ check_id: string; state: string; text: string }>(
      `select q.check_id, q.state, (select m.text from studies.query_messages m where m.query_id = q.id order by made_at limit 1) as text
       from studies.queries q where q.subject_id = $1 order by q.made_at`,
      [subject],
    );
  await weigh("90");
  expect(await dose()).toMatchObject({
    raw: "180",
    source: "calculation",
    reason: "Computed again, because “Demographics” changed",
  });
  expect((await sid.get(vitals)).text).toContain("Changed 1×");
  // A check on the other form fires by now, and is closed by the program when the weight is mended.
  await weigh("45");
  expect(await asked()).toMatchObject([{ check_id: "plausible", state: "open", text: "High for this weight." }]);
  await weigh("90");
  expect((await asked()).map(({ state }) => state)).toEqual(["resolved"]);

  const sign = (await ivy.client.get(`${base}/participants/${subject}/sign`)).text;
  const sheets = [...sign.matchAll(/name="sheets" value="([^"]+)"/g)].map((match) => match[1] ?? "");
  expect((await ivy.client.post(`${base}/participants/${subject}/sign`, { sheets, ...ink })).status).toBe(303);
  await weigh("100");
  expect((await dose())?.raw).toBe("180");
  expect((await asked()).at(-1)).toMatchObject({
    check_id: ":drift",
    state: "open",
    text: "“Dose” holds 180 and was not changed, because it is signed. Computed again, because “Demographics” changed: it would be 200.",
  });
  expect((await ivy.client.get(vitals)).text).not.toContain("Signature broken");
  // Saving the signed form would change what is computed on it: not without a reason.
  const again = { "b.vitals_main~~systolic": "1", "v.vitals_main~~systolic": "150" };
  const silent = await sid.post(vitals, { act: "save", ...again });
  expect([silent.status, silent.text.includes("what is computed on it would change")]).toEqual([422, true]);
  await weigh("90");
  expect((await asked()).at(-1)?.state).toBe("resolved");

  // One answer with a lock of its own: a result stays there too, and nothing is typed over it.
  const [sheet] = await stage.world.sql<{ id: string }>(
    "select id from studies.sheets where subject_id = $1 and form = 'vitals'",
    [subject],
  );
  const lock = { scope: "item", subject, sheet: sheet?.id ?? "", kind: "frozen", reason: "Agreed with the sponsor" };
  for (const item of ["dose", "systolic"])
    expect((await dan.post(`${base}/locks/new`, { ...lock, item })).status).toBe(303);
  const typed = await sid.post(vitals, {
    act: "save",
    ...again,
    "v.vitals_main~~systolic": "151",
    reasonText: "Read again",
  });
  expect([typed.status, typed.text.includes("This answer is frozen")]).toEqual([422, true]);
  await weigh("95");
  expect((await dose())?.raw).toBe("180");
  expect((await asked()).at(-1)).toMatchObject({ check_id: ":drift", state: "open" });
});

test("what an import changes is followed on the forms that it does not bring; what it brings stays as it was received", async () => {
  // The first site's version reads the file; the forms are judged by their own.
  await stage.publish(crossing, 3, null, "2021-01-01");
  const { client: sid } = await stage.person("Sid", "study_coordinator", stage.south);
  const ivy = await stage.person("Ivy", "investigator", stage.south);
  const { client: dan } = await stage.person("Dana", "data_manager");
  const begun = async () => {
    const subject = await enrol(sid, stage.south);
    await sid.post(demo(subject), { act: "complete", ...filled({ sex: "m", weight: "80" }) });
    const vitals = { "b.vitals_main~~systolic": "0", "v.vitals_main~~systolic": "150" };
    const at = `${base}/participants/${subject}/forms/month3/-/vitals/-`;
    expect((await sid.post(at, { act: "complete", ...vitals })).status).toBe(303);
    const [row] = await stage.world.sql<{ code: string }>("select code from core.subjects where id = $1", [subject]);
    return { subject, code: row?.code ?? "" };
  };
  const bring = async (...lines: string[]) => {
    const bytes = new TextEncoder().encode(["subject,event,Weight,Dose", ...lines].join("\n"));
    const { location } = await dan.post(`${base}/imports`, { file: { filename: "weights.csv", bytes } });
    await dan.post(`${location}/decisions`, { rest: "take" });
    expect((await dan.post(`${location}/take`, { reason: "Scales of the ward" })).status).toBe(303);
    return location;
  };
  const doseOf = async (subject: string) =>
    (
      await stage.world.sql<object>(
        "select raw, version, source, reason, changed_by as by from studies.field_values where subject_id = $1 and item = 'dose'",
        [subject],
      )
    )[0];
  const asked = (subject: string) =>
    stage.world.sql<{ check_id: string; state: string; text: string }>(
      `select q.check_id, q.state, (select m.text from studies.query_messages m where m.query_id = q.id order by made_at limit 1) as text
       from studies.queries q where q.subject_id = $1 order by q.made_at`,
      [subject],
    );
  const reason = "Computed again, because “Demographics” changed by an import";
  const { subject, code } = await begun();
  expect(await doseOf(subject)).toMatchObject({ raw: "160", version: 1 });

  const light = await bring(`${code},baseline,45,`);
  expect(await doseOf(subject)).toEqual({ raw: "90", version: 2, source: "calculation", reason, by: null });
  expect(await asked(subject)).toMatchObject([{ check_id: "plausible", state: "open", text: "High for this weight." }]);
  expect((await dan.get(light)).text).toContain("1 result on other forms followed.");
  const said = "results that were computed again on other forms, because weights.csv changed what they look at: 1";
  expect((await stage.world.trail()).filter(({ sentence }) => sentence?.includes(said))).toHaveLength(1);
  // The same again changes nothing; taken back, the results and the questions go back too.
  await bring(`${code},baseline,45,`);
  expect(await doseOf(subject)).toMatchObject({ raw: "90", version: 2 });
  expect((await dan.post(`${light}/take-back`, { why: "Wrong scales" })).status).toBe(303);
  await stage.world.settled();
  expect(await doseOf(subject)).toMatchObject({ raw: "160", version: 3, reason });
  expect((await asked(subject)).map(({ state }) => state)).toEqual(["resolved"]);

  // Signed: it stays, and somebody is asked.
  const ink = await stage.signer(ivy.person);
  const sign = (await ivy.client.get(`${base}/participants/${subject}/sign`)).text;
  const sheets = [...sign.matchAll(/name="sheets" value="([^"]+)"/g)].map((match) => match[1] ?? "");
  expect((await ivy.client.post(`${base}/participants/${subject}/sign`, { sheets, ...ink })).status).toBe(303);
  await bring(`${code},baseline,100,`);
  expect(await doseOf(subject)).toMatchObject({ raw: "160", version: 3 });
  expect((await asked(subject)).at(-1)).toMatchObject({
    check_id: ":drift",
    state: "open",
    text: `“Dose” holds 160 and was not changed, because it is signed. ${reason}: it would be 200.`,
  });

  // A result that came with the file is stored as it came, and asked about once.
  const other = await begun();
  await bring(`${other.code},baseline,90,`, `${other.code},month3,,175`);
  expect(await doseOf(other.subject)).toMatchObject({ raw: "175", version: 2, source: "import" });
  expect((await asked(other.subject)).map(({ check_id, state }) => [check_id, state])).toEqual([[":differs", "open"]]);
});
