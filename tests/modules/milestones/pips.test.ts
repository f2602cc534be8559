/** An improvement plan from draft to due process, through its pages: refusals first. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { pipParts } from "../../../modules/milestones/pip.ts";
import { readPdf } from "../../support/pdf-text.ts";
import type { Client } from "../../support/world.ts";
import { done, levels, type Residency, residency, wordsOf } from "./residency.ts";

const SECRET = "missed two deteriorating patients on the night of the third";
const INTERNAL = "The criteria are not measurable yet";
const REFUSAL = "Read it aloud and laid it on the table";

let house: Residency;
let evaluation: string;
let plan: string;
beforeAll(async () => {
  house = await residency();
  evaluation = await house.ask("faculty", 0, "Ward nights");
  await done(
    house.as.faculty.post(house.url(`/evaluations/${evaluation}`), { ...levels(house, "1.5"), act: "submit" }),
  );
}, 120_000);
afterAll(async () => {
  await house?.world.stop();
});
const rosa = () => house.trainees[0] as Residency["trainees"][number];
const sam = () => house.trainees[1] as Residency["trainees"][number];
const at = (path = "") => house.url(`/improvement/${plan}${path}`);
const today = () => `/w/${house.workspace.slug}`;
const draft = (over: Record<string, string | string[]> = {}) => ({
  startsOn: "2098-01-01",
  endsOn: "2098-04-01",
  subcompetencyIds: [house.subcompetencies.get("PC1") ?? ""],
  evaluationIds: [evaluation],
  ...Object.fromEntries(pipParts.map(({ name }) => [name, `${name}: ${SECRET}`])),
  ...over,
});
const take = (client: Client, path: "steps" | "review" | "answer", step: string, over: Record<string, string> = {}) =>
  client.post(at(`/${path}`), { step, note: "", ...over });
const lastSaid = async () => (await house.world.trail())[0]?.sentence ?? "";
/** Who has no business with a plan that was not served yet. */
const outsiders = (): Client[] => [
  rosa().client,
  sam().client,
  house.as.mentor,
  house.as.member,
  house.as.coordinator,
  house.as.faculty,
  house.as.otto,
];

describe("a draft", () => {
  test("is the director's, and whole before it is saved", async () => {
    const address = house.url(`/trainees/${rosa().id}/improvement`);
    for (const client of outsiders()) expect((await client.post(address, draft())).status).toBeOneOf([403, 404]);
    expect((await house.as.reviewer.post(address, draft())).status).toBe(403);
    for (const [over, says] of [
      [{ criteria: "" }, "How success is measured"],
      [{ endsOn: "2097-01-01" }, "Choose a day after the first"],
      [{ subcompetencyIds: [] }, "Choose one subcompetency"],
      [{ evaluationIds: [house.period] }, "not of this trainee"],
    ] as const) {
      const page = await house.as.director.post(address, draft(over as never));
      expect(`${page.status} ${wordsOf(page).includes(says)}`).toBe("422 true");
      expect(page.text).toContain(SECRET);
    }
    plan = (await done(house.as.director.post(address, draft()))).location.split("/").at(-1) ?? "";
    expect(await lastSaid()).toBe(`Dana Director saved version 1 of an improvement plan for ${rosa().code}`);
  });

  test("is seen by director and second reviewer, and by nobody else", async () => {
    for (const client of outsiders()) {
      expect((await client.get(at())).status).toBeOneOf([403, 404]);
      expect((await client.get(house.url("/improvement"))).text).not.toContain("/improvement/");
    }
    expect((await house.as.director.get(at())).text).toContain(SECRET);
    expect((await house.as.reviewer.get(at())).text).toContain(SECRET);
  });

  test("goes nowhere without a second person, who may hand it back", async () => {
    expect((await take(house.as.director, "steps", "issued")).status).toBe(422);
    expect((await take(house.as.director, "steps", "approved")).status).toBe(404);
    await done(take(house.as.director, "steps", "put_forward"));
    expect((await house.as.director.get(at("/draft"))).status).toBe(422);
    expect((await take(house.as.director, "review", "approved")).status).toBe(422);
    expect((await take(house.as.reviewer, "steps", "issued")).status).toBe(403);
    expect((await take(house.as.reviewer, "review", "returned")).status).toBe(422);
    await done(take(house.as.reviewer, "review", "returned", { note: INTERNAL }));
    await done(house.as.director.post(at("/draft"), draft({ criteria: `Three of three charts: ${SECRET}` })));
    await done(take(house.as.director, "steps", "put_forward"));
    expect(wordsOf(await house.as.reviewer.get(today()))).toContain("improvement plan waits for a second person");
    await done(take(house.as.reviewer, "review", "approved"));
    expect(await lastSaid()).toBe(`Dora Dio approved the draft: improvement plan of ${rosa().code}`);
    expect((await rosa().client.get(at())).status).toBe(404);
  });
});

describe("the notice", () => {
  test("opens the plan to the trainee, without what was said before it; mentors wait for leave", async () => {
    await done(take(house.as.director, "steps", "issued"));
    expect(wordsOf(await rosa().client.get(today()))).toContain("a notice that asks for your answer");
    expect(wordsOf(await sam().client.get(today()))).not.toContain("a notice that asks");
    const page = await rosa().client.get(at());
    expect(page.status).toBe(200);
    expect(page.text).toContain("Three of three charts");
    expect(page.text).not.toContain(INTERNAL);
    for (const client of outsiders().slice(1)) expect((await client.get(at())).status).toBeOneOf([403, 404]);
  });

  test("is opened to an assigned mentor by the director, and closed again, at once", async () => {
    const other = await house.world.person("Mona Mentor", "mentor", house.workspace);
    const open = (client: Client, personId: string) => client.post(at("/viewers"), { personId });
    expect((await open(rosa().client, house.people.mentor.id)).status).toBe(403);
    expect((await open(house.as.director, other.id)).status).toBe(422);
    await done(open(house.as.director, house.people.mentor.id));
    expect(await lastSaid()).toBe(`Dana Director let Mo Mentor see the improvement plan of ${rosa().code}`);
    const page = await house.as.mentor.get(at());
    expect(page.text).toContain("Three of three charts");
    expect(page.text).not.toContain(INTERNAL);
    expect((await take(house.as.mentor, "steps", "begun")).status).toBe(403);
    const [viewer] = await house.rows<{ id: string }>("select id from milestones.pip_viewers");
    await done(house.as.director.post(house.url(`/viewers/${viewer?.id}/end`)));
    expect((await house.as.mentor.get(at())).status).toBe(404);
  });

  test("is refused before a witness who is someone else; silence counts only after the days to answer", async () => {
    expect((await take(house.as.director, "steps", "no_response")).status).toBe(422);
    expect((await take(house.as.director, "steps", "declined", { note: REFUSAL })).status).toBe(422);
    for (const witnessId of [house.people.director.id, rosa().id, house.people.otto.id])
      expect((await take(house.as.director, "steps", "declined", { note: REFUSAL, witnessId })).status).toBe(422);
    expect((await take(house.as.director, "answer", "acknowledged")).status).toBe(403);
    await done(take(house.as.director, "steps", "declined", { note: REFUSAL, witnessId: house.people.coordinator.id }));
    expect(wordsOf(await rosa().client.get(at()))).toContain("witness: Carla Coordinator");
    expect((await take(rosa().client, "answer", "acknowledged")).status).toBe(422);
  });
});

describe("under way", () => {
  test("interim reviews, one extension, and an outcome with words", async () => {
    expect((await take(house.as.director, "steps", "interim_review", { note: "x" })).status).toBe(422);
    await done(take(house.as.director, "steps", "begun"));
    expect((await take(house.as.director, "steps", "interim_review")).status).toBe(422);
    await done(take(house.as.director, "steps", "interim_review", { note: "Two of three charts." }));
    expect((await take(house.as.director, "steps", "extended", { note: "Ill.", newEnd: "2098-03-01" })).status).toBe(
      422,
    );
    await done(take(house.as.director, "steps", "extended", { note: "Ill.", newEnd: "2098-05-01" }));
    expect((await take(house.as.director, "steps", "extended", { note: "Ill.", newEnd: "2098-06-01" })).status).toBe(
      422,
    );
    expect(wordsOf(await rosa().client.get(at()))).toContain("2098-01-01 to 2098-05-01");
    await done(take(house.as.director, "steps", "unsuccessful", { note: "One of three charts." }));
  });

  test("an escalation gives days to be heard and to object; it is not concluded over the trainee's head", async () => {
    const escalate = (kind: string, effectiveOn: string) =>
      take(house.as.director, "steps", "escalated", { note: "As announced.", kind, effectiveOn });
    const soon = new Date(Date.now() + 40 * 86_400_000).toISOString().slice(0, 10);
    expect((await escalate("non_renewal", soon)).status).toBe(422);
    expect((await escalate("exile", soon)).status).toBe(422);
    await done(escalate("probation", soon));
    expect((await take(house.as.director, "steps", "concluded", { note: "Done." })).status).toBe(422);
    expect((await take(sam().client, "answer", "hearing_requested", { note: "Please." })).status).toBe(404);
    await done(take(rosa().client, "answer", "hearing_requested", { note: "I was alone on the ward." }));
    expect((await take(rosa().client, "answer", "hearing_requested", { note: "Again." })).status).toBe(422);
    await done(take(rosa().client, "answer", "grievance_filed", { note: "The night was not staffed." }));
    expect((await take(house.as.director, "steps", "concluded", { note: "Done." })).status).toBe(422);
    await done(take(house.as.director, "steps", "hearing_held", { note: "Heard on Monday." }));
    await done(take(house.as.director, "steps", "concluded", { note: "Probation stands." }));
    expect((await take(house.as.director, "steps", "rescinded", { note: "x" })).status).toBe(422);
    expect(wordsOf(await rosa().client.get(at()))).toContain("Concluded");
  });
});

describe("the database, whoever asks it", () => {
  const insert = (step: string, by: string, extra = "") =>
    `insert into milestones.pip_steps (tenant_id, workspace_id, pip_id, subject_id, ordinal, step, by_name, made_by ${extra && ", note, witness_id, witness_name"})
     select tenant_id, workspace_id, id, subject_id, 99, '${step}', 'Someone', ${by} ${extra} from milestones.pips`;
  test("keeps the order, the four eyes, the witness and the rows", async () => {
    await expect(house.rows(insert("begun", "made_by"))).rejects.toThrow("does not go from concluded to begun");
    await expect(house.rows("update milestones.pip_steps set step = 'successful'")).rejects.toThrow("never changed");
    await expect(house.rows("update milestones.pip_viewers set ended_at = null")).rejects.toThrow("ended once");
    const second = (
      await done(house.as.director.post(house.url(`/trainees/${sam().id}/improvement`), draft({ evaluationIds: [] })))
    ).location;
    await done(house.as.director.post(`${second}/steps`, { step: "put_forward" }));
    await expect(house.rows(`${insert("approved", "made_by")} where subject_id = '${sam().id}'`)).rejects.toThrow(
      "who wrote an improvement plan does not approve it",
    );
    await done(house.as.reviewer.post(`${second}/review`, { step: "approved" }));
    await done(house.as.director.post(`${second}/steps`, { step: "issued" }));
    await expect(
      house.rows(`${insert("declined", "made_by", ", '\\x00', made_by, 'Someone'")} where subject_id = '${sam().id}'`),
    ).rejects.toThrow("check");
    await done(house.as.director.post(`${second}/steps`, { step: "rescinded", note: "Drafted in error." }));
  });
});

describe("what leaves", () => {
  test("is the trainee's own plan as PDF and nothing else", async () => {
    for (const client of [house.as.director, house.as.reviewer, house.as.mentor])
      expect((await client.get(at("/plan.pdf"))).status).toBe(403);
    expect((await sam().client.get(at("/plan.pdf"))).status).toBe(404);
    const file = await rosa().client.get(at("/plan.pdf"));
    expect(file.status).toBe(200);
    const text = readPdf(file.bytes)
      .pages.map((page) => page.text)
      .join(" ")
      .replace(/\s+/g, " ");
    for (const words of ["Three of three charts", REFUSAL, "Rosa Resident", "Carla Coordinator"])
      expect(text).toContain(words);
    expect(text).not.toContain(INTERNAL);
  });

  test("is nothing in the clear, in any table or in the log", async () => {
    const tables = await house.rows<{ name: string }>(
      "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('core', 'milestones')",
    );
    for (const { name } of tables) {
      const text = (await house.rows<{ row: string }>(`select t::text as row from ${name} t`))
        .map(({ row }) => row)
        .join();
      for (const secret of [SECRET, INTERNAL, REFUSAL, "not staffed"]) expect(text).not.toContain(secret);
    }
    expect(house.world.logged.join("\n")).not.toContain("deteriorating");
  });
});
