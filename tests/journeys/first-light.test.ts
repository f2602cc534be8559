/**
 * The whole story of a result, in a real browser, by what a person sees: subcompetencies and roster come in, faculty
 * evaluates on a phone, the committee rates, the director decides, the trainee answers, and the record names it all.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { hashPassword } from "@core/vault/password.ts";
import { readPdf } from "../support/pdf-text.ts";
import { openStage, type Stage, type Visitor } from "../support/stage.ts";
import type { TestPerson, TestTenant, TestWorkspace } from "../support/world.ts";

const fixtures = process.env.CAIRN_FIXTURES ?? `${import.meta.dir}/../../../shared/fixtures`;
const real = `${fixtures}/gme/subcompetencies.csv`;
const isReal = existsSync(real);
if (!isReal) console.warn(`There is no ${real}, so an invented list stands in. Set CAIRN_FIXTURES to its folder.`);

const invented = [
  "specialty,milestones_version,code,competency,title",
  ...["PC1,PC,History", "PC2,PC,Examination", "MK1,MK,Knowledge", "SBP1,SBP,Safety", "PBLI1,PBLI,Evidence"].map(
    (row) => `Internal Medicine,2.0,${row}`,
  ),
].join("\n");
const list = isReal ? readFileSync(real, "utf8") : invented;
const medicine = list.split("\n").filter((line) => line.startsWith("Internal Medicine,")).length;
const all = list.trim().split("\n").length - 1;

const NARRATIVE = "Took a careful history from a worried family at three in the morning.";
const REASON = "Seen twice on nights, both times with help.";
const PASSWORD = "four unrelated words stand here";
const COMMENT = "I would like more time in clinic.";

const csv = (text: string, name: string) => ({ name, mimeType: "text/csv", buffer: Buffer.from(text) });

for (const script of [true, false]) {
  describe(script ? "first light" : "first light without JavaScript", () => {
    let stage: Stage;
    let program: TestWorkspace;
    let otto: TestPerson;
    let director: TestPerson;
    const seen: Visitor[] = [];
    let evaluation = "";
    let othersPage = "";
    let trainee = "";

    beforeAll(async () => {
      stage = await openStage();
      const { world } = stage;
      program = await world.workspace("program", ["milestones"]);
      await world.person("Ada Administrator", "administrator", null);
      const staff = [
        ["Dana Director", "program_director"],
        ["Cleo Committee", "ccc_member"],
        ["Femi Faculty", "faculty"],
        ["Mo Mentor", "mentor"],
      ] as const;
      for (const [name, role] of staff) {
        const one = await world.person(name, role, program);
        if (role === "program_director") director = one;
      }
      await world.sql(
        "insert into core.credentials (tenant_id, person_id, kind, secret) values ($1, $2, 'password', $3)",
        [world.here.id, director.id, await hashPassword(PASSWORD)],
      );
      const elsewhere = await world.workspace("program", ["milestones"], world.there);
      otto = await world.person("Otto Other", "administrator", null, { tenant: world.there });
      for (const [, role] of [...staff, ["", "coordinator"], ["", "trainee"]] as const)
        await world.grant(otto, role, elsewhere);
    }, 120_000);
    afterAll(async () => await stage?.stop());

    /** Through the door, with one click. */
    const enter = async (name: string, phone = false): Promise<Visitor> => {
      const one = await stage.visitor({ script, phone });
      seen.push(one);
      await one.go("/sign-in");
      await one.press(`Sign in as ${name}`);
      return one;
    };
    const choose = (one: Visitor, code: string, level: string) =>
      one.page
        .getByRole("group", { name: new RegExp(`^${code} `) })
        .getByRole("radio", { name: level, exact: true })
        .check();
    const everyCode = async (one: Visitor) =>
      (await one.page.getByRole("group").getByRole("radio").first().isVisible())
        ? (await one.page.locator("legend").allInnerTexts()).flatMap((text) => /^[A-Z]+\d+/.exec(text) ?? [])
        : [];

    test("the director brings the subcompetencies, after seeing what is wrong with a file", async () => {
      const dana = await enter("Dana Director");
      await dana.menu("Subcompetencies");
      expect(await dana.words()).toContain("No subcompetencies yet");
      await dana.open("Import subcompetencies");
      const bad =
        "code,specialty,milestones_version,title\nPC1,Internal Medicine,2.0,History\nXY9,Internal Medicine,two,";
      await dana.page.getByLabel("CSV file").setInputFiles(csv(bad, "bad.csv"));
      await dana.press("Show what is in it");
      expect(await dana.words()).toContain("One row cannot be used");
      expect(await dana.words()).toContain("“two” is not a version. Write it as 2.0.");
      expect(await dana.page.getByRole("button", { name: /^Import/ }).count()).toBe(0);

      await dana.open("Choose the corrected file");
      await dana.page.getByLabel("CSV file").setInputFiles(csv(list, "subcompetencies.csv"));
      await dana.press("Show what is in it");
      expect(await dana.words()).toContain(`${medicine} subcompetencies of Internal Medicine 2.0`);
      await dana.press(`Import ${all} subcompetencies`);
      expect(await dana.words()).toContain(`${all} subcompetencies imported.`);
      await dana.open("Internal Medicine 2.0");
      expect(await dana.words()).toContain("PC1 History");
    }, 120_000);

    test("opens the year and brings the roster, one row mended", async () => {
      const dana = await enter("Dana Director");
      await dana.menu("Periods");
      // The year that runs is the second choice; the first is the one to come.
      const year = new Date().getUTCFullYear() - (new Date().getUTCMonth() < 6 ? 1 : 0);
      await dana.page.getByLabel("Academic year").selectOption(String(year));
      await dana.press("Open both halves");
      expect(await dana.words()).toContain(`Mid-year ${year}`);

      await dana.menu("Trainees");
      await dana.open("Import roster");
      const rows = (email: string) =>
        [
          "name,email,pgy,start,expected_end,mentor_email",
          `Rosa Resident,${email},2,${year - 1}-07-01,${year + 2}-06-30,`,
          `Sam Resident,sam.resident@northfield.example,1,${year}-07-01,${year + 3}-06-30,`,
        ].join("\n");
      await dana.page.getByLabel("Subcompetencies").selectOption({ label: "Internal Medicine 2.0" });
      await dana.page.getByLabel("CSV file").setInputFiles(csv(rows("rosa at northfield"), "roster.csv"));
      await dana.press("Show what is in it");
      expect(await dana.words()).toContain("This is not an e-mail address. It should look like name@hospital.example.");
      await dana.open("Choose the corrected file");
      await dana.page.getByLabel("Subcompetencies").selectOption({ label: "Internal Medicine 2.0" });
      await dana.page.getByLabel("CSV file").setInputFiles(csv(rows("rosa.resident@northfield.example"), "roster.csv"));
      await dana.press("Show what is in it");
      expect(await dana.words()).toContain("Every row can be used.");
      await dana.press("Import 2 trainees");
      expect(await dana.words()).toContain("2 trainees imported.");
    }, 120_000);

    test("assigns a mentor and asks for an evaluation", async () => {
      const dana = await enter("Dana Director");
      await dana.menu("Trainees");
      await dana.open("Sam Resident");
      othersPage = dana.addresses.at(-1) ?? "";
      await dana.menu("Trainees");
      await dana.open("Rosa Resident");
      trainee = dana.addresses.at(-1) ?? "";
      await dana.page.getByLabel("Assign a mentor").selectOption({ label: "Mo Mentor" });
      await dana.press("Assign");
      expect(await dana.words()).toContain("Mo Mentor is now the mentor.");

      await dana.menu("Evaluation requests");
      await dana.open("Ask for evaluations");
      await dana.press("Ask");
      expect(await dana.words()).toContain("There are 2 problems Enter evaluator.");
      await dana.page.getByLabel("Evaluator").selectOption({ label: "Femi Faculty" });
      await dana.page.getByLabel("Rotation").fill("Night float");
      await dana.page.getByLabel("Rosa Resident").check();
      await dana.press("Ask");
      expect(await dana.words()).toContain("Femi Faculty was asked for one evaluation.");
    }, 120_000);

    test("faculty completes it on a phone, by keyboard alone", async () => {
      const femi = await enter("Femi Faculty", true);
      await femi.open("Complete them");
      await femi.open("Rosa Resident");
      evaluation = femi.addresses.at(-1) ?? "";
      const { keyboard } = femi.page;
      const focused = () =>
        femi.page.evaluate<string>(
          "[document.activeElement?.type, document.activeElement?.name, document.activeElement?.textContent].join('|')",
        );
      const tabTo = async (what: RegExp) => {
        for (let presses = 0; presses < 40; presses++) {
          await keyboard.press("Tab");
          if (what.test(await focused())) return;
        }
        throw new Error(`Tab never came to ${what}; it stands on ${await focused()}`);
      };
      const groups = await femi.page.getByRole("radiogroup").or(femi.page.getByRole("group")).count();
      expect(groups).toBeGreaterThanOrEqual(medicine);
      for (let at = 0; at < medicine; at++) {
        await tabTo(/^radio\|/);
        // "Not observed" stands chosen; the way right leads around to 1, 1.5, 2 and 2.5.
        const steps = at === 0 ? 5 : at === 1 ? 0 : 4;
        for (let step = 0; step < steps; step++) await keyboard.press("ArrowRight");
      }
      await tabTo(/^textarea\|narrative/);
      await keyboard.type(NARRATIVE);
      await tabTo(/^submit\|/);
      await femi.follow(() => keyboard.press("Enter"));
      expect(await femi.words()).toContain("Thank you. The evaluation is submitted.");
      await femi.go(evaluation);
      expect(await femi.words()).toContain(`${medicine - 1} of ${medicine} subcompetencies observed`);
      expect(await femi.words()).toContain("PC1 History Level 3");
      expect(await femi.words()).toMatch(/PC2 [\w ]+ Not observed/);
    }, 180_000);

    test("a committee member rates from what was written", async () => {
      const cleo = await enter("Cleo Committee");
      await cleo.menu("Committee");
      await cleo.open("Rosa Resident");
      expect(await cleo.words()).toContain(NARRATIVE);
      for (const code of await everyCode(cleo)) await choose(cleo, code, "Level 3");
      await cleo.press("Hand in");
      expect(await cleo.words()).toContain(`All ${medicine} subcompetencies have the same level, 3.`);
      await choose(cleo, "MK1", "Not Yet Assessable");
      await cleo.page.getByLabel(/have the same level, 3/).fill("Seen over the whole half-year.");
      await cleo.press("Hand in");
      expect(await cleo.words()).toContain("Your sheet is handed in.");
    }, 120_000);

    test("the director decides otherwise only with a reason, and releases", async () => {
      const dana = await enter("Dana Director");
      await dana.open("Decide");
      await dana.open("Rosa Resident");
      await choose(dana, "PC2", "Level 2.5");
      await dana.press("Finalise only");
      expect(await dana.words()).toContain("PC2: the committee recommends Level 3. Give a reason.");
      await dana.page.getByLabel("Reason for PC2").fill(REASON);
      await dana.press("Finalise only");
      expect(await dana.words()).toContain("Finalised. The trainee does not see it yet.");
      expect(await dana.words()).toContain(REASON);

      const rosa = await enter("Rosa Resident");
      await rosa.menu("My results");
      expect(await rosa.words()).toContain("No result yet");
      await dana.press("Release to the trainee");
      expect(await dana.words()).toContain("Released. The trainee can see it now.");
    }, 120_000);

    test("the trainee reads, acknowledges and comments", async () => {
      const rosa = await enter("Rosa Resident");
      await rosa.open("Read it");
      expect(await rosa.words()).toMatch(/PC2 [\w ]+ 2\.5 Level 2\.5/);
      expect(await rosa.words()).toMatch(/MK1 [\w ]+ Not Yet Assessable/);
      expect(await rosa.words()).not.toContain(REASON);
      await rosa.page.getByLabel(/^Your comment/).fill(COMMENT);
      await rosa.press("Acknowledge");
      expect(await rosa.words()).toContain("Acknowledged.");
      expect(await rosa.words()).toContain(COMMENT);
      await rosa.open("Night float");
      expect(await rosa.words()).toContain(NARRATIVE);
    }, 120_000);

    test("the mentor sees the one who was assigned, and nobody else", async () => {
      const mo = await enter("Mo Mentor");
      await mo.menu("Progress");
      expect(await mo.words()).toContain("Rosa Resident");
      expect(await mo.words()).not.toContain("Sam Resident");
      await mo.open("Rosa Resident");
      expect(await mo.words()).toContain(COMMENT);
      expect(await mo.words()).not.toContain("Report as PDF");
      expect(await mo.go(othersPage)).toBe(404);
      expect(await mo.go(`${trainee}/report.pdf`)).toBe(403);
    }, 120_000);

    test("what the director downloads says who took it", async () => {
      const dana = await enter("Dana Director");
      await dana.menu("Progress");
      // A whole group: why, and a signature, before it leaves.
      await dana.open("Cohort as CSV");
      await dana.page.getByLabel("Why do you take it out?").fill("For the committee in May");
      await dana.page.getByLabel("Your e-mail address").fill(director.email);
      await dana.page.getByLabel("Password of Dana Director").fill(PASSWORD);
      await dana.press("Sign and go on");
      expect(await dana.words()).toContain("For the committee in May");
      const cohort = await dana.download("Fetch The cohort's levels");
      expect(cohort.filename).toEndWith(".csv");
      const table = new TextDecoder().decode(cohort.bytes);
      expect(table).toMatch(
        /Exported by Dana Director <dana\.director\.\d+@northfield\.example> · Residency \d+ Northfield/,
      );
      expect(table).toMatch(/Rosa Resident,2,Acknowledged/);

      await dana.menu("Progress");
      await dana.open("Rosa Resident");
      const report = await dana.download("Report as PDF");
      expect(report.filename).toEndWith(".pdf");
      const { pages } = readPdf(report.bytes);
      for (const page of pages)
        expect(page.text.replace(/\s+/g, " ")).toMatch(
          /Exported by Dana Director <dana\.director\.\d+@northfield\.example>/,
        );
      expect(pages.map(({ text }) => text).join("\n")).toContain("Rosa Resident");
    }, 120_000);

    test("the administrator finds every step in the record, with columns and rows", async () => {
      const ada = await enter("Ada Administrator");
      const steps: readonly (readonly [said: string, table: string, column: string])[] = [
        ["imported subcompetencies of Internal Medicine 2.0", "milestones.subcompetencies", "code"],
        ["opened Mid-year", "milestones.periods", "academic_year"],
        ["in Internal Medicine 2.0, training year 2", "core.subjects", "code"],
        ["assigned Mo Mentor", "core.assignments", "kind"],
        ["asked Femi Faculty to evaluate", "milestones.evaluations", "rotation"],
        ["submitted the evaluation of", "milestones.evaluations", "narrative"],
        ["; warnings acknowledged: ", "milestones.sheet_levels", "status"],
        ["; levels other than the committee's: 1", "milestones.overrides", "reason"],
        ["released the result of", "milestones.releases", "decision_id"],
        ["acknowledged the result for", "milestones.acknowledgements", "comment"],
        ["downloaded A trainee's milestones report", "core.exports", ""],
        ["downloaded The cohort's levels", "core.exports", ""],
      ];
      await ada.go("/");
      await ada.menu("Record");
      for (const [said, table, column] of steps) {
        await ada.page.getByLabel("Event or text").fill(said);
        await ada.page.getByLabel("Event or text").press("Enter");
        const line = ada.page.getByRole("row").filter({ hasText: said }).first();
        await line.waitFor();
        await ada.look();
        await ada.follow(() => line.getByRole("link").first().click());
        const changed = ada.page.getByRole("heading", { name: "Changed" }).locator("xpath=ancestor::section[1]");
        const row = changed.getByRole("row").filter({ hasText: table }).first();
        const [, columns = "", ids = ""] = await row.getByRole("cell").or(row.getByRole("rowheader")).allInnerTexts();
        expect(columns).toContain(column);
        expect(ids).toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-|1 result/);
        await ada.open(/^Record$/);
      }
      await ada.context.close();
    }, 240_000);

    test("a person of the other hospital finds nothing at any of these addresses", async () => {
      const mine = new Set(
        seen.flatMap(({ addresses }) => addresses).filter((path) => /^\/(w\/|admin\/record\/\d)/.test(path)),
      );
      expect(mine.size).toBeGreaterThan(20);
      const there = await stage.as(otto, { script });
      const [first = ""] = mine;
      expect(await there.go(first)).toBe(404);
      const token = (await there.context.cookies()).find(({ name }) => name === "sid")?.value ?? "";
      await there.close();
      const ask = (path: string, tenant?: TestTenant) =>
        stage.world.web.fetch(
          new Request(stage.url(path, tenant), { headers: { cookie: `sid=${token}`, "sec-fetch-mode": "navigate" } }),
          "127.0.0.1",
        );
      for (const path of mine) {
        const answer = await ask(path, stage.world.there);
        expect([path, answer.status]).toEqual([path, 404]);
        expect(await answer.text()).not.toMatch(/Rosa|Sam Resident|Night float/);
        // To one who is not signed in here, an address is a door, or nothing at all.
        const { status, headers } = await ask(path);
        const door = new URL(headers.get("location") ?? "/", stage.url("/")).pathname;
        expect([path, status === 404 || door]).toEqual([path, status === 404 || "/sign-in"]);
      }
    }, 240_000);
  });
}
