import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { done, levels, meant, type Residency, residency, wordsOf } from "./residency.ts";

let house: Residency;
beforeAll(async () => {
  house = await residency();
}, 120_000);
afterAll(async () => {
  await house?.world.stop();
});

const NARRATIVE = "Took a careful history from a worried family at three in the morning.";
const COMMENT = "I would like more time in clinic.";
const REASON = "Seen twice on nights, both times with help.";
const NOTE = "We talked about workload.";

test("setting up was recorded in sentences", async () => {
  const sentences = (await house.world.trail()).map(({ sentence }) => sentence).join("\n");
  expect(sentences).toContain("Dana Director imported subcompetencies of Invented Medicine 2.0: 6 new or changed");
  expect(sentences).toMatch(/Dana Director opened Mid-year \d{4}–\d\d and End of year \d{4}–\d\d/);
  expect(sentences).toMatch(/Dana Director enrolled \S+-001 in Invented Medicine 2\.0, training year 1/);
});

describe("from a request to the trainee's word", () => {
  let evaluation = "";
  const rosa = () => house.trainees[0] as Residency["trainees"][number];

  test("the coordinator asks; the evaluator sees the name, a colleague sees nothing", async () => {
    evaluation = await house.ask("faculty", 0, "Ward nights");
    const waiting = await house.as.faculty.get(house.url("/evaluations"));
    expect(wordsOf(waiting)).toContain("Rosa Resident");
    expect(wordsOf(await house.as.colleague.get(house.url("/evaluations")))).toContain("Nothing waits for you");
    expect((await house.as.colleague.get(house.url(`/evaluations/${evaluation}`))).status).toBe(404);
    expect((await house.as.director.get(house.url(`/evaluations/${evaluation}`))).status).toBe(404);
    const [row] = await house.world.trail();
    expect(row?.outcome).toBe("refused");
  });

  test("asking the same again is refused beside the field", async () => {
    const again = await house.as.coordinator.post(house.url("/requests"), {
      periodId: house.period,
      evaluatorId: house.people.faculty.id,
      rotation: "Ward nights",
      subjectIds: [rosa().id],
      codes: ["PC1"],
    });
    expect(again.status).toBe(422);
    expect(wordsOf(again)).toContain("This is already being asked about");
  });

  test("levels that do not exist are refused, and what was typed stays", async () => {
    for (const wrong of ["0.5", "5.5"]) {
      const answer = await house.as.faculty.post(house.url(`/evaluations/${evaluation}`), {
        ...levels(house, "3", { PC1: wrong }),
        narrative: NARRATIVE,
        act: "submit",
      });
      expect(answer.status).toBe(422);
      expect(wordsOf(answer)).toContain(`PC1: “${wrong}” is not a level.`);
      expect(answer.text.includes(NARRATIVE)).toBe(true);
    }
    const stored = await house.rows("select from milestones.evaluation_levels where status is not null");
    expect(stored).toHaveLength(0);
  });

  test("a draft is kept, and its words come back", async () => {
    await done(
      house.as.faculty.post(house.url(`/evaluations/${evaluation}`), {
        ...levels(house, "2.5", { MK1: "NYA" }),
        narrative: NARRATIVE,
        act: "draft",
      }),
    );
    const form = await house.as.faculty.get(house.url(`/evaluations/${evaluation}`));
    expect(form.text.includes(NARRATIVE)).toBe(true);
    expect((await house.as.director.get(house.url(`/evidence/${evaluation}`))).status).toBe(404);
  });

  test("submitting closes it for ever", async () => {
    await done(
      house.as.faculty.post(house.url(`/evaluations/${evaluation}`), {
        ...levels(house, "2.5", { MK1: "NYA", SBP1: "NYC1", PROF1: "" }),
        narrative: NARRATIVE,
        act: "submit",
      }),
    );
    const [row] = await house.world.trail();
    expect(row?.sentence).toBe(
      `Femi Faculty submitted the evaluation of ${rosa().code} on Ward nights: 5 of 6 subcompetencies`,
    );
    expect(row?.changed["milestones.evaluations"]?.rows).toEqual([evaluation]);
    expect(row?.subjects).toContain(rosa().id);
    const again = await house.as.faculty.post(house.url(`/evaluations/${evaluation}`), {
      ...levels(house, "5"),
      act: "submit",
    });
    expect(again.status).toBe(409);
    const statuses = await house.rows<{ status: string | null; n: number }>(
      "select status, count(*)::int as n from milestones.evaluation_levels group by 1 order by 1",
    );
    expect(statuses.map(({ status, n }) => [status, n])).toEqual([
      ["nya", 1],
      ["nycl1", 1],
      ["rated", 3],
      [null, 1],
    ]);
  });

  test("director, committee, mentor and the trainee read it; the coordinator and others do not", async () => {
    for (const reader of [house.as.director, house.as.member, house.as.mentor, rosa().client]) {
      const page = await reader.get(house.url(`/evidence/${evaluation}`));
      expect(page.status).toBe(200);
      expect(wordsOf(page)).toContain(NARRATIVE);
    }
    expect((await house.as.coordinator.get(house.url(`/evidence/${evaluation}`))).status).toBe(403);
    expect((await house.as.faculty.get(house.url(`/evidence/${evaluation}`))).status).toBe(403);
    for (const other of [house.trainees[1]?.client, house.trainees[2]?.client]) {
      expect((await other?.get(house.url(`/evidence/${evaluation}`)))?.status).toBe(404);
    }
  });

  test("the committee rates after acknowledging the warnings; only members may", async () => {
    const sheet = house.url(`/committee/${house.period}/${rosa().id}`);
    const wanted = { ...levels(house, "3"), note: NOTE };
    for (const wrong of [house.as.director, house.as.coordinator, house.as.faculty, house.as.mentor, rosa().client]) {
      expect((await wrong.post(sheet, wanted)).status).toBe(403);
    }
    const page = await house.as.member.get(sheet);
    expect(page.text.includes(house.url(`/evidence/${evaluation}`))).toBe(true);
    expect(wordsOf(page)).toContain(NARRATIVE.slice(0, 40));

    const partly = await house.as.member.post(sheet, levels(house, "", { PC1: "3" }));
    expect(partly.status).toBe(422);
    expect(wordsOf(partly)).toContain("PC2: choose a level, NYC1 or NYA.");
    const warned = await house.as.member.post(sheet, wanted);
    expect(warned.status).toBe(422);
    expect(wordsOf(warned)).toContain("All 6 subcompetencies have the same level, 3.");
    expect(await house.rows("select from milestones.sheets")).toHaveLength(0);

    expect((await house.as.member.post(sheet, { ...wanted, "reasons.straight-line": "  " })).status).toBe(422);

    await done(house.as.member.post(sheet, { ...wanted, ...meant }));
    const [row] = await house.world.trail();
    expect(row?.sentence).toContain(`rated ${rosa().code} for`);
    expect(wordsOf(await house.as.director.get(house.url(`/decisions/${house.period}/${rosa().id}`)))).toContain(
      "the same level, 3. Reason: Meant so (straight-line).",
    );
    const [kept] = await house.rows<{ warnings: unknown; reasons: Uint8Array }>(
      "select warnings::text as warnings, reasons from milestones.sheets",
    );
    expect(`${kept?.warnings} ${Buffer.from(kept?.reasons ?? []).toString("latin1")}`).not.toContain("Meant so");
    expect(row?.sentence).toContain("; warnings acknowledged: 1");
  });

  test("an override needs a reason, and only the director decides", async () => {
    const result = house.url(`/decisions/${house.period}/${rosa().id}`);
    const chosen = { ...levels(house, "3", { PC2: "2.5" }), act: "finalise" };
    for (const wrong of [house.as.member, house.as.coordinator, house.as.mentor, house.as.faculty, rosa().client]) {
      expect((await wrong.post(result, chosen)).status).toBe(403);
    }
    const bare = await house.as.director.post(result, chosen);
    expect(bare.status).toBe(422);
    expect(wordsOf(bare)).toContain("PC2: the committee recommends Level 3. Give a reason.");
    expect(await house.rows("select from milestones.decisions")).toHaveLength(0);

    await done(house.as.director.post(result, { ...chosen, [`reasons.${house.subcompetencies.get("PC2")}`]: REASON }));
    const [row] = await house.world.trail();
    expect(row?.sentence).toContain("revision 1; levels other than the committee's: 1");
    expect(wordsOf(await house.as.director.get(result))).toContain(REASON);
  });

  test("before the release neither trainee nor mentor sees a level", async () => {
    for (const reader of [rosa().client, house.as.mentor]) {
      const page = await reader.get(house.url(`/trainees/${rosa().id}`));
      expect(page.status).toBe(200);
      expect(wordsOf(page)).toContain("No result yet");
      expect(wordsOf(page)).not.toContain("Level 2.5");
    }
    const sheet = await house.as.member.post(house.url(`/committee/${house.period}/${rosa().id}`), {
      ...levels(house, "4"),
      ...meant,
    });
    expect(sheet.status).toBe(422);
    expect(wordsOf(sheet)).toContain("This review is finalised.");
  });

  test("after the release both see the level, and not the committee's", async () => {
    const [decision] = await house.rows<{ id: string }>("select id from milestones.decisions");
    expect((await rosa().client.post(house.url(`/results/${decision?.id}/acknowledge`), {})).status).toBe(404);
    await done(house.as.director.post(house.url(`/revisions/${decision?.id}/release`)));
    for (const reader of [rosa().client, house.as.mentor]) {
      const page = await reader.get(house.url(`/trainees/${rosa().id}`));
      expect(wordsOf(page)).toContain("Level 2.5");
      expect(wordsOf(page)).not.toContain(REASON);
    }
    expect((await house.as.mentor.get(house.url(`/decisions/${house.period}/${rosa().id}`))).status).toBe(403);
    expect((await house.as.mentor.get(house.url(`/trainees/${house.trainees[1]?.id}`))).status).toBe(404);
  });

  test("the trainee acknowledges once, with a comment that others do not read", async () => {
    const [decision] = await house.rows<{ id: string }>("select id from milestones.decisions");
    const address = house.url(`/results/${decision?.id}/acknowledge`);
    expect((await house.as.director.post(address, { comment: "no" })).status).toBe(403);
    expect((await house.trainees[1]?.client.post(address, { comment: "no" }))?.status).toBe(404);
    await done(rosa().client.post(address, { comment: COMMENT }));
    const [row] = await house.world.trail();
    expect(row?.sentence).toMatch(/^Rosa Resident acknowledged the result for .*, revision 1, with a comment$/);
    expect((await rosa().client.post(address, {})).status).toBe(422);
    expect(wordsOf(await house.as.director.get(house.url(`/trainees/${rosa().id}`)))).toContain(COMMENT);
    expect((await house.as.coordinator.get(house.url(`/trainees/${rosa().id}`))).text).not.toContain(COMMENT);
  });

  test("reopening needs a reason and makes a second revision beside the first", async () => {
    const [decision] = await house.rows<{ id: string }>("select id from milestones.decisions");
    const address = house.url(`/revisions/${decision?.id}/reopen`);
    expect((await house.as.director.post(address, { reason: "" })).status).toBe(422);
    await done(house.as.director.post(address, { reason: "A sheet was about someone else." }));
    await done(
      house.as.director.post(house.url(`/decisions/${house.period}/${rosa().id}`), {
        ...levels(house, "3"),
        act: "release",
      }),
    );
    const revisions = await house.rows<{ revision: number; n: number }>(
      "select revision, (select count(*)::int from milestones.decision_levels l where l.decision_id = d.id) as n from milestones.decisions d order by 1",
    );
    expect(revisions.map(({ revision, n }) => [revision, n])).toEqual([
      [1, 6],
      [2, 6],
    ]);
    expect(wordsOf(await rosa().client.get(house.url("/mine")))).toContain("is here");
  });

  test("nothing that was written about her lies in the clear, in any table or in the log", async () => {
    const tables = await house.rows<{ name: string }>(
      "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('core', 'milestones')",
    );
    for (const { name } of tables) {
      const rows = await house.rows<{ row: string }>(`select t::text as row from ${name} t`);
      const text = rows.map(({ row }) => row).join("\n");
      for (const secret of [NARRATIVE, COMMENT, REASON, NOTE, "A sheet was about someone else"])
        expect(text).not.toContain(secret);
    }
    const [sealed] = await house.rows<{ narrative: Uint8Array }>("select narrative from milestones.evaluations");
    expect(Buffer.from(sealed?.narrative ?? []).includes(Buffer.from("careful history"))).toBe(false);
    expect(sealed?.narrative.length).toBeGreaterThan(NARRATIVE.length);
    expect(house.world.logged.join("\n")).not.toContain("careful history");
  });
});
