/**
 * A day at a study's desk: a coordinator by keyboard alone, two people on the same field, a telephone without scripts, the
 * monitor who asks and compares, the investigator who signs, the data manager who locks. Every page is looked at.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { smallStudy } from "../modules/studies/small-study.ts";
import { type StudyStage, studyIn } from "../modules/studies/stage.ts";
import { openStage, type Stage, type Visitor } from "../support/stage.ts";
import type { TestPerson } from "../support/world.ts";

let stage: Stage;
let study: StudyStage;
let cora: TestPerson;
const subjects: string[] = [];
beforeAll(async () => {
  stage = await openStage();
  study = await studyIn(stage.world);
  await study.publish(smallStudy);
  const { person, client } = await study.person("Cora Coordinator", "study_coordinator", study.north);
  cora = person;
  for (let n = 0; n < 2; n++) {
    const made = await client.post(`${study.base}/participants/new`, { siteId: study.north, enrolledOn: "2026-01-10" });
    subjects.push(made.location.split("/").at(-1) ?? "");
  }
}, 180_000);
afterAll(async () => await stage?.stop());

const form = (subject = subjects[0], name = "demo") =>
  `${study.base}/participants/${subject}/forms/baseline/-/${name}/-`;

/** Goes on with the Tab key until what is called so has the focus: what cannot be reached so is not there for her. */
async function tabTo({ page }: Visitor, name: string): Promise<void> {
  const called = `(() => {
    const at = document.activeElement;
    const label = at?.labels?.[0]?.textContent ?? at?.getAttribute("aria-label") ?? at?.textContent ?? "";
    return label.replace(/\\s+/g, " ").trim();
  })()`;
  for (let n = 0; n < 120; n++) {
    await page.keyboard.press("Tab");
    if (String(await page.evaluate(called)).startsWith(name)) return;
  }
  throw new Error(`${name} was not reached with the Tab key`);
}

test("a coordinator fills in, answers a check, completes and changes a form with the keyboard alone", async () => {
  const desk = await stage.as(cora);
  await desk.go(`${study.base}/participants/${subjects[0]}`);
  await tabTo(desk, "Demographics");
  await desk.follow(() => desk.page.keyboard.press("Enter"));
  await tabTo(desk, "Female");
  await desk.page.keyboard.press("Space");
  await desk.page.getByText("Saved at").waitFor();
  await tabTo(desk, "Weight");
  await desk.page.keyboard.type("250");
  await desk.page.keyboard.press("Tab");
  // Unusual: what is right so far is saved, and this waits beside the field.
  await desk.page.getByLabel("Or it is right, because").waitFor();
  await tabTo(desk, "Or it is right, because");
  await desk.page.keyboard.type("Weighed twice");
  await tabTo(desk, "Save and complete");
  await desk.follow(() => desk.page.keyboard.press("Enter"));
  expect(await desk.words()).toContain("The form is complete.");

  await desk.go(form());
  await desk.page.getByLabel("Weight", { exact: true }).fill("240");
  await desk.press("Save");
  expect(await desk.words()).toContain("Say why it is changed");
  await desk.page.getByLabel("Or it is right, because").fill("Weighed a third time");
  await desk.page.getByLabel("Reason", { exact: true }).selectOption("Transcription error");
  await desk.press("Save");
  expect(await desk.words()).toContain("Changed 1×");
  await desk.page.getByText("Changed 1×").click();
  expect(await desk.words()).toContain("250 kg · Cora Coordinator");
  await desk.close();
}, 120_000);

test("two people change the same field, and the second one chooses", async () => {
  const other = await study.person("Colin Coordinator", "study_coordinator", study.north);
  const [one, two] = [await stage.as(cora), await stage.as(other.person)];
  await one.go(form());
  await two.go(form());
  for (const [visitor, height] of [
    [one, "171"],
    [two, "172"],
  ] as const) {
    await visitor.page.getByLabel("Height").fill(height);
    await visitor.page.getByLabel("Reason", { exact: true }).selectOption("New information");
    await visitor.press("Save");
  }
  expect(await two.words()).toContain("Cora Coordinator saved another answer meanwhile");
  await two.page.getByLabel("Take mine: 172 cm").check();
  await two.press("Save");
  expect(await two.page.getByLabel("Height").inputValue()).toBe("172");
  await one.close();
  await two.close();
}, 120_000);

test("on a telephone, without scripts and in the dark, nothing that was typed is lost", async () => {
  const phone = await stage.as(cora, { phone: true, script: false });
  await phone.page.emulateMedia({ colorScheme: "dark" });
  await phone.go(`${study.base}/participants`);
  await phone.go(form(subjects[1]));
  await phone.page.getByLabel("Male", { exact: true }).check();
  await phone.page.getByLabel("Weight", { exact: true }).fill("10");
  await phone.press("Save and complete");
  expect(await phone.words()).toContain("At least 20 kg.");
  expect(await phone.page.getByLabel("Weight", { exact: true }).inputValue()).toBe("10");
  await phone.page.getByLabel("Weight", { exact: true }).fill("82");
  await phone.press("Save and complete");
  expect(await phone.words()).toContain("The form is complete.");
  await phone.close();
}, 120_000);

test("the monitor asks and compares, the site answers, the investigator signs, the data manager locks", async () => {
  const [mona, ivy, dan] = [
    await study.person("Mona Monitor", "study_monitor", study.north),
    await study.person("Ivy Investigator", "investigator", study.north),
    await study.person("Dan Manager", "data_manager"),
  ];
  const ink = await study.signer(ivy.person);
  const manager = await stage.as(dan.person);
  await manager.go(`${study.base}/verification`);
  await manager.page.getByLabel("What is compared").selectOption("critical");
  await manager.page.getByLabel("Why", { exact: true }).fill("Monitoring plan 1.0");
  await manager.press("Set the plan");

  const monitor = await stage.as(mona.person);
  await monitor.go(`${study.base}/verification`);
  await monitor.go(`${form(subjects[1])}/compare`);
  await monitor.press(/^Verify all 1 that wait/);
  await monitor.go(`${form(subjects[1])}/ask?section=demo_main&item=weight`);
  await monitor.page.getByLabel("Your question").fill("Which scale?");
  await monitor.press("Ask");

  const desk = await stage.as(cora);
  await desk.go(`${study.base}/queries`);
  await desk.open(/Which scale/);
  await desk.page.getByLabel("What you say").fill("The ward's");
  await desk.press("Answer");
  expect(await desk.words()).toContain("The query is answered.");

  const investigator = await stage.as(ivy.person);
  await investigator.go(`${study.base}/participants/${subjects[1]}/sign`);
  await investigator.page.locator("[name=signature_name]").fill(ink.signature_name ?? "");
  await investigator.page.locator("[name=signature]").fill(ink.signature ?? "");
  await investigator.press("Sign the ticked forms");
  expect(await investigator.words()).toContain("The form is signed.");

  await manager.go(`${study.base}/work`);
  await manager.go(`${study.base}/locks`);
  await manager.page.getByLabel("What", { exact: true }).selectOption({ label: "The whole study" });
  await manager.page.getByLabel("How").selectOption("locked");
  await manager.page.getByLabel("Why", { exact: true }).fill("Database lock");
  await manager.press("Freeze or lock");
  expect(await manager.words()).toContain("Not finished");
  await manager.page.getByLabel("Although something is unfinished").check();
  await manager.press("Freeze or lock");
  await manager.open(/^Manifest/);
  expect(await manager.words()).toContain("As it was locked");
  await manager.go(study.base);
  for (const visitor of [manager, monitor, desk, investigator]) await visitor.close();
}, 180_000);
