/** The pages as a browser draws them: a phone for the evaluator, no violation of accessibility rules, nothing wider than the screen. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writePdf } from "@core/documents/pdf.ts";
import { renderPage } from "@views/html.ts";
import type { Browser, Page } from "playwright-core";
import { courseInWords } from "../../../modules/milestones/course.ts";
import { emergencyMedicine } from "../../../modules/milestones/demo-specialties.ts";
import { notYetAssessable, notYetCompleted, numberOf, rated, writeLevel } from "../../../modules/milestones/level.ts";
import { pipParts } from "../../../modules/milestones/pip.ts";
import { reportOf, strokes } from "../../../modules/milestones/report.ts";
import { TraineePage } from "../../../modules/milestones/views/trainee.tsx";
import { axe, launchBrowser, resize, shoot } from "../../support/browser.ts";
import { readPdf } from "../../support/pdf-text.ts";
import { adasExport } from "../../support/watermarks.ts";
import { done, levels, meant, type Residency, residency } from "./residency.ts";

const halves = [
  "Mid-year 2024–25",
  "End of year 2024–25",
  "Mid-year 2025–26",
  "End of year 2025–26",
  "Mid-year 2026–27",
  "End of year 2026–27",
];
const shorts = ["Mid 24", "End 25", "Mid 25", "End 26", "Mid 26", "End 27"];
const wholeTraining = {
  name: "Rosa Resident",
  code: "EM-001",
  crumbs: [],
  pgy: 3,
  startsOn: "2024-07-01",
  expectedEnd: "2027-06-30",
  framework: "Emergency Medicine 2.0",
  periods: halves.map((title, at) => ({
    title,
    short: shorts[at] as string,
    state: "acknowledged" as const,
    isReopened: false,
    href: null,
    answer: "I agree. Teaching on the night float helped most, and I would like more time in clinic next half-year.",
  })),
  courses: emergencyMedicine
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(","))
    .map(([, , code = "", ...title]) => ({
      code,
      title: title.join(",").replaceAll('"', ""),
      course: [notYetCompleted, rated(1.5), notYetAssessable, rated(2.5), rated(3.5), rated(4)],
    })),
  get chart() {
    return {
      periods: shorts,
      hasOwn: true,
      hasBand: true,
      lines: this.courses.map(({ code, course }) => ({
        code,
        program: course.map(numberOf),
        own: [1, 2, 2.5, 3, 4, 4.5],
        low: [1, 1, 1.5, 2, 3, 3],
        high: [1.5, 2, 2.5, 3.5, 4, 4.5],
      })),
    };
  },
  groups: [],
  moved: 0,
  evaluations: Array.from({ length: 30 }, (_, at) => ({
    href: `/evidence/${at}`,
    rotation: `Rotation ${at}`,
    submittedAt: new Date("2026-10-30T10:00:00Z"),
  })),
  reportHref: "/report.pdf",
  placeHref: null,
  mentors: [{ name: "Mo Mentor", endAction: null }],
  assign: { action: "/mentor", choices: [{ value: "1", label: "Mia Mentor" }] },
  acknowledge: { action: "/acknowledge", period: "End of year 2026–27" },
};

let house: Residency;
let browser: Browser;
let server: ReturnType<typeof Bun.serve>;
let evaluation: string;
let plan: string;

beforeAll(async () => {
  house = await residency();
  evaluation = await house.ask("faculty", 0, "Ward nights");
  const earlier = await house.ask("colleague", 0, "Clinic");
  const rosa = house.trainees[0]?.id ?? "";
  await done(
    house.as.colleague.post(house.url(`/evaluations/${earlier}`), {
      ...levels(house, "2.5", { MK1: "NYA" }),
      narrative: "Kind and exact.",
      act: "submit",
    }),
  );
  await done(
    house.as.member.post(house.url(`/committee/${house.period}/${rosa}`), {
      ...levels(house, "3", { MK1: "NYA" }),
      ...meant,
    }),
  );
  const sam = house.trainees[1]?.id ?? "";
  const levelsOfSam = levels(house, "3.5", { PC2: "NYC1" });
  await done(house.as.member.post(house.url(`/committee/${house.period}/${sam}`), { ...levelsOfSam, ...meant }));
  await done(
    house.as.director.post(house.url(`/decisions/${house.period}/${sam}`), { ...levelsOfSam, act: "release" }),
  );
  const own = house.trainees[1]?.client;
  if (!own) throw new Error("no Sam");
  plan = (await done(own.post(house.url("/my-plans")))).location.split("/").at(-1) ?? "";
  for (const wording of ["Improve my handovers", "Present two septic patients at morning report each month"])
    await done(
      own.post(house.url(`/plans/${plan}/goals`), {
        subcompetencyId: house.subcompetencies.get("PC1") ?? "",
        wording,
        confidence: "7",
        dueOn: "2099-01-31",
      }),
    );
  server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) =>
      new URL(request.url).pathname === "/sheet"
        ? new Response(renderPage(TraineePage(wholeTraining)), { headers: { "content-type": "text/html" } })
        : house.world.web.fetch(request, "127.0.0.1"),
  });
  browser = await launchBrowser();
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await server?.stop(true);
  await house?.world.stop();
});

async function open(
  role: "faculty" | "member" | "director" | "coordinator" | "reviewer" | "sam",
  width: number,
): Promise<Page> {
  const person = role === "sam" ? await sam() : house.people[role];
  const token = await house.world.house.sessions.open(person.tenant.id, person.id, "look", "127.0.0.1", null);
  const context = await browser.newContext({ viewport: { width, height: 844 }, hasTouch: width < 500 });
  const host = `${person.tenant.slug}.localhost`;
  await context.addCookies([
    { name: "sid", value: await house.world.house.tokens.sign(token, person.tenant.id), domain: host, path: "/" },
  ]);
  return context.newPage();
}
async function sam() {
  const [row] = await house.rows<{ id: string; name: string; email: string }>(
    "select id, name, email from core.persons where email = 'sam@h.example'",
  );
  if (!row) throw new Error("no Sam");
  return { ...row, tenant: house.world.here };
}
const at = (path: string) => `http://northfield.localhost:${server.port}${house.url(path)}`;

const subject = () => house.trainees[0]?.id ?? "";
const pages: readonly (readonly [string, Parameters<typeof open>[0], () => string])[] = [
  ["waiting", "faculty", () => "/evaluations"],
  ["evaluation", "faculty", () => `/evaluations/${evaluation}`],
  ["progress", "director", () => "/"],
  ["committee", "member", () => "/committee"],
  ["sheet", "member", () => `/committee/${house.period}/${subject()}`],
  ["decision", "director", () => `/decisions/${house.period}/${subject()}`],
  ["trainee", "director", () => `/trainees/${house.trainees[1]?.id}`],
  ["mine", "sam", () => "/mine"],
  ["my-plans", "sam", () => "/my-plans"],
  ["plan-draft", "sam", () => `/plans/${plan}`],
  ["plans", "director", () => "/plans"],
  ["reporting", "director", () => "/reporting"],
  ["requests", "coordinator", () => "/requests"],
  ["ask", "coordinator", () => "/requests/new"],
  ["roster", "director", () => "/roster"],
  ["roster-import", "director", () => "/roster/import"],
  ["advance", "director", () => "/roster/advance"],
  ["place", "director", () => `/trainees/${house.trainees[1]?.id}/place`],
  ["leave", "director", () => `/trainees/${house.trainees[1]?.id}/leave`],
  ["frameworks", "director", () => "/frameworks"],
  ["periods", "director", () => "/periods"],
];

describe("at 390 and 1366 px", () => {
  for (const [name, role, path] of pages) {
    test(`${name}: axe finds nothing, and nothing is wider than the screen`, () => look(role, path(), name), 60_000);
  }
});

describe("the sheet of a whole training: 22 subcompetencies, six half-years, each answered", () => {
  test("is two pages on A4 and on Letter, and its table stays in its box at 1366 px", async () => {
    const context = await browser.newContext({ viewport: { width: 1366, height: 900 } });
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${server.port}/sheet`);
    await shoot(page, "milestones-sheet-1366", true);
    const spill = await page.evaluate(() =>
      [...document.querySelectorAll(".new-sheet .table")].map((box) => box.scrollWidth - box.clientWidth),
    );
    expect(spill).toEqual([0]);
    expect(await page.getByText("Rests on 30 submitted evaluations").isVisible()).toBe(false);
    for (const format of ["A4", "Letter"]) {
      const pdf = (await page.pdf({ format })).toString("latin1");
      expect(`${format}: ${pdf.match(/\/Type\s*\/Page\b/g)?.length}`).toBe(`${format}: 2`);
    }
    await context.close();
  }, 60_000);

  test("leaves as a report of two pages, with three series and the band", async () => {
    const { courses, chart } = wholeTraining;
    const document = reportOf({
      name: "Rosa Resident",
      program: "Emergency Medicine",
      code: "EM-001",
      pgy: 3,
      framework: "Emergency Medicine 2.0",
      printedOn: "2026-11-27",
      periods: wholeTraining.periods,
      courses: courses.map(({ code, title, course }) => ({
        code,
        title,
        written: course.map((level) => (level ? writeLevel(level) : "–")),
        sentence: courseInWords(course),
      })),
      chart,
    });
    const { pages } = readPdf(await writePdf(document, adasExport));
    expect(pages).toHaveLength(2);
    for (const name of Object.values(strokes)) expect(pages[0]?.text.replace(/\s+/g, " ")).toContain(name);
    const strokesOf = async (of: typeof chart) =>
      readPdf(
        await writePdf(reportOf({ ...wholeTraining, program: "", printedOn: "", courses: [], chart: of }), adasExport),
      )
        .pages.map(({ content }) => content)
        .join("");
    const dashed = (content: string) => content.split("[2.5 2] 0 d").length - 1;
    // One sample in the legend, and one line in each chart.
    expect(dashed(await strokesOf(chart))).toBe(chart.lines.length + 1);
    expect(dashed(await strokesOf({ ...chart, hasOwn: false }))).toBe(0);
  });
});

/** Pages that wait for something to have happened. */
async function look(role: Parameters<typeof open>[0], path: string, name: string): Promise<void> {
  const page = await open(role, 390);
  expect((await page.goto(at(path)))?.status()).toBe(200);
  for (const width of [390, 1366]) {
    await resize(page, width);
    await shoot(page, `milestones-${name}-${width}`, true);
    expect({ [width]: await axe(page) }).toEqual({ [width]: [] });
    expect(await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)).toBe(
      false,
    );
  }
  await page.context().close();
}

test("a learning plan in review and under way", async () => {
  // A person has few sessions at once, and looking has used them up.
  const director = await house.world.as(house.people.director);
  const own = await house.world.as(await sam());
  await done(own.post(house.url(`/plans/${plan}/submit`)));
  await done(director.post(house.url(`/plans/${plan}/review`), { act: "take_up" }));
  await look("director", `/plans/${plan}`, "plan-review");
  await done(
    director.post(house.url(`/plans/${plan}/review`), { act: "agree", note: "Good, and the second one first." }),
  );
  await done(own.post(house.url(`/plans/${plan}/begin`)));
  await done(director.post(house.url(`/plans/${plan}/check-ins`), { checkIn: "Has presented one patient." }));
  await look("director", `/plans/${plan}`, "plan-active");
  await look("sam", `/plans/${plan}`, "plan-own");
}, 90_000);

test("what waits for a person's own word: a release to sign, an answer to confirm, a sheet to look at twice", async () => {
  const own = await house.world.as(await sam());
  await done(
    own.post(house.url("/third-parties"), {
      recipient: "The medical board",
      purpose: "A licence",
      scope: ["results"],
      expiresOn: new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10),
    }),
  );
  const [asked] = await house.rows<{ id: string }>("select id from milestones.third_party_requests");
  await look("sam", `/third-parties/${asked?.id}/consent`, "consent");
  const code = await own.post(house.url("/ask"), {
    kind: "staff",
    rotation: "Own code",
    formVersionId: "",
    codes: ["PC1"],
  });
  const path = /\/p\/[A-Za-z0-9_-]+\/milestones/.exec(code.text)?.[0] ?? "";
  const level = { [`levels.${house.subcompetencies.get("PC1")}`]: "3", name: "Nora Nurse" };
  const flagged = await house.world.stranger().post(path, { ...level, narrative: "A nice girl." });
  expect(flagged.text).toContain("Send it as it is written");
  await done(house.world.stranger().post(path, { ...level, narrative: "Named the sickest patient first." }));
  const [answer] = await house.rows<{ id: string }>(
    "select id from milestones.evaluations where rotation = 'Own code'",
  );
  await look("coordinator", `/requests/${answer?.id}`, "confirm");

  const page = await open("member", 390);
  await page.goto(at(`/committee/${house.period}/${house.trainees[2]?.id}`));
  for (const id of house.subcompetencies.values())
    await page.locator(`input[name="levels.${id}"][value="3"]`).check({ force: true });
  await Promise.all([page.waitForEvent("load"), page.getByRole("button", { name: "Hand in" }).click()]);
  await shoot(page, "milestones-warnings-390", true);
  expect(await axe(page)).toEqual([]);
  await page.getByLabel(/same level, 3/).fill("Seen over the whole half-year.");
  await Promise.all([page.waitForEvent("load"), page.getByRole("button", { name: "Hand in" }).click()]);
  expect(await page.getByText("Your sheet is handed in").first().isVisible()).toBe(true);
  await page.context().close();
}, 90_000);

test("an improvement plan from its draft to an escalation", async () => {
  const director = await house.world.as(house.people.director);
  const reviewer = await house.world.as(house.people.reviewer);
  const sams = house.trainees[1]?.id ?? "";
  await look("director", `/improvement/new?subject=${sams}`, "pip-draft");
  const words = Object.fromEntries(
    pipParts.map(({ name }) => [name, "Two of three charts were late; three of three are expected by the end."]),
  );
  const { location } = await done(
    director.post(house.url(`/trainees/${sams}/improvement`), {
      ...words,
      startsOn: "2098-01-01",
      endsOn: "2098-04-01",
      subcompetencyIds: [house.subcompetencies.get("PC1") ?? ""],
    }),
  );
  const path = location.split("/milestones").at(-1) ?? "";
  const step = async (name: string, over: Record<string, string> = {}) =>
    done(
      (await house.world.as(house.people.director)).post(`${location}/steps`, { step: name, note: "Seen.", ...over }),
    );
  await step("put_forward");
  await look("reviewer", path, "pip-second-review");
  await done(reviewer.post(`${location}/review`, { step: "approved" }));
  await step("issued");
  await look("sam", path, "pip-own");
  await look("director", `${path}/next/declined`, "pip-step");
  await step("declined", { witnessId: house.people.coordinator.id });
  for (const name of ["begun", "interim_review", "unsuccessful"]) await step(name);
  await look("director", `${path}/next/escalated`, "pip-escalate");
  await step("escalated", { kind: "probation", effectiveOn: "2098-05-01" });
  await look("sam", path, "pip-escalated");
  await look("director", "/improvement", "pips");
}, 120_000);

test("an evaluation by thumb and by keyboard at 390 px, from the list to submitted", async () => {
  const page = await open("faculty", 390);
  await page.goto(at("/evaluations"));
  await page.getByRole("link", { name: "Rosa Resident" }).click();
  const first = page.getByRole("group", { name: /^PC1/ });
  const box = await first.locator(".scale-mark").first().boundingBox();
  expect(box?.height).toBeGreaterThanOrEqual(40);
  expect(box?.width).toBeGreaterThanOrEqual(24);
  await first.getByRole("radio", { name: "Level 2.5", exact: true }).tap();
  const second = page.getByRole("group", { name: /^PC2/ });
  await second.getByRole("radio", { name: "Level 3", exact: true }).focus();
  await page.keyboard.press("ArrowRight");
  expect(await second.getByRole("radio", { name: "Level 3.5", exact: true }).isChecked()).toBe(true);
  await page.getByLabel("What did you see").fill("Calm at four in the morning.");
  await page.getByRole("button", { name: "Submit" }).click();
  await page.waitForURL("**/milestones/evaluations");
  const rows = await house.rows<{ code: string; half_steps: number }>(
    `select s.code, l.half_steps from milestones.evaluation_levels l join milestones.subcompetencies s on s.id = l.subcompetency_id
     where l.evaluation_id = $1 and l.status is not null order by s.ordinal`,
    [evaluation],
  );
  expect(rows.map(({ code, half_steps }) => [code, half_steps])).toEqual([
    ["PC1", 5],
    ["PC2", 7],
  ]);
  await page.context().close();
}, 60_000);
