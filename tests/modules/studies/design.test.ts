/** Building a study on the screen and from files, through HTTP. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { demoStudy } from "../../../modules/studies/demo-study.ts";
import { leaksOf } from "../../../modules/studies/model/blinding.ts";
import { emptyBuild, entryOf, formulaOf, itemOf } from "../../../modules/studies/model/build.ts";
import { blinded } from "../../../modules/studies/model/marks.ts";
import { wordsOf } from "../../../modules/studies/model/words.ts";
import { fixture } from "../../support/fixtures.ts";
import type { Client } from "../../support/world.ts";
import { type StudyStage, studyStage } from "./stage.ts";

let stage: StudyStage;
let ada: Client;
let base: string;
beforeAll(async () => {
  stage = await studyStage();
  base = stage.base;
  ada = (await stage.person("Ada", "study_administrator")).client;
});
afterAll(async () => await stage.world.stop());

const draft = async () =>
  (
    await stage.world.sql<{ build: typeof emptyBuild; revision: number }>(
      "select build, revision from studies.drafts where closed_at is null",
    )
  )[0];

describe("on the screen", () => {
  test("a study is built without dragging, and every step is kept with its difference", async () => {
    expect((await ada.post(`${base}/design/drafts`)).status).toBe(303);
    expect((await ada.post(`${base}/design/drafts`)).text).toContain("go on with it");
    expect((await ada.post(`${base}/design/forms`, { title: "Vital signs" })).location).toBe(
      `${base}/design/forms/vital_signs`,
    );
    await ada.post(`${base}/design/events`, { event: "Baseline" });
    const added = await ada.post(`${base}/design/forms/vital_signs/items`, {
      question: "Weight",
      kind: "decimal",
      section: "vital_signs_main",
    });
    expect(added.location).toBe(`${base}/design/forms/vital_signs/items/weight`);
    await ada.post(`${base}/design/forms/vital_signs/items`, {
      question: "Height",
      kind: "decimal",
      section: "vital_signs_main",
    });
    await ada.post(`${base}/design/forms/vital_signs/items`, {
      question: "BMI",
      kind: "decimal",
      section: "vital_signs_main",
    });
    await ada.post(`${base}/design/forms/vital_signs/move`, {
      what: "entry",
      section: "vital_signs_main",
      id: "bmi",
      direction: "up",
    });
    const entries = (await draft())?.build.forms[0]?.sections[0]?.entries.map(({ item }) => item);
    expect(entries).toEqual(["weight", "bmi", "height"]);

    const page = await ada.get(`${base}/design/forms/vital_signs/items/bmi`);
    const was = /name="was" value="([^"]+)"/.exec(page.text)?.[1] ?? "";
    const fields = {
      was,
      question: "Body mass index",
      kind: "decimal",
      decimals: "1",
      whenHidden: "keep",
      calculation: "round(weight / (height / 100)^2, 1)",
      calculationCases: "a usual one | weight=80, height=180 | 24.7",
      "checks.0.severity": "soft",
      "checks.0.comparator": "LE",
      "checks.0.value": "60",
      "checks.0.message": "Above 60 is rare.",
    };
    const saved = await ada.post(`${base}/design/forms/vital_signs/items/bmi`, fields);
    expect([saved.status, saved.location]).toEqual([303, `${base}/design/forms/vital_signs`]);
    const item = (await draft())?.build.items.find(({ id }) => id === "bmi");
    expect(item?.type).toEqual({ is: "decimal", decimals: 1 });
    expect(item?.checks).toHaveLength(1);
    const again = await ada.post(`${base}/design/forms/vital_signs/items/bmi`, fields);
    expect(again.status).toBe(409);

    await ada.post(`${base}/design/events/baseline`, {
      name: "Baseline",
      type: "scheduled",
      target: "P0D",
      forms: ["vital_signs"],
      required: ["vital_signs"],
    });
    const history = await ada.get(`${base}/design/history`);
    expect(history.text).toContain("changed the field bmi");
    expect(history.text).toContain("Ada");
    const [edit] = await stage.world.sql<{ changes: { path: string }[] }>(
      "select changes from studies.edits order by revision desc limit 1",
    );
    expect(edit?.changes.map(({ path }) => path)).toContain("events/baseline/window");
  });

  test("a failing test case, a mistyped rule and a field that looks identifying keep it from being published", async () => {
    const name = await ada.post(`${base}/design/forms/vital_signs/items`, {
      question: "First name of the patient",
      kind: "text",
      section: "vital_signs_main",
    });
    expect(name.status).toBe(303);
    const check = await ada.get(`${base}/design/check`);
    expect(check.text).toContain("looks like a name");
    const refused = await ada.post(`${base}/design/publish`, { title: "First" });
    expect([refused.status, refused.text.includes("one problem is not solved")]).toEqual([422, true]);
    await ada.post(`${base}/design/forms/vital_signs/remove`, {
      what: "entry",
      section: "vital_signs_main",
      id: "first_name_of_the_patient",
    });
    const published = await ada.post(`${base}/design/publish`, { title: "First" });
    expect([published.status, published.location]).toEqual([303, `${base}/versions`]);
    const versions = await ada.get(`${base}/versions`);
    expect(versions.text).toContain("1 of 1");
    expect(versions.text).toContain("In force");
    expect(await draft()).toBeUndefined();
  });

  test("an option that is taken out is retired, not gone", async () => {
    await ada.post(`${base}/design/drafts`);
    await ada.post(`${base}/design/forms/vital_signs/items`, {
      question: "Position",
      kind: "choice",
      options: "1 = Sitting\n2 = Standing",
      section: "vital_signs_main",
    });
    const page = await ada.get(`${base}/design/forms/vital_signs/items/position`);
    const was = /name="was" value="([^"]+)"/.exec(page.text)?.[1] ?? "";
    await ada.post(`${base}/design/forms/vital_signs/items/position`, {
      was,
      question: "Position",
      kind: "choice",
      options: "1 = Sitting\n3 = Lying",
    });
    const list = (await draft())?.build.codeLists.find(({ id }) => id === "position_options");
    expect(list?.options.map(({ code, retired }) => [code, retired])).toEqual([
      ["1", false],
      ["3", false],
      ["2", true],
    ]);
  });

  test("arms are made, named, ordered and given their visits, and the matrix obeys them", async () => {
    const arms = async () => (await draft())?.build.arms.map(({ id, name }) => [id, name.en?.text]);
    await ada.post(`${base}/design/arms`, { title: "Usual care" });
    await ada.post(`${base}/design/arms`, { title: "Walking" });
    await ada.post(`${base}/design/arms/walking`, { name: "Guided walking" });
    await ada.post(`${base}/design/arms/walking/move`, { direction: "up" });
    expect(await arms()).toEqual([
      ["walking", "Guided walking"],
      ["usual_care", "Usual care"],
    ]);
    await ada.post(`${base}/design/events`, { event: "Walking class" });
    const page = (await ada.get(`${base}/design/arms`)).text;
    const boxes = [...page.matchAll(/name="planned" value="([^"]+)"/g)].map((match) => match[1] ?? "");
    const kept = boxes.filter((box) => box !== "walking_class usual_care");
    expect([boxes.length % 2, kept.length]).toEqual([0, boxes.length - 1]);
    const nowhere = await ada.post(`${base}/design/arms-of-visits`, {
      planned: kept.filter((box) => !box.startsWith("walking_class ")),
    });
    expect([nowhere.status, nowhere.text.includes("is in no arm")]).toEqual([422, true]);
    expect((await ada.post(`${base}/design/arms-of-visits`, { planned: kept })).status).toBe(303);
    const events = (await draft())?.build.events.map(({ id, arms: own }) => [id, own]) ?? [];
    expect(events.at(-1)).toEqual(["walking_class", ["walking"]]);
    expect(events.slice(0, -1).every(([, own]) => own?.length === 0)).toBe(true);
    // Without its only arm the visit would be planned for everybody.
    const alone = await ada.post(`${base}/design/arms/walking/remove`);
    expect([alone.status, alone.text.includes("is planned in this arm only")]).toEqual([422, true]);
    const formOfClass = { name: "Walking class", type: "unscheduled", forms: ["vital_signs"], required: [] };
    expect((await ada.post(`${base}/design/events/walking_class`, formOfClass)).status).toBe(303);
    expect((await draft())?.build.events.at(-1)?.arms).toEqual(["walking"]);

    expect((await ada.post(`${base}/design/publish`, { title: "With arms" })).status).toBe(303);
    const [version] = await stage.world.sql<{ id: string }>(
      "select id from studies.versions order by number desc limit 1",
    );
    const from = new Date().toISOString().slice(0, 10);
    expect((await ada.post(`${base}/versions/placements`, { versionId: version?.id ?? "", fromOn: from })).status).toBe(
      303,
    );
    const { client: cora } = await stage.person("Cora", "study_coordinator", stage.north);
    const enrol = async (arm: string) =>
      (await cora.post(`${base}/participants/new`, { siteId: stage.north, enrolledOn: "2026-01-10", arm })).location;
    const [walks, usual] = [await enrol("walking"), await enrol("usual_care")];
    const matrix = (await cora.get(`${base}/participants`)).text;
    expect(matrix.match(/Not planned in this arm/g)?.length).toBe(1);
    expect((await cora.get(walks)).text).toContain("Walking class");
    const other = (await cora.get(usual)).text;
    expect([other.includes("Walking class"), other.includes("Usual care")]).toEqual([false, true]);
    const form = "forms/walking_class/-/vital_signs/-";
    expect([(await cora.get(`${walks}/${form}`)).status, (await cora.get(`${usual}/${form}`)).status]).toEqual([
      200, 404,
    ]);
    expect((await cora.post(`${usual}/visits/walking_class/-`, { happenedOn: "2026-01-11" })).status).toBe(404);
    // Somebody goes over: with a reason, by who may, and the visits follow. What holds data stays and is marked.
    const { client: ivy } = await stage.person("Ivy", "investigator", stage.north);
    const field = /name="b\.([^"]+)"/.exec((await cora.get(`${walks}/${form}`)).text)?.[1] ?? "";
    const entered = await cora.post(`${walks}/${form}`, { act: "save", [`b.${field}`]: "0", [`v.${field}`]: "120" });
    expect(entered.status).toBe(303);
    const over = { was: "walking", arm: "usual_care", armReason: "Could not come to the classes" };
    expect((await cora.post(`${walks}/arm`, over)).status).toBe(403);
    for (const wrong of [{ armReason: "" }, { arm: "walking" }, { arm: "another" }])
      expect((await ivy.post(`${walks}/arm`, { ...over, ...wrong })).status).toBe(422);
    expect((await ivy.post(`${walks}/arm`, over)).status).toBe(303);
    // Twice, or by somebody who looks at an old page: nothing is moved.
    expect((await ivy.post(`${walks}/arm`, { ...over, was: "" })).status).toBe(422);
    const moved = (await ivy.get(walks)).text;
    for (const words of ["Walking class", "it stays because it holds data", "Could not come to the classes"])
      expect(moved).toContain(words);
    expect((await cora.get(`${base}/participants`)).text).toContain("outside the arm");
    expect([(await cora.get(`${walks}/${form}`)).status, (await cora.get(`${usual}/${form}`)).status]).toEqual([
      200, 404,
    ]);
    expect(
      (await ivy.post(`${usual}/arm`, { was: "usual_care", arm: "walking", armReason: "Asked for it" })).status,
    ).toBe(303);
    expect((await cora.get(`${usual}/${form}`)).status).toBe(200);
    // Past the page: no arm is changed without a reason in the same transaction, and no reason is rewritten.
    const { house, here } = stage.world;
    const asIvy = (text: string) =>
      house.transactions.run(
        { tenantId: here.id, workspaceId: stage.study.id, kind: "person", actorId: ivyId, sessionRef: "test" },
        { readOnly: false },
        (lease) => lease.rows(text),
        async () => {},
      );
    const ivyId =
      (await stage.world.sql<{ id: string }>("select made_by as id from studies.arm_changes limit 1"))[0]?.id ?? "";
    await expect(asIvy("update studies.participants set arm = 'walking' where arm = 'usual_care'")).rejects.toThrow(
      "with a reason",
    );
    await expect(asIvy("update studies.arm_changes set reason = 'another'")).rejects.toThrow("permission denied");
    expect((await stage.world.trail()).map(({ sentence }) => sentence).join()).toContain(
      "from Guided walking to Usual care",
    );
    await ada.post(`${base}/design/drafts`);
    const inUse = await ada.post(`${base}/design/arms/usual_care/remove`);
    expect([inUse.status, inUse.text.includes("Participants are in this arm")]).toEqual([422, true]);
  });

  test("whoever may not build sees and changes nothing", async () => {
    const { client } = await stage.person("Sam", "sponsor");
    expect((await client.get(`${base}/design`)).text).not.toContain("Add a form");
    expect((await client.post(`${base}/design/forms`, { title: "X" })).status).toBe(403);
    expect((await client.post(`${base}/design/publish`, { title: "X" })).status).toBe(403);
  });
});

test("a published version is never changed, not even by its owner", async () => {
  await expect(stage.world.lay("update studies.versions set title = 'Other' where number = 1")).rejects.toThrow(
    "never changed",
  );
});

const metadata = fixture("edc/odm-openedc/metadata.xml");
test.skipIf(!metadata)("the OpenEDC definition comes in over a preview, unchanged until it is taken", async () => {
  const before = await draft();
  const sent = await ada.post(`${base}/design/import`, {
    file: { filename: "metadata.xml", bytes: new Uint8Array(readFileSync(metadata as string)) },
  });
  expect(sent.status).toBe(303);
  const preview = await ada.get(sent.location);
  expect(preview.text).toContain("ODM 1.3.2");
  expect((await draft())?.revision).toBe(before?.revision as number);
  expect((await ada.post(`${sent.location}/take`)).location).toBe(`${base}/design`);
  expect((await draft())?.build.items).toHaveLength(28);
  expect((await ada.post(`${sent.location}/take`)).status).toBe(409);
});

test("what the allocation would leak through is named with its path", () => {
  const arm = blinded.set(itemOf("kit", wordsOf("Kit"), { is: "text", long: false, maxLength: null }), true);
  const dose = itemOf("dose", wordsOf("Dose"), { is: "integer" });
  const build = (entry: Parameters<typeof entryOf>[1]) => ({
    ...emptyBuild,
    items: [arm, dose],
    forms: [
      {
        id: "f",
        name: "Dosing",
        label: {},
        repeating: false,
        extras: {},
        sections: [
          {
            id: "s",
            name: "s",
            label: {},
            repeats: "no" as const,
            sections: [],
            extras: {},
            entries: [entryOf("kit"), entryOf("dose", entry)],
          },
        ],
      },
    ],
  });
  expect(leaksOf(build({}))).toEqual([]);
  const [leak] = leaksOf(build({ shownWhen: formulaOf("x", 'kit = "A"') }));
  expect(leak?.path).toEqual(["f/kit", "condition of f/dose", "blinded roles"]);
  expect(leaksOf(build({ calculation: formulaOf("x", 'if(kit = "A", 1, 2)') }))).toHaveLength(1);
  // Where randomisation is blinded the arm alone is the secret, also without any blinded field.
  const event = { ...demoStudy.events[0], arms: ["active"] } as (typeof demoStudy.events)[number];
  const byArm = { ...demoStudy, events: [event] };
  expect([leaksOf(byArm), leaksOf(byArm, true).map(({ path }) => path)]).toEqual([
    [],
    [["randomisation", "arm active", "visit baseline", "blinded roles"]],
  ]);
});
