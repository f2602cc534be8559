/**
 * A program's year in a browser: director, coordinator, committee member, mentor at a desk, faculty, trainee and someone
 * outside with a telephone of 390 px. Every page is looked at (axe, console, width, weight).
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { done, levels, meant, type Residency, residency } from "../modules/milestones/residency.ts";
import { openStage, type Stage, type Visitor } from "../support/stage.ts";

let stage: Stage;
let house: Residency;
let evaluation = "";
let meeting = "";
const rosa = () => house.trainees[0] as Residency["trainees"][number];
const shots = process.env.SHOTS;

async function shot(visitor: Visitor, name: string): Promise<void> {
  if (!shots) return;
  mkdirSync(shots, { recursive: true });
  await visitor.page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
}
async function tour(visitor: Visitor, pages: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, path] of Object.entries(pages)) {
    expect(`${name} ${await visitor.go(house.url(path))}`).toBe(`${name} 200`);
    await shot(visitor, name);
  }
}

beforeAll(async () => {
  stage = await openStage();
  house = await residency(stage.world);
  const { as } = house;
  const first = await house.ask("colleague", 0, "Ward nights");
  await done(
    as.colleague.post(house.url(`/evaluations/${first}`), {
      ...levels(house, "3", { PC1: "2.5", MK1: "NYA" }),
      narrative: "Took a careful history at three in the morning. Next: shorter handovers.",
      act: "submit",
    }),
  );
  evaluation = await house.ask("faculty", 0, "Clinic");
  await done(as.director.post(house.url("/packets/freeze"), { periodId: house.period }));
  for (const trainee of house.trainees)
    for (const member of [house.people.member.id, house.people.second.id])
      await done(
        as.director.post(house.url("/reviewers"), { periodId: house.period, subjectId: trainee.id, memberId: member }),
      );
  for (const [at, trainee] of house.trainees.entries())
    for (const [seat, member] of [as.member, as.second].entries()) {
      if (at === 2 && seat === 0) continue;
      await done(
        member.post(house.url(`/committee/${house.period}/${trainee.id}`), {
          ...levels(house, "3", { PC1: at === 0 && seat === 1 ? "4" : "2.5" }),
          ...meant,
        }),
      );
    }
  meeting = (
    await done(as.member.post(house.url("/meetings"), { periodId: house.period, heldOn: "2026-11-20" }))
  ).location
    .split("/")
    .at(-1) as string;
  await done(rosa().client.post(house.url("/self"), { periodId: house.period, ...levels(house, "3.5"), note: "" }));
}, 240_000);
afterAll(async () => await stage?.stop());

test("a committee member rates, and sees no other sheet before", async () => {
  const cleo = await stage.as(house.people.member);
  const tess = house.trainees[2]?.id;
  await tour(cleo, {
    "member-work": "/work",
    "member-committee": "/committee",
    "member-sheet": `/committee/${house.period}/${tess}`,
    "member-meeting": `/meetings/${meeting}`,
    "member-discuss": `/meetings/${meeting}/discuss/${rosa().id}`,
  });
  expect(await cleo.words()).toContain("Cyrus Committee: Level 4");
  await cleo.close();
}, 120_000);

test("the director prepares, reads and decides", async () => {
  const dana = await stage.as(house.people.director);
  const [packet] = await house.rows<{ id: string }>("select id from milestones.packets where subject_id = $1", [
    rosa().id,
  ]);
  const [framework] = await house.rows<{ id: string }>("select id from milestones.frameworks");
  await tour(dana, {
    "director-progress": "/",
    "director-work": "/work",
    "director-reviewers": "/reviewers",
    "director-packet": `/packets/${packet?.id}`,
    "director-decision": `/decisions/${house.period}/${house.trainees[1]?.id}`,
    "director-trainee": `/trainees/${rosa().id}`,
    "director-summaries": "/summaries",
    "director-summary": `/summaries/${house.period}/${rosa().id}`,
    "director-third-parties": "/third-parties",
    "director-benchmark": "/benchmark",
    "director-crosswalk": `/frameworks/${framework?.id}/crosswalk`,
  });
  await dana.close();
}, 180_000);

test("the coordinator asks, follows and plans", async () => {
  const carla = await stage.as(house.people.coordinator);
  const [framework] = await house.rows<{ id: string }>("select id from milestones.frameworks");
  await tour(carla, {
    "coordinator-requests": "/requests",
    "coordinator-request": `/requests/${evaluation}`,
    "coordinator-outside": "/requests/outside",
    "coordinator-schedule": "/schedule",
    "coordinator-forms": "/forms",
    "coordinator-builder": `/forms/new?framework=${framework?.id}`,
    "coordinator-roster": "/roster",
  });
  await carla.close();
}, 120_000);

test("faculty evaluates on a telephone, with one thumb and without a script", async () => {
  for (const script of [true, false]) {
    const femi = await stage.as(house.people.faculty, { phone: true, script });
    await femi.go(house.url("/work"));
    await shot(femi, "faculty-work");
    await femi.go(house.url(`/evaluations/${evaluation}`));
    await shot(femi, "faculty-evaluation");
    if (!script) {
      await femi.page
        .locator(`input[name="levels.${house.subcompetencies.get("PC1")}"][value="3"]`)
        .check({ force: true });
      await femi.press("Submit");
      expect(await femi.words()).toContain("Thank you");
    }
    await femi.close();
  }
}, 120_000);

test("a trainee asks with a square code; who scans it answers in half a minute, without an account", async () => {
  const browser = await stage.as({ ...house.people.director, id: await personOf(rosa().id) }, { phone: true });
  await tour(browser, { "trainee-mine": "/mine", "trainee-self": "/self", "trainee-ask": "/ask" });
  await browser.page.getByLabel("Where").fill("Ward round");
  for (const code of ["PC1", "MK1"]) await browser.page.getByLabel(new RegExp(`^${code} `)).check();
  await browser.press("Ask");
  await shot(browser, "trainee-square");
  const path = /\/p\/[A-Za-z0-9_-]+\/milestones/.exec(await browser.words())?.[0] ?? "";
  await browser.close();

  const guest = await stage.visitor({ phone: true });
  await guest.go(path);
  await shot(guest, "guest-form");
  await guest.page
    .locator(`input[name="levels.${house.subcompetencies.get("PC1")}"][value="3"]`)
    .check({ force: true });
  await guest.page.getByLabel("Your name").fill("Ola Outside");
  await guest.press("Send");
  expect(await guest.words()).toContain("Thank you");
  await shot(guest, "guest-thanks");
  await guest.close();
}, 120_000);

test("a mentor sees the trainee's page, and no sheet of the committee", async () => {
  const mo = await stage.as(house.people.mentor);
  await tour(mo, { "mentor-trainee": `/trainees/${rosa().id}`, "mentor-work": "/work" });
  expect(await mo.go(house.url(`/committee/${house.period}/${rosa().id}`))).toBe(403);
  await mo.close();
}, 60_000);

async function personOf(subjectId: string): Promise<string> {
  const [row] = await house.rows<{ id: string }>("select person_id as id from core.subjects where id = $1", [
    subjectId,
  ]);
  return row?.id ?? "";
}
