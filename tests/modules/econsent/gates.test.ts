/**
 * What other modules do to a participant asks what was agreed to, at every gate: never asked, given, due again, taken
 * back. A gate that is not on this table does not ask.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { econsent } from "../../../modules/econsent/module.ts";
import { agreedTo, refusedOf, requireConsent, requireConsentToData } from "../../../modules/studies/consent.ts";
import { studies } from "../../../modules/studies/module.ts";
import { collect } from "../../support/collecting.ts";
import type { Answer } from "../../support/world.ts";
import { smallStudy } from "../studies/small-study.ts";
import { ask, countersign, signAs } from "./signing.ts";
import { done, publish, type Study, study, wordsOf, write } from "./study.ts";

describe("the rule", () => {
  type Standing = "given" | "pending" | "withdrawn" | "not-required" | null;
  const asking = (standing: Standing) => ({ ask: async () => standing }) as never;
  test.each<[Standing, boolean]>([
    ["given", true],
    ["not-required", true],
    [null, true],
    ["pending", false],
    ["withdrawn", false],
  ])("%s", async (standing, may) => {
    const told = await requireConsent(asking(standing), "s", "intervention", "nobody is randomised").then(
      () => "",
      ({ message }) => message as string,
    );
    expect([told === "", told === "" || told.includes("nobody is randomised")]).toEqual([may, true]);
  });
  test.each<[Standing, boolean, boolean]>([
    ["given", false, true],
    ["pending", false, false],
    ["pending", true, true],
    ["withdrawn", true, false],
    [null, false, true],
  ])("new data, %s, begun %p", async (standing, isBegun, may) => {
    const done = requireConsentToData(asking(standing), "s", isBegun);
    expect(
      await done.then(
        () => true,
        () => false,
      ),
    ).toBe(may);
  });
  test("nobody is left out where nobody keeps consents", async () => {
    expect([await agreedTo(asking(null), "others"), await refusedOf(asking(null), "s")]).toEqual([null, null]);
  });
});

describe("the gates", () => {
  let house: Study;
  const base = () => `/w/${house.workspace.slug}/studies`;
  const cora = () => house.as.coordinator;
  const subjects: Record<string, { id: string; code: string }> = {};
  beforeAll(async () => {
    house = await study([econsent, studies] as never);
    await publish(house, await write(house));
    const { tenant } = house.people.coordinator;
    await house.rows(
      "insert into core.settings (tenant_id, workspace_id, module, value) values ($1, $2, 'econsent', $3)",
      [tenant.id, house.workspace.id, { countersigned: false }],
    );
    const [version] = await house.rows<{ id: string }>(
      `insert into studies.versions (tenant_id, workspace_id, number, title, build, sha256, coverage)
       values ($1, $2, 1, 'Version', $3::text::jsonb, sha256('x'), '{}') returning id`,
      [tenant.id, house.workspace.id, JSON.stringify(smallStudy)],
    );
    await house.rows(
      "insert into studies.placements (tenant_id, workspace_id, version_id, site_id, from_on) values ($1, $2, $3, null, '2020-01-01')",
      [tenant.id, house.workspace.id, version?.id],
    );
    for (const [name, code, choices] of [
      ["asked", "G-1", null],
      ["given", "G-2", {}],
      ["due", "G-3", { sharing: "no" }],
      ["gone", "G-4", {}],
    ] as const) {
      const { subjectId, signers } = await ask(house, { code });
      subjects[name] = { id: subjectId, code };
      if (choices) await signAs(house, signers[0] ?? "", {}, choices);
    }
  }, 180_000);
  afterAll(async () => await house?.world.stop());

  const refused = ({ status, text }: Answer, says: string) => [status, text.includes(says)];
  const of = (name: string) => subjects[name] ?? { id: "", code: "" };
  const enrol = (name: string) =>
    cora().post(`${base()}/participants/new`, {
      siteId: house.sites.N,
      enrolledOn: "2026-01-10",
      code: of(name).code,
    });
  const form = (name: string, visit = "baseline/-/demo", typed: Record<string, string> = {}) =>
    cora().post(`${base()}/participants/${of(name).id}/forms/${visit}/-`, {
      act: "save",
      "b.demo_main~~sex": "0",
      "v.demo_main~~sex": "m",
      ...typed,
    });
  const visit = (name: string, event = "baseline") =>
    cora().post(`${base()}/participants/${of(name).id}/visits/${event}/-`, { happenedOn: "2026-01-11" });
  const randomise = (name: string) =>
    cora().post(`${base()}/randomisation`, { subjectId: of(name).id, requestId: crypto.randomUUID() });
  const toScreening = async (name: string) => {
    const { location } = await done(cora().post(`${base()}/screening/known`, { subjectId: of(name).id }));
    for (let stage = 0; stage < 2; stage++) await done(cora().post(`${location}/next`, { onDay: "2026-01-11" }));
    return cora().post(`${location}/next`, { onDay: "2026-01-11" });
  };

  test("enrolment takes whoever agreed, by code, and nobody else", async () => {
    const page = (await cora().get(`${base()}/participants/new`)).text;
    expect(["G-1", "G-2", "G-3", "G-4"].map((code) => page.includes(`value="${code}"`))).toEqual([
      false,
      true,
      true,
      true,
    ]);
    expect(refused(await enrol("asked"), "nobody is enrolled")).toEqual([422, true]);
    const unknown = { siteId: house.sites.N, enrolledOn: "2026-01-10" };
    for (const code of ["", "NEW-1"])
      expect(
        refused(await cora().post(`${base()}/participants/new`, { ...unknown, code }), "has agreed before"),
      ).toEqual([422, true]);
    for (const name of ["given", "due", "gone"]) await done(enrol(name));
    expect(refused(await enrol("given"), "enrolled already")).toEqual([422, true]);
    // Enrolled before consent was kept here.
    await house.rows(
      "insert into studies.participants (tenant_id, workspace_id, subject_id, site_id, enrolled_on, arm) select tenant_id, workspace_id, $1, site_id, enrolled_on, arm from studies.participants limit 1",
      [of("asked").id],
    );
  });

  test("a form, a visit, the screening log and randomisation ask for each of them", async () => {
    for (const name of ["given", "due", "gone"]) await done(form(name));
    await done(visit("given"));
    await house.rows(
      `insert into econsent.reconsents (tenant_id, workspace_id, subject_id, document_id, number, cause, due_on)
       select tenant_id, workspace_id, $1, document_id, 2, 'amendment', '2026-01-01' from econsent.versions limit 1`,
      [of("due").id],
    );
    await done(
      cora().post(house.url(`/participants/${of("gone").id}/withdraw`), { scope: "participation", told: "telephone" }),
    );
    const pending = "has to be renewed first";
    const table: [string, () => Promise<Answer>, string | null][] = [
      ["a new form, never asked", () => form("asked"), pending],
      ["a new form, given", () => form("given", "month3/-/vitals"), null],
      ["a new form, due again", () => form("due", "month3/-/vitals"), pending],
      [
        "a begun form, due again",
        () =>
          form("due", undefined, { "b.demo_main~~height": "0", "v.demo_main~~height": "170", "b.demo_main~~sex": "1" }),
        null,
      ],
      ["a begun form, taken back", () => form("gone", undefined, { "b.demo_main~~sex": "1" }), "withdrawn"],
      ["a visit, never asked", () => visit("asked"), pending],
      ["a visit, due again", () => visit("due", "month3"), pending],
      ["a visit, taken back", () => visit("gone", "month3"), "withdrawn"],
      ["randomising, never asked", () => randomise("asked"), "Obtain it under Consent"],
      ["randomising, due again", () => randomise("due"), "has to be renewed"],
      ["randomising, taken back", () => randomise("gone"), "withdrawn"],
      ["randomising, given, goes on to the next check", () => randomise("given"), "No randomisation scheme"],
      ["the log, never asked", () => toScreening("asked"), "Obtain it under Consent"],
      ["the log, taken back", () => toScreening("gone"), "withdrawn"],
      ["the log, given", () => toScreening("given"), null],
    ];
    for (const [gate, act, says] of table) {
      const answer = await act();
      expect([gate, answer.status, says === null || answer.text.includes(says)]).toEqual([
        gate,
        says === null ? 303 : 422,
        true,
      ]);
    }
    const page = wordsOf(await cora().get(`${base()}/participants/${of("due").id}`));
    expect(page).toContain("Not agreed to sharing");
  });

  test("a file for others holds who agreed to sharing; one for the study what was collected under a consent", async () => {
    const ines = house.as.investigator;
    const codes = async (use: string) => {
      const file = await collect(house.world, ines, `${base()}/export/file?format=csv&use=${use}`);
      expect([file.status, file.headers.get("content-disposition")?.includes(`-${use}.csv`)]).toEqual([200, true]);
      return ["G-1", "G-2", "G-3", "G-4"].filter((code) => file.text.includes(code));
    };
    expect(await codes("others")).toEqual(["G-2"]);
    expect(await codes("study")).toEqual(["G-2", "G-3", "G-4"]);
    const page = wordsOf(await ines.get(`${base()}/export`));
    expect(page).toContain("What was not agreed to is left out: of a file for others 3 people");
  });

  test("an import takes values of who agreed; who takes it back before they are written gets none", async () => {
    const dan = await house.world.as(await house.world.person("Dan", "data_manager", house.workspace));
    const wish = { siteId: house.sites.N, reason: "Laboratory" };
    const send = async (lines: readonly string[], more = "") => {
      const table = [`subject,event,systolic${more && ",note"}`, ...lines.map((line) => line + more)].join("\n");
      const file = { filename: "laboratory.csv", bytes: new TextEncoder().encode(table) };
      const { location } = await done(dan.post(`${base()}/imports`, { file }));
      await house.world.settled();
      return location;
    };
    const there = async () =>
      (
        await house.rows<{ code: string }>(
          `select s.code from studies.field_values v join core.subjects s on s.tenant_id = v.tenant_id and s.id = v.subject_id
           where v.item = 'systolic' and v.source = 'import' order by s.code`,
        )
      ).map(({ code }) => code);
    const at = await send(["G-1", "G-2", "G-3", "G-4", "G-9"].map((code) => `${code},month3,120`));
    const looked = wordsOf(await dan.get(at));
    expect(looked).toContain("Consent is withdrawn Nothing new is taken of these participants");
    expect(looked).toContain(
      "Consent is not recorded here These participants have not agreed in this program, or have to agree again",
    );
    const parts = [looked.indexOf("Consent is withdrawn"), looked.indexOf("Consent is not recorded")];
    // Withdrawn; then never asked, due again, and not known at all.
    expect(
      ["G-4", "G-1", "G-3", "G-9"].map(
        (code) => looked.indexOf(`${code}: 1 value`) > (parts[code === "G-4" ? 0 : 1] ?? 0),
      ),
    ).toEqual([true, true, true, true]);
    expect(looked).not.toContain("G-2: 1 value");
    expect(refused(await dan.post(`${at}/take`, wish), "are not decided yet")).toEqual([422, true]);
    await done(dan.post(`${at}/decisions`, { pending: "keep" }));
    await done(dan.post(`${at}/take`, wish));
    expect(await there()).toEqual(["G-2"]);

    // A large one, looked at while she agreed; a little later she does not.
    const large = await send(Array<string>(4).fill("G-2,baseline,118"), `,${"x".repeat(600_000)}`);
    expect(wordsOf(await dan.get(large))).not.toContain("Consent is withdrawn");
    await done(
      cora().post(house.url(`/participants/${of("given").id}/withdraw`), { scope: "participation", told: "telephone" }),
    );
    await done(dan.post(`${large}/take`, wish));
    await house.world.settled();
    expect(await there()).toEqual(["G-2"]);
    const came = wordsOf(await dan.get(large));
    expect(came).toContain("0 values were written");
    expect(came).toContain("4 stayed out, because consent is withdrawn");
    expect(came).toContain("G-2: 4 values");
  });

  test("an investigator countersigns only while delegated and trained, that day and at that site", async () => {
    const { tenant, id: person } = house.people.investigator;
    const here = [tenant.id, house.workspace.id];
    await house.rows(
      "insert into core.settings (tenant_id, workspace_id, module, value) values ($1, $2, 'econsent', '{}'), ($1, $2, 'studies', $3)",
      [...here, { delegationBinds: "always" }],
    );
    const asked = await ask(house, { code: "G-5" });
    await signAs(house, asked.signers[0] ?? "");
    const today = new Date().toISOString().slice(0, 10);
    // The log's rows as its own pages leave them (studies/management/delegation.test.ts takes the long way).
    const step = (delegation: string, kind: string) =>
      house.rows(
        `insert into studies.delegation_steps (tenant_id, workspace_id, delegation_id, person_id, site_id, step, on_day, reason, made_by)
         select tenant_id, workspace_id, id, person_id, site_id, $2, $3, nullif($4, ''), person_id from studies.delegations where id = $1`,
        [delegation, kind, today, kind === "ended" ? "On leave" : ""],
      );
    const delegate = async (task: string, site: string, until: string | null = null) => {
      const [row] = await house.rows<{ id: string }>(
        "insert into studies.delegations (tenant_id, workspace_id, person_id, site_id, tasks, from_on, until_on) values ($1, $2, $3, $4, array[$5], '2026-01-01', $6) returning id",
        [...here, person, site, task, until],
      );
      for (const kind of ["accepted", "approved"]) await step(row?.id ?? "", kind);
      return row?.id ?? "";
    };
    let course = "";
    const trained = (on: string) =>
      house.rows(
        "insert into studies.trainings (tenant_id, workspace_id, person_id, course_id, completed_on) values ($1, $2, $3, $4, $5)",
        [...here, person, course, on],
      );
    let delegation = "";
    const story: [string, () => Promise<unknown>, string | null][] = [
      ["named for nothing", async () => {}, "does not name this person"],
      ["named for another task", () => delegate("enter-data", house.sites.N), "does not name this person"],
      ["named at another site", () => delegate("obtain-consent", house.sites.S), "does not name this person"],
      ["named until yesterday", () => delegate("obtain-consent", house.sites.N, "2026-02-01"), "ended on 2026-02-01"],
      [
        "named, and a training is asked for",
        async () => {
          delegation = await delegate("obtain-consent", house.sites.N);
          const [row] = await house.rows<{ id: string }>(
            "insert into studies.courses (tenant_id, workspace_id, title, tasks, valid_months, required_from) values ($1, $2, 'Good clinical practice', '{obtain-consent}', 24, '2026-01-01') returning id",
            here,
          );
          course = row?.id ?? "";
        },
        "a valid training is missing: “Good clinical practice”",
      ],
      ["trained too long ago", () => trained("2020-01-01"), "a valid training is missing"],
      ["trained", () => trained("2026-01-05"), null],
      ["ended today", () => step(delegation, "ended"), `was ended on ${today}`],
    ];
    const at = house.url(`/consents/${asked.consentId}/countersign`);
    for (const [name, happens, why] of story) {
      await happens();
      const page = wordsOf(await house.as.investigator.get(at));
      expect([name, page.includes(why === null ? "Delegation: " : `You may not countersign today: `)]).toEqual([
        name,
        true,
      ]);
      if (why) expect([name, page]).toEqual([name, expect.stringContaining(why)]);
    }
    // What the page says is what the act is held to.
    const refused = await countersign(house, asked.consentId);
    expect([refused.status, refused.text.includes(`was ended on ${today}`)]).toEqual([422, true]);
    await delegate("obtain-consent", house.sites.N);
    await done(countersign(house, asked.consentId));
  });
});
