/** The committee at work: reviewers rate blind, sheets open at once, the meeting needs a quorum, packets stay as they were. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readPdf } from "../../support/pdf-text.ts";
import type { Client } from "../../support/world.ts";
import { done, levels, meant, type Residency, residency, wordsOf } from "./residency.ts";

let house: Residency;
let third: Client;
const rosa = () => house.trainees[0] as Residency["trainees"][number];
const sam = () => house.trainees[1] as Residency["trainees"][number];
const tess = () => house.trainees[2] as Residency["trainees"][number];
const sheet = (subject: string) => house.url(`/committee/${house.period}/${subject}`);
const rate = (client: Client, subject: string, everywhere: string, named: Record<string, string> = {}, more = {}) =>
  client.post(sheet(subject), { ...levels(house, everywhere, named), ...meant, ...more });

beforeAll(async () => {
  house = await residency();
  const person = await house.world.person("Cora Committee", "ccc_member", house.workspace);
  await house.world.grant(house.people.mentor, "ccc_member", house.workspace);
  third = await house.world.as(person);
}, 120_000);
afterAll(async () => {
  await house?.world.stop();
});

test("only the director names reviewers, and the mentor is never one of them", async () => {
  const share = (client: Client) => client.post(house.url("/reviewers/share"), { periodId: house.period });
  for (const wrong of [house.as.coordinator, house.as.member, house.as.faculty, rosa().client])
    expect((await share(wrong)).status).toBe(403);
  await done(share(house.as.director));
  const rows = await house.rows<{ subject_id: string; member_id: string }>(
    "select subject_id, member_id from milestones.reviewers",
  );
  expect(rows).toHaveLength(6);
  expect(rows.some((row) => row.subject_id === rosa().id && row.member_id === house.people.mentor.id)).toBe(false);
  expect(wordsOf(await house.as.director.get(house.url("/reviewers")))).toContain("Mo Mentor");
  await house.rows("update milestones.reviewers set ended_at = now()");
  const named = (subjectId: string, memberId: string) =>
    house.as.director.post(house.url("/reviewers"), { periodId: house.period, subjectId, memberId });
  for (const trainee of house.trainees)
    for (const member of [house.people.member, house.people.second]) await done(named(trainee.id, member.id));
  const refused = await named(rosa().id, house.people.mentor.id);
  expect(refused.status).toBe(422);
  expect(wordsOf(refused)).toContain("is recused");
});

describe("rating blind", () => {
  test("what one reviewer wrote is nowhere before the other has handed in", async () => {
    await done(rate(house.as.member, rosa().id, "2", { PC1: "3" }, { note: "Never seen before the reveal." }));
    for (const client of [house.as.second, house.as.director, third]) {
      for (const path of [`/committee/${house.period}/${rosa().id}`, `/decisions/${house.period}/${rosa().id}`]) {
        const page = await client.get(house.url(path));
        expect(page.status).toBe(200);
        expect(page.text.includes("Never seen before")).toBe(false);
      }
    }
    expect(wordsOf(await house.as.director.get(house.url(`/decisions/${house.period}/${rosa().id}`)))).toContain(
      "The committee has handed in 1 of 2 sheets",
    );
    const own = await house.as.member.get(sheet(rosa().id));
    expect(own.text.includes("Never seen before")).toBe(true);
  });

  test("who is not a reviewer, and who mentors, hands in nothing", async () => {
    const other = await rate(third, rosa().id, "2");
    expect(other.status).toBe(422);
    expect(wordsOf(other)).toContain("reviewed by others");
    const mentor = await rate(house.as.mentor, rosa().id, "2");
    expect(wordsOf(mentor)).toContain("you are recused");
    await expect(
      house.rows(
        `insert into milestones.sheets (tenant_id, workspace_id, subject_id, period_id, member_id)
         values ($1, $2, $3, $4, $5)`,
        [house.world.here.id, house.workspace.id, rosa().id, house.period, house.people.mentor.id],
      ),
    ).rejects.toThrow("a mentor does not rate");
  });

  test("the database refuses to open while someone is awaited", async () => {
    await expect(
      house.rows(
        `insert into milestones.reveals (tenant_id, workspace_id, subject_id, period_id) values ($1, $2, $3, $4)`,
        [house.world.here.id, house.workspace.id, rosa().id, house.period],
      ),
    ).rejects.toThrow("a reviewer is still awaited");
    expect((await house.as.director.post(`${sheet(rosa().id)}/reveal`, { reason: "" })).status).toBe(422);
  });

  test("the last sheet opens all of them at once", async () => {
    await done(rate(house.as.second, rosa().id, "2"));
    expect((await house.as.second.get(house.url(`/decisions/${house.period}/${rosa().id}`))).text).toContain(
      "Never seen before",
    );
    const sentences = (await house.world.trail()).map((row) => row.sentence);
    expect(sentences.some((one) => one.includes("opened all sheets") && one.includes("all had handed in"))).toBe(true);
  });

  test("two who hand in at the same moment open them once", async () => {
    await Promise.all([
      done(rate(house.as.member, sam().id, "3", { PC1: "2.5" })),
      done(rate(house.as.second, sam().id, "3", { PC1: "2.5" })),
    ]);
    expect(await house.rows("select from milestones.reveals where subject_id = $1", [sam().id])).toHaveLength(1);
  });

  test("the director opens early only with a reason", async () => {
    await done(rate(house.as.member, tess().id, "3", { PC1: "2.5" }));
    await done(house.as.director.post(`${sheet(tess().id)}/reveal`, { reason: "Cyrus is ill." }));
    expect(await house.rows("select reason from milestones.reveals where subject_id = $1", [tess().id])).toEqual([
      { reason: "Cyrus is ill." },
    ]);
  });
});

describe("the meeting", () => {
  let meeting = "";
  const at = (path = "") => house.url(`/meetings/${meeting}${path}`);

  test("is called by the committee, not by the coordinator", async () => {
    const call = (client: Client) =>
      client.post(house.url("/meetings"), { periodId: house.period, heldOn: "2026-11-20" });
    expect((await call(house.as.coordinator)).status).toBe(403);
    meeting = (await done(call(house.as.member))).location.split("/").at(-1) ?? "";
    const page = wordsOf(await house.as.member.get(at()));
    expect(page).toContain("There is no quorum");
    expect(page).toContain("PC1: Level 2 or Level 3");
    expect(page).toContain("Consent agenda: 2 trainees");
  });

  test("without a quorum nothing is adopted", async () => {
    expect((await house.as.member.post(at("/adopt"))).status).toBe(422);
    const present = [house.people.member.id, house.people.second.id, house.people.mentor.id];
    const chair = house.people.member.id;
    expect(
      (await house.as.member.post(at("/presence"), { present: present.slice(1), core: [], chair: present[0] ?? "" }))
        .status,
    ).toBe(422);
    await done(house.as.member.post(at("/presence"), { present, core: [chair], chair }));
    expect(wordsOf(await house.as.member.get(at()))).toContain("There is a quorum");
  });

  test("the consent agenda is adopted at once, and the director reads it", async () => {
    await done(house.as.member.post(at("/adopt")));
    const rows = await house.rows<{ how: string }>("select how from milestones.recommendations");
    expect(rows).toEqual([{ how: "consent" }, { how: "consent" }]);
    expect(wordsOf(await house.as.director.get(house.url(`/decisions/${house.period}/${sam().id}`)))).toContain(
      "Adopted on the consent agenda",
    );
  });

  test("of a trainee whose mentor sits there, the mentor does not count", async () => {
    const answer = await house.as.member.post(at(`/discuss/${rosa().id}`), {
      [`levels.${house.subcompetencies.get("PC1")}`]: "2.5",
      note: "Seen better on nights.",
    });
    expect(answer.status).toBe(422);
    expect(wordsOf(answer)).toContain("without 1 who mentors this trainee");
  });

  test("only what differs is discussed; the rest is as agreed", async () => {
    const cora = (await house.rows<{ id: string }>("select id from core.persons where name = 'Cora Committee'"))[0];
    const present = [house.people.member.id, house.people.second.id, cora?.id ?? ""];
    await done(
      house.as.member.post(at("/presence"), { present, core: [house.people.member.id], chair: house.people.second.id }),
    );
    const discuss = (form: Record<string, string>) => house.as.member.post(at(`/discuss/${rosa().id}`), form);
    const field = `levels.${house.subcompetencies.get("PC1")}`;
    expect(wordsOf(await discuss({ note: "x" }))).toContain("PC1: the committee has to agree on a level");
    expect(wordsOf(await discuss({ [field]: "2.5" }))).toContain("Say in a sentence what was discussed");
    await done(discuss({ [field]: "2.5", note: "Seen better on nights." }));
    const rows = await house.rows<{ half_steps: number }>(
      `select l.half_steps from milestones.recommendation_levels l join milestones.recommendations r on r.id = l.recommendation_id
       where r.subject_id = $1 order by l.half_steps`,
      [rosa().id],
    );
    expect(rows.map((row) => row.half_steps)).toEqual([4, 4, 4, 4, 4, 5]);
    const page = wordsOf(await house.as.director.get(house.url(`/decisions/${house.period}/${rosa().id}`)));
    expect(page).toContain("Seen better on nights.");
    expect(page).toContain("Recommended");
  });

  test("minutes are kept in versions, and no trainee reaches any of it", async () => {
    await done(house.as.member.post(at("/minutes"), { text: "All agreed but one." }));
    await done(house.as.member.post(at("/minutes"), { text: "All agreed but one. Adjourned." }));
    expect(await house.rows("select version from milestones.minutes order by version")).toEqual([
      { version: 1 },
      { version: 2 },
    ]);
    expect(wordsOf(await house.as.director.get(at()))).toContain("Adjourned.");
    for (const wrong of [house.as.coordinator, house.as.faculty, rosa().client])
      expect((await wrong.get(at())).status).toBe(403);
    const print = await house.as.director.get(at("/minutes.pdf"));
    const text = readPdf(print.bytes)
      .pages.map((page) => page.text)
      .join(" ")
      .replace(/\s+/g, " ");
    for (const words of [
      "Chair Cyrus Committee",
      "Cleo Committee (core faculty)",
      "Rosa Resident",
      "Adjourned.",
      "Version 2",
    ])
      expect(text).toContain(words);
    for (const wrong of [house.as.member, house.as.coordinator])
      expect((await wrong.get(at("/minutes.pdf"))).status).toBe(403);
  });

  test("where the program wants it, the director waits for the meeting", async () => {
    await house.rows(
      `insert into core.settings (tenant_id, workspace_id, module, value) values ($1, $2, 'milestones', '{"meetingFirst": true}')`,
      [house.world.here.id, house.workspace.id],
    );
    await done(
      house.as.director.post(house.url(`/decisions/${house.period}/${rosa().id}`), {
        ...levels(house, "2", { PC1: "2.5" }),
        act: "finalise",
      }),
    );
  });
});

describe("packets", () => {
  test("are frozen by the director, link every number to its evaluation, and stay as they were", async () => {
    const evaluation = await house.ask("faculty", 1, "Packet ward");
    await done(
      house.as.faculty.post(house.url(`/evaluations/${evaluation}`), {
        ...levels(house, "3.5"),
        narrative: "Kept calm when two patients came at once.",
        act: "submit",
      }),
    );
    const freeze = (client: Client, more = {}) =>
      client.post(house.url("/packets/freeze"), { periodId: house.period, ...more });
    expect((await freeze(house.as.member)).status).toBe(403);
    await done(freeze(house.as.director));
    const [row] = await house.rows<{ id: string; sha256: string; content: Uint8Array }>(
      "select id, sha256, content from milestones.packets where subject_id = $1",
      [sam().id],
    );
    const page = await house.as.member.get(house.url(`/packets/${row?.id}`));
    expect(page.text).toContain(`/evidence/${evaluation}`);
    expect(wordsOf(page)).toContain("Kept calm when two patients came at once.");
    expect(wordsOf(page)).toContain("Matches what was frozen.");
    expect(Buffer.from(row?.content ?? []).includes("Kept calm")).toBe(false);
    for (const wrong of [house.as.coordinator, house.as.faculty, sam().client])
      expect((await wrong.get(house.url(`/packets/${row?.id}`))).status).toBe(403);

    const again = await freeze(house.as.director);
    expect(again.status).toBe(422);
    await done(freeze(house.as.director, { reason: "A late evaluation." }));
    expect(
      await house.rows("select version from milestones.packets where subject_id = $1 order by version", [sam().id]),
    ).toEqual([{ version: 1 }, { version: 2 }]);
    await expect(house.rows("update milestones.packets set reason = 'x'")).rejects.toThrow("never changed");
  });

  test("one that is not what was frozen is not shown", async () => {
    const [row] = await house.rows<{ id: string }>(
      "select id from milestones.packets where subject_id = $1 and version = 2",
      [sam().id],
    );
    await house.world.lay(`alter table milestones.packets disable trigger never_changed;
      update milestones.packets set sha256 = repeat('0', 64) where id = '${row?.id}';
      alter table milestones.packets enable trigger never_changed`);
    const page = await house.as.member.get(house.url(`/packets/${row?.id}`));
    expect(page.status).toBe(422);
    expect(wordsOf(page)).toContain("not the one that was frozen");
  });

  test("print as a watermarked PDF for the director alone", async () => {
    const [row] = await house.rows<{ id: string }>("select id from milestones.packets where version = 1 limit 1");
    expect((await house.as.member.get(house.url(`/packets/${row?.id}/packet.pdf`))).status).toBe(403);
    const file = await house.as.director.get(house.url(`/packets/${row?.id}/packet.pdf`));
    expect(file.headers.get("content-type")).toContain("application/pdf");
  });
});

test("a trainee's own view stands in the next packet and is read by nobody else's trainee", async () => {
  await done(sam().client.post(house.url("/self"), { periodId: house.period, ...levels(house, "4"), note: "Ready." }));
  await done(
    house.as.director.post(house.url("/packets/freeze"), { periodId: house.period, reason: "With the own view." }),
  );
  const [row] = await house.rows<{ id: string }>(
    "select id from milestones.packets where subject_id = $1 order by version desc limit 1",
    [sam().id],
  );
  expect(wordsOf(await house.as.member.get(house.url(`/packets/${row?.id}`)))).toContain("Level 4");
  expect((await house.as.coordinator.post(house.url("/self"), { periodId: house.period })).status).toBe(403);
});
