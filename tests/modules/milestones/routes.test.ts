import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { milestones } from "../../../modules/milestones/module.ts";
import { collect } from "../../support/collecting.ts";
import { composedRole } from "../../support/composed-role.ts";
import { done, file, levels, type Residency, residency, subcompetencyFile, wordsOf } from "./residency.ts";

let house: Residency;
beforeAll(async () => {
  house = await residency();
}, 120_000);
afterAll(async () => {
  await house?.world.stop();
});

describe("whoever holds a role that the institution composed", () => {
  const tess = () => house.trainees[2]?.id ?? "";
  const reads = "core.colleagues.read@workspace";
  const cases: readonly (readonly [string, string, string, () => string])[] = [
    ["can be asked for evaluations", "Olga Evaluates", "milestones.evaluations.complete@mine", () => "/requests/new"],
    ["can be made a mentor", "Olga Mentors", "mentor", () => `/trainees/${tess()}`],
    ["can be a reviewer of the committee", "Olga Reviews", "milestones.committee.rate@mine", () => "/reviewers"],
  ];
  /** Like a role of the house, or of one permission. */
  const keysOf = async (what: string): Promise<readonly string[]> => {
    if (what.includes("@")) return [reads, what];
    const held = await house.rows<{ key: string }>(
      "select permission || '@' || reach as key from core.role_permissions where role = $1",
      [what],
    );
    return held.map(({ key }) => key);
  };
  test.each(cases)("%s", async (_what, name, what, path) => {
    const other = name.replace("Olga", "Nobody");
    await house.world.person(name, await composedRole(house.world, "program", await keysOf(what)), house.workspace);
    await house.world.person(other, await composedRole(house.world, "program", [reads]), house.workspace);
    const page = await house.as.director.get(house.url(path()));
    expect([page.status, page.text.includes(name), page.text.includes(other)]).toEqual([200, true, false]);
  });
  test("sees, as a mentor, the trainee that was given and no other", async () => {
    const [olga] = await house.rows<{ id: string; email: string }>(
      "select id, email from core.persons where name = 'Olga Mentors'",
    );
    const person = { id: olga?.id ?? "", name: "Olga Mentors", email: olga?.email ?? "", tenant: house.world.here };
    await done(house.as.director.post(house.url(`/trainees/${tess()}/mentor`), { personId: person.id }));
    const client = await house.world.as(person);
    const statuses = await Promise.all(
      house.trainees.map(async ({ id }) => (await client.get(house.url(`/trainees/${id}`))).status),
    );
    expect(statuses).toEqual([404, 404, 200]);
    await house.rows("update core.assignments set ended_at = now() where person_id = $1", [person.id]);
  });
});

describe("Otto, the other institution's director, finds nothing by any route", () => {
  test("of this program's addresses, under either host", async () => {
    for (const { method, path } of milestones.routes) {
      const address = house.url(
        path
          .replace(":period", house.period)
          .replace(":subject", house.trainees[0]?.id ?? "")
          .replace(":id", house.period),
      );
      const answer = method === "GET" ? await house.as.otto.get(address) : await house.as.otto.post(address, {});
      expect(`${method} ${path} ${answer.status}`).toBe(`${method} ${path} 404`);
    }
  });

  test("by the ids of this program in the addresses of his own", async () => {
    const own = (
      await house.rows<{ slug: string }>("select slug from core.workspaces where tenant_id = $1", [
        house.world.there.id,
      ])
    )[0]?.slug;
    const [framework] = await house.rows<{ id: string }>("select id from milestones.frameworks");
    const ids = { period: house.period, subject: house.trainees[0]?.id, framework: framework?.id };
    for (const path of [
      `/trainees/${ids.subject}`,
      `/trainees/${ids.subject}/report.pdf`,
      `/frameworks/${ids.framework}`,
      `/frameworks/${ids.framework}/levels`,
      `/committee/${ids.period}/${ids.subject}`,
      `/decisions/${ids.period}/${ids.subject}`,
    ]) {
      expect(`${path} ${(await house.as.otto.get(`/w/${own}/milestones${path}`)).status}`).toBe(`${path} 404`);
    }
    const posted = await house.as.otto.post(`/w/${own}/milestones/trainees/${ids.subject}/mentor`, {
      personId: house.people.mentor.id,
    });
    expect(posted.status).toBe(404);
  });
});

describe("importing subcompetencies", () => {
  const preview = (text: string, client = house.as.director) =>
    client.post(house.url("/frameworks/preview"), { file: file(text), effectiveFrom: "2026-07-01" });

  test("is refused to faculty and trainees", async () => {
    for (const wrong of [house.as.faculty, house.as.mentor, house.as.member, house.trainees[0]?.client]) {
      expect((await preview(subcompetencyFile, wrong)).status).toBe(403);
    }
  });

  test("shows every row with its own error and offers nothing to confirm", async () => {
    const page = await preview(
      "specialty,milestones_version,code,competency,title\nSurgery,2.0,PC1,PC,One\nSurgery,2.0,QQ9,PC,Two\n",
    );
    expect(page.status).toBe(200);
    expect(wordsOf(page)).toContain("One row cannot be used");
    expect(wordsOf(page)).toContain("“QQ9” is not a subcompetency");
    expect(page.text.includes("Import 2 subcompetencies")).toBe(false);
  });

  test("says what is wrong with a file that is no table, and keeps the date", async () => {
    for (const bytes of [new Uint8Array([0x50, 0x4b, 3, 4, 1, 2]), new Uint8Array([0xff, 0xfe, 0x00, 0xd8])]) {
      const page = await house.as.director.post(house.url("/frameworks/preview"), {
        file: { filename: "x.csv", bytes },
        effectiveFrom: "2026-07-01",
      });
      expect(page.status).toBe(422);
      expect(page.text.includes('value="2026-07-01"')).toBe(true);
    }
    const none = await house.as.director.post(house.url("/frameworks/preview"), { effectiveFrom: "2026-07-01" });
    expect(none.status).toBe(422);
    expect(wordsOf(none)).toContain("Choose a CSV file.");
  });

  test("refuses 50 MB before reading them", async () => {
    const huge = await house.as.director.post(house.url("/frameworks/preview"), {
      file: { filename: "x.csv", bytes: new Uint8Array(50_000_000) },
      effectiveFrom: "2026-07-01",
    });
    expect(huge.status).toBe(413);
  });

  test("again changes nothing that is the same, and corrects a title", async () => {
    const before = await house.rows("select id, title from milestones.subcompetencies order by id");
    await done(
      house.as.director.post(house.url("/frameworks/import"), {
        table: subcompetencyFile,
        effectiveFrom: "2026-07-01",
      }),
    );
    expect(await house.rows("select id, title from milestones.subcompetencies order by id")).toEqual(before);
    await done(
      house.as.director.post(house.url("/frameworks/import"), {
        table: subcompetencyFile.replace("Conduct", "Professional conduct"),
        effectiveFrom: "2026-07-01",
      }),
    );
    expect(await house.rows("select title from milestones.subcompetencies where code = 'PROF1'")).toEqual([
      { title: "Professional conduct" },
    ]);
    const [row] = await house.world.trail();
    expect(row?.sentence).toBe("Dana Director imported subcompetencies of Invented Medicine 2.0: 1 new or changed");
  });

  test("level texts are loaded by the program and shown in the form", async () => {
    const [framework] = await house.rows<{ id: string }>("select id from milestones.frameworks");
    const address = house.url(`/frameworks/${framework?.id}/levels`);
    const page = await house.as.director.post(`${address}/preview`, {
      file: file("code,level,text\nPC1,1,Gathers\nPC9,1,Strange\n"),
    });
    expect(wordsOf(page)).toContain("This framework has no PC9.");
    await done(
      house.as.director.post(address, { table: "code,level,text\nPC1,1,Gathers a history\nPC1,2,Gathers more" }),
    );
    expect(wordsOf(await house.as.faculty.get(house.url(`/frameworks/${framework?.id}`)))).toContain(
      "Gathers a history",
    );
  });
});

describe("importing the roster", () => {
  const head = "name,email,pgy,start,expected_end,mentor_email\n";
  const row = "Uma Resident,uma@h.example,1,2026-07-01,2029-06-30,";

  test("is the director's alone", async () => {
    const [framework] = await house.rows<{ id: string }>("select id from milestones.frameworks");
    for (const wrong of [house.as.coordinator, house.as.member, house.as.faculty, house.trainees[0]?.client]) {
      const answer = await wrong?.post(house.url("/roster/import"), {
        table: head + row,
        frameworkId: framework?.id ?? "",
      });
      expect(answer?.status).toBe(403);
    }
  });

  test("names the line of every mistake, and nothing is half done", async () => {
    const [framework] = await house.rows<{ id: string }>("select id from milestones.frameworks");
    const frameworkId = framework?.id ?? "";
    const bad = `${head}${row}\nUma Twice,UMA@h.example,1,2026-07-01,2029-06-30,\nRosa Again,rosa@h.example,1,2026-07-01,2029-06-30,\nVera Resident,vera@h.example,x,never,2029-06-30,nobody@h.example`;
    const page = await house.as.director.post(house.url("/roster/preview"), { file: file(bad), frameworkId });
    const words = page.text.replace(/<[^>]+>/g, " ");
    for (const sentence of [
      "already on line 2",
      "already a trainee of this program",
      "a number from 1 to 9",
      "The start is not a date",
      "No mentor of this program",
    ]) {
      expect(words.includes(sentence)).toBe(true);
    }
    const before = await house.rows("select count(*) from core.persons");
    const posted = await house.as.director.post(house.url("/roster/import"), { table: bad, frameworkId });
    expect(posted.status).toBe(422);
    expect(await house.rows("select count(*) from core.persons")).toEqual(before);
  });

  test("stores names sealed, and gives everyone a code", async () => {
    const [identity] = await house.rows<{ name: Uint8Array }>("select name from core.identities limit 1");
    expect(
      Buffer.from(identity?.name ?? [])
        .toString("latin1")
        .includes("Resident"),
    ).toBe(false);
    expect(house.trainees.map(({ code }) => code.slice(-3))).toEqual(["001", "002", "003"]);
  });
});

describe("mentors", () => {
  test("see whom they mentor, and nothing the moment it ends", async () => {
    const [rosa, sam] = house.trainees;
    const seen = (at: string | undefined) =>
      house.as.mentor.get(house.url(`/trainees/${at}`)).then(({ status }) => status);
    expect([await seen(rosa?.id), await seen(sam?.id)]).toEqual([200, 404]);
    await done(house.as.director.post(house.url(`/trainees/${sam?.id}/mentor`), { personId: house.people.mentor.id }));
    expect(await seen(sam?.id)).toBe(200);
    const [assignment] = await house.rows<{ id: string }>(
      "select id from core.assignments where subject_id = $1 and kind = 'mentor'",
      [sam?.id],
    );
    expect((await house.as.coordinator.post(house.url(`/mentorings/${assignment?.id}/end`))).status).toBe(403);
    await done(house.as.director.post(house.url(`/mentorings/${assignment?.id}/end`)));
    expect(await seen(sam?.id)).toBe(404);
    const sentences = (await house.world.trail()).map(({ sentence }) => sentence);
    expect(sentences).toContain(`Dana Director assigned Mo Mentor to ${sam?.code} as mentor`);
  });

  test("must have the role", async () => {
    const answer = await house.as.director.post(house.url(`/trainees/${house.trainees[1]?.id}/mentor`), {
      personId: house.people.faculty.id,
    });
    expect(answer.status).toBe(422);
  });
});

describe("what leaves the house", () => {
  test("leaves with the director alone, watermarked and in the ledger", async () => {
    const rosa = house.trainees[0];
    for (const path of ["/cohort.csv", `/trainees/${rosa?.id}/report.pdf`]) {
      for (const wrong of [house.as.coordinator, house.as.member, house.as.mentor, house.as.faculty, rosa?.client]) {
        expect((await wrong?.get(house.url(path)))?.status).toBe(403);
      }
      const answer = await collect(house.world, house.as.director, house.url(path));
      expect(answer.status).toBe(200);
      const [row] = await house.world.trail();
      expect(row?.sentence).toContain("Dana Director downloaded");
    }
    const csv = await collect(house.world, house.as.director, house.url("/cohort.csv"));
    expect(csv.text).toContain("Rosa Resident");
    expect(csv.text).toContain(house.people.director.email);
    const ledger = await house.rows<{ name: string }>("select distinct name from core.exports order by 1");
    expect(ledger.map(({ name }) => name)).toEqual(["milestones.cohort", "milestones.report"]);
  });
});

describe("the database itself refuses", () => {
  test("to change what was submitted, handed in or decided, whoever asks", async () => {
    const id = await house.ask("colleague", 2, "Clinic");
    await done(
      house.as.colleague.post(house.url(`/evaluations/${id}`), {
        ...levels(house, "3"),
        narrative: "Kind and exact.",
        act: "submit",
      }),
    );
    const tried = [
      "update milestones.evaluations set rotation = 'other'",
      "update milestones.evaluations set submitted_at = null",
      "update milestones.evaluation_levels set half_steps = 10 where status = 'rated'",
    ];
    for (const text of tried) await expect(house.rows(text)).rejects.toThrow(/never changed/);
  });

  test("a level of 0.5 or 5.5, and a number for what is not a level", async () => {
    const base =
      "insert into milestones.decision_levels (tenant_id, workspace_id, decision_id, subject_id, subcompetency_id, status, half_steps)";
    const values = (status: string, steps: number | null) =>
      `${base} select tenant_id, workspace_id, gen_random_uuid(), subject_id, subcompetency_id, '${status}', ${steps} from milestones.evaluation_levels limit 1`;
    for (const [status, steps] of [
      ["rated", 1],
      ["rated", 11],
      ["rated", null],
      ["nya", 4],
      ["nycl1", 2],
    ] as const) {
      await expect(house.rows(values(status, steps))).rejects.toThrow(/check constraint/);
    }
  });
});
