/** An amendment on live data: what it would do, and what stands after the forms were moved. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Build } from "../../../modules/studies/model/build.ts";
import { formulaOf } from "../../../modules/studies/model/build.ts";
import { wordsOf } from "../../../modules/studies/model/words.ts";
import type { Client } from "../../support/world.ts";
import { smallStudy } from "./small-study.ts";
import { type StudyStage, studyStage } from "./stage.ts";

let stage: StudyStage;
let base: string;
let cora: Client;
let dan: Client;
let ivy: Client;
let ink: Record<string, string>;
beforeAll(async () => {
  stage = await studyStage();
  base = stage.base;
  await stage.publish(smallStudy);
  cora = (await stage.person("Cora", "study_coordinator", stage.north)).client;
  dan = (await stage.person("Dan", "data_manager")).client;
  const investigator = await stage.person("Ivy", "investigator", stage.north);
  ivy = investigator.client;
  ink = await stage.signer(investigator.person);
});
afterAll(async () => await stage.world.stop());

/** Height is asked in words that mean something else; everything else stays. */
const amended: Build = {
  ...smallStudy,
  items: smallStudy.items.map((item) =>
    item.id === "height" ? { ...item, question: wordsOf("Height without shoes", "en") } : item,
  ),
};

async function signed(values: Record<string, string>): Promise<string> {
  const made = await cora.post(`${base}/participants/new`, { siteId: stage.north, enrolledOn: "2026-01-10" });
  const subject = made.location.split("/").at(-1) ?? "";
  const sent: Record<string, string> = { act: "complete" };
  for (const [item, value] of Object.entries(values)) {
    sent[`b.demo_main~~${item}`] = "0";
    sent[`v.demo_main~~${item}`] = value;
  }
  expect((await cora.post(`${base}/participants/${subject}/forms/baseline/-/demo/-`, sent)).status).toBe(303);
  const page = await ivy.get(`${base}/participants/${subject}/sign`);
  const sheet = /name="sheets" value="([^"]+)"/.exec(page.text)?.[1] ?? "";
  expect((await ivy.post(`${base}/participants/${subject}/sign`, { sheets: sheet, ...ink })).status).toBe(303);
  return subject;
}

test("signatures stay where the question did not change, and break where it did", async () => {
  const withHeight = await signed({ sex: "m", weight: "80", height: "180" });
  const without = await signed({ sex: "f", weight: "70" });
  const second = await stage.publish(amended, 2, null, "2021-01-01");
  const looked = await dan.get(`${base}/versions/${second}/simulate`);
  expect(looked.status).toBe(200);
  expect(looked.text).toContain("Height");
  // Every number leads to the answers behind it.
  const href = /href="([^"]+simulate\/answers\?[^"]*item=height[^"]*)"/
    .exec(looked.text)?.[1]
    ?.replaceAll("&amp;", "&");
  const listed = (await dan.get(href ?? "")).text;
  expect(listed).toContain(`/participants/${withHeight}/forms/baseline/-/demo/-`);
  expect(listed).toContain("180");
  expect(listed).toContain("signature breaks");
  expect(listed).not.toContain(without);
  const stands = async (subject: string) =>
    !(await ivy.get(`${base}/participants/${subject}/forms/baseline/-/demo/-`)).text.includes("Signature broken");
  expect([await stands(withHeight), await stands(without)]).toEqual([true, true]);

  expect((await cora.post(`${base}/versions/${second}/migrate`, { reason: "Approved" })).status).toBe(403);
  expect((await dan.post(`${base}/versions/${second}/migrate`, { reason: "Approved by the committee" })).status).toBe(
    303,
  );
  const versions = await stage.world.sql<{ version_id: string }>("select distinct version_id from studies.sheets");
  expect(versions).toEqual([{ version_id: second }]);
  expect([await stands(withHeight), await stands(without)]).toEqual([false, true]);
});

test("a form whose answers would have no place stays where it is", async () => {
  const subject = await signed({ sex: "m", weight: "80" });
  const smaller: Build = {
    ...amended,
    forms: amended.forms.map((form) =>
      form.id === "demo"
        ? {
            ...form,
            sections: form.sections.map((section) => ({
              ...section,
              entries: section.entries.filter(({ item }) => item !== "weight" && item !== "bmi"),
            })),
          }
        : form,
    ),
  };
  const third = await stage.publish(smaller, 3, null, "2022-01-01");
  const looked = await dan.get(`${base}/versions/${third}/simulate`);
  expect(looked.text).toContain("Has no place");
  await dan.post(`${base}/versions/${third}/migrate`, { reason: "To try" });
  const [sheet] = await stage.world.sql<{ version_id: string }>(
    "select version_id from studies.sheets where subject_id = $1",
    [subject],
  );
  expect(sheet?.version_id).not.toBe(third);
  expect((await ivy.get(`${base}/participants/${subject}/forms/baseline/-/demo/-`)).text).toContain("80");
});

test("a site moves once its committee has approved, a changed formula computes again, and nothing signed is changed silently", async () => {
  const rounded: Build = {
    ...amended,
    forms: amended.forms.map((form) => ({
      ...form,
      sections: form.sections.map((section) => ({
        ...section,
        entries: section.entries.map((entry) =>
          entry.item === "bmi"
            ? { ...entry, calculation: formulaOf("bmi.calc", "round(weight / (height / 100)^2, 0)") }
            : entry,
        ),
      })),
    })),
  };
  await stage.publish(amended, 4, null, "2022-06-01");
  const kept = await signed({ sex: "m", weight: "80", height: "180" });
  const open = await signed({ sex: "f", weight: "70", height: "160" });
  await cora.post(`${base}/participants/${open}/forms/baseline/-/demo/-`, {
    act: "save",
    "b.demo_main~~sex": "1",
    "v.demo_main~~sex": "m",
    reasonChoice: "Transcription error",
  });
  const bmi = async (subject: string) =>
    (
      await stage.world.sql<{ raw: string }>(
        "select raw from studies.field_values where subject_id = $1 and item = 'bmi'",
        [subject],
      )
    )[0]?.raw;
  expect([await bmi(kept), await bmi(open)]).toEqual(["24.7", "27.3"]);

  const later = await stage.publish(rounded, 5, stage.south, "2023-01-01");
  const at = `${base}/versions/${later}`;
  const early = await dan.post(`${at}/migrate`, { reason: "Too early", siteId: stage.north });
  expect([early.status, early.text.includes("does not work with that version yet")]).toEqual([422, true]);
  await dan.post(`${at}/migrate`, { reason: "Only where it is approved" });
  const there = () => stage.world.sql<{ id: string }>("select id from studies.sheets where version_id = $1", [later]);
  expect(await there()).toEqual([]);
  await stage.world.sql(
    "insert into studies.placements (tenant_id, workspace_id, version_id, site_id, from_on) values ($1, $2, $3, $4, '2023-02-01')",
    [stage.world.here.id, stage.study.id, later, stage.north],
  );
  // Whoever builds the study sees how much is touched, and no answer.
  const { client: ada } = await stage.person("Ada", "study_administrator");
  expect((await ada.get(`${at}/simulate`)).status).toBe(403);
  expect((await ada.post(`${base}/design/drafts`)).status).toBe(303);
  const counts = (await ada.get(`${base}/design/simulate`)).text;
  expect([counts.includes("Its formula changed"), counts.includes("/simulate/answers")]).toEqual([true, false]);

  await dan.post(`${at}/migrate`, { reason: "Approved", siteId: stage.north });
  const held = (await there()).length;
  await dan.post(`${at}/migrate`, { reason: "Approved", siteId: stage.north, recompute: "on" });
  expect((await there()).length).toBeGreaterThan(held);
  expect([await bmi(kept), await bmi(open)]).toEqual(["24.7", "27"]);
  const asked = await stage.world.sql<{ text: string }>(
    `select m.text from studies.queries q join studies.query_messages m on m.query_id = q.id where q.subject_id = $1 and q.check_id = ':drift'`,
    [kept],
  );
  expect(asked).toEqual([
    {
      text: "“Body mass index” holds 24.7 and was not changed, because it is signed. Computed again under another version: it would be 25.",
    },
  ]);
  expect((await ivy.get(`${base}/participants/${kept}/forms/baseline/-/demo/-`)).text).not.toContain(
    "Signature broken",
  );
});
