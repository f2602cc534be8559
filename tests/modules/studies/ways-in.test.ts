/** The other ways in which answers come: a blind second person, a participant's link, a program's key. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { differencesOf, mayDecide } from "../../../modules/studies/capture/second-entry.ts";
import type { Build } from "../../../modules/studies/model/build.ts";
import { twice } from "../../../modules/studies/model/marks.ts";
import { planOf } from "../../../modules/studies/model/plan.ts";
import type { Client, TestPerson } from "../../support/world.ts";
import { smallStudy } from "./small-study.ts";
import { type StudyStage, studyStage } from "./stage.ts";

const build: Build = {
  ...smallStudy,
  forms: smallStudy.forms.map((form) => (form.id === "demo" ? twice.set(form, true) : form)),
};

let stage: StudyStage;
let base: string;
let cora: Client;
let dan: Client;
beforeAll(async () => {
  stage = await studyStage();
  base = stage.base;
  await stage.publish(build);
  cora = (await stage.person("Cora", "study_coordinator", stage.north)).client;
  dan = (await stage.person("Dan", "data_manager")).client;
});
afterAll(async () => await stage.world.stop());

async function enrol(site = stage.north, client = cora): Promise<string> {
  const answer = await client.post(`${base}/participants/new`, { siteId: site, enrolledOn: "2026-01-10" });
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
    const plan = planOf(build);
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

  test("a third person decides, the record keeps both, and then everybody may see it", async () => {
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
