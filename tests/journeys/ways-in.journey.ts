/**
 * How answers come into a study in a browser, other than by one person at a desk: a participant on a telephone of 390 px,
 * the coordinator who asks, two people who enter the same form and the one who decides, a program's key. Every page is
 * looked at (axe, console, width, weight).
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { type StudyStage, studyIn } from "../modules/studies/stage.ts";
import { waysInStudy } from "../modules/studies/ways-in-study.ts";
import { lettersOf } from "../support/letters.ts";
import { openStage, type Stage, type Visitor } from "../support/stage.ts";
import type { TestPerson } from "../support/world.ts";

let stage: Stage;
let study: StudyStage;
let cora: TestPerson;
const subjects: string[] = [];
const shots = process.env.SHOTS;

async function shot(visitor: Visitor, name: string): Promise<void> {
  if (!shots) return;
  mkdirSync(shots, { recursive: true });
  for (const scheme of ["light", "dark"] as const) {
    await visitor.page.emulateMedia({ colorScheme: scheme });
    await visitor.page.screenshot({ path: `${shots}/${name}-${scheme}.png`, fullPage: true });
  }
}

beforeAll(async () => {
  stage = await openStage();
  study = await studyIn(stage.world);
  await study.publish(waysInStudy);
  const { person, client } = await study.person("Cora Coordinator", "study_coordinator", study.north);
  cora = person;
  const enrolledOn = new Date(Date.now() - 7 * 86_400_000).toISOString().slice(0, 10);
  for (let n = 0; n < 3; n++) {
    const made = await client.post(`${study.base}/participants/new`, { siteId: study.north, enrolledOn });
    subjects.push(made.location.split("/").at(-1) ?? "");
  }
}, 180_000);
afterAll(async () => await stage?.stop());

test("a coordinator asks by mail, and the participant answers on a telephone, in two sittings", async () => {
  const desk = await stage.as(cora);
  const own = `${study.base}/participants/${subjects[0]}`;
  await desk.go(own);
  await desk.open("Surveys");
  await desk.go(`${own}/surveys`);
  await desk.page.getByLabel("By mail").check();
  await desk.page.getByLabel("E-mail").fill("pia@example.org");
  await desk.page.getByLabel("Language").selectOption("es");
  await desk.press("Save");
  await desk.press(/^Send now/);
  await shot(desk, "participant-surveys");
  await desk.menu("Surveys");
  expect(await desk.words()).toContain("How you have been");
  await shot(desk, "surveys");
  await desk.close();

  await stage.world.settled();
  const letter = (await lettersOf(stage.world)).find(({ to }) => to === "pia@example.org");
  const link = new URL(/https?:\/\/\S+/.exec(letter?.text ?? "")?.[0] ?? "http://nowhere/").pathname;
  const pia = await stage.visitor({ phone: true });
  await pia.go(link);
  await shot(pia, "phone-list");
  await pia.press(/^Empezar/);
  await pia.page.getByLabel("Dolor hoy").fill("5");
  await pia.page.getByLabel("Dolor hoy").press("Tab");
  // Its answer opens the next question, without a button.
  await pia.page.getByLabel("¿Dónde le duele?").waitFor();
  await pia.page.getByLabel("¿Dónde le duele?").fill("Rodilla");
  await shot(pia, "phone-form");
  await pia.press("Guardar y seguir más tarde");
  const code = /(?<![\w-])[A-Z2-9]{4}-[A-Z2-9]{4}(?![\w-])/.exec(await pia.words())?.[0] ?? "";
  await shot(pia, "phone-later");
  await pia.close();

  // Another device, another day; without scripts it works too.
  const later = await stage.visitor({ phone: true, script: false });
  await later.go(link);
  await later.open(/^Seguir/);
  await shot(later, "phone-code");
  await later.page.getByLabel("Su código").fill(code);
  await later.press("Seguir");
  expect(await later.page.getByLabel("¿Dónde le duele?").inputValue()).toBe("Rodilla");
  await later.page.getByLabel("Dolor hoy").fill("11");
  await later.press("Enviar mis respuestas");
  expect(await later.words()).toContain("Como máximo 10.");
  await shot(later, "phone-refused");
  await later.page.getByLabel("Dolor hoy").fill("4");
  await later.press("Enviar mis respuestas");
  expect(await later.words()).toContain("Gracias");
  await later.close();
}, 120_000);

test("two people enter a form, the second blind, and a third decides", async () => {
  const [ada, bea, dan] = [
    await study.person("Ada Entry", "data_entry", study.north),
    await study.person("Bea Entry", "data_entry", study.north),
    await study.person("Dan Manager", "data_manager"),
  ];
  const form = `${study.base}/participants/${subjects[1]}/forms/baseline/-/demo/-`;
  const enter = async (person: TestPerson, weight: string) => {
    const visitor = await stage.as(person);
    await visitor.go(form);
    expect(await visitor.words()).not.toContain("71.5");
    await visitor.page.getByLabel("Female").check();
    await visitor.page.getByLabel("Weight").fill(weight);
    await visitor.page.getByLabel("Weight").press("Tab");
    await visitor.page.getByText("Saved at").waitFor();
    await shot(visitor, `entry-${weight}`);
    await visitor.press("Save and complete");
    await visitor.page.waitForURL((url) => !url.pathname.endsWith(form));
    return visitor;
  };
  await (await enter(ada.person, "71.5")).close();
  const second = await enter(bea.person, "75.1");
  expect(await second.words()).toContain("one answer differs");
  await second.close();
  const desk = await stage.as(dan.person);
  await desk.go(`${study.base}/work`);
  await desk.menu("Double entry");
  await shot(desk, "double-entry");
  await desk.open("Decide");
  await desk.page.getByLabel(/Second entry: 75\.1/).check();
  await shot(desk, "decide");
  await desk.press("Decide");
  await desk.go(`${form}/decide`);
  expect(await desk.words()).toContain("The second");
  await shot(desk, "decided");
  await desk.close();
}, 120_000);

test("a key for a program is given, taken and ended; a form is closed to one person", async () => {
  const stella = await study.person("Stella Studyadmin", "study_administrator");
  const desk = await stage.as(stella.person);
  await desk.go(`/w/${study.study.slug}`);
  await desk.menu("Keys for programs");
  await desk.page.getByLabel("What it is for").fill("Nightly export");
  await desk.page.getByLabel("Who holds it").selectOption({ label: "Cora Coordinator" });
  await desk.page.getByLabel("Read answers, except blinded ones").check();
  await desk.page.getByLabel("Last day").fill(new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10));
  await desk.press("Give");
  await shot(desk, "keys");
  await desk.menu("Closed forms");
  await shot(desk, "closed-forms");
  await desk.close();
  const holder = await stage.as(cora);
  await holder.go(`/w/${study.study.slug}/keys`);
  await holder.press(/^Take it/);
  expect(await holder.words()).toMatch(/ck_[A-Za-z0-9_-]{43}/);
  await shot(holder, "key-shown");
  await holder.press(/^End it/);
  await holder.close();
}, 120_000);
