/** Cleaning through HTTP: queries, comparison with the source, signatures, freezing and locking. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Standing } from "@core/tenancy/transaction.ts";
import { actsIn, moves, type QueryAct, type QueryStateName } from "../../../modules/studies/cleaning/query-state.ts";
import { isRequired, planFor, verificationOf } from "../../../modules/studies/cleaning/verification.ts";
import { queryStates } from "../../../modules/studies/tables.ts";
import { composedRole } from "../../support/composed-role.ts";
import { applicant, type Tries } from "../../support/escapes.ts";
import { waits } from "../../support/waiting.ts";
import type { Client, TestPerson } from "../../support/world.ts";
import { smallStudy } from "./small-study.ts";
import { type StudyStage, studyStage } from "./stage.ts";

let stage: StudyStage;
let base: string;
let cora: Client;
let mona: Client;
let dan: Client;
let tries: Tries;
let coraId: string;
let monaId: string;
let ivy: { person: TestPerson; client: Client };
let ink: Record<string, string>;
beforeAll(async () => {
  stage = await studyStage();
  base = stage.base;
  await stage.publish(smallStudy);
  const coordinator = await stage.person("Cora", "study_coordinator", stage.north);
  const monitor = await stage.person("Mona", "study_monitor", stage.north);
  [cora, coraId, mona, monaId] = [coordinator.client, coordinator.person.id, monitor.client, monitor.person.id];
  tries = applicant(stage.world);
  dan = (await stage.person("Dan", "data_manager")).client;
  ivy = await stage.person("Ivy", "investigator", stage.north);
  ink = await stage.signer(ivy.person);
});
afterAll(async () => {
  await tries.end();
  await stage.world.stop();
});

/** As the application would, in this person's name and past every page; rolled back. The sentence of the refusal, or "". */
const forced = (actorId: string, text: string, values: readonly string[]): Promise<string> =>
  tries.run(
    { tenantId: stage.world.here.id, workspaceId: stage.study.id, kind: "person", actorId, sessionRef: "" },
    async (sql) =>
      sql.unsafe(text, [...values]).then(
        (rows) => (rows.count === 0 ? "nothing was reached" : ""),
        (error: Error) => error.message,
      ),
  );
const moved = (actorId: string, id: string, to: string) =>
  forced(actorId, "update studies.queries set state = $2 where id = $1::uuid", [id, to]);

const f = (item: string) => `demo_main~~${item}`;
const demo = (subject: string) => `${base}/participants/${subject}/forms/baseline/-/demo/-`;
async function completed(weight = "80"): Promise<string> {
  const made = await cora.post(`${base}/participants/new`, { siteId: stage.north, enrolledOn: "2026-01-10" });
  const subject = made.location.split("/").at(-1) ?? "";
  const saved = await cora.post(demo(subject), {
    act: "complete",
    [`b.${f("sex")}`]: "0",
    [`v.${f("sex")}`]: "m",
    [`b.${f("weight")}`]: "0",
    [`v.${f("weight")}`]: weight,
  });
  expect(saved.status).toBe(303);
  return subject;
}
const changeWeight = (subject: string, weight: string, version: number) =>
  cora.post(demo(subject), {
    act: "save",
    [`b.${f("sex")}`]: "1",
    [`v.${f("sex")}`]: "m",
    [`b.${f("weight")}`]: String(version),
    [`v.${f("weight")}`]: weight,
    reasonChoice: "Transcription error",
  });
const query = async (subject: string) =>
  (
    await stage.world.sql<{ id: string; state: string }>(
      "select id, state from studies.queries where subject_id = $1 order by made_at desc",
      [subject],
    )
  )[0] as { id: string; state: string };

describe("queries", () => {
  test("a monitor asks, the site answers and cannot close, the monitor sends back and closes", async () => {
    const subject = await completed();
    const asked = await mona.post(`${demo(subject)}/ask`, {
      section: "demo_main",
      item: "weight",
      text: "Is this the first weighing?",
      dueOn: "2026-01-20",
    });
    expect(asked.status).toBe(303);
    const { id } = await query(subject);
    const at = `${base}/queries/${id}`;
    // Whoever may answer can be asked, also by a role that the institution composed.
    const answers = await composedRole(stage.world, "study", ["studies.queries.answer@site"]);
    await stage.person("Olga Own", answers, stage.north);
    expect((await mona.get(at)).text).toContain("Olga Own");
    expect((await cora.get(`${base}/queries`)).text).toContain("Is this the first weighing?");
    expect((await cora.get(at)).text).not.toContain("Send back");
    expect((await cora.post(at, { act: "close", text: "Fine for us" })).status).toBe(403);
    expect((await mona.post(at, { act: "answer", text: "Answering myself" })).status).toBe(403);
    expect((await cora.post(at, { act: "answer", text: "Yes, the first" })).status).toBe(303);
    expect((await cora.post(at, { act: "answer", text: "Again" })).status).toBe(409);
    await mona.post(at, { act: "send back", text: "Please look at page 3" });
    await cora.post(at, { act: "answer", text: "It is page 3" });
    expect((await mona.post(at, { act: "close", text: "Thank you" })).status).toBe(303);
    expect((await query(subject)).state).toBe("closed");
    expect((await mona.get(at)).text).toContain("Please look at page 3");
  });

  test("the wall refuses a site's closing even when no page stands before it", async () => {
    const subject = await completed();
    await mona.post(`${demo(subject)}/ask`, { text: "About the form" });
    const { id } = await query(subject);
    // Cora's own reach: an answer goes through, a closing does not.
    expect((await cora.post(`${base}/queries/${id}`, { act: "cancel", text: "No need" })).status).toBe(403);
    expect((await query(subject)).state).toBe("open");
  });

  test("many are answered at once, and a draft is unseen work of the monitor", async () => {
    const subjects = [await completed(), await completed()];
    for (const subject of subjects) await mona.post(`${demo(subject)}/ask`, { text: "Which scale?" });
    const ids = await Promise.all(subjects.map(async (subject) => (await query(subject)).id));
    expect((await cora.post(`${base}/queries/answers`, { selected: ids, text: "The ward's scale" })).status).toBe(303);
    expect((await Promise.all(subjects.map(query))).map(({ state }) => state)).toEqual(["answered", "answered"]);
    expect((await cora.post(`${base}/queries/answers`, { text: "Nothing selected" })).status).toBe(422);
  });

  test("nobody of another site reads or answers them", async () => {
    const subject = await completed();
    await mona.post(`${demo(subject)}/ask`, { text: "Only for the north" });
    const { client: sid } = await stage.person("Sid", "study_coordinator", stage.south);
    expect((await sid.get(`${base}/queries`)).text).not.toContain("Only for the north");
    expect(
      (await sid.post(`${base}/queries/${(await query(subject)).id}`, { act: "answer", text: "Me too" })).status,
    ).toBe(404);
  });
});

/** Every state × what may be done there, by whom (ODM 2.0, QueryStateType; the site never ends what a person asked). */
describe("a query moves", () => {
  const site: Readonly<Record<QueryStateName, readonly QueryAct[]>> = {
    candidate: [],
    open: ["answer"],
    answered: [],
    closed: [],
    cancelled: [],
    resolved: [],
  };
  const asker: typeof site = {
    candidate: ["release", "cancel"],
    open: ["close", "cancel"],
    answered: ["send back", "close"],
    closed: ["reopen"],
    cancelled: ["reopen"],
    resolved: ["reopen"],
  };
  for (const state of queryStates)
    test(`from ${state}`, () => {
      expect(actsIn(state, { site: true, asker: false })).toEqual([...site[state]]);
      expect(actsIn(state, { site: false, asker: true })).toEqual([...asker[state]]);
      expect(actsIn(state, { site: false, asker: false })).toEqual([]);
    });

  test("and in no other way, not even past every page", async () => {
    const subject = await completed();
    await mona.post(`${demo(subject)}/ask`, { text: "Which arm was used?", candidate: "on" });
    const { id } = await query(subject);
    const at = `${base}/queries/${id}`;
    // A draft is not there for the site: neither on a page, nor in the table.
    expect((await cora.get(`${base}/queries?state=all`)).text).not.toContain("Which arm was used?");
    expect((await cora.get(at)).status).toBe(404);
    expect(await moved(coraId, id, "open")).toBe("nothing was reached");
    expect((await mona.post(at, { act: "release", text: "Please answer" })).status).toBe(303);
    expect((await cora.get(at)).text).toContain("Which arm was used?");
    // The site answers, and ends nothing: every other state is refused it by the wall.
    for (const to of ["closed", "cancelled", "resolved"]) expect(await moved(coraId, id, to)).toContain("policy");
    expect(await moved(coraId, id, "answered")).toBe("");
    // Whoever asks does not answer himself.
    expect(await moved(monaId, id, "answered")).toContain("policy");
    const steps = new Set(Object.values(moves).flatMap(({ from, to }) => from.map((state) => `${state} ${to}`)));
    for (const from of queryStates) {
      await stage.world.sql("alter table studies.queries disable trigger keep_query");
      await stage.world.sql("update studies.queries set state = $2 where id = $1", [id, from]);
      await stage.world.sql("alter table studies.queries enable trigger keep_query");
      for (const to of queryStates.filter((state) => state !== from && state !== "answered" && state !== "resolved"))
        expect([from, to, (await moved(monaId, id, to)) === ""]).toEqual([from, to, steps.has(`${from} ${to}`)]);
    }
  });
});

describe("comparison with the source", () => {
  test.each([
    ["needed, never seen", true, 1, null, "required"],
    ["not needed, never seen", false, 1, null, "not required"],
    ["seen as it is", true, 2, 2, "verified"],
    ["changed since", true, 3, 2, "again"],
    ["changed since, although no plan asks for it", false, 3, 2, "again"],
    ["seen, although no plan asks for it any more", false, 2, 2, "verified"],
  ] as const)("%s", (_, needed, version, seen, state) => expect(verificationOf(needed, version, seen)).toBe(state));

  test.each([
    ["nothing is set", [], null],
    ["of all sites", [["*", ""]], 0],
    [
      "the site's own first",
      [
        ["*", ""],
        ["n", ""],
      ],
      1,
    ],
    ["another site's is none", [["s", ""]], null],
    [
      "of the form before that of the site",
      [
        ["n", ""],
        ["*", "demo"],
      ],
      1,
    ],
    [
      "of the form at the site before all",
      [
        ["*", "demo"],
        ["n", "demo"],
        ["n", ""],
      ],
      1,
    ],
    [
      "the newest of the same kind",
      [
        ["*", ""],
        ["*", ""],
      ],
      0,
    ],
    ["another form's is none", [["*", "vitals"]], null],
  ] as const)("the plan that counts: %s", (_, given, chosen) => {
    const plans = given.map(([site, form]) => ({
      siteId: site === "*" ? null : site,
      form,
      rule: "all" as const,
      percent: 100,
      seed: "",
    }));
    expect(planFor(plans, "n", "demo")).toBe(chosen === null ? null : (plans[chosen] ?? null));
  });

  test("what was verified comes back when it changes, with what it was", async () => {
    expect(
      (await dan.post(`${base}/verification`, { rule: "critical", percent: "20", reason: "Monitoring plan 1.0" }))
        .status,
    ).toBe(303);
    const subject = await completed();
    const page = await mona.get(`${demo(subject)}/compare`);
    expect(page.text).toContain("Verify all 1 that wait");
    await mona.post(`${demo(subject)}/compare`, { all: "required" });
    expect((await mona.get(demo(subject))).text).toContain("Verified");
    await changeWeight(subject, "88", 1);
    const again = await mona.get(`${demo(subject)}/compare`);
    expect(again.text).toContain("Changed since");
    expect(again.text).toContain("<del>80 kg</del>");
    expect((await mona.get(`${base}/work`)).text).toContain("one answer changed");
    expect((await cora.post(`${demo(subject)}/compare`, { all: "required" })).status).toBe(403);
  });

  test("the database draws the same sample as the page, for each form that has a plan of its own", async () => {
    expect(
      (
        await dan.post(`${base}/verification`, {
          form: "vitals",
          rule: "sample",
          percent: "50",
          seed: "v",
          reason: "Half of the vital signs",
        })
      ).status,
    ).toBe(303);
    const subjects = [];
    for (let n = 0; n < 8; n += 1) {
      const subject = await completed();
      await cora.post(`${base}/participants/${subject}/forms/baseline/-/vitals/-`, {
        act: "complete",
        "b.vitals_main~~systolic": "0",
        "v.vitals_main~~systolic": "120",
      });
      subjects.push(subject);
    }
    const onPages = [];
    for (const subject of subjects) {
      const at = `${base}/participants/${subject}/forms/baseline/-/vitals/-/compare`;
      if ((await mona.get(at)).text.includes("Verify all 1 that wait")) onPages.push(at);
    }
    const list = (await mona.get(`${base}/verification`)).text;
    const inList = [...list.matchAll(/href="([^"]+\/vitals\/-\/compare)"/g)].map((match) => match[1]);
    expect(inList.toSorted()).toEqual(onPages.toSorted());
    expect(onPages.length).toBeGreaterThan(0);
    expect(onPages.length).toBeLessThan(8);
    await mona.post(onPages[0] ?? "", { all: "required" });
    expect((await mona.get(`${base}/verification`)).text).not.toContain(onPages[0] ?? "nothing");
  });

  test("a data manager reviews, on an axis of her own", async () => {
    const subject = await completed();
    expect((await mona.get(`${demo(subject)}/review`)).status).toBe(403);
    await dan.post(`${demo(subject)}/review`, { all: "required" });
    expect((await dan.get(`${demo(subject)}/review`)).text).not.toContain("that wait");
    expect((await mona.get(`${demo(subject)}/compare`)).text).toContain("that wait");
    await changeWeight(subject, "79", 1);
    expect((await dan.get(`${demo(subject)}/review`)).text).toContain("<del>80 kg</del>");
  });

  test("a sample is the same whoever asks, and about as large as it says", () => {
    const plan = { siteId: null, form: "", rule: "sample" as const, percent: 20, seed: "s" };
    const item = smallStudy.items.find(({ id }) => id === "height");
    const places = Array.from({ length: 4000 }, (_, n) => `P-${n}`);
    const chosen = places.filter((place) => isRequired(plan, item, place));
    expect(places.filter((place) => isRequired(plan, item, place))).toEqual(chosen);
    expect(chosen.length / places.length).toBeGreaterThan(0.17);
    expect(chosen.length / places.length).toBeLessThan(0.23);
    expect(
      isRequired(
        { ...plan, percent: 0 },
        smallStudy.items.find(({ id }) => id === "weight"),
        "P-1",
      ),
    ).toBe(true);
  });
});

describe("signatures", () => {
  test("the investigator signs with a password; a change breaks the signature and it is signed again", async () => {
    const subject = await completed();
    const page = await ivy.client.get(`${base}/participants/${subject}/sign`);
    const sheet = /name="sheets" value="([^"]+)"/.exec(page.text)?.[1] ?? "";
    const wrong = await ivy.client.post(`${base}/participants/${subject}/sign`, {
      sheets: sheet,
      ...ink,
      signature: "not it",
    });
    expect(wrong.status).toBe(422);
    const signed = await ivy.client.post(`${base}/participants/${subject}/sign`, { sheets: sheet, ...ink });
    expect(signed.status).toBe(303);
    const seen = await mona.get(demo(subject));
    expect(seen.text).toContain("Signed by Ivy");
    expect(seen.text).not.toContain("Signature broken");
    await changeWeight(subject, "81", 1);
    expect((await mona.get(demo(subject))).text).toContain("Signature broken");
    expect((await ivy.client.get(`${base}/participants/${subject}/sign`)).text).toContain(
      "changed since it was signed",
    );
    expect((await cora.post(`${base}/participants/${subject}/sign`, { sheets: sheet, ...ink })).status).toBe(403);
  });

  test("an answer that was changed behind the program's back breaks the signature too", async () => {
    const subject = await completed();
    const vitals = `${base}/participants/${subject}/forms/baseline/-/vitals/-`;
    await cora.post(vitals, {
      act: "complete",
      "b.vitals_main~~systolic": "0",
      "v.vitals_main~~systolic": "120",
    });
    const page = await ivy.client.get(`${base}/participants/${subject}/sign`);
    const sheets = [...page.text.matchAll(/name="sheets" value="([^"]+)"/g)].map((match) => match[1] ?? "");
    await ivy.client.post(`${base}/participants/${subject}/sign`, { sheets, ...ink });
    expect((await mona.get(vitals)).text).not.toContain("Signature broken");
    await stage.world.sql("alter table studies.field_values disable trigger user");
    await stage.world.sql("update studies.field_values set raw = '99' where subject_id = $1 and item = 'systolic'", [
      subject,
    ]);
    await stage.world.sql("alter table studies.field_values enable trigger user");
    expect((await mona.get(vitals)).text).toContain("Signature broken");
  });
});

/** Item, form, visit, participant, site, study: what stands above an answer, and the strictest of it. */
describe("freeze and lock", () => {
  test.each([
    ["item", ["frozen"]],
    ["sheet", ["frozen"]],
    ["visit", ["frozen"]],
    ["subject", ["frozen", "locked"]],
    ["site", ["frozen"]],
    ["study", ["frozen"]],
  ] as const)("the scope %s", async (scope, kinds) => {
    const subject = await completed();
    const other = await completed();
    await mona.post(`${demo(subject)}/ask`, { section: "demo_main", item: "weight", text: "Which scale?" });
    const [sheet] = await stage.world.sql<{ id: string }>("select id from studies.sheets where subject_id = $1", [
      subject,
    ]);
    for (const kind of kinds) {
      const wide = scope === "site" || scope === "study";
      const set = wide
        ? await dan.post(`${base}/locks`, { scope: scope === "site" ? stage.north : "study", kind, reason: "To try" })
        : await dan.post(`${base}/locks/new`, {
            scope,
            subject,
            kind,
            reason: "To try",
            anyway: "on",
            event: "baseline",
            visit: "",
            sheet: sheet?.id ?? "",
            item: "weight",
          });
      expect(set.status).toBe(303);
      expect((await changeWeight(subject, "82", 1)).status).toBe(422);
      const past = "update studies.field_values set raw = '82' where subject_id = $1::uuid and item = 'weight'";
      expect(await forced(coraId, past, [subject])).toContain(`a ${kind} value is not changed`);
      // A neighbour outside of the scope is as open as before.
      if (!wide) expect(await forced(coraId, past, [other])).toBe("");
    }
    // Frozen: queries are still answered. Locked: nothing at all.
    const asked = await query(subject);
    const answer = await cora.post(`${base}/queries/${asked.id}`, { act: "answer", text: "The ward's" });
    expect(answer.status).toBe((kinds as readonly string[]).includes("locked") ? 403 : 303);
    const locks = await stage.world.sql<{ id: string }>(
      "select id from studies.locks where lifted_at is null order by kind desc",
    );
    const { client: ada } = await stage.person("Ada", "study_administrator");
    for (const { id } of locks)
      for (const [who, way] of [
        [dan, "unlock"],
        [dan, "lift"],
        [ada, "unlock"],
      ] as const)
        await who.post(`${base}/locks/${id}/${way}`, { liftReason: "Tried" });
    expect(await stage.world.sql("select 1 from studies.locks where lifted_at is null")).toEqual([]);
    expect((await changeWeight(subject, "82", 1)).status).toBe(303);
  });

  test("a monitor freezes and thaws, a data manager locks, and what is unfinished is named", async () => {
    const subject = await completed();
    expect(
      (await mona.post(`${base}/locks/new`, { scope: "subject", subject, kind: "frozen", reason: "Visit done" }))
        .status,
    ).toBe(303);
    expect((await changeWeight(subject, "82", 1)).status).toBe(422);
    expect(
      (await mona.post(`${base}/locks/new`, { scope: "subject", subject, kind: "locked", reason: "Visit done" }))
        .status,
    ).toBe(403);
    const refused = await dan.post(`${base}/locks/new`, { scope: "subject", subject, kind: "locked", reason: "Clean" });
    expect([refused.status, refused.text.includes("complete form is not signed")]).toEqual([422, true]);
    expect(
      (
        await dan.post(`${base}/locks/new`, {
          scope: "subject",
          subject,
          kind: "locked",
          reason: "Clean",
          anyway: "on",
        })
      ).status,
    ).toBe(303);
    const locks = await stage.world.sql<{ id: string; kind: string }>(
      "select id, kind from studies.locks where subject_id = $1 and lifted_at is null",
      [subject],
    );
    const id = (kind: string) => locks.find((one) => one.kind === kind)?.id ?? "";
    expect((await mona.post(`${base}/locks/${id("frozen")}/lift`, { liftReason: "To correct" })).status).toBe(303);
    // Still locked: the strictest counts.
    expect((await changeWeight(subject, "82", 1)).status).toBe(422);
    expect((await mona.post(`${base}/locks/${id("locked")}/unlock`, { liftReason: "To correct" })).status).toBe(403);
    expect((await dan.post(`${base}/locks/${id("locked")}/unlock`, { liftReason: "To correct" })).status).toBe(303);
    expect((await changeWeight(subject, "82", 1)).status).toBe(303);
  });

  test("the study is locked with a manifest and opened again by two people", async () => {
    const subject = await completed();
    const { client: uma } = await stage.person("Uma", "unblinded_staff", stage.north);
    const kit = { act: "save", reasonText: "Handed out", [`b.${f("kit")}`]: "0", [`v.${f("kit")}`]: "A-17" };
    expect((await uma.post(demo(subject), kit)).status).toBe(303);
    const { world, study } = stage;
    const asCora = { tenantId: world.here.id, workspaceId: study.id, kind: "person", actorId: coraId, sessionRef: "" };
    // While Cora's answer is being saved: the lock waits until it is there, and weighs it with the others.
    const locking = await world.house.transactions.run(
      asCora as Standing,
      { readOnly: false },
      async (lease) => {
        await lease.rows(
          "update studies.field_values set raw = '81', reason = 'Read again' where subject_id = $1::uuid and item = 'weight'",
          [subject],
        );
        const lock = { scope: "study", kind: "locked", reason: "Database lock", anyway: "on" };
        const answer = dan.post(`${base}/locks`, lock);
        return { isWaiting: await waits(world, answer), answer };
      },
      async () => {},
    );
    expect([locking.isWaiting, (await locking.answer).status]).toEqual([true, 303]);
    expect(
      (await cora.post(`${base}/participants/new`, { siteId: stage.north, enrolledOn: "2026-01-10" })).status,
    ).toBe(303);
    expect((await changeWeight(subject, "82", 1)).status).toBe(422);
    const [lock] = await stage.world.sql<{ id: string }>(
      "select id from studies.locks where scope = 'study' and lifted_at is null",
    );
    const at = `${base}/locks/${lock?.id}`;
    // Weighed whole, whoever locks and whoever looks: what is blinded has a list of its own, for those who know the allocation.
    const { client: una } = await stage.person("Una", "unblinded_statistician");
    const weighed = [(await dan.get(`${at}/manifest`)).text, (await una.get(`${at}/manifest`)).text];
    for (const page of weighed) expect(page).toContain("As it was locked");
    for (const page of weighed) expect(page).not.toContain("participant changed");
    expect(weighed.map((page) => page.includes("Blinded answers of 1 participant"))).toEqual([false, true]);
    expect((await mona.get(`${at}/manifest`)).status).toBe(404);
    expect((await dan.post(`${at}/unlock`, { liftReason: "Late lab values" })).status).toBe(303);
    const alone = await dan.post(`${at}/unlock`, { liftReason: "Late lab values" });
    expect([alone.status, alone.text.includes("second person")]).toEqual([422, true]);
    expect((await changeWeight(subject, "82", 1)).status).toBe(422);
    const { client: ada } = await stage.person("Ada", "study_administrator");
    expect((await ada.post(`${at}/unlock`, { liftReason: "Agreed with the sponsor" })).status).toBe(303);
    expect((await changeWeight(subject, "82", 1)).status).toBe(303);
    expect((await dan.get(`${at}/manifest`)).text).toContain("1 participant changed");
  });
});

test("every number of the first page leads to a list of as many", async () => {
  const page = (await dan.get(base)).text;
  const sites = page.slice(page.indexOf(">Sites<"));
  const links = [...sites.matchAll(/<a href="([^"]+)"[^>]*>([^<]+)<\/a>/g)].map(([, href = "", text = ""]) => ({
    href: href.replaceAll("&amp;", "&"),
    text,
  }));
  const listed = links.filter(({ href }) => /\?/.test(href) && href.startsWith(base));
  expect(listed.length).toBeGreaterThan(7);
  for (const { href, text } of listed) {
    const list = await dan.get(href);
    const held = /(\d+) (?:participants?|forms?|answers?|quer(?:y|ies))\b/.exec(
      list.text.slice(list.text.indexOf("<main")),
    )?.[1];
    expect([href, list.status]).toEqual([href, 200]);
    if (/^\d+$/.test(text)) expect([href, held]).toEqual([href, text]);
  }
  const kinds = new Set(listed.map(({ href }) => /studies\/([a-z/]+)/.exec(href)?.[1]));
  expect([...kinds].toSorted()).toEqual([
    "monitoring/answers",
    "monitoring/compared",
    "monitoring/digits",
    "monitoring/forms",
    "participants",
    "queries",
  ]);
  expect((await mona.get(`${base}/monitoring/answers?what=changed&site=${stage.south}`)).status).toBe(404);
});
