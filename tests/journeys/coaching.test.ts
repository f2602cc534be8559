/**
 * A coaching service in browsers: a coach at a desk, one on call with a telephone of 390 px, a member on the own page, and a
 * coach without JavaScript. Every page is looked at (axe, console, width, weight).
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { done, type Member, type Service, service, signRules } from "../modules/coaching/service.ts";
import { openStage, type Stage, type Visitor } from "../support/stage.ts";

let stage: Stage;
let here: Service;
let maya: Member;
let lena: Member;
const shots = process.env.SHOTS;

/** In both colours, for whoever wants to look: SHOTS=folder. */
async function shot({ page }: Visitor, name: string): Promise<void> {
  if (!shots) return;
  mkdirSync(shots, { recursive: true });
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: `${shots}/${name}-${colorScheme}.png`, fullPage: true });
  }
}
async function tour(visitor: Visitor, pages: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, path] of Object.entries(pages)) {
    expect(`${name} ${await visitor.go(here.url(path))}`).toBe(`${name} 200`);
    await shot(visitor, name);
  }
}

beforeAll(async () => {
  stage = await openStage();
  here = await service(stage.world);
  await signRules(here);
  maya = await here.invite("Maya Member");
  lena = await here.invite("Lena Low");
  await here.text(maya, "Walked 20 minutes after dinner yesterday");
  await here.text(lena, "bg 45 and shaky");
  for (const rung of ["crisis", "coach"])
    await done(
      here.as.supervisor.post(here.url("/duty"), {
        personId: here.people.other.id,
        rung,
        from: new Date(Date.now() - 3_600_000).toISOString().slice(0, 16).replace("T", " "),
        hours: "12",
      }),
    );
}, 120_000);
afterAll(async () => await stage?.stop());

test("a coach at a desk finds who waits, takes over, answers, hands over and hands back", async () => {
  const coach = await stage.as(here.people.coach);
  await coach.go(here.url(""));
  await shot(coach, "inbox");
  expect(await coach.words()).toContain("Very low glucose");
  await coach.page.getByLabel("Name, code or number").fill("maya");
  await coach.press("Apply");
  expect(await coach.words()).not.toContain("Lena Low");
  await coach.open(/Maya Member/);
  await shot(coach, "thread");
  await coach.press(/Take over/);
  await coach.page
    .getByLabel("Message", { exact: true })
    .fill("That walk counts, Maya. Which evening was the easiest?");
  await coach.press("Send");
  expect(await coach.words()).toContain("Which evening was the easiest?");
  await shot(coach, "thread-mine");
  await coach.press(/[Hh]and back/);
  expect(await coach.words()).toContain("The bot answers again.");
  await coach.close();
  const supervisor = await stage.as(here.people.supervisor);
  await tour(supervisor, {
    members: "/members",
    settings: `/members/${maya.id}/settings`,
    readings: `/members/${maya.id}/readings`,
    incidents: "/incidents",
    team: "/team",
    duty: "/duty",
    rules: "/rules",
    gate: "/gate",
    journeys: "/journeys",
    macros: "/macros",
    phone: `/phone/${maya.id}`,
  });
  await supervisor.close();
  const manager = await stage.as(here.people.manager);
  await tour(manager, {
    invite: "/members/invite",
    "settings-manager": `/members/${maya.id}/settings`,
    numbers: "/numbers",
  });
  await manager.close();
});

test("who is on call sees the emergency on a telephone and says that he is on it", async () => {
  const [incident] = await here.rows<{ id: string }>("select id from coaching.incidents where subject_id = $1", [
    lena.id,
  ]);
  const onCall = await stage.as(here.people.clinician, { phone: true });
  await tour(onCall, { "phone-incidents": "/incidents", "phone-inbox": "" });
  await onCall.go(here.url(`/incidents/${incident?.id}`));
  await shot(onCall, "phone-incident");
  await onCall.press(/on it|Acknowledge|Take/);
  expect(await onCall.words()).toContain("You are on it. No more pages go out.");
  await tour(onCall, { "phone-thread": `/members/${lena.id}` });
  await onCall.close();
});

test("a member reads the own page on a telephone: the consent, and who looked", async () => {
  const page = await here.as.coach.post(here.url(`/members/${maya.id}/link`));
  const path = /\/p\/[A-Za-z0-9_-]+\/coaching/.exec(page.text)?.[0] ?? "";
  const member = await stage.visitor({ phone: true });
  expect(await member.go(path)).toBe(200);
  await shot(member, "own");
  expect(await member.words()).toContain("Agreed, on paper");
  expect(await member.words()).toContain("Cora Coach saw");
  await member.close();
});

test("without JavaScript a coach takes over, answers and hands back all the same", async () => {
  const coach = await stage.as(here.people.coach, { script: false });
  await coach.go(here.url(`/members/${lena.id}`));
  await coach.press(/Take over/);
  await coach.page.getByLabel("Message", { exact: true }).fill("Lena, did the juice help?");
  await coach.press("Send");
  expect(await coach.words()).toContain("Lena, did the juice help?");
  await coach.press(/[Hh]and back/);
  await coach.close();
});
