/** A learning plan from the first goal to the last outcome, through its pages: refusals first. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startWorker, type Worker } from "@core/jobs/worker.ts";
import type { Letter } from "@core/mail/mail.ts";
import { LeasePool } from "@core/tenancy/lease.ts";
import { Transactions } from "@core/tenancy/transaction.ts";
import { contextKey } from "@core/vault/context-seal.ts";
import { until } from "../../core/jobs/until.ts";
import { strike } from "../../support/clock.ts";
import { readPdf } from "../../support/pdf-text.ts";
import { done, type Residency, residency, wordsOf } from "./residency.ts";

const WORDING = "Present two septic patients at morning report each month";
const NOTE = "Begin with the patients of the night float";
const CHECK = "Has presented one, and led the discussion";

let house: Residency;
let plan: string;
beforeAll(async () => {
  house = await residency();
}, 120_000);
afterAll(async () => {
  await house?.world.stop();
});
const rosa = () => house.trainees[0] as Residency["trainees"][number];
const sam = () => house.trainees[1] as Residency["trainees"][number];
const at = (path: string) => house.url(`/plans/${plan}${path}`);
const goal = (wording = WORDING, over = {}) => ({
  subcompetencyId: house.subcompetencies.get("PC2") ?? "",
  wording,
  measure: "",
  confidence: "8",
  dueOn: "2099-06-30",
  ...over,
});
const idsOf = async (text: string) => (await house.rows<{ id: string }>(text)).map(({ id }) => id);

describe("a draft", () => {
  test("is started by the trainee alone, once a period", async () => {
    for (const role of ["director", "coordinator", "member", "faculty", "mentor"] as const)
      expect((await house.as[role].post(house.url("/my-plans"))).status).toBe(403);
    const { location } = await done(rosa().client.post(house.url("/my-plans")));
    plan = location.split("/").at(-1) ?? "";
    expect((await rosa().client.post(house.url("/my-plans"))).status).toBe(422);
    expect((await house.world.trail()).map(({ sentence }) => sentence).join("\n")).toMatch(
      /Rosa Resident started a learning plan for .* 20\d\d–\d\d; goals carried forward: 0/,
    );
  });

  test("is nobody else's to see or to write", async () => {
    for (const client of [house.as.director, house.as.mentor, sam().client]) {
      expect((await client.get(at(""))).status).toBe(404);
    }
    expect((await sam().client.post(at("/goals"), goal())).status).toBe(404);
    expect((await house.as.mentor.post(at("/goals"), goal())).status).toBe(403);
    expect((await house.as.coordinator.get(at(""))).status).toBe(403);
    expect((await house.as.otto.get(at(""))).status).toBe(404);
  });

  test("says what a goal lacks before it takes it, and hints without stopping anyone", async () => {
    const empty = await rosa().client.post(at("/goals"), goal("", { confidence: "11", dueOn: "2099-13-40" }));
    expect(empty.status).toBe(422);
    expect((await rosa().client.post(at("/goals"), goal(WORDING, { dueOn: "2020-01-01" }))).status).toBe(422);
    expect((await rosa().client.post(at("/submit"))).status).toBe(422);
    await done(rosa().client.post(at("/goals"), goal("Improve my handovers")));
    expect(wordsOf(await rosa().client.get(at("")))).toContain("How many, or how often?");
  });

  test("rewords by a new goal, and drops", async () => {
    const [first] = await idsOf("select id from milestones.goals");
    expect((await rosa().client.get(house.url(`/goals/${first}`))).text).toContain("Improve my handovers");
    await done(rosa().client.post(house.url(`/goals/${first}`), goal()));
    expect((await rosa().client.post(house.url(`/goals/${first}`), goal())).status).not.toBe(303);
    await done(rosa().client.post(at("/goals"), goal("Write one discharge letter a day for two weeks")));
    await done(rosa().client.post(at("/goals"), goal("Nothing that lasts, twice")));
    const [, , , last] = await idsOf("select id from milestones.goals order by made_at");
    await done(rosa().client.post(house.url(`/goals/${last}/drop`)));
    const page = wordsOf(await rosa().client.get(at("")));
    expect(page).toContain(WORDING);
    expect(page).not.toContain("Improve my handovers");
    expect(page).not.toContain("Nothing that lasts");
  });
});

describe("the mentor", () => {
  test("sees the plan once it is submitted; other mentors, committee and faculty do not", async () => {
    expect((await house.as.mentor.post(at("/review"), { act: "take_up" })).status).toBe(404);
    await done(rosa().client.post(at("/submit")));
    expect((await house.world.trail())[0]?.sentence).toMatch(
      /^Rosa Resident submitted the learning plan of \S+ for .* 20\d\d–\d\d$/,
    );
    expect((await rosa().client.post(at("/goals"), goal())).status).toBe(422);
    const other = await house.world.as(await house.world.person("Mona Mentor", "mentor", house.workspace));
    expect((await other.get(at(""))).status).toBe(404);
    for (const role of ["member", "faculty", "coordinator"] as const)
      expect((await house.as[role].get(at(""))).status).toBe(403);
    expect(wordsOf(await house.as.mentor.get(at("")))).toContain(WORDING);
    expect(wordsOf(await house.as.mentor.get(house.url("/plans")))).toContain("Submitted");
    const today = `/w/${house.workspace.slug}`;
    expect(wordsOf(await house.as.mentor.get(today))).toContain("learning plan waits for a mentor's word");
    expect(wordsOf(await other.get(today))).not.toContain("learning plan waits");
  });

  test("takes it up, hands it back with words, and agrees the second time", async () => {
    expect((await house.as.mentor.post(at("/review"), { act: "agree" })).status).toBe(422);
    await done(house.as.mentor.post(at("/review"), { act: "take_up" }));
    expect((await house.as.mentor.post(at("/review"), { act: "return", note: "" })).status).toBe(422);
    expect((await rosa().client.post(at("/review"), { act: "agree" })).status).toBe(403);
    await done(house.as.mentor.post(at("/review"), { act: "return", note: NOTE }));
    expect(wordsOf(await rosa().client.get(at("")))).toContain(NOTE);
    await done(rosa().client.post(at("/submit")));
    await done(house.as.mentor.post(at("/review"), { act: "take_up" }));
    expect((await rosa().client.post(at("/begin"))).status).toBe(422);
    await done(house.as.mentor.post(at("/review"), { act: "agree" }));
    expect((await house.as.mentor.post(at("/begin"))).status).toBe(403);
    await done(rosa().client.post(at("/begin")));
    expect((await house.world.trail())[0]?.sentence).toContain("put into effect the learning plan");
  });

  test("the database itself refuses a step out of order, a goal after the agreement, and any change", async () => {
    const adding = (table: string, columns: string, values: string) =>
      `insert into milestones.${table} (tenant_id, workspace_id, subject_id, ${columns})
       select tenant_id, workspace_id, subject_id, ${values} from milestones.plans p`;
    for (const [act, says] of [
      [adding("plan_steps", "plan_id, ordinal, step", "id, 7, 'submitted'"), "does not go from begun to submitted"],
      [
        adding(
          "goals",
          "plan_id, subcompetency_id, wording, confidence, due_on",
          `id, '${house.subcompetencies.get("PC1")}', 'x', 5, current_date`,
        ),
        "while the plan is a draft",
      ],
      [
        adding(
          "goal_endings",
          "goal_id, ending",
          "(select id from milestones.goals order by made_at desc limit 1), 'dropped'",
        ),
        "does not end as dropped",
      ],
    ] as const)
      await expect(house.rows(act)).rejects.toThrow(says);
    for (const act of [
      "update milestones.plan_steps set step = 'agreed'",
      "delete from milestones.goal_endings",
      "update milestones.goals set confidence = 1",
    ])
      await expect(house.rows(act)).rejects.toThrow("never changed");
  });
});

describe("under way", () => {
  const letters: Letter[] = [];
  let worker: Worker;
  let leases: LeasePool;
  beforeAll(async () => {
    const { world } = house;
    leases = new LeasePool(world.database.as("app"), 2);
    worker = await startWorker(world.house, {
      connection: world.database.as("jobs"),
      transactions: new Transactions(leases, contextKey(world.database.secret)),
      mailer: { send: async (letter) => void letters.push(letter), close: () => {} },
    });
  });
  afterAll(async () => {
    await worker?.stop();
    await leases?.end();
  });
  const tick = async (round: number) => {
    await strike(house.world, "milestones.remind_check_ins");
    await until(
      "the round",
      async () =>
        (
          await house.rows(
            "select from pgboss.job where name = 'jobs' and data ->> 'job' = 'milestones.remind_check_ins' and state = 'completed'",
          )
        ).length >= round,
    );
  };

  test("a late check-in reminds the mentor once, without a name; an early one nobody", async () => {
    await tick(1);
    expect(await house.rows("select from milestones.check_in_reminders")).toHaveLength(0);
    await house.rows("alter table milestones.plan_steps disable trigger never_changed");
    await house.rows("update milestones.plan_steps set made_at = made_at - interval '50 days' where step = 'begun'");
    await house.rows("alter table milestones.plan_steps enable trigger never_changed");
    await tick(2);
    await tick(3);
    await until("the mail", async () => letters.length > 0);
    expect(await house.rows("select from milestones.check_in_reminders")).toHaveLength(1);
    expect(letters.map(({ to }) => to)).toEqual([house.people.mentor.email]);
    for (const word of ["Rosa", rosa().code]) expect(JSON.stringify(letters)).not.toContain(word);
  });

  test("check-ins and outcomes are the mentor's, and final", async () => {
    expect((await rosa().client.post(at("/check-ins"), { checkIn: CHECK })).status).toBe(403);
    expect((await house.as.mentor.post(at("/check-ins"), { checkIn: "" })).status).toBe(422);
    await done(house.as.mentor.post(at("/check-ins"), { checkIn: CHECK }));
    const open = await idsOf(
      "select g.id from milestones.goals g left join milestones.goal_endings e on e.goal_id = g.id where e.id is null order by g.made_at",
    );
    expect(open).toHaveLength(2);
    const [first, second] = open;
    const outcome = (id: string | undefined, word: string, client = house.as.mentor) =>
      client.post(house.url(`/goals/${id}/outcome`), { outcome: word, note: "" });
    expect((await outcome(first, "met", rosa().client)).status).toBe(403);
    expect((await outcome(first, "dropped")).status).toBe(422);
    await done(outcome(first, "met"));
    expect((await outcome(first, "not_met")).status).toBe(422);
    await done(outcome(second, "carried_forward"));
    expect((await house.world.trail())[0]?.sentence).toMatch(
      /^Mo Mentor ended a goal of \S+ about PC2: carried forward$/,
    );
    expect(wordsOf(await rosa().client.get(at("")))).toContain("Done");
  });

  test("what was carried forward goes on in the next plan, once, in the same words", async () => {
    await house.rows(
      "update milestones.periods set starts_on = current_date - 1, ends_on = current_date + 100 where id <> $1",
      [house.period],
    );
    await house.rows(
      "update milestones.periods set starts_on = current_date - 200, ends_on = current_date - 2 where id = $1",
      [house.period],
    );
    const { location } = await done(rosa().client.post(house.url("/my-plans")));
    const page = wordsOf(await rosa().client.get(location));
    expect(page).toContain("Write one discharge letter a day for two weeks");
    expect(page).toContain("an earlier plan");
    expect(page).not.toContain(WORDING);
    const rows = await house.rows("select from milestones.goals where carried_from is not null");
    expect(rows).toHaveLength(1);
  });
});

describe("what leaves", () => {
  test("is the trainee's own plan as PDF, watermarked, and nothing else", async () => {
    for (const client of [house.as.director, house.as.mentor])
      expect((await client.get(at("/plan.pdf"))).status).toBe(403);
    expect((await sam().client.get(at("/plan.pdf"))).status).toBe(404);
    const file = await rosa().client.get(at("/plan.pdf"));
    expect(file.status).toBe(200);
    const text = readPdf(file.bytes)
      .pages.map((page) => page.text)
      .join(" ")
      .replace(/\s+/g, " ");
    for (const words of [WORDING, CHECK, NOTE, "Rosa Resident", "Carried forward"]) expect(text).toContain(words);
    expect((await rosa().client.get(house.url("/cohort.csv"))).status).not.toBe(200);
  });

  test("nothing that was written lies in the clear", async () => {
    const tables = await house.rows<{ name: string }>(
      "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('core', 'milestones')",
    );
    for (const { name } of tables) {
      const text = (await house.rows<{ row: string }>(`select t::text as row from ${name} t`))
        .map(({ row }) => row)
        .join();
      for (const secret of [WORDING, NOTE, CHECK]) expect(text).not.toContain(secret);
    }
  });
});
