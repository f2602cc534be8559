/** Evaluations from everywhere: by link, by square code, from the schedule; groups that hide; extension, withdrawal, versions. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startWorker, type Worker } from "@core/jobs/worker.ts";
import type { Letter } from "@core/mail/mail.ts";
import { LeasePool } from "@core/tenancy/lease.ts";
import { Transactions } from "@core/tenancy/transaction.ts";
import { contextKey } from "@core/vault/context-seal.ts";
import { until } from "../../core/jobs/until.ts";
import { done, file, levels, type Residency, residency, wordsOf } from "./residency.ts";

let house: Residency;
let leases: LeasePool;
let worker: Worker;
const letters: Letter[] = [];
const rosa = () => house.trainees[0] as Residency["trainees"][number];
const sam = () => house.trainees[1] as Residency["trainees"][number];
const tess = () => house.trainees[2] as Residency["trainees"][number];
beforeAll(async () => {
  house = await residency();
  const { world } = house;
  leases = new LeasePool(world.database.as("app"), 2);
  worker = await startWorker(world.house, {
    connection: world.database.as("jobs"),
    transactions: new Transactions(leases, contextKey(world.database.secret)),
    mailer: { send: async (letter) => void letters.push(letter), close: () => {} },
  });
}, 120_000);
afterAll(async () => {
  await worker?.stop();
  await leases?.end();
  await house?.world.stop();
});

const pathIn = (text: string) => /\/p\/[A-Za-z0-9_-]+\/milestones/.exec(text)?.[0] ?? "";
const frameworkId = async () => (await house.rows<{ id: string }>("select id from milestones.frameworks"))[0]?.id ?? "";

async function form(title: string, kind: string, answer: "level" | "agree", codes: readonly string[]) {
  const ids = codes.map((code) => house.subcompetencies.get(code) ?? "");
  await done(
    house.as.coordinator.post(house.url("/forms"), {
      frameworkId: await frameworkId(),
      title,
      kind,
      narrativeQuestion: "What should go on, what should change?",
      offered: "yes",
      asked: ids,
      ...Object.fromEntries(ids.map((id, at) => [`questions.${id}`, `Question ${at + 1}?`])),
      ...Object.fromEntries(ids.map((id) => [`answers.${id}`, answer])),
    }),
  );
  const [row] = await house.rows<{ id: string }>(
    `select v.id from milestones.form_versions v join milestones.forms f on f.id = v.form_id
     where f.title = $1 order by v.version desc limit 1`,
    [title],
  );
  return row?.id ?? "";
}

describe("the form builder", () => {
  test("maps questions to subcompetencies; a change is a new version", async () => {
    await form("After the ward round", "faculty", "level", ["PC1", "PC2"]);
    const [row] = await house.rows<{ id: string }>("select id from milestones.forms");
    const pc1 = house.subcompetencies.get("PC1") ?? "";
    await done(
      house.as.director.post(house.url(`/forms/${row?.id}`), {
        narrativeQuestion: "Next time?",
        asked: [pc1],
        [`questions.${pc1}`]: "Takes a history?",
        [`answers.${pc1}`]: "level",
      }),
    );
    expect(await house.rows("select version, is_offered from milestones.form_versions order by version")).toEqual([
      { version: 1, is_offered: true },
      { version: 2, is_offered: false },
    ]);
  });

  test("peers and patients are not asked on the milestones' scale, and a form without questions is none", async () => {
    const base = { frameworkId: await frameworkId(), narrativeQuestion: "x" };
    const pc1 = house.subcompetencies.get("PC1") ?? "";
    const wrong = await house.as.director.post(house.url("/forms"), {
      ...base,
      title: "Patients",
      kind: "patient",
      asked: [pc1],
      [`answers.${pc1}`]: "level",
    });
    expect(wordsOf(wrong)).toContain("answer in plain words");
    const empty = await house.as.director.post(house.url("/forms"), { ...base, title: "None", kind: "staff" });
    expect(wordsOf(empty)).toContain("Choose one question or more");
    for (const client of [house.as.faculty, house.as.member, rosa().client])
      expect((await client.post(house.url("/forms"), base)).status).toBe(403);
  });
});

describe("a colleague who signs in answers the whole form", () => {
  test("levels and plain words, in a draft that may change; asked once about the wording", async () => {
    const version = await form("Whole form", "faculty", "agree", ["PROF1", "SBP1"]);
    const items = await house.rows<{ id: string }>(
      "select id from milestones.form_items where form_version_id = $1 order by ordinal",
      [version],
    );
    await done(
      house.as.coordinator.post(house.url("/requests"), {
        periodId: house.period,
        evaluatorId: house.people.faculty.id,
        rotation: "Whole ward",
        subjectIds: [tess().id],
        formVersionId: version,
        codes: [],
      }),
    );
    const [row] = await house.rows<{ id: string }>(
      "select id from milestones.evaluations where rotation = 'Whole ward'",
    );
    const address = house.url(`/evaluations/${row?.id}`);
    const send = (more: Record<string, string>) => house.as.faculty.post(address, { act: "submit", ...more });
    const [first = "", second = ""] = items.map(({ id }) => `answers.${id}`);
    expect((await house.as.faculty.get(address)).text).toContain(first);
    await done(send({ act: "draft", [first]: "2", [second]: "5" }));
    await done(send({ act: "draft", [first]: "4", [second]: "" }));
    expect((await send({ [first]: "", narrative: "Listened." })).status).toBe(422);
    const flagged = await send({ [first]: "4", narrative: "Bossy with the nurses." });
    expect(flagged.status).toBe(422);
    expect(wordsOf(flagged)).toContain("“Bossy” names a temper");
    await done(send({ [first]: "4", narrative: "Bossy with the nurses.", asWritten: "yes" }));
    expect(
      await house.rows("select value from milestones.evaluation_answers where evaluation_id = $1 order by value", [
        row?.id,
      ]),
    ).toEqual([{ value: 4 }, { value: null }]);
    expect(wordsOf(await tess().client.get(house.url(`/evidence/${row?.id}`)))).toContain("Rather agree");
    await expect(
      house.rows("update milestones.evaluation_answers set value = 5 where evaluation_id = $1", [row?.id]),
    ).rejects.toThrow("only until it is sent");
  });
});

describe("someone outside answers by link", () => {
  let path = "";
  test("the mail names nobody, and the link opens the one evaluation", async () => {
    await done(
      house.as.coordinator.post(house.url("/requests/outside"), {
        subjectId: rosa().id,
        kind: "outside",
        name: "Ola Outside",
        email: "ola@elsewhere.example",
        rotation: "County clinic",
        codes: ["PC1", "MK1"],
        formVersionId: "",
      }),
    );
    const to = () => letters.find((one) => one.to === "ola@elsewhere.example");
    await until("the letter", async () => to() !== undefined);
    const letter = to();
    expect(letter?.text).not.toContain("Rosa");
    path = pathIn(letter?.text ?? "");
    const page = await house.world.stranger().get(path);
    expect(page.status).toBe(200);
    expect(wordsOf(page)).toContain("How did Rosa Resident do?");
  });

  test("one answer is enough, none is refused, and what was typed stays", async () => {
    const guest = house.world.stranger();
    const none = await guest.post(path, { narrative: "Listened well." });
    expect(none.status).toBe(422);
    expect(none.text).toContain("Listened well.");
    await done(guest.post(path, { [`levels.${house.subcompetencies.get("PC1")}`]: "3", narrative: "Listened well." }));
    expect(wordsOf(await guest.get(path))).toContain("Thank you");
    expect((await guest.post(path, { [`levels.${house.subcompetencies.get("PC1")}`]: "5" })).status).toBe(409);
    const sentences = (await house.world.trail()).map((row) => row.sentence).join("\n");
    expect(sentences).toContain("who did not sign in, evaluated");
  });

  test("the trainee reads it, and sees that nobody signed in", async () => {
    const [row] = await house.rows<{ id: string; narrative: Uint8Array }>(
      "select id, narrative from milestones.evaluations where rotation = 'County clinic'",
    );
    expect(Buffer.from(row?.narrative ?? []).includes("Listened")).toBe(false);
    const page = wordsOf(await rosa().client.get(house.url(`/evidence/${row?.id}`)));
    expect(page).toContain("Listened well.");
    expect(page).toContain("Ola Outside");
    expect(page).toContain("answered by link");
    expect(wordsOf(await house.as.member.get(house.url(`/committee/${house.period}/${rosa().id}`)))).toContain(
      "County clinic (by link, not signed in)",
    );
  });

  test("a link for one evaluation opens no other of the same trainee", async () => {
    const page = await rosa().client.post(house.url("/ask"), {
      kind: "staff",
      rotation: "Night float",
      formVersionId: "",
      codes: ["PC1"],
    });
    const own = pathIn(page.text);
    const other = await house.world.stranger().get(own);
    expect(wordsOf(other)).toContain("Night float");
    expect(wordsOf(other)).not.toContain("County clinic");
    expect((await house.world.stranger().get(own.replace(/.(?=\/milestones)/, "x"))).status).toBe(410);
  });
});

describe("a trainee asks with a square code", () => {
  test("which is valid for a day, and asks within a week of what happened", async () => {
    const ask = (more: Record<string, string | readonly string[]>) =>
      sam().client.post(house.url("/ask"), {
        kind: "faculty",
        rotation: "Ward",
        formVersionId: "",
        codes: ["PC1"],
        ...more,
      });
    expect(wordsOf(await ask({ happenedOn: "2020-01-01" }))).toContain("Ask within 7 days");
    expect(wordsOf(await ask({ codes: [] }))).toContain("Choose one subcompetency or more, or a form");
    const page = await ask({});
    expect(page.status).toBe(200);
    expect(page.text).toContain("<svg");
    const [row] = await house.rows<{ hours: number }>(
      `select extract(epoch from expires_at - made_at) / 3600 as hours from milestones.evaluations where subject_id = $1`,
      [sam().id],
    );
    expect(Math.round(Number(row?.hours))).toBe(24);
    for (const client of [house.as.director, house.as.faculty, house.as.mentor])
      expect((await client.get(house.url("/ask"))).status).toBe(403);
  });

  test("and cannot answer for himself: the row refuses his hand", async () => {
    const [row] = await house.rows<{ id: string }>("select id from milestones.evaluations where subject_id = $1", [
      sam().id,
    ]);
    expect((await sam().client.post(house.url(`/evaluations/${row?.id}`), { act: "submit" })).status).toBe(403);
  });
});

describe("who answered what a trainee asked for", () => {
  const ask = (more: Record<string, string | readonly string[]>) =>
    sam().client.post(house.url("/ask"), {
      kind: "staff",
      rotation: "Own code",
      formVersionId: "",
      codes: ["PC1"],
      ...more,
    });
  const rowOf = async (rotation: string) =>
    (
      await house.rows<{ id: string; is_vouched: boolean; submitted_at: Date | null }>(
        "select id, is_vouched, submitted_at from milestones.evaluations where rotation = $1",
        [rotation],
      )
    )[0];
  const filled = (name: string) => ({
    [`levels.${house.subcompetencies.get("PC1")}`]: "5",
    name,
    narrative: "Best of all.",
  });

  test("an answer by the trainee's own code counts nowhere, and nobody reads it, before the program confirms", async () => {
    const guest = house.world.stranger();
    const path = pathIn((await ask({})).text);
    expect(wordsOf(await guest.get(path))).toContain("confirms with you");
    expect(wordsOf(await guest.post(path, filled("sam  RÉSIDENT")))).toContain("the trainee's own name");
    await done(guest.post(path, filled("Nora Nurse")));
    const row = await rowOf("Own code");
    expect(row?.is_vouched).toBe(false);
    for (const client of [sam().client, house.as.director, house.as.member])
      expect((await client.get(house.url(`/evidence/${row?.id}`))).status).toBe(404);
    const sheet = () => house.as.member.get(house.url(`/committee/${house.period}/${sam().id}`));
    expect((await sheet()).text).not.toContain(`/evidence/${row?.id}`);
    for (const client of [sam().client, house.as.member, house.as.faculty])
      expect((await client.post(house.url(`/requests/${row?.id}/confirm`))).status).toBe(403);
    expect(wordsOf(await house.as.coordinator.get(house.url("/work")))).toContain("who gave it?");
    expect(wordsOf(await house.as.coordinator.get(house.url(`/requests/${row?.id}`)))).toContain("Was it Nora Nurse?");
    await done(house.as.coordinator.post(house.url(`/requests/${row?.id}/confirm`)));
    expect((await house.as.coordinator.post(house.url(`/requests/${row?.id}/confirm`))).status).toBe(422);
    expect((await sheet()).text).toContain(`/evidence/${row?.id}`);
    expect(wordsOf(await sam().client.get(house.url(`/evidence/${row?.id}`)))).toContain("Best of all.");
  });

  test("what nobody vouches for is thrown out by the coordinator, with a reason", async () => {
    await done(house.world.stranger().post(pathIn((await ask({ rotation: "Nobody knows" })).text), filled("No One")));
    const row = await rowOf("Nobody knows");
    await done(
      house.as.coordinator.post(house.url(`/requests/${row?.id}/withdraw`), { reason: "Nobody of that name." }),
    );
    expect((await sam().client.get(house.url(`/evidence/${row?.id}`))).status).toBe(404);
    await expect(
      house.rows(
        "update milestones.evaluations set confirmed_at = clock_timestamp(), confirmed_by = gen_random_uuid() where id = $1",
        [row?.id],
      ),
    ).rejects.toThrow("never changed");
  });

  test("a colleague's own mail box vouches; one's own is refused; the trainee never holds the link", async () => {
    const email = house.people.colleague.email;
    const answered = await ask({ rotation: "Mail box", email });
    expect(answered.status).toBe(303);
    expect(answered.text).not.toContain("/p/");
    expect((await rowOf("Mail box"))?.is_vouched).toBe(true);
    await until("the letter", async () => letters.some((one) => one.to === email && one.text.includes("/p/")));
    const path = pathIn(letters.find((one) => one.to === email)?.text ?? "");
    await done(house.world.stranger().post(path, filled("Fay Faculty")));
    expect((await sam().client.get(house.url(`/evidence/${(await rowOf("Mail box"))?.id}`))).status).toBe(200);
    expect(wordsOf(await ask({ email: "sam@h.example" }))).toContain("your own address");
    await done(ask({ rotation: "Unknown box", email: "nobody@elsewhere.example" }));
    expect((await rowOf("Unknown box"))?.is_vouched).toBe(false);
  });

  test("peers and patients answer without a name, so no code of the trainee's own reaches them", async () => {
    expect(wordsOf(await ask({ kind: "peer" }))).toContain("at their own address");
    expect(wordsOf(await ask({ kind: "peer", email: "friend@elsewhere.example" }))).toContain("their own account");
    await done(ask({ kind: "peer", email: "rosa@h.example", rotation: "Peer by mail" }));
    expect((await ask({ kind: "patient" })).status).toBe(422);
    const patients = await form("Patients of Sam", "patient", "agree", ["PC1"]);
    expect(wordsOf(await ask({ formVersionId: patients, codes: [] }))).toContain("asked by the program");
  });
});

describe("a link that was lost", () => {
  test("is sent again, and the one before opens nothing any more", async () => {
    const page = await house.as.coordinator.post(house.url("/requests/outside"), {
      subjectId: rosa().id,
      kind: "outside",
      rotation: "Lost link",
      codes: ["PC1"],
      formVersionId: "",
    });
    const [row] = await house.rows<{ id: string }>(
      "select id from milestones.evaluations where rotation = 'Lost link'",
    );
    const renew = (client: typeof house.as.director) => client.post(house.url(`/requests/${row?.id}/renew`));
    for (const client of [house.as.faculty, house.as.member, rosa().client])
      expect((await renew(client)).status).toBe(403);
    const again = await renew(house.as.coordinator);
    const guest = house.world.stranger();
    expect((await guest.get(pathIn(page.text))).status).toBe(410);
    expect(wordsOf(await guest.get(pathIn(again.text)))).toContain("Lost link");
    await done(
      guest.post(pathIn(again.text), { [`levels.${house.subcompetencies.get("PC1")}`]: "3", name: "Ola Outside" }),
    );
    expect((await renew(house.as.coordinator)).status).toBe(422);
  });
});

describe("peers", () => {
  test("are shown together only, from a whole group on; their words never to the trainee", async () => {
    await house.rows(
      `insert into core.settings (tenant_id, workspace_id, module, value) values ($1, $2, 'milestones', '{"groupOf": 3}')`,
      [house.world.here.id, house.workspace.id],
    );
    const version = await form("Peers", "peer", "agree", ["PROF1", "SBP1"]);
    const [item] = await house.rows<{ id: string }>("select id from milestones.form_items where form_version_id = $1", [
      version,
    ]);
    const answer = async (value: string) => {
      const page = await house.as.coordinator.post(house.url("/requests/outside"), {
        subjectId: rosa().id,
        kind: "peer",
        rotation: "Clinic",
        formVersionId: version,
        codes: [],
      });
      await done(
        house.world.stranger().post(pathIn(page.text), { [`answers.${item?.id}`]: value, narrative: "Peer words." }),
      );
    };
    await answer("2");
    await answer("4");
    expect(await house.rows("select from milestones.group_results")).toHaveLength(0);
    const rows = await house.rows<{ id: string }>(
      "select id from milestones.evaluations where kind = 'peer' and subject_id = $1",
      [rosa().id],
    );
    for (const { id } of rows) {
      expect((await rosa().client.get(house.url(`/evidence/${id}`))).status).toBe(404);
      expect((await house.as.mentor.get(house.url(`/evidence/${id}`))).status).toBe(404);
      expect(wordsOf(await house.as.director.get(house.url(`/evidence/${id}`)))).toContain("Peer words.");
    }
    await answer("5");
    await until(
      "the sum",
      async () => (await house.rows("select from milestones.group_results where answers = 3")).length === 1,
    );
    expect(await house.rows("select middle, low, high from milestones.group_results")).toEqual([
      { middle: 4, low: 2, high: 4 },
    ]);
    expect((await rosa().client.get(house.url(`/evidence/${rows[0]?.id}`))).status).toBe(404);
    await expect(
      house.rows(
        `insert into milestones.group_results (tenant_id, workspace_id, subject_id, period_id, kind, form_item_id, answers, middle, low, high)
         values ($1, $2, $3, $4, 'peer', $5, 2, 3, 3, 3)`,
        [house.world.here.id, house.workspace.id, rosa().id, house.period, item?.id],
      ),
    ).rejects.toThrow("answers");
  });
});

describe("the schedule", () => {
  test("is imported with a look before, and each ended block is asked about once", async () => {
    const today = new Date().toISOString().slice(0, 10);
    const table = [
      "trainee,evaluator_email,rotation,start,end",
      `${rosa().code},${house.people.faculty.email},Scheduled ward,${today},${today}`,
      `${sam().code},${house.people.colleague.email},Later ward,${today},2099-01-01`,
    ].join("\n");
    const preview = await house.as.coordinator.post(house.url("/schedule/preview"), {
      file: file(`${table}\nnobody,x,,1,2`),
    });
    expect(wordsOf(preview)).toContain("is no trainee's code here");
    await done(house.as.coordinator.post(house.url("/schedule/import"), { table }));
    await done(house.as.coordinator.post(house.url("/schedule/import"), { table }));
    expect(await house.rows("select from milestones.blocks")).toHaveLength(2);
    await done(house.as.coordinator.post(house.url("/schedule/ask")));
    await done(house.as.coordinator.post(house.url("/schedule/ask")));
    expect(await house.rows("select asked_by from milestones.evaluations where rotation = 'Scheduled ward'")).toEqual([
      { asked_by: "schedule" },
    ]);
    expect((await house.as.faculty.get(house.url("/schedule"))).status).toBe(403);
  });
});

describe("extension, withdrawal, amendment", () => {
  let id = "";
  test("a request is extended once, by a week", async () => {
    id = await house.ask("faculty", 0, "Extended ward");
    const extend = () => house.as.coordinator.post(house.url(`/requests/${id}/extend`));
    await done(extend());
    expect(wordsOf(await extend())).toContain("extended once");
    const [row] = await house.rows<{ days: number }>(
      "select extract(epoch from expires_at - made_at) / 86400 as days from milestones.evaluations where id = $1",
      [id],
    );
    expect(Math.round(Number(row?.days))).toBe(21);
    expect((await house.as.faculty.post(house.url(`/requests/${id}/extend`))).status).toBe(403);
  });

  test("an amendment is a new version; only the newest counts, both are read", async () => {
    const submit = (of: string, level: string) =>
      done(house.as.faculty.post(house.url(`/evaluations/${of}`), { ...levels(house, level), act: "submit" }));
    await submit(id, "2");
    const amended = (await done(house.as.coordinator.post(house.url(`/requests/${id}/amend`)))).location
      .split("/")
      .at(-1);
    expect((await house.as.coordinator.post(house.url(`/requests/${id}/amend`))).status).toBe(422);
    const sheet = () => house.as.member.get(house.url(`/committee/${house.period}/${rosa().id}`));
    expect((await sheet()).text).toContain(`/evidence/${id}`);
    await submit(amended ?? "", "4");
    expect((await sheet()).text).toContain(`/evidence/${amended}`);
    expect((await sheet()).text).not.toContain(`/evidence/${id}`);
    expect(wordsOf(await house.as.member.get(house.url(`/evidence/${id}`)))).toContain("A later version, which counts");
    id = amended ?? "";
  });

  test("the director withdraws with a reason, and it counts nowhere", async () => {
    const withdraw = (client: typeof house.as.director, reason: string) =>
      client.post(house.url(`/requests/${id}/withdraw`), { reason });
    expect((await withdraw(house.as.coordinator, "x")).status).toBe(422);
    expect((await withdraw(house.as.director, "")).status).toBe(422);
    await done(withdraw(house.as.director, "Written about someone else."));
    expect((await rosa().client.get(house.url(`/evidence/${id}`))).status).toBe(404);
    expect((await house.as.member.get(house.url(`/evidence/${id}`))).status).toBe(404);
    expect(wordsOf(await house.as.director.get(house.url(`/requests/${id}`)))).toContain("Written about someone else.");
    expect(wordsOf(await house.as.coordinator.get(house.url(`/requests/${id}`)))).not.toContain("someone else.");
    await expect(
      house.rows("update milestones.evaluations set withdrawn_at = null where id = $1", [id]),
    ).rejects.toThrow("never changed");
  });

  test("what is withdrawn before it is answered no longer waits, and its link is dead", async () => {
    const open = await house.ask("colleague", 1, "Withdrawn ward");
    await done(house.as.coordinator.post(house.url(`/requests/${open}/withdraw`), { reason: "Wrong trainee." }));
    expect(wordsOf(await house.as.colleague.get(house.url("/evaluations")))).toContain("Nothing waits for you");
    const page = await house.as.coordinator.post(house.url("/requests/outside"), {
      subjectId: sam().id,
      kind: "outside",
      rotation: "Dead link",
      codes: ["PC1"],
      formVersionId: "",
    });
    const [row] = await house.rows<{ id: string }>(
      "select id from milestones.evaluations where rotation = 'Dead link'",
    );
    await done(house.as.coordinator.post(house.url(`/requests/${row?.id}/withdraw`), { reason: "Asked in error." }));
    expect((await house.world.stranger().get(pathIn(page.text))).status).toBe(410);
  });
});
