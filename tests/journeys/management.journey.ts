/**
 * A managed study in a browser: the institution's research office, a principal investigator, a coordinator with a
 * telephone of 390 px and the keyboard alone, a pharmacist who knows the arms, and a monitor without scripts. Every page
 * is looked at (axe, console, width, weight). `SHOTS=folder` keeps pictures, light and dark.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { hashPassword } from "@core/vault/password.ts";
import { idIn, layRecruiting, memberOf, PASSWORD } from "../modules/studies/management/stage.ts";
import { openStage, type Stage, type Visitor } from "../support/stage.ts";
import type { TestPerson, TestWorkspace } from "../support/world.ts";

let stage: Stage;
let study: TestWorkspace;
let north: string;
const people: Record<string, TestPerson> = {};
const shots = process.env.SHOTS;
const at = (path: string) => `/w/${study.slug}/studies${path}`;

async function tour(visitor: Visitor, who: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    expect(`${path} ${await visitor.go(path)}`).toBe(`${path} 200`);
    if (!shots) continue;
    mkdirSync(shots, { recursive: true });
    const name = path
      .replace(/^\/w\/[^/]+\/studies/, "")
      .replaceAll(/[0-9a-f-]{36}/g, "x")
      .replaceAll(/\W+/g, "-");
    for (const colorScheme of ["light", "dark"] as const) {
      await visitor.page.emulateMedia({ colorScheme });
      await visitor.page.screenshot({ path: `${shots}/${who}${name}-${colorScheme}.png`, fullPage: true });
    }
    await visitor.page.emulateMedia({ colorScheme: "light" });
  }
}
async function sign(visitor: Visitor, person: TestPerson): Promise<void> {
  const { page } = visitor;
  const name = page.getByLabel("Your e-mail address");
  if ((await name.count()) > 0) await name.fill(person.email);
  await page.getByLabel(/^Password of/).fill(PASSWORD);
}

beforeAll(async () => {
  stage = await openStage();
  const { world } = stage;
  study = await world.workspace("study", ["studies"]);
  north = await world.site(study, "01");
  await layRecruiting(world, study, [north]);
  const secret = await hashPassword(PASSWORD);
  for (const [key, name, role, place, site] of [
    ["office", "Rita Research Office", "research_office", null, undefined],
    ["principal", "Pia Principal", "investigator", study, undefined],
    ["coordinator", "Cora Coordinator", "study_coordinator", study, north],
    ["pharmacist", "Phil Pharmacist", "pharmacist", study, undefined],
    ["monitor", "Mona Monitor", "study_monitor", study, undefined],
    ["statistician", "Uma Unblinded", "unblinded_statistician", study, undefined],
  ] as const) {
    const person = await world.person(name, role, place, site ? { site } : { tenant: world.here });
    await world.sql(
      "insert into core.credentials (tenant_id, person_id, kind, secret) values ($1, $2, 'password', $3)",
      [world.here.id, person.id, secret],
    );
    people[key] = person;
  }
  const member = async (key: string) =>
    memberOf(people[key] as TestPerson, await world.as(people[key] as TestPerson), at(""));
  const scheme = idIn(
    await (await member("statistician")).post("/randomisation/schemes", {
      method: "blocks",
      arms: "A; Zzverum; 1\nB; Qqplacebo; 1",
      factors: "Sex: female / male",
      bySite: "on",
      blinded: "on",
      multiples: "1, 2",
      slotsPerStratum: "10",
    }),
  );
  const activated = await (await member("office")).sign(`/randomisation/schemes/${scheme}/activate`);
  if (activated.status !== 303) throw new Error("the scheme was not activated");
}, 240_000);
afterAll(async () => await stage?.stop());

test("the research office finds the study among all, sees why a gate is shut, and sets a rule for tasks", async () => {
  const rita = await stage.as(people.office as TestPerson);
  await tour(rita, "office", [
    "/registry/studies",
    ...[
      "/dossier",
      "/dossier/edit",
      "/dossier/gate/follow_up",
      "/approvals",
      "/sites",
      "/amendments",
      "/documents",
    ].map(at),
    ...["/recruitment", "/recruitment/plan", "/courses", "/letters", "/tasks", "/tasks/rules"].map(at),
  ]);
  await rita.go(at("/sites"));
  await rita.open(/^01/);
  expect(await rita.words()).toContain("Enter who answers for what at this site");
  await rita.go(at("/tasks/rules"));
  await rita.page.getByLabel("When", { exact: true }).selectOption("randomised");
  await rita.page.getByLabel("What is to be done").fill("Plan the visit after four weeks");
  await rita.press("Set the rule");
  expect(await rita.words()).toContain("Somebody was randomised Plan the visit after four weeks");
  await rita.close();
}, 180_000);

test("a principal investigator delegates, and a coordinator with a telephone takes somebody in and randomises", async () => {
  const pia = await stage.as(people.principal as TestPerson);
  await pia.go(at("/delegation/new"));
  await pia.page.getByLabel("Person").selectOption({ label: "Cora Coordinator" });
  for (const task of ["Assess eligibility", "Randomise"]) await pia.page.getByLabel(task).check();
  await pia.press("Enter in the log");
  const line = pia.addresses.at(-1) ?? "";

  const cora = await stage.as(people.coordinator as TestPerson, { phone: true });
  await cora.go(line);
  await sign(cora, people.coordinator as TestPerson);
  await cora.press("Accept these tasks");
  await pia.go(line);
  await sign(pia, people.principal as TestPerson);
  await pia.press("Delegate");
  expect(await pia.words()).toContain("Signed electronically");
  await tour(pia, "principal", ["/today", ...["/delegation", "/trainings", "/randomisation", "/safety"].map(at)]);
  await pia.close();

  await cora.go(at("/screening/new"));
  await cora.page.getByLabel("Site", { exact: true }).selectOption({ index: 1 });
  await cora.page.getByLabel("Where from").selectOption("clinic");
  await cora.page.getByLabel("Name", { exact: true }).fill("Jane Secretperson");
  await cora.press("Enter in the log");
  for (const stageName of ["Contacted", "Pre-screened", "Consented"]) await cora.press(stageName);
  await sign(cora, people.coordinator as TestPerson);
  await cora.press("Confirm that this person is eligible");
  await cora.open("Randomise");
  // The rest by the keyboard alone: choose, and send with Enter.
  await cora.page.getByLabel("female", { exact: true }).focus();
  await cora.page.keyboard.press("Space");
  await cora.page.getByRole("button", { name: "Randomise" }).focus();
  await cora.follow(() => cora.page.keyboard.press("Enter"));
  const words = await cora.words();
  expect(words).toContain("number 1");
  expect(words).not.toMatch(/Zzverum|Qqplacebo/);
  await tour(cora, "coordinator", [
    "/today",
    ...["/screening", "/recruitment", "/tasks", "/safety/new", "/deviations/new"].map(at),
  ]);
  await cora.go("/today");
  expect(await cora.words()).toContain("Plan the visit after four weeks");
  await cora.close();
}, 240_000);

test("a pharmacist takes kits in and sees the arms; a monitor without scripts sees codes and neither arm nor name", async () => {
  const phil = await stage.as(people.pharmacist as TestPerson);
  await phil.go(at("/kits"));
  await phil.page.getByLabel("One kit a line").fill("K-101; A; L1; 2099-01-01\nK-102; B; L1; 2099-01-01");
  await phil.press("Take in");
  await tour(phil, "pharmacist", ["/kits", "/randomisation/arms"].map(at));
  expect(await phil.words()).toMatch(/Zzverum|Qqplacebo/);
  await phil.close();

  const mona = await stage.as(people.monitor as TestPerson, { script: false });
  await tour(
    mona,
    "monitor",
    ["/screening", "/randomisation", "/safety", "/kits", "/delegation", "/documents"].map(at),
  );
  await mona.go(at("/screening"));
  await mona.open(/^01-S/);
  const words = await mona.words();
  expect(words).toContain("Randomised");
  expect(words).not.toMatch(/Secretperson|Zzverum|Qqplacebo/);
  await mona.go(at("/deviations/new"));
  await mona.page.getByLabel("Site").selectOption({ index: 1 });
  await mona.page.getByLabel("What happened, in a line").fill("Freezer too warm for an hour");
  await mona.page.getByLabel("Category").selectOption("data");
  await mona.page.getByLabel("Minor").check();
  await mona.page.getByLabel("Happened on").fill(new Date().toISOString().slice(0, 10));
  await mona.press("Record");
  expect(await mona.words()).toContain("waits for review");
  await tour(mona, "monitor-deviations", [at("/deviations")]);
  await mona.close();
}, 180_000);
